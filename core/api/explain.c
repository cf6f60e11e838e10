/* explain.c - why somebody may or may not do something, and who may.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "access/rows.h"
#include "access/who.h"
#include "api/call.h"
#include "base/clock.h"

struct question {
    const struct operation *op;
    struct principal whose;
    bool of_object;       /* else of a scope, or of none */
    struct ipam_str path; /* where; absent: on no object */
    int64_t at_ms;
};

static int wrong_param(struct call *c, const char *name, const char *message, const char *hint)
{
    struct record_problems problems;
    record_problems_init(&problems, &c->arena);
    record_problem(&problems, name, "%s", message);
    c->problem.errors = problems.first;
    problem_hint(&c->problem, "%s", hint);
    return problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", name, message);
}

/* --- the question --- */

static int read_operation(struct call *c, struct question *q)
{
    struct ipam_str name = call_param(c, "operation");
    char shown[RECORD_ECHO_SIZE];
    q->op = name.data != NULL ? access_operation_named(name) : NULL;
    if (q->op != NULL)
        return 0;
    const char *wrong =
        name.data == NULL ? "is missing"
                          : arena_printf(&c->arena, "there is no operation \"%s\"", record_echo(name, shown));
    return wrong_param(c, "?operation", wrong, "list them with GET /api/v1/access/operations");
}

static int read_time(struct call *c, struct question *q)
{
    struct ipam_str when = call_param(c, "when");
    q->at_ms = clock_wall_ms();
    if (when.data == NULL || time_parse(when.data, when.len, &q->at_ms) == 0)
        return 0;
    return wrong_param(c, "?when", "is no time such as 2026-11-23T01:02:03Z", "leave it out for now");
}

/* Where: a scope by its path or id. */
static int read_scope(struct call *c, struct question *q)
{
    struct ipam_str text = call_param(c, "scope");
    if (text.data == NULL)
        return 0;
    const void *row = view_get(call_view(c), IPAM_T_ACCESS_SCOPE, call_ref(c, IPAM_T_ACCESS_SCOPE, text));
    if (row == NULL || !call_sees(c, row))
        return wrong_param(c, "?scope", "there is no such access scope",
                           "list them with GET /api/v1/access/scopes");
    q->path = ((const struct ipam_access_scope *)row)->path;
    return 0;
}

/* An object by its type and key. The call's type becomes that of the object. */
static int read_object(struct call *c, struct question *q)
{
    struct ipam_str type = call_param(c, "type"), key = call_param(c, "key");
    const struct record_type *t = type.data != NULL ? record_type_by_name(type) : NULL;
    if (type.data == NULL && key.data == NULL)
        return 0;
    if (t == NULL || !rule_has_access_scope(t->type) || t->group == NULL)
        return wrong_param(c, "?type", "is no record that is in an access scope",
                           "name one such as block, subnet, range, address, server, scope or reservation");
    if (key.data == NULL || q->path.data != NULL)
        return wrong_param(c, "?key",
                           key.data == NULL ? "is missing" : "either an object or a scope is asked for",
                           "give type and key of an object, or scope");
    q->of_object = true;
    c->type = t;
    c->key = key;
    return 0;
}

static bool read_question(struct call *c, struct question *q)
{
    return read_operation(c, q) == 0 && read_time(c, q) == 0 && read_scope(c, q) == 0 &&
           read_object(c, q) == 0;
}

/* --- why --- */

static void write_times(struct json_writer *w, const struct right *r)
{
    char text[TIME_TEXT_MAX];
    if (r->from != INT64_MIN) {
        time_print(r->from, text);
        jw_key(w, "from");
        jw_text(w, text);
    }
    if (r->until != INT64_MAX) {
        time_print(r->until, text);
        jw_key(w, "until");
        jw_text(w, text);
    }
}

static void write_right(struct json_writer *w, const struct right *r)
{
    if (r->policy != 0) {
        jw_key(w, "policy");
        jw_int(w, r->policy);
        jw_key(w, "principal");
        jw_str(w, r->principal);
    }
    jw_key(w, "role");
    jw_str(w, r->role_name);
    jw_key(w, "scope");
    jw_str(w, r->path);
    write_times(w, r);
}

static void write_flag(struct json_writer *w, const char *key, bool value)
{
    jw_key(w, key);
    jw_bool(w, value);
}

static const char *reason(const struct rights *r, const struct question *q, enum access_verdict verdict)
{
    bool op = false, place = false, now = false;
    for (size_t i = 0; i < r->count; i++) {
        const struct right *x = &r->items[i];
        now = now || right_holds(x, q->at_ms);
        op = op || right_allows(x, q->op);
        place = place || (right_allows(x, q->op) && right_covers(x, q->op, q->path));
    }
    if (verdict == ACCESS_ALLOWED)
        return "a right allows it there";
    if (r->count == 0)
        return "there is no policy for this principal or a group of it";
    if (!now)
        return "no policy holds at this time";
    if (verdict == ACCESS_HIDDEN)
        return "no policy is for this access scope or one that it is a part of: the object does not exist "
               "for this principal";
    if ((q->op->flags & OPERATION_GROUPS) != 0)
        return "the fixed groups alone may do it, and this principal is in none that may";
    if (!op)
        return "no role of this principal has the operation";
    if (!place)
        return "a role has the operation, but in another access scope";
    return "what would allow it does not hold at this time, or the token is limited";
}

