/* collect_rows_test.c - all that a configuration has beside scopes and reservations; statistics, checks, availability.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#define MINUTE 60000

/* What a provider may tell beside a scope: each under its natural key, in scope v4/1 where it can be in one. */
static const struct {
    uint32_t type;
    bool in_scope;
} kinds[] = {
    { IPAM_T_DHCP_SERVER, false },
    { IPAM_T_SUPERSCOPE, false },
    { IPAM_T_FAILOVER, false },
    { IPAM_T_DHCP_CLASS, false },
    { IPAM_T_POOL, true },
    { IPAM_T_EXCLUSION, true },
    { IPAM_T_RESERVATION, true },
    { IPAM_T_DHCP_FILTER, false },
    { IPAM_T_DHCP_POLICY, true },
    { IPAM_T_DHCP_CONDITION, true },
    { IPAM_T_DHCP_POLICY_RANGE, true },
    { IPAM_T_OPTION_DEFINITION, false },
    { IPAM_T_OPTION_VALUE, true },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void *at(void *rec, const struct record_field *f)
{
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
    return (char *)rec + f->offset;
}

/* A value for a field; `n` tells one from another. */
static void fill_field(const struct record_field *f, void *rec, unsigned n, struct arena *a)
{
    switch ((enum record_kind)f->kind) {
    case KIND_TEXT: *(struct ipam_str *)at(rec, f) = str_from(arena_printf(a, "%s-%u", f->name, n)); break;
    case KIND_ADDR:
        *(struct ipam_addr *)at(rec, f) =
            (struct ipam_addr){ 4,
                                { 10, 0, 0, (uint8_t)(strcmp(f->name, "last") == 0 ? 10 * n + 9 : 10 * n) } };
        break;
    case KIND_INT: *(int64_t *)at(rec, f) = n; break;
    case KIND_ENUM: *(uint32_t *)at(rec, f) = 0; break;
    case KIND_BYTES:
        *(struct ipam_bytes *)at(rec, f) = (struct ipam_bytes){ (const uint8_t *)"\1\2", 2 };
        break;
    default: break;
    }
}

static bool is_ours(const struct record_field *f)
{
    return (f->flags & (FIELD_KEY | FIELD_REQUIRED)) != 0 && (f->flags & FIELD_CONTAINER) == 0 &&
           f->kind != KIND_REF;
}

/* A row of a kind with its keys and what it needs; `text` goes into one field that is no key, if it has one. */
static void *row_of(size_t kind, unsigned n, const char *native_scope, const char *text, struct arena *a)
{
    const struct record_type *t = record_type(kinds[kind].type);
    void *rec = record_new(a, t->type);
    for (unsigned i = 0; i < t->field_count; i++)
        if (is_ours(&t->fields[i]))
            fill_field(&t->fields[i], rec, n, a);
    if (kinds[kind].in_scope)
        *(struct ipam_str *)at(rec, record_field(t, IPAM_STR("native_scope"))) = str_from(native_scope);
    *(struct ipam_str *)at(rec, record_field(t, IPAM_STR("vendor"))) =
        str_from(arena_printf(a, "{\"text\":\"%s\"}", text));
    return rec;
}

/* Two of each kind; of those with `gone` only the first. */
static void configure(struct fake_dhcp *d, const char *text, bool gone)
{
    struct arena a;
    arena_init(&a, 0);
    fake_dhcp_clear(d);
    fake_dhcp_scope(d, "v4/1", "10.0.0.0/24");
    for (size_t k = 0; k < KINDS; k++)
        for (unsigned n = 1; n <= 2 && (n == 1 || !gone); n++)
            if (n == 1 || kinds[k].type != IPAM_T_DHCP_SERVER) /* its key is the family alone */
                fake_dhcp_row(d, row_of(k, n, "v4/1", text, &a));
    arena_fini(&a);
}

static int64_t ref_of(const void *rec, const char *name)
{
    const struct record_field *f =
        record_field(record_type(((const struct ipam_record *)rec)->type), str_from(name));
    return f != NULL && record_has(rec, f->number)
               ? *(const int64_t *)(const void *)((const char *)rec + f->offset)
               : 0;
}

static const struct ipam_str *vendor_of(const void *rec)
{
    const struct record_field *f =
        record_field(record_type(((const struct ipam_record *)rec)->type), IPAM_STR("vendor"));
    return (const void *)((const char *)rec + f->offset);
}

static void test_every_kind_follows_the_server(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t ids[KINDS], server = site_server(s, "dhcp1", true);
    configure(d, "one", false);
    site_collect(s, server);
    int64_t scope = site_scope(s, server, "v4/1")->id, head = fake_head(s->store);
    for (size_t k = 0; k < KINDS; k++) {
        const void *rec = fake_next(s->store, kinds[k].type, 0);
        print_message("%s\n", record_type(kinds[k].type)->name);
        assert_int_equal(site_count(s, kinds[k].type), kinds[k].type == IPAM_T_DHCP_SERVER ? 1 : 2);
        assert_int_equal(ref_of(rec, "server"), server);
        assert_int_equal(ref_of(rec, "scope"), kinds[k].in_scope ? scope : 0);
        ids[k] = ref_of(rec, "id");
    }
    site_collect(s, server); /* as it was: nothing */
    assert_int_equal(fake_head(s->store), head);
    configure(d, "two", true); /* one of each is other, one is gone */
    site_collect(s, server);
    assert_true(fake_head(s->store) > head);
    for (size_t k = 0; k < KINDS; k++) {
        const void *rec = fake_row(s->store, kinds[k].type, ids[k]);
        print_message("%s\n", record_type(kinds[k].type)->name);
        assert_int_equal(site_count(s, kinds[k].type), 1);
        assert_non_null(rec);
        assert_true(str_is(*vendor_of(rec), "{\"text\":\"two\"}"));
    }
    const struct ipam_job *job = site_job(s, COLLECT_FORGET, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    for (size_t k = 0; k < KINDS; k++)
        assert_int_equal(site_count(s, kinds[k].type), 0);
    assert_int_equal(
        site_count(s, IPAM_T_SCOPE) + site_count(s, IPAM_T_SERVER) + site_count(s, IPAM_T_SERVER_CHECK), 0);
}

#define LARGE_ROWS  500
#define LARGE_BYTES 60000

/* Few rows may hold more bytes than one change set may: they go in as several. */
static void test_rows_too_large_for_one_change_set(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    size_t class = 0;
    struct arena a;
    arena_init(&a, 0);
    char *text = arena_alloc(&a, LARGE_BYTES + 1);
    memset(text, 'x', LARGE_BYTES);
    while (kinds[class].type != IPAM_T_DHCP_CLASS)
        class++;
    for (unsigned n = 1; n <= LARGE_ROWS; n++)
        fake_dhcp_row(d, row_of(class, n, "", text, &a));
    arena_fini(&a);
    int64_t head = fake_head(s->store);
    site_collect(s, server);
    assert_int_equal(site_count(s, IPAM_T_DHCP_CLASS), LARGE_ROWS);
    assert_true(fake_head(s->store) - head >= LARGE_ROWS * (int64_t)LARGE_BYTES / STORE_LOG_ROW_MAX);
}

/* Some servers take one option twice, with two values: both are shown, each under its own id, whatever else changes. */
static void test_rows_that_are_called_alike(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    const size_t kind = KINDS - 1;
    struct arena a;
    int64_t ids[2] = { 0 }, server = site_server(s, "dhcp1", true);
    arena_init(&a, 0);
    for (int round = 0; round < 3; round++) {
        int64_t head = fake_head(s->store);
        fake_dhcp_clear(d);
        fake_dhcp_scope(d, "v4/1", "10.0.0.0/24");
        fake_dhcp_row(d, row_of(kind, 1, "v4/1", "one", &a));
        fake_dhcp_row(d, row_of(kind, 1, "v4/1", "one", &a)); /* the same again is nothing new */
        if (round < 2)
            fake_dhcp_row(d, row_of(kind, 1, "v4/1", "two", &a));
        site_collect(s, server);
        const struct ipam_option_value *v = fake_next(s->store, IPAM_T_OPTION_VALUE, 0);
        assert_int_equal(site_count(s, IPAM_T_OPTION_VALUE), round < 2 ? 2 : 1);
        assert_true(str_is(v->vendor, "{\"text\":\"one\"}"));
        assert_true(round == 0 || v->id == ids[0]);
        ids[0] = v->id;
        if (round == 1)
            assert_int_equal(fake_head(s->store), head);
    }
    arena_fini(&a);
}

/* What another server has stays: keys are within a server. */
static void test_servers_apart(void **state)
{
    struct site *s = *state;
    int64_t one = site_server(s, "dhcp1", true), two = site_server(s, "dhcp2", true);
    configure(fake_dhcp("dhcp1"), "one", false);
    configure(fake_dhcp("dhcp2"), "two", false);
    site_collect(s, one);
    site_collect(s, two);
    for (size_t k = 0; k < KINDS; k++)
        assert_int_equal(site_count(s, kinds[k].type), kinds[k].type == IPAM_T_DHCP_SERVER ? 2 : 4);
    assert_int_equal(site_job(s, COLLECT_FORGET, one)->state, IPAM_JOB_STATE_DONE);
    for (size_t k = 0; k < KINDS; k++) {
        assert_int_equal(site_count(s, kinds[k].type), kinds[k].type == IPAM_T_DHCP_SERVER ? 1 : 2);
        assert_int_equal(ref_of(fake_next(s->store, kinds[k].type, 0), "server"), two);
    }
}

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

/* One scope is read: what belongs to another or to the whole server is not looked at. */
static void test_one_scope(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    struct instance *inst = NULL;
    struct arena a;
    int status = 1;
    int64_t server = site_server(s, "dhcp1", true);
    arena_init(&a, 0);
    configure(d, "one", false);
    fake_dhcp_scope(d, "v4/2", "10.0.0.0/24");
    for (size_t k = 0; k < KINDS; k++)
        if (kinds[k].in_scope)
            fake_dhcp_row(d, row_of(k, 3, "v4/2", "one", &a));
    site_collect(s, server);
    fake_dhcp_clear(d); /* all is gone, but only one scope is looked at */
    fleet_enter(s->fleet, server, on_turn, &inst);
    fake_spin(s->loop);
    collect_config_read(s->collect, inst, server, IPAM_STR("v4/2"), on_read, &status, NULL);
    fake_spin(s->loop);
    fleet_leave(s->fleet, server);
    assert_int_equal(status, 0);
    for (size_t k = 0; k < KINDS; k++)
        assert_int_equal(site_count(s, kinds[k].type), kinds[k].type == IPAM_T_DHCP_SERVER ? 1 : 2);
    arena_fini(&a);
}

static void test_pools_of_prefixes_are_apart(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    struct ipam_pool p;
    int64_t server = site_server(s, "dhcp1", true);
    fake_dhcp_scope(d, "v6/1", "2001:db8:1::/64");
    fake_dhcp_pool(d, "v6/1", "2001:db8:1::10", "2001:db8:1::1f");
    record_init(&p, IPAM_T_POOL);
    RECORD_SET(&p, IPAM_POOL_NATIVE_SCOPE, native_scope, IPAM_STR("v6/1"));
    IPAM_SET_FIELD(&p, IPAM_POOL_FIRST);
    IPAM_SET_FIELD(&p, IPAM_POOL_LAST);
    assert_int_equal(addr_parse("2001:db8:8000::", 15, &p.first), 0);
    assert_int_equal(addr_parse("2001:db8:8000:ffff:ffff:ffff:ffff:ffff", 38, &p.last), 0);
    RECORD_SET(&p, IPAM_POOL_DELEGATED_LENGTH, delegated_length, 56);
    fake_dhcp_row(d, &p);
    const struct ipam_job *job = site_job(s, COLLECT_CONFIG, server);
    assert_true(str_is(job->message, "configuration: 1 scopes, 1 pools, 1 pools of prefixes"));
    assert_int_equal(site_count(s, IPAM_T_POOL), 2);
    assert_int_equal(site_count(s, IPAM_T_RANGE), 1); /* of addresses */
    for (const struct ipam_pool *row = fake_next(s->store, IPAM_T_POOL, 0); row != NULL;
         row = fake_next(s->store, IPAM_T_POOL, row->id)) {
        struct ipam_pool shown = *row;
        rule_derive(state_view(s->state), &shown);
        bool delegates = record_has(row, IPAM_POOL_DELEGATED_LENGTH);
        assert_int_equal(shown.size_.lo, delegates ? 256 : 16);
        assert_int_equal(record_has(&shown, IPAM_POOL_USED), !delegates);
    }
}

/* --- only when it is another configuration --- */

static void test_token(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    configure(d, "one", false);
    d->has_tokens = true;
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pc"); /* nothing is known yet */
    size_t rows = site_count(s, IPAM_T_OPTION_VALUE);
    int64_t head = fake_head(s->store), read = site_server_row(s, server)->config_read;
    *fake_clock(s->store) += MINUTE;
    const struct ipam_job *job = site_job(s, COLLECT_CONFIG, server);
    assert_string_equal(fake_dhcp_trace(d), "pk");
    assert_true(str_is(job->message, "configuration: as it was"));
    assert_int_equal(fake_head(s->store), head);
    assert_int_equal(site_count(s, IPAM_T_OPTION_VALUE), rows); /* nothing vanished */
    assert_int_equal(site_server_row(s, server)->config_read, read + MINUTE);
    site_collect(s, server); /* somebody wants it: in any case */
    assert_string_equal(fake_dhcp_trace(d), "pcl");
    configure(d, "two", false); /* another one */
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pk");
    assert_true(fake_head(s->store) > head);
    fake_dhcp_fail(d, DHCP_CONFIG, 0, IPAM_E_CONN);
    configure(d, "three", false);
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_FAILED);
    fake_dhcp_trace(d);
    fleet_reset(s->fleet, server); /* opened anew: nothing is taken for granted */
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pc");
}

/* What a plan reads back is one scope: that says nothing of all else that somebody changed. */
static void test_one_scope_is_not_all(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    struct instance *inst = NULL;
    int status = 1;
    int64_t server = site_server(s, "dhcp1", true);
    configure(d, "one", false);
    d->has_tokens = true;
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    configure(d, "two", true);
    fleet_enter(s->fleet, server, on_turn, &inst);
    fake_spin(s->loop);
    collect_config_read(s->collect, inst, server, IPAM_STR("v4/1"), on_read, &status, NULL);
    fake_spin(s->loop);
    fleet_leave(s->fleet, server);
    assert_int_equal(status, 0);
    assert_int_equal(site_count(s, IPAM_T_SUPERSCOPE), 2);
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pcCpc");
    assert_int_equal(site_count(s, IPAM_T_SUPERSCOPE), 1);
}

/* A relation changes its state without a change of the configuration. */
static void test_state_of_a_relation_follows(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    configure(d, "one", false);
    d->has_tokens = true;
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    int64_t head = fake_head(s->store);
    for (size_t i = 0; i < d->count; i++)
        if (((struct ipam_record *)d->rows[i])->type == IPAM_T_FAILOVER)
            RECORD_SET((struct ipam_failover *)d->rows[i], IPAM_FAILOVER_STATE, state,
                       IPAM_FAILOVER_STATE_PARTNER_DOWN);
    assert_int_equal(site_job(s, COLLECT_CONFIG, server)->state, IPAM_JOB_STATE_DONE);
    assert_string_equal(fake_dhcp_trace(d), "pcpk");
    const struct ipam_failover *f = fake_next(s->store, IPAM_T_FAILOVER, 0);
    assert_int_equal(f->state, IPAM_FAILOVER_STATE_PARTNER_DOWN);
    assert_int_equal(fake_head(s->store), head); /* it is seen, not configured */
    assert_int_equal(site_count(s, IPAM_T_FAILOVER), 2);
    assert_int_equal(site_count(s, IPAM_T_POOL), 2);
}

/* Half an answer to one who asked for the whole. */
static void test_delta_unasked(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    configure(d, "one", false);
    site_collect(s, server);
    int64_t head = fake_head(s->store);
    d->has_tokens = true; /* and it takes the empty token for its own */
    d->delta_always = true;
    const struct ipam_job *job = site_job(s, COLLECT_ALL, server);
    assert_int_equal(job->state, IPAM_JOB_STATE_FAILED);
    assert_true(str_is(job->message,
                       "the provider told only what is new, which it was not asked for; nothing "
                       "was recorded"));
    assert_int_equal(fake_head(s->store), head);
}

/* --- statistics --- */

static const struct ipam_dhcp_statistic *stat_of(const struct site *s, const char *target, const char *name)
{
    for (const struct ipam_dhcp_statistic *st = fake_next(s->store, IPAM_T_DHCP_STATISTIC, 0); st != NULL;
         st = fake_next(s->store, IPAM_T_DHCP_STATISTIC, st->id))
        if (record_has(st, IPAM_DHCP_STATISTIC_TARGET) == (target[0] != '\0') &&
            (target[0] == '\0' || str_is(st->target, target)) && str_is(st->name, name))
            return st;
    return NULL;
}

static void test_statistics(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true);
    configure(d, "one", false);
    fake_dhcp_stat(d, "", "leases", 7);
    fake_dhcp_stat(d, "v4/1", "addresses.assigned", 5);
    fake_dhcp_stat(d, "v4/1", "addresses.total", 20);
    site_collect(s, server);
    assert_string_equal(fake_dhcp_trace(d), "pcl"); /* one that keeps none is not asked */
    assert_int_equal(site_count(s, IPAM_T_DHCP_STATISTIC), 0);
    d->has_stats = true;
    site_collect(s, server);
    assert_string_equal(fake_dhcp_trace(d), "pcls");
    int64_t head = fake_head(s->store), scope = site_scope(s, server, "v4/1")->id;
    assert_int_equal(site_count(s, IPAM_T_DHCP_STATISTIC), 3);
    assert_int_equal(stat_of(s, "v4/1", "addresses.assigned")->count.lo, 5);
    assert_int_equal(stat_of(s, "v4/1", "addresses.assigned")->scope, scope);
    assert_int_equal(stat_of(s, "", "leases")->server, server);
    assert_false(record_has(stat_of(s, "", "leases"), IPAM_DHCP_STATISTIC_SCOPE));
    fake_dhcp_clear_stats(d);
    fake_dhcp_stat(d, "", "leases", 8);
    fake_dhcp_stat(d, "v4/1", "addresses.assigned", 5);
    const struct ipam_job *job = site_job(s, COLLECT_STATS, server);
    assert_string_equal(fake_dhcp_trace(d), "ps");
    assert_int_equal(job->state, IPAM_JOB_STATE_DONE);
    assert_true(str_is(job->results.items[1], "statistics: 2 figures, 2 of them changed")); /* one is gone */
    assert_int_equal(stat_of(s, "", "leases")->count.lo, 8);
    assert_null(stat_of(s, "v4/1", "addresses.total"));
    assert_int_equal(fake_head(s->store), head); /* figures are no revision */
    assert_int_equal(site_server_row(s, server)->statistics_read, *fake_clock(s->store));
    fake_dhcp_fail(d, DHCP_STATS, 0, IPAM_E_CONN);
    assert_int_equal(site_job(s, COLLECT_STATS, server)->state, IPAM_JOB_STATE_FAILED);
    assert_int_equal(site_count(s, IPAM_T_DHCP_STATISTIC), 2);
}

