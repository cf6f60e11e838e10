/* address_pages.c - the addresses of the plan in a run of addresses, page by page.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/address_pages.h"

#define PAGE_ROWS 1000

struct request *address_page_ask(struct store *store, int64_t space, const struct ipam_addr *from,
                                 const struct ipam_addr *last, uint32_t limit, store_record row,
                                 store_answered done, void *user)
{
    struct ipam_address low, high;
    record_init(&low, IPAM_T_ADDRESS);
    RECORD_SET(&low, IPAM_ADDRESS_SPACE, space, space);
    RECORD_SET(&low, IPAM_ADDRESS_ADDRESS, address, *from);
    high = low;
    high.address = *last;
    const struct store_filter filters[] = { { IPAM_ADDRESS_SPACE, IPAM_CMP_EQ, &low },
                                            { IPAM_ADDRESS_ADDRESS, IPAM_CMP_GE, &low },
                                            { IPAM_ADDRESS_ADDRESS, IPAM_CMP_LE, &high } };
    struct store_query q = { .type = IPAM_T_ADDRESS,
                             .filters = filters,
                             .filter_count = 3,
                             .order = IPAM_ADDRESS_ADDRESS,
                             .limit = limit };
    return store_query(store, &q, row, done, user);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct address_pages *p = user;
    struct ipam_address *a = rec;
    (void)t;
    if (p->enough)
        return;
    p->seen++;
    if (addr_add(&a->address, u128_from(1), &p->from) != 0)
        p->from = a->address;
    p->row(p, a);
}

static void on_page(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct address_pages *p = user;
    struct call *c = p->c;
    c->reading = NULL;
    if (status != 0) {
        call_status_problem(c, status, message);
        return;
    }
    c->head = answer->head;
    if (!p->enough && p->seen == PAGE_ROWS && addr_compare(&p->from, &p->last) <= 0)
        address_pages_read(p);
    else
        p->then(p);
}

void address_pages_read(struct address_pages *p)
{
    p->seen = 0;
    p->c->reading =
        address_page_ask(p->c->api->at.store, p->space, &p->from, &p->last, PAGE_ROWS, on_row, on_page, p);
}
