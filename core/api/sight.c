/* sight.c - what a caller sees and may, object by object.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/sight.h"

#include <stdio.h>
#include <string.h>

#include "access/rows.h"
#include "base/clock.h"
#include "model/pool.h"

static const struct rights *rights_of(const struct sight *s)
{
    return book_rights(s->book, s->who);
}

static void look_anew(struct sight *s)
{
    s->edition = book_edition(s->book);
    s->now_ms = clock_wall_ms();
    s->all = rights_see_all(rights_of(s), s->now_ms);
    s->persons = rights_judge(rights_of(s), access_operation("access.user.read"),
                              (struct ipam_str){ NULL, 0 }, s->now_ms) == ACCESS_ALLOWED;
    s->ref.changes = 0;
    for (size_t i = 0; i < SIGHT_KNOWN; i++)
        s->known[i].scope = -1;
}

void sight_init(struct sight *s, struct book *b, const struct state *state, const struct principal *who,
                const struct operation *op)
{
    memset(s, 0, offsetof(struct sight, parties)); /* the rest is written before it is read, and large */
    s->book = b;
    s->state = state;
    s->who = who;
    s->op = op;
    look_anew(s);
}

bool sight_all_anew(struct sight *s)
{
    if (s->book == NULL) /* of a route that asks nobody who he is */
        return true;
    if (s->edition != book_edition(s->book))
        look_anew(s);
    return s->all;
}

static bool sees_scope(struct sight *s, const struct view *v, int64_t scope)
{
    struct sight_scope *k = &s->known[(size_t)scope & (SIGHT_KNOWN - 1)];
    if (k->scope != scope)
        *k = (struct sight_scope){ scope, rights_see(rights_of(s), book_path(v, scope), s->now_ms) };
    return k->seen;
}

/* Jobs are seen by those who asked for them, and by those who see the server they work on. */
static bool sees_job(struct sight *s, const struct view *v, const struct ipam_job *job)
{
    int64_t server = record_has(job, IPAM_JOB_TARGET) ? view_by_name(v, IPAM_T_SERVER, job->target) : 0;
    const void *row = view_get(v, IPAM_T_SERVER, server);
    return (record_has(job, IPAM_JOB_ACTOR) && str_is(job->actor, s->who->name)) ||
           (row != NULL && sight_sees(s, v, row));
}

static bool is_his(const struct sight *s, const struct ipam_access_policy *policy)
{
    const struct rights *r = rights_of(s);
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].policy == policy->id)
            return true;
    return false;
}

bool sight_made(const struct sight *s, const struct ipam_saved_query *q)
{
    return record_has(q, IPAM_SAVED_QUERY_MADE_BY) && str_is(q->made_by, s->who->name);
}

/* One that is not shared is its maker's; administrators see any. */
static bool sees_query(const struct sight *s, const struct ipam_saved_query *q)
{
    return (record_has(q, IPAM_SAVED_QUERY_SHARED) && q->shared) || sight_made(s, q);
}

bool sight_sees_any(struct sight *s, const void *rec)
{
    return sight_all(s) && (((const struct ipam_record *)rec)->type != IPAM_T_SAVED_QUERY || s->persons);
}

bool sight_sees(struct sight *s, const struct view *v, const void *rec)
{
    uint32_t type = ((const struct ipam_record *)rec)->type;
    if (sight_sees_any(s, rec))
        return true;
    switch (type) {
    case IPAM_T_SAVED_QUERY: return sees_query(s, rec);
    case IPAM_T_REPORT:
    case IPAM_T_ROLE:
    case IPAM_T_CUSTOM_FIELD:
    case IPAM_T_FIELD_LINK:
    case IPAM_T_LOGICAL_GROUP:
    case IPAM_T_OPERATION:
    case IPAM_T_TASK:
    case IPAM_T_CHANGE: return true; /* of a change the objects are judged, one by one */
    case IPAM_T_ACCESS_SCOPE: return sees_scope(s, v, ((const struct ipam_access_scope *)rec)->id);
    case IPAM_T_ACCESS_POLICY: return is_his(s, rec);
    case IPAM_T_JOB: return sees_job(s, v, rec);
    default: return rule_has_access_scope(type) && sees_scope(s, v, rule_access_scope(v, rec));
    }
}

