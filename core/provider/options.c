/* options.c - a plugin's option table and the check of a JSON object against it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider/options.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ipam/status.h"
#include "provider/option_value.h"
#include "provider/reason.h"

#define NAME_MAX_ 64

static const char *const kind_names[] = { NULL,   "text",   "int",     "bool",   "enum", "duration",
                                          "path", "secret", "address", "prefix", "list" };

const char *option_kind_name(uint32_t kind)
{
    return kind < sizeof(kind_names) / sizeof(kind_names[0]) ? kind_names[kind] : NULL;
}

bool option_has_range(uint32_t kind)
{
    return kind == IPAM_OPT_INT || kind == IPAM_OPT_DURATION || kind == IPAM_OPT_LIST;
}

const struct ipam_option *option_table_find(const struct option_table *t, struct ipam_str name)
{
    for (unsigned i = 0; i < t->count; i++)
        if (str_is(name, t->items[i].name))
            return &t->items[i];
    return NULL;
}

static const char *flags_fault(const struct ipam_option *o)
{
    if (o->flags & ~(IPAM_OPT_REQUIRED | IPAM_OPT_PORT | IPAM_OPT_SERVER))
        return "has flags this ABI does not know";
    if ((o->flags & IPAM_OPT_PORT) && (o->kind != IPAM_OPT_INT || o->min < 1 || o->max > UINT16_MAX))
        return "is a port, yet no integer from 1 to 65535";
    if ((o->flags & IPAM_OPT_SERVER) && o->kind != IPAM_OPT_TEXT && o->kind != IPAM_OPT_ADDRESS &&
        o->kind != IPAM_OPT_LIST)
        return "is a server, yet neither a text, nor an address, nor a list";
    return NULL;
}

/* What is wrong with one option of a plugin's own table, or NULL. */
static const char *table_fault(const struct ipam_option *o)
{
    struct option_value value;
    struct arena scratch;
    char why[PROVIDER_ERR_MAX];
    const char *fault;
    int status = 0;

    if (o->size < offsetof(struct ipam_option, help) + sizeof(o->help))
        return "is smaller than this ABI's";
    if (o->name == NULL || o->name[0] == '\0' || strlen(o->name) > NAME_MAX_ ||
        o->name[strspn(o->name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        return "has no snake_case name";
    if (option_kind_name(o->kind) == NULL)
        return "is of no known kind";
    fault = flags_fault(o);
    if (fault != NULL)
        return fault;
    if (o->help == NULL || o->help[0] == '\0')
        return "has no help";
    if (o->kind == IPAM_OPT_ENUM && (o->names == NULL || o->names[0] == NULL))
        return "is an enum without names";
    if (option_has_range(o->kind) && o->min > o->max)
        return "has an empty range";
    if (o->kind == IPAM_OPT_LIST && (o->min < 0 || o->max > OPTION_ITEMS_MAX))
        return "is a list of less than none, or of more than 1000";
    if (o->kind == IPAM_OPT_SECRET && o->def)
        return "is a secret with a default";
    if (o->def && (o->flags & IPAM_OPT_REQUIRED))
        return "is required, yet has a default";
    arena_init(&scratch, 0);
    if (o->def)
        status = option_parse(o, str_from(o->def), &scratch, &value, why);
    arena_fini(&scratch);
    if (status < 0)
        return "has a default that its own kind and range refuse";
    return NULL;
}

int option_table_copy(const struct ipam_option *const *table, struct arena *a, struct option_table *ret,
                      char *err)
{
    unsigned count = 0;

    while (table && table[count] && count <= OPTIONS_MAX)
        count++;
    if (count > OPTIONS_MAX)
        return refuse(IPAM_E_CONFIG, err, "its option table has more than %d entries, or no NULL at its end",
                      OPTIONS_MAX);
    ret->items = arena_alloc(a, (count + 1) * sizeof(*ret->items));
    ret->count = 0;
    for (unsigned i = 0; ret->items && i < count; i++) {
        struct ipam_option copy = { 0 };
        const char *fault;

        memcpy(&copy, table[i], table[i]->size < sizeof(copy) ? table[i]->size : sizeof(copy));
        fault = table_fault(&copy);
        if (fault == NULL && option_table_find(ret, str_from(copy.name)))
            fault = "is there twice";
        if (fault)
            return refuse(IPAM_E_CONFIG, err, "option %u ('%.64s') of its table %s", i,
                          copy.name ? copy.name : "", fault);
        copy.size = sizeof(copy);
        ret->items[ret->count++] = copy;
    }
    return ret->items ? 0 : IPAM_E_NOMEM;
}

struct check {
    const struct json_doc *doc;
    option_problem problem;
    void *user;
    int count;
};

static void report(struct check *c, const struct json *at, const char *message)
{
    uint32_t line, column;

    json_place(c->doc, at, &line, &column);
    c->problem(c->user, line, column, message);
    c->count++;
}

static void report_unknown(struct check *c, const struct option_table *t, const struct json *v)
{
    char message[PROVIDER_ERR_MAX];
    struct ipam_str key = json_key(v);
    int len = snprintf(message, sizeof(message), "option '%.*s' is not known; known are:",
                       (int)(key.len < NAME_MAX_ ? key.len : NAME_MAX_), key.data);

    for (unsigned i = 0; i < t->count && len < (int)sizeof(message); i++)
        len +=
            snprintf(message + len, sizeof(message) - (size_t)len, "%s %s", i ? "," : "", t->items[i].name);
    report(c, v, message);
}

int options_check(const struct option_table *t, const struct json_doc *doc, const struct json *options,
                  const struct json *base, bool partial, option_problem problem, void *user)
{
    struct check c = { doc, problem, user, 0 };
    struct arena scratch;
    char message[PROVIDER_ERR_MAX], why[PROVIDER_ERR_MAX];

    if (options && json_type(options) != JSON_OBJECT) {
        snprintf(message, sizeof(message), "options are %s; write an object: { \"name\": value }",
                 json_type_name(json_type(options)));
        report(&c, options, message);
        return c.count;
    }
    arena_init(&scratch, 0);
    for (const struct json *v = json_first(options); v; v = json_next(v)) {
        const struct ipam_option *o = option_table_find(t, json_key(v));
        struct option_value value;

        if (o == NULL) {
            report_unknown(&c, t, v);
        } else if (option_from_json(o, v, &scratch, &value, why) < 0) {
            refuse(0, message, "option '%s' %s", o->name, why);
            report(&c, v, message);
        }
    }
    arena_fini(&scratch);
    for (unsigned i = 0; i < t->count; i++) {
        const struct ipam_option *o = &t->items[i];

        if (partial || !(o->flags & IPAM_OPT_REQUIRED) || json_get(options, o->name) ||
            json_get(base, o->name))
            continue;
        refuse(0, message, "option '%s' is missing; write it: %s", o->name, o->help);
        report(&c, options, message);
    }
    return c.count;
}
