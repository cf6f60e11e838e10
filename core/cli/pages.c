/* pages.c - a list of any length, page by page.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/keys.h"

#define PATH_MAX_ 65536

static int not_a_list(const char *path)
{
    cli_error("the answer to GET %s is not a list of items: is this ipamd, and as new as ipamctl?", path);
    return CLI_FAILED;
}

static int one_page(struct client *c, const char *path, uint64_t *left, struct strbuf *cursor, pages_fn page,
                    void *user)
{
    struct client_answer a;
    struct strbuf full;
    char number[24];
    int rc;

    snprintf(number, sizeof(number), "%" PRIu64, *left < PAGES_MAX ? *left : PAGES_MAX);
    strbuf_init(&full, PATH_MAX_);
    strbuf_puts(&full, path);
    key_query("limit", str_from(number), &full);
    if (cursor->len > 0)
        key_query("cursor", strbuf_str(cursor), &full);
    rc = client_get(c, full.data, &a);
    strbuf_fini(&full);
    strbuf_reset(cursor);
    if (rc == CLI_OK) {
        const struct json *items = json_get(json_root(a.doc), "items");
        size_t count = json_count(items);

        if (json_type(items) != JSON_ARRAY)
            rc = not_a_list(path);
        else
            rc = page(user, a.doc, items);
        *left -= count < *left ? count : *left;
        strbuf_addstr(cursor, json_str(json_get(json_root(a.doc), "next"))); /* of an empty page too */
    }
    client_answer_fini(&a);
    return rc;
}

int pages_each(struct client *c, const char *path, uint64_t limit, pages_fn page, void *user)
{
    struct strbuf cursor;
    uint64_t left = limit;
    int rc;

    strbuf_init(&cursor, 16384);
    do {
        rc = one_page(c, path, &left, &cursor, page, user);
    } while (rc == CLI_OK && left > 0 && cursor.len > 0);
    strbuf_fini(&cursor);
    return rc;
}

int pages_total(struct client *c, const char *path, int64_t *ret_total)
{
    struct client_answer a;
    struct strbuf full;
    int rc;

    strbuf_init(&full, PATH_MAX_);
    strbuf_puts(&full, path);
    key_query("limit", IPAM_STR("1"), &full);
    key_query("count", IPAM_STR("true"), &full);
    rc = client_get(c, full.data, &a);
    if (rc == CLI_OK && json_int(json_get(json_root(a.doc), "total"), ret_total) != 0)
        rc = not_a_list(full.data);
    strbuf_fini(&full);
    client_answer_fini(&a);
    return rc;
}
