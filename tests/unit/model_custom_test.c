/* model_custom_test.c - custom fields, links between them and logical groups: what is there, and what is refused.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Numbers in names are those of the checklist of the address plan. */
#include "model_world.h"

#include <stdio.h>

#include "model/custom.h"
#include "net/addr.h"

static const uint64_t none[2];
static const struct ipam_str any = { NULL, 0 };

static int64_t made(struct world *w, void *rec)
{
    assert_int_equal(world_create(w, rec), PROBLEM_NONE);
    return *(int64_t *)((char *)rec + record_type(((struct ipam_record *)rec)->type)->fields[0].offset);
}

static struct ipam_strs list(struct world *w, const char *const *texts)
{
    size_t n = 0;
    while (texts[n] != NULL)
        n++;
    struct ipam_str *items = arena_alloc(&w->arena, (n + 1) * sizeof(items[0]));
    for (size_t i = 0; i < n; i++)
        items[i] = str_from(texts[i]);
    return (struct ipam_strs){ items, n };
}

#define LIST(w, ...) list(w, (const char *const[]){ __VA_ARGS__, NULL })

/* A field; no values: a free one. */
static struct ipam_custom_field *field_named(struct world *w, const char *name, struct ipam_strs values)
{
    struct ipam_custom_field *f = record_new(&w->arena, IPAM_T_CUSTOM_FIELD);
    RECORD_SET(f, IPAM_CUSTOM_FIELD_NAME, name, str_from(name));
    if (values.count > 0)
        RECORD_SET(f, IPAM_CUSTOM_FIELD_VALUES, values, values);
    return f;
}

static int64_t choice(struct world *w, const char *name, struct ipam_strs values)
{
    return made(w, field_named(w, name, values));
}

static int64_t field_id(struct world *w, const char *name)
{
    return view_by_name(state_view(w->state), IPAM_T_CUSTOM_FIELD, str_from(name));
}

static const struct ipam_custom_field *field_row(struct world *w, const char *name)
{
    return world_row(w, IPAM_T_CUSTOM_FIELD, field_id(w, name));
}

static void seed(struct world *w)
{
    world_open(w);
    world_begin(w);
    custom_seed(w->draft);
    assert_int_equal(world_end(w, 0), PROBLEM_NONE);
    world_publish(w);
}

/* An object of any type that has values of custom fields, with these. */
static void *with_custom(struct world *w, void *rec, struct ipam_strs values)
{
    struct ipam_record *head = rec;
    const struct record_field *f = record_field(record_type(head->type), IPAM_STR("custom"));
    *(struct ipam_strs *)(void *)((char *)rec + f->offset) = values;
    IPAM_SET_FIELD(head, f->number);
    (void)w;
    return rec;
}

static void *patch_custom(struct world *w, uint32_t type, struct ipam_strs values)
{
    return with_custom(w, record_new(&w->arena, type), values);
}

/* The values of an object as one text. */
static const char *custom_of(struct world *w, const void *rec)
{
    const struct ipam_strs *l = custom_list(rec);
    const char *text = "";
    for (size_t i = 0; l != NULL && i < l->count; i++)
        text = arena_printf(&w->arena, "%s%s" STR_FMT, text, i > 0 ? ";" : "", STR_ARG(l->items[i]));
    return text;
}

static enum problem_type set_values(struct world *w, const char *name, const struct value_changes *c)
{
    world_open(w);
    world_begin(w);
    enum problem_type rc = world_end(
        w, rule_set_values(w->draft, view_get(draft_view(w->draft), IPAM_T_CUSTOM_FIELD, field_id(w, name)),
                           c, &w->problem));
    world_publish(w);
    return rc;
}

/* --- 69: what is always there --- */

static void test_69_built_in_fields(void **state)
{
    static const char *const names[] = { "RIR",
                                         "RegionLegacy",
                                         "Country/Region",
                                         "Type of networks",
                                         "AD site",
                                         "Microsoft server role",
                                         "Device type",
                                         "Managed by",
                                         "Managed by entity",
                                         "IP Address State",
                                         "IP Pool Name",
                                         "Logical Network",
                                         "DNS Suffix",
                                         "Network Site",
                                         "VM Network",
                                         "Tenant",
                                         "Isolation Method",
                                         "Region" };
    struct world w;
    (void)state;
    world_init(&w);
    seed(&w);
    assert_int_equal(state_count(w.state, IPAM_T_CUSTOM_FIELD), 18);
    for (size_t i = 0; i < 18; i++) {
        assert_non_null(field_row(&w, names[i]));
        assert_true(field_row(&w, names[i])->builtin);
        assert_int_equal(field_row(&w, names[i])->kind, IPAM_CUSTOM_FIELD_KIND_CHOICE);
    }
    assert_int_equal(field_row(&w, "Country/Region")->values.count, 249);
    assert_int_equal(field_row(&w, "Device type")->values.count, 15);
    assert_int_equal(custom_place(field_row(&w, "Isolation Method"), IPAM_STR("IPRewrite")), 3);
    assert_int_equal(custom_place(field_row(&w, "RIR"), IPAM_STR("RIPE")), 4);
    assert_int_equal(field_row(&w, "Tenant")->values.count, 0);
    int64_t head = w.head;
    seed(&w); /* of a database that has them */
    assert_int_equal(w.head, head);
    assert_int_equal(state_count(w.state, IPAM_T_CUSTOM_FIELD), 18);
    world_fini(&w);
}

