/* man.c - the manual page ipamctl(1), made from the table of nouns and the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "base/roff.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/help_p.h"
#include "cli/problem.h"

static void lines(const char *const *texts, struct strbuf *out)
{
    for (; *texts != NULL; texts++) {
        strbuf_puts(out, *texts);
        strbuf_putc(out, '\n');
    }
}

static void options(const struct arg_options *list, unsigned from, struct strbuf *out)
{
    struct strbuf text;

    strbuf_init(&text, 4096);
    for (unsigned i = from; i < list->count; i++) {
        strbuf_puts(out, ".TP\n.B ");
        strbuf_reset(&text);
        help_option_names(&list->items[i], &text);
        roff_text(text.data, out);
        strbuf_putc(out, '\n');
        strbuf_reset(&text);
        help_option_text(&list->items[i], &text);
        roff_text(text.data, out);
        strbuf_putc(out, '\n');
    }
    strbuf_fini(&text);
}

static void verb_man(const struct noun *n, const struct verb *v, struct arena *arena, struct strbuf *out)
{
    struct arg_options list;
    unsigned own;

    options_global(&list);
    own = list.count;
    options_verb(&list, n, v, arena);
    strbuf_puts(out, ".SS ");
    roff_text(n->name, out);
    if (v->name != NULL)
        strbuf_printf(out, " %s", v->name);
    roff_text(help_operand(n, v, arena), out);
    strbuf_putc(out, '\n');
    roff_text(v->help, out);
    strbuf_putc(out, '\n');
    options(&list, own, out);
}

static void completion_man(struct strbuf *out)
{
    strbuf_puts(out,
                ".SS " COMPLETION_VERB " SHELL\n" COMPLETION_HELP "\n"
                "Nouns, verbs, options and their values are completed, and what the daemon knows: keys of\n"
                "objects, also where an option refers to them. New shells find the installed scripts.\n");
    for (const struct shell *s = shells; s->name != NULL; s++) {
        strbuf_printf(out, ".TP\n.B %s\n", s->name);
        roff_text(s->help, out);
        strbuf_putc(out, '\n');
    }
}

static const char *const head[] = {
    ".TH IPAMCTL 1 \"\" \"ipamd " PACKAGE_VERSION "\" \"User Commands\"",
    ".SH NAME",
    "ipamctl \\- manage addresses through ipamd",
    ".SH SYNOPSIS",
    ".B ipamctl",
    ".I NOUN VERB",
    ".RI [ KEY ]",
    ".RI [ OPTION ...]",
    ".SH DESCRIPTION",
    "Data goes to standard output, everything else to standard error.",
    "A key is the numeric id of an object, or its natural key: a prefix, an address, a name. Where the same",
    "key exists in several containers, the container follows it: 10.1.2.0/24@tenant\\-a,",
    "10.77.0.0/24@dhcp1.example.com.",
    ".PP",
    "The daemon is the one named by \\fB\\-\\-url\\fR, by the environment variable \\fBIPAM_URL\\fR, or by",
    "the first listener in the configuration file, in this order. The token is read from the file named by",
    "\\fB\\-\\-token\\-file\\fR or \\fBIPAM_TOKEN_FILE\\fR; on the unix socket root needs none.",
    "An https daemon must prove who it is: by an authority of the system, or of \\fB\\-\\-ca\\fR or "
    "\\fBIPAM_CA\\fR. Our own",
    "certificate is that of \\fB\\-\\-cert\\fR and \\fB\\-\\-key\\fR, or \\fBIPAM_CERT\\fR and "
    "\\fBIPAM_KEY\\fR.",
    ".PP",
    "A table shows utilisation as a bar on a terminal, in colour unless \\fBNO_COLOR\\fR is set. With",
    "\\fB\\-o json\\fR a list is an array and a single object is an object; \\fBjsonl\\fR writes one object",
    "a line; \\fBcsv\\fR and \\fBjson\\fR hold every field.",
    NULL
};

static void problems_man(struct strbuf *out)
{
    strbuf_puts(out, ".SH PROBLEMS\n"
                     "Why the daemon refuses, by the last part of the problem\'s type; in brackets the HTTP\n"
                     "status and the exit status. GET /problems/TYPE of the daemon tells the same.\n");
    for (const struct problem_help *p = problem_helps; p->slug != NULL; p++) {
        strbuf_puts(out, ".TP\n.B ");
        roff_text(p->slug, out);
        strbuf_printf(out, "\n(%d, %d) ", p->status, p->exit);
        roff_text(p->title, out);
        strbuf_puts(out, ". ");
        roff_text(p->help, out);
        strbuf_putc(out, '\n');
    }
}

void help_man(struct arena *arena, struct strbuf *out)
{
    struct arg_options list;

    lines(head, out);
    strbuf_puts(out, ".SH OPTIONS OF EVERY COMMAND\n");
    options_global(&list);
    options(&list, 0, out);
    strbuf_puts(out, ".SH COMMANDS\n");
    for (const struct noun *n = nouns; n->name != NULL; n++)
        for (const struct verb *const *v = n->verbs; *v != NULL; v++)
            verb_man(n, *v, arena, out);
    completion_man(out);
    strbuf_puts(out, ".SH EXIT STATUS\n");
    for (const struct exit_help *e = exit_helps; e->text != NULL; e++)
        strbuf_printf(out, ".TP\n.B %d\n%s\n", e->code, e->text);
    problems_man(out);
    strbuf_puts(out, ".SH SEE ALSO\n.BR ipam\\-records (5)\n");
}
