/* edit.c - POST /dhcp/edit: one edit over many objects, planned with a step each.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * read -> select -> group by server -> load options -> change sets of steps ... -> the last one, which releases all
 *
 * Plans are being noted (`planning`) until the last change set, with which the request is answered: what was not answered
 * is never sent. An edit that fits into one change set is planned by that alone. */
#include "api/edit.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/plans.h"
#include "model/planned.h"

#define SET_OBJECTS 200 /* objects of one change set */
#define WORDS_MOST  512

static void go_on(struct edit_work *w);

static void work_free(struct call *c)
{
    struct edit_work *w = c->work;
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->group_count; i++) {
        smap_fini(&w->groups[i].options);
        smap_fini(&w->groups[i].definitions);
    }
    free(w->groups);
    free(w->objects);
    page_fini(&w->list);
    arena_fini(&w->rows);
    arena_fini(&w->page);
    free(w);
}

void edit_refuse(struct edit_work *w)
{
    sight_veil(&w->c->sight, call_view(w->c), &w->c->problem);
    call_problem(w->c);
}

/* --- in words --- */

static void say_edits(const struct edit_work *w, struct strbuf *out)
{
    for (size_t i = 0; i < w->edit_count; i++) {
        const struct one_edit *e = &w->edits[i];
        strbuf_printf(out, "%s%s ", i > 0 ? ", " : "", edit_word_name(e->edit.word));
        if (!e->option)
            strbuf_puts(out, e->edit.field->name);
        else if (e->name.data != NULL)
            strbuf_printf(out, "option " STR_FMT, STR_ARG(e->name));
        else
            strbuf_printf(out, "option %lld", (long long)e->code);
    }
}

static struct ipam_str say(struct edit_work *w, const char *where, size_t objects)
{
    char *text = arena_alloc(&w->page, WORDS_MOST);
    struct strbuf edits;
    strbuf_init(&edits, 65536);
    say_edits(w, &edits);
    planned_say(text, WORDS_MOST, "%zu %s %s: " STR_FMT, objects, w->kind->many, where,
                STR_ARG(strbuf_str(&edits)));
    strbuf_fini(&edits);
    return str_from(text);
}

/* --- plans --- */

static bool has_parts(const struct edit_work *w)
{
    return w->group_count > 1;
}

static bool is_last(const struct edit_work *w)
{
    return w->to == w->count;
}

static struct plan_head head_of(struct edit_work *w)
{
    return (struct plan_head){ .state = IPAM_PLAN_STATE_PLANNING,
                               .begin = w->begin,
                               .window = w->window,
                               .actor = w->c->actor.name,
                               .reason = w->c->actor.reason };
}

static void open_parent(struct edit_work *w, struct draft *d)
{
    struct plan_head h = head_of(w);
    char where[64];
    snprintf(where, sizeof(where), "on %zu servers", w->group_count);
    h.summary = say(w, where, w->count);
    w->made_parent = rule_plan_open(d, &h);
}

static void open_plan(struct edit_work *w, struct draft *d, const struct edit_group *g)
{
    const struct ipam_server *server = view_get(draft_view(d), IPAM_T_SERVER, g->server);
    struct plan_head h = head_of(w);
    const char *where = arena_printf(&w->page, "on " STR_FMT, STR_ARG(server->name));
    if (w->parent == 0 && has_parts(w))
        open_parent(w, d);
    if (h.window.len == 0 && record_has(server, IPAM_SERVER_CHANGE_WINDOW))
        h.window = server->change_window;
    h.server = g->server;
    h.parent = w->made_parent != 0 ? w->made_parent : w->parent;
    h.after = g->after != NULL ? g->after->plan : 0;
    h.summary = say(w, where, g->count);
    w->made_plan = rule_plan_open(d, &h);
}

static void release(struct draft *d, int64_t id, int64_t steps)
{
    const struct ipam_plan *before = view_get(draft_view(d), IPAM_T_PLAN, id);
    if (before == NULL)
        return;
    struct ipam_plan p = *before;
    RECORD_SET(&p, IPAM_PLAN_STATE, state, steps > 0 ? IPAM_PLAN_STATE_PLANNED : IPAM_PLAN_STATE_VERIFIED);
    RECORD_SET(&p, IPAM_PLAN_STEPS, steps, steps);
    if (steps == 0) {
        RECORD_SET(&p, IPAM_PLAN_MESSAGE, message, str_from("nothing to change: all is as it is wanted"));
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
    }
    draft_replace(d, before, &p);
}

