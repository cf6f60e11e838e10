/* config_edit.c - the edits of a call made in the text of a configuration: one engine for all kinds of
 * objects.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Edits are made one by one, in their order, each in what the ones before it left. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"
#include "net/addr.h"

static const struct kea_kind *const kinds[] = { &kea_scope_kind, &kea_pool_kind,       &kea_superscope_kind,
                                                &kea_class_kind, &kea_server_kind,     &kea_definition_kind,
                                                &kea_value_kind, &kea_reservation_kind };

static const struct kea_kind *kind_of(const struct ipam_record *row)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i]->type == row->type)
            return kinds[i];
    return NULL;
}

static const struct ipam_record *row_of(const struct kea_edit *edit)
{
    return edit->after ? edit->after : edit->before;
}

void kea_edits_take_back(struct kea_edit **edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ipam_record *before = edits[i]->before;

        if (edits[i]->verb != IPAM_EDIT_VERB_SET)
            edits[i]->verb =
                edits[i]->verb == IPAM_EDIT_VERB_ADD ? IPAM_EDIT_VERB_DELETE : IPAM_EDIT_VERB_ADD;
        edits[i]->before = edits[i]->after;
        edits[i]->after = before;
    }
    for (size_t i = 0, j = count; i + 1 < j; i++) {
        struct kea_edit *e = edits[i];

        edits[i] = edits[--j];
        edits[j] = e;
    }
}

bool kea_edit_known(const struct kea_edit *edit)
{
    return kind_of(row_of(edit)) != NULL;
}

int kea_edit_service(const struct kea_edit *edit, enum kea_service *ret)
{
    return kind_of(row_of(edit))->service(row_of(edit), ret);
}

void kea_edit_word(const struct kea_edit *edit, bool address, char word[static KEA_WORD_MAX])
{
    const struct kea_kind *kind = kind_of(row_of(edit));

    word[0] = '\0';
    if (kind->word)
        kind->word(row_of(edit), address, word);
}

int kea_refuse(struct kea_editor *e, int status, const char *fmt, ...)
{
    char name[200], what[KEA_PROBLEM_MAX - 210];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    e->kind->name(row_of(e->edit), name, sizeof(name));
    snprintf(e->edit->problem, sizeof(e->edit->problem), "%s %s", name, what);
    return status;
}

int kea_service_of(const void *row, unsigned family_number, uint32_t family, struct ipam_str native,
                   enum kea_service *ret)
{
    const struct ipam_record *head = row;

    if (IPAM_HAS_FIELD(head, family_number))
        *ret = family == IPAM_DHCP_SERVER_FAMILY_IPV4 ? KEA_DHCP4 : KEA_DHCP6;
    else if (native.len > 1 && native.data[0] == 'v' && (native.data[1] == '4' || native.data[1] == '6'))
        *ret = native.data[1] == '4' ? KEA_DHCP4 : KEA_DHCP6;
    else
        return IPAM_E_NOENT;
    return 0;
}

/* --- subnets of the draft --- */

struct kea_place *kea_place_add(struct kea_editor *e, int64_t id, const struct ipam_prefix *prefix,
                                struct kea_node *node)
{
    struct kea_place *p;

    if (e->place_count == e->place_cap)
        return NULL; /* there is room for one an edit */
    p = &e->places[e->place_count++];
    *p = (struct kea_place){ .id = id, .prefix = *prefix, .node = node, .subnet = SIZE_MAX };
    if (id > e->last_id)
        e->last_id = id;
    return p;
}

struct kea_place *kea_place_of_prefix(struct kea_editor *e, const struct ipam_prefix *prefix)
{
    for (size_t i = 0; i < e->place_count; i++)
        if (e->places[i].node && e->places[i].id && prefix_equal(&e->places[i].prefix, prefix))
            return &e->places[i];
    return NULL;
}

struct kea_place *kea_place_of(struct kea_editor *e, struct ipam_str native)
{
    enum kea_service s;
    int64_t id;

    for (size_t i = 0; i < e->proposed_scopes && native.len; i++) {
        const struct ipam_scope *scope = (const void *)e->proposed[i];

        if (str_equal(scope->native, native))
            return kea_place_of_prefix(e, &scope->prefix);
    }
    if (kea_native_parse(native, &s, &id) || s != e->cfg->service)
        return NULL;
    for (size_t i = 0; i < e->place_count; i++)
        if (e->places[i].node && e->places[i].id == id)
            return &e->places[i];
    return NULL;
}

