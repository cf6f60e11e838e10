/* write.c - rows of a dump into blocks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/backup_p.h"
#include "base/json.h"
#include "ipam/status.h"

void backup_chain(uint8_t chain[BACKUP_DIGEST], const uint8_t head[BLOCK_HEAD], const void *payload,
                  size_t len)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, BACKUP_DIGEST);
    crypto_generichash_update(&state, chain, BACKUP_DIGEST);
    crypto_generichash_update(&state, head, BLOCK_HEAD);
    crypto_generichash_update(&state, payload, len);
    crypto_generichash_final(&state, chain, BACKUP_DIGEST);
}

static void put_number(uint8_t *at, uint64_t n, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        at[i] = (uint8_t)(n >> (8 * i));
}

static void add_number(struct strbuf *out, uint64_t n, unsigned len)
{
    uint8_t bytes[8];

    put_number(bytes, n, len);
    strbuf_add(out, (const char *)bytes, len);
}

static void add_bytes(struct strbuf *out, struct ipam_bytes b)
{
    add_number(out, b.len, 4);
    strbuf_add(out, (const char *)b.data, b.len);
}

static void write_block(struct backup_writer *w, const char *kind, uint32_t count,
                        const struct strbuf *payload)
{
    uint8_t head[BLOCK_HEAD];

    memcpy(head, kind, 4);
    put_number(head + 4, count, 4);
    put_number(head + 8, payload->len, 4);
    backup_chain(w->chain, head, payload->data, payload->len);
    strbuf_add(w->out, (const char *)head, sizeof(head));
    strbuf_add(w->out, payload->data, payload->len);
    strbuf_add(w->out, (const char *)w->chain, sizeof(w->chain));
    if (payload->failed)
        w->out->failed = true;
}

void backup_write(struct backup_writer *w, struct strbuf *out, const struct backup_head *head)
{
    struct strbuf json;
    struct json_writer jw;

    memset(w, 0, sizeof(*w));
    w->out = out;
    strbuf_init(&w->rows, BACKUP_BLOCK_MAX);
    strbuf_init(&json, 4096);
    jw_init(&jw, &json);
    jw_object(&jw);
    jw_key(&jw, "format");
    jw_int(&jw, BACKUP_FORMAT);
    jw_key(&jw, "ipamd");
    jw_text(&jw, head->version);
    jw_key(&jw, "schema");
    jw_int(&jw, head->schema);
    jw_key(&jw, "created_ms");
    jw_int(&jw, head->created_ms);
    jw_key(&jw, "revision");
    jw_int(&jw, head->revision);
    jw_key(&jw, "rows");
    jw_int(&jw, head->rows);
    jw_object_end(&jw);
    write_block(w, KIND_HEAD, 0, &json);
    strbuf_fini(&json);
}

static void flush_rows(struct backup_writer *w)
{
    if (w->count == 0)
        return;
    write_block(w, KIND_ROWS, w->count, &w->rows);
    strbuf_reset(&w->rows);
    w->count = 0;
}

static void add_row(struct strbuf *out, const struct ipam_row *row)
{
    add_number(out, row->op, 4);
    add_number(out, row->type, 4);
    add_number(out, (uint64_t)row->id, 8);
    add_number(out, (uint64_t)row->rev, 8);
    add_number(out, row->columns ? row->column_count : NO_COLUMNS, 4);
    for (uint32_t i = 0; row->columns && i < row->column_count; i++)
        add_bytes(out, row->columns[i]);
    add_bytes(out, row->body);
}

int backup_write_row(struct backup_writer *w, const struct ipam_row *row)
{
    size_t len = 32 + row->body.len;

    for (uint32_t i = 0; row->columns && i < row->column_count; i++)
        len += 4 + row->columns[i].len;
    if (len > BACKUP_BLOCK_MAX)
        return IPAM_E_TOOBIG;
    if (w->rows.len + len > BACKUP_BLOCK)
        flush_rows(w);
    add_row(&w->rows, row);
    w->count++;
    return 0;
}

void backup_write_end(struct backup_writer *w, const struct backup_tail *tail)
{
    char hex[2 * BACKUP_DIGEST + 1];
    struct strbuf json;
    struct json_writer jw;

    flush_rows(w);
    sodium_bin2hex(hex, sizeof(hex), tail->digest, sizeof(tail->digest));
    strbuf_init(&json, 4096);
    jw_init(&jw, &json);
    jw_object(&jw);
    jw_key(&jw, "revision");
    jw_int(&jw, tail->revision);
    jw_key(&jw, "next_id");
    jw_int(&jw, tail->next_id);
    jw_key(&jw, "rows");
    jw_int(&jw, tail->rows);
    jw_key(&jw, "digest");
    jw_text(&jw, hex);
    jw_object_end(&jw);
    write_block(w, KIND_END, 0, &json);
    strbuf_fini(&json);
}

void backup_write_failed(struct backup_writer *w, const char *why)
{
    struct strbuf text;

    strbuf_init(&text, 2048);
    strbuf_puts(&text, why);
    write_block(w, KIND_FAIL, 0, &text);
    strbuf_fini(&text);
}

void backup_writer_fini(struct backup_writer *w)
{
    strbuf_fini(&w->rows);
}
