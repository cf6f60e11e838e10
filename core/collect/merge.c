/* merge.c - rows that were read of a server, compared by natural key with those that are stored.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * For whatever belongs to a server: the record tables say what names a row within it. */
#include <stdlib.h>

#include "collect/collect_p.h"

#define KEYS_MAX   12
#define KEY_MOST   (1u << 16)
#define ALIKE_MOST 100 /* rows of one key */

/* What of a type's fields this looks at. */
struct shape {
    const struct record_field *server, *part, *native_part, *space; /* part: the scope or zone it is in */
    const struct record_field *removed;
    const struct record_field *keys[KEYS_MAX];
    size_t key_count;
};

struct run {
    struct collect *c;
    struct merge what;
    size_t at;   /* the type under way */
    bool waited; /* for storage: what is called now is not called inside collect_merge */
    struct shape shape;
    struct arena arena; /* stored rows */
    struct smap stored; /* key -> row that was not seen yet */
    struct smap natives;
    int64_t only_part; /* id of the one scope or zone; 0: all, or not known */
    struct strbuf key;
    struct differences diff;
    void (*done)(void *user, int status, const char *message, size_t changed);
    void *user;
};

/* --- types --- */

static const struct record_field *ref_field(const struct record_type *t, const char *name, uint32_t type)
{
    const struct record_field *f = record_field(t, str_from(name));
    return f != NULL && f->kind == KIND_REF && f->ref == type ? f : NULL;
}

/* The key of a reservation is more than the address it has: for another client it is another one. A record of
 * the DNS whose data cannot be written as text is told by its bytes. */
static bool is_key(const struct record_type *t, const struct record_field *f)
{
    if (t->type == IPAM_T_DNS_RECORD && f->number == IPAM_DNS_RECORD_RDATA)
        return true;
    if (t->type == IPAM_T_RESERVATION &&
        (f->number == IPAM_RESERVATION_NATIVE_SCOPE || f->number == IPAM_RESERVATION_IDENTIFIER_TYPE ||
         f->number == IPAM_RESERVATION_IDENTIFIER))
        return true;
    return (f->flags & FIELD_KEY) != 0 && (f->flags & FIELD_CONTAINER) == 0;
}

/* Types that are in a zone; all others are in a scope, or in none of both. */
static bool is_in_zone(uint32_t type)
{
    return type == IPAM_T_DNS_RECORD;
}

/* A scope or zone is named as its server names it: what was read has no ids yet. */
static void shape_init(struct shape *s, uint32_t type)
{
    const struct record_type *t = record_type(type);
    *s = (struct shape){ .server = ref_field(t, "server", IPAM_T_SERVER),
                         .part = ref_field(t, "scope", IPAM_T_SCOPE),
                         .native_part = record_field(t, IPAM_STR("native_scope")),
                         .removed = record_field(t, IPAM_STR("removed")),
                         .space = ref_field(t, "space", IPAM_T_SPACE) };
    if (is_in_zone(type)) {
        s->part = ref_field(t, "zone", IPAM_T_ZONE);
        s->native_part = record_field(t, IPAM_STR("native_zone"));
    }
    for (unsigned i = 0; i < t->field_count && s->key_count < KEYS_MAX; i++) {
        const struct record_field *f = &t->fields[i];
        if (is_key(t, f))
            s->keys[s->key_count++] = f == s->part && s->native_part != NULL ? s->native_part : f;
    }
}

static struct ipam_str native_part_of(const struct shape *s, const void *row)
{
    if (s->native_part == NULL || !record_has(row, s->native_part->number))
        return (struct ipam_str){ NULL, 0 };
    return *(const struct ipam_str *)(const void *)((const char *)row + s->native_part->offset);
}

/* A zone has one SOA record, whatever it says. */
static bool names_row(const struct record_field *key, const void *row)
{
    const struct ipam_dns_record *r = row;
    return r->type != IPAM_T_DNS_RECORD || !str_is(r->type_, "SOA") ||
           (key->number != IPAM_DNS_RECORD_DATA && key->number != IPAM_DNS_RECORD_RDATA);
}

/* Without its last byte, which tells rows of one key apart. */
static void key_make(struct run *m, const void *row)
{
    strbuf_reset(&m->key);
    for (size_t i = 0; i < m->shape.key_count; i++) {
        size_t before = m->key.len;
        if (!names_row(m->shape.keys[i], row))
            continue;
        record_field_sortkey(m->shape.keys[i], row, &m->key);
        size_t len = m->key.len - before; /* behind each part its length: no two keys run into each other */
        strbuf_putc(&m->key, (char)len);
        strbuf_putc(&m->key, (char)(len >> 8));
        strbuf_putc(&m->key, (char)record_has(row, m->shape.keys[i]->number));
    }
    strbuf_putc(&m->key, 0);
}

/* The key of the next row that is called alike; false: there are too many. */
static bool key_next(struct run *m)
{
    return (unsigned char)++m->key.data[m->key.len - 1] < ALIKE_MOST;
}

