/* null_dns_test.c - null-dns: zones, records by pages and by what changed, edits, questions.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_host.h"

#define ZONE "z0.null.example"

static struct ipam_inst inst;
static struct ipam_req req;

static const struct ipam_dns_ops *ops(void)
{
    return inst.plugin->dns;
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

static void read_records(const char *zone, const char *token, const char *cursor, int64_t limit)
{
    struct ipam_dns_read args;
    char copy[2][128];

    record_init(&args, IPAM_T_DNS_READ);
    RECORD_SET(&args, IPAM_DNS_READ_ZONE, zone, STR(zone));
    if (token) {
        snprintf(copy[0], sizeof(copy[0]), "%s", token);
        RECORD_SET(&args, IPAM_DNS_READ_TOKEN, token, STR(copy[0]));
    }
    if (cursor) {
        snprintf(copy[1], sizeof(copy[1]), "%s", cursor);
        RECORD_SET(&args, IPAM_DNS_READ_CURSOR, cursor, STR(copy[1]));
    }
    if (limit)
        RECORD_SET(&args, IPAM_DNS_READ_LIMIT, limit, limit);
    req_free(&req);
    ops()->read_records(inst.ctx, &req, &args);
}

static void list_zones(void)
{
    struct ipam_dns_read args;

    record_init(&args, IPAM_T_DNS_READ);
    req_free(&req);
    ops()->list_zones(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
}

static struct ipam_dns_record record(const char *zone, const char *name, const char *type, const char *data)
{
    struct ipam_dns_record r;

    record_init(&r, IPAM_T_DNS_RECORD);
    RECORD_SET(&r, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, STR(zone));
    RECORD_SET(&r, IPAM_DNS_RECORD_NAME, name, STR(name));
    RECORD_SET(&r, IPAM_DNS_RECORD_TYPE, type_, STR(type));
    RECORD_SET(&r, IPAM_DNS_RECORD_DATA, data, STR(data));
    return r;
}

static void apply(const char *token, int64_t flags, const struct edit *edits, uint32_t count)
{
    struct ipam_apply args;
    char copy[64];

    record_init(&args, IPAM_T_APPLY);
    snprintf(copy, sizeof(copy), "%s", token);
    RECORD_SET(&args, IPAM_APPLY_TOKEN, token, STR(copy));
    RECORD_SET(&args, IPAM_APPLY_FLAGS, flags, flags);
    RECORD_SET(&args, IPAM_APPLY_COUNT, count, (int64_t)count);
    req_free(&req);
    req.edits = edits;
    req.edit_count = count;
    ops()->apply(inst.ctx, &req, &args);
}

static void add(const char *token, const struct ipam_dns_record *r)
{
    struct edit e = { IPAM_EDIT_VERB_ADD, NULL, r };

    apply(token, 0, &e, 1);
}

static void resolve(const char *name, const char *type)
{
    struct ipam_resolve args;

    record_init(&args, IPAM_T_RESOLVE);
    RECORD_SET(&args, IPAM_RESOLVE_NAME, name, STR(name));
    RECORD_SET(&args, IPAM_RESOLVE_TYPE, type_, STR(type));
    req_free(&req);
    ops()->resolve(inst.ctx, &req, &args);
}

static void test_zones_and_records_are_those_of_the_options(void **state)
{
    (void)state;
    start((struct option_pair[]){
        { "zones", "2" }, { "records", "5" }, { "address", "2001:db8::53" }, { NULL, NULL } });
    list_zones();
    assert_int_equal(req.count, 2);
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE);
    const struct ipam_zone *z = req_row(&req, IPAM_T_ZONE, 1);
    assert_str(z->name, "z1.null.example");
    assert_str(z->native, "z1.null.example");
    assert_int_equal(z->serial, 1);
    assert_int_equal(z->state, IPAM_ZONE_STATE_RUNNING);
    read_records("z1.null.example", NULL, NULL, 0);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 3 + 3); /* SOA, NS, its address, three hosts */
    assert_str(((const struct ipam_dns_record *)req.rows[0])->type_, "SOA");
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE);
    assert_string_equal(req.token, "1");
    resolve("ns.z1.null.example", "AAAA");
    req_ended(&req, IPAM_OK);
    assert_str(((const struct ipam_dns_record *)req.rows[0])->data, "2001:db8::53");
    read_records("nonsense", NULL, NULL, 0);
    req_ended(&req, IPAM_E_NOENT);
    stop();
}

static void test_pages_meet_every_record_once(void **state)
{
    char cursor[256] = "";
    size_t total = 0;

    (void)state;
    start((struct option_pair[]){ { "records", "100" }, { NULL, NULL } });
    do {
        read_records(ZONE, NULL, cursor[0] ? cursor : NULL, 9);
        req_ended(&req, IPAM_OK);
        assert_in_range(req.count, 1, 9);
        total += req.count;
        snprintf(cursor, sizeof(cursor), "%s", req.cursor);
    } while (cursor[0]);
    assert_int_equal(total, 103);
    read_records(ZONE, NULL, "nonsense", 9);
    req_ended(&req, IPAM_E_INVAL);
    read_records(ZONE, NULL, "99:5", 9);
    req_ended(&req, IPAM_E_CHANGED);
    stop();
}