/* All is noted: it may be sent. */
static void release_all(struct edit_work *w, struct draft *d)
{
    const struct edit_group *now = w->group < w->group_count ? &w->groups[w->group] : NULL;
    int64_t parent = w->made_parent != 0 ? w->made_parent : w->parent;
    for (size_t i = 0; i < w->group_count; i++) {
        const struct edit_group *g = &w->groups[i];
        int64_t plan = g == now && w->made_plan != 0 ? w->made_plan : g->plan;
        if (plan != 0)
            release(d, plan, g->steps + (g == now ? w->made_steps : 0));
    }
    if (parent == 0 && w->total + w->made_steps == 0) { /* nothing is to be changed */
        open_parent(w, d);
        parent = w->made_parent;
    }
    if (parent != 0)
        release(d, parent, w->total + w->made_steps);
}

/* The steps of one object. */
static void draft_object(struct edit_work *w, struct draft *d, const struct edit_object *o)
{
    const struct edit_group *g = &w->groups[w->group];
    const void *rec = edit_object_now(w, draft_view(d), o);
    struct server_change *list;
    size_t n = rec != NULL ? edit_changes(w, g, rec, &list) : 0;
    for (size_t i = 0; i < n; i++) {
        if (g->plan == 0 && w->made_plan == 0)
            open_plan(w, d, g);
        rule_plan_step(d, g->plan != 0 ? g->plan : w->made_plan, g->steps + ++w->made_steps, &list[i]);
    }
    w->made_changed += n > 0;
}

static int draft_set(struct edit_work *w, struct draft *d, struct problem *p)
{
    arena_reset(&w->page);
    w->made_parent = w->made_plan = w->made_steps = w->made_changed = 0;
    for (size_t i = w->at; i < w->to; i++)
        draft_object(w, d, &w->objects[i]);
    if (w->to > w->at && w->groups[w->group].steps + w->made_steps > EDIT_STEPS) {
        problem_hint(p, "select a part of what it has");
        return problem_set(p, PROBLEM_TOO_LARGE, "there would be more than %d steps on one server",
                           EDIT_STEPS);
    }
    if (is_last(w))
        release_all(w, d);
    return 0;
}

/* --- change sets --- */

static void needs_set(const struct edit_work *w, struct needs *n)
{
    for (size_t i = w->at; i < w->to; i++)
        if (w->objects[i].rec != NULL)
            needs_row(n, w->kind->type, w->objects[i].id);
    for (size_t i = 0; is_last(w) && i < w->group_count; i++)
        if (w->groups[i].plan != 0)
            needs_row(n, IPAM_T_PLAN, w->groups[i].plan);
    if (is_last(w) && w->parent != 0)
        needs_row(n, IPAM_T_PLAN, w->parent);
}

static void needs_more(struct intent *in, const struct view *v, struct needs *n)
{
    (void)v;
    needs_set(container_of(in, struct edit_work, intent), n);
}

static int decide_more(struct intent *in, struct draft *d)
{
    return draft_set(container_of(in, struct edit_work, intent), d, &in->problem);
}

/* What was noted of it is never sent. */
static int decide_gone(struct intent *in, struct draft *d)
{
    const struct edit_work *w = container_of(in, struct edit_work, intent);
    for (size_t i = 0; i <= w->group_count; i++) {
        int64_t id = i < w->group_count ? w->groups[i].plan : w->parent;
        const struct ipam_plan *before = id != 0 ? view_get(draft_view(d), IPAM_T_PLAN, id) : NULL;
        if (before == NULL)
            continue;
        struct ipam_plan p = *before;
        RECORD_SET(&p, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_UNDONE);
        RECORD_SET(&p, IPAM_PLAN_MESSAGE, message, str_from(w->problem.detail));
        RECORD_SET(&p, IPAM_PLAN_FINISHED, finished, draft_now(d));
        draft_replace(d, before, &p);
    }
    return 0;
}

