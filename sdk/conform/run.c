/* run.c - opens and closes instances of the plugin, and makes calls, as its thread model says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"
#include "host_p.h"

#define BLOCKED_MS 50          /* the longest a call may hold the loop */
#define ENDLESS_MS 30          /* after which a call is ended that runs until it is cancelled */
#define KEEP_SIZE  (16u << 20) /* address space of a request; memory only where it is touched */

__thread struct entry *entry_now;
__thread int host_side;

static pthread_mutex_t big_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t big_change = PTHREAD_COND_INITIALIZER;
static struct worker *loop; /* of LOOP plugins: one for all instances */

void lock(void)
{
    pthread_mutex_lock(&big_lock);
}

void unlock(void)
{
    pthread_mutex_unlock(&big_lock);
}

void changed(void)
{
    pthread_cond_broadcast(&big_change);
}

bool wait_change(int64_t until_ms)
{
    int64_t left = until_ms - now_ms();
    struct timespec t;

    if (left <= 0)
        return false;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += (time_t)(left / 1000);
    t.tv_nsec += (long)(left % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&big_change, &big_lock, &t);
    return now_ms() < until_ms;
}

/* How long this thread was ready but had no processor: a busy machine is no fault of the plugin. */
static int64_t waited_ns(void)
{
    char path[64], text[128];
    long long run, waited = 0;
    char *end;
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/schedstat", syscall(SYS_gettid));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    run = strtoll(text, &end, 10);
    if (run >= 0)
        waited = strtoll(end, NULL, 10);
    return waited;
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void enter(struct entry *e, struct ipam_inst *inst, const char *what)
{
    *e = (struct entry){ .inst = inst, .what = what, .outer = entry_now, .host_side = host_side };
    atomic_store(&area->stage, what);
    if (trial_kind != IPAM_KIND_STORAGE && under_loop()) {
        e->waited_ns = waited_ns();
        e->began_ns = now_ns();
    }
    entry_now = e;
    host_side = 0;
}

void leave(struct entry *e)
{
    int64_t took;

    host_side = e->host_side;
    entry_now = e->outer;
    if (e->began_ns != 0) {
        took = (now_ns() - e->began_ns) / 1000000;
        if (took > BLOCKED_MS)
            took -= (waited_ns() - e->waited_ns) / 1000000;
        if (took > BLOCKED_MS)
            broken("blocking-loop",
                   "%s held the loop for %lld ms; a LOOP plugin never blocks: use watch_fd and "
                   "timers, or declare SERIAL",
                   e->what, (long long)took);
    }
    state_look(e->what);
}

struct ipam_inst *inst_new(unsigned who, enum make make)
{
    static const char *const targets[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };
    static unsigned made;
    struct ipam_inst *inst = xcalloc(1, sizeof(*inst));

    inst->magic = INST_MAGIC;
    inst->number = made++;
    inst->target = who == 0 && settings.target != NULL ? settings.target : targets[who % 3];
    if (trial_kind == IPAM_KIND_STORAGE)
        inst->target = "";
    inst->host = &host_table;
    values_make(inst->values, make, who);
    return inst;
}

static unsigned wanted_workers(unsigned *ret_limit)
{
    unsigned most =
        ops.common.concurrency > 0 && ops.common.concurrency <= 64 ? ops.common.concurrency : CONCURRENCY;

    *ret_limit = 1;
    if (trial_kind == IPAM_KIND_STORAGE)
        return 1 + (ops.storage.readers > 0 && ops.storage.readers <= 16 ? ops.storage.readers : 1);
    if (ops.common.thread_model == IPAM_THREAD_SERIAL)
        return 1;
    *ret_limit = most;
    return under_loop() ? 0 : most;
}

static void make_workers(struct ipam_inst *inst)
{
    unsigned count = wanted_workers(&inst->limit);

    if (count == 0) {
        if (loop == NULL)
            loop = worker_new();
        inst->workers[0] = loop;
        return;
    }
    for (unsigned i = 0; i < count; i++)
        inst->workers[i] = worker_new();
    inst->worker_count = count;
}

static const struct ipam_schema *schema_now;

static void run_open(void *arg)
{
    struct ipam_inst *inst = arg;
    struct entry e;

    enter(&e, inst, "open");
    if (trial_kind == IPAM_KIND_STORAGE)
        inst->open_status = ops.storage.open(inst, inst->host, schema_now, &inst->ctx);
    else
        inst->open_status = ops.common.open(inst, inst->host, &inst->ctx);
    leave(&e);
}

/* After open a secret's bytes are no longer what they were. */
static void forget_secrets(struct ipam_inst *inst)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (inst->values[i].secret != NULL)
            memset(inst->values[i].secret, 0, inst->values[i].secret_len);
    inst->secrets_gone = true;
}

