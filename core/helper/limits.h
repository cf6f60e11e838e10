/* limits.h - a helper that looks at its own memory and descriptors, and ends before the system ends it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef HELPER_LIMITS_H
#define HELPER_LIMITS_H

#include "base/loop.h"

struct limits {
    struct loop *loop;
    struct loop_timer timer;
    const char *plugin;
    void (*doing)(void *user, char *buf, size_t size);
    void *user;
    uint64_t memory, files; /* bytes and descriptors that it may have; 0: any */
};
/* From then on, four times a second: over its memory (half of RLIMIT_DATA) or nine tenths of its descriptors
 * (RLIMIT_NOFILE) the process ends with HELPER_EXIT_MEMORY or HELPER_EXIT_FILES, saying so
 * and what calls were under way (`doing`: their names, for people). */
void limits_watch(struct limits *l, struct loop *loop, const char *plugin,
                  void (*doing)(void *user, char *buf, size_t size), void *user);
void limits_end(struct limits *l);

#endif
