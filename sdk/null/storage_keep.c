/* storage_keep.c - null-storage: what outlives an instance: all that it stored, by name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"

#include <stdlib.h>
#include <string.h>

/* Closed, all of it is one piece of memory, as it would be one file elsewhere. */
struct kept {
    struct kept *next;
    char *name;
    bool open;        /* an instance has it */
    uint32_t version; /* of the schema it was stored with */
    int64_t next_id, head;
    uint8_t batches[STORAGE_BATCHES][16];
    size_t batch_count;
    uint8_t *image; /* heads, each followed by its key and body */
    size_t len;
};
struct head {
    uint32_t op, type; /* IPAM_ROW_PUT, _VERSION, _CHANGE, _ENTRY */
    int64_t id, rev, gone;
    size_t key_len, body_len;
};

static struct kept *all; /* never freed: that is what it is for */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The one of a name, new if need be; NULL: out of memory. */
static struct kept *find(struct ipam_str name)
{
    struct kept *k = all;

    while (k && !null_is(name, k->name))
        k = k->next;
    if (k)
        return k;
    k = calloc(1, sizeof(*k));
    if (!k)
        return NULL;
    k->name = null_strdup(name);
    if (!k->name) {
        free(k);
        return NULL;
    }
    k->next_id = 1;
    k->next = all;
    all = k;
    return k;
}

/* One cell of an image; the columns of rows are read from their bodies again, for the schema may be newer. */
static bool put_back(struct storage *s, const struct head *h, const uint8_t *bytes)
{
    struct ipam_bytes key = { bytes, h->key_len }, body = { bytes + h->key_len, h->body_len };
    const struct ipam_row row = {
        .size = sizeof(row), .type = h->type, .id = h->id, .rev = h->rev, .body = body
    };
    int table = h->op == IPAM_ROW_PUT ? table_of(s->schema, h->type) : 0;
    struct cells *to = h->op == IPAM_ROW_VERSION  ? &s->now.versions
                       : h->op == IPAM_ROW_CHANGE ? &s->now.changes
                       : h->op == IPAM_ROW_ENTRY  ? &s->now.entries
                                                  : &s->now.tables[table < 0 ? 0 : table];
    struct cell *c;

    if (table < 0) /* of a table that is no longer there */
        return true;
    if (!cells_reserve(to, 1))
        return false;
    c = h->op == IPAM_ROW_PUT ? storage_cell(s->schema, &row)
                              : cell_new(h->type, h->id, h->rev, body, &key, h->op == IPAM_ROW_ENTRY ? 1 : 0);
    if (!c)
        return false;
    c->gone = h->gone;
    cells_insert(to, to->count, c);
    return true;
}

static int32_t restore(struct storage *s, struct kept *k)
{
    bool good = content_init(&s->now, s->schema);
    struct head h;

    for (size_t at = 0; at < k->len && good; at += sizeof(h) + h.key_len + h.body_len) {
        memcpy(&h, k->image + at, sizeof(h));
        good = put_back(s, &h, k->image + at + sizeof(h));
    }
    if (!good) {
        content_free(&s->now);
        s->host->open_error(s->inst,
                            "what is in memory cannot be read with the present schema, or memory is short");
        return IPAM_E_NOMEM;
    }
    s->now.next_id = k->next_id;
    s->now.head = k->head;
    memcpy(s->batches, k->batches, sizeof(s->batches));
    s->batch_count = k->batch_count;
    k->open = true;
    s->kept = k;
    return IPAM_OK;
}

int32_t storage_take(struct storage *s, struct ipam_str name)
{
    int32_t status;

    pthread_mutex_lock(&lock);
    struct kept *k = find(name);
    if (!k) {
        status = IPAM_E_NOMEM;
    } else if (k->open) {
        s->host->open_error(
            s->inst, "another instance has what is stored under this name; give it another (option name)");
        status = IPAM_E_BUSY;
    } else if (k->version > s->schema->version) {
        s->host->open_error(
            s->inst, "what is stored under this name is of a newer schema; give it another (option name)");
        status = IPAM_E_CONFIG;
    } else {
        status = restore(s, k);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* Appends the cells of a list to an image; without one it only counts. Returns the bytes. */
static size_t add_cells(uint8_t *to, const struct cells *l, uint32_t op)
{
    size_t len = 0;

    for (size_t i = 0; i < l->count; i++) {
        const struct cell *c = l->items[i];
        const struct head h = { .op = op,
                                .type = c->type,
                                .id = c->id,
                                .rev = c->rev,
                                .gone = c->gone,
                                .key_len = op == IPAM_ROW_ENTRY ? c->columns[0].len : 0,
                                .body_len = c->body.len };

        if (to) {
            memcpy(to + len, &h, sizeof(h));
            if (h.key_len)
                memcpy(to + len + sizeof(h), c->columns[0].data, h.key_len);
            if (h.body_len)
                memcpy(to + len + sizeof(h) + h.key_len, c->body.data, h.body_len);
        }
        len += sizeof(h) + h.key_len + h.body_len;
    }
    return len;
}

static size_t add_all(uint8_t *to, const struct content *c)
{
    size_t len = 0;

    for (uint32_t t = 0; t < c->table_count; t++)
        len += add_cells(to ? to + len : NULL, &c->tables[t], IPAM_ROW_PUT);
    len += add_cells(to ? to + len : NULL, &c->versions, IPAM_ROW_VERSION);
    len += add_cells(to ? to + len : NULL, &c->changes, IPAM_ROW_CHANGE);
    len += add_cells(to ? to + len : NULL, &c->entries, IPAM_ROW_ENTRY);
    return len;
}

void storage_leave(struct storage *s)
{
    struct kept *k = s->kept;
    size_t len = add_all(NULL, &s->now);
    uint8_t *image = malloc(len + 1);

    pthread_mutex_lock(&lock);
    if (image) {
        free(k->image);
        add_all(image, &s->now);
        k->image = image;
        k->len = len;
        k->version = s->schema->version;
        k->next_id = s->now.next_id;
        k->head = s->now.head;
        memcpy(k->batches, s->batches, sizeof(k->batches));
        k->batch_count = s->batch_count;
    } else {
        s->host->log(s->inst, 3, "null-storage-lost",
                     "out of memory when closed: what was stored since it was opened is lost");
    }
    k->open = false;
    pthread_mutex_unlock(&lock);
    content_free(&s->now);
}
