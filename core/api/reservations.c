/* reservations.c - reservations planned onto and off their servers: one, a list, that of an address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/plans.h"

#define USERS_MAX 64 /* of one address */

struct plan_work {
    struct plans plans;
    bool deletes, replaces;
    struct ipam_reservation
        *given; /* as they were sent; of those that go the id, or address, space and server */
};

/* --- what is looked at --- */

static void needs_users(struct needs *n, const struct view *v, int64_t space, const struct ipam_addr *at)
{
    struct view_user users[USERS_MAX];
    size_t count = view_users(v, space, at, users, USERS_MAX);
    for (size_t i = 0; i < count && i < USERS_MAX; i++)
        if (users[i].type == IPAM_T_RESERVATION || users[i].type == IPAM_T_ADDRESS)
            needs_row(n, users[i].type, users[i].id);
}

/* The space of a reservation that is sent: that of its scope, or of the address that it is made for. */
static int64_t space_of(const struct view *v, const struct ipam_reservation *r)
{
    const struct ipam_scope *scope =
        record_has(r, IPAM_RESERVATION_SCOPE) ? view_get(v, IPAM_T_SCOPE, r->scope) : NULL;
    if (scope != NULL)
        return scope->space;
    return record_has(r, IPAM_RESERVATION_SPACE) ? r->space
                                                 : view_by_name(v, IPAM_T_SPACE, IPAM_STR("default"));
}

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    struct plan_work *w = call_of(in)->work;
    for (size_t i = 0; i < w->plans.items; i++) {
        const struct ipam_reservation *r = &w->given[i];
        if (r->id != 0)
            needs_row(n, IPAM_T_RESERVATION, r->id);
        if (record_has(r, IPAM_RESERVATION_ADDRESS))
            needs_users(n, v, space_of(v, r), &r->address);
    }
}

/* --- what is to be made --- */

/* The scope it names, or that of its address; NULL with the problem. */
static const struct ipam_scope *scope_for(struct sight *s, const struct view *v,
                                          const struct ipam_reservation *r, struct problem *p)
{
    bool named = record_has(r, IPAM_RESERVATION_SCOPE);
    const struct ipam_scope *scope =
        named ? view_get(v, IPAM_T_SCOPE, r->scope) : rule_scope_for(v, space_of(v, r), &r->address, p);
    if (scope != NULL && sight_sees(s, v, scope))
        return scope;
    if (named) {
        problem_hint(p, "list the scopes with GET /api/v1/dhcp/scopes");
        problem_set(p, PROBLEM_INVALID, "scope: there is no scope %lld", (long long)r->scope);
    } else if (scope != NULL) {
        rule_no_scope(&r->address, p);
    }
    return NULL;
}

/* Fills in where it is to be. */
static int place(struct sight *s, const struct view *v, struct ipam_reservation *r, struct problem *p)
{
    const struct ipam_scope *scope = scope_for(s, v, r, p);
    const struct ipam_server *server = scope != NULL ? view_get(v, IPAM_T_SERVER, scope->server) : NULL;
    if (server == NULL)
        return IPAM_E_INVAL;
    if (!server->managed)
        return plans_not_managed(server, p);
    if (!prefix_contains_addr(&scope->prefix, &r->address))
        return problem_set(p, PROBLEM_INVALID, "address: it does not lie in the scope");
    RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, scope->id);
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, server->id);
    RECORD_SET(r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, scope->native);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, scope->space);
    return 0;
}

