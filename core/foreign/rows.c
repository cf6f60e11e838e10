/* rows.c - a text that comes in pieces, cut into its rows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "foreign/foreign_p.h"

void foreign_cut_init(struct foreign_cut *c, bool quotes)
{
    memset(c, 0, sizeof(*c));
    c->quotes = quotes;
    strbuf_init(&c->row, FOREIGN_ROW_MAX);
}

void foreign_cut_fini(struct foreign_cut *c)
{
    strbuf_fini(&c->row);
}

static int whole(struct foreign *f, struct foreign_cut *c, foreign_cut_fn *each)
{
    struct ipam_str row = strbuf_str(&c->row);
    int rc = 0;
    if (c->first == 0 && row.len >= 3 &&
        memcmp(row.data, "\xef\xbb\xbf", 3) == 0) { /* a mark that says UTF-8 */
        row.data += 3;
        row.len -= 3;
    }
    if (c->first == 0 && row.len >= 2 &&
        (memcmp(row.data, "\xff\xfe", 2) == 0 || memcmp(row.data, "\xfe\xff", 2) == 0))
        return foreign_fail(f, "line 1 is UTF-16; save the file as UTF-8");
    if (row.len > 0 && row.data[row.len - 1] == '\r')
        row.len--;
    if (row.len > 0 && !utf8_valid(row.data, row.len))
        return foreign_fail(f, "line %u is not UTF-8, or has a NUL; save the file as UTF-8", c->first + 1);
    arena_reset(&f->arena);
    if (row.len > 0)
        rc = each(f, row, c->first + 1);
    strbuf_reset(&c->row);
    c->first = c->line;
    return rc;
}

/* As far as the row goes in this piece. */
static size_t span(struct foreign_cut *c, struct ipam_str s)
{
    size_t i = 0;
    while (i < s.len && (s.data[i] != '\n' || c->inside)) {
        c->line += s.data[i] == '\n';
        c->inside ^= c->quotes && s.data[i] == '"';
        i++;
    }
    return i;
}

int foreign_cut_feed(struct foreign *f, struct foreign_cut *c, struct ipam_str piece, foreign_cut_fn *each)
{
    int rc = 0;
    while (piece.len > 0 && rc == 0) {
        size_t n = span(c, piece);
        strbuf_add(&c->row, piece.data, n);
        if (c->row.failed)
            return foreign_fail(f, "line %u is longer than 1 MiB%s", c->first + 1,
                                c->inside ? ", or a quote in it is never closed" : "");
        piece.data += n;
        piece.len -= n;
        if (piece.len == 0)
            break;
        piece.data++;
        piece.len--;
        c->line++;
        rc = whole(f, c, each);
    }
    return rc;
}

int foreign_cut_end(struct foreign *f, struct foreign_cut *c, foreign_cut_fn *each)
{
    return c->row.len > 0 ? whole(f, c, each) : 0;
}
