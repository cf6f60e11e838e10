/* app.h - builds and owns every subsystem; the only one that knows all.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_APP_H
#define APP_APP_H

#include "conf/conf.h"

/* Runs the daemon until SIGTERM or SIGINT. Returns the exit status: 0, 70 (it failed while running), or 78
 * (configuration). */
int app_run(const struct conf *conf, int keeper_fd);

/* Checks what only plugins can: that they load, that their options and the profiles fit. Returns the number
 * of problems. */
int app_check(const struct conf *conf, int keeper_fd, conf_report report, void *user);

#endif
