/* samples.c - one pass over the plan that notes how full each object is.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "notify/samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/rows.h"
#include "model/usage.h"

#define PIECE_SERIES 64 /* that are noted by one intent */
#define SLICE_US     1000
#define STEPS        3
#define POINTS_MOST  (256u << 10)

static const uint32_t types[] = { IPAM_T_SPACE, IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE };
static const enum series_step steps[STEPS] = { SERIES_MINUTE, SERIES_HOUR, SERIES_DAY };
#define TYPES (sizeof(types) / sizeof(types[0]))

/* One series in the piece under way: what is noted of it, and as what its rows are looked for. */
struct noted {
    struct sample sample;
    struct ipam_sample like[STEPS];
    char names[STEPS][SERIES_ROW_NAME_MAX];
};

struct samples {
    struct intent intent; /* first: cast back */
    struct samples_config at;
    struct loop_work turn;
    bool canceled;
    int64_t began; /* UTC milliseconds: what is noted is of then */
    size_t type;   /* place of the pass */
    int64_t after, noted, total;
    struct noted *piece;
    size_t count;
    struct purge *purge;
    int64_t pruned_day; /* when steps that are too old were given up last */
};

/* --- the piece --- */

static void add(struct samples *s, const void *row, uint8_t family, const struct usage *u)
{
    struct noted *n = &s->piece[s->count++];
    char series[SERIES_NAME_MAX];
    uint64_t used = usage_used(u).lo;
    n->sample = (struct sample){ .at = s->began, .count = 1, .used = used, .peak = used };
    n->sample.utilized = u->utilized.lo;
    n->sample.size = u->size;
    n->sample.assigned = u->assigned;
    series_name(row, family, series);
    for (size_t i = 0; i < STEPS; i++) {
        int64_t begins = series_row_at(steps[i], s->began);
        series_row_name(series, steps[i], begins, n->names[i]);
        record_init(&n->like[i], IPAM_T_SAMPLE);
        RECORD_SET(&n->like[i], IPAM_SAMPLE_NAME, name, str_from(n->names[i]));
        RECORD_SET(&n->like[i], IPAM_SAMPLE_BEGINS, begins, begins);
        RECORD_SET(&n->like[i], IPAM_SAMPLE_STEP, step, (uint32_t)steps[i]);
    }
}

static void add_prefix(struct samples *s, const void *row, int64_t space, const struct ipam_prefix *p)
{
    struct ipam_addr first, last;
    struct usage u;
    prefix_first(p, &first);
    prefix_last(p, &last);
    usage_of_run(state_view(s->at.state), space, &first, &last, &u);
    add(s, row, p->addr.family, &u);
}

static void add_row(struct samples *s, const void *row)
{
    static const struct ipam_prefix all[2] = { { .addr = { .family = 4 } }, { .addr = { .family = 6 } } };
    const struct ipam_space *space = row;
    const struct ipam_block *b = row;
    const struct ipam_subnet *n = row;
    const struct ipam_range *r = row;
    struct usage u;
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_SPACE:
        add_prefix(s, row, space->id, &all[0]);
        add_prefix(s, row, space->id, &all[1]);
        break;
    case IPAM_T_BLOCK: add_prefix(s, row, b->space, &b->prefix); break;
    case IPAM_T_SUBNET: add_prefix(s, row, n->space, &n->prefix); break;
    default: usage_of_range(state_view(s->at.state), r, &u); add(s, row, r->first.family, &u);
    }
}

static int64_t id_of(const void *row)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    return *(const int64_t *)(const void *)((const char *)row + record_field_number(t, 1)->offset);
}

/* Takes rows into the piece until it is full or the slice is over; false: there are no more. */
static bool look(struct samples *s)
{
    int64_t until = clock_mono_us() + SLICE_US;
    while (s->count + 1 < PIECE_SERIES && clock_mono_us() <= until) {
        const void *row = s->type < TYPES ? state_next(s->at.state, types[s->type], s->after) : NULL;
        if (row == NULL && ++s->type > TYPES)
            return false;
        s->after = row != NULL ? id_of(row) : 0;
        if (row == NULL)
            continue;
        add_row(s, row);
        s->noted++;
    }
    return true;
}

/* --- through the gate --- */

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct samples *s = (struct samples *)in;
    (void)v;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < STEPS; k++)
            needs_find(n, IPAM_T_SAMPLE, IPAM_SAMPLE_NAME, &s->piece[i].like[k]);
}

