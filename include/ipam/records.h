/* records.h - the records as plain structs. Made from records.def by `make records`; do not edit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Every struct begins with the members of struct ipam_record. For each field there is its number,
 * IPAM_TYPE_FIELD, for IPAM_HAS_FIELD and IPAM_SET_FIELD: a field counts only when its bit is set. The values
 * of an enum are IPAM_TYPE_FIELD_NAME, from 0; a bool is 0 or 1; a time is in milliseconds since 1970 UTC; a
 * percent is in hundredths. A member whose name is a word of C or C++ or one of the head ends in an
 * underscore (`size_`). Members are appended only: their order is that of the table, not of the numbers. */
#ifndef IPAM_RECORDS_H
#define IPAM_RECORDS_H

#include "ipam/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Types of records: the `type` of the head. */
#define IPAM_T_SPACE 1
#define IPAM_T_BLOCK 2
#define IPAM_T_SUBNET 3
#define IPAM_T_RANGE 4
#define IPAM_T_ADDRESS 5
#define IPAM_T_SERVER 6
#define IPAM_T_SCOPE 7
#define IPAM_T_RESERVATION 8
#define IPAM_T_LEASE 9
#define IPAM_T_PLAN 10
#define IPAM_T_PLAN_STEP 11
#define IPAM_T_JOB 12
#define IPAM_T_CLAIM 13
#define IPAM_T_CHANGE 14
#define IPAM_T_CHANGE_ITEM 15
#define IPAM_T_POOL 16
#define IPAM_T_PLUGIN_INFO 17
#define IPAM_T_INSTANCE 18
#define IPAM_T_DHCP_SERVER 19
#define IPAM_T_SUPERSCOPE 20
#define IPAM_T_EXCLUSION 21
#define IPAM_T_OPTION_DEFINITION 22
#define IPAM_T_OPTION_VALUE 23
#define IPAM_T_DHCP_CLASS 24
#define IPAM_T_DHCP_POLICY 25
#define IPAM_T_DHCP_CONDITION 26
#define IPAM_T_DHCP_POLICY_RANGE 27
#define IPAM_T_DHCP_FILTER 28
#define IPAM_T_FAILOVER 29
#define IPAM_T_ZONE 30
#define IPAM_T_DNS_RECORD 31
#define IPAM_T_VNETWORK 32
#define IPAM_T_VSUBNET 33
#define IPAM_T_VPOOL 34
#define IPAM_T_VADDRESS 35
#define IPAM_T_EVENT 36
#define IPAM_T_IDEMPOTENCY_ANSWER 37
#define IPAM_T_TASK 38
#define IPAM_T_CONFLICT 39
#define IPAM_T_DHCP_STATISTIC 40
#define IPAM_T_SERVER_CHECK 41
#define IPAM_T_ALERT 42
#define IPAM_T_SAMPLE 43
#define IPAM_T_UTILIZATION 44
#define IPAM_T_OPERATION 45
#define IPAM_T_USER 46
#define IPAM_T_GROUP 47
#define IPAM_T_TOKEN 48
#define IPAM_T_ROLE 49
#define IPAM_T_ACCESS_SCOPE 50
#define IPAM_T_ACCESS_POLICY 51
#define IPAM_T_VERIFIER 52
#define IPAM_T_SESSION 53
#define IPAM_T_RECOVERY 54
#define IPAM_T_ALLOTMENT 55
#define IPAM_T_BINDING 56
#define IPAM_T_FREE_RUN 57
#define IPAM_T_CUSTOM_FIELD 58
#define IPAM_T_MASTER_KEY 59
#define IPAM_T_SECRET 60
#define IPAM_T_SEAL 61
#define IPAM_T_FIELD_LINK 62
#define IPAM_T_LOGICAL_GROUP 63
#define IPAM_T_DHCP_READ 64
#define IPAM_T_CHECK 65
#define IPAM_T_PROBE 66
#define IPAM_T_EDIT 67
#define IPAM_T_EDIT_RESULT 68
#define IPAM_T_APPLY 69
#define IPAM_T_OUTCOME 70
#define IPAM_T_ACT 71
#define IPAM_T_NEXT_FREE 72
#define IPAM_T_DISCOVER 73
#define IPAM_T_FOUND 74
#define IPAM_T_PROVISION 75
#define IPAM_T_ARTEFACT 76
#define IPAM_T_DNS_READ 77
#define IPAM_T_RESOLVE 78
#define IPAM_T_VSPACE_READ 79
#define IPAM_T_EVENT_STREAM 80
#define IPAM_T_EVENT_READ 81
#define IPAM_T_CREDENTIAL 82
#define IPAM_T_PRINCIPAL 83
#define IPAM_T_REACH 84
#define IPAM_T_REACHED 85
#define IPAM_T_DELIVERY 86
#define IPAM_T_STAT 87
#define IPAM_T_ADDRESS_POOL 88
#define IPAM_T_SAVED_QUERY 90
#define IPAM_T_REPORT 91
#define IPAM_T_FREE_SPACE 92
#define IPAM_T_OWNER_TOTAL 93
#define IPAM_T_QUARANTINE 94
#define IPAM_T_VLAN_GROUP 96
#define IPAM_T_VLAN 97
#define IPAM_T_VRF 98
#define IPAM_T_REALM 100
#define IPAM_T_SERVER_CONFIG 101
#define IPAM_T_CONFIG_TEXT 102
#define IPAM_T_DHCP_CLIENT 103
#define IPAM_T_CLIENT_FINDING 104
#define IPAM_T_DRIFT 105
#define IPAM_T_CONFIG_PIECE 113

/* An address space: overlapping plans live in different spaces. Since 0.1. */
struct ipam_space {
    uint32_t size, type; /* IPAM_T_SPACE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    struct ipam_str name;            /* since 0.1; Name, unique. */
    struct ipam_str description;     /* since 0.1; What it is for. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    uint32_t kind;                   /* since 0.5; provider: of one's own network; customer: of a tenant on
                                      * top of a provider's. */
    int64_t provider;                /* since 0.5; Provider space that a customer space lies on. */
    uint32_t isolation;              /* since 0.5; How a customer space is kept apart from others. */
    struct ipam_str tenant;          /* since 0.5; Tenant whose customer space it is. */
    struct ipam_str vm_network;      /* since 0.5; VM network that the customer space is for. */
    uint32_t limits;                 /* since 0.5; strict: a public IPv4 block names its registry, a private
                                      * one none, at most 8 blocks lie in each other, and there is a VLAN
                                      * 4095; absent: none of that. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    struct ipam_u128 used4;          /* since 0.5; IPv4 addresses in use in it: assigned, reserved or leased.
                                      * Unit: addresses. */
    struct ipam_u128 used6;          /* since 0.5; The same of IPv6. Unit: addresses. */
    int64_t under;                   /* since 0.5; Utilisation below which what lies in it is under-used, 0 to
                                      * 100; 20 when it is absent. Unit: %. */
    int64_t over;                    /* since 0.5; Utilisation above which what lies in it is over-used, 0 to
                                      * 100; 80 when it is absent. Unit: %. */
    int64_t expiry_alert;            /* since 0.5; How long before its expiry date an address is due for it;
                                      * 10 when it is absent. Unit: days. */
    uint32_t expiry_events;          /* since 0.5; once (also when it is absent): an expiry is told when it
                                      * comes; periodic: again at every run of the task address_expiry. */
    int64_t quarantine;              /* since 0.5; How long an address is kept back after its release; 0: not
                                      * at all; absent: not at all. Unit: s. */
    uint32_t subnet_overlap;         /* since 0.5; refuse: a subnet of it lies in no other; allow (also when
                                      * it is absent): it may, and both say so. */
    int64_t vrf;                     /* since 0.5; VRF whose address plan it is; that of one space at the
                                      * most. */
};
#define IPAM_SPACE_ID 1
#define IPAM_SPACE_REV 2
#define IPAM_SPACE_NAME 3
#define IPAM_SPACE_DESCRIPTION 4
#define IPAM_SPACE_ACCESS_SCOPE 5
#define IPAM_SPACE_OWNER 6
#define IPAM_SPACE_KIND 7
#define IPAM_SPACE_KIND_PROVIDER 0
#define IPAM_SPACE_KIND_CUSTOMER 1
#define IPAM_SPACE_PROVIDER 8
#define IPAM_SPACE_ISOLATION 9
#define IPAM_SPACE_ISOLATION_NVGRE 0
#define IPAM_SPACE_ISOLATION_VLAN 1
#define IPAM_SPACE_ISOLATION_VXLAN 2
#define IPAM_SPACE_ISOLATION_IPREWRITE 3
#define IPAM_SPACE_TENANT 10
#define IPAM_SPACE_VM_NETWORK 11
#define IPAM_SPACE_LIMITS 12
#define IPAM_SPACE_LIMITS_NONE 0
#define IPAM_SPACE_LIMITS_STRICT 1
#define IPAM_SPACE_CUSTOM 13
#define IPAM_SPACE_USED4 32
#define IPAM_SPACE_USED6 33
#define IPAM_SPACE_UNDER 14
#define IPAM_SPACE_OVER 15
#define IPAM_SPACE_EXPIRY_ALERT 16
#define IPAM_SPACE_EXPIRY_EVENTS 17
#define IPAM_SPACE_EXPIRY_EVENTS_ONCE 0
#define IPAM_SPACE_EXPIRY_EVENTS_PERIODIC 1
#define IPAM_SPACE_QUARANTINE 18
#define IPAM_SPACE_SUBNET_OVERLAP 19
#define IPAM_SPACE_SUBNET_OVERLAP_ALLOW 0
#define IPAM_SPACE_SUBNET_OVERLAP_REFUSE 1
#define IPAM_SPACE_VRF 21

/* A block of addresses that is planned as one, divided into blocks and subnets. Since 0.1. */
struct ipam_block {
    uint32_t size, type; /* IPAM_T_BLOCK */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t space;                   /* since 0.1; Address space; the default space when absent. */
    struct ipam_prefix prefix;       /* since 0.1; The prefix, without host bits. */
    struct ipam_str name;            /* since 0.1; Name. */
    struct ipam_str description;     /* since 0.1; What it is for. */
    int64_t parent;                  /* since 0.1; Smallest block that encloses it. */
    struct ipam_u128 size_;          /* since 0.1; Number of addresses. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.1; Addresses in use: assigned, reserved or leased. Unit:
                                      * addresses. */
    int64_t utilization;             /* since 0.1; used / size. Unit: %. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    struct ipam_str made_by;         /* since 0.4; Who made it. */
    int64_t made_under;              /* since 0.4; The right that it counts for; absent: none that limits. */
    int64_t effective_scope;         /* since 0.4; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    uint32_t status;                 /* since 0.5; How far the plan for it has come. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    uint32_t rir;                    /* since 0.5; Regional registry that it was received from. */
    int64_t rir_date;                /* since 0.5; When it was received from the registry. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    uint32_t category;               /* since 0.5; private: for private networks (RFC 1918, RFC 4193); public:
                                      * other IPv4 for hosts; global: IPv6 of 2000::/3; other: the rest. */
    int64_t under;                   /* since 0.5; Utilisation below which it and what lies in it is
                                      * under-used, 0 to 100; absent: that of the block or space around it.
                                      * Unit: %. */
    int64_t over;                    /* since 0.5; Utilisation above which it and what lies in it is
                                      * over-used, 0 to 100; absent: that of the block or space around it.
                                      * Unit: %. */
    uint32_t level;                  /* since 0.5; How utilization stands to its thresholds: below under,
                                      * above over, or between. */
    int64_t quarantine;              /* since 0.5; How long an address is kept back after its release; 0: not
                                      * at all; absent: as in the block or space around it. Unit: s. */
};
#define IPAM_BLOCK_ID 1
#define IPAM_BLOCK_REV 2
#define IPAM_BLOCK_SPACE 3
#define IPAM_BLOCK_PREFIX 4
#define IPAM_BLOCK_NAME 5
#define IPAM_BLOCK_DESCRIPTION 6
#define IPAM_BLOCK_PARENT 32
#define IPAM_BLOCK_SIZE 33
#define IPAM_BLOCK_USED 34
#define IPAM_BLOCK_UTILIZATION 35
#define IPAM_BLOCK_ACCESS_SCOPE 7
#define IPAM_BLOCK_MADE_BY 8
#define IPAM_BLOCK_MADE_UNDER 9
#define IPAM_BLOCK_EFFECTIVE_SCOPE 36
#define IPAM_BLOCK_OWNER 10
#define IPAM_BLOCK_STATUS 11
#define IPAM_BLOCK_STATUS_PLANNED 0
#define IPAM_BLOCK_STATUS_RESERVED 1
#define IPAM_BLOCK_STATUS_ACTIVE 2
#define IPAM_BLOCK_STATUS_DEPRECATED 3
#define IPAM_BLOCK_TAGS 12
#define IPAM_BLOCK_RIR 13
#define IPAM_BLOCK_RIR_AFRINIC 0
#define IPAM_BLOCK_RIR_APNIC 1
#define IPAM_BLOCK_RIR_ARIN 2
#define IPAM_BLOCK_RIR_LACNIC 3
#define IPAM_BLOCK_RIR_RIPE 4
#define IPAM_BLOCK_RIR_DATE 14
#define IPAM_BLOCK_CUSTOM 15
#define IPAM_BLOCK_CATEGORY 37
#define IPAM_BLOCK_CATEGORY_PRIVATE 0
#define IPAM_BLOCK_CATEGORY_PUBLIC 1
#define IPAM_BLOCK_CATEGORY_GLOBAL 2
#define IPAM_BLOCK_CATEGORY_OTHER 3
#define IPAM_BLOCK_UNDER 16
#define IPAM_BLOCK_OVER 17
#define IPAM_BLOCK_LEVEL 38
#define IPAM_BLOCK_LEVEL_UNDER 0
#define IPAM_BLOCK_LEVEL_OPTIMAL 1
#define IPAM_BLOCK_LEVEL_OVER 2
#define IPAM_BLOCK_QUARANTINE 18

/* A subnet: one link's prefix. Since 0.1. */
struct ipam_subnet {
    uint32_t size, type; /* IPAM_T_SUBNET */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t space;                   /* since 0.1; Address space; the default space when absent. */
    struct ipam_prefix prefix;       /* since 0.1; The prefix, without host bits. */
    struct ipam_str name;            /* since 0.1; Name. */
    struct ipam_str description;     /* since 0.1; What it is for. */
    struct ipam_ints vlans;          /* since 0.1; VLAN ids (1-4094), each once. */
    struct ipam_str managed_by;      /* since 0.1; Source: the service that manages it; ipamd for the plan's
                                      * own. */
    struct ipam_str instance;        /* since 0.1; Source: the instance of that service. */
    int64_t parent;                  /* since 0.1; Smallest block that encloses it. */
    struct ipam_u128 size_;          /* since 0.1; Number of addresses. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.1; Addresses in use: assigned, reserved or leased. Unit:
                                      * addresses. */
    int64_t utilization;             /* since 0.1; used / size. Unit: %. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    struct ipam_str made_by;         /* since 0.4; Who made it. */
    int64_t made_under;              /* since 0.4; The right that it counts for; absent: none that limits. */
    int64_t effective_scope;         /* since 0.4; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    uint32_t status;                 /* since 0.5; How far the plan for it has come. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    struct ipam_addrs gateways;      /* since 0.5; Routers in it that lead out of it. */
    struct ipam_addrs dns_servers;   /* since 0.5; DNS servers that its hosts ask. */
    int64_t vsid;                    /* since 0.5; Virtual subnet id of an overlay network. */
    struct ipam_str logical_network; /* since 0.5; Logical network that it belongs to. */
    struct ipam_str site;            /* since 0.5; Site of that network. */
    struct ipam_str claim;           /* since 0.5; Claim it was carved out of its block under. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t under;                   /* since 0.5; Utilisation below which it and what lies in it is
                                      * under-used, 0 to 100; absent: that of the block or space around it.
                                      * Unit: %. */
    int64_t over;                    /* since 0.5; Utilisation above which it and what lies in it is
                                      * over-used, 0 to 100; absent: that of the block or space around it.
                                      * Unit: %. */
    uint32_t level;                  /* since 0.5; How utilization stands to its thresholds: below under,
                                      * above over, or between. */
    int64_t quarantine;              /* since 0.5; How long an address is kept back after its release; 0: not
                                      * at all; absent: as in the block or space around it. Unit: s. */
    int64_t in_vlan;                 /* since 0.5; VLAN whose subnet it is; its id is one of vlans. */
    uint32_t overlap;                /* since 0.5; overlapping: it lies in another subnet, or another one in
                                      * it. */
    uint32_t counted;                /* since 0.5; Whether it is counted where sizes of subnets are added up:
                                      * it lies in no other. */
    int64_t moving;                  /* since 0.5; Job that moves it elsewhere, or ended before it had: until
                                      * it has, nothing new comes into it. With stands_for: the job that is at
                                      * it now. */
    int64_t stands_for;              /* since 0.5; Subnet that a job moves here: it has the place, and what
                                      * was moved, until the job is done. */
};
#define IPAM_SUBNET_ID 1
#define IPAM_SUBNET_REV 2
#define IPAM_SUBNET_SPACE 3
#define IPAM_SUBNET_PREFIX 4
#define IPAM_SUBNET_NAME 5
#define IPAM_SUBNET_DESCRIPTION 6
#define IPAM_SUBNET_VLANS 7
#define IPAM_SUBNET_MANAGED_BY 8
#define IPAM_SUBNET_INSTANCE 9
#define IPAM_SUBNET_PARENT 32
#define IPAM_SUBNET_SIZE 33
#define IPAM_SUBNET_USED 34
#define IPAM_SUBNET_UTILIZATION 35
#define IPAM_SUBNET_ACCESS_SCOPE 10
#define IPAM_SUBNET_MADE_BY 11
#define IPAM_SUBNET_MADE_UNDER 12
#define IPAM_SUBNET_EFFECTIVE_SCOPE 36
#define IPAM_SUBNET_OWNER 13
#define IPAM_SUBNET_STATUS 14
#define IPAM_SUBNET_STATUS_PLANNED 0
#define IPAM_SUBNET_STATUS_RESERVED 1
#define IPAM_SUBNET_STATUS_ACTIVE 2
#define IPAM_SUBNET_STATUS_DEPRECATED 3
#define IPAM_SUBNET_TAGS 15
#define IPAM_SUBNET_GATEWAYS 16
#define IPAM_SUBNET_DNS_SERVERS 17
#define IPAM_SUBNET_VSID 18
#define IPAM_SUBNET_LOGICAL_NETWORK 19
#define IPAM_SUBNET_SITE 20
#define IPAM_SUBNET_CLAIM 21
#define IPAM_SUBNET_CUSTOM 22
#define IPAM_SUBNET_UNDER 23
#define IPAM_SUBNET_OVER 24
#define IPAM_SUBNET_LEVEL 37
#define IPAM_SUBNET_LEVEL_UNDER 0
#define IPAM_SUBNET_LEVEL_OPTIMAL 1
#define IPAM_SUBNET_LEVEL_OVER 2
#define IPAM_SUBNET_QUARANTINE 25
#define IPAM_SUBNET_IN_VLAN 28
#define IPAM_SUBNET_OVERLAP 38
#define IPAM_SUBNET_OVERLAP_NONE 0
#define IPAM_SUBNET_OVERLAP_OVERLAPPING 1
#define IPAM_SUBNET_COUNTED 39
#define IPAM_SUBNET_MOVING 29
#define IPAM_SUBNET_STANDS_FOR 31

/* A run of addresses inside a subnet, static or handed out by a DHCP server. Since 0.1. */
struct ipam_range {
    uint32_t size, type; /* IPAM_T_RANGE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t space;                   /* since 0.1; Address space; the default space when absent. */
    struct ipam_addr first;          /* since 0.1; First address; the first usable one of prefix when
                                      * absent. */
    struct ipam_addr last;           /* since 0.1; Last address; the last usable one of prefix when absent. */
    uint32_t kind;                   /* since 0.1; static: assigned by the plan; dynamic: leased by a DHCP
                                      * server; auto: hosts make them themselves (IPv6); vip: virtual ones;
                                      * reserved: kept back. */
    struct ipam_str name;            /* since 0.1; Name. */
    struct ipam_str description;     /* since 0.1; What it is for. */
    struct ipam_str managed_by;      /* since 0.1; Source: the service that manages it; ipamd for the plan's
                                      * own. */
    struct ipam_str instance;        /* since 0.1; Source: the instance of that service. */
    int64_t scope;                   /* since 0.1; DHCP scope it belongs to. */
    int64_t parent;                  /* since 0.1; Smallest subnet that encloses it. */
    struct ipam_u128 size_;          /* since 0.1; Number of addresses. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.1; Addresses in use: assigned, reserved or leased. Unit:
                                      * addresses. */
    int64_t utilization;             /* since 0.1; used / size. Unit: %. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    int64_t effective_scope;         /* since 0.4; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
    struct ipam_prefix prefix;       /* since 0.5; When it is created: gives its first and its last usable
                                      * address for those that are absent; not kept. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    struct ipam_strs reserved;       /* since 0.5; Addresses of it, and runs of them (FIRST-LAST), that are
                                      * kept back. */
    struct ipam_strs vips;           /* since 0.5; Addresses of it, and runs of them (FIRST-LAST), for virtual
                                      * addresses of load balancers. */
    struct ipam_strs gateways;       /* since 0.5; Default gateways: ADDRESS, or ADDRESS=METRIC with a metric
                                      * of 1-9999. */
    struct ipam_addrs dns_servers;   /* since 0.5; DNS servers that its hosts ask. */
    struct ipam_strs dns_suffixes;   /* since 0.5; DNS suffixes that its hosts search. */
    struct ipam_addrs wins;          /* since 0.5; WINS servers that its hosts ask (IPv4). */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t under;                   /* since 0.5; Utilisation below which it is under-used, 0 to 100; absent:
                                      * that of the subnet, block or space around it. Unit: %. */
    int64_t over;                    /* since 0.5; Utilisation above which it is over-used, 0 to 100; absent:
                                      * that of the subnet, block or space around it. Unit: %. */
    int64_t reclaimed;               /* since 0.5; When addresses of it were last reclaimed. */
    struct ipam_u128 utilized;       /* since 0.5; How many of its addresses are utilised, where somebody
                                      * knows it who is not asked: at most its size; absent: they are counted.
                                      * Unit: addresses. */
    uint32_t level;                  /* since 0.5; How utilization stands to its thresholds: below under,
                                      * above over, or between. */
    int64_t choice;                  /* since 0.5; Of ranges that overlap the one with the highest counts,
                                      * then the one that was there first; absent: it was never chosen. */
    int64_t reverse_zone;            /* since 0.5; Reverse zone whose PTR records make addresses of it. */
    uint32_t overlap;                /* since 0.5; overlapping: it has addresses of another range, without
                                      * what their servers exclude; failover: of ranges of failover partners
                                      * alone. */
    uint32_t counted;                /* since 0.5; Whether it counts as assigned where it lies: of ranges that
                                      * overlap one does. */
};
#define IPAM_RANGE_ID 1
#define IPAM_RANGE_REV 2
#define IPAM_RANGE_SPACE 3
#define IPAM_RANGE_FIRST 4
#define IPAM_RANGE_LAST 5
#define IPAM_RANGE_KIND 6
#define IPAM_RANGE_KIND_STATIC 0
#define IPAM_RANGE_KIND_DYNAMIC 1
#define IPAM_RANGE_KIND_AUTO 2
#define IPAM_RANGE_KIND_VIP 3
#define IPAM_RANGE_KIND_RESERVED 4
#define IPAM_RANGE_NAME 7
#define IPAM_RANGE_DESCRIPTION 8
#define IPAM_RANGE_MANAGED_BY 9
#define IPAM_RANGE_INSTANCE 10
#define IPAM_RANGE_SCOPE 11
#define IPAM_RANGE_PARENT 32
#define IPAM_RANGE_SIZE 33
#define IPAM_RANGE_USED 34
#define IPAM_RANGE_UTILIZATION 35
#define IPAM_RANGE_ACCESS_SCOPE 12
#define IPAM_RANGE_EFFECTIVE_SCOPE 36
#define IPAM_RANGE_PREFIX 13
#define IPAM_RANGE_OWNER 14
#define IPAM_RANGE_RESERVED 15
#define IPAM_RANGE_VIPS 16
#define IPAM_RANGE_GATEWAYS 17
#define IPAM_RANGE_DNS_SERVERS 18
#define IPAM_RANGE_DNS_SUFFIXES 19
#define IPAM_RANGE_WINS 20
#define IPAM_RANGE_CUSTOM 21
#define IPAM_RANGE_UNDER 22
#define IPAM_RANGE_OVER 23
#define IPAM_RANGE_RECLAIMED 24
#define IPAM_RANGE_UTILIZED 25
#define IPAM_RANGE_LEVEL 37
#define IPAM_RANGE_LEVEL_UNDER 0
#define IPAM_RANGE_LEVEL_OPTIMAL 1
#define IPAM_RANGE_LEVEL_OVER 2
#define IPAM_RANGE_CHOICE 26
#define IPAM_RANGE_REVERSE_ZONE 27
#define IPAM_RANGE_OVERLAP 38
#define IPAM_RANGE_OVERLAP_NONE 0
#define IPAM_RANGE_OVERLAP_OVERLAPPING 1
#define IPAM_RANGE_OVERLAP_FAILOVER 2
#define IPAM_RANGE_COUNTED 39

/* One address of the plan and who holds it. Since 0.1. */
struct ipam_address {
    uint32_t size, type; /* IPAM_T_ADDRESS */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t space;                   /* since 0.1; Address space; the default space when absent. */
    struct ipam_addr address;        /* since 0.1; The address. */
    struct ipam_str name;            /* since 0.1; Host name or other name of the holder. */
    struct ipam_bytes mac;           /* since 0.1; Hardware address. */
    struct ipam_str description;     /* since 0.1; What it is for. */
    struct ipam_str managed_by;      /* since 0.1; Source: the service that manages it; ipamd for the plan's
                                      * own. */
    struct ipam_str instance;        /* since 0.1; Source: the instance of that service. */
    struct ipam_str claim;           /* since 0.1; Claim it was allocated under. */
    int64_t plan;                    /* since 0.1; Plan that carries it to the DHCP server. */
    uint32_t dhcp_sync;              /* since 0.1; How far its DHCP reservation has come: made (pending,
                                      * synced, failed), or taken away (removing, removed, remove-failed). */
    int64_t parent;                  /* since 0.1; Smallest subnet that encloses it. */
    int64_t effective_scope;         /* since 0.4; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
    struct ipam_str device_type;     /* since 0.5; What holds it; Host when it was not said. */
    uint32_t state;                  /* since 0.5; in-use when it was not said. */
    uint32_t assignment;             /* since 0.5; How the holder gets it; static when it was not said. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    struct ipam_str asset_tag;       /* since 0.5; Asset tag of the holder. */
    struct ipam_str serial;          /* since 0.5; Serial number of the holder. */
    struct ipam_str os;              /* since 0.5; Operating system of the holder. */
    int64_t assigned;                /* since 0.5; When it was given out. */
    int64_t expires;                 /* since 0.5; Until when it was given out. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    struct ipam_bytes client_id;     /* since 0.5; DHCPv4 client identifier of the holder. */
    struct ipam_bytes duid;          /* since 0.5; DHCPv6 client identifier of the holder. */
    int64_t iaid;                    /* since 0.5; DHCPv6 identity association of the holder. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t forward_zone;            /* since 0.5; Zone that its host record was last asked for in. */
    int64_t reverse_zone;            /* since 0.5; Zone that its PTR record was last asked for in. */
    uint32_t forward_sync;           /* since 0.5; How far its host record (A or AAAA) has come: made
                                      * (pending, synced, failed), or taken away (removing, removed,
                                      * remove-failed). */
    uint32_t reverse_sync;           /* since 0.5; The same of its PTR record. */
    int64_t forward_plan;            /* since 0.5; Plan that carries its host record to the DNS server. */
    uint32_t expiry;                 /* since 0.5; How expires stands to the moment that is shown: expired: it
                                      * has come; alert: it comes within expiry_alert of the space; absent: it
                                      * has none. */
    uint32_t ping;                   /* since 0.5; What a probe by ping found before it was handed out;
                                      * undetected, or absent: none was asked for. */
    uint32_t dns;                    /* since 0.5; What a probe by dns found before it was handed out: whether
                                      * the address had a name; undetected, or absent: none was asked for. */
    int64_t reverse_plan;            /* since 0.5; Plan that carries its PTR record to the DNS server. */
    uint32_t from_dns;               /* since 0.5; Whether a record of the DNS made it, and keeps it as it is
                                      * there; whoever changes it takes it over. */
    uint32_t dhcp;                   /* since 0.5; What a probe by dhcp found before it was handed out:
                                      * whether its DHCP server could give it to somebody (free), or somebody
                                      * has it (leased); undetected, or absent: none was asked for, or no DHCP
                                      * server leases it. */
};
#define IPAM_ADDRESS_ID 1
#define IPAM_ADDRESS_REV 2
#define IPAM_ADDRESS_SPACE 3
#define IPAM_ADDRESS_ADDRESS 4
#define IPAM_ADDRESS_NAME 5
#define IPAM_ADDRESS_MAC 6
#define IPAM_ADDRESS_DESCRIPTION 7
#define IPAM_ADDRESS_MANAGED_BY 8
#define IPAM_ADDRESS_INSTANCE 9
#define IPAM_ADDRESS_CLAIM 10
#define IPAM_ADDRESS_PLAN 11
#define IPAM_ADDRESS_DHCP_SYNC 12
#define IPAM_ADDRESS_DHCP_SYNC_NONE 0
#define IPAM_ADDRESS_DHCP_SYNC_PENDING 1
#define IPAM_ADDRESS_DHCP_SYNC_SYNCED 2
#define IPAM_ADDRESS_DHCP_SYNC_FAILED 3
#define IPAM_ADDRESS_DHCP_SYNC_REMOVING 4
#define IPAM_ADDRESS_DHCP_SYNC_REMOVED 5
#define IPAM_ADDRESS_DHCP_SYNC_REMOVE_FAILED 6
#define IPAM_ADDRESS_PARENT 32
#define IPAM_ADDRESS_EFFECTIVE_SCOPE 36
#define IPAM_ADDRESS_DEVICE_TYPE 13
#define IPAM_ADDRESS_STATE 14
#define IPAM_ADDRESS_STATE_IN_USE 0
#define IPAM_ADDRESS_STATE_RESERVED 1
#define IPAM_ADDRESS_STATE_INACTIVE 2
#define IPAM_ADDRESS_ASSIGNMENT 15
#define IPAM_ADDRESS_ASSIGNMENT_STATIC 0
#define IPAM_ADDRESS_ASSIGNMENT_DYNAMIC 1
#define IPAM_ADDRESS_ASSIGNMENT_AUTO 2
#define IPAM_ADDRESS_ASSIGNMENT_VIP 3
#define IPAM_ADDRESS_ASSIGNMENT_RESERVED 4
#define IPAM_ADDRESS_OWNER 16
#define IPAM_ADDRESS_ASSET_TAG 17
#define IPAM_ADDRESS_SERIAL 18
#define IPAM_ADDRESS_OS 19
#define IPAM_ADDRESS_ASSIGNED 20
#define IPAM_ADDRESS_EXPIRES 21
#define IPAM_ADDRESS_TAGS 22
#define IPAM_ADDRESS_CLIENT_ID 23
#define IPAM_ADDRESS_DUID 24
#define IPAM_ADDRESS_IAID 25
#define IPAM_ADDRESS_CUSTOM 26
#define IPAM_ADDRESS_FORWARD_ZONE 27
#define IPAM_ADDRESS_REVERSE_ZONE 28
#define IPAM_ADDRESS_FORWARD_SYNC 29
#define IPAM_ADDRESS_FORWARD_SYNC_NONE 0
#define IPAM_ADDRESS_FORWARD_SYNC_PENDING 1
#define IPAM_ADDRESS_FORWARD_SYNC_SYNCED 2
#define IPAM_ADDRESS_FORWARD_SYNC_FAILED 3
#define IPAM_ADDRESS_FORWARD_SYNC_REMOVING 4
#define IPAM_ADDRESS_FORWARD_SYNC_REMOVED 5
#define IPAM_ADDRESS_FORWARD_SYNC_REMOVE_FAILED 6
#define IPAM_ADDRESS_REVERSE_SYNC 30
#define IPAM_ADDRESS_REVERSE_SYNC_NONE 0
#define IPAM_ADDRESS_REVERSE_SYNC_PENDING 1
#define IPAM_ADDRESS_REVERSE_SYNC_SYNCED 2
#define IPAM_ADDRESS_REVERSE_SYNC_FAILED 3
#define IPAM_ADDRESS_REVERSE_SYNC_REMOVING 4
#define IPAM_ADDRESS_REVERSE_SYNC_REMOVED 5
#define IPAM_ADDRESS_REVERSE_SYNC_REMOVE_FAILED 6
#define IPAM_ADDRESS_FORWARD_PLAN 31
#define IPAM_ADDRESS_EXPIRY 37
#define IPAM_ADDRESS_EXPIRY_ACTIVE 0
#define IPAM_ADDRESS_EXPIRY_ALERT 1
#define IPAM_ADDRESS_EXPIRY_EXPIRED 2
#define IPAM_ADDRESS_PING 40
#define IPAM_ADDRESS_PING_UNDETECTED 0
#define IPAM_ADDRESS_PING_REACHABLE 1
#define IPAM_ADDRESS_PING_UNREACHABLE 2
#define IPAM_ADDRESS_DNS 41
#define IPAM_ADDRESS_DNS_UNDETECTED 0
#define IPAM_ADDRESS_DNS_FOUND 1
#define IPAM_ADDRESS_DNS_NOT_FOUND 2
#define IPAM_ADDRESS_REVERSE_PLAN 42
#define IPAM_ADDRESS_FROM_DNS 43
#define IPAM_ADDRESS_DHCP 44
#define IPAM_ADDRESS_DHCP_UNDETECTED 0
#define IPAM_ADDRESS_DHCP_FREE 1
#define IPAM_ADDRESS_DHCP_LEASED 2

