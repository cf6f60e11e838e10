/* line.c - checkpoints and keys as lines of text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "proof/proof.h"

#define KEY_WORD    "ipam-audit-key-1 "
#define PUBLIC_WORD "ipam-audit-public-1 "

void proof_hex(const uint8_t *data, size_t len, struct strbuf *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        const char two[2] = { digits[data[i] >> 4], digits[data[i] & 15] };
        strbuf_add(out, two, 2);
    }
}

/* The value of a digit, and 16; 0 for what is none. */
static const uint8_t digits_of[256] = {
    ['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21, ['6'] = 22, ['7'] = 23,
    ['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31,
};

bool proof_unhex(struct ipam_str text, uint8_t *ret, size_t len)
{
    const uint8_t *p = (const uint8_t *)text.data;
    unsigned all = 16;
    if (text.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned high = digits_of[p[2 * i]], low = digits_of[p[2 * i + 1]];
        all &= high & low;
        ret[i] = (uint8_t)(high << 4 | (low & 15));
    }
    return all != 0;
}

void proof_wipe(void *data, size_t len)
{
    sodium_memzero(data, len);
}

static void word(struct strbuf *out, const uint8_t *data, size_t len)
{
    strbuf_putc(out, ' ');
    proof_hex(data, len, out);
}

void checkpoint_write(struct checkpoint *c, const uint8_t secret[64], struct ipam_bytes marks,
                      struct strbuf *out)
{
    size_t from = out->len;
    strbuf_puts(out, PROOF_LINE);
    word(out, c->log, sizeof(c->log));
    strbuf_printf(out, " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s", c->number, c->time_ms, c->first,
                  c->last, c->committed ? "committed" : "read");
    word(out, c->start, PROOF_HASH);
    word(out, c->chain, PROOF_HASH);
    word(out, c->root, PROOF_HASH);
    word(out, c->marks, PROOF_HASH);
    word(out, c->previous, PROOF_HASH);
    word(out, c->key, PROOF_KEY);
    if (c->introduces)
        word(out, c->next, PROOF_KEY);
    else
        strbuf_puts(out, " -");
    crypto_sign_detached(c->signature, NULL, (const unsigned char *)out->data + from, out->len - from,
                         secret);
    word(out, c->signature, PROOF_SIGNATURE);
    if (marks.len > 0)
        word(out, marks.data, marks.len);
}

/* The next word of the line, which has one space between words. */
static bool next_word(struct ipam_str *rest, struct ipam_str *ret)
{
    const char *end;
    if (rest->data == NULL)
        return false;
    end = memchr(rest->data, ' ', rest->len);
    ret->data = rest->data;
    ret->len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    if (end != NULL)
        *rest = (struct ipam_str){ end + 1, rest->len - ret->len - 1 };
    else
        *rest = (struct ipam_str){ NULL, 0 };
    return true;
}

static bool hex_word(struct ipam_str *rest, uint8_t *ret, size_t len)
{
    struct ipam_str w;
    return next_word(rest, &w) && proof_unhex(w, ret, len);
}

/* Digits without a zero before them, up to 2^53: a number is written in one way. */
static bool number_word(struct ipam_str *rest, int64_t *ret)
{
    struct ipam_str w;
    int64_t n = 0;
    if (!next_word(rest, &w) || w.len == 0 || w.len > 16 || (w.len > 1 && w.data[0] == '0'))
        return false;
    for (size_t i = 0; i < w.len; i++) {
        if (w.data[i] < '0' || w.data[i] > '9')
            return false;
        n = n * 10 + (w.data[i] - '0');
    }
    *ret = n;
    return n <= INT64_C(1) << 53;
}

static bool is(struct ipam_str w, const char *text)
{
    return w.len == strlen(text) && memcmp(w.data, text, w.len) == 0;
}

/* The words that say what is claimed. */
static bool read_claim(struct ipam_str *rest, struct checkpoint *c)
{
    struct ipam_str w;
    if (!next_word(rest, &w) || !is(w, PROOF_LINE) || !hex_word(rest, c->log, sizeof(c->log)) ||
        !number_word(rest, &c->number) || !number_word(rest, &c->time_ms) || !number_word(rest, &c->first) ||
        !number_word(rest, &c->last) || !next_word(rest, &w))
        return false;
    c->committed = is(w, "committed");
    return (c->committed || is(w, "read")) && c->number > 0 && c->first > 0 && c->last >= c->first - 1 &&
           c->last - c->first < PROOF_SEGMENT_MOST;
}

int checkpoint_read(struct ipam_str line, struct checkpoint *c, struct ipam_str *ret_marks)
{
    struct ipam_str rest = line, w;
    memset(c, 0, sizeof(*c));
    *ret_marks = (struct ipam_str){ NULL, 0 };
    if (!read_claim(&rest, c) || !hex_word(&rest, c->start, PROOF_HASH) ||
        !hex_word(&rest, c->chain, PROOF_HASH) || !hex_word(&rest, c->root, PROOF_HASH) ||
        !hex_word(&rest, c->marks, PROOF_HASH) || !hex_word(&rest, c->previous, PROOF_HASH) ||
        !hex_word(&rest, c->key, PROOF_KEY) || !next_word(&rest, &w))
        return -1;
    c->introduces = !is(w, "-");
    if ((c->introduces && !proof_unhex(w, c->next, PROOF_KEY)) ||
        !hex_word(&rest, c->signature, PROOF_SIGNATURE))
        return -1;
    if (rest.data == NULL)
        return 0;
    if (rest.len != (size_t)(c->last - c->first + 1) * 2 * PROOF_MARK || rest.len == 0)
        return -1;
    *ret_marks = rest; /* whoever uses them sees by their hash whether they are right */
    return 0;
}

/* The first `words` words of a line. */
static struct ipam_str head_of(struct ipam_str line, unsigned words)
{
    struct ipam_str rest = line, w = { line.data, 0 };
    for (unsigned i = 0; i < words && next_word(&rest, &w); i++)
        ;
    return (struct ipam_str){ line.data, (size_t)(w.data + w.len - line.data) };
}

#define WORDS_SIGNED 14

struct ipam_str checkpoint_short(struct ipam_str line)
{
    return head_of(line, WORDS_SIGNED + 1);
}

bool checkpoint_signed(const struct checkpoint *c, struct ipam_str line)
{
    struct ipam_str what = head_of(line, WORDS_SIGNED);
    return crypto_sign_verify_detached(c->signature, (const unsigned char *)what.data, what.len, c->key) == 0;
}

void checkpoint_hash(struct ipam_str line, uint8_t ret[PROOF_HASH])
{
    struct ipam_str s = checkpoint_short(line);
    proof_hash(s.data, s.len, ret);
}

/* --- keys --- */

static struct ipam_str trimmed(struct ipam_str s)
{
    while (s.len > 0 && (s.data[s.len - 1] == '\n' || s.data[s.len - 1] == '\r' || s.data[s.len - 1] == ' '))
        s.len--;
    return s;
}

static bool begins(struct ipam_str *s, const char *with)
{
    size_t n = strlen(with);
    if (s->len < n || memcmp(s->data, with, n) != 0)
        return false;
    *s = (struct ipam_str){ s->data + n, s->len - n };
    return true;
}

int proof_key_read(struct ipam_str text, uint8_t ret_secret[64], uint8_t ret_public[PROOF_KEY])
{
    uint8_t seed[32];
    struct ipam_str s = trimmed(text);
    if (!begins(&s, KEY_WORD) || !proof_unhex(s, seed, sizeof(seed)))
        return -1;
    crypto_sign_seed_keypair(ret_public, ret_secret, seed);
    sodium_memzero(seed, sizeof(seed));
    return 0;
}

int proof_public_read(struct ipam_str text, uint8_t ret[PROOF_KEY])
{
    struct ipam_str s = trimmed(text);
    begins(&s, PUBLIC_WORD);
    return proof_unhex(s, ret, PROOF_KEY) ? 0 : -1;
}

void proof_key_new(uint8_t ret_secret[64], uint8_t ret_public[PROOF_KEY])
{
    crypto_sign_keypair(ret_public, ret_secret);
}

void proof_key_print(const uint8_t secret[64], struct strbuf *out)
{
    uint8_t seed[32];
    crypto_sign_ed25519_sk_to_seed(seed, secret);
    strbuf_puts(out, KEY_WORD);
    proof_hex(seed, sizeof(seed), out);
    strbuf_putc(out, '\n');
    sodium_memzero(seed, sizeof(seed));
}
