/* model_usage_test.c - how full a run of addresses is, against a count of every address, after random changes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The count goes over the addresses one by one and asks the rows themselves; batches are published or lost. */
#include "model/usage.h"
#include "model_world.h"

#include <stdlib.h>

#include "index_random.h"

#define HOSTS   64
#define STEPS   3000
#define SERVERS 2

struct setting {
    struct world w;
    struct ipam_addr base;
    int64_t servers[SERVERS], scopes[SERVERS];
};

static struct ipam_addr host(const struct setting *s, unsigned n)
{
    struct ipam_addr a = s->base;
    a.bytes[a.family == 4 ? 3 : 15] = (uint8_t)n;
    return a;
}

static unsigned number(const struct ipam_addr *a)
{
    return a->bytes[a->family == 4 ? 3 : 15];
}

static void begin(struct setting *s, const char *base)
{
    static const char *const names[SERVERS] = { "one.example", "two.example" };
    struct ipam_prefix p = { .length = 24 };
    world_init(&s->w);
    s->base = addr_of(base);
    p.addr = s->base;
    p.length = (uint8_t)(addr_bits(s->base.family) - 8);
    for (int i = 0; i < SERVERS; i++) {
        struct ipam_server row;
        struct ipam_scope scope;
        record_init(&row, IPAM_T_SERVER);
        RECORD_SET(&row, IPAM_SERVER_NAME, name, str_from(names[i]));
        RECORD_SET(&row, IPAM_SERVER_SPACE, space, s->w.space);
        s->servers[i] = world_put(&s->w, &row);
        record_init(&scope, IPAM_T_SCOPE);
        RECORD_SET(&scope, IPAM_SCOPE_SERVER, server, s->servers[i]);
        RECORD_SET(&scope, IPAM_SCOPE_SPACE, space, s->w.space);
        RECORD_SET(&scope, IPAM_SCOPE_PREFIX, prefix, p);
        s->scopes[i] = world_put(&s->w, &scope);
    }
}

/* --- what there is, counted --- */

struct tally {
    int64_t of[USES], planned, excluded, assigned, utilized;
};

static int use_of(const void *rec)
{
    const struct ipam_address *a = rec;
    const struct ipam_lease *l = rec;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_RESERVATION: return USE_RESERVED;
    case IPAM_T_LEASE:
        if (l->state == IPAM_LEASE_STATE_EXPIRED)
            return -1;
        return l->state == IPAM_LEASE_STATE_DECLINED     ? USE_QUARANTINED
               : l->state == IPAM_LEASE_STATE_REGISTERED ? USE_STATELESS
                                                         : USE_LEASED;
    default:
        if (a->state == IPAM_ADDRESS_STATE_RESERVED || a->assignment == IPAM_ADDRESS_ASSIGNMENT_RESERVED)
            return USE_RESERVED;
        return a->assignment == IPAM_ADDRESS_ASSIGNMENT_DYNAMIC ? USE_LEASED
               : a->assignment == IPAM_ADDRESS_ASSIGNMENT_AUTO  ? USE_STATELESS
                                                                : USE_STATIC;
    }
}

static struct ipam_addr place_of(const void *rec)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_RESERVATION: return ((const struct ipam_reservation *)rec)->address;
    case IPAM_T_LEASE: return ((const struct ipam_lease *)rec)->address;
    default: return ((const struct ipam_address *)rec)->address;
    }
}

struct grid {
    int use[HOSTS]; /* -1: free */
    bool planned[HOSTS];
};

static void look(const struct setting *s, struct grid *g)
{
    size_t pos = 0;
    uint64_t key;
    void *row;
    for (int i = 0; i < HOSTS; i++) {
        g->use[i] = -1;
        g->planned[i] = false;
    }
    while (imap_next(&s->w.stored, &pos, &key, &row)) {
        struct ipam_addr a = place_of(row);
        int use = use_of(row);
        if (use > g->use[number(&a)])
            g->use[number(&a)] = use;
        g->planned[number(&a)] |= ((const struct ipam_record *)row)->type == IPAM_T_ADDRESS;
    }
}

static bool excluded(const struct setting *s, unsigned n, int64_t server)
{
    const struct ipam_exclusion *e = NULL;
    while ((e = state_next(s->w.state, IPAM_T_EXCLUSION, e != NULL ? e->id : 0)) != NULL)
        if ((server == 0 || e->server == server) && number(&e->first) <= n && n <= number(&e->last))
            return true;
    return false;
}

static int64_t server_of(const struct setting *s, const struct ipam_range *r)
{
    const struct ipam_scope *scope = state_view(s->w.state) != NULL && record_has(r, IPAM_RANGE_SCOPE)
                                         ? view_get(state_view(s->w.state), IPAM_T_SCOPE, r->scope)
                                         : NULL;
    return scope != NULL ? scope->server : -1;
}

