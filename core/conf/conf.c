/* conf.c - the configuration file: read, checked, printed.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"

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
#include "ipam/status.h"
#include "net/addr.h"

#define FILE_MAX       (1u << 20)
#define LIST_MAX       1000
#define NAME_MAX_BYTES 56 /* with a word before it, a name fits a principal's */

struct reader {
    struct conf *conf;
    const struct json_doc *doc;
    const char *file;
    conf_report report;
    void *user;
    int problems;
};

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

#define WRONG(r, v, ...)                                                                                     \
    ((r)->problems++,                                                                                        \
     conf_problem(&(struct conf_place){ (r)->doc, (v), (r)->file }, (r)->report, (r)->user, __VA_ARGS__))

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

static const char *role_of(struct reader *r, const struct json *entry, const char *what)
{
    const char *role = member_text(r, entry, "role", what);
    if (role == NULL || strcmp(role, "administrator") == 0 || strcmp(role, "reader") == 0)
        return role;
    WRONG(r, json_get(entry, "role"), "role is \"%s\"; expected administrator or reader", role);
    return NULL;
}

static struct conf_place options_of(struct reader *r, const struct json *entry)
{
    const struct json *v = json_get(entry, "options");
    if (v != NULL && !is_object(r, v, "options"))
        v = NULL;
    return place(r, v);
}

/* --- sections --- */

/* Digits alone: strtoul would take blanks and signs too. */
static bool digits_parse(const char *text, int base, unsigned long most, unsigned long *ret)
{
    char *end;
    errno = 0;
    *ret = strtoul(text, &end, base);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *ret <= most;
}

/* Without TLS nothing but this machine may hear tokens: only loopback addresses. */
static void check_address(struct reader *r, const struct json *v, const char *text)
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
    if (!loopback)
        WRONG(r, v,
              "address \"%s\" is not loopback, and a listener beyond it needs TLS, which is not supported; "
              "listen on 127.0.0.1 or [::1]",
              text);
}

static void read_listener(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "address", "unix", "mode", NULL };
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
        check_address(r, address, l->address);
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

static void read_plugin(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "name", "isolation", "options", NULL };
    struct conf_plugin *p = entry;
    const struct json *isolation = json_get(v, "isolation");
    check_keys(r, v, "a plugin", known);
    p->place = place(r, v);
    p->name = member_name(r, v, "name", "a plugin");
    p->options = options_of(r, v);
    p->isolated = true;
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

static void read_peer(struct reader *r, const struct json *v, void *entry)
{
    static const char *const known[] = { "uid", "role", NULL };
    struct conf_peer *p = entry;
    int64_t uid;
    check_keys(r, v, "a peer", known);
    p->place = place(r, v);
    p->role = role_of(r, v, "a peer");
    if (json_int(json_get(v, "uid"), &uid) != 0 || uid < 0 || uid > UINT32_MAX - 1) {
        WRONG(r, v, "a peer needs \"uid\", a user id");
        return;
    }
    p->uid = (uint32_t)uid;
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

static void read_log_level(struct reader *r, const struct json *v)
{
    static const char *const levels[] = { "error", "warning", "notice", "info", "debug", NULL };
    const char *text = text_of(r, v, "log_level");
    size_t i = 0;
    while (text != NULL && levels[i] != NULL && strcmp(levels[i], text) != 0)
        i++;
    if (text != NULL && levels[i] != NULL)
        r->conf->log_level = levels[i];
    else if (text != NULL)
        WRONG(r, v, "log_level is \"%s\"; expected error, warning, notice, info or debug", text);
}

static void read_root(struct reader *r, const struct json *root)
{
    static const char *const known[] = { "node",     "log_level", "listen", "storage", "plugins",
                                         "profiles", "tokens",    "peers",  NULL };
    if (!is_object(r, root, "the file"))
        return;
    check_keys(r, root, "the file", known);
    for (const struct json *v = json_first(root); v != NULL; v = json_next(v)) {
        struct ipam_str key = json_key(v);
        if (str_is(key, "node"))
            read_node(r, v);
        else if (str_is(key, "log_level"))
            read_log_level(r, v);
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
    }
}

/* --- checks over all files --- */

static const char *profile_name(const struct conf *c, size_t i)
{
    return c->profiles[i].name;
}

static const char *plugin_name(const struct conf *c, size_t i)
{
    return c->plugins[i].name;
}

static const char *token_name(const struct conf *c, size_t i)
{
    return c->tokens[i].name;
}

static const char *token_file(const struct conf *c, size_t i)
{
    return c->tokens[i].file;
}

static const char *listener_name(const struct conf *c, size_t i)
{
    return c->listeners[i].address != NULL ? c->listeners[i].address : c->listeners[i].unix_path;
}

static bool is_any_port(const char *listener)
{
    size_t n = strlen(listener);
    return n > 2 && listener[0] != '/' && strcmp(listener + n - 2, ":0") == 0;
}

static size_t twin(const struct conf *c, size_t i, const char *(*name)(const struct conf *, size_t))
{
    for (size_t k = 0; k < i; k++)
        if (name(c, i) != NULL && name(c, k) != NULL && strcmp(name(c, i), name(c, k)) == 0)
            return k;
    return i;
}

static int check_storage(const struct conf *c, const char *path, conf_report report, void *user)
{
    char text[PATH_MAX + 128];
    if (c->storage.place.doc != NULL)
        return 0;
    snprintf(text, sizeof(text),
             "%s:1:1: \"storage\" is missing; add { \"plugin\": NAME, \"options\": { ... } }", path);
    report(user, text);
    return 1;
}

static int check_plugins(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->plugin_count; i++)
        if (twin(c, i, plugin_name) != i && ++problems)
            conf_problem(&c->plugins[i].place, report, user, "plugin \"%s\" is there twice; give it once",
                         c->plugins[i].name);
    return problems;
}

