/* collect_zones_test.c - zones of a DNS server and their records: as they come, change, fail and go.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#define A_ "a.example"
#define B_ "b.example"
#define R_ "2.0.192.in-addr.arpa"

/* One server with two forward zones, a reverse zone and a forwarder, collected once. */
static int64_t collected(struct site *s, struct fake_dhcp **ret)
{
    struct fake_dhcp *d = fake_dhcp("ns1");
    int64_t id = site_dns_server(s, "ns1");
    fake_dns_zone(d, A_, IPAM_ZONE_TYPE_PRIMARY);
    fake_dns_zone(d, B_, IPAM_ZONE_TYPE_SECONDARY);
    fake_dns_zone(d, R_, IPAM_ZONE_TYPE_PRIMARY);
    fake_dns_zone(d, "f.example", IPAM_ZONE_TYPE_FORWARDER);
    fake_dns_record(d, A_, A_, "SOA", "ns.a.example. host.a.example. 1 3600 900 604800 300");
    fake_dns_record(d, A_, A_, "MX", "10 Mail.A.example.");
    fake_dns_record(d, A_, "h.a.example", "A", "192.0.2.7");
    fake_dns_record(d, A_, "h.a.example", "AAAA", "2001:db8::7");
    fake_dns_record(d, B_, "w.b.example", "CNAME", "h.a.example.");
    fake_dns_record(d, R_, "7.2.0.192.in-addr.arpa", "PTR", "h.a.example.");
    site_collect(s, id);
    *ret = d;
    return id;
}

static void somebody_changes(struct fake_dhcp *d)
{
    d->token++;
    d->delta_from = d->count;
}

static void drop(struct fake_dhcp *d, const char *name, const char *type)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct ipam_dns_record *r = d->rows[i];
        if (r->type != IPAM_T_DNS_RECORD || !str_is(r->name, name) || !str_is(r->type_, type))
            continue;
        free(d->rows[i]);
        memmove(&d->rows[i], &d->rows[i + 1], (d->count - i - 1) * sizeof(d->rows[0]));
        d->count--;
        return;
    }
    fail_msg("there is no %s %s", name, type);
}

static void drop_zone(struct fake_dhcp *d, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct ipam_zone *z = d->rows[i];
        const struct ipam_dns_record *r = d->rows[i];
        if (str_is(z->type == IPAM_T_ZONE ? z->native : r->native_zone, name))
            free(d->rows[i]);
        else
            d->rows[kept++] = d->rows[i];
    }
    d->count = kept;
}

static const struct ipam_zone *zone(const struct site *s, const char *name)
{
    for (const struct ipam_zone *z = fake_next(s->store, IPAM_T_ZONE, 0); z != NULL;
         z = fake_next(s->store, IPAM_T_ZONE, z->id))
        if (str_is(z->name, name))
            return z;
    return NULL;
}

static const struct ipam_dns_record *stored(const struct site *s, const char *name, const char *type)
{
    for (const struct ipam_dns_record *r = fake_next(s->store, IPAM_T_DNS_RECORD, 0); r != NULL;
         r = fake_next(s->store, IPAM_T_DNS_RECORD, r->id))
        if (str_is(r->name, name) && str_is(r->type_, type))
            return r;
    return NULL;
}

static void assert_address(const struct ipam_dns_record *r, const char *text)
{
    char buf[ADDR_TEXT_MAX];
    assert_non_null(r);
    assert_true(record_has(r, IPAM_DNS_RECORD_ADDRESS));
    addr_print(&r->address, buf);
    assert_string_equal(buf, text);
}

