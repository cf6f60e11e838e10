/* reload.c - the configuration anew, at SIGHUP: prepared beside the one in use, then exchanged or dropped.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Requests go on meanwhile. An instance whose plugin or options are others is opened anew when its turn
 * comes, after what is under way on its server. */
#include <stdlib.h>
#include <string.h>

#include "app/app_p.h"
#include "base/log.h"

struct reload {
    struct app *app;
    struct conf *conf;
    struct access *access;
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
               a->listeners[i].mode == b->listeners[i].mode;
    return same;
}

static bool same_storage(const struct conf *a, const struct conf *b)
{
    return same_text(a->storage.name, b->storage.name) &&
           json_same(a->storage.options.value, b->storage.options.value);
}

/* What only a new start can change. Returns the number of problems. */
static int check_fixed(const struct conf *old, const struct conf *new)
{
    int problems = 0;
    if (!same_text(old->node, new->node) && ++problems)
        report(NULL, "\"node\" is another; restart ipamd to change it");
    if (!same_listeners(old, new) && ++problems)
        report(NULL, "\"listen\" is another; restart ipamd to change it");
    if (!same_storage(old, new) && ++problems)
        report(NULL, "\"storage\" is another; restart ipamd to change it");
    return problems;
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
    access_exchange(a->access, r->access);
    app_log_as(a->conf);
    providers_log_changed(a->providers);
    if (a->fleet != NULL)
        fleet_reload(a->fleet);
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
    if (conf_load(a->conf_path, report, NULL, &r->conf) != 0 || check_fixed(a->conf, r->conf) != 0) {
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
