/* rules_block.c - blocks: what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/classes.h"

#define LEVELS_MOST 8 /* of blocks in each other in a strict space */

/* How many blocks lie in each other strictly inside of p. */
static unsigned levels_inside(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    struct ipam_prefix half;
    unsigned most = 0;
    if (view_first_inside(v, IPAM_T_BLOCK, space, p) == 0)
        return 0;
    for (int which = 0; which < 2 && prefix_half(p, which, &half); which++) {
        unsigned n = levels_inside(v, space, &half) + (view_by_prefix(v, IPAM_T_BLOCK, space, &half) != 0);
        most = n > most ? n : most;
    }
    return most;
}

static unsigned levels_around(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    const struct ipam_block *b;
    unsigned n = 0;
    while ((b = view_get(v, IPAM_T_BLOCK, view_enclosing(v, IPAM_T_BLOCK, space, p, true))) != NULL) {
        p = &b->prefix;
        n++;
    }
    return n;
}

static int each_inside(const struct view *v, int64_t space, const struct ipam_prefix *p,
                       int (*fn)(void *user, const struct ipam_block *inner), void *user)
{
    struct ipam_prefix half;
    int rc = 0;
    if (view_first_inside(v, IPAM_T_BLOCK, space, p) == 0)
        return 0;
    for (int which = 0; which < 2 && rc == 0 && prefix_half(p, which, &half); which++) {
        rc = each_inside(v, space, &half, fn, user);
        const struct ipam_block *b = view_get(v, IPAM_T_BLOCK, view_by_prefix(v, IPAM_T_BLOCK, space, &half));
        if (rc == 0 && b != NULL)
            rc = fn(user, b);
    }
    return rc;
}

int rule_blocks_inside(const struct view *v, const struct ipam_block *b,
                       int (*fn)(void *user, const struct ipam_block *inner), void *user)
{
    return each_inside(v, b->space, &b->prefix, fn, user);
}

/* After [MS-IPAMM2]: a public IPv4 block says which registry it is from, a private one is from none. */
static int registry_check(const struct ipam_block *b, struct problem *p)
{
    uint32_t category = class_category(&b->prefix);
    if (b->prefix.addr.family == 4 && category == IPAM_BLOCK_CATEGORY_PUBLIC &&
        !record_has(b, IPAM_BLOCK_RIR)) {
        problem_hint(p, "give afrinic, apnic, arin, lacnic or ripe");
        return problem_set(p, PROBLEM_INVALID, "rir: a public IPv4 block needs one in this space");
    }
    if (b->prefix.addr.family != 4 || category != IPAM_BLOCK_CATEGORY_PRIVATE ||
        (!record_has(b, IPAM_BLOCK_RIR) && !record_has(b, IPAM_BLOCK_RIR_DATE)))
        return 0;
    problem_hint(p, "leave rir and rir_date away: no registry gives private networks");
    return problem_set(p, PROBLEM_INVALID, "%s: a private IPv4 block has none in this space",
                       record_has(b, IPAM_BLOCK_RIR) ? "rir" : "rir_date");
}

int block_check(const struct view *v, const struct ipam_block *b, struct problem *p)
{
    return space_is_strict(v, b->space) ? registry_check(b, p) : 0;
}

static int prefix_check(const struct ipam_block *b, const char *text, struct problem *p)
{
    const struct ipam_prefix *part = class_straddled(&b->prefix);
    char private[PREFIX_TEXT_MAX];
    if (b->prefix.length == 0) {
        problem_hint(p, "add the blocks that are planned");
        return problem_set(p, PROBLEM_INVALID, "block %s is the whole Internet", text);
    }
    if (part == NULL)
        return 0;
    prefix_print(part, private);
    problem_hint(p, "add a block for %s and others for what is public beside it", private);
    return problem_set(p, PROBLEM_INVALID, "block %s holds the private network %s and public addresses", text,
                       private);
}

static int levels_check(const struct view *v, const struct ipam_block *b, const char *text, struct problem *p)
{
    if (!space_is_strict(v, b->space) ||
        levels_around(v, b->space, &b->prefix) + 1 + levels_inside(v, b->space, &b->prefix) <= LEVELS_MOST)
        return 0;
    problem_hint(p, "use fewer levels: at most %d blocks lie in each other in this space", LEVELS_MOST);
    return problem_set(p, PROBLEM_INVALID, "with block %s there would be more than %d levels of blocks", text,
                       LEVELS_MOST);
}

int block_create(struct draft *d, struct ipam_block *b, struct problem *p)
{
    const struct view *v = draft_view(d);
    char text[PREFIX_TEXT_MAX];
    int64_t space = space_check(v, b->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    int64_t twin = view_by_prefix(v, IPAM_T_BLOCK, space, &b->prefix);
    prefix_print(&b->prefix, text);
    if (twin != 0) {
        problem_about(p, IPAM_T_BLOCK, twin);
        problem_hint(p, "change the existing one, or delete it first");
        return problem_set(p, PROBLEM_EXISTS, "block %s exists already (id %lld)", text, (long long)twin);
    }
    if (prefix_check(b, text, p) != 0 || block_check(v, b, p) != 0 || levels_check(v, b, text, p) != 0)
        return IPAM_E_INVAL;
    draft_put(d, b);
    return 0;
}

static bool inherits(const struct view *v, int64_t space, const struct ipam_prefix *p);

/* Whether something strictly inside of p has its access scope from outside of p. */
static bool part_inherits(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    struct ipam_prefix half;
    if (view_first_inside(v, IPAM_T_BLOCK, space, p) == 0 &&
        view_first_inside(v, IPAM_T_SUBNET, space, p) == 0)
        return false;
    for (int which = 0; which < 2; which++)
        if (prefix_half(p, which, &half) && inherits(v, space, &half))
            return true;
    return false;
}

/* The same of p itself and what is inside. What has a scope of its own hands that on. */
static bool inherits(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    const struct ipam_subnet *s = view_get(v, IPAM_T_SUBNET, view_by_prefix(v, IPAM_T_SUBNET, space, p));
    const struct ipam_block *b = view_get(v, IPAM_T_BLOCK, view_by_prefix(v, IPAM_T_BLOCK, space, p));
    if (b != NULL)
        return b->access_scope == 0;
    return (s != NULL && s->access_scope == 0) || part_inherits(v, space, p);
}

/* What lies in the block would fall out of its access scope, perhaps into one that its manager does not
 * see. */
int block_hands_on(struct draft *d, const struct ipam_block *b, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_subnet *s =
        view_get(v, IPAM_T_SUBNET, view_by_prefix(v, IPAM_T_SUBNET, b->space, &b->prefix));
    char text[PREFIX_TEXT_MAX];
    if (b->access_scope == 0 ||
        ((s == NULL || s->access_scope != 0) && !part_inherits(v, b->space, &b->prefix)))
        return 0;
    prefix_print(&b->prefix, text);
    problem_hint(p, "have the block inherit its access scope first: POST .../set-scope with null");
    return problem_set(p, PROBLEM_IN_USE, "what lies in block %s has its access scope from it", text);
}
