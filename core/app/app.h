/* app.h - builds and owns every subsystem; the only one that knows all.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_APP_H
#define APP_APP_H

#include "conf/conf.h"

/* Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration at `path` anew. The configuration is taken
 * over. Returns the exit status: 0, 70 (it failed while running), or 78 (configuration). */
int app_run(const char *path, struct conf *conf, int keeper_fd);

/* Logs by "log_level" and "log_format" from now on. */
void app_log_as(const struct conf *conf);

/* Checks what only plugins can: that they load, that their options and the profiles fit. Returns the number
 * of problems. */
int app_check(const struct conf *conf, int keeper_fd, conf_report report, void *user);

#endif
