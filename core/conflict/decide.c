/* decide.c - looks at a batch of places inside the gate, and drafts what differs from what is recorded.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The view of the draft is exact for what is durable, and for what intents before this one in the batch did
 * to rows that are known by then. What the indexes of this room do not know yet, since it is in the same
 * batch, is published after this: each such row makes its places suspect again, and they are looked at once
 * more with a later view. So what is recorded is what the last change has made of it, whatever was decided
 * on the way. */
#include <string.h>

#include "conflict/follow_p.h"
#include "conflict/text.h"

#define ROWS_MAX 1024 /* conflicts at one place */

static void need(void *user, uint32_t type, int64_t id)
{
    needs_row(user, type, id);
}

void decide_needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct conflicts *c = container_of(in, struct conflicts, intent);
    struct look l = { v, &c->side };
    for (size_t i = 0; i < c->batch_count; i++)
        look_needs(&l, &c->batch[i]->place, need, n);
}

/* What there is at a place, and what is recorded there. */
struct judged {
    struct draft *draft;
    struct ipam_conflict *rows[ROWS_MAX];
    const struct ipam_conflict *recorded[ROWS_MAX];
    size_t count, recorded_count;
};

/* The newest row that takes part. */
static int64_t newest(const struct finding *f)
{
    int64_t rev = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct record_type *t = record_type(((const struct ipam_record *)f->parties[i].row)->type);
        int64_t own = *(const int64_t *)(const void *)((const char *)f->parties[i].row + t->fields[1].offset);
        rev = own > rev ? own : rev;
    }
    return rev;
}

static void on_found(void *user, const struct finding *f)
{
    struct judged *j = user;
    if (j->count == ROWS_MAX)
        return;
    struct ipam_conflict *c = text_row(draft_arena(j->draft), draft_view(j->draft), f);
    RECORD_SET(c, IPAM_CONFLICT_OPENED_REV, opened_rev, newest(f));
    j->rows[j->count++] = c;
}

/* Of several parties that are looked at in one place it comes once for each. */
static void on_recorded(void *user, const struct ipam_conflict *c)
{
    struct judged *j = user;
    for (size_t i = 0; i < j->recorded_count; i++)
        if (j->recorded[i]->id == c->id)
            return;
    if (j->recorded_count < ROWS_MAX)
        j->recorded[j->recorded_count++] = c;
}

static bool is_there(const struct judged *j, const struct ipam_conflict *recorded)
{
    for (size_t i = 0; i < j->count; i++)
        if (str_equal(j->rows[i]->key, recorded->key))
            return true;
    return false;
}

/* One that is open already keeps its id and since when it is there, whoever comes and goes in it. */
static void open_conflict(struct draft *d, struct ipam_conflict *c, int64_t rev)
{
    const struct view *v = draft_view(d);
    const struct ipam_conflict *before =
        view_get(v, IPAM_T_CONFLICT, view_by_name(v, IPAM_T_CONFLICT, c->key));
    int64_t since = rev != 0 ? rev : c->opened_rev;
    RECORD_SET(c, IPAM_CONFLICT_OPENED, opened, before != NULL ? before->opened : draft_now(d));
    RECORD_SET(c, IPAM_CONFLICT_OPENED_REV, opened_rev, before != NULL ? before->opened_rev : since);
    draft_replace(d, before, c);
}

static void decide_place(struct draft *d, struct side *side, const struct item *item)
{
    struct look l = { draft_view(d), side };
    struct judged j;
    j.draft = d;
    j.count = j.recorded_count = 0;
    look_at(&l, &item->place, on_found, &j);
    if (item->place.type == IPAM_T_ADDRESS)
        side_contest(side, item->place.space, &item->place.addr, look_is_contested(&l, &item->place));
    look_recorded(&l, &item->place, on_recorded, &j);
    for (size_t i = 0; i < j.recorded_count; i++)
        if (!is_there(&j, j.recorded[i]))
            draft_delete(d, j.recorded[i]);
    for (size_t i = 0; i < j.count; i++)
        open_conflict(d, j.rows[i], item->rev);
}

int decide_batch(struct intent *in, struct draft *d)
{
    struct conflicts *c = container_of(in, struct conflicts, intent);
    for (size_t i = 0; i < c->batch_count; i++)
        decide_place(d, &c->side, c->batch[i]);
    return 0;
}
