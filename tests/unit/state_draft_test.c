/* state_draft_test.c - drafts: what is seen, taken back, published; the revisions and log rows they make.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>

static struct ipam_server *server_named(struct world *w, const char *name)
{
    struct ipam_server *s = record_new(&w->arena, IPAM_T_SERVER);
    RECORD_SET(s, IPAM_SERVER_NAME, name, str_from(name));
    RECORD_SET(s, IPAM_SERVER_SPACE, space, w->space);
    return s;
}

static int64_t by_name(const struct view *v, const char *name)
{
    return view_by_name(v, IPAM_T_SERVER, str_from(name));
}

static void test_readers_see_what_is_published(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    const struct view *readers = state_view(w.state);
    world_open(&w);
    struct ipam_subnet *s = subnet_of(&w, "10.0.0.0/24");
    struct ipam_range *r = range_of(&w, "10.0.0.1", "10.0.0.9", IPAM_RANGE_KIND_STATIC);
    world_create(&w, s);
    world_create(&w, r);
    world_create(&w, address_of(&w, "10.0.0.1"));
    struct ipam_prefix inside = prefix_of("10.0.0.64/26"), around = prefix_of("10.0.0.0/8");
    struct ipam_addr first = addr_of("10.0.0.0"), last = addr_of("10.0.0.255"), used;
    struct view_user u[2];
    assert_null(view_get(readers, IPAM_T_SUBNET, s->id));
    assert_int_equal(view_enclosing(readers, IPAM_T_SUBNET, w.space, &inside, true), 0);
    assert_int_equal(view_first_inside(readers, IPAM_T_SUBNET, w.space, &around), 0);
    assert_int_equal(view_users(readers, w.space, &r->first, u, 2), 0);
    assert_int_equal(view_first_used(readers, w.space, &first, &last, &used), IPAM_E_NOENT);
    assert_int_equal(state_head(w.state), 1);
    const struct view *inner = draft_view(w.draft);
    assert_int_equal(view_enclosing(inner, IPAM_T_SUBNET, w.space, &inside, true), s->id);
    assert_int_equal(view_first_inside(inner, IPAM_T_SUBNET, w.space, &around), s->id);
    assert_int_equal(view_first_used(inner, w.space, &first, &last, &used), 0);
    assert_true(addr_equal(&used, &r->first));
    world_publish(&w);
    assert_non_null(view_get(readers, IPAM_T_SUBNET, s->id));
    assert_int_equal(view_enclosing(readers, IPAM_T_SUBNET, w.space, &inside, true), s->id);
    assert_int_equal(view_users(readers, w.space, &r->first, u, 2), 1);
    assert_int_equal(u[0].type, IPAM_T_ADDRESS);
    assert_int_equal(state_head(w.state), 4);
    world_fini(&w);
}

/* Ids and names of what was refused mean something else afterwards. */
static void test_names_of_refused_rows(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_open(&w);
    world_begin(&w);
    struct ipam_server *foo = server_named(&w, "foo"), *bar = server_named(&w, "bar");
    assert_int_equal(rule_create(w.draft, foo, &w.problem), 0);
    assert_int_equal(by_name(draft_view(w.draft), "foo"), foo->id);
    world_end(&w, problem_set(&w.problem, PROBLEM_DENIED, "no"));
    assert_int_equal(by_name(draft_view(w.draft), "foo"), 0);
    assert_null(view_get(draft_view(w.draft), IPAM_T_SERVER, foo->id));
    assert_int_equal(world_create(&w, bar), PROBLEM_NONE);
    assert_int_equal(bar->id, foo->id);
    assert_int_equal(by_name(draft_view(w.draft), "foo"), 0);
    assert_int_equal(by_name(draft_view(w.draft), "bar"), bar->id);
    assert_int_equal(world_create(&w, foo), PROBLEM_NONE);
    world_publish(&w);
    assert_int_equal(by_name(state_view(w.state), "foo"), foo->id);
    assert_int_equal(by_name(state_view(w.state), "bar"), bar->id);
    /* A name that was given away is free in the draft before readers know. */
    world_open(&w);
    assert_int_equal(world_delete(&w, foo), PROBLEM_NONE);
    assert_int_equal(by_name(draft_view(w.draft), "foo"), 0);
    assert_int_equal(by_name(state_view(w.state), "foo"), foo->id);
    world_publish(&w);
    assert_int_equal(by_name(state_view(w.state), "foo"), 0);
    world_fini(&w);
}

