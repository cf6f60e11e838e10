/* store_fake.h - a storage front in memory that does as its script says, in place of core/store.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * It keeps what is committed, checks that the gate's calls come in order, and answers each call on the loop
 * with the next status of its script (0 when there is none). A held call is answered when the test lets it
 * go. */
#ifndef STORE_FAKE_H
#define STORE_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/store.h"

enum fake_call { FAKE_ENTER, FAKE_GET, FAKE_COMMIT, FAKE_ABORT, FAKE_QUERY, FAKE_CALLS };

struct store *fake_store_new(struct loop *loop);
void fake_store_free(struct store *s);

/* The n-th call of this kind from now (0: the next) ends with this status; a commit that fails keeps
 * nothing. */
void fake_fail(struct store *s, enum fake_call call, unsigned n, int status);
/* Commits of a batch that holds a row whose text has `poison` in it end with IPAM_E_CONFLICT. NULL: none. */
void fake_poison(struct store *s, const char *poison);
/* From now on enter reads its keys, as a backend may. */
void fake_read_ahead(struct store *s);
/* From now on calls of this kind are held: each is answered by a fake_go. */
void fake_hold(struct store *s, enum fake_call call, bool hold);
bool fake_held(const struct store *s);
void fake_go(struct store *s);

/* What another node did: a row put (id and rev set) or gone, told at the next enter. */
void fake_changed(struct store *s, const void *rec, bool gone);
/* A row as if it had been committed before. */
void fake_keep(struct store *s, const void *rec);

/* From now on a query may say anything: what is not known here is passed over, so that too many rows come. */
void fake_query_any(struct store *s);

/* What was called since the last look: e enter, g get, c commit, a abort. */
const char *fake_trace(struct store *s);
/* A row as it is kept; NULL: none. */
const void *fake_row(const struct store *s, uint32_t type, int64_t id);
size_t fake_count(const struct store *s, uint32_t type);
/* The first row of a type with an id above `after`, in order of id. */
const void *fake_next(const struct store *s, uint32_t type, int64_t after);
/* The log: rows in the order they came. */
size_t fake_log_count(const struct store *s);
struct ipam_bytes fake_log(const struct store *s, size_t i, int64_t *ret_rev, int64_t *ret_time);
int64_t fake_head(const struct store *s);
int64_t fake_next_id(const struct store *s);
int64_t *fake_clock(struct store *s); /* UTC milliseconds */
/* Rows put or deleted by the last commit. */
size_t fake_last_rows(const struct store *s);

/* Time and turns of the loop: the monotonic clock stands still but for fake_pass. */
void fake_time_begin(void);
void fake_time_end(void);
/* Runs the loop until nothing more happens at once. */
void fake_spin(struct loop *loop);
/* Lets `ms` pass, then spins. */
void fake_pass(struct loop *loop, int64_t ms);
/* Tells fake_spin that something happened; for other fakes. */
void fake_stir(void);

#endif
