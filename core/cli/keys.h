/* keys.h - objects as users name them, and as paths of the API name them. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "base/strbuf.h"
#include "record/record.h"

/* Whether the text is an id: digits only. */
bool key_is_id(const char *text);
/* Whether what tells such objects apart is a number in a container, which always has the container behind it: 120@campus. */
bool key_is_numbered(const struct record_type *t);
/* Appends a key as a segment of a path: an id as it is, else percent-encoded, with '_' for a prefix's slash;
 * '@' and the container stay: "10.1.2.0/24@tenant-a" is "10.1.2.0_24@tenant-a". */
void key_encode(const struct record_type *t, const char *text, struct strbuf *out);
/* Appends "/api/v1/GROUP/PLURAL", or that and "/KEY". */
void key_collection(const struct record_type *t, struct strbuf *out);
void key_object(const struct record_type *t, const char *text, struct strbuf *out);
/* Appends a name=value pair to a path, with '?' or '&' before it. */
void key_query(const char *name, struct ipam_str value, struct strbuf *out);
/* Cuts "KEY@CONTAINER" at the last '@'; the container is absent when there is none, or when keys of this type
 * are texts of their own (a name may hold an '@'). */
void key_split(const struct record_type *t, const char *text, struct ipam_str *ret_key,
               struct ipam_str *ret_container);

#endif
