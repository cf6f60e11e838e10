/* pools.c - POST /ipam/pools/{key}/allocate: addresses or subnets of the first member that can give them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/grant.h"

bool grant_is_pool(const struct call *c)
{
    return c->type->type == IPAM_T_ADDRESS_POOL;
}

int grant_read_spread(struct call *c, struct grant *g, const struct json *v)
{
    return json_bool(v, &g->pool.spread) == 0 ? 0 : grant_wrong(c, "/spread", "expected true or false");
}

/* What he does not see, or may not hand out of, is as if it were no member. */
static bool may_ask(void *user, const struct view *v, const void *row)
{
    struct sight *s = user;
    return sight_judge(s, v, s->op, row, s->now_ms) == ACCESS_ALLOWED;
}

void grant_begin_pool(struct call *c, struct grant *g, const char *operation)
{
    c->sight.making = access_operation(operation);
    g->maker = c->sight;
    g->maker.op = c->sight.making;
    g->pool.pool = c->id;
    g->pool.may = sight_all(&c->sight) ? NULL : may_ask;
    g->pool.user = &g->maker;
    g->pool.ret_tries = arena_alloc(&c->arena, POOL_MEMBERS * sizeof(g->pool.ret_tries[0]));
}

static const char *said(struct call *c, const struct pool_try *t, int64_t count, const char *what)
{
    switch (t->why) {
    case PROBLEM_MANAGED: return "is leased by its DHCP server: ask for a reservation too";
    case PROBLEM_INVALID: return "has no prefixes of that length";
    default:
        return arena_printf(&c->arena, "has %lld of the %lld %s free", (long long)t->had, (long long)count,
                            what);
    }
}

void grant_refused_pool(struct call *c, const struct grant *g, const struct view *v, const char *what,
                        struct problem *p)
{
    struct record_problems list;
    if (p->type != PROBLEM_EXHAUSTED)
        return;
    record_problems_init(&list, &c->arena);
    for (size_t i = 0; i < g->pool.ret_count; i++) {
        const struct pool_try *t = &g->pool.ret_tries[i];
        struct strbuf key;
        strbuf_init(&key, 1024);
        pool_member_print(v, &t->member, &key);
        record_problem(&list, "", STR_FMT " %s", STR_ARG(strbuf_str(&key)), said(c, t, g->count, what));
        strbuf_fini(&key);
    }
    p->errors = list.first;
}

/* What is asked for is told by prefix_length: without it addresses. */
void handle_pool_allocate(struct call *c)
{
    if (c->body.len != 0 && call_body(c) != 0)
        call_problem(c);
    else if (c->doc != NULL && json_get(json_root(c->doc), "prefix_length") != NULL)
        handle_carve(c);
    else
        handle_allocate(c);
}
