/* lease_at.c - one lease of a server is read again, and recorded as it is now.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "collect/collect_p.h"

#define READ_TIMEOUT_MS 60000
#define CURSOR_MAX      255

struct lease_at {
    struct collect *c;
    struct instance *inst;
    int64_t server;
    struct ipam_lease which; /* its address, and the length of a prefix */
    struct arena arena;
    struct ipam_lease *found, *stored; /* NULL: none */
    struct differences diff;
    char cursor[CURSOR_MAX + 1];
    collect_done done;
    void *user;
    struct request **current;
};

static void finish(void *user, int status, const char *message)
{
    struct lease_at *l = user;
    *l->current = NULL;
    l->done(l->user, status, message);
    free(l->diff.items);
    arena_fini(&l->arena);
    free(l);
}

static bool is_it(const struct lease_at *l, const struct ipam_lease *row)
{
    bool prefix = record_has(&l->which, IPAM_LEASE_PREFIX_LENGTH);
    return addr_equal(&row->address, &l->which.address) &&
           record_has(row, IPAM_LEASE_PREFIX_LENGTH) == prefix &&
           (!prefix || row->prefix_length == l->which.prefix_length);
}

/* --- what is stored --- */

/* What the server says, as it is stored of it. */
static void place(const struct lease_at *l, const struct ipam_server *server)
{
    struct smap natives;
    scope_map_init(&natives, l->c->at.state, l->server);
    int64_t scope = part_map_get(&natives, l->found->native_scope);
    smap_fini(&natives);
    RECORD_SET(l->found, IPAM_LEASE_SERVER, server, l->server);
    RECORD_SET(l->found, IPAM_LEASE_SPACE, space, server->space);
    if (scope != 0)
        RECORD_SET(l->found, IPAM_LEASE_SCOPE, scope, scope);
    if (l->stored == NULL)
        return;
    RECORD_SET(l->found, IPAM_LEASE_ID, id, l->stored->id);
    RECORD_SET(l->found, IPAM_LEASE_REV, rev, l->stored->rev);
}

static void on_stored_row(void *user, const struct record_type *t, void *rec)
{
    struct lease_at *l = user;
    (void)t;
    if (is_it(l, rec))
        l->stored = record_copy(&l->arena, rec);
}

static void on_stored(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct lease_at *l = user;
    const struct ipam_server *server = view_get(state_view(l->c->at.state), IPAM_T_SERVER, l->server);
    uint64_t changed[2];
    (void)answer;
    if (status != 0 || server == NULL) {
        finish(l, status != 0 ? status : IPAM_E_NOENT,
               status != 0 ? message : "the server was deleted meanwhile");
        return;
    }
    if (l->found != NULL)
        place(l, server);
    if (l->found != NULL && (l->stored == NULL || record_diff(l->stored, l->found, changed)))
        difference_add(&l->diff, l->stored, l->found);
    else if (l->found == NULL && l->stored != NULL)
        difference_add(&l->diff, l->stored, NULL);
    collect_hand_in_differences(l->c, l->server, &l->diff, NULL, NULL, finish, l);
}

static void find_stored(struct lease_at *l)
{
    struct ipam_lease like = l->which;
    RECORD_SET(&like, IPAM_LEASE_SERVER, server, l->server);
    struct store_filter f[] = { { IPAM_LEASE_SERVER, IPAM_CMP_EQ, &like },
                                { IPAM_LEASE_ADDRESS, IPAM_CMP_EQ, &like } };
    struct store_query q = { .type = IPAM_T_LEASE, .filters = f, .filter_count = 2 };
    store_query(l->c->at.store, &q, on_stored_row, on_stored, l);
}

/* --- what the server says --- */

static void next_page(struct lease_at *l);

static void on_lease(void *user, const struct ipam_record *rec)
{
    struct lease_at *l = user;
    if (rec->type == IPAM_T_LEASE && is_it(l, (const struct ipam_lease *)rec))
        l->found = record_copy(&l->arena, rec);
}

/* Most providers answer with the one lease; from others all are read. */
static void on_page(void *user, int status, const struct ipam_outcome *info)
{
    struct lease_at *l = user;
    char text[512];
    *l->current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    if (status != 0) {
        finish(l, status, text);
    } else if (l->found != NULL || (info->cursor.len == 0 && (info->flags & IPAM_DONE_COMPLETE) != 0)) {
        find_stored(l);
    } else if (info->cursor.len == 0 || info->cursor.len > CURSOR_MAX || str_is(info->cursor, l->cursor)) {
        finish(l, IPAM_E_PROTO, "the provider did not say that its leases are complete");
    } else {
        snprintf(l->cursor, sizeof(l->cursor), STR_FMT, STR_ARG(info->cursor));
        next_page(l);
    }
}

static void next_page(struct lease_at *l)
{
    static const struct request_events events = { .record = on_lease, .done = on_page };
    struct ipam_dhcp_read args;
    record_init(&args, IPAM_T_DHCP_READ);
    RECORD_SET(&args, IPAM_DHCP_READ_ADDRESS, address, l->which.address);
    if (record_has(&l->which, IPAM_LEASE_PREFIX_LENGTH))
        RECORD_SET(&args, IPAM_DHCP_READ_PREFIX_LENGTH, prefix_length, l->which.prefix_length);
    if (l->cursor[0] != '\0')
        RECORD_SET(&args, IPAM_DHCP_READ_CURSOR, cursor, str_from(l->cursor));
    *l->current = request_start(l->inst, CALL_READ_LEASES, &args, READ_TIMEOUT_MS, &events, l);
}

void collect_lease_read(struct collect *c, struct instance *inst, int64_t server,
                        const struct ipam_lease *which,
                        void (*done)(void *user, int status, const char *message), void *user,
                        struct request **ret_current)
{
    struct lease_at *l = xcalloc(1, sizeof(*l));
    *l = (struct lease_at){
        .c = c, .inst = inst, .server = server, .done = done, .user = user, .current = ret_current
    };
    record_init(&l->which, IPAM_T_LEASE);
    RECORD_SET(&l->which, IPAM_LEASE_ADDRESS, address, which->address);
    if (record_has(which, IPAM_LEASE_PREFIX_LENGTH))
        RECORD_SET(&l->which, IPAM_LEASE_PREFIX_LENGTH, prefix_length, which->prefix_length);
    arena_init(&l->arena, 0);
    next_page(l);
}
