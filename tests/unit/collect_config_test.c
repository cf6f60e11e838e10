/* collect_config_test.c - a server's configuration becomes scopes, subnets, ranges, reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "site.h"

/* One server with a scope, two pools and two reservations, collected once. */
static int64_t collected(struct site *s, struct fake_dhcp **ret)
{
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t id = site_server(s, "dhcp1", true);
    fake_dhcp_scope(d, "v4/1", "10.0.0.0/24");
    fake_dhcp_pool(d, "v4/1", "10.0.0.10", "10.0.0.50");
    fake_dhcp_pool(d, "v4/1", "10.0.0.100", "10.0.0.200");
    fake_dhcp_reservation(d, "v4/1", "10.0.0.5", 5);
    fake_dhcp_reservation(d, "v4/1", "10.0.0.6", 6);
    site_collect(s, id);
    *ret = d;
    return id;
}

static void reconfigure(struct fake_dhcp *d)
{
    fake_dhcp_clear(d);
    fake_dhcp_scope(d, "v4/1", "10.0.0.0/24");
}

static const struct ipam_range *range_at(const struct site *s, const char *first)
{
    char text[ADDR_TEXT_MAX];
    for (const struct ipam_range *r = fake_next(s->store, IPAM_T_RANGE, 0); r != NULL;
         r = fake_next(s->store, IPAM_T_RANGE, r->id)) {
        addr_print(&r->first, text);
        if (strcmp(text, first) == 0)
            return r;
    }
    return NULL;
}

static const struct ipam_reservation *reservation_at(const struct site *s, const char *address)
{
    char text[ADDR_TEXT_MAX];
    for (const struct ipam_reservation *r = fake_next(s->store, IPAM_T_RESERVATION, 0); r != NULL;
         r = fake_next(s->store, IPAM_T_RESERVATION, r->id)) {
        addr_print(&r->address, text);
        if (strcmp(text, address) == 0)
            return r;
    }
    return NULL;
}

static void test_appears(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    const struct ipam_scope *scope = site_scope(s, server, "v4/1");
    assert_non_null(scope);
    assert_int_equal(scope->space, s->space);
    const struct ipam_subnet *subnet = site_subnet(s, "10.0.0.0/24");
    assert_true(str_is(subnet->managed_by, "dummy") && str_is(subnet->instance, "dhcp1"));
    assert_int_equal(site_count(s, IPAM_T_RANGE), 2);
    const struct ipam_range *r = range_at(s, "10.0.0.10");
    assert_int_equal(r->kind, IPAM_RANGE_KIND_DYNAMIC);
    assert_int_equal(r->scope, scope->id);
    assert_true(str_is(r->managed_by, "dummy") && str_is(r->instance, "dhcp1"));
    const struct ipam_reservation *v = reservation_at(s, "10.0.0.5");
    assert_int_equal(v->scope, scope->id);
    assert_int_equal(v->server, server);
    assert_int_equal(v->space, s->space);
    struct view_user u[2];
    assert_int_equal(view_users(state_view(s->state), s->space, &v->address, u, 2), 1);
    const struct ipam_server *row = site_server_row(s, server);
    assert_true(str_is(row->product, "dummy") && str_is(row->version, "1.2"));
    assert_int_equal(row->state, IPAM_SERVER_STATE_REACHABLE);
    assert_int_equal(row->collected, *fake_clock(s->store));
    assert_false(record_has(row, IPAM_SERVER_MESSAGE));
    assert_string_equal(fake_dhcp_trace(d), "pcl");
}

/* What did not change makes no rows and no revision. */
static void test_again_changes_nothing(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), head = fake_head(s->store);
    *fake_clock(s->store) += 60000;
    site_collect(s, server);
    assert_int_equal(fake_head(s->store), head);
    assert_int_equal(site_server_row(s, server)->collected, *fake_clock(s->store));
}

static void test_pool_changes(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), scope = site_scope(s, server, "v4/1")->id;
    int64_t kept = range_at(s, "10.0.0.100")->id;
    reconfigure(d);
    fake_dhcp_pool(d, "v4/1", "10.0.0.10", "10.0.0.60");
    fake_dhcp_pool(d, "v4/1", "10.0.0.100", "10.0.0.200");
    site_collect(s, server);
    assert_int_equal(site_scope(s, server, "v4/1")->id, scope);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 2);
    assert_int_equal(range_at(s, "10.0.0.10")->last.bytes[3], 60);
    assert_int_equal(range_at(s, "10.0.0.100")->id, kept);
    reconfigure(d); /* no pool at all */
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 0);
    assert_non_null(site_subnet(s, "10.0.0.0/24"));
}

