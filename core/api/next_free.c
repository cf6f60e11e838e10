/* next_free.c - which addresses of a scope its DHCP server could give now: free?ask=true, probe=dhcp.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What was collected is as old as the last collection; who asks the server waits for its turn, as all do who
 * read or change it. Nothing is recorded. */
#include "api/next_free.h"

#include "provider/call.h"

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

static void on_done(void *user, int status, const char *why)
{
    struct next_free *f = user;
    if (status == 0 || status == IPAM_E_EXHAUSTED)
        f->then(f->c);
    else if (status == IPAM_E_UNSUPPORTED)
        cannot(f, f->c, why);
    else
        unavailable(f, why);
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

void next_free_ask(struct call *c, struct next_free *f, void (*then)(struct call *c))
{
    struct ipam_next_free *args = &f->args;
    if (!server_can(c, f->server, IPAM_DHCP_CAP_NEXT_FREE)) {
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
    f->then = then;
    record_init(args, IPAM_T_NEXT_FREE);
    RECORD_SET(args, IPAM_NEXT_FREE_NATIVE_SCOPE, native_scope, f->native_scope);
    RECORD_SET(args, IPAM_NEXT_FREE_COUNT, count, (int64_t)f->most);
    RECORD_SET(args, IPAM_NEXT_FREE_FIRST, first, f->first);
    RECORD_SET(args, IPAM_NEXT_FREE_LAST, last, f->last);
    f->ask = (struct server_ask){ .server = f->server,
                                  .op = CALL_NEXT_FREE,
                                  .args = args,
                                  .record = on_address,
                                  .done = on_done,
                                  .user = f };
    server_ask(c, &f->ask);
}
