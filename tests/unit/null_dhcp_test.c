/* null_dhcp_test.c - null-dhcp: reading, edits and tokens, leases by pages, acts, free addresses, deadlines.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

#include <pthread.h>

#define SCOPE0 "10.0.0.0/24"

static struct ipam_inst inst;
static struct ipam_req req;

static const struct ipam_dhcp_ops *ops(void)
{
    return inst.plugin->dhcp;
}

static void start(const struct option_pair *options)
{
    inst_start(&inst, options);
    req_init(&req, &inst);
}

static void stop(void)
{
    req_free(&req);
    inst_close(&inst);
}

static void read_config(const char *scope)
{
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };

    if (scope)
        RECORD_SET(&args, IPAM_DHCP_READ_NATIVE_SCOPE, native_scope, STR(scope));
    req_free(&req);
    ops()->read_config(inst.ctx, &req, &args);
}

static void read_leases(const char *cursor, int64_t limit)
{
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };
    char copy[128];

    snprintf(copy, sizeof(copy), "%s", cursor ? cursor : "");
    if (cursor)
        RECORD_SET(&args, IPAM_DHCP_READ_CURSOR, cursor, STR(copy));
    if (limit)
        RECORD_SET(&args, IPAM_DHCP_READ_LIMIT, limit, limit);
    req_free(&req);
    ops()->read_leases(inst.ctx, &req, &args);
}

static void apply(const char *token, int64_t flags, const struct edit *edits, uint32_t count)
{
    struct ipam_apply args = { .size = sizeof(args), .type = IPAM_T_APPLY };
    char copy[64];

    snprintf(copy, sizeof(copy), "%s", token);
    RECORD_SET(&args, IPAM_APPLY_TOKEN, token, STR(copy));
    RECORD_SET(&args, IPAM_APPLY_FLAGS, flags, flags);
    RECORD_SET(&args, IPAM_APPLY_COUNT, count, (int64_t)count);
    req_free(&req);
    req.edits = edits;
    req.edit_count = count;
    ops()->apply(inst.ctx, &req, &args);
}

static int64_t result(size_t n)
{
    const struct ipam_edit_result *r = req_row(&req, IPAM_T_EDIT_RESULT, n);

    assert_non_null(r);
    assert_int_equal(r->index, n);
    return r->status;
}

static struct ipam_reservation reservation(const char *scope, const char *address, const char *client)
{
    struct ipam_reservation r;

    record_init(&r, IPAM_T_RESERVATION);
    RECORD_SET(&r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, STR(scope));
    RECORD_SET(&r, IPAM_RESERVATION_ADDRESS, address, addr_of(address));
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
               IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER, identifier,
               ((struct ipam_bytes){ (const uint8_t *)client, strlen(client) }));
    return r;
}

static struct ipam_scope scope(const char *prefix)
{
    struct ipam_scope s;

    record_init(&s, IPAM_T_SCOPE);
    RECORD_SET(&s, IPAM_SCOPE_PREFIX, prefix, prefix_of(prefix));
    return s;
}

static struct ipam_pool pool(const char *scope_, const char *first, const char *last)
{
    struct ipam_pool p;

    record_init(&p, IPAM_T_POOL);
    RECORD_SET(&p, IPAM_POOL_NATIVE_SCOPE, native_scope, STR(scope_));
    RECORD_SET(&p, IPAM_POOL_FIRST, first, addr_of(first));
    RECORD_SET(&p, IPAM_POOL_LAST, last, addr_of(last));
    return p;
}

static void test_the_configuration_is_what_the_options_ask_for(void **state)
{
    (void)state;
    start((struct option_pair[]){ { "scopes", "3" }, { "leases", "7" }, { "reservations", "4" }, { NULL, NULL } });
    read_config(NULL);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE);
    assert_string_equal(req.token, "1");
    assert_int_equal(req.rows[0]->type, IPAM_T_DHCP_SERVER);
    assert_int_equal(req_rows(&req, IPAM_T_SCOPE), 3);
    assert_int_equal(req_rows(&req, IPAM_T_POOL), 3);
    assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 4);
    assert_int_equal(req.rows[1]->type, IPAM_T_SCOPE);
    assert_int_equal(req.rows[2]->type, IPAM_T_POOL);
    const struct ipam_scope *s = req_row(&req, IPAM_T_SCOPE, 1);
    assert_str(s->native, "10.0.1.0/24");
    assert_str(s->name, "scope-1");
    read_config("10.0.2.0/24");
    req_ended(&req, IPAM_OK);
    assert_int_equal(req_rows(&req, IPAM_T_SCOPE), 1);
    assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 2);
    assert_int_equal(req_rows(&req, IPAM_T_DHCP_SERVER), 0);
    read_config("nonsense");
    req_ended(&req, IPAM_E_NOENT);
    stop();
}

/* Who has the configuration already is spared it. */
static void test_only_another_configuration_is_read(void **state)
{
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };

    (void)state;
    start((struct option_pair[]){ { "scopes", "2" }, { NULL, NULL } });
    for (int known = 0; known < 2; known++) {
        RECORD_SET(&args, IPAM_DHCP_READ_TOKEN, token, STR(known ? "1" : "4711"));
        req_free(&req);
        ops()->read_config(inst.ctx, &req, &args);
        req_ended(&req, IPAM_OK);
        assert_string_equal(req.token, "1");
        assert_int_equal(req.flags, known ? IPAM_DONE_DELTA : IPAM_DONE_COMPLETE);
        assert_int_equal(req_rows(&req, IPAM_T_SCOPE), known ? 0 : 2);
    }
    stop();
}

