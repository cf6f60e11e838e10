/* identities.h - users at work: who signs in, how often it may be tried, and when a token was last used.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. */
#ifndef ACCESS_IDENTITIES_H
#define ACCESS_IDENTITIES_H

#include "access/guess.h"
#include "access/password.h"
#include "access/realm.h"
#include "commit/gate.h"

#define SESSION_MS    INT64_C(43200000) /* 12 hours */
#define SESSIONS_MOST 64                /* of one user; with one more the oldest ends */

struct identities;
struct identities_config {
    struct loop *loop;
    struct state *state;
    struct gate *gate;
    struct providers *providers;
};
/* NULL when there is no thread for passwords. */
struct identities *identities_new(const struct identities_config *config);
/* Nobody can sign in any more; who was about to is told so. `closed` comes later. The gate and the providers are still
 * there. */
void identities_close(struct identities *s, void (*closed)(void *user), void *user);
/* After identities_close, when the gate and the providers are closed. NULL-safe. */
void identities_free(struct identities *s);
struct passwords *identities_passwords(struct identities *s);
struct realms *identities_realms(struct identities *s);
struct loop *identities_loop(const struct identities *s);
const struct view *identities_view(const struct identities *s);

/* An attempt with a password or token: 0, or the seconds to wait. Each is then right, wrong, or not judged. `account`:
 * absent for a token. */
int identities_try(struct identities *s, enum guess_kind kind, struct ipam_str account,
                   const struct guess_source *from);
void identities_right(struct identities *s, enum guess_kind kind, struct ipam_str account,
                      const struct guess_source *from);
void identities_unjudged(struct identities *s, enum guess_kind kind, struct ipam_str account,
                         const struct guess_source *from);
/* Counted, and logged with the reason. */
void identities_wrong(struct identities *s, enum guess_kind kind, const char *peer, const char *why);

/* Who has signed in. */
struct signed_in {
    int64_t user;             /* 0: somebody whom a provider knows */
    struct ipam_str name;     /* "alice", "alice@corp" */
    struct ipam_str provider; /* absent: none */
    struct ipam_strs groups;
    int64_t expires;       /* when he must be asked again; 0: that is not said */
    struct ipam_str known; /* what the password was verified by */
    const char *hash;      /* what it is to be known by from now on; NULL: the same */
};
/* status 0; IPAM_E_AUTH, with why, which is not for strangers; IPAM_E_BUSY; another one when nobody could say, with
 * why. */
typedef void (*sign_in_done)(void *user, int status, const struct signed_in *who, const char *why);
/* Verifies a name and a password, here or by the provider after the @. `done` comes later, once. */
void identities_sign_in(struct identities *s, struct ipam_str name, struct ipam_bytes password,
                        struct ipam_str peer, sign_in_done done, void *user);

/* A token or session was used just now: written later, to the minute. */
void identities_seen(struct identities *s, int64_t token, const char *peer);

struct identities_stats {
    uint64_t wrong[2], delayed[2]; /* by enum guess_kind */
};
void identities_stats(const struct identities *s, struct identities_stats *ret);

#endif
