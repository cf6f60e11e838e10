/* read.c - the sections of one configuration file, each checked by itself.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf_p.h"
#include "net/addr.h"

#define LIST_MAX       1000
#define NAME_MAX_BYTES 56 /* with a word before it, a name fits a principal's */

static struct conf_place place(const struct reader *r, const struct json *v)
{
    return (struct conf_place){ r->doc, v, r->file };
}

/* A non-empty text, NUL-terminated, or NULL with a problem. */
static const char *text_of(struct reader *r, const struct json *v, const char *what)
{
    struct ipam_str s = json_str(v);
    if (s.len == 0) {
        WRONG(r, v, "%s is %s; expected a text that is not empty", what,
              s.data != NULL ? "empty" : json_type_name(json_type(v)));
        return NULL;
    }
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7f) {
            WRONG(r, v, "%s has a control character; write it without", what);
            return NULL;
        }
    }
    return arena_memdup(&r->conf->arena, s.data, s.len);
}

/* Every member must be one of `known`. */
static void check_keys(struct reader *r, const struct json *v, const char *what, const char *const *known)
{
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
        char list[256] = "";
        size_t i = 0;
        while (known[i] != NULL && !str_is(json_key(m), known[i]))
            i++;
        if (known[i] != NULL)
            continue;
        for (i = 0; known[i] != NULL; i++)
            snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i > 0 ? ", " : "", known[i]);
        WRONG(r, m, "unknown key \"" STR_FMT "\" in %s; known are %s", STR_ARG(json_key(m)), what, list);
    }
}

static bool is_object(struct reader *r, const struct json *v, const char *what)
{
    if (json_type(v) == JSON_OBJECT)
        return true;
    WRONG(r, v, "%s is %s; expected an object", what, json_type_name(json_type(v)));
    return false;
}

/* Required member of an entry. */
static const char *member_text(struct reader *r, const struct json *entry, const char *key, const char *what)
{
    const struct json *v = json_get(entry, key);
    if (v != NULL)
        return text_of(r, v, key);
    WRONG(r, entry, "%s lacks \"%s\"", what, key);
    return NULL;
}

/* A name is a word that messages, logs and records carry. */
static const char *member_name(struct reader *r, const struct json *entry, const char *key, const char *what)
{
    const char *name = member_text(r, entry, key, what);
    if (name == NULL || strlen(name) <= NAME_MAX_BYTES)
        return name;
    WRONG(r, json_get(entry, key), "%s of %s has %zu bytes; at most %d are taken", key, what, strlen(name),
          NAME_MAX_BYTES);
    return NULL;
}

static struct conf_place options_of(struct reader *r, const struct json *entry)
{
    const struct json *v = json_get(entry, "options");
    if (v != NULL && !is_object(r, v, "options"))
        v = NULL;
    return place(r, v);
}

/* Digits alone: strtoul would take blanks and signs too. */
static bool digits_parse(const char *text, int base, unsigned long most, unsigned long *ret)
{
    char *end;
    errno = 0;
    *ret = strtoul(text, &end, base);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *ret <= most;
}

/* Without TLS nothing but this machine may hear tokens: only loopback addresses. */
static void check_address(struct reader *r, const struct json *v, const char *text, bool tls)
{
    struct ipam_addr a;
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    bool bracket = len > 2 && text[0] == '[' && text[len - 1] == ']';
    unsigned long port;
    if (colon == NULL || !digits_parse(colon + 1, 10, 65535, &port) ||
        addr_parse(text + bracket, len - 2 * bracket, &a) != 0 || bracket != (a.family == 6)) {
        WRONG(r, v, "address \"%s\" is not ADDRESS:PORT, such as 127.0.0.1:8053 or [::1]:8053", text);
        return;
    }
    static const uint8_t one[16] = { [15] = 1 };
    bool loopback = a.family == 4 ? a.bytes[0] == 127 : memcmp(a.bytes, one, 16) == 0;
    if (!loopback && !tls)
        WRONG(r, v,
              "address \"%s\" is not loopback, and a listener beyond it needs TLS; add \"tls\": "
              "{ \"certificate\": FILE, \"key\": FILE }, or listen on 127.0.0.1 or [::1]",
              text);
}

