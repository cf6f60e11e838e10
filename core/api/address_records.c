/* address_records.c - GET /ipam/addresses/{key}/records: the DNS records of an address.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Its A, AAAA and PTR records, then what leads to a name that these give it: CNAME, DNAME, MX, NS and SRV
 * records. They are not in memory: storage is asked for those of the address, then for those of each name. A
 * page has those of the lowest ids. */
#include <string.h>

#include "api/call.h"

#define LIMIT_MOST 1000

struct gathering {
    struct call *c;
    int64_t limit, after; /* after: the last id of the page before */
    struct smap seen;     /* names */
    struct ipam_str *names;
    size_t name_count, name_cap, name_at;
    bool enough; /* of the query under way */
};

/* --- what was found --- */

static int64_t id_at(const struct call *c, size_t i)
{
    return ((const struct ipam_dns_record *)c->recs[i])->id;
}

/* One more than the page has, in the order of their ids. */
static void keep(struct gathering *g, const struct ipam_dns_record *r)
{
    struct call *c = g->c;
    size_t room = (size_t)g->limit + 1, at = c->rec_count;
    while (at > 0 && id_at(c, at - 1) > r->id)
        at--;
    if (at == room || r->id <= g->after || (at > 0 && id_at(c, at - 1) == r->id))
        return;
    void *copy = record_copy(&c->arena, r);
    if (copy == NULL) {
        call_starved(c);
        return;
    }
    c->rec_count += c->rec_count < room;
    memmove(&c->recs[at + 1], &c->recs[at], (c->rec_count - at - 1) * sizeof(c->recs[0]));
    c->recs[at] = copy;
}

static bool is_shown(const struct gathering *g, const struct ipam_dns_record *r)
{
    const struct ipam_address *a = g->c->row;
    return record_has(r, IPAM_DNS_RECORD_SPACE) && r->space == a->space && call_sees(g->c, r);
}

static void add_name(struct gathering *g, struct ipam_str name)
{
    if (name.len == 0 || smap_get(&g->seen, name.data, name.len) != NULL)
        return;
    if (g->name_count == g->name_cap) {
        size_t cap = g->name_cap != 0 ? 2 * g->name_cap : 16;
        struct ipam_str *more = arena_alloc(&g->c->arena, cap * sizeof(more[0]));
        if (more == NULL) {
            call_starved(g->c);
            return;
        }
        if (g->name_count > 0)
            memcpy(more, g->names, g->name_count * sizeof(more[0]));
        g->names = more;
        g->name_cap = cap;
    }
    g->names[g->name_count++] = arena_str(&g->c->arena, name);
    smap_put(&g->seen, name.data, name.len, g);
}

static void on_own(void *user, const struct record_type *t, void *rec)
{
    struct gathering *g = user;
    const struct ipam_dns_record *r = rec;
    const struct ipam_address *a = g->c->row;
    (void)t;
    if (!addr_equal(&r->address, &a->address) || !is_shown(g, r)) /* storage may give more */
        return;
    add_name(g, str_is(r->type_, "PTR") ? r->target : r->name);
    keep(g, r);
}

/* PTR records that lead to it are those of other addresses. */
static bool leads(const struct ipam_dns_record *r)
{
    static const char *const types[] = { "CNAME", "DNAME", "MX", "NS", "SRV" };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_is(r->type_, types[i]))
            return true;
    return false;
}

static void on_leading(void *user, const struct record_type *t, void *rec)
{
    struct gathering *g = user;
    struct call *c = g->c;
    const struct ipam_dns_record *r = rec;
    (void)t;
    if (g->enough)
        return;
    g->enough = c->rec_count > (size_t)g->limit && r->id > id_at(c, (size_t)g->limit);
    if (g->enough)
        request_cancel(c->reading); /* they come in the order of their ids */
    else if (leads(r) && str_equal(r->target, g->names[g->name_at - 1]) && is_shown(g, r))
        keep(g, r);
}

/* --- the answer --- */

static void show(struct call *c)
{
    const struct gathering *g = c->work;
    if (c->rec_count > (size_t)g->limit) {
        c->rec_count = (size_t)g->limit;
        int64_t last = id_at(c, c->rec_count - 1);
        cursor_set(c, (struct ipam_bytes){ (const uint8_t *)&last, sizeof(last) });
    }
    c->adds = cursor_write_next;
    call_items(c, 200);
}

/* --- storage --- */

static void ask(struct gathering *g, unsigned field, const struct ipam_dns_record *like, store_record row);

static void on_answer(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct gathering *g = user;
    struct call *c = g->c;
    struct ipam_dns_record like;
    c->reading = NULL;
    if (status != 0 && !g->enough) {
        call_status_problem(c, status, message);
        return;
    }
    if (status == 0)
        c->head = answer->head;
    if (g->name_at == g->name_count || call_is_starved(c)) {
        call_at_head(c, c->head, HEAD_WAIT_MS, show);
        return;
    }
    record_init(&like, IPAM_T_DNS_RECORD);
    RECORD_SET(&like, IPAM_DNS_RECORD_TARGET, target, g->names[g->name_at++]);
    ask(g, IPAM_DNS_RECORD_TARGET, &like, on_leading);
}

static void ask(struct gathering *g, unsigned field, const struct ipam_dns_record *like, store_record row)
{
    struct store_filter filter = { field, IPAM_CMP_EQ, like };
    struct store_query q = { .type = IPAM_T_DNS_RECORD, .filters = &filter, .filter_count = 1 };
    if (field == IPAM_DNS_RECORD_TARGET) /* those of the address are all read, for their names */
        q.after_id = g->after;
    g->enough = false;
    g->c->reading = store_query(g->c->api->at.store, &q, row, on_answer, g);
}

static void found(struct call *c)
{
    struct gathering *g = c->work;
    const struct ipam_address *a = c->row;
    struct ipam_dns_record like;
    c->recs = arena_alloc(&c->arena, ((size_t)g->limit + 1) * sizeof(c->recs[0]));
    if (c->recs == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    record_init(&like, IPAM_T_DNS_RECORD);
    RECORD_SET(&like, IPAM_DNS_RECORD_ADDRESS, address, a->address);
    ask(g, IPAM_DNS_RECORD_ADDRESS, &like, on_own);
}

static bool read_request(struct call *c, struct gathering *g)
{
    static const char *const known[] = { "limit", "cursor", NULL };
    struct ipam_bytes place;
    if (!call_accept(c, false) || !call_params_known(c, known) ||
        !call_param_int(c, "limit", 100, 1, LIMIT_MOST, &g->limit) || !cursor_get(c, &place))
        return false;
    if (place.data == NULL)
        return true;
    if (place.len != sizeof(g->after))
        return cursor_bad(c);
    memcpy(&g->after, place.data, sizeof(g->after));
    return true;
}

static void forget_names(struct call *c)
{
    smap_fini(&((struct gathering *)c->work)->seen);
}

void handle_address_records(struct call *c)
{
    struct gathering *g = arena_alloc(&c->arena, sizeof(*g));
    memset(g, 0, sizeof(*g));
    g->c = c;
    smap_init(&g->seen);
    c->work = g;
    c->ended = forget_names;
    if (read_request(c, g))
        call_find(c, found);
    else
        call_problem(c);
}
