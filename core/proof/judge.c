/* judge.c - rows against the checkpoints that cover them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "proof/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proof/judge_p.h"

void *judge_grow(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room == 0 ? 64 : *room * 2;
    return xrealloc(items, *room * size);
}

void judge_found(struct judge *j, enum finding_kind kind, int64_t from, int64_t to, int64_t number,
                 const char *why)
{
    j->findings = judge_grow(j->findings, j->finding_count, &j->finding_room, sizeof(j->findings[0]));
    j->findings[j->finding_count++] = (struct finding){ kind, from, to, number, why };
}

struct judge *judge_new(void)
{
    return xcalloc(1, sizeof(struct judge));
}

void judge_free(struct judge *j)
{
    if (j == NULL)
        return;
    for (size_t i = 0; i < j->entry_count; i++) {
        free(j->entries[i].line);
        free(j->entries[i].marks);
    }
    for (size_t i = 0; i < j->segment_count; i++)
        free(j->segments[i].tree);
    free(j->keys);
    free(j->entries);
    free(j->segments);
    free(j->active);
    free(j->anew);
    free(j->suspects);
    free(j->suspect_at);
    free(j->findings);
    free(j->shown);
    free(j);
}

void judge_broken(struct judge *j, const char *why)
{
    judge_found(j, FOUND_BROKEN, 0, 0, 0, why);
}

static int by_first(const void *a_, const void *b_)
{
    const struct segment *a = a_, *b = b_;
    if (a->entry->c.first != b->entry->c.first)
        return a->entry->c.first < b->entry->c.first ? -1 : 1;
    return a->entry->c.number < b->entry->c.number ? -1 : 1;
}

static bool begins_anew(const struct entry *e, const struct entry *before)
{
    return before != NULL && e->c.last >= e->c.first && e->c.first <= before->c.last;
}

void judge_begin(struct judge *j)
{
    const struct entry *before = NULL;
    if (j->again) {
        judge_suspects(j);
        return;
    }
    judge_checkpoints(j);
    j->segments = xcalloc(j->entry_count + 1, sizeof(j->segments[0]));
    j->active = xcalloc(j->entry_count + 1, sizeof(j->active[0]));
    j->anew = xcalloc(j->entry_count + 1, sizeof(j->anew[0]));
    for (size_t i = 0; i < j->entry_count; i++) {
        struct entry *e = &j->entries[i];
        if (!e->good)
            continue;
        if (begins_anew(e, before))
            j->anew[++j->epochs] = e->c.number;
        else if (before != NULL && before->c.number + 1 == e->c.number && e->c.first > before->c.last + 1)
            judge_found(j, FOUND_DELETED, before->c.last + 1, e->c.first - 1, 0,
                        "they were gone before a checkpoint covered them");
        before = e;
        if (e->c.last >= e->c.first)
            j->segments[j->segment_count++] = (struct segment){ .entry = e, .epoch = j->epochs };
        if (e->c.last > j->covered)
            j->covered = e->c.last;
    }
    j->epochs++;
    qsort(j->segments, j->segment_count, sizeof(j->segments[0]), by_first);
    j->last_rev = 0;
}

static void start(struct judge *j)
{
    struct segment *s = &j->segments[j->segment_at];
    s->active = true;
    s->next = s->entry->c.first;
    s->tree = xcalloc(1, sizeof(*s->tree));
    proof_segment_begin(s->tree, s->entry->c.start);
    j->active[j->active_count++] = j->segment_at++;
}

static void stop(struct segment *s)
{
    uint8_t root[PROOF_HASH], chain[PROOF_HASH];
    s->active = false;
    s->over = true;
    if (s->next != s->entry->c.last + 1)
        s->bad = true;
    if (!s->bad) {
        proof_segment_end(s->tree, root, chain);
        s->bad = memcmp(root, s->entry->c.root, PROOF_HASH) != 0 ||
                 memcmp(chain, s->entry->c.chain, PROOF_HASH) != 0;
    }
    free(s->tree);
    s->tree = NULL;
}

static void take(struct segment *s, const struct proof_row *row)
{
    if (row->rev != s->next)
        s->bad = true;
    if (s->bad)
        return;
    proof_segment_add(s->tree, row);
    s->next++;
}

/* Those that are over leave the list. */
static void drop_before(struct judge *j, int64_t rev)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->active_count; i++) {
        struct segment *s = &j->segments[j->active[i]];
        if (s->entry->c.last < rev)
            stop(s);
        else
            j->active[kept++] = j->active[i];
    }
    j->active_count = kept;
}

/* Revisions are without a gap, also where nothing is proved. */
static void look_at_gap(struct judge *j, int64_t rev)
{
    int64_t from = j->last_rev + 1;
    if (from <= j->covered)
        from = j->covered + 1;
    if (j->rows > 0 && from < rev)
        judge_found(j, FOUND_DELETED, from, rev - 1, 0,
                    "no checkpoint covers them yet; their number is missing");
}

