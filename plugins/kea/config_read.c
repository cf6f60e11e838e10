/* config_read.c - a server's configuration read, and handed out as rows in the order of dhcp.h.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "net/addr.h"
#include "read.h"

int kea_config_of(struct kea_call *c, enum kea_service s, const struct strbuf *text, struct kea_running *ret)
{
    struct kea_running r = { .digest = "" };
    char where[400], problem[KEA_PROBLEM_MAX];
    int status = kea_take(c, s, "config-get", text, &r.answer);

    if (status)
        return status;
    kea_where(c->kea, s, where, sizeof(where));
    if (r.answer.result == KEA_EMPTY) {
        kea_answer_fini(&r.answer);
        return kea_fail(c, IPAM_E_PROTO,
                        "%s: it answers config-get with result 3, empty, which Kea never does; see that the "
                        "options lead to a Kea server, and that nothing between changes its answers",
                        where);
    }
    status = kea_config_parse(s, r.answer.doc, r.answer.arguments, &r.cfg, problem);
    if (status) {
        kea_answer_fini(&r.answer);
        return kea_fail(
            c, status,
            "%s: %s; see that the options lead to this server, and that nothing between changes its "
            "answers",
            where, problem);
    }
    status = kea_config_digest(&r.cfg, r.digest);
    if (status) {
        kea_running_fini(&r);
        return kea_fail(c, status, "%s: out of memory for its configuration", where);
    }
    kea_hash_take(json_str(json_get(r.answer.arguments, "hash")), r.hash);
    *ret = r;
    return 0;
}

int kea_config_get(struct kea_call *c, enum kea_service s, struct kea_running *ret)
{
    struct kea_incoming in;
    int status;

    kea_incoming_init(&in);
    status = kea_fetch(c, s, "config-get", &in);
    if (status == 0)
        status = kea_config_of(c, s, &in.text, ret);
    kea_incoming_fini(&in);
    return status;
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

/* --- handing out --- */

static void emit_reservations(struct kea_reading *r, const struct kea_subnet *s, bool options)
{
    const struct kea_config *cfg = r->cfg;
    size_t subnet = (size_t)(s - cfg->subnets);

    for (size_t i = s->first_reservation;
         i < cfg->reservation_count && cfg->reservations[i].subnet == subnet && r->status == 0; i++) {
        if (options)
            kea_emit_reservation_options(r, &cfg->reservations[i]);
        else
            kea_emit_reservation(r, &cfg->reservations[i]);
    }
}

static void emit_scope(struct kea_reading *r, const struct kea_subnet *s)
{
    if (s->id) {
        kea_emit_scope(r, s);
        kea_emit_pools(r, s);
    }
    emit_reservations(r, s, false);
    if (s->id) {
        kea_emit_scope_options(r, s);
        kea_emit_pool_options(r, s);
    }
    emit_reservations(r, s, true);
}

/* In the order of dhcp.h. */
static void emit_all(struct kea_reading *r)
{
    const struct kea_config *cfg = r->cfg;

    kea_emit_server(r);
    for (size_t i = 1; i < cfg->subnet_count && r->status == 0; i++)
        emit_scope(r, &cfg->subnets[i]);
    emit_reservations(r, &cfg->subnets[0], false);
    kea_emit_superscopes(r);
    kea_emit_failovers(r);
    kea_emit_classes(r);
    kea_emit_definitions(r);
    kea_emit_server_options(r);
    emit_reservations(r, &cfg->subnets[0], true);
}

unsigned kea_version_of(struct ipam_str text)
{
    unsigned part[2] = { 0, 0 };
    size_t at = 0;

    for (int i = 0; i < 2; i++, at++) {
        size_t from = at;

        for (; at < text.len && text.data[at] >= '0' && text.data[at] <= '9' && part[i] < 100; at++)
            part[i] = 10 * part[i] + (unsigned)(text.data[at] - '0');
        if (at == from || part[i] >= 100 || (i == 0 && (at == text.len || text.data[at] != '.')))
            return 0;
    }
    return 100 * part[0] + part[1];
}

