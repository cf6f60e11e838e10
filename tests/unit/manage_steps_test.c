/* manage_steps_test.c - plans of several steps: counted, a part of one over servers, after a partner's, at their time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

#include <string.h>

#include "base/clock.h"

/* Plans as they are committed together; each has its reservations 10.0.1.FIRST and on. */
struct wish {
    struct plan_head head;
    unsigned first;
    int after, parent; /* another of them, from 1; 0: none */
    int64_t id;
};

struct commit {
    struct intent intent;
    struct site *site;
    struct wish *wishes;
    size_t count;
};

static void put_reservation(struct site *s, struct draft *d, const struct wish *w, unsigned host, int64_t seq)
{
    uint8_t mac[6] = { 2, 0, 0, 0, (uint8_t)(host >> 8), (uint8_t)host };
    struct ipam_reservation r;
    record_init(&r, IPAM_T_RESERVATION);
    RECORD_SET(&r, IPAM_RESERVATION_SERVER, server, w->head.server);
    RECORD_SET(&r, IPAM_RESERVATION_SPACE, space, s->space);
    RECORD_SET(&r, IPAM_RESERVATION_SCOPE, scope, site_scope(s, w->head.server, "v4/1")->id);
    RECORD_SET(&r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, IPAM_STR("v4/1"));
    RECORD_SET(&r, IPAM_RESERVATION_ADDRESS, address,
               ((struct ipam_addr){ 4, { 10, 0, (uint8_t)(1 + (host >> 8)), (uint8_t)host } }));
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
               IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ mac, 6 }));
    const struct server_change change = { .after = &r };
    rule_plan_step(d, w->id, seq, &change);
}

static int decide(struct intent *in, struct draft *d)
{
    struct commit *c = container_of(in, struct commit, intent);
    for (size_t i = 0; i < c->count; i++) {
        struct wish *w = &c->wishes[i];
        w->head.summary = IPAM_STR("several");
        if (w->head.state == 0)
            w->head.state = IPAM_PLAN_STATE_PLANNED;
        w->head.after = w->after != 0 ? c->wishes[w->after - 1].id : 0;
        w->head.parent = w->parent != 0 ? c->wishes[w->parent - 1].id : 0;
        w->id = rule_plan_open(d, &w->head);
        for (int64_t k = 0; w->head.server != 0 && k < w->head.steps; k++)
            put_reservation(c->site, d, w, w->first + (unsigned)k, k + 1);
    }
    return 0;
}

static void settled(struct intent *in, int status)
{
    (void)in;
    assert_int_equal(status, 0);
}

static void commit(struct site *s, struct wish *wishes, size_t count)
{
    struct commit c = { .site = s, .wishes = wishes, .count = count };
    c.intent.operation = "dhcp.reservation.create";
    c.intent.decide = decide;
    c.intent.settled = settled;
    gate_submit(s->gate, &c.intent);
    fake_spin(s->loop);
}

static const struct ipam_plan_step *step_of(const struct site *s, int64_t plan, int64_t seq)
{
    for (const struct ipam_plan_step *p = fake_next(s->store, IPAM_T_PLAN_STEP, 0); p != NULL;
         p = fake_next(s->store, IPAM_T_PLAN_STEP, p->id))
        if (p->plan == plan && p->seq == seq)
            return p;
    return NULL;
}

static void assert_counts(const struct site *s, int64_t id, uint32_t state, int64_t ended, int64_t failed,
                          int64_t drifted)
{
    const struct ipam_plan *p = bench_row(s, id);
    assert_int_equal(p->state, state);
    assert_int_equal(p->ended, ended);
    assert_int_equal(p->failed, failed);
    assert_int_equal(p->drifted, drifted);
    bool over = state != IPAM_PLAN_STATE_PLANNED && state != IPAM_PLAN_STATE_RUNNING;
    assert_int_equal(record_has(p, IPAM_PLAN_FINISHED), over);
}

static void assert_says(const struct site *s, int64_t id, const char *message)
{
    const struct ipam_plan *p = bench_row(s, id);
    if (!str_is(p->message, message))
        fail_msg("the plan says \"" STR_FMT "\"", STR_ARG(p->message));
}

static int64_t second_server(struct site *s, struct fake_dhcp **ret)
{
    *ret = fake_dhcp("dhcp2");
    int64_t server = site_server(s, "dhcp2", true);
    fake_dhcp_scope(*ret, "v4/1", "10.0.1.0/24");
    site_collect(s, server);
    fake_dhcp_trace(*ret);
    return server;
}

/* --- several steps --- */

static void test_steps_travel_in_one_call(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = { .head = { .server = bench_server(s, &d, false), .steps = 5 }, .first = 10 };
    commit(s, &w, 1);
    bench_kick(s, w.head.server);
    assert_string_equal(fake_dhcp_trace(d), "a5C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_VERIFIED, 5, 0, 0);
    assert_false(record_has(bench_row(s, w.id), IPAM_PLAN_MESSAGE));
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 5);
}

