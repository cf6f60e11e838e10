/* groups.c - GET /ipam/logical-groups/{key}/tree: objects counted by their values of custom fields.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A level for each field, a node for each value that an object has; objects without a value are in the
 * node without one, the last of its level. Only what the caller sees is counted. */
#include <string.h>

#include "api/ask.h"
#include "api/call.h"
#include "base/hash.h"
#include "model/custom.h"

#define LEVELS_MOST 8
#define NODES_MOST  10000
#define KEY_MOST    (sizeof(void *) + 1 + 1024)

struct node {
    struct ipam_str value; /* absent: objects without one */
    int64_t place;         /* of the value in its field; what the field does not list comes behind */
    int64_t count;
    struct node *first, *next;
};

struct tree {
    struct call *c;
    uint32_t type; /* of the objects */
    size_t levels;
    const struct ipam_custom_field *fields[LEVELS_MOST];
    struct node root;
    struct smap nodes; /* parent and value -> node */
    size_t count;
    bool starved;
};

static bool comes_before(const struct node *a, const struct node *b)
{
    size_t shorter = a->value.len < b->value.len ? a->value.len : b->value.len;
    if (a->place != b->place)
        return a->place < b->place;
    int order = shorter > 0 ? memcmp(a->value.data, b->value.data, shorter) : 0;
    return order != 0 ? order < 0 : a->value.len < b->value.len;
}

static void insert(struct node *parent, struct node *n)
{
    struct node **at = &parent->first;
    while (*at != NULL && comes_before(*at, n))
        at = &(*at)->next;
    n->next = *at;
    *at = n;
}

static int64_t place_of(const struct ipam_custom_field *f, struct ipam_str value)
{
    int64_t place = value.data != NULL ? custom_place(f, value) : INT64_MAX;
    return place >= 0 ? place : (int64_t)f->values.count;
}

/* NULL when there are too many, or memory is out. */
static struct node *child(struct tree *t, struct node *parent, const struct ipam_custom_field *f,
                          struct ipam_str value)
{
    char key[KEY_MOST];
    size_t len = sizeof(parent) + 1;
    if (value.len > KEY_MOST - len)
        value.len = KEY_MOST - len;
    memcpy(key, &parent, sizeof(parent));
    key[sizeof(parent)] = value.data != NULL;
    if (value.len > 0)
        memcpy(key + len, value.data, value.len);
    len += value.len;
    struct node *n = smap_get(&t->nodes, key, len);
    if (n != NULL || ++t->count > NODES_MOST)
        return n;
    n = arena_alloc(&t->c->arena, sizeof(*n));
    struct ipam_str kept = value.data != NULL ? arena_str(&t->c->arena, value) : value;
    if (n == NULL || (value.data != NULL && kept.data == NULL)) {
        t->starved = true;
        return NULL;
    }
    n->value = kept;
    n->place = place_of(f, value);
    insert(parent, n);
    smap_put(&t->nodes, key, len, n);
    return n;
}

static void add(struct tree *t, const void *rec)
{
    struct node *n = &t->root;
    if (!call_sees(t->c, rec))
        return;
    n->count++;
    for (size_t i = 0; i < t->levels; i++) {
        struct ipam_str value = custom_value(t->fields[i], rec);
        n = child(t, n, t->fields[i], value);
        if (n == NULL)
            return;
        n->count++;
        if (value.data == NULL) /* without this value, whatever others it has */
            return;
    }
}

/* --- the answer --- */

static void write_nodes(struct json_writer *w, const struct node *parent)
{
    jw_key(w, "nodes");
    jw_array(w);
    for (const struct node *n = parent->first; n != NULL; n = n->next) {
        jw_object(w);
        jw_key(w, "value");
        if (n->value.data != NULL)
            jw_str(w, n->value);
        else
            jw_null(w);
        jw_key(w, "count");
        jw_int(w, n->count);
        if (n->first != NULL)
            write_nodes(w, n); /* as deep as the group has levels */
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void answer(struct tree *t)
{
    struct call *c = t->c;
    const struct ipam_logical_group *g = c->row;
    struct json_writer w;
    smap_fini(&t->nodes);
    if (t->starved) {
        call_starved(c);
        call_problem(c);
        return;
    }
    if (t->count > NODES_MOST) {
        problem_hint(&c->problem, "make a group with fewer levels");
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "the tree of \"" STR_FMT "\" has more than %d nodes",
                    STR_ARG(g->name), NODES_MOST);
        call_problem(c);
        return;
    }
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "group");
    jw_str(&w, g->name);
    jw_key(&w, "of");
    jw_text(&w, record_type(t->type)->name);
    jw_key(&w, "levels");
    jw_array(&w);
    for (size_t i = 0; i < t->levels; i++)
        jw_str(&w, t->fields[i]->name);
    jw_array_end(&w);
    jw_key(&w, "count");
    jw_int(&w, t->root.count);
    write_nodes(&w, &t->root);
    jw_object_end(&w);
    call_json(c, 200);
}

/* --- the objects --- */

static void on_row(void *user, const struct record_type *type, void *rec)
{
    (void)type;
    add(user, rec);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *a)
{
    struct tree *t = user;
    struct call *c = t->c;
    c->reading = NULL;
    if (status != 0) {
        smap_fini(&t->nodes);
        call_status_problem(c, status, message);
        return;
    }
    c->head = a->head;
    answer(t);
}

static void add_resident(struct tree *t)
{
    const struct state *s = t->c->api->at.state;
    for (size_t i = 0, n = state_count(s, t->type); i < n; i++)
        add(t, state_row(s, t->type, i));
    answer(t);
}

static void found(struct call *c)
{
    static const uint32_t types[] = { IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS, IPAM_T_SERVER };
    const struct ipam_logical_group *g = c->row;
    struct tree *t = c->work;
    t->c = c;
    t->type = types[g->of];
    for (; t->levels < g->levels.count && t->levels < LEVELS_MOST; t->levels++) {
        const struct ipam_custom_field *f = custom_field(call_view(c), g->levels.items[t->levels]);
        t->fields[t->levels] = record_copy(&c->arena, f); /* it may change while addresses are read */
        if (t->fields[t->levels] == NULL) {
            call_starved(c);
            call_problem(c);
            return;
        }
    }
    smap_init(&t->nodes);
    if (record_type(t->type)->residency == RES_RESIDENT) {
        add_resident(t);
        return;
    }
    const struct store_query q = { .type = t->type };
    c->reading = store_query(c->api->at.store, &q, on_row, on_rows, t);
}

void handle_group_tree(struct call *c)
{
    c->work = arena_alloc(&c->arena, sizeof(struct tree));
    if (call_accept(c, false))
        call_find_plain(c, found);
    else
        call_problem(c);
}
