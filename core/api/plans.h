/* plans.h - what routes share whose items become plans on servers: one, a list, or keys; all or none.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PLANS_H
#define API_PLANS_H

#include "api/call.h"

#define PLANS_MOST 1000 /* items of one list: each is a plan, its step, and a note on an address */
#define PLANS_EACH 2    /* plans of one item */

/* The first member of what such a route keeps in c->work. */
struct plans {
    size_t items;
    bool single; /* one object of which several plans may come: refusals need not say of which */
    /* Drafts the plans of item i, each by plans_add: 0, or an error with its problem. */
    int (*draft)(struct call *c, struct draft *d, size_t i, struct problem *p);
    void (*told)(
        struct call *c); /* puts into c->out what a dry run tells beside the changes; NULL: nothing */
    int64_t *servers;    /* whose plans wait, of each plan */
    size_t count;
};

/* How many items the body has: one object, or a list of them (c->many); 0 with the problem. */
size_t plans_listed(struct call *c);
/* Calls `read` for each of them; what is wrong is named by a pointer below `base`. An error with the problem. */
int plans_read(struct call *c, void (*read)(struct call *c, const struct json *v, const char *base, size_t i,
                                            struct record_problems *problems));
/* The list of {"keys": [KEY, ...]}; NULL with the problem. `more`: the body may have other members. */
const struct json *plans_keys(struct call *c, const char *key, bool more);

/* Writes an object that is packed as one more member of the object that is open; absent: nothing. */
void plans_write_side(struct call *c, const struct record_type *t, const char *name, struct ipam_bytes packed);

/* Inside the gate. The error of a server (NULL: it is gone) whose objects ipamd may not change. */
int plans_not_managed(const struct ipam_server *server, struct problem *p);
/* The error of a text, other than before, that the server could not keep. */
int plans_texts_kept(struct call *c, const struct ipam_server *server, const void *before, const void *after,
                     struct problem *p);
void plans_add(struct call *c, struct draft *d, int64_t plan, int64_t server);
/* Hands in what was read, and answers 202 with the plans. */
void plans_submit(struct call *c, void (*needs)(struct intent *, const struct view *, struct needs *));
/* Tells the manager of plans that were committed. */
void plans_kick(struct call *c, const int64_t *servers, size_t count);

#endif
