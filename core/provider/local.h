/* local.h - a plugin's context in this process: its lanes and the calls on them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Used by the daemon for plugins in process and by the helper for its plugin. Loop thread only; callbacks
 * come on the loop, never inside a call. What the plugin says about a call arrives as frames (wire.h):
 * RECORD, ROW, STEP, and one DONE. */
#ifndef PROVIDER_LOCAL_H
#define PROVIDER_LOCAL_H

#include "base/lane.h"
#include "provider/call.h"
#include "provider/load.h"

#define LOCAL_CREDIT    (256u << 10) /* bytes of frames a call may have on their way */
#define LOCAL_QUEUE_MAX 1200         /* calls waiting for a lane; the daemon stops at 1,000 */

struct local;

struct local_spec {
    struct loop *loop;
    const struct plugin *plugin;      /* outlives the context */
    uint32_t kind;                    /* IPAM_KIND_*, which the plugin offers */
    unsigned most_calls;              /* calls at once, lower than what the plugin can; 0: as it says */
    const char *process;              /* for fault points: "lane" in the daemon, "helper" in a helper */
    const char *target;               /* copied */
    struct options options;           /* taken over; secrets are wiped when the plugin's open returns */
    const struct ipam_schema *schema; /* of storage; outlives the context */
    void (*opened)(void *user, int status, const char *message); /* once */
    void (*closed)(void *user);                                  /* once, after local_close */
    /* The plugin narrowed or widened what the server can. May be NULL. */
    void (*caps_changed)(void *user, uint64_t capabilities);
    void *user;
};
/* NULL when no thread can be made; the options are freed then, too. A LOOP plugin has no thread: everything of
 * it runs on the loop, later. */
struct local *local_open(const struct local_spec *spec);
/* After `opened`, and when no call is live. */
void local_close(struct local *l);
/* For a context whose plugin holds on to calls for ever: forgets it without `closed`. It and its calls leak;
 * what the plugin still does with them has no effect. */
void local_abandon(struct local *l);

/* One call: embedded in its owner, who sets the first part, zeroes the second, and keeps it until `ended`. */
struct local_call {
    uint32_t id;      /* of its frames */
    uint32_t op;      /* CALL_* */
    const void *args; /* as the operation's table says; live until `ended` */
    const struct call_edit *edits;
    uint32_t edit_count;
    int64_t deadline_ms; /* monotonic; 0: none. Told to the plugin, not watched here */
    void (*output)(struct local_call *c, struct chunk *chunk); /* takes the chunk over */
    void (*ended)(struct local_call *c, bool canceled);        /* last; canceled: the plugin never saw it */

    struct local *local;
    struct ipam_req *req;
    struct lane_work work;        /* SERIAL, PARALLEL */
    struct local_call *wait_next; /* LOOP: of those not begun */
    struct loop_work post, end_post;
    struct arena memory;  /* host->alloc */
    struct arena scratch; /* of one record */
    struct chunk *filling;
    int64_t filling_since_ms;
    struct chunk_queue ready;
    size_t outstanding; /* bytes given to `output` and not credited */
    bool posted, started, canceled, stepped;
    void (*on_credit)(void *user); /* LOOP: what the plugin asked for */
    void *on_credit_user;
    struct loop_work credit_post;
    bool credit_posted;
    char complaint[160]; /* why the plugin's last emit was refused */
};
/* 0, or IPAM_E_BUSY (then nothing happens): too many wait, or (CALL_LASTING) too many last. */
int local_submit(struct local *l, struct local_call *c);
/* Takes it back if the plugin has not seen it, else tells the plugin; `ended` follows either way. */
void local_cancel(struct local_call *c);
/* Whether the plugin has seen it. */
bool local_started(struct local_call *c);
/* `bytes` of frames were taken in: the plugin may send as much more. */
void local_credit(struct local_call *c, size_t bytes);
/* The STEP frame was heard; the plugin goes on (fault points only). */
void local_stepped(struct local_call *c);

#endif