static int64_t claim_put(struct world *w, const char *text, int64_t space)
{
    struct ipam_claim c;
    record_init(&c, IPAM_T_CLAIM);
    RECORD_SET(&c, IPAM_CLAIM_SPACE, space, space);
    RECORD_SET(&c, IPAM_CLAIM_CLAIM, claim, str_from(text));
    draft_put(w->draft, &c);
    return c.id;
}

static int64_t claim_find(struct world *w, const char *text, int64_t space)
{
    struct ipam_claim like;
    record_init(&like, IPAM_T_CLAIM);
    RECORD_SET(&like, IPAM_CLAIM_SPACE, space, space);
    RECORD_SET(&like, IPAM_CLAIM_CLAIM, claim, str_from(text));
    const struct ipam_claim *c = draft_find(w->draft, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &like);
    return c != NULL ? c->id : 0;
}

static void test_find_by_key(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_open(&w);
    world_begin(&w);
    int64_t a = claim_put(&w, "a", 1);
    assert_int_equal(claim_find(&w, "a", 1), a);
    world_end(&w, problem_set(&w.problem, PROBLEM_DENIED, "no"));
    assert_int_equal(claim_find(&w, "a", 1), 0);
    world_begin(&w);
    int64_t b = claim_put(&w, "b", 1);
    assert_int_equal(b, a); /* the id the refused one had */
    assert_int_equal(claim_find(&w, "a", 1), 0);
    assert_int_equal(claim_find(&w, "b", 1), b);
    assert_int_equal(claim_find(&w, "b", 2), 0);
    int64_t other = claim_put(&w, "b", 2);
    world_end(&w, 0);
    world_publish(&w);
    world_open(&w); /* as fetched from storage */
    assert_int_equal(claim_find(&w, "b", 1), b);
    assert_int_equal(claim_find(&w, "b", 2), other);
    world_begin(&w);
    draft_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_CLAIM, b));
    assert_int_equal(claim_find(&w, "b", 1), 0);
    world_end(&w, problem_set(&w.problem, PROBLEM_DENIED, "no"));
    assert_int_equal(claim_find(&w, "b", 1), b);
    world_fini(&w);
}

/* An intent that touches a row twice makes one op: no reader, version or log row shows what was in
 * between. */
static void test_one_op_a_row(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_open(&w);
    world_begin(&w);
    struct ipam_address *a = address_of(&w, "10.0.0.1");
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, w.space);
    draft_put(w.draft, a);
    RECORD_SET(a, IPAM_ADDRESS_NAME, name, IPAM_STR("one"));
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id), a);
    world_end(&w, 0);
    assert_int_equal(draft_op_count(w.draft), 1);
    const struct draft_op *op = draft_ops(w.draft);
    assert_null(op->before);
    assert_true(str_is(((const struct ipam_address *)op->after)->name, "one"));
    assert_int_equal(op->rev, 2);
    world_begin(&w); /* another intent is another revision */
    const void *before = view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id);
    RECORD_SET(a, IPAM_ADDRESS_NAME, name, IPAM_STR("two"));
    draft_replace(w.draft, before, a);
    RECORD_SET(a, IPAM_ADDRESS_DESCRIPTION, description, IPAM_STR("both"));
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id), a);
    world_end(&w, 0);
    assert_int_equal(draft_op_count(w.draft), 2);
    op = &draft_ops(w.draft)[1];
    assert_true(str_is(((const struct ipam_address *)op->before)->name, "one"));
    assert_int_equal(op->rev, 3);
    assert_int_equal(op->changed[0],
                     (uint64_t)1 << IPAM_ADDRESS_NAME | (uint64_t)1 << IPAM_ADDRESS_DESCRIPTION);
    world_begin(&w); /* refused: the row is as the second intent left it */
    RECORD_SET(a, IPAM_ADDRESS_NAME, name, IPAM_STR("three"));
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id), a);
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id), a);
    draft_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id));
    world_end(&w, problem_set(&w.problem, PROBLEM_DENIED, "no"));
    const struct ipam_address *now = view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id);
    assert_true(str_is(now->name, "two"));
    world_publish(&w);
    assert_true(str_is(((const struct ipam_address *)world_only(&w, IPAM_T_ADDRESS))->name, "two"));
    world_fini(&w);
}

/* A prefix that one intent frees and another takes, in one batch, in all the orders that end well or are
 * refused. */
