/* read_option.c - definitions and values of options as rows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"

#define CLASSES_MAX 64

/* --- values --- */

#define VALUE(key, kind, number, member, max)                                                                \
    KEA_MEMBER(key, kind, ipam_option_value, IPAM_OPTION_VALUE_##number, member, max)

static const struct kea_member_map value_map[] = {
    KEA_OTHER("code"),
    KEA_OTHER("space"),
    KEA_OTHER("data"),
    VALUE("name", KEA_TEXT, NAME, name, KEA_NAME_MAX),
    VALUE("always-send", KEA_BOOL, ALWAYS, always, 0),
    VALUE("never-send", KEA_BOOL, NEVER, never, 0),
    VALUE("client-classes", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
};
const struct kea_members kea_value_members = { value_map, sizeof(value_map) / sizeof(value_map[0]) };

/* The digits of a value that is not written as text: with or without colons, blanks and 0x (ARM, "Custom
 * DHCPv4 options"). False: they are none. */
static bool from_hex(struct kea_reading *r, struct ipam_str text, struct ipam_bytes *ret)
{
    size_t at = text.len > 1 && text.data[0] == '0' && (text.data[1] == 'x' || text.data[1] == 'X') ? 2 : 0;
    uint8_t *out = arena_alloc(&r->scratch, text.len + 1);
    size_t digits = 0, count = 0;
    int high = 0;

    if (!out)
        return kea_no_memory(r) != NULL;
    for (size_t i = at; i < text.len; i++)
        digits += text.data[i] != ':' && text.data[i] != ' ';
    for (; at < text.len; at++) {
        char c = text.data[at];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;

        if (c == ':' || c == ' ')
            continue;
        if (d < 0)
            return false;
        if (digits-- % 2 == 0)
            high = d << 4;
        else
            out[count++] = (uint8_t)(high | d), high = 0;
    }
    *ret = (struct ipam_bytes){ out, count };
    return count <= KEA_OPTION_DATA_MAX;
}

/* Whether the value is written as a comma-separated text: Kea says so of each. */
static bool is_text(const struct json *option)
{
    bool text = false;

    json_bool(json_get(option, "csv-format"), &text);
    return text;
}

bool kea_option_bytes(struct kea_reading *r, const struct json *option, const struct kea_definition *d,
                      struct ipam_bytes *ret)
{
    struct ipam_str text = json_str(json_get(option, "data"));
    struct ipam_strs parts;
    int status;

    if (!text.data)
        return false;
    if (!is_text(option))
        return from_hex(r, text, ret);
    if (!d || kea_option_split(text, &r->scratch, &parts))
        return false;
    status = kea_option_encode(d, r->cfg->service, parts, &r->scratch, ret);
    if (status == IPAM_E_NOMEM)
        kea_no_memory(r);
    return status == 0;
}

/* The texts of a value: what its bytes mean; where that cannot be told, the parts that Kea shows. */
static bool values_of(struct kea_reading *r, const struct json *option, const struct kea_definition *d,
                      const struct ipam_option_value *row, struct ipam_strs *ret)
{
    struct ipam_str text = json_str(json_get(option, "data"));

    if (IPAM_HAS_FIELD(row, IPAM_OPTION_VALUE_DATA))
        return d && kea_option_decode(d, r->cfg->service, row->data, &r->scratch, ret) == 0;
    if (!is_text(option) || kea_option_split(text, &r->scratch, ret) || ret->count > KEA_OPTION_VALUES_MAX)
        return false;
    for (size_t i = 0; i < ret->count; i++)
        if (ret->items[i].len > KEA_VALUE_MAX)
            return false;
    return true;
}

/* "csv-format": true goes without saying. */
static bool is_plain(const struct json *v)
{
    bool text = false;

    return str_is(json_key(v), "csv-format") && json_bool(v, &text) == 0 && text;
}

/* What the fields do not say of an option, and the further values that the same list gives it. */
static struct ipam_str option_vendor(struct kea_reading *r, const struct json *const *same, size_t count,
                                     struct ipam_option_value *row)
{
    struct ipam_str rest = KEA_TAKE(r, same[0], value_map, true, row);
    struct strbuf *out = &r->vendor;
    struct json_writer w;

    /* Kea tells csv-format of every option; it is news where the value is bytes. */
    if (str_is(rest, "{\"csv-format\":true}"))
        rest = (struct ipam_str){ NULL, 0 };
    if (count == 1)
        return rest;
    strbuf_reset(out);
    jw_init(&w, out);
    jw_object(&w);
    for (const struct json *v = json_first(same[0]); v; v = json_next(v))
        if (str_is(json_key(v), "csv-format") && !is_plain(v)) {
            jw_key(&w, "csv-format");
            jw_bool(&w, false);
        }
    jw_key(&w, "further");
    jw_array(&w);
    for (size_t i = 1; i < count; i++)
        kea_canonical(r->cfg->doc, same[i], kea_skip_secret, &r->scratch, &w);
    jw_array_end(&w);
    jw_object_end(&w);
    return out->failed ? (struct ipam_str){ NULL, 0 } : strbuf_str(out);
}

bool kea_option_row(struct kea_reading *r, const struct json *const *same, size_t count,
                    const struct kea_holder *holder, struct ipam_option_value *row)
{
    struct ipam_str space = json_str(json_get(same[0], "space"));
    const struct kea_definition *d;

    *row = (struct ipam_option_value){ .size = sizeof(*row),
                                       .type = IPAM_T_OPTION_VALUE,
                                       .family = r->family,
                                       .owner = holder->owner,
                                       .native_scope = holder->native_scope,
                                       .holder = holder->holder };
    kea_row(r);
    if (json_int(json_get(same[0], "code"), &row->code) || row->code < 0 || row->code > UINT16_MAX ||
        !space.len)
        return false; /* no option that Kea shows is without */
    d = kea_definition_find(&r->definitions, space, row->code, holder->class_name);
    row->vendor = option_vendor(r, same, count, row);
    if (row->vendor.data)
        IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_VENDOR);
    IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_FAMILY);
    IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_OWNER);
    IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_NATIVE_SCOPE); /* an absent text stays absent */
    IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_HOLDER);
    IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_CODE);
    if (!str_is(space, kea_own_space(r->cfg->service))) {
        row->space = kea_fit(r, space, KEA_NAME_MAX);
        IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_SPACE);
    }
    if (!row->name.len && d) {
        row->name = kea_fit(r, d->name, KEA_NAME_MAX);
        IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_NAME);
    }
    if (kea_option_bytes(r, same[0], d, &row->data))
        IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_DATA);
    if (values_of(r, same[0], d, row, &row->values) && row->values.count > 0)
        IPAM_SET_FIELD(row, IPAM_OPTION_VALUE_VALUES);
    return true;
}

