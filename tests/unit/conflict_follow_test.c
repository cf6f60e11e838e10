/* conflict_follow_test.c - what is recorded after each change is what there is, found by looking at everything.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Small networks that change at random; the other side looks at each address and pair, without any index. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conflict_estate.h"

#include "base/hash.h"
#include "conflict/judge.h"
#include "conflict/text.h"

#define KEYS_MAX 2000

/* --- the model: everything is looked at, one by one --- */

struct keys {
    char *items[KEYS_MAX];
    size_t count;
};

static void key_add(void *user, const struct finding *f)
{
    struct keys *k = user;
    struct arena a;
    struct strbuf out;
    arena_init(&a, 0);
    strbuf_init(&out, 100000);
    const struct ipam_conflict *c = text_row(&a, state_view(estate.site->state), f);
    strbuf_addstr(&out, c->key);
    for (size_t i = 0; i < c->parties.count; i++)
        strbuf_printf(&out, "|" STR_FMT " (" STR_FMT ")", STR_ARG(c->parties.items[i]),
                      STR_ARG(c->evidence.items[i]));
    assert_true(k->count < KEYS_MAX);
    k->items[k->count++] = strdup(out.data);
    strbuf_fini(&out);
    arena_fini(&a);
}

static bool has_relation(int64_t server, int64_t other)
{
    const struct ipam_server *o = view_get(state_view(estate.site->state), IPAM_T_SERVER, other);
    EACH(ipam_failover, IPAM_T_FAILOVER, f)
    if (f->server == server && str_equal(f->partner, o->name))
        return true;
    return false;
}

static bool model_partners(void *user, int64_t server, int64_t other)
{
    (void)user;
    return has_relation(server, other) && has_relation(other, server);
}

static struct leasing model_leasing(const struct ipam_scope *s)
{
    struct leasing l = { .scope = s, .serves = s->state != IPAM_SCOPE_STATE_INACTIVE };
    if (!l.serves)
        return l;
    EACH(ipam_range, IPAM_T_RANGE, r)
    if (record_has(r, IPAM_RANGE_SCOPE) && r->scope == s->id)
        leasing_add(&l, &r->first, &r->last);
    leasing_sort(&l);
    EACH(ipam_exclusion, IPAM_T_EXCLUSION, x)
    if (x->scope == s->id)
        leasing_exclude(&l, &x->first, &x->last);
    return l;
}

static bool is_listed(const struct ipam_addrs *list, const struct ipam_addr *a)
{
    for (size_t i = 0; i < list->count; i++)
        if (addr_equal(&list->items[i], a))
            return true;
    return false;
}

/* Parties in the order of their ids, as the index has them. */
static int by_id(const void *a, const void *b)
{
    int64_t x = *id_in(*(void *const *)a), y = *id_in(*(void *const *)b);
    return x < y ? -1 : x > y;
}

static int by_scope(const void *a, const void *b)
{
    return by_id(&((const struct party *)a)->row, &((const struct party *)b)->row);
}

/* As it is configured, whatever is excluded elsewhere in it. */
static struct party pool_at(const struct ipam_scope *s, const struct ipam_addr *a)
{
    EACH(ipam_range, IPAM_T_RANGE, r)
    if (record_has(r, IPAM_RANGE_SCOPE) && r->scope == s->id && is_in(a, &r->first, &r->last))
        return (struct party){ s, r->first, r->last };
    fail_msg("no pool has it");
    return (struct party){ 0 };
}

/* Those whose first address it is, then those that have it besides. */
static void model_reserved(int64_t space, const struct ipam_addr *a, struct standing *s)
{
    EACH(ipam_reservation, IPAM_T_RESERVATION, r)
    if (r->space == space && addr_equal(&r->address, a))
        s->reservations[s->reservation_count++] = r;
    qsort(s->reservations, s->reservation_count, sizeof(s->reservations[0]), by_id);
    size_t first = s->reservation_count;
    EACH(ipam_reservation, IPAM_T_RESERVATION, more)
    if (more->space == space && !addr_equal(&more->address, a) && is_listed(&more->addresses, a))
        s->reservations[s->reservation_count++] = more;
    qsort(s->reservations + first, s->reservation_count - first, sizeof(s->reservations[0]), by_id);
}

