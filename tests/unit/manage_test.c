/* manage_test.c - plans carried out: sent, answered, refused, not known, read back, resumed; and who waits for them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

/* --- plans, made as the API makes them --- */

struct order {
    struct intent intent;
    struct site *s;
    uint32_t verb;
    struct ipam_reservation wanted;
    struct ipam_address address; /* of the plan, for one that adds */
    uint8_t mac[6];
    int64_t plan;
};

static int decide_order(struct intent *in, struct draft *d)
{
    struct order *o = container_of(in, struct order, intent);
    if (o->verb == IPAM_PLAN_STEP_VERB_ADD)
        draft_put(d, &o->address);
    o->plan = rule_plan_reservation(d, o->verb, &o->wanted, o->verb == IPAM_PLAN_STEP_VERB_ADD ? o->address.id : 0,
                                    IPAM_STR("token:admin"), (struct ipam_str){ NULL, 0 }, &in->problem);
    return o->plan != 0 ? 0 : IPAM_E_INVAL;
}

static void order_settled(struct intent *in, int status)
{
    (void)in;
    assert_int_equal(status, 0);
}

/* Commits a plan that adds or deletes 10.0.SUBNET.HOST on a server, and answers its id; nobody is told of it. */
static int64_t plan(struct site *s, int64_t server, uint32_t verb, unsigned subnet, unsigned host)
{
    struct order o = { .s = s, .verb = verb, .mac = { 2, 0, 0, 0, 0, (uint8_t)host } };
    char native[16];
    snprintf(native, sizeof(native), "v4/%u", subnet);
    struct ipam_addr a = { 4, { 10, 0, (uint8_t)subnet, (uint8_t)host } };
    record_init(&o.wanted, IPAM_T_RESERVATION);
    RECORD_SET(&o.wanted, IPAM_RESERVATION_SERVER, server, server);
    RECORD_SET(&o.wanted, IPAM_RESERVATION_SPACE, space, s->space);
    RECORD_SET(&o.wanted, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, str_from(native));
    RECORD_SET(&o.wanted, IPAM_RESERVATION_ADDRESS, address, a);
    RECORD_SET(&o.wanted, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type, IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(&o.wanted, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ o.mac, 6 }));
    record_init(&o.address, IPAM_T_ADDRESS);
    RECORD_SET(&o.address, IPAM_ADDRESS_SPACE, space, s->space);
    RECORD_SET(&o.address, IPAM_ADDRESS_ADDRESS, address, a);
    RECORD_SET(&o.address, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_PENDING);
    o.intent.operation = "ipam.address.allocate";
    o.intent.decide = decide_order;
    o.intent.settled = order_settled;
    gate_submit(s->gate, &o.intent);
    fake_spin(s->loop);
    return o.plan;
}

static int64_t add_plan(struct site *s, int64_t server, unsigned host)
{
    return plan(s, server, IPAM_PLAN_STEP_VERB_ADD, 1, host);
}

/* A server with two scopes, collected unless `fresh`. */
static int64_t served(struct site *s, struct fake_dhcp **ret, bool fresh)
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

static const struct ipam_plan *plan_row(const struct site *s, int64_t id)
{
    return fake_row(s->store, IPAM_T_PLAN, id);
}

static const struct ipam_plan_step *step_row(const struct site *s, int64_t plan_id)
{
    for (const struct ipam_plan_step *p = fake_next(s->store, IPAM_T_PLAN_STEP, 0); p != NULL; p = fake_next(s->store, IPAM_T_PLAN_STEP, p->id))
        if (p->plan == plan_id)
            return p;
    return NULL;
}

static uint32_t sync_of(const struct site *s, int64_t plan_id)
{
    return ((const struct ipam_address *)fake_row(s->store, IPAM_T_ADDRESS, step_row(s, plan_id)->address))->dhcp_sync;
}

/* The plan, its step and the address it serves, in one look. */
static void assert_plan(const struct site *s, int64_t id, uint32_t state, uint32_t step, uint32_t sync, const char *message)
{
    const struct ipam_plan *p = plan_row(s, id);
    assert_int_equal(p->state, state);
    assert_int_equal(step_row(s, id)->state, step);
    assert_int_equal(sync_of(s, id), sync);
    assert_int_equal(record_has(p, IPAM_PLAN_MESSAGE), message != NULL);
    if (message != NULL && !str_is(p->message, message))
        fail_msg("the plan says \"" STR_FMT "\"", STR_ARG(p->message));
    assert_int_equal(record_has(p, IPAM_PLAN_FINISHED), state != IPAM_PLAN_STATE_PLANNED && state != IPAM_PLAN_STATE_RUNNING);
}

