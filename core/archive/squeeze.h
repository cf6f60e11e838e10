/* squeeze.h - texts compressed as they come, and back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCHIVE_SQUEEZE_H
#define ARCHIVE_SQUEEZE_H

#include <zlib.h>

#include "base/strbuf.h"

struct squeeze {
    z_stream z;
    struct strbuf out; /* failed: it is too large, or memory is out */
    size_t taken;
};
void squeeze_init(struct squeeze *s, size_t max);
void squeeze_fini(struct squeeze *s);
void squeeze_add(struct squeeze *s, struct ipam_str text);
/* The whole in s->out. */
void squeeze_end(struct squeeze *s);
/* Appends the text again: 0, IPAM_E_INVAL, IPAM_E_TOOBIG or IPAM_E_NOMEM. */
int squeeze_undo(struct ipam_bytes packed, struct strbuf *out);

#endif
