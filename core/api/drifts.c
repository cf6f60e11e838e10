/* drifts.c - what changed on DHCP servers outside ipamd: shown, adopted, or put back by plans.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/drift_pick.h"

#include <stdio.h>
#include <string.h>

struct deciding {
    struct plans plans;
    struct pick pick;
};

/* All fields but the packed objects. */
static const uint64_t drift_plain[2] = { ~(1ull << IPAM_DRIFT_BEFORE | 1ull << IPAM_DRIFT_AFTER), ~0ull };

/* --- shown --- */

static void write_differences(struct call *c, const struct ipam_drift *n)
{
    const struct record_type *t = record_type_by_name(n->about);
    void *before, *after;
    struct json_writer w;
    if (t == NULL || n->verb != IPAM_DRIFT_VERB_CHANGED ||
        record_unpack(t, n->before, &c->arena, &before) != 0 ||
        record_unpack(t, n->after, &c->arena, &after) != 0)
        return;
    strbuf_puts(&c->out, ",\"differences\":");
    jw_init(&w, &c->out);
    jw_array(&w);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        const void *const sides[] = { before, after };
        if (!drift_compares(t, f) || record_field_equal(f, before, after))
            continue;
        jw_object(&w);
        jw_key(&w, "field");
        jw_text(&w, f->name);
        for (size_t k = 0; k < 2; k++) {
            jw_key(&w, k == 0 ? "before" : "after");
            if (record_has(sides[k], f->number))
                record_field_to_json(f, sides[k], &w);
            else
                jw_null(&w);
        }
        jw_object_end(&w);
    }
    jw_array_end(&w);
}

static void found(struct call *c)
{
    const struct ipam_drift *n = c->row;
    const struct record_type *t = record_type_by_name(n->about);
    struct json_writer w;
    call_etag(c, n);
    sight_trim(&c->sight, call_view(c), c->row);
    jw_init(&w, &c->out);
    record_to_json(n, drift_plain, &w);
    c->out.len--;
    plans_write_side(c, t, "before", n->before);
    plans_write_side(c, t, "after", n->after);
    write_differences(c, n);
    strbuf_putc(&c->out, '}');
    call_json(c, 200);
}

void handle_drift_get(struct call *c)
{
    if (call_accept(c, false))
        call_find_plain(c, found);
    else
        call_problem(c);
}

/* --- decided --- */

#define RIGHT_SIZE 64

/* What the same change by hand takes. */
static const char *right_for(const void *row, const char *verb, char buf[static RIGHT_SIZE])
{
    static const struct {
        uint32_t type;
        const char *name, *does; /* NULL: by what is done */
    } rights[] = {
        { IPAM_T_SCOPE, "dhcp.scope", NULL },
        { IPAM_T_POOL, "dhcp.scope", "change" },
        { IPAM_T_EXCLUSION, "dhcp.scope", "change" },
        { IPAM_T_SUPERSCOPE, "dhcp.superscope", NULL },
        { IPAM_T_RESERVATION, "dhcp.reservation", NULL },
        { IPAM_T_FAILOVER, "dhcp.failover", NULL },
        { IPAM_T_OPTION_DEFINITION, "dhcp.option-definition", "configure" },
        { IPAM_T_DHCP_FILTER, "dhcp.filter", "manage" },
        { IPAM_T_DHCP_POLICY, "dhcp.server-policy", NULL },
        { IPAM_T_DHCP_CONDITION, "dhcp.server-policy", "change" },
        { IPAM_T_DHCP_POLICY_RANGE, "dhcp.server-policy", "change" },
    };
    const struct ipam_dhcp_class *class = row;
    if (class->type == IPAM_T_OPTION_VALUE)
        return record_has(row, IPAM_OPTION_VALUE_NATIVE_SCOPE) ? "dhcp.scope.set-options"
                                                               : "dhcp.server.set-options";
    if (class->type == IPAM_T_DHCP_CLASS)
        return class->kind == IPAM_DHCP_CLASS_KIND_VENDOR ? "dhcp.vendor-class.configure"
                                                          : "dhcp.user-class.configure";
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        if (rights[i].type == class->type) {
            snprintf(buf, RIGHT_SIZE, "%s.%s", rights[i].name,
                     rights[i].does != NULL ? rights[i].does : verb);
            return buf;
        }
    return "dhcp.server.change";
}

