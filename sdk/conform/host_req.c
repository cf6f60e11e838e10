/* host_req.c - the tester's own host table: what concerns a request.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "host_p.h"

#define CANCEL_MS 50

/* Late use of a request is the plainest of bugs; `rule` names it by what was called. */
static bool req_in(struct ipam_req *req, const char *what, const char *rule)
{
    if (req == NULL || req->magic != REQ_MAGIC) {
        host_side++;
        broken("string-lifetime", "%s got a request the host never made, or that is long over", what);
        trial_end();
    }
    host_in(req->inst, what);
    lock();
    req->host_calls++;
    if (req->done) {
        unlock();
        broken(rule, "%s was called for %s after its done; done is the last thing done to a request", what,
               req->what);
        return false;
    }
    if (req->host_calls == req->cancel_at) {
        req->cancelled = req->want_cancel = true;
        changed();
        wait_change(now_ms() + 3); /* gives the one who cancels the time to do so */
    }
    unlock();
    if (req->slow_ms > 0 && !under_loop())
        sleep_ms(req->slow_ms);
    return true;
}

void *host_alloc(struct ipam_req *req, size_t size)
{
    void *p = NULL;

    if (req_in(req, "alloc", "emit-after-done")) {
        lock();
        if (++req->allocs != req->fail_alloc)
            p = keep_alloc(req->keep, size);
        unlock();
    }
    host_out();
    return p;
}

static void check_row_texts(struct ipam_req *req, const struct record_type *t, const void *rec)
{
    char where[160];

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        struct ipam_str s;
        if (f->kind != KIND_TEXT || !record_has(rec, f->number))
            continue;
        memcpy(&s, (const char *)rec + f->offset, sizeof(s));
        snprintf(where, sizeof(where), "%s.%s of a row of %s", t->name, f->name, req->what);
        host_told(req->inst, where, s.data, s.len);
    }
}

static void check_required(struct ipam_req *req, const struct record_type *t, const void *rec)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        bool has = record_has(rec, f->number);
        if ((f->flags & FIELD_REQUIRED) != 0 && !has)
            broken("records-valid",
                   "%s emitted a %s without %s, which is required; set the member and its bit", req->what,
                   t->name, f->name);
        if (has && (strcmp(f->name, "id") == 0 || strcmp(f->name, "rev") == 0) && t->cls != CLASS_WIRE)
            broken("records-valid", "%s emitted a %s with %s, which only the host gives; leave it out",
                   req->what, t->name, f->name);
    }
}

/* The field that makes record_import refuse the whole: found by leaving one out after the other. */
static const char *wrong_field(const struct record_type *t, const struct ipam_record *rec)
{
    static __thread union {
        struct ipam_record head;
        char bytes[8192];
    } copy;
    const char *name = "its head";

    memset(&copy, 0, sizeof(copy));
    if (t->size > sizeof(copy) || rec->size > t->size)
        return name;
    for (unsigned i = 0; i < t->field_count; i++) {
        unsigned n = t->fields[i].number;
        struct arena a;
        void *out;
        int rc;
        memcpy(&copy, rec, rec->size);
        copy.head.has[n >> 6] &= ~((uint64_t)1 << (n & 63));
        arena_init(&a, 0);
        rc = record_import(&a, &copy.head, &out);
        arena_fini(&a);
        if (rc == 0)
            name = t->fields[i].name;
    }
    return name;
}

/* The pieces of a text come together and in order, or nobody can put them together. */
static void check_piece(struct ipam_req *req, const struct ipam_config_text *piece)
{
    if (!str_is(piece->part, req->part)) {
        snprintf(req->part, sizeof(req->part), STR_FMT, STR_ARG(piece->part));
        req->next_piece = 0;
    }
    if (piece->seq != req->next_piece)
        broken(
            "records-valid",
            "%s emitted piece %lld of the text of part %s, and the next was %lld; count each part's from 0",
            req->what, (long long)piece->seq, req->part, (long long)req->next_piece);
    req->next_piece = piece->seq + 1;
}

