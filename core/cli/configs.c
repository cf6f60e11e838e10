/* configs.c - server-config text and diff.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/configs.h"

#include <string.h>

#include "cli/dry_run.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/verbs.h"

#define TEXT_MAX  (64u * 1024 * 1024)
#define PATH_SIZE 65536

/* --- in colour --- */

/* The colour of a line of a difference; NULL: none. */
static const char *color_of(struct ipam_str line, bool head)
{
    if (head)
        return "\033[1m";
    switch (line.len > 0 ? line.data[0] : ' ') {
    case '@': return "\033[36m";
    case '-': return "\033[31m";
    case '+': return "\033[32m";
    default: return NULL;
    }
}

/* A line of foreign origin: tabs are its own, anything else that moves the cursor is made visible. */
static void put_clean(struct ipam_str line, struct strbuf *out)
{
    while (line.len > 0) {
        const char *tab = memchr(line.data, '\t', line.len);
        size_t len = tab != NULL ? (size_t)(tab - line.data) : line.len;
        text_clean((struct ipam_str){ line.data, len }, out);
        if (tab != NULL)
            strbuf_putc(out, '\t');
        len += tab != NULL;
        line = (struct ipam_str){ line.data + len, line.len - len };
    }
}

static void put_line(const struct cli *c, struct ipam_str line, const char *color, struct strbuf *out)
{
    bool colored = c->out.color && color != NULL;
    if (colored)
        strbuf_puts(out, color);
    put_clean(line, out);
    strbuf_puts(out, colored ? "\033[0m\n" : "\n");
}

static struct ipam_str next_line(struct ipam_str *rest)
{
    const char *end = memchr(rest->data, '\n', rest->len);
    struct ipam_str line = { rest->data, end != NULL ? (size_t)(end - rest->data) : rest->len };
    size_t used = line.len + (end != NULL);
    *rest = (struct ipam_str){ rest->data + used, rest->len - used };
    return line;
}

void unified_show(struct cli *c, struct ipam_str text)
{
    struct strbuf out;
    strbuf_init(&out, TEXT_MAX);
    for (unsigned n = 0; text.len > 0; n++) {
        struct ipam_str line = next_line(&text);
        put_line(c, line, color_of(line, n < 2), &out);
    }
    (void)output_text(&out);
    strbuf_fini(&out);
}

/* --- text --- */

static bool take(void *user, const char *data, size_t len)
{
    strbuf_add(user, data, len);
    return !((struct strbuf *)user)->failed;
}

/* On a terminal line by line, made harmless; into a file byte for byte. */
static int show_text(struct cli *c, struct strbuf *text)
{
    struct ipam_str rest = strbuf_str(text);
    struct strbuf out;
    if (text->failed) {
        cli_error("the text did not come whole: it is too large, or memory is short");
        return CLI_FAILED;
    }
    strbuf_init(&out, 2 * (size_t)TEXT_MAX);
    while (c->out.tty && rest.len > 0)
        put_line(c, next_line(&rest), NULL, &out);
    (void)output_text(c->out.tty ? &out : text);
    strbuf_fini(&out);
    return CLI_OK;
}

int verb_config_text(struct cli *c, const struct command *cmd)
{
    struct strbuf path, text;
    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&text, TEXT_MAX);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_puts(&path, "/text");
    int rc = client_stream(c->client, "GET", path.data, take, &text, false);
    if (rc == CLI_OK)
        rc = show_text(c, &text);
    strbuf_fini(&text);
    strbuf_fini(&path);
    return rc;
}

/* --- differences --- */

static void put_side(const struct json *side, const char *mark, struct strbuf *out)
{
    int64_t id = 0;
    (void)json_int(json_get(side, "id"), &id);
    strbuf_printf(out, "%s " STR_FMT "/%lld\t" STR_FMT "\n", mark, STR_ARG(json_str(json_get(side, "part"))),
                  (long long)id, STR_ARG(json_str(json_get(side, "first_seen"))));
}

/* "12,3"; a count of 1 is not written. */
static void put_range(const struct json *hunk, char sign, const char *at, const char *count,
                      struct strbuf *out)
{
    int64_t from = 0, n = 0;
    (void)json_int(json_get(hunk, at), &from);
    (void)json_int(json_get(hunk, count), &n);
    strbuf_printf(out, "%c%lld", sign, (long long)from);
    if (n != 1)
        strbuf_printf(out, ",%lld", (long long)n);
}

static void put_hunk(const struct json *hunk, struct strbuf *out)
{
    strbuf_puts(out, "@@ ");
    put_range(hunk, '-', "from", "from_count", out);
    strbuf_putc(out, ' ');
    put_range(hunk, '+', "to", "to_count", out);
    strbuf_puts(out, " @@\n");
    for (const struct json *line = json_first(json_get(hunk, "lines")); line != NULL;
         line = json_next(line)) {
        strbuf_addstr(out, json_str(line));
        strbuf_putc(out, '\n');
    }
}

static void show_difference(struct cli *c, const struct json *root)
{
    const struct json *hunks = json_get(root, "hunks");
    struct strbuf text;
    if (json_count(hunks) == 0) {
        cli_say(c, "nothing is different in what is shown");
        return;
    }
    strbuf_init(&text, TEXT_MAX);
    put_side(json_get(root, "from"), "---", &text);
    put_side(json_get(root, "to"), "+++", &text);
    for (const struct json *hunk = json_first(hunks); hunk != NULL; hunk = json_next(hunk))
        put_hunk(hunk, &text);
    unified_show(c, strbuf_str(&text));
    strbuf_fini(&text);
}

int verb_config_diff(struct cli *c, const struct command *cmd)
{
    static const char *const asked[] = { "to", "context" };
    struct client_answer a;
    struct strbuf path;
    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_puts(&path, "/diff");
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        if (args_given(&cmd->args, asked[i]))
            key_query(asked[i], str_from(args_value(&cmd->args, asked[i])), &path);
    int rc = client_get(c->client, path.data, &a);
    if (rc == CLI_OK && c->format == FORMAT_TABLE)
        show_difference(c, json_root(a.doc));
    else if (rc == CLI_OK)
        changes_show(c, a.doc);
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}