/* He may do by hand what was done (adopted), or what takes it back. */
static int may(struct call *c, struct draft *d, const struct picked *k, bool restores, struct problem *p)
{
    static const char *const did[] = { [IPAM_DRIFT_VERB_ADDED] = "create",
                                       [IPAM_DRIFT_VERB_CHANGED] = "change",
                                       [IPAM_DRIFT_VERB_DELETED] = "delete" },
                             *const undoes[] = { [IPAM_DRIFT_VERB_ADDED] = "delete",
                                                 [IPAM_DRIFT_VERB_CHANGED] = "change",
                                                 [IPAM_DRIFT_VERB_DELETED] = "create" };
    const void *row = k->after != NULL ? k->after : k->before;
    uint32_t verb = k->drift->verb % 3;
    char right[RIGHT_SIZE];
    const struct operation *op = access_operation(right_for(row, restores ? undoes[verb] : did[verb], right));
    if (op == NULL || sight_judge(&c->sight, draft_view(d), op, k->drift, draft_now(d)) == ACCESS_ALLOWED)
        return 0;
    return sight_denied(&c->sight, op, p);
}

static bool is_under_way(const struct view *v, int64_t id)
{
    const struct ipam_plan *plan = id != 0 ? view_get(v, IPAM_T_PLAN, id) : NULL;
    return plan != NULL && (plan->state == IPAM_PLAN_STATE_PLANNED || plan->state == IPAM_PLAN_STATE_RUNNING);
}

/* As it is now, if it may be decided; NULL with the problem. */
static const struct ipam_drift *current(struct call *c, struct draft *d, const struct picked *k,
                                        bool restores, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_drift *n = view_get(v, IPAM_T_DRIFT, k->drift->id);
    if (n == NULL || n->state != IPAM_DRIFT_STATE_OPEN || n->rev != k->drift->rev) {
        problem_hint(p, "look at it again");
        problem_set(p, PROBLEM_IN_USE, "drift %lld, " STR_FMT ", has become another meanwhile",
                    (long long)k->drift->id, STR_ARG(k->drift->object));
        return NULL;
    }
    if (is_under_way(v, n->plan)) {
        problem_about(p, IPAM_T_PLAN, n->plan);
        problem_hint(p, "wait for its end: GET /api/v1/manage/plans/%lld", (long long)n->plan);
        problem_set(p, PROBLEM_IN_USE, "plan %lld is about to put back " STR_FMT, (long long)n->plan,
                    STR_ARG(n->object));
        return NULL;
    }
    return (k->before == NULL && k->after == NULL) || may(c, d, k, restores, p) == 0 ? n : NULL;
}

static void set_decision(struct call *c, struct draft *d, struct ipam_drift *n)
{
    RECORD_SET(n, IPAM_DRIFT_DECIDED, decided, draft_now(d));
    if (c->actor.name.data != NULL)
        RECORD_SET(n, IPAM_DRIFT_DECIDED_BY, decided_by, c->actor.name);
    if (c->actor.reason.data != NULL)
        RECORD_SET(n, IPAM_DRIFT_REASON, reason, c->actor.reason);
}

static const struct ipam_drift *adopt(struct call *c, struct draft *d, const struct ipam_drift *n)
{
    struct ipam_drift after = *n;
    set_decision(c, d, &after);
    draft_replace(d, n, &after);
    rule_drift_close(d, view_get(draft_view(d), IPAM_T_DRIFT, n->id), IPAM_DRIFT_STATE_ADOPTED);
    return view_get(draft_view(d), IPAM_T_DRIFT, n->id);
}

static int decide_adopt(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    const struct deciding *w = c->work;
    c->rec_count = 0; /* it may be decided again */
    for (size_t i = 0; i < w->pick.count; i++) {
        const struct ipam_drift *n = current(c, d, &w->pick.all[i], false, &in->problem);
        if (n == NULL)
            return IPAM_E_INVAL;
        struct ipam_record *shown = record_copy(&c->arena, adopt(c, d, n));
        if (shown == NULL)
            continue; /* the call is starved, and says so */
        shown->has[0] &= drift_plain[0];
        c->recs[c->rec_count++] = shown;
    }
    call_decide_items(c, 200, draft_view(d));
    return 0;
}

