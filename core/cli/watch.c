/* watch.c - change follow: the changes as they come, without a gap however often the connection breaks.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/body.h"
#include "cli/client.h"
#include "cli/keys.h"
#include "cli/output.h"

#define PATH_SIZE     65536
#define DATA_MAX      (256u * 1024 * 1024)
#define PAUSE_FIRST_S 1
#define PAUSE_MOST_S  30

struct watch {
    struct cli *c;
    struct output out;
    struct events events;
    char at[24]; /* the last revision that was shown, or passed over; "": none yet */
    uint64_t left;
    bool dropped; /* the daemon ended it and said where to go on */
    bool spoke;   /* something came since the last connection */
    int rc;
};

/* One change: shown at once. */
static bool show(struct watch *w, const char *id, struct ipam_str data)
{
    struct json_error error;
    struct json_doc *doc;

    if (json_parse(data.data, data.len, DATA_MAX, &doc, &error) != 0) {
        cli_error("revision %s came as something that is not JSON (column %u: %s): is this ipamd?", id,
                  error.column, error.message);
        w->rc = CLI_FAILED;
        return false;
    }
    output_item(&w->out, doc, json_root(doc));
    json_free(doc);
    w->rc = output_flush(&w->out);
    return w->rc == CLI_OK && --w->left > 0;
}

static bool on_event(void *user, const char *name, const char *id, struct ipam_str data)
{
    struct watch *w = user;
    bool more = true;

    w->spoke = true;
    if (strcmp(name, "change") == 0 && data.len > 0) {
        more = show(w, id, data);
    } else if (name[0] != '\0') {
        w->dropped = strcmp(name, "dropped") == 0;
        return true; /* the end follows; where to go on is known */
    }
    memcpy(w->at, id, sizeof(w->at));
    return more;
}

static bool on_bytes(void *user, const char *bytes, size_t len)
{
    struct watch *w = user;

    return events_feed(&w->events, bytes, len);
}

static int make_path(const struct watch *w, const struct command *cmd, struct strbuf *path)
{
    static const char *const filters[] = { "type", "within" };
    const char *since = args_value(&cmd->args, "since");

    strbuf_reset(path);
    strbuf_puts(path, "/api/v1/feed");
    if (w->at[0] != '\0')
        key_query("since", str_from(w->at), path);
    else if (since != NULL)
        key_query("since", str_from(since), path);
    for (unsigned i = 0; i < 2; i++)
        if (args_value(&cmd->args, filters[i]) != NULL)
            key_query(filters[i], str_from(args_value(&cmd->args, filters[i])), path);
    return path->failed ? CLI_USAGE : CLI_OK;
}

static void pause_s(int seconds)
{
    struct timespec t = { seconds, 0 };

    (void)nanosleep(&t, NULL);
}

/* Connects again and again, each time from where it was. */
static int watch(struct watch *w, const struct command *cmd)
{
    struct strbuf path;
    int pause = PAUSE_FIRST_S, rc;

    strbuf_init(&path, PATH_SIZE);
    for (;;) {
        bool began = w->at[0] != '\0';

        w->spoke = w->dropped = false;
        events_reset(&w->events);
        rc = make_path(w, cmd, &path);
        if (rc == CLI_OK)
            rc = client_stream(w->c->client, "GET", path.data, on_bytes, w, began);
        if (w->rc != CLI_OK || w->left == 0) {
            rc = w->rc;
            break;
        }
        /* What cannot be mended by waiting ends it; so does a daemon that was never there. */
        if (rc != CLI_OK && rc != CLI_TRY_AGAIN && !(rc == CLI_UNREACHABLE && w->at[0] != '\0'))
            break;
        if (w->spoke)
            pause = PAUSE_FIRST_S;
        if (w->dropped)
            cli_say(w->c, "fell behind; going on after revision %s", w->at);
        else
            cli_say(w->c, "the daemon has ended the stream or cannot be reached; trying again in %d s",
                    pause);
        if (!w->dropped)
            pause_s(pause);
        pause = 2 * pause < PAUSE_MOST_S ? 2 * pause : PAUSE_MOST_S;
    }
    strbuf_fini(&path);
    return rc;
}

int verb_follow(struct cli *c, const struct command *cmd)
{
    const char *limit = args_value(&cmd->args, "limit");
    struct watch w = { .c = c, .left = UINT64_MAX };
    int rc = CLI_OK;

    if (limit != NULL)
        rc = body_number("limit", limit, INT64_MAX, &w.left);
    if (rc != CLI_OK || w.left == 0)
        return rc;
    if (c->format == FORMAT_JSON)
        c->format = FORMAT_JSONL; /* a list that does not end is none */
    rc = output_begin(&w.out, c, cmd->type, cmd->noun->columns, OUTPUT_LIST);
    events_init(&w.events, on_event, &w);
    if (rc == CLI_OK)
        rc = watch(&w, cmd);
    events_fini(&w.events);
    return output_end(&w.out, rc);
}
