/* check.h - options that depend on each other, judged by the plugin itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_CHECK_H
#define PROVIDER_CHECK_H

#include "provider/load.h"

/* Calls the plugin's `check` in this process. */
void check_run(const struct plugin *pl, const struct json *options, const struct json *base,
               void (*problem)(void *user, const char *option, const char *message), void *user);
/* What `ipam-provider-host --check NAME` does: reads a JSON options object, prints the problems as JSON: those
 * of the table, or else of the plugin. 0, or IPAM_E_INVAL when there are some. */
int check_answer(const struct plugin *pl, struct ipam_str options, struct strbuf *out);

#endif
