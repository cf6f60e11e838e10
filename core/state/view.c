/* view.c - the answers to what rules ask: the state, with the draft laid over it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "state/state_p.h"

const void *view_get(const struct view *v, uint32_t type, int64_t id)
{
    const void *row;
    if (v->draft != NULL && draft_lookup(v->draft, type, id, &row))
        return row;
    return type < RECORD_TYPES ? imap_get(&v->state->tables[type].rows, (uint64_t)id) : NULL;
}

bool view_is_gone(const struct view *v, uint32_t type, int64_t id)
{
    const void *row;
    return v->draft != NULL && draft_lookup(v->draft, type, id, &row) && row == NULL;
}

/* The id of a row if that is its name now. */
static int64_t id_if_named(const void *row, const char *key, size_t len)
{
    char now[NAME_KEY_MAX];
    for (unsigned nth = 0; nth < NAMES && row != NULL; nth++)
        if (name_key(row, nth, now, sizeof(now)) == len && memcmp(now, key, len) == 0)
            return row_id(row);
    return 0;
}

struct view_memo *view_memo(const struct view *v)
{
    struct found *f = v->state->found;
    if (v->draft != NULL)
        return NULL;
    if (f->memo_changes != v->state->changes) {
        f->memo = (struct view_memo){ 0, 0 };
        f->memo_changes = v->state->changes;
    }
    return &f->memo;
}

