/* fuzz_foreign.c - files of other address managers: the same rows however they are cut, and each is one that is taken.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first line says how the rest is read: the name of a dialect, a blank, and the name of a record.
 * `make check` replays the seeds in tests/fuzz/corpus/foreign and mutations of them (fuzz_main.c); to fuzz, see
 * README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign/foreign.h"
#include "fuzz.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

static void on_row(void *user, const struct foreign_row *row)
{
    struct strbuf *out = user;
    struct arena a;

    CHECK(row->line > 0 && (row->rec != NULL || row->refusal != NULL));
    strbuf_printf(out, "%u %s " STR_FMT " " STR_FMT " %llx\n", row->line,
                  row->refusal != NULL ? row->refusal : "", STR_ARG(row->space), STR_ARG(row->or_space),
                  (unsigned long long)row->cleared[0]);
    CHECK(row->refusal == NULL || utf8_valid(row->refusal, strlen(row->refusal)));
    if (row->refusal != NULL)
        return;
    CHECK((row->cleared[0] & row->rec->has[0]) == 0);
    CHECK(row->space.data == NULL || utf8_valid(row->space.data, row->space.len));
    arena_init(&a, 0);
    void *copy = record_copy(&a, row->rec);
    CHECK(record_check(&a, copy) == 0);
    CHECK(record_pack(copy, NULL, out) == 0);
    arena_fini(&a);
}

static int pass(struct foreign *f, struct ipam_str text, size_t step)
{
    for (size_t at = 0; at < text.len; at += step) {
        size_t len = text.len - at < step ? text.len - at : step;
        char *piece = malloc(len);
        CHECK(piece != NULL);
        memcpy(piece, text.data + at, len);
        int rc = foreign_feed(f, piece, len);
        free(piece);
        if (rc != 0)
            return rc;
    }
    return foreign_end(f);
}

static void read_rows(const struct foreign_dialect *d, uint32_t type, struct ipam_str text, size_t step,
                      struct strbuf *out)
{
    struct foreign *f = foreign_open(d, type, on_row, out);
    int rc = pass(f, text, step);
    if (rc == FOREIGN_AGAIN)
        rc = pass(f, text, step);
    CHECK(rc == 0 || rc == IPAM_E_INVAL);
    if (rc != 0) {
        const char *error = foreign_error(f);
        CHECK(error[0] != '\0' && utf8_valid(error, strlen(error)));
        strbuf_puts(out, error);
    }
    for (size_t i = 0; i < foreign_note_count(f); i++) {
        const struct foreign_note *n = foreign_note(f, i);
        CHECK(n->count > 0 && utf8_valid(n->what, strlen(n->what)));
        strbuf_printf(out, "%llu %u %s\n", (unsigned long long)n->count, n->line, n->what);
    }
    foreign_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = size > 0 ? memchr(text, '\n', size) : NULL;
    const char *blank = end != NULL ? memchr(text, ' ', (size_t)(end - text)) : NULL;
    struct strbuf whole, pieces;

    if (blank == NULL)
        return 0;
    const struct foreign_dialect *d = foreign_dialect((struct ipam_str){ text, (size_t)(blank - text) });
    const struct record_type *t =
        record_type_by_name((struct ipam_str){ blank + 1, (size_t)(end - blank) - 1 });
    if (d == NULL || t == NULL || !foreign_has(d, t->type))
        return 0;
    struct ipam_str rest = { end + 1, size - (size_t)(end - text) - 1 };
    strbuf_init(&whole, 64u << 20);
    strbuf_init(&pieces, 64u << 20);
    read_rows(d, t->type, rest, rest.len + 1, &whole);
    read_rows(d, t->type, rest, 1, &pieces);
    CHECK(whole.len == pieces.len && (whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0));
    strbuf_fini(&whole);
    strbuf_fini(&pieces);
    return 0;
}