/* --- put back --- */

static bool is_changeable(uint32_t type)
{
    static const uint32_t types[] = { IPAM_T_SCOPE,       IPAM_T_POOL,         IPAM_T_EXCLUSION,
                                      IPAM_T_RESERVATION, IPAM_T_SUPERSCOPE,   IPAM_T_DHCP_CLASS,
                                      IPAM_T_DHCP_SERVER, IPAM_T_OPTION_VALUE, IPAM_T_OPTION_DEFINITION };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i] == type)
            return true;
    return false;
}

/* The scope that it is in is there, or comes back before it. */
static bool has_scope(const struct deciding *w, const struct view *v, const void *row)
{
    int64_t scope = rule_ref(row, "scope");
    if (scope == 0 || view_get(v, IPAM_T_SCOPE, scope) != NULL)
        return true;
    for (size_t i = 0; i < w->pick.count; i++) {
        const struct ipam_scope *s = w->pick.all[i].before;
        if (s != NULL && s->type == IPAM_T_SCOPE && s->id == scope)
            return true;
    }
    return false;
}

/* Whether a plan may be made of it; an error with the problem. */
static int can_restore(const struct deciding *w, const struct view *v, const struct picked *k,
                       const void *now, struct problem *p)
{
    const struct ipam_reservation *r = k->before != NULL ? k->before : k->after;
    struct ipam_str words = k->drift->object;
    const struct ipam_address *a =
        r != NULL && r->type == IPAM_T_RESERVATION
            ? view_get(v, IPAM_T_ADDRESS, rule_address_at(v, r->space, &r->address))
            : NULL;
    if (r == NULL || !is_changeable(r->type) ||
        (r->type == IPAM_T_DHCP_SERVER && k->drift->verb != IPAM_DRIFT_VERB_CHANGED)) {
        problem_hint(p, "change it on the server, or adopt it");
        return problem_set(p, PROBLEM_INVALID, "ipamd cannot put back " STR_FMT, STR_ARG(words));
    }
    if (k->after != NULL && now == NULL)
        return problem_set(p, PROBLEM_IN_USE,
                           STR_FMT " is not there any more; collect the server, and look again",
                           STR_ARG(words));
    if (k->after == NULL && !has_scope(w, v, k->before)) {
        problem_hint(p, "restore its scope: what was in it comes back with it");
        return problem_set(p, PROBLEM_IN_USE, "the scope of " STR_FMT " is gone", STR_ARG(words));
    }
    return a != NULL && rule_is_under_way(a, SERVED_RESERVATION) ? rule_under_way(a, SERVED_RESERVATION, p)
                                                                 : 0;
}

static int draft_restore_of(struct call *c, struct draft *d, size_t i, struct problem *p)
{
    const struct deciding *w = c->work;
    const struct view *v = draft_view(d);
    const struct picked *k = &w->pick.all[i];
    const struct ipam_drift *n = current(c, d, k, true, p);
    const struct ipam_server *server = n != NULL ? view_get(v, IPAM_T_SERVER, n->server) : NULL;
    if (n == NULL || server == NULL || !server->managed)
        return n == NULL ? IPAM_E_INVAL : plans_not_managed(server, p);
    uint32_t type = k->drift->about.len != 0 ? record_type_by_name(k->drift->about)->type : 0;
    const void *now = k->after != NULL ? view_get(v, type, n->object_id) : NULL;
    if (can_restore(w, v, k, now, p) != 0)
        return IPAM_E_INVAL;
    const struct server_change change = { .before = now,
                                          .after = drift_restored(draft_arena(d), k->before, k->after, now),
                                          .drift = n->id,
                                          .actor = c->actor.name,
                                          .reason = c->actor.reason };
    int64_t plan = rule_plan(d, &change, p);
    if (plan == 0)
        return IPAM_E_INVAL;
    struct ipam_drift after = *n;
    const uint64_t message = (uint64_t)1 << IPAM_DRIFT_MESSAGE;
    set_decision(c, d, &after);
    RECORD_SET(&after, IPAM_DRIFT_PLAN, plan, plan);
    after.has[0] &= ~message;
    after.message = (struct ipam_str){ NULL, 0 };
    draft_replace(d, n, &after);
    plans_add(c, d, plan, n->server);
    return 0;
}

