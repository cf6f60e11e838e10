/* model_register_test.c - records of the DNS for an address: which zone, which name, what is there already; and when it goes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>

/* --- what is there --- */

static int64_t put_zone(struct world *w, int64_t server, const char *name, const char *prefix, uint32_t type)
{
    struct ipam_zone z;
    record_init(&z, IPAM_T_ZONE);
    RECORD_SET(&z, IPAM_ZONE_SERVER, server, server);
    RECORD_SET(&z, IPAM_ZONE_NATIVE, native, str_from(name));
    RECORD_SET(&z, IPAM_ZONE_NAME, name, str_from(name));
    RECORD_SET(&z, IPAM_ZONE_SPACE, space, w->space);
    RECORD_SET(&z, IPAM_ZONE_TYPE, type_, type);
    RECORD_SET(&z, IPAM_ZONE_LOOKUP, lookup, IPAM_ZONE_LOOKUP_FORWARD);
    if (prefix != NULL) {
        RECORD_SET(&z, IPAM_ZONE_PREFIX, prefix, prefix_of(prefix));
        RECORD_SET(&z, IPAM_ZONE_LOOKUP, lookup,
                   z.prefix.addr.family == 4 ? IPAM_ZONE_LOOKUP_IPV4_REVERSE : IPAM_ZONE_LOOKUP_IPV6_REVERSE);
    }
    return world_put(w, &z);
}

static int64_t primary(struct world *w, int64_t server, const char *name, const char *prefix)
{
    return put_zone(w, server, name, prefix, IPAM_ZONE_TYPE_PRIMARY);
}

static int64_t put_address(struct world *w, const char *text, const char *name)
{
    struct ipam_address *a = address_of(w, text);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, w->space);
    RECORD_SET(a, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    if (name != NULL)
        RECORD_SET(a, IPAM_ADDRESS_NAME, name, str_from(name));
    return world_put(w, a);
}

static int64_t put_record(struct world *w, int64_t zone, const char *name, const char *type, const char *data,
                          const char *address)
{
    const struct ipam_zone *z = world_row(w, IPAM_T_ZONE, zone);
    struct ipam_dns_record r;
    record_init(&r, IPAM_T_DNS_RECORD);
    RECORD_SET(&r, IPAM_DNS_RECORD_SERVER, server, z->server);
    RECORD_SET(&r, IPAM_DNS_RECORD_ZONE, zone, zone);
    RECORD_SET(&r, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, z->native);
    RECORD_SET(&r, IPAM_DNS_RECORD_SPACE, space, w->space);
    RECORD_SET(&r, IPAM_DNS_RECORD_NAME, name, str_from(name));
    RECORD_SET(&r, IPAM_DNS_RECORD_TYPE, type_, str_from(type));
    RECORD_SET(&r, IPAM_DNS_RECORD_DATA, data, str_from(data));
    RECORD_SET(&r, IPAM_DNS_RECORD_ADDRESS, address, addr_of(address));
    return world_put(w, &r);
}

/* --- what is asked --- */

typedef int rule(struct draft *d, int64_t address, const struct dns_request *q, const int64_t *records,
                 size_t count, struct dns_plans *ret, struct problem *p);

static enum problem_type ask(struct world *w, rule *what, int64_t address, struct dns_request q,
                             const int64_t *records, size_t count, struct dns_plans *ret)
{
    struct dns_plans plans;
    q.ttl = q.ttl == 0 ? -1 : q.ttl;
    world_open(w);
    world_begin(w);
    enum problem_type type =
        world_end(w, what(w->draft, address, &q, records, count, ret != NULL ? ret : &plans, &w->problem));
    world_publish(w);
    return type;
}

static enum problem_type ask_to_register(struct world *w, int64_t address, struct dns_request q)
{
    return ask(w, rule_register, address, q, NULL, 0, NULL);
}

#define HOST                                                                                                 \
    (struct dns_request)                                                                                     \
    {                                                                                                        \
        .host = true                                                                                         \
    }
#define PTR                                                                                                  \
    (struct dns_request)                                                                                     \
    {                                                                                                        \
        .ptr = true                                                                                          \
    }
#define BOTH                                                                                                 \
    (struct dns_request)                                                                                     \
    {                                                                                                        \
        .host = true, .ptr = true                                                                            \
    }

static void assert_says(const struct world *w, const char *words)
{
    if (strstr(w->problem.detail, words) == NULL)
        fail_msg("it says \"%s\", not \"%s\"", w->problem.detail, words);
}

