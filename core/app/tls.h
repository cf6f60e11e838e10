/* tls.h - the certificates of a configuration's listeners.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_TLS_H
#define APP_TLS_H

#include "conf/conf.h"
#include "http/tls.h"

/* One for each listener, NULL for those without TLS or with a problem, which is reported at its place. */
struct http_tls **tls_read(const struct conf *conf, conf_report report, void *user, int *ret_problems);
void tls_drop(const struct conf *conf, struct http_tls **all); /* NULL-safe */
/* Reports what is no problem yet, or of clients alone, in texts that begin with "warning: ". */
void tls_judge(const struct conf *conf, struct http_tls *const *all, conf_report report, void *user);
/* All of it, for --check-config. Returns the number of problems. */
int tls_check(const struct conf *conf, conf_report report, void *user);

#endif
