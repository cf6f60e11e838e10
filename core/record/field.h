/* field.h - access to one field of a record, shared by the codecs.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef RECORD_FIELD_H
#define RECORD_FIELD_H

#include "record/record.h"

#define RECORD_ITEM_MAX 1024 /* most bytes in one item of a texts list */
#define RECORD_ERR_SIZE 256  /* of the messages of value_parse and record_field_parse */
#define OUT_OF_MEMORY   "is too much for the memory of one request"
#define RECORD_TIME_MAX INT64_C(253402300799999) /* the last millisecond RFC 3339 can write */

static inline const void *field_at(const struct record_field *f, const void *rec)
{
    return (const char *)rec + f->offset;
}
static inline void *field_at_mut(const struct record_field *f, void *rec)
{
    return (char *)rec + f->offset;
}

static inline bool field_wanted(const struct record_field *f, const uint64_t fields[2])
{
    return fields == NULL || (fields[f->number >> 6] >> (f->number & 63) & 1);
}
static inline void field_mark(unsigned number, uint64_t fields[2])
{
    fields[number >> 6] |= (uint64_t)1 << (number & 63);
}
static inline void field_set(void *rec, unsigned number)
{
    field_mark(number, ((struct ipam_record *)rec)->has);
}
static inline void field_clear(void *rec, unsigned number)
{
    ((struct ipam_record *)rec)->has[number >> 6] &= ~((uint64_t)1 << (number & 63));
}

/* The type of a record of the program's own making. */
static inline const struct record_type *type_of(const void *rec)
{
    return record_type(((const struct ipam_record *)rec)->type);
}

static inline bool field_limited(const struct record_field *f)
{
    return f->min <= f->max;
}

/* Size of the field's member in the struct. */
size_t field_size(const struct record_field *f);
/* Number of names of an enum. */
unsigned enum_count(const struct record_field *f);
/* Name of an enum's value; NULL for a value this version does not know. */
const char *enum_name(const struct record_field *f, uint32_t value);
/* The bytes of a text, json or bytes field. */
struct ipam_bytes field_bytes(const struct record_field *f, const void *rec);

/* Bytes of what the record points to, and the copy of all that into `extra` (8-aligned, that many bytes). */
size_t record_extra_size(const struct record_type *t, const void *rec);
void record_take_in(const struct record_type *t, void *rec, void *extra);

/* Parses a value's text form (see record_field_parse) into the member at `at`. Lists are cut at spaces and
 * commas. json must be JSON; it is made canonical. Returns 0 or IPAM_E_INVAL with a message. */
int value_parse(const struct record_field *f, struct ipam_str text, struct arena *a, void *at, char *err);
/* Judges an integer that was parsed elsewhere; the message as above. */
int value_check_int(const struct record_field *f, int64_t n, char *err);
/* A JSON value as canonical text, so that equal values have equal bytes. */
int value_take_json(const struct record_field *f, const struct json_doc *doc, const struct json *v,
                    struct arena *a, struct ipam_str *ret, char *err);
/* One item of a list: a field to parse it as, its size in memory; and the list made of them. */
struct record_field value_item_field(const struct record_field *f);
size_t value_item_size(const struct record_field *f);
void value_set_list(const struct record_field *f, void *at, const void *items, size_t count);
/* Prints one value as text, as it stands in JSON and CSV; lists with `separator` between the items. */
void value_print(const struct record_field *f, const void *rec, const char *separator, struct strbuf *out);
void bytes_print(struct ipam_bytes b, struct strbuf *out);
void percent_print(int64_t hundredths, struct strbuf *out);

/* Reads one (number, value) pair at *pos of packed bytes and moves on. 0 at the end, 1, or IPAM_E_INVAL. The
 * numbers ascend from *number, which starts at 0. */
int packed_next(struct ipam_bytes packed, size_t *pos, unsigned *number, struct ipam_bytes *ret_value);

#endif
