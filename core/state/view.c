/* view.c - the answers to what rules ask: the state, with the draft laid over it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "state/state_p.h"

const void *view_get(const struct view *v, uint32_t type, int64_t id)
{
    const void *row;
    if (v->draft != NULL && draft_lookup(v->draft, type, id, &row))
        return row;
    return type < STATE_TYPES ? imap_get(&v->state->tables[type].rows, (uint64_t)id) : NULL;
}

/* The id of a row if that is its name now. */
static int64_t id_if_named(const void *row, const char *key, size_t len)
{
    char now[NAME_KEY_MAX];
    return row != NULL && name_key(row, now, sizeof(now)) == len && memcmp(now, key, len) == 0 ? row_id(row)
                                                                                               : 0;
}

int64_t view_by_name(const struct view *v, uint32_t type, struct ipam_str name)
{
    char key[NAME_KEY_MAX];
    size_t len = name_key_of(type, name, key, sizeof(key));
    if (len == 0)
        return 0;
    const struct draft_row *slot = v->draft != NULL ? smap_get(&v->draft->names, key, len) : NULL;
    int64_t id = slot != NULL ? id_if_named(slot->row, key, len) : 0;
    if (id != 0)
        return id;
    const void *row = smap_get(&v->state->names, key, len);
    return row != NULL ? id_if_named(view_get(v, type, row_id(row)), key, len) : 0;
}

static struct ptrie *trie_of(const struct indexes *ix, uint32_t type, int64_t space, uint8_t family)
{
    const struct space_index *s = indexes_peek(ix, space);
    if (s == NULL)
        return NULL;
    return (type == IPAM_T_BLOCK    ? s->blocks
            : type == IPAM_T_SUBNET ? s->subnets
                                    : s->scopes)[INDEX_FAMILY(family)];
}

static int64_t exact_in(const struct view *v, const struct indexes *ix, uint32_t type, int64_t space,
                        const struct ipam_prefix *p)
{
    const struct ptrie *t = trie_of(ix, type, space, p->addr.family);
    uint64_t id;
    if (t == NULL || ptrie_get(t, p, &id) != 0 || view_get(v, type, (int64_t)id) == NULL)
        return 0;
    return (int64_t)id;
}

int64_t view_by_prefix(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p)
{
    int64_t id = exact_in(v, &v->state->indexes, type, space, p);
    if (id == 0 && v->draft != NULL)
        id = exact_in(v, &v->draft->added, type, space, p);
    return id;
}

/* The longest strict parent that still exists in the view. */
static int64_t parent_in(const struct view *v, const struct indexes *ix, uint32_t type, int64_t space,
                         struct ipam_prefix p, uint8_t *ret_length)
{
    const struct ptrie *t = trie_of(ix, type, space, p.addr.family);
    uint64_t id;
    while (t != NULL && ptrie_parent(t, &p, &p, &id) == 0) {
        if (view_get(v, type, (int64_t)id) != NULL) {
            *ret_length = p.length;
            return (int64_t)id;
        }
    }
    return 0;
}

int64_t view_enclosing(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
                       bool strict)
{
    int64_t id = strict ? 0 : view_by_prefix(v, type, space, p);
    uint8_t length = 0, drafted_length = 0;
    if (id != 0)
        return id;
    id = parent_in(v, &v->state->indexes, type, space, *p, &length);
    if (v->draft == NULL)
        return id;
    int64_t drafted = parent_in(v, &v->draft->added, type, space, *p, &drafted_length);
    return drafted != 0 && (id == 0 || drafted_length > length) ? drafted : id;
}

static int64_t inside_in(const struct view *v, const struct indexes *ix, uint32_t type, int64_t space,
                         const struct ipam_prefix *p)
{
    const struct ptrie *t = trie_of(ix, type, space, p->addr.family);
    struct ipam_prefix at;
    const struct ipam_prefix *after = NULL;
    uint64_t id;
    while (t != NULL && ptrie_next(t, p, after, &at, &id) == 0) {
        if (view_get(v, type, (int64_t)id) != NULL)
            return (int64_t)id;
        after = &at;
    }
    return 0;
}

int64_t view_first_inside(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p)
{
    int64_t id = inside_in(v, &v->state->indexes, type, space, p);
    if (id == 0 && v->draft != NULL)
        id = inside_in(v, &v->draft->added, type, space, p);
    return id;
}

struct range_walk {
    const struct view *view;
    int (*fn)(void *user, const struct ipam_range *r);
    void *user;
};

static int walk_range(void *arg, const struct rset_item *item)
{
    struct range_walk *w = arg;
    const struct ipam_range *r = view_get(w->view, IPAM_T_RANGE, (int64_t)item->handle);
    return r != NULL ? w->fn(w->user, r) : 0;
}

int view_ranges(const struct view *v, int64_t space, const struct ipam_addr *first,
                const struct ipam_addr *last, int (*fn)(void *user, const struct ipam_range *r), void *user)
{
    struct range_walk w = { v, fn, user };
    const struct space_index *s = indexes_peek(&v->state->indexes, space);
    int rc = s != NULL ? rset_each(s->ranges[INDEX_FAMILY(first->family)], first, last, walk_range, &w) : 0;
    if (rc != 0 || v->draft == NULL)
        return rc;
    s = indexes_peek(&v->draft->added, space);
    return s != NULL ? rset_each(s->ranges[INDEX_FAMILY(first->family)], first, last, walk_range, &w) : 0;
}

