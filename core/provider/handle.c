/* handle.c - the pool of request handles that plugins hold.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/arena.h"
#include "base/log.h"
#include "provider/local_p.h"

#include <stdio.h>

#define RESTING_MIN 1024 /* ended handles kept out of use, oldest first out */

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ipam_req *oldest, **newest = &oldest;
static unsigned resting;

struct ipam_req *handle_take(struct local_call *c, const char *plugin)
{
    struct ipam_req *req = NULL;

    pthread_mutex_lock(&pool_lock);
    if (resting > RESTING_MIN) {
        req = oldest;
        oldest = req->next;
        resting--;
    }
    pthread_mutex_unlock(&pool_lock);
    if (req == NULL) {
        req = xcalloc(1, sizeof(*req));
        pthread_mutex_init(&req->lock, NULL);
        pthread_cond_init(&req->wake, NULL);
    }
    pthread_mutex_lock(&req->lock); /* a plugin may be misusing it at this moment */
    req->call = c;
    snprintf(req->plugin, sizeof(req->plugin), "%s", plugin);
    pthread_mutex_unlock(&req->lock);
    return req;
}

void handle_give(struct ipam_req *req)
{
    pthread_mutex_lock(&pool_lock);
    req->next = NULL;
    *newest = req;
    newest = &req->next;
    resting++;
    pthread_mutex_unlock(&pool_lock);
}

struct local_call *handle_enter(struct ipam_req *req, const char *function)
{
    bool abandoned;

    pthread_mutex_lock(&req->lock);
    if (req->call)
        return req->call;
    abandoned = req->abandoned;
    pthread_mutex_unlock(&req->lock);
    if (!abandoned)
        log_event_with(LOG_ERR_, "plugin-misuse", LOG_FIELDS(LOG_TEXT("plugin", req->plugin)),
                       "the plugin %s called %s for a request it had ended with done; ignored: report this "
                       "to the plugin's author",
                       req->plugin, function);
    return NULL;
}

void handle_leave(struct ipam_req *req)
{
    pthread_mutex_unlock(&req->lock);
}
