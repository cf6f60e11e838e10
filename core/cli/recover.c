/* recover.c - ipamctl access recover: a new administrator's token for root, with the daemon up or down.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <sysexits.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/user.h"

#define PROBE_MS 3000

/* The daemon knows root of its host by the unix socket. */
static const char *socket_of(struct cli *c, const struct command *cmd)
{
    size_t len;
    const char *text = target_config_text(&c->arena, &cmd->args, &len);

    return text != NULL ? target_unix(&c->arena, (struct ipam_str){ text, len }) : NULL;
}

static int ask_daemon(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct output o;
    int rc = client_call(c->client, "POST", "/api/v1/access/recoveries", (struct ipam_str){ NULL, 0 }, 0, &a);

    if (rc == CLI_OK)
        rc = output_begin(&o, c, cmd->type, cmd->noun->columns, OUTPUT_ROW);
    if (rc == CLI_OK) {
        output_item(&o, a.doc, json_root(a.doc));
        rc = output_end(&o, rc);
        cli_say(c, "the daemon takes the token in that file from now on, and the one before no more; this is "
                   "in its record "
                   "of changes");
    }
    client_answer_fini(&a);
    return rc;
}

/* Nobody answers: the program of the daemon makes the file, and the next start tells of it. */
static int make_file(const struct command *cmd)
{
    const char *config = args_value(&cmd->args, "config");
    const char *argv[] = { IPAM_SBINDIR "/ipamd", "--config",
                           config != NULL ? config : IPAM_SYSCONFDIR "/ipamd.json", "--recover-token", NULL };
    int status = child_run(argv, (uid_t)-1, (gid_t)-1, NULL, NULL);

    return status == 0 ? CLI_OK : status == EX_CONFIG ? CLI_CONFIG : CLI_FAILED;
}

int verb_recover(struct cli *c, const struct command *cmd)
{
    struct target t = { .url = socket_of(c, cmd), .origin = "the configuration" };
    struct client_answer a;
    int rc, answers = CLIENT_UNREACHABLE;

    c->client = t.url != NULL ? client_new(&t, args_value(&cmd->args, "reason")) : NULL;
    if (c->client != NULL) {
        answers = client_probe(c->client, "/readyz", PROBE_MS, &a);
        client_answer_fini(&a);
    }
    rc = answers == CLIENT_UNREACHABLE ? make_file(cmd) : ask_daemon(c, cmd);
    client_free(c->client);
    return rc;
}
