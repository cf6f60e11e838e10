/* edit_option.c - edits of the values of options, whoever holds them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A value is written as text where Kea's text for it gives exactly its bytes again, and as digits
 * otherwise. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edit.h"

#define VALUE(NUMBER, member, type, how) KEA_FIELD(option_value, OPTION_VALUE_##NUMBER, member, type, how)

static const struct kea_field fields[] = {
    VALUE(NATIVE_SCOPE, native_scope, KEA_STR, KEA_F_IDENTITY),
    VALUE(FAMILY, family, KEA_WORD, KEA_F_IDENTITY),
    VALUE(OWNER, owner, KEA_WORD, KEA_F_IDENTITY),
    VALUE(HOLDER, holder, KEA_STR, KEA_F_IDENTITY),
    VALUE(SPACE, space, KEA_STR, KEA_F_IDENTITY),
    VALUE(CODE, code, KEA_INT, KEA_F_IDENTITY),
    VALUE(USER_CLASS, user_class, KEA_STR, KEA_F_LACKING),
    VALUE(DATA, data, KEA_BYTES, KEA_F_OWN),
    VALUE(VALUES, values, KEA_STRS, KEA_F_OWN),
    VALUE(ALWAYS, always, KEA_WORD, KEA_F_MEMBER),
    VALUE(NEVER, never, KEA_WORD, KEA_F_MEMBER),
    VALUE(CLASSES, classes, KEA_STRS, KEA_F_MEMBER),
};

static void name_of(const void *row, char *buf, size_t size)
{
    static const char *const owners[] = { "the server", "superscope", "scope",      "pool",
                                          "class",      "policy",     "reservation" };
    const struct ipam_option_value *o = row;
    struct ipam_str where = o->holder.len ? o->holder : o->native_scope;

    snprintf(buf, size, "option %" PRId64 " of %s %.*s", o->code, o->owner < 7 ? owners[o->owner] : "nothing",
             (int)(where.len < 100 ? where.len : 100), where.data ? where.data : "");
}

static int service_of(const void *row, enum kea_service *ret)
{
    const struct ipam_option_value *o = row;
    int64_t id;

    if (o->native_scope.len && kea_native_parse(o->native_scope, ret, &id) == 0)
        return 0;
    return kea_service_of(row, IPAM_OPTION_VALUE_FAMILY, o->family, o->holder, ret);
}

/* --- what holds it --- */

/* By "v4/NAME". */
static struct kea_node *named_holder(struct kea_editor *e, const char *array, struct ipam_str native)
{
    struct kea_node *list = kea_node_get(&e->draft, e->draft.root, array);

    for (struct kea_node *n = kea_node_first(&e->draft, list); n; n = n->next) {
        struct ipam_str is = kea_node_text(&e->draft, n, "name");
        char *text =
            arena_printf(&e->options_text, "v%c/%.*s", e->cfg->service == KEA_DHCP4 ? '4' : '6', STR_ARG(is));
        bool same = text && str_equal(kea_fitted(&e->options_text, str_from(text), KEA_HOLDER_MAX), native);

        arena_reset(&e->options_text);
        if (same)
            return n;
    }
    return NULL;
}

static struct kea_node *holder_of(struct kea_editor *e, const struct ipam_option_value *o)
{
    const struct kea_place *place = o->native_scope.len ? kea_place_of(e, o->native_scope) : NULL;
    const struct ipam_record *proposed = kea_proposed(e, o->native_scope, o->holder);
    struct kea_node *n = NULL;

    if (proposed && kea_proposed_node(e, proposed, &n) == 0 && n)
        return n;
    switch (o->owner) {
    case IPAM_OPTION_VALUE_OWNER_SERVER: return e->draft.root;
    case IPAM_OPTION_VALUE_OWNER_SUPERSCOPE: return named_holder(e, "shared-networks", o->holder);
    case IPAM_OPTION_VALUE_OWNER_CLASS: return named_holder(e, "client-classes", o->holder);
    case IPAM_OPTION_VALUE_OWNER_SCOPE: return place && place->id ? place->node : NULL;
    case IPAM_OPTION_VALUE_OWNER_POOL:
        return place && place->id ? kea_pool_of(e, place->node, o->holder) : NULL;
    case IPAM_OPTION_VALUE_OWNER_RESERVATION: return place ? kea_reserved_of(e, place, o->holder) : NULL;
    default: return NULL;
    }
}

