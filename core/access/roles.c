/* roles.c - the fixed groups and the built-in roles, and what each of them may.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * After [MS-IPAMM2], UserRole, and the security groups that go with it. A group decides also what no role can
 * be given; everybody reads but for what tells of people (tracking) and of the storage. */
#include "access/access_p.h"

#include "base/arena.h"

#define IN_DHCP (IN_DHCP_SERVER | IN_DHCP_SCOPE | IN_RESERVATION | IN_SUPERSCOPE | IN_FAILOVER)
#define IN_PLAN (IN_SPACE | IN_BLOCK | IN_SUBNET | IN_RANGE | IN_ADDRESS)

struct role {
    const char *key, *title, *help;
    bool group;
    unsigned may; /* a group: GROUP_*; a role: IN_* */
};

#define GROUP_ADMINISTRATORS 8u

static const struct role roles[] = {
    { "administrator", "IPAM Administrators", "May everything.", true, GROUP_ADMINISTRATORS },
    { "reader", "IPAM Users", "Reads everything but who used which address.", true, 0 },
    { "asm-group", "IPAM ASM Administrators", "The address plan, the inventory, and starting tasks.", true,
      GROUP_ASM },
    { "msm-group", "IPAM MSM Administrators", "DHCP and DNS servers, the inventory, and starting tasks.",
      true, GROUP_MSM },
    { "audit-group", "IPAM IP Audit Administrators",
      "Reads everything, also who used which address; the inventory, and starting tasks.", true,
      GROUP_AUDIT },
    { "ipam-administrator", "IPAM Administrator",
      "The address plan, DHCP, zones and records of DNS, and who may do what.", false,
      IN_ALL & ~IN_DNS_SERVER },
    { "asm-administrator", "IPAM ASM Administrator", "The address plan.", false, IN_PLAN | IN_CUSTOM_FIELD },
    { "msm-administrator", "IPAM MSM Administrator", "DHCP, and zones and records of DNS.", false,
      IN_DHCP | IN_DNS_ZONE | IN_DNS_RECORD | IN_CUSTOM_FIELD },
    { "dhcp-administrator", "IPAM DHCP Administrator", "DHCP servers and all that is on them.", false,
      IN_DHCP | IN_CUSTOM_FIELD },
    { "dhcp-scope-administrator", "IPAM DHCP Scope Administrator", "DHCP scopes, superscopes, reservations.",
      false, IN_DHCP_SCOPE | IN_RESERVATION | IN_SUPERSCOPE },
    { "dhcp-reservations-administrator", "IPAM DHCP Reservations Administrator", "DHCP reservations.", false,
      IN_RESERVATION },
    { "dns-administrator", "IPAM DNS Administrator", "DNS servers, zones and records.", false,
      IN_DNS_SERVER | IN_DNS_ZONE | IN_DNS_RECORD },
    { "dns-record-administrator", "DNS Record Administrator", "DNS records.", false, IN_DNS_RECORD },
    { "address-record-administrator", "IP Address Record Administrator", "Addresses.", false, IN_ADDRESS },
    { NULL, NULL, NULL, false, 0 },
};

const struct role *access_role(struct ipam_str key)
{
    for (const struct role *r = roles; r->key != NULL; r++)
        if (str_is(key, r->key))
            return r;
    return NULL;
}

const struct role *access_role_next(const struct role *after)
{
    const struct role *r = after == NULL ? roles : after + 1;
    return r->key != NULL ? r : NULL;
}

const char *access_role_key(const struct role *r)
{
    return r->key;
}

const char *access_role_title(const struct role *r)
{
    return r->title;
}

const char *access_role_help(const struct role *r)
{
    return r->help;
}

bool access_role_is_group(const struct role *r)
{
    return r->group;
}

bool access_role_allows(const struct role *r, const struct operation *op)
{
    if (op->flags & (OPERATION_PUBLIC | OPERATION_SELF))
        return true;
    if ((op->flags & (OPERATION_READS | OPERATION_GROUPS)) == OPERATION_READS)
        return true;
    if (r->group)
        return r->may & (GROUP_ADMINISTRATORS | op->who);
    return r->may & op->groups;
}
