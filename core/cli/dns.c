/* dns.c - range map-zone and mappable-zones, address records, record address: addresses and the DNS.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/ask.h"
#include "cli/body.h"
#include "cli/dry_run.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/refs.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536

/* --- mapping --- */

static int write_zone(struct cli *c, const struct command *cmd, struct json_writer *w)
{
    const char *zone = args_value(&cmd->args, "zone");
    int64_t id = 0;

    if ((zone != NULL) == args_given(&cmd->args, "none")) {
        cli_error("range map-zone needs --zone ZONE or --none: which zone makes addresses of the range");
        return CLI_USAGE;
    }
    int rc = zone != NULL ? refs_id(c, IPAM_T_ZONE, zone, &id) : CLI_OK;
    jw_object(w);
    jw_key(w, "zone");
    if (zone != NULL)
        jw_int(w, id);
    else
        jw_null(w);
    jw_object_end(w);
    return rc;
}

static int map_one(struct cli *c, const struct command *cmd, const char *key, struct ipam_str body,
                   struct output *o)
{
    struct client_answer a;
    struct strbuf path;

    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, key, &path);
    strbuf_puts(&path, "/map-zone");
    int rc = client_call(c->client, "POST", path.data, body, 0, &a);
    if (rc == CLI_OK && dry_run_show(c, &a))
        o->elsewhere = true;
    else if (rc == CLI_OK)
        output_item(o, a.doc, json_root(a.doc));
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

int verb_map_zone(struct cli *c, const struct command *cmd)
{
    struct json_writer w;
    struct strbuf body;
    struct output o;

    strbuf_init(&body, 4096);
    jw_init(&w, &body);
    int rc = write_zone(c, cmd, &w);
    if (rc == CLI_OK)
        rc = output_begin(&o, c, cmd->type, "id first last kind reverse_zone used", OUTPUT_ROW);
    if (rc == CLI_OK)
        rc = output_end(&o, map_one(c, cmd, cmd->args.words[0], strbuf_str(&body), &o));
    strbuf_fini(&body);
    return rc;
}

/* --- lists about an object --- */

static int list_of(struct cli *c, const struct command *cmd, const char *verb, uint32_t type,
                   const char *none)
{
    uint64_t limit;
    struct strbuf path;
    struct output o;
    int rc = ask_limit(cmd, 100, &limit);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_printf(&path, "/%s", verb);
    rc = output_begin(&o, c, record_type(type), noun_of_type(type)->columns, OUTPUT_LIST);
    if (rc == CLI_OK)
        rc = pages_each(c->client, path.data, limit, output_page, &o);
    if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
        cli_say(c, "%s", none);
    rc = output_end(&o, rc);
    strbuf_fini(&path);
    return rc;
}

int verb_mappable_zones(struct cli *c, const struct command *cmd)
{
    return list_of(c, cmd, "mappable-zones", IPAM_T_ZONE, "no zone could be mapped to it");
}

int verb_address_records(struct cli *c, const struct command *cmd)
{
    return list_of(c, cmd, "records", IPAM_T_DNS_RECORD, "no records");
}

/* --- addresses of records --- */

int verb_record_address(struct cli *c, const struct command *cmd)
{
    const uint32_t made = IPAM_T_ADDRESS;
    struct client_answer a;
    struct strbuf path, body;
    struct output o;

    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, 1u << 20);
    key_collection(cmd->type, &path);
    strbuf_puts(&path, "/addresses");
    body_keys(cmd, &body);
    int rc = client_call(c->client, "POST", path.data, strbuf_str(&body), 0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a)) {
        rc = output_begin(&o, c, record_type(made), noun_of_type(made)->columns, OUTPUT_LIST);
        if (rc == CLI_OK)
            output_page(&o, a.doc, json_get(json_root(a.doc), "items"));
        rc = output_end(&o, rc);
    }
    client_answer_fini(&a);
    strbuf_fini(&path);
    strbuf_fini(&body);
    return rc;
}
