/* ask.h - what the query of a list asks for: filters, order, fields, page, and at which time.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ASK_H
#define API_ASK_H

#include "api/call.h"
#include "foreign/foreign.h"
#include "record/condition.h"

#define ASK_LIMIT_DEFAULT 100
#define ASK_LIMIT_MOST    1000
#define ASK_FILTERS_MAX   16
#define ASK_ORDER_BYTES                                                                                      \
    1024 /* a text or bytes that may be longer orders nothing: cursors would be too long */

/* Where a row stands in a list: by the bytes of the field that gives the order (empty for one it does not have),
 * then by those of its id or natural key. */
struct position {
    struct ipam_bytes key, tie;
};

enum ask_relation { ASK_WITHIN, ASK_OVERLAPS, ASK_CONTAINS };
/* How the place of a row is to lie to a prefix or address that was given. */
struct ask_place {
    enum ask_relation relation;
    struct ipam_prefix prefix;
    struct ipam_addr first, last;
};

struct ask {
    struct call *c;
    const struct record_type *type;
    int64_t limit;
    bool count;
    struct record_condition conditions[ASK_FILTERS_MAX];
    size_t condition_count;
    struct record_place place; /* of the type; `at` NULL: it lies nowhere */
    struct ask_place places[3];
    size_t place_count;
    const struct record_field *order; /* NULL: by id, or by natural key where there is none */
    bool descending;
    uint64_t fields[2];                    /* that are shown */
    bool derives, shows;                   /* filters or order look at derived fields; some are shown */
    const struct foreign_dialect *dialect; /* CSV as another product has it; NULL: ours */
    struct ipam_str at;                    /* as it was given; absent: now */
    int64_t rev;                           /* what it means, once it is known */
    bool continued;
    struct position after; /* the place to go on after, when continued */
};

/* Reads the query of the call into *a; false with the problem, which names all that is wrong. */
bool ask_read(struct ask *a, struct call *c);
/* Whether a row is one that is asked for. Derived fields must be there when a->derives. */
bool ask_matches(const struct ask *a, const void *rec);
/* The bytes of a row's position, which begin with those of the key; returns how many of them are the key's. */
size_t ask_position(const struct ask *a, const void *rec, struct strbuf *out);
/* The id that a tie of 8 bytes stands for. */
int64_t position_id(const uint8_t *tie);
/* In the order of the list: below 0 when x comes first. */
int ask_compare(const struct ask *a, const struct position *x, const struct position *y);
/* Whether the list goes on with a row that stands there. */
bool ask_goes_on(const struct ask *a, const struct position *p);
/* The place after which a cursor goes on; with `at` as a time, the revision it stood for. False with the problem.
 * For ask_read. */
bool ask_cursor(struct ask *a);
/* Makes the cursor that goes on after this place: c->next. */
void ask_next(struct ask *a, const struct position *p);

/* What a list of the type can be filtered and ordered by; `past`: of rows as they were. */
bool ask_filters_by(const struct record_type *t, const struct record_field *f, bool past);
bool ask_orders_by(const struct record_type *t, const struct record_field *f, bool past);
/* Whether that is a parameter of every list: a field of that name is filtered by NAME.in=VALUE. */
bool ask_is_own(const char *name);
/* Whether rows of the type, or some of them, are made for each call and have no id. */
bool ask_is_made(const struct record_type *t);
/* Whether rows of the type are there as they were, for `at`. */
bool ask_has_past(const struct record_type *t);

/* The same, with the problem that says so. */
bool ask_past_known(struct call *c, const struct record_type *t);
/* "name,state" as masks: the parameter `fields` of lists and single objects. False with the problem. */
bool ask_fields(struct call *c, const struct record_type *t, uint64_t ret[2]);

#endif
