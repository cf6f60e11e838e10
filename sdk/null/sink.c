/* sink.c - null-sink: remembers what it was brought, and writes it to a file if told to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * SERIAL, for writing a file may block. An item comes again when its call failed: its key tells. */
#define _POSIX_C_SOURCE 200809L
#include "null.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define KEY_MAX 65 /* records.def: delivery.key */

enum answer { ANSWER_OK, ANSWER_AGAIN, ANSWER_REFUSED, ANSWER_LOST };
static const char *const answer_names[] = { "ok", "again", "refused", "lost", NULL };

struct sink {
    const struct ipam_host *host;
    enum answer answer;
    char *path;            /* NULL: no file */
    char (*keys)[KEY_MAX]; /* a ring of those taken last */
    size_t keep, taken;
};

static void sink_close(void *ctx)
{
    struct sink *s = ctx;

    free(s->path);
    free(s->keys);
    free(s);
}

static int32_t sink_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct ipam_str path = null_option_text(host, inst, "file"),
                    answer = null_option_text(host, inst, "answer");
    struct sink *s = calloc(1, sizeof(*s));

    if (!s)
        return IPAM_E_NOMEM;
    s->host = host;
    s->keep = (size_t)null_option_int(host, inst, "keep");
    s->keys = calloc(s->keep, sizeof(s->keys[0]));
    if (path.len)
        s->path = null_strdup(path);
    if (!s->keys || (path.len && !s->path)) {
        sink_close(s);
        return IPAM_E_NOMEM;
    }
    for (int i = 0; answer_names[i]; i++)
        if (null_is(answer, answer_names[i]))
            s->answer = (enum answer)i;
    *ret_ctx = s;
    return IPAM_OK;
}

static bool was_taken(const struct sink *s, struct ipam_str key)
{
    for (size_t i = 0; i < s->keep && i < s->taken; i++)
        if (null_is(key, s->keys[i]))
            return true;
    return false;
}

/* A text of JSON. What is UTF-8 needs escapes for these alone. */
static void put_text(FILE *f, const char *name, struct ipam_str text)
{
    fprintf(f, ",\"%s\":\"", name);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

/* The body is JSON already; its white space must not end the line. */
static void put_body(FILE *f, struct ipam_str body)
{
    fputs(",\"body\":", f);
    for (size_t i = 0; i < body.len; i++)
        fputc(body.data[i] == '\n' || body.data[i] == '\r' ? ' ' : body.data[i], f);
}

static void put_item(FILE *f, const struct ipam_delivery *d)
{
    static const char *const kinds[] = { "alert", "change", "checkpoint" }, *const severities[] = {
        "info", "warning", "error", "critical"
    };

    fprintf(f, "{\"kind\":\"%s\",\"time\":%lld",
            d->kind <= IPAM_DELIVERY_KIND_CHECKPOINT ? kinds[d->kind] : "", (long long)d->time);
    put_text(f, "key", d->key);
    if (IPAM_HAS_FIELD(d, IPAM_DELIVERY_SEVERITY) && d->severity <= IPAM_DELIVERY_SEVERITY_CRITICAL)
        fprintf(f, ",\"severity\":\"%s\"", severities[d->severity]);
    if (IPAM_HAS_FIELD(d, IPAM_DELIVERY_SUBJECT))
        put_text(f, "subject", d->subject);
    if (IPAM_HAS_FIELD(d, IPAM_DELIVERY_ITEM_REV))
        fprintf(f, ",\"item_rev\":%lld", (long long)d->item_rev);
    if (IPAM_HAS_FIELD(d, IPAM_DELIVERY_BODY) && d->body.len)
        put_body(f, d->body);
    fputs("}\n", f);
}

/* Appends a line, or leaves the file as it was. */
static int write_line(const char *path, const char *line, size_t len)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int error = 0;

    if (fd < 0)
        return errno;
    off_t before = lseek(fd, 0, SEEK_END);
    for (size_t done = 0; done < len && error == 0;) {
        ssize_t n = write(fd, line + done, len - done);

        if (n < 0 && errno != EINTR)
            error = errno;
        done += n > 0 ? (size_t)n : 0;
    }
    if (error && before >= 0 && ftruncate(fd, before) != 0 && errno != EINVAL) /* EINVAL: no plain file */
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

static int32_t append(struct null_call *c, const struct sink *s, const struct ipam_delivery *d)
{
    char *line = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&line, &len);

    if (!f)
        return null_fail(c, IPAM_E_NOMEM, "out of memory for an item");
    put_item(f, d);
    bool failed = ferror(f) != 0;
    if (fclose(f) != 0 || failed) {
        free(line);
        return null_fail(c, IPAM_E_NOMEM, "out of memory for an item");
    }
    int error = write_line(s->path, line, len);
    free(line);
    if (error == 0)
        return IPAM_OK;
    return null_fail(
        c, error == ENOSPC ? IPAM_E_NOSPC : IPAM_E_IO,
        "%s: cannot append an item (error %d); see that the folder is there and may be written to", s->path,
        error);
}

