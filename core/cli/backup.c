/* backup.c - ipamctl backup: everything into a file, read again before it is one; ipamctl restore.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A backup has another name until it is whole, checked and on disk. */
#include "config.h"

#include "cli/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "backup/backup.h"
#include "cli/child.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "ipam/status.h"

struct download {
    int fd;
    const char *path;
    int64_t bytes;
    bool failed; /* said why */
    struct progress progress;
};

static char unfinished[PATH_MAX]; /* removed when we are interrupted */

static void on_interrupt(int signum)
{
    unlink(unfinished);
    _exit(128 + signum);
}

static bool take(void *user, const char *data, size_t len)
{
    struct download *d = user;

    for (size_t done = 0; done < len;) {
        ssize_t n = write(d->fd, data + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            cli_error("cannot write %s: %s. The backup was given up", d->path, strerror(errno));
            d->failed = true;
            return false;
        }
        done += (size_t)n;
    }
    d->bytes += (int64_t)len;
    progress_update(&d->progress, d->bytes, 0);
    return true;
}

/* Reads all of a file that stands at its start. CLI_OK, or says what is wrong. */
static int check(struct cli *c, int fd, const char *path, struct backup_head *head, struct backup_tail *tail)
{
    struct backup_reader *r = NULL;
    struct progress progress;
    struct ipam_row row;
    char err[BACKUP_ERR];
    int64_t rows = 0;
    int status = backup_open(fd, path, &r, head, err);

    progress_init(&progress, c, "checking");
    for (int more = 1; status == 0 && more > 0;) {
        more = backup_next(r, &row, tail, err);
        status = more < 0 ? more : 0;
        rows += more > 0;
        if (rows % 1024 == 0)
            progress_update(&progress, rows, head->rows);
    }
    progress_end(&progress);
    backup_close(r);
    if (status == 0)
        return CLI_OK;
    cli_error("%s", err);
    return CLI_FAILED;
}

/* The backup as an object, for every format. */
static int print(struct cli *c, const char *path, int64_t bytes, const struct backup_head *head,
                 const struct backup_tail *tail)
{
    static const struct record_field fields[] = {
        { .number = 1, .kind = KIND_TEXT, .name = "file", .unit = "", .help = "" },
        { .number = 2, .kind = KIND_INT, .name = "revision", .unit = "", .help = "" },
        { .number = 3, .kind = KIND_INT, .name = "rows", .unit = "", .help = "" },
        { .number = 4, .kind = KIND_INT, .name = "bytes", .unit = "", .help = "" },
        { .number = 5, .kind = KIND_TIME, .name = "created", .unit = "", .help = "" },
        { .number = 6, .kind = KIND_TEXT, .name = "version", .unit = "", .help = "" },
    };
    static const struct record_type type = { .name = "backup",
                                             .plural = "backups",
                                             .fields = fields,
                                             .field_count = sizeof(fields) / sizeof(fields[0]) };
    char created[40];
    struct tm tm;
    time_t seconds = (time_t)(head->created_ms / 1000);
    struct json_doc *doc = NULL;
    struct json_error e;
    struct json_writer w;
    struct strbuf json;
    struct output o;
    int rc;

    gmtime_r(&seconds, &tm);
    strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
    strbuf_init(&json, 64u << 10);
    jw_init(&w, &json);
    jw_object(&w);
    jw_key(&w, "file");
    jw_text(&w, path);
    jw_key(&w, "revision");
    jw_int(&w, tail->revision);
    jw_key(&w, "rows");
    jw_int(&w, tail->rows);
    jw_key(&w, "bytes");
    jw_int(&w, bytes);
    jw_key(&w, "created");
    jw_text(&w, created);
    jw_key(&w, "version");
    jw_text(&w, head->version);
    jw_object_end(&w);
    rc = output_begin(&o, c, &type, "file revision rows bytes created version", OUTPUT_ROW);
    if (rc == CLI_OK && json_parse(json.data, json.len, json.len + 1, &doc, &e) == 0)
        output_item(&o, doc, json_root(doc));
    else if (rc == CLI_OK) {
        cli_error("%s: its name is no UTF-8 text, so it cannot be printed", path);
        rc = CLI_FAILED;
    }
    rc = output_end(&o, rc);
    json_free(doc);
    strbuf_fini(&json);
    return rc;
}

