/* import_plans.c - rows of CSV that become plans on servers: reservations added, changed, deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/import_p.h"
#include "api/plans.h"
#include "base/container.h"

#define USERS_MAX 64 /* of one address */

/* --- where they are --- */

struct scope_search {
    struct ipam_prefix prefix;
    int64_t server;
    const struct ipam_scope *found;
    size_t count;
};

static int find_scope(void *user, const void *rec)
{
    struct scope_search *f = user;
    const struct ipam_scope *s = rec;
    if ((f->server != 0 && s->server != f->server) || s->prefix.length != f->prefix.length ||
        !addr_equal(&s->prefix.addr, &f->prefix.addr))
        return 0;
    f->found = s;
    f->count++;
    return 0;
}

/* By its id, or its prefix: of the server that is named, if one is. */
static const struct ipam_scope *scope_named(struct import *im, struct call *c, struct ipam_str text)
{
    const struct view *v = call_view(c);
    struct scope_search f = { .server = im->server };
    int64_t id = call_ref(c, IPAM_T_SCOPE, text);
    const struct ipam_scope *s = id != 0 ? view_get(v, IPAM_T_SCOPE, id) : NULL;
    if (id == 0 && prefix_parse(text.data, text.len, &f.prefix) == 0) {
        view_each(v, IPAM_T_SCOPE, find_scope, &f);
        s = f.count == 1 ? f.found : NULL;
    }
    if (s != NULL && sight_sees(&im->sight, v, s) && (im->server == 0 || s->server == im->server))
        return s;
    problem_hint(&c->problem, "list them with GET /api/v1/dhcp/scopes");
    problem_set(&c->problem, PROBLEM_INVALID,
                f.count > 1 ? "scope=" STR_FMT ": several servers have it; give server too"
                            : "scope=" STR_FMT ": there is no such scope",
                STR_ARG(text));
    return NULL;
}

int import_read_place(struct import *im, struct call *c)
{
    struct ipam_str server = call_param(c, "server"), scope = call_param(c, "scope");
    if (server.data != NULL && (im->server = call_ref(c, IPAM_T_SERVER, server)) == 0) {
        problem_hint(&c->problem, "list them with GET /api/v1/inventory/servers");
        return problem_set(&c->problem, PROBLEM_INVALID, "server=" STR_FMT ": there is no such server",
                           STR_ARG(server));
    }
    if (scope.data != NULL) {
        const struct ipam_scope *s = scope_named(im, c, scope);
        if (s == NULL)
            return IPAM_E_INVAL;
        im->scope = s->id;
        im->server = s->server;
    }
    im->space = im->server; /* what its objects are contained in */
    return 0;
}

bool import_is_there(const struct import *im, const void *rec)
{
    return im->scope == 0 || ((const struct ipam_reservation *)rec)->scope == im->scope;
}

/* The scope of the server that holds an address: the smallest, if it is nested. */
struct holder_search {
    const struct ipam_addr *at;
    int64_t server;
    const struct ipam_scope *found;
};

static int find_holder(void *user, const void *rec)
{
    struct holder_search *f = user;
    const struct ipam_scope *s = rec;
    if (s->server == f->server && prefix_contains_addr(&s->prefix, f->at) &&
        (f->found == NULL || s->prefix.length > f->found->prefix.length))
        f->found = s;
    return 0;
}

/* That of the row, of the request, or of the address; NULL with the problem. */
static const struct ipam_scope *scope_of(struct import *im, struct call *c, const struct ipam_reservation *r,
                                         struct problem *p)
{
    const struct view *v = call_view(c);
    int64_t id = record_has(r, IPAM_RESERVATION_SCOPE) ? r->scope : im->scope;
    struct holder_search f = { &r->address, im->server, NULL };
    const struct ipam_scope *s = id != 0 ? view_get(v, IPAM_T_SCOPE, id) : NULL;
    if (id == 0 && im->server != 0) {
        view_each(v, IPAM_T_SCOPE, find_holder, &f);
        s = f.found;
    } else if (id == 0) {
        s = rule_scope_for(v, view_by_name(v, IPAM_T_SPACE, IPAM_STR("default")), &r->address, p);
    }
    if (s != NULL && sight_sees(&im->sight, v, s) && (im->server == 0 || s->server == im->server) &&
        (im->scope == 0 || s->id == im->scope))
        return s;
    if (id == 0 && p->type == PROBLEM_NONE)
        rule_no_scope(&r->address, p);
    else if (id != 0)
        problem_set(p, PROBLEM_INVALID,
                    im->server != 0 ? "scope: there is no scope %lld of that server or scope"
                                    : "scope: there is no scope %lld",
                    (long long)id);
    return NULL;
}