bool sight_sees_ref(struct sight *s, const struct view *v, uint32_t type, int64_t id)
{
    struct sight_ref *r = &s->ref;
    bool durable = v == state_view(s->state); /* a draft may change meanwhile */
    if (durable && r->changes == state_changes(s->state) && r->type == type && r->id == id)
        return r->seen;
    const void *row = view_get(v, type, id);
    bool seen = row != NULL && sight_sees(s, v, row);
    if (durable)
        *r = (struct sight_ref){ state_changes(s->state), type, id, seen };
    return seen;
}

bool sight_whole(struct sight *s)
{
    return sight_all(s) && s->persons;
}

static bool is_of_persons(int64_t type)
{
    return type == IPAM_T_USER || type == IPAM_T_GROUP || type == IPAM_T_TOKEN || type == IPAM_T_SESSION ||
           type == IPAM_T_RECOVERY || type == IPAM_T_SAVED_QUERY;
}

static void hide(struct ipam_change_item *item, unsigned number)
{
    ((struct ipam_record *)item)->has[0] &= ~(UINT64_C(1) << number);
}

/* By where it was when that was done. */
static bool shows_item(void *user, struct ipam_change_item *item)
{
    struct sight *s = user;
    const struct view *v = state_view(s->state);
    if (sight_all(s))
        return s->persons || !is_of_persons(item->object_type);
    if (item->object_type <= 0 || !rule_has_access_scope((uint32_t)item->object_type))
        return false;
    bool moved = record_has(item, IPAM_CHANGE_ITEM_SCOPE_BEFORE), seen = sees_scope(s, v, item->scope),
         seen_before = moved ? sees_scope(s, v, item->scope_before) : seen;
    if (!seen_before) /* it comes into his sight: what it was is not his */
        hide(item, IPAM_CHANGE_ITEM_BEFORE);
    if (seen || !seen_before)
        return seen;
    item->verb = IPAM_CHANGE_ITEM_VERB_DELETE;
    hide(item, IPAM_CHANGE_ITEM_FIELDS);
    hide(item, IPAM_CHANGE_ITEM_BEFORE);
    return true;
}

static void trim_fields(void *user, void *fields)
{
    struct sight *s = user;
    sight_trim(s, state_view(s->state), fields);
}

struct changelog_look sight_look(struct sight *s)
{
    return (struct changelog_look){ shows_item, trim_fields, s };
}

enum access_verdict sight_judge(struct sight *s, const struct view *v, const struct operation *op,
                                const void *rec, int64_t now_ms)
{
    uint32_t type = ((const struct ipam_record *)rec)->type;
    struct ipam_str path = { NULL, 0 };
    if (rule_has_access_scope(type))
        path = book_path(v, rule_access_scope(v, rec));
    return rights_judge(rights_of(s), op, path, now_ms);
}

int sight_denied(const struct sight *s, const struct operation *op, struct problem *p)
{
    const struct role *role = s->who->role;
    problem_hint(
        p, "GET /api/v1/access/explain?operation=%s says why; ask who manages access for a role that may",
        op->name);
    if (role != NULL)
        problem_set(p, PROBLEM_DENIED, "%s, with the role %s, may not %s", s->who->name,
                    access_role_key(role), op->name);
    else
        problem_set(p, PROBLEM_DENIED, "%s may not %s here", s->who->name, op->name);
    return IPAM_E_ACCESS;
}

int sight_may(struct sight *s, const struct view *v, const void *rec, int64_t now_ms, struct problem *p)
{
    return sight_judge(s, v, s->op, rec, now_ms) == ACCESS_ALLOWED ? 0 : sight_denied(s, s->op, p);
}

/* --- the draft --- */

/* What is done to the row, as access control calls it. */
static const struct operation *operation_on(const struct sight *s, const struct draft_op *op)
{
    char name[64];
    const char *verb = op->before == NULL ? "create" : op->after == NULL ? "delete" : "change";
    const char *noun = op->type == IPAM_T_ADDRESS_POOL ? "pool" : record_type(op->type)->name;
    snprintf(name, sizeof(name), "ipam.%s.%s", noun, verb);
    for (char *at = name; *at != '\0'; at++)
        *at = *at == '_' ? '-' : *at;
    const struct operation *found = access_operation(name);
    return found != NULL ? found : s->op;
}

