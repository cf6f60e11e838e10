/* roff.c - text for manual pages.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "base/roff.h"

void roff_text(const char *text, struct strbuf *out)
{
    bool start = true;

    for (; *text != '\0'; text++) {
        if (start && (*text == '.' || *text == '\''))
            strbuf_puts(out, "\\&");
        if (*text == '\\')
            strbuf_puts(out, "\\e");
        else if (*text == '-')
            strbuf_puts(out, "\\-");
        else
            strbuf_putc(out, *text);
        start = *text == '\n';
    }
}
