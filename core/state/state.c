/* state.c - the resident rows, the indexes and the head.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "state/state_p.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

int64_t row_id(const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return *(const int64_t *)((const char *)rec + t->fields[0].offset);
}

void row_set_id(void *rec, int64_t id, int64_t rev)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    *(int64_t *)((char *)rec + t->fields[0].offset) = id;
    *(int64_t *)((char *)rec + t->fields[1].offset) = rev;
    IPAM_SET_FIELD((struct ipam_record *)rec, 1);
    IPAM_SET_FIELD((struct ipam_record *)rec, 2);
}

int64_t row_rev(const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return *(const int64_t *)((const char *)rec + t->fields[1].offset);
}

struct state *state_new(void)
{
    struct state *s = xcalloc(1, sizeof(*s));
    s->found = xcalloc(1, sizeof(*s->found));
    s->changes = 1;
    for (uint32_t i = 0; i < RECORD_TYPES; i++) {
        imap_init(&s->tables[i].rows);
        servers_init(&s->tables[i], i);
    }
    smap_init(&s->names);
    imap_init(&s->scoped);
    indexes_init(&s->indexes);
    custom_init(&s->custom);
    s->view.state = s;
    return s;
}

void state_free(struct state *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < RECORD_TYPES; i++) {
        struct row_table *t = &s->tables[i];
        for (size_t k = 0; k < t->all.count; k++)
            free(imap_get(&t->rows, (uint64_t)t->all.ids[k]));
        imap_fini(&t->rows);
        servers_fini(t);
        free(t->all.ids);
    }
    smap_fini(&s->names);
    indexes_fini(&s->indexes);
    custom_fini(&s->custom);
    imap_fini(&s->scoped);
    free(s->found);
    free(s);
}

int64_t state_head(const struct state *s)
{
    return s->head;
}

void state_set_head(struct state *s, int64_t head)
{
    bool moved = s->head != head;
    s->head = head;
    for (struct state_watch *w = moved ? s->watches : NULL; w != NULL; w = w->next)
        if (w->moved != NULL)
            w->moved(w);
}

static void tell_change(struct state *s, const void *before, const void *after)
{
    for (struct state_watch *w = s->watches; w != NULL; w = w->next)
        if (w->changed != NULL)
            w->changed(w, before, after);
}

void state_watch(struct state *s, struct state_watch *w)
{
    w->next = s->watches;
    s->watches = w;
}

static size_t printed(int len, size_t cap)
{
    return len > 0 && (size_t)len < cap ? (size_t)len : 0;
}

size_t superscope_name(int64_t server, uint32_t family, struct ipam_str name, char *buf, size_t cap)
{
    return printed(snprintf(buf, cap, "%lld/%u/" STR_FMT, (long long)server, family, STR_ARG(name)), cap);
}

/* Of a whole group they are looked up one by one: no text is made of the numbers. */
size_t vlan_number(int64_t group, int64_t vid, char *buf, size_t cap)
{
    if (cap < sizeof(group) + sizeof(vid))
        return 0;
    memcpy(buf, &group, sizeof(group));
    memcpy(buf + sizeof(group), &vid, sizeof(vid));
    return sizeof(group) + sizeof(vid);
}

/* Never that of a number, which has bytes that no name has. */
size_t vlan_name(int64_t group, struct ipam_str name, char *buf, size_t cap)
{
    if (name.len == 0 || cap < sizeof(group) + 1 + name.len)
        return 0;
    memcpy(buf, &group, sizeof(group));
    buf[sizeof(group)] = 'n';
    memcpy(buf + sizeof(group) + 1, name.data, name.len);
    return sizeof(group) + 1 + name.len;
}

size_t policy_name(const struct ipam_access_policy *p, char *buf, size_t cap)
{
    return printed(snprintf(buf, cap, STR_FMT "/" STR_FMT "/%lld", STR_ARG(p->principal), STR_ARG(p->role),
                            (long long)p->scope),
                   cap);
}

size_t alert_name(int64_t object, char *buf, size_t cap)
{
    return printed(snprintf(buf, cap, "%lld", (long long)object), cap);
}