/* The same text for the same configuration, in pieces that follow each other; nobody gets it unasked. */
static void test_the_configuration_is_told_as_text(void **state)
{
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };

    (void)state;
    start((struct option_pair[]){ { "scopes", "4000" }, { NULL, NULL } });
    read_config(NULL);
    assert_int_equal(req_rows(&req, IPAM_T_CONFIG_TEXT), 0);
    RECORD_SET(&args, IPAM_DHCP_READ_TEXT, text, true);
    req_free(&req);
    ops()->read_config(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_true(req_rows(&req, IPAM_T_CONFIG_TEXT) > 1);
    for (size_t i = 0; i < req_rows(&req, IPAM_T_CONFIG_TEXT); i++) {
        const struct ipam_config_text *t = req_row(&req, IPAM_T_CONFIG_TEXT, i);
        assert_int_equal(t->seq, i);
        assert_str(t->part, "server");
        assert_int_equal(record_has(t, IPAM_CONFIG_TEXT_TOKEN), i == 0);
        assert_true(t->text.len > 0 && t->text.data[t->text.len - 1] == '\n');
    }
    stop();
}

static void test_pages_meet_every_lease_once_and_in_order(void **state)
{
    char cursor[256] = "";
    struct ipam_addr last = { .family = 0 };
    size_t total = 0;

    (void)state;
    start((struct option_pair[]){ { "scopes", "2" }, { "leases", "100" }, { "page", "30" }, { NULL, NULL } });
    do {
        read_leases(cursor[0] ? cursor : NULL, total ? 7 : 0);
        req_ended(&req, IPAM_OK);
        for (size_t i = 0; i < req.count; i++) {
            const struct ipam_lease *l = req_row(&req, IPAM_T_LEASE, i);

            assert_true(memcmp(&last, &l->address, sizeof(last)) < 0);
            last = l->address;
        }
        assert_in_range(req.count, 1, total ? 7 : 30);
        total += req.count;
        assert_int_equal(req.flags, req.cursor[0] ? 0 : IPAM_DONE_COMPLETE);
        snprintf(cursor, sizeof(cursor), "%s", req.cursor);
    } while (cursor[0]);
    assert_int_equal(total, 100);
    read_leases("nonsense", 0);
    req_ended(&req, IPAM_E_INVAL);
    read_leases("10.0.0.11", 1); /* gone or not, a cursor holds a place */
    req_ended(&req, IPAM_OK);
    stop();
}

