/* rules.c - what may be created, changed and deleted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rules.h"

#include <stdlib.h>

#include "model/rules_p.h"

static int64_t default_space(const struct view *v)
{
    return view_by_name(v, IPAM_T_SPACE, IPAM_STR("default"));
}

/* The space named in the input, or the default one; 0 with a problem when it does not exist. */
static int64_t space_of(const struct view *v, const void *rec, unsigned number, int64_t wanted,
                        struct problem *p)
{
    int64_t space = record_has(rec, number) ? wanted : default_space(v);
    if (view_get(v, IPAM_T_SPACE, space) == NULL) {
        problem_set(p, PROBLEM_INVALID, "space: there is no address space %lld", (long long)space);
        problem_hint(p, "list the spaces with GET /api/v1/ipam/spaces");
        return 0;
    }
    return space;
}

static int block_create(struct draft *d, struct ipam_block *b, struct problem *p)
{
    const struct view *v = draft_view(d);
    char text[PREFIX_TEXT_MAX];
    int64_t space = space_of(v, b, IPAM_BLOCK_SPACE, b->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    int64_t twin = view_by_prefix(v, IPAM_T_BLOCK, space, &b->prefix);
    prefix_print(&b->prefix, text);
    if (twin != 0) {
        problem_hint(p, "change the existing one, or delete it first");
        return problem_set(p, PROBLEM_EXISTS, "block %s exists already (id %lld)", text, (long long)twin);
    }
    RECORD_SET(b, IPAM_BLOCK_SPACE, space, space);
    draft_put(d, b);
    return 0;
}

/* IEEE 802.1Q: 0 and 4095 are reserved. */
static int vlans_check(const struct ipam_subnet *s, struct problem *p)
{
    for (size_t i = 0; record_has(s, IPAM_SUBNET_VLANS) && i < s->vlans.count; i++) {
        if (s->vlans.items[i] >= 1 && s->vlans.items[i] <= 4094)
            continue;
        problem_hint(p, "give VLAN ids from 1 to 4094");
        return problem_set(p, PROBLEM_INVALID, "vlans: %lld is no VLAN id", (long long)s->vlans.items[i]);
    }
    return 0;
}

static int subnet_create(struct draft *d, struct ipam_subnet *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    char text[PREFIX_TEXT_MAX];
    int64_t space = space_of(v, s, IPAM_SUBNET_SPACE, s->space, p);
    if (space == 0 || vlans_check(s, p) != 0)
        return IPAM_E_INVAL;
    prefix_print(&s->prefix, text);
    int64_t clash = view_enclosing(v, IPAM_T_SUBNET, space, &s->prefix, false);
    if (clash == 0)
        clash = view_first_inside(v, IPAM_T_SUBNET, space, &s->prefix);
    if (clash != 0) {
        const struct ipam_subnet *o = view_get(v, IPAM_T_SUBNET, clash);
        char other[PREFIX_TEXT_MAX];
        if (prefix_equal(&o->prefix, &s->prefix)) {
            problem_hint(p, "change the existing one, or delete it first");
            return problem_set(p, PROBLEM_EXISTS, "subnet %s exists already (id %lld)", text,
                               (long long)clash);
        }
        prefix_print(&o->prefix, other);
        problem_hint(p, "subnets do not overlap: use a block to group them");
        return problem_set(p, PROBLEM_OVERLAP, "subnet %s overlaps subnet %s (id %lld)", text, other,
                           (long long)clash);
    }
    RECORD_SET(s, IPAM_SUBNET_SPACE, space, space);
    if (!record_has(s, IPAM_SUBNET_MANAGED_BY))
        RECORD_SET(s, IPAM_SUBNET_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    draft_put(d, s);
    return 0;
}

/* The range of the same source that is in the way of `self`. */
struct range_clash {
    const struct ipam_range *self, *found;
};

static int find_own_range(void *user, const struct ipam_range *r)
{
    struct range_clash *c = user;
    if (!str_equal(r->managed_by, c->self->managed_by) || !str_equal(r->instance, c->self->instance))
        return 0;
    c->found = r;
    return 1;
}

static int range_create(struct draft *d, struct ipam_range *r, struct problem *p)
{
    const struct view *v = draft_view(d);
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];
    int64_t space = space_of(v, r, IPAM_RANGE_SPACE, r->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    addr_print(&r->first, first);
    addr_print(&r->last, last);
    if (r->first.family != r->last.family || addr_compare(&r->first, &r->last) > 0) {
        problem_hint(p, "give the lower address as first and the higher one as last, both of one family");
        return problem_set(p, PROBLEM_INVALID, "range %s-%s: first is not below or equal to last", first,
                           last);
    }
    struct ipam_prefix host = { r->first, (uint8_t)addr_bits(r->first.family) };
    const struct ipam_subnet *s =
        view_get(v, IPAM_T_SUBNET, view_enclosing(v, IPAM_T_SUBNET, space, &host, false));
    if (s == NULL || !prefix_contains_addr(&s->prefix, &r->last)) {
        problem_hint(p, "add the subnet that holds both ends first");
        return problem_set(p, PROBLEM_INVALID, "range %s-%s lies in no subnet", first, last);
    }
    if (!record_has(r, IPAM_RANGE_MANAGED_BY))
        RECORD_SET(r, IPAM_RANGE_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    struct range_clash clash = { r, NULL };
    if (view_ranges(v, space, &r->first, &r->last, find_own_range, &clash) != 0) {
        problem_hint(p, "ranges of one source do not overlap");
        char other[ADDR_TEXT_MAX], other_last[ADDR_TEXT_MAX];
        addr_print(&clash.found->first, other);
        addr_print(&clash.found->last, other_last);
        return problem_set(p, PROBLEM_OVERLAP, "range %s-%s overlaps range %s-%s (id %lld)", first, last,
                           other, other_last, (long long)clash.found->id);
    }
    if (!record_has(r, IPAM_RANGE_KIND))
        RECORD_SET(r, IPAM_RANGE_KIND, kind, IPAM_RANGE_KIND_STATIC);
    RECORD_SET(r, IPAM_RANGE_SPACE, space, space);
    draft_put(d, r);
    return 0;
}

static int address_create(struct draft *d, struct ipam_address *a, struct problem *p)
{
    const struct view *v = draft_view(d);
    struct view_user users[USERS_MAX];
    char text[ADDR_TEXT_MAX];
    int64_t space = space_of(v, a, IPAM_ADDRESS_SPACE, a->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    addr_print(&a->address, text);
    size_t n = view_users(v, space, &a->address, users, USERS_MAX);
    for (size_t i = 0; i < n && i < USERS_MAX; i++) {
        if (users[i].type == IPAM_T_ADDRESS) {
            problem_hint(p, "change the existing one, or release it first");
            return problem_set(p, PROBLEM_EXISTS, "address %s exists already (id %lld)", text,
                               (long long)users[i].id);
        }
    }
    RECORD_SET(a, IPAM_ADDRESS_SPACE, space, space);
    if (!record_has(a, IPAM_ADDRESS_MANAGED_BY))
        RECORD_SET(a, IPAM_ADDRESS_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    draft_put(d, a);
    return 0;
}

static int server_create(struct draft *d, struct ipam_server *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    int64_t twin = view_by_name(v, IPAM_T_SERVER, s->name);
    if (twin != 0) {
        problem_hint(p, "change the existing one, or delete it first");
        return problem_set(p, PROBLEM_EXISTS, "server " STR_FMT " exists already (id %lld)", STR_ARG(s->name),
                           (long long)twin);
    }
    int64_t space = space_of(v, s, IPAM_SERVER_SPACE, s->space, p);
    if (space == 0)
        return IPAM_E_INVAL;
    RECORD_SET(s, IPAM_SERVER_SPACE, space, space);
    RECORD_SET(s, IPAM_SERVER_STATE, state, IPAM_SERVER_STATE_UNKNOWN);
    if (!record_has(s, IPAM_SERVER_MANAGED))
        RECORD_SET(s, IPAM_SERVER_MANAGED, managed, 0);
    draft_put(d, s);
    return 0;
}

static int space_create(struct draft *d, struct ipam_space *s, struct problem *p)
{
    int64_t twin = view_by_name(draft_view(d), IPAM_T_SPACE, s->name);
    if (twin != 0) {
        problem_hint(p, "use the existing one, or choose another name");
        return problem_set(p, PROBLEM_EXISTS, "space " STR_FMT " exists already (id %lld)", STR_ARG(s->name),
                           (long long)twin);
    }
    draft_put(d, s);
    return 0;
}

int rule_create(struct draft *d, void *rec, struct problem *p)
{
    const struct ipam_record *head = rec;
    switch (head->type) {
    case IPAM_T_SPACE: return space_create(d, rec, p);
    case IPAM_T_BLOCK: return block_create(d, rec, p);
    case IPAM_T_SUBNET: return subnet_create(d, rec, p);
    case IPAM_T_RANGE: return range_create(d, rec, p);
    case IPAM_T_ADDRESS: return address_create(d, rec, p);
    case IPAM_T_SERVER: return server_create(d, rec, p);
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

int rule_update(struct draft *d, const void *before, const void *patch, const uint64_t cleared[2],
                struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    if (t->type == IPAM_T_SCOPE || t->type == IPAM_T_LEASE || t->type == IPAM_T_RESERVATION)
        return problem_set(p, PROBLEM_UNSUPPORTED, "changing a %s is not supported", t->name);
    struct arena a;
    arena_init(&a, 0);
    void *rec = record_copy(&a, before);
    if (rec == NULL)
        abort(); /* the arena has no limit: memory is out */
    record_merge(rec, patch, cleared);
    int rc = t->type == IPAM_T_SUBNET ? vlans_check(rec, p) : 0;
    if (rc == 0)
        draft_replace(d, before, rec);
    arena_fini(&a);
    return rc;
}

static int first_range(void *user, const struct ipam_range *r)
{
    *(const struct ipam_range **)user = r;
    return 1;
}

/* Something of a subnet that stands in the way of deleting it. */
static int subnet_holds(struct draft *d, const struct ipam_subnet *s, struct problem *p)
{
    const struct view *v = draft_view(d);
    const struct ipam_range *range = NULL;
    struct ipam_addr first, last, used;
    char text[PREFIX_TEXT_MAX], at[ADDR_TEXT_MAX];
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    prefix_print(&s->prefix, text);
    if (view_first_used(v, s->space, &first, &last, &used) == 0) {
        addr_print(&used, at);
        problem_hint(p, "release or move them first: GET /api/v1/ipam/addresses?within=%s", text);
        return problem_set(p, PROBLEM_IN_USE, "subnet %s holds addresses in use, the first of them %s", text,
                           at);
    }
    if (view_ranges(v, s->space, &first, &last, first_range, &range) != 0) {
        problem_hint(p, managed_elsewhere(range) ? "remove its scope on the server and collect again"
                                                 : "delete its ranges first");
        return problem_set(p, PROBLEM_IN_USE, "subnet %s holds range %lld", text, (long long)range->id);
    }
    return 0;
}

int rule_delete(struct draft *d, const void *before, struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    if (managed_elsewhere(before)) {
        problem_hint(p, "change it on the server and collect again");
        return problem_set(p, PROBLEM_MANAGED, "this %s comes from a server", t->name);
    }
    if (t->type == IPAM_T_SUBNET && subnet_holds(d, before, p) != 0)
        return IPAM_E_INVAL;
    if (t->type == IPAM_T_ADDRESS)
        return rule_release(d, before, p);
    draft_delete(d, before);
    return 0;
}
