/* draft.c - what a batch adds to the state, intent by intent; a refused intent is taken back whole.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_p.h"

/* One step back: what the draft said of the row before, and what the op was before, when it was not new. */
struct draft_undo {
    struct draft_row *slot;
    struct draft_row prev;
    bool made; /* the op was made by this step */
    struct draft_op was;
};

#define FIND_KEY_MAX 300

uint64_t draft_key(uint32_t type, int64_t id)
{
    return index_user(type, id);
}

struct draft *draft_new(struct state *s, int64_t now_ms, int64_t next_id, int64_t head)
{
    struct draft *d = xcalloc(1, sizeof(*d));
    d->view.state = s;
    d->view.draft = d;
    d->state = s;
    d->now = now_ms;
    d->next_id = d->mark_next_id = next_id;
    d->head = head;
    arena_init(&d->arena, 0);
    imap_init(&d->rows);
    smap_init(&d->found);
    smap_init(&d->names);
    indexes_init(&d->added);
    return d;
}

void draft_free(struct draft *d)
{
    if (d == NULL)
        return;
    imap_fini(&d->rows);
    smap_fini(&d->found);
    smap_fini(&d->names);
    indexes_fini(&d->added);
    arena_fini(&d->arena);
    free(d->ops);
    free(d->undo);
    free(d);
}

const struct view *draft_view(const struct draft *d)
{
    return &d->view;
}

int64_t draft_now(const struct draft *d)
{
    return d->now;
}

int64_t draft_revision(const struct draft *d)
{
    return d->head + 1;
}

struct arena *draft_arena(struct draft *d)
{
    return &d->arena;
}

static const void *copy_of(struct draft *d, const void *rec)
{
    const void *copy = record_copy(&d->arena, rec);
    if (copy == NULL)
        out_of_memory(0); /* the arena has no limit */
    return copy;
}

/* The row's slot in the draft; made when `make` and there is none. */
static struct draft_row *slot_of(struct draft *d, uint32_t type, int64_t id, bool make)
{
    struct draft_row *slot = imap_get(&d->rows, draft_key(type, id));
    if (slot == NULL && make) {
        slot = arena_alloc(&d->arena, sizeof(*slot));
        if (slot == NULL)
            out_of_memory(sizeof(*slot)); /* the arena has no limit */
        imap_put(&d->rows, draft_key(type, id), slot);
    }
    return slot;
}

bool draft_lookup(const struct draft *d, uint32_t type, int64_t id, const void **ret_row)
{
    const struct draft_row *slot = imap_get(&d->rows, draft_key(type, id));
    if (slot == NULL || !slot->known)
        return false;
    *ret_row = slot->row;
    return true;
}

/* Type, field, container and value. Returns the length of the key, or 0 when the value is absent. */
static size_t find_key(const struct record_type *t, const struct record_field *f, const void *rec, char *buf)
{
    struct strbuf b;
    size_t len = 0;
    if (!record_has(rec, f->number))
        return 0;
    strbuf_init(&b, FIND_KEY_MAX);
    strbuf_putc(&b, (char)t->type);
    strbuf_putc(&b, (char)f->number);
    for (unsigned i = 0; i < t->field_count; i++)
        if ((t->fields[i].flags & FIELD_CONTAINER) != 0)
            record_field_sortkey(&t->fields[i], rec, &b);
    record_field_sortkey(f, rec, &b);
    if (b.nomem)
        out_of_memory(b.len); /* not found would be a lie */
    if (!b.failed) {
        memcpy(buf, b.data, b.len);
        len = b.len;
    }
    strbuf_fini(&b);
    return len;
}

/* Makes a row of a type that is not resident findable by its natural key. */
static void make_findable(struct draft *d, struct draft_row *slot, const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    char key[FIND_KEY_MAX];
    if (t->residency == RES_RESIDENT)
        return;
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & FIELD_KEY) == 0 || (f->flags & FIELD_INDEXED) == 0)
            continue;
        size_t len = find_key(t, f, rec, key);
        if (len != 0)
            smap_put(&d->found, key, len, slot);
    }
}

const void *draft_find(const struct draft *d, uint32_t type, unsigned field, const void *like)
{
    const struct record_type *t = record_type(type);
    const struct record_field *f = record_field_number(t, field);
    char key[FIND_KEY_MAX], now[FIND_KEY_MAX];
    size_t len = find_key(t, f, like, key);
    const struct draft_row *slot = len != 0 ? smap_get(&d->found, key, len) : NULL;
    if (slot == NULL || slot->row == NULL)
        return NULL;
    /* What was refused or changed meanwhile is still found by the key it had. */
    return find_key(t, f, slot->row, now) == len && memcmp(key, now, len) == 0 ? slot->row : NULL;
}

