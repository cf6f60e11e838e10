/* queries.c - a list as a saved query asks for it (GET .../run), and whether the list takes it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A call asks for another list by naming that one's route, operation and parameters in place of its own:
 * from there on it is a call of that list, with the rights and the sight of its caller. */
#include "api/queries.h"

#include <string.h>

#define NAMES_SIZE 4096

/* What a saved query leaves to those who run it. */
static const char *const of_a_run[] = { "cursor", "at", NULL };

/* --- lists --- */

static bool is_list(const struct route *r)
{
    return r->method == HTTP_GET_ && (r->handler == handle_list || r->handler == handle_made_list);
}

const struct route *query_list(struct ipam_str path)
{
    for (const struct route *r = api_routes; r->path != NULL; r++)
        if (is_list(r) && str_is(path, r->path + 1))
            return r;
    return NULL;
}

static bool no_list(struct call *c, struct ipam_str path)
{
    struct record_problems problems;
    struct strbuf names;

    strbuf_init(&names, NAMES_SIZE);
    for (const struct route *r = api_routes; r->path != NULL; r++)
        if (is_list(r))
            strbuf_printf(&names, "%s%s", names.len > 0 ? ", " : "", r->path + 1);
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, "/list", "is no list; there are: " STR_FMT, STR_ARG(strbuf_str(&names)));
    strbuf_fini(&names);
    c->problem.errors = problems.first;
    problem_hint(&c->problem,
                 "give the path of a list behind /api/v1/, such as ipam/subnets; errors names them all");
    problem_set(&c->problem, PROBLEM_INVALID, "list: there is no list \"" STR_FMT "\"", STR_ARG(path));
    return false;
}

/* --- parameters --- */

static bool is_named(struct arena *a, struct ipam_str query, struct ipam_str name)
{
    struct ipam_str key, value;
    size_t pos = 0;

    while (http_query_next(a, query, &pos, &key, &value) == 1)
        if (str_equal(key, name))
            return true;
    return false;
}

/* Appends what stands from..to of a query. */
static char *append(char *at, struct ipam_str query, size_t from, size_t to, const char *start)
{
    while (from < to && query.data[from] == '&')
        from++;
    if (from == to)
        return at;
    if (at != start)
        *at++ = '&';
    memcpy(at, query.data + from, to - from);
    return at + (to - from);
}

struct ipam_str query_over(struct arena *a, struct ipam_str saved, struct ipam_str request)
{
    char *text = arena_alloc(a, saved.len + request.len + 2), *at = text;
    struct ipam_str key, value;
    size_t pos = 0, from = 0;

    if (text == NULL)
        return (struct ipam_str){ NULL, 0 };
    while (http_query_next(a, saved, &pos, &key, &value) == 1) {
        if (!is_named(a, request, key))
            at = append(at, saved, from, pos, text);
        from = pos;
    }
    at = append(at, request, 0, request.len, text);
    return (struct ipam_str){ text, (size_t)(at - text) };
}

/* What would not be the same query at each run. */
static bool has_place(struct call *c, struct ipam_str query)
{
    for (size_t i = 0; of_a_run[i] != NULL; i++) {
        if (!is_named(&c->arena, query, str_from(of_a_run[i])))
            continue;
        problem_hint(&c->problem, "leave it out here, and give it to /run");
        problem_set(&c->problem, PROBLEM_INVALID, "query: %s is no part of a query that is kept",
                    of_a_run[i]);
        return true;
    }
    return false;
}

/* --- asking for a list --- */

static void ask_for(struct call *c, const struct route *list, struct ipam_str query)
{
    c->route = list;
    c->type = record_type(list->type);
    c->query = query;
    c->sight.op = access_operation(list->operation);
    c->own_only = false;
}

/* c->problem says why not. */
static bool list_takes(struct call *c, const struct ipam_saved_query *q)
{
    const struct route *list = query_list(q->list);
    struct ipam_str query = record_has(q, IPAM_SAVED_QUERY_QUERY) ? q->query : IPAM_STR("");
    struct ask *a = arena_alloc(&c->arena, sizeof(*a));

    if (a == NULL) {
        call_starved(c);
        return false;
    }
    if (list == NULL)
        return no_list(c, q->list);
    if (has_place(c, query))
        return false;
    ask_for(c, list, query);
    c->csv = true; /* a dialect is one of CSV; whoever runs it says what he takes */
    return call_may(c, c->sight.now_ms, &c->problem) && ask_read(a, c);
}

static struct as_call as_it_is(const struct call *c)
{
    return (struct as_call){ c->route, c->type, c->query, c->sight.op, c->own_only, c->csv };
}

void query_leave(struct call *c, const struct as_call *before)
{
    c->route = before->route;
    c->type = before->type;
    c->query = before->query;
    c->sight.op = before->op;
    c->own_only = before->own_only;
    c->csv = before->csv;
}

bool query_is_taken(struct call *c, const struct ipam_saved_query *q, struct problem *p)
{
    const struct as_call before_it = as_it_is(c);
    const struct problem before = c->problem;

    memset(&c->problem, 0, sizeof(c->problem));
    bool taken = list_takes(c, q);
    const struct problem said = c->problem;
    c->problem = before;
    query_leave(c, &before_it);
    if (!taken)
        *p = said;
    return taken;
}

/* A selection is all that matches. */
static bool has_page(struct call *c, struct ipam_str query)
{
    static const char *const of_a_page[] = { "cursor", "at", "limit", "order", "fields", "count", NULL };
    for (size_t i = 0; of_a_page[i] != NULL; i++)
        if (is_named(&c->arena, query, str_from(of_a_page[i]))) {
            problem_hint(&c->problem, "leave it out: all that match are meant, as they are now");
            problem_set(&c->problem, PROBLEM_INVALID, "query: %s is no part of a selection", of_a_page[i]);
            return true;
        }
    return false;
}

bool query_enter(struct call *c, struct ipam_str path, struct ipam_str query, struct ask *ret,
                 struct as_call *before)
{
    const struct route *list = query_list(path);
    *before = as_it_is(c);
    if (list == NULL)
        return no_list(c, path);
    if (has_page(c, query))
        return false;
    ask_for(c, list, query);
    c->csv = false;
    if (call_may(c, c->sight.now_ms, &c->problem) && ask_read(ret, c))
        return true;
    query_leave(c, before);
    return false;
}

static void found(struct call *c)
{
    const struct ipam_saved_query *q = c->row;
    const struct route *list = query_list(q->list);
    struct ipam_str saved = record_has(q, IPAM_SAVED_QUERY_QUERY) ? q->query : IPAM_STR("");
    struct ipam_str query = query_over(&c->arena, saved, c->query);

    if (query.data == NULL)
        call_starved(c);
    bool goes = query.data != NULL && (list != NULL || no_list(c, q->list));
    if (goes) {
        ask_for(c, list, query);
        c->row = NULL;
        c->id = 0;
        c->key = (struct ipam_str){ NULL, 0 };
        goes = call_may(c, c->sight.now_ms, &c->problem);
    }
    if (goes)
        list->handler(c);
    else
        call_problem(c);
}

void handle_query_run(struct call *c)
{
    static const char *const known[] = { "cursor", "limit", "count", "at", NULL };

    if (call_params_known(c, known))
        call_find(c, found);
    else
        call_problem(c);
}
