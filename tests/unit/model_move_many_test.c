/* model_move_many_test.c - a subnet moved by many change sets: what holds after each of them, and what is refused meanwhile.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "model_world.h"

#include "model/pool.h"

#define MOST 4 /* rows of a set */

static const uint64_t none[2] = { 0, 0 };

static int setup(void **state)
{
    static struct world w;
    world_init(&w);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    world_fini(*state);
    return 0;
}

static int allow(void *user, struct draft *d, const void *before, const void *after, struct problem *p)
{
    (void)user;
    (void)d;
    (void)before;
    (void)after;
    (void)p;
    return 0;
}

static void add(struct world *w, void *rec)
{
    if (world_create(w, rec) != PROBLEM_NONE)
        fail_msg("%s", w->problem.detail);
}

/* A subnet with two ranges, each with addresses in it, and others; the higher range is longer than a set. */
static int64_t fill(struct world *w)
{
    struct ipam_subnet *s = subnet_of(w, "10.1.0.0/24");
    struct ipam_addr router = addr_of("10.1.0.1");
    RECORD_SET(s, IPAM_SUBNET_NAME, name, IPAM_STR("hall"));
    RECORD_SET(s, IPAM_SUBNET_GATEWAYS, gateways, ((struct ipam_addrs){ &router, 1 }));
    add(w, s);
    for (int i = 0; i < 12; i++) {
        char text[20];
        snprintf(text, sizeof(text), "10.1.0.%d", i < 5 ? 2 + i : 100 + i);
        add(w, address_of(w, text));
    }
    for (int i = 0; i < 6; i++) {
        char first[20], last[20];
        snprintf(first, sizeof(first), "10.1.0.%d", i < 5 ? 10 + 4 * i : 100);
        snprintf(last, sizeof(last), "10.1.0.%d", i < 5 ? 12 + 4 * i : 120);
        struct ipam_range *r = range_of(w, first, last, IPAM_RANGE_KIND_STATIC);
        struct ipam_str kept = str_from(first);
        RECORD_SET(r, IPAM_RANGE_RESERVED, reserved, ((struct ipam_strs){ &kept, 1 }));
        add(w, r);
    }
    return s->id;
}

static struct relocation relocation_of(struct world *w, int64_t subnet, int64_t job, const char *to)
{
    return (struct relocation){ .subnet = subnet,
                                .job = job,
                                .space = w->space,
                                .to = prefix_of(to),
                                .most = MOST,
                                .arena = &w->arena,
                                .may = allow };
}

static int64_t add_job(struct world *w, uint32_t state)
{
    struct ipam_job j;
    record_init(&j, IPAM_T_JOB);
    RECORD_SET(&j, IPAM_JOB_KIND, kind, IPAM_STR("move"));
    RECORD_SET(&j, IPAM_JOB_STATE, state, state);
    return world_put(w, &j);
}

static enum problem_type act(struct world *w, struct relocation *m,
                             int (*step)(struct draft *d, struct relocation *m, struct problem *p))
{
    world_open(w);
    world_begin(w);
    enum problem_type end = world_end(w, step(w->draft, m, &w->problem));
    world_publish(w);
    return end;
}

/* Every address is in one of the two subnets, and in a range exactly when it is one of the higher ones. */
static void assert_whole(struct world *w, const char *from, const char *to)
{
    const struct view *v = state_view(w->state);
    struct ipam_prefix old = prefix_of(from), new = prefix_of(to);
    for (int64_t id = 1; id < w->next_id; id++) {
        const struct ipam_address *a = world_row(w, IPAM_T_ADDRESS, id);
        struct ipam_address shown;
        if (a == NULL)
            continue;
        shown = *a;
        rule_derive(v, &shown);
        const struct ipam_subnet *s = world_row(w, IPAM_T_SUBNET, shown.parent);
        assert_non_null(s);
        assert_true(prefix_equal(&s->prefix, &old) || prefix_equal(&s->prefix, &new));
        bool in_range = false;
        for (int64_t r = 1; r < w->next_id; r++) {
            const struct ipam_range *range = world_row(w, IPAM_T_RANGE, r);
            in_range |= range != NULL && rule_is_mapped(range, a);
        }
        assert_int_equal(in_range, a->address.bytes[3] >= 100);
    }
}

