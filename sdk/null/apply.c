/* apply.c - edits applied to records in memory: all of a call or none.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The edits are made in a draft, a copy of the list of rows. When all could be made and what is there then
 * fits together, the results are emitted and only then the draft takes the place of the list, by steps that
 * cannot fail. */
#include "null.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDITS_MAX 10000 /* records.def: apply.count */

struct draft {
    struct null_store *store;
    struct null_list rows, added, removed; /* added, removed: who owns what when it ends */
    bool lenient, undo;
};

/* One edit, and what became of it. */
struct edit {
    uint32_t verb;
    struct null_row *before, *after; /* our own copies; NULL: absent */
    int32_t status;
    char why[160];
};

const struct null_shape *null_shape_of(const struct null_store *s, const struct ipam_record *rec)
{
    for (const struct null_shape *const *shape = s->shapes; *shape; shape++)
        if ((*shape)->type == rec->type)
            return *shape;
    return NULL;
}

static struct null_row *make_row(const struct null_store *s, const struct ipam_record *rec)
{
    return s->make ? s->make(s, rec) : null_row_new(null_shape_of(s, rec), rec);
}

int32_t null_store_add(struct null_store *s, const void *rec)
{
    struct null_row *row = make_row(s, rec);

    if (!row)
        return IPAM_E_NOMEM;
    row->state = s->state;
    if (null_list_insert(&s->rows, s->rows.count, row))
        return IPAM_OK;
    free(row);
    return IPAM_E_NOMEM;
}

int32_t null_store_order(struct null_store *s)
{
    return null_list_sort(&s->rows, s->order) ? IPAM_OK : IPAM_E_NOMEM;
}

void null_store_free(struct null_store *s)
{
    null_list_free(&s->rows, true);
    null_list_free(&s->gone, true);
}

static bool draft_begin(struct draft *d, struct null_store *s, uint32_t edits)
{
    *d = (struct draft){ .store = s };
    if (!null_list_reserve(&d->rows, s->rows.count + edits) || !null_list_reserve(&d->added, edits) ||
        !null_list_reserve(&d->removed, s->rows.count + edits) ||
        !null_list_reserve(&s->gone, s->rows.count + edits))
        return false;
    d->rows.count = s->rows.count;
    if (s->rows.count)
        memcpy(d->rows.rows, s->rows.rows, s->rows.count * sizeof(struct null_row *));
    return true;
}

/* Remembers a row that went, and forgets the oldest when that is too many. */
static void bury(struct null_store *s, struct null_row *row)
{
    bool replaced = true;

    if (s->keep_gone)
        null_find(&s->rows, row->rec, s->order, &replaced);
    if (replaced) { /* by a row of the same key, which is news enough */
        free(row);
        return;
    }
    row->state = s->state;
    s->gone.rows[s->gone.count++] = row;
    if (s->gone.count <= s->keep_gone)
        return;
    s->oldest = s->gone.rows[0]->state;
    free(null_list_take(&s->gone, 0));
}

static void draft_commit(struct draft *d)
{
    struct null_store *s = d->store;
    struct null_list former = s->rows;

    s->rows = d->rows;
    d->rows = former;
    s->state += d->added.count || d->removed.count ? 1 : 0;
    for (size_t i = 0; i < d->added.count; i++)
        d->added.rows[i]->state = s->state;
    for (size_t i = 0; i < d->removed.count; i++)
        bury(s, d->removed.rows[i]);
    d->added.count = 0;
}

static void draft_end(struct draft *d)
{
    null_list_free(&d->rows, false);
    null_list_free(&d->added, true); /* of a draft that was not committed */
    null_list_free(&d->removed, false);
}

static int32_t refuse(struct edit *e, int32_t status, const char *why)
{
    snprintf(e->why, sizeof(e->why), "%s", why);
    return e->status = status;
}

/* From here on the draft has the row. */
static int32_t insert(struct draft *d, struct edit *e, size_t at)
{
    null_list_insert(&d->rows, at, e->after); /* room was reserved */
    null_list_insert(&d->added, d->added.count, e->after);
    return IPAM_OK;
}

static void take_out(struct draft *d, size_t at)
{
    null_list_insert(&d->removed, d->removed.count, null_list_take(&d->rows, at));
}

static bool same(const struct draft *d, const struct null_row *a, const struct null_row *b)
{
    return a->rec->type == b->rec->type && null_row_same(null_shape_of(d->store, a->rec), a->rec, b->rec);
}

static int32_t do_add(struct draft *d, struct edit *e)
{
    bool found;
    size_t at = null_find(&d->rows, e->after->rec, d->store->order, &found);

    if (!found)
        return insert(d, e, at);
    if (d->undo || (d->lenient && same(d, d->rows.rows[at], e->after)))
        return IPAM_OK; /* it is there already */
    return refuse(e, IPAM_E_EXIST, "an object with this key exists already; read the configuration again");
}