/* --- what is sent --- */

static void needs_rows(struct intent *in, const struct view *v, struct needs *n)
{
    const struct deciding *w = call_of(in)->work;
    for (size_t i = 0; i < w->pick.count; i++) {
        const struct picked *k = &w->pick.all[i];
        const struct ipam_reservation *r = k->before != NULL ? k->before : k->after;
        needs_row(n, IPAM_T_DRIFT, k->drift->id);
        if (record_has(k->drift, IPAM_DRIFT_PLAN))
            needs_row(n, IPAM_T_PLAN, k->drift->plan);
        if (r != NULL && k->after != NULL)
            needs_row(n, r->type, k->drift->object_id);
        int64_t address =
            r != NULL && r->type == IPAM_T_RESERVATION ? rule_address_at(v, r->space, &r->address) : 0;
        if (address != 0)
            needs_row(n, IPAM_T_ADDRESS, address);
    }
}

static void picked(struct call *c)
{
    struct deciding *w = c->work;
    c->many = true;
    c->sight.judged = true; /* each by what the same change by hand takes */
    if (w->pick.restores) {
        w->plans = (struct plans){ .items = w->pick.count, .single = true, .draft = draft_restore_of };
        plans_submit(c, needs_rows);
        return;
    }
    c->recs = arena_alloc(&c->arena, w->pick.count * sizeof(c->recs[0]));
    c->intent.rows = (unsigned)w->pick.count;
    if (c->recs == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    call_submit(c, needs_rows, decide_adopt, NULL);
}

static void decide_on(struct call *c, const int64_t *ids, size_t count, bool restores)
{
    struct deciding *w = arena_alloc(&c->arena, sizeof(*w));
    if (w == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    *w = (struct deciding){
        .pick = { .c = c, .restores = restores, .ids = ids, .id_count = count, .next = picked }
    };
    c->work = w;
    drift_pick(&w->pick);
}

static void found_one(struct call *c)
{
    const struct ipam_drift *n = c->row;
    const struct record_field *state = record_field_number(c->type, IPAM_DRIFT_STATE);
    if (n->state == IPAM_DRIFT_STATE_OPEN) {
        decide_on(c, &c->id, 1, strcmp(c->route->verb, "restore") == 0);
        return;
    }
    problem_set(&c->problem, PROBLEM_IN_USE, "drift %lld is not open: %s", (long long)n->id,
                state->names[n->state]);
    call_problem(c);
}

void handle_drift_adopt(struct call *c)
{
    call_find_plain(c, found_one);
}

void handle_drift_restore(struct call *c)
{
    call_find_plain(c, found_one);
}

/* Ids, as numbers or as text. */
static int64_t *read_ids(struct call *c, size_t *ret_count)
{
    const struct json *keys = plans_keys(c, "ID", false);
    *ret_count = keys != NULL ? json_count(keys) : 0;
    int64_t *ids = keys != NULL ? arena_alloc(&c->arena, *ret_count * sizeof(*ids)) : NULL;
    size_t i = 0;
    for (const struct json *v = json_first(keys); v != NULL && ids != NULL; v = json_next(v), i++) {
        if (json_type(v) == JSON_STRING)
            ids[i] = call_ref(c, 0, json_str(v));
        else if (json_int(v, &ids[i]) != 0)
            ids[i] = 0;
        if (ids[i] <= 0) {
            problem_set(&c->problem, PROBLEM_INVALID, "keys: expected ids of drifts");
            return NULL;
        }
    }
    return ids;
}

static void decide_many(struct call *c, bool restores)
{
    static const char *const none[] = { NULL };
    size_t count = 0;
    int64_t *ids = call_params_known(c, none) && call_body(c) == 0 ? read_ids(c, &count) : NULL;
    if (ids == NULL)
        call_problem(c);
    else
        decide_on(c, ids, count, restores);
}

void handle_drifts_adopt(struct call *c)
{
    decide_many(c, false);
}

void handle_drifts_restore(struct call *c)
{
    decide_many(c, true);
}
