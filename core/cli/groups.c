/* groups.c - custom-field set-values, logical-group tree.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/groups.h"

#include <inttypes.h>
#include <string.h>

#include "cli/client.h"
#include "cli/dry_run.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/text.h"

#define BODY_SIZE (4u << 20)
#define PATH_SIZE 65536
#define TEXT_SIZE (16u << 20)

/* --- set-values --- */

static void write_list(const struct command *cmd, const char *option, struct json_writer *w)
{
    if (!args_given(&cmd->args, option))
        return;
    jw_key(w, option);
    jw_array(w);
    for (const struct arg *v = cmd->args.first; v != NULL; v = v->next)
        if (strcmp(v->name, option) == 0)
            jw_text(w, v->value);
    jw_array_end(w);
}

static int write_renames(struct cli *c, const struct command *cmd, struct json_writer *w)
{
    if (!args_given(&cmd->args, "rename"))
        return CLI_OK;
    jw_key(w, "rename");
    jw_object(w);
    for (const struct arg *v = cmd->args.first; v != NULL; v = v->next) {
        const char *equal = strchr(v->value != NULL ? v->value : "", '=');
        if (strcmp(v->name, "rename") != 0)
            continue;
        if (equal == NULL) {
            cli_error("--rename %s: give OLD=NEW", v->value);
            return CLI_USAGE;
        }
        const char *old = arena_memdup(&c->arena, v->value, (size_t)(equal - v->value));
        if (old == NULL)
            return CLI_FAILED;
        jw_key(w, old);
        jw_text(w, equal + 1);
    }
    jw_object_end(w);
    return CLI_OK;
}

int verb_set_values(struct cli *c, const struct command *cmd)
{
    const struct args *args = &cmd->args;
    struct client_answer a;
    struct json_writer w;
    struct strbuf path, body;
    struct output o;

    if (!args_given(args, "rename") && !args_given(args, "remove") && !args_given(args, "add")) {
        cli_error("%s set-values: give --rename OLD=NEW, --remove VALUE or --add VALUE", cmd->noun->name);
        return CLI_USAGE;
    }
    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, BODY_SIZE);
    jw_init(&w, &body);
    jw_object(&w);
    int rc = write_renames(c, cmd, &w);
    write_list(cmd, "remove", &w);
    write_list(cmd, "add", &w);
    jw_object_end(&w);
    if (rc == CLI_OK) {
        key_object(cmd->type, args->words[0], &path);
        strbuf_puts(&path, "/set-values");
        rc = client_call(c->client, "POST", path.data, strbuf_str(&body), 0, &a);
        if (rc == CLI_OK && !dry_run_show(c, &a)) {
            rc = output_begin(&o, c, cmd->type, cmd->noun->columns, OUTPUT_DETAIL);
            if (rc == CLI_OK)
                output_item(&o, a.doc, json_root(a.doc));
            rc = output_end(&o, rc);
        }
        client_answer_fini(&a);
    }
    strbuf_fini(&path);
    strbuf_fini(&body);
    return rc;
}

/* --- tree --- */

/* VALUE (COUNT) a line, those below two columns further in. */
static void draw(const struct json *nodes, unsigned depth, struct strbuf *out)
{
    int64_t count;
    for (const struct json *n = json_first(nodes); n != NULL; n = json_next(n)) {
        struct ipam_str value = json_str(json_get(n, "value"));
        if (json_int(json_get(n, "count"), &count) != 0)
            count = 0;
        strbuf_printf(out, "%*s", (int)depth * 2, "");
        if (value.data != NULL)
            text_clean(value, out);
        else
            strbuf_puts(out, "unmapped");
        strbuf_printf(out, " (%" PRId64 ")\n", count);
        draw(json_get(n, "nodes"), depth + 1, out); /* as deep as a group has levels */
    }
}

static void draw_tree(const struct json *root, struct strbuf *out)
{
    const struct json *levels = json_get(root, "levels");
    int64_t count;
    if (json_int(json_get(root, "count"), &count) != 0)
        count = 0;
    text_clean(json_str(json_get(root, "group")), out);
    strbuf_printf(out, ": %" PRId64 " %s by ", count, count == 1 ? "object" : "objects");
    for (const struct json *l = json_first(levels); l != NULL; l = json_next(l)) {
        strbuf_puts(out, l == json_first(levels) ? "" : ", ");
        text_clean(json_str(l), out);
    }
    strbuf_putc(out, '\n');
    draw(json_get(root, "nodes"), 1, out);
}

int verb_group_tree(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct strbuf path, out;

    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&out, TEXT_SIZE);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_puts(&path, "/tree");
    int rc = client_get(c->client, path.data, &a);
    if (rc == CLI_OK && c->format == FORMAT_TABLE) {
        draw_tree(json_root(a.doc), &out);
        rc = output_text(&out);
    } else if (rc == CLI_OK) {
        strbuf_putc(&a.body, '\n');
        rc = output_text(&a.body);
    }
    client_answer_fini(&a);
    strbuf_fini(&out);
    strbuf_fini(&path);
    return rc;
}
