/* explain_client.c - GET /dhcp/explain-client: what a DHCP server would give a client, and why.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The server is asked now, in its turn. What classes, reservations and options make of a client is the
 * server's own way, and its driver's to know; here are the place of the client, what the caller sees, and our
 * ids. */
#include <stdio.h>
#include <string.h>

#include "api/server_ask.h"
#include "base/container.h"
#include "provider/call.h"
#include "record/field.h"

#define FINDINGS_MAX 20000 /* of one answer */
#define USERS_MAX    16    /* of one address */

struct explaining {
    struct call *c;
    struct ipam_dhcp_client client;
    struct server_ask ask;
    struct ipam_client_finding **items;
    size_t count, cap;
};

static int wrong(struct call *c, const char *param, const char *message, const char *hint)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, arena_printf(&c->arena, "?%s", param), "%s", message);
    c->problem.errors = problems.first;
    problem_hint(&c->problem, "%s", hint);
    return problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", param, message);
}

/* --- the question --- */

static const char *const sent[] = { "relay",      "mac",  "client_id", "duid", "vendor_class",
                                    "user_class", "name", "options",   "asks", NULL };

static int read_client(struct call *c, struct ipam_dhcp_client *client)
{
    const struct record_type *t = record_type(IPAM_T_DHCP_CLIENT);
    char err[RECORD_ERR_SIZE];
    record_init(client, IPAM_T_DHCP_CLIENT);
    for (size_t i = 0; sent[i] != NULL; i++) {
        const struct record_field *f = record_field(t, str_from(sent[i]));
        struct ipam_str text = call_param(c, sent[i]);
        if (text.data == NULL)
            continue;
        if (record_field_parse(f, text, &c->arena, client, err) != 0)
            return wrong(c, sent[i], err,
                         "ipamctl lease explain --help, and docs/explain-client.md, show how it is written");
    }
    if (record_has(client, IPAM_DHCP_CLIENT_MAC) || record_has(client, IPAM_DHCP_CLIENT_CLIENT_ID) ||
        record_has(client, IPAM_DHCP_CLIENT_DUID))
        return 0;
    return wrong(c, "mac", "who the client is, is needed",
                 "give mac or client_id, or of a DHCPv6 client duid");
}

static int fits_family(struct call *c, const struct ipam_dhcp_client *client, uint8_t family)
{
    if (family == 6 && !record_has(client, IPAM_DHCP_CLIENT_DUID))
        return wrong(c, "duid", "a DHCPv6 client has one",
                     "give duid, such as 00:03:00:01:02:00:00:00:00:07");
    if (family == 4 && !record_has(client, IPAM_DHCP_CLIENT_MAC) &&
        !record_has(client, IPAM_DHCP_CLIENT_CLIENT_ID))
        return wrong(c, "mac", "a DHCPv4 client has one, or a client_id", "give mac or client_id");
    if (record_has(client, IPAM_DHCP_CLIENT_RELAY) && client->relay.family != family)
        return wrong(c, "relay", "it is of the other protocol than the scope", "give one of the same");
    return 0;
}

/* --- the answer --- */

static void on_finding(void *user, const struct ipam_record *rec)
{
    struct explaining *e = user;
    if (rec->type != IPAM_T_CLIENT_FINDING || e->count == FINDINGS_MAX)
        return;
    if (e->count == e->cap) {
        size_t cap = e->cap != 0 ? 2 * e->cap : 64;
        struct ipam_client_finding **items =
            arena_alloc(&e->c->arena, cap * sizeof(struct ipam_client_finding *));
        if (items == NULL)
            return; /* the arena has failed: the answer is that memory is out */
        if (e->count > 0)
            memcpy(items, e->items, e->count * sizeof(*items));
        e->items = items;
        e->cap = cap;
    }
    struct ipam_client_finding *copy = record_copy(&e->c->arena, rec);
    if (copy != NULL)
        e->items[e->count++] = copy;
}

struct scope_search {
    int64_t server;
    struct ipam_str native;
    const struct ipam_scope *found;
};

static int find_scope(void *user, const void *rec)
{
    struct scope_search *f = user;
    const struct ipam_scope *s = rec;
    if (s->server != f->server || !str_equal(s->native, f->native))
        return 0;
    f->found = s;
    return 1;
}

static const struct ipam_scope *scope_of(const struct explaining *e, struct ipam_str native)
{
    struct scope_search f = { e->ask.server, native, NULL };
    view_each(call_view(e->c), IPAM_T_SCOPE, find_scope, &f);
    return f.found;
}

/* The one reservation of ours at the address. */
static int64_t reservation_at(const struct explaining *e, int64_t space, const struct ipam_addr *a)
{
    struct view_user users[USERS_MAX];
    size_t count = view_users(call_view(e->c), space, a, users, USERS_MAX);
    int64_t id = 0;
    for (size_t i = 0; i < count && i < USERS_MAX; i++) {
        if (users[i].type != IPAM_T_RESERVATION)
            continue;
        if (id != 0)
            return 0;
        id = users[i].id;
    }
    return id;
}

/* Puts our ids in. False: it is of a scope that the caller does not see. */
static bool complete(struct explaining *e, struct ipam_client_finding *f)
{
    const struct ipam_scope *s =
        record_has(f, IPAM_CLIENT_FINDING_NATIVE_SCOPE) ? scope_of(e, f->native_scope) : NULL;
    if (s == NULL)
        return true; /* of none, or of one that was not collected yet: nobody has put it anywhere */
    if (!sight_sees(&e->c->sight, call_view(e->c), s))
        return false;
    RECORD_SET(f, IPAM_CLIENT_FINDING_SCOPE, scope, s->id);
    int64_t id = f->kind == IPAM_CLIENT_FINDING_KIND_RESERVATION && record_has(f, IPAM_CLIENT_FINDING_ADDRESS)
                     ? reservation_at(e, s->space, &f->address)
                     : 0;
    if (id != 0)
        RECORD_SET(f, IPAM_CLIENT_FINDING_RESERVATION, reservation, id);
    return true;
}

