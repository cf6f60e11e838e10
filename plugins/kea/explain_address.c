/* explain_address.c - the reservations and leases of a client, and what it has or could get.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is reserved comes first, then what it has leased, then what is free (ARM, "Host Reservation in
 * DHCPv4"; "Address Allocation Strategies"). Which of the free ones it is, is the server's own:
 * the first is named. */
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/addr.h"

#define LEASES_MAX 64 /* of one client */
#define NATIVE_MAX 24

/* --- reservations --- */

/* The DUID of a client, also where a DHCPv4 client has it in its identifier (RFC 4361). */
static struct ipam_bytes duid_of(struct kea_explaining *x)
{
    const struct kea_sent *id = kea_sent_find(&x->query, x->query.service == KEA_DHCP4 ? 61 : 1);

    if (!id)
        return (struct ipam_bytes){ NULL, 0 };
    if (x->query.service == KEA_DHCP6)
        return id->data;
    if (id->data.len <= 5 || id->data.data[0] != 255)
        return (struct ipam_bytes){ NULL, 0 };
    return (struct ipam_bytes){ id->data.data + 5, id->data.len - 5 };
}

/* Of DHCPv6 it is in the DUID, when no relay tells: RFC 8415 11.2 and 11.4. */
static struct ipam_bytes mac_of(struct kea_explaining *x)
{
    struct ipam_bytes duid = duid_of(x);

    if (x->query.mac.data || x->query.service == KEA_DHCP4 || duid.len < 5 || duid.data[0] != 0)
        return x->query.mac;
    if (duid.data[1] == 1 && duid.len > 8)
        return (struct ipam_bytes){ duid.data + 8, duid.len - 8 };
    if (duid.data[1] == 3)
        return (struct ipam_bytes){ duid.data + 4, duid.len - 4 };
    return (struct ipam_bytes){ NULL, 0 };
}

static struct ipam_bytes identifier_of(struct kea_explaining *x, uint32_t type)
{
    const int64_t circuit[2] = { 82, 1 };
    const struct kea_sent *id;
    struct ipam_bytes data = { NULL, 0 };

    switch (type) {
    case IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS: return mac_of(x);
    case IPAM_RESERVATION_IDENTIFIER_TYPE_DUID: return duid_of(x);
    case IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID:
        id = x->query.service == KEA_DHCP4 ? kea_sent_find(&x->query, 61) : NULL;
        return id ? id->data : data;
    case IPAM_RESERVATION_IDENTIFIER_TYPE_CIRCUIT_ID:
        if (x->query.service == KEA_DHCP4 && kea_packet_option(&x->query, circuit, 2, &data) == KEA_THERE)
            return data;
        return (struct ipam_bytes){ NULL, 0 };
    default: return data; /* flex-id: a hook library makes it */
    }
}

static const struct kea_reservation *find_by(struct kea_explaining *x, const struct kea_subnet *s,
                                             struct ipam_str key)
{
    for (uint32_t type = 0; type <= IPAM_RESERVATION_IDENTIFIER_TYPE_FLEX_ID; type++) {
        struct ipam_bytes id = identifier_of(x, type);

        if (str_is(key, kea_identifier_key(type)))
            return id.len ? kea_config_find(&x->running.cfg, s, type, id) : NULL;
    }
    return NULL;
}

/* By the first of the kinds of identifiers that the server goes by. */
static const struct kea_reservation *find_host(struct kea_explaining *x, const struct kea_subnet *s)
{
    static const char *const usual4[] = { "hw-address", "duid", "circuit-id", "client-id" };
    const struct json *list = json_get(x->running.cfg.root, "host-reservation-identifiers");
    const struct kea_reservation *found = NULL;

    for (const struct json *v = json_first(list); v && !found; v = json_next(v))
        found = find_by(x, s, json_str(v));
    for (size_t i = 0; !list && i < (x->query.service == KEA_DHCP4 ? 4u : 2u) && !found; i++)
        found = find_by(x, s, str_from(usual4[i]));
    return found;
}

