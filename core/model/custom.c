/* custom.c - the values that objects have of custom fields.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/custom.h"

#include <string.h>

#define FREE_MOST 800 /* bytes of a free value: with the name it is one item of a list */

const uint32_t custom_types[] = { IPAM_T_SPACE,      IPAM_T_BLOCK,   IPAM_T_SUBNET,
                                  IPAM_T_RANGE,      IPAM_T_ADDRESS, IPAM_T_SERVER,
                                  IPAM_T_VLAN_GROUP, IPAM_T_VLAN,    IPAM_T_VRF };
const size_t custom_type_count = sizeof(custom_types) / sizeof(custom_types[0]);

/* Asked of every row that is written: by number, which takes no search. */
static const struct record_field *list_field(uint32_t type)
{
    static const unsigned lists[] = { IPAM_SPACE_CUSTOM,      IPAM_BLOCK_CUSTOM,   IPAM_SUBNET_CUSTOM,
                                      IPAM_RANGE_CUSTOM,      IPAM_ADDRESS_CUSTOM, IPAM_SERVER_CUSTOM,
                                      IPAM_VLAN_GROUP_CUSTOM, IPAM_VLAN_CUSTOM,    IPAM_VRF_CUSTOM };
    _Static_assert(sizeof(lists) / sizeof(lists[0]) == sizeof(custom_types) / sizeof(custom_types[0]),
                   "one list a type");
    for (size_t i = 0; i < custom_type_count; i++)
        if (custom_types[i] == type)
            return record_field_number(record_type(type), lists[i]);
    return NULL;
}

const struct ipam_strs *custom_list(const void *rec)
{
    const struct record_field *f = list_field(((const struct ipam_record *)rec)->type);
    if (f == NULL || !record_has(rec, f->number))
        return NULL;
    return (const struct ipam_strs *)(const void *)((const char *)rec + f->offset);
}

const struct ipam_custom_field *custom_field(const struct view *v, struct ipam_str name)
{
    return view_get(v, IPAM_T_CUSTOM_FIELD, view_by_name(v, IPAM_T_CUSTOM_FIELD, name));
}

int64_t custom_place(const struct ipam_custom_field *f, struct ipam_str value)
{
    for (size_t i = 0; i < f->values.count; i++)
        if (custom_same(f->values.items[i], value))
            return (int64_t)i;
    return -1;
}

/* --- what a record says itself --- */

static const struct {
    const char *name;
    uint32_t type;
    unsigned field;
} own[] = {
    { "RIR", IPAM_T_BLOCK, IPAM_BLOCK_RIR },
    { "Device type", IPAM_T_ADDRESS, IPAM_ADDRESS_DEVICE_TYPE },
    { "Managed by", IPAM_T_SUBNET, IPAM_SUBNET_MANAGED_BY },
    { "Managed by", IPAM_T_RANGE, IPAM_RANGE_MANAGED_BY },
    { "Managed by", IPAM_T_ADDRESS, IPAM_ADDRESS_MANAGED_BY },
    { "Managed by entity", IPAM_T_SUBNET, IPAM_SUBNET_INSTANCE },
    { "Managed by entity", IPAM_T_RANGE, IPAM_RANGE_INSTANCE },
    { "Managed by entity", IPAM_T_ADDRESS, IPAM_ADDRESS_INSTANCE },
    { "IP Address State", IPAM_T_ADDRESS, IPAM_ADDRESS_STATE },
    { "Logical Network", IPAM_T_SUBNET, IPAM_SUBNET_LOGICAL_NETWORK },
    { "Network Site", IPAM_T_SUBNET, IPAM_SUBNET_SITE },
    { "VM Network", IPAM_T_SPACE, IPAM_SPACE_VM_NETWORK },
    { "Tenant", IPAM_T_SPACE, IPAM_SPACE_TENANT },
    { "Isolation Method", IPAM_T_SPACE, IPAM_SPACE_ISOLATION },
};

