/* identities.c - users at work: attempts, when tokens were last used, sessions that have ended.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/identities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/hash.h"
#include "base/log.h"
#include "model/identity.h"

#define FLUSH_MS  5000
#define SWEEP_MS  (10 * 60 * 1000)
#define MINUTE_MS 60000
#define ROWS_MOST 1000 /* of one intent */
#define PEER_MOST 64

struct seen {
    int64_t at_ms;
    char peer[PEER_MOST];
};

struct identities {
    struct identities_config at;
    struct guess *guess;
    struct passwords *passwords;
    struct realms *realms;
    struct imap seen; /* token or session -> struct seen, not written yet */
    struct loop_timer flush, sweep;
    struct intent intent;
    bool writing;
    struct identities_stats stats;
};

static void on_flush(struct loop_timer *t);
static void on_sweep(struct loop_timer *t);

struct identities *identities_new(const struct identities_config *config)
{
    struct identities *s = xcalloc(1, sizeof(*s));
    uint8_t seed[16];
    s->at = *config;
    s->passwords = passwords_new(config->loop);
    if (s->passwords == NULL) {
        free(s);
        return NULL;
    }
    rng_bytes(seed, sizeof(seed));
    s->guess = guess_new(seed);
    s->realms = realms_new(config->providers);
    imap_init(&s->seen);
    timer_start(config->loop, &s->sweep, SWEEP_MS, on_sweep);
    return s;
}

void identities_close(struct identities *s, void (*closed)(void *user), void *user)
{
    timer_stop(&s->flush);
    timer_stop(&s->sweep);
    passwords_close(s->passwords, closed, user);
    s->passwords = NULL;
}

void identities_free(struct identities *s)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    if (s == NULL)
        return;
    while (imap_next(&s->seen, &pos, &key, &value))
        free(value);
    imap_fini(&s->seen);
    realms_free(s->realms);
    guess_free(s->guess);
    free(s);
}

struct passwords *identities_passwords(struct identities *s)
{
    return s->passwords;
}

struct realms *identities_realms(struct identities *s)
{
    return s->realms;
}

struct loop *identities_loop(const struct identities *s)
{
    return s->at.loop;
}

const struct view *identities_view(const struct identities *s)
{
    return state_view(s->at.state);
}

void identities_stats(const struct identities *s, struct identities_stats *ret)
{
    *ret = s->stats;
}

/* --- attempts --- */

static void print_source(const struct guess_source *from, char ret[PEER_MOST])
{
    struct ipam_prefix network = { from->addr, 64 };
    if (from->local)
        snprintf(ret, PEER_MOST, "user %u of this host", (unsigned)from->uid);
    else if (from->addr.family == 4)
        addr_print(&from->addr, ret);
    else {
        prefix_mask(&network);
        prefix_print(&network, ret);
    }
}

int identities_try(struct identities *s, enum guess_kind kind, struct ipam_str account,
                   const struct guess_source *from)
{
    bool first;
    char source[PEER_MOST];
    int64_t wait = guess_try(s->guess, kind, account, from, clock_mono_ms(), &first);
    if (first) {
        print_source(from, source);
        log_event_with(LOG_WARN_, "guessing", LOG_FIELDS(LOG_TEXT("source", source)),
                       "%s from %s were wrong too often: the next ones wait, each longer than the one before",
                       kind == GUESS_PASSWORD ? "passwords" : "tokens", source);
    }
    if (wait > 0)
        s->stats.delayed[kind]++;
    return (int)((wait + 999) / 1000);
}

void identities_right(struct identities *s, enum guess_kind kind, struct ipam_str account,
                      const struct guess_source *from)
{
    guess_right(s->guess, kind, account, from, clock_mono_ms());
}

void identities_unjudged(struct identities *s, enum guess_kind kind, struct ipam_str account,
                         const struct guess_source *from)
{
    guess_unjudged(s->guess, kind, account, from, clock_mono_ms());
}

void identities_wrong(struct identities *s, enum guess_kind kind, const char *peer, const char *why)
{
    s->stats.wrong[kind]++;
    log_event_with(LOG_NOTE_, "not-let-in", LOG_FIELDS(LOG_TEXT("peer", peer)), "%s from %s: %s",
                   kind == GUESS_PASSWORD ? "a password" : "a token", peer, why);
}

/* --- last used --- */

static int64_t minute_of(int64_t ms)
{
    return ms - ms % MINUTE_MS;
}

