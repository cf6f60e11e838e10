/* doctor_secrets.c - looks at the secrets that the configuration names, at what is stored, at the key.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/keys.h"

#define ANSWER_MS 5000

/* $CREDENTIALS_DIRECTORY of the daemon that runs here, or ours. */
static const char *credentials(struct doctor *d)
{
    static const char name[] = "CREDENTIALS_DIRECTORY=";
    const char *given = args_value(d->args, "credentials"), *own = getenv("CREDENTIALS_DIRECTORY"),
               *found_at = NULL;
    char path[64], *text = NULL;
    ssize_t n = -1;
    int fd;

    if (given != NULL || d->pid == 0)
        return given != NULL ? given : own;
    snprintf(path, sizeof(path), "/proc/%ld/environ", (long)d->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        text = arena_alloc(&d->c->arena, 65536 + 1);
        n = text != NULL ? read(fd, text, 65536) : -1;
        close(fd);
    }
    for (ssize_t at = 0; at < n; at += (ssize_t)strlen(text + at) + 1)
        if (strncmp(text + at, name, sizeof(name) - 1) == 0)
            found_at = text + at + sizeof(name) - 1;
    return found_at != NULL ? found_at : own;
}

/* Whether the daemon says that it stores a secret of that name; it may, when it cannot be asked. */
static bool is_stored(struct doctor *d, const char *name)
{
    struct client_answer a;
    struct strbuf path;
    bool stored;

    if (!d->answering)
        return json_get(json_root(d->config), "master_key") != NULL;
    strbuf_init(&path, 1024);
    key_object(record_type(IPAM_T_SECRET), name, &path);
    stored = client_probe(d->client, path.data, ANSWER_MS, &a) == CLIENT_ANSWERED && a.status == 200;
    client_answer_fini(&a);
    strbuf_fini(&path);
    return stored;
}

static void look_at_secret(struct doctor *d, const char *folder, const char *owner, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (strchr(name, '/') != NULL || name[0] == '.' || stat(path, &st) != 0) {
        if (!is_stored(d, name))
            found(d, "secret-missing", FINDING_ERROR, path, "%s names the secret %s", owner, name);
    } else if ((st.st_mode & 077) != 0) {
        found(d, "secret-mode", FINDING_WARNING, path, "its mode is %04o", (unsigned)st.st_mode & 07777);
    }
}

static void look_at_options(struct doctor *d, const char *folder, const char *owner,
                            const struct json *options)
{
    for (const struct json *o = json_first(options); o != NULL; o = json_next(o)) {
        const char *name = conf_text(d, json_get(o, "secret"));

        if (json_type(o) == JSON_OBJECT && name != NULL)
            look_at_secret(d, folder, owner, name);
    }
}

/* The file of the key, which is looked at whether the daemon runs or not. */
static void look_at_key_file(struct doctor *d, const char *path)
{
    struct stat st;

    if (path != NULL && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
        found(d, "master-key-mode", FINDING_ERROR, path, "its mode is %04o", (unsigned)st.st_mode & 07777);
}

static void tell_each(struct doctor *d, const struct json *names, const char *id, enum finding_state state,
                      const char *what)
{
    for (const struct json *n = json_first(names); n != NULL; n = json_next(n)) {
        const char *name = conf_text(d, n);

        if (name != NULL)
            found(d, id, state, name, "%s", what);
    }
}

/* What the daemon says of the key and of what is stored under it. */
static void look_at_stored(struct doctor *d)
{
    struct client_answer a;
    const struct json *root;
    struct ipam_str state;

    if (client_probe(d->client, "/api/v1/system/master-key", ANSWER_MS, &a) == CLIENT_ANSWERED &&
        a.status == 200) {
        root = json_root(a.doc);
        state = json_str(json_get(root, "state"));
        const char *file = conf_text(d, json_get(root, "file")),
                   *place = file != NULL ? file : d->config_path;
        const struct json *dead = json_get(root, "dead");

        if (str_is(state, "wrong"))
            found(d, "master-key-wrong", FINDING_ERROR, place, "it does not open what is stored");
        else if (json_count(dead) > 0 && !str_is(state, "ready"))
            found(d, "master-key-missing", FINDING_ERROR, place, "%u secrets wait for it",
                  (unsigned)json_count(dead));
        tell_each(d, dead, "secret-dead", FINDING_ERROR, "it cannot be read");
        tell_each(d, json_get(root, "unused"), "secret-unused", FINDING_WARNING,
                  "nothing in the configuration names it");
    }
    client_answer_fini(&a);
}

void look_secrets(struct doctor *d)
{
    static const char *const lists[] = { "profiles", "plugins" };
    const char *folder = d->config != NULL ? credentials(d) : NULL;

    if (d->config != NULL)
        look_at_key_file(d, conf_text(d, json_get(json_root(d->config), "master_key")));
    if (d->answering)
        look_at_stored(d);
    if (folder == NULL) {
        skipped(d, LOOK_SECRETS, "it is not known where the daemon's secrets are (--credentials)");
        return;
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const struct json *list = json_get(json_root(d->config), lists[i]);

        for (const struct json *p = json_first(list); p != NULL; p = json_next(p)) {
            const char *name = conf_text(d, json_get(p, "name"));

            look_at_options(d, folder, name != NULL ? name : lists[i], json_get(p, "options"));
        }
    }
}
