/* managed.c - objects on DHCP servers: added, changed in place and deleted, each by a plan on its server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What a type needs is read off its record: the scope or server that it is in, and the space. */
#include "api/plans.h"

struct managed {
    struct plans plans;
    void **given; /* as they were sent; of one that is changed the patch; of one that goes NULL */
};

/* --- the parts of a row that say where it is --- */

static void *member(const void *rec, const char *name)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field(t, str_from(name));
    return f != NULL ? (char *)(uintptr_t)rec + f->offset : NULL;
}

static void set_ref(void *rec, const char *name, int64_t id)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *f = record_field(t, str_from(name));
    if (f == NULL || f->kind != KIND_REF) /* an option's space is another thing */
        return;
    *(int64_t *)member(rec, name) = id;
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
}

/* What is in a scope is in it by its identifier on the server, too, and for its protocol. */
static void set_scope(void *rec, const struct ipam_scope *s)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct record_field *native = record_field(t, IPAM_STR("native_scope")),
                              *family = record_field(t, IPAM_STR("family"));
    *(struct ipam_str *)member(rec, "native_scope") = s->native;
    IPAM_SET_FIELD((struct ipam_record *)rec, native->number);
    if (family == NULL || record_has(rec, family->number))
        return;
    *(uint32_t *)member(rec, "family") =
        s->prefix.addr.family == 4 ? IPAM_OPTION_VALUE_FAMILY_IPV4 : IPAM_OPTION_VALUE_FAMILY_IPV6;
    IPAM_SET_FIELD((struct ipam_record *)rec, family->number);
}

/* --- what may be asked of one --- */

/* DHCPv4 gives a client one address, and no prefix. */
static int reservation_fits(const struct ipam_reservation *r, struct problem *p)
{
    if (r->address.family != 4 || (r->addresses.count == 0 && r->prefixes.count == 0))
        return 0;
    return problem_set(p, PROBLEM_INVALID, "%s: a reservation of DHCPv4 has one address and no prefix",
                       r->addresses.count > 0 ? "addresses" : "prefixes");
}

static int in_scope(const struct view *v, int64_t scope, const struct ipam_addr *first,
                    const struct ipam_addr *last, struct problem *p)
{
    const struct ipam_scope *s = view_get(v, IPAM_T_SCOPE, scope);
    if (addr_compare(first, last) > 0)
        return problem_set(p, PROBLEM_INVALID, "last: it lies before the first");
    if (s == NULL || (prefix_contains_addr(&s->prefix, first) && prefix_contains_addr(&s->prefix, last)))
        return 0;
    return problem_set(p, PROBLEM_INVALID, "first: the addresses do not lie in the scope");
}

/* What no server takes is not planned. */
static int fits(const struct view *v, const void *rec, struct problem *p)
{
    const struct ipam_pool *pool = rec;
    const struct ipam_exclusion *x = rec;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_RESERVATION: return reservation_fits(rec, p);
    case IPAM_T_SCOPE:
        return record_has(rec, IPAM_SCOPE_PREFIX)
                   ? 0
                   : problem_set(p, PROBLEM_INVALID, "prefix: a scope needs one, such as 10.1.2.0/24");
    case IPAM_T_EXCLUSION: return in_scope(v, x->scope, &x->first, &x->last, p);
    case IPAM_T_POOL:
        return record_has(pool, IPAM_POOL_DELEGATED_LENGTH)
                   ? 0
                   : in_scope(v, pool->scope, &pool->first, &pool->last, p);
    default: return 0;
    }
}

/* A plan for the address of a reservation says what it wants of it, and goes first. */
static int is_free(const struct view *v, const void *rec, struct problem *p)
{
    const struct ipam_reservation *r = rec;
    const struct ipam_address *a =
        r->type == IPAM_T_RESERVATION ? view_get(v, IPAM_T_ADDRESS, rule_address_at(v, r->space, &r->address))
                                      : NULL;
    return a != NULL && rule_is_under_way(a, SERVED_RESERVATION) ? rule_under_way(a, SERVED_RESERVATION, p)
                                                                 : 0;
}

/* --- one plan --- */

/* What the caller must be allowed beside the route's operation, which is that of most rows; NULL: nothing. */
static const struct operation *further(const void *rec)
{
    const struct ipam_dhcp_class *class = rec;
    if (class->type == IPAM_T_OPTION_VALUE && rule_ref(rec, "scope") == 0)
        return access_operation("dhcp.server.set-options");
    if (class->type == IPAM_T_DHCP_CLASS && class->kind == IPAM_DHCP_CLASS_KIND_VENDOR)
        return access_operation("dhcp.vendor-class.configure");
    return NULL;
}

static int may(struct call *c, const struct draft *d, const void *rec, const struct ipam_server *server,
               struct problem *p)
{
    const struct operation *op = further(rec);
    if (op == NULL || sight_judge(&c->sight, draft_view(d), op, server, draft_now(d)) == ACCESS_ALLOWED)
        return 0;
    return sight_denied(&c->sight, op, p);
}

