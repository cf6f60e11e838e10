/* app.h - builds and owns every subsystem; the only one that knows all.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_APP_H
#define APP_APP_H

#include "conf/conf.h"

/* Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration at `path` anew. The configuration is taken
 * over. Returns the exit status: 0, 70 (it failed while running), or 78 (configuration). */
int app_run(const char *path, struct conf *conf, int keeper_fd);

/* Reads the configuration and checks what needs no plugin. Returns the number of problems; *ret is set in any case. */
int app_load(const char *path, conf_report report, void *user, struct conf **ret);

/* Root becomes the user and group of the configuration, if it has any, for good. `keeps`: this process stores; what ipamd
 * keeps is given to them first, and what they may not use is a problem. Returns the number of problems. Before any thread
 * or other process. */
int app_become_user(const char *config, const struct conf *conf, bool keeps, conf_report report, void *user);

/* Logs by "log_level" and "log_format" from now on. */
void app_log_as(const struct conf *conf);

/* Checks what only plugins can: that they load, that their options and the profiles fit; and the certificates of
 * listeners. Returns the number of problems. */
int app_check(const struct conf *conf, int keeper_fd, conf_report report, void *user);

/* Puts the backup in the file into the storage of the configuration, which must be empty unless it is replaced: then
 * what was there is kept aside. Says on stderr what happens. An exit status of sysexits.h. */
int app_restore(const char *config, struct conf *conf, const char *path, bool replace, conf_report report, void *user);
/* Makes the file of the administrator's token anew, of a service that is stopped; prints its path. An exit status of
 * sysexits.h. */
int app_recover(const struct conf *conf, conf_report report, void *user);
/* Looks at the storage without changing it: figures and checks on stdout, one JSON object a line. */
int app_look(struct conf *conf, conf_report report, void *user);

#endif