static void emit_host(struct kea_explaining *x, const struct kea_reservation *host)
{
    struct ipam_client_finding row;

    kea_row(&x->reading);
    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_RESERVATION);
    KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_YES);
    KEA_FOUND(&row, NATIVE, native, kea_reservation_native(&x->reading, &host->row));
    KEA_FOUND(&row, NATIVE_SCOPE, native_scope, host->row.native_scope);
    if (host->row.name.len)
        KEA_FOUND(&row, NAME, name, host->row.name);
    if (host->row.address.family)
        KEA_FOUND(&row, ADDRESS, address, host->row.address);
    kea_found_reason(x, &row, "it is for the client's %s%s", kea_identifier_key(host->row.identifier_type),
                     host == x->general ? ", in whatever scope it is" : "");
    kea_found_emit(x, &row);
}

void kea_hosts_find(struct kea_explaining *x)
{
    const struct kea_config *cfg = &x->running.cfg;
    bool unknown = false, any = false;

    if (kea_inherited_flag(x, x->subnet, "reservations-global", false)) {
        x->general = find_host(x, &cfg->subnets[0]);
        if (x->general)
            emit_host(x, x->general);
    }
    for (const struct kea_subnet *s = x->subnet; s; s = kea_link_next(x, x->subnet, s, &unknown)) {
        size_t i = (size_t)(s - cfg->subnets);

        x->hosts[i] = kea_inherited_flag(x, s, "reservations-in-subnet", true) ? find_host(x, s) : NULL;
        if (x->hosts[i])
            emit_host(x, x->hosts[i]);
        any = any || x->hosts[i];
    }
    x->host = kea_host_of(x, x->subnet);
    if (!any && !x->general) {
        struct ipam_client_finding row;

        kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_RESERVATION);
        KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_NO);
        kea_found_reason(x, &row, "none is for what the client is known by");
        kea_found_emit(x, &row);
    }
}

const struct kea_reservation *kea_host_of(struct kea_explaining *x, const struct kea_subnet *s)
{
    const struct kea_config *cfg = &x->running.cfg;

    for (size_t i = 0; !s && i < cfg->subnet_count; i++)
        if (x->hosts[i])
            return x->hosts[i];
    return s && x->hosts[s - cfg->subnets] ? x->hosts[s - cfg->subnets] : x->general;
}

/* Whether somebody else has it reserved. */
static bool is_others(struct kea_explaining *x, const struct ipam_addr *a)
{
    const struct kea_config *cfg = &x->running.cfg;

    for (size_t i = 0; i < cfg->reservation_count; i++) {
        const struct ipam_reservation *r = &cfg->reservations[i].row;
        bool has = r->address.family && addr_equal(&r->address, a);

        for (size_t k = 0; k < r->addresses.count && !has; k++)
            has = addr_equal(&r->addresses.items[k], a);
        if (has && &cfg->reservations[i] != x->host)
            return true;
    }
    return false;
}

/* --- leases --- */

struct leases {
    struct kea_lease *items[LEASES_MAX];
    bool by_client_id[LEASES_MAX];
    size_t count;
};

static void emit_lease(struct kea_explaining *x, const struct ipam_lease *l)
{
    static const char *const states[] = { "it has it", "it was declined",
                                          "it has expired, and is kept for the client",
                                          "it was given back, and is kept for the client",
                                          "the client made it itself" };
    struct ipam_client_finding row;

    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_LEASE);
    KEA_FOUND(&row, VERDICT, verdict,
              l->state == IPAM_LEASE_STATE_ACTIVE ? IPAM_CLIENT_FINDING_VERDICT_YES
                                                  : IPAM_CLIENT_FINDING_VERDICT_NO);
    KEA_FOUND(&row, NATIVE_SCOPE, native_scope, l->native_scope);
    KEA_FOUND(&row, ADDRESS, address, l->address);
    if (IPAM_HAS_FIELD(l, IPAM_LEASE_PREFIX_LENGTH))
        KEA_FOUND(&row, PREFIX_LENGTH, prefix_length, l->prefix_length);
    if (IPAM_HAS_FIELD(l, IPAM_LEASE_EXPIRES))
        KEA_FOUND(&row, EXPIRES, expires, l->expires);
    if (IPAM_HAS_FIELD(l, IPAM_LEASE_NAME))
        KEA_FOUND(&row, NAME, name, l->name);
    kea_found_reason(x, &row, "%s", l->state < 5 ? states[l->state] : "");
    kea_found_emit(x, &row);
}