static void test_many_leases_come_quickly(void **state)
{
    char cursor[256] = "";
    size_t total = 0;
    int64_t began = host_now();

    (void)state;
    start((struct option_pair[]){ { "leases", "100000" }, { "page", "10000" }, { NULL, NULL } });
    do {
        read_leases(cursor[0] ? cursor : NULL, 0);
        req_ended(&req, IPAM_OK);
        total += req.count;
        snprintf(cursor, sizeof(cursor), "%s", req.cursor);
    } while (cursor[0]);
    assert_int_equal(total, 100000);
    print_message("100000 leases made and read in %lld ms\n", (long long)(host_now() - began));
    assert_true(host_now() - began < 10000);
    stop();
}

static void test_edits_are_made_and_the_token_moves(void **state)
{
    struct ipam_reservation r = reservation(SCOPE0, "10.0.0.50", "client"), named = r;
    struct edit add = { IPAM_EDIT_VERB_ADD, NULL, &r }, set = { IPAM_EDIT_VERB_SET, &r, &named },
                delete = { IPAM_EDIT_VERB_DELETE, &named, NULL };

    (void)state;
    start(NULL);
    RECORD_SET(&named, IPAM_RESERVATION_NAME, name, STR("host"));
    apply("1", 0, &add, 1);
    req_ended(&req, IPAM_OK);
    assert_int_equal(result(0), IPAM_OK);
    assert_string_equal(req.token, "2");
    apply("1", 0, &set, 1); /* of a state that is past */
    req_ended(&req, IPAM_E_CHANGED);
    assert_int_equal(req.count, 0);
    apply("2", 0, &set, 1);
    req_ended(&req, IPAM_OK);
    read_config(NULL);
    assert_string_equal(req.token, "3");
    const struct ipam_reservation *now = req_row(&req, IPAM_T_RESERVATION, 0);
    assert_str(now->name, "host");
    apply("3", 0, &delete, 1);
    req_ended(&req, IPAM_OK);
    read_config(NULL);
    assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 0);
    assert_string_equal(req.token, "4");
    stop();
}

static void test_a_scope_comes_and_goes_with_what_is_in_it(void **state)
{
    struct ipam_scope s = scope("10.9.0.0/24");
    struct ipam_pool p = pool("10.9.0.0/24", "10.9.0.10", "10.9.0.20");
    struct ipam_exclusion x;
    struct ipam_reservation r = reservation("10.9.0.0/24", "10.9.0.30", "c");

    (void)state;
    record_init(&x, IPAM_T_EXCLUSION);
    RECORD_SET(&x, IPAM_EXCLUSION_NATIVE_SCOPE, native_scope, STR("10.9.0.0/24"));
    RECORD_SET(&x, IPAM_EXCLUSION_FIRST, first, addr_of("10.9.0.10"));
    RECORD_SET(&x, IPAM_EXCLUSION_LAST, last, addr_of("10.9.0.12"));
    const struct edit adds[] = { { IPAM_EDIT_VERB_ADD, NULL, &r },
                                 { IPAM_EDIT_VERB_ADD, NULL, &s },
                                 { IPAM_EDIT_VERB_ADD, NULL, &x },
                                 { IPAM_EDIT_VERB_ADD, NULL, &p } },
                      deletes[] = { { IPAM_EDIT_VERB_DELETE, &s, NULL },
                                    { IPAM_EDIT_VERB_DELETE, &p, NULL } };
    start((struct option_pair[]){ { "scopes", "0" }, { NULL, NULL } });
    apply("1", 0, adds, 4); /* in any order */
    req_ended(&req, IPAM_OK);
    read_config(NULL);
    assert_int_equal(req.count, 5);
    assert_int_equal(req.rows[1]->type, IPAM_T_SCOPE);
    assert_int_equal(req.rows[2]->type, IPAM_T_POOL);
    assert_int_equal(req.rows[3]->type, IPAM_T_EXCLUSION);
    assert_int_equal(req.rows[4]->type, IPAM_T_RESERVATION);
    const struct ipam_scope *now = req_row(&req, IPAM_T_SCOPE, 0);
    assert_str(now->native, "10.9.0.0/24");
    apply("2", 0, deletes, 2);
    req_ended(&req, IPAM_OK);
    assert_int_equal(result(1), IPAM_OK); /* it went with its scope */
    read_config(NULL);
    assert_int_equal(req.count, 1);
    stop();
}

