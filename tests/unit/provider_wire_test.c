/* provider_wire_test.c - frames survive the way in any pieces; broken ones are told from short ones.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "ipam/status.h"
#include "provider/wire.h"
#include "record/record.h"

static struct strbuf out;
static struct arena arena;

static int up(void **state)
{
    (void)state;
    strbuf_init(&out, 64u << 20);
    arena_init(&arena, 0);
    return 0;
}

static int down(void **state)
{
    (void)state;
    strbuf_fini(&out);
    arena_fini(&arena);
    return 0;
}

static void test_a_frame_is_whole_or_not_there(void **state)
{
    struct wire_frame f;
    size_t size, begun = wire_begin(&out, WIRE_STEP, 0x01020304);

    (void)state;
    strbuf_puts(&out, "config-test");
    assert_true(wire_end(&out, begun));
    assert_true(wire_put_empty(&out, WIRE_CANCEL, 7));
    for (size_t len = 0; len < WIRE_HEAD + 11; len++)
        assert_int_equal(wire_next(out.data, len, &f, &size), 0);
    assert_int_equal(wire_next(out.data, out.len, &f, &size), 1);
    assert_int_equal(f.kind, WIRE_STEP);
    assert_int_equal(f.id, 0x01020304);
    assert_int_equal(f.payload.len, 11);
    assert_memory_equal(f.payload.data, "config-test", 11);
    assert_int_equal(size, WIRE_HEAD + 11);
    assert_int_equal(wire_next(out.data + size, out.len - size, &f, &size), 1);
    assert_int_equal(f.kind, WIRE_CANCEL);
    assert_int_equal(f.payload.len, 0);
}

static void test_heads_that_cannot_be(void **state)
{
    static const struct {
        const char head[WIRE_HEAD + 1];
        int expected;
    } rows[] = {
        { "\x06\0\0\0\x01\0\0\0\0\0", 1 },
        { "\x05\0\0\0\x01\0\0\0\0\0", IPAM_E_PROTO },             /* shorter than kind and id */
        { "\0\0\0\0\x01\0\0\0\0\0", IPAM_E_PROTO },
        { "\x06\0\0\x01\x01\0\0\0\0\0", 0 },                      /* 16 MiB exactly */
        { "\x07\0\0\x01\x01\0\0\0\0\0", IPAM_E_PROTO },           /* a byte more */
        { "\xff\xff\xff\xff\x01\0\0\0\0\0", IPAM_E_PROTO },
        { "\x06\0\0\0\0\0\0\0\0\0", IPAM_E_PROTO },               /* kind 0 */
        { "\x06\0\0\0\xff\xff\0\0\0\0", IPAM_E_PROTO },
    };
    struct wire_frame f;
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(wire_next(rows[i].head, WIRE_HEAD, &f, &size), rows[i].expected);
}

static void test_what_is_too_large_is_taken_back(void **state)
{
    static char big[1 << 20];
    size_t begun;

    (void)state;
    wire_put_empty(&out, WIRE_CANCEL, 1);
    begun = wire_begin(&out, WIRE_STEP, 1);
    for (int i = 0; i < 17; i++)
        strbuf_add(&out, big, sizeof(big));
    assert_false(wire_end(&out, begun));
    assert_int_equal(out.len, WIRE_HEAD);
    assert_true(wire_put_empty(&out, WIRE_CANCEL, 2));
}

