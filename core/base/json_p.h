/* json_p.h - what the parts of base/json share and nobody else sees.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_P_H
#define BASE_JSON_P_H

#include "base/json.h"

struct cJSON;

/* A value. The scanner makes the array of them in document order (a container before its content), so
 * the number of a value is its place in the pre-order walk of cJSON's tree as well. */
struct json {
    const struct json_doc *doc;
    struct cJSON *item;
    enum json_type type;
    uint32_t key;        /* offset of the member's key, of a member */
    uint32_t start, end; /* the value's text, quotes and brackets included */
};

struct json_values {
    struct json *items;
    size_t count, cap;
};

/* Checks the whole text and appends its values with type, key, start, end. 0, IPAM_E_INVAL,
 * IPAM_E_NOMEM; then offset and message of *reterr are set. */
int json_scan(const char *text, size_t len, struct json_values *values, struct json_error *reterr);

/* The length (1-4) of the well-formed UTF-8 sequence at p and its code point; 0 when it is malformed.
 * `left` is at least 1. */
size_t utf8_decode(const char *p, size_t left, uint32_t *ret);

#endif
