/* app.c - start and stop of the daemon, in order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   start: listeners (which say: not ready), plugins, storage, rows into memory, the default space,
 *          interrupted jobs, waiting plans
 *   stop:  streams, listeners, jobs and plans, the gate, evidence, storage, providers */
#include "app/app.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "app/app_p.h"
#include "base/log.h"
#include "base/usage.h"
#include "base/watchdog.h"

#include "config.h"

#define GRACE_MS      5000       /* for answers under way at the stop */
#define STOP_MOST_MS  20000      /* after which it ends anyway */
#define STUCK_MOST_MS 10000      /* that the loop may stand still; then the supervisor starts ipamd anew */
#define RESERVE       (8u << 20) /* of memory: two batches of the largest change set */
#define FILES_OWN     512        /* descriptors for everything but clients */
#define FATAL_MS      200        /* for the answers of a batch whose outcome is not known */

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
    a->stop_parts = 4; /* one is ours, so that it ends once, here or later */
    identities_close(a->identities, on_part_stopped, a);
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
            if (a->evidence != NULL) {
                evidence_close(a->evidence, on_stopped, a);
                return;
            }
            break;
        case 4:
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
    tasks_stop(a->tasks);
    notify_tasks_stop(a->plan_tasks);
    if (a->conflicts != NULL)
        conflicts_stop(a->conflicts);
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
        int rc = uv_signal_init(loop_uv(a->loop), &a->signals[i]);
        a->signals[i].data = a;
        if (rc == 0)
            rc = uv_signal_start(&a->signals[i], on_signal, which[i]);
        if (rc != 0) {
            log_event(LOG_ERR_, "start-failed",
                      "signals cannot be watched: %s; look at the limits of the process and of the system",
                      uv_strerror(rc));
            _exit(EX_OSERR);
        }
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

static void log_certificate(void *user, const char *text)
{
    (void)user;
    log_event(LOG_WARN_, "certificate-trouble", "%s", text);
}

void log_certificates(const struct conf *conf, struct http_tls *const *tls)
{
    tls_judge(conf, tls, log_certificate, NULL);
}

static void log_tls_problem(void *user, const char *text)
{
    (void)user;
    log_event(LOG_ERR_, "certificate-refused", "%s", text);
}

static bool read_certificates(struct app *a)
{
    int problems;
    a->tls = tls_read(a->conf, log_tls_problem, NULL, &problems);
    log_certificates(a->conf, a->tls);
    if (problems > 0)
        app_fail(a, 78, "a listener's certificate or key cannot be used");
    return problems == 0;
}

static bool listen_all(struct app *a)
{
    char err[512];
    for (size_t i = 0; i < a->conf->listener_count; i++) {
        const struct conf_listener *l = &a->conf->listeners[i];
        uint16_t port = 0;
        int rc = a->tls[i] != NULL ? http_listen_tls(a->http, l->address, a->tls[i], &port, err, sizeof(err))
                 : l->address != NULL
                     ? http_listen_tcp(a->http, l->address, &port, err, sizeof(err))
                     : http_listen_unix(a->http, l->unix_path, (mode_t)l->mode, err, sizeof(err));
        if (rc != 0) {
            app_fail(a, 70, "cannot listen on %s: %s", l->address != NULL ? l->address : l->unix_path, err);
            return false;
        }
        if (l->address != NULL)
            log_event(LOG_NOTE_, "listening", "%s://%.*s:%u", a->tls[i] != NULL ? "https" : "http",
                      (int)(strrchr(l->address, ':') - l->address), l->address, port);
        else
            log_event(LOG_NOTE_, "listening", "unix:%s", l->unix_path);
    }
    return true;
}

/* Before anything is loaded: from here on whoever asks is told that it is not ready yet. */
static bool listen_first(struct app *a)
{
    struct http_limits limits = http_limits_default;
    uint64_t files = usage_raise_files(limits.connections_max + FILES_OWN);
    if (files < limits.connections_max + FILES_OWN) {
        limits.connections_max = files > 2 * FILES_OWN ? (unsigned)(files - FILES_OWN) : (unsigned)files / 2;
        log_event(
            LOG_WARN_, "few-files",
            "%llu descriptors are allowed, so %u connections are taken at a time; allow %u for all of %u",
            (unsigned long long)files, limits.connections_max,
            http_limits_default.connections_max + FILES_OWN, http_limits_default.connections_max);
    }
    a->api = api_new(&(struct api_config){
        .loop = a->loop, .access = a->access, .state = a->state, .version = PACKAGE_VERSION });
    a->http = http_server_new(a->loop, &limits, api_handle, a->api);
    http_server_on_bad(a->http, api_bad_request);
    return read_certificates(a) && listen_all(a);
}

void app_say_ready(struct app *a, const char *remark)
{
    notify_say(a->notify, "READY=1\nSTATUS=serving, with %zu plugins and %zu profiles%s",
               a->conf->plugin_count, a->conf->profile_count, remark);
}

