/* edit.c - dhcp edit: one edit over many scopes, reservations or settings.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/dry_run.h"
#include "cli/follow.h"
#include "cli/keys.h"
#include "cli/verbs.h"

#define BODY_SIZE (1u << 20)

/* What can be edited, and its list. */
static const struct {
    const char *option, *list;
    uint32_t type;
} selections[] = {
    { "reservations", "dhcp/reservations", IPAM_T_RESERVATION },
    { "settings", "dhcp/server-settings", IPAM_T_DHCP_SERVER },
    { "superscopes", "dhcp/superscopes", IPAM_T_SUPERSCOPE },
    { "classes", "dhcp/classes", IPAM_T_DHCP_CLASS },
    { "scopes", "dhcp/scopes", IPAM_T_SCOPE }, /* the last: without any of them */
};
#define SELECTIONS (sizeof(selections) / sizeof(selections[0]))

static const char *const words[] = { "add", "overwrite", "append", "replace", "delete" };

static int write_selection(const struct command *cmd, struct json_writer *w, uint32_t *ret_type)
{
    struct strbuf query;
    size_t at = 0;
    while (at + 1 < SELECTIONS && !args_given(&cmd->args, selections[at].option))
        at++;
    *ret_type = selections[at].type;
    strbuf_init(&query, 65536);
    for (const struct arg *a = cmd->args.first; a != NULL; a = a->next) {
        const char *equal = a->value != NULL ? strchr(a->value, '=') : NULL;
        char name[64];
        if (strcmp(a->name, "server") == 0 && strcmp(a->value, "*") != 0)
            key_query("server", str_from(a->value), &query);
        else if (strcmp(a->name, "within") == 0)
            key_query("within", str_from(a->value), &query);
        if (strcmp(a->name, "where") != 0)
            continue;
        if (equal == NULL || (size_t)(equal - a->value) >= sizeof(name)) {
            cli_error("--where '%s': expected FIELD=VALUE or FIELD.OP=VALUE, such as name.prefix=floor",
                      a->value);
            strbuf_fini(&query);
            return CLI_USAGE;
        }
        snprintf(name, sizeof(name), "%.*s", (int)(equal - a->value), a->value);
        key_query(name, str_from(equal + 1), &query);
    }
    jw_key(w, "select");
    jw_object(w);
    jw_key(w, "list");
    jw_text(w, selections[at].list);
    if (query.len > 0) {
        jw_key(w, "query");
        jw_str(w, (struct ipam_str){ query.data + 1, query.len - 1 }); /* behind the question mark */
    }
    jw_object_end(w);
    strbuf_fini(&query);
    return CLI_OK;
}

/* --- one edit: WORD KEY=VALUE --- */

/* "a,b": the values of an option. */
static void write_values(const char *name, struct ipam_str text, struct json_writer *w)
{
    jw_key(w, name);
    jw_array(w);
    while (text.len > 0) {
        const char *comma = memchr(text.data, ',', text.len);
        size_t len = comma != NULL ? (size_t)(comma - text.data) : text.len;
        jw_str(w, (struct ipam_str){ text.data, len });
        text.data += len + (comma != NULL);
        text.len -= len + (comma != NULL);
    }
    jw_array_end(w);
}

static int write_property(struct cli *c, const struct record_field *f, const char *name, struct ipam_str text,
                          uint32_t type, struct json_writer *w)
{
    char err[256];
    void *rec = record_new(&c->arena, type);
    if (record_field_parse(f, text, &c->arena, rec, err) != 0) {
        cli_error("%s '" STR_FMT "': %s", f->name, STR_ARG(text), err);
        return CLI_USAGE;
    }
    jw_key(w, name);
    record_field_to_json(f, rec, w);
    return CLI_OK;
}

/* What `replace` finds, and what it puts there: OLD:NEW, or OLD->NEW where there are colons in them. */
static bool split_change(const char *text, struct ipam_str *ret_old, struct ipam_str *ret_new)
{
    const char *at = strstr(text, "->");
    size_t len = 2;
    if (at == NULL) {
        at = strchr(text, ':');
        len = 1;
        if (at == NULL || strchr(at + 1, ':') != NULL)
            return false;
    }
    *ret_old = (struct ipam_str){ text, (size_t)(at - text) };
    *ret_new = str_from(at + len);
    return true;
}

struct written {
    const struct record_field *field; /* NULL: of an option */
    uint32_t type;
};

static int write_value(struct cli *c, const struct written *e, bool old, struct ipam_str text,
                       struct json_writer *w)
{
    if (e->field != NULL)
        return write_property(c, e->field, old ? "old" : "value", text, e->type, w);
    write_values(old ? "old" : "values", text, w);
    return CLI_OK;
}

