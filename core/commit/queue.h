/* queue.h - intents in order, linked through themselves.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMIT_QUEUE_H
#define COMMIT_QUEUE_H

#include "commit/gate.h"

struct queue {
    struct intent *first, **tail;
};

static inline void queue_init(struct queue *q)
{
    q->first = NULL;
    q->tail = &q->first;
}

static inline void queue_push(struct queue *q, struct intent *in)
{
    in->next = NULL;
    *q->tail = in;
    q->tail = &in->next;
}

static inline struct intent *queue_pop(struct queue *q)
{
    struct intent *in = q->first;
    if (in == NULL)
        return NULL;
    q->first = in->next;
    if (q->first == NULL)
        q->tail = &q->first;
    in->next = NULL;
    return in;
}

/* Appends all of `from`, which is empty then. */
static inline void queue_move(struct queue *q, struct queue *from)
{
    if (from->first == NULL)
        return;
    *q->tail = from->first;
    q->tail = from->tail;
    queue_init(from);
}

#endif
