/* access_p.h - what the tables of operations and roles share: operation groups and fixed groups.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCESS_ACCESS_P_H
#define ACCESS_ACCESS_P_H

#include "access/access.h"

/* Operation groups: what built-in roles are made of. */
#define IN_POLICY        (1u << 0)
#define IN_ACCESS_SCOPE  (1u << 1)
#define IN_SPACE         (1u << 2)
#define IN_BLOCK         (1u << 3)
#define IN_SUBNET        (1u << 4)
#define IN_RANGE         (1u << 5)
#define IN_ADDRESS       (1u << 6)
#define IN_CUSTOM_FIELD  (1u << 7)
#define IN_LOGICAL_GROUP (1u << 8)
#define IN_DHCP_SERVER   (1u << 9)
#define IN_DHCP_SCOPE    (1u << 10)
#define IN_RESERVATION   (1u << 11)
#define IN_SUPERSCOPE    (1u << 12)
#define IN_FAILOVER      (1u << 13)
#define IN_DNS_SERVER    (1u << 14)
#define IN_DNS_ZONE      (1u << 15)
#define IN_DNS_RECORD    (1u << 16)
#define IN_ALL           ((1u << 17) - 1)
/* Plans change servers: who may change anything there may go on with one. */
#define IN_PLANS (IN_DHCP_SERVER | IN_DHCP_SCOPE | IN_RESERVATION | IN_SUPERSCOPE | IN_FAILOVER | IN_ADDRESS)

/* Fixed groups that an operation may be given to; administrators have all, users none. */
#define GROUP_ASM   1u
#define GROUP_MSM   2u
#define GROUP_AUDIT 4u

#define OPERATION_WORDS 8 /* of 64 bits, for a bit each */

#endif
