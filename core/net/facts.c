/* facts.c - what standards say of addresses: categories, names in the reverse DNS, the MAC in one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "net/facts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Facts of the IANA IPv4 and IPv6 Special-Purpose Address Registries; multicast and what is not given out yet
 * stand in registries of their own. One inside another stands behind it. */
static const struct addr_block blocks[] = {
    { "0.0.0.0/0", "global", "RFC 791" },
    { "0.0.0.0/8", "this-network", "RFC 791" },
    { "0.0.0.0/32", "unspecified", "RFC 1122" },
    { "10.0.0.0/8", "private", "RFC 1918" },
    { "100.64.0.0/10", "shared", "RFC 6598" },
    { "127.0.0.0/8", "loopback", "RFC 1122" },
    { "169.254.0.0/16", "link-local", "RFC 3927" },
    { "172.16.0.0/12", "private", "RFC 1918" },
    { "192.0.0.0/24", "protocol", "RFC 6890" },
    { "192.0.0.0/29", "protocol", "RFC 7335" },
    { "192.0.0.8/32", "protocol", "RFC 7600" },
    { "192.0.0.9/32", "anycast", "RFC 7723" },
    { "192.0.0.10/32", "anycast", "RFC 8155" },
    { "192.0.0.170/31", "protocol", "RFC 7050" },
    { "192.0.2.0/24", "documentation", "RFC 5737" },
    { "192.31.196.0/24", "as112", "RFC 7535" },
    { "192.52.193.0/24", "amt", "RFC 7450" },
    { "192.88.99.0/24", "6to4-relay", "RFC 7526" },
    { "192.168.0.0/16", "private", "RFC 1918" },
    { "192.175.48.0/24", "as112", "RFC 7534" },
    { "198.18.0.0/15", "benchmarking", "RFC 2544" },
    { "198.51.100.0/24", "documentation", "RFC 5737" },
    { "203.0.113.0/24", "documentation", "RFC 5737" },
    { "224.0.0.0/4", "multicast", "RFC 5771" },
    { "240.0.0.0/4", "reserved", "RFC 1112" },
    { "255.255.255.255/32", "broadcast", "RFC 8190" },
    { "::/0", "unallocated", "RFC 4291" },
    { "2000::/3", "global", "RFC 4291" },
    { "::/128", "unspecified", "RFC 4291" },
    { "::1/128", "loopback", "RFC 4291" },
    { "::ffff:0:0/96", "ipv4-mapped", "RFC 4291" },
    { "64:ff9b::/96", "translation", "RFC 6052" },
    { "64:ff9b:1::/48", "translation", "RFC 8215" },
    { "100::/64", "discard", "RFC 6666" },
    { "100:0:0:1::/64", "dummy", "RFC 9780" },
    { "2001::/23", "protocol", "RFC 2928" },
    { "2001::/32", "teredo", "RFC 4380" },
    { "2001:1::1/128", "anycast", "RFC 7723" },
    { "2001:1::2/128", "anycast", "RFC 8155" },
    { "2001:1::3/128", "anycast", "RFC 9665" },
    { "2001:2::/48", "benchmarking", "RFC 5180" },
    { "2001:3::/32", "amt", "RFC 7450" },
    { "2001:4:112::/48", "as112", "RFC 7535" },
    { "2001:10::/28", "orchid", "RFC 4843" },
    { "2001:20::/28", "orchid", "RFC 7343" },
    { "2001:30::/28", "remote-id", "RFC 9374" },
    { "2001:db8::/32", "documentation", "RFC 3849" },
    { "2002::/16", "6to4", "RFC 3056" },
    { "2620:4f:8000::/48", "as112", "RFC 7534" },
    { "3fff::/20", "documentation", "RFC 9637" },
    { "5f00::/16", "segment-routing", "RFC 9602" },
    { "fc00::/7", "unique-local", "RFC 4193" },
    { "fe80::/10", "link-local", "RFC 4291" },
    { "fec0::/10", "site-local", "RFC 3879" },
    { "ff00::/8", "multicast", "RFC 4291" },
};
static const struct addr_block mixed = { "", "mixed", "" };

/* What is global, and what is not given out, has other blocks beside it; inside the blocks of the registries
 * they are exceptions. */
static bool is_ground(const struct addr_block *b)
{
    return strcmp(b->category, "global") == 0 || strcmp(b->category, "unallocated") == 0;
}

const struct addr_block *prefix_block(const struct ipam_prefix *p)
{
    const struct addr_block *found = &mixed, *inside = NULL;

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct ipam_prefix b = { .length = 0 };

        prefix_parse(blocks[i].prefix, strlen(blocks[i].prefix), &b); /* they are what they seem */
        if (prefix_contains(&b, p)) {
            found = &blocks[i];
        } else if (prefix_contains(p, &b)) {
            inside = &blocks[i];
        }
    }
    return inside != NULL && is_ground(found) ? &mixed : found;
}

/* Bits of a label of the reverse DNS. */
static unsigned label_bits(uint8_t family)
{
    return family == 4 ? 8 : 4;
}

static bool is_classless(const struct ipam_prefix *p)
{
    return p->addr.family == 4 && p->length > 24 && p->length < 32;
}