static void note(struct draft *d, const struct noted *n, size_t step, struct strbuf *points)
{
    const struct ipam_sample *before = draft_find(d, IPAM_T_SAMPLE, IPAM_SAMPLE_NAME, &n->like[step]);
    struct ipam_bytes none = { 0 };
    struct ipam_sample row = n->like[step];
    strbuf_reset(points);
    if (series_add(steps[step], row.begins, before != NULL ? before->points : none, &n->sample, points) !=
        0) {
        log_event(LOG_WARN_, "samples-damaged", "the samples %s cannot be read and begin anew",
                  n->names[step]);
        strbuf_reset(points);
        (void)series_add(steps[step], row.begins, none, &n->sample, points);
    }
    RECORD_SET(&row, IPAM_SAMPLE_POINTS, points,
               ((struct ipam_bytes){ (const uint8_t *)points->data, (uint32_t)points->len }));
    draft_replace(d, before, &row);
}

static int decide(struct intent *in, struct draft *d)
{
    struct samples *s = (struct samples *)in;
    struct strbuf points;
    strbuf_init(&points, POINTS_MOST);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < STEPS; k++)
            note(d, &s->piece[i], k, &points);
    strbuf_fini(&points);
    return 0;
}

static void end(struct samples *s, int status, const char *message)
{
    s->at.done(s->at.user, status, message, s->noted);
}

static void on_turn(struct loop_work *w);

static void settled(struct intent *in, int status)
{
    struct samples *s = (struct samples *)in;
    s->count = 0;
    if (status != 0)
        end(s, status, in->problem.detail);
    else
        loop_post(s->at.loop, &s->turn, on_turn);
}

static void submit(struct samples *s)
{
    s->intent = (struct intent){ .operation = "ipam.utilization.sample",
                                 .actor.name = IPAM_STR("ipamd"),
                                 .bulk = true,
                                 .rows = (unsigned)(s->count * STEPS),
                                 .needs = needs,
                                 .decide = decide,
                                 .settled = settled };
    gate_submit(s->at.gate, &s->intent);
}

static void prune(struct samples *s);

static void on_turn(struct loop_work *w)
{
    struct samples *s = container_of(w, struct samples, turn);
    bool more = !s->canceled && look(s);
    s->at.progress(s->at.user, s->noted, s->total);
    if (s->count > 0 && (!more || s->count + 1 >= PIECE_SERIES))
        submit(s);
    else if (more)
        loop_post(s->at.loop, &s->turn, on_turn);
    else if (!s->canceled && s->began / series_step_ms(SERIES_DAY) != s->pruned_day)
        prune(s);
    else
        end(s, 0, "");
}

void samples_begin(struct samples *s)
{
    s->canceled = false;
    s->began = clock_wall_ms();
    s->type = 0;
    s->after = s->noted = s->total = 0;
    s->count = 0;
    for (size_t i = 0; i < TYPES; i++)
        s->total += (int64_t)state_count(s->at.state, types[i]);
    loop_post(s->at.loop, &s->turn, on_turn);
}

void samples_cancel(struct samples *s)
{
    s->canceled = true;
}

/* --- what is given up --- */

#define PURGE_PIECE 500

struct purge {
    struct intent intent; /* first: cast back */
    struct samples *of;
    int64_t before[SERIES_DAY + 1]; /* by length of steps: samples of before that; 0: none */
    bool whole;                     /* only rows that end by then */
    bool canceled;
    int64_t *ids;
    size_t count, cap, at, to;
    void (*done)(void *user, int status, const char *message, int64_t rows);
    void *user;
};

static void purge_end(struct purge *p, int status, const char *message)
{
    p->of->purge = NULL;
    p->done(p->user, status, message, (int64_t)p->at);
    free(p->ids);
    free(p);
}

/* Until when the samples of a row go; 0: none of them does. */
static int64_t goes_until(const struct purge *p, const struct ipam_sample *row)
{
    int64_t before = row->step >= SERIES_MINUTE && row->step <= SERIES_DAY ? p->before[row->step] : 0;
    bool ends = row->begins + series_span_ms((enum series_step)row->step) <= before;
    return row->begins < before && (ends || !p->whole) ? before : 0;
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct purge *p = user;
    (void)t;
    if (goes_until(p, rec) == 0)
        return;
    if (p->count == p->cap) {
        p->cap = p->cap != 0 ? p->cap * 2 : 256;
        p->ids = xrealloc(p->ids, p->cap * sizeof(p->ids[0]));
    }
    p->ids[p->count++] = ((const struct ipam_sample *)rec)->id;
}

static void needs_gone(struct intent *in, const struct view *v, struct needs *n)
{
    struct purge *p = (struct purge *)in;
    (void)v;
    for (size_t i = p->at; i < p->to; i++)
        needs_row(n, IPAM_T_SAMPLE, p->ids[i]);
}

