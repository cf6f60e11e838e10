/* diff.h - two texts compared line by line. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCHIVE_DIFF_H
#define ARCHIVE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define DIFF_LINES_MOST (1u << 24) /* of both texts */

struct diff;
/* The texts must outlive it. NULL: there are too many lines, or memory is out. */
struct diff *diff_new(struct ipam_str from, struct ipam_str to);
void diff_free(struct diff *d);

/* What goes and comes, with so many lines around it that stay. */
struct diff_hunk {
    size_t from, from_count, to, to_count; /* lines, counted from 0 */
};
/* The hunk behind the one that is in *h, which begins zeroed; false: that was the last. */
bool diff_next(const struct diff *d, size_t context, struct diff_hunk *h);

enum diff_kind { DIFF_STAYS = ' ', DIFF_GOES = '-', DIFF_COMES = '+' };
/* Calls fn for each line of a hunk, without its end; in a run of changes first what goes. */
void diff_lines(const struct diff *d, const struct diff_hunk *h,
                void (*fn)(void *user, enum diff_kind kind, struct ipam_str line), void *user);
/* How many lines go and come in all. */
void diff_count(const struct diff *d, size_t *ret_gone, size_t *ret_came);
/* As `diff -u` writes it, under these names; nothing at all when the texts are the same. */
void diff_unified(const struct diff *d, const char *from_name, const char *to_name, size_t context,
                  struct strbuf *out);

#endif