/* "add NAME TYPE DATA ZONE" of the n-th plan that was made. */
static const char *nth(const struct world *w, const struct dns_plans *plans, size_t n)
{
    static char text[600];
    const struct ipam_plan *p = world_row(w, IPAM_T_PLAN, plans->ids[n]);
    const struct ipam_zone *z = world_row(w, IPAM_T_ZONE, p->zone);
    snprintf(text, sizeof(text), STR_FMT " in " STR_FMT, STR_ARG(p->summary), STR_ARG(z->name));
    return text;
}

struct place {
    struct world w;
    int64_t server, zone, sub, reverse4, longer4, reverse6;
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    world_init(&p->w);
    p->server = world_server(&p->w, "ns1", true);
    p->zone = primary(&p->w, p->server, "example.com", NULL);
    p->sub = primary(&p->w, p->server, "sub.example.com", NULL);
    p->reverse4 = primary(&p->w, p->server, "10.in-addr.arpa", "10.0.0.0/8");
    p->longer4 = primary(&p->w, p->server, "1.10.in-addr.arpa", "10.1.0.0/16");
    p->reverse6 = primary(&p->w, p->server, "8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/32");
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    world_fini(&p->w);
    free(p);
    return 0;
}

static void test_the_longest_zone_is_taken_51(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    int64_t a = put_address(&p->w, "10.1.0.7", "Host.Sub.example.com"),
            b = put_address(&p->w, "10.2.0.7", "host.example.com."),
            c = put_address(&p->w, "2001:db8::7", "subexample.com.example.com");
    assert_int_equal(ask(&p->w, rule_register, a, BOTH, NULL, 0, &plans), PROBLEM_NONE);
    assert_int_equal(plans.count, 2);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "add record host.sub.example.com A 10.1.0.7 on ns1 in sub.example.com");
    assert_string_equal(
        nth(&p->w, &plans, 1),
        "add record 7.0.1.10.in-addr.arpa PTR host.sub.example.com on ns1 in 1.10.in-addr.arpa");
    const struct ipam_address *row = world_row(&p->w, IPAM_T_ADDRESS, a);
    assert_int_equal(row->forward_sync, IPAM_ADDRESS_FORWARD_SYNC_PENDING);
    assert_int_equal(row->reverse_sync, IPAM_ADDRESS_REVERSE_SYNC_PENDING);
    assert_int_equal(row->forward_plan, plans.ids[0]);
    assert_int_equal(row->reverse_plan, plans.ids[1]);
    assert_int_equal(row->forward_zone, p->sub);
    assert_int_equal(row->reverse_zone, p->longer4);
    assert_false(record_has(row, IPAM_ADDRESS_DHCP_SYNC));
    assert_int_equal(ask(&p->w, rule_register, b, BOTH, NULL, 0, &plans), PROBLEM_NONE);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "add record host.example.com A 10.2.0.7 on ns1 in example.com");
    assert_string_equal(nth(&p->w, &plans, 1),
                        "add record 7.0.2.10.in-addr.arpa PTR host.example.com on ns1 in 10.in-addr.arpa");
    assert_int_equal(ask(&p->w, rule_register, c, HOST, NULL, 0, &plans), PROBLEM_NONE);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "add record subexample.com.example.com AAAA 2001:db8::7 on ns1 in example.com");
}

static void test_a_name_in_a_zone_51(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    struct dns_request q = { .host = true, .ptr = true, .zone = p->zone, .ttl = 60 };
    int64_t a = put_address(&p->w, "2001:db8::7", "host"), b = put_address(&p->w, "10.1.0.8", "a.b"),
            c = put_address(&p->w, "10.1.0.9", "host.");
    assert_int_equal(ask_to_register(&p->w, a, HOST), PROBLEM_INVALID);
    assert_says(&p->w, "host: the name host says no zone");
    assert_int_equal(ask_to_register(&p->w, a, PTR), PROBLEM_INVALID);
    assert_says(&p->w, "ptr: the name host says no zone");
    assert_int_equal(ask(&p->w, rule_register, a, q, NULL, 0, &plans), PROBLEM_NONE);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "add record host.example.com AAAA 2001:db8::7 on ns1 in example.com");
    assert_non_null(
        strstr(nth(&p->w, &plans, 1), " PTR host.example.com on ns1 in 8.b.d.0.1.0.0.2.ip6.arpa"));
    /* Names of several labels, and absolute ones, are whole. */
    q.ptr = false;
    assert_int_equal(ask_to_register(&p->w, b, q), PROBLEM_INVALID);
    assert_says(&p->w, "host: the name a.b does not lie in the zone example.com");
    assert_int_equal(ask_to_register(&p->w, c, q), PROBLEM_INVALID);
    assert_says(&p->w, "host: the name host does not lie in the zone example.com");
}

