/* list.c - lists: filters, pages, CSV; from memory for resident rows, from storage for the others.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A cursor is the hex of "ORDER:ID:VALUE": what the page was ordered by, and where the next one goes on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MOST    1000
#define FILTERS_MAX   8

struct list {
    struct call *c;
    int64_t limit;
    bool count;
    bool has_within;
    struct ipam_prefix within;
    const struct record_field *place; /* the field `within` looks at */
    const struct record_field *filters[FILTERS_MAX];
    void *likes[FILTERS_MAX];
    size_t filter_count;
    int64_t after_id;
    void *after; /* a record with the value of `place` to go on after; NULL without `within` or from the start
                  */
    int64_t seen; /* rows storage gave */
    struct json_writer w;
    int64_t rows, total, last_id;
    struct strbuf last_value;
};

/* The field that says where a row of the type lies: its prefix, address or first address. */
static const struct record_field *place_of(const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & FIELD_KEY) != 0 && (f->kind == KIND_PREFIX || f->kind == KIND_ADDR))
            return f;
    }
    return NULL;
}

static bool lies_within(const struct list *l, const void *rec)
{
    const char *at = (const char *)rec + l->place->offset;
    if (!record_has(rec, l->place->number))
        return false;
    if (l->place->kind == KIND_PREFIX)
        return prefix_contains(&l->within, (const struct ipam_prefix *)(const void *)at);
    return prefix_contains_addr(&l->within, (const struct ipam_addr *)(const void *)at);
}

static bool matches(const struct list *l, const void *rec)
{
    if (l->has_within && !lies_within(l, rec))
        return false;
    for (size_t i = 0; i < l->filter_count; i++)
        if (!record_field_equal(l->filters[i], rec, l->likes[i]))
            return false;
    return true;
}

/* --- the answer --- */

static void begin(struct list *l)
{
    struct call *c = l->c;
    jw_init(&l->w, &c->out);
    if (c->csv) {
        record_csv_header(c->type, NULL, &c->out);
        return;
    }
    jw_object(&l->w);
    jw_key(&l->w, "items");
    jw_array(&l->w);
}

static void add_row(struct list *l, void *rec)
{
    struct call *c = l->c;
    rule_derive(call_view(c), rec);
    if (c->csv)
        record_csv_row(rec, NULL, &c->out);
    else
        record_to_json(rec, NULL, &l->w);
    l->rows++;
}

static void remember(struct list *l, const void *rec)
{
    l->last_id = *(const int64_t *)((const char *)rec + l->c->type->fields[0].offset);
    strbuf_reset(&l->last_value);
    if (l->has_within)
        record_field_print(l->place, rec, &l->last_value);
}

static void cursor_make(struct list *l)
{
    char text[200];
    int n = snprintf(text, sizeof(text), "%u:%lld:" STR_FMT, l->has_within ? l->place->number : 0u,
                     (long long)l->last_id, STR_ARG(strbuf_str(&l->last_value)));
    call_next(l->c, (struct ipam_str){ text, (size_t)n });
}

static void finish(struct list *l, bool more)
{
    struct call *c = l->c;
    if (more)
        cursor_make(l);
    strbuf_fini(&l->last_value);
    if (!c->csv) {
        jw_array_end(&l->w);
        jw_key(&l->w, "next");
        if (more)
            jw_text(&l->w, c->next);
        else
            jw_null(&l->w);
        if (l->count) {
            jw_key(&l->w, "total");
            jw_int(&l->w, l->total);
        }
        jw_object_end(&l->w);
    }
    call_json(c, 200);
}

/* --- parameters --- */

static bool cursor_read(struct list *l)
{
    struct call *c = l->c;
    struct ipam_str text;
    char *end, err[256];
    if (!call_cursor(c, &text))
        return false;
    if (text.data == NULL)
        return true;
    unsigned long order = strtoul(text.data, &end, 10);
    bool ok = *end == ':' && order == (l->has_within ? l->place->number : 0u);
    if (ok) {
        l->after_id = strtoll(end + 1, &end, 10);
        ok = *end == ':' && l->after_id > 0;
    }
    if (ok && l->has_within) {
        l->after = record_new(&c->arena, c->type->type);
        ok = record_field_parse(l->place, str_from(end + 1), &c->arena, l->after, err) == 0;
    }
    return ok || call_bad_cursor(c);
}

