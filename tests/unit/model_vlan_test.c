/* model_vlan_test.c - VLAN groups, VLANs and VRFs: what they may be, who names them, and the next free ids.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include "index_random.h"

#define MANY 1000

static int64_t made(struct world *w, void *rec)
{
    enum problem_type rc = world_create(w, rec);
    if (rc != PROBLEM_NONE)
        fail_msg("%s", w->problem.detail);
    return *(const int64_t *)((const char *)rec +
                              record_type(((const struct ipam_record *)rec)->type)->fields[0].offset);
}

static struct ipam_str text_of(struct world *w, const char *text)
{
    return str_from(arena_printf(&w->arena, "%s", text));
}

static struct ipam_vlan_group *group_of(struct world *w, const char *name, int64_t min, int64_t max)
{
    struct ipam_vlan_group *g = record_new(&w->arena, IPAM_T_VLAN_GROUP);
    RECORD_SET(g, IPAM_VLAN_GROUP_NAME, name, text_of(w, name));
    if (min != 0)
        RECORD_SET(g, IPAM_VLAN_GROUP_MIN_VID, min_vid, min);
    if (max != 0)
        RECORD_SET(g, IPAM_VLAN_GROUP_MAX_VID, max_vid, max);
    return g;
}

static struct ipam_vlan *vlan_of(struct world *w, int64_t group, int64_t vid, const char *name)
{
    struct ipam_vlan *n = record_new(&w->arena, IPAM_T_VLAN);
    RECORD_SET(n, IPAM_VLAN_GROUP, group, group);
    RECORD_SET(n, IPAM_VLAN_VID, vid, vid);
    if (name != NULL)
        RECORD_SET(n, IPAM_VLAN_NAME, name, text_of(w, name));
    return n;
}

static struct ipam_vrf *vrf_of(struct world *w, const char *name, const char *rd)
{
    struct ipam_vrf *vrf = record_new(&w->arena, IPAM_T_VRF);
    RECORD_SET(vrf, IPAM_VRF_NAME, name, text_of(w, name));
    if (rd != NULL)
        RECORD_SET(vrf, IPAM_VRF_RD, rd, text_of(w, rd));
    return vrf;
}

static const void *now(const struct world *w, uint32_t type, int64_t id)
{
    return view_get(state_view(w->state), type, id);
}

/* Sets the fields that `patch` has, and clears one (0: none). */
static enum problem_type change(struct world *w, uint32_t type, int64_t id, const void *patch, unsigned clear)
{
    const uint64_t cleared[2] = { clear != 0 ? UINT64_C(1) << clear : 0, 0 };
    return world_update(w, now(w, type, id), patch, cleared);
}