static struct ipam_str space_of(const struct kea_editor *e, struct ipam_str space)
{
    return space.len ? space : str_from(kea_own_space(e->cfg->service));
}

/* The next of that space and code, from `n` on. */
static struct kea_node *next_of(struct kea_editor *e, struct kea_node *n, struct ipam_str space, int64_t code)
{
    int64_t is;

    while (n && !(kea_node_int(&e->draft, n, "code", &is) && is == code &&
                  str_equal(kea_node_text(&e->draft, n, "space"), space)))
        n = n->next;
    return n;
}

static struct kea_node *option_in(struct kea_editor *e, struct kea_node *holder, struct ipam_str space,
                                  int64_t code)
{
    return next_of(e, kea_node_first(&e->draft, kea_node_get(&e->draft, holder, "option-data")), space, code);
}

static int find(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_option_value *o = row;
    struct kea_node *holder;

    if (o->owner == IPAM_OPTION_VALUE_OWNER_POLICY)
        return kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot be: Kea has no policies; its classes hold options");
    holder = holder_of(e, o);
    if (!holder)
        return kea_refuse(e, IPAM_E_NOENT,
                          "is held by nothing that the server has; collect its configuration again");
    *ret = option_in(e, holder, space_of(e, o->space), o->code);
    return kea_drafted(e);
}

static struct kea_node *add_option(struct kea_editor *e, struct kea_node *holder, struct ipam_str space,
                                   int64_t code)
{
    struct kea_node *n = kea_add_object(e, kea_node_array(&e->draft, holder, "option-data"));

    if (!n || kea_put_int(e, n, "code", code) || kea_put_text(e, n, "space", space))
        return NULL;
    n->maker = e->kind->type;
    return n;
}

static int create(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_option_value *o = row;

    *ret = add_option(e, holder_of(e, o), space_of(e, o->space), o->code);
    return *ret ? 0 : kea_drafted(e) ? IPAM_E_NOMEM : IPAM_E_INVAL;
}

/* --- its value --- */

/* Kea writes bytes without the colons that our texts have. */
static int kea_parts(struct kea_editor *e, const struct kea_definition *d, struct ipam_strs values,
                     struct ipam_strs *ret)
{
    struct ipam_str *parts = arena_alloc(e->arena, (values.count + 1) * sizeof(*parts));

    for (size_t i = 0; i < values.count && parts; i++) {
        size_t field = d->field_count && i >= d->field_count ? d->field_count - 1 : i;
        uint32_t type =
            d->type == IPAM_OPTION_DEFINITION_TYPE_RECORD && d->field_count ? d->fields[field] : d->type;
        char *out = type == IPAM_OPTION_DEFINITION_TYPE_BINARY
                        ? arena_alloc(e->arena, values.items[i].len + 1)
                        : NULL;
        size_t len = 0;

        parts[i] = values.items[i];
        for (size_t c = 0; out && c < values.items[i].len; c++)
            if (values.items[i].data[c] != ':')
                out[len++] = values.items[i].data[c];
        if (out)
            parts[i] = (struct ipam_str){ out, len };
    }
    if (!parts)
        return IPAM_E_NOMEM;
    *ret = (struct ipam_strs){ parts, values.count };
    return 0;
}

static bool join(struct ipam_strs parts, struct strbuf *out)
{
    for (size_t i = 0; i < parts.count; i++) {
        strbuf_puts(out, i ? ", " : "");
        for (size_t c = 0; c < parts.items[i].len; c++) {
            char byte = parts.items[i].data[c];

            if (byte < ' ' || byte == 0x7f)
                return false; /* beyond ASCII, or no text */
            if (byte == ',' || byte == '\\')
                strbuf_putc(out, '\\');
            strbuf_putc(out, byte);
        }
    }
    return !out->failed;
}

/* Kea's text for the bytes, if it gives them again. */
static bool as_text(struct kea_editor *e, const struct kea_definition *d, struct ipam_bytes bytes,
                    struct strbuf *out)
{
    struct ipam_strs values, parts;
    struct ipam_bytes again;

