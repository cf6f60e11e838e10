/* store.h - front of the storage kind: the schema from the record tables, rows as records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only; callbacks never run inside the call that registers them. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "provider/provider.h"
#include "record/record.h"

struct store;

typedef void (*store_done)(void *user, int status, const char *message); /* message "" on success */
/* One record as it is stored; lives until the callback returns; id and rev are set. */
typedef void (*store_record)(void *user, const struct record_type *t, void *rec);

/* Opens the storage plugin with its options. The schema holds every type with a residency other than RES_NONE
 * but the change log: columns are the INDEXED fields, versions are kept for CLASS_RECORD. As it is: nothing is
 * created or brought up; see IPAM_SCHEMA_AS_IS. */
struct store *store_open(struct providers *p, struct plugin *plugin, const struct json_doc *doc,
                         const struct json *options, bool as_is, store_done opened, void *user);
void store_close(struct store *s);

struct store_key { /* a row by id, or (id 0) rows by the value of one INDEXED field of `like` */
    uint32_t type;
    int64_t id;
    unsigned field;
    const void *like; /* a record of that type holding the value; need not outlive the call */
};
/* The gate's calls, one at a time, in this order: enter, get*, commit | abort. `changed`: rows changed since
 * `head`; one that is gone has id and rev alone. `keys`: rows to read on the way in, which are in the entry if the
 * backend does that, and as they are after what changed; else store_get must ask. */
struct store_entry {
    int64_t clock_ms, next_id, head;
    bool read;          /* the keys were looked up */
    const void **found; /* `found_count` records; they live until `done` returns */
    size_t found_count;
};
void store_enter(struct store *s, int64_t head, const struct store_key *keys, size_t count, store_record changed,
                 void (*done)(void *user, int status, const char *message, const struct store_entry *entry),
                 void *user);
void store_get(struct store *s, const struct store_key *keys, size_t count, store_record found,
               store_done done, void *user);

/* Bytes of the change log's row of one change set: what is larger could be written, but no reader could be handed it. */
#define STORE_LOG_ROW_MAX (15u << 20)

/* What a batch does. Records are packed at once, so they need not outlive the call. */
struct store_batch;
struct store_batch *store_batch_new(struct store *s);
void store_batch_put(struct store_batch *b, const void *rec); /* id and rev set */
void store_batch_delete(struct store_batch *b, uint32_t type, int64_t id, int64_t rev);
void store_batch_log(struct store_batch *b, int64_t rev, int64_t time_ms, struct ipam_bytes body);
size_t store_batch_rows(const struct store_batch *b);
void store_batch_free(struct store_batch *b); /* one that is neither committed nor aborted; NULL-safe */
/* Takes the batch over. Status as gate_commit of ipam/storage.h. */
void store_commit(struct store *s, struct store_batch *b, int64_t next_id, int64_t head, store_done done,
                  void *user);
void store_abort(struct store *s, store_done done, void *user);

/* Whether the backend can answer for the past: queries with `at`, of types of CLASS_RECORD. */
bool store_has_past(const struct store *s);

/* Reading: all filters must hold. A filter compares one INDEXED field (0: id) with the value `like` has
 * there. */
struct store_filter {
    unsigned field;
    uint32_t cmp; /* IPAM_CMP_* */
    const void *like;
};
struct store_query {
    uint32_t type, flags, limit; /* IPAM_QUERY_*; limit 0: none */
    const struct store_filter *filters;
    size_t filter_count;
    const struct ipam_prefix *within; /* NULL, or: the addr or prefix in field `within_field` lies in it */
    unsigned within_field;
    unsigned order;   /* field number to order by, then id; 0: by id */
    int64_t after_id; /* go on after this id ... */
    const void
        *after; /* ... and this record's value of the order field; NULL with order 0 or from the start */
    struct ipam_bytes after_key; /* or, with `after` NULL, that value as record_field_sortkey writes it */
    int64_t at;                  /* rows as they were at this revision; 0: now */
};
struct store_answer {
    int64_t head, count; /* the revision the answer shows; rows counted with IPAM_QUERY_COUNT, _TOTAL */
};
typedef void (*store_answered)(void *user, int status, const char *message,
                               const struct store_answer *answer);
/* Both return a handle for request_cancel, valid until done. */
struct request *store_query(struct store *s, const struct store_query *q, store_record row,
                            store_answered done, void *user);
/* Change sets, as they were appended (frames of record_frame: an ipam_change, then its ipam_change_items).
 * after, upto, flags as struct ipam_changes. */
struct request *store_changes(struct store *s, int64_t after, int64_t upto, uint32_t limit, uint32_t flags,
                              void (*row)(void *user, int64_t rev, struct ipam_bytes body),
                              store_answered done, void *user);
/* The same with the time of each, and rows that the backend finds damaged too: for who judges them by other means. */
struct request *store_log(struct store *s, int64_t after, int64_t upto, uint32_t limit,
                          void (*row)(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body),
                          store_answered done, void *user);

/* --- all of it: maintenance --- */

struct store_dumped {
    int64_t head, next_id, count;
    uint8_t digest[32];
};
/* Everything, from one snapshot, while the gate goes on; request_pause holds it back. At most one of this and
 * store_verify is under way, so that readers are left: NULL, and nothing happens, when another is. */
struct request *store_dump(struct store *s, void (*row)(void *user, const struct ipam_row *row),
                           void (*done)(void *user, int status, const char *message, const struct store_dumped *d),
                           void *user);
/* Rows of a dump, in pieces; the last with what dump said at its end. Flags are IPAM_LOAD_*. Rows must live until
 * done. */
void store_load(struct store *s, uint32_t flags, const struct ipam_row *const *rows, size_t count,
                const struct store_dumped *last, store_done done, void *user);
/* Looks for damage. */
struct request *store_verify(struct store *s, void (*check)(void *user, const struct ipam_check *check),
                             store_done done, void *user);
/* Figures of the backend. */
struct request *store_stat(struct store *s, void (*stat)(void *user, const struct ipam_stat *stat), store_done done,
                           void *user);
/* Version of the schema that is stored. */
uint32_t store_schema_version(void);

#endif
