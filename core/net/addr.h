/* addr.h - IP addresses, prefixes and 128-bit counts: parse, print, compare, compute. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Parsers are strict: they take exactly one spelling of a value and nothing around it. They write
 * *ret only on success and return 0, IPAM_E_INVAL, or IPAM_E_RANGE. No function allocates. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>

#include "ipam/status.h"
#include "ipam/types.h"

#define ADDR_TEXT_MAX 46   /* longest address text with its NUL */
#define PREFIX_TEXT_MAX 50 /* longest prefix text with its NUL */
#define U128_TEXT_MAX 40   /* 39 digits and a NUL */

/* Width of an address of this family in bits: 32, 128, or 0 for any other family. */
static inline unsigned addr_bits(uint8_t family)
{
    return family == 4 ? 32 : family == 6 ? 128 : 0;
}

/* IPv4 dotted decimal without leading zeros, or RFC 4291 2.2 IPv6 text without zone. */
int addr_parse(const char *text, size_t len, struct ipam_addr *ret);
/* RFC 5952 text; returns its length without the NUL. `buf` holds ADDR_TEXT_MAX. Family 0 prints "". */
size_t addr_print(const struct ipam_addr *a, char *buf);
/* Order: family, then bytes. */
int addr_compare(const struct ipam_addr *a, const struct ipam_addr *b);
bool addr_equal(const struct ipam_addr *a, const struct ipam_addr *b);
/* a + n and a - n; IPAM_E_RANGE when the result leaves the family's space. */
int addr_add(const struct ipam_addr *a, struct ipam_u128 n, struct ipam_addr *ret);
int addr_sub(const struct ipam_addr *a, struct ipam_u128 n, struct ipam_addr *ret);
/* Number of addresses from first to last, both included. The whole IPv6 space (2^128) does not fit
 * and saturates at 2^128-1. Requires the same family and first <= last. */
struct ipam_u128 addr_distance(const struct ipam_addr *first, const struct ipam_addr *last);

/* "ADDRESS/LENGTH"; host bits set are IPAM_E_RANGE (say which prefix was meant with prefix_mask). */
int prefix_parse(const char *text, size_t len, struct ipam_prefix *ret);
/* As prefix_parse, but accepts host bits and clears them. */
int prefix_parse_host(const char *text, size_t len, struct ipam_prefix *ret);
size_t prefix_print(const struct ipam_prefix *p, char *buf);
/* Clears the bits beyond the length. */
void prefix_mask(struct ipam_prefix *p);
/* Order: family, address, then shorter before longer: a parent stands before its children. */
int prefix_compare(const struct ipam_prefix *a, const struct ipam_prefix *b);
bool prefix_equal(const struct ipam_prefix *a, const struct ipam_prefix *b);
bool prefix_contains_addr(const struct ipam_prefix *p, const struct ipam_addr *a);
/* True also when both are equal. */
bool prefix_contains(const struct ipam_prefix *outer, const struct ipam_prefix *inner);
bool prefix_overlaps(const struct ipam_prefix *a, const struct ipam_prefix *b);
void prefix_first(const struct ipam_prefix *p, struct ipam_addr *ret);
void prefix_last(const struct ipam_prefix *p, struct ipam_addr *ret);
/* The lower (which 0) or upper (1) half; false: it is one address and has none. */
bool prefix_half(const struct ipam_prefix *p, int which, struct ipam_prefix *ret);
/* The smallest prefix that holds both, which are of one family. */
void prefix_span(const struct ipam_addr *a, const struct ipam_addr *b, struct ipam_prefix *ret);
/* Usable addresses of a subnet: without network and broadcast address (but /31, RFC 3021, and /32), and without the
 * subnet-router anycast address (RFC 4291 2.6.1; but /127, RFC 6164, and /128). */
void prefix_usable(const struct ipam_prefix *p, struct ipam_addr *ret_first, struct ipam_addr *ret_last);
/* The largest prefix that begins at `first` and ends at or before `last`, which is not below it and of its family: taken
 * again and again after the last one's end, they are the shortest list that covers exactly these addresses. */
void prefix_largest(const struct ipam_addr *first, const struct ipam_addr *last, struct ipam_prefix *ret);
/* Number of addresses; ::/0 saturates at 2^128-1. */
struct ipam_u128 prefix_size(const struct ipam_prefix *p);

/* 128-bit counts. Additions saturate, subtractions stop at zero. */
struct ipam_u128 u128_from(uint64_t n);
struct ipam_u128 u128_add(struct ipam_u128 a, struct ipam_u128 b);
struct ipam_u128 u128_sub(struct ipam_u128 a, struct ipam_u128 b);
int u128_compare(struct ipam_u128 a, struct ipam_u128 b);
int u128_parse(const char *text, size_t len, struct ipam_u128 *ret);
size_t u128_print(struct ipam_u128 n, char *buf);
/* addr_distance in decimal, exact for the whole IPv6 space too. `buf` holds U128_TEXT_MAX. */
size_t addr_distance_print(const struct ipam_addr *first, const struct ipam_addr *last, char *buf);
/* part/whole in hundredths of a per cent (0-10000), rounded down; a part above zero is never shown
 * as 0 of a whole it fills by 0.005 % or more; whole zero gives 0; part above whole gives 10000. */
int64_t u128_percent(struct ipam_u128 part, struct ipam_u128 whole);

#endif