static const struct ipam_dns_record *delta(const char *name)
{
    for (size_t i = 0; i < req.count; i++)
        if (str_is(((const struct ipam_dns_record *)req.rows[i])->name, name))
            return (const struct ipam_dns_record *)req.rows[i];
    return NULL;
}

static void test_what_changed_since_a_serial_is_read(void **state)
{
    struct ipam_dns_record a = record(ZONE, "a." ZONE, "A", "10.1.1.1"),
                           b = record(ZONE, "b." ZONE, "A", "10.1.1.2"), longer = b,
                           elsewhere = record("z1.null.example", "x.z1.null.example", "A", "10.2.2.2");

    (void)state;
    RECORD_SET(&longer, IPAM_DNS_RECORD_TTL, ttl, 60);
    start((struct option_pair[]){ { "zones", "2" }, { NULL, NULL } });
    read_records(ZONE, "1", NULL, 0);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 0);
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE | IPAM_DONE_DELTA);
    add("1", &a);
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "2");
    add("2", &b);
    assert_string_equal(req.token, "3");
    add("1", &elsewhere); /* the other zone is at its own serial */
    req_ended(&req, IPAM_OK);
    const struct edit edits[] = { { IPAM_EDIT_VERB_DELETE, &a, NULL }, { IPAM_EDIT_VERB_SET, &b, &longer } };
    apply("3", 0, edits, 2);
    req_ended(&req, IPAM_OK);
    assert_string_equal(req.token, "5");

    read_records(ZONE, "2", NULL, 0);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.flags, IPAM_DONE_COMPLETE | IPAM_DONE_DELTA);
    assert_int_equal(req.count, 3);
    assert_non_null(delta(ZONE)); /* the SOA record holds the serial */
    assert_true(delta("a." ZONE)->removed);
    assert_false(record_has(delta("b." ZONE), IPAM_DNS_RECORD_REMOVED));
    assert_int_equal(delta("b." ZONE)->ttl, 60);
    read_records(ZONE, "5", NULL, 0);
    assert_int_equal(req.count, 0);
    read_records(ZONE, "6", NULL, 0);
    req_ended(&req, IPAM_E_GONE);
    read_records(ZONE, "x", NULL, 0);
    req_ended(&req, IPAM_E_INVAL);
    stop();
}

static void test_what_was_forgotten_is_gone(void **state)
{
    static struct ipam_dns_record many[10000];
    static char names[10000][64];
    static struct edit edits[2][10000];
    struct ipam_dns_record one = record(ZONE, "one." ZONE, "A", "10.1.1.1");

    (void)state;
    start(NULL);
    for (size_t i = 0; i < 10000; i++) {
        snprintf(names[i], sizeof(names[i]), "m%zu.%s", i, ZONE);
        many[i] = record(ZONE, names[i], "A", "10.3.3.3");
        edits[0][i] = (struct edit){ IPAM_EDIT_VERB_ADD, NULL, &many[i] };
        edits[1][i] = (struct edit){ IPAM_EDIT_VERB_DELETE, &many[i], NULL };
    }
    add("1", &one);
    apply("2", 0, &(struct edit){ IPAM_EDIT_VERB_DELETE, &one, NULL }, 1);
    req_ended(&req, IPAM_OK);
    read_records(ZONE, "2", NULL, 0);
    req_ended(&req, IPAM_OK);
    apply("3", 0, edits[0], 10000);
    apply("4", 0, edits[1], 10000);
    req_ended(&req, IPAM_OK);
    read_records(ZONE, "2", NULL, 0);
    req_ended(&req, IPAM_E_GONE);
    read_records(ZONE, "3", NULL, 0);
    req_ended(&req, IPAM_OK);
    stop();
}

static void test_edits_that_no_server_would_take_are_refused(void **state)
{
    struct {
        struct ipam_dns_record r;
        int32_t status;
    } cases[] = {
        { record(ZONE, "a.elsewhere", "A", "10.0.0.1"), IPAM_E_RANGE },
        { record(ZONE, "x" ZONE, "A", "10.0.0.1"), IPAM_E_RANGE },
        { record("nozone", "a.nozone", "A", "10.0.0.1"), IPAM_E_NOENT },
        { record(ZONE, "a." ZONE, "A", "2001:db8::1"), IPAM_E_INVAL },
        { record(ZONE, "a." ZONE, "AAAA", "nonsense"), IPAM_E_INVAL },
        { record(ZONE, "ns." ZONE, "CNAME", "a." ZONE), IPAM_E_CONFLICT },
        { record(ZONE, ZONE, "SOA", "x"), IPAM_E_UNSUPPORTED },
        { record(ZONE, "ns." ZONE, "A", "192.0.2.53"), IPAM_E_EXIST },
    };

    (void)state;
    start(NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("case %zu\n", i);
        add("1", &cases[i].r);
        req_ended(&req, IPAM_E_REFUSED);
        const struct ipam_edit_result *r = req_row(&req, IPAM_T_EDIT_RESULT, 0);
        assert_int_equal(r->status, cases[i].status);
    }
    add("2", &cases[0].r);
    req_ended(&req, IPAM_E_CHANGED);
    stop();
}

