/* problem.c - the table of refusals.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/problem.h"

#include <stdarg.h>

static const struct {
    const char *slug, *title;
    int status;
} table[PROBLEM_COUNT] = {
    [PROBLEM_NONE] = { "none", "No problem", 200 },
#define PROBLEM_ROW(name, slug, status, title) [PROBLEM_##name] = { slug, title, status },
    PROBLEM_TABLE(PROBLEM_ROW)
#undef PROBLEM_ROW
};

const char *problem_slug(enum problem_type t)
{
    return table[t].slug;
}

int problem_status(enum problem_type t)
{
    return table[t].status;
}

const char *problem_title(enum problem_type t)
{
    return table[t].title;
}

int problem_set(struct problem *p, enum problem_type t, const char *fmt, ...)
{
    va_list ap;
    p->type = t;
    va_start(ap, fmt);
    utf8_vprint(p->detail, sizeof(p->detail), fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}

int problem_hint(struct problem *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    utf8_vprint(p->hint, sizeof(p->hint), fmt, ap);
    va_end(ap);
    return IPAM_E_INVAL;
}
