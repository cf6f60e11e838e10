/* condition.h - what a client asks of a field: name.prefix=web. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * An empty text, an empty list and no value at all are the same here: absent. What is absent meets ne and
 * null=true and nothing else. Texts are compared byte by byte. */
#ifndef RECORD_CONDITION_H
#define RECORD_CONDITION_H

#include "record/record.h"

enum record_cmp {
    CMP_EQ,
    CMP_NE,
    CMP_LT,
    CMP_LE,
    CMP_GT,
    CMP_GE,
    CMP_CONTAINS, /* text, bytes: somewhere in it; a list: all of these items */
    CMP_PREFIX,   /* text, bytes: it begins so */
    CMP_IN,       /* one of several */
    CMP_NULL      /* whether it is absent */
};
#define CMP_COUNT          (CMP_NULL + 1)
#define CONDITION_VALUES   100 /* most values of CMP_IN */
#define CONDITION_ERR_SIZE 512

struct record_condition {
    uint32_t type; /* of the records that are judged */
    const struct record_field *field;
    enum record_cmp cmp;
    bool absent;   /* CMP_NULL: it must be */
    void **values; /* records that have the value in `field`; several for CMP_IN alone */
    size_t count;
};

/* "ne", "lt", ...; "" for CMP_EQ. */
const char *record_cmp_name(enum record_cmp cmp);
/* The comparison of that name; false: there is none. */
bool record_cmp_by_name(struct ipam_str name, enum record_cmp *ret);
/* Whether fields of this kind are compared so. */
bool record_cmp_fits(const struct record_field *f, enum record_cmp cmp);
/* All that fit a field, in words: "=, .ne, .in, .null". */
void record_cmps_print(const struct record_field *f, struct strbuf *out);

/* Reads the value of a condition whose type, field and comparison are set and fit; memory from the arena. `ref` gives
 * the id that a text names for a ref field, 0 for none. 0, or IPAM_E_INVAL with a message (CONDITION_ERR_SIZE
 * bytes) of what is expected. */
int record_condition_parse(struct record_condition *c, struct ipam_str value, struct arena *a,
                           int64_t (*ref)(void *user, uint32_t type, struct ipam_str text), void *user,
                           char *err);
bool record_condition_holds(const struct record_condition *c, const void *rec);
/* Whether the field of `rec` holds anything. */
bool record_filled(const struct record_field *f, const void *rec);

/* Where a record lies in the address space: its prefix, its address or its first address, with the last address
 * or the length of a delegated prefix where it has them. */
struct record_place {
    const struct record_field *at, *last, *length;
};
/* false: records of the type lie nowhere. */
bool record_place_of(const struct record_type *t, struct record_place *ret);
/* The first and last address of a record; false when it has none. */
bool record_place_span(const struct record_place *p, const void *rec, struct ipam_addr *ret_first,
                       struct ipam_addr *ret_last);

#endif
