/* stats.c - figures of a server and its subnets.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * stat-lease4-get and stat-lease6-get of the hook library stat_cmds have a row for each subnet; without it
 * statistic-get-all says the same at greater length, and there declined addresses are among the assigned.
 * Kea 2.2 answers -1 for totals beyond 63 bits: sizes come from the pools of the configuration. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "net/u128.h"
#include "read.h"

/* What is counted in a subnet. */
enum figure { ASSIGNED, DECLINED, PREFIXES, FIGURES };

struct subnet {
    int64_t id;
    const char *native;
    struct kea_sizes sizes;
    struct ipam_u128 figures[FIGURES];
    bool counted;
};

/* Of the whole server, both protocols together. */
struct totals {
    struct kea_sizes sizes;
    struct ipam_u128 figures[FIGURES];
    struct ipam_u128 received, sent, dropped, failed;
    uint64_t scopes;
    bool prefixes; /* it delegates some */
};

struct counting {
    struct kea_call *call;
    enum kea_service service;
    struct subnet *subnets; /* by id */
    size_t count;
    struct arena arena;
    struct totals *totals;
    int status;
};

static void emit(struct counting *k, const char *target, const char *name, struct ipam_u128 n,
                 const char *unit)
{
    struct ipam_stat row = { .size = sizeof(row),
                             .type = IPAM_T_STAT,
                             .name = str_from(name),
                             .target = str_from(target),
                             .count = n,
                             .unit = str_from(unit) };

    IPAM_SET_FIELD(&row, IPAM_STAT_NAME);
    IPAM_SET_FIELD(&row, IPAM_STAT_TARGET); /* absent for the server */
    IPAM_SET_FIELD(&row, IPAM_STAT_COUNT);
    IPAM_SET_FIELD(&row, IPAM_STAT_UNIT);
    if (k->status == 0)
        k->status = k->call->kea->host->emit(k->call->req, (const struct ipam_record *)&row);
}

/* A figure of any size, never below zero: Kea answers -1 for what it cannot count. */
static struct ipam_u128 figure_of(const struct json_doc *doc, const struct json *v)
{
    struct ipam_str text = json_span(doc, v);
    struct ipam_u128 n;

    return json_type(v) == JSON_NUMBER && u128_parse(text.data, text.len, &n) == 0 ? n : u128_from(0);
}