/* A DHCP or DNS server in the inventory. Since 0.1. */
struct ipam_server {
    uint32_t size, type; /* IPAM_T_SERVER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    struct ipam_str name;            /* since 0.1; Host name or address; the provider connects to it unless
                                      * its profile says otherwise. */
    struct ipam_str driver;          /* since 0.1; Plugin that talks to it. */
    struct ipam_str profile;         /* since 0.1; Profile of options the plugin opens it with. */
    struct ipam_strs roles;          /* since 0.1; What it serves: dhcp, dns, dc, nps. */
    uint32_t managed;                /* since 0.1; Whether ipamd may change it. */
    struct ipam_str description;     /* since 0.1; What it is for. */
    int64_t space;                   /* since 0.1; Address space its scopes belong to; the default space when
                                      * absent. */
    struct ipam_str product;         /* since 0.1; Product it reports. */
    struct ipam_str version;         /* since 0.1; Version it reports. */
    uint32_t state;                  /* since 0.1; What the last contact found. */
    struct ipam_str message;         /* since 0.1; What was wrong at the last contact, and what to do. */
    int64_t contacted;               /* since 0.1; Last successful contact. */
    int64_t collected;               /* since 0.1; Last complete collection. */
    struct ipam_str owner;           /* since 0.2; Who answers for it. */
    struct ipam_str realm;           /* since 0.2; Part of the network it was found in: a domain, a site. */
    struct ipam_str guid;            /* since 0.2; What names it for ever, whatever its name. */
    struct ipam_addrs addresses;     /* since 0.2; Its own addresses. */
    struct ipam_str platform;        /* since 0.2; Operating system it reports. */
    struct ipam_str time_zone;       /* since 0.2; Its time zone, as an IANA name or an offset such as
                                      * +01:00. */
    int64_t clock_offset;            /* since 0.2; Its clock minus ours. Unit: ms. */
    uint32_t discovery;              /* since 0.2; What the last discovery found of it; absent: added by
                                      * hand. */
    uint32_t service;                /* since 0.2; State of its service, as it says itself. */
    int64_t service_since;           /* since 0.2; Since when its service is in that state. */
    int64_t started;                 /* since 0.2; When its service began. */
    int64_t state_since;             /* since 0.2; Since when the last contacts found the same state. */
    int64_t watched;                 /* since 0.2; How long it has been watched. Unit: ms. */
    int64_t available;               /* since 0.2; How long of that time it was reachable. Unit: ms. */
    int64_t config_read;             /* since 0.2; When its configuration was last read, or found to be as it
                                      * was. */
    int64_t leases_read;             /* since 0.2; When all its leases were last read. */
    int64_t statistics_read;         /* since 0.2; When its statistics were last read. */
    int64_t availability;            /* since 0.2; available / watched. Unit: %. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t change_rate;             /* since 0.5; Most steps of plans that are sent to it in a minute;
                                      * absent: as many as there are. */
    struct ipam_str change_window;   /* since 0.5; Maintenance window of edits over many objects, such as
                                      * "mon-fri 22:00-05:00"; absent: always. */
    int64_t drifts;                  /* since 0.5; Changes that were seen on it, made outside ipamd, about
                                      * which nobody has decided. */
};
#define IPAM_SERVER_ID 1
#define IPAM_SERVER_REV 2
#define IPAM_SERVER_NAME 3
#define IPAM_SERVER_DRIVER 4
#define IPAM_SERVER_PROFILE 5
#define IPAM_SERVER_ROLES 6
#define IPAM_SERVER_MANAGED 7
#define IPAM_SERVER_DESCRIPTION 8
#define IPAM_SERVER_SPACE 9
#define IPAM_SERVER_PRODUCT 10
#define IPAM_SERVER_VERSION 11
#define IPAM_SERVER_STATE 12
#define IPAM_SERVER_STATE_UNKNOWN 0
#define IPAM_SERVER_STATE_REACHABLE 1
#define IPAM_SERVER_STATE_UNREACHABLE 2
#define IPAM_SERVER_STATE_FAULTY 3
#define IPAM_SERVER_MESSAGE 13
#define IPAM_SERVER_CONTACTED 14
#define IPAM_SERVER_COLLECTED 15
#define IPAM_SERVER_OWNER 16
#define IPAM_SERVER_REALM 17
#define IPAM_SERVER_GUID 18
#define IPAM_SERVER_ADDRESSES 19
#define IPAM_SERVER_PLATFORM 20
#define IPAM_SERVER_TIME_ZONE 21
#define IPAM_SERVER_CLOCK_OFFSET 22
#define IPAM_SERVER_DISCOVERY 23
#define IPAM_SERVER_DISCOVERY_NEW 0
#define IPAM_SERVER_DISCOVERY_CHANGED 1
#define IPAM_SERVER_DISCOVERY_UNCHANGED 2
#define IPAM_SERVER_SERVICE 24
#define IPAM_SERVER_SERVICE_RUNNING 0
#define IPAM_SERVER_SERVICE_PAUSED 1
#define IPAM_SERVER_SERVICE_STOPPED 2
#define IPAM_SERVER_SERVICE_STARTING 3
#define IPAM_SERVER_SERVICE_UNKNOWN 4
#define IPAM_SERVER_SERVICE_STOPPING 5
#define IPAM_SERVER_SERVICE_RESUMING 6
#define IPAM_SERVER_SERVICE_PAUSING 7
#define IPAM_SERVER_SERVICE_NOT_CHECKED 8
#define IPAM_SERVER_SERVICE_NOT_APPLICABLE 9
#define IPAM_SERVER_SERVICE_UNREACHABLE 10
#define IPAM_SERVER_SERVICE_DENIED 11
#define IPAM_SERVER_SERVICE_SINCE 25
#define IPAM_SERVER_STARTED 26
#define IPAM_SERVER_STATE_SINCE 27
#define IPAM_SERVER_WATCHED 28
#define IPAM_SERVER_AVAILABLE 29
#define IPAM_SERVER_CONFIG_READ 30
#define IPAM_SERVER_LEASES_READ 31
#define IPAM_SERVER_STATISTICS_READ 36
#define IPAM_SERVER_AVAILABILITY 37
#define IPAM_SERVER_ACCESS_SCOPE 39
#define IPAM_SERVER_CUSTOM 40
#define IPAM_SERVER_CHANGE_RATE 41
#define IPAM_SERVER_CHANGE_WINDOW 42
#define IPAM_SERVER_DRIFTS 43

/* A DHCP scope: the part of a DHCP server's configuration for one subnet. Since 0.1. */
struct ipam_scope {
    uint32_t size, type; /* IPAM_T_SCOPE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t server;                  /* since 0.1; Server it is configured on. */
    struct ipam_prefix prefix;       /* since 0.1; Its prefix. */
    struct ipam_str native;          /* since 0.1; Identifier on its server. */
    struct ipam_str name;            /* since 0.1; Name. */
    struct ipam_str superscope;      /* since 0.1; Superscope or shared network it belongs to. */
    int64_t lease_time;              /* since 0.1; Lease time offered, 4294967295: for ever; absent when the
                                      * server's default holds. Unit: s. */
    struct ipam_str vendor;          /* since 0.1; What the driver knows of it beyond these fields. */
    int64_t space;                   /* since 0.1; Address space. */
    struct ipam_addrs routers;       /* since 0.1; Default gateways it offers; allocation passes them over. */
    int64_t subnet;                  /* since 0.1; Subnet of the plan with its prefix. */
    struct ipam_u128 size_;          /* since 0.1; Addresses in its pools. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.1; Addresses of its pools in use. Unit: addresses. */
    int64_t utilization;             /* since 0.1; used / size. Unit: %. */
    uint32_t state;                  /* since 0.2; Whether it serves clients. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    int64_t reply_delay;             /* since 0.2; How long the server waits before it answers a client. Unit:
                                      * ms. */
    struct ipam_str failover;        /* since 0.2; Failover or HA relation it belongs to. */
    uint32_t failover_sync;          /* since 0.2; Whether the partner has the same configuration of it. */
    int64_t min_lease_time;          /* since 0.2; Shortest lease time a client may ask for. Unit: s. */
    int64_t max_lease_time;          /* since 0.2; Longest lease time a client may ask for. Unit: s. */
    int64_t preferred_time;          /* since 0.2; Preferred lifetime (DHCPv6); lease_time is the valid one.
                                      * Unit: s. */
    int64_t renew_time;              /* since 0.2; When a client renews its lease: T1. Unit: s. */
    int64_t rebind_time;             /* since 0.2; When a client asks any server to go on with its lease: T2.
                                      * Unit: s. */
    int64_t bootp_lease_time;        /* since 0.2; Lease time offered to BOOTP clients; 4294967295: for ever.
                                      * Unit: s. */
    uint32_t serves;                 /* since 0.2; Clients it serves. */
    uint32_t dns_update;             /* since 0.2; When the server updates the DNS for clients. */
    uint32_t dns_discard;            /* since 0.2; Whether the server removes a client's DNS records when its
                                      * lease ends. */
    uint32_t dns_unasked;            /* since 0.2; Whether the server updates the DNS for clients that never
                                      * ask for it. */
    uint32_t dns_ptr;                /* since 0.2; Whether the server updates PTR records too. */
    uint32_t dns_name_protection;    /* since 0.2; Whether a name that another client has is left to it. */
    struct ipam_str dns_suffix;      /* since 0.2; Suffix of the names it registers. */
    uint32_t policies_active;        /* since 0.2; Whether its policies are followed. */
    int64_t preference;              /* since 0.2; Preference it announces (DHCPv6). */
    uint32_t assignment;             /* since 0.2; stateful: it leases addresses; stateless: only options,
                                      * clients make their addresses (DHCPv6). */
    uint32_t stateless_inventory;    /* since 0.2; Whether stateless clients are recorded (DHCPv6). */
    int64_t stateless_purge;         /* since 0.2; When a stateless client is forgotten (DHCPv6). Unit: s. */
    uint32_t rapid_commit;           /* since 0.2; Whether two messages are enough for a lease (DHCPv6). */
    uint32_t authoritative;          /* since 0.2; Whether clients with wrong addresses are told so. */
    struct ipam_strs classes;        /* since 0.2; Only clients of these classes are served; absent: all. */
    struct ipam_addrs relays;        /* since 0.2; Relays whose clients it serves. */
    struct ipam_str interface;       /* since 0.2; Interface of the server whose clients it serves. */
    struct ipam_addr next_server;    /* since 0.2; Server that clients boot from. */
    struct ipam_str server_name;     /* since 0.2; Name of the server that clients boot from. */
    struct ipam_str boot_file;       /* since 0.2; File that clients boot. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    int64_t effective_scope;         /* since 0.4; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
    uint32_t level;                  /* since 0.5; How utilization stands to the thresholds of the subnet,
                                      * block or space that it lies in: below under, above over, or
                                      * between. */
};
#define IPAM_SCOPE_ID 1
#define IPAM_SCOPE_REV 2
#define IPAM_SCOPE_SERVER 3
#define IPAM_SCOPE_PREFIX 4
#define IPAM_SCOPE_NATIVE 5
#define IPAM_SCOPE_NAME 6
#define IPAM_SCOPE_SUPERSCOPE 7
#define IPAM_SCOPE_LEASE_TIME 8
#define IPAM_SCOPE_VENDOR 9
#define IPAM_SCOPE_SPACE 10
#define IPAM_SCOPE_ROUTERS 11
#define IPAM_SCOPE_SUBNET 32
#define IPAM_SCOPE_SIZE 33
#define IPAM_SCOPE_USED 34
#define IPAM_SCOPE_UTILIZATION 35
#define IPAM_SCOPE_STATE 12
#define IPAM_SCOPE_STATE_ACTIVE 0
#define IPAM_SCOPE_STATE_INACTIVE 1
#define IPAM_SCOPE_DESCRIPTION 13
#define IPAM_SCOPE_REPLY_DELAY 14
#define IPAM_SCOPE_FAILOVER 15
#define IPAM_SCOPE_FAILOVER_SYNC 16
#define IPAM_SCOPE_FAILOVER_SYNC_UNKNOWN 0
#define IPAM_SCOPE_FAILOVER_SYNC_IN_SYNC 1
#define IPAM_SCOPE_FAILOVER_SYNC_OUT_OF_SYNC 2
#define IPAM_SCOPE_MIN_LEASE_TIME 17
#define IPAM_SCOPE_MAX_LEASE_TIME 18
#define IPAM_SCOPE_PREFERRED_TIME 19
#define IPAM_SCOPE_RENEW_TIME 20
#define IPAM_SCOPE_REBIND_TIME 21
#define IPAM_SCOPE_BOOTP_LEASE_TIME 22
#define IPAM_SCOPE_SERVES 23
#define IPAM_SCOPE_SERVES_DHCP 0
#define IPAM_SCOPE_SERVES_BOOTP 1
#define IPAM_SCOPE_SERVES_BOTH 2
#define IPAM_SCOPE_DNS_UPDATE 24
#define IPAM_SCOPE_DNS_UPDATE_NEVER 0
#define IPAM_SCOPE_DNS_UPDATE_ON_REQUEST 1
#define IPAM_SCOPE_DNS_UPDATE_ALWAYS 2
#define IPAM_SCOPE_DNS_DISCARD 25
#define IPAM_SCOPE_DNS_UNASKED 26
#define IPAM_SCOPE_DNS_PTR 27
#define IPAM_SCOPE_DNS_NAME_PROTECTION 28
#define IPAM_SCOPE_DNS_SUFFIX 29
#define IPAM_SCOPE_POLICIES_ACTIVE 30
#define IPAM_SCOPE_PREFERENCE 31
#define IPAM_SCOPE_ASSIGNMENT 36
#define IPAM_SCOPE_ASSIGNMENT_STATEFUL 0
#define IPAM_SCOPE_ASSIGNMENT_STATELESS 1
#define IPAM_SCOPE_STATELESS_INVENTORY 37
#define IPAM_SCOPE_STATELESS_PURGE 38
#define IPAM_SCOPE_RAPID_COMMIT 39
#define IPAM_SCOPE_AUTHORITATIVE 40
#define IPAM_SCOPE_CLASSES 41
#define IPAM_SCOPE_RELAYS 42
#define IPAM_SCOPE_INTERFACE 43
#define IPAM_SCOPE_NEXT_SERVER 44
#define IPAM_SCOPE_SERVER_NAME 45
#define IPAM_SCOPE_BOOT_FILE 46
#define IPAM_SCOPE_ACCESS_SCOPE 47
#define IPAM_SCOPE_EFFECTIVE_SCOPE 48
#define IPAM_SCOPE_LEVEL 49
#define IPAM_SCOPE_LEVEL_UNDER 0
#define IPAM_SCOPE_LEVEL_OPTIMAL 1
#define IPAM_SCOPE_LEVEL_OVER 2

/* A DHCP reservation: an address kept for one client. Since 0.1. */
struct ipam_reservation {
    uint32_t size, type; /* IPAM_T_RESERVATION */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t server;                  /* since 0.1; Server it is configured on. */
    int64_t scope;                   /* since 0.1; Scope it is configured in. */
    struct ipam_str native_scope;    /* since 0.1; That scope's identifier on its server. */
    struct ipam_addr address;        /* since 0.1; The address; absent when only other settings are
                                      * reserved. */
    uint32_t identifier_type;        /* since 0.1; By what the client is known. */
    struct ipam_bytes identifier;    /* since 0.1; The client's identifier. */
    struct ipam_str name;            /* since 0.1; Host name the client is given. */
    struct ipam_addrs addresses;     /* since 0.1; Further addresses of the same client (DHCPv6). */
    struct ipam_strs prefixes;       /* since 0.1; Delegated prefixes of the same client (DHCPv6). */
    struct ipam_str vendor;          /* since 0.1; What the driver knows of it beyond these fields. */
    int64_t space;                   /* since 0.1; Address space. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    uint32_t state;                  /* since 0.2; Whether the client has the address now. */
    uint32_t serves;                 /* since 0.2; How the client may ask for it. */
    int64_t iaid;                    /* since 0.2; DHCPv6 identity association. */
    uint32_t dns_update;             /* since 0.2; When the server updates the DNS for the client. */
    uint32_t dns_discard;            /* since 0.2; Whether the server removes the client's DNS records when
                                      * its lease ends. */
    uint32_t dns_unasked;            /* since 0.2; Whether the server updates the DNS though the client never
                                      * asks for it. */
    uint32_t dns_ptr;                /* since 0.2; Whether the server updates PTR records too. */
    uint32_t dns_name_protection;    /* since 0.2; Whether a name that another client has is left to it. */
    struct ipam_str dns_suffix;      /* since 0.2; Suffix of the name it registers. */
    struct ipam_strs classes;        /* since 0.2; Classes the client is put into. */
    struct ipam_addr next_server;    /* since 0.2; Server that the client boots from. */
    struct ipam_str server_name;     /* since 0.2; Name of the server that the client boots from. */
    struct ipam_str boot_file;       /* since 0.2; File that the client boots. */
};
#define IPAM_RESERVATION_ID 1
#define IPAM_RESERVATION_REV 2
#define IPAM_RESERVATION_SERVER 3
#define IPAM_RESERVATION_SCOPE 4
#define IPAM_RESERVATION_NATIVE_SCOPE 5
#define IPAM_RESERVATION_ADDRESS 6
#define IPAM_RESERVATION_IDENTIFIER_TYPE 7
#define IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS 0
#define IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID 1
#define IPAM_RESERVATION_IDENTIFIER_TYPE_DUID 2
#define IPAM_RESERVATION_IDENTIFIER_TYPE_CIRCUIT_ID 3
#define IPAM_RESERVATION_IDENTIFIER_TYPE_FLEX_ID 4
#define IPAM_RESERVATION_IDENTIFIER_TYPE_HOST_NAME 5
#define IPAM_RESERVATION_IDENTIFIER 8
#define IPAM_RESERVATION_NAME 9
#define IPAM_RESERVATION_ADDRESSES 10
#define IPAM_RESERVATION_PREFIXES 11
#define IPAM_RESERVATION_VENDOR 12
#define IPAM_RESERVATION_SPACE 13
#define IPAM_RESERVATION_NATIVE 14
#define IPAM_RESERVATION_DESCRIPTION 15
#define IPAM_RESERVATION_STATE 16
#define IPAM_RESERVATION_STATE_ACTIVE 0
#define IPAM_RESERVATION_STATE_INACTIVE 1
#define IPAM_RESERVATION_SERVES 17
#define IPAM_RESERVATION_SERVES_DHCP 0
#define IPAM_RESERVATION_SERVES_BOOTP 1
#define IPAM_RESERVATION_SERVES_BOTH 2
#define IPAM_RESERVATION_IAID 18
#define IPAM_RESERVATION_DNS_UPDATE 19
#define IPAM_RESERVATION_DNS_UPDATE_NEVER 0
#define IPAM_RESERVATION_DNS_UPDATE_ON_REQUEST 1
#define IPAM_RESERVATION_DNS_UPDATE_ALWAYS 2
#define IPAM_RESERVATION_DNS_DISCARD 20
#define IPAM_RESERVATION_DNS_UNASKED 21
#define IPAM_RESERVATION_DNS_PTR 22
#define IPAM_RESERVATION_DNS_NAME_PROTECTION 23
#define IPAM_RESERVATION_DNS_SUFFIX 24
#define IPAM_RESERVATION_CLASSES 25
#define IPAM_RESERVATION_NEXT_SERVER 26
#define IPAM_RESERVATION_SERVER_NAME 27
#define IPAM_RESERVATION_BOOT_FILE 28

/* A lease a DHCP server has given. Since 0.1. */
struct ipam_lease {
    uint32_t size, type; /* IPAM_T_LEASE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t server;                  /* since 0.1; Server that gave it. */
    int64_t scope;                   /* since 0.1; Scope it was given from. */
    struct ipam_str native_scope;    /* since 0.1; That scope's identifier on its server. */
    struct ipam_addr address;        /* since 0.1; The address, or the first of a delegated prefix. */
    int64_t prefix_length;           /* since 0.1; Length of a delegated prefix; absent for an address. */
    struct ipam_bytes mac;           /* since 0.1; Hardware address of the client. */
    struct ipam_bytes client_id;     /* since 0.1; DHCPv4 client identifier. */
    struct ipam_bytes duid;          /* since 0.1; DHCPv6 client identifier. */
    int64_t iaid;                    /* since 0.1; DHCPv6 identity association. */
    struct ipam_str name;            /* since 0.1; Host name the client gave or was given. */
    uint32_t state;                  /* since 0.1; State on the server; registered: the client made the
                                      * address itself and told (DHCPv6). */
    int64_t started;                 /* since 0.1; Last time the client asked. */
    int64_t expires;                 /* since 0.1; When it ends. */
    int64_t space;                   /* since 0.1; Address space. */
    uint32_t kind;                   /* since 0.3; What was given: an address, a temporary one or a prefix. */
    int64_t preferred;               /* since 0.3; When it is no longer preferred (DHCPv6). */
    uint32_t dns_forward;            /* since 0.3; Whether the server had its name registered. */
    uint32_t dns_reverse;            /* since 0.3; Whether the server had its PTR record registered. */
    struct ipam_str vendor;          /* since 0.3; What the driver knows of it beyond these fields. */
};
#define IPAM_LEASE_ID 1
#define IPAM_LEASE_REV 2
#define IPAM_LEASE_SERVER 3
#define IPAM_LEASE_SCOPE 4
#define IPAM_LEASE_NATIVE_SCOPE 5
#define IPAM_LEASE_ADDRESS 6
#define IPAM_LEASE_PREFIX_LENGTH 7
#define IPAM_LEASE_MAC 8
#define IPAM_LEASE_CLIENT_ID 9
#define IPAM_LEASE_DUID 10
#define IPAM_LEASE_IAID 11
#define IPAM_LEASE_NAME 12
#define IPAM_LEASE_STATE 13
#define IPAM_LEASE_STATE_ACTIVE 0
#define IPAM_LEASE_STATE_DECLINED 1
#define IPAM_LEASE_STATE_EXPIRED 2
#define IPAM_LEASE_STATE_RELEASED 3
#define IPAM_LEASE_STATE_REGISTERED 4
#define IPAM_LEASE_STARTED 14
#define IPAM_LEASE_EXPIRES 15
#define IPAM_LEASE_SPACE 16
#define IPAM_LEASE_KIND 17
#define IPAM_LEASE_KIND_ADDRESS 0
#define IPAM_LEASE_KIND_TEMPORARY 1
#define IPAM_LEASE_KIND_PREFIX 2
#define IPAM_LEASE_PREFERRED 18
#define IPAM_LEASE_DNS_FORWARD 19
#define IPAM_LEASE_DNS_REVERSE 20
#define IPAM_LEASE_VENDOR 21

/* A change on a managed server: planned, sent, read back. Since 0.1. */
struct ipam_plan {
    uint32_t size, type; /* IPAM_T_PLAN */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t server;                  /* since 0.1; Server it changes. */
    uint32_t state;                  /* since 0.1; planning: its steps are still being noted; planned: nothing
                                      * sent yet; verified: read back as wanted; partly: some steps only;
                                      * drifted: read back otherwise; undone: taken back; failed: refused,
                                      * nothing changed. */
    struct ipam_str summary;         /* since 0.1; What it does, in words. */
    struct ipam_str actor;           /* since 0.1; Who asked for it. */
    struct ipam_str reason;          /* since 0.1; Why. */
    int64_t created;                 /* since 0.1; When it was planned. */
    int64_t finished;                /* since 0.1; When it ended. */
    struct ipam_str message;         /* since 0.1; What went wrong, and what to do. */
    int64_t steps;                   /* since 0.1; Number of steps. */
    int64_t scope;                   /* since 0.4; DHCP scope it changes; absent: another part, or the whole
                                      * server. */
    int64_t zone;                    /* since 0.5; DNS zone it changes; absent: another part, or the whole
                                      * server. */
    int64_t parent;                  /* since 0.5; Plan over several servers that it is a part of. */
    int64_t ended;                   /* since 0.5; Steps that have ended. */
    int64_t failed;                  /* since 0.5; Of these, those that were refused or not sent. */
    int64_t drifted;                 /* since 0.5; Of these, those that were read back as something else. */
    int64_t after;                   /* since 0.5; Plan that must end verified before this one begins: that of
                                      * the partner. */
    int64_t begin;                   /* since 0.5; When it may begin at the earliest. */
    struct ipam_str window;          /* since 0.5; Maintenance window in which it is carried out. */
    int64_t undoes;                  /* since 0.5; Plan that it takes back. */
};
#define IPAM_PLAN_ID 1
#define IPAM_PLAN_REV 2
#define IPAM_PLAN_SERVER 3
#define IPAM_PLAN_STATE 4
#define IPAM_PLAN_STATE_PLANNED 0
#define IPAM_PLAN_STATE_RUNNING 1
#define IPAM_PLAN_STATE_VERIFIED 2
#define IPAM_PLAN_STATE_PARTLY 3
#define IPAM_PLAN_STATE_DRIFTED 4
#define IPAM_PLAN_STATE_UNDONE 5
#define IPAM_PLAN_STATE_FAILED 6
#define IPAM_PLAN_STATE_PLANNING 7
#define IPAM_PLAN_SUMMARY 5
#define IPAM_PLAN_ACTOR 6
#define IPAM_PLAN_REASON 7
#define IPAM_PLAN_CREATED 8
#define IPAM_PLAN_FINISHED 9
#define IPAM_PLAN_MESSAGE 10
#define IPAM_PLAN_STEPS 11
#define IPAM_PLAN_SCOPE 12
#define IPAM_PLAN_ZONE 13
#define IPAM_PLAN_PARENT 14
#define IPAM_PLAN_ENDED 15
#define IPAM_PLAN_FAILED 16
#define IPAM_PLAN_DRIFTED 17
#define IPAM_PLAN_AFTER 18
#define IPAM_PLAN_BEGIN 19
#define IPAM_PLAN_WINDOW 20
#define IPAM_PLAN_UNDOES 21

