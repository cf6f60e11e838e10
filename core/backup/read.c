/* read.c - blocks into rows of a dump, every byte checked.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup_p.h"
#include "base/json.h"
#include "ipam/status.h"

#define COLUMNS_MAX 64

struct backup_reader {
    int fd;
    const char *path;
    uint64_t at, begun; /* bytes read; where the block under way begins */
    uint64_t blocks, rows;
    uint8_t head[BLOCK_HEAD], chain[BACKUP_DIGEST];
    uint8_t *payload;
    size_t len, taken, room;
    uint32_t left; /* rows of the block */
    bool failed, ended;
    struct ipam_bytes columns[COLUMNS_MAX];
};

static int refuse(struct backup_reader *r, char *err, int status, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static int refuse(struct backup_reader *r, char *err, int status, const char *fmt, ...)
{
    char text[BACKUP_ERR - 208];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(err, BACKUP_ERR, "%.200s: %s", r->path, text);
    r->failed = true;
    return status;
}

static int damaged(struct backup_reader *r, char *err, const char *what)
{
    return refuse(
        r, err, IPAM_E_PROTO,
        "block %llu, at byte %llu, behind row %llu, %s: the file was changed since it was written; take "
        "another backup",
        (unsigned long long)r->blocks + 1, (unsigned long long)r->begun, (unsigned long long)r->rows, what);
}

static uint64_t number_at(const uint8_t *at, unsigned len)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < len; i++)
        n |= (uint64_t)at[i] << (8 * i);
    return n;
}

