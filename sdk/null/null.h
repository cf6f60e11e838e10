/* null.h - what the null providers share: calls and how they end, rows in memory, addresses, applying edits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_NULL_H
#define IPAM_NULL_H

#include <stdbool.h>

#include "ipam/plugin.h"

#define NULL_PRODUCT "null"
#define NULL_VERSION "0.2"

#if defined(__GNUC__)
#define NULL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define NULL_PRINTF(text, first)
#endif

/* Texts (null.c). */
#define NULL_STR(literal) ((struct ipam_str){ (literal), sizeof(literal) - 1 })
struct ipam_str null_str(const char *text);
bool null_is(struct ipam_str s, const char *text);
int null_compare(struct ipam_str a, struct ipam_str b);
char *null_strdup(struct ipam_str s); /* NUL-terminated; NULL: out of memory */
/* Takes what comes before `mark`, or all, off the front of *rest; the mark, too. */
struct ipam_str null_cut(struct ipam_str *rest, char mark);
/* A number in decimal digits alone; false when it is none, or above `most`. */
bool null_number(struct ipam_str s, uint64_t most, uint64_t *ret);

/* Addresses (null.c). Those of family 4 come before those of family 6. */
#define NULL_ADDR_TEXT 64
int null_addr_compare(const struct ipam_addr *a, const struct ipam_addr *b);
struct ipam_addr null_addr_add(const struct ipam_addr *a, uint64_t n);
uint64_t null_addr_distance(const struct ipam_addr *from,
                            const struct ipam_addr *to); /* at most UINT64_MAX */
bool null_addr_parse(struct ipam_str text, struct ipam_addr *ret);
void null_addr_print(const struct ipam_addr *a, char text[NULL_ADDR_TEXT]);
bool null_prefix_parse(struct ipam_str text, struct ipam_prefix *ret); /* no host bits */
void null_prefix_print(const struct ipam_prefix *p, char text[NULL_ADDR_TEXT]);
bool null_prefix_has(const struct ipam_prefix *p, const struct ipam_addr *a);

/* Options with a default, which are always there (null.c). */
int64_t null_option_int(const struct ipam_host *host, struct ipam_inst *inst, const char *name);
struct ipam_str null_option_text(const struct ipam_host *host, struct ipam_inst *inst, const char *name);
struct ipam_strs null_option_list(const struct ipam_host *host, struct ipam_inst *inst, const char *name);

/* An entry of a table of options, in one line. */
#define NULL_OPTION(kind, name, def, min, max, names, help)                                                  \
    {                                                                                                        \
        sizeof(struct ipam_option), kind, 0, name, def, min, max, names, help                                \
    }

bool null_option_addr(const struct ipam_host *host, struct ipam_inst *inst, const char *name,
                      struct ipam_addr *ret);
bool null_option_prefix(const struct ipam_host *host, struct ipam_inst *inst, const char *name,
                        struct ipam_prefix *ret);

/* One call under way, and what its end will say (call.c). */
struct null_call {
    const struct ipam_host *host;
    struct ipam_req *req;
    struct ipam_outcome info;
    char message[512], token[32], cursor[NULL_ADDR_TEXT];
};
void null_begin(struct null_call *c, const struct ipam_host *host, struct ipam_req *req);
/* Says why the call fails: what happened, and what to do. Returns `status`. */
int32_t null_fail(struct null_call *c, int32_t status, const char *format, ...) NULL_PRINTF(3, 4);
/* Emits any record; negative: end the call with that status. */
int32_t null_emit(struct null_call *c, const void *row);
/* Lets time pass, for `ms` or until the call is cancelled or its deadline is there; then negative. Not under
 * LOOP. */
int32_t null_wait(struct null_call *c, int64_t ms);
void null_token(struct null_call *c, uint64_t state);
void null_cursor(struct null_call *c, const char *text);
void null_complete(struct null_call *c, uint32_t flags); /* IPAM_DONE_* */
/* The one end of a call; nothing of it may be touched afterwards. */
void null_done(struct null_call *c, int32_t status);
/* What probe emits of a provider that is always well; `found` is for people. */
int32_t null_probe(struct null_call *c, uint64_t capabilities, const char *found);
/* The same in steps, for LOOP: IPAM_E_AGAIN when the host takes no row now; then again with the same *step,
 * which is 0 at first. */
