/* app_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_APP_P_H
#define APP_APP_P_H

#include "api/api.h"
#include "app/app.h"
#include "app/stack.h"
#include "app/tls.h"
#include "base/container.h"
#include "base/notify.h"
#include "conflict/conflict.h"

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
    struct vault *vault;
    struct archive *archive;
    struct identities *identities;
    struct prober *prober;
    struct fleet *fleet;
    struct feed *feed;
    struct evidence *evidence; /* NULL: none is wanted */
    struct conflicts *conflicts;
    struct collect *collect;
    struct tasks *tasks;
    struct notify_tasks *plan_tasks;
    struct manage *manage;
    struct api *api;
    struct http_server *http;
    struct http_tls **tls; /* of each listener; NULL where it has none */
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
/* Reports what tls_judge finds, to the log. */
void log_certificates(const struct conf *conf, struct http_tls *const *tls);
/* principals.c: problems of the roles that a configuration names. */
int check_principals(const struct conf *conf, conf_report report, void *user);
/* Its tokens, peers and certificates; false with a reason (512 bytes). */
bool add_principals(struct access *access, const struct conf *conf, char *err);
/* The profiles of a configuration, to be freed. */
struct profile *make_profiles(const struct conf *conf);

/* audit.c: evidence of the change log, when the configuration wants it. */
void audit_begin(struct app *a);
/* realms.c: the identity providers of the configuration, opened; again when it or a secret has changed. */
void app_open_realms(struct app *a);
/* prober.c: the same of the reach provider. */
void app_open_prober(struct app *a);
/* sandbox.c: whether processes of plugins reach their servers' addresses and no others. */
bool app_fences_network(const struct conf *conf);
/* sandbox.c: that of a command which has the storage for itself, before alone_run; false as below. */
bool app_enter_sandbox_alone(const struct conf *conf);
/* sandbox.c: enters the daemon's; false when the configuration wants more of it than there is. */
bool app_enter_sandbox(const char *path, const struct conf *conf);
/* What of a new configuration does not fit into it. Returns the number of problems. */
int app_sandbox_reload(const struct conf *old, const struct conf *new, conf_report report, void *user);

/* wire.c: what one subsystem lends another. */
struct vault *app_vault(struct app *a);
void app_read_back(void *user, struct instance *inst, int64_t server, struct ipam_str native_scope,
                   void (*done)(void *user, int status, const char *message), void *done_user,
                   struct request **ret_current);
void app_applied(void *user, int64_t server, struct ipam_str from, struct ipam_str to);
void app_read_lease(void *user, struct instance *inst, int64_t server, const struct ipam_lease *which,
                    void (*done)(void *user, int status, const char *message), void *done_user,
                    struct request **ret_current);

#endif
