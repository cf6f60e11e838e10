/* clear_job.c - DELETE of a subnet, range or block with more in it than one change set holds: a job of many.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * First all of it is looked at: what a server has, or what he may not delete, is found before anything has
 * gone. Then addresses go, page by page, then ranges or inner blocks, then itself. Others change the plan
 * meanwhile; who takes an address there until the end has it deleted too, for a subnet goes only when it is
 * empty. */
#include <stdlib.h>

#include "api/address_pages.h"
#include "api/clear.h"
#include "base/clock.h"

#define PAGE_ROWS   1000 /* addresses of one change set: each may have a claim and a quarantine */
#define SET_ROWS    2000 /* ranges or blocks of one */
#define ROUNDS_MOST 20   /* how often it begins anew because addresses were added meanwhile */
#define USERS_MOST  16

enum step { STEP_LOOK, STEP_ADDRESSES, STEP_RANGES, STEP_BLOCKS, STEP_ITSELF };

struct sweep {
    struct api *api;
    struct call *c; /* until the job has started */
    struct job *job;
    struct principal who;
    struct sight sight;
    const struct record_type *type;
    int64_t id, space;
    struct arena arena, page;    /* as long as it takes; as long as a page does */
    const void *row;             /* as it was when it was asked for */
    struct ipam_addr from, last; /* what is still to be read */
    struct ipam_addr first;      /* where the page began */
    const struct ipam_address *addresses[PAGE_ROWS];
    size_t count; /* of the page; in STEP_RANGES and STEP_BLOCKS of the set */
    size_t stay;  /* of the page: in a subnet inside it */
    struct imap known;
    struct intent intent;
    enum step step;
    size_t addresses_gone, others_gone, found;
    unsigned rounds;
    bool canceled;
};

static void sweep_free(struct sweep *w)
{
    imap_fini(&w->known);
    arena_fini(&w->page);
    arena_fini(&w->arena);
    free(w);
}

static void sweep_end(struct sweep *w, uint32_t state, const char *why)
{
    const char *rest = state == IPAM_JOB_STATE_DONE ? ", and itself" : "; send the request again to go on";
    if (w->type->type == IPAM_T_BLOCK)
        job_end(w->job, state, "%s%zu blocks in it were deleted%s", why, w->others_gone, rest);
    else
        job_end(w->job, state, "%s%zu addresses and %zu ranges in it were deleted%s", why, w->addresses_gone,
                w->others_gone, rest);
    sweep_free(w);
}

static void sweep_fail(struct sweep *w, const char *why)
{
    char text[700];
    snprintf(text, sizeof(text), "%s. So far ", why);
    sweep_end(w, IPAM_JOB_STATE_FAILED, text);
}

static void go_on(struct sweep *w);

/* --- addresses: a page --- */

static bool is_subnet(const struct sweep *w)
{
    return w->type->type == IPAM_T_SUBNET;
}

static void on_address(void *user, const struct record_type *t, void *rec)
{
    struct sweep *w = user;
    (void)t;
    struct ipam_address *a = record_copy(&w->page, rec);
    if (a == NULL || w->count == PAGE_ROWS)
        return;
    w->addresses[w->count++] = a;
    w->stay += !clear_takes(state_view(w->api->at.state), w->row, &a->address, &a->address);
    imap_put(&w->known, (uint64_t)a->id, a);
}

/* Whether a server has any address of the page, or he may not delete one: false, and the job has failed. */
static bool look(struct sweep *w, const struct ipam_addr *upto)
{
    const struct view *v = state_view(w->api->at.state);
    struct problem p = { 0 };
    struct ipam_addr from = w->first, used;
    const struct operation *op = access_operation("ipam.address.delete");
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < w->count; i++)
        if ((is_subnet(w) ? clear_takes(v, w->row, &w->addresses[i]->address, &w->addresses[i]->address)
                          : rule_is_mapped(w->row, w->addresses[i])) &&
            sight_judge(&w->sight, v, op, w->addresses[i], clock_wall_ms()) != ACCESS_ALLOWED)
            rc = sight_denied(&w->sight, op, &p);
    while (rc == 0 && is_subnet(w) && view_first_used(v, w->space, &from, upto, &used) == 0) {
        struct view_user users[USERS_MOST];
        bool takes = clear_takes(v, w->row, &used, &used);
        size_t count = takes ? view_users(v, w->space, &used, users, USERS_MOST) : 0;
        if (!takes)
            clear_pass(v, w->space, &used);
        for (size_t i = 0; rc == 0 && i < count && i < USERS_MOST; i++)
            if (users[i].type != IPAM_T_ADDRESS && users[i].type != IPAM_T_QUARANTINE)
                rc = clear_held(&used, users[i].type, &p);
        if (addr_compare(&used, upto) >= 0 || addr_add(&used, u128_from(1), &from) != 0)
            break;
    }
    if (rc != 0)
        sweep_fail(w, p.detail);
    return rc == 0;
}

/* Where the page ends. */
static struct ipam_addr page_end(const struct sweep *w)
{
    return w->count == PAGE_ROWS ? w->addresses[w->count - 1]->address : w->last;
}

