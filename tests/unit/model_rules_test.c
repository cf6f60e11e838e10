/* model_rules_test.c - what may be created, changed and deleted, and what each refusal says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

/* What stands in the world of these tests. */
struct plan {
    struct world w;
    int64_t block, subnet, subnet6, range, address, server, scope;
    int64_t collected, collected_range; /* came from the server */
};

static int64_t made(struct world *w, void *rec)
{
    assert_int_equal(world_create(w, rec), PROBLEM_NONE);
    return *(int64_t *)((char *)rec + record_type(((struct ipam_record *)rec)->type)->fields[0].offset);
}

static void plan_init(struct plan *p)
{
    struct world *w = &p->w;
    world_init(w);
    p->block = made(w, block_of(w, "10.0.0.0/8"));
    p->subnet = made(w, subnet_of(w, "10.0.0.0/24"));
    p->subnet6 = made(w, subnet_of(w, "2001:db8::/64"));
    p->range = made(w, range_of(w, "10.0.0.10", "10.0.0.20", IPAM_RANGE_KIND_STATIC));
    p->address = made(w, address_of(w, "10.0.0.5"));
    p->server = world_server(w, "dhcp1", true);
    p->scope = world_scope(w, p->server, "10.9.0.0/24", "1");
    struct ipam_subnet *s = subnet_of(w, "10.9.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    RECORD_SET(s, IPAM_SUBNET_INSTANCE, instance, IPAM_STR("dhcp1"));
    p->collected = made(w, s);
    struct ipam_range *r = range_of(w, "10.9.0.100", "10.9.0.200", IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    RECORD_SET(r, IPAM_RANGE_INSTANCE, instance, IPAM_STR("dhcp1"));
    RECORD_SET(r, IPAM_RANGE_SCOPE, scope, p->scope);
    p->collected_range = made(w, r);
}

/* One object that is refused. `first` is a prefix, an address or a name; `space` 0 means the default one. */
struct refused_create {
    uint32_t type;
    const char *first, *last;
    int64_t space;
    const char *slug, *detail, *hint;
};

static void *record_for(struct world *w, const struct refused_create *row)
{
    switch (row->type) {
    case IPAM_T_BLOCK: {
        struct ipam_block *b = block_of(w, row->first);
        if (row->space != 0)
            RECORD_SET(b, IPAM_BLOCK_SPACE, space, row->space);
        return b;
    }
    case IPAM_T_SUBNET: {
        struct ipam_subnet *s = subnet_of(w, row->first);
        if (row->space != 0)
            RECORD_SET(s, IPAM_SUBNET_SPACE, space, row->space);
        return s;
    }
    case IPAM_T_RANGE: {
        struct ipam_range *r = range_of(w, row->first, row->last, IPAM_RANGE_KIND_STATIC);
        if (row->space != 0)
            RECORD_SET(r, IPAM_RANGE_SPACE, space, row->space);
        return r;
    }
    case IPAM_T_ADDRESS: {
        struct ipam_address *a = address_of(w, row->first);
        if (row->space != 0)
            RECORD_SET(a, IPAM_ADDRESS_SPACE, space, row->space);
        return a;
    }
    case IPAM_T_SERVER: {
        struct ipam_server *s = record_new(&w->arena, IPAM_T_SERVER);
        RECORD_SET(s, IPAM_SERVER_NAME, name, str_from(row->first));
        if (row->space != 0)
            RECORD_SET(s, IPAM_SERVER_SPACE, space, row->space);
        return s;
    }
    case IPAM_T_SPACE: {
        struct ipam_space *s = record_new(&w->arena, IPAM_T_SPACE);
        RECORD_SET(s, IPAM_SPACE_NAME, name, str_from(row->first));
        return s;
    }
    default: return record_new(&w->arena, row->type);
    }
}

#define SPACES       "list the spaces with GET /api/v1/ipam/spaces"
#define CHANGE_IT    "change the existing one, or delete it first"
#define LOW_HIGH     "give the lower address as first and the higher one as last, both of one family"
#define SUBNET_FIRST "add the subnet that holds both ends first"

static void test_create_refused(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    const struct refused_create rows[] = {
        { IPAM_T_BLOCK, "10.0.0.0/8", NULL, 0, "exists", "block 10.0.0.0/8 exists already (id 2)",
          CHANGE_IT },
        { IPAM_T_BLOCK, "10.0.0.0/9", NULL, 99, "invalid", "space: there is no address space 99", SPACES },
        { IPAM_T_SUBNET, "10.0.0.0/24", NULL, 0, "exists", "subnet 10.0.0.0/24 exists already (id 3)",
          CHANGE_IT },
        { IPAM_T_SUBNET, "10.1.0.0/24", NULL, 99, "invalid", "space: there is no address space 99", SPACES },
        { IPAM_T_RANGE, "10.0.0.30", "10.0.0.29", 0, "invalid",
          "range 10.0.0.30-10.0.0.29: first is not below or equal to last", LOW_HIGH },
        { IPAM_T_RANGE, "10.0.0.30", "2001:db8::1", 0, "invalid",
          "range 10.0.0.30-2001:db8::1: first is not below or equal to last", LOW_HIGH },
        { IPAM_T_RANGE, "10.0.0.250", "10.0.1.5", 0, "invalid", "range 10.0.0.250-10.0.1.5 lies in no subnet",
          SUBNET_FIRST },
        { IPAM_T_RANGE, "10.0.7.1", "10.0.7.5", 0, "invalid", "range 10.0.7.1-10.0.7.5 lies in no subnet",
          SUBNET_FIRST },
        { IPAM_T_RANGE, "10.0.0.20", "10.0.0.30", 0, "overlap",
          "range 10.0.0.20-10.0.0.30 overlaps range 10.0.0.10-10.0.0.20 (id 5)",
          "ranges of one source do not overlap" },
        { IPAM_T_RANGE, "10.0.0.30", "10.0.0.31", 99, "invalid", "space: there is no address space 99",
          SPACES },
        { IPAM_T_ADDRESS, "10.0.0.5", NULL, 0, "exists", "address 10.0.0.5 exists already (id 6)",
          "change the existing one, or release it first" },
        { IPAM_T_ADDRESS, "10.0.0.6", NULL, 99, "invalid", "space: there is no address space 99", SPACES },
        { IPAM_T_SERVER, "dhcp1", NULL, 0, "exists", "server dhcp1 exists already (id 7)", CHANGE_IT },
        { IPAM_T_SERVER, "dhcp2", NULL, 99, "invalid", "space: there is no address space 99", SPACES },
        { IPAM_T_SPACE, "default", NULL, 0, "exists", "space default exists already (id 1)",
          "use the existing one, or choose another name" },
        { IPAM_T_SCOPE, NULL, NULL, 0, "unsupported", "a scope cannot be created here", "" },
        { IPAM_T_LEASE, NULL, NULL, 0, "unsupported", "a lease cannot be created here", "" },
    };
    int64_t head = p.w.head, next_id = p.w.next_id;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row %zu: %s\n", i, rows[i].detail);
        assert_int_not_equal(world_create(&p.w, record_for(&p.w, &rows[i])), PROBLEM_NONE);
        assert_problem(&p.w, rows[i].slug, rows[i].detail);
        assert_string_equal(p.w.problem.hint, rows[i].hint);
    }
    assert_int_equal(p.w.head, head); /* nothing that was refused left anything */
    assert_int_equal(p.w.next_id, next_id);
    world_fini(&p.w);
}

static void test_create_fills_in(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    const struct ipam_subnet *s = world_row(&p.w, IPAM_T_SUBNET, p.subnet);
    assert_int_equal(s->space, p.w.space);
    assert_true(str_is(s->managed_by, MODEL_SELF));
    assert_int_equal(s->rev, 3);
    const struct ipam_address *a = world_row(&p.w, IPAM_T_ADDRESS, p.address);
    assert_int_equal(a->space, p.w.space);
    assert_true(str_is(a->managed_by, MODEL_SELF));
    struct ipam_range *r = record_new(&p.w.arena, IPAM_T_RANGE);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, addr_of("10.0.0.40"));
    RECORD_SET(r, IPAM_RANGE_LAST, last, addr_of("10.0.0.40"));
    assert_int_equal(world_create(&p.w, r), PROBLEM_NONE);
    assert_true(record_has(r, IPAM_RANGE_KIND));
    assert_int_equal(r->kind, IPAM_RANGE_KIND_STATIC);
    struct ipam_server *v = record_new(&p.w.arena, IPAM_T_SERVER);
    RECORD_SET(v, IPAM_SERVER_NAME, name, IPAM_STR("dhcp2"));
    assert_int_equal(world_create(&p.w, v), PROBLEM_NONE);
    assert_int_equal(v->space, p.w.space);
    assert_int_equal(v->managed, 0);
    assert_int_equal(v->state, IPAM_SERVER_STATE_UNKNOWN);
    world_fini(&p.w);
}

