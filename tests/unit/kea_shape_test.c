/* kea_shape_test.c - configurations and pages of leases of another shape than Kea's, or that contradict themselves.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/kea/lease.h"

#define ROOT(members)   "{\"Dhcp4\":{" members "}}"
#define SUBNET(members) ROOT("\n\"subnet4\":[{\"id\":1,\"subnet\":\"10.0.0.0/24\"" members "}]")
#define TWO(a, b)       ROOT("\"subnet4\":[{" a "},\n{" b "}]")
#define HOST            "\"hw-address\":\"02:00:00:00:00:01\""

static const struct {
    const char *text, *problem; /* NULL: it is one of Kea's */
    unsigned line;
} rows[] = {
    { ROOT(""), NULL, 0 },
    { SUBNET(""), NULL, 0 },
    { SUBNET(",\"pools\":[],\"reservations\":[],\"option-data\":[],\"shared\":[7]"), NULL, 0 },
    { SUBNET(",\"pools\":[{\"pool\":\"10.0.0.0/25\"},{\"pool\":\"10.0.0.128-10.0.0.255\"}]"), NULL, 0 },
    { ROOT("\"subnet4\":{}"), "holds an object as \"subnet4\"", 1 },
    { ROOT("\"subnet4\":[\n[]]"), "holds in \"subnet4\" an array where an object belongs", 2 },
    { ROOT("\"shared-networks\":\"x\""), "a string as \"shared-networks\"", 1 },
    { ROOT("\"shared-networks\":[{\"name\":1}]"), "a number as \"name\"", 1 },
    { ROOT("\"shared-networks\":[{\"subnet4\":[{\"pools\":\n7}]}]"), "a number as \"pools\"", 2 },
    { ROOT("\"reservations\":[null]"), "null where an object belongs", 1 },
    { ROOT("\"option-data\":[{\"code\":\"6\"}]"), "a string as \"code\"", 1 },
    { ROOT("\"client-classes\":{}"), "an object as \"client-classes\"", 1 },
    { SUBNET(",\"pools\":[{\"pool\":7}]"), "a number as \"pool\"", 2 },
    { SUBNET(",\"pools\":[{\"pool\":\"10.0.1.1-10.0.1.9\"}]"),
      "the pool '10.0.1.1-10.0.1.9', which is outside", 2 },
    { SUBNET(",\"pools\":[{\"pool\":\"10.0.0.1-10.0.1.9\"}]"), "which is outside of its subnet with the id 1",
      2 },
    { SUBNET(",\"pools\":[{\"pool\":\"fd00::1-fd00::2\"}]"), "which is outside", 2 },
    { SUBNET(",\"pools\":[{\"pool\":\"10.0.0.9-10.0.0.1\"}]"), "no run of addresses", 2 },
    { SUBNET(",\"pools\":[{}]"), "the pool '', which is no run", 2 },
    { SUBNET(",\"relay\":[]"), "an array as \"relay\"", 2 },
    { SUBNET(",\"reservations\":[{" HOST ",\"ip-address\":7}]"), "a number as \"ip-address\"", 2 },
    { SUBNET(",\"reservations\":[{" HOST ",\"ip-address\":\"fd00::1\"}]"), "the other family", 2 },
    { SUBNET(",\"reservations\":[{" HOST ",\"option-data\":[{\"csv-format\":0}]}]"),
      "a number as \"csv-format\"", 2 },
    { SUBNET(",\"reservations\":[{" HOST ",\"ip-addresses\":[7]}]"),
      "in \"ip-addresses\" a number where a string", 2 },
    { TWO("\"id\":1,\"subnet\":\"10.0.0.0/24\"", "\"id\":2,\"subnet\":\"10.0.1.0/24\""), NULL, 0 },
    { TWO("\"id\":1,\"subnet\":\"10.0.0.0/24\"", "\"id\":2,\"subnet\":\"10.0.0.0/25\""), NULL, 0 },
    { TWO("\"id\":1,\"subnet\":\"10.0.0.0/24\"", "\"id\":1,\"subnet\":\"10.0.1.0/24\""),
      "two subnets with the id 1", 0 },
    { TWO("\"id\":1,\"subnet\":\"10.0.0.0/24\"", "\"id\":2,\"subnet\":\"10.0.0.7/24\""),
      "two subnets with the prefix 10.0.0.0/24", 0 },
    { ROOT("\"subnet4\":[{\"id\":3,\"subnet\":\"10.0.0.0/"
           "24\"}],\"shared-networks\":[{\"name\":\"n\",\"subnet4\":"
           "[{\"id\":3,\"subnet\":\"10.0.1.0/24\"}]}]"),
      "two subnets with the id 3", 0 },
};

