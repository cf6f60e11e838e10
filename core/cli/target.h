/* target.h - which daemon to talk to, and as whom.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "cli/args.h"
#include "cli/cli.h"

struct target {
    const char *url;    /* "http://127.0.0.1:8053" without a slash at its end, or "unix:/path" */
    const char *token;  /* NULL: none */
    const char *origin; /* where the URL comes from, for messages: "--url", "IPAM_URL", a file's name */
};

/* --url, then IPAM_URL, then the first listener of the configuration file (--config, or the system's); the
 * token from --token-file, then IPAM_TOKEN_FILE, then, where that file named the listener and the user may
 * read it, the first token file in it. Texts are in the command's arena. CLI_CONFIG when it cannot be
 * settled. */
int target_find(struct cli *c, const struct args *a, struct target *ret);

/* The URL of the first listener in the text of a configuration file, where a wildcard address becomes the
 * loopback one, and the file of the first token, or NULL. 0, or IPAM_E_INVAL with a message. */
int target_from_config(struct arena *a, struct ipam_str text, const char **ret_url,
                       const char **ret_token_file, char *err, size_t err_len);

#endif