static void add_range(const struct setting *s, const struct grid *g, const struct ipam_range *r,
                      struct tally *t)
{
    if (record_has(r, IPAM_RANGE_UTILIZED))
        t->utilized += (int64_t)r->utilized.lo;
    for (unsigned n = number(&r->first); n <= number(&r->last); n++) {
        t->assigned += !excluded(s, n, server_of(s, r));
        if (record_has(r, IPAM_RANGE_UTILIZED))
            continue;
        t->utilized += r->kind == IPAM_RANGE_KIND_DYNAMIC ? g->use[n] == USE_LEASED
                       : r->kind == IPAM_RANGE_KIND_AUTO  ? g->use[n] == USE_STATELESS
                                                          : g->planned[n];
    }
}

static int by_turn(const void *a, const void *b)
{
    const struct ipam_range *x = *(const struct ipam_range *const *)a,
                            *y = *(const struct ipam_range *const *)b;
    return x->choice != y->choice ? (x->choice < y->choice) - (x->choice > y->choice)
                                  : (x->id > y->id) - (x->id < y->id);
}

/* Those that were chosen last first, then in the order in which they were made: a range counts when it takes no address of
 * one that counts, wherever that one lies. */
static void add_ranges(struct setting *s, const struct grid *g, unsigned first, unsigned last,
                       struct tally *t)
{
    const struct ipam_range *r = NULL,
                            **list = arena_alloc(&s->w.arena,
                                                 (1 + state_count(s->w.state, IPAM_T_RANGE)) * sizeof(*list));
    bool taken[HOSTS] = { false };
    size_t count = 0;
    while ((r = state_next(s->w.state, IPAM_T_RANGE, r != NULL ? r->id : 0)) != NULL)
        list[count++] = r;
    qsort(list, count, sizeof(list[0]), by_turn);
    for (size_t i = 0; i < count; i++) {
        bool counts = true;
        r = list[i];
        for (unsigned n = number(&r->first); n <= number(&r->last); n++)
            counts &= !taken[n] || excluded(s, n, server_of(s, r));
        for (unsigned n = number(&r->first); counts && n <= number(&r->last); n++)
            taken[n] |= !excluded(s, n, server_of(s, r));
        if (counts && number(&r->first) >= first && number(&r->last) <= last)
            add_range(s, g, r, t);
    }
}

static struct tally counted(const struct setting *s, const struct grid *g, unsigned first, unsigned last)
{
    struct tally t = { 0 };
    for (unsigned n = first; n <= last; n++) {
        if (g->use[n] >= 0)
            t.of[g->use[n]]++;
        t.planned += g->planned[n];
        t.excluded += excluded(s, n, 0);
    }
    return t;
}

static void compare(const struct usage *u, const struct tally *t)
{
    for (int i = 0; i < USES; i++)
        assert_int_equal(u->use.of[i], t->of[i]);
    assert_int_equal(u->use.planned, t->planned);
    assert_int_equal(u->excluded.lo, t->excluded);
    assert_int_equal(u->assigned.lo, t->assigned);
    assert_int_equal(u->utilized.lo, t->utilized);
}

static void check(struct setting *s)
{
    const struct ipam_range *r = NULL;
    struct grid g;
    look(s, &g);
    for (int i = 0; i < 4; i++) {
        unsigned a = below(HOSTS), b = below(HOSTS), first = a < b ? a : b, last = a < b ? b : a;
        struct ipam_addr from = host(s, i == 0 ? 0 : first), to = host(s, i == 0 ? HOSTS - 1 : last);
        struct tally t = counted(s, &g, number(&from), number(&to));
        struct usage u;
        add_ranges(s, &g, number(&from), number(&to), &t);
        usage_of_run(state_view(s->w.state), s->w.space, &from, &to, &u);
        assert_int_equal(u.size.lo, number(&to) - number(&from) + 1);
        compare(&u, &t);
    }
    while ((r = state_next(s->w.state, IPAM_T_RANGE, r != NULL ? r->id : 0)) != NULL) {
        struct tally t = counted(s, &g, number(&r->first), number(&r->last));
        struct usage u;
        add_range(s, &g, r, &t);
        usage_of_range(state_view(s->w.state), r, &u);
        compare(&u, &t);
    }
}

/* --- random changes --- */

static void *random_user(struct setting *s)
{
    static const uint32_t lease_states[] = { IPAM_LEASE_STATE_ACTIVE, IPAM_LEASE_STATE_DECLINED,
                                             IPAM_LEASE_STATE_EXPIRED, IPAM_LEASE_STATE_REGISTERED };
    struct ipam_addr at = host(s, below(HOSTS));
    if (below(3) == 0) {
        struct ipam_reservation *r = record_new(&s->w.arena, IPAM_T_RESERVATION);
        RECORD_SET(r, IPAM_RESERVATION_SPACE, space, s->w.space);
        RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, at);
        return r;
    }
    if (below(2) == 0) {
        struct ipam_lease *l = record_new(&s->w.arena, IPAM_T_LEASE);
        RECORD_SET(l, IPAM_LEASE_SPACE, space, s->w.space);
        RECORD_SET(l, IPAM_LEASE_ADDRESS, address, at);
        RECORD_SET(l, IPAM_LEASE_STATE, state, lease_states[below(COUNT(lease_states))]);
        return l;
    }
    struct ipam_address *a = record_new(&s->w.arena, IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, s->w.space);
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, at);
    if (below(2) == 0)
        RECORD_SET(a, IPAM_ADDRESS_STATE, state, 1 + below(3));
    if (below(2) == 0)
        RECORD_SET(a, IPAM_ADDRESS_ASSIGNMENT, assignment, 1 + below(5));
    return a;
}

