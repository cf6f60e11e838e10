/* next_free.h - which addresses of a scope its DHCP server could give now: asked of that server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_NEXT_FREE_H
#define API_NEXT_FREE_H

#include "api/server_ask.h"

#define NEXT_FREE_MOST 1000 /* addresses of one answer */

/* What is asked of a server for one call. */
struct next_free {
    struct ipam_addr first, last; /* between these */
    size_t most;                  /* so many, at most NEXT_FREE_MOST */
    const char *otherwise; /* how to ask when the server cannot be asked, for the hint: "without ask" */
    int64_t server;
    struct ipam_str native_scope;
    struct ipam_addr *items; /* that it named, in order */
    size_t count;
    /* while it is asked */
    struct call *c;
    struct server_ask ask;
    struct ipam_next_free args;
    void (*then)(struct call *c);
};

/* Fills in the server and scope that lease a range, as far as the caller sees them; false: none does. */
bool next_free_place(struct call *c, const struct ipam_range *range, struct next_free *f);
/* Asks it; `then` runs when it has answered. Else the call has been answered. */
void next_free_ask(struct call *c, struct next_free *f, void (*then)(struct call *c));

#endif
