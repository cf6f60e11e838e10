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
    size_t type; /* under way */
    const bool *canceled;
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
    collect_hand_in(f->c, f->server, &collect_drop_scopes, f->scopes.items, f->scopes.count, f->canceled,
                    on_scopes_gone, f);
}

/* --- all rows of the server but its scopes --- */

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct forget *f = user;
    (void)t;
    difference_add(&f->diff, record_copy(&f->arena, rec), NULL);
}

static void next_type(struct forget *f);

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct forget *f = user;
    (void)answer;
    if (status != 0)
        forget_end(f, status, message);
    else
        next_type(f);
}

/* What a collection brings carries the server as its container; plans stay: they say what was done. */
static const struct record_field *owner_of(const struct record_type *t)
{
    const struct record_field *f = record_field(t, IPAM_STR("server"));
    bool brought = f != NULL && f->kind == KIND_REF && f->ref == IPAM_T_SERVER &&
                   (f->flags & FIELD_CONTAINER) != 0 && t->residency != RES_NONE && t->type != IPAM_T_SCOPE;
    return brought ? f : NULL;
}

/* All are asked of storage, also those that are in memory: it is not done often. */
static void next_type(struct forget *f)
{
    unsigned count;
    const struct record_type *all = record_types(&count);
    while (f->type < count && owner_of(&all[f->type]) == NULL)
        f->type++;
    if (f->type == count) {
        collect_hand_in_differences(f->c, f->server, &f->diff, f->canceled, NULL, on_rows_gone, f);
        return;
    }
    const struct record_type *t = &all[f->type++];
    const struct record_field *owner = owner_of(t);
    void *like = record_new(&f->arena, t->type);
    *(int64_t *)(void *)((char *)like + owner->offset) = f->server;
    IPAM_SET_FIELD((struct ipam_record *)like, owner->number);
    struct store_filter filter = { owner->number, IPAM_CMP_EQ, like };
    struct store_query q = { .type = t->type, .filters = &filter, .filter_count = 1 };
    store_query(f->c->at.store, &q, on_row, on_rows, f);
}

void collect_forget(struct collect *c, int64_t server, const bool *canceled, collect_done done, void *user)
{
    struct forget *f = xcalloc(1, sizeof(*f));
    f->c = c;
    f->server = server;
    f->canceled = canceled;
    f->done = done;
    f->user = user;
    arena_init(&f->arena, 0);
    next_type(f);
}