/* An absolute path, or NULL when it is not given. */
static const char *file_of(struct reader *r, const struct json *entry, const char *key)
{
    const struct json *v = json_get(entry, key);
    const char *path = v != NULL ? text_of(r, v, key) : NULL;
    if (path != NULL && path[0] != '/')
        WRONG(r, v, "%s is \"%s\"; expected an absolute path", key, path);
    return path;
}

static void read_client(struct reader *r, const struct json *v, struct conf_tls *t)
{
    const struct json *client = json_get(v, "client"), *crl = json_get(v, "client_crl");
    t->client_ca = file_of(r, v, "client_ca");
    t->client_crl = file_of(r, v, "client_crl");
    t->client_required = str_is(json_str(client), "required");
    if (client != NULL && !t->client_required && !str_is(json_str(client), "optional"))
        WRONG(r, client, "client is neither \"optional\" nor \"required\"");
    if ((client != NULL || crl != NULL) && json_get(v, "client_ca") == NULL)
        WRONG(r, client != NULL ? client : crl,
              "%s is there without \"client_ca\"; name the file of the authorities that sign clients' "
              "certificates",
              client != NULL ? "client" : "client_crl");
}

static void read_tls(struct reader *r, const struct json *v, struct conf_tls *t)
{
    static const char *const known[] = { "certificate", "key", "client_ca", "client_crl", "client", NULL };
    if (v == NULL || !is_object(r, v, "tls"))
        return;
    check_keys(r, v, "tls", known);
    t->place = place(r, v);
    for (int i = 0; i < 2; i++)
        if (json_get(v, known[i]) == NULL)
            WRONG(r, v, "tls lacks \"%s\"; name a file in PEM", known[i]);
    t->certificate = file_of(r, v, "certificate");
    t->key = file_of(r, v, "key");
    read_client(r, v, t);
}

static void read_listener(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "address", "unix", "mode", "tls", NULL };
    struct conf_listener *l = entry;
    const struct json *address = json_get(v, "address"), *path = json_get(v, "unix"),
                      *mode = json_get(v, "mode");
    check_keys(r, v, "a listener", known);
    l->place = place(r, v);
    l->mode = 0666; /* peers are identified by the kernel; who has no role is refused */
    if ((address == NULL) == (path == NULL)) {
        WRONG(r, v, "a listener has either \"address\" or \"unix\"");
        return;
    }
    if (address != NULL && (l->address = text_of(r, address, "address")) != NULL)
        check_address(r, address, l->address, json_get(v, "tls") != NULL);
    if (address != NULL)
        read_tls(r, json_get(v, "tls"), &l->tls);
    else if (json_get(v, "tls") != NULL)
        WRONG(r, json_get(v, "tls"), "tls is of an address; take it away from this unix socket");
    if (path != NULL && (l->unix_path = text_of(r, path, "unix")) != NULL &&
        (l->unix_path[0] != '/' || strlen(l->unix_path) > 107))
        WRONG(r, path, "unix is \"%s\"; expected an absolute path of at most 107 bytes", l->unix_path);
    if (mode != NULL && path == NULL) {
        WRONG(r, mode, "mode is of a unix socket; take it away from this address");
    } else if (mode != NULL) {
        const char *text = text_of(r, mode, "mode");
        unsigned long n = 0;
        if (text != NULL && !digits_parse(text, 8, 0777, &n))
            WRONG(r, mode, "mode is \"%s\"; expected octal digits such as \"0660\"", text);
        l->mode = (unsigned)n;
    }
}

/* An integer in a range, or 0 when it is not given. */
static unsigned number_of(struct reader *r, const struct json *entry, const char *key, int64_t min,
                          int64_t max)
{
    const struct json *v = json_get(entry, key);
    int64_t n = 0;
    if (v == NULL)
        return 0;
    if (json_int(v, &n) != 0 || n < min || n > max) {
        WRONG(r, v, "%s is no integer from %lld to %lld", key, (long long)min, (long long)max);
        return 0;
    }
    return (unsigned)n;
}

/* The time a call of a plugin may take, or 0 when it is not given. */
static int64_t timeout_of(struct reader *r, const struct json *entry)
{
    const struct json *v = json_get(entry, "timeout");
    struct ipam_str text = json_str(v);
    int64_t ms = 0;
    if (v == NULL)
        return 0;
    if (text.data == NULL || duration_parse(text.data, text.len, &ms) < 0 || ms < 100 || ms > 3600000) {
        WRONG(r, v, "timeout is no duration from 100ms to 1h; write one such as \"30s\"");
        return 0;
    }
    return ms;
}