/* Each is refused, says why, and takes the good edit of the same call with it. */
static void test_what_contradicts_is_refused_and_nothing_changes(void **state)
{
    struct ipam_reservation good = reservation(SCOPE0, "10.0.0.50", "good"),
                            there = reservation(SCOPE0, "10.0.0.60", "there"),
                            again = reservation(SCOPE0, "10.0.0.60", "else"),
                            twice = reservation(SCOPE0, "10.0.0.61", "there"),
                            outside = reservation(SCOPE0, "10.0.1.60", "out"),
                            nowhere = reservation("10.7.0.0/24", "10.7.0.1", "x"),
                            missing = reservation(SCOPE0, "10.0.0.99", "missing"),
                            bare = reservation(SCOPE0, "10.0.0.98", "bare");
    struct ipam_scope overlapping = scope("10.0.0.0/16");
    struct ipam_pool over = pool(SCOPE0, "10.0.0.5", "10.0.0.12"),
                     backwards = pool(SCOPE0, "10.0.0.5", "10.0.0.3");
    struct ipam_zone zone;
    struct {
        struct edit edit;
        int32_t status;
    } cases[] = {
        { { IPAM_EDIT_VERB_ADD, NULL, &again }, IPAM_E_EXIST },
        { { IPAM_EDIT_VERB_ADD, NULL, &twice }, IPAM_E_CONFLICT },
        { { IPAM_EDIT_VERB_ADD, NULL, &outside }, IPAM_E_RANGE },
        { { IPAM_EDIT_VERB_ADD, NULL, &nowhere }, IPAM_E_NOENT },
        { { IPAM_EDIT_VERB_DELETE, &missing, NULL }, IPAM_E_NOENT },
        { { IPAM_EDIT_VERB_SET, &missing, &missing }, IPAM_E_NOENT },
        { { IPAM_EDIT_VERB_SET, &good, &there }, IPAM_E_EXIST },
        { { IPAM_EDIT_VERB_ADD, NULL, &overlapping }, IPAM_E_CONFLICT },
        { { IPAM_EDIT_VERB_ADD, NULL, &over }, IPAM_E_CONFLICT },
        { { IPAM_EDIT_VERB_ADD, NULL, &backwards }, IPAM_E_RANGE },
        { { IPAM_EDIT_VERB_ADD, NULL, NULL }, IPAM_E_INVAL },
        { { IPAM_EDIT_VERB_SET, &good, NULL }, IPAM_E_INVAL },
        { { IPAM_EDIT_VERB_DELETE, NULL, NULL }, IPAM_E_INVAL },
        { { IPAM_EDIT_VERB_ADD, NULL, &zone }, IPAM_E_UNSUPPORTED },
        { { IPAM_EDIT_VERB_ADD, NULL, &bare }, IPAM_E_INVAL },
        { { 9, &good, &good }, IPAM_E_INVAL },
    };
    struct edit first = { IPAM_EDIT_VERB_ADD, NULL, &there };

    (void)state;
    record_init(&zone, IPAM_T_ZONE);
    bare.has[0] &= ~((uint64_t)1 << IPAM_RESERVATION_IDENTIFIER);
    start(NULL);
    apply("1", 0, &first, 1);
    req_ended(&req, IPAM_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct edit edits[] = { { IPAM_EDIT_VERB_ADD, NULL, &good }, cases[i].edit };

        print_message("case %zu\n", i);
        apply("2", 0, edits, 2);
        req_ended(&req, IPAM_E_REFUSED);
        assert_int_equal(result(0), IPAM_E_CANCELED);
        assert_int_equal(result(1), cases[i].status);
        assert_says(req.message, "edit 1:");
        assert_says(req.message, "nothing was changed");
        const struct ipam_edit_result *r = req_row(&req, IPAM_T_EDIT_RESULT, 1);
        assert_true(r->message.len > 0);
        read_config(NULL);
        assert_string_equal(req.token, "2");
        assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 1);
    }
    apply("2", 0, NULL, 0);
    req_ended(&req, IPAM_OK);
    apply("2", IPAM_APPLY_UNDO, NULL, 0);
    req_ended(&req, IPAM_E_INVAL);
    stop();
}

