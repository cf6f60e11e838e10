/* answer.c - what a call is answered: records, texts, problems; each answer ends the call.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/moment.h"
#include "base/clock.h"
#include "model/pool.h"

#include <stdio.h>
#include <string.h>

/* The revision the answer shows, also while the service stops; false while it starts and there is none. */
static bool revision_header(const struct call *c, char rev[24], struct http_header *ret)
{
    if (!c->api->was_ready)
        return false;
    int64_t head = c->past ? c->rev : c->head != 0 ? c->head : state_head(c->api->at.state);
    snprintf(rev, 24, "%lld", (long long)head);
    *ret = (struct http_header){ IPAM_STR("IPAM-Revision"), str_from(rev) };
    return true;
}

static void answer(struct call *c, int status, const char *type)
{
    struct http_header h[12];
    char rev[24], retry[16];
    size_t n = 0;
    call_log(c, c->http != NULL ? status : 0);
    metrics_count(c, c->http != NULL ? status : 0);
    if (c->http != NULL) {
        h[n++] = (struct http_header){ IPAM_STR("X-Request-Id"), c->actor.request };
        if (type != NULL)
            h[n++] = (struct http_header){ IPAM_STR("Content-Type"), str_from(type) };
        if (c->allow[0] != '\0')
            h[n++] = (struct http_header){ IPAM_STR("Allow"), str_from(c->allow) };
        if (revision_header(c, rev, &h[n]))
            n++;
        if (c->location[0] != '\0')
            h[n++] = (struct http_header){ IPAM_STR("Location"), str_from(c->location) };
        if (c->etag[0] != '\0' && (status < 400 || status == 412))
            h[n++] = (struct http_header){ IPAM_STR("ETag"), str_from(c->etag) };
        if (c->replayed)
            h[n++] = (struct http_header){ IPAM_STR("Idempotency-Replayed"), IPAM_STR("true") };
        if (c->varies && status < 400)
            h[n++] = (struct http_header){ IPAM_STR("Vary"), IPAM_STR("Accept") };
        if (c->csv && c->next != NULL)
            h[n++] = (struct http_header){ IPAM_STR("IPAM-Next"), str_from(c->next) };
        if (c->csv && c->total[0] != '\0')
            h[n++] = (struct http_header){ IPAM_STR("IPAM-Total"), str_from(c->total) };
        if (status == 401)
            h[n++] = (struct http_header){ IPAM_STR("WWW-Authenticate"), IPAM_STR("Bearer realm=\"ipamd\"") };
        if (c->problem.retry_after_s > 0 && status >= 400) {
            snprintf(retry, sizeof(retry), "%d", c->problem.retry_after_s);
            h[n++] = (struct http_header){ IPAM_STR("Retry-After"), str_from(retry) };
        }
        c->http->gone = NULL;
        http_respond_buf(c->http, status, h, n, &c->out);
    }
    call_free(c);
}

struct http_request *call_stream(struct call *c, const char *type, void (*drained)(struct http_request *req))
{
    struct http_request *req = c->http;
    struct http_header h[4] = { { IPAM_STR("X-Request-Id"), c->actor.request },
                                { IPAM_STR("Content-Type"), str_from(type) },
                                { IPAM_STR("Cache-Control"), IPAM_STR("no-store") } };
    char rev[24];
    size_t n = revision_header(c, rev, &h[3]) ? 4 : 3;
    call_log(c, req != NULL ? 200 : 0);
    metrics_count(c, req != NULL ? 200 : 0);
    if (req != NULL && !http_stream_begin(req, 200, h, n, drained))
        req = NULL;
    call_free(c);
    return req;
}

bool call_is_starved(const struct call *c)
{
    return c->arena.failed || c->out.nomem;
}

void call_starved(struct call *c)
{
    c->arena.failed = true;
}

static void set_starved(struct call *c)
{
    memset(&c->problem, 0, sizeof(c->problem));
    c->problem.retry_after_s = 1;
    if (c->intent.rev != 0 && c->intent.status == 0) {
        problem_hint(&c->problem, "repeat the request with the same claim, or look whether it was done");
        problem_set(&c->problem, PROBLEM_OUTCOME_UNKNOWN, "memory is short: there is none for the answer");
    } else {
        problem_hint(&c->problem, "try again later, or ask for less at once");
        problem_set(&c->problem, PROBLEM_UNAVAILABLE, "memory is short; nothing was changed");
    }
}

void call_problem(struct call *c)
{
    struct json_writer w;
    if (call_is_starved(c))
        set_starved(c);
    if (write_looks_back(c))
        return;
    if (c->problem.type == PROBLEM_NONE)
        problem_set(&c->problem, PROBLEM_INTERNAL, "the request was refused without a reason; this is a bug");
    c->csv = c->past = false;
    strbuf_reset(&c->out);
    c->location[0] = '\0';
    if (c->problem.type != PROBLEM_PRECONDITION)
        c->etag[0] = '\0';
    jw_init(&w, &c->out);
    problem_write(&w, &c->problem, problem_status(c->problem.type));
    if (c->out.failed) /* the status must do */
        strbuf_reset(&c->out);
    answer(c, problem_status(c->problem.type), "application/problem+json");
}