static void read_plugin(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "name",       "isolation", "critical",
                                         "helpers",    "timeout",   "max_concurrency",
                                         "memory_mib", "options",   NULL };
    struct conf_plugin *p = entry;
    const struct json *isolation = json_get(v, "isolation");
    check_keys(r, v, "a plugin", known);
    p->place = place(r, v);
    p->name = member_name(r, v, "name", "a plugin");
    p->options = options_of(r, v);
    p->isolated = true;
    p->helpers = number_of(r, v, "helpers", 1, 64);
    p->max_concurrency = number_of(r, v, "max_concurrency", 1, 64);
    p->memory_mib = number_of(r, v, "memory_mib", 16, 65536);
    p->timeout_ms = timeout_of(r, v);
    if (json_get(v, "critical") != NULL && json_bool(json_get(v, "critical"), &p->critical) != 0)
        WRONG(r, json_get(v, "critical"), "critical is neither true nor false");
    if (isolation == NULL)
        return;
    if (str_is(json_str(isolation), "none"))
        p->isolated = false;
    else if (!str_is(json_str(isolation), "process"))
        WRONG(r, isolation, "isolation is neither \"process\" nor \"none\"");
}

static void read_profile(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "name", "driver", "options", NULL };
    struct conf_profile *p = entry;
    check_keys(r, v, "a profile", known);
    p->place = place(r, v);
    p->name = member_name(r, v, "name", "a profile");
    p->driver = member_name(r, v, "driver", "a profile");
    p->options = options_of(r, v);
}

/* NULL: none, what it may comes from policies alone. */
static const char *role_of(struct reader *r, const struct json *entry, const char *what)
{
    return json_get(entry, "role") != NULL ? member_text(r, entry, "role", what) : NULL;
}

static void read_token(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "name", "role", "file", NULL };
    struct conf_token *t = entry;
    check_keys(r, v, "a token", known);
    t->place = place(r, v);
    t->name = member_name(r, v, "name", "a token");
    t->role = role_of(r, v, "a token");
    t->file = member_text(r, v, "file", "a token");
    if (t->file != NULL && t->file[0] != '/')
        WRONG(r, json_get(v, "file"), "file is \"%s\"; expected an absolute path", t->file);
}

/* A role, a user of the service, or neither: then policies say what he may. */
static void role_or_user(struct reader *r, const struct json *v, const char *what, const char **ret_role,
                         const char **ret_user)
{
    if (json_get(v, "user") == NULL) {
        *ret_role = role_of(r, v, what);
        return;
    }
    *ret_user = member_text(r, v, "user", what);
    if (json_get(v, "role") != NULL)
        WRONG(r, json_get(v, "role"), "role and user are both given; a user has what his groups may");
    if (*ret_user != NULL && strlen(*ret_user) > 64)
        WRONG(r, json_get(v, "user"), "user is longer than 64 bytes, which no user's name is");
}

static void read_identity(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "name", "profile", NULL };
    struct conf_identity *p = entry;
    check_keys(r, v, "an identity provider", known);
    p->place = place(r, v);
    p->name = member_name(r, v, "name", "an identity provider");
    p->profile = member_name(r, v, "profile", "an identity provider");
}

static void read_reach(struct reader *r, const struct json *v)
{
    static const char *const known[] = { "profile", NULL };
    if (!is_object(r, v, "reach"))
        return;
    check_keys(r, v, "reach", known);
    r->conf->reach.place = place(r, v);
    r->conf->reach.profile = member_name(r, v, "profile", "reach");
}

static void read_peer(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "uid", "role", "user", NULL };
    struct conf_peer *p = entry;
    int64_t uid;
    check_keys(r, v, "a peer", known);
    p->place = place(r, v);
    role_or_user(r, v, "a peer", &p->role, &p->user);
    p->uid = CONF_NO_UID;
    if (json_int(json_get(v, "uid"), &uid) != 0 || uid < 0 || uid > UINT32_MAX - 1) {
        WRONG(r, v, "a peer needs \"uid\", a user id");
        return;
    }
    p->uid = (uint32_t)uid;
}

