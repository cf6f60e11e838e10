/* needle.c - what somebody looks for, and how well a record answers to it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Names are compared without regard to the case of ASCII letters, as those of hosts are. An address or
 * prefix is looked for as such, and as a name only when it is the whole name: "10.1.2.3" begins too many. */
#include "api/needle.h"

#include <string.h>

#include "net/addr.h"

static const char *const match_names[] = { "exact", "encloses", "begins", "contains", "none" };

const char *needle_match_name(enum needle_match m)
{
    return match_names[m];
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_mark(char c)
{
    return c == ':' || c == '-' || c == '.';
}

/* Pairs of digits: aa:bb:cc, aa-bb-cc, aabb.ccdd, aabbcc; one mark throughout, at even places. */
static void read_bytes(struct needle *n, struct arena *a)
{
    uint8_t *bytes = arena_alloc(a, n->text.len / 2 + 1);
    char mark = '\0';
    size_t count = 0, run = 0;

    for (size_t i = 0; bytes != NULL && i < n->text.len; i++) {
        char c = n->text.data[i];

        if (is_mark(c) && run > 0 && run % 2 == 0 && (mark == '\0' || mark == c) && (c != '.' || run == 4)) {
            mark = c;
            run = 0;
        } else if (hex_digit(c) >= 0 && (mark == '\0' || run < (mark == '.' ? 4u : 2u))) {
            if (run++ % 2 == 0)
                bytes[count] = (uint8_t)(hex_digit(c) << 4);
            else
                bytes[count++] |= (uint8_t)hex_digit(c);
        } else {
            return;
        }
    }
    if (bytes != NULL && run % 2 == 0 && count >= NEEDLE_BYTES_MIN)
        n->bytes = (struct ipam_bytes){ bytes, count };
}

void needle_read(struct needle *n, struct ipam_str text, struct arena *a)
{
    struct ipam_addr addr;
    char *lower = arena_memdup(a, text.data, text.len);

    *n = (struct needle){ .text = text, .lower = { lower, text.len } };
    for (size_t i = 0; i < text.len; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char)(lower[i] | 0x20);
    n->placed = prefix_parse(text.data, text.len, &n->prefix) == 0;
    if (!n->placed && addr_parse(text.data, text.len, &addr) == 0) {
        n->placed = true;
        n->prefix = (struct ipam_prefix){ addr, (uint8_t)addr_bits(addr.family) };
    }
    if (n->placed) {
        prefix_first(&n->prefix, &n->first);
        prefix_last(&n->prefix, &n->last);
    }
    read_bytes(n, a);
}

bool needle_looks_at(const struct record_type *t, const struct record_field *f)
{
    bool there = t->residency == RES_RESIDENT || (f->flags & FIELD_INDEXED);

    if ((f->flags & (FIELD_SECRET | FIELD_DERIVED)) || !there)
        return false;
    switch (f->kind) {
    case KIND_ADDR:
    case KIND_PREFIX:
    case KIND_BYTES:
    case KIND_ADDRS: return true;
    case KIND_TEXT: return (f->flags & FIELD_KEY) || strcmp(f->name, "name") == 0;
    default: return false;
    }
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool same(const char *s, struct ipam_str lower)
{
    for (size_t i = 0; i < lower.len; i++)
        if (small(s[i]) != lower.data[i])
            return false;
    return true;
}

static enum needle_match judge_text(const struct needle *n, struct ipam_str s)
{
    if (s.len < n->lower.len)
        return MATCH_NONE;
    if (same(s.data, n->lower))
        return s.len == n->lower.len ? MATCH_EXACT : n->placed ? MATCH_NONE : MATCH_BEGINS;
    for (size_t i = 1; !n->placed && i + n->lower.len <= s.len; i++)
        if (same(s.data + i, n->lower))
            return MATCH_CONTAINS;
    return MATCH_NONE;
}

static enum needle_match judge_bytes(const struct needle *n, struct ipam_bytes b)
{
    if (n->bytes.len == 0 || b.len < n->bytes.len)
        return MATCH_NONE;
    if (memcmp(b.data, n->bytes.data, n->bytes.len) == 0)
        return b.len == n->bytes.len ? MATCH_EXACT : MATCH_BEGINS;
    return memmem(b.data, b.len, n->bytes.data, n->bytes.len) != NULL ? MATCH_CONTAINS : MATCH_NONE;
}

static bool is_host(const struct needle *n, const struct ipam_addr *a)
{
    return n->placed && addr_equal(&n->first, &n->last) && addr_equal(a, &n->first);
}

static enum needle_match judge_addrs(const struct needle *n, const struct ipam_addrs *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (is_host(n, &l->items[i]))
            return MATCH_EXACT;
    return MATCH_NONE;
}

enum needle_match needle_judge_field(const struct needle *n, const struct record_field *f, const void *rec)
{
    const void *at = (const char *)rec + f->offset;

    if (!record_filled(f, rec))
        return MATCH_NONE;
    switch (f->kind) {
    case KIND_TEXT: return judge_text(n, *(const struct ipam_str *)at);
    case KIND_BYTES: return judge_bytes(n, *(const struct ipam_bytes *)at);
    case KIND_ADDR: return is_host(n, at) ? MATCH_EXACT : MATCH_NONE;
    case KIND_ADDRS: return judge_addrs(n, at);
    case KIND_PREFIX: return n->placed && prefix_equal(at, &n->prefix) ? MATCH_EXACT : MATCH_NONE;
    default: return MATCH_NONE;
    }
}

/* Whether the place of the record holds all of what is looked for. */
static bool encloses(const struct needle *n, const struct record_place *place, const void *rec)
{
    struct ipam_addr first, last;

    return n->placed && record_place_span(place, rec, &first, &last) && first.family == n->first.family &&
           addr_compare(&first, &n->first) <= 0 && addr_compare(&n->last, &last) <= 0;
}

enum needle_match needle_judge(const struct needle *n, const struct record_type *t, const void *rec,
                               const struct record_field **ret_field)
{
    enum needle_match best = MATCH_NONE;
    struct record_place place;

    *ret_field = NULL;
    for (unsigned i = 0; i < t->field_count && best != MATCH_EXACT; i++) {
        enum needle_match m = MATCH_NONE;

        if (needle_looks_at(t, &t->fields[i]))
            m = needle_judge_field(n, &t->fields[i], rec);
        if (m < best) {
            best = m;
            *ret_field = &t->fields[i];
        }
    }
    if (best > MATCH_ENCLOSES && record_place_of(t, &place) && encloses(n, &place, rec)) {
        best = MATCH_ENCLOSES;
        *ret_field = place.at;
    }
    return best;
}