void draft_fetched(struct draft *d, const void *rec)
{
    struct draft_row *slot = slot_of(d, ((const struct ipam_record *)rec)->type, row_id(rec), true);
    if (slot->known)
        return;
    slot->known = true;
    slot->fetched = true;
    slot->row = copy_of(d, rec);
    make_findable(d, slot, slot->row);
}

void draft_begin(struct draft *d)
{
    assert(d->op_count == d->mark);
    d->changed = false;
    d->undo_count = 0;
}

/* Observed rows enter the log only when they appear, vanish, change hands or end; jobs never. */
static bool belongs_in_log(const struct record_type *t, const void *before, const void *after,
                           const uint64_t changed[2])
{
    uint64_t fleeting[2];
    if (t->cls == CLASS_OBSERVED)
        return t->residency == RES_INDEXED &&
               (before == NULL || after == NULL ||
                (changed[0] & (1u << IPAM_LEASE_MAC | 1u << IPAM_LEASE_CLIENT_ID | 1u << IPAM_LEASE_DUID |
                               1u << IPAM_LEASE_IAID | 1u << IPAM_LEASE_STATE)) != 0);
    if (before == NULL || after == NULL)
        return true;
    record_mask(t, FIELD_VOLATILE, fleeting);
    return (changed[0] & ~fleeting[0]) != 0 || (changed[1] & ~fleeting[1]) != 0;
}

/* Remembers how to take the next step on a row back; `op` is the op it changes, NULL: it makes one. */
static void undo_push(struct draft *d, struct draft_row *slot, const struct draft_op *op)
{
    if (d->undo_count == d->undo_cap) {
        d->undo_cap = d->undo_cap != 0 ? d->undo_cap * 2 : 64;
        d->undo = xrealloc(d->undo, d->undo_cap * sizeof(d->undo[0]));
    }
    struct draft_undo *u = &d->undo[d->undo_count++];
    *u = (struct draft_undo){ .slot = slot, .prev = *slot, .made = op == NULL };
    if (op != NULL)
        u->was = *op;
}

static struct draft_op *op_new(struct draft *d, struct draft_row *slot)
{
    if (d->op_count == d->op_cap) {
        d->op_cap = d->op_cap != 0 ? d->op_cap * 2 : 64;
        d->ops = xrealloc(d->ops, d->op_cap * sizeof(d->ops[0]));
    }
    undo_push(d, slot, NULL);
    struct draft_op *op = &d->ops[d->op_count++];
    memset(op, 0, sizeof(*op));
    return op;
}

static bool is_positional(const void *rec)
{
    int64_t space;
    struct ipam_addr addr;
    return !indexes_uses_address(rec, &space, &addr);
}

/* Whether a row that takes no address stands elsewhere than before. */
static bool moves(const void *before, const void *rec)
{
    const struct ipam_block *b = rec, *was_b = before;
    const struct ipam_subnet *s = rec, *was_s = before;
    const struct ipam_range *r = rec, *was_r = before;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_BLOCK: return b->space != was_b->space || !prefix_equal(&b->prefix, &was_b->prefix);
    case IPAM_T_SUBNET: return s->space != was_s->space || !prefix_equal(&s->prefix, &was_s->prefix);
    case IPAM_T_RANGE:
        return r->space != was_r->space || !addr_equal(&r->first, &was_r->first) ||
               !addr_equal(&r->last, &was_r->last);
    default: return false;
    }
}

/* Lets the draft say that the row is so. */
static void slot_set(struct draft_row *slot, const void *row, size_t op)
{
    *slot = (struct draft_row){ .known = true, .row = row, .op = op };
}

/* A secret is sealed by whoever takes it (core/vault), and nothing else keeps it: here every row passes on
 * its way into memory, storage, versions and the change log. */
static void leave_secrets_out(const struct record_type *t, struct ipam_record *rec)
{
    uint64_t secret[2];
    record_mask(t, FIELD_SECRET, secret);
    rec->has[0] &= ~secret[0];
    rec->has[1] &= ~secret[1];
}

