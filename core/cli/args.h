/* args.h - the words and options of a command line.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Options are "--name VALUE", "--name=VALUE", "--name" or "-n VALUE"; "--" ends them; they stand anywhere
 * among the words. Which options there are depends on the words before, so words are taken one by one. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>

#include "base/arena.h"

struct record_field;

enum arg_kind {
    ARG_VALUE,   /* takes a value */
    ARG_BARE,    /* takes none */
    ARG_BOOL,    /* none, or =true, =false; --no-NAME is =false */
    ARG_DURATION /* a duration may follow: 10s */
};

struct arg_option {
    const char *name;    /* without dashes */
    const char *alias;   /* another name: the singular of a list's; or NULL */
    char letter;         /* short form, or 0 */
    uint8_t kind;        /* enum arg_kind */
    bool repeat;         /* may be given several times */
    const char *metavar; /* VALUE in the help; NULL when it takes none */
    const char *help;
    const struct record_field *field; /* the field it sets or filters by, or NULL */
};

#define ARG_OPTION(name_, metavar_, help_)                                                                   \
    { .name = (name_), .kind = ARG_VALUE, .metavar = (metavar_), .help = (help_) }
#define ARG_OPTION_BARE(name_, help_) { .name = (name_), .kind = ARG_BARE, .help = (help_) }

#define ARGS_OPTIONS_MAX 96
struct arg_options {
    struct arg_option items[ARGS_OPTIONS_MAX];
    unsigned count;
};

/* One option as given. */
struct arg {
    const char *name; /* of its arg_option, never the alias */
    const struct record_field *field;
    const char *value; /* NULL for a bare one */
    struct arg *next;
};

#define ARGS_WORDS_MAX 1000
struct args {
    int argc, at; /* the next argument to look at */
    char **argv;
    bool ended; /* "--" was seen */
    struct arena *arena;
    struct arg *first, **tail;
    const char **words; /* operands, after noun and verb */
    unsigned word_count;
    char error[256];                  /* what is wrong, after IPAM_E_INVAL */
    const struct arg_option *wanting; /* the option whose value was missing at the end, after IPAM_E_INVAL */
};

/* argv[0] is the program's name. Everything is allocated in the arena; values point into argv. */
void args_init(struct args *a, int argc, char **argv, struct arena *arena);
/* Takes options, and returns in *ret_word the next word, NULL at the end. 0, or IPAM_E_INVAL and a->error. */
int args_next(struct args *a, const struct arg_options *options, const char **ret_word);
/* Takes all that is left; words go to a->words. 0, or IPAM_E_INVAL with a->error. */
int args_rest(struct args *a, const struct arg_options *options);

/* Adds an option to the list; one of the same name is kept as it is. */
void args_option(struct arg_options *list, const struct arg_option *option);
/* The option of that name, NULL when there is none; *ret_no when it is the "no-" form of a bool. */
const struct arg_option *args_find(const struct arg_options *list, const char *text, size_t len,
                                   bool *ret_no);
const struct arg_option *args_find_letter(const struct arg_options *list, char letter);
/* Whether it was given; its value (the last one), or NULL. */
bool args_given(const struct args *a, const char *name);
const char *args_value(const struct args *a, const char *name);

#endif
