/* dhcp.c - null-dhcp: its calls and options. SERIAL: one thread, straight-line code, no locks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dhcp.h"

#include <stdio.h>
#include <stdlib.h>

#define CAPS_READ                                                                                            \
    (IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6 | IPAM_DHCP_CAP_STATS |                      \
     IPAM_DHCP_CAP_NEXT_FREE | IPAM_DHCP_CAP_TEXT)
#define CAPS_ALL                                                                                             \
    (CAPS_READ | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_ATOMIC | IPAM_DHCP_CAP_CHECK |                   \
     IPAM_DHCP_CAP_SCOPES | IPAM_DHCP_CAP_EXCLUSIONS | IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_ADD) |          \
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
int32_t null_dhcp_begin(struct null_dhcp *d, struct null_call *c, struct ipam_req *req)
{
    null_begin(c, d->host, req);
    return null_wait(c, d->delay_ms);
}

static void dhcp_probe(void *ctx, struct ipam_req *req)
{
    struct null_dhcp *d = ctx;
    uint64_t capabilities = d->writable ? CAPS_ALL : CAPS_READ;
    struct null_call c;
    int32_t status = null_dhcp_begin(d, &c, req);

    if (status == IPAM_OK)
        status = null_probe(&c, capabilities, "its configuration and leases are in memory");
    if (status == IPAM_OK && IPAM_HAS(d->host, caps_changed))
        d->host->caps_changed(d->inst, capabilities);
    null_done(&c, status);
}

/* The scope a call is about; absent: all. Fails when there is none of that identifier. */
int32_t null_dhcp_known(struct null_call *c, const struct null_dhcp *d, struct ipam_str native)
{
    if (!native.data || null_dhcp_scope(&d->config.rows, native))
        return IPAM_OK;
    return null_fail(c, IPAM_E_NOENT, "there is no scope %.*s; read the configuration again", (int)native.len,
                     native.data);
}

struct ipam_str null_dhcp_wanted(const struct ipam_dhcp_read *args)
{
    return IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) ? args->native_scope
                                                             : (struct ipam_str){ NULL, 0 };
}

/* The server itself; for both families. */
static int32_t emit_server(struct null_call *c)
{
    struct ipam_dhcp_server row = { .size = sizeof(row),
                                    .type = IPAM_T_DHCP_SERVER,
                                    .native = NULL_STR("server"),
                                    .lease_time = NULL_DHCP_LEASE_TIME };

    IPAM_SET_FIELD(&row, IPAM_DHCP_SERVER_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_DHCP_SERVER_LEASE_TIME);
    return null_emit(c, &row);
}

/* Whether the caller has the configuration already. */
static bool is_known(struct null_call *c, const struct ipam_dhcp_read *args)
{
    return IPAM_HAS_FIELD(args, IPAM_DHCP_READ_TOKEN) && null_compare(args->token, c->info.token) == 0;
}

static void dhcp_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct null_dhcp *d = ctx;
    const struct null_list *rows = &d->config.rows;
    struct ipam_str only = null_dhcp_wanted(args);
    struct null_call c;
    int32_t status = null_dhcp_begin(d, &c, req);

    if (status == IPAM_OK)
        status = null_dhcp_known(&c, d, only);
    if (status == IPAM_OK)
        null_token(&c, d->config.state);
    if (status == IPAM_OK && is_known(&c, args)) {
        null_complete(&c, IPAM_DONE_DELTA);
        null_done(&c, status);
        return;
    }
    if (status == IPAM_OK && !only.data)
        status = emit_server(&c);
    for (size_t i = only.data ? null_dhcp_first(rows, only) : 0; i < rows->count && status == IPAM_OK; i++) {
        if (only.data && null_compare(null_dhcp_scope_of(rows->rows[i]->rec), only) != 0)
            break;
        status = null_emit(&c, rows->rows[i]->rec);
    }
    if (status == IPAM_OK && args->text)
        status = null_dhcp_emit_text(&c, d);
    if (status == IPAM_OK)
        null_complete(&c, IPAM_DONE_COMPLETE);
    null_done(&c, status);
}

/* IPAM_OK when what the instance holds may be changed. */
int32_t null_dhcp_writable(struct null_call *c, const struct null_dhcp *d)
{
    return d->writable
               ? IPAM_OK
               : null_fail(c, IPAM_E_ACCESS, "the server takes no changes: the option writable is false");
}

static void dhcp_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct null_dhcp *d = ctx;
    struct null_call c;
    int32_t status = null_dhcp_begin(d, &c, req);

    if (status == IPAM_OK)
        status = null_dhcp_writable(&c, d);
    if (status == IPAM_OK)
        status = null_apply(&c, &d->config, args, d->config.state);
    if (status == IPAM_OK) {
        if (args->flags & IPAM_APPLY_FORCE)
            null_dhcp_sweep(d);
        null_token(&c, d->config.state);
    }
    null_done(&c, status);
}

