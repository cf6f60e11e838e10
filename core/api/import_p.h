/* import_p.h - what the files of the import share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef API_IMPORT_P_H
#define API_IMPORT_P_H

#include "api/clear.h"
#include "api/import.h"
#include "model/custom.h"

#define IMPORT_COLUMNS 130
#define IMPORT_KICKS   64   /* servers of one file */
#define IMPORT_PLANS   1000 /* rows of one change set that become plans: each is a plan, its step and a note */

enum import_mode { IMPORT_CREATE, IMPORT_UPSERT, IMPORT_SYNC };
enum verdict {
    VERDICT_NONE,
    VERDICT_CREATED,
    VERDICT_UPDATED,
    VERDICT_UNCHANGED,
    VERDICT_DELETED,
    VERDICT_REFUSED,
    VERDICT_PASSED /* no row, but what a foreign file has and nothing here holds */
};
#define VERDICTS 7

/* An address that goes with its range. */
struct import_mapped {
    const struct ipam_address *address;
    struct import_mapped *next;
};

/* One row of the file; or, with line 0, an object that is there and not in the file. */
struct import_row {
    uint32_t line;
    bool unread; /* refused before the gate */
    uint8_t verdict;
    void *rec; /* what the row says */
    uint64_t cleared[2];
    struct custom_cell *values;        /* of columns that are custom fields */
    struct ipam_str service, instance; /* who manages it, as the file has it; absent: it does not say */
    struct import_mapped *mapped;      /* with line 0 */
    int64_t id;                        /* of the object, once it is known */
    int64_t plan;                      /* that was made of the row; 0: none */
    enum problem_type type;
    const char *message;
};

/* Outlives its call when it becomes a job. */
struct import {
    struct api *api;
    struct principal who;
    struct sight sight; /* what he sees and may, as long as it takes */
    const struct operation *may_change, *may_delete;
    const struct record_type *type;
    struct arena arena;
    enum import_mode mode;
    bool whole;         /* all or nothing */
    bool create_source; /* services and instances that are on no list are added to it */
    bool children;      /* sync: a range goes with the addresses that are mapped to it */
    bool keyless;       /* the key of a row could not be read */
    int64_t space;      /* sync: within this container; 0: any */
    bool has_within;
    struct ipam_prefix within;
    const struct record_field *columns[IMPORT_COLUMNS]; /* NULL: passed over, or */
    struct ipam_str customs[IMPORT_COLUMNS];            /* that of a custom field */
    size_t column_count;
    const struct record_field *container; /* NULL: objects have none that has a default */
    int64_t home;                         /* the default one */
    struct import_row *rows;
    size_t count, cap;
    struct smap keys;  /* natural key -> line */
    struct strbuf key; /* of the row that is read */
    struct imap known; /* id of an address that goes with a range -> itself */
    size_t mapped_count;
    /* rows that become plans on servers (import_plans.c) */
    bool plans;
    int64_t server, scope; /* where they are, as far as the request says; 0: it does not */
    struct actor actor;
    int64_t kicks[IMPORT_KICKS]; /* servers of the plans that were drafted */
    size_t kick_count;
};

struct import *import_new(struct call *c);
void import_free(struct import *im);
/* Reads the parameters and the text; an error with the call's problem. */
int import_read(struct import *im, struct call *c);
/* Adds what a sync deletes; `ready` runs then, or the call was answered with a problem. */
void import_find_rest(struct import *im, struct call *c, void (*ready)(struct call *c));
/* Sets the key of a record, for keys. False: it has none. */
bool import_key(const struct record_type *t, const void *rec, struct strbuf *out);
struct import_row *import_add(struct import *im);
/* Refuses a row before the gate; the first reason is told. */
void import_refuse(struct import *im, struct import_row *row, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* An object without its container is in the default one. */
void import_fill_container(const struct import *im, void *rec);
/* Notes the key of a row that is read. */
void import_take_key(struct import *im, struct import_row *row);
/* The custom field of that name; NULL: there is none, or (with the problem) its objects have a field of their own. */
const struct ipam_custom_field *import_custom_field(const struct import *im, const struct view *v,
                                                    struct ipam_str title, struct problem *p);
/* What a column of a custom field says; refuses the row when it cannot be a value. */
void import_add_value(struct import *im, struct import_row *row, struct ipam_str name, struct ipam_str value);
/* Inside the gate: puts what the columns of custom fields say into the list of `rec`, which is new or sets fields of
 * `before`. */
int import_put_values(struct import *im, const struct import_row *row, const struct view *v,
                      const void *before, void *rec, uint64_t cleared[2], struct problem *p);
/* Inside the gate: whether the lists have the service and the instance of the row, to which they are added when that is
 * wanted. */
int import_source(struct import *im, const struct import_row *row, struct draft *d, struct problem *p);
/* import_plans.c: rows that become plans on servers. Reads `server` and `scope`. */
int import_read_place(struct import *im, struct call *c);
/* Fills in where a row is to be, or refuses it. False: it has nothing that it could be known by. */
bool import_place(struct import *im, struct call *c, struct import_row *row);
bool import_is_there(const struct import *im, const void *rec); /* whether a sync is for this one */
void import_plan_needs(struct import *im, size_t from, size_t to, const struct view *v, struct needs *n);
void import_plan_row(struct import *im, struct import_row *row, struct draft *d);
/* Tells the manager of plans that were committed. */
void import_kick(struct import *im);
/* What became of a row. */
void import_judge(struct import *im, struct import_row *row, enum verdict good, int rc,
                  const struct problem *p);

/* Reads the body in that dialect; an error with the call's problem (import_foreign.c). */
int import_read_foreign(struct import *im, struct call *c, struct ipam_str name);

/* What the rows [from, to) need and become inside the gate. */
void import_needs(struct import *im, size_t from, size_t to, const struct view *v, struct needs *n);
void import_decide(struct import *im, size_t from, size_t to, struct draft *d);
void import_count(const struct import *im, size_t from, size_t to, size_t ret[VERDICTS]);

/* Carries it out as a job of many change sets; answers 202. Takes the import over. */
void import_job(struct import *im, struct call *c);

/* Verdicts as CSV, or as JSON. `ids`: of what was made too. */
void import_write_csv(const struct import *im, bool ids, struct strbuf *out);
void import_write(const struct import *im, bool ids, struct strbuf *out);
extern const char *const import_verdicts[VERDICTS];

#endif
