/* config.c - read_config: scopes, each followed by its pools and reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "call.h"

#include <stdio.h>

static int32_t emit_scope(struct call *c, const struct line *l)
{
    struct ipam_scope scope;

    record_begin(&scope, sizeof(scope), IPAM_T_SCOPE);
    scope.native = l->native;
    scope.prefix = l->prefix;
    scope.name = l->name;
    scope.lease_time = l->seconds;
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NATIVE);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_PREFIX);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_NAME);
    IPAM_SET_FIELD(&scope, IPAM_SCOPE_LEASE_TIME);
    return call_emit(c, &scope);
}

static int32_t emit_pool(struct call *c, const struct line *l)
{
    struct ipam_pool pool;

    record_begin(&pool, sizeof(pool), IPAM_T_POOL);
    pool.native_scope = l->native;
    pool.first = l->first;
    pool.last = l->last;
    IPAM_SET_FIELD(&pool, IPAM_POOL_NATIVE_SCOPE);
    IPAM_SET_FIELD(&pool, IPAM_POOL_FIRST);
    IPAM_SET_FIELD(&pool, IPAM_POOL_LAST);
    return call_emit(c, &pool);
}

static int32_t emit_reservation(struct call *c, const struct line *l)
{
    struct ipam_reservation r;

    record_begin(&r, sizeof(r), IPAM_T_RESERVATION);
    r.native_scope = l->native;
    r.address = l->first;
    r.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    r.identifier.data = l->mac;
    r.identifier.len = sizeof(l->mac);
    r.name = l->name;
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_NATIVE_SCOPE);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_ADDRESS);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER_TYPE);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER);
    if (r.name.len != 0) /* an empty field is an absent one */
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_NAME);
    return call_emit(c, &r);
}

/* A line of the present scope, or the next scope. The caller refuses an answer in which a scope is there
 * twice or a pool has none, so this says which line is to blame. */
static int32_t emit_line(struct call *c, const struct line *l, const struct line **scope)
{
    int known = *scope != NULL && str_same((*scope)->native, l->native);

    if (known == (l->kind == LINE_SCOPE)) {
        snprintf(c->why, sizeof(c->why), "%.200s:%zu: %s scope with this identifier; correct the line",
                 c->p->options.file, l->number, known ? "there is another" : "there is no");
        return IPAM_E_PROTO;
    }
    if (l->kind == LINE_SCOPE)
        *scope = l;
    if (!call_wants(c, &(*scope)->prefix.addr))
        return IPAM_OK;
    return l->kind == LINE_SCOPE  ? emit_scope(c, l)
           : l->kind == LINE_POOL ? emit_pool(c, l)
                                  : emit_reservation(c, l);
}

static int32_t read_config(struct call *c, const struct ipam_dhcp_read *args)
{
    const struct line *scope = NULL;
    int32_t status = call_read_file(c);

    for (size_t i = 0; status == 0 && i < c->file.count; i++) {
        const struct line *l = &c->file.lines[i];

        if (l->kind == LINE_LEASE ||
            (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) && !str_same(args->native_scope, l->native)))
            continue;
        status = emit_line(c, l, &scope);
    }
    if (status < 0)
        return status;
    /* PROMISE: COMPLETE says that what was asked for and not emitted does not exist. The caller deletes on
     * that word alone, so it is said only here, after the last row, and never in doubt. */
    c->outcome.flags = IPAM_DONE_COMPLETE;
    c->outcome.token = str(c->file.token);
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_FLAGS);
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_TOKEN);
    return IPAM_OK;
}

void op_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct call c;

    call_begin(&c, ctx, req);
    call_end(&c, read_config(&c, args));
}