static int check_listeners(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->listener_count; i++)
        if (twin(c, i, listener_name) != i && !is_any_port(listener_name(c, i)) && ++problems)
            conf_problem(&c->listeners[i].place, report, user, "listener \"%s\" is there twice; give it once",
                         listener_name(c, i));
    return problems;
}

static int check_tokens(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->token_count; i++) {
        const struct conf_token *t = &c->tokens[i];
        if (twin(c, i, token_name) != i && ++problems)
            conf_problem(&t->place, report, user, "token \"%s\" is there twice; give each its own name",
                         t->name);
        if (twin(c, i, token_file) != i && ++problems)
            conf_problem(&t->place, report, user,
                         "file \"%s\" holds another token already; give each its own", t->file);
    }
    return problems;
}

static int check_peers(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->peer_count; i++)
        for (size_t k = 0; k < i; k++)
            if (c->peers[k].role != NULL && c->peers[i].role != NULL && c->peers[k].uid == c->peers[i].uid &&
                ++problems)
                conf_problem(&c->peers[i].place, report, user, "uid %u is there twice; give it once",
                             (unsigned)c->peers[i].uid);
    return problems;
}

static int check_profiles(const struct conf *c, conf_report report, void *user)
{
    int problems = 0;
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct conf_profile *p = &c->profiles[i];
        bool known = p->driver == NULL;
        if (twin(c, i, profile_name) != i && ++problems)
            conf_problem(&p->place, report, user, "profile \"%s\" is there twice; give each its own name",
                         p->name);
        for (size_t k = 0; !known && k < c->plugin_count; k++)
            known = c->plugins[k].name != NULL && strcmp(c->plugins[k].name, p->driver) == 0;
        if (!known && ++problems)
            conf_problem(&p->place, report, user,
                         "driver \"%s\" of profile \"%s\" is not among \"plugins\"; add it there", p->driver,
                         p->name != NULL ? p->name : "");
    }
    return problems;
}

static int check_all(const struct conf *c, const char *path, conf_report report, void *user)
{
    return check_storage(c, path, report, user) + check_plugins(c, report, user) +
           check_listeners(c, report, user) + check_tokens(c, report, user) + check_peers(c, report, user) +
           check_profiles(c, report, user);
}

/* --- files --- */

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
    struct reader r = { c, doc, arena_strdup(&c->arena, path), report, user, 0 };
    read_root(&r, json_root(doc));
    return r.problems;
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
    *ret = c;
    int problems = load_file(c, path, report, user);
    problems += load_drop_ins(c, path, report, user);
    return problems != 0 ? problems : check_all(c, path, report, user);
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

/* --- printing --- */

static void print_text(struct json_writer *w, const char *key, const char *value)
{
    if (value == NULL)
        return;
    jw_key(w, key);
    jw_text(w, value);
}

static void print_options(struct json_writer *w, const struct conf_place *at)
{
    if (at->value == NULL)
        return;
    jw_key(w, "options");
    jw_raw(w, json_span(at->doc, at->value));
}

void conf_print(const struct conf *c, struct strbuf *out)
{
    struct json_writer w;
    char mode[8];
    jw_init(&w, out);
    jw_object(&w);
    print_text(&w, "node", c->node);
    print_text(&w, "log_level", c->log_level);
    jw_key(&w, "listen");
    jw_array(&w);
    for (size_t i = 0; i < c->listener_count; i++) {
        jw_object(&w);
        print_text(&w, "address", c->listeners[i].address);
        print_text(&w, "unix", c->listeners[i].unix_path);
        snprintf(mode, sizeof(mode), "%04o", c->listeners[i].mode & 0777);
        print_text(&w, "mode", c->listeners[i].unix_path != NULL ? mode : NULL);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "storage");
    jw_object(&w);
    print_text(&w, "plugin", c->storage.name);
    print_options(&w, &c->storage.options);
    jw_object_end(&w);
    jw_key(&w, "plugins");
    jw_array(&w);
    for (size_t i = 0; i < c->plugin_count; i++) {
        jw_object(&w);
        print_text(&w, "name", c->plugins[i].name);
        print_text(&w, "isolation", c->plugins[i].isolated ? "process" : "none");
        print_options(&w, &c->plugins[i].options);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "profiles");
    jw_array(&w);
    for (size_t i = 0; i < c->profile_count; i++) {
        jw_object(&w);
        print_text(&w, "name", c->profiles[i].name);
        print_text(&w, "driver", c->profiles[i].driver);
        print_options(&w, &c->profiles[i].options);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "tokens");
    jw_array(&w);
    for (size_t i = 0; i < c->token_count; i++) {
        jw_object(&w);
        print_text(&w, "name", c->tokens[i].name);
        print_text(&w, "role", c->tokens[i].role);
        print_text(&w, "file", c->tokens[i].file);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_key(&w, "peers");
    jw_array(&w);
    for (size_t i = 0; i < c->peer_count; i++) {
        jw_object(&w);
        jw_key(&w, "uid");
        jw_int(&w, c->peers[i].uid);
        print_text(&w, "role", c->peers[i].role);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
}
