/* call.c - the course of one call: route, authorise, handle, answer once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/answers.h"
#include "api/import.h"
#include "api/server_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"

#define STREAMS_MS 500

static void wait_unlink(struct call *c)
{
    c->wait = NULL;
    *c->waiting_link = c->next_waiting;
    if (c->next_waiting != NULL)
        c->next_waiting->waiting_link = c->waiting_link;
}

static void wait_end(struct call *c)
{
    manage_wait_cancel(c->wait);
    wait_unlink(c);
}

struct api *api_new(const struct api_config *config)
{
    struct api *a = xcalloc(1, sizeof(*a));
    a->at = *config;
    rng_bytes(&a->next_request, sizeof(a->next_request));
    rng_bytes(a->own_key, sizeof(a->own_key));
    smap_init(&a->under_way);
    strbuf_init(&a->openapi, 4u << 20);
    api_openapi(config->version, &a->openapi);
    a->book = book_new(config->state);
    imap_init(&a->counts);
    api_watch_head(a);
    return a;
}

static bool still_good(void *arg, int64_t token, int64_t user)
{
    return api_still_knows(arg, token, user);
}

/* A stream ends soon after its token, as a request is refused. */
static void on_streams(struct loop_timer *t)
{
    struct api *a = container_of(t, struct api, streams);
    if (a->at.feed != NULL)
        feed_judge(a->at.feed, still_good, a);
    timer_start(a->at.loop, &a->streams, STREAMS_MS, on_streams);
}

void api_ready(struct api *a, bool ready)
{
    a->ready = ready;
    a->was_ready = a->was_ready || ready;
    if (!ready && a->at.feed != NULL)
        feed_close(a->at.feed);
    if (!ready && a->at.prober != NULL)
        prober_end(a->at.prober);
    if (!ready)
        server_ask_end(a);
    if (ready)
        timer_start(a->at.loop, &a->streams, STREAMS_MS, on_streams);
    else
        timer_stop(&a->streams);
    if (ready && a->answers == NULL)
        a->answers = answers_new(a->at.loop, a->at.store, a->at.gate);
    if (!ready) {
        answers_free(a->answers);
        a->answers = NULL;
    }
    while (!ready &&
           a->waiting != NULL) { /* what they made is durable; only the news of the server is missing */
        struct call *c = a->waiting;
        wait_end(c);
        c->waited(c);
    }
}

void api_equip(struct api *a, const struct api_config *config)
{
    a->at = *config;
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    metrics_free(a);
    answers_free(a->answers);
    book_free(a->book);
    strbuf_fini(&a->openapi);
    smap_fini(&a->under_way);
    free(a);
}

const struct view *call_view(const struct call *c)
{
    return state_view(c->api->at.state);
}

void call_free(struct call *c)
{
    if (c->ended != NULL)
        c->ended(c);
    write_end(c);
    import_end(c);
    json_free(c->doc);
    strbuf_fini(&c->out);
    if (c->secret.len > 0)
        explicit_bzero((void *)(uintptr_t)c->secret.data, c->secret.len);
    arena_fini(&c->arena);
    free(c);
}

/* One line a request, at the level debug: never its query, headers or body. */
void call_log(const struct call *c, int status)
{
    int64_t ms = clock_mono_ms() - c->began_ms;
    const char *method = http_method_name(c->method), *who = c->who.name[0] != '\0' ? c->who.name : "-";
    if (log_level_now() < LOG_DEBUG_)
        return;
    log_event_with(LOG_DEBUG_, "request",
                   LOG_FIELDS(LOG_TEXT("request", c->actor.request.data), LOG_TEXT("method", method),
                              LOG_TEXT("path", c->path.data), LOG_NUMBER("status", status),
                              LOG_NUMBER("ms", ms), LOG_TEXT("principal", c->who.name)),
                   "%s %s %d %lld ms %s " STR_FMT, c->actor.request.data, method, status, (long long)ms, who,
                   STR_ARG(c->path));
}

static void on_waited(void *user)
{
    struct call *c = user;
    wait_unlink(c);
    c->waited(c);
}

void call_wait(struct call *c, const int64_t *plans, size_t count, int64_t timeout_ms,
               void (*waited)(struct call *c))
{
    struct api *a = c->api;
    c->waited = waited;
    if (c->http == NULL || !a->ready) { /* nobody listens, or nothing will happen any more */
        waited(c);
        return;
    }
    c->wait = manage_wait(a->at.manage, plans, count, timeout_ms, on_waited, c);
    c->next_waiting = a->waiting;
    c->waiting_link = &a->waiting;
    if (c->next_waiting != NULL)
        c->next_waiting->waiting_link = &c->next_waiting;
    a->waiting = c;
}