/* --- 70: creating fields --- */

static void test_70_fields_are_created(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    int64_t room = made(&w, field_named(&w, "Room", (struct ipam_strs){ NULL, 0 }));
    choice(&w, "Stage", LIST(&w, "test", "live"));
    assert_int_equal(field_row(&w, "room")->kind, IPAM_CUSTOM_FIELD_KIND_FREE);
    assert_int_equal(field_row(&w, "STAGE")->kind, IPAM_CUSTOM_FIELD_KIND_CHOICE);
    assert_false(field_row(&w, "Stage")->builtin);
    struct ipam_custom_field *f = field_named(&w, "Rack", LIST(&w, "1"));
    RECORD_SET(f, IPAM_CUSTOM_FIELD_KIND, kind, IPAM_CUSTOM_FIELD_KIND_FREE);
    world_create(&w, f);
    assert_problem(&w, "invalid", "values: a free field has none to choose from");
    world_create(&w, field_named(&w, "ROOM", (struct ipam_strs){ NULL, 0 }));
    char text[100];
    snprintf(text, sizeof(text), "custom field \"ROOM\" exists already (id %lld)", (long long)room);
    assert_problem(&w, "exists", text);
    world_create(&w, field_named(&w, "Owner", (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "name: the record space has a field \"Owner\" of its own");
    world_create(&w, field_named(&w, "Asset_Tag", (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "name: the record address has a field \"Asset_Tag\" of its own");
    world_create(&w, field_named(&w, "a=b", (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "name: \"a=b\" cannot be one");
    world_create(&w, field_named(&w, " a", (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "name: \" a\" cannot be one");
    world_create(&w, field_named(&w, "4711", (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "name: \"4711\" would be taken for an id");
    world_create(&w, field_named(&w, "Rack", LIST(&w, "a", "b", "A")));
    assert_problem(&w, "invalid", "values: \"A\" is given twice");
    world_create(&w, field_named(&w, "Rack", LIST(&w, "a=b")));
    assert_problem(&w, "invalid", "values: \"a=b\" cannot be one");
    world_fini(&w);
}

/* --- 71: built-in ones stay --- */

static void test_71_built_in_stays(void **state)
{
    struct world w;
    struct ipam_str oven = IPAM_STR("Oven"), stove = IPAM_STR("Stove"), vm = IPAM_STR("VM");
    (void)state;
    world_init(&w);
    seed(&w);
    world_delete(&w, field_row(&w, "Region"));
    assert_problem(&w, "in-use", "the custom field \"Region\" is built in and stays as it is");
    world_update(&w, field_row(&w, "Region"), field_named(&w, "Area", (struct ipam_strs){ NULL, 0 }), none);
    assert_problem(&w, "in-use", "the custom field \"Region\" is built in and stays as it is");
    world_update(&w, field_row(&w, "Isolation Method"),
                 field_named(&w, "Isolation Method", LIST(&w, "NVGRE", "VLAN", "VXLAN")), none);
    assert_problem(&w, "in-use", "values: \"IPRewrite\" of \"Isolation Method\" is built in and stays");
    set_values(&w, "Device type", &(struct value_changes){ .from = { &vm, 1 }, .to = { &oven, 1 } });
    assert_problem(&w, "in-use", "values: \"VM\" of \"Device type\" is built in and stays");
    set_values(&w, "Device type", &(struct value_changes){ .remove = { &vm, 1 } });
    assert_problem(&w, "in-use", "values: \"VM\" of \"Device type\" is built in and stays");
    assert_int_equal(set_values(&w, "Device type", &(struct value_changes){ .add = { &oven, 1 } }),
                     PROBLEM_NONE);
    assert_int_equal(custom_place(field_row(&w, "Device type"), oven), 15);
    assert_int_equal(
        set_values(&w, "Device type", &(struct value_changes){ .from = { &oven, 1 }, .to = { &stove, 1 } }),
        PROBLEM_NONE);
    assert_int_equal(custom_place(field_row(&w, "Device type"), stove), 15);
    assert_int_equal(set_values(&w, "Device type", &(struct value_changes){ .remove = { &stove, 1 } }),
                     PROBLEM_NONE);
    assert_int_equal(field_row(&w, "Device type")->values.count, 15);
    world_fini(&w);
}

/* --- 73, 74: values of objects --- */

static void test_73_values_of_objects(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    seed(&w);
    choice(&w, "Stage", LIST(&w, "test", "live"));
    made(&w, field_named(&w, "Room", (struct ipam_strs){ NULL, 0 }));
    int64_t id =
        made(&w, with_custom(&w, subnet_of(&w, "10.0.0.0/24"), LIST(&w, "stage=LIVE", "room=4 = west")));
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_SUBNET, id)), "Stage=live;Room=4 = west");
    world_create(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "Stage=old")));
    assert_problem(&w, "invalid", "custom: \"old\" is none of the values of the custom field \"Stage\"");
    world_create(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "Colour=red")));
    assert_problem(&w, "invalid", "custom: there is no custom field \"Colour\"");
    world_create(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "Room")));
    assert_problem(&w, "invalid", "custom: \"Room\" is no name and value");
    world_create(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "Room=")));
    assert_problem(&w, "invalid", "custom: \"Room=\" is no name and value");
    world_create(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "Room=1", "ROOM=2")));
    assert_problem(&w, "invalid", "custom: the custom field \"Room\" is given twice");
    world_create(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "Network Site=here")));
    assert_problem(&w, "invalid",
                   "custom: the record subnet has a field of its own for \"Network Site\": site");
    world_create(&w, with_custom(&w, address_of(&w, "10.0.0.9"), LIST(&w, "Managed by=IPAM")));
    assert_problem(&w, "invalid",
                   "custom: the record address has a field of its own for \"Managed by\": managed_by");
    world_update(&w, world_row(&w, IPAM_T_SUBNET, id), patch_custom(&w, IPAM_T_SUBNET, LIST(&w, "Stage=old")),
                 none);
    assert_problem(&w, "invalid", "custom: \"old\" is none of the values of the custom field \"Stage\"");
    world_fini(&w);
}

