/* eval.c - evaluates the tests of client classes as Kea does.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A test is evaluated while it is read. From the loosest to the tightest: sor, or, sand, and, not, ==, +.
 * What is not known is carried through: false and unknown is false. */
#include <stdlib.h>
#include <string.h>

#include "eval_p.h"
#include "net/addr.h"

#define NEST_MAX 64

static struct value parse_level(struct eval *e, unsigned level);

struct value eval_of(struct eval *e, bool is_bool)
{
    struct value v = parse_level(e, 0);

    if (!e->bad && v.is_bool != is_bool)
        return eval_not_understood(e, is_bool ? "a condition is expected where a value stands"
                                              : "a value is expected where a condition stands");
    return v;
}

static struct value parse_word(struct eval *e)
{
    struct ipam_str name = e->s.text;
    struct value v;

    eval_next(&e->s);
    if (eval_read(e, name, &v))
        return v;
    if (!eval_expect(e, '('))
        return eval_text((struct ipam_bytes){ NULL, 0 });
    v = eval_call(e, name);
    eval_expect(e, ')');
    return v;
}
static struct value parse_hex(struct eval *e)
{
    struct ipam_str digits = { e->s.text.data + 2, e->s.text.len - 2 };
    uint8_t *out = arena_alloc(e->a, digits.len);
    size_t odd = digits.len % 2, n = 0;
    char pair[3] = "0";

    if (!out)
        return eval_untold(e, false, "memory is out");
    for (size_t i = 0; i < digits.len; i += i == 0 && odd ? 1 : 2) {
        bool single = i == 0 && odd;

        memcpy(pair, digits.data + i, single ? 1 : 2);
        pair[single ? 1 : 2] = '\0';
        out[n++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    eval_next(&e->s);
    return eval_text((struct ipam_bytes){ out, n });
}

static struct value parse_address(struct eval *e)
{
    struct ipam_addr a;

    if (addr_parse(e->s.text.data, e->s.text.len, &a) != 0)
        return eval_not_understood(e, "it has something like an address that is none");
    eval_next(&e->s);
    return eval_text_of(e, a.bytes, a.family == 4 ? 4 : 16);
}

static struct value parse_number(struct eval *e)
{
    uint8_t bytes[4];
    int64_t n;

    if (!eval_int(e, &n))
        return eval_text((struct ipam_bytes){ NULL, 0 });
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)((uint64_t)n >> (24 - 8 * i));
    return eval_text_of(e, bytes, sizeof(bytes));
}

static struct value parse_primary(struct eval *e)
{
    struct value v;

    switch (e->s.token) {
    case T_STRING:
        v = eval_text_of(e, e->s.text.data, e->s.text.len);
        eval_next(&e->s);
        return v;
    case T_HEX: return parse_hex(e);
    case T_INT: return parse_number(e);
    case T_ADDR: return parse_address(e);
    case T_WORD: return parse_word(e);
    default: break;
    }
    if (!eval_is_mark(e, '('))
        return eval_not_understood(e, "it ends too early, or has a sign that it cannot have");
    eval_next(&e->s);
    v = parse_level(e, 0);
    eval_expect(e, ')');
    return v;
}

static struct value parse_sum(struct eval *e)
{
    struct value v = parse_primary(e);

    while (!e->bad && eval_is_mark(e, '+')) {
        struct value right;

        eval_next(&e->s);
        right = parse_primary(e);
        if (v.is_bool || right.is_bool)
            return eval_not_understood(e, "conditions are not joined by +");
        v = eval_joined(e, v, right);
    }
    return v;
}

static struct value parse_comparison(struct eval *e)
{
    struct value left = parse_sum(e), right, v;

    if (e->bad || e->s.token != T_EQUAL)
        return left;
    eval_next(&e->s);
    right = parse_sum(e);
    if (left.is_bool || right.is_bool)
        return eval_not_understood(e, "conditions are not compared by ==");
    if (eval_worse(&v, &left, &right)) {
        v.is_bool = true;
        return v;
    }
    return eval_truth(
        left.bytes.len == right.bytes.len &&
        (left.bytes.len == 0 || memcmp(left.bytes.data, right.bytes.data, left.bytes.len) == 0));
}

static struct value parse_not(struct eval *e)
{
    struct value v;

