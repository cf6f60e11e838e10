/* hand_in.c - items handed to the gate in pieces.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/container.h"
#include "collect/collect_p.h"

#define PIECE_ROWS 1000 /* far below what one change set may hold: counts of rows are estimates */
#define PIECES     4    /* under way at once: as the gate writes one batch the next one waits */
#define OUTSIDE    "changed on the server, not by ipamd"

struct hand_in {
    struct collect *c;
    int64_t server;
    const struct handed *how;
    void *items;
    size_t from, count;
    size_t pieces; /* under way */
    const bool *canceled;
    struct drifts *drifts; /* NULL: nothing is judged */
    int status;
    char message[512];
    collect_done done;
    void *user;
};

struct piece {
    struct intent intent;
    struct hand_in *all;
    size_t from, to;
};

void list_add(struct list *l, void *item)
{
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? l->cap * 2 : 16;
        l->items = xrealloc(l->items, l->cap * sizeof(l->items[0]));
    }
    l->items[l->count++] = item;
}

void list_fini(struct list *l)
{
    free(l->items);
    *l = (struct list){ 0 };
}

static int decide(struct intent *in, struct draft *d)
{
    struct piece *p = container_of(in, struct piece, intent);
    const struct hand_in *h = p->all;
    const struct ipam_server *server = view_get(draft_view(d), IPAM_T_SERVER, h->server);
    if (server == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "server %lld was deleted meanwhile",
                           (long long)h->server);
    if (h->drifts != NULL) {
        h->drifts->more = 0;
        h->drifts->noted = false;
    }
    for (size_t i = p->from; i < p->to; i++)
        h->how->draft(d, server, h->items, i);
    if (h->drifts != NULL) {
        rule_drifts_count(d, h->server, h->drifts->more);
        in->actor.reason = str_from(h->drifts->noted ? OUTSIDE : NULL);
    }
    return 0;
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct piece *p = container_of(in, struct piece, intent);
    for (size_t i = p->from; i < p->to; i++)
        p->all->how->needs(n, v, p->all->items, i);
}

/* True when no more is to be handed in. */
static bool is_canceled(struct hand_in *h)
{
    if (h->canceled == NULL || !*h->canceled)
        return false;
    h->status = IPAM_E_CANCELED;
    snprintf(h->message, sizeof(h->message), "cancelled");
    return true;
}

static void hand_in_next(struct hand_in *h);
static void submit(struct hand_in *h, size_t from, size_t to, unsigned rows);

static void settled(struct intent *in, int status)
{
    struct piece *p = container_of(in, struct piece, intent);
    struct hand_in *h = p->all;
    bool halved =
        status != 0 && in->problem.type == PROBLEM_TOO_LARGE && p->to - p->from > 1 && h->status == 0;
    if (halved) { /* pieces are cut by rows; these hold more bytes than a change set may */
        size_t middle = p->from + (p->to - p->from) / 2;
        submit(h, p->from, middle, p->intent.rows / 2);
        submit(h, middle, p->to, p->intent.rows / 2);
    } else if (status != 0 && h->status == 0) {
        h->status = status;
        snprintf(h->message, sizeof(h->message), "%s", in->problem.detail);
    }
    free(p);
    h->pieces--;
    if (h->from < h->count && h->status == 0 && !is_canceled(h))
        hand_in_next(h);
    if (h->pieces > 0)
        return;
    h->done(h->user, h->status, h->message);
    free(h);
}

/* Items from `from` on that make one piece; at least one if there is one. */
static size_t piece_end(const struct hand_in *h, size_t from, unsigned *ret_rows)
{
    size_t to = from, rows = 0;
    while (to < h->count) {
        size_t n = h->how->rows != NULL ? h->how->rows(h->items, to) : 1;
        if (to > from && rows + n > PIECE_ROWS)
            break;
        rows += n;
        to++;
    }
    *ret_rows = (unsigned)rows;
    return to;
}

static void submit(struct hand_in *h, size_t from, size_t to, unsigned rows)
{
    struct piece *p = xcalloc(1, sizeof(*p));
    p->all = h;
    p->from = from;
    p->to = to;
    p->intent.rows = rows;
    p->intent.operation = "inventory.server.collect";
    p->intent.actor.name = IPAM_STR(MODEL_SELF);
    p->intent.bulk = true;
    p->intent.needs = h->how->needs != NULL ? needs : NULL;
    p->intent.decide = decide;
    p->intent.settled = settled;
    h->pieces++;
    gate_submit(h->c->at.gate, &p->intent);
}

static void hand_in_next(struct hand_in *h)
{
    unsigned rows;
    size_t from = h->from;
    h->from = piece_end(h, from, &rows);
    submit(h, from, h->from, rows);
}

void collect_hand_in_judged(struct collect *c, int64_t server, const struct handed *how, void *items,
                            size_t count, const bool *canceled, struct drifts *drifts, collect_done done,
                            void *user)
{
    struct hand_in *h = xcalloc(1, sizeof(*h));
    h->c = c;
    h->server = server;
    h->how = how;
    h->items = items;
    h->canceled = canceled;
    h->drifts = drifts;
    h->count = is_canceled(h) ? 0 : count;
    h->done = done;
    h->user = user;
    do /* without items too: done runs later, through an intent that drafts nothing */
        hand_in_next(h);
    while (h->from < h->count && h->pieces < PIECES);
}

void collect_hand_in(struct collect *c, int64_t server, const struct handed *how, void *items, size_t count,
                     const bool *canceled, collect_done done, void *user)
{
    collect_hand_in_judged(c, server, how, items, count, canceled, NULL, done, user);
}

/* --- differences --- */

void difference_add(struct differences *d, const void *before, void *after)
{
    if (d->count == d->cap) {
        d->cap = d->cap != 0 ? d->cap * 2 : 64;
        d->items = xrealloc(d->items, d->cap * sizeof(d->items[0]));
    }
    d->items[d->count++] = (struct difference){ .before = before, .after = after };
}

static void draft_difference(struct draft *d, const struct ipam_server *server, void *items, size_t i)
{
    const struct difference *diff = (struct difference *)items + i;
    const struct ipam_record *before = diff->before;
    if (before != NULL && before->type == IPAM_T_ZONE)
        rule_zone_changed(d, diff->before, diff->after);
    if (diff->after == NULL)
        draft_delete(d, diff->before);
    else if (before == NULL && diff->seen != NULL && rule_drift_comes_back(d, diff->seen, diff->after))
        draft_restore(d, diff->after);
    else
        draft_replace(d, diff->before, diff->after);
    if (diff->seen != NULL)
        rule_drift(d, server, diff->seen, diff->before, diff->after);
}

static void difference_needs(struct needs *n, const struct view *v, const void *items, size_t i)
{
    (void)v;
    drifts_need(n, ((const struct difference *)items)[i].seen);
}

void collect_hand_in_differences(struct collect *c, int64_t server, const struct differences *d,
                                 const bool *canceled, struct drifts *drifts, collect_done done, void *user)
{
    static const struct handed plain = { .draft = draft_difference },
                               judged = { .draft = draft_difference, .needs = difference_needs };
    collect_hand_in_judged(c, server, drifts != NULL ? &judged : &plain, d->items, d->count, canceled, drifts,
                           done, user);
}
