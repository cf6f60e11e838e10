/* hand_in.c - differences handed to the gate in pieces.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "collect/collect_p.h"

#define PIECE_ROWS 1000

struct hand_in {
    struct collect *c;
    int64_t server;
    struct difference *items;   /* copied: the pointers, not the rows */
    size_t pieces;              /* under way */
    int status;
    char message[512];
    collect_done done;
    void *user;
};

struct piece {
    struct intent intent;       /* first: cast back */
    struct hand_in *all;
    size_t from, to;
};

void list_add(struct list *l, void *item)
{
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? l->cap * 2 : 64;
        l->items = xrealloc(l->items, l->cap * sizeof(l->items[0]));
    }
    l->items[l->count++] = item;
}

void list_fini(struct list *l)
{
    free(l->items);
    *l = (struct list){ 0 };
}

void difference_add(struct differences *d, const void *before, void *after)
{
    if (d->count == d->cap) {
        d->cap = d->cap != 0 ? d->cap * 2 : 64;
        d->items = xrealloc(d->items, d->cap * sizeof(d->items[0]));
    }
    d->items[d->count++] = (struct difference){ before, after };
}

static int decide(struct intent *in, struct draft *d)
{
    struct piece *p = (struct piece *)in;
    if (view_get(draft_view(d), IPAM_T_SERVER, p->all->server) == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "server %lld was deleted meanwhile", (long long)p->all->server);
    for (size_t i = p->from; i < p->to; i++) {
        const struct difference *diff = &p->all->items[i];
        if (diff->after != NULL)
            draft_replace(d, diff->before, diff->after);
        else
            draft_delete(d, diff->before);
    }
    return 0;
}

static void hand_in_end(struct hand_in *h)
{
    h->done(h->user, h->status, h->message);
    free(h->items);
    free(h);
}

static void settled(struct intent *in, int status)
{
    struct piece *p = (struct piece *)in;
    struct hand_in *h = p->all;
    if (status != 0 && h->status == 0) {
        h->status = status;
        snprintf(h->message, sizeof(h->message), "%s", in->problem.detail);
    }
    free(p);
    if (--h->pieces == 0)
        hand_in_end(h);
}

/* Nothing differs: done still runs later, through an intent that drafts nothing. */
void collect_hand_in(struct collect *c, int64_t server, const struct differences *d, collect_done done, void *user)
{
    struct hand_in *h = xcalloc(1, sizeof(*h));
    h->c = c;
    h->server = server;
    h->items = xmalloc((d->count > 0 ? d->count : 1) * sizeof(h->items[0]));
    for (size_t i = 0; i < d->count; i++)
        h->items[i] = d->items[i];
    h->done = done;
    h->user = user;
    size_t from = 0;
    do {
        struct piece *p = xcalloc(1, sizeof(*p));
        p->all = h;
        p->from = from;
        p->to = d->count - from > PIECE_ROWS ? from + PIECE_ROWS : d->count;
        p->intent.operation = "inventory.server.collect";
        p->intent.actor.name = IPAM_STR(MODEL_SELF);
        p->intent.bulk = true;
        p->intent.rows = (unsigned)(p->to - p->from);
        p->intent.decide = decide;
        p->intent.settled = settled;
        h->pieces++;
        from = p->to;
        gate_submit(c->at.gate, &p->intent);
    } while (from < d->count);
}

void scope_map_init(struct smap *m, const struct state *s, int64_t server)
{
    smap_init(m);
    for (const struct ipam_scope *sc = state_next(s, IPAM_T_SCOPE, 0); sc != NULL; sc = state_next(s, IPAM_T_SCOPE, sc->id))
        if (sc->server == server)
            smap_put(m, sc->native.data, sc->native.len, (void *)(intptr_t)sc->id);
}

int64_t scope_map_get(const struct smap *m, struct ipam_str native)
{
    return native.len != 0 ? (int64_t)(intptr_t)smap_get(m, native.data, native.len) : 0;
}