static void test_vanishes(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    fake_dhcp_clear(d);
    fake_dhcp_scope(d, "v4/2", "10.2.0.0/24");
    site_collect(s, server);
    assert_null(site_scope(s, server, "v4/1"));
    assert_null(site_subnet(s, "10.0.0.0/24")); /* it came with the scope */
    assert_int_equal(site_count(s, IPAM_T_RANGE), 0);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 0);
    assert_non_null(site_subnet(s, "10.2.0.0/24"));
}

/* The identifier now means another prefix: that is another scope. */
static void test_identifier_is_given_to_another(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), scope = site_scope(s, server, "v4/1")->id;
    fake_dhcp_clear(d);
    fake_dhcp_scope(d, "v4/1", "10.3.0.0/24");
    fake_dhcp_pool(d, "v4/1", "10.3.0.10", "10.3.0.20");
    site_collect(s, server);
    assert_int_not_equal(site_scope(s, server, "v4/1")->id, scope);
    assert_int_equal(site_count(s, IPAM_T_SCOPE), 1);
    assert_null(site_subnet(s, "10.0.0.0/24"));
    assert_non_null(site_subnet(s, "10.3.0.0/24"));
    assert_int_equal(site_count(s, IPAM_T_RANGE), 1);
}

static void test_subnet_of_the_plan_stays(void **state)
{
    struct site *s = *state;
    struct ipam_subnet own;
    struct fake_dhcp *d;
    record_init(&own, IPAM_T_SUBNET);
    RECORD_SET(&own, IPAM_SUBNET_SPACE, space, s->space);
    IPAM_SET_FIELD(&own, IPAM_SUBNET_PREFIX);
    assert_int_equal(prefix_parse("10.0.0.0/24", 11, &own.prefix), 0);
    RECORD_SET(&own, IPAM_SUBNET_NAME, name, IPAM_STR("office"));
    RECORD_SET(&own, IPAM_SUBNET_MANAGED_BY, managed_by, IPAM_STR(MODEL_SELF));
    int64_t id = site_put(s, &own), server = collected(s, &d);
    const struct ipam_subnet *now = site_subnet(s, "10.0.0.0/24");
    assert_int_equal(now->id, id);
    assert_true(str_is(now->managed_by, MODEL_SELF) && str_is(now->name, "office"));
    fake_dhcp_clear(d);
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_SCOPE), 0);
    assert_int_equal(site_subnet(s, "10.0.0.0/24")->id, id);
}

/* Two servers serve one prefix: the subnet goes with the last of them, and always names one that is there. */
static void test_two_servers_of_one_prefix(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *one, *two = fake_dhcp("dhcp2");
    int64_t first = collected(s, &one), second = site_server(s, "dhcp2", true);
    fake_dhcp_scope(two, "v4/9", "10.0.0.0/24");
    fake_dhcp_pool(two, "v4/9", "10.0.0.60", "10.0.0.99");
    site_collect(s, second);
    int64_t subnet = site_subnet(s, "10.0.0.0/24")->id;
    assert_int_equal(site_count(s, IPAM_T_SUBNET), 1);
    assert_int_equal(site_count(s, IPAM_T_SCOPE), 2);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 3);
    fake_dhcp_clear(one);
    site_collect(s, first);
    assert_int_equal(site_subnet(s, "10.0.0.0/24")->id, subnet);
    assert_true(str_is(site_subnet(s, "10.0.0.0/24")->instance, "dhcp2"));
    assert_int_equal(site_count(s, IPAM_T_RANGE), 1); /* the other's */
    fake_dhcp_clear(two);
    site_collect(s, second);
    assert_null(site_subnet(s, "10.0.0.0/24"));
}

