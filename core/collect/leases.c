/* leases.c - the leases of a server, page by page, merged with those that are stored.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

#define PAGE_TIMEOUT_MS 60000
#define CURSOR_MAX      255
#define HAND_IN_ROWS    1000 /* that differ; fewer wait for those of the next pages */

/* What names a lease on its server, in the order of servers' own answers. */
struct lease_key {
    uint8_t family, prefix_length; /* 0: an address, else the length plus one */
    uint8_t address[16];
};

struct stored_lease {
    struct lease_key key;
    bool seen;
    struct ipam_lease *row;
};

struct walk {
    struct collect *c;
    struct instance *inst;
    int64_t server, space;
    struct arena stored_arena, diff_arena;
    struct stored_lease *stored; /* by key */
    size_t count, cap, next;     /* next: behind the one that was found last */
    bool unordered;              /* they did not come by key */
    struct smap added;           /* keys of leases that are not stored */
    struct smap natives;
    struct ipam_str native_scope; /* of the lease before, and its scope */
    int64_t scope;
    struct differences diff; /* that are not handed in yet */
    char cursor[CURSOR_MAX + 1];
    bool last_page;
    int64_t seen, changed;
    const bool *canceled;
    bool (*progress)(void *user, int64_t seen);
    void (*done)(void *user, int status, const char *message, int64_t seen, int64_t changed);
    void *user;
    struct request **current;
};

static void next_page(struct walk *w);

static void finish(void *user, int status, const char *message)
{
    struct walk *w = user;
    *w->current = NULL;
    w->done(w->user, status, message, w->seen, w->changed);
    arena_fini(&w->stored_arena);
    arena_fini(&w->diff_arena);
    free(w->stored);
    smap_fini(&w->added);
    smap_fini(&w->natives);
    free(w->diff.items);
    free(w);
}

/* --- what is stored, found by key --- */

static struct lease_key key_of(const struct ipam_lease *l)
{
    struct lease_key k = { l->address.family,
                           record_has(l, IPAM_LEASE_PREFIX_LENGTH) ? (uint8_t)(l->prefix_length + 1) : 0,
                           { 0 } };
    memcpy(k.address, l->address.bytes, sizeof(k.address));
    return k;
}

static int compare_keys(const struct lease_key *a, const struct lease_key *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    int order = memcmp(a->address, b->address, sizeof(a->address));
    return order != 0 ? order : (int)a->prefix_length - (int)b->prefix_length;
}

static int compare_stored(const void *a, const void *b)
{
    return compare_keys(&((const struct stored_lease *)a)->key, &((const struct stored_lease *)b)->key);
}

/* The stored lease of that key; NULL: none. Leases come in order, mostly: then it is the next one. */
static struct stored_lease *find_stored(struct walk *w, const struct lease_key *key)
{
    size_t lo = 0, hi = w->count;
    if (w->next < hi) {
        int order = compare_keys(key, &w->stored[w->next].key);
        if (order == 0)
            return &w->stored[w->next++];
        lo = order > 0 ? w->next + 1 : 0;
        hi = order > 0 ? hi : w->next;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = compare_keys(key, &w->stored[mid].key);
        if (order == 0) {
            w->next = mid + 1;
            return &w->stored[mid];
        }
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    w->next = lo;
    return NULL;
}

/* --- a page --- */

/* Most leases are of the scope of the one before. */
static int64_t scope_of(struct walk *w, struct ipam_str native)
{
    if (w->native_scope.len != native.len || native.len == 0 ||
        memcmp(w->native_scope.data, native.data, native.len) != 0) {
        w->native_scope = arena_str(&w->stored_arena, native);
        w->scope = part_map_get(&w->natives, native);
    }
    return w->scope;
}

/* False: it came before. The server changed between two pages. */
static bool is_first(struct walk *w, struct stored_lease *stored, const struct lease_key *key)
{
    if (stored == NULL)
        return smap_put(&w->added, key, sizeof(*key), w) == NULL;
    bool first = !stored->seen;
    stored->seen = true;
    return first;
}

static void on_lease(void *user, const struct ipam_record *rec)
{
    struct walk *w = user;
    uint64_t changed[2];
    if (rec->type != IPAM_T_LEASE || addr_bits(((const struct ipam_lease *)rec)->address.family) == 0)
        return;
    struct ipam_lease l = *(const struct ipam_lease *)rec; /* only what differs is copied as a whole */
    struct lease_key key = key_of(&l);
    struct stored_lease *stored = find_stored(w, &key);
    if (!is_first(w, stored, &key))
        return;
    int64_t scope = scope_of(w, l.native_scope);
    RECORD_SET(&l, IPAM_LEASE_SERVER, server, w->server);
    RECORD_SET(&l, IPAM_LEASE_SPACE, space, w->space);
    if (scope != 0)
        RECORD_SET(&l, IPAM_LEASE_SCOPE, scope, scope);
    w->seen++;
    if (stored != NULL) {
        RECORD_SET(&l, IPAM_LEASE_ID, id, stored->row->id);
        RECORD_SET(&l, IPAM_LEASE_REV, rev, stored->row->rev);
    }
    if (stored == NULL || record_diff(stored->row, &l, changed)) {
        difference_add(&w->diff, stored != NULL ? stored->row : NULL, record_copy(&w->diff_arena, &l));
        w->changed++;
    }
}

/* Every page was read: what was not seen again is gone. */
static void drop_unseen(struct walk *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->stored[i].seen)
            continue;
        difference_add(&w->diff, w->stored[i].row, NULL);
        w->changed++;
    }
    collect_hand_in_differences(w->c, w->server, &w->diff, w->canceled, NULL, finish, w);
}

