/* manage_bench.c - plans committed as the API commits them, and looked at from all sides.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <stdio.h>

struct order {
    struct intent intent;
    const struct server_change *change;
    struct ipam_address *address; /* of the plan, which it serves; NULL: none */
    int64_t plan;
};

static int decide_order(struct intent *in, struct draft *d)
{
    struct order *o = container_of(in, struct order, intent);
    struct server_change change = *o->change;
    if (o->address != NULL) {
        draft_put(d, o->address);
        change.address = o->address->id;
    }
    o->plan = rule_plan(d, &change, &in->problem);
    return o->plan != 0 ? 0 : IPAM_E_INVAL;
}

static void order_settled(struct intent *in, int status)
{
    (void)in;
    assert_int_equal(status, 0);
}

int64_t bench_commit(struct site *s, const struct server_change *change, struct ipam_address *address)
{
    struct order o = { .change = change, .address = address };
    o.intent.operation = "ipam.address.allocate";
    o.intent.decide = decide_order;
    o.intent.settled = order_settled;
    gate_submit(s->gate, &o.intent);
    fake_spin(s->loop);
    return o.plan;
}

void bench_address(struct site *s, const struct ipam_addr *a, struct ipam_address *ret)
{
    record_init(ret, IPAM_T_ADDRESS);
    RECORD_SET(ret, IPAM_ADDRESS_SPACE, space, s->space);
    RECORD_SET(ret, IPAM_ADDRESS_ADDRESS, address, *a);
}

/* Commits a plan for 10.0.SUBNET.HOST on a server, and answers its id; nobody is told of it. */
static int64_t commit_order(struct site *s, int64_t server, uint32_t verb, bool serves, unsigned subnet,
                            unsigned host)
{
    uint8_t mac[6] = { 2, 0, 0, 0, 0, (uint8_t)host }, former_mac[6] = { 2, 0, 0, 0, 0, BENCH_FORMER };
    struct ipam_reservation wanted, former;
    struct ipam_address address;
    char native[16];
    snprintf(native, sizeof(native), "v4/%u", subnet);
    struct ipam_addr a = { 4, { 10, 0, (uint8_t)subnet, (uint8_t)host } };
    record_init(&wanted, IPAM_T_RESERVATION);
    RECORD_SET(&wanted, IPAM_RESERVATION_SERVER, server, server);
    RECORD_SET(&wanted, IPAM_RESERVATION_SPACE, space, s->space);
    RECORD_SET(&wanted, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, str_from(native));
    RECORD_SET(&wanted, IPAM_RESERVATION_ADDRESS, address, a);
    RECORD_SET(&wanted, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
               IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(&wanted, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ mac, 6 }));
    former = wanted;
    former.identifier.data = former_mac;
    bool goes = verb == IPAM_PLAN_STEP_VERB_DELETE;
    bench_address(s, &a, &address);
    RECORD_SET(&address, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync,
               goes ? IPAM_ADDRESS_DHCP_SYNC_REMOVING : IPAM_ADDRESS_DHCP_SYNC_PENDING);
    const struct server_change change = { .before = goes                              ? &wanted
                                                    : verb == IPAM_PLAN_STEP_VERB_SET ? &former
                                                                                      : NULL,
                                          .after = goes ? NULL : &wanted,
                                          .actor = IPAM_STR("token:admin") };
    return bench_commit(s, &change, serves ? &address : NULL);
}

int64_t bench_plan(struct site *s, int64_t server, uint32_t verb, unsigned subnet, unsigned host)
{
    return commit_order(s, server, verb, verb != IPAM_PLAN_STEP_VERB_DELETE, subnet, host);
}

int64_t bench_leave(struct site *s, int64_t server, unsigned host)
{
    return commit_order(s, server, IPAM_PLAN_STEP_VERB_DELETE, true, 1, host);
}

int64_t bench_add(struct site *s, int64_t server, unsigned host)
{
    return bench_plan(s, server, IPAM_PLAN_STEP_VERB_ADD, 1, host);
}

/* A server with two scopes, collected unless `fresh`. */
int64_t bench_server(struct site *s, struct fake_dhcp **ret, bool fresh)
{
    *ret = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    fake_dhcp_scope(*ret, "v4/1", "10.0.1.0/24");
    fake_dhcp_scope(*ret, "v4/2", "10.0.2.0/24");
    if (!fresh)
        site_collect(s, server);
    fake_dhcp_trace(*ret);
    return server;
}

const struct ipam_plan *bench_row(const struct site *s, int64_t id)
{
    return fake_row(s->store, IPAM_T_PLAN, id);
}

const struct ipam_plan_step *bench_step(const struct site *s, int64_t plan_id)
{
    for (const struct ipam_plan_step *p = fake_next(s->store, IPAM_T_PLAN_STEP, 0); p != NULL;
         p = fake_next(s->store, IPAM_T_PLAN_STEP, p->id))
        if (p->plan == plan_id)
            return p;
    return NULL;
}

/* The plan and its step, in one look. */
void assert_ended(const struct site *s, int64_t id, uint32_t state, uint32_t step, const char *message)
{
    const struct ipam_plan *p = bench_row(s, id);
    assert_int_equal(p->state, state);
    assert_int_equal(bench_step(s, id)->state, step);
    assert_int_equal(record_has(p, IPAM_PLAN_MESSAGE), message != NULL);
    if (message != NULL && !str_is(p->message, message))
        fail_msg("the plan says \"" STR_FMT "\"", STR_ARG(p->message));
    assert_int_equal(record_has(p, IPAM_PLAN_FINISHED),
                     state != IPAM_PLAN_STATE_PLANNED && state != IPAM_PLAN_STATE_RUNNING);
}

uint32_t bench_sync(const struct site *s, int64_t plan_id, enum served_kind kind)
{
    return rule_sync(fake_row(s->store, IPAM_T_ADDRESS, bench_step(s, plan_id)->address), kind);
}

/* And the address it serves. */
void assert_plan(const struct site *s, int64_t id, uint32_t state, uint32_t step, uint32_t sync,
                 const char *message)
{
    assert_ended(s, id, state, step, message);
    assert_int_equal(bench_sync(s, id, SERVED_RESERVATION), sync);
}

void assert_verified(const struct site *s, int64_t id, const char *message)
{
    assert_plan(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, IPAM_ADDRESS_DHCP_SYNC_SYNCED,
                message);
}

void assert_planned(const struct site *s, int64_t id, const char *message)
{
    assert_plan(s, id, IPAM_PLAN_STATE_PLANNED, IPAM_PLAN_STEP_STATE_PLANNED, IPAM_ADDRESS_DHCP_SYNC_PENDING,
                message);
}

void assert_running(const struct site *s, int64_t id, uint32_t step, const char *message)
{
    assert_plan(s, id, IPAM_PLAN_STATE_RUNNING, step, IPAM_ADDRESS_DHCP_SYNC_PENDING, message);
}

void bench_kick(struct site *s, int64_t server)
{
    manage_kick(s->manage, server);
    fake_spin(s->loop);
}
