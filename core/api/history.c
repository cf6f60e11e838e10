/* history.c - what was done and is being done: changes, plans with their steps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "commit/changelog.h"

/* --- changes --- */

struct change_list {
    struct call *c;
    struct json_writer w;
    int64_t limit, rows, last;
    bool count, more, damaged, one;
};

static void write_item(struct change_list *l, const struct ipam_change_item *item)
{
    const struct record_type *t = record_type((uint32_t)item->object_type);
    struct json_writer *w = &l->w;
    void *fields;
    jw_object(w);
    jw_key(w, "type");
    jw_text(w, t != NULL ? t->name : "unknown");
    jw_key(w, "id");
    jw_int(w, item->object);
    jw_key(w, "verb");
    record_field_to_json(record_field_number(record_type(IPAM_T_CHANGE_ITEM), IPAM_CHANGE_ITEM_VERB), item,
                         w);
    if (record_has(item, IPAM_CHANGE_ITEM_KEY)) {
        jw_key(w, "key");
        jw_str(w, item->key);
    }
    if (t != NULL && record_has(item, IPAM_CHANGE_ITEM_FIELDS) &&
        record_unpack(t, item->fields, &l->c->arena, &fields) == 0) {
        jw_key(w, "fields");
        record_to_json(fields, NULL, w);
    }
    jw_object_end(w);
}

static void write_change(struct change_list *l, struct ipam_bytes body)
{
    void *rec;
    size_t pos = 0;
    int rc;
    if (changelog_read(body, &pos, &l->c->arena, &rec) != 1 ||
        ((struct ipam_record *)rec)->type != IPAM_T_CHANGE) {
        l->damaged = true;
        return;
    }
    if (!l->one) {
        if (l->c->csv)
            record_csv_row(rec, NULL, &l->c->out);
        else
            record_to_json(rec, NULL, &l->w);
        return;
    }
    /* One change with its items: the record's members, then "items". */
    record_to_json(rec, NULL, &l->w);
    l->c->out.len--;
    strbuf_puts(&l->c->out, ",\"items\":");
    jw_init(&l->w, &l->c->out);
    jw_array(&l->w);
    while ((rc = changelog_read(body, &pos, &l->c->arena, &rec)) == 1)
        write_item(l, rec);
    l->damaged = rc < 0;
    jw_array_end(&l->w);
    strbuf_putc(&l->c->out, '}');
}

static void on_change(void *user, int64_t rev, struct ipam_bytes body)
{
    struct change_list *l = user;
    if (l->rows == l->limit) {
        l->more = true;
        return;
    }
    l->rows++;
    l->last = rev;
    write_change(l, body);
}

static void on_changes(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct change_list *l = user;
    struct call *c = l->c;
    if (status != 0 || l->damaged) {
        strbuf_reset(&c->out);
        c->csv = false;
        call_status_problem(c, status != 0 ? status : IPAM_E_BUG,
                            status != 0 ? message
                                        : "a row of the change log cannot be read; the database is damaged");
        return;
    }
    if (l->one) {
        if (l->rows == 0) {
            problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no revision " STR_FMT, STR_ARG(c->key));
            call_problem(c);
            return;
        }
        call_json(c, 200);
        return;
    }
    c->head = answer->head;
    if (l->more)
        snprintf(c->next, sizeof(c->next), "%lld", (long long)l->last);
    if (!c->csv) {
        jw_array_end(&l->w);
        jw_key(&l->w, "next");
        if (l->more)
            jw_text(&l->w, c->next);
        else
            jw_null(&l->w);
        if (l->count) {
            jw_key(&l->w, "total");
            jw_int(&l->w, answer->count);
        }
        jw_object_end(&l->w);
    }
    call_json(c, 200);
}

/* A cursor is the revision the page before ended with. */
static bool cursor_read(struct call *c, int64_t *ret)
{
    if (call_param_int(c, "cursor", 0, 1, INT64_MAX, ret))
        return true;
    problem_hint(&c->problem, "pass \"next\" of the page before unchanged");
    problem_set(&c->problem, PROBLEM_BAD_CURSOR, "cursor is not one this list gave");
    return false;
}

