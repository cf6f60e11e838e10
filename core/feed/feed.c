/* feed.c - followers and where they are: in the ring, behind it, or waiting for their client.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The gate tells of a revision after it is answered; it is made an event, and sent, in a later turn of the
 * loop, 2 ms at a time. When that is not enough there is a pause, so that thousands who follow never take
 * more than a quarter of the loop from those who ask; what comes meanwhile travels in the same write.
 * Whoever has something to be sent stands in the line `due`. */
#include "feed/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "feed/feed_p.h"

#define TURN_US     2000
#define PAUSE_TIMES 3                   /* as long as the turn before it */
#define RING_MOST   ((size_t)1 << 16)   /* events, a power of two */
#define TOLD_MOST   ((size_t)16 << 20)  /* of rows that are not events yet */
#define SEND_BYTES  ((size_t)256 << 10) /* of one write: what a slow client keeps in memory beside the ring */

/* A revision that was told and is not an event yet. */
struct told {
    struct told *next;
    int64_t rev;
    bool whole; /* the row is there */
    size_t len;
    uint8_t row[];
};

struct follower {
    struct feed *feed;
    struct follower *prev, *next;
    struct follower *due_next, *asking_next;
    struct feed_want want;
    struct http_request *req; /* NULL: not begun */
    feed_ready ready;         /* NULL: was called */
    void *user;
    int64_t at;        /* the last revision sent, or passed over */
    int64_t said;      /* the last one the client was told */
    struct page *page; /* what it reads, when it is behind the ring */
    size_t page_at;
    const char *ending; /* the marker after which its stream ends; NULL: it goes on */
    bool live;          /* it had caught up with the ring: from here on its client must keep up */
    bool due, asking, beat;
};

struct feed {
    struct feed_config at;
    struct feed_limits limits;
    struct follower *followers;
    struct follower *due, **due_tail;
    struct follower *asking, **asking_tail; /* for a page */
    struct told *told, **told_tail;
    size_t told_bytes;
    struct event *ring[RING_MOST]; /* revision r at r % RING_MOST */
    int64_t first, last; /* of the ring; first > last: it is empty, and `last` is where it goes on */
    int64_t spilled;     /* the last one that left the ring for want of room */
    bool reading, watching, working, pausing, closing;
    struct loop_work work;
    struct loop_timer beat, pause;
    struct http_piece *beat_piece, *said_piece;
    int64_t said_rev; /* of said_piece */
    struct feed_stats stats;
};

const struct feed_limits feed_limits_default = {
    .ring_bytes = (size_t)4 << 20, .page_bytes = (size_t)128 << 10, .beat_ms = 15000, .followers_most = 10000
};

static void on_work(struct loop_work *w);

static void work(struct feed *f)
{
    if (f->working || f->pausing)
        return;
    f->working = true;
    loop_post(f->at.loop, &f->work, on_work);
}

/* --- the ring --- */

static struct event **slot(struct feed *f, int64_t rev)
{
    return &f->ring[(size_t)rev % RING_MOST];
}

static void ring_drop_first(struct feed *f)
{
    struct event **e = slot(f, f->first++);
    f->stats.ring_bytes -= event_size(*e);
    event_unref(*e);
    *e = NULL;
}

/* Empty; what comes next is after `last`. */
static void ring_reset(struct feed *f, int64_t last)
{
    while (f->first <= f->last)
        ring_drop_first(f);
    f->last = last;
    f->first = last + 1;
}

static void ring_add(struct feed *f, struct event *e)
{
    *slot(f, e->rev) = e;
    f->last = e->rev;
    f->stats.ring_bytes += event_size(e);
    while (f->first < f->last &&
           (f->stats.ring_bytes > f->limits.ring_bytes || f->last - f->first >= (int64_t)RING_MOST - 1)) {
        f->spilled = f->first;
        ring_drop_first(f);
    }
}

/* --- who is told --- */

static void due(struct follower *w)
{
    struct feed *f = w->feed;
    if (!w->due) {
        w->due = true;
        w->due_next = NULL;
        *f->due_tail = w;
        f->due_tail = &w->due_next;
    }
    work(f);
}

