/* eval_call.c - the functions of the language of tests.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "eval_p.h"
#include "net/addr.h"

/* The worse of what the operands are; true when it is not KNOWN. */
bool eval_worse(struct value *ret, const struct value *a, const struct value *b)
{
    enum state s = a->state > b->state ? a->state : b->state;

    *ret = (struct value){ .state = s };
    return s != KNOWN;
}

struct value eval_joined(struct eval *e, struct value a, struct value b)
{
    struct value v;
    uint8_t *out;

    if (eval_worse(&v, &a, &b))
        return v;
    out = arena_alloc(e->a, a.bytes.len + b.bytes.len + 1);
    if (!out)
        return eval_untold(e, false, "memory is out");
    memcpy(out, a.bytes.data ? a.bytes.data : (const uint8_t *)"", a.bytes.len);
    memcpy(out + a.bytes.len, b.bytes.data ? b.bytes.data : (const uint8_t *)"", b.bytes.len);
    return eval_text((struct ipam_bytes){ out, a.bytes.len + b.bytes.len });
}

static struct value call_concat(struct eval *e)
{
    struct value a = eval_of(e, false);

    return eval_expect(e, ',') ? eval_joined(e, a, eval_of(e, false)) : a;
}

static struct value call_substring(struct eval *e)
{
    struct value v = eval_of(e, false);
    int64_t start, length = INT32_MAX, len = (int64_t)v.bytes.len;

    if (!eval_expect(e, ',') || !eval_int(e, &start) || !eval_expect(e, ','))
        return v;
    if (eval_is_word(e, "all")) {
        length = len;
        eval_next(&e->s);
    } else if (!eval_int(e, &length)) {
        return v;
    }
    if (v.state != KNOWN)
        return v;
    if (start < -len || start >= len)
        return eval_text((struct ipam_bytes){ (const uint8_t *)"", 0 });
    if (start < 0)
        start += len;
    if (length < 0) { /* backwards from there */
        int64_t from = start + length > 0 ? start + length : 0;
        length = start - from;
        start = from;
    }
    if (length > len - start)
        length = len - start;
    return eval_text((struct ipam_bytes){ v.bytes.data + start, (size_t)length });
}

static struct value call_split(struct eval *e)
{
    struct value v = eval_of(e, false), marks = { .state = KNOWN }, both;
    int64_t field;
    size_t from = 0, at = 0;

    if (!eval_expect(e, ','))
        return v;
    marks = eval_of(e, false);
    if (!eval_expect(e, ',') || !eval_int(e, &field))
        return v;
    if (eval_worse(&both, &v, &marks))
        return both;
    if (v.bytes.len == 0 || marks.bytes.len == 0)
        return v;
    for (; at <= v.bytes.len; at++) {
        if (at < v.bytes.len && !memchr(marks.bytes.data, v.bytes.data[at], marks.bytes.len))
            continue;
        if (--field == 0)
            return eval_text((struct ipam_bytes){ v.bytes.data + from, at - from });
        from = at + 1;
    }
    return eval_text((struct ipam_bytes){ (const uint8_t *)"", 0 });
}

static struct value call_ifelse(struct eval *e, bool lazy)
{
    struct value when = eval_of(e, true), yes, no;

    if (!eval_expect(e, ','))
        return when;
    yes = eval_of(e, false);
    if (!eval_expect(e, ','))
        return yes;
    no = eval_of(e, false);
    if (when.state == GIVEN_UP || (!lazy && (yes.state == GIVEN_UP || no.state == GIVEN_UP)))
        return (struct value){ .state = GIVEN_UP };
    if (when.state == KNOWN)
        return when.truth ? yes : no;
    if (yes.state == KNOWN && no.state == KNOWN && yes.bytes.len == no.bytes.len &&
        (yes.bytes.len == 0 || memcmp(yes.bytes.data, no.bytes.data, yes.bytes.len) == 0))
        return yes; /* whichever it is */
    return (struct value){ .state = UNTOLD };
}

static struct value call_hexstring(struct eval *e)
{
    static const char digits[] = "0123456789abcdef";
    struct value v = eval_of(e, false), mark, both;
    struct strbuf out;

    if (!eval_expect(e, ','))
        return v;
    mark = eval_of(e, false);
    if (eval_worse(&both, &v, &mark))
        return both;
    strbuf_init(&out, 1 << 20);
    for (size_t i = 0; i < v.bytes.len; i++) {
        if (i > 0)
            strbuf_add(&out, mark.bytes.data, mark.bytes.len);
        strbuf_putc(&out, digits[v.bytes.data[i] >> 4]);
        strbuf_putc(&out, digits[v.bytes.data[i] & 15]);
    }
    v = out.failed ? eval_untold(e, false, "a text that is too long")
                   : eval_text_of(e, out.data ? out.data : "", out.len);
    strbuf_fini(&out);
    return v;
}

