/* state_batches_test.c - random batches, some intents refused, some batches lost, against a sorted array.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The array is the simplest thing that can be right: every address that is in use, in order, and whether it
 * is durable, new in the batch, or freed by it. After every intent the views must agree with it, and the
 * readers' view with what is durable. */
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "index_random.h"

#define SUBNETS 6
#define HOSTS   16 /* of each */
#define BATCHES 5000

enum held { FREE, DURABLE, NEW, FREED };

struct cell {
    enum held use;
    int64_t id; /* of the address, once it is accepted */
};

struct pair {
    struct world w;
    struct ipam_prefix prefixes[SUBNETS];
    int64_t subnets[SUBNETS]; /* ids; 0: there is none */
    struct cell cells[SUBNETS][HOSTS];
    /* before the batch, and before the intent: what failing goes back to */
    int64_t durable_subnets[SUBNETS], accepted_subnets[SUBNETS];
    struct cell durable[SUBNETS][HOSTS], accepted[SUBNETS][HOSTS];
    unsigned long intents, refused, lost;
};

static struct ipam_addr at(const struct pair *p, unsigned n, unsigned host)
{
    struct ipam_addr a = p->prefixes[n].addr;
    unsigned last = a.family == 4 ? 3 : 15;
    a.bytes[last] = (uint8_t)(a.bytes[last] + host);
    return a;
}

/* Network, broadcast and anycast addresses are not handed out. */
static bool is_usable(const struct pair *p, unsigned n, unsigned host)
{
    return host != 0 && (p->prefixes[n].addr.family == 6 || host != HOSTS - 1);
}

static void assert_views(struct pair *p)
{
    const struct view *draft = draft_view(p->w.draft), *readers = state_view(p->w.state);
    for (unsigned n = 0; n < SUBNETS; n++) {
        struct ipam_addr first = at(p, n, 0), last = at(p, n, HOSTS - 1), found;
        uint64_t durable = 0;
        int lowest = -1, highest = -1;
        for (unsigned h = 0; h < HOSTS; h++) {
            struct ipam_addr a = at(p, n, h);
            struct view_user u[4];
            const struct cell *now = &p->cells[n][h];
            bool is_durable = p->durable[n][h].use == DURABLE;
            assert_int_equal(view_users(draft, p->w.space, &a, u, 4), now->use != FREE);
            if (now->use != FREE)
                assert_int_equal(u[0].id, now->id);
            assert_int_equal(view_users(readers, p->w.space, &a, u, 4), is_durable);
            durable += is_durable;
            if (now->use == FREE) {
                lowest = lowest < 0 ? (int)h : lowest;
                highest = (int)h;
            }
        }
        assert_int_equal(view_used(readers, p->w.space, &first, &last).lo, durable);
        int rc = view_next_free(draft, p->w.space, &first, &last, &found);
        assert_int_equal(rc, lowest < 0 ? IPAM_E_EXHAUSTED : 0);
        if (rc == 0)
            assert_int_equal(
                found.bytes[found.family == 4 ? 3 : 15] - first.bytes[first.family == 4 ? 3 : 15], lowest);
        rc = view_last_free(draft, p->w.space, &first, &last, &found);
        assert_int_equal(rc, highest < 0 ? IPAM_E_EXHAUSTED : 0);
        if (rc == 0)
            assert_int_equal(
                found.bytes[found.family == 4 ? 3 : 15] - first.bytes[first.family == 4 ? 3 : 15], highest);
        assert_int_equal(view_by_prefix(draft, IPAM_T_SUBNET, p->w.space, &p->prefixes[n]), p->subnets[n]);
        assert_int_equal(view_by_prefix(readers, IPAM_T_SUBNET, p->w.space, &p->prefixes[n]),
                         p->durable_subnets[n]);
    }
}

/* --- what an intent does; each answers what the rule said and has changed the array if it said yes --- */

