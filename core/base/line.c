/* line.c - a line put together with nothing that a signal handler may not call.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/line.h"

size_t line_add(char *line, size_t at, size_t size, const char *text)
{
    while (*text && at < size)
        line[at++] = *text++;
    return at;
}

size_t line_add_number(char *line, size_t at, size_t size, int n)
{
    char digits[16];
    size_t len = 0;

    do
        digits[len++] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    while (len > 0 && at < size)
        line[at++] = digits[--len];
    return at;
}
