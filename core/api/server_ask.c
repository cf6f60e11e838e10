/* server_ask.c - a server asked something for one call, in its turn among those who read or change it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What was collected is as old as the last collection; what is asked is what the server says now. Nothing is
 * recorded. */
#include "api/server_ask.h"

#include <stdio.h>

#define TURN_MS 15000
#define ASK_MS  30000

static void unlink_ask(struct server_ask *s)
{
    timer_stop(&s->timer);
    *s->link = s->next;
    if (s->next != NULL)
        s->next->link = s->link;
}

static void on_record(void *user, const struct ipam_record *rec)
{
    struct server_ask *s = user;
    s->record(s->user, rec);
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct server_ask *s = user;
    char why[400];
    snprintf(why, sizeof(why), STR_FMT, STR_ARG(info->message));
    s->c->reading = NULL;
    unlink_ask(s);
    fleet_leave(s->c->api->at.fleet, s->server);
    s->done(s->user, status, why);
}

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    static const struct request_events events = { .record = on_record, .done = on_done };
    struct server_ask *s = user;
    struct call *c = s->c;
    timer_stop(&s->timer);
    s->entered = true;
    if (inst == NULL || c->http == NULL || !c->api->ready) {
        unlink_ask(s);
        fleet_leave(c->api->at.fleet, s->server);
        s->done(s->user, IPAM_E_BUSY, inst == NULL ? reason : "nobody waits for it any more");
        return;
    }
    s->request = c->reading = request_start(inst, s->op, s->args, ASK_MS, &events, s);
}

static void give_up(struct server_ask *s, const char *why)
{
    if (!fleet_withdraw(s->c->api->at.fleet, s->server, s))
        return;
    unlink_ask(s);
    s->done(s->user, IPAM_E_BUSY, why);
}

static void on_late(struct loop_timer *t)
{
    give_up(container_of(t, struct server_ask, timer), "others have been reading or changing it for 15 s");
}

void server_ask(struct call *c, struct server_ask *s)
{
    struct api *a = c->api;
    s->c = c;
    s->entered = false;
    s->request = NULL;
    s->next = a->asks;
    s->link = &a->asks;
    if (s->next != NULL)
        s->next->link = &s->next;
    a->asks = s;
    timer_start(a->at.loop, &s->timer, TURN_MS, on_late);
    fleet_enter(a->at.fleet, s->server, on_turn, s);
}

bool server_can(const struct call *c, int64_t server, uint64_t capability)
{
    const struct ipam_server *row = view_get(call_view(c), IPAM_T_SERVER, server);
    const struct plugin *driver = row != NULL ? plugin_find(c->api->at.providers, row->driver) : NULL;
    return driver == NULL || (plugin_offer(driver, IPAM_KIND_DHCP)->capabilities & capability) != 0;
}

void server_ask_end(struct api *a)
{
    for (struct server_ask *s = a->asks, *next; s != NULL; s = next) {
        next = s->next;
        if (s->request != NULL)
            request_cancel(s->request); /* heard of later */
        else if (!s->entered)
            give_up(s, "the service is stopping");
    }
}
