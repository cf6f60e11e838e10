/* pool.c - handing out of a pool: of its members in order, spilling over from one that is full to the next.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/pool.h"

#include <string.h>

#include "model/rules_p.h"

/* What is asked for, of whichever kind, as the members are gone through. */
struct spill {
    struct draft *d;
    struct pool_request *q;
    const struct ipam_address_pool *pool;
    struct allocation *a; /* or */
    struct carving *c;
    int64_t count, got; /* asked for, handed out */
};

static const struct ipam_address_pool *find_pool(struct draft *d, const struct pool_request *q,
                                                 struct problem *p)
{
    const struct ipam_address_pool *pool = view_get(draft_view(d), IPAM_T_ADDRESS_POOL, q->pool);
    if (pool == NULL)
        problem_set(p, PROBLEM_NOT_FOUND, "there is no pool %lld", (long long)q->pool);
    return pool;
}

static bool hands_out_subnets(const struct ipam_address_pool *pool)
{
    struct pool_member m;
    return pool->members.count > 0 && pool_member_parse(pool->members.items[0], &m) && m.type == IPAM_T_BLOCK;
}

static int other_kind(const struct ipam_address_pool *pool, struct problem *p)
{
    bool subnets = hands_out_subnets(pool);
    problem_hint(p, subnets ? "give prefix_length: how long the prefixes are to be"
                            : "leave prefix_length away, or ask a pool of blocks");
    return problem_set(p, PROBLEM_INVALID, "prefix_length: the pool \"" STR_FMT "\" hands out %s",
                       STR_ARG(pool->name), subnets ? "subnets of its blocks" : "addresses");
}

/* What is left to hand out, of one member: what it had is counted, the problem is why it gave less. */
static int ask_member(struct spill *s, const struct pool_member *m, int64_t *ret_had, struct problem *why)
{
    int64_t left = s->count - s->got;
    int rc;
    if (s->a != NULL) {
        struct allocation a = *s->a;
        *(m->type == IPAM_T_SUBNET ? &a.subnet : &a.range) = m->id;
        a.count = left;
        a.ret_ids = s->a->ret_ids + s->got;
        a.ret_count = 0;
        rc = allocate_part(s->d, &a, why);
        *ret_had = a.ret_count;
        s->a->ret_plan = rc == 0 ? a.ret_plan : 0;
    } else {
        struct carving c = *s->c;
        c.block = m->id;
        c.count = left;
        c.ret_ids = s->c->ret_ids + s->got;
        c.ret_count = 0;
        rc = carve_part(s->d, &c, why);
        *ret_had = c.ret_count;
    }
    return rc;
}

/* A member that is full, or moved by a job, or whose addresses its server leases, has others after it. What
 * is wrong with the request is wrong for all. */
static bool passes_over(const struct problem *why)
{
    return why->type == PROBLEM_EXHAUSTED || why->type == PROBLEM_MANAGED || why->type == PROBLEM_IN_USE;
}

/* Whether the member has what is asked for at all, were it empty: a block is not smaller than the prefix. */
static bool has_such(const struct spill *s, const struct pool_member *m)
{
    const struct ipam_block *b = s->c != NULL ? view_get(draft_view(s->d), m->type, m->id) : NULL;
    return b == NULL ||
           (s->c->length >= b->prefix.length && s->c->length <= addr_bits(b->prefix.addr.family));
}

/* 1: go on with the next; 0: everything is handed out; else an error. */
static int try_member(struct spill *s, const struct pool_member *m, struct problem *p)
{
    const struct draft_place place = draft_place(s->d);
    struct problem why;
    struct pool_try *t = &s->q->ret_tries[s->q->ret_count];
    memset(&why, 0, sizeof(why));
    *t = (struct pool_try){ *m, PROBLEM_INVALID, 0 };
    if (!has_such(s, m)) {
        s->q->ret_count++;
        return 1;
    }
    int rc = ask_member(s, m, &t->had, &why);
    t->why = why.type;
    if (rc != 0 && !passes_over(&why)) {
        *p = why;
        return rc;
    }
    s->q->ret_count++;
    if (rc != 0 && !(s->q->spread && why.type == PROBLEM_EXHAUSTED)) {
        draft_back(s->d, &place);
        return 1;
    }
    s->got += t->had;
    return s->got < s->count;
}

