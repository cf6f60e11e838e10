/* token.h - tokens of users and sessions as text: made, and taken apart. Pure but for random numbers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * ipam_pat_ID_SECRETSUM: the kind by its prefix, 12 characters that name the token, 43 that are 256 random bits, and 6
 * that are the CRC-32 (ISO 3309) of all before; letters and digits alone. So scanners find one that was left somewhere,
 * and what was mistyped is refused before anything is looked up. */
#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include <stdbool.h>

#include "ipam/types.h"

#define TOKEN_ID    12
#define TOKEN_CHARS 71

enum token_kind {
    TOKEN_PERSON,  /* ipam_pat_ */
    TOKEN_SERVICE, /* ipam_svc_ */
    TOKEN_SESSION, /* ipam_ses_ */
    TOKEN_KINDS
};

/* A new one, ended by NUL. The caller wipes it. */
void token_new(enum token_kind kind, char ret[TOKEN_CHARS + 1]);
/* Whether it has the form and the sum of one; then its kind, and the characters that name it, which point into it. */
bool token_parse(struct ipam_str text, enum token_kind *ret_kind, struct ipam_str *ret_id);

#endif