static void test_more_than_travel_at_once(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = { .head = { .server = bench_server(s, &d, false), .steps = 210 } };
    commit(s, &w, 1);
    bench_kick(s, w.head.server);
    assert_string_equal(fake_dhcp_trace(d), "a200Ca10C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_VERIFIED, 210, 0, 0);
}

/* What the server refuses costs no more calls than it names. */
static void test_some_are_refused(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = { .head = { .server = bench_server(s, &d, false), .steps = 4 }, .first = 64 };
    commit(s, &w, 1);
    d->refuses = 66;
    bench_kick(s, w.head.server);
    assert_string_equal(fake_dhcp_trace(d), "a4a3C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_PARTLY, 4, 1, 0);
    assert_says(s, w.id, "1 of 4 steps failed; each step says why");
    assert_int_equal(step_of(s, w.id, 3)->state, IPAM_PLAN_STEP_STATE_FAILED);
    assert_true(str_is(step_of(s, w.id, 3)->message, "that address is not wanted"));
    assert_int_equal(step_of(s, w.id, 4)->state, IPAM_PLAN_STEP_STATE_DONE);
}

/* A server that does not say which it refuses is asked by halves. */
static void test_halves(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = { .head = { .server = bench_server(s, &d, false), .steps = 8 }, .first = 64 };
    commit(s, &w, 1);
    d->refuses = 66;
    d->mute = true;
    bench_kick(s, w.head.server);
    assert_string_equal(fake_dhcp_trace(d), "a8a4a2Ca6a3a1a5C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_PARTLY, 8, 1, 0);
    assert_int_equal(step_of(s, w.id, 3)->state, IPAM_PLAN_STEP_STATE_FAILED);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 7);
}

static void test_all_drift(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = { .head = { .server = bench_server(s, &d, false), .steps = 3 }, .first = 10 };
    commit(s, &w, 1);
    d->deaf = true;
    bench_kick(s, w.head.server);
    assert_counts(s, w.id, IPAM_PLAN_STATE_DRIFTED, 3, 0, 3);
    assert_says(s, w.id, "3 of 3 steps were read back as something else; each step says why");
}

/* Nothing is sent of what is still being noted, or was when the service stopped. */
static void test_one_that_was_never_noted_whole(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = {
        .head = { .server = bench_server(s, &d, false), .steps = 2, .state = IPAM_PLAN_STATE_PLANNING },
        .first = 10
    };
    commit(s, &w, 1);
    bench_kick(s, w.head.server);
    assert_string_equal(fake_dhcp_trace(d), "");
    manage_abandon(s->manage);
    fake_spin(s->loop);
    assert_counts(s, w.id, IPAM_PLAN_STATE_UNDONE, 0, 0, 0);
    assert_says(s, w.id, "the service stopped before all of it was noted; nothing was sent");
    bench_kick(s, w.head.server);
    assert_string_equal(fake_dhcp_trace(d), "");
}

/* --- parts --- */

static void test_parts_are_counted_on_the_whole(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d[2];
    int64_t server = bench_server(s, &d[0], false), other = second_server(s, &d[1]);
    struct wish w[] = { { .head = { .steps = 5 } },
                        { .head = { .server = server, .steps = 3 }, .first = 10, .parent = 1 },
                        { .head = { .server = other, .steps = 2 }, .first = 66, .parent = 1 } };
    commit(s, w, 3);
    d[1]->refuses = 66;
    bench_kick(s, server);
    assert_counts(s, w[0].id, IPAM_PLAN_STATE_RUNNING, 3, 0, 0);
    bench_kick(s, other);
    assert_counts(s, w[1].id, IPAM_PLAN_STATE_VERIFIED, 3, 0, 0);
    assert_counts(s, w[2].id, IPAM_PLAN_STATE_PARTLY, 2, 1, 0);
    assert_counts(s, w[0].id, IPAM_PLAN_STATE_PARTLY, 5, 1, 0);
    assert_says(s, w[0].id, "1 of 5 steps failed; each step says why");
}

/* --- pairs --- */

static void test_the_partner_comes_second(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d[2];
    int64_t server = bench_server(s, &d[0], false), other = second_server(s, &d[1]);
    struct wish w[] = { { .head = { .server = server, .steps = 2 }, .first = 10 },
                        { .head = { .server = other, .steps = 2 }, .first = 10, .after = 1 } };
    commit(s, w, 2);
    bench_kick(s, other);
    assert_string_equal(fake_dhcp_trace(d[1]), "");
    assert_counts(s, w[1].id, IPAM_PLAN_STATE_PLANNED, 0, 0, 0);
    bench_kick(s, server); /* and nobody tells of the other again */
    assert_counts(s, w[0].id, IPAM_PLAN_STATE_VERIFIED, 2, 0, 0);
    assert_string_equal(fake_dhcp_trace(d[1]), "a2C");
    assert_counts(s, w[1].id, IPAM_PLAN_STATE_VERIFIED, 2, 0, 0);
}

static void test_the_partner_is_left_alone_when_the_first_fails(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d[2];
    int64_t server = bench_server(s, &d[0], false), other = second_server(s, &d[1]);
    struct wish w[] = { { .head = { .server = server, .steps = 2 }, .first = 66 },
                        { .head = { .server = other, .steps = 2 }, .first = 66, .after = 1 } };
    commit(s, w, 2);
    d[0]->refuses = 66;
    bench_kick(s, other);
    bench_kick(s, server);
    assert_counts(s, w[0].id, IPAM_PLAN_STATE_PARTLY, 2, 1, 0);
    assert_string_equal(fake_dhcp_trace(d[1]), "");
    assert_counts(s, w[1].id, IPAM_PLAN_STATE_FAILED, 2, 2, 0);
    assert_non_null(strstr(step_of(s, w[1].id, 1)->message.data, "not sent: plan "));
    assert_int_equal(site_scope(s, other, "v4/1")->failover_sync, IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC);
}

/* Both have the relation, so both scopes are out of sync until the second follows. */
static void test_a_pair_is_out_of_sync_until_the_second_follows(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d[2];
    int64_t server = bench_server(s, &d[0], false), other = second_server(s, &d[1]);
    for (int i = 0; i < 2; i++) {
        struct ipam_failover f;
        record_init(&f, IPAM_T_FAILOVER);
        RECORD_SET(&f, IPAM_FAILOVER_SERVER, server, i == 0 ? server : other);
        RECORD_SET(&f, IPAM_FAILOVER_NAME, name, IPAM_STR("pair"));
        RECORD_SET(&f, IPAM_FAILOVER_PARTNER, partner, i == 0 ? IPAM_STR("dhcp2") : IPAM_STR("dhcp1"));
        site_put(s, &f);
    }
    struct wish w[] = { { .head = { .server = server, .steps = 1 }, .first = 66 },
                        { .head = { .server = other, .steps = 1 }, .first = 66, .after = 1 },
                        { .head = { .server = server, .steps = 1 }, .first = 10 },
                        { .head = { .server = other, .steps = 1 }, .first = 10, .after = 3 } };
    commit(s, w, 2);
    d[1]->refuses = 66;
    bench_kick(s, server);
    bench_kick(s, other);
    assert_counts(s, w[1].id, IPAM_PLAN_STATE_FAILED, 1, 1, 0);
    assert_int_equal(site_scope(s, server, "v4/1")->failover_sync, IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC);
    assert_int_equal(site_scope(s, other, "v4/1")->failover_sync, IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC);
    w[2].after = 0;
    w[3].after = 1;
    commit(s, &w[2], 2);
    bench_kick(s, server);
    bench_kick(s, other);
    assert_counts(s, w[3].id, IPAM_PLAN_STATE_VERIFIED, 1, 0, 0);
    assert_int_equal(site_scope(s, server, "v4/1")->failover_sync, IPAM_SCOPE_FAILOVER_SYNC_IN_SYNC);
    assert_int_equal(site_scope(s, other, "v4/1")->failover_sync, IPAM_SCOPE_FAILOVER_SYNC_IN_SYNC);
}

/* --- time --- */

static void test_not_before_its_time(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct wish w = {
        .head = { .server = bench_server(s, &d, false), .steps = 1, .begin = clock_wall_ms() + 90000 },
        .first = 10
    };
    commit(s, &w, 1);
    bench_kick(s, w.head.server);
    fake_pass(s->loop, 60000);
    fake_pass(s->loop, 29000);
    assert_string_equal(fake_dhcp_trace(d), "");
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_VERIFIED, 1, 0, 0);
}

/* So many steps a minute, whatever waits. */
static void test_a_rate(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t id = bench_server(s, &d, false);
    struct ipam_server server = *site_server_row(s, id);
    RECORD_SET(&server, IPAM_SERVER_CHANGE_RATE, change_rate, 2);
    state_put(s->state, site_server_row(s, id), &server);
    struct wish w = { .head = { .server = id, .steps = 5 }, .first = 10 };
    commit(s, &w, 1);
    bench_kick(s, id);
    assert_string_equal(fake_dhcp_trace(d), "a2C");
    bench_kick(s, id);
    fake_pass(s->loop, 59000);
    assert_string_equal(fake_dhcp_trace(d), "");
    fake_pass(s->loop, 1000);
    assert_string_equal(fake_dhcp_trace(d), "a2C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_RUNNING, 4, 0, 0);
    fake_pass(s->loop, 60000);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
    assert_counts(s, w.id, IPAM_PLAN_STATE_VERIFIED, 5, 0, 0);
}

#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE(test_steps_travel_in_one_call),
        SITE(test_more_than_travel_at_once),
        SITE(test_some_are_refused),
        SITE(test_halves),
        SITE(test_all_drift),
        SITE(test_one_that_was_never_noted_whole),
        SITE(test_parts_are_counted_on_the_whole),
        SITE(test_the_partner_comes_second),
        SITE(test_the_partner_is_left_alone_when_the_first_fails),
        SITE(test_a_pair_is_out_of_sync_until_the_second_follows),
        SITE(test_not_before_its_time),
        SITE(test_a_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
