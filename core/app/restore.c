/* restore.c - ipamd --restore FILE: a backup into the storage, checked before, as a whole, and checked after.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "app/alone.h"
#include "app/app_p.h"
#include "backup/backup.h"
#include "base/container.h"
#include "base/clock.h"
#include "vault/vault.h"

#define PIECE_ROWS  1000
#define PIECE_BYTES (4u << 20)
#define SAY_MS      200

struct restore {
    struct alone alone;
    const char *path;
    bool replace, begun, last;
    int fd;
    struct backup_reader *reader;
    struct backup_head head;
    struct backup_tail tail;
    struct arena arena; /* rows of the piece */
    const struct ipam_row *rows[PIECE_ROWS];
    size_t count;
    struct store_dumped dumped;
    int64_t done, said_ms;
    unsigned damages;
    struct keyring *keys; /* the master keys at hand */
    struct strbuf dead;   /* names of secrets that are under none of them */
    unsigned dead_count;
    bool terminal;
};

static void say(struct restore *r, const char *text)
{
    fprintf(stderr, "%s%s\n", r->terminal ? "\r\033[K" : "", text);
}

static void show(struct restore *r, const char *what, bool always)
{
    int64_t now = clock_mono_ms();
    if (!r->terminal || (!always && now - r->said_ms < SAY_MS))
        return;
    r->said_ms = now;
    fprintf(stderr, "\r%s: %" PRId64 " of %" PRId64 " rows\033[K", what, r->done, r->tail.rows);
}

static void end(struct restore *r, int exit_status)
{
    backup_close(r->reader);
    r->reader = NULL;
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    arena_fini(&r->arena);
    alone_end(&r->alone, exit_status);
}

static void fail(struct restore *r, int status, const char *message)
{
    say(r, message);
    end(r, status == IPAM_E_CONFLICT ? EX_CANTCREAT
           : status == IPAM_E_BUSY   ? EX_TEMPFAIL
           : status == IPAM_E_CONFIG ? EX_CONFIG
           : status == IPAM_E_PROTO  ? EX_DATAERR
           : status == IPAM_E_INVAL  ? EX_DATAERR
           : status == IPAM_E_NOSPC  ? EX_IOERR
                                     : EX_SOFTWARE);
}

/* --- secrets, which are of no use without the master key they are under --- */

static void look_at_seal(struct restore *r, const struct ipam_row *row)
{
    struct arena a;
    void *rec;
    arena_init(&a, 1u << 20);
    if (record_unpack(record_type(IPAM_T_SEAL), row->body, &a, &rec) == 0) {
        const struct ipam_seal *s = rec;
        if (r->keys == NULL || !keyring_has(r->keys, s->key))
            strbuf_printf(&r->dead, "%s" STR_FMT, r->dead_count++ > 0 ? ", " : "", STR_ARG(s->label));
    }
    arena_fini(&a);
}

static void say_dead(struct restore *r)
{
    char text[4096];
    if (r->dead_count == 0)
        return;
    snprintf(text, sizeof(text),
             "%u secrets cannot be read until the master key they are under is put back, which no backup "
             "holds: %.3000s%s; or write them anew with ipamctl secret set",
             r->dead_count, r->dead.data, r->dead.failed || r->dead.len > 3000 ? ", ..." : "");
    say(r, text);
}

/* --- the file, once before anything is touched --- */

static int reopen(struct restore *r, char *err)
{
    backup_close(r->reader);
    r->reader = NULL;
    if (lseek(r->fd, 0, SEEK_SET) < 0) {
        snprintf(err, BACKUP_ERR, "%.200s: %s; a file is expected, no pipe", r->path, strerror(errno));
        return IPAM_E_IO;
    }
    return backup_open(r->fd, r->path, &r->reader, &r->head, err);
}

static int check_file(struct restore *r, char *err)
{
    struct ipam_row row;
    int more = reopen(r, err);
    while (more >= 0 && (more = backup_next(r->reader, &row, &r->tail, err)) > 0)
        ;
    return more < 0 ? more : reopen(r, err);
}

/* --- afterwards --- */

static void on_verified(void *user, int status, const char *message)
{
    struct restore *r = user;
    char text[BACKUP_ERR];
    if (status != 0 && status != IPAM_E_UNSUPPORTED) {
        fail(r, status, message);
        return;
    }
    snprintf(text, sizeof(text),
             "%.200s: restored revision %" PRId64 " with %" PRId64
             " rows; the storage was read back and is the same",
             r->path, r->dumped.head, r->dumped.count);
    say(r, text);
    say_dead(r);
    end(r, r->damages == 0 ? 0 : EX_DATAERR);
}

static void on_check(void *user, const struct ipam_check *check)
{
    struct restore *r = user;
    char text[1200];
    if (check->state == IPAM_CHECK_STATE_OK)
        return;
    r->damages++;
    snprintf(text, sizeof(text), "after the restore, %.*s: %.*s", (int)check->channel.len,
             check->channel.data, (int)check->message.len, check->message.data);
    say(r, text);
}

