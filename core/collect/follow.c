/* follow.c - addresses of the plan follow the PTR records of the zones that ranges are mapped to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   the zone's PTR records; the addresses that the DNS made in each of its ranges; what differs, to the gate
 *
 * One zone at a time: what is handed in follows the records as they were when it began, so that a later one,
 * which saw newer records, is the last to say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

/* What the DNS says of an address. */
struct said {
    struct follow *of;
    struct ipam_addr at;
    struct ipam_str name; /* absent: nothing any more */
    bool refused;
};

struct span {
    struct ipam_addr first, last;
};

struct follow {
    struct follow *next;
    struct collect *c;
    int64_t zone, server, space;
    const bool *canceled;
    struct arena arena;
    struct list said;   /* struct said, by address */
    struct list ranges; /* struct span */
    struct list todo;   /* of what was said, where the plan differs */
    size_t range;       /* behind the one whose addresses are read */
    char refusal[256];  /* the newest */
    char message[512];
    collect_done done;
    void *user;
};

static void begin(struct follow *f);

static void follow_end(struct follow *f, int status, const char *message)
{
    struct collect *c = f->c;
    c->following = f->next;
    if (c->following == NULL)
        c->following_end = &c->following;
    else
        begin(c->following);
    f->done(f->user, status, message);
    list_fini(&f->said);
    list_fini(&f->ranges);
    list_fini(&f->todo);
    arena_fini(&f->arena);
    free(f);
}

/* --- the gate --- */

static void needs(struct needs *n, const struct view *v, const void *items, size_t i)
{
    const struct said *s = ((struct said *const *)items)[i];
    int64_t id = rule_address_at(v, s->of->space, &s->at);
    if (id != 0)
        needs_row(n, IPAM_T_ADDRESS, id);
}

/* One that a rule refuses holds up no other. */
static void draft_said(struct draft *d, const struct ipam_server *server, void *items, size_t i)
{
    struct said *s = ((struct said **)items)[i];
    struct follow *f = s->of;
    const struct draft_place place = draft_place(d);
    struct problem p = { 0 };
    (void)server;
    s->refused = rule_follow_dns(d, f->zone, &s->at, s->name, &p) != 0;
    if (!s->refused)
        return;
    draft_back(d, &place);
    snprintf(f->refusal, sizeof(f->refusal), "%.250s", p.detail);
}

static void on_handed_in(void *user, int status, const char *message)
{
    struct follow *f = user;
    size_t refused = 0;
    for (size_t i = 0; i < f->todo.count; i++)
        refused += ((const struct said *)f->todo.items[i])->refused;
    if (status == 0 && refused > 0)
        snprintf(f->message, sizeof(f->message), "%zu PTR records made no address; the last: %s", refused,
                 f->refusal);
    follow_end(f, status, status != 0 ? message : f->message);
}

/* --- what differs --- */

