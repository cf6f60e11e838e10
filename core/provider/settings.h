/* settings.h - how the operator wants a plugin to be run.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_SETTINGS_H
#define PROVIDER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum isolation { ISOLATION_PROCESS, ISOLATION_NONE };

struct plugin_settings {
    enum isolation isolation;
    bool critical;            /* ipamd does not start without it */
    unsigned helpers;         /* processes that share its instances, 1-64; 0: one */
    unsigned max_concurrency; /* calls of an instance at once, 1-64; 0: as the plugin says */
    int64_t timeout_ms;       /* that a call may take at the most; 0: as its caller says */
    unsigned memory_mib;      /* of a helper; 0: 1024 */
};

#endif
