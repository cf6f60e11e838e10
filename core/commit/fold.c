/* fold.c - several change sets taken together.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "commit/fold.h"

#include <stdlib.h>
#include <string.h>

void fold_init(struct fold *f, size_t most)
{
    memset(f, 0, sizeof(*f));
    arena_init(&f->arena, 0);
    arena_init(&f->row, 0);
    imap_init(&f->objects);
    f->most = most;
}

void fold_fini(struct fold *f)
{
    imap_fini(&f->objects);
    arena_fini(&f->arena);
    arena_fini(&f->row);
    free(f->list);
}

static uint64_t key_of(uint32_t type, int64_t id)
{
    return (uint64_t)type << 56 | (uint64_t)id;
}

static void *fresh(struct fold *f, uint32_t type)
{
    void *rec = record_new(&f->arena, type);
    if (rec == NULL)
        out_of_memory(0); /* the arena has no limit */
    return rec;
}

static struct fold_object *object_of(struct fold *f, const struct ipam_change_item *item, int64_t rev)
{
    uint32_t type = (uint32_t)item->object_type;
    struct fold_object *o = imap_get(&f->objects, key_of(type, item->object));
    if (o != NULL)
        return o;
    if (f->count == f->most)
        return NULL;
    if (f->count == f->cap) {
        f->cap = f->cap != 0 ? f->cap * 2 : 64;
        f->list = xrealloc(f->list, f->cap * sizeof(struct fold_object *));
    }
    o = arena_alloc(&f->arena, sizeof(*o));
    if (o == NULL)
        out_of_memory(sizeof(*o));
    *o = (struct fold_object){ .type = type, .id = item->object, .first_rev = rev };
    o->was = item->verb != IPAM_CHANGE_ITEM_VERB_ADD;
    if (record_type(type) != NULL) {
        o->before = fresh(f, type);
        o->after = fresh(f, type);
    }
    f->list[f->count++] = o;
    imap_put(&f->objects, key_of(type, item->object), o);
    return o;
}

/* The fields `rec` has and `mask` has not, as they were before all. */
static void keep_before(struct fold_object *o, struct ipam_record *rec)
{
    rec->has[0] &= ~o->fields[0];
    rec->has[1] &= ~o->fields[1];
    record_merge(o->before, rec, NULL);
}

/* What one item does to an object that is known here. `now`, `then`: its fields, NULL: it has none. */
static void take(struct fold *f, struct fold_object *o, const struct ipam_change_item *item, void *now,
                 void *then)
{
    uint64_t touched[2] = { 0, 0 }, cleared[2] = { 0, 0 };
    const struct ipam_record *records[2] = { now, then };
    for (size_t i = 0; i < item->cleared.count; i++)
        cleared[(item->cleared.items[i] >> 6) & 1] |= (uint64_t)1 << (item->cleared.items[i] & 63);
    for (int k = 0; k < 2; k++)
        for (int w = 0; w < 2; w++)
            touched[w] |= cleared[w] | (records[k] != NULL ? records[k]->has[w] : 0);
    if (item->verb != IPAM_CHANGE_ITEM_VERB_SET)
        memset(touched, 0xff, sizeof(touched));
    if (o->was && then != NULL)
        keep_before(o, then);
    o->fields[0] |= touched[0];
    o->fields[1] |= touched[1];
    if (item->verb == IPAM_CHANGE_ITEM_VERB_DELETE)
        o->after = fresh(f, o->type);
    else if (now != NULL)
        record_merge(o->after, now, cleared);
}

