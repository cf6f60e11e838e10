/* server_ask.h - a server asked something for one call, in its turn among those who read or change it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SERVER_ASK_H
#define API_SERVER_ASK_H

#include "api/call.h"
#include "provider/provider.h"

struct server_ask {
    int64_t server;
    uint32_t op;      /* CALL_* */
    const void *args; /* valid until it has answered */
    void (*record)(void *user, const struct ipam_record *rec);
    /* IPAM_E_BUSY: its turn did not come, `why` says why. */
    void (*done)(void *user, int status, const char *why);
    void *user;
    /* while it is asked */
    struct call *c;
    struct server_ask *next, **link;
    struct request *request; /* under way */
    struct loop_timer timer; /* for its turn */
    bool entered;
};

/* Asks it; `done` runs when it has answered, or its turn has not come. */
void server_ask(struct call *c, struct server_ask *s);
/* Whether the driver of the server has an operation of DHCP; of one that is not loaded, its turn says more. */
bool server_can(const struct call *c, int64_t server, uint64_t capability);
/* The service stops: those that wait are answered, and what is under way is cancelled. */
void server_ask_end(struct api *a);

#endif
