/* breaker.c - leaves a server alone that does not answer, and tries it again after a pause. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/breaker.h"

enum breaker_state breaker_state(const struct breaker *b)
{
    return b->until_ms == 0 ? BREAKER_CLOSED : b->trying ? BREAKER_TRIAL : BREAKER_OPEN;
}

bool breaker_takes(struct breaker *b, int64_t now_ms)
{
    if (b->until_ms == 0)
        return true;
    if (b->trying || now_ms < b->until_ms)
        return false;
    b->trying = true;
    return true;
}

void breaker_heard(struct breaker *b, int64_t now_ms, bool failed)
{
    bool was_open = b->until_ms != 0;

    if (!failed) {
        *b = (struct breaker){ 0 };
        return;
    }
    b->failures++;
    if (b->failures < BREAKER_FAILURES && !was_open)
        return;
    if (was_open && !b->trying)
        return; /* one that went before it opened: it has been counted with the others */
    b->pause_ms = b->pause_ms == 0                    ? BREAKER_FIRST_MS
                  : b->pause_ms * 2 > BREAKER_MOST_MS ? BREAKER_MOST_MS
                                                      : b->pause_ms * 2;
    b->until_ms = now_ms + b->pause_ms;
    b->trying = false;
}

void breaker_forgets(struct breaker *b)
{
    b->trying = false;
}
