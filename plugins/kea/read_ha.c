/* read_ha.c - the relations of the high-availability hook as failover rows, one for each other server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * ARM, "libdhcp_ha.so: High Availability". A relation has no name of its own: it is called after its two
 * servers, the more important first, so that both call it the same. */
#include <inttypes.h>
#include <string.h>

#include "net/addr.h"
#include "read.h"

#define LIBRARY     "libdhcp_ha.so"
#define PARTNER_MAX 253 /* the limits of records.def */
#define SCOPES_MAX  10000
#define WORD_MAX    64
#define STATE(word) IPAM_FAILOVER_STATE_##word

const struct json *kea_ha_relations(const struct json *root)
{
    for (const struct json *v = json_first(json_get(root, "hooks-libraries")); v; v = json_next(v))
        if (kea_ends_with(json_str(json_get(v, "library")), LIBRARY))
            return json_get(json_get(v, "parameters"), "high-availability");
    return NULL;
}

uint32_t kea_ha_state(struct ipam_str word)
{
    static const struct {
        const char *word;
        uint32_t state;
    } states[] = {
        { "hot-standby", STATE(NORMAL) },
        { "load-balancing", STATE(NORMAL) },
        { "passive-backup", STATE(NORMAL) },
        { "backup", STATE(BACKUP) },
        { "communication-recovery", STATE(COMMUNICATIONS_INTERRUPTED) },
        { "partner-down", STATE(PARTNER_DOWN) },
        { "ready", STATE(RECOVER_DONE) },
        { "syncing", STATE(RECOVER) },
        { "waiting", STATE(STARTUP) },
        { "in-maintenance", STATE(MAINTENANCE) },
        { "partner-in-maintenance", STATE(PARTNER_MAINTENANCE) },
        { "terminated", STATE(TERMINATED) },
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (str_is(word, states[i].word))
            return states[i].state;
    return STATE(UNKNOWN);
}

/* Order of importance; the same on every server. */
static int rank(const struct json *peer)
{
    static const char *const roles[] = { "primary", "secondary", "standby", "backup" };
    struct ipam_str role = json_str(json_get(peer, "role"));
    int i = 0;

    while (i < 4 && !str_is(role, roles[i]))
        i++;
    return i;
}

static bool is_before(const struct json *a, const struct json *b)
{
    struct ipam_str x = json_str(json_get(a, "name")), y = json_str(json_get(b, "name"));
    int order = rank(a) - rank(b);

    if (order == 0)
        order = memcmp(x.data ? x.data : "", y.data ? y.data : "", x.len < y.len ? x.len : y.len);
    return order ? order < 0 : x.len < y.len;
}

static const struct json *peer_named(const struct json *relation, struct ipam_str name)
{
    for (const struct json *p = json_first(json_get(relation, "peers")); p; p = json_next(p))
        if (name.data && str_equal(json_str(json_get(p, "name")), name))
            return p;
    return NULL;
}

static const struct json *self_of(const struct json *relation)
{
    return peer_named(relation, json_str(json_get(relation, "this-server-name")));
}

static struct ipam_str relation_name(struct kea_reading *r, const struct json *self, const struct json *peer)
{
    const struct json *first = is_before(self, peer) ? self : peer, *second = first == self ? peer : self;
    char *text = arena_printf(&r->scratch, "%.*s/%.*s", STR_ARG(json_str(json_get(first, "name"))),
                              STR_ARG(json_str(json_get(second, "name"))));

    return text ? kea_fit(r, str_from(text), KEA_HOLDER_MAX - 8) : (kea_no_memory(r), IPAM_STR(""));
}

/* The most important other server of a relation. */
static const struct json *partner_of(const struct json *relation, const struct json *self)
{
    const struct json *best = NULL;

    for (const struct json *p = json_first(json_get(relation, "peers")); p; p = json_next(p))
        if (p != self && (!best || is_before(p, best)))
            best = p;
    return best;
}

/* With several relations a subnet, or its shared network, names a server of the one it belongs to. */
static const struct json *relation_of(struct kea_reading *r, const struct kea_subnet *s)
{
    struct ipam_str server;

    if (json_count(r->ha) == 1)
        return json_first(r->ha);
    server = json_str(json_get(json_get(s->node, "user-context"), "ha-server-name"));
    if (!server.data)
        server = json_str(json_get(json_get(kea_network_of(r, s), "user-context"), "ha-server-name"));
    for (const struct json *v = json_first(r->ha); v; v = json_next(v))
        if (peer_named(v, server))
            return v;
    return NULL;
}

struct ipam_str kea_ha_of_scope(struct kea_reading *r, const struct kea_subnet *s)
{
    const struct json *relation = r->ha ? relation_of(r, s) : NULL, *self = self_of(relation),
                      *partner = self ? partner_of(relation, self) : NULL;

    return partner ? relation_name(r, self, partner) : (struct ipam_str){ NULL, 0 };
}

/* "http://ha2.example.com:8000/": the host. */
static struct ipam_str host_of(struct ipam_str url)
{
    struct ipam_str host = { NULL, 0 };
    size_t at = 0, from;

    while (at + 2 < url.len && memcmp(url.data + at, "://", 3) != 0)
        at++;
    if (at + 2 >= url.len)
        return host;
    at += 3;
    for (size_t i = at; i < url.len && url.data[i] != '/'; i++)
        if (url.data[i] == '@')
            at = i + 1;
    from = at;
    if (at < url.len && url.data[at] == '[') {
        const char *end = memchr(url.data + at, ']', url.len - at);

        return end ? (struct ipam_str){ url.data + at + 1, (size_t)(end - url.data) - at - 1 } : host;
    }
    while (at < url.len && url.data[at] != ':' && url.data[at] != '/')
        at++;
    return at > from ? (struct ipam_str){ url.data + from, at - from } : host;
}

static void set_mode(const struct json *relation, struct ipam_failover *row)
{
    struct ipam_str mode = json_str(json_get(relation, "mode"));

    row->mode = str_is(mode, "hot-standby")      ? IPAM_FAILOVER_MODE_HOT_STANDBY
                : str_is(mode, "passive-backup") ? IPAM_FAILOVER_MODE_PASSIVE_BACKUP
                                                 : IPAM_FAILOVER_MODE_LOAD_BALANCE;
    IPAM_SET_FIELD(row, IPAM_FAILOVER_MODE);
    if (row->mode != IPAM_FAILOVER_MODE_LOAD_BALANCE)
        return;
    row->share = 50;
    IPAM_SET_FIELD(row, IPAM_FAILOVER_SHARE);
}

static void set_role(const struct json *self, struct ipam_failover *row)
{
    int n = rank(self);

    row->role = n == 0   ? IPAM_FAILOVER_ROLE_PRIMARY
                : n == 3 ? IPAM_FAILOVER_ROLE_BACKUP
                         : IPAM_FAILOVER_ROLE_SECONDARY;
    if (n < 4)
        IPAM_SET_FIELD(row, IPAM_FAILOVER_ROLE);
}

static void set_partner(const struct json *self, const struct json *peer, struct ipam_failover *row)
{
    struct ipam_str host = host_of(json_str(json_get(peer, "url")));
    bool fails_over = rank(peer) != 3;
    struct ipam_str user = json_str(json_get(peer, "basic-auth-user"));

    row->partner = host.len && host.len <= PARTNER_MAX ? host : json_str(json_get(peer, "name"));
    if (row->partner.len > PARTNER_MAX)
        row->partner.len = 0;
    IPAM_SET_FIELD(row, IPAM_FAILOVER_PARTNER);
    if (host.len && addr_parse(host.data, host.len, &row->partner_address) == 0)
        IPAM_SET_FIELD(row, IPAM_FAILOVER_PARTNER_ADDRESS);
    row->authenticated = user.len > 0 || json_get(peer, "trust-anchor") || json_get(self, "trust-anchor");
    IPAM_SET_FIELD(row, IPAM_FAILOVER_AUTHENTICATED);
    if (fails_over)
        json_bool(json_get(self, "auto-failover"), &fails_over);
    row->auto_transition = fails_over;
    IPAM_SET_FIELD(row, IPAM_FAILOVER_AUTO_TRANSITION);
}

/* How long it takes until the partner is taken for down. */
static void set_interval(const struct json *relation, struct ipam_failover *row)
{
    int64_t ms;

    if (json_int(json_get(relation, "max-response-delay"), &ms) || ms < 0 || ms / 1000 > UINT32_MAX)
        return;
    row->switch_interval = (ms + 999) / 1000;
    IPAM_SET_FIELD(row, IPAM_FAILOVER_SWITCH_INTERVAL);
}

/* A partner that is not heard of changes what the server's own word does not tell. */
static void set_state(const struct json *status, bool is_partner, struct ipam_failover *row)
{
    const struct json *servers = json_get(status, "ha-servers"), *local = json_get(servers, "local"),
                      *remote = json_get(servers, "remote");
    struct ipam_str word = json_str(json_get(local, "state"));
    bool interrupted = false;

    if (!word.len)
        return;
    json_bool(json_get(remote, "communication-interrupted"), &interrupted);
    row->state = kea_ha_state(word);
    if (row->state == STATE(NORMAL) && interrupted)
        row->state = STATE(COMMUNICATIONS_INTERRUPTED);
    IPAM_SET_FIELD(row, IPAM_FAILOVER_STATE);
    row->native_state = word;
    if (word.len <= WORD_MAX)
        IPAM_SET_FIELD(row, IPAM_FAILOVER_NATIVE_STATE);
    if (!is_partner)
        return; /* the hook keeps no state of a backup server */
    row->partner_state = kea_ha_state(json_str(json_get(remote, "last-state")));
    IPAM_SET_FIELD(row, IPAM_FAILOVER_PARTNER_STATE);
}

/* The scopes of one relation of several. */
static void set_scopes(struct kea_reading *r, const struct json *relation, struct ipam_failover *row)
{
    const struct kea_config *cfg = r->cfg;
    struct ipam_str *items =
        json_count(r->ha) > 1 ? arena_alloc(&r->scratch, (cfg->subnet_count + 1) * sizeof(*items)) : NULL;
    size_t count = 0;

    if (!items)
        return; /* it covers all */
    for (size_t i = 0; i < cfg->subnet_count && count < SCOPES_MAX; i++)
        if (cfg->subnets[i].id && relation_of(r, &cfg->subnets[i]) == relation)
            items[count++] = cfg->subnets[i].native;
    row->scopes = (struct ipam_strs){ items, count };
    IPAM_SET_FIELD(row, IPAM_FAILOVER_SCOPES);
}

static bool skip_secret_or_peers(struct ipam_str key, const struct json *value, unsigned depth)
{
    return (depth == 0 && str_is(key, "peers")) || kea_skip_secret(key, value, depth);
}

/* The relation's settings and both servers as Kea has them, without secrets. */
static struct ipam_str vendor_of(struct kea_reading *r, const struct json *relation, const struct json *self,
                                 const struct json *peer)
{
    struct json_writer w;

    strbuf_reset(&r->vendor);
    jw_init(&w, &r->vendor);
    jw_object(&w);
    jw_key(&w, "peer");
    kea_canonical(r->cfg->doc, peer, kea_skip_secret, &r->scratch, &w);
    jw_key(&w, "relation");
    kea_canonical(r->cfg->doc, relation, skip_secret_or_peers, &r->scratch, &w);
    jw_key(&w, "self");
    kea_canonical(r->cfg->doc, self, kea_skip_secret, &r->scratch, &w);
    jw_object_end(&w);
    return r->vendor.failed ? (struct ipam_str){ NULL, 0 } : strbuf_str(&r->vendor);
}

static void emit_failover(struct kea_reading *r, const struct json *relation, const struct json *status,
                          const struct json *self, const struct json *peer)
{
    struct ipam_failover row = { .size = sizeof(row), .type = IPAM_T_FAILOVER, .family = r->family };

    kea_row(r);
    row.vendor = vendor_of(r, relation, self, peer);
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_FAILOVER_VENDOR);
    row.name = relation_name(r, self, peer);
    row.native = kea_named(r, row.name);
    IPAM_SET_FIELD(&row, IPAM_FAILOVER_NAME);
    IPAM_SET_FIELD(&row, IPAM_FAILOVER_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_FAILOVER_FAMILY);
    set_mode(relation, &row);
    set_role(self, &row);
    set_partner(self, peer, &row);
    set_interval(relation, &row);
    set_state(status, peer == partner_of(relation, self), &row);
    set_scopes(r, relation, &row);
    kea_emit(r, &row);
}

void kea_emit_failovers(struct kea_reading *r)
{
    const struct json *status = json_first(r->ha_status);

    for (const struct json *v = json_first(r->ha); v && r->status == 0; v = json_next(v)) {
        const struct json *self = self_of(v);

        for (const struct json *p = json_first(json_get(v, "peers")); self && p; p = json_next(p))
            if (p != self && json_str(json_get(p, "name")).len)
                emit_failover(r, v, status, self, p);
        status = json_next(status);
    }
}
