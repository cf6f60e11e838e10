/* find.c - ipamctl find: every record by address, prefix, MAC address, client id, DUID or name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/pages.h"
#include "cli/verbs.h"

#define PATH_SIZE 65536
#define FOUND     100 /* shown unless it is said otherwise */

/* What is shown of a record that was found; the record itself is shown where there are no columns. */
static const struct record_field fields[] = {
    { .number = 1, .kind = KIND_TEXT, .name = "type", .unit = "" },
    { .number = 2, .kind = KIND_INT, .name = "id", .unit = "" },
    { .number = 3, .kind = KIND_TEXT, .name = "key", .unit = "" },
    { .number = 4, .kind = KIND_TEXT, .name = "match", .unit = "" },
    { .number = 5, .kind = KIND_TEXT, .name = "field", .unit = "" },
    { .number = 6, .kind = KIND_TEXT, .name = "href", .unit = "" },
};
static const struct record_type found = {
    .name = "match", .plural = "matches", .fields = fields, .field_count = sizeof(fields) / sizeof(fields[0])
};

int verb_search(struct cli *c, const struct command *cmd)
{
    struct strbuf path;
    struct output o;
    uint64_t limit;
    int rc = ask_limit(cmd, FOUND, &limit);

    if (rc != CLI_OK)
        return rc;
    strbuf_init(&path, PATH_SIZE);
    strbuf_puts(&path, "/api/v1/find");
    key_query("q", str_from(cmd->args.words[0]), &path);
    rc = output_begin(&o, c, &found, "type key match field href", OUTPUT_LIST);
    if (rc == CLI_OK)
        rc = pages_each(c->client, path.data, limit, output_page, &o);
    if (rc == CLI_OK && o.count == 0 && c->format == FORMAT_TABLE)
        cli_say(c, "nothing answers to %s", cmd->args.words[0]);
    rc = output_end(&o, rc);
    strbuf_fini(&path);
    return rc;
}