static void test_74_on_each_kind_of_object(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    choice(&w, "Stage", LIST(&w, "test", "live"));
    struct ipam_space *space = record_new(&w.arena, IPAM_T_SPACE);
    RECORD_SET(space, IPAM_SPACE_NAME, name, IPAM_STR("lab"));
    struct ipam_server *server = record_new(&w.arena, IPAM_T_SERVER);
    RECORD_SET(server, IPAM_SERVER_NAME, name, IPAM_STR("dhcp1"));
    RECORD_SET(server, IPAM_SERVER_SPACE, space, w.space);
    void *objects[] = { space,
                        server,
                        block_of(&w, "10.0.0.0/8"),
                        block_of(&w, "2001:db8::/32"),
                        subnet_of(&w, "10.0.0.0/24"),
                        subnet_of(&w, "2001:db8::/64"),
                        range_of(&w, "10.0.0.1", "10.0.0.9", IPAM_RANGE_KIND_STATIC),
                        range_of(&w, "2001:db8::1", "2001:db8::9", IPAM_RANGE_KIND_STATIC),
                        address_of(&w, "10.0.0.20"),
                        address_of(&w, "2001:db8::20") };
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        uint32_t type = ((struct ipam_record *)objects[i])->type;
        int64_t id = made(&w, with_custom(&w, objects[i], LIST(&w, "Stage=live")));
        assert_string_equal(custom_of(&w, world_row(&w, type, id)), "Stage=live");
        assert_int_equal(
            world_update(&w, world_row(&w, type, id), patch_custom(&w, type, LIST(&w, "Stage=test")), none),
            PROBLEM_NONE);
        assert_string_equal(custom_of(&w, world_row(&w, type, id)), "Stage=test");
    }
    world_fini(&w);
}

/* --- 72: renaming and deleting --- */

static void test_72_renaming_follows(void **state)
{
    struct world w;
    struct ipam_str live = IPAM_STR("live"), prod = IPAM_STR("production"), test = IPAM_STR("test");
    (void)state;
    world_init(&w);
    choice(&w, "Stage", LIST(&w, "test", "live"));
    int64_t subnet = made(&w, with_custom(&w, subnet_of(&w, "10.0.0.0/24"), LIST(&w, "Stage=live")));
    int64_t range = made(&w, with_custom(&w, range_of(&w, "10.0.0.1", "10.0.0.9", IPAM_RANGE_KIND_STATIC),
                                         LIST(&w, "Stage=test")));
    int64_t address = made(&w, with_custom(&w, address_of(&w, "10.0.0.20"), LIST(&w, "Stage=live")));
    int64_t head = w.head;
    assert_int_equal(
        set_values(&w, "Stage", &(struct value_changes){ .from = { &live, 1 }, .to = { &prod, 1 } }),
        PROBLEM_NONE);
    assert_int_equal(w.head, head + 1); /* all in one revision */
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_SUBNET, subnet)), "Stage=production");
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_ADDRESS, address)), "Stage=production");
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_RANGE, range)), "Stage=test");
    assert_int_equal(world_update(&w, field_row(&w, "Stage"),
                                  field_named(&w, "Phase", LIST(&w, "test", "production")), none),
                     PROBLEM_NONE);
    assert_int_equal(w.head, head + 2);
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_SUBNET, subnet)), "Phase=production");
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_ADDRESS, address)), "Phase=production");
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_RANGE, range)), "Phase=test");
    set_values(&w, "Phase", &(struct value_changes){ .from = { &test, 1 }, .to = { &prod, 1 } });
    assert_problem(&w, "exists", "rename: \"Phase\" has a value \"production\" already");
    set_values(&w, "Phase", &(struct value_changes){ .from = { &live, 1 }, .to = { &test, 1 } });
    assert_problem(&w, "invalid", "\"live\" is none of the values of \"Phase\"");
    world_fini(&w);
}

