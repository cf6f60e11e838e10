/* addr_text.c - IP addresses and prefixes to and from text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "net/addr.h"

/* A piece of text that is being read. */
struct text {
    const char *at, *end;
};

static bool take(struct text *t, char c)
{
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

/* A decimal number of one to three digits without leading zeros, at most `max`. */
static int take_decimal(struct text *t, unsigned max, unsigned *ret)
{
    const char *start = t->at;
    unsigned v = 0;

    while (t->at < t->end && *t->at >= '0' && *t->at <= '9' && t->at - start < 4)
        v = v * 10 + (unsigned)(*t->at++ - '0');
    if (t->at == start || t->at - start > 3 || (t->at - start > 1 && *start == '0'))
        return IPAM_E_INVAL;
    if (v > max)
        return IPAM_E_RANGE;
    *ret = v;
    return 0;
}

static int take_ipv4(struct text *t, uint8_t *bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned octet;
        int rc;

        if (i > 0 && !take(t, '.'))
            return IPAM_E_INVAL;
        rc = take_decimal(t, 255, &octet);
        if (rc != 0)
            return rc;
        bytes[i] = (uint8_t)octet;
    }
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One to four hexadecimal digits. */
static int take_group(struct text *t, uint8_t *bytes)
{
    unsigned v = 0, n = 0;

    for (; t->at < t->end && hex_digit(*t->at) >= 0; t->at++) {
        if (++n > 4)
            return IPAM_E_INVAL;
        v = v << 4 | (unsigned)hex_digit(*t->at);
    }
    if (n == 0)
        return IPAM_E_INVAL;
    bytes[0] = (uint8_t)(v >> 8);
    bytes[1] = (uint8_t)v;
    return 0;
}

/* True when what follows, up to the next colon, has a dot: the IPv4 tail of RFC 4291 2.2 (3). */
static bool at_ipv4(const struct text *t)
{
    for (const char *p = t->at; p < t->end && *p != ':'; p++) {
        if (*p == '.')
            return true;
    }
    return false;
}

#define NO_GAP SIZE_MAX

static int parse_ipv6(const char *text, size_t len, uint8_t *ret_bytes)
{
    struct text t = { text, text + len };
    uint8_t bytes[16] = { 0 };
    size_t n = 0, gap = NO_GAP; /* bytes read; where "::" stands among them */
    bool more;
    int rc;

    if (take(&t, ':')) { /* a colon begins an address only as half of "::" */
        if (!take(&t, ':'))
            return IPAM_E_INVAL;
        gap = 0;
    }
    more = gap != 0 || t.at < t.end;
    while (more) {
        if (at_ipv4(&t)) {
            rc = n <= 12 ? take_ipv4(&t, bytes + n) : IPAM_E_INVAL;
            n += 4;
            more = false;
        } else {
            rc = n <= 14 ? take_group(&t, bytes + n) : IPAM_E_INVAL;
            n += 2;
            more = rc == 0 && take(&t, ':');
        }
        if (rc != 0)
            return rc;
        if (more && take(&t, ':')) {
            if (gap != NO_GAP)
                return IPAM_E_INVAL;
            gap = n;
            more = t.at < t.end;
        }
    }
    /* "::" stands for one group of zeros or more; without it all eight must be there. */
    if (t.at != t.end || (gap == NO_GAP ? n != 16 : n > 14))
        return IPAM_E_INVAL;
    memset(ret_bytes, 0, 16);
    if (gap == NO_GAP)
        gap = n;
    memcpy(ret_bytes, bytes, gap);
    memcpy(ret_bytes + 16 - (n - gap), bytes + gap, n - gap);
    return 0;
}

int addr_parse(const char *text, size_t len, struct ipam_addr *ret)
{
    struct text t = { text, text + len };
    struct ipam_addr a = { .family = 4 };
    int rc;

    if (len == 0 || len >= ADDR_TEXT_MAX)
        return IPAM_E_INVAL;
    if (memchr(text, ':', len) != NULL) {
        a.family = 6;
        rc = parse_ipv6(text, len, a.bytes);
    } else {
        rc = take_ipv4(&t, a.bytes);
        if (rc == 0 && t.at != t.end)
            rc = IPAM_E_INVAL;
    }
    if (rc == 0)
        *ret = a;
    return rc;
}

static char *put_decimal(char *p, unsigned v)
{
    if (v >= 100)
        *p++ = (char)('0' + v / 100);
    if (v >= 10)
        *p++ = (char)('0' + v / 10 % 10);
    *p++ = (char)('0' + v % 10);
    return p;
}

static char *put_ipv4(char *p, const uint8_t *bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            *p++ = '.';
        p = put_decimal(p, bytes[i]);
    }
    return p;
}

