/* sqlite_query_test.c - queries of the sqlite plugin against a list in memory; what a reader sees meanwhile.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_host.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define ROWS_MAX  6000 /* more than the plugin counts to find out how many rows have a value */
#define VALUE_MAX 4

static struct folder folder;
static struct db db;
static struct ipam_req req;
static uint64_t seed;

static uint64_t draw(uint64_t below) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    assert_int_equal(db_open(&db, folder.path, &test_schema), IPAM_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    req_free(&req);
    db_close(&db);
    folder_remove(&folder);
    return 0;
}

/* The model: rows in a list. */
struct value {
    uint8_t data[VALUE_MAX];
    size_t len;
};
struct model_row {
    int64_t id;
    struct value columns[3];
};
static struct model_row model[ROWS_MAX];
static size_t rows;
static const uint32_t numbers[] = { COL_A, COL_B, COL_C };

/* Few values, and those that trouble comparisons: absent, zero bytes, all ones, beginnings of one another. */
static struct value draw_value(void)
{
    static const uint8_t bytes[] = { 0x00, 0x01, 0xfe, 0xff };
    struct value v = { .len = (size_t)draw(VALUE_MAX) };

    for (size_t i = 0; i < v.len; i++)
        v.data[i] = bytes[draw(4)];
    return v;
}

static int compare(const struct value *a, const struct value *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->data, b->data, len);

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static bool compares(uint32_t cmp, int order)
{
    switch (cmp) {
    case IPAM_CMP_EQ: return order == 0;
    case IPAM_CMP_LT: return order < 0;
    case IPAM_CMP_LE: return order <= 0;
    case IPAM_CMP_GT: return order > 0;
    default: return order >= 0;
    }
}

static bool passes(const struct model_row *row, const struct ipam_filter *f)
{
    if (f->column == 0) {
        uint64_t n = 0;

        for (unsigned i = 0; i < 8; i++)
            n = n << 8 | f->value.data[i];
        int64_t id = (int64_t)(n ^ (uint64_t)1 << 63);
        return compares(f->cmp, (row->id > id) - (row->id < id));
    }
    const struct value *have = &row->columns[f->column == COL_A ? 0 : f->column == COL_B ? 1 : 2];
    struct value wanted = { .len = f->value.len };
    if (f->value.len)
        memcpy(wanted.data, f->value.data, f->value.len);
    if (have->len == 0)
        return f->cmp == IPAM_CMP_EQ && wanted.len == 0;
    if (f->cmp == IPAM_CMP_PREFIX)
        return have->len >= wanted.len && memcmp(have->data, wanted.data, wanted.len) == 0;
    return compares(f->cmp, compare(have, &wanted));
}

static const struct ipam_query *sorting; /* qsort has no context */

static int by_order(const void *left, const void *right)
{
    const struct model_row *a = left, *b = right;
    int order = 0;

    if (sorting->order) {
        unsigned column = sorting->order == COL_A ? 0 : sorting->order == COL_B ? 1 : 2;

        order = compare(&a->columns[column], &b->columns[column]);
    }
    if (order == 0)
        order = (a->id > b->id) - (a->id < b->id);
    return sorting->flags & IPAM_QUERY_DESCENDING ? -order : order;
}

/* The ids a query must give, and their number. */
static size_t model_query(const struct ipam_query *q, int64_t *ret_ids)
{
    static struct model_row found[ROWS_MAX];
    struct model_row last = { .id = q->after_id };
    size_t count = 0, n = 0;

    for (size_t i = 0; i < rows; i++) {
        bool good = model[i].id != 0;

        for (uint32_t k = 0; good && k < q->filter_count; k++)
            good = passes(&model[i], q->filters[k]);
        if (good)
            found[count++] = model[i];
    }
    sorting = q;
    qsort(found, count, sizeof(found[0]), by_order);
    if (q->after_id && q->order) {
        struct value *value = &last.columns[q->order == COL_A ? 0 : q->order == COL_B ? 1 : 2];

        value->len = q->after_value.len;
        if (value->len)
            memcpy(value->data, q->after_value.data, value->len);
    }
    for (size_t i = 0; i < count && (q->limit == 0 || n < q->limit); i++)
        if (q->after_id == 0 || by_order(&found[i], &last) > 0)
            ret_ids[n++] = found[i].id;
    return n;
}

