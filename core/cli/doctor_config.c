/* doctor_config.c - looks at the configuration and the files it names.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/doctor.h"

#define CONFIG_MAX (1u << 20)
#define OUTPUT_MAX (4u << 20)
#define NOBODY     ((uid_t)-1)

/* What a line of --check-config is about: the first whose word is in it. */
static const struct {
    const char *word, *id;
} meanings[] = {
    { "unknown key", "config-unknown-key" },
    { "is not loopback", "listener-exposed" },
    { "is not the key of the certificate", "tls-key" },
    { "can be read by others", "tls-trust" },
    { "can be changed by others", "tls-trust" },
    { "belongs to another user", "tls-trust" },
    { "let the user of ipamd read it", "tls-file" },
    { "in PEM (", "tls-file" },
    { "cannot be used for TLS", "tls-file" },
    { "its pass phrase", "tls-file" },
    { "warning: the certificate names", "tls-names" },
    { "warning: the certificate", "tls-expiry" },
    { "warning: a list of revoked", "tls-crl" },
    { "is in the folder of the data", "master-key-place" },
    { "there is no plugin", "plugin-missing" },
    { "belongs to user", "plugin-trust" },
    { "is writable by others", "plugin-trust" },
    { "symbolic link", "plugin-trust" },
    { "hard links", "plugin-trust" },
    { "is not a regular file", "plugin-trust" },
    { "is built for", "plugin-build" },
    { "ELF", "plugin-build" },
    { "is cut off", "plugin-build" },
    { "for this ipamd", "plugin-build" },
    { "cannot be loaded", "plugin-build" },
    { "is not among \"plugins\"", "profile-driver" },
    { "option '", "profile-option" },
    { "is there twice", "config-twice" },
    { "holds another token", "config-twice" },
    { "plugin \"", "plugin-refused" },
    { "cannot be read", "config-file" },
    { "cannot read", "config-file" },
    { "cannot open", "config-file" },
};

/* "FILE:LINE:COLUMN: MESSAGE": where the message begins; 0 when there is no place. */
static size_t place_of(const char *line, size_t len)
{
    unsigned colons = 0;

    for (size_t i = 0; i + 1 < len; i++)
        if (line[i] == ':' &&
            ((line[i + 1] >= '0' && line[i + 1] <= '9') || (colons == 2 && line[i + 1] == ' ')) &&
            ++colons == 3)
            return i;
    return 0;
}

static void tell_line(struct doctor *d, const char *line, size_t len)
{
    size_t at = place_of(line, len);
    char place[PATH_MAX], text[2048];
    const char *id = "config-invalid";

    snprintf(place, sizeof(place), "%.*s", (int)(at > 0 ? at : strlen(d->config_path)),
             at > 0 ? line : d->config_path);
    snprintf(text, sizeof(text), "%.*s", (int)(at > 0 ? len - at - 2 : len), at > 0 ? line + at + 2 : line);
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strstr(text, meanings[i].word) != NULL) {
            id = meanings[i].id;
            break;
        }
    }
    bool warns = strncmp(text, "warning: ", 9) == 0;
    found_text(d, id, warns ? FINDING_WARNING : FINDING_ERROR, place, str_from(text + (warns ? 9 : 0)));
}

static void tell_lines(struct doctor *d, const struct strbuf *err)
{
    for (size_t at = 0; at < err->len;) {
        const char *line = err->data + at, *end = memchr(line, '\n', err->len - at);
        size_t len = end != NULL ? (size_t)(end - line) : err->len - at;

        if (len > 0 && line[0] != '<') /* a line of the log */
            tell_line(d, line, len);
        at += len + 1;
    }
}

/* Runs ipamd on the configuration; its exit status. */
static int run_ipamd(struct doctor *d, const char *task, struct strbuf *out, struct strbuf *err)
{
    const char *argv[] = { IPAM_SBINDIR "/ipamd", "--config", d->config_path, task, NULL };

    return child_run(argv, NOBODY, (gid_t)-1, out, err);
}

