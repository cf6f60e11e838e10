/* edit_vendor.c - vendor data of a record into the object it came from.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Vendor data is read without secrets. So it is never written over what is there, but only where it
 * changed, member
 * by member; a list that holds a secret cannot be replaced without losing it. */
#include <stdio.h>
#include <string.h>

#include "edit.h"

static int open_vendor(struct kea_editor *e, struct ipam_str text, struct json_doc **ret)
{
    struct json_error error;
    int status;

    *ret = NULL;
    if (!text.len)
        return 0;
    status = json_parse(text.data, text.len, KEA_VENDOR_MAX, ret, &error);
    if (status == IPAM_E_NOMEM)
        return status;
    if (status || json_type(json_root(*ret)) != JSON_OBJECT)
        return kea_refuse(e, IPAM_E_INVAL, "cannot be written: its vendor data is no JSON object: %s",
                          status ? error.message : "another type");
    return 0;
}

static bool holds_secret(const struct json *v)
{
    for (const struct json *c = json_first(v); c; c = json_next(c))
        if ((json_type(v) == JSON_OBJECT && kea_is_secret(json_key(c))) || holds_secret(c))
            return true;
    return false;
}

/* Members that fields hold are no vendor data, but of reservations, which repeat them. */
static int check_key(struct kea_editor *e, const struct json *v)
{
    for (size_t i = 0; i < e->kind->members->count; i++) {
        const struct kea_member_map *m = &e->kind->members->items[i];

        if (m->kind == KEA_ELSEWHERE && str_is(json_key(v), m->key))
            return kea_refuse(
                e, IPAM_E_INVAL,
                "cannot be written: its vendor data holds %s, which fields or rows of their own say", m->key);
    }
    return 0;
}

static int put_value(struct kea_editor *e, struct kea_node *n, const struct json_doc *doc,
                     const struct json *v)
{
    struct kea_node *now = kea_node_get_str(&e->draft, n, json_key(v));
    const struct json *is = kea_node_value(&e->draft, now);
    struct ipam_str text = kea_canonical_text(doc, v, e->arena);
    char key[80];

    snprintf(key, sizeof(key), "%.*s", (int)(json_key(v).len < 79 ? json_key(v).len : 79), json_key(v).data);
    if (holds_secret(is) && !json_same(is, v))
        return kea_refuse(e, IPAM_E_UNSUPPORTED,
                          "cannot have its vendor data as asked: %s holds a secret, which would be lost",
                          key);
    if (json_key(v).len > sizeof(key) - 1)
        return kea_refuse(e, IPAM_E_INVAL,
                          "cannot be written: a member of its vendor data has a name of more than 79 bytes");
    return text.data ? kea_put_json(e, n, key, text) : IPAM_E_NOMEM;
}

static const struct json *member_of(const struct json *object, struct ipam_str key)
{
    const struct json *v = json_type(object) == JSON_OBJECT ? json_first(object) : NULL;

    while (v && !str_equal(json_key(v), key))
        v = json_next(v);
    return v;
}

static bool is_skipped(const struct kea_editor *e, const struct json *v, bool top)
{
    return top && e->kind->skips && e->kind->skips(v);
}

/* What is there no more goes. */
static int drop_gone(struct kea_editor *e, struct kea_node *n, const struct json *before,
                     const struct json *after, bool top)
{
    int status = 0;

    for (const struct json *v = json_type(before) == JSON_OBJECT ? json_first(before) : NULL;
         v && status == 0; v = json_next(v)) {
        struct kea_node *now = kea_node_get_str(&e->draft, n, json_key(v));

        if (!now || member_of(after, json_key(v)) || is_skipped(e, v, top))
            continue;
        status = top ? check_key(e, v) : 0;
        if (status == 0 && holds_secret(kea_node_value(&e->draft, now)))
            status = kea_refuse(e, IPAM_E_UNSUPPORTED,
                                "cannot lose %.*s of its vendor data: it holds a secret, which would be lost",
                                (int)(json_key(v).len < 79 ? json_key(v).len : 79), json_key(v).data);
        if (status == 0)
            kea_node_drop(now);
    }
    return status;
}

/* As deep as the vendor data is, which is JSON_DEPTH_MAX at the most. */
static int write_object(struct kea_editor *e, struct kea_node *n, const struct json_doc *doc,
                        const struct json *before, const struct json *after, bool top)
{
    int status = 0;

    for (const struct json *v = json_first(after); v && status == 0; v = json_next(v)) {
        const struct json *was = member_of(before, json_key(v));
        struct kea_node *now = kea_node_get_str(&e->draft, n, json_key(v));

        if ((was && json_same(was, v)) || is_skipped(e, v, top))
            continue;
        status = top ? check_key(e, v) : 0;
        if (status == 0 && json_type(v) == JSON_OBJECT && now && json_type(now->v) == JSON_OBJECT)
            status = write_object(e, now, doc, was, v, false);
        else if (status == 0)
            status = put_value(e, n, doc, v);
    }
    if (status == 0)
        status = drop_gone(e, n, before, after, top);
    return status ? status : kea_drafted(e);
}

int kea_write_vendor(struct kea_editor *e, struct kea_node *n, struct ipam_str before, struct ipam_str after)
{
    struct json_doc *b = NULL, *a = NULL;
    int status;

    if (str_equal(before, after) || (!before.len && !after.len))
        return 0;
    status = open_vendor(e, before, &b);
    if (status == 0)
        status = open_vendor(e, after, &a);
    if (status == 0)
        status = write_object(e, n, a, b ? json_root(b) : NULL, a ? json_root(a) : NULL, true);
    json_free(b);
    json_free(a);
    return status;
}
