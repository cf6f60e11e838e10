/* types.h - the plain values that records and calls are made of.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Everything a provider may include is C90- and C++-clean and uses no foreign type.
 * Values are passed by pointer and length; nobody frees what the other side made. */
#ifndef IPAM_TYPES_H
#define IPAM_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8 text of `len` bytes, not NUL-terminated. An absent text has data NULL. */
struct ipam_str {
    const char *data;
    size_t len;
};

/* Bytes that are no text: client identifiers, DUIDs, hardware addresses. */
struct ipam_bytes {
    const uint8_t *data;
    size_t len;
};

/* An IP address: family 4 (bytes 0-3 in network order, the rest zero), 6 (all 16), or 0 (none). */
struct ipam_addr {
    uint8_t family;
    uint8_t bytes[16];
};

/* A CIDR prefix. Bits beyond `length` (0-32 or 0-128) are zero. */
struct ipam_prefix {
    struct ipam_addr addr;
    uint8_t length;
};

/* An unsigned 128-bit count; in JSON always a decimal string. */
struct ipam_u128 {
    uint64_t hi, lo;
};

/* Lists of scalars. */
struct ipam_strs {
    const struct ipam_str *items;
    size_t count;
};
struct ipam_ints {
    const int64_t *items;
    size_t count;
};
struct ipam_addrs {
    const struct ipam_addr *items;
    size_t count;
};

/* The head of every record struct: newest fields are at the end, `has` says which are present
 * (bit n of has[0] is field number n, bit n of has[1] field number 64+n). */
struct ipam_record {
    uint32_t size; /* sizeof the whole struct as its author knew it */
    uint32_t type; /* IPAM_T_* */
    uint64_t has[2];
    struct ipam_bytes rest; /* packed fields of a newer author, kept when the record is rewritten */
};

#define IPAM_HAS_FIELD(r, number) (((r)->has[(number) >> 6] >> ((number)&63)) & 1)
#define IPAM_SET_FIELD(r, number) ((r)->has[(number) >> 6] |= (uint64_t)1 << ((number)&63))

#ifdef __cplusplus
}
#endif
#endif