/* Ranges of different sources may lie over each other, and one prefix may be a block and a subnet. */
static void test_create_beside_others(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    made(&p.w, range_of(&p.w, "10.9.0.150", "10.9.0.160", IPAM_RANGE_KIND_STATIC));
    made(&p.w, block_of(&p.w, "10.0.0.0/24"));
    made(&p.w, block_of(&p.w, "10.0.0.0/30"));
    world_lease(&p.w, p.server, "10.0.0.9", IPAM_LEASE_STATE_ACTIVE);
    made(&p.w, address_of(&p.w, "10.0.0.9")); /* somebody has it: now the plan knows who */
    world_fini(&p.w);
}

/* An intent that is decided again finds its records with the ids of the first time. */
static void test_decided_again(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    struct ipam_block *mine = block_of(&p.w, "10.1.0.0/16"), *other = block_of(&p.w, "10.2.0.0/16");
    world_open(&p.w);
    world_create(&p.w, mine);
    world_drop(&p.w); /* the batch failed */
    world_open(&p.w);
    world_create(&p.w, other); /* meanwhile somebody else got that id */
    assert_int_equal(other->id, mine->id);
    assert_int_equal(world_create(&p.w, mine), PROBLEM_NONE);
    world_publish(&p.w);
    assert_int_not_equal(mine->id, other->id);
    const struct ipam_block *b = world_row(&p.w, IPAM_T_BLOCK, other->id);
    assert_true(prefix_equal(&b->prefix, &other->prefix));
    world_fini(&p.w);
}

