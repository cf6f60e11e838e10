/* leases.c - leases planned onto and off their servers: one, a list, several by key; with those of a partner.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/plans.h"
#include "model/lessee.h"
#include "model/relation.h"

#define USERS_MAX 64 /* of one address */

struct lease_work {
    struct plans plans;
    bool deletes, listed;
    struct ipam_lease *given; /* as they were sent; of those that go the id, or address, space and server */
};

/* --- what is looked at --- */

static int64_t space_of(const struct view *v, const struct ipam_lease *l)
{
    const struct ipam_scope *scope =
        record_has(l, IPAM_LEASE_SCOPE) ? view_get(v, IPAM_T_SCOPE, l->scope) : NULL;
    if (scope != NULL)
        return scope->space;
    const struct ipam_server *server =
        record_has(l, IPAM_LEASE_SERVER) ? view_get(v, IPAM_T_SERVER, l->server) : NULL;
    return server != NULL ? server->space : view_by_name(v, IPAM_T_SPACE, IPAM_STR("default"));
}

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct lease_work *w = call_of(in)->work;
    struct view_user users[USERS_MAX];
    for (size_t i = 0; i < w->plans.items; i++) {
        const struct ipam_lease *l = &w->given[i];
        if (l->id != 0)
            needs_row(n, IPAM_T_LEASE, l->id);
        else if (record_has(l, IPAM_LEASE_PREFIX_LENGTH)) /* delegated prefixes are no users of addresses */
            needs_find(n, IPAM_T_LEASE, IPAM_LEASE_ADDRESS, l);
        size_t count = view_users(v, space_of(v, l), &l->address, users, USERS_MAX);
        for (size_t k = 0; k < count && k < USERS_MAX; k++)
            if (users[k].type == IPAM_T_LEASE)
                needs_row(n, IPAM_T_LEASE, users[k].id);
    }
}

static bool same_place(const struct ipam_lease *a, const struct ipam_lease *b)
{
    bool prefix = record_has(a, IPAM_LEASE_PREFIX_LENGTH);
    return addr_equal(&a->address, &b->address) && record_has(b, IPAM_LEASE_PREFIX_LENGTH) == prefix &&
           (!prefix || a->prefix_length == b->prefix_length);
}

/* The lease of that address or prefix on a server; NULL: none is known. */
static const struct ipam_lease *lease_on(const struct view *v, int64_t server, const struct ipam_lease *like)
{
    struct view_user users[USERS_MAX];
    size_t n = view_users(v, like->space, &like->address, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_lease *l =
            users[i].type == IPAM_T_LEASE ? view_get(v, IPAM_T_LEASE, users[i].id) : NULL;
        if (l != NULL && l->server == server && same_place(l, like))
            return l;
    }
    return NULL;
}

/* --- one plan, or two --- */

/* Its id, or 0 with the problem. `first`: the plan that must end verified before; 0: none. */
static int64_t plan_one(struct call *c, struct draft *d, const struct ipam_lease *before,
                        const struct ipam_lease *after, int64_t first, struct problem *p)
{
    const struct server_change change = {
        .before = before, .after = after, .actor = c->actor.name, .reason = c->actor.reason, .first = first
    };
    int64_t plan = rule_plan(d, &change, p);
    if (plan != 0)
        plans_add(c, d, plan, (after != NULL ? after : before)->server);
    return plan;
}

struct partner {
    const struct view *v;
    const struct ipam_scope *scope, *found;
};

static int find_partner(void *user, const struct ipam_scope *s)
{
    struct partner *f = user;
    const struct ipam_server *server = view_get(f->v, IPAM_T_SERVER, s->server);
    if (s->server == f->scope->server || server == NULL || !server->managed ||
        !prefix_equal(&s->prefix, &f->scope->prefix) || !relation_joins(f->v, f->scope, s))
        return 0;
    f->found = s;
    return 1;
}

/* The scope of a partner that has its leases from this one, and that ipamd manages; NULL: none. */
static const struct ipam_scope *partner_of(const struct view *v, int64_t scope)
{
    struct partner f = { v, view_get(v, IPAM_T_SCOPE, scope), NULL };
    if (f.scope != NULL)
        view_scopes_at(v, f.scope->space, &f.scope->prefix.addr, find_partner, &f);
    return f.found;
}

