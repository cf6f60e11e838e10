/* field.c - what the codecs ask of a single field.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record/field.h"

size_t field_size(const struct record_field *f)
{
    static const uint8_t sizes[] = {
        [KIND_INT] = sizeof(int64_t), [KIND_TIME] = sizeof(int64_t), [KIND_PERCENT] = sizeof(int64_t),
        [KIND_REF] = sizeof(int64_t), [KIND_BOOL] = sizeof(uint32_t), [KIND_ENUM] = sizeof(uint32_t),
        [KIND_TEXT] = sizeof(struct ipam_str), [KIND_JSON] = sizeof(struct ipam_str),
        [KIND_BYTES] = sizeof(struct ipam_bytes), [KIND_ADDR] = sizeof(struct ipam_addr),
        [KIND_PREFIX] = sizeof(struct ipam_prefix), [KIND_U128] = sizeof(struct ipam_u128),
        [KIND_TEXTS] = sizeof(struct ipam_strs), [KIND_INTS] = sizeof(struct ipam_ints),
        [KIND_ADDRS] = sizeof(struct ipam_addrs),
    };
    return sizes[f->kind];
}

unsigned enum_count(const struct record_field *f)
{
    unsigned n = 0;
    while (f->names[n] != NULL)
        n++;
    return n;
}

const char *enum_name(const struct record_field *f, uint32_t value)
{
    for (unsigned i = 0; f->names[i] != NULL; i++)
        if (i == value)
            return f->names[i];
    return NULL;
}

struct ipam_bytes field_bytes(const struct record_field *f, const void *rec)
{
    struct ipam_bytes b;
    if (f->kind == KIND_BYTES) {
        b = *(const struct ipam_bytes *)field_at(f, rec);
    } else {
        const struct ipam_str *s = field_at(f, rec);
        b.data = (const uint8_t *)s->data;
        b.len = s->len;
    }
    return b;
}
