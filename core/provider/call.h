/* call.h - the operations of all kinds, as one list.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_CALL_H
#define PROVIDER_CALL_H

#include <stdbool.h>

#include "ipam/types.h"

/* The numbers go over the wire: append only. */
enum call_op {
    CALL_PROBE = 1, CALL_READ_CONFIG, CALL_READ_LEASES, CALL_APPLY,
    CALL_ENTER, CALL_GET, CALL_COMMIT, CALL_ABORT, CALL_OUTCOME, CALL_QUERY, CALL_CHANGES,
    CALL_OP_END
};

struct call_kind {
    const char *name;   /* for messages: "read_leases" */
    uint32_t args_type; /* record type of the arguments; 0: none, or a plain struct (storage) */
    bool storage;
    bool reader;        /* storage: on the reader threads */
};
/* NULL for a number that is no operation. */
const struct call_kind *call_kind(uint32_t op);

struct call_edit {
    uint32_t verb;
    const struct ipam_record *before, *after; /* NULL: absent */
};
#define CALL_EDITS_MAX 10000

#endif