static void test_reservations_merge(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), kept = reservation_at(s, "10.0.0.5")->id,
            moved = reservation_at(s, "10.0.0.6")->id;
    int64_t rev = reservation_at(s, "10.0.0.5")->rev;
    reconfigure(d);
    fake_dhcp_reservation(d, "v4/1", "10.0.0.5", 5);
    fake_dhcp_reservation(d, "v4/1", "10.0.0.7", 6); /* the same client has another address */
    fake_dhcp_reservation(d, "v4/1", "10.0.0.8", 8);
    fake_dhcp_reservation(d, "v4/1", "10.0.0.8", 8); /* a server that says things twice */
    for (int round = 0; round < 2; round++) {
        site_collect(s, server);
        assert_int_equal(site_count(s, IPAM_T_RESERVATION), 3);
        assert_int_equal(reservation_at(s, "10.0.0.5")->id, kept);
        assert_int_equal(reservation_at(s, "10.0.0.5")->rev, rev); /* untouched */
        assert_null(reservation_at(s, "10.0.0.6"));
        assert_int_not_equal(reservation_at(s, "10.0.0.7")->id, moved);
        struct ipam_addr a = reservation_at(s, "10.0.0.7")->address;
        struct view_user u[2];
        a.bytes[3] = 6;
        assert_int_equal(view_users(state_view(s->state), s->space, &a, u, 2), 0);
        a.bytes[3] = 8;
        assert_int_equal(view_users(state_view(s->state), s->space, &a, u, 2), 1);
    }
}

/* --- answers that are not to be trusted, and failures --- */

static void assert_as_collected(struct site *s, int64_t server, int64_t head)
{
    assert_int_equal(fake_head(s->store), head);
    assert_non_null(site_scope(s, server, "v4/1"));
    assert_int_equal(site_count(s, IPAM_T_RANGE), 2);
    assert_int_equal(site_count(s, IPAM_T_RESERVATION), 2);
}

static void test_incomplete_answer(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), head = fake_head(s->store);
    fake_dhcp_clear(d);
    d->incomplete = true;
    const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
    assert_true(
        str_is(job->message, "the provider did not say that its answer is complete; nothing was recorded"));
    assert_int_equal(site_server_row(s, server)->state, IPAM_SERVER_STATE_FAULTY);
    assert_as_collected(s, server, head);
}

static void test_nonsense(void **state)
{
    static const char *const says[] = {
        "the provider's answer makes no sense: scope \"\" has no identifier or no prefix; nothing was "
        "recorded",
        "the provider's answer makes no sense: scope \"v4/1\" is there twice; nothing was recorded",
        "the provider's answer makes no sense: a pool belongs to scope \"v4/7\", which is not there; nothing "
        "was recorded",
        "the provider's answer makes no sense: a pool of scope \"v4/1\" does not lie in it; nothing was "
        "recorded",
        "the provider's answer makes no sense: a pool of scope \"v4/1\" does not lie in it; nothing was "
        "recorded",
    };
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), head = fake_head(s->store);
    for (int i = 0; i < 5; i++) {
        reconfigure(d);
        switch (i) {
        case 0: fake_dhcp_scope(d, "", "10.9.0.0/24"); break;
        case 1: fake_dhcp_scope(d, "v4/1", "10.9.0.0/24"); break;
        case 2: fake_dhcp_pool(d, "v4/7", "10.0.0.1", "10.0.0.2"); break;
        case 3: fake_dhcp_pool(d, "v4/1", "10.0.0.9", "10.0.1.9"); break;
        default: fake_dhcp_pool(d, "v4/1", "10.0.0.9", "10.0.0.8"); break;
        }
        const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
        assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
        assert_true(str_is(job->message, says[i]));
        assert_as_collected(s, server, head);
    }
}

static void test_failures_leave_everything(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), head = fake_head(s->store),
            seen = site_server_row(s, server)->collected;
    static const struct {
        enum fake_dhcp_call call;
        uint32_t state;
    } rows[] = { { DHCP_PROBE, IPAM_SERVER_STATE_UNREACHABLE }, { DHCP_CONFIG, IPAM_SERVER_STATE_FAULTY } };
    for (size_t i = 0; i < 2; i++) {
        *fake_clock(s->store) += 1000;
        fake_dhcp_clear(d);
        fake_dhcp_fail(d, rows[i].call, 0, IPAM_E_CONN);
        const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
        assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
        assert_true(str_is(job->message, "scripted trouble"));
        const struct ipam_server *row = site_server_row(s, server);
        assert_int_equal(row->state, rows[i].state);
        assert_true(str_is(row->message, "scripted trouble"));
        assert_int_equal(row->collected, seen);
        assert_as_collected(s, server, head);
    }
    fake_fail(s->store, FAKE_QUERY, 0, IPAM_E_IO); /* our own storage cannot say what it has */
    fake_dhcp_scope(d, "v4/1", "10.0.0.0/24");
    fake_dhcp_pool(d, "v4/1", "10.0.0.10", "10.0.0.50");
    fake_dhcp_pool(d, "v4/1", "10.0.0.100", "10.0.0.200");
    assert_int_equal(site_job(s, COLLECT_ALL, server)->state, IPAM_JOB_STATE_FAILED);
    assert_as_collected(s, server, head);
}