/* Whether the object was within one that this call deleted before. */
static bool went_along(const struct draft *d, const struct ipam_record *rec)
{
    for (size_t i = 0; i < d->removed.count; i++)
        if (d->store->order(d->removed.rows[i]->rec, rec) == 0)
            return true;
    return false;
}

static int32_t do_delete(struct draft *d, struct edit *e)
{
    bool found;
    size_t at = null_find(&d->rows, e->before->rec, d->store->order, &found);

    if (!found)
        return d->lenient || went_along(d, e->before->rec)
                   ? IPAM_OK
                   : refuse(e, IPAM_E_NOENT, "there is no such object; read the configuration again");
    if (d->undo && !same(d, d->rows.rows[at], e->before)) /* what is to be undone is ours alone */
        return IPAM_OK;
    take_out(d, at);
    while (d->store->within && at < d->rows.count && d->store->within(d->rows.rows[at]->rec, e->before->rec))
        take_out(d, at);
    return IPAM_OK;
}

static int32_t do_set(struct draft *d, struct edit *e)
{
    bool found, taken;
    size_t at = null_find(&d->rows, e->before->rec, d->store->order, &found), to;

    if (!found) {
        to = null_find(&d->rows, e->after->rec, d->store->order, &taken);
        if (d->undo || (d->lenient && taken && same(d, d->rows.rows[to], e->after)))
            return IPAM_OK;
        return refuse(e, IPAM_E_NOENT, "there is no such object; read the configuration again");
    }
    if ((d->undo && !same(d, d->rows.rows[at], e->before)) || same(d, d->rows.rows[at], e->after))
        return IPAM_OK;
    take_out(d, at);
    to = null_find(&d->rows, e->after->rec, d->store->order, &taken);
    if (taken)
        return refuse(e, IPAM_E_EXIST, "another object has the new key already");
    return insert(d, e, to);
}

/* Copies one side of an edit; *ret stays NULL when it is absent or wrong. */
static int32_t copy_side(struct draft *d, struct edit *e, const struct ipam_record *rec,
                         struct null_row **ret)
{
    const struct null_shape *shape = rec ? null_shape_of(d->store, rec) : NULL;

    if (!rec)
        return IPAM_OK;
    if (!shape)
        return refuse(e, IPAM_E_UNSUPPORTED, "this provider keeps no objects of that type");
    for (const struct null_field *f = shape->fields; f->number; f++)
        if (f->needed && (f->offset + f->size > rec->size || !IPAM_HAS_FIELD(rec, f->number)))
            return refuse(e, IPAM_E_INVAL, "a field that is required is missing");
    *ret = make_row(d->store, rec);
    return *ret ? IPAM_OK : refuse(e, IPAM_E_NOMEM, "out of memory");
}

/* Reads an edit; with UNDO it is turned round: an addition is taken back by a deletion, and so on. */
static int32_t take_edit(struct null_call *c, struct draft *d, uint32_t index, struct edit *e)
{
    const struct ipam_record *before = NULL, *after = NULL;
    int32_t status = c->host->edit(c->req, index, &e->verb, &before, &after);

    if (status != IPAM_OK)
        return refuse(e, status, "the edit cannot be read");
    if (e->verb > IPAM_EDIT_VERB_DELETE || (e->verb != IPAM_EDIT_VERB_ADD && !before) ||
        (e->verb != IPAM_EDIT_VERB_DELETE && !after))
        return refuse(e, IPAM_E_INVAL, "the edit lacks its verb or its object");
    status = copy_side(d, e, e->verb == IPAM_EDIT_VERB_ADD ? NULL : before, &e->before);
    if (status == IPAM_OK)
        status = copy_side(d, e, e->verb == IPAM_EDIT_VERB_DELETE ? NULL : after, &e->after);
    if (d->undo) {
        struct null_row *row = e->before;

        e->before = e->after;
        e->after = row;
        e->verb = e->verb == IPAM_EDIT_VERB_SET   ? IPAM_EDIT_VERB_SET
                  : e->verb == IPAM_EDIT_VERB_ADD ? IPAM_EDIT_VERB_DELETE
                                                  : IPAM_EDIT_VERB_ADD;
    }
    return status;
}

static int32_t make_edit(struct draft *d, struct edit *e)
{
    switch (e->verb) {
    case IPAM_EDIT_VERB_ADD: return do_add(d, e);
    case IPAM_EDIT_VERB_SET: return do_set(d, e);
    default: return do_delete(d, e);
    }
}

