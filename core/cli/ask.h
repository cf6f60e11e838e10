/* ask.h - what the options of list and show ask of the daemon: filters, order, fields, a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/strbuf.h"
#include "cli/nouns.h"

/* Options of every list; of show. Ended by a name of NULL. */
extern const struct arg_option ask_list_options[], ask_show_options[];

/* Appends --where, --order, --overlaps, --contains, --fields and --at, as far as they are given, to the query of a
 * path. --fields are the columns too, unless --columns says otherwise. */
int ask_query(struct cli *c, const struct command *cmd, struct strbuf *path);
/* How many of a list are wanted: --limit, --all, else `absent`. */
int ask_limit(const struct command *cmd, uint64_t absent, uint64_t *ret);
/* What --at means to the daemon: a revision as it is, a time with its seconds, "7d" as the time 7 days ago. In the
 * arena; NULL when it is none of these. */
const char *ask_time(const char *text, int64_t now_ms, struct arena *arena);

#endif
