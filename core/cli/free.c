/* free.c - block, subnet and range free; block allocate: what is free, and subnets made of it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"
#include "cli/body.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/rows.h"
#include "cli/verbs.h"

#define COUNT_MAX  1000
#define LENGTH_MAX 128
#define LIMIT_PROBED 10 /* without --limit */

int verb_free(struct cli *c, const struct command *cmd)
{
    bool prefixes = cmd->type->type == IPAM_T_BLOCK;
    const char *length = args_value(&cmd->args, "prefix-length"), *probe = args_value(&cmd->args, "probe");
    uint64_t limit, n;
    struct strbuf path;
    struct output o;
    int rc = ask_limit(cmd, probe != NULL ? LIMIT_PROBED : 100, &limit);

    if (rc == CLI_OK && length != NULL)
        rc = body_number("prefix-length", length, LENGTH_MAX, &n);
    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, 65536);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_puts(&path, "/free");
    if (length != NULL)
        key_query("prefix_length", str_from(length), &path);
    if (probe != NULL)
        key_query("probe", str_from(probe), &path);
    if (args_given(&cmd->args, "ask"))
        key_query("ask", IPAM_STR("true"), &path);
    rc = output_begin(&o, c, record_type(IPAM_T_FREE_RUN),
                      prefixes        ? "prefix size"
                      : probe != NULL ? "first ping dns dhcp"
                                      : "first last size",
                      OUTPUT_LIST);
    if (rc == CLI_OK)
        rc = pages_each(c->client, path.data, limit, output_page, &o);
    if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
        cli_say(c, "nothing is free");
    rc = output_end(&o, rc);
    strbuf_fini(&path);
    return rc;
}

static void add_text(const struct command *cmd, const char *option, struct json_writer *w)
{
    if (!args_given(&cmd->args, option))
        return;
    jw_key(w, option);
    jw_text(w, args_value(&cmd->args, option));
}

static int write_carving(const struct command *cmd, struct json_writer *w)
{
    const char *length = args_value(&cmd->args, "prefix-length"), *count = args_value(&cmd->args, "count");
    uint64_t n = 0, many = 1;
    int rc;

    if (length == NULL) {
        cli_error("block allocate needs --prefix-length N: how long the prefixes are to be");
        return CLI_USAGE;
    }
    rc = body_number("prefix-length", length, LENGTH_MAX, &n);
    if (rc == CLI_OK && count != NULL)
        rc = body_number("count", count, COUNT_MAX, &many);
    if (rc != CLI_OK)
        return rc;
    jw_object(w);
    jw_key(w, "prefix_length");
    jw_int(w, (int64_t)n);
    jw_key(w, "count");
    jw_int(w, (int64_t)many);
    add_text(cmd, "strategy", w);
    add_text(cmd, "claim", w);
    add_text(cmd, "name", w);
    add_text(cmd, "description", w);
    jw_object_end(w);
    return CLI_OK;
}

int verb_carve(struct cli *c, const struct command *cmd)
{
    struct json_writer w;
    struct strbuf body;
    strbuf_init(&body, 65536);
    jw_init(&w, &body);
    int rc = write_carving(cmd, &w);
    if (rc == CLI_OK)
        rc = rows_post(c, cmd, "allocate", strbuf_str(&body), record_type(IPAM_T_SUBNET));
    strbuf_fini(&body);
    return rc;
}
