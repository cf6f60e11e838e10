/* nouns_system.c - the verbs of jobs and regular tasks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns_p.h"
#include "cli/verbs.h"

const struct verb verb_of_undo_job = {
    "revert", "KEY...",  VERB_WAIT,
    NULL,     verb_post, "Undo all that they have changed, a revision for each of theirs."
};
const struct verb verb_of_run_task = {
    "run", "KEY...", VERB_WAIT, NULL, verb_post, "Run them now, on all servers or for the whole plan."
};
static const struct arg_option purge_options[] = {
    ARG_OPTION("before", "TIME", "What was noted before that time; of the past."), { .name = NULL }
};
const struct verb verb_of_purge_task = { "purge",    "KEY",
                                         VERB_WAIT,  purge_options,
                                         verb_purge, "Give up what it has noted: utilization_history." };
