/* conf.c - the configuration file and its drop-ins, from disk to memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/container.h"
#include "conf/conf_p.h"
#include "ipam/status.h"

#define FILE_MAX (1u << 20)

void conf_problem(const struct conf_place *at, conf_report report, void *user, const char *fmt, ...)
{
    char text[PATH_MAX + 768];
    uint32_t line, column;
    va_list ap;
    json_place(at->doc, at->value, &line, &column);
    int n = snprintf(text, sizeof(text) - 512, "%s:%u:%u: ", at->file, line, column);
    if (n < 0 || (size_t)n >= sizeof(text) - 512) /* no path is that long; the message matters more */
        n = snprintf(text, sizeof(text), "%u:%u: ", line, column);
    va_start(ap, fmt);
    utf8_vprint(text + n, sizeof(text) - (size_t)n, fmt, ap);
    va_end(ap);
    report(user, text);
}

static int file_problem(const char *path, const char *why, conf_report report, void *user)
{
    char text[PATH_MAX + 256];
    snprintf(text, sizeof(text), "%s: cannot be read: %s", path, why);
    report(user, text);
    return 1;
}

/* Reads a whole file; NULL when all is well, else why not. */
static const char *read_file(struct conf *c, const char *path, char **ret, size_t *ret_len)
{
    struct stat st;
    const char *why = NULL;
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not stop the start */
    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &st) != 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = S_ISDIR(st.st_mode) ? "it is a directory; name a file" : "it is no regular file; name a file";
    else if (st.st_size > FILE_MAX)
        why = "it has more than 1 MiB; divide it into drop-ins";
    if (why == NULL) {
        size_t size = (size_t)st.st_size;
        *ret = arena_alloc(&c->arena, size + 1);
        for (*ret_len = 0; n > 0 && *ret_len<size; *ret_len += n> 0 ? (size_t)n : 0)
            n = read(fd, *ret + *ret_len, size - *ret_len);
        if (n < 0)
            why = strerror(errno);
    }
    close(fd);
    return why;
}

static int load_file(struct conf *c, const char *path, conf_report report, void *user)
{
    struct json_error e;
    struct json_doc *doc;
    char *data = NULL;
    size_t len = 0;
    const char *why = read_file(c, path, &data, &len);
    if (why != NULL)
        return file_problem(path, why, report, user);
    if (json_parse(data, len, FILE_MAX, &doc, &e) != 0) {
        char text[PATH_MAX + 256];
        snprintf(text, sizeof(text), "%s:%u:%u: %s", path, e.line, e.column, e.message);
        report(user, text);
        return 1;
    }
    c->docs = xrealloc(c->docs, (c->doc_count + 1) * sizeof(c->docs[0]));
    c->docs[c->doc_count++] = doc;
    return conf_read(c, doc, arena_strdup(&c->arena, path), report, user);
}

static int is_json(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

static int load_drop_ins(struct conf *c, const char *path, conf_report report, void *user)
{
    struct dirent **names;
    char *dir = arena_printf(&c->arena, "%s.d", path);
    int problems = 0, n = scandir(dir, &names, is_json, alphasort);
    if (n < 0 && errno != ENOENT)
        return file_problem(dir, strerror(errno), report, user);
    for (int i = 0; i < n; i++) {
        problems += load_file(c, arena_printf(&c->arena, "%s/%s", dir, names[i]->d_name), report, user);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return problems;
}

int conf_load(const char *path, conf_report report, void *user, struct conf **ret)
{
    struct conf *c = xcalloc(1, sizeof(*c));
    arena_init(&c->arena, 0);
    c->node = "ipamd";
    c->log_level = "info";
    c->log_format = "journald";
    c->sandbox = c->network_fence = SANDBOX_ON;
    conf_tasks_init(c);
    conf_archive_init(c);
    c->audit.interval_ms = 60000;
    *ret = c;
    int problems = load_file(c, path, report, user);
    problems += load_drop_ins(c, path, report, user);
    conf_tasks_settle(c);
    return problems != 0 ? problems : conf_check(c, path, report, user);
}

void conf_free(struct conf *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->doc_count; i++)
        json_free(c->docs[i]);
    free(c->docs);
    arena_fini(&c->arena);
    free(c);
}