bool import_place(struct import *im, struct call *c, struct import_row *row)
{
    struct ipam_reservation *r = row->rec;
    struct problem p = { .type = PROBLEM_NONE };
    if (!record_has(r, IPAM_RESERVATION_ADDRESS)) {
        /* One without an address has no key, and a sync leaves it where it is; one that cannot be read may
         * mean any. */
        im->keyless = im->keyless || row->unread;
        import_refuse(im, row, "address: a reservation is known by it");
        return false;
    }
    const struct ipam_scope *s = scope_of(im, c, r, &p);
    if (s == NULL) {
        sight_veil(&im->sight, call_view(c), &p);
        im->keyless = true;
        import_refuse(im, row, "%s", p.detail);
        return false;
    }
    if (!prefix_contains_addr(&s->prefix, &r->address))
        import_refuse(im, row, "address: it does not lie in the scope");
    if (!record_has(r, IPAM_RESERVATION_IDENTIFIER))
        import_refuse(im, row, "identifier: is required");
    if (!record_has(r, IPAM_RESERVATION_IDENTIFIER_TYPE))
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
                   IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, s->id);
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, s->server);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, s->space);
    RECORD_SET(r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, arena_str(&im->arena, s->native));
    return true;
}

/* --- what becomes of a row --- */

void import_plan_needs(struct import *im, size_t from, size_t to, const struct view *v, struct needs *n)
{
    for (size_t i = from; i < to; i++) {
        const struct ipam_reservation *r = im->rows[i].rec;
        struct view_user users[USERS_MAX];
        if (im->rows[i].unread)
            continue;
        size_t count = view_users(v, r->space, &r->address, users, USERS_MAX);
        for (size_t k = 0; k < count && k < USERS_MAX; k++)
            if (users[k].type == IPAM_T_RESERVATION || users[k].type == IPAM_T_ADDRESS)
                needs_row(n, users[k].type, users[k].id);
    }
}

/* The one of the same scope at its address. *other is set to one elsewhere. */
static const struct ipam_reservation *find_there(const struct view *v, const struct ipam_reservation *r,
                                                 int64_t *other)
{
    const struct ipam_reservation *found = NULL;
    struct view_user users[USERS_MAX];
    size_t n = view_users(v, r->space, &r->address, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        const struct ipam_reservation *there =
            users[i].type == IPAM_T_RESERVATION ? view_get(v, IPAM_T_RESERVATION, users[i].id) : NULL;
        if (there != NULL && there->server == r->server && str_equal(there->native_scope, r->native_scope))
            found = there;
        else if (users[i].type == IPAM_T_RESERVATION)
            *other = users[i].id;
    }
    return found;
}

static int may(struct import *im, const struct draft *d, const struct operation *op, const void *rec,
               struct problem *p)
{
    if (sight_judge(&im->sight, draft_view(d), op, rec, draft_now(d)) == ACCESS_ALLOWED)
        return 0;
    return sight_denied(&im->sight, op, p);
}

/* What the row says of one that is there, laid over it. False: it is so already. */
static bool changed(const struct import *im, const struct import_row *row, const void *before, void *after)
{
    struct ipam_record *patch = row->rec;
    uint64_t cleared[2] = { row->cleared[0], row->cleared[1] }, has[2] = { patch->has[0], patch->has[1] };
    bool any = false;
    for (unsigned i = 0; i < im->type->field_count; i++) {
        const struct record_field *f = &im->type->fields[i];
        uint64_t bit = (uint64_t)1 << (f->number & 63);
        if ((f->flags & (FIELD_FIXED | FIELD_READONLY | FIELD_KEY | FIELD_DERIVED)) == 0)
            continue;
        patch->has[f->number >> 6] &= ~bit;
        cleared[f->number >> 6] &= ~bit;
    }
    record_merge(after, patch, cleared);
    memcpy(patch->has, has, sizeof(has));
    for (unsigned i = 0; i < im->type->field_count; i++)
        any = any || !record_field_equal(&im->type->fields[i], before, after);
    return any;
}

