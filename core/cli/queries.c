/* queries.c - query run: the list that a saved query asks for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/ask.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536

/* The record that the list of this path shows; NULL: none that is known here. */
static const struct record_type *type_of_list(struct ipam_str list)
{
    for (uint32_t n = 0; n < RECORD_TYPES; n++) {
        const struct record_type *t = record_type(n);
        size_t group = t != NULL && t->group != NULL ? strlen(t->group) : 0;

        if (group > 0 && list.len > group && list.data[group] == '/' &&
            memcmp(list.data, t->group, group) == 0 &&
            str_is((struct ipam_str){ list.data + group + 1, list.len - group - 1 }, t->plural))
            return t;
    }
    return NULL;
}

/* What `fields` of the parameters names, as the columns of a table; NULL: it is not there. */
static const char *columns_of(struct cli *c, struct ipam_str query)
{
    static const char name[] = "fields=";
    const char *at = query.data, *end = query.data + query.len;

    while (at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        const char *to = next != NULL ? next : end;
        size_t len = sizeof(name) - 1;

        if ((size_t)(to - at) > len && memcmp(at, name, len) == 0) {
            struct strbuf text;
            const char *kept;

            strbuf_init(&text, PATH_SIZE);
            for (const char *p = at + len; p < to; p++) {
                bool comma = *p == '%' && to - p >= 3 && p[1] == '2' && (p[2] == 'C' || p[2] == 'c');

                strbuf_putc(&text, comma ? ',' : *p);
                p += comma ? 2 : 0;
            }
            kept = arena_memdup(&c->arena, text.data, text.len);
            strbuf_fini(&text);
            return kept;
        }
        at = to + 1;
    }
    return NULL;
}

/* How the list is shown. */
static int settle(struct cli *c, const struct command *cmd, const struct json *query,
                  const struct record_type **ret)
{
    struct ipam_str list = json_str(json_get(query, "list"));

    *ret = type_of_list(list);
    if (*ret == NULL) {
        cli_error("query %s is one of the list " STR_FMT
                  ", which this ipamctl does not know: is it as new as "
                  "the daemon?",
                  cmd->args.words[0], STR_ARG(list));
        return CLI_FAILED;
    }
    if (c->columns == NULL)
        c->columns = columns_of(c, json_str(json_get(query, "query")));
    return CLI_OK;
}

static int show_rows(struct cli *c, const struct command *cmd, const struct record_type *t,
                     struct strbuf *path, uint64_t limit)
{
    const struct noun *noun = noun_of_type(t->type);
    struct output o;
    int rc;

    strbuf_puts(path, "/run");
    rc = ask_query(c, cmd, path);
    if (rc == CLI_OK)
        rc = output_begin(&o, c, t, noun != NULL ? noun->columns : "", OUTPUT_LIST);
    if (rc != CLI_OK)
        return rc;
    rc = pages_each(c->client, path->data, limit, output_page, &o);
    if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
        cli_say(c, "no %s", t->plural);
    return output_end(&o, rc);
}

int verb_query_run(struct cli *c, const struct command *cmd)
{
    const struct record_type *t;
    struct client_answer a;
    struct strbuf path;
    uint64_t limit;
    int rc = ask_limit(cmd, PAGES_ALL, &limit);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, PATH_SIZE);
    key_object(cmd->type, cmd->args.words[0], &path);
    rc = client_get(c->client, path.data, &a);
    if (rc == CLI_OK)
        rc = settle(c, cmd, json_root(a.doc), &t);
    client_answer_fini(&a);
    if (rc == CLI_OK)
        rc = show_rows(c, cmd, t, &path, limit);
    strbuf_fini(&path);
    return rc;
}
