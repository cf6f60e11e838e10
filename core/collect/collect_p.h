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

/* A growing list of pointers. */
struct list {
    void **items;
    size_t count, cap;
};
void list_add(struct list *l, void *item);
void list_fini(struct list *l);

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

typedef void (*collect_done)(void *user, int status, const char *message);

/* Hands differences of a server's reservations or leases to the gate, 1,000 rows an intent; done runs when all are durable,
 * with the first error. The rows must live until then. */
void collect_hand_in(struct collect *c, int64_t server, const struct differences *d, collect_done done, void *user);

/* Walks the leases of a server page by page, merging them with those stored. Progress in rows. */
void collect_leases(struct collect *c, struct instance *inst, int64_t server, void (*progress)(void *user, int64_t seen),
                    void (*done)(void *user, int status, const char *message, int64_t seen, int64_t changed), void *user,
                    struct request **ret_current);

/* Drafts away a scope with its ranges, and its subnet when it came from that server and no other scope stands on it. */
void collect_drop_scope(struct draft *d, const struct ipam_server *server, const struct ipam_scope *scope);
/* Removes all that came from a server, then the server. */
void collect_forget(struct collect *c, int64_t server, collect_done done, void *user);

/* Scope of a server by its identifier there; 0: none. The map is made by scope_map_init from the readers' view. */
void scope_map_init(struct smap *m, const struct state *s, int64_t server);
int64_t scope_map_get(const struct smap *m, struct ipam_str native);

#endif
