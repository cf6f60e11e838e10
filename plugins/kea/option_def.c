/* option_def.c - the definitions of options: Kea's own, those of the configuration, and which one holds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ipam/records.h"
#include "option.h"

#define TYPE(word) IPAM_OPTION_DEFINITION_TYPE_##word

/* Kea's words for types (ARM, "List of standard DHCP option types"). */
static const struct {
    const char *kea;
    uint8_t type;
} types[] = {
    { "binary", TYPE(BINARY) },      { "boolean", TYPE(BOOLEAN) },   { "empty", TYPE(EMPTY) },
    { "fqdn", TYPE(NAME) },          { "int16", TYPE(INT16) },       { "int32", TYPE(INT32) },
    { "int8", TYPE(INT8) },          { "ipv4-address", TYPE(IPV4) }, { "ipv6-address", TYPE(IPV6) },
    { "ipv6-prefix", TYPE(PREFIX) }, { "psid", TYPE(PSID) },         { "record", TYPE(RECORD) },
    { "string", TYPE(TEXT) },        { "tuple", TYPE(TUPLE) },       { "uint16", TYPE(UINT16) },
    { "uint32", TYPE(UINT32) },      { "uint8", TYPE(UINT8) },
};

static const char *const words[] = { "binary", "empty",  "boolean", "uint8",       "uint16",
                                     "uint32", "uint64", "int8",    "int16",       "int32",
                                     "text",   "name",   "tuple",   "ipv4",        "ipv6",
                                     "prefix", "psid",   "record",  "encapsulated" };
#define WORDS (sizeof(words) / sizeof(words[0]))

const char *kea_type_word(uint32_t type)
{
    return type < WORDS ? words[type] : words[0];
}

const char *kea_type_name(uint32_t type)
{
    if (type == TYPE(ENCAPSULATED))
        return "empty"; /* with a space that it encapsulates */
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].type == type)
            return types[i].kea;
    return NULL;
}

const char *kea_type_name_of(struct ipam_str word)
{
    for (uint32_t i = 0; i < WORDS; i++)
        if (str_is(word, words[i]))
            return kea_type_name(i);
    return NULL;
}

const char *kea_own_space(enum kea_service s)
{
    return s == KEA_DHCP4 ? "dhcp4" : "dhcp6";
}

static bool type_of(struct ipam_str word, uint8_t *ret)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_is(word, types[i].kea)) {
            *ret = types[i].type;
            return true;
        }
    return false;
}

/* "uint8, ipv4-address". False: too many, none, or one that is not known. */
static bool read_fields(struct kea_definition *d, struct ipam_str list)
{
    size_t at = 0;

    while (at < list.len) {
        size_t from, to;

        while (at < list.len && (list.data[at] == ' ' || list.data[at] == ','))
            at++;
        from = at;
        while (at < list.len && list.data[at] != ',')
            at++;
        for (to = at; to > from && list.data[to - 1] == ' ';)
            to--;
        if (to == from)
            continue;
        if (d->field_count == KEA_FIELDS_MAX ||
            !type_of((struct ipam_str){ list.data + from, to - from }, &d->fields[d->field_count]))
            return false;
        d->field_count++;
    }
    return d->field_count > 0;
}

static void set_type(struct kea_definition *d, struct ipam_str word, struct ipam_str fields)
{
    if (!type_of(word, &d->type)) {
        d->type = TYPE(BINARY);
        d->internal = str_is(word, "internal");
    } else if (d->type == TYPE(RECORD) && !read_fields(d, fields)) {
        d->type = TYPE(BINARY); /* as far as is known */
        d->field_count = 0;
        d->array = false;
    } else if (d->type == TYPE(EMPTY) && d->encapsulates.len) {
        d->type = TYPE(ENCAPSULATED);
    }
}

static const struct kea_space *spaces_of(enum kea_service s)
{
    return s == KEA_DHCP4 ? kea_spaces4 : kea_spaces6;
}