static int by_id(const void *a, const void *b)
{
    const struct subnet *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

static struct subnet *subnet_of(struct counting *k, int64_t id)
{
    return k->count ? bsearch(&(struct subnet){ .id = id }, k->subnets, k->count, sizeof(*k->subnets), by_id)
                    : NULL;
}

/* What is known of the configuration as it is now; valid until another is read. */
static int look_at(struct kea_call *c, enum kea_service s, const struct kea_same **ret)
{
    struct kea_running running;
    struct kea_incoming in;
    int status;

    kea_incoming_init(&in);
    status = kea_fetch(c, s, "config-get", &in);
    *ret = status ? NULL : kea_same_find(c->kea, s, &in.text);
    if (status == 0 && !*ret) {
        status = kea_config_of(c, s, &in.text, &running);
        if (status == 0) {
            *ret = kea_same_keep(c->kea, &in.text, &running);
            kea_running_fini(&running);
        }
    }
    kea_incoming_fini(&in);
    if (status == 0 && !*ret)
        status = kea_fail(c, IPAM_E_NOMEM, "out of memory for the figures of %s", kea_service_name(s));
    return status;
}

/* The subnets and their sizes, from the configuration. */
static int read_subnets(struct counting *k, struct ipam_str only)
{
    const struct kea_same *same;
    int status = look_at(k->call, k->service, &same);

    if (status)
        return status;
    k->subnets = arena_alloc(&k->arena, (same->count + 1) * sizeof(*k->subnets));
    for (size_t i = 0; k->subnets && i < same->count; i++) {
        const struct kea_counted *s = &same->subnets[i];

        if (only.data && !str_is(only, s->native))
            continue;
        k->subnets[k->count++] = (struct subnet){ .id = s->id, .native = s->native, .sizes = s->sizes };
    }
    return k->subnets ? 0
                      : kea_fail(k->call, IPAM_E_NOMEM, "out of memory for the figures of %s",
                                 kea_service_name(k->service));
}

/* --- stat-leaseX-get --- */

/* Which column is what; Kea 3 calls the declined ones of both protocols alike. */
static bool column_of(struct ipam_str label, enum figure *ret)
{
    if (str_is(label, "assigned-addresses") || str_is(label, "assigned-nas"))
        *ret = ASSIGNED;
    else if (str_is(label, "declined-addresses") || str_is(label, "declined-nas"))
        *ret = DECLINED;
    else if (str_is(label, "assigned-pds"))
        *ret = PREFIXES;
    else
        return false;
    return true;
}

static void take_row(struct counting *k, const struct json_doc *doc, const struct json *columns,
                     const struct json *row)
{
    const struct json *label = json_first(columns);
    struct ipam_u128 figures[FIGURES] = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
    struct subnet *s;
    int64_t id = 0;
    enum figure f;

    for (const struct json *v = json_first(row); v && label; v = json_next(v), label = json_next(label)) {
        if (str_is(json_str(label), "subnet-id"))
            json_int(v, &id);
        else if (column_of(json_str(label), &f))
            figures[f] = figure_of(doc, v);
    }
    s = subnet_of(k, id);
    if (!s)
        return; /* the configuration changed meanwhile */
    memcpy(s->figures, figures, sizeof(figures));
    s->counted = true;
}

/* IPAM_E_UNSUPPORTED: the hook library is not loaded. */
static int read_rows(struct counting *k, struct ipam_str only)
{
    const char *command = k->service == KEA_DHCP4 ? "stat-lease4-get" : "stat-lease6-get";
    char arguments[64], where[400];
    struct kea_answer answer;
    const struct json *set;
    int status;

    snprintf(arguments, sizeof(arguments), "{\"subnet-id\": %.*s}", only.data ? (int)(only.len - 3) : 0,
             only.data ? only.data + 3 : "");
    status = kea_ask(k->call, k->service, command, str_from(only.data ? arguments : NULL), &answer);
    if (status)
        return status;
    set = json_get(answer.arguments, "result-set");
    if (answer.result == KEA_SUCCESS && json_type(json_get(set, "rows")) != JSON_ARRAY) {
        kea_where(k->call->kea, k->service, where, sizeof(where));
        status = kea_fail(k->call, IPAM_E_PROTO,
                          "%s: its answer to %s holds no rows; see that it is a Kea server", where, command);
    }
    for (const struct json *row = json_first(json_get(set, "rows")); row; row = json_next(row))
        take_row(k, answer.doc, json_get(set, "columns"), row);
    kea_answer_fini(&answer);
    return status;
}

/* --- statistic-get-all --- */

/* "subnet[7].assigned-addresses": 7, and the rest. */
static bool subnet_figure(struct ipam_str name, int64_t *ret_id, struct ipam_str *ret_rest)
{
    static const char begin[] = "subnet[";
    size_t at = sizeof(begin) - 1;
    int64_t id = 0;

    if (name.len <= at || memcmp(name.data, begin, at) != 0)
        return false;
    for (; at < name.len && name.data[at] >= '0' && name.data[at] <= '9' && id <= UINT32_MAX; at++)
        id = 10 * id + (name.data[at] - '0');
    if (at + 2 >= name.len || name.data[at] != ']' || name.data[at + 1] != '.')
        return false;
    *ret_id = id;
    *ret_rest = (struct ipam_str){ name.data + at + 2, name.len - at - 2 };
    return true;
}

/* The newest sample of a statistic: [[value, time], ...]. */
static const struct json *newest(const struct json *samples)
{
    return json_first(json_first(samples));
}

static int read_samples(struct counting *k)
{
    struct kea_answer answer;
    int status = kea_ask(k->call, k->service, "statistic-get-all", (struct ipam_str){ NULL, 0 }, &answer);

    if (status)
        return status;
    for (const struct json *v = json_first(answer.arguments); v; v = json_next(v)) {
        struct ipam_str rest;
        struct subnet *s;
        enum figure f;
        int64_t id;

        if (!subnet_figure(json_key(v), &id, &rest) || !column_of(rest, &f))
            continue;
        s = subnet_of(k, id);
        if (!s)
            continue; /* those of a subnet that was removed stay */
        s->figures[f] = figure_of(answer.doc, newest(v));
        s->counted = true;
    }
    for (size_t i = 0; i < k->count; i++)
        k->subnets[i].figures[ASSIGNED] =
            u128_sub(k->subnets[i].figures[ASSIGNED], k->subnets[i].figures[DECLINED]);
    kea_answer_fini(&answer);
    return 0;
}

/* --- of the server --- */

static int add_counter(struct counting *k, const char *name, struct ipam_u128 *sum)
{
    struct kea_answer answer;
    char arguments[80];
    int status;

    snprintf(arguments, sizeof(arguments), "{\"name\": \"%s\"}", name);
    status = kea_ask(k->call, k->service, "statistic-get", str_from(arguments), &answer);
    if (status)
        return status;
    *sum = u128_add(*sum, figure_of(answer.doc, newest(json_first(answer.arguments))));
    kea_answer_fini(&answer);
    return 0;
}

static int read_counters(struct counting *k)
{
    bool v4 = k->service == KEA_DHCP4;
    int status = add_counter(k, v4 ? "pkt4-received" : "pkt6-received", &k->totals->received);

    if (status == 0)
        status = add_counter(k, v4 ? "pkt4-sent" : "pkt6-sent", &k->totals->sent);
    if (status == 0)
        status = add_counter(k, v4 ? "pkt4-receive-drop" : "pkt6-receive-drop", &k->totals->dropped);
    if (status == 0)
        status = add_counter(k, v4 ? "v4-allocation-fail" : "v6-allocation-fail", &k->totals->failed);
    return status;
}

static void emit_figures(struct counting *k, const char *target, const struct kea_sizes *sizes,
                         const struct ipam_u128 *figures, bool prefixes)
{
    emit(k, target, "addresses.total", sizes->addresses, "addresses");
    emit(k, target, "addresses.assigned", figures[ASSIGNED], "addresses");
    emit(k, target, "addresses.declined", figures[DECLINED], "addresses");
    emit(k, target, "addresses.free",
         u128_sub(u128_sub(sizes->addresses, figures[ASSIGNED]), figures[DECLINED]), "addresses");
    if (!prefixes)
        return;
    emit(k, target, "prefixes.total", sizes->prefixes, "prefixes");
    emit(k, target, "prefixes.assigned", figures[PREFIXES], "prefixes");
    emit(k, target, "prefixes.free", u128_sub(sizes->prefixes, figures[PREFIXES]), "prefixes");
}

static void emit_subnets(struct counting *k)
{
    static const struct ipam_u128 none = { 0, 0 };
    struct totals *t = k->totals;

    for (size_t i = 0; i < k->count && k->status == 0; i++) {
        const struct subnet *s = &k->subnets[i];
        bool prefixes =
            u128_compare(s->sizes.prefixes, none) > 0 || u128_compare(s->figures[PREFIXES], none) > 0;

        if (s->counted)
            emit_figures(k, s->native, &s->sizes, s->figures, prefixes);
        t->sizes.addresses = u128_add(t->sizes.addresses, s->sizes.addresses);
        t->sizes.prefixes = u128_add(t->sizes.prefixes, s->sizes.prefixes);
        for (int f = 0; f < FIGURES; f++)
            t->figures[f] = u128_add(t->figures[f], s->figures[f]);
        t->prefixes = t->prefixes || prefixes;
        t->scopes++;
    }
}

static int count_service(struct kea_call *c, enum kea_service s, struct ipam_str only, void *totals)
{
    struct counting k = { .call = c, .service = s, .totals = totals };

    arena_init(&k.arena, 0);
    k.status = read_subnets(&k, only);
    if (k.status == 0 && k.count > 0) {
        k.status = read_rows(&k, only);
        if (k.status == IPAM_E_UNSUPPORTED)
            k.status = read_samples(&k);
    }
    if (k.status == 0 && !only.data)
        k.status = read_counters(&k);
    if (k.status == 0)
        emit_subnets(&k);
    arena_fini(&k.arena);
    if (k.status && !c->message[0])
        kea_fail(c, k.status, "the host stopped taking rows");
    return k.status;
}

static int emit_totals(struct kea_call *c, const struct totals *t)
{
    struct counting k = { .call = c };
    struct ipam_u128 leases =
        u128_add(u128_add(t->figures[ASSIGNED], t->figures[DECLINED]), t->figures[PREFIXES]);

    emit_figures(&k, NULL, &t->sizes, t->figures, t->prefixes);
    emit(&k, NULL, "scopes", u128_from(t->scopes), "scopes");
    emit(&k, NULL, "leases", leases, "leases");
    emit(&k, NULL, "packets.received", t->received, "packets");
    emit(&k, NULL, "packets.sent", t->sent, "packets");
    emit(&k, NULL, "packets.dropped", t->dropped, "packets");
    emit(&k, NULL, "allocations.failed", t->failed, "requests");
    return k.status;
}

void kea_read_stats(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct totals totals = { .scopes = 0 };
    int status = kea_each_service(&c, args->native_scope, count_service, &totals);

    if (status == 0 && !args->native_scope.data)
        status = emit_totals(&c, &totals);
    kea_done(&c, status, NULL);
}
