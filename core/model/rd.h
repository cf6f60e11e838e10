/* rd.h - route distinguishers and route targets as text: read in all their spellings, printed in one. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Both have a type, an administrator and a number: RFC 4364 4.2 and, with the same three types, RFC 4360 and RFC 5668. */
#ifndef MODEL_RD_H
#define MODEL_RD_H

#include "ipam/types.h"

#define RD_TEXT_MAX 28 /* longest text with its NUL */

enum rd_type {
    RD_AS2, /* an ASN of two bytes, a number of four */
    RD_IP4, /* an IPv4 address, a number of two */
    RD_AS4, /* an ASN of four bytes, a number of two */
};

struct rd {
    enum rd_type type;
    uint32_t admin, number;
};

/* ASN:NUMBER, ADDRESS:NUMBER, or TYPE: before one of these. An ASN may be written in parts (RFC 5396: 1.10), or with an L
 * behind it, which make it one of four bytes; so does one above 65535. 0, or IPAM_E_INVAL. */
int rd_parse(struct ipam_str text, struct rd *ret);
/* The one spelling: the type is said only where the rest does not say it. `buf` holds RD_TEXT_MAX; returns the length. */
size_t rd_print(const struct rd *rd, char *buf);

#endif
