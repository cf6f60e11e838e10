/* app.c - start and stop of the daemon, in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   start: plugins, storage, rows into memory, the default space, interrupted jobs, listeners, waiting plans
 *   stop:  listeners, jobs and plans, the gate, storage, providers */
#include "app/app.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app_p.h"
#include "base/log.h"
#include "base/watchdog.h"

#include "config.h"

#define GRACE_MS      5000  /* for answers under way at the stop */
#define STOP_MOST_MS  20000 /* after which it ends anyway */
#define STUCK_MOST_MS 10000 /* that the loop may stand still; then the supervisor starts ipamd anew */
#define FATAL_MS      200   /* for the answers of a batch whose outcome is not known */

static void stop_next(struct app *a);

void app_fail(struct app *a, int exit_status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    log_eventv(LOG_ERR_, "start-failed", fmt, ap);
    va_end(ap);
    if (a->exit_status == 0)
        a->exit_status = exit_status;
    app_stop(a);
}

/* --- stop --- */

static void on_stopped(void *user)
{
    stop_next(user);
}

static void on_part_stopped(void *user)
{
    struct app *a = user;
    if (--a->stop_parts == 0)
        stop_next(a);
}

/* Jobs and plans wait for each other's turn on a server: they are told together. */
static void stop_work(struct app *a)
{
    a->stop_parts = 3; /* one is ours, so that it ends once, here or later */
    jobs_close(a->jobs, on_part_stopped, a);
    manage_close(a->manage, on_part_stopped, a);
    on_part_stopped(a);
}

static void on_stop_timeout(struct loop_timer *t)
{
    struct app *a = container_of(t, struct app, stop_timer);
    log_event(LOG_WARN_, "stop-forced",
              "something did not end within %d s; ending now: what was acknowledged is durable",
              STOP_MOST_MS / 1000);
    _exit(a->exit_status);
}

static void end_signals(struct app *a)
{
    for (size_t i = 0; i < APP_SIGNALS; i++)
        if (a->signals_open)
            uv_close((uv_handle_t *)&a->signals[i], NULL);
    a->signals_open = false;
}

/* Each step calls on_stopped when it is done; a step whose part was never built is passed over. */
static void stop_next(struct app *a)
{
    for (;;) {
        switch (a->stop_step++) {
        case 0:
            if (a->http != NULL) {
                http_server_close(a->http, GRACE_MS, on_stopped, a);
                return;
            }
            break;
        case 1:
            if (a->jobs != NULL) { /* and so manage: they are built together */
                stop_work(a);
                return;
            }
            break;
        case 2:
            if (a->gate != NULL) {
                gate_close(a->gate, on_stopped, a);
                return;
            }
            break;
        case 3:
            if (a->store != NULL)
                store_close(a->store);
            if (a->providers != NULL) {
                providers_close(a->providers, on_stopped, a);
                return;
            }
            break;
        default:
            timer_stop(&a->stop_timer);
            end_signals(a);
            loop_stop(a->loop);
            return;
        }
    }
}

void app_stop(struct app *a)
{
    if (a->stopping)
        return;
    a->stopping = true;
    notify_say(a->notify, "STOPPING=1\nSTATUS=%s",
               a->exit_status == 0 ? "finishing what is under way" : "ending, for a reason that the log has");
    if (a->api != NULL)
        api_ready(a->api, false);
    timer_start(a->loop, &a->stop_timer, STOP_MOST_MS, on_stop_timeout);
    stop_next(a);
}

static void on_signal(uv_signal_t *h, int signum)
{
    struct app *a = h->data;
    switch (signum) {
    case SIGHUP: reload_begin(a); return;
    case SIGUSR1: app_log_step(a, 1); return;
    case SIGUSR2: app_log_step(a, -1); return;
    default: break;
    }
    if (a->stopping) { /* asked twice: at once */
        log_event(LOG_WARN_, "stop-forced", "second signal %d; ending now", signum);
        _exit(a->exit_status);
    }
    log_event(LOG_NOTE_, "stopping", "signal %d", signum);
    app_stop(a);
}

