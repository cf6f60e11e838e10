/* feed_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FEED_FEED_P_H
#define FEED_FEED_P_H

#include "feed/feed.h"

#define EVENT_MAX ((size_t)256 << 20) /* bytes of one revision as an event */

/* --- event.c --- */

/* One revision, ready to be sent. Counted by references. */
struct event {
    unsigned refs;
    int64_t rev;
    uint64_t types[2]; /* bit n: it touches an object of record type n */
    bool moves;        /* objects may be in other access scopes after it, or rights be others */
    struct http_piece *piece;
    struct ipam_bytes
        row; /* of the change log, behind the places; absent: of one who does not see everything */
    size_t place_count;
    struct ipam_prefix places[]; /* where its objects lie, those that lie anywhere */
};
/* 0 and the event, or IPAM_E_INVAL (the row is damaged), IPAM_E_TOOBIG, IPAM_E_NOMEM. */
int event_make(int64_t rev, struct ipam_bytes row, struct event **ret);
/* The same of what is shown of it: 1 and nothing, when that is none of its objects. */
int event_make_shown(const struct event *e, const struct changelog_look *look, struct event **ret);
struct event *event_ref(struct event *e);
void event_unref(struct event *e); /* NULL-safe */
size_t event_size(const struct event *e);
bool event_wanted(const struct event *e, const struct feed_want *want);

/* --- page.c --- */

/* Events as they were read from the change log after a revision. Counted by references. */
struct page {
    unsigned refs;
    int64_t after;
    size_t count;
    struct event *events[];
};
void page_unref(struct page *p); /* NULL-safe */

/* Reads events after `after` up to `upto`, about `bytes` of them, one at least. `done`: a page, empty when storage
 * has none, or the status and words of storage. */
typedef void (*page_done)(void *user, struct page *page, int status, const char *message);
void page_read(struct store *store, int64_t after, int64_t upto, size_t bytes, page_done done, void *user);

#endif
