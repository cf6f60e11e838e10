/* complete_value.c - what the value of an option may become.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/complete_p.h"
#include "record/condition.h"

/* Texts that name something of which the daemon has a list. */
static const struct {
    uint32_t type;
    const char *field;
    uint32_t from;
    const char *member;
} named[] = {
    { IPAM_T_SERVER, "driver", IPAM_T_PLUGIN_INFO, "name" },
    { IPAM_T_SERVER, "profile", IPAM_T_SERVER, "profile" }, /* those in use */
    { IPAM_T_INSTANCE, "plugin", IPAM_T_PLUGIN_INFO, "name" },
    { IPAM_T_INSTANCE, "target", IPAM_T_SERVER, "name" },
};

/* "table|json|csv". */
static void alternatives(struct completion *p, const char *texts)
{
    for (const char *at = texts; *at != '\0'; at += strspn(at, "|")) {
        size_t len = strcspn(at, "|");
        const char *text = arena_memdup(&p->c->arena, at, len);

        if (text != NULL)
            complete_offer(p, text, NULL);
        at += len;
    }
}

/* "TYPE=", of the enumeration beside the field. */
static void companion(struct completion *p, const struct record_field *f)
{
    for (const char *const *name = f->names; *name != NULL; name++) {
        const char *text = arena_printf(&p->c->arena, "%s=", *name);

        if (text != NULL)
            complete_offer(p, text, NULL);
    }
}

static void of_field(struct completion *p, const struct record_type *t, const struct record_field *f)
{
    const struct record_field *type = options_companion(t, f);

    if (f->kind == KIND_ENUM) {
        for (const char *const *name = f->names; *name != NULL; name++)
            complete_offer(p, *name, NULL);
    } else if (type != NULL) {
        companion(p, type);
    } else if (f->kind == KIND_REF && record_type(f->ref)->group != NULL) {
        complete_keys(p, f->ref);
    } else if (f == type_key(t) && t->type != IPAM_T_INSTANCE) {
        complete_values_of(p, t->type, f->name);
    }
    if (t->type == IPAM_T_SERVER && strcmp(f->name, "roles") == 0)
        alternatives(p, "dhcp|dns|dc|nps"); /* any text is taken, but these are what the product knows */
    if (t->type == IPAM_T_SERVER && strcmp(f->name, "profile") == 0 && complete_profiles(p))
        return;
    for (unsigned i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (named[i].type == t->type && strcmp(named[i].field, f->name) == 0)
            complete_values_of(p, named[i].from, named[i].member);
}

/* Names of fields, separated by commas; or all. */
static void columns(struct completion *p, const struct record_type *t, bool all)
{
    const char *comma = strrchr(p->part, ',');

    if (*p->noun->columns == '\0' && t->type == p->noun->type) /* a command that shows no records */
        return;
    if (comma != NULL) {
        p->head = arena_printf(&p->c->arena, "%s%.*s", p->head, (int)(comma + 1 - p->part), p->part);
        p->part = comma + 1;
    }
    if (p->head == NULL)
        return;
    for (unsigned i = 0; i < t->field_count; i++)
        if (!(t->fields[i].flags & FIELD_SECRET))
            complete_offer(p, t->fields[i].name, t->fields[i].help);
    if (all && comma == NULL)
        complete_offer(p, "all", "Every field.");
}

static bool is_scalar(const struct record_field *f)
{
    return f->kind != KIND_JSON && f->kind != KIND_TEXTS && f->kind != KIND_INTS && f->kind != KIND_ADDRS;
}

static void ordering(struct completion *p, const struct record_type *t)
{
    const char *before = p->part[0] == '-' ? "-" : "";

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        const char *text = arena_printf(&p->c->arena, "%s%s", before, f->name);

        if (text != NULL && is_scalar(f) && !(f->flags & FIELD_SECRET))
            complete_offer(p, text, f->help);
    }
}

/* FIELD=, then FIELD.OP= once the point is there. */
static void condition(struct completion *p, const struct record_type *t)
{
    const char *point = strchr(p->part, '.');

    if (strchr(p->part, '=') != NULL)
        return;
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        bool meant = point == NULL || (strlen(f->name) == (size_t)(point - p->part) &&
                                       strncmp(f->name, p->part, strlen(f->name)) == 0);

        for (unsigned cmp = 0; cmp < CMP_COUNT && meant && !(f->flags & FIELD_SECRET); cmp++) {
            const char *text = arena_printf(&p->c->arena, "%s%s%s=", f->name, cmp != CMP_EQ ? "." : "",
                                            record_cmp_name((enum record_cmp)cmp));

            if (text != NULL && record_cmp_fits(f, (enum record_cmp)cmp) &&
                (point != NULL) == (cmp != CMP_EQ))
                complete_offer(p, text, f->help);
        }
    }
}

static void clearable(struct completion *p, const struct record_type *t)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];

        if (options_settable(f, VERB_SET) && !(f->flags & FIELD_REQUIRED))
            complete_offer(p, f->name, f->help);
    }
}

/* Whose fields are meant: those of the noun, or of the collection that an export names. */
static const struct record_type *type_meant(const struct completion *p)
{
    const struct record_type *t = NULL;

    if (p->noun != NULL && strcmp(p->noun->name, "export") == 0 && p->args.word_count > 0)
        t = record_type_by_name(str_from(p->args.words[0]));
    return t == NULL && p->noun != NULL ? record_type(p->noun->type) : t;
}

void complete_value(struct completion *p, const struct arg_option *o)
{
    const struct record_type *t = type_meant(p);
    const struct noun *noun = noun_find(strcmp(o->name, "reverse-zone") == 0 ? "zone" : o->name);

    if (o->kind == ARG_BOOL) {
        alternatives(p, "true|false");
    } else if (o->kind != ARG_VALUE) {
        return;
    } else if (o->field != NULL) {
        of_field(p, t, o->field);
    } else if (strchr(o->metavar, '|') != NULL) {
        alternatives(p, o->metavar);
    } else if (strcmp(o->metavar, "FILE") == 0) {
        strbuf_puts(p->out, "\tfiles\n");
    } else if ((strcmp(o->name, "columns") == 0 || strcmp(o->name, "fields") == 0) && t != NULL) {
        columns(p, t, strcmp(o->name, "columns") == 0);
    } else if (strcmp(o->name, "order") == 0 && t != NULL) {
        ordering(p, t);
    } else if (strcmp(o->name, "where") == 0 && t != NULL) {
        condition(p, t);
    } else if (strcmp(o->name, "clear") == 0) {
        clearable(p, t);
    } else if (strcmp(o->name, "identifier") == 0) {
        companion(p, record_field(record_type(IPAM_T_RESERVATION), IPAM_STR("identifier_type")));
    } else if (noun != NULL) {
        complete_keys(p, noun->type);
    } else if (strcmp(o->metavar, "PREFIX") == 0) {
        complete_prefixes(p);
    }
}