static void model_address(int64_t space, struct ipam_addr a, struct keys *k)
{
    struct standing s = { .space = space, .addr = a, .partners = model_partners };
    const struct ipam_subnet *around = NULL;
    EACH(ipam_address, IPAM_T_ADDRESS, p)
    if (p->space == space && addr_equal(&p->address, &a))
        s.plan = p;
    model_reserved(space, &a, &s);
    EACH(ipam_lease, IPAM_T_LEASE, l)
    if (l->space == space && addr_equal(&l->address, &a) && l->state != IPAM_LEASE_STATE_EXPIRED)
        s.leases[s.lease_count++] = l;
    qsort(s.leases, s.lease_count, sizeof(s.leases[0]), by_id);
    EACH(ipam_scope, IPAM_T_SCOPE, sc)
    {
        struct leasing l = model_leasing(sc);
        const struct run *run = sc->space == space ? leasing_at(&l, &a) : NULL;
        if (run != NULL)
            s.leased[s.leased_count++] = pool_at(sc, &a);
        if (sc->space == space && is_listed(&sc->routers, &a) &&
            (s.router_of == NULL || sc->id < s.router_of->id))
            s.router_of = sc;
        leasing_fini(&l);
    }
    qsort(s.leased, s.leased_count, sizeof(s.leased[0]), by_scope);
    EACH(ipam_range, IPAM_T_RANGE, g)
    s.in_static_range =
        s.in_static_range || (g->space == space && range_is_static(g) && is_in(&a, &g->first, &g->last));
    EACH(ipam_subnet, IPAM_T_SUBNET, n)
    if (n->space == space && prefix_contains_addr(&n->prefix, &a) &&
        (around == NULL || n->prefix.length > around->prefix.length))
        around = n;
    if (around != NULL && is_listed(&around->gateways, &a))
        s.gateway_of = around;
    judge_address(&s, key_add, k);
}

static void model_pairs(struct keys *k)
{
    struct finding f;
    EACH(ipam_scope, IPAM_T_SCOPE, a)
    {
        struct leasing one = model_leasing(a);
        EACH(ipam_scope, IPAM_T_SCOPE, b)
        {
            struct leasing other = model_leasing(b);
            if (a->id < b->id && !model_partners(NULL, a->server, b->server) && judge_pools(&one, &other, &f))
                key_add(k, &f);
            if (a->id < b->id && !model_partners(NULL, a->server, b->server) && judge_twins(&one, &other, &f))
                key_add(k, &f);
            leasing_fini(&other);
        }
        leasing_fini(&one);
    }
}

static int by_leasing(const void *a, const void *b)
{
    return by_id(&((const struct leasing *)a)->scope, &((const struct leasing *)b)->scope);
}

static void model_ranges(struct keys *k)
{
    struct leasing all[ROWS_MAX];
    struct finding f;
    size_t count = 0;
    EACH(ipam_scope, IPAM_T_SCOPE, s)
    all[count++] = model_leasing(s);
    qsort(all, count, sizeof(all[0]), by_leasing);
    EACH(ipam_range, IPAM_T_RANGE, r)
    if (judge_range(r, all, count, &f))
        key_add(k, &f);
    EACH(ipam_pool, IPAM_T_POOL, p)
    {
        const struct ipam_scope *of = row_by(IPAM_T_SCOPE, p->scope);
        if (of != NULL && judge_pool(p, of, &f))
            key_add(k, &f);
    }
    for (size_t i = 0; i < count; i++)
        leasing_fini(&all[i]);
}

static bool is_own(const struct ipam_subnet *n)
{
    return str_is(n->managed_by, MODEL_SELF);
}