static void answer(struct explaining *e)
{
    struct call *c = e->c;
    struct json_writer w;
    if (c->csv) {
        record_csv_header(c->type, NULL, &c->out);
    } else {
        jw_init(&w, &c->out);
        jw_object(&w);
        jw_key(&w, "items");
        jw_array(&w);
    }
    for (size_t i = 0; i < e->count; i++) {
        if (!complete(e, e->items[i]))
            continue;
        if (c->csv)
            record_csv_row(e->items[i], NULL, &c->out);
        else
            record_to_json(e->items[i], NULL, &w);
    }
    if (!c->csv) {
        jw_array_end(&w);
        jw_key(&w, "next");
        jw_null(&w);
        jw_object_end(&w);
    }
    call_json(c, 200);
}

static void on_done(void *user, int status, const char *why)
{
    struct explaining *e = user;
    struct call *c = e->c;
    if (call_is_starved(c)) {
        call_starved(c);
        call_problem(c);
    } else if (status == 0) {
        answer(e);
    } else if (status == IPAM_E_UNSUPPORTED) {
        problem_set(&c->problem, PROBLEM_UNSUPPORTED, "the DHCP server does not tell what it would give: %s",
                    why);
        call_problem(c);
    } else if (status == IPAM_E_INVAL || status == IPAM_E_NOENT) {
        problem_set(&c->problem, PROBLEM_INVALID, "%s", why);
        call_problem(c);
    } else {
        c->problem.retry_after_s = 2;
        problem_hint(&c->problem, "ask again in a moment");
        problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the DHCP server cannot be asked: %s", why);
        call_problem(c);
    }
}

/* --- asking --- */

static void ask(struct explaining *e, int64_t server, uint8_t family)
{
    struct call *c = e->c;
    const struct ipam_server *row = view_get(call_view(c), IPAM_T_SERVER, server);
    c->type = record_type(IPAM_T_CLIENT_FINDING);
    if (row == NULL || !sight_sees(&c->sight, call_view(c), row)) {
        wrong(c, "server", "there is no such server", "list them with GET /api/v1/inventory/servers");
    } else if (!server_can(c, server, IPAM_DHCP_CAP_EXPLAIN)) {
        problem_set(&c->problem, PROBLEM_UNSUPPORTED,
                    "the DHCP server does not tell what it would give: its driver has no such operation");
    } else if (fits_family(c, &e->client, family) == 0) {
        e->ask = (struct server_ask){ .server = server,
                                      .op = CALL_EXPLAIN,
                                      .args = &e->client,
                                      .record = on_finding,
                                      .done = on_done,
                                      .user = e };
        server_ask(c, &e->ask);
        return;
    }
    call_problem(c);
}

static void found_scope(struct call *c)
{
    struct explaining *e = c->work;
    const struct ipam_scope *s = c->row;
    struct ipam_str server = call_param(c, "server");
    if (server.data != NULL && call_ref(c, IPAM_T_SERVER, server) != s->server) {
        wrong(c, "server", "the scope is on another one", "leave it out");
        call_problem(c);
        return;
    }
    RECORD_SET(&e->client, IPAM_DHCP_CLIENT_NATIVE_SCOPE, native_scope, s->native);
    ask(e, s->server, s->prefix.addr.family);
}

/* By the relay alone: the server that is named, or the one whose scope holds it. */
static void ask_by_relay(struct call *c, struct explaining *e)
{
    const struct view *v = call_view(c);
    struct ipam_str server = call_param(c, "server");
    const struct ipam_scope *s = NULL;
    if (!record_has(&e->client, IPAM_DHCP_CLIENT_RELAY)) {
        wrong(c, "scope", "where the client is, is needed", "give scope, or relay with server");
        call_problem(c);
        return;
    }
    if (server.data == NULL)
        s = rule_scope_for(v, view_by_name(v, IPAM_T_SPACE, IPAM_STR("default")), &e->client.relay,
                           &c->problem);
    if (server.data == NULL && (s == NULL || !sight_sees(&c->sight, v, s))) {
        if (s != NULL)
            rule_no_scope(&e->client.relay, &c->problem);
        sight_veil(&c->sight, v, &c->problem);
        call_problem(c);
        return;
    }
    ask(e, s != NULL ? s->server : call_ref(c, IPAM_T_SERVER, server), e->client.relay.family);
}

void handle_explain_client(struct call *c)
{
    static const char *const known[] = { "server",    "scope",   "relay",        "mac",
                                         "client_id", "duid",    "vendor_class", "user_class",
                                         "name",      "options", "asks",         NULL };
    struct explaining *e = arena_alloc(&c->arena, sizeof(*e));
    struct ipam_str scope;
    if (e == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    c->work = e;
    e->c = c;
    if (!call_accept(c, true) || !call_params_known(c, known) || read_client(c, &e->client) != 0) {
        call_problem(c);
        return;
    }
    scope = call_param(c, "scope");
    if (scope.data == NULL) {
        ask_by_relay(c, e);
        return;
    }
    c->type = record_type(IPAM_T_SCOPE);
    c->key = scope;
    call_find(c, found_scope);
}
