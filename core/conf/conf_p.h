/* conf_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CONF_CONF_P_H
#define CONF_CONF_P_H

#include "conf/conf.h"

/* Adds what one file says; returns the number of problems. */
int conf_read(struct conf *conf, const struct json_doc *doc, const char *file, conf_report report,
              void *user);
/* Judges all files together; `path` is the first. Returns the number of problems. */
int conf_check(const struct conf *c, const char *path, conf_report report, void *user);

#endif
