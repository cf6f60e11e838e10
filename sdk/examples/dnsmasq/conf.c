/* conf.c - reads the configuration as the server does, file after file, line after line.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 16

/* What a file's lines are: whole statements, or what stands behind `dhcp-host=` or `dhcp-option=`. */
enum lines { WHOLE, HOSTS, OPTIONS };

struct seen { /* the server reads no file twice */
    struct seen *next;
    dev_t dev;
    ino_t ino;
};

static int32_t include(struct call *c, const char *path, enum lines lines, const char *from);

/* FNV-1a, with the text's end. */
void conf_digest(struct config *conf, const char *text)
{
    do
        conf->digest = (conf->digest ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    while (*text++ != '\0');
}

static int32_t parse_leasefile(struct call *c, struct statement *s)
{
    if (s->parts[0].text[0] != '/' || strlen(s->parts[0].text) >= PATH_BYTES)
        return fail(c, IPAM_E_CONFIG,
                    "%.300s:%zu: the lease file has no absolute path; write one, or set the "
                    "option \"leases\"",
                    s->file, s->line);
    snprintf(c->conf.leases, sizeof(c->conf.leases), "%s", s->parts[0].text);
    return IPAM_OK;
}

static int32_t parse_port(struct call *c, struct statement *s)
{
    if (text_number(s->parts[0].text, 65535, &c->conf.port) < 0)
        s->wrong = "the port is no number up to 65535";
    else if (c->conf.port == 0)
        c->conf.port = -1; /* it does not answer */
    return IPAM_OK;
}

static int32_t parse_readonly(struct call *c, struct statement *s)
{
    (void)s;
    c->conf.leases_elsewhere = 1;
    return IPAM_OK;
}

/* What may make anything from where this provider does not look: better no answer than half of one. */
static int32_t parse_elsewhere(struct call *c, struct statement *s)
{
    return fail(
        c, IPAM_E_UNSUPPORTED,
        "%.300s:%zu: this provider follows neither conf-script nor read-ethers; write what they say into "
        "files named by conf-file or dhcp-hostsfile",
        s->file, s->line);
}

static int32_t include_folder(struct call *c, const char *path, enum lines lines, const struct statement *s,
                              const char *from)
{
    char **names = NULL;
    size_t n = 0;
    struct stat st;
    int32_t status = file_list(c, path, from, s, &names, &n);

    for (size_t i = 0; status == IPAM_OK && i < n; i++)
        if (stat(names[i], &st) < 0 || S_ISREG(st.st_mode))
            status = include(c, names[i], lines, from);
    return status;
}

static int32_t follow(struct call *c, struct statement *s, enum lines lines, int folder)
{
    const char *path = s->parts[0].text;
    char from[400];
    struct stat st;

    snprintf(from, sizeof(from), "%.300s:%zu", s->file, s->line);
    if (path[0] != '/')
        return fail(c, IPAM_E_CONFIG,
                    "%.390s: the path does not begin with /, and where the server started is not "
                    "known; write it in full",
                    from);
    if (folder || (lines != WHOLE && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return include_folder(c, path, lines, lines == WHOLE ? s : NULL, from);
    return include(c, path, lines, from);
}

static int32_t follow_file(struct call *c, struct statement *s)
{
    return follow(c, s, WHOLE, 0);
}

static int32_t follow_folder(struct call *c, struct statement *s)
{
    return follow(c, s, WHOLE, 1);
}

static int32_t follow_hosts(struct call *c, struct statement *s)
{
    return follow(c, s, HOSTS, 0);
}

static int32_t follow_options(struct call *c, struct statement *s)
{
    return follow(c, s, OPTIONS, 0);
}

static const struct {
    const char *name;
    int32_t (*take)(struct call *c, struct statement *s);
} statements[] = {
    { "dhcp-range", parse_range },
    { "dhcp-host", parse_host },
    { "dhcp-option", parse_option },
    { "dhcp-option-force", parse_option },
    { "dhcp-leasefile", parse_leasefile },
    { "leasefile-ro", parse_readonly },
    { "port", parse_port },
    { "conf-file", follow_file },
    { "conf-dir", follow_folder },
    { "dhcp-hostsfile", follow_hosts },
    { "dhcp-hostsdir", follow_hosts },
    { "dhcp-optsfile", follow_options },
    { "dhcp-optsdir", follow_options },
    { "conf-script", parse_elsewhere },
    { "read-ethers", parse_elsewhere },
};

static int32_t take(struct call *c, const char *name, char *value, struct statement *s, size_t which)
{
    size_t bytes = strlen(value) + 1;
    char *copy = c->host->alloc(c->req, bytes);
    int32_t status = IPAM_OK;

    if (copy == NULL)
        return IPAM_E_NOMEM;
    memcpy(copy, value, bytes);
    s->value = copy;
    line_cut(value, s);
    if (s->wrong == NULL)
        status = statements[which].take(c, s);
    if (s->wrong != NULL)
        notice_add(c, NOTICE_CONFIG, s->file, s->line, s->wrong);
    else if (s->passed != NULL)
        notice_add(c, NOTICE_PASSED, s->file, s->line, s->passed);
    if (!s->makes || s->wrong != NULL)
        return status;
    conf_digest(&c->conf, name);
    for (size_t i = 0; i < s->count; i++)
        conf_digest(&c->conf, s->parts[i].text);
    return status;
}

static int32_t take_line(struct call *c, const char *path, size_t number, char *line, enum lines lines)
{
    struct statement s = { .file = path, .line = number };
    const char *name = lines == HOSTS ? "dhcp-host" : "dhcp-option";
    char *value, *equals;

    line_uncomment(line);
    value = line_trim(line);
    if (*value == '\0')
        return IPAM_OK;
    if (lines == WHOLE) {
        equals = strchr(value, '=');
        if (equals != NULL)
            *equals = '\0';
        name = line_trim(value);
        value = equals != NULL ? line_trim(equals + 1) : value + strlen(value);
    }
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (strcmp(name, statements[i].name) == 0)
            return take(c, name, value, &s, i);
    return IPAM_OK; /* nothing about addresses */
}

/* Whether this file was read before; remembers it. Negative: IPAM_E_*. */
static int32_t seen(struct call *c, const char *path)
{
    struct stat st;
    struct seen *s;

    if (stat(path, &st) < 0)
        return 0; /* reading it will say why */
    for (s = c->conf.seen; s != NULL; s = s->next)
        if (s->dev == st.st_dev && s->ino == st.st_ino)
            return 1;
    if (c->conf.files++ == FILES_MAX || c->conf.depth == DEPTH_MAX)
        return fail(c, IPAM_E_TOOBIG,
                    "%.300s is one file too many: 1000 of them are read, 16 deep; join some", path);
    s = c->host->alloc(c->req, sizeof(*s));
    if (s == NULL)
        return IPAM_E_NOMEM;
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    s->next = c->conf.seen;
    c->conf.seen = s;
    return 0;
}

static int32_t include(struct call *c, const char *path, enum lines lines, const char *from)
{
    char *text = NULL, *line;
    int32_t status = seen(c, path);

    if (status != 0)
        return status < 0 ? status : IPAM_OK;
    c->conf.depth++;
    status = file_read(c, path, from, &text);
    for (size_t n = 1; status == IPAM_OK && (line = text_line(&text)) != NULL; n++) {
        status = c->host->cancelled(c->req) ? IPAM_E_CANCELED : take_line(c, path, n, line, lines);
    }
    c->conf.depth--;
    return status;
}

int32_t conf_read(struct call *c)
{
    struct config *conf = &c->conf;

    conf->digest = UINT64_C(0xcbf29ce484222325);
    conf->ranges_end = &conf->ranges;
    conf->hosts_end = &conf->hosts;
    conf->routes_end = &conf->routes;
    return include(c, c->p->options.config, WHOLE, "the option \"config\"");
}
