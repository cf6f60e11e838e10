/* read_scope.c - subnets, their pools and their reservations as rows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/addr.h"
#include "net/u128.h"
#include "read.h"

#define ROUTERS_MAX  16 /* the limits of records.def */
#define RELAYS_MAX   64
#define CLASSES_MAX  64
#define PREFERENCE   7 /* RFC 8415 21.8 */
#define ROUTERS_CODE 3 /* RFC 2132 3.5 */

#define SCOPE(key, kind, number, member, max)                                                                \
    KEA_MEMBER(key, kind, ipam_scope, IPAM_SCOPE_##number, member, max)

static const struct kea_member_map scope_map[] = {
    KEA_OTHER("id"),
    KEA_OTHER("subnet"),
    KEA_OTHER("pools"),
    KEA_OTHER("pd-pools"),
    KEA_OTHER("reservations"),
    KEA_OTHER("option-data"),
    SCOPE("valid-lifetime", KEA_SECONDS, LEASE_TIME, lease_time, 0),
    SCOPE("min-valid-lifetime", KEA_SECONDS, MIN_LEASE_TIME, min_lease_time, 0),
    SCOPE("max-valid-lifetime", KEA_SECONDS, MAX_LEASE_TIME, max_lease_time, 0),
    SCOPE("preferred-lifetime", KEA_SECONDS, PREFERRED_TIME, preferred_time, 0),
    SCOPE("renew-timer", KEA_SECONDS, RENEW_TIME, renew_time, 0),
    SCOPE("rebind-timer", KEA_SECONDS, REBIND_TIME, rebind_time, 0),
    SCOPE("ddns-qualifying-suffix", KEA_TEXT, DNS_SUFFIX, dns_suffix, 255),
    SCOPE("rapid-commit", KEA_BOOL, RAPID_COMMIT, rapid_commit, 0),
    SCOPE("authoritative", KEA_BOOL, AUTHORITATIVE, authoritative, 0),
    SCOPE("client-class", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
    SCOPE("client-classes", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
    SCOPE("relay", KEA_RELAY, RELAYS, relays, RELAYS_MAX),
    SCOPE("interface", KEA_TEXT, INTERFACE, interface, 64),
    SCOPE("next-server", KEA_ADDRESS, NEXT_SERVER, next_server, 0),
    SCOPE("server-hostname", KEA_TEXT, SERVER_NAME, server_name, 63),
    SCOPE("boot-file-name", KEA_TEXT, BOOT_FILE, boot_file, 127),
};
const struct kea_members kea_scope_members = { scope_map, sizeof(scope_map) / sizeof(scope_map[0]) };

/* The addresses of the option `routers`, whichever way it is written. */
static void set_routers(struct kea_reading *r, const struct kea_subnet *s, struct ipam_scope *row)
{
    const struct json *o = kea_option_of(r, json_get(s->node, "option-data"), ROUTERS_CODE);
    struct ipam_addr *routers = o ? arena_alloc(&r->scratch, ROUTERS_MAX * sizeof(*routers)) : NULL;
    const struct kea_definition *d =
        kea_definition_find(&r->definitions, str_from(kea_own_space(r->cfg->service)), ROUTERS_CODE,
                            (struct ipam_str){ NULL, 0 });
    struct ipam_bytes data;
    size_t count = 0;

    if (r->cfg->service != KEA_DHCP4 || !routers || !kea_option_bytes(r, o, d, &data))
        return;
    for (size_t at = 0; at + 4 <= data.len && count < ROUTERS_MAX; at += 4, count++) {
        routers[count].family = 4;
        memcpy(routers[count].bytes, data.data + at, 4);
    }
    row->routers = (struct ipam_addrs){ routers, count };
    if (count > 0)
        IPAM_SET_FIELD(row, IPAM_SCOPE_ROUTERS);
}

bool kea_preference_of(struct kea_reading *r, const struct json *node, int64_t *ret)
{
    const struct json *o = kea_option_of(r, json_get(node, "option-data"), PREFERENCE);
    const struct kea_definition *d =
        kea_definition_find(&r->definitions, IPAM_STR("dhcp6"), PREFERENCE, (struct ipam_str){ NULL, 0 });
    struct ipam_bytes data;

    if (r->cfg->service != KEA_DHCP6 || !o || !kea_option_bytes(r, o, d, &data) || data.len != 1)
        return false;
    *ret = data.data[0];
    return true;
}

/* A subnet without pools and reservations of addresses gives options only: RFC 8415 18.3.6. */
static bool is_stateless(const struct kea_subnet *s)
{
    return json_count(json_get(s->node, "pools")) == 0 && json_count(json_get(s->node, "pd-pools")) == 0 &&
           json_count(s->reservations) == 0;
}

/* Those of one network come one after the other. */
const struct json *kea_network_of(struct kea_reading *r, const struct kea_subnet *s)
{
    const struct json *n = NULL;

    if (r->last && r->last->network.data == s->network.data)
        return r->network;
    if (s->network.data)
        n = json_first(json_get(r->cfg->root, "shared-networks"));
    while (n && !str_equal(json_str(json_get(n, "name")), s->network))
        n = json_next(n);
    r->last = s;
    r->network = n;
    return n;
}

static void set_dns(struct kea_reading *r, const struct kea_subnet *s, struct ipam_scope *row)
{
    const struct json *network = kea_network_of(r, s);
    const struct json *const around[] = { s->node, network ? network : r->cfg->root,
                                          network ? r->cfg->root : NULL, NULL };
    struct kea_dns dns;

    if (!kea_dns_of(around, &dns) && (!network || !kea_dns_of(around + 1, &dns)))
        return;
    row->dns_update = dns.update;
    row->dns_unasked = dns.unasked;
    IPAM_SET_FIELD(row, IPAM_SCOPE_DNS_UPDATE);
    IPAM_SET_FIELD(row, IPAM_SCOPE_DNS_UNASKED);
    row->dns_name_protection = dns.protection;
    if (dns.has_protection)
        IPAM_SET_FIELD(row, IPAM_SCOPE_DNS_NAME_PROTECTION);
}

void kea_emit_scope(struct kea_reading *r, const struct kea_subnet *s)
{
    struct ipam_scope row = { .size = sizeof(row),
                              .type = IPAM_T_SCOPE,
                              .prefix = s->prefix,
                              .native = s->native,
                              .state = IPAM_SCOPE_STATE_ACTIVE };

    kea_row(r);
    row.vendor = KEA_TAKE(r, s->node, scope_map, false, &row);
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_VENDOR);
    IPAM_SET_FIELD(&row, IPAM_SCOPE_PREFIX);
    IPAM_SET_FIELD(&row, IPAM_SCOPE_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_SCOPE_STATE);
    if (s->network.len) {
        row.superscope = kea_fit(r, s->network, KEA_NAME_MAX);
        IPAM_SET_FIELD(&row, IPAM_SCOPE_SUPERSCOPE);
    }
    row.description = kea_comment(s->node);
    if (row.description.data)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_DESCRIPTION);
    row.name = kea_context_name(s->node);
    if (row.name.data)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_NAME);
    row.failover = kea_ha_of_scope(r, s);
    if (row.failover.data)
        IPAM_SET_FIELD(&row, IPAM_SCOPE_FAILOVER);
    set_routers(r, s, &row);
    set_dns(r, s, &row);
    if (kea_preference_of(r, s->node, &row.preference))
        IPAM_SET_FIELD(&row, IPAM_SCOPE_PREFERENCE);
    if (r->cfg->service == KEA_DHCP6) {
        row.assignment = is_stateless(s) ? IPAM_SCOPE_ASSIGNMENT_STATELESS : IPAM_SCOPE_ASSIGNMENT_STATEFUL;
        IPAM_SET_FIELD(&row, IPAM_SCOPE_ASSIGNMENT);
    }
    kea_emit(r, &row);
}