/* Segments end and begin, now that a row of this revision has come. */
static void turn(struct judge *j, int64_t rev)
{
    drop_before(j, rev);
    while (j->segment_at < j->segment_count && j->segments[j->segment_at].entry->c.first <= rev) {
        start(j);
        if (j->segments[j->active[j->active_count - 1]].entry->c.last < rev) {
            j->segments[j->active[--j->active_count]].bad = true;
            stop(&j->segments[j->segment_at - 1]);
        }
    }
    j->steady = j->segment_at < j->segment_count ? j->segments[j->segment_at].entry->c.first - 1 : INT64_MAX;
    for (size_t i = 0; i < j->active_count; i++)
        if (j->segments[j->active[i]].entry->c.last < j->steady)
            j->steady = j->segments[j->active[i]].entry->c.last;
}

static void first_look(struct judge *j, const struct proof_row *row)
{
    if (row->rev <= j->last_rev) {
        judge_found(j, FOUND_INSERTED, row->rev, row->rev, 0, "it stands where its revision cannot be");
        return;
    }
    look_at_gap(j, row->rev);
    j->first = j->rows++ == 0 ? row->rev : j->first;
    j->bytes += (int64_t)row->body.len;
    j->last_rev = j->last = row->rev;
    if (row->rev > j->steady)
        turn(j, row->rev);
    if (j->active_count == 0)
        j->unproved++;
    for (size_t i = 0; i < j->active_count; i++)
        take(&j->segments[j->active[i]], row);
}

void judge_row(struct judge *j, const struct proof_row *row)
{
    if (!j->again) {
        first_look(j, row);
    } else if (row->rev > j->last_rev) {
        j->last_rev = row->rev;
        judge_suspect_row(j, row);
    }
}

bool judge_end_rows(struct judge *j)
{
    if (j->again) {
        j->again = false;
        return false;
    }
    drop_before(j, INT64_MAX);
    while (j->segment_at < j->segment_count) {
        start(j);
        j->segments[j->segment_at - 1].bad = true;
        j->active_count--;
        stop(&j->segments[j->segment_at - 1]);
    }
    for (size_t i = 0; i < j->segment_count; i++) {
        j->segments[i].entry->wanted = j->segments[i].bad;
        j->again = j->again || j->segments[i].bad;
    }
    j->last_rev = 0;
    return j->again;
}

static int by_shown(const void *a_, const void *b_)
{
    const struct judged_segment *a = a_, *b = b_;
    return a->number < b->number ? -1 : a->number > b->number;
}

void judge_finish(struct judge *j)
{
    judge_name(j);
    j->shown = xcalloc(j->segment_count + 1, sizeof(j->shown[0]));
    for (size_t i = 0; i < j->segment_count; i++) {
        const struct segment *s = &j->segments[i];
        const struct checkpoint *c = &s->entry->c;
        j->shown[j->shown_count++] = (struct judged_segment){ c->number,    c->time_ms,     c->first, c->last,
                                                              c->committed, s->entry->held, !s->bad };
    }
    qsort(j->shown, j->shown_count, sizeof(j->shown[0]), by_shown);
}

const struct finding *judge_findings(const struct judge *j, size_t *ret_count)
{
    *ret_count = j->finding_count;
    return j->findings;
}

const struct judged_segment *judge_segments(const struct judge *j, size_t *ret_count)
{
    *ret_count = j->shown_count;
    return j->shown;
}

void judge_verdict(const struct judge *j, struct verdict *ret)
{
    *ret = (struct verdict){ .findings = j->finding_count,
                             .rows = j->rows,
                             .first = j->first,
                             .last = j->last,
                             .unproved = j->unproved,
                             .covered = j->covered,
                             .keyed = j->keyed,
                             .bytes = j->bytes };
    for (size_t i = 0; i < j->entry_count; i++) {
        const struct entry *e = &j->entries[i];
        if (!e->good)
            continue;
        ret->checkpoints++;
        ret->held += e->held;
        ret->number = e->c.number;
        ret->time_ms = e->c.time_ms;
    }
    for (size_t i = 0, covered = 0; i < j->segment_count;
         i++) { /* in order of first: none is counted twice */
        const struct segment *s = &j->segments[i];
        int64_t from = s->entry->c.first > (int64_t)covered ? s->entry->c.first : (int64_t)covered + 1;
        if (s->bad || s->entry->c.last < from)
            continue;
        ret->proved += s->entry->c.last - from + 1;
        covered = (size_t)s->entry->c.last;
    }
}

int judge_exit(const struct judge *j)
{
    struct verdict v;
    judge_verdict(j, &v);
    if (v.findings > 0)
        return JUDGED_TAMPERED;
    return v.keyed && v.held > 0 && v.unproved == 0 ? JUDGED_PROVED : JUDGED_PARTLY;
}
