/* options.c - the options of a command: the global ones, and those that come from the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/nouns.h"

static const struct arg_option global_options[] = {
    ARG_OPTION("url", "URL", "The daemon: http://127.0.0.1:8053 or unix:/run/ipamd/api.sock."),
    ARG_OPTION("token-file", "FILE", "File that holds the access token."),
    ARG_OPTION(
        "ca", "FILE",
        "Authorities, in PEM, that may have signed the daemon's certificate; the system's when absent."),
    ARG_OPTION("cert", "FILE", "Our own certificate, in PEM, for a daemon that knows its clients by theirs."),
    ARG_OPTION("key", "FILE", "The private key of --cert; in the same file when absent."),
    ARG_OPTION("config", "FILE", "Configuration of ipamd; its first listener is used."),
    { .name = "output",
      .letter = 'o',
      .kind = ARG_VALUE,
      .metavar = "table|json|jsonl|csv|yaml|svg",
      .help = "How data is written; table when absent. svg: only utilization." },
    ARG_OPTION("columns", "A,B,..", "Fields to show, by name; all for every one."),
    ARG_OPTION("reason", "TEXT", "Why, for the record of changes."),
    { .name = "yes", .letter = 'y', .kind = ARG_BARE, .help = "Do not ask before deleting." },
    { .name = "quiet", .letter = 'q', .kind = ARG_BARE, .help = "Say nothing on stderr but errors." },
    ARG_OPTION_BARE("dry-run", "Change nothing; show what would be changed."),
    { .name = "help", .letter = 'h', .kind = ARG_BARE, .help = "Explain the command." },
    { .name = NULL }
};
static const struct arg_option wait_option = {
    .name = "wait",
    .kind = ARG_DURATION,
    .metavar = "[DURATION]",
    .help = "Wait for the end of what the command started; no longer than DURATION when given."
};
static const struct arg_option within_option =
    ARG_OPTION("within", "PREFIX", "Only what lies inside this prefix.");
static const struct arg_option overlaps_option =
    ARG_OPTION("overlaps", "PREFIX", "Only what has an address in common with this prefix.");
static const struct arg_option contains_option =
    ARG_OPTION("contains", "ADDRESS", "Only what holds this address or prefix.");
static const struct arg_option clear_option = { .name = "clear",
                                                .kind = ARG_VALUE,
                                                .repeat = true,
                                                .metavar = "FIELD",
                                                .help = "Remove the field's value." };

const struct record_field *type_key(const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if (t->fields[i].flags & FIELD_KEY)
            return &t->fields[i];
    return NULL;
}

const struct record_field *type_container(const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++)
        if (t->fields[i].flags & FIELD_CONTAINER)
            return &t->fields[i];
    return NULL;
}

static bool is_list(const struct record_field *f)
{
    return f->kind == KIND_TEXTS || f->kind == KIND_INTS || f->kind == KIND_ADDRS;
}

bool options_settable(const struct record_field *f, unsigned verb_options)
{
    if (f->flags &
        (FIELD_READONLY | FIELD_DERIVED | FIELD_SECRET)) /* a secret is no argument: others see those */
        return false;
    if (verb_options & VERB_SET)
        return !(f->flags & FIELD_FIXED);
    if ((verb_options & VERB_ALLOCATE) && (f->flags & FIELD_CONTAINER))
        return false;
    return !(f->flags & FIELD_KEY) || (verb_options & VERB_KEYS) != 0;
}

/* What is in the storage alone is found by its indexed fields. */
static bool is_filter(const struct record_type *t, const struct record_field *f)
{
    if ((f->flags & FIELD_DERIVED) || f->kind == KIND_JSON || is_list(f))
        return false;
    if (t->residency == RES_INDEXED || t->residency == RES_STORED)
        return f->flags & FIELD_INDEXED;
    return (f->flags & (FIELD_INDEXED | FIELD_KEY)) || f->kind == KIND_ENUM || f->kind == KIND_BOOL ||
           (f->kind == KIND_REF && !(f->flags & FIELD_READONLY));
}

const struct record_field *options_companion(const struct record_type *t, const struct record_field *f)
{
    size_t len = strlen(f->name);

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *o = &t->fields[i];
        if (o->kind == KIND_ENUM && strncmp(o->name, f->name, len) == 0 &&
            strcmp(o->name + len, "_type") == 0)
            return o;
    }
    return NULL;
}

/* "VALUE" of a field's option. */
static const char *metavar(const struct record_type *t, const struct record_field *f, struct arena *arena)
{
    const char *text = "";

    switch (f->kind) {
    case KIND_BOOL: return NULL;
    case KIND_INT:
    case KIND_INTS: return "N";
    case KIND_TIME: return "TIME";
    case KIND_ADDR:
    case KIND_ADDRS: return "ADDRESS";
    case KIND_PREFIX: return "PREFIX";
    case KIND_BYTES: return options_companion(t, f) != NULL ? "[TYPE=]HEX" : "HEX";
    case KIND_REF: return noun_of_type(f->ref) != NULL ? noun_of_type(f->ref)->key : "ID";
    case KIND_ENUM:
        for (const char *const *name = f->names; *name != NULL; name++)
            text = arena_printf(arena, "%s%s%s", text, name == f->names ? "" : "|", *name);
        return text;
    default: return "VALUE";
    }
}

/* Adds the option of a field: cost_center is --cost-center; of a list, roles is --role and --roles. */
static void field_option(struct arg_options *list, const struct record_type *t, const struct record_field *f,
                         struct arena *arena)
{
    struct arg_option o = { .kind = f->kind == KIND_BOOL ? ARG_BOOL : ARG_VALUE,
                            .help = f->help,
                            .field = f };
    char *name = arena_strdup(arena, f->name);
    size_t len = strlen(f->name);

    if (name == NULL)
        return;
    for (char *p = name; *p != '\0'; p++)
        *p = *p == '_' ? '-' : *p;
    o.name = name;
    o.metavar = metavar(t, f, arena);
    if (is_list(f)) {
        o.repeat = true;
        if (len > 1 && name[len - 1] == 's') {
            o.alias = name;
            len -= len > 4 && (name[len - 3] == 's' || name[len - 3] == 'x') ? 2 : 1; /* "addresses" */
            o.name = arena_printf(arena, "%.*s", (int)len, name);
        }
    }
    args_option(list, &o);
}

static void add_all(struct arg_options *list, const struct arg_option *options)
{
    for (; options != NULL && options->name != NULL; options++)
        args_option(list, options);
}

void options_global(struct arg_options *list)
{
    list->count = 0;
    add_all(list, global_options);
}

void options_verb(struct arg_options *list, const struct noun *n, const struct verb *v, struct arena *arena)
{
    const struct record_type *t = record_type(n->type);
    const struct record_field *key = type_key(t);
    unsigned sets = v->options & (VERB_CREATE | VERB_KEYS | VERB_SET | VERB_ALLOCATE);

    add_all(list, v->extra);
    if ((v->options & VERB_FILTERS) && key != NULL && (key->kind == KIND_PREFIX || key->kind == KIND_ADDR)) {
        args_option(list, &within_option);
        args_option(list, &overlaps_option);
        args_option(list, &contains_option);
    }
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((sets != 0 && options_settable(f, sets)) || ((v->options & VERB_FILTERS) && is_filter(t, f)))
            field_option(list, t, f, arena);
    }
    if (v->options & VERB_SET)
        args_option(list, &clear_option);
    if (v->options & VERB_WAIT)
        args_option(list, &wait_option);
}
