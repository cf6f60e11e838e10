/* client.h - requests to the daemon over HTTP, on TCP or a unix socket.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/json.h"
#include "base/strbuf.h"
#include "cli/target.h"

struct client;

#define CURSOR_SIZE 16384

struct client_answer {
    int status;             /* of HTTP; 0: nothing was answered */
    struct strbuf body;     /* as it came */
    struct json_doc *doc;   /* the body, parsed; NULL when there is none */
    char location[512];     /* of a 201 or 202; "" when absent */
    char next[CURSOR_SIZE]; /* client_get_csv */
};

/* Opens nothing yet. The token is kept in memory alone. NULL when the library fails. `reason` goes with every
 * write; may be NULL. */
struct client *client_new(const struct target *t, const char *reason);
void client_free(struct client *c);
/* What the HTTP library said of the last failure. */
const char *client_error(const struct client *c);
/* From now on writes are dry runs: the daemon tells what it would change. */
void client_dry_run(struct client *c);

/* From now on writes have this condition as a header. */
void client_condition(struct client *c, const char *name, const char *value);

/* One request; `body` is JSON, absent when there is none. CLI_OK for a 2xx; otherwise says why and
 * returns the exit code. The answer is filled either way; free it with client_answer_fini. `wait_ms`: how
 * much longer than usual the daemon was asked to take. */
int client_call(struct client *c, const char *method, const char *path, struct ipam_str body, int64_t wait_ms,
                struct client_answer *ret);
int client_get(struct client *c, const char *path, struct client_answer *ret);
/* The same with a body of text/csv. */
int client_upload(struct client *c, const char *path, struct ipam_str csv, struct client_answer *ret);
/* A page of a list as CSV, in ret->body; ret->next is the cursor of the page after it, or "". */
int client_get_csv(struct client *c, const char *path, struct client_answer *ret);
/* client_get without a word on failure. */
int client_peek(struct client *c, const char *path, struct client_answer *ret);
/* A look at whether anything answers: a GET that says nothing and waits no longer than that. The answer is filled, also
 * when it is a refusal. */
enum { CLIENT_ANSWERED, CLIENT_UNREACHABLE, CLIENT_SILENT, CLIENT_UNSAFE /* TLS: see client_error */ };
int client_probe(struct client *c, const char *path, long timeout_ms, struct client_answer *ret);
/* A GET, or a POST without a body, whose answer comes piece by piece: `bytes` gets it as it comes, until the
 * daemon ends it or `bytes` returns false. CLI_OK when it began, however it ended. `quiet`: not a word when the
 * daemon is not there or not ready. */
int client_stream(struct client *c, const char *method, const char *path,
                  bool (*bytes)(void *user, const char *data, size_t len), void *user, bool quiet);
void client_answer_fini(struct client_answer *a);

#endif