static void test_prefix_changes_hands(void **state)
{
    struct world w;
    struct ipam_prefix p = prefix_of("10.0.0.0/24");
    (void)state;
    world_init(&w);
    struct ipam_subnet *old = subnet_of(&w, "10.0.0.0/24"), *new = subnet_of(&w, "10.0.0.0/24");
    world_create(&w, old);
    world_open(&w);
    world_delete(&w, old);
    assert_int_equal(view_by_prefix(draft_view(w.draft), IPAM_T_SUBNET, w.space, &p), 0);
    assert_int_equal(world_create(&w, new), PROBLEM_NONE);
    assert_int_equal(view_by_prefix(draft_view(w.draft), IPAM_T_SUBNET, w.space, &p), new->id);
    world_begin(&w);
    assert_int_equal(rule_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_SUBNET, new->id), &w.problem),
                     0);
    assert_int_equal(view_by_prefix(draft_view(w.draft), IPAM_T_SUBNET, w.space, &p), 0);
    world_end(&w, problem_set(&w.problem, PROBLEM_DENIED, "no"));
    assert_int_equal(view_by_prefix(draft_view(w.draft), IPAM_T_SUBNET, w.space, &p), new->id);
    assert_int_equal(view_by_prefix(state_view(w.state), IPAM_T_SUBNET, w.space, &p), old->id);
    world_publish(&w);
    assert_int_equal(view_by_prefix(state_view(w.state), IPAM_T_SUBNET, w.space, &p), new->id);
    assert_int_equal(state_count(w.state, IPAM_T_SUBNET), 1);
    world_fini(&w);
}

/* What takes a revision, and what does not. */
static void test_revisions(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t id = world_server(&w, "dhcp1", true), head = w.head;
    int64_t rev = ((const struct ipam_server *)world_row(&w, IPAM_T_SERVER, id))->rev;
    assert_int_equal(rev, head);
    struct ipam_server s = *(const struct ipam_server *)world_row(&w, IPAM_T_SERVER, id);
    world_open(&w);
    world_begin(&w); /* volatile fields alone */
    RECORD_SET(&s, IPAM_SERVER_STATE, state, IPAM_SERVER_STATE_REACHABLE);
    RECORD_SET(&s, IPAM_SERVER_CONTACTED, contacted, 5);
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_SERVER, id), &s);
    world_end(&w, 0);
    assert_int_equal(draft_head(w.draft), head);
    assert_int_equal(draft_op_count(w.draft), 1);
    assert_false(draft_ops(w.draft)[0].logged);
    assert_int_equal(draft_ops(w.draft)[0].rev, rev);
    world_begin(&w); /* nothing at all */
    s = *(const struct ipam_server *)view_get(draft_view(w.draft), IPAM_T_SERVER, id);
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_SERVER, id), &s);
    world_end(&w, 0);
    assert_int_equal(draft_op_count(w.draft), 1);
    world_begin(&w); /* a volatile field and another */
    RECORD_SET(&s, IPAM_SERVER_CONTACTED, contacted, 6);
    RECORD_SET(&s, IPAM_SERVER_PROFILE, profile, IPAM_STR("lab"));
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_SERVER, id), &s);
    world_end(&w, 0);
    assert_int_equal(draft_head(w.draft), head + 1);
    assert_true(draft_ops(w.draft)[1].logged);
    world_begin(&w); /* jobs are never logged, appear or not */
    struct ipam_job job;
    record_init(&job, IPAM_T_JOB);
    draft_put(w.draft, &job);
    world_end(&w, 0);
    assert_int_equal(draft_head(w.draft), head + 1);
    assert_int_equal(job.rev, head + 1);
    world_publish(&w);
    const struct ipam_server *now = world_row(&w, IPAM_T_SERVER, id);
    assert_int_equal(now->contacted, 6);
    assert_int_equal(now->rev, head + 1);
    world_fini(&w);
}

