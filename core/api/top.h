/* top.h - the first so many rows of many, in the order of a list, that come in any order.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_TOP_H
#define API_TOP_H

#include "api/ask.h"

struct top_item {
    uint8_t *bytes; /* the position: key, then tie */
    size_t key, len, room;
    void *rec;
};

/* A heap with the last of them on top. */
struct top {
    const struct ask *ask;
    struct top_item *items;
    size_t count, most;
    bool copies; /* rows are cloned, for they do not stay */
};

void top_init(struct top *t, const struct ask *a, size_t most, bool copies);
void top_fini(struct top *t);
/* Takes a row, if it is among the first. `position` is that of ask_position. */
void top_add(struct top *t, const struct position *p, const void *rec);
/* Puts them in order: then items[0] is the first. No top_add afterwards. */
void top_sort(struct top *t);
struct position top_position(const struct top_item *item);

#endif
