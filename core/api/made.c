/* made.c - what is made from memory for each call, never stored: plugins, tasks, roles and the like.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * They have no id: lists are in the order of their natural keys, and so are rows that are alike in another
 * order. */
#include "api/list.h"
#include "api/reports.h"
#include "provider/report.h"

struct made {
    struct call *c;
    struct list *list; /* what is asked for; NULL: one, by its key */
    struct top top;
    void *one;
};

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
    struct list *l = m->list;
    if (l == NULL) {
        if (str_equal(key_of(m->c->type, rec, &m->c->arena), m->c->key))
            m->one = rec;
        return;
    }
    if (page_judge(l, rec) == NULL)
        return;
    l->total++;
    struct position p = page_position(l, rec);
    if (ask_goes_on(&l->ask, &p))
        top_add(&m->top, &p, rec);
}

static void on_plugin(void *user, struct ipam_plugin_info *rec)
{
    add_row(user, rec);
}

static void on_instance(void *user, struct ipam_instance *rec)
{
    add_row(user, rec);
}

static void on_task(void *user, struct ipam_task *rec)
{
    add_row(user, rec);
}

static void on_role(void *user, struct ipam_role *rec)
{
    add_row(user, rec);
}

static void on_operation(void *user, struct ipam_operation *rec)
{
    add_row(user, rec);
}

static void on_report(void *user, struct ipam_report *rec)
{
    add_row(user, rec);
}

static void make_rows(struct made *m)
{
    struct call *c = m->c;
    switch (c->type->type) {
    case IPAM_T_PLUGIN_INFO: providers_report_plugins(c->api->at.providers, &c->arena, on_plugin, m); break;
    case IPAM_T_INSTANCE: providers_report_instances(c->api->at.providers, &c->arena, on_instance, m); break;
    case IPAM_T_TASK:
        tasks_report(c->api->at.tasks, &c->arena, on_task, m);
        notify_tasks_report(c->api->at.plan_tasks, &c->arena, on_task, m);
        break;
    case IPAM_T_ROLE: access_report_roles(call_view(c), &c->arena, on_role, m); break;
    case IPAM_T_REPORT: reports_each(&c->arena, on_report, m); break;
    case IPAM_T_OPERATION: access_report_operations(&c->arena, on_operation, m); break;
    }
}

/* --- answers --- */

void handle_made_list(struct call *c)
{
    struct list l;
    struct made m = { .c = c, .list = &l };
    page_init(&l, c);
    if (!call_accept(c, true) || !ask_read(&l.ask, c)) {
        page_fini(&l);
        call_problem(c);
        return;
    }
    page_begin(&l);
    top_init(&m.top, &l.ask, (size_t)l.ask.limit + 1, false);
    make_rows(&m);
    page_write_top(&l, &m.top, true);
    top_fini(&m.top);
    page_end(&l);
}

static const char *noun(const struct call *c)
{
    return c->type->type == IPAM_T_PLUGIN_INFO ? "plugin" : c->type->name;
}

static void not_there(struct call *c)
{
    problem_hint(&c->problem, "list them with GET /api/v1/%s/%s", c->type->group, c->type->plural);
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no %s " STR_FMT, noun(c), STR_ARG(c->key));
    call_problem(c);
}

void handle_made_get(struct call *c)
{
    static const char *const known[] = { "fields", NULL };
    struct made m = { .c = c };
    struct json_writer w;
    uint64_t fields[2];
    if (!call_accept(c, false) || !call_params_known(c, known) || !ask_fields(c, c->type, fields)) {
        call_problem(c);
        return;
    }
    make_rows(&m);
    if (m.one == NULL) {
        not_there(c);
        return;
    }
    jw_init(&w, &c->out);
    record_to_json(m.one, fields, &w);
    call_json(c, 200);
}

void handle_defined_in_file(struct call *c)
{
    struct made m = { .c = c };
    const char *path = c->api->at.conf_path;
    make_rows(&m);
    if (m.one == NULL) {
        not_there(c);
        return;
    }
    problem_hint(&c->problem, "change it there, then reload: send ipamd the signal SIGHUP");
    problem_set(&c->problem, PROBLEM_DEFINED_IN_FILE,
                "the %s " STR_FMT " is defined in %s or in a file of %s.d", noun(c), STR_ARG(c->key), path,
                path);
    call_problem(c);
}
