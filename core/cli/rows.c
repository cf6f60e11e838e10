/* rows.c - a verb that answers rows: sent, and the rows shown.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/rows.h"

#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/output.h"

void rows_say_skipped(struct cli *c, const struct client_answer *a)
{
    const struct json *list = json_get(json_root(a->doc), "skipped");
    for (const struct json *v = json_first(list); v != NULL; v = json_next(v))
        cli_say(c,
                "passed over " STR_FMT ": free in the plan, but ping: " STR_FMT ", dns: " STR_FMT
                ", dhcp: " STR_FMT,
                STR_ARG(json_str(json_get(v, "address"))), STR_ARG(json_str(json_get(v, "ping"))),
                STR_ARG(json_str(json_get(v, "dns"))), STR_ARG(json_str(json_get(v, "dhcp"))));
}

int rows_post(struct cli *c, const struct command *cmd, const char *verb, struct ipam_str body,
              const struct record_type *type)
{
    struct client_answer a;
    struct strbuf path;
    struct output o;
    strbuf_init(&path, 65536);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_printf(&path, "/%s", verb);
    int rc = client_call(c->client, "POST", path.data, body, 0, &a);
    if (rc == CLI_OK && a.status == 202) {
        rc = follow_answer(c, &a, cmd, cmd->args.words[0]);
    } else if (rc == CLI_OK && !dry_run_show(c, &a)) {
        rc = output_begin(&o, c, type, noun_of_type(type->type)->columns, OUTPUT_LIST);
        if (rc == CLI_OK)
            output_page(&o, a.doc, json_get(json_root(a.doc), "items"));
        if (rc == CLI_OK)
            rows_say_skipped(c, &a);
        rc = output_end(&o, rc);
    }
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}
