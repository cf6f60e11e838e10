/* problems.c - what the types of problems mean, in words: where the `type` of a refusal leads.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#define LINE_MAX_ 78 /* columns of a line of the explanation */

/* Breaks a text into lines. */
static void wrap(const char *text, struct strbuf *out)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t word = 0;
        while (text[word] != '\0' && text[word] != ' ')
            word++;
        if (column > 0) {
            bool fits = column + 1 + word <= LINE_MAX_;
            strbuf_putc(out, fits ? ' ' : '\n');
            column = fits ? column + 1 : 0;
        }
        strbuf_add(out, text, word);
        column += word;
        text += word;
        while (*text == ' ')
            text++;
    }
    strbuf_putc(out, '\n');
}

void handle_problem_list(struct call *c)
{
    for (int t = PROBLEM_NONE + 1; t < PROBLEM_COUNT; t++)
        strbuf_printf(&c->out, "%-22s %d  %s\n", problem_slug((enum problem_type)t),
                      problem_status((enum problem_type)t), problem_title((enum problem_type)t));
    call_text(c, 200, "text/plain; charset=utf-8");
}

void handle_problem_get(struct call *c)
{
    enum problem_type t = problem_by_slug(c->key);
    if (t == PROBLEM_NONE) {
        c->csv = false;
        problem_hint(&c->problem, "GET /problems lists all");
        problem_set(&c->problem, PROBLEM_NOT_FOUND, "there is no problem of type " STR_FMT, STR_ARG(c->key));
        call_problem(c);
        return;
    }
    strbuf_printf(&c->out, "%s (HTTP status %d)\n%s\n\n", problem_slug(t), problem_status(t),
                  problem_title(t));
    wrap(problem_help(t), &c->out);
    call_text(c, 200, "text/plain; charset=utf-8");
}
