/* fields_dhcp.c - the fields that null-dhcp keeps of its records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All that a client can set is kept, so that what is read back is what was written. What the host derives or
 * numbers (id, rev, server, ...) is not the provider's. */
#include "fields.h"

static const struct null_field scope_fields[] = {
    NULL_NEEDED(ipam_scope, prefix, IPAM_SCOPE_PREFIX),
    NULL_TEXT(ipam_scope, native, IPAM_SCOPE_NATIVE),
    NULL_TEXT(ipam_scope, name, IPAM_SCOPE_NAME),
    NULL_TEXT(ipam_scope, superscope, IPAM_SCOPE_SUPERSCOPE),
    NULL_PLAIN(ipam_scope, lease_time, IPAM_SCOPE_LEASE_TIME),
    NULL_TEXT(ipam_scope, vendor, IPAM_SCOPE_VENDOR),
    NULL_LIST(ipam_scope, routers, IPAM_SCOPE_ROUTERS, sizeof(struct ipam_addr)),
    NULL_PLAIN(ipam_scope, state, IPAM_SCOPE_STATE),
    NULL_TEXT(ipam_scope, description, IPAM_SCOPE_DESCRIPTION),
    NULL_PLAIN(ipam_scope, reply_delay, IPAM_SCOPE_REPLY_DELAY),
    NULL_TEXT(ipam_scope, failover, IPAM_SCOPE_FAILOVER),
    NULL_PLAIN(ipam_scope, min_lease_time, IPAM_SCOPE_MIN_LEASE_TIME),
    NULL_PLAIN(ipam_scope, max_lease_time, IPAM_SCOPE_MAX_LEASE_TIME),
    NULL_PLAIN(ipam_scope, preferred_time, IPAM_SCOPE_PREFERRED_TIME),
    NULL_PLAIN(ipam_scope, renew_time, IPAM_SCOPE_RENEW_TIME),
    NULL_PLAIN(ipam_scope, rebind_time, IPAM_SCOPE_REBIND_TIME),
    NULL_PLAIN(ipam_scope, bootp_lease_time, IPAM_SCOPE_BOOTP_LEASE_TIME),
    NULL_PLAIN(ipam_scope, serves, IPAM_SCOPE_SERVES),
    NULL_PLAIN(ipam_scope, dns_update, IPAM_SCOPE_DNS_UPDATE),
    NULL_PLAIN(ipam_scope, dns_discard, IPAM_SCOPE_DNS_DISCARD),
    NULL_PLAIN(ipam_scope, dns_unasked, IPAM_SCOPE_DNS_UNASKED),
    NULL_PLAIN(ipam_scope, dns_ptr, IPAM_SCOPE_DNS_PTR),
    NULL_PLAIN(ipam_scope, dns_name_protection, IPAM_SCOPE_DNS_NAME_PROTECTION),
    NULL_TEXT(ipam_scope, dns_suffix, IPAM_SCOPE_DNS_SUFFIX),
    NULL_PLAIN(ipam_scope, policies_active, IPAM_SCOPE_POLICIES_ACTIVE),
    NULL_PLAIN(ipam_scope, preference, IPAM_SCOPE_PREFERENCE),
    NULL_PLAIN(ipam_scope, assignment, IPAM_SCOPE_ASSIGNMENT),
    NULL_PLAIN(ipam_scope, stateless_inventory, IPAM_SCOPE_STATELESS_INVENTORY),
    NULL_PLAIN(ipam_scope, stateless_purge, IPAM_SCOPE_STATELESS_PURGE),
    NULL_PLAIN(ipam_scope, rapid_commit, IPAM_SCOPE_RAPID_COMMIT),
    NULL_PLAIN(ipam_scope, authoritative, IPAM_SCOPE_AUTHORITATIVE),
    NULL_LIST(ipam_scope, classes, IPAM_SCOPE_CLASSES, NULL_TEXTS),
    NULL_LIST(ipam_scope, relays, IPAM_SCOPE_RELAYS, sizeof(struct ipam_addr)),
    NULL_TEXT(ipam_scope, interface, IPAM_SCOPE_INTERFACE),
    NULL_PLAIN(ipam_scope, next_server, IPAM_SCOPE_NEXT_SERVER),
    NULL_TEXT(ipam_scope, server_name, IPAM_SCOPE_SERVER_NAME),
    NULL_TEXT(ipam_scope, boot_file, IPAM_SCOPE_BOOT_FILE),
    { .number = 0 },
};
static const struct null_field pool_fields[] = {
    NULL_NEEDED_TEXT(ipam_pool, native_scope, IPAM_POOL_NATIVE_SCOPE),
    NULL_NEEDED(ipam_pool, first, IPAM_POOL_FIRST),
    NULL_NEEDED(ipam_pool, last, IPAM_POOL_LAST),
    NULL_TEXT(ipam_pool, native, IPAM_POOL_NATIVE),
    NULL_PLAIN(ipam_pool, delegated_length, IPAM_POOL_DELEGATED_LENGTH),
    NULL_LIST(ipam_pool, classes, IPAM_POOL_CLASSES, NULL_TEXTS),
    NULL_TEXT(ipam_pool, vendor, IPAM_POOL_VENDOR),
    { .number = 0 },
};
static const struct null_field exclusion_fields[] = {
    NULL_NEEDED_TEXT(ipam_exclusion, native_scope, IPAM_EXCLUSION_NATIVE_SCOPE),
    NULL_NEEDED(ipam_exclusion, first, IPAM_EXCLUSION_FIRST),
    NULL_NEEDED(ipam_exclusion, last, IPAM_EXCLUSION_LAST),
    NULL_TEXT(ipam_exclusion, description, IPAM_EXCLUSION_DESCRIPTION),
    NULL_TEXT(ipam_exclusion, native, IPAM_EXCLUSION_NATIVE),
    NULL_TEXT(ipam_exclusion, vendor, IPAM_EXCLUSION_VENDOR),
    { .number = 0 },
};
static const struct null_field reservation_fields[] = {
    NULL_NEEDED_TEXT(ipam_reservation, native_scope, IPAM_RESERVATION_NATIVE_SCOPE),
    NULL_PLAIN(ipam_reservation, address, IPAM_RESERVATION_ADDRESS),
    NULL_PLAIN(ipam_reservation, identifier_type, IPAM_RESERVATION_IDENTIFIER_TYPE),
    NULL_NEEDED_TEXT(ipam_reservation, identifier, IPAM_RESERVATION_IDENTIFIER),
    NULL_TEXT(ipam_reservation, name, IPAM_RESERVATION_NAME),
    NULL_LIST(ipam_reservation, addresses, IPAM_RESERVATION_ADDRESSES, sizeof(struct ipam_addr)),
    NULL_LIST(ipam_reservation, prefixes, IPAM_RESERVATION_PREFIXES, NULL_TEXTS),
    NULL_TEXT(ipam_reservation, vendor, IPAM_RESERVATION_VENDOR),
    NULL_TEXT(ipam_reservation, native, IPAM_RESERVATION_NATIVE),
    NULL_TEXT(ipam_reservation, description, IPAM_RESERVATION_DESCRIPTION),
    NULL_PLAIN(ipam_reservation, serves, IPAM_RESERVATION_SERVES),
    NULL_PLAIN(ipam_reservation, iaid, IPAM_RESERVATION_IAID),
    NULL_PLAIN(ipam_reservation, dns_update, IPAM_RESERVATION_DNS_UPDATE),
    NULL_PLAIN(ipam_reservation, dns_discard, IPAM_RESERVATION_DNS_DISCARD),
    NULL_PLAIN(ipam_reservation, dns_unasked, IPAM_RESERVATION_DNS_UNASKED),
    NULL_PLAIN(ipam_reservation, dns_ptr, IPAM_RESERVATION_DNS_PTR),
    NULL_PLAIN(ipam_reservation, dns_name_protection, IPAM_RESERVATION_DNS_NAME_PROTECTION),
    NULL_TEXT(ipam_reservation, dns_suffix, IPAM_RESERVATION_DNS_SUFFIX),
    NULL_LIST(ipam_reservation, classes, IPAM_RESERVATION_CLASSES, NULL_TEXTS),
    NULL_PLAIN(ipam_reservation, next_server, IPAM_RESERVATION_NEXT_SERVER),
    NULL_TEXT(ipam_reservation, server_name, IPAM_RESERVATION_SERVER_NAME),
    NULL_TEXT(ipam_reservation, boot_file, IPAM_RESERVATION_BOOT_FILE),
    { .number = 0 },
};
static const struct null_field lease_fields[] = {
    NULL_TEXT(ipam_lease, native_scope, IPAM_LEASE_NATIVE_SCOPE),
    NULL_PLAIN(ipam_lease, address, IPAM_LEASE_ADDRESS),
    NULL_PLAIN(ipam_lease, prefix_length, IPAM_LEASE_PREFIX_LENGTH),
    NULL_TEXT(ipam_lease, mac, IPAM_LEASE_MAC),
    NULL_TEXT(ipam_lease, client_id, IPAM_LEASE_CLIENT_ID),
    NULL_TEXT(ipam_lease, duid, IPAM_LEASE_DUID),
    NULL_PLAIN(ipam_lease, iaid, IPAM_LEASE_IAID),
    NULL_TEXT(ipam_lease, name, IPAM_LEASE_NAME),
    NULL_PLAIN(ipam_lease, state, IPAM_LEASE_STATE),
    NULL_PLAIN(ipam_lease, started, IPAM_LEASE_STARTED),
    NULL_PLAIN(ipam_lease, expires, IPAM_LEASE_EXPIRES),
    { .number = 0 },
};

const struct null_shape null_scope_shape = { IPAM_T_SCOPE, sizeof(struct ipam_scope), scope_fields };
const struct null_shape null_pool_shape = { IPAM_T_POOL, sizeof(struct ipam_pool), pool_fields };
const struct null_shape null_exclusion_shape = { IPAM_T_EXCLUSION, sizeof(struct ipam_exclusion),
                                                 exclusion_fields };
const struct null_shape null_reservation_shape = { IPAM_T_RESERVATION, sizeof(struct ipam_reservation),
                                                   reservation_fields };
const struct null_shape null_lease_shape = { IPAM_T_LEASE, sizeof(struct ipam_lease), lease_fields };
