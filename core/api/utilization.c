/* utilization.c - GET .../utilization: how full a space, block, subnet, range or group is, was, or will be.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Who sees an object sees its true figures, whatever lies in it that he does not see. Without a time they are
 * those of now; with one, averages of the samples in steps. A node of a group is the sum of what he sees. */
#include "api/group_node.h"
#include "api/trend.h"
#include "base/clock.h"
#include "model/rules.h"
#include "model/usage.h"

#define TREND_MS       (7 * INT64_C(86400000)) /* what is shown when only an end was named */
#define STEPS_DEFAULT  12
#define FORECAST_DAYS  90
#define FORECAST_HOURS (14 * 24)
#define SERIES_MOST    2000 /* objects of a node whose samples are read */

struct utilization {
    struct call *c;
    struct json_writer w;
    int64_t now, from, to, step; /* step 0: what is asked for is now */
    bool forecast;
    bool initialised;    /* read.trend */
    bool ranges;         /* it is one, or a group of them */
    uint8_t families[2]; /* that are still to be shown; 0: no more */
    struct trend_read read;
    struct group_node node; /* of a logical group */
    struct trend_sum sum;
    struct ipam_utilization shown; /* waits for its forecast */
};

static uint8_t family_of(const struct call *c)
{
    const struct ipam_block *b = c->row;
    const struct ipam_subnet *s = c->row;
    const struct ipam_range *r = c->row;
    switch (c->type->type) {
    case IPAM_T_BLOCK: return b->prefix.addr.family;
    case IPAM_T_SUBNET: return s->prefix.addr.family;
    case IPAM_T_RANGE: return r->first.family;
    default: return 0; /* a space has both */
    }
}

static bool is_group(const struct utilization *u)
{
    return u->c->type->type == IPAM_T_LOGICAL_GROUP;
}

/* What is read of the object, or of all in the node. */
static void read_trend(struct utilization *u, enum series_step step, void (*then)(struct trend_read *r))
{
    size_t f = u->families[0] == 6;
    if (is_group(u))
        trend_read_sum(&u->sum, u->node.members[f], u->node.counts[f], &u->read, u->families[0], step, then);
    else
        trend_read(&u->read, u->c->row, u->families[0], step, then);
}

static void next(struct utilization *u);
static void go_on(struct utilization *u);

/* The families that there are; of a group those that its objects have. */
static void begin(struct utilization *u)
{
    u->families[0] = family_of(u->c);
    if (u->families[0] == 0) {
        u->families[0] = 4;
        u->families[1] = 6;
    }
    if (is_group(u) && u->node.counts[1] == 0)
        u->families[1] = 0;
    jw_init(&u->w, &u->c->out);
    jw_object(&u->w);
    jw_key(&u->w, "items");
    jw_array(&u->w);
    if (is_group(u) && u->node.counts[0] == 0)
        go_on(u);
    else
        next(u);
}

/* One family is shown. */
static void go_on(struct utilization *u)
{
    u->families[0] = u->families[1];
    u->families[1] = 0;
    if (u->families[0] != 0) {
        next(u);
        return;
    }
    jw_array_end(&u->w);
    jw_object_end(&u->w);
    call_json(u->c, 200);
}

static void start(struct utilization *u, int64_t from, int64_t to, int64_t step)
{
    if (u->initialised)
        trend_fini(&u->read.trend);
    trend_init(&u->read.trend, from, to, step);
    u->initialised = true;
}

static void set_family(struct ipam_utilization *rec, uint8_t family)
{
    record_init(rec, IPAM_T_UTILIZATION);
    RECORD_SET(rec, IPAM_UTILIZATION_FAMILY, family,
               family == 4 ? IPAM_UTILIZATION_FAMILY_IPV4 : IPAM_UTILIZATION_FAMILY_IPV6);
}

