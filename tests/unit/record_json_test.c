/* record_json_test.c - records from and to JSON: every kind, every message, random round trips.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record_gen.h"

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

/* Reads the text; the problems come back as "POINTER MESSAGE" lines. */
static int read_record(uint32_t type, enum record_mode mode, const char *text, void **ret,
                       uint64_t cleared[2], const char **ret_problems)
{
    struct record_problems problems;
    struct json_error why;
    struct json_doc *doc;
    const char *lines = "";
    int rc;

    if (json_parse(text, strlen(text), 1 << 20, &doc, &why) != 0)
        fail_msg("%s: %s", text, why.message);
    record_problems_init(&problems, &arena);
    rc = record_from_json(record_type(type), mode, doc, json_root(doc), "", &arena, ret, cleared, &problems);
    for (const struct record_problem *p = problems.first; p != NULL; p = p->next)
        lines = arena_printf(&arena, "%s%s %s\n", lines, p->pointer, p->message);
    assert_true((rc == 0) == (problems.first == NULL));
    json_free(doc);
    *ret_problems = lines;
    return rc;
}

static const char *write_record(const void *rec, const uint64_t fields[2])
{
    struct json_writer w;
    struct strbuf b;
    const char *text;

    strbuf_init(&b, 1 << 20);
    jw_init(&w, &b);
    record_to_json(rec, fields, &w);
    assert_false(b.failed);
    text = arena_memdup(&arena, b.data, b.len);
    strbuf_fini(&b);
    return text;
}

