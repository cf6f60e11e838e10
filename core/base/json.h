/* json.h - strict JSON: one scanner in front of cJSON, exact numbers, the place of every value; and a
 * streaming writer.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The reader refuses (RFC 8259 and I-JSON, RFC 7493): invalid UTF-8, lone surrogates, NUL, depth over 64,
 * duplicate keys, anything after the value, a document over the given size. Numbers keep their text: integers
 * are exact. Every value knows the span of its source text, so that messages carry line and column and an
 * editor can replace a value and leave every other byte as it was. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "ipam/types.h"

enum json_type {
    JSON_NONE, /* no value */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_doc;   /* owns all of it */
struct json;       /* one value; lives as long as its document */

struct json_error {
    size_t offset;      /* into the text */
    uint32_t line, column; /* from 1; column counts bytes */
    char message[160];  /* what is wrong there, one sentence without a full stop */
};

/* Parses `len` bytes (copied; below 2 GiB whatever `max` says). Returns 0 and the document, or IPAM_E_INVAL,
 * IPAM_E_TOOBIG (len > max), IPAM_E_NOMEM with *reterr filled. Any thread. */
int json_parse(const char *text, size_t len, size_t max, struct json_doc **ret, struct json_error *reterr);
void json_free(struct json_doc *doc);
const struct json *json_root(const struct json_doc *doc);

/* All accessors take NULL and then answer as for a missing value. */
enum json_type json_type(const struct json *v);
const char *json_type_name(enum json_type t); /* "an object", "a string", ... for messages */
/* Member of an object by exact key, or NULL. */
const struct json *json_get(const struct json *v, const char *key);
/* Children in source order; key of a member of an object. */
const struct json *json_first(const struct json *v);
const struct json *json_next(const struct json *v);
struct ipam_str json_key(const struct json *v);
size_t json_count(const struct json *v);
/* String value, unescaped; absent when it is no string. */
struct ipam_str json_str(const struct json *v);
/* Exact integer: 0, IPAM_E_INVAL (not an integer), IPAM_E_RANGE. */
int json_int(const struct json *v, int64_t *ret);
int json_bool(const struct json *v, bool *ret);
/* The value's own source text, for instance of a number or an object. */
struct ipam_str json_span(const struct json_doc *doc, const struct json *v);
/* The same value, whatever the white space, the order of members and the way strings are escaped; numbers as they
 * are written. */
bool json_same(const struct json *a, const struct json *b);
size_t json_offset(const struct json *v);
void json_place(const struct json_doc *doc, const struct json *v, uint32_t *ret_line, uint32_t *ret_column);

/* The writer appends to a strbuf and puts commas itself. Misuse (a key outside an object, unbalanced
 * ends) is a bug and asserts. */
struct json_writer {
    struct strbuf *out;
    uint32_t depth;
    uint64_t comma;  /* bit per depth: a comma is due */
    uint64_t object; /* bit per depth: it is an object */
    bool keyed;      /* a key was written; its value is due */
    bool ascii;      /* escape everything outside ASCII as \uXXXX */
    bool shown;      /* escape DEL and C1 too, which JSON may have but terminals obey */
};
#define JSON_DEPTH_MAX 64 /* of reader and writer */
void jw_init(struct json_writer *w, struct strbuf *out);
void jw_object(struct json_writer *w);
void jw_object_end(struct json_writer *w);
void jw_array(struct json_writer *w);
void jw_array_end(struct json_writer *w);
void jw_key(struct json_writer *w, const char *key);
void jw_key_str(struct json_writer *w, struct ipam_str key);
/* The same for a name of ours, of letters, digits and _ alone: it is not looked at. */
void jw_name(struct json_writer *w, const char *name);
/* Invalid UTF-8 and NUL are replaced by U+FFFD; absent is null. */
void jw_str(struct json_writer *w, struct ipam_str s);
void jw_text(struct json_writer *w, const char *text);
void jw_int(struct json_writer *w, int64_t n);
void jw_bool(struct json_writer *w, bool b);
void jw_null(struct json_writer *w);
void jw_raw(struct json_writer *w, struct ipam_str json); /* text that is JSON already */

/* Canonical text (RFC 8785 order: keys sorted by UTF-16 code units; numbers keep their source text) for
 * digests and comparison. Array order is kept. */
void json_canonical(const struct json_doc *doc, const struct json *v, struct strbuf *out);

/* True when the bytes are well-formed UTF-8 without NUL. */
bool utf8_valid(const char *data, size_t len);
/* vsnprintf for messages: what does not fit is cut between two characters, never inside one. size > 0. */
void utf8_vprint(char *buf, size_t size, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

#endif