/* --- the server itself --- */

static const struct ipam_server_check *check_of(const struct site *s, const char *channel)
{
    for (const struct ipam_server_check *c = fake_next(s->store, IPAM_T_SERVER_CHECK, 0); c != NULL;
         c = fake_next(s->store, IPAM_T_SERVER_CHECK, c->id))
        if (str_is(c->channel, channel))
            return c;
    return NULL;
}

static void test_checks(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true), began = *fake_clock(s->store);
    site_job(s, COLLECT_PROBE, server);
    const struct ipam_server_check *c = check_of(s, "control");
    assert_int_equal(site_count(s, IPAM_T_SERVER_CHECK), 1);
    assert_int_equal(c->server, server);
    assert_int_equal(c->state, IPAM_CHECK_STATE_OK);
    assert_int_equal(c->since, began);
    *fake_clock(s->store) += MINUTE;
    d->other_channel = "leases";
    d->check = "not to be had";
    d->check_state = IPAM_CHECK_STATE_DENIED;
    site_job(s, COLLECT_PROBE, server);
    assert_int_equal(site_count(s, IPAM_T_SERVER_CHECK), 2);
    assert_int_equal(check_of(s, "control")->since, began); /* the same ever since */
    assert_int_equal(check_of(s, "control")->checked, began + MINUTE);
    c = check_of(s, "leases");
    assert_int_equal(c->state, IPAM_CHECK_STATE_DENIED);
    assert_true(str_is(c->message, "not to be had") && str_is(c->remedy, "mend it"));
    assert_int_equal(c->since, began + MINUTE);
    assert_int_equal(site_server_row(s, server)->state, IPAM_SERVER_STATE_FAULTY);
    d->check = NULL; /* the channel is not told of any more */
    site_job(s, COLLECT_PROBE, server);
    assert_int_equal(site_count(s, IPAM_T_SERVER_CHECK), 1);
    assert_null(check_of(s, "leases"));
}

