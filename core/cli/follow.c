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
#define POLL_MAX_MS   1000

static volatile sig_atomic_t interrupts;

static void on_interrupt(int signo)
{
    (void)signo;
    interrupts++;
}

bool follow_interrupted(void)
{
    return interrupts > 0;
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
        same =
            collection.len == (size_t)(key - 1 - path) && memcmp(collection.data, path, collection.len) == 0;
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

static void cancel(struct cli *c, const char *path)
{
    struct client_answer a;
    struct strbuf verb;

    strbuf_init(&verb, 1024);
    strbuf_printf(&verb, "%s/cancel", path);
    if (client_call(c->client, "POST", verb.data, (struct ipam_str){ NULL, 0 }, 0, &a) == CLI_OK)
        cli_say(c, "cancelling; Ctrl-C again leaves at once");
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

/* Says that it is left alone, and how to look at it. */
static int leave(const struct noun *n, const char *path, const char *what)
{
    cli_error("%s is not finished yet; look with: ipamctl %s show %s", what, n->name, strrchr(path, '/') + 1);
    return CLI_TRY_AGAIN;
}

/* Polls until the end, the limit, or until Ctrl-C says to leave; *ret is the last answer. */
static int poll_end(struct cli *c, const struct noun *n, const char *path, const char *what, int64_t limit_ms,
                    struct client_answer *ret)
{
    int patience = n->type == IPAM_T_JOB ? 2 : 1; /* a job is cancelled first; a plan goes on */
    int64_t pause = POLL_FIRST_MS;
    struct progress p;
    bool canceled = false;
    int rc;

    progress_init(&p, c, what);
    while ((rc = client_get(c->client, path, ret)) == CLI_OK) {
        const struct json *root = json_root(ret->doc);
        int64_t done = 0, total = 0;
        int end = follow_exit(n->type, json_str(json_get(root, "state")));

        bool plan = json_get(root, "steps") != NULL;
        (void)json_int(json_get(root, plan ? "ended" : "done"), &done);
        (void)json_int(json_get(root, plan ? "steps" : "total"), &total);
        progress_update(&p, done, total);
        if (end >= 0 || interrupts >= patience || (limit_ms > 0 && progress_ms(&p) >= limit_ms)) {
            progress_end(&p);
            if (end >= 0)
                say_end(c, &p, root, end);
            return end >= 0 ? end : leave(n, path, what);
        }
        client_answer_fini(ret);
        if (interrupts > 0 && !canceled) {
            progress_end(&p);
            cancel(c, path);
            canceled = true;
        }
        nap(pause);
        pause = pause * 2 < POLL_MAX_MS ? pause * 2 : POLL_MAX_MS;
    }
    progress_end(&p);
    return rc;
}

/* Follows the object at `path` and shows how it ended. */
static int follow(struct cli *c, const struct noun *n, const char *path, const char *what, int64_t limit_ms)
{
    struct sigaction act = { .sa_handler = on_interrupt }, old;
    struct client_answer last;
    int rc;

    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, &old);
    rc = poll_end(c, n, path, what, limit_ms, &last);
    sigaction(SIGINT, &old, NULL);
    if (last.doc != NULL && last.status == 200)
        rc = show_row(c, n, last.doc, rc);
    client_answer_fini(&last);
    return rc;
}

/* One of several plans: how it is now, or at its end. */
static int follow_one(struct cli *c, const struct noun *n, const struct command *cmd, const char *key,
                      int64_t id, struct output *o)
{
    struct follow_wait wait = follow_wait(&cmd->args);
    const char *text = arena_printf(&c->arena, "%lld", (long long)id);
    const char *what = arena_printf(&c->arena, "%s %s %s", cmd->noun->name, cmd->verb->name, key);
    struct client_answer a;
    struct strbuf path;
    int rc;

    strbuf_init(&path, 1024);
    key_object(record_type(n->type), text, &path);
    if (wait.wait)
        rc = poll_end(c, n, path.data, what, wait.limit_ms, &a);
    else
        rc = client_get(c->client, path.data, &a);
    if (!wait.wait && rc == CLI_OK)
        cli_say(c, "plan %s has begun; look with: ipamctl plan show %s", text, text);
    if (a.doc != NULL && a.status == 200)
        output_item(o, a.doc, json_root(a.doc));
    client_answer_fini(&a);
    strbuf_fini(&path);
    return rc;
}

int follow_plans(struct cli *c, const struct client_answer *a, const struct command *cmd, const char *key)
{
    const struct noun *n = noun_of_type(IPAM_T_PLAN);
    struct sigaction act = { .sa_handler = on_interrupt }, old;
    struct output o;
    int64_t id;
    int rc = output_begin(&o, c, record_type(n->type), n->columns, OUTPUT_LIST), worst = rc;

    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, &old);
    for (const struct json *v = json_first(json_get(json_root(a->doc), "items")); v != NULL && rc == CLI_OK;
         v = json_next(v)) {
        int end = json_int(json_get(v, "id"), &id) == 0 ? follow_one(c, n, cmd, key, id, &o) : CLI_FAILED;

        worst = worst == CLI_OK ? end : worst;
    }
    sigaction(SIGINT, &old, NULL);
    return output_end(&o, worst);
}

int follow_answer(struct cli *c, const struct client_answer *a, const struct command *cmd, const char *key)
{
    const char *id = NULL;
    const struct noun *n = location_noun(a->location, &id);
    struct follow_wait wait = follow_wait(&cmd->args);
    struct strbuf what, path;
    int rc;

    if (n == NULL || (n->type != IPAM_T_JOB && n->type != IPAM_T_PLAN))
        return show_row(c, cmd->noun, a->doc, CLI_OK);
    strbuf_init(&what, 4096);
    strbuf_init(&path, 1024);
    strbuf_printf(&what, "%s %s %s", cmd->noun->name, cmd->verb->name, key);
    key_object(record_type(n->type), id, &path);
    if (wait.wait) {
        rc = follow(c, n, path.data, what.failed ? cmd->verb->name : what.data, wait.limit_ms);
    } else {
        cli_say(c, "%s %s has begun; look with: ipamctl %s show %s", n->name, id, n->name, id);
        rc = show_row(c, n, a->doc, CLI_OK);
    }
    strbuf_fini(&what);
    strbuf_fini(&path);
    return rc;
}