static void put_scope(struct ipam_lease *l, const struct ipam_scope *s)
{
    RECORD_SET(l, IPAM_LEASE_SCOPE, scope, s->id);
    RECORD_SET(l, IPAM_LEASE_SERVER, server, s->server);
    RECORD_SET(l, IPAM_LEASE_NATIVE_SCOPE, native_scope, s->native);
    RECORD_SET(l, IPAM_LEASE_SPACE, space, s->space);
}

/* The same on the partner, whom his server does not tell of what is done by hand, once it is done there. What
 * another client has there stays. */
static int plan_partner(struct call *c, struct draft *d, const struct ipam_lease *before,
                        const struct ipam_lease *after, int64_t first, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_lease *of = after != NULL ? after : before;
    const struct ipam_scope *s = record_has(of, IPAM_LEASE_SCOPE) ? partner_of(v, of->scope) : NULL;
    if (s == NULL)
        return 0;
    struct ipam_lease twin = *of;
    const struct ipam_lease *there = lease_on(v, s->server, of);
    if (after == NULL && there != NULL && !lessee_same(there, before))
        return 0;
    if (sight_judge(&c->sight, v, c->sight.op, s, draft_now(d)) != ACCESS_ALLOWED)
        return sight_denied(&c->sight, c->sight.op, p);
    put_scope(&twin, s);
    c->many = true;
    const struct ipam_lease *gone = after != NULL ? NULL : there != NULL ? there : &twin;
    return plan_one(c, d, gone, after != NULL ? &twin : NULL, first, p) != 0 ? 0 : IPAM_E_INVAL;
}

/* --- one that is added --- */

struct scope_search {
    const struct view *v;
    int64_t server;
    const struct ipam_scope *found;
};

static int find_on_server(void *user, const struct ipam_scope *s)
{
    struct scope_search *f = user;
    f->found = s->server == f->server ? s : NULL;
    return f->found != NULL;
}

/* The scope it names, else the one that holds the address, on the server it names or on a managed one. */
static const struct ipam_scope *scope_for(struct call *c, const struct view *v, const struct ipam_lease *l,
                                          struct problem *p)
{
    struct scope_search f = { v, record_has(l, IPAM_LEASE_SERVER) ? l->server : 0, NULL };
    if (record_has(l, IPAM_LEASE_SCOPE))
        f.found = view_get(v, IPAM_T_SCOPE, l->scope);
    else if (f.server != 0)
        view_scopes_at(v, space_of(v, l), &l->address, find_on_server, &f);
    else
        f.found = rule_scope_for(v, space_of(v, l), &l->address, p);
    if (f.found != NULL && sight_sees(&c->sight, v, f.found))
        return f.found;
    if (record_has(l, IPAM_LEASE_SCOPE)) {
        problem_hint(p, "list the scopes with GET /api/v1/dhcp/scopes");
        problem_set(p, PROBLEM_INVALID, "scope: there is no scope %lld", (long long)l->scope);
    } else if (f.found != NULL || f.server != 0) {
        rule_no_scope(&l->address, p);
    }
    return NULL;
}

static int place(struct call *c, const struct draft *d, struct ipam_lease *l, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_scope *s = scope_for(c, v, l, p);
    const struct ipam_server *server = s != NULL ? view_get(v, IPAM_T_SERVER, s->server) : NULL;
    if (server == NULL)
        return IPAM_E_INVAL;
    if (record_has(l, IPAM_LEASE_SERVER) && l->server != server->id)
        return problem_set(p, PROBLEM_INVALID, "server: the scope is on another one");
    if (!server->managed)
        return plans_not_managed(server, p);
    if (l->address.family != s->prefix.addr.family ||
        (!record_has(l, IPAM_LEASE_PREFIX_LENGTH) && !prefix_contains_addr(&s->prefix, &l->address)))
        return problem_set(p, PROBLEM_INVALID, "address: it does not lie in the scope");
    if (record_has(l, IPAM_LEASE_EXPIRES) && l->expires <= draft_now(d))
        return problem_set(p, PROBLEM_INVALID, "expires: it is over already");
    put_scope(l, s);
    return 0;
}

/* --- one that goes --- */

/* The one that was fetched by its id, or by its server and prefix; NULL: none, or the key is an address. */
static const struct ipam_lease *find_fetched(struct call *c, const struct draft *d,
                                             const struct ipam_lease *wanted)
{
    if (wanted->id != 0)
        return view_get(draft_view(d), IPAM_T_LEASE, wanted->id);
    const struct ipam_lease *l = record_has(wanted, IPAM_LEASE_PREFIX_LENGTH)
                                     ? draft_find(d, IPAM_T_LEASE, IPAM_LEASE_ADDRESS, wanted)
                                     : NULL;
    return l != NULL && same_place(l, wanted) && sight_sees(&c->sight, draft_view(d), l) ? l : NULL;
}

