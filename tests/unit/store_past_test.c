/* store_past_test.c - queries for the past through the store and the real sqlite plugin, against every state there was.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "store_test.h"

#include "net/addr.h"

#define IDS    40
#define REVS   120
#define ROUNDS 900

/* Addresses as they were at each revision; rev 0: none. Names are short, so that many are alike. */
static struct ipam_address history[REVS + 1][IDS + 1];
static char names[6][8] = { "a", "ab", "abc", "b", "ba", "\xc3\xa4" };

static struct ipam_addr draw_addr(void)
{
    struct ipam_addr a = { .family = draw(4) ? 4 : 6, .bytes = { 10, (uint8_t)draw(2) } };

    a.bytes[a.family == 4 ? 3 : 15] = (uint8_t)draw(8);
    return a;
}

static void change(struct store_batch *b, int64_t rev)
{
    int64_t id = 1 + (int64_t)draw(IDS);
    struct ipam_address *a = &history[rev][id];

    if (record_has(a, IPAM_ADDRESS_ID) && draw(3) == 0) {
        store_batch_delete(b, IPAM_T_ADDRESS, id, rev);
        memset(a, 0, sizeof(*a));
        return;
    }
    record_init(a, IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_ID, id, id);
    RECORD_SET(a, IPAM_ADDRESS_REV, rev, rev);
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, 1 + (int64_t)draw(2));
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, draw_addr());
    if (draw(3))
        RECORD_SET(a, IPAM_ADDRESS_NAME, name, str_from(names[draw(6)]));
    store_batch_put(b, a);
}

/* Several revisions in one batch at times, as the gate does it. */
static int up(void **state)
{
    seed_print();
    memset(history, 0, sizeof(history));
    if (store_up(state) != 0)
        return -1;
    for (int64_t rev = 1; rev <= REVS;) {
        struct store_batch *b = store_batch_new(store);
        int64_t from = rev - 1, upto = rev + (int64_t)draw(3);

        assert_int_equal(do_enter(from), 0);
        for (; rev <= REVS && rev <= upto; rev++) {
            memcpy(history[rev], history[rev - 1], sizeof(history[0]));
            for (uint64_t n = 1 + draw(5); n > 0; n--)
                change(b, rev);
            store_batch_log(b, rev, 1000 + rev, (struct ipam_bytes){ (const uint8_t *)"x", 1 });
        }
        assert_int_equal(do_commit(b, IDS + 1, rev - 1), 0);
    }
    return 0;
}

static bool passes(const struct ipam_address *a, const struct store_filter *f)
{
    const struct record_field *rf =
        record_field_number(record_type(IPAM_T_ADDRESS), f->field ? f->field : IPAM_ADDRESS_ID);
    bool here = record_has(a, rf->number), there = record_has(f->like, rf->number);

    if (f->cmp == IPAM_CMP_PREFIX) {
        const struct ipam_str *part = &((const struct ipam_address *)f->like)->name;
        return here && a->name.len >= part->len && memcmp(a->name.data, part->data, part->len) == 0;
    }
    if (!here || !there)
        return f->cmp == IPAM_CMP_EQ && here == there;
    int order = record_field_compare(rf, a, f->like);
    switch (f->cmp) {
    case IPAM_CMP_EQ: return order == 0;
    case IPAM_CMP_LT: return order < 0;
    case IPAM_CMP_LE: return order <= 0;
    case IPAM_CMP_GT: return order > 0;
    default: return order >= 0;
    }
}

static const struct store_query *sorting; /* qsort has no context */

static int by_order(const void *left, const void *right)
{
    const struct ipam_address *a = *(const struct ipam_address *const *)left,
                              *b = *(const struct ipam_address *const *)right;
    const struct record_type *t = record_type(IPAM_T_ADDRESS);
    int order = sorting->order ? record_field_compare(record_field_number(t, sorting->order), a, b) : 0;

    if (order == 0)
        order = (a->id > b->id) - (a->id < b->id);
    return sorting->flags & IPAM_QUERY_DESCENDING ? -order : order;
}

/* What the query means, in order; the number of rows. */
static size_t expect(const struct store_query *q, const struct ipam_address *expected[IDS])
{
    size_t n = 0;

    for (size_t i = 1; i <= IDS; i++) {
        const struct ipam_address *a = &history[q->at][i];
        bool good =
            record_has(a, IPAM_ADDRESS_ID) && (!q->within || prefix_contains_addr(q->within, &a->address));

        for (size_t k = 0; good && k < q->filter_count; k++)
            good = passes(a, &q->filters[k]);
        if (good)
            expected[n++] = a;
    }
    sorting = q;
    qsort(expected, n, sizeof(expected[0]), by_order);
    return n;
}

