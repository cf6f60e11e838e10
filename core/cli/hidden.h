/* hidden.h - secrets from a prompt that does not show them, standard input or a file; never an argument.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HIDDEN_H
#define CLI_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>

#define HIDDEN_MAX 65536

/* One of 1 to HIDDEN_MAX bytes into `value`, which has room for two more, and which the caller wipes: from the file, "-"
 * for standard input; or (path NULL) from a prompt on a terminal, else from standard input. One newline at the end is not
 * part of it. `twice`: a prompt asks again, so that it is not mistyped. An exit code. */
int hidden_read(const char *path, const char *text, bool twice, char *value, size_t *ret_len);

#endif