static void model_plan(struct keys *k)
{
    struct finding f;
    EACH(ipam_subnet, IPAM_T_SUBNET, n)
    {
        const struct ipam_subnet *outer = NULL;
        EACH(ipam_subnet, IPAM_T_SUBNET, o)
        if (o != n && o->space == n->space && prefix_contains(&o->prefix, &n->prefix) &&
            (outer == NULL || o->prefix.length > outer->prefix.length))
            outer = o;
        if (outer != NULL) {
            judge_subnets(n, outer, &f);
            key_add(k, &f);
        }
    }
    EACH(ipam_scope, IPAM_T_SCOPE, s)
    {
        bool any = false, planned = false;
        EACH(ipam_block, IPAM_T_BLOCK, b)
        {
            any = any || (b->space == s->space && b->prefix.addr.family == s->prefix.addr.family);
            planned = planned || (b->space == s->space && prefix_contains(&b->prefix, &s->prefix));
        }
        EACH(ipam_subnet, IPAM_T_SUBNET, m)
        {
            bool own = is_own(m) && m->space == s->space;
            any = any || (own && m->prefix.addr.family == s->prefix.addr.family);
            planned = planned || (own && prefix_overlaps(&m->prefix, &s->prefix));
        }
        if (any && !planned) {
            judge_outside(s, &f);
            key_add(k, &f);
        }
    }
}

static bool same_client(const struct ipam_reservation *a, const struct ipam_reservation *b)
{
    return a->space == b->space && a->address.family == b->address.family &&
           a->identifier_type == b->identifier_type && a->identifier.len == b->identifier.len &&
           memcmp(a->identifier.data, b->identifier.data, a->identifier.len) == 0;
}

static void model_reservations(struct keys *k)
{
    struct finding f;
    EACH(ipam_reservation, IPAM_T_RESERVATION, r)
    {
        const struct ipam_scope *s = row_by(IPAM_T_SCOPE, r->scope);
        const struct ipam_reservation *rows[ROWS_MAX];
        size_t count = 0;
        bool is_first = true;
        if (s == NULL)
            continue;
        if (judge_reservation(r, s, &f))
            key_add(k, &f);
        EACH(ipam_reservation, IPAM_T_RESERVATION, o)
        {
            const struct ipam_scope *theirs = row_by(IPAM_T_SCOPE, o->scope);
            if (theirs == NULL || !same_client(r, o) || !prefix_equal(&theirs->prefix, &s->prefix))
                continue;
            is_first = is_first && r->id <= o->id;
            rows[count++] = o;
        }
        if (is_first && judge_client(rows, count, r->space, &s->prefix, 1, &f)) {
            f.count = 0; /* in no order */
            key_add(k, &f);
        }
    }
}

static void model(struct keys *k)
{
    k->count = 0;
    for (int s = 0; s < 2; s++)
        for (unsigned n = 0; n < UNIVERSE; n++) {
            model_address(estate.spaces[s], estate_address(4, n), k);
            model_address(estate.spaces[s], estate_address(6, n), k);
        }
    model_pairs(k);
    model_ranges(k);
    model_plan(k);
    model_reservations(k);
}