/* Goes on until it is done, from where it is; how many sets it took. */
static int finish(struct world *w, struct relocation *m, const char *from, const char *to)
{
    int sets = 0;
    for (bool stand_ins = m->from.family == 0; stand_ins; stand_ins = m->from.family != 0) {
        assert_int_equal(act(w, m, rule_move_stand_ins), PROBLEM_NONE);
        assert_whole(w, from, to);
        m->from = m->ret_from;
        sets++;
    }
    do {
        assert_int_equal(act(w, m, rule_move_on), PROBLEM_NONE);
        assert_whole(w, from, to);
        assert_true(m->ret_addresses <= MOST && m->ret_ranges <= MOST / 2);
        m->from = m->ret_from;
        assert_true(++sets < 50);
    } while (!m->ret_done);
    return sets;
}

/* All that one change set has made of the same plan is what many have. */
static void assert_same(struct world *w, struct world *one)
{
    static const uint32_t types[] = { IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS };
    uint64_t all[2] = { ~(uint64_t)0 & ~((uint64_t)1 << 2), ~(uint64_t)0 };
    struct strbuf a, b;
    strbuf_init(&a, 1u << 20);
    strbuf_init(&b, 1u << 20);
    for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
        assert_int_equal(world_count(w, types[t]), world_count(one, types[t]));
        for (int64_t id = 1; id < w->next_id; id++) {
            const void *x = world_row(w, types[t], id), *y = world_row(one, types[t], id);
            assert_int_equal(x != NULL, y != NULL);
            if (x != NULL) {
                record_pack(x, all, &a);
                record_pack(y, all, &b);
            }
        }
    }
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    strbuf_fini(&a);
    strbuf_fini(&b);
}

static void move_by_one(struct world *w, int64_t subnet, const char *to)
{
    int64_t ids[1];
    struct ipam_prefix p = prefix_of(to);
    struct reshaping r = {
        .row = world_row(w, IPAM_T_SUBNET, subnet), .arena = &w->arena, .ret_ids = ids, .most = 1
    };
    world_open(w);
    world_begin(w);
    assert_int_equal(world_end(w, rule_relocate(w->draft, &r, w->space, &p, &w->problem)), PROBLEM_NONE);
    world_publish(w);
}

static void test_many_sets_do_what_one_does(void **state)
{
    struct world *w = *state;
    struct world one;
    int64_t id = fill(w);
    int64_t job = add_job(w, IPAM_JOB_STATE_RUNNING);
    struct relocation m = relocation_of(w, id, job, "10.7.0.0/24");
    assert_int_equal(act(w, &m, rule_move_begin), PROBLEM_NONE);
    assert_int_equal(((const struct ipam_subnet *)world_row(w, IPAM_T_SUBNET, id))->moving, job);
    /* 6 stand-ins by fours; 12 addresses by fours, of which the last set has room for no range; ranges by twos */
    assert_true(finish(w, &m, "10.1.0.0/24", "10.7.0.0/24") >= 8);
    world_init(&one);
    assert_int_equal(fill(&one), id);
    move_by_one(&one, id, "10.7.0.0/24");
    assert_same(w, &one);
    world_fini(&one);
}

/* Half of it has moved. */
static struct relocation half(struct world *w, int64_t id, int64_t job)
{
    struct relocation m = relocation_of(w, id, job, "10.7.0.0/24");
    assert_int_equal(act(w, &m, rule_move_begin), PROBLEM_NONE);
    do {
        assert_int_equal(act(w, &m, rule_move_stand_ins), PROBLEM_NONE);
        m.from = m.ret_from;
    } while (m.from.family != 0);
    assert_int_equal(act(w, &m, rule_move_on), PROBLEM_NONE);
    assert_int_equal(m.ret_addresses, MOST);
    m.from = m.ret_from;
    return m;
}

