/* text.h - text on terminals: width, control characters, bars, near misses. Pure, but for term_init.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* What one output stream can show. */
struct term {
    bool tty;         /* a terminal */
    bool utf8;        /* the locale's characters are UTF-8 */
    bool color;       /* a terminal with colour, and NO_COLOR is not set (no-color.org) */
    unsigned columns; /* of the terminal; 0: none, or not known */
};
/* Looks at the descriptor, the locale (setlocale must have run), TERM and NO_COLOR. */
void term_init(struct term *t, int fd);

/* Columns the text takes: combining characters none, wide ones two, our own colour sequences none. */
size_t text_width(const char *text);
/* Appends as much of a clean text as fits in that many columns, with a mark at its end where it was cut. */
void text_cut(const char *text, size_t columns, bool utf8, struct strbuf *out);
/* Appends a text of foreign origin so that it can neither move the cursor nor break the line: control
 * characters (C0, DEL, C1) as \xNN, line feed and tab as a space, bytes that are not UTF-8 as '?'. */
void text_clean(struct ipam_str s, struct strbuf *out);

/* "12.34", as the API shows a percentage, in hundredths; negative when it is none. */
int64_t text_percent(struct ipam_str s);
/* "[####------]" of `cells` cells; a part above zero shows at least one. In colour from 80 % on. */
void text_bar(int64_t hundredths, unsigned cells, const struct term *t, struct strbuf *out);
/* The bar with its figure: "[####------]  42.1 %". */
void text_bar_percent(int64_t hundredths, const struct term *t, struct strbuf *out);
/* A decimal count for people: 2^33 and above, a power of two is written as one ("2^64"). */
void text_count(struct ipam_str decimal, struct strbuf *out);

/* Edits (insert, delete, replace, swap neighbours) that make b of a; texts over 63 bytes are far from
 * everything. */
unsigned text_distance(const char *a, const char *b);
/* Keeps the nearest of several: start with *best NULL. Only what a typing error may explain counts. */
void text_nearest(const char *word, const char *candidate, const char **best, unsigned *best_distance);

#endif
