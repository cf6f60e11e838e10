/* next_free.h - which addresses of a range its DHCP server could give now: asked of that server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_NEXT_FREE_H
#define API_NEXT_FREE_H

#include "api/call.h"

#define NEXT_FREE_MOST 1000 /* addresses of one answer */

/* What was asked of a server for one call. */
struct next_free {
    struct call *c;
    struct next_free *next, **link;
    int64_t server;
    const struct ipam_range *range;
    struct ipam_str native_scope;
    struct ipam_addr from;
    struct ipam_addr *items; /* that it named, in its order */
    size_t most, count;
    struct request *request; /* under way */
    struct loop_timer timer; /* for its turn */
    bool entered;
    void (*then)(struct call *c);
};

/* Asks the server of the range, c->row, for `most` addresses at or after `from` (family 0: from the start); `then` runs
 * with them. Else the call has been answered. */
void next_free_ask(struct call *c, struct next_free *f, const struct ipam_addr *from, size_t most,
                   void (*then)(struct call *c));
/* The service stops: those that wait are answered, and what is under way is cancelled. */
void next_free_end(struct api *a);

#endif