/* What is there of now and of a step alike. */
static void set_figures(struct ipam_utilization *rec, struct ipam_u128 size, struct ipam_u128 used,
                        struct ipam_u128 assigned, struct ipam_u128 utilized, bool range)
{
    RECORD_SET(rec, IPAM_UTILIZATION_SIZE, size_, size);
    RECORD_SET(rec, IPAM_UTILIZATION_USED, used, used);
    RECORD_SET(rec, IPAM_UTILIZATION_FREE, free, u128_sub(size, used));
    RECORD_SET(rec, IPAM_UTILIZATION_UTILIZATION, utilization, u128_percent(used, size));
    RECORD_SET(rec, IPAM_UTILIZATION_ASSIGNED, assigned, assigned);
    RECORD_SET(rec, IPAM_UTILIZATION_UTILIZED, utilized, utilized);
    RECORD_SET(rec, IPAM_UTILIZATION_PERCENT_ASSIGNED, percent_assigned, u128_percent(assigned, size));
    RECORD_SET(rec, IPAM_UTILIZATION_PERCENT_UTILIZED, percent_utilized,
               u128_percent(utilized, range ? assigned : size));
}

/* --- then --- */

static struct ipam_u128 average(uint64_t sum, uint64_t count)
{
    return u128_from((sum + count / 2) / count);
}

static void show_step(struct utilization *u, const struct sample *s)
{
    int64_t to = s->at + u->step;
    struct ipam_utilization rec;
    set_family(&rec, u->families[0]);
    RECORD_SET(&rec, IPAM_UTILIZATION_FROM, from, s->at);
    RECORD_SET(&rec, IPAM_UTILIZATION_TO, to, to < u->to ? to : u->to);
    RECORD_SET(&rec, IPAM_UTILIZATION_SAMPLES, samples, (int64_t)s->count);
    if (s->count != 0) {
        set_figures(&rec, s->size, average(s->used, s->count), s->assigned, average(s->utilized, s->count),
                    u->ranges);
        RECORD_SET(&rec, IPAM_UTILIZATION_PEAK, peak, u128_from(s->peak));
    }
    record_to_json(&rec, NULL, &u->w);
}

static void trend_is_read(struct trend_read *r)
{
    struct utilization *u = container_of(r, struct utilization, read);
    for (size_t i = 0; i < r->trend.count; i++)
        show_step(u, &r->trend.steps[i]);
    go_on(u);
}

/* --- when it will be full --- */

static void show_now(struct utilization *u)
{
    record_to_json(&u->shown, NULL, &u->w);
    go_on(u);
}

static void set_forecast(struct ipam_utilization *rec, const struct forecast_answer *f)
{
    static const uint32_t kinds[] = { [FORECAST_EXPECTED] = IPAM_UTILIZATION_FORECAST_EXPECTED,
                                      [FORECAST_STEADY] = IPAM_UTILIZATION_FORECAST_STEADY,
                                      [FORECAST_TOO_FEW] = IPAM_UTILIZATION_FORECAST_TOO_FEW,
                                      [FORECAST_UNCLEAR] = IPAM_UTILIZATION_FORECAST_UNCLEAR };
    RECORD_SET(rec, IPAM_UTILIZATION_FORECAST, forecast, kinds[f->kind]);
    if (f->kind != FORECAST_EXPECTED)
        return;
    RECORD_SET(rec, IPAM_UTILIZATION_FULL, full, f->full);
    RECORD_SET(rec, IPAM_UTILIZATION_FULL_EARLIEST, full_earliest, f->earliest);
    if (f->latest != 0)
        RECORD_SET(rec, IPAM_UTILIZATION_FULL_LATEST, full_latest, f->latest);
}

static void forecast_from(struct utilization *u, struct forecast_answer *f)
{
    struct trend *t = &u->read.trend;
    for (size_t i = 0; i < t->count && u->ranges; i++)
        t->steps[i].size = t->steps[i].assigned; /* what is excluded is never given out */
    forecast(t->steps, t->count, u->now, f);
}

static void hours_are_read(struct trend_read *r)
{
    struct utilization *u = container_of(r, struct utilization, read);
    struct forecast_answer f;
    forecast_from(u, &f);
    set_forecast(&u->shown, &f);
    show_now(u);
}

/* A series of a few days is looked at hour by hour. */
static void days_are_read(struct trend_read *r)
{
    struct utilization *u = container_of(r, struct utilization, read);
    int64_t hour = series_step_ms(SERIES_HOUR), to = series_step_at(SERIES_HOUR, u->now) + hour;
    struct forecast_answer f;
    forecast_from(u, &f);
    if (f.kind == FORECAST_TOO_FEW) {
        start(u, to - FORECAST_HOURS * hour, to, hour);
        read_trend(u, SERIES_HOUR, hours_are_read);
        return;
    }
    set_forecast(&u->shown, &f);
    show_now(u);
}

