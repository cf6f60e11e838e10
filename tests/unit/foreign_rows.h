/* foreign_rows.h - what a reader of foreign files gives for a text, as lines that a test compares.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FOREIGN_ROWS_H
#define TESTS_FOREIGN_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "foreign/foreign.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void write_row(void *user, const struct foreign_row *row)
{
    struct strbuf *out = user;
    strbuf_printf(out, "%u ", row->line);
    if (row->refusal != NULL) {
        strbuf_printf(out, "refused: %s\n", row->refusal);
        return;
    }
    const struct record_type *t = record_type(row->rec->type);
    struct json_writer w;
    jw_init(&w, out);
    record_to_json(row->rec, NULL, &w);
    for (unsigned i = 0; i < t->field_count; i++)
        if ((row->cleared[t->fields[i].number >> 6] >> (t->fields[i].number & 63) & 1) != 0)
            strbuf_printf(out, " -%s", t->fields[i].name);
    if (row->space.data != NULL)
        strbuf_printf(out, " @" STR_FMT, STR_ARG(row->space));
    if (row->or_space.data != NULL)
        strbuf_printf(out, " or @" STR_FMT, STR_ARG(row->or_space));
    if (row->service.data != NULL || row->instance.data != NULL)
        strbuf_printf(out, " of " STR_FMT "/" STR_FMT, STR_ARG(row->service), STR_ARG(row->instance));
    for (size_t i = 0; i < row->value_count; i++)
        strbuf_printf(out, " " STR_FMT "=" STR_FMT, STR_ARG(row->values[i].name),
                      STR_ARG(row->values[i].value));
    strbuf_putc(out, '\n');
}

/* The custom fields that there are. */
static bool is_custom(void *user, struct ipam_str title)
{
    (void)user;
    return str_is(title, "Stage") || str_is(title, "Room");
}

/* The rows, what was passed over, and the error, when the text comes in pieces of `step` bytes. */
static char *read_in_steps(const char *dialect, uint32_t type, struct ipam_str text, size_t step)
{
    struct strbuf out;
    strbuf_init(&out, 1u << 20);
    struct foreign *f = foreign_open(foreign_dialect(str_from(dialect)), type, write_row, &out);
    foreign_customs(f, is_custom);
    int rc = FOREIGN_AGAIN;
    while (rc == FOREIGN_AGAIN) {
        rc = 0;
        for (size_t at = 0; rc == 0 && at < text.len; at += step) {
            /* In memory of its own, so that a sanitizer sees what reaches behind it. */
            size_t len = text.len - at < step ? text.len - at : step;
            char *piece = malloc(len);
            memcpy(piece, text.data + at, len);
            rc = foreign_feed(f, piece, len);
            free(piece);
        }
        if (rc == 0)
            rc = foreign_end(f);
    }
    for (size_t i = 0; i < foreign_note_count(f); i++) {
        const struct foreign_note *n = foreign_note(f, i);
        strbuf_printf(&out, "%llux from %u: %s\n", (unsigned long long)n->count, n->line, n->what);
    }
    if (rc != 0)
        strbuf_printf(&out, "error: %s\n", foreign_error(f));
    foreign_close(f);
    return out.data != NULL ? out.data : strdup("");
}

/* Whole, byte by byte, and in odd pieces: the same, and as it should be. */
static inline void assert_rows(const char *dialect, uint32_t type, const char *text, const char *wanted)
{
    static const size_t steps[] = { SIZE_MAX / 2, 1, 2, 7, 64 };
    for (size_t i = 0; i < COUNT(steps); i++) {
        char *got = read_in_steps(dialect, type, str_from(text), steps[i]);
        assert_string_equal(got, wanted);
        free(got);
    }
}

#endif
