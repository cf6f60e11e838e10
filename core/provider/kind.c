/* kind.c - the kinds of provider as data: their tables, members and capabilities.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/kind.h"

#include <string.h>

#include "ipam/status.h"
#include "provider/reason.h"

#define CONCURRENCY_MAX 64
#define READERS_MAX     16

/* A function of a kind's table. */
struct member {
    const char *name;
    size_t place;
    uint64_t capabilities; /* there exactly when one of these is claimed; 0: see required */
    bool required;
};
struct capability {
    const char *name;
    uint64_t bit;
};
struct kind {
    const char *name;
    size_t in_descriptor, in_tables, size;
    const struct member *members;
    const struct capability *capabilities;
};

/* Rows of tables are no blocks. */
/* clang-format off */
#define ALWAYS(kind, name) { #name, offsetof(struct ipam_##kind##_ops, name), 0, true }
#define MAYBE(kind, name)  { #name, offsetof(struct ipam_##kind##_ops, name), 0, false }
#define WITH(kind, name, bits) { #name, offsetof(struct ipam_##kind##_ops, name), (bits), false }
#define ACTS (~UINT64_C(0) << 32)

static const struct member common[] = {
    { "open", offsetof(struct ipam_ops, open), 0, true },
    { "close", offsetof(struct ipam_ops, close), 0, true },
    { "probe", offsetof(struct ipam_ops, probe), 0, true },
    { NULL, 0, 0, false },
};

static const struct member discovery_members[] = {
    WITH(discovery, discover, IPAM_DISCOVERY_CAP_DISCOVER | IPAM_DISCOVERY_CAP_REALMS),
    ALWAYS(discovery, describe),
    WITH(discovery, provision, IPAM_DISCOVERY_CAP_PROVISION),
    { NULL, 0, 0, false },
};
static const struct capability discovery_capabilities[] = {
    { "discover", IPAM_DISCOVERY_CAP_DISCOVER },
    { "provision", IPAM_DISCOVERY_CAP_PROVISION },
    { "realms", IPAM_DISCOVERY_CAP_REALMS },
    { NULL, 0 },
};

#define DHCP_WRITES                                                                                          \
    (IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_SERVER | IPAM_DHCP_CAP_SCOPES | IPAM_DHCP_CAP_SUPERSCOPES |  \
     IPAM_DHCP_CAP_OPTIONS | IPAM_DHCP_CAP_CLASSES | IPAM_DHCP_CAP_POLICIES | IPAM_DHCP_CAP_FILTERS |        \
     IPAM_DHCP_CAP_FAILOVERS | IPAM_DHCP_CAP_EXCLUSIONS | IPAM_DHCP_CAP_WHOLE)
static const struct member dhcp_members[] = {
    ALWAYS(dhcp, read_config),
    WITH(dhcp, read_leases, IPAM_DHCP_CAP_LEASES),
    WITH(dhcp, apply, DHCP_WRITES),
    WITH(dhcp, read_stats, IPAM_DHCP_CAP_STATS),
    WITH(dhcp, act, ACTS),
    WITH(dhcp, next_free, IPAM_DHCP_CAP_NEXT_FREE),
    WITH(dhcp, explain, IPAM_DHCP_CAP_EXPLAIN),
    { NULL, 0, 0, false },
};
static const struct capability dhcp_capabilities[] = {
    { "leases", IPAM_DHCP_CAP_LEASES },
    { "reservations", IPAM_DHCP_CAP_RESERVATIONS },
    { "atomic", IPAM_DHCP_CAP_ATOMIC },
    { "v4", IPAM_DHCP_CAP_V4 },
    { "v6", IPAM_DHCP_CAP_V6 },
    { "stats", IPAM_DHCP_CAP_STATS },
    { "next-free", IPAM_DHCP_CAP_NEXT_FREE },
    { "check", IPAM_DHCP_CAP_CHECK },
    { "server", IPAM_DHCP_CAP_SERVER },
    { "scopes", IPAM_DHCP_CAP_SCOPES },
    { "superscopes", IPAM_DHCP_CAP_SUPERSCOPES },
    { "options", IPAM_DHCP_CAP_OPTIONS },
    { "classes", IPAM_DHCP_CAP_CLASSES },
    { "policies", IPAM_DHCP_CAP_POLICIES },
    { "filters", IPAM_DHCP_CAP_FILTERS },
    { "failovers", IPAM_DHCP_CAP_FAILOVERS },
    { "exclusions", IPAM_DHCP_CAP_EXCLUSIONS },
    { "mirror", IPAM_DHCP_CAP_MIRROR },
    { "latin-1", IPAM_DHCP_CAP_LATIN1 },
    { "text", IPAM_DHCP_CAP_TEXT },
    { "whole", IPAM_DHCP_CAP_WHOLE },
    { "explain", IPAM_DHCP_CAP_EXPLAIN },
    { "act-lease-add", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_ADD) },
    { "act-lease-delete", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_DELETE) },
    { "act-reload", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_RELOAD) },
    { "act-replicate", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_REPLICATE) },
    { "act-partner-down", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_PARTNER_DOWN) },
    { "act-clear-sync-error", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_CLEAR_SYNC_ERROR) },
    { "act-reconcile", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_RECONCILE) },
    { "act-start", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_START) },
    { "act-stop", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_STOP) },
    { "act-restart", IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_RESTART) },
    { NULL, 0 },
};

