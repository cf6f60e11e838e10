/* leases.c - the leases of a server, page by page, merged with those that are stored.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

#define PAGE_TIMEOUT_MS 60000
#define LEASE_KEY       18
#define CURSOR_MAX      255

struct walk {
    struct collect *c;
    struct instance *inst;
    int64_t server, space;
    struct arena stored_arena, page_arena;
    struct list stored; /* every stored lease; NULLed when it was seen again */
    struct smap by_key; /* key -> slot in stored, plus one */
    struct smap natives;
    struct differences diff; /* of the page */
    char cursor[CURSOR_MAX + 1];
    bool last_page;
    int64_t seen, changed;
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
    arena_fini(&w->page_arena);
    list_fini(&w->stored);
    smap_fini(&w->by_key);
    smap_fini(&w->natives);
    free(w->diff.items);
    free(w);
}

static void lease_key(const struct ipam_lease *l, char buf[LEASE_KEY])
{
    buf[0] = (char)l->address.family;
    buf[1] = record_has(l, IPAM_LEASE_PREFIX_LENGTH) ? (char)(l->prefix_length + 1) : 0;
    memcpy(buf + 2, l->address.bytes, 16);
}

/* A slot for one more lease; a row that was there already and one that is new both end as NULL: seen. */
static size_t slot_add(struct walk *w, const char key[LEASE_KEY], void *row)
{
    list_add(&w->stored, row);
    smap_put(&w->by_key, key, LEASE_KEY, (void *)(uintptr_t)w->stored.count);
    return w->stored.count;
}

static void on_lease(void *user, const struct ipam_record *rec)
{
    struct walk *w = user;
    char key[LEASE_KEY];
    uint64_t changed[2];
    if (rec->type != IPAM_T_LEASE || addr_bits(((const struct ipam_lease *)rec)->address.family) == 0)
        return;
    struct ipam_lease *l = record_copy(&w->page_arena, rec);
    lease_key(l, key);
    size_t slot = (size_t)(uintptr_t)smap_get(&w->by_key, key, LEASE_KEY);
    const struct ipam_lease *before = slot != 0 ? w->stored.items[slot - 1] : NULL;
    if (slot != 0 && before == NULL)
        return; /* the server changed between two pages, and this one came again */
    int64_t scope = scope_map_get(&w->natives, l->native_scope);
    RECORD_SET(l, IPAM_LEASE_SERVER, server, w->server);
    RECORD_SET(l, IPAM_LEASE_SPACE, space, w->space);
    if (scope != 0)
        RECORD_SET(l, IPAM_LEASE_SCOPE, scope, scope);
    w->seen++;
    if (before != NULL) {
        w->stored.items[slot - 1] = NULL;
        RECORD_SET(l, IPAM_LEASE_ID, id, before->id);
        RECORD_SET(l, IPAM_LEASE_REV, rev, before->rev);
    } else {
        slot_add(w, key, NULL);
    }
    if (before == NULL || record_diff(before, l, changed))
        difference_add(&w->diff, before, l);
}

/* Every page was read: what was not seen again is gone. */
static void drop_unseen(struct walk *w)
{
    w->diff.count = 0;
    for (size_t i = 0; i < w->stored.count; i++)
        if (w->stored.items[i] != NULL)
            difference_add(&w->diff, w->stored.items[i], NULL);
    w->changed += (int64_t)w->diff.count;
    collect_hand_in_differences(w->c, w->server, &w->diff, finish, w);
}

static void on_page_in(void *user, int status, const char *message)
{
    struct walk *w = user;
    if (status != 0) {
        finish(w, status, message);
        return;
    }
    arena_reset(&w->page_arena);
    if (!w->progress(w->user, w->seen))
        finish(w, IPAM_E_CANCELED, "cancelled");
    else if (w->last_page)
        drop_unseen(w);
    else
        next_page(w);
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
    w->changed += (int64_t)w->diff.count;
    collect_hand_in_differences(w->c, w->server, &w->diff, on_page_in, w);
}

static void next_page(struct walk *w)
{
    static const struct request_events events = { .record = on_lease, .done = on_page };
    struct ipam_dhcp_read args;
    w->diff.count = 0;
    record_init(&args, IPAM_T_DHCP_READ);
    if (w->cursor[0] != '\0')
        RECORD_SET(&args, IPAM_DHCP_READ_CURSOR, cursor, str_from(w->cursor));
    *w->current = request_start(w->inst, CALL_READ_LEASES, &args, PAGE_TIMEOUT_MS, &events, w);
}

static void on_stored_row(void *user, const struct record_type *t, void *rec)
{
    struct walk *w = user;
    char key[LEASE_KEY];
    (void)t;
    lease_key(rec, key);
    slot_add(w, key, record_copy(&w->stored_arena, rec));
}

static void on_stored(void *user, int status, const char *message, const struct store_answer *answer)
{
    (void)answer;
    if (status != 0)
        finish(user, status, message);
    else
        next_page(user);
}

void collect_leases(struct collect *c, struct instance *inst, int64_t server,
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
    w->progress = progress;
    w->done = done;
    w->user = user;
    w->current = ret_current;
    arena_init(&w->stored_arena, 0);
    arena_init(&w->page_arena, 0);
    smap_init(&w->by_key);
    scope_map_init(&w->natives, c->at.state, server);
    record_init(&like, IPAM_T_LEASE);
    RECORD_SET(&like, IPAM_LEASE_SERVER, server, server);
    struct store_filter f = { IPAM_LEASE_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_LEASE, .filters = &f, .filter_count = 1 };
    store_query(c->at.store, &q, on_stored_row, on_stored, w);
}
