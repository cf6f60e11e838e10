/* json.c - JSON documents: the scanner's values paired with cJSON's tree, and access to them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * cJSON gives the tree and the unescaped texts; types, places and numbers come from the scanner. The two are
 * paired by their number in document order, which cJSON's valueint carries. */
#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/arena.h"
#include "base/json_p.h"
#include "ipam/status.h"

struct json_doc {
    cJSON *tree;
    char *text;
    size_t len;
    struct json_values values;
};

static void wipe(char *text, size_t len)
{
    if (text)
        explicit_bzero(text, len);
}

static void place(const char *text, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    const char *line = text, *end = text + offset, *newline;
    uint32_t number = 1;

    while (line < end && (newline = memchr(line, '\n', (size_t)(end - line)))) {
        line = newline + 1;
        number++;
    }
    *ret_line = number;
    *ret_column = (uint32_t)(end - line) + 1;
}

/* cJSON reads a copy in which every number is 0: it would read numbers through a double, by the
 * locale, and refuse long ones. */
static cJSON *tree_new(const struct json_doc *doc)
{
    char *copy = malloc(doc->len + 1);
    cJSON *tree;

    if (!copy)
        return NULL;
    memcpy(copy, doc->text, doc->len + 1);
    for (size_t i = 0; i < doc->values.count; i++) {
        const struct json *v = &doc->values.items[i];

        if (v->type == JSON_NUMBER) {
            memset(copy + v->start, ' ', v->end - v->start);
            copy[v->start] = '0';
        }
    }
    /* Two threads may parse at once: cJSON notes its last error in a static, but we never read it. */
    tree = cJSON_ParseWithLengthOpts(copy, doc->len, NULL, 0);
    wipe(copy, doc->len);
    free(copy);
    return tree;
}

static void pair(struct json_doc *doc, cJSON *item, size_t *number)
{
    struct json *v = &doc->values.items[*number];

    assert(*number < doc->values.count);
    v->doc = doc;
    v->item = item;
    item->valueint = (int)(*number)++;
    for (cJSON *child = item->child; child; child = child->next)
        pair(doc, child, number);
}

/* The members of one object by key: open addressing, emptied for the next object by its stamp. */
struct key_set {
    struct {
        const struct json *member;
        size_t stamp;
    } *slots;
    size_t cap, stamp;
};

static int key_set_begin(struct key_set *set, size_t members)
{
    size_t cap = set->cap ? set->cap : 64;

    set->stamp++;
    if (members <= set->cap / 2)
        return 0;
    while (cap / 2 < members)
        cap *= 2;
    free(set->slots);
    set->slots = calloc(cap, sizeof(*set->slots));
    set->cap = set->slots ? cap : 0;
    return set->slots ? 0 : IPAM_E_NOMEM;
}

/* Adds a member; returns the earlier one of the same key, or NULL. */
static const struct json *key_set_add(struct key_set *set, const struct json *member)
{
    const char *key = member->item->string;
    size_t i = hash_bytes(key, strlen(key)) & (set->cap - 1);

    while (set->slots[i].stamp == set->stamp) {
        if (strcmp(set->slots[i].member->item->string, key) == 0)
            return set->slots[i].member;
        i = (i + 1) & (set->cap - 1);
    }
    set->slots[i].member = member;
    set->slots[i].stamp = set->stamp;
    return NULL;
}

static int check_object(const struct json_doc *doc, const struct json *object, struct key_set *set,
                        struct json_error *reterr)
{
    uint32_t line, column;

    if (key_set_begin(set, json_count(object))) {
        snprintf(reterr->message, sizeof(reterr->message), "out of memory");
        return IPAM_E_NOMEM;
    }
    for (const struct json *m = json_first(object); m; m = json_next(m)) {
        const struct json *first = key_set_add(set, m);

        if (!first)
            continue;
        place(doc->text, first->key, &line, &column);
        reterr->offset = m->key;
        snprintf(reterr->message, sizeof(reterr->message),
                 "key \"%.60s\" stands twice in an object; first at %u:%u", m->item->string, line, column);
        return IPAM_E_INVAL;
    }
    return 0;
}

static int check_keys(const struct json_doc *doc, struct json_error *reterr)
{
    struct key_set set = { 0 };
    int rc = 0;

    for (size_t i = 0; !rc && i < doc->values.count; i++) {
        const struct json *v = &doc->values.items[i];

        if (v->type == JSON_OBJECT && v->item->child && v->item->child->next)
            rc = check_object(doc, v, &set, reterr);
    }
    free(set.slots);
    return rc;
}

static int doc_fill(struct json_doc *doc, const char *text, size_t len, struct json_error *reterr)
{
    size_t number = 0;
    int rc;

    doc->text = malloc(len + 1);
    if (!doc->text)
        goto nomem;
    if (len)
        memcpy(doc->text, text, len);
    doc->text[len] = '\0';
    doc->len = len;
    rc = json_scan(doc->text, len, &doc->values, reterr);
    if (rc)
        return rc;
    doc->tree = tree_new(doc); /* what the scanner accepts, cJSON refuses only without memory */
    if (!doc->tree)
        goto nomem;
    pair(doc, doc->tree, &number);
    assert(number == doc->values.count);
    return check_keys(doc, reterr);

nomem:
    snprintf(reterr->message, sizeof(reterr->message), "out of memory");
    return IPAM_E_NOMEM;
}