static void assert_closed(struct world *w, enum problem_type got, const char *subnet, const char *what)
{
    char text[200];
    assert_int_equal(got, PROBLEM_IN_USE);
    const struct ipam_subnet *s = world_row(w, IPAM_T_SUBNET, w->problem.about);
    snprintf(text, sizeof(text), "subnet %s (id %lld) is being moved by job %lld: %s", subnet,
             (long long)s->id, (long long)s->moving, what);
    assert_string_equal(w->problem.detail, text);
    assert_non_null(strstr(w->problem.hint, "revert"));
}

static enum problem_type allocate(struct world *w, int64_t subnet, int64_t range)
{
    int64_t ids[1];
    struct ipam_address fields;
    record_init(&fields, IPAM_T_ADDRESS);
    struct allocation a = { .subnet = subnet, .range = range, .count = 1, .fields = &fields, .ret_ids = ids };
    return world_allocate(w, &a);
}

static void test_nothing_new_comes_in_and_what_is_there_may_change(void **state)
{
    static const char closed[] = "nothing new comes into it", stays[] = "it stays as it is",
                      ranges[] = "its ranges stay as they are";
    static const char *const places[][4] = {
        { "10.1.0.0/24", "10.1.0.2", "10.1.0.240", "10.1.0.0/26" },   /* 10.1.0.2 has moved */
        { "10.7.0.0/24", "10.7.0.111", "10.7.0.240", "10.7.0.0/26" }, /* this is where another is to go */
    };
    struct world *w = *state;
    int64_t id = fill(w);
    struct relocation m = half(w, id, add_job(w, IPAM_JOB_STATE_RUNNING));
    struct ipam_prefix there = prefix_of("10.7.0.0/24");
    const struct view *v = state_view(w->state);
    const int64_t both[] = { id, view_by_prefix(v, IPAM_T_SUBNET, w->space, &there) };
    struct ipam_subnet patch;
    record_init(&patch, IPAM_T_SUBNET);
    RECORD_SET(&patch, IPAM_SUBNET_NAME, name, IPAM_STR("lobby"));
    for (int i = 0; i < 2; i++) {
        const struct ipam_subnet *s = world_row(w, IPAM_T_SUBNET, both[i]);
        assert_closed(w, world_create(w, address_of(w, places[i][1])), places[i][0], closed);
        assert_closed(w, world_create(w, range_of(w, places[i][2], places[i][2], IPAM_RANGE_KIND_STATIC)),
                      places[i][0], closed);
        assert_closed(w, world_create(w, subnet_of(w, places[i][3])), places[i][0], closed);
        assert_closed(w, allocate(w, both[i], 0), places[i][0], stays);
        assert_closed(w, world_update(w, s, &patch, none), places[i][0], stays);
        assert_closed(w, world_delete(w, s), places[i][0], stays);
    }
    struct ipam_range renamed;
    record_init(&renamed, IPAM_T_RANGE);
    RECORD_SET(&renamed, IPAM_RANGE_NAME, name, IPAM_STR("seats"));
    size_t seen = 0;
    for (int64_t r = 1; r < w->next_id; r++) {
        const struct ipam_range *range = world_row(w, IPAM_T_RANGE, r);
        if (range == NULL)
            continue;
        const char *in = range->first.bytes[1] == 1 ? "10.1.0.0/24" : "10.7.0.0/24";
        assert_closed(w, world_update(w, range, &renamed, none), in, ranges);
        assert_closed(w, world_delete(w, range), in, ranges);
        assert_closed(w, allocate(w, 0, r), in, ranges);
        seen++;
    }
    assert_int_equal(seen, 12);
    /* Addresses on both sides change, and go. */
    struct ipam_address name;
    record_init(&name, IPAM_T_ADDRESS);
    RECORD_SET(&name, IPAM_ADDRESS_NAME, name, IPAM_STR("late"));
    int64_t moved = rule_address_at(v, w->space, &(struct ipam_addr){ 4, { 10, 7, 0, 2 } });
    int64_t waits = rule_address_at(v, w->space, &(struct ipam_addr){ 4, { 10, 1, 0, 111 } });
    int64_t goes = rule_address_at(v, w->space, &(struct ipam_addr){ 4, { 10, 1, 0, 110 } });
    assert_int_equal(world_update(w, world_row(w, IPAM_T_ADDRESS, moved), &name, none), PROBLEM_NONE);
    assert_int_equal(world_update(w, world_row(w, IPAM_T_ADDRESS, waits), &name, none), PROBLEM_NONE);
    assert_int_equal(world_delete(w, world_row(w, IPAM_T_ADDRESS, goes)), PROBLEM_NONE);
    add(w, subnet_of(w, "10.0.0.0/12")); /* around both of them */
    finish(w, &m, "10.1.0.0/24", "10.7.0.0/24");
    const struct ipam_address *a = world_row(w, IPAM_T_ADDRESS, waits);
    struct ipam_addr at = addr_of("10.7.0.111");
    assert_true(str_is(a->name, "late") && addr_equal(&a->address, &at));
    assert_true(str_is(((const struct ipam_address *)world_row(w, IPAM_T_ADDRESS, moved))->name, "late"));
    assert_int_equal(world_count(w, IPAM_T_ADDRESS), 11);
    add(w, address_of(w, "10.7.0.240")); /* open again */
}

