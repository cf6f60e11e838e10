/* replace.c - an object replaced as a whole: what is absent is cleared.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "model/rules.h"

static void mark(uint64_t fields[2], unsigned number)
{
    fields[number >> 6] |= (uint64_t)1 << (number & 63);
}

static void wrong(const struct record_field *f, const void *before, const char *why,
                  struct record_problems *problems)
{
    char pointer[80];
    struct strbuf now;
    snprintf(pointer, sizeof(pointer), "/%s", f->name);
    strbuf_init(&now, 4096);
    record_field_print(f, before, &now);
    record_problem(problems, pointer, "%s; it is %s", why, now.len != 0 ? now.data : "absent");
    strbuf_fini(&now);
}

/* What a client cannot set: it may come along as it was read. */
static bool is_closed(const struct record_field *f)
{
    return (f->flags & (FIELD_READONLY | FIELD_DERIVED | FIELD_FIXED)) != 0;
}

/* Whether a closed field that is given says what is not so. Derived and volatile ones change by themselves
 * between reading and writing. */
static bool contradicts(const struct record_field *f, const void *before, const void *given)
{
    return (f->flags & (FIELD_DERIVED | FIELD_VOLATILE)) == 0 && !record_field_equal(f, before, given);
}

int rule_replace(struct draft *d, const void *before, const void *given, struct record_problems *problems,
                 struct problem *p)
{
    const struct record_type *t = record_type(((const struct ipam_record *)before)->type);
    uint64_t cleared[2] = { 0, 0 };
    struct ipam_record *patch = record_copy(problems->arena, given);
    if (patch == NULL)
        return problem_set(p, PROBLEM_TOO_LARGE, "the object is too large for the memory of one request");
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        bool has = record_has(given, f->number);
        if (!is_closed(f)) {
            if (!has)
                mark(cleared, f->number);
            continue;
        }
        patch->has[f->number >> 6] &= ~((uint64_t)1 << (f->number & 63));
        if (has && contradicts(f, before, given))
            wrong(f, before,
                  (f->flags & FIELD_READONLY) != 0 ? "is read-only"
                                                   : "can be set only when the object is created",
                  problems);
    }
    if (problems->count == 0)
        return rule_update(d, before, patch, cleared, p);
    p->errors = problems->first;
    problem_hint(p, "read the object again, and change only what may be changed");
    return problem_set(p, PROBLEM_INVALID, "%s: %s", problems->first->pointer, problems->first->message);
}
