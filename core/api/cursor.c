/* cursor.c - where a page ended and the next one goes on, as a text that clients pass back unchanged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The hex of a digest of the list it belongs to and of the place (8 bytes), and the place: one that was cut
 * or has a wrong digit would pass over rows. A list is its path and its parameters, in any order, but for
 * those that choose how much of it is shown. A place is the revision that is shown with `at`, or 0 (8 bytes),
 * the length of the key (4), the key, and the id or natural key of the last row.
 *
 * The place may be that of a row which was looked at and not shown. Who does not see everything gets it
 * sealed, for himself alone and as long as this process lives. */
#include <endian.h>
#include <string.h>

#include "access/seal.h"
#include "api/ask.h"

#define HEAD (8 + 4)

/* FNV-1a; a cursor is no secret and proves nothing. It must be the same in every process. */
static uint64_t digest_add(uint64_t h, struct ipam_str s)
{
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (uint8_t)s.data[i]) * UINT64_C(1099511628211);
    return (h ^ 0xff) * UINT64_C(1099511628211);
}

static bool belongs(struct ipam_str param)
{
    static const char *const others[] = { "limit", "cursor", "count", "fields" };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (str_is(param, others[i]))
            return false;
    return true;
}

static uint64_t digest(struct call *c, struct ipam_bytes place)
{
    const uint64_t start = UINT64_C(14695981039346656037);
    uint64_t h = digest_add(start, str_from(c->route->path));
    struct ipam_str key, value;
    size_t pos = 0;

    while (http_query_next(&c->arena, c->query, &pos, &key, &value) == 1)
        if (belongs(key))
            h += digest_add(digest_add(start, key), value); /* a sum: in any order */
    return digest_add(h, (struct ipam_str){ (const char *)place.data, place.len });
}

static int hex_digit(char ch)
{
    return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

bool cursor_bad(struct call *c)
{
    problem_hint(&c->problem,
                 "pass \"next\" of the page before unchanged, with the same path and other parameters");
    problem_set(&c->problem, PROBLEM_BAD_CURSOR, "cursor is not one that this list gave");
    return false;
}

static uint8_t *decode(struct call *c, struct ipam_str hex)
{
    uint8_t *bytes = arena_alloc(&c->arena, hex.len / 2 + 1);

    for (size_t i = 0; bytes != NULL && i < hex.len / 2; i++) {
        int hi = hex_digit(hex.data[2 * i]), lo = hex_digit(hex.data[2 * i + 1]);

        if (hi < 0 || lo < 0)
            return NULL;
        bytes[i] = (uint8_t)(hi * 16 + lo);
    }
    return bytes;
}

static bool is_sealed(struct call *c)
{
    return c->route->operation != NULL && !sight_all(&c->sight);
}

static struct ipam_bytes whose(const struct call *c)
{
    return (struct ipam_bytes){ (const uint8_t *)c->who.name, strlen(c->who.name) };
}

bool cursor_get(struct call *c, struct ipam_bytes *ret)
{
    struct ipam_str hex = call_param(c, "cursor");
    struct ipam_bytes bytes;
    uint64_t of;

    *ret = (struct ipam_bytes){ NULL, 0 };
    if (hex.data == NULL)
        return true;
    bytes = (struct ipam_bytes){ hex.len % 2 == 0 ? decode(c, hex) : NULL, hex.len / 2 };
    if (bytes.data != NULL && is_sealed(c))
        bytes = seal_open(&c->arena, bytes, whose(c));
    if (bytes.data == NULL || bytes.len <= sizeof(of))
        return cursor_bad(c);
    memcpy(&of, bytes.data, sizeof(of));
    struct ipam_bytes place = { bytes.data + sizeof(of), bytes.len - sizeof(of) };
    if (be64toh(of) != digest(c, place))
        return cursor_bad(c);
    *ret = place;
    return true;
}

static void encode(char *text, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

void cursor_set(struct call *c, struct ipam_bytes place)
{
    uint64_t of = htobe64(digest(c, place));
    uint8_t *plain = arena_alloc(&c->arena, sizeof(of) + place.len);
    struct ipam_bytes bytes = { plain, plain != NULL ? sizeof(of) + place.len : 0 };

    if (plain != NULL) {
        memcpy(plain, &of, sizeof(of));
        memcpy(plain + sizeof(of), place.data, place.len);
        if (is_sealed(c))
            bytes = seal_close(&c->arena, bytes, whose(c));
    }
    char *text = bytes.data != NULL ? arena_alloc(&c->arena, 2 * bytes.len + 1) : NULL;
    if (text == NULL) {
        c->out.failed = true; /* an answer without its cursor would be taken for the last page */
        return;
    }
    encode(text, bytes.data, bytes.len);
    c->next = text;
}

/* --- places of lists --- */

int64_t position_id(const uint8_t *tie)
{
    uint64_t n;

    memcpy(&n, tie, sizeof(n));
    return (int64_t)(be64toh(n) ^ UINT64_C(1) << 63);
}

bool ask_cursor(struct ask *a)
{
    struct call *c = a->c;
    struct ipam_bytes place;
    bool id = !ask_is_made(a->type);
    uint64_t rev;
    uint32_t key;

    if (!cursor_get(c, &place))
        return false;
    if (place.data == NULL)
        return true;
    if (place.len <= HEAD)
        return cursor_bad(c);
    memcpy(&rev, place.data, sizeof(rev));
    memcpy(&key, place.data + sizeof(rev), sizeof(key));
    key = be32toh(key);
    size_t len = place.len - HEAD;
    const uint8_t *bytes = place.data + HEAD;
    if (key >= len || (a->order == NULL && key != 0) ||
        (id && (len - key != 8 || position_id(bytes + key) <= 0)))
        return cursor_bad(c);
    a->rev = (int64_t)be64toh(rev);
    if (a->rev < 0 || a->rev > state_head(c->api->at.state) || (a->rev != 0 && a->at.data == NULL))
        return cursor_bad(c);
    a->continued = true;
    a->after = (struct position){ { bytes, key }, { bytes + key, len - key } };
    return true;
}

void ask_next(struct ask *a, const struct position *p)
{
    uint64_t rev = htobe64((uint64_t)a->rev);
    uint32_t key = htobe32((uint32_t)p->key.len);
    size_t len = HEAD + p->key.len + p->tie.len;
    uint8_t *place = arena_alloc(&a->c->arena, len);

    if (place == NULL) {
        a->c->out.failed = true;
        return;
    }
    memcpy(place, &rev, sizeof(rev));
    memcpy(place + sizeof(rev), &key, sizeof(key));
    if (p->key.len > 0)
        memcpy(place + HEAD, p->key.data, p->key.len);
    memcpy(place + HEAD + p->key.len, p->tie.data, p->tie.len);
    cursor_set(a->c, (struct ipam_bytes){ place, len });
}

void cursor_write_next(struct call *c, struct json_writer *w)
{
    jw_key(w, "next");
    if (c->next != NULL)
        jw_text(w, c->next);
    else
        jw_null(w);
}
