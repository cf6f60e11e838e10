/* secret.c - secret add and set: the value from a prompt, standard input or a file, never an argument.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/hidden.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/verbs.h"

#define BODY_SIZE (2 * HIDDEN_MAX)
#define PATH_SIZE 65536

/* RFC 4648: so any bytes fit into JSON. */
static void put_base64(const char *value, size_t len, struct strbuf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        unsigned left = len - i < 3 ? (unsigned)(len - i) : 3, bits = 0;

        for (unsigned k = 0; k < 3; k++)
            bits = bits << 8 | (k < left ? (unsigned char)value[i + k] : 0);
        for (unsigned k = 0; k < 4; k++)
            strbuf_putc(out, k <= left ? digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

static int send(struct cli *c, const struct command *cmd, const char *value, size_t len, bool is_new)
{
    struct client_answer a;
    struct strbuf path, body;

    strbuf_init(&path, PATH_SIZE);
    strbuf_init(&body, BODY_SIZE);
    strbuf_room(&body, BODY_SIZE / 2 + BODY_SIZE / 4); /* at once: growing leaves copies behind */
    key_object(cmd->type, cmd->args.words[0], &path);
    strbuf_puts(&body, "{\"base64\":\"");
    put_base64(value, len, &body);
    strbuf_puts(&body, "\"}");
    client_condition(c->client, is_new ? "If-None-Match" : "If-Match", "*");
    int rc = client_call(c->client, "PUT", path.data, strbuf_str(&body), 0, &a);
    if (rc == CLI_OK && !dry_run_show(c, &a))
        rc = follow_answer(c, &a, cmd, cmd->args.words[0]);
    client_answer_fini(&a);
    explicit_bzero(body.data, body.len);
    strbuf_fini(&body);
    strbuf_fini(&path);
    return rc;
}

static int write_secret(struct cli *c, const struct command *cmd, bool is_new)
{
    char value[HIDDEN_MAX + 2];
    size_t len = 0;
    int rc = hidden_read(args_value(&cmd->args, "from-file"), "Secret: ", true, value, &len);

    if (rc == CLI_OK)
        rc = send(c, cmd, value, len, is_new);
    explicit_bzero(value, sizeof(value));
    return rc;
}

int verb_secret_add(struct cli *c, const struct command *cmd)
{
    return write_secret(c, cmd, true);
}

int verb_secret_set(struct cli *c, const struct command *cmd)
{
    return write_secret(c, cmd, false);
}

int verb_rotate_master_key(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    int rc = client_call(c->client, "POST", "/api/v1/system/master-key/rotate", (struct ipam_str){ NULL, 0 },
                         0, &a);

    if (rc == CLI_OK && !dry_run_show(c, &a))
        rc = follow_answer(c, &a, cmd, "master key");
    client_answer_fini(&a);
    return rc;
}
