/* reports.c - report free-space and owners: what is free in blocks, what somebody answers for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/ask.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536

static int show_report(struct cli *c, const struct command *cmd, uint32_t type, const char *columns,
                       const char *nothing)
{
    static const char *const params[] = { "space", "within", "length" };
    struct strbuf path;
    struct output o;
    uint64_t limit;
    int rc = ask_limit(cmd, PAGES_ALL, &limit);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, PATH_SIZE);
    key_collection(cmd->type, &path);
    strbuf_printf(&path, "/%s", cmd->verb->name);
    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
        if (args_given(&cmd->args, params[i]))
            key_query(params[i], str_from(args_value(&cmd->args, params[i])), &path);
    rc = output_begin(&o, c, record_type(type), columns, OUTPUT_LIST);
    if (rc == CLI_OK)
        rc = pages_each(c->client, path.data, limit, output_page, &o);
    if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
        cli_say(c, "%s", nothing);
    rc = output_end(&o, rc);
    strbuf_fini(&path);
    return rc;
}

int verb_report_free(struct cli *c, const struct command *cmd)
{
    bool length = args_given(&cmd->args, "length");

    return show_report(c, cmd, IPAM_T_FREE_SPACE,
                       length ? "prefix name size free utilization prefixes largest"
                              : "prefix name size free utilization largest",
                       "there is no such block");
}

int verb_report_owners(struct cli *c, const struct command *cmd)
{
    return show_report(c, cmd, IPAM_T_OWNER_TOTAL,
                       "owner spaces blocks subnets ranges size4 used4 utilization4 size6 used6 utilization6",
                       "nobody owns anything there");
}
