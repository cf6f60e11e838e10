/* follow.c - work the daemon goes on with after its answer: jobs and plans.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "cli/follow.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/progress.h"

#define POLL_FIRST_MS 50
#define POLL_MAX_MS 1000

static volatile sig_atomic_t interrupts;

static void on_interrupt(int signo)
{
    (void)signo;
    interrupts++;
}

struct follow_wait follow_wait(const struct args *a)
{
    struct follow_wait w = { .wait = args_given(a, "wait") };
    const char *text = args_value(a, "wait");

    if (text != NULL)
        (void)duration_parse(text, strlen(text), &w.limit_ms); /* checked when it was taken */
    return w;
}

int follow_exit(uint32_t type, struct ipam_str state)
{
    static const struct {
        uint32_t type;
        const char *state;
        int exit;
    } ends[] = {
        { IPAM_T_JOB, "done", CLI_OK },         { IPAM_T_JOB, "failed", CLI_FAILED },
        { IPAM_T_JOB, "canceled", CLI_FAILED }, { IPAM_T_JOB, "interrupted", CLI_TRY_AGAIN },
        { IPAM_T_PLAN, "verified", CLI_OK },    { IPAM_T_PLAN, "partly", CLI_PARTLY },
        { IPAM_T_PLAN, "drifted", CLI_PARTLY }, { IPAM_T_PLAN, "undone", CLI_FAILED },
        { IPAM_T_PLAN, "failed", CLI_FAILED },
    };

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i].type == type && str_is(state, ends[i].state))
            return ends[i].exit;
    return -1;
}

/* The noun and key a Location names: "/api/v1/system/jobs/12" is job 12. NULL for anything else. */
static const struct noun *location_noun(const char *location, const char **ret_key)
{
    const char *path = strstr(location, "/api/v1/"), *key = path != NULL ? strrchr(path, '/') + 1 : "";

    for (const struct noun *n = nouns; path != NULL && n->name != NULL; n++) {
        const struct record_type *t = record_type(n->type);
        struct strbuf collection;
        bool same;

        strbuf_init(&collection, 256);
        key_collection(t, &collection);
        same = collection.len == (size_t)(key - 1 - path) &&
               memcmp(collection.data, path, collection.len) == 0;
        strbuf_fini(&collection);
        if (same && key_is_id(key)) {
            *ret_key = key;
            return n;
        }
    }
    return NULL;
}

static int show_row(struct cli *c, const struct noun *n, const struct json_doc *doc, int rc)
{
    struct output o;
    int begun = output_begin(&o, c, record_type(n->type), n->columns, OUTPUT_ROW);

    if (begun == CLI_OK && json_type(json_root(doc)) == JSON_OBJECT)
        output_item(&o, doc, json_root(doc));
    return output_end(&o, begun != CLI_OK ? begun : rc);
}

static void cancel(struct cli *c, const struct noun *n, const char *path)
{
    struct client_answer a;
    struct strbuf verb;

    if (n->type != IPAM_T_JOB)
        return;
    strbuf_init(&verb, 1024);
    strbuf_printf(&verb, "%s/cancel", path);
    if (client_call(c->client, "POST", verb.data, (struct ipam_str){ NULL, 0 }, 0, &a) == CLI_OK)
        cli_say(c, "cancelling; press Ctrl-C again to leave at once");
    client_answer_fini(&a);
    strbuf_fini(&verb);
}

/* Says how it ended, in a line. */
static void say_end(const struct cli *c, const struct progress *p, const struct json *root, int rc)
{
    struct ipam_str state = json_str(json_get(root, "state")), message = json_str(json_get(root, "message"));
    char elapsed[40];

    progress_elapsed(p, elapsed, sizeof(elapsed));
    if (rc == CLI_OK)
        cli_say(c, "%s: " STR_FMT " in %s%s" STR_FMT, p->title, STR_ARG(state), elapsed,
                message.len > 0 ? ": " : "", STR_ARG(message));
    else
        cli_error("%s: " STR_FMT " after %s%s" STR_FMT, p->title, STR_ARG(state), elapsed,
                  message.len > 0 ? ": " : "", STR_ARG(message));
}

static void nap(int64_t ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    (void)nanosleep(&t, NULL); /* a signal ends it */
}

/* Polls until the end, the limit or the second Ctrl-C; *ret is the last answer. */
static int poll_end(struct cli *c, const struct noun *n, const char *path, const char *what, int64_t limit_ms,
                    struct client_answer *ret)
{
    struct progress p;
    int64_t began = clock_mono_ms(), pause = POLL_FIRST_MS;
    sig_atomic_t seen = 0;
    int rc;

    progress_init(&p, c, what);
    for (;;) {
        const struct json *root;
        int64_t done = 0, total = 0;
        int end;

        rc = client_get(c->client, path, ret);
        if (rc != CLI_OK)
            break;
        root = json_root(ret->doc);
        (void)json_int(json_get(root, "done"), &done);
        (void)json_int(json_get(root, "total"), &total);
        progress_update(&p, done, total);
        end = follow_exit(n->type, json_str(json_get(root, "state")));
        if (end >= 0 || interrupts > 1 || (interrupts > 0 && n->type != IPAM_T_JOB)) {
            rc = end >= 0 ? end : CLI_TRY_AGAIN;
            progress_end(&p);
            say_end(c, &p, root, rc);
            return rc;
        }
        if (limit_ms > 0 && clock_mono_ms() - began >= limit_ms) {
            rc = CLI_TRY_AGAIN;
            progress_end(&p);
            cli_error("%s is not finished yet; look with: ipamctl %s show %s", what, n->name,
                      strrchr(path, '/') + 1);
            return rc;
        }
        if (interrupts > seen) {
            seen = interrupts;
            progress_end(&p);
            cancel(c, n, path);
        }
        client_answer_fini(ret);
        nap(pause);
        pause = pause * 2 < POLL_MAX_MS ? pause * 2 : POLL_MAX_MS;
    }
    progress_end(&p);
    return rc;
}

int follow_answer(struct cli *c, const struct client_answer *a, const struct record_type *type,
                  const char *what, struct follow_wait wait)
{
    struct sigaction act = { .sa_handler = on_interrupt }, old;
    struct client_answer last;
    const char *key = NULL;
    const struct noun *n = location_noun(a->location, &key);
    struct strbuf path;
    int rc;

    if (n == NULL || (n->type != IPAM_T_JOB && n->type != IPAM_T_PLAN))
        return show_row(c, noun_of_type(type->type), a->doc, CLI_OK);
    if (!wait.wait) {
        cli_say(c, "%s: %s %s has begun; look with: ipamctl %s show %s", what, n->name, key, n->name, key);
        return show_row(c, n, a->doc, CLI_OK);
    }
    strbuf_init(&path, 1024);
    key_object(record_type(n->type), key, &path);
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, &old);
    rc = poll_end(c, n, path.data, what, wait.limit_ms, &last);
    sigaction(SIGINT, &old, NULL);
    if (last.doc != NULL && last.status == 200)
        rc = show_row(c, n, last.doc, rc);
    client_answer_fini(&last);
    strbuf_fini(&path);
    return rc;
}
