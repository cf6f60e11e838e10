/* address_pages.h - the addresses of the plan in a run of addresses, read from storage page by page.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ADDRESS_PAGES_H
#define API_ADDRESS_PAGES_H

#include "api/call.h"

/* Lives until it ends. */
struct address_pages {
    struct call *c;
    int64_t space;
    struct ipam_addr from, last; /* from moves on behind what was read */
    bool enough;                 /* set by `row`: no more are wanted */
    /* Gets each, in order of their addresses; the record may be changed, and is gone afterwards. */
    void (*row)(struct address_pages *p, struct ipam_address *a);
    void (*then)(struct address_pages *p); /* all were read, or enough */
    int64_t seen;                          /* its own */
};
/* Asks storage for the first `limit` addresses of the plan from `from` to `last`, in order. */
struct request *address_page_ask(struct store *store, int64_t space, const struct ipam_addr *from,
                                 const struct ipam_addr *last, uint32_t limit, store_record row,
                                 store_answered done, void *user);
/* Reads; then `then` runs, with c->head the revision of the last page, or the call is answered with what went wrong. */
void address_pages_read(struct address_pages *p);

#endif
