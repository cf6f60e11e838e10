/* classes.c - what the parts of the address room are for, by the documents that set them aside.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/classes.h"

struct class
{
    struct ipam_prefix prefix;
    const char *what;
};

#define NET4(len, ...)                                                                                       \
    {                                                                                                        \
        { .family = 4, .bytes = { __VA_ARGS__ } }, len                                                       \
    }
#define NET6(len, ...)                                                                                       \
    {                                                                                                        \
        { .family = 6, .bytes = { __VA_ARGS__ } }, len                                                       \
    }

static const struct ipam_prefix private4[] = { NET4(8, 10), NET4(12, 172, 16), NET4(16, 192, 168) };
static const struct ipam_prefix private6 = NET6(7, 0xfc), global6 = NET6(3, 0x20);
static const struct ipam_prefix not_for_hosts4[] = { NET4(8, 0), NET4(8, 127), NET4(16, 169, 254),
                                                     NET4(3, 224) };

static const struct class reserved[] = {
    { NET4(8, 0), "\"this network\" (RFC 791)" },
    { NET4(8, 127), "loopback (RFC 1122)" },
    { NET4(16, 169, 254), "link-local (RFC 3927)" },
    { NET4(4, 224), "multicast (RFC 5771)" },
    { NET4(32, 255, 255, 255, 255), "the limited broadcast (RFC 919)" },
    { NET6(128, 0), "the unspecified address (RFC 4291)" },
    { NET6(128, [15] = 1), "loopback (RFC 4291)" },
    { NET6(10, 0xfe, 0x80), "link-local (RFC 4291)" },
    { NET6(10, 0xfe, 0xc0), "site-local (RFC 3879)" },
    { NET6(8, 0xff), "multicast (RFC 4291)" },
};

const char *class_reserved(const struct ipam_addr *a)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (prefix_contains_addr(&reserved[i].prefix, a))
            return reserved[i].what;
    return NULL;
}

static bool is_inside_any(const struct ipam_prefix *all, size_t count, const struct ipam_prefix *p)
{
    for (size_t i = 0; i < count; i++)
        if (prefix_contains(&all[i], p))
            return true;
    return false;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

uint32_t class_category(const struct ipam_prefix *p)
{
    if (p->addr.family == 4)
        return is_inside_any(private4, COUNT(private4), p)               ? IPAM_BLOCK_CATEGORY_PRIVATE
               : is_inside_any(not_for_hosts4, COUNT(not_for_hosts4), p) ? IPAM_BLOCK_CATEGORY_OTHER
                                                                         : IPAM_BLOCK_CATEGORY_PUBLIC;
    return prefix_contains(&private6, p)  ? IPAM_BLOCK_CATEGORY_PRIVATE
           : prefix_contains(&global6, p) ? IPAM_BLOCK_CATEGORY_GLOBAL
                                          : IPAM_BLOCK_CATEGORY_OTHER;
}

const struct ipam_prefix *class_straddled(const struct ipam_prefix *p)
{
    for (size_t i = 0; i < COUNT(private4); i++)
        if (p->length < private4[i].length && prefix_contains(p, &private4[i]))
            return &private4[i];
    return NULL;
}