static void write_option(struct ipam_str name, struct json_writer *w)
{
    bool digits = name.len > 0 && strspn(name.data, "0123456789") >= name.len;
    jw_key(w, "option");
    if (digits)
        jw_raw(w, name);
    else
        jw_str(w, name);
}

static int write_edit(struct cli *c, const struct arg *a, uint32_t type, struct json_writer *w)
{
    const char *equal = strchr(a->value, '=');
    struct ipam_str key = { a->value, equal != NULL ? (size_t)(equal - a->value) : strlen(a->value) }, old,
                    new;
    struct written e = { NULL, type };
    bool option = key.len > 7 && memcmp(key.data, "option.", 7) == 0;
    if (!option)
        e.field = record_field(record_type(type), key);
    if (!option && e.field == NULL) {
        cli_error("--%s '" STR_FMT "': it is no property of a %s; an option is option.NAME or option.CODE",
                  a->name, STR_ARG(key), record_type(type)->name);
        return CLI_USAGE;
    }
    jw_object(w);
    jw_key(w, "word");
    jw_text(w, a->name);
    if (option) {
        write_option((struct ipam_str){ key.data + 7, key.len - 7 }, w);
    } else {
        jw_key(w, "property");
        jw_str(w, key);
    }
    int rc = CLI_OK;
    if (strcmp(a->name, "replace") == 0) {
        if (equal == NULL || !split_change(equal + 1, &old, &new)) {
            cli_error("--replace '%s': expected KEY=OLD:NEW, or KEY=OLD->NEW where they have colons",
                      a->value);
            return CLI_USAGE;
        }
        rc = write_value(c, &e, true, old, w);
        if (rc == CLI_OK)
            rc = write_value(c, &e, false, new, w);
    } else if (equal != NULL) {
        rc = write_value(c, &e, false, str_from(equal + 1), w);
    }
    jw_object_end(w);
    return rc;
}

static int write_edits(struct cli *c, const struct command *cmd, uint32_t type, struct json_writer *w)
{
    unsigned count = 0;
    int rc = CLI_OK;
    jw_key(w, "edits");
    jw_array(w);
    for (const struct arg *a = cmd->args.first; a != NULL && rc == CLI_OK; a = a->next)
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && rc == CLI_OK; i++)
            if (strcmp(a->name, words[i]) == 0) {
                rc = write_edit(c, a, type, w);
                count++;
            }
    if (rc == CLI_OK && count == 0) {
        cli_error("dhcp edit needs what to do: --add, --overwrite, --append, --replace or --delete");
        rc = CLI_USAGE;
    }
    if (rc == CLI_OK)
        jw_array_end(w);
    return rc;
}

static int write_body(struct cli *c, const struct command *cmd, struct json_writer *w)
{
    static const char *const times[] = { "begin", "window" };
    uint32_t type;
    jw_object(w);
    int rc = write_selection(cmd, w, &type);
    if (rc == CLI_OK)
        rc = write_edits(c, cmd, type, w);
    if (rc != CLI_OK)
        return rc;
    for (size_t i = 0; i < 2; i++)
        if (args_value(&cmd->args, times[i]) != NULL) {
            jw_key(w, times[i]);
            jw_text(w, args_value(&cmd->args, times[i]));
        }
    jw_object_end(w);
    return CLI_OK;
}

static int show(struct cli *c, const struct command *cmd, const struct client_answer *a)
{
    const struct json *root = json_root(a->doc);
    int64_t id = 0, objects = 0, servers = 0;
    if (dry_run_show(c, a)) {
        (void)json_int(json_get(root, "changed"), &objects);
        (void)json_int(json_get(root, "servers"), &servers);
        cli_say(c, "%lld objects of %lld servers would be changed", (long long)objects, (long long)servers);
        return CLI_OK;
    }
    (void)json_int(json_get(root, "id"), &id);
    return follow_answer(c, a, cmd, arena_printf(&c->arena, "%lld", (long long)id));
}

int verb_edit(struct cli *c, const struct command *cmd)
{
    struct client_answer a;
    struct json_writer w;
    struct strbuf body;
    strbuf_init(&body, BODY_SIZE);
    jw_init(&w, &body);
    int rc = write_body(c, cmd, &w);
    if (rc == CLI_OK) {
        rc = client_call(c->client, "POST", "/api/v1/dhcp/edit", strbuf_str(&body), 0, &a);
        if (rc == CLI_OK)
            rc = show(c, cmd, &a);
        client_answer_fini(&a);
    }
    strbuf_fini(&body);
    return rc;
}