static void assert_said(const struct world *w, const char *part)
{
    if (strstr(w->problem.detail, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", w->problem.detail, part);
    assert_true(w->problem.hint[0] != '\0');
}

/* --- groups and VLANs --- */

static void test_what_a_group_may_be_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t campus = made(&w, group_of(&w, "campus", 100, 199));
    assert_int_equal(world_create(&w, group_of(&w, "campus", 0, 0)), PROBLEM_EXISTS);
    assert_int_equal(w.problem.about, campus);
    assert_int_equal(world_create(&w, group_of(&w, "17", 0, 0)), PROBLEM_INVALID);
    assert_int_equal(world_create(&w, group_of(&w, "a@b", 0, 0)), PROBLEM_INVALID);
    assert_said(&w, "no group has an @ in its name");
    assert_int_equal(world_create(&w, group_of(&w, "low", 200, 199)), PROBLEM_INVALID);
    assert_said(&w, "min_vid: 200 is above max_vid, 199");
    made(&w, group_of(&w, "one", 200, 200));
    made(&w, group_of(&w, "all", 0, 0));
    world_fini(&w);
}

static void test_ids_and_names_are_unique_in_a_group_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t campus = made(&w, group_of(&w, "campus", 100, 199)),
            other = made(&w, group_of(&w, "other", 0, 0));
    int64_t office = made(&w, vlan_of(&w, campus, 100, "office"));
    made(&w, vlan_of(&w, campus, 199, NULL));
    made(&w, vlan_of(&w, campus, 150, NULL)); /* any number of them has no name */
    assert_int_equal(world_create(&w, vlan_of(&w, campus, 100, "voice")), PROBLEM_EXISTS);
    assert_said(&w, "VLAN group \"campus\" has a VLAN with the id 100 already");
    assert_int_equal(world_create(&w, vlan_of(&w, campus, 101, "office")), PROBLEM_EXISTS);
    assert_said(&w, "with the name office already");
    assert_int_equal(w.problem.about, office);
    assert_int_equal(world_create(&w, vlan_of(&w, campus, 101, "12")), PROBLEM_INVALID);
    assert_int_equal(world_create(&w, vlan_of(&w, campus, 99, NULL)), PROBLEM_INVALID);
    assert_said(&w, "vid: 99 is not in 100-199");
    assert_int_equal(world_create(&w, vlan_of(&w, campus, 200, NULL)), PROBLEM_INVALID);
    assert_int_equal(world_create(&w, vlan_of(&w, 4711, 100, NULL)), PROBLEM_INVALID);
    assert_said(&w, "group: there is no vlan_group 4711");
    int64_t twin = made(&w, vlan_of(&w, other, 100, "office"));
    made(&w, vlan_of(&w, other, 4094, NULL));
    assert_int_equal(view_vlan(state_view(w.state), campus, 100), office);
    assert_int_equal(view_vlan(state_view(w.state), other, 100), twin);
    assert_int_equal(view_vlan(state_view(w.state), campus, 101), 0);
    assert_int_equal(view_vlan_named(state_view(w.state), other, IPAM_STR("office")), twin);
    assert_int_equal(view_vlan_named(state_view(w.state), other, IPAM_STR("voice")), 0);
    /* A name goes to who is free to have it. */
    assert_int_equal(change(&w, IPAM_T_VLAN, office, vlan_of(&w, campus, 100, "rooms"), 0), PROBLEM_NONE);
    made(&w, vlan_of(&w, campus, 101, "office"));
    assert_int_equal(change(&w, IPAM_T_VLAN, office, vlan_of(&w, campus, 100, "office"), 0), PROBLEM_EXISTS);
    world_fini(&w);
}

/* In one batch, past what storage sees between. */
static void test_vlans_trade_their_names_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t g = made(&w, group_of(&w, "campus", 0, 0));
    int64_t a = made(&w, vlan_of(&w, g, 1, "a")), b = made(&w, vlan_of(&w, g, 2, "b"));
    world_open(&w);
    const struct {
        int64_t id;
        const char *name;
    } steps[] = { { b, "spare" }, { a, "b" }, { b, "a" } };
    for (size_t i = 0; i < COUNT(steps); i++) {
        const uint64_t none[2] = { 0, 0 };
        const void *before = view_get(draft_view(w.draft), IPAM_T_VLAN, steps[i].id);
        assert_int_equal(
            world_update(&w, before, vlan_of(&w, g, steps[i].id == a ? 1 : 2, steps[i].name), none),
            PROBLEM_NONE);
        assert_int_equal(view_vlan_named(draft_view(w.draft), g, str_from(steps[i].name)), steps[i].id);
    }
    world_publish(&w);
    assert_int_equal(view_vlan_named(state_view(w.state), g, IPAM_STR("a")), b);
    assert_int_equal(view_vlan_named(state_view(w.state), g, IPAM_STR("b")), a);
    assert_int_equal(view_vlan_named(state_view(w.state), g, IPAM_STR("spare")), 0);
    assert_int_equal(view_vlan(state_view(w.state), g, 1), a);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN, a)), PROBLEM_NONE);
    assert_int_equal(view_vlan_named(state_view(w.state), g, IPAM_STR("b")), 0);
    assert_int_equal(view_vlan_named(state_view(w.state), g, IPAM_STR("a")), b);
    world_fini(&w);
}