static void recorded(struct keys *k)
{
    k->count = 0;
    for (const struct ipam_conflict *c = state_next(estate.site->state, IPAM_T_CONFLICT, 0); c != NULL;
         c = state_next(estate.site->state, IPAM_T_CONFLICT, c->id)) {
        struct strbuf out;
        bool client = c->kind == IPAM_CONFLICT_KIND_RESERVATION_TWICE && record_has(c, IPAM_CONFLICT_PREFIX);
        strbuf_init(&out, 100000);
        strbuf_addstr(&out, c->key);
        if (client) { /* who he is, is the model's 1 */
            while (out.data[out.len - 1] != '/')
                out.len--;
            out.data[out.len] = '\0';
            strbuf_puts(&out, "0000000000000001");
        }
        for (size_t i = 0; i < c->parties.count && !client; i++)
            strbuf_printf(&out, "|" STR_FMT " (" STR_FMT ")", STR_ARG(c->parties.items[i]),
                          STR_ARG(c->evidence.items[i]));
        assert_true(k->count < KEYS_MAX);
        k->items[k->count++] = strdup(out.data);
        strbuf_fini(&out);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void keys_free(struct keys *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->items[i]);
}

static void compare(const char *when)
{
    static struct keys want, got;
    model(&want);
    recorded(&got);
    qsort(want.items, want.count, sizeof(want.items[0]), by_text);
    qsort(got.items, got.count, sizeof(got.items[0]), by_text);
    for (size_t i = 0, k = 0; i < want.count || k < got.count; i++, k++) {
        const char *w = i < want.count ? want.items[i] : "nothing",
                   *g = k < got.count ? got.items[k] : "nothing";
        if (strcmp(w, g) != 0)
            fail_msg("%s: there is %s, recorded is %s", when, w, g);
    }
    keys_free(&want);
    keys_free(&got);
}

/* --- tests --- */

struct open_row {
    int64_t id, opened, opened_rev;
};

/* Those that were there before keep what says since when; those that came say which revision made them. */
static void check_since(struct imap *before, int64_t rev)
{
    for (const struct ipam_conflict *c = state_next(estate.site->state, IPAM_T_CONFLICT, 0); c != NULL;
         c = state_next(estate.site->state, IPAM_T_CONFLICT, c->id)) {
        struct open_row *was = imap_get(before, (uint64_t)c->id);
        if (was != NULL) {
            assert_int_equal(c->opened, was->opened);
            assert_int_equal(c->opened_rev, was->opened_rev);
            continue;
        }
        assert_int_equal(c->opened_rev, rev);
        was = arena_alloc(&estate.arena, sizeof(*was));
        *was = (struct open_row){ c->id, c->opened, c->opened_rev };
        imap_put(before, (uint64_t)c->id, was);
    }
}

/* Two edits that do not touch the same row, in one batch. */
static void run_two(void)
{
    struct edit one, two;
    edit_make(&one);
    edit_make(&two);
    if (one.count == 0 || two.count == 0 || type_of(one.rows[0]) == type_of(two.rows[0]) ||
        *id_in(one.rows[0]) != 0 || *id_in(two.rows[0]) != 0)
        return;
    edit_submit(&one);
    edit_submit(&two);
    estate_settle();
    edit_remember(&one);
    edit_remember(&two);
}

static void test_random_changes(void **state)
{
    unsigned opened = 0;
    char when[64];
    struct imap before;
    (void)state;
    imap_init(&before);
    for (unsigned round = 1; round <= 8; round++) {
        estate.random = round;
        for (unsigned step = 0; step < 250; step++) {
            struct edit e;
            edit_make(&e);
            if (e.count == 0)
                continue;
            edit_run(&e);
            check_since(&before, e.intent.rev);
            snprintf(when, sizeof(when), "round %u, step %u", round, step);
            compare(when);
            opened += state_count(estate.site->state, IPAM_T_CONFLICT) > 0;
        }
    }
    imap_fini(&before);
    assert_true(opened > 1000);
}

static void test_changes_in_one_batch(void **state)
{
    char when[64];
    (void)state;
    estate.random = 4711;
    for (unsigned step = 0; step < 400; step++) {
        struct edit e;
        edit_make(&e);
        if (e.count > 0)
            edit_run(&e);
        run_two();
        snprintf(when, sizeof(when), "step %u", step);
        compare(when);
    }
    assert_true(state_count(estate.site->state, IPAM_T_CONFLICT) > 0);
}

static void grow(struct site *s)
{
    estate.random = 77;
    for (unsigned step = 0; step < 200 || state_count(s->state, IPAM_T_CONFLICT) < 4; step++) {
        struct edit e;
        edit_make(&e);
        if (e.count > 0)
            edit_run(&e);
    }
}

/* An address that nobody has but two reservations of different clients, besides. */
static void add_further(struct site *s)
{
    static const uint8_t duids[2][4] = { { 0, 2, 9, 1 }, { 0, 2, 9, 2 } };
    struct ipam_addr *at = arena_alloc(&estate.arena, sizeof(*at));
    struct view_user user;
    struct edit e;
    unsigned n = UNIVERSE;
    do
        *at = estate_address(6, --n);
    while (view_users(state_view(s->state), estate.spaces[1], at, &user, 1) > 0);
    edit_begin(&e);
    for (int i = 0; i < 2; i++) {
        struct ipam_reservation *r = record_new(&estate.arena, IPAM_T_RESERVATION);
        RECORD_SET(r, IPAM_RESERVATION_SERVER, server, estate.servers[3]);
        RECORD_SET(r, IPAM_RESERVATION_SPACE, space, estate.spaces[1]);
        RECORD_SET(r, IPAM_RESERVATION_ADDRESSES, addresses, ((struct ipam_addrs){ at, 1 }));
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
                   IPAM_RESERVATION_IDENTIFIER_TYPE_DUID);
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ duids[i], 4 }));
        edit_add(&e, r);
    }
    edit_run(&e);
}