/* Reads exactly that much; *ret_got tells how much came before the end of the file. */
static int read_all(struct backup_reader *r, uint8_t *to, size_t len, size_t *ret_got, char *err)
{
    size_t got = 0;

    while (got < len) {
        ssize_t n = read(r->fd, to + got, len - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse(r, err, IPAM_E_IO, "cannot read it at byte %llu: %m",
                          (unsigned long long)r->at + got);
        if (n == 0)
            break;
        got += (size_t)n;
    }
    r->at += got;
    *ret_got = got;
    return 0;
}

static int cut_off(struct backup_reader *r, char *err)
{
    return refuse(
        r, err, IPAM_E_PROTO,
        "it ends at byte %llu, behind row %llu, without an end: the rest is missing; take another backup",
        (unsigned long long)r->at, (unsigned long long)r->rows);
}

static bool kind_is(const struct backup_reader *r, const char *kind)
{
    return memcmp(r->head, kind, 4) == 0;
}

/* Reads the next block and checks it. */
static int read_block(struct backup_reader *r, char *err)
{
    uint8_t digest[BACKUP_DIGEST];
    size_t got;
    int status;

    r->begun = r->at;
    status = read_all(r, r->head, sizeof(r->head), &got, err);
    if (status != 0)
        return status;
    if (r->blocks == 0 && (got < 4 || !kind_is(r, KIND_HEAD)))
        return refuse(r, err, IPAM_E_INVAL, "it is no backup of ipamd");
    if (got < sizeof(r->head))
        return cut_off(r, err);
    r->len = (size_t)number_at(r->head + 8, 4);
    if (r->len > BACKUP_BLOCK_MAX ||
        (r->blocks > 0 && !kind_is(r, KIND_ROWS) && !kind_is(r, KIND_END) && !kind_is(r, KIND_FAIL)))
        return damaged(r, err, "is no block");
    if (r->len > r->room) {
        r->room = r->len;
        r->payload = xrealloc(r->payload, r->room);
    }
    status = read_all(r, r->payload, r->len, &got, err);
    if (status == 0 && got < r->len)
        return cut_off(r, err);
    if (status == 0)
        status = read_all(r, digest, sizeof(digest), &got, err);
    if (status == 0 && got < sizeof(digest))
        return cut_off(r, err);
    if (status != 0)
        return status;
    backup_chain(r->chain, r->head, r->payload, r->len);
    if (memcmp(r->chain, digest, sizeof(digest)) != 0)
        return damaged(r, err, "is damaged");
    r->blocks++;
    r->left = (uint32_t)number_at(r->head + 4, 4);
    r->taken = 0;
    return 0;
}

static bool get_int(const struct json *object, const char *key, int64_t *ret)
{
    return json_int(json_get(object, key), ret) == 0 && *ret >= 0;
}

static void get_text(const struct json *object, const char *key, char *ret, size_t room)
{
    struct ipam_str s = json_str(json_get(object, key));

    snprintf(ret, room, "%.*s", (int)s.len, s.len ? s.data : "");
}

/* HEAD or END: under a digest that was right, so what is wrong in it was written wrong. */
static int parse_block(struct backup_reader *r, struct json_doc **ret, char *err)
{
    struct json_error e;

    return json_parse((const char *)r->payload, r->len, BACKUP_BLOCK_MAX, ret, &e) == 0
               ? 0
               : damaged(r, err, "has no JSON object");
}

static int read_head(struct backup_reader *r, struct backup_head *head, char *err)
{
    struct json_doc *doc = NULL;
    int64_t format = 0, schema = 0;
    int status = read_block(r, err);

    if (status == 0)
        status = parse_block(r, &doc, err);
    if (status != 0)
        return status;
    const struct json *o = json_root(doc);
    memset(head, 0, sizeof(*head));
    get_text(o, "ipamd", head->version, sizeof(head->version));
    if (!get_int(o, "format", &format) || !get_int(o, "schema", &schema) ||
        !get_int(o, "created_ms", &head->created_ms) || !get_int(o, "revision", &head->revision) ||
        !get_int(o, "rows", &head->rows))
        status = damaged(r, err, "lacks what a head has");
    else if (format > BACKUP_FORMAT)
        status = refuse(
            r, err, IPAM_E_CONFIG,
            "its format %lld is newer than %d, the newest this version knows; use ipamd %s, which wrote "
            "it, or a newer one",
            (long long)format, BACKUP_FORMAT, head->version);
    head->schema = (uint32_t)schema;
    json_free(doc);
    return status;
}

int backup_open(int fd, const char *path, struct backup_reader **ret, struct backup_head *head, char *err)
{
    struct backup_reader *r = xcalloc(1, sizeof(*r));
    int status;

    r->fd = fd;
    r->path = path;
    status = read_head(r, head, err);
    if (status == 0)
        *ret = r;
    else
        backup_close(r);
    return status;
}

static int read_tail(struct backup_reader *r, struct backup_tail *tail, char *err)
{
    struct json_doc *doc = NULL;
    struct ipam_str hex;
    uint8_t more;
    size_t got = 0, bytes = 0;
    int status = parse_block(r, &doc, err);

    if (status != 0)
        return status;
    const struct json *o = json_root(doc);
    hex = json_str(json_get(o, "digest"));
    if (!get_int(o, "revision", &tail->revision) || !get_int(o, "next_id", &tail->next_id) ||
        !get_int(o, "rows", &tail->rows) ||
        sodium_hex2bin(tail->digest, sizeof(tail->digest), hex.data ? hex.data : "", hex.len, NULL, &bytes,
                       NULL) != 0 ||
        bytes != sizeof(tail->digest) || (uint64_t)tail->rows != r->rows)
        status = damaged(r, err, "does not end what came before");
    json_free(doc);
    if (status == 0)
        status = read_all(r, &more, 1, &got, err);
    if (status == 0 && got > 0)
        status = refuse(r, err, IPAM_E_PROTO,
                        "something follows the end, at byte %llu: this is not one backup alone",
                        (unsigned long long)r->at - 1);
    r->ended = status == 0;
    return status;
}

static bool take(struct backup_reader *r, unsigned len, uint64_t *ret)
{
    if (r->len - r->taken < len)
        return false;
    *ret = number_at(r->payload + r->taken, len);
    r->taken += len;
    return true;
}

static bool take_bytes(struct backup_reader *r, struct ipam_bytes *ret)
{
    uint64_t len;

    if (!take(r, 4, &len) || r->len - r->taken < len)
        return false;
    *ret = (struct ipam_bytes){ r->payload + r->taken, (size_t)len };
    r->taken += (size_t)len;
    return true;
}

static bool take_row(struct backup_reader *r, struct ipam_row *row)
{
    uint64_t op, type, id, rev, columns;

    if (!take(r, 4, &op) || !take(r, 4, &type) || !take(r, 8, &id) || !take(r, 8, &rev) ||
        !take(r, 4, &columns) || (columns > COLUMNS_MAX && columns != NO_COLUMNS))
        return false;
    *row = (struct ipam_row){ .size = sizeof(*row),
                              .op = (uint32_t)op,
                              .type = (uint32_t)type,
                              .id = (int64_t)id,
                              .rev = (int64_t)rev };
    if (columns != NO_COLUMNS) {
        row->columns = r->columns;
        row->column_count = (uint32_t)columns;
    }
    for (uint32_t i = 0; i < row->column_count; i++)
        if (!take_bytes(r, &r->columns[i]))
            return false;
    return take_bytes(r, &row->body);
}

int backup_next(struct backup_reader *r, struct ipam_row *ret, struct backup_tail *tail, char *err)
{
    if (r->failed || r->ended)
        return refuse(r, err, IPAM_E_INVAL, "it is read no further");
    while (r->left == 0) {
        int status;

        if (r->taken != r->len && kind_is(r, KIND_ROWS))
            return damaged(r, err, "has more than its rows");
        status = read_block(r, err);
        if (status != 0)
            return status;
        if (kind_is(r, KIND_END))
            return read_tail(r, tail, err);
        if (kind_is(r, KIND_FAIL))
            return refuse(r, err, IPAM_E_PROTO, "it was not finished: %.*s", (int)r->len,
                          (const char *)r->payload);
        if (r->left == 0)
            return damaged(r, err, "has no rows");
    }
    if (!take_row(r, ret))
        return damaged(r, err, "has a row that is none");
    r->left--;
    r->rows++;
    return 1;
}

uint64_t backup_at(const struct backup_reader *r)
{
    return r->at;
}

void backup_close(struct backup_reader *r)
{
    if (!r)
        return;
    free(r->payload);
    free(r);
}
