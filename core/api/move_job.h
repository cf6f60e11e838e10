/* move_job.h - a subnet with more in it than one change set holds, moved by a job.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_MOVE_JOB_H
#define API_MOVE_JOB_H

#include "api/call.h"

/* Whether a subnet is moved by a job: with what is in it, it is more rows than one change set holds, or a job has begun
 * to move it. */
bool move_is_long(const struct view *v, const struct ipam_subnet *s);
/* Moves c->row, a subnet, to a prefix of its size; answers 202, a dry run with what the job would do, or with the
 * problem. */
void move_job(struct call *c, int64_t space, const struct ipam_prefix *to);

#endif
