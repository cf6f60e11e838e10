/* session.c - ipamctl login and logout: a session's token in a file that only its user reads.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/hidden.h"
#include "cli/output.h"
#include "cli/target.h"

#define SESSIONS  "/api/v1/access/sessions"
#define BODY_SIZE (8 * HIDDEN_MAX)

/* --- the file --- */

/* The folder that the XDG base directory specification has for what a program remembers. */
static const char *state_folder(struct arena *a)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && state[0] == '/')
        return arena_printf(a, "%s/ipamctl", state);
    return home != NULL && home[0] == '/' ? arena_printf(a, "%s/.local/state/ipamctl", home) : NULL;
}

const char *session_file(struct arena *a, const char *url)
{
    const char *folder = state_folder(a);
    struct strbuf name;
    const char *path;

    if (folder == NULL)
        return NULL;
    strbuf_init(&name, 4096);
    for (const char *p = url; *p != '\0'; p++)
        if ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '.' ||
            *p == '-')
            strbuf_putc(&name, *p);
        else
            strbuf_printf(&name, "%%%02X", (unsigned char)*p);
    path = arena_printf(a, "%s/" STR_FMT ".token", folder, STR_ARG(strbuf_str(&name)));
    strbuf_fini(&name);
    return path;
}

/* Every folder on the way, for this user alone. */
static void make_folders(struct arena *a, const char *path)
{
    char *copy = arena_strdup(a, path);

    for (char *p = copy != NULL ? strchr(copy + 1, '/') : NULL; p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(copy, 0700);
        *p = '/';
    }
}

static int keep(struct cli *c, const char *path, struct ipam_str token)
{
    const char *next = path != NULL ? arena_printf(&c->arena, "%s.new", path) : NULL;
    int fd;
    bool done;

    if (next == NULL) {
        cli_error("there is no place for the session: set HOME or XDG_STATE_HOME");
        return CLI_CONFIG;
    }
    make_folders(&c->arena, path);
    unlink(next);
    fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    done = fd >= 0 && write(fd, token.data, token.len) == (ssize_t)token.len && write(fd, "\n", 1) == 1;
    if (fd >= 0)
        done = close(fd) == 0 && done;
    if (done && rename(next, path) == 0)
        return CLI_OK;
    cli_error("cannot keep the session in %s: %s", path, strerror(errno));
    unlink(next);
    return CLI_FAILED;
}

/* --- signing in --- */

static int connect_to(struct cli *c, const struct command *cmd, struct target *t)
{
    int rc = target_find(c, &cmd->args, t);

    if (rc != CLI_OK)
        return rc;
    c->client = client_new(t, NULL);
    if (c->client != NULL)
        return CLI_OK;
    cli_error("the HTTP library cannot be started");
    return CLI_FAILED;
}

static int show(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    struct output o;
    int rc = output_begin(&o, c, cmd->type, cmd->noun->columns, OUTPUT_ROW);
    struct json_doc *doc = NULL;
    struct json_error e;
    struct json_writer w;
    struct strbuf text;
    const struct json *m;

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&text, 1024 * 1024); /* all of it but the token, which is in the file */
    jw_init(&w, &text);
    jw_object(&w);
    for (m = json_first(json_root(a->doc)); m != NULL; m = json_next(m))
        if (!str_is(json_key(m), "token")) {
            jw_key_str(&w, json_key(m));
            output_json(a->doc, m, &w);
        }
    jw_object_end(&w);
    if (json_parse(text.data, text.len, text.len, &doc, &e) == 0)
        output_item(&o, doc, json_root(doc));
    rc = output_end(&o, rc);
    json_free(doc);
    strbuf_fini(&text);
    return rc;
}

static int sign_in(struct cli *c, const struct command *cmd, const char *url, const char *password,
                   size_t len)
{
    struct client_answer a;
    struct json_writer w;
    struct strbuf body;
    struct ipam_str token;
    int rc;

    strbuf_init(&body, BODY_SIZE);
    strbuf_room(&body, BODY_SIZE / 2); /* at once: growing leaves copies behind */
    jw_init(&w, &body);
    jw_object(&w);
    jw_key(&w, "user");
    jw_text(&w, cmd->args.words[0]);
    jw_key(&w, "password");
    jw_str(&w, (struct ipam_str){ password, len });
    jw_object_end(&w);
    rc = client_call(c->client, "POST", SESSIONS, strbuf_str(&body), 15000, &a);
    explicit_bzero(body.data, body.len);
    strbuf_fini(&body);
    token = rc == CLI_OK ? json_str(json_get(json_root(a.doc), "token")) : (struct ipam_str){ NULL, 0 };
    if (rc == CLI_OK && token.len > 0)
        rc = keep(c, session_file(&c->arena, url), token);
    if (rc == CLI_OK)
        rc = show(c, cmd, &a);
    client_answer_fini(&a);
    return rc;
}

int verb_login(struct cli *c, const struct command *cmd)
{
    char password[HIDDEN_MAX + 2];
    struct target t;
    size_t len = 0;
    int rc = connect_to(c, cmd, &t);

    if (rc == CLI_OK)
        rc = hidden_read(args_value(&cmd->args, "password-file"), "Password: ", false, password, &len);
    if (rc == CLI_OK)
        rc = sign_in(c, cmd, t.url, password, len);
    explicit_bzero(password, sizeof(password));
    client_free(c->client);
    return rc;
}

/* --- signing out --- */

int verb_logout(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct target t;
    const char *path;
    int rc = connect_to(c, cmd, &t);

    if (rc != CLI_OK)
        return rc;
    path = session_file(&c->arena, t.url);
    if (path == NULL || access(path, F_OK) != 0) {
        cli_error("there is no session with %s; see: ipamctl login --help", t.url);
        rc = CLI_NOT_FOUND;
    } else {
        rc = client_call(c->client, "DELETE", SESSIONS "/current", (struct ipam_str){ NULL, 0 }, 0, &a);
        if (rc == CLI_OK || a.status == 401 || a.status == 404) { /* it had ended before */
            rc = CLI_OK;
            unlink(path);
            cli_say(c, "signed out of %s", t.url);
        }
        client_answer_fini(&a);
    }
    client_free(c->client);
    return rc;
}
