/* rset.c - address ranges: an AVL tree that knows the highest address of each subtree.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "index/key.h"
#include "index/mem.h"
#include "index/rset.h"

struct rnode {
    uint128 first, last;
    uint128 high; /* the highest last address here and below */
    uint64_t handle;
    struct rnode *left, *right;
    int height; /* 1: a leaf */
};

struct rset {
    uint8_t family;
    struct rnode *root;
    uint64_t count;
    size_t bytes;
};

static _Thread_local unsigned touched;

struct rset *rset_new(uint8_t family)
{
    size_t bytes = 0;
    struct rset *s = mem_alloc(sizeof(*s), &bytes);

    s->bytes = bytes;
    s->family = family;
    return s;
}

static void free_tree(struct rset *s, struct rnode *n)
{
    if (n == NULL)
        return;
    free_tree(s, n->left);
    free_tree(s, n->right);
    mem_free(n, sizeof(*n), &s->bytes);
}

void rset_free(struct rset *s)
{
    if (s == NULL)
        return;
    free_tree(s, s->root);
    mem_free(s, sizeof(*s), &s->bytes);
}

uint64_t rset_count(const struct rset *s)
{
    return s->count;
}

size_t rset_bytes(const struct rset *s)
{
    return s->bytes;
}

unsigned rset_visited(void)
{
    return touched;
}

static bool takes(const struct rset *s, const struct ipam_addr *first, const struct ipam_addr *last)
{
    return key_valid(s->family, first) && key_valid(s->family, last) && key_of(first) <= key_of(last);
}

/* An item as a node outside the tree. */
static struct rnode node_of(const struct rset_item *item)
{
    return (struct rnode){
        .first = key_of(&item->first), .last = key_of(&item->last), .handle = item->handle,
    };
}

static struct rset_item item_of(const struct rset *s, const struct rnode *n)
{
    return (struct rset_item){ key_addr(s->family, n->first), key_addr(s->family, n->last), n->handle };
}

static int compare(const struct rnode *a, const struct rnode *b)
{
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->last != b->last)
        return a->last < b->last ? -1 : 1;
    return (a->handle > b->handle) - (a->handle < b->handle);
}

static int height(const struct rnode *n)
{
    return n == NULL ? 0 : n->height;
}

/* Brings height and high up to date after a child has changed. */
static void update(struct rnode *n)
{
    n->height = 1 + (height(n->left) > height(n->right) ? height(n->left) : height(n->right));
    n->high = n->last;
    if (n->left != NULL && n->left->high > n->high)
        n->high = n->left->high;
    if (n->right != NULL && n->right->high > n->high)
        n->high = n->right->high;
}

static struct rnode *rotate_left(struct rnode *n)
{
    struct rnode *top = n->right;

    n->right = top->left;
    top->left = n;
    update(n);
    update(top);
    return top;
}

static struct rnode *rotate_right(struct rnode *n)
{
    struct rnode *top = n->left;

    n->left = top->right;
    top->right = n;
    update(n);
    update(top);
    return top;
}

/* Restores the balance of a node whose children are balanced; returns the subtree's new top. */
static struct rnode *balance(struct rnode *n)
{
    int lean = height(n->left) - height(n->right);

    if (lean > 1) {
        if (height(n->left->left) < height(n->left->right))
            n->left = rotate_left(n->left);
        return rotate_right(n);
    }
    if (lean < -1) {
        if (height(n->right->right) < height(n->right->left))
            n->right = rotate_right(n->right);
        return rotate_left(n);
    }
    update(n);
    return n;
}

static struct rnode *insert(struct rset *s, struct rnode *n, const struct rnode *new, int *ret_rc)
{
    int order;

    if (n == NULL) {
        n = mem_alloc(sizeof(*n), &s->bytes);
        *n = *new;
        update(n);
        *ret_rc = 0;
        return n;
    }
    touched++;
    order = compare(new, n);
    if (order == 0)
        *ret_rc = IPAM_E_EXIST;
    else if (order < 0)
        n->left = insert(s, n->left, new, ret_rc);
    else
        n->right = insert(s, n->right, new, ret_rc);
    return balance(n);
}