static void on_gone(struct intent *in, int status)
{
    struct edit_work *w = container_of(in, struct edit_work, intent);
    (void)status; /* at the next start then */
    w->c->problem = w->problem;
    edit_refuse(w);
}

static void give_back(struct edit_work *w, const struct problem *why)
{
    w->problem = *why;
    w->at = w->to = w->count; /* for its needs */
    w->intent.decide = decide_gone;
    w->intent.settled = on_gone;
    gate_submit(w->c->api->at.gate, &w->intent);
}

static void took(struct edit_work *w)
{
    struct edit_group *g = &w->groups[w->group];
    if (w->made_parent != 0)
        w->parent = w->made_parent;
    if (w->made_plan != 0)
        g->plan = w->made_plan;
    g->steps += w->made_steps;
    w->total += w->made_steps;
    w->changed += w->made_changed;
}

static void on_more(struct intent *in, int status)
{
    struct edit_work *w = container_of(in, struct edit_work, intent);
    if (status != 0) {
        give_back(w, &in->problem);
        return;
    }
    took(w);
    go_on(w);
}

/* --- the last one, which answers --- */

static void needs_last(struct intent *in, const struct view *v, struct needs *n)
{
    (void)v;
    needs_set(call_of(in)->work, n);
}

static int decide_last(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct edit_work *w = c->work;
    if (draft_set(w, d, &in->problem) != 0)
        return IPAM_E_INVAL;
    int64_t plan = w->made_plan != 0                         ? w->made_plan
                   : w->groups != NULL && w->group_count > 0 ? w->groups[0].plan
                                                             : 0;
    int64_t parent = w->made_parent != 0 ? w->made_parent : w->parent;
    int64_t id = parent != 0 ? parent : plan;
    snprintf(c->location, sizeof(c->location), "/api/v1/manage/plans/%lld", (long long)id);
    call_decide_object(c, 202, draft_view(d), view_get(draft_view(d), IPAM_T_PLAN, id));
    return 0;
}

static void accepted(struct call *c)
{
    const struct edit_work *w = c->work;
    for (size_t i = 0; i < w->group_count; i++)
        manage_kick(c->api->at.manage, w->groups[i].server);
    call_reply(c);
}

/* The next change set is of objects of one server. */
static bool next_set(struct edit_work *w)
{
    w->at = w->to;
    while (w->group < w->group_count && w->groups[w->group].from + w->groups[w->group].count == w->at)
        w->group++;
    if (w->group == w->group_count)
        return false;
    const struct edit_group *g = &w->groups[w->group];
    size_t left = g->from + g->count - w->at;
    w->to = w->at + (left < SET_OBJECTS ? left : SET_OBJECTS);
    return true;
}

static void go_on(struct edit_work *w)
{
    struct call *c = w->c;
    next_set(w);
    if (is_last(w)) {
        if (w->group == w->group_count && w->group > 0)
            w->group--;
        call_submit(c, needs_last, decide_last, accepted);
        return;
    }
    w->intent = (struct intent){ .operation = "dhcp.edit",
                                 .actor = c->actor,
                                 .bulk = true,
                                 .rows = (unsigned)(w->to - w->at),
                                 .needs = needs_more,
                                 .decide = decide_more,
                                 .settled = on_more };
    gate_submit(c->api->at.gate, &w->intent);
}

/* --- the request --- */

static void loaded(struct edit_work *w)
{
    if (w->dry)
        edit_tell(w);
    else
        go_on(w);
}

static void selected(struct edit_work *w)
{
    if (edit_group(w) != 0)
        edit_refuse(w);
    else
        edit_load(w, loaded);
}

void handle_edit(struct call *c)
{
    static const char *const none[] = { NULL };
    struct edit_work *w = xcalloc(1, sizeof(*w));
    c->work = w;
    c->ended = work_free;
    w->c = c;
    w->selected = selected;
    w->dry = write_is_dry(c);
    page_init(&w->list, c);
    arena_init(&w->rows, 0);
    arena_init(&w->page, 0);
    if (!call_params_known(c, none) || call_body(c) != 0 || edit_read(w) != 0)
        call_problem(c);
    else
        edit_select(w);
}
