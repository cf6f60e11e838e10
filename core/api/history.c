/* history.c - what was done and is being done: changes, plans with their steps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/list.h"
#include "api/plans.h"
#include "commit/changelog.h"

/* --- changes --- */

#define SCAN_MOST 20000 /* change sets looked at for one page */

static void damaged(struct call *c, int64_t rev)
{
    char message[128];
    snprintf(message, sizeof(message),
             "revision %lld of the change log cannot be read: the database is damaged", (long long)rev);
    call_status_problem(c, IPAM_E_BUG, message);
}

/* Who sees everything need not be asked for each object: NULL. */
static const struct changelog_look *look_of(struct call *c, struct changelog_look *look)
{
    *look = sight_look(&c->sight);
    return sight_whole(&c->sight) ? NULL : look;
}

/* The list: its own order is that of revisions, so a page ends where its rows do. */
static void on_listed(void *user, int64_t rev, struct ipam_bytes body)
{
    struct list *l = user;
    struct changelog_look look;
    struct ipam_change *rec;
    if (l->enough)
        return;
    arena_reset(&l->row);
    int rc = changelog_head(body, &l->row, look_of(l->ask.c, &look), &rec);
    if (rc < 0) {
        l->damaged = rev;
        l->enough = true;
        return;
    }
    bool matches = rc == 1 && ask_matches(&l->ask, rec);
    struct position p = page_position(l, rec);
    l->seen++;
    l->total += matches;
    if (l->more || !ask_goes_on(&l->ask, &p))
        return;
    if (matches && l->rows == l->ask.limit) {
        l->more = true;
        l->enough = !l->ask.count;
        if (l->enough)
            request_cancel(l->ask.c->reading);
        return;
    }
    page_passed(l, &p);
    if (matches)
        page_write(l, rec, true); /* its objects are those that are shown */
}

/* Whether not every row of the log is shown. */
static bool is_judged(const struct ask *a)
{
    return a->condition_count > 0 || !sight_whole(&a->c->sight);
}

static void ask_changes(struct list *l);

static void on_listed_all(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct list *l = user;
    struct call *c = l->ask.c;
    c->reading = NULL;
    if (l->damaged != 0 || (status != 0 && !l->enough)) {
        int64_t rev = l->damaged;
        page_fini(l);
        if (rev != 0)
            damaged(c, rev);
        else
            call_status_problem(c, status, message);
        return;
    }
    c->head = answer->head;
    if (page_looks_on(l, SCAN_MOST)) {
        ask_changes(l);
        return;
    }
    if (!l->ask.count && !l->more)
        l->more = l->seen == (is_judged(&l->ask) ? SCAN_MOST : l->ask.limit + 1);
    else if (l->ask.count && !is_judged(&l->ask))
        l->total = answer->count;
    call_at_head(c, answer->head, HEAD_WAIT_MS, page_done);
}

static void ask_changes(struct list *l)
{
    struct ask *a = &l->ask;
    struct call *c = a->c;
    bool filtered = is_judged(a);
    struct position from = page_from(l);
    int64_t after = from.tie.data != NULL && !(a->count && filtered) ? position_id(from.tie.data) : 0;
    uint32_t limit = !filtered ? (uint32_t)a->limit + 1 : a->count ? 0 : SCAN_MOST;
    l->seen = 0;
    c->reading = store_changes(c->api->at.store, after, 0, limit, a->descending ? IPAM_QUERY_DESCENDING : 0,
                               on_listed, on_listed_all, l);
}

void list_changes(struct list *l)
{
    page_begin(l);
    ask_changes(l);
}

/* One change with its items. */
struct change_get {
    struct call *c;
    bool found;
    int64_t damaged; /* the revision, when it cannot be read */
};

static void on_change(void *user, int64_t rev, struct ipam_bytes body)
{
    struct change_get *g = user;
    struct call *c = g->c;
    struct changelog_look look;
    struct ipam_change *head;
    int rc = changelog_head(body, &c->arena, look_of(c, &look), &head);
    g->found = rc != 0;
    if (rc == 1) {
        call_etag(c, head);
        rc = changelog_json_shown(body, &c->arena, &c->out, look_of(c, &look), NULL, NULL);
    }
    g->damaged = rc == IPAM_E_INVAL ? rev : 0; /* want of memory or of room is seen by the answer itself */
}

void call_no_revision(struct call *c)
{
    problem_hint(&c->problem, "list them with GET /api/v1/audit/changes");
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no revision " STR_FMT, STR_ARG(c->key));
    call_problem(c);
}

static void on_change_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct change_get *g = user;
    struct call *c = g->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0)
        call_status_problem(c, status, message);
    else if (g->damaged != 0)
        damaged(c, g->damaged);
    else if (!g->found)
        call_no_revision(c);
    else
        call_json(c, 200);
}

void handle_change_get(struct call *c)
{
    static const char *const none[] = { NULL };
    struct change_get *g = arena_alloc(&c->arena, sizeof(*g));
    if (!call_accept(c, false) || !call_params_known(c, none)) {
        call_problem(c);
        return;
    }
    int64_t rev = call_ref(c, 0, c->key);
    if (rev == 0 || rev > state_head(c->api->at.state)) { /* what is durable but not published is not shown */
        call_no_revision(c);
        return;
    }
    g->c = c;
    c->reading = store_changes(c->api->at.store, rev - 1, rev, 1, 0, on_change, on_change_read, g);
}

/* --- plans --- */

struct plan_get {
    struct call *c;
    struct json_writer w;
};

static void on_step(void *user, const struct record_type *t, void *rec)
{
    struct plan_get *g = user;
    const struct ipam_plan_step *s = rec;
    const struct record_type *object = record_type((uint32_t)s->object_type);
    uint64_t plain[2] = { ~(1ull << IPAM_PLAN_STEP_BEFORE | 1ull << IPAM_PLAN_STEP_AFTER), ~0ull };
    struct strbuf *out = &g->c->out;
    (void)t;
    /* The step's members, then its object before and after as JSON instead of packed. */
    record_to_json(s, plain, &g->w);
    out->len--;
    plans_write_side(g->c, object, "before", s->before);
    plans_write_side(g->c, object, "after", s->after);
    strbuf_putc(out, '}');
}

static void on_steps(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct plan_get *g = user;
    struct call *c = g->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0) {
        call_status_problem(c, status, message);
        return;
    }
    jw_array_end(&g->w);
    strbuf_putc(&c->out, '}');
    call_json(c, 200);
}

static void found_plan(struct call *c)
{
    struct plan_get *g = arena_alloc(&c->arena, sizeof(*g));
    struct ipam_plan_step like;
    struct json_writer w;
    g->c = c;
    call_etag(c, c->row);
    sight_trim(&c->sight, call_view(c), c->row);
    jw_init(&w, &c->out);
    record_to_json(c->row, NULL, &w);
    c->out.len--;
    strbuf_puts(&c->out, ",\"plan_steps\":");
    jw_init(&g->w, &c->out);
    jw_array(&g->w);
    record_init(&like, IPAM_T_PLAN_STEP);
    RECORD_SET(&like, IPAM_PLAN_STEP_PLAN, plan, c->id);
    struct store_filter f = { IPAM_PLAN_STEP_PLAN, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN_STEP, .filters = &f, .filter_count = 1 };
    c->reading = store_query(c->api->at.store, &q, on_step, on_steps, g);
}

void handle_plan_get(struct call *c)
{
    if (call_accept(c, false))
        call_find_plain(c, found_plan);
    else
        call_problem(c);
}
