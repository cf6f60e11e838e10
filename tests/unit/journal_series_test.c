/* journal_series_test.c - samples packed into rows, against a plain array of steps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "journal/series.h"

#include "index_random.h"

#define STEPS 1440 /* of a row of minutes: the most that a row has */

static const int64_t day = INT64_C(86400000);

static struct sample random_sample(enum series_step step, int64_t row)
{
    struct sample s = { .at = row + (int64_t)(draw() % (uint64_t)series_span_ms(step)), .count = 1 };
    s.used = below(4) == 0 ? UINT32_MAX : below(300);
    s.peak = s.used;
    s.utilized = below(300);
    s.size = below(4) == 0 ? (struct ipam_u128){ UINT64_MAX, UINT64_MAX } : u128_from(256);
    s.assigned = u128_from(below(2) ? 100 : draw());
    return s;
}

static void assert_same(const struct sample *a, const struct sample *b)
{
    assert_int_equal(a->at, b->at);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->used, b->used);
    assert_int_equal(a->utilized, b->utilized);
    assert_int_equal(a->peak, b->peak);
    assert_int_equal(u128_compare(a->size, b->size), 0);
    assert_int_equal(u128_compare(a->assigned, b->assigned), 0);
}

/* The model: all steps of the row, by their place. */
static void keep(struct sample *steps, enum series_step step, int64_t row, const struct sample *s)
{
    struct sample *at = &steps[(s->at - row) / series_step_ms(step)];
    at->at = s->at - s->at % series_step_ms(step);
    at->count += s->count;
    at->used += s->used;
    at->utilized += s->utilized;
    at->peak = s->peak > at->peak ? s->peak : at->peak;
    at->size = s->size;
    at->assigned = s->assigned;
}

static void compare(struct ipam_bytes points, enum series_step step, int64_t row, const struct sample *steps)
{
    struct series_reader r;
    struct sample got;
    series_read(&r, step, row, points);
    for (size_t i = 0; i < STEPS; i++) {
        if (steps[i].count == 0)
            continue;
        assert_int_equal(series_next(&r, &got), 1);
        assert_same(&got, &steps[i]);
    }
    assert_int_equal(series_next(&r, &got), 0);
}

static struct ipam_bytes bytes_of(const struct strbuf *b)
{
    return (struct ipam_bytes){ (const uint8_t *)b->data, (uint32_t)b->len };
}

static void fill(enum series_step step, unsigned count)
{
    int64_t row = series_row_at(step, 20000 * day + 5);
    struct sample steps[STEPS] = { { 0 } };
    struct strbuf rows[2];
    strbuf_init(&rows[0], 1 << 20);
    strbuf_init(&rows[1], 1 << 20);
    for (unsigned i = 0; i < count; i++) {
        struct sample s = random_sample(step, row);
        struct strbuf *from = &rows[i & 1], *to = &rows[~i & 1];
        strbuf_reset(to);
        assert_int_equal(series_add(step, row, bytes_of(from), &s, to), 0);
        keep(steps, step, row, &s);
        compare(bytes_of(to), step, row, steps);
    }
    strbuf_fini(&rows[0]);
    strbuf_fini(&rows[1]);
}

static void test_what_is_added_is_read(void **state)
{
    (void)state;
    fill(SERIES_MINUTE, 300);
    fill(SERIES_HOUR, 300);
    fill(SERIES_DAY, 300);
}

static void test_steps_and_rows(void **state)
{
    const int64_t noon = 20000 * day + day / 2 + 61001;
    (void)state;
    assert_int_equal(series_step_at(SERIES_MINUTE, noon), 20000 * day + day / 2 + 60000);
    assert_int_equal(series_row_at(SERIES_MINUTE, noon), 20000 * day);
    assert_int_equal(series_step_at(SERIES_HOUR, noon), 20000 * day + day / 2);
    assert_int_equal(series_row_at(SERIES_HOUR, noon), 20000 * day);
    assert_int_equal(series_step_at(SERIES_DAY, noon), 20000 * day);
    assert_int_equal(series_row_at(SERIES_DAY, noon), 19456 * day);
}

/* A series that stands still costs two bytes a step. */
static void test_what_stands_still_is_small(void **state)
{
    struct strbuf rows[2];
    (void)state;
    strbuf_init(&rows[0], 1 << 20);
    strbuf_init(&rows[1], 1 << 20);
    for (unsigned i = 0; i < STEPS; i++) {
        struct sample s = { 20000 * day + i * 60000, 1, 12, 10, 12, u128_from(256), u128_from(200) };
        strbuf_reset(&rows[~i & 1]);
        assert_int_equal(series_add(SERIES_MINUTE, 20000 * day, bytes_of(&rows[i & 1]), &s, &rows[~i & 1]),
                         0);
    }
    assert_in_range(rows[0].len, 2 * STEPS, 2 * STEPS + 16);
    strbuf_fini(&rows[0]);
    strbuf_fini(&rows[1]);
}

static void test_what_does_not_belong_there_is_refused(void **state)
{
    const struct sample other = { 20001 * day, 1, 0, 0, 0, u128_from(1), u128_from(1) };
    const struct sample none = { 20000 * day, 0, 0, 0, 0, u128_from(1), u128_from(1) };
    const struct sample good = { 20000 * day, 1, 0, 0, 0, u128_from(1), u128_from(1) };
    static const char *const damaged[] = {
        "\x00",                 /* no mask */
        "\x00\x01",             /* no count */
        "\x00\x00",             /* never looked at */
        "\x00\x40",             /* a field that does not exist */
        "\x00\x01\x01\x00\x00", /* the same step twice */
        "\xa0\x0b\x01\x01",     /* step 1440 */
        "\x00\x01\x81",         /* a number without end */
    };
    static const uint8_t sizes[] = { 1, 2, 2, 2, 5, 4, 3 };
    struct strbuf out;
    (void)state;
    strbuf_init(&out, 1 << 20);
    assert_int_equal(series_add(SERIES_MINUTE, 20000 * day, (struct ipam_bytes){ 0 }, &other, &out),
                     IPAM_E_INVAL);
    assert_int_equal(series_add(SERIES_MINUTE, 20000 * day, (struct ipam_bytes){ 0 }, &none, &out),
                     IPAM_E_INVAL);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct ipam_bytes row = { (const uint8_t *)damaged[i], sizes[i] };
        if (series_add(SERIES_MINUTE, 20000 * day, row, &good, &out) != IPAM_E_INVAL)
            fail_msg("row %zu is taken", i);
    }
    strbuf_fini(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_added_is_read),
        cmocka_unit_test(test_steps_and_rows),
        cmocka_unit_test(test_what_stands_still_is_small),
        cmocka_unit_test(test_what_does_not_belong_there_is_refused),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
