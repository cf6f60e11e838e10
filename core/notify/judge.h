/* judge.h - which alert an object deserves at a moment, and the alert made so. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An object has at most one alert. It is added when the object leaves what is in order, set when what is wrong with
 * it becomes another, and deleted when it is in order again or gone: each time one revision, so one item of the feed. */
#ifndef NOTIFY_JUDGE_H
#define NOTIFY_JUDGE_H

#include "model/rules.h"

struct verdict {
    bool wrong;    /* it deserves an alert, */
    uint32_t kind; /* IPAM_ALERT_KIND_* */
    bool again;    /* which is told again at each run */
};
/* Of a block, subnet, range or address. */
struct verdict judge(const struct view *v, const void *row, int64_t now);

/* The record that an alert is about. */
uint32_t judge_type(const struct ipam_alert *a);

/* Whether the alert about the object with that id is another than it deserves, or (`telling`) is to be told again;
 * `row` NULL: it has gone. */
bool judge_differs(const struct view *v, const void *row, int64_t object, int64_t now, bool telling);
/* Makes it so, in the draft. True when something was drafted. */
bool judge_apply(struct draft *d, const void *row, int64_t object, bool telling);

#endif