static bool within_read(struct list *l)
{
    struct call *c = l->c;
    struct ipam_str text = call_param(c, "within");
    struct ipam_prefix host;
    char meant[PREFIX_TEXT_MAX];
    if (text.data == NULL)
        return true;
    l->place = place_of(c->type);
    if (l->place == NULL) {
        problem_set(&c->problem, PROBLEM_INVALID,
                    "%s lie nowhere in the address space; within does not apply", c->type->plural);
        return false;
    }
    l->has_within = prefix_parse(text.data, text.len, &l->within) == 0;
    if (l->has_within)
        return true;
    if (prefix_parse_host(text.data, text.len, &host) == 0) {
        prefix_print(&host, meant);
        problem_set(&c->problem, PROBLEM_INVALID, "within=" STR_FMT " has host bits set; did you mean %s?",
                    STR_ARG(text), meant);
    } else {
        problem_set(&c->problem, PROBLEM_INVALID, "within=" STR_FMT " is not a prefix such as 10.1.2.0/24",
                    STR_ARG(text));
    }
    return false;
}

/* The value a field must equal; a ref may name its object. */
static bool filter_value(struct list *l, const struct record_field *f, struct ipam_str value, void *like)
{
    struct call *c = l->c;
    const struct record_type *t = f->kind == KIND_REF ? record_type(f->ref) : NULL;
    char err[256];
    int64_t id = t != NULL ? call_ref(c, f->ref, value) : 0;
    if (id != 0) {
        *(int64_t *)(void *)((char *)like + f->offset) = id;
        IPAM_SET_FIELD((struct ipam_record *)like, f->number);
        return true;
    }
    if (t != NULL) {
        problem_hint(&c->problem, "list them with GET /api/v1/%s/%s, or give the id", t->group, t->plural);
        problem_set(&c->problem, PROBLEM_INVALID, "%s=" STR_FMT ": there is no %s of that name", f->name,
                    STR_ARG(value), t->name);
        return false;
    }
    if (record_field_parse(f, value, &c->arena, like, err) == 0)
        return true;
    problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", f->name, err);
    return false;
}

static bool filter_read(struct list *l, struct ipam_str key, struct ipam_str value)
{
    struct call *c = l->c;
    const struct record_field *f = record_field(c->type, key);
    bool stored = c->type->residency != RES_RESIDENT;
    if (f == NULL || (f->flags & FIELD_DERIVED) != 0 || (stored && (f->flags & FIELD_INDEXED) == 0)) {
        problem_hint(&c->problem, "see /api/v1/openapi.json for what %s can be filtered by", c->type->plural);
        problem_set(&c->problem, PROBLEM_INVALID, "%s cannot be filtered by \"" STR_FMT "\"", c->type->plural,
                    STR_ARG(key));
        return false;
    }
    for (size_t i = 0; i < l->filter_count; i++)
        if (l->filters[i] == f)
            return call_param_twice(c, key);
    if (l->filter_count == FILTERS_MAX) {
        problem_set(&c->problem, PROBLEM_INVALID, "a list takes at most %d filters", FILTERS_MAX);
        return false;
    }
    l->filters[l->filter_count] = f;
    l->likes[l->filter_count] = record_new(&c->arena, c->type->type);
    return filter_value(l, f, value, l->likes[l->filter_count++]);
}

/* Any parameter but the list's own names a field and the value it must equal. */
static bool filters_read(struct list *l)
{
    static const char *const own[] = { "limit", "cursor", "count", "within" };
    struct call *c = l->c;
    struct ipam_str key, value;
    size_t pos = 0;
    int rc;
    bool seen[4] = { false };
    while ((rc = http_query_next(&c->arena, c->query, &pos, &key, &value)) == 1) {
        size_t i = 0;
        while (i < 4 && !str_is(key, own[i]))
            i++;
        if (i == 4 && !filter_read(l, key, value))
            return false;
        if (i < 4 && seen[i])
            return call_param_twice(c, key);
        if (i < 4)
            seen[i] = true;
    }
    if (rc < 0)
        problem_set(&c->problem, PROBLEM_BAD_REQUEST,
                    "the query has a malformed %%-escape, a NUL or invalid UTF-8");
    return rc >= 0;
}

