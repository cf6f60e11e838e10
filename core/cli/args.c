/* args.c - the words and options of a command line.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/text.h"
#include "ipam/status.h"

void args_init(struct args *a, int argc, char **argv, struct arena *arena)
{
    memset(a, 0, sizeof(*a));
    a->argc = argc;
    a->at = 1;
    a->argv = argv;
    a->arena = arena;
    a->tail = &a->first;
}

void args_option(struct arg_options *list, const struct arg_option *option)
{
    for (unsigned i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, option->name) == 0)
            return;
    if (list->count < ARGS_OPTIONS_MAX)
        list->items[list->count++] = *option;
}

static bool is_name(const char *name, const char *text, size_t len)
{
    return name != NULL && strlen(name) == len && memcmp(name, text, len) == 0;
}

const struct arg_option *args_find(const struct arg_options *list, const char *text, size_t len, bool *ret_no)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct arg_option *o = &list->items[i];

        *ret_no = o->kind == ARG_BOOL && len > 3 && memcmp(text, "no-", 3) == 0 &&
                  is_name(o->name, text + 3, len - 3);
        if (*ret_no || is_name(o->name, text, len) || is_name(o->alias, text, len))
            return o;
    }
    return NULL;
}

const struct arg_option *args_find_letter(const struct arg_options *list, char letter)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->items[i].letter == letter)
            return &list->items[i];
    return NULL;
}

static int unknown(struct args *a, const struct arg_options *list, const char *text, size_t len)
{
    const char *best = NULL;
    unsigned distance = 0;
    char word[64];

    snprintf(word, sizeof(word), "%.*s", (int)len, text);
    for (unsigned i = 0; i < list->count; i++) {
        text_nearest(word, list->items[i].name, &best, &distance);
        if (list->items[i].alias != NULL)
            text_nearest(word, list->items[i].alias, &best, &distance);
    }
    if (best != NULL)
        snprintf(a->error, sizeof(a->error), "unknown option --%s; did you mean --%s?", word, best);
    else
        snprintf(a->error, sizeof(a->error), "unknown option --%s", word);
    return IPAM_E_INVAL;
}

static int record(struct args *a, const struct arg_option *o, const char *value)
{
    struct arg *arg;

    if (!o->repeat && args_given(a, o->name)) {
        snprintf(a->error, sizeof(a->error), "--%s is given twice", o->name);
        return IPAM_E_INVAL;
    }
    arg = arena_alloc(a->arena, sizeof(*arg));
    if (arg == NULL)
        return IPAM_E_NOMEM;
    arg->name = o->name;
    arg->field = o->field;
    arg->value = value;
    *a->tail = arg;
    a->tail = &arg->next;
    return 0;
}

/* Settles the value of an option: `value` is what followed "=", or NULL; the next argument may be taken. */
static int take(struct args *a, const struct arg_option *o, const char *value, bool no)
{
    const char *next = a->at < a->argc ? a->argv[a->at] : NULL;
    int64_t ms;

    if (o->kind == ARG_VALUE && value == NULL) {
        if (next == NULL || strncmp(next, "--", 2) == 0) {
            snprintf(a->error, sizeof(a->error), "--%s needs a value", o->name);
            a->wanting = next == NULL ? o : NULL;
            if (next != NULL)
                snprintf(a->error, sizeof(a->error),
                         "--%s needs a value; if it is meant to be %.64s, write --%s=%.64s", o->name, next,
                         o->name, next);
            return IPAM_E_INVAL;
        }
        value = next;
        a->at++;
    } else if (o->kind == ARG_DURATION && value == NULL && next != NULL &&
               duration_parse(next, strlen(next), &ms) == 0) {
        value = next;
        a->at++;
    } else if (o->kind == ARG_DURATION && value != NULL && duration_parse(value, strlen(value), &ms) != 0) {
        snprintf(a->error, sizeof(a->error), "--%s=%.64s: expected a duration such as 10s or 2m", o->name,
                 value);
        return IPAM_E_INVAL;
    } else if (o->kind == ARG_BOOL) {
        if (value != NULL && (no || (strcmp(value, "true") != 0 && strcmp(value, "false") != 0))) {
            snprintf(a->error, sizeof(a->error), "--%s%s=%.64s: write --%s, --no-%s or --%s=true|false",
                     no ? "no-" : "", o->name, value, o->name, o->name, o->name);
            return IPAM_E_INVAL;
        }
        value = no ? "false" : value != NULL ? value : "true";
    } else if (o->kind == ARG_BARE && value != NULL) {
        snprintf(a->error, sizeof(a->error), "--%s takes no value", o->name);
        return IPAM_E_INVAL;
    }
    return record(a, o, value);
}

int args_next(struct args *a, const struct arg_options *options, const char **ret_word)
{
    while (a->at < a->argc) {
        const char *text = a->argv[a->at++];
        const struct arg_option *o;
        bool no = false;
        int rc;

        if (a->ended || text[0] != '-' || text[1] == '\0') {
            *ret_word = text;
            return 0;
        }
        if (strcmp(text, "--") == 0) {
            a->ended = true;
            continue;
        }
        if (text[1] == '-') {
            size_t len = strcspn(text + 2, "=");

            o = args_find(options, text + 2, len, &no);
            if (o == NULL)
                return unknown(a, options, text + 2, len);
            rc = take(a, o, text[2 + len] == '=' ? text + 3 + len : NULL, no);
        } else {
            o = args_find_letter(options, text[1]);
            if (o == NULL || (text[2] != '\0' && o->kind != ARG_VALUE)) {
                snprintf(a->error, sizeof(a->error), "unknown option %.64s", text);
                return IPAM_E_INVAL;
            }
            rc = take(a, o, text[2] != '\0' ? text + 2 + (text[2] == '=') : NULL, false);
        }
        if (rc != 0)
            return rc;
    }
    *ret_word = NULL;
    return 0;
}

int args_rest(struct args *a, const struct arg_options *options)
{
    a->words = arena_alloc(a->arena, ARGS_WORDS_MAX * sizeof(a->words[0]));
    if (a->words == NULL)
        return IPAM_E_NOMEM;
    for (;;) {
        const char *word;
        int rc = args_next(a, options, &word);

        if (rc != 0 || word == NULL)
            return rc;
        if (a->word_count == ARGS_WORDS_MAX) {
            snprintf(a->error, sizeof(a->error), "more than %d operands", ARGS_WORDS_MAX);
            return IPAM_E_INVAL;
        }
        a->words[a->word_count++] = word;
    }
}

bool args_given(const struct args *a, const char *name)
{
    for (const struct arg *v = a->first; v != NULL; v = v->next)
        if (strcmp(v->name, name) == 0)
            return true;
    return false;
}

const char *args_value(const struct args *a, const char *name)
{
    const char *value = NULL;

    for (const struct arg *v = a->first; v != NULL; v = v->next)
        if (strcmp(v->name, name) == 0)
            value = v->value;
    return value;
}
