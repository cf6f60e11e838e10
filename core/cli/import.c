/* import.c - whole collections as files: into the daemon, a verdict a row, and out of it as CSV.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/body.h"
#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/verbs.h"

#define FILE_MAX (16u * 1024 * 1024) /* what the daemon takes in one request */
#define TEXT_MAX (64u * 1024 * 1024)

/* The record type that the first operand names: "address", "addresses". */
static const struct record_type *type_of_word(const char *word)
{
    const struct record_type *t = record_type_by_name(str_from(word));

    if (t == NULL || t->group == NULL) {
        cli_error("there is no collection %s; give a noun such as subnet or addresses", word);
        return NULL;
    }
    return t;
}

static int read_all(const char *path, struct strbuf *out)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    char part[65536];
    size_t n;
    bool bad;

    if (f == NULL) {
        cli_error("cannot read %s: %s", path, strerror(errno));
        return CLI_USAGE;
    }
    while ((n = fread(part, 1, sizeof(part), f)) > 0 && !out->failed)
        strbuf_add(out, part, n);
    bad = ferror(f) != 0;
    if (f != stdin)
        (void)fclose(f);
    if (bad || out->failed) {
        cli_error(bad ? "%s cannot be read to its end" : "%s is larger than 16 MiB; send it in parts", path);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int64_t number(const struct json *root, const char *name)
{
    int64_t n = 0;
    (void)json_int(json_get(root, name), &n);
    return n;
}

static void cell(struct table *t, const struct json_doc *doc, const struct json *v)
{
    struct strbuf raw, clean;
    strbuf_init(&raw, TEXT_MAX);
    strbuf_init(&clean, TEXT_MAX);
    if (v != NULL && json_type(v) != JSON_NULL)
        output_value(doc, v, &raw);
    text_clean(strbuf_str(&raw), &clean);
    table_cell(t, clean.len > 0 ? clean.data : "");
    strbuf_fini(&raw);
    strbuf_fini(&clean);
}

/* Rows of which something is to be said: all but the unchanged ones. */
static void rows_table(const struct cli *c, const struct json_doc *doc, const struct json *root,
                       struct strbuf *out)
{
    static const char *const columns[] = { "line", "key", "verdict", "message" };
    bool any = false;
    struct table t;
    table_init(&t, true, "-");
    for (unsigned i = 0; i < 4; i++)
        table_column(&t, columns[i], i == 0);
    for (const struct json *v = json_first(json_get(root, "rows")); v != NULL; v = json_next(v)) {
        if (str_is(json_str(json_get(v, "verdict")), "unchanged"))
            continue;
        for (unsigned i = 0; i < 4; i++)
            cell(&t, doc, json_get(v, columns[i]));
        any = true;
    }
    if (any)
        table_flush(&t, c->out.color, out);
    table_fini(&t);
}

/* The verdicts, and how it went. */
static int show_verdicts(struct cli *c, const struct client_answer *a)
{
    const struct json *root = json_root(a->doc);
    int64_t refused = number(root, "refused");
    int64_t good = number(root, "created") + number(root, "updated") + number(root, "unchanged") +
                   number(root, "deleted");
    struct json_writer w;
    struct strbuf out;

    strbuf_init(&out, TEXT_MAX);
    if (c->format == FORMAT_JSON || c->format == FORMAT_JSONL) {
        jw_init(&w, &out);
        output_json(a->doc, root, &w);
        strbuf_putc(&out, '\n');
    } else if (c->format == FORMAT_YAML) {
        output_yaml(a->doc, root, 0, &out);
    } else {
        rows_table(c, a->doc, root, &out);
    }
    int rc = output_text(&out);
    strbuf_fini(&out);
    cli_say(c, "%lld created, %lld updated, %lld unchanged, %lld deleted, %lld refused",
            (long long)number(root, "created"), (long long)number(root, "updated"),
            (long long)number(root, "unchanged"), (long long)number(root, "deleted"), (long long)refused);
    return rc != CLI_OK || refused == 0 ? rc : good > 0 ? CLI_PARTLY : CLI_FAILED;
}

/* The options that are parameters of the request; one without a value is true. */
static void add_params(const struct command *cmd, struct strbuf *path)
{
    static const struct {
        const char *option, *param;
    } params[] = { { "mode", "mode" },
                   { "space", "space" },
                   { "within", "within" },
                   { "managed-by", "managed_by" },
                   { "instance", "instance" },
                   { "dialect", "dialect" },
                   { "all-or-nothing", "all_or_nothing" },
                   { "server", "server" },
                   { "scope", "scope" },
                   { "children", "children" },
                   { "create-source", "create_source" } };

    for (unsigned i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        const char *value = args_value(&cmd->args, params[i].option);

        if (args_given(&cmd->args, params[i].option))
            key_query(params[i].param, str_from(value != NULL ? value : "true"), path);
    }
}

int verb_import(struct cli *c, const struct command *cmd)
{
    const struct record_type *t = type_of_word(cmd->args.words[0]);
    struct client_answer a;
    struct strbuf path, text;
    int rc;

    if (t == NULL)
        return CLI_USAGE;
    strbuf_init(&path, 65536);
    strbuf_init(&text, FILE_MAX);
    key_collection(t, &path);
    if (t->type == IPAM_T_RESERVATION) /* which become plans on servers */
        strbuf_puts(&path, "/import");
    add_params(cmd, &path);
    rc = read_all(cmd->args.words[1], &text);
    if (rc == CLI_OK) {
        rc = client_upload(c->client, path.data, strbuf_str(&text), &a);
        if (rc == CLI_OK && a.status == 202)
            rc = follow_answer(c, &a, cmd, cmd->args.words[0]);
        else if (rc == CLI_OK && !dry_run_show(c, &a))
            rc = show_verdicts(c, &a);
        client_answer_fini(&a);
    }
    strbuf_fini(&path);
    strbuf_fini(&text);
    return rc;
}

/* Writes a page; the title line of all but the first is left out. */
static int write_page(const struct strbuf *page, bool first)
{
    const char *end = first ? NULL : memchr(page->data, '\n', page->len);
    struct strbuf rest;
    size_t from = end != NULL ? (size_t)(end - page->data) + 1 : 0;

    strbuf_init(&rest, TEXT_MAX);
    if (page->len > from)
        strbuf_add(&rest, page->data + from, page->len - from);
    int rc = output_text(&rest);
    strbuf_fini(&rest);
    return rc;
}

/* The list that is written, with its filters and fields; CLI_OK. */
static int export_path(struct cli *c, const struct command *cmd, const struct record_type *t,
                       struct strbuf *path)
{
    struct command of = *cmd;
    int rc;

    of.type = t; /* whose fields the filters name */
    if (noun_of_type(t->type) != NULL)
        of.noun = noun_of_type(t->type);
    key_collection(t, path);
    rc = body_filters(c, &of, path);
    if (rc == CLI_OK)
        rc = ask_query(c, &of, path);
    if (args_value(&cmd->args, "dialect") != NULL)
        key_query("dialect", str_from(args_value(&cmd->args, "dialect")), path);
    return rc;
}

/* Page after page, as they come: no more than one of them is held. */
static int write_pages(struct cli *c, const char *list)
{
    char cursor[CURSOR_SIZE] = "";
    bool first = true;
    int rc;

    do {
        struct client_answer a;
        struct strbuf path;
        strbuf_init(&path, 65536);
        strbuf_puts(&path, list);
        key_query("limit", IPAM_STR("1000"), &path);
        if (cursor[0] != '\0')
            key_query("cursor", str_from(cursor), &path);
        rc = client_get_csv(c->client, path.data, &a);
        if (rc == CLI_OK)
            rc = write_page(&a.body, first);
        snprintf(cursor, sizeof(cursor), "%s", rc == CLI_OK ? a.next : "");
        first = false;
        client_answer_fini(&a);
        strbuf_fini(&path);
    } while (rc == CLI_OK && cursor[0] != '\0');
    return rc;
}

int verb_export(struct cli *c, const struct command *cmd)
{
    const struct record_type *t = type_of_word(cmd->args.words[0]);
    struct strbuf path;
    int rc;

    if (t == NULL)
        return CLI_USAGE;
    if (args_given(&cmd->args, "output") && c->format != FORMAT_CSV) {
        cli_error("an export is CSV; for other formats use: ipamctl %s list -o ...", t->name);
        return CLI_USAGE;
    }
    strbuf_init(&path, 65536);
    rc = export_path(c, cmd, t, &path);
    if (rc == CLI_OK)
        rc = write_pages(c, path.data);
    strbuf_fini(&path);
    return rc;
}
