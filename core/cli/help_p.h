/* help_p.h - what help and the manual page share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_P_H
#define CLI_HELP_P_H

#include "cli/nouns.h"

struct exit_help {
    int code;
    const char *text; /* NULL at the end */
};
extern const struct exit_help exit_helps[];

/* " PREFIX [PREFIX...]", with a space before; "" for none. */
const char *help_operand(const struct noun *n, const struct verb *v, struct arena *arena);
/* "-o, --output table|json", and what it does. */
void help_option_names(const struct arg_option *o, struct strbuf *out);
void help_option_text(const struct arg_option *o, struct strbuf *out);

#endif
