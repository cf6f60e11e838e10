/* route.c - which route a path names, and with which key.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "/api/v1"

static const struct route public_routes[] = {
    { HTTP_GET_, "/livez", NULL, 0, handle_livez, "Whether the process runs", NULL },
    { HTTP_GET_, "/readyz", NULL, 0, handle_readyz, "Whether it serves", NULL },
    { HTTP_GET_, "/metrics", "system.metrics.read", 0, handle_metrics, "Counters, for Prometheus", NULL },
    { HTTP_GET_, "/problems", NULL, 0, handle_problem_list, "The types of problems", NULL },
    { HTTP_GET_, "/problems/{key}", NULL, 0, handle_problem_get, "What a type of problem means", NULL },
    { .path = NULL },
};

/* What the configuration file defines is changed there alone, and whoever may read it is told where. Not in
 * the OpenAPI document, for none of this ever succeeds. */
#define IN_FILE(method, path, op, T)                                                                         \
    {                                                                                                        \
        method, path "/{key}", op, T, handle_defined_in_file, NULL, NULL                                     \
    }
static const struct route file_routes[] = {
    IN_FILE(HTTP_PATCH_, "/system/plugins", "system.plugin.read", IPAM_T_PLUGIN_INFO),
    IN_FILE(HTTP_PUT_, "/system/plugins", "system.plugin.read", IPAM_T_PLUGIN_INFO),
    IN_FILE(HTTP_DELETE_, "/system/plugins", "system.plugin.read", IPAM_T_PLUGIN_INFO),
    IN_FILE(HTTP_PATCH_, "/system/tasks", "system.task.read", IPAM_T_TASK),
    IN_FILE(HTTP_PUT_, "/system/tasks", "system.task.read", IPAM_T_TASK),
    IN_FILE(HTTP_DELETE_, "/system/tasks", "system.task.read", IPAM_T_TASK),
    { .path = NULL },
};

/* Matches a pattern with at most one "{key}", whose brace is the only one; the key is still encoded. */
static bool path_matches(const char *pattern, struct ipam_str path, struct ipam_str *ret_key)
{
    const char *p = path.data, *end = path.data + path.len;
    while (*pattern != '\0') {
        if (*pattern == '{') {
            const char *from = p;
            while (p < end && *p != '/')
                p++;
            if (p == from)
                return false;
            *ret_key = (struct ipam_str){ from, (size_t)(p - from) };
            pattern += sizeof("{key}") - 1;
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

bool call_route(struct call *c, enum http_method m)
{
    struct ipam_str rest = c->path;
    size_t n = sizeof(PREFIX) - 1;
    c->route = find_route(c, public_routes, m, c->path);
    if (c->route == NULL && c->path.len > n && memcmp(c->path.data, PREFIX, n) == 0) {
        rest.data += n;
        rest.len -= n;
        c->route = find_route(c, api_routes, m, rest);
        if (c->route == NULL && (m == HTTP_PATCH_ || m == HTTP_PUT_ || m == HTTP_DELETE_))
            c->route = find_route(c, file_routes, m, rest);
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
