/* dhcp_leases.c - null-dhcp: leases by pages, adding and deleting them, and which addresses are free.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dhcp.h"

#include <stdlib.h>
#include <string.h>

/* The cursor is the key of the last lease of the page: "10.0.0.7", or "2001:db8::/56" of a prefix. */
static void make_cursor(const struct ipam_lease *l, char text[NULL_ADDR_TEXT])
{
    struct ipam_prefix p = { l->address, (uint8_t)l->prefix_length };

    if (IPAM_HAS_FIELD(l, IPAM_LEASE_PREFIX_LENGTH))
        null_prefix_print(&p, text);
    else
        null_addr_print(&l->address, text);
}

/* The place after the lease that a cursor names; the lease itself may be gone by now. */
static bool find_cursor(const struct null_dhcp *d, struct ipam_str cursor, size_t *ret_at)
{
    struct ipam_lease key = { .type = IPAM_T_LEASE };
    struct ipam_prefix p;
    bool found;

    if (null_addr_parse(cursor, &p.addr)) {
        key.address = p.addr;
    } else if (null_prefix_parse(cursor, &p)) {
        key.address = p.addr;
        key.prefix_length = p.length;
        IPAM_SET_FIELD(&key, IPAM_LEASE_PREFIX_LENGTH);
    } else {
        return false;
    }
    size_t at = null_find(&d->leases, &key, null_dhcp_lease_order, &found);
    *ret_at = at + (found ? 1 : 0);
    return true;
}

static int32_t emit_page(struct null_call *c, const struct null_dhcp *d, const struct ipam_dhcp_read *args,
                         size_t at)
{
    struct ipam_str only = null_dhcp_wanted(args);
    int64_t limit =
        IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit < d->page ? args->limit : d->page;
    char cursor[NULL_ADDR_TEXT];
    int32_t status = IPAM_OK;

    for (int64_t n = 0; at < d->leases.count && status == IPAM_OK; at++) {
        const struct ipam_lease *l = (const void *)d->leases.rows[at]->rec;

        if (only.data && null_compare(l->native_scope, only) != 0)
            continue;
        if (n == limit) {
            null_cursor(c, cursor);
            return IPAM_OK;
        }
        status = null_emit(c, l);
        make_cursor(l, cursor);
        n++;
    }
    if (status == IPAM_OK)
        null_complete(c, IPAM_DONE_COMPLETE);
    return status;
}

/* The one lease of an address, or of a prefix; none when it is not leased. */
static int32_t emit_one(struct null_call *c, const struct null_dhcp *d, const struct ipam_dhcp_read *args)
{
    struct ipam_lease key = { .type = IPAM_T_LEASE, .address = args->address };
    int32_t status = IPAM_OK;
    bool found;

    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_PREFIX_LENGTH)) {
        key.prefix_length = args->prefix_length;
        IPAM_SET_FIELD(&key, IPAM_LEASE_PREFIX_LENGTH);
    }
    size_t at = null_find(&d->leases, &key, null_dhcp_lease_order, &found);
    if (found)
        status = null_emit(c, d->leases.rows[at]->rec);
    if (status == IPAM_OK)
        null_complete(c, IPAM_DONE_COMPLETE);
    return status;
}

void null_dhcp_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct null_dhcp *d = ctx;
    struct null_call c;
    size_t at = 0;
    int32_t status = null_dhcp_begin(d, &c, req);

    if (status == IPAM_OK)
        status = null_dhcp_known(&c, d, null_dhcp_wanted(args));
    if (status == IPAM_OK && IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit < 1)
        status = null_fail(&c, IPAM_E_INVAL, "a page of %lld leases is none; ask for 1 or more",
                           (long long)args->limit);
    if (status == IPAM_OK && IPAM_HAS_FIELD(args, IPAM_DHCP_READ_CURSOR) &&
        !find_cursor(d, args->cursor, &at))
        status = null_fail(&c, IPAM_E_INVAL, "the cursor is none of this provider; begin again without one");
    if (status == IPAM_OK)
        status =
            IPAM_HAS_FIELD(args, IPAM_DHCP_READ_ADDRESS) ? emit_one(&c, d, args) : emit_page(&c, d, args, at);
    null_done(&c, status);
}