/* A pool hands out of its other member. */
static void test_a_pool_passes_it_over(void **state)
{
    struct world *w = *state;
    int64_t id = fill(w), ids[1];
    struct ipam_subnet *other = subnet_of(w, "192.168.0.0/24");
    add(w, other);
    half(w, id, 99);
    struct ipam_str members[2] = { str_from(arena_printf(&w->arena, "subnet %lld", (long long)id)),
                                   str_from(arena_printf(&w->arena, "subnet %lld", (long long)other->id)) };
    struct ipam_address_pool *pool = record_new(&w->arena, IPAM_T_ADDRESS_POOL);
    RECORD_SET(pool, IPAM_ADDRESS_POOL_SPACE, space, w->space);
    RECORD_SET(pool, IPAM_ADDRESS_POOL_NAME, name, IPAM_STR("edge"));
    RECORD_SET(pool, IPAM_ADDRESS_POOL_MEMBERS, members, ((struct ipam_strs){ members, 2 }));
    add(w, pool);
    struct pool_try tries[POOL_MEMBERS];
    struct pool_request q = { .pool = pool->id, .ret_tries = tries };
    struct ipam_address fields;
    record_init(&fields, IPAM_T_ADDRESS);
    struct allocation a = { .count = 1, .fields = &fields, .ret_ids = ids };
    world_open(w);
    world_begin(w);
    assert_int_equal(world_end(w, rule_pool_allocate(w->draft, &q, &a, &w->problem)), PROBLEM_NONE);
    world_publish(w);
    struct ipam_addr first = addr_of("192.168.0.1");
    assert_true(
        addr_equal(&((const struct ipam_address *)world_row(w, IPAM_T_ADDRESS, ids[0]))->address, &first));
    assert_int_equal(tries[0].why, PROBLEM_IN_USE);
}

/* That it was released is undone, where the move has been already. */
static void test_what_comes_back_behind_is_taken_along(void **state)
{
    struct world *w = *state;
    struct ipam_subnet *s = subnet_of(w, "10.1.0.0/24");
    add(w, s);
    for (int i = 0; i < MOST + 1; i++) {
        char text[20];
        snprintf(text, sizeof(text), "10.1.0.%d", 2 + i);
        add(w, address_of(w, text));
    }
    struct relocation m = half(w, s->id, 99);
    struct ipam_address *behind = address_of(w, "10.1.0.1");
    RECORD_SET(behind, IPAM_ADDRESS_SPACE, space, w->space);
    world_put(w, behind);
    finish(w, &m, "10.1.0.0/24", "10.7.0.0/24");
    assert_int_equal(
        rule_address_at(state_view(w->state), w->space, &(struct ipam_addr){ 4, { 10, 7, 0, 1 } }),
        behind->id);
    assert_int_equal(world_count(w, IPAM_T_ADDRESS), MOST + 2);
}