/* Leases are logged when they appear, vanish or change hands. */
static void test_revisions_of_leases(void **state)
{
    static const uint8_t one[6] = { 2, 1 }, two[6] = { 2, 2 };
    struct world w;
    (void)state;
    world_init(&w);
    int64_t id = world_lease(&w, 1, "10.0.0.1", IPAM_LEASE_STATE_ACTIVE), head = w.head;
    struct ipam_lease l = *(const struct ipam_lease *)world_row(&w, IPAM_T_LEASE, id);
    const struct {
        const char *what;
        const uint8_t *mac;
        int64_t expires;
        uint32_t state;
        int64_t revisions;
    } rows[] = {
        { "renewed", NULL, 10, IPAM_LEASE_STATE_ACTIVE, 0 },
        { "given to a client", one, 10, IPAM_LEASE_STATE_ACTIVE, 1 },
        { "given to another", two, 20, IPAM_LEASE_STATE_ACTIVE, 1 },
        { "expired", two, 20, IPAM_LEASE_STATE_EXPIRED, 1 },
        { "back", two, 30, IPAM_LEASE_STATE_ACTIVE, 1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("row: %s\n", rows[i].what);
        world_open(&w);
        world_begin(&w);
        if (rows[i].mac != NULL)
            RECORD_SET(&l, IPAM_LEASE_MAC, mac, ((struct ipam_bytes){ rows[i].mac, 6 }));
        RECORD_SET(&l, IPAM_LEASE_EXPIRES, expires, rows[i].expires);
        RECORD_SET(&l, IPAM_LEASE_STATE, state, rows[i].state);
        draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_LEASE, id), &l);
        world_end(&w, 0);
        world_publish(&w);
        assert_int_equal(w.head, head + rows[i].revisions);
        head = w.head;
        struct view_user u[2];
        assert_int_equal(view_users(state_view(w.state), w.space, &l.address, u, 2),
                         rows[i].state != IPAM_LEASE_STATE_EXPIRED);
    }
    world_open(&w);
    world_begin(&w);
    draft_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_LEASE, id));
    world_end(&w, 0);
    world_publish(&w);
    assert_int_equal(w.head, head + 1);
    world_fini(&w);
}

struct seen {
    int64_t ids[8];
    size_t count;
};

static int see_scope(void *user, const struct ipam_scope *s)
{
    struct seen *seen = user;
    seen->ids[seen->count++] = s->id;
    return 0;
}

/* Several servers may have a scope of one prefix. */
static void test_scopes_of_one_prefix(void **state)
{
    struct world w;
    struct ipam_addr a = addr_of("10.0.0.9");
    (void)state;
    world_init(&w);
    int64_t wide = world_scope(&w, 1, "10.0.0.0/8", "1"), first = world_scope(&w, 1, "10.0.0.0/24", "2");
    int64_t second = world_scope(&w, 2, "10.0.0.0/24", "1"), third = world_scope(&w, 3, "10.0.0.0/24", "1");
    struct seen all = { .count = 0 };
    view_scopes_at(state_view(w.state), w.space, &a, see_scope, &all);
    assert_int_equal(all.count, 4);
    assert_int_equal(all.ids[0], first);
    assert_int_equal(all.ids[3], wide);
    int64_t order[] = { first, third, second };
    for (size_t i = 0; i < 3; i++) {
        world_open(&w);
        world_begin(&w);
        draft_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_SCOPE, order[i]));
        world_end(&w, 0);
        world_publish(&w);
        struct seen left = { .count = 0 };
        view_scopes_at(state_view(w.state), w.space, &a, see_scope, &left);
        assert_int_equal(left.count, 3 - i);
        assert_int_equal(left.ids[left.count - 1], wide);
        for (size_t k = 0; k < left.count; k++)
            assert_int_not_equal(left.ids[k], order[i]);
    }
    world_fini(&w);
}

static void test_rows_in_order(void **state)
{
    struct world w;
    struct ipam_block b;
    (void)state;
    world_init(&w);
    record_init(&b, IPAM_T_BLOCK);
    RECORD_SET(&b, IPAM_BLOCK_SPACE, space, w.space);
    static const int64_t ids[] = { 50, 20, 90, 10, 70 }; /* as rows of another node may come */
    for (size_t i = 0; i < 5; i++) {
        RECORD_SET(&b, IPAM_BLOCK_ID, id, ids[i]);
        RECORD_SET(&b, IPAM_BLOCK_REV, rev, 1);
        RECORD_SET(&b, IPAM_BLOCK_PREFIX, prefix, prefix_of("10.0.0.0/8"));
        b.prefix.addr.bytes[0] = (uint8_t)ids[i];
        state_put(w.state, NULL, &b);
    }
    int64_t last = 0;
    size_t n = 0;
    for (const struct ipam_block *row = state_next(w.state, IPAM_T_BLOCK, 0); row != NULL;
         row = state_next(w.state, IPAM_T_BLOCK, row->id)) {
        assert_true(row->id > last);
        last = row->id;
        n++;
    }
    assert_int_equal(n, 5);
    assert_int_equal(state_count(w.state, IPAM_T_BLOCK), 5);
    assert_null(state_next(w.state, IPAM_T_BLOCK, 90));
    assert_null(state_next(w.state, 9999, 0));
    world_fini(&w);
}