const struct record_field *custom_own(uint32_t type, struct ipam_str name)
{
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (own[i].type == type && str_is(name, own[i].name))
            return record_field_number(record_type(type), own[i].field);
    return NULL;
}

/* What the plan itself owns is managed by us, on this host. */
static struct ipam_str own_value(const struct ipam_custom_field *f, const struct record_field *at,
                                 const void *rec)
{
    struct ipam_str text = { NULL, 0 };
    const void *value = (const char *)rec + at->offset;
    bool has = record_has(rec, at->number);
    if (strcmp(at->name, "instance") == 0 && !has && rule_is_own(rec))
        return IPAM_STR("Localhost");
    if (!has)
        return text;
    text = at->kind == KIND_ENUM ? str_from(at->names[*(const uint32_t *)value])
                                 : *(const struct ipam_str *)value;
    if (strcmp(at->name, "managed_by") == 0 && str_is(text, MODEL_SELF))
        text = IPAM_STR("IPAM");
    int64_t place = custom_place(f, text);
    return place >= 0 ? f->values.items[place] : text;
}

struct ipam_str custom_value(const struct ipam_custom_field *f, const void *rec)
{
    const struct record_field *at = custom_own(((const struct ipam_record *)rec)->type, f->name);
    const struct ipam_strs *list = custom_list(rec);
    struct ipam_str name, value;
    if (at != NULL)
        return own_value(f, at, rec);
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (custom_split(list->items[i], &name, &value) && custom_same(name, f->name))
            return value;
    return (struct ipam_str){ NULL, 0 };
}

/* --- judging --- */

/* A list that is being made. */
struct making {
    const struct view *view;
    struct arena *arena;
    const void *before;
    void *rec;
    const struct record_field *at; /* of the record */
    struct ipam_str *items;
    size_t count;
    bool changed;
    struct problem *p;
};

static int no_field(struct ipam_str name, struct problem *p)
{
    problem_hint(p, "GET /api/v1/ipam/custom-fields lists the custom fields; POST there adds one");
    return problem_set(p, PROBLEM_INVALID, "custom: there is no custom field \"" STR_FMT "\"", STR_ARG(name));
}

static int no_value(const struct ipam_custom_field *f, struct ipam_str value, struct problem *p)
{
    problem_hint(p, "GET /api/v1/ipam/custom-fields/%lld lists its values; POST .../set-values adds one",
                 (long long)f->id);
    return problem_set(p, PROBLEM_INVALID,
                       "custom: \"%.*s\" is none of the values of the custom field \"" STR_FMT "\"",
                       (int)(value.len < 100 ? value.len : 100), value.data, STR_ARG(f->name));
}

static struct ipam_str joined(struct arena *a, struct ipam_str name, struct ipam_str value)
{
    return str_from(arena_printf(a, STR_FMT "=" STR_FMT, STR_ARG(name), STR_ARG(value)));
}

static int given_twice(const struct making *m, const struct ipam_custom_field *f)
{
    struct ipam_str name, value;
    for (size_t i = 0; i < m->count; i++) {
        if (!custom_split(m->items[i], &name, &value) || !custom_same(name, f->name))
            continue;
        problem_hint(m->p, "give each field one value");
        return problem_set(m->p, PROBLEM_INVALID, "custom: the custom field \"" STR_FMT "\" is given twice",
                           STR_ARG(f->name));
    }
    return 0;
}

static int has_own(const struct making *m, const struct ipam_custom_field *f)
{
    uint32_t type = ((const struct ipam_record *)m->rec)->type;
    const struct record_field *at = custom_own(type, f->name);
    if (at == NULL)
        return 0;
    problem_hint(m->p,
                 (at->flags & FIELD_READONLY) != 0 ? "leave it away: the service sets %s itself"
                                                   : "set %s instead",
                 at->name);
    return problem_set(m->p, PROBLEM_INVALID,
                       "custom: the record %s has a field of its own for \"" STR_FMT "\": %s",
                       record_type(type)->name, STR_ARG(f->name), at->name);
}

