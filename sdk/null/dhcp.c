/* dhcp.c - null-dhcp: its calls and options. SERIAL: one thread, straight-line code, no locks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dhcp.h"

#include <stdio.h>
#include <stdlib.h>

#define CAPS_READ                                                                                            \
    (IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6 | IPAM_DHCP_CAP_STATS |                      \
     IPAM_DHCP_CAP_NEXT_FREE)
#define CAPS_ALL                                                                                             \
    (CAPS_READ | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_ATOMIC | IPAM_DHCP_CAP_CHECK |                   \
     IPAM_DHCP_CAP_SCOPES | IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_ADD) |                                     \
     IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_DELETE))

static void dhcp_close(void *ctx)
{
    struct null_dhcp *d = ctx;

    null_store_free(&d->config);
    null_list_free(&d->leases, true);
    free(d);
}

static int32_t dhcp_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct null_dhcp *d = calloc(1, sizeof(*d));
    struct null_dhcp_plan plan;
    const char *option, *why;
    char text[200];

    if (!d)
        return IPAM_E_NOMEM;
    d->host = host;
    d->inst = inst;
    d->delay_ms = null_option_int(host, inst, "delay");
    d->page = null_option_int(host, inst, "page");
    d->writable = null_option_int(host, inst, "writable");
    null_dhcp_init(d);
    if (!null_dhcp_plan(host, inst, &plan, &option, &why)) {
        snprintf(text, sizeof(text), "option %s %s", option, why);
        host->open_error(inst, text);
        dhcp_close(d);
        return IPAM_E_CONFIG;
    }
    if (null_dhcp_fill(d, &plan) != IPAM_OK) {
        host->open_error(inst,
                         "out of memory for the scopes and leases that the options ask for; ask for fewer");
        dhcp_close(d);
        return IPAM_E_NOMEM;
    }
    *ret_ctx = d;
    return IPAM_OK;
}

static void dhcp_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct null_dhcp_plan plan;
    const char *option, *why;

    if (!null_dhcp_plan(host, inst, &plan, &option, &why))
        host->option_problem(inst, option, why);
}

/* Every call begins here, and takes as long as the option says. */
static int32_t begin(struct null_dhcp *d, struct null_call *c, struct ipam_req *req)
{
    null_begin(c, d->host, req);
    return null_wait(c, d->delay_ms);
}

static void dhcp_probe(void *ctx, struct ipam_req *req)
{
    struct null_dhcp *d = ctx;
    uint64_t capabilities = d->writable ? CAPS_ALL : CAPS_READ;
    struct null_call c;
    int32_t status = begin(d, &c, req);

    if (status == IPAM_OK)
        status = null_probe(&c, capabilities);
    if (status == IPAM_OK)
        d->host->caps_changed(d->inst, capabilities);
    null_done(&c, status);
}

/* The scope a call is about; absent: all. Fails when there is none of that identifier. */
static int32_t find_scope(struct null_call *c, const struct null_dhcp *d, struct ipam_str native)
{
    if (!native.data || null_dhcp_scope(&d->config.rows, native))
        return IPAM_OK;
    return null_fail(c, IPAM_E_NOENT, "there is no scope %.*s; read the configuration again", (int)native.len,
                     native.data);
}

static struct ipam_str wanted_scope(const struct ipam_dhcp_read *args)
{
    return IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) ? args->native_scope
                                                             : (struct ipam_str){ NULL, 0 };
}

static void dhcp_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct null_dhcp *d = ctx;
    const struct null_list *rows = &d->config.rows;
    struct ipam_str only = wanted_scope(args);
    struct null_call c;
    int32_t status = begin(d, &c, req);

    if (status == IPAM_OK)
        status = find_scope(&c, d, only);
    for (size_t i = only.data ? null_dhcp_first(rows, only) : 0; i < rows->count && status == IPAM_OK; i++) {
        if (only.data && null_compare(null_dhcp_scope_of(rows->rows[i]->rec), only) != 0)
            break;
        status = null_emit(&c, rows->rows[i]->rec);
    }
    if (status == IPAM_OK) {
        null_token(&c, d->config.state);
        null_complete(&c, IPAM_DONE_COMPLETE);
    }
    null_done(&c, status);
}

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
    struct ipam_str only = wanted_scope(args);
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

