/* clear.c - DELETE of a subnet or range, alone or with what lies in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * With a subnet go its ranges and its addresses, with a range the addresses that are mapped to it: one change
 * set, with the right to delete each, judged while the subnet is there whose access scope it has. DHCP and
 * DNS stay as they are; what is there because of a server stays too, and is in the way of its subnet.
 * Addresses are not in memory: they are read first, so that their claims are known, and one that came since
 * then makes the request fail. */
#include <string.h>

#include "api/address_pages.h"
#include "api/objects.h"
#include "base/hash.h"

#define CLEAR_MOST 4000 /* addresses in one change set: each may have a claim, which is changed with it */
#define USERS_MOST 16

struct clear {
    struct call *c;
    struct address_pages pages;
    struct imap known; /* id of an address that was read -> itself */
    struct ipam_claim *likes;
    bool too_many;
};

static const struct ipam_subnet *subnet_of(const struct clear *w)
{
    return w->c->type->type == IPAM_T_SUBNET ? w->c->row : NULL;
}

/* What a range or a subnet, as it is now, reaches. */
static void ends_of(const void *row, struct ipam_addr *first, struct ipam_addr *last, int64_t *ret_space)
{
    const struct ipam_subnet *s = row;
    const struct ipam_range *r = row;
    if (s->type == IPAM_T_SUBNET) {
        prefix_first(&s->prefix, first);
        prefix_last(&s->prefix, last);
        *ret_space = s->space;
    } else {
        *first = r->first;
        *last = r->last;
        *ret_space = r->space;
    }
}

/* --- the decision --- */

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct call *c = call_of(in);
    struct clear *w = c->work;
    const void *now = view_get(v, c->type->type, c->id);
    needs_of_row(n, v, now != NULL ? now : c->row, &w->likes[c->rec_count]);
    for (size_t i = 0; i < c->rec_count; i++)
        needs_of_row(n, v, c->recs[i], &w->likes[i]);
}

static int held_by_server(const struct ipam_addr *at, uint32_t type, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    addr_print(at, text);
    problem_hint(p, "remove it on its server and collect again");
    return problem_set(p, PROBLEM_IN_USE, "%s is in use by a %s of a DHCP server", text,
                       record_type(type)->name);
}

static int may(struct clear *w, struct draft *d, const char *operation, const void *row, struct problem *p)
{
    struct sight *s = &w->c->sight;
    const struct operation *op = access_operation(operation);
    return sight_judge(s, draft_view(d), op, row, draft_now(d)) == ACCESS_ALLOWED ? 0
                                                                                  : sight_denied(s, op, p);
}

static int clear_address(struct clear *w, struct draft *d, const void *row, int64_t id, struct problem *p)
{
    const struct ipam_address *a = view_get(draft_view(d), IPAM_T_ADDRESS, id);
    if (a == NULL && view_is_gone(draft_view(d), IPAM_T_ADDRESS, id))
        return 0;
    if (a == NULL || imap_get(&w->known, (uint64_t)id) == NULL) {
        problem_hint(p, "send the request again");
        return problem_set(p, PROBLEM_IN_USE, "an address was added to it meanwhile");
    }
    if (subnet_of(w) == NULL && !rule_is_mapped(row, a))
        return 0;
    int rc = may(w, d, "ipam.address.delete", a, p);
    return rc == 0 ? rule_reclaim(d, a, p) : rc;
}

