/* pool.c - address-pool and vlan-group allocate: addresses, subnets or VLANs of the first that has them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/body.h"
#include "cli/keys.h"
#include "cli/rows.h"
#include "cli/verbs.h"

#define COUNT_MAX  1000
#define LENGTH_MAX 128

static int add_number(const struct command *cmd, const char *option, const char *member, uint64_t most,
                      struct json_writer *w)
{
    uint64_t n = 0;
    int rc = CLI_OK;

    if (!args_given(&cmd->args, option))
        return CLI_OK;
    rc = body_number(option, args_value(&cmd->args, option), most, &n);
    if (rc != CLI_OK)
        return rc;
    jw_key(w, member);
    jw_int(w, (int64_t)n);
    return CLI_OK;
}

static int write_request(const struct command *cmd, struct json_writer *w)
{
    static const char *const texts[] = { "strategy", "claim",  "name", "mac",   "description",
                                         "probe",    "status", "role", "owner", NULL };
    static const char *const flags[] = { "spread", "contiguous", "reservation", NULL };
    int rc;

    jw_object(w);
    rc = add_number(cmd, "count", "count", COUNT_MAX, w);
    if (rc == CLI_OK)
        rc = add_number(cmd, "prefix-length", "prefix_length", LENGTH_MAX, w);
    for (size_t i = 0; texts[i] != NULL; i++)
        if (args_given(&cmd->args, texts[i])) {
            jw_key(w, texts[i]);
            jw_text(w, args_value(&cmd->args, texts[i]));
        }
    for (size_t i = 0; flags[i] != NULL; i++)
        if (args_given(&cmd->args, flags[i])) {
            jw_key(w, flags[i]);
            jw_bool(w, true);
        }
    jw_object_end(w);
    return rc;
}

int verb_pool_allocate(struct cli *c, const struct command *cmd)
{
    uint32_t type = cmd->type->type == IPAM_T_VLAN_GROUP      ? IPAM_T_VLAN
                    : args_given(&cmd->args, "prefix-length") ? IPAM_T_SUBNET
                                                              : IPAM_T_ADDRESS;
    struct json_writer w;
    struct strbuf body;
    int rc;

    strbuf_init(&body, 65536);
    jw_init(&w, &body);
    rc = write_request(cmd, &w);
    if (rc == CLI_OK)
        rc = rows_post(c, cmd, "allocate", strbuf_str(&body), record_type(type));
    strbuf_fini(&body);
    return rc;
}
