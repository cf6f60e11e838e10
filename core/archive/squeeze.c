/* squeeze.c - texts compressed as they come, and back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Level 1: it is done on the loop, a piece of 64 KiB at a time, and configurations repeat themselves. */
#include "archive/squeeze.h"

#include <string.h>

#include "ipam/status.h"

#define LEVEL 1
#define ROOM  16384 /* asked for at a time */

void squeeze_init(struct squeeze *s, size_t max)
{
    memset(s, 0, sizeof(*s));
    strbuf_init(&s->out, max);
    if (deflateInit(&s->z, LEVEL) != Z_OK)
        s->out.failed = s->out.nomem = true;
}

void squeeze_fini(struct squeeze *s)
{
    deflateEnd(&s->z);
    strbuf_fini(&s->out);
}

static void run(struct squeeze *s, struct ipam_str text, int flush)
{
    s->z.next_in = (Bytef *)(uintptr_t)text.data;
    s->z.avail_in = (uInt)text.len;
    while (!s->out.failed) {
        char *room = strbuf_room(&s->out, ROOM);
        if (room == NULL)
            return;
        s->z.next_out = (Bytef *)room;
        s->z.avail_out = ROOM;
        int rc = deflate(&s->z, flush);
        strbuf_advance(&s->out, ROOM - s->z.avail_out);
        if (rc == Z_STREAM_END || (flush == Z_NO_FLUSH && s->z.avail_in == 0 && s->z.avail_out > 0))
            return;
        if (rc != Z_OK && rc != Z_BUF_ERROR)
            s->out.failed = true;
    }
}

void squeeze_add(struct squeeze *s, struct ipam_str text)
{
    s->taken += text.len;
    if (text.len > 0)
        run(s, text, Z_NO_FLUSH);
}

void squeeze_end(struct squeeze *s)
{
    run(s, (struct ipam_str){ "", 0 }, Z_FINISH);
}

int squeeze_undo(struct ipam_bytes packed, struct strbuf *out)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)packed.data, .avail_in = (uInt)packed.len };
    int rc = inflateInit(&z);
    if (rc != Z_OK)
        return IPAM_E_NOMEM;
    while (rc == Z_OK) {
        char *room = strbuf_room(out, ROOM);
        if (room == NULL)
            break;
        z.next_out = (Bytef *)room;
        z.avail_out = ROOM;
        rc = inflate(&z, Z_NO_FLUSH);
        strbuf_advance(out, ROOM - z.avail_out);
    }
    inflateEnd(&z);
    return out->failed ? strbuf_status(out) : rc == Z_STREAM_END ? 0 : IPAM_E_INVAL;
}
