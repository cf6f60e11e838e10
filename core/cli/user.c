/* user.c - ipamctl user add and password, token add: passwords from a prompt or a file, tokens shown once.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/user.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/body.h"
#include "cli/client.h"
#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/hidden.h"
#include "cli/keys.h"
#include "cli/output.h"

#define PATH_SIZE 65536
#define BODY_SIZE (8 * HIDDEN_MAX)

/* A body with secrets: one place in memory, overwritten at its end. */
static void body_begin(struct strbuf *body, struct json_writer *w)
{
    strbuf_init(body, BODY_SIZE);
    strbuf_room(body, BODY_SIZE - 1); /* at once: growing leaves copies behind */
    jw_init(w, body);
    jw_object(w);
}

static void body_end(struct strbuf *body)
{
    explicit_bzero(body->data, body->len);
    strbuf_fini(body);
}

static int put_secret(struct json_writer *w, const char *name, const char *path, const char *prompt,
                      bool twice)
{
    char value[HIDDEN_MAX + 2];
    size_t len = 0;
    int rc = hidden_read(path, prompt, twice, value, &len);

    if (rc == CLI_OK) {
        jw_key(w, name);
        jw_str(w, (struct ipam_str){ value, len });
    }
    explicit_bzero(value, sizeof(value));
    return rc;
}

/* Sends it, and shows what the daemon made of it. */
static int send(struct cli *c, const struct command *cmd, const char *method, const char *path,
                const struct strbuf *body, const char *key)
{
    struct client_answer a;
    int rc = client_call(c->client, method, path, strbuf_str(body), 0, &a);

    if (rc == CLI_OK && !dry_run_show(c, &a) && json_type(json_root(a.doc)) == JSON_OBJECT)
        rc = follow_answer(c, &a, cmd, key);
    client_answer_fini(&a);
    return rc;
}

/* Whether the new user gets a password: from the file that is given, or from whoever sits there. */
static bool wants_password(const struct cli *c, const struct command *cmd)
{
    const char *kind = args_value(&cmd->args, "kind");

    (void)c;
    if (args_value(&cmd->args, "password-file") != NULL)
        return true;
    return !args_given(&cmd->args, "no-password") && (kind == NULL || strcmp(kind, "service") != 0) &&
           isatty(STDIN_FILENO) == 1;
}

int verb_user_add(struct cli *c, const struct command *cmd)
{
    struct strbuf path, body;
    struct json_writer w;
    int rc;

    strbuf_init(&path, PATH_SIZE);
    key_collection(cmd->type, &path);
    body_begin(&body, &w);
    rc = body_create(c, cmd, cmd->args.words[0], &w);
    if (rc == CLI_OK && wants_password(c, cmd))
        rc = put_secret(&w, "password", args_value(&cmd->args, "password-file"), "Password: ", true);
    if (rc == CLI_OK) {
        jw_object_end(&w);
        rc = send(c, cmd, "POST", path.data, &body, cmd->args.words[0]);
    }
    body_end(&body);
    strbuf_fini(&path);
    return rc;
}

/* Whether the user is who asks: then the old password is wanted, and no right. */
static bool is_myself(struct cli *c, const char *name)
{
    struct client_answer a;
    bool same = client_peek(c->client, "/api/v1/access/me", &a) == CLI_OK &&
                str_equal(json_str(json_get(json_root(a.doc), "name")),
                          str_from(arena_printf(&c->arena, "user:%s", name)));

    client_answer_fini(&a);
    return same;
}

int verb_user_password(struct cli *c, const struct command *cmd)
{
    const char *name = cmd->args.words[0], *file = args_value(&cmd->args, "password-file");
    bool myself = is_myself(c, name);
    struct strbuf path, body;
    struct json_writer w;
    int rc = CLI_OK;

    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, name, &path);
    body_begin(&body, &w);
    if (myself) {
        strbuf_puts(&path, "/password");
        rc = put_secret(&w, "old", args_value(&cmd->args, "old-password-file"), "Old password: ", false);
    }
    if (rc == CLI_OK)
        rc = put_secret(&w, myself ? "new" : "password", file, "New password: ", true);
    if (rc == CLI_OK) {
        jw_object_end(&w);
        rc = send(c, cmd, myself ? "POST" : "PATCH", path.data, &body, name);
    }
    if (rc == CLI_OK)
        cli_say(c, "the password of %s is set", name);
    body_end(&body);
    strbuf_fini(&path);
    return rc;
}

/* For a person the token alone, which a script takes as well; the other formats have the object with it. */
static int show_token(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    struct ipam_str token = json_str(json_get(json_root(a->doc), "token"));
    struct strbuf text;
    struct output o;
    int rc;

    if (token.data == NULL)
        cli_say(c, "the token was shown when it was made, and is not shown again");
    if (c->format != FORMAT_TABLE || token.data == NULL) {
        rc = output_begin(&o, c, cmd->type,
                          c->format == FORMAT_CSV ? "id user name prefix expires" : cmd->noun->columns,
                          OUTPUT_ROW);
        if (rc == CLI_OK)
            output_item(&o, a->doc, json_root(a->doc));
        return rc == CLI_OK ? output_end(&o, rc) : rc;
    }
    strbuf_init(&text, 1024);
    strbuf_printf(&text, STR_FMT "\n", STR_ARG(token));
    rc = output_text(&text);
    explicit_bzero(text.data, text.len);
    strbuf_fini(&text);
    cli_say(c, "this token is not shown again; it ends " STR_FMT,
            STR_ARG(json_str(json_get(json_root(a->doc), "expires"))));
    return rc;
}

int verb_token_add(struct cli *c, const struct command *cmd)
{
    const char *name = args_value(&cmd->args, "name");
    struct client_answer a;
    struct strbuf path, body;
    struct json_writer w;
    int rc;

    if (name == NULL) {
        cli_error("token add needs --name: a word that says what the token is for");
        return CLI_USAGE;
    }
    strbuf_init(&path, PATH_SIZE);
    key_collection(cmd->type, &path);
    body_begin(&body, &w);
    rc = body_create(c, cmd, name, &w);
    if (rc == CLI_OK) {
        jw_object_end(&w);
        rc = client_call(c->client, "POST", path.data, strbuf_str(&body), 0, &a);
        if (rc == CLI_OK && !dry_run_show(c, &a))
            rc = show_token(c, cmd, &a);
        client_answer_fini(&a);
    }
    body_end(&body);
    strbuf_fini(&path);
    return rc;
}
