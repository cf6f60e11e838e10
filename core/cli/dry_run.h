/* dry_run.h - what a dry run would change, shown.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DRY_RUN_H
#define CLI_DRY_RUN_H

#include "cli/client.h"

/* Whether the answer is that of a dry run. Then it is shown: as a table or CSV a line for each field that would be
 * otherwise, in other formats as it came. */
bool dry_run_show(struct cli *c, const struct client_answer *a);
/* The same of a document with "changes" that have that form. */
void changes_show(struct cli *c, const struct json_doc *doc);

#endif
