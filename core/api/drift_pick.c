/* drift_pick.c - which open drifts a decision is about, and in which order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/drift_pick.h"

#include <stdlib.h>
#include <string.h>

/* --- what is open --- */

static void *unpacked(struct call *c, const struct ipam_drift *n, unsigned side)
{
    const struct record_type *t = record_type_by_name(n->about);
    void *row;
    struct ipam_bytes packed = side == IPAM_DRIFT_BEFORE ? n->before : n->after;
    return t != NULL && record_has(n, side) && record_unpack(t, packed, &c->arena, &row) == 0 ? row : NULL;
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct pick *p = user;
    struct call *c = p->c;
    (void)t;
    if (p->seen == p->room) {
        size_t room = p->room == 0 ? 64 : 2 * p->room;
        struct picked *all = arena_alloc(&c->arena, room * sizeof(*all));
        if (all == NULL) {
            call_starved(c);
            return;
        }
        if (p->seen > 0)
            memcpy(all, p->all, p->seen * sizeof(*all));
        p->all = all;
        p->room = room;
    }
    const struct ipam_drift *n = record_copy(&c->arena, rec);
    if (n == NULL || !call_sees(c, n)) {
        if (n == NULL)
            call_starved(c);
        return;
    }
    p->all[p->seen++] = (struct picked){ .drift = n,
                                         .before = unpacked(c, n, IPAM_DRIFT_BEFORE),
                                         .after = unpacked(c, n, IPAM_DRIFT_AFTER) };
}

/* --- which --- */

static const void *object_of(const struct picked *k)
{
    return k->after != NULL ? k->after : k->before;
}

/* What was deleted with another comes back with it, or stays as it is with it. What was added with another
 * goes when that does. */
static bool goes_with(const struct pick *p, const struct picked *k, const struct picked *around)
{
    uint32_t verb = k->drift->verb;
    if (verb != around->drift->verb || verb == IPAM_DRIFT_VERB_CHANGED ||
        k->drift->server != around->drift->server || object_of(k) == NULL || object_of(around) == NULL)
        return false;
    return !(p->restores && verb == IPAM_DRIFT_VERB_ADDED) && drift_is_in(object_of(k), object_of(around));
}

static void take_along(struct pick *p, const struct picked *around)
{
    for (size_t i = 0; i < p->seen; i++)
        if (!p->all[i].taken && goes_with(p, &p->all[i], around)) {
            p->all[i].taken = true;
            take_along(p, &p->all[i]);
        }
}

static int take_named(struct pick *p, int64_t id)
{
    for (size_t i = 0; i < p->seen; i++)
        if (p->all[i].drift->id == id) {
            p->all[i].named = p->all[i].taken = true;
            return 0;
        }
    problem_hint(&p->c->problem,
                 "GET /api/v1/dhcp/drifts?state=open lists those about which nobody has decided");
    return problem_set(&p->c->problem, PROBLEM_NOT_FOUND, "there is no open drift %lld", (long long)id);
}

/* --- in which order --- */

/* Things of which others are made first. */
static int rank_of_type(const void *row)
{
    static const uint32_t order[] = { IPAM_T_OPTION_DEFINITION, IPAM_T_DHCP_CLASS,  IPAM_T_DHCP_SERVER,
                                      IPAM_T_SUPERSCOPE,        IPAM_T_SCOPE,       IPAM_T_POOL,
                                      IPAM_T_EXCLUSION,         IPAM_T_RESERVATION, IPAM_T_OPTION_VALUE };
    const int count = sizeof(order) / sizeof(order[0]);
    int i = 0;
    while (i < count && row != NULL && order[i] != ((const struct ipam_record *)row)->type)
        i++;
    return i;
}

/* What is to go makes room first, what holds others goes last; in between what comes back, then what is set
 * back. */
static int rank_of(const struct picked *k)
{
    int type = rank_of_type(object_of(k));
    switch (k->drift->verb) {
    case IPAM_DRIFT_VERB_DELETED: return 100 + type;
    case IPAM_DRIFT_VERB_CHANGED: return 200 + type;
    default: return type >= 4 ? 50 - type : 350 - type; /* from a scope on; or what scopes may name */
    }
}

static int in_order(const void *x, const void *y)
{
    const struct picked *a = x, *b = y;
    int order = (int)b->taken - (int)a->taken;
    if (order == 0)
        order = rank_of(a) - rank_of(b);
    return order != 0 ? order : (a->drift->id > b->drift->id) - (a->drift->id < b->drift->id);
}

static int pick(struct pick *p)
{
    for (size_t i = 0; i < p->id_count; i++)
        if (take_named(p, p->ids[i]) != 0)
            return IPAM_E_INVAL;
    for (size_t i = 0; i < p->seen; i++)
        if (p->all[i].named)
            take_along(p, &p->all[i]);
    qsort(p->all, p->seen, sizeof(p->all[0]), in_order);
    while (p->count < p->seen && p->all[p->count].taken)
        p->count++;
    if (p->count <= DRIFTS_MOST)
        return 0;
    problem_hint(&p->c->problem, "name fewer; what is in a scope may be decided before the scope");
    return problem_set(&p->c->problem, PROBLEM_TOO_LARGE,
                       "these are %zu drifts with what goes with them, more than %d", p->count, DRIFTS_MOST);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct pick *p = user;
    struct call *c = p->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0)
        call_status_problem(c, status, message);
    else if (call_is_starved(c) || pick(p) != 0)
        call_problem(c);
    else
        p->next(c);
}

void drift_pick(struct pick *p)
{
    struct ipam_drift like;
    record_init(&like, IPAM_T_DRIFT);
    RECORD_SET(&like, IPAM_DRIFT_STATE, state, IPAM_DRIFT_STATE_OPEN);
    struct store_filter f = { IPAM_DRIFT_STATE, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_DRIFT, .filters = &f, .filter_count = 1 };
    p->c->reading = store_query(p->c->api->at.store, &q, on_row, on_rows, p);
}
