/* answers.c - answers kept for Idempotency-Keys: found, compared, written, and forgotten after 7 days.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define ANSWER_MS     (INT64_C(86400000) * ANSWER_DAYS)
#define PRUNE_MOST    500 /* answers forgotten in one step */
#define PRUNE_SLEEP   (10 * 60 * 1000)
#define PRUNE_BETWEEN 50 /* ms from one full step to the next */

void answers_like(const struct answer_key *key, struct answer_like *ret)
{
    record_init(&ret->row, IPAM_T_IDEMPOTENCY_ANSWER);
    RECORD_SET(&ret->row, IPAM_IDEMPOTENCY_ANSWER_DIGEST, digest,
               ((struct ipam_bytes){ key->digest, sizeof(key->digest) }));
}

void answers_needs(const struct answer_like *like, struct needs *n)
{
    needs_find(n, IPAM_T_IDEMPOTENCY_ANSWER, IPAM_IDEMPOTENCY_ANSWER_DIGEST, &like->row);
}

void answers_query(struct store *s, const struct answer_like *like, store_record row, store_answered done,
                   void *user)
{
    struct store_filter f = { IPAM_IDEMPOTENCY_ANSWER_DIGEST, IPAM_CMP_EQ, &like->row };
    struct store_query q = {
        .type = IPAM_T_IDEMPOTENCY_ANSWER, .filters = &f, .filter_count = 1, .limit = 1
    };
    store_query(s, &q, row, done, user);
}

static const struct ipam_idempotency_answer *find_any(const struct draft *d, const struct answer_like *like)
{
    return draft_find(d, IPAM_T_IDEMPOTENCY_ANSWER, IPAM_IDEMPOTENCY_ANSWER_DIGEST, &like->row);
}

bool answers_fresh(const struct ipam_idempotency_answer *a, int64_t now_ms)
{
    return now_ms - a->created < ANSWER_MS;
}

const struct ipam_idempotency_answer *answers_find(const struct draft *d, const struct answer_like *like)
{
    const struct ipam_idempotency_answer *a = find_any(d, like);
    return a != NULL && answers_fresh(a, draft_now(d)) ? a : NULL;
}

bool answers_same(const struct ipam_idempotency_answer *a, const struct answer_key *key)
{
    return a->request.len == sizeof(key->request) &&
           memcmp(a->request.data, key->request, sizeof(key->request)) == 0;
}

int answers_mismatch(struct problem *p)
{
    problem_hint(p,
                 "use a new key for a new request; repeat a request byte for byte to get its answer again");
    return problem_set(p, PROBLEM_KEY_MISMATCH,
                       "the Idempotency-Key was sent before with another path, query or body");
}

static void copy_text(char *to, size_t size, struct ipam_str s)
{
    snprintf(to, size, STR_FMT, STR_ARG(s));
}

void answers_take(const struct ipam_idempotency_answer *a, struct call *c)
{
    c->status = (int)a->status;
    c->media = record_has(a, IPAM_IDEMPOTENCY_ANSWER_CONTENT_TYPE)
                   ? arena_memdup(&c->arena, a->content_type.data, a->content_type.len)
                   : NULL;
    copy_text(c->location, sizeof(c->location), a->location);
    copy_text(c->etag, sizeof(c->etag), a->etag);
    strbuf_reset(&c->out);
    strbuf_add(&c->out, a->body.data, a->body.len);
}

void answers_put(struct draft *d, const struct answer_key *key, const struct answer_like *like,
                 const struct call *c)
{
    struct ipam_idempotency_answer a = like->row;
    RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_REQUEST, request,
               ((struct ipam_bytes){ key->request, sizeof(key->request) }));
    RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_STATUS, status, c->status);
    RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_CREATED, created, draft_now(d));
    if (c->media != NULL)
        RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_CONTENT_TYPE, content_type, str_from(c->media));
    if (c->location[0] != '\0')
        RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_LOCATION, location, str_from(c->location));
    if (c->etag[0] != '\0')
        RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_ETAG, etag, str_from(c->etag));
    if (c->out.len != 0)
        RECORD_SET(&a, IPAM_IDEMPOTENCY_ANSWER_BODY, body,
                   ((struct ipam_bytes){ (const uint8_t *)c->out.data, c->out.len }));
    draft_replace(d, find_any(d, like), &a);
}