bool view_is_scoped(const struct view *v)
{
    return v->state->scoped.count > 0 || (v->draft != NULL && v->draft->scoped);
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

int64_t view_superscope(const struct view *v, int64_t server, uint32_t family, struct ipam_str name)
{
    char made[NAME_KEY_MAX];
    size_t len = superscope_name(server, family, name, made, sizeof(made));
    return view_by_name(v, IPAM_T_SUPERSCOPE, (struct ipam_str){ made, len });
}

int64_t view_vlan(const struct view *v, int64_t group, int64_t vid)
{
    char made[NAME_KEY_MAX];
    size_t len = vlan_number(group, vid, made, sizeof(made));
    return view_by_name(v, IPAM_T_VLAN, (struct ipam_str){ made, len });
}

int64_t view_vlan_named(const struct view *v, int64_t group, struct ipam_str name)
{
    char made[NAME_KEY_MAX];
    size_t len = vlan_name(group, name, made, sizeof(made));
    return len != 0 ? view_by_name(v, IPAM_T_VLAN, (struct ipam_str){ made, len }) : 0;
}

int64_t view_policy(const struct view *v, const struct ipam_access_policy *like)
{
    char made[NAME_KEY_MAX];
    size_t len = policy_name(like, made, sizeof(made));
    return view_by_name(v, IPAM_T_ACCESS_POLICY, (struct ipam_str){ made, len });
}

int64_t view_alert(const struct view *v, int64_t object)
{
    char made[32];
    size_t len = alert_name(object, made, sizeof(made));
    return view_by_name(v, IPAM_T_ALERT, (struct ipam_str){ made, len });
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

/* Whether a row that was entered there still is: the draft may have deleted it, or put it elsewhere. */
static bool stands_at(const struct view *v, uint32_t type, uint64_t id, int64_t space,
                      const struct ipam_prefix *p)
{
    const void *row = view_get(v, type, (int64_t)id);
    const struct ipam_block *b = row;
    const struct ipam_subnet *s = row;
    if (row == NULL || v->draft == NULL)
        return row != NULL;
    switch (type) {
    case IPAM_T_BLOCK: return b->space == space && prefix_equal(&b->prefix, p);
    case IPAM_T_SUBNET: return s->space == space && prefix_equal(&s->prefix, p);
    default: return true; /* a scope is where it was made */
    }
}

static int64_t exact_in(const struct view *v, const struct indexes *ix, uint32_t type, int64_t space,
                        const struct ipam_prefix *p)
{
    const struct ptrie *t = trie_of(ix, type, space, p->addr.family);
    uint64_t id;
    if (t == NULL || ptrie_get(t, p, &id) != 0 || !stands_at(v, type, id, space, p))
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
        if (stands_at(v, type, id, space, &p)) {
            *ret_length = p.length;
            return (int64_t)id;
        }
    }
    return 0;
}

static int64_t find_enclosing(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
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

int64_t view_enclosing(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
                       bool strict)
{
    struct enclosing *last = type == IPAM_T_BLOCK ? &v->state->found->block : &v->state->found->subnet;
    if (v->draft != NULL || (type != IPAM_T_BLOCK && type != IPAM_T_SUBNET))
        return find_enclosing(v, type, space, p, strict);
    if (last->changes == v->state->changes && last->space == space && last->strict == strict &&
        memcmp(&last->prefix, p, sizeof(*p)) == 0)
        return last->id;
    last->id = find_enclosing(v, type, space, p, strict);
    last->changes = v->state->changes;
    last->space = space;
    last->strict = strict;
    last->prefix = *p;
    return last->id;
}

static int64_t inside_in(const struct view *v, const struct indexes *ix, uint32_t type, int64_t space,
                         const struct ipam_prefix *p, const struct ipam_prefix *after,
                         struct ipam_prefix *ret_at)
{
    const struct ptrie *t = trie_of(ix, type, space, p->addr.family);
    uint64_t id;
    while (t != NULL && ptrie_next(t, p, after, ret_at, &id) == 0) {
        if (stands_at(v, type, id, space, ret_at))
            return (int64_t)id;
        after = ret_at;
    }
    return 0;
}

int64_t view_next_inside(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p,
                         const struct ipam_prefix *after)
{
    struct ipam_prefix at, drafted_at;
    int64_t id = inside_in(v, &v->state->indexes, type, space, p, after, &at);
    int64_t drafted =
        v->draft != NULL ? inside_in(v, &v->draft->added, type, space, p, after, &drafted_at) : 0;
    return drafted != 0 && (id == 0 || prefix_compare(&drafted_at, &at) < 0) ? drafted : id;
}

int64_t view_first_inside(const struct view *v, uint32_t type, int64_t space, const struct ipam_prefix *p)
{
    return view_next_inside(v, type, space, p, NULL);
}

static bool adds_any(const struct view *v, uint32_t type)
{
    return v->draft != NULL && (v->draft->made[type / 64] >> type % 64 & 1) != 0;
}

/* Rows that were there, as they are now; then those that the draft adds. */
int view_each(const struct view *v, uint32_t type, int (*fn)(void *user, const void *row), void *user)
{
    const struct row_table *table = &v->state->tables[type];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < table->all.count; i++) {
        const void *row = view_get(v, type, table->all.ids[i]);
        rc = row != NULL ? fn(user, row) : 0;
    }
    for (size_t i = 0; adds_any(v, type) && rc == 0 && i < v->draft->op_count; i++) {
        const struct draft_op *op = &v->draft->ops[i];
        bool made = op->type == type && op->before == NULL && op->after != NULL;
        const void *row = made ? view_get(v, type, op->id) : NULL; /* as a later intent has left it */
        rc = row != NULL ? fn(user, row) : 0;
    }
    return rc;
}

int view_each_scoped(const struct view *v, int (*fn)(void *user, const void *row), void *user)
{
    size_t pos = 0;
    uint64_t id;
    void *was;
    int rc = 0;
    while (rc == 0 && imap_next(&v->state->scoped, &pos, &id, &was)) {
        const void *row = view_get(v, ((const struct ipam_record *)was)->type, (int64_t)id);
        rc = own_scope(row) != 0 ? fn(user, row) : 0;
    }
    for (size_t i = 0; v->draft != NULL && rc == 0 && i < v->draft->op_count; i++) {
        const struct draft_op *op = &v->draft->ops[i];
        if (own_scope(op->after) != 0 && imap_get(&v->state->scoped, (uint64_t)op->id) == NULL &&
            view_get(v, op->type, op->id) == op->after)
            rc = fn(user, op->after);
    }
    return rc;
}

struct range_walk {
    const struct view *view;
    int64_t space;
    int (*fn)(void *user, const struct ipam_range *r);
    void *user;
};

static int walk_range(void *arg, const struct rset_item *item)
{
    struct range_walk *w = arg;
    const struct ipam_range *r = view_get(w->view, IPAM_T_RANGE, (int64_t)item->handle);
    bool stands = r != NULL && r->space == w->space && addr_equal(&r->first, &item->first) &&
                  addr_equal(&r->last, &item->last);
    return stands ? w->fn(w->user, r) : 0;
}

int view_ranges(const struct view *v, int64_t space, const struct ipam_addr *first,
                const struct ipam_addr *last, int (*fn)(void *user, const struct ipam_range *r), void *user)
{
    struct range_walk w = { v, space, fn, user };
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

static struct aset *users_of(const struct indexes *ix, int64_t space, uint8_t family)
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

/* What is asked of one set of addresses: the first or last answer in [first, last]. */
struct question {
    int (*find)(struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                const struct question *q, struct ipam_addr *ret);
    bool backwards;
    uint32_t count; /* of a run */
};

static int ask_next(struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                    const struct question *q, struct ipam_addr *ret)
{
    (void)q;
    return aset_next_free(s, first, last, ret);
}

static int ask_last(struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                    const struct question *q, struct ipam_addr *ret)
{
    (void)q;
    return aset_last_free(s, first, last, ret);
}

static int ask_run(struct aset *s, const struct ipam_addr *first, const struct ipam_addr *last,
                   const struct question *q, struct ipam_addr *ret)
{
    return aset_next_run(s, first, last, q->count, ret);
}

/* Asks the durable and the drafted set in turn, each from the other's answer, until both agree. */
static int free_in_both(const struct view *v, int64_t space, const struct ipam_addr *first,
                        const struct ipam_addr *last, const struct question *q, struct ipam_addr *ret)
{
    struct aset *sets[2] = { users_of(&v->state->indexes, space, first->family),
                             v->draft != NULL ? users_of(&v->draft->added, space, first->family) : NULL };
    struct ipam_addr at = q->backwards ? *last : *first, found;
    for (int i = 0, agreed = 0; agreed < 2; i ^= 1) {
        found = at;
        if (sets[i] != NULL) {
            int rc = q->backwards ? q->find(sets[i], first, &at, q, &found)
                                  : q->find(sets[i], &at, last, q, &found);
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
    return free_in_both(v, space, first, last, &(struct question){ .find = ask_next }, ret);
}

int view_last_free(const struct view *v, int64_t space, const struct ipam_addr *first,
                   const struct ipam_addr *last, struct ipam_addr *ret)
{
    return free_in_both(v, space, first, last, &(struct question){ .find = ask_last, .backwards = true },
                        ret);
}

int view_next_run(const struct view *v, int64_t space, const struct ipam_addr *first,
                  const struct ipam_addr *last, uint32_t n, struct ipam_addr *ret)
{
    if (u128_compare(addr_distance(first, last), u128_from(n)) < 0)
        return IPAM_E_EXHAUSTED;
    return free_in_both(v, space, first, last, &(struct question){ .find = ask_run, .count = n }, ret);
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

void view_use(const struct view *v, int64_t space, const struct ipam_addr *first,
              const struct ipam_addr *last, struct view_use *ret)
{
    const struct aset *users = users_of(&v->state->indexes, space, first->family);
    struct aset_count count = { 0 };
    if (users != NULL)
        aset_count(users, first, last, &count);
    memcpy(ret->of, count.of, sizeof(ret->of));
    ret->planned = count.marked;
}

struct exclusion_walk {
    const struct view *v;
    int64_t space;
    struct ipam_addr first, last;
    int (*fn)(void *user, const struct ipam_exclusion *e);
    void *user;
};

static int walk_exclusion(void *user, const struct rset_item *item)
{
    struct exclusion_walk *w = user;
    return w->fn(w->user, view_get(w->v, IPAM_T_EXCLUSION, (int64_t)item->handle));
}

static int walk_server(void *user, const void *row)
{
    struct exclusion_walk *w = user;
    const struct ipam_server *server = row;
    const struct server_index *s = imap_get(&w->v->state->indexes.servers, (uint64_t)server->id);
    if (server->space != w->space || s == NULL)
        return 0;
    return rset_each(s->exclusions[INDEX_FAMILY(w->first.family)], &w->first, &w->last, walk_exclusion, w);
}

int view_exclusions(const struct view *v, int64_t space, const struct ipam_addr *first,
                    const struct ipam_addr *last, int (*fn)(void *user, const struct ipam_exclusion *e),
                    void *user)
{
    struct exclusion_walk w = { v, space, *first, *last, fn, user };
    return view_each(&v->state->view, IPAM_T_SERVER, walk_server, &w);
}

struct ipam_u128 view_taken(const struct view *v, int64_t space, const struct ipam_addr *first,
                            const struct ipam_addr *last)
{
    const struct aset *drafted = v->draft != NULL ? users_of(&v->draft->added, space, first->family) : NULL;
    return u128_add(view_used(v, space, first, last),
                    u128_from(drafted != NULL ? aset_used(drafted, first, last) : 0));
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

/* --- free prefixes --- */

/* The prefix of that length that begins at or after an address of `within`; IPAM_E_EXHAUSTED: that is behind
 * its end. */
static int prefix_from(const struct ipam_addr *a, uint8_t length, const struct ipam_prefix *within,
                       struct ipam_prefix *ret)
{
    struct ipam_prefix p = { *a, length };
    struct ipam_addr last;
    prefix_mask(&p);
    if (!addr_equal(&p.addr, a)) { /* it begins before */
        prefix_last(&p, &last);
        if (addr_add(&last, u128_from(1), &p.addr) != 0)
            return IPAM_E_EXHAUSTED;
    }
    if (!prefix_contains(within, &p))
        return IPAM_E_EXHAUSTED;
    *ret = p;
    return 0;
}

/* Moves p on to the first prefix of its length without an address of the set. */
static int pass_used(struct aset *s, const struct ipam_prefix *within, struct ipam_prefix *p)
{
    struct ipam_u128 size = prefix_size(p);
    struct ipam_addr first, last, end, used;
    prefix_last(within, &end);
    for (;;) {
        prefix_first(p, &first);
        prefix_last(p, &last);
        if (aset_next_used(s, &first, &last, &used) != 0)
            return 0;
        int rc = size.hi == 0 && size.lo <= UINT32_MAX
                     ? aset_next_run(s, &first, &end, (uint32_t)size.lo, &used)
                     : addr_add(&used, u128_from(1), &used);
        if (rc != 0 || prefix_from(&used, p->length, within, p) != 0)
            return IPAM_E_EXHAUSTED;
    }
}

/* One of those that must agree on a free prefix: moves p on. */
static int pass_taken(const struct indexes *ix, unsigned which, int64_t space,
                      const struct ipam_prefix *within, struct ipam_prefix *p)
{
    static const uint32_t types[] = { IPAM_T_BLOCK, IPAM_T_SUBNET };
    if (which < 2) {
        const struct ptrie *t = trie_of(ix, types[which], space, p->addr.family);
        return t != NULL ? ptrie_next_free(t, within, p->length, p, p) : 0;
    }
    struct aset *users = users_of(ix, space, p->addr.family);
    return users != NULL ? pass_used(users, within, p) : 0;
}

int view_next_prefix(const struct view *v, int64_t space, const struct ipam_prefix *within, uint8_t length,
                     const struct ipam_prefix *from, struct ipam_prefix *ret)
{
    const struct indexes *sets[2] = { &v->state->indexes, v->draft != NULL ? &v->draft->added : NULL };
    unsigned askers = sets[1] != NULL ? 6 : 3;
    struct ipam_prefix at, was;
    if (length < within->length || length > addr_bits(within->addr.family))
        return IPAM_E_RANGE;
    if (view_enclosing(v, IPAM_T_SUBNET, space, within, false) != 0 ||
        prefix_from(from != NULL ? &from->addr : &within->addr, length, within, &at) != 0)
        return IPAM_E_EXHAUSTED;
    for (unsigned i = 0, agreed = 0; agreed < askers; i = (i + 1) % askers) {
        was = at;
        if (pass_taken(sets[i / 3], i % 3, space, within, &at) != 0)
            return IPAM_E_EXHAUSTED;
        agreed = prefix_equal(&was, &at) ? agreed + 1 : 1;
    }
    *ret = at;
    return 0;
}

int view_next_bare(const struct view *v, int64_t space, const struct ipam_prefix *within,
                   const struct ipam_addr *from, struct ipam_addr *ret)
{
    const struct indexes *sets[2] = { &v->state->indexes, v->draft != NULL ? &v->draft->added : NULL };
    struct ipam_prefix at = { *from, (uint8_t)addr_bits(from->family) }, was;
    do {
        was = at;
        for (unsigned i = 0; i < 2 && sets[i] != NULL; i++)
            if (pass_taken(sets[i], 1, space, within, &at) != 0)
                return IPAM_E_EXHAUSTED;
    } while (!prefix_equal(&was, &at));
    *ret = at.addr;
    return 0;
}

/* Addresses that the draft has made so; those that were so before are found by the index. */
static size_t drafted_with(const struct view *v, const struct imap *known, struct ipam_str field,
                           struct ipam_str value, int64_t *ret, size_t n, size_t max)
{
    for (size_t i = 0; v->draft != NULL && i < v->draft->op_count; i++) {
        const struct draft_op *op = &v->draft->ops[i];
        if (op->type != IPAM_T_ADDRESS || op->after == NULL || view_get(v, op->type, op->id) != op->after ||
            !custom_has(op->after, field, value))
            continue;
        if (known != NULL && imap_get(known, (uint64_t)op->id) != NULL)
            continue;
        if (n < max)
            ret[n] = op->id;
        n++;
    }
    return n;
}

size_t view_addresses_with(const struct view *v, struct ipam_str field, struct ipam_str value, int64_t *ret,
                           size_t max)
{
    const struct imap *known = custom_of(&v->state->custom, field);
    size_t pos = 0, n = 0;
    uint64_t id;
    const void *wanted = value.data != NULL ? custom_digest(value) : NULL, *row;
    void *digest;
    while (known != NULL && imap_next(known, &pos, &id, &digest)) {
        bool drafted = v->draft != NULL && draft_lookup(v->draft, IPAM_T_ADDRESS, (int64_t)id, &row);
        bool has =
            drafted ? row != NULL && custom_has(row, field, value) : wanted == NULL || digest == wanted;
        if (!has)
            continue;
        if (n < max)
            ret[n] = (int64_t)id;
        n++;
    }
    return drafted_with(v, known, field, value, ret, n, max);
}
