/* access.c - objects put into access scopes; why somebody may do something, and who may; what binds it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/access.h"

#include <inttypes.h>
#include <string.h>

#include "cli/client.h"
#include "cli/dry_run.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/table.h"

#define BODY_SIZE 8192
#define PATH_SIZE 65536
#define TEXT_SIZE (16u << 20)

/* --- set-scope --- */

static int write_body(const struct command *cmd, struct strbuf *body)
{
    const char *to = args_value(&cmd->args, "to");
    bool inherit = args_given(&cmd->args, "inherit");
    struct json_writer w;

    if ((to != NULL) == inherit) {
        cli_error("%s set-scope: give --to PATH, or --inherit", cmd->noun->name);
        return CLI_USAGE;
    }
    jw_init(&w, body);
    jw_object(&w);
    jw_key(&w, "access_scope");
    if (inherit)
        jw_null(&w);
    else if (key_is_id(to))
        jw_raw(&w, str_from(to));
    else
        jw_text(&w, to);
    jw_object_end(&w);
    return CLI_OK;
}

static int put_one(struct cli *c, const struct command *cmd, const char *key, const struct strbuf *body)
{
    struct client_answer a;
    struct strbuf path;

    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, key, &path);
    strbuf_puts(&path, "/set-scope");
    int rc = client_call(c->client, "POST", path.data, strbuf_str(body), 0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a))
        cli_say(c, "%s %s %s", cmd->noun->name, key,
                args_given(&cmd->args, "inherit") ? "inherits its access scope" : "is in that access scope");
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

int verb_set_scope(struct cli *c, const struct command *cmd)
{
    struct strbuf body;
    unsigned failed = 0;

    strbuf_init(&body, BODY_SIZE);
    int rc = write_body(cmd, &body);
    for (unsigned i = 0; i < cmd->args.word_count && (rc == CLI_OK || failed > 0); i++) {
        int one = put_one(c, cmd, cmd->args.words[i], &body);
        if (one != CLI_OK && failed++ == 0)
            rc = one;
    }
    strbuf_fini(&body);
    return failed > 0 && failed < cmd->args.word_count ? CLI_PARTLY : rc;
}

/* --- explain, who-can --- */

static const char *text_of(struct cli *c, const struct json *v)
{
    struct ipam_str s = json_str(v);
    return s.data != NULL ? arena_memdup(&c->arena, s.data, s.len) : "";
}

static void cell(struct table *t, struct cli *c, const struct json *row, const char *name)
{
    const struct json *v = json_get(row, name);
    int64_t n;
    if (json_type(v) == JSON_TRUE || json_type(v) == JSON_FALSE)
        table_cell(t, json_type(v) == JSON_TRUE ? "yes" : "no");
    else if (json_int(v, &n) == 0)
        table_cell(t, arena_printf(&c->arena, "%" PRId64, n));
    else
        table_cell(t, text_of(c, v));
}

static int print_rows(struct cli *c, const struct json *rows, const char *const *names)
{
    struct strbuf out;
    struct table t;
    table_init(&t, true, "-");
    for (const char *const *name = names; *name != NULL; name++)
        table_column(&t, *name, false);
    for (const struct json *v = json_first(rows); v != NULL; v = json_next(v))
        for (const char *const *name = names; *name != NULL; name++)
            cell(&t, c, v, *name);
    strbuf_init(&out, TEXT_SIZE);
    table_flush(&t, c->out.tty, &out);
    table_fini(&t);
    int rc = output_text(&out);
    strbuf_fini(&out);
    return rc;
}

/* What is --key on the command line is the key of the client's certificate. */
static void ask(const struct command *cmd, const char *what, struct strbuf *path)
{
    static const char *const options[][2] = { { "principal", "principal" },
                                              { "scope", "scope" },
                                              { "type", "type" },
                                              { "object", "key" },
                                              { "when", "when" } };

    strbuf_printf(path, "/api/v1/access/%s", what);
    key_query("operation", str_from(cmd->args.words[0]), path);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (args_value(&cmd->args, options[i][0]) != NULL)
            key_query(options[i][1], str_from(args_value(&cmd->args, options[i][0])), path);
}

/* The answer as it came, or for people by `print`. */
static int show(struct cli *c, const struct command *cmd, const char *what,
                int (*print)(struct cli *c, const struct json *root))
{
    struct client_answer a;
    struct strbuf path;

    strbuf_init(&path, PATH_SIZE);
    ask(cmd, what, &path);
    int rc = client_get(c->client, path.data, &a);
    if (rc == CLI_OK && c->format == FORMAT_TABLE) {
        rc = print(c, json_root(a.doc));
    } else if (rc == CLI_OK) {
        strbuf_putc(&a.body, '\n');
        rc = output_text(&a.body);
    }
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

static int print_verdict(struct cli *c, const struct json *root)
{
    static const char *const names[] = { "policy", "principal",     "role",   "scope", "from",
                                         "until",  "has_operation", "covers", "holds", NULL };
    struct strbuf out;

    strbuf_init(&out, TEXT_SIZE);
    strbuf_printf(&out, "%s: %s\n", text_of(c, json_get(root, "verdict")),
                  text_of(c, json_get(root, "reason")));
    int rc = output_text(&out);
    strbuf_fini(&out);
    return rc == CLI_OK ? print_rows(c, json_get(root, "rights"), names) : rc;
}

static int print_who(struct cli *c, const struct json *root)
{
    static const char *const names[] = { "principal", "policy", "role", "scope", "from", "until", NULL };
    return print_rows(c, json_get(root, "items"), names);
}

int verb_explain(struct cli *c, const struct command *cmd)
{
    return show(c, cmd, "explain", print_verdict);
}

int verb_who_can(struct cli *c, const struct command *cmd)
{
    return show(c, cmd, "who-can", print_who);
}

/* --- the binding --- */

int verb_binding(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    (void)cmd;
    int rc = client_get(c->client, "/api/v1/access/binding", &a);
    if (rc == CLI_OK && c->format == FORMAT_TABLE) {
        struct strbuf out;
        strbuf_init(&out, BODY_SIZE);
        const char *message = text_of(c, json_get(json_root(a.doc), "message"));
        strbuf_printf(&out, "%s%s%s\n", text_of(c, json_get(json_root(a.doc), "state")),
                      *message != '\0' ? ": " : "", message);
        rc = output_text(&out);
        strbuf_fini(&out);
    } else if (rc == CLI_OK) {
        strbuf_putc(&a.body, '\n');
        rc = output_text(&a.body);
    }
    client_answer_fini(&a);
    return rc;
}

int verb_recompute(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    (void)cmd;
    int rc = client_call(c->client, "POST", "/api/v1/access/binding/recompute", (struct ipam_str){ NULL, 0 },
                         0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a))
        cli_say(c, "roles, policies and access scopes are bound as they are");
    client_answer_fini(&a);
    return rc;
}
