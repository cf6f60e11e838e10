/* who.h - everybody who is known: from the configuration, and by policies.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCESS_WHO_H
#define ACCESS_WHO_H

#include "access/access.h"
#include "model/view.h"

/* Each principal once; groups too, as principals of their own. */
void access_each_principal(const struct access *a, const struct view *v,
                           void (*fn)(void *user, const struct principal *who), void *user);
/* The principal of that name, with the role that the configuration gives it. False: a name of no known kind, or too
 * long. */
bool access_principal(const struct access *a, struct ipam_str name, struct principal *ret);

#endif
