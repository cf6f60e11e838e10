/* draft.c - the text of a configuration under edit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "draft.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"

#define VALUE_MAX KEA_ANSWER_MAX

static struct kea_node *no_memory(struct kea_draft *d)
{
    d->nomem = true;
    return NULL;
}

static struct kea_node *node_new(struct kea_draft *d, const struct json_doc *doc, const struct json *v)
{
    struct kea_node *n = d->nomem ? NULL : arena_alloc(d->arena, sizeof(*n));

    if (!n)
        return no_memory(d);
    n->doc = doc;
    n->v = v;
    return n;
}

int kea_draft_init(struct kea_draft *d, struct arena *a, const struct json_doc *doc, const struct json *root)
{
    *d = (struct kea_draft){ .arena = a };
    d->root = node_new(d, doc, root);
    return d->root ? 0 : IPAM_E_NOMEM;
}

void kea_draft_fini(struct kea_draft *d)
{
    for (size_t i = 0; i < d->doc_count; i++)
        json_free(d->docs[i]);
    free(d->docs);
}

static size_t end_of(const struct json_doc *doc, const struct json *v)
{
    return json_offset(v) + json_span(doc, v).len;
}

static void attach(struct kea_node *n, struct kea_node *parent)
{
    n->parent = parent;
    n->prev = parent->last;
    n->next = NULL;
    *(parent->last ? &parent->last->next : &parent->first) = n;
    parent->last = n;
}

/* Makes nodes of what is in it, each with its place in the text. */
static void open_node(struct kea_draft *d, struct kea_node *n)
{
    const char *text = json_span(n->doc, n->v).data;
    size_t base = json_offset(n->v), gap = base + 1;

    n->opened = true;
    for (const struct json *v = json_first(n->v); v && !d->nomem; v = json_next(v)) {
        struct kea_node *c = node_new(d, n->doc, v);

        if (!c)
            return;
        c->key = json_type(n->v) == JSON_OBJECT ? json_key(v) : (struct ipam_str){ NULL, 0 };
        c->home = n->doc;
        c->gap = c->start = gap;
        while (strchr(" \t\r\n,", text[c->start - base]))
            c->start++;
        c->at = json_offset(v);
        gap = end_of(n->doc, v);
        attach(c, n);
    }
}

struct kea_node *kea_node_first(struct kea_draft *d, struct kea_node *n)
{
    if (!n || (json_type(n->v) != JSON_OBJECT && json_type(n->v) != JSON_ARRAY))
        return NULL;
    if (!n->opened)
        open_node(d, n);
    return d->nomem ? NULL : n->first;
}

struct kea_node *kea_node_get_str(struct kea_draft *d, struct kea_node *n, struct ipam_str key)
{
    struct kea_node *c = kea_node_first(d, n);

    while (c && !(c->key.data && str_equal(c->key, key)))
        c = c->next;
    return c;
}

struct kea_node *kea_node_get(struct kea_draft *d, struct kea_node *n, const char *key)
{
    return kea_node_get_str(d, n, str_from(key));
}

struct ipam_str kea_node_str(const struct kea_node *n)
{
    return json_str(n ? n->v : NULL);
}

struct ipam_str kea_node_text(struct kea_draft *d, struct kea_node *n, const char *key)
{
    return kea_node_str(kea_node_get(d, n, key));
}

bool kea_node_int(struct kea_draft *d, struct kea_node *n, const char *key, int64_t *ret)
{
    const struct kea_node *c = kea_node_get(d, n, key);

    return c && json_int(c->v, ret) == 0;
}

/* Keeps a text that is put in as a document of its own. */
static bool parse(struct kea_draft *d, struct ipam_str json, struct json_doc **ret)
{
    struct json_error e;

    if (d->doc_count == d->doc_cap) {
        size_t cap = d->doc_cap ? 2 * d->doc_cap : 64;
        struct json_doc **more = realloc(d->docs, cap * sizeof(struct json_doc *));

        if (!more)
            return no_memory(d) != NULL;
        d->docs = more;
        d->doc_cap = cap;
    }
    if (json_parse(json.data, json.len, VALUE_MAX, ret, &e))
        return no_memory(d) != NULL; /* it was written by a json_writer */
    d->docs[d->doc_count++] = *ret;
    return true;
}

static void touch(struct kea_node *n)
{
    for (; n && !n->dirty; n = n->parent)
        n->dirty = true;
}

static struct kea_node *append(struct kea_draft *d, struct kea_node *parent, struct ipam_str key,
                               struct ipam_str json)
{
    struct json_doc *doc;
    struct kea_node *n;

    if (!parent || d->nomem)
        return NULL;
    kea_node_first(d, parent);
    if (!parse(d, json, &doc))
        return NULL;
    n = node_new(d, doc, json_root(doc));
    if (!n)
        return NULL;
    if (key.data)
        n->key = arena_str(d->arena, key);
    attach(n, parent);
    touch(parent);
    return n;
}

struct kea_node *kea_draft_scraps(struct kea_draft *d)
{
    struct json_doc *doc;

    return parse(d, IPAM_STR("{ }"), &doc) ? node_new(d, doc, json_root(doc)) : NULL;
}

