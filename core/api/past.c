/* past.c - from a revision or a time to the revision that is shown.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A time means the last revision made by then. It is looked for by halving the change log, whose times ascend
 * but where the clock was set back: there any of the revisions that fit is as good. */
#include "api/past.h"
#include "api/moment.h"

#include <string.h>

#include "base/clock.h"
#include "commit/changelog.h"

struct search {
    struct call *c;
    int64_t ms;        /* the time */
    int64_t low, high; /* made by then (or 0); made after it (or one above the head) */
    int64_t rev, made; /* the revision that was read, 0 for none; when it was made */
    void (*then)(struct call *c);
};

static void step(struct search *s);

static void refuse(struct call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void refuse(struct call *c, const char *fmt, ...)
{
    char text[256];
    struct record_problems problems;
    va_list ap;

    va_start(ap, fmt);
    utf8_vprint(text, sizeof(text), fmt, ap);
    va_end(ap);
    record_problems_init(&problems, &c->arena);
    const char *name = c->past_name != NULL ? c->past_name : "at";
    record_problem(&problems, arena_printf(&c->arena, "?%s", name), "%s", text);
    c->problem.errors = problems.first;
    problem_set(&c->problem, PROBLEM_INVALID, "%s: %s", name, text);
    call_problem(c);
}

static void on_change(void *user, int64_t rev, struct ipam_bytes body)
{
    struct search *s = user;
    size_t pos = 0;
    void *rec;

    if (changelog_read(body, &pos, &s->c->arena, &rec) != 1 ||
        ((struct ipam_record *)rec)->type != IPAM_T_CHANGE)
        return;
    s->rev = rev;
    s->made = ((const struct ipam_change *)rec)->time;
}

static void on_changes(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct search *s = user;

    (void)answer;
    s->c->reading = NULL;
    if (status != 0) {
        call_status_problem(s->c, status, message);
        return;
    }
    if (s->rev == 0) /* none above the middle */
        s->high = s->low + (s->high - s->low) / 2;
    else if (s->made <= s->ms)
        s->low = s->rev;
    else
        s->high = s->low + (s->high - s->low) / 2;
    step(s);
}

/* Reads the first revision from the middle on. All from `high` on are too new. */
static void step(struct search *s)
{
    struct call *c = s->c;

    if (s->high - s->low <= 1) {
        c->rev = s->low;
        moment_find(c, s->ms, s->then);
        return;
    }
    int64_t middle = s->low + (s->high - s->low) / 2;
    s->rev = 0;
    c->reading = store_changes(c->api->at.store, middle - 1, s->high - 1, 1, 0, on_change, on_changes, s);
}

static void find_time(struct call *c, int64_t ms, void (*then)(struct call *c))
{
    struct search *s = arena_alloc(&c->arena, sizeof(*s));

    if (ms > clock_wall_ms()) {
        problem_hint(&c->problem, "give a time that has passed, or leave at out for what is there now");
        refuse(c, "that time has not come yet");
        return;
    }
    *s = (struct search){ .c = c, .ms = ms, .high = state_head(c->api->at.state) + 1, .then = then };
    step(s);
}

static bool is_number(struct ipam_str s, int64_t *ret)
{
    int64_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9' || n > (INT64_C(1) << 53))
            return false;
        n = n * 10 + (s.data[i] - '0');
    }
    *ret = n;
    return s.len > 0;
}

void past_find(struct call *c, struct ipam_str at, int64_t known, void (*then)(struct call *c))
{
    int64_t head = state_head(c->api->at.state), n;

    c->past = at.data != NULL;
    if (!c->past) {
        then(c);
    } else if (!store_has_past(c->api->at.store)) {
        problem_hint(&c->problem, "ask for what is there now, or keep the data in a storage that can");
        problem_set(&c->problem, PROBLEM_UNSUPPORTED, "the storage in use cannot show records as they were");
        call_problem(c);
    } else if (is_number(at, &n)) {
        if (n > head) {
            problem_hint(&c->problem, "give a revision from 0 to %lld, or a time", (long long)head);
            refuse(c, "revision %lld is not there yet; the newest is %lld", (long long)n, (long long)head);
            return;
        }
        c->rev = n;
        moment_find(c, 0, then);
    } else if (time_parse(at.data, at.len, &n) == 0) {
        if (known >= 0) {
            c->rev = known;
            moment_find(c, n, then);
        } else {
            find_time(c, n, then);
        }
    } else {
        problem_hint(&c->problem, "in a query a plus sign is written %%2B");
        refuse(c, "\"" STR_FMT "\" is neither a revision nor a time such as 2026-11-23T01:02:03Z",
               STR_ARG(at));
    }
}
