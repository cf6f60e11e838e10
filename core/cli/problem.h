/* problem.h - what the daemon answers when it refuses (RFC 9457), for people and for exit codes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROBLEM_H
#define CLI_PROBLEM_H

#include "cli/client.h"

/* The types of problems of this version, ended by one without a slug. */
struct problem_help {
    const char *slug;
    int status, exit;
    const char *title, *help;
};
extern const struct problem_help problem_helps[];

/* Exit code for an HTTP status and the last part of the problem's type ("exhausted"; may be absent). */
int problem_exit(int status, struct ipam_str type);
/* Appends the problem as lines, each ended by a line feed: title and detail; each error with its pointer;
 * candidates; the hint. */
void problem_print(const struct json *problem, int status, struct strbuf *out);
/* Parses the answer's body, says on stderr what it tells unless `quiet`, and returns the exit code. */
int problem_report(const char *url, struct client_answer *a, bool quiet);

#endif
