/* record.h - records described by one table: codecs, validation, comparison. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A record is the plain struct of include/ipam/records.h behind its `struct ipam_record` head; generic code
 * walks the tables that tools/recgen makes from records.def. Rules write `subnet->name`; codecs walk. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "ipam/records.h"
#include "ipam/status.h"

enum record_kind {
    KIND_INT,
    KIND_TIME,
    KIND_BOOL,
    KIND_ENUM,
    KIND_TEXT,
    KIND_BYTES,
    KIND_ADDR,
    KIND_PREFIX,
    KIND_U128,
    KIND_PERCENT,
    KIND_JSON,
    KIND_TEXTS,
    KIND_INTS,
    KIND_ADDRS,
    KIND_REF
};
/* C types: INT TIME PERCENT REF int64_t; BOOL ENUM uint32_t; TEXT JSON ipam_str; BYTES ipam_bytes; U128
 * ipam_u128; TEXTS ipam_strs; INTS ipam_ints; ADDRS ipam_addrs; ADDR ipam_addr; PREFIX ipam_prefix. */

enum record_flag {
    FIELD_KEY = 1u << 0,
    FIELD_CONTAINER = 1u << 1,
    FIELD_REQUIRED = 1u << 2,
    FIELD_FIXED = 1u << 3,
    FIELD_INDEXED = 1u << 4,
    FIELD_READONLY = 1u << 5,
    FIELD_VOLATILE = 1u << 6,
    FIELD_SECRET = 1u << 7,
    FIELD_DERIVED = 1u << 8,
    FIELD_PHRASES = 1u << 9
};
enum record_class { CLASS_RECORD, CLASS_OBSERVED, CLASS_LOG, CLASS_WIRE };
enum record_residency { RES_RESIDENT, RES_INDEXED, RES_STORED, RES_NONE };

struct record_field {
    uint8_t number, kind;
    uint16_t flags;
    uint32_t offset;  /* in the struct */
    int64_t min, max; /* int: range; text, bytes, json: max bytes; lists: max items. min > max: no limit */
    const char *name, *unit, *since, *help; /* unit "" when it has none */
    const char *const *names;               /* enum: NULL-terminated */
    uint32_t ref;                           /* IPAM_T_* a ref points to */
};

struct record_type {
    uint32_t type, size;
    enum record_class cls;
    enum record_residency residency;
    const char *name, *plural, *group, *since, *help; /* group NULL: not a resource */
    const struct record_field *fields;                /* ascending numbers */
    unsigned field_count;
};

/* Numbers of record types are below. */
#define RECORD_TYPES 128
/* The tables. record_type: NULL for an unknown number; record_types: all, in ascending order. */
const struct record_type *record_type(uint32_t type);
const struct record_type *record_type_by_name(struct ipam_str name); /* singular or plural */
const struct record_type *record_types(unsigned *ret_count);
const struct record_field *record_field(const struct record_type *t, struct ipam_str name);
const struct record_field *record_field_number(const struct record_type *t, unsigned number);

/* Zeroes the struct of type `type` at `rec` (t->size bytes) and fills its head. */
void record_init(void *rec, uint32_t type);
/* A zeroed record with its head filled, in the arena; NULL when out of memory. */
void *record_new(struct arena *a, uint32_t type);
static inline bool record_has(const void *rec, unsigned number)
{
    return IPAM_HAS_FIELD((const struct ipam_record *)rec, number);
}

/* Sets one member and its presence: RECORD_SET(subnet, IPAM_SUBNET_NAME, name, IPAM_STR("x")). */
#define RECORD_SET(r, number, member, value)                                                                 \
    do {                                                                                                     \
        (r)->member = (value);                                                                               \
        IPAM_SET_FIELD(r, number);                                                                           \
    } while (0)

/* One malloc'ed block holding the struct and everything it points to; free() it. Aborts when out of memory.
 */
void *record_clone(const void *rec);
/* A deep copy in the arena; NULL when out of memory. */
void *record_copy(struct arena *a, const void *rec);
/* A deep copy of a struct whose author may know fewer or more fields (size), as the newest struct: min(size)
 * is copied into a zeroed one. IPAM_E_INVAL for an unknown type or a size below the head, IPAM_E_TOOBIG over
 * a limit, IPAM_E_NOMEM. */
int record_import(struct arena *a, const struct ipam_record *in, void **ret);
/* The same judgement, in place, of a record that record_unpack made of bytes from another process. */
int record_check(struct arena *a, void *rec);

/* Packed form: (number, value) pairs in ascending order of number; the one binary form for wire, storage,
 * digests. Derived fields are left out. Deterministic: equal records give equal bytes. `fields` (may be NULL)
 * limits what is written to the numbers in that pair of masks. */
int record_pack(const void *rec, const uint64_t fields[2], struct strbuf *out);
/* Strict inverse: everything is copied into the arena. Unknown numbers are kept in `rest`. IPAM_E_INVAL on
 * malformed bytes (never reads out of bounds), IPAM_E_NOMEM. */