static bool is_listed(const struct leases *all, const struct ipam_lease *l)
{
    for (size_t i = 0; i < all->count; i++)
        if (addr_equal(&all->items[i]->row.address, &l->address) && all->items[i]->row.kind == l->kind)
            return true;
    return false;
}

/* Texts of a lease stay in the answer, which goes: what is kept needs none. */
static void keep(struct kea_explaining *x, const struct kea_answer *answer, bool by_client_id,
                 struct leases *all)
{
    for (const struct json *v = json_first(json_get(answer->arguments, "leases"));
         v && all->count < LEASES_MAX; v = json_next(v)) {
        struct kea_lease *l = arena_alloc(&x->arena, sizeof(*l));

        if (!l || kea_lease_parse(x->query.service, answer->doc, v, &x->arena, l) || is_listed(all, &l->row))
            continue;
        emit_lease(x, &l->row);
        l->row.name = (struct ipam_str){ NULL, 0 };
        all->by_client_id[all->count] = by_client_id;
        all->items[all->count++] = l;
    }
}

static void ask_leases(struct kea_explaining *x, const char *command, const char *key, struct ipam_bytes id,
                       bool by_client_id, struct leases *all)
{
    struct kea_answer answer;
    struct strbuf arguments;
    int status;

    if (!id.len || x->status)
        return;
    strbuf_init(&arguments, 2048);
    strbuf_printf(&arguments, "{\"%s\": \"", key);
    for (size_t i = 0; i < id.len; i++)
        strbuf_printf(&arguments, "%s%02x", i ? ":" : "", id.data[i]);
    strbuf_puts(&arguments, "\"}");
    status = kea_ask(x->call, x->query.service, command, strbuf_str(&arguments), &answer);
    strbuf_fini(&arguments);
    if (status) {
        x->status = status;
        return;
    }
    keep(x, &answer, by_client_id, all);
    kea_answer_fini(&answer);
}

static void find_leases(struct kea_explaining *x, struct leases *all)
{
    const struct kea_sent *id = kea_sent_find(&x->query, 61);

    if (x->query.service == KEA_DHCP6) {
        ask_leases(x, "lease6-get-by-duid", "duid", duid_of(x), true, all);
        return;
    }
    if (id)
        ask_leases(x, "lease4-get-by-client-id", "client-id", id->data, true, all);
    ask_leases(x, "lease4-get-by-hw-address", "hw-address", x->query.mac, false, all);
}

/* Whether a lease that was found by the hardware address is this client's: it may send another identifier. */
static bool is_of_client(struct kea_explaining *x, const struct kea_lease *l, bool by_client_id,
                         bool match_id)
{
    const struct kea_sent *id = kea_sent_find(&x->query, 61);

    if (by_client_id)
        return match_id;
    return !match_id || !id || !IPAM_HAS_FIELD(&l->row, IPAM_LEASE_CLIENT_ID);
}

