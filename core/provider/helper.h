/* helper.h - one helper process as the daemon sees it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_HELPER_H
#define PROVIDER_HELPER_H

#include "provider/provider_p.h"
#include "provider/stream.h"
#include "sandbox/sandbox.h"

enum helper_state {
    HELPER_DOWN,     /* no process; started when an instance wants it */
    HELPER_RESTING,  /* no process until the back-off is over */
    HELPER_STARTING, /* the keeper was asked */
    HELPER_GREETING, /* the process is there, its hello is not yet */
    HELPER_UP,
    HELPER_ENDING /* closed or killed; its end is not yet reported */
};

/* The process of one plugin, with all of its instances. */
struct helper {
    struct helper *next;
    struct providers *providers;
    struct plugin *plugin;
    bool solitary;          /* of one instance alone: */
    struct instance *owner; /* that, or NULL when it has gone */
    enum helper_state state;
    pid_t pid;
    struct stream *stream; /* NULL once its end was read */
    struct door *door;     /* of its doorman; NULL: it has none */
    bool greeted;          /* its hello was read */
    bool reported;         /* the keeper told of its end */
    int wait_status;
    char reason[256]; /* why we ended it; empty: it ended by itself */
    bool wanted_end;  /* nobody needs it any more */
    struct instance *instances;
    struct imap calls; /* number to struct request */
    uint32_t next_number;
    int64_t up_since_ms, not_before_ms, back_off_ms;
    struct loop_timer timer; /* by state: back-off, greeting, end */
    struct sandbox_words fence; /* of the process that there is */
    struct chunk *gathered;  /* frames of one request, as they came */
    struct request *gathered_for;
};

/* Makes the instance one of its plugin's helpers: of one of its own when it has ended another's twice, else of the
 * one with the fewest, of as many as the operator wants. */
void helper_attach(struct instance *inst);
/* Starts it if there is none and nothing forbids. */
void helper_want(struct helper *h);
/* Kills it, for a reason that its instances will hear. */
void helper_condemn(struct helper *h, const char *why);
/* Ends it when no instance is left. */
void helper_release(struct helper *h);
/* The end of its socket was read; `error`: what was wrong with its frames, or "". */
void helper_stream_ended(struct helper *h, const char *error);

/* remote.c: the frames of a helper that is up. */
extern const struct stream_events helper_events;
/* Sends the open of an instance that waits. */
void remote_send_open(struct instance *inst);
/* There is no process, for this reason: every instance hears it. */
void remote_lost(struct helper *h, int status, const char *why);
/* Its process has gone: every instance hears it; one that only waited for a process goes on waiting, or (`waiting`)
 * hears it, too. */
void remote_died(struct helper *h, const char *why, bool waiting);

#endif
