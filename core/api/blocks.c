/* blocks.c - DELETE of a block, alone or with all blocks below it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/clear.h"

#define TREE_MOST (MODEL_SET_ROWS / 2) /* blocks of one change set; more are a job of many */

struct tree {
    struct call *c;
    struct draft *d;
    struct problem *problem;
    int64_t left; /* how many more may go in one change */
};

static int count_inner(void *user, const struct ipam_block *inner)
{
    (void)inner;
    return ++*(size_t *)user > TREE_MOST;
}

static int delete_inner(void *user, const struct ipam_block *inner)
{
    struct tree *t = user;
    if (t->left-- == 0) {
        problem_hint(t->problem, "without dry_run it is a job of many change sets");
        return problem_set(t->problem, PROBLEM_TOO_LARGE, "more than %d blocks lie in it", MODEL_SET_ROWS);
    }
    return delete_row(&t->c->sight, t->d, inner, t->problem);
}

/* Rights are needed on each: what was drafted is judged row by row. */
static int decide_tree(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct tree t = { c, d, &in->problem, MODEL_SET_ROWS };
    const struct ipam_block *b = view_get(draft_view(d), IPAM_T_BLOCK, c->id);
    if (b == NULL)
        return problem_set(&in->problem, PROBLEM_NOT_FOUND, "the block was deleted meanwhile");
    int rc = rule_blocks_inside(draft_view(d), b, delete_inner, &t);
    call_decide_empty(c, 204);
    return rc == 0 ? delete_row(&c->sight, d, b, &in->problem) : rc;
}

static void found(struct call *c)
{
    size_t count = 0;
    if (rule_blocks_inside(call_view(c), c->row, count_inner, &count) != 0 && !write_is_dry(c))
        clear_job(c);
    else
        call_submit(c, NULL, decide_tree, NULL);
}

void handle_block_delete(struct call *c)
{
    static const char *const known[] = { "children", NULL };
    bool children = false;
    if (!call_params_known(c, known) || !call_param_bool(c, "children", &children))
        call_problem(c);
    else if (children)
        call_find(c, found);
    else
        call_find(c, delete_found);
}
