/* follow.h - work the daemon goes on with after its answer: jobs and plans.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/client.h"
#include "cli/nouns.h"

/* How --wait was given. */
struct follow_wait {
    bool wait;
    int64_t limit_ms; /* 0: until the end */
};
struct follow_wait follow_wait(const struct args *a);

/* Whether Ctrl-C was pressed while something was followed. */
bool follow_interrupted(void);

/* Takes the answer to a write on the object `key`. For a 202 with the Location of a job or plan: without
 * --wait it says how to look at it; else it polls until the end, with a bar on a terminal. The first Ctrl-C
 * cancels a job, the second leaves at once. Then the object is shown on stdout as a row; any other answer is
 * shown so at once. The exit code tells how it ended; a limit that passes is CLI_TRY_AGAIN. */
int follow_answer(struct cli *c, const struct client_answer *a, const struct command *cmd, const char *key);

/* The same for an answer that is a list of plans, which are shown as one. */
int follow_plans(struct cli *c, const struct client_answer *a, const struct command *cmd, const char *key);

/* The exit code for the state of a job or plan; -1 while it goes on. */
int follow_exit(uint32_t type, struct ipam_str state);

#endif
