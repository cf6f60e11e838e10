/* check.c - what --check-config asks of plugins: that they load, and that options and profiles fit them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "app/app_p.h"

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
    k.loop = loop_new();
    k.providers = providers_new(k.loop, keeper_fd);
    stack_prepare(k.providers, conf, report, user, on_ready, &k);
    loop_run(k.loop);
    loop_free(k.loop);
    return (int)k.problems;
}
