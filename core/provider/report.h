/* report.h - what plugins and instances are doing now, as records for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_REPORT_H
#define PROVIDER_REPORT_H

#include "base/arena.h"
#include "provider/provider.h"

/* Calls `each` for every plugin in use, refused ones included, and every instance. Records live in the arena. Loop
 * thread. */
void providers_report_plugins(struct providers *p, struct arena *a,
                              void (*each)(void *user, struct ipam_plugin_info *rec), void *user);
void providers_report_instances(struct providers *p, struct arena *a,
                                void (*each)(void *user, struct ipam_instance *rec), void *user);

#endif