/* What an operation on an object does to others on the way, and what must be allowed for it. */
static const struct operation *operation_for(const struct sight *s, const struct draft_op *op)
{
    return s->by_row ? operation_on(s, op) : s->making != NULL ? s->making : s->op;
}

/* What is done on a server: of records of the DNS each type has a name of its own, where it has one. */
static const struct operation *operation_on_server(const struct ipam_plan_step *step, const char *verb)
{
    struct ipam_bytes packed = record_has(step, IPAM_PLAN_STEP_AFTER) ? step->after : step->before;
    const struct operation *found = NULL;
    char name[64];
    struct arena a;
    void *rec;
    if (step->object_type == IPAM_T_SERVER_CONFIG)
        return access_operation("dhcp.server.change");
    if (step->object_type != IPAM_T_DNS_RECORD) {
        snprintf(name, sizeof(name), "dhcp.reservation.%s", verb);
        return access_operation(name);
    }
    arena_init(&a, 0);
    if (record_unpack(record_type(IPAM_T_DNS_RECORD), packed, &a, &rec) == 0) {
        snprintf(name, sizeof(name), "dns.record." STR_FMT ".%s",
                 STR_ARG(((struct ipam_dns_record *)rec)->type_), verb);
        for (char *at = name; *at != '\0'; at++)
            *at = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
        found = access_operation(name);
    }
    arena_fini(&a);
    snprintf(name, sizeof(name), "dns.record.%s", verb);
    return found != NULL ? found : access_operation(name);
}

/* All that must be allowed for it; how many. */
static size_t operations_for(const struct sight *s, const struct draft_op *op, const struct operation *ret[2])
{
    const struct ipam_plan_step *step = op->after;
    size_t n = 0;
    if (op->type != IPAM_T_PLAN_STEP) {
        ret[0] = operation_for(s, op);
        return ret[0] != NULL;
    }
    if (op->before != NULL || step == NULL)
        return 0; /* a plan that goes on, or was undone */
    if (step->verb != IPAM_PLAN_STEP_VERB_DELETE)
        ret[n++] = operation_on_server(step, "create");
    if (step->verb != IPAM_PLAN_STEP_VERB_ADD)
        ret[n++] = operation_on_server(step, "delete");
    return n;
}

/* Objects follow a custom field that is renamed wherever they are: its rights ask for no place. */
static bool follows_field(const struct sight *s)
{
    static const char about[] = "ipam.custom-field.";
    return s->op != NULL && strncmp(s->op->name, about, sizeof(about) - 1) == 0;
}

static bool op_is_judged(const struct sight *s, const struct draft_op *op)
{
    return !follows_field(s) && op->type != IPAM_T_PLAN &&
           (op->type == IPAM_T_PLAN_STEP || rule_has_access_scope(op->type));
}

/* A step is where its plan is. */
static const void *placed(const struct view *v, const struct draft_op *op, const void *row)
{
    if (op->type != IPAM_T_PLAN_STEP || row == NULL)
        return row;
    return view_get(v, IPAM_T_PLAN, ((const struct ipam_plan_step *)row)->plan);
}

static int sees_members(struct sight *s, const struct view *v, const struct ipam_address_pool *pool,
                        struct problem *p)
{
    for (size_t i = 0; i < pool->members.count; i++)
        if (!sight_sees_member(s, v, pool->members.items[i])) {
            problem_hint(p, "ask who sees all of them: what you send would change the others too");
            problem_set(p, PROBLEM_DENIED, "%s does not see all members of the pool", s->who->name);
            return IPAM_E_ACCESS;
        }
    return 0;
}

/* What a client may name that an access scope may hide. */
static bool names_network(const struct record_field *f)
{
    return f->kind == KIND_REF && (f->flags & (FIELD_READONLY | FIELD_DERIVED)) == 0 &&
           (f->ref == IPAM_T_VLAN_GROUP || f->ref == IPAM_T_VLAN || f->ref == IPAM_T_VRF);
}