int json_parse(const char *text, size_t len, size_t max, struct json_doc **ret, struct json_error *reterr)
{
    struct json_error error = { .line = 1, .column = 1 };
    struct json_doc *doc = NULL;
    int rc;

    if (max > INT32_MAX)
        max = INT32_MAX;
    if (len > max) {
        rc = IPAM_E_TOOBIG;
        snprintf(error.message, sizeof(error.message), "the text has %zu bytes; at most %zu are allowed", len,
                 max);
        goto fail;
    }
    doc = calloc(1, sizeof(*doc));
    if (!doc) {
        rc = IPAM_E_NOMEM;
        snprintf(error.message, sizeof(error.message), "out of memory");
        goto fail;
    }
    rc = doc_fill(doc, text, len, &error);
    if (rc)
        goto fail;
    *ret = doc;
    return 0;

fail:
    if (doc && doc->text)
        place(doc->text, error.offset, &error.line, &error.column);
    json_free(doc);
    *reterr = error;
    return rc;
}

void json_free(struct json_doc *doc)
{
    if (!doc)
        return;
    cJSON_Delete(doc->tree);
    free(doc->values.items);
    wipe(doc->text, doc->len); /* it may have brought a secret */
    free(doc->text);
    free(doc);
}

const struct json *json_root(const struct json_doc *doc)
{
    return doc ? &doc->values.items[0] : NULL;
}

static const struct json *value_of(const struct json *sibling, const cJSON *item)
{
    return item ? &sibling->doc->values.items[item->valueint] : NULL;
}

enum json_type json_type(const struct json *v)
{
    return v ? v->type : JSON_NONE;
}

const char *json_type_name(enum json_type t)
{
    switch (t) {
    case JSON_NONE:
        return "nothing";
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
        return "false";
    case JSON_TRUE:
        return "true";
    case JSON_NUMBER:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    }
    return "nothing";
}

const struct json *json_get(const struct json *v, const char *key)
{
    if (json_type(v) != JSON_OBJECT)
        return NULL;
    for (const cJSON *item = v->item->child; item; item = item->next) {
        if (strcmp(item->string, key) == 0)
            return value_of(v, item);
    }
    return NULL;
}

const struct json *json_first(const struct json *v)
{
    return v ? value_of(v, v->item->child) : NULL;
}

const struct json *json_next(const struct json *v)
{
    return v ? value_of(v, v->item->next) : NULL;
}

struct ipam_str json_key(const struct json *v)
{
    const char *key = v ? v->item->string : NULL;

    return (struct ipam_str){ key, key ? strlen(key) : 0 };
}

size_t json_count(const struct json *v)
{
    size_t count = 0;

    for (const cJSON *item = v ? v->item->child : NULL; item; item = item->next)
        count++;
    return count;
}

struct ipam_str json_str(const struct json *v)
{
    const char *text = json_type(v) == JSON_STRING ? v->item->valuestring : NULL;

    return (struct ipam_str){ text, text ? strlen(text) : 0 };
}

int json_int(const struct json *v, int64_t *ret)
{
    uint64_t n = 0, most = INT64_MAX;
    const char *p, *end;

    if (json_type(v) != JSON_NUMBER)
        return IPAM_E_INVAL;
    p = v->doc->text + v->start;
    end = v->doc->text + v->end;
    if (memchr(p, '.', (size_t)(end - p)) || memchr(p, 'e', (size_t)(end - p)) ||
        memchr(p, 'E', (size_t)(end - p)))
        return IPAM_E_INVAL;
    if (*p == '-') {
        most++;
        p++;
    }
    for (; p < end; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (n > (most - digit) / 10)
            return IPAM_E_RANGE;
        n = n * 10 + digit;
    }
    *ret = most > INT64_MAX ? (int64_t)(0 - n) : (int64_t)n;
    return 0;
}

int json_bool(const struct json *v, bool *ret)
{
    if (json_type(v) != JSON_TRUE && json_type(v) != JSON_FALSE)
        return IPAM_E_INVAL;
    *ret = v->type == JSON_TRUE;
    return 0;
}

struct ipam_str json_span(const struct json_doc *doc, const struct json *v)
{
    if (!doc || !v)
        return (struct ipam_str){ NULL, 0 };
    return (struct ipam_str){ doc->text + v->start, v->end - v->start };
}

static bool same_members(const struct json *a, const struct json *b)
{
    for (const struct json *m = json_first(a); m; m = json_next(m)) {
        struct ipam_str name = json_key(m);
        const struct json *other = json_first(b);

        while (other && !str_equal(json_key(other), name))
            other = json_next(other);
        if (!json_same(m, other))
            return false;
    }
    return json_count(a) == json_count(b);
}

bool json_same(const struct json *a, const struct json *b)
{
    const struct json *x = json_first(a), *y = json_first(b);

    if (json_type(a) != json_type(b))
        return false;
    switch (json_type(a)) {
    case JSON_STRING:
        return str_equal(json_str(a), json_str(b));
    case JSON_OBJECT:
        return same_members(a, b);
    case JSON_ARRAY:
        while (x && y && json_same(x, y)) {
            x = json_next(x);
            y = json_next(y);
        }
        return !x && !y;
    default: /* what is missing has no document */
        return a == b || (a && b && str_equal(json_span(a->doc, a), json_span(b->doc, b)));
    }
}

size_t json_offset(const struct json *v)
{
    return v ? v->start : 0;
}

void json_place(const struct json_doc *doc, const struct json *v, uint32_t *ret_line, uint32_t *ret_column)
{
    if (doc)
        place(doc->text, json_offset(v), ret_line, ret_column);
    else
        *ret_line = *ret_column = 1;
}