static void test_zones_come_and_go_with_their_records(void **state)
{
    struct ipam_zone z, f;
    struct ipam_dns_record r = record("new.example", "a.new.example", "A", "10.0.0.1");

    (void)state;
    record_init(&z, IPAM_T_ZONE);
    RECORD_SET(&z, IPAM_ZONE_NAME, name, STR("new.example"));
    RECORD_SET(&z, IPAM_ZONE_TYPE, type_, IPAM_ZONE_TYPE_PRIMARY);
    f = z;
    RECORD_SET(&f, IPAM_ZONE_VIEW, view, STR("inside"));
    RECORD_SET(&f, IPAM_ZONE_TYPE, type_, IPAM_ZONE_TYPE_FORWARDER);
    const struct edit adds[] = { { IPAM_EDIT_VERB_ADD, NULL, &z },
                                 { IPAM_EDIT_VERB_ADD, NULL, &r },
                                 { IPAM_EDIT_VERB_ADD, NULL, &f } };
    start((struct option_pair[]){ { "zones", "0" }, { NULL, NULL } });
    apply("1", 0, adds, 3);
    req_ended(&req, IPAM_OK);
    list_zones();
    assert_string_equal(req.token, "2");
    assert_int_equal(req.count, 2);
    assert_str(((const struct ipam_zone *)req.rows[0])->native, "inside/new.example");
    assert_false(record_has(req.rows[0], IPAM_ZONE_SERIAL));
    resolve("A.New.Example.", "A");
    req_ended(&req, IPAM_OK);
    apply("2", 0, &(struct edit){ IPAM_EDIT_VERB_DELETE, &z, NULL }, 1);
    req_ended(&req, IPAM_OK);
    resolve("a.new.example", "A");
    req_ended(&req, IPAM_E_NOENT);
    stop();
}

static void test_questions_follow_aliases(void **state)
{
    struct ipam_dns_record alias = record(ZONE, "www." ZONE, "CNAME", "ns." ZONE),
                           loop = record(ZONE, "loop." ZONE, "CNAME", "loop." ZONE);

    (void)state;
    start(NULL);
    add("1", &alias);
    add("2", &loop);
    resolve("www." ZONE, "A");
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 2);
    assert_str(((const struct ipam_dns_record *)req.rows[1])->data, "192.0.2.53");
    resolve("www." ZONE, "CNAME");
    assert_int_equal(req.count, 1);
    resolve("loop." ZONE, "A");
    req_ended(&req, IPAM_OK); /* and it ends */
    resolve("ns." ZONE, "MX");
    req_ended(&req, IPAM_E_NOENT);
    resolve("", "A");
    req_ended(&req, IPAM_E_NOENT);
    stop();
}

static void test_figures_probe_and_options(void **state)
{
    struct ipam_dns_read args;
    struct ipam_inst other;

    (void)state;
    record_init(&args, IPAM_T_DNS_READ);
    start((struct option_pair[]){ { "zones", "2" }, { "records", "3" }, { NULL, NULL } });
    assert_probe(&inst, &ops()->common, ops()->common.capabilities);
    ops()->read_stats(inst.ctx, &req, &args);
    req_ended(&req, IPAM_OK);
    assert_int_equal(req.count, 3);
    assert_int_equal(((const struct ipam_stat *)req.rows[0])->count.lo, 3);
    assert_int_equal(((const struct ipam_stat *)req.rows[2])->count.lo, 2);
    stop();
    assert_string_equal(inst_check(&other, NULL), "");
    assert_says(inst_check(&other, (struct option_pair[]){ { "zones", "0" }, { "records", "1" }, { NULL, NULL } }),
                "zones");
    assert_says(inst_check(&other, (struct option_pair[]){ { "domain", "" }, { NULL, NULL } }), "domain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zones_and_records_are_those_of_the_options),
        cmocka_unit_test(test_pages_meet_every_record_once),
        cmocka_unit_test(test_what_changed_since_a_serial_is_read),
        cmocka_unit_test(test_what_was_forgotten_is_gone),
        cmocka_unit_test(test_edits_that_no_server_would_take_are_refused),
        cmocka_unit_test(test_zones_come_and_go_with_their_records),
        cmocka_unit_test(test_questions_follow_aliases),
        cmocka_unit_test(test_figures_probe_and_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
