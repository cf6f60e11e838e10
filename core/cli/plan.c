/* plan.c - plan show: a plan with its steps.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define TEXT_SIZE (64u * 1024 * 1024)
#define STEP_COLUMNS "seq state verb object message"

struct steps {
    struct output *table;     /* for a table: the steps as rows */
    struct json_writer *json; /* for the other formats: the items of an array */
};

static int on_page(void *user, const struct json_doc *doc, const struct json *items)
{
    struct steps *s = user;

    for (const struct json *v = json_first(items); v != NULL; v = json_next(v)) {
        if (s->table != NULL)
            output_item(s->table, doc, v);
        else
            output_json(doc, v, s->json);
    }
    return CLI_OK;
}

static int each_step(struct cli *c, const struct json *plan, struct steps *s)
{
    const struct record_type *t = record_type(IPAM_T_PLAN_STEP);
    struct strbuf path, id;
    int64_t number = 0;
    int rc;

    strbuf_init(&path, 1024);
    strbuf_init(&id, 32);
    (void)json_int(json_get(plan, "id"), &number);
    strbuf_printf(&id, "%lld", (long long)number);
    key_collection(t, &path);
    key_query("plan", strbuf_str(&id), &path);
    rc = pages_each(c->client, path.data, PAGES_ALL, on_page, s);
    strbuf_fini(&path);
    strbuf_fini(&id);
    return rc;
}

/* The plan's fields, and below them its steps as a table. */
static int show_table(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    struct output plan, table;
    struct steps s = { .table = &table };
    struct strbuf gap;
    int rc = output_begin(&plan, c, cmd->type, cmd->noun->columns, OUTPUT_DETAIL);

    if (rc == CLI_OK)
        output_item(&plan, a->doc, json_root(a->doc));
    rc = output_end(&plan, rc);
    if (rc != CLI_OK || c->columns != NULL)
        return rc;
    strbuf_init(&gap, 8);
    strbuf_putc(&gap, '\n');
    rc = output_text(&gap);
    strbuf_fini(&gap);
    if (rc == CLI_OK)
        rc = output_begin(&table, c, record_type(IPAM_T_PLAN_STEP), STEP_COLUMNS, OUTPUT_LIST);
    if (rc == CLI_OK)
        rc = output_end(&table, each_step(c, json_root(a->doc), &s));
    return rc;
}

/* The plan as one object, its steps as its member plan_steps. */
static int add_steps(struct cli *c, const struct client_answer *a, struct strbuf *text)
{
    struct json_writer w;
    struct steps s = { .json = &w };
    int rc;

    jw_init(&w, text);
    jw_object(&w);
    for (const struct json *v = json_first(json_root(a->doc)); v != NULL; v = json_next(v)) {
        jw_key_str(&w, json_key(v));
        output_json(a->doc, v, &w);
    }
    jw_key(&w, "plan_steps");
    jw_array(&w);
    rc = each_step(c, json_root(a->doc), &s);
    jw_array_end(&w);
    jw_object_end(&w);
    return rc;
}

static int show_data(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    struct json_doc *doc = NULL;
    struct json_error e;
    struct output o;
    struct strbuf text;
    int rc;

    strbuf_init(&text, TEXT_SIZE);
    rc = add_steps(c, a, &text);
    if (rc == CLI_OK && (text.failed || json_parse(text.data, text.len, TEXT_SIZE, &doc, &e) != 0)) {
        cli_error("the steps of the plan are too many to show together");
        rc = CLI_FAILED;
    }
    if (rc == CLI_OK) {
        rc = output_begin(&o, c, cmd->type, cmd->noun->columns, OUTPUT_DETAIL);
        if (rc == CLI_OK)
            output_item(&o, doc, json_root(doc));
        rc = output_end(&o, rc);
    }
    json_free(doc);
    strbuf_fini(&text);
    return rc;
}

int verb_plan_show(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct strbuf path;
    int rc;

    strbuf_init(&path, 1024);
    key_object(cmd->type, cmd->args.words[0], &path);
    rc = client_get(c->client, path.data, &a);
    if (rc == CLI_OK)
        rc = c->format == FORMAT_TABLE ? show_table(c, cmd, &a) : show_data(c, cmd, &a);
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}
