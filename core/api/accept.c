/* accept.c - in which form an answer is wanted (RFC 9110, 12.5.1), and whether it is known (13.1.2).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/match.h"

/* --- Accept --- */

static struct ipam_str trim(struct ipam_str s)
{
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* What stands before the next mark outside quotes; *s goes on behind it. */
static struct ipam_str cut(struct ipam_str *s, char mark)
{
    struct ipam_str part = *s;
    bool quoted = false;
    size_t i = 0;

    for (; i < s->len && (quoted || s->data[i] != mark); i++) {
        if (s->data[i] == '\\' && quoted && i + 1 < s->len)
            i++;
        else if (s->data[i] == '"')
            quoted = !quoted;
    }
    part.len = i;
    i += i < s->len;
    s->data += i;
    s->len -= i;
    return trim(part);
}

static bool is_word(struct ipam_str s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.data, word, s.len) == 0;
}

/* "0.5" in thousandths; one that is malformed counts as 1, as if it were not there. */
static int weight(struct ipam_str s)
{
    int n = 0, digits = 0;

    if (s.len == 0 || s.len > 5 || (s.data[0] != '0' && s.data[0] != '1') || (s.len > 1 && s.data[1] != '.'))
        return 1000;
    for (size_t i = 2; i < s.len; i++, digits++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return 1000;
        n = n * 10 + (s.data[i] - '0');
    }
    for (; digits < 3; digits++)
        n *= 10;
    return s.data[0] == '1' ? 1000 : n;
}

/* How exactly a range names the type: 3 the type itself, 2 its kind ("text/" and an asterisk), 1 anything. */
static int names(struct ipam_str range, const char *kind, const char *type)
{
    char any[32];

    snprintf(any, sizeof(any), "%.20s/*", kind);
    return is_word(range, type) ? 3 : is_word(range, any) ? 2 : is_word(range, "*/*") ? 1 : 0;
}

/* How much the client wants the type, in thousandths; the range that names it most exactly says. */
static int wanted(struct ipam_str accept, const char *kind, const char *type)
{
    int best = 0, q = 0;

    while (accept.len > 0) {
        struct ipam_str item = cut(&accept, ','), range = cut(&item, ';');
        int exact = names(range, kind, type), here = 1000;

        while (item.len > 0) {
            struct ipam_str param = cut(&item, ';');
            if (param.len >= 2 && (param.data[0] | 0x20) == 'q' && param.data[1] == '=')
                here = weight(trim((struct ipam_str){ param.data + 2, param.len - 2 }));
        }
        if (exact > best || (exact == best && exact > 0 && here > q)) {
            best = exact;
            q = here;
        }
    }
    return q;
}

bool call_accept(struct call *c, bool csv)
{
    struct ipam_str accept = c->accept;

    c->csv = false;
    c->varies = csv;
    if (trim(accept).len == 0)
        return true;
    int as_json = wanted(accept, "application", "application/json"),
        as_csv = csv ? wanted(accept, "text", "text/csv") : 0;
    if (as_json == 0 && as_csv == 0) {
        problem_hint(&c->problem, "send Accept: application/json%s", csv ? ", or text/csv" : "");
        problem_set(&c->problem, PROBLEM_NOT_ACCEPTABLE,
                    "this is there as application/json%s, not as " STR_FMT, csv ? " and text/csv" : " alone",
                    STR_ARG(accept));
        return false;
    }
    c->csv = as_csv > as_json;
    return true;
}

/* --- ETag --- */

void call_etag(struct call *c, const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field(t, IPAM_STR("rev"));

    if (f != NULL)
        snprintf(c->etag, sizeof(c->etag), "\"%lld\"",
                 (long long)*(const int64_t *)(const void *)((const char *)rec + f->offset));
}

/* A revision stands for every stored field that is not volatile. A derived field (utilization) and a
 * volatile one (expires) move without it, and so does a job under way: where one of these is shown,
 * "unchanged" would be a lie, and the object is sent. A client that wants 304 asks for the others with
 * `fields`. */
static bool moves(const struct call *c, const struct record_type *t)
{
    uint64_t mask[2];

    record_mask(t, FIELD_DERIVED | FIELD_VOLATILE, mask);
    if (t->type == IPAM_T_JOB || c->route->handler != handle_get)
        return true;
    for (unsigned i = 0; i < 2; i++)
        if (mask[i] & (c->fields != NULL ? c->fields[i] : ~UINT64_C(0)))
            return true;
    return false;
}

bool call_unchanged(struct call *c, const void *rec)
{
    call_etag(c, rec);
    return c->if_none_match.len > 0 && c->etag[0] != '\0' &&
           !moves(c, record_type(((const struct ipam_record *)rec)->type)) &&
           etag_known(c->if_none_match, c->etag);
}