/* One step of a plan: one object changed on the server. Since 0.1. */
struct ipam_plan_step {
    uint32_t size, type; /* IPAM_T_PLAN_STEP */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t plan;                    /* since 0.1; Plan it belongs to. */
    int64_t seq;                     /* since 0.1; Its place in the plan. */
    uint32_t state;                  /* since 0.1; planned: not sent; sent: handed to the provider; done: the
                                      * server accepted it; unknown: the answer never came. */
    uint32_t verb;                   /* since 0.1; What is done to the object. */
    struct ipam_str object;          /* since 0.1; The object, in words. */
    int64_t object_type;             /* since 0.1; Its record type. */
    struct ipam_bytes before;        /* since 0.1; The object before, packed. */
    struct ipam_bytes after;         /* since 0.1; The object after, packed. */
    struct ipam_str message;         /* since 0.1; The server's answer when it refused. */
    int64_t address;                 /* since 0.1; Address of the plan it serves. */
    int64_t drift;                   /* since 0.5; What changed outside ipamd, and is put back by it. */
};
#define IPAM_PLAN_STEP_ID 1
#define IPAM_PLAN_STEP_REV 2
#define IPAM_PLAN_STEP_PLAN 3
#define IPAM_PLAN_STEP_SEQ 4
#define IPAM_PLAN_STEP_STATE 5
#define IPAM_PLAN_STEP_STATE_PLANNED 0
#define IPAM_PLAN_STEP_STATE_SENT 1
#define IPAM_PLAN_STEP_STATE_DONE 2
#define IPAM_PLAN_STEP_STATE_FAILED 3
#define IPAM_PLAN_STEP_STATE_UNKNOWN 4
#define IPAM_PLAN_STEP_STATE_UNDONE 5
#define IPAM_PLAN_STEP_VERB 6
#define IPAM_PLAN_STEP_VERB_ADD 0
#define IPAM_PLAN_STEP_VERB_SET 1
#define IPAM_PLAN_STEP_VERB_DELETE 2
#define IPAM_PLAN_STEP_OBJECT 7
#define IPAM_PLAN_STEP_OBJECT_TYPE 8
#define IPAM_PLAN_STEP_BEFORE 9
#define IPAM_PLAN_STEP_AFTER 10
#define IPAM_PLAN_STEP_MESSAGE 11
#define IPAM_PLAN_STEP_ADDRESS 12
#define IPAM_PLAN_STEP_DRIFT 13

/* Long work under way or ended. Since 0.1. */
struct ipam_job {
    uint32_t size, type; /* IPAM_T_JOB */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    struct ipam_str kind;            /* since 0.1; What it does: collect, probe. */
    uint32_t state;                  /* since 0.1; interrupted: the service stopped meanwhile. */
    struct ipam_str target;          /* since 0.1; What it works on. */
    int64_t done;                    /* since 0.1; Items finished. */
    int64_t total;                   /* since 0.1; Items in all, when known. */
    struct ipam_str message;         /* since 0.1; Outcome, or what went wrong and what to do. */
    int64_t created;                 /* since 0.1; When it began. */
    int64_t finished;                /* since 0.1; When it ended. */
    struct ipam_str actor;           /* since 0.1; Who asked for it. */
    struct ipam_str phase;           /* since 0.2; What it does now: waiting, probe, configuration, leases,
                                      * statistics. */
    struct ipam_strs results;        /* since 0.2; What became of each part of it, or of each server. */
    struct ipam_str task;            /* since 0.2; Task that started it; absent: somebody asked for it. */
    int64_t began;                   /* since 0.5; Revision that was the next when it began: what it changed
                                      * is not older. */
    int64_t continues;               /* since 0.5; Job that ended before its work was done, with which this
                                      * one goes on: its changes are that one's, and both are undone as
                                      * one. */
};
#define IPAM_JOB_ID 1
#define IPAM_JOB_REV 2
#define IPAM_JOB_KIND 3
#define IPAM_JOB_STATE 4
#define IPAM_JOB_STATE_RUNNING 0
#define IPAM_JOB_STATE_DONE 1
#define IPAM_JOB_STATE_FAILED 2
#define IPAM_JOB_STATE_CANCELED 3
#define IPAM_JOB_STATE_INTERRUPTED 4
#define IPAM_JOB_TARGET 5
#define IPAM_JOB_DONE 6
#define IPAM_JOB_TOTAL 7
#define IPAM_JOB_MESSAGE 8
#define IPAM_JOB_CREATED 9
#define IPAM_JOB_FINISHED 10
#define IPAM_JOB_ACTOR 11
#define IPAM_JOB_PHASE 12
#define IPAM_JOB_RESULTS 13
#define IPAM_JOB_TASK 14
#define IPAM_JOB_BEGAN 15
#define IPAM_JOB_CONTINUES 16

/* A promise: the same claim gets the same addresses for ever. Since 0.1. */
struct ipam_claim {
    uint32_t size, type; /* IPAM_T_CLAIM */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t space;                   /* since 0.1; Address space it was made in. */
    struct ipam_str claim;           /* since 0.1; The claim, as the client named it. */
    struct ipam_bytes request;       /* since 0.1; Digest of the request it was made with. */
    struct ipam_ints addresses;      /* since 0.1; Ids of the addresses it got. */
    uint32_t released;               /* since 0.1; Whether any of them was released. */
    struct ipam_str actor;           /* since 0.1; Who made it. */
    int64_t created;                 /* since 0.1; When. */
    struct ipam_ints subnets;        /* since 0.5; Ids of the subnets it got. */
};
#define IPAM_CLAIM_ID 1
#define IPAM_CLAIM_REV 2
#define IPAM_CLAIM_SPACE 3
#define IPAM_CLAIM_CLAIM 4
#define IPAM_CLAIM_REQUEST 5
#define IPAM_CLAIM_ADDRESSES 6
#define IPAM_CLAIM_RELEASED 7
#define IPAM_CLAIM_ACTOR 8
#define IPAM_CLAIM_CREATED 9
#define IPAM_CLAIM_SUBNETS 10

/* One revision: who changed what, when and why. Since 0.1. */
struct ipam_change {
    uint32_t size, type; /* IPAM_T_CHANGE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; The revision. */
    int64_t rev;                     /* since 0.1; The same. */
    int64_t time;                    /* since 0.1; When it was decided, by the storage backend's clock. */
    struct ipam_str actor;           /* since 0.1; Who: token, unix user, or the service itself. */
    struct ipam_str peer;            /* since 0.1; From where. */
    struct ipam_str operation;       /* since 0.1; Operation, as access control knows it. */
    struct ipam_str reason;          /* since 0.1; Why, in the actor's words. */
    struct ipam_str request;         /* since 0.1; Id of the request. */
    struct ipam_strs objects;        /* since 0.1; The first objects that changed: verb, record, id and
                                      * key. */
    int64_t count;                   /* since 0.1; Number of objects that changed. */
    int64_t job;                     /* since 0.5; Job that made it, as one of many; absent: none. */
};
#define IPAM_CHANGE_ID 1
#define IPAM_CHANGE_REV 2
#define IPAM_CHANGE_TIME 3
#define IPAM_CHANGE_ACTOR 4
#define IPAM_CHANGE_PEER 5
#define IPAM_CHANGE_OPERATION 6
#define IPAM_CHANGE_REASON 7
#define IPAM_CHANGE_REQUEST 8
#define IPAM_CHANGE_OBJECTS 9
#define IPAM_CHANGE_COUNT 10
#define IPAM_CHANGE_JOB 11

/* One object in a change, inside its log row. Since 0.1. */
struct ipam_change_item {
    uint32_t size, type; /* IPAM_T_CHANGE_ITEM */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t object_type;             /* since 0.1; Record type. */
    int64_t object;                  /* since 0.1; Id. */
    uint32_t verb;                   /* since 0.1; What was done. */
    struct ipam_str key;             /* since 0.1; Natural key. */
    struct ipam_bytes fields;        /* since 0.1; Packed: the fields that changed, as they are now; all of
                                      * them when it was added. */
    struct ipam_ints cleared;        /* since 0.2; Numbers of the fields that were emptied. */
    int64_t scope;                   /* since 0.4; Access scope it was in then, or was put into; absent:
                                      * /Global. */
    int64_t scope_before;            /* since 0.4; Access scope it was taken out of; 0: /Global. */
    struct ipam_bytes before;        /* since 0.4; Packed: the fields that changed, as they were; all of them
                                      * when it was deleted. */
    uint32_t event;                  /* since 0.5; What became of a lease: given; ended before its time; ended
                                      * at its time; refused by its client, as somebody else has the address;
                                      * another client's now. */
    struct ipam_str client;          /* since 0.5; Who has the lease now, by all that is known of him. */
    struct ipam_str former_client;   /* since 0.5; Who had it. */
};
#define IPAM_CHANGE_ITEM_OBJECT_TYPE 1
#define IPAM_CHANGE_ITEM_OBJECT 2
#define IPAM_CHANGE_ITEM_VERB 3
#define IPAM_CHANGE_ITEM_VERB_ADD 0
#define IPAM_CHANGE_ITEM_VERB_SET 1
#define IPAM_CHANGE_ITEM_VERB_DELETE 2
#define IPAM_CHANGE_ITEM_KEY 4
#define IPAM_CHANGE_ITEM_FIELDS 5
#define IPAM_CHANGE_ITEM_CLEARED 6
#define IPAM_CHANGE_ITEM_SCOPE 7
#define IPAM_CHANGE_ITEM_SCOPE_BEFORE 8
#define IPAM_CHANGE_ITEM_BEFORE 9
#define IPAM_CHANGE_ITEM_EVENT 10
#define IPAM_CHANGE_ITEM_EVENT_LEASE_NEW 0
#define IPAM_CHANGE_ITEM_EVENT_LEASE_RELEASE 1
#define IPAM_CHANGE_ITEM_EVENT_LEASE_EXPIRE 2
#define IPAM_CHANGE_ITEM_EVENT_LEASE_DECLINE 3
#define IPAM_CHANGE_ITEM_EVENT_LEASE_OWNER 4
#define IPAM_CHANGE_ITEM_CLIENT 11
#define IPAM_CHANGE_ITEM_FORMER_CLIENT 12

/* A run of addresses that a scope leases from, or of prefixes that it delegates. Since 0.2. */
struct ipam_pool {
    uint32_t size, type; /* IPAM_T_POOL */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    int64_t scope;                   /* since 0.2; Scope it is configured in. */
    struct ipam_str native_scope;    /* since 0.2; That scope's identifier on its server. */
    struct ipam_addr first;          /* since 0.2; First address. */
    struct ipam_addr last;           /* since 0.2; Last address. */
    struct ipam_str native;          /* since 0.2; Its identifier on its server. */
    int64_t delegated_length;        /* since 0.2; Length of the prefixes delegated from it (DHCPv6); absent
                                      * when it leases addresses. */
    struct ipam_strs classes;        /* since 0.2; Only clients of these classes are served from it; absent:
                                      * all. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
    struct ipam_u128 size_;          /* since 0.2; Addresses in it; of one that delegates: prefixes, which are
                                      * no addresses of the subnet. */
    struct ipam_u128 used;           /* since 0.2; Of its addresses, those in use; absent when it delegates
                                      * prefixes. Unit: addresses. */
    int64_t utilization;             /* since 0.2; used / size. Unit: %. */
    struct ipam_prefix excluded_prefix; /* since 0.3; Part of each delegated prefix that its router may not
                                      * use (RFC 6603). */
};
#define IPAM_POOL_ID 1
#define IPAM_POOL_REV 2
#define IPAM_POOL_SERVER 3
#define IPAM_POOL_SCOPE 4
#define IPAM_POOL_NATIVE_SCOPE 5
#define IPAM_POOL_FIRST 6
#define IPAM_POOL_LAST 7
#define IPAM_POOL_NATIVE 8
#define IPAM_POOL_DELEGATED_LENGTH 9
#define IPAM_POOL_CLASSES 10
#define IPAM_POOL_VENDOR 11
#define IPAM_POOL_SIZE 32
#define IPAM_POOL_USED 33
#define IPAM_POOL_UTILIZATION 34
#define IPAM_POOL_EXCLUDED_PREFIX 12

/* A plugin as it is now: what it is, what it can, what it does. Since 0.2. */
struct ipam_plugin_info {
    uint32_t size, type; /* IPAM_T_PLUGIN_INFO */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its bare name. */
    struct ipam_str version;         /* since 0.2; Version it reports. */
    struct ipam_str summary;         /* since 0.2; What it is, in its words. */
    uint32_t state;                  /* since 0.2; ready: it can be used; degraded: an instance of it fails,
                                      * is stuck or left alone; refused: it cannot be used. */
    struct ipam_str message;         /* since 0.2; Why it is not ready, and what to do. */
    uint32_t isolation;              /* since 0.2; process: in processes of its own; none: in ipamd's. */
    uint32_t critical;               /* since 0.2; Whether ipamd needs it to start. */
    struct ipam_strs kinds;          /* since 0.2; Kinds it offers: dhcp, dns, ... */
    struct ipam_strs capabilities;   /* since 0.2; What it can at best: dhcp:leases, ... */
    struct ipam_strs thread_models;  /* since 0.2; How each kind is called: dhcp:serial, ... */
    struct ipam_strs requires_;      /* since 0.2; What other plugins must offer. */
    struct ipam_strs wants;          /* since 0.2; What other plugins should offer. */
    struct ipam_strs options;        /* since 0.2; Names of its options. */
    int64_t max_concurrency;         /* since 0.2; Calls of an instance at once, as the operator limits
                                      * them. */
    int64_t timeout;                 /* since 0.2; Time a call may take, as the operator limits it. Unit:
                                      * ms. */
    int64_t memory_mib;              /* since 0.2; Memory that a process of it may have. Unit: MiB. */
    struct ipam_ints pids;           /* since 0.2; Its processes now. */
    int64_t restarts;                /* since 0.2; How often a process of it ended unasked. */
    int64_t instances;               /* since 0.2; Servers it is opened for. */
    int64_t running;                 /* since 0.2; Calls under way. */
    int64_t waiting;                 /* since 0.2; Calls that wait. */
    int64_t zombies;                 /* since 0.2; Calls that hold on although nobody waits for them any
                                      * more. */
    int64_t calls;                   /* since 0.2; Calls that have ended. */
    int64_t failures;                /* since 0.2; Of these, with an error. */
    uint32_t network_fence;          /* since 0.3; Whether its processes reach their servers' addresses and no
                                      * others. */
    int64_t refused;                 /* since 0.3; How often a process of it tried to reach another
                                      * address. */
};
#define IPAM_PLUGIN_INFO_NAME 1
#define IPAM_PLUGIN_INFO_VERSION 2
#define IPAM_PLUGIN_INFO_SUMMARY 3
#define IPAM_PLUGIN_INFO_STATE 4
#define IPAM_PLUGIN_INFO_STATE_READY 0
#define IPAM_PLUGIN_INFO_STATE_DEGRADED 1
#define IPAM_PLUGIN_INFO_STATE_REFUSED 2
#define IPAM_PLUGIN_INFO_MESSAGE 5
#define IPAM_PLUGIN_INFO_ISOLATION 6
#define IPAM_PLUGIN_INFO_ISOLATION_PROCESS 0
#define IPAM_PLUGIN_INFO_ISOLATION_NONE 1
#define IPAM_PLUGIN_INFO_CRITICAL 7
#define IPAM_PLUGIN_INFO_KINDS 8
#define IPAM_PLUGIN_INFO_CAPABILITIES 9
#define IPAM_PLUGIN_INFO_THREAD_MODELS 10
#define IPAM_PLUGIN_INFO_REQUIRES 11
#define IPAM_PLUGIN_INFO_WANTS 12
#define IPAM_PLUGIN_INFO_OPTIONS 13
#define IPAM_PLUGIN_INFO_MAX_CONCURRENCY 14
#define IPAM_PLUGIN_INFO_TIMEOUT 15
#define IPAM_PLUGIN_INFO_MEMORY_MIB 16
#define IPAM_PLUGIN_INFO_PIDS 17
#define IPAM_PLUGIN_INFO_RESTARTS 18
#define IPAM_PLUGIN_INFO_INSTANCES 19
#define IPAM_PLUGIN_INFO_RUNNING 20
#define IPAM_PLUGIN_INFO_WAITING 21
#define IPAM_PLUGIN_INFO_ZOMBIES 22
#define IPAM_PLUGIN_INFO_CALLS 23
#define IPAM_PLUGIN_INFO_FAILURES 24
#define IPAM_PLUGIN_INFO_NETWORK_FENCE 25
#define IPAM_PLUGIN_INFO_REFUSED 26

/* A plugin opened for one server, as it is now. Since 0.2. */
struct ipam_instance {
    uint32_t size, type; /* IPAM_T_INSTANCE */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str plugin;          /* since 0.2; The plugin. */
    struct ipam_str kind;            /* since 0.2; The kind it is opened as. */
    struct ipam_str target;          /* since 0.2; The server; empty for storage. */
    uint32_t state;                  /* since 0.2; How far it is. failed: it is opened again by the next call
                                      * after a pause. */
    struct ipam_str message;         /* since 0.2; Why it failed, is stuck or left alone, and what to do. */
    uint32_t breaker;                /* since 0.2; open: the server did not answer, and is left alone for a
                                      * while; trial: one call tries it. */
    int64_t retry_in;                /* since 0.2; When it is tried again, at the earliest. Unit: ms. */
    int64_t pid;                     /* since 0.2; Process it lives in. */
    uint32_t alone;                  /* since 0.2; Whether it has a process to itself, for its calls ended
                                      * others. */
    struct ipam_strs capabilities;   /* since 0.2; What the server can, as last known. */
    struct ipam_strs doing;          /* since 0.2; Calls under way: operation, seconds, step. */
    int64_t running;                 /* since 0.2; Calls under way. */
    int64_t waiting;                 /* since 0.2; Calls that wait. */
    int64_t zombies;                 /* since 0.2; Calls that hold on although nobody waits for them any
                                      * more. */
    uint32_t stuck;                  /* since 0.2; Whether it gets no more calls because one does not come
                                      * back. */
    int64_t calls;                   /* since 0.2; Calls that have ended. */
    int64_t failures;                /* since 0.2; Of these, with an error. */
    int64_t losses;                  /* since 0.2; How often its process ended under it. */
    struct ipam_str last_failure;    /* since 0.2; What the last failed call said. */
    int64_t age;                     /* since 0.2; How long it exists. Unit: ms. */
};
#define IPAM_INSTANCE_PLUGIN 1
#define IPAM_INSTANCE_KIND 2
#define IPAM_INSTANCE_TARGET 3
#define IPAM_INSTANCE_STATE 4
#define IPAM_INSTANCE_STATE_OPENING 0
#define IPAM_INSTANCE_STATE_OPEN 1
#define IPAM_INSTANCE_STATE_FAILED 2
#define IPAM_INSTANCE_STATE_CLOSING 3
#define IPAM_INSTANCE_MESSAGE 5
#define IPAM_INSTANCE_BREAKER 6
#define IPAM_INSTANCE_BREAKER_CLOSED 0
#define IPAM_INSTANCE_BREAKER_OPEN 1
#define IPAM_INSTANCE_BREAKER_TRIAL 2
#define IPAM_INSTANCE_RETRY_IN 7
#define IPAM_INSTANCE_PID 8
#define IPAM_INSTANCE_ALONE 9
#define IPAM_INSTANCE_CAPABILITIES 10
#define IPAM_INSTANCE_DOING 11
#define IPAM_INSTANCE_RUNNING 12
#define IPAM_INSTANCE_WAITING 13
#define IPAM_INSTANCE_ZOMBIES 14
#define IPAM_INSTANCE_STUCK 15
#define IPAM_INSTANCE_CALLS 16
#define IPAM_INSTANCE_FAILURES 17
#define IPAM_INSTANCE_LOSSES 18
#define IPAM_INSTANCE_LAST_FAILURE 19
#define IPAM_INSTANCE_AGE 20

