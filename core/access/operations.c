/* operations.c - everything that can be done, and to which operation group it belongs.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * After [MS-IPAMM2], UserRole and OperationGroup, with the names that are published there. Of what has no
 * name there, the group is that of what it changes. */
#include "access/access_p.h"

#include <pthread.h>

/* Who of the fixed groups may, beside the administrators, who may all. */
#define A   GROUP_ASM
#define M   GROUP_MSM
#define U   GROUP_AUDIT
#define AM  (A | M)
#define AMU (A | M | U)

/* clang-format off: a row each */
#define READ(name)                         { name ".read", "GenericRead", 0, OPERATION_READS, 0 }
#define WHOLE(name)                                                                                          \
    { name ".read", "GenericRead", 0, OPERATION_READS | OPERATION_UNSCOPED | OPERATION_WHOLE, 0 }
#define DO(name, published, in, who)       { name, published, IN_##in, 0, who }
#define ANY(name, published, in, who)      { name, published, IN_##in, OPERATION_UNSCOPED, who }
#define ADMIN(name, published, in)         { name, published, IN_##in, OPERATION_ADMIN, 0 }
#define ONLY(name, published, flags, who)                                                                    \
    { name, published, 0, OPERATION_GROUPS | OPERATION_UNSCOPED | (flags), who }
#define GROUPS(name, published, who)       ONLY(name, published, 0, who)
#define GROUPS_ADMIN(name, published)      ONLY(name, published, OPERATION_ADMIN, 0)
/* Also by everybody: on what is his own, about himself, or before he is known. */
#define OWN(name, flags)                   ONLY(name, NULL, OPERATION_OWN | (flags), 0)
#define SELF(name, flags)                  { name, NULL, 0, OPERATION_SELF | OPERATION_UNSCOPED | (flags), 0 }
#define PUBLIC(name)                       { name, NULL, 0, OPERATION_PUBLIC | OPERATION_UNSCOPED, 0 }
/* A record type: only some are printed there, the others are alike. */
#define RECORD(type, create, change, delete, who)                                                            \
    DO("dns.record." type ".create", create, DNS_RECORD, who),                                               \
    DO("dns.record." type ".change", change, DNS_RECORD, M),                                                 \
    DO("dns.record." type ".delete", delete, DNS_RECORD, who)
#define OTHER_RECORD(type) RECORD(type, NULL, NULL, NULL, M)
/* clang-format on */

