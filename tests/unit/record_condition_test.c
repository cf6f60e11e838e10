/* record_condition_test.c - what a client asks of a field, judged for every kind; where records lie.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record_gen.h"

#include "record/condition.h"

#define ROUNDS 40

static int64_t ref_seven(void *user, uint32_t type, struct ipam_str text)
{
    (void)user;
    (void)type;
    return str_is(text, "seven") ? 7 : 0;
}

static bool parse(const struct record_type *t, const char *field, enum record_cmp cmp, const char *text,
                  struct arena *a, struct record_condition *ret, char *err)
{
    *ret =
        (struct record_condition){ .type = t->type, .field = record_field(t, str_from(field)), .cmp = cmp };
    assert_non_null(ret->field);
    return record_condition_parse(ret, str_from(text), a, ref_seven, NULL, err) == 0;
}

/* One row a condition: an address with these values meets it or not. NULL: absent. */
static void test_conditions_one_by_one(void **state)
{
    static const struct {
        const char *field, *value;
        enum record_cmp cmp;
        const char *asked;
        bool holds;
    } rows[] = {
        { "name", "web-07", CMP_EQ, "web-07", true },
        { "name", "web-07", CMP_EQ, "web-0", false },
        { "name", "Web", CMP_EQ, "web", false },
        { "name", NULL, CMP_EQ, "web", false },
        { "name", NULL, CMP_NE, "web", true },
        { "name", "", CMP_NE, "web", true },
        { "name", "", CMP_LT, "web", false },
        { "name", "", CMP_NULL, "true", true },
        { "name", NULL, CMP_NULL, "true", true },
        { "name", NULL, CMP_NULL, "false", false },
        { "name", "x", CMP_NULL, "false", true },
        { "name", "x", CMP_NULL, "true", false },
        { "name", "web", CMP_LT, "web-", true },
        { "name", "web", CMP_LE, "web", true },
        { "name", "web", CMP_GT, "web", false },
        { "name", "web", CMP_GE, "we", true },
        { "name", "web-07", CMP_CONTAINS, "b-0", true },
        { "name", "web-07", CMP_CONTAINS, "web-07x", false },
        { "name", "web-07", CMP_PREFIX, "web", true },
        { "name", "web-07", CMP_PREFIX, "eb", false },
        { "name", "b", CMP_IN, "a,b,c", true },
        { "name", "d", CMP_IN, "a,b,c", false },
        { "mac", "aa:bb:cc:00:00:07", CMP_PREFIX, "AABBCC", true },
        { "mac", "aa:bb:cc:00:00:07", CMP_CONTAINS, "cc-00", true },
        { "mac", "aa:bb:cc:00:00:07", CMP_CONTAINS, "bc:c0", false },
        { "mac", "aa:bb:cc:00:00:07", CMP_EQ, "aabb.cc00.0007", true },
        { "address", "10.0.0.9", CMP_LT, "10.0.0.10", true },
        { "address", "10.0.0.9", CMP_GT, "9.255.255.255", true },
        { "address", "10.0.0.9", CMP_LT, "::", true },
        { "address", "10.0.0.9", CMP_IN, "10.0.0.8,10.0.0.9", true },
        { "space", "7", CMP_EQ, "seven", true },
        { "space", "7", CMP_NE, "seven", false },
        { "dhcp_sync", "failed", CMP_EQ, "failed", true },
        { "dhcp_sync", "failed", CMP_IN, "none,pending", false },
    };
    const struct record_type *t = record_type(IPAM_T_ADDRESS);
    struct record_condition c;
    char err[CONDITION_ERR_SIZE];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        void *rec = record_new(&a, IPAM_T_ADDRESS);
        const struct record_field *f = record_field(t, str_from(rows[i].field));

        print_message("row: %s=%s, %s=%s\n", rows[i].field, rows[i].value, record_cmp_name(rows[i].cmp),
                      rows[i].asked);
        if (rows[i].value != NULL)
            assert_int_equal(record_field_parse(f, str_from(rows[i].value), &a, rec, err), 0);
        assert_true(parse(t, rows[i].field, rows[i].cmp, rows[i].asked, &a, &c, err));
        assert_int_equal(record_condition_holds(&c, rec), rows[i].holds);
    }
    arena_fini(&a);
}

static void test_lists_contain_items(void **state)
{
    static const struct {
        const char *asked;
        bool holds;
    } rows[] = { { "5", true }, { "5,7", true }, { "7 5", true }, { "5,6", false }, { "57", false } };
    const struct record_type *t = record_type(IPAM_T_SUBNET);
    struct record_condition c;
    struct ipam_subnet s;
    int64_t vlans[] = { 5, 7, 9 };
    char err[CONDITION_ERR_SIZE];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    record_init(&s, IPAM_T_SUBNET);
    RECORD_SET(&s, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ vlans, 3 }));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(parse(t, "vlans", CMP_CONTAINS, rows[i].asked, &a, &c, err));
        assert_int_equal(record_condition_holds(&c, &s), rows[i].holds);
    }
    assert_true(parse(t, "vlans", CMP_NULL, "false", &a, &c, err));
    assert_true(record_condition_holds(&c, &s));
    s.vlans.count = 0; /* an empty list is none */
    assert_false(record_condition_holds(&c, &s));
    arena_fini(&a);
}