static void due_remove(struct follower *w)
{
    struct feed *f = w->feed;
    struct follower **at = &f->due;
    if (!w->due)
        return;
    while (*at != w)
        at = &(*at)->due_next;
    *at = w->due_next;
    if (*at == NULL)
        f->due_tail = at;
    w->due = false;
}

static void asking_remove(struct follower *w)
{
    struct feed *f = w->feed;
    struct follower **at = &f->asking;
    if (!w->asking)
        return;
    while (*at != w)
        at = &(*at)->asking_next;
    *at = w->asking_next;
    if (*at == NULL)
        f->asking_tail = at;
    w->asking = false;
}

static void told_drop(struct feed *f)
{
    for (struct told *t; (t = f->told) != NULL;) {
        f->told = t->next;
        free(t);
    }
    f->told_bytes = 0;
    f->told_tail = &f->told;
}

static void unwatch(struct feed *f)
{
    if (!f->watching)
        return;
    f->watching = false;
    gate_watch(f->at.gate, NULL, NULL);
    timer_stop(&f->beat);
    timer_stop(&f->pause);
    f->pausing = false;
    told_drop(f);
    ring_reset(f, f->last);
}

/* Without followers nothing is made into events. */
static void follower_free(struct follower *w)
{
    struct feed *f = w->feed;
    due_remove(w);
    asking_remove(w);
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        f->followers = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    page_unref(w->page);
    if (w->want.look.free != NULL)
        w->want.look.free(w->want.look.user);
    free(w);
    f->stats.followers--;
    if (f->followers == NULL)
        unwatch(f);
}

static void on_published(void *user, int64_t rev, struct ipam_bytes row)
{
    struct feed *f = user;
    if (f->told_bytes + row.len > TOLD_MOST) { /* made faster than they become events: from storage, then */
        told_drop(f);
        row = (struct ipam_bytes){ NULL, 0 };
    }
    struct told *t = malloc(sizeof(*t) + row.len);
    if (t == NULL) { /* the same */
        t = xmalloc(sizeof(*t));
        row = (struct ipam_bytes){ NULL, 0 };
    }
    t->next = NULL;
    t->rev = rev;
    t->whole = row.data != NULL;
    t->len = row.len;
    f->told_bytes += row.len;
    if (row.len > 0)
        memcpy(t->row, row.data, row.len);
    *f->told_tail = t;
    f->told_tail = &t->next;
    work(f);
}

static void on_beat(struct loop_timer *t)
{
    struct feed *f = container_of(t, struct feed, beat);
    timer_start(f->at.loop, t, f->limits.beat_ms, on_beat);
    for (struct follower *w = f->followers; w != NULL; w = w->next) {
        w->beat = w->req != NULL && http_stream_ready(w->req);
        if (w->beat)
            due(w);
    }
}

static void watch(struct feed *f)
{
    if (f->watching)
        return;
    f->watching = true;
    ring_reset(f, state_head(f->at.state));
    gate_watch(f->at.gate, on_published, f);
    timer_start(f->at.loop, &f->beat, f->limits.beat_ms, on_beat);
}

/* --- the end of a stream --- */

static bool send_text(struct follower *w, const char *text)
{
    return http_stream_send(w->req, str_from(text));
}

/* Sends the marker and ends, when the client has taken what came before. */
static void end_now(struct follower *w)
{
    char text[512];
    const char *marker = w->ending;
    struct http_request *req = w->req;
    snprintf(text, sizeof(text), "event: %s\ndata: {\"resume\":%lld}\n\n", marker, (long long)w->at);
    w->ending = "";
    if (!send_text(w, text)) /* its end comes when this is taken */
        return;
    follower_free(w);
    http_stream_end(req);
}

static void end(struct follower *w, const char *marker)
{
    if (w->ending != NULL)
        return;
    w->ending = marker;
    if (http_stream_ready(w->req))
        end_now(w);
}

static void refuse(struct follower *w, struct problem *p)
{
    feed_ready ready = w->ready;
    void *user = w->user;
    follower_free(w);
    ready(user, p);
}

/* It cannot go on: said before the stream began as a problem, later as a marker. */
static void fail(struct follower *w, enum problem_type type, const char *marker, const char *message,
                 const char *hint)
{
    struct problem p = { 0 };
    if (w->req != NULL) {
        end(w, marker);
        return;
    }
    problem_set(&p, type, "%s", message);
    problem_hint(&p, "%s", hint);
    if (type == PROBLEM_UNAVAILABLE)
        p.retry_after_s = 1;
    refuse(w, &p);
}