int record_unpack(const struct record_type *t, struct ipam_bytes packed, struct arena *a, void **ret);
/* Frame used on the helper wire and in log rows: u32 LE length of what follows, u16 LE type, packed form. */
int record_frame(const void *rec, struct strbuf *out);

/* Presence-aware difference: masks of the fields whose presence or value differ; true when any does. Derived
 * fields are not compared. */
bool record_diff(const void *a, const void *b, uint64_t ret_fields[2]);
bool record_field_equal(const struct record_field *f, const void *a, const void *b);
/* Order of one field's values for sorting; absent first. */
int record_field_compare(const struct record_field *f, const void *a, const void *b);
/* Shallow: sets in dst every field that `patch` has (an explicit null clears it: see record_from_json). */
void record_merge(void *dst, const void *patch, const uint64_t cleared[2]);
/* All fields of a flag as masks. */
void record_mask(const struct record_type *t, unsigned flags, uint64_t ret_fields[2]);

/* A list of what is wrong in an input, with a JSON pointer each; in the arena of the caller. */
struct record_problem {
    const char *pointer; /* "/prefix" */
    const char *message; /* what is wrong and what is expected */
    struct record_problem *next;
};
#define RECORD_PROBLEMS_MAX 1000
struct record_problems {
    struct arena *arena;
    struct record_problem *first, **tail;
    unsigned count; /* stops growing at RECORD_PROBLEMS_MAX */
};
void record_problems_init(struct record_problems *p, struct arena *a);
void record_problem(struct record_problems *p, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

enum record_mode {
    MODE_CREATE, /* REQUIRED must be there; READONLY and DERIVED are refused */
    MODE_REPLACE, /* the whole object as it was read and edited: REQUIRED must be there, READONLY and DERIVED may */
    MODE_PATCH,  /* as CREATE, but nothing is required and FIXED is refused; null clears */
    MODE_TRUSTED /* everything is accepted: our own output read back */
};
/* Reads a JSON object (`v`, of the document `doc`) into a record in the arena; texts are checked for length,
 * UTF-8 and control characters (none but \n and \t), numbers for range, prefixes for host bits (the message
 * names the prefix meant), enums for their names (the message lists them). Unknown members are problems; the
 * message names the nearest field. Every problem is listed. ret_cleared (may be NULL): fields given as null.
 * Returns 0 or IPAM_E_INVAL with problems added; `base` is the pointer to prefix ("" or "/3"). */
int record_from_json(const struct record_type *t, enum record_mode mode, const struct json_doc *doc,
                     const struct json *v, const char *base, struct arena *a, void **ret,
                     uint64_t ret_cleared[2], struct record_problems *problems);
/* Writes the record as a JSON object: id and rev first, then ascending numbers, absent fields left out.
 * SECRET fields never. `fields` as in record_pack. */
void record_to_json(const void *rec, const uint64_t fields[2], struct json_writer *w);
void record_field_to_json(const struct record_field *f, const void *rec, struct json_writer *w);

/* CSV, RFC 4180: header and row with the same `fields` (NULL: all). Lists are joined by spaces. A text that
 * begins with = + - @ TAB CR is preceded by an apostrophe (CSV injection; OWASP). */
void record_csv_header(const struct record_type *t, const uint64_t fields[2], struct strbuf *out);
void record_csv_row(const void *rec, const uint64_t fields[2], struct strbuf *out);

/* One field as text for people (CLI column, log, filter) and back. Absent prints nothing. */
void record_field_print(const struct record_field *f, const void *rec, struct strbuf *out);
/* Parses text into the field of `rec` (memory from the arena); 0 or IPAM_E_INVAL with a message (256 bytes)
 * of what is expected. */
int record_field_parse(const struct record_field *f, struct ipam_str text, struct arena *a, void *rec,
                       char *err);
/* The text as a message may repeat it: short, whole characters, no control characters. buf: RECORD_ECHO_SIZE bytes. */
#define RECORD_ECHO_SIZE 64
const char *record_echo(struct ipam_str s, char *buf);
/* The natural key for people: "10.1.2.0/24", "web-07"; empty for a type without KEY. */
void record_key_print(const void *rec, struct strbuf *out);

/* Bytes that order like the field's values, for index columns and cursors: addr: family+bytes; prefix:
 * family+bytes+length; int, time, ref, enum, bool: 8 bytes big-endian with the sign flipped; text, bytes: as
 * they are. Absent: empty. */
void record_field_sortkey(const struct record_field *f, const void *rec, struct strbuf *out);

/* JSON Schema (2020-12) of the type for OpenAPI, as an object schema: what an answer shows of it (MODE_TRUSTED; always
 * the id, never a SECRET), or what a client sends to create or to change one. */
void record_schema(const struct record_type *t, enum record_mode mode, struct json_writer *w);
/* Its properties alone, as members of the object that is open; `fields` as in record_pack. */
void record_schema_properties(const struct record_type *t, enum record_mode mode, const uint64_t fields[2],
                              struct json_writer *w);

#endif
