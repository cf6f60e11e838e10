/* threshold.c - utilisation against its thresholds, expiry dates against the clock.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Each threshold is inherited for itself, so that two of different origin may contradict each other: what
 * lies nearer was set by somebody who knew the place better, and holds. */
#include "model/rules_p.h"

#define UNDER_DEFAULT 2000 /* hundredths of a percent */
#define OVER_DEFAULT  8000
#define PERCENT_MOST  10000
#define ALERT_DEFAULT 10 /* days */
#define DAY_MS        INT64_C(86400000)
#define LEVEL_UNDER   IPAM_BLOCK_LEVEL_UNDER /* blocks, subnets and ranges number them alike */
#define LEVEL_OPTIMAL IPAM_BLOCK_LEVEL_OPTIMAL
#define LEVEL_OVER    IPAM_BLOCK_LEVEL_OVER

/* The two as they are found on the way outwards: at how many steps from the row, -1: not yet. */
struct finding {
    int64_t under, over;
    int under_at, over_at, step;
};

static void note(struct finding *f, bool has_under, int64_t under, bool has_over, int64_t over)
{
    if (f->under_at < 0 && has_under) {
        f->under = under;
        f->under_at = f->step;
    }
    if (f->over_at < 0 && has_over) {
        f->over = over;
        f->over_at = f->step;
    }
    f->step++;
}