static void next_page(struct sweep *w, const struct ipam_addr *behind)
{
    if (w->count < PAGE_ROWS || addr_equal(behind, &w->last) ||
        addr_add(behind, u128_from(1), &w->from) != 0) {
        clear_ends(w->row, &w->from, &w->last, &w->space);
        w->step = w->step == STEP_LOOK ? STEP_ADDRESSES : is_subnet(w) ? STEP_RANGES : STEP_ITSELF;
    }
}

static void on_page(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct sweep *w = user;
    (void)answer;
    if (status != 0) {
        sweep_fail(w, message);
        return;
    }
    if (w->step == STEP_ADDRESSES) {
        w->intent.rows = (unsigned)w->count;
        gate_submit(w->api->at.gate, &w->intent);
        return;
    }
    struct ipam_addr end = page_end(w);
    w->found += w->count - w->stay;
    if (!look(w, &end))
        return;
    next_page(w, &end);
    go_on(w);
}

static void read_page(struct sweep *w)
{
    w->first = w->from;
    address_page_ask(w->api->at.store, w->space, &w->from, &w->last, PAGE_ROWS, on_address, on_page, w);
}

/* --- the gate --- */

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct sweep *w = container_of(in, struct sweep, intent);
    for (size_t i = 0; w->step == STEP_ADDRESSES && i < w->count; i++)
        needs_of_row(n, v, w->addresses[i], record_new(&w->page, IPAM_T_CLAIM));
    if (w->step != STEP_ITSELF)
        return;
    needs_of_row(n, v, w->row, record_new(&w->page, IPAM_T_CLAIM));
    if (w->type->type != IPAM_T_BLOCK)
        needs_inside(n, v, w->row);
}

static const void *first_inside(const struct view *v, const struct ipam_block *b)
{
    return view_get(v, IPAM_T_BLOCK, view_first_inside(v, IPAM_T_BLOCK, b->space, &b->prefix));
}

/* The first blocks inside; what is deleted is not found again. */
static int decide_blocks(struct sweep *w, struct draft *d, const struct ipam_block *b, struct problem *p)
{
    const struct clearing all = { &w->sight, b, &w->known };
    const void *inner;
    w->count = 0;
    while (w->count < SET_ROWS && (inner = first_inside(draft_view(d), b)) != NULL) {
        int rc = clear_may(&all, d, "ipam.block.delete", inner, p);
        if (rc == 0)
            rc = delete_row(&w->sight, d, inner, p);
        if (rc != 0)
            return rc;
        w->count++;
    }
    return 0;
}

/* It goes with what came while the job was under way: so nobody can hold it up. */
static int decide_itself(struct sweep *w, struct draft *d, const void *row, struct problem *p)
{
    const struct clearing late = { &w->sight, row, NULL };
    struct ipam_addr first, last;
    int64_t space;
    int rc = 0;
    w->count = 0;
    if (w->type->type != IPAM_T_BLOCK) {
        clear_ends(row, &first, &last, &space);
        rc = clear_addresses(&late, d, first, &last, p);
    }
    if (rc == 0 && is_subnet(w))
        rc = clear_ranges(&late, d, SET_ROWS, &w->count, p);
    return rc == 0 ? delete_row(&w->sight, d, row, p) : rc;
}

static int decide_step(struct sweep *w, struct intent *in, struct draft *d)
{
    const void *row = view_get(draft_view(d), w->type->type, w->id);
    const struct clearing all = { &w->sight, row, &w->known };
    struct ipam_addr end = page_end(w);
    if (row == NULL) {
        problem_hint(&in->problem, "there is nothing left to do");
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", w->type->name);
    }
    int rc = clear_may(&all, d, in->operation, row, &in->problem);
    if (rc != 0)
        return rc;
    switch (w->step) {
    case STEP_ADDRESSES: return clear_addresses(&all, d, w->first, &end, &in->problem);
    case STEP_RANGES: return clear_ranges(&all, d, SET_ROWS, &w->count, &in->problem);
    case STEP_BLOCKS: return decide_blocks(w, d, row, &in->problem);
    default: return decide_itself(w, d, row, &in->problem);
    }
}

static int decide(struct intent *in, struct draft *d)
{
    struct sweep *w = container_of(in, struct sweep, intent);
    int rc = decide_step(w, in, d);
    if (rc != 0)
        sight_veil(&w->sight, draft_view(d), &in->problem);
    return rc;
}

/* Somebody was given an address where the page has none, or, at the last step, one with a claim. */
static bool came_meanwhile(const struct sweep *w)
{
    return w->intent.problem.type == PROBLEM_IN_USE && w->type->type != IPAM_T_BLOCK &&
           w->rounds < ROUNDS_MOST;
}

