/* call.c - the course of one call: route, authorise, handle, answer once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"

#define PREFIX   "/api/v1"
#define BODY_MAX (16u << 20)
#define OUT_MAX  (64u << 20)

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
    strbuf_init(&a->openapi, 4u << 20);
    api_openapi(config->version, &a->openapi);
    return a;
}

void api_ready(struct api *a, bool ready)
{
    a->ready = ready;
    while (!ready &&
           a->waiting != NULL) { /* what they made is durable; only the news of the server is missing */
        struct call *c = a->waiting;
        wait_end(c);
        c->waited(c);
    }
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    strbuf_fini(&a->openapi);
    free(a);
}

const struct view *call_view(const struct call *c)
{
    return state_view(c->api->at.state);
}

/* --- answers --- */

static void call_free(struct call *c)
{
    json_free(c->doc);
    strbuf_fini(&c->out);
    arena_fini(&c->arena);
    free(c);
}

/* One line a request, at the level debug: never its query, headers or body. */
static void log_request(const struct call *c, int status)
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

static void answer(struct call *c, int status, const char *type)
{
    struct http_header h[8];
    char rev[24], retry[16];
    size_t n = 0;
    log_request(c, c->http != NULL ? status : 0);
    if (c->http != NULL) {
        h[n++] = (struct http_header){ IPAM_STR("X-Request-Id"), c->actor.request };
        if (type != NULL)
            h[n++] = (struct http_header){ IPAM_STR("Content-Type"), str_from(type) };
        if (c->allow[0] != '\0')
            h[n++] = (struct http_header){ IPAM_STR("Allow"), str_from(c->allow) };
        if (c->api->ready) {
            int64_t head = c->head != 0 ? c->head : state_head(c->api->at.state);
            snprintf(rev, sizeof(rev), "%lld", (long long)head);
            h[n++] = (struct http_header){ IPAM_STR("IPAM-Revision"), str_from(rev) };
        }
        if (c->location[0] != '\0')
            h[n++] = (struct http_header){ IPAM_STR("Location"), str_from(c->location) };
        if (c->csv && c->next[0] != '\0')
            h[n++] = (struct http_header){ IPAM_STR("IPAM-Next"), str_from(c->next) };
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

static void problem_json(const struct problem *p, int status, struct strbuf *out)
{
    struct json_writer w;
    char url[64];
    jw_init(&w, out);
    jw_object(&w);
    jw_key(&w, "type");
    snprintf(url, sizeof(url), "/problems/%s", problem_slug(p->type));
    jw_text(&w, url);
    jw_key(&w, "title");
    jw_text(&w, problem_title(p->type));
    jw_key(&w, "status");
    jw_int(&w, status);
    jw_key(&w, "detail");
    jw_text(&w, p->detail);
    if (p->hint[0] != '\0') {
        jw_key(&w, "hint");
        jw_text(&w, p->hint);
    }
    if (p->errors != NULL) {
        jw_key(&w, "errors");
        jw_array(&w);
        for (const struct record_problem *e = p->errors; e != NULL; e = e->next) {
            jw_object(&w);
            jw_key(&w, "pointer");
            jw_text(&w, e->pointer);
            jw_key(&w, "message");
            jw_text(&w, e->message);
            jw_object_end(&w);
        }
        jw_array_end(&w);
    }
    jw_object_end(&w);
}

void call_problem(struct call *c)
{
    if (c->problem.type == PROBLEM_NONE)
        problem_set(&c->problem, PROBLEM_INTERNAL, "the request was refused without a reason; this is a bug");
    strbuf_reset(&c->out);
    problem_json(&c->problem, problem_status(c->problem.type), &c->out);
    answer(c, problem_status(c->problem.type), "application/problem+json");
}

void call_status_problem(struct call *c, int status, const char *message)
{
    enum problem_type t =
        status == IPAM_E_NOMEM || status == IPAM_E_BUG ? PROBLEM_INTERNAL : PROBLEM_UNAVAILABLE;
    problem_set(&c->problem, t, "%s", message);
    problem_hint(&c->problem, "try again; if it happens again, look at the service's log");
    c->problem.retry_after_s = 1;
    call_problem(c);
}

void call_json(struct call *c, int status)
{
    if (c->out.failed) {
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "the answer is larger than %u bytes", OUT_MAX);
        problem_hint(&c->problem, "ask for fewer rows with limit");
        call_problem(c);
        return;
    }
    answer(c, status, c->csv ? "text/csv; charset=utf-8; header=present" : "application/json");
}

void call_empty(struct call *c, int status)
{
    strbuf_reset(&c->out);
    answer(c, status, NULL);
}

void call_object(struct call *c, int status, const void *rec)
{
    struct json_writer w;
    void *copy = record_copy(&c->arena, rec);
    jw_init(&w, &c->out);
    rule_derive(call_view(c), copy);
    record_to_json(copy, NULL, &w);
    call_json(c, status);
}

void call_items(struct call *c, int status)
{
    struct json_writer w;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "items");
    jw_array(&w);
    for (size_t i = 0; i < c->rec_count; i++) {
        rule_derive(call_view(c), c->recs[i]);
        record_to_json(c->recs[i], NULL, &w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    call_json(c, status);
}

void api_bad_request(int status, const char *reason, struct strbuf *out, const char **ret_type)
{
    struct problem p = { 0 };
    enum problem_type t = status == 413 || status == 431 ? PROBLEM_TOO_LARGE
                          : status == 503                ? PROBLEM_UNAVAILABLE
                                                         : PROBLEM_BAD_REQUEST;
    problem_set(&p, t, "%s", reason);
    problem_json(&p, status, out); /* a client sees the status it was answered (RFC 9457, 3.1.2) */
    *ret_type = "application/problem+json";
}

/* --- the request --- */

struct ipam_str call_param(struct call *c, const char *name)
{
    struct ipam_str key, value;
    size_t pos = 0;
    while (http_query_next(&c->arena, c->query, &pos, &key, &value) == 1)
        if (str_is(key, name))
            return value;
    return (struct ipam_str){ NULL, 0 };
}

bool call_param_twice(struct call *c, struct ipam_str name)
{
    problem_hint(&c->problem, "give each parameter once");
    problem_set(&c->problem, PROBLEM_INVALID, "the query has " STR_FMT " twice", STR_ARG(name));
    return false;
}

bool call_params_known(struct call *c, const char *const *names)
{
    struct ipam_str key, value;
    size_t pos = 0;
    int rc;
    uint32_t seen = 0;
    while ((rc = http_query_next(&c->arena, c->query, &pos, &key, &value)) == 1) {
        size_t i = 0;
        while (names[i] != NULL && !str_is(key, names[i]))
            i++;
        if (names[i] != NULL && (seen & 1u << i) != 0)
            return call_param_twice(c, key);
        seen |= 1u << i;
        if (names[i] != NULL)
            continue;
        problem_hint(&c->problem, "see /api/v1/openapi.json for the parameters of this resource");
        problem_set(&c->problem, PROBLEM_INVALID, "unknown query parameter \"" STR_FMT "\"", STR_ARG(key));
        return false;
    }
    if (rc < 0)
        problem_set(&c->problem, PROBLEM_BAD_REQUEST, "the query has a malformed %%-escape");
    return rc >= 0;
}

bool call_param_int(struct call *c, const char *name, int64_t def, int64_t min, int64_t max, int64_t *ret)
{
    struct ipam_str text = call_param(c, name);
    char *end;
    *ret = def;
    if (text.data == NULL)
        return true;
    char *copy = arena_memdup(&c->arena, text.data, text.len);
    errno = 0;
    long long n = strtoll(copy, &end, 10);
    if (copy[0] < '0' || copy[0] > '9' || *end != '\0' || errno != 0 || n < min || n > max) {
        problem_hint(&c->problem, "give a whole number from %lld to %lld", (long long)min, (long long)max);
        problem_set(&c->problem, PROBLEM_INVALID, "%s=%s is not a valid number", name, copy);
        return false;
    }
    *ret = n;
    return true;
}

bool call_param_bool(struct call *c, const char *name, bool *ret)
{
    struct ipam_str text = call_param(c, name);
    *ret = str_is(text, "true");
    if (text.data == NULL || *ret || str_is(text, "false"))
        return true;
    problem_set(&c->problem, PROBLEM_INVALID, "%s is \"" STR_FMT "\"; it is true or false", name,
                STR_ARG(text));
    return false;
}

/* What many clients claim of a body when nobody told them its type counts as JSON: no request is carried
 * by a browser's form here, since none is answered without a token in a header of its own. */
static bool reads_as_json(struct ipam_str type)
{
    static const char *const json[] = { "application/json", "application/x-www-form-urlencoded" };
    if (type.len == 0)
        return true;
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(json[i]);
        if (type.len >= n && strncasecmp(type.data, json[i], n) == 0 &&
            (type.len == n || type.data[n] == ';' || type.data[n] == ' '))
            return true;
    }
    return false;
}

int call_body(struct call *c)
{
    struct json_error e;
    struct ipam_str type = http_header_get(c->http, "Content-Type");
    if (!reads_as_json(type)) {
        problem_hint(&c->problem, "send application/json");
        return problem_set(&c->problem, PROBLEM_MEDIA_TYPE, "a body of type " STR_FMT " is not read here",
                           STR_ARG(type));
    }
    if (c->body.len == 0) {
        problem_hint(&c->problem, "send a JSON object");
        return problem_set(&c->problem, PROBLEM_BAD_JSON, "the body is empty");
    }
    if (json_parse(c->body.data, c->body.len, BODY_MAX, &c->doc, &e) != 0)
        return problem_set(&c->problem, PROBLEM_BAD_JSON, "line %u, column %u: %s", e.line, e.column,
                           e.message);
    return 0;
}

void call_body_done(struct call *c)
{
    json_free(c->doc);
    c->doc = NULL;
}

int64_t call_ref(struct call *c, uint32_t type, struct ipam_str text)
{
    int64_t id = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || id > ((int64_t)1 << 53))
            return type == IPAM_T_SERVER || type == IPAM_T_SPACE ? view_by_name(call_view(c), type, text) : 0;
        id = id * 10 + (text.data[i] - '0');
    }
    return id;
}

