/* window.h - a maintenance window: the days and times at which servers may be changed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * "mon-fri 22:00-05:00; sat,sun 00:00-24:00": parts are separated by semicolons, a part without days holds every day.
 * One that ends before it begins lasts into the next day. Times are those of the clock of the service (TZ). */
#ifndef MODEL_WINDOW_H
#define MODEL_WINDOW_H

#include <stdint.h>

#include "base/strbuf.h"

#define WINDOW_PARTS  16
#define WINDOW_SYNTAX "days and times such as \"mon-fri 22:00-05:00; sat,sun 00:00-24:00\""

struct window {
    struct window_part {
        uint8_t days;        /* a bit each, Sunday is 1 */
        uint16_t begin, end; /* minutes of the day, end up to 1440 */
    } parts[WINDOW_PARTS];
    unsigned count;
};
/* 0, or IPAM_E_INVAL. */
int window_parse(struct ipam_str text, struct window *ret);
/* Milliseconds from then (UTC) until it is open; 0: it is. */
int64_t window_wait(const struct window *w, int64_t now_ms);

#endif
