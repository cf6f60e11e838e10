/* members.c - members of Kea's objects into the fields of rows; what no field holds becomes vendor data.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/records.h"
#include "net/addr.h"
#include "read.h"

#define COMMENT_MAX 1024 /* the limit of descriptions in records.def */

void *kea_no_memory(struct kea_reading *r)
{
    if (r->status == 0)
        r->status = kea_fail(r->call, IPAM_E_NOMEM, "out of memory for the rows of %s",
                             kea_service_name(r->cfg->service));
    return NULL;
}

void kea_row(struct kea_reading *r)
{
    arena_reset(&r->scratch);
}

void kea_emit(struct kea_reading *r, const void *row)
{
    if (r->status == 0)
        r->status = r->call->kea->host->emit(r->call->req, row);
}

struct ipam_str kea_fitted(struct arena *a, struct ipam_str text, size_t max)
{
    unsigned char digest[crypto_generichash_BYTES_MIN];
    char hex[2 * sizeof(digest) + 1], *fitted;
    size_t keep = max - sizeof(hex); /* the NUL's byte is the mark's */

    if (text.len <= max)
        return text;
    while (keep && ((unsigned char)text.data[keep] & 0xC0) == 0x80)
        keep--;
    crypto_generichash(digest, sizeof(digest), (const unsigned char *)text.data, text.len, NULL, 0);
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    fitted = arena_printf(a, "%.*s~%s", (int)keep, text.data, hex);
    return str_from(fitted);
}

struct ipam_str kea_fit(struct kea_reading *r, struct ipam_str text, size_t max)
{
    struct ipam_str fitted = kea_fitted(&r->scratch, text, max);

    return fitted.data || !text.data ? fitted : (kea_no_memory(r), IPAM_STR(""));
}

bool kea_ends_with(struct ipam_str text, const char *end)
{
    size_t len = strlen(end);

    return text.len >= len && memcmp(text.data + text.len - len, end, len) == 0;
}

struct ipam_str kea_comment(const struct json *node)
{
    struct ipam_str comment = json_str(json_get(json_get(node, "user-context"), "comment"));

    return comment.len && comment.len <= COMMENT_MAX ? comment : (struct ipam_str){ NULL, 0 };
}

struct ipam_str kea_context_name(const struct json *node)
{
    struct ipam_str name = json_str(json_get(json_get(node, "user-context"), "name"));

    return name.len && name.len <= KEA_NAME_MAX ? name : (struct ipam_str){ NULL, 0 };
}

/* --- fields --- */

static bool take_address(const struct json *v, bool defaults, struct ipam_addr *ret)
{
    static const uint8_t none[16] = { 0 };
    struct ipam_str text = json_str(v);
    struct ipam_addr a;

    if (!text.data || addr_parse(text.data, text.len, &a))
        return false;
    if (!defaults || memcmp(a.bytes, none, sizeof(none)) != 0)
        *ret = a;
    return true;
}

static bool take_relay(struct kea_reading *r, const struct json *v, size_t max, struct ipam_addrs *ret)
{
    const struct json *list = json_get(v, "ip-addresses");
    size_t count = json_count(list), n = 0;
    struct ipam_addr *items;

    if (json_count(v) != 1 || json_type(list) != JSON_ARRAY || count > max)
        return false;
    items = arena_alloc(&r->scratch, (count + 1) * sizeof(*items));
    if (!items)
        return kea_no_memory(r) != NULL;
    for (const struct json *a = json_first(list); a; a = json_next(a))
        if (!take_address(a, false, &items[n++]))
            return false;
    *ret = (struct ipam_addrs){ items, n };
    return true;
}