static void test_a_group_keeps_room_for_its_vlans_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t campus = made(&w, group_of(&w, "campus", 100, 199));
    int64_t low = made(&w, vlan_of(&w, campus, 100, NULL)), high = made(&w, vlan_of(&w, campus, 199, NULL));
    assert_int_equal(change(&w, IPAM_T_VLAN_GROUP, campus, group_of(&w, "campus", 101, 0), 0),
                     PROBLEM_IN_USE);
    assert_said(&w, "has the VLAN 100, not in 101-199");
    assert_int_equal(w.problem.about, low);
    assert_int_equal(change(&w, IPAM_T_VLAN_GROUP, campus, group_of(&w, "campus", 0, 198), 0),
                     PROBLEM_IN_USE);
    assert_int_equal(w.problem.about, high);
    assert_int_equal(
        change(&w, IPAM_T_VLAN_GROUP, campus, group_of(&w, "site", 50, 0), IPAM_VLAN_GROUP_MAX_VID),
        PROBLEM_NONE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN_GROUP, campus)), PROBLEM_IN_USE);
    assert_said(&w, "VLAN group \"site\" has the VLAN 100");
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN, low)), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN_GROUP, campus)), PROBLEM_IN_USE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN, high)), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN_GROUP, campus)), PROBLEM_NONE);
    world_fini(&w);
}

/* --- the next free ids --- */

static int make(void *user, struct draft *d, struct ipam_vlan *n, struct problem *p)
{
    (void)user;
    return rule_create(d, n, p);
}

static enum problem_type allocate(struct world *w, int64_t group, int64_t count, const char *name,
                                  int64_t *ids)
{
    struct vlan_wish q = {
        .group = group, .count = count, .fields = vlan_of(w, 0, 0, name), .make = make, .ret_ids = ids
    };
    world_open(w);
    world_begin(w);
    enum problem_type rc = world_end(w, rule_vlan_allocate(w->draft, &q, &w->problem));
    world_publish(w);
    return rc;
}

static void test_the_lowest_free_ids_are_given_6_9(void **state)
{
    struct world w;
    int64_t ids[MANY];
    (void)state;
    world_init(&w);
    int64_t campus = made(&w, group_of(&w, "campus", 100, 105));
    made(&w, vlan_of(&w, campus, 101, "voice"));
    assert_int_equal(allocate(&w, campus, 1, "office", ids), PROBLEM_NONE);
    const struct ipam_vlan *n = now(&w, IPAM_T_VLAN, ids[0]);
    assert_int_equal(n->vid, 100);
    assert_true(str_is(n->name, "office"));
    assert_int_equal(allocate(&w, campus, 2, "lab", ids), PROBLEM_NONE);
    n = now(&w, IPAM_T_VLAN, ids[1]);
    assert_int_equal(n->vid, 103);
    assert_true(str_is(n->name, "lab-103"));
    assert_int_equal(allocate(&w, campus, 1, "voice", ids), PROBLEM_EXISTS);
    assert_int_equal(allocate(&w, campus, 3, NULL, ids), PROBLEM_EXHAUSTED); /* all or none */
    assert_said(&w, "has 2 of the 3 ids free");
    assert_int_equal(allocate(&w, campus, 2, NULL, ids), PROBLEM_NONE);
    assert_int_equal(allocate(&w, campus, 1, NULL, ids), PROBLEM_EXHAUSTED);
    world_fini(&w);
}

/* Against a list of what is taken: random groups, VLANs that come and go, wishes of any size. */
static void test_ids_are_given_as_a_model_gives_them_6_9(void **state)
{
    (void)state;
    for (unsigned long round = 0; round < scaled(60); round++) {
        struct world w;
        int64_t ids[MANY];
        bool taken[4095] = { false };
        int64_t min = 1 + below(4000), max = min + below(60);
        world_init(&w);
        int64_t group = made(&w, group_of(&w, "g", min, max)), used = 0;
        for (int i = 0; i < 40; i++) {
            int64_t vid = min + below((unsigned)(max - min + 1)), count = 1 + below(5), got = 0;
            int64_t id = view_vlan(state_view(w.state), group, vid);
            if (id != 0 && below(2) == 0) {
                assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN, id)), PROBLEM_NONE);
                taken[vid] = false;
                used--;
            }
            enum problem_type rc = allocate(&w, group, count, NULL, ids);
            assert_int_equal(rc, max - min + 1 - used < count ? PROBLEM_EXHAUSTED : PROBLEM_NONE);
            for (int64_t at = min; rc == PROBLEM_NONE && at <= max && got < count; at++) {
                if (taken[at])
                    continue;
                assert_int_equal(((const struct ipam_vlan *)now(&w, IPAM_T_VLAN, ids[got]))->vid, at);
                taken[at] = true;
                got++;
                used++;
            }
            struct ipam_vlan_group *g = record_copy(&w.arena, now(&w, IPAM_T_VLAN_GROUP, group));
            rule_derive(state_view(w.state), g);
            assert_int_equal(g->used, used);
            assert_int_equal(g->free, max - min + 1 - used);
        }
        world_fini(&w);
    }
}