static void test_appear(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    assert_string_equal(fake_dhcp_trace(d), "pzdadbd2"); /* a forwarder has no records */
    assert_int_equal(site_count(s, IPAM_T_ZONE), 4);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 6);
    const struct ipam_zone *a = zone(s, A_), *r = zone(s, R_);
    assert_int_equal(a->server, server);
    assert_int_equal(a->space, s->space);
    assert_int_equal(a->lookup, IPAM_ZONE_LOOKUP_FORWARD);
    assert_int_equal(r->lookup, IPAM_ZONE_LOOKUP_IPV4_REVERSE);
    char text[PREFIX_TEXT_MAX];
    prefix_print(&r->prefix, text);
    assert_string_equal(text, "192.0.2.0/24");
    const struct ipam_dns_record *h = stored(s, "h.a.example", "A");
    assert_int_equal(h->zone, a->id);
    assert_int_equal(h->server, server);
    assert_int_equal(h->space, s->space);
    assert_address(h, "192.0.2.7");
    assert_address(stored(s, "h.a.example", "AAAA"), "2001:db8::7");
    assert_address(stored(s, "7.2.0.192.in-addr.arpa", "PTR"), "192.0.2.7");
    assert_true(str_is(stored(s, "7.2.0.192.in-addr.arpa", "PTR")->target, "h.a.example"));
    assert_true(str_is(stored(s, A_, "MX")->target, "mail.a.example"));
    assert_true(str_is(stored(s, "w.b.example", "CNAME")->target, "h.a.example"));
    const struct ipam_server *row = site_server_row(s, server);
    assert_int_equal(row->collected, *fake_clock(s->store));
    assert_int_equal(row->state, IPAM_SERVER_STATE_REACHABLE);
    assert_false(record_has(row, IPAM_SERVER_LEASES_READ));
}

static void test_again_changes_nothing(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), rev[2] = { zone(s, A_)->rev, stored(s, "h.a.example", "A")->rev };
    site_collect(s, server);
    assert_int_equal(zone(s, A_)->rev, rev[0]);
    assert_int_equal(stored(s, "h.a.example", "A")->rev, rev[1]);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 6);
}

static void test_records_change(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d), id = stored(s, A_, "SOA")->id;
    somebody_changes(d);
    drop(d, "h.a.example", "A");
    drop(d, A_, "SOA");
    fake_dns_record(d, A_, A_, "SOA", "ns.a.example. host.a.example. 2 3600 900 604800 300");
    fake_dns_record(d, A_, "i.a.example", "A", "192.0.2.8");
    site_collect(s, server);
    assert_null(stored(s, "h.a.example", "A"));
    assert_non_null(stored(s, "h.a.example", "AAAA"));
    assert_address(stored(s, "i.a.example", "A"), "192.0.2.8");
    assert_int_equal(stored(s, A_, "SOA")->id, id); /* a zone has one, whatever it says */
    assert_true(str_is(stored(s, A_, "SOA")->data, "ns.a.example. host.a.example. 2 3600 900 604800 300"));
}

static void test_only_what_is_new(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    d->deltas = true;
    somebody_changes(d);
    fake_dns_record(d, A_, A_, "SOA", "ns.a.example. host.a.example. 2 3600 900 604800 300");
    fake_dns_removed(d, A_, "h.a.example", "A", "192.0.2.7");
    fake_dns_removed(d, A_, "nobody.a.example", "A", "192.0.2.9");
    fake_dns_record(d, A_, "i.a.example", "A", "192.0.2.8");
    fake_dhcp_trace(d);
    const struct ipam_job *job = site_job(s, COLLECT_CONFIG, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pzDaDbD2");
    assert_null(stored(s, "h.a.example", "A"));
    assert_non_null(stored(s, "h.a.example", "AAAA"));
    assert_non_null(stored(s, "i.a.example", "A"));
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 6);
    /* What nobody asked for is not believed: it would leave the records that it does not name. */
    d->delta_always = true;
    site_job(s, COLLECT_ALL, server);
    assert_int_equal(site_server_row(s, server)->state, IPAM_SERVER_STATE_FAULTY);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 6);
}