static void test_storage_is_full(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    reconfigure(d);
    int64_t job = 0;
    fake_fail(s->store, FAKE_COMMIT, 1, IPAM_E_NOSPC); /* the first commit is the job's own record */
    job = site_start(s, COLLECT_ALL, server);
    const struct ipam_job *row = fake_row(s->store, IPAM_T_JOB, job);
    assert_int_equal(row->state, IPAM_JOB_STATE_FAILED);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 2);
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 0);
}

/* --- one scope only, as plans read back --- */

static void on_read(void *user, int status, const char *message)
{
    (void)message;
    *(int *)user = status;
}

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    (void)reason;
    *(struct instance **)user = inst;
}

static void test_one_scope(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    struct instance *inst = NULL;
    int64_t server = collected(s, &d);
    int status = 1;
    fake_dhcp_clear(d);
    fake_dhcp_scope(d, "v4/1", "10.0.0.0/24");
    fake_dhcp_reservation(d, "v4/1", "10.0.0.9", 9);
    fake_dhcp_scope(d, "v4/2", "10.2.0.0/24");
    fake_dhcp_reservation(d, "v4/2", "10.2.0.9", 9);
    site_collect(s, server);
    fake_dhcp_clear(d); /* all is gone, but only one scope is looked at */
    fleet_enter(s->fleet, server, on_turn, &inst);
    fake_spin(s->loop);
    collect_config_read(s->collect, inst, server, IPAM_STR("v4/2"), on_read, &status, NULL);
    assert_int_equal(status, 1);
    fake_spin(s->loop);
    assert_int_equal(status, 0);
    char token[16];
    snprintf(token, sizeof(token), "t%u", d->token);
    assert_true(str_is(fleet_token(s->fleet, server, IPAM_STR("")), token));
    fleet_leave(s->fleet, server);
    assert_null(site_scope(s, server, "v4/2"));
    assert_non_null(site_scope(s, server, "v4/1"));
    assert_null(reservation_at(s, "10.2.0.9"));
    assert_non_null(reservation_at(s, "10.0.0.9"));
}

/* --- many --- */

static void test_many_scopes_in_pieces(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    char native[16], text[2][24];
    for (unsigned i = 0; i < 1500; i++) {
        snprintf(native, sizeof(native), "v4/%u", i + 1);
        snprintf(text[0], sizeof(text[0]), "10.%u.%u.0/24", i >> 8, i & 255);
        fake_dhcp_scope(d, native, text[0]);
        for (unsigned k = 0; k < 6; k++) {
            snprintf(text[0], sizeof(text[0]), "10.%u.%u.%u", i >> 8, i & 255, 10 + k * 20);
            snprintf(text[1], sizeof(text[1]), "10.%u.%u.%u", i >> 8, i & 255, 19 + k * 20);
            fake_dhcp_pool(d, native, text[0], text[1]);
        }
    }
    site_collect(s, server); /* 12,000 rows: no change set may hold them all */
    assert_int_equal(site_count(s, IPAM_T_SCOPE), 1500);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 9000);
    fake_dhcp_clear(d);
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_SCOPE) + site_count(s, IPAM_T_RANGE) + site_count(s, IPAM_T_SUBNET),
                     0);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_appears),
        SITE(test_again_changes_nothing),
        SITE(test_pool_changes),
        SITE(test_vanishes),
        SITE(test_identifier_is_given_to_another),
        SITE(test_subnet_of_the_plan_stays),
        SITE(test_two_servers_of_one_prefix),
        SITE(test_reservations_merge),
        SITE(test_incomplete_answer),
        SITE(test_nonsense),
        SITE(test_failures_leave_everything),
        SITE(test_storage_is_full),
        SITE(test_one_scope),
        SITE(test_many_scopes_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