/* The reservation whose place it takes, if it may: of the same scope. *ret NULL: none is there. */
static int find_former(const struct plan_work *w, struct draft *d, const struct ipam_reservation *r,
                       const struct ipam_reservation **ret, struct problem *p)
{
    const struct view *v = draft_view(d);
    struct view_user users[USERS_MAX];
    size_t n = view_users(v, r->space, &r->address, users, USERS_MAX);
    *ret = NULL;
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_reservation *there =
            users[i].type == IPAM_T_RESERVATION ? view_get(v, IPAM_T_RESERVATION, users[i].id) : NULL;
        if (there != NULL && w->replaces && *ret == NULL && there->server == r->server &&
            str_equal(there->native_scope, r->native_scope)) {
            *ret = there;
            continue;
        }
        if (users[i].type != IPAM_T_RESERVATION)
            continue;
        problem_about(p, IPAM_T_RESERVATION, users[i].id);
        problem_hint(p, w->replaces ? "it is in another scope, or one of several: delete it first"
                                    : "say replace=true, delete that one first, or choose another address");
        return problem_set(p, PROBLEM_EXISTS, "the address is reserved already (reservation %lld)",
                           (long long)users[i].id);
    }
    return 0;
}

/* The one of that id, or that the caller sees at its address and server; NULL with the problem. */
static const struct ipam_reservation *find_named(struct call *c, const struct view *v,
                                                 const struct ipam_reservation *wanted, struct problem *p)
{
    const struct ipam_reservation *found = NULL;
    struct view_user users[USERS_MAX];
    char text[ADDR_TEXT_MAX];
    if (wanted->id != 0) {
        found = view_get(v, IPAM_T_RESERVATION, wanted->id);
        if (found == NULL)
            problem_set(p, PROBLEM_NOT_FOUND, "the reservation was deleted meanwhile");
        return found;
    }
    addr_print(&wanted->address, text);
    size_t n = view_users(v, space_of(v, wanted), &wanted->address, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_reservation *r =
            users[i].type == IPAM_T_RESERVATION ? view_get(v, IPAM_T_RESERVATION, users[i].id) : NULL;
        if (r == NULL || !sight_sees(&c->sight, v, r) ||
            (record_has(wanted, IPAM_RESERVATION_SERVER) && r->server != wanted->server))
            continue;
        if (found != NULL) {
            problem_hint(p, "say which one: ADDRESS@SERVER, or DELETE .../reservations/ID");
            problem_set(p, PROBLEM_AMBIGUOUS, "several reservations are at %s", text);
            return NULL;
        }
        found = r;
    }
    if (found == NULL)
        problem_set(p, PROBLEM_NOT_FOUND, "there is no reservation at %s", text);
    return found;
}

/* The same, of a server that may be changed. */
static const struct ipam_reservation *find_leaving(struct call *c, const struct view *v,
                                                   const struct ipam_reservation *wanted, struct problem *p)
{
    const struct ipam_reservation *found = find_named(c, v, wanted, p);
    const struct ipam_server *server = found != NULL ? view_get(v, IPAM_T_SERVER, found->server) : NULL;
    if (server == NULL || server->managed)
        return server != NULL ? found : NULL;
    plans_not_managed(server, p);
    return NULL;
}

/* How far it has come is noted on the plan's address, where he may do so. */
static int64_t noted_on(struct call *c, const struct draft *d, const struct ipam_reservation *r)
{
    const struct view *v = draft_view(d);
    const struct ipam_address *a = view_get(v, IPAM_T_ADDRESS, rule_address_at(v, r->space, &r->address));
    return a != NULL && sight_judge(&c->sight, v, c->sight.op, a, draft_now(d)) == ACCESS_ALLOWED ? a->id : 0;
}

