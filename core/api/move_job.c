/* move_job.c - POST /ipam/subnets/{key}/move of a subnet with more in it than one change set holds: a job.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * First all of it is looked at, as for a dry run: what a server has, what he may not move, or what stands
 * where it is to go, is found before anything is done. Then the steps of rule_move_begin, rule_move_stand_ins
 * and rule_move_on, each change set of which leaves a plan that is whole: cancelled, failed or killed in
 * between the subnet is left half moved, closed to what is new, until the same request goes on with it or the
 * job is undone. Others change the plan meanwhile. */
#include <stdio.h>
#include <stdlib.h>

#include "api/address_pages.h"
#include "api/move_job.h"
#include "api/objects.h"
#include "base/clock.h"

#define PAGE_ROWS   1000 /* of a look */
#define SET_ROWS    2000 /* of a change set, and a little more */
#define ROUNDS_MOST 20   /* how often a set is tried again that was overtaken */

enum step { STEP_LOOK, STEP_BEGIN, STEP_STAND_INS, STEP_ON };

struct carriage {
    struct api *api;
    struct call *c; /* until the job has started; of a dry run until its end */
    struct job *job;
    struct principal who;
    struct sight sight;
    struct arena arena, page;      /* as long as it takes; as long as a page or set does */
    const struct ipam_subnet *row; /* as it was when it was asked for */
    struct relocation to;
    struct ipam_addr from, last; /* what is still to be looked at */
    struct ipam_addr behind;     /* the last of the page */
    size_t count, found;         /* of the page; of all pages */
    struct problem problem;      /* what was seen on the page */
    struct intent intent;
    enum step step;
    size_t addresses, ranges; /* in it; of these were moved: */
    size_t addresses_moved, ranges_moved;
    unsigned rounds;
    bool canceled;
};

static void carriage_free(struct carriage *w)
{
    arena_fini(&w->page);
    arena_fini(&w->arena);
    free(w);
}

/* --- how much there is --- */

static int count_range(void *user, const struct ipam_range *r)
{
    (void)r;
    (*(size_t *)user)++;
    return 0;
}

static void count_inside(const struct view *v, const struct ipam_subnet *s, size_t *ret_addresses,
                         size_t *ret_ranges)
{
    struct ipam_addr first, last;
    struct view_use use;
    *ret_ranges = 0;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    view_use(v, s->space, &first, &last, &use);
    view_ranges(v, s->space, &first, &last, count_range, ret_ranges);
    *ret_addresses = use.planned;
}

bool move_is_long(const struct view *v, const struct ipam_subnet *s)
{
    size_t addresses, ranges;
    count_inside(v, s, &addresses, &ranges);
    return record_has(s, IPAM_SUBNET_MOVING) || addresses + ranges >= MODEL_SET_ROWS;
}

/* --- the end --- */

static void carriage_end(struct carriage *w, uint32_t state, const char *why)
{
    const char *rest =
        state == IPAM_JOB_STATE_DONE ? ", and itself"
        : w->step <= STEP_BEGIN
            ? ""
            : "; it stays closed to what is new: send the request again to go on, or undo the job";
    job_end(w->job, state, "%s%zu addresses and %zu ranges in it were moved%s", why, w->addresses_moved,
            w->ranges_moved, rest);
    carriage_free(w);
}

/* Of a dry run the problem is the answer. */
static void carriage_fail(struct carriage *w, const struct problem *p)
{
    char text[700];
    if (w->job == NULL) {
        struct call *c = w->c;
        c->problem = *p;
        carriage_free(w);
        call_problem(c);
        return;
    }
    snprintf(text, sizeof(text), "%s. So far ", p->detail);
    carriage_end(w, IPAM_JOB_STATE_FAILED, text);
}

static void go_on(struct carriage *w);

/* --- the look --- */

static int may_change(struct carriage *w, const struct view *v, const void *row, int64_t now_ms,
                      struct problem *p)
{
    uint32_t type = ((const struct ipam_record *)row)->type;
    const struct operation *op = access_operation(type == IPAM_T_ADDRESS ? "ipam.address.change"
                                                  : type == IPAM_T_RANGE ? "ipam.range.change"
                                                                         : "ipam.subnet.change");
    return sight_judge(&w->sight, v, op, row, now_ms) == ACCESS_ALLOWED ? 0 : sight_denied(&w->sight, op, p);
}

/* An address in memory only as long as this call. */
static void on_address(void *user, const struct record_type *t, void *rec)
{
    struct carriage *w = user;
    const struct view *v = state_view(w->api->at.state);
    const struct ipam_address *a = rec;
    (void)t;
    w->count++;
    w->behind = a->address;
    if (w->problem.type != PROBLEM_NONE || may_change(w, v, a, clock_wall_ms(), &w->problem) != 0)
        return;
    rule_move_address_check(v, &w->to, a, &w->problem);
}

