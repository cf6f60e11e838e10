/* reservations.c - the reservations that were read, compared with those that are stored.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "collect/collect_p.h"

struct comparison {
    struct collect *c;
    int64_t server;
    const char *only;
    const struct list *seen;
    struct arena arena;
    struct smap stored; /* key -> row that was not seen yet */
    struct differences diff;
    collect_done done;
    void *user;
};

static void finish(void *user, int status, const char *message)
{
    struct comparison *m = user;
    m->done(m->user, status, message);
    smap_fini(&m->stored);
    free(m->diff.items);
    arena_fini(&m->arena);
    free(m);
}

/* What makes two rows the same reservation. The address is part of it: for another address it is another
 * reservation. */
static void reservation_key(const struct ipam_reservation *r, struct strbuf *b)
{
    strbuf_reset(b);
    strbuf_addstr(b, r->native_scope);
    strbuf_putc(b, '\0');
    strbuf_putc(b, (char)r->identifier_type);
    strbuf_putc(b, (char)r->address.family);
    strbuf_add(b, r->address.bytes, sizeof(r->address.bytes));
    strbuf_add(b, r->identifier.data, r->identifier.len);
}

/* What a server reports twice is recorded once. */
static void compare_one(struct comparison *m, struct smap *natives, struct smap *once,
                        const struct ipam_server *server, struct ipam_reservation *r, struct strbuf *key)
{
    int64_t scope = scope_map_get(natives, r->native_scope);
    uint64_t changed[2];
    RECORD_SET(r, IPAM_RESERVATION_SERVER, server, server->id);
    RECORD_SET(r, IPAM_RESERVATION_SPACE, space, server->space);
    if (scope != 0)
        RECORD_SET(r, IPAM_RESERVATION_SCOPE, scope, scope);
    reservation_key(r, key);
    if (smap_put(once, key->data, key->len, r) != NULL)
        return;
    const struct ipam_reservation *before = smap_del(&m->stored, key->data, key->len);
    if (before != NULL) {
        RECORD_SET(r, IPAM_RESERVATION_ID, id, before->id);
        RECORD_SET(r, IPAM_RESERVATION_REV, rev, before->rev);
    }
    if (before == NULL || record_diff(before, r, changed))
        difference_add(&m->diff, before, r);
}

static void compare(struct comparison *m)
{
    const struct ipam_server *server = view_get(state_view(m->c->at.state), IPAM_T_SERVER, m->server);
    struct smap natives, once;
    struct strbuf key;
    size_t pos = 0, len;
    const void *k;
    void *gone;
    if (server == NULL) {
        finish(m, IPAM_E_NOENT, "the server was deleted meanwhile");
        return;
    }
    scope_map_init(&natives, m->c->at.state, m->server);
    smap_init(&once);
    strbuf_init(&key, 1024);
    for (size_t i = 0; i < m->seen->count; i++)
        compare_one(m, &natives, &once, server, m->seen->items[i], &key);
    while (smap_next(&m->stored, &pos, &k, &len, &gone))
        difference_add(&m->diff, gone, NULL);
    strbuf_fini(&key);
    smap_fini(&once);
    smap_fini(&natives);
    collect_hand_in_differences(m->c, m->server, &m->diff, finish, m);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct comparison *m = user;
    struct strbuf key;
    (void)t;
    if (m->only[0] != '\0' && !str_is(((const struct ipam_reservation *)rec)->native_scope, m->only))
        return;
    strbuf_init(&key, 1024);
    void *row = record_copy(&m->arena, rec);
    reservation_key(row, &key);
    void *twin = smap_put(&m->stored, key.data, key.len, row);
    if (twin != NULL)
        difference_add(&m->diff, twin, NULL);
    strbuf_fini(&key);
}

static void on_stored(void *user, int status, const char *message, const struct store_answer *answer)
{
    (void)answer;
    if (status != 0)
        finish(user, status, message);
    else
        compare(user);
}

void collect_reservations(struct collect *c, int64_t server, const char *only, const struct list *seen,
                          collect_done done, void *user)
{
    struct comparison *m = xcalloc(1, sizeof(*m));
    struct ipam_reservation like;
    m->c = c;
    m->server = server;
    m->only = only;
    m->seen = seen;
    m->done = done;
    m->user = user;
    arena_init(&m->arena, 0);
    smap_init(&m->stored);
    record_init(&like, IPAM_T_RESERVATION);
    RECORD_SET(&like, IPAM_RESERVATION_SERVER, server, server);
    struct store_filter f = { IPAM_RESERVATION_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_RESERVATION, .filters = &f, .filter_count = 1 };
    store_query(c->at.store, &q, on_row, on_stored, m);
}
