/* trend.c - the samples of an object read from storage.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "api/trend.h"

enum series_step trend_step(int64_t from, int64_t step_ms, int64_t now_ms)
{
    for (enum series_step s = SERIES_DAY; s > SERIES_MINUTE; s--)
        if (from % series_step_ms(s) == 0 && step_ms % series_step_ms(s) == 0)
            return s;
    return from >= now_ms - SERIES_KEEP_MINUTES ? SERIES_MINUTE
           : from >= now_ms - SERIES_KEEP_HOURS ? SERIES_HOUR
                                                : SERIES_DAY;
}

static bool is_outside(const struct trend_read *r, const struct ipam_sample *row)
{
    return row->begins >= r->trend.to || row->begins + series_span_ms(r->step) <= r->trend.from;
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct ipam_sample *row = rec;
    struct trend_read *r = user;
    struct series_reader points;
    struct sample s;
    int rc;
    (void)t;
    if (r->damaged != NULL || is_outside(r, row))
        return;
    series_read(&points, r->step, row->begins, row->points);
    while ((rc = series_next(&points, &s)) == 1)
        trend_add(&r->trend, &s);
    if (rc != 0)
        r->damaged = arena_printf(&r->c->arena, STR_FMT, STR_ARG(row->name));
}

static void on_read(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct trend_read *r = user;
    struct call *c = r->c;
    (void)answer;
    c->reading = NULL;
    if (status != 0)
        call_status_problem(c, status, message);
    else if (r->damaged != NULL)
        call_status_problem(c, IPAM_E_BUG,
                            arena_printf(&c->arena,
                                         "the samples \"%s\" cannot be read: the database is damaged",
                                         r->damaged));
    else
        r->then(r);
}

void trend_read(struct trend_read *r, const void *rec, uint8_t family, enum series_step step,
                void (*then)(struct trend_read *r))
{
    struct ipam_sample like;
    char series[SERIES_NAME_MAX];
    struct store_filter f = { IPAM_SAMPLE_NAME, IPAM_CMP_PREFIX, &like };
    struct store_query q = {
        .type = IPAM_T_SAMPLE, .filters = &f, .filter_count = 1, .order = IPAM_SAMPLE_NAME
    };
    r->step = step;
    r->damaged = NULL;
    r->then = then;
    series_name(rec, family, series);
    series_row_prefix(series, step, r->prefix);
    record_init(&like, IPAM_T_SAMPLE);
    RECORD_SET(&like, IPAM_SAMPLE_NAME, name, str_from(r->prefix));
    r->c->reading = store_query(r->c->api->at.store, &q, on_row, on_read, r);
}

/* --- several objects --- */

static void read_next(struct trend_sum *s);

static void one_is_read(struct trend_read *one)
{
    struct trend_sum *s = container_of(one, struct trend_sum, one);
    trend_sum(&s->into->trend, &one->trend);
    trend_sum_fini(s);
    s->at++;
    read_next(s);
}

static void read_next(struct trend_sum *s)
{
    const struct trend *t = &s->into->trend;
    if (s->at == s->count) {
        s->into->then(s->into);
        return;
    }
    trend_init(&s->one.trend, t->from, t->to, t->step_ms);
    trend_read(&s->one, s->members[s->at].rec, s->family, s->into->step, one_is_read);
}

void trend_read_sum(struct trend_sum *s, const struct rollup_member *members, size_t count,
                    struct trend_read *into, uint8_t family, enum series_step step,
                    void (*then)(struct trend_read *r))
{
    into->step = step;
    into->then = then;
    *s = (struct trend_sum){ .into = into, .members = members, .count = count, .family = family };
    s->one.c = into->c;
    read_next(s);
}

void trend_sum_fini(struct trend_sum *s)
{
    trend_fini(&s->one.trend);
    s->one.trend.steps = NULL;
}
