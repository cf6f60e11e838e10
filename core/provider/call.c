/* call.c - the operations of all kinds, as one list.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/call.h"

#include "ipam/records.h"

static const struct call_kind kinds[CALL_OP_END] = {
    [CALL_PROBE] = { "probe", 0, false, false },
    [CALL_READ_CONFIG] = { "read_config", IPAM_T_DHCP_READ, false, false },
    [CALL_READ_LEASES] = { "read_leases", IPAM_T_DHCP_READ, false, false },
    [CALL_APPLY] = { "apply", IPAM_T_APPLY, false, false },
    [CALL_ENTER] = { "gate_enter", 0, true, false },
    [CALL_GET] = { "gate_get", 0, true, false },
    [CALL_COMMIT] = { "gate_commit", 0, true, false },
    [CALL_ABORT] = { "gate_abort", 0, true, false },
    [CALL_OUTCOME] = { "outcome", 0, true, false },
    [CALL_QUERY] = { "query", 0, true, true },
    [CALL_CHANGES] = { "changes", 0, true, true },
};

const struct call_kind *call_kind(uint32_t op)
{
    return op < CALL_OP_END && kinds[op].name ? &kinds[op] : NULL;
}
