/* check.c - what is asked of a configuration: that roles, plugins, options, profiles, certificates fit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "app/app_p.h"

int app_load(const char *path, conf_report report, void *user, struct conf **ret)
{
    int problems = conf_load(path, report, user, ret);
    return problems + check_principals(*ret, report, user);
}

struct checker {
    struct providers *providers;
    struct loop *loop;
    unsigned problems;
};

static void on_closed(void *user)
{
    struct checker *k = user;
    loop_stop(k->loop);
}

static void on_ready(void *user, struct stack *s)
{
    struct checker *k = user;
    k->problems = stack_problems(s);
    stack_drop(s);
    providers_close(k->providers, on_closed, k);
}

int app_check(const struct conf *conf, int keeper_fd, conf_report report, void *user)
{
    struct checker k = { 0 };
    int problems = tls_check(conf, report, user);
    k.loop = loop_new();
    k.providers = providers_new(k.loop, keeper_fd);
    providers_sandbox(k.providers, conf->sandbox, app_fences_network(conf));
    stack_prepare(k.providers, conf, report, user, on_ready, &k);
    loop_run(k.loop);
    loop_free(k.loop);
    return problems + (int)k.problems;
}