/* A state that the server has forgotten: all is read. A zone that changes while it is read is begun anew. */
static void test_from_the_beginning(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    d->deltas = true;
    d->page = 2;
    somebody_changes(d);
    drop(d, "h.a.example", "A");
    fake_dhcp_trace(d);
    fake_dhcp_fail(d, DNS_RECORDS, 0, IPAM_E_GONE);
    fake_dhcp_fail(d, DNS_RECORDS, 2, IPAM_E_CHANGED);
    const struct ipam_job *job = site_job(s, COLLECT_CONFIG, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pzDadadadadaDbD2");
    assert_null(stored(s, "h.a.example", "A"));
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 5);
}

/* What was read before the change is not taken for what is there after it. */
static void test_changes_between_two_pages(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    d->page = 2;
    d->hold[DNS_RECORDS] = true;
    fake_dhcp_fail(d, DNS_RECORDS, 1, IPAM_E_CHANGED);
    int64_t job = site_start(s, COLLECT_ALL, server);
    fake_dhcp_go(d);
    fake_spin(s->loop);
    drop(d, A_, "MX");
    d->hold[DNS_RECORDS] = false;
    fake_dhcp_go(d);
    fake_spin(s->loop);
    assert_int_equal(((const struct ipam_job *)fake_row(s->store, IPAM_T_JOB, job))->state,
                     IPAM_JOB_STATE_DONE);
    assert_null(stored(s, A_, "MX"));
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 5);
}

static void test_zone_goes(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    drop_zone(d, A_);
    site_collect(s, server);
    assert_null(zone(s, A_));
    assert_null(stored(s, "h.a.example", "A"));
    assert_int_equal(site_count(s, IPAM_T_ZONE), 3);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 2);
}

/* One that cannot be read says why, keeps what it had, and holds up nobody. */
static void test_zone_fails(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    drop(d, "h.a.example", "A");
    drop(d, "w.b.example", "CNAME");
    fake_dhcp_fail(d, DNS_RECORDS, 0, IPAM_E_ACCESS);
    site_collect(s, server);
    assert_non_null(stored(s, "h.a.example", "A"));
    assert_null(stored(s, "w.b.example", "CNAME"));
    assert_true(str_is(zone(s, A_)->message, "scripted trouble"));
    assert_false(record_has(zone(s, B_), IPAM_ZONE_MESSAGE));
    const struct ipam_server *row = site_server_row(s, server);
    assert_int_equal(row->state, IPAM_SERVER_STATE_FAULTY);
    assert_true(str_is(row->message, "1 of 4 zones could not be read: a.example: scripted trouble"));
    site_collect(s, server);
    assert_null(stored(s, "h.a.example", "A"));
    assert_false(record_has(zone(s, A_), IPAM_ZONE_MESSAGE));
    assert_int_equal(site_server_row(s, server)->state, IPAM_SERVER_STATE_REACHABLE);
}

static void test_server_goes_down(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    drop(d, "h.a.example", "A");
    drop(d, "w.b.example", "CNAME");
    fake_dhcp_trace(d);
    fake_dhcp_fail(d, DNS_RECORDS, 1, IPAM_E_CONN);
    assert_int_equal(site_job(s, COLLECT_ALL, server)->state, IPAM_JOB_STATE_FAILED);
    assert_string_equal(fake_dhcp_trace(d), "pzdadb"); /* the third is not tried */
    assert_null(stored(s, "h.a.example", "A"));
    assert_non_null(stored(s, "w.b.example", "CNAME"));
}

static void test_nonsense(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    fake_dns_zone(d, A_, IPAM_ZONE_TYPE_PRIMARY);
    drop_zone(d, B_);
    assert_int_equal(site_job(s, COLLECT_ALL, server)->state, IPAM_JOB_STATE_FAILED);
    assert_int_equal(site_count(s, IPAM_T_ZONE), 4);
    drop_zone(d, A_);
    d->incomplete = true;
    assert_int_equal(site_job(s, COLLECT_ALL, server)->state, IPAM_JOB_STATE_FAILED);
    assert_int_equal(site_count(s, IPAM_T_ZONE), 4);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 6);
    d->incomplete = false;
    fake_dns_record(d, R_, "8.2.0.192.in-addr.arpa", "", "h.a.example.");
    site_collect(s, server);
    assert_true(record_has(zone(s, R_), IPAM_ZONE_MESSAGE));
    assert_non_null(stored(s, "7.2.0.192.in-addr.arpa", "PTR"));
    d->endless = true;
    site_collect(s, server);
    assert_non_null(stored(s, "7.2.0.192.in-addr.arpa", "PTR"));
}

