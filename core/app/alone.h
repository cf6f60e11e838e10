/* alone.h - the storage of a configuration without the rest of the daemon: for restore and for looking at it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef APP_ALONE_H
#define APP_ALONE_H

#include "app/app.h"
#include "store/store.h"

struct alone {
    struct conf *conf;
    struct loop *loop;
    struct providers *providers;
    struct store *store; /* NULL until it is tried to open it */
    bool as_is;          /* nothing is created or brought up */
    conf_report report;
    void *report_user;
    /* The storage is open, or why it is not. Ends with alone_end. */
    void (*opened)(struct alone *a, int status, const char *message);
    int exit_status;
};
/* Opens the storage, runs until alone_end, returns its exit status; EX_CONFIG when the configuration of the storage
 * does not fit its plugin, which was reported then. */
int alone_run(struct alone *a);
void alone_end(struct alone *a, int exit_status);

#endif
