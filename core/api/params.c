/* params.c - what a request says: the parameters of its query, and its body.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/rows.h"
#include "api/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX (16u << 20)

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
        if (names[i] != NULL || (c->write != NULL && str_is(key, "dry_run")))
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
    static const char *const json[] = { "application/json", "application/merge-patch+json",
                                        "application/x-www-form-urlencoded" };
    if (type.len == 0)
        return true;
    for (size_t i = 0; i < 3; i++) {
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
    int rc = json_parse(c->body.data, c->body.len, BODY_MAX, &c->doc, &e);
    if (rc == IPAM_E_NOMEM) {
        c->problem.retry_after_s = 1;
        return problem_set(&c->problem, PROBLEM_UNAVAILABLE,
                           "memory is short for a body of %zu bytes; nothing was changed", c->body.len);
    }
    if (rc != 0) {
        problem_hint(&c->problem, "correct the body there; it must be one value of strict JSON (RFC 8259)");
        return problem_set(&c->problem, PROBLEM_BAD_JSON, "line %u, column %u: %s", e.line, e.column,
                           e.message);
    }
    return 0;
}

void call_body_done(struct call *c)
{
    json_free(c->doc);
    c->doc = NULL;
}

/* What is hidden has no name. */
static int64_t ref_named(struct call *c, uint32_t type, struct ipam_str text)
{
    if (type == IPAM_T_VLAN)
        return call_vlan(c, text);
    if (type == IPAM_T_ZONE)
        return call_zone(c, text);
    if (type != IPAM_T_SERVER && type != IPAM_T_SPACE && type != IPAM_T_ACCESS_SCOPE && type != IPAM_T_USER &&
        type != IPAM_T_CUSTOM_FIELD && type != IPAM_T_VLAN_GROUP && type != IPAM_T_VRF)
        return 0;
    if (type == IPAM_T_ACCESS_SCOPE)
        text = access_path(&c->arena, text);
    int64_t id = view_by_name(call_view(c), type, text);
    bool known = type == IPAM_T_USER ||
                 (type == IPAM_T_SPACE && str_is(text, "default")); /* or asks nothing of rights */
    return id != 0 && (known || call_sees(c, view_get(call_view(c), type, id))) ? id : 0;
}

int64_t call_ref(struct call *c, uint32_t type, struct ipam_str text)
{
    int64_t id = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || id > ((int64_t)1 << 53))
            return ref_named(c, type, text);
        id = id * 10 + (text.data[i] - '0');
    }
    return id;
}
