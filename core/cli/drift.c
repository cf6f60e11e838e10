/* drift.c - what changed on DHCP servers outside ipamd: adopted or put back, all in one request.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/body.h"
#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/verbs.h"

#define PATH_SIZE 1024
#define BODY_SIZE (1u << 20)

static int show_decided(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    struct output o;
    int rc = output_begin(&o, c, cmd->type, cmd->noun->columns, OUTPUT_LIST);

    if (rc == CLI_OK)
        output_page(&o, a->doc, json_get(json_root(a->doc), "items"));
    return output_end(&o, rc);
}

int verb_drift(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct strbuf path, body;

    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, BODY_SIZE);
    key_collection(cmd->type, &path);
    strbuf_printf(&path, "/%s", cmd->verb->name);
    body_keys(cmd, &body);
    int rc = client_call(c->client, "POST", path.data, strbuf_str(&body), 0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a))
        rc = a.status == 202 ? follow_plans(c, &a, cmd, cmd->args.words[0]) : show_decided(c, cmd, &a);
    client_answer_fini(&a);
    strbuf_fini(&path);
    strbuf_fini(&body);
    return rc;
}