/* Figures of one scope, or of all in one. */
struct figures {
    uint64_t total, excluded, assigned;
};

static void count_scope(const struct null_dhcp *d, const struct ipam_scope *s, struct figures *f)
{
    const struct null_list *rows = &d->config.rows;

    for (size_t i = null_dhcp_first(rows, s->native); i < rows->count; i++) {
        const struct ipam_record *rec = rows->rows[i]->rec;

        if (null_compare(null_dhcp_scope_of(rec), s->native) != 0)
            break;
        struct null_dhcp_run run = null_dhcp_run(rec);
        if (rec->type == IPAM_T_POOL)
            f->total += null_addr_distance(&run.first, &run.last) + 1;
        else if (rec->type == IPAM_T_EXCLUSION)
            f->excluded += null_addr_distance(&run.first, &run.last) + 1;
    }
    for (size_t i = 0; i < d->leases.count; i++)
        f->assigned +=
            null_compare(((const struct ipam_lease *)d->leases.rows[i]->rec)->native_scope, s->native) == 0;
}

static int32_t emit_figures(struct null_call *c, struct ipam_str target, const struct figures *f)
{
    uint64_t used = f->excluded + f->assigned;
    int32_t status = null_emit_count(c, "addresses.total", target, f->total);

    if (status == IPAM_OK)
        status = null_emit_count(c, "addresses.excluded", target, f->excluded);
    if (status == IPAM_OK)
        status = null_emit_count(c, "addresses.assigned", target, f->assigned);
    return status == IPAM_OK
               ? null_emit_count(c, "addresses.free", target, used < f->total ? f->total - used : 0)
               : status;
}

static void dhcp_read_stats(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct null_dhcp *d = ctx;
    struct ipam_str only = null_dhcp_wanted(args), server = { NULL, 0 };
    struct figures all = { 0, 0, 0 };
    struct null_call c;
    uint64_t scopes = 0;
    int32_t status = null_dhcp_begin(d, &c, req);

    if (status == IPAM_OK)
        status = null_dhcp_known(&c, d, only);
    for (size_t i = 0; i < d->config.rows.count && status == IPAM_OK; i++) {
        const struct ipam_scope *s = (const void *)d->config.rows.rows[i]->rec;
        struct figures f = { 0, 0, 0 };

        if (s->type != IPAM_T_SCOPE || (only.data && null_compare(s->native, only) != 0))
            continue;
        count_scope(d, s, &f);
        status = emit_figures(&c, s->native, &f);
        all = (struct figures){ all.total + f.total, all.excluded + f.excluded, all.assigned + f.assigned };
        scopes++;
    }
    if (status == IPAM_OK && !only.data)
        status = emit_figures(&c, server, &all);
    if (status == IPAM_OK && !only.data)
        status = null_emit_count(&c, "scopes", server, scopes);
    if (status == IPAM_OK && !only.data)
        status = null_emit_count(&c, "leases", server, d->leases.count);
    null_done(&c, status);
}

static const struct ipam_option
    scopes_option = NULL_OPTION(IPAM_OPT_INT, "scopes", "1", 0, 65536, NULL, "number of scopes at the start"),
    leases = NULL_OPTION(IPAM_OPT_INT, "leases", "0", 0, 1000000, NULL, "number of leases at the start"),
    reservations = NULL_OPTION(IPAM_OPT_INT, "reservations", "0", 0, 100000, NULL,
                               "number of reservations at the start"),
    network = NULL_OPTION(IPAM_OPT_PREFIX, "network", "10.0.0.0/8", 0, 0, NULL,
                          "prefix that the scopes are taken from"),
    page = NULL_OPTION(IPAM_OPT_INT, "page", "1000", 1, 10000, NULL, "most leases in one answer"),
    writable = NULL_OPTION(IPAM_OPT_BOOL, "writable", "true", 0, 0, NULL, "whether the server takes changes"),
    delay = NULL_OPTION(IPAM_OPT_DURATION, "delay", "0s", 0, 3600000, NULL, "how long each call takes");
static const struct ipam_option *const options[] = { &scopes_option, &leases,   &reservations, &network,
                                                     &page,          &writable, &delay,        NULL };

static const struct ipam_dhcp_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = CAPS_ALL,
                .open = dhcp_open,
                .close = dhcp_close,
                .probe = dhcp_probe },
    .read_config = dhcp_read_config,
    .read_leases = null_dhcp_read_leases,
    .apply = dhcp_apply,
    .read_stats = dhcp_read_stats,
    .act = null_dhcp_act,
    .next_free = null_dhcp_next_free,
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
