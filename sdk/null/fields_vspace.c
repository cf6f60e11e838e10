/* fields_vspace.c - the fields that null-vspace keeps of its records.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * All that a client can set is kept, so that what is read back is what was written. What the host derives or
 * numbers (id, rev, server, ...) is not the provider's. */
#include "fields.h"

static const struct null_field vnetwork_fields[] = {
    NULL_TEXT(ipam_vnetwork, native, IPAM_VNETWORK_NATIVE),
    NULL_NEEDED(ipam_vnetwork, kind, IPAM_VNETWORK_KIND),
    NULL_NEEDED_TEXT(ipam_vnetwork, name, IPAM_VNETWORK_NAME),
    NULL_TEXT(ipam_vnetwork, description, IPAM_VNETWORK_DESCRIPTION),
    NULL_TEXT(ipam_vnetwork, parent, IPAM_VNETWORK_PARENT),
    NULL_TEXT(ipam_vnetwork, tenant, IPAM_VNETWORK_TENANT),
    NULL_TEXT(ipam_vnetwork, owner, IPAM_VNETWORK_OWNER),
    NULL_PLAIN(ipam_vnetwork, isolation, IPAM_VNETWORK_ISOLATION),
    NULL_PLAIN(ipam_vnetwork, segment, IPAM_VNETWORK_SEGMENT),
    NULL_LIST(ipam_vnetwork, sites, IPAM_VNETWORK_SITES, NULL_TEXTS),
    NULL_PLAIN(ipam_vnetwork, shared, IPAM_VNETWORK_SHARED),
    NULL_PLAIN(ipam_vnetwork, external, IPAM_VNETWORK_EXTERNAL),
    NULL_TEXT(ipam_vnetwork, vendor, IPAM_VNETWORK_VENDOR),
    { .number = 0 },
};
static const struct null_field vsubnet_fields[] = {
    NULL_TEXT(ipam_vsubnet, native, IPAM_VSUBNET_NATIVE),
    NULL_TEXT(ipam_vsubnet, native_network, IPAM_VSUBNET_NATIVE_NETWORK),
    NULL_NEEDED(ipam_vsubnet, prefix, IPAM_VSUBNET_PREFIX),
    NULL_TEXT(ipam_vsubnet, name, IPAM_VSUBNET_NAME),
    NULL_TEXT(ipam_vsubnet, description, IPAM_VSUBNET_DESCRIPTION),
    NULL_TEXT(ipam_vsubnet, logical_network, IPAM_VSUBNET_LOGICAL_NETWORK),
    NULL_TEXT(ipam_vsubnet, site, IPAM_VSUBNET_SITE),
    NULL_TEXT(ipam_vsubnet, vm_network, IPAM_VSUBNET_VM_NETWORK),
    NULL_TEXT(ipam_vsubnet, tenant, IPAM_VSUBNET_TENANT),
    NULL_PLAIN(ipam_vsubnet, isolation, IPAM_VSUBNET_ISOLATION),
    NULL_LIST(ipam_vsubnet, vlans, IPAM_VSUBNET_VLANS, sizeof(int64_t)),
    NULL_PLAIN(ipam_vsubnet, virtual_subnet, IPAM_VSUBNET_VIRTUAL_SUBNET),
    NULL_LIST(ipam_vsubnet, gateways, IPAM_VSUBNET_GATEWAYS, sizeof(struct ipam_addr)),
    NULL_LIST(ipam_vsubnet, gateway_metrics, IPAM_VSUBNET_GATEWAY_METRICS, sizeof(int64_t)),
    NULL_LIST(ipam_vsubnet, dns_servers, IPAM_VSUBNET_DNS_SERVERS, sizeof(struct ipam_addr)),
    NULL_LIST(ipam_vsubnet, dns_suffixes, IPAM_VSUBNET_DNS_SUFFIXES, NULL_TEXTS),
    NULL_TEXT(ipam_vsubnet, dns_suffix, IPAM_VSUBNET_DNS_SUFFIX),
    NULL_PLAIN(ipam_vsubnet, dhcp, IPAM_VSUBNET_DHCP),
    NULL_PLAIN(ipam_vsubnet, used, IPAM_VSUBNET_USED),
    NULL_TEXT(ipam_vsubnet, vendor, IPAM_VSUBNET_VENDOR),
    { .number = 0 },
};
static const struct null_field vpool_fields[] = {
    NULL_TEXT(ipam_vpool, native, IPAM_VPOOL_NATIVE),
    NULL_TEXT(ipam_vpool, native_network, IPAM_VPOOL_NATIVE_NETWORK),
    NULL_TEXT(ipam_vpool, native_subnet, IPAM_VPOOL_NATIVE_SUBNET),
    NULL_NEEDED(ipam_vpool, first, IPAM_VPOOL_FIRST),
    NULL_NEEDED(ipam_vpool, last, IPAM_VPOOL_LAST),
    NULL_TEXT(ipam_vpool, name, IPAM_VPOOL_NAME),
    NULL_TEXT(ipam_vpool, description, IPAM_VPOOL_DESCRIPTION),
    NULL_TEXT(ipam_vpool, logical_network, IPAM_VPOOL_LOGICAL_NETWORK),
    NULL_TEXT(ipam_vpool, site, IPAM_VPOOL_SITE),
    NULL_TEXT(ipam_vpool, vm_network, IPAM_VPOOL_VM_NETWORK),
    NULL_TEXT(ipam_vpool, tenant, IPAM_VPOOL_TENANT),
    NULL_PLAIN(ipam_vpool, isolation, IPAM_VPOOL_ISOLATION),
    NULL_LIST(ipam_vpool, gateways, IPAM_VPOOL_GATEWAYS, sizeof(struct ipam_addr)),
    NULL_LIST(ipam_vpool, gateway_metrics, IPAM_VPOOL_GATEWAY_METRICS, sizeof(int64_t)),
    NULL_LIST(ipam_vpool, dns_servers, IPAM_VPOOL_DNS_SERVERS, sizeof(struct ipam_addr)),
    NULL_LIST(ipam_vpool, dns_suffixes, IPAM_VPOOL_DNS_SUFFIXES, NULL_TEXTS),
    NULL_TEXT(ipam_vpool, dns_suffix, IPAM_VPOOL_DNS_SUFFIX),
    NULL_LIST(ipam_vpool, wins_servers, IPAM_VPOOL_WINS_SERVERS, sizeof(struct ipam_addr)),
    NULL_LIST(ipam_vpool, vips, IPAM_VPOOL_VIPS, NULL_TEXTS),
    NULL_LIST(ipam_vpool, reserved, IPAM_VPOOL_RESERVED, NULL_TEXTS),
    NULL_PLAIN(ipam_vpool, used, IPAM_VPOOL_USED),
    NULL_TEXT(ipam_vpool, vendor, IPAM_VPOOL_VENDOR),
    { .number = 0 },
};
static const struct null_field vaddress_fields[] = {
    NULL_TEXT(ipam_vaddress, native, IPAM_VADDRESS_NATIVE),
    NULL_TEXT(ipam_vaddress, native_network, IPAM_VADDRESS_NATIVE_NETWORK),
    NULL_TEXT(ipam_vaddress, native_subnet, IPAM_VADDRESS_NATIVE_SUBNET),
    NULL_TEXT(ipam_vaddress, native_pool, IPAM_VADDRESS_NATIVE_POOL),
    NULL_NEEDED(ipam_vaddress, address, IPAM_VADDRESS_ADDRESS),
    NULL_TEXT(ipam_vaddress, mac, IPAM_VADDRESS_MAC),
    NULL_TEXT(ipam_vaddress, name, IPAM_VADDRESS_NAME),
    NULL_TEXT(ipam_vaddress, device, IPAM_VADDRESS_DEVICE),
    NULL_TEXT(ipam_vaddress, native_device, IPAM_VADDRESS_NATIVE_DEVICE),
    NULL_PLAIN(ipam_vaddress, kind, IPAM_VADDRESS_KIND),
    NULL_PLAIN(ipam_vaddress, provider_address, IPAM_VADDRESS_PROVIDER_ADDRESS),
    NULL_TEXT(ipam_vaddress, description, IPAM_VADDRESS_DESCRIPTION),
    NULL_TEXT(ipam_vaddress, logical_network, IPAM_VADDRESS_LOGICAL_NETWORK),
    NULL_TEXT(ipam_vaddress, site, IPAM_VADDRESS_SITE),
    NULL_TEXT(ipam_vaddress, vm_network, IPAM_VADDRESS_VM_NETWORK),
    NULL_TEXT(ipam_vaddress, tenant, IPAM_VADDRESS_TENANT),
    NULL_PLAIN(ipam_vaddress, isolation, IPAM_VADDRESS_ISOLATION),
    NULL_PLAIN(ipam_vaddress, vlan, IPAM_VADDRESS_VLAN),
    NULL_PLAIN(ipam_vaddress, virtual_subnet, IPAM_VADDRESS_VIRTUAL_SUBNET),
    NULL_TEXT(ipam_vaddress, owner, IPAM_VADDRESS_OWNER),
    NULL_PLAIN(ipam_vaddress, assigned, IPAM_VADDRESS_ASSIGNED),
    NULL_TEXT(ipam_vaddress, vendor, IPAM_VADDRESS_VENDOR),
    { .number = 0 },
};

const struct null_shape null_vnetwork_shape = { IPAM_T_VNETWORK, sizeof(struct ipam_vnetwork),
                                                vnetwork_fields };
const struct null_shape null_vsubnet_shape = { IPAM_T_VSUBNET, sizeof(struct ipam_vsubnet), vsubnet_fields };
const struct null_shape null_vpool_shape = { IPAM_T_VPOOL, sizeof(struct ipam_vpool), vpool_fields };
const struct null_shape null_vaddress_shape = { IPAM_T_VADDRESS, sizeof(struct ipam_vaddress),
                                                vaddress_fields };