static void on_dumped(void *user, int status, const char *message, const struct store_dumped *d)
{
    struct restore *r = user;
    if (status != 0) {
        fail(r, status, message);
        return;
    }
    r->dumped = *d;
    if (memcmp(d->digest, r->tail.digest, sizeof(d->digest)) != 0 || d->head != r->tail.revision ||
        d->next_id != r->tail.next_id || d->count != r->tail.rows) {
        fail(r, IPAM_E_PROTO, "what was restored is not what the backup holds; please report it");
        return;
    }
    store_verify(r->alone.store, on_check, on_verified, r);
}

static void on_dump_row(void *user, const struct ipam_row *row)
{
    struct restore *r = user;
    (void)row;
    r->done++;
    show(r, "reading back", false);
}

/* --- rows --- */

static bool keep_bytes(struct restore *r, struct ipam_bytes *b)
{
    void *copy = arena_alloc(&r->arena, b->len + 1);
    if (copy == NULL)
        return false;
    if (b->len > 0)
        memcpy(copy, b->data, b->len);
    b->data = copy;
    return true;
}

/* Rows of a piece outlive the block they were read from. */
static bool keep(struct restore *r, const struct ipam_row *row)
{
    struct ipam_row *copy = arena_alloc(&r->arena, sizeof(*copy));
    struct ipam_bytes *columns = NULL;
    bool good = copy != NULL;
    if (good)
        *copy = *row;
    if (good && row->columns != NULL) {
        columns = arena_alloc(&r->arena, (row->column_count + 1) * sizeof(*columns));
        good = columns != NULL;
        for (uint32_t i = 0; good && i < row->column_count; i++) {
            columns[i] = row->columns[i];
            good = keep_bytes(r, &columns[i]);
        }
        if (good)
            copy->columns = columns;
    }
    good = good && keep_bytes(r, &copy->body);
    if (good)
        r->rows[r->count++] = copy;
    return good;
}

static void on_loaded(void *user, int status, const char *message);

static void load_piece(struct restore *r)
{
    struct ipam_row row;
    char err[BACKUP_ERR];
    size_t bytes = 0;
    int more = 1;
    arena_reset(&r->arena);
    r->count = 0;
    while (r->count < PIECE_ROWS && bytes < PIECE_BYTES &&
           (more = backup_next(r->reader, &row, &r->tail, err)) > 0) {
        bytes += row.body.len;
        if (row.type == IPAM_T_SEAL)
            look_at_seal(r, &row);
        if (!keep(r, &row)) {
            fail(r, IPAM_E_NOMEM, "out of memory; nothing was restored");
            return;
        }
    }
    if (more < 0) { /* it was changed since it was checked */
        fail(r, more, err);
        return;
    }
    r->last = more == 0;
    r->dumped.head = r->tail.revision;
    r->dumped.next_id = r->tail.next_id;
    memcpy(r->dumped.digest, r->tail.digest, sizeof(r->dumped.digest));
    store_load(r->alone.store,
               (r->begun ? 0 : IPAM_LOAD_FIRST | (r->replace ? IPAM_LOAD_REPLACE : 0)) |
                   (r->last ? IPAM_LOAD_LAST : 0),
               r->rows, r->count, &r->dumped, on_loaded, r);
    r->begun = true;
}

static void on_loaded(void *user, int status, const char *message)
{
    struct restore *r = user;
    if (status != 0) {
        char text[2048];
        snprintf(text, sizeof(text), "%s%s", message,
                 status == IPAM_E_CONFLICT && r->done == 0 && !r->replace ? ": add --replace for that" : "");
        fail(r, status, text);
        return;
    }
    r->done += (int64_t)r->count;
    show(r, "restoring", r->last);
    if (!r->last) {
        load_piece(r);
        return;
    }
    r->done = 0;
    store_dump(r->alone.store, on_dump_row, on_dumped, r);
}

static void on_opened(struct alone *a, int status, const char *message)
{
    struct restore *r = container_of(a, struct restore, alone);
    if (status != 0)
        fail(r, status, message);
    else
        load_piece(r);
}

static int put_in(struct restore *r)
{
    char err[BACKUP_ERR] = "";
    r->keys = vault_keyring(r->alone.conf->master_key, getenv("CREDENTIALS_DIRECTORY"));
    if (check_file(r, err) == 0)
        return alone_run(&r->alone);
    say(r, err);
    return EX_DATAERR;
}

int app_restore(const char *config, struct conf *conf, const char *path, bool replace, conf_report report,
                void *user)
{
    struct restore *r = xcalloc(1, sizeof(*r));
    int rc = EX_NOINPUT;
    r->alone = (struct alone){ .conf = conf, .report = report, .report_user = user, .opened = on_opened };
    r->path = path;
    r->replace = replace;
    r->terminal = isatty(STDERR_FILENO);
    strbuf_init(&r->dead, 64u << 10);
    arena_init(&r->arena, 64u << 20);
    r->fd = open(path, O_RDONLY | O_CLOEXEC); /* who restores may read it; what follows need not */
    if (r->fd < 0)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    else if (app_become_user(config, conf, true, report, user) > 0 || !app_enter_sandbox_alone(conf))
        rc = EX_CONFIG;
    else
        rc = put_in(r);
    backup_close(r->reader);
    if (r->fd >= 0)
        close(r->fd);
    arena_fini(&r->arena);
    keyring_free(r->keys);
    strbuf_fini(&r->dead);
    free(r);
    return rc;
}
