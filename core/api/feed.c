/* feed.c - GET /feed: the revisions as they come, as a stream of server-sent events.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "base/clock.h"
#include "feed/feed.h"

/* A revision in a text; false: it is none. */
static bool revision_parse(struct ipam_str text, int64_t *ret)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i == 16)
            return false;
        n = n * 10 + (text.data[i] - '0');
    }
    *ret = n;
    return text.len > 0;
}

/* Where to begin: after the last event the client got, after `since`, or now. */
static bool read_since(struct call *c, int64_t *ret)
{
    struct ipam_str since = call_param(c, "since"), last = http_header_get(c->http, "Last-Event-ID");
    int64_t head = state_head(c->api->at.state);
    *ret = head;
    if (last.len == 0 && since.data == NULL)
        return true;
    if (!revision_parse(last.len > 0 ? last : since, ret)) {
        problem_hint(&c->problem, "give the last revision that you know, or 0 for all");
        problem_set(&c->problem, PROBLEM_INVALID, "%s=" STR_FMT " is no revision",
                    last.len > 0 ? "Last-Event-ID" : "since", STR_ARG(last.len > 0 ? last : since));
        return false;
    }
    if (*ret <= head)
        return true;
    problem_hint(&c->problem, "this is another database, or an older copy of it: read the lists anew, then "
                              "follow from the revision they show");
    problem_set(&c->problem, PROBLEM_INVALID, "revision %lld does not exist yet; the newest is %lld",
                (long long)*ret, (long long)head);
    return false;
}

/* "address,subnet" to bits. */
static bool read_types(struct call *c, uint64_t ret[2])
{
    struct ipam_str names = call_param(c, "type");
    ret[0] = ret[1] = 0;
    for (size_t from = 0; names.data != NULL && from <= names.len;) {
        const char *comma = memchr(names.data + from, ',', names.len - from);
        struct ipam_str name = { names.data + from,
                                 comma != NULL ? (size_t)(comma - names.data) - from : names.len - from };
        const struct record_type *t = record_type_by_name(name);
        if (t == NULL || t->cls == CLASS_WIRE || t->group == NULL) {
            problem_hint(&c->problem, "name records as the API does: address, subnet, reservation");
            problem_set(&c->problem, PROBLEM_INVALID, "type: there is no record \"" STR_FMT "\"",
                        STR_ARG(name));
            return false;
        }
        ret[t->type / 64] |= UINT64_C(1) << t->type % 64;
        from += name.len + 1;
    }
    return true;
}

static bool read_within(struct call *c, struct feed_want *want)
{
    struct ipam_str text = call_param(c, "within");
    if (text.data == NULL)
        return true;
    want->somewhere = true;
    if (prefix_parse(text.data, text.len, &want->within) == 0)
        return true;
    problem_hint(&c->problem, "give a prefix, such as 10.1.0.0/16");
    problem_set(&c->problem, PROBLEM_INVALID, "within=" STR_FMT " is no prefix", STR_ARG(text));
    return false;
}

/* --- what a follower sees --- */

/* Lives as long as he follows. */
struct looking {
    struct principal who;
    struct sight sight;
    uint64_t outlook; /* when he began */
    bool all;         /* he saw every object then */
    int64_t next_ms;  /* when a right of his begins or ends by itself; INT64_MAX: never */
};

static bool looks_all(void *user)
{
    return sight_whole(&((struct looking *)user)->sight);
}

/* Who sees everything as he did has missed nothing, whatever else changed. */
static bool is_stale(void *user)
{
    struct looking *l = user;
    if (clock_wall_ms() >= l->next_ms)
        return true;
    return l->all ? !sight_all(&l->sight) : book_outlook(l->sight.book, &l->who) != l->outlook;
}

static int64_t next_change(const struct rights *r, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < r->count; i++) {
        if (r->items[i].from > now_ms && r->items[i].from < next)
            next = r->items[i].from;
        if (r->items[i].until > now_ms && r->items[i].until < next)
            next = r->items[i].until;
    }
    return next;
}

static struct feed_look look_of(struct call *c)
{
    struct looking *l = xcalloc(1, sizeof(*l));
    l->who = c->who;
    sight_init(&l->sight, c->api->book, c->api->at.state, &l->who, c->sight.op);
    l->all = sight_all(&l->sight);
    l->outlook = book_outlook(c->api->book, &l->who);
    l->next_ms = next_change(book_rights(c->api->book, &l->who), l->sight.now_ms);
    return (struct feed_look){ l, looks_all, sight_look(&l->sight), is_stale, free };
}

/* --- the call --- */

static void on_ready(void *user, const struct problem *problem)
{
    struct call *c = user;
    struct follower *w = c->work;
    if (problem != NULL) {
        c->problem = *problem;
        call_problem(c);
        return;
    }
    struct http_request *req = call_stream(c, "text/event-stream", feed_drained);
    if (req != NULL)
        feed_begin(w, req);
    else
        feed_forget(w);
}

void handle_feed(struct call *c)
{
    static const char *const known[] = { "since", "type", "within", NULL };
    struct feed_want want = { 0 };
    c->csv = false;
    if (!call_params_known(c, known) || !read_since(c, &want.since) || !read_types(c, want.types) ||
        !read_within(c, &want)) {
        call_problem(c);
        return;
    }
    want.token = c->who.token;
    want.user = c->who.user;
    want.look = look_of(c);
    c->work = feed_follow(c->api->at.feed, &want, on_ready, c);
    if (c->work != NULL)
        return;
    want.look.free(want.look.user);
    problem_hint(&c->problem, "end some of those that follow; the metric ipam_feed_followers counts them");
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "too many clients follow the feed already");
    c->problem.retry_after_s = 10;
    call_problem(c);
}
