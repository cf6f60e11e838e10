/* target.c - which daemon to talk to, and as whom.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/session.h"
#include "ipam/status.h"

#define CONFIG_FILE IPAM_SYSCONFDIR "/ipamd.json"
#define CONFIG_MAX  (1024 * 1024)
#define TOKEN_MAX   4096

/* Reads a file of at most `max` bytes into the arena. 0 or -errno; *ret_mode is its mode. */
static int read_file(struct arena *a, const char *path, size_t max, const char **ret, size_t *ret_len,
                     mode_t *ret_mode)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
    size_t len = 0;
    struct stat st;
    char *data;

    if (fd < 0)
        return -errno;
    data = arena_alloc(a, max + 1);
    if (data == NULL) {
        rc = -ENOMEM;
        goto out;
    }
    if (fstat(fd, &st) != 0) {
        rc = -errno;
        goto out;
    }
    while (len <= max) {
        ssize_t n = read(fd, data + len, max + 1 - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            rc = -errno;
            goto out;
        }
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > max) {
        rc = -EFBIG;
        goto out;
    }
    data[len] = '\0';
    *ret = data;
    *ret_len = len;
    *ret_mode = st.st_mode;
out:
    close(fd);
    return rc;
}

/* "0.0.0.0:8053" cannot be connected to; the loopback address of the same family can. */
static const char *listener_url(struct arena *a, struct ipam_str address, bool tls)
{
    const char *colon = memrchr(address.data, ':', address.len), *scheme = tls ? "https" : "http";
    size_t host = colon == NULL ? address.len : (size_t)(colon - address.data);
    int rest = (int)(address.len - host);

    if (host == 7 && memcmp(address.data, "0.0.0.0", 7) == 0)
        return arena_printf(a, "%s://127.0.0.1%.*s", scheme, rest, address.data + host);
    if (host == 4 && memcmp(address.data, "[::]", 4) == 0)
        return arena_printf(a, "%s://[::1]%.*s", scheme, rest, address.data + host);
    return arena_printf(a, "%s://" STR_FMT, scheme, STR_ARG(address));
}

int target_from_config(struct arena *a, struct ipam_str text, const char **ret_url,
                       const char **ret_token_file, const char **ret_ca, char *err, size_t err_len)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    const struct json *first;
    struct ipam_str address, path, token, certificate;
    int rc = json_parse(text.data, text.len, CONFIG_MAX, &doc, &e);

    if (rc != 0) {
        snprintf(err, err_len, "line %u, column %u: %s", e.line, e.column, e.message);
        return IPAM_E_INVAL;
    }
    first = json_first(json_get(json_root(doc), "listen"));
    address = json_str(json_get(first, "address"));
    path = json_str(json_get(first, "unix"));
    token = json_str(json_get(json_first(json_get(json_root(doc), "tokens")), "file"));
    certificate = json_str(json_get(json_get(first, "tls"), "certificate"));
    if (address.data != NULL)
        *ret_url = listener_url(a, address, certificate.data != NULL);
    else if (path.data != NULL)
        *ret_url = arena_printf(a, "unix:" STR_FMT, STR_ARG(path));
    else
        snprintf(err, err_len, "it has no listener with an \"address\" or a \"unix\" path");
    rc = address.data != NULL || path.data != NULL ? 0 : IPAM_E_INVAL;
    if (rc == 0) {
        *ret_token_file = token.data != NULL ? arena_memdup(a, token.data, token.len) : NULL;
        *ret_ca = certificate.data != NULL ? arena_memdup(a, certificate.data, certificate.len) : NULL;
    }
    json_free(doc);
    return rc;
}

const char *target_unix(struct arena *a, struct ipam_str text)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    const char *url = NULL;

    if (json_parse(text.data, text.len, CONFIG_MAX, &doc, &e) != 0)
        return NULL;
    for (const struct json *l = json_first(json_get(json_root(doc), "listen")); l != NULL && url == NULL;
         l = json_next(l)) {
        struct ipam_str path = json_str(json_get(l, "unix"));

        if (path.len > 0)
            url = arena_printf(a, "unix:" STR_FMT, STR_ARG(path));
    }
    json_free(doc);
    return url;
}

static int read_config(struct cli *c, const struct args *a, struct target *t, const char **ret_token_file)
{
    const char *path = args_value(a, "config"), *text;
    char err[256];
    size_t len;
    mode_t mode;
    int rc;

    if (path == NULL)
        path = CONFIG_FILE;
    rc = read_file(&c->arena, path, CONFIG_MAX, &text, &len, &mode);
    if (rc != 0) {
        cli_error("which daemon? There is no --url, no IPAM_URL, and %s cannot be read: %s. "
                  "Pass --url http://HOST:PORT or --url unix:/PATH",
                  path, strerror(-rc));
        return CLI_CONFIG;
    }
    rc = target_from_config(&c->arena, (struct ipam_str){ text, len }, &t->url, ret_token_file, &t->ca, err,
                            sizeof(err));
    if (rc != 0) {
        cli_error("%s: %s. Correct it, or pass --url", path, err);
        return CLI_CONFIG;
    }
    t->origin = path;
    return CLI_OK;
}

