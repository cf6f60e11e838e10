/* log_quota.h - how much an instance may log: a plugin that repeats itself does not fill the log.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_LOG_QUOTA_H
#define PROVIDER_LOG_QUOTA_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define LOG_BURST     100 /* lines at once */
#define LOG_REFILL_MS 100 /* one more line each */

/* A bucket of lines; any thread. */
struct log_quota {
    pthread_mutex_t lock;
    unsigned left, held; /* lines that may go; lines held back since the last that went */
    int64_t filled_ms;
};
void log_quota_init(struct log_quota *q);
void log_quota_fini(struct log_quota *q);
/* Takes one line: true with the number of lines held back before it. */
bool log_quota_take(struct log_quota *q, int64_t now_ms, unsigned *ret_held);

#endif
