/* edit.h - one edit over many objects: what it makes of a field of one of them. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_EDIT_H
#define MODEL_EDIT_H

#include "base/arena.h"
#include "record/record.h"

enum edit_word {
    EDIT_ADD,       /* the value, where there is none */
    EDIT_OVERWRITE, /* the value, whatever is there */
    EDIT_APPEND,    /* of a list: these items behind what is there, each once */
    EDIT_REPLACE,   /* the one for the other: of a list the item, of anything else the whole */
    EDIT_DELETE /* of a list these items; the value if it is this one; without a value whatever is there */
};
#define EDIT_WORDS (EDIT_DELETE + 1)
const char *edit_word_name(enum edit_word w);
/* false: there is none of that name. */
bool edit_word_by_name(struct ipam_str name, enum edit_word *ret);

struct field_edit {
    enum edit_word word;
    const struct record_field *field;
    const void *value,
        *old; /* records that have them in the field; `old` with EDIT_REPLACE alone; NULL: none */
};
/* Whether fields of this kind can be edited so. */
bool edit_fits(const struct record_field *f, enum edit_word w);
/* Makes it on `rec`; lists that it changes are new ones in the arena, what is in them stays where it was. Whether anything
 * became another. */
bool edit_field(const struct field_edit *e, struct arena *a, void *rec);

#endif
