/* fuzz_needle.c - what somebody looks for: whatever it is, a record that has just this is found by it, in any case.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/needle and mutations of them (fuzz_main.c); to fuzz, see
 * README.md. */
#include <stdlib.h>
#include <string.h>

#include "api/needle.h"
#include "fuzz.h"
#include "net/addr.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void check_needle(const struct needle *n)
{
    CHECK(n->lower.len == n->text.len && n->bytes.len * 2 <= n->text.len);
    CHECK(n->bytes.len == 0 || n->bytes.len >= NEEDLE_BYTES_MIN);
    if (n->placed)
        CHECK(n->first.family == n->last.family && addr_compare(&n->first, &n->last) <= 0 &&
              prefix_contains_addr(&n->prefix, &n->first) && prefix_contains_addr(&n->prefix, &n->last));
}

/* Capitals and small letters are the same to it. */
static void check_case(const struct needle *n, struct arena *a)
{
    char *other = arena_memdup(a, n->text.data, n->text.len);
    struct needle m;

    for (size_t i = 0; i < n->text.len; i++)
        if ((other[i] >= 'a' && other[i] <= 'z') || (other[i] >= 'A' && other[i] <= 'Z'))
            other[i] = (char)(other[i] ^ 0x20);
    needle_read(&m, (struct ipam_str){ other, n->text.len }, a);
    check_needle(&m);
    CHECK(str_equal(n->lower, m.lower) && n->placed == m.placed && n->bytes.len == m.bytes.len);
    CHECK(n->bytes.len == 0 || memcmp(n->bytes.data, m.bytes.data, n->bytes.len) == 0);
    CHECK(!n->placed || prefix_equal(&n->prefix, &m.prefix));
}

static enum needle_match judge_name(const struct needle *n, struct ipam_str name)
{
    const struct record_field *f;
    struct ipam_address v;

    record_init(&v, IPAM_T_ADDRESS);
    RECORD_SET(&v, IPAM_ADDRESS_NAME, name, name);
    enum needle_match m = needle_judge(n, record_type(IPAM_T_ADDRESS), &v, &f);
    CHECK((m == MATCH_NONE) == (f == NULL));
    CHECK(f == NULL || f->number == IPAM_ADDRESS_NAME);
    return m;
}

static void judge_names(const struct needle *n, struct arena *a)
{
    enum needle_match longer = n->placed ? MATCH_NONE : MATCH_BEGINS, inside = n->placed ? MATCH_NONE : MATCH_CONTAINS;
    const char *end = arena_printf(a, STR_FMT "~", STR_ARG(n->text)), *both = arena_printf(a, "~%s", end);

    CHECK(judge_name(n, n->text) == MATCH_EXACT && judge_name(n, n->lower) == MATCH_EXACT);
    CHECK(judge_name(n, str_from(end)) == longer);
    CHECK(judge_name(n, str_from(both)) == (n->text.data[0] == '~' ? judge_name(n, str_from(both)) : inside));
}

static void judge_values(const struct needle *n)
{
    const struct record_field *f;
    struct ipam_subnet s;
    struct ipam_lease l;

    record_init(&s, IPAM_T_SUBNET);
    record_init(&l, IPAM_T_LEASE);
    if (n->placed) {
        RECORD_SET(&s, IPAM_SUBNET_PREFIX, prefix, n->prefix);
        CHECK(needle_judge(n, record_type(IPAM_T_SUBNET), &s, &f) == MATCH_EXACT);
        RECORD_SET(&l, IPAM_LEASE_ADDRESS, address, n->first);
        bool host = addr_equal(&n->first, &n->last);
        CHECK(needle_judge_field(n, record_field_number(record_type(IPAM_T_LEASE), IPAM_LEASE_ADDRESS), &l) ==
              (host ? MATCH_EXACT : MATCH_NONE));
        if (n->prefix.length > 0) { /* what is around it */
            s.prefix.length--;
            prefix_mask(&s.prefix);
            CHECK(needle_judge(n, record_type(IPAM_T_SUBNET), &s, &f) == MATCH_ENCLOSES);
        }
    }
    if (n->bytes.len > 0 && n->bytes.len <= 20) {
        RECORD_SET(&l, IPAM_LEASE_MAC, mac, n->bytes);
        CHECK(needle_judge_field(n, record_field_number(record_type(IPAM_T_LEASE), IPAM_LEASE_MAC), &l) == MATCH_EXACT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipam_str text = { (const char *)data, size };
    struct needle n;
    struct arena a;

    if (size == 0 || size > NEEDLE_MAX || !utf8_valid(text.data, size) || memchr(data, 0, size) != NULL)
        return 0; /* a query holds no other */
    arena_init(&a, 1u << 20);
    needle_read(&n, text, &a);
    check_needle(&n);
    check_case(&n, &a);
    judge_names(&n, &a);
    judge_values(&n);
    arena_fini(&a);
    return 0;
}