static bool none_has_such(const struct spill *s)
{
    for (size_t i = 0; i < s->q->ret_count; i++)
        if (s->q->ret_tries[i].why != PROBLEM_INVALID)
            return false;
    return s->q->ret_count > 0;
}

static int exhausted(const struct spill *s, struct problem *p)
{
    const char *what = s->c != NULL ? "prefixes" : "addresses";
    const struct ipam_str name = s->pool->name;
    if (none_has_such(s)) {
        problem_hint(p, "give a larger prefix_length, or add a larger block to the pool");
        return problem_set(p, PROBLEM_INVALID,
                           "prefix_length: no block of the pool \"" STR_FMT "\" has prefixes of %lld bits",
                           STR_ARG(name), (long long)s->c->length);
    }
    problem_hint(p, "release some, add a member to the pool, or ask for fewer%s",
                 s->q->spread || s->count == 1 ? "" : "; with \"spread\": true several members give a part");
    if (s->q->spread)
        return problem_set(p, PROBLEM_EXHAUSTED,
                           "the members of the pool \"" STR_FMT "\" have %lld of the %lld %s asked for free",
                           STR_ARG(name), (long long)s->got, (long long)s->count, what);
    return problem_set(p, PROBLEM_EXHAUSTED,
                       "no member of the pool \"" STR_FMT "\" has the %lld %s asked for free", STR_ARG(name),
                       (long long)s->count, what);
}

static int spill(struct spill *s, struct problem *p)
{
    const struct view *v = draft_view(s->d);
    int rc = 1;
    s->q->ret_count = 0;
    for (size_t i = 0; rc > 0 && i < s->pool->members.count && i < POOL_MEMBERS; i++) {
        struct pool_member m;
        const void *row =
            pool_member_parse(s->pool->members.items[i], &m) ? pool_member_row(v, s->pool, &m) : NULL;
        if (row != NULL && (s->q->may == NULL || s->q->may(s->q->user, v, row)))
            rc = try_member(s, &m, p);
    }
    return rc > 0 ? exhausted(s, p) : rc;
}

int rule_pool_allocate(struct draft *d, struct pool_request *q, struct allocation *a, struct problem *p)
{
    struct spill s = { .d = d, .q = q, .pool = find_pool(d, q, p), .a = a, .count = a->count };
    q->ret_count = 0;
    if (s.pool == NULL)
        return IPAM_E_NOENT;
    struct claiming k = { s.pool->space, a->claim, a->actor, a->digest, false };
    int rc = claim_answer(d, &k, a->ret_ids, &a->ret_count, p);
    if (rc <= 0) {
        a->ret_replayed = rc == 0;
        return rc;
    }
    if (hands_out_subnets(s.pool))
        return other_kind(s.pool, p);
    if ((rc = spill(&s, p)) != 0)
        return rc;
    a->ret_count = s.got;
    claim_put(d, &k, a->ret_ids, a->ret_count);
    return 0;
}

int rule_pool_carve(struct draft *d, struct pool_request *q, struct carving *c, struct problem *p)
{
    struct spill s = { .d = d, .q = q, .pool = find_pool(d, q, p), .c = c, .count = c->count };
    q->ret_count = 0;
    if (s.pool == NULL)
        return IPAM_E_NOENT;
    struct claiming k = { s.pool->space, c->claim, c->actor, c->digest, true };
    int rc = claim_answer(d, &k, c->ret_ids, &c->ret_count, p);
    if (rc <= 0) {
        c->ret_replayed = rc == 0;
        return rc;
    }
    if (!hands_out_subnets(s.pool))
        return other_kind(s.pool, p);
    if ((rc = spill(&s, p)) != 0)
        return rc;
    c->ret_count = s.got;
    claim_put(d, &k, c->ret_ids, c->ret_count);
    return 0;
}
