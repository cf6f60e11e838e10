/* roff.h - text for manual pages.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ROFF_H
#define BASE_ROFF_H

#include "base/strbuf.h"

/* Appends a text so that troff takes nothing in it for its own (groff_char(7)). It begins a line. */
void roff_text(const char *text, struct strbuf *out);

#endif