static struct ipam_subnet *with_vlans(struct world *w, const char *prefix, const int64_t *vlans, size_t count)
{
    struct ipam_subnet *s = prefix != NULL ? subnet_of(w, prefix) : record_new(&w->arena, IPAM_T_SUBNET);
    RECORD_SET(s, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ vlans, count }));
    return s;
}

static void test_vlans(void **state)
{
    static const int64_t good[] = { 1, 4094 }, bad[][2] = { { 10, 0 }, { 10, 4095 }, { -1, 10 } };
    static const char *const details[] = { "vlans: 0 is no VLAN id", "vlans: 4095 is no VLAN id",
                                           "vlans: -1 is no VLAN id" };
    static const uint64_t none[2];
    struct plan p;
    (void)state;
    plan_init(&p);
    for (size_t i = 0; i < 3; i++) {
        world_create(&p.w, with_vlans(&p.w, "10.4.0.0/24", bad[i], 2));
        assert_problem(&p.w, "invalid", details[i]);
        world_update(&p.w, world_row(&p.w, IPAM_T_SUBNET, p.subnet), with_vlans(&p.w, NULL, bad[i], 2), none);
        assert_problem(&p.w, "invalid", details[i]);
        assert_string_equal(p.w.problem.hint, "give VLAN ids from 1 to 4094");
    }
    made(&p.w, with_vlans(&p.w, "10.4.0.0/24", good, 2));
    world_update(&p.w, world_row(&p.w, IPAM_T_SUBNET, p.subnet), with_vlans(&p.w, NULL, good, 2), none);
    const struct ipam_subnet *s = world_row(&p.w, IPAM_T_SUBNET, p.subnet);
    assert_int_equal(s->vlans.count, 2);
    world_fini(&p.w);
}

static void test_update(void **state)
{
    static const uint64_t none[2];
    uint64_t cleared[2] = { (uint64_t)1 << IPAM_SUBNET_NAME, 0 };
    struct plan p;
    (void)state;
    plan_init(&p);
    struct ipam_subnet *patch = record_new(&p.w.arena, IPAM_T_SUBNET);
    RECORD_SET(patch, IPAM_SUBNET_NAME, name, IPAM_STR("office"));
    int64_t head = p.w.head;
    assert_int_equal(world_update(&p.w, world_row(&p.w, IPAM_T_SUBNET, p.subnet), patch, none), PROBLEM_NONE);
    const struct ipam_subnet *s = world_row(&p.w, IPAM_T_SUBNET, p.subnet);
    assert_true(str_is(s->name, "office"));
    assert_int_equal(s->rev, head + 1);
    assert_int_equal(s->prefix.length, 24); /* the rest is as it was */
    world_update(&p.w, s, patch, none);
    assert_int_equal(p.w.head, head + 1); /* nothing changed: no revision */
    patch = record_new(&p.w.arena, IPAM_T_SUBNET);
    world_update(&p.w, s, patch, cleared);
    s = world_row(&p.w, IPAM_T_SUBNET, p.subnet);
    assert_false(record_has(s, IPAM_SUBNET_NAME));
    /* What a server configures may be annotated, but not changed. */
    RECORD_SET(patch, IPAM_SUBNET_DESCRIPTION, description, IPAM_STR("third floor"));
    assert_int_equal(world_update(&p.w, world_row(&p.w, IPAM_T_SUBNET, p.collected), patch, none),
                     PROBLEM_NONE);
    struct ipam_scope *name = record_new(&p.w.arena, IPAM_T_SCOPE);
    world_update(&p.w, world_row(&p.w, IPAM_T_SCOPE, p.scope), name, none);
    assert_problem(&p.w, "unsupported", "changing a scope is not supported");
    world_fini(&p.w);
}