static void test_a_check_changes_nothing(void **state)
{
    struct ipam_reservation r = reservation(SCOPE0, "10.0.0.50", "client");
    struct edit add = { IPAM_EDIT_VERB_ADD, NULL, &r };

    (void)state;
    start(NULL);
    apply("1", IPAM_APPLY_CHECK, &add, 1);
    req_ended(&req, IPAM_OK);
    assert_int_equal(result(0), IPAM_OK);
    assert_string_equal(req.token, "1");
    read_config(NULL);
    assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 0);
    apply("1", IPAM_APPLY_CHECK, (struct edit[]){ add, add }, 2);
    req_ended(&req, IPAM_E_REFUSED);
    stop();
}

static void test_resume_finishes_and_repeats_nothing(void **state)
{
    struct ipam_reservation a = reservation(SCOPE0, "10.0.0.50", "a"),
                            b = reservation(SCOPE0, "10.0.0.51", "b"),
                            old = reservation(SCOPE0, "10.0.0.52", "c"), new = old,
                            gone = reservation(SCOPE0, "10.0.0.53", "d"),
                            other = reservation(SCOPE0, "10.0.0.51", "x");

    (void)state;
    RECORD_SET(&new, IPAM_RESERVATION_NAME, name, STR("new"));
    const struct edit before[] = { { IPAM_EDIT_VERB_ADD, NULL, &a },
                                   { IPAM_EDIT_VERB_ADD, NULL, &old },
                                   { IPAM_EDIT_VERB_ADD, NULL, &gone } },
                      edits[] = { { IPAM_EDIT_VERB_ADD, NULL, &a },
                                  { IPAM_EDIT_VERB_ADD, NULL, &b },
                                  { IPAM_EDIT_VERB_SET, &old, &new },
                                  { IPAM_EDIT_VERB_DELETE, &gone, NULL } };
    start(NULL);
    apply("1", 0, before, 3);
    apply("", IPAM_APPLY_RESUME, edits, 4);
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "3");
    apply("whatever", IPAM_APPLY_RESUME, edits, 4); /* all of it is there: the same again, and no change */
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "3");
    read_config(NULL);
    assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 3);

    apply("", IPAM_APPLY_RESUME | IPAM_APPLY_UNDO, edits, 4);
    req_ended(&req, IPAM_OK);
    read_config(NULL);
    assert_int_equal(req_rows(&req, IPAM_T_RESERVATION), 2);
    const struct ipam_reservation *r = req_row(&req, IPAM_T_RESERVATION, 0);
    assert_memory_equal(&r->address, &old.address, sizeof(r->address));
    assert_false(record_has(r, IPAM_RESERVATION_NAME));
    apply("", IPAM_APPLY_RESUME | IPAM_APPLY_UNDO, edits, 4); /* nothing is left to take back */
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "4");

    struct edit foreign = { IPAM_EDIT_VERB_ADD, NULL, &other };
    apply("4", 0, &foreign, 1);
    apply("", IPAM_APPLY_RESUME | IPAM_APPLY_UNDO, &edits[1],
          1); /* what somebody else made is not taken back */
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "5");
    apply("", IPAM_APPLY_RESUME, &edits[1], 1); /* nor is it written over */
    req_ended(&req, IPAM_E_REFUSED);
    assert_int_equal(result(0), IPAM_E_EXIST);
    stop();
}

static void test_a_reader_that_stops_before_the_end_changes_nothing(void **state)
{
    struct ipam_reservation a = reservation(SCOPE0, "10.0.0.50", "a"),
                            b = reservation(SCOPE0, "10.0.0.51", "b");
    const struct edit edits[] = { { IPAM_EDIT_VERB_ADD, NULL, &a }, { IPAM_EDIT_VERB_ADD, NULL, &b } };
    struct ipam_apply args = { .size = sizeof(args), .type = IPAM_T_APPLY, .token = STR("1"), .count = 2 };

    (void)state;
    start(NULL);
    req.edits = edits;
    req.edit_count = 2;
    req.stop_after = 1;
    ops()->apply(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_TIMEOUT);
    read_config(NULL);
    assert_string_equal(req.token, "1");
    stop();
}