/* Settings of a whole DHCP server, for one protocol or both. Since 0.2. */
struct ipam_dhcp_server {
    uint32_t size, type; /* IPAM_T_DHCP_SERVER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    int64_t lease_time;              /* since 0.2; Lease time offered; 4294967295: for ever. Unit: s. */
    int64_t min_lease_time;          /* since 0.2; Shortest lease time a client may ask for. Unit: s. */
    int64_t max_lease_time;          /* since 0.2; Longest lease time a client may ask for. Unit: s. */
    int64_t preferred_time;          /* since 0.2; Preferred lifetime (DHCPv6); lease_time is the valid one.
                                      * Unit: s. */
    int64_t renew_time;              /* since 0.2; When a client renews its lease: T1. Unit: s. */
    int64_t rebind_time;             /* since 0.2; When a client asks any server to go on with its lease: T2.
                                      * Unit: s. */
    uint32_t dns_update;             /* since 0.2; When the server updates the DNS for clients. */
    uint32_t dns_discard;            /* since 0.2; Whether the server removes a client's DNS records when its
                                      * lease ends. */
    uint32_t dns_unasked;            /* since 0.2; Whether the server updates the DNS for clients that never
                                      * ask for it. */
    uint32_t dns_ptr;                /* since 0.2; Whether the server updates PTR records too. */
    uint32_t dns_name_protection;    /* since 0.2; Whether a name that another client has is left to it. */
    struct ipam_str dns_suffix;      /* since 0.2; Suffix of the names it registers. */
    struct ipam_str dns_realm;       /* since 0.2; Realm of the account that the server updates the DNS
                                      * with. */
    struct ipam_str dns_user;        /* since 0.2; Account that the server updates the DNS with. */
    struct ipam_bytes dns_password;  /* since 0.2; Password of that account: written, never read. */
    uint32_t audit_log;              /* since 0.2; Whether the server logs what becomes of leases. */
    struct ipam_str audit_path;      /* since 0.2; Where that log is, on the server. */
    struct ipam_str database_path;   /* since 0.2; Where its database is, on the server. */
    struct ipam_str backup_path;     /* since 0.2; Where its database is backed up to, on the server. */
    uint32_t policies_active;        /* since 0.2; Whether policies are followed. */
    uint32_t allow_filter;           /* since 0.2; Whether only clients that an allow filter names are
                                      * served. */
    uint32_t deny_filter;            /* since 0.2; Whether clients that a deny filter names are refused. */
    uint32_t stateless_inventory;    /* since 0.2; Whether stateless clients are recorded (DHCPv6). */
    int64_t stateless_purge;         /* since 0.2; When a stateless client is forgotten (DHCPv6). Unit: s. */
    int64_t conflict_probes;         /* since 0.2; How often an address is pinged before it is offered; 0:
                                      * never. */
    uint32_t authoritative;          /* since 0.2; Whether clients with wrong addresses are told so. */
    int64_t preference;              /* since 0.2; Preference it announces (DHCPv6). */
    struct ipam_strs interfaces;     /* since 0.2; Interfaces or addresses it listens at. */
    struct ipam_addr next_server;    /* since 0.2; Server that clients boot from. */
    struct ipam_str server_name;     /* since 0.2; Name of the server that clients boot from. */
    struct ipam_str boot_file;       /* since 0.2; File that clients boot. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_DHCP_SERVER_ID 1
#define IPAM_DHCP_SERVER_REV 2
#define IPAM_DHCP_SERVER_SERVER 3
#define IPAM_DHCP_SERVER_NATIVE 4
#define IPAM_DHCP_SERVER_FAMILY 5
#define IPAM_DHCP_SERVER_FAMILY_IPV4 0
#define IPAM_DHCP_SERVER_FAMILY_IPV6 1
#define IPAM_DHCP_SERVER_LEASE_TIME 6
#define IPAM_DHCP_SERVER_MIN_LEASE_TIME 7
#define IPAM_DHCP_SERVER_MAX_LEASE_TIME 8
#define IPAM_DHCP_SERVER_PREFERRED_TIME 9
#define IPAM_DHCP_SERVER_RENEW_TIME 10
#define IPAM_DHCP_SERVER_REBIND_TIME 11
#define IPAM_DHCP_SERVER_DNS_UPDATE 12
#define IPAM_DHCP_SERVER_DNS_UPDATE_NEVER 0
#define IPAM_DHCP_SERVER_DNS_UPDATE_ON_REQUEST 1
#define IPAM_DHCP_SERVER_DNS_UPDATE_ALWAYS 2
#define IPAM_DHCP_SERVER_DNS_DISCARD 13
#define IPAM_DHCP_SERVER_DNS_UNASKED 14
#define IPAM_DHCP_SERVER_DNS_PTR 15
#define IPAM_DHCP_SERVER_DNS_NAME_PROTECTION 16
#define IPAM_DHCP_SERVER_DNS_SUFFIX 17
#define IPAM_DHCP_SERVER_DNS_REALM 18
#define IPAM_DHCP_SERVER_DNS_USER 19
#define IPAM_DHCP_SERVER_DNS_PASSWORD 20
#define IPAM_DHCP_SERVER_AUDIT_LOG 21
#define IPAM_DHCP_SERVER_AUDIT_PATH 22
#define IPAM_DHCP_SERVER_DATABASE_PATH 23
#define IPAM_DHCP_SERVER_BACKUP_PATH 24
#define IPAM_DHCP_SERVER_POLICIES_ACTIVE 25
#define IPAM_DHCP_SERVER_ALLOW_FILTER 26
#define IPAM_DHCP_SERVER_DENY_FILTER 27
#define IPAM_DHCP_SERVER_STATELESS_INVENTORY 28
#define IPAM_DHCP_SERVER_STATELESS_PURGE 29
#define IPAM_DHCP_SERVER_CONFLICT_PROBES 30
#define IPAM_DHCP_SERVER_AUTHORITATIVE 31
#define IPAM_DHCP_SERVER_PREFERENCE 32
#define IPAM_DHCP_SERVER_INTERFACES 33
#define IPAM_DHCP_SERVER_NEXT_SERVER 34
#define IPAM_DHCP_SERVER_SERVER_NAME 35
#define IPAM_DHCP_SERVER_BOOT_FILE 36
#define IPAM_DHCP_SERVER_VENDOR 37

/* A superscope or shared network: scopes on one link. A scope names the one it is in. Since 0.2. */
struct ipam_superscope {
    uint32_t size, type; /* IPAM_T_SUPERSCOPE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    struct ipam_str name;            /* since 0.2; Name, unique on its server. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    uint32_t state;                  /* since 0.2; Whether its scopes serve clients. */
    struct ipam_str interface;       /* since 0.2; Interface of the server whose clients it serves. */
    struct ipam_addrs relays;        /* since 0.2; Relays whose clients it serves. */
    struct ipam_strs classes;        /* since 0.2; Only clients of these classes are served; absent: all. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
    int64_t access_scope;            /* since 0.4; Access scope it was put in; absent: it inherits one. */
    int64_t effective_scope;         /* since 0.4; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
};
#define IPAM_SUPERSCOPE_ID 1
#define IPAM_SUPERSCOPE_REV 2
#define IPAM_SUPERSCOPE_SERVER 3
#define IPAM_SUPERSCOPE_NATIVE 4
#define IPAM_SUPERSCOPE_FAMILY 5
#define IPAM_SUPERSCOPE_FAMILY_IPV4 0
#define IPAM_SUPERSCOPE_FAMILY_IPV6 1
#define IPAM_SUPERSCOPE_NAME 6
#define IPAM_SUPERSCOPE_DESCRIPTION 7
#define IPAM_SUPERSCOPE_STATE 8
#define IPAM_SUPERSCOPE_STATE_ACTIVE 0
#define IPAM_SUPERSCOPE_STATE_INACTIVE 1
#define IPAM_SUPERSCOPE_INTERFACE 9
#define IPAM_SUPERSCOPE_RELAYS 10
#define IPAM_SUPERSCOPE_CLASSES 11
#define IPAM_SUPERSCOPE_VENDOR 12
#define IPAM_SUPERSCOPE_ACCESS_SCOPE 13
#define IPAM_SUPERSCOPE_EFFECTIVE_SCOPE 32

/* A run of addresses inside a scope's pools that is never leased. Since 0.2. */
struct ipam_exclusion {
    uint32_t size, type; /* IPAM_T_EXCLUSION */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    int64_t scope;                   /* since 0.2; Scope it is configured in. */
    struct ipam_str native_scope;    /* since 0.2; That scope's identifier on its server. */
    struct ipam_addr first;          /* since 0.2; First address. */
    struct ipam_addr last;           /* since 0.2; Last address. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_EXCLUSION_ID 1
#define IPAM_EXCLUSION_REV 2
#define IPAM_EXCLUSION_SERVER 3
#define IPAM_EXCLUSION_SCOPE 4
#define IPAM_EXCLUSION_NATIVE_SCOPE 5
#define IPAM_EXCLUSION_FIRST 6
#define IPAM_EXCLUSION_LAST 7
#define IPAM_EXCLUSION_DESCRIPTION 8
#define IPAM_EXCLUSION_NATIVE 9
#define IPAM_EXCLUSION_VENDOR 10

/* What an option of DHCP is called and holds. Since 0.2. */
struct ipam_option_definition {
    uint32_t size, type; /* IPAM_T_OPTION_DEFINITION */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    struct ipam_str space;           /* since 0.2; Option space it is in, or vendor class it belongs to;
                                      * absent: the protocol's own. */
    int64_t code;                    /* since 0.2; Its code. */
    struct ipam_str name;            /* since 0.2; Name. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    uint32_t type_;                  /* since 0.2; Type of a value; name: a domain name; record: values of
                                      * several types; encapsulated: further options. */
    struct ipam_strs record_types;   /* since 0.2; Types of the values of a record, in order. */
    uint32_t array;                  /* since 0.2; Whether it holds several values. */
    struct ipam_str encapsulates;    /* since 0.2; Option space of the options inside it. */
    struct ipam_bytes data;          /* since 0.2; Its default as it is sent. */
    struct ipam_strs values;         /* since 0.2; Its default as text, where the type is known. */
    uint32_t standard;               /* since 0.2; Whether the server has it of itself. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
    struct ipam_str class_;          /* since 0.3; Class of clients it is for; absent: all. */
};
#define IPAM_OPTION_DEFINITION_ID 1
#define IPAM_OPTION_DEFINITION_REV 2
#define IPAM_OPTION_DEFINITION_SERVER 3
#define IPAM_OPTION_DEFINITION_NATIVE 4
#define IPAM_OPTION_DEFINITION_FAMILY 5
#define IPAM_OPTION_DEFINITION_FAMILY_IPV4 0
#define IPAM_OPTION_DEFINITION_FAMILY_IPV6 1
#define IPAM_OPTION_DEFINITION_SPACE 6
#define IPAM_OPTION_DEFINITION_CODE 7
#define IPAM_OPTION_DEFINITION_NAME 8
#define IPAM_OPTION_DEFINITION_DESCRIPTION 9
#define IPAM_OPTION_DEFINITION_TYPE 10
#define IPAM_OPTION_DEFINITION_TYPE_BINARY 0
#define IPAM_OPTION_DEFINITION_TYPE_EMPTY 1
#define IPAM_OPTION_DEFINITION_TYPE_BOOLEAN 2
#define IPAM_OPTION_DEFINITION_TYPE_UINT8 3
#define IPAM_OPTION_DEFINITION_TYPE_UINT16 4
#define IPAM_OPTION_DEFINITION_TYPE_UINT32 5
#define IPAM_OPTION_DEFINITION_TYPE_UINT64 6
#define IPAM_OPTION_DEFINITION_TYPE_INT8 7
#define IPAM_OPTION_DEFINITION_TYPE_INT16 8
#define IPAM_OPTION_DEFINITION_TYPE_INT32 9
#define IPAM_OPTION_DEFINITION_TYPE_TEXT 10
#define IPAM_OPTION_DEFINITION_TYPE_NAME 11
#define IPAM_OPTION_DEFINITION_TYPE_TUPLE 12
#define IPAM_OPTION_DEFINITION_TYPE_IPV4 13
#define IPAM_OPTION_DEFINITION_TYPE_IPV6 14
#define IPAM_OPTION_DEFINITION_TYPE_PREFIX 15
#define IPAM_OPTION_DEFINITION_TYPE_PSID 16
#define IPAM_OPTION_DEFINITION_TYPE_RECORD 17
#define IPAM_OPTION_DEFINITION_TYPE_ENCAPSULATED 18
#define IPAM_OPTION_DEFINITION_RECORD_TYPES 11
#define IPAM_OPTION_DEFINITION_ARRAY 12
#define IPAM_OPTION_DEFINITION_ENCAPSULATES 13
#define IPAM_OPTION_DEFINITION_DATA 14
#define IPAM_OPTION_DEFINITION_VALUES 15
#define IPAM_OPTION_DEFINITION_STANDARD 16
#define IPAM_OPTION_DEFINITION_VENDOR 17
#define IPAM_OPTION_DEFINITION_CLASS 18

/* What an option of DHCP is set to, for a server, a scope or whatever may hold options. Since 0.2. */
struct ipam_option_value {
    uint32_t size, type; /* IPAM_T_OPTION_VALUE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    int64_t scope;                   /* since 0.2; Scope it is configured in; absent: the whole server. */
    struct ipam_str native_scope;    /* since 0.2; That scope's identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    uint32_t owner;                  /* since 0.2; What holds it. */
    struct ipam_str holder;          /* since 0.2; Identifier on its server of the superscope, pool, class,
                                      * policy or reservation that holds it. */
    struct ipam_str space;           /* since 0.2; Option space it is in, or vendor class it belongs to;
                                      * absent: the protocol's own. */
    struct ipam_str user_class;      /* since 0.2; Only for clients of this user class; absent: all. */
    int64_t code;                    /* since 0.2; Its code. */
    struct ipam_str name;            /* since 0.2; Its name. */
    struct ipam_bytes data;          /* since 0.2; Its value as it is sent. */
    struct ipam_strs values;         /* since 0.2; Its values as text, where the type is known. */
    uint32_t always;                 /* since 0.2; Whether it is sent to clients that never ask for it. */
    uint32_t never;                  /* since 0.2; Whether it is kept from clients that ask for it. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
    struct ipam_strs classes;        /* since 0.3; Only for clients of these classes; absent: all. */
};
#define IPAM_OPTION_VALUE_ID 1
#define IPAM_OPTION_VALUE_REV 2
#define IPAM_OPTION_VALUE_SERVER 3
#define IPAM_OPTION_VALUE_SCOPE 4
#define IPAM_OPTION_VALUE_NATIVE_SCOPE 5
#define IPAM_OPTION_VALUE_FAMILY 6
#define IPAM_OPTION_VALUE_FAMILY_IPV4 0
#define IPAM_OPTION_VALUE_FAMILY_IPV6 1
#define IPAM_OPTION_VALUE_OWNER 7
#define IPAM_OPTION_VALUE_OWNER_SERVER 0
#define IPAM_OPTION_VALUE_OWNER_SUPERSCOPE 1
#define IPAM_OPTION_VALUE_OWNER_SCOPE 2
#define IPAM_OPTION_VALUE_OWNER_POOL 3
#define IPAM_OPTION_VALUE_OWNER_CLASS 4
#define IPAM_OPTION_VALUE_OWNER_POLICY 5
#define IPAM_OPTION_VALUE_OWNER_RESERVATION 6
#define IPAM_OPTION_VALUE_HOLDER 8
#define IPAM_OPTION_VALUE_SPACE 9
#define IPAM_OPTION_VALUE_USER_CLASS 10
#define IPAM_OPTION_VALUE_CODE 11
#define IPAM_OPTION_VALUE_NAME 12
#define IPAM_OPTION_VALUE_DATA 13
#define IPAM_OPTION_VALUE_VALUES 14
#define IPAM_OPTION_VALUE_ALWAYS 15
#define IPAM_OPTION_VALUE_NEVER 16
#define IPAM_OPTION_VALUE_NATIVE 17
#define IPAM_OPTION_VALUE_VENDOR 18
#define IPAM_OPTION_VALUE_CLASSES 19

/* A class of DHCP clients. Since 0.2. */
struct ipam_dhcp_class {
    uint32_t size, type; /* IPAM_T_DHCP_CLASS */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    uint32_t kind;                   /* since 0.2; user, vendor: clients that send its data as their class;
                                      * expression: clients its test holds for. */
    struct ipam_str name;            /* since 0.2; Name. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_bytes data;          /* since 0.2; What such a client sends. */
    int64_t enterprise;              /* since 0.2; IANA enterprise number of the vendor (DHCPv6). */
    struct ipam_str test;            /* since 0.2; Test in the server's own language. */
    uint32_t standard;               /* since 0.2; Whether the server has it of itself. */
    int64_t lease_time;              /* since 0.2; Lease time offered; 4294967295: for ever. Unit: s. */
    int64_t min_lease_time;          /* since 0.2; Shortest lease time a client may ask for. Unit: s. */
    int64_t max_lease_time;          /* since 0.2; Longest lease time a client may ask for. Unit: s. */
    int64_t preferred_time;          /* since 0.2; Preferred lifetime (DHCPv6); lease_time is the valid one.
                                      * Unit: s. */
    int64_t renew_time;              /* since 0.2; When a client renews its lease: T1. Unit: s. */
    int64_t rebind_time;             /* since 0.2; When a client asks any server to go on with its lease: T2.
                                      * Unit: s. */
    struct ipam_addr next_server;    /* since 0.2; Server that clients boot from. */
    struct ipam_str server_name;     /* since 0.2; Name of the server that clients boot from. */
    struct ipam_str boot_file;       /* since 0.2; File that clients boot. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_DHCP_CLASS_ID 1
#define IPAM_DHCP_CLASS_REV 2
#define IPAM_DHCP_CLASS_SERVER 3
#define IPAM_DHCP_CLASS_NATIVE 4
#define IPAM_DHCP_CLASS_FAMILY 5
#define IPAM_DHCP_CLASS_FAMILY_IPV4 0
#define IPAM_DHCP_CLASS_FAMILY_IPV6 1
#define IPAM_DHCP_CLASS_KIND 6
#define IPAM_DHCP_CLASS_KIND_USER 0
#define IPAM_DHCP_CLASS_KIND_VENDOR 1
#define IPAM_DHCP_CLASS_KIND_EXPRESSION 2
#define IPAM_DHCP_CLASS_NAME 7
#define IPAM_DHCP_CLASS_DESCRIPTION 8
#define IPAM_DHCP_CLASS_DATA 9
#define IPAM_DHCP_CLASS_ENTERPRISE 10
#define IPAM_DHCP_CLASS_TEST 11
#define IPAM_DHCP_CLASS_STANDARD 12
#define IPAM_DHCP_CLASS_LEASE_TIME 13
#define IPAM_DHCP_CLASS_MIN_LEASE_TIME 14
#define IPAM_DHCP_CLASS_MAX_LEASE_TIME 15
#define IPAM_DHCP_CLASS_PREFERRED_TIME 16
#define IPAM_DHCP_CLASS_RENEW_TIME 17
#define IPAM_DHCP_CLASS_REBIND_TIME 18
#define IPAM_DHCP_CLASS_NEXT_SERVER 19
#define IPAM_DHCP_CLASS_SERVER_NAME 20
#define IPAM_DHCP_CLASS_BOOT_FILE 21
#define IPAM_DHCP_CLASS_VENDOR 22

/* A rule of a DHCP server or scope: clients that meet its conditions get its ranges, options and settings.
 * Since 0.2. */
struct ipam_dhcp_policy {
    uint32_t size, type; /* IPAM_T_DHCP_POLICY */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    int64_t scope;                   /* since 0.2; Scope it is configured in; absent: the whole server. */
    struct ipam_str native_scope;    /* since 0.2; That scope's identifier on its server. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    struct ipam_str name;            /* since 0.2; Name, unique in its scope or on its server. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    int64_t order;                   /* since 0.2; Its place among the policies of its scope or server: the
                                      * first that fits wins. */
    uint32_t enabled;                /* since 0.2; Whether it is followed. */
    uint32_t operator_;              /* since 0.2; Whether one of its conditions must hold, or all. */
    int64_t lease_time;              /* since 0.2; Lease time offered; 4294967295: for ever. Unit: s. */
    uint32_t dns_update;             /* since 0.2; When the server updates the DNS for clients. */
    uint32_t dns_discard;            /* since 0.2; Whether the server removes a client's DNS records when its
                                      * lease ends. */
    uint32_t dns_unasked;            /* since 0.2; Whether the server updates the DNS for clients that never
                                      * ask for it. */
    uint32_t dns_ptr;                /* since 0.2; Whether the server updates PTR records too. */
    uint32_t dns_name_protection;    /* since 0.2; Whether a name that another client has is left to it. */
    struct ipam_str dns_suffix;      /* since 0.2; Suffix of the names it registers. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_DHCP_POLICY_ID 1
#define IPAM_DHCP_POLICY_REV 2
#define IPAM_DHCP_POLICY_SERVER 3
#define IPAM_DHCP_POLICY_SCOPE 4
#define IPAM_DHCP_POLICY_NATIVE_SCOPE 5
#define IPAM_DHCP_POLICY_NATIVE 6
#define IPAM_DHCP_POLICY_FAMILY 7
#define IPAM_DHCP_POLICY_FAMILY_IPV4 0
#define IPAM_DHCP_POLICY_FAMILY_IPV6 1
#define IPAM_DHCP_POLICY_NAME 8
#define IPAM_DHCP_POLICY_DESCRIPTION 9
#define IPAM_DHCP_POLICY_ORDER 10
#define IPAM_DHCP_POLICY_ENABLED 11
#define IPAM_DHCP_POLICY_OPERATOR 12
#define IPAM_DHCP_POLICY_OPERATOR_OR 0
#define IPAM_DHCP_POLICY_OPERATOR_AND 1
#define IPAM_DHCP_POLICY_LEASE_TIME 13
#define IPAM_DHCP_POLICY_DNS_UPDATE 14
#define IPAM_DHCP_POLICY_DNS_UPDATE_NEVER 0
#define IPAM_DHCP_POLICY_DNS_UPDATE_ON_REQUEST 1
#define IPAM_DHCP_POLICY_DNS_UPDATE_ALWAYS 2
#define IPAM_DHCP_POLICY_DNS_DISCARD 15
#define IPAM_DHCP_POLICY_DNS_UNASKED 16
#define IPAM_DHCP_POLICY_DNS_PTR 17
#define IPAM_DHCP_POLICY_DNS_NAME_PROTECTION 18
#define IPAM_DHCP_POLICY_DNS_SUFFIX 19
#define IPAM_DHCP_POLICY_VENDOR 20

/* A condition of a policy. Since 0.2. */
struct ipam_dhcp_condition {
    uint32_t size, type; /* IPAM_T_DHCP_CONDITION */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    int64_t scope;                   /* since 0.2; Scope it is configured in; absent: the whole server. */
    struct ipam_str native_scope;    /* since 0.2; That scope's identifier on its server. */
    struct ipam_str policy;          /* since 0.2; Identifier of the policy on its server. */
    int64_t seq;                     /* since 0.2; Its place in the policy. */
    uint32_t kind;                   /* since 0.2; What of the client is compared; single-label: whether its
                                      * name has one label; expression: a test in the server's own
                                      * language. */
    uint32_t negated;                /* since 0.2; Whether it holds when none of the values fits. */
    struct ipam_strs values;         /* since 0.2; One of these must fit: names of classes, hexadecimal bytes
                                      * or text, each with * for whatever begins or ends there. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_DHCP_CONDITION_ID 1
#define IPAM_DHCP_CONDITION_REV 2
#define IPAM_DHCP_CONDITION_SERVER 3
#define IPAM_DHCP_CONDITION_SCOPE 4
#define IPAM_DHCP_CONDITION_NATIVE_SCOPE 5
#define IPAM_DHCP_CONDITION_POLICY 6
#define IPAM_DHCP_CONDITION_SEQ 7
#define IPAM_DHCP_CONDITION_KIND 8
#define IPAM_DHCP_CONDITION_KIND_VENDOR_CLASS 0
#define IPAM_DHCP_CONDITION_KIND_USER_CLASS 1
#define IPAM_DHCP_CONDITION_KIND_MAC 2
#define IPAM_DHCP_CONDITION_KIND_CLIENT_ID 3
#define IPAM_DHCP_CONDITION_KIND_FQDN 4
#define IPAM_DHCP_CONDITION_KIND_SINGLE_LABEL 5
#define IPAM_DHCP_CONDITION_KIND_RELAY_AGENT 6
#define IPAM_DHCP_CONDITION_KIND_CIRCUIT_ID 7
#define IPAM_DHCP_CONDITION_KIND_REMOTE_ID 8
#define IPAM_DHCP_CONDITION_KIND_SUBSCRIBER_ID 9
#define IPAM_DHCP_CONDITION_KIND_EXPRESSION 10
#define IPAM_DHCP_CONDITION_NEGATED 9
#define IPAM_DHCP_CONDITION_VALUES 10
#define IPAM_DHCP_CONDITION_VENDOR 11

/* A run of addresses of a scope that a policy leases from. Since 0.2. */
struct ipam_dhcp_policy_range {
    uint32_t size, type; /* IPAM_T_DHCP_POLICY_RANGE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    int64_t scope;                   /* since 0.2; Scope it is configured in. */
    struct ipam_str native_scope;    /* since 0.2; That scope's identifier on its server. */
    struct ipam_str policy;          /* since 0.2; Identifier of the policy on its server. */
    struct ipam_addr first;          /* since 0.2; First address. */
    struct ipam_addr last;           /* since 0.2; Last address. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_DHCP_POLICY_RANGE_ID 1
#define IPAM_DHCP_POLICY_RANGE_REV 2
#define IPAM_DHCP_POLICY_RANGE_SERVER 3
#define IPAM_DHCP_POLICY_RANGE_SCOPE 4
#define IPAM_DHCP_POLICY_RANGE_NATIVE_SCOPE 5
#define IPAM_DHCP_POLICY_RANGE_POLICY 6
#define IPAM_DHCP_POLICY_RANGE_FIRST 7
#define IPAM_DHCP_POLICY_RANGE_LAST 8
#define IPAM_DHCP_POLICY_RANGE_VENDOR 9

/* A filter of hardware addresses: clients that a DHCP server serves, or refuses. Since 0.2. */
struct ipam_dhcp_filter {
    uint32_t size, type; /* IPAM_T_DHCP_FILTER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    struct ipam_str pattern;         /* since 0.2; Hardware address, aa:bb:cc:dd:ee:ff, or its beginning with
                                      * * for the rest. */
    uint32_t list;                   /* since 0.2; List it is in. */
    int64_t hardware_type;           /* since 0.2; Type of hardware; absent: any. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_DHCP_FILTER_ID 1
#define IPAM_DHCP_FILTER_REV 2
#define IPAM_DHCP_FILTER_SERVER 3
#define IPAM_DHCP_FILTER_NATIVE 4
#define IPAM_DHCP_FILTER_FAMILY 5
#define IPAM_DHCP_FILTER_FAMILY_IPV4 0
#define IPAM_DHCP_FILTER_FAMILY_IPV6 1
#define IPAM_DHCP_FILTER_PATTERN 6
#define IPAM_DHCP_FILTER_LIST 7
#define IPAM_DHCP_FILTER_LIST_ALLOW 0
#define IPAM_DHCP_FILTER_LIST_DENY 1
#define IPAM_DHCP_FILTER_HARDWARE_TYPE 8
#define IPAM_DHCP_FILTER_DESCRIPTION 9
#define IPAM_DHCP_FILTER_VENDOR 10

/* A failover or HA relation of a DHCP server with another, as this one sees it. A scope names the one it is
 * in. Since 0.2. */
struct ipam_failover {
    uint32_t size, type; /* IPAM_T_FAILOVER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it is configured on. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    uint32_t family;                 /* since 0.2; Protocol it is for; absent: both. */
    struct ipam_str name;            /* since 0.2; Name, the same on both servers. */
    uint32_t mode;                   /* since 0.2; How the two share the work. */
    uint32_t role;                   /* since 0.2; Part this server has: hot-standby: primary is the active
                                      * one; load-balance: primary made the relation; backup: it hears of
                                      * leases and serves nobody. */
    struct ipam_str partner;         /* since 0.2; Host name of the other server. */
    struct ipam_addr address;        /* since 0.2; Address this server speaks to its partner from. */
    struct ipam_addr partner_address; /* since 0.2; Address of the other server. */
    int64_t share;                   /* since 0.2; load-balance: this server's share of the clients;
                                      * hot-standby: part of the addresses that the standby may lease. Unit:
                                      * %. */
    int64_t max_lead_time;           /* since 0.2; How much longer a lease may be than the partner knows:
                                      * MCLT. Unit: s. */
    uint32_t auto_transition;        /* since 0.2; Whether the partner is taken for down after a while without
                                      * it. */
    int64_t switch_interval;         /* since 0.2; How long that while is. Unit: s. */
    uint32_t authenticated;          /* since 0.2; Whether messages are signed with the secret. */
    struct ipam_bytes secret;        /* since 0.2; The secret: written, never read. */
    struct ipam_strs scopes;         /* since 0.2; Identifiers on their server of the scopes it covers;
                                      * absent: all. */
    uint32_t state;                  /* since 0.2; State of this server in it. */
    uint32_t partner_state;          /* since 0.2; State of the other server in it, as far as it is known. */
    struct ipam_str native_state;    /* since 0.2; The server's own word for its state. */
    int64_t state_since;             /* since 0.2; Since when it is in this state. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_FAILOVER_ID 1
#define IPAM_FAILOVER_REV 2
#define IPAM_FAILOVER_SERVER 3
#define IPAM_FAILOVER_NATIVE 4
#define IPAM_FAILOVER_FAMILY 5
#define IPAM_FAILOVER_FAMILY_IPV4 0
#define IPAM_FAILOVER_FAMILY_IPV6 1
#define IPAM_FAILOVER_NAME 6
#define IPAM_FAILOVER_MODE 7
#define IPAM_FAILOVER_MODE_LOAD_BALANCE 0
#define IPAM_FAILOVER_MODE_HOT_STANDBY 1
#define IPAM_FAILOVER_MODE_PASSIVE_BACKUP 2
#define IPAM_FAILOVER_ROLE 8
#define IPAM_FAILOVER_ROLE_PRIMARY 0
#define IPAM_FAILOVER_ROLE_SECONDARY 1
#define IPAM_FAILOVER_ROLE_BACKUP 2
#define IPAM_FAILOVER_PARTNER 9
#define IPAM_FAILOVER_ADDRESS 10
#define IPAM_FAILOVER_PARTNER_ADDRESS 11
#define IPAM_FAILOVER_SHARE 12
#define IPAM_FAILOVER_MAX_LEAD_TIME 13
#define IPAM_FAILOVER_AUTO_TRANSITION 14
#define IPAM_FAILOVER_SWITCH_INTERVAL 15
#define IPAM_FAILOVER_AUTHENTICATED 16
#define IPAM_FAILOVER_SECRET 17
#define IPAM_FAILOVER_SCOPES 18
#define IPAM_FAILOVER_STATE 19
#define IPAM_FAILOVER_STATE_UNKNOWN 0
#define IPAM_FAILOVER_STATE_NONE 1
#define IPAM_FAILOVER_STATE_INIT 2
#define IPAM_FAILOVER_STATE_STARTUP 3
#define IPAM_FAILOVER_STATE_NORMAL 4
#define IPAM_FAILOVER_STATE_COMMUNICATIONS_INTERRUPTED 5
#define IPAM_FAILOVER_STATE_PARTNER_DOWN 6
#define IPAM_FAILOVER_STATE_POTENTIAL_CONFLICT 7
#define IPAM_FAILOVER_STATE_CONFLICT_DONE 8
#define IPAM_FAILOVER_STATE_RESOLUTION_INTERRUPTED 9
#define IPAM_FAILOVER_STATE_RECOVER 10
#define IPAM_FAILOVER_STATE_RECOVER_WAIT 11
#define IPAM_FAILOVER_STATE_RECOVER_DONE 12
#define IPAM_FAILOVER_STATE_BACKUP 13
#define IPAM_FAILOVER_STATE_MAINTENANCE 14
#define IPAM_FAILOVER_STATE_PARTNER_MAINTENANCE 15
#define IPAM_FAILOVER_STATE_TERMINATED 16
#define IPAM_FAILOVER_PARTNER_STATE 20
#define IPAM_FAILOVER_PARTNER_STATE_UNKNOWN 0
#define IPAM_FAILOVER_PARTNER_STATE_NONE 1
#define IPAM_FAILOVER_PARTNER_STATE_INIT 2
#define IPAM_FAILOVER_PARTNER_STATE_STARTUP 3
#define IPAM_FAILOVER_PARTNER_STATE_NORMAL 4
#define IPAM_FAILOVER_PARTNER_STATE_COMMUNICATIONS_INTERRUPTED 5
#define IPAM_FAILOVER_PARTNER_STATE_PARTNER_DOWN 6
#define IPAM_FAILOVER_PARTNER_STATE_POTENTIAL_CONFLICT 7
#define IPAM_FAILOVER_PARTNER_STATE_CONFLICT_DONE 8
#define IPAM_FAILOVER_PARTNER_STATE_RESOLUTION_INTERRUPTED 9
#define IPAM_FAILOVER_PARTNER_STATE_RECOVER 10
#define IPAM_FAILOVER_PARTNER_STATE_RECOVER_WAIT 11
#define IPAM_FAILOVER_PARTNER_STATE_RECOVER_DONE 12
#define IPAM_FAILOVER_PARTNER_STATE_BACKUP 13
#define IPAM_FAILOVER_PARTNER_STATE_MAINTENANCE 14
#define IPAM_FAILOVER_PARTNER_STATE_PARTNER_MAINTENANCE 15
#define IPAM_FAILOVER_PARTNER_STATE_TERMINATED 16
#define IPAM_FAILOVER_NATIVE_STATE 21
#define IPAM_FAILOVER_STATE_SINCE 22
#define IPAM_FAILOVER_VENDOR 23

/* A DNS zone on one server, or a forwarder for a domain. Since 0.2. */
struct ipam_zone {
    uint32_t size, type; /* IPAM_T_ZONE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server that has it. */
    struct ipam_str native;          /* since 0.2; Identifier on its server. */
    struct ipam_str view;            /* since 0.2; View it is in; absent: the server has none. */
    struct ipam_str name;            /* since 0.2; Domain name, absolute, lower case, without the dot at the
                                      * end; the root is a dot. */
    uint32_t lookup;                 /* since 0.2; Whether it holds names, or addresses of a family. */
    struct ipam_prefix prefix;       /* since 0.2; Addresses a reverse zone is for. */
    uint32_t type_;                  /* since 0.2; What the server is to it; forwarder: questions go to its
                                      * masters. */
    uint32_t storage;                /* since 0.2; Where the server keeps it; directory: with the realm's
                                      * directory; local: in the server's settings. */
    struct ipam_str file;            /* since 0.2; File it is in, on the server. */
    struct ipam_str replication;     /* since 0.2; How far a directory replicates it: forest, domain, legacy,
                                      * custom. */
    struct ipam_str partition;       /* since 0.2; Partition of the directory it is in. */
    uint32_t dynamic_update;         /* since 0.2; Who may update it. */
    uint32_t scavenging;             /* since 0.2; Whether records that nobody renews are removed. */
    int64_t no_refresh;              /* since 0.2; How long a renewal of a record is ignored. Unit: s. */
    int64_t refresh;                 /* since 0.2; How long after that a record may be renewed before it is
                                      * removed. Unit: s. */
    struct ipam_addrs masters;       /* since 0.2; Servers it is taken from, or questions are forwarded to. */
    int64_t forward_timeout;         /* since 0.2; How long a forwarder waits for one of them. Unit: s. */
    uint32_t forward_only;           /* since 0.2; Whether nothing else is tried when they are silent. */
    uint32_t transfer;               /* since 0.2; Who may take a copy of it. */
    struct ipam_addrs transfer_to;   /* since 0.2; Those who may when they are listed. */
    uint32_t notify;                 /* since 0.2; Who is told when it changes. */
    struct ipam_addrs notify_to;     /* since 0.2; Those who are told when they are listed. */
    uint32_t load_existing;          /* since 0.2; When it is made: from the file that is there, instead of a
                                      * new one. */
    uint32_t signed_;                /* since 0.2; Whether it is signed. */
    uint32_t state;                  /* since 0.2; How it is on this server; expired: not renewed from its
                                      * masters in time; failed: not served. */
    int64_t serial;                  /* since 0.2; Serial of its SOA record. */
    int64_t loaded;                  /* since 0.2; When the server last loaded it. */
    int64_t transferred;             /* since 0.2; When it was last taken from its masters, or found to be
                                      * newest. */
    int64_t expires;                 /* since 0.2; When it expires unless its masters are heard of. */
    struct ipam_str error;           /* since 0.2; What went wrong last with loading or transfer; absent:
                                      * nothing since. */
    int64_t failed;                  /* since 0.2; When that was. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
    int64_t space;                   /* since 0.5; Address space of the addresses in it: that of its
                                      * server. */
    struct ipam_str message;         /* since 0.5; Why its records could not be read at the last collection,
                                      * and what to do; absent: they were. */
    int64_t access_scope;            /* since 0.5; Access scope it was put in; absent: that of its server. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
};
#define IPAM_ZONE_ID 1
#define IPAM_ZONE_REV 2
#define IPAM_ZONE_SERVER 3
#define IPAM_ZONE_NATIVE 4
#define IPAM_ZONE_VIEW 5
#define IPAM_ZONE_NAME 6
#define IPAM_ZONE_LOOKUP 7
#define IPAM_ZONE_LOOKUP_FORWARD 0
#define IPAM_ZONE_LOOKUP_IPV4_REVERSE 1
#define IPAM_ZONE_LOOKUP_IPV6_REVERSE 2
#define IPAM_ZONE_PREFIX 8
#define IPAM_ZONE_TYPE 9
#define IPAM_ZONE_TYPE_PRIMARY 0
#define IPAM_ZONE_TYPE_SECONDARY 1
#define IPAM_ZONE_TYPE_STUB 2
#define IPAM_ZONE_TYPE_FORWARDER 3
#define IPAM_ZONE_TYPE_STATIC_STUB 4
#define IPAM_ZONE_TYPE_HINT 5
#define IPAM_ZONE_TYPE_MIRROR 6
#define IPAM_ZONE_TYPE_OTHER 7
#define IPAM_ZONE_STORAGE 10
#define IPAM_ZONE_STORAGE_FILE 0
#define IPAM_ZONE_STORAGE_DIRECTORY 1
#define IPAM_ZONE_STORAGE_DATABASE 2
#define IPAM_ZONE_STORAGE_LOCAL 3
#define IPAM_ZONE_STORAGE_NONE 4
#define IPAM_ZONE_FILE 11
#define IPAM_ZONE_REPLICATION 12
#define IPAM_ZONE_PARTITION 13
#define IPAM_ZONE_DYNAMIC_UPDATE 14
#define IPAM_ZONE_DYNAMIC_UPDATE_NONE 0
#define IPAM_ZONE_DYNAMIC_UPDATE_ANY 1
#define IPAM_ZONE_DYNAMIC_UPDATE_SECURE 2
#define IPAM_ZONE_DYNAMIC_UPDATE_NOT_APPLICABLE 3
#define IPAM_ZONE_SCAVENGING 15
#define IPAM_ZONE_NO_REFRESH 16
#define IPAM_ZONE_REFRESH 17
#define IPAM_ZONE_MASTERS 18
#define IPAM_ZONE_FORWARD_TIMEOUT 19
#define IPAM_ZONE_FORWARD_ONLY 20
#define IPAM_ZONE_TRANSFER 21
#define IPAM_ZONE_TRANSFER_NONE 0
#define IPAM_ZONE_TRANSFER_ANY 1
#define IPAM_ZONE_TRANSFER_NAME_SERVERS 2
#define IPAM_ZONE_TRANSFER_LISTED 3
#define IPAM_ZONE_TRANSFER_TO 22
#define IPAM_ZONE_NOTIFY 23
#define IPAM_ZONE_NOTIFY_NONE 0
#define IPAM_ZONE_NOTIFY_NAME_SERVERS 1
#define IPAM_ZONE_NOTIFY_LISTED 2
#define IPAM_ZONE_NOTIFY_TO 24
#define IPAM_ZONE_LOAD_EXISTING 25
#define IPAM_ZONE_SIGNED 26
#define IPAM_ZONE_STATE 27
#define IPAM_ZONE_STATE_RUNNING 0
#define IPAM_ZONE_STATE_PAUSED 1
#define IPAM_ZONE_STATE_STOPPED 2
#define IPAM_ZONE_STATE_LOADING 3
#define IPAM_ZONE_STATE_EXPIRED 4
#define IPAM_ZONE_STATE_FAILED 5
#define IPAM_ZONE_STATE_UNKNOWN 6
#define IPAM_ZONE_SERIAL 28
#define IPAM_ZONE_LOADED 29
#define IPAM_ZONE_TRANSFERRED 30
#define IPAM_ZONE_EXPIRES 31
#define IPAM_ZONE_ERROR 32
#define IPAM_ZONE_FAILED 33
#define IPAM_ZONE_DESCRIPTION 34
#define IPAM_ZONE_VENDOR 35
#define IPAM_ZONE_SPACE 36
#define IPAM_ZONE_MESSAGE 37
#define IPAM_ZONE_ACCESS_SCOPE 38
#define IPAM_ZONE_EFFECTIVE_SCOPE 39

/* A record of the DNS. Since 0.2. */
struct ipam_dns_record {
    uint32_t size, type; /* IPAM_T_DNS_RECORD */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it was read from. */
    int64_t zone;                    /* since 0.2; Zone it is in. */
    struct ipam_str native_zone;     /* since 0.2; That zone's identifier on its server. */
    struct ipam_str name;            /* since 0.2; Owner name, absolute, lower case, without the dot at the
                                      * end. */
    struct ipam_str type_;           /* since 0.2; Type as in the master file: A, AAAA, MX, ..., or
                                      * TYPE65280. */
    struct ipam_str data;            /* since 0.2; Its data as in the master file, names absolute; absent when
                                      * only rdata is known. */
    int64_t ttl;                     /* since 0.2; Time to live; absent: the zone's default. Unit: s. */
    struct ipam_str class_;          /* since 0.2; Class; absent: IN. */
    struct ipam_bytes rdata;         /* since 0.2; Its data as it is sent, names not compressed. */
    struct ipam_strs values;         /* since 0.2; The fields of its data one by one, texts without quotes. */
    struct ipam_addr address;        /* since 0.2; Address it holds, or a reverse name stands for. */
    struct ipam_str target;          /* since 0.2; Name it leads to: of NS, CNAME, DNAME, PTR, MX, SRV. */
    int64_t preference;              /* since 0.2; Preference of MX, AFSDB, RT; priority of SRV. */
    int64_t weight;                  /* since 0.2; Weight of SRV. */
    int64_t port;                    /* since 0.2; Port of SRV. */
    int64_t stamped;                 /* since 0.2; When it was last renewed; absent: it does not age. */
    uint32_t aging;                  /* since 0.2; Whether it ages and may be scavenged. */
    uint32_t open_update;            /* since 0.2; Whether any user of the realm may update it. */
    uint32_t disabled;               /* since 0.2; Whether the server keeps it without answering with it. */
    struct ipam_str comment;         /* since 0.2; What it is for. */
    uint32_t removed;                /* since 0.2; In a delta: it is gone. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
    int64_t space;                   /* since 0.5; Address space of its address: that of its server. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in: that of its zone; absent:
                                      * /Global. */
};
#define IPAM_DNS_RECORD_ID 1
#define IPAM_DNS_RECORD_REV 2
#define IPAM_DNS_RECORD_SERVER 3
#define IPAM_DNS_RECORD_ZONE 4
#define IPAM_DNS_RECORD_NATIVE_ZONE 5
#define IPAM_DNS_RECORD_NAME 6
#define IPAM_DNS_RECORD_TYPE 7
#define IPAM_DNS_RECORD_DATA 8
#define IPAM_DNS_RECORD_TTL 9
#define IPAM_DNS_RECORD_CLASS 10
#define IPAM_DNS_RECORD_RDATA 11
#define IPAM_DNS_RECORD_VALUES 12
#define IPAM_DNS_RECORD_ADDRESS 13
#define IPAM_DNS_RECORD_TARGET 14
#define IPAM_DNS_RECORD_PREFERENCE 15
#define IPAM_DNS_RECORD_WEIGHT 16
#define IPAM_DNS_RECORD_PORT 17
#define IPAM_DNS_RECORD_STAMPED 18
#define IPAM_DNS_RECORD_AGING 19
#define IPAM_DNS_RECORD_OPEN_UPDATE 20
#define IPAM_DNS_RECORD_DISABLED 21
#define IPAM_DNS_RECORD_COMMENT 22
#define IPAM_DNS_RECORD_REMOVED 23
#define IPAM_DNS_RECORD_VENDOR 24
#define IPAM_DNS_RECORD_SPACE 25
#define IPAM_DNS_RECORD_EFFECTIVE_SCOPE 26

/* A network of a virtual address space: the provider's own, or one that a customer sees. Since 0.2. */
struct ipam_vnetwork {
    uint32_t size, type; /* IPAM_T_VNETWORK */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Source that knows it. */
    struct ipam_str native;          /* since 0.2; Identifier in the source, the same whatever its name. */
    uint32_t kind;                   /* since 0.2; logical: the provider's; virtual: a customer's, on top of a
                                      * logical one. */
    struct ipam_str name;            /* since 0.2; Name. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str parent;          /* since 0.2; Logical network beneath, by its identifier in the
                                      * source. */
    struct ipam_str tenant;          /* since 0.2; Tenant it belongs to. */
    struct ipam_str owner;           /* since 0.2; Who answers for it. */
    uint32_t isolation;              /* since 0.2; How it is kept apart from other virtual networks. */
    int64_t segment;                 /* since 0.2; Number it is kept apart by. */
    struct ipam_strs sites;          /* since 0.2; Names of the sites it reaches. */
    uint32_t shared;                 /* since 0.2; Whether every tenant may use it. */
    uint32_t external;               /* since 0.2; Whether it leads out of the virtual space. */
    uint32_t removed;                /* since 0.2; In a delta: it is gone. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_VNETWORK_ID 1
#define IPAM_VNETWORK_REV 2
#define IPAM_VNETWORK_SERVER 3
#define IPAM_VNETWORK_NATIVE 4
#define IPAM_VNETWORK_KIND 5
#define IPAM_VNETWORK_KIND_LOGICAL 0
#define IPAM_VNETWORK_KIND_VIRTUAL 1
#define IPAM_VNETWORK_NAME 6
#define IPAM_VNETWORK_DESCRIPTION 7
#define IPAM_VNETWORK_PARENT 8
#define IPAM_VNETWORK_TENANT 9
#define IPAM_VNETWORK_OWNER 10
#define IPAM_VNETWORK_ISOLATION 11
#define IPAM_VNETWORK_ISOLATION_NONE 0
#define IPAM_VNETWORK_ISOLATION_VLAN 1
#define IPAM_VNETWORK_ISOLATION_NVGRE 2
#define IPAM_VNETWORK_ISOLATION_VXLAN 3
#define IPAM_VNETWORK_ISOLATION_IP_REWRITE 4
#define IPAM_VNETWORK_ISOLATION_GRE 5
#define IPAM_VNETWORK_ISOLATION_GENEVE 6
#define IPAM_VNETWORK_ISOLATION_OTHER 7
#define IPAM_VNETWORK_SEGMENT 12
#define IPAM_VNETWORK_SITES 13
#define IPAM_VNETWORK_SHARED 14
#define IPAM_VNETWORK_EXTERNAL 15
#define IPAM_VNETWORK_REMOVED 16
#define IPAM_VNETWORK_VENDOR 17

/* A subnet of a virtual address space. Since 0.2. */
struct ipam_vsubnet {
    uint32_t size, type; /* IPAM_T_VSUBNET */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Source that knows it. */
    struct ipam_str native;          /* since 0.2; Identifier in the source, the same whatever its name. */
    struct ipam_str native_network;  /* since 0.2; Network it is in, by its identifier in the source. */
    struct ipam_prefix prefix;       /* since 0.2; The prefix, without host bits. */
    struct ipam_str name;            /* since 0.2; Name. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str logical_network; /* since 0.2; Name of the logical network: the one beneath when it is in
                                      * a virtual network. */
    struct ipam_str site;            /* since 0.2; Name of the network site. */
    struct ipam_str vm_network;      /* since 0.2; Name of the virtual network; absent when it is in none. */
    struct ipam_str tenant;          /* since 0.2; Tenant it belongs to. */
    uint32_t isolation;              /* since 0.2; How it is kept apart from other virtual networks. */
    struct ipam_ints vlans;          /* since 0.2; VLAN ids (1-4094). */
    int64_t virtual_subnet;          /* since 0.2; Virtual subnet id. */
    struct ipam_addrs gateways;      /* since 0.2; Gateways. */
    struct ipam_ints gateway_metrics; /* since 0.2; Metrics of the gateways, in the same order; 0:
                                      * automatic. */
    struct ipam_addrs dns_servers;   /* since 0.2; DNS servers. */
    struct ipam_strs dns_suffixes;   /* since 0.2; Suffixes that names are looked up with. */
    struct ipam_str dns_suffix;      /* since 0.2; Suffix of the connection. */
    uint32_t dhcp;                   /* since 0.2; Whether the source leases addresses in it. */
    struct ipam_u128 used;           /* since 0.2; Addresses in use. Unit: addresses. */
    uint32_t removed;                /* since 0.2; In a delta: it is gone. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_VSUBNET_ID 1
#define IPAM_VSUBNET_REV 2
#define IPAM_VSUBNET_SERVER 3
#define IPAM_VSUBNET_NATIVE 4
#define IPAM_VSUBNET_NATIVE_NETWORK 5
#define IPAM_VSUBNET_PREFIX 6
#define IPAM_VSUBNET_NAME 7
#define IPAM_VSUBNET_DESCRIPTION 8
#define IPAM_VSUBNET_LOGICAL_NETWORK 9
#define IPAM_VSUBNET_SITE 10
#define IPAM_VSUBNET_VM_NETWORK 11
#define IPAM_VSUBNET_TENANT 12
#define IPAM_VSUBNET_ISOLATION 13
#define IPAM_VSUBNET_ISOLATION_NONE 0
#define IPAM_VSUBNET_ISOLATION_VLAN 1
#define IPAM_VSUBNET_ISOLATION_NVGRE 2
#define IPAM_VSUBNET_ISOLATION_VXLAN 3
#define IPAM_VSUBNET_ISOLATION_IP_REWRITE 4
#define IPAM_VSUBNET_ISOLATION_GRE 5
#define IPAM_VSUBNET_ISOLATION_GENEVE 6
#define IPAM_VSUBNET_ISOLATION_OTHER 7
#define IPAM_VSUBNET_VLANS 14
#define IPAM_VSUBNET_VIRTUAL_SUBNET 15
#define IPAM_VSUBNET_GATEWAYS 16
#define IPAM_VSUBNET_GATEWAY_METRICS 17
#define IPAM_VSUBNET_DNS_SERVERS 18
#define IPAM_VSUBNET_DNS_SUFFIXES 19
#define IPAM_VSUBNET_DNS_SUFFIX 20
#define IPAM_VSUBNET_DHCP 21
#define IPAM_VSUBNET_USED 22
#define IPAM_VSUBNET_REMOVED 23
#define IPAM_VSUBNET_VENDOR 24

/* A run of addresses that a source of virtual networks gives out. Since 0.2. */
struct ipam_vpool {
    uint32_t size, type; /* IPAM_T_VPOOL */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Source that knows it. */
    struct ipam_str native;          /* since 0.2; Identifier in the source, the same whatever its name. */
    struct ipam_str native_network;  /* since 0.2; Network it is in, by its identifier in the source. */
    struct ipam_str native_subnet;   /* since 0.2; Subnet it is in, by its identifier in the source. */
    struct ipam_addr first;          /* since 0.2; First address. */
    struct ipam_addr last;           /* since 0.2; Last address. */
    struct ipam_str name;            /* since 0.2; Name. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str logical_network; /* since 0.2; Name of the logical network: the one beneath when it is in
                                      * a virtual network. */
    struct ipam_str site;            /* since 0.2; Name of the network site. */
    struct ipam_str vm_network;      /* since 0.2; Name of the virtual network; absent when it is in none. */
    struct ipam_str tenant;          /* since 0.2; Tenant it belongs to. */
    uint32_t isolation;              /* since 0.2; How it is kept apart from other virtual networks. */
    struct ipam_addrs gateways;      /* since 0.2; Gateways. */
    struct ipam_ints gateway_metrics; /* since 0.2; Metrics of the gateways, in the same order; 0:
                                      * automatic. */
    struct ipam_addrs dns_servers;   /* since 0.2; DNS servers. */
    struct ipam_strs dns_suffixes;   /* since 0.2; Suffixes that names are looked up with. */
    struct ipam_str dns_suffix;      /* since 0.2; Suffix of the connection. */
    struct ipam_addrs wins_servers;  /* since 0.2; WINS servers. */
    struct ipam_strs vips;           /* since 0.2; Addresses for load balancers, each an address or
                                      * FIRST-LAST. */
    struct ipam_strs reserved;       /* since 0.2; Addresses it never gives out, each an address or
                                      * FIRST-LAST. */
    struct ipam_u128 used;           /* since 0.2; Addresses in use. Unit: addresses. */
    uint32_t removed;                /* since 0.2; In a delta: it is gone. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_VPOOL_ID 1
#define IPAM_VPOOL_REV 2
#define IPAM_VPOOL_SERVER 3
#define IPAM_VPOOL_NATIVE 4
#define IPAM_VPOOL_NATIVE_NETWORK 5
#define IPAM_VPOOL_NATIVE_SUBNET 6
#define IPAM_VPOOL_FIRST 7
#define IPAM_VPOOL_LAST 8
#define IPAM_VPOOL_NAME 9
#define IPAM_VPOOL_DESCRIPTION 10
#define IPAM_VPOOL_LOGICAL_NETWORK 11
#define IPAM_VPOOL_SITE 12
#define IPAM_VPOOL_VM_NETWORK 13
#define IPAM_VPOOL_TENANT 14
#define IPAM_VPOOL_ISOLATION 15
#define IPAM_VPOOL_ISOLATION_NONE 0
#define IPAM_VPOOL_ISOLATION_VLAN 1
#define IPAM_VPOOL_ISOLATION_NVGRE 2
#define IPAM_VPOOL_ISOLATION_VXLAN 3
#define IPAM_VPOOL_ISOLATION_IP_REWRITE 4
#define IPAM_VPOOL_ISOLATION_GRE 5
#define IPAM_VPOOL_ISOLATION_GENEVE 6
#define IPAM_VPOOL_ISOLATION_OTHER 7
#define IPAM_VPOOL_GATEWAYS 16
#define IPAM_VPOOL_GATEWAY_METRICS 17
#define IPAM_VPOOL_DNS_SERVERS 18
#define IPAM_VPOOL_DNS_SUFFIXES 19
#define IPAM_VPOOL_DNS_SUFFIX 20
#define IPAM_VPOOL_WINS_SERVERS 21
#define IPAM_VPOOL_VIPS 22
#define IPAM_VPOOL_RESERVED 23
#define IPAM_VPOOL_USED 24
#define IPAM_VPOOL_REMOVED 25
#define IPAM_VPOOL_VENDOR 26

/* An address that a source of virtual networks has given to somebody. Since 0.2. */
struct ipam_vaddress {
    uint32_t size, type; /* IPAM_T_VADDRESS */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Source that knows it. */
    struct ipam_str native;          /* since 0.2; Identifier in the source, the same whatever its name. */
    struct ipam_str native_network;  /* since 0.2; Network it is in, by its identifier in the source. */
    struct ipam_str native_subnet;   /* since 0.2; Subnet it is in, by its identifier in the source. */
    struct ipam_str native_pool;     /* since 0.2; Pool it is from, by its identifier in the source. */
    struct ipam_addr address;        /* since 0.2; The address. */
    struct ipam_bytes mac;           /* since 0.2; Hardware address of the holder. */
    struct ipam_str name;            /* since 0.2; Host name of the holder. */
    struct ipam_str device;          /* since 0.2; Virtual machine, router or load balancer that holds it. */
    struct ipam_str native_device;   /* since 0.2; Its identifier in the source. */
    uint32_t kind;                   /* since 0.2; How it came to be held. */
    struct ipam_addr provider_address; /* since 0.2; Address of the provider's network that carries it. */
    struct ipam_str description;     /* since 0.2; What it is for. */
    struct ipam_str logical_network; /* since 0.2; Name of the logical network: the one beneath when it is in
                                      * a virtual network. */
    struct ipam_str site;            /* since 0.2; Name of the network site. */
    struct ipam_str vm_network;      /* since 0.2; Name of the virtual network; absent when it is in none. */
    struct ipam_str tenant;          /* since 0.2; Tenant it belongs to. */
    uint32_t isolation;              /* since 0.2; How it is kept apart from other virtual networks. */
    int64_t vlan;                    /* since 0.2; VLAN id. */
    int64_t virtual_subnet;          /* since 0.2; Virtual subnet id. */
    struct ipam_str owner;           /* since 0.2; Who answers for it. */
    int64_t assigned;                /* since 0.2; When it was given. */
    uint32_t removed;                /* since 0.2; In a delta: it is gone. */
    struct ipam_str vendor;          /* since 0.2; What the driver knows of it beyond these fields. */
};
#define IPAM_VADDRESS_ID 1
#define IPAM_VADDRESS_REV 2
#define IPAM_VADDRESS_SERVER 3
#define IPAM_VADDRESS_NATIVE 4
#define IPAM_VADDRESS_NATIVE_NETWORK 5
#define IPAM_VADDRESS_NATIVE_SUBNET 6
#define IPAM_VADDRESS_NATIVE_POOL 7
#define IPAM_VADDRESS_ADDRESS 8
#define IPAM_VADDRESS_MAC 9
#define IPAM_VADDRESS_NAME 10
#define IPAM_VADDRESS_DEVICE 11
#define IPAM_VADDRESS_NATIVE_DEVICE 12
#define IPAM_VADDRESS_KIND 13
#define IPAM_VADDRESS_KIND_STATIC 0
#define IPAM_VADDRESS_KIND_DYNAMIC 1
#define IPAM_VADDRESS_KIND_VIP 2
#define IPAM_VADDRESS_KIND_RESERVED 3
#define IPAM_VADDRESS_KIND_GATEWAY 4
#define IPAM_VADDRESS_KIND_OTHER 5
#define IPAM_VADDRESS_PROVIDER_ADDRESS 14
#define IPAM_VADDRESS_DESCRIPTION 15
#define IPAM_VADDRESS_LOGICAL_NETWORK 16
#define IPAM_VADDRESS_SITE 17
#define IPAM_VADDRESS_VM_NETWORK 18
#define IPAM_VADDRESS_TENANT 19
#define IPAM_VADDRESS_ISOLATION 20
#define IPAM_VADDRESS_ISOLATION_NONE 0
#define IPAM_VADDRESS_ISOLATION_VLAN 1
#define IPAM_VADDRESS_ISOLATION_NVGRE 2
#define IPAM_VADDRESS_ISOLATION_VXLAN 3
#define IPAM_VADDRESS_ISOLATION_IP_REWRITE 4
#define IPAM_VADDRESS_ISOLATION_GRE 5
#define IPAM_VADDRESS_ISOLATION_GENEVE 6
#define IPAM_VADDRESS_ISOLATION_OTHER 7
#define IPAM_VADDRESS_VLAN 21
#define IPAM_VADDRESS_VIRTUAL_SUBNET 22
#define IPAM_VADDRESS_OWNER 23
#define IPAM_VADDRESS_ASSIGNED 24
#define IPAM_VADDRESS_REMOVED 25
#define IPAM_VADDRESS_VENDOR 26

/* Something that a server recorded: a lease given, a setting changed, a zone that failed, a logon. Since
 * 0.2. */
struct ipam_event {
    uint32_t size, type; /* IPAM_T_EVENT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it was read from. */
    struct ipam_str stream;          /* since 0.2; Stream it was read from. */
    struct ipam_str bookmark;        /* since 0.2; Its place in the stream: events after it are newer. */
    int64_t time;                    /* since 0.2; When it happened, by the server's clock and in UTC. */
    uint32_t kind;                   /* since 0.2; What it is about; network-logon: let into the network by an
                                      * access server. */
    struct ipam_str native_event;    /* since 0.2; The source's own id for events of its sort. */
    struct ipam_str source;          /* since 0.2; Host name of the server it happened on, when another one
                                      * tells it. */
    uint32_t level;                  /* since 0.2; How bad it is. */
    struct ipam_addr address;        /* since 0.2; Address leased, reserved or logged on from. */
    int64_t prefix_length;           /* since 0.2; Length of a delegated prefix. */
    struct ipam_bytes mac;           /* since 0.2; Hardware address of the client. */
    struct ipam_bytes client_id;     /* since 0.2; DHCPv4 client identifier. */
    struct ipam_bytes duid;          /* since 0.2; DHCPv6 client identifier. */
    int64_t iaid;                    /* since 0.2; DHCPv6 identity association. */
    struct ipam_str host;            /* since 0.2; Host name of the client. */
    int64_t expires;                 /* since 0.2; When the lease ends. */
    struct ipam_bytes relay;         /* since 0.2; What the relay said of the client: option 82, or its DHCPv6
                                      * kin. */
    struct ipam_str user;            /* since 0.2; Who logged on, or changed the setting. */
    struct ipam_str realm;           /* since 0.2; Domain that user is known in. */
    struct ipam_str parent_realm;    /* since 0.2; Forest or other whole which that domain is part of. */
    struct ipam_str native_scope;    /* since 0.2; Scope it is about, by its identifier on the server. */
    struct ipam_str scope_name;      /* since 0.2; That scope's name. */
    int64_t option_code;             /* since 0.2; Option of DHCP it is about. */
    struct ipam_str option_name;     /* since 0.2; That option's name. */
    struct ipam_str native_zone;     /* since 0.2; Zone it is about, by its identifier on the server. */
    struct ipam_str object;          /* since 0.2; What else was changed: a policy, a filter, a relation, by
                                      * its name. */
    struct ipam_str category;        /* since 0.2; The source's own heading. */
    struct ipam_str opcode;          /* since 0.2; The source's own word for what was done. */
    struct ipam_strs keywords;       /* since 0.2; The source's own keywords. */
    struct ipam_str message;         /* since 0.2; The event in words. */
    struct ipam_str raw;             /* since 0.2; All the source says, under its own names. */
};
#define IPAM_EVENT_ID 1
#define IPAM_EVENT_REV 2
#define IPAM_EVENT_SERVER 3
#define IPAM_EVENT_STREAM 4
#define IPAM_EVENT_BOOKMARK 5
#define IPAM_EVENT_TIME 6
#define IPAM_EVENT_KIND 7
#define IPAM_EVENT_KIND_LEASE_NEW 0
#define IPAM_EVENT_KIND_LEASE_RENEW 1
#define IPAM_EVENT_KIND_LEASE_RELEASE 2
#define IPAM_EVENT_KIND_LEASE_EXPIRE 3
#define IPAM_EVENT_KIND_LEASE_DELETE 4
#define IPAM_EVENT_KIND_LEASE_DECLINE 5
#define IPAM_EVENT_KIND_BOOTP_LEASE 6
#define IPAM_EVENT_KIND_BOOTP_LEASE_DYNAMIC 7
#define IPAM_EVENT_KIND_STATELESS_REQUEST 8
#define IPAM_EVENT_KIND_STATELESS_PURGE 9
#define IPAM_EVENT_KIND_LOGON 10
#define IPAM_EVENT_KIND_NETWORK_LOGON 11
#define IPAM_EVENT_KIND_CONFIG 12
#define IPAM_EVENT_KIND_ZONE 13
#define IPAM_EVENT_KIND_SERVICE 14
#define IPAM_EVENT_KIND_OTHER 15
#define IPAM_EVENT_NATIVE_EVENT 8
#define IPAM_EVENT_SOURCE 9
#define IPAM_EVENT_LEVEL 10
#define IPAM_EVENT_LEVEL_INFO 0
#define IPAM_EVENT_LEVEL_WARNING 1
#define IPAM_EVENT_LEVEL_ERROR 2
#define IPAM_EVENT_ADDRESS 11
#define IPAM_EVENT_PREFIX_LENGTH 12
#define IPAM_EVENT_MAC 13
#define IPAM_EVENT_CLIENT_ID 14
#define IPAM_EVENT_DUID 15
#define IPAM_EVENT_IAID 16
#define IPAM_EVENT_HOST 17
#define IPAM_EVENT_EXPIRES 18
#define IPAM_EVENT_RELAY 19
#define IPAM_EVENT_USER 20
#define IPAM_EVENT_REALM 21
#define IPAM_EVENT_PARENT_REALM 22
#define IPAM_EVENT_NATIVE_SCOPE 23
#define IPAM_EVENT_SCOPE_NAME 24
#define IPAM_EVENT_OPTION_CODE 25
#define IPAM_EVENT_OPTION_NAME 26
#define IPAM_EVENT_NATIVE_ZONE 27
#define IPAM_EVENT_OBJECT 28
#define IPAM_EVENT_CATEGORY 29
#define IPAM_EVENT_OPCODE 30
#define IPAM_EVENT_KEYWORDS 31
#define IPAM_EVENT_MESSAGE 32
#define IPAM_EVENT_RAW 33

/* What a request with an Idempotency-Key was answered: kept for a while, in the same batch as its effect.
 * Since 0.2. */
struct ipam_idempotency_answer {
    uint32_t size, type; /* IPAM_T_IDEMPOTENCY_ANSWER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision it was made at. */
    struct ipam_bytes digest;        /* since 0.2; Digest of principal, route and key. */
    struct ipam_bytes request;       /* since 0.2; Digest of method, path, query and body. */
    int64_t status;                  /* since 0.2; HTTP status. */
    struct ipam_str content_type;    /* since 0.2; Content-Type of the answer; absent: it had no body. */
    struct ipam_str location;        /* since 0.2; Location of the answer. */
    struct ipam_str etag;            /* since 0.2; ETag of the answer. */
    struct ipam_bytes body;          /* since 0.2; The answer's bytes. */
    int64_t created;                 /* since 0.2; When, by the storage backend's clock. */
};
#define IPAM_IDEMPOTENCY_ANSWER_ID 1
#define IPAM_IDEMPOTENCY_ANSWER_REV 2
#define IPAM_IDEMPOTENCY_ANSWER_DIGEST 3
#define IPAM_IDEMPOTENCY_ANSWER_REQUEST 4
#define IPAM_IDEMPOTENCY_ANSWER_STATUS 5
#define IPAM_IDEMPOTENCY_ANSWER_CONTENT_TYPE 6
#define IPAM_IDEMPOTENCY_ANSWER_LOCATION 7
#define IPAM_IDEMPOTENCY_ANSWER_ETAG 8
#define IPAM_IDEMPOTENCY_ANSWER_BODY 9
#define IPAM_IDEMPOTENCY_ANSWER_CREATED 10

/* Work that is done regularly, on all servers or once for the whole plan, as it stands now. Since 0.2. */
struct ipam_task {
    uint32_t size, type; /* IPAM_T_TASK */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its name: server_availability, server_configuration,
                                      * dhcp_leases, dhcp_statistics, utilization, address_expiry,
                                      * utilization_history. */
    struct ipam_str description;     /* since 0.2; What it does. */
    uint32_t state;                  /* since 0.2; running: on at least one server; disabled: by the
                                      * configuration. */
    int64_t interval;                /* since 0.2; How often it is done on each server. Unit: s. */
    int64_t jitter;                  /* since 0.2; By how much each run is put off at random, so that servers
                                      * are not asked all at once. Unit: s. */
    int64_t servers;                 /* since 0.2; Servers it is done on; absent: it is done once for the
                                      * whole plan. */
    int64_t running;                 /* since 0.2; Of these, those it is being done on. */
    int64_t failing;                 /* since 0.2; Of these, those where it failed last; they are tried again
                                      * after a growing pause. */
    int64_t last_run;                /* since 0.2; When it was last begun on any of them, since the service
                                      * started. */
    int64_t next_run;                /* since 0.2; When it will be begun next on any of them. */
    uint32_t last_result;            /* since 0.2; How it last ended; none: not yet, since the service
                                      * started. */
    struct ipam_str message;         /* since 0.2; What the last end said. */
    struct ipam_strs failures;       /* since 0.2; The servers where it failed last, and when each is tried
                                      * again. */
};
#define IPAM_TASK_NAME 1
#define IPAM_TASK_DESCRIPTION 2
#define IPAM_TASK_STATE 3
#define IPAM_TASK_STATE_IDLE 0
#define IPAM_TASK_STATE_RUNNING 1
#define IPAM_TASK_STATE_DISABLED 2
#define IPAM_TASK_INTERVAL 4
#define IPAM_TASK_JITTER 5
#define IPAM_TASK_SERVERS 6
#define IPAM_TASK_RUNNING 7
#define IPAM_TASK_FAILING 8
#define IPAM_TASK_LAST_RUN 9
#define IPAM_TASK_NEXT_RUN 10
#define IPAM_TASK_LAST_RESULT 11
#define IPAM_TASK_LAST_RESULT_NONE 0
#define IPAM_TASK_LAST_RESULT_DONE 1
#define IPAM_TASK_LAST_RESULT_FAILED 2
#define IPAM_TASK_MESSAGE 12
#define IPAM_TASK_FAILURES 13

/* What cannot be right in the network as it is: who is in it, what says so, what to do. Since 0.5. */
struct ipam_conflict {
    uint32_t size, type; /* IPAM_T_CONFLICT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    int64_t space;                   /* since 0.5; Address space it is in. */
    uint32_t kind;                   /* since 0.5; What is wrong. */
    struct ipam_str key;             /* since 0.5; Names it for as long as it lasts: the kind, the space, the
                                      * place, and whose it is. */
    struct ipam_addr first;          /* since 0.5; Where it is: the address, or the first one. */
    struct ipam_addr last;           /* since 0.5; The last address of where it is. */
    struct ipam_addr address;        /* since 0.5; The address, when it is at a single one. */
    struct ipam_prefix prefix;       /* since 0.5; The prefix, when it is about a whole one. */
    struct ipam_strs parties;        /* since 0.5; Who is in it, each as TYPE ID KEY. */
    struct ipam_strs evidence;       /* since 0.5; What says so: of each party, in the same order. */
    struct ipam_str remedy;          /* since 0.5; What to do. */
    int64_t opened;                  /* since 0.5; Since when it is there. */
    int64_t opened_rev;              /* since 0.5; Revision that made it so. */
    uint32_t severity;               /* since 0.5; information: it may well be meant so; absent: a fault. */
    int64_t age;                     /* since 0.5; How long it has been there. Unit: s. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in: that of the place; absent:
                                      * /Global. */
};
#define IPAM_CONFLICT_ID 1
#define IPAM_CONFLICT_REV 2
#define IPAM_CONFLICT_SPACE 3
#define IPAM_CONFLICT_KIND 4
#define IPAM_CONFLICT_KIND_TWO_HOLDERS 0
#define IPAM_CONFLICT_KIND_LEASE_OF_STATIC 1
#define IPAM_CONFLICT_KIND_STATIC_IN_POOL 2
#define IPAM_CONFLICT_KIND_GATEWAY_HELD 3
#define IPAM_CONFLICT_KIND_GATEWAY_IN_POOL 4
#define IPAM_CONFLICT_KIND_RESERVATION_TWICE 5
#define IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE 6
#define IPAM_CONFLICT_KIND_POOLS_OVERLAP 7
#define IPAM_CONFLICT_KIND_RANGES_OVERLAP 8
#define IPAM_CONFLICT_KIND_SUBNETS_OVERLAP 9
#define IPAM_CONFLICT_KIND_OUTSIDE_PLAN 10
#define IPAM_CONFLICT_KIND_SCOPE_SPLIT 11
#define IPAM_CONFLICT_KIND_SCOPE_TWICE 12
#define IPAM_CONFLICT_KIND_POOL_OUTSIDE 13
#define IPAM_CONFLICT_KEY 5
#define IPAM_CONFLICT_FIRST 6
#define IPAM_CONFLICT_LAST 7
#define IPAM_CONFLICT_ADDRESS 8
#define IPAM_CONFLICT_PREFIX 9
#define IPAM_CONFLICT_PARTIES 10
#define IPAM_CONFLICT_EVIDENCE 11
#define IPAM_CONFLICT_REMEDY 12
#define IPAM_CONFLICT_OPENED 13
#define IPAM_CONFLICT_OPENED_REV 14
#define IPAM_CONFLICT_SEVERITY 15
#define IPAM_CONFLICT_SEVERITY_FAULT 0
#define IPAM_CONFLICT_SEVERITY_INFORMATION 1
#define IPAM_CONFLICT_AGE 32
#define IPAM_CONFLICT_EFFECTIVE_SCOPE 36

/* A figure that a DHCP server keeps of itself, a scope or a pool. Since 0.2. */
struct ipam_dhcp_statistic {
    uint32_t size, type; /* IPAM_T_DHCP_STATISTIC */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; Server it was read from. */
    int64_t scope;                   /* since 0.2; Scope it is of; absent: of the server, or of what target
                                      * names. */
    struct ipam_str target;          /* since 0.2; What it is of, by its identifier on the server; absent: of
                                      * the server. */
    struct ipam_str name;            /* since 0.2; Its name: addresses.total, addresses.assigned, ... */
    struct ipam_u128 count;          /* since 0.2; The figure, when it counts. */
    int64_t level;                   /* since 0.2; The figure, when it may fall below zero. */
    struct ipam_str unit;            /* since 0.2; Of what. */
    int64_t since;                   /* since 0.2; Counted since then. */
};
#define IPAM_DHCP_STATISTIC_ID 1
#define IPAM_DHCP_STATISTIC_REV 2
#define IPAM_DHCP_STATISTIC_SERVER 3
#define IPAM_DHCP_STATISTIC_SCOPE 4
#define IPAM_DHCP_STATISTIC_TARGET 5
#define IPAM_DHCP_STATISTIC_NAME 6
#define IPAM_DHCP_STATISTIC_COUNT 7
#define IPAM_DHCP_STATISTIC_LEVEL 8
#define IPAM_DHCP_STATISTIC_UNIT 9
#define IPAM_DHCP_STATISTIC_SINCE 10

/* What the last probe of a server found on one channel. Since 0.2. */
struct ipam_server_check {
    uint32_t size, type; /* IPAM_T_SERVER_CHECK */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.2; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.2; Revision of the last change. */
    int64_t server;                  /* since 0.2; The server. */
    struct ipam_str channel;         /* since 0.2; The channel: control, leases, ... */
    uint32_t state;                  /* since 0.2; How it is; denied: not allowed to us; missing: not
                                      * there. */
    struct ipam_str code;            /* since 0.2; The native code. */
    struct ipam_str message;         /* since 0.2; What was found. */
    struct ipam_str remedy;          /* since 0.2; What to do. */
    int64_t checked;                 /* since 0.2; When that was seen. */
    int64_t since;                   /* since 0.2; Since when the probes find this state. */
};
#define IPAM_SERVER_CHECK_ID 1
#define IPAM_SERVER_CHECK_REV 2
#define IPAM_SERVER_CHECK_SERVER 3
#define IPAM_SERVER_CHECK_CHANNEL 4
#define IPAM_SERVER_CHECK_STATE 5
#define IPAM_SERVER_CHECK_STATE_OK 0
#define IPAM_SERVER_CHECK_STATE_WARNING 1
#define IPAM_SERVER_CHECK_STATE_ERROR 2
#define IPAM_SERVER_CHECK_STATE_DENIED 3
#define IPAM_SERVER_CHECK_STATE_MISSING 4
#define IPAM_SERVER_CHECK_STATE_NOT_APPLICABLE 5
#define IPAM_SERVER_CHECK_STATE_UNKNOWN 6
#define IPAM_SERVER_CHECK_STATE_NOT_CHECKED 7
#define IPAM_SERVER_CHECK_CODE 6
#define IPAM_SERVER_CHECK_MESSAGE 7
#define IPAM_SERVER_CHECK_REMEDY 8
#define IPAM_SERVER_CHECK_CHECKED 9
#define IPAM_SERVER_CHECK_SINCE 10

/* Something that has crossed a threshold or come to a date, until it is back. Since 0.5. */
struct ipam_alert {
    uint32_t size, type; /* IPAM_T_ALERT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    uint32_t kind;                   /* since 0.5; What it is about: a threshold that was crossed, an expiry
                                      * date that is near or has come. */
    uint32_t about;                  /* since 0.5; Record of the object. */
    int64_t object;                  /* since 0.5; Id of the object. */
    struct ipam_str key;             /* since 0.5; Natural key of the object. */
    int64_t space;                   /* since 0.5; Address space it lies in. */
    struct ipam_str message;         /* since 0.5; The same in a sentence. */
    int64_t since;                   /* since 0.5; When it became so, as the task saw it. */
    int64_t repeated;                /* since 0.5; How often it was told again since then: with expiry_events
                                      * periodic. */
    int64_t last;                    /* since 0.5; When it was told last. */
    int64_t effective_scope;         /* since 0.5; Access scope its object is in; absent: /Global. */
};
#define IPAM_ALERT_ID 1
#define IPAM_ALERT_REV 2
#define IPAM_ALERT_KIND 3
#define IPAM_ALERT_KIND_UTILIZATION_OVER 0
#define IPAM_ALERT_KIND_UTILIZATION_UNDER 1
#define IPAM_ALERT_KIND_ADDRESS_ALERT 2
#define IPAM_ALERT_KIND_ADDRESS_EXPIRED 3
#define IPAM_ALERT_ABOUT 4
#define IPAM_ALERT_ABOUT_BLOCK 0
#define IPAM_ALERT_ABOUT_SUBNET 1
#define IPAM_ALERT_ABOUT_RANGE 2
#define IPAM_ALERT_ABOUT_ADDRESS 3
#define IPAM_ALERT_OBJECT 5
#define IPAM_ALERT_KEY 6
#define IPAM_ALERT_SPACE 7
#define IPAM_ALERT_MESSAGE 8
#define IPAM_ALERT_SINCE 9
#define IPAM_ALERT_REPEATED 10
#define IPAM_ALERT_LAST 11
#define IPAM_ALERT_EFFECTIVE_SCOPE 36

/* Samples of how full an object was, in steps of one length, of one span of time. Since 0.5. */
struct ipam_sample {
    uint32_t size, type; /* IPAM_T_SAMPLE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision it was made at. */
    struct ipam_str name;            /* since 0.5; What it is of, the length of its steps, and the begin of
                                      * its time. */
    int64_t begins;                  /* since 0.5; Begin of its time. */
    uint32_t step;                   /* since 0.5; Length of its steps. */
    struct ipam_bytes points;        /* since 0.5; The samples (core/journal/series.h). */
};
#define IPAM_SAMPLE_ID 1
#define IPAM_SAMPLE_REV 2
#define IPAM_SAMPLE_NAME 3
#define IPAM_SAMPLE_BEGINS 4
#define IPAM_SAMPLE_STEP 5
#define IPAM_SAMPLE_STEP_MINUTE 0
#define IPAM_SAMPLE_STEP_HOUR 1
#define IPAM_SAMPLE_STEP_DAY 2
#define IPAM_SAMPLE_POINTS 6

/* How full a space, block, subnet or range is, or was in a step of time. Since 0.5. */
struct ipam_utilization {
    uint32_t size, type; /* IPAM_T_UTILIZATION */
    uint64_t has[2];
    struct ipam_bytes rest;
    uint32_t family;                 /* since 0.5; Protocol of the addresses. */
    int64_t from;                    /* since 0.5; Begin of the step; absent: this is now. */
    int64_t to;                      /* since 0.5; End of the step. */
    struct ipam_u128 size_;          /* since 0.5; Number of addresses. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.5; Addresses in use, each once; of a step, on average. Unit:
                                      * addresses. */
    struct ipam_u128 free;           /* since 0.5; The others. Unit: addresses. */
    int64_t utilization;             /* since 0.5; used / size. Unit: %. */
    struct ipam_u128 static_;        /* since 0.5; Of those in use: given by the plan, and nothing of what
                                      * follows. Unit: addresses. */
    struct ipam_u128 stateless;      /* since 0.5; Of those in use: made by their holders, and nothing of what
                                      * follows (IPv6). Unit: addresses. */
    struct ipam_u128 reserved;       /* since 0.5; Of those in use: kept by a DHCP reservation or by the plan,
                                      * and nothing of what follows. Unit: addresses. */
    struct ipam_u128 leased;         /* since 0.5; Of those in use: leased, and nothing of what follows. Unit:
                                      * addresses. */
    struct ipam_u128 quarantined;    /* since 0.5; Of those in use: declined, because somebody else had them.
                                      * Unit: addresses. */
    struct ipam_u128 excluded;       /* since 0.5; Addresses that a DHCP server excludes from its leases.
                                      * Unit: addresses. */
    struct ipam_u128 assigned;       /* since 0.5; Addresses of its ranges, without what their servers
                                      * exclude; of ranges that overlap, those that are counted. Unit:
                                      * addresses. */
    struct ipam_u128 utilized;       /* since 0.5; Of these: leased in dynamic ranges, made by holders in auto
                                      * ones, of the plan in others. Unit: addresses. */
    int64_t percent_assigned;        /* since 0.5; assigned / size. Unit: %. */
    int64_t percent_utilized;        /* since 0.5; utilized / size; of a range: utilized / assigned. Unit:
                                      * %. */
    struct ipam_u128 peak;           /* since 0.5; The most that were in use in the step. Unit: addresses. */
    int64_t samples;                 /* since 0.5; How often it was looked at in the step; 0: what it was is
                                      * not known. */
    uint32_t forecast;               /* since 0.5; expected: full at the time that `full` says; steady: it
                                      * does not fill up; too-few: there are not enough samples; unclear: they
                                      * do not tell. */
    int64_t full;                    /* since 0.5; When the last address is in use, if it goes on as in the
                                      * samples. */
    int64_t full_earliest;           /* since 0.5; The same at the earliest, 95 times in 100. */
    int64_t full_latest;             /* since 0.5; The same at the latest, 95 times in 100; absent: perhaps
                                      * never. */
};
#define IPAM_UTILIZATION_FAMILY 1
#define IPAM_UTILIZATION_FAMILY_IPV4 0
#define IPAM_UTILIZATION_FAMILY_IPV6 1
#define IPAM_UTILIZATION_FROM 2
#define IPAM_UTILIZATION_TO 3
#define IPAM_UTILIZATION_SIZE 4
#define IPAM_UTILIZATION_USED 5
#define IPAM_UTILIZATION_FREE 6
#define IPAM_UTILIZATION_UTILIZATION 7
#define IPAM_UTILIZATION_STATIC 8
#define IPAM_UTILIZATION_STATELESS 9
#define IPAM_UTILIZATION_RESERVED 10
#define IPAM_UTILIZATION_LEASED 11
#define IPAM_UTILIZATION_QUARANTINED 12
#define IPAM_UTILIZATION_EXCLUDED 13
#define IPAM_UTILIZATION_ASSIGNED 14
#define IPAM_UTILIZATION_UTILIZED 15
#define IPAM_UTILIZATION_PERCENT_ASSIGNED 16
#define IPAM_UTILIZATION_PERCENT_UTILIZED 17
#define IPAM_UTILIZATION_PEAK 18
#define IPAM_UTILIZATION_SAMPLES 19
#define IPAM_UTILIZATION_FORECAST 20
#define IPAM_UTILIZATION_FORECAST_EXPECTED 0
#define IPAM_UTILIZATION_FORECAST_STEADY 1
#define IPAM_UTILIZATION_FORECAST_TOO_FEW 2
#define IPAM_UTILIZATION_FORECAST_UNCLEAR 3
#define IPAM_UTILIZATION_FULL 21
#define IPAM_UTILIZATION_FULL_EARLIEST 22
#define IPAM_UTILIZATION_FULL_LATEST 23

/* Something that can be done, as access control knows it. Since 0.2. */
struct ipam_operation {
    uint32_t size, type; /* IPAM_T_OPERATION */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its name: group, noun and verb. */
    struct ipam_str published;       /* since 0.2; Its name in [MS-IPAMM2], where it has one. */
    uint32_t reads;                  /* since 0.2; Whether it changes nothing. */
    uint32_t scoped;                 /* since 0.2; Whether it is done on objects that have an access scope. */
    uint32_t groups_only;            /* since 0.2; Whether the fixed groups alone may do it, and no role. */
    uint32_t admin_only;             /* since 0.2; Whether a role that people make cannot have it. */
    struct ipam_strs roles;          /* since 0.2; The roles and groups that may do it. */
};
#define IPAM_OPERATION_NAME 1
#define IPAM_OPERATION_PUBLISHED 2
#define IPAM_OPERATION_READS 3
#define IPAM_OPERATION_SCOPED 4
#define IPAM_OPERATION_GROUPS_ONLY 5
#define IPAM_OPERATION_ADMIN_ONLY 6
#define IPAM_OPERATION_ROLES 7

/* Somebody who may sign in: a person, or a service account. Since 0.4. */
struct ipam_user {
    uint32_t size, type; /* IPAM_T_USER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str name;            /* since 0.4; Name to sign in with: a-z, A-Z, 0-9, '.', '_' and '-', not
                                      * digits alone. */
    uint32_t kind;                   /* since 0.4; person, or service: a program, which has tokens and no
                                      * password; person when absent. */
    struct ipam_str full_name;       /* since 0.4; Name for people. */
    struct ipam_str description;     /* since 0.4; What it is for. */
    uint32_t disabled;               /* since 0.4; Is not let in, by password or token, until this is false
                                      * again. */
    int64_t expires;                 /* since 0.4; Is not let in from then on. */
    struct ipam_str password;        /* since 0.4; Password, 12 characters or more: written, never read. */
    int64_t password_changed;        /* since 0.4; When the password was set; absent: there is none. */
};
#define IPAM_USER_ID 1
#define IPAM_USER_REV 2
#define IPAM_USER_NAME 3
#define IPAM_USER_KIND 4
#define IPAM_USER_KIND_PERSON 0
#define IPAM_USER_KIND_SERVICE 1
#define IPAM_USER_FULL_NAME 5
#define IPAM_USER_DESCRIPTION 6
#define IPAM_USER_DISABLED 7
#define IPAM_USER_EXPIRES 8
#define IPAM_USER_PASSWORD 9
#define IPAM_USER_PASSWORD_CHANGED 10

/* Users who may the same. Since 0.4. */
struct ipam_group {
    uint32_t size, type; /* IPAM_T_GROUP */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str name;            /* since 0.4; Name: a-z, A-Z, 0-9, '.', '_' and '-', not digits alone; or
                                      * PROVIDER/GROUP for a group that an identity provider knows. */
    struct ipam_str description;     /* since 0.4; What it is for. */
    struct ipam_strs members;        /* since 0.4; Names of the users in it; of PROVIDER/GROUP the provider
                                      * says who is. */
    struct ipam_str role;            /* since 0.4; Role or fixed group that its members have. */
};
#define IPAM_GROUP_ID 1
#define IPAM_GROUP_REV 2
#define IPAM_GROUP_NAME 3
#define IPAM_GROUP_DESCRIPTION 4
#define IPAM_GROUP_MEMBERS 5
#define IPAM_GROUP_ROLE 6

/* A token of a user for the API: the secret is shown once, when it is made. Since 0.4. */
struct ipam_token {
    uint32_t size, type; /* IPAM_T_TOKEN */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    int64_t user;                    /* since 0.4; Whose it is. */
    struct ipam_str name;            /* since 0.4; Name, unique for the user: a-z, A-Z, 0-9, '.', '_' and '-',
                                      * not digits alone. */
    struct ipam_str prefix;          /* since 0.4; Its public part, by which a token that was found somewhere
                                      * is known. */
    struct ipam_str description;     /* since 0.4; What it is for. */
    struct ipam_str role;            /* since 0.4; Narrows what it may to what this role may; all that its
                                      * user may when absent. */
    struct ipam_str access_scope;    /* since 0.4; Narrows where it may to this access scope, as a path:
                                      * /Global/Europe. */
    struct ipam_strs networks;       /* since 0.4; Prefixes it is taken from; from everywhere when absent. */
    int64_t expires;                 /* since 0.4; Is not taken from then on: 90 days ahead when absent, 400
                                      * at most. */
    int64_t last_used;               /* since 0.4; When it was last taken, to the minute. */
    struct ipam_str last_peer;       /* since 0.4; From where it was last taken. */
    int64_t created;                 /* since 0.4; When it was made. */
    struct ipam_str token;           /* since 0.4; The token itself, in the answer that creates it and never
                                      * again. */
};
#define IPAM_TOKEN_ID 1
#define IPAM_TOKEN_REV 2
#define IPAM_TOKEN_USER 3
#define IPAM_TOKEN_NAME 4
#define IPAM_TOKEN_PREFIX 5
#define IPAM_TOKEN_DESCRIPTION 6
#define IPAM_TOKEN_ROLE 7
#define IPAM_TOKEN_ACCESS_SCOPE 8
#define IPAM_TOKEN_NETWORKS 9
#define IPAM_TOKEN_EXPIRES 10
#define IPAM_TOKEN_LAST_USED 11
#define IPAM_TOKEN_LAST_PEER 12
#define IPAM_TOKEN_CREATED 13
#define IPAM_TOKEN_TOKEN 14

/* A set of operations that somebody may be given: a fixed group, a built-in role, or one that people made.
 * Since 0.4. */
struct ipam_role {
    uint32_t size, type; /* IPAM_T_ROLE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused; fixed groups and
                                      * built-in roles have none. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str name;            /* since 0.4; Its name: a-z, 0-9, '-', '_' and '.'. */
    struct ipam_str title;           /* since 0.4; What people call it. */
    struct ipam_str description;     /* since 0.4; What it is for. */
    struct ipam_strs operations;     /* since 0.4; What it may do. */
    uint32_t kind;                   /* since 0.4; group: one of the five fixed groups, which also have what
                                      * no role can have. */
};
#define IPAM_ROLE_ID 1
#define IPAM_ROLE_REV 2
#define IPAM_ROLE_NAME 3
#define IPAM_ROLE_TITLE 4
#define IPAM_ROLE_DESCRIPTION 5
#define IPAM_ROLE_OPERATIONS 6
#define IPAM_ROLE_KIND 32
#define IPAM_ROLE_KIND_GROUP 0
#define IPAM_ROLE_KIND_BUILT_IN 1
#define IPAM_ROLE_KIND_CUSTOM 2

/* A part of the network that rights are given for. Objects are put into one, or inherit it. Since 0.4. */
struct ipam_access_scope {
    uint32_t size, type; /* IPAM_T_ACCESS_SCOPE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str path;            /* since 0.4; Name, with the names of all it is a part of:
                                      * /Global/Europe/Berlin. */
    struct ipam_str description;     /* since 0.4; What it is for. */
    int64_t parent;                  /* since 0.4; The scope it is a part of. */
};
#define IPAM_ACCESS_SCOPE_ID 1
#define IPAM_ACCESS_SCOPE_REV 2
#define IPAM_ACCESS_SCOPE_PATH 3
#define IPAM_ACCESS_SCOPE_DESCRIPTION 4
#define IPAM_ACCESS_SCOPE_PARENT 32

/* What somebody may: a role, in an access scope and all of its parts. Several add up. Since 0.4. */
struct ipam_access_policy {
    uint32_t size, type; /* IPAM_T_ACCESS_POLICY */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str principal;       /* since 0.4; Whose: user:NAME, group:NAME, token:NAME, cert:NAME,
                                      * uid:NUMBER. */
    struct ipam_str role;            /* since 0.4; A role, or a fixed group. */
    int64_t scope;                   /* since 0.4; Where. */
    struct ipam_str description;     /* since 0.4; What it is for. */
    int64_t from;                    /* since 0.4; From when on; at once when absent. */
    int64_t until;                   /* since 0.4; Up to when, that moment not included; for ever when
                                      * absent. */
    int64_t max_blocks;              /* since 0.4; How many blocks and subnets each may hold that were made by
                                      * this right. */
    int64_t min_length4;             /* since 0.4; Length of the largest IPv4 prefix that may be made by this
                                      * right. */
    int64_t min_length6;             /* since 0.4; Length of the largest IPv6 prefix that may be made by this
                                      * right. */
};
#define IPAM_ACCESS_POLICY_ID 1
#define IPAM_ACCESS_POLICY_REV 2
#define IPAM_ACCESS_POLICY_PRINCIPAL 3
#define IPAM_ACCESS_POLICY_ROLE 4
#define IPAM_ACCESS_POLICY_SCOPE 5
#define IPAM_ACCESS_POLICY_DESCRIPTION 6
#define IPAM_ACCESS_POLICY_FROM 7
#define IPAM_ACCESS_POLICY_UNTIL 8
#define IPAM_ACCESS_POLICY_MAX_BLOCKS 9
#define IPAM_ACCESS_POLICY_MIN_LENGTH4 10
#define IPAM_ACCESS_POLICY_MIN_LENGTH6 11

/* What a password or token is known by; shown nowhere. Since 0.4. */
struct ipam_verifier {
    uint32_t size, type; /* IPAM_T_VERIFIER */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision it was made at. */
    struct ipam_str place;           /* since 0.4; user/ID of a password; the prefix of a token or session. */
    int64_t object;                  /* since 0.4; Id of that user, token or session. */
    struct ipam_str hash;            /* since 0.4; Of a password: what argon2id made of it, with its
                                      * parameters. */
    struct ipam_bytes digest;        /* since 0.4; Of a token: its digest. */
};
#define IPAM_VERIFIER_ID 1
#define IPAM_VERIFIER_REV 2
#define IPAM_VERIFIER_PLACE 3
#define IPAM_VERIFIER_OBJECT 4
#define IPAM_VERIFIER_HASH 5
#define IPAM_VERIFIER_DIGEST 6

/* A user who has signed in: a token that ends soon. Since 0.4. */
struct ipam_session {
    uint32_t size, type; /* IPAM_T_SESSION */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str prefix;          /* since 0.4; The public part of its token. */
    struct ipam_str name;            /* since 0.4; Who it is: USER, or USER@PROVIDER. */
    int64_t user;                    /* since 0.4; The user; absent for one that an identity provider
                                      * knows. */
    struct ipam_strs groups;         /* since 0.4; Groups that the provider said, as PROVIDER/GROUP. */
    int64_t expires;                 /* since 0.4; When it ends. */
    int64_t created;                 /* since 0.4; When it began. */
    int64_t last_used;               /* since 0.4; When it was last used, to the minute. */
    struct ipam_str last_peer;       /* since 0.4; From where it was last used. */
    struct ipam_str provider;        /* since 0.4; The identity provider that knows him; absent for a user of
                                      * the service. */
    struct ipam_str token;           /* since 0.4; The token, in the answer that begins the session and never
                                      * again. */
};
#define IPAM_SESSION_ID 1
#define IPAM_SESSION_REV 2
#define IPAM_SESSION_PREFIX 3
#define IPAM_SESSION_NAME 4
#define IPAM_SESSION_USER 5
#define IPAM_SESSION_GROUPS 6
#define IPAM_SESSION_EXPIRES 7
#define IPAM_SESSION_CREATED 8
#define IPAM_SESSION_LAST_USED 9
#define IPAM_SESSION_LAST_PEER 10
#define IPAM_SESSION_PROVIDER 11
#define IPAM_SESSION_TOKEN 12

/* An administrator's token that was made anew by root of the host. Since 0.4. */
struct ipam_recovery {
    uint32_t size, type; /* IPAM_T_RECOVERY */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision it was made at. */
    struct ipam_str token;           /* since 0.4; Name of the token, in the configuration file. */
    struct ipam_str file;            /* since 0.4; File that holds it. */
    int64_t created;                 /* since 0.4; When. */
};
#define IPAM_RECOVERY_ID 1
#define IPAM_RECOVERY_REV 2
#define IPAM_RECOVERY_TOKEN 3
#define IPAM_RECOVERY_FILE 4
#define IPAM_RECOVERY_CREATED 5

/* How many blocks and subnets somebody holds by a right that limits them. Since 0.4. */
struct ipam_allotment {
    uint32_t size, type; /* IPAM_T_ALLOTMENT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision of the last change. */
    struct ipam_str owner;           /* since 0.4; The right, and who made use of it. */
    int64_t blocks;                  /* since 0.4; How many he holds. */
};
#define IPAM_ALLOTMENT_ID 1
#define IPAM_ALLOTMENT_REV 2
#define IPAM_ALLOTMENT_OWNER 3
#define IPAM_ALLOTMENT_BLOCKS 4

/* What binds the rows of access control together, so that none is changed behind the service's back. Since
 * 0.4. */
struct ipam_binding {
    uint32_t size, type; /* IPAM_T_BINDING */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.4; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.4; Revision it was made at. */
    struct ipam_str key;             /* since 0.4; Id of the master key that it was made with. */
    struct ipam_bytes tag;           /* since 0.4; Keyed digest of all of them. */
    int64_t rows;                    /* since 0.4; How many they are. */
};
#define IPAM_BINDING_ID 1
#define IPAM_BINDING_REV 2
#define IPAM_BINDING_KEY 3
#define IPAM_BINDING_TAG 4
#define IPAM_BINDING_ROWS 5

/* A run of addresses that nothing uses, or a free prefix. Since 0.5. */
struct ipam_free_run {
    uint32_t size, type; /* IPAM_T_FREE_RUN */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_prefix prefix;       /* since 0.5; The prefix, where prefixes are asked for. */
    struct ipam_addr first;          /* since 0.5; First address. */
    struct ipam_addr last;           /* since 0.5; Last address. */
    struct ipam_u128 size_;          /* since 0.5; Number of addresses. Unit: addresses. */
    uint32_t ping;                   /* since 0.5; What a probe by ping found of the address; undetected: none
                                      * was asked for. Absent of prefixes. */
    uint32_t dns;                    /* since 0.5; What a probe by dns found, whether the address has a name;
                                      * undetected: none was asked for. Absent of prefixes. */
    uint32_t dhcp;                   /* since 0.5; What a probe by dhcp found, whether its DHCP server could
                                      * give it to somebody (free) or somebody has it (leased); undetected:
                                      * none was asked for, or no DHCP server leases it. Absent of
                                      * prefixes. */
};
#define IPAM_FREE_RUN_PREFIX 1
#define IPAM_FREE_RUN_FIRST 2
#define IPAM_FREE_RUN_LAST 3
#define IPAM_FREE_RUN_SIZE 4
#define IPAM_FREE_RUN_PING 5
#define IPAM_FREE_RUN_PING_UNDETECTED 0
#define IPAM_FREE_RUN_PING_REACHABLE 1
#define IPAM_FREE_RUN_PING_UNREACHABLE 2
#define IPAM_FREE_RUN_DNS 6
#define IPAM_FREE_RUN_DNS_UNDETECTED 0
#define IPAM_FREE_RUN_DNS_FOUND 1
#define IPAM_FREE_RUN_DNS_NOT_FOUND 2
#define IPAM_FREE_RUN_DHCP 7
#define IPAM_FREE_RUN_DHCP_UNDETECTED 0
#define IPAM_FREE_RUN_DHCP_FREE 1
#define IPAM_FREE_RUN_DHCP_LEASED 2

/* A field of one's own: what spaces, blocks, subnets, ranges, addresses, servers, VLANs, VLAN groups and VRFs
 * have a value of in `custom`. Since 0.5. */
struct ipam_custom_field {
    uint32_t size, type; /* IPAM_T_CUSTOM_FIELD */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    struct ipam_str name;            /* since 0.5; Name, unique whatever its case; every object that has a
                                      * value of it follows when it changes. */
    uint32_t kind;                   /* since 0.5; free: any text; choice: one of values. Absent when it is
                                      * created: choice if it has values. */
    struct ipam_strs values;         /* since 0.5; What there is to choose from, in order. */
    uint32_t builtin;                /* since 0.5; Whether it is always there; values can be added to it. */
};
#define IPAM_CUSTOM_FIELD_ID 1
#define IPAM_CUSTOM_FIELD_REV 2
#define IPAM_CUSTOM_FIELD_NAME 3
#define IPAM_CUSTOM_FIELD_KIND 4
#define IPAM_CUSTOM_FIELD_KIND_FREE 0
#define IPAM_CUSTOM_FIELD_KIND_CHOICE 1
#define IPAM_CUSTOM_FIELD_VALUES 5
#define IPAM_CUSTOM_FIELD_BUILTIN 6

/* The master key that secrets are sealed under, as it stands now. Since 0.3. */
struct ipam_master_key {
    uint32_t size, type; /* IPAM_T_MASTER_KEY */
    uint64_t has[2];
    struct ipam_bytes rest;
    uint32_t state;                  /* since 0.3; none: not configured; missing: its file is gone though
                                      * secrets exist; wrong: secrets are under another; unusable: see
                                      * message. */
    struct ipam_str key;             /* since 0.3; Id of the key that secrets are sealed under; it tells
                                      * nothing of the key. */
    uint32_t source;                 /* since 0.3; Where it is. */
    struct ipam_str file;            /* since 0.3; Its file. */
    uint32_t rotating;               /* since 0.3; Whether secrets are being put under a new key. */
    int64_t secrets;                 /* since 0.3; Secrets that are stored. */
    struct ipam_strs dead;           /* since 0.3; Secrets that cannot be read, for their master key is not at
                                      * hand or they are not what was sealed. */
    struct ipam_strs unused;         /* since 0.3; Secrets that nothing in the configuration names. */
    struct ipam_strs retired;        /* since 0.3; Files of former keys: only backups from before need
                                      * them. */
    struct ipam_str message;         /* since 0.3; What is wrong, and what to do. */
};
#define IPAM_MASTER_KEY_STATE 1
#define IPAM_MASTER_KEY_STATE_NONE 0
#define IPAM_MASTER_KEY_STATE_READY 1
#define IPAM_MASTER_KEY_STATE_MISSING 2
#define IPAM_MASTER_KEY_STATE_WRONG 3
#define IPAM_MASTER_KEY_STATE_UNUSABLE 4
#define IPAM_MASTER_KEY_KEY 2
#define IPAM_MASTER_KEY_SOURCE 3
#define IPAM_MASTER_KEY_SOURCE_NONE 0
#define IPAM_MASTER_KEY_SOURCE_CREDENTIAL 1
#define IPAM_MASTER_KEY_SOURCE_FILE 2
#define IPAM_MASTER_KEY_FILE 4
#define IPAM_MASTER_KEY_ROTATING 5
#define IPAM_MASTER_KEY_SECRETS 6
#define IPAM_MASTER_KEY_DEAD 7
#define IPAM_MASTER_KEY_UNUSED 8
#define IPAM_MASTER_KEY_RETIRED 9
#define IPAM_MASTER_KEY_MESSAGE 10

/* A secret that the configuration names: written, never read. Since 0.3. */
struct ipam_secret {
    uint32_t size, type; /* IPAM_T_SECRET */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.3; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.3; Revision of the last change. */
    struct ipam_str name;            /* since 0.3; Name, as in {"secret": NAME}: a-z, A-Z, 0-9, '.', '_' and
                                      * '-'. */
    struct ipam_str value;           /* since 0.3; The secret as text: written, never read. */
    struct ipam_str base64;          /* since 0.3; The secret in base64, for one that is no text: written,
                                      * never read. */
    int64_t version;                 /* since 0.3; How many times it was written. */
    int64_t created;                 /* since 0.3; When it was made. */
    int64_t changed;                 /* since 0.3; When it was last written. */
    struct ipam_strs users;          /* since 0.3; What in the configuration names it: profile NAME, plugin
                                      * NAME, storage. */
};
#define IPAM_SECRET_ID 1
#define IPAM_SECRET_REV 2
#define IPAM_SECRET_NAME 3
#define IPAM_SECRET_VALUE 4
#define IPAM_SECRET_BASE64 5
#define IPAM_SECRET_VERSION 6
#define IPAM_SECRET_CREATED 7
#define IPAM_SECRET_CHANGED 8
#define IPAM_SECRET_USERS 32

/* What a secret is stored as: ciphertext, bound to its object. Since 0.3. */
struct ipam_seal {
    uint32_t size, type; /* IPAM_T_SEAL */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.3; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.3; Revision it was made at. */
    struct ipam_str place;           /* since 0.3; Type, id and field it belongs to. */
    struct ipam_str label;           /* since 0.3; Name of the object, for people. */
    int64_t version;                 /* since 0.3; Version of the object it was sealed for. */
    struct ipam_str key;             /* since 0.3; Id of the master key that wraps its own. */
    struct ipam_bytes wrapped;       /* since 0.3; Its own key, wrapped. */
    struct ipam_bytes body;          /* since 0.3; The ciphertext. */
};
#define IPAM_SEAL_ID 1
#define IPAM_SEAL_REV 2
#define IPAM_SEAL_PLACE 3
#define IPAM_SEAL_LABEL 4
#define IPAM_SEAL_VERSION 5
#define IPAM_SEAL_KEY 6
#define IPAM_SEAL_WRAPPED 7
#define IPAM_SEAL_BODY 8

/* Which values of two custom fields go together. Since 0.5. */
struct ipam_field_link {
    uint32_t size, type; /* IPAM_T_FIELD_LINK */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    int64_t first;                   /* since 0.5; One of the fields. */
    int64_t second;                  /* since 0.5; The other one. */
    struct ipam_strs pairs;          /* since 0.5; What goes together: VALUE=VALUE, of the first field and of
                                      * the second. */
};
#define IPAM_FIELD_LINK_ID 1
#define IPAM_FIELD_LINK_REV 2
#define IPAM_FIELD_LINK_FIRST 3
#define IPAM_FIELD_LINK_SECOND 4
#define IPAM_FIELD_LINK_PAIRS 5

/* Objects of one kind as a tree, by their values of custom fields. Since 0.5. */
struct ipam_logical_group {
    uint32_t size, type; /* IPAM_T_LOGICAL_GROUP */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    struct ipam_str name;            /* since 0.5; Name, unique whatever its case. */
    uint32_t of;                     /* since 0.5; What it groups. */
    struct ipam_strs levels;         /* since 0.5; Names of custom fields of the kind choice: one for each
                                      * level of the tree, from its root. */
    uint32_t builtin;                /* since 0.5; Whether it is always there and stays as it is. */
};
#define IPAM_LOGICAL_GROUP_ID 1
#define IPAM_LOGICAL_GROUP_REV 2
#define IPAM_LOGICAL_GROUP_NAME 3
#define IPAM_LOGICAL_GROUP_OF 4
#define IPAM_LOGICAL_GROUP_OF_SUBNET 0
#define IPAM_LOGICAL_GROUP_OF_RANGE 1
#define IPAM_LOGICAL_GROUP_OF_ADDRESS 2
#define IPAM_LOGICAL_GROUP_OF_SERVER 3
#define IPAM_LOGICAL_GROUP_LEVELS 5
#define IPAM_LOGICAL_GROUP_BUILTIN 6

/* What to read of a DHCP server. Since 0.1. */
struct ipam_dhcp_read {
    uint32_t size, type; /* IPAM_T_DHCP_READ */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str native_scope;    /* since 0.1; One scope only, by its identifier on the server; absent:
                                      * everything. */
    struct ipam_str cursor;          /* since 0.1; Where to go on, from the answer before. */
    int64_t limit;                   /* since 0.1; Rows wanted at the most in one answer. */
    struct ipam_str token;           /* since 0.2; The configuration as it was read last: rows are wanted only
                                      * when it is another now. */
    struct ipam_addr address;        /* since 0.5; Of leases only that of this address, or of the prefix that
                                      * begins with it. */
    int64_t prefix_length;           /* since 0.5; Length of that prefix; absent: an address is meant. */
    uint32_t text;                   /* since 0.5; Whether the configuration is wanted as the server spells
                                      * it, too: config_text. */
};
#define IPAM_DHCP_READ_NATIVE_SCOPE 1
#define IPAM_DHCP_READ_CURSOR 2
#define IPAM_DHCP_READ_LIMIT 3
#define IPAM_DHCP_READ_TOKEN 4
#define IPAM_DHCP_READ_ADDRESS 5
#define IPAM_DHCP_READ_PREFIX_LENGTH 6
#define IPAM_DHCP_READ_TEXT 7

/* What a probe found on one channel. Since 0.1. */
struct ipam_check {
    uint32_t size, type; /* IPAM_T_CHECK */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str channel;         /* since 0.1; The channel: control, leases, ... */
    uint32_t state;                  /* since 0.1; How it is; denied: not allowed to us; missing: not
                                      * there. */
    struct ipam_str code;            /* since 0.1; The native code. */
    struct ipam_str message;         /* since 0.1; What was found. */
    struct ipam_str remedy;          /* since 0.1; What to do. */
    int64_t checked;                 /* since 0.2; When that was seen; absent: now. */
};
#define IPAM_CHECK_CHANNEL 1
#define IPAM_CHECK_STATE 2
#define IPAM_CHECK_STATE_OK 0
#define IPAM_CHECK_STATE_WARNING 1
#define IPAM_CHECK_STATE_ERROR 2
#define IPAM_CHECK_STATE_DENIED 3
#define IPAM_CHECK_STATE_MISSING 4
#define IPAM_CHECK_STATE_NOT_APPLICABLE 5
#define IPAM_CHECK_STATE_UNKNOWN 6
#define IPAM_CHECK_STATE_NOT_CHECKED 7
#define IPAM_CHECK_CODE 3
#define IPAM_CHECK_MESSAGE 4
#define IPAM_CHECK_REMEDY 5
#define IPAM_CHECK_CHECKED 6

/* What a server says of itself. Since 0.1. */
struct ipam_probe {
    uint32_t size, type; /* IPAM_T_PROBE */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str product;         /* since 0.1; Product. */
    struct ipam_str version;         /* since 0.1; Version. */
    int64_t capabilities;            /* since 0.1; IPAM_DHCP_CAP_*, IPAM_DNS_CAP_*, ... it has now. */
    uint32_t service;                /* since 0.2; State of its service. */
    int64_t clock_offset;            /* since 0.2; Its clock minus ours. Unit: ms. */
    struct ipam_str time_zone;       /* since 0.2; Its time zone, as an IANA name or an offset such as
                                      * +01:00. */
    int64_t started;                 /* since 0.2; When its service began. */
    struct ipam_str platform;        /* since 0.2; Operating system and its version. */
    int64_t service_since;           /* since 0.2; Since when the service is in this state. */
};
#define IPAM_PROBE_PRODUCT 1
#define IPAM_PROBE_VERSION 2
#define IPAM_PROBE_CAPABILITIES 3
#define IPAM_PROBE_SERVICE 4
#define IPAM_PROBE_SERVICE_RUNNING 0
#define IPAM_PROBE_SERVICE_PAUSED 1
#define IPAM_PROBE_SERVICE_STOPPED 2
#define IPAM_PROBE_SERVICE_STARTING 3
#define IPAM_PROBE_SERVICE_UNKNOWN 4
#define IPAM_PROBE_SERVICE_STOPPING 5
#define IPAM_PROBE_SERVICE_RESUMING 6
#define IPAM_PROBE_SERVICE_PAUSING 7
#define IPAM_PROBE_SERVICE_NOT_CHECKED 8
#define IPAM_PROBE_SERVICE_NOT_APPLICABLE 9
#define IPAM_PROBE_SERVICE_UNREACHABLE 10
#define IPAM_PROBE_SERVICE_DENIED 11
#define IPAM_PROBE_CLOCK_OFFSET 5
#define IPAM_PROBE_TIME_ZONE 6
#define IPAM_PROBE_STARTED 7
#define IPAM_PROBE_PLATFORM 8
#define IPAM_PROBE_SERVICE_SINCE 9

/* One change to apply on a server. Since 0.1. */
struct ipam_edit {
    uint32_t size, type; /* IPAM_T_EDIT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t index;                   /* since 0.1; Its place in the call. */
    uint32_t verb;                   /* since 0.1; What to do. */
    int64_t object_type;             /* since 0.1; Record type of the object. */
    struct ipam_bytes before;        /* since 0.1; The object before, packed. */
    struct ipam_bytes after;         /* since 0.1; The object after, packed. */
};
#define IPAM_EDIT_INDEX 1
#define IPAM_EDIT_VERB 2
#define IPAM_EDIT_VERB_ADD 0
#define IPAM_EDIT_VERB_SET 1
#define IPAM_EDIT_VERB_DELETE 2
#define IPAM_EDIT_OBJECT_TYPE 3
#define IPAM_EDIT_BEFORE 4
#define IPAM_EDIT_AFTER 5

/* What became of one edit. Since 0.1. */
struct ipam_edit_result {
    uint32_t size, type; /* IPAM_T_EDIT_RESULT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t index;                   /* since 0.1; The edit's place in the call. */
    int64_t status;                  /* since 0.1; IPAM_OK or IPAM_E_*. */
    struct ipam_str message;         /* since 0.1; The server's words. */
};
#define IPAM_EDIT_RESULT_INDEX 1
#define IPAM_EDIT_RESULT_STATUS 2
#define IPAM_EDIT_RESULT_MESSAGE 3

/* Head of a call that changes a server; the edits follow. Since 0.1. */
struct ipam_apply {
    uint32_t size, type; /* IPAM_T_APPLY */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str token;           /* since 0.1; The configuration the edits were planned on. */
    int64_t flags;                   /* since 0.1; IPAM_APPLY_*. */
    int64_t count;                   /* since 0.1; Number of edits. */
};
#define IPAM_APPLY_TOKEN 1
#define IPAM_APPLY_FLAGS 2
#define IPAM_APPLY_COUNT 3

/* How a call ended. Since 0.1. */
struct ipam_outcome {
    uint32_t size, type; /* IPAM_T_OUTCOME */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t status;                  /* since 0.1; IPAM_OK or IPAM_E_*. */
    struct ipam_str message;         /* since 0.1; What happened, where, what to do. */
    struct ipam_str native;          /* since 0.1; The server's own code. */
    struct ipam_str token;           /* since 0.1; Names the configuration as read. */
    struct ipam_str cursor;          /* since 0.1; Where to go on; absent at the end. */
    int64_t flags;                   /* since 0.1; IPAM_DONE_*. */
};
#define IPAM_OUTCOME_STATUS 1
#define IPAM_OUTCOME_MESSAGE 2
#define IPAM_OUTCOME_NATIVE 3
#define IPAM_OUTCOME_TOKEN 4
#define IPAM_OUTCOME_CURSOR 5
#define IPAM_OUTCOME_FLAGS 6

/* Something a server is to do that is no change of an object. Since 0.2. */
struct ipam_act {
    uint32_t size, type; /* IPAM_T_ACT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t verb;                    /* since 0.2; IPAM_DHCP_ACT_*, IPAM_DNS_ACT_*. */
    struct ipam_str target;          /* since 0.2; On what: the scope, relation or zone by its identifier on
                                      * the server; absent: the whole server. */
    struct ipam_addr address;        /* since 0.2; On which address. */
    int64_t prefix_length;           /* since 0.2; Length of a delegated prefix. */
    struct ipam_bytes identifier;    /* since 0.2; The client concerned. */
    struct ipam_str partner;         /* since 0.2; The other server. */
    struct ipam_strs scopes;         /* since 0.2; Only these scopes of the target. */
    struct ipam_bytes client_id;     /* since 0.5; DHCPv4 client identifier of the client. */
    struct ipam_bytes mac;           /* since 0.5; Hardware address of a client that a DUID names. */
    int64_t iaid;                    /* since 0.5; DHCPv6 identity association. */
    int64_t expires;                 /* since 0.5; When the lease is to end; absent: after the time that the
                                      * server leases for. */
    struct ipam_str name;            /* since 0.5; Host name of the client. */
};
#define IPAM_ACT_VERB 1
#define IPAM_ACT_TARGET 2
#define IPAM_ACT_ADDRESS 3
#define IPAM_ACT_PREFIX_LENGTH 4
#define IPAM_ACT_IDENTIFIER 5
#define IPAM_ACT_PARTNER 6
#define IPAM_ACT_SCOPES 7
#define IPAM_ACT_CLIENT_ID 8
#define IPAM_ACT_MAC 9
#define IPAM_ACT_IAID 10
#define IPAM_ACT_EXPIRES 11
#define IPAM_ACT_NAME 12

/* Which addresses a server would give next. Since 0.2. */
struct ipam_next_free {
    uint32_t size, type; /* IPAM_T_NEXT_FREE */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str native_scope;    /* since 0.2; The scope's identifier on its server. */
    int64_t count;                   /* since 0.2; How many at the most; 1 when absent. */
    struct ipam_addr first;          /* since 0.2; Not below this address. */
    struct ipam_addr last;           /* since 0.2; Not above this address. */
};
#define IPAM_NEXT_FREE_NATIVE_SCOPE 1
#define IPAM_NEXT_FREE_COUNT 2
#define IPAM_NEXT_FREE_FIRST 3
#define IPAM_NEXT_FREE_LAST 4

/* Where to look for servers, or which one to describe. Since 0.2. */
struct ipam_discover {
    uint32_t size, type; /* IPAM_T_DISCOVER */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str realm;           /* since 0.2; The part of the network to look in: a domain, a site. */
    struct ipam_strs roles;          /* since 0.2; Only servers with one of these roles: dhcp, dns, dc, nps;
                                      * absent: all. */
    struct ipam_str name;            /* since 0.2; The server to describe. */
    uint32_t realms;                 /* since 0.2; The realms that there are, instead of servers. */
};
#define IPAM_DISCOVER_REALM 1
#define IPAM_DISCOVER_ROLES 2
#define IPAM_DISCOVER_NAME 3
#define IPAM_DISCOVER_REALMS 4

/* A server that discovery found. Since 0.2. */
struct ipam_found {
    uint32_t size, type; /* IPAM_T_FOUND */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its host name. */
    struct ipam_str realm;           /* since 0.2; Where it was found. */
    struct ipam_addrs addresses;     /* since 0.2; Its addresses. */
    struct ipam_strs roles;          /* since 0.2; What it serves: dhcp, dns, dc, nps. */
    struct ipam_str guid;            /* since 0.2; What names it for ever, whatever its name. */
    struct ipam_str evidence;        /* since 0.2; How it was found: the record, the object, the answer. */
    uint32_t authorized;             /* since 0.2; Whether the realm authorised it to serve. */
    struct ipam_str product;         /* since 0.2; Product, where that is known. */
    struct ipam_str version;         /* since 0.2; Version, where that is known. */
    struct ipam_str platform;        /* since 0.2; Operating system and its version. */
    struct ipam_str account;         /* since 0.2; Its account in the realm. */
    uint32_t answered;               /* since 0.2; Whether it answered when it was asked over the network. */
};
#define IPAM_FOUND_NAME 1
#define IPAM_FOUND_REALM 2
#define IPAM_FOUND_ADDRESSES 3
#define IPAM_FOUND_ROLES 4
#define IPAM_FOUND_GUID 5
#define IPAM_FOUND_EVIDENCE 6
#define IPAM_FOUND_AUTHORIZED 7
#define IPAM_FOUND_PRODUCT 8
#define IPAM_FOUND_VERSION 9
#define IPAM_FOUND_PLATFORM 10
#define IPAM_FOUND_ACCOUNT 11
#define IPAM_FOUND_ANSWERED 12

/* What to prepare so that servers can be managed. Since 0.2. */
struct ipam_provision {
    uint32_t size, type; /* IPAM_T_PROVISION */
    uint64_t has[2];
    struct ipam_bytes rest;
    uint32_t verb;                   /* since 0.2; plan: say what would be done; apply: do it; remove: take it
                                      * back. */
    struct ipam_str realm;           /* since 0.2; Where. */
    struct ipam_strs servers;        /* since 0.2; For these servers; absent: for the realm itself. */
    struct ipam_str prefix;          /* since 0.2; What the names of all that is made begin with. */
    struct ipam_str principal;       /* since 0.2; Who is given the rights. */
};
#define IPAM_PROVISION_VERB 1
#define IPAM_PROVISION_VERB_PLAN 0
#define IPAM_PROVISION_VERB_APPLY 1
#define IPAM_PROVISION_VERB_REMOVE 2
#define IPAM_PROVISION_REALM 2
#define IPAM_PROVISION_SERVERS 3
#define IPAM_PROVISION_PREFIX 4
#define IPAM_PROVISION_PRINCIPAL 5

/* One thing that provisioning makes: a group, a policy, a delegation. Since 0.2. */
struct ipam_artefact {
    uint32_t size, type; /* IPAM_T_ARTEFACT */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str kind;            /* since 0.2; What it is. */
    struct ipam_str name;            /* since 0.2; Its name. */
    uint32_t state;                  /* since 0.2; How it is, or what was done. */
    struct ipam_str message;         /* since 0.2; What it is for, or what went wrong and what to do. */
    struct ipam_str realm;           /* since 0.2; Where it is. */
    struct ipam_strs servers;        /* since 0.2; Servers it names. */
    struct ipam_str content;         /* since 0.2; What it holds, or the commands that make it by hand. */
};
#define IPAM_ARTEFACT_KIND 1
#define IPAM_ARTEFACT_NAME 2
#define IPAM_ARTEFACT_STATE 3
#define IPAM_ARTEFACT_STATE_MISSING 0
#define IPAM_ARTEFACT_STATE_PRESENT 1
#define IPAM_ARTEFACT_STATE_DIFFERS 2
#define IPAM_ARTEFACT_STATE_MADE 3
#define IPAM_ARTEFACT_STATE_REMOVED 4
#define IPAM_ARTEFACT_STATE_FAILED 5
#define IPAM_ARTEFACT_MESSAGE 4
#define IPAM_ARTEFACT_REALM 5
#define IPAM_ARTEFACT_SERVERS 6
#define IPAM_ARTEFACT_CONTENT 7

/* What to read of a DNS server. Since 0.2. */
struct ipam_dns_read {
    uint32_t size, type; /* IPAM_T_DNS_READ */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str zone;            /* since 0.2; One zone only, by its identifier on the server; absent:
                                      * all. */
    int64_t serial;                  /* since 0.2; Only what changed since this serial. */
    struct ipam_str cursor;          /* since 0.2; Where to go on, from the answer before. */
    int64_t limit;                   /* since 0.2; Rows wanted at the most in one answer. */
    struct ipam_str token;           /* since 0.2; Only what changed since this state, from an answer
                                      * before. */
};
#define IPAM_DNS_READ_ZONE 1
#define IPAM_DNS_READ_SERIAL 2
#define IPAM_DNS_READ_CURSOR 3
#define IPAM_DNS_READ_LIMIT 4
#define IPAM_DNS_READ_TOKEN 5

/* A question of the DNS. Since 0.2. */
struct ipam_resolve {
    uint32_t size, type; /* IPAM_T_RESOLVE */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; The name, absolute. */
    struct ipam_str type_;           /* since 0.2; Type of record: A, AAAA, PTR, ... */
};
#define IPAM_RESOLVE_NAME 1
#define IPAM_RESOLVE_TYPE 2

/* What to read of a source of virtual networks. Since 0.2. */
struct ipam_vspace_read {
    uint32_t size, type; /* IPAM_T_VSPACE_READ */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str network;         /* since 0.2; One network only, by its identifier in the source; absent:
                                      * all. */
    struct ipam_str token;           /* since 0.2; The state after which changes are wanted. */
};
#define IPAM_VSPACE_READ_NETWORK 1
#define IPAM_VSPACE_READ_TOKEN 2

/* One ordered run of events that a server keeps. Since 0.2. */
struct ipam_event_stream {
    uint32_t size, type; /* IPAM_T_EVENT_STREAM */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str stream;          /* since 0.2; Its identifier. */
    struct ipam_strs kinds;          /* since 0.2; What its events are about: lease, config, zone, logon,
                                      * service. */
    struct ipam_str oldest;          /* since 0.2; Bookmark of the oldest event there. */
    struct ipam_str newest;          /* since 0.2; Bookmark of the newest. */
    uint32_t listen;                 /* since 0.2; Whether it can be listened to. */
};
#define IPAM_EVENT_STREAM_STREAM 1
#define IPAM_EVENT_STREAM_KINDS 2
#define IPAM_EVENT_STREAM_OLDEST 3
#define IPAM_EVENT_STREAM_NEWEST 4
#define IPAM_EVENT_STREAM_LISTEN 5

/* Which events to read, or up to where they are kept here. Since 0.2. */
struct ipam_event_read {
    uint32_t size, type; /* IPAM_T_EVENT_READ */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str stream;          /* since 0.2; The stream. */
    struct ipam_str bookmark;        /* since 0.2; Events after this one. */
    int64_t limit;                   /* since 0.2; Events wanted at the most in one answer. */
    struct ipam_strs kinds;          /* since 0.2; Only events about these: lease, config, zone, logon,
                                      * service; absent: all. */
};
#define IPAM_EVENT_READ_STREAM 1
#define IPAM_EVENT_READ_BOOKMARK 2
#define IPAM_EVENT_READ_LIMIT 3
#define IPAM_EVENT_READ_KINDS 4

/* What somebody shows to prove who he is. Since 0.2. */
struct ipam_credential {
    uint32_t size, type; /* IPAM_T_CREDENTIAL */
    uint64_t has[2];
    struct ipam_bytes rest;
    uint32_t kind;                   /* since 0.2; What it is. */
    struct ipam_str name;            /* since 0.2; The name he gives. */
    struct ipam_bytes secret;        /* since 0.2; The password, token or certificate. */
    struct ipam_str peer;            /* since 0.2; From where. */
    struct ipam_str realm;           /* since 0.2; Where he says that he is known. */
    struct ipam_bytes binding;       /* since 0.2; What binds it to the connection it came over. */
};
#define IPAM_CREDENTIAL_KIND 1
#define IPAM_CREDENTIAL_KIND_PASSWORD 0
#define IPAM_CREDENTIAL_KIND_BEARER 1
#define IPAM_CREDENTIAL_KIND_CERTIFICATE 2
#define IPAM_CREDENTIAL_KIND_NEGOTIATE 3
#define IPAM_CREDENTIAL_NAME 2
#define IPAM_CREDENTIAL_SECRET 3
#define IPAM_CREDENTIAL_PEER 4
#define IPAM_CREDENTIAL_REALM 5
#define IPAM_CREDENTIAL_BINDING 6

/* Who a credential belongs to. Since 0.2. */
struct ipam_principal {
    uint32_t size, type; /* IPAM_T_PRINCIPAL */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Name, the same at each time. */
    struct ipam_str display_name;    /* since 0.2; Name for people. */
    struct ipam_strs groups;         /* since 0.2; Groups he is in, nested ones included. */
    int64_t expires;                 /* since 0.2; When he must be asked again. */
    struct ipam_str message;         /* since 0.2; What he should be told, such as a password that runs
                                      * out. */
    struct ipam_strs group_ids;      /* since 0.2; What names those groups for ever, in the same order. */
    struct ipam_str guid;            /* since 0.2; What names him for ever, whatever his name. */
    struct ipam_str realm;           /* since 0.2; Where he is known. */
    struct ipam_bytes reply;         /* since 0.2; What he is to be handed in answer, so that he knows us
                                      * too. */
};
#define IPAM_PRINCIPAL_NAME 1
#define IPAM_PRINCIPAL_DISPLAY_NAME 2
#define IPAM_PRINCIPAL_GROUPS 3
#define IPAM_PRINCIPAL_EXPIRES 4
#define IPAM_PRINCIPAL_MESSAGE 5
#define IPAM_PRINCIPAL_GROUP_IDS 6
#define IPAM_PRINCIPAL_GUID 7
#define IPAM_PRINCIPAL_REALM 8
#define IPAM_PRINCIPAL_REPLY 9

/* Which addresses to look for, and how. Since 0.2. */
struct ipam_reach {
    uint32_t size, type; /* IPAM_T_REACH */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_addrs addresses;     /* since 0.2; The addresses. */
    int64_t methods;                 /* since 0.2; IPAM_REACH_*. */
    int64_t timeout;                 /* since 0.2; How long to wait for each at each try; as the provider is
                                      * configured when absent. Unit: ms. */
};
#define IPAM_REACH_ADDRESSES 1
#define IPAM_REACH_METHODS 2
#define IPAM_REACH_TIMEOUT 3

/* What was seen of one address by one method. Since 0.2. */
struct ipam_reached {
    uint32_t size, type; /* IPAM_T_REACHED */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_addr address;        /* since 0.2; The address. */
    int64_t method;                  /* since 0.2; IPAM_REACH_*. */
    uint32_t state;                  /* since 0.2; answered: somebody is there; refused: somebody said that
                                      * nobody is; failed: could not be asked. */
    int64_t round_trip;              /* since 0.2; How long the answer took. Unit: us. */
    struct ipam_bytes mac;           /* since 0.2; Hardware address that answered. */
    struct ipam_str name;            /* since 0.2; Name found. */
    struct ipam_str message;         /* since 0.2; What went wrong, and what to do. */
};
#define IPAM_REACHED_ADDRESS 1
#define IPAM_REACHED_METHOD 2
#define IPAM_REACHED_STATE 3
#define IPAM_REACHED_STATE_ANSWERED 0
#define IPAM_REACHED_STATE_SILENT 1
#define IPAM_REACHED_STATE_REFUSED 2
#define IPAM_REACHED_STATE_FAILED 3
#define IPAM_REACHED_ROUND_TRIP 4
#define IPAM_REACHED_MAC 5
#define IPAM_REACHED_NAME 6
#define IPAM_REACHED_MESSAGE 7

/* One item for somebody else: an alert, a change, a checkpoint. Since 0.2. */
struct ipam_delivery {
    uint32_t size, type; /* IPAM_T_DELIVERY */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str key;             /* since 0.2; The same at each try. */
    uint32_t kind;                   /* since 0.2; What it is. */
    int64_t time;                    /* since 0.2; When it happened. */
    uint32_t severity;               /* since 0.2; How bad it is. */
    struct ipam_str subject;         /* since 0.2; One line for people. */
    struct ipam_str body;            /* since 0.2; All of it. */
    int64_t item_rev;                /* since 0.2; The revision it is about. */
};
#define IPAM_DELIVERY_KEY 1
#define IPAM_DELIVERY_KIND 2
#define IPAM_DELIVERY_KIND_ALERT 0
#define IPAM_DELIVERY_KIND_CHANGE 1
#define IPAM_DELIVERY_KIND_CHECKPOINT 2
#define IPAM_DELIVERY_TIME 3
#define IPAM_DELIVERY_SEVERITY 4
#define IPAM_DELIVERY_SEVERITY_INFO 0
#define IPAM_DELIVERY_SEVERITY_WARNING 1
#define IPAM_DELIVERY_SEVERITY_ERROR 2
#define IPAM_DELIVERY_SEVERITY_CRITICAL 3
#define IPAM_DELIVERY_SUBJECT 5
#define IPAM_DELIVERY_BODY 6
#define IPAM_DELIVERY_ITEM_REV 7

/* One figure that a server keeps. Since 0.2. */
struct ipam_stat {
    uint32_t size, type; /* IPAM_T_STAT */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its name, dotted: declined-addresses, queries.udp. */
    struct ipam_str target;          /* since 0.2; Of which scope, pool or zone, by its identifier on the
                                      * server; absent: of the server. */
    struct ipam_u128 count;          /* since 0.2; The figure, when it counts. */
    int64_t level;                   /* since 0.2; The figure, when it may fall below zero. */
    struct ipam_str unit;            /* since 0.2; Of what. */
    int64_t since;                   /* since 0.2; Counted since then. */
};
#define IPAM_STAT_NAME 1
#define IPAM_STAT_TARGET 2
#define IPAM_STAT_COUNT 3
#define IPAM_STAT_LEVEL 4
#define IPAM_STAT_UNIT 5
#define IPAM_STAT_SINCE 6

/* Subnets and ranges, or blocks, in an order: what is asked of the pool comes from the first that can give
 * it. Since 0.5. */
struct ipam_address_pool {
    uint32_t size, type; /* IPAM_T_ADDRESS_POOL */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    int64_t space;                   /* since 0.5; Address space of its members; the default space when
                                      * absent. */
    struct ipam_str name;            /* since 0.5; Name, unique. */
    struct ipam_str description;     /* since 0.5; What it is for. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    struct ipam_strs members;        /* since 0.5; What it hands out of, in order, each once: subnet KEY,
                                      * range KEY or block KEY; or a prefix or FIRST-LAST alone. Kept as TYPE
                                      * ID, which stays when the member is resized or moved. */
    int64_t access_scope;            /* since 0.5; Access scope it was put in; absent: that of its space. */
    struct ipam_u128 size_;          /* since 0.5; Number of addresses of its members, each counted once.
                                      * Unit: addresses. */
    struct ipam_u128 used;           /* since 0.5; Addresses of its members in use: assigned, reserved or
                                      * leased. Unit: addresses. */
    int64_t utilization;             /* since 0.5; used / size. Unit: %. */
    struct ipam_strs keys;           /* since 0.5; What the members are called now, in their order. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
};
#define IPAM_ADDRESS_POOL_ID 1
#define IPAM_ADDRESS_POOL_REV 2
#define IPAM_ADDRESS_POOL_SPACE 3
#define IPAM_ADDRESS_POOL_NAME 4
#define IPAM_ADDRESS_POOL_DESCRIPTION 5
#define IPAM_ADDRESS_POOL_OWNER 6
#define IPAM_ADDRESS_POOL_TAGS 7
#define IPAM_ADDRESS_POOL_MEMBERS 8
#define IPAM_ADDRESS_POOL_ACCESS_SCOPE 9
#define IPAM_ADDRESS_POOL_SIZE 32
#define IPAM_ADDRESS_POOL_USED 33
#define IPAM_ADDRESS_POOL_UTILIZATION 34
#define IPAM_ADDRESS_POOL_KEYS 35
#define IPAM_ADDRESS_POOL_EFFECTIVE_SCOPE 36

/* A saved query: a list and its parameters, by a name. Since 0.5. */
struct ipam_saved_query {
    uint32_t size, type; /* IPAM_T_SAVED_QUERY */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    struct ipam_str name;            /* since 0.5; Name, unique. */
    struct ipam_str description;     /* since 0.5; What it is for. */
    struct ipam_str made_by;         /* since 0.5; Who made it. */
    uint32_t shared;                 /* since 0.5; true: everybody sees and runs it; else its maker and
                                      * administrators alone. */
    struct ipam_str list;            /* since 0.5; The list, by its path behind /api/v1/, such as
                                      * ipam/subnets. */
    struct ipam_str query;           /* since 0.5; Its parameters as in a URL, such as
                                      * utilization.gt=80&order=-utilization; absent: none. */
};
#define IPAM_SAVED_QUERY_ID 1
#define IPAM_SAVED_QUERY_REV 2
#define IPAM_SAVED_QUERY_NAME 3
#define IPAM_SAVED_QUERY_DESCRIPTION 4
#define IPAM_SAVED_QUERY_MADE_BY 5
#define IPAM_SAVED_QUERY_SHARED 6
#define IPAM_SAVED_QUERY_LIST 7
#define IPAM_SAVED_QUERY_QUERY 8

/* A report that there is. Since 0.5. */
struct ipam_report {
    uint32_t size, type; /* IPAM_T_REPORT */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.5; Its name, the last part of its path. */
    struct ipam_str title;           /* since 0.5; Its title. */
    struct ipam_str description;     /* since 0.5; What it shows. */
};
#define IPAM_REPORT_NAME 1
#define IPAM_REPORT_TITLE 2
#define IPAM_REPORT_DESCRIPTION 3

/* What is free in a block. Since 0.5. */
struct ipam_free_space {
    uint32_t size, type; /* IPAM_T_FREE_SPACE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier of the block. */
    int64_t space;                   /* since 0.5; Address space it lies in. */
    struct ipam_prefix prefix;       /* since 0.5; The block. */
    struct ipam_str name;            /* since 0.5; Its name. */
    struct ipam_u128 size_;          /* since 0.5; Number of addresses. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.5; Addresses in use: assigned, reserved or leased. Unit:
                                      * addresses. */
    struct ipam_u128 free;           /* since 0.5; Addresses that are not in use. Unit: addresses. */
    int64_t utilization;             /* since 0.5; used / size. Unit: %. */
    int64_t length;                  /* since 0.5; The prefix length that was asked for. */
    struct ipam_u128 prefixes;       /* since 0.5; How many prefixes of that length are free, beside each
                                      * other. */
    struct ipam_strs largest;        /* since 0.5; The largest free prefixes, the largest first. */
};
#define IPAM_FREE_SPACE_ID 1
#define IPAM_FREE_SPACE_SPACE 2
#define IPAM_FREE_SPACE_PREFIX 3
#define IPAM_FREE_SPACE_NAME 4
#define IPAM_FREE_SPACE_SIZE 5
#define IPAM_FREE_SPACE_USED 6
#define IPAM_FREE_SPACE_FREE 7
#define IPAM_FREE_SPACE_UTILIZATION 8
#define IPAM_FREE_SPACE_LENGTH 9
#define IPAM_FREE_SPACE_PREFIXES 10
#define IPAM_FREE_SPACE_LARGEST 11

/* What somebody answers for. Since 0.5. */
struct ipam_owner_total {
    uint32_t size, type; /* IPAM_T_OWNER_TOTAL */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str owner;           /* since 0.5; The owner; absent: of what has none. */
    int64_t spaces;                  /* since 0.5; Address spaces. */
    int64_t blocks;                  /* since 0.5; Blocks. */
    int64_t subnets;                 /* since 0.5; Subnets. */
    int64_t ranges;                  /* since 0.5; Ranges. */
    struct ipam_u128 size4;          /* since 0.5; IPv4 addresses in these blocks, subnets and ranges; those
                                      * of one inside of another count once. Unit: addresses. */
    struct ipam_u128 used4;          /* since 0.5; Of those the ones in use. Unit: addresses. */
    int64_t utilization4;            /* since 0.5; used4 / size4; absent where there are none. Unit: %. */
    struct ipam_u128 size6;          /* since 0.5; IPv6 addresses in these. Unit: addresses. */
    struct ipam_u128 used6;          /* since 0.5; Of those the ones in use. Unit: addresses. */
    int64_t utilization6;            /* since 0.5; used6 / size6; absent where there are none. Unit: %. */
};
#define IPAM_OWNER_TOTAL_OWNER 1
#define IPAM_OWNER_TOTAL_SPACES 2
#define IPAM_OWNER_TOTAL_BLOCKS 3
#define IPAM_OWNER_TOTAL_SUBNETS 4
#define IPAM_OWNER_TOTAL_RANGES 5
#define IPAM_OWNER_TOTAL_SIZE4 6
#define IPAM_OWNER_TOTAL_USED4 7
#define IPAM_OWNER_TOTAL_UTILIZATION4 8
#define IPAM_OWNER_TOTAL_SIZE6 9
#define IPAM_OWNER_TOTAL_USED6 10
#define IPAM_OWNER_TOTAL_UTILIZATION6 11

/* An address that was released, and that is kept back for a while. Since 0.5. */
struct ipam_quarantine {
    uint32_t size, type; /* IPAM_T_QUARANTINE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    int64_t space;                   /* since 0.5; Address space. */
    struct ipam_addr address;        /* since 0.5; The address. */
    int64_t since;                   /* since 0.5; When it was released. */
    int64_t until;                   /* since 0.5; When it is free again, or up to a minute later. */
    struct ipam_str name;            /* since 0.5; Host name or other name of who held it. */
    struct ipam_bytes mac;           /* since 0.5; Hardware address of who held it. */
    int64_t parent;                  /* since 0.5; Smallest subnet that encloses it. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in; absent: /Global. */
};
#define IPAM_QUARANTINE_ID 1
#define IPAM_QUARANTINE_REV 2
#define IPAM_QUARANTINE_SPACE 3
#define IPAM_QUARANTINE_ADDRESS 4
#define IPAM_QUARANTINE_SINCE 5
#define IPAM_QUARANTINE_UNTIL 6
#define IPAM_QUARANTINE_NAME 7
#define IPAM_QUARANTINE_MAC 8
#define IPAM_QUARANTINE_PARENT 32
#define IPAM_QUARANTINE_EFFECTIVE_SCOPE 36

/* VLANs that know each other by their ids: a switched network, a site. It lies in no address space. Since
 * 0.5. */
struct ipam_vlan_group {
    uint32_t size, type; /* IPAM_T_VLAN_GROUP */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    struct ipam_str name;            /* since 0.5; Name, unique, without @. */
    struct ipam_str description;     /* since 0.5; What it is for. */
    int64_t min_vid;                 /* since 0.5; Lowest VLAN id in it; 1 when it is absent. */
    int64_t max_vid;                 /* since 0.5; Highest VLAN id in it; 4094 when it is absent. */
    struct ipam_str site;            /* since 0.5; Site that it is at. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t access_scope;            /* since 0.5; Access scope it was put in; absent: /Global. */
    int64_t used;                    /* since 0.5; How many of its ids have a VLAN. */
    int64_t free;                    /* since 0.5; How many have none. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in; absent: /Global. */
};
#define IPAM_VLAN_GROUP_ID 1
#define IPAM_VLAN_GROUP_REV 2
#define IPAM_VLAN_GROUP_NAME 3
#define IPAM_VLAN_GROUP_DESCRIPTION 4
#define IPAM_VLAN_GROUP_MIN_VID 5
#define IPAM_VLAN_GROUP_MAX_VID 6
#define IPAM_VLAN_GROUP_SITE 7
#define IPAM_VLAN_GROUP_OWNER 8
#define IPAM_VLAN_GROUP_TAGS 9
#define IPAM_VLAN_GROUP_CUSTOM 10
#define IPAM_VLAN_GROUP_ACCESS_SCOPE 11
#define IPAM_VLAN_GROUP_USED 32
#define IPAM_VLAN_GROUP_FREE 33
#define IPAM_VLAN_GROUP_EFFECTIVE_SCOPE 36

/* A VLAN: one id of a VLAN group, and what it is for. Since 0.5. */
struct ipam_vlan {
    uint32_t size, type; /* IPAM_T_VLAN */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    int64_t group;                   /* since 0.5; VLAN group it is in. */
    int64_t vid;                     /* since 0.5; VLAN id (IEEE 802.1Q), unique in its group. */
    struct ipam_str name;            /* since 0.5; Name, unique in its group. */
    struct ipam_str description;     /* since 0.5; What it is for. */
    uint32_t status;                 /* since 0.5; How far the plan for it has come. */
    struct ipam_str role;            /* since 0.5; What it does in the network, such as voice or
                                      * management. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t access_scope;            /* since 0.5; Access scope it was put in; absent: that of its group. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in, its own or the inherited one;
                                      * absent: /Global. */
};
#define IPAM_VLAN_ID 1
#define IPAM_VLAN_REV 2
#define IPAM_VLAN_GROUP 3
#define IPAM_VLAN_VID 4
#define IPAM_VLAN_NAME 5
#define IPAM_VLAN_DESCRIPTION 6
#define IPAM_VLAN_STATUS 7
#define IPAM_VLAN_STATUS_PLANNED 0
#define IPAM_VLAN_STATUS_RESERVED 1
#define IPAM_VLAN_STATUS_ACTIVE 2
#define IPAM_VLAN_STATUS_DEPRECATED 3
#define IPAM_VLAN_ROLE 8
#define IPAM_VLAN_OWNER 9
#define IPAM_VLAN_TAGS 10
#define IPAM_VLAN_CUSTOM 11
#define IPAM_VLAN_ACCESS_SCOPE 12
#define IPAM_VLAN_EFFECTIVE_SCOPE 36

/* A VRF: a routing table of its own. An address space names the one whose plan it is. Since 0.5. */
struct ipam_vrf {
    uint32_t size, type; /* IPAM_T_VRF */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    struct ipam_str name;            /* since 0.5; Name, unique. */
    struct ipam_str description;     /* since 0.5; What it is for. */
    struct ipam_str rd;              /* since 0.5; Route distinguisher (RFC 4364), unique: ASN:NUMBER,
                                      * ADDRESS:NUMBER, or 2:ASN:NUMBER for an ASN below 65536 in four
                                      * bytes. */
    struct ipam_strs import_targets; /* since 0.5; Route targets (RFC 4360) of the routes it takes in, written
                                      * as rd. */
    struct ipam_strs export_targets; /* since 0.5; Route targets that its routes are given. */
    struct ipam_str owner;           /* since 0.5; Who answers for it. */
    struct ipam_strs tags;           /* since 0.5; Words to find it by. */
    struct ipam_strs custom;         /* since 0.5; Values of custom fields: NAME=VALUE, each field once. */
    int64_t access_scope;            /* since 0.5; Access scope it was put in; absent: /Global. */
    int64_t effective_scope;         /* since 0.5; Access scope it is in; absent: /Global. */
};
#define IPAM_VRF_ID 1
#define IPAM_VRF_REV 2
#define IPAM_VRF_NAME 3
#define IPAM_VRF_DESCRIPTION 4
#define IPAM_VRF_RD 5
#define IPAM_VRF_IMPORT_TARGETS 6
#define IPAM_VRF_EXPORT_TARGETS 7
#define IPAM_VRF_OWNER 8
#define IPAM_VRF_TAGS 9
#define IPAM_VRF_CUSTOM 10
#define IPAM_VRF_ACCESS_SCOPE 11
#define IPAM_VRF_EFFECTIVE_SCOPE 36

/* A part of the network that servers can be looked for in. Since 0.2. */
struct ipam_realm {
    uint32_t size, type; /* IPAM_T_REALM */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its name: a domain, a site. */
    struct ipam_str parent;          /* since 0.2; The realm or forest it is part of. */
    struct ipam_str guid;            /* since 0.2; What names it for ever, whatever its name. */
    uint32_t trusted;                /* since 0.2; Whether another forest trusts ours there, so that it can be
                                      * managed. */
    struct ipam_str message;         /* since 0.2; What hinders looking there, and what to do. */
};
#define IPAM_REALM_NAME 1
#define IPAM_REALM_PARENT 2
#define IPAM_REALM_GUID 3
#define IPAM_REALM_TRUSTED 4
#define IPAM_REALM_MESSAGE 5

/* The configuration of a DHCP server, or of a part of it, as it was for a while: kept whole, with its secrets
 * sealed. Since 0.5. */
struct ipam_server_config {
    uint32_t size, type; /* IPAM_T_SERVER_CONFIG */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision it was kept at, or seen to be another. */
    int64_t server;                  /* since 0.5; Server whose it is. */
    struct ipam_str part;            /* since 0.5; Part of the server that is configured by itself, as the
                                      * driver calls it, such as v4. */
    struct ipam_str token;           /* since 0.5; What names this state of the part: the same for what means
                                      * the same. */
    int64_t first_seen;              /* since 0.5; When it was first seen. */
    int64_t last_seen;               /* since 0.5; When it was last seen; absent: whenever the server was read
                                      * since. */
    int64_t until;                   /* since 0.5; When another was seen in its place; absent: it is what the
                                      * server has. */
    int64_t bytes;                   /* since 0.5; Size of its text. Unit: bytes. */
    uint32_t whole;                  /* since 0.5; Whether it can be restored: its text is kept with the
                                      * secrets in it. Without a master key only what is shown is kept. */
};
#define IPAM_SERVER_CONFIG_ID 1
#define IPAM_SERVER_CONFIG_REV 2
#define IPAM_SERVER_CONFIG_SERVER 3
#define IPAM_SERVER_CONFIG_PART 4
#define IPAM_SERVER_CONFIG_TOKEN 5
#define IPAM_SERVER_CONFIG_FIRST_SEEN 6
#define IPAM_SERVER_CONFIG_LAST_SEEN 7
#define IPAM_SERVER_CONFIG_UNTIL 8
#define IPAM_SERVER_CONFIG_BYTES 9
#define IPAM_SERVER_CONFIG_WHOLE 10

/* A piece of a server's configuration, as the server itself spells it. Since 0.5. */
struct ipam_config_text {
    uint32_t size, type; /* IPAM_T_CONFIG_TEXT */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str part;            /* since 0.5; Part of the server that is configured by itself, such as
                                      * v4. All pieces of a part come together. */
    int64_t seq;                     /* since 0.5; Its place in the text of the part: 0, 1, 2 without a
                                      * gap. */
    struct ipam_str token;           /* since 0.5; Names the state of the part as outcome.token names that of
                                      * the server; in the first piece of a part. */
    struct ipam_str text;            /* since 0.5; The piece, cut between two characters. All pieces of a part
                                      * in order are the whole that apply takes. */
    struct ipam_str shown;           /* since 0.5; What is shown in its place: the same lines with each secret
                                      * masked; absent: the text itself. */
};
#define IPAM_CONFIG_TEXT_PART 1
#define IPAM_CONFIG_TEXT_SEQ 2
#define IPAM_CONFIG_TEXT_TOKEN 3
#define IPAM_CONFIG_TEXT_TEXT 4
#define IPAM_CONFIG_TEXT_SHOWN 5

/* A client of a DHCP server and what it sends, to be told what it would be given. Since 0.5. */
struct ipam_dhcp_client {
    uint32_t size, type; /* IPAM_T_DHCP_CLIENT */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str native_scope;    /* since 0.5; Scope of the link that it is on, by its identifier on the
                                      * server; absent: relay says where it is. */
    struct ipam_addr relay;          /* since 0.5; Address on that link of its relay. */
    struct ipam_bytes mac;           /* since 0.5; Its hardware address. */
    struct ipam_bytes client_id;     /* since 0.5; Its DHCPv4 client identifier. */
    struct ipam_bytes duid;          /* since 0.5; Its DHCPv6 client identifier. */
    struct ipam_str vendor_class;    /* since 0.5; The vendor class that it sends (DHCPv4). */
    struct ipam_str user_class;      /* since 0.5; The user class that it sends. */
    struct ipam_str name;            /* since 0.5; The host name that it sends. */
    struct ipam_strs options;        /* since 0.5; Further options that it sends: CODE=HEX. */
    struct ipam_ints asks;           /* since 0.5; Codes of the options that it asks for; absent: not
                                      * known. */
};
#define IPAM_DHCP_CLIENT_NATIVE_SCOPE 1
#define IPAM_DHCP_CLIENT_RELAY 2
#define IPAM_DHCP_CLIENT_MAC 3
#define IPAM_DHCP_CLIENT_CLIENT_ID 4
#define IPAM_DHCP_CLIENT_DUID 5
#define IPAM_DHCP_CLIENT_VENDOR_CLASS 6
#define IPAM_DHCP_CLIENT_USER_CLASS 7
#define IPAM_DHCP_CLIENT_NAME 8
#define IPAM_DHCP_CLIENT_OPTIONS 9
#define IPAM_DHCP_CLIENT_ASKS 10

/* One thing that a DHCP server would do for a client, and why. Since 0.5. */
struct ipam_client_finding {
    uint32_t size, type; /* IPAM_T_CLIENT_FINDING */
    uint64_t has[2];
    struct ipam_bytes rest;
    uint32_t kind;                   /* since 0.5; What it is about. scope: one on its link; class: one of
                                      * clients; address, prefix: what it is given; setting: a field of the
                                      * answer. */
    uint32_t verdict;                /* since 0.5; Whether the scope serves it, it is in the class, it has the
                                      * reservation, the option is sent; unknown: it depends on what is not
                                      * known. */
    struct ipam_str name;            /* since 0.5; Name of the class, option, setting or scope. */
    struct ipam_str native_scope;    /* since 0.5; Scope that it is of, by its identifier on the server. */
    struct ipam_str native;          /* since 0.5; Identifier on the server of the class or reservation. */
    struct ipam_str reason;          /* since 0.5; Why. */
    uint32_t level;                  /* since 0.5; Where it comes from. */
    struct ipam_str holder;          /* since 0.5; Which superscope, pool, class or reservation that is, by
                                      * its identifier on the server. */
    struct ipam_str space;           /* since 0.5; Option space it is in; absent: the protocol's own. */
    int64_t code;                    /* since 0.5; Code of the option. */
    struct ipam_bytes data;          /* since 0.5; Value as it is sent. */
    struct ipam_strs values;         /* since 0.5; Value as text, where the type is known. */
    struct ipam_addr address;        /* since 0.5; The address, or the first of a prefix. */
    int64_t prefix_length;           /* since 0.5; Length of a prefix. */
    int64_t expires;                 /* since 0.5; When the lease ends. */
    int64_t scope;                   /* since 0.5; The scope here. */
    int64_t reservation;             /* since 0.5; The reservation here. */
};
#define IPAM_CLIENT_FINDING_KIND 1
#define IPAM_CLIENT_FINDING_KIND_SCOPE 0
#define IPAM_CLIENT_FINDING_KIND_CLASS 1
#define IPAM_CLIENT_FINDING_KIND_RESERVATION 2
#define IPAM_CLIENT_FINDING_KIND_LEASE 3
#define IPAM_CLIENT_FINDING_KIND_ADDRESS 4
#define IPAM_CLIENT_FINDING_KIND_PREFIX 5
#define IPAM_CLIENT_FINDING_KIND_SETTING 6
#define IPAM_CLIENT_FINDING_KIND_OPTION 7
#define IPAM_CLIENT_FINDING_KIND_NOTE 8
#define IPAM_CLIENT_FINDING_VERDICT 2
#define IPAM_CLIENT_FINDING_VERDICT_NO 0
#define IPAM_CLIENT_FINDING_VERDICT_YES 1
#define IPAM_CLIENT_FINDING_VERDICT_UNKNOWN 2
#define IPAM_CLIENT_FINDING_NAME 3
#define IPAM_CLIENT_FINDING_NATIVE_SCOPE 4
#define IPAM_CLIENT_FINDING_NATIVE 5
#define IPAM_CLIENT_FINDING_REASON 6
#define IPAM_CLIENT_FINDING_LEVEL 7
#define IPAM_CLIENT_FINDING_LEVEL_SERVER 0
#define IPAM_CLIENT_FINDING_LEVEL_SUPERSCOPE 1
#define IPAM_CLIENT_FINDING_LEVEL_SCOPE 2
#define IPAM_CLIENT_FINDING_LEVEL_POOL 3
#define IPAM_CLIENT_FINDING_LEVEL_CLASS 4
#define IPAM_CLIENT_FINDING_LEVEL_POLICY 5
#define IPAM_CLIENT_FINDING_LEVEL_RESERVATION 6
#define IPAM_CLIENT_FINDING_LEVEL_LEASE 7
#define IPAM_CLIENT_FINDING_HOLDER 8
#define IPAM_CLIENT_FINDING_SPACE 9
#define IPAM_CLIENT_FINDING_CODE 10
#define IPAM_CLIENT_FINDING_DATA 11
#define IPAM_CLIENT_FINDING_VALUES 12
#define IPAM_CLIENT_FINDING_ADDRESS 13
#define IPAM_CLIENT_FINDING_PREFIX_LENGTH 14
#define IPAM_CLIENT_FINDING_EXPIRES 15
#define IPAM_CLIENT_FINDING_SCOPE 16
#define IPAM_CLIENT_FINDING_RESERVATION 17

/* What changed on a DHCP server outside ipamd: an object that was found added, changed or gone. Since 0.5. */
struct ipam_drift {
    uint32_t size, type; /* IPAM_T_DRIFT */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision of the last change. */
    int64_t server;                  /* since 0.5; Server it was seen on. */
    uint32_t state;                  /* since 0.5; open: nobody has decided; adopted: it may stay; restored: a
                                      * plan has put back what was there; gone: the server is by itself as it
                                      * was. */
    struct ipam_str key;             /* since 0.5; Names the object on its server as long as it is open: a
                                      * record type and a digest of what the object is known by. */
    uint32_t verb;                   /* since 0.5; What became of the object. */
    struct ipam_str object;          /* since 0.5; The object, in words. */
    struct ipam_str about;           /* since 0.5; Its record. */
    int64_t object_id;               /* since 0.5; The id that it has, or had. */
    int64_t scope;                   /* since 0.5; Scope that it is, or is in; absent: another part of the
                                      * server, or a scope that is gone. */
    struct ipam_bytes before;        /* since 0.5; The object as it was last recorded, packed; absent: there
                                      * was none. */
    struct ipam_bytes after;         /* since 0.5; The object as it was found, packed; absent: it was gone. */
    struct ipam_strs differs;        /* since 0.5; Fields in which the two differ, of an object that was
                                      * changed. */
    int64_t since;                   /* since 0.5; Last reading that found it as before: it was changed after
                                      * that. */
    int64_t seen;                    /* since 0.5; Reading that found it as it is now: it was changed before
                                      * that. */
    int64_t revision;                /* since 0.5; Revision by which that was recorded. */
    struct ipam_str command;         /* since 0.5; By which command it was changed, where the server's own log
                                      * or audit says so; absent: nobody tells. */
    int64_t plan;                    /* since 0.5; Plan that puts back what was there. */
    struct ipam_str decided_by;      /* since 0.5; Who adopted or restored it. */
    int64_t decided;                 /* since 0.5; When. */
    struct ipam_str reason;          /* since 0.5; Why. */
    struct ipam_str message;         /* since 0.5; Why it could not be put back. */
};
#define IPAM_DRIFT_ID 1
#define IPAM_DRIFT_REV 2
#define IPAM_DRIFT_SERVER 3
#define IPAM_DRIFT_STATE 4
#define IPAM_DRIFT_STATE_OPEN 0
#define IPAM_DRIFT_STATE_ADOPTED 1
#define IPAM_DRIFT_STATE_RESTORED 2
#define IPAM_DRIFT_STATE_GONE 3
#define IPAM_DRIFT_KEY 5
#define IPAM_DRIFT_VERB 6
#define IPAM_DRIFT_VERB_ADDED 0
#define IPAM_DRIFT_VERB_CHANGED 1
#define IPAM_DRIFT_VERB_DELETED 2
#define IPAM_DRIFT_OBJECT 7
#define IPAM_DRIFT_ABOUT 8
#define IPAM_DRIFT_OBJECT_ID 9
#define IPAM_DRIFT_SCOPE 10
#define IPAM_DRIFT_BEFORE 11
#define IPAM_DRIFT_AFTER 12
#define IPAM_DRIFT_DIFFERS 13
#define IPAM_DRIFT_SINCE 14
#define IPAM_DRIFT_SEEN 15
#define IPAM_DRIFT_REVISION 16
#define IPAM_DRIFT_COMMAND 17
#define IPAM_DRIFT_PLAN 18
#define IPAM_DRIFT_DECIDED_BY 19
#define IPAM_DRIFT_DECIDED 20
#define IPAM_DRIFT_REASON 21
#define IPAM_DRIFT_MESSAGE 22

/* A piece of a kept configuration: compressed, and sealed where it holds secrets. Since 0.5. */
struct ipam_config_piece {
    uint32_t size, type; /* IPAM_T_CONFIG_PIECE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.5; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.5; Revision it was made at. */
    int64_t server;                  /* since 0.5; Server whose it is. */
    int64_t config;                  /* since 0.5; Configuration that it is a piece of. */
    int64_t seq;                     /* since 0.5; Its place in its text. */
    uint32_t text;                   /* since 0.5; Which text: what is shown, or the whole one, sealed. */
    struct ipam_str key;             /* since 0.5; Id of the key that wraps its own. */
    struct ipam_bytes wrapped;       /* since 0.5; Its own key, wrapped. */
    struct ipam_bytes body;          /* since 0.5; The piece; sealed: its ciphertext. */
};
#define IPAM_CONFIG_PIECE_ID 1
#define IPAM_CONFIG_PIECE_REV 2
#define IPAM_CONFIG_PIECE_SERVER 3
#define IPAM_CONFIG_PIECE_CONFIG 4
#define IPAM_CONFIG_PIECE_SEQ 5
#define IPAM_CONFIG_PIECE_TEXT 6
#define IPAM_CONFIG_PIECE_TEXT_SHOWN 0
#define IPAM_CONFIG_PIECE_TEXT_WHOLE 1
#define IPAM_CONFIG_PIECE_KEY 7
#define IPAM_CONFIG_PIECE_WRAPPED 8
#define IPAM_CONFIG_PIECE_BODY 9

#ifdef __cplusplus
}
#endif
#endif