/* What a change did is told in sentences; they are found by the words in them. */
static void test_lists_of_texts_contain_words(void **state)
{
    static const struct {
        const char *asked;
        bool holds;
    } rows[] = { { "10.1.1.0/24", true }, { "subnet", true },      { "add subnet 11 10.1.1.0/24", true },
                 { "set,11", true },      { "10.1.1.0", false },   { "10.1.1.0/24,delete", false },
                 { "subnet 11x", false }, { "10.9.0.0/16", true }, { "sub", false } };
    const struct record_type *t = record_type(IPAM_T_CHANGE);
    struct ipam_str said[] = { IPAM_STR("add subnet 11 10.1.1.0/24"), IPAM_STR("set block 3 10.9.0.0/16") };
    struct record_condition c;
    struct ipam_change change;
    char err[CONDITION_ERR_SIZE];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    record_init(&change, IPAM_T_CHANGE);
    RECORD_SET(&change, IPAM_CHANGE_OBJECTS, objects, ((struct ipam_strs){ said, 2 }));
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(parse(t, "objects", CMP_CONTAINS, rows[i].asked, &a, &c, err));
        assert_int_equal(record_condition_holds(&c, &change), rows[i].holds);
    }
    arena_fini(&a);
}

static void test_what_is_no_value_is_said(void **state)
{
    static const struct {
        const char *field;
        enum record_cmp cmp;
        const char *asked, *says;
    } rows[] = {
        { "name", CMP_EQ, "", "missing" },
        { "name", CMP_NULL, "yes", "true or false" },
        { "id", CMP_LT, "x", "whole number" },
        { "id", CMP_IN, "1,,2", "missing" },
        { "id", CMP_IN, ",", "missing" },
        { "space", CMP_EQ, "eight", "eight" },
        { "mac", CMP_PREFIX, "aab", "hexadecimal" },
        { "dhcp_sync", CMP_EQ, "gone", "none, pending" },
        { "address", CMP_EQ, "10.1", "IP address" },
    };
    const struct record_type *t = record_type(IPAM_T_ADDRESS);
    struct record_condition c;
    char err[CONDITION_ERR_SIZE], many[2 * CONDITION_VALUES + 2];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("row: %s %s\n", rows[i].field, rows[i].asked);
        assert_false(parse(t, rows[i].field, rows[i].cmp, rows[i].asked, &a, &c, err));
        assert_non_null(strstr(err, rows[i].says));
    }
    for (size_t i = 0; i < sizeof(many) - 1; i++)
        many[i] = i % 2 ? ',' : '1';
    many[sizeof(many) - 1] = '\0';
    assert_false(parse(t, "id", CMP_IN, many, &a, &c, err)); /* one too many */
    assert_non_null(strstr(err, "at most 100"));
    assert_false(parse(record_type(IPAM_T_OPTION_VALUE), "values", CMP_EQ, " ", &a, &c, err)); /* no item */
    assert_non_null(strstr(err, "missing"));
    many[2 * CONDITION_VALUES - 1] = '\0';
    assert_true(parse(t, "id", CMP_IN, many, &a, &c, err));
    arena_fini(&a);
}

static bool asks(const struct record_type *t, const struct record_field *f, enum record_cmp cmp, void *like,
                 const void *rec)
{
    struct record_condition c = { .type = t->type, .field = f, .cmp = cmp, .values = &like, .count = 1 };

    return record_condition_holds(&c, rec);
}

/* The bytes that storage compares order as the conditions do, for every field of every type. */
static void test_conditions_and_sort_keys_agree(void **state)
{
    struct strbuf x, y;
    unsigned count, compared = 0;
    const struct record_type *types = record_types(&count);
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    strbuf_init(&x, 1u << 20);
    strbuf_init(&y, 1u << 20);
    for (unsigned n = 0; n < count * ROUNDS; n++) {
        const struct record_type *t = &types[n % count];
        void *rec = gen_record(&a, t, 0), *like = gen_record(&a, t, 0);

        for (unsigned i = 0; i < t->field_count; i++) {
            const struct record_field *f = &t->fields[i];

            if (!record_cmp_fits(f, CMP_LT) || !record_filled(f, rec) || !record_filled(f, like))
                continue;
            strbuf_reset(&x);
            strbuf_reset(&y);
            record_field_sortkey(f, rec, &x);
            void *other = draw_below(4) ? like : rec;
            record_field_sortkey(f, other, &y);
            int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
            order = order != 0 ? order : (x.len > y.len) - (x.len < y.len);
            assert_int_equal(asks(t, f, CMP_LT, other, rec), order < 0);
            assert_int_equal(asks(t, f, CMP_LE, other, rec), order <= 0);
            assert_int_equal(asks(t, f, CMP_EQ, other, rec), order == 0);
            assert_int_equal(asks(t, f, CMP_IN, other, rec), order == 0);
            assert_int_equal(asks(t, f, CMP_NE, other, rec), order != 0);
            assert_int_equal(asks(t, f, CMP_GE, other, rec), order >= 0);
            assert_int_equal(asks(t, f, CMP_GT, other, rec), order > 0);
            compared++;
        }
        arena_reset(&a);
    }
    assert_true(compared > 1000);
    strbuf_fini(&x);
    strbuf_fini(&y);
    arena_fini(&a);
}