static void fill(size_t count)
{
    rows = count;
    for (size_t at = 0; at < rows; at += 100) {
        struct batch b = { .row_count = 0 };

        for (size_t i = at; i < at + 100; i++) {
            struct ipam_row *row = &b.rows[b.row_count];

            model[i].id = (int64_t)i + 1;
            for (unsigned k = 0; k < 3; k++) {
                model[i].columns[k] = draw_value();
                b.columns[b.row_count][k] =
                    (struct ipam_bytes){ model[i].columns[k].data, model[i].columns[k].len };
            }
            *row = (struct ipam_row){ .size = sizeof(*row),
                                      .op = IPAM_ROW_PUT,
                                      .type = THING,
                                      .id = model[i].id,
                                      .rev = 1,
                                      .columns = b.columns[b.row_count],
                                      .column_count = 3 };
            b.row_count++;
        }
        assert_int_equal(batch_run(&db, &b, (int64_t)rows + 1, 1, &req), IPAM_OK);
    }
}

static void draw_filter(struct ipam_filter *f, struct value *value)
{
    *f = (struct ipam_filter){ .size = sizeof(*f),
                               .column = draw(5) ? numbers[draw(3)] : 0,
                               .cmp = IPAM_CMP_EQ + (uint32_t)draw(6) };
    *value = draw_value();
    if (f->column == 0)
        f->cmp = IPAM_CMP_EQ + (uint32_t)draw(5);
    f->value = (struct ipam_bytes){ value->data, value->len };
}

static void query_and_compare(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        struct ipam_filter filters[3];
        const struct ipam_filter *list[3] = { &filters[0], &filters[1], &filters[2] };
        struct value values[3], after = draw_value();
        uint8_t id[8] = { 0x80 };
        struct ipam_query q = {
            .type = THING, .filters = list, .filter_count = (uint32_t)draw(4), .reader = (uint32_t)draw(2)
        };
        static int64_t expected[ROWS_MAX];

        q.order = draw(3) ? numbers[draw(3)] : 0;
        q.flags = draw(2) ? IPAM_QUERY_DESCENDING : 0;
        q.limit = draw(2) ? 1 + (uint32_t)draw(40) : 0;
        if (draw(2)) {
            q.after_id = 1 + (int64_t)draw(rows + 10);
            q.after_value = (struct ipam_bytes){ after.data, q.order ? after.len : 0 };
        }
        for (uint32_t i = 0; i < q.filter_count; i++) {
            draw_filter(&filters[i], &values[i]);
            id[6] = (uint8_t)draw(2);
            id[7] = (uint8_t)draw(256);
            if (filters[i].column == 0)
                filters[i].value = (struct ipam_bytes){ id, 8 };
        }
        size_t n = model_query(&q, expected);
        assert_int_equal(query(&db, &q, &req), IPAM_OK);
        if (req.count != n)
            fail_msg("seed as above, round %u: %zu rows instead of %zu", round, req.count, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(req.rows[i].id, expected[i]);
        q.flags |= IPAM_QUERY_COUNT;
        assert_int_equal(query(&db, &q, &req), IPAM_OK);
        assert_int_equal(req.count, 0);
        assert_int_equal(q.ret_count, n);
    }
}

static void test_a_query_gives_what_a_list_gives(void **state)
{
    (void)state;
    seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    fill(300);
    query_and_compare(2500);
}

/* Where every value has more rows than are counted, other indexes are walked. */
static void test_a_query_of_many_rows_gives_what_a_list_gives(void **state)
{
    (void)state;
    seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    fill(ROWS_MAX);
    query_and_compare(150);
}