static void test_the_ptr_record_leads_where_the_host_record_is_51(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    struct dns_request q = { .host = true, .zone = p->zone };
    int64_t a = put_address(&p->w, "10.1.0.7", "host");
    assert_int_equal(ask_to_register(&p->w, a, q), PROBLEM_NONE);
    assert_int_equal(ask(&p->w, rule_register, a, PTR, NULL, 0, &plans), PROBLEM_NONE);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "add record 7.0.1.10.in-addr.arpa PTR host.example.com on ns1 in 1.10.in-addr.arpa");
}

static void test_zones_that_do_not_fit_51(void **state)
{
    struct place *p = *state;
    int64_t other = world_server(&p->w, "ns2", false), theirs = primary(&p->w, other, "theirs.example", NULL),
            copy = put_zone(&p->w, p->server, "copy.example", NULL, IPAM_ZONE_TYPE_SECONDARY);
    int64_t a = put_address(&p->w, "10.1.0.7", "a.example.com"),
            b = put_address(&p->w, "10.1.0.8", "b.theirs.example"),
            c = put_address(&p->w, "10.1.0.9", "c.copy.example"),
            none = put_address(&p->w, "10.1.0.10", NULL),
            far = put_address(&p->w, "192.0.2.1", "d.example.com");
    const struct {
        int64_t address;
        struct dns_request q;
        enum problem_type type;
        const char *says;
    } rows[] = {
        { none, HOST, PROBLEM_INVALID, "host: the address has no name" },
        { none, PTR, PROBLEM_INVALID, "ptr: the address has no name" },
        { b, HOST, PROBLEM_MANAGED, "host: the DNS server of theirs.example, ns2, is not managed by ipamd" },
        { b, { .host = true, .zone = theirs }, PROBLEM_MANAGED, "zone: the DNS server of theirs.example" },
        { c, HOST, PROBLEM_INVALID, "host: no known primary zone is for c.copy.example" },
        { c,
          { .host = true, .zone = copy },
          PROBLEM_INVALID,
          "zone: copy.example is no primary zone on ns1" },
        { far, PTR, PROBLEM_INVALID, "ptr: no known primary zone is for 192.0.2.1" },
        { a,
          { .host = true, .zone = p->reverse4 },
          PROBLEM_INVALID,
          "zone: 10.in-addr.arpa is a reverse zone" },
        { a, { .host = true, .zone = 999 }, PROBLEM_INVALID, "zone: there is no zone 999" },
        { a,
          { .ptr = true, .reverse_zone = p->zone },
          PROBLEM_INVALID,
          "reverse_zone: example.com is no reverse zone" },
        { a,
          { .ptr = true, .reverse_zone = p->reverse6 },
          PROBLEM_INVALID,
          "of the other family, not for 10.1.0.7" },
        { far,
          { .ptr = true, .reverse_zone = p->reverse4 },
          PROBLEM_INVALID,
          "10.in-addr.arpa is not for 192.0.2.1" },
        { a, { .host = true, .ptr = true, .reverse_zone = p->reverse6 }, PROBLEM_INVALID, "reverse_zone: " },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ask_to_register(&p->w, rows[i].address, rows[i].q), rows[i].type);
        assert_says(&p->w, rows[i].says);
        assert_int_equal(world_count(&p->w, IPAM_T_PLAN), 0); /* all or nothing */
    }
    /* A zone that is told is taken though a longer one fits. */
    struct dns_request q = { .ptr = true, .reverse_zone = p->reverse4 };
    assert_int_equal(ask_to_register(&p->w, a, q), PROBLEM_NONE);
}

static void test_several_zones_are_named_51(void **state)
{
    struct place *p = *state;
    int64_t other = world_server(&p->w, "ns2", true);
    primary(&p->w, other, "example.com", NULL);
    primary(&p->w, other, "1.10.in-addr.arpa", "10.1.0.0/16");
    int64_t a = put_address(&p->w, "10.1.0.7", "a.example.com");
    assert_int_equal(ask_to_register(&p->w, a, HOST), PROBLEM_AMBIGUOUS);
    assert_says(&p->w, "host: several zones fit: example.com@ns1");
    assert_says(&p->w, "example.com@ns2");
    assert_int_equal(ask_to_register(&p->w, a, PTR), PROBLEM_AMBIGUOUS);
    assert_says(&p->w, "ptr: several zones fit: ");
}

static bool not_the_longer(void *user, const struct view *v, const struct ipam_zone *z)
{
    (void)v;
    return z->id != *(int64_t *)user;
}