static void test_every_kind_in_and_out(void **state)
{
    static const struct {
        uint32_t type;
        const char *in, *out;
    } rows[] = {
        { IPAM_T_SUBNET, "{\"prefix\":\"10.1.2.0/24\",\"id\":9007199254740991,\"vlans\":[1,-2,4094]}",
          "{\"id\":9007199254740991,\"prefix\":\"10.1.2.0/24\",\"vlans\":[1,-2,4094]}" },
        { IPAM_T_SUBNET, "{\"size\":\"340282366920938463463374607431768211455\",\"utilization\":12.3}",
          "{\"size\":\"340282366920938463463374607431768211455\",\"utilization\":12.30}" },
        { IPAM_T_SUBNET, "{\"name\":\"\",\"vlans\":[],\"utilization\":100}",
          "{\"name\":\"\",\"vlans\":[],\"utilization\":100.00}" },
        { IPAM_T_SERVER, "{\"managed\":false,\"state\":\"faulty\",\"roles\":[\"dhcp\",\"dns\"]}",
          "{\"roles\":[\"dhcp\",\"dns\"],\"managed\":false,\"state\":\"faulty\"}" },
        { IPAM_T_SERVER, "{\"contacted\":\"2026-11-23T01:02:03.004+01:00\"}",
          "{\"contacted\":\"2026-11-23T00:02:03.004Z\"}" },
        { IPAM_T_ADDRESS, "{\"mac\":\"AA-BB-cc-00-01-02\",\"address\":\"2001:DB8::1\"}",
          "{\"address\":\"2001:db8::1\",\"mac\":\"aa:bb:cc:00:01:02\"}" },
        { IPAM_T_ADDRESS, "{\"mac\":\"aabb.cc00.0102\"}", "{\"mac\":\"aa:bb:cc:00:01:02\"}" },
        { IPAM_T_ADDRESS, "{\"mac\":\"aabbcc000102\"}", "{\"mac\":\"aa:bb:cc:00:01:02\"}" },
        { IPAM_T_SCOPE, "{\"vendor\":{\"z\":[1.50,null],\"a\":\"\\u00e9\"},\"server\":3}",
          "{\"server\":3,\"vendor\":{\"a\":\"\xc3\xa9\",\"z\":[1.50,null]}}" },
        { IPAM_T_RESERVATION, "{\"addresses\":[\"2001:db8::2\"]}", "{\"addresses\":[\"2001:db8::2\"]}" },
        { IPAM_T_SPACE, "{\"description\":\"a\\tb\\nc \\u20ac\"}",
          "{\"description\":\"a\\tb\\nc \xe2\x82\xac\"}" },
        { IPAM_T_SPACE, "{\"description\":null}", "{}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *problems;
        void *rec;

        print_message("row: %s\n", rows[i].in);
        read_record(rows[i].type, MODE_TRUSTED, rows[i].in, &rec, NULL, &problems);
        assert_string_equal(problems, "");
        assert_string_equal(write_record(rec, NULL), rows[i].out);
    }
}

static void test_messages(void **state)
{
    static const struct {
        uint32_t type;
        enum record_mode mode;
        const char *in, *problems;
    } rows[] = {
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":\"10.1.2.5/24\"}",
          "/prefix 10.1.2.5/24 has host bits set; did you mean 10.1.2.0/24?\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":\"10.1.2.0\"}",
          "/prefix \"10.1.2.0\" is not a prefix; write it like 10.1.2.0/24 or 2001:db8::/64\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":5}", "/prefix must be a string, not a number\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{}", "/prefix is required\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":null}", "/prefix is required\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":\"::/0\",\"naem\":\"x\"}",
          "/naem unknown field; did you mean \"name\"?\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":\"::/0\",\"a/b~c\":1}",
          "/a~1b~0c unknown field; known are: space, prefix, name, description, vlans"
          ", owner, status, tags, gateways, dns_servers, vsid, logical_network, site, custom, under, over, quarantine, in_vlan\n" },
        { IPAM_T_SUBNET, MODE_PATCH, "{\"prefixx\":\"::/0\"}",
          "/prefixx unknown field; known are: name, description, vlans"
          ", owner, status, tags, gateways, dns_servers, vsid, logical_network, site, custom, under, over, quarantine, in_vlan\n" },
        { IPAM_T_SUBNET, MODE_PATCH, "{\"prefix\":\"::/0\",\"space\":2}",
          "/prefix can be set only when the object is created\n/space can be set only when the object is "
          "created\n" },
        { IPAM_T_SUBNET, MODE_PATCH, "{\"id\":1,\"used\":\"3\"}",
          "/id is read-only\n/used is computed and cannot be set\n" },
        { IPAM_T_SPACE, MODE_PATCH, "{\"name\":null}", "/name is required and cannot be cleared\n" },
        { IPAM_T_SPACE, MODE_CREATE, "{\"name\":\"\"}", "/name must not be empty\n" },
        { IPAM_T_SPACE, MODE_CREATE, "{\"name\":\"a\\u0007\"}",
          "/name must not contain control characters; there is one at byte 2\n" },
        { IPAM_T_SPACE, MODE_CREATE, "{\"name\":\"ab\\u009b\"}",
          "/name must not contain control characters; there is one at byte 3\n" },
        { IPAM_T_SUBNET, MODE_PATCH, "{\"vlans\":[1,\"2\",3.5,99999999999999999999]}",
          "/vlans/1 must be a number, not a string\n/vlans/2 must be a whole number\n"
          "/vlans/3 must be a whole number of at most 64 bits\n" },
        { IPAM_T_SUBNET, MODE_PATCH, "{\"vlans\":7}", "/vlans must be an array, not a number\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":\"::/0\",\"space\":0}",
          "/space must be the id of a space, a number from 1\n" },
        { IPAM_T_SUBNET, MODE_CREATE, "{\"prefix\":\"::/0\",\"space\":\"default\"}",
          "/space must be a number, not a string\n" },
        { IPAM_T_RANGE, MODE_CREATE, "{\"first\":\"10.0.0.300\",\"last\":\"10.0.0.9\",\"kind\":\"dynamc\"}",
          "/first \"10.0.0.300\" is not an IP address; write it like 10.1.2.3 or 2001:db8::1\n"
          "/kind \"dynamc\" is not one of static, dynamic, auto, vip, reserved\n" },
        { IPAM_T_LEASE, MODE_TRUSTED, "{\"prefix_length\":129,\"expires\":\"tomorrow\"}",
          "/prefix_length must be between 0 and 128, not 129\n"
          "/expires \"tomorrow\" is not a time; write it like 2026-11-23T01:02:03Z\n" },
        { IPAM_T_ADDRESS, MODE_PATCH, "{\"mac\":\"aa:bb:c\"}",
          "/mac \"aa:bb:c\" is not hexadecimal; write it like aa:bb:cc\n" },
        { IPAM_T_ADDRESS, MODE_PATCH, "{\"mac\":\"aa:bb-cc\"}",
          "/mac \"aa:bb-cc\" is not hexadecimal; write it like aa:bb:cc\n" },
        { IPAM_T_ADDRESS, MODE_PATCH, "{\"mac\":\"000102030405060708090a0b0c0d0e0f1011121314\"}",
          "/mac must be at most 20 bytes long, not 21\n" },
        { IPAM_T_SERVER, MODE_PATCH, "{\"managed\":\"yes\",\"roles\":[\"dhcp\",\"\"]}",
          "/managed must be true or false, not a string\n/roles/1 must not be empty\n" },
        { IPAM_T_SERVER, MODE_PATCH, "{\"roles\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}",
          "/roles must have at most 8 items, not 9\n" },
        { IPAM_T_SUBNET, MODE_TRUSTED, "{\"size\":\"-1\",\"utilization\":\"5\"}",
          "/size \"-1\" is not a count; write decimal digits, at most 2^128-1\n"
          "/utilization must be a number, not a string\n" },
        { IPAM_T_LEASE, MODE_PATCH, "{\"xyzzy\":1}", "/xyzzy unknown field; known are: none\n" },
        { IPAM_T_SPACE, MODE_CREATE, "[1]", " must be an object, not an array\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *problems;
        void *rec = NULL;

        print_message("row: %s\n", rows[i].in);
        assert_int_equal(read_record(rows[i].type, rows[i].mode, rows[i].in, &rec, NULL, &problems),
                         IPAM_E_INVAL);
        assert_string_equal(problems, rows[i].problems);
        assert_null(rec);
    }
}