static bool sees_named(struct sight *s, const struct view *v, const struct record_field *f, const void *rec)
{
    return sight_sees_ref(s, v, f->ref, *(const int64_t *)(const void *)((const char *)rec + f->offset));
}

/* What he does not see is not there. */
static int check_named(struct sight *s, const struct view *v, const void *rec, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    for (unsigned i = 0; i < t->field_count && !sight_all(s); i++) {
        const struct record_field *f = &t->fields[i];
        if (names_network(f) && record_has(rec, f->number) && !sees_named(s, v, f, rec))
            return rule_no_ref(f->name, f->ref,
                               *(const int64_t *)(const void *)((const char *)rec + f->offset), p);
    }
    return 0;
}

void sight_keep_named(struct sight *s, const struct view *v, const void *before, void *given)
{
    const struct record_type *t = record_type(((const struct ipam_record *)given)->type);
    for (unsigned i = 0; i < t->field_count && !sight_all(s); i++) {
        const struct record_field *f = &t->fields[i];
        if (!names_network(f) || (f->flags & FIELD_FIXED) != 0 || !record_has(before, f->number) ||
            record_has(given, f->number) || sees_named(s, v, f, before))
            continue;
        memcpy((char *)given + f->offset, (const char *)before + f->offset, sizeof(int64_t));
        IPAM_SET_FIELD((struct ipam_record *)given, f->number);
    }
}

int sight_check_members(struct sight *s, const struct view *v, const void *before, const void *rec,
                        struct problem *p)
{
    const struct ipam_address_pool *given = rec, *was = before;
    struct pool_member m;
    if (check_named(s, v, rec, p) != 0)
        return IPAM_E_INVAL;
    if (given->type != IPAM_T_ADDRESS_POOL || !record_has(rec, IPAM_ADDRESS_POOL_MEMBERS) || sight_all(s))
        return 0;
    for (size_t i = 0; i < given->members.count; i++)
        if (!pool_member_find(v, was != NULL ? was->space : given->space, given->members.items[i], &m) ||
            !sight_sees_ref(s, v, m.type, m.id))
            return pool_no_member(i, p);
    return was != NULL ? sees_members(s, v, was, p) : 0;
}

/* Of a pool whose members become others by what is undone. */
static int undone_members_check(struct sight *s, const struct view *v, const struct draft_op *op,
                                struct problem *p)
{
    const struct ipam_address_pool *before = op->before, *after = op->after;
    if (op->type != IPAM_T_ADDRESS_POOL || after == NULL || !s->by_row || sight_all(s))
        return 0;
    bool same = before != NULL && before->members.count == after->members.count;
    for (size_t i = 0; same && i < after->members.count; i++)
        same = str_equal(before->members.items[i], after->members.items[i]);
    if (same || (before != NULL && sees_members(s, v, before, p) != 0))
        return same ? 0 : IPAM_E_ACCESS;
    return sees_members(s, v, after, p);
}

int sight_check_draft(struct sight *s, struct draft *d, struct problem *p)
{
    const struct view *v = draft_view(d);
    size_t count;
    const struct draft_op *ops = draft_open_ops(d, &count);
    for (size_t i = 0; i < count && !s->judged; i++) {
        const void *sides[2] = { placed(v, &ops[i], ops[i].before), placed(v, &ops[i], ops[i].after) };
        const struct operation *must[2];
        size_t n = op_is_judged(s, &ops[i]) ? operations_for(s, &ops[i], must) : 0;
        for (size_t k = 0; k < 2 * n; k++)
            if (sides[k % 2] != NULL &&
                sight_judge(s, v, must[k / 2], sides[k % 2], draft_now(d)) != ACCESS_ALLOWED)
                return sight_denied(s, must[k / 2], p);
        if (undone_members_check(s, v, &ops[i], p) != 0)
            return IPAM_E_ACCESS;
    }
    return 0;
}

/* --- rights that limit --- */

static const struct ipam_prefix *prefix_to_make(const void *rec)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_BLOCK: return &((const struct ipam_block *)rec)->prefix;
    case IPAM_T_SUBNET: return &((const struct ipam_subnet *)rec)->prefix;
    default: return NULL;
    }
}

static bool limits(const struct right *r)
{
    return r->max_blocks >= 0 || r->min_length4 > 0 || r->min_length6 > 0;
}