    return kea_option_decode(d, e->cfg->service, bytes, e->arena, &values) == 0 &&
           kea_parts(e, d, values, &parts) == 0 && join(parts, out) &&
           kea_option_split(out->data ? strbuf_str(out) : IPAM_STR(""), e->arena, &parts) == 0 &&
           kea_option_encode(d, e->cfg->service, parts, e->arena, &again) == 0 && again.len == bytes.len &&
           (bytes.len == 0 || memcmp(again.data, bytes.data, bytes.len) == 0);
}

static int put_data(struct kea_editor *e, struct kea_node *n, const struct kea_definition *d,
                    struct ipam_bytes bytes, bool digits)
{
    bool text = false;
    struct strbuf out;
    int status;

    strbuf_init(&out, 4 * (size_t)KEA_OPTION_DATA_MAX);
    if (!digits && d)
        text = as_text(e, d, bytes, &out);
    if (!text) {
        strbuf_reset(&out);
        for (size_t i = 0; i < bytes.len; i++)
            strbuf_printf(&out, "%02X", bytes.data[i]);
    }
    status = out.failed ? IPAM_E_NOMEM : kea_put_bool(e, n, "csv-format", text);
    if (status == 0)
        status = kea_put_text(e, n, "data", out.data ? strbuf_str(&out) : IPAM_STR(""));
    strbuf_fini(&out);
    return status;
}

static int bytes_of(struct kea_editor *e, const struct kea_definition *d, struct ipam_strs values,
                    struct ipam_bytes *ret)
{
    struct ipam_strs parts;
    int status;

    if (!d)
        return kea_refuse(
            e, IPAM_E_INVAL,
            "cannot be written from its values: it has no definition; give its data, or add one");
    status = kea_parts(e, d, values, &parts);
    if (status == 0)
        status = kea_option_encode(d, e->cfg->service, parts, e->arena, ret);
    if (status == IPAM_E_INVAL)
        return kea_refuse(e, status, "cannot be written: its values are none of the type %s%s",
                          kea_type_word(d->type), d->array ? " (a list)" : "");
    return status;
}

/* The class that an option is of: it may have definitions of its own. */
static struct ipam_str class_of(struct kea_editor *e, const struct ipam_option_value *o, struct kea_node *n)
{
    if (o->owner != IPAM_OPTION_VALUE_OWNER_CLASS)
        return (struct ipam_str){ NULL, 0 };
    return kea_node_text(&e->draft, n->parent->parent, "name");
}

/* What vendor data says of how the value is written, and the values that the list has beside. */
struct extra {
    struct json_doc *doc;
    const struct json *further;
    bool digits;
};

static int open_extra(const struct ipam_option_value *o, struct extra *ret)
{
    struct json_error error;
    bool text = true;
    int status = 0;

    *ret = (struct extra){ .doc = NULL };
    if (o && IPAM_HAS_FIELD(o, IPAM_OPTION_VALUE_VENDOR) && o->vendor.len)
        status = json_parse(o->vendor.data, o->vendor.len, KEA_VENDOR_MAX, &ret->doc, &error);
    if (status)
        return status == IPAM_E_NOMEM ? status : 0; /* kea_write_vendor has told */
    if (ret->doc) {
        ret->further = json_get(json_root(ret->doc), "further");
        json_bool(json_get(json_root(ret->doc), "csv-format"), &text);
    }
    ret->digits = !text;
    return 0;
}

static int put_further(struct kea_editor *e, struct kea_node *n, const struct ipam_option_value *o,
                       const struct extra *extra)
{
    struct kea_node *list = n->parent, *more;
    int status = 0;

    while ((more = next_of(e, n->next, space_of(e, o->space), o->code)))
        kea_node_drop(more);
    for (const struct json *v = json_type(extra->further) == JSON_ARRAY ? json_first(extra->further) : NULL;
         v && status == 0; v = json_next(v)) {
        more = kea_add_object(e, list);
        if (!more)
            return IPAM_E_NOMEM;
        for (const struct json *m = json_first(v); m && status == 0; m = json_next(m)) {
            struct ipam_str text = kea_canonical_text(extra->doc, m, e->arena);

            status = text.data ? kea_put_json(e, more, json_key(m).data, text) : IPAM_E_NOMEM;
        }
    }
    return status;
}