static void look_ahead(struct utilization *u)
{
    int64_t day = series_step_ms(SERIES_DAY), to = series_step_at(SERIES_DAY, u->now) + day;
    start(u, to - FORECAST_DAYS * day, to, day);
    read_trend(u, SERIES_DAY, days_are_read);
}

/* --- now --- */

static void set_uses(struct ipam_utilization *rec, const struct view_use *use)
{
    RECORD_SET(rec, IPAM_UTILIZATION_STATIC, static_, u128_from(use->of[USE_STATIC]));
    RECORD_SET(rec, IPAM_UTILIZATION_STATELESS, stateless, u128_from(use->of[USE_STATELESS]));
    RECORD_SET(rec, IPAM_UTILIZATION_RESERVED, reserved, u128_from(use->of[USE_RESERVED]));
    RECORD_SET(rec, IPAM_UTILIZATION_LEASED, leased, u128_from(use->of[USE_LEASED]));
    RECORD_SET(rec, IPAM_UTILIZATION_QUARANTINED, quarantined, u128_from(use->of[USE_QUARANTINED]));
}

static void of_prefix(struct utilization *u, int64_t space, const struct ipam_prefix *p, struct usage *ret)
{
    struct ipam_addr first, last;
    prefix_first(p, &first);
    prefix_last(p, &last);
    usage_of_run(call_view(u->c), space, &first, &last, ret);
}

static void usage_now(struct utilization *u, struct usage *ret)
{
    const struct ipam_prefix all = { .addr = { .family = u->families[0] } };
    const struct ipam_block *b = u->c->row;
    const struct ipam_subnet *s = u->c->row;
    size_t f = u->families[0] == 6;
    switch (u->c->type->type) {
    case IPAM_T_SPACE: of_prefix(u, u->c->id, &all, ret); break;
    case IPAM_T_BLOCK: of_prefix(u, b->space, &b->prefix, ret); break;
    case IPAM_T_SUBNET: of_prefix(u, s->space, &s->prefix, ret); break;
    case IPAM_T_LOGICAL_GROUP:
        rollup_usage(call_view(u->c), u->node.members[f], u->node.counts[f], ret);
        break;
    default: usage_of_range(call_view(u->c), u->c->row, ret);
    }
}

static void next(struct utilization *u)
{
    struct usage usage;
    if (u->step != 0) {
        start(u, u->from, u->to, u->step);
        read_trend(u, trend_step(u->from, u->step, u->now), trend_is_read);
        return;
    }
    usage_now(u, &usage);
    set_family(&u->shown, u->families[0]);
    set_figures(&u->shown, usage.size, usage_used(&usage), usage.assigned, usage.utilized, u->ranges);
    set_uses(&u->shown, &usage.use);
    RECORD_SET(&u->shown, IPAM_UTILIZATION_EXCLUDED, excluded, usage.excluded);
    if (u->forecast)
        look_ahead(u);
    else
        show_now(u);
}

/* --- the request --- */

/* Absent: `def`. False with the problem. */
static bool read_time(struct call *c, const char *name, int64_t def, int64_t *ret)
{
    struct ipam_str text = call_param(c, name);
    *ret = def;
    if (text.data == NULL || (time_parse(text.data, text.len, ret) == 0 && *ret >= 0))
        return true;
    problem_hint(&c->problem, "write a time such as 2026-01-31T00:00:00Z");
    problem_set(&c->problem, PROBLEM_INVALID, "%s is \"" STR_FMT "\", which is no time", name, STR_ARG(text));
    return false;
}