static void act(uint32_t verb, const char *address, const char *client)
{
    struct ipam_act args = { .size = sizeof(args), .type = IPAM_T_ACT, .verb = verb };

    if (address)
        RECORD_SET(&args, IPAM_ACT_ADDRESS, address, addr_of(address));
    if (client)
        RECORD_SET(&args, IPAM_ACT_IDENTIFIER, identifier,
                   ((struct ipam_bytes){ (const uint8_t *)client, strlen(client) }));
    req_free(&req);
    ops()->act(inst.ctx, &req, &args);
}

static void test_leases_are_added_and_deleted(void **state)
{
    (void)state;
    start((struct option_pair[]){ { "leases", "2" }, { NULL, NULL } });
    act(IPAM_DHCP_ACT_LEASE_ADD, "10.0.0.5", "client");
    req_ended(&req, IPAM_OK);
    act(IPAM_DHCP_ACT_LEASE_ADD, "10.0.0.5", "client");
    req_ended(&req, IPAM_E_EXIST);
    act(IPAM_DHCP_ACT_LEASE_ADD, "192.0.2.5", "client");
    req_ended(&req, IPAM_E_REFUSED);
    act(IPAM_DHCP_ACT_LEASE_DELETE, "10.0.0.10", NULL);
    req_ended(&req, IPAM_OK);
    act(IPAM_DHCP_ACT_LEASE_DELETE, "10.0.0.10", NULL);
    req_ended(&req, IPAM_E_NOENT);
    act(IPAM_DHCP_ACT_LEASE_DELETE, NULL, NULL);
    req_ended(&req, IPAM_E_INVAL);
    act(IPAM_DHCP_ACT_RELOAD, NULL, NULL);
    req_ended(&req, IPAM_E_UNSUPPORTED);
    read_leases(NULL, 0);
    assert_int_equal(req.count, 2);
    const struct ipam_lease *l = req_row(&req, IPAM_T_LEASE, 0);
    assert_str(l->native_scope, SCOPE0);
    assert_int_equal(l->mac.len, 6);
    assert_memory_equal(l->mac.data, "client", 6);
    stop();
}

static void test_a_scope_with_leases_is_deleted_only_by_force(void **state)
{
    struct ipam_scope s = scope(SCOPE0);
    struct edit delete = { IPAM_EDIT_VERB_DELETE, &s, NULL };

    (void)state;
    start((struct option_pair[]){ { "leases", "5" }, { NULL, NULL } });
    apply("1", 0, &delete, 1);
    req_ended(&req, IPAM_E_REFUSED);
    apply("1", IPAM_APPLY_FORCE, &delete, 1);
    req_ended(&req, IPAM_OK);
    read_leases(NULL, 0);
    assert_int_equal(req.count, 0);
    stop();
}

static void next_free(const char *native, int64_t count, const char *first, const char *last)
{
    struct ipam_next_free args = { .size = sizeof(args), .type = IPAM_T_NEXT_FREE };

    RECORD_SET(&args, IPAM_NEXT_FREE_NATIVE_SCOPE, native_scope, STR(native));
    if (count)
        RECORD_SET(&args, IPAM_NEXT_FREE_COUNT, count, count);
    if (first)
        RECORD_SET(&args, IPAM_NEXT_FREE_FIRST, first, addr_of(first));
    if (last)
        RECORD_SET(&args, IPAM_NEXT_FREE_LAST, last, addr_of(last));
    req_free(&req);
    ops()->next_free(inst.ctx, &req, &args);
}