/* The name of a row of a type that is known by name; what is made of several fields is made in buf. */
static struct ipam_str name_of(const void *rec, char *buf, size_t cap)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SPACE: return ((const struct ipam_space *)rec)->name;
    case IPAM_T_SERVER: return ((const struct ipam_server *)rec)->name;
    case IPAM_T_SECRET: return ((const struct ipam_secret *)rec)->name;
    case IPAM_T_SEAL: return ((const struct ipam_seal *)rec)->place;
    case IPAM_T_ROLE: return ((const struct ipam_role *)rec)->name;
    case IPAM_T_ACCESS_SCOPE: return ((const struct ipam_access_scope *)rec)->path;
    case IPAM_T_USER: return ((const struct ipam_user *)rec)->name;
    case IPAM_T_GROUP: return ((const struct ipam_group *)rec)->name;
    case IPAM_T_SESSION: return ((const struct ipam_session *)rec)->prefix;
    case IPAM_T_VERIFIER: return ((const struct ipam_verifier *)rec)->place;
    case IPAM_T_ALLOTMENT: return ((const struct ipam_allotment *)rec)->owner;
    case IPAM_T_CUSTOM_FIELD: return ((const struct ipam_custom_field *)rec)->name;
    case IPAM_T_LOGICAL_GROUP: return ((const struct ipam_logical_group *)rec)->name;
    case IPAM_T_ADDRESS_POOL: return ((const struct ipam_address_pool *)rec)->name;
    case IPAM_T_VLAN_GROUP: return ((const struct ipam_vlan_group *)rec)->name;
    case IPAM_T_VLAN: {
        const struct ipam_vlan *n = rec;
        return (struct ipam_str){ buf, vlan_number(n->group, n->vid, buf, cap) };
    }
    case IPAM_T_VRF: return ((const struct ipam_vrf *)rec)->name;
    case IPAM_T_SAVED_QUERY: return ((const struct ipam_saved_query *)rec)->name;
    case IPAM_T_CONFLICT: return ((const struct ipam_conflict *)rec)->key;
    case IPAM_T_SUPERSCOPE: {
        const struct ipam_superscope *s = rec;
        return (struct ipam_str){ buf, superscope_name(s->server, s->family, s->name, buf, cap) };
    }
    case IPAM_T_ACCESS_POLICY: return (struct ipam_str){ buf, policy_name(rec, buf, cap) };
    case IPAM_T_ALERT:
        return (struct ipam_str){ buf, alert_name(((const struct ipam_alert *)rec)->object, buf, cap) };
    default: return (struct ipam_str){ NULL, 0 };
    }
}

/* The other one of a row that has two; of others NULL. */
static struct ipam_str second_name_of(const void *rec, char *buf, size_t cap)
{
    const struct ipam_vlan *n = rec;
    size_t len =
        n->type == IPAM_T_VLAN && record_has(n, IPAM_VLAN_NAME) ? vlan_name(n->group, n->name, buf, cap) : 0;
    return (struct ipam_str){ len != 0 ? buf : NULL, len };
}

size_t name_key(const void *rec, unsigned nth, char *buf, size_t cap)
{
    char made[NAME_KEY_MAX];
    struct ipam_str name =
        nth == 0 ? name_of(rec, made, sizeof(made)) : second_name_of(rec, made, sizeof(made));
    return name.data != NULL ? name_key_of(((const struct ipam_record *)rec)->type, name, buf, cap) : 0;
}

size_t name_key_of(uint32_t type, struct ipam_str name, char *buf, size_t cap)
{
    if (name.len + 1 > cap)
        return 0;
    buf[0] = (char)type;
    memcpy(buf + 1, name.data, name.len);
    if (type == IPAM_T_CUSTOM_FIELD || type == IPAM_T_LOGICAL_GROUP)
        custom_fold(buf + 1, name.len);
    return name.len + 1;
}

/* The access scope an object was put into itself; 0: none. */
int64_t own_scope(const void *rec)
{
    if (rec == NULL)
        return 0;
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_SPACE: return ((const struct ipam_space *)rec)->access_scope;
    case IPAM_T_BLOCK: return ((const struct ipam_block *)rec)->access_scope;
    case IPAM_T_SUBNET: return ((const struct ipam_subnet *)rec)->access_scope;
    case IPAM_T_RANGE: return ((const struct ipam_range *)rec)->access_scope;
    case IPAM_T_ADDRESS_POOL: return ((const struct ipam_address_pool *)rec)->access_scope;
    case IPAM_T_VLAN_GROUP: return ((const struct ipam_vlan_group *)rec)->access_scope;
    case IPAM_T_VLAN: return ((const struct ipam_vlan *)rec)->access_scope;
    case IPAM_T_VRF: return ((const struct ipam_vrf *)rec)->access_scope;
    case IPAM_T_SERVER: return ((const struct ipam_server *)rec)->access_scope;
    case IPAM_T_SUPERSCOPE: return ((const struct ipam_superscope *)rec)->access_scope;
    case IPAM_T_SCOPE: return ((const struct ipam_scope *)rec)->access_scope;
    case IPAM_T_ZONE: return ((const struct ipam_zone *)rec)->access_scope;
    default: return 0;
    }
}

static void note_change(struct state *s, struct row_table *table, void *old, void *now)
{
    table->edition +=
        old == NULL || now == NULL || row_rev(old) != row_rev(now); /* not what moves by itself */
    s->scoped_edition += own_scope(old) != own_scope(now);
    if (own_scope(now) != 0)
        imap_put(&s->scoped, (uint64_t)row_id(now), now);
    else if (own_scope(old) != 0)
        imap_del(&s->scoped, (uint64_t)row_id(old));
}

