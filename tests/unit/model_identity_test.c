/* model_identity_test.c - users, groups and tokens: what goes with a user who goes, also within one batch.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include "model/identity.h"

#define DAY INT64_C(86400000)

static struct world w;

static int setup(void **state)
{
    (void)state;
    world_init(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_fini(&w);
    return 0;
}

static struct ipam_user *user_of(const char *name)
{
    struct ipam_user *u = record_new(&w.arena, IPAM_T_USER);
    RECORD_SET(u, IPAM_USER_NAME, name, str_from(name));
    return u;
}

static struct ipam_group *group_of(const char *name, const char *member)
{
    struct ipam_group *g = record_new(&w.arena, IPAM_T_GROUP);
    struct ipam_str *members = arena_alloc(&w.arena, sizeof(*members));
    RECORD_SET(g, IPAM_GROUP_NAME, name, str_from(name));
    *members = str_from(member);
    RECORD_SET(g, IPAM_GROUP_MEMBERS, members, ((struct ipam_strs){ members, 1 }));
    return g;
}

static struct ipam_token *token_of(int64_t user, const char *name, const char *prefix)
{
    struct ipam_token *t = record_new(&w.arena, IPAM_T_TOKEN);
    RECORD_SET(t, IPAM_TOKEN_USER, user, user);
    RECORD_SET(t, IPAM_TOKEN_NAME, name, str_from(name));
    RECORD_SET(t, IPAM_TOKEN_PREFIX, prefix, str_from(prefix));
    return t;
}

static size_t count_of(uint32_t type)
{
    return state_count(w.state, type);
}

/* What a token is known by, as whoever makes one keeps it. */
static void keep(int64_t token, const char *prefix)
{
    world_open(&w);
    world_begin(&w);
    identity_keep_token(w.draft, token, str_from(prefix), (struct ipam_bytes){ (const uint8_t *)"digest", 6 });
    assert_int_equal(world_end(&w, 0), PROBLEM_NONE);
    world_publish(&w);
}

static void test_a_user_takes_all_with_him(void **state)
{
    struct ipam_user *alice = user_of("alice"), *bob = user_of("bob");
    (void)state;
    assert_int_equal(world_create(&w, alice), PROBLEM_NONE);
    assert_int_equal(world_create(&w, bob), PROBLEM_NONE);
    struct ipam_token *a = token_of(alice->id, "ci", "aaaaaaaaaaaa"), *b = token_of(bob->id, "ci", "bbbbbbbbbbbb");
    assert_int_equal(world_create(&w, a), PROBLEM_NONE);
    assert_int_equal(world_create(&w, b), PROBLEM_NONE);
    assert_int_equal(world_create(&w, group_of("team", "alice")), PROBLEM_NONE);
    keep(a->id, "aaaaaaaaaaaa");
    keep(b->id, "bbbbbbbbbbbb");
    assert_int_equal(world_delete(&w, alice), PROBLEM_NONE);
    assert_int_equal(count_of(IPAM_T_USER), 1);
    assert_int_equal(count_of(IPAM_T_TOKEN), 1);
    assert_int_equal(count_of(IPAM_T_VERIFIER), 1);
    assert_null(identity_known(state_view(w.state), IPAM_STR("aaaaaaaaaaaa")));
    assert_non_null(identity_known(state_view(w.state), IPAM_STR("bbbbbbbbbbbb")));
    const struct ipam_group *g = state_next(w.state, IPAM_T_GROUP, 0);
    assert_int_equal(g->members.count, 0);
}

/* What came in the same batch goes with him too. */
static void test_within_one_batch(void **state)
{
    struct ipam_user *alice = user_of("alice");
    (void)state;
    world_open(&w);
    assert_int_equal(world_create(&w, alice), PROBLEM_NONE);
    assert_int_equal(world_create(&w, user_of("ALICE")), PROBLEM_EXISTS);
    assert_int_equal(world_create(&w, token_of(alice->id, "ci", "aaaaaaaaaaaa")), PROBLEM_NONE);
    assert_int_equal(world_create(&w, token_of(alice->id, "ci", "cccccccccccc")), PROBLEM_EXISTS);
    assert_int_equal(world_create(&w, group_of("team", "alice")), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, alice), PROBLEM_NONE);
    assert_int_equal(world_create(&w, group_of("late", "alice")), PROBLEM_INVALID);
    world_publish(&w);
    assert_int_equal(count_of(IPAM_T_USER), 0);
    assert_int_equal(count_of(IPAM_T_TOKEN), 0);
    assert_int_equal(((const struct ipam_group *)state_next(w.state, IPAM_T_GROUP, 0))->members.count, 0);
}

/* Refused, it leaves nothing, and takes nothing. */
static void test_a_refused_deletion_takes_nothing(void **state)
{
    struct ipam_user *alice = user_of("alice");
    (void)state;
    assert_int_equal(world_create(&w, alice), PROBLEM_NONE);
    assert_int_equal(world_create(&w, token_of(alice->id, "ci", "aaaaaaaaaaaa")), PROBLEM_NONE);
    world_open(&w);
    world_begin(&w);
    const void *row = view_get(draft_view(w.draft), IPAM_T_USER, alice->id);
    assert_int_equal(rule_delete(w.draft, row, &w.problem), 0);
    assert_null(identity_token(draft_view(w.draft), alice->id, IPAM_STR("ci")));
    world_end(&w, problem_set(&w.problem, PROBLEM_DENIED, "for another reason"));
    assert_non_null(identity_token(draft_view(w.draft), alice->id, IPAM_STR("ci")));
    world_publish(&w);
    assert_int_equal(count_of(IPAM_T_USER) + count_of(IPAM_T_TOKEN), 2);
}

static void test_how_long_a_token_lasts(void **state)
{
    static const struct {
        int64_t after; /* 0: not given */
        enum problem_type problem;
    } rows[] = { { 0, PROBLEM_NONE },         { 1, PROBLEM_NONE },
                 { 400 * DAY, PROBLEM_NONE }, { 400 * DAY + 1, PROBLEM_INVALID },
                 { -1, PROBLEM_INVALID } };
    struct ipam_user *alice = user_of("alice");
    (void)state;
    assert_int_equal(world_create(&w, alice), PROBLEM_NONE);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[8] = { 't', (char)('a' + i), '\0' }, prefix[13];
        memset(prefix, 'a' + (int)i, 12);
        prefix[12] = '\0';
        struct ipam_token *t = token_of(alice->id, name, prefix);
        if (rows[i].after != 0)
            RECORD_SET(t, IPAM_TOKEN_EXPIRES, expires, w.now + rows[i].after);
        assert_int_equal(world_create(&w, t), rows[i].problem);
        if (rows[i].after == 0)
            assert_int_equal(t->expires, w.now + 90 * DAY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_user_takes_all_with_him, setup, teardown),
        cmocka_unit_test_setup_teardown(test_within_one_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_refused_deletion_takes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_how_long_a_token_lasts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
