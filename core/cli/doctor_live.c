/* doctor_live.c - looks at the daemon that runs, and at what it says of its servers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/doctor.h"
#include "cli/pages.h"

#define ANSWER_MS    5000
#define FUTURE_MS    (5 * 60 * 1000)
#define STALE_MS     (24 * 60 * 60 * 1000LL)
#define CLOCK_MOST   60000 /* ms between a server's clock and ours */
#define SERVERS_MOST 1000

/* The process behind a unix socket of the configuration. */
static pid_t pid_of(const char *path)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct ucred peer = { .pid = 0 };
    socklen_t len = sizeof(peer);
    int fd;

    if (strlen(path) >= sizeof(un.sun_path))
        return 0;
    memcpy(un.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
    close(fd);
    return peer.pid;
}

static void find_pid(struct doctor *d)
{
    const struct json *listen = d->config != NULL ? json_get(json_root(d->config), "listen") : NULL;

    if (strncmp(d->target.url, "unix:", 5) == 0)
        d->pid = pid_of(d->target.url + 5);
    for (const struct json *l = json_first(listen); l != NULL && d->pid == 0; l = json_next(l)) {
        const char *path = conf_text(d, json_get(l, "unix"));

        if (path != NULL)
            d->pid = pid_of(path);
    }
}

/* True when ipamd lives there. */
static bool look_at_life(struct doctor *d)
{
    struct client_answer a;
    int rc = client_probe(d->client, "/livez", ANSWER_MS, &a);
    struct ipam_str status = json_str(json_get(json_root(a.doc), "status"));
    bool alive = rc == CLIENT_ANSWERED && a.status == 200 && str_is(status, "alive");

    d->alive = alive || rc == CLIENT_UNSAFE;
    if (rc == CLIENT_UNREACHABLE)
        found(d, "daemon-down", FINDING_ERROR, d->target.url, "nothing answers there");
    else if (rc == CLIENT_SILENT)
        found(d, "daemon-stuck", FINDING_ERROR, d->target.url,
              "a connection was made, but no answer came in %d s", ANSWER_MS / 1000);
    else if (rc == CLIENT_UNSAFE)
        found(d, "daemon-certificate", FINDING_ERROR, d->target.url, "%s", client_error(d->client));
    else if (!alive)
        found(d, "daemon-foreign", FINDING_ERROR, d->target.url, "it answers %d, and not as ipamd does",
              a.status);
    client_answer_fini(&a);
    return alive;
}

static void look_at_version(struct doctor *d)
{
    struct client_answer a;

    if (client_probe(d->client, "/api/v1/openapi.json", ANSWER_MS, &a) == CLIENT_ANSWERED &&
        a.status == 200) {
        struct ipam_str version = json_str(json_get(json_get(json_root(a.doc), "info"), "version"));

        if (version.data != NULL && !str_is(version, PACKAGE_VERSION))
            found(d, "daemon-version", FINDING_WARNING, d->target.url,
                  "it is of version " STR_FMT ", ipamctl of %s", STR_ARG(version), PACKAGE_VERSION);
    }
    client_answer_fini(&a);
}

/* A list of the daemon; the caller frees the answer. NULL when it does not come. */
static const struct json *items_of(struct doctor *d, const char *path, struct client_answer *a)
{
    return client_probe(d->client, path, ANSWER_MS, a) == CLIENT_ANSWERED && a->status == 200
               ? json_get(json_root(a->doc), "items")
               : NULL;
}

static void look_at_plugins(struct doctor *d)
{
    struct client_answer a;
    const struct json *items = items_of(d, "/api/v1/system/plugins?limit=1000", &a);

    for (const struct json *p = json_first(items); p != NULL; p = json_next(p)) {
        const char *state = conf_text(d, json_get(p, "state")), *name = conf_text(d, json_get(p, "name"));

        if (state != NULL && name != NULL && strcmp(state, "ready") != 0)
            found_text(d, "plugin-state", strcmp(state, "refused") == 0 ? FINDING_ERROR : FINDING_WARNING,
                       name, json_str(json_get(p, "message")));
    }
    client_answer_fini(&a);
}

