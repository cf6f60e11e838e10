/* state_p.h - what the files of this room share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef STATE_STATE_P_H
#define STATE_STATE_P_H

#include "base/hash.h"
#include "state/custom.h"
#include "state/indexes.h"
#include "state/state.h"

#define NAME_KEY_MAX 2304 /* the longest name is the path of an access scope */

struct view {
    const struct state *state;
    const struct draft *draft; /* NULL: the readers' view */
};

/* Ids in ascending order. */
struct id_list {
    int64_t *ids;
    size_t count, cap;
};

/* Rows of one type: by id, and their ids. */
struct row_table {
    struct imap rows;
    struct id_list all;
    const struct record_field *server; /* of types whose rows belong to a server; else NULL */
    struct imap servers;               /* server -> struct id_list of its rows */
    uint64_t edition;
};

/* What encloses a prefix, as it was found last: a row of a list asks for it more than once. */
struct enclosing {
    uint64_t changes; /* of the state then; 0: nothing was found yet */
    int64_t space, id;
    struct ipam_prefix prefix;
    bool strict;
};
struct found {
    struct enclosing block, subnet;
    struct view_memo memo;
    uint64_t memo_changes;
};

struct state {
    struct view view;
    struct found *found; /* what readers found last: it changes while the state does not */
    uint64_t changes;
    int64_t head;
    struct state_watch *watches;
    struct row_table tables[RECORD_TYPES];
    struct smap names; /* name_key -> resident row */
    struct indexes indexes;
    struct custom_index custom;
    uint64_t scoped_edition;
    struct imap scoped; /* id -> object that is in an access scope of its own */
};

/* What the draft says of a row. */
struct draft_row {
    bool known;      /* false: nothing, ask the state */
    bool fetched;    /* as it came from storage, not drafted */
    const void *row; /* NULL: deleted */
    size_t op;       /* 1 + index of the op that made it so; 0: none */
};

struct draft {
    struct view view;
    struct state *state;
    struct arena arena;
    int64_t now, next_id, head;
    struct imap rows;     /* draft_key -> struct draft_row */
    struct smap found;    /* find_key -> struct draft_row; both may name a row that has another key by now */
    struct smap names;    /* name_key -> struct draft_row */
    struct indexes added; /* rows drafted that were not there */
    struct draft_op *ops;
    struct draft_undo *undo; /* of the open intent, the newest last */
    size_t op_count, op_cap, undo_count, undo_cap;
    size_t mark;      /* ops of the intents accepted so far */
    uint64_t made[2]; /* types of rows that any op has added, by number */
    int64_t mark_next_id;
    bool changed; /* the open intent made something that takes a revision */
    bool scoped;  /* an op has put an object into an access scope of its own */
};

/* ids.c. ids_after: the place of the first that is higher. */
void ids_add(struct id_list *l, int64_t id);
void ids_remove(struct id_list *l, int64_t id);
size_t ids_after(const struct id_list *l, int64_t after);
/* The rows of each server, of a type whose rows belong to one; of others these do nothing. NULL: it has none. */
void servers_init(struct row_table *t, uint32_t type);
void servers_fini(struct row_table *t);
void servers_add(struct row_table *t, const void *row);
void servers_remove(struct row_table *t, const void *row);
const struct id_list *servers_rows(const struct row_table *t, int64_t server);
int64_t row_id(const void *rec);
int64_t row_rev(const void *rec);
void row_set_id(void *rec, int64_t id, int64_t rev);
int64_t own_scope(const void *rec);
/* What a row is known by; 0: by nothing. `nth` is below NAMES: a VLAN has two names, others have one. */
#define NAMES 2
size_t name_key(const void *rec, unsigned nth, char *buf, size_t cap);
/* The names of rows that are known by more than one field. */
size_t superscope_name(int64_t server, uint32_t family, struct ipam_str name, char *buf, size_t cap);
size_t vlan_number(int64_t group, int64_t vid, char *buf, size_t cap);
size_t vlan_name(int64_t group, struct ipam_str name, char *buf, size_t cap);
size_t policy_name(const struct ipam_access_policy *p, char *buf, size_t cap);
size_t alert_name(int64_t object, char *buf, size_t cap);
size_t name_key_of(uint32_t type, struct ipam_str name, char *buf, size_t cap);
uint64_t draft_key(uint32_t type, int64_t id);
/* The draft's word on a row: true when it has one, with the row or NULL (deleted). */
bool draft_lookup(const struct draft *d, uint32_t type, int64_t id, const void **ret_row);

#endif
