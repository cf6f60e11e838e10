/* client.h - requests to the daemon over HTTP, on TCP or a unix socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/json.h"
#include "base/strbuf.h"
#include "cli/target.h"

struct client;

struct client_answer {
    int status;           /* of HTTP; 0: nothing was answered */
    struct strbuf body;   /* as it came */
    struct json_doc *doc; /* the body, parsed; NULL when there is none */
    char location[512];   /* of a 201 or 202; "" when absent */
};

/* Opens nothing yet. The token is kept in memory alone. NULL when the library fails. `reason` goes with every
 * write; may be NULL. */
struct client *client_new(const struct target *t, const char *reason);
void client_free(struct client *c);

/* One request; `body` is JSON, absent when there is none. CLI_OK for a 2xx; otherwise says why and
 * returns the exit code. The answer is filled either way; free it with client_answer_fini. `wait_ms`: how
 * much longer than usual the daemon was asked to take. */
int client_call(struct client *c, const char *method, const char *path, struct ipam_str body, int64_t wait_ms,
                struct client_answer *ret);
int client_get(struct client *c, const char *path, struct client_answer *ret);
/* client_get without a word on failure. */
int client_peek(struct client *c, const char *path, struct client_answer *ret);
void client_answer_fini(struct client_answer *a);

#endif
