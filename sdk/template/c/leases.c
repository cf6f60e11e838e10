/* leases.c - read_leases: page by page, in the order of addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static int32_t emit_lease(struct call *c, const struct line *l)
{
    struct ipam_lease lease;

    record_begin(&lease, sizeof(lease), IPAM_T_LEASE);
    lease.native_scope = l->native;
    lease.address = l->first;
    lease.mac.data = l->mac;
    lease.mac.len = sizeof(l->mac);
    lease.name = l->name;
    lease.state = l->seconds * 1000 <= now_ms() ? IPAM_LEASE_STATE_EXPIRED : IPAM_LEASE_STATE_ACTIVE;
    lease.expires = l->seconds * 1000; /* times are milliseconds since 1970, UTC */
    IPAM_SET_FIELD(&lease, IPAM_LEASE_NATIVE_SCOPE);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_ADDRESS);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_MAC);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_STATE);
    IPAM_SET_FIELD(&lease, IPAM_LEASE_EXPIRES);
    if (lease.name.len != 0)
        IPAM_SET_FIELD(&lease, IPAM_LEASE_NAME);
    return call_emit(c, &lease);
}

/* Whether a lease is among those asked for. */
static int shown(const struct call *c, const struct ipam_dhcp_read *args, const struct ipam_addr *after,
                 const struct line *l)
{
    if (!call_wants(c, &l->first) || (!c->p->options.expired && l->seconds * 1000 <= now_ms()))
        return 0;
    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) && !str_same(args->native_scope, l->native))
        return 0;
    return after->family == 0 || line_address_compare(&l->first, after) > 0;
}

/* PROMISE: a cursor is ours alone: whatever text we gave out comes back in the next call. It is the last
 * address of a page, not a place in the file, so that lines may come and go between two pages. */
static int32_t read_cursor(struct call *c, const struct ipam_dhcp_read *args, struct ipam_addr *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (!IPAM_HAS_FIELD(args, IPAM_DHCP_READ_CURSOR))
        return IPAM_OK;
    snprintf(c->cursor, sizeof(c->cursor), "%.*s", (int)args->cursor.len, args->cursor.data);
    if (line_address(c->cursor, ret) == 0)
        return IPAM_OK;
    snprintf(c->why, sizeof(c->why), "the cursor is none of this provider's; begin without");
    return IPAM_E_INVAL;
}

static void set_cursor(struct call *c, const struct ipam_addr *last)
{
    if (inet_ntop(last->family == 4 ? AF_INET : AF_INET6, last->bytes, c->cursor, sizeof(c->cursor)) == NULL)
        return;
    c->outcome.cursor = str(c->cursor);
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_CURSOR);
}

static int32_t read_leases(struct call *c, const struct ipam_dhcp_read *args)
{
    int64_t limit = c->p->options.page, given = 0;
    struct ipam_addr last;
    int32_t status = read_cursor(c, args, &last);

    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit > 0 && args->limit < limit)
        limit = args->limit;
    if (status == 0)
        status = call_read_file(c);
    if (status < 0)
        return status;
    file_keep_leases(&c->file);
    for (size_t i = 0; i < c->file.count; i++) {
        const struct line *l = &c->file.lines[i];

        if (!shown(c, args, &last, l))
            continue;
        if (given == limit) { /* there is more: the caller comes back with the cursor */
            set_cursor(c, &last);
            return IPAM_OK;
        }
        status = emit_lease(c, l);
        if (status < 0)
            return status;
        last = l->first;
        given++;
    }
    c->outcome.flags = IPAM_DONE_COMPLETE; /* of all pages together: only with the last one */
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_FLAGS);
    return IPAM_OK;
}

void op_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct call c;

    call_begin(&c, ctx, req);
    call_end(&c, read_leases(&c, args));
}
