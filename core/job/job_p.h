/* job_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef JOB_JOB_P_H
#define JOB_JOB_P_H

#include "base/hash.h"
#include "job/job.h"

struct jobs {
    struct gate *gate;
    struct imap running; /* id -> struct job */
    unsigned starting;   /* those whose record is on its way to storage */
    bool closing, pruning;
    void (*closed)(void *user);
    void *closed_user;
};

/* Closing ends when nothing is under way any more. */
void jobs_close_when_idle(struct jobs *j);

#endif