/* Exactly at its limit a text is taken, one byte more is refused, and the message counts bytes. */
static void test_length_limits(void **state)
{
    char text[300], expected[100];
    const char *problems;
    void *rec;

    (void)state;
    snprintf(text, sizeof(text), "{\"name\":\"%0128d\"}", 0);
    assert_int_equal(read_record(IPAM_T_SPACE, MODE_CREATE, text, &rec, NULL, &problems), 0);
    snprintf(text, sizeof(text), "{\"name\":\"%0127d\xc3\xa9\"}", 0);
    assert_int_equal(read_record(IPAM_T_SPACE, MODE_CREATE, text, &rec, NULL, &problems), IPAM_E_INVAL);
    snprintf(expected, sizeof(expected), "/name must be at most 128 bytes long, not %d\n", 129);
    assert_string_equal(problems, expected);
}

static void test_patch_tells_set_from_cleared_from_absent(void **state)
{
    uint64_t cleared[2];
    const char *problems;
    struct ipam_subnet *s, *stored = record_new(&arena, IPAM_T_SUBNET);
    void *rec;

    (void)state;
    stored->name = IPAM_STR("old");
    stored->description = IPAM_STR("stays not");
    stored->managed_by = IPAM_STR("stays");
    IPAM_SET_FIELD(stored, IPAM_SUBNET_NAME);
    IPAM_SET_FIELD(stored, IPAM_SUBNET_DESCRIPTION);
    IPAM_SET_FIELD(stored, IPAM_SUBNET_MANAGED_BY);
    assert_int_equal(read_record(IPAM_T_SUBNET, MODE_PATCH, "{\"name\":\"new\",\"description\":null}", &rec,
                                 cleared, &problems),
                     0);
    s = rec;
    assert_int_equal(s->has[0], 1u << IPAM_SUBNET_NAME);
    assert_int_equal(cleared[0], 1u << IPAM_SUBNET_DESCRIPTION);
    assert_int_equal(cleared[1], 0);
    record_merge(stored, s, cleared);
    assert_string_equal(write_record(stored, NULL), "{\"name\":\"new\",\"managed_by\":\"stays\"}");
}

