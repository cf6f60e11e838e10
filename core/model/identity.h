/* identity.h - users, groups, tokens, sessions: what may be made of them, and what goes with them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What a password or token is known by is kept apart, in records that are shown nowhere (verifier). */
#ifndef MODEL_IDENTITY_H
#define MODEL_IDENTITY_H

#include "model/view.h"

#define IDENTITY_PREFIX_MAX 12 /* characters of the public part of a token */

/* As rule_create and rule_delete, for these types. A token or session has its prefix already. */
int identity_create(struct draft *d, void *rec, struct problem *p);
int identity_delete(struct draft *d, const void *before, struct problem *p);
/* Judges what a row would be after a change (before NULL: it is new), and fills what is absent: 0, or an error with the
 * problem. */
int identity_check(const struct view *v, int64_t now_ms, const void *before, void *rec, struct problem *p);
/* Whether a record is one of these. */
bool identity_is(const void *rec);

/* The token of that name, of that user; NULL: there is none. */
const struct ipam_token *identity_token(const struct view *v, int64_t user, struct ipam_str name);

/* What the password of a user, or the token with that prefix, is known by; NULL: there is none. */
const struct ipam_verifier *identity_password(const struct view *v, int64_t user);
const struct ipam_verifier *identity_known(const struct view *v, struct ipam_str prefix);
/* Drafts it, in place of one that is there. */
void identity_keep_password(struct draft *d, int64_t user, struct ipam_str hash);
void identity_keep_token(struct draft *d, int64_t object, struct ipam_str prefix, struct ipam_bytes digest);
/* Ends the sessions of a user, but for one of them (0: all). */
void identity_end_sessions(struct draft *d, int64_t user, int64_t keep);

/* Calls fn for each name of a group that somebody is in: a local user (0: none), or whoever a session is of (0: none).
 * Another value than 0 ends it and is returned. `g`: the local group of the name; NULL for one that only a provider
 * knows. */
int identity_groups(const struct view *v, int64_t user, int64_t session,
                    int (*fn)(void *arg, struct ipam_str name, const struct ipam_group *g), void *arg);

#endif
