/* model_world.c - a state with batches but without storage: where rules are tried.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model_world.h"

#include <stdlib.h>

static uint64_t stored_key(uint32_t type, int64_t id)
{
    return (uint64_t)type << 56 | (uint64_t)id;
}

static int64_t id_of(const void *rec)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    return *(const int64_t *)((const char *)rec + t->fields[0].offset);
}

void world_init(struct world *w)
{
    struct ipam_space s;
    *w = (struct world){ .state = state_new(), .now = 1000, .next_id = 1 };
    imap_init(&w->stored);
    arena_init(&w->arena, 0);
    record_init(&s, IPAM_T_SPACE);
    RECORD_SET(&s, IPAM_SPACE_NAME, name, IPAM_STR("default"));
    assert_int_equal(world_create(w, &s), PROBLEM_NONE);
    w->space = s.id;
}

void world_fini(struct world *w)
{
    size_t pos = 0;
    uint64_t key;
    void *row;
    draft_free(w->draft);
    while (imap_next(&w->stored, &pos, &key, &row))
        free(row);
    imap_fini(&w->stored);
    state_free(w->state);
    arena_fini(&w->arena);
}

void world_open(struct world *w)
{
    size_t pos = 0;
    uint64_t key;
    void *row;
    assert_null(w->draft);
    w->draft = draft_new(w->state, w->now, w->next_id, w->head);
    while (imap_next(&w->stored, &pos, &key, &row))
        draft_fetched(w->draft, row);
}

static void store_op(struct world *w, const struct draft_op *op)
{
    uint64_t key = stored_key(op->type, op->id);
    if (record_type(op->type)->residency == RES_RESIDENT)
        return;
    free(op->after != NULL ? imap_put(&w->stored, key, record_clone(op->after)) : imap_del(&w->stored, key));
}

void world_publish(struct world *w)
{
    const struct draft_op *ops = draft_ops(w->draft);
    for (size_t i = 0; i < draft_op_count(w->draft); i++)
        store_op(w, &ops[i]);
    draft_publish(w->draft);
    w->next_id = draft_next_id(w->draft);
    w->head = draft_head(w->draft);
    assert_int_equal(state_head(w->state), w->head);
    world_drop(w);
}

void world_drop(struct world *w)
{
    draft_free(w->draft);
    w->draft = NULL;
}

void world_begin(struct world *w)
{
    w->problem = (struct problem){ 0 };
    draft_begin(w->draft);
}

enum problem_type world_end(struct world *w, int rc)
{
    if (rc == 0)
        draft_accept(w->draft);
    else
        draft_refuse(w->draft);
    assert_int_equal(rc != 0, w->problem.type != PROBLEM_NONE);
    if (rc != 0)
        assert_true(w->problem.detail[0] != '\0');
    return w->problem.type;
}

/* Opens a batch for one intent unless one is open. */
static bool one_begin(struct world *w)
{
    bool own = w->draft == NULL;
    if (own)
        world_open(w);
    world_begin(w);
    return own;
}

static enum problem_type one_end(struct world *w, bool own, int rc)
{
    world_end(w, rc);
    if (own)
        world_publish(w);
    return w->problem.type;
}

enum problem_type world_create(struct world *w, void *rec)
{
    bool own = one_begin(w);
    return one_end(w, own, rule_create(w->draft, rec, &w->problem));
}

/* The row as the batch has it: what the caller gave may be older. */
static const void *row_now(const struct world *w, const void *row)
{
    const void *now = view_get(draft_view(w->draft), ((const struct ipam_record *)row)->type, id_of(row));
    assert_non_null(now);
    return now;
}

enum problem_type world_update(struct world *w, const void *before, const void *patch,
                               const uint64_t cleared[2])
{
    bool own = one_begin(w);
    return one_end(w, own, rule_update(w->draft, row_now(w, before), patch, cleared, &w->problem));
}

enum problem_type world_delete(struct world *w, const void *before)
{
    bool own = one_begin(w);
    return one_end(w, own, rule_delete(w->draft, row_now(w, before), &w->problem));
}

enum problem_type world_allocate(struct world *w, struct allocation *a)
{
    bool own = one_begin(w);
    return one_end(w, own, rule_allocate(w->draft, a, &w->problem));
}

const void *world_row(const struct world *w, uint32_t type, int64_t id)
{
    if (record_type(type)->residency == RES_RESIDENT)
        return view_get(state_view(w->state), type, id);
    return imap_get(&w->stored, stored_key(type, id));
}

size_t world_count(const struct world *w, uint32_t type)
{
    size_t pos = 0, n = 0;
    uint64_t key;
    void *row;
    if (record_type(type)->residency == RES_RESIDENT)
        return state_count(w->state, type);
    while (imap_next(&w->stored, &pos, &key, &row))
        n += ((struct ipam_record *)row)->type == type;
    return n;
}

