/* wire.c - frames: heads, plain values, the handshake, queues of chunks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/wire.h"

#include <stdlib.h>
#include <string.h>

#include "ipam/plugin.h"
#include "record/record.h"

#define CHUNK_MAX (WIRE_PAYLOAD_MAX + (1u << 20)) /* a largest frame after others */

static void put_le(void *at, uint64_t n, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)at)[i] = (uint8_t)(n >> (8 * i));
}

static uint64_t get_le(const uint8_t *at, size_t size)
{
    uint64_t n = 0;

    for (size_t i = 0; i < size; i++)
        n |= (uint64_t)at[i] << (8 * i);
    return n;
}

const char *wire_kind_name(uint16_t kind)
{
    static const char *const names[WIRE_KIND_END] = {
        [WIRE_HELLO] = "hello",   [WIRE_OPEN] = "open",       [WIRE_CLOSE] = "close",
        [WIRE_CALL] = "call",     [WIRE_EDIT] = "edit",       [WIRE_CANCEL] = "cancel",
        [WIRE_CREDIT] = "credit", [WIRE_STEPPED] = "stepped", [WIRE_OPENED] = "opened",
        [WIRE_CLOSED] = "closed", [WIRE_CAPS] = "caps",       [WIRE_RECORD] = "record",
        [WIRE_ROW] = "row",       [WIRE_STEP] = "step",       [WIRE_DONE] = "done",
        [WIRE_LOG] = "log",
    };

    return kind < WIRE_KIND_END && names[kind] ? names[kind] : "?";
}

int wire_next(const void *data, size_t len, struct wire_frame *ret, size_t *ret_size)
{
    const uint8_t *p = data;
    uint64_t follows;

    if (len < WIRE_HEAD)
        return 0;
    follows = get_le(p, 4);
    ret->kind = (uint16_t)get_le(p + 4, 2);
    ret->id = (uint32_t)get_le(p + 6, 4);
    if (follows < WIRE_HEAD - 4 || follows > WIRE_PAYLOAD_MAX + WIRE_HEAD - 4 || ret->kind == 0 ||
        ret->kind >= WIRE_KIND_END)
        return IPAM_E_PROTO;
    if (len - 4 < follows)
        return 0;
    ret->payload = (struct ipam_bytes){ p + WIRE_HEAD, follows - (WIRE_HEAD - 4) };
    *ret_size = 4 + follows;
    return 1;
}

size_t wire_begin(struct strbuf *out, enum wire_kind kind, uint32_t id)
{
    size_t begun = out->len;
    uint8_t head[WIRE_HEAD] = { 0 };

    put_le(head + 4, kind, 2);
    put_le(head + 6, id, 4);
    strbuf_add(out, head, sizeof(head));
    return begun;
}

bool wire_end(struct strbuf *out, size_t begun)
{
    if (out->failed || out->len - begun > WIRE_HEAD + WIRE_PAYLOAD_MAX) {
        out->len = begun;
        out->failed = out->nomem = false;
        return false;
    }
    put_le(out->data + begun, out->len - begun - 4, 4);
    return true;
}

void wire_put32(struct strbuf *out, uint32_t n)
{
    uint8_t b[4];

    put_le(b, n, sizeof(b));
    strbuf_add(out, b, sizeof(b));
}

void wire_put64(struct strbuf *out, uint64_t n)
{
    uint8_t b[8];

    put_le(b, n, sizeof(b));
    strbuf_add(out, b, sizeof(b));
}

void wire_put_bytes(struct strbuf *out, const void *data, size_t len)
{
    if (len > WIRE_PAYLOAD_MAX) {
        out->failed = true;
        return;
    }
    wire_put32(out, (uint32_t)len);
    strbuf_add(out, data, len);
}

bool wire_put_empty(struct strbuf *out, enum wire_kind kind, uint32_t id)
{
    return wire_end(out, wire_begin(out, kind, id));
}

void wire_reader_init(struct wire_reader *r, struct ipam_bytes payload)
{
    *r = (struct wire_reader){ .at = payload.data, .end = payload.data + payload.len };
}