static bool proposes(const struct ipam_record *row, struct ipam_str native_scope, struct ipam_str native)
{
    const void *at = row;
    const struct ipam_pool *pool = at;
    const struct ipam_reservation *reservation = at;

    switch (row->type) {
    case IPAM_T_POOL: return str_equal(pool->native, native) && str_equal(pool->native_scope, native_scope);
    case IPAM_T_RESERVATION:
        return str_equal(reservation->native, native) && str_equal(reservation->native_scope, native_scope);
    case IPAM_T_SUPERSCOPE: return str_equal(((const struct ipam_superscope *)at)->native, native);
    case IPAM_T_DHCP_CLASS: return str_equal(((const struct ipam_dhcp_class *)at)->native, native);
    default: return false;
    }
}

const struct ipam_record *kea_proposed(struct kea_editor *e, struct ipam_str native_scope,
                                       struct ipam_str native)
{
    for (size_t i = e->proposed_scopes; i < e->proposed_count && native.len; i++)
        if (proposes(e->proposed[i], native_scope, native))
            return e->proposed[i];
    return NULL;
}

int kea_proposed_node(struct kea_editor *e, const struct ipam_record *row, struct kea_node **ret)
{
    return kind_of(row)->find(e, row, ret);
}

int kea_no_place(struct kea_editor *e, struct ipam_str native)
{
    return kea_refuse(
        e, IPAM_E_NOENT,
        "belongs to a subnet that the server no longer has; collect its configuration again (%.*s)",
        (int)(native.len < 64 ? native.len : 64), native.data ? native.data : "no name");
}

static void place_subnets(struct kea_editor *e, struct kea_node *holder)
{
    struct kea_node *list =
        kea_node_get(&e->draft, holder, e->cfg->service == KEA_DHCP4 ? "subnet4" : "subnet6");

    for (struct kea_node *n = kea_node_first(&e->draft, list); n; n = n->next) {
        const struct kea_subnet *s = &e->cfg->subnets[e->place_count];
        struct kea_place *p = kea_place_add(e, s->id, &s->prefix, n);

        p->subnet = (size_t)(s - e->cfg->subnets);
    }
}

/* What the call adds, or takes back: scopes first. */
static int list_proposed(struct kea_editor *e, struct kea_edit *const *edits)
{
    e->proposed = arena_alloc(e->arena, (e->count + 1) * sizeof(const struct ipam_record *));
    if (!e->proposed)
        return IPAM_E_NOMEM;
    for (size_t i = 0; i < e->count; i++)
        if (edits[i]->proposes && row_of(edits[i])->type == IPAM_T_SCOPE)
            e->proposed[e->proposed_count++] = row_of(edits[i]);
    e->proposed_scopes = e->proposed_count;
    for (size_t i = 0; i < e->count; i++)
        if (edits[i]->proposes && row_of(edits[i])->type != IPAM_T_SCOPE)
            e->proposed[e->proposed_count++] = row_of(edits[i]);
    return 0;
}

/* In the order in which kea_config_parse found them. */
static int open_editor(struct kea_editor *e)
{
    struct kea_config *cfg = e->cfg;
    struct kea_node *networks;

    arena_init(&e->options, 0);
    arena_init(&e->options_text, 0);
    e->place_cap = cfg->subnet_count + e->count;
    e->places = arena_alloc(e->arena, e->place_cap * sizeof(*e->places));
    e->reserved = arena_alloc(e->arena, (cfg->reservation_count + 1) * sizeof(*e->reserved));
    e->gone = arena_alloc(e->arena, cfg->reservation_count + cfg->subnet_count);
    if (!e->places || !e->reserved || !e->gone || kea_draft_init(&e->draft, e->arena, cfg->doc, cfg->root))
        return IPAM_E_NOMEM;
    e->scraps = kea_draft_scraps(&e->draft);
    e->opened = e->gone + cfg->reservation_count;
    kea_place_add(e, 0, &cfg->subnets[0].prefix, e->draft.root)->subnet = 0;
    place_subnets(e, e->draft.root);
    networks = kea_node_get(&e->draft, e->draft.root, "shared-networks");
    for (struct kea_node *n = kea_node_first(&e->draft, networks); n; n = n->next)
        place_subnets(e, n);
    return kea_drafted(e);
}

/* --- the edits --- */

/* What an object is known by must be the same before and after. */
static int check_identity(struct kea_editor *e, const struct kea_edit *edit)
{
    for (size_t i = 0; i < e->kind->field_count; i++) {
        const struct kea_field *f = &e->kind->fields[i];

        if (f->how == KEA_F_IDENTITY && !kea_field_same(f, edit->before, edit->after))
            return kea_refuse(e, IPAM_E_INVAL,
                              "is another one than before (%s); delete the old one and add the new one",
                              f->name);
    }
    return 0;
}