static void dry_answer(struct carriage *w);

static void on_page(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct carriage *w = user;
    const struct view *v = state_view(w->api->at.state);
    bool more = w->count == PAGE_ROWS;
    struct ipam_addr upto = more ? w->behind : w->last;
    (void)answer;
    if (status != 0)
        problem_set(&w->problem, PROBLEM_UNAVAILABLE, "%s", message);
    else if (w->problem.type == PROBLEM_NONE)
        rule_move_held(v, &w->to, w->from, &upto, &w->problem);
    if (w->problem.type != PROBLEM_NONE) {
        sight_veil(&w->sight, v, &w->problem);
        carriage_fail(w, &w->problem);
        return;
    }
    w->found += w->count;
    if (more && !addr_equal(&upto, &w->last) && addr_add(&upto, u128_from(1), &w->from) == 0) {
        go_on(w);
    } else if (w->job == NULL) {
        dry_answer(w);
    } else {
        w->addresses = w->found;
        w->step = STEP_BEGIN;
        go_on(w);
    }
}

/* --- the gate --- */

static int may_move(void *user, struct draft *d, const void *before, const void *after, struct problem *p)
{
    struct carriage *w = user;
    const struct view *v = draft_view(d);
    return may_change(w, v, before, draft_now(d), p) != 0 || may_change(w, v, after, draft_now(d), p) != 0
               ? IPAM_E_ACCESS
               : 0;
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct carriage *w = container_of(in, struct carriage, intent);
    const struct ipam_subnet *now = view_get(v, IPAM_T_SUBNET, w->to.subnet);
    const struct ipam_subnet *stand_in = rule_move_stand_in(v, &w->to);
    struct ipam_addr first, last;
    if (w->step == STEP_BEGIN && stand_in != NULL)
        needs_row(n, IPAM_T_JOB, stand_in->moving);
    if (w->step != STEP_ON || now == NULL)
        return;
    prefix_first(&now->prefix, &first);
    prefix_last(&now->prefix, &last);
    needs_addresses(n, v, now->space, w->to.from.family != 0 ? w->to.from : first, &last, SET_ROWS + 1);
}

static int decide(struct intent *in, struct draft *d)
{
    struct carriage *w = container_of(in, struct carriage, intent);
    arena_reset(&w->page); /* what is drafted is copied */
    int rc = w->step == STEP_BEGIN       ? rule_move_begin(d, &w->to, &in->problem)
             : w->step == STEP_STAND_INS ? rule_move_stand_ins(d, &w->to, &in->problem)
                                         : rule_move_on(d, &w->to, &in->problem);
    if (rc != 0)
        sight_veil(&w->sight, draft_view(d), &in->problem);
    return rc;
}

/* Something of the set was changed in the same batch. */
static bool was_overtaken(const struct carriage *w)
{
    return w->intent.problem.type == PROBLEM_UNAVAILABLE && w->intent.problem.retry_after_s > 0 &&
           w->step == STEP_ON && w->rounds < ROUNDS_MOST;
}

static void settled(struct intent *in, int status)
{
    struct carriage *w = container_of(in, struct carriage, intent);
    if (status != 0 && !was_overtaken(w)) {
        carriage_fail(w, &in->problem);
        return;
    }
    if (status != 0) {
        w->rounds++;
    } else if (w->step == STEP_BEGIN) {
        w->step = STEP_STAND_INS;
    } else if (w->step == STEP_STAND_INS) {
        w->to.from = w->to.ret_from;
        w->step = w->to.from.family != 0 ? STEP_STAND_INS : STEP_ON;
    } else {
        w->rounds = 0;
        w->to.from = w->to.ret_from;
        w->addresses_moved += w->to.ret_addresses;
        w->ranges_moved += w->to.ret_ranges;
        if (w->to.ret_done) {
            carriage_end(w, IPAM_JOB_STATE_DONE, "");
            return;
        }
    }
    in->problem = (struct problem){ 0 };
    go_on(w);
}

/* --- the job --- */

static void go_on(struct carriage *w)
{
    if (w->canceled) {
        carriage_end(w, IPAM_JOB_STATE_CANCELED, "cancelled; ");
        return;
    }
    if (w->job != NULL) {
        job_phase(w->job, w->step == STEP_LOOK ? "looking" : "moving");
        job_progress(w->job,
                     (int64_t)(w->step == STEP_LOOK ? w->found : w->addresses_moved + w->ranges_moved),
                     w->step == STEP_LOOK ? 0 : (int64_t)(w->addresses + w->ranges));
    }
    if (w->step == STEP_LOOK) {
        w->count = 0;
        address_page_ask(w->api->at.store, w->row->space, &w->from, &w->last, PAGE_ROWS, on_address, on_page,
                         w);
        return;
    }
    w->intent.rows = w->step == STEP_BEGIN ? 2 : SET_ROWS;
    gate_submit(w->api->at.gate, &w->intent);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct carriage *w = user;
    struct call *c = w->c;
    w->c = NULL;
    w->job = job;
    w->to.job = job != NULL ? job_id(job) : 0;
    w->intent.job = w->to.continues != 0 ? w->to.continues : w->to.job;
    call_settled(c, job != NULL ? 0 : IPAM_E_INVAL, problem, NULL);
    if (job != NULL)
        go_on(w);
    else
        carriage_free(w);
}