/* `len` bytes, or NULL with `bad` set. */
static const uint8_t *take(struct wire_reader *r, size_t len)
{
    const uint8_t *at = r->at;

    if (r->bad || len > (size_t)(r->end - r->at)) {
        r->bad = true;
        return NULL;
    }
    r->at += len;
    return at;
}

uint32_t wire_get32(struct wire_reader *r)
{
    const uint8_t *at = take(r, 4);

    return at ? (uint32_t)get_le(at, 4) : 0;
}

uint64_t wire_get64(struct wire_reader *r)
{
    const uint8_t *at = take(r, 8);

    return at ? get_le(at, 8) : 0;
}

struct ipam_bytes wire_get_bytes(struct wire_reader *r)
{
    uint32_t len = wire_get32(r);
    const uint8_t *at = take(r, len);

    return (struct ipam_bytes){ at, at ? len : 0 };
}

struct ipam_bytes wire_get_rest(struct wire_reader *r)
{
    size_t len = (size_t)(r->end - r->at);
    const uint8_t *at = take(r, len);

    return (struct ipam_bytes){ at, at ? len : 0 };
}

bool wire_read_well(const struct wire_reader *r)
{
    return !r->bad && r->at == r->end;
}

/* FNV-1a over everything of the tables that decides what packed bytes mean. */
static uint64_t digest(uint64_t h, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const uint8_t *)data)[i]) * UINT64_C(1099511628211);
    return h;
}

static uint64_t record_tables(void)
{
    unsigned count;
    const struct record_type *t = record_types(&count);
    uint64_t h = UINT64_C(14695981039346656037);

    for (unsigned i = 0; i < count; i++) {
        h = digest(h, &t[i].type, sizeof(t[i].type));
        for (unsigned f = 0; f < t[i].field_count; f++) {
            h = digest(h, &t[i].fields[f].number, sizeof(t[i].fields[f].number));
            h = digest(h, &t[i].fields[f].kind, sizeof(t[i].fields[f].kind));
            h = digest(h, t[i].fields[f].name, strlen(t[i].fields[f].name) + 1);
        }
    }
    return h;
}

void wire_put_hello(struct strbuf *out, int32_t status, const char *text)
{
    size_t begun = wire_begin(out, WIRE_HELLO, 0);

    wire_put32(out, WIRE_VERSION);
    wire_put32(out, IPAM_ABI);
    wire_put64(out, record_tables());
    wire_put32(out, (uint32_t)status);
    wire_put_bytes(out, text, strlen(text));
    wire_end(out, begun);
}

bool wire_get_hello(struct ipam_bytes payload, struct wire_hello *ret)
{
    struct wire_reader r;
    struct ipam_bytes text;

    wire_reader_init(&r, payload);
    ret->version = wire_get32(&r);
    ret->abi = wire_get32(&r);
    ret->records = wire_get64(&r);
    ret->status = (int32_t)wire_get32(&r);
    text = wire_get_bytes(&r);
    ret->text = (struct ipam_str){ (const char *)text.data, text.len };
    return wire_read_well(&r);
}

bool wire_hello_agrees(const struct wire_hello *h)
{
    return h->version == WIRE_VERSION && h->abi == IPAM_ABI && h->records == record_tables();
}

struct chunk *chunk_new(void)
{
    struct chunk *c = xcalloc(1, sizeof(*c));

    strbuf_init(&c->data, CHUNK_MAX);
    return c;
}

void chunk_free(struct chunk *c)
{
    if (c == NULL)
        return;
    strbuf_fini(&c->data);
    free(c);
}

void chunk_queue_init(struct chunk_queue *q)
{
    q->first = NULL;
    q->last = &q->first;
}

void chunk_queue_fini(struct chunk_queue *q)
{
    struct chunk *c;

    while ((c = chunk_pop(q)))
        chunk_free(c);
}

void chunk_push(struct chunk_queue *q, struct chunk *c)
{
    c->next = NULL;
    *q->last = c;
    q->last = &c->next;
}

struct chunk *chunk_pop(struct chunk_queue *q)
{
    struct chunk *c = q->first;

    if (c == NULL)
        return NULL;
    q->first = c->next;
    if (q->first == NULL)
        q->last = &q->first;
    return c;
}