/* --- subnets --- */

static struct ipam_subnet *in_vlan(struct world *w, const char *prefix, int64_t vlan)
{
    struct ipam_subnet *s = subnet_of(w, prefix);
    RECORD_SET(s, IPAM_SUBNET_IN_VLAN, in_vlan, vlan);
    return s;
}

static struct ipam_subnet *patch_of(struct world *w, int64_t vlan, const int64_t *vids, size_t count)
{
    struct ipam_subnet *s = record_new(&w->arena, IPAM_T_SUBNET);
    if (vlan != 0)
        RECORD_SET(s, IPAM_SUBNET_IN_VLAN, in_vlan, vlan);
    if (vids != NULL)
        RECORD_SET(s, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ (int64_t *)(uintptr_t)vids, count }));
    return s;
}

static void assert_vids(const struct world *w, int64_t subnet, const int64_t *vids, size_t count,
                        int64_t vlan)
{
    const struct ipam_subnet *s = now(w, IPAM_T_SUBNET, subnet);
    assert_int_equal(s->vlans.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(s->vlans.items[i], vids[i]);
    assert_int_equal(record_has(s, IPAM_SUBNET_IN_VLAN) ? s->in_vlan : 0, vlan);
}

#define VIDS(...) (const int64_t[]){ __VA_ARGS__ }, COUNT(((const int64_t[]){ __VA_ARGS__ }))

static void test_the_id_of_its_vlan_is_one_of_a_subnet_6_9(void **state)
{
    static const char *const prefixes[] = { "10.1.0.0/24", "2001:db8::/64" };
    int64_t seven = 7;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        world_init(&w);
        int64_t g = made(&w, group_of(&w, "campus", 0, 0));
        int64_t a = made(&w, vlan_of(&w, g, 100, NULL)), b = made(&w, vlan_of(&w, g, 200, NULL));
        assert_int_equal(world_create(&w, in_vlan(&w, prefixes[i], 4711)), PROBLEM_INVALID);
        assert_said(&w, "in_vlan: there is no vlan 4711");
        struct ipam_subnet *wrong = in_vlan(&w, prefixes[i], a);
        RECORD_SET(wrong, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ &seven, 1 }));
        assert_int_equal(world_create(&w, wrong), PROBLEM_INVALID);
        assert_said(&w, "vlans: 100, the id of in_vlan, is missing");
        int64_t s = made(&w, in_vlan(&w, prefixes[i], a));
        assert_vids(&w, s, VIDS(100), a);
        /* The other VLAN's id takes the place of the one before; among others it is enough. */
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, 0, VIDS(7, 100, 8)), 0), PROBLEM_NONE);
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, b, NULL, 0), 0), PROBLEM_NONE);
        assert_vids(&w, s, VIDS(7, 200, 8), b);
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, a, VIDS(9)), 0), PROBLEM_INVALID);
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, a, VIDS(100, 9)), 0), PROBLEM_NONE);
        assert_vids(&w, s, VIDS(100, 9), a);
        /* Out of the VLAN: by the one field or the other. */
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, 0, VIDS(9)), 0), PROBLEM_NONE);
        assert_vids(&w, s, VIDS(9), 0);
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, a, NULL, 0), 0), PROBLEM_NONE);
        assert_vids(&w, s, VIDS(9, 100), a);
        assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, 0, NULL, 0), IPAM_SUBNET_IN_VLAN),
                         PROBLEM_NONE);
        assert_vids(&w, s, VIDS(9, 100), 0);
        world_fini(&w);
    }
}

