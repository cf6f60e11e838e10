/* prune.c - kept configurations that the policy gives up.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Of each part of a server so many are kept, and those that were there not longer ago than so. The newest
 * stays in any case, and so does what a server had while a plan was under way on it that has not ended
 * verified: that is what it would be brought back to. */
#include <stdlib.h>
#include <string.h>

#include "archive/archive_p.h"
#include "base/clock.h"
#include "base/log.h"

struct kept {
    int64_t id, server, first_seen, until; /* until: INT64_MAX for the newest */
    struct ipam_str part;
    bool goes;
};

/* While this plan was under way on its server, nothing of what the server had goes. */
struct span {
    int64_t server, from, to;
};

struct pruning {
    struct intent intent; /* first: cast back */
    struct archive *a;
    struct arena arena;
    struct kept *rows;
    size_t count, cap;
    struct span *spans;
    size_t span_count, span_cap;
    unsigned state; /* of plans asked for: place in `unsafe` */
    size_t at;      /* row under way */
    int64_t *pieces;
    size_t piece_count, piece_cap;
    size_t given_up;
};

/* Plans in these states may have changed a server and are not proved right. */
static const uint32_t unsafe[] = { IPAM_PLAN_STATE_PLANNED, IPAM_PLAN_STATE_RUNNING, IPAM_PLAN_STATE_PARTLY,
                                   IPAM_PLAN_STATE_DRIFTED };

static void finish(struct pruning *p, int status, const char *message)
{
    if (status != 0)
        log_event(LOG_WARN_, "configuration-prune-failed", "old configurations could not be given up: %s",
                  message);
    else if (p->given_up > 0)
        log_event(LOG_INFO_, "configurations-pruned", "%zu old configurations of servers were given up",
                  p->given_up);
    p->a->pruning = NULL;
    arena_fini(&p->arena);
    free(p->rows);
    free(p->spans);
    free(p->pieces);
    free(p);
}

static void *more(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap != 0 ? *cap * 2 : 64;
    return xrealloc(items, *cap * size);
}

/* --- giving up, one after the other --- */

static void next_row(struct pruning *p);

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct pruning *p = (struct pruning *)in;
    (void)v;
    needs_row(n, IPAM_T_SERVER_CONFIG, p->rows[p->at].id);
    for (size_t i = 0; i < p->piece_count; i++)
        needs_row(n, IPAM_T_CONFIG_PIECE, p->pieces[i]);
}

static int decide(struct intent *in, struct draft *d)
{
    const struct pruning *p = (struct pruning *)in;
    const void *row = view_get(draft_view(d), IPAM_T_SERVER_CONFIG, p->rows[p->at].id);
    for (size_t i = 0; i < p->piece_count; i++) {
        const void *piece = view_get(draft_view(d), IPAM_T_CONFIG_PIECE, p->pieces[i]);
        if (piece != NULL)
            draft_delete(d, piece);
    }
    if (row != NULL)
        draft_delete(d, row);
    return 0;
}

static void settled(struct intent *in, int status)
{
    struct pruning *p = (struct pruning *)in;
    if (status != 0) {
        finish(p, status, in->problem.detail);
        return;
    }
    p->given_up++;
    p->at++;
    next_row(p);
}

static void on_piece(void *user, const struct record_type *t, void *rec)
{
    struct pruning *p = user;
    (void)t;
    p->pieces = more(p->pieces, p->piece_count, &p->piece_cap, sizeof(p->pieces[0]));
    p->pieces[p->piece_count++] = ((const struct ipam_config_piece *)rec)->id;
}

static void on_pieces(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct pruning *p = user;
    (void)answer;
    if (status != 0) {
        finish(p, status, message);
        return;
    }
    p->intent = (struct intent){ .operation = "inventory.server.collect",
                                 .actor = { .name = IPAM_STR("ipamd") },
                                 .bulk = true,
                                 .rows = (unsigned)p->piece_count + 1,
                                 .needs = needs_rows,
                                 .decide = decide,
                                 .settled = settled };
    gate_submit(p->a->at.gate, &p->intent);
}