void call_submit(struct call *c, void (*needs)(struct intent *, const struct view *, struct needs *),
                 int (*decide)(struct intent *, struct draft *), void (*settled)(struct intent *, int))
{
    c->intent.operation = c->route->operation;
    c->intent.actor = c->actor;
    c->intent.needs = needs;
    c->intent.decide = decide;
    c->intent.settled = settled;
    gate_submit(c->api->at.gate, &c->intent);
}

static void on_waited(void *user)
{
    struct call *c = user;
    wait_unlink(c);
    c->waited(c);
}

void call_wait(struct call *c, int64_t plan, int64_t timeout_ms, void (*waited)(struct call *c))
{
    struct api *a = c->api;
    c->waited = waited;
    if (c->http == NULL || !a->ready) { /* nobody listens, or nothing will happen any more */
        waited(c);
        return;
    }
    c->wait = manage_wait(a->at.manage, plan, timeout_ms, on_waited, c);
    c->next_waiting = a->waiting;
    c->waiting_link = &a->waiting;
    if (c->next_waiting != NULL)
        c->next_waiting->waiting_link = &c->next_waiting;
    a->waiting = c;
}

/* --- routing --- */

static const struct route public_routes[] = {
    { HTTP_GET_, "/livez", NULL, 0, handle_livez, "Whether the process runs", NULL },
    { HTTP_GET_, "/readyz", NULL, 0, handle_readyz, "Whether it serves", NULL },
    { .path = NULL },
};