static void test_72_what_is_used_stays(void **state)
{
    struct world w;
    struct ipam_str live = IPAM_STR("live");
    uint64_t custom[2] = { (uint64_t)1 << IPAM_SUBNET_CUSTOM, 0 };
    (void)state;
    world_init(&w);
    choice(&w, "Stage", LIST(&w, "test", "live", "old"));
    int64_t subnet = made(&w, with_custom(&w, subnet_of(&w, "10.0.0.0/24"), LIST(&w, "Stage=live")));
    int64_t address = made(&w, with_custom(&w, address_of(&w, "10.0.0.20"), LIST(&w, "Stage=test")));
    world_delete(&w, field_row(&w, "Stage"));
    assert_problem(&w, "in-use", "the custom field \"Stage\" is used by subnet 10.0.0.0/24");
    set_values(&w, "Stage", &(struct value_changes){ .remove = { &live, 1 } });
    assert_problem(&w, "in-use", "the value \"live\" of \"Stage\" is used by subnet 10.0.0.0/24");
    world_update(&w, field_row(&w, "Stage"), field_named(&w, "Stage", LIST(&w, "live", "old")), none);
    assert_problem(&w, "in-use", "the value \"test\" of \"Stage\" is used by addresses");
    assert_int_equal(
        world_update(&w, field_row(&w, "Stage"), field_named(&w, "Stage", LIST(&w, "live", "test")), none),
        PROBLEM_NONE);
    assert_int_equal(
        world_update(&w, world_row(&w, IPAM_T_SUBNET, subnet), record_new(&w.arena, IPAM_T_SUBNET), custom),
        PROBLEM_NONE);
    world_delete(&w, field_row(&w, "Stage"));
    assert_problem(&w, "in-use", "the custom field \"Stage\" is used by addresses");
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, address)), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, field_row(&w, "Stage")), PROBLEM_NONE);
    world_fini(&w);
}

/* What the same batch has made counts. */
static void test_72_in_one_batch(void **state)
{
    struct world w;
    struct ipam_str live = IPAM_STR("live"), prod = IPAM_STR("production");
    (void)state;
    world_init(&w);
    int64_t field = choice(&w, "Stage", LIST(&w, "test", "live"));
    int64_t first = made(&w, with_custom(&w, address_of(&w, "10.0.0.20"), LIST(&w, "Stage=live")));
    world_open(&w);
    struct ipam_address *second = with_custom(&w, address_of(&w, "10.0.0.21"), LIST(&w, "Stage=live"));
    assert_int_equal(world_create(&w, second), PROBLEM_NONE);
    assert_int_equal(world_update(&w, view_get(draft_view(w.draft), IPAM_T_ADDRESS, first),
                                  patch_custom(&w, IPAM_T_ADDRESS, LIST(&w, "Stage=test")), none),
                     PROBLEM_NONE);
    world_begin(&w);
    const struct value_changes c = { .from = { &live, 1 }, .to = { &prod, 1 } };
    assert_int_equal(
        world_end(&w, rule_set_values(w.draft, view_get(draft_view(w.draft), IPAM_T_CUSTOM_FIELD, field), &c,
                                      &w.problem)),
        PROBLEM_NONE);
    world_publish(&w);
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_ADDRESS, first)), "Stage=test");
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_ADDRESS, second->id)), "Stage=production");
    assert_int_equal(view_addresses_with(state_view(w.state), IPAM_STR("stage"), any, NULL, 0), 2);
    assert_int_equal(view_addresses_with(state_view(w.state), IPAM_STR("stage"), prod, NULL, 0), 1);
    assert_int_equal(view_addresses_with(state_view(w.state), IPAM_STR("stage"), live, NULL, 0), 0);
    uint64_t custom[2] = { (uint64_t)1 << IPAM_ADDRESS_CUSTOM, 0 };
    world_update(&w, world_row(&w, IPAM_T_ADDRESS, first), record_new(&w.arena, IPAM_T_ADDRESS), custom);
    assert_int_equal(view_addresses_with(state_view(w.state), IPAM_STR("stage"), any, NULL, 0), 1);
    world_fini(&w);
}

