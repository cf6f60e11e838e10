/* record_gen.h - random records of every type, for property tests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_RECORD_GEN_H
#define TESTS_RECORD_GEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "net/addr.h"
#include "record/record.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t gen_seed;

/* Prints the seed, so that a failure can be repeated with IPAM_TEST_SEED. */
static inline int gen_setup(void **state)
{
    const char *given = getenv("IPAM_TEST_SEED");

    (void)state;
    gen_seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("IPAM_TEST_SEED=%llu\n", (unsigned long long)gen_seed);
    return 0;
}

static inline uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = gen_seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline uint64_t draw_below(uint64_t bound)
{
    return draw() % bound;
}

/* Small values are as likely as large ones. */
static inline int64_t gen_int(void)
{
    int64_t n = (int64_t)(draw() >> draw_below(64));
    return draw_below(4) == 0 ? -n : n;
}

static inline struct ipam_str gen_text(struct arena *a, size_t max, size_t min)
{
    static const char *const pieces[] = { "a", "Z", "0", " ", "-", "=", ",", "\"", "'", "\n", "\t", "\xc3\xa9", "\xe2\x82\xac",
                                          "\xf0\x9f\x98\x80", "\\", "/" };
    size_t want = min + draw_below((max < 40 ? max : 40) - min + 1);
    struct ipam_str s = { NULL, 0 };
    char buf[64];

    while (s.len < want) {
        const char *piece = want - s.len >= 4 ? pieces[draw_below(COUNT(pieces))] : "x";
        memcpy(buf + s.len, piece, strlen(piece));
        s.len += strlen(piece);
    }
    s.data = arena_memdup(a, s.len > 0 ? buf : "", s.len);
    return s;
}

/* Without spaces and commas: CSV and filters cut lists there. */
static inline struct ipam_str gen_item(struct arena *a)
{
    char *text = arena_printf(a, "item-%llu", (unsigned long long)draw_below(1000));
    return str_from(text);
}

static inline struct ipam_addr gen_addr(void)
{
    struct ipam_addr a = { .family = draw_below(2) ? 4 : 6 };

    for (unsigned i = 0; i < addr_bits(a.family) / 8; i++)
        a.bytes[i] = draw_below(3) ? (uint8_t)draw() : 0;
    return a;
}

static inline void gen_list(const struct record_field *f, struct arena *a, void *at)
{
    size_t count = draw_below((f->max < 6 ? (uint64_t)f->max : 6) + 1);

    if (f->kind == KIND_TEXTS) {
        struct ipam_str *items = arena_alloc(a, count * sizeof(*items) + 1);
        for (size_t i = 0; i < count; i++)
            items[i] = gen_item(a);
        *(struct ipam_strs *)at = (struct ipam_strs){ items, count };
    } else if (f->kind == KIND_INTS) {
        int64_t *items = arena_alloc(a, count * sizeof(*items) + 1);
        for (size_t i = 0; i < count; i++)
            items[i] = gen_int();
        *(struct ipam_ints *)at = (struct ipam_ints){ items, count };
    } else {
        struct ipam_addr *items = arena_alloc(a, count * sizeof(*items) + 1);
        for (size_t i = 0; i < count; i++)
            items[i] = gen_addr();
        *(struct ipam_addrs *)at = (struct ipam_addrs){ items, count };
    }
}

static inline int64_t gen_number(const struct record_field *f)
{
    if (f->min <= f->max)
        return f->min + (int64_t)draw_below((uint64_t)(f->max - f->min) + 1);
    return f->kind == KIND_REF ? (int64_t)(1 + draw_below(1u << 30)) : gen_int();
}

static inline void gen_value(const struct record_field *f, struct arena *a, void *at)
{
    unsigned names = 0;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_REF:
        *(int64_t *)at = gen_number(f);
        break;
    case KIND_TIME:
        *(int64_t *)at = (int64_t)draw_below(INT64_C(253402300800000));
        break;
    case KIND_PERCENT:
        *(int64_t *)at = (int64_t)draw_below(10001);
        break;
    case KIND_BOOL:
        *(uint32_t *)at = (uint32_t)draw_below(2);
        break;
    case KIND_ENUM:
        while (f->names[names] != NULL)
            names++;
        *(uint32_t *)at = (uint32_t)draw_below(names);
        break;
    case KIND_TEXT:
        *(struct ipam_str *)at = gen_text(a, (size_t)f->max, f->flags & (FIELD_KEY | FIELD_REQUIRED) ? 1 : 0);
        break;
    case KIND_JSON:
        *(struct ipam_str *)at = str_from(arena_printf(a, "{\"a\":[1,\"x\"],\"b\":%u}", (unsigned)draw_below(1000)));
        break;
    case KIND_BYTES: {
        size_t len = 1 + draw_below((uint64_t)(f->max < 30 ? f->max : 30));
        uint8_t *data = arena_alloc(a, len);
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)draw();
        *(struct ipam_bytes *)at = (struct ipam_bytes){ data, len };
        break;
    }
    case KIND_ADDR:
        *(struct ipam_addr *)at = gen_addr();
        break;
    case KIND_PREFIX: {
        struct ipam_prefix *p = at;
        p->addr = gen_addr();
        p->length = (uint8_t)draw_below(addr_bits(p->addr.family) + 1);
        prefix_mask(p);
        break;
    }
    case KIND_U128:
        *(struct ipam_u128 *)at = (struct ipam_u128){ draw_below(2) ? draw() >> draw_below(64) : 0, draw() >> draw_below(64) };
        break;
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS:
        gen_list(f, a, at);
        break;
    }
}

/* About three quarters of the fields, never one with a flag of `without`. */
static inline void *gen_record(struct arena *a, const struct record_type *t, unsigned without)
{
    struct ipam_record *rec = record_new(a, t->type);

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & without) || draw_below(4) == 0)
            continue;
        gen_value(f, a, (char *)rec + f->offset);
        IPAM_SET_FIELD(rec, f->number);
    }
    return rec;
}

/* Every field, the derived ones too, has the same presence and value. */
static inline void assert_same_record(const void *a, const void *b)
{
    const struct ipam_record *x = a, *y = b;
    const struct record_type *t = record_type(x->type);

    assert_int_equal(x->type, y->type);
    assert_int_equal(x->size, y->size);
    for (unsigned i = 0; i < t->field_count; i++)
        if (record_has(a, t->fields[i].number) != record_has(b, t->fields[i].number) ||
            !record_field_equal(&t->fields[i], a, b))
            fail_msg("%s.%s differs", t->name, t->fields[i].name);
    assert_int_equal(x->rest.len, y->rest.len);
    if (x->rest.len > 0)
        assert_memory_equal(x->rest.data, y->rest.data, x->rest.len);
}

#endif
