/* app_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_APP_P_H
#define APP_APP_P_H

#include "api/api.h"
#include "app/app.h"
#include "app/stack.h"
#include "base/container.h"
#include "base/notify.h"

#define APP_SIGNALS 5

struct reload;

struct app {
    const char *conf_path;
    struct conf *conf;
    struct reload *reload; /* under way */
    bool reload_again;     /* asked for meanwhile */
    struct loop *loop;
    struct notify *notify; /* NULL: no supervisor listens */
    struct providers *providers;
    struct access *access;
    struct state *state;
    struct store *store;
    struct gate *gate;
    struct jobs *jobs;
    struct fleet *fleet;
    struct collect *collect;
    struct manage *manage;
    struct api *api;
    struct http_server *http;
    struct profile *profiles;
    uv_signal_t signals[APP_SIGNALS];
    bool signals_open;
    struct loop_timer stop_timer, fatal_timer;
    bool stopping;
    int stop_step, exit_status;
    unsigned stop_parts; /* of the step under way */
    /* start */
    uint32_t load_type;
    struct intent seed; /* the default space */
};

void app_stop(struct app *a);
/* Logs why, and stops with that exit status. */
void app_fail(struct app *a, int exit_status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Tells the supervisor that requests are served; `remark` goes on in its line for people. */
void app_say_ready(struct app *a, const char *remark);

/* log.c: one step more talkative, or less (-1), until the next reload. */
void app_log_step(struct app *a, int step);

/* load.c: rows into memory, then app_build; the first rows and the interrupted, then app_serve. */
void load_start(struct app *a);
void recover_start(struct app *a);
void app_build(struct app *a);
void app_serve(struct app *a);

/* reload.c: the configuration anew, at SIGHUP. */
void reload_begin(struct app *a);
/* Tokens and peers of a configuration; false with a reason (512 bytes). */
bool add_principals(struct access *access, const struct conf *conf, char *err);
/* The profiles of a configuration, to be freed. */
struct profile *make_profiles(const struct conf *conf);

/* wire.c: what one subsystem lends another. */
int app_secret(void *user, const char *name, uint8_t *buf, size_t cap);
void app_read_back(void *user, struct instance *inst, int64_t server, struct ipam_str native_scope,
                   void (*done)(void *user, int status, const char *message), void *done_user,
                   struct request **ret_current);

#endif