static void test_fields_limit_the_output(void **state)
{
    const uint64_t fields[2] = { 1u << IPAM_SPACE_NAME, 0 };
    const char *problems;
    void *rec;

    (void)state;
    read_record(IPAM_T_SPACE, MODE_TRUSTED, "{\"id\":1,\"name\":\"a\",\"description\":\"b\"}", &rec, NULL,
                &problems);
    assert_string_equal(write_record(rec, fields), "{\"name\":\"a\"}");
}

/* The list of problems ends: an input cannot make an answer without end. */
static void test_problems_are_bounded(void **state)
{
    struct strbuf b;
    const char *problems;
    unsigned lines = 0;
    void *rec;

    (void)state;
    strbuf_init(&b, 1 << 20);
    strbuf_puts(&b, "{");
    for (int i = 0; i < RECORD_PROBLEMS_MAX + 50; i++)
        strbuf_printf(&b, "%s\"unknown%d\":1", i > 0 ? "," : "", i);
    strbuf_puts(&b, "}");
    assert_int_equal(read_record(IPAM_T_SPACE, MODE_PATCH, b.data, &rec, NULL, &problems), IPAM_E_INVAL);
    strbuf_fini(&b);
    for (const char *p = problems; *p != '\0'; p++)
        lines += *p == '\n';
    assert_int_equal(lines, RECORD_PROBLEMS_MAX);
}

static void test_round_trip_of_random_records(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 60; round++) {
            void *rec = gen_record(&arena, &types[i], FIELD_SECRET), *back;
            const char *text = write_record(rec, NULL), *problems;

            read_record(types[i].type, MODE_TRUSTED, text, &back, NULL, &problems);
            assert_string_equal(problems, "");
            assert_same_record(rec, back);
            assert_string_equal(write_record(back, NULL), text);
            arena_reset(&arena);
        }
    }
}

/* An object in a plan's step is thousands of bytes. */
static void test_bytes_are_written_however_many(void **state)
{
    static uint8_t data[9000];
    struct ipam_plan_step step;
    (void)state;
    record_init(&step, IPAM_T_PLAN_STEP);
    RECORD_SET(&step, IPAM_PLAN_STEP_BEFORE, before, ((struct ipam_bytes){ data, sizeof(data) }));
    const char *text = write_record(&step, NULL);
    assert_int_equal(strlen(text), strlen("{\"before\":\"\"}") + 3 * sizeof(data) - 1);
}

static void test_secrets_are_never_written(void **state)
{
    struct ipam_credential c;

    (void)state;
    record_init(&c, IPAM_T_CREDENTIAL);
    RECORD_SET(&c, IPAM_CREDENTIAL_NAME, name, IPAM_STR("ann"));
    RECORD_SET(&c, IPAM_CREDENTIAL_SECRET, secret, ((struct ipam_bytes){ (const uint8_t *)"hunter2", 7 }));
    assert_string_equal(write_record(&c, NULL), "{\"name\":\"ann\"}");
}

static unsigned secrets(const struct record_type *t)
{
    unsigned n = 0;
    for (unsigned i = 0; i < t->field_count; i++)
        n += (t->fields[i].flags & (FIELD_SECRET | FIELD_READONLY)) == FIELD_SECRET; /* the others are shown once */
    return n;
}

