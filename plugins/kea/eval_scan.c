/* eval_scan.c - the words of the language of tests, and values made of them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "eval_p.h"

static size_t run(const char *at, const char *end, const char *set)
{
    size_t n = 0;

    while (at + n < end && at[n] && strchr(set, at[n]))
        n++;
    return n;
}

#define DIGITS "0123456789"
#define HEX    DIGITS "abcdefABCDEF"

static size_t length_hex(const char *p, const char *end)
{
    size_t n = end - p > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') ? run(p + 2, end, HEX) : 0;

    return n ? n + 2 : 0;
}

static size_t length_int(const char *p, const char *end)
{
    size_t sign = p < end && *p == '-', n = run(p + sign, end, DIGITS);

    return n ? n + sign : 0;
}

/* As Kea's own pattern: what it lets through need not be an address. */
static size_t length_addr(const char *p, const char *end)
{
    size_t n = run(p, end, HEX ":.");
    size_t colons = 0, dots = 0;

    for (size_t i = 0; i < n; i++) {
        colons += p[i] == ':';
        dots += p[i] == '.';
    }
    return colons >= 2 || (dots == 3 && run(p, end, DIGITS ".") == n) ? n : 0;
}

static size_t length_word(const char *p, const char *end)
{
    size_t n = 0;

    if (p < end && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
        n = run(p, end, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_" DIGITS);
    while (n > 0 && (p[n - 1] == '-' || p[n - 1] == '_'))
        n--;
    return n;
}

static void take(struct scan *s, enum token token, size_t len)
{
    s->token = token;
    s->text = (struct ipam_str){ s->at, len };
    s->at += len;
}

void eval_next(struct scan *s)
{
    const char *close;
    size_t hex, number, addr, word;

    while (s->at < s->end && strchr(" \t\n", *s->at) && *s->at)
        s->at++;
    s->token = T_END;
    if (s->at == s->end)
        return;
    hex = length_hex(s->at, s->end);
    number = length_int(s->at, s->end);
    addr = length_addr(s->at, s->end);
    word = length_word(s->at, s->end);
    if (*s->at == '\'') {
        close = memchr(s->at + 1, '\'', (size_t)(s->end - s->at - 1));
        s->token = close ? T_STRING : T_BAD;
        s->text = (struct ipam_str){ s->at + 1, close ? (size_t)(close - s->at - 1) : 0 };
        s->at = close ? close + 1 : s->end;
    } else if (hex) {
        take(s, T_HEX, hex);
    } else if (addr && addr > number && addr > word) {
        take(s, T_ADDR, addr);
    } else if (number) {
        take(s, T_INT, number);
    } else if (word) {
        take(s, T_WORD, word);
    } else if (s->end - s->at > 1 && s->at[0] == '=' && s->at[1] == '=') {
        take(s, T_EQUAL, 2);
    } else {
        s->mark = *s->at;
        take(s, strchr(".()[],*+", *s->at) ? T_MARK : T_BAD, 1);
    }
}

bool eval_is_word(const struct eval *e, const char *word)
{
    return e->s.token == T_WORD && str_is(e->s.text, word);
}

bool eval_is_mark(const struct eval *e, char mark)
{
    return e->s.token == T_MARK && e->s.mark == mark;
}

struct value eval_not_understood(struct eval *e, const char *why)
{
    if (!e->bad)
        e->bad = why;
    e->s.token = T_END; /* nothing more is read */
    e->s.at = e->s.end;
    return (struct value){ .state = UNTOLD };
}

bool eval_expect(struct eval *e, char mark)
{
    if (eval_is_mark(e, mark)) {
        eval_next(&e->s);
        return true;
    }
    eval_not_understood(e, "a bracket, comma or point is missing");
    return false;
}

bool eval_int(struct eval *e, int64_t *ret)
{
    char digits[24];

    if (e->s.token != T_INT || e->s.text.len >= sizeof(digits)) {
        eval_not_understood(e, "a number is missing");
        return false;
    }
    memcpy(digits, e->s.text.data, e->s.text.len);
    digits[e->s.text.len] = '\0';
    *ret = strtoll(digits, NULL, 10);
    eval_next(&e->s);
    return true;
}

/* --- values --- */

struct value eval_truth(bool yes)
{
    return (struct value){ .is_bool = true, .truth = yes };
}

struct value eval_text(struct ipam_bytes bytes)
{
    return (struct value){ .bytes = bytes };
}

struct value eval_text_of(struct eval *e, const void *data, size_t len)
{
    return eval_text((struct ipam_bytes){ (const uint8_t *)arena_memdup(e->a, data, len), len });
}

static void note(struct strbuf *list, const char *what)
{
    strbuf_printf(list, "%s%s", list->len ? ", " : "", what);
}

struct value eval_untold(struct eval *e, bool is_bool, const char *what)
{
    note(&e->untold, what);
    return (struct value){ .is_bool = is_bool, .state = UNTOLD };
}

struct value eval_give_up(struct eval *e, const char *what)
{
    note(&e->gave, what);
    return (struct value){ .state = GIVEN_UP };
}
