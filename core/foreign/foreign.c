/* foreign.c - the dialects, and what all readers do: begin, end, count what is passed over.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign/foreign_p.h"

#define KEEP_MAX (256u << 20) /* what joins the tables of a dump */

static const struct foreign_dialect *const dialects[] = { &foreign_windows, &foreign_netbox, &foreign_phpipam,
                                                          &foreign_rir };
#define DIALECTS (sizeof(dialects) / sizeof(dialects[0]))

const struct foreign_dialect *foreign_dialect(struct ipam_str name)
{
    for (size_t i = 0; i < DIALECTS; i++)
        if (str_is(name, dialects[i]->name))
            return dialects[i];
    return NULL;
}

void foreign_names(struct strbuf *out)
{
    for (size_t i = 0; i < DIALECTS; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", dialects[i]->name);
}

bool foreign_has(const struct foreign_dialect *d, uint32_t type)
{
    for (const uint32_t *t = d->types; *t != 0; t++)
        if (*t == type)
            return true;
    return false;
}

bool foreign_titles(const struct foreign_dialect *d, uint32_t type, struct strbuf *out)
{
    return d->titles != NULL && d->titles(type, out);
}

void foreign_write(const struct foreign_dialect *d, const void *rec, const struct foreign_around *around,
                   struct strbuf *out)
{
    d->write(rec, around, out);
}

struct foreign *foreign_open(const struct foreign_dialect *d, uint32_t type, foreign_row_fn *row, void *user)
{
    struct foreign *f = xcalloc(1, sizeof(*f));
    f->dialect = d;
    f->wanted = type;
    f->emit = row;
    f->user = user;
    f->own = xcalloc(1, d->own_size);
    arena_init(&f->arena, 16 * FOREIGN_ROW_MAX);
    arena_init(&f->keep, KEEP_MAX);
    strbuf_init(&f->extra, FOREIGN_ROW_MAX);
    return f;
}

void foreign_customs(struct foreign *f, bool (*is_custom)(void *user, struct ipam_str title))
{
    f->is_custom = f->dialect->customs ? is_custom : NULL;
}

int foreign_feed(struct foreign *f, const char *data, size_t len)
{
    return len > 0 ? f->dialect->feed(f, (struct ipam_str){ data, len }) : 0;
}

int foreign_end(struct foreign *f)
{
    return f->dialect->end(f);
}

const char *foreign_error(const struct foreign *f)
{
    return f->err;
}

void foreign_close(struct foreign *f)
{
    if (f == NULL)
        return;
    if (f->dialect->fini != NULL)
        f->dialect->fini(f);
    if (f->csv != NULL)
        foreign_cut_fini(&f->csv->cut);
    free(f->csv);
    strbuf_fini(&f->extra);
    arena_fini(&f->keep);
    arena_fini(&f->arena);
    free(f->own);
    free(f);
}

int foreign_fail(struct foreign *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    utf8_vprint(f->err, sizeof(f->err), fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

/* --- what is passed over --- */

unsigned foreign_noting(struct foreign *f, const char *fmt, ...)
{
    char what[sizeof(f->notes[0].what)];
    size_t i = 0;
    va_list ap;
    va_start(ap, fmt);
    utf8_vprint(what, sizeof(what), fmt, ap);
    va_end(ap);
    if (f->note_count == FOREIGN_NOTES - 1)
        snprintf(what, sizeof(what), "one of many other things");
    while (i < f->note_count && strcmp(f->notes[i].what, what) != 0)
        i++;
    if (i == f->note_count) {
        memcpy(f->notes[i].what, what, sizeof(what));
        f->note_count++;
    }
    return (unsigned)i;
}

void foreign_pass(struct foreign *f, unsigned note, uint32_t line)
{
    struct foreign_note *n = &f->notes[note];
    if (n->count++ == 0)
        n->line = line;
}

/* Notes that were prepared, of which nothing came, are left out. */
size_t foreign_note_count(const struct foreign *f)
{
    size_t count = 0;
    for (size_t i = 0; i < f->note_count; i++)
        count += f->notes[i].count > 0;
    return count;
}

const struct foreign_note *foreign_note(const struct foreign *f, size_t i)
{
    for (size_t k = 0; k < f->note_count; k++)
        if (f->notes[k].count > 0 && i-- == 0)
            return &f->notes[k];
    return NULL;
}
