/* loop_things.h - descriptors, timers and deferred functions of a LOOP plugin.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Loop thread only, but for things_defer. The plugin's functions run on the loop, in its slot. */
#ifndef PROVIDER_LOOP_THINGS_H
#define PROVIDER_LOOP_THINGS_H

#include <pthread.h>

#include "base/loop.h"

struct watched;
struct deferred;
struct ipam_timer;

struct loop_things {
    struct loop *loop;
    const char *plugin;      /* its name, for the slot */
    struct watched *watched; /* that are not closed, of the plugin's or closing */
    struct ipam_timer *timers;
    pthread_mutex_t lock; /* of the next two */
    struct deferred *first_deferred, **last_deferred;
    bool deferred_posted;
    bool closing;
    unsigned open_handles;
    struct loop_work deferred_post;
    void (*closed)(void *user);
    void *user;
};

void things_init(struct loop_things *t, struct loop *loop, const char *plugin);
/* Forgets everything the plugin asked for, then calls closed, perhaps at once. */
void things_close(struct loop_things *t, void (*closed)(void *user), void *user);

/* As the host's table says. */
int32_t things_watch(struct loop_things *t, int32_t fd, uint32_t events,
                     void (*ready)(void *user, int32_t fd, uint32_t events), void *user);
struct ipam_timer *things_timer(struct loop_things *t, int64_t after_ms, void (*due)(void *user), void *user);
void things_timer_stop(struct loop_things *t, struct ipam_timer *timer);
int32_t things_defer(struct loop_things *t, void (*run)(void *user), void *user);

/* Logs a function of a LOOP plugin that took too long. */
void things_judge(const char *plugin, const char *what, int64_t us);

#endif