static int32_t lease_add(struct null_call *c, struct null_dhcp *d, struct ipam_lease *l)
{
    const struct ipam_scope *s = null_dhcp_scope_at(&d->config.rows, &l->address);

    if (!s)
        return null_fail(c, IPAM_E_REFUSED, "no scope has the address; nothing was changed");
    l->native_scope = s->native;
    IPAM_SET_FIELD(l, IPAM_LEASE_NATIVE_SCOPE);
    IPAM_SET_FIELD(l, IPAM_LEASE_STATE);
    int32_t status = null_dhcp_lease_add(d, l);
    if (status == IPAM_E_EXIST)
        null_fail(c, status, "the address is leased already; delete that lease first");
    return status;
}

/* Only as long as it is the client's that is named. */
static int32_t lease_delete(struct null_call *c, struct null_dhcp *d, const struct ipam_lease *l)
{
    bool found;
    size_t at = null_find(&d->leases, l, null_dhcp_lease_order, &found);

    if (!found)
        return null_fail(c, IPAM_E_NOENT, "the address is not leased");
    const struct ipam_lease *there = (const void *)d->leases.rows[at]->rec;
    bool v4 = l->address.family == 4;
    struct ipam_bytes wanted = v4 ? l->mac : l->duid, has = v4 ? there->mac : there->duid;

    if (wanted.len && has.len && (wanted.len != has.len || memcmp(wanted.data, has.data, has.len) != 0))
        return null_fail(c, IPAM_E_CONFLICT, "another client has the address now; read the leases again");
    free(null_list_take(&d->leases, at));
    return IPAM_OK;
}

/* What is told of the client beside what names him. */
static void copy_client(struct ipam_lease *l, const struct ipam_act *args)
{
    if (IPAM_HAS_FIELD(args, IPAM_ACT_CLIENT_ID)) {
        l->client_id = args->client_id;
        IPAM_SET_FIELD(l, IPAM_LEASE_CLIENT_ID);
    }
    if (IPAM_HAS_FIELD(args, IPAM_ACT_IAID)) {
        l->iaid = args->iaid;
        IPAM_SET_FIELD(l, IPAM_LEASE_IAID);
    }
    if (IPAM_HAS_FIELD(args, IPAM_ACT_EXPIRES)) {
        l->expires = args->expires;
        IPAM_SET_FIELD(l, IPAM_LEASE_EXPIRES);
    }
    if (IPAM_HAS_FIELD(args, IPAM_ACT_NAME)) {
        l->name = args->name;
        IPAM_SET_FIELD(l, IPAM_LEASE_NAME);
    }
}

void null_dhcp_act(void *ctx, struct ipam_req *req, const struct ipam_act *args)
{
    struct null_dhcp *d = ctx;
    struct ipam_lease l = { .size = sizeof(l), .type = IPAM_T_LEASE, .address = args->address };
    struct null_call c;
    int32_t status = null_dhcp_begin(d, &c, req);

    IPAM_SET_FIELD(&l, IPAM_LEASE_ADDRESS);
    if (IPAM_HAS_FIELD(args, IPAM_ACT_PREFIX_LENGTH)) {
        l.prefix_length = args->prefix_length;
        IPAM_SET_FIELD(&l, IPAM_LEASE_PREFIX_LENGTH);
    }
    if (IPAM_HAS_FIELD(args, IPAM_ACT_IDENTIFIER)) {
        l.mac = l.duid = args->identifier;
        IPAM_SET_FIELD(&l, l.address.family == 4 ? IPAM_LEASE_MAC : IPAM_LEASE_DUID);
    }
    copy_client(&l, args);
    if (status == IPAM_OK)
        status = null_dhcp_writable(&c, d);
    if (status == IPAM_OK && args->verb != IPAM_DHCP_ACT_LEASE_ADD &&
        args->verb != IPAM_DHCP_ACT_LEASE_DELETE)
        status = null_fail(&c, IPAM_E_UNSUPPORTED, "only leases can be added and deleted here");
    else if (status == IPAM_OK && !IPAM_HAS_FIELD(args, IPAM_ACT_ADDRESS))
        status = null_fail(&c, IPAM_E_INVAL, "the address is missing");
    else if (status == IPAM_OK && args->verb == IPAM_DHCP_ACT_LEASE_ADD)
        status = lease_add(&c, d, &l);
    else if (status == IPAM_OK)
        status = lease_delete(&c, d, &l);
    null_done(&c, status);
}

