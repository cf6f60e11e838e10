/* checkpoints.c - which checkpoints can be believed: signatures, keys, numbers, links.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proof/judge_p.h"

static int by_number(const void *a_, const void *b_)
{
    const struct entry *a = a_, *b = b_;
    if (a->c.number != b->c.number)
        return a->c.number < b->c.number ? -1 : 1;
    return (int)b->held - (int)a->held; /* what was held outside goes first */
}

void judge_key(struct judge *j, const uint8_t key[PROOF_KEY])
{
    j->keys = xrealloc(j->keys, (j->key_count + 1) * sizeof(j->keys[0]));
    memcpy(j->keys[j->key_count].key, key, PROOF_KEY);
    j->keys[j->key_count++].retired = false;
}

static struct known_key *find_key(struct judge *j, const uint8_t key[PROOF_KEY])
{
    for (size_t i = 0; i < j->key_count; i++)
        if (!j->keys[i].retired && memcmp(j->keys[i].key, key, PROOF_KEY) == 0)
            return &j->keys[i];
    return NULL;
}

/* Marks are of use only when they are those that were signed. */
static char *signed_marks(const struct checkpoint *c, struct ipam_str text)
{
    size_t len = text.len / 2;
    uint8_t *raw, hash[PROOF_HASH];
    char *copy = NULL;
    if (text.len == 0)
        return NULL;
    raw = xmalloc(len);
    if (proof_unhex(text, raw, len)) {
        proof_hash(raw, len, hash);
        if (memcmp(hash, c->marks, PROOF_HASH) == 0) {
            copy = xmalloc(text.len);
            memcpy(copy, text.data, text.len);
        }
    }
    free(raw);
    return copy;
}

/* Those of the log itself come again when they are wanted, and of a log of years they are many. */
void judge_line(struct judge *j, struct ipam_str line, bool held)
{
    struct ipam_str marks = { NULL, 0 }, head = line;
    struct entry e = { .held = held, .own = !held };
    if (j->again) {
        judge_marks(j, line);
        return;
    }
    e.unreadable = checkpoint_read(line, &e.c, &marks) != 0;
    if (!e.unreadable)
        head = checkpoint_short(line);
    else
        memset(&e.c, 0, sizeof(e.c));
    e.line = xmalloc(head.len + 1);
    if (head.len > 0)
        memcpy(e.line, head.data, head.len);
    e.len = head.len;
    e.marks = held && !e.unreadable ? signed_marks(&e.c, marks) : NULL;
    j->entries = judge_grow(j->entries, j->entry_count, &j->entry_room, sizeof(e));
    j->entries[j->entry_count++] = e;
}

