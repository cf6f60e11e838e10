/* plan_again.h - the parts of a plan and their steps, read for what is done to them again: resume, undo.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PLAN_AGAIN_H
#define API_PLAN_AGAIN_H

#include "api/noting.h"

/* The plan itself, or its parts, and the steps of the one that is read. */
struct plan_parts {
    struct call *c;
    struct arena arena; /* the parts */
    struct ipam_plan **plans;
    size_t count, room;
    size_t at;         /* the part whose steps were read */
    struct arena rows; /* its steps */
    struct ipam_plan_step **steps;
    size_t step_count, step_room;
    void (*found)(struct plan_parts *p); /* the parts; then the steps of one */
};
void plan_parts_init(struct plan_parts *p, struct call *c);
void plan_parts_fini(struct plan_parts *p);
/* Reads which there are; then `found`, or the call is answered. */
void plan_parts_read(struct plan_parts *p, void (*found)(struct plan_parts *p));
/* Reads the steps of the part p->at in their order; then `found`, or the call is answered. */
void plan_parts_steps(struct plan_parts *p, void (*found)(struct plan_parts *p));

#endif
