/* call.c - a request of the storage backend: rows as records, sort keys, what the caller is told.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_p.h"

void call_init(struct call *c, store_record record, void *user)
{
    *c = (struct call){ .record = record, .user = user };
    arena_init(&c->args, 0);
    arena_init(&c->row, 0);
}

void call_fini(struct call *c)
{
    arena_fini(&c->args);
    arena_fini(&c->row);
}

static int64_t *int_at(const void *rec, unsigned field)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);

    return (int64_t *)((char *)rec + record_field_number(t, field)->offset);
}

int64_t store_int(const void *rec, unsigned field)
{
    return *int_at(rec, field);
}

static void set_int(void *rec, unsigned field, int64_t value)
{
    *int_at(rec, field) = value;
    IPAM_SET_FIELD((struct ipam_record *)rec, field);
}

/* The record of a row; NULL, once noted, for one that cannot be read. */
static void *unpack(struct call *c, const struct ipam_row *row, struct arena *a)
{
    const struct record_type *t = record_type(row->type);
    struct ipam_bytes body = row->op == IPAM_ROW_DELETE ? (struct ipam_bytes){ NULL, 0 } : row->body;
    void *rec;
    int status = t && store_table(row->type) ? record_unpack(t, body, a, &rec) : IPAM_E_INVAL;

    if (status == 0) {
        set_int(rec, STORE_ID, row->id);
        set_int(rec, STORE_REV, row->rev);
        return rec;
    }
    if (!c->wrong[0])
        snprintf(c->wrong, sizeof(c->wrong),
                 "row %lld of %s in storage cannot be read (status %d); restore a backup or report it",
                 (long long)row->id, t ? t->plural : "an unknown type", status);
    return NULL;
}

void call_row(struct call *c, const struct ipam_row *row)
{
    if (!c->record)
        return;
    void *rec = unpack(c, row, &c->row);
    if (rec)
        c->record(c->user, record_type(row->type), rec);
    arena_reset(&c->row);
}

void *call_keep_row(struct call *c, const struct ipam_row *row)
{
    return unpack(c, row, &c->args);
}

int call_status(const struct call *c, int status, const struct ipam_outcome *info, char *buf)
{
    buf[0] = '\0';
    if (status == 0 && c->wrong[0]) {
        snprintf(buf, STORE_MESSAGE, "%s", c->wrong);
        return IPAM_E_IO;
    }
    if (status != 0)
        snprintf(buf, STORE_MESSAGE, STR_FMT, STR_ARG(info->message));
    return status;
}

void *call_alloc(struct call *c, size_t size)
{
    void *p = arena_alloc(&c->args, size ? size : 1);

    if (!p)
        out_of_memory(size); /* the arena has no limit */
    return p;
}

struct ipam_bytes call_bytes(struct call *c, struct ipam_bytes bytes)
{
    if (bytes.len == 0)
        return (struct ipam_bytes){ NULL, 0 };
    uint8_t *copy = call_alloc(c, bytes.len);
    memcpy(copy, bytes.data, bytes.len);
    return (struct ipam_bytes){ copy, bytes.len };
}

struct ipam_bytes call_key(struct call *c, const struct record_type *t, unsigned field, const void *rec)
{
    const struct record_field *f = record_field_number(t, field ? field : STORE_ID);
    struct ipam_bytes key = { NULL, 0 };
    struct strbuf b;

    if (!f || !rec)
        return key;
    strbuf_init(&b, STORE_ROW_MAX);
    record_field_sortkey(f, rec, &b);
    key = call_bytes(c, (struct ipam_bytes){ (const uint8_t *)b.data, b.len });
    strbuf_fini(&b);
    return key;
}
