/* carve.c - POST .../allocate of blocks and pools: free prefixes become subnets, once per claim.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/create.h"
#include "api/grant.h"

struct carve {
    struct grant grant;
    struct carving c;
    struct ipam_subnet fields;
};

static struct carve *of(struct grant *g)
{
    return container_of(g, struct carve, grant);
}

static int read_length(struct call *c, struct grant *g, const struct json *v)
{
    if (json_int(v, &of(g)->c.length) != 0 || of(g)->c.length < 1 || of(g)->c.length > 128)
        return grant_wrong(c, "/prefix_length", "expected a whole number from 1 to 128");
    return 0;
}

static int read_strategy(struct call *c, struct grant *g, const struct json *v)
{
    static const char *const known[] = { "first", "random", "sparse", NULL };
    return grant_read_strategy(c, g, v, known);
}

static int read_name(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_SUBNET_NAME, &of(g)->fields);
}

static int read_description(struct call *c, struct grant *g, const struct json *v)
{
    return grant_read_text(c, v, IPAM_SUBNET_DESCRIPTION, &of(g)->fields);
}

static const struct grant_member members[] = {
    { "spread", grant_read_spread }, /* of pools alone */
    { "prefix_length", read_length },
    { "count", grant_read_count },
    { "strategy", read_strategy },
    { "claim", grant_read_claim },
    { "name", read_name },
    { "description", read_description },
    { NULL, NULL },
};

static int make_subnet(void *user, struct draft *d, struct ipam_subnet *s, struct problem *p)
{
    return create_row(user, d, s, p);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct carve *w = c->work;
    w->c.ret_replayed = false;
    w->c.ret_count = 0;
    int rc = grant_is_pool(c) ? rule_pool_carve(d, &w->grant.pool, &w->c, &in->problem)
                              : rule_carve(d, &w->c, &in->problem);
    if (rc != 0) {
        grant_refused_pool(c, &w->grant, draft_view(d), "prefixes", &in->problem);
        return rc;
    }
    w->grant.got = w->c.ret_count;
    w->grant.replayed = w->c.ret_replayed;
    grant_decided(c, &w->grant, d);
    return 0;
}

static void accepted(struct call *c)
{
    struct carve *w = c->work;
    if (w->c.ret_replayed)
        grant_answer_anew(c);
    else
        call_reply(c);
}

static void found(struct call *c)
{
    struct carve *w = c->work;
    grant_begin(c, &w->grant);
    if (grant_is_pool(c))
        grant_begin_pool(c, &w->grant, "ipam.subnet.create");
    else
        w->c.block = c->id;
    w->c.count = w->grant.count;
    w->c.strategy = w->grant.strategy;
    w->c.claim = w->grant.like.claim;
    w->c.actor = c->actor.name;
    w->c.digest = (struct ipam_bytes){ w->grant.digest, sizeof(w->grant.digest) };
    w->c.fields = &w->fields;
    w->c.make = make_subnet;
    w->c.user = grant_is_pool(c) ? &w->grant.maker : &c->sight;
    w->c.ret_ids = w->grant.ids;
    call_submit(c, grant_needs, decide, accepted);
}

static int read_request(struct call *c, struct carve *w)
{
    return grant_read(c, &w->grant, grant_is_pool(c) ? members : members + 1, "allocate");
}

void handle_carve(struct call *c)
{
    static const char *const none[] = { NULL };
    struct carve *w = arena_alloc(&c->arena, sizeof(*w));
    c->csv = false;
    c->work = w;
    grant_init(&w->grant, IPAM_T_SUBNET);
    record_init(&w->fields, IPAM_T_SUBNET);
    if (!call_params_known(c, none) || read_request(c, w) != 0)
        call_problem(c);
    else if (w->c.length == 0) {
        grant_wrong(c, "/prefix_length", "is required: how long the prefixes are to be");
        call_problem(c);
    } else
        call_find(c, found);
}