static void test_service(void **state)
{
    struct site *s = *state;
    struct fake_dhcp *d = fake_dhcp("dhcp1");
    int64_t server = site_server(s, "dhcp1", true), began = *fake_clock(s->store);
    d->service = IPAM_PROBE_SERVICE_PAUSED;
    for (int i = 0; i < 2; i++) {
        site_job(s, COLLECT_PROBE, server);
        assert_int_equal(site_server_row(s, server)->service, IPAM_SERVER_SERVICE_PAUSED);
        assert_int_equal(site_server_row(s, server)->service_since, began);
        *fake_clock(s->store) += MINUTE;
    }
    d->service = IPAM_PROBE_SERVICE_STOPPED;
    site_job(s, COLLECT_PROBE, server);
    assert_int_equal(site_server_row(s, server)->service, IPAM_SERVER_SERVICE_STOPPED);
    assert_int_equal(site_server_row(s, server)->service_since, began + 2 * MINUTE);
    d->service = 0; /* it says nothing of it */
    site_job(s, COLLECT_PROBE, server);
    assert_false(record_has(site_server_row(s, server), IPAM_SERVER_SERVICE));
}

static int64_t availability(const struct site *s, int64_t server)
{
    struct ipam_server shown = *site_server_row(s, server);
    rule_derive(state_view(s->state), &shown);
    return record_has(&shown, IPAM_SERVER_AVAILABILITY) ? shown.availability : -1;
}