static void look_at_plans(struct doctor *d, const char *state)
{
    struct client_answer a;
    char path[96];
    const struct json *items;

    snprintf(path, sizeof(path), "/api/v1/manage/plans?state=%s&limit=100", state);
    items = items_of(d, path, &a);
    for (const struct json *p = json_first(items); p != NULL; p = json_next(p)) {
        int64_t id = 0;

        json_int(json_get(p, "id"), &id);
        found(d, "plan-unsettled", FINDING_WARNING, arena_printf(&d->c->arena, "plan %lld", (long long)id),
              "%s: " STR_FMT, state, STR_ARG(json_str(json_get(p, "summary"))));
    }
    client_answer_fini(&a);
}

static void look_at_interface(struct doctor *d)
{
    struct client_answer a;
    int rc = client_probe(d->client, "/readyz", ANSWER_MS, &a);
    bool ready = rc == CLIENT_ANSWERED && a.status == 200;

    client_answer_fini(&a);
    if (!ready) {
        found(d, "daemon-not-ready", FINDING_ERROR, d->target.url, "it lives, but does not serve");
        return;
    }
    look_at_version(d);
    rc = client_probe(d->client, "/api/v1/system/plugins?limit=1", ANSWER_MS, &a);
    if (rc == CLIENT_ANSWERED && (a.status == 401 || a.status == 403))
        found(d, "token-refused", FINDING_ERROR, d->target.url, "it answers %d%s", a.status,
              d->target.token == NULL ? "; no token was sent" : "");
    else
        d->answering = rc == CLIENT_ANSWERED && a.status == 200;
    client_answer_fini(&a);
    if (!d->answering)
        return;
    look_at_plugins(d);
    look_at_plans(d, "partly");
    look_at_plans(d, "drifted");
}

void look_daemon(struct doctor *d)
{
    bool given = args_value(d->args, "url") != NULL || getenv("IPAM_URL") != NULL;

    if (!given && d->config == NULL) {
        skipped(d, LOOK_API, "it is not known where the daemon listens");
        found(d, "daemon-unknown", FINDING_ERROR, d->config_path,
              "neither --url nor a configuration says it");
        return;
    }
    if (target_find(d->c, d->args, &d->target) != CLI_OK) {
        skipped(d, LOOK_API, "it is not known where the daemon listens");
        found(d, "daemon-unknown", FINDING_ERROR, d->config_path, "no URL or token could be had; see above");
        return;
    }
    d->client = client_new(&d->target, NULL);
    if (d->client == NULL || !look_at_life(d)) {
        skipped(d, LOOK_API, "the daemon does not answer");
        return;
    }
    find_pid(d);
    look_at_interface(d);
}

/* --- clocks --- */

static int64_t time_of(struct doctor *d, const struct json *v)
{
    const char *text = conf_text(d, v);
    struct tm tm = { 0 };

    return text != NULL && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) != NULL ? (int64_t)timegm(&tm) * 1000 : 0;
}

void look_clock(struct doctor *d)
{
    struct timex t = { .modes = 0 };
    struct client_answer a;
    const struct json *items;

    if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC))
        found(d, "clock-unsynchronised", FINDING_WARNING, "this machine",
              "the kernel does not know it to be right");
    if (!d->answering)
        return;
    items = items_of(d, "/api/v1/audit/changes?limit=1", &a);
    if (json_first(items) != NULL) {
        int64_t newest = time_of(d, json_get(json_first(items), "time")), now = clock_wall_ms();

        if (newest > now + FUTURE_MS)
            found(d, "clock-behind", FINDING_ERROR, "this machine",
                  "the newest change is %lld s ahead of the clock", (long long)((newest - now) / 1000));
    }
    client_answer_fini(&a);
}

/* --- servers --- */

struct server {
    const char *name, *driver, *profile, *guid;
    struct ipam_str addresses; /* as JSON */
};

static bool has(const char *text, const char *word)
{
    return text != NULL && strcasestr(text, word) != NULL;
}

