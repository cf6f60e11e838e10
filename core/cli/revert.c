/* revert.c - change revert and change diff: undoing a revision, and what is different between two moments.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/dry_run.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/verbs.h"

/* What was undone, in a sentence; as it came in formats for programs. */
static void show_reverted(struct cli *c, const struct client_answer *a)
{
    const struct json *root = json_root(a->doc);
    int64_t count = 0, objects = 0;
    if (c->format != FORMAT_TABLE) {
        changes_show(c, a->doc);
        return;
    }
    (void)json_int(json_get(root, "count"), &count);
    (void)json_int(json_get(root, "objects"), &objects);
    cli_say(c, "%lld revision%s undone: %lld object%s", (long long)count, count == 1 ? "" : "s",
            (long long)objects, objects == 1 ? "" : "s");
}

int verb_revert(struct cli *c, const struct command *cmd)
{
    struct ipam_str body =
        args_given(&cmd->args, "cascade") ? IPAM_STR("{\"cascade\": true}") : IPAM_STR("{}");
    struct client_answer a;
    struct strbuf path;
    strbuf_init(&path, 65536);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_puts(&path, "/revert");
    int rc = client_call(c->client, "POST", path.data, body, 0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a))
        show_reverted(c, &a);
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

int verb_diff(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct strbuf path;
    strbuf_init(&path, 65536);
    strbuf_puts(&path, "/api/v1/audit/diff");
    key_query("from", str_from(cmd->args.words[0]), &path);
    if (cmd->args.word_count > 1)
        key_query("to", str_from(cmd->args.words[1]), &path);
    if (args_given(&cmd->args, "type"))
        key_query("type", str_from(args_value(&cmd->args, "type")), &path);
    int rc = client_call(c->client, "GET", path.data, (struct ipam_str){ NULL, 0 }, 0, &a);
    if (rc == CLI_OK)
        changes_show(c, a.doc);
    if (rc == CLI_OK && c->format == FORMAT_TABLE && json_count(json_get(json_root(a.doc), "changes")) == 0)
        cli_say(c, "nothing is different");
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}