static void test_next_free_passes_over_what_is_taken(void **state)
{
    struct ipam_reservation r = reservation(SCOPE0, "10.0.0.14", "r");
    struct ipam_exclusion x;
    struct ipam_addr expected[] = { addr_of("10.0.0.13"), addr_of("10.0.0.17"), addr_of("10.0.0.18") };

    (void)state;
    record_init(&x, IPAM_T_EXCLUSION);
    RECORD_SET(&x, IPAM_EXCLUSION_NATIVE_SCOPE, native_scope, STR(SCOPE0));
    RECORD_SET(&x, IPAM_EXCLUSION_FIRST, first, addr_of("10.0.0.15"));
    RECORD_SET(&x, IPAM_EXCLUSION_LAST, last, addr_of("10.0.0.16"));
    start((struct option_pair[]){ { "leases", "3" }, { NULL, NULL } }); /* 10.0.0.10 to .12 */
    apply("1", 0, (struct edit[]){ { IPAM_EDIT_VERB_ADD, NULL, &r }, { IPAM_EDIT_VERB_ADD, NULL, &x } }, 2);
    req_ended(&req, IPAM_OK);
    next_free(SCOPE0, 3, NULL, NULL);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct ipam_address *a = req_row(&req, IPAM_T_ADDRESS, i);
        assert_memory_equal(&a->address, &expected[i], sizeof(expected[i]));
    }
    next_free(SCOPE0, 0, "10.0.0.100", NULL);
    assert_int_equal(req.count, 1);
    next_free(SCOPE0, 5, NULL, "10.0.0.12");
    req_ended(&req, IPAM_E_EXHAUSTED);
    next_free("nonsense", 1, NULL, NULL);
    req_ended(&req, IPAM_E_NOENT);
    stop();
}

static uint64_t figure(const char *name, const char *target)
{
    for (size_t i = 0; i < req_rows(&req, IPAM_T_STAT); i++) {
        const struct ipam_stat *s = req_row(&req, IPAM_T_STAT, i);

        if (str_is(s->name, name) && record_has(s, IPAM_STAT_TARGET) == (target != NULL) &&
            (!target || str_is(s->target, target)))
            return s->count.lo;
    }
    fail_msg("no figure %s", name);
    return 0;
}

static void test_figures_add_up(void **state)
{
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };

    (void)state;
    start((struct option_pair[]){ { "scopes", "2" }, { "leases", "9" }, { NULL, NULL } });
    ops()->read_stats(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_int_equal(figure("scopes", NULL), 2);
    assert_int_equal(figure("leases", NULL), 9);
    assert_int_equal(figure("addresses.total", SCOPE0), 245);
    assert_int_equal(figure("addresses.assigned", SCOPE0), 4);
    assert_int_equal(figure("addresses.free", SCOPE0), 241);
    assert_int_equal(figure("addresses.free", NULL), 2 * 245 - 9);
    stop();
}

static void test_a_server_that_takes_no_changes_says_so(void **state)
{
    struct ipam_reservation r = reservation(SCOPE0, "10.0.0.50", "client");
    struct edit add = { IPAM_EDIT_VERB_ADD, NULL, &r };
    const uint64_t reads = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6 | IPAM_DHCP_CAP_STATS |
                           IPAM_DHCP_CAP_NEXT_FREE | IPAM_DHCP_CAP_TEXT;

    (void)state;
    start((struct option_pair[]){ { "writable", "false" }, { NULL, NULL } });
    assert_probe(&inst, &ops()->common, reads);
    assert_int_equal(inst.capabilities, reads);
    apply("1", 0, &add, 1);
    req_ended(&req, IPAM_E_ACCESS);
    act(IPAM_DHCP_ACT_LEASE_ADD, "10.0.0.5", "client");
    req_ended(&req, IPAM_E_ACCESS);
    stop();
    start(NULL);
    assert_probe(&inst, &ops()->common, ops()->common.capabilities);
    stop();
}

static void *cancel_soon(void *user)
{
    struct timespec ts = { .tv_nsec = 30000000 };

    nanosleep(&ts, NULL);
    ((struct ipam_req *)user)->cancelled = 1;
    return NULL;
}