static bool fits(const struct right *r, const struct draft *d, const char *who,
                 const struct ipam_prefix *prefix)
{
    int least = prefix->addr.family == 4 ? r->min_length4 : r->min_length6;
    return prefix->length >= least &&
           (r->max_blocks < 0 || rule_allotted(draft_view(d), r->policy, str_from(who)) < r->max_blocks);
}

/* The right by which it is made: one without limits before others. */
static const struct right *right_for(struct sight *s, struct draft *d, const void *rec,
                                     const struct ipam_prefix *prefix, bool *ret_limited)
{
    const struct rights *all = rights_of(s);
    struct ipam_str path = book_path(draft_view(d), rule_access_scope(draft_view(d), rec));
    const struct right *found = NULL;
    *ret_limited = false;
    for (size_t i = 0; i < all->count; i++) {
        const struct right *r = &all->items[i];
        if (!right_holds(r, draft_now(d)) || !right_allows(r, s->op) || !right_covers(r, s->op, path))
            continue;
        if (!limits(r))
            return r;
        if (found == NULL && fits(r, d, s->who->name, prefix))
            found = r;
        *ret_limited = true;
    }
    return found;
}

int sight_allot(struct sight *s, struct draft *d, void *rec, struct problem *p)
{
    const struct ipam_prefix *prefix = prefix_to_make(rec);
    bool limited;
    const struct right *r;
    if (sight_judge(s, draft_view(d), s->op, rec, draft_now(d)) != ACCESS_ALLOWED)
        return sight_denied(s, s->op, p);
    if (prefix == NULL)
        return 0;
    r = right_for(s, d, rec, prefix, &limited);
    if (r == NULL) {
        problem_hint(
            p, "delete one that is not needed, or make a smaller one; GET /api/v1/access/policies shows the "
               "limits");
        problem_set(p, PROBLEM_DENIED, "%s may make no more prefixes here, or none as large", s->who->name);
        return IPAM_E_ACCESS;
    }
    if (limits(r))
        rule_allot(d, rec, r->policy, str_from(s->who->name));
    return 0;
}

int sight_enlarge(struct sight *s, struct draft *d, const void *rec, struct problem *p)
{
    const struct ipam_prefix *prefix = prefix_to_make(rec);
    bool limited;
    const struct right *r = prefix != NULL ? right_for(s, d, rec, prefix, &limited) : NULL;
    if (r != NULL && !limits(r))
        return 0;
    problem_hint(p, "GET /api/v1/access/policies shows the limits");
    problem_set(p, PROBLEM_DENIED, "%s may make no prefix larger here", s->who->name);
    return IPAM_E_ACCESS;
}

/* --- refusals --- */

static bool sees_what_it_is_about(struct sight *s, const struct view *v, const struct problem *p)
{
    const void *row = view_get(v, p->about_type, p->about);
    struct ipam_address like;
    if (p->about_type == IPAM_T_ADDRESS) {
        record_init(&like, IPAM_T_ADDRESS);
        RECORD_SET(&like, IPAM_ADDRESS_SPACE, space, p->about);
        RECORD_SET(&like, IPAM_ADDRESS_ADDRESS, address, p->about_addr);
        row = &like;
    }
    if (p->about_type == IPAM_T_SCOPE && row != NULL && /* what is said of one names its server */
        !sight_sees_ref(s, v, IPAM_T_SERVER, ((const struct ipam_scope *)row)->server))
        return false;
    return row != NULL && sight_sees(s, v, row);
}

void sight_veil(struct sight *s, const struct view *v, struct problem *p)
{
    if (p->about_type == 0 || sight_all(s) || sees_what_it_is_about(s, v, p))
        return;
    if (p->about_type == IPAM_T_SCOPE) {
        rule_no_scope(&p->about_addr, p);
        p->about_type = 0;
        return;
    }
    p->about_type = 0;
    problem_hint(p, "choose another place, or ask who manages the address plan");
    /* Not even whether it is the same, or larger, or smaller. */
    problem_set(p, p->type == PROBLEM_EXISTS ? PROBLEM_OVERLAP : p->type,
                "something that is there already is in the way");
}