/* The main file as it stands, when the effective configuration cannot be had. */
static void read_main_file(struct doctor *d)
{
    int fd = open(d->config_path, O_RDONLY | O_CLOEXEC);
    struct json_error e;
    char *text;
    ssize_t n;

    if (fd < 0)
        return;
    text = arena_alloc(&d->c->arena, CONFIG_MAX);
    n = text != NULL ? read(fd, text, CONFIG_MAX) : -1;
    close(fd);
    if (n <= 0)
        return;
    if (json_parse(text, (size_t)n, CONFIG_MAX, &d->config, &e) != 0) {
        char place[PATH_MAX];

        snprintf(place, sizeof(place), "%s:%u:%u", d->config_path, e.line, e.column);
        found(d, "config-syntax", FINDING_ERROR, place, "%s", e.message);
        d->config = NULL;
    }
}

static void look_at_file(struct doctor *d)
{
    struct stat st;

    if (stat(d->config_path, &st) != 0)
        found(d, "config-file", FINDING_ERROR, d->config_path, "%s", strerror(errno));
    else if (access(d->config_path, R_OK) != 0)
        found(d, "config-file", FINDING_ERROR, d->config_path, "this user may not read it");
    else if ((st.st_mode & 022) != 0)
        found(d, "config-mode", FINDING_ERROR, d->config_path, "its mode is %04o",
              (unsigned)st.st_mode & 07777);
    else if (st.st_uid != 0 && st.st_uid != geteuid())
        found(d, "config-mode", FINDING_WARNING, d->config_path, "it belongs to user %u",
              (unsigned)st.st_uid);
}

void look_config(struct doctor *d)
{
    struct strbuf out, err;
    int rc;

    look_at_file(d);
    if (access(d->config_path, R_OK) != 0) {
        skipped(d, LOOK_PLUGINS, "there is no configuration");
        return;
    }
    strbuf_init(&out, OUTPUT_MAX);
    strbuf_init(&err, OUTPUT_MAX);
    rc = run_ipamd(d, "--check-config", &out, &err);
    if (rc == CHILD_FAILED) {
        found(d, "daemon-program", FINDING_ERROR, IPAM_SBINDIR "/ipamd", STR_FMT, STR_ARG(strbuf_str(&err)));
        skipped(d, LOOK_PLUGINS, "the daemon's program cannot be run");
    }
    strbuf_reset(&out);
    if (rc == 0) {
        struct strbuf waste;
        struct json_error e;

        strbuf_init(&waste, OUTPUT_MAX);
        if (run_ipamd(d, "--print-config", &out, &waste) == 0)
            (void)json_parse(out.data, out.len, OUTPUT_MAX, &d->config, &e);
        strbuf_fini(&waste);
    } else if (rc != CHILD_FAILED) {
        d->config_broken = true;
    }
    if (d->config == NULL)
        read_main_file(d);
    if (rc != CHILD_FAILED && d->config != NULL)
        tell_lines(d, &err);
    strbuf_fini(&out);
    strbuf_fini(&err);
    if (d->config != NULL)
        d->storage =
            conf_text(d, json_get(json_get(json_get(json_root(d->config), "storage"), "options"), "path"));
}

/* --- listeners --- */

static void look_at_port(struct doctor *d, const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    const char *colon = strrchr(address, ':');
    char host[64];
    int fd, one = 1, rc;
    bool six = address[0] == '[';

    if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
        return;
    snprintf(host, sizeof(host), "%.*s", (int)(colon - address) - (six ? 2 : 0), address + six);
    v4.sin_port = v6.sin6_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    if (inet_pton(six ? AF_INET6 : AF_INET, host, six ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1)
        return;
    fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    rc = six ? bind(fd, (struct sockaddr *)&v6, sizeof(v6)) : bind(fd, (struct sockaddr *)&v4, sizeof(v4));
    if (rc == 0)
        rc = listen(fd, 1);
    if (rc != 0 && errno == EADDRNOTAVAIL)
        found(d, "listener-address", FINDING_ERROR, address, "this machine has no such address");
    else if (rc != 0)
        found(d, "listener-port", FINDING_ERROR, address, "it cannot be listened on: %s", strerror(errno));
    close(fd);
}

/* Who the service's user is: the owner of the database's folder. */
static uid_t service_user(const struct doctor *d, gid_t *ret_group)
{
    char folder[PATH_MAX];
    const char *slash = d->storage != NULL ? strrchr(d->storage, '/') : NULL;
    struct stat st;

    if (slash == NULL || slash == d->storage)
        return NOBODY;
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - d->storage), d->storage);
    if (stat(folder, &st) != 0)
        return NOBODY;
    if (ret_group != NULL)
        *ret_group = st.st_gid;
    return st.st_uid;
}