const char *const conf_cert_kinds[CONF_CERT_KINDS] = { "sha256", "uri", "dns", "email", "upn" };

/* 32 bytes in hexadecimal, with colons or without, as OpenSSL prints them: in small digits. NULL: none. */
static const char *fingerprint(struct reader *r, const char *text)
{
    char digits[65];
    size_t n = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        char c = text[i];
        if (c == ':' && n % 2 == 0 && i % 3 == 2)
            continue;
        if (n == 64 || strchr("0123456789abcdefABCDEF", c) == NULL)
            return NULL;
        digits[n++] = (char)(c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
    }
    return n == 64 ? arena_memdup(&r->conf->arena, digits, 64) : NULL;
}

static void read_certificate(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = {
        "name", "role", "user", "sha256", "uri", "dns", "email", "upn", NULL
    };
    struct conf_cert *p = entry;
    int given = 0;
    check_keys(r, v, "a certificate", known);
    p->place = place(r, v);
    p->name = member_name(r, v, "name", "a certificate");
    role_or_user(r, v, "a certificate", &p->role, &p->user);
    for (enum conf_cert_kind k = 0; k < CONF_CERT_KINDS; k++) {
        const struct json *m = json_get(v, conf_cert_kinds[k]);
        if (m == NULL)
            continue;
        given++;
        p->kind = k;
        p->value = text_of(r, m, conf_cert_kinds[k]);
        if (k != CONF_CERT_SHA256 || p->value == NULL)
            continue;
        p->value = fingerprint(r, p->value);
        if (p->value == NULL)
            WRONG(
                r, m,
                "sha256 is no fingerprint of 64 hexadecimal digits; openssl x509 -noout -fingerprint -sha256 "
                "-in FILE prints it");
    }
    if (given != 1)
        WRONG(r, v,
              "a certificate is known by exactly one of \"sha256\", \"uri\", \"dns\", \"email\", \"upn\"");
}

static void read_storage(struct reader *r, const struct json *v)
{
    static const char *const known[] = { "plugin", "options", NULL };
    struct conf_plugin *p = &r->conf->storage;
    if (!is_object(r, v, "storage"))
        return;
    check_keys(r, v, "storage", known);
    p->place = place(r, v);
    p->name = member_name(r, v, "plugin", "storage");
    p->options = options_of(r, v);
    p->isolated = false;
}

/* Appends the entries of a list to what earlier files gave. */
static void *read_list(struct reader *r, const struct json *v, const char *what, void *items, size_t *count,
                       size_t size, void (*read)(struct reader *, const struct json *, void *))
{
    if (json_type(v) != JSON_ARRAY || json_count(v) > LIST_MAX) {
        WRONG(r, v, "%s is %s; expected a list of at most %d objects", what, json_type_name(json_type(v)),
              LIST_MAX);
        return items;
    }
    char *all = arena_alloc(&r->conf->arena, (*count + json_count(v) + 1) * size);
    if (*count > 0)
        memcpy(all, items, *count * size);
    for (const struct json *e = json_first(v); e != NULL; e = json_next(e))
        if (is_object(r, e, "an entry"))
            read(r, e, all + (*count)++ * size);
    return all;
}

#define READ_LIST(r, v, what, member, count, fn)                                                             \
    ((r)->conf->member =                                                                                     \
         read_list(r, v, what, (r)->conf->member, &(r)->conf->count, sizeof((r)->conf->member[0]), fn))

static void read_node(struct reader *r, const struct json *v)
{
    const char *text = text_of(r, v, "node");
    if (text != NULL)
        r->conf->node = text;
}

static void read_who(struct reader *r, const struct json *v, const char *key, const char **at,
                     struct conf_place *at_place)
{
    *at = text_of(r, v, key);
    *at_place = place(r, v);
}

static void read_master_key(struct reader *r, const struct json *v)
{
    const char *path = text_of(r, v, "master_key");
    if (path == NULL)
        return;
    r->conf->master_key = path;
    r->conf->master_key_place = place(r, v);
    if (path[0] != '/' || path[strlen(path) - 1] == '/' || strlen(path) > 4000)
        WRONG(r, v, "master_key is \"%s\"; expected the absolute path of a file, at most 4000 bytes", path);
}

