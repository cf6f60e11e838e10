/* line.h - a line put together with nothing that a signal handler may not call (signal-safety(7)).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stddef.h>

/* Each puts its part at `at` of a line of `size` bytes, cuts what has no room, and returns where the next one goes; no
 * NUL is put behind it. Any thread, also in a signal handler. */
size_t line_add(char *line, size_t at, size_t size, const char *text);
size_t line_add_number(char *line, size_t at, size_t size, int n); /* n >= 0, in decimal */

#endif