static int by_address(const void *a, const void *b)
{
    const struct said *x = *(struct said *const *)a, *y = *(struct said *const *)b;
    int order = addr_compare(&x->at, &y->at);
    size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
    if (order == 0 && len > 0)
        order = memcmp(x->name.data, y->name.data, len);
    return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

/* Of several names of an address the first in their order. */
static void keep_one_each(struct list *said)
{
    size_t kept = 0;
    if (said->count > 1)
        qsort(said->items, said->count, sizeof(said->items[0]), by_address);
    for (size_t i = 0; i < said->count; i++) {
        const struct said *before = kept > 0 ? said->items[kept - 1] : NULL, *s = said->items[i];
        if (before == NULL || !addr_equal(&before->at, &s->at))
            said->items[kept++] = said->items[i];
    }
    said->count = kept;
}

static struct said *said_of(const struct list *said, const struct ipam_addr *at)
{
    size_t low = 0, high = said->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct said *s = said->items[middle];
        int order = addr_compare(&s->at, at);
        if (order == 0)
            return s;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static struct said *say(struct follow *f, const struct ipam_addr *at, struct ipam_str name)
{
    struct said *s = arena_alloc(&f->arena, sizeof(*s));
    *s = (struct said){ f, *at, name.data != NULL ? arena_str(&f->arena, name) : name, false };
    return s;
}

static void hand_in(struct follow *f)
{
    static const struct handed how = { .needs = needs, .draft = draft_said };
    const struct view *v = state_view(f->c->at.state);
    for (size_t i = 0; i < f->said.count; i++) {
        struct said *s = f->said.items[i];
        if (rule_address_at(v, f->space, &s->at) == 0)
            list_add(&f->todo, s);
    }
    if (f->todo.count == 0) {
        follow_end(f, 0, "");
        return;
    }
    qsort(f->todo.items, f->todo.count, sizeof(f->todo.items[0]), by_address);
    collect_hand_in(f->c, f->server, &how, f->todo.items, f->todo.count, f->canceled, on_handed_in, f);
}

/* --- the addresses that are there --- */

static void next_range(struct follow *f);

static void on_address(void *user, const struct record_type *t, void *rec)
{
    struct follow *f = user;
    const struct ipam_address *a = rec;
    const struct span *span = f->ranges.items[f->range - 1];
    struct said *s = said_of(&f->said, &a->address);
    (void)t;
    if (a->space != f->space || addr_compare(&a->address, &span->first) < 0 ||
        addr_compare(&a->address, &span->last) > 0) /* storage may give more */
        return;
    if (!rule_dns_differs(a, s != NULL ? s->name : (struct ipam_str){ NULL, 0 }))
        return;
    list_add(&f->todo, s != NULL ? s : say(f, &a->address, (struct ipam_str){ NULL, 0 }));
}

static void on_addresses(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct follow *f = user;
    (void)answer;
    if (status != 0)
        follow_end(f, status, message);
    else
        next_range(f);
}

static void next_range(struct follow *f)
{
    if (f->range == f->ranges.count) {
        hand_in(f);
        return;
    }
    const struct span *span = f->ranges.items[f->range++];
    struct ipam_address low, high;
    record_init(&low, IPAM_T_ADDRESS);
    RECORD_SET(&low, IPAM_ADDRESS_SPACE, space, f->space);
    RECORD_SET(&low, IPAM_ADDRESS_ADDRESS, address, span->first);
    high = low;
    high.address = span->last;
    const struct store_filter filters[] = { { IPAM_ADDRESS_SPACE, IPAM_CMP_EQ, &low },
                                            { IPAM_ADDRESS_ADDRESS, IPAM_CMP_GE, &low },
                                            { IPAM_ADDRESS_ADDRESS, IPAM_CMP_LE, &high } };
    struct store_query q = { .type = IPAM_T_ADDRESS, .filters = filters, .filter_count = 3 };
    store_query(f->c->at.store, &q, on_address, on_addresses, f);
}

/* --- the PTR records --- */

static int add_range(void *user, const struct ipam_range *r)
{
    struct follow *f = user;
    struct span *span = arena_alloc(&f->arena, sizeof(*span));
    *span = (struct span){ r->first, r->last };
    list_add(&f->ranges, span);
    return 0;
}

/* A record that its server does not answer with says nothing. */
static bool speaks(const struct ipam_dns_record *r)
{
    return str_is(r->type_, "PTR") && record_has(r, IPAM_DNS_RECORD_ADDRESS) &&
           record_has(r, IPAM_DNS_RECORD_TARGET) && rule_dns_names(r->target) &&
           !(record_has(r, IPAM_DNS_RECORD_DISABLED) && r->disabled);
}

static void on_record(void *user, const struct record_type *t, void *rec)
{
    struct follow *f = user;
    const struct ipam_dns_record *r = rec;
    (void)t;
    if (r->zone == f->zone && speaks(r) &&
        rule_zone_at(state_view(f->c->at.state), f->space, &r->address) == f->zone)
        list_add(&f->said, say(f, &r->address, r->target));
}

static void on_records(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct follow *f = user;
    const struct view *v = state_view(f->c->at.state);
    const struct ipam_zone *zone = view_get(v, IPAM_T_ZONE, f->zone);
    (void)answer;
    if (status != 0) {
        follow_end(f, status, message);
        return;
    }
    keep_one_each(&f->said);
    if (zone != NULL)
        rule_each_mapped(v, zone, add_range, f);
    next_range(f);
}

static void begin(struct follow *f)
{
    const struct ipam_zone *zone = view_get(state_view(f->c->at.state), IPAM_T_ZONE, f->zone);
    struct ipam_dns_record like;
    if (zone != NULL) { /* else nothing is found of it */
        f->server = zone->server;
        f->space = zone->space;
    }
    record_init(&like, IPAM_T_DNS_RECORD);
    RECORD_SET(&like, IPAM_DNS_RECORD_ZONE, zone, f->zone);
    struct store_filter filter = { IPAM_DNS_RECORD_ZONE, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_DNS_RECORD, .filters = &filter, .filter_count = 1 };
    store_query(f->c->at.store, &q, on_record, on_records, f);
}

static int is_any(void *user, const struct ipam_range *r)
{
    (void)user;
    (void)r;
    return 1;
}

bool collect_zone_is_mapped(const struct collect *c, const struct ipam_zone *zone)
{
    return rule_each_mapped(state_view(c->at.state), zone, is_any, NULL) != 0;
}

void collect_follow_zone(struct collect *c, int64_t zone, const bool *canceled, collect_done done, void *user)
{
    struct follow *f = xcalloc(1, sizeof(*f));
    bool first = c->following == NULL;
    f->c = c;
    f->zone = zone;
    f->canceled = canceled;
    f->done = done;
    f->user = user;
    arena_init(&f->arena, 0);
    *c->following_end = f;
    c->following_end = &f->next;
    if (first)
        begin(f);
}