struct told {
    size_t rows, drafted;
};

static int tell_server(void *user, const void *row)
{
    struct told *t = user;
    t->rows++;
    t->drafted += str_is(((const struct ipam_server *)row)->description, "changed");
    return 0;
}

/* Each row once and as it is: of the state or of the batch, changed by the same intent, by a later one, or deleted. */
static void test_each_row_once(void **state)
{
    struct world w;
    struct told t = { 0, 0 };
    struct ipam_server *s[5], patch;
    (void)state;
    world_init(&w);
    record_init(&patch, IPAM_T_SERVER);
    RECORD_SET(&patch, IPAM_SERVER_DESCRIPTION, description, IPAM_STR("changed"));
    for (size_t i = 0; i < 5; i++) {
        if (i == 2)
            world_open(&w);
        s[i] = server_named(&w, (const char *[]){ "a", "b", "c", "d", "e" }[i]);
        assert_int_equal(world_create(&w, s[i]), PROBLEM_NONE);
    }
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(world_update(&w, s[i], &patch, (uint64_t[2]){ 0, 0 }), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, s[3]), PROBLEM_NONE);
    view_each(draft_view(w.draft), IPAM_T_SERVER, tell_server, &t);
    assert_int_equal(t.rows, 4);
    assert_int_equal(t.drafted, 2);
    world_publish(&w);
    t = (struct told){ 0, 0 };
    view_each(state_view(w.state), IPAM_T_SERVER, tell_server, &t);
    assert_true(t.rows == 4 && t.drafted == 2);
    world_fini(&w);
}

/* A part of an intent that fails leaves nothing, also where it came back to a row of the part before. */
static void test_a_part_taken_back(void **state)
{
    struct world w;
    struct draft_place place;
    struct ipam_prefix first = prefix_of("10.0.0.0/24"), second = prefix_of("10.0.1.0/24");
    size_t count;
    (void)state;
    world_init(&w);
    world_open(&w);
    world_begin(&w);
    struct ipam_subnet *a = subnet_of(&w, "10.0.0.0/24"), *b = subnet_of(&w, "10.0.1.0/24");
    assert_int_equal(rule_create(w.draft, a, &w.problem), 0);
    place = draft_place(w.draft);
    struct ipam_subnet named = *a;
    RECORD_SET(&named, IPAM_SUBNET_NAME, name, IPAM_STR("second thoughts"));
    draft_replace(w.draft, view_get(draft_view(w.draft), IPAM_T_SUBNET, a->id), &named);
    assert_int_equal(rule_create(w.draft, b, &w.problem), 0);
    int64_t id = b->id;
    draft_back(w.draft, &place);
    const struct view *v = draft_view(w.draft);
    const struct ipam_subnet *now = view_get(v, IPAM_T_SUBNET, a->id);
    assert_non_null(now);
    assert_false(record_has(now, IPAM_SUBNET_NAME));
    assert_null(view_get(v, IPAM_T_SUBNET, id));
    assert_int_equal(view_by_prefix(v, IPAM_T_SUBNET, w.space, &first), a->id);
    assert_int_equal(view_by_prefix(v, IPAM_T_SUBNET, w.space, &second), 0);
    const struct draft_op *ops = draft_open_ops(w.draft, &count);
    assert_int_equal(count, 1);
    assert_null(ops[0].before);
    assert_int_equal(rule_create(w.draft, b, &w.problem), 0); /* and nothing stands in the way of another try */
    assert_int_equal(b->id, id);
    world_end(&w, 0);
    world_publish(&w);
    assert_int_equal(state_count(w.state, IPAM_T_SUBNET), 2);
    world_fini(&w);
}

/* With nothing left of it an intent makes no revision. */
static void test_all_parts_taken_back(void **state)
{
    struct world w;
    size_t count;
    (void)state;
    world_init(&w);
    world_open(&w);
    world_begin(&w);
    int64_t head = draft_head(w.draft);
    struct draft_place place = draft_place(w.draft);
    assert_int_equal(rule_create(w.draft, subnet_of(&w, "10.0.0.0/24"), &w.problem), 0);
    draft_back(w.draft, &place);
    draft_open_ops(w.draft, &count);
    assert_int_equal(count, 0);
    assert_int_equal(draft_accept(w.draft), head);
    world_fini(&w);
}

