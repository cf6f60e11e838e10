/* provider_fixture.h - plugins in a trusted folder, a running loop, callers that remember.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_FIXTURE_H
#define PROVIDER_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "provider/provider_p.h"

/* Tests of both ways are built twice, the second time with ISOLATION_PROCESS. */
#ifndef TEST_ISOLATION
#define TEST_ISOLATION ISOLATION_NONE
#endif

/* The folder that stands for IPAM_PROVIDER_DIR in the tests' own build of providers.c and of the helper. */
const char *test_provider_dir(void);
/* Loads one more plugin beside those in use, waits, and takes it into use: its status, with the reason in `err`. */
int fixture_add(const char *name, enum isolation how, struct plugin **ret, char *err);
/* The same with everything an operator may set, in place of one of that name. */
int fixture_want(const char *name, const struct plugin_settings *settings, struct plugin **ret, char *err);
/* Makes it; copies the odd plugins in. */
void fixture_folder(void);
void fixture_folder_remove(void);
/* Copies NAME.so of the build tree as AS.so. */
void fixture_copy(const char *name, const char *as);
/* Copies NAME.so of those that are installed. */
void fixture_copy_installed(const char *name);
/* Gives a copy another name, in place of what had it. */
void fixture_rename(const char *as, const char *name);

extern struct loop *loop;
extern struct providers *providers;
extern enum isolation isolation; /* of the plugin odd */

/* A keeper, a loop and providers with the plugin odd. */
int fixture_up(void **state);
/* The same with another helper program. */
int fixture_up_with(void **state, const char *helper, enum sandbox_mode mode);
int fixture_down(void **state);
/* Helpers die of their signals, sanitizer or not. Before fixture_up. */
void fixture_crash_plainly(void);
/* Runs the loop until *flag or 10 s, which fail the test. */
void fixture_wait(const int *flag);
/* Runs the loop for so long. */
void fixture_run(int ms);

/* What a caller heard. */
struct heard {
    int done, status; /* done: how often */
    char message[1024], token[64];
    int64_t flags;
    int records, rows, steps;
    char said[4096];                    /* one line a record, row and step, while there is room */
    uint32_t last;                      /* address of the last lease */
    bool ordered;                       /* leases came in order, without gaps */
    void (*on_record)(struct heard *h); /* NULL: nothing more */
    struct request *req;
};
extern const struct request_events events; /* user is a struct heard */

struct opened {
    int done, status;
    char message[PROVIDER_ERR_MAX];
};
void on_opened(void *user, int status, const char *message);
/* Opens odd with a JSON options object; waits until it is open or has failed when `ret` is not NULL. */
struct instance *open_odd(const char *options, struct opened *ret);
/* read_leases with a way to behave. */
struct request *ask(struct instance *inst, const char *how, int64_t limit, int64_t timeout_ms,
                    struct heard *h);
/* The same, and waits for the answer. */
void ask_and_wait(struct instance *inst, const char *how, int64_t limit, int64_t timeout_ms, struct heard *h);

#endif