/* All who use one address: in a range, those of servers stay. */
static int clear_users(struct clear *w, struct draft *d, const void *row, int64_t space,
                       const struct ipam_addr *at, struct problem *p)
{
    struct view_user users[USERS_MOST];
    size_t count = view_users(draft_view(d), space, at, users, USERS_MOST);
    for (size_t i = 0; i < count && i < USERS_MOST; i++) {
        int rc = 0;
        if (users[i].type == IPAM_T_ADDRESS)
            rc = clear_address(w, d, row, users[i].id, p);
        else if (subnet_of(w) != NULL && users[i].type != IPAM_T_QUARANTINE)
            rc = held_by_server(at, users[i].type, p);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int clear_addresses(struct clear *w, struct draft *d, const void *row, struct problem *p)
{
    struct ipam_addr first, last, used;
    int64_t space;
    ends_of(row, &first, &last, &space);
    while (view_first_used(draft_view(d), space, &first, &last, &used) == 0) {
        int rc = clear_users(w, d, row, space, &used, p);
        if (rc != 0)
            return rc;
        if (addr_add(&used, u128_from(1), &first) != 0 || addr_compare(&first, &last) > 0)
            break;
    }
    return 0;
}

/* The ranges of a subnet, as they are before any of them is deleted. */
struct ranges {
    struct arena *arena;
    const struct ipam_range **list;
    size_t count, cap;
};

static int keep_range(void *user, const struct ipam_range *r)
{
    struct ranges *k = user;
    if (k->count == k->cap) {
        size_t cap = k->cap != 0 ? k->cap * 2 : 64;
        const struct ipam_range **list = arena_alloc(k->arena, cap * sizeof(list[0]));
        if (list == NULL)
            return IPAM_E_NOMEM;
        if (k->count > 0)
            memcpy(list, k->list, k->count * sizeof(list[0]));
        k->list = list;
        k->cap = cap;
    }
    k->list[k->count++] = r;
    return 0;
}

static int clear_ranges(struct clear *w, struct draft *d, const struct ipam_subnet *s, struct problem *p)
{
    struct ranges k = { .arena = draft_arena(d) };
    struct ipam_addr first, last;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    int rc = view_ranges(draft_view(d), s->space, &first, &last, keep_range, &k);
    if (rc != 0)
        return problem_set(p, PROBLEM_UNAVAILABLE, "there is no memory for it");
    for (size_t i = 0; rc == 0 && i < k.count; i++) {
        rc = may(w, d, "ipam.range.delete", k.list[i], p);
        if (rc == 0)
            rc = delete_row(&w->c->sight, d, k.list[i], p);
    }
    return rc;
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct clear *w = c->work;
    const void *row = view_get(draft_view(d), c->type->type, c->id);
    if (row == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    int rc = may(w, d, c->sight.op->name, row, &in->problem);
    if (rc == 0)
        rc = clear_addresses(w, d, row, &in->problem);
    if (rc == 0 && subnet_of(w) != NULL)
        rc = clear_ranges(w, d, row, &in->problem);
    if (rc != 0)
        sight_veil(&c->sight, draft_view(d), &in->problem);
    else
        rc = delete_row(&c->sight, d, row, &in->problem);
    call_decide_empty(c, 204);
    return rc;
}

/* --- what lies in it --- */

static void on_address(struct address_pages *pages, struct ipam_address *a)
{
    struct clear *w = container_of(pages, struct clear, pages);
    struct call *c = w->c;
    if (subnet_of(w) == NULL && !rule_is_mapped(c->row, a))
        return;
    if (c->rec_count == CLEAR_MOST) {
        w->too_many = pages->enough = true;
        return;
    }
    void *copy = record_copy(&c->arena, a);
    if (copy == NULL) {
        call_starved(c);
        return;
    }
    c->recs[c->rec_count++] = copy;
    imap_put(&w->known, (uint64_t)a->id, copy);
}

static void all_read(struct address_pages *pages)
{
    struct clear *w = container_of(pages, struct clear, pages);
    struct call *c = w->c;
    w->likes = arena_alloc(&c->arena, (c->rec_count + 1) * sizeof(w->likes[0]));
    if (w->likes == NULL)
        call_starved(c);
    for (size_t i = 0; w->likes != NULL && i <= c->rec_count; i++)
        record_init(&w->likes[i], IPAM_T_CLAIM);
    if (w->too_many) {
        problem_hint(&c->problem, "release some of them first");
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "more than %d addresses lie in it", CLEAR_MOST);
    }
    if (w->too_many || call_is_starved(c))
        call_problem(c);
    else
        call_submit(c, needs, decide, NULL);
}

static void found(struct call *c)
{
    struct clear *w = c->work;
    c->sight.judged = true;
    w->pages = (struct address_pages){ .c = c, .row = on_address, .then = all_read };
    ends_of(c->row, &w->pages.from, &w->pages.last, &w->pages.space);
    c->recs = arena_alloc(&c->arena, CLEAR_MOST * sizeof(c->recs[0]));
    c->rec_count = 0;
    if (c->recs == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    address_pages_read(&w->pages);
}

static void end(struct call *c)
{
    imap_fini(&((struct clear *)c->work)->known);
}

void handle_clear(struct call *c)
{
    static const char *const known[] = { "children", NULL };
    bool children = false;
    c->csv = false;
    if (!call_params_known(c, known) || !call_param_bool(c, "children", &children)) {
        call_problem(c);
        return;
    }
    if (!children) {
        call_find(c, delete_found);
        return;
    }
    struct clear *w = arena_alloc(&c->arena, sizeof(*w));
    c->work = w;
    w->c = c;
    imap_init(&w->known);
    c->ended = end;
    call_find(c, found);
}