/* An address that is released stays taken until the batch is durable, also one that the same batch took. */
static void test_released_in_its_own_batch(void **state)
{
    struct ipam_addr first = addr_of("10.0.0.1"), last = addr_of("10.0.0.9"), next = addr_of("10.0.0.2"), found;
    struct world w;
    (void)state;
    world_init(&w);
    world_open(&w);
    struct ipam_address *a = address_of(&w, "10.0.0.1");
    assert_int_equal(world_create(&w, a), PROBLEM_NONE);
    world_begin(&w);
    draft_delete(w.draft, view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id));
    world_end(&w, 0);
    assert_null(view_get(draft_view(w.draft), IPAM_T_ADDRESS, a->id));
    assert_int_equal(view_next_free(draft_view(w.draft), w.space, &first, &last, &found), 0);
    assert_true(addr_equal(&found, &next));
    world_publish(&w);
    assert_int_equal(view_next_free(state_view(w.state), w.space, &first, &last, &found), 0);
    assert_true(addr_equal(&found, &first));
    world_fini(&w);
}

/* The ids of a server's scopes, in order, as text. */
static const char *scopes_of(const struct state *s, int64_t server)
{
    static char text[200];
    int len = 0;
    text[0] = '\0';
    for (const struct ipam_scope *sc = state_next_of(s, IPAM_T_SCOPE, server, 0); sc != NULL;
         sc = state_next_of(s, IPAM_T_SCOPE, server, sc->id)) {
        assert_int_equal(sc->server, server);
        len += snprintf(text + len, sizeof(text) - (size_t)len, " %lld", (long long)sc->id);
    }
    return text;
}

static void put_scope(struct state *s, int64_t id, int64_t server)
{
    struct ipam_scope sc;
    record_init(&sc, IPAM_T_SCOPE);
    RECORD_SET(&sc, IPAM_SCOPE_ID, id, id);
    RECORD_SET(&sc, IPAM_SCOPE_REV, rev, 1);
    RECORD_SET(&sc, IPAM_SCOPE_SERVER, server, server);
    RECORD_SET(&sc, IPAM_SCOPE_PREFIX, prefix, prefix_of("10.0.0.0/24"));
    state_put(s, view_get(state_view(s), IPAM_T_SCOPE, id), &sc);
}

static void test_rows_of_a_server(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    put_scope(w.state, 500, 7);
    put_scope(w.state, 200, 7); /* as rows of another node may come */
    put_scope(w.state, 900, 8);
    put_scope(w.state, 700, 7);
    put_scope(w.state, 500, 7); /* it changes, and is one row all the same */
    assert_string_equal(scopes_of(w.state, 7), " 200 500 700");
    assert_string_equal(scopes_of(w.state, 8), " 900");
    assert_string_equal(scopes_of(w.state, 9), "");
    put_scope(w.state, 500, 8); /* it changes hands */
    assert_string_equal(scopes_of(w.state, 7), " 200 700");
    assert_string_equal(scopes_of(w.state, 8), " 500 900");
    state_delete(w.state, view_get(state_view(w.state), IPAM_T_SCOPE, 200));
    state_delete(w.state, view_get(state_view(w.state), IPAM_T_SCOPE, 700));
    assert_string_equal(scopes_of(w.state, 7), "");
    put_scope(w.state, 1000, 7);
    assert_string_equal(scopes_of(w.state, 7), " 1000");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readers_see_what_is_published),
        cmocka_unit_test(test_names_of_refused_rows),
        cmocka_unit_test(test_find_by_key),
        cmocka_unit_test(test_one_op_a_row),
        cmocka_unit_test(test_prefix_changes_hands),
        cmocka_unit_test(test_revisions),
        cmocka_unit_test(test_revisions_of_leases),
        cmocka_unit_test(test_scopes_of_one_prefix),
        cmocka_unit_test(test_rows_in_order),
        cmocka_unit_test(test_each_row_once),
        cmocka_unit_test(test_rows_of_a_server),
        cmocka_unit_test(test_a_part_taken_back),
        cmocka_unit_test(test_all_parts_taken_back),
        cmocka_unit_test(test_released_in_its_own_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