static int verify(struct cli *c, const char *path)
{
    struct backup_head head;
    struct backup_tail tail;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc;
    off_t bytes;

    if (fd < 0) {
        cli_error("%s: %s", path, strerror(errno));
        return errno == ENOENT ? CLI_NOT_FOUND : CLI_FAILED;
    }
    rc = check(c, fd, path, &head, &tail);
    bytes = lseek(fd, 0, SEEK_CUR);
    close(fd);
    return rc == CLI_OK ? print(c, path, bytes, &head, &tail) : rc;
}

static int sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, rc;

    if (slash == NULL)
        snprintf(folder, sizeof(folder), ".");
    else
        snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* The unfinished file is whole and right: it gets its name, which nobody else may have taken meanwhile. */
static int give_name(struct cli *c, int fd, const char *path)
{
    (void)c;
    if (fsync(fd) == 0 && link(unfinished, path) == 0 && unlink(unfinished) == 0 && sync_folder(path) == 0)
        return CLI_OK;
    cli_error("cannot keep the backup as %s: %s", path, strerror(errno));
    return errno == EEXIST ? CLI_CONFLICT : CLI_FAILED;
}

static int receive(struct cli *c, int fd, const char *path, int64_t *ret_bytes)
{
    struct download d = { .fd = fd, .path = unfinished };
    int rc;

    (void)path;
    progress_init(&d.progress, c, "backup, bytes");
    rc = client_stream(c->client, "POST", "/api/v1/system/backup", take, &d, false);
    if (d.failed)
        rc = CLI_FAILED;
    progress_end(&d.progress);
    *ret_bytes = d.bytes;
    return rc;
}

static int make(struct cli *c, const char *path)
{
    struct backup_head head;
    struct backup_tail tail;
    int64_t bytes = 0;
    int fd, rc;

    if (access(path, F_OK) == 0) {
        cli_error("%s is there already; give another name", path);
        return CLI_CONFLICT;
    }
    if (snprintf(unfinished, sizeof(unfinished), "%s.part-XXXXXX", path) >= (int)sizeof(unfinished)) {
        cli_error("%.100s...: the name is too long", path);
        return CLI_USAGE;
    }
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    signal(SIGHUP, on_interrupt);
    fd = mkostemp(unfinished, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        cli_error("cannot make %s: %s", unfinished, strerror(errno));
        return CLI_FAILED;
    }
    rc = receive(c, fd, path, &bytes);
    if (rc == CLI_OK && lseek(fd, 0, SEEK_SET) == 0)
        rc = check(c, fd, path, &head, &tail);
    if (rc == CLI_OK)
        rc = give_name(c, fd, path);
    if (rc != CLI_OK)
        unlink(unfinished);
    close(fd);
    return rc == CLI_OK ? print(c, path, bytes, &head, &tail) : rc;
}

int verb_backup(struct cli *c, const struct command *cmd)
{
    const char *path = cmd->args.words[0];
    struct target target;
    int rc;

    if (args_given(&cmd->args, "verify"))
        return verify(c, path);
    rc = target_find(c, &cmd->args, &target);
    if (rc != CLI_OK)
        return rc;
    c->client = client_new(&target, NULL);
    if (c->client == NULL) {
        cli_error("the HTTP library cannot be started");
        return CLI_FAILED;
    }
    rc = make(c, path);
    client_free(c->client);
    return rc;
}

/* What the daemon's program ends with, as ours. */
static int exit_of(int status)
{
    switch (status) {
    case 0: return CLI_OK;
    case EX_NOINPUT: return CLI_NOT_FOUND;
    case EX_CANTCREAT: return CLI_CONFLICT;
    case EX_TEMPFAIL: return CLI_TRY_AGAIN;
    case EX_CONFIG: return CLI_CONFIG;
    default: return CLI_FAILED;
    }
}

int verb_restore(struct cli *c, const struct command *cmd)
{
    const char *config = args_value(&cmd->args, "config");
    bool replace = args_given(&cmd->args, "replace");
    const char *argv[] = { IPAM_SBINDIR "/ipamd",
                           "--config",
                           config != NULL ? config : IPAM_SYSCONFDIR "/ipamd.json",
                           "--restore",
                           cmd->args.words[0],
                           replace ? "--replace" : NULL,
                           NULL };

    (void)c;
    return exit_of(child_run(argv, (uid_t)-1, (gid_t)-1, NULL, NULL));
}
