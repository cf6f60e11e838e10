/* edit_load.c - the options that servers have of what is edited, and the names of options there.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/edit.h"

#include <stdio.h>

/* Where the reading is: of each server the definitions (step 0), then the values. */
struct edit_reading {
    struct edit_work *w;
    void (*done)(struct edit_work *w);
    size_t group, step;
};

static void next(struct edit_reading *r);

struct ipam_str edit_name_key(uint32_t family, struct ipam_str space, struct ipam_str name,
                              char buf[EDIT_KEY_MOST])
{
    int n = snprintf(buf, EDIT_KEY_MOST, "%u|" STR_FMT "|" STR_FMT, family, STR_ARG(space), STR_ARG(name));
    return (struct ipam_str){ buf, (size_t)(n < EDIT_KEY_MOST ? n : EDIT_KEY_MOST - 1) };
}

/* What an option is in, and of whom; those of one user class are others. */
struct ipam_str edit_value_key(const struct ipam_option_value *o, char buf[EDIT_KEY_MOST])
{
    int n = snprintf(buf, EDIT_KEY_MOST, "%lld|%u|%lld|" STR_FMT "|" STR_FMT "|" STR_FMT, (long long)o->code,
                     record_has(o, IPAM_OPTION_VALUE_FAMILY) ? o->family : EDIT_BOTH, (long long)o->scope,
                     STR_ARG(o->holder), STR_ARG(o->space), STR_ARG(o->user_class));
    return (struct ipam_str){ buf, (size_t)(n < EDIT_KEY_MOST ? n : EDIT_KEY_MOST - 1) };
}

static void on_value(void *user, const struct record_type *t, void *rec)
{
    struct edit_reading *r = user;
    const struct ipam_option_value *o = rec;
    char buf[EDIT_KEY_MOST];
    (void)t;
    if (o->owner != r->w->kind->owner)
        return;
    struct ipam_str key = edit_value_key(o, buf);
    smap_put(&r->w->groups[r->group].options, key.data, key.len, record_copy(&r->w->rows, o));
}

static void on_definition(void *user, const struct record_type *t, void *rec)
{
    struct edit_reading *r = user;
    const struct ipam_option_definition *d = rec;
    char buf[EDIT_KEY_MOST];
    (void)t;
    for (size_t i = 0; i < r->w->edit_count; i++) {
        struct one_edit *e = &r->w->edits[i];
        if (e->name.data == NULL || !str_equal(e->name, d->name) || !str_equal(e->space, d->space))
            continue;
        e->known = true;
        struct ipam_str key = edit_name_key(
            record_has(d, IPAM_OPTION_DEFINITION_FAMILY) ? d->family : EDIT_BOTH, d->space, d->name, buf);
        smap_put(&r->w->groups[r->group].definitions, key.data, key.len, record_copy(&r->w->rows, d));
    }
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct edit_reading *r = user;
    struct call *c = r->w->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0) {
        call_status_problem(c, status, message);
        return;
    }
    r->step++;
    next(r);
}

static void read_definitions(struct edit_reading *r)
{
    struct ipam_option_definition like;
    struct store *store = r->w->c->api->at.store;
    record_init(&like, IPAM_T_OPTION_DEFINITION);
    RECORD_SET(&like, IPAM_OPTION_DEFINITION_SERVER, server, r->w->noting.groups[r->group].server);
    struct store_filter f = { IPAM_OPTION_DEFINITION_SERVER, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_OPTION_DEFINITION, .filters = &f, .filter_count = 1 };
    r->w->c->reading = store_query(store, &q, on_definition, on_read, r);
}

static void read_values(struct edit_reading *r)
{
    struct ipam_option_value like;
    struct store *store = r->w->c->api->at.store;
    record_init(&like, IPAM_T_OPTION_VALUE);
    RECORD_SET(&like, IPAM_OPTION_VALUE_SERVER, server, r->w->noting.groups[r->group].server);
    RECORD_SET(&like, IPAM_OPTION_VALUE_OWNER, owner, r->w->kind->owner);
    struct store_filter f[] = { { IPAM_OPTION_VALUE_SERVER, IPAM_CMP_EQ, &like },
                                { IPAM_OPTION_VALUE_OWNER, IPAM_CMP_EQ, &like } };
    struct store_query q = { .type = IPAM_T_OPTION_VALUE, .filters = f, .filter_count = 2 };
    r->w->c->reading = store_query(store, &q, on_value, on_read, r);
}

/* A name that no server knows is wrong; one that some do not know is not edited there. */
static int check_names(struct edit_work *w)
{
    struct record_problems problems;
    record_problems_init(&problems, &w->c->arena);
    for (size_t i = 0; i < w->edit_count && w->count > 0; i++)
        if (w->edits[i].name.data != NULL && !w->edits[i].known)
            record_problem(&problems, arena_printf(&w->c->arena, "/edits/%zu/option", i),
                           "no server of the selection has an option \"" STR_FMT "\"; list them with "
                           "GET /api/v1/dhcp/option-definitions",
                           STR_ARG(w->edits[i].name));
    return problems.count > 0 ? call_invalid(w->c, &problems) : 0;
}

static void next(struct edit_reading *r)
{
    struct edit_work *w = r->w;
    if (r->step == 2) {
        r->group++;
        r->step = 0;
    }
    if (!w->options || r->group == w->noting.count) {
        if (w->names && check_names(w) != 0)
            edit_refuse(w);
        else
            r->done(w);
    } else if (r->step == 0 && w->names) {
        read_definitions(r);
    } else {
        r->step = 1;
        read_values(r);
    }
}

void edit_load(struct edit_work *w, void (*done)(struct edit_work *w))
{
    struct edit_reading *r = arena_alloc(&w->c->arena, sizeof(*r));
    if (r == NULL) {
        call_starved(w->c);
        call_problem(w->c);
        return;
    }
    *r = (struct edit_reading){ .w = w, .done = done };
    next(r);
}
