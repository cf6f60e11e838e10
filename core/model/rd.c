/* rd.c - route distinguishers and route targets as text: read in all their spellings, printed in one. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/rd.h"

#include <stdio.h>
#include <string.h>

#include "ipam/status.h"
#include "net/addr.h"

#define DIGITS_MOST 10 /* of a number: zeros in front change nothing, but some text is no number */

/* A decimal number up to `most`. */
static int read_number(struct ipam_str text, uint32_t most, uint32_t *ret)
{
    uint64_t n = 0;
    if (text.len == 0 || text.len > DIGITS_MOST)
        return IPAM_E_INVAL;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return IPAM_E_INVAL;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (n > most)
        return IPAM_E_INVAL;
    *ret = (uint32_t)n;
    return 0;
}

/* Takes what stands before the first `mark` off the text; false: there is none. */
static bool take(struct ipam_str *text, char mark, struct ipam_str *ret)
{
    const char *at = text->len != 0 ? memchr(text->data, mark, text->len) : NULL;
    if (at == NULL)
        return false;
    *ret = (struct ipam_str){ text->data, (size_t)(at - text->data) };
    text->len -= ret->len + 1;
    text->data = at + 1;
    return true;
}

/* RFC 5396: the upper and the lower half of an ASN of four bytes. */
static int read_parts(struct ipam_str upper, struct ipam_str lower, uint32_t *ret)
{
    uint32_t high, low;
    if (read_number(upper, UINT16_MAX, &high) != 0 || read_number(lower, UINT16_MAX, &low) != 0)
        return IPAM_E_INVAL;
    *ret = high << 16 | low;
    return 0;
}

static int read_admin(struct ipam_str text, struct rd *ret)
{
    struct ipam_addr a;
    struct ipam_str upper, lower = text;
    if (addr_parse(text.data, text.len, &a) == 0 && a.family == 4) {
        ret->type = RD_IP4;
        ret->admin =
            (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 | (uint32_t)a.bytes[2] << 8 | a.bytes[3];
        return 0;
    }
    ret->type = RD_AS4;
    if (take(&lower, '.', &upper))
        return read_parts(upper, lower, &ret->admin);
    if (text.len > 1 && text.data[text.len - 1] == 'L')
        return read_number((struct ipam_str){ text.data, text.len - 1 }, UINT32_MAX, &ret->admin);
    int rc = read_number(text, UINT32_MAX, &ret->admin);
    if (rc == 0 && ret->admin <= UINT16_MAX)
        ret->type = RD_AS2;
    return rc;
}

/* The type that is said, which may be wider than what follows asks for. */
static int settle_type(struct ipam_str said, struct rd *rd)
{
    uint32_t type;
    if (said.len != 1 || read_number(said, RD_AS4, &type) != 0)
        return IPAM_E_INVAL;
    if (type == RD_AS4 && rd->type == RD_AS2)
        rd->type = RD_AS4;
    return rd->type == type ? 0 : IPAM_E_INVAL;
}

int rd_parse(struct ipam_str text, struct rd *ret)
{
    struct ipam_str first, second, said = { NULL, 0 };
    struct rd rd;
    if (!take(&text, ':', &first))
        return IPAM_E_INVAL;
    if (take(&text, ':', &second)) {
        said = first;
        first = second;
    }
    if (read_admin(first, &rd) != 0 || (said.data != NULL && settle_type(said, &rd) != 0) ||
        read_number(text, rd.type == RD_AS2 ? UINT32_MAX : UINT16_MAX, &rd.number) != 0)
        return IPAM_E_INVAL;
    *ret = rd;
    return 0;
}

size_t rd_print(const struct rd *rd, char *buf)
{
    uint32_t a = rd->admin;
    int len = rd->type == RD_IP4 ? snprintf(buf, RD_TEXT_MAX, "%u.%u.%u.%u:%u", a >> 24, a >> 16 & 255,
                                            a >> 8 & 255, a & 255, rd->number)
                                 : snprintf(buf, RD_TEXT_MAX, "%s%u:%u",
                                            rd->type == RD_AS4 && a <= UINT16_MAX ? "2:" : "", a, rd->number);
    return len > 0 ? (size_t)len : 0;
}