static void test_a_reader_never_passes_the_end(void **state)
{
    static const uint8_t bytes[] = { 1, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c' };
    struct wire_reader r;
    struct ipam_bytes b;

    (void)state;
    wire_reader_init(&r, (struct ipam_bytes){ bytes, sizeof(bytes) });
    assert_int_equal(wire_get32(&r), 1);
    b = wire_get_bytes(&r);
    assert_true(b.len == 3 && memcmp(b.data, "abc", 3) == 0 && wire_read_well(&r));
    assert_int_equal(wire_get32(&r), 0);
    assert_true(r.bad);
    wire_reader_init(&r, (struct ipam_bytes){ bytes, 10 });
    wire_get32(&r);
    assert_int_equal(wire_get_bytes(&r).len, 0);
    assert_false(wire_read_well(&r));
    assert_int_equal(wire_get64(&r), 0);
}

static void test_rows_come_as_they_went(void **state)
{
    const struct ipam_bytes columns[] = { { (const uint8_t *)"k", 1 },
                                          { NULL, 0 },
                                          { (const uint8_t *)"", 0 } };
    struct ipam_row row = { .size = sizeof(row),
                            .op = 1,
                            .type = 3,
                            .id = -5,
                            .rev = INT64_MAX,
                            .columns = columns,
                            .column_count = 3,
                            .body = { (const uint8_t *)"body", 4 } },
                    got;
    struct wire_frame f;
    size_t size;

    (void)state;
    assert_int_equal(wire_put_row(&out, 9, &row), 0);
    assert_int_equal(wire_next(out.data, out.len, &f, &size), 1);
    assert_int_equal(wire_get_row(f.payload, &arena, &got), 0);
    assert_true(got.op == 1 && got.type == 3 && got.id == -5 && got.rev == INT64_MAX &&
                got.column_count == 3);
    assert_true(got.columns[0].len == 1 && got.columns[0].data[0] == 'k' && got.columns[1].len == 0);
    assert_memory_equal(got.body.data, "body", 4);
    for (size_t len = 0; len < f.payload.len; len++) /* cut anywhere, it is refused */
        assert_int_equal(wire_get_row((struct ipam_bytes){ f.payload.data, len }, &arena, &got),
                         IPAM_E_INVAL);
    strbuf_reset(&out);
    row.columns = NULL;
    wire_put_row(&out, 9, &row);
    assert_int_equal(wire_next(out.data, out.len, &f, &size), 1);
    assert_int_equal(wire_get_row(f.payload, &arena, &got), 0);
    assert_null(got.columns);
}

/* Records of the helper's making: limits and UTF-8 are judged where the bytes are not ours. */
static void test_foreign_records_are_judged(void **state)
{
    struct ipam_lease l;
    struct ipam_record *rec;
    struct wire_frame f;
    size_t size;

    (void)state;
    record_init(&l, IPAM_T_LEASE);
    l.name = (struct ipam_str){ "\xff\xfe", 2 };
    IPAM_SET_FIELD(&l, IPAM_LEASE_NAME);
    assert_int_equal(wire_put_record(&out, 1, (struct ipam_record *)&l), 0);
    assert_int_equal(wire_next(out.data, out.len, &f, &size), 1);
    assert_int_equal(wire_get_record(f.payload, false, &arena, &rec), 0);
    assert_int_equal(wire_get_record(f.payload, true, &arena, &rec), IPAM_E_INVAL);
    l.name = (struct ipam_str){ "host", 4 };
    strbuf_reset(&out);
    wire_put_record(&out, 1, (struct ipam_record *)&l);
    assert_int_equal(wire_next(out.data, out.len, &f, &size), 1);
    assert_int_equal(wire_get_record(f.payload, true, &arena, &rec), 0);
    assert_int_equal(rec->type, IPAM_T_LEASE);
    assert_memory_equal(((struct ipam_lease *)rec)->name.data, "host", 4);
}

static void test_greetings(void **state)
{
    struct wire_hello h;
    struct wire_frame f;
    size_t size;

    (void)state;
    wire_put_hello(&out, -13, "because");
    assert_int_equal(wire_next(out.data, out.len, &f, &size), 1);
    assert_true(wire_get_hello(f.payload, &h));
    assert_true(wire_hello_agrees(&h));
    assert_int_equal(h.status, -13);
    assert_true(str_is(h.text, "because"));
    for (size_t i = 0; i < 16; i++) { /* version, ABI, record tables */
        out.data[WIRE_HEAD + i] ^= 1;
        assert_true(wire_get_hello(f.payload, &h));
        assert_false(wire_hello_agrees(&h));
        out.data[WIRE_HEAD + i] ^= 1;
    }
    f.payload.len--;
    assert_false(wire_get_hello(f.payload, &h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_frame_is_whole_or_not_there, up, down),
        cmocka_unit_test_setup_teardown(test_heads_that_cannot_be, up, down),
        cmocka_unit_test_setup_teardown(test_what_is_too_large_is_taken_back, up, down),
        cmocka_unit_test_setup_teardown(test_a_reader_never_passes_the_end, up, down),
        cmocka_unit_test_setup_teardown(test_rows_come_as_they_went, up, down),
        cmocka_unit_test_setup_teardown(test_foreign_records_are_judged, up, down),
        cmocka_unit_test_setup_teardown(test_greetings, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
