/* config_agree.c - whether what a server shows after config-set is what it was sent.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea shows more than it was sent: every parameter of a new object with its default, and in subnets
 * those of what is
 * around them. It shows some texts in another form. So each member that was sent must be there and mean
 * the same; what
 * is there beyond may be so only in an object that the change made another, or where it is inherited;
 * and no object may
 * be there that was not sent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "net/addr.h"
#include "option.h"

#define LEVELS 16

struct agree {
    enum kea_service service;
    struct arena arena;
    const struct json *around[LEVELS]; /* what is shown, from the root inwards */
    size_t depth;
    char *problem;
};

/* An item of a list, by what it is known by. */
struct item {
    struct ipam_str id;
    size_t at;
    const struct json *v;
};

static bool differs(struct agree *k, struct ipam_str key, const char *how)
{
    if (!k->problem[0])
        snprintf(k->problem, KEA_PROBLEM_MAX, "%.*s %s", (int)(key.len < 100 ? key.len : 100),
                 key.data ? key.data : "an item", how);
    return false;
}

static bool says_nothing(const struct json *v)
{
    switch (json_type(v)) {
    case JSON_STRING: return json_str(v).len == 0;
    case JSON_ARRAY: return json_count(v) == 0;
    case JSON_OBJECT:
        for (const struct json *c = json_first(v); c; c = json_next(c))
            if (!says_nothing(c))
                return false;
        return true;
    default: return false;
    }
}

/* --- texts --- */

static bool same_digits(struct ipam_str a, struct ipam_str b)
{
    size_t i = 0, j = 0;

    while (i < a.len || j < b.len) {
        if (i < a.len && strchr(": ", a.data[i])) {
            i++;
        } else if (j < b.len && strchr(": ", b.data[j])) {
            j++;
        } else {
            char x[2] = { i < a.len ? a.data[i] : '\0', '\0' }, y[2] = { j < b.len ? b.data[j] : '\0', '\0' };

            if (strcasecmp(x, y) != 0)
                return false;
            i++;
            j++;
        }
    }
    return true;
}

static bool same_parts(struct agree *k, struct ipam_str a, struct ipam_str b)
{
    struct ipam_strs x, y;
    bool same = kea_option_split(a, &k->arena, &x) == 0 && kea_option_split(b, &k->arena, &y) == 0 &&
                x.count == y.count;

    for (size_t i = 0; same && i < x.count; i++)
        same = str_equal(x.items[i], y.items[i]);
    return same;
}

static bool same_text(struct agree *k, struct ipam_str key, struct ipam_str a, struct ipam_str b)
{
    struct ipam_addr x, y;
    struct ipam_prefix p, q;

    if (str_equal(a, b))
        return true;
    if (addr_parse(a.data, a.len, &x) == 0 && addr_parse(b.data, b.len, &y) == 0)
        return addr_equal(&x, &y);
    if (prefix_parse_host(a.data, a.len, &p) == 0 && prefix_parse_host(b.data, b.len, &q) == 0)
        return prefix_equal(&p, &q);
    if (str_is(key, "data"))
        return same_parts(k, a, b) || same_digits(a, b);
    for (uint32_t type = 0; strcmp(kea_identifier_key(type), "identifier") != 0; type++)
        if (str_is(key, kea_identifier_key(type)))
            return same_digits(a, b);
    return false;
}

/* --- lists --- */

static struct ipam_str number_of(struct agree *k, const struct json *v, const char *key)
{
    int64_t n;

    return json_int(json_get(v, key), &n) == 0 ? str_from(arena_printf(&k->arena, "%" PRId64, n))
                                               : (struct ipam_str){ NULL, 0 };
}

static struct ipam_str client_of(struct agree *k, const struct json *v)
{
    struct ipam_reservation row;
    char problem[KEA_PROBLEM_MAX], *text;
    size_t len = 0;

    if (kea_reservation_parse(k->service, v, &k->arena, &row, problem))
        return IPAM_STR("");
    text = arena_alloc(&k->arena, 2 * row.identifier.len + 16);
    if (!text)
        return IPAM_STR("");
    len = (size_t)snprintf(text, 16, "%u ", row.identifier_type);
    for (size_t i = 0; i < row.identifier.len; i++)
        len += (size_t)snprintf(text + len, 3, "%02x", row.identifier.data[i]);
    return (struct ipam_str){ text, len };
}

static struct ipam_str pool_of(struct agree *k, const struct json *v)
{
    char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
    struct ipam_addr first, last;

    if (kea_pool_parse(json_str(json_get(v, "pool")), &first, &last))
        return IPAM_STR("");
    addr_print(&first, a);
    addr_print(&last, b);
    return str_from(arena_printf(&k->arena, "%s-%s", a, b));
}

static struct ipam_str id_of(struct agree *k, struct ipam_str list, const struct json *v)
{
    struct ipam_str id = { NULL, 0 };

    if (str_is(list, "subnet4") || str_is(list, "subnet6"))
        id = number_of(k, v, "id");
    else if (str_is(list, "shared-networks") || str_is(list, "client-classes"))
        id = json_str(json_get(v, "name"));
    else if (str_is(list, "reservations"))
        id = client_of(k, v);
    else if (str_is(list, "pools"))
        id = pool_of(k, v);
    else if (str_is(list, "pd-pools"))
        id = str_from(arena_printf(&k->arena, "%.*s-%.*s", STR_ARG(json_str(json_get(v, "prefix"))),
                                   STR_ARG(number_of(k, v, "delegated-len"))));
    else if (str_is(list, "option-data") || str_is(list, "option-def"))
        id = str_from(arena_printf(&k->arena, "%.*s.%.*s", STR_ARG(json_str(json_get(v, "space"))),
                                   STR_ARG(number_of(k, v, "code"))));
    return id.data ? id : IPAM_STR("");
}

