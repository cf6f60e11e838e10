/* collect_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECT_COLLECT_P_H
#define COLLECT_COLLECT_P_H

#include "base/hash.h"
#include "collect/collect.h"
#include "model/rules.h"

struct collect {
    struct collect_config at;
};

typedef void (*collect_done)(void *user, int status, const char *message);

/* A growing list of pointers. */
struct list {
    void **items;
    size_t count, cap;
};
void list_add(struct list *l, void *item);
void list_fini(struct list *l);

/* --- handing in (hand_in.c) --- */

/* How one of many items becomes rows of a server; pure, may run again. */
struct handed {
    size_t (*rows)(const void *items, size_t i); /* about how many; NULL: one each */
    void (*draft)(struct draft *d, const struct ipam_server *server, void *items, size_t i);
};
/* Hands items 0..count-1 to the gate in order, in change sets of about 1,000 rows; done runs later, when all
 * are durable, with the first error. `items` must live until then. */
void collect_hand_in(struct collect *c, int64_t server, const struct handed *how, void *items, size_t count,
                     collect_done done, void *user);

/* One row that differs: before NULL: appeared; after NULL: vanished. Both live until it is handed in. */
struct difference {
    const void *before;
    void *after;
};
struct differences {
    struct difference *items;
    size_t count, cap;
};
void difference_add(struct differences *d, const void *before, void *after);
void collect_hand_in_differences(struct collect *c, int64_t server, const struct differences *d,
                                 collect_done done, void *user);

/* --- scopes (scopes.c) --- */

/* A scope as it was read, with its pools. */
struct seen_scope {
    struct ipam_scope *scope;
    struct list pools;
    int64_t before; /* id of the stored scope with its identifier, or 0 */
    size_t rows;    /* about how many rows it changes */
};
/* Items are `struct seen_scope *`: puts the scope, its subnet if nobody has one of that prefix, and its
 * ranges. */
extern const struct handed collect_put_scopes;

/* A stored scope that is gone. */
struct gone_scope {
    int64_t id;
    size_t rows;
};
struct gone_scopes {
    struct gone_scope *items;
    size_t count, cap;
};
void gone_add(struct gone_scopes *g, const struct state *s, const struct ipam_scope *scope);
/* Items are `struct gone_scope`: takes away the scope with its ranges, and its subnet when that came from
 * this server and no other scope stands on it. */
extern const struct handed collect_drop_scopes;

/* Scope of a server by its identifier there; 0: none. The map is made by scope_map_init from the readers'
 * view. */
void scope_map_init(struct smap *m, const struct state *s, int64_t server);
int64_t scope_map_get(const struct smap *m, struct ipam_str native);
/* Rows that hang on a stored scope: itself, its subnet, its ranges. */
size_t scope_rows(const struct state *s, const struct ipam_scope *scope);

/* --- reservations (reservations.c), leases (leases.c), forgetting (forget.c) --- */

/* Compares the reservations that were read (struct ipam_reservation *, in memory that lives until done,
 * filled in here) with those stored and hands in what differs. `only`: the one scope that was read, or "". */
void collect_reservations(struct collect *c, int64_t server, const char *only, const struct list *seen,
                          collect_done done, void *user);

/* Walks the leases of a server page by page, merging them with those stored. `progress` hears of each page
 * and answers whether to go on. */
void collect_leases(struct collect *c, struct instance *inst, int64_t server,
                    bool (*progress)(void *user, int64_t seen),
                    void (*done)(void *user, int status, const char *message, int64_t seen, int64_t changed),
                    void *user, struct request **ret_current);

/* Removes all that came from a server, then the server. */
void collect_forget(struct collect *c, int64_t server, collect_done done, void *user);

#endif