/* The other side takes the item, unless it has it. */
static int32_t take(struct null_call *c, struct sink *s, const struct ipam_delivery *d)
{
    int32_t status = IPAM_OK;

    if (was_taken(s, d->key))
        return IPAM_OK;
    if (s->path)
        status = append(c, s, d);
    if (status == IPAM_OK)
        snprintf(s->keys[s->taken++ % s->keep], KEY_MAX, "%.*s", (int)d->key.len, d->key.data);
    return status;
}

static void sink_deliver(void *ctx, struct ipam_req *req, const struct ipam_delivery *args)
{
    struct sink *s = ctx;
    struct null_call c;
    int32_t status;

    null_begin(&c, s->host, req);
    if (!IPAM_HAS_FIELD(args, IPAM_DELIVERY_KEY) || args->key.len == 0 || args->key.len >= KEY_MAX)
        status = null_fail(&c, IPAM_E_INVAL, "the item has no key, or one above 64 bytes");
    else if (s->answer == ANSWER_AGAIN)
        status = null_fail(&c, IPAM_E_AGAIN, "not now, says the option answer; try again later");
    else if (s->answer == ANSWER_REFUSED)
        status = null_fail(&c, IPAM_E_REFUSED, "refused, says the option answer");
    else
        status = take(&c, s, args);
    if (status == IPAM_OK && s->answer == ANSWER_LOST)
        status = null_fail(&c, IPAM_E_CONN,
                           "taken, but the answer was lost, says the option answer; bring it again");
    null_done(&c, status);
}

static void sink_probe(void *ctx, struct ipam_req *req)
{
    struct sink *s = ctx;
    struct null_call c;
    char found[64];

    null_begin(&c, s->host, req);
    snprintf(found, sizeof(found), "%llu items were taken", (unsigned long long)s->taken);
    null_done(
        &c, null_probe(&c, IPAM_SINK_CAP_ALERTS | IPAM_SINK_CAP_CHANGES | IPAM_SINK_CAP_CHECKPOINTS, found));
}

static const struct ipam_option file = NULL_OPTION(IPAM_OPT_PATH, "file", NULL, 0, 0, NULL,
                                                   "file that each item is appended to, a line of JSON"),
                                keep = NULL_OPTION(
                                    IPAM_OPT_INT, "keep", "1000", 1, 1000000, NULL,
                                    "how many keys are remembered, to tell items that come again"),
                                answer = NULL_OPTION(
                                    IPAM_OPT_ENUM, "answer", "ok", 0, 0, answer_names,
                                    "what is answered; lost: the item is taken and the call fails");
static const struct ipam_option *const options[] = { &file, &keep, &answer, NULL };

static const struct ipam_sink_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_SINK_CAP_ALERTS | IPAM_SINK_CAP_CHANGES | IPAM_SINK_CAP_CHECKPOINTS,
                .open = sink_open,
                .close = sink_close,
                .probe = sink_probe },
    .deliver = sink_deliver,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-sink",
                                               .version = NULL_VERSION,
                                               .summary = "remembers what it is brought",
                                               .options = options,
                                               .sink = &ops };

    return &plugin;
}