/* As draft_replace, of the row with that id. */
static void put_row(struct draft *d, const void *before, void *rec, int64_t id)
{
    const struct record_type *t = record_type(((struct ipam_record *)rec)->type);
    uint64_t changed[2] = { ~(uint64_t)0, ~(uint64_t)0 };
    leave_secrets_out(t, rec);
    row_set_id(rec, id, before != NULL ? row_rev(before) : 0);
    if (before != NULL && !record_diff(before, rec, changed))
        return;
    struct draft_row *slot = slot_of(d, t->type, id, true);
    /* An intent that comes back to a row makes one op of it: readers never see what was in between. */
    bool again = slot->op > d->mark && slot->row != NULL;
    struct draft_op *op = again ? &d->ops[slot->op - 1] : op_new(d, slot);
    if (again)
        undo_push(d, slot, op);
    else
        *op = (struct draft_op){ .type = t->type, .id = id, .before = before };
    if (before == NULL)
        d->made[t->type / 64] |= UINT64_C(1) << t->type % 64;
    if (op->before != NULL) { /* what the whole intent changes, the revision left aside */
        row_set_id(rec, id, row_rev(op->before));
        record_diff(op->before, rec, changed);
    } else {
        memset(changed, 0xff, sizeof(changed));
    }
    op->logged = op->logged || belongs_in_log(t, op->before, rec, changed);
    if (op->logged || op->before == NULL)
        row_set_id(rec, id, op->logged ? d->head + 1 : d->head);
    d->changed = d->changed || op->logged;
    op->rev = row_rev(rec);
    op->after = copy_of(d, rec);
    d->scoped = d->scoped || own_scope(rec) != 0;
    memcpy(op->changed, changed, sizeof(changed));

    slot_set(slot, op->after, (size_t)(op - d->ops) + 1);
    if (before != NULL && moves(before, rec))
        indexes_remove(&d->added, before); /* where it was drafted, another may come */
    if (before == NULL || !is_positional(rec) || moves(before, rec))
        indexes_add(&d->added, op->after);
    make_findable(d, slot, op->after);
    char key[NAME_KEY_MAX];
    for (unsigned nth = 0; nth < NAMES; nth++) {
        size_t len = name_key(op->after, nth, key, sizeof(key));
        if (len != 0)
            smap_put(&d->names, key, len, slot);
    }
}

void draft_replace(struct draft *d, const void *before, void *rec)
{
    put_row(d, before, rec, before != NULL ? row_id(before) : d->next_id++);
}

void draft_restore(struct draft *d, void *rec)
{
    put_row(d, NULL, rec, row_id(rec));
}

void draft_put(struct draft *d, void *rec)
{
    draft_replace(d, NULL, rec);
}

void draft_delete(struct draft *d, const void *before)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    uint64_t all[2] = { ~(uint64_t)0, ~(uint64_t)0 };
    struct draft_row *slot = slot_of(d, t->type, row_id(before), true);
    bool logged = belongs_in_log(t, before, NULL, all);
    d->changed = d->changed || logged;
    struct draft_op *op = op_new(d, slot);
    *op = (struct draft_op){ t->type, row_id(before), logged ? d->head + 1 : d->head, before, NULL,
                             logged,  { 0, 0 } };
    slot_set(slot, NULL, d->op_count);
    if (is_positional(before)) /* an address stays in use until its release is durable */
        indexes_remove(&d->added, before);
}

int64_t draft_accept(struct draft *d)
{
    d->mark = d->op_count;
    d->mark_next_id = d->next_id;
    if (d->changed)
        d->head++;
    return d->head;
}

struct draft_place draft_place(const struct draft *d)
{
    return (struct draft_place){ d->undo_count, d->next_id, d->changed };
}

void draft_back(struct draft *d, const struct draft_place *place)
{
    while (d->undo_count > place->undo) {
        struct draft_undo *u = &d->undo[--d->undo_count];
        struct draft_op *op = &d->ops[u->made ? d->op_count - 1 : u->prev.op - 1];
        if (op->after != NULL)
            indexes_remove(&d->added, op->after);
        if (u->made)
            d->op_count--;
        else
            *op = u->was;
        *u->slot = u->prev;
        if (u->slot->row != NULL && !u->slot->fetched)
            indexes_add(&d->added, u->slot->row);
    }
    d->next_id = place->next_id;
    d->changed = place->changed;
}

void draft_refuse(struct draft *d)
{
    const struct draft_place start = { 0, d->mark_next_id, false };
    draft_back(d, &start);
}

size_t draft_op_count(const struct draft *d)
{
    return d->mark;
}

const struct draft_op *draft_ops(const struct draft *d)
{
    return d->ops;
}

const struct draft_op *draft_open_ops(const struct draft *d, size_t *ret_count)
{
    *ret_count = d->op_count - d->mark;
    return *ret_count != 0 ? d->ops + d->mark : NULL;
}

int64_t draft_next_id(const struct draft *d)
{
    return d->mark_next_id;
}

int64_t draft_head(const struct draft *d)
{
    return d->head;
}

void draft_publish(struct draft *d)
{
    for (size_t i = 0; i < d->mark; i++) {
        if (d->ops[i].after != NULL)
            state_put(d->state, d->ops[i].before, d->ops[i].after);
        else
            state_delete(d->state, d->ops[i].before);
    }
    state_set_head(d->state, d->head);
}