/* Leaves of a row what is not before that time. One that is damaged goes as a whole. */
static void shorten(struct draft *d, const struct ipam_sample *row, int64_t before, struct strbuf *points)
{
    struct ipam_sample left = *row;
    strbuf_reset(points);
    if (series_since((enum series_step)row->step, row->begins, row->points, before, points) != 0 ||
        points->len == 0) {
        draft_delete(d, row);
        return;
    }
    RECORD_SET(&left, IPAM_SAMPLE_POINTS, points,
               ((struct ipam_bytes){ (const uint8_t *)points->data, (uint32_t)points->len }));
    draft_replace(d, row, &left);
}

static int decide_gone(struct intent *in, struct draft *d)
{
    struct purge *p = (struct purge *)in;
    struct strbuf points;
    strbuf_init(&points, POINTS_MOST);
    for (size_t i = p->at; i < p->to; i++) {
        const struct ipam_sample *row = view_get(draft_view(d), IPAM_T_SAMPLE, p->ids[i]);
        if (row != NULL && goes_until(p, row) != 0)
            shorten(d, row, goes_until(p, row), &points);
    }
    strbuf_fini(&points);
    return 0;
}

static void purge_next(struct purge *p);

static void settled_gone(struct intent *in, int status)
{
    struct purge *p = (struct purge *)in;
    if (status != 0) {
        purge_end(p, status, in->problem.detail);
        return;
    }
    p->at = p->to;
    purge_next(p);
}

static void purge_next(struct purge *p)
{
    if (p->canceled || p->at == p->count) {
        purge_end(p, 0, "");
        return;
    }
    p->to = p->count - p->at > PURGE_PIECE ? p->at + PURGE_PIECE : p->count;
    p->intent = (struct intent){ .operation = "ipam.utilization.purge",
                                 .actor.name = IPAM_STR("ipamd"),
                                 .bulk = true,
                                 .rows = (unsigned)(p->to - p->at),
                                 .needs = needs_gone,
                                 .decide = decide_gone,
                                 .settled = settled_gone };
    gate_submit(p->of->at.gate, &p->intent);
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct purge *p = user;
    (void)answer;
    if (status != 0)
        purge_end(p, status, message);
    else
        purge_next(p);
}

/* Reads which rows end by then. */
static void purge_begin(struct samples *s, const int64_t before[SERIES_DAY + 1], bool whole,
                        void (*done)(void *user, int status, const char *message, int64_t rows), void *user)
{
    struct purge *p = xcalloc(1, sizeof(*p));
    struct ipam_sample like;
    struct store_filter f = { IPAM_SAMPLE_BEGINS, IPAM_CMP_LT, &like };
    struct store_query q = { .type = IPAM_T_SAMPLE, .filters = &f, .filter_count = 1 };
    *p = (struct purge){ .of = s, .whole = whole, .done = done, .user = user };
    memcpy(p->before, before, sizeof(p->before));
    record_init(&like, IPAM_T_SAMPLE);
    RECORD_SET(&like, IPAM_SAMPLE_BEGINS, begins, before[SERIES_MINUTE]);
    s->purge = p;
    store_query(s->at.store, &q, on_row, on_read, p);
}

bool samples_purge(struct samples *s, int64_t before_ms,
                   void (*done)(void *user, int status, const char *message, int64_t rows), void *user)
{
    const int64_t before[] = { 0, before_ms, before_ms, before_ms };
    if (s->purge != NULL)
        return false;
    purge_begin(s, before, false, done, user);
    return true;
}

void samples_purge_cancel(struct samples *s)
{
    if (s->purge != NULL)
        s->purge->canceled = true;
}

static void on_pruned(void *user, int status, const char *message, int64_t rows)
{
    struct samples *s = user;
    if (status == 0)
        s->pruned_day = s->began / series_step_ms(SERIES_DAY);
    if (rows > 0)
        log_event(LOG_INFO_, "samples-pruned", "%lld rows of old samples were given up", (long long)rows);
    end(s, status, message);
}

static void prune(struct samples *s)
{
    const int64_t before[] = { 0, s->began - SERIES_KEEP_MINUTES, s->began - SERIES_KEEP_HOURS, 0 };
    if (s->purge != NULL) /* somebody gives up more */
        end(s, 0, "");
    else
        purge_begin(s, before, true, on_pruned, s);
}

/* --- life --- */

struct samples *samples_new(const struct samples_config *config)
{
    struct samples *s = xcalloc(1, sizeof(*s));
    s->at = *config;
    s->piece = xcalloc(PIECE_SERIES, sizeof(s->piece[0]));
    return s;
}

void samples_free(struct samples *s)
{
    if (s == NULL)
        return;
    free(s->piece);
    free(s);
}
