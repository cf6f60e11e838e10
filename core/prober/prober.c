/* prober.c - the reach provider of the configuration: opened, asked, and what it says judged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "prober/prober.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct prober {
    struct providers *providers;
    struct instance *inst; /* NULL: none is configured */
    uint64_t methods;      /* that it can */
    unsigned under_way;
    struct question *questions; /* these */
};

struct prober *prober_new(struct providers *providers)
{
    struct prober *p = xcalloc(1, sizeof(*p));
    p->providers = providers;
    return p;
}

void prober_free(struct prober *p)
{
    free(p);
}

void prober_use(struct prober *p, struct instance_spec *spec)
{
    struct instance *old = p->inst;
    if (spec != NULL) {
        spec->kind = IPAM_KIND_REACH;
        spec->target = "";
        if (old != NULL && instance_same(old, spec))
            return;
    }
    p->inst = spec != NULL ? instance_open(p->providers, spec, NULL, NULL) : NULL;
    p->methods = spec != NULL ? plugin_offer(spec->plugin, IPAM_KIND_REACH)->capabilities : 0;
    instance_close(old);
}

bool prober_needs(const struct prober *p, struct ipam_str secret)
{
    return p->inst != NULL && instance_uses_secret(p->inst, secret);
}

/* --- asking --- */

struct question {
    struct question *next, **link;
    struct prober *prober;
    struct request *request;
    struct probed *items;
    size_t count;
    uint32_t methods;
    uint8_t *heard;   /* of each item: methods that were told of */
    char failed[600]; /* the first that could not be asked */
    void (*asked)(void *user, int status, const struct problem *problem);
    void *user;
};

/* What was said, as far as it lets the address be judged; false: it does not. */
static bool judge(struct probed *x, const struct ipam_reached *r)
{
    bool answered = r->state == IPAM_REACHED_STATE_ANSWERED;
    if (r->state == IPAM_REACHED_STATE_FAILED ||
        (r->method == IPAM_REACH_DNS &&
         r->state == IPAM_REACHED_STATE_SILENT)) /* the resolvers are, not the address */
        return false;
    if (r->method == IPAM_REACH_DNS)
        x->dns = answered ? IPAM_ADDRESS_DNS_FOUND : IPAM_ADDRESS_DNS_NOT_FOUND;
    else
        x->ping = answered ? IPAM_ADDRESS_PING_REACHABLE : IPAM_ADDRESS_PING_UNREACHABLE;
    x->taken = x->taken || answered;
    return true;
}

static void note_failure(struct question *q, const struct ipam_reached *r)
{
    char text[ADDR_TEXT_MAX];
    if (q->failed[0] != '\0')
        return;
    addr_print(&r->address, text);
    snprintf(q->failed, sizeof(q->failed), "%s of %s: " STR_FMT, r->method == IPAM_REACH_DNS ? "dns" : "ping",
             text, STR_ARG(r->message.len > 0 ? r->message : str_from("the provider does not say why")));
}

static void on_reached(void *user, const struct ipam_record *rec)
{
    struct question *q = user;
    const struct ipam_reached *r = (const void *)rec;
    if (rec->type != IPAM_T_REACHED || (r->method != IPAM_REACH_PING && r->method != IPAM_REACH_DNS))
        return;
    for (size_t i = 0; i < q->count; i++) {
        if (!addr_equal(&q->items[i].address, &r->address))
            continue;
        q->heard[i] |= (uint8_t)r->method;
        if (!judge(&q->items[i], r))
            note_failure(q, r);
    }
}

/* How many of the addresses were not told of by each method. */
static size_t count_untold(const struct question *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->count; i++)
        n += (q->heard[i] & q->methods) != q->methods;
    return n;
}

static int unavailable(struct problem *p, const char *why)
{
    p->retry_after_s = 5;
    problem_hint(p, "mend what the detail names, or ask without probe");
    return problem_set(p, PROBLEM_UNAVAILABLE, "the addresses cannot be probed: %s", why);
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct question *q = user;
    struct problem p = { 0 };
    char why[700] = "";
    size_t untold = count_untold(q);
    if (status != 0)
        snprintf(why, sizeof(why), STR_FMT, STR_ARG(info->message));
    else if (q->failed[0] != '\0')
        snprintf(why, sizeof(why), "%s", q->failed);
    else if (untold > 0)
        snprintf(why, sizeof(why),
                 "the provider said nothing of %zu of the %zu addresses; report it to its author", untold,
                 q->count);
    if (why[0] != '\0' || status != 0) {
        status = status != 0 ? status : IPAM_E_PROVIDER;
        unavailable(&p, why);
    }
    q->prober->under_way--;
    *q->link = q->next;
    if (q->next != NULL)
        q->next->link = q->link;
    q->asked(q->user, status, &p);
    free(q->heard);
    free(q);
}

/* NULL, or why it cannot be asked. */
static const char *lack(const struct prober *p, uint32_t methods)
{
    if (p->inst == NULL)
        return "no provider is configured that asks whether addresses answer";
    if ((methods & IPAM_REACH_PING) && !(p->methods & IPAM_REACH_PING))
        return "the provider that is configured cannot ping";
    if ((methods & IPAM_REACH_DNS) && !(p->methods & IPAM_REACH_DNS))
        return "the provider that is configured cannot ask for names (dns)";
    return NULL;
}

/* The arguments are copied by the call. */
static struct request *start(struct question *q, int64_t timeout_ms)
{
    static const struct request_events events = { .record = on_reached, .done = on_done };
    struct ipam_addr *list = xcalloc(q->count, sizeof(list[0]));
    struct ipam_reach args;
    for (size_t i = 0; i < q->count; i++)
        list[i] = q->items[i].address;
    record_init(&args, IPAM_T_REACH);
    RECORD_SET(&args, IPAM_REACH_ADDRESSES, addresses, ((struct ipam_addrs){ list, q->count }));
    RECORD_SET(&args, IPAM_REACH_METHODS, methods, q->methods);
    struct request *req = request_start(q->prober->inst, CALL_REACH, &args, timeout_ms, &events, q);
    free(list);
    return req;
}

struct request *prober_ask(struct prober *p, struct probed *items, size_t count, uint32_t methods,
                           int64_t timeout_ms,
                           void (*asked)(void *user, int status, const struct problem *problem), void *user,
                           struct problem *problem)
{
    const char *why = lack(p, methods);
    if (why != NULL) {
        problem_hint(problem, "name a profile of a plugin that can as \"reach\": {\"profile\": NAME} in the "
                              "configuration (the plugin reach can), or ask without probe");
        problem_set(problem, PROBLEM_UNSUPPORTED, "%s", why);
        return NULL;
    }
    if (p->under_way >= PROBER_AT_ONCE) {
        problem->retry_after_s = 1;
        problem_hint(problem, "ask again in a moment");
        problem_set(problem, PROBLEM_UNAVAILABLE, "%d probes are under way, as many as may be",
                    PROBER_AT_ONCE);
        return NULL;
    }
    struct question *q = xcalloc(1, sizeof(*q));
    *q = (struct question){ .next = p->questions,
                            .link = &p->questions,
                            .prober = p,
                            .items = items,
                            .count = count,
                            .methods = methods,
                            .heard = xcalloc(count, 1),
                            .asked = asked,
                            .user = user };
    if (q->next != NULL)
        q->next->link = &q->next;
    p->questions = q;
    p->under_way++;
    q->request = start(q, timeout_ms);
    return q->request;
}

void prober_end(struct prober *p)
{
    for (struct question *q = p->questions; q != NULL; q = q->next)
        request_cancel(q->request); /* heard of later */
}
