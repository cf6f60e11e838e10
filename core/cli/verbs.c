/* verbs.c - list, show, add, set, delete, and the verbs that are a POST alone.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/body.h"
#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"

#define PATH_SIZE 65536
#define BODY_SIZE (1024 * 1024)

static const struct ipam_str no_body = { NULL, 0 };

static int print_total(struct cli *c, const char *path)
{
    struct strbuf text;
    int64_t total;
    int rc = pages_total(c->client, path, &total);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&text, 256);
    strbuf_printf(&text,
                  c->format == FORMAT_JSON || c->format == FORMAT_JSONL ? "{\"total\":%" PRId64 "}\n"
                  : c->format == FORMAT_YAML                            ? "total: %" PRId64 "\n"
                  : c->format == FORMAT_CSV                             ? "total\r\n%" PRId64 "\r\n"
                                                                        : "%" PRId64 "\n",
                  total);
    rc = output_text(&text);
    strbuf_fini(&text);
    return rc;
}

int verb_list(struct cli *c, const struct command *cmd)
{
    uint64_t limit;
    struct strbuf path;
    struct output o;
    int rc = ask_limit(cmd, PAGES_ALL, &limit);

    strbuf_init(&path, PATH_SIZE);
    key_collection(cmd->type, &path);
    if (rc == CLI_OK)
        rc = body_filters(c, cmd, &path);
    if (rc == CLI_OK)
        rc = ask_query(c, cmd, &path);
    if (rc == CLI_OK && args_given(&cmd->args, "count")) {
        rc = print_total(c, path.data);
    } else if (rc == CLI_OK) {
        rc = output_begin(&o, c, cmd->type, cmd->noun->columns, OUTPUT_LIST);
        if (rc == CLI_OK)
            rc = pages_each(c->client, path.data, limit, output_page, &o);
        if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
            cli_say(c, "no %s", cmd->type->plural);
        rc = output_end(&o, rc);
    }
    strbuf_fini(&path);
    return rc;
}

/* Several objects, of which some failed. */
static int outcome(int rc, unsigned failed, unsigned count)
{
    return failed > 0 && failed < count ? CLI_PARTLY : rc;
}

int verb_show(struct cli *c, const struct command *cmd)
{
    bool many = cmd->args.word_count > 1;
    unsigned failed = 0;
    struct strbuf query;
    struct output o;
    int rc;

    strbuf_init(&query, PATH_SIZE);
    strbuf_puts(&query, ""); /* the same for each of them */
    rc = ask_query(c, cmd, &query);
    if (rc == CLI_OK)
        rc = output_begin(&o, c, cmd->type, cmd->noun->columns,
                          many && c->format != FORMAT_TABLE ? OUTPUT_LIST : OUTPUT_DETAIL);
    if (rc != CLI_OK) {
        strbuf_fini(&query);
        return rc;
    }

    for (unsigned i = 0; i < cmd->args.word_count && (rc == CLI_OK || failed > 0); i++) {
        struct client_answer a;
        struct strbuf path;
        int got;

        strbuf_init(&path, PATH_SIZE);
        key_object(cmd->type, cmd->args.words[i], &path);
        strbuf_addstr(&path, strbuf_str(&query));
        got = client_get(c->client, path.data, &a);
        if (got == CLI_OK)
            output_item(&o, a.doc, json_root(a.doc));
        else if (failed++ == 0)
            rc = got;
        client_answer_fini(&a);
        strbuf_fini(&path);
    }
    strbuf_fini(&query);
    return output_end(&o, outcome(rc, failed, cmd->args.word_count));
}

/* Sends a new object and shows what the daemon made of it. */
static int create(struct cli *c, const struct command *cmd, const char *path, const struct strbuf *body)
{
    struct client_answer a;
    int rc = client_call(c->client, "POST", path, strbuf_str(body), 0, &a);

    if (rc == CLI_OK && !dry_run_show(c, &a))
        rc = follow_answer(c, &a, cmd, cmd->args.word_count > 0 ? cmd->args.words[0] : "");
    client_answer_fini(&a);
    return rc;
}

int verb_add(struct cli *c, const struct command *cmd)
{
    const char *operand = cmd->args.word_count > 0 ? cmd->args.words[0] : NULL;
    struct strbuf path, body;
    struct json_writer w;
    int rc;

    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, BODY_SIZE);
    key_collection(cmd->type, &path);
    if (args_given(&cmd->args, "create-subnet"))
        key_query("create_subnet", IPAM_STR("true"), &path);
    if (args_given(&cmd->args, "replace"))
        key_query("replace", IPAM_STR("true"), &path);
    jw_init(&w, &body);
    jw_object(&w);
    rc = body_create(c, cmd, operand, &w);
    if (rc == CLI_OK) {
        jw_object_end(&w);
        rc = create(c, cmd, path.data, &body);
    }
    strbuf_fini(&path);
    strbuf_fini(&body);
    return rc;
}