/* All that is stored, as a start finds it, but for the first `lost` conflicts: the same again. */
static void start_without(struct site *s, size_t lost)
{
    size_t count = state_count(s->state, IPAM_T_CONFLICT);
    int64_t head = state_head(s->state);

    /* The one that starts learns of the rows as they are loaded. */
    struct state *loaded = state_new();
    conflicts_stop(estate.conflicts);
    struct conflicts *anew = conflicts_new(s->loop, loaded);
    unsigned types;
    const struct record_type *t = record_types(&types);
    size_t passed = 0;
    for (unsigned i = 0; i < types; i++) {
        if (t[i].residency != RES_RESIDENT && t[i].residency != RES_INDEXED)
            continue;
        for (const void *row = fake_next(s->store, t[i].type, 0); row != NULL;
             row = fake_next(s->store, t[i].type, *id_in((void *)row)))
            if (t[i].type != IPAM_T_CONFLICT || passed++ >= lost)
                state_put(loaded, NULL, row);
    }
    state_set_head(loaded, head);
    assert_int_equal(state_count(loaded, IPAM_T_CONFLICT), count - (lost < count ? lost : count));
    struct state *old = s->state;
    struct gate *gate = gate_new(s->loop, loaded, s->store, NULL, NULL), *before = s->gate;
    struct conflicts *stopped = estate.conflicts;
    estate.conflicts = anew;
    s->state = loaded;
    conflicts_start(anew, gate, NULL);
    estate_settle();
    if (lost == 1)
        assert_int_equal(state_head(loaded), head + 1); /* that one, and nothing else */
    compare("after a start");
    conflicts_stop(anew);
    unsigned closed = 0;
    gate_close(gate, (void (*)(void *))fake_stir, &closed);
    fake_spin(s->loop);
    estate.conflicts = stopped;
    s->state = old;
    s->gate = before;
    state_free(loaded);
    conflicts_free(anew);
}

static void test_start(void **state)
{
    grow(*state);
    start_without(*state, 1);
}

static void test_start_from_nothing(void **state)
{
    grow(*state);
    add_further(*state);
    start_without(*state, SIZE_MAX);
}

/* --- one thing after the other --- */

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    (void)inst;
    (void)reason;
    *(bool *)user = true;
}

/* What is read of a server comes in pieces: in between it is not judged, but for ever nobody waits. */
static void test_half_read(void **state)
{
    struct site *s = *state;
    bool turn = false;
    add_pool(0);
    fleet_enter(s->fleet, estate.servers[1], on_turn, &turn);
    fake_spin(s->loop);
    assert_true(turn);
    struct edit e;
    struct ipam_scope *scope = scope_of(1, "v4/1");
    edit_begin(&e);
    edit_add(&e, scope);
    edit_submit(&e);
    fake_spin(s->loop);
    edit_begin(&e);
    edit_add(&e, pool_of(scope, 15, 25));
    edit_submit(&e);
    fake_spin(s->loop);
    fake_pass(s->loop, 1000);
    assert_int_equal(open_now(), 0);
    edit_begin(&e);
    edit_add(&e, plan_of(12)); /* what the plan says waits for nobody */
    edit_submit(&e);
    fake_spin(s->loop);
    assert_int_equal(open_now(), 1);
    fleet_leave(s->fleet, estate.servers[1]);
    fake_pass(s->loop, 20);
    assert_int_equal(open_now(), 2);
    assert_true(conflicts_settled(estate.conflicts));

    turn = false;
    fleet_enter(s->fleet, estate.servers[2], on_turn, &turn);
    fake_spin(s->loop);
    scope = scope_of(2, "v4/1");
    edit_begin(&e);
    edit_add(&e, scope);
    edit_submit(&e);
    fake_spin(s->loop);
    edit_begin(&e);
    edit_add(&e, pool_of(scope, 20, 20));
    edit_submit(&e);
    fake_pass(s->loop, 9000);
    assert_int_equal(open_now(), 2);
    for (int i = 0; i < 200; i++)
        fake_pass(s->loop, 10);
    assert_int_equal(open_now(), 4); /* with either of the others */
    fleet_leave(s->fleet, estate.servers[2]);
    fake_spin(s->loop);
}

