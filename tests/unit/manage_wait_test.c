/* manage_wait_test.c - plans whose address is released meanwhile; who waits for plans, and the stop.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "manage_bench.h"

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
    struct ipam_address a =
        *(const struct ipam_address *)fake_row(s->store, IPAM_T_ADDRESS, bench_step(s, plan_id)->address);
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
    int64_t server = bench_server(s, &d, true), out = bench_add(s, server, 7),
            stays = bench_add(s, server, 8);
    manage_wait(s->manage, &out, 1, 60000, on_done, &done);
    d->hold[DHCP_CONFIG] = true;
    bench_kick(s, server); /* it reads the server first */
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
    assert_int_equal(bench_row(s, out)->state, IPAM_PLAN_STATE_UNDONE);
    assert_false(fake_dhcp_has(d, "10.0.1.7"));
    /* The same when it was the only one, or the server cannot be read. */
    for (int i = 0; i < 2; i++) {
        int64_t next = bench_add(s, server, 9);
        fleet_set_token(s->fleet, server, IPAM_STR(""), (struct ipam_str){ "", 0 });
        fake_dhcp_fail(d, DHCP_CONFIG, 0, i == 0 ? 0 : IPAM_E_CONN);
        d->hold[DHCP_CONFIG] = true;
        bench_kick(s, server);
        release(s, &r[1], next);
        fake_spin(s->loop);
        d->hold[DHCP_CONFIG] = false;
        fake_dhcp_go(d);
        fake_pass(s->loop, 5000);
        assert_string_equal(fake_dhcp_trace(d), "c");
        assert_int_equal(bench_row(s, next)->state, IPAM_PLAN_STATE_UNDONE);
    }
}

static void test_release_while_it_is_sent(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct release r;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7);
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
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
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7), none = id + 1000;
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
    manage_wait(s->manage, &id, 1, 5000, on_done, &done);
    manage_wait(s->manage, &id, 1, 5000, on_done, &done);
    manage_wait(s->manage, &id, 1, 1000, on_done, &late);
    manage_wait(s->manage, &none, 1, 9000, on_done, &other);
    struct plan_wait *w = manage_wait(s->manage, &id, 1, 5000, on_done, &never);
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

/* Who waits for several hears when the last of them has ended, whichever that is. */
static void test_waiting_for_several(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned all = 0, some = 0;
    int64_t server = bench_server(s, &d, false),
            ids[3] = { bench_add(s, server, 7), bench_add(s, server, 8), 0 };
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
    ids[2] = bench_add(s, server, 9); /* of the next call */
    bench_kick(s, server);
    manage_wait(s->manage, (const int64_t[]){ ids[2], ids[0] }, 2, 60000, on_done, &all);
    manage_wait(s->manage, ids, 2, 60000, on_done, &some);
    fake_dhcp_go(d);
    fake_spin(s->loop);
    fake_pass(s->loop, 0);
    assert_int_equal(some, 1);
    assert_int_equal(all, 0);
    d->hold[DHCP_APPLY] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    fake_pass(s->loop, 0);
    assert_int_equal(all, 1);
}

static void test_refusal_wakes_too(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned done = 0;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 66);
    d->refuses = 66;
    manage_wait(s->manage, &id, 1, 60000, on_done, &done);
    bench_kick(s, server);
    fake_pass(s->loop, 0);
    assert_int_equal(done, 1);
}

/* What is under way is finished; nothing new begins; nobody is left waiting. */
static void test_close(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned done = 0, closed = 0;
    int64_t server = bench_server(s, &d, false), id = bench_add(s, server, 7), next;
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
    next = bench_add(s, server, 8);
    bench_kick(s, server);
    manage_wait(s->manage, &next, 1, 60000, on_done, &done);
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
    bench_kick(s, server);
    assert_string_equal(fake_dhcp_trace(d), "a1C");
}

/* A server that does not answer holds the stop up for a moment only; what it did is asked at the next
 * start. */
static void test_close_does_not_wait_for_ever(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    unsigned closed = 0;
    int64_t server = bench_server(s, &d, false);
    bench_add(s, server, 7);
    d->hold[DHCP_APPLY] = true;
    bench_kick(s, server);
    manage_close(s->manage, on_done, &closed);
    fake_pass(s->loop, 1000);
    assert_int_equal(closed, 0);
    fake_pass(s->loop, 1500);
    fake_spin(s->loop);
    assert_int_equal(closed, 1);
    assert_string_equal(fake_dhcp_trace(d), "a1"); /* and nothing is read back */
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_released_before_it_is_sent),   SITE(test_release_while_it_is_sent), SITE(test_waiting),
        SITE(test_waiting_for_several),          SITE(test_refusal_wakes_too),        SITE(test_close),
        SITE(test_close_does_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