static void test_another_job_goes_on_when_the_first_has_ended(void **state)
{
    struct world *w = *state;
    int64_t id = fill(w);
    int64_t first = add_job(w, IPAM_JOB_STATE_RUNNING);
    struct relocation m = half(w, id, first);
    struct relocation next = relocation_of(w, id, add_job(w, IPAM_JOB_STATE_RUNNING), "10.7.0.0/24");
    assert_closed(w, act(w, &next, rule_move_begin), "10.1.0.0/24",
                  "it stays as it is"); /* begun meanwhile */
    next.continues = first;
    assert_closed(w, act(w, &next, rule_move_begin), "10.1.0.0/24",
                  "it stays as it is"); /* and still running */
    struct ipam_job ended = *(const struct ipam_job *)world_row(w, IPAM_T_JOB, first);
    RECORD_SET(&ended, IPAM_JOB_STATE, state, IPAM_JOB_STATE_INTERRUPTED);
    world_open(w);
    world_begin(w);
    draft_replace(w->draft, view_get(draft_view(w->draft), IPAM_T_JOB, first), &ended);
    assert_int_equal(world_end(w, 0), PROBLEM_NONE);
    world_publish(w);
    struct relocation elsewhere = relocation_of(w, id, next.job, "10.8.0.0/24");
    elsewhere.continues = first;
    assert_int_equal(act(w, &elsewhere, rule_move_begin), PROBLEM_IN_USE);
    assert_non_null(strstr(w->problem.detail, "is moved to another place in part"));
    assert_int_equal(act(w, &next, rule_move_begin), PROBLEM_NONE);
    assert_int_equal(((const struct ipam_subnet *)world_row(w, IPAM_T_SUBNET, id))->moving, first);
    /* The first one, were it still there, does no more. */
    assert_int_equal(act(w, &m, rule_move_on), PROBLEM_IN_USE);
    assert_non_null(strstr(w->problem.detail, "gone on with by another job"));
    finish(w, &next, "10.1.0.0/24", "10.7.0.0/24");
    assert_int_equal(world_count(w, IPAM_T_SUBNET), 1);
    assert_int_equal(world_count(w, IPAM_T_RANGE), 6);
    assert_int_equal(act(w, &next, rule_move_on), PROBLEM_IN_USE);
}

static void refused(struct world *w, struct relocation *m, const char *slug, const char *detail)
{
    int64_t head = w->head;
    w->problem = (struct problem){ 0 };
    assert_int_not_equal(rule_move_check(state_view(w->state), m, &w->problem), 0);
    assert_problem(w, slug, detail);
    assert_int_not_equal(act(w, m, rule_move_begin), PROBLEM_NONE);
    assert_problem(w, slug, detail);
    assert_int_equal(w->head, head);
}

