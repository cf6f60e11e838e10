/* null.c - texts, numbers, addresses and options for the null providers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "null.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ipam_str null_str(const char *text)
{
    return (struct ipam_str){ text, strlen(text) };
}

bool null_is(struct ipam_str s, const char *text)
{
    return s.len == strlen(text) && (s.len == 0 || memcmp(s.data, text, s.len) == 0);
}

int null_compare(struct ipam_str a, struct ipam_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

char *null_strdup(struct ipam_str s)
{
    char *copy = malloc(s.len + 1);

    if (!copy)
        return NULL;
    if (s.len)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}

struct ipam_str null_cut(struct ipam_str *rest, char mark)
{
    const char *end = rest->len ? memchr(rest->data, mark, rest->len) : NULL;
    struct ipam_str part = { rest->data, end ? (size_t)(end - rest->data) : rest->len };

    rest->data += part.len + (end ? 1 : 0);
    rest->len -= part.len + (end ? 1 : 0);
    return part;
}

bool null_number(struct ipam_str s, uint64_t most, uint64_t *ret)
{
    uint64_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint64_t digit = (uint64_t)(s.data[i] - '0');

        if (s.data[i] < '0' || s.data[i] > '9' || digit > most || n > (most - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *ret = n;
    return s.len > 0;
}

static size_t bytes_of(uint8_t family)
{
    return family == 4 ? 4 : family == 6 ? 16 : 0;
}

int null_addr_compare(const struct ipam_addr *a, const struct ipam_addr *b)
{
    return a->family != b->family ? (int)a->family - (int)b->family
                                  : memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

struct ipam_addr null_addr_add(const struct ipam_addr *a, uint64_t n)
{
    struct ipam_addr sum = *a;

    for (size_t i = bytes_of(a->family); i > 0 && n; i--) {
        n += sum.bytes[i - 1];
        sum.bytes[i - 1] = (uint8_t)n;
        n >>= 8;
    }
    return sum;
}

uint64_t null_addr_distance(const struct ipam_addr *from, const struct ipam_addr *to)
{
    size_t len = bytes_of(from->family);
    uint64_t distance = 0;
    uint8_t difference[16] = { 0 };
    int borrow = 0;

    for (size_t i = len; i > 0; i--) {
        int d = to->bytes[i - 1] - from->bytes[i - 1] - borrow;

        borrow = d < 0;
        difference[i - 1] = (uint8_t)(d & 0xff);
    }
    for (size_t i = 0; i < len; i++) {
        if (distance >> 56)
            return UINT64_MAX;
        distance = distance << 8 | difference[i];
    }
    return distance;
}

bool null_addr_parse(struct ipam_str text, struct ipam_addr *ret)
{
    char buf[NULL_ADDR_TEXT];
    struct ipam_addr a = { .family = 0 };

    if (text.len == 0 || text.len >= sizeof(buf) || memchr(text.data, '\0', text.len))
        return false;
    memcpy(buf, text.data, text.len);
    buf[text.len] = '\0';
    if (inet_pton(AF_INET, buf, a.bytes) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, buf, a.bytes) == 1)
        a.family = 6;
    *ret = a;
    return a.family != 0;
}

void null_addr_print(const struct ipam_addr *a, char text[NULL_ADDR_TEXT])
{
    if (!inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, text, NULL_ADDR_TEXT))
        text[0] = '\0';
}

/* The address with the bits beyond `length` cleared. */
static struct ipam_addr mask(const struct ipam_addr *a, unsigned length)
{
    struct ipam_addr masked = { .family = a->family };

    for (unsigned i = 0; i < sizeof(masked.bytes) && length > 0; i++) {
        unsigned bits = length < 8 ? length : 8;

        masked.bytes[i] = (uint8_t)(a->bytes[i] & (0xff00u >> bits));
        length -= bits;
    }
    return masked;
}

bool null_prefix_parse(struct ipam_str text, struct ipam_prefix *ret)
{
    const char *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    size_t before = slash ? (size_t)(slash - text.data) : text.len;
    struct ipam_prefix p;
    uint64_t length;

    if (!null_addr_parse((struct ipam_str){ text.data, before }, &p.addr))
        return false;
    length = bytes_of(p.addr.family) * 8;
    if (slash && !null_number((struct ipam_str){ slash + 1, text.len - before - 1 }, length, &length))
        return false;
    p.length = (uint8_t)length;
    struct ipam_addr base = mask(&p.addr, p.length);
    *ret = p;
    return null_addr_compare(&base, &p.addr) == 0;
}

void null_prefix_print(const struct ipam_prefix *p, char text[NULL_ADDR_TEXT])
{
    size_t len;

    null_addr_print(&p->addr, text);
    len = strlen(text);
    snprintf(text + len, NULL_ADDR_TEXT - len, "/%u", (unsigned)p->length);
}

bool null_prefix_has(const struct ipam_prefix *p, const struct ipam_addr *a)
{
    struct ipam_addr base = mask(a, p->length);

    return null_addr_compare(&base, &p->addr) == 0;
}

int64_t null_option_int(const struct ipam_host *host, struct ipam_inst *inst, const char *name)
{
    int64_t n = 0;

    return host->option_int(inst, name, &n) == IPAM_OK ? n : 0;
}

struct ipam_str null_option_text(const struct ipam_host *host, struct ipam_inst *inst, const char *name)
{
    struct ipam_str s = { NULL, 0 };

    return host->option_text(inst, name, &s) == IPAM_OK ? s : (struct ipam_str){ NULL, 0 };
}

/* These three came to the host's table later: an older host has them not. */
struct ipam_strs null_option_list(const struct ipam_host *host, struct ipam_inst *inst, const char *name)
{
    struct ipam_strs l = { NULL, 0 };

    return IPAM_HAS(host, option_list) && host->option_list(inst, name, &l) == IPAM_OK
               ? l
               : (struct ipam_strs){ NULL, 0 };
}

bool null_option_addr(const struct ipam_host *host, struct ipam_inst *inst, const char *name,
                      struct ipam_addr *ret)
{
    return IPAM_HAS(host, option_addr) && host->option_addr(inst, name, ret) == IPAM_OK;
}

bool null_option_prefix(const struct ipam_host *host, struct ipam_inst *inst, const char *name,
                        struct ipam_prefix *ret)
{
    return IPAM_HAS(host, option_prefix) && host->option_prefix(inst, name, ret) == IPAM_OK;
}