/* When the leases of a server were read. */
static void read_leases(unsigned server, int64_t when)
{
    struct edit e;
    edit_begin(&e);
    struct ipam_server *s = record_copy(
        &estate.arena, view_get(state_view(estate.site->state), IPAM_T_SERVER, estate.servers[server]));
    RECORD_SET(s, IPAM_SERVER_LEASES_READ, leases_read, when);
    edit_add(&e, s);
    edit_submit(&e);
    estate_settle();
}

static void test_a_lease_that_had_run_out(void **state)
{
    struct edit e;
    struct ipam_lease *l = lease_of(0, 30, 5000);
    (void)state;
    edit_begin(&e);
    edit_add(&e, plan_of(30));
    edit_add(&e, l);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    read_leases(0, 4000);
    assert_int_equal(open_now(), 1);
    read_leases(0, 6000); /* it still lists it */
    assert_int_equal(open_now(), 0);
    struct ipam_lease *again = record_copy(&estate.arena, l);
    again->expires = 9000;
    edit_begin(&e);
    edit_add(&e, again);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
}

/* --- partners --- */

static void test_partners(void **state)
{
    static const struct {
        struct relation ours, theirs;
        bool partners;
    } cases[] = {
        { { "pair", "b.example.com", NULL, false }, { "pair", "a.example.com", NULL, false }, true },
        { { "pair", "B.Example.com", NULL, false }, { "other", "a.example.com", NULL, false }, true },
        { { "pair", "b", NULL, false }, { "pair", "a", NULL, false }, true },
        { { "pair", "10.9.0.2", NULL, false },
          { "pair", "10.9.0.1", NULL, false },
          true }, /* by its name alone */
        { { "pair", "10.9.0.2", NULL, false }, { "PAIR", "a.example.com", NULL, false }, true },
        { { "one", "10.9.0.2", NULL, false }, { "two", "10.9.0.1", NULL, false }, false },
        { { "pair", "b.example.com", NULL, false }, { "pair", "c.example.com", NULL, false }, false },
        { { "pair", "c.example.com", NULL, false }, { "pair", "a.example.com", NULL, false }, false },
        { { "pair", "b.example.com", NULL, false }, { NULL, NULL, NULL, false }, false }, /* one alone */
        { { NULL, NULL, NULL, false }, { "pair", "a.example.com", NULL, false }, false },
        { { "pair", "b.example.com", "v4/1", false }, { "pair", "a.example.com", "v4/1", false }, true },
        { { "pair", "b.example.com", "v4/2", false }, { "pair", "a.example.com", "v4/1", false }, false },
        { { "pair", "b.example.com", NULL, true }, { "pair", "a.example.com", NULL, true }, false },
        { { "pair", "b.other.com", NULL, false }, { "pears", "a.other.com", NULL, false }, false },
    };
    struct edit e;
    (void)state;
    add_pool(0);
    add_pool(1);
    assert_int_equal(open_now(), 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        edit_begin(&e);
        if (cases[i].ours.name != NULL)
            edit_add(&e, relation_of(0, &cases[i].ours));
        if (cases[i].theirs.name != NULL)
            edit_add(&e, relation_of(1, &cases[i].theirs));
        edit_run(&e);
        print_message("case %zu\n", i);
        assert_int_equal(open_now(), !cases[i].partners);
        for (size_t k = 0; k < e.count; k++)
            e.gone[k] = true;
        edit_run(&e);
        assert_int_equal(open_now(), 1);
    }
}

/* A reservation that its server has outside of its scopes keeps the address on a partner too, as soon as and as
 * long as the server says that it is one; also when that is known by the name of the relation alone. */
