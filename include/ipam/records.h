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

/* An address space: overlapping plans live in different spaces. Since 0.1. */
struct ipam_space {
    uint32_t size, type; /* IPAM_T_SPACE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    struct ipam_str name;            /* since 0.1; Name, unique. */
    struct ipam_str description;     /* since 0.1; What it is for. */
};
#define IPAM_SPACE_ID 1
#define IPAM_SPACE_REV 2
#define IPAM_SPACE_NAME 3
#define IPAM_SPACE_DESCRIPTION 4

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
    struct ipam_ints vlans;          /* since 0.1; VLAN ids (1-4094). */
    struct ipam_str managed_by;      /* since 0.1; Source: the service that manages it; ipamd for the plan's
                                      * own. */
    struct ipam_str instance;        /* since 0.1; Source: the instance of that service. */
    int64_t parent;                  /* since 0.1; Smallest block that encloses it. */
    struct ipam_u128 size_;          /* since 0.1; Number of addresses. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.1; Addresses in use: assigned, reserved or leased. Unit:
                                      * addresses. */
    int64_t utilization;             /* since 0.1; used / size. Unit: %. */
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

/* A run of addresses inside a subnet, static or handed out by a DHCP server. Since 0.1. */
struct ipam_range {
    uint32_t size, type; /* IPAM_T_RANGE */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t space;                   /* since 0.1; Address space; the default space when absent. */
    struct ipam_addr first;          /* since 0.1; First address. */
    struct ipam_addr last;           /* since 0.1; Last address. */
    uint32_t kind;                   /* since 0.1; static: assigned by the plan; dynamic: leased by a DHCP
                                      * server. */
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
};
#define IPAM_RANGE_ID 1
#define IPAM_RANGE_REV 2
#define IPAM_RANGE_SPACE 3
#define IPAM_RANGE_FIRST 4
#define IPAM_RANGE_LAST 5
#define IPAM_RANGE_KIND 6
#define IPAM_RANGE_KIND_STATIC 0
#define IPAM_RANGE_KIND_DYNAMIC 1
#define IPAM_RANGE_NAME 7
#define IPAM_RANGE_DESCRIPTION 8
#define IPAM_RANGE_MANAGED_BY 9
#define IPAM_RANGE_INSTANCE 10
#define IPAM_RANGE_SCOPE 11
#define IPAM_RANGE_PARENT 32
#define IPAM_RANGE_SIZE 33
#define IPAM_RANGE_USED 34
#define IPAM_RANGE_UTILIZATION 35

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
    uint32_t dhcp_sync;              /* since 0.1; How far its DHCP reservation has come. */
    int64_t parent;                  /* since 0.1; Smallest subnet that encloses it. */
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
#define IPAM_ADDRESS_PARENT 32

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
    struct ipam_strs roles;          /* since 0.1; What it serves: dhcp, dns. */
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
    int64_t lease_time;              /* since 0.1; Lease time offered; absent when the server's default holds.
                                      * Unit: s. */
    struct ipam_str vendor;          /* since 0.1; What the driver knows of it beyond these fields. */
    int64_t space;                   /* since 0.1; Address space. */
    struct ipam_addrs routers;       /* since 0.1; Default gateways it offers; allocation passes them over. */
    int64_t subnet;                  /* since 0.1; Subnet of the plan with its prefix. */
    struct ipam_u128 size_;          /* since 0.1; Addresses in its pools. Unit: addresses. */
    struct ipam_u128 used;           /* since 0.1; Addresses of its pools in use. Unit: addresses. */
    int64_t utilization;             /* since 0.1; used / size. Unit: %. */
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
#define IPAM_RESERVATION_IDENTIFIER 8
#define IPAM_RESERVATION_NAME 9
#define IPAM_RESERVATION_ADDRESSES 10
#define IPAM_RESERVATION_PREFIXES 11
#define IPAM_RESERVATION_VENDOR 12
#define IPAM_RESERVATION_SPACE 13

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
    uint32_t state;                  /* since 0.1; State on the server. */
    int64_t started;                 /* since 0.1; Last time the client asked. */
    int64_t expires;                 /* since 0.1; When it ends. */
    int64_t space;                   /* since 0.1; Address space. */
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
#define IPAM_LEASE_STARTED 14
#define IPAM_LEASE_EXPIRES 15
#define IPAM_LEASE_SPACE 16