/* One of some words; anything else leaves what was there. */
static void read_word(struct reader *r, const struct json *v, const char *key, const char *const *words,
                      const char *expected, const char **at)
{
    const char *text = text_of(r, v, key);
    size_t i = 0;
    while (text != NULL && words[i] != NULL && strcmp(words[i], text) != 0)
        i++;
    if (text != NULL && words[i] != NULL)
        *at = words[i];
    else if (text != NULL)
        WRONG(r, v, "%s is \"%s\"; expected %s", key, text, expected);
}

static void read_log_level(struct reader *r, const struct json *v)
{
    static const char *const levels[] = { "error", "warning", "notice", "info", "debug", NULL };
    read_word(r, v, "log_level", levels, "error, warning, notice, info or debug", &r->conf->log_level);
}

static void read_log_format(struct reader *r, const struct json *v)
{
    static const char *const formats[] = { "journald", "json", NULL };
    read_word(r, v, "log_format", formats, "journald or json", &r->conf->log_format);
}

static void read_mode(struct reader *r, const struct json *v, const char *key, enum sandbox_mode *at)
{
    const char *mode = NULL;
    read_word(r, v, key, sandbox_mode_names, "on, off or require", &mode);
    for (unsigned i = 0; mode != NULL && sandbox_mode_names[i] != NULL; i++)
        if (sandbox_mode_names[i] == mode)
            *at = (enum sandbox_mode)i;
}

static void read_root(struct reader *r, const struct json *root)
{
    static const char *const known[] = { "node",    "log_level",    "log_format", "listen",
                                         "storage", "plugins",      "profiles",   "tokens",
                                         "peers",   "certificates", "tasks",      "audit",
                                         "sandbox", "master_key",   "identity",   "network_fence",
                                         "user",    "group",        "reach",      "archive",
                                         NULL };
    if (!is_object(r, root, "the file"))
        return;
    check_keys(r, root, "the file", known);
    for (const struct json *v = json_first(root); v != NULL; v = json_next(v)) {
        struct ipam_str key = json_key(v);
        if (str_is(key, "node"))
            read_node(r, v);
        else if (str_is(key, "log_level"))
            read_log_level(r, v);
        else if (str_is(key, "log_format"))
            read_log_format(r, v);
        else if (str_is(key, "sandbox"))
            read_mode(r, v, "sandbox", &r->conf->sandbox);
        else if (str_is(key, "user"))
            read_who(r, v, "user", &r->conf->user, &r->conf->user_place);
        else if (str_is(key, "group"))
            read_who(r, v, "group", &r->conf->group, &r->conf->group_place);
        else if (str_is(key, "network_fence"))
            read_mode(r, v, "network_fence", &r->conf->network_fence);
        else if (str_is(key, "storage"))
            read_storage(r, v);
        else if (str_is(key, "listen"))
            READ_LIST(r, v, "listen", listeners, listener_count, read_listener);
        else if (str_is(key, "plugins"))
            READ_LIST(r, v, "plugins", plugins, plugin_count, read_plugin);
        else if (str_is(key, "profiles"))
            READ_LIST(r, v, "profiles", profiles, profile_count, read_profile);
        else if (str_is(key, "tokens"))
            READ_LIST(r, v, "tokens", tokens, token_count, read_token);
        else if (str_is(key, "peers"))
            READ_LIST(r, v, "peers", peers, peer_count, read_peer);
        else if (str_is(key, "certificates"))
            READ_LIST(r, v, "certificates", certs, cert_count, read_certificate);
        else if (str_is(key, "identity"))
            READ_LIST(r, v, "identity", identities, identity_count, read_identity);
        else if (str_is(key, "reach"))
            read_reach(r, v);
        else if (str_is(key, "tasks"))
            conf_read_tasks(r, v);
        else if (str_is(key, "audit"))
            conf_read_audit(r, v);
        else if (str_is(key, "archive"))
            conf_read_archive(r, v);
        else if (str_is(key, "master_key"))
            read_master_key(r, v);
    }
}

int conf_read(struct conf *conf, const struct json_doc *doc, const char *file, conf_report report, void *user)
{
    struct reader r = { conf, doc, file, report, user, 0 };

    read_root(&r, json_root(doc));
    return r.problems;
}
