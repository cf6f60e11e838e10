/* list.h - one page of a list: its rows as they are written, and where it goes on.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LIST_H
#define API_LIST_H

#include "api/ask.h"
#include "api/top.h"

struct list {
    struct ask ask;
    struct json_writer w;
    int64_t rows, total; /* on the page; in all that match, when they are counted */
    bool more;           /* the list goes on behind the page */
    struct strbuf last;  /* the position of the last row that was written or looked at, */
    size_t last_key;     /* of which so many bytes are the key's */
    bool written;        /* whether any was */
    struct strbuf probe; /* the position of the row that is looked at */
    struct arena row;    /* the row that is written */
    /* of lists from storage */
    bool scans, sorts; /* rows are judged here; they come in another order */
    bool enough;       /* what is still to come is not wanted, */
    int64_t damaged;     /* for the row of this revision cannot be read */
    int64_t seen;      /* rows that storage gave */
    struct top top;
    int64_t derived_at; /* the revision that derived fields were made of; -1: of several */
    int tries;
};

void page_init(struct list *l, struct call *c);
void page_fini(struct list *l);
/* The frame around the rows, and the answer. */
void page_begin(struct list *l);
void page_end(struct list *l);
/* A row as the list judges it, until the next: with its derived fields when they decide whether and where it is shown,
 * and without what the caller does not see. NULL: it is not one that is asked for, or he does not see it at all. */
const void *page_judge(struct list *l, const void *rec);
/* Writes a row; `derived` fields are added when they are asked for and not there. */
void page_write(struct list *l, const void *rec, bool derived);
/* Its position, in l->probe; valid until the next. */
struct position page_position(struct list *l, const void *rec);
/* Where the page ends, should it end now. */
void page_passed(struct list *l, const struct position *p);
/* Where storage is to go on for the page: after the last row that was looked at, or where the page before ended; empty
 * for the beginning. It stays. */
struct position page_from(struct list *l);
/* Whether the page takes more than the `most` rows that were read of storage in its order: of who sees everything it
 * ends there. */
bool page_looks_on(const struct list *l, int64_t most);
/* page_end, of the call whose work the list is. */
void page_done(struct call *c);
/* Writes what a top has gathered, which is one more than the page when there is more. */
void page_write_top(struct list *l, struct top *t, bool derived);

/* The rows of a list of blocks, subnets or ranges among which all are that lie where it asks for them; in the call's arena,
 * in no order. False: it does not ask for a place, or more than LIST_NEAR_MOST may lie there. */
#define LIST_NEAR_MOST 4096
bool list_near(const struct list *l, const void ***ret_rows, size_t *ret_count);

/* From storage: rows that are not in memory, and rows as they were. */
void list_stored(struct list *l);
/* Of the change log. */
void list_changes(struct list *l);

#endif
