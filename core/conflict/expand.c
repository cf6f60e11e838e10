/* expand.c - spans, walks and the sweep: in small steps, which addresses and objects are places to look at.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conflict/follow_p.h"
#include "index/aset.h"
#include "model/rules.h"

#define STEP_US    1000 /* the loop has others to serve */
#define STEP_LOOKS 32   /* between two looks at the clock */

/* What is looked at whole at the start, in this order; addresses come with their spaces. */
static const uint32_t swept[] = { 0,           IPAM_T_CONFLICT, IPAM_T_SCOPE,
                                  IPAM_T_POOL, IPAM_T_RANGE,    IPAM_T_SUBNET,
                                  IPAM_T_SPACE };
#define SWEPT (sizeof(swept) / sizeof(swept[0]))

static void take_lower(bool *any, struct ipam_addr *least, const struct ipam_addr *a)
{
    if (!*any || addr_compare(a, least) < 0)
        *least = *a;
    *any = true;
}

static void take_used(bool *any, struct ipam_addr *least, const struct aset *set, const struct span *s)
{
    struct ipam_addr used;
    if (set != NULL && aset_next_used(set, &s->at, &s->last, &used) == 0)
        take_lower(any, least, &used);
}

/* The first address of a span that is in use, a gateway's, a further one of a reservation, or has a conflict
 * that is recorded; false: there is none. */
static bool next_in(const struct conflicts *c, const struct span *s, struct ipam_addr *ret)
{
    const struct rset *places = side_places(&c->side, s->space, s->at.family);
    struct rset_item item;
    bool any = view_first_used(state_view(c->state), s->space, &s->at, &s->last, ret) == 0;
    if (places != NULL && rset_next(places, &s->at, &s->last, NULL, &item) == 0)
        take_lower(&any, ret, &item.first);
    take_used(&any, ret, side_gateways(&c->side, s->space, s->at.family), s);
    take_used(&any, ret, side_further(&c->side, s->space, s->at.family), s);
    return any;
}

static void step_span(struct conflicts *c)
{
    struct span *s = c->spans;
    struct ipam_addr at;
    bool found = next_in(c, s, &at);
    struct look l = conflicts_look(c);
    if (found && look_is_suspect(&l, s->space, &at)) {
        struct place p;
        memset(&p, 0, sizeof(p));
        p.type = IPAM_T_ADDRESS;
        p.space = s->space;
        p.addr = at;
        note_place(c, &p, s->rev, s->server);
    }
    if (found && addr_compare(&at, &s->last) < 0 && addr_add(&at, u128_from(1), &s->at) == 0)
        return;
    c->spans = s->next;
    free(s);
}

static bool is_of(const struct walk *w, const struct ipam_scope *s)
{
    return (w->server == 0 || w->server == s->server) && (w->space == 0 || w->space == s->space) &&
           (w->prefix.addr.family == 0 || prefix_overlaps(&w->prefix, &s->prefix));
}

static void step_walk(struct conflicts *c)
{
    struct walk *w = c->walks;
    const struct ipam_scope *s = state_next(c->state, IPAM_T_SCOPE, w->after);
    if (s == NULL) {
        c->walks = w->next;
        c->walk_count--;
        free(w);
        return;
    }
    w->after = s->id;
    if (!is_of(w, s))
        return;
    if (w->server != 0) { /* whom it shares its leases with, or whether it serves, is another thing now */
        note_whole_scope(c, s, w->rev, w->server);
        return;
    }
    struct place p;
    memset(&p, 0, sizeof(p));
    p.type = IPAM_T_SCOPE;
    p.id = s->id;
    note_place(c, &p, w->rev, 0);
}

static void sweep_space(struct conflicts *c, int64_t space)
{
    const struct ipam_prefix all[2] = { { .addr = { .family = 4 } }, { .addr = { .family = 6 } } };
    for (int i = 0; i < 2; i++) {
        struct ipam_addr last;
        prefix_last(&all[i], &last);
        note_span(c, space, &all[i].addr, &last, 0, 0);
    }
}

static void step_sweep(struct conflicts *c)
{
    const void *row = state_next(c->state, swept[c->sweep], c->sweep_after);
    if (row == NULL) {
        c->sweep = c->sweep + 1 < SWEPT && !c->sweep_recorded ? c->sweep + 1 : 0;
        c->sweep_after = 0;
        return;
    }
    const struct record_type *t = record_type(swept[c->sweep]);
    c->sweep_after = *(const int64_t *)(const void *)((const char *)row + t->fields[0].offset);
    if (t->type == IPAM_T_SPACE)
        sweep_space(c, c->sweep_after);
    else
        note_swept(c, row);
}

bool expand_is_done(const struct conflicts *c)
{
    return c->spans == NULL && c->walks == NULL && c->sweep == 0;
}

void expand_some(struct conflicts *c)
{
    int64_t until = clock_mono_us() + STEP_US;
    while (!expand_is_done(c)) {
        for (int i = 0; i < STEP_LOOKS && !expand_is_done(c); i++) {
            if (c->spans != NULL)
                step_span(c);
            else if (c->walks != NULL)
                step_walk(c);
            else
                step_sweep(c);
        }
        if (clock_mono_us() >= until)
            return;
    }
}

void expand_sweep(struct conflicts *c)
{
    c->sweep = 1;
    c->sweep_after = 0;
    c->sweep_recorded = false;
}

void expand_recorded(struct conflicts *c)
{
    bool all = c->sweep != 0 && !c->sweep_recorded; /* it comes by them again */
    expand_sweep(c);
    c->sweep_recorded = !all;
}

void expand_drop(struct conflicts *c)
{
    for (struct span *s; (s = c->spans) != NULL; free(s))
        c->spans = s->next;
    for (struct walk *w; (w = c->walks) != NULL; free(w))
        c->walks = w->next;
    c->walk_count = 0;
    c->sweep = 0;
}