/* Makes the edits, and then looks whether the whole fits: the order within a call does not matter for that.
 * The status of the first edit that cannot be. */
static int32_t make_edits(struct null_call *c, struct draft *d, struct edit *edits, uint32_t count)
{
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; i < count; i++) {
        struct edit *e = &edits[i];

        if (take_edit(c, d, i, e) == IPAM_OK)
            make_edit(d, e);
        status = status ? status : e->status;
    }
    for (uint32_t i = 0; i < count && status == IPAM_OK && d->store->fits; i++) {
        struct edit *e = &edits[i];

        e->status = d->store->fits(d->store, &d->rows, e->after ? e->after->rec : e->before->rec, !e->after,
                                   e->why, sizeof(e->why));
        status = e->status;
    }
    return status;
}

/* One result an edit. When one was refused, the others say that they were not made. */
static int32_t emit_results(struct null_call *c, const struct edit *edits, uint32_t count, int32_t trouble)
{
    int32_t status = IPAM_OK;

    for (uint32_t i = 0; i < count && status == IPAM_OK; i++) {
        const struct edit *e = &edits[i];
        struct ipam_edit_result row = { .size = sizeof(row),
                                        .type = IPAM_T_EDIT_RESULT,
                                        .index = i,
                                        .status = e->status ? e->status
                                                  : trouble ? IPAM_E_CANCELED
                                                            : IPAM_OK };

        row.message = e->status ? null_str(e->why)
                                : NULL_STR("not made, because another edit of the same call was refused");
        IPAM_SET_FIELD(&row, IPAM_EDIT_RESULT_INDEX);
        IPAM_SET_FIELD(&row, IPAM_EDIT_RESULT_STATUS);
        if (row.status != IPAM_OK)
            IPAM_SET_FIELD(&row, IPAM_EDIT_RESULT_MESSAGE);
        status = null_emit(c, &row);
    }
    return status;
}

/* The rows that no list has taken over. */
static void free_edits(const struct draft *d, struct edit *edits, uint32_t count)
{
    size_t taken = 0;

    for (uint32_t i = 0; i < count; i++) {
        free(edits[i].before);
        if (taken < d->added.count && d->added.rows[taken] == edits[i].after)
            taken++; /* rows were added in the order of their edits */
        else
            free(edits[i].after);
    }
    free(edits);
}

static int32_t run(struct null_call *c, struct draft *d, const struct ipam_apply *args, struct edit *edits,
                   uint32_t count)
{
    int32_t trouble = make_edits(c, d, edits, count);
    int32_t status = emit_results(c, edits, count, trouble);

    for (uint32_t i = 0; i < count && status == IPAM_OK; i++)
        if (edits[i].status == IPAM_E_NOMEM)
            status = null_fail(c, IPAM_E_NOMEM, "out of memory; nothing was changed");
        else if (edits[i].status != IPAM_OK)
            status =
                null_fail(c, IPAM_E_REFUSED, "edit %u: %s; nothing was changed", (unsigned)i, edits[i].why);
    if (status == IPAM_OK && c->host->cancelled(c->req))
        status =
            null_fail(c, IPAM_E_CANCELED, "given up before anything was changed: the caller cancelled it");
    free_edits(d, edits, count);
    if (status == IPAM_OK && !(args->flags & IPAM_APPLY_CHECK))
        draft_commit(d);
    return status;
}

int32_t null_apply(struct null_call *c, struct null_store *s, const struct ipam_apply *args, uint64_t now)
{
    struct draft d;
    uint64_t token = 0;
    bool lenient = args->flags & IPAM_APPLY_RESUME;

    if (args->count < 0 || args->count > EDITS_MAX)
        return null_fail(c, IPAM_E_TOOBIG, "a call takes %d edits at the most; send fewer", EDITS_MAX);
    if (!lenient && (args->flags & IPAM_APPLY_UNDO))
        return null_fail(c, IPAM_E_INVAL, "UNDO goes with RESUME only");
    if (!lenient && (!null_number(args->token, UINT64_MAX, &token) || token != now))
        return null_fail(c, IPAM_E_CHANGED,
                         "the configuration is at %llu, not what the edits were planned on; read it again",
                         (unsigned long long)now);
    uint32_t count = (uint32_t)args->count;
    struct edit *edits = calloc(count + 1u, sizeof(*edits));
    if (!draft_begin(&d, s, count) || !edits) {
        free(edits);
        draft_end(&d);
        return null_fail(c, IPAM_E_NOMEM, "out of memory for %u edits; nothing was changed", (unsigned)count);
    }
    s->flags = args->flags;
    d.lenient = lenient;
    d.undo = args->flags & IPAM_APPLY_UNDO;
    int32_t status = run(c, &d, args, edits, count);
    draft_end(&d);
    return status;
}
