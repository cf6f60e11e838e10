/* indexes.c - the address indexes of all spaces.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "state/indexes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/view.h"

void indexes_init(struct indexes *ix)
{
    imap_init(&ix->spaces);
    imap_init(&ix->servers);
}

static struct space_index *space_new(void)
{
    struct space_index *s = xcalloc(1, sizeof(*s));
    static const uint8_t family[2] = { 4, 6 };
    for (int i = 0; i < 2; i++) {
        s->blocks[i] = ptrie_new(family[i]);
        s->subnets[i] = ptrie_new(family[i]);
        s->scopes[i] = ptrie_new(family[i]);
        s->ranges[i] = rset_new(family[i]);
        s->users[i] = aset_new(family[i]);
    }
    imap_init(&s->scope_twins);
    return s;
}

static void space_free(struct space_index *s)
{
    for (int i = 0; i < 2; i++) {
        ptrie_free(s->blocks[i]);
        ptrie_free(s->subnets[i]);
        ptrie_free(s->scopes[i]);
        rset_free(s->ranges[i]);
        aset_free(s->users[i]);
    }
    size_t pos = 0;
    uint64_t key;
    void *list;
    while (imap_next(&s->scope_twins, &pos, &key, &list))
        free(list);
    imap_fini(&s->scope_twins);
    free(s);
}

static void server_free(struct server_index *s)
{
    rset_free(s->exclusions[0]);
    rset_free(s->exclusions[1]);
    free(s);
}

static struct server_index *server_of(struct indexes *ix, int64_t id)
{
    struct server_index *s = imap_get(&ix->servers, (uint64_t)id);
    if (s == NULL) {
        s = xcalloc(1, sizeof(*s));
        s->exclusions[0] = rset_new(4);
        s->exclusions[1] = rset_new(6);
        imap_put(&ix->servers, (uint64_t)id, s);
    }
    return s;
}

void indexes_fini(struct indexes *ix)
{
    size_t pos = 0;
    uint64_t key;
    void *s;
    while (imap_next(&ix->spaces, &pos, &key, &s))
        space_free(s);
    imap_fini(&ix->spaces);
    pos = 0;
    while (imap_next(&ix->servers, &pos, &key, &s))
        server_free(s);
    imap_fini(&ix->servers);
}

const struct space_index *indexes_peek(const struct indexes *ix, int64_t space)
{
    return imap_get(&ix->spaces, (uint64_t)space);
}

struct space_index *indexes_space(struct indexes *ix, int64_t space)
{
    struct space_index *s = imap_get(&ix->spaces, (uint64_t)space);
    if (s == NULL) {
        s = space_new();
        imap_put(&ix->spaces, (uint64_t)space, s);
    }
    return s;
}

bool indexes_uses_address(const void *rec, int64_t *ret_space, struct ipam_addr *ret_addr)
{
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_ADDRESS: {
        const struct ipam_address *a = rec;
        *ret_space = a->space;
        *ret_addr = a->address;
        return true;
    }
    case IPAM_T_RESERVATION: {
        const struct ipam_reservation *r = rec;
        *ret_space = r->space;
        *ret_addr = r->address;
        return r->address.family != 0;
    }
    case IPAM_T_LEASE: {
        const struct ipam_lease *l = rec;
        *ret_space = l->space;
        *ret_addr = l->address;
        return !record_has(rec, IPAM_LEASE_PREFIX_LENGTH) && l->state != IPAM_LEASE_STATE_EXPIRED;
    }
    case IPAM_T_QUARANTINE: {
        const struct ipam_quarantine *q = rec;
        *ret_space = q->space;
        *ret_addr = q->address;
        return true;
    }
    default: return false;
    }
}

/* Scopes of several servers may share a prefix: the trie keeps one id, `scope_twins` the whole list under
 * that id. */
static void scope_add(struct space_index *s, const struct ipam_scope *sc)
{
    struct ptrie *t = s->scopes[INDEX_FAMILY(sc->prefix.addr.family)];
    uint64_t key = (uint64_t)sc->id;
    ptrie_insert(t, &sc->prefix, key);
    ptrie_get(t, &sc->prefix, &key);
    struct scope_list *list = imap_get(&s->scope_twins, key);
    size_t n = list != NULL ? list->count : 0;
    for (size_t i = 0; i < n; i++)
        if (list->ids[i] == sc->id)
            return;
    list = xrealloc(list, sizeof(*list) + (n + 1) * sizeof(list->ids[0]));
    list->ids[n] = sc->id;
    list->count = n + 1;
    imap_put(&s->scope_twins, key, list);
}