static int take(struct making *m, struct ipam_str item)
{
    struct ipam_str name, value;
    if (!custom_split(item, &name, &value)) {
        problem_hint(m->p, "give NAME=VALUE");
        return problem_set(m->p, PROBLEM_INVALID, "custom: \"%.*s\" is no name and value",
                           (int)(item.len < 100 ? item.len : 100), item.data);
    }
    const struct ipam_custom_field *f = custom_field(m->view, name);
    if (f == NULL)
        return no_field(name, m->p);
    if (has_own(m, f) != 0 || given_twice(m, f) != 0)
        return IPAM_E_INVAL;
    int64_t place = custom_place(f, value);
    if (f->kind == IPAM_CUSTOM_FIELD_KIND_CHOICE && place < 0)
        return no_value(f, value, m->p);
    if (value.len > FREE_MOST) {
        problem_hint(m->p, "give a shorter one");
        return problem_set(m->p, PROBLEM_INVALID,
                           "custom: the value of \"" STR_FMT "\" has more than %d bytes", STR_ARG(f->name),
                           FREE_MOST);
    }
    struct ipam_str good = joined(m->arena, f->name, place >= 0 ? f->values.items[place] : value);
    m->changed = m->changed || !str_equal(good, item);
    m->items[m->count++] = good;
    return 0;
}

/* --- values that go together --- */

static bool is_pair(const struct ipam_field_link *l, struct ipam_str first, struct ipam_str second, size_t i)
{
    struct ipam_str a, b;
    return custom_split(l->pairs.items[i], &a, &b) && (first.data == NULL || custom_same(a, first)) &&
           (second.data == NULL || custom_same(b, second));
}

/* How many pairs have these values; absent: any. */
static size_t pairs_with(const struct ipam_field_link *l, struct ipam_str first, struct ipam_str second,
                         size_t *ret_last)
{
    size_t n = 0;
    for (size_t i = 0; i < l->pairs.count; i++) {
        if (!is_pair(l, first, second, i))
            continue;
        *ret_last = i;
        n++;
    }
    return n;
}

/* What is given as the field's value: of a field of the record's own too. */
static struct ipam_str value_now(const struct making *m, const struct ipam_custom_field *f)
{
    struct ipam_str name, value;
    if (custom_own(((const struct ipam_record *)m->rec)->type, f->name) != NULL)
        return custom_value(f, m->rec);
    for (size_t i = 0; i < m->count; i++)
        if (custom_split(m->items[i], &name, &value) && custom_same(name, f->name))
            return value;
    return (struct ipam_str){ NULL, 0 };
}

static int set_linked(struct making *m, const struct ipam_custom_field *f, struct ipam_str value)
{
    const struct record_field *at = custom_own(((const struct ipam_record *)m->rec)->type, f->name);
    if (at != NULL) {
        if (at->kind == KIND_TEXT && (at->flags & (FIELD_READONLY | FIELD_FIXED)) == 0) {
            *(struct ipam_str *)(void *)((char *)m->rec + at->offset) = value;
            IPAM_SET_FIELD((struct ipam_record *)m->rec, at->number);
        }
        return 0;
    }
    if (m->count == (size_t)m->at->max) {
        problem_hint(m->p, "leave one away");
        return problem_set(m->p, PROBLEM_INVALID,
                           "custom: there is no room for the linked value of \"" STR_FMT "\"",
                           STR_ARG(f->name));
    }
    m->items[m->count++] = joined(m->arena, f->name, value);
    m->changed = true;
    return 0;
}