/* --- behind the ring --- */

static void read_next(struct feed *f);

static void ask(struct follower *w)
{
    struct feed *f = w->feed;
    if (w->asking)
        return;
    w->live = false;
    w->asking = true;
    w->asking_next = NULL;
    *f->asking_tail = w;
    f->asking_tail = &w->asking_next;
    read_next(f);
}

static void gone_from_log(struct follower *w, const struct page *page)
{
    char message[256];
    if (page->count > 0)
        snprintf(message, sizeof(message),
                 "revision %lld is no longer in the change log, which begins with %lld", (long long)w->at + 1,
                 (long long)page->events[0]->rev);
    else
        snprintf(message, sizeof(message), "revision %lld is not in the change log", (long long)w->at + 1);
    fail(w, PROBLEM_FORGOTTEN, "gone", message,
         "read the lists anew, then follow from the revision they show");
}

static void unreadable(struct follower *w, int status, const char *message)
{
    struct problem p = { 0 };
    problem_of_storage(&p, status, message);
    fail(w, p.type, "unavailable", message,
         p.type == PROBLEM_UNAVAILABLE ? "try again, from the same revision" : p.hint);
}

/* Everyone who waits at that place gets the page. */
static void on_page(void *user, struct page *page, int status, const char *message)
{
    struct feed *f = user;
    struct follower *all = f->asking, *w;
    f->reading = false;
    f->asking = NULL;
    f->asking_tail = &f->asking;
    f->stats.pages++;
    f->stats.events += page->count;
    while ((w = all) != NULL) {
        all = w->asking_next;
        w->asking = false;
        if (w->at != page->after) {
            ask(w);
        } else if (status != 0) {
            log_event(LOG_WARN_, "feed-failed", "the change log cannot be read: %s", message);
            unreadable(w, status, message);
        } else if (page->count == 0 || page->events[0]->rev != w->at + 1) {
            gone_from_log(w, page);
        } else {
            page->refs++;
            w->page = page;
            w->page_at = 0;
            due(w);
        }
    }
    read_next(f);
}

/* One page at a time: lists want to read as well. */
static void read_next(struct feed *f)
{
    if (f->reading || f->asking == NULL || f->closing)
        return;
    f->reading = true;
    page_read(f->at.store, f->asking->at, state_head(f->at.state), f->limits.page_bytes, on_page, f);
}

/* --- sending --- */

/* The next event of a follower; NULL: there is none, or it must be read. */
static struct event *next_event(struct follower *w, bool *ret_behind)
{
    struct feed *f = w->feed;
    *ret_behind = false;
    while (w->page != NULL) {
        if (w->page_at < w->page->count) {
            struct event *e = w->page->events[w->page_at];
            if (e->rev == w->at + 1)
                return e;
        }
        page_unref(w->page);
        w->page = NULL;
    }
    *ret_behind = w->at + 1 < f->first && w->at < state_head(f->at.state);
    w->live = w->live || !*ret_behind;
    return w->at + 1 >= f->first && w->at < f->last ? *slot(f, w->at + 1) : NULL;
}

static bool sees_all(const struct follower *w)
{
    return w->want.look.all == NULL || w->want.look.all(w->want.look.user);
}

/* The event as it is for him, counted; NULL: nothing of it. False: that cannot be known for want of
 * memory. */
static bool event_for(struct follower *w, struct event *e, bool all, struct event **ret)
{
    struct event *mine = NULL;
    *ret = NULL;
    if (all) {
        if (event_wanted(e, &w->want))
            *ret = event_ref(e);
        return true;
    }
    int rc = event_make_shown(e, &w->want.look.log, &mine);
    if (rc == 0 && event_wanted(mine, &w->want))
        *ret = event_ref(mine);
    event_unref(mine);
    return rc >= 0;
}

/* What was collected for one write. */
struct parcel {
    struct http_piece *pieces[HTTP_PIECES_MAX];
    size_t count, bytes;
    bool behind; /* the next event must be read */
    bool short_; /* more is there, and was not looked at this time */
    bool failed; /* for want of memory */
    bool sight;  /* what he sees became another there: the rest cannot be told by changes */
};