static void scope_remove(struct space_index *s, const struct ipam_scope *sc)
{
    struct ptrie *t = s->scopes[INDEX_FAMILY(sc->prefix.addr.family)];
    uint64_t key;
    if (ptrie_get(t, &sc->prefix, &key) != 0)
        return;
    struct scope_list *list = imap_del(&s->scope_twins, key);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->ids[i] != sc->id)
            list->ids[kept++] = list->ids[i];
    list->count = kept;
    if (kept == 0) {
        ptrie_remove(t, &sc->prefix, NULL);
        free(list);
        return;
    }
    ptrie_replace(t, &sc->prefix, (uint64_t)list->ids[0], NULL);
    imap_put(&s->scope_twins, (uint64_t)list->ids[0], list);
}

static enum use use_of_address(const struct ipam_address *a)
{
    if (a->state == IPAM_ADDRESS_STATE_RESERVED || a->assignment == IPAM_ADDRESS_ASSIGNMENT_RESERVED)
        return USE_RESERVED;
    return a->assignment == IPAM_ADDRESS_ASSIGNMENT_DYNAMIC ? USE_LEASED
           : a->assignment == IPAM_ADDRESS_ASSIGNMENT_AUTO  ? USE_STATELESS
                                                            : USE_STATIC;
}

static enum use use_of_lease(const struct ipam_lease *l)
{
    return l->state == IPAM_LEASE_STATE_DECLINED     ? USE_QUARANTINED
           : l->state == IPAM_LEASE_STATE_REGISTERED ? USE_STATELESS
                                                     : USE_LEASED;
}

/* As which a row is entered: who it is, and what it uses the address for. */
static uint64_t user_handle(const void *rec, int64_t id)
{
    uint32_t type = ((const struct ipam_record *)rec)->type;
    enum use use = type == IPAM_T_ADDRESS      ? use_of_address(rec)
                   : type == IPAM_T_LEASE      ? use_of_lease(rec)
                   : type == IPAM_T_QUARANTINE ? USE_QUARANTINED
                                               : USE_RESERVED;
    return index_user(type, id) | (uint64_t)use << ASET_CLASS_SHIFT |
           (type == IPAM_T_ADDRESS ? ASET_MARK : 0);
}

static void change_user(struct indexes *ix, const void *rec, int64_t space, const struct ipam_addr *addr,
                        bool add)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    int64_t id = *(const int64_t *)((const char *)rec + record_field_number(t, 1)->offset);
    struct space_index *s = indexes_space(ix, space);
    (add ? aset_add : aset_remove)(s->users[INDEX_FAMILY(addr->family)], addr, user_handle(rec, id));
}

static void change_prefix(struct ptrie *t, const struct ipam_prefix *p, int64_t id, bool add)
{
    if (add)
        ptrie_insert(t, p, (uint64_t)id);
    else
        ptrie_remove(t, p, NULL);
}

static void change_range(struct indexes *ix, const struct ipam_range *r, bool add)
{
    struct rset *ranges = indexes_space(ix, r->space)->ranges[INDEX_FAMILY(r->first.family)];
    struct rset_item item = { r->first, r->last, (uint64_t)r->id };
    if (add)
        rset_insert(ranges, &item);
    else
        rset_remove(ranges, &item);
}

static void change_exclusion(struct indexes *ix, const struct ipam_exclusion *e, bool add)
{
    struct rset_item item = { e->first, e->last, (uint64_t)e->id };
    (add ? rset_insert : rset_remove)(server_of(ix, e->server)->exclusions[INDEX_FAMILY(e->first.family)],
                                      &item);
}

static void change(struct indexes *ix, const void *rec, bool add)
{
    int64_t space;
    struct ipam_addr addr;
    if (indexes_uses_address(rec, &space, &addr)) {
        change_user(ix, rec, space, &addr, add);
        return;
    }
    switch (((const struct ipam_record *)rec)->type) {
    case IPAM_T_BLOCK: {
        const struct ipam_block *b = rec;
        change_prefix(indexes_space(ix, b->space)->blocks[INDEX_FAMILY(b->prefix.addr.family)], &b->prefix,
                      b->id, add);
        break;
    }
    case IPAM_T_SUBNET: {
        const struct ipam_subnet *s = rec;
        change_prefix(indexes_space(ix, s->space)->subnets[INDEX_FAMILY(s->prefix.addr.family)], &s->prefix,
                      s->id, add);
        break;
    }
    case IPAM_T_RANGE: change_range(ix, rec, add); break;
    case IPAM_T_EXCLUSION: change_exclusion(ix, rec, add); break;
    case IPAM_T_SCOPE: {
        const struct ipam_scope *s = rec;
        (add ? scope_add : scope_remove)(indexes_space(ix, s->space), s);
        break;
    }
    default: break;
    }
}

void indexes_add(struct indexes *ix, const void *rec)
{
    change(ix, rec, true);
}

void indexes_remove(struct indexes *ix, const void *rec)
{
    change(ix, rec, false);
}