static bool read_step(struct call *c, struct utilization *u)
{
    struct ipam_str text = call_param(c, "step");
    int64_t least = series_step_ms(SERIES_MINUTE),
            even = (u->to - u->from + STEPS_DEFAULT - 1) / STEPS_DEFAULT;
    u->step = even > least ? even : least;
    if (text.data != NULL && (duration_parse(text.data, text.len, &u->step) != 0 || u->step < least)) {
        problem_hint(&c->problem, "write a duration of 1m or more, such as 1h or 7d");
        problem_set(&c->problem, PROBLEM_INVALID, "step is \"" STR_FMT "\"", STR_ARG(text));
        return false;
    }
    if ((u->to - u->from) / u->step < TREND_STEPS_MOST)
        return true;
    problem_hint(&c->problem, "take longer steps, or a shorter time");
    problem_set(&c->problem, PROBLEM_INVALID, "there are more than %d steps of that length",
                TREND_STEPS_MOST);
    return false;
}

/* False with the problem. */
static bool read_request(struct call *c, struct utilization *u)
{
    static const char *const known[] = { "from", "to", "step", "forecast", NULL }, *const of_group[] = {
        "from", "to", "step", "forecast", "node", NULL
    };
    if (!call_accept(c, false) || !call_params_known(c, is_group(u) ? of_group : known) ||
        !call_param_bool(c, "forecast", &u->forecast) || !read_time(c, "to", u->now, &u->to) ||
        !read_time(c, "from", u->to > TREND_MS ? u->to - TREND_MS : 0, &u->from))
        return false;
    if (call_param(c, "from").data == NULL && call_param(c, "to").data == NULL &&
        call_param(c, "step").data == NULL)
        return true;
    if (u->forecast || u->from >= u->to) {
        problem_hint(&c->problem, "%s",
                     u->forecast ? "ask for the forecast without a time" : "exchange the two");
        problem_set(&c->problem, PROBLEM_INVALID, "%s",
                    u->forecast ? "a forecast is of now: it goes with no from, to and step"
                                : "from is not before to");
        return false;
    }
    return read_step(c, u);
}

/* Where the space is to be limited so: twelve steps, IPv4. */
static bool is_allowed(struct call *c, const struct utilization *u, int64_t space, uint8_t family)
{
    bool stepped = call_param(c, "step").data != NULL, ipv6 = family == 6;
    if (u->step == 0 || !space_is_strict(call_view(c), space) || (!stepped && !ipv6))
        return true;
    problem_hint(&c->problem, ipv6 ? "its figures of now are there without from, to and step"
                                   : "leave step out: there are twelve steps");
    problem_set(&c->problem, PROBLEM_INVALID, "the limits of its space are strict, so %s",
                ipv6 ? "IPv6 has no history" : "a trend has twelve steps");
    return false;
}

static bool object_is_allowed(struct call *c, const struct utilization *u)
{
    int64_t space = c->type->type == IPAM_T_SPACE    ? c->id
                    : c->type->type == IPAM_T_BLOCK  ? ((const struct ipam_block *)c->row)->space
                    : c->type->type == IPAM_T_SUBNET ? ((const struct ipam_subnet *)c->row)->space
                                                     : ((const struct ipam_range *)c->row)->space;
    return is_allowed(c, u, space, family_of(c));
}

/* False with the problem. */
static bool read_node(struct call *c, struct utilization *u)
{
    if (!group_node_read(c, &u->node, u->step != 0 || u->forecast ? SERIES_MOST : 0))
        return false;
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < u->node.counts[f]; i++)
            if (!is_allowed(c, u, u->node.members[f][i].space, f == 0 ? 4 : 6))
                return false;
    return true;
}

static void found(struct call *c)
{
    struct utilization *u = c->work;
    u->ranges = is_group(u) ? ((const struct ipam_logical_group *)c->row)->of == IPAM_LOGICAL_GROUP_OF_RANGE
                            : c->type->type == IPAM_T_RANGE;
    if (is_group(u) ? read_node(c, u) : object_is_allowed(c, u))
        begin(u);
    else
        call_problem(c);
}

static void end(struct call *c)
{
    struct utilization *u = c->work;
    if (u->initialised)
        trend_fini(&u->read.trend);
    trend_sum_fini(&u->sum);
}

void handle_utilization(struct call *c)
{
    struct utilization *u = arena_alloc(&c->arena, sizeof(*u));
    c->work = u;
    u->c = u->read.c = c;
    u->now = clock_wall_ms();
    c->ended = end;
    if (read_request(c, u))
        call_find(c, found);
    else
        call_problem(c);
}