static void same(const struct ipam_address *a, const struct ipam_address *b)
{
    uint64_t fields[2];

    assert_int_equal(a->id, b->id);
    assert_int_equal(a->rev, b->rev);
    assert_false(record_diff(a, b, fields));
}

static struct store_filter draw_filter(const struct ipam_address *like)
{
    static const unsigned fields[] = { 0, IPAM_ADDRESS_SPACE, IPAM_ADDRESS_ADDRESS, IPAM_ADDRESS_NAME };
    struct store_filter f = { fields[draw(4)], IPAM_CMP_EQ + (uint32_t)draw(5), like };

    if (f.field && !record_has(like, f.field))
        f.cmp = IPAM_CMP_EQ;
    else if (f.field == IPAM_ADDRESS_NAME && draw(2))
        f.cmp = IPAM_CMP_PREFIX;
    return f;
}

/* Any filters and order, page by page, at any revision. */
static void test_queries_see_what_there_was(void **state)
{
    static const unsigned orders[] = { 0, IPAM_ADDRESS_ADDRESS, IPAM_ADDRESS_NAME, IPAM_ADDRESS_SPACE };
    static const struct ipam_prefix within = { .addr = { 4, { 10, 1 } }, .length = 16 };
    size_t found = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const struct ipam_address *expected[IDS], *likes = history[REVS / 2 + draw(REVS / 2)];
        struct store_filter filters[2];
        struct store_query q = { .type = IPAM_T_ADDRESS, .filters = filters, .order = orders[draw(4)] };
        size_t n, seen = 0;

        q.at = 1 + (int64_t)draw(REVS);
        q.flags = (draw(2) ? IPAM_QUERY_DESCENDING : 0) | IPAM_QUERY_TOTAL;
        q.limit = 1 + (uint32_t)draw(12);
        q.within = draw(4) ? NULL : &within;
        q.within_field = IPAM_ADDRESS_ADDRESS;
        for (uint64_t k = draw(3); k > 0; k--) {
            const struct ipam_address *like = &likes[1 + draw(IDS)];
            if (record_has(like, IPAM_ADDRESS_ID))
                filters[q.filter_count++] = draw_filter(like);
        }
        n = expect(&q, expected);
        do {
            assert_int_equal(do_query(&q), 0);
            assert_int_equal(heard.answer.head, q.at);
            assert_int_equal(heard.answer.count, n);
            assert_true(seen + heard.count <= n);
            for (size_t i = 0; i < heard.count; i++)
                same(heard.records[i], expected[seen + i]);
            seen += heard.count;
            q.after_id = seen > 0 ? expected[seen - 1]->id : 0;
            q.after = seen > 0 ? expected[seen - 1] : NULL;
        } while (heard.count == q.limit);
        assert_int_equal(seen, n);
        q.flags = IPAM_QUERY_COUNT;
        q.limit = 0;
        q.after_id = 0;
        q.after = NULL;
        assert_int_equal(do_query(&q), 0);
        assert_int_equal(heard.answer.count, n);
        found += n;
    }
    assert_true(found > ROUNDS);
}

static void test_the_past_of_what_has_none_is_refused(void **state)
{
    struct store_query q = { .type = IPAM_T_LEASE, .at = 3 };

    (void)state;
    assert_true(store_has_past(store));
    assert_int_equal(do_query(&q), IPAM_E_INVAL);
    assert_non_null(strstr(heard.message, "keeps no versions"));
}

/* One that is above the head is what there is now. */
static void test_a_revision_that_is_still_to_come(void **state)
{
    struct store_query q = { .type = IPAM_T_ADDRESS, .at = REVS };
    const struct ipam_address *expected[IDS];
    size_t n = expect(&q, expected);

    (void)state;
    q.at = REVS + 7;
    assert_int_equal(do_query(&q), 0);
    assert_int_equal(heard.answer.head, REVS);
    assert_int_equal(heard.count, n);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, store_down)
    const struct CMUnitTest tests[] = {
        TEST(test_queries_see_what_there_was),
        TEST(test_the_past_of_what_has_none_is_refused),
        TEST(test_a_revision_that_is_still_to_come),
    };

    return cmocka_run_group_tests(tests, store_group_up, store_group_down);
}