static void begin_signals(struct app *a)
{
    static const int which[APP_SIGNALS] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < APP_SIGNALS; i++) {
        uv_signal_init(loop_uv(a->loop), &a->signals[i]);
        a->signals[i].data = a;
        uv_signal_start(&a->signals[i], on_signal, which[i]);
    }
    a->signals_open = true;
}

/* --- a batch whose outcome is not known --- */

static void on_fatal_timeout(struct loop_timer *t)
{
    (void)t;
    _exit(70); /* nothing may touch the storage again: recovery is the normal start */
}

static void on_fatal(void *user, const char *message)
{
    struct app *a = user;
    log_event(LOG_ERR_, "ending", "storage failed: %s; ending, so that the next start recovers", message);
    a->exit_status = 70;
    api_ready(a->api, false);
    timer_start(a->loop, &a->fatal_timer, FATAL_MS, on_fatal_timeout);
}

/* --- start --- */

static bool listen_all(struct app *a)
{
    char err[512];
    for (size_t i = 0; i < a->conf->listener_count; i++) {
        const struct conf_listener *l = &a->conf->listeners[i];
        uint16_t port = 0;
        int rc = l->address != NULL
                     ? http_listen_tcp(a->http, l->address, &port, err, sizeof(err))
                     : http_listen_unix(a->http, l->unix_path, (mode_t)l->mode, err, sizeof(err));
        if (rc != 0) {
            app_fail(a, 70, "cannot listen on %s: %s", l->address != NULL ? l->address : l->unix_path, err);
            return false;
        }
        if (l->address != NULL)
            log_event(LOG_NOTE_, "listening", "http://%.*s:%u", (int)(strrchr(l->address, ':') - l->address),
                      l->address, port);
        else
            log_event(LOG_NOTE_, "listening", "unix:%s", l->unix_path);
    }
    return true;
}

void app_say_ready(struct app *a, const char *remark)
{
    notify_say(a->notify, "READY=1\nSTATUS=serving, with %zu plugins and %zu profiles%s",
               a->conf->plugin_count, a->conf->profile_count, remark);
}

void app_serve(struct app *a)
{
    api_ready(a->api, true);
    if (!listen_all(a))
        return;
    manage_recover(a->manage);
    log_event(LOG_NOTE_, "ready", "revision %lld", (long long)state_head(a->state));
    app_say_ready(a, "");
}

static const struct profile *find_profile(void *user, struct ipam_str name)
{
    const struct app *a = user;
    for (size_t i = 0; i < a->conf->profile_count; i++)
        if (str_is(name, a->profiles[i].name))
            return &a->profiles[i];
    return NULL;
}

bool add_principals(struct access *access, const struct conf *conf, char *err)
{
    char why[512];
    bool made;
    for (size_t i = 0; i < conf->token_count; i++) {
        const struct conf_token *t = &conf->tokens[i];
        if (access_add_token(access, t->name, access_role(str_from(t->role)), t->file, &made, why) != 0) {
            snprintf(err, 512, "token %s: %.440s", t->name, why);
            return false;
        }
        if (made)
            log_event(LOG_NOTE_, "token-made", "the token of %s (%s) is in %s", t->name, t->role, t->file);
    }
    for (size_t i = 0; i < conf->peer_count; i++)
        access_add_peer(access, conf->peers[i].uid, access_role(str_from(conf->peers[i].role)));
    return true;
}

struct profile *make_profiles(const struct conf *conf)
{
    struct profile *profiles = xcalloc(conf->profile_count + 1, sizeof(profiles[0]));
    for (size_t i = 0; i < conf->profile_count; i++) {
        const struct conf_profile *p = &conf->profiles[i];
        profiles[i] = (struct profile){ p->name, p->driver, p->options.doc, p->options.value,
                                        stack_base(conf, p->driver).value };
    }
    return profiles;
}

