/* storage_keep.c - null-storage: what outlives an instance: all that it stored, by name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept {
    struct kept *next;
    char *name;
    bool open;        /* an instance has it */
    uint32_t version; /* of the schema it was stored with */
    struct content content;
    uint8_t batches[STORAGE_BATCHES][16];
    size_t batch_count;
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
    k->next = all;
    all = k;
    return k;
}

/* The rows again in the layout of the present schema: a column that is new is read from the bodies. */
static bool move_rows(struct storage *s, const struct content *from)
{
    for (uint32_t t = 0; t < from->table_count; t++) {
        for (size_t i = 0; i < from->tables[t].count; i++) {
            const struct cell *c = from->tables[t].items[i];
            const struct ipam_row row = {
                .size = sizeof(row), .type = c->type, .id = c->id, .rev = c->rev, .body = c->body
            };
            int table = table_of(s->schema, c->type);

            if (table < 0) /* a table that is no longer there */
                break;
            struct cells *to = &s->now.tables[table];
            struct cell *moved = cells_reserve(to, 1) ? storage_cell(s->schema, &row) : NULL;
            if (!moved)
                return false;
            cells_insert(to, to->count, moved);
        }
    }
    return true;
}

static int32_t restore(struct storage *s, struct kept *k)
{
    if (!content_init(&s->now, s->schema) || !move_rows(s, &k->content)) {
        content_free(&s->now);
        s->host->open_error(s->inst,
                            "what is in memory cannot be read with the present schema, or memory is short");
        return IPAM_E_NOMEM;
    }
    if (k->content.tables) { /* else it is new */
        s->now.next_id = k->content.next_id;
        s->now.head = k->content.head;
    }
    s->now.versions = k->content.versions;
    s->now.changes = k->content.changes;
    s->now.entries = k->content.entries;
    k->content.versions = k->content.changes = k->content.entries = (struct cells){ NULL, 0, 0 };
    content_free(&k->content);
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

void storage_leave(struct storage *s)
{
    pthread_mutex_lock(&lock);
    s->kept->content = s->now;
    s->kept->version = s->schema->version;
    memcpy(s->kept->batches, s->batches, sizeof(s->batches));
    s->kept->batch_count = s->batch_count;
    s->kept->open = false;
    pthread_mutex_unlock(&lock);
}
