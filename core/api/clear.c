/* clear.c - DELETE of a subnet or range, alone or with what lies in it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * With a subnet go its ranges and its addresses, with a range the addresses that are mapped to it: one change
 * set, or a job of many where there are more (clear_job.c), with the right to delete each, judged while the
 * subnet is there whose access scope it has. What is in a subnet inside it stays there. DHCP and DNS stay as
 * they are; what is there because of a server stays too, and is in the way of its subnet. Addresses are not
 * in memory: they are read first, so that their claims are known, and one that came since then makes the
 * request fail. */
#include <string.h>

#include "api/address_pages.h"
#include "api/clear.h"

#define CLEAR_MOST 4000 /* addresses in one change set: each may have a claim, which is changed with it */
#define USERS_MOST 16

struct clear {
    struct call *c;
    struct address_pages pages;
    struct imap known;
    struct ipam_claim *likes;
    bool too_many;
};

static bool is_subnet(const void *row)
{
    return ((const struct ipam_record *)row)->type == IPAM_T_SUBNET;
}

void clear_ends(const void *row, struct ipam_addr *first, struct ipam_addr *last, int64_t *ret_space)
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

bool clear_takes(const struct view *v, const void *row, const struct ipam_addr *first,
                 const struct ipam_addr *last)
{
    const struct ipam_subnet *s = row;
    return !is_subnet(row) || rule_subnet_around(v, s->space, first, last) == s->id;
}

