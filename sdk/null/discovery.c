/* discovery.c - null-discovery: finds the servers that its options name, and prepares them in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * SERIAL. An option of type list, cut into its parts; a check that needs more than the host's own. */
#include "null.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 8

struct discovery {
    const struct ipam_host *host;
    struct ipam_str realm;
    struct ipam_strs servers; /* as written in the options, which live as long as the instance */
    struct null_list made;    /* ipam_artefact rows: what provision has made */
};

/* One server of the option: NAME/ROLE+ROLE/ADDRESS+ADDRESS. */
struct server {
    struct ipam_str name, roles[PARTS_MAX];
    struct ipam_addr addresses[PARTS_MAX];
    size_t role_count, address_count;
};

static bool parse_server(struct ipam_str text, struct server *ret)
{
    struct server s = { .role_count = 0 };
    struct ipam_str roles, addresses = text;

    s.name = null_cut(&addresses, '/');
    roles = null_cut(&addresses, '/');
    while (roles.len && s.role_count < PARTS_MAX)
        s.roles[s.role_count++] = null_cut(&roles, '+');
    while (addresses.len && s.address_count < PARTS_MAX)
        if (!null_addr_parse(null_cut(&addresses, '+'), &s.addresses[s.address_count++]))
            return false;
    *ret = s;
    return s.name.len && s.role_count && s.address_count && !roles.len && !addresses.len;
}

static void discovery_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_strs servers = null_option_list(host, inst, "servers");
    struct server s;

    for (size_t i = 0; i < servers.count; i++)
        if (!parse_server(servers.items[i], &s))
            host->option_problem(
                inst, "servers",
                "holds an entry that is no server: write NAME/ROLE+ROLE/ADDRESS+ADDRESS, such as "
                "dhcp1.null.example/dhcp+dns/192.0.2.1");
}

static void discovery_close(void *ctx)
{
    struct discovery *d = ctx;

    null_list_free(&d->made, true);
    free(d);
}

static int32_t discovery_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct discovery *d = calloc(1, sizeof(*d));

    if (!d)
        return IPAM_E_NOMEM;
    d->host = host;
    d->realm = null_option_text(host, inst, "realm");
    d->servers = null_option_list(host, inst, "servers");
    *ret_ctx = d;
    return IPAM_OK;
}

static void discovery_probe(void *ctx, struct ipam_req *req)
{
    struct discovery *d = ctx;
    struct null_call c;

    null_begin(&c, d->host, req);
    null_done(
        &c,
        null_probe(&c, IPAM_DISCOVERY_CAP_DISCOVER | IPAM_DISCOVERY_CAP_PROVISION | IPAM_DISCOVERY_CAP_REALMS,
                   "the servers are in its options"));
}

static int32_t emit_server(struct null_call *c, const struct discovery *d, const struct server *s)
{
    struct ipam_found row = { .size = sizeof(row),
                              .type = IPAM_T_FOUND,
                              .name = s->name,
                              .realm = d->realm,
                              .addresses = { s->addresses, s->address_count },
                              .roles = { s->roles, s->role_count },
                              .evidence = NULL_STR("option servers"),
                              .authorized = 1 };

    IPAM_SET_FIELD(&row, IPAM_FOUND_NAME);
    IPAM_SET_FIELD(&row, IPAM_FOUND_REALM);
    IPAM_SET_FIELD(&row, IPAM_FOUND_ADDRESSES);
    IPAM_SET_FIELD(&row, IPAM_FOUND_ROLES);
    IPAM_SET_FIELD(&row, IPAM_FOUND_EVIDENCE);
    IPAM_SET_FIELD(&row, IPAM_FOUND_AUTHORIZED);
    return null_emit(c, &row);
}

static int32_t emit_realm(struct null_call *c, const struct discovery *d)
{
    struct ipam_realm row = { .size = sizeof(row), .type = IPAM_T_REALM, .name = d->realm };

    IPAM_SET_FIELD(&row, IPAM_REALM_NAME);
    return null_emit(c, &row);
}

static bool serves(const struct server *s, const struct ipam_discover *args)
{
    if (!IPAM_HAS_FIELD(args, IPAM_DISCOVER_ROLES) || args->roles.count == 0)
        return true;
    for (size_t i = 0; i < args->roles.count; i++)
        for (size_t k = 0; k < s->role_count; k++)
            if (null_compare(args->roles.items[i], s->roles[k]) == 0)
                return true;
    return false;
}

static int32_t in_realm(struct null_call *c, const struct discovery *d, bool given, struct ipam_str realm)
{
    if (!given || null_compare(realm, d->realm) == 0)
        return IPAM_OK;
    return null_fail(c, IPAM_E_NOENT, "there is no realm %.*s here, only that of the option realm",
                     (int)(realm.len < 255 ? realm.len : 255), realm.data);
}

static void discovery_discover(void *ctx, struct ipam_req *req, const struct ipam_discover *args)
{
    struct discovery *d = ctx;
    struct null_call c;
    struct server s;

    null_begin(&c, d->host, req);
    int32_t status = in_realm(&c, d, IPAM_HAS_FIELD(args, IPAM_DISCOVER_REALM), args->realm);
    if (status == IPAM_OK && IPAM_HAS_FIELD(args, IPAM_DISCOVER_REALMS) && args->realms)
        status = emit_realm(&c, d);
    else
        for (size_t i = 0; i < d->servers.count && status == IPAM_OK; i++)
            if (parse_server(d->servers.items[i], &s) && serves(&s, args))
                status = emit_server(&c, d, &s);
    if (status == IPAM_OK)
        null_complete(&c, IPAM_DONE_COMPLETE);
    null_done(&c, status);
}

