/* planned.h - what a plan tells of its object: where it is, and how people call it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_PLANNED_H
#define MODEL_PLANNED_H

#include "model/rules.h"

#define PLANNED_WORDS 256 /* bytes, with the NUL; what is longer is cut */

struct planned {
    int64_t server, scope, zone; /* 0: in none */
    char words[PLANNED_WORDS];   /* "reservation 10.1.2.7" */
};
void planned_of(const void *rec, struct planned *ret);
/* "add", "change", "replace" or "delete". */
const char *planned_verb(const struct server_change *c);
/* Into buf, cut at a whole character. */
__attribute__((format(printf, 3, 4))) void planned_say(char *buf, size_t size, const char *fmt, ...);

#endif