static const struct member dns_members[] = {
    ALWAYS(dns, list_zones),
    WITH(dns, read_records, IPAM_DNS_CAP_RECORDS),
    WITH(dns, apply, IPAM_DNS_CAP_WRITE_RECORDS | IPAM_DNS_CAP_WRITE_ZONES | IPAM_DNS_CAP_FORWARDERS),
    WITH(dns, read_stats, IPAM_DNS_CAP_STATS),
    WITH(dns, act, ACTS),
    WITH(dns, resolve, IPAM_DNS_CAP_RESOLVE),
    { NULL, 0, 0, false },
};
static const struct capability dns_capabilities[] = {
    { "records", IPAM_DNS_CAP_RECORDS },
    { "delta", IPAM_DNS_CAP_DELTA },
    { "stats", IPAM_DNS_CAP_STATS },
    { "resolve", IPAM_DNS_CAP_RESOLVE },
    { "atomic", IPAM_DNS_CAP_ATOMIC },
    { "check", IPAM_DNS_CAP_CHECK },
    { "write-records", IPAM_DNS_CAP_WRITE_RECORDS },
    { "write-zones", IPAM_DNS_CAP_WRITE_ZONES },
    { "forwarders", IPAM_DNS_CAP_FORWARDERS },
    { "act-transfer", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_TRANSFER) },
    { "act-full-copy", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_FULL_COPY) },
    { "act-reload", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_RELOAD) },
    { "act-notify", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_NOTIFY) },
    { "act-pause", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_PAUSE) },
    { "act-resume", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_RESUME) },
    { "act-scavenge", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_SCAVENGE) },
    { "act-clear-cache", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_CLEAR_CACHE) },
    { "act-restart", IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_RESTART) },
    { NULL, 0 },
};

static const struct member vspace_members[] = {
    ALWAYS(vspace, snapshot),
    WITH(vspace, watch, IPAM_VSPACE_CAP_WATCH),
    WITH(vspace, apply, IPAM_VSPACE_CAP_APPLY),
    { NULL, 0, 0, false },
};
static const struct capability vspace_capabilities[] = {
    { "watch", IPAM_VSPACE_CAP_WATCH },
    { "apply", IPAM_VSPACE_CAP_APPLY },
    { "atomic", IPAM_VSPACE_CAP_ATOMIC },
    { "check", IPAM_VSPACE_CAP_CHECK },
    { NULL, 0 },
};

static const struct member audit_members[] = {
    ALWAYS(audit, streams),
    WITH(audit, poll, IPAM_AUDIT_CAP_POLL),
    WITH(audit, listen, IPAM_AUDIT_CAP_LISTEN),
    MAYBE(audit, ack),
    { NULL, 0, 0, false },
};
static const struct capability audit_capabilities[] = {
    { "poll", IPAM_AUDIT_CAP_POLL },
    { "listen", IPAM_AUDIT_CAP_LISTEN },
    { NULL, 0 },
};