/* What a record says in a field of its own follows too, and is in the way too. */
static void test_72_own_fields(void **state)
{
    struct world w;
    struct ipam_str core = IPAM_STR("Core"), spine = IPAM_STR("Spine"), oven = IPAM_STR("Oven"),
                    stove = IPAM_STR("Stove");
    (void)state;
    world_init(&w);
    seed(&w);
    set_values(&w, "Logical Network", &(struct value_changes){ .add = { &core, 1 } });
    set_values(&w, "Device type", &(struct value_changes){ .add = { &oven, 1 } });
    struct ipam_subnet *s = subnet_of(&w, "10.0.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_LOGICAL_NETWORK, logical_network, IPAM_STR("core"));
    struct ipam_address *a = address_of(&w, "10.0.0.1");
    RECORD_SET(a, IPAM_ADDRESS_DEVICE_TYPE, device_type, oven);
    int64_t subnet = made(&w, s), address = made(&w, a);
    made(&w, address_of(&w, "10.0.0.2")); /* a Host, as most */
    assert_int_equal(view_addresses_with(state_view(w.state), IPAM_STR("Device type"), any, NULL, 0), 1);
    set_values(&w, "Logical Network", &(struct value_changes){ .remove = { &core, 1 } });
    assert_problem(&w, "in-use", "the value \"Core\" of \"Logical Network\" is used by subnet 10.0.0.0/24");
    set_values(&w, "Device type", &(struct value_changes){ .remove = { &oven, 1 } });
    assert_problem(&w, "in-use", "the value \"Oven\" of \"Device type\" is used by addresses");
    set_values(&w, "Logical Network", &(struct value_changes){ .from = { &core, 1 }, .to = { &spine, 1 } });
    set_values(&w, "Device type", &(struct value_changes){ .from = { &oven, 1 }, .to = { &stove, 1 } });
    assert_true(
        str_is(((const struct ipam_subnet *)world_row(&w, IPAM_T_SUBNET, subnet))->logical_network, "Spine"));
    assert_true(
        str_is(((const struct ipam_address *)world_row(&w, IPAM_T_ADDRESS, address))->device_type, "Stove"));
    assert_int_equal(world_delete(&w, world_row(&w, IPAM_T_ADDRESS, address)), PROBLEM_NONE);
    assert_int_equal(set_values(&w, "Device type", &(struct value_changes){ .remove = { &stove, 1 } }),
                     PROBLEM_NONE);
    world_fini(&w);
}

/* More than one change set holds is refused, and nothing is changed. */
static void test_72_more_than_a_change_set_holds(void **state)
{
    struct world w;
    struct ipam_str live = IPAM_STR("live"), prod = IPAM_STR("production");
    struct ipam_addr at = addr_of("10.0.0.0");
    (void)state;
    world_init(&w);
    choice(&w, "Stage", LIST(&w, "live"));
    world_open(&w);
    for (int i = 0; i < MODEL_SET_ROWS; i++) {
        struct ipam_address *a = with_custom(&w, address_of(&w, "10.0.0.0"), LIST(&w, "Stage=live"));
        addr_add(&at, u128_from(1), &at);
        a->address = at;
        assert_int_equal(world_create(&w, a), PROBLEM_NONE);
    }
    world_publish(&w);
    int64_t head = w.head;
    set_values(&w, "Stage", &(struct value_changes){ .from = { &live, 1 }, .to = { &prod, 1 } });
    assert_problem(&w, "too-large",
                   "more than 9998 objects have a value of \"Stage\"; one change set holds no more");
    world_update(&w, field_row(&w, "Stage"), field_named(&w, "Phase", LIST(&w, "live")), none);
    assert_problem(&w, "too-large",
                   "more than 9998 objects have a value of \"Stage\"; one change set holds no more");
    assert_int_equal(w.head, head);
    world_fini(&w);
}

/* --- 75: links --- */

static struct ipam_field_link *link_named(struct world *w, int64_t first, int64_t second,
                                          struct ipam_strs pairs)
{
    struct ipam_field_link *l = record_new(&w->arena, IPAM_T_FIELD_LINK);
    RECORD_SET(l, IPAM_FIELD_LINK_FIRST, first, first);
    RECORD_SET(l, IPAM_FIELD_LINK_SECOND, second, second);
    RECORD_SET(l, IPAM_FIELD_LINK_PAIRS, pairs, pairs);
    return l;
}

static void test_75_links_are_judged(void **state)
{
    struct world w;
    char text[100];
    (void)state;
    world_init(&w);
    int64_t city = choice(&w, "City", LIST(&w, "Bonn", "Kiel")),
            house = choice(&w, "House", LIST(&w, "B1", "K1", "K2")),
            room = made(&w, field_named(&w, "Room", (struct ipam_strs){ NULL, 0 }));
    world_create(&w, link_named(&w, city, city, LIST(&w, "Bonn=Kiel")));
    assert_problem(&w, "invalid", "second: a field is not linked with itself");
    world_create(&w, link_named(&w, city, room, LIST(&w, "Bonn=1")));
    assert_problem(&w, "invalid", "second: \"Room\" is free and has no values that could be linked");
    world_create(&w, link_named(&w, 999, city, LIST(&w, "Bonn=1")));
    assert_problem(&w, "invalid", "first: there is no custom field 999");
    world_create(&w, link_named(&w, city, house, (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "pairs: a link without a pair links nothing");
    world_create(&w, link_named(&w, city, house, LIST(&w, "Bonn=B1", "Kiel=K1", "Bonn=B1")));
    assert_problem(&w, "invalid", "pairs: \"Bonn=B1\" is given twice");
    world_create(&w, link_named(&w, city, house, LIST(&w, "B1=Bonn")));
    assert_problem(&w, "invalid", "pairs: \"B1=Bonn\" begins with no value of the first field");
    world_create(&w, link_named(&w, city, house, LIST(&w, "Bonn=B2")));
    assert_problem(&w, "invalid", "pairs: \"Bonn=B2\" ends with no value of the second field");
    int64_t id = made(&w, link_named(&w, city, house, LIST(&w, "Bonn=B1", "Kiel=K1", "Kiel=K2")));
    world_create(&w, link_named(&w, house, city, LIST(&w, "B1=Bonn")));
    snprintf(text, sizeof(text), "the two fields are linked already (id %lld)", (long long)id);
    assert_problem(&w, "exists", text);
    world_delete(&w, field_row(&w, "House"));
    snprintf(text, sizeof(text), "the custom field \"House\" is used by field link %lld", (long long)id);
    assert_problem(&w, "in-use", text);
    struct ipam_str k1 = IPAM_STR("K1"), k9 = IPAM_STR("K9");
    set_values(&w, "House", &(struct value_changes){ .remove = { &k1, 1 } });
    snprintf(text, sizeof(text), "the value \"K1\" of \"House\" is used by field link %lld", (long long)id);
    assert_problem(&w, "in-use", text);
    set_values(&w, "House", &(struct value_changes){ .from = { &k1, 1 }, .to = { &k9, 1 } });
    const struct ipam_field_link *l = world_row(&w, IPAM_T_FIELD_LINK, id);
    assert_true(str_is(l->pairs.items[1], "Kiel=K9"));
    assert_int_equal(world_delete(&w, l), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, field_row(&w, "House")), PROBLEM_NONE);
    world_fini(&w);
}

static void test_75_linked_values_go_together(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    seed(&w);
    int64_t city = choice(&w, "City", LIST(&w, "Bonn", "Kiel", "Ulm")),
            house = choice(&w, "House", LIST(&w, "B1", "K1", "K2", "X"));
    made(&w, link_named(&w, city, house, LIST(&w, "Bonn=B1", "Kiel=K1", "Kiel=K2")));
    int64_t id = made(&w, with_custom(&w, subnet_of(&w, "10.0.0.0/24"), LIST(&w, "City=Bonn")));
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_SUBNET, id)), "City=Bonn;House=B1");
    id = made(&w, with_custom(&w, address_of(&w, "10.0.0.1"), LIST(&w, "House=K2")));
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_ADDRESS, id)), "House=K2;City=Kiel");
    id = made(&w, with_custom(&w, subnet_of(&w, "10.0.1.0/24"), LIST(&w, "City=Kiel"))); /* either house */
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_SUBNET, id)), "City=Kiel");
    world_update(&w, world_row(&w, IPAM_T_SUBNET, id),
                 patch_custom(&w, IPAM_T_SUBNET, LIST(&w, "City=Kiel", "House=B1")), none);
    assert_problem(&w, "invalid", "custom: \"Kiel\" of \"City\" does not go with \"B1\" of \"House\"");
    id = made(
        &w, with_custom(&w, subnet_of(&w, "10.0.2.0/24"), LIST(&w, "City=Ulm", "House=X"))); /* of no pair */
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_SUBNET, id)), "City=Ulm;House=X");
    world_fini(&w);
}