static void test_a_full_list_takes_no_more_ids_6_9(void **state)
{
    struct world w;
    int64_t vids[64];
    (void)state;
    world_init(&w);
    int64_t g = made(&w, group_of(&w, "campus", 0, 0)), n = made(&w, vlan_of(&w, g, 100, NULL));
    for (size_t i = 0; i < COUNT(vids); i++)
        vids[i] = 1000 + (int64_t)i;
    struct ipam_subnet *full = subnet_of(&w, "10.1.0.0/24");
    RECORD_SET(full, IPAM_SUBNET_VLANS, vlans, ((struct ipam_ints){ vids, COUNT(vids) }));
    int64_t s = made(&w, full);
    assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, n, NULL, 0), 0), PROBLEM_INVALID);
    assert_said(&w, "there is no room for 100");
    assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, 0, vids, 63), 0), PROBLEM_NONE);
    assert_int_equal(change(&w, IPAM_T_SUBNET, s, patch_of(&w, n, NULL, 0), 0), PROBLEM_NONE);
    world_fini(&w);
}

static void test_a_vlan_stays_while_a_subnet_is_in_it_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t g = made(&w, group_of(&w, "campus", 0, 0)), n = made(&w, vlan_of(&w, g, 100, NULL));
    int64_t s = made(&w, in_vlan(&w, "10.1.0.0/24", n));
    made(&w, in_vlan(&w, "10.2.0.0/24", made(&w, vlan_of(&w, g, 101, NULL))));
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN, n)), PROBLEM_IN_USE);
    assert_said(&w, "VLAN 100 has the subnet 10.1.0.0/24");
    assert_int_equal(w.problem.about, s);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_SUBNET, s)), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VLAN, n)), PROBLEM_NONE);
    world_fini(&w);
}

/* --- VRFs --- */

static void test_what_a_vrf_may_be_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t blue = made(&w, vrf_of(&w, "blue", "0:065000:100"));
    const struct ipam_vrf *vrf = now(&w, IPAM_T_VRF, blue);
    assert_true(str_is(vrf->rd, "65000:100"));
    assert_int_equal(world_create(&w, vrf_of(&w, "blue", NULL)), PROBLEM_EXISTS);
    assert_int_equal(world_create(&w, vrf_of(&w, "red", "65000:100")), PROBLEM_EXISTS);
    assert_said(&w, "VRF \"blue\" has the rd 65000:100 already");
    assert_int_equal(w.problem.about, blue);
    assert_int_equal(world_create(&w, vrf_of(&w, "17", NULL)), PROBLEM_INVALID);
    assert_int_equal(world_create(&w, vrf_of(&w, "red", "65000")), PROBLEM_INVALID);
    assert_said(&w, "rd: \"65000\" is no route distinguisher");
    int64_t red = made(&w, vrf_of(&w, "red", "2:65000:100")); /* another type is another one */
    made(&w, vrf_of(&w, "green", NULL));
    made(&w, vrf_of(&w, "grey", NULL)); /* any number of them has none */
    assert_int_equal(change(&w, IPAM_T_VRF, red, vrf_of(&w, "red", "65000:0100"), 0), PROBLEM_EXISTS);
    assert_int_equal(change(&w, IPAM_T_VRF, red, vrf_of(&w, "red", "1:192.0.2.1:5"), 0), PROBLEM_NONE);
    assert_true(str_is(((const struct ipam_vrf *)now(&w, IPAM_T_VRF, red))->rd, "192.0.2.1:5"));
    world_fini(&w);
}