static const struct member storage_members[] = {
    ALWAYS(storage, open),
    ALWAYS(storage, close),
    ALWAYS(storage, gate_enter),
    ALWAYS(storage, gate_get),
    ALWAYS(storage, gate_commit),
    ALWAYS(storage, gate_abort),
    ALWAYS(storage, outcome),
    ALWAYS(storage, query),
    ALWAYS(storage, changes),
    WITH(storage, log_query, IPAM_STORAGE_CAP_LOGS),
    WITH(storage, log_prune, IPAM_STORAGE_CAP_LOGS),
    WITH(storage, dump, IPAM_STORAGE_CAP_DUMP),
    WITH(storage, load, IPAM_STORAGE_CAP_DUMP),
    WITH(storage, verify, IPAM_STORAGE_CAP_VERIFY),
    WITH(storage, stat, IPAM_STORAGE_CAP_STATS),
    { NULL, 0, 0, false },
};
static const struct capability storage_capabilities[] = {
    { "logs", IPAM_STORAGE_CAP_LOGS },
    { "dump", IPAM_STORAGE_CAP_DUMP },
    { "verify", IPAM_STORAGE_CAP_VERIFY },
    { "stats", IPAM_STORAGE_CAP_STATS },
    { "at", IPAM_STORAGE_CAP_AT },
    { NULL, 0 },
};

static const struct member identity_members[] = {
    ALWAYS(identity, verify),
    { NULL, 0, 0, false },
};
static const struct capability identity_capabilities[] = {
    { "password", IPAM_IDENTITY_CAP_PASSWORD },
    { "bearer", IPAM_IDENTITY_CAP_BEARER },
    { "certificate", IPAM_IDENTITY_CAP_CERTIFICATE },
    { "negotiate", IPAM_IDENTITY_CAP_NEGOTIATE },
    { NULL, 0 },
};

static const struct member reach_members[] = {
    ALWAYS(reach, reach),
    { NULL, 0, 0, false },
};
static const struct capability reach_capabilities[] = {
    { "ping", IPAM_REACH_PING },
    { "neighbor", IPAM_REACH_NEIGHBOR },
    { "dns", IPAM_REACH_DNS },
    { "dhcp", IPAM_REACH_DHCP },
    { NULL, 0 },
};

static const struct member sink_members[] = {
    ALWAYS(sink, deliver),
    { NULL, 0, 0, false },
};
static const struct capability sink_capabilities[] = {
    { "alerts", IPAM_SINK_CAP_ALERTS },
    { "changes", IPAM_SINK_CAP_CHANGES },
    { "checkpoints", IPAM_SINK_CAP_CHECKPOINTS },
    { NULL, 0 },
};

