/* match.h - If-Match and If-None-Match over the revisions of objects. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_MATCH_H
#define API_MATCH_H

#include "record/record.h"

/* Whether "*" or a list of entity tags (RFC 9110, 8.8.3) names an object at this revision; 0: there is none. Tags are
 * compared strongly: a weak one never matches. 1, 0, or IPAM_E_INVAL when it is no such list. */
int etag_matches(struct ipam_str list, int64_t rev);
/* Whether a client knows the object that has the tag: "*", or a list that names it, compared weakly. */
bool etag_known(struct ipam_str list, const char *tag);
/* The revision of a record. */
int64_t etag_rev(const void *rec);

#endif
