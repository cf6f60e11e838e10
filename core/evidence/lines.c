/* lines.c - the lines of a file of checkpoints, one after the other.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "evidence/evidence_p.h"

#define CHUNK ((size_t)64 << 10) /* such a piece is never refused for want of memory */

bool each_line(int fd, int64_t at, bool (*each)(void *user, struct ipam_str line, int64_t end), void *user)
{
    struct strbuf text;
    char *room;
    bool on = true;
    ssize_t n = 0;
    strbuf_init(&text, PROOF_LINE_MOST + 2 * CHUNK);
    while (on && (room = strbuf_room(&text, CHUNK)) != NULL &&
           (n = pread(fd, room, CHUNK, at + (int64_t)text.len)) > 0) {
        char *end;
        size_t from = 0;
        strbuf_advance(&text, (size_t)n);
        while (on && (end = memchr(text.data + from, '\n', text.len - from)) != NULL) {
            size_t len = (size_t)(end - text.data) - from;
            on = each(user, (struct ipam_str){ text.data + from, len }, at + (int64_t)(from + len + 1));
            from += len + 1;
        }
        strbuf_drop(&text, from);
        at += (int64_t)from;
        if (on && text.len > PROOF_LINE_MOST) {
            at += (int64_t)text.len;
            on = each(user, strbuf_str(&text), at);
            strbuf_reset(&text);
        }
    }
    if (text.failed)
        errno = ENOMEM;
    n = text.failed ? -1 : n;
    strbuf_fini(&text);
    return n >= 0;
}