static unsigned group_at(const uint8_t *bytes, unsigned i)
{
    return (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
}

static char *put_group(char *p, unsigned v)
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned shift = v > 0xfff ? 12 : v > 0xff ? 8 : v > 0xf ? 4 : 0;; shift -= 4) {
        *p++ = digits[v >> shift & 15];
        if (shift == 0)
            return p;
    }
}

/* RFC 5952 4.2: the longest run of two or more zero groups, the first of equals. */
static void longest_zeros(const uint8_t *bytes, unsigned groups, unsigned *ret_start, unsigned *ret_len)
{
    unsigned run = 0;

    *ret_start = *ret_len = 0;
    for (unsigned i = 0; i < groups; i++) {
        run = group_at(bytes, i) == 0 ? run + 1 : 0;
        if (run > 1 && run > *ret_len) {
            *ret_len = run;
            *ret_start = i + 1 - run;
        }
    }
}

static char *put_ipv6(char *p, const uint8_t *bytes)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    /* RFC 5952 5: the mixed form for the well-known prefix ::ffff:0:0/96. */
    bool mixed = memcmp(bytes, mapped, sizeof(mapped)) == 0;
    unsigned groups = mixed ? 6 : 8, start, len;

    longest_zeros(bytes, groups, &start, &len);
    for (unsigned i = 0; i < groups; i++) {
        if (len > 0 && i == start) {
            *p++ = ':';
            *p++ = ':';
            i += len - 1;
            continue;
        }
        if (i > 0 && p[-1] != ':')
            *p++ = ':';
        p = put_group(p, group_at(bytes, i));
    }
    if (mixed) {
        *p++ = ':';
        p = put_ipv4(p, bytes + 12);
    }
    return p;
}

size_t addr_print(const struct ipam_addr *a, char *buf)
{
    char *p = buf;

    if (a->family == 4)
        p = put_ipv4(buf, a->bytes);
    else if (a->family == 6)
        p = put_ipv6(buf, a->bytes);
    *p = '\0';
    return (size_t)(p - buf);
}

/* "ADDRESS/LENGTH" with its host bits as they are. */
static int parse_unmasked(const char *text, size_t len, struct ipam_prefix *ret)
{
    const char *slash = len == 0 ? NULL : memchr(text, '/', len);
    struct ipam_prefix p;
    struct text t;
    unsigned length;
    int rc;

    if (slash == NULL)
        return IPAM_E_INVAL;
    rc = addr_parse(text, (size_t)(slash - text), &p.addr);
    if (rc != 0)
        return rc;
    t = (struct text){ slash + 1, text + len };
    rc = take_decimal(&t, addr_bits(p.addr.family), &length);
    if (t.at != t.end)
        rc = IPAM_E_INVAL;
    if (rc != 0)
        return rc;
    p.length = (uint8_t)length;
    *ret = p;
    return 0;
}

int prefix_parse(const char *text, size_t len, struct ipam_prefix *ret)
{
    struct ipam_prefix p, masked;
    int rc = parse_unmasked(text, len, &p);

    if (rc != 0)
        return rc;
    masked = p;
    prefix_mask(&masked);
    if (!prefix_equal(&p, &masked))
        return IPAM_E_RANGE;
    *ret = p;
    return 0;
}

int prefix_parse_host(const char *text, size_t len, struct ipam_prefix *ret)
{
    int rc = parse_unmasked(text, len, ret);

    if (rc == 0)
        prefix_mask(ret);
    return rc;
}

size_t prefix_print(const struct ipam_prefix *p, char *buf)
{
    size_t len = addr_print(&p->addr, buf);
    char *end;

    if (len == 0)
        return 0;
    buf[len] = '/';
    end = put_decimal(buf + len + 1, p->length);
    *end = '\0';
    return (size_t)(end - buf);
}
