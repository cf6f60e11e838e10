/* wire.h - frames between the daemon and a helper, and from a plugin's thread to the loop. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A frame is u32 length of what follows, u16 kind, u32 id of the request or instance, payload; little endian.
 * The same frames travel inside the daemon when a plugin runs in process, so both ways have one reader.
 * Reading never goes out of bounds, whatever the bytes are. */
#ifndef PROVIDER_WIRE_H
#define PROVIDER_WIRE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "ipam/storage.h"

#define WIRE_VERSION     3u
#define WIRE_HEAD        10 /* bytes before the payload */
#define WIRE_PAYLOAD_MAX (16u << 20)
#define WIRE_RECORD_MAX  (2u << 20) /* a packed record; the largest has two lists and 64 KiB of JSON */
#define WIRE_STEP_MAX    32

/* How a helper ends that has judged itself. (84 is KEEPER_EXIT_ALONE.) */
#define HELPER_EXIT_MEMORY 81
#define HELPER_EXIT_FILES  82
#define HELPER_EXIT_STUCK  83

enum wire_kind {
    WIRE_HELLO =
        1, /* both ways, first: version, ABI, digest of the record tables, then what wire_hello adds */
    /* daemon to helper; id is the instance's */
    WIRE_OPEN, /* u32 kind, u32 most calls at once, target, options */
    WIRE_CLOSE,
    /* daemon to helper; id is the request's */
    WIRE_CALL, /* u32 instance, u32 operation, i64 deadline, arguments as a record or nothing */
    WIRE_EDIT, /* after a CALL of apply, in order: a packed edit; the last one starts the call */
    WIRE_CANCEL,
    WIRE_CREDIT,  /* u32 bytes of frames that were taken in */
    WIRE_STEPPED, /* a step was heard (fault points only) */
    /* helper to daemon; id is the instance's */
    WIRE_OPENED, /* i32 status, message */
    WIRE_CLOSED,
    WIRE_CAPS, /* u64 capabilities, any time while it is open */
    /* helper to daemon, or plugin's thread to loop; id is the request's */
    WIRE_RECORD, /* u32 type, packed record */
    WIRE_ROW,    /* a storage row; never between processes */
    WIRE_STEP,   /* text */
    WIRE_DONE,   /* packed outcome; the last of its request */
    /* daemon to helper; id is 0 */
    WIRE_LOG, /* u32 level, u32 format: how to log from now on */
    WIRE_KIND_END
};

struct wire_frame {
    uint16_t kind;
    uint32_t id;
    struct ipam_bytes payload; /* points into what was read */
};

const char *wire_kind_name(uint16_t kind); /* "call", ...; "?" for none */
/* The next whole frame at data: 1 with its size, 0 when more bytes are needed, IPAM_E_PROTO for a kind or
 * length that cannot be. */
int wire_next(const void *data, size_t len, struct wire_frame *ret, size_t *ret_size);

/* Writing: begin a frame, add to it, end it. wire_end answers false and takes the frame back when it became
 * too large or memory ran out. */
size_t wire_begin(struct strbuf *out, enum wire_kind kind, uint32_t id);
bool wire_end(struct strbuf *out, size_t begun);
void wire_put32(struct strbuf *out, uint32_t n);
void wire_put64(struct strbuf *out, uint64_t n);
void wire_put_bytes(struct strbuf *out, const void *data, size_t len); /* u32 length, bytes */
/* A frame without payload. */
bool wire_put_empty(struct strbuf *out, enum wire_kind kind, uint32_t id);

/* Reading a payload: after the end, or past it, everything is 0 and `bad` stays set. */
struct wire_reader {
    const uint8_t *at, *end;
    bool bad;
};
void wire_reader_init(struct wire_reader *r, struct ipam_bytes payload);
uint32_t wire_get32(struct wire_reader *r);
uint64_t wire_get64(struct wire_reader *r);
struct ipam_bytes wire_get_bytes(struct wire_reader *r);
struct ipam_bytes wire_get_rest(struct wire_reader *r);
/* Nothing was missing and nothing is left. */
bool wire_read_well(const struct wire_reader *r);

/* One record as a frame: 0, or IPAM_E_INVAL, IPAM_E_TOOBIG, IPAM_E_NOMEM with nothing written. */
int wire_put_record(struct strbuf *out, uint32_t id, const struct ipam_record *rec);
/* Its inverse into the arena. `check`: the bytes come from another process, so limits and UTF-8 are judged,
 * too. */
int wire_get_record(struct ipam_bytes payload, bool check, struct arena *a, struct ipam_record **ret);
/* A packed record of a known type without a frame around it. */
int wire_unpack(uint32_t type, struct ipam_bytes packed, bool check, struct arena *a, void *ret_record);

/* One storage row; columns and body of the read row point into the payload, the array of columns is the
 * arena's. */
int wire_put_row(struct strbuf *out, uint32_t id, const struct ipam_row *row);
int wire_get_row(struct ipam_bytes payload, struct arena *a, struct ipam_row *ret);

/* What both sides must agree on. `status` and `text`: the helper's word whether its plugin is loaded; from
 * the daemon the log level in `status`, and "json" when it logs so. */
struct wire_hello {
    uint32_t version, abi;
    uint64_t records; /* digest of the record tables */
    int32_t status;
    struct ipam_str text;
};
void wire_put_hello(struct strbuf *out, int32_t status, const char *text);
bool wire_get_hello(struct ipam_bytes payload, struct wire_hello *ret);
bool wire_hello_agrees(const struct wire_hello *h);

/* A run of frames on its way. */
struct chunk {
    struct chunk *next;
    struct strbuf data;
    size_t taken; /* bytes read so far */
};
struct chunk *chunk_new(void);
void chunk_free(struct chunk *c);
struct chunk_queue {
    struct chunk *first, **last;
};
void chunk_queue_init(struct chunk_queue *q);
void chunk_queue_fini(struct chunk_queue *q);
void chunk_push(struct chunk_queue *q, struct chunk *c);
struct chunk *chunk_pop(struct chunk_queue *q); /* NULL when empty */

#endif
