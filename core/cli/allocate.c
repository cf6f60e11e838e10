/* allocate.c - address allocate: takes free addresses of a subnet or a range.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/body.h"
#include "cli/register.h"
#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/verbs.h"

#define COUNT_MAX    1000
#define WAIT_MS      30000 /* of --wait without a duration */
#define WAIT_MOST_MS 60000 /* the daemon holds an answer no longer */
#define PROBE_MS     35000 /* as long as it probes, and a bit */

static int check_dns(const struct args *a)
{
    static const char *const goes[] = { "zone", "reverse-zone", "ttl" };

    for (unsigned i = 0; i < 3 && !args_given(a, "dns"); i++)
        if (args_given(a, goes[i])) {
            cli_error("--%s is for records of the DNS: give --dns too", goes[i]);
            return CLI_USAGE;
        }
    if (args_given(a, "dns") && !args_given(a, "name")) {
        cli_error("--dns needs --name NAME: under which name");
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int check_options(const struct args *a)
{
    const char *strategy = args_value(a, "strategy");
    static const char *const known[] = { "first", "last", "random", "sparse", "eui64" };
    bool ok = strategy == NULL;

    if (args_given(a, "subnet") == args_given(a, "range")) {
        cli_error("address allocate needs --subnet PREFIX or --range FIRST: where to take addresses from");
        return CLI_USAGE;
    }
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        ok = ok || strcmp(strategy, known[i]) == 0;
    if (!ok) {
        cli_error("--strategy '%s': expected first, last, random, sparse or eui64", strategy);
        return CLI_USAGE;
    }
    if (follow_wait(a).limit_ms > WAIT_MOST_MS) {
        cli_error("--wait %s: an allocation waits 60s at the most", args_value(a, "wait"));
        return CLI_USAGE;
    }
    if (args_given(a, "identifier") && !args_given(a, "reservation")) {
        cli_error("--identifier is for the DHCP server: give --reservation too");
        return CLI_USAGE;
    }
    if (args_given(a, "reservation") && !args_given(a, "identifier") && !args_given(a, "mac")) {
        cli_error("--reservation needs --mac HEX or --identifier TYPE=HEX: for which client");
        return CLI_USAGE;
    }
    return check_dns(a);
}

static int write_dns(const struct args *a, struct json_writer *w)
{
    int rc;

    jw_key(w, "dns");
    jw_object(w);
    rc = dns_write(a, w);
    jw_object_end(w);
    return rc;
}

static int write_body(struct cli *c, const struct command *cmd, struct json_writer *w)
{
    const struct args *a = &cmd->args;
    const char *count = args_value(a, "count"), *identifier = args_value(a, "identifier");
    uint64_t n = 1;
    int rc = count != NULL ? body_number("count", count, COUNT_MAX, &n) : CLI_OK;

    if (rc != CLI_OK)
        return rc;
    jw_object(w);
    jw_key(w, "count");
    jw_int(w, (int64_t)n);
    if (args_given(a, "strategy")) {
        jw_key(w, "strategy");
        jw_text(w, args_value(a, "strategy"));
    }
    if (args_given(a, "probe")) {
        jw_key(w, "probe");
        jw_text(w, args_value(a, "probe"));
    }
    if (args_given(a, "contiguous")) {
        jw_key(w, "contiguous");
        jw_bool(w, true);
    }
    if (args_given(a, "claim"))
        rc = body_typed(c, record_type(IPAM_T_CLAIM), "claim", args_value(a, "claim"), w);
    if (rc == CLI_OK)
        rc = body_create(c, cmd, NULL, w);
    if (rc == CLI_OK && identifier != NULL) {
        jw_key(w, "reservation");
        jw_object(w);
        rc = body_typed(c, record_type(IPAM_T_RESERVATION), "identifier", identifier, w);
        jw_object_end(w);
    } else if (rc == CLI_OK && args_given(a, "reservation")) {
        jw_key(w, "reservation");
        jw_bool(w, true);
    }
    if (rc == CLI_OK && args_given(a, "dns"))
        rc = write_dns(a, w);
    jw_object_end(w);
    return rc;
}

/* What servers are to have for an address. */
static const struct {
    const char *sync, *plan, *what;
} served[] = {
    { "dhcp_sync", "plan", "DHCP reservation" },
    { "forward_sync", "forward_plan", "host record" },
    { "reverse_sync", "reverse_plan", "PTR record" },
};

/* The first of them, over all addresses, that is in that state; -1: none is. */
static int find_sync(const struct json *items, const char *state, int64_t *ret_plan)
{
    for (int i = 0; i < 3; i++)
        for (const struct json *v = json_first(items); v != NULL; v = json_next(v))
            if (str_is(json_str(json_get(v, served[i].sync)), state)) {
                (void)json_int(json_get(v, served[i].plan), ret_plan);
                return i;
            }
    return -1;
}

/* How far the servers' side of the allocated addresses has come. */
static int sync_outcome(const struct cli *c, const struct json *items, bool waited)
{
    int64_t plan = 0;
    int at = find_sync(items, "failed", &plan);

    if (at >= 0) {
        cli_error("the addresses are yours, but their %s failed; see: ipamctl plan show %lld",
                  served[at].what, (long long)plan);
        return CLI_PARTLY;
    }
    at = find_sync(items, "pending", &plan);
    if (at >= 0 && waited) {
        cli_error("the addresses are yours; their %s is under way; see: ipamctl plan show %lld",
                  served[at].what, (long long)plan);
        return CLI_TRY_AGAIN;
    }
    if (at >= 0)
        cli_say(c, "the %s is under way; see: ipamctl plan show %lld", served[at].what, (long long)plan);
    return CLI_OK;
}

static int show_items(struct cli *c, const struct command *cmd, const struct client_answer *a, bool waited)
{
    const struct json *items = json_get(json_root(a->doc), "items");
    const char *columns =
        args_given(&cmd->args, "probe") ? "address name mac claim ping dns dhcp plan" : cmd->noun->columns;
    struct output o;
    int rc = output_begin(&o, c, cmd->type, columns, OUTPUT_LIST);

    for (const struct json *v = json_first(items); rc == CLI_OK && v != NULL; v = json_next(v))
        output_item(&o, a->doc, v);
    if (rc == CLI_OK)
        rows_say_skipped(c, a);
    if (rc == CLI_OK)
        rc = sync_outcome(c, items, waited);
    return output_end(&o, rc);
}

int verb_allocate(struct cli *c, const struct command *cmd)
{
    const struct args *args = &cmd->args;
    bool subnet = args_given(args, "subnet");
    struct follow_wait wait = follow_wait(args);
    struct client_answer a;
    struct json_writer w;
    struct strbuf path, body;
    int rc = check_options(args);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, 65536);
    strbuf_init(&body, 1024 * 1024);
    key_object(record_type(subnet ? IPAM_T_SUBNET : IPAM_T_RANGE),
               args_value(args, subnet ? "subnet" : "range"), &path);
    strbuf_puts(&path, "/allocate");
    if (wait.wait) {
        char text[32];

        wait.limit_ms = wait.limit_ms > 0 ? wait.limit_ms : WAIT_MS;
        snprintf(text, sizeof(text), "%lldms", (long long)wait.limit_ms);
        key_query("wait", str_from(text), &path);
    }
    jw_init(&w, &body);
    rc = write_body(c, cmd, &w);
    if (rc == CLI_OK) {
        int64_t longer_ms = wait.limit_ms + (args_given(args, "probe") ? PROBE_MS : 0);

        rc = client_call(c->client, "POST", path.data, strbuf_str(&body), longer_ms, &a);
        if (rc == CLI_OK && !dry_run_show(c, &a))
            rc = show_items(c, cmd, &a, wait.wait);
        client_answer_fini(&a);
    }
    strbuf_fini(&path);
    strbuf_fini(&body);
    return rc;
}
