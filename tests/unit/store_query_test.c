/* store_query_test.c - queries through the store and the real sqlite plugin, against a list in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "store_test.h"

#include "net/addr.h"

#define ROWS   400
#define ROUNDS 600

static struct ipam_address addresses[ROWS];
static struct ipam_subnet subnets[ROWS];
static char names[8][8];

/* Few networks, both families, so that queries meet many rows and borders. */
static struct ipam_addr draw_addr(void)
{
    struct ipam_addr a = { .family = draw(3) ? 4 : 6, .bytes = { 10, (uint8_t)draw(2) } };

    a.bytes[a.family == 4 ? 2 : 14] = draw(2) ? (uint8_t)draw(256) : 0;
    a.bytes[a.family == 4 ? 3 : 15] = draw(2) ? 255 : (uint8_t)draw(4);
    return a;
}

static struct ipam_prefix draw_prefix(void)
{
    struct ipam_prefix p = { .addr = draw_addr() };
    unsigned bits = addr_bits(p.addr.family);

    p.length = (uint8_t)(draw(2) ? bits - draw(17) : draw(bits + 1));
    prefix_mask(&p);
    return p;
}

static void fill(struct store_batch *b)
{
    for (int64_t i = 0; i < ROWS; i++) {
        struct ipam_address *a = &addresses[i];
        struct ipam_subnet *s = &subnets[i];
        char *name = names[draw(8)];

        record_init(a, IPAM_T_ADDRESS);
        RECORD_SET(a, IPAM_ADDRESS_ID, id, i + 1);
        RECORD_SET(a, IPAM_ADDRESS_REV, rev, 1);
        RECORD_SET(a, IPAM_ADDRESS_SPACE, space, draw(10) ? 1 : 2);
        RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, draw_addr());
        if (draw(3))
            RECORD_SET(a, IPAM_ADDRESS_NAME, name, str_from(name));
        record_init(s, IPAM_T_SUBNET);
        RECORD_SET(s, IPAM_SUBNET_ID, id, ROWS + i + 1);
        RECORD_SET(s, IPAM_SUBNET_REV, rev, 1);
        RECORD_SET(s, IPAM_SUBNET_PREFIX, prefix, draw_prefix());
        store_batch_put(b, a);
        store_batch_put(b, s);
    }
}

static int up(void **state)
{
    seed_print();
    for (unsigned i = 0; i < 8; i++)
        snprintf(names[i], sizeof(names[i]), "h%.*s%u", (int)i % 3, "oo", i / 2);
    if (store_up(state) != 0)
        return -1;
    commit_all(fill, 2 * ROWS + 1, 1);
    return 0;
}

static bool prefix_holds(const struct ipam_prefix *outer, const void *rec, unsigned field)
{
    if (((const struct ipam_record *)rec)->type == IPAM_T_ADDRESS)
        return prefix_contains_addr(outer, &((const struct ipam_address *)rec)->address);
    (void)field;
    return prefix_contains(outer, &((const struct ipam_subnet *)rec)->prefix);
}

static void *row_at(uint32_t type, size_t i)
{
    return type == IPAM_T_ADDRESS ? (void *)&addresses[i] : (void *)&subnets[i];
}

/* Everything that lies in a prefix, of either family, and nothing else. */
static void test_within_is_what_a_prefix_contains(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ipam_prefix p = draw_prefix();
        uint32_t type = draw(2) ? IPAM_T_ADDRESS : IPAM_T_SUBNET;
        struct store_query q = { .type = type, .within = &p };
        size_t n = 0;

        q.within_field = type == IPAM_T_ADDRESS ? IPAM_ADDRESS_ADDRESS : IPAM_SUBNET_PREFIX;
        assert_int_equal(do_query(&q), 0);
        for (size_t i = 0; i < ROWS; i++) {
            const struct ipam_space *any = row_at(type, i);

            if (!prefix_holds(&p, any, q.within_field))
                continue;
            assert_true(n < heard.count);
            assert_int_equal(((struct ipam_space *)heard.records[n])->id, any->id);
            n++;
        }
        assert_int_equal(heard.count, n);
        q.flags = IPAM_QUERY_COUNT;
        assert_int_equal(do_query(&q), 0);
        assert_int_equal(heard.answer.count, n);
        assert_int_equal(heard.count, 0);
    }
}

static int by_address(const void *a, const void *b)
{
    const struct ipam_address *left = *(const struct ipam_address *const *)a,
                              *right = *(const struct ipam_address *const *)b;
    int order = addr_compare(&left->address, &right->address);

    return order ? order : (left->id > right->id) - (left->id < right->id);
}

