/* rules.c - what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/window.h"
#include "model/rules.h"

#include <stdlib.h>

#include "model/custom.h"
#include "model/identity.h"
#include "model/rules_p.h"

static void name_space(const struct view *v, void *rec)
{
    struct ipam_record *head = rec;
    const struct record_field *f = record_field(record_type(head->type), IPAM_STR("space"));
    if (f == NULL || f->kind != KIND_REF || f->ref != IPAM_T_SPACE || record_has(rec, f->number))
        return;
    *(int64_t *)(void *)((char *)rec + f->offset) = view_by_name(v, IPAM_T_SPACE, IPAM_STR("default"));
    IPAM_SET_FIELD(head, f->number);
}

int rule_prepare(const struct view *v, void *rec, struct problem *p)
{
    name_space(v, rec);
    return ((const struct ipam_record *)rec)->type == IPAM_T_RANGE ? range_ends(rec, p) : 0;
}

int name_is_no_id(struct ipam_str name, struct problem *p)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] < '0' || name.data[i] > '9')
            return 0;
    problem_hint(p, "put a letter into the name");
    return problem_set(p, PROBLEM_INVALID, "name: \"" STR_FMT "\" would be taken for an id", STR_ARG(name));
}

static int server_window(const struct ipam_server *s, struct problem *p)
{
    struct window w;
    if (!record_has(s, IPAM_SERVER_CHANGE_WINDOW) || window_parse(s->change_window, &w) == 0)
        return 0;
    return problem_set(p, PROBLEM_INVALID, "change_window: expected " WINDOW_SYNTAX);
}

static int server_create(struct draft *d, struct ipam_server *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    if (server_window(s, p) != 0)
        return IPAM_E_INVAL;
    int64_t twin = view_by_name(v, IPAM_T_SERVER, s->name);
    if (twin != 0) {
        problem_about(p, IPAM_T_SERVER, twin);
        problem_hint(p, "change the existing one, or delete it first");
        return problem_set(p, PROBLEM_EXISTS, "server " STR_FMT " exists already (id %lld)", STR_ARG(s->name),
                           (long long)twin);
    }
    int64_t space = space_check(v, s->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    RECORD_SET(s, IPAM_SERVER_STATE, state, IPAM_SERVER_STATE_UNKNOWN);
    if (!record_has(s, IPAM_SERVER_MANAGED))
        RECORD_SET(s, IPAM_SERVER_MANAGED, managed, 0);
    draft_put(d, s);
    return 0;
}

int rule_create(struct draft *d, void *rec, struct problem *p)
{
    if (rule_prepare(draft_view(d), rec, p) != 0 || moving_refuses(draft_view(d), rec, p) != 0)
        return IPAM_E_INVAL;
    return row_create(d, rec, p);
}

int row_create(struct draft *d, void *rec, struct problem *p)
{
    const struct ipam_record *head = rec;
    if (rule_prepare(draft_view(d), rec, p) != 0 ||
        custom_apply(draft_view(d), NULL, rec, draft_arena(d), p) != 0 ||
        threshold_check(draft_view(d), NULL, rec, p) != 0)
        return IPAM_E_INVAL;
    switch (head->type) {
    case IPAM_T_SPACE: return space_create(d, rec, p);
    case IPAM_T_BLOCK: return block_create(d, rec, p);
    case IPAM_T_SUBNET:
        if (subnet_takes_vlan(draft_view(d), NULL, rec, draft_arena(d), p) != 0)
            return IPAM_E_INVAL;
        return subnet_create(d, rec, p);
    case IPAM_T_RANGE: return range_create(d, rec, p);
    case IPAM_T_ADDRESS: return address_create(d, rec, p);
    case IPAM_T_SERVER: return server_create(d, rec, p);
    case IPAM_T_USER:
    case IPAM_T_GROUP:
    case IPAM_T_TOKEN: return identity_create(d, rec, p);
    case IPAM_T_CUSTOM_FIELD: return field_create(d, rec, p);
    case IPAM_T_FIELD_LINK: return link_create(d, rec, p);
    case IPAM_T_LOGICAL_GROUP: return group_create(d, rec, p);
    case IPAM_T_ADDRESS_POOL: return pool_create(d, rec, p);
    case IPAM_T_VLAN_GROUP: return vlan_group_create(d, rec, p);
    case IPAM_T_VLAN: return vlan_create(d, rec, p);
    case IPAM_T_VRF: return vrf_create(d, rec, p);
    case IPAM_T_SAVED_QUERY: return query_create(d, rec, p);
    default:
        return problem_set(p, PROBLEM_UNSUPPORTED, "a %s cannot be created here",
                           record_type(head->type)->name);
    }
}

/* Whether a row came from a server, which alone may change it. */
static bool managed_elsewhere(const void *rec)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SUBNET: {
        const struct ipam_subnet *s = rec;
        return record_has(s, IPAM_SUBNET_MANAGED_BY) && !str_is(s->managed_by, MODEL_SELF);
    }
    case IPAM_T_RANGE: {
        const struct ipam_range *r = rec;
        return record_has(r, IPAM_RANGE_MANAGED_BY) && !str_is(r->managed_by, MODEL_SELF);
    }
    case IPAM_T_SCOPE:
    case IPAM_T_LEASE:
    case IPAM_T_RESERVATION: return true;
    default: return false;
    }
}

bool rule_is_own(const void *rec)
{
    return !managed_elsewhere(rec);
}