static int put_value(struct kea_editor *e, struct kea_node *n, const struct ipam_option_value *before,
                     const struct ipam_option_value *after, bool digits)
{
    bool by_values = IPAM_HAS_FIELD(after, IPAM_OPTION_VALUE_VALUES) &&
                     (!IPAM_HAS_FIELD(after, IPAM_OPTION_VALUE_DATA) ||
                      (before && kea_same(e, IPAM_OPTION_VALUE_DATA, before, after) &&
                       !kea_same(e, IPAM_OPTION_VALUE_VALUES, before, after)));
    struct ipam_bytes bytes = after->data;
    const struct kea_definition *d;
    int status = kea_define(e);

    if (status)
        return status;
    d = kea_definition_find(&e->definitions, space_of(e, after->space), after->code, class_of(e, after, n));
    if (by_values)
        status = bytes_of(e, d, after->values, &bytes);
    else if (!IPAM_HAS_FIELD(after, IPAM_OPTION_VALUE_DATA))
        bytes = (struct ipam_bytes){ NULL, 0 };
    return status ? status : put_data(e, n, d, bytes, digits);
}

static int render(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    struct extra was, is = { .doc = NULL };
    int status = open_extra(before, &was);

    if (status == 0)
        status = open_extra(after, &is);
    if (status == 0 && !kea_same(e, IPAM_OPTION_VALUE_CLASSES, before, after) && e->version &&
        e->version < 207)
        status = kea_refuse(e, IPAM_E_UNSUPPORTED,
                            "cannot have classes: this version of Kea does not have them yet");
    if (status == 0 &&
        (!before || was.digits != is.digits || !kea_same(e, IPAM_OPTION_VALUE_DATA, before, after) ||
         !kea_same(e, IPAM_OPTION_VALUE_VALUES, before, after)))
        status = put_value(e, n, before, after, is.digits);
    if (status == 0 && !json_same(was.further, is.further))
        status = put_further(e, n, after, &is);
    json_free(was.doc);
    json_free(is.doc);
    return status;
}

/* Kea keeps all of a list that have the same code: the row spoke of them all. */
static int take_out(struct kea_editor *e, struct kea_node *n, const void *row)
{
    const struct ipam_option_value *o = row;
    struct kea_node *more;

    while ((more = next_of(e, n->next, space_of(e, o->space), o->code)))
        kea_node_drop(more);
    return 0;
}

static void word_of(const void *row, bool address, char word[static KEA_WORD_MAX])
{
    const struct ipam_option_value *o = row;

    if (!address)
        snprintf(word, KEA_WORD_MAX, "code: %" PRId64, o->code);
}

static bool skips(const struct json *member)
{
    return str_is(json_key(member), "csv-format") || str_is(json_key(member), "further");
}

const struct kea_kind kea_value_kind = { KEA_RECORD(OPTION_VALUE, option_value, fields, kea_value_members),
                                         .name = name_of,
                                         .service = service_of,
                                         .find = find,
                                         .create = create,
                                         .render = render,
                                         .remove = take_out,
                                         .word = word_of,
                                         .skips = skips };

int kea_put_option(struct kea_editor *e, struct kea_node *holder, int64_t code, struct ipam_bytes value)
{
    struct ipam_str space = str_from(kea_own_space(e->cfg->service));
    struct kea_node *n = option_in(e, holder, space, code);
    int status;

    if (!value.data) {
        for (struct kea_node *gone = n; gone; gone = n) {
            n = next_of(e, gone->next, space, code);
            kea_node_drop(gone);
        }
        return kea_drafted(e);
    }
    status = kea_define(e);
    if (status == 0 && !n)
        n = add_option(e, holder, space, code);
    if (status == 0 && !n)
        status = IPAM_E_NOMEM;
    return status ? status
                  : put_data(e, n,
                             kea_definition_find(&e->definitions, space, code, (struct ipam_str){ NULL, 0 }),
                             value, false);
}