static void assert_verified(const struct site *s, int64_t id, const char *message)
{
    assert_plan(s, id, IPAM_PLAN_STATE_VERIFIED, IPAM_PLAN_STEP_STATE_DONE, IPAM_ADDRESS_DHCP_SYNC_SYNCED, message);
}

static void assert_planned(const struct site *s, int64_t id, const char *message)
{
    assert_plan(s, id, IPAM_PLAN_STATE_PLANNED, IPAM_PLAN_STEP_STATE_PLANNED, IPAM_ADDRESS_DHCP_SYNC_PENDING, message);
}

static void assert_running(const struct site *s, int64_t id, uint32_t step, const char *message)
{
    assert_plan(s, id, IPAM_PLAN_STATE_RUNNING, step, IPAM_ADDRESS_DHCP_SYNC_PENDING, message);
}

static void kick(struct site *s, int64_t server)
{
    manage_kick(s->manage, server);
    fake_spin(s->loop);
}

#define RESUMED "finished after an interruption"
#define TROUBLE "scripted trouble"

/* --- the good course --- */

static void test_verified(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    assert_planned(s, id, NULL);
    assert_string_equal(fake_dhcp_trace(d), ""); /* committed before a byte is sent */
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C"); /* the token is known; its scope is read back */
    assert_true(fake_dhcp_has(d, "10.0.1.7"));
    assert_verified(s, id, NULL);
    assert_int_equal(plan_row(s, id)->finished, *fake_clock(s->store));
    const struct ipam_reservation *r = fake_next(s->store, IPAM_T_RESERVATION, 0);
    assert_int_equal(r->server, server);
    assert_int_equal(r->scope, site_scope(s, server, "v4/1")->id);
    assert_int_equal(d->repeated, 0);
}

static void test_reads_before_the_first_change(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, true), id = add_plan(s, server, 7);
    d->hold[DHCP_APPLY] = true;
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "ca1");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_SENT, NULL);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "C");
    assert_verified(s, id, NULL);
}

static void test_sent_is_durable_before_it_is_sent(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    fake_hold(s->store, FAKE_COMMIT, true);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "");
    fake_hold(s->store, FAKE_COMMIT, false);
    d->hold[DHCP_APPLY] = true;
    fake_go(s->store);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "a1");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_SENT, NULL);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_verified(s, id, NULL);
}

static void test_many_in_one_call(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), ids[210];
    for (unsigned i = 0; i < 5; i++)
        ids[i] = plan(s, server, IPAM_PLAN_STEP_VERB_ADD, 1 + i % 2, 10 + i);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a5c"); /* of two scopes: everything is read back */
    for (unsigned i = 0; i < 5; i++)
        assert_verified(s, ids[i], NULL);
    for (unsigned i = 0; i < 210; i++)
        ids[i] = add_plan(s, server, 20 + i);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a200Ca10C");
    for (unsigned i = 0; i < 210; i++)
        assert_verified(s, ids[i], NULL);
}

static void test_those_that_come_meanwhile_travel_next(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), ids[3];
    ids[0] = add_plan(s, server, 10);
    d->hold[DHCP_APPLY] = true;
    kick(s, server);
    ids[1] = add_plan(s, server, 11);
    kick(s, server);
    ids[2] = add_plan(s, server, 12);
    kick(s, server);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "a1Ca2C");
    for (int i = 0; i < 3; i++)
        assert_verified(s, ids[i], NULL);
}

static void test_delete(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, true);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.7", 7);
    site_collect(s, server);
    fake_dhcp_trace(d);
    int64_t id = plan(s, server, IPAM_PLAN_STEP_VERB_DELETE, 1, 7);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_false(fake_dhcp_has(d, "10.0.1.7"));
    assert_int_equal(plan_row(s, id)->state, IPAM_PLAN_STATE_VERIFIED);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 0);
}

/* --- refusals --- */