#define NOTE(f, T, row)                                                                                      \
    note(f, record_has(row, IPAM_##T##_UNDER), (row)->under, record_has(row, IPAM_##T##_OVER), (row)->over)

static bool is_found(const struct finding *f)
{
    return f->under_at >= 0 && f->over_at >= 0;
}

static void ask_space(const struct ipam_space *s, struct finding *f)
{
    if (s != NULL)
        NOTE(f, SPACE, s);
    note(f, true, UNDER_DEFAULT, true, OVER_DEFAULT);
}

/* From a block outwards; NULL: what is in none. */
static void ask_blocks(const struct view *v, int64_t space, const struct ipam_block *b, struct finding *f)
{
    for (; b != NULL && !is_found(f);
         b = view_get(v, IPAM_T_BLOCK, view_enclosing(v, IPAM_T_BLOCK, space, &b->prefix, true)))
        NOTE(f, BLOCK, b);
    if (!is_found(f))
        ask_space(view_get(v, IPAM_T_SPACE, space), f);
}

static const struct ipam_block *block_around(const struct view *v, int64_t space, const struct ipam_prefix *p)
{
    return view_get(v, IPAM_T_BLOCK, view_enclosing(v, IPAM_T_BLOCK, space, p, false));
}

static void ask_subnet(const struct view *v, const struct ipam_subnet *s, struct finding *f)
{
    NOTE(f, SUBNET, s);
    if (!is_found(f))
        ask_blocks(v, s->space, block_around(v, s->space, &s->prefix), f);
}

static void ask_range(const struct view *v, const struct ipam_range *r, struct finding *f)
{
    struct ipam_prefix span;
    NOTE(f, RANGE, r);
    if (is_found(f))
        return;
    prefix_span(&r->first, &r->last, &span);
    const struct ipam_subnet *s =
        view_get(v, IPAM_T_SUBNET, view_enclosing(v, IPAM_T_SUBNET, r->space, &span, false));
    if (s != NULL)
        ask_subnet(v, s, f);
    else
        ask_blocks(v, r->space, block_around(v, r->space, &span), f);
}

/* It has none of its own: those of the part of the plan that it lies in. */
static void ask_scope(const struct view *v, const struct ipam_scope *s, struct finding *f)
{
    const struct ipam_subnet *n =
        view_get(v, IPAM_T_SUBNET, view_enclosing(v, IPAM_T_SUBNET, s->space, &s->prefix, false));
    if (n != NULL)
        ask_subnet(v, n, f);
    else
        ask_blocks(v, s->space, block_around(v, s->space, &s->prefix), f);
}

static bool has_thresholds(uint32_t type)
{
    return type == IPAM_T_SPACE || type == IPAM_T_BLOCK || type == IPAM_T_SUBNET || type == IPAM_T_RANGE;
}

/* False: what the row is has no thresholds. */
static bool ask(const struct view *v, const void *row, struct finding *f)
{
    *f = (struct finding){ .under_at = -1, .over_at = -1 };
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_SPACE: ask_space(row, f); return true;
    case IPAM_T_BLOCK: ask_blocks(v, ((const struct ipam_block *)row)->space, row, f); return true;
    case IPAM_T_SUBNET: ask_subnet(v, row, f); return true;
    case IPAM_T_RANGE: ask_range(v, row, f); return true;
    case IPAM_T_SCOPE: ask_scope(v, row, f); return true;
    default: return false;
    }
}

bool rule_thresholds(const struct view *v, const void *row, struct thresholds *ret)
{
    struct finding f;
    if (!ask(v, row, &f))
        return false;
    if (f.over < f.under && f.under_at < f.over_at)
        f.over = f.under;
    else if (f.over < f.under)
        f.under = f.over;
    *ret = (struct thresholds){ f.under, f.over };
    return true;
}

uint32_t rule_level(const struct thresholds *t, int64_t utilization)
{
    return utilization < t->under ? LEVEL_UNDER : utilization > t->over ? LEVEL_OVER : LEVEL_OPTIMAL;
}

void derive_level(const struct view *v, void *rec)
{
    struct thresholds t;
    struct ipam_block *b = rec;
    struct ipam_subnet *s = rec;
    struct ipam_range *r = rec;
    struct ipam_scope *p = rec;
    if (!rule_thresholds(v, rec, &t))
        return;
    switch (b->type) {
    case IPAM_T_BLOCK: RECORD_SET(b, IPAM_BLOCK_LEVEL, level, rule_level(&t, b->utilization)); break;
    case IPAM_T_SUBNET: RECORD_SET(s, IPAM_SUBNET_LEVEL, level, rule_level(&t, s->utilization)); break;
    case IPAM_T_RANGE: RECORD_SET(r, IPAM_RANGE_LEVEL, level, rule_level(&t, r->utilization)); break;
    case IPAM_T_SCOPE: RECORD_SET(p, IPAM_SCOPE_LEVEL, level, rule_level(&t, p->utilization)); break;
    default: break;
    }
}

/* --- setting them --- */

#define PERCENT_FMT    "%lld.%02lld"
#define PERCENT_ARG(n) (long long)((n) / 100), (long long)((n) % 100)

static int bound_check(const struct record_field *f, const void *row, struct problem *p)
{
    int64_t n = *(const int64_t *)(const void *)((const char *)row + f->offset);
    if (!record_has(row, f->number) || n <= PERCENT_MOST)
        return 0;
    problem_hint(p, "give a percentage from 0 to 100, or null to inherit it");
    return problem_set(p, PROBLEM_INVALID, "%s: " PERCENT_FMT " is more than all", f->name, PERCENT_ARG(n));
}

static bool is_other(const struct record_field *f, const void *before, const void *after)
{
    return before == NULL ? record_has(after, f->number) : !record_field_equal(f, before, after);
}

int threshold_check(const struct view *v, const void *before, const void *after, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)after)->type);
    if (!has_thresholds(t->type))
        return 0;
    const struct record_field *under = record_field(t, IPAM_STR("under")),
                              *over = record_field(t, IPAM_STR("over"));
    struct finding f;
    if (!is_other(under, before, after) && !is_other(over, before, after))
        return 0;
    if (bound_check(under, after, p) != 0 || bound_check(over, after, p) != 0)
        return IPAM_E_INVAL;
    if (!ask(v, after, &f) || f.over >= f.under || (f.under_at > 0 && f.over_at > 0))
        return 0;
    problem_hint(p, "give both, so that over is not below under; null inherits one");
    if (is_other(over, before, after))
        return problem_set(p, PROBLEM_INVALID, "over: " PERCENT_FMT " is below under, which is " PERCENT_FMT,
                           PERCENT_ARG(f.over), PERCENT_ARG(f.under));
    return problem_set(p, PROBLEM_INVALID, "under: " PERCENT_FMT " is above over, which is " PERCENT_FMT,
                       PERCENT_ARG(f.under), PERCENT_ARG(f.over));
}

/* --- expiry --- */

bool rule_expiry(const struct ipam_space *space, const struct ipam_address *a, int64_t now, uint32_t *ret)
{
    int64_t days =
        space != NULL && record_has(space, IPAM_SPACE_EXPIRY_ALERT) ? space->expiry_alert : ALERT_DEFAULT;
    if (!record_has(a, IPAM_ADDRESS_EXPIRES))
        return false;
    *ret = now >= a->expires                   ? IPAM_ADDRESS_EXPIRY_EXPIRED
           : now >= a->expires - days * DAY_MS ? IPAM_ADDRESS_EXPIRY_ALERT
                                               : IPAM_ADDRESS_EXPIRY_ACTIVE;
    return true;
}