#define KIND(name) \
    { #name, offsetof(struct ipam_plugin, name), offsetof(struct kind_tables, name), \
      sizeof(struct ipam_##name##_ops), name##_members, name##_capabilities }

static const struct kind kinds[KIND_END] = {
    [IPAM_KIND_DISCOVERY] = KIND(discovery), [IPAM_KIND_DHCP] = KIND(dhcp),
    [IPAM_KIND_DNS] = KIND(dns),             [IPAM_KIND_VSPACE] = KIND(vspace),
    [IPAM_KIND_AUDIT] = KIND(audit),         [IPAM_KIND_STORAGE] = KIND(storage),
    [IPAM_KIND_IDENTITY] = KIND(identity),   [IPAM_KIND_REACH] = KIND(reach),
    [IPAM_KIND_SINK] = KIND(sink),
};
/* clang-format on */

const char *kind_name(uint32_t kind)
{
    return kind < KIND_END ? kinds[kind].name : NULL;
}

static bool same(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && memcmp(name, text, len) == 0;
}

uint32_t kind_find(const char *name, size_t len)
{
    for (uint32_t k = 1; k < KIND_END; k++)
        if (same(kinds[k].name, name, len))
            return k;
    return 0;
}

const char *kind_thread_model(uint32_t model)
{
    static const char *const names[] = {
        [IPAM_THREAD_SERIAL] = "serial", [IPAM_THREAD_PARALLEL] = "parallel", [IPAM_THREAD_LOOP] = "loop"
    };

    return model < sizeof(names) / sizeof(names[0]) ? names[model] : NULL;
}

void kind_each_capability(uint32_t kind, uint64_t capabilities, void (*found)(void *user, const char *name),
                          void *user)
{
    for (const struct capability *c = kinds[kind].capabilities; c->name; c++)
        if (capabilities & c->bit)
            found(user, c->name);
}

uint64_t kind_capability(uint32_t kind, const char *name, size_t len)
{
    for (const struct capability *c = kinds[kind].capabilities; c->name; c++)
        if (same(c->name, name, len))
            return c->bit;
    return 0;
}

const struct ipam_ops *kind_ops(const struct kind_tables *tables, uint32_t kind)
{
    if (kind == IPAM_KIND_STORAGE)
        return NULL;
    return (const struct ipam_ops *)((const char *)tables + kinds[kind].in_tables);
}

bool kind_copy_table(void *ours, size_t our_size, const void *theirs)
{
    uint32_t size;

    memcpy(&size, theirs, sizeof(size));
    if (size < sizeof(size))
        return false;
    memset(ours, 0, our_size);
    memcpy(ours, theirs, size < our_size ? size : our_size);
    return true;
}

/* Whether the table has the function: pointers to functions are as large as to data, and NULL is zero. */
static bool has_member(const void *table, const struct member *m)
{
    void (*f)(void);

    memcpy(&f, (const char *)table + m->place, sizeof(f));
    return f != NULL;
}

static const char *first_name(const struct kind *k, uint64_t capabilities)
{
    for (const struct capability *c = k->capabilities; c->name; c++)
        if (capabilities & c->bit)
            return c->name;
    return "";
}

static int check_members(const struct kind *k, const void *table, const struct member *members,
                         uint64_t capabilities, char *err)
{
    for (const struct member *m = members; m->name; m++) {
        bool there = has_member(table, m);

        if (m->required && !there)
            return refuse(IPAM_E_CONFIG, err, "its %s table lacks %s", k->name, m->name);
        if (m->capabilities && there && !(capabilities & m->capabilities))
            return refuse(IPAM_E_CONFIG, err, "it has %s, but not the capability %s that says so", m->name,
                          first_name(k, m->capabilities));
        if (!there && (capabilities & m->capabilities))
            return refuse(IPAM_E_CONFIG, err, "it claims the capability %s, but has no %s",
                          first_name(k, capabilities & m->capabilities), m->name);
    }
    return 0;
}

/* Capabilities that say how apply works say nothing without it. */
static int check_apply(uint32_t kind, const struct kind_tables *t, uint64_t capabilities, char *err)
{
    uint64_t how = kind == IPAM_KIND_DHCP     ? IPAM_DHCP_CAP_ATOMIC | IPAM_DHCP_CAP_CHECK
                   : kind == IPAM_KIND_DNS    ? IPAM_DNS_CAP_ATOMIC | IPAM_DNS_CAP_CHECK
                   : kind == IPAM_KIND_VSPACE ? IPAM_VSPACE_CAP_ATOMIC | IPAM_VSPACE_CAP_CHECK
                                              : 0;
    bool apply = kind == IPAM_KIND_DHCP  ? t->dhcp.apply != NULL
                 : kind == IPAM_KIND_DNS ? t->dns.apply != NULL
                                         : t->vspace.apply != NULL;

    if ((capabilities & how) && !apply)
        return refuse(IPAM_E_CONFIG, err, "it claims the capability %s, but has no apply",
                      first_name(&kinds[kind], capabilities & how));
    return 0;
}

/* A call that lasts would keep a SERIAL instance from every other. */
static int check_lasting(uint32_t kind, const struct kind_offer *offer, char *err)
{
    uint64_t lasting = kind == IPAM_KIND_VSPACE  ? IPAM_VSPACE_CAP_WATCH
                       : kind == IPAM_KIND_AUDIT ? IPAM_AUDIT_CAP_LISTEN
                                                 : 0;

    if (offer->thread_model == IPAM_THREAD_SERIAL && (offer->capabilities & lasting))
        return refuse(IPAM_E_CONFIG, err,
                      "its %s table claims %s, but is SERIAL: a call that lasts needs LOOP or PARALLEL",
                      kinds[kind].name, first_name(&kinds[kind], lasting));
    return 0;
}

static int check_capabilities(const struct kind *k, uint64_t capabilities, char *err)
{
    uint64_t known = 0;

    for (const struct capability *c = k->capabilities; c->name; c++)
        known |= c->bit;
    if (capabilities & ~known)
        return refuse(IPAM_E_CONFIG, err, "its %s table claims capabilities this ABI does not know (0x%llx)",
                      k->name, (unsigned long long)(capabilities & ~known));
    return 0;
}

static int check_version(const struct kind *k, uint32_t version, char *err)
{
    if (version != 0)
        return refuse(IPAM_E_CONFIG, err, "its %s table is of version %u, not 0", k->name, (unsigned)version);
    return 0;
}

/* What storage has instead of the common part. */
static int check_storage(const struct ipam_storage_ops *o, struct kind_offer *ret, char *err)
{
    if (o->readers < 1 || o->readers > READERS_MAX)
        return refuse(IPAM_E_CONFIG, err, "its storage table wants %u readers, not 1 to %d",
                      (unsigned)o->readers, READERS_MAX);
    ret->capabilities = o->capabilities;
    return check_version(&kinds[IPAM_KIND_STORAGE], o->version, err);
}

static int check_common(const struct kind *k, const struct ipam_ops *o, struct kind_offer *ret, char *err)
{
    int status = check_version(k, o->version, err);

    if (status == 0 && kind_thread_model(o->thread_model) == NULL)
        status = refuse(IPAM_E_CONFIG, err, "its %s table has no known thread model (%u)", k->name,
                        (unsigned)o->thread_model);
    if (status == 0 && o->concurrency > CONCURRENCY_MAX)
        status = refuse(IPAM_E_CONFIG, err, "its %s table wants %u calls at once, not 1 to %d", k->name,
                        (unsigned)o->concurrency, CONCURRENCY_MAX);
    if (status == 0)
        status = check_members(k, o, common, 0, err);
    ret->thread_model = o->thread_model;
    ret->concurrency = o->concurrency;
    ret->capabilities = o->capabilities;
    return status;
}

int kind_take(uint32_t kind, const struct ipam_plugin *descriptor, struct kind_tables *tables,
              struct kind_offer *ret, char *err)
{
    const struct kind *k = &kinds[kind];
    void *table = (char *)tables + k->in_tables;
    size_t least =
        kind == IPAM_KIND_STORAGE ? offsetof(struct ipam_storage_ops, open) : sizeof(struct ipam_ops);
    const void *theirs;
    uint32_t size;
    int status;

    memcpy(&theirs, (const char *)descriptor + k->in_descriptor, sizeof(theirs));
    if (theirs == NULL)
        return 0;
    if (!kind_copy_table(table, k->size, theirs))
        return refuse(IPAM_E_CONFIG, err, "its %s table has no size: install the build for this ipamd",
                      k->name);
    memcpy(&size, theirs, sizeof(size));
    if (size < least)
        return refuse(IPAM_E_CONFIG, err,
                      "its %s table is cut off (%u bytes): install the build for this ipamd", k->name,
                      (unsigned)size);
    status = kind == IPAM_KIND_STORAGE ? check_storage(table, ret, err) : check_common(k, table, ret, err);
    if (status == 0)
        status = check_capabilities(k, ret->capabilities, err);
    if (status == 0)
        status = check_members(k, table, k->members, ret->capabilities, err);
    if (status == 0)
        status = check_lasting(kind, ret, err);
    if (status == 0)
        status = check_apply(kind, tables, ret->capabilities, err);
    ret->offered = status == 0;
    return status;
}
