/* reload.c - the configuration anew, at SIGHUP: prepared beside the one in use, then exchanged or dropped.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Requests go on meanwhile. An instance whose plugin or options are others is opened anew when its turn
 * comes, after what is under way on its server. */
#include <stdlib.h>
#include <string.h>

#include "app/app_p.h"
#include "base/clock.h"
#include "base/log.h"

struct reload {
    struct app *app;
    struct conf *conf;
    struct access *access;
    struct http_tls **tls;
};

static void report(void *user, const char *text)
{
    (void)user;
    log_event(LOG_ERR_, "reload-problem", "%s", text);
}

static void finish(struct reload *r)
{
    struct app *a = r->app;
    access_free(r->access);
    tls_drop(r->conf, r->tls); /* both configurations have the same listeners by now, or r->tls is NULL */
    conf_free(r->conf);
    free(r);
    a->reload = NULL;
    if (a->reload_again) {
        a->reload_again = false;
        reload_begin(a);
    }
}

static void refuse_all(struct reload *r)
{
    log_event(LOG_ERR_, "reload-refused",
              "the configuration stays as it was: mend what is named above, and reload again");
    if (!r->app->stopping)
        app_say_ready(r->app, "; the new configuration was refused, the log says why");
    finish(r);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_listeners(const struct conf *a, const struct conf *b)
{
    bool same = a->listener_count == b->listener_count;
    for (size_t i = 0; same && i < a->listener_count; i++)
        same = same_text(a->listeners[i].address, b->listeners[i].address) &&
               same_text(a->listeners[i].unix_path, b->listeners[i].unix_path) &&
               a->listeners[i].mode == b->listeners[i].mode &&
               (a->listeners[i].tls.place.doc == NULL) == (b->listeners[i].tls.place.doc == NULL);
    return same;
}

static bool same_storage(const struct conf *a, const struct conf *b)
{
    return same_text(a->storage.name, b->storage.name) &&
           json_same(a->storage.options.value, b->storage.options.value);
}

static bool same_audit(const struct conf_audit *a, const struct conf_audit *b)
{
    bool same = a->sink_count == b->sink_count && a->interval_ms == b->interval_ms &&
                same_text(a->key, b->key) && same_text(a->next_key, b->next_key) &&
                same_text(a->checkpoints, b->checkpoints);
    for (size_t i = 0; same && i < a->sink_count; i++)
        same = same_text(a->sinks[i].file, b->sinks[i].file) &&
               same_text(a->sinks[i].syslog, b->sinks[i].syslog);
    return same;
}

/* What only a new start can change. Returns the number of problems. */
static int check_fixed(const struct conf *old, const struct conf *new)
{
    int problems = 0;
    if (!same_text(old->node, new->node) && ++problems)
        report(NULL, "\"node\" is another; restart ipamd to change it");
    if (!same_listeners(old, new) && ++problems)
        report(NULL, "\"listen\" is another; restart ipamd to change it");
    if (!same_text(old->master_key, new->master_key) && ++problems)
        report(NULL, "\"master_key\" is another; restart ipamd to change it");
    if ((!same_text(old->user, new->user) || !same_text(old->group, new->group)) && ++problems)
        report(NULL, "\"user\" or \"group\" is another; restart ipamd to change it");
    if (!same_storage(old, new) && ++problems)
        report(NULL, "\"storage\" is another; restart ipamd to change it");
    if (!same_audit(&old->audit, &new->audit) && ++problems)
        report(NULL, "\"audit\" is another; restart ipamd to change it");
    return problems + app_sandbox_reload(old, new, report, NULL);
}

static void exchange(struct reload *r, struct stack *s)
{
    struct app *a = r->app;
    struct profile *old_profiles = a->profiles;
    struct conf *old = a->conf;
    stack_use(s);
    a->profiles = make_profiles(r->conf);
    a->conf = r->conf;
    r->conf = old;
    bool same = access_same(a->access, r->access);
    access_exchange(a->access, r->access);
    for (size_t i = 0; i < a->conf->listener_count; i++)
        if (a->tls[i] != NULL)
            http_tls_exchange(a->tls[i], r->tls[i]);
    if (!same)
        feed_end(a->feed); /* of tokens that are none any more, too */
    app_log_as(a->conf);
    providers_log_changed(a->providers);
    if (a->fleet != NULL)
        fleet_reload(a->fleet);
    app_open_realms(a);
    if (a->prober != NULL)
        app_open_prober(a);
    if (a->tasks != NULL)
        tasks_configure(a->tasks, a->conf);
    if (a->archive != NULL)
        archive_policy(a->archive, a->conf->archive.most, a->conf->archive.keep_ms);
    if (a->plan_tasks != NULL)
        notify_tasks_configure(a->plan_tasks, a->conf);
    free(old_profiles);
    log_event(LOG_NOTE_, "reloaded", "%zu plugins, %zu profiles", a->conf->plugin_count,
              a->conf->profile_count);
    app_say_ready(a, "");
}

static void on_ready(void *user, struct stack *s)
{
    struct reload *r = user;
    if (r->app->stopping || stack_fatal(s) > 0) {
        stack_drop(s);
        refuse_all(r);
        return;
    }
    exchange(r, s);
    finish(r);
}

/* A certificate that nobody would take is not exchanged for one that may be good. */
static int check_expiry(const struct reload *r)
{
    int problems = 0;
    for (size_t i = 0; i < r->conf->listener_count; i++) {
        int64_t from, until, now = clock_wall_ms();
        if (r->tls[i] == NULL)
            continue;
        http_tls_validity(r->tls[i], &from, &until);
        problems += now > until || now < from;
    }
    if (problems > 0)
        tls_judge(r->conf, r->tls, report, NULL);
    else
        log_certificates(r->conf, r->tls);
    return problems;
}

static bool read_new_certificates(struct reload *r)
{
    int problems;
    r->tls = tls_read(r->conf, report, NULL, &problems);
    return problems == 0 && check_expiry(r) == 0;
}

void reload_begin(struct app *a)
{
    struct reload *r;
    char err[512];
    if (a->stopping || a->fleet == NULL) {
        log_event(LOG_WARN_, "reload-refused", "ipamd is starting or stopping: reload when it is ready");
        return;
    }
    if (a->reload != NULL) {
        a->reload_again = true;
        return;
    }
    log_event(LOG_NOTE_, "reloading", "%s", a->conf_path);
    notify_reloading(a->notify);
    a->reload = r = xcalloc(1, sizeof(*r));
    r->app = a;
    r->access = access_new();
    if (app_load(a->conf_path, report, NULL, &r->conf) != 0 || check_fixed(a->conf, r->conf) != 0 ||
        !read_new_certificates(r)) {
        refuse_all(r);
        return;
    }
    if (!add_principals(r->access, r->conf, err)) {
        report(NULL, err);
        refuse_all(r);
        return;
    }
    stack_prepare(a->providers, r->conf, report, NULL, on_ready, r);
}
