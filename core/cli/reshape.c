/* reshape.c - split, merge, resize and move of blocks, subnets, ranges and addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/body.h"
#include "cli/rows.h"
#include "cli/verbs.h"

#define LENGTH_MAX 128

static int write_length(const struct command *cmd, struct json_writer *w)
{
    const char *text = args_value(&cmd->args, "length");
    uint64_t n = 0;
    if (text == NULL) {
        cli_error("%s %s needs --length N: how long the prefixes are to be", cmd->noun->name,
                  cmd->verb->name);
        return CLI_USAGE;
    }
    int rc = body_number("length", text, LENGTH_MAX, &n);
    jw_key(w, "length");
    jw_int(w, (int64_t)n);
    return rc;
}

static int write_others(const struct command *cmd, struct json_writer *w)
{
    if (cmd->args.word_count < 2) {
        cli_error("%s merge needs those that it is merged with behind it", cmd->noun->name);
        return CLI_USAGE;
    }
    jw_key(w, "with");
    jw_array(w);
    for (size_t i = 1; i < cmd->args.word_count; i++)
        jw_text(w, cmd->args.words[i]);
    jw_array_end(w);
    return CLI_OK;
}

static int write_place(const struct command *cmd, struct json_writer *w)
{
    static const char *const options[] = { "prefix", "first", "last", "address", "space" };
    bool any = false;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (!args_given(&cmd->args, options[i]))
            continue;
        jw_key(w, options[i]);
        jw_text(w, args_value(&cmd->args, options[i]));
        any = true;
    }
    if (!any)
        cli_error("%s move needs to be told where to: see ipamctl %s move --help", cmd->noun->name,
                  cmd->noun->name);
    return any ? CLI_OK : CLI_USAGE;
}

int verb_reshape(struct cli *c, const struct command *cmd)
{
    const char *verb = cmd->verb->name;
    struct json_writer w;
    struct strbuf body;
    strbuf_init(&body, 1u << 20);
    jw_init(&w, &body);
    jw_object(&w);
    int rc = strcmp(verb, "merge") == 0  ? write_others(cmd, &w)
             : strcmp(verb, "move") == 0 ? write_place(cmd, &w)
                                         : write_length(cmd, &w);
    jw_object_end(&w);
    if (rc == CLI_OK)
        rc = rows_post(c, cmd, verb, strbuf_str(&body), cmd->type);
    strbuf_fini(&body);
    return rc;
}
