/* body.c - request bodies and filters, made of operands and options by the record tables.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/body.h"

#include <string.h>

#include "cli/keys.h"
#include "cli/refs.h"
#include "net/addr.h"

#define ERR_SIZE 256 /* of record_field_parse */

/* Sets one field of the record from text; `name` is how the user knows it ("--vlan", "PREFIX"). */
static int set_field(struct cli *c, const struct record_field *f, const char *name, struct ipam_str text,
                     void *rec)
{
    char err[ERR_SIZE];
    char *digits;
    int64_t id;
    int rc;

    if (f->kind == KIND_REF && text.data != NULL) {
        char *key = arena_memdup(&c->arena, text.data, text.len);

        rc = key == NULL ? CLI_FAILED : key_is_id(key) ? CLI_OK : refs_id(c, f->ref, key, &id);
        if (rc != CLI_OK)
            return rc;
        digits = key_is_id(key) ? key : arena_printf(&c->arena, "%lld", (long long)id);
        text = str_from(digits);
    }
    if (record_field_parse(f, text, &c->arena, rec, err) != 0) {
        cli_error("%s '%.*s': %s", name, (int)(text.len < 200 ? text.len : 200), text.data, err);
        return CLI_USAGE;
    }
    return CLI_OK;
}

/* "TYPE=VALUE" sets both fields; "VALUE" the one. */
static int set_typed(struct cli *c, const struct record_type *t, const struct record_field *f,
                     const char *name, struct ipam_str text, void *rec)
{
    const struct record_field *type = options_companion(t, f);
    const char *equal = type != NULL ? memchr(text.data, '=', text.len) : NULL;
    int rc = CLI_OK;

    if (equal != NULL) {
        rc = set_field(c, type, name, (struct ipam_str){ text.data, (size_t)(equal - text.data) }, rec);
        text = (struct ipam_str){ equal + 1, text.len - (size_t)(equal + 1 - text.data) };
    }
    return rc == CLI_OK ? set_field(c, f, name, text, rec) : rc;
}

/* Options of the same list field become one list. */
static int set_options(struct cli *c, const struct command *cmd, void *rec)
{
    for (const struct arg *v = cmd->args.first; v != NULL; v = v->next) {
        const char *name = arena_printf(&c->arena, "--%s", v->name), *text = v->value;
        int rc;

        if (v->field == NULL || record_has(rec, v->field->number))
            continue;
        for (const struct arg *more = v->next; more != NULL && text != NULL; more = more->next)
            if (more->field == v->field)
                text = arena_printf(&c->arena, "%s%s%s", text,
                                    (v->field->flags & FIELD_PHRASES) != 0 ? "\n" : ",", more->value);
        if (name == NULL || text == NULL)
            return CLI_FAILED;
        rc = set_typed(c, cmd->type, v->field, name, str_from(text), rec);
        if (rc != CLI_OK)
            return rc;
    }
    return CLI_OK;
}

/* The operand is the natural key: "10.1.2.0/24@tenant-a"; where there is a field last also "FIRST-LAST", or a
 * prefix that gives both. */
static int set_operand(struct cli *c, const struct command *cmd, const char *operand, void *rec)
{
    const struct record_field *key = type_key(cmd->type), *container = type_container(cmd->type);
    const struct record_field *last = record_field(cmd->type, IPAM_STR("last"));
    struct ipam_str text, in;
    const struct record_field *prefix = record_field(cmd->type, IPAM_STR("prefix"));
    const char *dash;
    int rc = CLI_OK;

    key_split(cmd->type, operand, &text, &in);
    dash = last != NULL ? memchr(text.data, '-', text.len) : NULL;
    if (dash != NULL) {
        struct ipam_str end = { dash + 1, text.len - (size_t)(dash + 1 - text.data) };

        rc = set_field(c, last, cmd->verb->operand, end, rec);
        text.len = (size_t)(dash - text.data);
    }
    if (last != NULL && prefix != NULL && memchr(text.data, '/', text.len) != NULL)
        key = prefix;
    if (rc == CLI_OK)
        rc = set_field(c, key, cmd->noun->key, text, rec);
    if (rc != CLI_OK || in.data == NULL)
        return rc;
    if (container == NULL || (container->flags & FIELD_READONLY)) {
        cli_error("%s '%s': '@' names no container here; give the %s alone", cmd->noun->key, operand,
                  cmd->noun->key);
        return CLI_USAGE;
    }
    return set_field(c, container, container->name, in, rec);
}

static int check_required(const struct command *cmd, const void *rec)
{
    for (unsigned i = 0; i < cmd->type->field_count; i++) {
        const struct record_field *f = &cmd->type->fields[i];
        char option[64];
        size_t n = 0;

        if (!(f->flags & FIELD_REQUIRED) || record_has(rec, f->number))
            continue;
        for (; f->name[n] != '\0' && n < sizeof(option) - 1; n++)
            option[n] = f->name[n] == '_' ? '-' : f->name[n];
        option[n] = '\0';
        cli_error("%s %s needs --%s: %s", cmd->noun->name, cmd->verb->name, option, f->help);
        return CLI_USAGE;
    }
    return CLI_OK;
}

static void write_fields(const struct record_type *t, const void *rec, struct json_writer *w)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        if (!record_has(rec, t->fields[i].number))
            continue;
        jw_key(w, t->fields[i].name);
        record_field_to_json(&t->fields[i], rec, w);
    }
}

