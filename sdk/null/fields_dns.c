/* fields_dns.c - the fields that null-dns keeps of its records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All that a client can set is kept, so that what is read back is what was written. What the host derives or
 * numbers (id, rev, server, ...) is not the provider's. */
#include "fields.h"

static const struct null_field zone_fields[] = {
    NULL_TEXT(ipam_zone, native, IPAM_ZONE_NATIVE),
    NULL_TEXT(ipam_zone, view, IPAM_ZONE_VIEW),
    NULL_NEEDED_TEXT(ipam_zone, name, IPAM_ZONE_NAME),
    NULL_PLAIN(ipam_zone, lookup, IPAM_ZONE_LOOKUP),
    NULL_PLAIN(ipam_zone, prefix, IPAM_ZONE_PREFIX),
    NULL_NEEDED(ipam_zone, type_, IPAM_ZONE_TYPE),
    NULL_PLAIN(ipam_zone, storage, IPAM_ZONE_STORAGE),
    NULL_TEXT(ipam_zone, file, IPAM_ZONE_FILE),
    NULL_TEXT(ipam_zone, replication, IPAM_ZONE_REPLICATION),
    NULL_TEXT(ipam_zone, partition, IPAM_ZONE_PARTITION),
    NULL_PLAIN(ipam_zone, dynamic_update, IPAM_ZONE_DYNAMIC_UPDATE),
    NULL_PLAIN(ipam_zone, scavenging, IPAM_ZONE_SCAVENGING),
    NULL_PLAIN(ipam_zone, no_refresh, IPAM_ZONE_NO_REFRESH),
    NULL_PLAIN(ipam_zone, refresh, IPAM_ZONE_REFRESH),
    NULL_LIST(ipam_zone, masters, IPAM_ZONE_MASTERS, sizeof(struct ipam_addr)),
    NULL_PLAIN(ipam_zone, forward_timeout, IPAM_ZONE_FORWARD_TIMEOUT),
    NULL_PLAIN(ipam_zone, forward_only, IPAM_ZONE_FORWARD_ONLY),
    NULL_PLAIN(ipam_zone, transfer, IPAM_ZONE_TRANSFER),
    NULL_LIST(ipam_zone, transfer_to, IPAM_ZONE_TRANSFER_TO, sizeof(struct ipam_addr)),
    NULL_PLAIN(ipam_zone, notify, IPAM_ZONE_NOTIFY),
    NULL_LIST(ipam_zone, notify_to, IPAM_ZONE_NOTIFY_TO, sizeof(struct ipam_addr)),
    NULL_PLAIN(ipam_zone, load_existing, IPAM_ZONE_LOAD_EXISTING),
    NULL_PLAIN(ipam_zone, signed_, IPAM_ZONE_SIGNED),
    NULL_TEXT(ipam_zone, description, IPAM_ZONE_DESCRIPTION),
    NULL_TEXT(ipam_zone, vendor, IPAM_ZONE_VENDOR),
    { .number = 0 },
};
static const struct null_field dns_record_fields[] = {
    NULL_NEEDED_TEXT(ipam_dns_record, native_zone, IPAM_DNS_RECORD_NATIVE_ZONE),
    NULL_NEEDED_TEXT(ipam_dns_record, name, IPAM_DNS_RECORD_NAME),
    NULL_NEEDED_TEXT(ipam_dns_record, type_, IPAM_DNS_RECORD_TYPE),
    NULL_TEXT(ipam_dns_record, data, IPAM_DNS_RECORD_DATA),
    NULL_PLAIN(ipam_dns_record, ttl, IPAM_DNS_RECORD_TTL),
    NULL_TEXT(ipam_dns_record, class_, IPAM_DNS_RECORD_CLASS),
    NULL_TEXT(ipam_dns_record, rdata, IPAM_DNS_RECORD_RDATA),
    NULL_LIST(ipam_dns_record, values, IPAM_DNS_RECORD_VALUES, NULL_TEXTS),
    NULL_PLAIN(ipam_dns_record, address, IPAM_DNS_RECORD_ADDRESS),
    NULL_TEXT(ipam_dns_record, target, IPAM_DNS_RECORD_TARGET),
    NULL_PLAIN(ipam_dns_record, preference, IPAM_DNS_RECORD_PREFERENCE),
    NULL_PLAIN(ipam_dns_record, weight, IPAM_DNS_RECORD_WEIGHT),
    NULL_PLAIN(ipam_dns_record, port, IPAM_DNS_RECORD_PORT),
    NULL_PLAIN(ipam_dns_record, aging, IPAM_DNS_RECORD_AGING),
    NULL_PLAIN(ipam_dns_record, open_update, IPAM_DNS_RECORD_OPEN_UPDATE),
    NULL_PLAIN(ipam_dns_record, disabled, IPAM_DNS_RECORD_DISABLED),
    NULL_TEXT(ipam_dns_record, comment, IPAM_DNS_RECORD_COMMENT),
    NULL_TEXT(ipam_dns_record, vendor, IPAM_DNS_RECORD_VENDOR),
    { .number = 0 },
};

const struct null_shape null_zone_shape = { IPAM_T_ZONE, sizeof(struct ipam_zone), zone_fields };
const struct null_shape null_dns_record_shape = { IPAM_T_DNS_RECORD, sizeof(struct ipam_dns_record),
                                                  dns_record_fields };
