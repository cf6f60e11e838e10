/* provider_p.h - plugins, instances and requests as this room sees them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An instance has one of two backends, a context in this process (local.h) or one in a helper (remote.c).
 * Both take calls and give back chunks of frames; what a request's caller hears is made from these in one
 * place (request.c). */
#ifndef PROVIDER_PROVIDER_P_H
#define PROVIDER_PROVIDER_P_H

#include "base/hash.h"
#include "provider/breaker.h"
#include "provider/local.h"

#define WAITING_MAX     1000              /* requests of one instance that have not ended */
#define TURN_NS         UINT64_C(2000000) /* of one instance's rows a loop turn */
#define ZOMBIE_GRACE_MS 10000 /* after its deadline a call may still hold on; then the plugin is stuck */
#define ZOMBIES_MAX       4    /* of one instance; what comes on top has less time to let go: */
#define ZOMBIES_GRACE_MS  1000
#define MEMORY_MIB      1024  /* of a helper, when the operator says nothing */
#define CLOSE_GRACE_MS  5000  /* when everything closes; then what does not let go is left behind */

struct backend;

struct providers {
    struct loop *loop;
    struct keeper *keeper;            /* NULL when no plugin is isolated */
    struct plugin *plugins, *retired; /* in use; not any more, but with instances or helpers */
    struct instance *instances;
    struct helper *helpers;
    struct ask *asks;
    struct keeper_limits limits;             /* of helpers that are asked */
    int64_t zombie_grace_ms, close_grace_ms; /* as above; tests shorten them */
    enum sandbox_mode sandbox;               /* of helpers */
    bool network;                            /* they reach their servers' addresses and no others */
    bool closing, posted;
    void (*closed)(void *user);
    void *user;
    struct loop_work post;
    struct loop_timer close_timer;
};
/* An instance or a helper of it has gone. */
void plugin_release(struct providers *p, struct plugin *pl);
/* Later, on the loop: goes on with closing when an instance or a helper has gone. */
void providers_step(struct providers *p);

enum instance_state {
    INSTANCE_OPENING, /* calls wait */
    INSTANCE_OPEN,
    INSTANCE_FAILED, /* calls are answered with the reason; the next one after the back-off opens it again */
    INSTANCE_CLOSING /* the caller has let go; waits for calls and backend */
};

/* Where an instance in a helper is. */
enum remote_state { REMOTE_NONE, REMOTE_WAITING, REMOTE_OPENING, REMOTE_OPEN, REMOTE_CLOSING };

struct instance {
    struct instance *next;
    struct providers *providers;
    struct loop *loop;
    struct plugin *plugin;
    uint32_t kind;
    uint64_t capabilities; /* as the plugin last said */
    const struct backend *backend;
    char *target;
    struct options options; /* without secrets */
    secret_lookup secret;
    void *secret_user;
    const struct ipam_schema *schema;
    void (*opened)(void *user, int status, const char *message); /* NULL once called */
    void *user;

    enum instance_state state;
    int status; /* FAILED: why */
    char message[PROVIDER_ERR_MAX];
    char problem[PROVIDER_ERR_MAX]; /* of the options: it can never be opened */
    int64_t retry_at_ms, back_off_ms;
    struct loop_work post; /* runs what must not run inside a call */
    bool posted;
    bool backend_busy; /* it owes instance_opened or instance_closed */
    bool backend_open; /* it has something to close */
    bool abandoned;
    unsigned stuck;   /* calls that hold on beyond the grace time */
    unsigned zombies; /* answered, but the plugin has not let go */
    struct breaker breaker;
    char last_failure[PROVIDER_ERR_MAX]; /* of a call; what the breaker stands for */
    /* For people: how often what happened. */
    int64_t opened_ms;
    uint64_t calls, failures;
    unsigned open_failures, losses;
    bool solitary;          /* its calls ended its helper twice: it gets one of its own */
    unsigned helper_deaths; /* during a call of it */

    struct request *requests;                  /* all that are not freed */
    unsigned waiting;                          /* of these, not yet answered */
    struct request *first_call, **last_call;   /* not yet given to the backend */
    struct request *first_inbox, **last_inbox; /* with frames to read */
    struct loop_work read;
    bool reading; /* `read` is posted or runs */

    struct local *local;   /* backend in process */
    int open_status;       /* of a context that failed to open and is being closed */
    struct helper *helper; /* backend in a helper; NULL: in process */
    uint32_t number;       /* there */
    enum remote_state remote;
    struct instance *helper_next;
};

