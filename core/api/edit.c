/* edit.c - POST /dhcp/edit: one edit over many objects, planned with a step each.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * read -> select -> group by server -> load options -> change sets of steps ... -> the last, which answers
 *
 * How plans are noted by several change sets: noting.h. */
#include "api/edit.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/plans.h"
#include "model/planned.h"

#define SET_OBJECTS 200 /* objects of one change set */
#define WORDS_MOST  512

static void work_free(struct call *c)
{
    struct edit_work *w = c->work;
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->noting.count; i++) {
        smap_fini(&w->groups[i].options);
        smap_fini(&w->groups[i].definitions);
    }
    free(w->groups);
    free(w->noting.groups);
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

static struct ipam_str summary(void *user, const struct view *v, size_t group, bool whole)
{
    struct edit_work *w = user;
    const struct ipam_server *server =
        whole ? NULL : view_get(v, IPAM_T_SERVER, w->noting.groups[group].server);
    if (whole)
        return say(w, arena_printf(&w->page, "on %zu servers", w->noting.count), w->count);
    return say(w, arena_printf(&w->page, "on " STR_FMT, STR_ARG(server->name)), w->groups[group].count);
}

/* --- change sets --- */

static int draft_set(void *user, struct draft *d, struct problem *p)
{
    struct edit_work *w = user;
    arena_reset(&w->page);
    for (size_t i = w->at; i < w->to; i++) {
        const void *rec = edit_object_now(w, draft_view(d), &w->objects[i]);
        struct server_change *list;
        size_t n = rec != NULL ? edit_changes(w, &w->groups[w->noting.group], rec, &list) : 0;
        for (size_t k = 0; k < n; k++)
            if (note_step(&w->noting, d, &list[k], p) != 0)
                return IPAM_E_INVAL;
    }
    return 0;
}

static void needs_set(void *user, struct needs *n)
{
    const struct edit_work *w = user;
    for (size_t i = w->at; i < w->to; i++)
        if (w->objects[i].rec != NULL)
            needs_row(n, w->kind->type, w->objects[i].id);
}

/* The next change set is of objects of one server. */
static void go_on(void *user)
{
    struct edit_work *w = user;
    struct noting *n = &w->noting;
    w->at = w->to;
    while (n->group + 1 < n->count && edit_behind(&w->groups[n->group]) == w->at)
        n->group++;
    if (w->count > 0) {
        size_t left = edit_behind(&w->groups[n->group]) - w->at;
        w->to = w->at + (left < SET_OBJECTS ? left : SET_OBJECTS);
    }
    n->last = w->to == w->count;
    note_set(n, (unsigned)(w->to - w->at));
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
    w->c = w->noting.c = c;
    w->noting.user = w;
    w->noting.summary = summary;
    w->noting.draft = draft_set;
    w->noting.needs = needs_set;
    w->noting.took = go_on;
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