static int by_id(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = memcmp(x->id.data, y->id.data, x->id.len < y->id.len ? x->id.len : y->id.len);

    if (order == 0)
        order = (x->id.len > y->id.len) - (x->id.len < y->id.len);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static struct item *items_of(struct agree *k, struct ipam_str key, const struct json *list)
{
    size_t count = json_count(list), n = 0;
    struct item *items = arena_alloc(&k->arena, (count + 1) * sizeof(*items));

    for (const struct json *v = json_first(list); v && items; v = json_next(v), n++)
        items[n] = (struct item){ json_type(v) == JSON_OBJECT ? id_of(k, key, v) : IPAM_STR(""), n, v };
    if (items && n > 1)
        qsort(items, n, sizeof(*items), by_id);
    return items;
}

static bool value_agrees(struct agree *k, struct ipam_str key, const struct json *sent,
                         const struct json *shown, const struct json *former);

static bool list_agrees(struct agree *k, struct ipam_str key, const struct json *sent,
                        const struct json *shown, const struct json *former)
{
    struct item *s = items_of(k, key, sent), *h = items_of(k, key, shown), *f = items_of(k, key, former);
    size_t count = json_count(sent), had = json_count(former), at = 0;

    if (json_count(shown) != count)
        return differs(k, key,
                       json_count(shown) > count ? "holds more than was sent" : "holds less than was sent");
    if (!s || !h || !f)
        return differs(k, key, "cannot be compared: out of memory");
    for (size_t i = 0; i < count; i++) {
        const struct json *was;

        if (!str_equal(s[i].id, h[i].id))
            return differs(k, key, "holds something else than was sent");
        while (at < had && by_id(&f[at], &(struct item){ s[i].id, 0, NULL }) < 0)
            at++;
        was = at < had && str_equal(f[at].id, s[i].id) ? f[at++].v : NULL;
        if (!value_agrees(k, key, s[i].v, h[i].v, was))
            return false;
    }
    return true;
}

/* --- objects --- */

/* What an object has of one around it. */
static bool is_inherited(const struct agree *k, const struct json *v)
{
    char key[100];

    snprintf(key, sizeof(key), "%.*s", (int)(json_key(v).len < 99 ? json_key(v).len : 99), json_key(v).data);
    for (size_t i = k->depth; i-- > 0;) {
        const struct json *outer =
            json_type(k->around[i]) == JSON_OBJECT ? json_get(k->around[i], key) : NULL;

        if (outer)
            return json_same(outer, v);
    }
    return false;
}

/* Objects that Kea would make of nothing: there are none. */
static bool is_list_of_objects(const struct json *v)
{
    return json_type(v) == JSON_ARRAY && json_type(json_first(v)) == JSON_OBJECT;
}

static const struct json *member_of(const struct json *object, struct ipam_str key)
{
    const struct json *v = json_type(object) == JSON_OBJECT ? json_first(object) : NULL;

    while (v && !str_equal(json_key(v), key))
        v = json_next(v);
    return v;
}

static bool object_agrees(struct agree *k, const struct json *sent, const struct json *shown,
                          const struct json *former)
{
    bool touched = !former || !json_same(sent, former);

    for (const struct json *s = json_first(sent); s; s = json_next(s)) {
        const struct json *h = member_of(shown, json_key(s));

        if (!h && !says_nothing(s))
            return differs(k, json_key(s), "was sent and is not shown");
        if (!h)
            continue;
        if (k->depth == LEVELS)
            return differs(k, json_key(s), "is nested deeper than any configuration");
        k->around[k->depth++] = shown;
        if (!value_agrees(k, json_key(s), s, h, member_of(former, json_key(s))))
            return false;
        k->depth--;
    }
    for (const struct json *h = json_first(shown); h; h = json_next(h))
        if (!member_of(sent, json_key(h)) && !is_inherited(k, h) && !says_nothing(h) &&
            (!touched || is_list_of_objects(h)))
            return differs(k, json_key(h), "is shown and was not sent");
    return true;
}

static bool value_agrees(struct agree *k, struct ipam_str key, const struct json *sent,
                         const struct json *shown, const struct json *former)
{
    if (json_type(sent) == JSON_OBJECT && json_type(shown) == JSON_OBJECT)
        return object_agrees(k, sent, shown, former);
    if (json_same(sent, shown))
        return true;
    if (json_type(sent) == JSON_ARRAY && json_type(shown) == JSON_ARRAY)
        return list_agrees(k, key, sent, shown, former);
    if (str_is(key, "pool"))
        return true; /* pools are known by it */
    if (json_type(sent) == JSON_STRING && json_type(shown) == JSON_STRING &&
        same_text(k, key, json_str(sent), json_str(shown)))
        return true;
    return differs(k, key, "is shown otherwise than it was sent");
}

bool kea_config_agrees(const struct kea_config *former, const struct kea_config *sent,
                       const struct kea_config *shown, char problem[static KEA_PROBLEM_MAX])
{
    struct agree k = { .service = sent->service, .problem = problem };
    bool agrees;

    problem[0] = '\0';
    arena_init(&k.arena, 0);
    agrees = object_agrees(&k, sent->root, shown->root, former->root);
    arena_fini(&k.arena);
    return agrees;
}
