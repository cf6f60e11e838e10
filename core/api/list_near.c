/* list_near.c - the rows that can lie where a list asks for them, by the index instead of by a look at all.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/list.h"

#include <string.h>

/* What is gathered: rows that overlap a prefix. */
struct near {
    const struct view *v;
    uint32_t type;
    const struct ask_place *place;
    const void **rows;
    size_t count;
};

static int keep(struct near *n, const void *row)
{
    if (n->count == LIST_NEAR_MOST)
        return IPAM_E_TOOBIG;
    n->rows[n->count++] = row;
    return 0;
}

static const struct ipam_prefix *prefix_of(const void *row)
{
    const struct ipam_subnet *s = row;
    const struct ipam_block *b = row;
    return s->type == IPAM_T_SUBNET ? &s->prefix : &b->prefix;
}

static const void *next_inside(const struct near *n, int64_t space, const struct ipam_prefix *after)
{
    return view_get(n->v, n->type, view_next_inside(n->v, n->type, space, &n->place->prefix, after));
}

/* Blocks or subnets of a space: those that hold the prefix, from the longest up, and those inside. */
static int in_space(void *user, const void *space)
{
    struct near *n = user;
    int64_t in = ((const struct ipam_space *)space)->id;
    const struct ipam_prefix *at = &n->place->prefix;
    const void *row;
    int rc = 0;

    for (bool strict = false;
         rc == 0 && (row = view_get(n->v, n->type, view_enclosing(n->v, n->type, in, at, strict))) != NULL;
         strict = true) {
        rc = keep(n, row);
        at = prefix_of(row);
    }
    if (n->place->relation == ASK_CONTAINS)
        return rc;
    at = NULL;
    while (rc == 0 && (row = next_inside(n, in, at)) != NULL) {
        rc = keep(n, row);
        at = prefix_of(row);
    }
    return rc;
}

static int on_range(void *user, const struct ipam_range *r)
{
    return keep(user, r);
}

static int ranges_in_space(void *user, const void *space)
{
    struct near *n = user;
    int64_t in = ((const struct ipam_space *)space)->id;

    return view_ranges(n->v, in, &n->place->first, &n->place->last, on_range, n);
}

bool list_near(const struct list *l, const void ***ret_rows, size_t *ret_count)
{
    const struct ask *a = &l->ask;
    uint32_t type = a->type->type;
    bool ranges = type == IPAM_T_RANGE;
    struct near n = { .v = call_view(a->c), .type = type };

    if (a->place_count == 0 || (!ranges && type != IPAM_T_BLOCK && type != IPAM_T_SUBNET))
        return false;
    n.place = &a->places[0];
    for (size_t i = 1; i < a->place_count; i++)
        if (a->places[i].relation == ASK_CONTAINS) /* the fewest */
            n.place = &a->places[i];
    n.rows = arena_alloc(&a->c->arena, LIST_NEAR_MOST * sizeof(n.rows[0]));
    if (n.rows == NULL || view_each(n.v, IPAM_T_SPACE, ranges ? ranges_in_space : in_space, &n) != 0)
        return false;
    *ret_rows = n.rows;
    *ret_count = n.count;
    return true;
}
