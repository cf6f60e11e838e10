/* token.c - tokens of users and sessions as text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "access/token.h"

#include <sodium.h>
#include <string.h>

#define HEAD   9 /* "ipam_pat_" */
#define SECRET 43
#define SUM    6

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char *const heads[TOKEN_KINDS] = {
    [TOKEN_PERSON] = "ipam_pat_", [TOKEN_SERVICE] = "ipam_svc_", [TOKEN_SESSION] = "ipam_ses_"
};

static uint32_t crc32_of(const char *text, size_t len)
{
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (UINT32_C(0xedb88320) & (~(crc & 1) + 1));
    }
    return ~crc;
}

/* A number, its most significant byte first, in so many digits of base 62; it is overwritten. */
static void to_base62(uint8_t *number, size_t bytes, char *ret, size_t count)
{
    while (count-- > 0) {
        unsigned rest = 0;
        for (size_t i = 0; i < bytes; i++) {
            unsigned value = rest << 8 | number[i];
            number[i] = (uint8_t)(value / 62);
            rest = value % 62;
        }
        ret[count] = digits[rest];
    }
}

static void put_sum(const char *text, char ret[SUM])
{
    uint32_t crc = crc32_of(text, TOKEN_CHARS - SUM);
    uint8_t number[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc };
    to_base62(number, sizeof(number), ret, SUM);
}

void token_new(enum token_kind kind, char ret[TOKEN_CHARS + 1])
{
    uint8_t secret[32];
    memcpy(ret, heads[kind], HEAD);
    for (size_t i = 0; i < TOKEN_ID; i++)
        ret[HEAD + i] = digits[randombytes_uniform(62)];
    ret[HEAD + TOKEN_ID] = '_';
    randombytes_buf(secret, sizeof(secret));
    to_base62(secret, sizeof(secret), ret + HEAD + TOKEN_ID + 1, SECRET);
    put_sum(ret, ret + TOKEN_CHARS - SUM);
    ret[TOKEN_CHARS] = '\0';
    sodium_memzero(secret, sizeof(secret));
}

static bool all_digits(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\0' || strchr(digits, text[i]) == NULL)
            return false;
    return true;
}

bool token_parse(struct ipam_str text, enum token_kind *ret_kind, struct ipam_str *ret_id)
{
    char sum[SUM];
    if (text.len != TOKEN_CHARS)
        return false;
    for (enum token_kind k = 0; k < TOKEN_KINDS; k++) {
        if (memcmp(text.data, heads[k], HEAD) != 0)
            continue;
        const char *id = text.data + HEAD;
        put_sum(text.data, sum);
        if (!all_digits(id, TOKEN_ID) || id[TOKEN_ID] != '_' || !all_digits(id + TOKEN_ID + 1, SECRET) ||
            memcmp(sum, text.data + TOKEN_CHARS - SUM, SUM) != 0)
            return false;
        *ret_kind = k;
        *ret_id = (struct ipam_str){ id, TOKEN_ID };
        return true;
    }
    return false;
}
