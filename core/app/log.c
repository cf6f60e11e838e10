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
