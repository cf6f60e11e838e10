/* grant.h - what the verbs that hand something out share: count, strategy, claim, the answer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_GRANT_H
#define API_GRANT_H

#include "api/call.h"
#include "model/pool.h"

/* The first member of what such a verb keeps in c->work. */
struct grant {
    const struct record_type *type; /* of what is handed out */
    struct ipam_claim like;         /* the claim, if there is one */
    uint8_t digest[ACCESS_DIGEST_BYTES];
    int64_t count; /* asked for */
    enum strategy strategy;
    struct pool_request pool; /* when it is a pool that is asked */
    struct sight maker;       /* as the caller's, for what the pool's members give */
    /* what came of it */
    int64_t *ids, got;
    bool replayed; /* the claim had them already */
};

/* A member of the body: reads it, or answers an error with its problem. */
struct grant_member {
    const char *name;
    int (*read)(struct call *c, struct grant *g, const struct json *v);
};

void grant_init(struct grant *g, uint32_t type);
/* The problem of one member; an error. */
int grant_wrong(struct call *c, const char *pointer, const char *message);
/* Reads the body, an object or nothing (as it was read before, if it was), by its members up to one without a name; 0 or an error. `verb`: for messages. */
int grant_read(struct call *c, struct grant *g, const struct grant_member *members, const char *verb);
int grant_read_count(struct call *c, struct grant *g, const struct json *v);
int grant_read_claim(struct call *c, struct grant *g, const struct json *v);
/* One of the strategies up to NULL; their names are those of grant_strategies. */
int grant_read_strategy(struct call *c, struct grant *g, const struct json *v, const char *const *known);
/* A text member, judged by the field of the record that will hold it. */
int grant_read_text(struct call *c, const struct json *v, unsigned number, void *rec);

/* --- pools --- */

bool grant_is_pool(const struct call *c);
int grant_read_spread(struct call *c, struct grant *g, const struct json *v);
/* When the pool is found: members are asked where the caller may do `operation`. */
void grant_begin_pool(struct call *c, struct grant *g, const char *operation);
/* Inside the gate, when a pool refused: what each of the members that were asked had. `what`: "addresses", "prefixes". */
void grant_refused_pool(struct call *c, const struct grant *g, const struct view *v, const char *what,
                        struct problem *p);

/* When the object of the path is found: digest and room for the answer. */
void grant_begin(struct call *c, struct grant *g);
/* The claim, which the gate has to fetch. */
void grant_needs(struct intent *in, const struct view *v, struct needs *n);
/* Inside the gate, when it was decided: the answer as the draft has it. */
void grant_decided(struct call *c, struct grant *g, struct draft *d);
/* Afterwards: answers what storage has now. */
void grant_answer_anew(struct call *c);

#endif