static struct value call_case(struct eval *e, bool upper)
{
    struct value v = eval_of(e, false);
    char *out = v.state == KNOWN ? arena_memdup(e->a, v.bytes.data, v.bytes.len) : NULL;

    if (!out)
        return v;
    for (size_t i = 0; i < v.bytes.len; i++) {
        char c = out[i];
        out[i] = upper && c >= 'a' && c <= 'z'    ? (char)(c - 32)
                 : !upper && c >= 'A' && c <= 'Z' ? (char)(c + 32)
                                                  : c;
    }
    return eval_text((struct ipam_bytes){ (const uint8_t *)out, v.bytes.len });
}

static struct value call_address_text(struct eval *e)
{
    struct value v = eval_of(e, false);
    struct ipam_addr a = { .family = v.bytes.len == 4 ? 4 : 6 };
    char out[ADDR_TEXT_MAX];

    if (v.state != KNOWN || v.bytes.len == 0)
        return v;
    if (v.bytes.len != 4 && v.bytes.len != 16)
        return eval_give_up(e, "addrtotext of what is no address");
    memcpy(a.bytes, v.bytes.data, v.bytes.len);
    addr_print(&a, out);
    return eval_text_of(e, out, strlen(out));
}

/* int8totext, uint32totext and their like: numbers of so many bytes. */
static struct value call_number_text(struct eval *e, size_t bytes, bool is_signed)
{
    struct value v = eval_of(e, false);
    uint64_t n = 0;
    int64_t shown;
    char out[24];

    if (v.state != KNOWN || v.bytes.len == 0)
        return v;
    if (v.bytes.len != bytes)
        return eval_give_up(e, "a number of another length");
    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | v.bytes.data[i];
    shown = (int64_t)n;
    if (is_signed && n >> (8 * bytes - 1))
        shown -= (int64_t)1 << (8 * bytes);
    snprintf(out, sizeof(out), "%lld", (long long)shown);
    return eval_text_of(e, out, strlen(out));
}

static struct value call_member(struct eval *e)
{
    struct ipam_str name = e->s.text;
    enum kea_truth in;
    const char *what;

    if (e->s.token != T_STRING)
        return eval_not_understood(e, "member needs the name of a class in quotes");
    eval_next(&e->s);
    in = e->q->member(e->q->user, name);
    what = arena_printf(e->a, "member('" STR_FMT "')", STR_ARG(name));
    if (in == KEA_UNKNOWN)
        return eval_untold(e, true, what);
    strbuf_printf(&e->read, "%s%s is %s", e->read.len ? ", " : "", what, in == KEA_YES ? "true" : "false");
    return eval_truth(in == KEA_YES);
}

static struct value call_match(struct eval *e)
{
    if (e->s.token != T_STRING)
        return eval_not_understood(e, "match needs a regular expression in quotes");
    eval_next(&e->s);
    if (eval_expect(e, ','))
        eval_of(e, false);
    return eval_untold(e, true, "a regular expression (match)");
}

static const struct {
    const char *name;
    size_t bytes;
    bool is_signed;
} numbers[] = { { "int8totext", 1, true },   { "int16totext", 2, true },   { "int32totext", 4, true },
                { "uint8totext", 1, false }, { "uint16totext", 2, false }, { "uint32totext", 4, false } };

/* The function's value; its arguments begin here. */
struct value eval_call(struct eval *e, struct ipam_str name)
{
    bool lazy = e->q->version == 0 || e->q->version >= LAZY_SINCE;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (str_is(name, numbers[i].name))
            return call_number_text(e, numbers[i].bytes, numbers[i].is_signed);
    if (str_is(name, "substring"))
        return call_substring(e);
    if (str_is(name, "concat"))
        return call_concat(e);
    if (str_is(name, "split"))
        return call_split(e);
    if (str_is(name, "ifelse") || str_is(name, "sifelse"))
        return call_ifelse(e, lazy && str_is(name, "ifelse"));
    if (str_is(name, "hexstring"))
        return call_hexstring(e);
    if (str_is(name, "lcase") || str_is(name, "ucase"))
        return call_case(e, str_is(name, "ucase"));
    if (str_is(name, "addrtotext"))
        return call_address_text(e);
    if (str_is(name, "member"))
        return call_member(e);
    if (str_is(name, "match"))
        return call_match(e);
    return eval_not_understood(e, "it has a word that is not known");
}