/* Pages in order of an indexed field, each going on after the last record of the one before. */
static void test_pages_follow_one_another(void **state)
{
    const struct ipam_address *expected[ROWS];

    (void)state;
    for (unsigned down = 0; down < 2; down++) {
        struct store_query q = { .type = IPAM_T_ADDRESS, .order = IPAM_ADDRESS_ADDRESS, .limit = 7 };
        struct ipam_address last;
        size_t n = 0;

        q.flags = down ? IPAM_QUERY_DESCENDING : 0;
        for (size_t i = 0; i < ROWS; i++)
            expected[i] = &addresses[i];
        qsort(expected, ROWS, sizeof(expected[0]), by_address);
        do {
            assert_int_equal(do_query(&q), 0);
            for (size_t i = 0; i < heard.count; i++, n++) {
                last = *(struct ipam_address *)heard.records[i];
                assert_int_equal(last.id, expected[down ? ROWS - 1 - n : n]->id);
            }
            q.after_id = last.id;
            q.after = &last;
        } while (heard.count == q.limit);
        assert_int_equal(n, ROWS);
    }
}

static bool passes(const struct ipam_address *a, const struct store_filter *f)
{
    const struct record_field *rf =
        record_field_number(record_type(IPAM_T_ADDRESS), f->field ? f->field : IPAM_ADDRESS_ID);
    bool here = record_has(a, rf->number), there = record_has(f->like, rf->number);
    int order = record_field_compare(rf, a, f->like);

    if (!here || !there)
        return f->cmp == IPAM_CMP_EQ ? here == there
                                     : here && !there && (f->cmp == IPAM_CMP_GT || f->cmp == IPAM_CMP_GE);
    switch (f->cmp) {
    case IPAM_CMP_EQ: return order == 0;
    case IPAM_CMP_LT: return order < 0;
    case IPAM_CMP_LE: return order <= 0;
    case IPAM_CMP_GT: return order > 0;
    default: return order >= 0;
    }
}

static void test_filters_compare_as_the_values_do(void **state)
{
    static const unsigned fields[] = { 0, IPAM_ADDRESS_ID, IPAM_ADDRESS_SPACE, IPAM_ADDRESS_ADDRESS,
                                       IPAM_ADDRESS_NAME };

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct store_filter filters[2];
        struct store_query q = { .type = IPAM_T_ADDRESS, .filters = filters, .filter_count = 1 + draw(2) };
        size_t n = 0;

        for (size_t i = 0; i < 2; i++)
            filters[i] = (struct store_filter){ fields[draw(5)], IPAM_CMP_EQ + (uint32_t)draw(5),
                                                &addresses[draw(ROWS)] };
        assert_int_equal(do_query(&q), 0);
        for (size_t i = 0; i < ROWS; i++) {
            if (!passes(&addresses[i], &filters[0]) ||
                (q.filter_count == 2 && !passes(&addresses[i], &filters[1])))
                continue;
            assert_true(n < heard.count);
            assert_int_equal(((struct ipam_address *)heard.records[n])->id, addresses[i].id);
            n++;
        }
        assert_int_equal(heard.count, n);
    }
}

static void test_a_prefix_of_a_name_finds_the_names(void **state)
{
    struct ipam_address like = { .size = sizeof(like), .type = IPAM_T_ADDRESS };
    struct store_filter f = { IPAM_ADDRESS_NAME, IPAM_CMP_PREFIX, &like };
    struct store_query q = { .type = IPAM_T_ADDRESS, .filters = &f, .filter_count = 1 };
    size_t n = 0;

    (void)state;
    RECORD_SET(&like, IPAM_ADDRESS_NAME, name, IPAM_STR("ho"));
    assert_int_equal(do_query(&q), 0);
    for (size_t i = 0; i < ROWS; i++)
        n += addresses[i].name.len >= 2 && memcmp(addresses[i].name.data, "ho", 2) == 0;
    assert_true(n > 0);
    assert_int_equal(heard.count, n);
}

static void test_what_is_not_indexed_cannot_be_asked_for(void **state)
{
    struct store_filter f = { IPAM_ADDRESS_DESCRIPTION, IPAM_CMP_EQ, &addresses[0] };
    struct store_query q = { .type = IPAM_T_ADDRESS, .filters = &f, .filter_count = 1 };

    (void)state;
    assert_int_equal(do_query(&q), IPAM_E_INVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, store_down)
    const struct CMUnitTest tests[] = {
        TEST(test_within_is_what_a_prefix_contains),        TEST(test_pages_follow_one_another),
        TEST(test_filters_compare_as_the_values_do),        TEST(test_a_prefix_of_a_name_finds_the_names),
        TEST(test_what_is_not_indexed_cannot_be_asked_for),
    };

    return cmocka_run_group_tests(tests, store_group_up, store_group_down);
}
