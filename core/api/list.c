/* list.c - lists: pages as JSON and CSV; of rows in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/past.h"

#define POSITION_MAX 65536 /* bytes of a position */

void page_init(struct list *l, struct call *c)
{
    memset(l, 0, sizeof(*l));
    l->ask.c = c;
    strbuf_init(&l->last, POSITION_MAX);
    strbuf_init(&l->probe, POSITION_MAX);
    arena_init(&l->row, 0);
}

void page_fini(struct list *l)
{
    strbuf_fini(&l->last);
    strbuf_fini(&l->probe);
    arena_fini(&l->row);
    top_fini(&l->top);
}

/* --- the page --- */

void page_begin(struct list *l)
{
    struct call *c = l->ask.c;

    strbuf_reset(&c->out);
    l->rows = l->total = l->seen = 0;
    l->more = l->enough = l->written = false;
    jw_init(&l->w, &c->out);
    if (l->ask.dialect != NULL) {
        (void)foreign_titles(l->ask.dialect, l->ask.type->type, &c->out);
        return;
    }
    if (c->csv) {
        record_csv_header(l->ask.type, l->ask.fields, &c->out);
        return;
    }
    jw_object(&l->w);
    jw_key(&l->w, "items");
    jw_array(&l->w);
}

/* A struct to fill derived fields into; what it points to stays the row's. */
static void *shallow(struct list *l, const void *rec)
{
    arena_reset(&l->row);
    void *copy = arena_alloc(&l->row, l->ask.type->size);
    if (copy != NULL)
        memcpy(copy, rec, l->ask.type->size);
    return copy;
}

/* Who sees everything sees the row itself. */
static const void *trimmed(struct list *l, const void *rec)
{
    struct call *c = l->ask.c;
    if (sight_all(&c->sight) || !sight_names_others(rec))
        return rec;
    void *copy = shallow(l, rec);
    if (copy == NULL) {
        c->out.failed = true;
        return NULL;
    }
    sight_trim(&c->sight, call_view(c), copy);
    return copy;
}

/* What lies around a row, as far as the caller sees it. */
static const void *around(struct list *l, uint32_t type, int64_t id)
{
    const void *rec = id != 0 ? view_get(call_view(l->ask.c), type, id) : NULL;
    bool known =
        rec != NULL && type == IPAM_T_SPACE && str_is(((const struct ipam_space *)rec)->name, "default");
    return rec != NULL && (known || call_sees(l->ask.c, rec)) ? rec : NULL;
}

static void write_foreign(struct list *l, const void *rec)
{
    const struct record_field *space = record_field(l->ask.type, IPAM_STR("space"));
    const struct ipam_range *range = l->ask.type->type == IPAM_T_RANGE ? rec : NULL;
    int64_t id = *(const int64_t *)(const void *)((const char *)rec + space->offset);
    struct foreign_around a = { .space = around(l, IPAM_T_SPACE, id) };

    if (a.space != NULL && record_has(a.space, IPAM_SPACE_PROVIDER))
        a.provider = around(l, IPAM_T_SPACE, a.space->provider);
    const struct ipam_subnet *parent = range != NULL && record_has(range, IPAM_RANGE_PARENT)
                                           ? around(l, IPAM_T_SUBNET, range->parent)
                                           : NULL;
    if (parent != NULL)
        a.network = &parent->prefix;
    foreign_write(l->ask.dialect, rec, &a, &l->ask.c->out);
}

void page_write(struct list *l, const void *rec, bool derived)
{
    struct call *c = l->ask.c;

    if (l->ask.shows && !derived) {
        void *copy = shallow(l, rec);
        if (copy == NULL) {
            c->out.failed = true;
            return;
        }
        call_derive(c, call_view(c), copy);
        sight_trim(&c->sight, call_view(c), copy);
        rec = copy;
        int64_t head = state_head(c->api->at.state);
        l->derived_at = l->rows == 0 || l->derived_at == head ? head : -1;
    } else if (!derived) {
        rec = trimmed(l, rec);
    }
    if (l->ask.dialect != NULL)
        write_foreign(l, rec);
    else if (c->csv)
        record_csv_row(rec, l->ask.fields, &c->out);
    else
        record_to_json(rec, l->ask.fields, &l->w);
    l->rows++;
}

struct position page_position(struct list *l, const void *rec)
{
    size_t key = ask_position(&l->ask, rec, &l->probe);
    const uint8_t *bytes = (const uint8_t *)l->probe.data;

    return (struct position){ { bytes, key }, { bytes + key, l->probe.len - key } };
}

void page_passed(struct list *l, const struct position *p)
{
    strbuf_reset(&l->last);
    strbuf_add(&l->last, p->key.data, p->key.len);
    strbuf_add(&l->last, p->tie.data, p->tie.len);
    l->last_key = p->key.len;
    l->written = true;
}

struct position page_from(struct list *l)
{
    const uint8_t *last = (const uint8_t *)arena_memdup(&l->ask.c->arena, l->last.data, l->last.len);

    if (l->written && last != NULL)
        return (struct position){ { last, l->last_key }, { last + l->last_key, l->last.len - l->last_key } };
    return l->ask.continued ? l->ask.after : (struct position){ { NULL, 0 }, { NULL, 0 } };
}