static void look_at_socket(struct doctor *d, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    uid_t user = service_user(d, NULL);
    struct stat st;

    if (slash == NULL)
        return;
    snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if (stat(folder, &st) != 0)
        found(d, "socket-folder", FINDING_ERROR, folder, "%s", strerror(errno));
    else if (user != NOBODY && user != 0 && st.st_uid != user && !(st.st_mode & 02))
        found(d, "socket-folder", FINDING_ERROR, folder,
              "it belongs to user %u, not to %u, so no socket can be made", (unsigned)st.st_uid,
              (unsigned)user);
    else if ((st.st_mode & 02) && !(st.st_mode & S_ISVTX))
        found(d, "socket-folder", FINDING_ERROR, folder, "everybody may exchange the socket (mode %04o)",
              (unsigned)st.st_mode & 07777);
    if (lstat(path, &st) != 0)
        return;
    if (!S_ISSOCK(st.st_mode))
        found(d, "socket-foreign", FINDING_ERROR, path, "a file that is no socket is there");
    else if (user != NOBODY && st.st_uid != user && st.st_uid != geteuid())
        found(d, "socket-foreign", FINDING_ERROR, path, "the socket belongs to user %u, not to %u",
              (unsigned)st.st_uid, (unsigned)user);
}

void look_listen(struct doctor *d)
{
    const struct json *listen = d->config != NULL ? json_get(json_root(d->config), "listen") : NULL;

    if (listen == NULL) {
        skipped(d, LOOK_LISTEN, "there is no configuration with listeners");
        return;
    }
    for (const struct json *l = json_first(listen); l != NULL; l = json_next(l)) {
        const char *address = conf_text(d, json_get(l, "address")), *path = conf_text(d, json_get(l, "unix"));

        if (address != NULL && !d->alive)
            look_at_port(d, address);
        if (path != NULL)
            look_at_socket(d, path);
    }
}

/* --- tokens --- */

static void look_at_token(struct doctor *d, const char *path)
{
    uid_t user = service_user(d, NULL);
    char text[600];
    struct stat st;
    ssize_t n;
    int fd;

    if (stat(path, &st) != 0) {
        bool used = d->pid != 0 || (d->storage != NULL && access(d->storage, F_OK) == 0);

        if (errno != ENOENT || used) /* the first start makes it */
            found(d, "token-missing", errno == ENOENT ? FINDING_WARNING : FINDING_ERROR, path, "%s",
                  strerror(errno));
        return;
    }
    if ((st.st_mode & 077) != 0)
        found(d, "token-mode", FINDING_ERROR, path, "its mode is %04o", (unsigned)st.st_mode & 07777);
    if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != user)
        found(d, "token-owner", FINDING_ERROR, path, "it belongs to user %u", (unsigned)st.st_uid);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return; /* not ours to read */
    n = read(fd, text, sizeof(text));
    close(fd);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    for (ssize_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~')
            n = -1;
    if (n < 16 || n == (ssize_t)sizeof(text))
        found(d, "token-content", FINDING_ERROR, path, "what is in it cannot be a token");
}

void look_tokens(struct doctor *d)
{
    const struct json *tokens = d->config != NULL ? json_get(json_root(d->config), "tokens") : NULL;

    if (d->config == NULL)
        skipped(d, LOOK_TOKENS, "there is no configuration");
    for (const struct json *t = json_first(tokens); t != NULL; t = json_next(t)) {
        const char *path = conf_text(d, json_get(t, "file"));

        if (path != NULL && path[0] == '/')
            look_at_token(d, path);
    }
}
