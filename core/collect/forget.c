/* forget.c - a server leaves the inventory with all that came from it, in as many change sets as it takes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/container.h"
#include "collect/collect_p.h"

struct forget {
    struct intent intent; /* the last step: the server itself */
    struct collect *c;
    int64_t server;
    struct arena arena;
    struct differences diff;
    struct gone_scopes scopes;
    collect_done done;
    void *user;
};

static void forget_end(struct forget *f, int status, const char *message)
{
    f->done(f->user, status, message);
    arena_fini(&f->arena);
    free(f->diff.items);
    free(f->scopes.items);
    free(f);
}

static int decide_server(struct intent *in, struct draft *d)
{
    const struct forget *f = container_of(in, struct forget, intent);
    const void *server = view_get(draft_view(d), IPAM_T_SERVER, f->server);
    if (server != NULL)
        draft_delete(d, server);
    return 0;
}

static void server_settled(struct intent *in, int status)
{
    forget_end(container_of(in, struct forget, intent), status, in->problem.detail);
}

static void on_scopes_gone(void *user, int status, const char *message)
{
    struct forget *f = user;
    if (status != 0) {
        forget_end(f, status, message);
        return;
    }
    f->intent.operation = "inventory.server.delete";
    f->intent.actor.name = IPAM_STR(MODEL_SELF);
    f->intent.bulk = true;
    f->intent.decide = decide_server;
    f->intent.settled = server_settled;
    gate_submit(f->c->at.gate, &f->intent);
}

static void on_rows_gone(void *user, int status, const char *message)
{
    struct forget *f = user;
    const struct state *s = f->c->at.state;
    if (status != 0) {
        forget_end(f, status, message);
        return;
    }
    for (const struct ipam_scope *sc = state_next(s, IPAM_T_SCOPE, 0); sc != NULL;
         sc = state_next(s, IPAM_T_SCOPE, sc->id))
        if (sc->server == f->server)
            gone_add(&f->scopes, s, sc);
    collect_hand_in(f->c, f->server, &collect_drop_scopes, f->scopes.items, f->scopes.count, on_scopes_gone,
                    f);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct forget *f = user;
    (void)t;
    difference_add(&f->diff, record_copy(&f->arena, rec), NULL);
}

static void on_leases(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct forget *f = user;
    (void)answer;
    if (status != 0)
        forget_end(f, status, message);
    else
        collect_hand_in_differences(f->c, f->server, &f->diff, on_rows_gone, f);
}

static void on_reservations(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct forget *f = user;
    struct ipam_lease like;
    (void)answer;
    if (status != 0) {
        forget_end(f, status, message);
        return;
    }
    record_init(&like, IPAM_T_LEASE);
    RECORD_SET(&like, IPAM_LEASE_SERVER, server, f->server);
    struct store_filter filter = { IPAM_LEASE_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_LEASE, .filters = &filter, .filter_count = 1 };
    store_query(f->c->at.store, &q, on_row, on_leases, f);
}

void collect_forget(struct collect *c, int64_t server, collect_done done, void *user)
{
    struct forget *f = xcalloc(1, sizeof(*f));
    struct ipam_reservation like;
    f->c = c;
    f->server = server;
    f->done = done;
    f->user = user;
    arena_init(&f->arena, 0);
    record_init(&like, IPAM_T_RESERVATION);
    RECORD_SET(&like, IPAM_RESERVATION_SERVER, server, server);
    struct store_filter filter = { IPAM_RESERVATION_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_RESERVATION, .filters = &filter, .filter_count = 1 };
    store_query(c->at.store, &q, on_row, on_reservations, f);
}