/* A row that takes addresses in other numbers than one. */
static void *random_run(struct setting *s)
{
    unsigned a = below(HOSTS), b = a + below(HOSTS - a < 12 ? HOSTS - a : 12), of = below(SERVERS);
    if (below(2) == 0) {
        struct ipam_exclusion *e = record_new(&s->w.arena, IPAM_T_EXCLUSION);
        RECORD_SET(e, IPAM_EXCLUSION_SERVER, server, s->servers[of]);
        RECORD_SET(e, IPAM_EXCLUSION_SCOPE, scope, s->scopes[of]);
        RECORD_SET(e, IPAM_EXCLUSION_FIRST, first, host(s, a));
        RECORD_SET(e, IPAM_EXCLUSION_LAST, last, host(s, b));
        return e;
    }
    struct ipam_range *r = record_new(&s->w.arena, IPAM_T_RANGE);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, s->w.space);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, host(s, a));
    RECORD_SET(r, IPAM_RANGE_LAST, last, host(s, b));
    RECORD_SET(r, IPAM_RANGE_KIND, kind, 1 + below(5));
    if (below(4) == 0)
        RECORD_SET(r, IPAM_RANGE_UTILIZED, utilized, u128_from(below(b - a + 2)));
    if (below(2) == 0)
        RECORD_SET(r, IPAM_RANGE_SCOPE, scope, s->scopes[of]);
    return r;
}

static const void *in_draft(const struct setting *s, const void *row)
{
    const struct record_type *t = row != NULL ? record_type(((const struct ipam_record *)row)->type) : NULL;
    return t != NULL ? view_get(draft_view(s->w.draft), t->type,
                                *(const int64_t *)((const char *)row + record_field_number(t, 1)->offset))
                     : NULL;
}

/* Any row of those that use addresses, as the batch has it; NULL: there is none. */
static const void *any_user(const struct setting *s)
{
    size_t pos = 0, skip = below(40);
    uint64_t key;
    void *row = NULL, *found = NULL;
    while (imap_next(&s->w.stored, &pos, &key, &row) && (found == NULL || skip > 0)) {
        found = row;
        skip--;
    }
    return in_draft(s, found);
}

/* Some range is the one that counts of those that it overlaps. */
static void choose(struct setting *s)
{
    const struct ipam_range *r = state_next(s->w.state, IPAM_T_RANGE, 0);
    for (unsigned skip = below(20); r != NULL && skip > 0; skip--) {
        const struct ipam_range *next = state_next(s->w.state, IPAM_T_RANGE, r->id);
        r = next != NULL ? next : r;
    }
    if (r != NULL)
        rule_use_range(s->w.draft, r);
}

static void change(struct setting *s)
{
    static const uint32_t runs[] = { IPAM_T_EXCLUSION, IPAM_T_RANGE };
    const void *before = any_user(s);
    void *rec;
    switch (below(9)) {
    case 0:
    case 1:
    case 2: draft_put(s->w.draft, random_user(s)); break;
    case 8: choose(s); break;
    case 3: draft_put(s->w.draft, random_run(s)); break;
    case 4:
        before = in_draft(s, state_next(s->w.state, runs[below(2)], 0));
        /* fall through */
    case 5:
        if (before != NULL)
            draft_delete(s->w.draft, before);
        break;
    default: /* another use of the same address */
        rec = random_user(s);
        if (before == NULL || ((const struct ipam_record *)before)->type != ((struct ipam_record *)rec)->type)
            break;
        if (((struct ipam_record *)rec)->type == IPAM_T_LEASE)
            ((struct ipam_lease *)rec)->address = ((const struct ipam_lease *)before)->address;
        if (((struct ipam_record *)rec)->type == IPAM_T_ADDRESS)
            ((struct ipam_address *)rec)->address = ((const struct ipam_address *)before)->address;
        draft_replace(s->w.draft, before, rec);
    }
}

static void history(const char *base)
{
    struct setting s;
    begin(&s, base);
    for (unsigned long i = 0; i < scaled(STEPS); i++) {
        world_open(&s.w);
        world_begin(&s.w);
        change(&s);
        world_end(&s.w, 0);
        if (below(8) == 0)
            world_drop(&s.w);
        else
            world_publish(&s.w);
        check(&s);
        arena_reset(&s.w.arena);
    }
    assert_true(s.w.stored.count > 20);
    world_fini(&s.w);
}

static void test_equal_to_a_recount_ipv4(void **state)
{
    (void)state;
    history("10.1.2.0");
}

static void test_equal_to_a_recount_ipv6(void **state)
{
    (void)state;
    history("2001:db8::");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_to_a_recount_ipv4),
        cmocka_unit_test(test_equal_to_a_recount_ipv6),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