/* Fields of a record's own are linked too. */
static void test_75_logical_network_and_site(void **state)
{
    struct world w;
    struct ipam_str core = IPAM_STR("Core"), bonn = IPAM_STR("Bonn");
    (void)state;
    world_init(&w);
    seed(&w);
    set_values(&w, "Logical Network", &(struct value_changes){ .add = { &core, 1 } });
    set_values(&w, "Network Site", &(struct value_changes){ .add = { &bonn, 1 } });
    made(&w, link_named(&w, field_id(&w, "Logical Network"), field_id(&w, "Network Site"),
                        LIST(&w, "Core=Bonn")));
    struct ipam_subnet *s = subnet_of(&w, "10.0.0.0/24");
    RECORD_SET(s, IPAM_SUBNET_LOGICAL_NETWORK, logical_network, core);
    const struct ipam_subnet *row = world_row(&w, IPAM_T_SUBNET, made(&w, s));
    assert_true(record_has(row, IPAM_SUBNET_SITE));
    assert_true(str_is(row->site, "Bonn"));
    int64_t id = made(&w, with_custom(&w, range_of(&w, "10.0.0.1", "10.0.0.9", IPAM_RANGE_KIND_STATIC),
                                      LIST(&w, "Network Site=Bonn")));
    assert_string_equal(custom_of(&w, world_row(&w, IPAM_T_RANGE, id)),
                        "Network Site=Bonn;Logical Network=Core");
    world_fini(&w);
}

