/* local.h - users of this service: whose token it is, whether he is let in, and which groups he is in.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Functions over a view. Why somebody is not let in is for the log: a stranger is told nothing of it. */
#ifndef ACCESS_LOCAL_H
#define ACCESS_LOCAL_H

#include "access/access.h"
#include "model/identity.h"

/* Whether a text could be a token of a user or session, by its first characters. */
bool local_is_token(struct ipam_str bearer);
/* Who a token belongs to, shown now from that address (NULL: this host). False: nobody who is let in, and why. */
bool local_token(const struct view *v, struct ipam_str bearer, const struct ipam_addr *from, int64_t now_ms,
                 struct principal *ret, const char **ret_why);
/* The user of that name, for whom something else than a token speaks: a line of the configuration. */
bool local_user(const struct view *v, struct ipam_str name, int64_t now_ms, struct principal *ret,
                const char **ret_why);
/* Whether the user is let in now; if not, why. */
bool local_may_enter(const struct ipam_user *u, int64_t now_ms, const char **ret_why);
/* Whether who was let in by this token or session (0: none), or as this user (0: none), would be now. */
bool local_is_good(const struct view *v, int64_t token, int64_t user, int64_t now_ms);
/* The role that a token is narrowed to; absent: none. */
struct ipam_str local_token_role(const struct view *v, const struct principal *who);

#endif
