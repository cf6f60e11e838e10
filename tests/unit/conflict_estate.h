/* conflict_estate.h - a small network that changes at random, through the gate.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFLICT_ESTATE_H
#define CONFLICT_ESTATE_H

#include "site.h"

#include "conflict/conflict.h"

#define ROWS_MAX 400
#define SERVERS  4
#define UNIVERSE 32 /* addresses of each family */
#define EDIT_MAX 16

/* The first three servers are in one space, the last in another. */
struct estate {
    struct site *site;
    struct conflicts *conflicts;
    int64_t spaces[2], servers[SERVERS], server_space[SERVERS];
    void *rows[ROWS_MAX]; /* all but servers and spaces, as they are */
    size_t count;
    uint64_t random;
    struct arena arena;
};
extern struct estate estate;

/* Setup and teardown of cmocka; *state is the site. */
int estate_setup(void **state);
int estate_teardown(void **state);

uint32_t type_of(const void *row);
int64_t *id_in(void *row);
void *row_by(uint32_t type, int64_t id);
bool is_in(const struct ipam_addr *a, const struct ipam_addr *first, const struct ipam_addr *last);
struct ipam_addr estate_address(uint8_t family, unsigned n);
#define EACH(T, TYPE, name)                                                                                  \
    for (size_t name##_i = 0; name##_i < estate.count; name##_i++)                                           \
        for (struct T *name = type_of(estate.rows[name##_i]) == (TYPE) ? estate.rows[name##_i] : NULL;       \
             name != NULL; name = NULL)

/* What one intent does to rows. It may be empty. */
struct edit {
    struct intent intent;
    void *rows[EDIT_MAX];
    bool gone[EDIT_MAX];
    size_t count;
    int status;
};
void edit_make(struct edit *e);
void edit_submit(struct edit *e);
/* What the test knows of the rows, once the edit is settled. */
void edit_remember(const struct edit *e);
/* All three. */
void edit_run(struct edit *e);
/* An empty one, and a row that it puts. */
void edit_begin(struct edit *e);
void edit_add(struct edit *e, void *row);
/* Until all changes are judged. */
void estate_settle(void);

/* New rows in the first space, of IPv4: a scope of 10.0.0.0/24; the rest by last bytes of addresses. Texts live as long
 * as the estate. */
struct ipam_scope *scope_of(unsigned server, const char *native);
struct ipam_range *pool_of(const struct ipam_scope *s, unsigned first, unsigned last);
struct ipam_address *plan_of(unsigned n);
struct ipam_lease *lease_of(unsigned server, unsigned n, int64_t expires);
struct relation {
    const char *name, *partner, *scopes; /* NULL: there is none; all scopes */
    bool ipv6;
};
struct ipam_failover *relation_of(unsigned server, const struct relation *r);
/* Puts a scope of a server with a pool of 10-20, in two revisions. */
const struct ipam_scope *add_pool(unsigned server);
/* How many conflicts are recorded. */
size_t open_now(void);

#endif
