/* custom.h - which addresses have values of custom fields: their rows are in storage alone.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_CUSTOM_H
#define STATE_CUSTOM_H

#include "base/hash.h"
#include "record/record.h"

/* Name of a field in small letters -> struct imap of ids of addresses, each with the digest of its value. */
struct custom_index {
    struct smap fields;
};

void custom_init(struct custom_index *ix);
void custom_fini(struct custom_index *ix);
/* Rows that are no addresses are ignored. */
void custom_add(struct custom_index *ix, const void *rec);
void custom_remove(struct custom_index *ix, const void *rec);
/* The addresses of a field; NULL: none. */
const struct imap *custom_of(const struct custom_index *ix, struct ipam_str field);
/* What they are found under for a value: equal for equal ones, in any case of letters. */
void *custom_digest(struct ipam_str value);
/* Whether an address has that value of the field, or (absent) any, as the index knows it. */
bool custom_has(const struct ipam_address *a, struct ipam_str field, struct ipam_str wanted);
/* ASCII letters made small, in place: names are the same whatever their case. */
void custom_fold(char *text, size_t len);

#endif