static void test_what_stands_in_the_way_is_found_before(void **state)
{
    struct world *w = *state;
    int64_t id = fill(w);
    struct relocation m = relocation_of(w, id, 99, "10.7.0.0/23");
    refused(w, &m, "invalid", "prefix: 10.1.0.0/24 cannot move to 10.7.0.0/23, which is of another size");
    m.to = prefix_of("10.7.0.0/24");
    struct ipam_subnet *inner = subnet_of(w, "10.7.0.64/26");
    add(w, inner);
    char text[200];
    snprintf(text, sizeof(text), "subnet 10.7.0.64/26 (id %lld) lies in it there", (long long)inner->id);
    refused(w, &m, "overlap", text);
    assert_int_equal(world_delete(w, world_row(w, IPAM_T_SUBNET, inner->id)), PROBLEM_NONE);
    add(w, subnet_of(w, "10.7.0.0/20"));
    struct ipam_range *there = range_of(w, "10.7.0.120", "10.7.0.130", IPAM_RANGE_KIND_STATIC);
    add(w, there);
    snprintf(text, sizeof(text), "range 10.7.0.120-10.7.0.130 (id %lld) is where one of its ranges would be",
             (long long)there->id);
    refused(w, &m, "overlap", text);
    assert_int_equal(world_delete(w, world_row(w, IPAM_T_RANGE, there->id)), PROBLEM_NONE);
    assert_int_equal(rule_move_check(state_view(w->state), &m, &w->problem), 0);
    /* Of addresses, one by one. */
    struct ipam_address *taken = address_of(w, "10.7.0.111");
    add(w, taken);
    int64_t at = rule_address_at(state_view(w->state), w->space, &(struct ipam_addr){ 4, { 10, 1, 0, 111 } });
    assert_int_not_equal(
        rule_move_address_check(state_view(w->state), &m, world_row(w, IPAM_T_ADDRESS, at), &w->problem), 0);
    snprintf(text, sizeof(text),
             "address 10.7.0.111, where one of its addresses would be, exists already (id %lld)",
             (long long)taken->id);
    assert_problem(w, "exists", text);
}

static void test_what_a_server_has_is_in_the_way(void **state)
{
    struct world *w = *state;
    int64_t id = fill(w);
    int64_t server = world_server(w, "dhcp", true);
    struct relocation m = relocation_of(w, id, 99, "10.7.0.0/24");
    struct ipam_addr first = addr_of("10.1.0.0"), last = addr_of("10.1.0.255"),
                     before = addr_of("10.1.0.199");
    assert_int_equal(rule_move_held(state_view(w->state), &m, first, &last, &w->problem), 0);
    world_lease(w, server, "10.1.0.200", IPAM_LEASE_STATE_ACTIVE);
    assert_int_equal(rule_move_held(state_view(w->state), &m, first, &before, &w->problem), 0);
    assert_int_not_equal(rule_move_held(state_view(w->state), &m, first, &last, &w->problem), 0);
    assert_problem(w, "managed-elsewhere", "10.1.0.200 has a lease of a server");
}

/* What was released stays kept back where it was used, however much of it there is. */
static void test_quarantine_stays(void **state)
{
    struct world *w = *state;
    int64_t id = fill(w);
    struct ipam_subnet patch;
    record_init(&patch, IPAM_T_SUBNET);
    RECORD_SET(&patch, IPAM_SUBNET_QUARANTINE, quarantine, 3600);
    assert_int_equal(world_update(w, world_row(w, IPAM_T_SUBNET, id), &patch, none), PROBLEM_NONE);
    for (int64_t a = 1, gone = 0; a < w->next_id && gone < 2 * MOST; a++)
        if (world_row(w, IPAM_T_ADDRESS, a) != NULL) {
            assert_int_equal(world_delete(w, world_row(w, IPAM_T_ADDRESS, a)), PROBLEM_NONE);
            gone++;
        }
    assert_int_equal(world_count(w, IPAM_T_QUARANTINE), 2 * MOST);
    struct relocation m = relocation_of(w, id, 99, "10.7.0.0/24");
    assert_int_equal(act(w, &m, rule_move_begin), PROBLEM_NONE);
    finish(w, &m, "10.1.0.0/24", "10.7.0.0/24");
    assert_int_equal(world_count(w, IPAM_T_ADDRESS), 12 - 2 * MOST);
    for (int64_t q = 1; q < w->next_id; q++)
        if (world_row(w, IPAM_T_QUARANTINE, q) != NULL)
            assert_int_equal(
                ((const struct ipam_quarantine *)world_row(w, IPAM_T_QUARANTINE, q))->address.bytes[1], 1);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test_setup_teardown(test_many_sets_do_what_one_does, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_new_comes_in_and_what_is_there_may_change, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_pool_passes_it_over, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_comes_back_behind_is_taken_along, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_job_goes_on_when_the_first_has_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_stands_in_the_way_is_found_before, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_a_server_has_is_in_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quarantine_stays, setup, teardown),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}
