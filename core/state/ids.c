/* ids.c - ids of resident rows in ascending order: of a type, and of what belongs to one server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A server's rows are compared with what it says each time it is read: without its own list every reading
 * would go through those of all servers. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_p.h"

void ids_add(struct id_list *l, int64_t id)
{
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? l->cap * 2 : 16;
        l->ids = xrealloc(l->ids, l->cap * sizeof(l->ids[0]));
    }
    size_t at = l->count;
    if (at > 0 && l->ids[at - 1] > id) /* new ids are the highest but while loading or catching up */
        at = ids_after(l, id);
    memmove(l->ids + at + 1, l->ids + at, (l->count - at) * sizeof(l->ids[0]));
    l->ids[at] = id;
    l->count++;
}

size_t ids_after(const struct id_list *l, int64_t after)
{
    size_t lo = 0, hi = l->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->ids[mid] <= after)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void ids_remove(struct id_list *l, int64_t id)
{
    size_t at = ids_after(l, id - 1);
    assert(at < l->count && l->ids[at] == id);
    memmove(l->ids + at, l->ids + at + 1, (l->count - at - 1) * sizeof(l->ids[0]));
    l->count--;
}

/* --- by server --- */

void servers_init(struct row_table *t, uint32_t type)
{
    const struct record_type *rt = record_type(type);
    const struct record_field *f = rt != NULL ? record_field(rt, IPAM_STR("server")) : NULL;
    imap_init(&t->servers);
    if (f != NULL && rt->residency == RES_RESIDENT && f->kind == KIND_REF && f->ref == IPAM_T_SERVER)
        t->server = f;
}

static void list_free(struct id_list *l)
{
    if (l != NULL)
        free(l->ids);
    free(l);
}

void servers_fini(struct row_table *t)
{
    size_t pos = 0;
    uint64_t server;
    void *list;
    while (imap_next(&t->servers, &pos, &server, &list))
        list_free(list);
    imap_fini(&t->servers);
}

/* 0: none; 0 is no server's id. */
static uint64_t server_of(const struct row_table *t, const void *row)
{
    if (t->server == NULL || !record_has(row, t->server->number))
        return 0;
    return (uint64_t) * (const int64_t *)(const void *)((const char *)row + t->server->offset);
}

void servers_add(struct row_table *t, const void *row)
{
    uint64_t server = server_of(t, row);
    struct id_list *l = server != 0 ? imap_get(&t->servers, server) : NULL;
    if (server == 0)
        return;
    if (l == NULL) {
        l = xcalloc(1, sizeof(*l));
        imap_put(&t->servers, server, l);
    }
    ids_add(l, row_id(row));
}

void servers_remove(struct row_table *t, const void *row)
{
    uint64_t server = server_of(t, row);
    struct id_list *l = server != 0 ? imap_get(&t->servers, server) : NULL;
    if (l == NULL)
        return;
    ids_remove(l, row_id(row));
    if (l->count == 0)
        list_free(imap_del(&t->servers, server));
}

const struct id_list *servers_rows(const struct row_table *t, int64_t server)
{
    return imap_get(&t->servers, (uint64_t)server);
}
