/* api_queries_test.c - saved queries: which lists there are, and what a run's own parameters do to the saved ones.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "api/queries.h"

static void test_lists(void **state)
{
    static const char *const lists[] = { "ipam/subnets",      "dhcp/leases",  "audit/changes",
                                         "access/roles",      "system/tasks", "system/queries",
                                         "ipam/custom-fields" };
    static const char *const none[] = { "",
                                        "/ipam/subnets",
                                        "ipam/subnets/",
                                        "ipam/subnets/{key}",
                                        "ipam/subnets/{key}/free",
                                        "ipam/subnet",
                                        "find",
                                        "feed",
                                        "audit/diff",
                                        "system/storage",
                                        "access/me",
                                        "openapi.json" };
    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const struct route *r = query_list(str_from(lists[i]));
        assert_non_null(r);
        assert_string_equal(r->path + 1, lists[i]);
        assert_int_equal(r->method, HTTP_GET_);
        assert_non_null(record_type(r->type));
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (query_list(str_from(none[i])) != NULL)
            fail_msg("\"%s\" is taken for a list", none[i]);
}

static const struct {
    const char *saved, *request, *whole;
} overs[] = {
    { "", "", "" },
    { "a=1", "", "a=1" },
    { "", "limit=5", "limit=5" },
    { "a=1&b=2", "cursor=00", "a=1&b=2&cursor=00" },
    { "a=1&limit=2&b=2", "limit=5", "a=1&b=2&limit=5" },
    { "limit=2", "limit=5", "limit=5" },
    { "limit=2&a=1", "limit=5&cursor=00", "a=1&limit=5&cursor=00" },
    { "a=1&limit=2", "limit=5", "a=1&limit=5" },
    { "lim%69t=2&a=1", "limit=5", "a=1&limit=5" }, /* however it is spelled */
    { "limits=2&alimit=3", "limit=5", "limits=2&alimit=3&limit=5" },
    { "name=limit&limit", "limit=5", "name=limit&limit=5" },
    { "a=b%26limit=2&c", "limit=5", "a=b%26limit=2&c&limit=5" },
    { "&&a=1&&b=2&", "&limit=5", "a=1&b=2&limit=5" },
};

static void test_what_the_request_says_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(overs) / sizeof(overs[0]); i++) {
        struct arena a;
        arena_init(&a, 0);
        struct ipam_str whole = query_over(&a, str_from(overs[i].saved), str_from(overs[i].request));
        assert_non_null(whole.data);
        if (!str_is(whole, overs[i].whole))
            fail_msg("%s and %s: " STR_FMT, overs[i].saved, overs[i].request, STR_ARG(whole));
        arena_fini(&a);
    }
}

static void test_no_memory_is_no_query(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 16);
    assert_null(query_over(&a, IPAM_STR("name.contains=a-rather-long-name"), IPAM_STR("limit=5")).data);
    arena_fini(&a);
}

/* --- who sees one --- */

static struct ipam_saved_query query_of(const char *maker, int shared)
{
    struct ipam_saved_query q;
    record_init(&q, IPAM_T_SAVED_QUERY);
    if (maker != NULL)
        RECORD_SET(&q, IPAM_SAVED_QUERY_MADE_BY, made_by, str_from(maker));
    if (shared >= 0)
        RECORD_SET(&q, IPAM_SAVED_QUERY_SHARED, shared, (uint32_t)shared);
    return q;
}

static void test_who_sees_one(void **state)
{
    struct principal ann = { .name = "user:ann" };
    static const struct {
        const char *maker;
        int shared;
        bool limited, reads_all, administrator;
    } rows[] = {
        { "user:ann", -1, true, true, true },   { "user:ann", 0, true, true, true },
        { "user:bob", -1, false, false, true }, { "user:bob", 0, false, false, true },
        { "user:bob", 1, true, true, true },    { "user:anne", -1, false, false, true },
        { "user:an", -1, false, false, true },  { NULL, -1, false, false, true },
        { NULL, 1, true, true, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ipam_saved_query q = query_of(rows[i].maker, rows[i].shared);
        struct sight limited = { .who = &ann, .still = true, .book = NULL },
                     reads_all = { .who = &ann, .still = true, .all = true },
                     administrator = { .who = &ann, .still = true, .all = true, .persons = true };
        assert_int_equal(sight_sees(&limited, NULL, &q), rows[i].limited);
        assert_int_equal(sight_sees(&reads_all, NULL, &q), rows[i].reads_all);
        assert_int_equal(sight_sees(&administrator, NULL, &q), rows[i].administrator);
        assert_int_equal(sight_made(&limited, &q),
                         rows[i].maker != NULL && strcmp(rows[i].maker, "user:ann") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_what_the_request_says_counts),
        cmocka_unit_test(test_no_memory_is_no_query),
        cmocka_unit_test(test_who_sees_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
