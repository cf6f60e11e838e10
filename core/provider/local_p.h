/* local_p.h - what a plugin holds: its instance and its requests, and the host table over them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVIDER_LOCAL_P_H
#define PROVIDER_LOCAL_P_H

#include <pthread.h>

#include "provider/local.h"

/* A plugin's handle of one call. It is never freed, and reused only after many others, so that a plugin that
 * uses one after `done` is caught instead of reading freed memory. The lock is also that of the call's second
 * part. */
struct ipam_req {
    struct ipam_req *next;
    pthread_mutex_t lock;
    pthread_cond_t wake;      /* credit, cancellation, the end */
    struct local_call *call;  /* NULL: the plugin has called done, or the context was abandoned */
    bool abandoned;
    char plugin[PLUGIN_NAME_MAX + 1];
};
struct ipam_req *handle_take(struct local_call *c, const char *plugin);
void handle_give(struct ipam_req *req);

struct ipam_inst {
    const struct plugin *plugin;
    char *target;
    struct options options;
    char open_error[PROVIDER_ERR_MAX];
};

struct local {
    struct ipam_inst inst;
    struct local_spec spec;
    void *ctx;                 /* NULL until opened */
    struct lane *writer, *reader; /* reader: storage only */
    struct lane_work open_work, close_work;
    int open_status;
    bool open;
    unsigned closing_lanes;
    struct ipam_req *live;     /* loop thread: calls that have not ended, by their handles */
};

extern const struct ipam_host host_table;

/* Gives what the plugin said so far to the loop. Under the call's lock. */
void call_flush(struct local_call *c);

#endif
