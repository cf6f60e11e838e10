/* breaker.h - leaves a server alone that does not answer, and tries it again after a pause. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Closed: everything goes. After BREAKER_FAILURES failures in a row it opens: nothing goes until the pause is
 * over, then one call as a trial; its success closes it, its failure makes the pause longer. */
#ifndef PROVIDER_BREAKER_H
#define PROVIDER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_FIRST_MS 1000
#define BREAKER_MOST_MS  60000

struct breaker {       /* a zeroed one is closed */
    unsigned failures; /* in a row */
    int64_t pause_ms;  /* of the next opening */
    int64_t until_ms;  /* open until then; 0: closed */
    bool trying;       /* a trial is under way */
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_TRIAL };
enum breaker_state breaker_state(const struct breaker *b);
/* Whether a call may go now; one that may is counted as the trial when it is one. */
bool breaker_takes(struct breaker *b, int64_t now_ms);
/* How a call that went has ended. */
void breaker_heard(struct breaker *b, int64_t now_ms, bool failed);
/* A call that went will tell nothing: it was cancelled. */
void breaker_forgets(struct breaker *b);

#endif
