/* audit.c - the section "audit": who signs checkpoints of the change log, and where they go.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf_p.h"

#define INTERVAL_LEAST 1000
#define INTERVAL_MOST  INT64_C(3600000)
#define PATH_BYTES     1000
#define SOCKET_BYTES   107
#define SINKS_MOST     16

/* An absolute path, or NULL with a problem. */
static const char *path_of(struct reader *r, const struct json *v, size_t most)
{
    struct ipam_str s = json_str(v);
    bool good = s.len > 0 && s.len <= most && s.data[0] == '/';
    for (size_t i = 0; good && i < s.len; i++)
        good = (unsigned char)s.data[i] >= 0x20 && s.data[i] != 0x7f;
    if (good)
        return arena_memdup(&r->conf->arena, s.data, s.len);
    WRONG(r, v, STR_FMT " is no path; expected an absolute one of at most %zu bytes", STR_ARG(json_key(v)),
          most);
    return NULL;
}

static void unknown(struct reader *r, const struct json *v, const char *what, const char *known)
{
    WRONG(r, v, "unknown key \"" STR_FMT "\" in %s; known are %s", STR_ARG(json_key(v)), what, known);
}

static void read_interval(struct reader *r, const struct json *v)
{
    struct ipam_str text = json_str(v);
    int64_t ms = 0;
    if (text.data == NULL || duration_parse(text.data, text.len, &ms) < 0 || ms < INTERVAL_LEAST ||
        ms > INTERVAL_MOST)
        WRONG(r, v, "interval is no duration from 1s to 1h; write one such as \"60s\"");
    else
        r->conf->audit.interval_ms = ms;
}

static void read_sink(struct reader *r, const struct json *v, struct conf_sink *s)
{
    const struct json *m = json_first(v);
    s->place = (struct conf_place){ r->doc, v, r->file };
    if (json_type(v) != JSON_OBJECT || m == NULL || json_next(m) != NULL) {
        WRONG(r, v, "a sink is { \"file\": PATH } or { \"syslog\": PATH of its socket, such as /dev/log }");
        return;
    }
    if (str_is(json_key(m), "file"))
        s->file = path_of(r, m, PATH_BYTES);
    else if (str_is(json_key(m), "syslog"))
        s->syslog = path_of(r, m, SOCKET_BYTES);
    else
        unknown(r, m, "a sink", "file, syslog");
}

/* Appended to those of earlier files. */
static void read_sinks(struct reader *r, const struct json *v)
{
    struct conf_audit *a = &r->conf->audit;
    if (json_type(v) != JSON_ARRAY || a->sink_count + json_count(v) > SINKS_MOST) {
        WRONG(r, v, "sinks is no list of at most %d objects", SINKS_MOST);
        return;
    }
    struct conf_sink *all =
        arena_alloc(&r->conf->arena, (a->sink_count + json_count(v) + 1) * sizeof(all[0]));
    if (a->sink_count > 0)
        memcpy(all, a->sinks, a->sink_count * sizeof(all[0]));
    a->sinks = all;
    for (const struct json *e = json_first(v); e != NULL; e = json_next(e)) {
        all[a->sink_count] = (struct conf_sink){ .file = NULL };
        read_sink(r, e, &all[a->sink_count++]);
    }
}

void conf_read_audit(struct reader *r, const struct json *v)
{
    struct conf_audit *a = &r->conf->audit;
    if (json_type(v) != JSON_OBJECT) {
        WRONG(r, v, "audit is %s; expected an object such as { \"checkpoints\": PATH, \"key\": PATH }",
              json_type_name(json_type(v)));
        return;
    }
    if (a->place.doc == NULL)
        a->place = (struct conf_place){ r->doc, v, r->file };
    for (const struct json *m = json_first(v); m != NULL; m = json_next(m)) {
        if (str_is(json_key(m), "key"))
            a->key = path_of(r, m, PATH_BYTES);
        else if (str_is(json_key(m), "next_key"))
            a->next_key = path_of(r, m, PATH_BYTES);
        else if (str_is(json_key(m), "checkpoints"))
            a->checkpoints = path_of(r, m, PATH_BYTES);
        else if (str_is(json_key(m), "sinks"))
            read_sinks(r, m);
        else if (str_is(json_key(m), "interval"))
            read_interval(r, m);
        else
            unknown(r, m, "audit", "key, next_key, checkpoints, sinks, interval");
    }
}

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

int conf_check_audit(const struct conf *c, conf_report report, void *user)
{
    const struct conf_audit *a = &c->audit;
    int problems = 0, syslogs = 0;
    if (a->place.doc == NULL)
        return 0;
    if (a->checkpoints == NULL && ++problems)
        conf_problem(&a->place, report, user,
                     "audit lacks \"checkpoints\"; name a file beside the database that ipamd may write");
    if (same(a->key, a->next_key) && ++problems)
        conf_problem(&a->place, report, user,
                     "key and next_key are the same file; name a new one as next_key");
    for (size_t i = 0; i < a->sink_count; i++) {
        const struct conf_sink *s = &a->sinks[i];
        bool twice = same(s->file, a->checkpoints);
        for (size_t k = 0; k < i; k++)
            twice = twice || same(s->file, a->sinks[k].file);
        if (twice && ++problems)
            conf_problem(&s->place, report, user,
                         "file \"%s\" takes checkpoints already; give each sink its own", s->file);
        if (s->syslog != NULL && syslogs++ > 0 && ++problems)
            conf_problem(&s->place, report, user, "there is a syslog already; one is taken");
    }
    return problems;
}
