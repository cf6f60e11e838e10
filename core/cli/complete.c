/* complete.c - what the word under the cursor may become: nouns, verbs, options, operands.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/complete_p.h"
#include "cli/completion.h"
#include "cli/help_p.h"
#include "cli/output.h"

#define OUT_MAX  (4 * 1024 * 1024)
#define TEXT_MAX 4096

void complete_offer(struct completion *p, const char *text, const char *help)
{
    if (strncmp(text, p->part, strlen(p->part)) != 0)
        return;
    strbuf_printf(p->out, "%s%s", p->head, text);
    if (help != NULL && *help != '\0')
        strbuf_printf(p->out, "\t%s", help);
    strbuf_putc(p->out, '\n');
}

static void offer_option(struct completion *p, const char *before, const char *name,
                         const struct arg_option *o)
{
    const char *text = arena_printf(&p->c->arena, "%s%s", before, name);
    struct strbuf help;

    strbuf_init(&help, TEXT_MAX);
    help_option_text(o, &help);
    if (text != NULL)
        complete_offer(p, text, help.data);
    strbuf_fini(&help);
}

/* Names of options that may still be given. The alias is for those who began to type it. */
static void option_names(struct completion *p, const struct arg_options *list)
{
    size_t len = strlen(p->part);

    for (unsigned i = 0; i < list->count; i++) {
        const struct arg_option *o = &list->items[i];

        if (!o->repeat && args_given(&p->args, o->name))
            continue;
        if (o->alias != NULL && len > 2 && strncmp(o->name, p->part + 2, len - 2) != 0)
            offer_option(p, "--", o->alias, o);
        else
            offer_option(p, "--", o->name, o);
        if (o->kind == ARG_BOOL)
            offer_option(p, "--no-", o->name, o);
    }
}

/* "-oVALUE", "-o=VALUE", or "-o", which is whole as it is. */
static void letter(struct completion *p, const struct arg_options *list)
{
    const struct arg_option *o = args_find_letter(list, p->part[1]);
    size_t head = p->part[2] == '=' ? 3 : 2;

    if (o != NULL && p->part[2] == '\0') {
        complete_offer(p, p->part, NULL);
    } else if (o != NULL && o->kind == ARG_VALUE) {
        p->head = arena_memdup(&p->c->arena, p->part, head);
        p->part += head;
        complete_value(p, o);
    }
}

static void option(struct completion *p, const struct arg_options *list)
{
    const char *equal = strchr(p->part, '=');
    const struct arg_option *o;
    bool no;

    if (p->part[0] == '-' && p->part[1] != '-' && p->part[1] != '\0') {
        letter(p, list);
    } else if (equal == NULL) {
        option_names(p, list);
    } else {
        o = args_find(list, p->part + 2, (size_t)(equal - p->part - 2), &no);
        p->head = arena_memdup(&p->c->arena, p->part, (size_t)(equal + 1 - p->part));
        p->part = equal + 1;
        if (o != NULL && !no)
            complete_value(p, o);
    }
}

/* Verbs that only some objects can: those in these states. */
static const struct {
    const char *noun, *verb, *states[3];
} able[] = {
    { "job", "cancel", { "running" } },
    { "plan", "resume", { "planned", "running" } },
    { "drift", "adopt", { "open" } },
    { "drift", "restore", { "open" } },
};

static void operand_keys(struct completion *p)
{
    bool some = false;

    for (unsigned i = 0; i < sizeof(able) / sizeof(able[0]); i++) {
        if (strcmp(able[i].noun, p->noun->name) != 0 || strcmp(able[i].verb, p->verb->name) != 0)
            continue;
        for (const char *const *state = able[i].states; *state != NULL; state++)
            complete_keys_where(p, p->noun->type, "state", *state);
        some = true;
    }
    if (!some)
        complete_keys(p, p->noun->type);
}