/* Fills a write with what is wanted, and passes over the rest. To write events anew takes time: of those he
 * looks at no more than a write may hold. */
static void collect(struct follower *w, struct parcel *p)
{
    bool all = sees_all(w);
    size_t looked = 0;
    struct event *e, *mine;
    while (p->count < HTTP_PIECES_MAX && p->bytes < SEND_BYTES && (e = next_event(w, &p->behind)) != NULL) {
        p->short_ = !all && looked++ == HTTP_PIECES_MAX;
        p->failed = !p->short_ && !event_for(w, e, all, &mine);
        if (p->short_ || p->failed)
            return;
        w->at = e->rev;
        if (w->page != NULL)
            w->page_at++;
        p->sight = !all && e->moves;
        if (p->sight) {
            event_unref(mine);
            return;
        }
        if (mine == NULL)
            continue;
        p->pieces[p->count++] = http_piece_ref(mine->piece); /* its page may go while it is sent */
        p->bytes += event_size(mine);
        w->said = w->at;
        event_unref(mine);
    }
}

/* Nothing is left to be sent; the client is told how far it was looked, and that it is remembered. */
static void say_place(struct follower *w)
{
    struct feed *f = w->feed;
    char text[40];
    if (w->said == w->at) {
        if (w->beat)
            http_stream_write(w->req, &f->beat_piece, 1);
        return;
    }
    if (f->said_piece == NULL || f->said_rev != w->at) {
        snprintf(text, sizeof(text), "id: %lld\n\n", (long long)w->at);
        http_piece_unref(f->said_piece);
        f->said_piece = http_piece_new(str_from(text));
        f->said_rev = w->at;
    }
    if (f->said_piece == NULL)
        return;
    w->said = w->at;
    http_stream_write(w->req, &f->said_piece, 1);
}

static void send_next(struct follower *w)
{
    struct parcel p = { .count = 0 };
    if (!http_stream_ready(w->req))
        return;
    if (w->want.look.stale != NULL && w->want.look.stale(w->want.look.user)) {
        end(w, "sight");
        return;
    }
    collect(w, &p);
    bool more = p.count == 0 || http_stream_write(w->req, p.pieces, p.count);
    for (size_t i = 0; i < p.count; i++)
        http_piece_unref(p.pieces[i]);
    if (p.failed || p.sight) {
        end(w, p.failed ? "unavailable" : "sight");
        return;
    }
    if (p.count > 0 ? more : p.short_)
        due(w); /* others first */
    else if (p.count == 0 && p.behind)
        ask(w);
    else if (p.count == 0)
        say_place(w);
    w->beat = false;
}

/* Whether the change after `since` is there, before the answer begins. */
static void get_ready(struct follower *w)
{
    bool behind;
    feed_ready ready = w->ready;
    if (next_event(w, &behind) == NULL && behind) {
        ask(w);
        return;
    }
    w->ready = NULL;
    ready(w->user, NULL);
}

static void send_due(struct feed *f, int64_t until_us)
{
    struct follower *w;
    while ((w = f->due) != NULL && clock_mono_us() < until_us) {
        due_remove(w);
        if (w->asking || w->ending != NULL)
            continue;
        if (w->ready != NULL)
            get_ready(w);
        else if (w->req != NULL)
            send_next(w);
    }
}

static void make_event(struct feed *f, const struct told *t)
{
    struct event *e;
    if (t->rev <= f->last)
        return;
    if (!t->whole || t->rev != f->last + 1 ||
        event_make(t->rev, (struct ipam_bytes){ t->row, t->len }, &e) != 0) {
        ring_reset(f, t->rev); /* they read it from storage, which says what is wrong with it */
        return;
    }
    f->stats.events++;
    ring_add(f, e);
}

/* After the ring has moved: who waits has something now; who does not read has lost his place. */
static void ring_moved(struct feed *f)
{
    for (struct follower *w = f->followers, *next; w != NULL; w = next) {
        next = w->next;
        if (w->req == NULL || w->ending != NULL)
            continue;
        if (http_stream_ready(w->req)) {
            due(w);
        } else if (w->live && w->at < f->spilled) {
            f->stats.dropped++;
            end(w, "dropped");
        }
    }
}

static void on_pause(struct loop_timer *t)
{
    struct feed *f = container_of(t, struct feed, pause);
    f->pausing = false;
    work(f);
}