/* How a backend is driven, and what it answers; on the loop, and never inside a call of provider.h. */
struct backend {
    void (*open)(struct instance *inst);    /* instance_opened */
    bool (*give_up)(struct instance *inst); /* an open that has not begun: true when it never will */
    void (*close)(struct instance *inst);   /* instance_closed; no call is live */
    int (*call)(struct request *req); /* 0: request_input ..., request_released follow; or IPAM_E_* at once */
    void (*cancel)(struct request *req);
    void (*credit)(struct request *req, size_t bytes);
    void (*stepped)(struct request *req);
    void (*condemn)(struct instance *inst,
                    const char *why);       /* a call holds on for ever, or its frames are bad */
    void (*abandon)(struct instance *inst); /* the daemon ends: forget everything at once */
};
extern const struct backend backend_local, backend_remote;

/* The plugin narrowed or widened what the server can. */
void instance_caps_changed(struct instance *inst, uint64_t capabilities);
/* status < 0: nothing is open, nothing needs closing. */
void instance_opened(struct instance *inst, int status, const char *message);
void instance_closed(struct instance *inst);
/* What was open is gone: calls under way end with this status, then it is opened again. */
void instance_lost(struct instance *inst, int status, const char *message);
/* The process has gone in which it was being opened: it is opened again in the next one. */
void instance_open_lost(struct instance *inst, const char *message);
/* Later, on the loop: sends the calls that wait, or answers them, or goes on closing, as the state has it. */
void instance_kick(struct instance *inst);
/* The options with their secrets, for one open: 0, or IPAM_E_CONFIG with the reason. options_fini it soon. */
int instance_take_options(struct instance *inst, struct options *ret, char *err);

/* Helpers (helper.c). The first is keeper_open's callback. The second ends those that run and frees those
 * that do not; providers_step is called when one has ended. */
void helper_ended(void *providers, pid_t pid, int wait_status);
void helpers_end(struct providers *p, bool at_once);
/* Frees those without a process that nobody will want again. */
void helpers_tidy(struct providers *p);
/* An instance goes away for good. */
void helpers_forget(struct providers *p, const struct instance *inst);

struct request {
    struct instance *inst;
    struct request *next;      /* of inst->requests */
    struct request *call_next; /* of first_call */
    struct request *inbox_next;
    struct request_events ev;
    void *user;
    uint32_t op;
    const void *args;
    struct call_edit *edits;
    uint32_t edit_count;
    struct arena arena; /* copies of the arguments */
    int64_t deadline_ms;
    struct loop_timer timer; /* deadline, then grace */

    char step[WIRE_STEP_MAX + 1]; /* what the plugin last said it is doing */
    int64_t begun_ms;             /* when it was given to the backend; 0: not yet */
    bool queued;                  /* in first_call */
    bool lost;                    /* its helper ended: that says nothing of the server */
    bool released;                /* the backend let go, or never had it */
    bool answered;                /* the caller has heard done */
    bool canceled;                /* the caller wants no more rows */
    bool stuck, zombie;
    bool in_inbox;
    bool paused;               /* the caller wants no more rows yet */
    int refusal;               /* why it is answered without being sent */
    struct chunk_queue frames; /* from the backend, not yet read */
    size_t unread;
    struct arena scratch; /* of one row */

    struct local_call call; /* backend in process */
    uint32_t number;        /* of the wire, in a helper */
};

/* From the backend: frames (taken over); it has let go (canceled: the plugin never saw the call). */
void request_input(struct request *req, struct chunk *chunk);
void request_released(struct request *req, bool canceled);
/* Answers the caller now, unless it has been. `fmt` makes the message. */
void request_fail(struct request *req, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void request_answer(struct request *req, int status, const struct ipam_outcome *info);
void request_on_timer(struct loop_timer *t);
/* Frees it when both sides have let go. */
void request_settle(struct request *req);
/* Gives a queued request to the backend, or answers it. */
void request_send(struct request *req);
/* Gives one to the backend: 0, or why it cannot begin now. */
int request_give(struct request *req);
/* Answers one that was not yet given to the backend, and never will be. */
void request_turn_away(struct request *req, int status, const char *message);
/* As request_cancel, for the instance's own reasons. */
void request_drop(struct request *req);
/* Names it for messages: "read_leases of kea1.example" */
void request_name(const struct request *req, char *buf, size_t size);

#endif