static void set_ref(void *row, const struct record_field *f, int64_t id)
{
    if (f == NULL || id == 0)
        return;
    *(int64_t *)(void *)((char *)row + f->offset) = id;
    IPAM_SET_FIELD((struct ipam_record *)row, f->number);
}

/* --- compare --- */

static void finish(void *user, int status, const char *message)
{
    struct run *m = user;
    m->done(m->user, status, message, m->diff.count);
    smap_fini(&m->stored);
    smap_fini(&m->natives);
    strbuf_fini(&m->key);
    free(m->diff.items);
    arena_fini(&m->arena);
    free(m);
}

/* Not of the one scope or zone that was read. */
static bool is_elsewhere(const struct run *m, const void *row)
{
    return m->what.only.len != 0 && !str_equal(native_part_of(&m->shape, row), m->what.only);
}

static bool is_removed(const struct run *m, const void *row)
{
    const struct record_field *f = m->shape.removed;
    return f != NULL && record_has(row, f->number) && *(const bool *)((const char *)row + f->offset);
}

/* What no server says of a row, but somebody here: it stays. */
static void keep_own(void *row, const void *before)
{
    const struct ipam_superscope *super = before;
    const struct ipam_zone *zone = before;
    if (super->type == IPAM_T_SUPERSCOPE && record_has(super, IPAM_SUPERSCOPE_ACCESS_SCOPE))
        RECORD_SET((struct ipam_superscope *)row, IPAM_SUPERSCOPE_ACCESS_SCOPE, access_scope,
                   super->access_scope);
    if (zone->type == IPAM_T_ZONE && record_has(zone, IPAM_ZONE_ACCESS_SCOPE))
        RECORD_SET((struct ipam_zone *)row, IPAM_ZONE_ACCESS_SCOPE, access_scope, zone->access_scope);
    if (zone->type == IPAM_T_ZONE && record_has(zone, IPAM_ZONE_MESSAGE))
        RECORD_SET((struct ipam_zone *)row, IPAM_ZONE_MESSAGE, message, zone->message);
}

static bool is_same(const void *a, const void *b)
{
    uint64_t changed[2];
    const uint64_t own = (uint64_t)1 << 1 | (uint64_t)1 << 2; /* id and rev */
    record_diff(a, b, changed);
    return (changed[0] & ~own) == 0 && changed[1] == 0;
}

/* A key for a row that was read. What a server says twice is recorded once; rows that are called alike and
 * differ are told apart by their order. False: it is to be left out. */
static bool key_once(struct run *m, struct smap *once, void *row)
{
    void *twin;
    key_make(m, row);
    if ((twin = smap_put(once, m->key.data, m->key.len, row)) == NULL)
        return true;
    smap_put(once, m->key.data, m->key.len, twin); /* the first stays */
    while ((twin = smap_get(once, m->key.data, m->key.len)) != NULL)
        if (is_same(twin, row) || !key_next(m))
            return false;
    smap_put(once, m->key.data, m->key.len, row);
    return true;
}

/* The last byte of a key numbers rows that are called alike. */
static void differs(struct run *m, const void *before, void *after, const void *key, size_t len)
{
    difference_add(&m->diff, before, after);
    m->diff.items[m->diff.count - 1].number = ((const uint8_t *)key)[len - 1];
}

static void compare_one(struct run *m, const struct ipam_server *server, struct smap *once, void *row)
{
    const struct record_type *t = record_type(((struct ipam_record *)row)->type);
    uint64_t changed[2];
    if (is_elsewhere(m, row))
        return;
    set_ref(row, m->shape.server, server->id);
    set_ref(row, m->shape.space, server->space);
    if (m->shape.native_part != NULL)
        set_ref(row, m->shape.part, part_map_get(&m->natives, native_part_of(&m->shape, row)));
    if (!key_once(m, once, row))
        return;
    const void *before = smap_del(&m->stored, m->key.data, m->key.len);
    if (is_removed(m, row)) {
        if (before != NULL)
            differs(m, before, NULL, m->key.data, m->key.len);
        return;
    }
    if (before != NULL) {
        keep_own(row, before);
        set_ref(row, &t->fields[0],
                *(const int64_t *)(const void *)((const char *)before + t->fields[0].offset));
        set_ref(row, &t->fields[1],
                *(const int64_t *)(const void *)((const char *)before + t->fields[1].offset));
    }
    if (before == NULL || record_diff(before, row, changed))
        differs(m, before, row, m->key.data, m->key.len);
}

static void next_type(struct run *m);