static int plan(struct import *im, struct import_row *row, struct draft *d, const void *before,
                const void *after, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_reservation *r = after != NULL ? after : before;
    const struct ipam_server *server = view_get(v, IPAM_T_SERVER, r->server);
    const struct ipam_address *a = view_get(v, IPAM_T_ADDRESS, rule_address_at(v, r->space, &r->address));
    struct server_change change = {
        .before = before, .after = after, .actor = im->actor.name, .reason = im->actor.reason
    };
    if (server == NULL || !server->managed)
        return plans_not_managed(server, p);
    if (a != NULL && sight_judge(&im->sight, v, im->sight.op, a, draft_now(d)) == ACCESS_ALLOWED)
        change.address = a->id;
    row->plan = rule_plan_noted(d, &change, p);
    if (row->plan == 0)
        return IPAM_E_INVAL;
    for (size_t i = 0; i < im->kick_count; i++)
        if (im->kicks[i] == r->server)
            return 0;
    if (im->kick_count == IMPORT_KICKS)
        return problem_set(p, PROBLEM_TOO_LARGE, "the file is for more than %d servers", IMPORT_KICKS);
    im->kicks[im->kick_count++] = r->server;
    return 0;
}

static int take_away(struct import *im, struct import_row *row, struct draft *d, enum verdict *good,
                     struct problem *p)
{
    const void *now = view_get(draft_view(d), IPAM_T_RESERVATION, row->id);
    *good = now != NULL ? VERDICT_DELETED : VERDICT_UNCHANGED;
    if (now == NULL || may(im, d, im->may_delete, now, p) != 0)
        return now == NULL ? 0 : IPAM_E_INVAL;
    return plan(im, row, d, now, NULL, p);
}

static int add_or_change(struct import *im, struct import_row *row, struct draft *d, enum verdict *good,
                         struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_reservation *r = row->rec;
    int64_t other = 0;
    const struct ipam_reservation *there = find_there(v, r, &other);
    const struct ipam_scope *scope = view_get(v, IPAM_T_SCOPE, r->scope);
    if (scope == NULL)
        return problem_set(p, PROBLEM_NOT_FOUND, "its scope was removed meanwhile");
    if (there == NULL && other != 0)
        return problem_set(p, PROBLEM_EXISTS, "the address is reserved already, in another scope");
    if (there != NULL && im->mode == IMPORT_CREATE)
        return problem_set(p, PROBLEM_EXISTS, "the address is reserved already");
    void *after =
        record_copy(draft_arena(d), there != NULL && rule_same_client(there, r) ? (const void *)there : r);
    if (there == NULL || !rule_same_client(there, r)) {
        *good = there == NULL ? VERDICT_CREATED : VERDICT_UPDATED;
        if (may(im, d, im->sight.op, scope, p) != 0 ||
            (there != NULL && may(im, d, im->may_delete, there, p) != 0))
            return IPAM_E_INVAL;
        return plan(im, row, d, there, after, p);
    }
    row->id = there->id;
    *good = changed(im, row, there, after) ? VERDICT_UPDATED : VERDICT_UNCHANGED;
    if (*good == VERDICT_UNCHANGED)
        return 0;
    return may(im, d, im->may_change, there, p) != 0 ? IPAM_E_INVAL : plan(im, row, d, there, after, p);
}

void import_plan_row(struct import *im, struct import_row *row, struct draft *d)
{
    struct problem p = { .type = PROBLEM_NONE };
    struct draft_place place = draft_place(d);
    enum verdict good = VERDICT_NONE;
    row->plan = 0;
    int rc = row->line == 0 ? take_away(im, row, d, &good, &p) : add_or_change(im, row, d, &good, &p);
    if (rc != 0) {
        sight_veil(&im->sight, draft_view(d), &p);
        draft_back(d, &place);
    }
    import_judge(im, row, good, rc, &p);
}

void import_kick(struct import *im)
{
    for (size_t i = 0; i < im->kick_count; i++)
        manage_kick(im->api->at.manage, im->kicks[i]);
}

void handle_reservations_import(struct call *c)
{
    if (import_is_file(c)) {
        import_start(c);
        return;
    }
    problem_hint(
        &c->problem,
        "send Content-Type: text/csv; GET /api/v1/dhcp/reservations with Accept: text/csv has all columns");
    problem_set(&c->problem, PROBLEM_INVALID, "the body is to be a file of CSV");
    call_problem(c);
}
