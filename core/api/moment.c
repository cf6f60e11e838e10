/* moment.c - what of a row depends on the moment that is shown: whether an address has expired by then.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Of the past that is the time that was asked for, or that of the revision, judged by what the spaces said
 * then. */
#include "api/moment.h"

#include "base/clock.h"
#include "commit/changelog.h"

struct moment {
    struct call *c;
    int64_t ms;
    const struct ipam_space **spaces; /* as they were */
    size_t count, cap;
    void (*then)(struct call *c);
};

bool moment_tells(const struct record_type *t, const struct record_field *f)
{
    return t->type == IPAM_T_ADDRESS && f->number == IPAM_ADDRESS_EXPIRY;
}

/* --- the past --- */

static void on_space(void *user, const struct record_type *t, void *rec)
{
    struct moment *m = user;
    (void)t;
    if (m->count == m->cap) {
        size_t cap = m->cap != 0 ? 2 * m->cap : 16;
        const struct ipam_space **more = arena_alloc(&m->c->arena, cap * sizeof(more[0]));
        for (size_t i = 0; more != NULL && i < m->count; i++)
            more[i] = m->spaces[i];
        if (more == NULL) /* the call ends as one that memory was short for */
            return;
        m->spaces = more;
        m->cap = cap;
    }
    m->spaces[m->count] = record_copy(&m->c->arena, rec);
    m->count += m->spaces[m->count] != NULL;
}

/* A reading has ended; false: it failed, and the call is answered with the problem. */
static bool was_read(struct moment *m, int status, const char *message)
{
    m->c->reading = NULL;
    if (status != 0)
        call_status_problem(m->c, status, message);
    return status == 0;
}

static void on_spaces(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct moment *m = user;
    (void)answer;
    if (was_read(m, status, message))
        m->then(m->c);
}

static void read_spaces(struct moment *m)
{
    struct store_query q = { .type = IPAM_T_SPACE, .at = m->c->rev };
    m->c->reading = store_query(m->c->api->at.store, &q, on_space, on_spaces, m);
}

static void on_change(void *user, int64_t rev, struct ipam_bytes body)
{
    struct moment *m = user;
    size_t pos = 0;
    void *rec;
    (void)rev;
    if (changelog_read(body, &pos, &m->c->arena, &rec) == 1 &&
        ((struct ipam_record *)rec)->type == IPAM_T_CHANGE)
        m->ms = ((const struct ipam_change *)rec)->time;
}

static void on_time(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct moment *m = user;
    (void)answer;
    if (was_read(m, status, message))
        read_spaces(m);
}

void moment_find(struct call *c, int64_t ms, void (*then)(struct call *c))
{
    if (!c->past || c->rev == 0 || c->type == NULL || c->type->type != IPAM_T_ADDRESS) {
        then(c);
        return;
    }
    c->moment = arena_alloc(&c->arena, sizeof(*c->moment));
    if (c->moment == NULL) {
        call_starved(c);
        then(c);
        return;
    }
    *c->moment = (struct moment){ .c = c, .ms = ms, .then = then };
    if (ms != 0)
        read_spaces(c->moment);
    else
        c->reading = store_changes(c->api->at.store, c->rev - 1, c->rev, 1, 0, on_change, on_time, c->moment);
}

/* --- judging --- */

static const struct ipam_space *space_of(const struct call *c, const struct view *v, int64_t id)
{
    for (size_t i = 0; c->moment != NULL && i < c->moment->count; i++)
        if (c->moment->spaces[i]->id == id)
            return c->moment->spaces[i];
    return c->moment == NULL ? view_get(v, IPAM_T_SPACE, id) : NULL;
}

void moment_derive(struct call *c, const struct view *v, void *rec)
{
    struct ipam_address *a = rec;
    uint32_t expiry;
    if (a->type == IPAM_T_ADDRESS &&
        rule_expiry(space_of(c, v, a->space), a, c->moment != NULL ? c->moment->ms : clock_wall_ms(),
                    &expiry))
        RECORD_SET(a, IPAM_ADDRESS_EXPIRY, expiry, expiry);
}
