/* problem.c - the list of what is wrong in an input.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "record/record.h"

void record_problems_init(struct record_problems *p, struct arena *a)
{
    p->arena = a;
    p->first = NULL;
    p->tail = &p->first;
    p->count = 0;
}

void record_problem(struct record_problems *p, const char *pointer, const char *fmt, ...)
{
    struct record_problem *new;
    char text[512];
    va_list ap;

    if (p->count >= RECORD_PROBLEMS_MAX)
        return;
    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    new = arena_alloc(p->arena, sizeof(*new));
    if (new == NULL)
        return;
    new->pointer = arena_strdup(p->arena, pointer);
    new->message = arena_strdup(p->arena, text);
    if (new->pointer == NULL || new->message == NULL)
        return;
    *p->tail = new;
    p->tail = &new->next;
    p->count++;
}