static int not_together(const struct making *m, const struct ipam_field_link *l,
                        const struct ipam_custom_field *const f[2], const struct ipam_str value[2])
{
    problem_hint(m->p, "GET /api/v1/ipam/field-links/%lld lists what goes together", (long long)l->id);
    return problem_set(m->p, PROBLEM_INVALID,
                       "custom: \"" STR_FMT "\" of \"" STR_FMT "\" does not go with \"" STR_FMT
                       "\" of \"" STR_FMT "\"",
                       STR_ARG(value[0]), STR_ARG(f[0]->name), STR_ARG(value[1]), STR_ARG(f[1]->name));
}

static int judge_link(void *user, const void *row)
{
    static const struct ipam_str any;
    struct making *m = user;
    const struct ipam_field_link *l = row;
    const struct ipam_custom_field *f[2] = { view_get(m->view, IPAM_T_CUSTOM_FIELD, l->first),
                                             view_get(m->view, IPAM_T_CUSTOM_FIELD, l->second) };
    struct ipam_str value[2] = { value_now(m, f[0]), value_now(m, f[1]) }, a, b;
    size_t at = 0, ends[2];
    if (value[0].data == NULL && value[1].data == NULL)
        return 0;
    if (m->before != NULL && str_equal(custom_value(f[0], m->before), value[0]) &&
        str_equal(custom_value(f[1], m->before), value[1]))
        return 0;
    ends[0] = value[0].data != NULL ? pairs_with(l, value[0], any, &at) : 0;
    ends[1] = value[1].data != NULL ? pairs_with(l, any, value[1], &at) : 0;
    if (value[0].data != NULL && value[1].data != NULL)
        return (ends[0] == 0 && ends[1] == 0) || pairs_with(l, value[0], value[1], &at) != 0
                   ? 0
                   : not_together(m, l, f, value);
    if (ends[0] + ends[1] != 1) /* nothing, or a choice that is not ours */
        return 0;
    pairs_with(l, value[0], value[1], &at);
    custom_split(l->pairs.items[at], &a, &b);
    return value[0].data != NULL ? set_linked(m, f[1], b) : set_linked(m, f[0], a);
}

/* A value that was added may have another one linked to it. */
static int judge_links(struct making *m)
{
    size_t before;
    int rc;
    do {
        before = m->count;
        rc = view_each(m->view, IPAM_T_FIELD_LINK, judge_link, m);
    } while (rc == 0 && m->count > before);
    return rc;
}

static int any_link(void *user, const void *row)
{
    (void)user;
    (void)row;
    return 1;
}

int custom_apply(const struct view *v, const void *before, void *rec, struct arena *a, struct problem *p)
{
    const struct record_field *at = list_field(((const struct ipam_record *)rec)->type);
    const struct ipam_strs *list = at != NULL ? custom_list(rec) : NULL;
    if (at == NULL || (list == NULL && view_each(v, IPAM_T_FIELD_LINK, any_link, NULL) == 0))
        return 0;
    struct making m = { .view = v, .arena = a, .before = before, .rec = rec, .at = at, .p = p };
    bool given = list != NULL && (before == NULL || !record_field_equal(at, before, rec));
    m.items = arena_alloc(a, (size_t)at->max * sizeof(m.items[0]));
    if (m.items == NULL)
        out_of_memory(0); /* the arena has no limit */
    if (list != NULL && !given) {
        memcpy(m.items, list->items, list->count * sizeof(m.items[0]));
        m.count = list->count;
    }
    for (size_t i = 0; given && i < list->count; i++)
        if (take(&m, list->items[i]) != 0)
            return IPAM_E_INVAL;
    if (judge_links(&m) != 0)
        return IPAM_E_INVAL;
    if (a->failed)
        out_of_memory(0);
    if (m.changed) {
        *(struct ipam_strs *)(void *)((char *)rec + at->offset) = (struct ipam_strs){ m.items, m.count };
        IPAM_SET_FIELD((struct ipam_record *)rec, at->number);
    }
    return 0;
}
