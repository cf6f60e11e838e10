/* guess.h - how often passwords and tokens may be guessed: delays that grow, in bounded memory. Pure but for its memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Counted are the failures of an account from a source, and of a source: an IPv4 address, an IPv6 /64, or a user of
 * this host. A few are free; from then on each makes the next attempt wait, 1 s, 2 s, 4 s, up to 15 minutes. Half of
 * what is counted is forgotten every 10 minutes. So nobody waits for the failures of another source. All failures
 * together, when they are many, take the free ones away: whoever has failed once then waits. */
#ifndef ACCESS_GUESS_H
#define ACCESS_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#include "ipam/types.h"

#define GUESS_FREE_ACCOUNT 5    /* failures of an account from one source before the first delay */
#define GUESS_FREE_SOURCE  20   /* of a source, whatever the account */
#define GUESS_ALL_MOST     1000 /* of everybody, of which half is forgotten every minute */
#define GUESS_DELAY_MS     1000
#define GUESS_DELAY_MOST   (15 * 60 * 1000)
#define GUESS_HALF_MS      (10 * 60 * 1000)
#define GUESS_ALL_HALF_MS  (60 * 1000)
#define GUESS_ENTRIES                                                                                        \
    16384 /* that are kept; of those that must share a place the ones with most failures stay */

/* From where somebody comes. */
struct guess_source {
    bool local; /* a user of this host, on the unix socket */
    uint32_t uid;
    struct ipam_addr addr;
};
enum guess_kind { GUESS_PASSWORD, GUESS_TOKEN }; /* counted apart: a forgotten script keeps no people out */

struct guess;
/* `seed`: 16 random bytes, so that nobody can choose who shares a place with whom. */
struct guess *guess_new(const uint8_t seed[16]);
void guess_free(struct guess *g);

/* An attempt, with a monotonic clock that does not begin at 0: 0, and it counts as a failure until guess_right; or the
 * milliseconds that it must wait, and it counts as nothing. `account`: absent for a token. *ret_first: with this one the
 * free ones are used up. */
int64_t guess_try(struct guess *g, enum guess_kind kind, struct ipam_str account,
                  const struct guess_source *from, int64_t now_ms, bool *ret_first);
/* The attempt was right: the account has no failures from there, and the source one less. */
void guess_right(struct guess *g, enum guess_kind kind, struct ipam_str account,
                 const struct guess_source *from, int64_t now_ms);
/* The attempt was not judged: it counts as none. */
void guess_unjudged(struct guess *g, enum guess_kind kind, struct ipam_str account,
                    const struct guess_source *from, int64_t now_ms);

#endif
