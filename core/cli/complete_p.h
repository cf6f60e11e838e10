/* complete_p.h - what the parts of the completion share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMPLETE_P_H
#define CLI_COMPLETE_P_H

#include "cli/nouns.h"

struct completion {
    struct cli *c;
    struct strbuf *out;
    const struct noun *noun; /* NULL before there is one; so is the verb */
    const struct verb *verb;
    struct args args; /* what stands before the word */
    const char *head; /* of the word: what every candidate begins with, "--output=" */
    const char *part; /* of the word: the rest, to be completed */
};

/* Offers a text when the part is its beginning. `help` may be NULL. */
void complete_offer(struct completion *p, const char *text, const char *help);
/* The values of an option. */
void complete_value(struct completion *p, const struct arg_option *o);

/* These ask the daemon. Keys of objects of the type, with their container where they need it. */
void complete_keys(struct completion *p, uint32_t type);
/* Those of them that have this value in a field. */
void complete_keys_where(struct completion *p, uint32_t type, const char *field, const char *value);
/* Profiles that the configuration has; false when it may not be read or has none. */
bool complete_profiles(struct completion *p);
/* The different values of a field of these objects. */
void complete_values_of(struct completion *p, uint32_t type, const char *field);
/* Prefixes of the plan: blocks and subnets. */
void complete_prefixes(struct completion *p);

/* The widest prefix that begins at the first address whose text may begin like this: what does, comes first in
 * a list of what lies within. NULL when the text has no whole group yet. */
const char *complete_within(const char *text, struct arena *arena);

#endif