static void check_record(struct ipam_req *req, const struct ipam_record *rec)
{
    const struct record_type *t = rec != NULL ? record_type(rec->type) : NULL;
    struct arena a;
    void *copy;
    int rc;

    if (t == NULL) {
        broken("records-valid", "%s emitted %s; fill in size and type (IPAM_T_*)", req->what,
               rec == NULL ? "NULL" : "a record of an unknown type");
        return;
    }
    arena_init(&a, 0);
    rc = record_import(&a, rec, &copy);
    if (rc == 0) {
        check_required(req, t, copy);
        check_row_texts(req, t, copy);
        if (t->type == IPAM_T_CONFIG_TEXT)
            check_piece(req, copy);
    } else {
        broken("records-valid", "%s emitted a %s whose %s is %s; keep to the limits of ipam-records(5)",
               req->what, t->name, wrong_field(t, rec),
               rc == IPAM_E_TOOBIG ? "larger than its limit" : "not valid (range, enum value or UTF-8)");
    }
    arena_fini(&a);
    if (req->call != NULL && req->call->row != 0 && rec->type != req->call->row)
        broken("records-valid", "%s emitted a %s; its rows are %s", req->what, t->name,
               record_type(req->call->row)->name);
}

static void check_thread(const struct ipam_req *req, const char *what)
{
    if (trial_kind != IPAM_KIND_STORAGE && under_loop() && !on_worker(req->inst->workers[0]))
        broken("done-thread", "%s of %s was called on another thread than the loop's; go there with defer",
               what, req->what);
}

/* Whether the row may go out; locked. */
static int32_t take_row(struct ipam_req *req)
{
    if (req->stopped) {
        unlock();
        broken("emit-after-stop",
               "%s called emit again after it had answered %s; stop and call done with that "
               "status",
               req->what, status_name(req->stop_status));
        lock();
        return req->stop_status;
    }
    if (req->again && !req->cancelled && req->credit == 0) {
        unlock();
        broken("late-host",
               "%s called emit again after IPAM_E_AGAIN without waiting; go on in the function "
               "given to on_credit",
               req->what);
        lock();
        return IPAM_E_AGAIN;
    }
    while (req->credit == 0 && !req->cancelled) {
        if (under_loop() && trial_kind != IPAM_KIND_STORAGE) {
            req->again = true;
            return IPAM_E_AGAIN;
        }
        changed();
        wait_change(now_ms() + 1000);
    }
    req->again = false;
    if (req->cancelled || req->rows + 1 == req->stop_at) {
        req->stopped = true;
        req->stop_status = req->cancelled ? IPAM_E_CANCELED : IPAM_E_NOSPC;
        return req->stop_status;
    }
    if (req->credit > 0)
        req->credit--;
    req->rows++;
    return 0;
}

int32_t host_emit(struct ipam_req *req, const struct ipam_record *rec)
{
    int32_t rc = IPAM_E_BUG;

    if (req_in(req, "emit", "emit-after-done")) {
        check_thread(req, "emit");
        check_record(req, rec);
        lock();
        rc = take_row(req);
        changed();
        unlock();
    }
    host_out();
    return rc;
}

int32_t host_row(struct ipam_req *req, const struct ipam_row *row)
{
    int32_t rc = IPAM_E_BUG;

    if (req_in(req, "row", "emit-after-done")) {
        if (row == NULL || row->size < offsetof(struct ipam_row, columns))
            broken("records-valid", "%s emitted a row without its size", req->what);
        lock();
        rc = take_row(req);
        unlock();
        if (rc == 0 && req->on_row != NULL && row != NULL)
            req->on_row(req, row);
    }
    host_out();
    return rc;
}