const char *target_config_text(struct arena *a, const struct args *args, size_t *ret_len)
{
    const char *path = args_value(args, "config"), *text;
    mode_t mode;

    return read_file(a, path != NULL ? path : CONFIG_FILE, CONFIG_MAX, &text, ret_len, &mode) == 0 ? text
                                                                                                   : NULL;
}

static int check_url(struct cli *c, struct target *t)
{
    size_t len = strcspn(t->url, "\r\n"); /* as it stands in a file */
    bool http = strncmp(t->url, "http://", 7) == 0 || strncmp(t->url, "https://", 8) == 0;

    if (!http && strncmp(t->url, "unix:/", 6) != 0) {
        cli_error(
            "%s: '%s' is no URL of a daemon; expected https://HOST:PORT, http://HOST:PORT or unix:/PATH",
            t->origin, t->url);
        return CLI_CONFIG;
    }
    while (http && len > 8 && t->url[len - 1] == '/')
        len--;
    t->url = arena_memdup(&c->arena, t->url, len);
    return CLI_OK;
}

static int read_token(struct cli *c, const char *path, const char *origin, struct target *t)
{
    const char *text;
    size_t len;
    mode_t mode;
    int rc = read_file(&c->arena, path, TOKEN_MAX, &text, &len, &mode);

    if (rc != 0) {
        cli_error("%s: cannot read the token from %s: %s", origin, path, strerror(-rc));
        return CLI_CONFIG;
    }
    if (S_ISREG(mode) && (mode & 077) != 0)
        cli_say(c, "ipamctl: warning: others on this machine may read the token in %s; run: chmod 600 %s",
                path, path);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            len = 0;
    if (len == 0) {
        cli_error("%s: %s holds no token; expected one line of visible ASCII characters", origin, path);
        return CLI_CONFIG;
    }
    t->token = arena_memdup(&c->arena, text, len);
    return CLI_OK;
}

static const char *set_variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* The file of an option or a variable, which must be readable; *file stays when neither is given. */
static int find_file(const struct args *a, const char *option, const char *variable, const char **file)
{
    const char *path = args_value(a, option);
    bool given = path != NULL;

    if (!given)
        path = set_variable(variable);
    if (path == NULL)
        return CLI_OK;
    *file = path;
    if (access(path, R_OK) == 0)
        return CLI_OK;
    cli_error("%s%s: cannot read %s: %s", given ? "--" : "", given ? option : variable, path,
              strerror(errno));
    return CLI_CONFIG;
}

static int find_files(const struct args *a, struct target *t)
{
    int rc = find_file(a, "ca", "IPAM_CA", &t->ca);

    if (rc == CLI_OK)
        rc = find_file(a, "cert", "IPAM_CERT", &t->cert);
    if (rc == CLI_OK)
        rc = find_file(a, "key", "IPAM_KEY", &t->key);
    if (rc == CLI_OK && t->key != NULL && t->cert == NULL) {
        cli_error("there is a --key (or IPAM_KEY) but no certificate for it; add --cert FILE");
        rc = CLI_USAGE;
    }
    return rc;
}

int target_find(struct cli *c, const struct args *a, struct target *ret)
{
    const char *option = args_value(a, "token-file"), *variable = set_variable("IPAM_TOKEN_FILE"),
               *file = NULL, *session;
    struct target t = { .url = args_value(a, "url"), .origin = "--url" };
    int rc = CLI_OK;

    if (t.url == NULL && args_value(a, "config") == NULL) {
        t.url = set_variable("IPAM_URL");
        t.origin = "IPAM_URL";
    }
    if (t.url == NULL)
        rc = read_config(c, a, &t, &file);
    if (rc == CLI_OK)
        rc = check_url(c, &t);
    if (rc == CLI_OK && strncmp(t.url, "https:", 6) == 0)
        rc = find_files(a, &t);
    if (rc == CLI_OK && option != NULL)
        rc = read_token(c, option, "--token-file", &t);
    else if (rc == CLI_OK && variable != NULL)
        rc = read_token(c, variable, "IPAM_TOKEN_FILE", &t);
    else if (rc == CLI_OK && (session = session_file(&c->arena, t.url)) != NULL && access(session, R_OK) == 0)
        rc = read_token(c, session, "ipamctl login", &t);
    else if (rc == CLI_OK && file != NULL && access(file, R_OK) == 0)
        rc = read_token(c, file, t.origin, &t);
    if (rc == CLI_OK)
        *ret = t;
    return rc;
}
