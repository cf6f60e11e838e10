/* state.c - the resident rows, the indexes and the head.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "state/state_p.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static void ids_add(struct row_table *t, int64_t id)
{
    if (t->count == t->cap) {
        t->cap = t->cap != 0 ? t->cap * 2 : 64;
        t->ids = xrealloc(t->ids, t->cap * sizeof(t->ids[0]));
    }
    size_t at = t->count;
    if (at > 0 && t->ids[at - 1] > id) /* new ids are the highest but while loading or catching up */
        at = ids_after(t, id);
    memmove(t->ids + at + 1, t->ids + at, (t->count - at) * sizeof(t->ids[0]));
    t->ids[at] = id;
    t->count++;
}

size_t ids_after(const struct row_table *t, int64_t after)
{
    size_t lo = 0, hi = t->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (t->ids[mid] <= after)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void ids_remove(struct row_table *t, int64_t id)
{
    size_t at = ids_after(t, id - 1);
    assert(at < t->count && t->ids[at] == id);
    memmove(t->ids + at, t->ids + at + 1, (t->count - at - 1) * sizeof(t->ids[0]));
    t->count--;
}

int64_t row_id(const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return *(const int64_t *)((const char *)rec + t->fields[0].offset);
}

void row_set_id(void *rec, int64_t id, int64_t rev)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    *(int64_t *)((char *)rec + t->fields[0].offset) = id;
    *(int64_t *)((char *)rec + t->fields[1].offset) = rev;
    IPAM_SET_FIELD((struct ipam_record *)rec, 1);
    IPAM_SET_FIELD((struct ipam_record *)rec, 2);
}

int64_t row_rev(const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return *(const int64_t *)((const char *)rec + t->fields[1].offset);
}

struct state *state_new(void)
{
    struct state *s = xcalloc(1, sizeof(*s));
    for (size_t i = 0; i < STATE_TYPES; i++)
        imap_init(&s->tables[i].rows);
    smap_init(&s->names);
    indexes_init(&s->indexes);
    s->view.state = s;
    return s;
}

void state_free(struct state *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < STATE_TYPES; i++) {
        struct row_table *t = &s->tables[i];
        for (size_t k = 0; k < t->count; k++)
            free(imap_get(&t->rows, (uint64_t)t->ids[k]));
        imap_fini(&t->rows);
        free(t->ids);
    }
    smap_fini(&s->names);
    indexes_fini(&s->indexes);
    free(s);
}

int64_t state_head(const struct state *s)
{
    return s->head;
}

void state_set_head(struct state *s, int64_t head)
{
    s->head = head;
}

/* Spaces and servers are known by name. Returns the length of the key, or 0 for other types. */
size_t name_key(const void *rec, char *buf, size_t cap)
{
    const struct ipam_record *head = rec;
    struct ipam_str name;
    if (head->type == IPAM_T_SPACE)
        name = ((const struct ipam_space *)rec)->name;
    else if (head->type == IPAM_T_SERVER)
        name = ((const struct ipam_server *)rec)->name;
    else
        return 0;
    return name_key_of(head->type, name, buf, cap);
}

size_t name_key_of(uint32_t type, struct ipam_str name, char *buf, size_t cap)
{
    if (name.len + 1 > cap)
        return 0;
    buf[0] = (char)type;
    memcpy(buf + 1, name.data, name.len);
    return name.len + 1;
}

static void resident_drop(struct state *s, void *old)
{
    char key[NAME_KEY_MAX];
    size_t len = name_key(old, key, sizeof(key));
    indexes_remove(&s->indexes, old);
    if (len != 0)
        smap_del(&s->names, key, len);
}

void state_put(struct state *s, const void *before, const void *rec)
{
    const struct ipam_record *head = rec;
    const struct record_type *t = record_type(head->type);
    assert(head->type < STATE_TYPES);
    if (t->residency != RES_RESIDENT) {
        if (before != NULL)
            indexes_remove(&s->indexes, before);
        indexes_add(&s->indexes, rec);
        return;
    }
    struct row_table *table = &s->tables[head->type];
    void *row = record_clone(rec);
    int64_t id = row_id(row);
    void *old = imap_put(&table->rows, (uint64_t)id, row);
    if (old != NULL)
        resident_drop(s, old);
    else
        ids_add(table, id);
    free(old);
    indexes_add(&s->indexes, row);
    char key[NAME_KEY_MAX];
    size_t len = name_key(row, key, sizeof(key));
    if (len != 0)
        smap_put(&s->names, key, len, row);
}

void state_delete(struct state *s, const void *before)
{
    const struct ipam_record *head = before;
    if (record_type(head->type)->residency != RES_RESIDENT) {
        indexes_remove(&s->indexes, before);
        return;
    }
    struct row_table *table = &s->tables[head->type];
    int64_t id = row_id(before);
    void *old = imap_del(&table->rows, (uint64_t)id);
    if (old == NULL)
        return;
    resident_drop(s, old);
    ids_remove(table, id);
    free(old);
}

const void *state_next(const struct state *s, uint32_t type, int64_t after)
{
    if (type >= STATE_TYPES)
        return NULL;
    const struct row_table *t = &s->tables[type];
    size_t at = ids_after(t, after);
    return at < t->count ? imap_get(&t->rows, (uint64_t)t->ids[at]) : NULL;
}

size_t state_count(const struct state *s, uint32_t type)
{
    return type < STATE_TYPES ? s->tables[type].count : 0;
}

void state_usage(const struct state *s, struct state_usage *ret)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    *ret = (struct state_usage){ 0 };
    while (imap_next(&s->indexes.spaces, &pos, &key, &value)) {
        const struct space_index *ix = value;
        for (int f = 0; f < 2; f++) {
            ret->entries += aset_entries(ix->users[f]);
            ret->bytes += aset_bytes(ix->users[f]);
        }
    }
}

const struct view *state_view(const struct state *s)
{
    return &s->view;
}
