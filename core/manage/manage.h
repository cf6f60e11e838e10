/* manage.h - plans carried out on servers: sent, answered, read back, and finished after a crash.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A plan is committed with its steps before a byte is sent; steps are `sent` before the provider is called
 * and done, failed or unknown after; then the server is read back. Plans waiting for one server travel in one
 * call. What storage says is what is done: nothing but a wake-up is kept in memory. */
#ifndef MANAGE_MANAGE_H
#define MANAGE_MANAGE_H

#include "archive/archive.h"
#include "fleet/fleet.h"
#include "commit/gate.h"

#define RUN_STEPS 1000

struct manage;
struct manage_config {
    struct loop *loop;
    struct fleet *fleet;
    struct state *state;
    struct store *store;
    struct gate *gate;
    /* Reads a scope or zone of a server whose turn the caller holds and records it (the collector's). *ret_current is
     * the provider call while one is under way, to cancel it. */
    void (*read_back)(void *user, struct instance *inst, int64_t server, struct ipam_str place,
                      void (*done)(void *user, int status, const char *message), void *done_user,
                      struct request **ret_current);
    /* The same of one lease, as collect_lease_read. */
    void (*read_lease)(void *user, struct instance *inst, int64_t server, const struct ipam_lease *which,
                       void (*done)(void *user, int status, const char *message), void *done_user,
                       struct request **ret_current);
    void *user;
    size_t steps_most; /* that travel in one call; 0: RUN_STEPS */
    /* What plans asked for was made of the configuration that one token names: now the other names it. NULL: nobody
     * wants to know. */
    void (*applied)(void *user, int64_t server, struct ipam_str from, struct ipam_str to);
    struct archive *archive; /* that keeps what is changed; NULL: nobody does */
};
struct manage *manage_new(const struct manage_config *config);
/* Goes on with every plan that has not ended: at start, once servers are known, and whenever it is not known
 * whose plan waits. */
void manage_recover(struct manage *m);
/* At start: ends plans that were still being noted when the service stopped. */
void manage_abandon(struct manage *m);
/* A plan for this server was committed. */
void manage_kick(struct manage *m, int64_t server);

/* Calls done once, when all of the plans have ended or after timeout_ms, whichever is first. The handle is valid until
 * then. */
#define WAIT_PLANS_MOST 4
struct plan_wait;
struct plan_wait *manage_wait(struct manage *m, const int64_t *plans, size_t count, int64_t timeout_ms,
                              void (*done)(void *user), void *user);
void manage_wait_cancel(struct plan_wait *w);

/* Starts nothing new, wakes all who wait; `closed` runs when no call is under way. Those that take longer
 * than 2 s are cancelled. */
void manage_close(struct manage *m, void (*closed)(void *user), void *user);
void manage_free(struct manage *m);

#endif