static int check_rows(struct kea_editor *e, const struct kea_edit *edit)
{
    if ((edit->verb != IPAM_EDIT_VERB_ADD && !edit->before) ||
        (edit->verb != IPAM_EDIT_VERB_DELETE && !edit->after))
        return kea_refuse(e, IPAM_E_INVAL, "cannot be changed: the edit lacks its record");
    if (edit->verb == IPAM_EDIT_VERB_SET && edit->before->type != edit->after->type)
        return kea_refuse(e, IPAM_E_INVAL, "is a record of another type than before");
    return edit->verb == IPAM_EDIT_VERB_SET ? check_identity(e, edit) : 0;
}

/* Whether what is there came with another object that the same call added: an option, as one of the fields
 * or the vendor data of its holder. Then an addition writes it once more. */
static bool came_along(const struct kea_editor *e, const struct kea_node *n)
{
    for (; n && e->kind == &kea_value_kind; n = n->parent)
        if (n->maker)
            return n->maker != IPAM_T_OPTION_VALUE;
    return false;
}

static int find(struct kea_editor *e, const struct kea_edit *edit, struct kea_node **ret)
{
    bool by_after = edit->verb == IPAM_EDIT_VERB_ADD;
    int status = e->kind->find(e, by_after ? edit->after : edit->before, ret);

    /* What was renamed by an earlier try has its new name. */
    if (status == 0 && !*ret && edit->lenient && edit->verb == IPAM_EDIT_VERB_SET)
        status = e->kind->find(e, edit->after, ret);
    if (status == IPAM_E_NOENT && edit->lenient && edit->verb == IPAM_EDIT_VERB_DELETE)
        status = 0; /* gone with what held it */
    return status;
}

static int take_out(struct kea_editor *e, struct kea_node *n, const void *row)
{
    int status = e->kind->remove ? e->kind->remove(e, n, row) : 0;

    if (status == 0)
        kea_node_drop(n);
    return status;
}

static int make(struct kea_editor *e, const struct kea_edit *edit, struct kea_node *n)
{
    int status = kea_check_fields(e, edit->before, edit->after);

    if (status == 0 && !n) {
        status = e->kind->create(e, edit->after, &n);
        if (status == 0 && n)
            n->maker = e->kind->type;
    }
    if (status == 0)
        status = kea_write_fields(e, n, edit->before, edit->after);
    if (status == 0 && e->kind->render)
        status = e->kind->render(e, n, edit->before, edit->after);
    return status;
}

static int edit_one(struct kea_editor *e, struct kea_edit *edit)
{
    struct kea_node *n = NULL;
    int status;

    e->edit = edit;
    e->kind = kind_of(row_of(edit));
    status = check_rows(e, edit);
    if (status == 0)
        status = find(e, edit, &n);
    if (status)
        return status;
    if (n && edit->verb == IPAM_EDIT_VERB_ADD && !edit->lenient && !came_along(e, n))
        return kea_refuse(e, IPAM_E_EXIST, "exists already; collect the server's configuration again");
    if (edit->verb == IPAM_EDIT_VERB_DELETE && !n && edit->lenient)
        return 0;
    if (edit->verb != IPAM_EDIT_VERB_ADD && !n)
        return kea_refuse(e, IPAM_E_NOENT, "does not exist; collect the server's configuration again");
    status = edit->verb == IPAM_EDIT_VERB_DELETE ? take_out(e, n, edit->before) : make(e, edit, n);
    return status ? status : kea_drafted(e);
}

int kea_config_edit(struct kea_config *cfg, unsigned version, struct kea_edit *const *edits, size_t count,
                    struct ipam_str *ret_text)
{
    struct kea_editor e = { .cfg = cfg, .version = version, .arena = &cfg->arena, .count = count };
    struct ipam_str text = { NULL, 0 };
    int status = open_editor(&e);

    if (status == 0)
        status = list_proposed(&e, edits);
    for (size_t i = 0; i < count && status == 0; i++) {
        edits[i]->status = edit_one(&e, edits[i]);
        if (edits[i]->status)
            status = edits[i]->status == IPAM_E_NOMEM ? IPAM_E_NOMEM : IPAM_E_INVAL;
    }
    if (status == 0 && e.draft.root->dirty)
        status = kea_node_write(&e.draft, e.draft.root, &text);
    if (status == 0)
        *ret_text = text;
    kea_draft_fini(&e.draft);
    arena_fini(&e.options);
    arena_fini(&e.options_text);
    return status;
}
