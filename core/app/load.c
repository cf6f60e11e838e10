/* load.c - rows into memory at the start, the first rows of a new database, and what a crash interrupted.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/rows.h"
#include "app/app_p.h"
#include "base/log.h"
#include "model/custom.h"

static void load_type(struct app *a);

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct app *a = user;
    (void)t;
    state_put(a->state, NULL, rec);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct app *a = user;
    if (a->stopping)
        return;
    if (status != 0) {
        app_fail(a, 70, "storage: %s", message);
        return;
    }
    state_set_head(a->state, answer->head);
    a->load_type++;
    load_type(a);
}

/* Types one by one: those that are resident, and those whose addresses are. */
static void load_type(struct app *a)
{
    unsigned count;
    const struct record_type *types = record_types(&count);
    while (a->load_type < count && types[a->load_type].residency != RES_RESIDENT &&
           types[a->load_type].residency != RES_INDEXED)
        a->load_type++;
    if (a->load_type == count) {
        app_build(a);
        return;
    }
    struct store_query q = { .type = types[a->load_type].type };
    store_query(a->store, &q, on_row, on_rows, a);
}

void load_start(struct app *a)
{
    a->load_type = 0;
    load_type(a);
}

static void seed_space(struct draft *d)
{
    struct ipam_space s;
    const struct view *v = draft_view(d);
    const struct ipam_space *old =
        view_get(v, IPAM_T_SPACE, view_by_name(v, IPAM_T_SPACE, IPAM_STR("default")));
    if (old != NULL) {
        s = *old; /* before 0.5 spaces had no kind */
        RECORD_SET(&s, IPAM_SPACE_KIND, kind, IPAM_SPACE_KIND_PROVIDER);
        draft_replace(d, old, &s);
        return;
    }
    record_init(&s, IPAM_T_SPACE);
    RECORD_SET(&s, IPAM_SPACE_NAME, name, IPAM_STR("default"));
    RECORD_SET(&s, IPAM_SPACE_DESCRIPTION, description,
               IPAM_STR("The address space that is meant when none is named."));
    RECORD_SET(&s, IPAM_SPACE_KIND, kind, IPAM_SPACE_KIND_PROVIDER);
    draft_put(d, &s);
}

/* What is always there; in a database of an earlier version some of it may be missing. */
static int decide_seed(struct intent *in, struct draft *d)
{
    (void)in;
    seed_space(d);
    access_seed(d);
    custom_seed(d);
    return 0;
}

static void on_jobs_recovered(void *user, int status, const char *message)
{
    struct app *a = user;
    if (a->stopping)
        return;
    if (status != 0)
        app_fail(a, 70, "storage: %s", message);
    else
        app_serve(a);
}

static void on_seeded(struct intent *in, int status)
{
    struct app *a = container_of(in, struct app, seed);
    if (a->stopping)
        return;
    if (status != 0) {
        app_fail(a, 70, "storage: %s", in->problem.detail);
        return;
    }
    if (vault_binding(a->vault, NULL) == BINDING_FRESH) /* the first rows are there now */
        vault_judge_binding(a->vault, false);
    jobs_recover(a->jobs, a->store, on_jobs_recovered, a);
}

void recover_start(struct app *a)
{
    a->seed.operation = "ipam.space.create";
    a->seed.actor.name = IPAM_STR("ipamd");
    a->seed.decide = decide_seed;
    a->seed.settled = on_seeded;
    gate_submit(a->gate, &a->seed);
}
