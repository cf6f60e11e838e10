/* foreign_p.h - what the readers of foreign files share: the row under way, tables of columns, cutting into rows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef FOREIGN_FOREIGN_P_H
#define FOREIGN_FOREIGN_P_H

#include "foreign/foreign.h"
#include "record/csv_in.h"

#define FOREIGN_ROW_MAX (1u << 20) /* bytes of one row of a text */
#define FOREIGN_COLUMNS 256
#define FOREIGN_DASH    "\xe2\x80\x94" /* which tables show for nothing */
#define FOREIGN_NOTES   64

struct foreign_dialect {
    const char *name;
    const uint32_t *types; /* ends with 0 */
    bool customs;          /* a column may be a custom field */
    size_t own_size;       /* of the reader's own state, zeroed */
    int (*feed)(struct foreign *f, struct ipam_str piece);
    int (*end)(struct foreign *f);
    void (*fini)(struct foreign *f);                   /* may be NULL */
    bool (*titles)(uint32_t type, struct strbuf *out); /* NULL: it is not written */
    void (*write)(const void *rec, const struct foreign_around *around, struct strbuf *out);
};
extern const struct foreign_dialect foreign_netbox, foreign_phpipam, foreign_rir, foreign_windows;

/* windows_out.c */
bool windows_titles(uint32_t type, struct strbuf *out);
void windows_row(const void *rec, const struct foreign_around *around, struct strbuf *out);

struct foreign {
    const struct foreign_dialect *dialect;
    uint32_t wanted;
    foreign_row_fn *emit;
    bool (*is_custom)(void *user, struct ipam_str title); /* NULL: none is */
    void *user;
    void *own;
    struct foreign_csv *csv; /* NULL: it is none */
    struct arena arena;      /* of one row of the text */
    struct arena keep;       /* as long as the reader */

    /* The row under way. */
    struct foreign_row row;
    const struct record_type *type;
    uint64_t touched[2]; /* fields that the text has for it */
    struct ipam_str description;
    struct strbuf extra;
    const char *where; /* the column, as the text names it */

    struct foreign_note notes[FOREIGN_NOTES];
    size_t note_count;
    char err[320];
};

/* --- the row under way (build.c) --- */

/* Begins a row, which ends with foreign_emit; `type` 0: it is not known what it is. False: it is not of the type
 * that is wanted, and was counted. */
bool foreign_begin(struct foreign *f, uint32_t type, uint32_t line) __attribute__((warn_unused_result));
/* Why it cannot be taken; the first reason is told. */
void foreign_refuse(struct foreign *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Sets the field of that name as text has it; an empty text empties it. False: records of this type have none. */
bool foreign_set(struct foreign *f, const char *field, struct ipam_str text);
/* Sets what is no single text. NULL: records of this type have no such field. */
void *foreign_put(struct foreign *f, const char *field);
/* What has no field goes into the description, as "name: value". */
void foreign_extra(struct foreign *f, const char *name, struct ipam_str value);
void foreign_space(struct foreign *f, struct ipam_str name, struct ipam_str or_name);
void foreign_tags(struct foreign *f, struct ipam_str text, char separator);
void foreign_emit(struct foreign *f);

/* --- what is passed over --- */

/* A note's number, for foreign_pass. */
unsigned foreign_noting(struct foreign *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void foreign_pass(struct foreign *f, unsigned note, uint32_t line);
/* Sets the error; IPAM_E_INVAL. */
int foreign_fail(struct foreign *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- words --- */

struct foreign_word {
    const char *theirs; /* in small letters */
    const char *ours;
};
/* NULL: it is none of them. */
const char *foreign_word(const struct foreign_word *words, struct ipam_str text);
struct ipam_str foreign_trim(struct ipam_str s);
bool foreign_is(struct ipam_str a, const char *text); /* whatever the case of letters */
/* A text of a file is "no" or nothing. */
bool foreign_is_no(struct ipam_str s);
/* YYYYMMDD or YYYY-MM-DD. */
int foreign_date(struct ipam_str s, int64_t *ret_ms);
/* An address, of which "/LENGTH" is dropped. */
struct ipam_str foreign_host(struct ipam_str s);

/* --- cutting a text into rows (rows.c) --- */

struct foreign_cut {
    bool quotes; /* a line end between quotes ends no row */
    bool inside;
    uint32_t line, first; /* of what comes, of the row's beginning; from 0 */
    struct strbuf row;
};
typedef int foreign_cut_fn(struct foreign *f, struct ipam_str row, uint32_t line);
void foreign_cut_init(struct foreign_cut *c, bool quotes);
void foreign_cut_fini(struct foreign_cut *c);
/* Gives whole rows, without their line end, to `each`; empty ones are left out. */
int foreign_cut_feed(struct foreign *f, struct foreign_cut *c, struct ipam_str piece, foreign_cut_fn *each);
int foreign_cut_end(struct foreign *f, struct foreign_cut *c, foreign_cut_fn *each);

/* --- tables of columns (sheet.c) --- */

/* What a column, or a member of an object, becomes. Names are in small letters without blanks, _ and -. */
struct foreign_column {
    const char *names; /* with blanks between */
    /* NULL: it says nothing of its own: it is computed, or the number of the object there. */
    void (*take)(struct foreign *f, const struct foreign_column *c, struct ipam_str value);
    const char *field, *label; /* of ours; in the description, where there is no such field */
};
#define FOREIGN_NAME_MAX 64
/* The name as tables have it; a long one is cut. */
const char *foreign_name(struct ipam_str text, char out[FOREIGN_NAME_MAX]);
const struct foreign_column *foreign_column(const struct foreign_column *columns, struct ipam_str name);
void foreign_take_field(struct foreign *f, const struct foreign_column *c, struct ipam_str value);
void foreign_take_extra(struct foreign *f, const struct foreign_column *c, struct ipam_str value);
void foreign_take_host(struct foreign *f, const struct foreign_column *c,
                       struct ipam_str value); /* mask dropped */
void foreign_take_yes(struct foreign *f, const struct foreign_column *c, struct ipam_str value);

/* --- CSV with a line of titles (csv.c) --- */

struct foreign_csv {
    /* The columns, once the titles are known; NULL with the error. */
    const struct foreign_column *(*pick)(struct foreign *f, const struct foreign_csv *csv);
    /* What the row under way is. */
    uint32_t (*kind)(struct foreign *f, const struct foreign_csv *csv);
    void (*done)(struct foreign *f); /* after its last column; may be NULL */
    struct foreign_cut cut;
    bool open;
    const struct foreign_column *columns[FOREIGN_COLUMNS]; /* NULL: unknown */
    const char *titles[FOREIGN_COLUMNS];
    bool customs[FOREIGN_COLUMNS]; /* of a custom field */
    struct foreign_value values[FOREIGN_COLUMNS];
    unsigned notes[FOREIGN_COLUMNS];
    size_t count;
    struct csv_cell cells[FOREIGN_COLUMNS];
};
/* Makes the reader's; its first line is that number. */
void foreign_csv_open(struct foreign *f, uint32_t line,
                      const struct foreign_column *(*pick)(struct foreign *f, const struct foreign_csv *csv),
                      uint32_t (*kind)(struct foreign *f, const struct foreign_csv *csv));
int foreign_csv_feed(struct foreign *f, struct ipam_str piece);
int foreign_csv_end(struct foreign *f);
/* Whether it has a column of one of these names, with blanks between; and the text of the first in this row. */
bool foreign_csv_has(const struct foreign_csv *csv, const char *names);
struct ipam_str foreign_csv_cell(const struct foreign_csv *csv, const char *names);

#endif
