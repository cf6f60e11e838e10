/* reach.h - what the files of this provider share: an instance, its calls, and their answers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * LOOP: nothing here ever waits. A call is a list of tasks, one an address and method; a task is begun when there is
 * room and budget for it, and ends by an answer, or when the tries are used up. */
#ifndef REACH_REACH_H
#define REACH_REACH_H

#include <stdbool.h>

#include "ipam/plugin.h"

#define REACH_METHODS  (IPAM_REACH_PING | IPAM_REACH_DNS)
#define REACH_PARALLEL 1024 /* most of the option; a power of two: a slot is a part of an echo's number */
#define REACH_NAME_MAX 255
#define REACH_SERVERS  8

struct reach_options {
    int64_t timeout_ms, tries, rate, parallel, port;
    struct ipam_strs resolvers; /* none: those of the system */
};
extern const struct ipam_option *const reach_options[];
void reach_options_read(const struct ipam_host *host, struct ipam_inst *inst, struct reach_options *ret);
void reach_options_check(struct ipam_inst *inst, const struct ipam_host *host);

struct reach_task {
    struct reach_task *next; /* of those that are to be emitted */
    int64_t round_trip_us;   /* -1: none */
    char *name;              /* found; memory of the request */
    const char *message;
    uint32_t at;    /* place of its address */
    uint32_t state; /* IPAM_REACHED_STATE_* */
    int64_t method;
};

struct reach;

/* A call under way: memory of the request, gone with done. */
struct reach_call {
    struct reach_call *next;
    struct reach *reach;
    struct ipam_req *req;
    const struct ipam_reach *args; /* valid until done */
    int64_t timeout_ms;
    size_t count, echoes; /* tasks; the first of them are echo requests, the others questions */
    size_t next_echo, next_question, emitted;
    struct reach_task *tasks, *first, **last;
    bool waits_for_credit;
};

/* One echo request that waits for its reply. */
struct reach_echo {
    struct reach_call *call; /* NULL: the slot is free */
    struct reach_task *task;
    int64_t due_ms, sent_us;
    uint32_t generation; /* of the slot: a reply to an earlier one is none to this one */
    int32_t tries;
    uint8_t cookie[8]; /* so that only who heard the request can answer it */
};

struct reach_ping; /* ping.c */
struct reach_dns;  /* dns.c */

struct reach {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    struct reach_options opt;
    struct reach_call *calls; /* under way, the one whose turn it is first */
    struct reach_ping *ping;
    struct reach_dns *dns;
    struct ipam_timer *timer;
    int64_t timer_due_ms;
};

/* call.c. A task has ended: its row is emitted. The call may be gone afterwards. */
void reach_ended(struct reach_call *c, struct reach_task *t, uint32_t state, const char *message);
const struct ipam_addr *reach_address(const struct reach_call *c, const struct reach_task *t);
/* Begins what can be begun now, and sets the timer for the rest. */
void reach_go_on(struct reach *r);
/* Calls reach_go_on at that time, or before. */
void reach_wake(struct reach *r, int64_t at_ms);
void reach_reach(void *ctx, struct ipam_req *req, const struct ipam_reach *args);
void reach_cancel(void *ctx, struct ipam_req *req);

/* ping.c */
struct reach_ping *reach_ping_new(struct reach *r);
void reach_ping_free(struct reach_ping *p);
/* Whether echo requests of a family can be sent: NULL, or why not, with what to do. */
const char *reach_ping_ready(struct reach_ping *p, uint8_t family);
/* Ends those whose time is up or sends them again, and begins new ones while it may. */
void reach_ping_step(struct reach_ping *p, int64_t now_ms);
/* The call is about to end before its answers. */
void reach_ping_forget(struct reach_ping *p, const struct reach_call *c);

/* dns.c */
struct reach_dns *reach_dns_new(struct reach *r, char *why, size_t size);
void reach_dns_free(struct reach_dns *d);
void reach_dns_step(struct reach_dns *d, int64_t now_ms);
void reach_dns_forget(struct reach_dns *d, const struct reach_call *c);

#endif
