/* log_quota.c - how much an instance may log: a plugin that repeats itself does not fill the log.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/log_quota.h"

void log_quota_init(struct log_quota *q)
{
    pthread_mutex_init(&q->lock, NULL);
    q->left = LOG_BURST;
    q->held = 0;
    q->filled_ms = 0;
}

void log_quota_fini(struct log_quota *q)
{
    pthread_mutex_destroy(&q->lock);
}

bool log_quota_take(struct log_quota *q, int64_t now_ms, unsigned *ret_held)
{
    int64_t more;
    bool well;

    pthread_mutex_lock(&q->lock);
    more = (now_ms - q->filled_ms) / LOG_REFILL_MS;
    if (more > 0) {
        q->left = more > LOG_BURST - q->left ? LOG_BURST : q->left + (unsigned)more;
        q->filled_ms = now_ms;
    }
    well = q->left > 0;
    *ret_held = q->held;
    q->left -= well;
    q->held = well ? 0 : q->held + 1;
    pthread_mutex_unlock(&q->lock);
    return well;
}
