/* probe.c - probe=ping,dns,dhcp: what is asked of the network before addresses are shown or handed out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is decided here and nothing kept: the gate decides with what is known, and says what it lacks. */
#include "api/probe.h"

#include <string.h>

#include "base/clock.h"

/* --- what is asked for --- */

static int add_method(struct ipam_str word, uint32_t *at)
{
    uint32_t method = str_is(word, "ping")   ? IPAM_REACH_PING
                      : str_is(word, "dns")  ? IPAM_REACH_DNS
                      : str_is(word, "dhcp") ? IPAM_REACH_DHCP
                                             : 0;
    if (method == 0 || (*at & method))
        return -1;
    *at |= method;
    return 0;
}

int probe_parse(struct ipam_str text, uint32_t *ret)
{
    uint32_t methods = 0;
    for (;;) {
        const char *comma = text.len > 0 ? memchr(text.data, ',', text.len) : NULL;
        size_t len = comma != NULL ? (size_t)(comma - text.data) : text.len;
        if (add_method((struct ipam_str){ text.data, len }, &methods) != 0)
            return -1;
        if (comma == NULL)
            break;
        text = (struct ipam_str){ comma + 1, text.len - len - 1 };
    }
    *ret = methods;
    return 0;
}

int probe_parse_json(const struct json *v, uint32_t *ret)
{
    uint32_t methods = 0;
    if (json_type(v) != JSON_ARRAY)
        return json_type(v) == JSON_STRING ? probe_parse(json_str(v), ret) : -1;
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m))
        if (json_type(m) != JSON_STRING || add_method(json_str(m), &methods) != 0)
            return -1;
    *ret = methods;
    return methods != 0 ? 0 : -1;
}

void probe_want(struct call *c, struct probing *p, const struct ipam_addr *a)
{
    if (p->items == NULL)
        p->items = arena_alloc(&c->arena, PROBER_MOST * sizeof(p->items[0]));
    for (size_t i = 0; i < p->count; i++)
        if (addr_equal(&p->items[i].address, a))
            return;
    p->full = p->full || p->items == NULL || p->count == PROBER_MOST;
    if (!p->full)
        p->items[p->count++] = (struct probed){ .address = *a };
}

/* --- asking --- */

bool probe_goes_on(struct call *c, struct probing *p)
{
    if (!c->api->ready || c->http == NULL) { /* of a client that has gone nothing is done for nobody */
        problem_set(&c->problem, PROBLEM_UNAVAILABLE,
                    c->http == NULL ? "the client has gone" : "the service is stopping");
        call_problem(c);
        return false;
    }
    if (clock_mono_ms() < p->until_ms)
        return true;
    c->problem.retry_after_s = 1;
    problem_hint(&c->problem,
                 "ask for fewer addresses, or give the provider more \"rate\" or less \"timeout\"");
    problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the probe of %zu addresses took longer than %d s",
                p->count, PROBE_MS / 1000);
    call_problem(c);
    return false;
}

static void all_known(struct call *c)
{
    struct probing *p = c->probing;
    for (; p->known < p->count; p->known++)
        p->taken += p->items[p->known].taken;
    p->then(c);
}

static void on_asked(void *user, int status, const struct problem *problem)
{
    struct call *c = user;
    c->reading = NULL;
    if (status != 0 || c->http == NULL) {
        c->problem = *problem;
        if (c->problem.type == PROBLEM_NONE)
            problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the client has gone");
        call_problem(c);
        return;
    }
    all_known(c);
}

/* The rest is asked of the provider that the configuration names. */
static void ask_provider(struct call *c)
{
    struct probing *p = c->probing;
    uint32_t methods = p->methods & ~(uint32_t)IPAM_REACH_DHCP;
    if (methods == 0) {
        all_known(c);
        return;
    }
    if (!probe_goes_on(c, p))
        return;
    c->reading = prober_ask(c->api->at.prober, p->items + p->known, p->count - p->known, methods,
                            p->until_ms - clock_mono_ms(), on_asked, c, &c->problem);
    if (c->reading == NULL)
        call_problem(c);
}

void probe_ask(struct call *c, struct probing *p, void (*then)(struct call *c))
{
    if (p->until_ms == 0)
        p->until_ms = clock_mono_ms() + PROBE_MS;
    c->probing = p;
    p->then = then;
    if (!probe_goes_on(c, p))
        return;
    if (p->methods & IPAM_REACH_DHCP)
        probe_dhcp_ask(c, p, ask_provider);
    else
        ask_provider(c);
}

void probe_write_taken(const struct probing *p, struct json_writer *w)
{
    jw_array(w);
    for (size_t i = 0; i < p->known; i++) {
        const struct probed *x = &p->items[i];
        struct ipam_address row;
        if (!x->taken)
            continue;
        record_init(&row, IPAM_T_ADDRESS);
        RECORD_SET(&row, IPAM_ADDRESS_ADDRESS, address, x->address);
        RECORD_SET(&row, IPAM_ADDRESS_PING, ping, x->ping);
        RECORD_SET(&row, IPAM_ADDRESS_DNS, dns, x->dns);
        RECORD_SET(&row, IPAM_ADDRESS_DHCP, dhcp, x->dhcp);
        record_to_json(&row, NULL, w);
    }
    jw_array_end(w);
}
