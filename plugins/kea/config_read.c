/* config_read.c - a server's configuration handed out as scopes, pools and reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "net/addr.h"

#define SUPERSCOPE_MAX 128 /* the limit of the field in records.def */

int kea_config_get(struct kea_call *c, enum kea_service s, struct kea_running *ret)
{
    struct kea_running r = { .digest = "" };
    char where[400], problem[KEA_PROBLEM_MAX];
    int status = kea_ask(c, s, "config-get", (struct ipam_str){ NULL, 0 }, &r.answer);

    if (status)
        return status;
    kea_where(c->kea, s, where, sizeof(where));
    status = kea_config_parse(s, r.answer.doc, r.answer.arguments, &r.cfg, problem);
    if (status) {
        kea_answer_fini(&r.answer);
        return kea_fail(c, status, "%s: %s; see that the options lead to this server", where, problem);
    }
    status = kea_config_digest(&r.cfg, r.digest);
    if (status) {
        kea_running_fini(&r);
        return kea_fail(c, status, "%s: out of memory for its configuration", where);
    }
    *ret = r;
    return 0;
}

void kea_running_fini(struct kea_running *r)
{
    if (r->answer.doc)
        kea_config_fini(&r->cfg);
    kea_answer_fini(&r->answer);
}

static struct ipam_str trimmed(const char *data, size_t len)
{
    while (len && data[0] == ' ')
        data++, len--;
    while (len && data[len - 1] == ' ')
        len--;
    return (struct ipam_str){ data, len };
}

int kea_pool_parse(struct ipam_str text, struct ipam_addr *ret_first, struct ipam_addr *ret_last)
{
    const char *dash = text.data ? memchr(text.data, '-', text.len) : NULL;
    struct ipam_str a, b;
    struct ipam_addr first, last;
    struct ipam_prefix prefix;

    if (!dash) {
        a = trimmed(text.data, text.len);
        if (!a.len || prefix_parse_host(a.data, a.len, &prefix))
            return IPAM_E_INVAL;
        prefix_first(&prefix, ret_first);
        prefix_last(&prefix, ret_last);
        return 0;
    }
    a = trimmed(text.data, (size_t)(dash - text.data));
    b = trimmed(dash + 1, text.len - (size_t)(dash + 1 - text.data));
    if (addr_parse(a.data, a.len, &first) || addr_parse(b.data, b.len, &last) ||
        first.family != last.family || addr_compare(&first, &last) > 0)
        return IPAM_E_INVAL;
    *ret_first = first;
    *ret_last = last;
    return 0;
}

/* What the scope's and the pools' own fields say, and what nobody may see. */
static bool scope_skip(struct ipam_str key, const struct json *value, unsigned depth)
{
    static const char *const modelled[] = { "id", "subnet", "valid-lifetime", "pools", "reservations", NULL };

    (void)value;
    for (const char *const *m = modelled; *m && depth == 0; m++)
        if (str_is(key, *m))
            return true;
    return kea_is_secret(key);
}

static bool reservation_skip(struct ipam_str key, const struct json *value, unsigned depth)
{
    return kea_reservation_modelled(key, value, depth) || kea_is_secret(key);
}

/* One emission after another, until the host says stop. */
struct reading {
    struct kea_call *call;
    struct kea_running *running;
    struct strbuf vendor;
    struct arena scratch;
    int status;
};

/* The vendor data of one object, or the absent text: nothing to say, or too much. */
static struct ipam_str vendor_of(struct reading *r, const struct json *node, kea_skip skip)
{
    const struct ipam_host *host = r->call->kea->host;
    struct json_writer w;

    strbuf_reset(&r->vendor);
    arena_reset(&r->scratch);
    jw_init(&w, &r->vendor);
    kea_canonical(r->running->cfg.doc, node, skip, &r->scratch, &w);
    if (r->vendor.failed) {
        host->log(r->call->kea->inst, 4, "kea-vendor-too-large",
                  "a subnet or reservation holds more than 64 KiB beside the usual fields; they are left out "
                  "of its vendor data");
        return (struct ipam_str){ NULL, 0 };
    }
    return r->vendor.len > 2 ? strbuf_str(&r->vendor) : (struct ipam_str){ NULL, 0 };
}

static void emit(struct reading *r, const void *record)
{
    if (r->status == 0)
        r->status = r->call->kea->host->emit(r->call->req, record);
}

#define ROUTERS_MAX 16

/* Addresses of a comma-separated list; what is no address is passed over: it is the server's matter. */
static size_t parse_addresses(struct ipam_str list, struct ipam_addr *ret, size_t max)
{
    size_t count = 0, at = 0;

    while (at < list.len && count < max) {
        size_t from = at;

        while (at < list.len && list.data[at] != ',')
            at++;
        while (from < at && list.data[from] == ' ')
            from++;
        if (addr_parse(list.data + from, at - from, &ret[count]) == 0)
            count++;
        at++;
    }
    return count;
}

/* The option `routers` of a subnet (RFC 2132 3.5), where it is written as text. */
static size_t routers_of(const struct json *subnet, struct ipam_addr ret[ROUTERS_MAX])
{
    for (const struct json *o = json_first(json_get(subnet, "option-data")); o; o = json_next(o))
        if (str_is(json_str(json_get(o, "name")), "routers"))
            return parse_addresses(json_str(json_get(o, "data")), ret, ROUTERS_MAX);
    return 0;
}

