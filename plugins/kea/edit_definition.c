/* edit_definition.c - edits of the definitions of options.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edit.h"

#define DEFINITION(NUMBER, member, type, how)                                                                \
    KEA_FIELD(option_definition, OPTION_DEFINITION_##NUMBER, member, type, how)

static const struct kea_field fields[] = {
    DEFINITION(FAMILY, family, KEA_WORD, KEA_F_IDENTITY),
    DEFINITION(SPACE, space, KEA_STR, KEA_F_IDENTITY),
    DEFINITION(CODE, code, KEA_INT, KEA_F_IDENTITY),
    DEFINITION(CLASS, class_, KEA_STR, KEA_F_IDENTITY),
    DEFINITION(NAME, name, KEA_STR, KEA_F_OWN),
    DEFINITION(DESCRIPTION, description, KEA_STR, KEA_F_COMMENT),
    DEFINITION(TYPE, type_, KEA_WORD, KEA_F_OWN),
    DEFINITION(RECORD_TYPES, record_types, KEA_STRS, KEA_F_OWN),
    DEFINITION(ARRAY, array, KEA_WORD, KEA_F_MEMBER),
    DEFINITION(ENCAPSULATES, encapsulates, KEA_STR, KEA_F_OWN),
    DEFINITION(DATA, data, KEA_BYTES, KEA_F_LACKING),
    DEFINITION(VALUES, values, KEA_STRS, KEA_F_LACKING),
};

static void name_of(const void *row, char *buf, size_t size)
{
    const struct ipam_option_definition *d = row;

    snprintf(buf, size, "the definition of option %" PRId64 "%s%.*s", d->code, d->space.len ? " of " : "",
             (int)(d->space.len < 100 ? d->space.len : 100), d->space.data ? d->space.data : "");
}

static int service_of(const void *row, enum kea_service *ret)
{
    const struct ipam_option_definition *d = row;

    return kea_service_of(row, IPAM_OPTION_DEFINITION_FAMILY, d->family, d->native, ret);
}

static struct ipam_str space_of(const struct kea_editor *e, const struct ipam_option_definition *d)
{
    return d->space.len ? d->space : str_from(kea_own_space(e->cfg->service));
}

/* The server, or the class that it is for. */
static int holder_of(struct kea_editor *e, const struct ipam_option_definition *d, struct kea_node **ret)
{
    *ret = d->class_.len ? kea_named_node(e, "client-classes", d->class_, KEA_HOLDER_MAX) : e->draft.root;
    return *ret ? 0
                : kea_refuse(e, IPAM_E_NOENT, "is for the class '%.*s', which the server does not have",
                             (int)(d->class_.len < 100 ? d->class_.len : 100), d->class_.data);
}

static int find(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_option_definition *d = row;
    struct ipam_str space = space_of(e, d);
    struct kea_node *holder = NULL, *n;
    int status = holder_of(e, d, &holder);
    int64_t code;

    if (status)
        return status;
    n = kea_node_first(&e->draft, kea_node_get(&e->draft, holder, "option-def"));
    while (n && !(kea_node_int(&e->draft, n, "code", &code) && code == d->code &&
                  str_equal(kea_node_text(&e->draft, n, "space"), space)))
        n = n->next;
    if (!n && IPAM_HAS_FIELD(d, IPAM_OPTION_DEFINITION_STANDARD) && d->standard)
        return kea_refuse(e, IPAM_E_UNSUPPORTED, "is Kea's own (standard) and cannot be changed");
    *ret = n;
    return 0;
}

static int create(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_option_definition *d = row;
    struct kea_node *holder = NULL, *n;
    int status = holder_of(e, d, &holder);

    if (status)
        return status;
    n = kea_add_object(e, kea_node_array(&e->draft, holder, "option-def"));
    if (!n)
        return IPAM_E_NOMEM;
    *ret = n;
    status = kea_put_int(e, n, "code", d->code);
    return status ? status : kea_put_text(e, n, "space", space_of(e, d));
}