int body_create(struct cli *c, const struct command *cmd, const char *operand, struct json_writer *w)
{
    void *rec = record_new(&c->arena, cmd->type->type);
    int rc = rec == NULL ? CLI_FAILED : CLI_OK;

    if (rc == CLI_OK && operand != NULL)
        rc = set_operand(c, cmd, operand, rec);
    if (rc == CLI_OK)
        rc = set_options(c, cmd, rec);
    if (rc == CLI_OK && operand != NULL)
        rc = check_required(cmd, rec);
    if (rc == CLI_OK)
        write_fields(cmd->type, rec, w);
    return rc;
}

/* A field as an option names it: cost-center or cost_center. */
static const struct record_field *named_field(const struct record_type *t, const char *name)
{
    char field[64];
    size_t n = 0;

    for (; name[n] != '\0' && n < sizeof(field) - 1; n++)
        field[n] = name[n] == '-' ? '_' : name[n];
    field[n] = '\0';
    return name[n] == '\0' ? record_field(t, str_from(field)) : NULL;
}

static int write_cleared(const struct command *cmd, const void *rec, struct json_writer *w, bool *any)
{
    uint64_t done[2] = { 0, 0 };

    for (const struct arg *v = cmd->args.first; v != NULL; v = v->next) {
        const struct record_field *f;

        if (strcmp(v->name, "clear") != 0)
            continue;
        f = named_field(cmd->type, v->value);
        if (f == NULL || !options_settable(f, VERB_SET) || (f->flags & FIELD_REQUIRED)) {
            cli_error("--clear %s: a %s has no such field that can be cleared; see ipamctl %s set --help",
                      v->value, cmd->noun->name, cmd->noun->name);
            return CLI_USAGE;
        }
        if (record_has(rec, f->number)) {
            cli_error("--clear %s: the same field is given a value", v->value);
            return CLI_USAGE;
        }
        if (done[f->number >> 6] >> (f->number & 63) & 1)
            continue;
        done[f->number >> 6] |= (uint64_t)1 << (f->number & 63);
        jw_key(w, f->name);
        jw_null(w);
        *any = true;
    }
    return CLI_OK;
}

int body_set(struct cli *c, const struct command *cmd, struct json_writer *w, bool *ret_any)
{
    struct ipam_record *rec = record_new(&c->arena, cmd->type->type);
    int rc = rec == NULL ? CLI_FAILED : set_options(c, cmd, rec);

    if (rc != CLI_OK)
        return rc;
    *ret_any = (rec->has[0] | rec->has[1]) != 0;
    write_fields(cmd->type, rec, w);
    return write_cleared(cmd, rec, w, ret_any);
}

int body_typed(struct cli *c, const struct record_type *t, const char *field, const char *text,
               struct json_writer *w)
{
    const struct record_field *f = record_field(t, str_from(field));
    void *rec = record_new(&c->arena, t->type);
    int rc = CLI_FAILED;

    if (rec != NULL && f != NULL)
        rc = set_typed(c, t, f, arena_printf(&c->arena, "--%s", field), str_from(text), rec);
    if (rc == CLI_OK)
        write_fields(t, rec, w);
    return rc;
}

static int add_within(const char *text, struct strbuf *path)
{
    struct ipam_prefix p;
    char meant[PREFIX_TEXT_MAX];
    size_t len = strlen(text);

    if (prefix_parse_host(text, len, &p) != 0) {
        cli_error("--within '%s': expected a prefix such as 10.1.0.0/16 or 2001:db8::/32", text);
        return CLI_USAGE;
    }
    if (prefix_parse(text, len, &p) != 0) {
        prefix_print(&p, meant);
        cli_error("--within '%s': there are bits set beyond the prefix length; %s is meant?", text, meant);
        return CLI_USAGE;
    }
    key_query("within", str_from(text), path);
    return CLI_OK;
}

int body_filters(struct cli *c, const struct command *cmd, struct strbuf *path)
{
    const char *within = args_value(&cmd->args, "within");
    void *rec = record_new(&c->arena, cmd->type->type);
    struct strbuf text;
    int rc = rec == NULL ? CLI_FAILED : set_options(c, cmd, rec);

    if (rc == CLI_OK && within != NULL)
        rc = add_within(within, path);
    strbuf_init(&text, 65536);
    for (unsigned i = 0; rc == CLI_OK && i < cmd->type->field_count; i++) {
        const struct record_field *f = &cmd->type->fields[i];

        if (!record_has(rec, f->number))
            continue;
        strbuf_reset(&text);
        record_field_print(f, rec, &text);
        key_query(f->name, strbuf_str(&text), path);
    }
    strbuf_fini(&text);
    return rc;
}

int body_number(const char *option, const char *text, uint64_t max, uint64_t *ret)
{
    struct ipam_u128 n;

    if (u128_parse(text, strlen(text), &n) != 0 || n.hi != 0 || n.lo == 0 || n.lo > max) {
        cli_error("--%s '%s': expected a whole number from 1 to %llu", option, text, (unsigned long long)max);
        return CLI_USAGE;
    }
    *ret = n.lo;
    return CLI_OK;
}

void body_keys(const struct command *cmd, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    jw_key(&w, "keys");
    jw_array(&w);
    for (unsigned i = 0; i < cmd->args.word_count; i++)
        jw_text(&w, cmd->args.words[i]);
    jw_array_end(&w);
    jw_object_end(&w);
}