void app_serve(struct app *a)
{
    api_ready(a->api, true);
    vault_start(a->vault);
    manage_abandon(a->manage);
    manage_recover(a->manage);
    tasks_configure(a->tasks, a->conf);
    notify_tasks_configure(a->plan_tasks, a->conf);
    conflicts_start(a->conflicts, a->gate, a->fleet);
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
    struct identities_config ic = { a->loop, a->state, a->gate, a->providers };
    a->identities = identities_new(&ic);
    if (a->identities == NULL) {
        app_fail(a, 71, "there is no thread for passwords: look at the limits of the process");
        return;
    }
    a->jobs = jobs_new(a->gate);
    a->vault = app_vault(a);
    gate_seal(a->gate, vault_tie, a->vault);
    vault_judge_binding(a->vault, state_count(a->state, IPAM_T_ACCESS_SCOPE) == 0);
    struct fleet_config fc = { a->loop, a->providers, a->state, find_profile, a, vault_lookup, a->vault };
    a->fleet = fleet_new(&fc);
    a->archive = archive_new(&(struct archive_config){ a->state, a->store, a->gate, a->vault });
    archive_policy(a->archive, a->conf->archive.most, a->conf->archive.keep_ms);
    struct collect_config cc = { a->fleet, a->state, a->store, a->gate, a->jobs, a->archive };
    a->collect = collect_new(&cc);
    a->tasks = tasks_new(a->loop, a->collect);
    a->plan_tasks =
        notify_tasks_new(&(struct notify_config){ a->loop, a->state, a->store, a->gate, a->jobs });
    struct manage_config mc = { .loop = a->loop,
                                .fleet = a->fleet,
                                .state = a->state,
                                .store = a->store,
                                .gate = a->gate,
                                .read_back = app_read_back,
                                .read_lease = app_read_lease,
                                .applied = app_applied,
                                .user = a,
                                .archive = a->archive };
    a->manage = manage_new(&mc);
    a->prober = prober_new(a->providers);
    app_open_realms(a);
    app_open_prober(a);
    audit_begin(a);
    a->feed = feed_new(&(struct feed_config){ a->loop, a->state, a->store, a->gate, NULL });
    struct api_config ac = { .loop = a->loop,
                             .access = a->access,
                             .state = a->state,
                             .store = a->store,
                             .gate = a->gate,
                             .jobs = a->jobs,
                             .fleet = a->fleet,
                             .collect = a->collect,
                             .tasks = a->tasks,
                             .plan_tasks = a->plan_tasks,
                             .manage = a->manage,
                             .providers = a->providers,
                             .feed = a->feed,
                             .evidence = a->evidence,
                             .vault = a->vault,
                             .archive = a->archive,
                             .identities = a->identities,
                             .prober = a->prober,
                             .http = a->http,
                             .conf_path = a->conf_path,
                             .version = PACKAGE_VERSION };
    api_equip(a->api, &ac);
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
                          false, on_store_opened, a);
}

static void app_free(struct app *a)
{
    identities_free(a->identities);
    prober_free(a->prober);
    manage_free(a->manage);
    tasks_free(a->tasks);
    notify_tasks_free(a->plan_tasks);
    collect_free(a->collect);
    conflicts_free(a->conflicts);
    fleet_free(a->fleet);
    archive_free(a->archive);
    vault_free(a->vault);
    jobs_free(a->jobs);
    api_free(a->api);
    feed_free(a->feed);
    evidence_free(a->evidence);
    access_free(a->access);
    state_free(a->state);
    free(a->profiles);
    tls_drop(a->conf, a->tls);
    conf_free(a->conf);
    loop_free(a->loop);
}

static void on_memory(bool low)
{
    if (low)
        log_event(
            LOG_ERR_, "memory-low",
            "the system gave no memory; what was kept back is used, and nothing new is taken on until there "
            "is more: give the process more memory");
    else
        log_event(LOG_NOTE_, "memory-back", "there is memory again; requests are taken on");
}

static void start(struct app *a, const char *path)
{
    char err[512];
    if (!add_principals(a->access, a->conf, err))
        app_fail(a, 78, "%s", err);
    else if (listen_first(a) && !app_enter_sandbox(path, a->conf))
        app_fail(a, 78, "the sandbox that the configuration requires is not there");
    else if (!a->stopping)
        stack_prepare(a->providers, a->conf, log_problem, NULL, on_stack_ready, a);
}

int app_run(const char *path, struct conf *conf, int keeper_fd)
{
    struct app a = { .conf_path = path, .conf = conf };
    struct watchdog *watchdog;
    memory_reserve(RESERVE, on_memory); /* if not even that can be had, what follows will say so */
    a.loop = loop_new();
    a.state = state_new();
    a.conflicts = conflicts_new(a.loop, a.state);
    a.access = access_new();
    a.profiles = make_profiles(conf);
    begin_signals(&a);
    a.notify = notify_new();
    notify_say(a.notify, "STATUS=loading plugins");
    notify_watchdog(a.notify, a.loop);
    a.providers = providers_new(a.loop, keeper_fd);
    providers_sandbox(a.providers, conf->sandbox, app_fences_network(conf));
    start(&a, path);
    watchdog = watchdog_start(a.loop, STUCK_MOST_MS, 70); /* a thread: it is made in the sandbox */
    loop_run(a.loop);
    watchdog_stop(watchdog);
    notify_free(a.notify);
    app_free(&a);
    return a.exit_status;
}