static void dhcp_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct null_dhcp *d = ctx;
    struct null_call c;
    size_t at = 0;
    int32_t status = begin(d, &c, req);

    if (status == IPAM_OK)
        status = find_scope(&c, d, wanted_scope(args));
    if (status == IPAM_OK && IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit < 1)
        status = null_fail(&c, IPAM_E_INVAL, "a page of %lld leases is none; ask for 1 or more",
                           (long long)args->limit);
    if (status == IPAM_OK && IPAM_HAS_FIELD(args, IPAM_DHCP_READ_CURSOR) &&
        !find_cursor(d, args->cursor, &at))
        status = null_fail(&c, IPAM_E_INVAL, "the cursor is none of this provider; begin again without one");
    if (status == IPAM_OK)
        status = emit_page(&c, d, args, at);
    null_done(&c, status);
}

/* IPAM_OK when what the instance holds may be changed. */
static int32_t may_change(struct null_call *c, const struct null_dhcp *d)
{
    return d->writable
               ? IPAM_OK
               : null_fail(c, IPAM_E_ACCESS, "the server takes no changes: the option writable is false");
}

static void dhcp_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct null_dhcp *d = ctx;
    struct null_call c;
    int32_t status = begin(d, &c, req);

    if (status == IPAM_OK)
        status = may_change(&c, d);
    if (status == IPAM_OK)
        status = null_apply(&c, &d->config, args, d->config.state);
    if (status == IPAM_OK)
        null_token(&c, d->config.state);
    null_done(&c, status);
}

static int32_t emit_scope_stats(struct null_call *c, const struct null_dhcp *d, const struct ipam_scope *s)
{
    uint64_t total = 0, used = 0;

    for (size_t i = null_dhcp_first(&d->config.rows, s->native); i < d->config.rows.count; i++) {
        const struct ipam_pool *p = (const void *)d->config.rows.rows[i]->rec;

        if (null_compare(null_dhcp_scope_of((const void *)p), s->native) != 0)
            break;
        if (p->type == IPAM_T_POOL)
            total += null_addr_distance(&p->first, &p->last) + 1;
    }
    for (size_t i = 0; i < d->leases.count; i++)
        used +=
            null_compare(((const struct ipam_lease *)d->leases.rows[i]->rec)->native_scope, s->native) == 0;
    int32_t status = null_emit_count(c, "total-addresses", s->native, total);
    return status == IPAM_OK ? null_emit_count(c, "assigned-addresses", s->native, used) : status;
}

