/* question.h - what a helper asks its doorman: read, judged, answered.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * It comes from a plugin, and may be anything. An address is judged in our own copy, and the call made with
 * that copy, on a socket that came with the question: nothing of it can change in between. */
#ifndef KEEPER_QUESTION_H
#define KEEPER_QUESTION_H

#include "keeper/known.h"
#include "sandbox/reach.h"
#include "sandbox/sandbox.h"

struct question {
    int socket, reply;
    struct reach_request q; /* address_len and data_len fit */
    unsigned char data[REACH_DATA_MAX];
};

/* One question: 1, 0 when the other end has gone, -EAGAIN when there is none that makes sense, -ENOMEM. Never waits. */
int question_read(int fd, struct question **ret);
/* Whether it may be done, by the helper's paths and ports, and by known.h. Never waits. */
enum known question_judge(const struct question *x, const struct sandbox_rules *rules);
/* Does it, or refuses it, tells the helper, and frees. Never waits, unless the helper makes its socket wait
 * meanwhile. */
void question_answer(struct question *x, bool may);
void question_free(struct question *x);

#endif