static void set_used(struct draft *d, const void *row, const struct seen *seen)
{
    int64_t at = minute_of(seen->at_ms);
    if (((const struct ipam_record *)row)->type == IPAM_T_TOKEN) {
        struct ipam_token t = *(const struct ipam_token *)row;
        RECORD_SET(&t, IPAM_TOKEN_LAST_USED, last_used, at);
        RECORD_SET(&t, IPAM_TOKEN_LAST_PEER, last_peer, str_from(seen->peer));
        draft_replace(d, row, &t);
    } else {
        struct ipam_session t = *(const struct ipam_session *)row;
        RECORD_SET(&t, IPAM_SESSION_LAST_USED, last_used, at);
        RECORD_SET(&t, IPAM_SESSION_LAST_PEER, last_peer, str_from(seen->peer));
        draft_replace(d, row, &t);
    }
}

static const void *row_of(const struct view *v, int64_t id)
{
    const void *row = view_get(v, IPAM_T_TOKEN, id);
    return row != NULL ? row : view_get(v, IPAM_T_SESSION, id);
}

static int decide_used(struct intent *in, struct draft *d)
{
    const struct identities *s = container_of(in, struct identities, intent);
    size_t pos = 0, rows = 0;
    uint64_t id;
    void *value;
    while (rows < ROWS_MOST && imap_next(&s->seen, &pos, &id, &value)) {
        const void *row = row_of(draft_view(d), (int64_t)id);
        if (row != NULL)
            set_used(d, row, value);
        rows++;
    }
    return 0;
}

/* The rows that were written are forgotten: in the same order, for nothing is added meanwhile. */
static void forget_written(struct identities *s)
{
    uint64_t ids[ROWS_MOST], id;
    size_t pos = 0, count = 0;
    void *value;
    while (count < ROWS_MOST && imap_next(&s->seen, &pos, &id, &value))
        ids[count++] = id;
    for (size_t i = 0; i < count; i++)
        free(imap_del(&s->seen, ids[i]));
}

static void settled_used(struct intent *in, int status)
{
    struct identities *s = container_of(in, struct identities, intent);
    s->writing = false;
    if (status == 0)
        forget_written(s);
    if (s->seen.count > 0 && s->passwords != NULL)
        timer_start(s->at.loop, &s->flush, FLUSH_MS, on_flush);
}

static void submit(struct identities *s, const char *operation,
                   int (*decide)(struct intent *in, struct draft *d),
                   void (*settled)(struct intent *in, int status))
{
    s->writing = true;
    s->intent = (struct intent){ .operation = operation,
                                 .actor = { .name = IPAM_STR("ipamd") },
                                 .bulk = true,
                                 .rows = ROWS_MOST,
                                 .decide = decide,
                                 .settled = settled };
    gate_submit(s->at.gate, &s->intent);
}

static void on_flush(struct loop_timer *t)
{
    struct identities *s = container_of(t, struct identities, flush);
    if (s->writing)
        timer_start(s->at.loop, &s->flush, FLUSH_MS, on_flush);
    else
        submit(s, "access.token.used", decide_used, settled_used);
}

void identities_seen(struct identities *s, int64_t token, const char *peer)
{
    const void *row = row_of(state_view(s->at.state), token);
    const struct ipam_token *t = row;
    const struct ipam_session *n = row;
    int64_t now = clock_wall_ms(), last;
    if (row == NULL || s->writing || s->passwords == NULL)
        return; /* the next request says it again */
    last = t->type == IPAM_T_TOKEN ? t->last_used : n->last_used;
    if (last >= minute_of(now) || imap_get(&s->seen, (uint64_t)token) != NULL)
        return;
    struct seen *seen = xcalloc(1, sizeof(*seen));
    seen->at_ms = now;
    snprintf(seen->peer, sizeof(seen->peer), "%s", peer);
    imap_put(&s->seen, (uint64_t)token, seen);
    if (s->seen.count == 1)
        timer_start(s->at.loop, &s->flush, FLUSH_MS, on_flush);
}

/* --- sessions that have ended --- */

struct sweep {
    struct draft *d;
    size_t rows;
};

static int end_if_over(void *arg, const void *row)
{
    struct sweep *w = arg;
    const struct ipam_session *s = row;
    struct problem none;
    if (s->expires > draft_now(w->d))
        return 0;
    identity_delete(w->d, s, &none);
    return ++w->rows == ROWS_MOST;
}

static int decide_sweep(struct intent *in, struct draft *d)
{
    struct sweep w = { d, 0 };
    (void)in;
    view_each(draft_view(d), IPAM_T_SESSION, end_if_over, &w);
    return 0;
}

static void settled_sweep(struct intent *in, int status)
{
    (void)status;
    container_of(in, struct identities, intent)->writing = false;
}

static void on_sweep(struct loop_timer *t)
{
    struct identities *s = container_of(t, struct identities, sweep);
    if (!s->writing && state_count(s->at.state, IPAM_T_SESSION) > 0)
        submit(s, "access.session.sweep", decide_sweep, settled_sweep);
    timer_start(s->at.loop, &s->sweep, SWEEP_MS, on_sweep);
}
