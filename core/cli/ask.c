/* ask.c - filters, order, fields and a time, from the options of list and show to the query of the daemon.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/body.h"
#include "cli/keys.h"
#include "cli/pages.h"
#include "net/addr.h"
#include "record/condition.h"

#define AT_HELP                                                                                              \
    "As it was then: a revision, a time such as 2026-11-01T10:00Z or 2026-11-01, or how long ago, such as "  \
    "7d."
#define FIELDS_HELP "Ask for these fields alone, and show them."

const struct arg_option ask_list_options[] = {
    ARG_OPTION("limit", "N", "Show at most N; all when absent."),
    ARG_OPTION_BARE("all", "Show all, however many."),
    ARG_OPTION_BARE("count", "Show only how many there are."),
    { .name = "where",
      .alias = "filter",
      .kind = ARG_VALUE,
      .repeat = true,
      .metavar = "FIELD[.OP]=VALUE",
      .help = "Only those whose field is so; OP is ne, lt, le, gt, ge, contains, prefix, in (values with "
              "commas between "
              "them) or null (true, false). All must hold." },
    ARG_OPTION("order", "[-]FIELD", "Order by this field; with - the greatest first."),
    ARG_OPTION("fields", "A,B,..", FIELDS_HELP),
    ARG_OPTION("at", "WHEN", AT_HELP),
    { .name = NULL }
};
const struct arg_option ask_show_options[] = { ARG_OPTION("fields", "A,B,..", FIELDS_HELP),
                                               ARG_OPTION("at", "WHEN", AT_HELP),
                                               { .name = NULL } };

/* A field as people write it: cost-center is cost_center. */
static const struct record_field *field_of(const struct command *cmd, const char *option,
                                           struct ipam_str name)
{
    char text[64];
    size_t n = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;
    const char *best = NULL;
    unsigned distance = 0;

    for (size_t i = 0; i < n; i++)
        text[i] = name.data[i] == '-' ? '_' : name.data[i];
    text[n] = '\0';
    const struct record_field *f = record_field(cmd->type, (struct ipam_str){ text, n });
    if (f != NULL && !(f->flags & FIELD_SECRET))
        return f;
    for (unsigned i = 0; i < cmd->type->field_count; i++)
        if (!(cmd->type->fields[i].flags & FIELD_SECRET))
            text_nearest(text, cmd->type->fields[i].name, &best, &distance);
    cli_error("--%s: a %s has no field '%s'%s%s%s; its fields are those of ipamctl %s list --help", option,
              cmd->noun->name, text, best != NULL ? "; did you mean '" : "", best != NULL ? best : "",
              best != NULL ? "'?" : "", cmd->noun->name);
    return NULL;
}

/* Whether a list has a parameter of its own by this name. */
static bool is_own(const char *name)
{
    static const char *const own[] = { "limit",    "count",    "order",  "fields", "within",
                                       "overlaps", "contains", "cursor", "at",     "dialect" };

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return false;
}

/* "name.prefix=web" as the parameter name.prefix. */
static int add_condition(struct cli *c, const struct command *cmd, const char *text, struct strbuf *path)
{
    const char *equal = strchr(text, '=');
    size_t len = equal != NULL ? (size_t)(equal - text) : strlen(text);
    const char *point = memchr(text, '.', len);
    struct ipam_str name = { text, point != NULL ? (size_t)(point - text) : len };
    enum record_cmp cmp = CMP_EQ;
    struct strbuf fitting;

    if (equal == NULL) {
        cli_error("--where '%s': expected FIELD=VALUE or FIELD.OP=VALUE, such as name.prefix=web", text);
        return CLI_USAGE;
    }
    const struct record_field *f = field_of(cmd, "where", name);
    if (f == NULL)
        return CLI_USAGE;
    if ((point != NULL && !record_cmp_by_name((struct ipam_str){ point + 1, len - name.len - 1 }, &cmp)) ||
        !record_cmp_fits(f, cmp)) {
        strbuf_init(&fitting, 256);
        record_cmps_print(f, &fitting);
        cli_error("--where '%s': %s is compared by %s", text, f->name, fitting.data);
        strbuf_fini(&fitting);
        return CLI_USAGE;
    }
    if (cmp == CMP_EQ && is_own(f->name)) /* name.in=VALUE is the same, and no parameter of the list */
        cmp = CMP_IN;
    const char *op = cmp == CMP_EQ ? "" : ".";
    const char *param = arena_printf(&c->arena, "%s%s%s", f->name, op, record_cmp_name(cmp));
    if (param == NULL)
        return CLI_FAILED;
    key_query(param, str_from(equal + 1), path);
    return CLI_OK;
}