static void dhcp_read_stats(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct null_dhcp *d = ctx;
    struct ipam_str only = wanted_scope(args);
    struct null_call c;
    int32_t status = begin(d, &c, req);

    if (status == IPAM_OK)
        status = find_scope(&c, d, only);
    if (status == IPAM_OK && !only.data)
        status = null_emit_count(&c, "leases", only, d->leases.count);
    for (size_t i = 0; i < d->config.rows.count && status == IPAM_OK; i++) {
        const struct ipam_scope *s = (const void *)d->config.rows.rows[i]->rec;

        if (s->type == IPAM_T_SCOPE && (!only.data || null_compare(s->native, only) == 0))
            status = emit_scope_stats(&c, d, s);
    }
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

static void dhcp_act(void *ctx, struct ipam_req *req, const struct ipam_act *args)
{
    struct null_dhcp *d = ctx;
    struct ipam_lease l = { .size = sizeof(l), .type = IPAM_T_LEASE, .address = args->address };
    struct null_call c;
    bool found = false;
    int32_t status = begin(d, &c, req);

    IPAM_SET_FIELD(&l, IPAM_LEASE_ADDRESS);
    if (IPAM_HAS_FIELD(args, IPAM_ACT_PREFIX_LENGTH)) {
        l.prefix_length = args->prefix_length;
        IPAM_SET_FIELD(&l, IPAM_LEASE_PREFIX_LENGTH);
    }
    if (IPAM_HAS_FIELD(args, IPAM_ACT_IDENTIFIER)) {
        l.mac = l.duid = args->identifier;
        IPAM_SET_FIELD(&l, l.address.family == 4 ? IPAM_LEASE_MAC : IPAM_LEASE_DUID);
    }
    if (status == IPAM_OK)
        status = may_change(&c, d);
    if (status == IPAM_OK && args->verb != IPAM_DHCP_ACT_LEASE_ADD &&
        args->verb != IPAM_DHCP_ACT_LEASE_DELETE)
        status = null_fail(&c, IPAM_E_UNSUPPORTED, "only leases can be added and deleted here");
    else if (status == IPAM_OK && !IPAM_HAS_FIELD(args, IPAM_ACT_ADDRESS))
        status = null_fail(&c, IPAM_E_INVAL, "the address is missing");
    else if (status == IPAM_OK && args->verb == IPAM_DHCP_ACT_LEASE_ADD)
        status = lease_add(&c, d, &l);
    else if (status == IPAM_OK) {
        size_t at = null_find(&d->leases, &l, null_dhcp_lease_order, &found);

        if (found)
            free(null_list_take(&d->leases, at));
        else
            status = null_fail(&c, IPAM_E_NOENT, "the address is not leased");
    }
    null_done(&c, status);
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
    return !leased && !reserved;
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

static void dhcp_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args)
{
    struct null_dhcp *d = ctx;
    const struct null_list *rows = &d->config.rows;
    int64_t wanted = IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_COUNT) ? args->count : 1, left = wanted;
    struct null_call c;
    int32_t status = begin(d, &c, req);

    if (status == IPAM_OK && (!IPAM_HAS_FIELD(args, IPAM_NEXT_FREE_NATIVE_SCOPE) || wanted < 1))
        status = null_fail(&c, IPAM_E_INVAL, "the scope is missing, or the count is below 1");
    if (status == IPAM_OK)
        status = find_scope(&c, d, args->native_scope);
    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++) {
        const struct ipam_record *rec = rows->rows[i]->rec;

        if (rec->type == IPAM_T_POOL && null_compare(null_dhcp_scope_of(rec), args->native_scope) == 0)
            status = emit_free(&c, d, (const void *)rec, args, &left);
    }
    if (status == IPAM_OK && left == wanted)
        status = null_fail(&c, IPAM_E_EXHAUSTED, "no address of the scope's pools is free");
    null_done(&c, status);
}

static const struct ipam_option scopes = { .size = sizeof(scopes),
                                           .kind = IPAM_OPT_INT,
                                           .name = "scopes",
                                           .def = "1",
                                           .max = 65536,
                                           .help = "number of scopes there are at the start" },
                                leases = { .size = sizeof(leases),
                                           .kind = IPAM_OPT_INT,
                                           .name = "leases",
                                           .def = "0",
                                           .max = 10000000,
                                           .help = "number of leases there are at the start" },
                                reservations = { .size = sizeof(reservations),
                                                 .kind = IPAM_OPT_INT,
                                                 .name = "reservations",
                                                 .def = "0",
                                                 .max = 1000000,
                                                 .help = "number of reservations there are at the start" },
                                network = { .size = sizeof(network),
                                            .kind = IPAM_OPT_PREFIX,
                                            .name = "network",
                                            .def = "10.0.0.0/8",
                                            .help = "prefix that the scopes are taken from" },
                                page = { .size = sizeof(page),
                                         .kind = IPAM_OPT_INT,
                                         .name = "page",
                                         .def = "1000",
                                         .min = 1,
                                         .max = 10000,
                                         .help = "most leases in one answer" },
                                writable = { .size = sizeof(writable),
                                             .kind = IPAM_OPT_BOOL,
                                             .name = "writable",
                                             .def = "true",
                                             .help = "whether the server takes changes" },
                                delay = { .size = sizeof(delay),
                                          .kind = IPAM_OPT_DURATION,
                                          .name = "delay",
                                          .def = "0s",
                                          .max = 3600000,
                                          .help = "how long each call takes" };
static const struct ipam_option *const options[] = { &scopes, &leases,   &reservations, &network,
                                                     &page,   &writable, &delay,        NULL };

static const struct ipam_dhcp_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = CAPS_ALL,
                .open = dhcp_open,
                .close = dhcp_close,
                .probe = dhcp_probe },
    .read_config = dhcp_read_config,
    .read_leases = dhcp_read_leases,
    .apply = dhcp_apply,
    .read_stats = dhcp_read_stats,
    .act = dhcp_act,
    .next_free = dhcp_next_free,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-dhcp",
                                               .version = NULL_VERSION,
                                               .summary = "a DHCP server in memory, for tests and to read",
                                               .options = options,
                                               .check = dhcp_check,
                                               .dhcp = &ops };

    return &plugin;
}
