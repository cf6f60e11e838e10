/* plugins.c - plugins and their instances as they are now: made from memory for each call, never stored.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * They have no id: lists are in the order of their natural keys, and a cursor is the key of a page's last
 * row. */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "provider/report.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MOST    1000
#define FILTERS_MAX   8

struct row {
    struct ipam_str key;
    void *rec;
};

struct made {
    struct call *c;
    int64_t limit;
    bool count;
    uint64_t fields[2];
    const struct record_field *filters[FILTERS_MAX];
    void *likes[FILTERS_MAX];
    size_t filter_count;
    struct ipam_str after; /* the key to go on after; absent: from the start */
    struct row *rows;
    size_t row_count, row_room;
};

bool made_filterable(const struct record_field *f)
{
    return (f->flags & FIELD_KEY) != 0 || f->kind == KIND_ENUM || f->kind == KIND_BOOL;
}

/* --- the rows --- */

/* The texts of the natural key, one after the other. */
static struct ipam_str key_of(const struct record_type *t, const void *rec, struct arena *a)
{
    struct ipam_str key = { NULL, 0 };
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & FIELD_KEY) == 0)
            continue;
        const struct ipam_str *part = (const void *)((const char *)rec + f->offset);
        key = str_from(
            arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(key), key.data != NULL ? "/" : "", STR_ARG(*part)));
    }
    return key;
}

static void add_row(struct made *m, void *rec)
{
    struct call *c = m->c;
    for (size_t i = 0; i < m->filter_count; i++)
        if (!record_field_equal(m->filters[i], rec, m->likes[i]))
            return;
    if (m->row_count == m->row_room) {
        m->row_room = m->row_room > 0 ? 2 * m->row_room : 64;
        m->rows = xrealloc(m->rows, m->row_room * sizeof(m->rows[0]));
    }
    m->rows[m->row_count++] = (struct row){ key_of(c->type, rec, &c->arena), rec };
}

static void on_plugin(void *user, struct ipam_plugin_info *rec)
{
    add_row(user, rec);
}

static void on_instance(void *user, struct ipam_instance *rec)
{
    add_row(user, rec);
}