static int add_order(const struct command *cmd, const char *text, struct strbuf *path)
{
    bool down = text[0] == '-';
    const struct record_field *f = field_of(cmd, "order", str_from(text + down));
    char value[80];

    if (f == NULL)
        return CLI_USAGE;
    snprintf(value, sizeof(value), "%s%.64s", down ? "-" : "", f->name);
    key_query("order", str_from(value), path);
    return CLI_OK;
}

static int add_fields(struct cli *c, const struct command *cmd, const char *text, struct strbuf *path)
{
    const char *names = "";

    for (const char *p = text + strspn(text, ", "); *p != '\0'; p += strspn(p, ", ")) {
        struct ipam_str name = { p, strcspn(p, ", ") };
        const struct record_field *f = field_of(cmd, "fields", name);

        if (f == NULL)
            return CLI_USAGE;
        names = arena_printf(&c->arena, "%s%s%s", names, *names != '\0' ? "," : "", f->name);
        if (names == NULL)
            return CLI_FAILED;
        p += name.len;
    }
    if (*names == '\0') {
        cli_error("--fields: names of fields with commas between them are expected");
        return CLI_USAGE;
    }
    key_query("fields", str_from(names), path);
    if (c->columns == NULL)
        c->columns = names;
    return CLI_OK;
}

static bool digits(const char *text, size_t from, size_t count)
{
    return strspn(text + from, "0123456789") >= count;
}

const char *ask_time(const char *text, int64_t now_ms, struct arena *arena)
{
    char buf[TIME_TEXT_MAX + 1];
    const char *full = text;
    size_t len = strlen(text);
    int64_t ms;

    if (len > 0 && strspn(text, "0123456789") == len)
        return text;
    if (duration_parse(text, len, &ms) == 0) {
        buf[time_print(now_ms - ms, buf)] = '\0';
        return arena_strdup(arena, buf);
    }
    if (len >= 10 && digits(text, 0, 4) && text[4] == '-' && digits(text, 5, 2) && text[7] == '-' &&
        digits(text, 8, 2)) {
        if (len == 10) /* a day begins at midnight, UTC */
            full = arena_printf(arena, "%sT00:00:00Z", text);
        else if (len > 16 && digits(text, 11, 2) && text[13] == ':' && digits(text, 14, 2) && text[16] != ':')
            full = arena_printf(arena, "%.16s:00%s", text, text + 16);
    }
    return full != NULL && time_parse(full, strlen(full), &ms) == 0 ? full : NULL;
}

static int add_at(struct cli *c, const char *text, struct strbuf *path)
{
    const char *at = ask_time(text, clock_wall_ms(), &c->arena);

    if (at == NULL) {
        cli_error("--at '%s': expected a revision, a time such as 2026-11-01T10:00Z or 2026-11-01, or how "
                  "long ago, such "
                  "as 7d",
                  text);
        return CLI_USAGE;
    }
    key_query("at", str_from(at), path);
    return CLI_OK;
}

int ask_query(struct cli *c, const struct command *cmd, struct strbuf *path)
{
    static const char *const plain[] = { "overlaps", "contains" };
    const char *order = args_value(&cmd->args, "order"), *fields = args_value(&cmd->args, "fields");
    const char *at = args_value(&cmd->args, "at");
    int rc = CLI_OK;

    for (const struct arg *v = cmd->args.first; rc == CLI_OK && v != NULL; v = v->next)
        if (strcmp(v->name, "where") == 0)
            rc = add_condition(c, cmd, v->value, path);
    for (size_t i = 0; rc == CLI_OK && i < 2; i++) {
        const char *value = args_value(&cmd->args, plain[i]);
        if (value != NULL)
            key_query(plain[i], str_from(value), path);
    }
    if (rc == CLI_OK && order != NULL)
        rc = add_order(cmd, order, path);
    if (rc == CLI_OK && fields != NULL)
        rc = add_fields(c, cmd, fields, path);
    if (rc == CLI_OK && at != NULL)
        rc = add_at(c, at, path);
    return rc;
}

int ask_limit(const struct command *cmd, uint64_t absent, uint64_t *ret)
{
    const char *limit = args_value(&cmd->args, "limit");

    *ret = args_given(&cmd->args, "all") ? PAGES_ALL : absent;
    if (limit == NULL)
        return CLI_OK;
    if (args_given(&cmd->args, "all")) {
        cli_error("--limit and --all exclude each other");
        return CLI_USAGE;
    }
    return body_number("limit", limit, INT64_MAX, ret);
}
