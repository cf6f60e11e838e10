/* text.c - fields and natural keys as text for people, and back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "record/field.h"

/* Texts from outside may hold what a terminal obeys: control characters become \xNN. */
static void print_safe(struct ipam_str s, struct strbuf *out)
{
    const unsigned char *p = (const unsigned char *)s.data;

    for (size_t i = 0; i < s.len; i++) {
        bool c1 = p[i] == 0xc2 && i + 1 < s.len && p[i + 1] < 0xa0;
        if (p[i] >= 0x20 && p[i] != 0x7f && !c1)
            strbuf_putc(out, (char)p[i]);
        else
            strbuf_printf(out, "\\x%02x", c1 ? p[++i] : p[i]);
    }
}

void record_field_print(const struct record_field *f, const void *rec, struct strbuf *out)
{
    if (!record_has(rec, f->number) || (f->flags & FIELD_SECRET))
        return;
    if (f->kind == KIND_TEXT) {
        const struct ipam_str *text = field_at(f, rec);
        print_safe(*text, out);
    } else if (f->kind == KIND_TEXTS) {
        const struct ipam_strs *l = field_at(f, rec);
        for (size_t i = 0; i < l->count; i++) {
            strbuf_puts(out, i > 0 ? ", " : "");
            print_safe(l->items[i], out);
        }
    } else {
        value_print(f, rec, ", ", out);
    }
}

int record_field_parse(const struct record_field *f, struct ipam_str text, struct arena *a, void *rec,
                       char *err)
{
    int rc = value_parse(f, text, a, field_at_mut(f, rec), err);

    if (rc == 0)
        field_set(rec, f->number);
    return rc;
}

void record_key_print(const void *rec, struct strbuf *out)
{
    const struct record_type *t = type_of(rec);
    bool first = true;

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!(f->flags & FIELD_KEY) || !record_has(rec, f->number))
            continue;
        if (!first)
            strbuf_putc(out, '/');
        record_field_print(f, rec, out);
        first = false;
    }
}
