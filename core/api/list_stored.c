/* list_stored.c - lists from storage: of rows that are not in memory, and of rows as they were.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Storage filters and orders by the fields it has columns for; it may give more than it was asked for,
 * never less. What it cannot judge is judged here, row by row:
 * - in an order that storage has, until the page is full or SCAN_MOST rows were looked at: then the page
 *   is short, and the next one goes on behind the last row that was looked at (but for who does not see
 *   everything: where his pages end must not tell of what is hidden, so the next SCAN_MOST are looked at for
 *   the same page);
 * - in another order, or to count, over all rows of one snapshot, keeping the first of them.
 * A client that goes away ends its query. */
#include <stdlib.h>
#include <string.h>

#include "api/list.h"

#define SCAN_MOST   20000 /* rows looked at for one page */
#define PUSHED_MAX  28    /* filters that storage is given */
#define PREFIX_MOST 255   /* bytes of a beginning it is asked for */
#define TRIES       3     /* to read rows and memory at one revision */

struct pushed {
    struct store_filter filters[PUSHED_MAX];
    size_t count;
    const struct ask_place *within;
    bool exact; /* what passes them is what is asked for */
};

/* --- what storage is asked --- */

static bool has_column(const struct ask *a, const struct record_field *f)
{
    return f == &a->type->fields[0] || (f->flags & FIELD_INDEXED);
}

static void push(struct pushed *p, const struct record_field *f, uint32_t cmp, const void *like)
{
    if (p->count < PUSHED_MAX)
        p->filters[p->count++] = (struct store_filter){ f->number, cmp, like };
    else
        p->exact = false;
}

/* The least and the greatest of several values: what lies between is judged here. */
static void push_range(struct pushed *p, const struct record_condition *c)
{
    const void *least = c->values[0], *most = c->values[0];

    for (size_t i = 1; i < c->count; i++) {
        least = record_field_compare(c->field, c->values[i], least) < 0 ? c->values[i] : least;
        most = record_field_compare(c->field, c->values[i], most) > 0 ? c->values[i] : most;
    }
    p->exact = p->exact && least == most;
    if (least == most) {
        push(p, c->field, IPAM_CMP_EQ, least);
        return;
    }
    push(p, c->field, IPAM_CMP_GE, least);
    push(p, c->field, IPAM_CMP_LE, most);
}

static bool is_short(const struct record_condition *c)
{
    const struct ipam_bytes *part = (const void *)((const char *)c->values[0] + c->field->offset);

    return part->len <= PREFIX_MOST; /* text and bytes are alike: a pointer and a length */
}

static void push_condition(const struct ask *a, struct pushed *p, const struct record_condition *c)
{
    static const uint32_t same[CMP_COUNT] = {
        [CMP_EQ] = IPAM_CMP_EQ, [CMP_LT] = IPAM_CMP_LT, [CMP_LE] = IPAM_CMP_LE,
        [CMP_GT] = IPAM_CMP_GT, [CMP_GE] = IPAM_CMP_GE, [CMP_PREFIX] = IPAM_CMP_PREFIX
    };

    if (!has_column(a, c->field)) {
        p->exact = false;
    } else if (c->cmp == CMP_IN) {
        push_range(p, c);
    } else if (same[c->cmp] != 0 && (c->cmp != CMP_PREFIX || is_short(c))) {
        push(p, c->field, same[c->cmp], c->values[0]);
    } else {
        p->exact = false;
    }
}

/* An address or prefix that lies in a prefix lies between its first and last, and a range begins there. */
static void push_place(const struct ask *a, struct pushed *p, const struct ask_place *place)
{
    bool whole = a->place.last == NULL && a->place.length == NULL;
    bool point = whole && a->place.at->kind == KIND_ADDR;

    if (p->within == NULL && has_column(a, a->place.at) &&
        (place->relation == ASK_WITHIN || (point && place->relation == ASK_OVERLAPS))) {
        p->within = place;
        p->exact = p->exact && whole;
    } else {
        p->exact = false;
    }
}

static void push_all(const struct ask *a, struct pushed *p)
{
    *p = (struct pushed){ .exact = true };
    for (size_t i = 0; i < a->condition_count; i++)
        push_condition(a, p, &a->conditions[i]);
    for (size_t i = 0; i < a->place_count; i++)
        push_place(a, p, &a->places[i]);
}

/* --- its answer --- */

static void take_sorted(struct list *l, const void *judged, const void *rec)
{
    struct position p = page_position(l, judged);

    if (ask_goes_on(&l->ask, &p))
        top_add(&l->top, &p, rec);
}