int32_t inst_open(struct ipam_inst *inst)
{
    make_workers(inst);
    inst->state = INST_OPENING;
    if (!worker_call(inst->workers[0], run_open, inst, settings.deadline_ms + settings.grace_ms)) {
        broken("open-close",
               "open did not return within %lld ms; it makes the context and does not talk to the "
               "server",
               (long long)(settings.deadline_ms + settings.grace_ms));
        trial_end();
    }
    forget_secrets(inst);
    if (inst->open_status > 0 || status_name(inst->open_status) == NULL)
        broken("known-status", "open answers %d; use IPAM_OK or one of IPAM_E_*", (int)inst->open_status);
    if (inst->open_status < 0 && inst->open_status != IPAM_E_NOMEM && inst->open_error[0] == '\0')
        broken("error-has-message", "open answers %s without open_error; say why, and what to do",
               status_name(inst->open_status) != NULL ? status_name(inst->open_status) : "an error");
    if (inst->open_status == 0) {
        inst->state = INST_OPEN;
        for (unsigned i = 0; i < INSTS_MAX - 1; i++) {
            if (told_insts[i] == NULL) {
                told_insts[i] = inst;
                break;
            }
        }
    } else {
        inst->state = INST_CLOSED;
    }
    return inst->open_status;
}

static void run_close(void *arg)
{
    struct ipam_inst *inst = arg;
    struct entry e;

    enter(&e, inst, "close");
    if (trial_kind == IPAM_KIND_STORAGE)
        ops.storage.close(inst->ctx);
    else
        ops.common.close(inst->ctx);
    leave(&e);
    inst->state = INST_CLOSED;
    worker_forget(inst->workers[0], inst);
}

void inst_close(struct ipam_inst *inst)
{
    if (inst->state == INST_OPEN &&
        !worker_call(inst->workers[0], run_close, inst, settings.deadline_ms + settings.grace_ms)) {
        broken("open-close",
               "close did not return within %lld ms; no request is open then, so nothing is to be "
               "waited for but own threads",
               (long long)(settings.deadline_ms + settings.grace_ms));
        trial_end();
    }
    for (unsigned i = 0; i < inst->worker_count; i++)
        worker_free(inst->workers[i]);
    inst->worker_count = 0;
}

/* The instance itself stays: whoever still knows it shall be seen. */
void inst_free(struct ipam_inst *inst)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        free(inst->values[i].text);
        free(inst->values[i].secret);
        free(inst->values[i].items);
        inst->values[i] = (struct value){ 0 };
    }
}

struct ipam_inst *inst_opened(unsigned who)
{
    struct ipam_inst *inst = inst_new(who, MAKE_NEEDED);

    if (inst_open(inst) < 0)
        trial_unjudged("open answers %s: %s (give what it needs with --options)",
                       status_name(inst->open_status), inst->open_error);
    return inst;
}

struct ipam_req *req_plain(struct ipam_inst *inst, const char *what, void (*run)(struct ipam_req *))
{
    struct ipam_req *req = xcalloc(1, sizeof(*req));

    req->magic = REQ_MAGIC;
    req->inst = inst;
    req->what = what;
    req->run = run;
    req->credit = -1;
    req->deadline = now_ms() + settings.deadline_ms;
    req->keep = keep_new(KEEP_SIZE);
    return req;
}

static void run_call(struct ipam_req *req)
{
    void (*plain)(void *, struct ipam_req *);
    void (*with)(void *, struct ipam_req *, const void *);
    const char *at = (const char *)&ops + req->call->member;

    if (req->call->args == 0) {
        memcpy(&plain, at, sizeof(plain));
        plain(req->inst->ctx, req);
    } else {
        memcpy(&with, at, sizeof(with));
        with(req->inst->ctx, req, req->args);
    }
}

