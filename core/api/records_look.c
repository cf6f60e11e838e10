/* records_look.c - stored records of the DNS, found before the gate decides about them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/records_look.h"

#include <string.h>

#define RECORDS_MOST 200 /* of one name or address */

struct looking {
    struct call *c;
    struct records_look what;
    size_t at;
};

static void look_next(struct looking *l);

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct looking *l = user;
    struct record_ids *r = l->what.ids(l->c, l->at);
    (void)t;
    if (r->count == r->room) {
        size_t room = r->room == 0 ? 4 : 2 * r->room;
        int64_t *ids = arena_alloc(&l->c->arena, room * sizeof(*ids));
        if (ids == NULL) {
            call_starved(l->c);
            return;
        }
        if (r->count > 0)
            memcpy(ids, r->ids, r->count * sizeof(*ids));
        r->ids = ids;
        r->room = room;
    }
    r->ids[r->count++] = ((const struct ipam_dns_record *)rec)->id;
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct looking *l = user;
    struct call *c = l->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0) {
        call_status_problem(c, status, message);
    } else if (call_is_starved(c)) {
        call_problem(c);
    } else {
        l->at++;
        look_next(l);
    }
}

static void look_next(struct looking *l)
{
    struct call *c = l->c;
    static const unsigned fields[] = { IPAM_DNS_RECORD_ZONE, IPAM_DNS_RECORD_NAME, IPAM_DNS_RECORD_SPACE,
                                       IPAM_DNS_RECORD_ADDRESS };
    struct ipam_dns_record like;
    struct store_filter filters[4];
    struct store_query q = { .type = IPAM_T_DNS_RECORD, .filters = filters, .limit = RECORDS_MOST };
    for (record_init(&like, IPAM_T_DNS_RECORD); l->at < l->what.items; l->at++)
        if (l->what.ask(c, l->at, &like))
            break;
    if (l->at == l->what.items) {
        l->what.next(c);
        return;
    }
    for (size_t i = 0; i < 4; i++)
        if (record_has(&like, fields[i]))
            filters[q.filter_count++] = (struct store_filter){ fields[i], IPAM_CMP_EQ, &like };
    c->reading = store_query(c->api->at.store, &q, on_row, on_rows, l);
}

void records_look(struct call *c, const struct records_look *what)
{
    struct looking *l = arena_alloc(&c->arena, sizeof(*l));
    if (l == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    *l = (struct looking){ c, *what, 0 };
    look_next(l);
}

void records_need(struct needs *n, const struct record_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        needs_row(n, IPAM_T_DNS_RECORD, ids->ids[i]);
}
