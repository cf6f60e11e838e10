/* edit_dry.c - a dry run of an edit: what would be planned, with each object before and after.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All of them are counted, the first EDIT_SHOWN are shown; others have their turn meanwhile. */
#include "api/edit.h"
#include "model/planned.h"

#define TURN_OBJECTS 500

static void show_row(struct json_writer *out, const char *name, const void *rec)
{
    jw_key(out, name);
    if (rec == NULL)
        jw_null(out);
    else
        record_to_json(rec, NULL, out);
}

static void show_fields(struct json_writer *out, const void *before, const void *after)
{
    const void *any = before != NULL ? before : after;
    const struct record_type *t = record_type(((const struct ipam_record *)any)->type);
    jw_key(out, "fields");
    jw_array(out);
    for (unsigned i = 0; before != NULL && after != NULL && i < t->field_count; i++)
        if (!(t->fields[i].flags & FIELD_DERIVED) && !record_field_equal(&t->fields[i], before, after))
            jw_text(out, t->fields[i].name);
    jw_array_end(out);
}

static void show_change(struct json_writer *out, const struct server_change *s)
{
    const struct ipam_record *any = s->after != NULL ? s->after : s->before;
    struct planned of;
    planned_of(any, &of);
    jw_object(out);
    jw_key(out, "server");
    jw_int(out, of.server);
    jw_key(out, "verb");
    jw_text(out, s->before == NULL ? "add" : s->after != NULL ? "set" : "delete");
    jw_key(out, "type");
    jw_text(out, record_type(any->type)->name);
    jw_key(out, "key");
    jw_text(out, of.words);
    show_row(out, "before", s->before);
    show_row(out, "after", s->after);
    show_fields(out, s->before, s->after);
    jw_object_end(out);
}

static void show_object(struct edit_work *w, const struct edit_object *o)
{
    struct server_change *list;
    arena_reset(&w->page);
    const void *rec = edit_object_now(w, call_view(w->c), o);
    size_t n = rec != NULL ? edit_changes(w, &w->groups[w->group], rec, &list) : 0;
    w->changed += n > 0;
    for (size_t i = 0; i < n; i++)
        if (w->total++ < EDIT_SHOWN)
            show_change(&w->told, &list[i]);
}

static void show_count(struct json_writer *out, const char *name, int64_t n)
{
    jw_key(out, name);
    jw_int(out, n);
}

static void end(struct edit_work *w)
{
    struct call *c = w->c;
    jw_array_end(&w->told);
    show_count(&w->told, "servers", (int64_t)w->noting.count);
    show_count(&w->told, "objects", (int64_t)w->count);
    show_count(&w->told, "changed", w->changed);
    show_count(&w->told, "steps", w->total);
    jw_object_end(&w->told);
    call_text(c, 200, "application/json");
}

static void on_turn(struct loop_work *work)
{
    struct edit_work *w = container_of(work, struct edit_work, turn);
    size_t last = w->at + TURN_OBJECTS;
    for (; w->at < w->count && w->at < last; w->at++) {
        while (edit_behind(&w->groups[w->group]) == w->at)
            w->group++;
        show_object(w, &w->objects[w->at]);
    }
    if (w->at == w->count)
        end(w);
    else
        loop_post(w->c->api->at.loop, &w->turn, on_turn);
}

void edit_tell(struct edit_work *w)
{
    jw_init(&w->told, &w->c->out);
    jw_object(&w->told);
    jw_key(&w->told, "dry_run");
    jw_bool(&w->told, true);
    jw_key(&w->told, "would");
    jw_int(&w->told, 202);
    jw_key(&w->told, "changes");
    jw_array(&w->told);
    loop_post(w->c->api->at.loop, &w->turn, on_turn);
}
