/* reclaim.c - range reclaimable and reclaim: the addresses that are mapped to a range, and deleting them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/ask.h"
#include "cli/dry_run.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define COLUMNS "address name state owner expires expiry"

static void range_path(const struct command *cmd, unsigned i, const char *verb, struct strbuf *path)
{
    strbuf_reset(path);
    key_object(cmd->type, cmd->args.words[i], path);
    strbuf_printf(path, "/%s", verb);
}

int verb_reclaimable(struct cli *c, const struct command *cmd)
{
    const char *expiry = args_value(&cmd->args, "expiry");
    uint64_t limit;
    struct strbuf path;
    struct output o;
    int rc = ask_limit(cmd, 100, &limit);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, 65536);
    rc = output_begin(&o, c, record_type(IPAM_T_ADDRESS), COLUMNS, OUTPUT_LIST);
    for (unsigned i = 0; i < cmd->args.word_count && rc == CLI_OK; i++) {
        range_path(cmd, i, "reclaimable", &path);
        if (expiry != NULL)
            key_query("expiry", str_from(expiry), &path);
        rc = pages_each(c->client, path.data, limit, output_page, &o);
    }
    if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
        cli_say(c, "no such address is mapped there");
    rc = output_end(&o, rc);
    strbuf_fini(&path);
    return rc;
}

static int write_choice(const struct command *cmd, struct json_writer *w)
{
    bool expired = args_given(&cmd->args, "expired"), alert = args_given(&cmd->args, "alert"),
         named = args_given(&cmd->args, "address");

    if ((expired || alert) == named) {
        cli_error("range reclaim needs either --expired, --alert or both, or --address ADDRESS: which "
                  "addresses are to be deleted");
        return CLI_USAGE;
    }
    jw_object(w);
    jw_key(w, named ? "addresses" : "expiry");
    if (named) {
        jw_array(w);
        for (const struct arg *a = cmd->args.first; a != NULL; a = a->next)
            if (strcmp(a->name, "address") == 0)
                jw_text(w, a->value);
        jw_array_end(w);
    } else {
        jw_text(w, expired && alert ? "alert,expired" : expired ? "expired" : "alert");
    }
    jw_object_end(w);
    return CLI_OK;
}

/* What the daemon deletes at once is bounded: it says whether there is more. */
static int delete_some(struct cli *c, const struct strbuf *path, const struct strbuf *body, struct output *o,
                       bool *ret_more)
{
    struct client_answer a;
    int rc = client_call(c->client, "POST", path->data, strbuf_str(body), 0, &a);

    *ret_more = false;
    if (rc == CLI_OK && dry_run_show(c, &a)) {
        o->elsewhere = true;
    } else if (rc == CLI_OK) {
        rc = output_page(o, a.doc, json_get(json_root(a.doc), "items"));
        (void)json_bool(json_get(json_root(a.doc), "more"), ret_more);
    }
    client_answer_fini(&a);
    return rc;
}

static bool confirmed(const struct cli *c, const struct command *cmd)
{
    if (cmd->args.word_count == 1)
        return cli_confirmed(c, "Delete these addresses of range %s?", cmd->args.words[0]);
    return cli_confirmed(c, "Delete these addresses of %u ranges?", cmd->args.word_count);
}

static int delete_all(struct cli *c, const struct command *cmd, const struct strbuf *body)
{
    struct strbuf path;
    struct output o;
    bool more;

    strbuf_init(&path, 65536);
    int rc = output_begin(&o, c, record_type(IPAM_T_ADDRESS), "address name", OUTPUT_LIST);
    for (unsigned i = 0; i < cmd->args.word_count && rc == CLI_OK; i++) {
        range_path(cmd, i, "reclaim", &path);
        do {
            rc = delete_some(c, &path, body, &o, &more);
        } while (rc == CLI_OK && more);
    }
    if (rc == CLI_OK && o.count == 0 && !o.elsewhere)
        cli_say(c, "no such address is mapped there");
    strbuf_fini(&path);
    return output_end(&o, rc);
}

int verb_reclaim(struct cli *c, const struct command *cmd)
{
    struct json_writer w;
    struct strbuf body;

    strbuf_init(&body, 1u << 20);
    jw_init(&w, &body);
    int rc = write_choice(cmd, &w);
    if (rc == CLI_OK && !confirmed(c, cmd)) {
        cli_say(c, "nothing was deleted");
        rc = CLI_FAILED;
    }
    if (rc == CLI_OK)
        rc = delete_all(c, cmd, &body);
    strbuf_fini(&body);
    return rc;
}
