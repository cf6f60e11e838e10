/* depend.c - which plugins have what they require, and in which order they close. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/depend.h"

#include <stdlib.h>
#include <string.h>

#include "ipam/status.h"

/* Whether a plugin offers "kind" or "kind:capability". */
static bool serves(const struct depend *d, const char *need)
{
    size_t len = strcspn(need, ":");
    uint32_t kind = kind_find(need, len);
    const struct kind_offer *offer = &d->plugin->offers[kind];

    if (d->problem[0] || kind == 0 || !offer->offered)
        return false;
    return need[len] == '\0' ||
           (offer->capabilities & kind_capability(kind, need + len + 1, strlen(need + len + 1)));
}

static bool served(const struct depend *set, size_t count, size_t of, const char *need)
{
    for (size_t i = 0; i < count; i++)
        if (i != of && serves(&set[i], need))
            return true;
    return false;
}

/* Marks one whose needs are not met; true when something was marked. */
static bool mark_unmet(struct depend *set, size_t count, size_t i)
{
    const char *const *needs = set[i].plugin->requires;

    if (set[i].problem[0])
        return false;
    for (; *needs; needs++) {
        if (served(set, count, i, *needs))
            continue;
        refuse(
            0, set[i].problem,
            "it requires %s, which no other plugin offers: add one to \"plugins\", or mend the one that does",
            *needs);
        return true;
    }
    return false;
}

/* True when every plugin that serves the need has its rank. The lowest rank above them goes to *rank. */
static bool ranked(const struct depend *set, size_t count, size_t of, const char *need, const bool *done,
                   unsigned *rank)
{
    for (size_t i = 0; i < count; i++) {
        if (i == of || !serves(&set[i], need))
            continue;
        if (!done[i])
            return false;
        if (set[i].rank >= *rank)
            *rank = set[i].rank + 1;
    }
    return true;
}

/* Gives a plugin its rank when all it needs have theirs. */
static bool take_rank(struct depend *set, size_t count, size_t i, bool wants_too, bool *done)
{
    const struct plugin *pl = set[i].plugin;
    unsigned rank = 0;

    if (done[i] || set[i].problem[0])
        return false;
    for (const char *const *need = pl->requires; *need; need++)
        if (!ranked(set, count, i, *need, done, &rank))
            return false;
    for (const char *const *need = pl->wants; *need; need++)
        if (!ranked(set, count, i, *need, done, &rank) && wants_too)
            return false;
    set[i].rank = rank;
    done[i] = true;
    return true;
}

static bool rank_some(struct depend *set, size_t count, bool *done)
{
    bool some = false;

    for (size_t i = 0; i < count; i++)
        some |= take_rank(set, count, i, true, done);
    for (size_t i = 0; i < count && !some; i++)
        some = take_rank(set, count, i, false,
                         done); /* a want that closes a circle is given up, one at a time */
    return some;
}

void depend_resolve(struct depend *set, size_t count)
{
    bool *done = xcalloc(count + 1, sizeof(*done)), some = true, circle = false;

    while (some) {
        some = false;
        for (size_t i = 0; i < count; i++)
            some |= mark_unmet(set, count, i);
    }
    while (rank_some(set, count, done))
        ;
    for (size_t i = 0; i < count; i++) {
        if (done[i] || set[i].problem[0])
            continue;
        refuse(0, set[i].problem,
               "it requires %s, and so in a circle itself: leave one plugin of the circle out",
               set[i].plugin->requires[0]);
        circle = true;
    }
    free(done);
    if (circle)
        depend_resolve(set, count); /* others may have stood on these */
}
