/* model_query_test.c - saved queries: their names, and what a change keeps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

static struct ipam_saved_query *query_named(struct world *w, const char *name)
{
    struct ipam_saved_query *q = record_new(&w->arena, IPAM_T_SAVED_QUERY);
    RECORD_SET(q, IPAM_SAVED_QUERY_NAME, name, str_from(name));
    RECORD_SET(q, IPAM_SAVED_QUERY_LIST, list, IPAM_STR("ipam/subnets"));
    RECORD_SET(q, IPAM_SAVED_QUERY_MADE_BY, made_by, IPAM_STR("user:ann"));
    return q;
}

static enum problem_type rename_to(struct world *w, int64_t id, const char *name)
{
    const uint64_t cleared[2] = { 0, 0 };
    struct ipam_saved_query *patch = record_new(&w->arena, IPAM_T_SAVED_QUERY);
    RECORD_SET(patch, IPAM_SAVED_QUERY_NAME, name, str_from(name));
    return world_update(w, world_row(w, IPAM_T_SAVED_QUERY, id), patch, cleared);
}

static void test_names(void **state)
{
    struct world w;
    struct ipam_saved_query *busy;
    (void)state;
    world_init(&w);
    busy = query_named(&w, "busy");
    assert_int_equal(world_create(&w, busy), PROBLEM_NONE);
    assert_int_equal(world_create(&w, query_named(&w, "busy")), PROBLEM_EXISTS);
    assert_non_null(strstr(w.problem.detail, "query \"busy\" exists already (id "));
    assert_int_equal(w.problem.about_type, IPAM_T_SAVED_QUERY);
    assert_int_equal(w.problem.about, busy->id);
    assert_int_equal(world_create(&w, query_named(&w, "BUSY")), PROBLEM_NONE); /* another one */
    assert_int_equal(world_create(&w, query_named(&w, "4711")), PROBLEM_INVALID);
    assert_problem(&w, "invalid", "name: \"4711\" would be taken for an id");
    assert_int_equal(world_create(&w, query_named(&w, "47 11")), PROBLEM_NONE);
    assert_int_equal(world_count(&w, IPAM_T_SAVED_QUERY), 3);
    world_fini(&w);
}

static void test_changes(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    struct ipam_saved_query *busy = query_named(&w, "busy"), *other = query_named(&w, "other");
    assert_int_equal(world_create(&w, busy), PROBLEM_NONE);
    assert_int_equal(world_create(&w, other), PROBLEM_NONE);
    assert_int_equal(rename_to(&w, other->id, "busy"), PROBLEM_EXISTS);
    assert_int_equal(rename_to(&w, other->id, "1"), PROBLEM_INVALID);
    assert_int_equal(rename_to(&w, other->id, "other"), PROBLEM_NONE); /* its own name is no other's */
    assert_int_equal(rename_to(&w, busy->id, "full"), PROBLEM_NONE);
    assert_int_equal(rename_to(&w, other->id, "busy"), PROBLEM_NONE); /* which is free again */
    const struct ipam_saved_query *now = world_row(&w, IPAM_T_SAVED_QUERY, other->id);
    assert_true(str_is(now->name, "busy") && str_is(now->made_by, "user:ann"));
    assert_int_equal(view_by_name(state_view(w.state), IPAM_T_SAVED_QUERY, IPAM_STR("full")), busy->id);
    assert_int_equal(world_delete(&w, now), PROBLEM_NONE);
    assert_int_equal(view_by_name(state_view(w.state), IPAM_T_SAVED_QUERY, IPAM_STR("busy")), 0);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_changes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
