/* drifts.c - what a reading found other than it is recorded: by a plan, or by somebody outside ipamd.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Plans are asked for only when something differs: a reading that finds all as it was costs nothing. The
 * holder of a server's turn reads it and carries out its plans: none begins or ends while this looks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"

struct loading {
    struct drifts *d;
    struct list plans; /* ids, as pointers */
    size_t next;
    collect_done done;
    void *user;
};

void drifts_init(struct drifts *d, struct collect *c, int64_t server, struct ipam_str token, bool all)
{
    struct watched *w = collect_watched(c, server);
    *d = (struct drifts){ .c = c, .server = server, .back = w->applied };
    d->ours = w->ours[0] != '\0' && str_is(token, w->ours);
    w->applied = false;
    if (all) /* from now on that is what is recorded */
        w->ours[0] = '\0';
    if (d->back && token.len <= TOKEN_MAX)
        snprintf(w->back, sizeof(w->back), STR_FMT, STR_ARG(token));
    d->judges = drift_is_judged(view_get(state_view(c->at.state), IPAM_T_SERVER, server));
    arena_init(&d->arena, 0);
}

void drifts_fini(struct drifts *d)
{
    free(d->causes);
    arena_fini(&d->arena);
}

/* --- what plans do --- */

static const void *unpacked(struct drifts *d, const struct record_type *t, const struct ipam_plan_step *s,
                            unsigned side)
{
    void *row;
    struct ipam_bytes packed = side == IPAM_PLAN_STEP_BEFORE ? s->before : s->after;
    return t != NULL && record_has(s, side) && record_unpack(t, packed, &d->arena, &row) == 0 ? row : NULL;
}

static struct ipam_str native_of(const void *row)
{
    const struct record_field *f =
        row != NULL ? record_field(record_type(((const struct ipam_record *)row)->type), IPAM_STR("native"))
                    : NULL;
    return f != NULL && record_has(row, f->number)
               ? *(const struct ipam_str *)(const void *)((const char *)row + f->offset)
               : (struct ipam_str){ NULL, 0 };
}

static void on_step(void *user, const struct record_type *t, void *rec)
{
    struct drifts *d = ((struct loading *)user)->d;
    const struct ipam_plan_step *s = rec;
    const struct record_type *object = record_type((uint32_t)s->object_type);
    struct drift_cause c = { .before = unpacked(d, object, s, IPAM_PLAN_STEP_BEFORE),
                             .after = unpacked(d, object, s, IPAM_PLAN_STEP_AFTER),
                             .restores = record_has(s, IPAM_PLAN_STEP_DRIFT) };
    (void)t;
    if ((c.before == NULL && c.after == NULL) || s->state == IPAM_PLAN_STEP_STATE_PLANNED)
        return;
    c.native = native_of(c.before != NULL ? c.before : c.after);
    if (d->count == d->cap) {
        d->cap = d->cap != 0 ? 2 * d->cap : 16;
        d->causes = xrealloc(d->causes, d->cap * sizeof(d->causes[0]));
    }
    d->causes[d->count++] = c;
}

static void load_next(struct loading *l);

static void load_end(struct loading *l, int status, const char *message)
{
    collect_done done = l->done;
    void *user = l->user;
    l->d->loaded = status == 0;
    list_fini(&l->plans);
    free(l);
    done(user, status, message);
}

static void on_steps(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct loading *l = user;
    (void)answer;
    if (status != 0)
        load_end(l, status, message);
    else
        load_next(l);
}

static void load_next(struct loading *l)
{
    struct ipam_plan_step like;
    if (l->next == l->plans.count) {
        load_end(l, 0, "");
        return;
    }
    record_init(&like, IPAM_T_PLAN_STEP);
    RECORD_SET(&like, IPAM_PLAN_STEP_PLAN, plan, (int64_t)(intptr_t)l->plans.items[l->next++]);
    struct store_filter f = { IPAM_PLAN_STEP_PLAN, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_PLAN_STEP, .filters = &f, .filter_count = 1 };
    store_query(l->d->c->at.store, &q, on_step, on_steps, l);
}

static void on_plan(void *user, const struct record_type *t, void *rec)
{
    (void)t;
    list_add(&((struct loading *)user)->plans, (void *)(intptr_t)((const struct ipam_plan *)rec)->id);
}

void drifts_load(struct drifts *d, collect_done done, void *user)
{
    if (!d->judges || d->loaded) {
        done(user, 0, "");
        return;
    }
    struct loading *l = xcalloc(1, sizeof(*l));
    struct ipam_plan like;
    *l = (struct loading){ .d = d, .done = done, .user = user };
    record_init(&like, IPAM_T_PLAN);
    RECORD_SET(&like, IPAM_PLAN_SERVER, server, d->server);
    RECORD_SET(&like, IPAM_PLAN_STATE, state, IPAM_PLAN_STATE_RUNNING);
    struct store_filter f[] = { { IPAM_PLAN_STATE, IPAM_CMP_EQ, &like },
                                { IPAM_PLAN_SERVER, IPAM_CMP_EQ, &like } };
    struct store_query q = { .type = IPAM_T_PLAN, .filters = f, .filter_count = 2 };
    store_query(d->c->at.store, &q, on_plan, on_steps, l);
}

void drifts_name_scope(struct drifts *d, const struct ipam_scope *seen)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct ipam_scope *s = d->causes[i].after;
        if (s != NULL && s->type == IPAM_T_SCOPE && d->causes[i].native.len == 0 &&
            prefix_equal(&s->prefix, &seen->prefix))
            d->causes[i].native = seen->native;
    }
}

/* --- what was found --- */

bool drifts_differ(const struct drifts *d, const void *before, const void *after)
{
    return d->judges && (before == NULL || after == NULL || !drift_same(before, after));
}

const struct drift_seen *drifts_see(struct drifts *d, const void *before, const void *after, unsigned number)
{
    if (!drifts_differ(d, before, after))
        return NULL;
    struct drift_seen *s = arena_alloc(&d->arena, sizeof(*s));
    memset(s, 0, sizeof(*s));
    drift_name(s, d->server, after != NULL ? after : before, number);
    drift_judge(s, before, after, d->causes, d->count, d->back);
    s->caused = s->caused || d->ours;
    s->tally = &d->more;
    s->noted = &d->noted;
    return s;
}

void drifts_need(struct needs *n, const struct drift_seen *s)
{
    if (s != NULL)
        needs_find(n, IPAM_T_DRIFT, IPAM_DRIFT_KEY, &s->like);
}

/* --- what plans left --- */

void collect_applied(struct collect *c, int64_t server, struct ipam_str from, struct ipam_str to)
{
    struct watched *w = collect_watched(c, server);
    bool known = from.len != 0 && (str_is(from, w->token) || str_is(from, w->ours));
    w->applied = known || (from.len != 0 && str_is(from, w->back));
    w->ours[0] = '\0';
    if (known && to.len <= TOKEN_MAX)
        snprintf(w->ours, sizeof(w->ours), STR_FMT, STR_ARG(to));
}
