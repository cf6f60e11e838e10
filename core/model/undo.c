/* undo.c - objects made as they were before: what was made goes, what was deleted is there again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All of it is drafted in one go - first what goes, then what changes, then what comes back, parents before
 * what lies in them - and judged by the rules that judge what is new. What others name is there first, and
 * goes last. What a job has moved in part goes back too: nothing of it is closed to this. */
#include <string.h>

#include "model/rules_p.h"

/* The types that are undone: those of the plan, parents first. */
static const uint32_t types[] = { IPAM_T_SPACE, IPAM_T_BLOCK,   IPAM_T_SUBNET,
                                  IPAM_T_RANGE, IPAM_T_ADDRESS, IPAM_T_ADDRESS_POOL };
#define TYPES (sizeof(types) / sizeof(types[0]))
/* Those that others name wherever they are: there before these, and gone after them. */
static const uint32_t named[] = { IPAM_T_VRF, IPAM_T_VLAN_GROUP, IPAM_T_VLAN };
#define NAMED (sizeof(named) / sizeof(named[0]))

static bool is_plan(uint32_t type)
{
    for (size_t i = 0; i < TYPES; i++)
        if (types[i] == type)
            return true;
    for (size_t i = 0; i < NAMED; i++)
        if (named[i] == type)
            return true;
    return false;
}

bool rule_follows(uint32_t type)
{
    return type == IPAM_T_ALLOTMENT || type == IPAM_T_BINDING || type == IPAM_T_PLAN ||
           type == IPAM_T_PLAN_STEP || type == IPAM_T_CLAIM || type == IPAM_T_ALERT ||
           type == IPAM_T_CONFLICT || type == IPAM_T_QUARANTINE || type == IPAM_T_DRIFT;
}

static int changed_since(const struct undoing *u, int64_t rev, struct problem *p)
{
    const char *name = record_type(u->type)->name;
    problem_about(p, u->type, u->id);
    problem_hint(p, "undo that first, or all of it together with \"cascade\": true");
    if (rev == 0)
        return problem_set(p, PROBLEM_CHANGED_SINCE, "%s %lld was deleted since", name, (long long)u->id);
    return problem_set(p, PROBLEM_CHANGED_SINCE, "%s %lld was changed since, last by revision %lld", name,
                       (long long)u->id, (long long)rev);
}

/* Which of the ranges that overlap counts, and which reverse zone one has, is said by the plan, also of those
 * of servers. */
static bool is_choice(const struct undoing *u)
{
    const uint64_t choice = UINT64_C(1) << IPAM_RANGE_CHOICE | UINT64_C(1) << IPAM_RANGE_REVERSE_ZONE |
                            UINT64_C(1) << IPAM_RANGE_REV;
    return u->type == IPAM_T_RANGE && u->was && u->is && ((u->fields[0] & ~choice) | u->fields[1]) == 0;
}

/* Whether each object is as the newest of the revisions that are undone has left it. */
static int state_check(const struct view *v, const struct undoing *list, size_t count, struct problem *p)
{
    for (size_t i = 0; i < count; i++) {
        const struct undoing *u = &list[i];
        if (rule_follows(u->type))
            continue;
        if (!is_plan(u->type)) {
            const struct record_type *t = record_type(u->type);
            problem_hint(p, "what servers have is changed back by a plan, rights by who gives them");
            return problem_set(p, PROBLEM_UNSUPPORTED, "what was done to a %s is not undone here",
                               t != NULL ? t->name : "record of a newer version");
        }
        const void *row = view_get(v, u->type, u->id);
        int64_t rev =
            row != NULL
                ? *(const int64_t *)((const char *)row + record_field_number(record_type(u->type), 2)->offset)
                : 0;
        if ((row != NULL) != u->is || (u->is && rev != u->rev))
            return changed_since(u, rev, p);
        if (row != NULL && !is_choice(u) && rule_own_check(row, p) != 0)
            return IPAM_E_INVAL;
    }
    return 0;
}

static int row_goes(struct draft *d, const void *row, struct problem *p)
{
    const struct ipam_subnet *s = row;
    if (pool_lets_go(draft_view(d), row, p) != 0)
        return IPAM_E_INVAL;
    switch (s->type) {
    case IPAM_T_SPACE: return space_delete(d, row, p);
    case IPAM_T_ADDRESS: return rule_release(d, row, p);
    case IPAM_T_ADDRESS_POOL: draft_delete(d, row); return 0;
    case IPAM_T_VLAN_GROUP:
    case IPAM_T_VLAN:
    case IPAM_T_VRF:
        if (network_lets_go(draft_view(d), row, p) != 0)
            return IPAM_E_INVAL;
        draft_delete(d, row);
        return 0;
    case IPAM_T_BLOCK:
        if (block_hands_on(d, row, p) != 0)
            return IPAM_E_INVAL;
        break;
    case IPAM_T_RANGE:
        if (range_hands_on(d, row, p) != 0)
            return IPAM_E_INVAL;
        break;
    default: claim_release(d, s->space, s->claim); break;
    }
    rule_give_back(d, row);
    draft_delete(d, row);
    return 0;
}