int kea_emit_config(struct kea_call *c, const struct kea_config *cfg, unsigned version,
                    const struct json *ha_status, struct ipam_str only, bool unchanged)
{
    struct kea_reading r = { .call = c,
                             .cfg = cfg,
                             .ha = kea_ha_relations(cfg->root),
                             .ha_status = ha_status,
                             .family = cfg->service == KEA_DHCP4 ? IPAM_DHCP_SERVER_FAMILY_IPV4
                                                                 : IPAM_DHCP_SERVER_FAMILY_IPV6 };
    const struct kea_subnet *one = only.data ? kea_config_subnet(cfg, only) : NULL;

    strbuf_init(&r.vendor, KEA_VENDOR_MAX);
    arena_init(&r.scratch, 0);
    arena_init(&r.lasting, 0);
    if (unchanged)
        kea_emit_failovers(&r);
    else if (kea_definitions_read(cfg->service, cfg->root, version, &r.lasting, &r.definitions))
        kea_no_memory(&r);
    if (r.status == 0 && one && !unchanged)
        emit_scope(&r, one);
    else if (r.status == 0 && !only.data && !unchanged)
        emit_all(&r);
    arena_fini(&r.lasting);
    arena_fini(&r.scratch);
    strbuf_fini(&r.vendor);
    if (r.status && !c->message[0])
        kea_fail(c, r.status, "the host stopped taking rows");
    return r.status;
}

/* The configurations of one call: all are read before a row is emitted, since one that changed makes all of
 * them news. One that is as the caller has it is understood only when another is not. */
struct configurations {
    struct ipam_str known; /* the token that the caller has of all; absent: none */
    struct kea_incoming in[KEA_SERVICES];
    bool fetched[KEA_SERVICES];
    struct kea_running running[KEA_SERVICES];
    bool read[KEA_SERVICES];
    struct strbuf token;
};

static int understand_service(struct kea_call *c, enum kea_service s, struct configurations *all)
{
    const struct strbuf *text = &all->in[s].text;
    int status = kea_config_of(c, s, text, &all->running[s]);

    if (status)
        return status;
    all->read[s] = true;
    kea_same_keep(c->kea, text, &all->running[s]); /* without memory it is understood again */
    return 0;
}

static int read_service(struct kea_call *c, enum kea_service s, struct ipam_str only, void *user)
{
    struct configurations *all = user;
    int status = kea_fetch(c, s, "config-get", &all->in[s]);
    const struct kea_same *same;

    (void)only;
    if (status)
        return status;
    same = all->known.len ? kea_same_find(c->kea, s, &all->in[s].text) : NULL;
    if (same && !same->relations && str_is(kea_token_part(all->known, s), same->digest)) {
        all->fetched[s] = true;
        kea_token_add(&all->token, s, same->digest, same->hash);
        return 0;
    }
    status = understand_service(c, s, all);
    if (status)
        return status;
    all->fetched[s] = true;
    kea_token_add(&all->token, s, all->running[s].digest, all->running[s].hash);
    return 0;
}

/* Hands one service out. A configuration does not tell the version, for the options that it has of itself,
 * nor how the partner is. */
static int emit_service(struct kea_call *c, const struct kea_config *cfg, struct ipam_str only,
                        bool unchanged)
{
    struct kea_answer version = { .doc = NULL }, ha = { .doc = NULL };
    int status =
        unchanged ? 0 : kea_ask(c, cfg->service, "version-get", (struct ipam_str){ NULL, 0 }, &version);

    if (status == 0 && kea_ha_relations(cfg->root))
        status = kea_ask(c, cfg->service, "status-get", (struct ipam_str){ NULL, 0 }, &ha);
    if (status == 0)
        status = kea_emit_config(c, cfg, kea_version_of(version.text),
                                 json_get(ha.arguments, "high-availability"), only, unchanged);
    kea_answer_fini(&version);
    kea_answer_fini(&ha);
    return status;
}