static void test_refused(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 66);
    d->refuses = 66;
    kick(s, server);
    fake_pass(s->loop, 100000);
    assert_string_equal(fake_dhcp_trace(d), "a1"); /* nothing changed: nothing to read, nothing to repeat */
    assert_plan(s, id, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED, "that address is not wanted");
    assert_true(str_is(step_row(s, id)->message, "that address is not wanted"));
}

/* A refusal without a word about the edit: the call's own words. */
static void test_refused_as_a_whole(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_UNSUPPORTED);
    kick(s, server);
    assert_plan(s, id, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED, TROUBLE);
}

/* One bad edit does not spoil the others. */
static void test_refused_in_company(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), ids[4];
    for (unsigned i = 0; i < 4; i++)
        ids[i] = add_plan(s, server, i == 1 ? 66 : 10 + i);
    d->refuses = 66;
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a4a1Ca1a1Ca1C");
    for (unsigned i = 0; i < 4; i++) {
        if (i == 1)
            assert_plan(s, ids[i], IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                        "that address is not wanted");
        else
            assert_verified(s, ids[i], NULL);
    }
    assert_int_equal(d->repeated, 0);
}

/* --- the configuration is another one --- */

static void test_changed(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    d->changes = 2;
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1ca1ca1C");
    assert_verified(s, id, NULL);
}

static void test_changed_again_and_again(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    d->changes = 4;
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1ca1ca1ca1");
    assert_planned(s, id, "the server's configuration changes again and again; nothing was changed, it will be tried later");
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "a1ca1C");
    assert_verified(s, id, NULL); /* and the complaint is gone */
}

static void test_changed_and_cannot_be_read(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    d->changes = 1;
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    kick(s, server);
    assert_planned(s, id, TROUBLE);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, NULL);
}

/* --- not known --- */

/* The answer is lost; whether the change was made or not, it is there once in the end. */
static void test_unknown(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false);
    for (int made = 0; made < 2; made++) {
        int64_t id = add_plan(s, server, 7 + (unsigned)made);
        if (made)
            d->lost_answer = IPAM_E_TIMEOUT;
        else
            fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_UNKNOWN);
        kick(s, server);
        assert_string_equal(fake_dhcp_trace(d), "a1");
        assert_running(s, id, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
        fake_pass(s->loop, 999);
        assert_string_equal(fake_dhcp_trace(d), ""); /* not at once */
        fake_pass(s->loop, 1);
        assert_string_equal(fake_dhcp_trace(d), "r1C");
        assert_verified(s, id, RESUMED);
        assert_int_equal(d->repeated, 0);
    }
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 2);
}

static void test_backoff(void **state)
{
    static const int64_t pauses[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    for (unsigned i = 0; i <= 8; i++)
        fake_dhcp_fail(d, DHCP_APPLY, i, IPAM_E_CONN);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1");
    for (unsigned i = 0; i < 8; i++) {
        fake_pass(s->loop, pauses[i] - 1);
        assert_string_equal(fake_dhcp_trace(d), "");
        fake_pass(s->loop, 1);
        assert_string_equal(fake_dhcp_trace(d), "r1");
        assert_running(s, id, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
    }
    d->hold[DHCP_APPLY] = true;
    kick(s, server); /* somebody says: now */
    assert_string_equal(fake_dhcp_trace(d), "r1");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_SENT, TROUBLE); /* what was wrong is told until it is over */
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_verified(s, id, RESUMED);
    int64_t next = add_plan(s, server, 8);
    fake_dhcp_fail(d, DHCP_APPLY, 0, IPAM_E_CONN);
    kick(s, server);
    fake_pass(s->loop, 1000); /* the pauses begin anew */
    assert_verified(s, next, RESUMED);
}

static void test_read_back_fails(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_running(s, id, IPAM_PLAN_STEP_STATE_UNKNOWN, TROUBLE);
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "r1C");
    assert_verified(s, id, RESUMED);
}

static void test_drifted(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    d->hold[DHCP_CONFIG] = true;
    kick(s, server);
    fake_dhcp_clear(d); /* somebody else, before it is read back */
    fake_dhcp_scope(d, "v4/1", "10.0.1.0/24");
    d->hold[DHCP_CONFIG] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_plan(s, id, IPAM_PLAN_STATE_DRIFTED, IPAM_PLAN_STEP_STATE_DONE, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                "the server accepted it, but reading back shows otherwise; somebody else may have changed it");
}

