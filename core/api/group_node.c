/* group_node.c - the objects of a node of a logical group, by their values now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/group_node.h"

#include <string.h>

#include "model/custom.h"

#define LEVELS_MOST 8
#define NODE_MOST   16384 /* bytes of a list */

struct node_path {
    const struct ipam_custom_field *fields[LEVELS_MOST];
    struct ipam_str values[LEVELS_MOST]; /* the last one may be absent: objects without one */
    size_t count, levels;
};

/* --- the parameter --- */

static bool wrong_node(struct call *c, const char *what)
{
    problem_hint(&c->problem, "give a value of the first level, or a list such as "
                              "[\"VALUE\",\"VALUE\"], whose last one may be null");
    problem_set(&c->problem, PROBLEM_INVALID, "node: %s", what);
    return false;
}

static bool read_list(struct call *c, const struct json *root, struct node_path *p)
{
    if (json_type(root) != JSON_ARRAY || json_count(root) > p->levels)
        return wrong_node(c, "it is no list of at most as many values as the group has levels");
    for (const struct json *v = json_first(root); v != NULL; v = json_next(v)) {
        bool last = json_next(v) == NULL;
        if (json_type(v) != JSON_STRING && (json_type(v) != JSON_NULL || !last))
            return wrong_node(c, "a value is a text, or null as the last one");
        if (json_type(v) == JSON_STRING)
            p->values[p->count] = arena_str(&c->arena, json_str(v));
        p->count++;
    }
    return true;
}

static bool read_path(struct call *c, struct node_path *p)
{
    const struct ipam_logical_group *g = c->row;
    struct ipam_str text = call_param(c, "node");
    struct json_doc *doc;
    struct json_error e;
    for (; p->levels < g->levels.count && p->levels < LEVELS_MOST; p->levels++)
        p->fields[p->levels] = custom_field(call_view(c), g->levels.items[p->levels]);
    if (text.data == NULL)
        return true;
    if (text.len == 0 || text.data[0] != '[') {
        p->values[p->count++] = text;
        return text.len > 0 || wrong_node(c, "it is empty");
    }
    if (json_parse(text.data, text.len, NODE_MOST, &doc, &e) != 0)
        return wrong_node(c, "it begins as a list in JSON, and is none");
    bool good = read_list(c, json_root(doc), p);
    json_free(doc);
    return good;
}

/* --- the objects --- */

static bool is_in(const struct node_path *p, const void *rec)
{
    for (size_t i = 0; i < p->count; i++) {
        struct ipam_str value = custom_value(p->fields[i], rec), wanted = p->values[i];
        if ((value.data == NULL) != (wanted.data == NULL) ||
            (value.data != NULL && !custom_same(value, wanted)))
            return false;
    }
    return true;
}

static bool add(struct call *c, struct group_node *n, const void *rec, size_t most)
{
    struct rollup_member m;
    rollup_member(rec, &m);
    size_t f = m.first.family == 6;
    if (n->members[f] == NULL)
        n->members[f] = arena_alloc(&c->arena, most * sizeof(m));
    if (n->members[f] == NULL) {
        call_starved(c);
        return false;
    }
    n->members[f][n->counts[f]++] = m;
    return true;
}

static bool keep_all(struct call *c, struct group_node *n, size_t most)
{
    if (n->counts[0] + n->counts[1] > most) {
        problem_hint(&c->problem, "ask for a node of a further level, or for now alone");
        problem_set(&c->problem, PROBLEM_TOO_LARGE,
                    "more than %zu objects are in the node, and each has samples to be read", most);
        return false;
    }
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < n->counts[f]; i++) {
            n->members[f][i].rec = record_copy(&c->arena, n->members[f][i].rec);
            if (n->members[f][i].rec == NULL) {
                call_starved(c);
                return false;
            }
        }
    return true;
}

static bool no_node(struct call *c)
{
    problem_hint(&c->problem, "GET /api/v1/ipam/logical-groups/%lld/tree lists the nodes", (long long)c->id);
    problem_set(&c->problem, PROBLEM_NOT_FOUND, "the logical group has no such node");
    return false;
}

bool group_node_read(struct call *c, struct group_node *ret, size_t keep)
{
    const struct state *s = c->api->at.state;
    const struct ipam_logical_group *g = c->row;
    struct node_path p = { .count = 0 };
    uint32_t type = g->of == IPAM_LOGICAL_GROUP_OF_RANGE ? IPAM_T_RANGE : IPAM_T_SUBNET;
    size_t count = state_count(s, type);
    if (g->of != IPAM_LOGICAL_GROUP_OF_RANGE && g->of != IPAM_LOGICAL_GROUP_OF_SUBNET) {
        problem_hint(&c->problem, "make a group of subnets or of ranges");
        problem_set(&c->problem, PROBLEM_UNSUPPORTED,
                    "\"" STR_FMT "\" is a group of what has no utilization of its own", STR_ARG(g->name));
        return false;
    }
    if (!read_path(c, &p))
        return false;
    for (size_t i = 0; i < count; i++) {
        const void *rec = state_row(s, type, i);
        if (is_in(&p, rec) && call_sees(c, rec) && !add(c, ret, rec, count))
            return false;
    }
    if (p.count > 0 && ret->counts[0] + ret->counts[1] == 0)
        return no_node(c);
    for (size_t f = 0; f < 2; f++)
        ret->counts[f] = rollup_pick(ret->members[f], ret->counts[f]);
    return keep == 0 || keep_all(c, ret, keep);
}
