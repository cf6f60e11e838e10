/* body.h - request bodies and filters, made of operands and options by the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BODY_H
#define CLI_BODY_H

#include "base/json.h"
#include "cli/nouns.h"

/* Writes the members of a new object: the natural key (NULL: none) with its container, and the options that
 * set fields. What is wrong or missing is CLI_USAGE. Inside an open object of the writer. */
int body_create(struct cli *c, const struct command *cmd, const char *operand, struct json_writer *w);
/* Writes the members to change: the options that set fields, and null for those of --clear. *ret_any: whether
 * there is one. */
int body_set(struct cli *c, const struct command *cmd, struct json_writer *w, bool *ret_any);
/* Writes the "TYPE=VALUE" or "VALUE" of a field with an enum companion, as two members. */
int body_typed(struct cli *c, const struct record_type *t, const char *field, const char *text,
               struct json_writer *w);
/* {"keys": [WORD, ...]} of the operands. */
void body_keys(const struct command *cmd, struct strbuf *out);
/* Appends the options that filter, as a query. */
int body_filters(struct cli *c, const struct command *cmd, struct strbuf *path);
/* A positive whole number of an option, not above `max`. */
int body_number(const char *option, const char *text, uint64_t max, uint64_t *ret);

#endif