/* --- 76, 77: groups --- */

static struct ipam_logical_group *group_named(struct world *w, const char *name, uint32_t of,
                                              struct ipam_strs levels)
{
    struct ipam_logical_group *g = record_new(&w->arena, IPAM_T_LOGICAL_GROUP);
    RECORD_SET(g, IPAM_LOGICAL_GROUP_NAME, name, str_from(name));
    RECORD_SET(g, IPAM_LOGICAL_GROUP_OF, of, of);
    RECORD_SET(g, IPAM_LOGICAL_GROUP_LEVELS, levels, levels);
    return g;
}

static const struct ipam_logical_group *group_row(struct world *w, const char *name)
{
    return world_row(w, IPAM_T_LOGICAL_GROUP,
                     view_by_name(state_view(w->state), IPAM_T_LOGICAL_GROUP, str_from(name)));
}

static void test_76_groups_are_judged(void **state)
{
    struct world w;
    char text[100];
    uint32_t of = IPAM_LOGICAL_GROUP_OF_SUBNET;
    (void)state;
    world_init(&w);
    choice(&w, "City", LIST(&w, "Bonn", "Kiel"));
    choice(&w, "House", LIST(&w, "B1", "K1"));
    made(&w, field_named(&w, "Room", (struct ipam_strs){ NULL, 0 }));
    world_create(&w, group_named(&w, "Places", of, LIST(&w, "City", "Room")));
    assert_problem(&w, "invalid", "levels: \"Room\" is a free field, which has no values to group by");
    world_create(&w, group_named(&w, "Places", of, LIST(&w, "Street")));
    assert_problem(&w, "invalid", "levels: \"Street\" is no custom field");
    world_create(&w, group_named(&w, "Places", of, LIST(&w, "City", "city")));
    assert_problem(&w, "invalid", "levels: \"City\" is given twice");
    world_create(&w, group_named(&w, "Places", of, (struct ipam_strs){ NULL, 0 }));
    assert_problem(&w, "invalid", "levels: a group has at least one");
    int64_t id = made(&w, group_named(&w, "Places", of, LIST(&w, "city", "HOUSE")));
    assert_true(str_is(group_row(&w, "places")->levels.items[0], "City"));
    assert_true(str_is(group_row(&w, "places")->levels.items[1], "House"));
    world_create(&w, group_named(&w, "PLACES", of, LIST(&w, "City")));
    snprintf(text, sizeof(text), "logical group \"PLACES\" exists already (id %lld)", (long long)id);
    assert_problem(&w, "exists", text);
    world_delete(&w, field_row(&w, "House"));
    assert_problem(&w, "in-use", "the custom field \"House\" is used by logical group Places");
    assert_int_equal(
        world_update(&w, field_row(&w, "House"), field_named(&w, "Building", LIST(&w, "B1", "K1")), none),
        PROBLEM_NONE);
    assert_true(str_is(group_row(&w, "Places")->levels.items[1], "Building"));
    assert_int_equal(world_delete(&w, group_row(&w, "Places")), PROBLEM_NONE);
    assert_int_equal(world_delete(&w, field_row(&w, "Building")), PROBLEM_NONE);
    world_fini(&w);
}

static void test_77_built_in_groups(void **state)
{
    static const char *const names[] = { "Network devices", "Managed by", "VirtualizedProviderAddressSpace" };
    struct world w;
    char text[150];
    (void)state;
    world_init(&w);
    seed(&w);
    assert_int_equal(state_count(w.state, IPAM_T_LOGICAL_GROUP), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct ipam_logical_group *g = group_row(&w, names[i]);
        snprintf(text, sizeof(text), "the logical group \"%s\" is built in and stays as it is", names[i]);
        world_delete(&w, g);
        assert_problem(&w, "in-use", text);
        world_update(&w, g, group_named(&w, "Other", g->of, LIST(&w, "Region")), none);
        assert_problem(&w, "in-use", text);
    }
    assert_int_equal(group_row(&w, "Managed by")->levels.count, 2);
    for (uint32_t of = 0; of <= IPAM_LOGICAL_GROUP_OF_SERVER; of++) {
        snprintf(text, sizeof(text), "mine %u", of);
        made(&w, group_named(&w, arena_strdup(&w.arena, text), of, LIST(&w, "Region")));
    }
    world_fini(&w);
}