int32_t null_probe_step(struct null_call *c, uint64_t capabilities, const char *found, unsigned *step);
int32_t null_emit_count(struct null_call *c, const char *name, struct ipam_str target, uint64_t count);
int64_t null_clock_ms(void); /* UTC */

/* The fields of a record that a provider keeps, and how to copy them (rows.c). */
struct null_field {
    uint32_t number;
    uint32_t element; /* bytes of one element of a list or text; 0: a plain value; NULL_TEXTS */
    uint32_t needed;  /* nonzero: a record without it is refused */
    size_t offset, size;
};
#define NULL_TEXTS 0xffffffffu
#define NULL_FIELD_(record, member, number, element, needed)                                                 \
    {                                                                                                        \
        number, element, needed, offsetof(struct record, member), sizeof(((struct record *)0)->member)       \
    }
#define NULL_PLAIN(record, member, number)         NULL_FIELD_(record, member, number, 0, 0)
#define NULL_NEEDED(record, member, number)        NULL_FIELD_(record, member, number, 0, 1)
#define NULL_TEXT(record, member, number)          NULL_FIELD_(record, member, number, 1, 0)
#define NULL_NEEDED_TEXT(record, member, number)   NULL_FIELD_(record, member, number, 1, 1)
#define NULL_LIST(record, member, number, element) NULL_FIELD_(record, member, number, (uint32_t)(element), 0)
struct null_shape {
    uint32_t type; /* IPAM_T_* */
    size_t size;
    const struct null_field *fields; /* ends with number 0 */
};

/* A record kept in memory, in one piece: free() it. */
struct null_row {
    uint64_t state; /* of the store, when it came */
    struct ipam_record *rec;
};
struct null_row *null_row_new(const struct null_shape *shape, const struct ipam_record *rec);
bool null_row_same(const struct null_shape *shape, const struct ipam_record *a, const struct ipam_record *b);

/* Rows in order. */
typedef int null_order(const struct ipam_record *a, const struct ipam_record *b);
struct null_list {
    struct null_row **rows;
    size_t count, room;
};
/* The place of the first row that is not before `key`. */
size_t null_find(const struct null_list *l, const void *key, null_order *order, bool *ret_found);
bool null_list_reserve(struct null_list *l, size_t more); /* false: out of memory */
bool null_list_insert(struct null_list *l, size_t at, struct null_row *row);
struct null_row *null_list_take(struct null_list *l, size_t at);
bool null_list_sort(struct null_list *l, null_order *order); /* false: out of memory */
void null_list_free(struct null_list *l, bool with_rows);

/* Records that can be edited, all in one list (apply.c). */
struct null_store {
    const struct null_shape *const *shapes; /* ends with NULL */
    null_order *order;                      /* by key; records of all types together */
    /* Makes a row of what the host gave, or of what is missing in it; NULL: null_row_new. */
    struct null_row *(*make)(const struct null_store *s, const struct ipam_record *rec);
    /* Whether the object goes when `outer` is deleted; such objects follow it in order. NULL: none does. */
    bool (*within)(const struct ipam_record *rec, const struct ipam_record *outer);
    /* Whether what an edit asked for fits all that is there afterwards (rows, not yet those of the store):
     * IPAM_OK, or IPAM_E_* and why. NULL: everything fits. */
    int32_t (*fits)(const struct null_store *s, const struct null_list *rows, const struct ipam_record *rec,
                    bool removed, char *why, size_t size);
    void *user;
    int64_t flags;               /* of the call under way: IPAM_APPLY_* */
    size_t keep_gone;            /* how many rows that are gone are remembered */
    struct null_list rows, gone; /* gone: oldest first, `state` is when it went */
    uint64_t state, oldest;      /* counts changes; what went up to `oldest` may be forgotten */
};
const struct null_shape *null_shape_of(const struct null_store *s, const struct ipam_record *rec);
/* Adds what is there from the start, and puts it in order when all of it was added; negative: out of
 * memory. */
int32_t null_store_add(struct null_store *s, const void *rec);
int32_t null_store_order(struct null_store *s);
void null_store_free(struct null_store *s);
/* The whole of `apply` but its end: `now` is the token of what is there. */
int32_t null_apply(struct null_call *c, struct null_store *s, const struct ipam_apply *args, uint64_t now);

#endif