static void test_cannot_be_read_at_first(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, true), id = add_plan(s, server, 7);
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "c");
    assert_planned(s, id, TROUBLE); /* nothing was sent, and it says so */
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "ca1C");
    assert_verified(s, id, NULL);
}

static void test_our_storage_is_full(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    fake_fail(s->store, FAKE_COMMIT, 0, IPAM_E_NOSPC);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), ""); /* what cannot be noted is not sent */
    assert_planned(s, id, NULL);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, NULL);
    /* The end cannot be noted: asked again, done once. */
    id = add_plan(s, server, 8);
    fake_fail(s->store, FAKE_COMMIT, 2, IPAM_E_NOSPC); /* after sent and the reservation that was read back */
    kick(s, server);
    assert_true(fake_dhcp_has(d, "10.0.1.8"));
    assert_int_equal(plan_row(s, id)->state, IPAM_PLAN_STATE_RUNNING);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, RESUMED);
    assert_int_equal(d->repeated, 0);
}

/* --- after a crash: storage says what was under way --- */

static void crashed(struct site *s, int64_t id, uint32_t step_state)
{
    struct ipam_plan p = *plan_row(s, id);
    struct ipam_plan_step step = *step_row(s, id);
    RECORD_SET(&p, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_RUNNING);
    RECORD_SET(&step, IPAM_PLAN_STEP_STATE, state, step_state);
    fake_keep(s->store, &p);
    fake_keep(s->store, &step);
}

static void test_recover(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d, *quiet = fake_dhcp("dhcp2"), *other = fake_dhcp("dhcp3");
    int64_t server = served(s, &d, true), ids[5];
    site_server(s, "dhcp2", true);
    int64_t third = site_server(s, "dhcp3", true);
    fake_dhcp_scope(other, "v4/2", "10.0.2.0/24");
    int64_t alone = plan(s, third, IPAM_PLAN_STEP_VERB_ADD, 2, 9);
    for (unsigned i = 0; i < 5; i++)
        ids[i] = add_plan(s, server, 10 + i);
    crashed(s, ids[1], IPAM_PLAN_STEP_STATE_SENT);
    crashed(s, ids[3], IPAM_PLAN_STEP_STATE_UNKNOWN);
    fake_dhcp_reservation(d, "v4/1", "10.0.1.11", 11); /* this one had got through */
    manage_recover(s->manage);
    fake_spin(s->loop);
    /* What may have been sent goes first, by itself; then the rest, as if nothing had been. */
    assert_string_equal(fake_dhcp_trace(d), "r2Ca3C");
    assert_string_equal(fake_dhcp_trace(quiet), "");
    assert_string_equal(fake_dhcp_trace(other), "ca1C");
    assert_verified(s, alone, NULL);
    for (unsigned i = 0; i < 5; i++)
        assert_verified(s, ids[i], i == 1 || i == 3 ? RESUMED : NULL);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 6);
    assert_int_equal(d->repeated, 0);
    manage_recover(s->manage); /* nothing is left */
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "");
}

/* What was sent and is refused now was not made: it failed. */
static void test_resumed_and_refused(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, true), good = add_plan(s, server, 10), bad = add_plan(s, server, 66);
    crashed(s, good, IPAM_PLAN_STEP_STATE_SENT);
    crashed(s, bad, IPAM_PLAN_STEP_STATE_SENT);
    d->refuses = 66;
    manage_recover(s->manage);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "r2r1Cr1");
    assert_verified(s, good, RESUMED);
    assert_plan(s, bad, IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED, "that address is not wanted");
}

static void test_server_gone(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, true), ids[2] = { add_plan(s, server, 7), add_plan(s, server, 8) };
    crashed(s, ids[1], IPAM_PLAN_STEP_STATE_SENT);
    assert_int_equal(site_job(s, COLLECT_FORGET, server)->state, IPAM_JOB_STATE_DONE);
    fake_dhcp_trace(d);
    manage_recover(s->manage); /* it finds the plans though the server is no more */
    fake_spin(s->loop);
    for (int i = 0; i < 2; i++)
        assert_plan(s, ids[i], IPAM_PLAN_STATE_FAILED, IPAM_PLAN_STEP_STATE_FAILED, IPAM_ADDRESS_DHCP_SYNC_FAILED,
                    "the server was removed from the inventory");
    assert_string_equal(fake_dhcp_trace(d), "");
}