/* The lease that it goes on with, of the subnets of its link; x->subnet becomes that of the lease. */
static const struct kea_lease *lease_to_keep(struct kea_explaining *x, const struct leases *all,
                                             uint32_t kind)
{
    bool unknown = false;

    for (int by_id = 1; by_id >= 0; by_id--)
        for (const struct kea_subnet *s = x->subnet; s; s = kea_link_next(x, x->subnet, s, &unknown)) {
            bool match_id =
                x->query.service == KEA_DHCP6 || kea_inherited_flag(x, s, "match-client-id", true);

            for (size_t i = 0; i < all->count; i++) {
                const struct kea_lease *l = all->items[i];

                if (l->row.kind == kind && l->row.state != IPAM_LEASE_STATE_DECLINED &&
                    all->by_client_id[i] == (by_id == 1) && str_equal(l->row.native_scope, s->native) &&
                    is_of_client(x, l, by_id == 1, match_id)) {
                    x->subnet = s;
                    return l;
                }
            }
        }
    return NULL;
}

/* Whether another client has a lease of the reserved address. */
static bool is_in_use(struct kea_explaining *x, const struct leases *all, const struct ipam_addr *a)
{
    char arguments[128], text[ADDR_TEXT_MAX];
    struct kea_answer answer;
    struct kea_lease l;
    bool used = false;

    for (size_t i = 0; i < all->count; i++)
        if (addr_equal(&all->items[i]->row.address, a))
            return false;
    addr_print(a, text);
    snprintf(arguments, sizeof(arguments), "{\"ip-address\": \"%s\"}", text);
    x->status =
        kea_ask(x->call, x->query.service, x->query.service == KEA_DHCP4 ? "lease4-get" : "lease6-get",
                str_from(arguments), &answer);
    if (x->status)
        return false;
    if (answer.result == KEA_SUCCESS &&
        kea_lease_parse(x->query.service, answer.doc, answer.arguments, &x->arena, &l) == 0)
        used = l.row.state == IPAM_LEASE_STATE_ACTIVE || l.row.state == IPAM_LEASE_STATE_DECLINED;
    kea_answer_fini(&answer);
    return used;
}

/* --- what it is given --- */

static void give(struct kea_explaining *x, const struct ipam_addr *a, uint32_t level, struct ipam_str holder,
                 const char *reason)
{
    struct ipam_client_finding row;

    x->given = *a;
    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_ADDRESS);
    KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_YES);
    KEA_FOUND(&row, NATIVE_SCOPE, native_scope, x->subnet->native);
    KEA_FOUND(&row, ADDRESS, address, *a);
    KEA_FOUND(&row, LEVEL, level, level);
    if (holder.data)
        KEA_FOUND(&row, HOLDER, holder, holder);
    kea_found_reason(x, &row, "%s", reason);
    kea_found_emit(x, &row);
}

static const struct json *pool_of(const struct kea_subnet *s, const struct ipam_addr *a)
{
    struct ipam_addr first, last;

    for (const struct json *v = json_first(json_get(s->node, "pools")); v; v = json_next(v))
        if (kea_pool_parse(json_str(json_get(v, "pool")), &first, &last) == 0 &&
            addr_compare(&first, a) <= 0 && addr_compare(a, &last) <= 0)
            return v;
    return NULL;
}

/* The subnet of its link in which an address is reserved for it. */
static const struct kea_reservation *reserved(struct kea_explaining *x)
{
    bool unknown = false;

    for (const struct kea_subnet *s = x->subnet; s; s = kea_link_next(x, x->subnet, s, &unknown)) {
        const struct kea_reservation *host = x->hosts[s - x->running.cfg.subnets];

        if (x->general && x->general->row.address.family)
            return x->general;
        if (host && host->row.address.family) {
            x->subnet = s;
            return host;
        }
    }
    return NULL;
}

/* Whether a subnet has a pool that is, or may be, for this client. */
static bool has_pool(struct kea_explaining *x, const struct kea_subnet *s)
{
    for (const struct json *v = json_first(json_get(s->node, "pools")); v; v = json_next(v))
        if (kea_guard_alone(x, v) != KEA_NO)
            return true;
    return false;
}

static void note_maybe(struct kea_explaining *x, const struct kea_subnet *s, const struct json *pool)
{
    if (x->maybe_count < KEA_MAYBE_MAX)
        x->maybe[x->maybe_count++] = (struct kea_maybe){ s, pool };
    else if (x->maybe_count++ == KEA_MAYBE_MAX)
        kea_found_note(x, "its address may come of more pools than were looked at");
}

