/* cli_keys_test.c - keys in paths, the table of nouns against the record tables, and where the daemon is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/keys.h"
#include "cli/nouns.h"
#include "cli/target.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_paths(void **state)
{
    static const struct {
        uint32_t type;
        const char *key, *path;
    } rows[] = {
        { IPAM_T_SUBNET, "12", "/api/v1/ipam/subnets/12" },
        { IPAM_T_SUBNET, "10.1.2.0/24", "/api/v1/ipam/subnets/10.1.2.0_24" },
        { IPAM_T_SUBNET, "10.1.2.0/24@tenant-a", "/api/v1/ipam/subnets/10.1.2.0_24@tenant-a" },
        { IPAM_T_SUBNET, "2001:db8::/64", "/api/v1/ipam/subnets/2001:db8::_64" },
        { IPAM_T_SUBNET, "10.1.2.0/24@a/b", "/api/v1/ipam/subnets/10.1.2.0_24@a%2Fb" },
        { IPAM_T_SCOPE, "10.77.0.0@dhcp1.example.com", "/api/v1/dhcp/scopes/10.77.0.0@dhcp1.example.com" },
        { IPAM_T_LEASE, "2001:db8:1::/56@s", "/api/v1/dhcp/leases/2001:db8:1::_56@s" },
        { IPAM_T_SERVER, "dhcp1.example.com", "/api/v1/inventory/servers/dhcp1.example.com" },
        { IPAM_T_SPACE, "a/b c", "/api/v1/ipam/spaces/a%2Fb%20c" },
        { IPAM_T_SPACE, "B\303\274ro?#%", "/api/v1/ipam/spaces/B%C3%BCro%3F%23%25" },
        { IPAM_T_JOB, "7", "/api/v1/system/jobs/7" },
        { IPAM_T_SUBNET, "../../x", "/api/v1/ipam/subnets/.._..%2Fx" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 1024);
        key_object(record_type(rows[i].type), rows[i].key, &out);
        assert_string_equal(out.data, rows[i].path);
        strbuf_fini(&out);
    }
}

static void test_queries(void **state)
{
    struct strbuf out;

    (void)state;
    strbuf_init(&out, 1024);
    key_collection(record_type(IPAM_T_SUBNET), &out);
    key_query("within", IPAM_STR("10.0.0.0/8"), &out);
    key_query("name", IPAM_STR("a&b=c+d e"), &out);
    assert_string_equal(out.data, "/api/v1/ipam/subnets?within=10.0.0.0/8&name=a%26b%3Dc%2Bd%20e");
    strbuf_fini(&out);
}

static void test_container_is_cut_off(void **state)
{
    static const struct {
        uint32_t type;
        const char *text, *key, *container;
    } rows[] = {
        { IPAM_T_SUBNET, "10.1.2.0/24@tenant-a", "10.1.2.0/24", "tenant-a" },
        { IPAM_T_SUBNET, "10.1.2.0/24", "10.1.2.0/24", NULL },
        { IPAM_T_SPACE, "me@home", "me@home", NULL },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct ipam_str key, container;

        key_split(record_type(rows[i].type), rows[i].text, &key, &container);
        assert_true(str_is(key, rows[i].key));
        if (rows[i].container == NULL)
            assert_null(container.data);
        else
            assert_true(str_is(container, rows[i].container));
    }
}

/* A column that is no field would show nothing for ever. */
static void test_columns_are_fields(void **state)
{
    (void)state;
    for (const struct noun *n = nouns; n->name != NULL; n++) {
        const struct record_type *t = record_type(n->type);

        assert_non_null(t);
        assert_non_null(t->group);
        for (const char *p = n->columns; *p != '\0'; p += strspn(p, " ")) {
            struct ipam_str name = { p, strcspn(p, " ") };

            if (record_field(t, name) == NULL)
                fail_msg("%s has no field %.*s", n->name, (int)name.len, name.data);
            p += name.len;
        }
    }
}

