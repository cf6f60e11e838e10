/* layout.c - the values that everything else is made of: compiling it is the test.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Value types, options, and the numbers of status codes. The tables of functions, the storage interface and the
 * records are in the files beside it. */
#include "ipam/options.h"
#include "ipam/status.h"
#include "ipam/types.h"

#include "layout.h"

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
PLACE(ipam_record, size, 0);
PLACE(ipam_record, type, 4);
PLACE(ipam_record, has, 8);
PLACE(ipam_record, rest, 24);

SIZE(ipam_option, 64);
PLACE(ipam_option, size, 0);
PLACE(ipam_option, kind, 4);
PLACE(ipam_option, flags, 8);
PLACE(ipam_option, name, 16);
PLACE(ipam_option, def, 24);
PLACE(ipam_option, min, 32);
PLACE(ipam_option, max, 40);
PLACE(ipam_option, names, 48);
PLACE(ipam_option, help, 56);

VALUE(IPAM_OPT_TEXT, 1);
VALUE(IPAM_OPT_INT, 2);
VALUE(IPAM_OPT_BOOL, 3);
VALUE(IPAM_OPT_ENUM, 4);
VALUE(IPAM_OPT_DURATION, 5);
VALUE(IPAM_OPT_PATH, 6);
VALUE(IPAM_OPT_SECRET, 7);
VALUE(IPAM_OPT_ADDRESS, 8);
VALUE(IPAM_OPT_PREFIX, 9);
VALUE(IPAM_OPT_LIST, 10);
VALUE(IPAM_OPT_REQUIRED, 1);
VALUE(IPAM_OPT_PORT, 2);
VALUE(IPAM_OPT_SERVER, 4);

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