static void test_partner_of_a_stray(void **state)
{
    static const uint8_t mac[6] = { 2, 9, 9, 9, 9, 9 };
    static const char *const named[] = { "a.example.com", "10.9.0.1" };
    struct ipam_reservation *r = record_new(&estate.arena, IPAM_T_RESERVATION);
    struct edit e;
    (void)state;
    add_pool(0);
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, estate.servers[1]);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, estate.spaces[0]);
    RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, estate_address(4, 15));
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
               IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ mac, 6 }));
    edit_begin(&e);
    edit_add(&e, plan_of(15));
    edit_add(&e, r);
    edit_run(&e);
    assert_int_equal(open_now(), 1);
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        struct edit ours;
        edit_begin(&ours);
        edit_add(&ours, relation_of(0, &(struct relation){ "pair", i == 0 ? "b.example.com" : "10.9.0.2",
                                                           NULL, false }));
        edit_run(&ours);
        assert_int_equal(open_now(), 1);
        edit_begin(&e);
        edit_add(&e, relation_of(1, &(struct relation){ "pair", named[i], NULL, false }));
        edit_run(&e);
        assert_int_equal(open_now(), 0);
        e.gone[0] = true;
        edit_run(&e);
        assert_int_equal(open_now(), 1);
        ours.gone[0] = true;
        edit_run(&ours);
    }
}

/* More than one batch holds; storage that does not take the first. */
static void test_many_at_once(void **state)
{
    struct site *s = *state;
    struct edit e[8];
    const struct ipam_scope *scope = add_pool(0);
    edit_begin(&e[0]);
    edit_add(&e[0], pool_of(scope, 100, 250));
    edit_run(&e[0]);
    for (unsigned i = 0; i < 8; i++) {
        edit_begin(&e[i]);
        for (unsigned k = 0; k < EDIT_MAX; k++)
            edit_add(&e[i], plan_of(100 + i * EDIT_MAX + k));
        edit_submit(&e[i]);
    }
    fake_spin(s->loop);
    assert_int_equal(open_now(), 8 * EDIT_MAX);
    assert_true(conflicts_settled(estate.conflicts));

    edit_begin(&e[0]);
    edit_add(&e[0], plan_of(240));
    fake_fail(s->store, FAKE_COMMIT, 1, IPAM_E_CONFLICT); /* of the conflict, not of its cause */
    edit_submit(&e[0]);
    fake_spin(s->loop);
    assert_int_equal(open_now(), 8 * EDIT_MAX);
    assert_false(conflicts_settled(estate.conflicts));
    fake_pass(s->loop, 1000);
    assert_int_equal(open_now(), 8 * EDIT_MAX + 1);
}

/* The row says all that is to be known, and keeps its id while others join. */
static void test_a_row(void **state)
{
    struct site *s = *state;
    struct edit e;
    const struct ipam_scope *scope = add_pool(0);
    edit_begin(&e);
    edit_add(&e, plan_of(12));
    edit_run(&e);
    const struct ipam_conflict *c = state_next(s->state, IPAM_T_CONFLICT, 0);
    char party[128];
    int64_t id = c->id, opened_rev = e.intent.rev;
    assert_int_equal(c->kind, IPAM_CONFLICT_KIND_STATIC_IN_POOL);
    assert_int_equal(c->rev, e.intent.rev + 1);
    assert_int_equal(c->opened_rev, opened_rev);
    assert_int_equal(c->parties.count, 2);
    snprintf(party, sizeof(party), "scope %lld 10.0.0.0/24@a.example.com", (long long)scope->id);
    assert_true(str_is(c->parties.items[1], party));
    assert_true(str_is(c->evidence.items[1], "leases 10.0.0.10-10.0.0.20, prefix 10.0.0.0/24, native v4/1"));
    assert_non_null(memmem(c->remedy.data, c->remedy.len, "Exclude", 7));
    add_pool(1); /* another server leases it too: that is a conflict of its own */
    assert_int_equal(open_now(), 2);
    c = view_get(state_view(s->state), IPAM_T_CONFLICT, id);
    assert_int_equal(c->parties.count, 3);
    assert_int_equal(c->opened_rev, opened_rev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_changes, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_changes_in_one_batch, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_start, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_start_from_nothing, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_half_read, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_a_lease_that_had_run_out, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_partners, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_partner_of_a_stray, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once, estate_setup, estate_teardown),
        cmocka_unit_test_setup_teardown(test_a_row, estate_setup, estate_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