static void compare(struct run *m)
{
    const struct ipam_server *server = view_get(state_view(m->c->at.state), IPAM_T_SERVER, m->what.server);
    const struct list *seen = &m->what.seen[m->at];
    struct smap once;
    size_t pos = 0, len;
    const void *k;
    void *gone;
    if (server == NULL) {
        finish(m, IPAM_E_NOENT, "the server was deleted meanwhile");
        return;
    }
    smap_init(&once);
    for (size_t i = 0; i < seen->count; i++)
        compare_one(m, server, &once, seen->items[i]);
    while (!m->what.keep && smap_next(&m->stored, &pos, &k, &len, &gone))
        differs(m, gone, NULL, k, len);
    smap_fini(&once);
    m->at++;
    next_type(m);
}

/* --- what is stored --- */

static void add_stored(struct run *m, const void *rec)
{
    if (is_elsewhere(m, rec))
        return;
    void *row = record_copy(&m->arena, rec);
    key_make(m, row);
    void *twin = smap_put(&m->stored, m->key.data, m->key.len, row);
    if (twin == NULL)
        return;
    smap_put(&m->stored, m->key.data, m->key.len, twin); /* the first stays */
    while (smap_get(&m->stored, m->key.data, m->key.len) != NULL)
        if (!key_next(m)) {
            difference_add(&m->diff, row, NULL);
            return;
        }
    smap_put(&m->stored, m->key.data, m->key.len, row);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    (void)t;
    add_stored(user, rec);
}

static void on_stored(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct run *m = user;
    (void)answer;
    m->waited = true;
    if (status != 0)
        finish(m, status, message);
    else if (m->what.canceled != NULL && *m->what.canceled)
        finish(m, IPAM_E_CANCELED, "cancelled");
    else
        compare(m);
}

static void read_resident(struct run *m, uint32_t type)
{
    const struct state *s = m->c->at.state;
    const struct record_field *id = &record_type(type)->fields[0];
    int64_t server = m->what.server, at = 0;
    for (const void *rec = state_next_of(s, type, server, at); rec != NULL;
         rec = state_next_of(s, type, server, at)) {
        at = *(const int64_t *)(const void *)((const char *)rec + id->offset);
        add_stored(m, rec);
    }
}

/* Rows of one scope or zone are asked for by it, all others by their server. */
static void read_stored(struct run *m, uint32_t type)
{
    bool by_part = m->only_part != 0 && m->shape.part != NULL && (m->shape.part->flags & FIELD_INDEXED) != 0;
    const struct record_field *f = by_part ? m->shape.part : m->shape.server;
    void *like = record_new(&m->arena, type);
    set_ref(like, f, by_part ? m->only_part : m->what.server);
    struct store_filter filter = { f->number, IPAM_CMP_EQ, like };
    struct store_query q = { .type = type, .filters = &filter, .filter_count = 1 };
    store_query(m->c->at.store, &q, on_row, on_stored, m);
}

/* What plans do to the server is known now. */
static void hand_in(void *user, int status, const char *message)
{
    struct run *m = user;
    if (status != 0) {
        finish(m, status, message);
        return;
    }
    for (size_t i = 0; i < m->diff.count && m->what.drifts != NULL; i++) {
        struct difference *d = &m->diff.items[i];
        d->seen = drifts_see(m->what.drifts, d->before, d->after, d->number);
    }
    collect_hand_in_differences(m->c, m->what.server, &m->diff, m->what.canceled, m->what.drifts, finish, m);
}

/* Compares types that are in memory at once, and goes on when storage has answered for one that is not. */
static void next_type(struct run *m)
{
    while (m->what.keep && m->at < m->what.types_count && m->what.seen[m->at].count == 0)
        m->at++; /* nothing is said of what is stored */
    if (m->at == m->what.types_count && m->diff.count == 0 && m->waited) {
        finish(m, 0, "");
        return;
    }
    if (m->at == m->what.types_count) {
        if (m->what.drifts != NULL && m->diff.count != 0)
            drifts_load(m->what.drifts, hand_in, m);
        else
            hand_in(m, 0, "");
        return;
    }
    uint32_t type = m->what.types[m->at];
    smap_fini(&m->stored);
    smap_init(&m->stored);
    shape_init(&m->shape, type);
    if (m->what.only.len != 0 && m->shape.native_part == NULL) { /* belongs to the whole server */
        m->at++;
        next_type(m);
    } else if (record_type(type)->residency == RES_RESIDENT) {
        read_resident(m, type);
        compare(m);
    } else {
        read_stored(m, type);
    }
}

void collect_merge(struct collect *c, const struct merge *what,
                   void (*done)(void *user, int status, const char *message, size_t changed), void *user)
{
    struct run *m = xcalloc(1, sizeof(*m));
    m->c = c;
    m->what = *what;
    m->done = done;
    m->user = user;
    arena_init(&m->arena, 0);
    smap_init(&m->stored);
    strbuf_init(&m->key, KEY_MOST);
    if (is_in_zone(what->types[0]))
        zone_map_init(&m->natives, c->at.state, what->server);
    else
        scope_map_init(&m->natives, c->at.state, what->server);
    if (what->only.len != 0)
        m->only_part = part_map_get(&m->natives, what->only);
    next_type(m);
}
