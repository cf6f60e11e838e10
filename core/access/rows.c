/* rows.c - rules of roles and policies, and which rules a row of access control has.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/rows_p.h"

#include <stdio.h>
#include <string.h>

#include "access/access.h"

#define NAME_MAX_LEN 64

/* --- roles --- */

static bool name_is_good(struct ipam_str name)
{
    bool good = name.len > 0 && name.len <= NAME_MAX_LEN;
    for (size_t i = 0; good && i < name.len; i++)
        good = (name.data[i] >= 'a' && name.data[i] <= 'z') || (name.data[i] >= '0' && name.data[i] <= '9') ||
               memchr("-_.", name.data[i], 3) != NULL;
    return good;
}

/* What no role may have is decided by the fixed groups, or changes who may do what. */
static int operations_check(const struct ipam_role *r, struct problem *p)
{
    for (size_t i = 0; i < r->operations.count; i++) {
        struct ipam_str name = r->operations.items[i];
        const struct operation *op = access_operation_named(name);
        if (op == NULL) {
            problem_hint(p, "list them with GET /api/v1/access/operations");
            return problem_set(p, PROBLEM_INVALID, "/operations/%zu: there is no operation " STR_FMT, i,
                               STR_ARG(name));
        }
        if ((op->flags & (OPERATION_ADMIN | OPERATION_GROUPS)) != 0) {
            problem_hint(p, "leave it out; those who shall do it are given the group administrator");
            return problem_set(
                p, PROBLEM_INVALID,
                "/operations/%zu: " STR_FMT " is for %s alone, no role that people make has it", i,
                STR_ARG(name), (op->flags & OPERATION_GROUPS) != 0 ? "the fixed groups" : "administrators");
        }
    }
    if (r->operations.count > 0)
        return 0;
    problem_hint(p, "name at least one of GET /api/v1/access/operations");
    return problem_set(p, PROBLEM_INVALID, "/operations: a role without operations allows nothing");
}

static int role_create(struct draft *d, struct ipam_role *r, struct problem *p)
{
    if (!name_is_good(r->name)) {
        problem_hint(p, "use a-z, 0-9, '-', '_' and '.', such as branch-operators");
        return problem_set(p, PROBLEM_INVALID, "/name: \"" STR_FMT "\" cannot be the name of a role",
                           STR_ARG(r->name));
    }
    if (access_role(r->name) != NULL || view_by_name(draft_view(d), IPAM_T_ROLE, r->name) != 0) {
        problem_hint(p, "choose another name");
        return problem_set(p, PROBLEM_EXISTS, "role " STR_FMT " exists already", STR_ARG(r->name));
    }
    int rc = operations_check(r, p);
    if (rc == 0)
        draft_put(d, r);
    return rc;
}

struct role_use {
    struct ipam_str role;
    const struct ipam_access_policy *found;
};

static int find_use(void *user, const void *row)
{
    struct role_use *use = user;
    const struct ipam_access_policy *policy = row;
    if (!str_equal(policy->role, use->role))
        return 0;
    use->found = policy;
    return 1;
}

static int role_delete(struct draft *d, const struct ipam_role *r, struct problem *p)
{
    struct role_use use = { r->name, NULL };
    if (view_each(draft_view(d), IPAM_T_ACCESS_POLICY, find_use, &use) != 0) {
        problem_hint(p, "delete those policies first: GET /api/v1/access/policies?role=" STR_FMT,
                     STR_ARG(r->name));
        return problem_set(p, PROBLEM_IN_USE, "the role " STR_FMT " is given by policy %lld to " STR_FMT,
                           STR_ARG(r->name), (long long)use.found->id, STR_ARG(use.found->principal));
    }
    draft_delete(d, r);
    return 0;
}

/* --- policies --- */

/* Whom a provider knows is known there alone. */
static int is_there(const struct view *v, uint32_t type, struct ipam_str name, struct problem *p)
{
    bool elsewhere = memchr(name.data, type == IPAM_T_USER ? '@' : '/', name.len) != NULL;
    if (type == 0 || elsewhere || view_by_name(v, type, name) != 0)
        return 0;
    problem_hint(p, "add it first, or correct the name");
    return problem_set(p, PROBLEM_INVALID, "/principal: there is no %s " STR_FMT, record_type(type)->name,
                       STR_ARG(name));
}

/* Whose it is: local users and groups must be there; who else comes is known by the configuration alone. */
static int principal_check(const struct view *v, struct ipam_str name, struct problem *p)
{
    static const struct {
        const char *kind;
        uint32_t type; /* of the record that must be there; 0: none */
    } kinds[] = {
        { "user:", IPAM_T_USER }, { "group:", IPAM_T_GROUP }, { "token:", 0 }, { "cert:", 0 }, { "uid:", 0 }
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].kind);
        if (name.len > len && memcmp(name.data, kinds[i].kind, len) == 0)
            return is_there(v, kinds[i].type, (struct ipam_str){ name.data + len, name.len - len }, p);
    }
    problem_hint(p, "write user:NAME, group:NAME, token:NAME, cert:NAME or uid:NUMBER");
    return problem_set(p, PROBLEM_INVALID, "/principal: \"" STR_FMT "\" does not say whose the policy is",
                       STR_ARG(name));
}