static bool take_names(struct kea_reading *r, const struct json *v, size_t max, struct ipam_strs *ret)
{
    size_t count = json_type(v) == JSON_ARRAY ? json_count(v) : 1, n = 0;
    struct ipam_str *items;

    if (count > max)
        return false;
    items = arena_alloc(&r->scratch, (ret->count + count + 1) * sizeof(*items));
    if (!items)
        return kea_no_memory(r) != NULL;
    for (; n < ret->count; n++)
        items[n] = ret->items[n]; /* Kea 2 and 3 have a key each; one of them is there */
    for (const struct json *i = json_type(v) == JSON_ARRAY ? json_first(v) : v; i;
         i = json_type(v) == JSON_ARRAY ? json_next(i) : NULL) {
        struct ipam_str text = json_str(i);

        if (!text.data || text.len > KEA_VALUE_MAX || n == max)
            return false;
        if (text.len)
            items[n++] = text;
    }
    *ret = (struct ipam_strs){ items, n };
    return true;
}

/* Puts one member into its field. False: it does not fit there. *ret_set: there was something to put. */
static bool take(struct kea_reading *r, const struct kea_member_map *m, const struct json *v, bool defaults,
                 void *at, bool *ret_set)
{
    int64_t n;
    bool b;

    *ret_set = true;
    switch (m->kind) {
    case KEA_TEXT:
        if (!json_str(v).data || json_str(v).len > m->max)
            return false;
        *(struct ipam_str *)at = json_str(v);
        *ret_set = !defaults || json_str(v).len > 0;
        return true;
    case KEA_SECONDS:
        if (json_int(v, &n) || n < 0 || n > UINT32_MAX)
            return false;
        *(int64_t *)at = n;
        return true;
    case KEA_BOOL:
        if (json_bool(v, &b))
            return false;
        *(uint32_t *)at = b;
        return true;
    case KEA_ADDRESS:
        if (!take_address(v, defaults, at))
            return false;
        *ret_set = ((struct ipam_addr *)at)->family != 0;
        return true;
    case KEA_RELAY:
        if (!take_relay(r, v, m->max, at))
            return false;
        *ret_set = ((struct ipam_addrs *)at)->count > 0;
        return true;
    case KEA_NAMES:
        if (!take_names(r, v, m->max, at))
            return false;
        *ret_set = ((struct ipam_strs *)at)->count > 0;
        return true;
    default: *ret_set = false; return true;
    }
}

static bool says_nothing(const struct json *v, bool defaults)
{
    struct ipam_str text = json_str(v);

    switch (json_type(v)) {
    case JSON_STRING: return text.len == 0 && (defaults || strncmp(json_key(v).data, "4o6-", 4) == 0);
    case JSON_ARRAY:
    case JSON_OBJECT: return json_count(v) == 0;
    default: return false;
    }
}

static int by_key(const void *a, const void *b)
{
    struct ipam_str x = json_key(*(const struct json *const *)a),
                    y = json_key(*(const struct json *const *)b);
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return order ? order : (x.len > y.len) - (x.len < y.len);
}

static struct ipam_str write_rest(struct kea_reading *r, const struct json **rest, size_t count)
{
    const struct ipam_host *host = r->call->kea->host;
    struct json_writer w;
    struct ipam_str kept;

    if (count == 0)
        return (struct ipam_str){ NULL, 0 };
    qsort(rest, count, sizeof(*rest), by_key);
    strbuf_reset(&r->vendor);
    jw_init(&w, &r->vendor);
    jw_object(&w);
    for (size_t i = 0; i < count; i++) {
        jw_key_str(&w, json_key(rest[i]));
        kea_canonical(r->cfg->doc, rest[i], kea_skip_secret, &r->scratch, &w);
    }
    jw_object_end(&w);
    if (r->vendor.failed) {
        host->log(
            r->call->kea->inst, 4, "kea-vendor-too-large",
            "an object of the configuration holds more than 64 KiB beside the usual fields; they are left "
            "out of its vendor data");
        return (struct ipam_str){ NULL, 0 };
    }
    kept = strbuf_str(&r->vendor);
    return kept;
}