static void judge_contact(struct doctor *d, const struct json *s, const char *name)
{
    const char *state = conf_text(d, json_get(s, "state")), *message = conf_text(d, json_get(s, "message"));
    struct ipam_str text = json_str(json_get(s, "message"));

    if (state == NULL || (strcmp(state, "unreachable") != 0 && strcmp(state, "faulty") != 0))
        return;
    if (has(message, "refused this user") || has(message, "without user and password") ||
        has(message, "credential") || has(message, "secret"))
        found_text(d, "server-credentials", FINDING_ERROR, name, text);
    else if (has(message, "partner"))
        found_text(d, "server-partner", FINDING_ERROR, name, text);
    else if (strcmp(state, "unreachable") == 0)
        found_text(d, "server-unreachable", FINDING_ERROR, name, text);
    else
        found_text(d, "server-faulty", FINDING_WARNING, name, text);
}

static void judge_server(struct doctor *d, const struct json *s, const char *name)
{
    int64_t collected = time_of(d, json_get(s, "collected")), offset = 0, now = clock_wall_ms();

    judge_contact(d, s, name);
    if (collected == 0)
        found(d, "server-never-collected", FINDING_WARNING, name, "nothing was read from it yet");
    else if (collected < now - STALE_MS)
        found(d, "server-stale", FINDING_WARNING, name, "it was last read %lld hours ago",
              (long long)((now - collected) / 3600000));
    if (json_int(json_get(s, "clock_offset"), &offset) == 0 && (offset > CLOCK_MOST || offset < -CLOCK_MOST))
        found(d, "server-clock", FINDING_WARNING, name, "its clock minus ours is %lld s",
              (long long)(offset / 1000));
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && a[0] != '\0' && strcasecmp(a, b) == 0;
}

/* Two entries for one server: by what names it for ever, by its addresses, or by names that differ in the dot
 * at the end or in case. */
static bool is_twin(const struct server *a, const struct server *b)
{
    size_t n = strlen(a->name), m = strlen(b->name);

    n -= n > 0 && a->name[n - 1] == '.';
    m -= m > 0 && b->name[m - 1] == '.';
    return same_text(a->guid, b->guid) || (n == m && strncasecmp(a->name, b->name, n) == 0) ||
           (a->addresses.len > 2 && str_equal(a->addresses, b->addresses) &&
            same_text(a->driver, b->driver) && same_text(a->profile, b->profile)) ||
           (same_text(a->name, "localhost") && same_text(b->name, "127.0.0.1") &&
            same_text(a->profile, b->profile)) ||
           (same_text(b->name, "localhost") && same_text(a->name, "127.0.0.1") &&
            same_text(a->profile, b->profile));
}

void look_servers(struct doctor *d)
{
    struct client_answer a;
    const struct json *items;
    struct server *all;
    size_t count = 0;

    if (!d->answering) {
        skipped(d, LOOK_SERVERS, "the daemon does not answer");
        return;
    }
    items = items_of(d, "/api/v1/inventory/servers?limit=1000", &a);
    all = arena_alloc(&d->c->arena, SERVERS_MOST * sizeof(*all));
    for (const struct json *s = json_first(items); s != NULL && all != NULL && count < SERVERS_MOST;
         s = json_next(s)) {
        struct server *one = &all[count++];

        *one = (struct server){ .name = conf_text(d, json_get(s, "name")),
                                .driver = conf_text(d, json_get(s, "driver")),
                                .profile = conf_text(d, json_get(s, "profile")),
                                .guid = conf_text(d, json_get(s, "guid")),
                                .addresses =
                                    arena_str(&d->c->arena, json_span(a.doc, json_get(s, "addresses"))) };
        if (one->name == NULL) {
            count--;
            continue;
        }
        judge_server(d, s, one->name);
        for (size_t k = 0; k + 1 < count; k++)
            if (is_twin(&all[k], one))
                found(d, "server-duplicate", FINDING_WARNING, one->name, "it is the same as %s", all[k].name);
    }
    client_answer_fini(&a);
}
