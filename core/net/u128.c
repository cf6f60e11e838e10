/* u128.c - 128-bit counts: text, saturating arithmetic, percentages.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "net/addr.h"
#include "net/u128.h"

struct ipam_u128 u128_from(uint64_t n)
{
    return (struct ipam_u128){ 0, n };
}

struct ipam_u128 u128_add(struct ipam_u128 a, struct ipam_u128 b)
{
    uint128 sum = u128_value(a) + u128_value(b);

    return u128_make(sum < u128_value(a) ? ~(uint128)0 : sum);
}

struct ipam_u128 u128_sub(struct ipam_u128 a, struct ipam_u128 b)
{
    return u128_make(u128_compare(a, b) <= 0 ? 0 : u128_value(a) - u128_value(b));
}

int u128_compare(struct ipam_u128 a, struct ipam_u128 b)
{
    uint128 x = u128_value(a), y = u128_value(b);

    return (x > y) - (x < y);
}

int u128_parse(const char *text, size_t len, struct ipam_u128 *ret)
{
    const uint128 max = ~(uint128)0;
    uint128 v = 0;

    if (len == 0 || (len > 1 && text[0] == '0'))
        return IPAM_E_INVAL;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return IPAM_E_INVAL;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(text[i] - '0');

        if (v > (max - digit) / 10)
            return IPAM_E_RANGE;
        v = v * 10 + digit;
    }
    *ret = u128_make(v);
    return 0;
}

size_t u128_print(struct ipam_u128 n, char *buf)
{
    char digits[U128_TEXT_MAX];
    uint128 v = u128_value(n);
    size_t at = sizeof(digits), len;

    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v != 0);
    len = sizeof(digits) - 1 - at;
    memcpy(buf, digits + at, len + 1);
    return len;
}

int64_t u128_percent(struct ipam_u128 part, struct ipam_u128 whole)
{
    uint128 p = u128_value(part), w = u128_value(whole), rest = 0;
    int64_t q = 0;

    if (w == 0)
        return 0;
    if (p >= w)
        return 10000;
    /* q = p * 10000 / w without the product, which needs 142 bits: the factor's bits are taken one by
     * one, and `rest` (below w) is never allowed to pass w. */
    for (unsigned bit = 1u << 13; bit != 0; bit >>= 1) {
        q *= 2;
        if (rest >= w - rest) {
            rest -= w - rest;
            q++;
        } else {
            rest *= 2;
        }
        if (!(10000 & bit))
            continue;
        if (rest >= w - p) {
            rest -= w - p;
            q++;
        } else {
            rest += p;
        }
    }
    /* Here rest = p * 10000 when q is 0: half a hundredth or more counts as one. */
    return q == 0 && p != 0 && rest >= w - rest ? 1 : q;
}