static void look(struct site *s, int64_t server, int64_t after_ms, int status)
{
    fake_pass(s->loop, after_ms);
    *fake_clock(s->store) += after_ms;
    fake_dhcp_fail(fake_dhcp("dhcp1"), DHCP_PROBE, 0, status);
    site_job(s, COLLECT_PROBE, server);
}

static void test_availability(void **state)
{
    struct site *s = *state;
    int64_t server = site_server(s, "dhcp1", true), began = *fake_clock(s->store);
    look(s, server, 0, 0);
    assert_int_equal(availability(s, server), -1); /* nothing is known yet */
    look(s, server, 3 * MINUTE, 0);
    assert_int_equal(availability(s, server), 10000);
    assert_int_equal(site_server_row(s, server)->state_since, began);
    look(s, server, MINUTE, IPAM_E_CONN); /* the time before belongs to what was seen then */
    assert_int_equal(availability(s, server), 10000);
    assert_int_equal(site_server_row(s, server)->state_since, began + 4 * MINUTE);
    look(s, server, MINUTE, IPAM_E_CONN);
    assert_int_equal(availability(s, server), 8000);
    look(s, server, 3 * MINUTE, 0);
    assert_int_equal(availability(s, server), 5000);
    *fake_clock(s->store) += INT64_C(400) * 86400000; /* a clock that jumps is no time that passed */
    look(s, server, 8 * MINUTE, 0);
    assert_int_equal(availability(s, server), 7500);
    assert_int_equal(site_server_row(s, server)->watched, 16 * MINUTE);
}

int main(void)
{
#define SITE(f) cmocka_unit_test_setup_teardown(f, site_setup, site_teardown)
    const struct CMUnitTest tests[] = {
        SITE(test_every_kind_follows_the_server),
        SITE(test_rows_too_large_for_one_change_set),
        SITE(test_rows_that_are_called_alike),
        SITE(test_servers_apart),
        SITE(test_one_scope),
        SITE(test_pools_of_prefixes_are_apart),
        SITE(test_token),
        SITE(test_one_scope_is_not_all),
        SITE(test_state_of_a_relation_follows),
        SITE(test_delta_unasked),
        SITE(test_statistics),
        SITE(test_checks),
        SITE(test_service),
        SITE(test_availability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