/* What he does not see is no zone for him. */
static void test_hidden_zones_are_not_there(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    struct dns_request q = { .ptr = true, .may = not_the_longer, .user = &p->longer4 };
    int64_t a = put_address(&p->w, "10.1.0.7", "a.example.com");
    assert_int_equal(ask(&p->w, rule_register, a, q, NULL, 0, &plans), PROBLEM_NONE);
    assert_non_null(strstr(nth(&p->w, &plans, 0), " in 10.in-addr.arpa"));
    q.reverse_zone = p->longer4;
    assert_int_equal(ask_to_register(&p->w, a, q), PROBLEM_INVALID);
    assert_says(&p->w, "there is no zone");
}

/* RFC 2317 */
static void test_classless_zones_have_names_of_their_own(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    primary(&p->w, p->server, "64/26.2.0.192.in-addr.arpa", "192.0.2.64/26");
    int64_t a = put_address(&p->w, "192.0.2.65", "a.example.com");
    assert_int_equal(ask(&p->w, rule_register, a, PTR, NULL, 0, &plans), PROBLEM_NONE);
    assert_non_null(strstr(nth(&p->w, &plans, 0), "record 65.64/26.2.0.192.in-addr.arpa PTR a.example.com"));
}

static void test_what_is_there_already_65(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    int64_t a = put_address(&p->w, "10.1.0.7", "new.example.com");
    const int64_t host = put_record(&p->w, p->zone, "old.example.com", "A", "10.1.0.7", "10.1.0.7"),
                  ptr = put_record(&p->w, p->longer4, "7.0.1.10.in-addr.arpa", "PTR", "Old.example.com.",
                                   "10.1.0.7"),
                  both[] = { host, ptr };
    struct dns_request q = { .host = true, .ptr = true, .replace = true };
    /* A host may have several names; of an address there is one PTR record. */
    assert_int_equal(ask(&p->w, rule_register, a, PTR, both, 2, NULL), PROBLEM_EXISTS);
    assert_says(&p->w, "ptr: the zone has 7.0.1.10.in-addr.arpa PTR Old.example.com. already");
    assert_int_equal(ask(&p->w, rule_register, a, q, both, 2, &plans), PROBLEM_NONE);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "replace record new.example.com A 10.1.0.7 on ns1 in example.com");
    assert_non_null(
        strstr(nth(&p->w, &plans, 1), "replace record 7.0.1.10.in-addr.arpa PTR new.example.com"));
    int64_t b = put_address(&p->w, "10.1.0.8", "new.example.com");
    const int64_t old = put_record(&p->w, p->zone, "old.example.com", "A", "10.1.0.8", "10.1.0.8");
    assert_int_equal(ask(&p->w, rule_register, b, HOST, &old, 1, &plans), PROBLEM_NONE);
    assert_non_null(strstr(nth(&p->w, &plans, 0), "add record new.example.com A"));
    /* What is wanted is there. */
    int64_t c = put_address(&p->w, "10.1.0.9", "old.example.com");
    const int64_t same[] = { put_record(&p->w, p->zone, "old.example.com", "A", "10.1.0.9", "10.1.0.9"),
                             put_record(&p->w, p->longer4, "9.0.1.10.in-addr.arpa", "PTR", "OLD.example.com.",
                                        "10.1.0.9") };
    assert_int_equal(ask(&p->w, rule_register, c, HOST, same, 2, NULL), PROBLEM_EXISTS);
    assert_int_equal(ask(&p->w, rule_register, c, q, same, 2, NULL), PROBLEM_EXISTS);
    assert_int_equal(
        ask(&p->w, rule_register, c, (struct dns_request){ .ptr = true, .replace = true }, same, 2, NULL),
        PROBLEM_EXISTS);
}

static void test_one_at_a_time_for_each_kind_66(void **state)
{
    struct place *p = *state;
    int64_t a = put_address(&p->w, "10.1.0.7", "a.example.com");
    const int64_t host = put_record(&p->w, p->zone, "a.example.com", "A", "10.1.0.7", "10.1.0.7");
    assert_int_equal(ask_to_register(&p->w, a, HOST), PROBLEM_NONE);
    assert_int_equal(ask_to_register(&p->w, a, HOST), PROBLEM_IN_USE);
    assert_says(&p->w, "a host record of 10.1.0.7 is on its way");
    assert_int_equal(ask(&p->w, rule_unregister, a, HOST, &host, 1, NULL), PROBLEM_IN_USE);
    assert_int_equal(ask_to_register(&p->w, a, PTR), PROBLEM_NONE);
    assert_int_equal(ask_to_register(&p->w, a, PTR), PROBLEM_IN_USE);
    assert_says(&p->w, "a PTR record of 10.1.0.7 is on its way");
}

