/* draft.h - the text of a configuration under edit: values are put in, taken out and moved, all else
 * stays. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A node is a value of the text. One that was not changed is written as it stood, byte for byte, with
 * the white
 * space around it; nothing is written again from what was understood of it. */
#ifndef KEA_DRAFT_H
#define KEA_DRAFT_H

#include "base/arena.h"
#include "base/json.h"

struct kea_node {
    struct ipam_str key; /* of a member; absent: an item */
    struct kea_node *parent, *prev, *next, *first, *last;
    const struct json_doc *doc;  /* of its value */
    const struct json *v;        /* its value before anything in it was changed */
    const struct json_doc *home; /* where it stood in its parent's text; NULL: nowhere */
    size_t gap, start, at;       /* there: the end of the one before, its own beginning, that of its value */
    uint32_t maker;              /* record type of the edit that made it, 0: none did */
    bool opened, dirty;
};

struct kea_draft {
    struct arena *arena;
    struct kea_node *root;
    struct json_doc **docs; /* of values that were put in */
    size_t doc_count, doc_cap;
    bool nomem; /* something was not made; all answers are NULL from then on */
};

/* Everything but the documents of new values is in the arena. 0 or IPAM_E_NOMEM. */
int kea_draft_init(struct kea_draft *d, struct arena *a, const struct json_doc *doc, const struct json *root);
void kea_draft_fini(struct kea_draft *d);

/* Looking; all take NULL. The first child, and the member of that key. */
struct kea_node *kea_node_first(struct kea_draft *d, struct kea_node *n);
struct kea_node *kea_node_get(struct kea_draft *d, struct kea_node *n, const char *key);
struct kea_node *kea_node_get_str(struct kea_draft *d, struct kea_node *n, struct ipam_str key);
/* Of scalars. */
struct ipam_str kea_node_str(const struct kea_node *n);
struct ipam_str kea_node_text(struct kea_draft *d, struct kea_node *n, const char *key);
bool kea_node_int(struct kea_draft *d, struct kea_node *n, const char *key, int64_t *ret);
/* The value as it is now, as a document of its own or the one it is in. NULL: memory is out. */
const struct json *kea_node_value(struct kea_draft *d, struct kea_node *n);

/* Changing. `json` is JSON text. A value that says the same already keeps its text. */
struct kea_node *kea_node_put(struct kea_draft *d, struct kea_node *n, struct ipam_str key,
                              struct ipam_str json);
/* A new item at the end of an array. */
struct kea_node *kea_node_add(struct kea_draft *d, struct kea_node *array, struct ipam_str json);
/* The array or object of that key, made when it is missing. */
struct kea_node *kea_node_array(struct kea_draft *d, struct kea_node *n, const char *key);
struct kea_node *kea_node_object(struct kea_draft *d, struct kea_node *n, const char *key);
/* An empty object that is no part of the text. */
struct kea_node *kea_draft_scraps(struct kea_draft *d);
/* Takes it out of its parent; NULL is nothing. */
void kea_node_drop(struct kea_node *n);
/* Takes it out and puts it at the end of another array. */
void kea_node_move(struct kea_node *n, struct kea_node *array);

/* The text of a node, in the arena. 0 or IPAM_E_NOMEM. */
int kea_node_write(struct kea_draft *d, const struct kea_node *n, struct ipam_str *ret);

#endif
