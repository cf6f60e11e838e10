/* local_p.h - what a plugin holds: its instance and its requests, and the host table over them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_LOCAL_P_H
#define PROVIDER_LOCAL_P_H

#include <pthread.h>

#include "provider/local.h"
#include "provider/log_quota.h"
#include "provider/loop_things.h"

/* A plugin's handle of one call. It is never freed, and reused only after many others, so that a plugin that
 * uses one after `done` is caught instead of reading freed memory. The lock is also that of the call's second
 * part. */
struct ipam_req {
    struct ipam_req *next;
    pthread_mutex_t lock;
    pthread_cond_t wake;     /* credit, cancellation, the end */
    struct local_call *call; /* NULL: the plugin has called done, or the context was abandoned */
    bool abandoned;
    char plugin[PLUGIN_NAME_MAX + 1];
};
struct ipam_req *handle_take(struct local_call *c, const char *plugin);
void handle_give(struct ipam_req *req);
/* Locks the handle and answers its call; of one that has ended NULL, unlocked, and a complaint in the log. Any
 * thread. */
struct local_call *handle_enter(struct ipam_req *req, const char *function);
void handle_leave(struct ipam_req *req);

struct ipam_inst {
    const struct plugin *plugin;
    struct local *local; /* NULL while only the options are checked */
    char *target;
    struct options options;
    char open_error[PROVIDER_ERR_MAX];
    /* `check` alone */
    void (*problem)(void *user, const char *name, const char *text);
    void *problem_user;
    struct log_quota quota;
};

struct local {
    struct ipam_inst inst;
    struct local_spec spec;
    void *ctx;                    /* NULL until opened */
    bool on_loop;                 /* LOOP: neither lane */
    struct lane *writer, *reader; /* reader: storage only */
    unsigned most_calls;          /* LOOP: calls at once */
    unsigned active;              /* LOOP: begun and not ended, without those that last */
    unsigned lasting;             /* CALL_LASTING: submitted and not ended */
    struct local_call *first_wait, **last_wait;
    struct loop_work turn; /* LOOP: begins what waits, opens or closes */
    bool turn_posted;
    struct loop_things things; /* LOOP: what it watches and waits for */
    struct lane_work open_work, close_work;
    int open_status;
    bool open;
    enum { LIFE_OPENING, LIFE_OPEN, LIFE_CLOSING } life; /* LOOP */
    unsigned closing_lanes;
    pthread_mutex_t caps_lock; /* of the next three */
    bool caps_posted, caps_closed;
    uint64_t capabilities;
    struct loop_work caps_post;
    struct ipam_req *live; /* loop thread: calls that have not ended, by their handles */
};

extern const struct ipam_host host_table;
/* Of the table, for LOOP plugins (host_loop.c). */
int32_t host_watch_fd(struct ipam_inst *inst, int32_t fd, uint32_t events,
                      void (*ready)(void *user, int32_t fd, uint32_t events), void *user);
struct ipam_timer *host_timer_start(struct ipam_inst *inst, int64_t after_ms, void (*due)(void *user),
                                    void *user);
void host_timer_stop(struct ipam_inst *inst, struct ipam_timer *timer);
int32_t host_defer(struct ipam_inst *inst, void (*run)(void *user), void *user);
void host_on_credit(struct ipam_req *req, void (*run)(void *user), void *user);
/* Ends a call of an operation that the plugin has not. */
void host_unsupported(struct ipam_req *req, const char *operation);

/* Gives what the plugin said so far to the loop. Under the call's lock. */
void call_flush(struct local_call *c);

/* What lanes and the loop share (local.c). The plugin's function for this call, in the thread's slot. */
void local_run_open(struct local *l);
void local_run_close(struct local *l);
void local_run_call(struct local_call *c, unsigned thread);
void local_tell_opened(struct local *l);
void local_call_ended(struct local_call *c, bool canceled);
void local_free(struct local *l);
/* Any thread: tells spec.caps_changed on the loop. */
void local_caps_changed(struct local *l, uint64_t capabilities);

/* LOOP plugins (local_loop.c). */
void on_loop_open(struct local *l);
void on_loop_close(struct local *l);
int on_loop_submit(struct local *l, struct local_call *c);
bool on_loop_cancel(struct local_call *c); /* true when it had not begun, and never will */
void on_loop_done(struct local_call *c);   /* the plugin has called done; the call ends later */
void on_loop_credit(struct local_call *c); /* under the call's lock: there is credit, or a cancellation */

#endif
