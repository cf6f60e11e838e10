/* null_storage_model_test.c - null-storage by random batches and queries, beside a simple model.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "null_storage.h"

#define IDS 40 /* rows that the model has at most, of each table */

/* The model: two tables of rows by id, all revisions of them, and the head. */
static struct row model[2][IDS + 1];
static struct row history[400][2][IDS + 1]; /* by revision */
static struct row *looked_at;                /* the rows that a query sees: of now, or of then */
static int64_t head;

static int compare(struct ipam_bytes a, struct ipam_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool holds(uint32_t cmp, int order)
{
    return cmp == IPAM_CMP_EQ   ? order == 0
           : cmp == IPAM_CMP_LT ? order < 0
           : cmp == IPAM_CMP_LE ? order <= 0
           : cmp == IPAM_CMP_GT ? order > 0
                                : order >= 0;
}

static bool passes(struct row *r, int64_t id, const struct ipam_filter *f)
{
    uint8_t wanted[8];
    struct ipam_bytes have;

    if (f->column == 0) {
        uint64_t n = (uint64_t)id ^ (uint64_t)1 << 63;

        for (unsigned i = 0; i < 8; i++)
            wanted[i] = (uint8_t)(n >> (56 - 8 * i));
        return holds(f->cmp, memcmp(wanted, f->value.data, 8));
    }
    point(r, 2);
    have = r->columns[f->column == COL_A ? 0 : 1];
    if (have.len == 0)
        return f->cmp == IPAM_CMP_EQ && f->value.len == 0;
    if (f->cmp == IPAM_CMP_PREFIX)
        return have.len >= f->value.len && memcmp(have.data, f->value.data, f->value.len) == 0;
    return holds(f->cmp, compare(have, f->value));
}

static const struct ipam_query *sorting; /* qsort has no context */

static int by_order(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    int order = 0;

    if (sorting->order) {
        unsigned column = sorting->order == COL_A ? 0 : 1;

        point(&looked_at[a], 2);
        point(&looked_at[b], 2);
        order = compare(looked_at[a].columns[column], looked_at[b].columns[column]);
    }
    if (order == 0)
        order = (a > b) - (a < b);
    return sorting->flags & IPAM_QUERY_DESCENDING ? -order : order;
}

/* A query of any filters and order, beside the model, half of them of the past; every third goes on behind a row
 * that is there. */
static void query_beside_model(void)
{
    struct ipam_filter filters[2];
    const struct ipam_filter *list[2] = { &filters[0], &filters[1] };
    struct row values[2], after;
    uint8_t id[2][8] = { { 0x80 }, { 0x80 } };
    struct ipam_query q = { .type = THING, .filters = list, .filter_count = (uint32_t)draw(3) };
    int64_t expected[IDS];
    size_t n = 0, from = 0;

    q.order = draw(3) ? numbers[draw(2)] : 0;
    q.flags = draw(2) ? IPAM_QUERY_DESCENDING : 0;
    q.flags |= draw(2) ? IPAM_QUERY_TOTAL : 0;
    q.at = draw(2) ? 1 + (int64_t)draw((uint64_t)head) : 0;
    looked_at = q.at ? history[q.at][0] : model[0];
    q.limit = draw(2) ? 1 + (uint32_t)draw(10) : 0;
    for (uint32_t i = 0; i < q.filter_count; i++) {
        filters[i] = (struct ipam_filter){ .size = sizeof(filters[i]),
                                           .column = draw(4) ? numbers[draw(2)] : 0,
                                           .cmp = IPAM_CMP_EQ + (uint32_t)draw(5) };
        draw_row(&values[i], 2, 1);
        point(&values[i], 2);
        id[i][7] = (uint8_t)draw(IDS);
        filters[i].value = filters[i].column ? values[i].columns[0] : (struct ipam_bytes){ id[i], 8 };
        if (filters[i].column && draw(4) == 0)
            filters[i].cmp = IPAM_CMP_PREFIX;
    }
    sorting = &q;
    for (int64_t i = 1; i <= IDS; i++) {
        bool good = looked_at[i].rev != 0;

        for (uint32_t k = 0; good && k < q.filter_count; k++)
            good = passes(&looked_at[i], i, &filters[k]);
        if (good)
            expected[n++] = i;
    }
    qsort(expected, n, sizeof(expected[0]), by_order);
    size_t total = n;
    if (n && draw(3) == 0) {
        from = (size_t)draw(n);
        after = looked_at[expected[from]];
        point(&after, 2);
        q.after_id = expected[from++];
        q.after_value = q.order ? after.columns[q.order == COL_A ? 0 : 1] : (struct ipam_bytes){ NULL, 0 };
    }
    n = q.limit && q.limit < n - from ? q.limit : n - from;
    assert_int_equal(query(&q), IPAM_OK);
    assert_int_equal(q.ret_head, q.at ? q.at : head);
    assert_int_equal(req.count, n);
    if (q.flags & IPAM_QUERY_TOTAL)
        assert_int_equal(q.ret_total, total);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(req.raw[i].id, expected[from + i]);
        assert_int_equal(req.raw[i].rev, looked_at[expected[from + i]].rev);
        assert_int_equal(req.raw[i].body.len, looked_at[expected[from + i]].len);
        assert_memory_equal(req.raw[i].body.data, looked_at[expected[from + i]].body, req.raw[i].body.len);
    }
    q.flags |= IPAM_QUERY_COUNT;
    assert_int_equal(query(&q), IPAM_OK);
    assert_int_equal(q.ret_count, n);
    assert_int_equal(req.count, 0);
}