static void emit_option(struct kea_reading *r, const struct json *const *same, size_t count,
                        const struct kea_holder *holder)
{
    struct ipam_option_value row;

    if (kea_option_row(r, same, count, holder, &row))
        kea_emit(r, &row);
}

void kea_hold(struct kea_holder *h, struct ipam_str native)
{
    size_t len = native.len < sizeof(h->text) ? native.len : sizeof(h->text);

    memcpy(h->text, native.data, len);
    h->holder = (struct ipam_str){ h->text, len };
}

/* An option in its list. */
struct place {
    struct ipam_str space;
    int64_t code;
    size_t at;
    const struct json *node;
};

static int same_option(const struct place *x, const struct place *y)
{
    int order =
        memcmp(x->space.data, y->space.data, x->space.len < y->space.len ? x->space.len : y->space.len);

    if (order == 0)
        order = (x->space.len > y->space.len) - (x->space.len < y->space.len);
    return order ? order : (x->code > y->code) - (x->code < y->code);
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = same_option(x, y);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

void kea_emit_options(struct kea_reading *r, const struct json *list, const struct kea_holder *holder)
{
    size_t count = json_count(list), n = 0;
    struct place *places;
    const struct json **nodes;

    if (count == 0 || r->status)
        return;
    places = malloc(count * sizeof(*places));
    nodes = malloc(count * sizeof(const struct json *));
    if (!places || !nodes) {
        kea_no_memory(r);
        count = 0;
    }
    for (const struct json *v = json_first(list); v && n < count; v = json_next(v), n++) {
        places[n] = (struct place){ json_str(json_get(v, "space")), 0, n, v };
        if (!places[n].space.data)
            places[n].space = IPAM_STR("");
        if (json_int(json_get(v, "code"), &places[n].code))
            places[n].code = -1;
    }
    if (n > 1)
        qsort(places, n, sizeof(*places), by_place);
    for (size_t i = 0, end; i < n && r->status == 0; i = end) {
        for (end = i; end < n && same_option(&places[i], &places[end]) == 0; end++)
            nodes[end] = places[end].node;
        emit_option(r, nodes + i, end - i, holder);
    }
    free(places);
    free(nodes);
}

const struct json *kea_option_of(const struct kea_reading *r, const struct json *list, int64_t code)
{
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        int64_t n;

        if (json_int(json_get(v, "code"), &n) == 0 && n == code &&
            str_is(json_str(json_get(v, "space")), kea_own_space(r->cfg->service)))
            return v;
    }
    return NULL;
}