static bool stands_elsewhere(const void *a, const void *b)
{
    const struct record_type *t = record_type(((const struct ipam_record *)a)->type);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        bool place = (f->flags & FIELD_CONTAINER) != 0 || f->kind == KIND_PREFIX ||
                     (f->kind == KIND_ADDR && (f->flags & FIELD_FIXED) != 0);
        if (place && !record_field_equal(f, a, b))
            return true;
    }
    return false;
}

/* The row as it was; in the arena. */
static void *as_it_was(const struct draft *d, const struct undoing *u, struct arena *a,
                       uint64_t ret_cleared[2])
{
    const struct ipam_record *before = u->before;
    void *rec = record_copy(a, view_get(draft_view(d), u->type, u->id));
    if (rec == NULL)
        out_of_memory(0); /* the arena has no limit */
    for (int w = 0; w < 2; w++)
        ret_cleared[w] = u->fields[w] & ~before->has[w];
    record_merge(rec, before, ret_cleared);
    return rec;
}

static int row_changes(struct draft *d, const struct undoing *u, struct arena *a, struct problem *p)
{
    const void *row = view_get(draft_view(d), u->type, u->id);
    uint64_t cleared[2];
    void *rec = as_it_was(d, u, a, cleared);
    if (stands_elsewhere(row, rec))
        return row_move(d, row, rec, p);
    return row_update(d, row, u->before, cleared, p);
}

/* It is judged as if it were new, and comes with the id that it had. */
static int row_restore(struct draft *d, const struct undoing *u, struct arena *a, struct problem *p)
{
    const struct draft_place place = draft_place(d);
    void *judged = record_copy(a, u->before);
    if (judged == NULL)
        out_of_memory(0);
    int rc = u->type == IPAM_T_ADDRESS ? address_come_back(d, judged, p) : row_create(d, judged, p);
    draft_back(d, &place);
    if (rc == 0)
        draft_restore(d, u->before);
    return rc;
}

static int row_comes_back(struct draft *d, const struct undoing *u, struct arena *a, struct problem *p)
{
    const struct ipam_subnet *s = u->before;
    const struct ipam_block *b = u->before;
    struct ipam_address *address = u->before;
    if (u->type == IPAM_T_RANGE)
        range_keeps_zone(draft_view(d), u->before);
    /* Its reservation went with it; of its records those that were to be made. */
    for (enum served_kind kind = SERVED_RESERVATION; u->type == IPAM_T_ADDRESS && kind < SERVED_KINDS; kind++)
        if (kind == SERVED_RESERVATION || rule_is_under_way(address, kind))
            rule_sync_forget(address, kind);
    int rc = row_restore(d, u, a, p);
    if (rc != 0)
        return rc;
    if (u->type == IPAM_T_SUBNET && record_has(s, IPAM_SUBNET_MADE_UNDER))
        rule_allot(d, u->before, s->made_under, s->made_by);
    if (u->type == IPAM_T_BLOCK && record_has(b, IPAM_BLOCK_MADE_UNDER))
        rule_allot(d, u->before, b->made_under, b->made_by);
    return 0;
}

/* What was promised and released is promised again, when all of it is there again. */
static void claim_comes_back(struct draft *d, const struct undoing *u)
{
    const struct ipam_claim *c = view_get(draft_view(d), IPAM_T_CLAIM, u->id);
    const struct ipam_claim *was = u->before;
    struct ipam_claim again;
    if (c == NULL || !u->is || !u->was || c->rev != u->rev)
        return;
    again = *c;
    RECORD_SET(&again, IPAM_CLAIM_RELEASED, released, was->released);
    draft_replace(d, c, &again);
}

/* What was released is there again, and not kept back any more. */
static void quarantine_ends(struct draft *d, const struct undoing *u)
{
    const void *q = view_get(draft_view(d), IPAM_T_QUARANTINE, u->id);
    if (q != NULL && u->is && !u->was)
        draft_delete(d, q);
}

/* Where a subnet was and is no more, or is another, everything must be in a subnet that came after. */
static int places_check(struct draft *d, const struct undoing *list, size_t count, struct problem *p)
{
    int64_t since = INT64_MAX;
    for (size_t i = 0; i < count; i++)
        since = list[i].first_rev < since ? list[i].first_rev : since;
    for (size_t i = 0; i < count; i++) {
        const struct ipam_subnet *was = list[i].now;
        if (list[i].type == IPAM_T_SUBNET && was != NULL &&
            rule_still_held(d, was->space, &was->prefix, since, p) != 0)
            return IPAM_E_INVAL;
    }
    return 0;
}

/* What is undone, by type. */
struct undone {
    struct undoing *list;
    size_t count;
    struct arena *arena;
    struct problem *p;
};

