/* audit.c - audit: the checkpoints of the change log, its export, and a judgement of it here.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The log is judged on this machine, with a key and checkpoints that its host cannot touch; the daemon only
 * sends it. */
#include "cli/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "proof/export.h"

#define EXPORT_PATH  "/api/v1/audit/export"
#define ANSWER_MAX   (64u << 20)
#define OUTSIDE_MOST (1ull << 31)

/* --- checkpoints --- */

static const char *text_of(struct cli *c, const struct json *v)
{
    struct ipam_str s = json_str(v);
    return s.data != NULL ? arena_memdup(&c->arena, s.data, s.len) : "";
}

static void number_cell(struct table *t, const struct json *v)
{
    char text[32] = "";
    int64_t n;
    if (json_int(v, &n) == 0)
        snprintf(text, sizeof(text), "%" PRId64, n);
    table_cell(t, text);
}

static int print_table(struct cli *c, const struct json *root)
{
    struct strbuf out;
    struct table t;
    int rc;
    table_init(&t, true, "-");
    table_column(&t, "number", true);
    table_column(&t, "time", false);
    table_column(&t, "first", true);
    table_column(&t, "last", true);
    table_column(&t, "rows_seen", false);
    for (const struct json *v = json_first(json_get(root, "items")); v != NULL; v = json_next(v)) {
        number_cell(&t, json_get(v, "number"));
        table_cell(&t, text_of(c, json_get(v, "time")));
        number_cell(&t, json_get(v, "first"));
        number_cell(&t, json_get(v, "last"));
        table_cell(&t, text_of(c, json_get(v, "rows_seen")));
    }
    strbuf_init(&out, ANSWER_MAX);
    table_flush(&t, c->out.tty, &out);
    table_fini(&t);
    rc = output_text(&out);
    strbuf_fini(&out);
    for (const struct json *s = json_first(json_get(root, "sinks")); s != NULL; s = json_next(s)) {
        int64_t sent = 0;
        json_int(json_get(s, "sent"), &sent);
        cli_say(c, "%s has checkpoint %" PRId64 "%s%s", text_of(c, json_get(s, "name")), sent,
                json_get(s, "problem") != NULL ? "; it takes no more: " : "",
                text_of(c, json_get(s, "problem")));
    }
    cli_say(c, "public key %s", text_of(c, json_get(root, "key")));
    return rc;
}

static int show(struct cli *c, const char *method)
{
    struct client_answer a;
    int rc = client_call(c->client, method, "/api/v1/audit/checkpoints", (struct ipam_str){ NULL, 0 }, 0, &a);
    if (rc == CLI_OK && c->format == FORMAT_TABLE) {
        rc = print_table(c, json_root(a.doc));
    } else if (rc == CLI_OK) {
        strbuf_putc(&a.body, '\n');
        rc = output_text(&a.body);
    }
    client_answer_fini(&a);
    return rc;
}

int verb_audit_checkpoints(struct cli *c, const struct command *cmd)
{
    (void)cmd;
    return show(c, "GET");
}

int verb_audit_checkpoint(struct cli *c, const struct command *cmd)
{
    (void)cmd;
    return show(c, "POST");
}

/* --- export --- */

struct download {
    int fd;
    const char *path;
    struct progress progress;
    int64_t bytes;
    char tail[64]; /* what came last, to see that it is whole */
    size_t tail_len;
    bool failed;
};

static bool take(void *user, const char *data, size_t len)
{
    struct download *d = user;
    size_t keep = len < sizeof(d->tail) ? len : sizeof(d->tail);
    for (size_t done = 0; done < len;) {
        ssize_t n = write(d->fd, data + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            cli_error("cannot write %s: %s. The export was given up", d->path, strerror(errno));
            d->failed = true;
            return false;
        }
        done += (size_t)n;
    }
    if (d->tail_len + keep > sizeof(d->tail)) {
        size_t drop = d->tail_len + keep - sizeof(d->tail);
        memmove(d->tail, d->tail + drop, d->tail_len - drop);
        d->tail_len -= drop;
    }
    memcpy(d->tail + d->tail_len, data + len - keep, keep);
    d->tail_len += keep;
    d->bytes += (int64_t)len;
    progress_update(&d->progress, d->bytes, 0);
    return true;
}

