/* build.c - the record under way: fields by name, what goes into its description, and why it is refused.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "foreign/foreign_p.h"
#include "record/field.h"

/* --- words --- */

struct ipam_str foreign_trim(struct ipam_str s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.data[0]) != NULL) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]) != NULL)
        s.len--;
    return s;
}

bool foreign_is(struct ipam_str a, const char *text)
{
    return a.len == strlen(text) && strncasecmp(a.data, text, a.len) == 0;
}

bool foreign_is_no(struct ipam_str s)
{
    return s.len == 0 || str_is(s, "0") || foreign_is(s, "false") || foreign_is(s, "no") ||
           str_is(s, FOREIGN_DASH);
}

const char *foreign_word(const struct foreign_word *words, struct ipam_str text)
{
    for (; words->theirs != NULL; words++)
        if (foreign_is(text, words->theirs))
            return words->ours;
    return NULL;
}

struct ipam_str foreign_host(struct ipam_str s)
{
    const char *slash = s.len > 0 ? memchr(s.data, '/', s.len) : NULL;
    return slash != NULL ? (struct ipam_str){ s.data, (size_t)(slash - s.data) } : s;
}

int foreign_date(struct ipam_str s, int64_t *ret_ms)
{
    char text[] = "0000-00-00T00:00:00Z";
    if (s.len == 8)
        for (size_t i = 0; i < 8; i++)
            text[i < 4 ? i : i < 6 ? i + 1 : i + 2] = s.data[i];
    else if (s.len == 10)
        memcpy(text, s.data, 10);
    else
        return IPAM_E_INVAL;
    return time_parse(text, sizeof(text) - 1, ret_ms);
}

/* --- the row --- */

bool foreign_begin(struct foreign *f, uint32_t type, uint32_t line)
{
    if (type != 0 && type != f->wanted) {
        const struct record_type *t = record_type(type);
        foreign_pass(f, foreign_noting(f, "a row that goes to %s/%s", t->group, t->plural), line);
        return false;
    }
    memset(&f->row, 0, sizeof(f->row));
    memset(f->touched, 0, sizeof(f->touched));
    f->row.line = line;
    f->type = type != 0 ? record_type(type) : NULL;
    f->description = (struct ipam_str){ NULL, 0 };
    f->where = NULL;
    strbuf_reset(&f->extra);
    if (type != 0 && (f->row.rec = record_new(&f->arena, type)) == NULL)
        foreign_refuse(f, OUT_OF_MEMORY);
    return true;
}

void foreign_refuse(struct foreign *f, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    if (f->row.refusal != NULL)
        return;
    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!utf8_valid(text, strlen(text))) /* it repeats what is none */
        for (char *c = text; *c != '\0'; c++)
            *c = (unsigned char)*c < 0x80 ? *c : '?';
    const char *at = f->where != NULL ? arena_printf(&f->arena, "%s: %s", f->where, text) : NULL;
    if (at == NULL)
        at = arena_strdup(&f->arena, text);
    f->row.refusal = at != NULL ? at : OUT_OF_MEMORY;
}

/* Line ends as ours: a text may have been written elsewhere. */
static struct ipam_str plain(struct foreign *f, struct ipam_str s)
{
    size_t n = 0;
    if (s.len == 0 || memchr(s.data, '\r', s.len) == NULL)
        return s;
    char *copy = arena_memdup(&f->arena, s.data, s.len);
    for (size_t i = 0; copy != NULL && i < s.len; i++)
        if (s.data[i] != '\r' || i + 1 == s.len || s.data[i + 1] != '\n')
            copy[n++] = s.data[i];
    return copy != NULL ? (struct ipam_str){ copy, n } : s;
}

bool foreign_set(struct foreign *f, const char *field, struct ipam_str text)
{
    const struct record_field *r = f->row.rec != NULL ? record_field(f->type, str_from(field)) : NULL;
    char err[RECORD_ERR_SIZE];
    if (r == NULL)
        return f->row.rec == NULL;
    text = plain(f, foreign_trim(text));
    if (strcmp(field, "description") == 0) { /* it is put together at the end */
        f->description = text;
        field_mark(r->number, f->touched);
        return true;
    }
    field_mark(r->number, f->touched);
    if (text.len > 0 && record_field_parse(r, text, &f->arena, f->row.rec, err) != 0)
        foreign_refuse(f, "%s", err);
    return true;
}

void *foreign_put(struct foreign *f, const char *field)
{
    const struct record_field *r = f->row.rec != NULL ? record_field(f->type, str_from(field)) : NULL;
    if (r == NULL)
        return NULL;
    field_mark(r->number, f->touched);
    field_set(f->row.rec, r->number);
    return field_at_mut(r, f->row.rec);
}

void foreign_extra(struct foreign *f, const char *name, struct ipam_str value)
{
    value = plain(f, foreign_trim(value));
    if (value.len == 0)
        return;
    if (f->description.len + f->extra.len + strlen(name) + value.len + 6 > 1024) {
        foreign_pass(f, foreign_noting(f, "%s, too long for the description", name), f->row.line);
        return;
    }
    strbuf_printf(&f->extra, "%s%s: " STR_FMT, f->extra.len > 0 ? "; " : "", name, STR_ARG(value));
}

void foreign_space(struct foreign *f, struct ipam_str name, struct ipam_str or_name)
{
    f->row.space = name;
    f->row.or_space = or_name;
}

void foreign_tags(struct foreign *f, struct ipam_str text, char separator)
{
    const struct record_field *r = f->row.rec != NULL ? record_field(f->type, IPAM_STR("tags")) : NULL;
    if (r == NULL) {
        foreign_extra(f, "tags", text);
        return;
    }
    field_mark(r->number, f->touched);
    struct ipam_str *items = arena_alloc(&f->arena, (size_t)r->max * sizeof(*items));
    size_t count = 0;
    while (items != NULL && text.len > 0) {
        const char *end = memchr(text.data, separator, text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
        struct ipam_str tag = foreign_trim((struct ipam_str){ text.data, len });
        text.data += len + (end != NULL);
        text.len -= len + (end != NULL);
        if (tag.len == 0)
            continue;
        if (count == (size_t)r->max || tag.len > RECORD_ITEM_MAX) {
            foreign_refuse(f, "at most %zu tags of %d bytes each", (size_t)r->max, RECORD_ITEM_MAX);
            return;
        }
        items[count++] = tag;
    }
    if (count == 0)
        return;
    *(struct ipam_strs *)field_at_mut(r, f->row.rec) = (struct ipam_strs){ items, count };
    field_set(f->row.rec, r->number);
}

/* The description and what else belongs into it. */
static void describe(struct foreign *f)
{
    const struct record_field *r = record_field(f->type, IPAM_STR("description"));
    char err[RECORD_ERR_SIZE];
    const char *text = arena_printf(&f->arena, STR_FMT "%s%s", STR_ARG(f->description),
                                    f->description.len > 0 && f->extra.len > 0 ? "; " : "",
                                    f->extra.len > 0 ? f->extra.data : "");
    f->where = "description";
    if (text == NULL)
        foreign_refuse(f, OUT_OF_MEMORY);
    else if (text[0] != '\0' && record_field_parse(r, str_from(text), &f->arena, f->row.rec, err) != 0)
        foreign_refuse(f, "%s", err);
}

void foreign_emit(struct foreign *f)
{
    if (f->row.rec != NULL) {
        describe(f);
        for (int i = 0; i < 2; i++)
            f->row.cleared[i] = f->touched[i] & ~f->row.rec->has[i];
    }
    f->emit(f->user, &f->row);
}