static int draft_one(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    struct plan_work *w = c->work;
    const struct view *v = draft_view(d);
    const struct ipam_reservation *former = NULL;
    struct ipam_reservation r = w->given[i];
    struct server_change change = { .actor = c->actor.name, .reason = c->actor.reason };
    if (w->deletes) {
        former = find_leaving(c, v, &r, p);
        if (former == NULL)
            return IPAM_E_NOENT;
        r = *former;
    } else if (place(&c->sight, v, &r, p) != 0 || find_former(w, d, &r, &former, p) != 0) {
        return IPAM_E_INVAL;
    } else {
        change.after = &r;
    }
    if (plans_texts_kept(c, view_get(v, IPAM_T_SERVER, r.server), former, change.after, p) != 0)
        return IPAM_E_INVAL;
    change.before = former;
    change.address = noted_on(c, d, &r);
    int64_t plan = rule_plan_noted(d, &change, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    plans_add(c, d, plan, r.server);
    return 0;
}

/* --- what is sent --- */

static struct plan_work *work_new(struct call *c, bool deletes, size_t count)
{
    struct plan_work *w = arena_alloc(&c->arena, sizeof(*w));
    w->plans.items = count;
    w->plans.draft = draft_one;
    w->deletes = deletes;
    w->given = arena_alloc(&c->arena, count * sizeof(w->given[0]));
    if (w->given == NULL)
        call_starved(c);
    c->csv = false;
    c->work = w;
    return w;
}

static void read_one(struct call *c, const struct json *v, const char *base, size_t i,
                     struct record_problems *problems)
{
    struct plan_work *w = c->work;
    void *rec = NULL;
    unsigned before = problems->count;
    record_from_json(c->type, MODE_CREATE, c->doc, v, base, &c->arena, &rec, NULL, problems);
    if (problems->count > before || rec == NULL)
        return;
    if (!record_has(rec, IPAM_RESERVATION_ADDRESS))
        record_problem(problems, arena_printf(&c->arena, "%s/address", base), "an address is needed");
    w->given[i] = *(struct ipam_reservation *)rec;
    if (!record_has(rec, IPAM_RESERVATION_IDENTIFIER_TYPE))
        RECORD_SET(&w->given[i], IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
                   IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
}

/* One, or a list of them. */
static int read_given(struct call *c, bool replaces)
{
    size_t count = plans_listed(c);
    if (count == 0)
        return IPAM_E_INVAL;
    struct plan_work *w = work_new(c, false, count);
    w->replaces = replaces;
    return call_is_starved(c) ? 0 : plans_read(c, read_one);
}

void handle_reservation_create(struct call *c)
{
    static const char *const known[] = { "replace", NULL };
    bool replaces = false;
    if (!call_params_known(c, known) || !call_param_bool(c, "replace", &replaces) || call_body(c) != 0 ||
        read_given(c, replaces) != 0) {
        call_problem(c);
        return;
    }
    plans_submit(c, needs_rows);
}

static void found_one(struct call *c)
{
    struct plan_work *w = work_new(c, true, 1);
    if (w->given != NULL)
        w->given[0] = *(const struct ipam_reservation *)c->row;
    plans_submit(c, needs_rows);
}

void handle_reservation_delete(struct call *c)
{
    call_find_plain(c, found_one);
}

/* "ADDRESS@SERVER", or "ADDRESS" of the default space. */
static int read_key(struct call *c, const struct json *v, struct ipam_reservation *r)
{
    struct ipam_str key = json_str(v);
    const char *at = key.data != NULL ? memchr(key.data, '@', key.len) : NULL;
    size_t len = at != NULL ? (size_t)(at - key.data) : key.len;
    record_init(r, IPAM_T_RESERVATION);
    if (key.data == NULL || addr_parse(key.data, len, &r->address) != 0)
        return problem_set(&c->problem, PROBLEM_INVALID, "keys: expected ADDRESS@SERVER, or ADDRESS");
    IPAM_SET_FIELD(r, IPAM_RESERVATION_ADDRESS);
    if (at == NULL)
        return 0;
    int64_t server = call_ref(c, IPAM_T_SERVER, (struct ipam_str){ at + 1, key.len - len - 1 });
    const struct ipam_server *row = server != 0 ? view_get(call_view(c), IPAM_T_SERVER, server) : NULL;
    if (row == NULL)
        return problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no reservation " STR_FMT, STR_ARG(key));
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, server);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, row->space);
    return 0;
}

static int read_keys(struct call *c)
{
    const struct json *keys = plans_keys(c, "ADDRESS@SERVER", false);
    size_t i = 0;
    if (keys == NULL)
        return IPAM_E_INVAL;
    struct plan_work *w = work_new(c, true, json_count(keys));
    for (const struct json *v = json_first(keys); v != NULL && w->given != NULL; v = json_next(v), i++)
        if (read_key(c, v, &w->given[i]) != 0)
            return IPAM_E_INVAL;
    return 0;
}

