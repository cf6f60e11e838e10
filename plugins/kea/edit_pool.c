/* edit_pool.c - edits of pools of addresses and of prefixes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "net/addr.h"

#define POOL(NUMBER, member, type, how) KEA_FIELD(pool, POOL_##NUMBER, member, type, how)

static const struct kea_field fields[] = {
    POOL(NATIVE_SCOPE, native_scope, KEA_STR, KEA_F_IDENTITY),
    POOL(FIRST, first, KEA_ADDR, KEA_F_IDENTITY),
    POOL(LAST, last, KEA_ADDR, KEA_F_IDENTITY),
    POOL(DELEGATED_LENGTH, delegated_length, KEA_INT, KEA_F_IDENTITY),
    POOL(CLASSES, classes, KEA_STRS, KEA_F_MEMBER),
    POOL(EXCLUDED_PREFIX, excluded_prefix, KEA_PREFIX, KEA_F_OWN),
};

static bool delegates(const struct ipam_pool *p)
{
    return IPAM_HAS_FIELD(p, IPAM_POOL_DELEGATED_LENGTH);
}

/* The prefix that the run of addresses is; false: it is none. */
static bool prefix_of(const struct ipam_addr *first, const struct ipam_addr *last, struct ipam_prefix *ret)
{
    struct ipam_addr end;

    if (!first->family || first->family != last->family || addr_compare(first, last) > 0)
        return false;
    prefix_largest(first, last, ret);
    prefix_last(ret, &end);
    return addr_equal(&end, last);
}

/* As Kea shows it: a prefix where it is one. */
static void text_of(const struct ipam_addr *first, const struct ipam_addr *last, char *buf, size_t size)
{
    char a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX], text[PREFIX_TEXT_MAX];
    struct ipam_prefix prefix;

    if (prefix_of(first, last, &prefix)) {
        prefix_print(&prefix, text);
        snprintf(buf, size, "%s", text);
        return;
    }
    addr_print(first, a);
    addr_print(last, b);
    snprintf(buf, size, "%s-%s", a, b);
}

static void name_of(const void *row, char *buf, size_t size)
{
    const struct ipam_pool *p = row;
    char text[2 * ADDR_TEXT_MAX];

    text_of(&p->first, &p->last, text, sizeof(text));
    snprintf(buf, size, "the pool %s", text);
}

static int service_of(const void *row, enum kea_service *ret)
{
    const struct ipam_pool *p = row;

    if (p->first.family != 4 && p->first.family != 6)
        return IPAM_E_NOENT;
    *ret = p->first.family == 4 ? KEA_DHCP4 : KEA_DHCP6;
    return 0;
}

/* The run of a node; *ret_length 0: of addresses. */
static bool run_of(struct kea_editor *e, struct kea_node *n, struct ipam_addr *first, struct ipam_addr *last,
                   int64_t *ret_length)
{
    struct ipam_str text = kea_node_text(&e->draft, n, "prefix");
    struct ipam_prefix p;
    int64_t length;

    *ret_length = 0;
    if (!text.data)
        return kea_pool_parse(kea_node_text(&e->draft, n, "pool"), first, last) == 0;
    if (addr_parse(text.data, text.len, &p.addr) || p.addr.family != 6 ||
        !kea_node_int(&e->draft, n, "prefix-len", &length) || length < 0 || length > 128 ||
        !kea_node_int(&e->draft, n, "delegated-len", ret_length))
        return false;
    p.length = (uint8_t)length;
    prefix_mask(&p);
    prefix_first(&p, first);
    prefix_last(&p, last);
    return true;
}

static const char *array_key(bool delegated)
{
    return delegated ? "pd-pools" : "pools";
}

static struct kea_node *pool_at(struct kea_editor *e, struct kea_node *subnet, const struct ipam_addr *first,
                                const struct ipam_addr *last, int64_t length)
{
    struct kea_node *list = kea_node_get(&e->draft, subnet, array_key(length != 0));
    struct ipam_addr a, b;
    int64_t is;

    for (struct kea_node *n = kea_node_first(&e->draft, list); n; n = n->next)
        if (run_of(e, n, &a, &b, &is) && is == length && addr_equal(&a, first) && addr_equal(&b, last))
            return n;
    return NULL;
}