int rset_insert(struct rset *s, const struct rset_item *item)
{
    struct rnode new;
    int rc = 0;

    touched = 0;
    if (!takes(s, &item->first, &item->last))
        return IPAM_E_INVAL;
    new = node_of(item);
    s->root = insert(s, s->root, &new, &rc);
    s->count += rc == 0;
    return rc;
}

/* Takes the lowest node out of a subtree; returns what is left. */
static struct rnode *take_lowest(struct rnode *n, struct rnode **ret_lowest)
{
    touched++;
    if (n->left == NULL) {
        *ret_lowest = n;
        return n->right;
    }
    n->left = take_lowest(n->left, ret_lowest);
    return balance(n);
}

static struct rnode *drop(struct rset *s, struct rnode *n, const struct rnode *old, int *ret_rc)
{
    struct rnode *top;
    int order;

    if (n == NULL) {
        *ret_rc = IPAM_E_NOENT;
        return NULL;
    }
    touched++;
    order = compare(old, n);
    if (order < 0) {
        n->left = drop(s, n->left, old, ret_rc);
        return balance(n);
    }
    if (order > 0) {
        n->right = drop(s, n->right, old, ret_rc);
        return balance(n);
    }
    top = n->left;
    if (n->right != NULL) {
        struct rnode *rest = take_lowest(n->right, &top);

        top->left = n->left;
        top->right = rest;
        top = balance(top);
    }
    mem_free(n, sizeof(*n), &s->bytes);
    return top;
}

int rset_remove(struct rset *s, const struct rset_item *item)
{
    struct rnode old;
    int rc = 0;

    touched = 0;
    if (!takes(s, &item->first, &item->last))
        return IPAM_E_INVAL;
    old = node_of(item);
    s->root = drop(s, s->root, &old, &rc);
    s->count -= rc == 0;
    return rc;
}

static int each(const struct rset *s, const struct rnode *n, uint128 first, uint128 last, rset_fn *fn,
                void *arg)
{
    int rc;

    if (n == NULL || n->high < first)
        return 0;
    touched++;
    rc = each(s, n->left, first, last, fn, arg);
    if (rc != 0 || n->first > last)
        return rc;
    if (n->last >= first) {
        struct rset_item item = item_of(s, n);
        unsigned so_far = touched; /* fn may ask the set */

        rc = fn(arg, &item);
        touched = so_far;
        if (rc != 0)
            return rc;
    }
    return each(s, n->right, first, last, fn, arg);
}

int rset_each(const struct rset *s, const struct ipam_addr *first, const struct ipam_addr *last, rset_fn *fn,
              void *arg)
{
    touched = 0;
    if (!takes(s, first, last))
        return IPAM_E_INVAL;
    return each(s, s->root, key_of(first), key_of(last), fn, arg);
}

/* The first range after `after` (NULL: of all) that overlaps [first, last]. */
static const struct rnode *next(const struct rnode *n, uint128 first, uint128 last, const struct rnode *after)
{
    const struct rnode *found;

    if (n == NULL || n->high < first)
        return NULL;
    touched++;
    if (after != NULL && compare(n, after) <= 0)
        return next(n->right, first, last, after);
    found = next(n->left, first, last, after);
    if (found != NULL || n->first > last)
        return found;
    return n->last >= first ? n : next(n->right, first, last, NULL);
}

int rset_next(const struct rset *s, const struct ipam_addr *first, const struct ipam_addr *last,
              const struct rset_item *after, struct rset_item *ret_item)
{
    struct rnode from = { 0 };
    const struct rnode *n;

    touched = 0;
    if ((first == NULL) != (last == NULL) || (first != NULL && !takes(s, first, last)))
        return IPAM_E_INVAL;
    if (after != NULL) {
        if (!takes(s, &after->first, &after->last))
            return IPAM_E_INVAL;
        from = node_of(after);
    }
    n = next(s->root, first != NULL ? key_of(first) : 0, last != NULL ? key_of(last) : ~(uint128)0,
             after != NULL ? &from : NULL);
    if (n == NULL)
        return IPAM_E_NOENT;
    *ret_item = item_of(s, n);
    return 0;
}
