/* tree.h - the address plan drawn as a tree.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include "cli/nouns.h"

/* In the order in which equal ones stand inside each other. */
enum tree_kind { TREE_ROOT, TREE_BLOCK, TREE_SUBNET, TREE_SCOPE, TREE_RANGE };

/* One line of the tree. */
struct tree_item {
    enum tree_kind kind;
    int64_t id, space, scope;   /* scope: id of the scope a range belongs to, or 0 */
    struct ipam_addr first, last;
    const char *label;          /* "10.1.2.0/24", "10.1.2.10-10.1.2.99" */
    const char *name, *source;  /* "" when there is none */
    struct ipam_str used, size; /* decimal; absent when unknown */
    int64_t utilization;        /* hundredths of a per cent; below 0: unknown */
    /* Made by tree_draw. */
    struct tree_item *parent, *child, *last_child, *sibling;
};

/* Sorts the items, hangs each one under the smallest block or subnet around it (a range under its scope when
 * that is there), and appends the drawing: lines of Unicode when the terminal has them, else of ASCII. */
void tree_draw(struct tree_item *items, size_t count, const struct term *term, struct strbuf *out);

int verb_tree(struct cli *c, const struct command *cmd);

#endif
