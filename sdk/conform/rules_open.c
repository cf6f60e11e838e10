/* rules_open.c - opening and closing: options, check, host tables of other sizes, instances side by side.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

/* --- options ------------------------------------------------------------------------------------------ */

static bool option_read[OPTION_COUNT], opened_once;

static void open_with(struct ipam_inst *inst)
{
    if (inst_open(inst) == 0)
        opened_once = true;
    inst_close(inst);
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        option_read[i] |= inst->values[i].read;
}

static void open_with_value(const char *name, const char *text)
{
    struct ipam_inst *inst = inst_new(0, MAKE_ALL);

    values_set(inst->values, name, text);
    open_with(inst);
}

static void open_with_values(const struct ipam_option *o)
{
    char text[32];

    for (unsigned i = 0; o->kind == IPAM_OPT_ENUM && o->names[i] != NULL; i++)
        open_with_value(o->name, o->names[i]);
    if (o->kind == IPAM_OPT_BOOL) {
        open_with_value(o->name, "true");
        open_with_value(o->name, "false");
    }
    if (o->kind == IPAM_OPT_INT || o->kind == IPAM_OPT_DURATION) {
        const char *unit = o->kind == IPAM_OPT_DURATION ? "ms" : "";
        snprintf(text, sizeof(text), "%" PRId64 "%s", o->min, unit);
        open_with_value(o->name, text);
        snprintf(text, sizeof(text), "%" PRId64 "%s", o->max, unit);
        open_with_value(o->name, text);
    }
}

static void run_check(struct ipam_inst *inst)
{
    struct entry e;

    inst->checking = true;
    enter(&e, inst, "check");
    plugin->check(inst, &host_table);
    leave(&e);
    inst->checking = false;
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        option_read[i] |= inst->values[i].read;
}

void try_options(void)
{
    unsigned count = option_count();

    if (count == 0)
        trial_skip("the plugin has no options");
    if (trial_kind == IPAM_KIND_STORAGE)
        schema_any();
    if (plugin->check != NULL)
        run_check(inst_new(0, MAKE_ALL));
    open_with(inst_new(0, MAKE_NEEDED));
    open_with(inst_new(0, MAKE_ALL));
    for (unsigned i = 0; i < count && !trial_late(); i++)
        open_with_values(plugin->options[i]);
    if (!opened_once)
        trial_unjudged("open refuses all values that can be made up; give what it needs with --options");
    for (unsigned i = 0; i < count; i++)
        if (!option_read[i])
            broken("options-honoured",
                   "'%s' is declared but neither open nor check reads it, whatever the other "
                   "options say; read it or take it out of the table",
                   plugin->options[i]->name);
}

void try_check(void)
{
    unsigned threads, files;

    if (plugin->check == NULL)
        trial_skip("the plugin has no check");
    threads = count_threads();
    files = count_files();
    run_check(inst_new(0, MAKE_NEEDED));
    run_check(inst_new(0, MAKE_ALL));
    if (count_threads() != threads || count_files() != files)
        broken("check",
               "check left a thread or a descriptor open; it only reads options: no file, no network");
}

/* --- opening ------------------------------------------------------------------------------------------ */

void try_open(void)
{
    for (unsigned i = 0; i < 20; i++) {
        struct ipam_inst *inst = inst_opened(i % 2);
        inst_close(inst);
    }
}

void try_after_close(void)
{
    struct ipam_inst *inst = inst_opened(0);

    run_battery(inst);
    inst_close(inst);
    sleep_ms(300);
}

void try_thread(void)
{
    struct ipam_inst *first, *second;
    struct ipam_req *before, *after;

    if (ops.common.thread_model != IPAM_THREAD_SERIAL)
        trial_skip("the plugin is not SERIAL");
    first = inst_opened(0);
    before = req_run(first, &calls[0], FILL_ORDINARY);
    second = inst_new(0, MAKE_NEEDED); /* another thread, while the first is still there */
    inst_close(first);
    if (inst_open(second) < 0) {
        broken("serial-thread",
               "a second instance, on another thread, is not opened: %s; what is bound to a thread "
               "belongs in the context",
               second->open_error);
        return;
    }
    after = req_run(second, &calls[0], FILL_ORDINARY);
    if (before->status == IPAM_OK && after->status != IPAM_OK)
        broken("serial-thread",
               "probe was answered on the first instance's thread, and %s on the next one's; what "
               "is bound to a thread belongs in the context",
               status_name(after->status));
    inst_close(second);
}