static void test_route_targets_have_one_spelling_6_9(void **state)
{
    struct world w;
    struct ipam_str two[] = { IPAM_STR("0:65000:01"), IPAM_STR("1.10:5") };
    struct ipam_str same[] = { IPAM_STR("65000:1"), IPAM_STR("0:65000:1") }, bad[] = { IPAM_STR("65000:x") };
    (void)state;
    world_init(&w);
    struct ipam_vrf *vrf = vrf_of(&w, "blue", NULL);
    RECORD_SET(vrf, IPAM_VRF_IMPORT_TARGETS, import_targets, ((struct ipam_strs){ two, 2 }));
    RECORD_SET(vrf, IPAM_VRF_EXPORT_TARGETS, export_targets, ((struct ipam_strs){ two + 1, 1 }));
    const struct ipam_vrf *kept = now(&w, IPAM_T_VRF, made(&w, vrf));
    assert_true(str_is(kept->import_targets.items[0], "65000:1"));
    assert_true(str_is(kept->import_targets.items[1], "65546:5"));
    assert_true(str_is(kept->export_targets.items[0], "65546:5"));
    vrf = vrf_of(&w, "red", NULL);
    RECORD_SET(vrf, IPAM_VRF_IMPORT_TARGETS, import_targets, ((struct ipam_strs){ same, 2 }));
    assert_int_equal(world_create(&w, vrf), PROBLEM_INVALID);
    assert_said(&w, "import_targets: 65000:1 is given twice");
    vrf = vrf_of(&w, "red", NULL);
    RECORD_SET(vrf, IPAM_VRF_EXPORT_TARGETS, export_targets, ((struct ipam_strs){ bad, 1 }));
    assert_int_equal(world_create(&w, vrf), PROBLEM_INVALID);
    assert_said(&w, "export_targets: \"65000:x\" is no route target");
    world_fini(&w);
}

static struct ipam_space *space_of(struct world *w, const char *name, int64_t vrf)
{
    struct ipam_space *s = record_new(&w->arena, IPAM_T_SPACE);
    if (name != NULL)
        RECORD_SET(s, IPAM_SPACE_NAME, name, text_of(w, name));
    if (vrf != 0)
        RECORD_SET(s, IPAM_SPACE_VRF, vrf, vrf);
    return s;
}

static void test_a_vrf_is_that_of_one_space_6_9(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t blue = made(&w, vrf_of(&w, "blue", NULL)), red = made(&w, vrf_of(&w, "red", NULL));
    int64_t lab = made(&w, space_of(&w, "lab", blue));
    assert_int_equal(world_create(&w, space_of(&w, "other", blue)), PROBLEM_IN_USE);
    assert_said(&w, "vrf: \"blue\" is the VRF of the space lab already");
    assert_int_equal(w.problem.about, lab);
    assert_int_equal(world_create(&w, space_of(&w, "other", 4711)), PROBLEM_INVALID);
    assert_said(&w, "vrf: there is no vrf 4711");
    /* The default space stays as it is but may have one. */
    assert_int_equal(change(&w, IPAM_T_SPACE, w.space, space_of(&w, NULL, blue), 0), PROBLEM_IN_USE);
    assert_int_equal(change(&w, IPAM_T_SPACE, w.space, space_of(&w, NULL, red), 0), PROBLEM_NONE);
    assert_int_equal(change(&w, IPAM_T_SPACE, lab, space_of(&w, "lab 2", 0), 0), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VRF, blue)), PROBLEM_IN_USE);
    assert_said(&w, "VRF \"blue\" is that of the space lab 2");
    assert_int_equal(change(&w, IPAM_T_SPACE, lab, space_of(&w, NULL, 0), IPAM_SPACE_VRF), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, now(&w, IPAM_T_VRF, blue)), PROBLEM_NONE);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_group_may_be_6_9),
        cmocka_unit_test(test_ids_and_names_are_unique_in_a_group_6_9),
        cmocka_unit_test(test_vlans_trade_their_names_6_9),
        cmocka_unit_test(test_a_group_keeps_room_for_its_vlans_6_9),
        cmocka_unit_test(test_the_lowest_free_ids_are_given_6_9),
        cmocka_unit_test(test_ids_are_given_as_a_model_gives_them_6_9),
        cmocka_unit_test(test_the_id_of_its_vlan_is_one_of_a_subnet_6_9),
        cmocka_unit_test(test_a_full_list_takes_no_more_ids_6_9),
        cmocka_unit_test(test_a_vlan_stays_while_a_subnet_is_in_it_6_9),
        cmocka_unit_test(test_what_a_vrf_may_be_6_9),
        cmocka_unit_test(test_route_targets_have_one_spelling_6_9),
        cmocka_unit_test(test_a_vrf_is_that_of_one_space_6_9),
    };
    random_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