static int role_check(const struct view *v, const struct ipam_access_policy *policy, struct problem *p)
{
    const struct role *role = access_role(policy->role);
    const struct ipam_access_scope *scope = view_get(v, IPAM_T_ACCESS_SCOPE, policy->scope);
    if (role == NULL && view_by_name(v, IPAM_T_ROLE, policy->role) == 0) {
        problem_hint(p, "list them with GET /api/v1/access/roles");
        return problem_set(p, PROBLEM_INVALID, "/role: there is no role " STR_FMT, STR_ARG(policy->role));
    }
    if (scope == NULL) {
        problem_hint(p, "list them with GET /api/v1/access/scopes");
        return problem_set(p, PROBLEM_INVALID, "/scope: there is no access scope %lld",
                           (long long)policy->scope);
    }
    if (role == NULL || !access_role_is_group(role) || str_is(scope->path, ACCESS_ROOT))
        return 0;
    problem_hint(p, "give it at " ACCESS_ROOT ", or a role in place of the group");
    return problem_set(p, PROBLEM_INVALID, "/scope: the group " STR_FMT " is for the whole network",
                       STR_ARG(policy->role));
}

static int times_check(const struct ipam_access_policy *policy, struct problem *p)
{
    if (!record_has(policy, IPAM_ACCESS_POLICY_FROM) || !record_has(policy, IPAM_ACCESS_POLICY_UNTIL) ||
        policy->from < policy->until)
        return 0;
    problem_hint(p, "give an end that is later than the beginning");
    return problem_set(p, PROBLEM_INVALID, "/until: the policy would end before it begins");
}

static int policy_create(struct draft *d, struct ipam_access_policy *policy, struct problem *p)
{
    const struct view *v = draft_view(d);
    int64_t twin = view_policy(v, policy);
    int rc = principal_check(v, policy->principal, p);
    rc = rc == 0 ? role_check(v, policy, p) : rc;
    rc = rc == 0 ? times_check(policy, p) : rc;
    if (rc == 0 && twin != 0) {
        problem_hint(p, "change that one, or delete it first");
        return problem_set(p, PROBLEM_EXISTS, "policy %lld gives " STR_FMT " that role there already",
                           (long long)twin, STR_ARG(policy->principal));
    }
    if (rc == 0)
        draft_put(d, policy);
    return rc;
}

struct allotments {
    struct draft *d;
    char prefix[32];
};

static int drop_allotment(void *user, const void *row)
{
    struct allotments *a = user;
    const struct ipam_allotment *held = row;
    if (held->owner.len > strlen(a->prefix) && memcmp(held->owner.data, a->prefix, strlen(a->prefix)) == 0)
        draft_delete(a->d, held);
    return 0;
}

void policy_drop(struct draft *d, const struct ipam_access_policy *policy)
{
    struct allotments a = { .d = d };
    snprintf(a.prefix, sizeof(a.prefix), "%lld/", (long long)policy->id);
    view_each(draft_view(d), IPAM_T_ALLOTMENT, drop_allotment, &a);
    draft_delete(d, policy);
}

struct forgetting {
    struct draft *d;
    const char *kind;
    struct ipam_str name;
};

static int forget_policy(void *user, const void *row)
{
    struct forgetting *f = user;
    const struct ipam_access_policy *policy = row;
    size_t len = strlen(f->kind);
    if (policy->principal.len == len + f->name.len && memcmp(policy->principal.data, f->kind, len) == 0 &&
        memcmp(policy->principal.data + len, f->name.data, f->name.len) == 0)
        policy_drop(f->d, policy);
    return 0;
}

void access_forget(struct draft *d, const void *identity)
{
    const struct ipam_user *u = identity;
    const struct ipam_group *g = identity;
    struct forgetting f = { d, "user:", u->name };
    if (u->type == IPAM_T_GROUP)
        f = (struct forgetting){ d, "group:", g->name };
    else if (u->type != IPAM_T_USER)
        return;
    view_each(draft_view(d), IPAM_T_ACCESS_POLICY, forget_policy, &f);
}

/* --- all of them --- */

bool access_is_row(uint32_t type)
{
    return type == IPAM_T_ROLE || type == IPAM_T_ACCESS_SCOPE || type == IPAM_T_ACCESS_POLICY;
}

int access_row_create(struct draft *d, void *rec, struct problem *p)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_ROLE: return role_create(d, rec, p);
    case IPAM_T_ACCESS_SCOPE: return scope_create(d, rec, p);
    default: return policy_create(d, rec, p);
    }
}

int access_row_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
                      struct problem *p)
{
    uint32_t type = ((const struct ipam_record *)before)->type;
    struct arena a;
    arena_init(&a, 0);
    void *rec = record_copy(&a, before);
    if (rec == NULL)
        out_of_memory(0); /* the arena has no limit */
    record_merge(rec, patch, cleared);
    int rc;
    if (type == IPAM_T_ACCESS_SCOPE)
        rc = scope_change(d, before, rec, p);
    else if ((rc = type == IPAM_T_ROLE ? operations_check(rec, p) : times_check(rec, p)) == 0)
        draft_replace(d, before, rec);
    arena_fini(&a);
    return rc;
}

int access_row_delete(struct draft *d, const void *before, struct problem *p)
{
    switch (((const struct ipam_record *)before)->type) {
    case IPAM_T_ROLE: return role_delete(d, before, p);
    case IPAM_T_ACCESS_SCOPE: return scope_delete(d, before, p);
    default: policy_drop(d, before); return 0;
    }
}
