/* collect.h - observe a server, compare with what is stored, hand in the differences.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECT_COLLECT_H
#define COLLECT_COLLECT_H

#include "archive/archive.h"
#include "fleet/fleet.h"
#include "job/job.h"

struct collect;
struct collect_config {
    struct fleet *fleet;
    struct state *state;
    struct store *store;
    struct gate *gate;
    struct jobs *jobs;
    struct archive *archive; /* that keeps configurations as they were; NULL: nobody does */
};
struct collect *collect_new(const struct collect_config *config);
void collect_free(struct collect *c);

/* What a job does with a server. Each but FORGET probes it first. CONFIG, LEASES, STATS: that alone, the
 * configuration only when it is another than the one that is recorded; ALL: all three, in any case. FORGET removes
 * all that came from it, and the server itself. */
enum collect_kind {
    COLLECT_PROBE,
    COLLECT_ALL,
    COLLECT_FORGET,
    COLLECT_CONFIG,
    COLLECT_LEASES,
    COLLECT_STATS
};
/* Starts a job that somebody asked for: a regular one of that server gives way. `started` gets its id, or 0 and the
 * problem. `guard` as in struct job_spec. */
void collect_start(struct collect *c, enum collect_kind kind, int64_t server, const struct actor *actor,
                   struct guard *guard,
                   void (*started)(void *user, int64_t job, const struct problem *problem), void *user);

/* Reads the configuration of one scope, or the records of one zone (`only`, by its identifier; empty: all), of a server
 * whose turn the caller holds, and records it. *ret_current (may be NULL) is the provider call while one is under way, to cancel it. */
void collect_config_read(struct collect *c, struct instance *inst, int64_t server, struct ipam_str only,
                         void (*done)(void *user, int status, const char *message), void *user,
                         struct request **ret_current);

/* The same of one lease: that of which->address, or of the prefix that begins with it. */
void collect_lease_read(struct collect *c, struct instance *inst, int64_t server,
                        const struct ipam_lease *which,
                        void (*done)(void *user, int status, const char *message), void *user,
                        struct request **ret_current);

/* Takes the addresses of ranges that are mapped to a zone to what its recorded PTR records say, in change sets of the
 * server's. done runs later; with status 0 the message says what of it was refused, or is "". */
void collect_follow_zone(struct collect *c, int64_t zone, const bool *canceled,
                         void (*done)(void *user, int status, const char *message), void *user);

/* A plan has made of the configuration that the one token names that which the other names: what a reading of that one
 * finds changed is no drift. */
void collect_applied(struct collect *c, int64_t server, struct ipam_str from, struct ipam_str to);

#endif
