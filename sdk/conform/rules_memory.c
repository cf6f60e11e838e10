/* rules_memory.c - memory that runs out, memory that is gone, memory that is never given back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conform.h"

#define FAILS_TRIED 300 /* allocations of one call that are made to fail, one each time */
#define WARM_UP     3
#define CYCLES      6

void try_out_of_memory(void)
{
    struct ipam_inst *inst = inst_opened(0);
    const struct call *call;
    unsigned tried = 0;

    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        uint32_t allocs = req_run(inst, call, FILL_ORDINARY)->allocs;
        for (uint32_t n = 1; n <= allocs && n <= FAILS_TRIED && !trial_late(); n++, tried++) {
            struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);
            req->fail_alloc = n;
            req_start(req);
            req_finish(req, "out-of-memory");
        }
    }
    inst_close(inst);
    if (tried == 0)
        trial_skip("the plugin never uses host->alloc");
}

static void open_failing(unsigned n)
{
    struct ipam_inst *inst = inst_new(0, MAKE_NEEDED);

    alloc_fail_at(n);
    inst_open(inst);
    inst_close(inst);
}

void try_malloc(void)
{
    struct ipam_inst *inst;
    const struct call *call;

    if (!alloc_works())
        trial_skip("this ipam-conform was built with a sanitizer, which has malloc to itself");
    inst = inst_opened(0);
    run_battery(inst);
    inst_close(inst);
    for (unsigned n = 1; n <= FAILS_TRIED && !trial_late(); n++) {
        open_failing(n);
        if (!alloc_failed())
            break;
    }
    alloc_fail_at(0);
    inst = inst_opened(0);
    for (unsigned i = 0; (call = call_at(i)) != NULL; i++) {
        for (unsigned n = 1; n <= FAILS_TRIED && !trial_late(); n++) {
            struct ipam_req *req = req_new(inst, call, FILL_ORDINARY);
            alloc_fail_at(n);
            req_start(req);
            req_finish(req, "malloc-fails");
            if (!alloc_failed())
                break;
        }
    }
    alloc_fail_at(0);
    inst_close(inst);
}

void try_lifetime(void)
{
    struct ipam_inst *inst;

    guarding = true;
    inst = inst_opened(0);
    for (unsigned i = 0; i < 3; i++)
        run_battery(inst);
    inst_close(inst);
    sleep_ms(100);
}

static void cycle(unsigned generation)
{
    struct ipam_inst *inst;

    alloc_generation(generation);
    inst = inst_opened(0);
    run_battery(inst);
    run_battery(inst);
    inst_close(inst);
    inst_free(inst);
}

/* A joined thread is gone from /proc a moment after it was joined. */
static unsigned threads_left(unsigned before)
{
    for (unsigned i = 0; i < 30 && count_threads() > before; i++)
        sleep_ms(5);
    return count_threads();
}

void try_leaks(void)
{
    unsigned threads, files, left, now;
    char where[256] = "";
    size_t bytes;

    worker_free(worker_new()); /* a sanitizer starts a thread of its own with the first one */
    threads = count_threads();
    alloc_watch(alloc_works());
    for (unsigned i = 1; i <= WARM_UP; i++)
        cycle(i);
    files = count_files();
    now = threads_left(threads);
    if (now > threads)
        broken("leaks", "%u threads of the plugin still run after close; end and join them there",
               now - threads);
    for (unsigned i = 1; i <= CYCLES; i++)
        cycle(WARM_UP + i);
    if (count_files() > files)
        broken("leaks",
               "%u descriptors more are open after %d times open, calls and close; close them in close",
               count_files() - files, CYCLES);
    left = alloc_left(WARM_UP + 1, WARM_UP + CYCLES - 1, &bytes, where, sizeof(where));
    if (left >= CYCLES - 1)
        broken("leaks",
               "%u blocks of %zu bytes, made in %d times open, calls and close, are still there; the first "
               "was allocated at %s",
               left, bytes, CYCLES - 1, where);
}
