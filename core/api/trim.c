/* trim.c - a row without what its reader does not see: references to hidden rows, and their names.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A space is no secret to who sees something in it. */
#include <string.h>

#include "api/sight.h"
#include "conflict/text.h"
#include "model/pool.h"

static void clear(struct ipam_record *rec, unsigned number)
{
    rec->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

/* A plan is where its DHCP scope is, or its zone; that of an address by which it was made. */
static bool sees_plan_of(struct sight *s, const struct view *v, const struct ipam_address *a, unsigned field)
{
    struct problem p = { 0 };
    if (field != IPAM_ADDRESS_PLAN)
        return sight_sees_ref(s, v, IPAM_T_ZONE,
                              field == IPAM_ADDRESS_FORWARD_PLAN ? a->forward_zone : a->reverse_zone);
    const struct ipam_scope *scope =
        record_has(a, IPAM_ADDRESS_ADDRESS) ? rule_scope_for(v, a->space, &a->address, &p) : NULL;
    return scope != NULL && sight_sees(s, v, scope);
}

static bool sees_ref(struct sight *s, const struct view *v, const struct record_field *f, const void *rec)
{
    int64_t id = *(const int64_t *)(const void *)((const char *)rec + f->offset);
    const struct ipam_record *head = rec;
    if (f->ref == IPAM_T_SPACE)
        return true;
    if (f->ref == IPAM_T_PLAN && head->type == IPAM_T_ADDRESS)
        return sees_plan_of(s, v, rec, f->number);
    if (record_type(f->ref)->residency != RES_RESIDENT) /* what it is in, and where that is */
        return true;
    return sight_sees_ref(s, v, f->ref, id);
}

/* --- what of a type may name what is hidden --- */

#define NAMES_MOST 8
struct names {
    bool known;
    const struct record_field *instance; /* of the source: what came from a server has its name; or NULL */
    const struct record_field *refs[NAMES_MOST];
    size_t count;
    uint64_t stored[2], derived[2]; /* the same as masks */
};

/* A space is no secret, nor is the access scope that a row is in to who sees the row. */
static bool may_be_hidden(const struct record_field *f)
{
    return f->kind == KIND_REF && f->ref != IPAM_T_SPACE && f->ref != IPAM_T_ACCESS_SCOPE;
}

static void note(uint64_t mask[2], const struct record_field *f)
{
    mask[f->number >> 6] |= UINT64_C(1) << (f->number & 63);
}

static void look_at(struct names *n, const struct record_type *t)
{
    const struct record_field *f = record_field(t, IPAM_STR("instance"));
    n->known = true;
    n->instance = f != NULL && f->kind == KIND_TEXT ? f : NULL;
    if (n->instance != NULL)
        note(n->stored, f);
    for (unsigned i = 0; i < t->field_count && n->count < NAMES_MOST; i++) {
        f = &t->fields[i];
        if (!may_be_hidden(f))
            continue;
        n->refs[n->count++] = f;
        note(f->flags & FIELD_DERIVED ? n->derived : n->stored, f);
    }
}

static const struct names *names_of(uint32_t type)
{
    static const struct names none;
    static struct names known[RECORD_TYPES];
    if (type >= RECORD_TYPES)
        return &none;
    if (!known[type].known)
        look_at(&known[type], record_type(type));
    return &known[type];
}

static bool has_any(const struct ipam_record *rec, const uint64_t mask[2])
{
    return ((rec->has[0] & mask[0]) | (rec->has[1] & mask[1])) != 0;
}

/* Who sees a row that follows its parent sees that one. */
bool sight_names_others(const void *rec)
{
    uint32_t type = ((const struct ipam_record *)rec)->type;
    if (type == IPAM_T_CONFLICT || type == IPAM_T_ADDRESS_POOL)
        return true;
    const struct names *n = names_of(type);
    return has_any(rec, n->stored) || (has_any(rec, n->derived) && !rule_follows_parent(rec));
}

static void trim_instance(struct sight *s, const struct view *v, struct ipam_record *rec,
                          const struct record_field *f)
{
    const struct ipam_str *name = (const void *)((const char *)rec + f->offset);
    int64_t server = view_by_name(v, IPAM_T_SERVER, *name);
    if (server != 0 && !sight_sees_ref(s, v, IPAM_T_SERVER, server))
        clear(rec, f->number);
}

static void trim_ref(struct sight *s, const struct view *v, struct ipam_record *rec,
                     const struct record_field *f)
{
    if (sees_ref(s, v, f, rec))
        return;
    clear(rec, f->number);
    if (rec->type == IPAM_T_PLAN && f->ref == IPAM_T_SERVER) { /* they name it */
        clear(rec, IPAM_PLAN_SUMMARY);
        clear(rec, IPAM_PLAN_MESSAGE);
    }
}

/* --- conflicts: who is in them may be elsewhere --- */

struct at_server {
    int64_t server;
    const struct ipam_scope *found;
};

static int find_scope(void *user, const struct ipam_scope *s)
{
    struct at_server *a = user;
    if (s->server != a->server)
        return 0;
    a->found = s;
    return 1;
}

/* A reservation or lease ("TYPE ID ADDRESS@SERVER") is where its scope is, which has that address; else
 * where its server is. */
static bool sees_held(struct sight *s, const struct view *v, const struct ipam_conflict *c,
                      struct ipam_str party)
{
    const char *at = memrchr(party.data, '@', party.len);
    struct at_server a = { 0, NULL };
    if (at == NULL || !record_has(c, IPAM_CONFLICT_FIRST) || !record_has(c, IPAM_CONFLICT_SPACE))
        return false;
    struct ipam_str name = { at + 1, (size_t)(party.data + party.len - at - 1) };
    a.server = view_by_name(v, IPAM_T_SERVER, name);
    view_scopes_at(v, c->space, &c->first, find_scope, &a);
    return a.found != NULL ? sight_sees(s, v, a.found) : sight_sees_ref(s, v, IPAM_T_SERVER, a.server);
}

static bool sees_party(struct sight *s, const struct view *v, const struct ipam_conflict *c,
                       struct ipam_str party)
{
    struct ipam_address like;
    uint32_t type;
    int64_t id;
    if (!conflict_party(party, &type, &id))
        return false;
    if (record_type(type)->residency == RES_RESIDENT)
        return sight_sees_ref(s, v, type, id);
    if (type != IPAM_T_ADDRESS)
        return sees_held(s, v, c, party);
    if (!record_has(c, IPAM_CONFLICT_FIRST) || !record_has(c, IPAM_CONFLICT_SPACE))
        return false; /* of a change, which tells only what it changed */
    record_init(&like, IPAM_T_ADDRESS);
    RECORD_SET(&like, IPAM_ADDRESS_SPACE, space, c->space);
    RECORD_SET(&like, IPAM_ADDRESS_ADDRESS, address, c->first);
    return sight_sees(s, v, &like);
}

/* Leaves those that he sees, and what each of them says; what is said of all is said without names, when
 * one is hidden. */
static void trim_conflict(struct sight *s, const struct view *v, struct ipam_conflict *c)
{
    struct ipam_record *head = (struct ipam_record *)(void *)c;
    const char *advice = record_has(c, IPAM_CONFLICT_KIND) ? conflict_advice(c->kind) : NULL;
    bool paired = c->evidence.count == c->parties.count;
    size_t kept = 0;
    for (size_t i = 0; i < c->parties.count && kept < SIGHT_TEXTS; i++) {
        if (!sees_party(s, v, c, c->parties.items[i]))
            continue;
        s->parties[kept] = c->parties.items[i];
        s->evidence[kept] = paired ? c->evidence.items[i] : (struct ipam_str){ NULL, 0 };
        kept++;
    }
    if (record_has(c, IPAM_CONFLICT_PARTIES) && kept == c->parties.count)
        return;
    c->parties = (struct ipam_strs){ s->parties, kept };
    c->evidence = (struct ipam_strs){ s->evidence, paired ? kept : 0 };
    clear(head, IPAM_CONFLICT_KEY);
    clear(head, IPAM_CONFLICT_REMEDY);
    if (!paired || kept == 0)
        clear(head, IPAM_CONFLICT_EVIDENCE);
    if (advice != NULL)
        RECORD_SET(c, IPAM_CONFLICT_REMEDY, remedy, str_from(advice));
}

/* --- pools: their members may be elsewhere --- */

bool sight_sees_member(struct sight *s, const struct view *v, struct ipam_str member)
{
    struct pool_member m;
    return pool_member_parse(member, &m) && sight_sees_ref(s, v, m.type, m.id);
}

static void trim_pool(struct sight *s, const struct view *v, struct ipam_address_pool *pool)
{
    bool paired = record_has(pool, IPAM_ADDRESS_POOL_KEYS) && pool->keys.count == pool->members.count;
    size_t kept = 0;
    for (size_t i = 0; i < pool->members.count && kept < SIGHT_TEXTS; i++) {
        if (!sight_sees_member(s, v, pool->members.items[i]))
            continue;
        s->parties[kept] = pool->members.items[i];
        s->evidence[kept] = paired ? pool->keys.items[i] : (struct ipam_str){ NULL, 0 };
        kept++;
    }
    pool->members = (struct ipam_strs){ s->parties, kept };
    if (paired)
        pool->keys = (struct ipam_strs){ s->evidence, kept };
}

void sight_trim(struct sight *s, const struct view *v, void *rec)
{
    struct ipam_record *head = rec;
    const struct names *n = names_of(head->type);
    if (sight_all(s) || !sight_names_others(rec))
        return;
    if (head->type == IPAM_T_CONFLICT) {
        trim_conflict(s, v, rec);
        return;
    }
    if (head->type == IPAM_T_ADDRESS_POOL)
        trim_pool(s, v, rec);
    if (n->instance != NULL && record_has(rec, n->instance->number))
        trim_instance(s, v, head, n->instance);
    for (size_t i = 0; i < n->count; i++)
        if (record_has(rec, n->refs[i]->number))
            trim_ref(s, v, head, n->refs[i]);
}
