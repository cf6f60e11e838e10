/* explain_client.c - lease explain: what a DHCP server would give a client, and why.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"
#include "cli/output.h"
#include "base/json.h"
#include "cli/client.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536

int verb_explain_client(struct cli *c, const struct command *cmd)
{
    static const struct {
        const char *option, *param;
    } params[] = { { "server", "server" },
                   { "scope", "scope" },
                   { "relay", "relay" },
                   { "mac", "mac" },
                   { "client-id", "client_id" },
                   { "duid", "duid" },
                   { "vendor-class", "vendor_class" },
                   { "user-class", "user_class" },
                   { "name", "name" },
                   { "options", "options" },
                   { "asks", "asks" } };
    struct client_answer a;
    struct strbuf path;
    struct output o;

    strbuf_init(&path, PATH_SIZE);
    strbuf_puts(&path, "/api/v1/dhcp/explain-client");
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
        if (args_given(&cmd->args, params[i].option))
            key_query(params[i].param, str_from(args_value(&cmd->args, params[i].option)), &path);
    int rc = output_begin(&o, c, record_type(IPAM_T_CLIENT_FINDING),
                          "kind verdict name code address values level holder reason", OUTPUT_LIST);
    if (rc == CLI_OK) {
        rc = client_get(c->client, path.data, &a);
        if (rc == CLI_OK)
            rc = output_page(&o, a.doc, json_get(json_root(a.doc), "items"));
        client_answer_fini(&a);
    }
    rc = output_end(&o, rc);
    strbuf_fini(&path);
    return rc;
}