static void emit_unsure_pool(struct kea_explaining *x, const struct kea_subnet *s, const struct ipam_addr *a,
                             struct ipam_str pool)
{
    struct ipam_client_finding row;

    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_ADDRESS);
    KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_UNKNOWN);
    KEA_FOUND(&row, NATIVE_SCOPE, native_scope, s->native);
    KEA_FOUND(&row, ADDRESS, address, *a);
    KEA_FOUND(&row, LEVEL, level, IPAM_CLIENT_FINDING_LEVEL_POOL);
    KEA_FOUND(&row, HOLDER, holder, pool);
    kea_found_reason(x, &row, "whether this pool is for the client is not known");
    kea_found_emit(x, &row);
}

/* The first free address of each pool of one subnet that is for the client. True when there is any. */
static bool give_free(struct kea_explaining *x, const struct kea_subnet *s)
{
    struct kea_taken taken = { NULL, 0, 0 };
    struct ipam_addr first, last, found, kept = { .family = 0 };
    bool any = false;

    x->status = kea_taken_read(x->call, &x->running.cfg, s->id, &taken);
    for (const struct json *v = json_first(json_get(s->node, "pools")); v && x->status == 0;
         v = json_next(v)) {
        struct ipam_str text = json_str(json_get(v, "pool"));
        enum kea_truth truth = kea_guard_alone(x, v);

        if (truth == KEA_NO || kea_pool_parse(text, &first, &last) ||
            !kea_taken_next(&taken, &first, &last, &found))
            continue;
        any = true;
        if (truth == KEA_UNKNOWN) {
            emit_unsure_pool(x, s, &found, text);
            note_maybe(x, s, v);
            continue;
        }
        x->subnet = s;
        give(x, &found, IPAM_CLIENT_FINDING_LEVEL_POOL, text,
             "one that nobody has; which one of the free ones the server takes is its own");
        if (kept.family)
            note_maybe(x, s, v);
        else
            x->pool = v, kept = found;
    }
    kea_taken_fini(&taken);
    x->given = kept;
    return any;
}

static void find_free(struct kea_explaining *x)
{
    const struct kea_subnet *first = x->subnet;
    bool unknown = false, done = false;

    for (const struct kea_subnet *s = first; s && !done && x->status == 0;
         s = kea_link_next(x, first, s, &unknown))
        done = give_free(x, s);
    for (const struct kea_subnet *s = first; s && done; s = kea_link_next(x, first, s, &unknown))
        if (s != x->subnet && has_pool(x, s))
            note_maybe(x, s, NULL);
    if (!done && x->status == 0) {
        struct ipam_client_finding row;

        kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_ADDRESS);
        KEA_FOUND(&row, VERDICT, verdict,
                  unknown ? IPAM_CLIENT_FINDING_VERDICT_UNKNOWN : IPAM_CLIENT_FINDING_VERDICT_NO);
        kea_found_reason(x, &row, "no pool that is for this client has a free address");
        kea_found_emit(x, &row);
    }
}

