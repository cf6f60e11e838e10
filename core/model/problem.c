/* problem.c - the table of refusals.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/problem.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *slug, *title, *help;
    int status;
} table[PROBLEM_COUNT] = { [PROBLEM_NONE] = { "none", "No problem", "", 200 },
#define PROBLEM_ROW(name, slug, status, exit, title, help) [PROBLEM_##name] = { slug, title, help, status },
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

const char *problem_help(enum problem_type t)
{
    return table[t].help;
}

enum problem_type problem_by_slug(struct ipam_str slug)
{
    for (int t = PROBLEM_NONE + 1; t < PROBLEM_COUNT; t++)
        if (str_is(slug, table[t].slug))
            return (enum problem_type)t;
    return PROBLEM_NONE;
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

void problem_of_storage(struct problem *p, int status, const char *message)
{
    bool full = status == IPAM_E_NOSPC, fault = status == IPAM_E_BUG || status == IPAM_E_PROVIDER;
    problem_set(p, full ? PROBLEM_NO_SPACE : fault ? PROBLEM_INTERNAL : PROBLEM_UNAVAILABLE, "%s", message);
    problem_hint(p, "%s",
                 full    ? "make space; reads go on, and writes are taken again as soon as there is room"
                 : fault ? "look at the service's log; POST /api/v1/system/storage/verify finds all damage"
                         : "try again; if it happens again, look at the service's log");
    p->retry_after_s = full ? 5 : fault ? 0 : 1;
}

void problem_write(struct json_writer *w, const struct problem *p, int status)
{
    char url[64];
    jw_object(w);
    jw_key(w, "type");
    snprintf(url, sizeof(url), "/problems/%s", problem_slug(p->type));
    jw_text(w, url);
    jw_key(w, "title");
    jw_text(w, problem_title(p->type));
    jw_key(w, "status");
    jw_int(w, status);
    jw_key(w, "detail");
    jw_text(w, p->detail);
    jw_key(w, "hint");
    jw_text(w, p->hint[0] != '\0' ? p->hint : problem_help(p->type));
    if (p->errors != NULL) {
        jw_key(w, "errors");
        jw_array(w);
        for (const struct record_problem *e = p->errors; e != NULL; e = e->next) {
            jw_object(w);
            jw_key(w, "pointer");
            jw_text(w, e->pointer);
            jw_key(w, "message");
            jw_text(w, e->message);
            jw_object_end(w);
        }
        jw_array_end(w);
    }
    jw_object_end(w);
}