static void test_server_that_cannot_be_opened(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, true), id = add_plan(s, server, 7);
    struct ipam_server v = *site_server_row(s, server);
    RECORD_SET(&v, IPAM_SERVER_PROFILE, profile, IPAM_STR("home"));
    state_put(s->state, NULL, &v);
    kick(s, server);
    assert_planned(s, id, "there is no profile \"home\"");
    RECORD_SET(&v, IPAM_SERVER_PROFILE, profile, IPAM_STR("lab"));
    state_put(s->state, NULL, &v);
    fake_pass(s->loop, 1000);
    assert_verified(s, id, NULL);
}

/* A plan that cannot be read is left alone, and does not stop the others. */
static void test_damaged_plan(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), bad = add_plan(s, server, 7), good = add_plan(s, server, 8);
    struct ipam_plan_step step = *step_row(s, bad);
    RECORD_SET(&step, IPAM_PLAN_STEP_AFTER, after, ((struct ipam_bytes){ (const uint8_t *)"\xff\xff\xff", 3 }));
    fake_keep(s->store, &step);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_verified(s, good, NULL);
    assert_planned(s, bad, NULL);
}

static void test_plans_cannot_be_read(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    for (unsigned i = 0; i < 3; i++) { /* either look for plans, or the one for the step */
        fake_fail(s->store, FAKE_QUERY, i, IPAM_E_IO);
        kick(s, server);
        assert_string_equal(fake_dhcp_trace(d), "");
        assert_planned(s, id, NULL);
    }
    fake_pass(s->loop, 4000);
    assert_verified(s, id, NULL);
}

static void on_done(void *user)
{
    ++*(unsigned *)user;
}

/* --- released meanwhile --- */

struct release {
    struct intent intent;
    int64_t plan, address;
    int status;
};

static void needs_release(struct intent *in, const struct view *v, struct needs *n)
{
    struct release *r = container_of(in, struct release, intent);
    (void)v;
    needs_row(n, IPAM_T_PLAN, r->plan);
    needs_row(n, IPAM_T_ADDRESS, r->address);
}

static int decide_release(struct intent *in, struct draft *d)
{
    struct release *r = container_of(in, struct release, intent);
    return rule_delete(d, view_get(draft_view(d), IPAM_T_ADDRESS, r->address), &in->problem);
}

static void release_settled(struct intent *in, int status)
{
    container_of(in, struct release, intent)->status = status;
}

static void release(struct site *s, struct release *r, int64_t plan_id)
{
    struct ipam_address a = *(const struct ipam_address *)fake_row(s->store, IPAM_T_ADDRESS, step_row(s, plan_id)->address);
    RECORD_SET(&a, IPAM_ADDRESS_PLAN, plan, plan_id);
    fake_keep(s->store, &a);
    *r = (struct release){ .plan = plan_id, .address = a.id, .status = 1 };
    r->intent.operation = "ipam.address.delete";
    r->intent.needs = needs_release;
    r->intent.decide = decide_release;
    r->intent.settled = release_settled;
    gate_submit(s->gate, &r->intent);
}

/* Its plan was loaded, but nothing was sent yet: it is undone, and the others go. */
static void test_released_before_it_is_sent(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct release r[2];
    unsigned done = 0;
    int64_t server = served(s, &d, true), out = add_plan(s, server, 7), stays = add_plan(s, server, 8);
    manage_wait(s->manage, out, 60000, on_done, &done);
    d->hold[DHCP_CONFIG] = true;
    kick(s, server); /* it reads the server first */
    release(s, &r[0], out);
    fake_spin(s->loop);
    assert_int_equal(r[0].status, 0);
    d->hold[DHCP_CONFIG] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_string_equal(fake_dhcp_trace(d), "ca1C");
    assert_verified(s, stays, NULL);
    fake_pass(s->loop, 0);
    assert_int_equal(done, 1);
    assert_int_equal(plan_row(s, out)->state, IPAM_PLAN_STATE_UNDONE);
    assert_false(fake_dhcp_has(d, "10.0.1.7"));
    /* The same when it was the only one, or the server cannot be read. */
    for (int i = 0; i < 2; i++) {
        int64_t next = add_plan(s, server, 9);
        fleet_set_token(s->fleet, server, (struct ipam_str){ "", 0 });
        fake_dhcp_fail(d, DHCP_CONFIG, 0, i == 0 ? 0 : IPAM_E_CONN);
        d->hold[DHCP_CONFIG] = true;
        kick(s, server);
        release(s, &r[1], next);
        fake_spin(s->loop);
        d->hold[DHCP_CONFIG] = false;
        fake_dhcp_go(d);
        fake_pass(s->loop, 5000);
        assert_string_equal(fake_dhcp_trace(d), "c");
        assert_int_equal(plan_row(s, next)->state, IPAM_PLAN_STATE_UNDONE);
    }
}