/* What an object says in a field of its own is its value too. */
static void test_77_values_of_own_fields(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    seed(&w);
    int64_t subnet = made(&w, subnet_of(&w, "10.0.0.0/24")), address = made(&w, address_of(&w, "10.0.0.1"));
    const void *s = world_row(&w, IPAM_T_SUBNET, subnet), *a = world_row(&w, IPAM_T_ADDRESS, address);
    assert_true(str_is(custom_value(field_row(&w, "Managed by"), s), "IPAM"));
    assert_true(str_is(custom_value(field_row(&w, "Managed by entity"), s), "Localhost"));
    assert_true(str_is(custom_value(field_row(&w, "Device type"), a), "Host"));
    assert_true(str_is(custom_value(field_row(&w, "IP Address State"), a), "In-Use"));
    assert_null(custom_value(field_row(&w, "Logical Network"), s).data);
    assert_null(custom_value(field_row(&w, "Region"), s).data);
    world_fini(&w);
}

/* --- single values put into the list --- */

/* What a list becomes with these cells, "Stage=" for an empty one; "same:" before a list that stays as it is. */
static void assert_overlay(struct world *w, struct ipam_strs base, struct ipam_strs given, const char *wanted)
{
    struct custom_cell cells[4];
    struct ipam_str items[8];
    struct strbuf got;
    bool changed;
    for (size_t i = 0; i < given.count; i++) {
        struct ipam_str item = given.items[i];
        size_t name = (size_t)((const char *)memchr(item.data, '=', item.len) - item.data);
        cells[i] = (struct custom_cell){ item,
                                         { item.data, name },
                                         { item.data + name + 1, item.len - name - 1 },
                                         i + 1 < given.count ? &cells[i + 1] : NULL };
    }
    size_t count =
        custom_overlay(state_view(w->state), base.count > 0 ? &base : NULL, cells, items, &changed);
    strbuf_init(&got, 1024);
    strbuf_puts(&got, changed ? "" : "same:");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&got, "%s" STR_FMT, i > 0 ? ";" : "", STR_ARG(items[i]));
    assert_string_equal(got.len > 0 ? got.data : "", wanted);
    strbuf_fini(&got);
}

static void test_96_cells_of_single_fields(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    seed(&w);
    choice(&w, "Stage", LIST(&w, "test", "live"));
    made(&w, field_named(&w, "Room", (struct ipam_strs){ NULL, 0 }));
    struct ipam_strs nothing = { NULL, 0 }, both = LIST(&w, "Stage=live", "Room=4");
    assert_overlay(&w, nothing, LIST(&w, "Stage=live", "Room=4"), "Stage=live;Room=4");
    assert_overlay(&w, nothing, LIST(&w, "Stage=", "Room="), "same:");
    assert_overlay(&w, both, LIST(&w, "Room=5"), "Stage=live;Room=5");
    assert_overlay(&w, both, LIST(&w, "stage=test"), "stage=test;Room=4");
    assert_overlay(&w, both, LIST(&w, "Stage="), "Room=4");
    assert_overlay(&w, both, LIST(&w, "Room=", "Stage="), "");
    assert_overlay(&w, LIST(&w, "Room=4"), LIST(&w, "Stage=live"), "Room=4;Stage=live");
    assert_overlay(&w, both, LIST(&w, "STAGE=LIVE", "room=4"), "same:Stage=live;Room=4");
    assert_overlay(&w, LIST(&w, "Room=west"), LIST(&w, "Room=West"),
                   "Room=West"); /* any text is another one */
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_69_built_in_fields),
        cmocka_unit_test(test_70_fields_are_created),
        cmocka_unit_test(test_71_built_in_stays),
        cmocka_unit_test(test_72_renaming_follows),
        cmocka_unit_test(test_72_what_is_used_stays),
        cmocka_unit_test(test_72_in_one_batch),
        cmocka_unit_test(test_72_own_fields),
        cmocka_unit_test(test_72_more_than_a_change_set_holds),
        cmocka_unit_test(test_73_values_of_objects),
        cmocka_unit_test(test_74_on_each_kind_of_object),
        cmocka_unit_test(test_75_links_are_judged),
        cmocka_unit_test(test_75_linked_values_go_together),
        cmocka_unit_test(test_75_logical_network_and_site),
        cmocka_unit_test(test_76_groups_are_judged),
        cmocka_unit_test(test_77_built_in_groups),
        cmocka_unit_test(test_77_values_of_own_fields),
        cmocka_unit_test(test_96_cells_of_single_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