static const struct arg_option *find(const struct arg_options *list, const char *name)
{
    for (unsigned i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

/* Every field that may be set has its option: none is lost to a name that is taken, or to the limit. */
static void test_every_settable_field_has_an_option(void **state)
{
    static struct arg_options list;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (const struct noun *n = nouns; n->name != NULL; n++) {
        const struct record_type *t = record_type(n->type);

        for (const struct verb *const *v = n->verbs; *v != NULL; v++) {
            unsigned sets = (*v)->options & (VERB_CREATE | VERB_KEYS | VERB_SET);

            options_global(&list);
            options_verb(&list, n, *v, &arena);
            assert_true(list.count < ARGS_OPTIONS_MAX);
            for (unsigned i = 0; sets != 0 && i < t->field_count; i++) {
                bool found = false;

                for (unsigned j = 0; j < list.count; j++)
                    found = found || list.items[j].field == &t->fields[i];
                if (found != options_settable(&t->fields[i], sets))
                    fail_msg("%s %s: %s", n->name, (*v)->name, t->fields[i].name);
            }
        }
    }
    arena_fini(&arena);
}

/* Of two options of one name the second would be lost: what is one of every command is none of a verb. */
static void test_no_option_of_a_verb_has_the_name_of_one_of_all(void **state)
{
    static struct arg_options all;

    (void)state;
    options_global(&all);
    for (const struct noun *n = nouns; n->name != NULL; n++)
        for (const struct verb *const *v = n->verbs; *v != NULL; v++)
            for (const struct arg_option *o = (*v)->extra; o != NULL && o->name != NULL; o++)
                if (find(&all, o->name) != NULL)
                    fail_msg("%s %s: --%s", n->name, (*v)->name, o->name);
}

static void test_options_of_fields(void **state)
{
    static struct arg_options list;
    struct arena arena;
    const struct noun *server = noun_find("server"), *range = noun_find("range");
    const struct noun *subnet = noun_find("subnet"), *reservation = noun_find("reservation");

    (void)state;
    arena_init(&arena, 0);
    options_global(&list);
    options_verb(&list, server, verb_find(server, "add"), &arena);
    assert_true(find(&list, "role")->repeat);
    assert_string_equal(find(&list, "role")->alias, "roles");
    assert_int_equal(find(&list, "managed")->kind, ARG_BOOL);
    assert_null(find(&list, "name"));  /* it is the operand */
    assert_null(find(&list, "state")); /* nobody sets it */
    options_global(&list);
    options_verb(&list, server, verb_find(server, "set"), &arena);
    assert_null(find(&list, "driver")); /* settled at creation */
    assert_non_null(find(&list, "clear"));
    options_global(&list);
    options_verb(&list, range, verb_find(range, "add"), &arena);
    assert_string_equal(find(&list, "kind")->metavar, "static|dynamic|auto|vip|reserved");
    options_global(&list);
    options_verb(&list, reservation, verb_find(reservation, "add"), &arena);
    assert_non_null(find(&list, "identifier-type"));
    assert_string_equal(find(&list, "identifier")->metavar, "[TYPE=]HEX");
    options_global(&list);
    options_verb(&list, subnet, verb_find(subnet, "list"), &arena);
    assert_non_null(find(&list, "within"));
    assert_non_null(find(&list, "limit"));
    arena_fini(&arena);
}

static void test_first_listener(void **state)
{
    static const struct {
        const char *text, *url, *error; /* one of the two */
        const char *token;
    } rows[] = {
        { "{\"listen\":[{\"address\":\"127.0.0.1:8053\"},{\"unix\":\"/x\"}]}", "http://127.0.0.1:8053", NULL,
          NULL },
        { "{\"listen\":[{\"unix\":\"/run/ipamd/api.sock\"}]}", "unix:/run/ipamd/api.sock", NULL, NULL },
        { "{\"listen\":[{\"unix\":\"/x\"}],\"tokens\":[{\"file\":\"/t\"},{\"file\":\"/u\"}]}", "unix:/x",
          NULL, "/t" },
        { "{\"listen\":[{\"address\":\"0.0.0.0:80\"}]}", "http://127.0.0.1:80", NULL, NULL },
        { "{\"listen\":[{\"address\":\"[::]:80\"}]}", "http://[::1]:80", NULL, NULL },
        { "{\"listen\":[{\"address\":\"[2001:db8::1]:80\"}]}", "http://[2001:db8::1]:80", NULL, NULL },
        { "{\"listen\":[{\"address\":\"0.0.0.0:80\",\"tls\":{\"certificate\":\"/c\"}}]}",
          "https://127.0.0.1:80", NULL, NULL },
        { "{\"listen\":[]}", NULL, "no listener", NULL },
        { "{}", NULL, "no listener", NULL },
        { "[1]", NULL, "no listener", NULL },
        { "{\n \"listen\": [ }", NULL, "line 2", NULL },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct arena arena;
        const char *url = NULL, *token = NULL, *ca = NULL;
        char err[256];
        int rc;

        arena_init(&arena, 0);
        rc = target_from_config(&arena, str_from(rows[i].text), &url, &token, &ca, err, sizeof(err));
        assert_int_equal(rc == 0, rows[i].url != NULL);
        if (rc == 0)
            assert_string_equal(url, rows[i].url);
        if (rc == 0 && strncmp(url, "https", 5) == 0)
            assert_string_equal(ca, "/c");
        else
            assert_null(ca);
        if (rows[i].token != NULL)
            assert_string_equal(token, rows[i].token);
        else
            assert_null(token);
        if (rc != 0)
            assert_non_null(strstr(err, rows[i].error));
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_container_is_cut_off),
        cmocka_unit_test(test_columns_are_fields),
        cmocka_unit_test(test_every_settable_field_has_an_option),
        cmocka_unit_test(test_no_option_of_a_verb_has_the_name_of_one_of_all),
        cmocka_unit_test(test_options_of_fields),
        cmocka_unit_test(test_first_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
