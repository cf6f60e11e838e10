/* foreign.h - files of other address managers and of registries, read as records of ours. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Text goes in, in pieces of any size, and rows come out one by one; no more than one row of the text is held, and of a
 * dump what joins its tables. What has no field here goes into the description, or is counted and told: nothing is lost
 * silently. What is told is passed over because it is the other product's own, such as its ids, is what it computes
 * from the rest or numbers its objects with. */
#ifndef FOREIGN_FOREIGN_H
#define FOREIGN_FOREIGN_H

#include "record/record.h"

struct foreign; /* a reader */
struct foreign_dialect;

/* One object of the text. All of it lives until the callback returns. */
struct foreign_row {
    uint32_t line;           /* where it begins, from 1 */
    struct ipam_record *rec; /* without its space; NULL: it is not even known what it is */
    uint64_t cleared[2];     /* fields that the text has for it, empty */
    struct ipam_str space,
        or_space;        /* name of its address space and, if there is none, another; absent: default */
    const char *refusal; /* why it cannot be taken; NULL: it can */
    /* Who manages it, as lists of the other product have it; absent: it does not say. */
    struct ipam_str service, instance;
    const struct foreign_value *values; /* of custom fields; an empty one is none */
    size_t value_count;
};

struct foreign_value {
    struct ipam_str name, value;
};

/* What was passed over. */
struct foreign_note {
    char what[112]; /* "the column \"region\"" */
    uint64_t count;
    uint32_t line; /* the first time */
};

typedef void foreign_row_fn(void *user, const struct foreign_row *row);

/* NULL: there is none of that name. */
const struct foreign_dialect *foreign_dialect(struct ipam_str name);
/* "windows, netbox, phpipam, rir" */
void foreign_names(struct strbuf *out);
/* Whether it has objects of a record type at all. */
bool foreign_has(const struct foreign_dialect *d, uint32_t type);

/* Rows of `type` go to `row`; those of others are counted as passed over. */
struct foreign *foreign_open(const struct foreign_dialect *d, uint32_t type, foreign_row_fn *row, void *user);
/* Which columns of a file that has titles are custom fields, where no column of that dialect is one already; before the
 * first piece. */
void foreign_customs(struct foreign *f, bool (*is_custom)(void *user, struct ipam_str title));
/* The next piece; 0, or IPAM_E_INVAL with foreign_error: the rest cannot be read. */
int foreign_feed(struct foreign *f, const char *data, size_t len);
/* The end of the text: 0; FOREIGN_AGAIN: it is to be fed from its beginning once more; or as foreign_feed. */
#define FOREIGN_AGAIN 1
int foreign_end(struct foreign *f);
const char *foreign_error(const struct foreign *f);
size_t foreign_note_count(const struct foreign *f);
const struct foreign_note *foreign_note(const struct foreign *f, size_t i);
void foreign_close(struct foreign *f);

/* --- and written --- */

/* What a row lies in. */
struct foreign_around {
    const struct ipam_space *space, *provider; /* NULL: not to be told */
    const struct ipam_prefix *network;         /* subnet of a range; NULL: none */
};
/* The titles of a file of that type; false: the dialect has none that is written. */
bool foreign_titles(const struct foreign_dialect *d, uint32_t type, struct strbuf *out);
void foreign_write(const struct foreign_dialect *d, const void *rec, const struct foreign_around *around,
                   struct strbuf *out);

#endif