/* As a request is answered: who may do it nowhere is refused before anything is looked for. */
static enum access_verdict judge(const struct rights *r, const struct question *q)
{
    enum access_verdict v = rights_judge(r, q->op, q->path, q->at_ms);
    return v == ACCESS_HIDDEN && !rights_somewhere(r, q->op, q->at_ms) ? ACCESS_DENIED : v;
}

static void answer(struct call *c, const struct question *q)
{
    static const char *const verdicts[] = { "allowed", "denied", "hidden" };
    const struct rights *r = book_rights(c->api->book, &q->whose);
    enum access_verdict verdict = judge(r, q);
    struct json_writer w;
    jw_init(&w, &c->out);
    jw_object(&w);
    jw_key(&w, "verdict");
    jw_text(&w, verdicts[verdict]);
    jw_key(&w, "reason");
    jw_text(&w, reason(r, q, verdict));
    jw_key(&w, "principal");
    jw_text(&w, q->whose.name);
    jw_key(&w, "operation");
    jw_text(&w, q->op->name);
    if (q->path.data != NULL) {
        jw_key(&w, "scope");
        jw_str(&w, q->path);
    }
    jw_key(&w, "rights");
    jw_array(&w);
    for (size_t i = 0; i < r->count; i++) {
        jw_object(&w);
        write_right(&w, &r->items[i]);
        write_flag(&w, "has_operation", right_allows(&r->items[i], q->op));
        write_flag(&w, "covers", right_covers(&r->items[i], q->op, q->path));
        write_flag(&w, "holds", right_holds(&r->items[i], q->at_ms));
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    call_json(c, 200);
}

static void place_of_object(struct call *c, struct question *q)
{
    q->path = book_path(call_view(c), rule_access_scope(call_view(c), c->row));
}

static void found_explain(struct call *c)
{
    place_of_object(c, c->work);
    answer(c, c->work);
}

/* Of oneself everybody may ask; of others who sees everything. */
static int read_principal(struct call *c, struct question *q)
{
    struct ipam_str name = call_param(c, "principal");
    q->whose = c->who;
    if (name.data == NULL || str_is(name, c->who.name))
        return 0;
    if (!sight_all(&c->sight))
        return sight_denied(&c->sight, c->sight.op, &c->problem);
    if (name.len < sizeof(q->whose.name) && access_principal(c->api->at.access, name, &q->whose))
        return 0;
    return wrong_param(c, "?principal", "is too long, or of no known kind",
                       "write user:NAME, token:NAME, cert:NAME or uid:NUMBER");
}

void handle_explain(struct call *c)
{
    static const char *const known[] = { "operation", "principal", "scope", "type", "key", "when", NULL };
    struct question *q = arena_alloc(&c->arena, sizeof(*q));
    c->work = q;
    if (!call_accept(c, false) || !call_params_known(c, known) || !read_question(c, q) ||
        read_principal(c, q) != 0)
        call_problem(c);
    else if (q->of_object)
        call_find(c, found_explain);
    else
        answer(c, q);
}

/* --- who --- */

struct asking {
    struct call *c;
    const struct question *q;
    struct json_writer w;
};

static void add_who(struct asking *a, const char *principal, const struct right *r)
{
    jw_object(&a->w);
    jw_key(&a->w, "principal");
    jw_text(&a->w, principal);
    jw_key(&a->w, "from_configuration");
    jw_bool(&a->w, r->policy == 0);
    if (r->policy != 0) {
        jw_key(&a->w, "policy");
        jw_int(&a->w, r->policy);
    }
    jw_key(&a->w, "role");
    jw_str(&a->w, r->role_name);
    jw_key(&a->w, "scope");
    jw_str(&a->w, r->path);
    write_times(&a->w, r);
    jw_object_end(&a->w);
}

/* Each right of his by which he may. */
static void ask_one(void *user, const struct principal *who)
{
    struct asking *a = user;
    const struct question *q = a->q;
    const struct rights *r = book_rights(a->c->api->book, who);
    if (rights_judge(r, q->op, q->path, q->at_ms) != ACCESS_ALLOWED)
        return;
    for (size_t i = 0; i < r->count; i++)
        if (right_holds(&r->items[i], q->at_ms) && right_allows(&r->items[i], q->op) &&
            right_covers(&r->items[i], q->op, q->path))
            add_who(a, who->name, &r->items[i]);
}

static void answer_who(struct call *c)
{
    struct asking a = { .c = c, .q = c->work };
    jw_init(&a.w, &c->out);
    jw_object(&a.w);
    jw_key(&a.w, "items");
    jw_array(&a.w);
    access_each_principal(c->api->at.access, call_view(c), ask_one, &a);
    jw_array_end(&a.w);
    jw_object_end(&a.w);
    call_json(c, 200);
}

static void found_who(struct call *c)
{
    place_of_object(c, c->work);
    answer_who(c);
}

void handle_who_can(struct call *c)
{
    static const char *const known[] = { "operation", "scope", "type", "key", "when", NULL };
    struct question *q = arena_alloc(&c->arena, sizeof(*q));
    c->work = q;
    if (!call_accept(c, false) || !call_params_known(c, known) || !read_question(c, q))
        call_problem(c);
    else if (q->of_object)
        call_find(c, found_who);
    else
        answer_who(c);
}