static void discovery_describe(void *ctx, struct ipam_req *req, const struct ipam_discover *args)
{
    struct discovery *d = ctx;
    struct null_call c;
    struct server s;

    null_begin(&c, d->host, req);
    int32_t status = null_fail(&c, IPAM_E_NOENT, "the option servers names no such server");
    for (size_t i = 0; i < d->servers.count && status == IPAM_E_NOENT; i++)
        if (parse_server(d->servers.items[i], &s) && null_compare(s.name, args->name) == 0)
            status = emit_server(&c, d, &s);
    if (status == IPAM_OK)
        c.message[0] = '\0';
    null_done(&c, status);
}

static const struct null_field artefact_fields[] = { NULL_TEXT(ipam_artefact, kind, IPAM_ARTEFACT_KIND),
                                                     NULL_TEXT(ipam_artefact, name, IPAM_ARTEFACT_NAME),
                                                     { .number = 0 } };
static const struct null_shape artefact_shape = { IPAM_T_ARTEFACT, sizeof(struct ipam_artefact),
                                                  artefact_fields };

static int by_name(const struct ipam_record *a, const struct ipam_record *b)
{
    const struct ipam_artefact *x = (const void *)a, *y = (const void *)b;
    int order = null_compare(x->kind, y->kind);

    return order ? order : null_compare(x->name, y->name);
}

/* One thing: looked at, made or removed, whatever of that is left to do. */
static int32_t provide(struct null_call *c, struct discovery *d, uint32_t verb, const char *kind,
                       struct ipam_str name)
{
    struct ipam_artefact row = {
        .size = sizeof(row), .type = IPAM_T_ARTEFACT, .kind = null_str(kind), .name = name, .realm = d->realm
    };
    bool there;
    size_t at = null_find(&d->made, &row, by_name, &there);

    IPAM_SET_FIELD(&row, IPAM_ARTEFACT_KIND);
    IPAM_SET_FIELD(&row, IPAM_ARTEFACT_NAME);
    IPAM_SET_FIELD(&row, IPAM_ARTEFACT_STATE);
    IPAM_SET_FIELD(&row, IPAM_ARTEFACT_REALM);
    row.state = there ? IPAM_ARTEFACT_STATE_PRESENT : IPAM_ARTEFACT_STATE_MISSING;
    if (verb == IPAM_PROVISION_VERB_APPLY && !there) {
        struct null_row *made = null_row_new(&artefact_shape, (const struct ipam_record *)&row);

        if (!made || !null_list_insert(&d->made, at, made)) {
            free(made);
            return null_fail(c, IPAM_E_NOMEM, "out of memory");
        }
        row.state = IPAM_ARTEFACT_STATE_MADE;
    } else if (verb == IPAM_PROVISION_VERB_REMOVE && there) {
        free(null_list_take(&d->made, at));
        row.state = IPAM_ARTEFACT_STATE_REMOVED;
    }
    return null_emit(c, &row);
}

static void discovery_provision(void *ctx, struct ipam_req *req, const struct ipam_provision *args)
{
    struct discovery *d = ctx;
    struct ipam_str prefix = IPAM_HAS_FIELD(args, IPAM_PROVISION_PREFIX) ? args->prefix : NULL_STR("ipam");
    char name[128];
    struct null_call c;

    null_begin(&c, d->host, req);
    int32_t status = in_realm(&c, d, IPAM_HAS_FIELD(args, IPAM_PROVISION_REALM), args->realm);
    if (status == IPAM_OK && args->verb > IPAM_PROVISION_VERB_REMOVE)
        status = null_fail(&c, IPAM_E_INVAL, "there is no verb %u; there are plan, apply and remove",
                           (unsigned)args->verb);
    if (!IPAM_HAS_FIELD(args, IPAM_PROVISION_SERVERS) && status == IPAM_OK) {
        snprintf(name, sizeof(name), "%.*s-managers", (int)(prefix.len < 64 ? prefix.len : 64), prefix.data);
        status = provide(&c, d, args->verb, "group", null_str(name));
    }
    for (size_t i = 0; IPAM_HAS_FIELD(args, IPAM_PROVISION_SERVERS) && i < args->servers.count; i++)
        status = status == IPAM_OK ? provide(&c, d, args->verb, "access", args->servers.items[i]) : status;
    null_done(&c, status);
}

static const struct ipam_option realm = NULL_OPTION(IPAM_OPT_TEXT, "realm", "null.example", 0, 0, NULL,
                                                    "the one realm there is"),
                                servers = NULL_OPTION(
                                    IPAM_OPT_LIST, "servers",
                                    "dhcp1.null.example/dhcp/192.0.2.1,dns1.null.example/dns/192.0.2.2", 0,
                                    1000, NULL, "servers to find, each NAME/ROLE+ROLE/ADDRESS+ADDRESS");
static const struct ipam_option *const options[] = { &realm, &servers, NULL };

static const struct ipam_discovery_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities =
                    IPAM_DISCOVERY_CAP_DISCOVER | IPAM_DISCOVERY_CAP_PROVISION | IPAM_DISCOVERY_CAP_REALMS,
                .open = discovery_open,
                .close = discovery_close,
                .probe = discovery_probe },
    .discover = discovery_discover,
    .describe = discovery_describe,
    .provision = discovery_provision,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-discovery",
                                               .version = NULL_VERSION,
                                               .summary = "finds the servers that its options name",
                                               .options = options,
                                               .check = discovery_check,
                                               .discovery = &ops };

    return &plugin;
}