const struct operation access_operations[] = {
    /* the address plan */
    READ("ipam.space"),
    DO("ipam.space.create", "AddressSpaceCreate", SPACE, A),
    DO("ipam.space.change", "AddressSpaceEdit", SPACE, A),
    DO("ipam.space.delete", "AddressSpaceDelete", SPACE, A),
    DO("ipam.space.set-scope", "SetAddressSpaceAccessScope", SPACE, 0),
    READ("ipam.block"),
    DO("ipam.block.create", "CreateAddressBlock", BLOCK, A),
    DO("ipam.block.change", "UpdateAddressBlock", BLOCK, A),
    DO("ipam.block.delete", "DeleteAddressBlock", BLOCK, A),
    DO("ipam.block.set-scope", "SetAddressBlockAccessScope", BLOCK, 0),
    READ("ipam.subnet"),
    DO("ipam.subnet.create", "AddressSubnetCreate", SUBNET, A),
    DO("ipam.subnet.change", "AddressSubnetEdit", SUBNET, A),
    DO("ipam.subnet.delete", "AddressSubnetDelete", SUBNET, A),
    DO("ipam.subnet.remap", "AddressSubnetRemapToBlock", SUBNET, A),
    DO("ipam.subnet.set-scope", "SetAddressSubnetAccessScope", SUBNET, 0),
    READ("ipam.range"),
    DO("ipam.range.create", "CreateAddressRange", RANGE, AM),
    DO("ipam.range.change", "UpdateIPAddressRange", RANGE, AM),
    DO("ipam.range.delete", "DeleteAddressRange", RANGE, AM),
    DO("ipam.range.remap", "MapAddressRangeToAddressBlock", RANGE, AM),
    DO("ipam.range.map-zone", "MapIPRangeToReverseLookupZone", RANGE, A),
    DO("ipam.range.set-scope", "SetAddressRangeAccessScope", RANGE, 0),
    READ("ipam.address"),
    DO("ipam.address.create", "CreateIPAddress", ADDRESS, A),
    DO("ipam.address.allocate", "CreateIPAddress", ADDRESS, A),
    DO("ipam.address.change", "UpdateIPAddress", ADDRESS, A),
    DO("ipam.address.delete", "DeleteIPAddress", ADDRESS, A),
    READ("ipam.pool"),
    DO("ipam.pool.create", NULL, BLOCK, A),
    DO("ipam.pool.change", NULL, BLOCK, A),
    DO("ipam.pool.delete", NULL, BLOCK, A),
    DO("ipam.pool.set-scope", NULL, BLOCK, 0),
    /* The pool itself gives nothing: of its members those are asked where he may make what is asked for. */
    { "ipam.pool.allocate", NULL, IN_ADDRESS | IN_SUBNET, 0, A },
    READ("ipam.vlan-group"),
    DO("ipam.vlan-group.create", NULL, SUBNET, A),
    DO("ipam.vlan-group.change", NULL, SUBNET, A),
    DO("ipam.vlan-group.delete", NULL, SUBNET, A),
    DO("ipam.vlan-group.set-scope", NULL, SUBNET, 0),
    READ("ipam.vlan"),
    DO("ipam.vlan.create", NULL, SUBNET, A),
    DO("ipam.vlan.change", NULL, SUBNET, A),
    DO("ipam.vlan.delete", NULL, SUBNET, A),
    DO("ipam.vlan.set-scope", NULL, SUBNET, 0),
    READ("ipam.vrf"),
    DO("ipam.vrf.create", NULL, SPACE, A),
    DO("ipam.vrf.change", NULL, SPACE, A),
    DO("ipam.vrf.delete", NULL, SPACE, A),
    DO("ipam.vrf.set-scope", NULL, SPACE, 0),
    READ("ipam.conflict"),
    READ("ipam.quarantine"),
    DO("ipam.quarantine.delete", NULL, ADDRESS, A),
    GROUPS("ipam.utilization.purge", "PurgeUtilizationData", 0),
    READ("ipam.custom-field"),
    ANY("ipam.custom-field.create", "CreateCustomField", CUSTOM_FIELD, AM),
    ANY("ipam.custom-field.change", "EditCustomField", CUSTOM_FIELD, AM),
    ANY("ipam.custom-field.delete", "DeleteCustomField", CUSTOM_FIELD, AM),
    ANY("ipam.custom-field.set-values", "ManageCustomFieldValues", CUSTOM_FIELD, AM),
    READ("ipam.logical-group"),
    ANY("ipam.logical-group.create", "CreateLogicalGroup", LOGICAL_GROUP, AM),
    ANY("ipam.logical-group.change", "UpdateLogicalGroup", LOGICAL_GROUP, AM),
    ANY("ipam.logical-group.delete", "DeleteLogicalGroup", LOGICAL_GROUP, AM),

    /* DHCP */
    READ("dhcp.server"),
    DO("dhcp.server.change", "MsmDhcpEditServerProperties", DHCP_SERVER, M),
    DO("dhcp.server.set-options", "MsmDhcpEditServerOptions", DHCP_SERVER, M),
    ANY("dhcp.edit", NULL, DHCP_SERVER, M),
    DO("dhcp.server.set-scope", "SetMsmDhcpServerAccessScope", DHCP_SERVER, 0),
    DO("dhcp.option-definition.configure", "MsmDhcpConfigurePredefinedOptions", DHCP_SERVER, M),
    DO("dhcp.user-class.configure", "MsmDhcpConfigureUserClass", DHCP_SERVER, M),
    DO("dhcp.vendor-class.configure", "MsmDhcpConfigureVendorClass", DHCP_SERVER, M),
    DO("dhcp.server-policy.create", "MsmDhcpCreateServerPolicy", DHCP_SERVER, M),
    DO("dhcp.server-policy.change", "MsmDhcpEditServerPolicy", DHCP_SERVER, M),
    DO("dhcp.server-policy.delete", "MsmDhcpDeleteServerPolicy", DHCP_SERVER, M),
    DO("dhcp.filter.manage", "MsmDhcpFilterOperation", DHCP_SERVER, M),
    READ("dhcp.server-config"),
    /* The text tells of everything on the server, in whatever access scope that is. */
    ONLY("dhcp.server-config-text.read", NULL, OPERATION_READS, M | U),
    READ("dhcp.scope"),
    DO("dhcp.scope.create", "MsmDhcpCreateScope", DHCP_SCOPE, M),
    DO("dhcp.scope.change", "MsmDhcpEditScope", DHCP_SCOPE, M),
    DO("dhcp.scope.delete", "MsmDhcpDeleteScope", DHCP_SCOPE, M),
    DO("dhcp.scope.activate", "MsmDhcpActivateScope", DHCP_SCOPE, M),
    DO("dhcp.scope.set-options", "MsmDhcpEditScopeOptions", DHCP_SCOPE, M),
    DO("dhcp.scope.set-scope", "SetMsmDhcpScopeAccessScope", DHCP_SCOPE, 0),
    DO("dhcp.scope-policy.create", "MsmDhcpCreateScopePolicy", DHCP_SCOPE, M),
    DO("dhcp.scope-policy.change", "MsmDhcpEditScopePolicy", DHCP_SCOPE, M),
    DO("dhcp.scope-policy.delete", "MsmDhcpDeleteScopePolicy", DHCP_SCOPE, M),
    READ("dhcp.reservation"),
    DO("dhcp.reservation.create", "MsmDhcpScopeCreateOrEditAddressReservation", RESERVATION, AM),
    DO("dhcp.reservation.change", "MsmDhcpScopeEditAddressReservation", RESERVATION, M),
    DO("dhcp.reservation.delete", "MsmDhcpScopeDeleteAddressReservation", RESERVATION, AM),
    READ("dhcp.superscope"),
    DO("dhcp.superscope.create", "MsmDhcpCreateSuperscope", SUPERSCOPE, M),
    DO("dhcp.superscope.change", "MsmDhcpEditSuperscope", SUPERSCOPE, M),
    DO("dhcp.superscope.delete", "MsmDhcpDeleteSuperscope", SUPERSCOPE, M),
    DO("dhcp.superscope.set-scope", "SetMsmDhcpSuperscopeAccessScope", SUPERSCOPE, 0),
    READ("dhcp.failover"),
    DO("dhcp.failover.create", "MsmDhcpCreateFailover", FAILOVER, M),
    DO("dhcp.failover.change", "MsmDhcpEditFailover", FAILOVER, M),
    DO("dhcp.failover.delete", "MsmDhcpDeleteFailover", FAILOVER, M),
    ANY("dhcp.failover.replicate", "MsmDhcpReplicateOperation", FAILOVER, M),
    READ("dhcp.lease"),
    DO("dhcp.lease.create", NULL, DHCP_SCOPE, M),
    DO("dhcp.lease.delete", NULL, DHCP_SCOPE, M),
    READ("dhcp.pool"),
    READ("dhcp.exclusion"),
    READ("dhcp.option"),
    READ("dhcp.class"),
    READ("dhcp.policy"),
    READ("dhcp.filter"),
    READ("dhcp.statistic"),
    READ("dhcp.drift"),
    { "dhcp.drift.adopt", NULL, IN_PLANS, 0, AM },
    { "dhcp.drift.restore", NULL, IN_PLANS, 0, AM },

    /* DNS */
    DO("dns.server.set-scope", "SetMsmDnsServerAccessScope", DNS_SERVER, 0),
    READ("dns.zone"),
    DO("dns.zone.reset-status", "MsmDnsResetZoneStatus", DNS_ZONE, M),
    DO("dns.zone.set-preferred-server", "MsmDnsSetPreferredServerForZone", DNS_ZONE, M),
    DO("dns.zone.set-scope", "SetMsmDnsZoneAccessScope", DNS_ZONE, 0),
    READ("dns.record"),
    DO("dns.record.create", "MsmDnsCreateResourceRecord", DNS_RECORD, AM),
    DO("dns.record.delete", "MsmDnsDeleteResourceRecord", DNS_RECORD, AM),
    DO("dns.record.set-scope", "SetMsmDnsResourceRecordAccessScope", DNS_RECORD, 0),
    RECORD("a", "MsmDnsCreateHostARecord", "MsmDnsEditHostARecord", "MsmDnsDeleteHostARecord", AM),
    RECORD("aaaa", NULL, NULL, NULL, AM),
    RECORD("ptr", "MsmDnsCreatePointerRecord", NULL, "MsmDnsDeletePointerRecord", AM),
    RECORD("ns", "MsmDnsCreateNameServersRecord", NULL, "MsmDnsDeleteNameServersRecord", M),
    OTHER_RECORD("cname"),
    OTHER_RECORD("dname"),
    OTHER_RECORD("mx"),
    OTHER_RECORD("srv"),
    OTHER_RECORD("txt"),
    OTHER_RECORD("afsdb"),
    OTHER_RECORD("atma"),
    OTHER_RECORD("dhcid"),
    OTHER_RECORD("hinfo"),
    OTHER_RECORD("isdn"),
    OTHER_RECORD("rp"),
    OTHER_RECORD("rt"),
    OTHER_RECORD("wins"),
    OTHER_RECORD("winsr"),
    OTHER_RECORD("wks"),
    OTHER_RECORD("x25"),

    /* the inventory and what is done on servers */
    READ("inventory.server"),
    GROUPS("inventory.server.create", "AddServer", AMU),
    GROUPS("inventory.server.change", "UpdateServer", AMU),
    GROUPS("inventory.server.delete", "DeleteServer", AMU),
    GROUPS("inventory.server.probe", "TaskStart", AMU),
    GROUPS("inventory.server.collect", "TaskStart", AMU),
    GROUPS("inventory.discovery.create", "SaveDiscoveryConfig", AMU),
    GROUPS("inventory.discovery.change", "UpdateDiscoveryConfig", AMU),
    GROUPS("inventory.discovery.delete", "DeleteDiscoveryConfig", AMU),
    READ("inventory.check"),
    READ("manage.plan"),
    { "manage.plan.resume", NULL, IN_PLANS, 0, AM },
    { "manage.plan.undo", NULL, IN_PLANS, 0, M },

    /* what was done, and who had what */
    READ("audit.change"),
    { "audit.change.revert", NULL, IN_ALL, OPERATION_UNSCOPED, AM },
    WHOLE("audit.checkpoint"),
    GROUPS("audit.checkpoint.create", NULL, U),
    ONLY("audit.export.read", NULL, OPERATION_READS, U),
    ONLY("audit.tracking.read", "IPAddressAudit", OPERATION_READS, U),
    GROUPS("audit.event.purge", "PurgeAuditData", 0),
    READ("find"),

    /* who may do what */
    READ("access.operation"),
    READ("access.role"),
    READ("access.scope"),
    READ("access.policy"),
    READ("access.explain"),
    WHOLE("access.who-can"),
    ONLY("access.user.read", NULL, OPERATION_READS, 0),
    GROUPS_ADMIN("access.user.create", NULL),
    GROUPS_ADMIN("access.user.change", NULL),
    GROUPS_ADMIN("access.user.delete", NULL),
    SELF("access.user.password", 0),
    ONLY("access.group.read", NULL, OPERATION_READS, 0),
    GROUPS_ADMIN("access.group.create", NULL),
    GROUPS_ADMIN("access.group.change", NULL),
    GROUPS_ADMIN("access.group.delete", NULL),
    OWN("access.token.read", OPERATION_READS),
    GROUPS_ADMIN("access.token.create", NULL),
    GROUPS_ADMIN("access.token.change", NULL),
    OWN("access.token.delete", 0),
    OWN("access.session.read", OPERATION_READS),
    PUBLIC("access.session.create"),
    OWN("access.session.delete", 0),
    SELF("access.me.read", OPERATION_READS),
    ONLY("access.recovery.read", NULL, OPERATION_READS, 0),
    GROUPS_ADMIN("access.recovery.create", NULL),
    ADMIN("access.policy.create", "CreateAccessPolicy", POLICY),
    ADMIN("access.policy.change", "UpdateAccessPolicy", POLICY),
    ADMIN("access.policy.delete", "DeleteAccessPolicy", POLICY),
    ADMIN("access.scope.create", "CreateAccessScope", ACCESS_SCOPE),
    ADMIN("access.scope.change", "UpdateAccessScope", ACCESS_SCOPE),
    ADMIN("access.scope.delete", "DeleteAccessScope", ACCESS_SCOPE),
    GROUPS_ADMIN("access.role.create", "CreateUserRole"),
    GROUPS_ADMIN("access.role.change", "UpdateUserRole"),
    GROUPS_ADMIN("access.role.delete", "DeleteUserRole"),
    GROUPS("access.key.generate", "AutogenerateSecretKey", 0),
    ONLY("access.key.read", "ReadSecretKey", OPERATION_READS, 0),
    GROUPS("access.key.change", "UpdateSecretKey", 0),
    GROUPS("access.key.recompute", "RecomputeHashUsingStoredSecretKey", 0),

    /* the service itself */
    WHOLE("system.secret"),
    GROUPS("system.secret.write", NULL, 0),
    GROUPS("system.secret.delete", NULL, 0),
    ONLY("system.master-key.read", NULL, OPERATION_READS, 0),
    GROUPS("system.master-key.rotate", NULL, 0),
    READ("system.query"),
    { "system.query.create", NULL, IN_ALL, OPERATION_UNSCOPED, AMU }, /* and his own alone */
    { "system.query.change", NULL, IN_ALL, OPERATION_UNSCOPED, AMU },
    { "system.query.delete", NULL, IN_ALL, OPERATION_UNSCOPED, AMU },
    READ("system.report"),
    READ("system.alert"),
    READ("system.job"),
    { "system.job.cancel", NULL, IN_ALL, OPERATION_UNSCOPED, AMU },
    WHOLE("system.plugin"),
    WHOLE("system.metrics"),
    WHOLE("system.task"),
    GROUPS("system.task.run", "TaskStart", AMU),
    GROUPS("system.task.purge", NULL, 0),
    GROUPS("system.setting.change", "SetCommonPropertyValue", AMU),
    GROUPS("system.backup.create", NULL, 0),
    ONLY("system.storage.read", "RetrieveDatabaseConfiguration", OPERATION_READS | OPERATION_ADMIN, 0),
    GROUPS_ADMIN("system.storage.verify", NULL),
    GROUPS_ADMIN("system.storage.connect", "ConnectToAnotherDatabase"),
    GROUPS_ADMIN("system.storage.move", "MoveDatabase"),
    GROUPS("system.storage.provision", "ProvisionServer", 0),
    GROUPS_ADMIN("system.upgrade.check", "ValidateIfUpgradeIsPossible"),
    GROUPS_ADMIN("system.upgrade.report", "GenerateUpgradeValidationFailureLog"),
    GROUPS("system.upgrade.convert", "SchemaConversion", 0),
    { NULL, NULL, 0, 0, 0 },
};

_Static_assert(sizeof(access_operations) / sizeof(access_operations[0]) <= OPERATION_WORDS * 64u,
               "raise OPERATION_WORDS");

/* Where the operations stand, by a hash of their names: every request asks for one. */
#define SLOTS 1024 /* a power of two, more than twice as many as there are */
static const struct operation *slots[SLOTS];
static pthread_once_t slots_once = PTHREAD_ONCE_INIT;

_Static_assert(sizeof(access_operations) / sizeof(access_operations[0]) <= SLOTS / 2, "raise SLOTS");

/* The slot of a name, or the free one where it belongs (FNV-1a). */
static const struct operation **slot_of(struct ipam_str name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
    while (slots[hash & (SLOTS - 1)] != NULL && !str_is(name, slots[hash & (SLOTS - 1)]->name))
        hash++;
    return &slots[hash & (SLOTS - 1)];
}

static void slots_make(void)
{
    for (const struct operation *op = access_operations; op->name != NULL; op++)
        *slot_of(str_from(op->name)) = op;
}

const struct operation *access_operation_named(struct ipam_str name)
{
    pthread_once(&slots_once, slots_make);
    return *slot_of(name);
}

const struct operation *access_operation(const char *name)
{
    return access_operation_named(str_from(name));
}