static int plan_one(struct call *c, struct draft *d, const void *before, const void *after, struct problem *p)
{
    const struct view *v = draft_view(d);
    int64_t id = rule_ref(after != NULL ? after : before, "server");
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, id);
    const struct server_change change = {
        .before = before, .after = after, .actor = c->actor.name, .reason = c->actor.reason
    };
    if (server == NULL || !server->managed)
        return plans_not_managed(server, p);
    if (may(c, d, after != NULL ? after : before, server, p) != 0 ||
        plans_texts_kept(c, server, before, after, p) != 0)
        return IPAM_E_INVAL;
    int64_t plan = rule_plan(d, &change, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    plans_add(c, d, plan, id);
    return 0;
}

/* Fills in where a new one is to be: in the scope that it names, or on the server. */
static int place(struct call *c, const struct view *v, void *rec, struct problem *p)
{
    int64_t scope = rule_ref(rec, "scope"), id = rule_ref(rec, "server");
    const struct ipam_scope *s = scope != 0 ? view_get(v, IPAM_T_SCOPE, scope) : NULL;
    if (scope != 0 && (s == NULL || !sight_sees(&c->sight, v, s))) {
        problem_hint(p, "list the scopes with GET /api/v1/dhcp/scopes");
        return problem_set(p, PROBLEM_INVALID, "scope: there is no scope %lld", (long long)scope);
    }
    if (s != NULL && id != 0 && id != s->server)
        return problem_set(p, PROBLEM_INVALID, "server: the scope is on another one");
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, s != NULL ? s->server : id);
    if (server == NULL || (s == NULL && !sight_sees(&c->sight, v, server))) {
        problem_hint(p, "name the DHCP server, or the scope, that it is for");
        return problem_set(p, PROBLEM_INVALID,
                           id != 0 ? "server: there is no server %lld" : "server: it is needed",
                           (long long)id);
    }
    set_ref(rec, "server", server->id);
    set_ref(rec, "space", s != NULL ? s->space : server->space);
    if (s != NULL)
        set_scope(rec, s);
    return fits(v, rec, p);
}

static int draft_add(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    const struct managed *w = c->work;
    void *after = record_copy(draft_arena(d), w->given[i]);
    if (place(c, draft_view(d), after, p) != 0)
        return IPAM_E_INVAL;
    return plan_one(c, d, NULL, after, p);
}

static int draft_change(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    const struct managed *w = c->work;
    const struct view *v = draft_view(d);
    const void *before = view_get(v, c->type->type, c->id);
    if (before == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    void *after = w->given[i] != NULL ? record_copy(draft_arena(d), before) : NULL;
    if (after != NULL)
        record_merge(after, w->given[i], c->cleared);
    if ((after != NULL && fits(v, after, p) != 0) || is_free(v, before, p) != 0)
        return IPAM_E_INVAL;
    return plan_one(c, d, before, after, p);
}

/* --- what is sent --- */

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct call *c = call_of(in);
    const struct ipam_reservation *r = c->row;
    int64_t address =
        r != NULL && r->type == IPAM_T_RESERVATION ? rule_address_at(v, r->space, &r->address) : 0;
    if (c->id != 0)
        needs_row(n, c->type->type, c->id);
    if (address != 0)
        needs_row(n, IPAM_T_ADDRESS, address);
}

static struct managed *work_new(struct call *c, size_t count,
                                int (*draft)(struct call *, struct draft *, size_t, struct problem *))
{
    struct managed *w = arena_alloc(&c->arena, sizeof(*w));
    void **given = arena_alloc(&c->arena, count * sizeof(*given));
    if (w == NULL || given == NULL) {
        call_starved(c);
        return NULL;
    }
    *w = (struct managed){ .plans = { .items = count, .draft = draft }, .given = given };
    c->work = w;
    return w;
}

static void read_one(struct call *c, const struct json *v, const char *base, size_t i,
                     struct record_problems *problems)
{
    struct managed *w = c->work;
    record_from_json(c->type, MODE_CREATE, c->doc, v, base, &c->arena, &w->given[i], NULL, problems);
}

void handle_managed_create(struct call *c)
{
    static const char *const none[] = { NULL };
    size_t count = call_params_known(c, none) && call_body(c) == 0 ? plans_listed(c) : 0;
    if (count == 0 || work_new(c, count, draft_add) == NULL || plans_read(c, read_one) != 0)
        call_problem(c);
    else
        plans_submit(c, needs_rows);
}

static void found(struct call *c)
{
    plans_submit(c, needs_rows);
}

/* Reads what is to be changed; an error with the problem. */
static int read_patch(struct call *c)
{
    static const char *const none[] = { NULL };
    struct record_problems problems;
    struct managed *w = work_new(c, 1, draft_change);
    record_problems_init(&problems, &c->arena);
    if (w == NULL || !call_params_known(c, none) || call_body(c) != 0)
        return IPAM_E_INVAL;
    int rc = record_from_json(c->type, MODE_PATCH, c->doc, json_root(c->doc), "", &c->arena, &w->given[0],
                              c->cleared, &problems);
    call_body_done(c);
    return rc != 0 ? call_invalid(c, &problems) : 0;
}

void handle_managed_change(struct call *c)
{
    if (read_patch(c) != 0)
        call_problem(c);
    else
        call_find(c, found);
}

void handle_managed_delete(struct call *c)
{
    if (work_new(c, 1, draft_change) == NULL)
        call_problem(c);
    else
        call_find_plain(c, found);
}
