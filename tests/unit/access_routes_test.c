/* access_routes_test.c - every route of the API names an operation that access control knows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "access/access.h"
#include "api/call.h"

/* What anybody may see without a token. */
static const char *const open_paths[] = { "/openapi.json", NULL };

/* What is about all records, or none. */
static const char *const whole_paths[] = { "/system/backup", "/system/storage", "/system/storage/verify",
                                           "/audit/checkpoints", "/audit/export", "/audit/diff", "/feed", "/find",
                                           "/access/binding", "/access/binding/recompute", "/access/explain", "/access/who-can",
                                           "/access/me", NULL };

static bool is_one_of(const char *const *paths, const char *path)
{
    for (size_t i = 0; paths[i] != NULL; i++)
        if (strcmp(paths[i], path) == 0)
            return true;
    return false;
}

static void test_every_route_has_an_operation(void **state)
{
    unsigned routes = 0;
    (void)state;
    for (const struct route *r = api_routes; r->path != NULL; r++, routes++) {
        print_message("%s\n", r->path);
        assert_non_null(r->handler);
        assert_true(r->help != NULL && r->help[0] != '\0');
        assert_int_equal(r->operation == NULL, is_one_of(open_paths, r->path));
        if (r->operation == NULL)
            continue;
        const struct operation *op = access_operation(r->operation);
        assert_non_null(op);
        assert_int_equal(op->flags & OPERATION_READS, r->method == HTTP_GET_ ? OPERATION_READS : 0); /* a reader reads, by GET, and nothing else */
        assert_int_equal(record_type(r->type) == NULL, is_one_of(whole_paths, r->path));
    }
    assert_true(routes > 30);
}

/* Two rows for one method and path: the second would never be reached. */
static void test_no_route_twice(void **state)
{
    (void)state;
    for (const struct route *r = api_routes; r->path != NULL; r++)
        for (const struct route *s = api_routes; s < r; s++)
            assert_false(r->method == s->method && strcmp(r->path, s->path) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_has_an_operation),
        cmocka_unit_test(test_no_route_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