static void on_cancel(void *user)
{
    ((struct carriage *)user)->canceled = true;
}

static void start(struct carriage *w, struct ipam_str key)
{
    struct call *c = w->c;
    w->intent = (struct intent){
        .operation = c->route->operation,
        .actor = actor_copy(&c->actor, &w->arena),
        .bulk = true,
        .needs = needs,
        .decide = decide,
        .settled = settled,
    };
    struct job_spec spec = {
        .kind = "move",
        .target = key,
        .continues = w->to.continues,
        .continues_since = w->row->rev, /* nothing has touched it since that began */
        .actor = c->actor,
        .guard = write_guard(c, call_render_job),
        .started = on_started,
        .cancel = on_cancel,
        .user = w,
    };
    job_start(c->api->at.jobs, &spec);
}

/* --- what a dry run tells: the job as it would be --- */

static int decide_dry(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct json_writer w;
    (void)d;
    c->status = 202;
    c->shows_rows = true;
    strbuf_reset(&c->out);
    jw_init(&w, &c->out);
    jw_raw(&w, *(const struct ipam_str *)c->work);
    return 0;
}

static void dry_answer(struct carriage *w)
{
    struct call *c = w->c;
    struct ipam_str *told = arena_alloc(&c->arena, sizeof(*told));
    struct strbuf key;
    strbuf_init(&key, 256);
    record_key_print(w->row, &key);
    *told = str_from(arena_printf(&c->arena,
                                  "{\"kind\":\"move\",\"target\":\"" STR_FMT "\",\"total\":%zu,\"message\":"
                                  "\"a job of many change sets: %zu addresses and %zu ranges in it would be "
                                  "moved, and itself\"}",
                                  STR_ARG(strbuf_str(&key)), w->found + w->ranges, w->found, w->ranges));
    strbuf_fini(&key);
    carriage_free(w);
    c->work = told;
    call_submit(c, NULL, decide_dry, NULL);
}

static int look_at_range(void *user, const struct ipam_range *r)
{
    struct carriage *w = user;
    return may_change(w, call_view(w->c), r, clock_wall_ms(), &w->c->problem);
}

/* What is in memory is looked at before the answer. */
static int look_at_rows(struct carriage *w)
{
    struct call *c = w->c;
    const struct view *v = call_view(c);
    const struct ipam_subnet *n = w->row;
    if (record_has(n, IPAM_SUBNET_MOVING) && jobs_going_on(c->api->at.jobs, n->moving) != NULL)
        return rule_stays(v, n, &c->problem);
    if (may_change(w, v, n, clock_wall_ms(), &c->problem) != 0 ||
        rule_move_check(v, &w->to, &c->problem) != 0)
        return IPAM_E_INVAL;
    return view_ranges(v, n->space, &w->from, &w->last, look_at_range, w);
}

void move_job(struct call *c, int64_t space, const struct ipam_prefix *to)
{
    struct carriage *w = xcalloc(1, sizeof(*w));
    w->api = c->api;
    w->c = c;
    w->who = c->who;
    sight_init(&w->sight, c->api->book, c->api->at.state, &w->who, c->sight.op);
    arena_init(&w->arena, 0);
    arena_init(&w->page, 0);
    w->row = record_copy(&w->arena, c->row);
    w->to = (struct relocation){ .subnet = c->id,
                                 .space = space,
                                 .continues = record_has(w->row, IPAM_SUBNET_MOVING) ? w->row->moving : 0,
                                 .to = *to,
                                 .most = SET_ROWS,
                                 .arena = &w->page,
                                 .may = may_move,
                                 .user = w };
    prefix_first(&w->row->prefix, &w->from);
    prefix_last(&w->row->prefix, &w->last);
    count_inside(call_view(c), w->row, &w->addresses, &w->ranges);
    if (look_at_rows(w) != 0) {
        sight_veil(&w->sight, call_view(c), &c->problem);
        carriage_free(w);
        call_problem(c);
        return;
    }
    if (write_is_dry(c)) {
        go_on(w);
        return;
    }
    struct strbuf key;
    strbuf_init(&key, 256);
    record_key_print(c->row, &key);
    start(w, strbuf_str(&key));
    strbuf_fini(&key);
}
