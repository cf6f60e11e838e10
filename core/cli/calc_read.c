/* calc_read.c - operands of the subnet calculator, and what is wrong with them, and where.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/calc.h"
#include "net/addr.h"

/* A part of the operand, and where to say what is wrong with it. */
struct part {
    const char *whole; /* columns count from here */
    const char *at;
    size_t len;
    char *why;
};

__attribute__((format(printf, 2, 3))) static int wrong(const struct part *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    utf8_vprint(p->why, CALC_WHY_MAX, fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

static int column(const struct part *p, const char *at)
{
    return (int)(at - p->whole) + 1;
}

/* Why the text from `at` is no octet; 0 when it is one. */
static int check_octet(const struct part *p, const char *at, size_t len)
{
    unsigned v = 0;

    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)at[i]))
            return wrong(p, "'%.1s' at column %d is no digit of an address", at + i, column(p, at + i));
        v = v > 255 ? v : v * 10 + (unsigned)(at[i] - '0');
    }
    if (len == 0)
        return wrong(p, "an octet is missing at column %d", column(p, at));
    if (v > 255)
        return wrong(p, "the octet '%.*s' at column %d is above 255", (int)len, at, column(p, at));
    if (len > 1 && *at == '0')
        return wrong(p, "the octet '%.*s' at column %d has a zero before it, which is octal to some programs",
                     (int)len, at, column(p, at));
    return 0;
}

static int explain_ipv4(const struct part *p)
{
    const char *at = p->at, *end = p->at + p->len;
    int octets = 0, rc;

    for (;; at++) {
        size_t len = 0;

        while (at + len < end && at[len] != '.')
            len++;
        if (++octets > 4)
            return wrong(p, "there are more than four octets, from column %d on", column(p, at));
        rc = check_octet(p, at, len);
        if (rc != 0)
            return rc;
        at += len;
        if (at == end)
            break;
    }
    return wrong(p, "'%.*s' at column %d has %d of four octets", (int)p->len, p->at, column(p, p->at),
                 octets);
}

static int explain_ipv6(const struct part *p)
{
    const char *end = p->at + p->len, *group = p->at, *gap = NULL;

    for (const char *at = p->at; at < end; at++) {
        if (*at == '%')
            return wrong(p, "the zone from column %d on is no part of an address", column(p, at));
        if (!isxdigit((unsigned char)*at) && *at != ':' && *at != '.')
            return wrong(p, "'%.1s' at column %d is no digit of an address", at, column(p, at));
        if (*at == ':' && at + 1 < end && at[1] == ':') {
            if (gap != NULL)
                return wrong(p, "'::' stands twice, again at column %d", column(p, at));
            gap = at;
        }
        if (*at == ':' || *at == '.')
            group = at + 1;
        else if (at - group >= 4)
            return wrong(p, "the group at column %d has more than four digits", column(p, group));
    }
    return wrong(
        p, "'%.*s' at column %d is not eight groups of up to four digits, with '::' once for those of zeros",
        (int)p->len, p->at, column(p, p->at));
}

static int read_address(const struct part *p, struct ipam_addr *ret)
{
    if (addr_parse(p->at, p->len, ret) == 0)
        return 0;
    if (p->len == 0)
        return wrong(p, "an address is missing at column %d", column(p, p->at));
    return memchr(p->at, ':', p->len) != NULL ? explain_ipv6(p) : explain_ipv4(p);
}

/* "255.255.255.0" */
static int read_netmask(const struct part *p, uint8_t family, uint8_t *ret_length)
{
    struct ipam_addr mask;
    uint32_t bits = 0;
    int rc;

    if (family != 4)
        return wrong(p, "the netmask at column %d belongs to IPv4: IPv6 has a length, such as /64",
                     column(p, p->at));
    rc = read_address(p, &mask);
    if (rc != 0)
        return rc;
    for (unsigned i = 0; i < 4; i++)
        bits = bits << 8 | mask.bytes[i];
    if ((~bits & (~bits + 1)) != 0)
        return wrong(p, "'%.*s' at column %d is no netmask: its ones do not all come first", (int)p->len,
                     p->at, column(p, p->at));
    for (*ret_length = 0; bits != 0; bits <<= 1)
        ++*ret_length;
    return 0;
}