/* The first entry of this number or a higher one. */
static size_t first_of(const struct judge *j, int64_t number)
{
    size_t low = 0, high = j->entry_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (j->entries[mid].c.number < number)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void judge_marks(struct judge *j, struct ipam_str line)
{
    struct checkpoint c;
    struct ipam_str marks, head;
    if (checkpoint_read(line, &c, &marks) != 0)
        return;
    head = checkpoint_short(line);
    for (size_t i = first_of(j, c.number); i < j->entry_count && j->entries[i].c.number == c.number; i++) {
        struct entry *e = &j->entries[i];
        if (e->wanted && e->marks == NULL && e->len == head.len && memcmp(e->line, head.data, e->len) == 0)
            e->marks = signed_marks(&c, marks);
    }
}

/* The same line from two places is one entry. */
static void merge(struct judge *j)
{
    size_t kept = 0;
    if (j->entry_count > 0)
        qsort(j->entries, j->entry_count, sizeof(j->entries[0]), by_number);
    for (size_t i = 0; i < j->entry_count; i++) {
        struct entry *e = &j->entries[i], *same = NULL;
        for (size_t k = kept; k > 0 && j->entries[k - 1].c.number == e->c.number && same == NULL; k--)
            if (j->entries[k - 1].len == e->len && memcmp(j->entries[k - 1].line, e->line, e->len) == 0)
                same = &j->entries[k - 1];
        if (same == NULL) {
            struct entry keep = *e;
            j->entries[kept++] = keep;
            continue;
        }
        same->held = same->held || e->held;
        same->own = same->own || e->own;
        if (same->marks == NULL) {
            same->marks = e->marks;
            e->marks = NULL;
        }
        free(e->line);
        free(e->marks);
    }
    j->entry_count = kept;
}

static const char *why_forged(struct judge *j, const struct entry *e)
{
    if (e->unreadable)
        return "it is no checkpoint";
    if (!checkpoint_signed(&e->c, (struct ipam_str){ e->line, e->len }))
        return "its signature does not fit";
    if (find_key(j, e->c.key) == NULL)
        return "its key is neither given nor introduced by a checkpoint before it";
    return NULL;
}

/* From here on the key that was introduced signs, and the one before does not. */
static void introduce(struct judge *j, const struct checkpoint *c)
{
    struct known_key *k = find_key(j, c->key);
    if (!c->introduces)
        return;
    if (k != NULL && memcmp(c->key, c->next, PROOF_KEY) != 0)
        k->retired = true;
    if (find_key(j, c->next) == NULL)
        judge_key(j, c->next);
}

static void believe(struct judge *j)
{
    const struct entry *before = NULL;
    for (size_t i = 0; i < j->entry_count; i++) {
        struct entry *e = &j->entries[i];
        const char *why = why_forged(j, e);
        if (before != NULL && before->c.number == e->c.number && before->good) {
            /* The one before may have retired the key of its twin. */
            bool both = why == NULL || memcmp(before->c.key, e->c.key, PROOF_KEY) == 0;
            if (both && !e->unreadable && checkpoint_signed(&e->c, (struct ipam_str){ e->line, e->len }))
                judge_found(j, FOUND_FORKED, 0, 0, e->c.number, NULL);
            else
                judge_found(j, FOUND_FORGED, 0, 0, e->c.number, why);
            continue;
        }
        if (why != NULL) {
            judge_found(j, FOUND_FORGED, 0, 0, e->c.number, why);
            continue;
        }
        e->good = true;
        before = e;
        introduce(j, &e->c);
    }
}

static const char *why_unlinked(const struct entry *before, const struct entry *e)
{
    uint8_t hash[PROOF_HASH];
    if (memcmp(before->c.log, e->c.log, sizeof(e->c.log)) != 0)
        return "it is of another log";
    checkpoint_hash((struct ipam_str){ before->line, before->len }, hash);
    return memcmp(hash, e->c.previous, PROOF_HASH) != 0 ? "it names another one before it" : NULL;
}

/* Numbers that nobody has; those that cannot be believed are named already. */
static void find_gaps(struct judge *j)
{
    const struct entry *before = NULL;
    int64_t number = 0, top = 0; /* all up to number are there, or named */
    for (size_t i = 0; i < j->entry_count; i++)
        top = j->entries[i].good ? j->entries[i].c.number : top;
    for (size_t i = 0; i < j->entry_count; i++) {
        const struct entry *e = &j->entries[i];
        const char *why;
        if (!e->good && (e->c.number <= number || e->c.number > top))
            continue;
        if (e->c.number > number + 1)
            judge_found(j, FOUND_MISSING, number + 1, e->c.number - 1, 0, "nobody has them");
        number = e->c.number;
        if (!e->good)
            continue;
        if (before != NULL && before->c.number + 1 == number && (why = why_unlinked(before, e)) != NULL)
            judge_found(j, FOUND_UNLINKED, 0, 0, number, why);
        before = e;
    }
}

/* Whether the log's own has this number with something else in it. */
static bool has_other(const struct judge *j, size_t at)
{
    return (at + 1 < j->entry_count && j->entries[at + 1].c.number == j->entries[at].c.number) ||
           (at > 0 && j->entries[at - 1].c.number == j->entries[at].c.number);
}

/* Numbers that were sent away, and that the log itself does not have any more. */
static void find_lost(struct judge *j)
{
    int64_t from = 0, to = 0;
    for (size_t i = 0; i < j->entry_count; i++) {
        const struct entry *e = &j->entries[i];
        if (!e->good || e->own || !e->held || has_other(j, i))
            continue;
        if (from != 0 && e->c.number == to + 1) {
            to++;
            continue;
        }
        if (from != 0)
            judge_found(j, FOUND_MISSING, from, to, 0,
                        "they were sent away, and the log's own are without them");
        from = to = e->c.number;
    }
    if (from != 0)
        judge_found(j, FOUND_MISSING, from, to, 0, "they were sent away, and the log's own are without them");
}

void judge_checkpoints(struct judge *j)
{
    merge(j);
    j->keyed = j->key_count > 0;
    for (size_t i = 0; i < j->entry_count && j->key_count == 0; i++)
        if (!j->entries[i].unreadable)
            judge_key(j, j->entries[i].c.key);
    believe(j);
    find_gaps(j);
    find_lost(j);
}