static int do_subnet(struct pair *p, unsigned n)
{
    struct ipam_subnet *s = record_new(&p->w.arena, IPAM_T_SUBNET);
    RECORD_SET(s, IPAM_SUBNET_PREFIX, prefix, p->prefixes[n]);
    int rc = rule_create(p->w.draft, s, &p->w.problem);
    assert_int_equal(rc == 0, p->subnets[n] == 0);
    if (rc == 0)
        p->subnets[n] = s->id;
    return rc;
}

static int do_drop_subnet(struct pair *p, unsigned n)
{
    bool empty = true;
    for (unsigned h = 0; h < HOSTS; h++) /* what the batch frees goes with the subnet or stays with it */
        empty = empty && (p->cells[n][h].use == FREE || p->cells[n][h].use == FREED);
    if (p->subnets[n] == 0)
        return 0;
    int rc = rule_delete(p->w.draft, view_get(draft_view(p->w.draft), IPAM_T_SUBNET, p->subnets[n]),
                         &p->w.problem);
    assert_int_equal(rc == 0, empty);
    if (rc == 0)
        p->subnets[n] = 0;
    return rc;
}

static int do_create(struct pair *p, unsigned n)
{
    unsigned h = below(HOSTS);
    struct ipam_address *a = record_new(&p->w.arena, IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, at(p, n, h));
    int rc = rule_create(p->w.draft, a, &p->w.problem);
    assert_int_equal(rc == 0, p->cells[n][h].use == FREE);
    if (rc == 0)
        p->cells[n][h] = (struct cell){ NEW, a->id };
    return rc;
}

static int do_release(struct pair *p, unsigned n)
{
    unsigned h = below(HOSTS);
    struct cell *c = &p->cells[n][h];
    if (c->use != DURABLE && c->use != NEW)
        return 0;
    int rc = rule_delete(p->w.draft, view_get(draft_view(p->w.draft), IPAM_T_ADDRESS, c->id), &p->w.problem);
    assert_int_equal(rc, 0);
    c->use = FREED;
    return 0;
}

static int do_rename(struct pair *p, unsigned n)
{
    static const uint64_t none[2];
    struct cell *c = &p->cells[n][below(HOSTS)];
    struct ipam_address *patch = record_new(&p->w.arena, IPAM_T_ADDRESS);
    if (c->use != DURABLE && c->use != NEW)
        return 0;
    RECORD_SET(patch, IPAM_ADDRESS_NAME, name, str_from(arena_printf(&p->w.arena, "host-%u", below(3))));
    return rule_update(p->w.draft, view_get(draft_view(p->w.draft), IPAM_T_ADDRESS, c->id), patch, none,
                       &p->w.problem);
}

/* What first and last must answer, address by address; random must answer something free. */
static int do_allocate(struct pair *p, unsigned n)
{
    int64_t ids[HOSTS];
    struct ipam_address fields;
    unsigned count = 1 + below(4), room = 0;
    record_init(&fields, IPAM_T_ADDRESS);
    struct allocation a = { .subnet = p->subnets[n],
                            .count = count,
                            .strategy = (enum strategy)below(3),
                            .fields = &fields,
                            .ret_ids = ids };
    for (unsigned h = 0; h < HOSTS; h++)
        room += is_usable(p, n, h) && p->cells[n][h].use == FREE;
    if (p->subnets[n] == 0)
        return 0;
    int rc = rule_allocate(p->w.draft, &a, &p->w.problem);
    assert_int_equal(rc == 0, room >= count);
    for (unsigned i = 0; rc == 0 && i < count; i++) {
        const struct ipam_address *got = view_get(draft_view(p->w.draft), IPAM_T_ADDRESS, ids[i]);
        unsigned last = got->address.family == 4 ? 3 : 15;
        unsigned h = (unsigned)(got->address.bytes[last] - p->prefixes[n].addr.bytes[last]);
        assert_true(h < HOSTS && is_usable(p, n, h) && p->cells[n][h].use == FREE);
        for (unsigned k = 0; k < HOSTS; k++) {
            bool passed = a.strategy == STRATEGY_FIRST ? k < h : a.strategy == STRATEGY_LAST ? k > h : false;
            if (passed && is_usable(p, n, k))
                assert_int_not_equal(p->cells[n][k].use, FREE);
        }
        p->cells[n][h] = (struct cell){ NEW, ids[i] };
    }
    return rc;
}