void host_step(struct ipam_req *req, const char *step)
{
    if (req_in(req, "step", "emit-after-done")) {
        if (step == NULL || strlen(step) > 32)
            broken("log-events", "step of %s got %s; give a static text of at most 32 bytes", req->what,
                   step == NULL ? "NULL" : "a longer text");
        else
            host_told(req->inst, "a step", step, strlen(step));
    }
    host_out();
}

int32_t host_cancelled(struct ipam_req *req)
{
    int32_t cancelled = 1;

    if (req_in(req, "cancelled", "emit-after-done")) {
        lock();
        cancelled = req->cancelled;
        unlock();
    }
    host_out();
    return cancelled;
}

int64_t host_deadline_ms(struct ipam_req *req)
{
    int64_t deadline = 0;

    if (req_in(req, "deadline_ms", "emit-after-done"))
        deadline = req->deadline;
    host_out();
    return deadline;
}

int32_t host_edit(struct ipam_req *req, uint32_t index, uint32_t *ret_verb,
                  const struct ipam_record **ret_before, const struct ipam_record **ret_after)
{
    int32_t rc = IPAM_E_NOENT;

    if (req_in(req, "edit", "emit-after-done") && index < req->edit_count) {
        *ret_verb = req->edits[index].verb;
        *ret_before = req->edits[index].before;
        *ret_after = req->edits[index].after;
        rc = 0;
    }
    host_out();
    return rc;
}

static void check_outcome_text(struct ipam_req *req, const struct ipam_outcome *info, unsigned number,
                               const char *name, struct ipam_str s)
{
    char where[128];

    if (!IPAM_HAS_FIELD(info, number) || s.data == NULL)
        return;
    snprintf(where, sizeof(where), "%s of the outcome of %s", name, req->what);
    host_told(req->inst, where, s.data, s.len);
    if (number == IPAM_OUTCOME_MESSAGE)
        snprintf(req->message, sizeof(req->message), "%.*s", (int)(s.len < 250 ? s.len : 250), s.data);
}

static void check_outcome(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    struct arena a;
    void *copy;

    arena_init(&a, 0);
    if (info->type != IPAM_T_OUTCOME || record_import(&a, (const struct ipam_record *)info, &copy) < 0) {
        broken("outcome-valid",
               "done of %s got an outcome that is not valid; fill in size and type, and keep to "
               "the limits of ipam-records(5)",
               req->what);
    } else {
        const struct ipam_outcome *o = copy;
        check_outcome_text(req, o, IPAM_OUTCOME_MESSAGE, "message", o->message);
        check_outcome_text(req, o, IPAM_OUTCOME_NATIVE, "native", o->native);
        check_outcome_text(req, o, IPAM_OUTCOME_TOKEN, "token", o->token);
        check_outcome_text(req, o, IPAM_OUTCOME_CURSOR, "cursor", o->cursor);
        req->done_flags = IPAM_HAS_FIELD(o, IPAM_OUTCOME_FLAGS) ? o->flags : 0;
        if ((req->done_flags & ~(int64_t)(IPAM_DONE_COMPLETE | IPAM_DONE_DELTA)) != 0)
            broken("outcome-valid", "done of %s got unknown flags; use IPAM_DONE_*", req->what);
        if (status < 0 && (req->done_flags & IPAM_DONE_COMPLETE) != 0)
            broken("outcome-valid", "done of %s says %s and IPAM_DONE_COMPLETE; what failed is not complete",
                   req->what, status_name(status));
    }
    arena_fini(&a);
}

/* A call that the host itself ended needs no words. */
static bool must_explain(const struct ipam_req *req, int32_t status)
{
    return status < 0 && status != IPAM_E_CANCELED && status != IPAM_E_NOMEM && !req->cancelled &&
           !(req->stopped && status == req->stop_status) &&
           !(status == IPAM_E_TIMEOUT && req->deadline > 0 && now_ms() >= req->deadline);
}

