/* text.c - the values that stand in the files: numbers, addresses, times, bytes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *text_after(const char *text, const char *word)
{
    size_t len = strlen(word);

    return strncmp(text, word, len) == 0 ? text + len : NULL;
}

const char *text_tag(const char *text)
{
    const char *tag = text_after(text, "tag:");

    return tag != NULL ? tag : text_after(text, "net:");
}

/* 90, 45m, 12h, 2d, 1w, infinite. The server takes less than two minutes for two minutes. */
int text_lease_time(const char *text, int64_t *ret)
{
    static const struct {
        const char *letters;
        int64_t seconds;
    } units[] = { { "sS", 1 }, { "mM", 60 }, { "hH", 3600 }, { "dD", 86400 }, { "wW", 604800 } };
    char digits[16];
    size_t len = strlen(text);
    int64_t unit = 1;

    if (strcmp(text, "infinite") == 0) {
        *ret = UINT32_MAX;
        return 0;
    }
    if (len == 0 || len >= sizeof(digits))
        return -1;
    memcpy(digits, text, len + 1);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strchr(units[i].letters, digits[len - 1]) != NULL) {
            unit = units[i].seconds;
            digits[len - 1] = '\0';
            break;
        }
    if (text_number(digits, UINT32_MAX, ret) < 0 || *ret * unit > UINT32_MAX)
        return -1;
    *ret = *ret * unit < 120 ? 120 : *ret * unit;
    return 0;
}

char *text_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    if (end == NULL)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

int text_is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int text_address(const char *text, struct ipam_addr *ret)
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

int text_number(const char *text, int64_t max, int64_t *ret)
{
    char *end;
    long long n;

    if (*text < '0' || *text > '9')
        return -1;
    errno = 0;
    n = strtoll(text, &end, 10);
    if (*end != '\0' || errno != 0 || n > max)
        return -1;
    *ret = n;
    return 0;
}

int text_prefix(const char *text, struct ipam_prefix *ret)
{
    const char *slash = strchr(text, '/');
    char address[INET6_ADDRSTRLEN];
    struct ipam_addr a;
    int64_t length;

    if (slash == NULL || (size_t)(slash - text) >= sizeof(address))
        return -1;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (text_address(address, &a) < 0 || text_number(slash + 1, a.family == 4 ? 32 : 128, &length) < 0)
        return -1;
    prefix_of(&a, (unsigned)length, ret);
    return address_compare(&ret->addr, &a) == 0 ? 0 : -1;
}

static int digit(char c)
{
    const char *digits = "0123456789abcdefABCDEF", *at = c != '\0' ? strchr(digits, c) : NULL;
    int value = at != NULL ? (int)(at - digits) : -1;

    return value > 15 ? value - 6 : value;
}

/* As the server reads them: 01:2:0a0b, groups of any number of digits. */
int text_hex(const char *text, uint8_t *ret, size_t max, size_t *ret_len)
{
    size_t n = 0;

    for (;; text++) {
        if (digit(*text) < 0)
            return -1;
        while (digit(*text) >= 0) {
            int value = digit(*text++);

            if (digit(*text) >= 0)
                value = value << 4 | digit(*text++);
            if (n == max)
                return -1;
            ret[n++] = (uint8_t)value;
        }
        if (*text != ':')
            break;
    }
    *ret_len = n;
    return *text == '\0' ? 0 : -1;
}

int text_plain(const char *text, size_t max)
{
    size_t n = 0;

    for (; text[n] != '\0'; n++)
        if (text[n] <= 0x20 || text[n] > 0x7e)
            return -1;
    return n >= 1 && n <= max ? 0 : -1;
}

int address_compare(const struct ipam_addr *a, const struct ipam_addr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

void prefix_of(const struct ipam_addr *a, unsigned length, struct ipam_prefix *ret)
{
    struct ipam_prefix p = { .addr = *a, .length = (uint8_t)length };

    for (unsigned i = 0; i < 16; i++) {
        unsigned bits = length > 8 * i ? length - 8 * i : 0;

        if (bits < 8)
            p.addr.bytes[i] = (uint8_t)(p.addr.bytes[i] & (0xff00u >> bits));
    }
    *ret = p;
}

int prefix_has(const struct ipam_prefix *p, const struct ipam_addr *a)
{
    struct ipam_prefix of;

    prefix_of(a, p->length, &of);
    return address_compare(&of.addr, &p->addr) == 0;
}
