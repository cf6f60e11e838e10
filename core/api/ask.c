/* ask.c - reads the query of a list, and says all that is wrong with it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/ask.h"
#include "api/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/json_in.h"

/* The query while it is read. */
struct reading {
    struct ask *a;
    struct record_problems problems;
    const char *hint;
};

/* What does not fit ends between two characters. */
static void cut(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void cut(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    utf8_vprint(buf, size, fmt, ap);
    va_end(ap);
}

/* Each parameter that is wrong, by its name: "?name.gt". */
static void wrong(struct reading *r, struct ipam_str param, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void wrong(struct reading *r, struct ipam_str param, const char *fmt, ...)
{
    char text[CONDITION_ERR_SIZE + 128], name[96];
    va_list ap;

    cut(name, sizeof(name), "?" STR_FMT, STR_ARG(param));

    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    record_problem(&r->problems, name, "%s", text);
}

static void hint(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void hint(struct reading *r, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    if (r->hint != NULL)
        return;
    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    r->hint = arena_strdup(&r->a->c->arena, text);
}

bool ask_is_made(const struct record_type *t)
{
    return t->residency == RES_NONE || t->type == IPAM_T_ROLE;
}

bool ask_has_past(const struct record_type *t)
{
    return t->cls == CLASS_RECORD && !ask_is_made(t);
}

/* Derived fields are there for rows in memory, as they are now; but for what follows from the row itself. */
static bool is_known(const struct record_type *t, const struct record_field *f, bool past)
{
    if (f->flags & FIELD_SECRET)
        return false;
    return !(f->flags & FIELD_DERIVED) || (t->residency == RES_RESIDENT && !past) || moment_tells(t, f);
}

bool ask_filters_by(const struct record_type *t, const struct record_field *f, bool past)
{
    return is_known(t, f, past);
}

bool ask_orders_by(const struct record_type *t, const struct record_field *f, bool past)
{
    bool run = f->kind == KIND_TEXT || f->kind == KIND_BYTES;

    if (t->type == IPAM_T_CHANGE) /* the log has one order */
        return f->number <= IPAM_CHANGE_REV;
    if (f->kind == KIND_JSON || f->kind == KIND_TEXTS || f->kind == KIND_INTS || f->kind == KIND_ADDRS)
        return false;
    return is_known(t, f, past) && (!run || f->max <= ASK_ORDER_BYTES);
}

/* "id, name, prefix", cut where a hint ends. */
static const char *names_of(struct reading *r,
                            bool (*has)(const struct record_type *, const struct record_field *, bool))
{
    const struct ask *a = r->a;
    const char *text = "";

    for (unsigned i = 0; i < a->type->field_count; i++)
        if (has(a->type, &a->type->fields[i], a->at.data != NULL))
            text = arena_printf(&a->c->arena, "%s%s%s", text, *text != '\0' ? ", " : "",
                                a->type->fields[i].name);
    return text;
}

/* The field of that name; says what is wrong when it cannot be used. */
static const struct record_field *field_of(struct reading *r, struct ipam_str param, struct ipam_str name,
                                           const char *use,
                                           bool (*has)(const struct record_type *,
                                                       const struct record_field *, bool))
{
    const struct ask *a = r->a;
    const struct record_field *f = record_field(a->type, name);

    if (f != NULL && has(a->type, f, a->at.data != NULL))
        return f;
    if (f != NULL) {
        wrong(r, param, "%s cannot be %s by %s", a->type->plural, use, f->name);
    } else {
        const struct record_field *near = record_nearest(a->type, FIELD_SECRET, name);

        wrong(r, param, "%s have no field \"" STR_FMT "\"", a->type->plural, STR_ARG(name));
        if (near != NULL)
            hint(r, "did you mean %s?", near->name);
    }
    hint(r, "%s are %s by: %s", a->type->plural, use, names_of(r, has));
    return NULL;
}

/* --- filters --- */

static int64_t ref_of(void *user, uint32_t type, struct ipam_str text)
{
    return call_ref(user, type, text);
}

static bool is_asked_already(const struct ask *a, const struct record_condition *c)
{
    for (size_t i = 0; i < a->condition_count; i++)
        if (a->conditions[i].field == c->field && a->conditions[i].cmp == c->cmp)
            return true;
    return false;
}

/* The comparison behind the point; says what is wrong with it. */
static bool read_cmp(struct reading *r, struct ipam_str param, struct ipam_str name,
                     const struct record_field *f, enum record_cmp *ret)
{
    struct strbuf fitting;
    bool good = name.data == NULL || record_cmp_by_name(name, ret);

    if (name.data == NULL)
        *ret = CMP_EQ;
    if (good && record_cmp_fits(f, *ret))
        return true;
    strbuf_init(&fitting, 256);
    record_cmps_print(f, &fitting);
    wrong(r, param, "%s is not compared by \"" STR_FMT "\"; it is by %s", f->name, STR_ARG(name),
          fitting.data);
    strbuf_fini(&fitting);
    return false;
}

static void read_filter(struct reading *r, struct ipam_str param, struct ipam_str value)
{
    struct ask *a = r->a;
    const char *point = memchr(param.data, '.', param.len);
    struct ipam_str name = { param.data, point != NULL ? (size_t)(point - param.data) : param.len };
    struct ipam_str cmp = { NULL, 0 };
    struct record_condition c = { .type = a->type->type };
    char err[CONDITION_ERR_SIZE];

    if (point != NULL)
        cmp = (struct ipam_str){ point + 1, param.len - name.len - 1 };
    c.field = field_of(r, param, name, "filtered", ask_filters_by);
    if (c.field == NULL || !read_cmp(r, param, cmp, c.field, &c.cmp))
        return;
    if (is_asked_already(a, &c)) {
        wrong(r, param, "it is given twice; give each parameter once");
    } else if (a->condition_count == ASK_FILTERS_MAX) {
        wrong(r, param, "a list takes at most %d filters", ASK_FILTERS_MAX);
    } else if (record_condition_parse(&c, value, &a->c->arena, ref_of, a->c, err) != 0) {
        wrong(r, param, "%s", err);
    } else {
        a->derives = a->derives || (c.field->flags & FIELD_DERIVED);
        a->conditions[a->condition_count++] = c;
    }
}

static void read_place(struct reading *r, enum ask_relation relation, struct ipam_str param,
                       struct ipam_str value)
{
    struct ask *a = r->a;
    struct ask_place *p = &a->places[a->place_count];
    struct ipam_addr addr;
    char meant[PREFIX_TEXT_MAX];

    if (a->place.at == NULL) {
        wrong(r, param, "%s lie nowhere in the address space", a->type->plural);
        return;
    }
    p->relation = relation;
    if (relation == ASK_CONTAINS && addr_parse(value.data, value.len, &addr) == 0) {
        p->prefix = (struct ipam_prefix){ addr, (uint8_t)addr_bits(addr.family) };
    } else if (prefix_parse(value.data, value.len, &p->prefix) != 0) {
        if (prefix_parse_host(value.data, value.len, &p->prefix) == 0) {
            prefix_print(&p->prefix, meant);
            wrong(r, param, "\"" STR_FMT "\" has host bits set; did you mean %s?", STR_ARG(value), meant);
        } else {
            wrong(r, param, "\"" STR_FMT "\" is not %s", STR_ARG(value),
                  relation == ASK_CONTAINS ? "an address such as 10.1.2.3, or a prefix such as 10.1.2.0/24"
                                           : "a prefix such as 10.1.2.0/24");
        }
        return;
    }
    prefix_first(&p->prefix, &p->first);
    prefix_last(&p->prefix, &p->last);
    a->place_count++;
}

/* --- what is the list's own --- */

static void read_limit(struct reading *r, struct ipam_str value)
{
    int64_t n = 0;

    for (size_t i = 0; i < value.len && n >= 0; i++)
        n = value.data[i] >= '0' && value.data[i] <= '9' && n <= ASK_LIMIT_MOST
                ? n * 10 + (value.data[i] - '0')
                : -1;
    if (n < 1 || n > ASK_LIMIT_MOST)
        wrong(r, IPAM_STR("limit"), "\"" STR_FMT "\" is not a whole number from 1 to %d", STR_ARG(value),
              ASK_LIMIT_MOST);
    else
        r->a->limit = n;
}

static void read_count(struct reading *r, struct ipam_str value)
{
    r->a->count = str_is(value, "true");
    if (!r->a->count && !str_is(value, "false"))
        wrong(r, IPAM_STR("count"), "\"" STR_FMT "\" is neither true nor false", STR_ARG(value));
}

static void read_order(struct reading *r, struct ipam_str value)
{
    struct ask *a = r->a;

    a->descending = value.len > 0 && value.data[0] == '-';
    if (a->descending)
        value = (struct ipam_str){ value.data + 1, value.len - 1 };
    a->order = field_of(r, IPAM_STR("order"), value, "ordered", ask_orders_by);
    if (a->order == NULL)
        return;
    a->derives = a->derives || (a->order->flags & FIELD_DERIVED);
    if (!ask_is_made(a->type) && a->order == &a->type->fields[0])
        a->order = NULL; /* the id, which comes last in every order */
}

static bool is_field(const struct record_type *t, const struct record_field *f, bool past)
{
    (void)past;
    (void)t;
    return !(f->flags & FIELD_SECRET);
}

static void read_fields(struct reading *r, struct ipam_str value)
{
    struct ask *a = r->a;

    a->fields[0] = a->fields[1] = 0;
    for (size_t from = 0; from <= value.len;) {
        const char *comma = memchr(value.data + from, ',', value.len - from);
        size_t len = comma != NULL ? (size_t)(comma - value.data) - from : value.len - from;
        struct ipam_str name = { value.data + from, len };
        const struct record_field *f = field_of(r, IPAM_STR("fields"), name, "shown", is_field);

        if (f == NULL)
            return;
        a->fields[f->number / 64] |= UINT64_C(1) << f->number % 64;
        from += len + 1;
    }
}

/* A file as another product takes it, with its columns. */
static void read_dialect(struct reading *r, struct ipam_str value)
{
    struct ask *a = r->a;
    struct strbuf titles;

    strbuf_init(&titles, 4096);
    a->dialect = foreign_dialect(value);
    if (a->dialect == NULL || !foreign_titles(a->dialect, a->type->type, &titles))
        wrong(r, IPAM_STR("dialect"), "%s are not written as \"" STR_FMT "\"", a->type->plural,
              STR_ARG(value));
    else if (!a->c->csv)
        wrong(r, IPAM_STR("dialect"), "it is a form of CSV; send Accept: text/csv");
    strbuf_fini(&titles);
}

bool ask_past_known(struct call *c, const struct record_type *t)
{
    if (ask_has_past(t))
        return true;
    problem_hint(&c->problem, "ask without at; what was changed is in /api/v1/audit/changes");
    problem_set(&c->problem, PROBLEM_NO_HISTORY, "%s are known as they are now only, not as they were",
                t->plural);
    return false;
}

enum own {
    OWN_LIMIT,
    OWN_COUNT,
    OWN_ORDER,
    OWN_FIELDS,
    OWN_WITHIN,
    OWN_OVERLAPS,
    OWN_CONTAINS,
    OWN_CURSOR,
    OWN_AT,
    OWN_DIALECT,
    OWN_NONE
};

static enum own own_of(struct ipam_str param)
{
    static const char *const names[OWN_NONE] = { "limit",    "count",    "order",  "fields", "within",
                                                 "overlaps", "contains", "cursor", "at",     "dialect" };
    unsigned i = 0;

    while (i < OWN_NONE && !str_is(param, names[i]))
        i++;
    return (enum own)i;
}

bool ask_is_own(const char *name)
{
    return own_of(str_from(name)) != OWN_NONE;
}

static void read_param(struct reading *r, struct ipam_str param, struct ipam_str value, unsigned *seen)
{
    enum own own = own_of(param);

    if (own != OWN_NONE && (*seen & 1u << own)) {
        wrong(r, param, "it is given twice; give each parameter once");
        return;
    }
    *seen |= 1u << own;
    switch (own) {
    case OWN_LIMIT: read_limit(r, value); break;
    case OWN_COUNT: read_count(r, value); break;
    case OWN_ORDER: read_order(r, value); break;
    case OWN_FIELDS: read_fields(r, value); break;
    case OWN_WITHIN: read_place(r, ASK_WITHIN, param, value); break;
    case OWN_OVERLAPS: read_place(r, ASK_OVERLAPS, param, value); break;
    case OWN_CONTAINS: read_place(r, ASK_CONTAINS, param, value); break;
    case OWN_DIALECT: read_dialect(r, value); break;
    case OWN_CURSOR:
    case OWN_AT: break; /* read when the rest is known */
    case OWN_NONE: read_filter(r, param, value); break;
    }
}

/* All that is wrong, the first of it in the detail. */
static bool refuse(struct reading *r)
{
    struct call *c = r->a->c;
    const struct record_problem *first = r->problems.first;

    c->problem.errors = first;
    problem_hint(&c->problem, "%s",
                 r->hint != NULL ? r->hint : "see /api/v1/openapi.json for the parameters of this list");
    problem_set(&c->problem, PROBLEM_INVALID, "%u %s of the query %s wrong; the first: %s: %s",
                r->problems.count, r->problems.count == 1 ? "parameter" : "parameters",
                r->problems.count == 1 ? "is" : "are", first->pointer, first->message);
    return false;
}

static bool malformed(struct call *c)
{
    problem_set(&c->problem, PROBLEM_BAD_REQUEST,
                "the query has a malformed %%-escape, a NUL or invalid UTF-8");
    return false;
}

/* An object of JSON always says which it is. */
static void keep_id(const struct call *c, const struct record_type *t, uint64_t fields[2])
{
    if (!c->csv && !ask_is_made(t))
        fields[0] |= UINT64_C(1) << t->fields[0].number;
}

static void settle_fields(struct ask *a)
{
    uint64_t derived[2];

    keep_id(a->c, a->type, a->fields);
    /* Packed objects are shown of a single one. */
    if (a->type->type == IPAM_T_DRIFT && call_param(a->c, "fields").data == NULL)
        a->fields[0] &= ~(UINT64_C(1) << IPAM_DRIFT_BEFORE | UINT64_C(1) << IPAM_DRIFT_AFTER);
    record_mask(a->type, FIELD_DERIVED, derived);
    for (unsigned i = 0; a->at.data != NULL && i < a->type->field_count; i++) {
        const struct record_field *f = &a->type->fields[i];
        if ((f->flags & FIELD_DERIVED) && !moment_tells(a->type, f)) /* derived from what is there now */
            a->fields[f->number / 64] &= ~(UINT64_C(1) << f->number % 64);
    }
    a->shows = (a->fields[0] & derived[0]) || (a->fields[1] & derived[1]);
}

bool ask_fields(struct call *c, const struct record_type *t, uint64_t ret[2])
{
    struct ask a = { .c = c, .type = t, .fields = { ~UINT64_C(0), ~UINT64_C(0) } };
    struct reading r = { .a = &a };
    struct ipam_str value = call_param(c, "fields");

    record_problems_init(&r.problems, &c->arena);
    if (value.data != NULL)
        read_fields(&r, value);
    keep_id(c, t, a.fields);
    ret[0] = a.fields[0];
    ret[1] = a.fields[1];
    return r.problems.count == 0 || refuse(&r);
}

bool ask_read(struct ask *a, struct call *c)
{
    struct reading r = { .a = a };
    struct ipam_str key, value;
    size_t pos = 0;
    unsigned seen = 0;
    int rc;

    *a = (struct ask){
        .c = c, .type = c->type, .limit = ASK_LIMIT_DEFAULT, .fields = { ~UINT64_C(0), ~UINT64_C(0) }
    };
    record_problems_init(&r.problems, &c->arena);
    record_place_of(a->type, &a->place);
    a->at = call_param(c, "at");
    if (a->at.data != NULL && !ask_past_known(c, a->type))
        return false;
    if (a->type->type == IPAM_T_CHANGE) /* the newest first, unless it is said otherwise */
        a->descending = true;
    while ((rc = http_query_next(&c->arena, c->query, &pos, &key, &value)) == 1)
        read_param(&r, key, value, &seen);
    if (rc < 0)
        return malformed(c);
    if (a->dialect != NULL && (seen & 1u << OWN_FIELDS))
        wrong(&r, IPAM_STR("fields"), "a dialect has its own columns");
    if (r.problems.count > 0)
        return refuse(&r);
    /* What lies in a prefix is shown in the order of addresses, where the index has it. */
    if (a->place_count > 0 && a->places[0].relation == ASK_WITHIN && !(seen & 1u << OWN_ORDER))
        a->order = a->place.at;
    settle_fields(a);
    return ask_cursor(a);
}

/* --- judging rows --- */

static bool lies(const struct ask_place *p, const struct ipam_addr *first, const struct ipam_addr *last)
{
    if (first->family != p->first.family)
        return false;
    switch (p->relation) {
    case ASK_WITHIN: return addr_compare(&p->first, first) <= 0 && addr_compare(last, &p->last) <= 0;
    case ASK_OVERLAPS: return addr_compare(first, &p->last) <= 0 && addr_compare(&p->first, last) <= 0;
    default: return addr_compare(first, &p->first) <= 0 && addr_compare(&p->last, last) <= 0;
    }
}

bool ask_matches(const struct ask *a, const void *rec)
{
    struct ipam_addr first, last;

    for (size_t i = 0; i < a->condition_count; i++)
        if (!record_condition_holds(&a->conditions[i], rec))
            return false;
    if (a->place_count == 0)
        return true;
    if (!record_place_span(&a->place, rec, &first, &last))
        return false;
    for (size_t i = 0; i < a->place_count; i++)
        if (!lies(&a->places[i], &first, &last))
            return false;
    return true;
}

/* --- positions --- */

size_t ask_position(const struct ask *a, const void *rec, struct strbuf *out)
{
    strbuf_reset(out);
    if (a->order != NULL)
        record_field_sortkey(a->order, rec, out);
    size_t key = out->len;
    if (!ask_is_made(a->type))
        record_field_sortkey(&a->type->fields[0], rec, out);
    else
        record_key_print(rec, out);
    return key;
}

static int compare_bytes(struct ipam_bytes x, struct ipam_bytes y)
{
    size_t len = x.len < y.len ? x.len : y.len;
    int order = len > 0 ? memcmp(x.data, y.data, len) : 0;

    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

int ask_compare(const struct ask *a, const struct position *x, const struct position *y)
{
    int order = compare_bytes(x->key, y->key);

    if (order == 0)
        order = compare_bytes(x->tie, y->tie);
    return a->descending ? -order : order;
}

bool ask_goes_on(const struct ask *a, const struct position *p)
{
    return !a->continued || ask_compare(a, p, &a->after) > 0;
}