/* --- from memory --- */

static void list_resident(struct list *l)
{
    struct call *c = l->c;
    const struct state *s = c->api->at.state;
    bool more = false;
    struct arena row;
    arena_init(&row, 0);
    const void *rec;
    int64_t at = l->count ? 0 : l->after_id;
    while ((rec = state_next(s, c->type->type, at)) != NULL) {
        at = *(const int64_t *)((const char *)rec + c->type->fields[0].offset);
        if (!matches(l, rec))
            continue;
        l->total++;
        if (at <= l->after_id)
            continue;
        if (l->rows == l->limit) {
            more = true;
            if (!l->count)
                break;
            continue;
        }
        remember(l, rec);
        add_row(l, record_copy(&row, rec));
        arena_reset(&row);
    }
    arena_fini(&row);
    finish(l, more);
}

/* --- from storage --- */

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct list *l = user;
    (void)t;
    if (l->seen++ == l->limit) /* one more was asked for, to know whether there is a next page */
        return;
    remember(l, rec);
    if (!matches(l, rec)) /* storage may give more than it was asked for */
        return;
    if (l->c->type->type == IPAM_T_JOB) {
        const struct ipam_job *running = jobs_running(l->c->api->at.jobs, ((const struct ipam_job *)rec)->id);
        if (running != NULL)
            rec = record_copy(&l->c->arena, running);
    }
    add_row(l, rec);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct list *l = user;
    if (status != 0) {
        strbuf_fini(&l->last_value);
        strbuf_reset(&l->c->out);
        l->c->csv = false;
        call_status_problem(l->c, status, message);
        return;
    }
    l->c->head = answer->head;
    finish(l, l->seen > l->limit);
}

static void query_fill(struct list *l, struct store_query *q, struct store_filter *filters)
{
    struct call *c = l->c;
    *q = (struct store_query){ .type = c->type->type, .filters = filters, .filter_count = l->filter_count };
    for (size_t i = 0; i < l->filter_count; i++)
        filters[i] = (struct store_filter){ l->filters[i]->number, IPAM_CMP_EQ, l->likes[i] };
    if (l->has_within) {
        q->within = &l->within;
        q->within_field = l->place->number;
        q->order = l->place->number;
    }
}

static void query_rows(struct list *l)
{
    struct call *c = l->c;
    struct store_filter filters[FILTERS_MAX];
    struct store_query q;
    query_fill(l, &q, filters);
    q.limit = (uint32_t)l->limit + 1;
    q.after_id = l->after_id;
    q.after = l->after;
    begin(l);
    store_query(c->api->at.store, &q, on_row, on_rows, l);
}

static void on_count(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct list *l = user;
    if (status != 0) {
        strbuf_fini(&l->last_value);
        l->c->csv = false;
        call_status_problem(l->c, status, message);
        return;
    }
    l->total = answer->count;
    query_rows(l);
}

static void list_stored(struct list *l)
{
    struct store_filter filters[FILTERS_MAX];
    struct store_query q;
    if (!l->count) {
        query_rows(l);
        return;
    }
    query_fill(l, &q, filters);
    q.flags = IPAM_QUERY_COUNT;
    store_query(l->c->api->at.store, &q, NULL, on_count, l);
}

void handle_list(struct call *c)
{
    struct list *l = arena_alloc(&c->arena, sizeof(*l));
    l->c = c;
    if (!call_param_int(c, "limit", LIMIT_DEFAULT, 1, LIMIT_MOST, &l->limit) ||
        !call_param_bool(c, "count", &l->count) || !within_read(l) || !filters_read(l) || !cursor_read(l)) {
        c->csv = false;
        call_problem(c);
        return;
    }
    strbuf_init(&l->last_value, 128);
    if (c->type->residency == RES_RESIDENT) {
        begin(l);
        list_resident(l);
    } else {
        list_stored(l);
    }
}