/* Whether the last line is that of a whole export. */
static bool is_whole(const struct download *d)
{
    const char *line;
    size_t n = d->tail_len;
    if (n == 0 || d->tail[n - 1] != '\n')
        return false;
    line = memrchr(d->tail, '\n', n - 1);
    line = line != NULL ? line + 1 : d->tail;
    return strncmp(line, "end ", 4) == 0;
}

int verb_audit_export(struct cli *c, const struct command *cmd)
{
    const char *path = cmd->args.words[0];
    struct download d = { .path = path, .fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) };
    int rc;
    if (d.fd < 0) {
        cli_error("cannot make %s: %s; give another name", path, strerror(errno));
        return errno == EEXIST ? CLI_CONFLICT : CLI_FAILED;
    }
    progress_init(&d.progress, c, "export, bytes");
    rc = client_stream(c->client, "GET", EXPORT_PATH, take, &d, false);
    progress_end(&d.progress);
    if (rc == CLI_OK && d.failed)
        rc = CLI_FAILED;
    if (rc == CLI_OK && !is_whole(&d)) {
        cli_error("the export ended before its end; the daemon's log says why. %s was removed", path);
        rc = CLI_FAILED;
    }
    if (rc == CLI_OK && fsync(d.fd) != 0) {
        cli_error("cannot keep %s: %s", path, strerror(errno));
        rc = CLI_FAILED;
    }
    close(d.fd);
    if (rc != CLI_OK)
        unlink(path);
    else
        cli_say(c, "%s has %" PRId64 " bytes; ipam-audit-verify judges it without a daemon", path, d.bytes);
    return rc;
}

/* --- verify --- */

/* A file in memory, to be freed; NULL, and it says why. */
static char *read_whole(const char *path, size_t *ret_len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *data = NULL;
    size_t at = 0;
    ssize_t n = 1;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= OUTSIDE_MOST)
        data = malloc((size_t)st.st_size + 1);
    else if (fd >= 0)
        errno = EFBIG;
    while (data != NULL && n > 0 && at < (size_t)st.st_size) {
        n = read(fd, data + at, (size_t)st.st_size - at);
        at += n > 0 ? (size_t)n : 0;
    }
    if (data == NULL || n < 0) {
        cli_error("%s: %s; give a file that can be read", path, strerror(errno));
        free(data);
        data = NULL;
    }
    if (fd >= 0)
        close(fd);
    *ret_len = at;
    return data;
}

static int take_key(struct judge *j, const char *path)
{
    uint8_t key[PROOF_KEY];
    size_t len;
    char *text = path != NULL ? read_whole(path, &len) : NULL;
    int rc = path != NULL && text == NULL ? CLI_USAGE : CLI_OK;
    if (text != NULL && proof_public_read((struct ipam_str){ text, len }, key) != 0) {
        cli_error("%s: it is no public key; expected 64 digits, as the daemon logs them at its start", path);
        rc = CLI_USAGE;
    } else if (text != NULL) {
        judge_key(j, key);
    }
    free(text);
    return rc;
}

static int take_outside(struct judge *j, const char *path)
{
    size_t len;
    char *text = path != NULL ? read_whole(path, &len) : NULL;
    int rc = path != NULL && text == NULL ? CLI_USAGE : CLI_OK;
    if (text != NULL && held_feed(j, (struct ipam_str){ text, len }) == 0) {
        cli_error("%s: there is no checkpoint in it; give the file that a sink wrote, or a syslog", path);
        rc = CLI_USAGE;
    }
    free(text);
    return rc;
}

struct judging {
    struct export_reader reader;
    struct progress progress;
};

static bool judge_bytes(void *user, const char *data, size_t len)
{
    struct judging *x = user;
    progress_update(&x->progress, x->reader.rows, 0);
    return export_feed(&x->reader, data, len);
}

/* Reads the log as often as the judge wants. */
static int judge_log(struct cli *c, struct judge *j)
{
    bool again = false;
    int rc = CLI_OK;
    do {
        struct judging x;
        export_reader_init(&x.reader, j, again);
        progress_init(&x.progress, c, again ? "naming, revisions" : "verifying, revisions");
        rc = client_stream(c->client, "GET", EXPORT_PATH, judge_bytes, &x, false);
        progress_end(&x.progress);
        if (rc == CLI_OK)
            again = export_end(&x.reader);
        export_reader_fini(&x.reader);
    } while (rc == CLI_OK && again);
    if (rc == CLI_OK)
        judge_finish(j);
    return rc;
}