/* Puts what the map knows into the row; the rest is listed in `rest`, if given, and counted. */
static size_t take_all(struct kea_reading *r, const struct json *node, const struct kea_member_map *map,
                       size_t count, bool defaults, void *row, const struct json **rest)
{
    struct ipam_record *head = row;
    size_t n = 0;

    if (json_type(node) != JSON_OBJECT)
        return 0; /* members of nothing else have keys */
    for (const struct json *v = json_first(node); v; v = json_next(v)) {
        const struct kea_member_map *m = map;
        bool set = false;

        while (m < map + count && (json_key(v).data[0] != m->key[0] || !str_is(json_key(v), m->key)))
            m++;
        if (m < map + count && take(r, m, v, defaults, (char *)row + m->offset, &set)) {
            if (set)
                IPAM_SET_FIELD(head, m->number);
        } else if (rest && !kea_is_secret(json_key(v)) && !says_nothing(v, defaults)) {
            rest[n++] = v;
        }
    }
    return n;
}

void kea_take_fields(struct kea_reading *r, const struct json *node, const struct kea_member_map *map,
                     size_t count, bool defaults, void *row)
{
    take_all(r, node, map, count, defaults, row, NULL);
}

struct ipam_str kea_take_members(struct kea_reading *r, const struct json *node,
                                 const struct kea_member_map *map, size_t count, bool defaults, void *row)
{
    const struct json **rest = arena_alloc(&r->scratch, (json_count(node) + 1) * sizeof(const struct json *));

    if (!rest)
        return kea_no_memory(r), (struct ipam_str){ NULL, 0 };
    return write_rest(r, rest, take_all(r, node, map, count, defaults, row, rest));
}

/* --- DNS updates --- */

static const struct json *nearest(const struct json *const around[], const char *key)
{
    for (size_t i = 0; around[i]; i++) {
        const struct json *v = json_get(around[i], key);

        if (v)
            return v;
    }
    return NULL;
}

static bool nearest_bool(const struct json *const around[], const char *key, bool otherwise)
{
    bool b = otherwise;

    json_bool(nearest(around, key), &b);
    return b;
}

bool kea_dns_of(const struct json *const around[], struct kea_dns *ret)
{
    static const char *const keys[] = {
        "ddns-send-updates",        "ddns-override-no-update",      "ddns-override-client-update",
        "ddns-replace-client-name", "ddns-use-conflict-resolution", "ddns-conflict-resolution-mode"
    };
    struct ipam_str replace = json_str(nearest(around, "ddns-replace-client-name")),
                    mode = json_str(nearest(around, "ddns-conflict-resolution-mode"));
    const struct json *conflicts = nearest(around, "ddns-use-conflict-resolution"), *root = around[0];
    struct kea_dns d = { .update = IPAM_DHCP_SERVER_DNS_UPDATE_NEVER };
    bool own = false;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        own = own || json_get(around[0], keys[i]);
    if (!own)
        return false;
    for (size_t i = 0; around[i]; i++)
        root = around[i];
    if (nearest_bool(around, "ddns-send-updates", true) &&
        nearest_bool((const struct json *[]){ json_get(root, "dhcp-ddns"), NULL }, "enable-updates", false))
        d.update = nearest_bool(around, "ddns-override-no-update", false) &&
                           nearest_bool(around, "ddns-override-client-update", false)
                       ? IPAM_DHCP_SERVER_DNS_UPDATE_ALWAYS
                       : IPAM_DHCP_SERVER_DNS_UPDATE_ON_REQUEST;
    d.unasked = d.update != IPAM_DHCP_SERVER_DNS_UPDATE_NEVER &&
                (str_is(replace, "always") || str_is(replace, "when-not-present"));
    d.has_protection = conflicts || mode.len;
    d.protection = mode.len ? str_is(mode, "check-with-dhcid") || str_is(mode, "check-exists-with-dhcid")
                            : nearest_bool(around, "ddns-use-conflict-resolution", true);
    *ret = d;
    return true;
}