static void one_intent(struct pair *p)
{
    static int (*const does[])(
        struct pair *, unsigned) = { do_subnet,  do_drop_subnet, do_create, do_release,  do_release,
                                     do_release, do_release,     do_rename, do_allocate, do_allocate };
    int rc = 0;
    memcpy(p->accepted, p->cells, sizeof(p->cells));
    memcpy(p->accepted_subnets, p->subnets, sizeof(p->subnets));
    world_begin(&p->w);
    int64_t head = draft_head(p->w.draft), next_id = draft_next_id(p->w.draft);
    size_t ops = draft_op_count(p->w.draft);
    for (unsigned i = 1 + below(3); i > 0 && rc == 0; i--)
        rc = does[below(COUNT(does))](p, below(SUBNETS));
    if (rc == 0 && below(4) == 0) /* somebody after the rules says no */
        rc = problem_set(&p->w.problem, PROBLEM_DENIED, "not today");
    p->intents++;
    world_end(&p->w, rc);
    if (rc != 0) {
        p->refused++;
        memcpy(p->cells, p->accepted, sizeof(p->cells));
        memcpy(p->subnets, p->accepted_subnets, sizeof(p->subnets));
        assert_int_equal(draft_op_count(p->w.draft), ops);
        assert_int_equal(draft_next_id(p->w.draft), next_id);
    }
    /* A revision for each intent that changed something, and for no other. */
    assert_int_equal(draft_head(p->w.draft), head + (draft_op_count(p->w.draft) > ops));
    for (size_t i = ops; i < draft_op_count(p->w.draft); i++)
        assert_int_equal(draft_ops(p->w.draft)[i].rev, head + 1);
    assert_views(p);
}

static void one_batch(struct pair *p)
{
    memcpy(p->durable, p->cells, sizeof(p->cells));
    memcpy(p->durable_subnets, p->subnets, sizeof(p->subnets));
    world_open(&p->w);
    assert_views(p);
    for (unsigned i = below(12); i > 0; i--)
        one_intent(p);
    if (below(5) == 0) { /* the commit fails */
        world_drop(&p->w);
        memcpy(p->cells, p->durable, sizeof(p->cells));
        memcpy(p->subnets, p->durable_subnets, sizeof(p->subnets));
        p->lost++;
    } else {
        world_publish(&p->w);
    }
    for (unsigned n = 0; n < SUBNETS; n++)
        for (unsigned h = 0; h < HOSTS; h++) {
            struct cell *c = &p->cells[n][h];
            c->use = c->use == NEW || c->use == DURABLE ? DURABLE : FREE;
        }
    arena_reset(&p->w.arena);
}

static void fake_random(void *buf, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buf)[i] = (uint8_t)draw();
}

static void test_batches(void **state)
{
    struct pair *p = calloc(1, sizeof(*p));
    const struct base_port *system = base_port;
    struct base_port port = *system;
    char text[PREFIX_TEXT_MAX];
    (void)state;
    port.random = fake_random;
    base_port = &port;
    world_init(&p->w);
    for (unsigned n = 0; n < SUBNETS; n++) {
        if (n < 4)
            snprintf(text, sizeof(text), "10.0.0.%u/28", n * 16);
        else
            snprintf(text, sizeof(text), "2001:db8::%x0/124", n);
        p->prefixes[n] = prefix_of(text);
    }
    for (unsigned long i = scaled(BATCHES); i > 0; i--)
        one_batch(p);
    print_message("%lu intents, %lu refused; %lu batches lost; revision %lld\n", p->intents, p->refused,
                  p->lost, (long long)p->w.head);
    assert_true(p->refused > 0 && p->lost > 0 && p->refused < p->intents);
    base_port = system;
    world_fini(&p->w);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_batches) };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