static void settled(struct intent *in, int status)
{
    struct sweep *w = container_of(in, struct sweep, intent);
    if (status != 0 && came_meanwhile(w)) {
        w->rounds++;
        clear_ends(w->row, &w->from, &w->last, &w->space);
        w->step = STEP_ADDRESSES;
    } else if (status != 0) {
        sweep_fail(w, in->problem.detail);
        return;
    } else if (w->step == STEP_ITSELF) {
        w->others_gone += w->count;
        sweep_end(w, IPAM_JOB_STATE_DONE, "");
        return;
    } else if (w->step == STEP_ADDRESSES) {
        struct ipam_addr end = page_end(w);
        w->addresses_gone += w->count - w->stay;
        next_page(w, &end);
    } else {
        w->others_gone += w->count;
        w->step = w->count < SET_ROWS ? STEP_ITSELF : w->step;
    }
    in->problem = (struct problem){ 0 };
    go_on(w);
}

/* --- the job --- */

static void go_on(struct sweep *w)
{
    if (w->canceled) {
        sweep_end(w, IPAM_JOB_STATE_CANCELED, "cancelled; ");
        return;
    }
    job_phase(w->job, w->step == STEP_LOOK ? "looking" : "deleting");
    job_progress(w->job, (int64_t)(w->step == STEP_LOOK ? w->found : w->addresses_gone + w->others_gone),
                 w->step == STEP_LOOK ? 0 : (int64_t)w->found);
    arena_reset(&w->page);
    imap_fini(&w->known);
    imap_init(&w->known);
    w->count = w->stay = 0;
    if (w->step == STEP_LOOK || w->step == STEP_ADDRESSES) {
        read_page(w);
        return;
    }
    w->intent.rows = w->step == STEP_ITSELF ? 1 : SET_ROWS;
    gate_submit(w->api->at.gate, &w->intent);
}

static void on_started(void *user, struct job *job, const struct problem *problem)
{
    struct sweep *w = user;
    struct call *c = w->c;
    w->c = NULL;
    w->job = job;
    w->intent.job = job != NULL ? job_id(job) : 0;
    call_settled(c, job != NULL ? 0 : IPAM_E_INVAL, problem, NULL);
    if (job != NULL)
        go_on(w);
    else
        sweep_free(w);
}

static void on_cancel(void *user)
{
    ((struct sweep *)user)->canceled = true;
}

/* Whether all rows in memory that go with it may go, itself too. */
static int look_at_row(struct sweep *w, const char *operation, const void *row)
{
    const struct operation *op = access_operation(operation);
    const struct view *v = state_view(w->api->at.state);
    w->found++;
    if (sight_judge(&w->sight, v, op, row, clock_wall_ms()) != ACCESS_ALLOWED)
        return sight_denied(&w->sight, op, &w->c->problem);
    return rule_may_go(v, row, &w->c->problem);
}

static int on_block(void *user, const struct ipam_block *inner)
{
    return look_at_row(user, "ipam.block.delete", inner);
}

static int on_range(void *user, const struct ipam_range *r)
{
    const struct sweep *w = user;
    return clear_takes(state_view(w->api->at.state), w->row, &r->first, &r->last)
               ? look_at_row(user, "ipam.range.delete", r)
               : 0;
}

static int look_at_rows(struct sweep *w)
{
    const struct view *v = state_view(w->api->at.state);
    int rc = look_at_row(w, w->sight.op->name, w->row);
    w->found = 0;
    if (rc == 0 && w->type->type == IPAM_T_BLOCK)
        rc = rule_blocks_inside(v, w->row, on_block, w);
    else if (rc == 0 && is_subnet(w))
        rc = view_ranges(v, w->space, &w->from, &w->last, on_range, w);
    return rc;
}

void clear_job(struct call *c)
{
    struct sweep *w = xcalloc(1, sizeof(*w));
    w->api = c->api;
    w->c = c;
    w->type = c->type;
    w->id = c->id;
    w->who = c->who;
    sight_init(&w->sight, c->api->book, c->api->at.state, &w->who, c->sight.op);
    w->sight.judged = true;
    arena_init(&w->arena, 0);
    arena_init(&w->page, 0);
    imap_init(&w->known);
    w->row = record_copy(&w->arena, c->row);
    w->step = c->type->type == IPAM_T_BLOCK ? STEP_BLOCKS : STEP_LOOK;
    if (w->step == STEP_LOOK)
        clear_ends(w->row, &w->from, &w->last, &w->space);
    if (look_at_rows(w) != 0) {
        sight_veil(&w->sight, call_view(c), &c->problem);
        call_problem(c);
        sweep_free(w);
        return;
    }
    w->intent = (struct intent){
        .operation = c->route->operation,
        .actor = actor_copy(&c->actor, &w->arena),
        .bulk = true,
        .needs = needs,
        .decide = decide,
        .settled = settled,
    };
    struct strbuf key;
    strbuf_init(&key, 256);
    record_key_print(c->row, &key);
    struct job_spec spec = {
        .kind = "delete",
        .target = strbuf_str(&key),
        .actor = c->actor,
        .guard = write_guard(c, call_render_job),
        .started = on_started,
        .cancel = on_cancel,
        .user = w,
    };
    job_start(c->api->at.jobs, &spec);
    strbuf_fini(&key);
}
