/* import_decide.c - what rows of CSV become inside the gate, each by itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/import_p.h"
#include "api/create.h"
#include "api/objects.h"

const char *const import_verdicts[VERDICTS] = { "none",    "created", "updated",    "unchanged",
                                                "deleted", "refused", "passed_over" };

/* Whether a row with that key may be in storage: of an address that nobody uses memory knows that there is
 * none, and what is created is refused for what memory knows. */
static bool may_be_there(const struct import *im, const struct view *v, const void *rec)
{
    const struct ipam_address *a = rec;
    struct view_user user;
    if (im->mode == IMPORT_CREATE)
        return false;
    return a->type != IPAM_T_ADDRESS || !record_has(a, IPAM_ADDRESS_SPACE) ||
           view_users(v, a->space, &a->address, &user, 1) > 0;
}

void import_needs(struct import *im, size_t from, size_t to, const struct view *v, struct needs *n)
{
    const struct record_field *key = NULL;
    if (im->plans) {
        import_plan_needs(im, from, to, v, n);
        return;
    }
    for (size_t i = from; i < to; i++)
        for (const struct import_mapped *m = im->rows[i].mapped; m != NULL; m = m->next)
            needs_of_row(n, v, m->address, record_new(&im->arena, IPAM_T_CLAIM));
    if (im->type->residency == RES_RESIDENT)
        return;
    for (unsigned i = 0; i < im->type->field_count && key == NULL; i++)
        if ((im->type->fields[i].flags & FIELD_KEY) != 0 && (im->type->fields[i].flags & FIELD_INDEXED) != 0)
            key = &im->type->fields[i];
    for (size_t i = from; i < to; i++) {
        const struct import_row *row = &im->rows[i];
        if (row->line == 0)
            needs_of_row(n, v, row->rec, record_new(&im->arena, IPAM_T_CLAIM));
        else if (!row->unread && key != NULL && may_be_there(im, v, row->rec))
            needs_find(n, im->type->type, key->number, row->rec);
    }
}

void import_judge(struct import *im, struct import_row *row, enum verdict good, int rc,
                  const struct problem *p)
{
    row->verdict = rc == 0 ? (uint8_t)good : VERDICT_REFUSED;
    row->type = rc == 0 ? PROBLEM_NONE : p->type;
    row->message = rc == 0 ? NULL : arena_strdup(&im->arena, p->detail);
}

/* What the row sets of an object that is there; a field that is set at creation only must be as it is. */
static int update(struct import *im, struct import_row *row, const void *before, struct draft *d,
                  struct problem *p)
{
    struct ipam_record *patch = record_copy(draft_arena(d), row->rec);
    uint64_t cleared[2] = { row->cleared[0], row->cleared[1] };
    for (unsigned i = 0; i < im->type->field_count; i++) {
        const struct record_field *f = &im->type->fields[i];
        if ((f->flags & FIELD_FIXED) == 0)
            continue;
        if (record_has(patch, f->number) && !record_field_equal(f, patch, before))
            return problem_set(p, PROBLEM_INVALID, "%s can be set only when the object is created", f->name);
        patch->has[f->number >> 6] &= ~((uint64_t)1 << (f->number & 63));
        cleared[f->number >> 6] &= ~((uint64_t)1 << (f->number & 63));
    }
    if (import_put_values(im, row, draft_view(d), before, patch, cleared, p) != 0)
        return IPAM_E_INVAL;
    return change_row(&im->sight, d, before, patch, cleared, p);
}

/* What the row is about as it is; NULL: there is nothing, or it is hidden, which is not told apart. */
static const void *row_now(struct import *im, const struct import_row *row, const struct draft *d)
{
    const void *now = NULL;
    if (row->line == 0)
        now = view_get(draft_view(d), im->type->type, row->id);
    else if (im->mode != IMPORT_CREATE)
        now = rule_find(d, row->rec);
    return now != NULL && sight_sees(&im->sight, draft_view(d), now) ? now : NULL;
}

static int may_change(struct import *im, struct import_row *row, const void *now, struct draft *d,
                      struct problem *p)
{
    const struct operation *op = row->line == 0 ? im->may_delete : im->may_change;
    if (now == NULL || sight_judge(&im->sight, draft_view(d), op, now, draft_now(d)) == ACCESS_ALLOWED)
        return 0;
    return sight_denied(&im->sight, op, p);
}

static int create(struct import *im, struct import_row *row, struct draft *d, struct problem *p)
{
    void *rec = record_copy(draft_arena(d), row->rec); /* it may be decided again */
    uint64_t cleared[2] = { row->cleared[0], row->cleared[1] };
    int rc = import_put_values(im, row, draft_view(d), NULL, rec, cleared, p);
    if (rc == 0)
        rc = create_row(&im->sight, d, rec, p);
    if (rc == 0)
        row->id = *(int64_t *)((char *)rec + im->type->fields[0].offset);
    return rc;
}

/* With the addresses that are mapped to it, when that is wanted of a range. */
static int take_away(struct import *im, struct draft *d, const void *now, struct problem *p)
{
    const struct ipam_range *r = now;
    const struct clearing all = { &im->sight, r, &im->known };
    int rc = im->children ? clear_addresses(&all, d, r->first, &r->last, p) : 0;
    if (rc != 0)
        sight_veil(&im->sight, draft_view(d), p);
    return rc == 0 ? delete_row(&im->sight, d, now, p) : rc;
}

static void decide_row(struct import *im, struct import_row *row, struct draft *d)
{
    struct problem p = { 0 };
    struct draft_place place = draft_place(d);
    int rc = row->line != 0 ? rule_prepare(draft_view(d), row->rec, &p) : 0;
    const void *now = rc == 0 ? row_now(im, row, d) : NULL;
    size_t ops, more;
    if (rc == 0)
        rc = may_change(im, row, now, d, &p);
    if (rc == 0)
        rc = import_source(im, row, d, &p);
    draft_open_ops(d, &ops);
    if (rc != 0) {
        import_judge(im, row, VERDICT_NONE, rc, &p);
        draft_back(d, &place);
        return;
    }
    if (row->line == 0) {
        rc = now != NULL ? take_away(im, d, now, &p) : 0;
        import_judge(im, row, now != NULL ? VERDICT_DELETED : VERDICT_UNCHANGED, rc, &p);
    } else {
        if (now == NULL) {
            rc = create(im, row, d, &p);
            import_judge(im, row, VERDICT_CREATED, rc, &p);
        } else {
            row->id = *(const int64_t *)((const char *)now + im->type->fields[0].offset);
            rc = update(im, row, now, d, &p);
            draft_open_ops(d, &more);
            import_judge(im, row, more > ops ? VERDICT_UPDATED : VERDICT_UNCHANGED, rc, &p);
        }
    }
    if (rc != 0)
        draft_back(d, &place);
}

void import_decide(struct import *im, size_t from, size_t to, struct draft *d)
{
    im->kick_count = 0; /* it may be decided again */
    for (size_t i = from; i < to; i++) {
        if (im->rows[i].unread)
            continue;
        if (im->plans)
            import_plan_row(im, &im->rows[i], d);
        else
            decide_row(im, &im->rows[i], d);
    }
}

void import_count(const struct import *im, size_t from, size_t to, size_t ret[VERDICTS])
{
    memset(ret, 0, VERDICTS * sizeof(ret[0]));
    for (size_t i = from; i < to; i++)
        ret[im->rows[i].verdict]++;
}
