/* help.h - help and the manual page, made from the table of nouns and the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/nouns.h"

/* Help for everything (both NULL), a noun, or a verb of it. */
void help_print(const struct noun *n, const struct verb *v, struct arena *arena, struct strbuf *out);
/* Help for completion. */
void help_completion(struct strbuf *out);
/* ipamctl(1) for man. */
void help_man(struct arena *arena, struct strbuf *out);

#endif