static void test_names_of_comparisons(void **state)
{
    enum record_cmp cmp;

    (void)state;
    for (unsigned i = CMP_NE; i < CMP_COUNT; i++) {
        assert_true(record_cmp_by_name(str_from(record_cmp_name((enum record_cmp)i)), &cmp));
        assert_int_equal(cmp, i);
    }
    assert_false(record_cmp_by_name(IPAM_STR(""), &cmp)); /* "name.=x" is nothing */
    assert_false(record_cmp_by_name(IPAM_STR("eq"), &cmp));
}

static void test_places(void **state)
{
    struct record_place place;
    struct ipam_addr first, last;
    struct ipam_range r;
    struct ipam_lease l;
    struct ipam_subnet s;

    (void)state;
    assert_false(record_place_of(record_type(IPAM_T_SERVER), &place));
    assert_true(record_place_of(record_type(IPAM_T_RANGE), &place));
    record_init(&r, IPAM_T_RANGE);
    assert_false(record_place_span(&place, &r, &first, &last));
    RECORD_SET(&r, IPAM_RANGE_FIRST, first, ((struct ipam_addr){ 4, { 10, 0, 0, 1 } }));
    RECORD_SET(&r, IPAM_RANGE_LAST, last, ((struct ipam_addr){ 4, { 10, 0, 0, 9 } }));
    assert_true(record_place_span(&place, &r, &first, &last));
    assert_int_equal(last.bytes[3], 9);
    assert_true(record_place_of(record_type(IPAM_T_SUBNET), &place));
    record_init(&s, IPAM_T_SUBNET);
    RECORD_SET(&s, IPAM_SUBNET_PREFIX, prefix, ((struct ipam_prefix){ { 4, { 10, 1, 2, 0 } }, 24 }));
    assert_true(record_place_span(&place, &s, &first, &last));
    assert_int_equal(first.bytes[3], 0);
    assert_int_equal(last.bytes[3], 255);
    assert_true(record_place_of(record_type(IPAM_T_LEASE), &place));
    record_init(&l, IPAM_T_LEASE);
    RECORD_SET(&l, IPAM_LEASE_ADDRESS, address, ((struct ipam_addr){ 6, { 0x20, 1 } }));
    assert_true(record_place_span(&place, &l, &first, &last));
    assert_true(addr_equal(&first, &last));
    RECORD_SET(&l, IPAM_LEASE_PREFIX_LENGTH, prefix_length, 56); /* a delegated prefix */
    assert_true(record_place_span(&place, &l, &first, &last));
    assert_int_equal(last.bytes[7], 255);
    assert_int_equal(last.bytes[6], 0);
    RECORD_SET(&l, IPAM_LEASE_PREFIX_LENGTH, prefix_length, 500); /* no length: the address alone */
    assert_true(record_place_span(&place, &l, &first, &last));
    assert_true(addr_equal(&first, &last));
}

/* What a message repeats of a long text ends between two characters. */
static void test_a_message_repeats_whole_characters(void **state)
{
    const char *euros =
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
    struct record_condition c;
    char err[CONDITION_ERR_SIZE];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t from = 0; from < 3; from++) {
        const char *text = arena_printf(&a, "%.*s%s", (int)from, "xy", euros);

        assert_false(parse(record_type(IPAM_T_SCOPE), "server", CMP_EQ, text, &a, &c, err));
        assert_true(utf8_valid(err, strlen(err)));
        assert_non_null(strstr(err, "\xe2\x82\xac...\""));
    }
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions_one_by_one),
        cmocka_unit_test(test_lists_contain_items),
        cmocka_unit_test(test_lists_of_texts_contain_words),
        cmocka_unit_test(test_what_is_no_value_is_said),
        cmocka_unit_test(test_conditions_and_sort_keys_agree),
        cmocka_unit_test(test_names_of_comparisons),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_a_message_repeats_whole_characters),
    };

    return cmocka_run_group_tests(tests, gen_setup, NULL);
}
