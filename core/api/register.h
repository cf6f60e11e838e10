/* register.h - records of the DNS that are asked for of an address, as requests say it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_REGISTER_H
#define API_REGISTER_H

#include "api/call.h"

/* One as it is read. */
struct dns_ask {
    struct dns_request q;
    int host, ptr; /* 1: wanted, -1: not, 0: not said */
};
void dns_ask_init(struct call *c, struct dns_ask *a);
/* Reads a member of it (`what` names it in problems, "/dns/zone"): 1, 0 when it is none, or an error with the problem. */
int dns_ask_member(struct call *c, struct dns_ask *a, const struct json *v, const char *what);
/* When all of its members were read. */
int dns_ask_check(struct call *c, struct dns_ask *a, const char *what);
/* As `may` of a request: user is the call. */
bool dns_zone_is_seen(void *user, const struct view *v, const struct ipam_zone *z);

#endif
