/* name.c - what was done to the rows of a segment that is not as it was: by their marks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proof/judge_p.h"

static int by_epoch(const void *a_, const void *b_)
{
    const struct suspect *a = a_, *b = b_;
    if (a->epoch != b->epoch)
        return a->epoch > b->epoch ? -1 : 1; /* the newest first: it says what must be there now */
    return a->rev < b->rev ? -1 : a->rev > b->rev;
}

static void suspect_segment(struct judge *j, const struct segment *s, size_t *room)
{
    const struct checkpoint *c = &s->entry->c;
    if (s->entry->marks == NULL) {
        if (c->first <= j->last || s->epoch + 1 < j->epochs)
            judge_found(j, s->epoch + 1 < j->epochs ? FOUND_ROLLED_BACK : FOUND_CHANGED, c->first, c->last,
                        s->epoch + 1 < j->epochs ? j->anew[s->epoch + 1] : c->number,
                        "its marks are not there, which would tell which");
        return;
    }
    for (int64_t rev = c->first; rev <= c->last; rev++) {
        struct suspect x = { .rev = rev, .epoch = s->epoch };
        proof_unhex(
            (struct ipam_str){ s->entry->marks + (size_t)(rev - c->first) * 2 * PROOF_MARK, 2 * PROOF_MARK },
            x.was, PROOF_MARK);
        j->suspects = judge_grow(j->suspects, j->suspect_count, room, sizeof(x));
        j->suspects[j->suspect_count++] = x;
    }
}

void judge_suspects(struct judge *j)
{
    size_t room = 0;
    for (size_t i = 0; i < j->segment_count; i++)
        if (j->segments[i].bad)
            suspect_segment(j, &j->segments[i], &room);
    if (j->suspect_count > 0)
        qsort(j->suspects, j->suspect_count, sizeof(j->suspects[0]), by_epoch);
}