void call_status_problem(struct call *c, int status, const char *message)
{
    problem_of_storage(&c->problem, status, message);
    if (status == IPAM_E_IO)
        api_probe(c->api);
    call_problem(c);
}

void call_json(struct call *c, int status)
{
    if (call_is_starved(c)) {
        call_problem(c);
        return;
    }
    if (c->out.failed) {
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "the answer is larger than %u bytes", CALL_OUT_MAX);
        problem_hint(&c->problem, "ask for fewer rows with limit");
        call_problem(c);
        return;
    }
    answer(c, status, c->csv ? "text/csv; charset=utf-8; header=present" : "application/json");
}

void call_text(struct call *c, int status, const char *type)
{
    if (call_is_starved(c)) {
        call_problem(c);
        return;
    }
    answer(c, status, type);
}

void call_empty(struct call *c, int status)
{
    if (call_is_starved(c)) {
        call_problem(c);
        return;
    }
    strbuf_reset(&c->out);
    answer(c, status, NULL);
}

static void derive_age(struct ipam_conflict *c)
{
    int64_t age_ms = clock_wall_ms() - c->opened;
    RECORD_SET(c, IPAM_CONFLICT_AGE, age, age_ms > 0 ? age_ms / 1000 : 0);
}

/* What the members of a pool are called. */
static void derive_keys(struct call *c, const struct view *v, struct ipam_address_pool *pool)
{
    struct ipam_str *keys = arena_alloc(&c->arena, (pool->members.count + 1) * sizeof(*keys));
    size_t count = 0;
    for (size_t i = 0; keys != NULL && i < pool->members.count; i++) {
        struct pool_member m;
        struct strbuf text;
        strbuf_init(&text, 1024);
        if (pool_member_parse(pool->members.items[i], &m))
            pool_member_print(v, &m, &text);
        keys[count++] = arena_str(&c->arena, strbuf_str(&text));
        strbuf_fini(&text);
    }
    RECORD_SET(pool, IPAM_ADDRESS_POOL_KEYS, keys, ((struct ipam_strs){ keys, count }));
}

void call_derive(struct call *c, const struct view *v, void *rec)
{
    struct ipam_secret *s = rec;
    moment_derive(c, v, rec);
    if (c->past) /* the rest is what is there now */
        return;
    rule_derive(v, rec);
    if (s->type == IPAM_T_CONFLICT)
        derive_age(rec);
    if (s->type == IPAM_T_ADDRESS_POOL)
        derive_keys(c, v, rec);
    if (s->type == IPAM_T_SECRET && c->api->at.vault != NULL)
        RECORD_SET(s, IPAM_SECRET_USERS, users, vault_users(c->api->at.vault, s->name, &c->arena));
}

static void render(struct call *c, const struct view *v, const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    uint64_t derived[2];
    struct json_writer w;
    jw_init(&w, &c->out);
    record_mask(t, FIELD_DERIVED, derived);
    void *copy = arena_alloc(&c->arena, t->size); /* what it points to stays the row's */
    if (copy == NULL)
        return;
    memcpy(copy, rec, t->size);
    if ((derived[0] | derived[1]) != 0)
        call_derive(c, v, copy);
    sight_trim(&c->sight, v, copy);
    record_to_json(copy, c->fields, &w);
}

static void render_items(struct call *c, const struct view *v)
{
    struct json_writer w;
    if (call_is_starved(c))
        return;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "items");
    jw_array(&w);
    for (size_t i = 0; i < c->rec_count; i++) {
        call_derive(c, v, c->recs[i]);
        sight_trim(&c->sight, v, c->recs[i]);
        record_to_json(c->recs[i], NULL, &w);
    }
    jw_array_end(&w);
    if (c->adds != NULL)
        c->adds(c, &w);
    jw_object_end(&w);
}

void call_object(struct call *c, int status, const void *rec)
{
    render(c, call_view(c), rec);
    if (status != 202)
        call_etag(c, rec);
    call_json(c, status);
}

void call_items(struct call *c, int status)
{
    render_items(c, call_view(c));
    call_json(c, status);
}

void call_decide_object(struct call *c, int status, const struct view *v, const void *rec)
{
    render(c, v, rec);
    if (status != 202)
        call_etag(c, rec);
    c->status = status;
    c->media = "application/json";
}

void call_decide_items(struct call *c, int status, const struct view *v)
{
    render_items(c, v);
    c->status = status;
    c->media = "application/json";
}

void call_decide_empty(struct call *c, int status)
{
    strbuf_reset(&c->out);
    c->status = status;
    c->media = NULL;
}

void call_reply(struct call *c)
{
    answer(c, c->status, c->media);
}

void api_bad_request(int status, const char *reason, struct strbuf *out, const char **ret_type)
{
    struct problem p = { 0 };
    struct json_writer w;
    enum problem_type t = status == 413 || status == 431 ? PROBLEM_TOO_LARGE
                          : status == 503                ? PROBLEM_UNAVAILABLE
                                                         : PROBLEM_BAD_REQUEST;
    problem_set(&p, t, "%s", reason);
    jw_init(&w, out);
    problem_write(&w, &p, status); /* a client sees the status it was answered (RFC 9457, 3.1.2) */
    *ret_type = "application/problem+json";
}
