/* edit_select.c - which objects an edit is about: those of a list, their partners in a pair, by server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/edit.h"

#include <stdlib.h>

#include "api/plans.h"
#include "model/relation.h"

static bool is_resident(const struct edit_work *w)
{
    return record_type(w->kind->type)->residency == RES_RESIDENT;
}

static void add(struct edit_work *w, const void *rec)
{
    const struct ipam_scope *s = rec; /* all of them begin with id and revision */
    if (w->count == w->room) {
        w->room = w->room == 0 ? 256 : 2 * w->room;
        w->objects = xrealloc(w->objects, w->room * sizeof(w->objects[0]));
    }
    w->objects[w->count++] =
        (struct edit_object){ .server = rule_ref(rec, "server"),
                              .id = s->id,
                              .rec = is_resident(w) ? NULL : record_copy(&w->rows, rec) };
}

static void end(struct edit_work *w)
{
    query_leave(w->c, &w->call);
    w->selected(w);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct edit_work *w = user;
    (void)t;
    if (page_judge(&w->list, rec) != NULL)
        add(w, rec);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct edit_work *w = user;
    struct call *c = w->c;
    (void)answer;
    c->reading = NULL;
    if (status == 0) {
        end(w);
        return;
    }
    query_leave(c, &w->call);
    call_status_problem(c, status, message);
}

void edit_select(struct edit_work *w)
{
    struct call *c = w->c;
    const struct state *s = c->api->at.state;
    struct store_query q = { .type = w->kind->type };
    if (!is_resident(w)) {
        c->reading = store_query(c->api->at.store, &q, on_row, on_rows, w);
        return;
    }
    for (const struct ipam_scope *row = state_next(s, q.type, 0); row != NULL;
         row = state_next(s, q.type, row->id))
        if (page_judge(&w->list, row) != NULL)
            add(w, row);
    end(w);
}

/* --- partners: what a pair has is changed on both --- */

struct partners {
    struct edit_work *w;
    const struct ipam_scope *scope;
    struct imap *known; /* ids that are selected */
};

static int add_partner(void *user, const struct ipam_scope *other)
{
    const struct partners *p = user;
    const struct view *v = call_view(p->w->c);
    if (other->server == p->scope->server || !prefix_equal(&other->prefix, &p->scope->prefix) ||
        imap_get(p->known, (uint64_t)other->id) != NULL || !relation_joins(v, p->scope, other))
        return 0;
    imap_put(p->known, (uint64_t)other->id, (void *)(uintptr_t)1);
    add(p->w, other);
    return 0;
}

static void add_partners(struct edit_work *w)
{
    const struct view *v = call_view(w->c);
    struct imap known;
    size_t selected = w->count;
    if (w->kind->type != IPAM_T_SCOPE || state_count(w->c->api->at.state, IPAM_T_FAILOVER) == 0)
        return;
    imap_init(&known);
    for (size_t i = 0; i < selected; i++)
        imap_put(&known, (uint64_t)w->objects[i].id, (void *)(uintptr_t)1);
    for (size_t i = 0; i < selected; i++) {
        struct partners p = { w, view_get(v, IPAM_T_SCOPE, w->objects[i].id), &known };
        struct ipam_addr first;
        prefix_first(&p.scope->prefix, &first);
        view_scopes_at(v, p.scope->space, &first, add_partner, &p);
    }
    imap_fini(&known);
}

/* --- who goes first --- */

struct rank {
    struct noting *n;
    struct note_group *group;
    const struct view *v;
};

static struct note_group *group_of(struct noting *n, int64_t server)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->groups[i].server == server)
            return &n->groups[i];
    return NULL;
}

/* Whether `g` waits for the other, at whatever remove: then that must not wait for it. */
static bool waits_for(const struct note_group *g, const struct note_group *other)
{
    for (; g != NULL; g = g->after)
        if (g == other)
            return true;
    return false;
}