static void check_status(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    if (status > 0 || status_name(status) == NULL)
        broken("known-status", "done of %s says %d; use IPAM_OK or one of IPAM_E_*", req->what, (int)status);
    if (info != NULL)
        check_outcome(req, status, info);
    if (must_explain(req, status) && req->message[0] == '\0')
        broken("error-has-message",
               "done of %s says %s without a message; say what happened, where, and what to "
               "do",
               req->what, status_name(status) != NULL ? status_name(status) : "an error");
    if (req->stopped && status == IPAM_OK)
        broken("emit-after-stop",
               "done of %s says IPAM_OK although emit had answered %s and rows are missing; end "
               "with emit's status",
               req->what, status_name(req->stop_status));
}

void host_done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    if (req_in(req, "done", "done-once")) {
        check_thread(req, "done");
        check_status(req, status, info);
        lock();
        /* Done that comes while cancel runs on another thread waits for it, but not for ever: the plugin may
         * hold a lock that its cancel wants. */
        for (int64_t until = now_ms() + CANCEL_MS; req->cancelling && wait_change(until);)
            continue;
        req->done = true;
        req->done_count++;
        req->status = status;
        atomic_fetch_add(&area->calls, 1);
        if (status == IPAM_OK)
            atomic_fetch_add(&area->answered_ok, 1);
        if (guarding)
            keep_seal(req->keep, "string-lifetime",
                      "memory of a request (arguments, edits, alloc) was touched after "
                      "its done; copy what is needed later");
        req->inst->under_way--;
        changed();
        unlock();
    }
    host_out();
}

static void run_credit(void *arg)
{
    struct ipam_req *req = arg;
    void (*run)(void *) = NULL;
    struct entry e;

    lock();
    if (req->done) { /* its cancel may have ended it */
        req->credit_run = NULL;
    } else if (req->credit != 0 || req->cancelled) { /* posted twice, the first may have spent it */
        run = req->credit_run;
        req->credit_run = NULL;
    }
    unlock();
    if (run == NULL || req->inst->state == INST_CLOSED)
        return;
    enter(&e, req->inst, "a function of on_credit");
    run(req->credit_user);
    leave(&e);
}

void host_on_credit(struct ipam_req *req, void (*run)(void *), void *user)
{
    bool now = false;

    if (req_in(req, "on_credit", "emit-after-done")) {
        lock();
        req->credit_run = run;
        req->credit_user = user;
        now = req->credit != 0 || req->cancelled;
        unlock();
        if (now)
            worker_post(req->inst->workers[0], run_credit, req);
    }
    host_out();
}

void req_credit(struct ipam_req *req, int64_t rows)
{
    bool wanted;

    lock();
    if (rows < 0)
        req->credit = -1;
    else if (req->credit >= 0)
        req->credit += rows;
    wanted = req->credit_run != NULL;
    changed();
    unlock();
    if (wanted)
        worker_post(req->inst->workers[0], run_credit, req);
}

/* The plugin's own cancel, and what the host does beside it. */
void cancel_now(struct ipam_inst *inst, struct ipam_req *req)
{
    struct entry e;

    if (trial_kind == IPAM_KIND_STORAGE || ops.common.cancel == NULL)
        return;
    enter(&e, inst, "cancel");
    ops.common.cancel(inst->ctx, req);
    leave(&e);
}

static void run_cancel(void *arg)
{
    struct ipam_req *req = arg;
    bool done;

    lock();
    done = req->done;
    unlock();
    if (done || req->inst->state != INST_OPEN)
        return;
    cancel_now(req->inst, req);
    run_credit(req);
}

void req_cancel(struct ipam_req *req)
{
    bool over, loop = under_loop() && trial_kind != IPAM_KIND_STORAGE;

    lock();
    over = req->done;
    req->cancelled = true;
    req->want_cancel = false;
    req->cancelling = !over && !loop;
    changed();
    unlock();
    if (over)
        return;
    if (loop) {
        worker_post(req->inst->workers[0], run_cancel, req);
        return;
    }
    cancel_now(req->inst, req);
    lock();
    req->cancelling = false;
    changed();
    unlock();
}