/* A change on a managed server: planned, sent, read back. Since 0.1. */
struct ipam_plan {
    uint32_t size, type; /* IPAM_T_PLAN */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t id;                      /* since 0.1; Identifier, given once, never reused. */
    int64_t rev;                     /* since 0.1; Revision of the last change. */
    int64_t server;                  /* since 0.1; Server it changes. */
    uint32_t state;                  /* since 0.1; planned: nothing sent yet; verified: read back as wanted;
                                      * partly: some steps only; drifted: read back otherwise; undone: taken
                                      * back; failed: refused, nothing changed. */
    struct ipam_str summary;         /* since 0.1; What it does, in words. */
    struct ipam_str actor;           /* since 0.1; Who asked for it. */
    struct ipam_str reason;          /* since 0.1; Why. */
    int64_t created;                 /* since 0.1; When it was planned. */
    int64_t finished;                /* since 0.1; When it ended. */
    struct ipam_str message;         /* since 0.1; What went wrong, and what to do. */
    int64_t steps;                   /* since 0.1; Number of steps. */
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
#define IPAM_PLAN_SUMMARY 5
#define IPAM_PLAN_ACTOR 6
#define IPAM_PLAN_REASON 7
#define IPAM_PLAN_CREATED 8
#define IPAM_PLAN_FINISHED 9
#define IPAM_PLAN_MESSAGE 10
#define IPAM_PLAN_STEPS 11

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

/* One object in a change, inside its log row. Since 0.1. */
struct ipam_change_item {
    uint32_t size, type; /* IPAM_T_CHANGE_ITEM */
    uint64_t has[2];
    struct ipam_bytes rest;
    int64_t object_type;             /* since 0.1; Record type. */
    int64_t object;                  /* since 0.1; Id. */
    uint32_t verb;                   /* since 0.1; What was done. */
    struct ipam_str key;             /* since 0.1; Natural key. */
    struct ipam_bytes fields;        /* since 0.1; Packed: the fields that changed, as they are now. */
};
#define IPAM_CHANGE_ITEM_OBJECT_TYPE 1
#define IPAM_CHANGE_ITEM_OBJECT 2
#define IPAM_CHANGE_ITEM_VERB 3
#define IPAM_CHANGE_ITEM_VERB_ADD 0
#define IPAM_CHANGE_ITEM_VERB_SET 1
#define IPAM_CHANGE_ITEM_VERB_DELETE 2
#define IPAM_CHANGE_ITEM_KEY 4
#define IPAM_CHANGE_ITEM_FIELDS 5

/* A run of addresses a scope leases from, as a provider reports it. Since 0.1. */
struct ipam_pool {
    uint32_t size, type; /* IPAM_T_POOL */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str native_scope;    /* since 0.1; The scope's identifier on its server. */
    struct ipam_addr first;          /* since 0.1; First address. */
    struct ipam_addr last;           /* since 0.1; Last address. */
};
#define IPAM_POOL_NATIVE_SCOPE 1
#define IPAM_POOL_FIRST 2
#define IPAM_POOL_LAST 3

/* What to read of a DHCP server. Since 0.1. */
struct ipam_dhcp_read {
    uint32_t size, type; /* IPAM_T_DHCP_READ */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str native_scope;    /* since 0.1; One scope only, by its identifier on the server; absent:
                                      * everything. */
    struct ipam_str cursor;          /* since 0.1; Where to go on, from the answer before. */
    int64_t limit;                   /* since 0.1; Rows wanted at the most in one answer. */
};
#define IPAM_DHCP_READ_NATIVE_SCOPE 1
#define IPAM_DHCP_READ_CURSOR 2
#define IPAM_DHCP_READ_LIMIT 3

/* What a probe found on one channel. Since 0.1. */
struct ipam_check {
    uint32_t size, type; /* IPAM_T_CHECK */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str channel;         /* since 0.1; The channel: control, leases, ... */
    uint32_t state;                  /* since 0.1; How it is. */
    struct ipam_str code;            /* since 0.1; The native code. */
    struct ipam_str message;         /* since 0.1; What was found. */
    struct ipam_str remedy;          /* since 0.1; What to do. */
};
#define IPAM_CHECK_CHANNEL 1
#define IPAM_CHECK_STATE 2
#define IPAM_CHECK_STATE_OK 0
#define IPAM_CHECK_STATE_WARNING 1
#define IPAM_CHECK_STATE_ERROR 2
#define IPAM_CHECK_CODE 3
#define IPAM_CHECK_MESSAGE 4
#define IPAM_CHECK_REMEDY 5

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
#define IPAM_PROBE_CLOCK_OFFSET 5
#define IPAM_PROBE_TIME_ZONE 6
#define IPAM_PROBE_STARTED 7

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
};
#define IPAM_ACT_VERB 1
#define IPAM_ACT_TARGET 2
#define IPAM_ACT_ADDRESS 3
#define IPAM_ACT_PREFIX_LENGTH 4
#define IPAM_ACT_IDENTIFIER 5
#define IPAM_ACT_PARTNER 6
#define IPAM_ACT_SCOPES 7

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
    struct ipam_strs roles;          /* since 0.2; Only servers with one of these roles: dhcp, dns, dc;
                                      * absent: all. */
    struct ipam_str name;            /* since 0.2; The server to describe. */
};
#define IPAM_DISCOVER_REALM 1
#define IPAM_DISCOVER_ROLES 2
#define IPAM_DISCOVER_NAME 3