/* The one of that id, or that the caller sees at its address and server; NULL with the problem. */
static const struct ipam_lease *find_named(struct call *c, const struct draft *d,
                                           const struct ipam_lease *wanted, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_lease *found = find_fetched(c, d, wanted);
    struct view_user users[USERS_MAX];
    char text[ADDR_TEXT_MAX];
    size_t n = wanted->id == 0 ? view_users(v, space_of(v, wanted), &wanted->address, users, USERS_MAX) : 0;
    addr_print(&wanted->address, text);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_lease *l =
            users[i].type == IPAM_T_LEASE ? view_get(v, IPAM_T_LEASE, users[i].id) : NULL;
        if (l == NULL || !same_place(l, wanted) || !sight_sees(&c->sight, v, l) ||
            (record_has(wanted, IPAM_LEASE_SERVER) && l->server != wanted->server))
            continue;
        if (found != NULL) {
            problem_hint(p, "say which one: ADDRESS@SERVER, or DELETE .../leases/ID");
            problem_set(p, PROBLEM_AMBIGUOUS, "several servers lease %s", text);
            return NULL;
        }
        found = l;
    }
    if (found == NULL)
        problem_set(p, PROBLEM_NOT_FOUND,
                    wanted->id != 0 ? "the lease is over meanwhile" : "there is no lease of %s", text);
    return found;
}

static int end_lease(struct call *c, struct draft *d, const struct ipam_lease *wanted, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_lease *l = find_named(c, d, wanted, p);
    const struct ipam_server *server = l != NULL ? view_get(v, IPAM_T_SERVER, l->server) : NULL;
    if (l == NULL)
        return IPAM_E_NOENT;
    if (server == NULL || !server->managed)
        return plans_not_managed(server, p);
    int64_t first = plan_one(c, d, l, NULL, 0, p);
    return first != 0 ? plan_partner(c, d, l, NULL, first, p) : IPAM_E_INVAL;
}

static int draft_one(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    const struct lease_work *w = c->work;
    struct ipam_lease l = w->given[i];
    c->many = w->listed;
    if (w->deletes)
        return end_lease(c, d, &l, p);
    if (place(c, d, &l, p) != 0)
        return IPAM_E_INVAL;
    int64_t first = plan_one(c, d, NULL, &l, 0, p);
    return first != 0 ? plan_partner(c, d, NULL, &l, first, p) : IPAM_E_INVAL;
}

/* --- what is sent --- */

static struct lease_work *work_new(struct call *c, bool deletes, size_t count)
{
    struct lease_work *w = arena_alloc(&c->arena, sizeof(*w));
    struct ipam_lease *given = arena_alloc(&c->arena, count * sizeof(*given));
    if (w == NULL || given == NULL) {
        call_starved(c);
        return NULL;
    }
    *w = (struct lease_work){ .plans = { .items = count, .single = !c->many, .draft = draft_one },
                              .deletes = deletes,
                              .listed = c->many,
                              .given = given };
    c->csv = false;
    c->work = w;
    return w;
}

/* What a lease of that protocol cannot be without, or cannot have; NULL: nothing. */
static const char *missing(const struct ipam_lease *l, const char **ret_field)
{
    bool v4 = l->address.family == 4;
    *ret_field = v4 ? "mac" : "duid";
    if (!record_has(l, v4 ? IPAM_LEASE_MAC : IPAM_LEASE_DUID))
        return v4 ? "the hardware address of the client is needed" : "the DUID of the client is needed";
    *ret_field = "iaid";
    if (!v4 && !record_has(l, IPAM_LEASE_IAID))
        return "the number of the client's identity association is needed";
    *ret_field = v4 ? "duid" : "client_id";
    if (record_has(l, v4 ? IPAM_LEASE_DUID : IPAM_LEASE_CLIENT_ID))
        return "clients of the other protocol have it";
    *ret_field = "prefix_length";
    if (!record_has(l, IPAM_LEASE_PREFIX_LENGTH))
        return NULL;
    if (v4 || l->prefix_length < 1)
        return "only DHCPv6 leases prefixes, of 1 to 128 bits";
    struct ipam_prefix whole = { l->address, (uint8_t)l->prefix_length };
    struct ipam_addr first;
    prefix_first(&whole, &first);
    if (!addr_equal(&first, &l->address))
        return "the prefix has host bits";
    *ret_field = "scope";
    return record_has(l, IPAM_LEASE_SCOPE) ? NULL : "name the scope that delegates the prefix";
}