void kea_emit_scope_options(struct kea_reading *r, const struct kea_subnet *s)
{
    struct kea_holder holder = { .owner = IPAM_OPTION_VALUE_OWNER_SCOPE, .native_scope = s->native };

    kea_emit_options(r, json_get(s->node, "option-data"), &holder);
}

/* --- pools --- */

#define POOL(key, kind, number, member, max) KEA_MEMBER(key, kind, ipam_pool, IPAM_POOL_##number, member, max)

static const struct kea_member_map pool_map[] = {
    KEA_OTHER("pool"),
    KEA_OTHER("prefix"),
    KEA_OTHER("prefix-len"),
    KEA_OTHER("delegated-len"),
    KEA_OTHER("excluded-prefix"),
    KEA_OTHER("excluded-prefix-len"),
    KEA_OTHER("option-data"),
    POOL("client-class", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
    POOL("client-classes", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
};
const struct kea_members kea_pool_members = { pool_map, sizeof(pool_map) / sizeof(pool_map[0]) };

static int strange_pool(struct kea_reading *r, const struct kea_subnet *s, const struct json *v)
{
    struct ipam_str text = json_span(r->cfg->doc, v);
    uint32_t line, column;

    json_place(r->cfg->doc, v, &line, &column);
    return r->status =
               kea_fail(r->call, IPAM_E_PROTO,
                        "subnet %.*s of %s holds the pool %.*s, which is no run of addresses or prefixes "
                        "(config-get, line %u, column %u); see that the options lead to a Kea server",
                        STR_ARG(s->native), kea_service_name(r->cfg->service),
                        (int)(text.len < 200 ? text.len : 200), text.data, line, column);
}

static void finish_pool(struct kea_reading *r, const struct kea_subnet *s, const struct json *v,
                        struct ipam_pool *row)
{
    row->native_scope = s->native;
    row->vendor = KEA_TAKE(r, v, pool_map, true, row);
    if (row->vendor.data)
        IPAM_SET_FIELD(row, IPAM_POOL_VENDOR);
    IPAM_SET_FIELD(row, IPAM_POOL_NATIVE_SCOPE);
    IPAM_SET_FIELD(row, IPAM_POOL_FIRST);
    IPAM_SET_FIELD(row, IPAM_POOL_LAST);
    IPAM_SET_FIELD(row, IPAM_POOL_NATIVE);
    kea_emit(r, row);
}

static void emit_pool(struct kea_reading *r, const struct kea_subnet *s, const struct json *v)
{
    struct ipam_pool row = { .size = sizeof(row), .type = IPAM_T_POOL };

    kea_row(r);
    row.native = json_str(json_get(v, "pool"));
    if (row.native.len > KEA_HOLDER_MAX || kea_pool_parse(row.native, &row.first, &row.last))
        strange_pool(r, s, v);
    else
        finish_pool(r, s, v, &row);
}

/* ARM, "Prefix Exclude Option": one prefix for all that the pool delegates. */
static bool excluded(const struct json *v, struct ipam_prefix *ret)
{
    struct ipam_str text = json_str(json_get(v, "excluded-prefix"));
    struct ipam_prefix p;
    int64_t length;

    if (!text.len || json_int(json_get(v, "excluded-prefix-len"), &length) || length < 1 || length > 128 ||
        addr_parse(text.data, text.len, &p.addr) || p.addr.family != 6)
        return false;
    p.length = (uint8_t)length;
    prefix_mask(&p);
    *ret = p;
    return true;
}

/* "fd00:1::/48" of prefixes of 56 bits. */
static bool delegation(const struct json *v, struct ipam_prefix *ret, int64_t *ret_length)
{
    struct ipam_str text = json_str(json_get(v, "prefix"));
    int64_t length;

    if (!text.data || addr_parse(text.data, text.len, &ret->addr) || ret->addr.family != 6 ||
        json_int(json_get(v, "prefix-len"), &length) || json_int(json_get(v, "delegated-len"), ret_length) ||
        length < 1 || length > *ret_length || *ret_length > 128)
        return false;
    ret->length = (uint8_t)length;
    prefix_mask(ret);
    return true;
}

/* What names a pool of prefixes: Kea has no name for it. "fd00:1::/48-56" */
static struct ipam_str delegation_native(struct kea_reading *r, const struct ipam_prefix *p, int64_t length)
{
    char text[PREFIX_TEXT_MAX];
    char *native;

    prefix_print(p, text);
    native = arena_printf(&r->scratch, "%s-%" PRId64, text, length);
    return native ? str_from(native) : (kea_no_memory(r), IPAM_STR(""));
}

static void emit_delegation(struct kea_reading *r, const struct kea_subnet *s, const struct json *v)
{
    struct ipam_pool row = { .size = sizeof(row), .type = IPAM_T_POOL };
    struct ipam_prefix prefix;

    kea_row(r);
    if (!delegation(v, &prefix, &row.delegated_length)) {
        strange_pool(r, s, v);
        return;
    }
    row.native = delegation_native(r, &prefix, row.delegated_length);
    prefix_first(&prefix, &row.first);
    prefix_last(&prefix, &row.last);
    IPAM_SET_FIELD(&row, IPAM_POOL_DELEGATED_LENGTH);
    if (excluded(v, &row.excluded_prefix))
        IPAM_SET_FIELD(&row, IPAM_POOL_EXCLUDED_PREFIX);
    finish_pool(r, s, v, &row);
}

void kea_emit_pools(struct kea_reading *r, const struct kea_subnet *s)
{
    const struct json *v;

    for (v = json_first(json_get(s->node, "pools")); v && r->status == 0; v = json_next(v))
        emit_pool(r, s, v);
    for (v = json_first(json_get(s->node, "pd-pools")); v && r->status == 0; v = json_next(v))
        emit_delegation(r, s, v);
}

void kea_emit_pool_options(struct kea_reading *r, const struct kea_subnet *s)
{
    struct kea_holder holder = { .owner = IPAM_OPTION_VALUE_OWNER_POOL, .native_scope = s->native };
    struct ipam_prefix prefix;
    int64_t length;
    const struct json *v;

    for (v = json_first(json_get(s->node, "pools")); v && r->status == 0; v = json_next(v)) {
        holder.holder = json_str(json_get(v, "pool"));
        kea_emit_options(r, json_get(v, "option-data"), &holder);
    }
    for (v = json_first(json_get(s->node, "pd-pools")); v && r->status == 0; v = json_next(v)) {
        if (!json_count(json_get(v, "option-data")) || !delegation(v, &prefix, &length))
            continue;
        kea_row(r);
        kea_hold(&holder, delegation_native(r, &prefix, length));
        kea_emit_options(r, json_get(v, "option-data"), &holder);
    }
}

void kea_sizes_of(const struct json *subnet, struct kea_sizes *ret)
{
    struct kea_sizes sizes = { { 0, 0 }, { 0, 0 } };
    struct ipam_addr first, last;
    struct ipam_prefix prefix;
    int64_t length;

    for (const struct json *v = json_first(json_get(subnet, "pools")); v; v = json_next(v))
        if (kea_pool_parse(json_str(json_get(v, "pool")), &first, &last) == 0)
            sizes.addresses = u128_add(sizes.addresses, addr_distance(&first, &last));
    for (const struct json *v = json_first(json_get(subnet, "pd-pools")); v; v = json_next(v))
        if (delegation(v, &prefix, &length)) /* at least one bit long: fewer than 2^128 of them */
            sizes.prefixes =
                u128_add(sizes.prefixes, u128_make((uint128)1 << (unsigned)(length - prefix.length)));
    *ret = sizes;
}

/* --- reservations --- */

#define RESERVATION(key, kind, number, member, max)                                                          \
    KEA_MEMBER(key, kind, ipam_reservation, IPAM_RESERVATION_##number, member, max)

/* Of a reservation the vendor data keeps these too, and its options: so it can be put back as it was. */
static const struct kea_member_map reservation_map[] = {
    RESERVATION("hostname", KEA_TEXT, NAME, name, KEA_HOST_NAME_MAX),
    RESERVATION("client-classes", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
    RESERVATION("next-server", KEA_ADDRESS, NEXT_SERVER, next_server, 0),
    RESERVATION("server-hostname", KEA_TEXT, SERVER_NAME, server_name, 63),
    RESERVATION("boot-file-name", KEA_TEXT, BOOT_FILE, boot_file, 127),
};
const struct kea_members kea_reservation_members = { reservation_map,
                                                     sizeof(reservation_map) / sizeof(reservation_map[0]) };

static bool reservation_skip(struct ipam_str key, const struct json *value, unsigned depth)
{
    return kea_reservation_modelled(key, value, depth) || kea_is_secret(key);
}

/* Its vendor data, and whether there is any. */
static bool reservation_vendor(struct kea_reading *r, const struct json *node, struct ipam_str *ret)
{
    const struct ipam_host *host = r->call->kea->host;
    struct json_writer w;

    strbuf_reset(&r->vendor);
    jw_init(&w, &r->vendor);
    kea_canonical(r->cfg->doc, node, reservation_skip, &r->scratch, &w);
    if (r->vendor.failed)
        host->log(
            r->call->kea->inst, 4, "kea-vendor-too-large",
            "a reservation holds more than 64 KiB beside the usual fields; they are left out of its vendor "
            "data");
    *ret = strbuf_str(&r->vendor);
    return !r->vendor.failed && r->vendor.len > 2;
}

struct ipam_str kea_reservation_native(struct kea_reading *r, const struct ipam_reservation *row)
{
    static const char digits[] = "0123456789abcdef";
    char hex[2 * KEA_HOLDER_MAX + 1];
    char *text;

    for (size_t i = 0; i < row->identifier.len; i++) {
        hex[2 * i] = digits[row->identifier.data[i] >> 4];
        hex[2 * i + 1] = digits[row->identifier.data[i] & 15];
    }
    hex[2 * row->identifier.len] = '\0';
    text = arena_printf(&r->scratch, "%s=%s", kea_identifier_key(row->identifier_type), hex);
    return text ? kea_fit(r, str_from(text), KEA_HOLDER_MAX) : (kea_no_memory(r), IPAM_STR(""));
}

void kea_emit_reservation(struct kea_reading *r, const struct kea_reservation *reservation)
{
    struct ipam_reservation row = reservation->row;

    kea_row(r);
    kea_take_fields(r, reservation->node, reservation_map,
                    sizeof(reservation_map) / sizeof(reservation_map[0]), true, &row);
    row.native = kea_reservation_native(r, &row);
    IPAM_SET_FIELD(&row, IPAM_RESERVATION_NATIVE);
    row.description = kea_comment(reservation->node);
    if (row.description.data)
        IPAM_SET_FIELD(&row, IPAM_RESERVATION_DESCRIPTION);
    if (reservation_vendor(r, reservation->node, &row.vendor))
        IPAM_SET_FIELD(&row, IPAM_RESERVATION_VENDOR);
    kea_emit(r, &row);
}

void kea_emit_reservation_options(struct kea_reading *r, const struct kea_reservation *reservation)
{
    const struct json *options = json_get(reservation->node, "option-data");
    struct kea_holder holder = { .owner = IPAM_OPTION_VALUE_OWNER_RESERVATION,
                                 .native_scope = reservation->row.native_scope };

    if (!json_count(options))
        return;
    kea_row(r);
    kea_hold(&holder, kea_reservation_native(r, &reservation->row));
    kea_emit_options(r, options, &holder);
}
