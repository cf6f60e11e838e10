/* log.c - how the daemon logs: by its configuration, and a step more or less by signals.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "app/app_p.h"
#include "base/log.h"

void app_log_as(const struct conf *conf)
{
    for (enum log_level l = LOG_ERR_; l <= LOG_DEBUG_; l++)
        if (strcmp(log_level_name(l), conf->log_level) == 0)
            log_set_level(l);
    log_set_format(strcmp(conf->log_format, "json") == 0 ? LOG_JSON : LOG_JOURNALD);
}

void app_log_step(struct app *a, int step)
{
    int level = (int)log_level_now() + step;

    level = level < LOG_ERR_ ? LOG_ERR_ : level > LOG_DEBUG_ ? LOG_DEBUG_ : level;
    log_set_level((enum log_level)level);
    /* At a level that is still logged: whoever sent the signal wants to see what it came to. */
    log_event(level < LOG_NOTE_ ? (enum log_level)level : LOG_NOTE_, "log-level",
              "%s, by a signal, until the next reload", log_level_name((enum log_level)level));
    providers_log_changed(a->providers);
}
