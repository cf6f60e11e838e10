/* backup.h - the format of a backup: blocks, each under a digest that covers all before it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A file is a HEAD block, ROWS blocks and an END block, and nothing else; a stream that fails has a FAIL block,
 * whose payload says why, in place of the end. A block is a kind (4 letters), the number of rows in it and the
 * bytes of its payload (4 bytes each, little-endian), the payload, and 32 bytes of BLAKE2b over the digest before
 * it (zeros before the first), kind, numbers and payload. HEAD and END hold a JSON object; ROWS hold rows of a
 * dump (ipam/storage.h) one after the other. So a file that is cut, changed or put together from two is known,
 * and where. Pure but for reading a descriptor. */
#ifndef BACKUP_BACKUP_H
#define BACKUP_BACKUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "ipam/storage.h"

#define BACKUP_FORMAT    1
#define BACKUP_BLOCK     (64u << 10) /* a block is given out when it has grown to this */
#define BACKUP_BLOCK_MAX (16u << 20) /* none is larger */
#define BACKUP_DIGEST    32
#define BACKUP_ERR       720
#define BACKUP_TYPE      "application/x-ipamd-backup"

/* What is known at the start ... */
struct backup_head {
    char version[32]; /* of the ipamd that wrote it */
    uint32_t schema;
    int64_t created_ms;
    int64_t revision, rows; /* of the database when it began; the dump may have a few more */
};
/* ... and at the end. */
struct backup_tail {
    int64_t revision, next_id, rows; /* exactly */
    uint8_t digest[BACKUP_DIGEST];   /* of the dump */
};

struct backup_writer {
    struct strbuf *out; /* whole blocks are appended; `failed` says that memory ran out */
    struct strbuf rows;
    uint32_t count;
    uint8_t chain[BACKUP_DIGEST];
};
void backup_write(struct backup_writer *w, struct strbuf *out, const struct backup_head *head);
/* 0, or IPAM_E_TOOBIG for a row that no block holds. */
int backup_write_row(struct backup_writer *w, const struct ipam_row *row);
void backup_write_end(struct backup_writer *w, const struct backup_tail *tail);
/* Instead of the end: why there is none. */
void backup_write_failed(struct backup_writer *w, const char *why);
void backup_writer_fini(struct backup_writer *w);

struct backup_reader;
/* Reads and checks the HEAD block of a file. The descriptor stays the caller's. 0 or IPAM_E_* with the reason,
 * which names the file and the byte. */
int backup_open(int fd, const char *path, struct backup_reader **ret, struct backup_head *head, char *err);
/* The next row; it lives until the next call. 1, 0 at the END block, which is in *tail then, or IPAM_E_*. */
int backup_next(struct backup_reader *r, struct ipam_row *ret, struct backup_tail *tail, char *err);
/* Bytes read so far. */
uint64_t backup_at(const struct backup_reader *r);
void backup_close(struct backup_reader *r); /* NULL-safe */

#endif
