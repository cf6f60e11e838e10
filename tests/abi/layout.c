/* layout.c - the binary interface as it is promised: compiling it is the test.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Sizes and offsets of the public value types and of the head of every record on 64-bit systems, and the numbers of
 * status codes. A number here never changes; new ones are appended. */
#include "ipam/records.h"
#include "ipam/status.h"
#include "ipam/types.h"

#define SIZE(name, size) _Static_assert(sizeof(struct name) == (size), "size of struct " #name)
#define PLACE(name, member, at) \
    _Static_assert(offsetof(struct name, member) == (at), "place of " #member " in struct " #name)
#define VALUE(name, value) _Static_assert((name) == (value), "value of " #name)

SIZE(ipam_str, 16);
PLACE(ipam_str, data, 0);
PLACE(ipam_str, len, 8);
SIZE(ipam_bytes, 16);
PLACE(ipam_bytes, data, 0);
PLACE(ipam_bytes, len, 8);
SIZE(ipam_addr, 17);
PLACE(ipam_addr, family, 0);
PLACE(ipam_addr, bytes, 1);
SIZE(ipam_prefix, 18);
PLACE(ipam_prefix, addr, 0);
PLACE(ipam_prefix, length, 17);
SIZE(ipam_u128, 16);
PLACE(ipam_u128, hi, 0);
PLACE(ipam_u128, lo, 8);
SIZE(ipam_strs, 16);
PLACE(ipam_strs, items, 0);
PLACE(ipam_strs, count, 8);
SIZE(ipam_ints, 16);
PLACE(ipam_ints, items, 0);
PLACE(ipam_ints, count, 8);
SIZE(ipam_addrs, 16);
PLACE(ipam_addrs, items, 0);
PLACE(ipam_addrs, count, 8);
SIZE(ipam_record, 40);

/* The head, and that fields begin right behind it. */
#define HEAD(record, number, first) \
    PLACE(record, size, 0); \
    PLACE(record, type, 4); \
    PLACE(record, has, 8); \
    PLACE(record, rest, 24); \
    PLACE(record, first, 40); \
    _Static_assert((number) > 0 && (number) < 256, "number of struct " #record)

PLACE(ipam_record, size, 0);
PLACE(ipam_record, type, 4);
PLACE(ipam_record, has, 8);
PLACE(ipam_record, rest, 24);
HEAD(ipam_space, IPAM_T_SPACE, id);
HEAD(ipam_block, IPAM_T_BLOCK, id);
HEAD(ipam_subnet, IPAM_T_SUBNET, id);
HEAD(ipam_range, IPAM_T_RANGE, id);
HEAD(ipam_address, IPAM_T_ADDRESS, id);
HEAD(ipam_server, IPAM_T_SERVER, id);
HEAD(ipam_scope, IPAM_T_SCOPE, id);
HEAD(ipam_reservation, IPAM_T_RESERVATION, id);
HEAD(ipam_lease, IPAM_T_LEASE, id);
HEAD(ipam_plan, IPAM_T_PLAN, id);
HEAD(ipam_plan_step, IPAM_T_PLAN_STEP, id);
HEAD(ipam_job, IPAM_T_JOB, id);
HEAD(ipam_claim, IPAM_T_CLAIM, id);
HEAD(ipam_change, IPAM_T_CHANGE, id);
HEAD(ipam_change_item, IPAM_T_CHANGE_ITEM, object_type);
HEAD(ipam_pool, IPAM_T_POOL, native_scope);
HEAD(ipam_dhcp_read, IPAM_T_DHCP_READ, native_scope);
HEAD(ipam_check, IPAM_T_CHECK, channel);
HEAD(ipam_probe, IPAM_T_PROBE, product);
HEAD(ipam_edit, IPAM_T_EDIT, index);
HEAD(ipam_edit_result, IPAM_T_EDIT_RESULT, index);
HEAD(ipam_apply, IPAM_T_APPLY, token);
HEAD(ipam_outcome, IPAM_T_OUTCOME, status);

VALUE(IPAM_OK, 0);
VALUE(IPAM_E_NOENT, -2);
VALUE(IPAM_E_IO, -5);
VALUE(IPAM_E_AGAIN, -11);
VALUE(IPAM_E_NOMEM, -12);
VALUE(IPAM_E_ACCESS, -13);
VALUE(IPAM_E_BUSY, -16);
VALUE(IPAM_E_EXIST, -17);
VALUE(IPAM_E_INVAL, -22);
VALUE(IPAM_E_NOSPC, -28);
VALUE(IPAM_E_RANGE, -34);
VALUE(IPAM_E_PROTO, -71);
VALUE(IPAM_E_UNSUPPORTED, -95);
VALUE(IPAM_E_CONN, -104);
VALUE(IPAM_E_TIMEOUT, -110);
VALUE(IPAM_E_CANCELED, -125);
VALUE(IPAM_E_AUTH, -1000);
VALUE(IPAM_E_CONFIG, -1001);
VALUE(IPAM_E_CHANGED, -1002);
VALUE(IPAM_E_CONFLICT, -1003);
VALUE(IPAM_E_TOOBIG, -1004);
VALUE(IPAM_E_EXHAUSTED, -1005);
VALUE(IPAM_E_REFUSED, -1006);
VALUE(IPAM_E_UNKNOWN, -1007);
VALUE(IPAM_E_PROVIDER, -1008);
VALUE(IPAM_E_GONE, -1009);
VALUE(IPAM_E_BUG, -1010);
VALUE(IPAM_CLASS_OK, 0);
VALUE(IPAM_CLASS_RETRY_LATER, 1);
VALUE(IPAM_CLASS_RETRY_ELSEWHERE, 2);
VALUE(IPAM_CLASS_AUTH, 3);
VALUE(IPAM_CLASS_CONFIG, 4);
VALUE(IPAM_CLASS_CONFLICT, 5);
VALUE(IPAM_CLASS_NOT_FOUND, 6);
VALUE(IPAM_CLASS_UNSUPPORTED, 7);
VALUE(IPAM_CLASS_BUG, 8);

int main(void)
{
    return 0;
}