static void test_each_is_told_by_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char problem[KEA_PROBLEM_MAX] = "", place[32];
        struct json_doc *doc = NULL;
        struct json_error e;
        struct kea_config cfg;
        int status;

        print_message("row: %s\n", rows[i].text);
        assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), KEA_ANSWER_MAX, &doc, &e), 0);
        status = kea_config_parse(KEA_DHCP4, doc, json_root(doc), &cfg, problem);
        assert_int_equal(status, rows[i].problem ? IPAM_E_PROTO : 0);
        if (status == 0)
            kea_config_fini(&cfg);
        json_free(doc);
        if (!rows[i].problem)
            continue;
        print_message("     %s\n", problem);
        assert_non_null(strstr(problem, rows[i].problem));
        snprintf(place, sizeof(place), "line %u, column", rows[i].line);
        assert_non_null(strstr(problem, rows[i].line ? place : "line "));
    }
}

#define PAGE(result, count, leases)                                                                          \
    "{\"result\":" result ",\"arguments\":{\"count\":" count ",\"leases\":[" leases "]}}"
#define LEASE(address) "{\"ip-address\":\"" address "\"}"

static const struct {
    enum kea_service s;
    const char *from, *text, *problem; /* NULL: it is one of Kea's */
} pages[] = {
    { KEA_DHCP4, "start", PAGE("3", "0", ""), NULL },
    { KEA_DHCP4, "start", PAGE("0", "1", LEASE("10.0.0.1")), NULL },
    { KEA_DHCP4, "10.0.0.1", PAGE("0", "2", LEASE("10.0.0.9") "," LEASE("10.0.0.2")), NULL },
    { KEA_DHCP4, "start", "{\"result\":0,\"arguments\":{\"leases\":[]}}", NULL },
    { KEA_DHCP4, "start", "{\"result\":0,\"arguments\":{\"count\":0}}", "holds no leases" },
    { KEA_DHCP4, "start", "{\"result\":0,\"arguments\":{\"leases\":{}}}", "holds no leases" },
    { KEA_DHCP4, "start", "{\"result\":3}", "holds no leases" },
    { KEA_DHCP4, "start", PAGE("0", "2", LEASE("10.0.0.1")), "another number of leases" },
    { KEA_DHCP4, "start", PAGE("0", "\"1\"", LEASE("10.0.0.1")), "another number of leases" },
    { KEA_DHCP4, "start", PAGE("0", "3", LEASE("10.0.0.1") "," LEASE("10.0.0.2") "," LEASE("10.0.0.3")),
      "more leases than were asked for" },
    { KEA_DHCP4, "start", PAGE("3", "1", LEASE("10.0.0.1")), "says that it is empty" },
    { KEA_DHCP4, "10.0.0.1", PAGE("0", "1", LEASE("10.0.0.1")), "after 10.0.0.1 repeats leases" },
    { KEA_DHCP4, "10.0.0.9", PAGE("0", "2", LEASE("10.0.0.10") "," LEASE("10.0.0.2")), "repeats leases" },
    /* a database that orders addresses as texts */
    { KEA_DHCP6, "fd00::10", PAGE("0", "1", LEASE("fd00::2")), NULL },
    { KEA_DHCP6, "fd00::2", PAGE("0", "1", LEASE("fd00::10")), NULL },
    { KEA_DHCP6, "fd00::2", PAGE("0", "1", LEASE("fd00::2")), "repeats leases" },
    { KEA_DHCP6, "fd00::2", PAGE("0", "1", LEASE("fd00::1")), "repeats leases" },
    { KEA_DHCP4, "start",
      PAGE("0", "1", "{\"hw-address\":\"02:0a:Ff\",\"client-id\":\"\",\"hostname\":\"x\"}"), NULL },
    { KEA_DHCP4, "start", PAGE("0", "1", "{\"hw-address\":\"02:0a:\"}"), "lease number 1, whose hw-address" },
    { KEA_DHCP4, "start", PAGE("0", "2", "{},{\"hw-address\":\"020a\"}"),
      "lease number 2, whose hw-address" },
    { KEA_DHCP4, "start", PAGE("0", "1", "{\"client-id\":\"0g\"}"), "whose client-id" },
    { KEA_DHCP6, "start", PAGE("0", "1", "{\"duid\":7}"), "whose duid" },
    { KEA_DHCP4, "start", PAGE("0", "1", "{\"hostname\":null}"), "whose hostname" },
};

static void test_pages_are_whole_and_go_on(void **state)
{
    struct kea k = { .target = (char[]){ "dhcp1" }, .opt = { .port = 8000 } };

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct kea_call c = { .kea = &k };
        struct kea_answer a = { .doc = NULL };
        struct json_error e;
        int status;

        print_message("row: after %s %s\n", pages[i].from, pages[i].text);
        assert_int_equal(json_parse(pages[i].text, strlen(pages[i].text), KEA_ANSWER_MAX, &a.doc, &e), 0);
        assert_int_equal(json_int(json_get(json_root(a.doc), "result"), &a.result), 0);
        a.arguments = json_get(json_root(a.doc), "arguments");
        status = kea_page_check(&c, pages[i].s, pages[i].from, 2, &a);
        assert_int_equal(status, pages[i].problem ? IPAM_E_PROTO : 0);
        if (pages[i].problem) {
            assert_non_null(strstr(c.message, pages[i].problem));
            assert_non_null(strstr(c.message, "http://dhcp1:8000"));
        }
        kea_answer_fini(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_told_by_place),
        cmocka_unit_test(test_pages_are_whole_and_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