bool page_looks_on(const struct list *l, int64_t most)
{
    return !l->ask.count && !l->sorts && !l->more && !l->enough && l->seen == most &&
           !sight_all(&l->ask.c->sight);
}

void page_write_top(struct list *l, struct top *t, bool derived)
{
    size_t most = (size_t)l->ask.limit;

    top_sort(t);
    l->more = t->count > most;
    for (size_t i = 0; i < t->count && i < most; i++) {
        struct position p = top_position(&t->items[i]);
        page_write(l, t->items[i].rec, derived);
        page_passed(l, &p);
    }
}

void page_end(struct list *l)
{
    struct call *c = l->ask.c;
    const uint8_t *last = (const uint8_t *)l->last.data;

    if (l->more && l->written)
        ask_next(&l->ask, &(struct position){ { last, l->last_key },
                                              { last + l->last_key, l->last.len - l->last_key } });
    if (!c->csv) {
        jw_array_end(&l->w);
        jw_key(&l->w, "next");
        if (c->next != NULL)
            jw_text(&l->w, c->next);
        else
            jw_null(&l->w);
        if (l->ask.count) {
            jw_key(&l->w, "total");
            jw_int(&l->w, l->total);
        }
        jw_object_end(&l->w);
    } else if (l->ask.count) {
        snprintf(c->total, sizeof(c->total), "%lld", (long long)l->total);
    }
    page_fini(l);
    call_json(c, 200);
}

void page_done(struct call *c)
{
    page_end(c->work);
}

const void *page_judge(struct list *l, const void *rec)
{
    struct call *c = l->ask.c;
    if (!call_sees(c, rec))
        return NULL;
    if (l->ask.derives) {
        void *copy = shallow(l, rec);
        if (copy == NULL) {
            c->out.failed = true;
            return NULL;
        }
        call_derive(c, call_view(c), copy);
        sight_trim(&c->sight, call_view(c), copy);
        rec = copy;
    } else if (l->ask.condition_count > 0 || l->ask.order != NULL) {
        rec = trimmed(l, rec); /* what is hidden from him finds nothing, and orders nothing */
    }
    return rec != NULL && ask_matches(&l->ask, rec) ? rec : NULL;
}

/* --- rows in memory --- */

/* In the order of ids a page needs no more than its rows. */
static void memory_by_id(struct list *l)
{
    const struct state *s = l->ask.c->api->at.state;
    const struct ask *a = &l->ask;
    uint32_t type = a->type->type;
    size_t count = state_count(s, type), from = 0;

    if (a->continued && !a->count) { /* rows up to the last page need not be looked at */
        size_t place = state_place(s, type, position_id(a->after.tie.data) - a->descending);
        from = a->descending ? count - place : place;
    }
    for (size_t i = from; i < count; i++) {
        const void *rec = state_row(s, type, a->descending ? count - 1 - i : i);
        if (page_judge(l, rec) == NULL)
            continue;
        l->total++;
        if (l->more)
            continue;
        struct position p = page_position(l, rec);
        if (!ask_goes_on(a, &p))
            continue;
        l->more = l->rows == a->limit;
        if (l->more && !a->count)
            return;
        if (l->more)
            continue;
        page_passed(l, &p);
        page_write(l, rec, false);
    }
}

/* In any other order the first rows are picked out of all of them, or out of those that lie near. */
static void memory_by_field(struct list *l, const void *const *near, size_t count)
{
    const struct state *s = l->ask.c->api->at.state;
    const struct ask *a = &l->ask;
    struct top top;

    top_init(&top, a, (size_t)a->limit + 1, false);
    for (size_t i = 0; i < count; i++) {
        const void *rec = near != NULL ? near[i] : state_row(s, a->type->type, i);
        const void *full = page_judge(l, rec);
        if (full == NULL)
            continue;
        l->total++;
        struct position p = page_position(l, full);
        if (ask_goes_on(a, &p))
            top_add(&top, &p, rec);
    }
    page_write_top(l, &top, false);
    top_fini(&top);
}

static void list_memory(struct list *l)
{
    const void **near = NULL;
    size_t count = 0;

    page_begin(l);
    if (list_near(l, &near, &count))
        memory_by_field(l, near, count);
    else if (l->ask.order == NULL)
        memory_by_id(l);
    else
        memory_by_field(l, NULL, state_count(l->ask.c->api->at.state, l->ask.type->type));
    l->ask.c->head = state_head(l->ask.c->api->at.state);
    page_end(l);
}

/* --- the call --- */

static void list_run(struct call *c)
{
    struct list *l = c->work;

    l->ask.rev = c->rev;
    if (c->type->type == IPAM_T_CHANGE)
        list_changes(l);
    else if (c->past || c->type->residency != RES_RESIDENT)
        list_stored(l);
    else
        list_memory(l);
}

static void list_drop(struct call *c)
{
    page_fini(c->work);
}

void handle_list(struct call *c)
{
    struct list *l = arena_alloc(&c->arena, sizeof(*l));

    page_init(l, c);
    c->work = l;
    c->dropped = list_drop;
    if (!call_accept(c, true) || !ask_read(&l->ask, c)) {
        page_fini(l);
        call_problem(c);
        return;
    }
    past_find(c, l->ask.at, l->ask.continued ? l->ask.rev : -1, list_run);
}