static void resident_drop(struct state *s, void *old)
{
    char key[NAME_KEY_MAX];
    indexes_remove(&s->indexes, old);
    for (unsigned nth = 0; nth < NAMES; nth++) {
        size_t len = name_key(old, nth, key, sizeof(key));
        if (len != 0 && smap_get(&s->names, key, len) == old) /* not another's, who has that name now */
            smap_del(&s->names, key, len);
    }
}

void state_put(struct state *s, const void *before, const void *rec)
{
    const struct ipam_record *head = rec;
    const struct record_type *t = record_type(head->type);
    assert(head->type < RECORD_TYPES);
    s->changes++;
    if (t->residency != RES_RESIDENT) {
        if (before != NULL) {
            indexes_remove(&s->indexes, before);
            custom_remove(&s->custom, before);
        }
        indexes_add(&s->indexes, rec);
        custom_add(&s->custom, rec);
        tell_change(s, before, rec);
        return;
    }
    struct row_table *table = &s->tables[head->type];
    void *row = record_clone(rec);
    int64_t id = row_id(row);
    void *old = imap_put(&table->rows, (uint64_t)id, row);
    note_change(s, table, old, row);
    if (old != NULL)
        resident_drop(s, old);
    else
        ids_add(&table->all, id);
    if (old != NULL)
        servers_remove(table, old);
    servers_add(table, row);
    indexes_add(&s->indexes, row);
    char key[NAME_KEY_MAX];
    for (unsigned nth = 0; nth < NAMES; nth++) {
        size_t len = name_key(row, nth, key, sizeof(key));
        if (len != 0)
            smap_put(&s->names, key, len, row);
    }
    tell_change(s, old, row);
    free(old);
}

void state_delete(struct state *s, const void *before)
{
    const struct ipam_record *head = before;
    s->changes++;
    if (record_type(head->type)->residency != RES_RESIDENT) {
        indexes_remove(&s->indexes, before);
        custom_remove(&s->custom, before);
        tell_change(s, before, NULL);
        return;
    }
    struct row_table *table = &s->tables[head->type];
    int64_t id = row_id(before);
    void *old = imap_del(&table->rows, (uint64_t)id);
    if (old == NULL)
        return;
    note_change(s, table, old, NULL);
    resident_drop(s, old);
    ids_remove(&table->all, id);
    servers_remove(table, old);
    tell_change(s, old, NULL);
    free(old);
}

const void *state_next(const struct state *s, uint32_t type, int64_t after)
{
    if (type >= RECORD_TYPES)
        return NULL;
    const struct row_table *t = &s->tables[type];
    size_t at = ids_after(&t->all, after);
    return at < t->all.count ? imap_get(&t->rows, (uint64_t)t->all.ids[at]) : NULL;
}

const void *state_next_of(const struct state *s, uint32_t type, int64_t server, int64_t after)
{
    const struct row_table *t = &s->tables[type];
    assert(type < RECORD_TYPES && t->server != NULL);
    const struct id_list *rows = servers_rows(t, server);
    size_t at = rows != NULL ? ids_after(rows, after) : 0;
    return rows != NULL && at < rows->count ? imap_get(&t->rows, (uint64_t)rows->ids[at]) : NULL;
}

const void *state_row(const struct state *s, uint32_t type, size_t place)
{
    const struct row_table *t = &s->tables[type];
    assert(type < RECORD_TYPES && place < t->all.count);
    return imap_get(&t->rows, (uint64_t)t->all.ids[place]);
}

size_t state_place(const struct state *s, uint32_t type, int64_t after)
{
    return type < RECORD_TYPES ? ids_after(&s->tables[type].all, after) : 0;
}

size_t state_count(const struct state *s, uint32_t type)
{
    return type < RECORD_TYPES ? s->tables[type].all.count : 0;
}

uint64_t state_edition(const struct state *s, uint32_t type)
{
    return type < RECORD_TYPES ? s->tables[type].edition : 0;
}

uint64_t state_changes(const struct state *s)
{
    return s->changes;
}

uint64_t state_scoped_edition(const struct state *s)
{
    return s->scoped_edition;
}

void state_usage(const struct state *s, struct state_usage *ret)
{
    size_t pos = 0;
    uint64_t key;
    void *value;
    *ret = (struct state_usage){ 0 };
    while (imap_next(&s->indexes.spaces, &pos, &key, &value)) {
        const struct space_index *ix = value;
        for (int f = 0; f < 2; f++) {
            ret->entries += aset_entries(ix->users[f]);
            ret->bytes += aset_bytes(ix->users[f]);
        }
    }
}

const struct view *state_view(const struct state *s)
{
    return &s->view;
}