/* What enter tells of a past revision brings what was there then to what is there now. What has no versions
 * leaves no trace when it goes. */
static void enter_beside_model(void)
{
    int64_t then = (int64_t)draw((uint64_t)head + 1), last = 0;
    struct ipam_gate_enter in;
    static struct row rebuilt[IDS + 1];

    memcpy(rebuilt, history[then][0], sizeof(rebuilt));
    assert_int_equal(enter(then, &in), IPAM_OK);
    assert_int_equal(in.ret_head, head);
    for (size_t i = 0; i < req.count; i++) {
        const struct ipam_row *r = &req.raw[i];

        assert_true(r->rev > then && r->rev >= last);
        last = r->rev;
        if (r->type == SEEN) {
            assert_int_equal(r->op, IPAM_ROW_PUT);
            continue;
        }
        rebuilt[r->id].rev = r->op == IPAM_ROW_DELETE ? 0 : r->rev;
        rebuilt[r->id].len = r->body.len;
        if (r->body.len)
            memcpy(rebuilt[r->id].body, r->body.data, r->body.len);
    }
    for (size_t i = 1; i <= IDS; i++) {
        assert_int_equal(rebuilt[i].rev, model[0][i].rev);
        if (rebuilt[i].rev)
            assert_memory_equal(rebuilt[i].body, model[0][i].body, model[0][i].len);
    }
    abort_gate(IPAM_OK);
}

static void commit_beside_model(void)
{
    struct batch b = { .row_count = 0 };

    head++;
    for (uint64_t n = draw(6) + 1; n > 0; n--) {
        unsigned t = draw(3) == 0;
        int64_t id = 1 + (int64_t)draw(IDS);
        struct row r = { .rev = 0 };

        if (draw(3)) {
            draw_row(&r, t ? 1 : 2, head);
            put(&b, t ? SEEN : THING, id, head, &r);
        } else {
            erase(&b, t ? SEEN : THING, id, head);
        }
        model[t][id] = r;
    }
    log_row(&b, head);
    assert_int_equal(run(&b, IDS + 1, head), IPAM_OK);
    memcpy(history[head], model, sizeof(model));
}

static void test_random_batches_leave_what_a_model_has(void **state)
{
    (void)state;
    start_seed();
    memset(model, 0, sizeof(model));
    memset(history, 0, sizeof(history));
    head = 0;
    for (unsigned round = 0; round < 399; round++) {
        commit_beside_model();
        query_beside_model();
        query_beside_model();
        enter_beside_model();
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_random_batches_leave_what_a_model_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
