/* store_p.h - what the files of core/store share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_P_H
#define STORE_STORE_P_H

#include "store/store.h"

#define STORE_ROW_MAX (8u << 20) /* packed bytes of one row with its columns */
#define STORE_MESSAGE 1200
#define STORE_ID      1 /* field of the id and */
#define STORE_REV     2 /* of the revision, in every stored record */

struct store {
    struct instance *instance;
    bool past; /* it can answer for the past */
    struct whole *busy; /* a dump or a verify that is under way */
};

/* The store goes while its long call ends. */
void whole_forget(struct store *s);

/* The schema: made once from the record tables, there as long as the process. */
const struct ipam_schema *store_schema(void);
const struct ipam_schema *store_schema_as_is(void); /* with IPAM_SCHEMA_AS_IS */
const struct ipam_table *store_table(uint32_t type); /* NULL: a type that is not stored */

/* The value of an integer field. */
int64_t store_int(const void *rec, unsigned field);

/* One request under way: its arguments and the row that is being handed out. */
struct call {
    struct arena args, row;
    store_record record;
    void *user;
    char wrong[160]; /* the first row that could not be read */
};
void call_init(struct call *c, store_record record, void *user);
void call_fini(struct call *c);
/* Zeroed memory that lives as long as the call. Aborts when memory is out, as for every small thing. */
void *call_alloc(struct call *c, size_t size);
/* Hands one row of the backend to the caller as a record; without `record`, does nothing. */
void call_row(struct call *c, const struct ipam_row *row);
/* The record of a row, which lives as long as the call; NULL for one that cannot be read. */
void *call_keep_row(struct call *c, const struct ipam_row *row);
/* What the caller is told: the backend's status and words, or that a row could not be read. `buf` has
 * STORE_MESSAGE bytes. */
int call_status(const struct call *c, int status, const struct ipam_outcome *info, char *buf);
/* A copy that lives as long as the call. */
struct ipam_bytes call_bytes(struct call *c, struct ipam_bytes bytes);
/* The sort key of a field of `rec`; empty when the record has none. */
struct ipam_bytes call_key(struct call *c, const struct record_type *t, unsigned field, const void *rec);

/* A batch as it is handed to the backend. */
struct store_batch {
    struct arena arena;
    struct strbuf scratch;
    const struct ipam_row **rows;
    const struct ipam_log_row **logs;
    size_t row_count, row_cap, log_count, log_cap;
    int status; /* of packing: 0 until something does not fit */
};

#endif
