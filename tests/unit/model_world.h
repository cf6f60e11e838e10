/* model_world.h - a state with batches but without storage: where rules are tried.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What is not resident is kept as storage would keep it, and every batch has fetched all of it. */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "model/rules.h"
#include "state/state.h"

struct world {
    struct state *state;
    struct draft *draft; /* the open batch, or NULL */
    int64_t now, next_id, head;
    int64_t space;          /* the default one */
    struct imap stored;     /* rows that are not resident */
    struct problem problem; /* of the last intent */
    struct arena arena;     /* what tests make */
};

/* A world with the space "default" at revision 1. */
void world_init(struct world *w);
void world_fini(struct world *w);

/* A batch: opened, then published, or dropped as if its commit had failed. */
void world_open(struct world *w);
void world_publish(struct world *w);
void world_drop(struct world *w);

/* One intent of the open batch. world_end accepts when rc is 0, refuses else, and answers the type of the
 * problem. */
void world_begin(struct world *w);
enum problem_type world_end(struct world *w, int rc);
/* A rule as an intent of its own; opens a batch and publishes it unless one is open. */
enum problem_type world_create(struct world *w, void *rec);
enum problem_type world_update(struct world *w, const void *before, const void *patch,
                               const uint64_t cleared[2]);
enum problem_type world_delete(struct world *w, const void *before);
enum problem_type world_allocate(struct world *w, struct allocation *a);

/* What storage has: NULL when there is no such row. Resident rows come from the state. */
const void *world_row(const struct world *w, uint32_t type, int64_t id);
/* The only row of a type that is not resident; fails the test when there is not exactly one. */
const void *world_only(const struct world *w, uint32_t type);
size_t world_count(const struct world *w, uint32_t type);

/* Records of the world's space, in its arena. */
struct ipam_addr addr_of(const char *text);
struct ipam_prefix prefix_of(const char *text);
struct ipam_block *block_of(struct world *w, const char *prefix);
struct ipam_subnet *subnet_of(struct world *w, const char *prefix);
struct ipam_range *range_of(struct world *w, const char *first, const char *last, uint32_t kind);
struct ipam_address *address_of(struct world *w, const char *address);
/* Published at once, past the rules, as the collector does: their ids. */
int64_t world_server(struct world *w, const char *name, bool managed);
int64_t world_scope(struct world *w, int64_t server, const char *prefix, const char *native);
int64_t world_reservation(struct world *w, int64_t server, int64_t scope, const char *address);
int64_t world_lease(struct world *w, int64_t server, const char *address, uint32_t state);
int64_t world_put(struct world *w, void *rec);

/* Fails unless the last problem is of this type, its detail is `detail`, and it says what to do. */
#define assert_problem(w, slug, text)                                                                        \
    do {                                                                                                     \
        assert_string_equal(problem_slug((w)->problem.type), slug);                                          \
        assert_string_equal((w)->problem.detail, text);                                                      \
    } while (0)

#endif
