/* address_pages.c - the addresses of the plan in a run of addresses, page by page.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/address_pages.h"

#define PAGE_ROWS 1000

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
    struct ipam_address first, last;
    record_init(&first, IPAM_T_ADDRESS);
    RECORD_SET(&first, IPAM_ADDRESS_SPACE, space, p->space);
    RECORD_SET(&first, IPAM_ADDRESS_ADDRESS, address, p->from);
    last = first;
    last.address = p->last;
    const struct store_filter filters[] = { { IPAM_ADDRESS_SPACE, IPAM_CMP_EQ, &first },
                                            { IPAM_ADDRESS_ADDRESS, IPAM_CMP_GE, &first },
                                            { IPAM_ADDRESS_ADDRESS, IPAM_CMP_LE, &last } };
    struct store_query q = { .type = IPAM_T_ADDRESS,
                             .filters = filters,
                             .filter_count = 3,
                             .order = IPAM_ADDRESS_ADDRESS,
                             .limit = PAGE_ROWS };
    p->seen = 0;
    p->c->reading = store_query(p->c->api->at.store, &q, on_row, on_page, p);
}