static void test_a_delay_ends_at_the_deadline_and_when_cancelled(void **state)
{
    struct ipam_dhcp_read args = { .size = sizeof(args), .type = IPAM_T_DHCP_READ };
    int64_t began;
    pthread_t thread;

    (void)state;
    start((struct option_pair[]){ { "delay", "10s" }, { NULL, NULL } });
    began = host_now();
    req.deadline_ms = began + 40;
    ops()->read_config(inst.ctx, &req, &args);
    req_ended(&req, IPAM_E_TIMEOUT);
    assert_in_range(host_now() - began, 40, 5000);
    req_free(&req);
    began = host_now();
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &req), 0);
    ops()->read_config(inst.ctx, &req, &args);
    pthread_join(thread, NULL);
    req_ended(&req, IPAM_E_CANCELED);
    assert_in_range(host_now() - began, 20, 5000);
    stop();
    start((struct option_pair[]){ { "delay", "50ms" }, { NULL, NULL } });
    began = host_now();
    ops()->read_config(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_in_range(host_now() - began, 50, 5000);
    stop();
}

static void test_wrong_options_are_found(void **state)
{
    (void)state;
    assert_string_equal(inst_check(&inst, NULL), "");
    assert_says(
        inst_check(&inst,
                   (struct option_pair[]){ { "network", "10.0.0.0/24" }, { "scopes", "2" }, { NULL, NULL } }),
        "network has no room");
    assert_says(inst_check(&inst, (struct option_pair[]){ { "scopes", "0" }, { "leases", "2" }, { NULL, NULL } }),
                "scopes is 0");
    assert_int_equal(
        inst_open(&inst, (struct option_pair[]){ { "network", "10.0.0.0/30" }, { "leases", "2" }, { NULL, NULL } }),
        IPAM_E_CONFIG);
    assert_says(inst.error, "shorter prefix");
}

static void test_ipv6_is_no_different(void **state)
{
    (void)state;
    start((struct option_pair[]){ { "network", "2001:db8::/48" },
                                  { "scopes", "2" },
                                  { "leases", "3" },
                                  { "reservations", "1" },
                                  { NULL, NULL } });
    read_config(NULL);
    req_ended(&req, IPAM_OK);
    const struct ipam_scope *s = req_row(&req, IPAM_T_SCOPE, 1);
    assert_str(s->native, "2001:db8::100/120");
    read_leases(NULL, 1);
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.cursor, "2001:db8::a");
    const struct ipam_lease *l = req_row(&req, IPAM_T_LEASE, 0);
    assert_true(record_has(l, IPAM_LEASE_DUID));
    stop();
}

static void test_two_instances_know_nothing_of_each_other(void **state)
{
    struct ipam_inst other;
    struct ipam_reservation r = reservation(SCOPE0, "10.0.0.50", "client");
    struct edit add = { IPAM_EDIT_VERB_ADD, NULL, &r };

    (void)state;
    start(NULL);
    inst_start(&other, NULL);
    apply("1", 0, &add, 1);
    req_ended(&req, IPAM_OK);
    stop();
    inst = other;
    req_init(&req, &inst);
    read_config(NULL);
    assert_string_equal(req.token, "1");
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_configuration_is_what_the_options_ask_for),
        cmocka_unit_test(test_pages_meet_every_lease_once_and_in_order),
        cmocka_unit_test(test_many_leases_come_quickly),
        cmocka_unit_test(test_only_another_configuration_is_read),
        cmocka_unit_test(test_the_configuration_is_told_as_text),
        cmocka_unit_test(test_edits_are_made_and_the_token_moves),
        cmocka_unit_test(test_a_scope_comes_and_goes_with_what_is_in_it),
        cmocka_unit_test(test_what_contradicts_is_refused_and_nothing_changes),
        cmocka_unit_test(test_a_check_changes_nothing),
        cmocka_unit_test(test_resume_finishes_and_repeats_nothing),
        cmocka_unit_test(test_a_reader_that_stops_before_the_end_changes_nothing),
        cmocka_unit_test(test_leases_are_added_and_deleted),
        cmocka_unit_test(test_a_scope_with_leases_is_deleted_only_by_force),
        cmocka_unit_test(test_next_free_passes_over_what_is_taken),
        cmocka_unit_test(test_figures_add_up),
        cmocka_unit_test(test_a_server_that_takes_no_changes_says_so),
        cmocka_unit_test(test_a_delay_ends_at_the_deadline_and_when_cancelled),
        cmocka_unit_test(test_wrong_options_are_found),
        cmocka_unit_test(test_ipv6_is_no_different),
        cmocka_unit_test(test_two_instances_know_nothing_of_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