/* --- host tables of other sizes ----------------------------------------------------------------------- */

static struct ipam_inst *open_under(const struct ipam_host *host)
{
    struct ipam_inst *inst = inst_new(0, MAKE_NEEDED);

    inst->host = host;
    inst_open(inst);
    return inst;
}

static void try_size(size_t size)
{
    struct ipam_host cut = host_table;
    struct ipam_inst *inst;

    cut.size = (uint32_t)size;
    inst = open_under(guard_copy(&cut, size, "older-host",
                                 "a member beyond the size of the "
                                 "host's table was touched; test it with IPAM_HAS"));
    if (inst->state == INST_OPEN) {
        run_battery(inst);
        inst_close(inst);
    }
}

void try_older(void)
{
    static const size_t sizes[] = { offsetof(struct ipam_host, option_list),
                                    offsetof(struct ipam_host, caps_changed),
                                    offsetof(struct ipam_host, watch_fd),
                                    offsetof(struct ipam_host, on_credit) };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        try_size(sizes[i]);
}

static void not_there(void)
{
    broken("newer-host",
           "a function that this ABI does not know was called in %s; call only what the headers name",
           atomic_load(&area->stage));
    trial_end();
}

void try_newer(void)
{
    struct {
        struct ipam_host host;
        void (*more[32])(void);
    } larger = { .host = host_table };
    struct ipam_inst *inst;

    for (unsigned i = 0; i < 32; i++)
        larger.more[i] = not_there;
    larger.host.size = sizeof(larger);
    inst = open_under((const struct ipam_host *)&larger);
    if (inst->open_status < 0) {
        inst_opened(0); /* or it cannot be judged */
        broken("newer-host",
               "open answers %s (%s) under a host whose table is larger, and IPAM_OK under this one; "
               "only what is missing may be a reason",
               status_name(inst->open_status), inst->open_error);
        return;
    }
    run_battery(inst);
    inst_close(inst);
}

/* --- instances side by side --------------------------------------------------------------------------- */

void try_two(void)
{
    struct ipam_inst *a = inst_opened(0), *b = inst_new(1, MAKE_NEEDED);

    if (inst_open(b) < 0) {
        broken("two-instances",
               "a second instance beside the first is not opened: %s %s; instances share nothing",
               status_name(b->open_status), b->open_error);
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        run_battery(a);
        run_battery(b);
    }
    if (was_broken("two-instances"))
        trial_end();
    inst_close(b);
    run_battery(a);
    inst_close(a);
}

/* A call of the first instance that does not end before it is given credit. */
static struct ipam_req *start_held(struct ipam_inst *inst)
{
    const struct call *call;
    struct ipam_req *req = NULL;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        req = req_new(inst, call, FILL_ORDINARY);
        req->credit = 0;
        req->deadline = now_ms() + 10 * settings.deadline_ms;
        req_start(req);
        if (!req_wait(req, 50))
            return req;
    }
    return req; /* none emits: the last one is over, and as good as any */
}

/* New options: all that can be made up or, when open refuses so many, what is needed. */
static enum make new_options(void)
{
    struct ipam_inst *inst = inst_new(0, MAKE_ALL);
    int32_t rc = inst_open(inst);

    inst_close(inst);
    return rc == 0 ? MAKE_ALL : MAKE_NEEDED;
}

void try_reload(void)
{
    enum make make = new_options();
    struct ipam_inst *old = inst_opened(0), *new = inst_new(0, make);
    struct ipam_req *held = start_held(old);

    if (inst_open(new) < 0) {
        broken("reload-while-busy",
               "while a call of the first instance runs, a second one is not opened: %s %s; "
               "keep locks and states in the context",
               status_name(new->open_status), new->open_error);
        trial_end();
    }
    run_battery(new);
    req_credit(held, -1);
    req_finish(held, "reload-while-busy");
    inst_close(old);
    run_battery(new);
    inst_close(new);
}
