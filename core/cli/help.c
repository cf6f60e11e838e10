/* help.c - help, made from the table of nouns and the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <string.h>

#include "cli/completion.h"
#include "cli/help_p.h"

#define OPTION_WIDTH 34 /* columns before the explanation */
#define LINE_WIDTH   100

const struct exit_help exit_helps[] = {
    { CLI_OK, "done" },
    { CLI_FAILED, "failed" },
    { CLI_USAGE, "the command line, or a value in it, is wrong" },
    { CLI_NOT_FOUND, "there is no such object" },
    { CLI_CONFLICT, "it contradicts another object or a claim" },
    { CLI_DENIED, "not allowed" },
    { CLI_UNREACHABLE, "no daemon answered" },
    { CLI_PARTLY, "some of it was done" },
    { CLI_EXHAUSTED, "nothing free is left" },
    { CLI_TRY_AGAIN, "try again later" },
    { CLI_CONFIG, "which daemon, or as whom, cannot be settled" },
    { -1, NULL },
};

const char *help_operand(const struct noun *n, const struct verb *v, struct arena *arena)
{
    const char *text;

    if (v->operand == NULL)
        return "";
    if (strncmp(v->operand, "KEY", 3) != 0)
        text = arena_printf(arena, " %s", v->operand);
    else if (v->operand[3] == '\0')
        text = arena_printf(arena, " %s", n->key);
    else
        text = arena_printf(arena, " %s [%s...]", n->key, n->key);
    return text != NULL ? text : "";
}

void help_option_names(const struct arg_option *o, struct strbuf *out)
{
    if (o->letter != 0)
        strbuf_printf(out, "-%c, ", o->letter);
    strbuf_printf(out, "--%s%s", o->kind == ARG_BOOL ? "[no-]" : "", o->name);
    if (o->metavar != NULL)
        strbuf_printf(out, " %s", o->metavar);
    if (o->repeat)
        strbuf_puts(out, " ...");
}

/* Words from column `from` on, in lines of LINE_WIDTH. */
static void wrap(const char *text, size_t at, size_t from, struct strbuf *out)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " ");

        if (at > from && at + 1 + word > LINE_WIDTH) {
            strbuf_putc(out, '\n');
            at = 0;
        } else if (at > from) {
            strbuf_putc(out, ' ');
            at++;
        }
        for (; at < from; at++)
            strbuf_putc(out, ' ');
        strbuf_add(out, text, word);
        at += word;
        text += word + strspn(text + word, " ");
    }
    strbuf_putc(out, '\n');
}

static void entry(const char *left, const char *text, size_t from, struct strbuf *out)
{
    size_t at = 2 + strlen(left);

    strbuf_printf(out, "  %s", left);
    if (at + 1 >= from) {
        strbuf_putc(out, '\n');
        at = 0;
    }
    wrap(text, at, from, out);
}

static void option_entry(const struct arg_option *o, struct strbuf *out)
{
    struct strbuf names, text;

    strbuf_init(&names, 1024);
    strbuf_init(&text, 4096);
    help_option_names(o, &names);
    help_option_text(o, &text);
    entry(names.data, text.data, OPTION_WIDTH, out);
    strbuf_fini(&names);
    strbuf_fini(&text);
}

void help_option_text(const struct arg_option *o, struct strbuf *out)
{
    strbuf_puts(out, o->help);
    if (o->field != NULL && o->field->unit[0] != '\0')
        strbuf_printf(out, " Unit: %s.", o->field->unit);
}

static void all_options(const struct arg_options *list, unsigned from, struct strbuf *out)
{
    for (unsigned i = from; i < list->count; i++)
        option_entry(&list->items[i], out);
}

/* "bash zsh fish" in the buffer, which is begun here. */
static const char *shell_names(struct strbuf *names)
{
    strbuf_init(names, 256);
    for (const struct shell *s = shells; s->name != NULL; s++)
        strbuf_printf(names, "%s%s", s == shells ? "" : " ", s->name);
    return names->data;
}

static void overview(struct arena *arena, struct strbuf *out)
{
    struct arg_options list;
    struct strbuf names;

    strbuf_puts(out, "Usage: ipamctl NOUN VERB [KEY] [OPTION...]\n"
                     "       ipamctl --version\n\n"
                     "Manages addresses through ipamd.\n\nNouns and verbs:\n");
    for (const struct noun *n = nouns; n->name != NULL; n++) {
        struct strbuf verbs;

        strbuf_init(&verbs, 1024);
        for (const struct verb *const *v = n->verbs; *v != NULL; v++)
            strbuf_printf(&verbs, "%s%s", v == n->verbs ? "" : " ",
                          (*v)->name != NULL ? (*v)->name : (*v)->help);
        entry(n->name, verbs.data, 16, out);
        strbuf_fini(&verbs);
    }
    entry(COMPLETION_VERB, shell_names(&names), 16, out);
    strbuf_fini(&names);
    strbuf_puts(out, "\nOptions of every command:\n");
    options_global(&list);
    all_options(&list, 0, out);
    strbuf_puts(out, "\nExit status:\n");
    for (const struct exit_help *e = exit_helps; e->text != NULL; e++)
        strbuf_printf(out, "  %2d  %s\n", e->code, e->text);
    strbuf_puts(out, "\nMore: ipamctl NOUN --help, ipamctl NOUN VERB --help, man ipamctl\n");
    (void)arena;
}

static void noun_help(const struct noun *n, struct arena *arena, struct strbuf *out)
{
    const struct record_type *t = record_type(n->type);

    strbuf_printf(out, "Usage: ipamctl %s VERB [OPTION...]\n\n%s\n\nVerbs:\n", n->name, t->help);
    for (const struct verb *const *v = n->verbs; *v != NULL; v++) {
        const char *left = arena_printf(arena, "%s%s", (*v)->name, help_operand(n, *v, arena));
        entry(left != NULL ? left : (*v)->name, (*v)->help, OPTION_WIDTH, out);
    }
    strbuf_puts(out, "\nFields:\n");
    for (unsigned i = 0; i < t->field_count; i++)
        entry(t->fields[i].name, t->fields[i].help, 20, out);
    strbuf_printf(out, "\nMore: ipamctl %s VERB --help\n", n->name);
}

static void verb_help(const struct noun *n, const struct verb *v, struct arena *arena, struct strbuf *out)
{
    struct arg_options list;
    unsigned own;

    options_global(&list);
    own = list.count;
    options_verb(&list, n, v, arena);
    strbuf_printf(out, "Usage: ipamctl %s%s%s%s [OPTION...]\n\n%s\n", n->name, v->name != NULL ? " " : "",
                  v->name != NULL ? v->name : "", help_operand(n, v, arena), v->help);
    if (list.count > own) {
        strbuf_puts(out, "\nOptions:\n");
        all_options(&list, own, out);
    }
    strbuf_puts(out, "\nOptions of every command: ipamctl --help\n");
}

void help_completion(struct strbuf *out)
{
    strbuf_puts(out, "Usage: ipamctl " COMPLETION_VERB " SHELL\n\n" COMPLETION_HELP "\n\nShells:\n");
    for (const struct shell *s = shells; s->name != NULL; s++)
        entry(s->name, s->help, 16, out);
}

void help_print(const struct noun *n, const struct verb *v, struct arena *arena, struct strbuf *out)
{
    if (n == NULL)
        overview(arena, out);
    else if (v == NULL)
        noun_help(n, arena, out);
    else
        verb_help(n, v, arena, out);
}
