/* batch.c - objects that deserve another alert, handed in to the gate a few at a time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "notify/notify_p.h"

void batch_add(struct batch *b, uint32_t type, int64_t id)
{
    b->objects[b->count++] = (struct candidate){ type, id };
}

bool batch_is_full(const struct batch *b)
{
    return b->count >= BATCH_ROWS;
}

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct batch *b = (struct batch *)in;
    (void)v;
    for (size_t i = 0; i < b->count; i++)
        if (b->objects[i].type == IPAM_T_ADDRESS)
            needs_row(n, IPAM_T_ADDRESS, b->objects[i].id);
}

/* Judged anew: meanwhile somebody may have changed the object, or another node have told of it. */
static int decide(struct intent *in, struct draft *d)
{
    struct batch *b = (struct batch *)in;
    b->drafted = 0;
    for (size_t i = 0; i < b->count; i++) {
        const struct candidate *c = &b->objects[i];
        const void *row = view_get(draft_view(d), c->type, c->id);
        b->drafted += judge_apply(d, row, c->id, b->telling);
    }
    return 0;
}

static void settled(struct intent *in, int status)
{
    struct batch *b = (struct batch *)in;
    b->count = 0;
    b->settled(b->user, status, in->problem.detail);
}

void batch_submit(struct gate *g, struct batch *b)
{
    memset(&b->intent, 0, sizeof(b->intent));
    b->intent.operation = "system.alert.evaluate";
    b->intent.actor.name = IPAM_STR(MODEL_SELF);
    b->intent.bulk = true;
    b->intent.rows = (unsigned)b->count;
    b->intent.needs = needs;
    b->intent.decide = decide;
    b->intent.settled = settled;
    gate_submit(g, &b->intent);
}