static void test_own_scope_stays(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    struct ipam_zone z = *zone(s, A_), before = z;
    RECORD_SET(&z, IPAM_ZONE_ACCESS_SCOPE, access_scope, 77);
    state_put(s->state, &before, &z);
    fake_keep(s->store, &z);
    site_collect(s, server);
    assert_int_equal(zone(s, A_)->access_scope, 77);
}

static void test_is_forgotten(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    assert_int_equal(site_job(s, COLLECT_FORGET, server)->state, IPAM_JOB_STATE_DONE);
    assert_int_equal(site_count(s, IPAM_T_ZONE), 0);
    assert_int_equal(site_count(s, IPAM_T_DNS_RECORD), 0);
}

static void test_has_no_leases(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    fake_dhcp_trace(d);
    assert_int_equal(site_job(s, COLLECT_LEASES, server)->state, IPAM_JOB_STATE_DONE);
    assert_int_equal(site_job(s, COLLECT_STATS, server)->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "");
}

/* --- one zone, as after a change --- */

struct one {
    struct site *s;
    int status;
    bool ended;
};

static void on_read(void *user, int status, const char *message)
{
    struct one *o = user;
    (void)message;
    o->status = status;
    o->ended = true;
}

static const char *zone_to_read;

static void on_turn(void *user, struct instance *inst, const char *reason)
{
    struct one *o = user;
    static struct request *current;
    (void)reason;
    const struct ipam_server *v = state_next(o->s->state, IPAM_T_SERVER, 0);
    collect_config_read(o->s->collect, inst, v->id, str_from(zone_to_read), on_read, o, &current);
}

static int read_one(struct site *s, int64_t server, const char *name)
{
    struct one o = { .s = s };
    zone_to_read = name;
    fleet_enter(s->fleet, server, on_turn, &o);
    fake_spin(s->loop);
    fleet_leave(s->fleet, server);
    assert_true(o.ended);
    return o.status;
}

static void test_one_zone(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d;
    int64_t server = collected(s, &d);
    drop(d, "h.a.example", "A");
    drop(d, "w.b.example", "CNAME");
    fake_dhcp_trace(d);
    assert_int_equal(read_one(s, server, B_), 0);
    assert_string_equal(fake_dhcp_trace(d), "Db");
    assert_non_null(stored(s, "h.a.example", "A"));
    assert_null(stored(s, "w.b.example", "CNAME"));
    char token[16];
    snprintf(token, sizeof(token), "t%u", d->token);
    assert_true(str_is(fleet_token(s->fleet, server, IPAM_STR(B_)), token));
    fake_dhcp_fail(d, DNS_RECORDS, 0, IPAM_E_ACCESS);
    assert_int_equal(read_one(s, server, A_), IPAM_E_ACCESS); /* whoever asks for one hears of it */
    assert_int_equal(read_one(s, server, "nothing.example"), 0);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_appear),
        SITE(test_again_changes_nothing),
        SITE(test_records_change),
        SITE(test_only_what_is_new),
        SITE(test_from_the_beginning),
        SITE(test_zone_goes),
        SITE(test_changes_between_two_pages),
        SITE(test_zone_fails),
        SITE(test_server_goes_down),
        SITE(test_nonsense),
        SITE(test_own_scope_stays),
        SITE(test_is_forgotten),
        SITE(test_has_no_leases),
        SITE(test_one_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