int verb_set(struct cli *c, const struct command *cmd)
{
    struct strbuf path, body;
    struct json_writer w;
    struct output o;
    unsigned failed = 0;
    bool any = false, elsewhere = false; /* shown elsewhere */
    int rc;

    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, BODY_SIZE);
    jw_init(&w, &body);
    jw_object(&w);
    rc = output_begin(&o, c, cmd->type, cmd->noun->columns,
                      cmd->args.word_count > 1 ? OUTPUT_LIST : OUTPUT_ROW);
    if (rc == CLI_OK)
        rc = body_set(c, cmd, &w, &any);
    if (rc == CLI_OK && !any) {
        cli_error("%s set: nothing to change; see ipamctl %s set --help", cmd->noun->name, cmd->noun->name);
        rc = CLI_USAGE;
    }
    if (rc == CLI_OK)
        jw_object_end(&w);
    for (unsigned i = 0; i < cmd->args.word_count && (rc == CLI_OK || failed > 0); i++) {
        struct client_answer a;
        int got;

        strbuf_reset(&path);
        key_object(cmd->type, cmd->args.words[i], &path);
        got = client_call(c->client, "PATCH", path.data, strbuf_str(&body), 0, &a);
        if (got == CLI_OK && dry_run_show(c, &a))
            elsewhere = true;
        else if (got == CLI_OK && a.status == 202) {
            got = follow_answer(c, &a, cmd, cmd->args.words[i]);
            elsewhere = true;
        } else if (got == CLI_OK && json_type(json_root(a.doc)) == JSON_OBJECT)
            output_item(&o, a.doc, json_root(a.doc));
        if (got != CLI_OK && failed++ == 0)
            rc = got;
        client_answer_fini(&a);
    }
    strbuf_fini(&path);
    strbuf_fini(&body);
    o.elsewhere = elsewhere;
    return output_end(&o, outcome(rc, failed, cmd->args.word_count));
}

static bool confirmed(const struct cli *c, const struct command *cmd)
{
    if (cmd->args.word_count == 1)
        return cli_confirmed(c, "Delete %s %s?", cmd->noun->name, cmd->args.words[0]);
    return cli_confirmed(c, "Delete %u %s?", cmd->args.word_count, cmd->type->plural);
}

/* Runs METHOD .../{key}SUFFIX for every operand; `done` is said when the answer holds nothing to follow. */
static int each_object(struct cli *c, const struct command *cmd, const char *method, const char *suffix,
                       const char *done)
{
    unsigned failed = 0;
    int rc = CLI_OK;

    for (unsigned i = 0; i < cmd->args.word_count && !follow_interrupted(); i++) {
        const char *key = cmd->args.words[i];
        struct client_answer a;
        struct strbuf path;
        int got;

        strbuf_init(&path, PATH_SIZE);
        key_object(cmd->type, key, &path);
        strbuf_puts(&path, suffix);
        got = client_call(c->client, method, path.data, no_body, 0, &a);
        if (got == CLI_OK && dry_run_show(c, &a))
            got = CLI_OK;
        else if (got == CLI_OK && a.status == 202)
            got = follow_answer(c, &a, cmd, key);
        else if (got == CLI_OK)
            cli_say(c, "%s %s %s", cmd->noun->name, key, done);
        if (got != CLI_OK && failed++ == 0)
            rc = got;
        client_answer_fini(&a);
        strbuf_fini(&path);
    }
    return outcome(rc, failed, cmd->args.word_count);
}

int verb_delete(struct cli *c, const struct command *cmd)
{
    if (!confirmed(c, cmd)) {
        cli_say(c, "nothing was deleted");
        return CLI_FAILED;
    }
    const char *how = args_given(&cmd->args, "children")           ? "?children=true"
                      : args_given(&cmd->args, "keep-reservation") ? "?keep_reservation=true"
                                                                   : "";
    return each_object(c, cmd, "DELETE", how, cmd->type->type == IPAM_T_ADDRESS ? "released" : "deleted");
}

int verb_post(struct cli *c, const struct command *cmd)
{
    char suffix[64];

    snprintf(suffix, sizeof(suffix), "/%s%s", cmd->verb->name,
             args_given(&cmd->args, "replace") ? "?replace=true" : "");
    return each_object(c, cmd, "POST", suffix, "done");
}

int verb_purge(struct cli *c, const struct command *cmd)
{
    const char *before = args_value(&cmd->args, "before");
    struct strbuf suffix;
    int rc;

    if (before == NULL) {
        cli_error("task purge needs --before TIME: what was noted before that is given up");
        return CLI_USAGE;
    }
    strbuf_init(&suffix, 4096);
    strbuf_puts(&suffix, "/purge");
    key_query("before", str_from(before), &suffix);
    rc = suffix.failed ? CLI_USAGE : each_object(c, cmd, "POST", suffix.data, "done");
    strbuf_fini(&suffix);
    return rc;
}