const void *world_only(const struct world *w, uint32_t type)
{
    size_t pos = 0;
    uint64_t key;
    void *row, *found = NULL;
    while (imap_next(&w->stored, &pos, &key, &row)) {
        if (((struct ipam_record *)row)->type != type)
            continue;
        assert_null(found);
        found = row;
    }
    assert_non_null(found);
    return found;
}

struct ipam_addr addr_of(const char *text)
{
    struct ipam_addr a;
    if (addr_parse(text, strlen(text), &a) != 0)
        fail_msg("%s is no address", text);
    return a;
}

struct ipam_prefix prefix_of(const char *text)
{
    struct ipam_prefix p;
    if (prefix_parse(text, strlen(text), &p) != 0)
        fail_msg("%s is no prefix", text);
    return p;
}

struct ipam_block *block_of(struct world *w, const char *prefix)
{
    struct ipam_block *b = record_new(&w->arena, IPAM_T_BLOCK);
    RECORD_SET(b, IPAM_BLOCK_PREFIX, prefix, prefix_of(prefix));
    return b;
}

struct ipam_subnet *subnet_of(struct world *w, const char *prefix)
{
    struct ipam_subnet *s = record_new(&w->arena, IPAM_T_SUBNET);
    RECORD_SET(s, IPAM_SUBNET_PREFIX, prefix, prefix_of(prefix));
    return s;
}

struct ipam_range *range_of(struct world *w, const char *first, const char *last, uint32_t kind)
{
    struct ipam_range *r = record_new(&w->arena, IPAM_T_RANGE);
    RECORD_SET(r, IPAM_RANGE_FIRST, first, addr_of(first));
    RECORD_SET(r, IPAM_RANGE_LAST, last, addr_of(last));
    RECORD_SET(r, IPAM_RANGE_KIND, kind, kind);
    return r;
}

struct ipam_address *address_of(struct world *w, const char *address)
{
    struct ipam_address *a = record_new(&w->arena, IPAM_T_ADDRESS);
    RECORD_SET(a, IPAM_ADDRESS_ADDRESS, address, addr_of(address));
    return a;
}

int64_t world_put(struct world *w, void *rec)
{
    bool own = one_begin(w);
    draft_put(w->draft, rec);
    one_end(w, own, 0);
    return id_of(rec);
}

int64_t world_server(struct world *w, const char *name, bool managed)
{
    struct ipam_server s;
    record_init(&s, IPAM_T_SERVER);
    RECORD_SET(&s, IPAM_SERVER_NAME, name, str_from(name));
    RECORD_SET(&s, IPAM_SERVER_DRIVER, driver, IPAM_STR("dummy"));
    RECORD_SET(&s, IPAM_SERVER_MANAGED, managed, managed);
    RECORD_SET(&s, IPAM_SERVER_SPACE, space, w->space);
    return world_put(w, &s);
}

int64_t world_scope(struct world *w, int64_t server, const char *prefix, const char *native)
{
    struct ipam_scope s;
    record_init(&s, IPAM_T_SCOPE);
    RECORD_SET(&s, IPAM_SCOPE_SERVER, server, server);
    RECORD_SET(&s, IPAM_SCOPE_SPACE, space, w->space);
    RECORD_SET(&s, IPAM_SCOPE_PREFIX, prefix, prefix_of(prefix));
    RECORD_SET(&s, IPAM_SCOPE_NATIVE, native, str_from(native));
    return world_put(w, &s);
}

int64_t world_reservation(struct world *w, int64_t server, int64_t scope, const char *address)
{
    static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
    struct ipam_reservation r;
    record_init(&r, IPAM_T_RESERVATION);
    RECORD_SET(&r, IPAM_RESERVATION_SERVER, server, server);
    RECORD_SET(&r, IPAM_RESERVATION_SCOPE, scope, scope);
    RECORD_SET(&r, IPAM_RESERVATION_SPACE, space, w->space);
    RECORD_SET(&r, IPAM_RESERVATION_ADDRESS, address, addr_of(address));
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ mac, sizeof(mac) }));
    return world_put(w, &r);
}

int64_t world_lease(struct world *w, int64_t server, const char *address, uint32_t state)
{
    struct ipam_lease l;
    record_init(&l, IPAM_T_LEASE);
    RECORD_SET(&l, IPAM_LEASE_SERVER, server, server);
    RECORD_SET(&l, IPAM_LEASE_SPACE, space, w->space);
    RECORD_SET(&l, IPAM_LEASE_ADDRESS, address, addr_of(address));
    RECORD_SET(&l, IPAM_LEASE_STATE, state, state);
    return world_put(w, &l);
}
