/* plugin.c - plugin show: a plugin, and below it the servers it is opened for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536

static const char columns[] = "target state breaker doing calls failures message";

static int on_page(void *user, const struct json_doc *doc, const struct json *items)
{
    struct output *o = user;

    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        if (o->count == 0)
            strbuf_puts(&o->text, "\ninstances\n");
        output_item(o, doc, v);
    }
    return output_flush(o);
}

static int show_instances(struct cli *c, const char *plugin)
{
    const struct record_type *t = record_type(IPAM_T_INSTANCE);
    struct strbuf path;
    struct output o;
    int rc = output_begin(&o, c, t, columns, OUTPUT_LIST);

    strbuf_init(&path, PATH_SIZE);
    key_collection(t, &path);
    key_query("plugin", str_from(plugin), &path);
    if (rc == CLI_OK)
        rc = pages_each(c->client, path.data, PAGES_ALL, on_page, &o);
    strbuf_fini(&path);
    return output_end(&o, rc);
}

static int blank_line(void)
{
    struct strbuf line;
    int rc;

    strbuf_init(&line, 16);
    strbuf_putc(&line, '\n');
    rc = output_text(&line);
    strbuf_fini(&line);
    return rc;
}

int verb_plugin_show(struct cli *c, const struct command *cmd)
{
    unsigned failed = 0, shown = 0;
    int rc = CLI_OK;

    if (c->format != FORMAT_TABLE || c->columns != NULL)
        return verb_show(c, cmd); /* data: the plugin alone, its instances are a list of their own */
    for (unsigned i = 0; i < cmd->args.word_count; i++) {
        struct command one = *cmd;
        int got = shown > 0 ? blank_line() : CLI_OK;

        one.args.words = &cmd->args.words[i];
        one.args.word_count = 1;
        if (got == CLI_OK)
            got = verb_show(c, &one);
        if (got == CLI_OK)
            got = show_instances(c, cmd->args.words[i]);
        shown += got == CLI_OK;
        if (got != CLI_OK && failed++ == 0)
            rc = got;
    }
    return shown > 0 && failed > 0 ? CLI_PARTLY : rc;
}