int kea_each_service(struct kea_call *c, struct ipam_str only,
                     int (*one)(struct kea_call *c, enum kea_service s, struct ipam_str only, void *user),
                     void *user)
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
        status = one(c, s, only, user);
        if (status && (status != IPAM_E_NOENT || c->kea->opt.named[s]))
            return status;
        any = any || status == 0;
    }
    if (any) {
        c->message[0] = c->native[0] = '\0'; /* what failed on the way was no failure */
        return 0;
    }
    return c->message[0]
               ? IPAM_E_NOENT
               : kea_fail(c, IPAM_E_NOENT, "%.*s belongs to a server that is not managed (option services)",
                          (int)only.len, only.data ? only.data : "");
}

/* Whether two tokens name the same configurations. A server's own hash may be another all the same. */
static bool same_digests(struct ipam_str a, struct ipam_str b)
{
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        struct ipam_str x = kea_token_part(a, s), y = kea_token_part(b, s);

        if (!x.data != !y.data || (x.data && !str_equal(x, y)))
            return false;
    }
    return true;
}

/* The rows that are told although the hash is the same. */
static int emit_kept(struct kea_call *c, struct ipam_str token)
{
    int status = 0;

    for (enum kea_service s = 0; s < KEA_SERVICES && status == 0; s++) {
        char problem[KEA_PROBLEM_MAX];
        struct json_doc *doc;
        struct kea_config cfg;

        status = kea_hash_kept(c->kea, s, token, &doc);
        if (status || !doc)
            continue;
        status = kea_config_parse(s, doc, json_root(doc), &cfg, problem);
        if (status == 0) {
            status = emit_service(c, &cfg, (struct ipam_str){ NULL, 0 }, true);
            kea_config_fini(&cfg);
        }
        json_free(doc);
    }
    return status;
}

static void tell_token(struct ipam_outcome *info, struct ipam_str token, bool unchanged)
{
    info->flags = unchanged ? IPAM_DONE_DELTA : IPAM_DONE_COMPLETE;
    info->token = token;
    IPAM_SET_FIELD(info, IPAM_OUTCOME_TOKEN);
    IPAM_SET_FIELD(info, IPAM_OUTCOME_FLAGS);
}

static void configurations_init(struct configurations *all, struct ipam_str known)
{
    *all = (struct configurations){ .known = known };
    strbuf_init(&all->token, 128);
    for (enum kea_service s = 0; s < KEA_SERVICES; s++)
        kea_incoming_init(&all->in[s]);
}

static void configurations_fini(struct configurations *all)
{
    for (enum kea_service s = 0; s < KEA_SERVICES; s++) {
        kea_incoming_fini(&all->in[s]);
        if (all->read[s])
            kea_running_fini(&all->running[s]);
    }
    strbuf_fini(&all->token);
}

/* The rows of one service. */
static int tell_service(struct kea_call *c, enum kea_service s, struct ipam_str only, bool unchanged,
                        struct configurations *all)
{
    int status = 0;

    if (!all->fetched[s] || (unchanged && !all->read[s]))
        return 0;
    if (!all->read[s])
        status = understand_service(c, s, all);
    if (status)
        return status;
    kea_hash_keep(c->kea, &all->running[s].cfg, all->running[s].hash);
    return emit_service(c, &all->running[s].cfg, only, unchanged);
}

void kea_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };
    struct configurations all;
    bool known = args->token.len && !args->native_scope.data, unchanged = false;
    int status = known ? kea_hash_look(&c, args->token, &unchanged) : 0;

    if (status || unchanged) {
        status = status ? status : emit_kept(&c, args->token);
        tell_token(&info, args->token, true);
        kea_done(&c, status, &info);
        return;
    }
    configurations_init(&all, known ? args->token : (struct ipam_str){ NULL, 0 });
    status = kea_each_service(&c, args->native_scope, read_service, &all);
    if (status == 0 && known)
        unchanged = same_digests(args->token, strbuf_str(&all.token));
    for (enum kea_service s = 0; s < KEA_SERVICES && status == 0; s++)
        status = tell_service(&c, s, args->native_scope, unchanged, &all);
    for (enum kea_service s = 0; s < KEA_SERVICES && status == 0; s++)
        if (all.read[s] && args->text && !unchanged)
            status = kea_emit_text(&c, &all.running[s]);
    if (status == 0)
        tell_token(&info, strbuf_str(&all.token), unchanged);
    kea_done(&c, status, &info);
    configurations_fini(&all);
}
