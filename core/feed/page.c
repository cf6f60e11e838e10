/* page.c - events read from the change log, for those who are behind.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "feed/feed_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST 512 /* of one page */

struct page_call {
    page_done done;
    void *user;
    struct page *page;
    struct request *request; /* to be stopped when it is enough; NULL: told already */
    size_t bytes, most;
    int status; /* of making an event */
};

void page_unref(struct page *p)
{
    if (p == NULL || --p->refs > 0)
        return;
    for (size_t i = 0; i < p->count; i++)
        event_unref(p->events[i]);
    free(p);
}

static void on_row(void *user, int64_t rev, struct ipam_bytes row)
{
    struct page_call *c = user;
    struct event *e;
    if (c->status != 0 || c->bytes >= c->most || c->page->count == EVENTS_MOST)
        return;
    c->status = event_make(rev, row, &e);
    if (c->status == 0) {
        c->page->events[c->page->count++] = e;
        c->bytes += event_size(e);
    }
    if ((c->status != 0 || c->bytes >= c->most) && c->request != NULL) {
        struct request *request = c->request;
        c->request = NULL;
        request_cancel(request);
    }
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct page_call *c = user;
    char text[128];
    (void)answer;
    if (c->status == IPAM_E_INVAL) {
        c->status = IPAM_E_BUG;
        snprintf(text, sizeof(text),
                 "revision %lld of the change log cannot be read: the database is damaged",
                 (long long)(c->page->after + (int64_t)c->page->count + 1));
        message = text;
    } else if (c->status != 0) {
        message = "there is not enough memory for this change";
    }
    if (c->page->count >
        0) /* stopped when it was enough, or something is wrong behind them: what came is good */
        status = 0;
    else if (c->status != 0)
        status = c->status;
    c->done(c->user, c->page, status, message);
    page_unref(c->page);
    free(c);
}

void page_read(struct store *store, int64_t after, int64_t upto, size_t bytes, page_done done, void *user)
{
    struct page_call *c = xcalloc(1, sizeof(*c));
    c->done = done;
    c->user = user;
    c->most = bytes;
    c->page = xcalloc(1, sizeof(*c->page) + EVENTS_MOST * sizeof(c->page->events[0]));
    c->page->refs = 1;
    c->page->after = after;
    c->request = store_changes(store, after, upto, EVENTS_MOST, 0, on_row, on_rows, c);
}