/* Everything above storage, once its rows are in memory. */
void app_build(struct app *a)
{
    a->gate = gate_new(a->loop, a->state, a->store, on_fatal, a);
    a->jobs = jobs_new(a->gate);
    struct fleet_config fc = { a->loop, a->providers, a->state, find_profile, a, app_secret, a };
    a->fleet = fleet_new(&fc);
    struct collect_config cc = { a->fleet, a->state, a->store, a->gate, a->jobs };
    a->collect = collect_new(&cc);
    struct manage_config mc = { a->loop, a->fleet, a->state, a->store, a->gate, app_read_back, a };
    a->manage = manage_new(&mc);
    struct api_config ac = { .loop = a->loop,
                             .access = a->access,
                             .state = a->state,
                             .store = a->store,
                             .gate = a->gate,
                             .jobs = a->jobs,
                             .fleet = a->fleet,
                             .collect = a->collect,
                             .manage = a->manage,
                             .providers = a->providers,
                             .version = PACKAGE_VERSION };
    a->api = api_new(&ac);
    a->http = http_server_new(a->loop, &http_limits_default, api_handle, a->api);
    http_server_on_bad(a->http, api_bad_request);
    recover_start(a);
}

static void on_store_opened(void *user, int status, const char *message)
{
    struct app *a = user;
    if (a->stopping)
        return;
    if (status != 0) {
        app_fail(a, status == IPAM_E_CONFIG ? 78 : 70, "storage: %s", message);
    } else {
        notify_say(a->notify, "STATUS=reading the database");
        load_start(a);
    }
}

static void log_problem(void *user, const char *text)
{
    (void)user;
    log_event(LOG_ERR_, "plugin-refused", "%s", text);
}

static void log_plugins(const struct app *a)
{
    struct plugin_info info;
    for (size_t i = 0; i < a->conf->plugin_count; i++) {
        const struct plugin *pl = plugin_find(a->providers, str_from(a->conf->plugins[i].name));
        if (pl == NULL)
            continue;
        plugin_info(pl, &info);
        log_event(LOG_INFO_, "plugin-loaded", "%s %s (%s)", info.name, info.version,
                  info.settings.isolation == ISOLATION_PROCESS ? "in its own process" : "in this process");
    }
}

static void on_stack_ready(void *user, struct stack *s)
{
    struct app *a = user;
    struct plugin *storage = stack_storage(s);
    if (a->stopping || stack_fatal(s) > 0) {
        stack_drop(s);
        if (!a->stopping)
            app_fail(a, 78, "the configuration does not fit its plugins");
        return;
    }
    stack_use(s);
    log_plugins(a);
    a->store = store_open(a->providers, storage, a->conf->storage.options.doc, a->conf->storage.options.value,
                          on_store_opened, a);
}

static void app_free(struct app *a)
{
    manage_free(a->manage);
    collect_free(a->collect);
    fleet_free(a->fleet);
    jobs_free(a->jobs);
    api_free(a->api);
    access_free(a->access);
    state_free(a->state);
    free(a->profiles);
    conf_free(a->conf);
    loop_free(a->loop);
}

int app_run(const char *path, struct conf *conf, int keeper_fd)
{
    struct app a = { .conf_path = path, .conf = conf };
    struct watchdog *watchdog;
    char err[512];
    a.loop = loop_new();
    a.state = state_new();
    a.access = access_new();
    a.profiles = make_profiles(conf);
    begin_signals(&a);
    a.notify = notify_new();
    notify_say(a.notify, "STATUS=loading plugins");
    notify_watchdog(a.notify, a.loop);
    a.providers = providers_new(a.loop, keeper_fd);
    watchdog = watchdog_start(a.loop, STUCK_MOST_MS, 70);
    if (add_principals(a.access, conf, err))
        stack_prepare(a.providers, conf, log_problem, NULL, on_stack_ready, &a);
    else
        app_fail(&a, 78, "%s", err);
    loop_run(a.loop);
    watchdog_stop(watchdog);
    notify_free(a.notify);
    app_free(&a);
    return a.exit_status;
}