    if (!eval_is_word(e, "not"))
        return parse_comparison(e);
    eval_next(&e->s);
    if (e->depth++ == NEST_MAX)
        return eval_not_understood(e, "it is nested too deep");
    v = parse_not(e);
    e->depth--;
    if (!e->bad && !v.is_bool)
        return eval_not_understood(e, "not needs a condition");
    v.truth = !v.truth;
    return v;
}

static const char *const words[] = { "sor", "or", "sand", "and" };
#define LEVELS 4

static struct value combined(const struct eval *e, unsigned level, struct value left, struct value right)
{
    bool decides = level < 2; /* true decides an or, false an and */
    bool eager = level % 2 == 0 || (e->q->version != 0 && e->q->version < LAZY_SINCE);
    struct value v = { .is_bool = true };

    if (left.state == GIVEN_UP || (eager && right.state == GIVEN_UP)) {
        v.state = GIVEN_UP;
        return v;
    }
    if (left.state == KNOWN && left.truth == decides)
        return left;
    if (left.state == KNOWN || (right.state == KNOWN && right.truth == decides))
        return right;
    v.state = UNTOLD;
    return v;
}

static struct value parse_level(struct eval *e, unsigned level)
{
    struct value left, right;

    if (level == LEVELS)
        return parse_not(e);
    if (level == 0 && e->depth++ == NEST_MAX)
        return eval_not_understood(e, "it is nested too deep");
    left = parse_level(e, level + 1);
    while (!e->bad && eval_is_word(e, words[level])) {
        eval_next(&e->s);
        right = parse_level(e, level + 1);
        if (!e->bad && (!left.is_bool || !right.is_bool))
            return eval_not_understood(e, "and, or join conditions alone");
        left = combined(e, level, left, right);
    }
    if (level == 0)
        e->depth--;
    return left;
}

/* --- whole tests --- */

static struct value evaluate(struct eval *e, struct ipam_str test, bool is_bool)
{
    struct value v;

    e->s = (struct scan){ .at = test.data, .end = test.data + test.len };
    strbuf_init(&e->read, KEA_REASON_MAX / 2);
    strbuf_init(&e->untold, KEA_REASON_MAX / 2);
    strbuf_init(&e->gave, KEA_REASON_MAX / 2);
    eval_next(&e->s);
    v = eval_of(e, is_bool);
    if (!e->bad && e->s.token != T_END)
        v = eval_not_understood(e, "something stands behind its end");
    if (e->bad)
        v = (struct value){ .state = UNTOLD };
    return v;
}

static void explain(struct eval *e, const struct value *v, struct strbuf *reason)
{
    if (e->bad)
        strbuf_printf(reason, "its test is not understood: %s", e->bad);
    else if (v->state == GIVEN_UP)
        strbuf_printf(reason, "the server gives its test up: " STR_FMT, STR_ARG(strbuf_str(&e->gave)));
    else if (v->state == UNTOLD)
        strbuf_printf(reason, "not known: " STR_FMT, STR_ARG(strbuf_str(&e->untold)));
    else
        strbuf_addstr(reason, strbuf_str(&e->read));
    strbuf_fini(&e->read);
    strbuf_fini(&e->untold);
    strbuf_fini(&e->gave);
}

enum kea_truth kea_test(const struct kea_query *q, struct ipam_str test, struct arena *a,
                        struct strbuf *reason)
{
    struct eval e = { .q = q, .a = a };
    struct value v = evaluate(&e, test, true);

    explain(&e, &v, reason);
    return v.state == UNTOLD ? KEA_UNKNOWN : v.state == KNOWN && v.truth ? KEA_YES : KEA_NO;
}

enum kea_truth kea_test_value(const struct kea_query *q, struct ipam_str test, struct arena *a,
                              struct ipam_bytes *ret, struct strbuf *reason)
{
    struct eval e = { .q = q, .a = a };
    struct value v = evaluate(&e, test, false);

    explain(&e, &v, reason);
    *ret = v.bytes;
    return v.state == UNTOLD ? KEA_UNKNOWN : v.state == KNOWN && v.bytes.len > 0 ? KEA_YES : KEA_NO;
}

bool kea_test_names(struct ipam_str test, bool (*is)(void *user, struct ipam_str name), void *user)
{
    struct scan s = { .at = test.data, .end = test.data + test.len };

    for (eval_next(&s); s.token != T_END; eval_next(&s)) {
        if (s.token != T_WORD || !str_is(s.text, "member"))
            continue;
        eval_next(&s);
        eval_next(&s);
        if (s.token == T_STRING && is(user, s.text))
            return true;
    }
    return false;
}