static int go(struct draft *d, const struct undone *u, uint32_t type)
{
    for (size_t i = 0; i < u->count; i++)
        if (u->list[i].type == type && u->list[i].is && !u->list[i].was &&
            row_goes(d, u->list[i].now, u->p) != 0)
            return IPAM_E_INVAL;
    return 0;
}

/* What is changed back, until all of it is: an object may have to go to where another still stands. */
struct changing {
    struct undoing **left; /* in order */
    size_t count, parked;  /* of left; behind them those that were taken away for a while */
    struct problem first;  /* why the first of those that are left could not be changed */
};

/* Once through what is left, in either direction; false: none could be changed. */
static bool change_some(struct draft *d, const struct undone *u, struct changing *c, bool backwards)
{
    size_t n = c->count, kept = 0;
    c->count = 0;
    for (size_t i = 0; i < n; i++) {
        struct undoing **at = &c->left[backwards ? n - 1 - i : i];
        const struct draft_place place = draft_place(d);
        struct problem p = { 0 };
        if (row_changes(d, *at, u->arena, &p) == 0) {
            *at = NULL;
            continue;
        }
        draft_back(d, &place);
        if (c->count++ == 0)
            c->first = p;
    }
    for (size_t i = 0; i < n; i++)
        if (c->left[i] != NULL)
            c->left[kept++] = c->left[i];
    return kept < n;
}

/* They stand in each other's way, in a ring: one of them is taken away, and comes back at its place. */
static bool park_one(struct draft *d, const struct undone *u, struct changing *c, struct undoing *parked)
{
    for (size_t i = 0; i < c->count; i++) {
        struct undoing *x = c->left[i];
        const void *row = view_get(draft_view(d), x->type, x->id);
        uint64_t cleared[2];
        void *rec = as_it_was(d, x, u->arena, cleared);
        if (!stands_elsewhere(row, rec))
            continue;
        parked[c->parked] = *x;
        parked[c->parked++].before = rec;
        memmove(&c->left[i], &c->left[i + 1], (--c->count - i) * sizeof(struct undoing *));
        draft_delete(d, row);
        return true;
    }
    return false;
}

static int change(struct draft *d, const struct undone *u, uint32_t type)
{
    struct changing c = { .left = arena_alloc(u->arena, (u->count + 1) * sizeof(struct undoing *)) };
    struct undoing *parked = arena_alloc(u->arena, (u->count + 1) * sizeof(*parked));
    if (c.left == NULL || parked == NULL)
        out_of_memory(0);
    for (size_t i = 0; i < u->count; i++)
        if (u->list[i].type == type && u->list[i].is && u->list[i].was)
            c.left[c.count++] = &u->list[i];
    for (bool backwards = false; c.count > 0; backwards = !backwards)
        if (!change_some(d, u, &c, backwards) && (backwards && !park_one(d, u, &c, parked))) {
            *u->p = c.first;
            return IPAM_E_INVAL;
        }
    for (size_t i = 0; i < c.parked; i++)
        if (row_restore(d, &parked[i], u->arena, u->p) != 0)
            return IPAM_E_INVAL;
    return 0;
}

static int come_back(struct draft *d, const struct undone *u, uint32_t type)
{
    for (size_t i = 0; i < u->count; i++)
        if (u->list[i].type == type && !u->list[i].is && u->list[i].was &&
            row_comes_back(d, &u->list[i], u->arena, u->p) != 0)
            return IPAM_E_INVAL;
    return 0;
}

static int undo_rows(struct draft *d, const struct undone *u)
{
    for (size_t t = 0; t < NAMED; t++)
        if (come_back(d, u, named[t]) != 0 || change(d, u, named[t]) != 0)
            return IPAM_E_INVAL;
    for (size_t t = TYPES; t-- > 0;)
        if (go(d, u, types[t]) != 0)
            return IPAM_E_INVAL;
    for (size_t t = 0; t < TYPES; t++)
        if (change(d, u, types[t]) != 0)
            return IPAM_E_INVAL;
    for (size_t t = 0; t < TYPES; t++)
        if (come_back(d, u, types[t]) != 0)
            return IPAM_E_INVAL;
    for (size_t t = NAMED; t-- > 0;)
        if (go(d, u, named[t]) != 0)
            return IPAM_E_INVAL;
    return 0;
}

int rule_undo(struct draft *d, struct undoing *list, size_t count, struct arena *a, struct problem *p)
{
    const struct undone undone = { list, count, a, p };
    if (state_check(draft_view(d), list, count, p) != 0)
        return IPAM_E_INVAL;
    for (size_t i = 0; i < count; i++)
        list[i].now = is_plan(list[i].type) ? view_get(draft_view(d), list[i].type, list[i].id) : NULL;
    if (undo_rows(d, &undone) != 0)
        return IPAM_E_INVAL;
    for (size_t i = 0; i < count; i++)
        if (list[i].type == IPAM_T_CLAIM)
            claim_comes_back(d, &list[i]);
        else if (list[i].type == IPAM_T_QUARANTINE)
            quarantine_ends(d, &list[i]);
    return places_check(d, list, count, p);
}
