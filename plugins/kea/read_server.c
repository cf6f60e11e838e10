/* read_server.c - what belongs to the whole server as rows: its settings, shared networks, client classes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "read.h"

#define CLASSES_MAX    64 /* the limits of records.def */
#define RELAYS_MAX     64
#define INTERFACES_MAX 256
#define PATH_MAX_BYTES 1024

#define SERVER(key, kind, number, member, max)                                                               \
    KEA_MEMBER(key, kind, ipam_dhcp_server, IPAM_DHCP_SERVER_##number, member, max)

struct ipam_str kea_named(struct kea_reading *r, struct ipam_str name)
{
    char *text =
        arena_printf(&r->scratch, "v%c/%.*s", r->cfg->service == KEA_DHCP4 ? '4' : '6', STR_ARG(name));

    return text ? kea_fit(r, str_from(text), KEA_HOLDER_MAX) : (kea_no_memory(r), IPAM_STR(""));
}

static const struct kea_member_map server_map[] = {
    KEA_OTHER("subnet4"),
    KEA_OTHER("subnet6"),
    KEA_OTHER("shared-networks"),
    KEA_OTHER("reservations"),
    KEA_OTHER("client-classes"),
    KEA_OTHER("option-data"),
    KEA_OTHER("option-def"),
    SERVER("valid-lifetime", KEA_SECONDS, LEASE_TIME, lease_time, 0),
    SERVER("min-valid-lifetime", KEA_SECONDS, MIN_LEASE_TIME, min_lease_time, 0),
    SERVER("max-valid-lifetime", KEA_SECONDS, MAX_LEASE_TIME, max_lease_time, 0),
    SERVER("preferred-lifetime", KEA_SECONDS, PREFERRED_TIME, preferred_time, 0),
    SERVER("renew-timer", KEA_SECONDS, RENEW_TIME, renew_time, 0),
    SERVER("rebind-timer", KEA_SECONDS, REBIND_TIME, rebind_time, 0),
    SERVER("ddns-qualifying-suffix", KEA_TEXT, DNS_SUFFIX, dns_suffix, 255),
    SERVER("authoritative", KEA_BOOL, AUTHORITATIVE, authoritative, 0),
    SERVER("next-server", KEA_ADDRESS, NEXT_SERVER, next_server, 0),
    SERVER("server-hostname", KEA_TEXT, SERVER_NAME, server_name, 63),
    SERVER("boot-file-name", KEA_TEXT, BOOT_FILE, boot_file, 127),
};
const struct kea_members kea_server_members = { server_map, sizeof(server_map) / sizeof(server_map[0]) };

/* The hook that logs what becomes of leases (ARM, "Forensic Logging"). */
static void set_log(struct kea_reading *r, struct ipam_dhcp_server *row)
{
    IPAM_SET_FIELD(row, IPAM_DHCP_SERVER_AUDIT_LOG);
    for (const struct json *v = json_first(json_get(r->cfg->root, "hooks-libraries")); v; v = json_next(v)) {
        struct ipam_str path = json_str(json_get(json_get(v, "parameters"), "path"));

        if (!kea_ends_with(json_str(json_get(v, "library")), "libdhcp_legal_log.so"))
            continue;
        row->audit_log = true;
        if (path.len && path.len <= PATH_MAX_BYTES) {
            row->audit_path = path;
            IPAM_SET_FIELD(row, IPAM_DHCP_SERVER_AUDIT_PATH);
        }
    }
}

static void set_interfaces(struct kea_reading *r, struct ipam_dhcp_server *row)
{
    static const struct kea_member_map map[] = { SERVER("interfaces", KEA_NAMES, INTERFACES, interfaces,
                                                        INTERFACES_MAX) };

    kea_take_fields(r, json_get(r->cfg->root, "interfaces-config"), map, 1, true, row);
}

static void set_database(struct kea_reading *r, struct ipam_dhcp_server *row)
{
    const struct json *database = json_get(r->cfg->root, "lease-database");
    struct ipam_str name = json_str(json_get(database, "name"));

    if (!str_is(json_str(json_get(database, "type")), "memfile") || !name.len || name.len > PATH_MAX_BYTES)
        return;
    row->database_path = name;
    IPAM_SET_FIELD(row, IPAM_DHCP_SERVER_DATABASE_PATH);
}

static void set_dns(struct kea_reading *r, struct ipam_dhcp_server *row)
{
    const struct json *const around[] = { r->cfg->root, NULL };
    struct kea_dns dns;

    if (!kea_dns_of(around, &dns))
        return;
    row->dns_update = dns.update;
    row->dns_unasked = dns.unasked;
    IPAM_SET_FIELD(row, IPAM_DHCP_SERVER_DNS_UPDATE);
    IPAM_SET_FIELD(row, IPAM_DHCP_SERVER_DNS_UNASKED);
    row->dns_name_protection = dns.protection;
    if (dns.has_protection)
        IPAM_SET_FIELD(row, IPAM_DHCP_SERVER_DNS_NAME_PROTECTION);
}

void kea_emit_server(struct kea_reading *r)
{
    struct ipam_dhcp_server row = { .size = sizeof(row),
                                    .type = IPAM_T_DHCP_SERVER,
                                    .native = r->cfg->service == KEA_DHCP4 ? IPAM_STR("v4") : IPAM_STR("v6"),
                                    .family = r->family };

    kea_row(r);
    row.vendor = KEA_TAKE(r, r->cfg->root, server_map, true, &row);
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_DHCP_SERVER_VENDOR);
    IPAM_SET_FIELD(&row, IPAM_DHCP_SERVER_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_DHCP_SERVER_FAMILY);
    set_log(r, &row);
    set_interfaces(r, &row);
    set_database(r, &row);
    set_dns(r, &row);
    if (kea_preference_of(r, r->cfg->root, &row.preference))
        IPAM_SET_FIELD(&row, IPAM_DHCP_SERVER_PREFERENCE);
    kea_emit(r, &row);
}