static void read_one(struct call *c, const struct json *v, const char *base, size_t i,
                     struct record_problems *problems)
{
    struct lease_work *w = c->work;
    void *rec = NULL;
    unsigned before = problems->count;
    const char *field = "address", *why;
    record_from_json(c->type, MODE_CREATE, c->doc, v, base, &c->arena, &rec, NULL, problems);
    if (problems->count > before || rec == NULL)
        return;
    why = record_has(rec, IPAM_LEASE_ADDRESS) ? missing(rec, &field) : "an address is needed";
    if (why != NULL)
        record_problem(problems, arena_printf(&c->arena, "%s/%s", base, field), "%s", why);
    w->given[i] = *(struct ipam_lease *)rec;
}

static int read_given(struct call *c)
{
    size_t count = plans_listed(c);
    if (count == 0 || work_new(c, false, count) == NULL)
        return IPAM_E_INVAL;
    return plans_read(c, read_one);
}

void handle_lease_create(struct call *c)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || call_body(c) != 0 || read_given(c) != 0)
        call_problem(c);
    else
        plans_submit(c, needs_rows);
}

static void found_one(struct call *c)
{
    struct lease_work *w = work_new(c, true, 1);
    if (w == NULL) {
        call_problem(c);
        return;
    }
    w->given[0] = *(const struct ipam_lease *)c->row;
    plans_submit(c, needs_rows);
}

void handle_lease_delete(struct call *c)
{
    call_find_plain(c, found_one);
}

static int read_place(struct ipam_lease *l, const char *text, size_t len)
{
    const char *slash = memchr(text, '/', len);
    struct ipam_prefix prefix;
    record_init(l, IPAM_T_LEASE);
    if (slash == NULL && addr_parse(text, len, &l->address) != 0)
        return IPAM_E_INVAL;
    if (slash != NULL && prefix_parse(text, len, &prefix) != 0)
        return IPAM_E_INVAL;
    if (slash != NULL) {
        l->address = prefix.addr;
        RECORD_SET(l, IPAM_LEASE_PREFIX_LENGTH, prefix_length, prefix.length);
    }
    IPAM_SET_FIELD(l, IPAM_LEASE_ADDRESS);
    return 0;
}

/* "ADDRESS@SERVER", or "ADDRESS" of the default space; of a prefix with its server. */
static int read_key(struct call *c, const struct json *v, struct ipam_lease *l)
{
    struct ipam_str key = json_str(v);
    const char *at = key.data != NULL ? memchr(key.data, '@', key.len) : NULL;
    size_t len = at != NULL ? (size_t)(at - key.data) : key.len;
    if (key.data == NULL || read_place(l, key.data, len) != 0 ||
        (at == NULL && record_has(l, IPAM_LEASE_PREFIX_LENGTH)))
        return problem_set(&c->problem, PROBLEM_INVALID,
                           "keys: expected ADDRESS@SERVER or ADDRESS, or PREFIX@SERVER");
    if (at == NULL)
        return 0;
    int64_t server = call_ref(c, IPAM_T_SERVER, (struct ipam_str){ at + 1, key.len - len - 1 });
    const struct ipam_server *row = server != 0 ? view_get(call_view(c), IPAM_T_SERVER, server) : NULL;
    if (row == NULL)
        return problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no lease " STR_FMT, STR_ARG(key));
    RECORD_SET(l, IPAM_LEASE_SERVER, server, server);
    RECORD_SET(l, IPAM_LEASE_SPACE, space, row->space);
    return 0;
}

static int read_keys(struct call *c)
{
    const struct json *keys = plans_keys(c, "ADDRESS@SERVER", false);
    struct lease_work *w = keys != NULL ? work_new(c, true, json_count(keys)) : NULL;
    size_t i = 0;
    if (w == NULL)
        return IPAM_E_INVAL;
    for (const struct json *v = json_first(keys); v != NULL; v = json_next(v), i++)
        if (read_key(c, v, &w->given[i]) != 0)
            return IPAM_E_INVAL;
    return 0;
}

void handle_leases_delete(struct call *c)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || call_body(c) != 0 || read_keys(c) != 0)
        call_problem(c);
    else
        plans_submit(c, needs_rows);
}