/* The first suspect of an epoch with this revision or a higher one. */
static struct suspect *find(const struct judge *j, unsigned epoch, int64_t rev)
{
    const struct suspect key = { .rev = rev, .epoch = epoch };
    size_t low = 0, high = j->suspect_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (by_epoch(&j->suspects[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < j->suspect_count && j->suspects[low].rev == rev && j->suspects[low].epoch == epoch
               ? &j->suspects[low]
               : NULL;
}

void judge_suspect_row(struct judge *j, const struct proof_row *row)
{
    uint8_t mark[PROOF_MARK];
    bool made = false;
    for (unsigned epoch = 0; epoch < j->epochs; epoch++) {
        struct suspect *x = find(j, epoch, row->rev);
        if (x == NULL)
            continue;
        if (!made)
            proof_mark(row, mark);
        made = true;
        memcpy(x->is, mark, PROOF_MARK);
        x->there = true;
    }
}

static bool as_it_was(const struct suspect *x)
{
    return x->there && memcmp(x->was, x->is, PROOF_MARK) == 0;
}

/* Whether x holds what y held. */
static bool holds(const struct suspect *x, const struct suspect *y)
{
    return x->there && memcmp(x->is, y->was, PROOF_MARK) == 0;
}

/* --- the newest epoch: what must be there --- */

/* Pairs of mark and suspect, in order of what was there. */
struct place {
    const uint8_t *was;
    size_t at;
};

static int by_mark(const void *a_, const void *b_)
{
    const struct place *a = a_, *b = b_;
    return memcmp(a->was, b->was, PROOF_MARK);
}

/* One that was at another place and changed it with x; NULL: none. */
static struct suspect *partner(struct suspect *all, const struct suspect *x, const struct place *places,
                               size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (memcmp(places[mid].was, x->is, PROOF_MARK) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (; low < count && memcmp(places[low].was, x->is, PROOF_MARK) == 0; low++) {
        struct suspect *y = &all[places[low].at];
        if (y != x && !y->named && !as_it_was(y) && holds(y, x))
            return y;
    }
    return NULL;
}

/* How many follow x that were moved on by one from it: a row was put in at x. */
static size_t moved_on(const struct suspect *x, const struct suspect *end)
{
    size_t n = 0;
    while (x + n + 1 < end && x[n + 1].rev == x[n].rev + 1 && holds(&x[n + 1], &x[n]) &&
           !as_it_was(&x[n + 1]))
        n++;
    return n;
}

/* How many from x hold what the one behind them held: x was taken out, and those behind it moved up. */
static size_t moved_up(const struct suspect *x, const struct suspect *end)
{
    size_t n = 0;
    while (x + n + 1 < end && x[n + 1].rev == x[n].rev + 1 && holds(&x[n], &x[n + 1]) && !as_it_was(&x[n]))
        n++;
    return n;
}

static void mark_named(struct suspect *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i].named = true;
}

/* Names what happened at x, which is there and not as it was. */
static void name_one(struct judge *j, struct suspect *all, size_t count, struct suspect *x,
                     const struct place *places)
{
    struct suspect *other = partner(all, x, places, count), *end = all + count;
    size_t n;
    if (other != NULL) {
        judge_found(j, FOUND_SWAPPED, x->rev, other->rev, 0, NULL);
        other->named = true;
        x->named = true;
    } else if ((n = moved_on(x, end)) > 0) {
        judge_found(j, FOUND_INSERTED, x->rev, x->rev, 0, "what follows was moved on by one");
        mark_named(x, n + 1);
    } else if ((n = moved_up(x, end)) > 0) {
        judge_found(j, FOUND_DELETED, x->rev, x->rev, 0, "what follows was moved up by one");
        mark_named(x, n);
        if (!x[n].there || (x[n].rev == j->covered && x + n + 1 == end))
            x[n].named =
                true; /* its row stands before it, and in its place what came behind all that is covered */
    } else {
        judge_found(j, FOUND_EDITED, x->rev, x->rev, 0, NULL);
        x->named = true;
    }
}

/* Names a run of rows that are not there. */
static void name_gone(struct judge *j, struct suspect *x, const struct suspect *end)
{
    size_t n = 0;
    while (x + n < end && x[n].rev == x->rev + (int64_t)n && !x[n].there && !x[n].named)
        n++;
    if (x->rev <= j->last)
        judge_found(j, FOUND_DELETED, x->rev, x[n - 1].rev, 0, NULL);
    mark_named(x, n);
}

static void name_newest(struct judge *j, struct suspect *all, size_t count)
{
    struct place *places = xcalloc(count + 1, sizeof(places[0]));
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){ all[i].was, i };
    qsort(places, count, sizeof(places[0]), by_mark);
    for (size_t i = 0; i < count; i++) {
        if (all[i].named || as_it_was(&all[i]))
            continue;
        if (all[i].there)
            name_one(j, all, count, &all[i], places);
        else
            name_gone(j, &all[i], all + count);
    }
    free(places);
}

/* --- older epochs: what was proved before the log was begun anew --- */

static bool named_now(const struct judge *j, int64_t rev)
{
    const struct suspect *x = find(j, j->epochs - 1, rev);
    return x != NULL && x->named;
}

static void name_older(struct judge *j, struct suspect *all, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t n = 0;
        while (i + n < count && all[i + n].epoch == all[i].epoch &&
               all[i + n].rev == all[i].rev + (int64_t)n && !as_it_was(&all[i + n]) &&
               !named_now(j, all[i + n].rev))
            n++;
        if (n > 0)
            judge_found(j, FOUND_ROLLED_BACK, all[i].rev, all[i + n - 1].rev, j->anew[all[i].epoch + 1],
                        NULL);
        i += n > 0 ? n : 1;
    }
}

/* --- what is left --- */

/* The last revision that the newest epoch covers. */
static int64_t covered_now(const struct judge *j)
{
    int64_t last = 0;
    for (size_t i = 0; i < j->segment_count; i++)
        if (j->segments[i].epoch + 1 == j->epochs && j->segments[i].entry->c.last > last)
            last = j->segments[i].entry->c.last;
    return last;
}

/* A segment is not as it was, and none of its marks shows why. */
static void name_rest(struct judge *j, const struct segment *s)
{
    const struct checkpoint *c = &s->entry->c;
    if (!s->bad || s->entry->marks == NULL || s->epoch + 1 < j->epochs || c->last > j->last)
        return;
    for (int64_t rev = c->first; rev <= c->last; rev++) {
        const struct suspect *x = find(j, s->epoch, rev);
        if (x == NULL || !as_it_was(x))
            return;
    }
    judge_found(j, FOUND_CHANGED, c->first, c->last, c->number, "no mark tells which");
}

void judge_name(struct judge *j)
{
    size_t newest = 0;
    int64_t last = covered_now(j);
    bool moved = false;
    while (newest < j->suspect_count && j->suspects[newest].epoch + 1 == j->epochs)
        newest++;
    if (newest > 0)
        name_newest(j, j->suspects, newest);
    /* The place that rows moved up left at the end is no truncation of its own. */
    if (last == j->last + 1 && newest > 0 && j->suspects[newest - 1].rev == last)
        moved = newest > 1 && holds(&j->suspects[newest - 2], &j->suspects[newest - 1]);
    if (last > j->last && !moved)
        judge_found(j, FOUND_TRUNCATED, j->last + 1, last, 0, NULL);
    for (size_t i = 0; i < j->segment_count; i++)
        name_rest(j, &j->segments[i]);
    if (j->suspect_count > newest)
        name_older(j, j->suspects + newest, j->suspect_count - newest);
}
