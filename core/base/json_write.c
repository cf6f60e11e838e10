/* json_write.c - the streaming JSON writer and the canonical form.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_p.h"

void jw_init(struct json_writer *w, struct strbuf *out)
{
    *w = (struct json_writer){ .out = out };
}

static uint64_t bit(const struct json_writer *w)
{
    return UINT64_C(1) << (w->depth - 1);
}

/* Before every value: the comma between the elements of an array; of an object the key has put it. */
static void before_value(struct json_writer *w)
{
    if (!w->depth)
        return;
    if (w->object & bit(w)) {
        assert(w->keyed);
        w->keyed = false;
        return;
    }
    if (w->comma & bit(w))
        strbuf_putc(w->out, ',');
    w->comma |= bit(w);
}

static void begin(struct json_writer *w, bool object)
{
    before_value(w);
    assert(w->depth < JSON_DEPTH_MAX);
    w->depth++;
    w->comma &= ~bit(w);
    w->object = object ? w->object | bit(w) : w->object & ~bit(w);
    strbuf_putc(w->out, object ? '{' : '[');
}

static void end(struct json_writer *w, bool object)
{
    assert(w->depth && !w->keyed);
    assert(!!(w->object & bit(w)) == object);
    w->depth--;
    strbuf_putc(w->out, object ? '}' : ']');
}

void jw_object(struct json_writer *w)
{
    begin(w, true);
}

void jw_object_end(struct json_writer *w)
{
    end(w, true);
}

void jw_array(struct json_writer *w)
{
    begin(w, false);
}

void jw_array_end(struct json_writer *w)
{
    end(w, false);
}

/* One character that cannot stand as it is. RFC 8785, 3.2.2.2, wants the short forms. */
static void put_special(struct json_writer *w, uint32_t code)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof(shorts); i += 2) {
        if (code == (unsigned char)shorts[i]) {
            strbuf_putc(w->out, '\\');
            strbuf_putc(w->out, shorts[i + 1]);
            return;
        }
    }
    if (code >= 0x10000)
        strbuf_printf(w->out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                      0xdc00 + ((code - 0x10000) & 0x3ff));
    else
        strbuf_printf(w->out, "\\u%04x", code);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void put_string(struct json_writer *w, struct ipam_str s)
{
    size_t plain, n;
    uint32_t code;

    strbuf_putc(w->out, '"');
    for (size_t i = 0; i < s.len; i += n) {
        for (plain = i; plain < s.len && is_plain((unsigned char)s.data[plain]) &&
                        !(w->shown && s.data[plain] == 0x7f);)
            plain++;
        if (plain > i) {
            n = plain - i;
            strbuf_add(w->out, s.data + i, n);
            continue;
        }
        n = utf8_decode(s.data + i, s.len - i, &code);
        if (!n || !code) { /* a NUL is one that our own reader refuses */
            n = 1;
            strbuf_puts(w->out, w->ascii ? "\\ufffd" : "\xef\xbf\xbd");
        } else if (code < 0x80 || w->ascii || (w->shown && code < 0xa0)) {
            put_special(w, code);
        } else {
            strbuf_add(w->out, s.data + i, n);
        }
    }
    strbuf_putc(w->out, '"');
}

static void begin_key(struct json_writer *w)
{
    assert(w->depth && (w->object & bit(w)) && !w->keyed);
    if (w->comma & bit(w))
        strbuf_putc(w->out, ',');
    w->comma |= bit(w);
    w->keyed = true;
}

void jw_key_str(struct json_writer *w, struct ipam_str key)
{
    begin_key(w);
    put_string(w, key);
    strbuf_putc(w->out, ':');
}

void jw_name(struct json_writer *w, const char *name)
{
    begin_key(w);
    strbuf_putc(w->out, '"');
    strbuf_puts(w->out, name);
    strbuf_add(w->out, "\":", 2);
}

void jw_key(struct json_writer *w, const char *key)
{
    jw_key_str(w, str_from(key));
}

void jw_str(struct json_writer *w, struct ipam_str s)
{
    if (!s.data) {
        jw_null(w);
        return;
    }
    before_value(w);
    put_string(w, s);
}

void jw_text(struct json_writer *w, const char *text)
{
    jw_str(w, str_from(text));
}

void jw_int(struct json_writer *w, int64_t n)
{
    before_value(w);
    strbuf_int(w->out, n);
}

void jw_bool(struct json_writer *w, bool b)
{
    before_value(w);
    strbuf_puts(w->out, b ? "true" : "false");
}

void jw_null(struct json_writer *w)
{
    before_value(w);
    strbuf_puts(w->out, "null");
}

void jw_raw(struct json_writer *w, struct ipam_str json)
{
    before_value(w);
    strbuf_addstr(w->out, json);
}

/* UTF-16 puts the surrogates of code points above U+FFFF (lead bytes F0-F4) before U+E000-U+FFFF (lead bytes
 * EE, EF); everything else is in the order of the UTF-8 bytes. */
static int utf16_rank(unsigned char c)
{
    return c == 0xee || c == 0xef ? c + 0x10 : c;
}

static int compare_members(const void *a, const void *b)
{
    struct ipam_str x = json_key(*(const struct json *const *)a);
    struct ipam_str y = json_key(*(const struct json *const *)b);

    for (size_t i = 0; i < x.len && i < y.len; i++) {
        if (x.data[i] != y.data[i])
            return utf16_rank((unsigned char)x.data[i]) - utf16_rank((unsigned char)y.data[i]);
    }
    return (x.len > y.len) - (x.len < y.len);
}

static void put_canonical(struct json_writer *w, const struct json_doc *doc, const struct json *v);

static void put_canonical_object(struct json_writer *w, const struct json_doc *doc, const struct json *v)
{
    size_t count = json_count(v), n = 0;
    const struct json **members = malloc((count ? count : 1) * sizeof(const struct json *));

    if (!members) {
        w->out->failed = w->out->nomem = true;
        jw_null(w); /* the value that is due */
        return;
    }
    for (const struct json *m = json_first(v); m; m = json_next(m))
        members[n++] = m;
    qsort(members, count, sizeof(const struct json *), compare_members);
    jw_object(w);
    for (size_t i = 0; i < count; i++) {
        jw_key_str(w, json_key(members[i]));
        put_canonical(w, doc, members[i]);
    }
    jw_object_end(w);
    free(members);
}

static void put_canonical(struct json_writer *w, const struct json_doc *doc, const struct json *v)
{
    switch (json_type(v)) {
    case JSON_OBJECT:
        put_canonical_object(w, doc, v);
        break;
    case JSON_ARRAY:
        jw_array(w);
        for (const struct json *e = json_first(v); e; e = json_next(e))
            put_canonical(w, doc, e);
        jw_array_end(w);
        break;
    case JSON_STRING:
        jw_str(w, json_str(v));
        break;
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        jw_raw(w, json_span(doc, v));
        break;
    case JSON_NONE:
        break;
    }
}

void json_canonical(const struct json_doc *doc, const struct json *v, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    put_canonical(&w, doc, v);
}