static bool excluded(const struct null_dhcp *d, struct ipam_str native, const struct ipam_addr *a)
{
    const struct null_list *rows = &d->config.rows;

    for (size_t i = null_dhcp_first(rows, native); i < rows->count; i++) {
        const struct ipam_record *rec = rows->rows[i]->rec;

        if (null_compare(null_dhcp_scope_of(rec), native) != 0 || rec->type == IPAM_T_RESERVATION)
            break;
        struct null_dhcp_run run = null_dhcp_run(rec);
        if (rec->type == IPAM_T_EXCLUSION && null_addr_compare(a, &run.first) >= 0 &&
            null_addr_compare(a, &run.last) <= 0)
            return true;
    }
    return false;
}

static bool is_free(const struct null_dhcp *d, struct ipam_str native, const struct ipam_addr *a)
{
    struct ipam_lease lease = { .type = IPAM_T_LEASE, .address = *a };
    struct ipam_reservation reservation = { .type = IPAM_T_RESERVATION,
                                            .native_scope = native,
                                            .address = *a };
    bool leased, reserved;

    null_find(&d->leases, &lease, null_dhcp_lease_order, &leased);
    null_find(&d->config.rows, &reservation, d->config.order, &reserved);
    return !leased && !reserved && !excluded(d, native, a);
}

/* The free addresses of one pool, until *left is 0. */
static int32_t emit_free(struct null_call *c, const struct null_dhcp *d, const struct ipam_pool *p,
                         const struct ipam_next_free *args, int64_t *left)
{
    struct ipam_address row = { .size = sizeof(row), .type = IPAM_T_ADDRESS, .address = p->first };
    struct ipam_addr last = p->last;
    int32_t status = IPAM_OK;

    if (IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_FIRST) && null_addr_compare(&args->first, &row.address) > 0)
        row.address = args->first;
    if (IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_LAST) && null_addr_compare(&args->last, &last) < 0)
        last = args->last;
    IPAM_SET_FIELD(&row, IPAM_ADDRESS_ADDRESS);
    for (; *left > 0 && status == IPAM_OK; row.address = null_addr_add(&row.address, 1)) {
        if (null_addr_compare(&row.address, &last) > 0)
            break;
        if (d->host->cancelled(c->req))
            return null_fail(c, IPAM_E_CANCELED, "given up: the caller cancelled it");
        if (!is_free(d, p->native_scope, &row.address))
            continue;
        status = null_emit(c, &row);
        --*left;
    }
    return status;
}

void null_dhcp_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args)
{
    struct null_dhcp *d = ctx;
    const struct null_list *rows = &d->config.rows;
    int64_t wanted = IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_COUNT) ? args->count : 1, left = wanted;
    struct null_call c;
    int32_t status = null_dhcp_begin(d, &c, req);

    if (status == IPAM_OK && (!IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_NATIVE_SCOPE) || wanted < 1))
        status = null_fail(&c, IPAM_E_INVAL, "the scope is missing, or the count is below 1");
    if (status == IPAM_OK)
        status = null_dhcp_known(&c, d, args->native_scope);
    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++) {
        const struct ipam_record *rec = rows->rows[i]->rec;

        if (rec->type == IPAM_T_POOL && null_compare(null_dhcp_scope_of(rec), args->native_scope) == 0)
            status = emit_free(&c, d, (const void *)rec, args, &left);
    }
    if (status == IPAM_OK && left == wanted)
        status = null_fail(&c, IPAM_E_EXHAUSTED, "no address of the scope's pools is free");
    null_done(&c, status);
}

void null_dhcp_sweep(struct null_dhcp *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->leases.count; i++) {
        struct null_row *row = d->leases.rows[i];

        if (null_dhcp_scope(&d->config.rows, ((const struct ipam_lease *)row->rec)->native_scope))
            d->leases.rows[kept++] = row;
        else
            free(row);
    }
    d->leases.count = kept;
}