static int scopes_in(const struct view *v, const struct indexes *ix, int64_t space, const struct ipam_addr *a,
                     int (*fn)(void *user, const struct ipam_scope *s), void *user)
{
    const struct space_index *s = indexes_peek(ix, space);
    struct ipam_prefix p;
    uint64_t id;
    if (s == NULL)
        return 0;
    const struct ptrie *t = s->scopes[INDEX_FAMILY(a->family)];
    for (int rc = ptrie_match(t, a, &p, &id); rc == 0; rc = ptrie_parent(t, &p, &p, &id)) {
        const struct scope_list *list = imap_get(&s->scope_twins, id);
        for (size_t i = 0; i < list->count; i++) {
            const struct ipam_scope *scope = view_get(v, IPAM_T_SCOPE, list->ids[i]);
            int stop = scope != NULL ? fn(user, scope) : 0;
            if (stop != 0)
                return stop;
        }
    }
    return 0;
}

int view_scopes_at(const struct view *v, int64_t space, const struct ipam_addr *a,
                   int (*fn)(void *user, const struct ipam_scope *s), void *user)
{
    int rc = scopes_in(v, &v->state->indexes, space, a, fn, user);
    return rc == 0 && v->draft != NULL ? scopes_in(v, &v->draft->added, space, a, fn, user) : rc;
}

static const struct aset *users_of(const struct indexes *ix, int64_t space, uint8_t family)
{
    const struct space_index *s = indexes_peek(ix, space);
    return s != NULL ? s->users[INDEX_FAMILY(family)] : NULL;
}

static bool user_listed(const struct view_user *users, size_t count, const struct view_user *u)
{
    for (size_t i = 0; i < count; i++)
        if (users[i].type == u->type && users[i].id == u->id)
            return true;
    return false;
}

size_t view_users(const struct view *v, int64_t space, const struct ipam_addr *a, struct view_user *ret,
                  size_t max)
{
    const struct aset *sets[2] = { users_of(&v->state->indexes, space, a->family),
                                   v->draft != NULL ? users_of(&v->draft->added, space, a->family) : NULL };
    uint64_t handles[64];
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        size_t found = sets[i] != NULL ? aset_get(sets[i], a, handles, 64) : 0;
        for (size_t k = 0; k < found && k < 64; k++) {
            struct view_user u = { index_user_type(handles[k]), index_user_id(handles[k]) };
            if (user_listed(ret, n < max ? n : max, &u))
                continue; /* drafted over a durable entry */
            if (n < max)
                ret[n] = u;
            n++;
        }
    }
    return n;
}

/* Asks the durable and the drafted set in turn, each from the other's answer, until both agree. */
static int free_in_both(const struct view *v, int64_t space, const struct ipam_addr *first,
                        const struct ipam_addr *last,
                        int (*find)(const struct aset *, const struct ipam_addr *, const struct ipam_addr *,
                                    struct ipam_addr *),
                        bool backwards, struct ipam_addr *ret)
{
    const struct aset *sets[2] = { users_of(&v->state->indexes, space, first->family),
                                   v->draft != NULL ? users_of(&v->draft->added, space, first->family)
                                                    : NULL };
    struct ipam_addr at = backwards ? *last : *first, found;
    for (int i = 0, agreed = 0; agreed < 2; i ^= 1) {
        found = at;
        if (sets[i] != NULL) {
            int rc = backwards ? find(sets[i], first, &at, &found) : find(sets[i], &at, last, &found);
            if (rc != 0)
                return rc;
        }
        agreed = addr_equal(&found, &at) ? agreed + 1 : 1;
        at = found;
    }
    *ret = at;
    return 0;
}

int view_next_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                   const struct ipam_addr *last, struct ipam_addr *ret)
{
    return free_in_both(v, space, first, last, aset_next_free, false, ret);
}

int view_last_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                   const struct ipam_addr *last, struct ipam_addr *ret)
{
    return free_in_both(v, space, first, last, aset_last_free, true, ret);
}

int view_nth_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, struct ipam_u128 rank, struct ipam_addr *ret)
{
    const struct aset *users = users_of(&v->state->indexes, space, first->family);
    struct ipam_addr at;
    int rc = users != NULL ? aset_nth_free(users, first, last, rank, &at) : addr_add(first, rank, &at);
    if (rc == 0 && addr_compare(&at, last) > 0)
        rc = IPAM_E_EXHAUSTED;
    if (rc == 0)
        *ret = at;
    return rc;
}

struct ipam_u128 view_used(const struct view *v, int64_t space, const struct ipam_addr *first,
                           const struct ipam_addr *last)
{
    const struct aset *users = users_of(&v->state->indexes, space, first->family);
    return u128_from(users != NULL ? aset_used(users, first, last) : 0);
}

int view_first_used(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, struct ipam_addr *ret)
{
    const struct aset *durable = users_of(&v->state->indexes, space, first->family);
    const struct aset *drafted = v->draft != NULL ? users_of(&v->draft->added, space, first->family) : NULL;
    struct ipam_addr a, b;
    bool found = durable != NULL && aset_next_used(durable, first, last, &a) == 0;
    if (drafted != NULL && aset_next_used(drafted, first, last, &b) == 0 &&
        (!found || addr_compare(&b, &a) < 0)) {
        a = b;
        found = true;
    }
    if (!found)
        return IPAM_E_NOENT;
    *ret = a;
    return 0;
}
