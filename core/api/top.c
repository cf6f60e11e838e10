/* top.c - the first so many rows of many, in the order of a list.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/top.h"

#include <stdlib.h>
#include <string.h>

void top_init(struct top *t, const struct ask *a, size_t most, bool copies)
{
    *t = (struct top){ .ask = a, .most = most, .copies = copies };
    t->items = xcalloc(most, sizeof(t->items[0]));
}

void top_fini(struct top *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->items[i].bytes);
        if (t->copies)
            free(t->items[i].rec);
    }
    free(t->items);
    *t = (struct top){ .items = NULL };
}

struct position top_position(const struct top_item *item)
{
    return (struct position){ { item->bytes, item->key },
                              { item->bytes + item->key, item->len - item->key } };
}

static int compare(const struct top *t, size_t x, size_t y)
{
    struct position a = top_position(&t->items[x]), b = top_position(&t->items[y]);

    return ask_compare(t->ask, &a, &b);
}

static void swap(struct top *t, size_t x, size_t y)
{
    struct top_item item = t->items[x];

    t->items[x] = t->items[y];
    t->items[y] = item;
}

static void sift_up(struct top *t, size_t i)
{
    for (size_t up; i > 0 && compare(t, i, up = (i - 1) / 2) > 0; i = up)
        swap(t, i, up);
}

static void sift_down(struct top *t, size_t i, size_t count)
{
    for (size_t down; (down = 2 * i + 1) < count; i = down) {
        if (down + 1 < count && compare(t, down + 1, down) > 0)
            down++;
        if (compare(t, down, i) <= 0)
            return;
        swap(t, i, down);
    }
}

static void set(struct top *t, struct top_item *item, const struct position *p, const void *rec)
{
    size_t len = p->key.len + p->tie.len;

    if (len > item->room) {
        item->room = len + 16;
        item->bytes = xrealloc(item->bytes, item->room);
    }
    if (p->key.len > 0)
        memcpy(item->bytes, p->key.data, p->key.len);
    memcpy(item->bytes + p->key.len, p->tie.data, p->tie.len);
    item->key = p->key.len;
    item->len = len;
    if (t->copies)
        free(item->rec);
    item->rec = t->copies ? record_clone(rec) : (void *)(uintptr_t)rec;
}

void top_add(struct top *t, const struct position *p, const void *rec)
{
    if (t->count < t->most) {
        set(t, &t->items[t->count], p, rec);
        sift_up(t, t->count++);
        return;
    }
    struct position last = top_position(&t->items[0]);
    if (ask_compare(t->ask, p, &last) >= 0)
        return;
    set(t, &t->items[0], p, rec);
    sift_down(t, 0, t->count);
}

void top_sort(struct top *t)
{
    for (size_t left = t->count; left > 1; left--) {
        swap(t, 0, left - 1);
        sift_down(t, 0, left - 1);
    }
}
