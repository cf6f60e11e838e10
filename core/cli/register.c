/* register.c - address register and unregister, record add: records of the DNS, made and taken away.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/register.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/refs.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536
#define BODY_SIZE (1024 * 1024)
#define TTL_MOST  2147483647

static void write_zone(const char *member, const char *zone, struct json_writer *w)
{
    jw_key(w, member);
    if (key_is_id(zone))
        jw_int(w, strtoll(zone, NULL, 10));
    else
        jw_text(w, zone);
}

static int write_ttl(const struct args *a, struct json_writer *w)
{
    const char *text = args_value(a, "ttl");
    char *end;

    if (text == NULL)
        return CLI_OK;
    long long ttl = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || ttl > TTL_MOST) {
        cli_error("--ttl '%s': expected seconds, 0 to %d", text, TTL_MOST);
        return CLI_USAGE;
    }
    jw_key(w, "ttl");
    jw_int(w, ttl);
    return CLI_OK;
}

int dns_write(const struct args *a, struct json_writer *w)
{
    static const char *const flags[] = { "host", "ptr" };

    for (unsigned i = 0; i < 2; i++)
        if (args_given(a, flags[i])) {
            jw_key(w, flags[i]);
            jw_bool(w, true);
        }
    if (args_given(a, "zone"))
        write_zone("zone", args_value(a, "zone"), w);
    if (args_given(a, "reverse-zone"))
        write_zone("reverse_zone", args_value(a, "reverse-zone"), w);
    return write_ttl(a, w);
}

/* POSTs to the verb of one address, and follows the plans. */
static int post_one(struct cli *c, const struct command *cmd, const char *key, struct ipam_str body)
{
    struct client_answer a;
    struct strbuf path;
    int rc;

    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, key, &path);
    strbuf_printf(&path, "/%s", cmd->verb->name);
    if (args_given(&cmd->args, "replace"))
        key_query("replace", IPAM_STR("true"), &path);
    rc = client_call(c->client, "POST", path.data, body, 0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a))
        rc = follow_plans(c, &a, cmd, key);
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

int verb_register(struct cli *c, const struct command *cmd)
{
    struct strbuf body;
    struct json_writer w;
    unsigned failed = 0;
    int rc;

    strbuf_init(&body, BODY_SIZE);
    jw_init(&w, &body);
    jw_object(&w);
    rc = dns_write(&cmd->args, &w);
    jw_object_end(&w);
    for (unsigned i = 0; i < cmd->args.word_count && (rc == CLI_OK || failed > 0) && !follow_interrupted();
         i++) {
        int got = post_one(c, cmd, cmd->args.words[i], strbuf_str(&body));

        if (got != CLI_OK && failed++ == 0)
            rc = got;
    }
    strbuf_fini(&body);
    return failed > 0 && failed < cmd->args.word_count ? CLI_PARTLY : rc;
}

static int check_record(const struct args *a)
{
    static const char *const needed[] = { "zone", "type", "data" };

    for (unsigned i = 0; i < 3; i++)
        if (!args_given(a, needed[i])) {
            cli_error("record add needs --zone NAME@SERVER, --type TYPE and --data DATA: --%s is missing",
                      needed[i]);
            return CLI_USAGE;
        }
    return CLI_OK;
}

/* The zone is a reference: its id. */
static int write_record(struct cli *c, const struct command *cmd, struct json_writer *w)
{
    const struct args *a = &cmd->args;
    const char *zone = args_value(a, "zone");
    int64_t id = strtoll(zone, NULL, 10);
    int rc = key_is_id(zone) ? CLI_OK : refs_id(c, IPAM_T_ZONE, zone, &id);

    if (rc != CLI_OK)
        return rc;
    jw_object(w);
    jw_key(w, "zone");
    jw_int(w, id);
    jw_key(w, "name");
    jw_text(w, a->words[0]);
    jw_key(w, "type");
    jw_text(w, args_value(a, "type"));
    jw_key(w, "data");
    jw_text(w, args_value(a, "data"));
    rc = write_ttl(a, w);
    jw_object_end(w);
    return rc;
}

int verb_record_add(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct strbuf path, body;
    struct json_writer w;
    int rc = check_record(&cmd->args);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, BODY_SIZE);
    key_collection(cmd->type, &path);
    if (args_given(&cmd->args, "replace"))
        key_query("replace", IPAM_STR("true"), &path);
    jw_init(&w, &body);
    rc = write_record(c, cmd, &w);
    if (rc == CLI_OK) {
        rc = client_call(c->client, "POST", path.data, strbuf_str(&body), 0, &a);
        if (rc == CLI_OK && !dry_run_show(c, &a))
            rc = follow_answer(c, &a, cmd, cmd->args.words[0]);
        client_answer_fini(&a);
    }
    strbuf_fini(&path);
    strbuf_fini(&body);
    return rc;
}