static int compare_keys(struct ipam_str a, struct ipam_str b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_rows(const void *a, const void *b)
{
    return compare_keys(((const struct row *)a)->key, ((const struct row *)b)->key);
}

static void make_rows(struct made *m)
{
    struct call *c = m->c;
    if (c->type->type == IPAM_T_PLUGIN_INFO)
        providers_report_plugins(c->api->at.providers, &c->arena, on_plugin, m);
    else
        providers_report_instances(c->api->at.providers, &c->arena, on_instance, m);
    if (m->row_count > 0)
        qsort(m->rows, m->row_count, sizeof(m->rows[0]), compare_rows);
}

/* --- parameters --- */

static bool filter_read(struct made *m, const struct record_field *f, struct ipam_str value)
{
    struct call *c = m->c;
    char err[256];
    for (size_t i = 0; i < m->filter_count; i++)
        if (m->filters[i] == f)
            return call_param_twice(c, str_from(f->name));
    m->filters[m->filter_count] = f;
    m->likes[m->filter_count] = record_new(&c->arena, c->type->type);
    if (record_field_parse(f, value, &c->arena, m->likes[m->filter_count++], err) == 0)
        return true;
    problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", f->name, err);
    return false;
}

/* "name,state" to masks. */
static bool fields_read(struct made *m)
{
    struct call *c = m->c;
    struct ipam_str names = call_param(c, "fields");
    m->fields[0] = m->fields[1] = names.data == NULL ? ~UINT64_C(0) : 0;
    for (size_t from = 0; names.data != NULL && from <= names.len;) {
        const char *comma = memchr(names.data + from, ',', names.len - from);
        struct ipam_str name = { names.data + from,
                                 comma != NULL ? (size_t)(comma - names.data) - from : names.len - from };
        const struct record_field *f = record_field(c->type, name);
        if (f == NULL) {
            problem_hint(&c->problem, "see /api/v1/openapi.json for the fields of a %s", c->type->name);
            problem_set(&c->problem, PROBLEM_INVALID, "fields: a %s has no field \"" STR_FMT "\"",
                        c->type->name, STR_ARG(name));
            return false;
        }
        m->fields[f->number / 64] |= UINT64_C(1) << f->number % 64;
        from += name.len + 1;
    }
    return true;
}

/* Any parameter but the list's own names a field and the value it must equal. */
static bool filters_read(struct made *m)
{
    static const char *const own[] = { "limit", "cursor", "count", "fields" };
    struct call *c = m->c;
    struct ipam_str key, value;
    bool seen[4] = { false };
    size_t pos = 0;
    int rc;
    while ((rc = http_query_next(&c->arena, c->query, &pos, &key, &value)) == 1) {
        const struct record_field *f = record_field(c->type, key);
        size_t i = 0;
        while (i < 4 && !str_is(key, own[i]))
            i++;
        if (i < 4 && seen[i])
            return call_param_twice(c, key);
        if (i < 4) {
            seen[i] = true;
        } else if (f == NULL || !made_filterable(f)) {
            problem_hint(&c->problem, "see /api/v1/openapi.json for what %s can be filtered by",
                         c->type->plural);
            problem_set(&c->problem, PROBLEM_INVALID, "%s cannot be filtered by \"" STR_FMT "\"",
                        c->type->plural, STR_ARG(key));
            return false;
        } else if (!filter_read(m, f, value)) {
            return false;
        }
    }
    if (rc < 0)
        problem_set(&c->problem, PROBLEM_BAD_REQUEST,
                    "the query has a malformed %%-escape, a NUL or invalid UTF-8");
    return rc >= 0;
}

/* --- answers --- */

static void refuse(struct call *c)
{
    c->csv = false;
    call_problem(c);
}

/* Writes the rows of the page; whether there are more. */
static bool write_rows(const struct made *m, struct json_writer *w)
{
    struct call *c = m->c;
    int64_t written = 0;
    for (size_t i = 0; i < m->row_count; i++) {
        if (m->after.data != NULL && compare_keys(m->rows[i].key, m->after) <= 0)
            continue;
        if (written++ == m->limit)
            return true;
        call_next(c, m->rows[i].key);
        if (c->csv)
            record_csv_row(m->rows[i].rec, m->fields, &c->out);
        else
            record_to_json(m->rows[i].rec, m->fields, w);
    }
    return false;
}

static void answer_list(struct made *m)
{
    struct call *c = m->c;
    struct json_writer w;
    jw_init(&w, &c->out);
    if (c->csv) {
        record_csv_header(c->type, m->fields, &c->out);
        if (!write_rows(m, &w))
            c->next[0] = '\0';
        call_json(c, 200);
        return;
    }
    jw_object(&w);
    jw_key(&w, "items");
    jw_array(&w);
    bool more = write_rows(m, &w);
    jw_array_end(&w);
    jw_key(&w, "next");
    if (more)
        jw_text(&w, c->next);
    else
        jw_null(&w);
    if (m->count) {
        jw_key(&w, "total");
        jw_int(&w, (int64_t)m->row_count);
    }
    jw_object_end(&w);
    call_json(c, 200);
}

void handle_made_list(struct call *c)
{
    struct made m = { .c = c };
    if (!call_param_int(c, "limit", LIMIT_DEFAULT, 1, LIMIT_MOST, &m.limit) ||
        !call_param_bool(c, "count", &m.count) || !fields_read(&m) || !filters_read(&m) ||
        !call_cursor(c, &m.after)) {
        refuse(c);
        return;
    }
    make_rows(&m);
    answer_list(&m);
    free(m.rows);
}

void handle_plugin_get(struct call *c)
{
    static const char *const known[] = { "fields", NULL };
    struct made m = { .c = c };
    struct json_writer w;
    void *rec = NULL;
    c->csv = false;
    if (!call_params_known(c, known) || !fields_read(&m)) {
        refuse(c);
        return;
    }
    make_rows(&m);
    for (size_t i = 0; i < m.row_count; i++)
        if (str_equal(m.rows[i].key, c->key))
            rec = m.rows[i].rec;
    free(m.rows);
    if (rec == NULL) {
        problem_hint(&c->problem,
                     "list them with GET /api/v1/system/plugins; the configuration names those in use");
        problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no plugin " STR_FMT, STR_ARG(c->key));
        call_problem(c);
        return;
    }
    jw_init(&w, &c->out);
    record_to_json(rec, m.fields, &w);
    call_json(c, 200);
}
