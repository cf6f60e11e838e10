/* problem.h - why something is refused: a type of the one table, filled in by whoever refuses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_PROBLEM_H
#define MODEL_PROBLEM_H

#include "record/problem_table.h"
#include "record/record.h"

enum problem_type {
    PROBLEM_NONE,
#define PROBLEM_ENUM(name, slug, status, exit, title, help) PROBLEM_##name,
    PROBLEM_TABLE(PROBLEM_ENUM)
#undef PROBLEM_ENUM
        PROBLEM_COUNT
};

/* One refusal. `errors` may list places in the input; they live in the request's arena. */
struct problem {
    enum problem_type type;
    char detail[512];  /* what happened and where */
    char hint[256];    /* what to do */
    int retry_after_s; /* 0: say nothing */
    const struct record_problem *errors;
    /* What the detail names, when it is another row than the one that was to be changed: its type and id; of an
     * address its space, and the address. 0: no other. */
    uint32_t about_type;
    int64_t about;
    struct ipam_addr about_addr;
};

const char *problem_slug(enum problem_type t);
int problem_status(enum problem_type t);
const char *problem_title(enum problem_type t);
const char *problem_help(enum problem_type t); /* what it means and what helps */
/* PROBLEM_NONE for a slug that is not in the table. */
enum problem_type problem_by_slug(struct ipam_str slug);
/* Both return IPAM_E_INVAL, so that a rule can say `return problem_set(...)`. */
int problem_set(struct problem *p, enum problem_type t, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int problem_hint(struct problem *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Says that the detail names another row. */
static inline void problem_about(struct problem *p, uint32_t type, int64_t id)
{
    p->about_type = type;
    p->about = id;
}
/* Storage did not do it, said in its words: it is full, or away for a while; or what it has is damaged, and to try
 * again is of no use. For a status that leaves no doubt of the outcome. */
void problem_of_storage(struct problem *p, int status, const char *message);
/* As JSON, with the status it is answered with. Whoever had no hint to give gives that of the type. */
void problem_write(struct json_writer *w, const struct problem *p, int status);

#endif
