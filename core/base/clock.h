/* clock.h - time and randomness behind a table that a test can replace.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct base_port {
    int64_t (*wall_ms)(void);                  /* UTC, Unix epoch */
    int64_t (*mono_ms)(void);                  /* monotonic */
    void (*random)(void *buf, size_t len);     /* from the kernel's generator; aborts if it cannot */
};
extern const struct base_port *base_port; /* the system's by default; a test sets its own */

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void); /* the same clock, finer; a test's own goes by milliseconds */
void rng_bytes(void *buf, size_t len);
/* Uniform in [0, bound); bound above 0. */
uint64_t rng_below(uint64_t bound);

#define TIME_TEXT_MAX 32
/* RFC 3339 in UTC with milliseconds: 2026-11-23T01:02:03.004Z. Returns the length. */
size_t time_print(int64_t ms, char *buf);
/* RFC 3339 with any offset and 0-9 fractional digits. Returns 0 or IPAM_E_INVAL. */
int time_parse(const char *text, size_t len, int64_t *ret_ms);
/* "250ms", "5s", "15m", "2h", "7d": 0 or IPAM_E_INVAL. */
int duration_parse(const char *text, size_t len, int64_t *ret_ms);

#endif