static void test_delete_refused(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    const struct {
        uint32_t type;
        int64_t id;
        const char *slug, *detail, *hint;
    } rows[] = {
        { IPAM_T_SUBNET, p.subnet, "in-use",
          "subnet 10.0.0.0/24 holds addresses in use, the first of them 10.0.0.5",
          "release or move them first: GET /api/v1/ipam/addresses?within=10.0.0.0/24" },
        { IPAM_T_SUBNET, p.collected, "managed-elsewhere", "this subnet comes from a server",
          "change it on the server and collect again" },
        { IPAM_T_RANGE, p.collected_range, "managed-elsewhere", "this range comes from a server",
          "change it on the server and collect again" },
        { IPAM_T_SCOPE, p.scope, "managed-elsewhere", "this scope comes from a server",
          "change it on the server and collect again" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row %zu: %s\n", i, rows[i].detail);
        assert_int_not_equal(world_delete(&p.w, world_row(&p.w, rows[i].type, rows[i].id)), PROBLEM_NONE);
        assert_problem(&p.w, rows[i].slug, rows[i].detail);
        assert_string_equal(p.w.problem.hint, rows[i].hint);
        assert_non_null(world_row(&p.w, rows[i].type, rows[i].id));
    }
    world_fini(&p.w);
}

static void test_delete_subnet_with_ranges(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    assert_int_equal(world_delete(&p.w, world_row(&p.w, IPAM_T_ADDRESS, p.address)), PROBLEM_NONE);
    world_delete(&p.w, world_row(&p.w, IPAM_T_SUBNET, p.subnet));
    assert_problem(&p.w, "in-use", "subnet 10.0.0.0/24 holds range 5");
    assert_string_equal(p.w.problem.hint, "delete its ranges first");
    assert_int_equal(world_delete(&p.w, world_row(&p.w, IPAM_T_RANGE, p.range)), PROBLEM_NONE);
    assert_int_equal(world_delete(&p.w, world_row(&p.w, IPAM_T_SUBNET, p.subnet)), PROBLEM_NONE);
    assert_null(world_row(&p.w, IPAM_T_SUBNET, p.subnet));
    made(&p.w, subnet_of(&p.w, "10.0.0.0/24"));
    /* A range of a server in a subnet of the plan goes with its scope. */
    int64_t id = made(&p.w, subnet_of(&p.w, "10.5.0.0/24"));
    struct ipam_range *r = range_of(&p.w, "10.5.0.10", "10.5.0.20", IPAM_RANGE_KIND_DYNAMIC);
    RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR("dummy"));
    made(&p.w, r);
    world_delete(&p.w, world_row(&p.w, IPAM_T_SUBNET, id));
    assert_int_equal(p.w.problem.type, PROBLEM_IN_USE);
    assert_string_equal(p.w.problem.hint, "remove its scope on the server and collect again");
    world_fini(&p.w);
}

/* A subnet in which the same batch has just handed out an address is not empty. */
static void test_delete_subnet_in_the_batch_that_fills_it(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    int64_t id = made(&p.w, subnet_of(&p.w, "10.3.0.0/24"));
    world_open(&p.w);
    assert_int_equal(world_create(&p.w, address_of(&p.w, "10.3.0.1")), PROBLEM_NONE);
    world_delete(&p.w, world_row(&p.w, IPAM_T_SUBNET, id));
    assert_problem(&p.w, "in-use", "subnet 10.3.0.0/24 holds addresses in use, the first of them 10.3.0.1");
    world_publish(&p.w);
    assert_non_null(world_row(&p.w, IPAM_T_SUBNET, id));
    world_fini(&p.w);
}

/* Blocks only group: what is inside one stays when it goes. */
static void test_delete_block(void **state)
{
    struct plan p;
    (void)state;
    plan_init(&p);
    assert_int_equal(world_delete(&p.w, world_row(&p.w, IPAM_T_BLOCK, p.block)), PROBLEM_NONE);
    assert_null(world_row(&p.w, IPAM_T_BLOCK, p.block));
    assert_non_null(world_row(&p.w, IPAM_T_SUBNET, p.subnet));
    made(&p.w, block_of(&p.w, "10.0.0.0/8"));
    world_fini(&p.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_refused),
        cmocka_unit_test(test_create_fills_in),
        cmocka_unit_test(test_create_beside_others),
        cmocka_unit_test(test_decided_again),
        cmocka_unit_test(test_vlans),
        cmocka_unit_test(test_update),
        cmocka_unit_test(test_delete_refused),
        cmocka_unit_test(test_delete_subnet_with_ranges),
        cmocka_unit_test(test_delete_subnet_in_the_batch_that_fills_it),
        cmocka_unit_test(test_delete_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