/* --- forgetting --- */

struct answers {
    struct loop *loop;
    struct store *store;
    struct gate *gate;
    struct loop_timer timer;
    struct intent intent;
    int64_t ids[PRUNE_MOST];
    size_t count;
    bool busy, closing;
};

static void on_timer(struct loop_timer *t);

static void sleep_until_next(struct answers *a, int64_t ms)
{
    a->busy = false;
    if (a->closing)
        free(a);
    else
        timer_start(a->loop, &a->timer, ms, on_timer);
}

static void prune_needs(struct intent *in, const struct view *v, struct needs *n)
{
    const struct answers *a = container_of(in, struct answers, intent);
    (void)v;
    for (size_t i = 0; i < a->count; i++)
        needs_row(n, IPAM_T_IDEMPOTENCY_ANSWER, a->ids[i]);
}

static int prune_decide(struct intent *in, struct draft *d)
{
    const struct answers *a = container_of(in, struct answers, intent);
    for (size_t i = 0; i < a->count; i++) {
        const struct ipam_idempotency_answer *row =
            view_get(draft_view(d), IPAM_T_IDEMPOTENCY_ANSWER, a->ids[i]);
        if (row != NULL && !answers_fresh(row, draft_now(d)))
            draft_delete(d, row);
    }
    return 0;
}

static void prune_settled(struct intent *in, int status)
{
    struct answers *a = container_of(in, struct answers, intent);
    sleep_until_next(a, status == 0 && a->count == PRUNE_MOST ? PRUNE_BETWEEN : PRUNE_SLEEP);
}

static void on_old(void *user, const struct record_type *t, void *rec)
{
    struct answers *a = user;
    (void)t;
    if (a->count < PRUNE_MOST && !answers_fresh(rec, clock_wall_ms()))
        a->ids[a->count++] = ((const struct ipam_idempotency_answer *)rec)->id;
}

static void on_olds(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct answers *a = user;
    (void)message;
    (void)answer;
    if (status != 0 || a->count == 0 ||
        a->closing) { /* storage that is away is told of by whoever needs it */
        sleep_until_next(a, PRUNE_SLEEP);
        return;
    }
    a->intent = (struct intent){ .operation = "system.idempotency.prune",
                                 .actor = { .name = IPAM_STR(MODEL_SELF) },
                                 .bulk = true,
                                 .rows = (unsigned)a->count,
                                 .needs = prune_needs,
                                 .decide = prune_decide,
                                 .settled = prune_settled };
    gate_submit(a->gate, &a->intent);
}

static void on_timer(struct loop_timer *t)
{
    struct answers *a = container_of(t, struct answers, timer);
    struct ipam_idempotency_answer like;
    record_init(&like, IPAM_T_IDEMPOTENCY_ANSWER);
    RECORD_SET(&like, IPAM_IDEMPOTENCY_ANSWER_CREATED, created, clock_wall_ms() - ANSWER_MS);
    struct store_filter f = { IPAM_IDEMPOTENCY_ANSWER_CREATED, IPAM_CMP_LT, &like };
    struct store_query q = { .type = IPAM_T_IDEMPOTENCY_ANSWER,
                             .filters = &f,
                             .filter_count = 1,
                             .order = IPAM_IDEMPOTENCY_ANSWER_CREATED,
                             .limit = PRUNE_MOST };
    a->busy = true;
    a->count = 0;
    store_query(a->store, &q, on_old, on_olds, a);
}

struct answers *answers_new(struct loop *loop, struct store *store, struct gate *gate)
{
    struct answers *a = xcalloc(1, sizeof(*a));
    a->loop = loop;
    a->store = store;
    a->gate = gate;
    timer_start(loop, &a->timer, PRUNE_BETWEEN, on_timer);
    return a;
}

void answers_free(struct answers *a)
{
    if (a == NULL)
        return;
    timer_stop(&a->timer);
    a->closing = true;
    if (!a->busy)
        free(a);
}