struct kea_node *kea_node_put(struct kea_draft *d, struct kea_node *n, struct ipam_str key,
                              struct ipam_str json)
{
    struct kea_node *c = kea_node_get_str(d, n, key);
    struct json_doc *doc;

    if (!c)
        return append(d, n, key, json);
    if (!parse(d, json, &doc))
        return NULL;
    if (!c->dirty && json_same(c->v, json_root(doc)))
        return c;
    c->doc = doc;
    c->v = json_root(doc);
    c->first = c->last = NULL;
    c->opened = c->dirty = false;
    touch(n);
    return c;
}

struct kea_node *kea_node_add(struct kea_draft *d, struct kea_node *array, struct ipam_str json)
{
    return append(d, array, (struct ipam_str){ NULL, 0 }, json);
}

static struct kea_node *member(struct kea_draft *d, struct kea_node *n, const char *key,
                               struct ipam_str empty)
{
    struct kea_node *c = kea_node_get(d, n, key);

    return c ? c : append(d, n, str_from(key), empty);
}

struct kea_node *kea_node_array(struct kea_draft *d, struct kea_node *n, const char *key)
{
    return member(d, n, key, IPAM_STR("[ ]"));
}

struct kea_node *kea_node_object(struct kea_draft *d, struct kea_node *n, const char *key)
{
    return member(d, n, key, IPAM_STR("{ }"));
}

void kea_node_drop(struct kea_node *n)
{
    if (!n || !n->parent)
        return;
    touch(n->parent);
    *(n->prev ? &n->prev->next : &n->parent->first) = n->next;
    *(n->next ? &n->next->prev : &n->parent->last) = n->prev;
    n->parent = n->prev = n->next = NULL;
    n->home = NULL;
}

void kea_node_move(struct kea_node *n, struct kea_node *array)
{
    kea_node_drop(n);
    attach(n, array);
    touch(array);
}

/* --- writing --- */

static struct ipam_str part(const struct json_doc *doc, const struct json *v, size_t from, size_t to)
{
    return (struct ipam_str){ json_span(doc, v).data + (from - json_offset(v)), to - from };
}

static void write_node(const struct kea_node *n, struct strbuf *out);

/* What stands before a child: as it stood, or a comma in Kea's own spacing. */
static void write_gap(const struct kea_node *n, const struct kea_node *c, struct ipam_str lead,
                      struct strbuf *out)
{
    if (!c->prev)
        strbuf_addstr(out, lead);
    else if (c->home)
        strbuf_addstr(out, part(n->doc, n->v, c->gap, c->start));
    else
        strbuf_puts(out, ", ");
    if (!c->key.data)
        return;
    if (c->home) {
        strbuf_addstr(out, part(n->doc, n->v, c->start, c->at));
    } else {
        struct json_writer w;

        jw_init(&w, out);
        w.ascii = true;
        jw_str(&w, c->key);
        strbuf_puts(out, ": ");
    }
}

static void write_container(const struct kea_node *n, struct strbuf *out)
{
    struct ipam_str span = json_span(n->doc, n->v), lead = IPAM_STR(" "), tail = IPAM_STR(" ");
    const struct json *first = json_first(n->v), *last = NULL;
    size_t base = json_offset(n->v), from = base + 1, end = base + span.len - 1;

    for (const struct json *v = first; v; v = json_next(v))
        last = v;
    if (first) {
        while (strchr(" \t\r\n", span.data[from - base]))
            from++;
        lead = part(n->doc, n->v, base + 1, from);
        tail = part(n->doc, n->v, end_of(n->doc, last), end);
    }
    strbuf_putc(out, span.data[0]);
    for (const struct kea_node *c = n->first; c; c = c->next) {
        write_gap(n, c, lead, out);
        write_node(c, out);
    }
    if (!n->first)
        strbuf_addstr(out, lead);
    strbuf_addstr(out, tail);
    strbuf_putc(out, span.data[span.len - 1]);
}

/* Configurations are a few levels deep: JSON_DEPTH_MAX at the most. */
static void write_node(const struct kea_node *n, struct strbuf *out)
{
    if (n->dirty)
        write_container(n, out);
    else
        strbuf_addstr(out, json_span(n->doc, n->v));
}

int kea_node_write(struct kea_draft *d, const struct kea_node *n, struct ipam_str *ret)
{
    struct ipam_str text = { NULL, 0 };
    struct strbuf out;

    strbuf_init(&out, 2 * (size_t)KEA_ANSWER_MAX);
    if (!d->nomem)
        write_node(n, &out);
    if (!d->nomem && !out.failed)
        text = arena_str(d->arena, strbuf_str(&out));
    strbuf_fini(&out);
    if (!text.data)
        return IPAM_E_NOMEM;
    *ret = text;
    return 0;
}

const struct json *kea_node_value(struct kea_draft *d, struct kea_node *n)
{
    struct ipam_str text;
    struct json_doc *doc;

    if (!n || !n->dirty)
        return n ? n->v : NULL;
    if (kea_node_write(d, n, &text) || !parse(d, text, &doc))
        return no_memory(d), NULL;
    return json_root(doc);
}