/* Objects that are there already; one that is to be made has a key nobody knows yet. */
static void operand(struct completion *p, const struct arg_options *list)
{
    const char *operand = p->verb->operand;
    bool many = operand != NULL && strstr(operand, "...") != NULL && strstr(operand, "VALUE") == NULL;

    if (operand == NULL || (!many && p->args.word_count > 0)) {
        if (!p->args.ended && *p->part == '\0')
            option_names(p, list);
    } else if (((many || strchr(operand, ' ') != NULL) && strncmp(operand, "KEY", 3) == 0) ||
               strcmp(operand, "SUBNET") == 0) {
        operand_keys(p);
    } else if (strstr(operand, "PREFIX") != NULL) {
        complete_prefixes(p);
    } else if (strcmp(operand, "FILE") == 0) {
        strbuf_puts(p->out, "\tfiles\n");
    }
}

static void nouns_and_more(struct completion *p)
{
    for (const struct noun *n = nouns; n->name != NULL; n++)
        complete_offer(p, n->name,
                       n->verbs[0]->name == NULL ? n->verbs[0]->help : record_type(n->type)->help);
    complete_offer(p, COMPLETION_VERB, COMPLETION_HELP);
}

/* Takes what stands before the cursor; false when that cannot be understood, or ends where a value is due.
 * *ret_word: what is due is the noun, or the verb. */
static bool before(struct completion *p, struct arg_options *list, bool *ret_word)
{
    const char *noun, *verb = NULL;
    int rc = args_next(&p->args, list, &noun);

    *ret_word = rc == 0 && noun == NULL;
    if (rc != 0 || noun == NULL)
        return rc == 0;
    p->noun = noun_find(noun);
    if (p->noun == NULL)
        return false;
    if (p->noun->verbs[0]->name == NULL) {
        p->verb = p->noun->verbs[0];
    } else {
        rc = args_next(&p->args, list, &verb);
        *ret_word = rc == 0 && verb == NULL;
        if (rc != 0 || verb == NULL)
            return rc == 0;
        p->verb = verb_find(p->noun, verb);
        if (p->verb == NULL)
            return false;
    }
    options_verb(list, p->noun, p->verb, &p->c->arena);
    return args_rest(&p->args, list) == 0;
}

static void word(struct completion *p, struct arg_options *list)
{
    bool is_word;

    if (!before(p, list, &is_word)) {
        if (p->args.wanting != NULL)
            complete_value(p, p->args.wanting);
    } else if (p->part[0] == '-' && !p->args.ended) {
        option(p, list);
    } else if (!is_word) {
        operand(p, list);
    } else if (p->noun == NULL) {
        nouns_and_more(p);
    } else {
        for (const struct verb *const *v = p->noun->verbs; *v != NULL; v++)
            complete_offer(p, (*v)->name, (*v)->help);
    }
}

void complete_words(struct cli *c, int argc, char **argv, struct strbuf *out)
{
    struct completion p = { .c = c, .out = out, .head = "", .part = argc > 0 ? argv[argc - 1] : "" };
    struct arg_options *list = xcalloc(1, sizeof(*list));

    if (argc == 2 && strcmp(argv[0], COMPLETION_VERB) == 0) {
        for (const struct shell *s = shells; s->name != NULL; s++)
            complete_offer(&p, s->name, s->help);
    } else {
        options_global(list);
        args_init(&p.args, argc > 0 ? argc - 1 : 0, argv, &c->arena);
        p.args.at = 0; /* no program's name before them */
        word(&p, list);
    }
    client_free(c->client);
    c->client = NULL;
    free(list);
}

static void out_of_time(int number)
{
    (void)number;
    _exit(CLI_OK);
}

int complete_run(struct cli *c, int argc, char **argv)
{
    struct itimerval limit = { .it_value = { COMPLETE_MS / 1000, COMPLETE_MS % 1000 * 1000 } };
    struct sigaction action = { .sa_handler = out_of_time };
    struct strbuf text;
    int rc;

    /* Resolver, connection and files named by options may all keep us waiting; none knows of the others. */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &limit, NULL);
    strbuf_init(&text, OUT_MAX);
    complete_words(c, argc, argv, &text);
    rc = output_text(&text);
    strbuf_fini(&text);
    return rc;
}
