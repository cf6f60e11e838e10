/* lease.c - one lease as Kea answers it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "lease.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "net/addr.h"

#define FOREVER 4294967295 /* a lease without end: RFC 2131 3.3, RFC 8415 7.7 */

/* "01:0a:ff" into at most `max` bytes; what is empty, longer or malformed gives none. */
static struct ipam_bytes colon_hex(const struct json *v, uint8_t *buf, size_t max)
{
    struct ipam_str text = json_str(v);
    size_t n = 0;

    for (size_t i = 0; i + 1 < text.len; i += 3) {
        const char pair[3] = { text.data[i], text.data[i + 1], 0 };
        char *stop;

        if (n == max || (i + 2 < text.len && text.data[i + 2] != ':'))
            return (struct ipam_bytes){ NULL, 0 };
        buf[n++] = (uint8_t)strtoul(pair, &stop, 16);
        if (stop != pair + 2)
            return (struct ipam_bytes){ NULL, 0 };
    }
    return (struct ipam_bytes){ n ? buf : NULL, n };
}

static void set_bytes(struct ipam_lease *row, unsigned field, struct ipam_bytes *member,
                      struct ipam_bytes value)
{
    if (!value.data)
        return;
    *member = value;
    IPAM_SET_FIELD(row, field);
}

/* Times and state; 0 or IPAM_E_INVAL. */
static int parse_life(const struct json *v, struct ipam_lease *row)
{
    static const uint32_t states[] = { IPAM_LEASE_STATE_ACTIVE, IPAM_LEASE_STATE_DECLINED,
                                       IPAM_LEASE_STATE_EXPIRED };
    int64_t cltt, life, state;

    if (json_int(json_get(v, "cltt"), &cltt) || json_int(json_get(v, "valid-lft"), &life) ||
        json_int(json_get(v, "state"), &state) || cltt < 0 || cltt > INT64_MAX / 2000 || life < 0 ||
        life > FOREVER || state < 0 || state > 2)
        return IPAM_E_INVAL;
    row->state = states[state];
    row->started = cltt * 1000;
    row->expires = (cltt + life) * 1000;
    IPAM_SET_FIELD(row, IPAM_LEASE_STATE);
    IPAM_SET_FIELD(row, IPAM_LEASE_STARTED);
    if (life != FOREVER)
        IPAM_SET_FIELD(row, IPAM_LEASE_EXPIRES);
    return 0;
}

int kea_lease_parse(enum kea_service s, const struct json *v, struct kea_lease *l)
{
    struct ipam_lease *row = &l->row;
    struct ipam_str address = json_str(json_get(v, "ip-address")), name = json_str(json_get(v, "hostname"));
    int64_t subnet;

    *row = (struct ipam_lease){ .size = sizeof(*row), .type = IPAM_T_LEASE };
    if (!address.data || addr_parse(address.data, address.len, &row->address) ||
        row->address.family != (s == KEA_DHCP4 ? 4 : 6) || json_int(json_get(v, "subnet-id"), &subnet) ||
        subnet < 0 || subnet > UINT32_MAX || parse_life(v, row))
        return IPAM_E_INVAL;
    snprintf(l->native, sizeof(l->native), "v%c/%" PRId64, s == KEA_DHCP4 ? '4' : '6', subnet);
    row->native_scope = str_from(l->native);
    IPAM_SET_FIELD(row, IPAM_LEASE_NATIVE_SCOPE);
    IPAM_SET_FIELD(row, IPAM_LEASE_ADDRESS);
    if (str_is(json_str(json_get(v, "type")), "IA_PD")) {
        if (json_int(json_get(v, "prefix-len"), &row->prefix_length) || row->prefix_length < 1 ||
            row->prefix_length > 128)
            return IPAM_E_INVAL;
        IPAM_SET_FIELD(row, IPAM_LEASE_PREFIX_LENGTH);
    }
    set_bytes(row, IPAM_LEASE_MAC, &row->mac, colon_hex(json_get(v, "hw-address"), l->mac, sizeof(l->mac)));
    set_bytes(row, IPAM_LEASE_CLIENT_ID, &row->client_id,
              colon_hex(json_get(v, "client-id"), l->client_id, sizeof(l->client_id)));
    set_bytes(row, IPAM_LEASE_DUID, &row->duid, colon_hex(json_get(v, "duid"), l->duid, sizeof(l->duid)));
    if (json_int(json_get(v, "iaid"), &row->iaid) == 0 && row->iaid >= 0 && row->iaid <= UINT32_MAX)
        IPAM_SET_FIELD(row, IPAM_LEASE_IAID);
    if (name.len && name.len <= 255) {
        row->name = name;
        IPAM_SET_FIELD(row, IPAM_LEASE_NAME);
    }
    return 0;
}
