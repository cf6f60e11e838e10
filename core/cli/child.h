/* child.h - runs a program of this installation and reads what it prints.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/strbuf.h"

#define CHILD_FAILED (-1) /* it could not be run, or was killed; said why in `err` when it is collected */

/* Runs argv[0] (a path) and returns its exit status. `out`, `err`: what it wrote there, NULL: the same as ours. As
 * that user and group when `user` is not (uid_t)-1, which only root may ask for. */
int child_run(const char *const *argv, uid_t user, gid_t group, struct strbuf *out, struct strbuf *err);

#endif