unsigned reverse_zone_count(const struct ipam_prefix *p)
{
    unsigned bits = label_bits(p->addr.family), rest = p->length % bits;

    return rest == 0 || is_classless(p) ? 1 : 1u << (bits - rest);
}

size_t reverse_zone(const struct ipam_prefix *p, unsigned n, char *buf)
{
    unsigned bits = label_bits(p->addr.family), labels = (p->length + bits - 1) / bits;
    const uint8_t *bytes = p->addr.bytes;
    size_t len = 0;

    if (is_classless(p)) {
        len = (size_t)snprintf(buf, REVERSE_TEXT_MAX, "%u/%u.", bytes[3], p->length);
        labels = 3;
    }
    for (unsigned i = labels; i-- > 0;) {
        unsigned label = bits == 8 ? bytes[i] : bytes[i / 2] >> (i % 2 != 0 ? 0 : 4) & 15;

        if (i + 1 == labels)
            label += n; /* of a classless one there is only the first */
        len += (size_t)snprintf(buf + len, REVERSE_TEXT_MAX - len, bits == 8 ? "%u." : "%x.", label);
    }
    return len + (size_t)snprintf(buf + len, REVERSE_TEXT_MAX - len, bits == 8 ? "in-addr.arpa" : "ip6.arpa");
}

/* --- names of the reverse DNS, read --- */

/* A number of a label in that base, below `below`, without zeros before it. */
static bool label_number(const char *s, size_t len, unsigned base, unsigned below, unsigned *ret)
{
    *ret = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : base;

        if (digit >= base || (i > 0 && *ret == 0))
            return false;
        *ret = *ret * base + digit;
        if (*ret >= below)
            return false;
    }
    return len > 0;
}

/* "64/26": the last octet and the length of a prefix within the three octets before it. */
static bool classless_label(const char *s, size_t len, struct ipam_prefix *p)
{
    const char *slash = memchr(s, '/', len);
    unsigned octet, length;

    if (slash == NULL || p->addr.family != 4 || p->length != 24 ||
        !label_number(s, (size_t)(slash - s), 10, 256, &octet) ||
        !label_number(slash + 1, len - (size_t)(slash - s) - 1, 10, 32, &length) || length <= 24)
        return false;
    p->addr.bytes[3] = (uint8_t)octet;
    p->length = (uint8_t)length;
    return (octet & (255u >> (length - 24))) == 0;
}

/* Takes one label more to the left: false when it is none. */
static bool take_label(const char *s, size_t len, struct ipam_prefix *p)
{
    unsigned bits = label_bits(p->addr.family), most = p->addr.family == 4 ? 32 : 128, n;
    struct ipam_prefix inside = *p;

    if (classless_label(s, len, p))
        return true;
    if (p->length == most || !label_number(s, len, bits == 8 ? 10 : 16, 1u << bits, &n))
        return false;
    if (is_classless(p)) {
        inside.addr.bytes[3] = (uint8_t)n;
        if (!prefix_contains_addr(p, &inside.addr))
            return false;
        p->addr = inside.addr;
        p->length = 32;
        return true;
    }
    if (bits == 8)
        p->addr.bytes[p->length / 8] = (uint8_t)n;
    else
        p->addr.bytes[p->length / 8] |= (uint8_t)(p->length % 8 == 0 ? n << 4 : n);
    p->length = (uint8_t)(p->length + bits);
    return true;
}

/* The family whose names end so, and how much of the name is before that; 0: none. */
static uint8_t reverse_family(const char *name, size_t len, size_t *ret_before)
{
    static const struct {
        const char *suffix;
        uint8_t family;
    } roots[] = { { "in-addr.arpa", 4 }, { "ip6.arpa", 6 } };

    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(roots[i].suffix);

        if (len < n || len == n + 1 || strncasecmp(name + len - n, roots[i].suffix, n) != 0 ||
            (len > n && name[len - n - 1] != '.'))
            continue;
        *ret_before = len > n ? len - n - 1 : 0;
        return roots[i].family;
    }
    return 0;
}

bool reverse_name_parse(const char *name, size_t len, struct ipam_prefix *ret)
{
    size_t end = 0;

    *ret = (struct ipam_prefix){ .addr.family = reverse_family(name, len, &end) };
    while (ret->addr.family != 0 && end > 0) {
        size_t begin = end;

        while (begin > 0 && name[begin - 1] != '.')
            begin--;
        if (!take_label(name + begin, end - begin, ret) || begin == 1)
            return false;
        end = begin > 0 ? begin - 1 : 0;
    }
    return ret->addr.family != 0;
}

bool addr_eui64(const struct ipam_addr *a, uint8_t ret_mac[6])
{
    const uint8_t *id = a->bytes + 8;

    /* A multicast address has a group's number there, and a group is no interface's MAC. */
    if (a->family != 6 || a->bytes[0] == 0xff || id[3] != 0xff || id[4] != 0xfe || ((id[0] ^ 2) & 1) != 0)
        return false;
    memcpy(ret_mac, id, 3);
    memcpy(ret_mac + 3, id + 5, 3);
    ret_mac[0] ^= 2;
    return true;
}