/* --- definitions --- */

#define DEFINITION(key, kind, number, member, max)                                                           \
    KEA_MEMBER(key, kind, ipam_option_definition, IPAM_OPTION_DEFINITION_##number, member, max)

static const struct kea_member_map definition_map[] = {
    KEA_OTHER("code"),
    KEA_OTHER("name"),
    KEA_OTHER("space"),
    KEA_OTHER("type"),
    KEA_OTHER("record-types"),
    KEA_OTHER("encapsulate"),
    DEFINITION("array", KEA_BOOL, ARRAY, array, 0),
};
const struct kea_members kea_definition_members = { definition_map,
                                                    sizeof(definition_map) / sizeof(definition_map[0]) };

static void set_record(struct kea_reading *r, const struct kea_definition *d,
                       struct ipam_option_definition *row)
{
    struct ipam_str *words;

    if (d->field_count == 0)
        return;
    words = arena_alloc(&r->scratch, d->field_count * sizeof(*words));
    if (!words) {
        kea_no_memory(r);
        return;
    }
    for (size_t i = 0; i < d->field_count; i++)
        words[i] = str_from(kea_type_word(d->fields[i]));
    row->record_types = (struct ipam_strs){ words, d->field_count };
    IPAM_SET_FIELD(row, IPAM_OPTION_DEFINITION_RECORD_TYPES);
}

static struct ipam_str definition_native(struct kea_reading *r, const struct kea_definition *d)
{
    char *text =
        arena_printf(&r->scratch, "v%c/%.*s.%" PRId64 "%s%.*s", r->cfg->service == KEA_DHCP4 ? '4' : '6',
                     STR_ARG(d->space), d->code, d->holder.len ? "@" : "", STR_ARG(d->holder));

    return text ? kea_fit(r, str_from(text), KEA_HOLDER_MAX) : (kea_no_memory(r), IPAM_STR(""));
}

static void emit_definition(struct kea_reading *r, const struct kea_definition *d)
{
    struct ipam_option_definition row = { .size = sizeof(row),
                                          .type = IPAM_T_OPTION_DEFINITION,
                                          .family = r->family,
                                          .code = d->code,
                                          .type_ = d->type,
                                          .array = d->array,
                                          .standard = d->node == NULL };

    kea_row(r);
    if (d->node)
        row.vendor = KEA_TAKE(r, d->node, definition_map, true, &row);
    else if (d->internal)
        row.vendor = IPAM_STR("{\"type\":\"internal\"}");
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_VENDOR);
    row.native = definition_native(r, d);
    row.name = kea_fit(r, d->name, KEA_NAME_MAX);
    if (!str_is(d->space, kea_own_space(r->cfg->service))) {
        row.space = kea_fit(r, d->space, KEA_NAME_MAX);
        IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_SPACE);
    }
    if (d->encapsulates.len) {
        row.encapsulates = kea_fit(r, d->encapsulates, KEA_NAME_MAX);
        IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_ENCAPSULATES);
    }
    if (d->holder.len) {
        row.class_ = kea_fit(r, d->holder, KEA_HOLDER_MAX);
        IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_CLASS);
    }
    row.description = d->node ? kea_comment(d->node) : (struct ipam_str){ NULL, 0 };
    if (row.description.data)
        IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_DESCRIPTION);
    set_record(r, d, &row);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_FAMILY);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_CODE);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_NAME);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_TYPE);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_ARRAY);
    IPAM_SET_FIELD(&row, IPAM_OPTION_DEFINITION_STANDARD);
    kea_emit(r, &row);
}

void kea_emit_definitions(struct kea_reading *r)
{
    const struct kea_definition *before = NULL;

    for (size_t i = 0; i < r->definitions.count && r->status == 0; i++) {
        const struct kea_definition *d = &r->definitions.items[i];

        /* Kea's own that the configuration replaces stands after it. */
        if (!before || before->code != d->code || !str_equal(before->space, d->space) ||
            !str_equal(before->holder, d->holder))
            emit_definition(r, d);
        before = d;
    }
}