/* "10.0.0.1-10.0.0.9", "10.0.0.0/26", or "fd00:1::/40-56" for one of prefixes. */
struct kea_node *kea_pool_of(struct kea_editor *e, struct kea_node *subnet, struct ipam_str native)
{
    const char *slash = native.data ? memchr(native.data, '/', native.len) : NULL;
    const char *dash = slash ? memchr(slash, '-', native.len - (size_t)(slash - native.data)) : NULL;
    struct ipam_prefix prefix;
    struct ipam_addr first, last;
    int64_t length = 0;

    if (!dash)
        return kea_pool_parse(native, &first, &last) ? NULL : pool_at(e, subnet, &first, &last, 0);
    for (const char *c = dash + 1; c < native.data + native.len; c++) {
        if (*c < '0' || *c > '9' || length > 128)
            return NULL;
        length = 10 * length + (*c - '0');
    }
    if (!length || prefix_parse_host(native.data, (size_t)(dash - native.data), &prefix))
        return NULL;
    prefix_first(&prefix, &first);
    prefix_last(&prefix, &last);
    return pool_at(e, subnet, &first, &last, length);
}

static int find(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_pool *p = row;
    const struct kea_place *place = kea_place_of(e, p->native_scope);

    if (!place || !place->id)
        return kea_no_place(e, p->native_scope);
    *ret = pool_at(e, place->node, &p->first, &p->last, delegates(p) ? p->delegated_length : 0);
    return 0;
}

static int put_delegation(struct kea_editor *e, struct kea_node *n, const struct ipam_pool *p,
                          const struct ipam_prefix *prefix)
{
    int status = kea_put_addr(e, n, "prefix", &prefix->addr);

    if (status == 0)
        status = kea_put_int(e, n, "prefix-len", prefix->length);
    return status ? status : kea_put_int(e, n, "delegated-len", p->delegated_length);
}

static int create(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_pool *p = row;
    const struct kea_place *place = kea_place_of(e, p->native_scope);
    char text[2 * ADDR_TEXT_MAX];
    struct ipam_prefix prefix;
    struct kea_node *n;

    if (p->first.family != p->last.family || addr_compare(&p->first, &p->last) > 0)
        return kea_refuse(e, IPAM_E_INVAL, "ends before it begins");
    if (delegates(p) && (e->cfg->service != KEA_DHCP6 || !prefix_of(&p->first, &p->last, &prefix) ||
                         p->delegated_length < prefix.length || p->delegated_length > 128))
        return kea_refuse(e, IPAM_E_INVAL,
                          "cannot delegate prefixes of %" PRId64
                          " bits: it must be a prefix itself, as long or shorter",
                          p->delegated_length);
    if (!delegates(p) &&
        (!prefix_contains_addr(&place->prefix, &p->first) || !prefix_contains_addr(&place->prefix, &p->last)))
        return kea_refuse(e, IPAM_E_INVAL, "is outside of its scope v%c/%" PRId64,
                          e->cfg->service == KEA_DHCP4 ? '4' : '6', place->id);
    n = kea_add_object(e, kea_node_array(&e->draft, place->node, array_key(delegates(p))));
    text_of(&p->first, &p->last, text, sizeof(text));
    if (!n)
        return IPAM_E_NOMEM;
    *ret = n;
    return delegates(p) ? put_delegation(e, n, p, &prefix) : kea_put_text(e, n, "pool", str_from(text));
}

static int render(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_pool *p = after;
    int status;

    if (kea_same(e, IPAM_POOL_EXCLUDED_PREFIX, before, after))
        return 0;
    if (!IPAM_HAS_FIELD(p, IPAM_POOL_EXCLUDED_PREFIX)) {
        kea_node_drop(kea_node_get(&e->draft, n, "excluded-prefix"));
        kea_node_drop(kea_node_get(&e->draft, n, "excluded-prefix-len"));
        return kea_drafted(e);
    }
    if (!delegates(p))
        return kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have an excluded_prefix: it delegates no prefixes");
    status = kea_put_addr(e, n, "excluded-prefix", &p->excluded_prefix.addr);
    return status ? status : kea_put_int(e, n, "excluded-prefix-len", p->excluded_prefix.length);
}

static void word_of(const void *row, bool address, char word[static KEA_WORD_MAX])
{
    const struct ipam_pool *p = row;

    if (address)
        addr_print(&p->first, word);
}

const struct kea_kind kea_pool_kind = { KEA_RECORD(POOL, pool, fields, kea_pool_members),
                                        .name = name_of,
                                        .service = service_of,
                                        .find = find,
                                        .create = create,
                                        .render = render,
                                        .word = word_of };
