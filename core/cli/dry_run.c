/* dry_run.c - changes, shown: those that a dry run would make, or that were made between two moments.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/dry_run.h"

#include <stdio.h>

#include "cli/configs.h"
#include "cli/output.h"

#define TEXT_MAX (64u * 1024 * 1024)

static void cell(struct table *t, const struct json_doc *doc, const struct json *v)
{
    struct strbuf raw, clean;
    strbuf_init(&raw, TEXT_MAX);
    strbuf_init(&clean, TEXT_MAX);
    if (v != NULL)
        output_value(doc, v, &raw);
    text_clean(strbuf_str(&raw), &clean);
    table_cell(t, clean.len > 0 ? clean.data : "");
    strbuf_fini(&raw);
    strbuf_fini(&clean);
}

/* One line: what is done to what, and one field of it. */
static void line(struct table *t, const struct json_doc *doc, const struct json *change, const char *field,
                 const struct json *before, const struct json *after)
{
    const struct json *key = json_get(change, "key");
    cell(t, doc, json_get(change, "verb"));
    cell(t, doc, json_get(change, "type"));
    cell(t, doc, key != NULL ? key : json_get(change, "id"));
    table_cell(t, field);
    cell(t, doc, before);
    cell(t, doc, after);
}

static void add_change(struct cli *c, struct table *t, const struct json_doc *doc, const struct json *change)
{
    const struct json *before = json_get(change, "before"), *after = json_get(change, "after");
    if (json_type(before) == JSON_OBJECT && json_type(after) == JSON_OBJECT) {
        for (const struct json *f = json_first(json_get(change, "fields")); f != NULL; f = json_next(f)) {
            const char *name = arena_printf(&c->arena, STR_FMT, STR_ARG(json_str(f)));
            line(t, doc, change, name, json_get(before, name), json_get(after, name));
        }
        return;
    }
    bool adds = json_type(after) == JSON_OBJECT;
    const struct json *object = adds ? after : before;
    for (const struct json *v = json_first(object); v != NULL; v = json_next(v)) {
        if (!adds && (str_is(json_key(v), "id") || str_is(json_key(v), "rev")))
            continue;
        line(t, doc, change, arena_printf(&c->arena, STR_FMT, STR_ARG(json_key(v))), adds ? NULL : v,
             adds ? v : NULL);
    }
}

static void show_table(struct cli *c, const struct json_doc *doc, const struct json *root, struct strbuf *out)
{
    static const char *const titles[] = { "verb", "record", "key", "field", "before", "after" };
    struct table t;
    table_init(&t, true, "-");
    for (unsigned i = 0; i < 6; i++)
        table_column(&t, titles[i], false);
    for (const struct json *v = json_first(json_get(root, "changes")); v != NULL; v = json_next(v))
        add_change(c, &t, doc, v);
    table_flush(&t, c->out.color, out);
    table_fini(&t);
}

void changes_show(struct cli *c, const struct json_doc *doc)
{
    const struct json *root = json_root(doc);
    struct json_writer w;
    struct strbuf out;
    strbuf_init(&out, TEXT_MAX);
    if (c->format == FORMAT_JSON || c->format == FORMAT_JSONL) {
        jw_init(&w, &out);
        output_json(doc, root, &w);
        strbuf_putc(&out, '\n');
    } else if (c->format == FORMAT_YAML) {
        output_yaml(doc, root, 0, &out);
    } else if (json_count(json_get(root, "changes")) > 0) {
        show_table(c, doc, root, &out);
    }
    (void)output_text(&out);
    strbuf_fini(&out);
}

bool dry_run_show(struct cli *c, const struct client_answer *a)
{
    const struct json *root = json_root(a->doc);
    bool flag = false;
    int64_t would = 0;
    struct ipam_str told = json_str(json_get(json_get(root, "answer"), "message")); /* of a job */
    if (a->doc == NULL || json_bool(json_get(root, "dry_run"), &flag) != 0 || !flag)
        return false;
    struct ipam_str diff =
        json_str(json_get(json_get(root, "answer"), "diff")); /* of a server's configuration */
    if (diff.data != NULL && c->format == FORMAT_TABLE)
        unified_show(c, diff);
    else
        changes_show(c, a->doc);
    (void)json_int(json_get(root, "would"), &would);
    if (told.len > 0)
        cli_say(c, "a dry run: nothing was changed; this would begin " STR_FMT, STR_ARG(told));
    else
        cli_say(c, "a dry run: nothing was changed%s",
                json_count(json_get(root, "changes")) > 0 ? ""
                : would == 202                            ? "; this would begin work on a server"
                                                          : ", and nothing would be");
    return true;
}