void clear_pass(const struct view *v, int64_t space, struct ipam_addr *at)
{
    const struct ipam_subnet *in = view_get(v, IPAM_T_SUBNET, rule_subnet_around(v, space, at, at));
    if (in != NULL)
        prefix_last(&in->prefix, at);
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

int clear_held(const struct ipam_addr *at, uint32_t type, struct problem *p)
{
    char text[ADDR_TEXT_MAX];
    addr_print(at, text);
    problem_hint(p, "remove it on its server and collect again");
    return problem_set(p, PROBLEM_IN_USE, "%s is in use by a %s of a DHCP server", text,
                       record_type(type)->name);
}

int clear_may(const struct clearing *w, struct draft *d, const char *operation, const void *row,
              struct problem *p)
{
    const struct operation *op = access_operation(operation);
    return sight_judge(w->sight, draft_view(d), op, row, draft_now(d)) == ACCESS_ALLOWED
               ? 0
               : sight_denied(w->sight, op, p);
}

/* Whether the claim of an address is at hand, to be released with it. */
static bool has_claim(const struct clearing *w, const struct draft *d, const struct ipam_address *a)
{
    struct ipam_claim like;
    if (w->known != NULL)
        return imap_get(w->known, (uint64_t)a->id) != NULL;
    if (!record_has(a, IPAM_ADDRESS_CLAIM))
        return true;
    record_init(&like, IPAM_T_CLAIM);
    RECORD_SET(&like, IPAM_CLAIM_SPACE, space, a->space);
    RECORD_SET(&like, IPAM_CLAIM_CLAIM, claim, a->claim);
    return draft_find(d, IPAM_T_CLAIM, IPAM_CLAIM_CLAIM, &like) != NULL;
}

static int clear_address(const struct clearing *w, struct draft *d, int64_t id, struct problem *p)
{
    const struct ipam_address *a = view_get(draft_view(d), IPAM_T_ADDRESS, id);
    if (a == NULL && view_is_gone(draft_view(d), IPAM_T_ADDRESS, id))
        return 0;
    if (a == NULL || !has_claim(w, d, a)) {
        problem_hint(p, "send the request again");
        return problem_set(p, PROBLEM_IN_USE, "an address was added to it meanwhile");
    }
    if (!is_subnet(w->row) && !rule_is_mapped(w->row, a))
        return 0;
    int rc = clear_may(w, d, "ipam.address.delete", a, p);
    return rc == 0 ? rule_reclaim(d, a, p) : rc;
}

/* All who use one address: in a range, those of servers stay. */
static int clear_users(const struct clearing *w, struct draft *d, int64_t space, const struct ipam_addr *at,
                       struct problem *p)
{
    struct view_user users[USERS_MOST];
    size_t count = view_users(draft_view(d), space, at, users, USERS_MOST);
    for (size_t i = 0; i < count && i < USERS_MOST; i++) {
        int rc = 0;
        if (users[i].type == IPAM_T_ADDRESS)
            rc = clear_address(w, d, users[i].id, p);
        else if (is_subnet(w->row) && users[i].type != IPAM_T_QUARANTINE)
            rc = clear_held(at, users[i].type, p);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int clear_addresses(const struct clearing *w, struct draft *d, struct ipam_addr first,
                    const struct ipam_addr *last, struct problem *p)
{
    struct ipam_addr used, end;
    int64_t space;
    clear_ends(w->row, &used, &end, &space);
    while (view_first_used(draft_view(d), space, &first, last, &used) == 0) {
        bool takes = clear_takes(draft_view(d), w->row, &used, &used);
        int rc = takes ? clear_users(w, d, space, &used, p) : 0;
        if (rc != 0)
            return rc;
        if (!takes)
            clear_pass(draft_view(d), space, &used);
        if (addr_add(&used, u128_from(1), &first) != 0 || addr_compare(&first, last) > 0)
            break;
    }
    return 0;
}

/* The first ranges of a subnet, as they are before any of them is deleted. */
struct ranges {
    const struct view *v;
    const struct ipam_subnet *subnet;
    struct arena *arena;
    const struct ipam_range **list;
    size_t count, cap, most;
};

static int keep_range(void *user, const struct ipam_range *r)
{
    struct ranges *k = user;
    if (!clear_takes(k->v, k->subnet, &r->first, &r->last))
        return 0;
    if (k->count == k->most)
        return 1;
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

int clear_ranges(const struct clearing *w, struct draft *d, size_t most, size_t *ret_count, struct problem *p)
{
    const struct ipam_subnet *s = w->row;
    struct ranges k = { .v = draft_view(d), .subnet = s, .arena = draft_arena(d), .most = most };
    struct ipam_addr first, last;
    prefix_first(&s->prefix, &first);
    prefix_last(&s->prefix, &last);
    int rc = view_ranges(draft_view(d), s->space, &first, &last, keep_range, &k);
    if (rc < 0)
        return problem_set(p, PROBLEM_UNAVAILABLE, "there is no memory for it");
    rc = 0;
    for (size_t i = 0; rc == 0 && i < k.count; i++) {
        rc = clear_may(w, d, "ipam.range.delete", k.list[i], p);
        if (rc == 0)
            rc = delete_row(w->sight, d, k.list[i], p);
    }
    *ret_count = k.count;
    return rc;
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct clear *w = c->work;
    const void *row = view_get(draft_view(d), c->type->type, c->id);
    if (row == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the %s was deleted meanwhile", c->type->name);
    const struct clearing all = { &c->sight, row, &w->known };
    struct ipam_addr first, last;
    int64_t space;
    size_t ranges;
    clear_ends(row, &first, &last, &space);
    int rc = clear_may(&all, d, c->sight.op->name, row, &in->problem);
    if (rc == 0)
        rc = clear_addresses(&all, d, first, &last, &in->problem);
    if (rc == 0 && is_subnet(row))
        rc = clear_ranges(&all, d, SIZE_MAX, &ranges, &in->problem);
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
    if (is_subnet(c->row) ? !clear_takes(call_view(c), c->row, &a->address, &a->address)
                          : !rule_is_mapped(c->row, a))
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
    if (w->too_many && write_is_dry(c)) {
        problem_hint(&c->problem, "without dry_run it is a job of many change sets");
        problem_set(&c->problem, PROBLEM_TOO_LARGE, "more than %d addresses lie in it", CLEAR_MOST);
    }
    if (c->problem.type != PROBLEM_NONE || call_is_starved(c))
        call_problem(c);
    else if (w->too_many)
        clear_job(c);
    else
        call_submit(c, needs, decide, NULL);
}

static void found(struct call *c)
{
    struct clear *w = c->work;
    c->sight.judged = true;
    w->pages = (struct address_pages){ .c = c, .row = on_address, .then = all_read };
    clear_ends(c->row, &w->pages.from, &w->pages.last, &w->pages.space);
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