void handle_change_list(struct call *c)
{
    static const char *const params[] = { "limit", "cursor", "count", NULL };
    struct change_list *l = arena_alloc(&c->arena, sizeof(*l));
    int64_t before = 0;
    l->c = c;
    if (!call_params_known(c, params) || !call_param_int(c, "limit", 100, 1, 1000, &l->limit) ||
        !call_param_bool(c, "count", &l->count) || !cursor_read(c, &before)) {
        c->csv = false;
        call_problem(c);
        return;
    }
    jw_init(&l->w, &c->out);
    if (c->csv) {
        record_csv_header(c->type, NULL, &c->out);
    } else {
        jw_object(&l->w);
        jw_key(&l->w, "items");
        jw_array(&l->w);
    }
    store_changes(c->api->at.store, before, 0, (uint32_t)l->limit + 1, IPAM_QUERY_DESCENDING, on_change,
                  on_changes, l);
}

void handle_change_get(struct call *c)
{
    static const char *const none[] = { NULL };
    struct change_list *l = arena_alloc(&c->arena, sizeof(*l));
    c->csv = false;
    if (!call_params_known(c, none)) {
        call_problem(c);
        return;
    }
    int64_t rev = call_ref(c, 0, c->key);
    if (rev == 0) {
        problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no revision " STR_FMT, STR_ARG(c->key));
        call_problem(c);
        return;
    }
    l->c = c;
    jw_init(&l->w, &c->out);
    l->one = true;
    l->limit = 1;
    store_changes(c->api->at.store, rev - 1, rev, 1, 0, on_change, on_changes, l);
}

/* --- plans --- */

struct plan_get {
    struct call *c;
    struct json_writer w;
};

static void on_step(void *user, const struct record_type *t, void *rec)
{
    struct plan_get *g = user;
    const struct ipam_plan_step *s = rec;
    const struct record_type *object = record_type((uint32_t)s->object_type);
    uint64_t plain[2] = { ~(1ull << IPAM_PLAN_STEP_BEFORE | 1ull << IPAM_PLAN_STEP_AFTER), ~0ull };
    struct strbuf *out = &g->c->out;
    struct json_writer w;
    void *row;
    (void)t;
    /* The step's members, then its object before and after as JSON instead of packed. */
    record_to_json(s, plain, &g->w);
    out->len--;
    if (object != NULL && s->before.len != 0 && record_unpack(object, s->before, &g->c->arena, &row) == 0) {
        strbuf_puts(out, ",\"before\":");
        jw_init(&w, out);
        record_to_json(row, NULL, &w);
    }
    if (object != NULL && s->after.len != 0 && record_unpack(object, s->after, &g->c->arena, &row) == 0) {
        strbuf_puts(out, ",\"after\":");
        jw_init(&w, out);
        record_to_json(row, NULL, &w);
    }
    strbuf_putc(out, '}');
}

static void on_steps(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct plan_get *g = user;
    struct call *c = g->c;
    (void)answer;
    if (status != 0) {
        strbuf_reset(&c->out);
        call_status_problem(c, status, message);
        return;
    }
    jw_array_end(&g->w);
    strbuf_putc(&c->out, '}');
    call_json(c, 200);
}

static void found_plan(struct call *c)
{
    struct plan_get *g = arena_alloc(&c->arena, sizeof(*g));
    struct ipam_plan_step like;
    struct json_writer w;
    g->c = c;
    jw_init(&w, &c->out);
    record_to_json(c->row, NULL, &w);
    c->out.len--;
    strbuf_puts(&c->out, ",\"plan_steps\":");
    jw_init(&g->w, &c->out);
    jw_array(&g->w);
    record_init(&like, IPAM_T_PLAN_STEP);
    RECORD_SET(&like, IPAM_PLAN_STEP_PLAN, plan, c->id);
    struct store_filter f = { IPAM_PLAN_STEP_PLAN, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN_STEP, .filters = &f, .filter_count = 1 };
    store_query(c->api->at.store, &q, on_step, on_steps, g);
}

static void found_resume(struct call *c)
{
    const struct ipam_plan *p = c->row;
    if (p->state != IPAM_PLAN_STATE_PLANNED && p->state != IPAM_PLAN_STATE_RUNNING) {
        problem_set(&c->problem, PROBLEM_IN_USE, "plan %lld has ended", (long long)c->id);
        call_problem(c);
        return;
    }
    manage_kick(c->api->at.manage, p->server);
    call_object(c, 202, p);
}

void handle_plan_get(struct call *c)
{
    call_find_plain(c, found_plan);
}

void handle_plan_resume(struct call *c)
{
    call_find_plain(c, found_resume);
}
