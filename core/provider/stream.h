/* stream.h - frames over one end of a helper's socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only. Both the daemon and the helper use it. */
#ifndef PROVIDER_STREAM_H
#define PROVIDER_STREAM_H

#include "base/loop.h"
#include "provider/wire.h"

struct stream;

struct stream_events {
    /* One frame; `raw` are its bytes with the head. False: it breaks the protocol. */
    bool (*frame)(void *user, const struct wire_frame *f, struct ipam_bytes raw);
    /* All frames that came at once have been given to `frame`. May be NULL. */
    void (*pause)(void *user);
    /* The other end has closed (error ""), or nothing more can be read. Once; not after stream_close. */
    void (*ended)(void *user, const char *error);
};

/* From now on each frame is logged ("frame"): direction, kind, number, length; never what is in it. */
void stream_trace(void);
/* Takes the descriptor over. */
struct stream *stream_open(struct loop *loop, int fd, const struct stream_events *ev, void *user);
/* Sends the buffer's bytes and takes its memory; `secret`: wipes it afterwards. The buffer is empty then. */
void stream_write(struct stream *s, struct strbuf *data, bool secret);
/* Closes; what is not yet sent may be lost. No callback comes any more. NULL-safe. */
void stream_close(struct stream *s);

#endif