static int put_type(struct kea_editor *e, struct kea_node *n, const struct ipam_option_definition *d)
{
    const char *word = kea_type_name(d->type_);

    if (!word)
        return kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have its type: Kea has no type %s",
                          kea_type_word(d->type_));
    if (d->type_ == IPAM_OPTION_DEFINITION_TYPE_ENCAPSULATED && !d->encapsulates.len)
        return kea_refuse(e, IPAM_E_INVAL,
                          "is of the type encapsulated and does not say what it encapsulates");
    return kea_put_text(e, n, "type", str_from(word));
}

static int put_record(struct kea_editor *e, struct kea_node *n, const struct ipam_option_definition *d)
{
    struct strbuf out;
    int status = 0;

    if (!d->record_types.count) {
        kea_node_drop(kea_node_get(&e->draft, n, "record-types"));
        return kea_drafted(e);
    }
    strbuf_init(&out, KEA_VENDOR_MAX);
    for (size_t i = 0; i < d->record_types.count && status == 0; i++) {
        struct ipam_str word = d->record_types.items[i];
        const char *name = kea_type_name_of(word);

        if (!name)
            status = kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have its record_types: Kea has no type %.*s",
                                (int)(word.len < 40 ? word.len : 40), word.data);
        strbuf_puts(&out, i ? ", " : "");
        strbuf_puts(&out, name ? name : "");
    }
    if (status == 0)
        status = out.failed ? IPAM_E_NOMEM : kea_put_text(e, n, "record-types", strbuf_str(&out));
    strbuf_fini(&out);
    return status;
}

static int put_encapsulated(struct kea_editor *e, struct kea_node *n, const struct ipam_option_definition *d)
{
    if (d->encapsulates.len)
        return kea_put_text(e, n, "encapsulate", d->encapsulates);
    kea_node_drop(kea_node_get(&e->draft, n, "encapsulate"));
    return kea_drafted(e);
}

static int render(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_option_definition *d = after;
    int status = 0;

    e->defined = false;
    if (!kea_same(e, IPAM_OPTION_DEFINITION_NAME, before, after))
        status = kea_put_text(e, n, "name", d->name);
    if (status == 0 && !kea_same(e, IPAM_OPTION_DEFINITION_TYPE, before, after))
        status = put_type(e, n, d);
    if (status == 0 && !kea_same(e, IPAM_OPTION_DEFINITION_RECORD_TYPES, before, after))
        status = put_record(e, n, d);
    if (status == 0 && !kea_same(e, IPAM_OPTION_DEFINITION_ENCAPSULATES, before, after))
        status = put_encapsulated(e, n, d);
    return status;
}

static int take_out(struct kea_editor *e, struct kea_node *n, const void *row)
{
    (void)n;
    (void)row;
    e->defined = false;
    return 0;
}

const struct kea_kind kea_definition_kind = { KEA_RECORD(OPTION_DEFINITION, option_definition, fields,
                                                         kea_definition_members),
                                              .name = name_of,
                                              .service = service_of,
                                              .find = find,
                                              .create = create,
                                              .render = render,
                                              .remove = take_out };

/* --- the definitions as the draft has them --- */

/* Only what kea_definitions_read looks at. */
static int put_part(struct kea_editor *e, struct kea_node *into, const char *key)
{
    struct kea_node *n = kea_node_get(&e->draft, e->draft.root, key);
    struct ipam_str text;

    if (!n)
        return 0;
    if (kea_node_write(&e->draft, n, &text) || !kea_node_put(&e->draft, into, str_from(key), text))
        return IPAM_E_NOMEM;
    return 0;
}

int kea_define(struct kea_editor *e)
{
    const struct json *root = e->cfg->root;
    struct kea_node *copy;
    int status = 0;

    if (e->defined)
        return 0;
    if (e->draft.root->dirty) {
        copy = kea_add_object(e, kea_node_array(&e->draft, e->scraps, "definitions"));
        if (!copy || put_part(e, copy, "option-def") || put_part(e, copy, "client-classes"))
            return IPAM_E_NOMEM;
        root = kea_node_value(&e->draft, copy);
    }
    arena_reset(&e->options);
    status = root ? kea_definitions_read(e->cfg->service, root, e->version, &e->options, &e->definitions)
                  : IPAM_E_NOMEM;
    e->defined = status == 0;
    return status;
}