static void on_work(struct loop_work *work_)
{
    struct feed *f = container_of(work_, struct feed, work);
    int64_t until_us = clock_mono_us() + TURN_US;
    bool moved = false;
    struct told *t;
    f->working = false;
    while ((t = f->told) != NULL && clock_mono_us() < until_us) {
        f->told = t->next;
        if (f->told == NULL)
            f->told_tail = &f->told;
        f->told_bytes -= t->len;
        make_event(f, t);
        free(t);
        moved = true;
    }
    if (moved)
        ring_moved(f);
    send_due(f, until_us + TURN_US / 2);
    if (f->told == NULL && f->due == NULL)
        return;
    int64_t took_us = clock_mono_us() - (until_us - TURN_US);
    if (took_us < TURN_US) {
        work(f);
        return;
    }
    f->pausing = true;
    timer_start(f->at.loop, &f->pause, took_us * PAUSE_TIMES / 1000, on_pause);
}

/* --- followers come and go --- */

struct follower *feed_follow(struct feed *f, const struct feed_want *want, feed_ready ready, void *user)
{
    struct follower *w;
    if (f->stats.followers >= f->limits.followers_most)
        return NULL;
    w = xcalloc(1, sizeof(*w));
    watch(f);
    w->feed = f;
    w->want = *want;
    w->at = w->said = want->since;
    w->ready = ready;
    w->user = user;
    w->next = f->followers;
    if (w->next != NULL)
        w->next->prev = w;
    f->followers = w;
    f->stats.followers++;
    due(w);
    return w;
}

void feed_forget(struct follower *w)
{
    follower_free(w);
}

static void on_gone(struct http_request *req)
{
    follower_free(req->user);
}

void feed_drained(struct http_request *req)
{
    struct follower *w = req->user;
    if (w->ending == NULL) {
        due(w);
    } else if (w->ending[0] != '\0') {
        end_now(w);
    } else {
        follower_free(w);
        http_stream_end(req);
    }
}

void feed_begin(struct follower *w, struct http_request *req)
{
    char text[80];
    w->req = req;
    req->user = w;
    req->gone = on_gone;
    w->feed->stats.begun++;
    snprintf(text, sizeof(text), "retry: 1000\nid: %lld\n\n", (long long)w->at);
    if (http_stream_ready(req))
        send_text(w, text);
    due(w);
}

struct feed *feed_new(const struct feed_config *config)
{
    struct feed *f = xcalloc(1, sizeof(*f));
    f->at = *config;
    f->limits = config->limits != NULL ? *config->limits : feed_limits_default;
    f->due_tail = &f->due;
    f->asking_tail = &f->asking;
    f->told_tail = &f->told;
    f->first = 1;
    f->beat_piece = http_piece_new(IPAM_STR(": here\n\n"));
    if (f->beat_piece == NULL)
        out_of_memory(sizeof(*f));
    return f;
}

static void end_all(struct feed *f, const char *why)
{
    struct problem p = { 0 };
    problem_set(&p, PROBLEM_UNAVAILABLE, "%s", why);
    p.retry_after_s = 1;
    for (struct follower *w = f->followers, *next; w != NULL; w = next) {
        next = w->next;
        if (w->req != NULL)
            end(w, "closing");
        else
            refuse(w, &p);
    }
}

void feed_end(struct feed *f)
{
    end_all(f, "the configuration has changed");
}

void feed_judge(struct feed *f, bool (*good)(void *arg, int64_t token, int64_t user), void *arg)
{
    for (struct follower *w = f->followers, *next; w != NULL; w = next) {
        next = w->next;
        bool known = w->want.token != 0 || w->want.user != 0;
        if (known && w->req != NULL && w->ending == NULL && !good(arg, w->want.token, w->want.user))
            end(w, "revoked");
    }
}

void feed_close(struct feed *f)
{
    f->closing = true;
    end_all(f, "the service is stopping");
}

void feed_free(struct feed *f)
{
    if (f == NULL)
        return;
    ring_reset(f, f->last);
    told_drop(f);
    http_piece_unref(f->beat_piece);
    http_piece_unref(f->said_piece);
    free(f);
}

void feed_stats(const struct feed *f, struct feed_stats *ret)
{
    *ret = f->stats;
}