static void emit_scope(struct reading *r, const struct kea_subnet *s)
{
    struct ipam_addr routers[ROUTERS_MAX];
    struct ipam_scope row = {
        .size = sizeof(row), .type = IPAM_T_SCOPE, .prefix = s->prefix, .native = s->native
    };

    IPAM_SET_FIELD(&row, IPAM_SCOPE_PREFIX);
    IPAM_SET_FIELD(&row, IPAM_SCOPE_NATIVE);
    if (s->network.len && s->network.len <= SUPERSCOPE_MAX) {
        row.superscope = s->network;
        IPAM_SET_FIELD(&row, IPAM_SCOPE_SUPERSCOPE);
    }
    if (json_int(json_get(s->node, "valid-lifetime"), &row.lease_time) == 0)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_LEASE_TIME);
    row.routers = (struct ipam_addrs){ routers, routers_of(s->node, routers) };
    if (row.routers.count > 0)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_ROUTERS);
    row.vendor = vendor_of(r, s->node, scope_skip);
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_VENDOR);
    emit(r, &row);
}

static void emit_pools(struct reading *r, const struct kea_subnet *s)
{
    for (const struct json *v = json_first(json_get(s->node, "pools")); v && r->status == 0;
         v = json_next(v)) {
        struct ipam_pool row = { .size = sizeof(row), .type = IPAM_T_POOL, .native_scope = s->native };
        struct ipam_str text = json_str(json_get(v, "pool"));

        if (kea_pool_parse(text, &row.first, &row.last)) {
            r->status =
                kea_fail(r->call, IPAM_E_PROTO,
                         "subnet %.*s of %s holds the pool '%.*s', which is no run of addresses",
                         (int)s->native.len, s->native.data, kea_service_name(r->running->cfg.service),
                         (int)(text.len < 80 ? text.len : 80), text.data ? text.data : "");
            return;
        }
        IPAM_SET_FIELD(&row, IPAM_POOL_NATIVE_SCOPE);
        IPAM_SET_FIELD(&row, IPAM_POOL_FIRST);
        IPAM_SET_FIELD(&row, IPAM_POOL_LAST);
        emit(r, &row);
    }
}

static void emit_config(struct reading *r, struct ipam_str only)
{
    const struct kea_config *cfg = &r->running->cfg;
    const struct kea_reservation *reservation = cfg->reservations;

    for (size_t i = 0; i < cfg->subnet_count && r->status == 0; i++) {
        const struct kea_subnet *s = &cfg->subnets[i];
        bool wanted = !only.data || str_equal(only, s->native);

        if (wanted && s->id) {
            emit_scope(r, s);
            emit_pools(r, s);
        }
        for (; reservation < cfg->reservations + cfg->reservation_count && reservation->subnet == i;
             reservation++) {
            struct ipam_reservation row = reservation->row;

            if (!wanted)
                continue;
            row.vendor = vendor_of(r, reservation->node, reservation_skip);
            if (row.vendor.data)
                IPAM_SET_FIELD(&row, IPAM_RESERVATION_VENDOR);
            emit(r, &row);
        }
    }
}

/* Reads one service and hands it out. */
static int read_service(struct kea_call *c, enum kea_service s, struct ipam_str only, struct strbuf *token)
{
    struct kea_running running;
    struct reading r = { .call = c, .running = &running };

    r.status = kea_config_get(c, s, &running);
    if (r.status)
        return r.status;
    kea_token_add(token, s, running.digest);
    strbuf_init(&r.vendor, KEA_VENDOR_MAX);
    arena_init(&r.scratch, 0);
    emit_config(&r, only);
    arena_fini(&r.scratch);
    strbuf_fini(&r.vendor);
    kea_running_fini(&running);
    if (r.status && !c->message[0])
        kea_fail(c, r.status, "the host stopped taking rows");
    return r.status;
}

/* Reads every server that is wanted. One that is not part of this installation is no news, unless the
 * operator named it. */
static int read_services(struct kea_call *c, struct ipam_str only, struct strbuf *token)
{
    enum kea_service wanted = KEA_SERVICES;
    bool any = false;
    int64_t id;

    if (only.data && kea_native_parse(only, &wanted, &id))
        return kea_fail(c, IPAM_E_INVAL, "'%.*s' names no scope of Kea; one looks like v4/7",
                        (int)(only.len < 64 ? only.len : 64), only.data);
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        int status;

        if (!c->kea->opt.use[s] || (only.data && s != wanted))
            continue;
        status = read_service(c, s, only, token);
        if (status && (status != IPAM_E_NOENT || c->kea->opt.named[s]))
            return status;
        any = any || status == 0;
    }
    if (any)
        return 0;
    return c->message[0]
               ? IPAM_E_NOENT
               : kea_fail(c, IPAM_E_NOENT, "%.*s belongs to a server that is not managed (option services)",
                          (int)only.len, only.data ? only.data : "");
}

void kea_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };
    struct strbuf token;
    int status;

    strbuf_init(&token, 128);
    status = read_services(&c, args->native_scope, &token);
    if (status == 0) {
        c.message[0] = '\0';
        info.flags = IPAM_DONE_COMPLETE;
        info.token = strbuf_str(&token);
        IPAM_SET_FIELD(&info, IPAM_OUTCOME_TOKEN);
        IPAM_SET_FIELD(&info, IPAM_OUTCOME_FLAGS);
    }
    kea_done(&c, status, &info);
    strbuf_fini(&token);
}