/* Why, in the actor's words: kept in the change log for ever, so judged by its field there and never cut. */
static bool read_reason(struct call *c, struct http_request *req)
{
    struct ipam_str reason = http_header_get(req, "X-Change-Reason");
    struct ipam_change change;
    char err[256];
    if (reason.len == 0)
        return true;
    record_init(&change, IPAM_T_CHANGE);
    const struct record_field *f = record_field_number(record_type(IPAM_T_CHANGE), IPAM_CHANGE_REASON);
    if (record_field_parse(f, reason, &c->arena, &change, err) == 0) {
        c->actor.reason = change.reason;
        return true;
    }
    problem_hint(&c->problem,
                 "nothing was changed; shorten or correct the reason and send the request again");
    problem_set(&c->problem, PROBLEM_BAD_REQUEST, "the header X-Change-Reason %s", err);
    return false;
}

static bool identify_actor(struct call *c, struct http_request *req)
{
    c->actor.name = str_from(c->who.name);
    c->actor.peer = str_from(call_peer(c));
    return read_reason(c, req);
}

static void on_gone(struct http_request *req)
{
    struct call *c = req->user;
    c->http = NULL;
    if (c->reading != NULL) {
        request_cancel(c->reading); /* it ends soon, and the call with it */
        return;
    }
    if (c->wait != NULL)
        wait_end(c);
    else if (c->at_head.link != NULL)
        call_head_leave(c);
    else
        return;
    call_log(c, 0);
    if (c->dropped != NULL)
        c->dropped(c);
    call_free(c);
}

/* --- IPAM-Min-Revision --- */

static void begin(struct call *c)
{
    if (!c->at_head.late) {
        c->route->handler(c);
        return;
    }
    problem_hint(&c->problem, "try again, or ask without IPAM-Min-Revision for what is here now");
    problem_set(&c->problem, PROBLEM_BEHIND, "revision %lld is not here yet; the newest is %lld",
                (long long)c->at_head.rev, (long long)state_head(c->api->at.state));
    c->problem.retry_after_s = 1;
    call_problem(c);
}

/* The revision that must be here before the request is handled; 0: any. -1 with the problem. */
static int64_t least_revision(struct call *c, struct http_request *req)
{
    struct ipam_str h = http_header_get(req, "IPAM-Min-Revision");
    int64_t n = 0;
    bool good = h.data == NULL || (h.len > 0 && h.len <= 16);
    for (size_t i = 0; good && i < h.len; i++) {
        good = h.data[i] >= '0' && h.data[i] <= '9';
        n = n * 10 + (h.data[i] - '0');
    }
    if (good)
        return n;
    problem_hint(&c->problem, "send the IPAM-Revision of an answer");
    problem_set(&c->problem, PROBLEM_BAD_REQUEST, "the header IPAM-Min-Revision is no revision");
    return -1;
}

/* Sixteen hexadecimal digits that no other request of this process has, and most likely none of another.
 * Nobody gains by guessing one, so only the first is drawn. */
static struct ipam_str request_id(struct call *c)
{
    uint64_t id = c->api->next_request++ * UINT64_C(0x9e3779b97f4a7c15); /* odd: a permutation */
    char *text = arena_alloc(&c->arena, 17);
    for (int i = 0; text != NULL && i < 16; i++)
        text[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
    return text != NULL ? (struct ipam_str){ text, 16 } : (struct ipam_str){ "", 0 };
}

void api_handle(void *user, struct http_request *req)
{
    struct call *c = xcalloc(1, sizeof(*c));
    c->api = user;
    c->http = req;
    c->method = req->method;
    c->began_ms = clock_mono_ms();
    c->began_us = clock_mono_us();
    req->user = c;
    req->gone = on_gone;
    arena_init(&c->arena, 256u << 20);
    strbuf_init(&c->out, CALL_OUT_MAX);
    c->actor.request = request_id(c);
    c->path = arena_str(&c->arena, req->path);
    c->query = arena_str(&c->arena, req->query);
    c->body = req->body;
    c->accept = arena_str(&c->arena, http_header_get(req, "Accept"));
    c->if_none_match = arena_str(&c->arena, http_header_get(req, "If-None-Match"));
    if (call_is_starved(c) || !call_route(c, req->method) || !call_authorise(c)) {
        call_problem(c);
        return;
    }
    if (!c->api->ready && c->route->operation != NULL) {
        problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the service is starting or stopping");
        c->problem.retry_after_s = 1;
        call_problem(c);
        return;
    }
    int64_t least = identify_actor(c, req) && write_begin(c) ? least_revision(c, req) : -1;
    if (least < 0 || call_is_starved(c))
        call_problem(c);
    else if (c->route->operation != NULL)
        call_at_head(c, least, HEAD_WAIT_MS, begin);
    else
        c->route->handler(c);
}
