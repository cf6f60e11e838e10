/* pages.h - a list of any length, page by page.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "cli/client.h"

#define PAGES_ALL UINT64_MAX
#define PAGES_MAX 1000 /* the most the daemon gives at a time */

/* Called for every page with its "items"; anything but CLI_OK stops. */
typedef int (*pages_fn)(void *user, const struct json_doc *doc, const struct json *items);

/* GETs `path`, which may have a query, and follows the cursors until `limit` items or the end. */
int pages_each(struct client *c, const char *path, uint64_t limit, pages_fn page, void *user);
/* The total the daemon counts for the list. */
int pages_total(struct client *c, const char *path, int64_t *ret_total);

#endif