static void add_segment(struct table *t, const struct judged_segment *from, const struct judged_segment *to)
{
    char text[64];
    snprintf(text, sizeof(text), from == to ? "%" PRId64 : "%" PRId64 "..%" PRId64, from->number, to->number);
    table_cell(t, text);
    time_print(to->time_ms, text);
    table_cell(t, text);
    snprintf(text, sizeof(text), "%" PRId64 "..%" PRId64, from->first, to->last);
    table_cell(t, text);
    table_cell(t, from->good ? "proved" : "changed");
    table_cell(t, from->held ? "yes" : "no");
}

/* The chain as a picture: neighbours in the same state are one line. */
static void segments_print(struct cli *c, const struct judge *j, struct strbuf *out)
{
    size_t count, from = 0;
    const struct judged_segment *s = judge_segments(j, &count);
    struct table t;
    table_init(&t, true, "-");
    table_column(&t, "checkpoints", false);
    table_column(&t, "until", false);
    table_column(&t, "revisions", false);
    table_column(&t, "state", false);
    table_column(&t, "outside", false);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && s[i + 1].good == s[i].good && s[i + 1].held == s[i].held &&
            s[i + 1].first == s[i].last + 1)
            continue;
        add_segment(&t, &s[from], &s[i]);
        from = i + 1;
    }
    table_flush(&t, c->out.tty, out);
    table_fini(&t);
}

static void json_number(struct json_writer *w, const char *key, int64_t n)
{
    jw_key(w, key);
    jw_int(w, n);
}

static void finding_json(struct json_writer *w, const struct finding *f)
{
    struct strbuf text;
    strbuf_init(&text, 4096);
    finding_print(f, &text);
    jw_object(w);
    jw_key(w, "kind");
    jw_text(w, finding_words[f->kind]);
    if (f->from > 0)
        json_number(w, "from", f->from);
    if (f->to > 0)
        json_number(w, "to", f->to);
    if (f->number > 0)
        json_number(w, "checkpoint", f->number);
    jw_key(w, "text");
    jw_str(w, (struct ipam_str){ text.data, text.len - 1 });
    jw_object_end(w);
    strbuf_fini(&text);
}

static void verdict_json(const struct judge *j, struct strbuf *out)
{
    size_t count;
    const struct finding *f = judge_findings(j, &count);
    int rc = judge_exit(j);
    struct json_writer w;
    struct verdict v;
    judge_verdict(j, &v);
    jw_init(&w, out);
    jw_object(&w);
    jw_key(&w, "verdict");
    jw_text(&w, rc == JUDGED_PROVED ? "proved" : rc == JUDGED_TAMPERED ? "tampered" : "partly");
    json_number(&w, "rows", v.rows);
    json_number(&w, "proved", v.proved);
    json_number(&w, "unproved", v.unproved);
    json_number(&w, "last_proved", v.covered);
    json_number(&w, "checkpoints", (int64_t)v.checkpoints);
    json_number(&w, "outside", (int64_t)v.held);
    jw_key(&w, "findings");
    jw_array(&w);
    for (size_t i = 0; i < count; i++)
        finding_json(&w, &f[i]);
    jw_array_end(&w);
    jw_object_end(&w);
    strbuf_putc(out, '\n');
}

int verb_audit_verify(struct cli *c, const struct command *cmd)
{
    struct judge *j = judge_new();
    struct strbuf out;
    int rc = proof_init() ? CLI_OK : CLI_FAILED, printed;
    if (rc == CLI_OK)
        rc = take_key(j, args_value(&cmd->args, "public-key"));
    if (rc == CLI_OK)
        rc = take_outside(j, args_value(&cmd->args, "checkpoints")); /* before the log, which goes on */
    if (rc == CLI_OK)
        rc = judge_log(c, j);
    if (rc == CLI_OK) {
        strbuf_init(&out, 1u << 30);
        if (c->format != FORMAT_TABLE) {
            verdict_json(j, &out);
        } else {
            segments_print(c, j, &out);
            judge_print(j, &out);
        }
        printed = output_text(&out);
        strbuf_fini(&out);
        rc = printed != CLI_OK ? printed : judge_exit(j);
    }
    judge_free(j);
    return rc;
}