/* Of DHCPv6: prefixes that are reserved or leased; else the pools that it could get one of. */
static void find_prefixes(struct kea_explaining *x, const struct leases *all)
{
    const struct kea_reservation *host = kea_host_of(x, x->subnet);
    struct ipam_client_finding row;
    bool any = false;

    for (size_t i = 0; host && i < host->row.prefixes.count; i++) {
        struct ipam_prefix p;

        if (prefix_parse(host->row.prefixes.items[i].data, host->row.prefixes.items[i].len, &p))
            continue;
        kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_PREFIX);
        KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_YES);
        KEA_FOUND(&row, ADDRESS, address, p.addr);
        KEA_FOUND(&row, PREFIX_LENGTH, prefix_length, p.length);
        KEA_FOUND(&row, LEVEL, level, IPAM_CLIENT_FINDING_LEVEL_RESERVATION);
        kea_found_reason(x, &row, "it is reserved for the client, should it ask for a prefix");
        kea_found_emit(x, &row);
        any = true;
    }
    for (size_t i = 0; i < all->count && !any; i++) {
        const struct ipam_lease *l = &all->items[i]->row;

        if (l->kind != IPAM_LEASE_KIND_PREFIX)
            continue;
        kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_PREFIX);
        KEA_FOUND(&row, VERDICT, verdict, IPAM_CLIENT_FINDING_VERDICT_YES);
        KEA_FOUND(&row, ADDRESS, address, l->address);
        KEA_FOUND(&row, PREFIX_LENGTH, prefix_length, l->prefix_length);
        KEA_FOUND(&row, LEVEL, level, IPAM_CLIENT_FINDING_LEVEL_LEASE);
        kea_found_reason(x, &row, "it has it");
        kea_found_emit(x, &row);
        any = true;
    }
    for (const struct json *v = json_first(json_get(x->subnet->node, "pd-pools")); v && !any;
         v = json_next(v)) {
        struct ipam_str prefix = json_str(json_get(v, "prefix"));
        int64_t length = 0, delegated = 0;
        struct strbuf guard;
        char *holder;

        json_int(json_get(v, "prefix-len"), &length);
        json_int(json_get(v, "delegated-len"), &delegated);
        holder = arena_printf(&x->arena, STR_FMT "/%" PRId64 "-%" PRId64, STR_ARG(prefix), length, delegated);
        strbuf_init(&guard, KEA_REASON_MAX / 2);
        kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_PREFIX);
        KEA_FOUND(&row, VERDICT, verdict, (uint32_t)kea_guard(x, v, &guard));
        KEA_FOUND(&row, NATIVE_SCOPE, native_scope, x->subnet->native);
        KEA_FOUND(&row, PREFIX_LENGTH, prefix_length, delegated);
        KEA_FOUND(&row, LEVEL, level, IPAM_CLIENT_FINDING_LEVEL_POOL);
        KEA_FOUND(&row, HOLDER, holder, str_from(holder));
        kea_found_reason(x, &row, "a free one of this pool, should it ask for a prefix%s%.*s",
                         guard.len ? "; " : "", (int)guard.len, guard.data ? guard.data : "");
        kea_found_emit(x, &row);
        strbuf_fini(&guard);
    }
}

void kea_address_find(struct kea_explaining *x)
{
    struct leases *all = arena_alloc(&x->arena, sizeof(*all));
    const struct kea_reservation *host;
    const struct kea_lease *lease;

    if (!all)
        return;
    find_leases(x, all);
    lease = x->status ? NULL : lease_to_keep(x, all, IPAM_LEASE_KIND_ADDRESS);
    host = reserved(x);
    if (x->status == 0 && host && !is_in_use(x, all, &host->row.address)) {
        give(x, &host->row.address, IPAM_CLIENT_FINDING_LEVEL_RESERVATION,
             arena_str(&x->arena, kea_reservation_native(&x->reading, &host->row)),
             "it is reserved for the client");
    } else if (x->status == 0 && lease && pool_of(x->subnet, &lease->row.address) &&
               kea_guard_alone(x, pool_of(x->subnet, &lease->row.address)) == KEA_YES &&
               !is_others(x, &lease->row.address)) {
        give(x, &lease->row.address, IPAM_CLIENT_FINDING_LEVEL_LEASE, (struct ipam_str){ NULL, 0 },
             "the client has or had a lease of it");
    } else if (x->status == 0) {
        if (host)
            kea_found_note(x, "another client has a lease of the address that is reserved");
        find_free(x);
    }
    if (x->given.family && !x->pool)
        x->pool = pool_of(x->subnet, &x->given);
    if (x->query.service == KEA_DHCP6 && x->status == 0)
        find_prefixes(x, all);
}