static void next_row(struct pruning *p)
{
    while (p->at < p->count && !p->rows[p->at].goes)
        p->at++;
    if (p->at == p->count) {
        finish(p, 0, "");
        return;
    }
    p->piece_count = 0;
    archive_pieces(p->a, p->rows[p->at].id, on_piece, on_pieces, p);
}

/* --- what goes --- */

static bool same_part(const struct kept *a, const struct kept *b)
{
    return a->server == b->server && str_equal(a->part, b->part);
}

/* Those of a part together, the newest first. */
static int by_part(const void *x, const void *y)
{
    const struct kept *a = x, *b = y;
    if (a->server != b->server)
        return a->server < b->server ? -1 : 1;
    size_t len = a->part.len < b->part.len ? a->part.len : b->part.len;
    int order = len > 0 ? memcmp(a->part.data, b->part.data, len) : 0;
    if (order == 0)
        order = (a->part.len > b->part.len) - (a->part.len < b->part.len);
    return order != 0 ? order : (a->id < b->id) - (a->id > b->id);
}

/* Marks what the policy does not keep; how many. */
static size_t mark(struct pruning *p)
{
    int64_t oldest = clock_wall_ms() - p->a->keep_ms;
    size_t marked = 0;
    unsigned place = 0;
    qsort(p->rows, p->count, sizeof(p->rows[0]), by_part);
    for (size_t i = 0; i < p->count; i++) {
        struct kept *k = &p->rows[i];
        place = i > 0 && same_part(k, &p->rows[i - 1]) ? place + 1 : 0;
        k->goes = place > 0 && (place >= p->a->most || k->until < oldest);
        marked += k->goes;
    }
    return marked;
}

static void spare(struct pruning *p)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->span_count && p->rows[i].goes; k++)
            p->rows[i].goes = p->rows[i].server != p->spans[k].server ||
                              p->rows[i].until < p->spans[k].from || p->rows[i].first_seen > p->spans[k].to;
}

static void ask_plans(struct pruning *p);

static void on_plan(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_plan *plan = rec;
    struct pruning *p = user;
    (void)t;
    p->spans = more(p->spans, p->span_count, &p->span_cap, sizeof(p->spans[0]));
    p->spans[p->span_count++] =
        (struct span){ plan->server, plan->created,
                       record_has(plan, IPAM_PLAN_FINISHED) ? plan->finished : INT64_MAX };
}

static void on_plans(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct pruning *p = user;
    (void)answer;
    if (status != 0) {
        finish(p, status, message);
    } else if (++p->state < sizeof(unsafe) / sizeof(unsafe[0])) {
        ask_plans(p);
    } else {
        spare(p);
        next_row(p);
    }
}

static void ask_plans(struct pruning *p)
{
    struct ipam_plan like;
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, IPAM_PLAN_STATE, state, unsafe[p->state]);
    struct store_filter f = { IPAM_PLAN_STATE, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = &f, .filter_count = 1 };
    store_query(p->a->at.store, &q, on_plan, on_plans, p);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_server_config *c = rec;
    struct pruning *p = user;
    (void)t;
    p->rows = more(p->rows, p->count, &p->cap, sizeof(p->rows[0]));
    p->rows[p->count++] =
        (struct kept){ .id = c->id,
                       .server = c->server,
                       .first_seen = c->first_seen,
                       .until = record_has(c, IPAM_SERVER_CONFIG_UNTIL) ? c->until : INT64_MAX,
                       .part = arena_str(&p->arena, c->part) };
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct pruning *p = user;
    (void)answer;
    if (status != 0 || mark(p) == 0)
        finish(p, status, message);
    else
        ask_plans(p);
}

void prune_server(struct archive *a, int64_t server)
{
    if (a->pruning != NULL)
        return;
    struct pruning *p = xcalloc(1, sizeof(*p));
    p->a = a;
    arena_init(&p->arena, 0);
    a->pruning = p;
    archive_rows(a, server, on_row, on_rows, p);
}

void archive_prune(struct archive *a)
{
    prune_server(a, 0);
}
