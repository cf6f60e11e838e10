/* next_free.c - which addresses of a scope its DHCP server could give now: free?ask=true, probe=dhcp.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What was collected is as old as the last collection; who asks the server waits for its turn, as all do who
 * read or change it. Nothing is recorded. */
#include "api/next_free.h"

#include <stdio.h>

#define TURN_MS 15000
#define ASK_MS  30000

static void unlink_ask(struct next_free *f)
{
    timer_stop(&f->timer);
    *f->link = f->next;
    if (f->next != NULL)
        f->next->link = f->link;
}

static void unavailable(struct next_free *f, const char *why)
{
    struct call *c = f->c;
    c->problem.retry_after_s = 2;
    problem_hint(&c->problem, "ask again in a moment, or %s", f->otherwise);
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the DHCP server of the addresses cannot be asked: %s",
                why);
    call_problem(c);
}

/* --- the answer --- */

static void on_address(void *user, const struct ipam_record *rec)
{
    struct next_free *f = user;
    const struct ipam_address *a = (const void *)rec;
    if (rec->type == IPAM_T_ADDRESS && f->count < f->most && a->address.family == f->first.family &&
        addr_compare(&a->address, &f->first) >= 0 && addr_compare(&a->address, &f->last) <= 0 &&
        (f->count == 0 || addr_compare(&a->address, &f->items[f->count - 1]) > 0))
        f->items[f->count++] = a->address;
}

static void cannot(const struct next_free *f, struct call *c, const char *why)
{
    problem_hint(&c->problem, "ask %s", f->otherwise);
    problem_set(&c->problem, PROBLEM_UNSUPPORTED,
                "the DHCP server of the addresses does not tell what it would give: %s", why);
    call_problem(c);
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct next_free *f = user;
    struct call *c = f->c;
    char why[400];
    snprintf(why, sizeof(why), STR_FMT, STR_ARG(info->message));
    c->reading = NULL;
    unlink_ask(f);
    fleet_leave(c->api->at.fleet, f->server);
    if (status == 0 || status == IPAM_E_EXHAUSTED) {
        f->then(c);
    } else if (status == IPAM_E_UNSUPPORTED) {
        cannot(f, c, why);
    } else {
        unavailable(f, why);
    }
}

/* --- its turn --- */

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    static const struct request_events events = { .record = on_address, .done = on_done };
    struct next_free *f = user;
    struct call *c = f->c;
    struct ipam_next_free args;
    timer_stop(&f->timer);
    f->entered = true;
    if (inst == NULL || c->http == NULL || !c->api->ready) {
        unlink_ask(f);
        fleet_leave(c->api->at.fleet, f->server);
        unavailable(f, inst == NULL ? reason : "nobody waits for it any more");
        return;
    }
    record_init(&args, IPAM_T_NEXT_FREE);
    RECORD_SET(&args, IPAM_NEXT_FREE_NATIVE_SCOPE, native_scope, f->native_scope);
    RECORD_SET(&args, IPAM_NEXT_FREE_COUNT, count, (int64_t)f->most);
    RECORD_SET(&args, IPAM_NEXT_FREE_FIRST, first, f->first);
    RECORD_SET(&args, IPAM_NEXT_FREE_LAST, last, f->last);
    f->request = c->reading = request_start(inst, CALL_NEXT_FREE, &args, ASK_MS, &events, f);
}

static void give_up(struct next_free *f, const char *why)
{
    if (!fleet_withdraw(f->c->api->at.fleet, f->server, f))
        return;
    unlink_ask(f);
    unavailable(f, why);
}

static void on_late(struct loop_timer *t)
{
    give_up(container_of(t, struct next_free, timer), "others have been reading or changing it for 15 s");
}

bool next_free_place(struct call *c, const struct ipam_range *range, struct next_free *f)
{
    const struct view *v = call_view(c);
    const struct ipam_scope *scope =
        record_has(range, IPAM_RANGE_SCOPE) ? view_get(v, IPAM_T_SCOPE, range->scope) : NULL;
    if (scope == NULL || view_get(v, IPAM_T_SERVER, scope->server) == NULL ||
        !sight_sees(&c->sight, v, scope))
        return false;
    f->server = scope->server;
    f->native_scope = arena_str(&c->arena, scope->native);
    return true;
}

/* Whether the driver of the server has the operation; of one that is not loaded, its turn says more. */
static bool can_tell(const struct call *c, int64_t server)
{
    const struct ipam_server *row = view_get(call_view(c), IPAM_T_SERVER, server);
    const struct plugin *driver = row != NULL ? plugin_find(c->api->at.providers, row->driver) : NULL;
    return driver == NULL ||
           (plugin_offer(driver, IPAM_KIND_DHCP)->capabilities & IPAM_DHCP_CAP_NEXT_FREE) != 0;
}

void next_free_ask(struct call *c, struct next_free *f, void (*then)(struct call *c))
{
    struct api *a = c->api;
    if (!can_tell(c, f->server)) {
        cannot(f, c, "its driver has no such operation");
        return;
    }
    f->items = arena_alloc(&c->arena, f->most * sizeof(f->items[0]));
    if (f->items == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    f->c = c;
    f->count = 0;
    f->entered = false;
    f->request = NULL;
    f->then = then;
    f->next = a->asks;
    f->link = &a->asks;
    if (f->next != NULL)
        f->next->link = &f->next;
    a->asks = f;
    timer_start(a->at.loop, &f->timer, TURN_MS, on_late);
    fleet_enter(a->at.fleet, f->server, on_turn, f);
}

void next_free_end(struct api *a)
{
    for (struct next_free *f = a->asks, *next; f != NULL; f = next) {
        next = f->next;
        if (f->request != NULL)
            request_cancel(f->request); /* heard of later */
        else if (!f->entered)
            give_up(f, "the service is stopping");
    }
}