/* A server that discovery found. Since 0.2. */
struct ipam_found {
    uint32_t size, type; /* IPAM_T_FOUND */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_str name;            /* since 0.2; Its host name. */
    struct ipam_str realm;           /* since 0.2; Where it was found. */
    struct ipam_addrs addresses;     /* since 0.2; Its addresses. */
    struct ipam_strs roles;          /* since 0.2; What it serves: dhcp, dns, dc. */
    struct ipam_str guid;            /* since 0.2; What names it for ever, whatever its name. */
    struct ipam_str evidence;        /* since 0.2; How it was found: the record, the object, the answer. */
    uint32_t authorized;             /* since 0.2; Whether the realm authorised it to serve. */
    struct ipam_str product;         /* since 0.2; Product, where that is known. */
    struct ipam_str version;         /* since 0.2; Version, where that is known. */
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
};
#define IPAM_DNS_READ_ZONE 1
#define IPAM_DNS_READ_SERIAL 2
#define IPAM_DNS_READ_CURSOR 3
#define IPAM_DNS_READ_LIMIT 4

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
    struct ipam_strs kinds;          /* since 0.2; What its events are about: lease, config, zone, logon. */
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
};
#define IPAM_EVENT_READ_STREAM 1
#define IPAM_EVENT_READ_BOOKMARK 2
#define IPAM_EVENT_READ_LIMIT 3

/* What somebody shows to prove who he is. Since 0.2. */
struct ipam_credential {
    uint32_t size, type; /* IPAM_T_CREDENTIAL */
    uint64_t has[2];
    struct ipam_bytes rest;
    uint32_t kind;                   /* since 0.2; What it is. */
    struct ipam_str name;            /* since 0.2; The name he gives. */
    struct ipam_bytes secret;        /* since 0.2; The password, token or certificate. */
    struct ipam_str peer;            /* since 0.2; From where. */
};
#define IPAM_CREDENTIAL_KIND 1
#define IPAM_CREDENTIAL_KIND_PASSWORD 0
#define IPAM_CREDENTIAL_KIND_BEARER 1
#define IPAM_CREDENTIAL_KIND_CERTIFICATE 2
#define IPAM_CREDENTIAL_KIND_NEGOTIATE 3
#define IPAM_CREDENTIAL_NAME 2
#define IPAM_CREDENTIAL_SECRET 3
#define IPAM_CREDENTIAL_PEER 4

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
};
#define IPAM_PRINCIPAL_NAME 1
#define IPAM_PRINCIPAL_DISPLAY_NAME 2
#define IPAM_PRINCIPAL_GROUPS 3
#define IPAM_PRINCIPAL_EXPIRES 4
#define IPAM_PRINCIPAL_MESSAGE 5

/* Which addresses to look for, and how. Since 0.2. */
struct ipam_reach {
    uint32_t size, type; /* IPAM_T_REACH */
    uint64_t has[2];
    struct ipam_bytes rest;
    struct ipam_addrs addresses;     /* since 0.2; The addresses. */
    int64_t methods;                 /* since 0.2; IPAM_REACH_*. */
    int64_t timeout;                 /* since 0.2; How long to wait for each; 1 s when absent. Unit: ms. */
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
    struct ipam_str target;          /* since 0.2; Of which scope or zone, by its identifier on the server;
                                      * absent: of the server. */
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

#ifdef __cplusplus
}
#endif
#endif