static void go_on(struct walk *w)
{
    if (!w->progress(w->user, w->seen))
        finish(w, IPAM_E_CANCELED, "cancelled");
    else if (w->last_page)
        drop_unseen(w);
    else
        next_page(w);
}

static void on_handed_in(void *user, int status, const char *message)
{
    struct walk *w = user;
    if (status != 0) {
        finish(w, status, message);
        return;
    }
    w->diff.count = 0;
    arena_reset(&w->diff_arena);
    go_on(w);
}

/* Why a page that came cannot be followed; NULL when it can. */
static const char *page_problem(const struct walk *w, const struct ipam_outcome *info)
{
    if (info->cursor.len == 0)
        return (info->flags & IPAM_DONE_COMPLETE) == 0
                   ? "the provider did not say that its leases are complete; none was removed"
                   : NULL;
    if (info->cursor.len > CURSOR_MAX || str_is(info->cursor, w->cursor))
        return "the provider's pages of leases do not come to an end; none was removed";
    return NULL;
}

static void on_page(void *user, int status, const struct ipam_outcome *info)
{
    struct walk *w = user;
    char text[512];
    *w->current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    const char *problem = status == 0 ? page_problem(w, info) : text;
    if (problem != NULL) {
        finish(w, status != 0 ? status : IPAM_E_PROTO, problem);
        return;
    }
    w->last_page = info->cursor.len == 0;
    snprintf(w->cursor, sizeof(w->cursor), STR_FMT, STR_ARG(info->cursor));
    if (w->diff.count < HAND_IN_ROWS)
        go_on(w);
    else
        collect_hand_in_differences(w->c, w->server, &w->diff, w->canceled, NULL, on_handed_in, w);
}

static void next_page(struct walk *w)
{
    static const struct request_events events = { .record = on_lease, .done = on_page };
    struct ipam_dhcp_read args;
    record_init(&args, IPAM_T_DHCP_READ);
    if (w->cursor[0] != '\0')
        RECORD_SET(&args, IPAM_DHCP_READ_CURSOR, cursor, str_from(w->cursor));
    *w->current = request_start(w->inst, CALL_READ_LEASES, &args, PAGE_TIMEOUT_MS, &events, w);
}

static void on_stored_row(void *user, const struct record_type *t, void *rec)
{
    struct walk *w = user;
    (void)t;
    if (w->count == w->cap) {
        w->cap = w->cap != 0 ? 2 * w->cap : 1024;
        w->stored = xrealloc(w->stored, w->cap * sizeof(w->stored[0]));
    }
    struct stored_lease *l = &w->stored[w->count];
    *l = (struct stored_lease){ key_of(rec), false, record_copy(&w->stored_arena, rec) };
    w->unordered = w->unordered || (w->count > 0 && compare_keys(&l[-1].key, &l->key) > 0);
    w->count++;
}

static void on_stored(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct walk *w = user;
    (void)answer;
    if (status != 0) {
        finish(w, status, message);
        return;
    }
    if (w->unordered)
        qsort(w->stored, w->count, sizeof(w->stored[0]), compare_stored);
    next_page(w);
}

void collect_leases(struct collect *c, struct instance *inst, int64_t server, const bool *canceled,
                    bool (*progress)(void *user, int64_t seen),
                    void (*done)(void *user, int status, const char *message, int64_t seen, int64_t changed),
                    void *user, struct request **ret_current)
{
    const struct ipam_server *row = view_get(state_view(c->at.state), IPAM_T_SERVER, server);
    struct walk *w = xcalloc(1, sizeof(*w));
    struct ipam_lease like;
    w->c = c;
    w->inst = inst;
    w->server = server;
    w->space = row != NULL ? row->space : 0; /* a deleted server refuses the rows at the gate */
    w->canceled = canceled;
    w->progress = progress;
    w->done = done;
    w->user = user;
    w->current = ret_current;
    arena_init(&w->stored_arena, 0);
    arena_init(&w->diff_arena, 0);
    smap_init(&w->added);
    scope_map_init(&w->natives, c->at.state, server);
    record_init(&like, IPAM_T_LEASE);
    RECORD_SET(&like, IPAM_LEASE_SERVER, server, server);
    struct store_filter f = { IPAM_LEASE_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_LEASE, .filters = &f, .filter_count = 1 };
    store_query(c->at.store, &q, on_stored_row, on_stored, w);
}