static void test_taken_away_65(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    int64_t a = put_address(&p->w, "10.1.0.7", "host");
    const int64_t other = put_record(&p->w, p->zone, "www.example.com", "A", "10.1.0.7", "10.1.0.7"),
                  third = put_record(&p->w, p->sub, "www.sub.example.com", "A", "10.1.0.7", "10.1.0.7"),
                  unnamed[] = { other, third };
    struct dns_request either = { .host = true, .ptr = true, .either = true };
    /* The one that has the name of the address; where none has, it must be said which. */
    assert_int_equal(ask(&p->w, rule_unregister, a, HOST, unnamed, 2, NULL), PROBLEM_AMBIGUOUS);
    assert_says(&p->w, "host: several are there, www.example.com and www.sub.example.com");
    struct dns_request q = { .host = true, .zone = p->sub };
    assert_int_equal(ask(&p->w, rule_unregister, a, q, unnamed, 2, &plans), PROBLEM_NONE);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "delete record www.sub.example.com A 10.1.0.7 on ns1 in sub.example.com");
    int64_t b = put_address(&p->w, "10.1.0.8", NULL);
    assert_int_equal(ask(&p->w, rule_unregister, b, either, NULL, 0, NULL), PROBLEM_NOT_FOUND);
}

static void test_of_those_that_are_there_65(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    int64_t a = put_address(&p->w, "10.1.0.7", "host");
    const int64_t other = put_record(&p->w, p->zone, "www.example.com", "A", "10.1.0.7", "10.1.0.7"),
                  named = put_record(&p->w, p->zone, "host.example.com", "A", "10.1.0.7", "10.1.0.7"),
                  both[] = { other, named };
    struct dns_request either = { .host = true, .ptr = true, .either = true };
    assert_int_equal(ask(&p->w, rule_unregister, a, BOTH, both, 2, NULL), PROBLEM_NOT_FOUND);
    assert_says(&p->w, "ptr: no PTR record of 10.1.0.7 is known");
    assert_int_equal(world_count(&p->w, IPAM_T_PLAN), 0);
    assert_int_equal(ask(&p->w, rule_unregister, a, either, both, 2, &plans), PROBLEM_NONE);
    assert_int_equal(plans.count, 1);
    assert_string_equal(nth(&p->w, &plans, 0),
                        "delete record host.example.com A 10.1.0.7 on ns1 in example.com");
    assert_int_equal(((struct ipam_address *)world_row(&p->w, IPAM_T_ADDRESS, a))->forward_sync,
                     IPAM_ADDRESS_FORWARD_SYNC_REMOVING);
}

/* An address goes: what is there stays; what waits to be made is not made any more. */
static void test_release_leaves_the_dns_68(void **state)
{
    struct place *p = *state;
    struct dns_plans plans;
    for (int reclaims = 0; reclaims < 2; reclaims++) {
        int64_t a = put_address(&p->w, "10.1.0.7", "a.example.com");
        assert_int_equal(ask(&p->w, rule_register, a, BOTH, NULL, 0, &plans), PROBLEM_NONE);
        world_open(&p->w);
        world_begin(&p->w);
        const struct ipam_address *row = view_get(draft_view(p->w.draft), IPAM_T_ADDRESS, a);
        assert_int_equal(world_end(&p->w, reclaims ? rule_reclaim(p->w.draft, row, &p->w.problem)
                                                   : rule_delete(p->w.draft, row, &p->w.problem)),
                         PROBLEM_NONE);
        world_publish(&p->w);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(((const struct ipam_plan *)world_row(&p->w, IPAM_T_PLAN, plans.ids[i]))->state,
                             IPAM_PLAN_STATE_UNDONE);
        assert_int_equal(world_count(&p->w, IPAM_T_PLAN), 2 * ((size_t)reclaims + 1));
    }
}

int main(void)
{
#define PLACE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        PLACE(test_the_longest_zone_is_taken_51),
        PLACE(test_a_name_in_a_zone_51),
        PLACE(test_the_ptr_record_leads_where_the_host_record_is_51),
        PLACE(test_zones_that_do_not_fit_51),
        PLACE(test_several_zones_are_named_51),
        PLACE(test_hidden_zones_are_not_there),
        PLACE(test_classless_zones_have_names_of_their_own),
        PLACE(test_what_is_there_already_65),
        PLACE(test_one_at_a_time_for_each_kind_66),
        PLACE(test_taken_away_65),
        PLACE(test_of_those_that_are_there_65),
        PLACE(test_release_leaves_the_dns_68),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
