/* nouns.h - the one table of what ipamctl can do: nouns, verbs, operands, options.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Parsing, help, the manual page and dispatch all read it. Options that set or filter fields are not in it:
 * they come from the record tables, so that a new field of a record is an option here without a line here. */
#ifndef CLI_NOUNS_H
#define CLI_NOUNS_H

#include "cli/args.h"
#include "cli/cli.h"
#include "record/record.h"

/* Which options of the record's fields a verb takes. */
enum verb_options {
    VERB_FILTERS = 1u << 0,  /* list: keys, indexed fields, enums; --within */
    VERB_CREATE = 1u << 1,   /* what may be set at creation */
    VERB_SET = 1u << 2,      /* what may be set later; --clear */
    VERB_ALLOCATE = 1u << 3, /* VERB_CREATE without the container */
    VERB_WAIT = 1u << 4,     /* --wait */
    VERB_ALONE = 1u << 5,    /* works without a daemon: c->client is NULL */
    VERB_PICTURE = 1u << 6,  /* --output svg */
    VERB_KEYS = 1u << 7      /* what it is known by is given by options, too */
};

struct command;

struct verb {
    const char *name;
    const char *operand; /* "KEY", "KEY...", "[PREFIX]", NULL for none; KEY is the noun's own word */
    unsigned options;    /* VERB_* */
    /* Further ones, ended by a name of NULL; or NULL. */
    const struct arg_option *extra;
    /* Runs it; an exit code. */
    int (*run)(struct cli *c, const struct command *cmd);
    const char *help;
};

struct noun {
    const char *name;
    uint32_t type;   /* record type */
    const char *key; /* how the help calls its key: NAME, PREFIX, ID */
    /* Ended by NULL; a single one without a name: the noun is the command. */
    const struct verb *const *verbs;
    const char *columns; /* of its table, by field name */
};

/* A command line that was understood. */
struct command {
    const struct noun *noun;
    const struct verb *verb;
    const struct record_type *type; /* the noun's */
    struct args args;
};

/* All nouns, ended by one without a name. */
extern const struct noun nouns[];

const struct noun *noun_find(const char *name);
/* The noun whose table shows this record type; NULL when none does. */
const struct noun *noun_of_type(uint32_t type);
const struct verb *verb_find(const struct noun *n, const char *name);
/* Says that there is no such noun or verb, the nearest one, and all there are. CLI_USAGE. */
int noun_unknown(const char *name);
int verb_unknown(const struct noun *n, const char *name);

/* The options every command has. */
void options_global(struct arg_options *list);
/* Those of a verb, after the global ones. Names are made in the arena. */
void options_verb(struct arg_options *list, const struct noun *n, const struct verb *v, struct arena *arena);
/* Whether create, set or allocate may set the field by an option. */
bool options_settable(const struct record_field *f, unsigned verb_options);
/* The enum field X_type beside a field X, whose option then takes TYPE=VALUE; or NULL. */
const struct record_field *options_companion(const struct record_type *t, const struct record_field *f);

/* The field that is the natural key, NULL when there is none; the field that is its container, or NULL. */
const struct record_field *type_key(const struct record_type *t);
const struct record_field *type_container(const struct record_type *t);

#endif