void handle_reservations_delete(struct call *c)
{
    static const char *const none[] = { NULL };
    if (!call_params_known(c, none) || call_body(c) != 0 || read_keys(c) != 0) {
        call_problem(c);
        return;
    }
    plans_submit(c, needs_rows);
}

/* --- of an address of the plan --- */

static void found_address(struct call *c)
{
    const struct ipam_address *a = c->row;
    struct plan_work *w = c->work;
    struct ipam_reservation *r = w->given;
    if (!w->deletes && !record_has(a, IPAM_ADDRESS_MAC)) {
        problem_hint(&c->problem, "PATCH it with the client's mac, or POST /api/v1/dhcp/reservations");
        problem_set(&c->problem, PROBLEM_INVALID, "the address has no mac to make a reservation for");
        call_problem(c);
        return;
    }
    record_init(r, IPAM_T_RESERVATION);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, a->space);
    RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, a->address);
    if (!w->deletes) {
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
                   IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, a->mac);
        if (record_has(a, IPAM_ADDRESS_NAME))
            RECORD_SET(r, IPAM_RESERVATION_NAME, name, a->name);
    }
    plans_submit(c, needs_rows);
}

void handle_address_reserve(struct call *c)
{
    static const char *const known[] = { "replace", NULL };
    struct plan_work *w = work_new(c, false, 1);
    if (!call_params_known(c, known) || !call_param_bool(c, "replace", &w->replaces) || call_is_starved(c))
        call_problem(c);
    else
        call_find(c, found_address);
}

/* --- of a lease --- */

/* What its server knows its client by, as a reservation names it. */
static bool put_client(struct ipam_reservation *r, const struct ipam_lease *l)
{
    static const struct {
        unsigned field;
        uint32_t type;
        size_t member;
    } names[] = {
        { IPAM_LEASE_DUID, IPAM_RESERVATION_IDENTIFIER_TYPE_DUID, offsetof(struct ipam_lease, duid) },
        { IPAM_LEASE_MAC, IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS, offsetof(struct ipam_lease, mac) },
        { IPAM_LEASE_CLIENT_ID, IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID,
          offsetof(struct ipam_lease, client_id) },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!record_has(l, names[i].field))
            continue;
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type, names[i].type);
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier,
                   *(const struct ipam_bytes *)(const void *)((const char *)l + names[i].member));
        return true;
    }
    return false;
}

static void found_lease(struct call *c)
{
    const struct ipam_lease *l = c->row;
    struct plan_work *w = c->work;
    struct ipam_reservation *r = w->given;
    record_init(r, IPAM_T_RESERVATION);
    RECORD_SET(r, IPAM_RESERVATION_ADDRESS, address, l->address);
    if (record_has(l, IPAM_LEASE_NAME))
        RECORD_SET(r, IPAM_RESERVATION_NAME, name, l->name);
    if (record_has(l, IPAM_LEASE_PREFIX_LENGTH) || !record_has(l, IPAM_LEASE_SCOPE)) {
        problem_set(&c->problem, PROBLEM_INVALID,
                    record_has(l, IPAM_LEASE_SCOPE)
                        ? "a delegated prefix is reserved with an address: POST /api/v1/dhcp/reservations"
                        : "the scope of the lease is no longer on its server");
        call_problem(c);
        return;
    }
    RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, l->scope);
    if (!put_client(r, l)) {
        problem_set(&c->problem, PROBLEM_INVALID, "the lease tells of no client to make a reservation for");
        call_problem(c);
        return;
    }
    plans_submit(c, needs_rows);
}

void handle_lease_reserve(struct call *c)
{
    static const char *const known[] = { "replace", NULL };
    struct plan_work *w = work_new(c, false, 1);
    if (!call_params_known(c, known) || !call_param_bool(c, "replace", &w->replaces) || call_is_starved(c))
        call_problem(c);
    else
        call_find(c, found_lease);
}

void handle_address_unreserve(struct call *c)
{
    if (work_new(c, true, 1)->given != NULL)
        call_find_plain(c, found_address);
    else
        call_problem(c);
}
