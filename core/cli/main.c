/* main.c - ipamctl: understands the command line and runs the command.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/client.h"
#include "cli/complete.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/target.h"

#define REASON_MAX 1024
#define HELP_MAX   (4 * 1024 * 1024)

static int print(struct strbuf *text)
{
    int rc = output_text(text);

    strbuf_fini(text);
    return rc;
}

static int print_help(struct cli *c, const struct noun *n, const struct verb *v)
{
    struct strbuf text;

    strbuf_init(&text, HELP_MAX);
    help_print(n, v, &c->arena, &text);
    return print(&text);
}

static int print_man(struct cli *c)
{
    struct strbuf text;

    strbuf_init(&text, HELP_MAX);
    help_man(&c->arena, &text);
    return print(&text);
}

static int print_completion(int argc, char **argv)
{
    struct strbuf text;
    int rc;

    strbuf_init(&text, HELP_MAX);
    rc = completion_print(argc, argv, &text);
    if (rc == CLI_OK)
        return print(&text);
    strbuf_fini(&text);
    return rc;
}

static int print_version(void)
{
    struct strbuf text;

    strbuf_init(&text, 256);
    strbuf_puts(&text, "ipamctl " PACKAGE_VERSION "\n");
    return print(&text);
}

static int usage(const struct args *a, const struct noun *n, const struct verb *v)
{
    const char *noun = n != NULL ? n->name : "", *verb = v != NULL && v->name != NULL ? v->name : "";

    cli_error("%s. See: ipamctl%s%s%s%s --help", a->error, *noun != '\0' ? " " : "", noun,
              *verb != '\0' ? " " : "", verb);
    return CLI_USAGE;
}

/* Whether the verb takes this number of operands. */
static int check_operands(struct command *cmd)
{
    const char *operand = cmd->verb->operand;
    unsigned count = cmd->args.word_count, least = 0, most = 0;

    for (const char *word = operand; word != NULL; word = strchr(word, ' ')) {
        word += *word == ' ';
        least += *word != '[';
        most++;
    }
    if (operand != NULL && strstr(operand, "...") != NULL)
        most = ARGS_WORDS_MAX;
    if (count >= least && count <= most)
        return CLI_OK;
    if (count < least)
        snprintf(cmd->args.error, sizeof(cmd->args.error), "%s is missing",
                 strncmp(operand, "KEY", 3) == 0 ? cmd->noun->key : operand);
    else
        snprintf(cmd->args.error, sizeof(cmd->args.error), "'%.100s' is one word too many",
                 cmd->args.words[most]);
    return usage(&cmd->args, cmd->noun, cmd->verb);
}

/* The reason travels in a header: one line of text. */
static int check_reason(const char *reason)
{
    if (reason == NULL)
        return CLI_OK;
    for (const char *p = reason; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f) {
            cli_error("--reason: a line of text without control characters is expected");
            return CLI_USAGE;
        }
    }
    if (strlen(reason) > REASON_MAX || !utf8_valid(reason, strlen(reason))) {
        cli_error("--reason: UTF-8 text of at most %d bytes is expected", REASON_MAX);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static int run(struct cli *c, struct command *cmd)
{
    const struct args *a = &cmd->args;
    struct target target;
    int rc = check_operands(cmd);

    if (rc == CLI_OK)
        rc = output_format(args_value(a, "output"), &c->format);
    if (rc == CLI_OK && c->format == FORMAT_SVG && !(cmd->verb->options & VERB_PICTURE)) {
        cli_error("--output svg: only utilization is drawn so");
        rc = CLI_USAGE;
    }
    if (rc == CLI_OK)
        rc = check_reason(args_value(a, "reason"));
    c->columns = args_value(a, "columns");
    c->yes = args_given(a, "yes");
    if (rc == CLI_OK && (cmd->verb->options & VERB_ALONE))
        return cmd->verb->run(c, cmd);
    if (rc == CLI_OK)
        rc = target_find(c, a, &target);
    if (rc != CLI_OK)
        return rc;
    c->client = client_new(&target, args_value(a, "reason"));
    if (c->client == NULL) {
        cli_error("the HTTP library cannot be started");
        return CLI_FAILED;
    }
    if (args_given(a, "dry-run")) {
        client_dry_run(c->client);
        c->yes = true; /* nothing to be afraid of */
    }
    rc = cmd->verb->run(c, cmd);
    client_free(c->client);
    return rc;
}

/* Takes noun and verb, then everything else with the options they allow. */
static int understand(struct cli *c, struct command *cmd, struct arg_options *list)
{
    struct args *a = &cmd->args;
    const char *noun = NULL, *verb = NULL;

    options_global(list);
    if (args_next(a, list, &noun) != 0)
        return usage(a, NULL, NULL);
    if (noun == NULL && !args_given(a, "help")) {
        snprintf(a->error, sizeof(a->error), "no command: a noun and a verb are expected");
        return usage(a, NULL, NULL);
    }
    if (noun == NULL)
        return CLI_OK;
    cmd->noun = noun_find(noun);
    if (cmd->noun == NULL)
        return noun_unknown(noun);
    cmd->type = record_type(cmd->noun->type);
    if (cmd->noun->verbs[0]->name == NULL) {
        cmd->verb = cmd->noun->verbs[0];
    } else {
        if (args_next(a, list, &verb) != 0)
            return usage(a, cmd->noun, NULL);
        if (verb == NULL && args_given(a, "help"))
            return CLI_OK;
        if (verb == NULL) {
            snprintf(a->error, sizeof(a->error), "%s: a verb is missing", noun);
            return usage(a, cmd->noun, NULL);
        }
        cmd->verb = verb_find(cmd->noun, verb);
        if (cmd->verb == NULL)
            return verb_unknown(cmd->noun, verb);
    }
    options_verb(list, cmd->noun, cmd->verb, &c->arena);
    return args_rest(a, list) == 0 ? CLI_OK : usage(a, cmd->noun, cmd->verb);
}

#define RESERVE ((size_t)1 << 20)

int main(int argc, char **argv)
{
    struct arg_options *list;
    struct cli c = { 0 };
    struct command cmd = { 0 };
    int rc;

    memory_reserve(RESERVE, NULL); /* a text that is missing for want of memory must not show as absent */
    setlocale(LC_CTYPE, "");
    term_init(&c.out, STDOUT_FILENO);
    term_init(&c.err, STDERR_FILENO);
    arena_init(&c.arena, 0);
    imap_init(&c.keys);
    list = xcalloc(1, sizeof(*list));
    if (argc == 2 && strcmp(argv[1], "--man") == 0) {
        rc = print_man(&c);
    } else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        rc = print_version();
    } else if (argc > 1 && strcmp(argv[1], COMPLETION_VERB) == 0) {
        rc = print_completion(argc - 2, argv + 2);
    } else if (argc > 1 && strcmp(argv[1], "__complete") == 0) {
        rc = complete_run(&c, argc - 2, argv + 2);
    } else {
        args_init(&cmd.args, argc, argv, &c.arena);
        rc = understand(&c, &cmd, list);
        c.quiet = args_given(&cmd.args, "quiet");
        if (rc == CLI_OK)
            rc = args_given(&cmd.args, "help") ? print_help(&c, cmd.noun, cmd.verb) : run(&c, &cmd);
    }
    free(list);
    imap_fini(&c.keys);
    arena_fini(&c.arena);
    return rc;
}