struct ipam_req *req_new(struct ipam_inst *inst, const struct call *call, enum fill fill)
{
    struct ipam_req *req = req_plain(inst, call->name, run_call);

    if ((call->flags & CALL_ENDLESS) != 0)
        req->deadline = now_ms() + ENDLESS_MS;
    req->call = call;
    args_fill(req, fill);
    return req;
}

void req_free(struct ipam_req *req)
{
    keep_free(req->keep);
    free(req->edits);
    req->magic = 0;
    free(req);
}

static void run_request(void *arg)
{
    struct ipam_req *req = arg;
    struct entry e;

    enter(&e, req->inst, req->what);
    req->run(req);
    leave(&e);
    lock();
    req->returned = true;
    /* SERIAL and PARALLEL: the thread belongs to the call until it is over. */
    while (!req->done && !(under_loop() && trial_kind != IPAM_KIND_STORAGE))
        wait_change(now_ms() + 1000);
    if (req->inst->running[req->worker] == req)
        req->inst->running[req->worker] = NULL;
    changed();
    unlock();
}

static bool find_place(struct ipam_inst *inst, struct ipam_req *req)
{
    unsigned count = inst->worker_count > 0 ? inst->limit : 1;

    if (inst->under_way >= inst->limit)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (inst->worker_count == 0 || inst->running[i] == NULL) {
            req->worker = i;
            if (inst->worker_count > 0)
                inst->running[i] = req;
            return true;
        }
    }
    return false;
}

void req_start(struct ipam_req *req)
{
    struct ipam_inst *inst = req->inst;
    int64_t until = now_ms() + settings.deadline_ms + settings.grace_ms;
    bool found;

    lock();
    while (!(found = find_place(inst, req)) && wait_change(until))
        continue;
    if (found)
        inst->under_way++;
    unlock();
    if (!found) {
        broken("done-always",
               "no call ended while %s waited for its turn; every call ends in exactly one done", req->what);
        trial_end();
    }
    req->started = now_ms();
    worker_post(inst->workers[req->worker], run_request, req);
}

void req_start_on(struct ipam_req *req, unsigned worker)
{
    lock();
    req->worker = worker;
    req->inst->running[worker] = req;
    req->inst->under_way++;
    unlock();
    req->started = now_ms();
    worker_post(req->inst->workers[worker], run_request, req);
}

void req_entered(struct ipam_req *req)
{
    int64_t until = now_ms() + settings.grace_ms;

    lock();
    while (req->host_calls == 0 && !req->done && now_ms() < until)
        wait_change(now_ms() + 2);
    unlock();
}

bool req_wait(struct ipam_req *req, int64_t ms)
{
    int64_t until = now_ms() + ms;
    bool over, more = true;

    lock();
    while (!(over = req->done && req->returned) && more) {
        if (req->want_cancel) {
            unlock();
            req_cancel(req);
            lock();
            continue;
        }
        more = wait_change(until);
    }
    unlock();
    return over;
}

void req_finish(struct ipam_req *req, const char *rule)
{
    int64_t left = req->deadline > 0 ? req->deadline - now_ms() : settings.deadline_ms;

    if (req_wait(req, left))
        return;
    req_cancel(req);
    if (req_wait(req, settings.grace_ms))
        return;
    if (req->done && under_loop())
        return;
    broken(
        rule,
        "%s of %s did not %s within %lld ms after it was cancelled%s; every call ends in exactly one done, "
        "soon after its deadline or cancel",
        req->what, req->inst->target, req->done ? "return" : "end", (long long)settings.grace_ms,
        rule == trial_rule ? "" : " at its deadline");
    trial_end();
}

struct ipam_req *req_run(struct ipam_inst *inst, const struct call *call, enum fill fill)
{
    struct ipam_req *req = req_new(inst, call, fill);

    req_start(req);
    req_finish(req, "done-always");
    return req;
}

void run_battery(struct ipam_inst *inst)
{
    const struct call *call;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++)
        req_run(inst, call, FILL_ORDINARY);
}

void schema_use(const struct ipam_schema *schema)
{
    schema_now = schema;
}