/* Matches a pattern with at most one "{key}"; the key is still encoded. */
static bool path_matches(const char *pattern, struct ipam_str path, struct ipam_str *ret_key)
{
    const char *p = path.data, *end = path.data + path.len;
    while (*pattern != '\0') {
        if (strncmp(pattern, "{key}", 5) == 0) {
            const char *from = p;
            while (p < end && *p != '/')
                p++;
            if (p == from)
                return false;
            *ret_key = (struct ipam_str){ from, (size_t)(p - from) };
            pattern += 5;
            continue;
        }
        if (p == end || *p != *pattern)
            return false;
        p++;
        pattern++;
    }
    return p == end;
}

static void allow(struct call *c, enum http_method m)
{
    size_t n = strlen(c->allow);
    snprintf(c->allow + n, sizeof(c->allow) - n, "%s%s%s", n > 0 ? ", " : "", http_method_name(m),
             m == HTTP_GET_ ? ", HEAD" : "");
}

/* The route, with c->key still encoded; or NULL, with the methods the path has in c->allow (RFC
 * 9110, 15.5.6). */
static const struct route *find_route(struct call *c, const struct route *table, enum http_method m,
                                      struct ipam_str path)
{
    for (const struct route *r = table; r->path != NULL; r++) {
        struct ipam_str key = { NULL, 0 };
        if (!path_matches(r->path, path, &key))
            continue;
        if (r->method == m || (m == HTTP_HEAD_ && r->method == HTTP_GET_)) {
            c->key = key;
            c->allow[0] = '\0';
            return r;
        }
        allow(c, r->method);
    }
    return NULL;
}

