/* addr.c - IP addresses and prefixes: compare, compute.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "net/addr.h"
#include "net/u128.h"

/* The address as a number, first byte most significant: an IPv4 address fills the low 32 bits. */
static uint128 addr_number(const struct ipam_addr *a)
{
    unsigned n = addr_bits(a->family) / 8;
    uint128 v = 0;

    for (unsigned i = 0; i < n; i++)
        v = v << 8 | a->bytes[i];
    return v;
}

static void addr_from_number(uint8_t family, uint128 v, struct ipam_addr *ret)
{
    struct ipam_addr a = { .family = family };

    for (unsigned i = addr_bits(family) / 8; i-- > 0; v >>= 8)
        a.bytes[i] = (uint8_t)v;
    *ret = a;
}

/* The highest number an address of this family can have. */
static uint128 addr_max(uint8_t family)
{
    return family == 4 ? UINT32_MAX : ~(uint128)0;
}

int addr_compare(const struct ipam_addr *a, const struct ipam_addr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, addr_bits(a->family) / 8);
}

bool addr_equal(const struct ipam_addr *a, const struct ipam_addr *b)
{
    return addr_compare(a, b) == 0;
}

int addr_add(const struct ipam_addr *a, struct ipam_u128 n, struct ipam_addr *ret)
{
    uint128 v, add = u128_value(n);

    if (addr_bits(a->family) == 0)
        return IPAM_E_INVAL;
    v = addr_number(a);
    if (add > addr_max(a->family) - v)
        return IPAM_E_RANGE;
    addr_from_number(a->family, v + add, ret);
    return 0;
}

int addr_sub(const struct ipam_addr *a, struct ipam_u128 n, struct ipam_addr *ret)
{
    uint128 v, sub = u128_value(n);

    if (addr_bits(a->family) == 0)
        return IPAM_E_INVAL;
    v = addr_number(a);
    if (sub > v)
        return IPAM_E_RANGE;
    addr_from_number(a->family, v - sub, ret);
    return 0;
}

struct ipam_u128 addr_distance(const struct ipam_addr *first, const struct ipam_addr *last)
{
    return u128_add(u128_make(addr_number(last) - addr_number(first)), u128_from(1));
}

size_t addr_distance_print(const struct ipam_addr *first, const struct ipam_addr *last, char *buf)
{
    static const char all[] = "340282366920938463463374607431768211456"; /* 2^128 */

    if (addr_number(last) - addr_number(first) != ~(uint128)0)
        return u128_print(addr_distance(first, last), buf);
    memcpy(buf, all, sizeof(all));
    return sizeof(all) - 1;
}

void prefix_mask(struct ipam_prefix *p)
{
    unsigned whole = p->length / 8;

    if (whole == sizeof(p->addr.bytes))
        return;
    p->addr.bytes[whole] &= (uint8_t)(0xff00 >> p->length % 8);
    memset(p->addr.bytes + whole + 1, 0, sizeof(p->addr.bytes) - whole - 1);
}

int prefix_compare(const struct ipam_prefix *a, const struct ipam_prefix *b)
{
    int order = addr_compare(&a->addr, &b->addr);

    return order != 0 ? order : (int)a->length - (int)b->length;
}

bool prefix_equal(const struct ipam_prefix *a, const struct ipam_prefix *b)
{
    return prefix_compare(a, b) == 0;
}

bool prefix_contains_addr(const struct ipam_prefix *p, const struct ipam_addr *a)
{
    unsigned whole = p->length / 8, rest = p->length % 8;

    if (p->addr.family != a->family || memcmp(p->addr.bytes, a->bytes, whole) != 0)
        return false;
    return rest == 0 || ((p->addr.bytes[whole] ^ a->bytes[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

bool prefix_contains(const struct ipam_prefix *outer, const struct ipam_prefix *inner)
{
    return outer->length <= inner->length && prefix_contains_addr(outer, &inner->addr);
}

bool prefix_overlaps(const struct ipam_prefix *a, const struct ipam_prefix *b)
{
    return a->length <= b->length ? prefix_contains(a, b) : prefix_contains(b, a);
}

void prefix_first(const struct ipam_prefix *p, struct ipam_addr *ret)
{
    *ret = p->addr;
}

void prefix_last(const struct ipam_prefix *p, struct ipam_addr *ret)
{
    uint128 size = u128_value(prefix_size(p));

    if (p->length == 0) /* prefix_size saturates here */
        addr_from_number(p->addr.family, addr_max(p->addr.family), ret);
    else
        addr_from_number(p->addr.family, addr_number(&p->addr) + size - 1, ret);
}

bool prefix_half(const struct ipam_prefix *p, int which, struct ipam_prefix *ret)
{
    if (p->length == addr_bits(p->addr.family))
        return false;
    *ret = *p;
    ret->length++;
    if (which != 0)
        ret->addr.bytes[p->length / 8] |= (uint8_t)(0x80 >> p->length % 8);
    return true;
}

void prefix_span(const struct ipam_addr *a, const struct ipam_addr *b, struct ipam_prefix *ret)
{
    unsigned same = 0, bits = addr_bits(a->family);

    while (same < bits && a->bytes[same / 8] == b->bytes[same / 8])
        same += 8;
    while (same < bits && ((a->bytes[same / 8] ^ b->bytes[same / 8]) & (0x80u >> same % 8)) == 0)
        same++;
    *ret = (struct ipam_prefix){ *a, (uint8_t)same };
    prefix_mask(ret);
}

void prefix_usable(const struct ipam_prefix *p, struct ipam_addr *ret_first, struct ipam_addr *ret_last)
{
    prefix_first(p, ret_first);
    prefix_last(p, ret_last);
    if (p->length + 1u >= addr_bits(p->addr.family))
        return;
    addr_add(ret_first, u128_from(1), ret_first);
    if (p->addr.family == 4)
        addr_sub(ret_last, u128_from(1), ret_last);
}

/* The addresses of a prefix with so many host bits, less one. */
static uint128 host_mask(unsigned bits)
{
    return bits == 128 ? ~(uint128)0 : ((uint128)1 << bits) - 1;
}

void prefix_largest(const struct ipam_addr *first, const struct ipam_addr *last, struct ipam_prefix *ret)
{
    uint128 from = addr_number(first), room = addr_number(last) - from;
    unsigned host = 0, bits = addr_bits(first->family);

    while (host < bits && (from & host_mask(host + 1)) == 0 && host_mask(host + 1) <= room)
        host++;
    *ret = (struct ipam_prefix){ *first, (uint8_t)(bits - host) };
}

struct ipam_u128 prefix_size(const struct ipam_prefix *p)
{
    unsigned host = addr_bits(p->addr.family) - p->length;

    return u128_make(host == 128 ? ~(uint128)0 : (uint128)1 << host);
}