/* The schema of a type in a mode; the caller frees it. */
static struct json_doc *schema_of(uint32_t type, enum record_mode mode)
{
    struct json_error why;
    struct json_doc *doc;
    struct json_writer w;
    struct strbuf b;
    strbuf_init(&b, 1 << 20);
    jw_init(&w, &b);
    record_schema(record_type(type), mode, &w);
    assert_int_equal(json_parse(b.data, b.len, b.len, &doc, &why), 0);
    strbuf_fini(&b);
    return doc;
}

static void test_schema_of_what_is_sent(void **state)
{
    struct json_doc *create = schema_of(IPAM_T_SUBNET, MODE_CREATE), *patch = schema_of(IPAM_T_SUBNET, MODE_PATCH);
    const struct json *made = json_get(json_root(create), "properties"),
                      *changed = json_get(json_root(patch), "properties");
    (void)state;
    assert_null(json_get(made, "id"));
    assert_null(json_get(made, "used"));
    assert_non_null(json_get(made, "prefix"));
    assert_true(str_is(json_str(json_first(json_get(json_root(create), "required"))), "prefix"));
    assert_null(json_get(changed, "prefix")); /* fixed */
    assert_int_equal(json_count(json_get(json_root(patch), "required")), 0);
    assert_int_equal(json_count(json_get(json_get(changed, "name"), "anyOf")), 2); /* or null */
    assert_null(json_get(json_get(made, "name"), "anyOf"));
    json_free(create);
    json_free(patch);
    create = schema_of(IPAM_T_SERVER, MODE_PATCH); /* what is required cannot be cleared */
    assert_null(json_get(json_get(json_get(json_root(create), "properties"), "driver"), "anyOf"));
    json_free(create);
}

static void test_schema(void **state)
{
    const struct json *properties, *p;
    const struct record_type *types;
    struct json_error why;
    struct json_doc *doc;
    struct json_writer w;
    struct strbuf b;
    unsigned count;
    int64_t n;
    bool yes;

    (void)state;
    types = record_types(&count);
    for (unsigned i = 0; i < count; i++) {
        strbuf_init(&b, 1 << 20);
        jw_init(&w, &b);
        record_schema(&types[i], MODE_TRUSTED, &w);
        assert_int_equal(json_parse(b.data, b.len, b.len, &doc, &why), 0);
        properties = json_get(json_root(doc), "properties");
        assert_int_equal(json_count(properties), types[i].field_count - secrets(&types[i]));
        if (types[i].type == IPAM_T_RANGE) {
            p = json_get(properties, "kind");
            assert_true(str_is(json_str(json_first(json_get(p, "enum"))), "static"));
            p = json_get(properties, "name");
            assert_int_equal(json_int(json_get(p, "maxLength"), &n), 0);
            assert_int_equal(n, 128);
            p = json_get(properties, "size");
            assert_int_equal(json_bool(json_get(p, "readOnly"), &yes), 0);
            assert_true(yes);
            assert_true(str_is(json_str(json_get(p, "type")), "string"));
            assert_true(str_is(json_str(json_get(p, "description")), "Number of addresses."));
            assert_true(str_is(json_str(json_first(json_get(json_root(doc), "required"))), "id"));
        }
        json_free(doc);
        strbuf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_kind_in_and_out, teardown),
        cmocka_unit_test_teardown(test_messages, teardown),
        cmocka_unit_test_teardown(test_length_limits, teardown),
        cmocka_unit_test_teardown(test_patch_tells_set_from_cleared_from_absent, teardown),
        cmocka_unit_test_teardown(test_fields_limit_the_output, teardown),
        cmocka_unit_test_teardown(test_problems_are_bounded, teardown),
        cmocka_unit_test_teardown(test_round_trip_of_random_records, teardown),
        cmocka_unit_test_teardown(test_bytes_are_written_however_many, teardown),
        cmocka_unit_test_teardown(test_secrets_are_never_written, teardown),
        cmocka_unit_test_teardown(test_schema, teardown),
        cmocka_unit_test_teardown(test_schema_of_what_is_sent, teardown),
    };
    arena_init(&arena, 0);
    return cmocka_run_group_tests(tests, gen_setup, NULL);
}