static int read_length(const struct part *p, uint8_t family, uint8_t *ret_length)
{
    unsigned v = 0, most = addr_bits(family);

    if (memchr(p->at, '.', p->len) != NULL)
        return read_netmask(p, family, ret_length);
    for (size_t i = 0; i < p->len && v <= most; i++) {
        if (!isdigit((unsigned char)p->at[i]))
            return wrong(p, "'%.1s' at column %d is no digit of a prefix length", p->at + i,
                         column(p, p->at + i));
        v = v * 10 + (unsigned)(p->at[i] - '0');
    }
    if (p->len == 0 || (p->len > 1 && *p->at == '0'))
        return wrong(p, "a prefix length from 0 to %u, or a netmask, is expected at column %d", most,
                     column(p, p->at));
    if (v > most)
        return wrong(p, "the prefix length '%.*s' at column %d is above %u", (int)p->len, p->at,
                     column(p, p->at), most);
    *ret_length = (uint8_t)v;
    return 0;
}

static int read_range(const struct part *first, const struct part *last, struct calc_item *item)
{
    int rc = read_address(first, &item->first);

    item->kind = CALC_RANGE;
    if (rc == 0)
        rc = read_address(last, &item->last);
    if (rc == 0 && item->first.family != item->last.family)
        return wrong(last, "the last address, at column %d, is not of the family of the first",
                     column(last, last->at));
    if (rc == 0 && addr_compare(&item->first, &item->last) > 0)
        return wrong(last, "the last address, at column %d, comes before the first", column(last, last->at));
    return rc;
}

int calc_read(const char *text, struct calc_item *ret, char *why)
{
    size_t len = strlen(text), cut = strcspn(text, "/-");
    bool parts = text[cut] != '\0';
    struct part one = { text, text, cut, why }, two = { text, text + cut + parts, len - cut - parts, why };
    struct calc_item item = { .kind = parts ? CALC_PREFIX : CALC_ADDRESS };
    int rc;

    if (text[cut] == '-') {
        rc = read_range(&one, &two, &item);
    } else {
        rc = read_address(&one, &item.address);
        item.prefix.addr = item.address;
        item.prefix.length = (uint8_t)addr_bits(item.address.family);
        if (rc == 0 && parts)
            rc = read_length(&two, item.address.family, &item.prefix.length);
        if (rc != 0)
            return rc;
        prefix_mask(&item.prefix);
        prefix_first(&item.prefix, &item.first);
        prefix_last(&item.prefix, &item.last);
    }
    if (rc == 0)
        *ret = item;
    return rc;
}

static int compare(const void *left, const void *right)
{
    const struct calc_item *a = left, *b = right;

    return addr_compare(&a->first, &b->first);
}

/* Whether nothing lies between the end of one and the beginning of the other. */
static bool joins(const struct calc_item *a, const struct calc_item *b)
{
    struct ipam_addr next;

    if (a->last.family != b->first.family)
        return false;
    return addr_compare(&b->first, &a->last) <= 0 ||
           (addr_add(&a->last, u128_from(1), &next) == 0 && addr_equal(&next, &b->first));
}

size_t calc_merge(struct calc_item *items, size_t count)
{
    size_t kept = 0;

    qsort(items, count, sizeof(items[0]), compare);
    for (size_t i = 0; i < count; i++) {
        struct calc_item *last = kept > 0 ? &items[kept - 1] : NULL;

        if (last == NULL || !joins(last, &items[i]))
            items[kept++] = items[i];
        else if (addr_compare(&items[i].last, &last->last) > 0)
            last->last = items[i].last;
    }
    return kept;
}
