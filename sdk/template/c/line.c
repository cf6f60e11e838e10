/* line.c - a line of the text file becomes values, or a reason why not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing the server says is trusted: every number has its range, every text its longest, and what does not
 * fit is told with its place instead of being mended by a guess. */
#include "line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 6
#define NATIVE_MAX 64 /* as records.def has them: emit refuses what is longer */
#define TEXT_MAX   128

int line_address(const char *text, struct ipam_addr *ret)
{
    struct ipam_addr a = { 0 };

    if (inet_pton(AF_INET, text, a.bytes) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, text, a.bytes) == 1)
        a.family = 6;
    else
        return -1;
    *ret = a;
    return 0;
}

int line_address_compare(const struct ipam_addr *a, const struct ipam_addr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int number(const char *text, int64_t max, int64_t *ret)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || n < 0 || n > max)
        return -1;
    *ret = n;
    return 0;
}

/* Bits beyond the length must be zero: 10.0.0.1/24 is an address, not a prefix. */
static int has_host_bits(const struct ipam_prefix *p)
{
    unsigned bits = p->addr.family == 4 ? 32 : 128;

    for (unsigned i = p->length; i < bits; i++)
        if (p->addr.bytes[i / 8] & (0x80 >> i % 8))
            return 1;
    return 0;
}

static int prefix(char *text, struct ipam_prefix *ret)
{
    char *slash = strchr(text, '/');
    int64_t length;

    if (slash == NULL)
        return -1;
    *slash = '\0';
    if (line_address(text, &ret->addr) < 0 ||
        number(slash + 1, ret->addr.family == 4 ? 32 : 128, &length) < 0)
        return -1;
    ret->length = (uint8_t)length;
    return has_host_bits(ret) ? -1 : 0;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdefABCDEF", *at = c ? strchr(digits, c) : NULL;
    int value = at ? (int)(at - digits) : -1;

    return value > 15 ? value - 6 : value;
}

static int mac(const char *text, uint8_t ret[6])
{
    if (strlen(text) != 17)
        return -1;
    for (size_t i = 0; i < 6; i++) {
        int high = hex(text[3 * i]), low = hex(text[3 * i + 1]);

        if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
            return -1;
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

/* Texts that cross the line are UTF-8. This format has ASCII only, which is; a driver of a server that says
 * anything else checks it, and leaves the field out when it is none. */
static int text_field(const char *text, size_t max, struct ipam_str *ret)
{
    size_t len = strlen(text);

    if (len > max)
        return -1;
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return -1;
    ret->data = text;
    ret->len = len;
    return 0;
}

static size_t split(char *text, char *fields[FIELDS_MAX])
{
    size_t n = 0;

    for (char *comma = text; comma != NULL && n <= FIELDS_MAX; n++) {
        if (n < FIELDS_MAX)
            fields[n] = text;
        comma = strchr(text, ',');
        if (comma != NULL) {
            *comma = '\0';
            text = comma + 1;
        }
    }
    return n;
}

static const char *scope(char *fields[], struct line *l)
{
    l->kind = LINE_SCOPE;
    if (prefix(fields[2], &l->prefix) < 0)
        return "the prefix is none, or has host bits";
    if (text_field(fields[3], TEXT_MAX, &l->name) < 0)
        return "the name is longer than 128 bytes, or no ASCII";
    return number(fields[4], UINT32_MAX, &l->seconds) < 0 ? "the lease time is no number of seconds" : NULL;
}

static const char *pool(char *fields[], struct line *l)
{
    l->kind = LINE_POOL;
    if (line_address(fields[2], &l->first) < 0 || line_address(fields[3], &l->last) < 0)
        return "an address is none";
    return line_address_compare(&l->first, &l->last) > 0 ? "the last address is below the first" : NULL;
}

/* A reservation or a lease. */
static const char *client(char *fields[], struct line *l)
{
    if (line_address(fields[2], &l->first) < 0)
        return "the address is none";
    if (mac(fields[3], l->mac) < 0)
        return "the hardware address is not of the form 02:00:5e:00:53:01";
    return text_field(fields[4], TEXT_MAX, &l->name) < 0 ? "the name is longer than 128 bytes, or no ASCII"
                                                         : NULL;
}

static const char *lease(char *fields[], struct line *l)
{
    const char *wrong = client(fields, l);

    l->kind = LINE_LEASE;
    if (wrong == NULL && number(fields[5], UINT32_MAX, &l->seconds) < 0)
        wrong = "the end is no number of seconds since 1970";
    return wrong;
}

static const char *reservation(char *fields[], struct line *l)
{
    l->kind = LINE_RESERVATION;
    return client(fields, l);
}

const char *line_parse(char *text, struct line *ret)
{
    static const struct {
        const char *name;
        size_t fields;
        const char *(*parse)(char *fields[], struct line *l);
    } kinds[] = {
        { "scope", 5, scope }, { "pool", 4, pool }, { "reservation", 5, reservation }, { "lease", 6, lease }
    };
    char *fields[FIELDS_MAX];
    size_t count = split(text, fields);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(fields[0], kinds[i].name) != 0)
            continue;
        if (count != kinds[i].fields)
            return "it has too few or too many fields";
        if (text_field(fields[1], NATIVE_MAX, &ret->native) < 0 || ret->native.len == 0)
            return "the scope's identifier is empty, longer than 64 bytes, or no ASCII";
        return kinds[i].parse(fields, ret);
    }
    return "it begins with none of scope, pool, reservation and lease";
}
