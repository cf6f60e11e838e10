/* fleet_test.c - servers are opened when they are needed, and one worker at a time has each.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "site.h"

/* One who wants a turn. */
struct worker {
    struct site *s;
    int64_t server;
    struct instance *inst;
    char reason[128];
    unsigned entered;
    bool leaves; /* at once */
};

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    struct worker *w = user;
    w->entered++;
    w->inst = inst;
    snprintf(w->reason, sizeof(w->reason), "%s", reason);
    if (w->leaves)
        fleet_leave(w->s->fleet, w->server);
}

static void enter(struct worker *w, struct site *s, int64_t server)
{
    w->s = s;
    w->server = server;
    fleet_enter(s->fleet, server, on_turn, w);
    assert_int_equal(w->entered, 0); /* never inside the call */
}

static void test_one_at_a_time(void **state)
{
    struct site *s = *state;
    struct worker w[4] = { { .leaves = false } };
    int64_t server = site_server(s, "dhcp1", true), other = site_server(s, "dhcp2", true);
    for (int i = 0; i < 3; i++)
        enter(&w[i], s, server);
    enter(&w[3], s, other);
    fake_spin(s->loop);
    assert_int_equal(w[0].entered + w[3].entered, 2); /* each server has its own turns */
    assert_int_equal(w[1].entered + w[2].entered, 0);
    fleet_leave(s->fleet, server);
    assert_int_equal(w[1].entered, 0);
    fake_spin(s->loop);
    assert_int_equal(w[1].entered, 1); /* in the order they came */
    assert_int_equal(w[2].entered, 0);
    fleet_leave(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(w[2].entered, 1);
    fleet_leave(s->fleet, server);
    fleet_leave(s->fleet, other);
    assert_non_null(w[0].inst);
    assert_ptr_equal(w[0].inst, w[2].inst);
    assert_ptr_not_equal(w[0].inst, w[3].inst);
    assert_int_equal(fake_dhcp("dhcp1")->opened, 1);
}

static void test_opened_anew(void **state)
{
    struct site *s = *state;
    struct worker first = { .leaves = false }, second = { .leaves = true };
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    fleet_refresh(s->fleet, server); /* it was never opened: nothing to do */
    fake_spin(s->loop);
    assert_int_equal(d->opened, 0);
    enter(&first, s, server);
    fake_spin(s->loop);
    assert_int_equal(fleet_token(s->fleet, server, IPAM_STR("")).len, 0);
    fleet_set_token(s->fleet, server, IPAM_STR(""), IPAM_STR("t1"));
    assert_true(str_is(fleet_token(s->fleet, server, IPAM_STR("")), "t1"));
    fleet_refresh(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(d->closed, 0); /* somebody works with it */
    fleet_leave(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(d->closed, 1);
    assert_int_equal(fleet_token(s->fleet, server, IPAM_STR("")).len, 0); /* what was read of it holds no longer */
    enter(&second, s, server);
    fake_spin(s->loop);
    assert_int_equal(second.entered, 1);
    assert_int_equal(d->opened, 2);
}

/* A secret is another: who is opened with it is opened anew when nobody works with it, and nobody else. */
static void test_opened_anew_with_another_secret(void **state)
{
    struct site *s = *state;
    struct worker w[2] = { { .leaves = false }, { .leaves = true } };
    int64_t server = site_server(s, "dhcp1", true), other = site_server(s, "dhcp2", true);
    fake_dhcp("dhcp1")->secret = "site";
    enter(&w[0], s, server);
    enter(&w[1], s, other);
    fake_spin(s->loop);
    fleet_secret_changed(s->fleet, IPAM_STR("another"));
    fleet_secret_changed(s->fleet, IPAM_STR("site"));
    fake_spin(s->loop);
    assert_int_equal(fake_dhcp("dhcp1")->closed, 0);
    fleet_leave(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(fake_dhcp("dhcp1")->closed, 1);
    assert_int_equal(fake_dhcp("dhcp2")->closed, 0);
}

/* A turn is had even where there is nothing to open, so that it is left in the same way. */
static void test_cannot_be_opened(void **state)
{
    struct site *s = *state;
    struct worker first = { .leaves = true }, second = { .leaves = true };
    enter(&first, s, 4711);
    enter(&second, s, 4711);
    fake_spin(s->loop);
    assert_int_equal(first.entered, 1);
    assert_null(first.inst);
    assert_string_equal(first.reason, "the server was deleted");
    assert_int_equal(second.entered, 1);
}

/* What nobody waits for lets everybody else go first, and can be given up. */
static void test_who_goes_first(void **state)
{
    struct site *s = *state;
    struct worker w[5] = { { .leaves = false } };
    int64_t server = site_server(s, "dhcp1", true);
    enter(&w[0], s, server);
    fake_spin(s->loop);
    for (int i = 1; i < 3; i++) {
        w[i] = (struct worker){ .s = s, .server = server, .leaves = true };
        fleet_enter_last(s->fleet, server, on_turn, &w[i]);
    }
    for (int i = 3; i < 5; i++)
        enter(&w[i], s, server);
    assert_true(fleet_withdraw(s->fleet, server, &w[2]));
    assert_false(fleet_withdraw(s->fleet, server, &w[2]));
    assert_false(fleet_withdraw(s->fleet, server, &w[0])); /* has it already */
    fleet_leave(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(w[3].entered, 1); /* it came after the first that goes last */
    assert_int_equal(w[1].entered + w[4].entered, 0);
    fleet_leave(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(w[4].entered, 1);
    fleet_leave(s->fleet, server);
    fake_spin(s->loop);
    assert_int_equal(w[1].entered, 1);
    assert_int_equal(w[2].entered, 0);
    enter(&w[2], s, server); /* all turns were given back */
    assert_true(fleet_withdraw(s->fleet, server, &w[2]));
    fake_spin(s->loop);
    assert_int_equal(w[2].entered, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_at_a_time, site_setup, site_teardown),
        cmocka_unit_test_setup_teardown(test_opened_anew, site_setup, site_teardown),
        cmocka_unit_test_setup_teardown(test_opened_anew_with_another_secret, site_setup, site_teardown),
        cmocka_unit_test_setup_teardown(test_cannot_be_opened, site_setup, site_teardown),
        cmocka_unit_test_setup_teardown(test_who_goes_first, site_setup, site_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