static void test_paging_meets_every_row_once(void **state)
{
    (void)state;
    seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    fill(300);
    for (unsigned round = 0; round < 6; round++) {
        struct ipam_query q = { .type = THING,
                                .order = numbers[round % 3],
                                .limit = 7,
                                .flags = round < 3 ? 0 : IPAM_QUERY_DESCENDING };
        bool met[300 + 1] = { false };
        size_t total = 0;

        do {
            assert_int_equal(query(&db, &q, &req), IPAM_OK);
            for (size_t i = 0; i < req.count; i++) {
                assert_false(met[req.rows[i].id]);
                met[req.rows[i].id] = true;
                total++;
            }
            if (req.count) {
                const struct model_row *last = &model[req.rows[req.count - 1].id - 1];

                q.after_id = last->id;
                q.after_value =
                    (struct ipam_bytes){ last->columns[round % 3].data, last->columns[round % 3].len };
            }
        } while (req.count == q.limit);
        assert_int_equal(total, rows);
    }
}

static void test_wrong_queries_are_refused(void **state)
{
    struct ipam_filter no_column = { .column = 99, .cmp = IPAM_CMP_EQ },
                       no_cmp = { .column = COL_A, .cmp = 9 },
                       short_id = { .column = 0, .cmp = IPAM_CMP_EQ, .value = { (const uint8_t *)"x", 1 } };
    const struct ipam_filter *lists[] = { &no_column, &no_cmp, &short_id };
    struct ipam_query cases[] = { { .type = 77 },
                                  { .type = THING, .order = 99 },
                                  { .type = THING, .reader = 16 },
                                  { .type = THING, .filters = &lists[0], .filter_count = 1 },
                                  { .type = THING, .filters = &lists[1], .filter_count = 1 },
                                  { .type = THING, .filters = &lists[2], .filter_count = 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(query(&db, &cases[i], &req), IPAM_E_INVAL);
        assert_says(req.message, folder.path);
    }
}

static void test_a_reader_that_stops_gets_its_own_status_back(void **state)
{
    struct ipam_query q = { .type = THING };

    (void)state;
    fill(300);
    req.stop_after = 3;
    assert_int_equal(query(&db, &q, &req), IPAM_E_TIMEOUT);
    assert_int_equal(req.count, 3);
    req.stop_after = 0;
    assert_int_equal(query(&db, &q, &req), IPAM_OK); /* the reader is as good as new */
    assert_int_equal(req.count, rows);
}

/* Rows 1 to `count`: `a` is the same in all, `b` in none. */
static void fill_alike(int64_t count)
{
    static char unique[BATCH_MAX][16];

    for (int64_t id = 1; id <= count; id += BATCH_MAX) {
        struct batch b = { .row_count = 0 };

        for (int64_t i = 0; i < BATCH_MAX; i++) {
            snprintf(unique[i], sizeof(unique[i]), "%lld", (long long)(id + i));
            batch_put(&b, id + i, 2, "alike", unique[i], NULL);
        }
        assert_int_equal(batch_run(&db, &b, id + BATCH_MAX, 2, &req), IPAM_OK);
    }
}

static struct ipam_filter equals(uint32_t column, const char *value)
{
    return (struct ipam_filter){ .size = sizeof(struct ipam_filter),
                                 .column = column,
                                 .cmp = IPAM_CMP_EQ,
                                 .value = { (const uint8_t *)value, strlen(value) } };
}

static void test_a_long_count_can_be_cancelled(void **state)
{
    struct ipam_filter f = equals(COL_A, "alike");
    const struct ipam_filter *list[] = { &f };
    struct ipam_query q = {
        .size = sizeof(q), .type = THING, .flags = IPAM_QUERY_COUNT, .filters = list, .filter_count = 1
    };

    (void)state;
    fill_alike(20480);
    req_free(&req);
    req.cancelled = 1;
    db.ops->query(db.ctx, &req, &q);
    assert_int_equal(req.status, IPAM_E_CANCELED);
    assert_int_equal(query(&db, &q, &req), IPAM_OK);
    assert_int_equal(q.ret_count, 20480);
}

/* The index of the value that few rows have is walked, whatever the order and whichever filter comes first.
 */
static void test_few_rows_are_found_among_many_without_walking_all(void **state)
{
    struct ipam_filter common = equals(COL_A, "alike"), rare = equals(COL_B, "12345");
    const struct ipam_filter *lists[2][2] = { { &common, &rare }, { &rare, &common } };
    struct ipam_query all = { .type = THING, .filters = lists[0], .filter_count = 1, .order = COL_B };

    (void)state;
    fill_alike(20480);
    for (unsigned i = 0; i < 4; i++) {
        struct ipam_query q = {
            .type = THING, .filters = lists[i % 2], .filter_count = 2, .order = i < 2 ? COL_A : 0, .limit = 10
        };

        assert_int_equal(query(&db, &q, &req), IPAM_OK);
        assert_int_equal(req.count, 1);
        assert_int_equal(req.rows[0].id, 12345);
        assert_in_range(req.polls, 0, 2);
    }
    assert_int_equal(query(&db, &all, &req), IPAM_OK);
    assert_int_equal(req.count, 20480);
    assert_in_range(req.polls, 5, 100); /* this is how walking all looks */
}

/* Writer and reader at once: every batch sets all ten rows to its revision, so a snapshot shows ten equal
 * ones and the head. */
struct race {
    pthread_t thread;
    atomic_bool stop;
    unsigned reads;
    char wrong[1200];
};

static void *read_along(void *user)
{
    struct race *r = user;
    struct ipam_req mine = { .count = 0 };

    while (!r->stop) {
        struct ipam_query q = { .type = THING, .reader = 1, .order = COL_A };

        query(&db, &q, &mine);
        bool same = mine.status == IPAM_OK && mine.count == 10;
        for (size_t i = 0; i < mine.count; i++)
            same = same && mine.rows[i].rev == q.ret_head;
        if (same) {
            r->reads++;
            continue;
        }
        snprintf(r->wrong, sizeof(r->wrong), "head %lld, %zu rows, revision %lld, status %d: %s",
                 (long long)q.ret_head, mine.count, mine.count ? (long long)mine.rows[0].rev : 0, mine.status,
                 mine.message);
        break;
    }
    req_free(&mine);
    return NULL;
}

static void write_all(int64_t rev)
{
    struct batch b = { .row_count = 0 };

    for (int64_t id = 1; id <= 10; id++)
        batch_put(&b, id, rev, rev & 1 ? "odd" : "even", NULL, NULL);
    batch_log(&b, rev, "log");
    assert_int_equal(batch_run(&db, &b, 11, rev, &req), IPAM_OK);
}

static void test_a_reader_sees_one_revision_while_the_writer_commits(void **state)
{
    struct race race = { .stop = false };

    (void)state;
    db_close(&db);
    db.inst.synchronous = "normal"; /* quicker batches; nothing else changes for a reader */
    assert_int_equal(db.ops->open(&db.inst, &test_host, &test_schema, &db.ctx), IPAM_OK);
    write_all(1);
    assert_int_equal(pthread_create(&race.thread, NULL, read_along, &race), 0);
    for (int64_t rev = 2; rev <= 1000; rev++)
        write_all(rev);
    race.stop = true;
    pthread_join(race.thread, NULL);
    assert_string_equal(race.wrong, "");
    assert_true(race.reads > 10);
    assert_int_equal(head_of(&db), 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_query_gives_what_a_list_gives),
        TEST(test_a_query_of_many_rows_gives_what_a_list_gives),
        TEST(test_paging_meets_every_row_once),
        TEST(test_wrong_queries_are_refused),
        TEST(test_a_reader_that_stops_gets_its_own_status_back),
        TEST(test_a_long_count_can_be_cancelled),
        TEST(test_few_rows_are_found_among_many_without_walking_all),
        TEST(test_a_reader_sees_one_revision_while_the_writer_commits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