static bool find(struct call *c, enum http_method m)
{
    struct ipam_str rest = c->path;
    size_t n = sizeof(PREFIX) - 1;
    c->route = find_route(c, public_routes, m, c->path);
    if (c->route == NULL && c->path.len > n && memcmp(c->path.data, PREFIX, n) == 0) {
        rest.data += n;
        rest.len -= n;
        c->route = find_route(c, api_routes, m, rest);
    }
    if (c->route == NULL) {
        problem_hint(&c->problem, "see /api/v1/openapi.json for what there is");
        if (c->allow[0] != '\0')
            problem_set(&c->problem, PROBLEM_METHOD, STR_FMT " does not have the method %s", STR_ARG(c->path),
                        http_method_name(m));
        else
            problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no resource " STR_FMT, STR_ARG(c->path));
        return false;
    }
    c->type = record_type(c->route->type);
    if (c->key.data == NULL)
        return true;
    c->key = http_decode(&c->arena, c->key);
    if (c->key.data != NULL)
        return true;
    problem_hint(&c->problem, "write each byte of UTF-8 that is not a letter, digit or one of -._~ as %%XX");
    problem_set(&c->problem, PROBLEM_BAD_REQUEST,
                "the key in the path has a malformed %%-escape, a NUL or invalid UTF-8");
    return false;
}

static struct ipam_str bearer_of(struct http_request *req)
{
    struct ipam_str h = http_header_get(req, "Authorization");
    if (h.len > 7 && strncasecmp(h.data, "Bearer ", 7) == 0)
        return (struct ipam_str){ h.data + 7, h.len - 7 };
    return h.data != NULL ? (struct ipam_str){ "", 0 } : (struct ipam_str){ NULL, 0 };
}

/* The one way to a handler: every route that names an operation asks access. */
static bool authorise(struct call *c, struct http_request *req)
{
    if (c->route->operation == NULL)
        return true;
    const struct operation *op = access_operation(c->route->operation);
    if (!access_identify(c->api->at.access, bearer_of(req), req->peer.local, req->peer.uid, &c->who)) {
        problem_hint(&c->problem, "send the header Authorization: Bearer TOKEN; the administrator's token is "
                                  "in the file the service named at its first start");
        problem_set(&c->problem, PROBLEM_UNAUTHENTICATED, "the request has no valid token");
        return false;
    }
    if (op == NULL || !access_allows(&c->who, op)) {
        problem_hint(&c->problem, "use a token with a role that allows it");
        problem_set(&c->problem, PROBLEM_DENIED, "%s, a %s, may not %s", c->who.name,
                    access_role_name(c->who.role), c->route->operation);
        return false;
    }
    return true;
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
    char peer[ADDR_TEXT_MAX + 16];
    if (req->peer.local) {
        snprintf(peer, sizeof(peer), "unix:%ld", (long)req->peer.pid);
    } else {
        size_t n = addr_print(&req->peer.addr, peer);
        snprintf(peer + n, sizeof(peer) - n, ":%u", (unsigned)req->peer.port);
    }
    c->actor.name = str_from(c->who.name);
    c->actor.peer = str_from(arena_strdup(&c->arena, peer));
    return read_reason(c, req);
}

static void on_gone(struct http_request *req)
{
    struct call *c = req->user;
    c->http = NULL;
    if (c->wait == NULL)
        return;
    wait_end(c);
    log_request(c, 0);
    call_free(c);
}

void api_handle(void *user, struct http_request *req)
{
    struct call *c = xcalloc(1, sizeof(*c));
    uint64_t id;
    c->api = user;
    c->http = req;
    c->method = req->method;
    c->began_ms = clock_mono_ms();
    req->user = c;
    req->gone = on_gone;
    arena_init(&c->arena, 256u << 20);
    strbuf_init(&c->out, OUT_MAX);
    rng_bytes(&id, sizeof(id));
    c->actor.request = str_from(arena_printf(&c->arena, "%016llx", (unsigned long long)id));
    c->path = arena_str(&c->arena, req->path);
    c->query = arena_str(&c->arena, req->query);
    c->body = req->body;
    struct ipam_str accept = http_header_get(req, "Accept");
    c->csv = accept.len != 0 && memmem(accept.data, accept.len, "text/csv", 8) != NULL;
    if (!find(c, req->method) || !authorise(c, req)) {
        c->csv = false;
        call_problem(c);
        return;
    }
    if (!c->api->ready && c->route->operation != NULL) {
        problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the service is starting or stopping");
        c->problem.retry_after_s = 1;
        call_problem(c);
        return;
    }
    if (!identify_actor(c, req)) {
        c->csv = false;
        call_problem(c);
        return;
    }
    c->route->handler(c);
}
