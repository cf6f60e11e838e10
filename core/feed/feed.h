/* feed.h - every revision, in order and once, to whoever follows: from the change log until caught up, then live.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. A revision becomes one event of a server-sent event stream (WHATWG HTML, 9.2) and is
 * written once, whoever many follow. The newest are kept in a ring; a follower is a place in it. One that is
 * behind the ring reads the change log, page by page at its own pace; one that falls behind because its client
 * does not read is dropped with a marker, and may come back with the revision that the marker names. For one who does
 * not see everything each event is written anew, with what he sees of it. */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include "commit/changelog.h"
#include "commit/gate.h"
#include "http/http.h"

struct feed;
struct follower;

struct feed_limits {
    size_t ring_bytes;       /* of events kept for those who follow: 4 MiB */
    size_t page_bytes;       /* of events read from storage at a time, for each place: 128 KiB */
    int64_t beat_ms;         /* a comment at least so often: 15 s */
    unsigned followers_most; /* 10,000 */
};
extern const struct feed_limits feed_limits_default;

struct feed_config {
    struct loop *loop;
    struct state *state;
    struct store *store;
    struct gate *gate;
    const struct feed_limits *limits; /* NULL: the default ones */
};
struct feed *feed_new(const struct feed_config *config);
/* Tells every follower that its stream ends, and ends it: who comes again is asked anew who he is. */
void feed_end(struct feed *f);
/* Ends the streams of those whom `good` does not let in any more. Asked for each that has a token or user. */
void feed_judge(struct feed *f, bool (*good)(void *arg, int64_t token, int64_t user), void *arg);
/* As feed_end, for the service stops; nobody is taken any more. */
void feed_close(struct feed *f);
/* After feed_close, when no stream is left and storage is closed. NULL-safe. */
void feed_free(struct feed *f);

/* What a follower may see. */
struct feed_look {
    void *user;
    bool (*all)(void *user); /* everything, now */
    struct changelog_look log;
    /* Whether he may see less or more than when he began: then his stream ends with a marker, for what he holds may have
     * moved out of his sight. Asked before anything is sent, and at each beat. */
    bool (*stale)(void *user);
    void (*free)(void *user);
};

/* What is followed: changes that touch an object of one of these types and in this prefix, with all their
 * objects. */
struct feed_want {
    int64_t since;     /* the last revision that is known already */
    uint64_t types[2]; /* bit n: record type n; none: all */
    bool somewhere;    /* only what lies in `within`, or is it */
    struct ipam_prefix within;
    int64_t token, user; /* for feed_judge: by which token, and who; 0: none */
    struct feed_look
        look; /* the follower's from feed_follow on, unless it is refused; `all` NULL: he sees everything */
};
/* `ready` comes once, later: with 0, when the change after `since` is at hand or there is none yet, and feed_begin
 * may be called inside; or with a problem, and the follower has gone. NULL: too many follow already. */
typedef void (*feed_ready)(void *user, const struct problem *problem);
struct follower *feed_follow(struct feed *f, const struct feed_want *want, feed_ready ready, void *user);
/* Takes over a stream that has begun: its request, whose `user` and `gone` are the feed's from now on. */
void feed_begin(struct follower *w, struct http_request *req);
/* For http_stream_begin. */
void feed_drained(struct http_request *req);
/* The client went away before feed_begin. */
void feed_forget(struct follower *w);

struct feed_stats {
    unsigned followers;
    uint64_t begun, dropped, events, pages; /* events: revisions made into one; pages: reads of storage */
    size_t ring_bytes;
};
void feed_stats(const struct feed *f, struct feed_stats *ret);

#endif