/* Rows come in the order of the list. */
static void take_next(struct list *l, const void *rec, bool matches)
{
    struct position p = page_position(l, rec);

    if (l->more || !ask_goes_on(&l->ask, &p))
        return;
    if (matches && l->rows == l->ask.limit) {
        l->more = true;
        l->enough = l->scans && !l->ask.count;
        return;
    }
    page_passed(l, &p);
    if (matches)
        page_write(l, rec, false);
}

/* A job under way is newer in memory than in storage. */
static const void *newest(const struct list *l, const void *rec)
{
    const void *running = NULL;

    if (l->ask.type->type == IPAM_T_JOB)
        running = jobs_running(l->ask.c->api->at.jobs, ((const struct ipam_job *)rec)->id);
    return running != NULL ? running : rec;
}

static void on_row(void *user, const struct record_type *t, void *stored)
{
    struct list *l = user;
    const void *rec = newest(l, stored), *judged;

    (void)t;
    if (l->enough)
        return;
    l->seen++;
    judged = page_judge(l, rec);
    l->total += judged != NULL;
    if (l->sorts && judged != NULL)
        take_sorted(l, judged, rec);
    else if (!l->sorts)
        take_next(l, rec, judged != NULL);
    if (l->enough && l->ask.c->reading != NULL)
        request_cancel(l->ask.c->reading);
}

static void ask_storage(struct list *l);

static void run_again(struct call *c)
{
    struct list *l = c->work;

    top_fini(&l->top);
    list_stored(l);
}

static void finish(struct call *c)
{
    struct list *l = c->work;

    if (l->sorts)
        page_write_top(l, &l->top, false);
    page_end(l);
}

/* Derived fields come from memory: then it must have stood at the revision of the rows while they were
 * written. */
static void settle(struct list *l)
{
    struct call *c = l->ask.c;
    int64_t derived = l->sorts ? state_head(c->api->at.state) : l->rows > 0 ? l->derived_at : c->head;

    if (l->ask.shows && derived != c->head && l->tries++ < TRIES)
        call_at_head(c, c->head, HEAD_WAIT_MS, run_again);
    else
        call_at_head(c, c->head, HEAD_WAIT_MS, finish);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct list *l = user;
    struct call *c = l->ask.c;

    c->reading = NULL;
    if (status != 0 && !l->enough) {
        page_fini(l);
        c->csv = false;
        call_status_problem(c, status, message);
        return;
    }
    c->head = answer->head;
    if (page_looks_on(l, SCAN_MOST)) {
        ask_storage(l);
        return;
    }
    if (!l->sorts && !l->scans) {
        l->total = answer->count;
        l->more = l->seen > l->ask.limit;
    } else if (!l->sorts && !l->ask.count && !l->enough) {
        l->more = l->seen == SCAN_MOST;
    }
    if (c->past)
        finish(c);
    else
        settle(l);
}

/* Nothing was there at revision 0. */
static void answer_nothing(struct list *l)
{
    page_begin(l);
    page_end(l);
}

static void ask_storage(struct list *l)
{
    struct ask *a = &l->ask;
    struct call *c = a->c;
    struct position from = page_from(l);
    struct pushed p;

    push_all(a, &p);
    p.exact = p.exact && sight_all(&c->sight); /* storage does not know who sees what */
    /* A reference may be to what is hidden, and then it has no place in the order. */
    bool refers = a->order != NULL && a->order->kind == KIND_REF && !sight_all(&c->sight);
    l->sorts = a->order != NULL && (!has_column(a, a->order) || refers);
    l->scans = !p.exact;
    struct store_query q = { .type = a->type->type,
                             .flags = a->descending ? IPAM_QUERY_DESCENDING : 0,
                             .filters = p.filters,
                             .filter_count = p.count,
                             .within = p.within != NULL ? &p.within->prefix : NULL,
                             .within_field = p.within != NULL ? a->place.at->number : 0,
                             .order = a->order != NULL && !l->sorts ? a->order->number : 0,
                             .at = c->past ? c->rev : 0 };
    bool whole = l->sorts || (l->scans && a->count); /* every row must be looked at */
    if (!whole) {
        q.limit = l->scans ? SCAN_MOST : (uint32_t)a->limit + 1;
        q.flags |= a->count ? IPAM_QUERY_TOTAL : 0;
        q.after_id = from.tie.data != NULL ? position_id(from.tie.data) : 0;
        q.after_key = from.key;
    }
    if (l->sorts) {
        q.flags = 0; /* any order will do */
        top_init(&l->top, a, (size_t)a->limit + 1, true);
    }
    l->seen = 0;
    c->reading = store_query(c->api->at.store, &q, on_row, on_rows, l);
}

void list_stored(struct list *l)
{
    const struct call *c = l->ask.c;

    if (c->past && c->rev == 0) {
        answer_nothing(l);
        return;
    }
    page_begin(l);
    ask_storage(l);
}