int rule_own_check(const void *rec, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    if (rule_is_own(rec))
        return 0;
    problem_hint(p, "change it on the server and collect again");
    return problem_set(p, PROBLEM_MANAGED, "%s %lld comes from a server", t->name,
                       (long long)*(const int64_t *)((const char *)rec + t->fields[0].offset));
}

/* What the record table does not say of a row as it would be. */
static int change_check(struct draft *d, const void *before, void *after, struct problem *p)
{
    const struct view *v = draft_view(d);
    switch (((const struct ipam_record *)before)->type) {
    case IPAM_T_SERVER: return server_window(after, p);
    case IPAM_T_SPACE: return space_change(v, before, after, p);
    case IPAM_T_BLOCK: return block_check(v, after, p);
    case IPAM_T_SUBNET:
        if (subnet_takes_vlan(v, before, after, draft_arena(d), p) != 0)
            return IPAM_E_INVAL;
        return subnet_check(v, after, p);
    case IPAM_T_RANGE: range_keeps_zone(v, after); return range_check(after, p);
    case IPAM_T_ADDRESS: return address_check(before, after, p);
    case IPAM_T_CUSTOM_FIELD: return field_change(d, before, after, p);
    case IPAM_T_FIELD_LINK: return link_check(v, after, p);
    case IPAM_T_LOGICAL_GROUP: return group_change(v, before, after, draft_arena(d), p);
    case IPAM_T_ADDRESS_POOL: return pool_check(v, after, draft_arena(d), p);
    case IPAM_T_VLAN_GROUP: return vlan_group_check(v, after, p);
    case IPAM_T_VLAN: return vlan_check(v, after, p);
    case IPAM_T_VRF: return vrf_check(v, after, draft_arena(d), p);
    case IPAM_T_SAVED_QUERY: return query_check(v, after, ((const struct ipam_saved_query *)before)->id, p);
    default: return identity_check(v, draft_now(d), before, after, p);
    }
}

int rule_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
                struct problem *p)
{
    if (rule_stays(draft_view(d), before, p) != 0)
        return IPAM_E_INVAL;
    return row_update(d, before, patch, cleared, p);
}

int row_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
               struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    if (t->type == IPAM_T_SCOPE || t->type == IPAM_T_LEASE || t->type == IPAM_T_RESERVATION)
        return problem_set(p, PROBLEM_UNSUPPORTED, "changing a %s is not supported", t->name);
    struct arena a;
    uint64_t changed[2];
    arena_init(&a, 0);
    void *rec = record_copy(&a, before);
    if (rec == NULL)
        out_of_memory(0); /* the arena has no limit */
    record_merge(rec, patch, cleared);
    int rc = custom_apply(draft_view(d), before, rec, &a, p);
    if (rc == 0)
        rc = threshold_check(draft_view(d), before, rec, p);
    if (rc == 0)
        rc = change_check(d, before, rec, p);
    if (rc == 0 && t->type == IPAM_T_ADDRESS && record_diff(before, rec, changed))
        rule_take_over(before, rec);
    if (rc == 0)
        draft_replace(d, before, rec);
    arena_fini(&a);
    return rc;
}

#define USERS_MOST 16

static bool is_left(const struct view *v, int64_t space, const struct ipam_addr *at)
{
    struct view_user users[USERS_MOST];
    size_t count = view_users(v, space, at, users, USERS_MOST);
    for (size_t i = 0; i < count && i < USERS_MOST; i++)
        if (users[i].type != IPAM_T_QUARANTINE && !view_is_gone(v, users[i].type, users[i].id))
            return true;
    return count > USERS_MOST;
}

int rule_first_left(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, struct ipam_addr *ret)
{
    struct ipam_addr from = *first;
    while (view_first_used(v, space, &from, last, ret) == 0) {
        if (is_left(v, space, ret))
            return 0;
        if (addr_add(ret, u128_from(1), &from) != 0 || addr_compare(&from, last) > 0)
            break;
    }
    return IPAM_E_NOENT;
}

int rule_may_go(const struct view *v, const void *row, struct problem *p)
{
    if (managed_elsewhere(row)) {
        problem_hint(p, "change it on the server and collect again");
        return problem_set(p, PROBLEM_MANAGED, "this %s comes from a server",
                           record_type(((const struct ipam_record *)row)->type)->name);
    }
    return rule_stays(v, row, p) != 0 || pool_lets_go(v, row, p) != 0 ? IPAM_E_INVAL
                                                                      : network_lets_go(v, row, p);
}

int rule_delete(struct draft *d, const void *before, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    if (rule_may_go(draft_view(d), before, p) != 0)
        return IPAM_E_INVAL;
    switch (t->type) {
    case IPAM_T_SPACE: return space_delete(d, before, p);
    case IPAM_T_CUSTOM_FIELD: return field_delete(d, before, p);
    case IPAM_T_LOGICAL_GROUP: return group_delete(d, before, p);
    default: break;
    }
    if (t->type == IPAM_T_SUBNET && subnet_holds(d, before, p) != 0)
        return IPAM_E_INVAL;
    if (t->type == IPAM_T_ADDRESS)
        return rule_release(d, before, p);
    if (identity_is(before))
        return identity_delete(d, before, p);
    if (t->type == IPAM_T_BLOCK && block_hands_on(d, before, p) != 0)
        return IPAM_E_INVAL;
    if (t->type == IPAM_T_RANGE && range_hands_on(d, before, p) != 0)
        return IPAM_E_INVAL;
    rule_give_back(d, before);
    if (t->type == IPAM_T_SUBNET) {
        const struct ipam_subnet *s = before;
        claim_release(d, s->space, s->claim);
    }
    draft_delete(d, before);
    return 0;
}
