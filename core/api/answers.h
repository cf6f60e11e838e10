/* answers.h - answers kept for Idempotency-Keys: found, compared, written, and forgotten after 7 days.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ANSWERS_H
#define API_ANSWERS_H

#include "api/call.h"
#include "base/clock.h"

#define ANSWER_MOST (1u << 20) /* bytes of a kept answer */
#define ANSWER_DAYS 7

/* Digests of a key with whom and what route it belongs to, and of the request it was sent with. */
struct answer_key {
    uint8_t digest[ACCESS_DIGEST_BYTES], request[ACCESS_DIGEST_BYTES];
};
/* The row that is looked for; points into the key. */
struct answer_like {
    struct ipam_idempotency_answer row;
};
void answers_like(const struct answer_key *key, struct answer_like *ret);
void answers_needs(const struct answer_like *like, struct needs *n);
void answers_query(struct store *s, const struct answer_like *like, store_record row, store_answered done,
                   void *user);

/* The answer of the key that is not too old; NULL: none. */
const struct ipam_idempotency_answer *answers_find(const struct draft *d, const struct answer_like *like);
bool answers_fresh(const struct ipam_idempotency_answer *a, int64_t now_ms);
bool answers_same(const struct ipam_idempotency_answer *a, const struct answer_key *key);
/* Sets the problem; returns an error. */
int answers_mismatch(struct problem *p);
/* Makes it the call's answer. */
void answers_take(const struct ipam_idempotency_answer *a, struct call *c);
/* Drafts the call's answer (status, media, etag, location, out) as the key's, in place of one that is there. */
void answers_put(struct draft *d, const struct answer_key *key, const struct answer_like *like,
                 const struct call *c);

/* Forgets old answers, some at a time, from now on. */
struct answers *answers_new(struct loop *loop, struct store *store, struct gate *gate);
void answers_free(struct answers *a);

#endif