/* The secondary and the standby come second; of two that say the same, the one that was known later. */
static int link_partner(void *user, const void *row)
{
    const struct rank *r = user;
    const struct ipam_failover *f = row;
    if (f->server != r->group->server || r->group->after != NULL)
        return 0;
    struct note_group *other = group_of(r->n, relation_target(r->v, f, 0));
    if (other == NULL || other == r->group || waits_for(other, r->group))
        return 0;
    bool second =
        record_has(f, IPAM_FAILOVER_ROLE) ? f->role != IPAM_FAILOVER_ROLE_PRIMARY : f->server > other->server;
    if (second)
        r->group->after = other;
    return 0;
}

static void link_groups(struct edit_work *w)
{
    if (state_count(w->c->api->at.state, IPAM_T_FAILOVER) == 0)
        return;
    for (size_t i = 0; i < w->noting.count; i++) {
        struct rank r = { &w->noting, &w->noting.groups[i], call_view(w->c) };
        view_each(r.v, IPAM_T_FAILOVER, link_partner, &r);
    }
}

/* --- by server --- */

static int by_server(const void *x, const void *y)
{
    const struct edit_object *a = x, *b = y;
    if (a->server != b->server)
        return a->server < b->server ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static bool is_first_of_server(const struct edit_work *w, size_t i)
{
    return i == 0 || w->objects[i].server != w->objects[i - 1].server;
}

static void make_groups(struct edit_work *w)
{
    struct noting *n = &w->noting;
    size_t servers = 0;
    for (size_t i = 0; i < w->count; i++)
        servers += is_first_of_server(w, i);
    w->groups = xcalloc(servers + 1, sizeof(w->groups[0]));
    n->groups = xcalloc(servers + 1, sizeof(n->groups[0]));
    for (size_t i = 0; i < w->count; i++) {
        if (is_first_of_server(w, i)) {
            struct edit_group *g = &w->groups[n->count];
            n->groups[n->count++].server = w->objects[i].server;
            g->from = i;
            smap_init(&g->options);
            smap_init(&g->definitions);
        }
        w->groups[n->count - 1].count++;
    }
}

/* --- whether they may be --- */

static int may_one(struct edit_work *w, const char *operation, const void *rec)
{
    struct call *c = w->c;
    const struct operation *op = access_operation(operation);
    if (sight_judge(&c->sight, call_view(c), op, rec, c->sight.now_ms) == ACCESS_ALLOWED)
        return 0;
    return sight_denied(&c->sight, op, &c->problem);
}

static int may(struct edit_work *w, const struct edit_object *o)
{
    const void *rec = o->rec != NULL ? o->rec : view_get(call_view(w->c), w->kind->type, o->id);
    if (w->fields && may_one(w, w->kind->changes, rec) != 0)
        return IPAM_E_INVAL;
    return w->options ? may_one(w, w->kind->sets, rec) : 0;
}

static int is_managed(struct edit_work *w, int64_t id)
{
    struct call *c = w->c;
    const struct ipam_server *server = view_get(call_view(c), IPAM_T_SERVER, id);
    if (server != NULL && server->managed)
        return 0;
    plans_not_managed(server, &c->problem);
    problem_hint(&c->problem, "leave its objects out with \"server.ne\", or let ipamd manage it");
    return IPAM_E_INVAL;
}

int edit_group(struct edit_work *w)
{
    struct call *c = w->c;
    add_partners(w);
    if (w->count > EDIT_OBJECTS) {
        problem_hint(&c->problem, "select fewer of them");
        return problem_set(&c->problem, PROBLEM_TOO_LARGE,
                           "%zu objects are selected; an edit is about %d at most", w->count, EDIT_OBJECTS);
    }
    if (w->count > 0)
        qsort(w->objects, w->count, sizeof(w->objects[0]), by_server);
    make_groups(w);
    for (size_t i = 0; i < w->noting.count; i++)
        if (is_managed(w, w->noting.groups[i].server) != 0)
            return IPAM_E_INVAL;
    for (size_t i = 0; i < w->count; i++)
        if (may(w, &w->objects[i]) != 0)
            return IPAM_E_INVAL;
    link_groups(w);
    return 0;
}
