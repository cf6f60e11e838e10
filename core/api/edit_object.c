/* edit_object.c - what an edit makes of one object: of itself, and of each of its options.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/edit.h"

#include <string.h>

/* An option of the object as the edits leave it. */
struct worked {
    const struct ipam_option_value *before; /* NULL: there was none */
    struct ipam_option_value *after;        /* NULL: it goes */
    struct ipam_option_value which;         /* what names it */
};

struct working {
    struct edit_work *w;
    const struct edit_group *group;
    const void *rec;
    struct worked options[EDIT_MOST];
    size_t count;
};

/* --- which option --- */

static uint32_t family_of(const void *rec)
{
    const struct ipam_scope *s = rec;
    const struct ipam_reservation *r = rec;
    const struct record_field *f = record_field(record_type(s->type), IPAM_STR("family"));
    if (s->type == IPAM_T_SCOPE)
        return s->prefix.addr.family == 4 ? IPAM_OPTION_VALUE_FAMILY_IPV4 : IPAM_OPTION_VALUE_FAMILY_IPV6;
    if (s->type == IPAM_T_RESERVATION)
        return r->address.family == 4 ? IPAM_OPTION_VALUE_FAMILY_IPV4 : IPAM_OPTION_VALUE_FAMILY_IPV6;
    return *(const uint32_t *)(const void *)((const char *)rec + f->offset);
}

/* The code that the server has for its name; -1: it has none, for that protocol. */
static int64_t code_of(const struct working *k, const struct one_edit *e)
{
    char buf[EDIT_KEY_MOST];
    const uint32_t families[] = { family_of(k->rec), EDIT_BOTH };
    for (size_t i = 0; i < 2 && e->name.data != NULL; i++) {
        struct ipam_str key = edit_name_key(families[i], e->space, e->name, buf);
        const struct ipam_option_definition *d = smap_get(&k->group->definitions, key.data, key.len);
        if (d != NULL)
            return d->code;
    }
    return e->code;
}

static void name_option(const struct working *k, const struct one_edit *e, int64_t code,
                        struct ipam_option_value *ret)
{
    const struct record_type *t = record_type(((const struct ipam_record *)k->rec)->type);
    const struct record_field *native = record_field(t, IPAM_STR("native"));
    struct ipam_str holder = *(const struct ipam_str *)(const void *)((const char *)k->rec + native->offset);
    const struct ipam_scope *s = k->rec;
    const struct ipam_reservation *r = k->rec;
    record_init(ret, IPAM_T_OPTION_VALUE);
    RECORD_SET(ret, IPAM_OPTION_VALUE_SERVER, server, rule_ref(k->rec, "server"));
    RECORD_SET(ret, IPAM_OPTION_VALUE_OWNER, owner, k->w->kind->owner);
    RECORD_SET(ret, IPAM_OPTION_VALUE_CODE, code, code);
    RECORD_SET(ret, IPAM_OPTION_VALUE_FAMILY, family, family_of(k->rec));
    if (e->space.len > 0)
        RECORD_SET(ret, IPAM_OPTION_VALUE_SPACE, space, e->space);
    if (t->type == IPAM_T_SCOPE || t->type == IPAM_T_RESERVATION) {
        RECORD_SET(ret, IPAM_OPTION_VALUE_SCOPE, scope, t->type == IPAM_T_SCOPE ? s->id : r->scope);
        RECORD_SET(ret, IPAM_OPTION_VALUE_NATIVE_SCOPE, native_scope,
                   t->type == IPAM_T_SCOPE ? s->native : r->native_scope);
    }
    if (t->type != IPAM_T_SCOPE && t->type != IPAM_T_DHCP_SERVER)
        RECORD_SET(ret, IPAM_OPTION_VALUE_HOLDER, holder, holder);
}

/* The option of the object as it is now; two edits of one option are made one after the other. */
static struct worked *worked_of(struct working *k, const struct ipam_option_value *which)
{
    char buf[EDIT_KEY_MOST], other[EDIT_KEY_MOST];
    struct ipam_str key = edit_value_key(which, buf);
    for (size_t i = 0; i < k->count; i++)
        if (str_equal(edit_value_key(&k->options[i].which, other), key))
            return &k->options[i];
    struct worked *o = &k->options[k->count++];
    *o = (struct worked){ .which = *which, .before = smap_get(&k->group->options, key.data, key.len) };
    if (o->before != NULL) {
        o->after = arena_alloc(&k->w->page, sizeof(*o->after));
        *o->after = *o->before;
    }
    return o;
}

/* --- the edits --- */

/* An option that has neither value nor bytes is none. What was edited wins over the other way to say it. */
static void edit_option(struct working *k, const struct one_edit *e)
{
    struct ipam_option_value which;
    int64_t code = code_of(k, e);
    if (code < 0)
        return;
    name_option(k, e, code, &which);
    struct worked *o = worked_of(k, &which);
    bool makes = e->edit.word == EDIT_ADD || e->edit.word == EDIT_OVERWRITE || e->edit.word == EDIT_APPEND;
    if (e->edit.word == EDIT_DELETE && e->edit.value == NULL) {
        o->after = NULL;
        return;
    }
    if (o->after == NULL && !makes)
        return;
    if (o->after != NULL && e->edit.word == EDIT_ADD)
        return;
    if (o->after == NULL) {
        o->after = arena_alloc(&k->w->page, sizeof(*o->after));
        *o->after = which;
    }
    edit_field(&e->edit, &k->w->page, o->after);
    if (!record_has(o->after, e->edit.field->number))
        o->after = NULL;
}

static size_t put(struct server_change *list, size_t n, const void *before, const void *after)
{
    uint64_t fields[2];
    if ((before == NULL && after == NULL) ||
        (before != NULL && after != NULL && !record_diff(before, after, fields)))
        return n;
    list[n] = (struct server_change){ .before = before, .after = after };
    return n + 1;
}

size_t edit_changes(struct edit_work *w, const struct edit_group *g, const void *rec,
                    struct server_change **ret)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    struct working *k = arena_alloc(&w->page, sizeof(*k));
    struct server_change *list = arena_alloc(&w->page, (w->edit_count + 1) * sizeof(*list));
    void *after = arena_alloc(&w->page, t->size);
    size_t n = 0;
    k->w = w;
    k->group = g;
    k->rec = rec;
    k->count = 0;
    memcpy(after, rec, t->size);
    for (size_t i = 0; i < w->edit_count; i++)
        if (w->edits[i].option)
            edit_option(k, &w->edits[i]);
        else
            edit_field(&w->edits[i].edit, &w->page, after);
    n = put(list, n, rec, after);
    for (size_t i = 0; i < k->count; i++)
        n = put(list, n, k->options[i].before, k->options[i].after);
    *ret = list;
    return n;
}

const void *edit_object_now(const struct edit_work *w, const struct view *v, const struct edit_object *o)
{
    const void *now = view_get(v, w->kind->type, o->id);
    return now == NULL && !view_is_gone(v, w->kind->type, o->id) ? o->rec : now;
}