/* --- shared networks --- */

#define NETWORK(key, kind, number, member, max)                                                              \
    KEA_MEMBER(key, kind, ipam_superscope, IPAM_SUPERSCOPE_##number, member, max)

static const struct kea_member_map network_map[] = {
    KEA_OTHER("name"),
    KEA_OTHER("subnet4"),
    KEA_OTHER("subnet6"),
    KEA_OTHER("option-data"),
    NETWORK("interface", KEA_TEXT, INTERFACE, interface, 64),
    NETWORK("relay", KEA_RELAY, RELAYS, relays, RELAYS_MAX),
    NETWORK("client-class", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
    NETWORK("client-classes", KEA_NAMES, CLASSES, classes, CLASSES_MAX),
};
const struct kea_members kea_network_members = { network_map, sizeof(network_map) / sizeof(network_map[0]) };

static void emit_superscope(struct kea_reading *r, const struct json *v)
{
    struct ipam_superscope row = { .size = sizeof(row),
                                   .type = IPAM_T_SUPERSCOPE,
                                   .family = r->family,
                                   .state = IPAM_SUPERSCOPE_STATE_ACTIVE };
    struct ipam_str name = json_str(json_get(v, "name"));

    kea_row(r);
    if (!name.len)
        return; /* Kea lets none be without */
    row.vendor = KEA_TAKE(r, v, network_map, false, &row);
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_SUPERSCOPE_VENDOR);
    row.native = kea_named(r, name);
    row.name = kea_fit(r, name, KEA_NAME_MAX);
    row.description = kea_comment(v);
    if (row.description.data)
        IPAM_SET_FIELD(&row, IPAM_SUPERSCOPE_DESCRIPTION);
    IPAM_SET_FIELD(&row, IPAM_SUPERSCOPE_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_SUPERSCOPE_FAMILY);
    IPAM_SET_FIELD(&row, IPAM_SUPERSCOPE_NAME);
    IPAM_SET_FIELD(&row, IPAM_SUPERSCOPE_STATE);
    kea_emit(r, &row);
}

void kea_emit_superscopes(struct kea_reading *r)
{
    for (const struct json *v = json_first(json_get(r->cfg->root, "shared-networks")); v && r->status == 0;
         v = json_next(v))
        emit_superscope(r, v);
}

/* --- classes --- */

#define CLASS(key, kind, number, member, max)                                                                \
    KEA_MEMBER(key, kind, ipam_dhcp_class, IPAM_DHCP_CLASS_##number, member, max)

static const struct kea_member_map class_map[] = {
    KEA_OTHER("name"),
    KEA_OTHER("option-data"),
    KEA_OTHER("option-def"),
    CLASS("test", KEA_TEXT, TEST, test, 8192),
    CLASS("valid-lifetime", KEA_SECONDS, LEASE_TIME, lease_time, 0),
    CLASS("min-valid-lifetime", KEA_SECONDS, MIN_LEASE_TIME, min_lease_time, 0),
    CLASS("max-valid-lifetime", KEA_SECONDS, MAX_LEASE_TIME, max_lease_time, 0),
    CLASS("preferred-lifetime", KEA_SECONDS, PREFERRED_TIME, preferred_time, 0),
    CLASS("next-server", KEA_ADDRESS, NEXT_SERVER, next_server, 0),
    CLASS("server-hostname", KEA_TEXT, SERVER_NAME, server_name, 63),
    CLASS("boot-file-name", KEA_TEXT, BOOT_FILE, boot_file, 127),
};
const struct kea_members kea_class_members = { class_map, sizeof(class_map) / sizeof(class_map[0]) };

static void emit_class(struct kea_reading *r, const struct json *v)
{
    struct ipam_dhcp_class row = { .size = sizeof(row),
                                   .type = IPAM_T_DHCP_CLASS,
                                   .family = r->family,
                                   .kind = IPAM_DHCP_CLASS_KIND_EXPRESSION };
    struct ipam_str name = json_str(json_get(v, "name"));

    kea_row(r);
    if (!name.len)
        return; /* Kea lets none be without */
    row.vendor = KEA_TAKE(r, v, class_map, true, &row);
    if (row.vendor.data)
        IPAM_SET_FIELD(&row, IPAM_DHCP_CLASS_VENDOR);
    row.native = kea_named(r, name);
    row.name = kea_fit(r, name, KEA_HOLDER_MAX);
    row.description = kea_comment(v);
    if (row.description.data)
        IPAM_SET_FIELD(&row, IPAM_DHCP_CLASS_DESCRIPTION);
    IPAM_SET_FIELD(&row, IPAM_DHCP_CLASS_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_DHCP_CLASS_FAMILY);
    IPAM_SET_FIELD(&row, IPAM_DHCP_CLASS_KIND);
    IPAM_SET_FIELD(&row, IPAM_DHCP_CLASS_NAME);
    kea_emit(r, &row);
}

void kea_emit_classes(struct kea_reading *r)
{
    for (const struct json *v = json_first(json_get(r->cfg->root, "client-classes")); v && r->status == 0;
         v = json_next(v))
        emit_class(r, v);
}

/* --- options --- */

/* Of the shared networks or the classes. */
static void emit_named(struct kea_reading *r, const char *key, uint32_t owner)
{
    for (const struct json *v = json_first(json_get(r->cfg->root, key)); v && r->status == 0;
         v = json_next(v)) {
        struct ipam_str name = json_str(json_get(v, "name"));
        struct kea_holder holder = { .owner = owner };

        if (!name.len || !json_count(json_get(v, "option-data")))
            continue;
        if (owner == IPAM_OPTION_VALUE_OWNER_CLASS)
            holder.class_name = name;
        kea_row(r);
        kea_hold(&holder, kea_named(r, name));
        kea_emit_options(r, json_get(v, "option-data"), &holder);
    }
}

void kea_emit_server_options(struct kea_reading *r)
{
    kea_emit_options(r, json_get(r->cfg->root, "option-data"),
                     &(struct kea_holder){ .owner = IPAM_OPTION_VALUE_OWNER_SERVER });
    emit_named(r, "shared-networks", IPAM_OPTION_VALUE_OWNER_SUPERSCOPE);
    emit_named(r, "client-classes", IPAM_OPTION_VALUE_OWNER_CLASS);
}