static void test_release_while_it_is_sent(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct release r;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    d->hold[DHCP_APPLY] = true;
    kick(s, server);
    release(s, &r, id);
    fake_spin(s->loop);
    assert_int_not_equal(r.status, 0);
    assert_int_equal(r.intent.problem.type, PROBLEM_IN_USE);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_verified(s, id, NULL);
    release(s, &r, id);
    fake_spin(s->loop);
    assert_int_equal(r.status, 0);
}

/* --- waiting --- */

static void test_waiting(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned done = 0, other = 0, never = 0, late = 0;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7);
    d->hold[DHCP_APPLY] = true;
    kick(s, server);
    manage_wait(s->manage, id, 5000, on_done, &done);
    manage_wait(s->manage, id, 5000, on_done, &done);
    manage_wait(s->manage, id, 1000, on_done, &late);
    manage_wait(s->manage, id + 1000, 9000, on_done, &other);
    struct plan_wait *w = manage_wait(s->manage, id, 5000, on_done, &never);
    manage_wait_cancel(w);
    fake_pass(s->loop, 999);
    assert_int_equal(done + other + never + late, 0);
    fake_pass(s->loop, 1);
    assert_int_equal(late, 1); /* it has waited long enough */
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_pass(s->loop, 0);
    assert_int_equal(done, 2);
    assert_verified(s, id, NULL); /* who wakes sees the end */
    fake_pass(s->loop, 4000);
    assert_int_equal(done + late, 3);
    assert_int_equal(other, 0);
    fake_pass(s->loop, 4000);
    assert_int_equal(other, 1);
    assert_int_equal(never, 0);
}

static void test_refusal_wakes_too(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned done = 0;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 66);
    d->refuses = 66;
    manage_wait(s->manage, id, 60000, on_done, &done);
    kick(s, server);
    fake_pass(s->loop, 0);
    assert_int_equal(done, 1);
}

/* What is under way is finished; nothing new begins; nobody is left waiting. */
static void test_close(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned done = 0, closed = 0;
    int64_t server = served(s, &d, false), id = add_plan(s, server, 7), next;
    d->hold[DHCP_APPLY] = true;
    kick(s, server);
    next = add_plan(s, server, 8);
    kick(s, server);
    manage_wait(s->manage, next, 60000, on_done, &done);
    manage_close(s->manage, on_done, &closed);
    assert_int_equal(done, 0);
    fake_pass(s->loop, 0);
    assert_int_equal(done, 1);
    assert_int_equal(closed, 0);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_int_equal(closed, 1);
    assert_verified(s, id, NULL);
    assert_planned(s, next, NULL);
    kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_verified),
        SITE(test_reads_before_the_first_change),
        SITE(test_sent_is_durable_before_it_is_sent),
        SITE(test_many_in_one_call),
        SITE(test_those_that_come_meanwhile_travel_next),
        SITE(test_delete),
        SITE(test_refused),
        SITE(test_refused_as_a_whole),
        SITE(test_refused_in_company),
        SITE(test_changed),
        SITE(test_changed_again_and_again),
        SITE(test_changed_and_cannot_be_read),
        SITE(test_unknown),
        SITE(test_backoff),
        SITE(test_read_back_fails),
        SITE(test_drifted),
        SITE(test_cannot_be_read_at_first),
        SITE(test_our_storage_is_full),
        SITE(test_recover),
        SITE(test_resumed_and_refused),
        SITE(test_server_gone),
        SITE(test_server_that_cannot_be_opened),
        SITE(test_damaged_plan),
        SITE(test_plans_cannot_be_read),
        SITE(test_released_before_it_is_sent),
        SITE(test_release_while_it_is_sent),
        SITE(test_waiting),
        SITE(test_refusal_wakes_too),
        SITE(test_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
