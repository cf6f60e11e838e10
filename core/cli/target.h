/* target.h - which daemon to talk to, and as whom.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "cli/args.h"
#include "cli/cli.h"

struct target {
    const char *url;    /* "http://127.0.0.1:8053" without a slash at its end, or "unix:/path" */
    const char *token;  /* NULL: none */
    const char *ca;     /* https: the file of authorities; NULL: the system's */
    const char *cert, *key; /* https: our certificate and its key; NULL: none; NULL: in the same file */
    const char *origin; /* where the URL comes from, for messages: "--url", "IPAM_URL", a file's name */
};

/* --url, then IPAM_URL, then the first listener of the configuration file (--config, or the system's); the
 * token from --token-file, then IPAM_TOKEN_FILE, then that of ipamctl login, then, where that file named the listener and the user may
 * read it, the first token file in it. For https the files of --ca, --cert and --key, then IPAM_CA, IPAM_CERT and
 * IPAM_KEY; a daemon that its configuration named is known by the certificate that is named there. Texts are in the command's arena. CLI_CONFIG when it cannot be
 * settled. */
int target_find(struct cli *c, const struct args *a, struct target *ret);

/* The text of the configuration file that --config names, or the system's; NULL when it may not be read. */
const char *target_config_text(struct arena *a, const struct args *args, size_t *ret_len);

/* "unix:/PATH" of the first unix socket in the text of a configuration file; NULL: it has none. In the arena. */
const char *target_unix(struct arena *a, struct ipam_str text);

/* The URL of the first listener in the text of a configuration file, where a wildcard address becomes the
 * loopback one, and the files of the first token and of the listener's certificate, or NULL. 0, or IPAM_E_INVAL with a message. */
int target_from_config(struct arena *a, struct ipam_str text, const char **ret_url,
                       const char **ret_token_file, const char **ret_ca, char *err, size_t err_len);

#endif