static void add_standard(struct kea_definition *d, const char *space, const struct kea_standard *from)
{
    *d = (struct kea_definition){ .space = str_from(space),
                                  .name = str_from(from->name),
                                  .encapsulates = str_from(from->encapsulates),
                                  .code = from->code,
                                  .array = from->array };
    set_type(d, str_from(from->type), str_from(from->fields));
}

static void add_list(struct kea_definitions *ds, const struct json *list, struct ipam_str holder)
{
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        struct kea_definition *d = &ds->items[ds->count];

        *d = (struct kea_definition){ .space = json_str(json_get(v, "space")),
                                      .name = json_str(json_get(v, "name")),
                                      .encapsulates = json_str(json_get(v, "encapsulate")),
                                      .holder = holder,
                                      .node = v };
        if (json_int(json_get(v, "code"), &d->code) || d->code < 0 || d->code > UINT16_MAX || !d->name.len ||
            !d->space.len)
            continue;
        json_bool(json_get(v, "array"), &d->array);
        set_type(d, json_str(json_get(v, "type")), json_str(json_get(v, "record-types")));
        ds->count++;
    }
}

static int str_order(struct ipam_str a, struct ipam_str b)
{
    int order = memcmp(a.data ? a.data : "", b.data ? b.data : "", a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int place(const struct kea_definition *d, struct ipam_str space, int64_t code, struct ipam_str holder)
{
    int order = str_order(d->space, space);

    if (order)
        return order;
    if (d->code != code)
        return d->code < code ? -1 : 1;
    return str_order(d->holder, holder);
}

/* What the configuration says comes before Kea's own. */
static int by_place(const void *a, const void *b)
{
    const struct kea_definition *x = a, *y = b;
    int order = place(x, y->space, y->code, y->holder);

    return order ? order : (x->node == NULL) - (y->node == NULL);
}

int kea_definitions_read(enum kea_service s, const struct json *root, unsigned version, struct arena *a,
                         struct kea_definitions *ret)
{
    const struct json *classes = json_get(root, "client-classes");
    struct kea_definitions ds = { .service = s };
    size_t most = json_count(json_get(root, "option-def"));

    for (const struct json *c = json_first(classes); c; c = json_next(c))
        most += json_count(json_get(c, "option-def"));
    for (const struct kea_space *space = spaces_of(s); space->name; space++)
        most += space->count;
    ds.items = arena_alloc(a, most * sizeof(*ds.items));
    if (!ds.items)
        return IPAM_E_NOMEM;
    for (const struct kea_space *space = spaces_of(s); space->name; space++)
        for (size_t i = 0; i < space->count; i++)
            if (!space->items[i].since || space->items[i].since <= version)
                add_standard(&ds.items[ds.count++], space->name, &space->items[i]);
    add_list(&ds, json_get(root, "option-def"), (struct ipam_str){ NULL, 0 });
    for (const struct json *c = json_first(classes); c; c = json_next(c))
        add_list(&ds, json_get(c, "option-def"), json_str(json_get(c, "name")));
    qsort(ds.items, ds.count, sizeof(*ds.items), by_place);
    *ret = ds;
    return 0;
}

static const struct kea_definition *find(const struct kea_definitions *d, struct ipam_str space, int64_t code,
                                         struct ipam_str holder)
{
    size_t low = 0, high = d->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (place(&d->items[middle], space, code, holder) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < d->count && place(&d->items[low], space, code, holder) == 0)
        return &d->items[low]; /* the first of several: the configuration's */
    return NULL;
}

const struct kea_definition *kea_definition_find(const struct kea_definitions *d, struct ipam_str space,
                                                 int64_t code, struct ipam_str holder)
{
    const struct kea_definition *own = holder.len ? find(d, space, code, holder) : NULL;

    return own ? own : find(d, space, code, (struct ipam_str){ NULL, 0 });
}
