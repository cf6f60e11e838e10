/* wire_record.c - records and storage rows as frames.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <string.h>

#include "provider/wire.h"
#include "record/record.h"

#define NO_COLUMNS UINT32_MAX /* columns NULL, as from a query */

int wire_put_record(struct strbuf *out, uint32_t id, const struct ipam_record *rec)
{
    size_t begun = wire_begin(out, WIRE_RECORD, id);
    int status;

    wire_put32(out, rec->type);
    status = record_pack(rec, NULL, out);
    if (status == 0 && !out->failed && out->len - begun > WIRE_RECORD_MAX)
        status = IPAM_E_TOOBIG;
    if (status == 0)
        status = strbuf_status(out);
    if (status < 0)
        out->failed = true;
    return wire_end(out, begun) ? 0 : status ? status : IPAM_E_TOOBIG;
}

int wire_unpack(uint32_t type, struct ipam_bytes packed, bool check, struct arena *a, void *ret_record)
{
    const struct record_type *t = record_type(type);
    void *rec;
    int status;

    if (t == NULL)
        return IPAM_E_INVAL;
    status = record_unpack(t, packed, a, &rec);
    if (status == 0 && check)
        status = record_check(a, rec);
    if (status == 0)
        memcpy(ret_record, &rec, sizeof(rec));
    return status;
}

int wire_get_record(struct ipam_bytes payload, bool check, struct arena *a, struct ipam_record **ret)
{
    struct wire_reader r;
    uint32_t type;

    wire_reader_init(&r, payload);
    type = wire_get32(&r);
    return wire_unpack(type, wire_get_rest(&r), check, a, ret);
}

int wire_put_row(struct strbuf *out, uint32_t id, const struct ipam_row *row)
{
    size_t begun = wire_begin(out, WIRE_ROW, id);

    wire_put32(out, row->op);
    wire_put32(out, row->type);
    wire_put64(out, (uint64_t)row->id);
    wire_put64(out, (uint64_t)row->rev);
    wire_put32(out, row->columns ? row->column_count : NO_COLUMNS);
    for (uint32_t i = 0; row->columns && i < row->column_count; i++)
        wire_put_bytes(out, row->columns[i].data, row->columns[i].len);
    wire_put_bytes(out, row->body.data, row->body.len);

    int status = strbuf_status(out);
    return wire_end(out, begun) ? 0 : status ? status : IPAM_E_TOOBIG;
}

int wire_get_row(struct ipam_bytes payload, struct arena *a, struct ipam_row *ret)
{
    struct ipam_row row = { .size = sizeof(row) };
    struct ipam_bytes *columns = NULL;
    struct wire_reader r;

    wire_reader_init(&r, payload);
    row.op = wire_get32(&r);
    row.type = wire_get32(&r);
    row.id = (int64_t)wire_get64(&r);
    row.rev = (int64_t)wire_get64(&r);
    row.column_count = wire_get32(&r);
    if (row.column_count == NO_COLUMNS) {
        row.column_count = 0;
    } else {
        if (row.column_count > (size_t)(r.end - r.at) / 4) /* each has a length of four bytes */
            return IPAM_E_INVAL;
        columns = arena_alloc(a, (row.column_count + 1) * sizeof(*columns));
        if (columns == NULL)
            return IPAM_E_NOMEM;
        for (uint32_t i = 0; i < row.column_count; i++)
            columns[i] = wire_get_bytes(&r);
    }
    row.columns = columns;
    row.body = wire_get_bytes(&r);
    if (!wire_read_well(&r))
        return IPAM_E_INVAL;
    *ret = row;
    return 0;
}
