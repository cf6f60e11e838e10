/* nearest.c - what an unknown name may have meant.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "record/json_in.h"

#define NAME_MAX_LEN 48 /* longer names are compared by their beginning */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Levenshtein distance: letters to insert, delete or change. */
static unsigned distance(struct ipam_str a, const char *b)
{
    size_t alen = a.len < NAME_MAX_LEN ? a.len : NAME_MAX_LEN, blen = strnlen(b, NAME_MAX_LEN);
    unsigned row[NAME_MAX_LEN + 1];

    for (size_t k = 0; k <= blen; k++)
        row[k] = (unsigned)k;
    for (size_t i = 1; i <= alen; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= blen; k++) {
            unsigned above = row[k];
            row[k] = least(above + 1, row[k - 1] + 1, diagonal + (a.data[i - 1] != b[k - 1]));
            diagonal = above;
        }
    }
    return row[blen];
}

const struct record_field *record_nearest(const struct record_type *t, unsigned without, struct ipam_str name)
{
    const struct record_field *best = NULL;
    unsigned best_distance = 0;

    for (unsigned i = 0; i < t->field_count; i++) {
        unsigned d;
        if (t->fields[i].flags & without)
            continue;
        d = distance(name, t->fields[i].name);
        if (best == NULL || d < best_distance) {
            best = &t->fields[i];
            best_distance = d;
        }
    }
    /* Something that shares little with every name was no slip of the finger. */
    return best != NULL && best_distance <= 1 + strlen(best->name) / 3 ? best : NULL;
}