static int item_add(struct fold *f, const struct ipam_change_item *item, int64_t rev)
{
    struct fold_object *o = object_of(f, item, rev);
    const struct record_type *t = record_type((uint32_t)item->object_type);
    void *now = NULL, *then = NULL;
    if (o == NULL)
        return IPAM_E_TOOBIG;
    int rc = 0;
    if (t != NULL && record_has(item, IPAM_CHANGE_ITEM_FIELDS))
        rc = record_unpack(t, item->fields, &f->arena, &now);
    if (rc == 0 && t != NULL && record_has(item, IPAM_CHANGE_ITEM_BEFORE))
        rc = record_unpack(t, item->before, &f->arena, &then);
    if (rc != 0)
        return rc == IPAM_E_NOMEM ? rc : IPAM_E_INVAL;
    o->last_rev = rev;
    o->is = item->verb != IPAM_CHANGE_ITEM_VERB_DELETE;
    if (item->key.len != 0)
        o->key = item->key;
    if (t != NULL)
        take(f, o, item, now, then);
    return 0;
}

/* Calls `each` for the items of a row, read into `a`; what it answers other than 0 ends the walk. */
static int items(struct fold *f, struct arena *a, struct ipam_bytes row,
                 int (*each)(struct fold *f, const struct ipam_change_item *item, int64_t rev),
                 const struct changelog_look *look)
{
    size_t pos = 0;
    void *rec;
    int rc = changelog_read(row, &pos, a, &rec);
    if (rc != 1 || ((struct ipam_record *)rec)->type != IPAM_T_CHANGE)
        return rc == IPAM_E_NOMEM ? rc : IPAM_E_INVAL;
    int64_t rev = ((struct ipam_change *)rec)->rev;
    while ((rc = changelog_read(row, &pos, a, &rec)) == 1) {
        if (((struct ipam_record *)rec)->type != IPAM_T_CHANGE_ITEM)
            return IPAM_E_INVAL;
        if (look != NULL && !look->shows(look->user, rec))
            continue;
        int stop = each(f, rec, rev);
        if (stop != 0)
            return stop;
    }
    return rc;
}

int fold_add(struct fold *f, struct ipam_bytes row, const struct changelog_look *look)
{
    return items(f, &f->arena, row, item_add, look);
}

static int item_is_known(struct fold *f, const struct ipam_change_item *item, int64_t rev)
{
    uint32_t type = (uint32_t)item->object_type;
    (void)rev;
    return !rule_follows(type) && imap_get(&f->objects, key_of(type, item->object)) != NULL;
}

static int item_know(struct fold *f, const struct ipam_change_item *item, int64_t rev)
{
    (void)rev;
    imap_put(&f->objects, key_of((uint32_t)item->object_type, item->object), f);
    return 0;
}

int fold_know(struct fold *f, struct ipam_bytes row)
{
    arena_reset(&f->row);
    return items(f, &f->row, row, item_know, NULL);
}

int fold_touches(struct fold *f, struct ipam_bytes row)
{
    arena_reset(&f->row);
    return items(f, &f->row, row, item_is_known, NULL);
}

struct undoing *fold_undoing(struct fold *f)
{
    struct undoing *list = arena_alloc(&f->arena, f->count * sizeof(*list) + 1);
    if (list == NULL)
        out_of_memory(f->count * sizeof(*list)); /* the arena has no limit */
    for (size_t i = 0; i < f->count; i++) {
        const struct fold_object *o = f->list[i];
        list[i] = (struct undoing){ .type = o->type,
                                    .id = o->id,
                                    .first_rev = o->first_rev,
                                    .rev = o->last_rev,
                                    .was = o->was,
                                    .is = o->is,
                                    .before = o->before,
                                    .fields = { o->fields[0], o->fields[1] } };
    }
    return list;
}

bool fold_differs(struct fold_object *o)
{
    uint64_t differ[2];
    if (!o->was || !o->is || o->before == NULL)
        return o->was || o->is;
    (void)record_diff(o->before, o->after, differ);
    o->fields[0] &= differ[0] & ~((uint64_t)1 << 2); /* the revision is another whenever something was done */
    o->fields[1] &= differ[1];
    return (o->fields[0] | o->fields[1]) != 0;
}
