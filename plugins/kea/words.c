/* words.c - what a server said, made fit for a message: one line of UTF-8 without a password of ours.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A server, or a proxy before it, may repeat a request in its complaint: the header with the credentials, a
 * URL, a line of JSON. So the password is known in each of these forms. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kea.h"

#define SECRET_MIN 4    /* a shorter one is in every text */
#define WORDS_MAX  4000 /* of what is cut to 400 bytes, so that the cut halves no secret */

/* --- secrets --- */

void kea_redact(char *text, const char *secret)
{
    size_t len = secret ? strlen(secret) : 0;

    for (char *at = text; len >= SECRET_MIN && (at = strstr(at, secret)); at += len)
        memset(at, '*', len);
}

void kea_hide(char *text, const struct kea_options *o)
{
    kea_redact(text, o->password);
    for (size_t i = 0; i < KEA_FORMS; i++)
        kea_redact(text, o->forms[i]);
}

/* The value of the header Authorization (RFC 7617). */
static char *basic_form(const struct kea_options *o)
{
    size_t len = strlen(o->user) + 1 + strlen(o->password),
           room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    char *plain = malloc(len + 1), *form = malloc(room);

    if (plain && form) {
        snprintf(plain, len + 1, "%s:%s", o->user, o->password);
        sodium_bin2base64(form, room, (const unsigned char *)plain, len, sodium_base64_VARIANT_ORIGINAL);
        sodium_memzero(plain, len);
    }
    free(plain);
    return form;
}

/* As in a URL (RFC 3986 2.1), which writes digits in large letters or in small ones. */
static char *percent_form(const char *secret, const char digits[static 16])
{
    char *form = malloc(3 * strlen(secret) + 1), *to = form;

    for (const unsigned char *p = (const unsigned char *)secret; form && *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
                     strchr("-._~", *p);

        if (plain) {
            *to++ = (char)*p;
        } else {
            *to++ = '%';
            *to++ = digits[*p >> 4];
            *to++ = digits[*p & 15];
        }
    }
    if (form)
        *to = '\0';
    return form;
}

/* As in a text of JSON, without its quotes. */
static char *json_form(const char *secret)
{
    struct strbuf out;
    struct json_writer w;
    char *form = NULL;

    strbuf_init(&out, 6 * strlen(secret) + 3);
    jw_init(&w, &out);
    jw_text(&w, secret);
    if (!out.failed && out.len >= 2)
        form = strndup(out.data + 1, out.len - 2);
    if (out.data)
        sodium_memzero(out.data, out.len);
    strbuf_fini(&out);
    return form;
}

int kea_forms_make(struct kea_options *o)
{
    if (!o->password || !o->user)
        return 0;
    o->forms[0] = basic_form(o);
    o->forms[1] = percent_form(o->password, "0123456789ABCDEF");
    o->forms[2] = percent_form(o->password, "0123456789abcdef");
    o->forms[3] = json_form(o->password);
    for (size_t i = 0; i < KEA_FORMS; i++)
        if (!o->forms[i])
            return IPAM_E_NOMEM;
    return 0;
}

void kea_forms_fini(struct kea_options *o)
{
    for (size_t i = 0; i < KEA_FORMS; i++) {
        if (o->forms[i])
            sodium_memzero(o->forms[i], strlen(o->forms[i]));
        free(o->forms[i]);
    }
}

/* --- characters --- */

/* Length of a character of several bytes that a terminal obeys or that turns a line: C1, zero width, the
 * separators of lines, and what bidi knows (UAX 9). 0: it is none. */
static size_t unseen(const unsigned char *p)
{
    if (p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0)
        return 2;
    if (p[0] == 0xD8 && p[1] == 0x9C) /* U+061C */
        return 2;
    if (p[0] == 0xE2 && p[1] == 0x80 && ((p[2] >= 0x8B && p[2] <= 0x8F) || (p[2] >= 0xA8 && p[2] <= 0xAE)))
        return 3; /* U+200B-200F, U+2028-202E */
    if (p[0] == 0xE2 && p[1] == 0x81 && p[2] >= 0xA0 && p[2] < 0xB0)
        return 3; /* U+2060-206F */
    return p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF ? 3 : 0;
}

void kea_one_line(char *text)
{
    char *to = text;

    for (const char *at = text; *at;) {
        unsigned char lead = (unsigned char)*at;
        size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4, skip;

        if (strnlen(at, len) < len || !utf8_valid(at, len)) {
            *to++ = '?';
            at++;
            continue;
        }
        skip = unseen((const unsigned char *)at);
        if (skip || lead < ' ' || lead == 0x7F) {
            *to++ = ' ';
        } else {
            memmove(to, at, len);
            to += len;
        }
        at += skip ? skip : len;
    }
    *to = '\0';
}

const char *kea_words(const struct kea_answer *a, char buf[static 401])
{
    char words[WORDS_MAX + 1];
    size_t len = a->text.len < WORDS_MAX ? a->text.len : WORDS_MAX;

    for (size_t i = 0; i < len; i++) /* what was written as \u0000 */
        words[i] = a->text.data[i] ? a->text.data[i] : ' ';
    words[len] = '\0';
    if (a->opt)
        kea_hide(words, a->opt);
    kea_one_line(words);
    len = strlen(words) < 400 ? strlen(words) : 400;
    while (len && ((unsigned char)words[len] & 0xC0) == 0x80)
        len--;
    memcpy(buf, words, len);
    buf[len] = '\0';
    return buf;
}
