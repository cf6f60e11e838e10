/* keys.c - objects as users name them, and as paths of the API name them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"

#include <string.h>

#include "cli/nouns.h"

bool key_is_id(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

bool key_is_numbered(const struct record_type *t)
{
    const struct record_field *key = type_key(t), *container = type_container(t);

    return key != NULL && key->kind == KIND_INT && container != NULL && container->kind == KIND_REF;
}

/* Appends the text with all but RFC 3986's unreserved characters, and those in `keep`, percent-encoded. */
static void encode(const char *text, size_t len, const char *keep, struct strbuf *out)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char ch = (unsigned char)text[i];

        if ((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
            (ch != '\0' && (strchr("-._~", ch) != NULL || strchr(keep, ch) != NULL)))
            strbuf_putc(out, (char)ch);
        else
            strbuf_printf(out, "%%%02X", ch);
    }
}

void key_encode(const struct record_type *t, const char *text, struct strbuf *out)
{
    const struct record_field *key = type_key(t);
    const char *slash = strchr(text, '/'), *at = strrchr(text, '@');

    if (key != NULL && (key->kind == KIND_PREFIX || key->kind == KIND_ADDR) && slash != NULL &&
        (at == NULL || slash < at)) {
        encode(text, (size_t)(slash - text), ":@", out);
        strbuf_putc(out, '_');
        text = slash + 1;
    }
    encode(text, strlen(text), ":@", out);
}

void key_collection(const struct record_type *t, struct strbuf *out)
{
    strbuf_printf(out, "/api/v1/%s/%s", t->group, t->plural);
}

void key_object(const struct record_type *t, const char *text, struct strbuf *out)
{
    key_collection(t, out);
    strbuf_putc(out, '/');
    key_encode(t, text, out);
}

void key_query(const char *name, struct ipam_str value, struct strbuf *out)
{
    bool first = memchr(out->data, '?', out->len) == NULL;

    strbuf_printf(out, "%c%s=", first ? '?' : '&', name);
    encode(value.data, value.len, ":/@,", out);
}

void key_split(const struct record_type *t, const char *text, struct ipam_str *ret_key,
               struct ipam_str *ret_container)
{
    const struct record_field *key = type_key(t);
    const char *at = key != NULL && key->kind != KIND_TEXT ? strrchr(text, '@') : NULL;

    *ret_key = (struct ipam_str){ text, at != NULL ? (size_t)(at - text) : strlen(text) };
    *ret_container = at != NULL ? str_from(at + 1) : (struct ipam_str){ NULL, 0 };
}
