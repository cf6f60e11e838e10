/* series.c - samples packed into rows.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "journal/series.h"

#include "net/u128.h"

#define FIELDS 6

static const struct {
    int64_t step_ms, span_ms;
} steps[] = {
    [SERIES_MINUTE] = { 60000, INT64_C(86400000) },
    [SERIES_HOUR] = { 3600000, 32 * INT64_C(86400000) },
    [SERIES_DAY] = { INT64_C(86400000), 1024 * INT64_C(86400000) },
};

int64_t series_step_ms(enum series_step step)
{
    return steps[step].step_ms;
}

int64_t series_span_ms(enum series_step step)
{
    return steps[step].span_ms;
}

int64_t series_step_at(enum series_step step, int64_t at)
{
    return at - at % steps[step].step_ms;
}

int64_t series_row_at(enum series_step step, int64_t at)
{
    return at - at % steps[step].span_ms;
}

/* The fields of a point, as they are written. */
static void fields_of(const struct sample *s, uint128 ret[FIELDS])
{
    ret[0] = s->count;
    ret[1] = s->used;
    ret[2] = s->utilized;
    ret[3] = s->peak;
    ret[4] = u128_value(s->size);
    ret[5] = u128_value(s->assigned);
}

static void set_fields(struct sample *s, const uint128 fields[FIELDS])
{
    s->count = (uint64_t)fields[0];
    s->used = (uint64_t)fields[1];
    s->utilized = (uint64_t)fields[2];
    s->peak = (uint64_t)fields[3];
    s->size = u128_make(fields[4]);
    s->assigned = u128_make(fields[5]);
}

static void put_number(struct strbuf *out, uint128 n)
{
    for (; n >= 0x80; n >>= 7)
        strbuf_putc(out, (char)((uint8_t)n | 0x80));
    strbuf_putc(out, (char)n);
}

/* False: the row ends, or the number has more than `bits`. */
static bool get_number(struct series_reader *r, unsigned bits, uint128 *ret)
{
    uint128 n = 0;
    for (unsigned shift = 0; r->pos < r->points.len && shift < bits; shift += 7) {
        uint8_t byte = r->points.data[r->pos++];
        uint128 part = byte & 0x7f;
        if (bits - shift < 7 && part >> (bits - shift) != 0)
            return false;
        n |= part << shift;
        if ((byte & 0x80) == 0) {
            *ret = n;
            return true;
        }
    }
    return false;
}

void series_read(struct series_reader *r, enum series_step step, int64_t row, struct ipam_bytes points)
{
    *r = (struct series_reader){ .points = points, .step = step, .row = row, .index = -1 };
}

static bool read_point(struct series_reader *r)
{
    uint128 fields[FIELDS], step, mask;
    int64_t steps_in_row = series_span_ms(r->step) / series_step_ms(r->step);
    if (!get_number(r, 32, &step) || !get_number(r, FIELDS, &mask) || (step == 0 && r->index >= 0))
        return false;
    r->index = (r->index < 0 ? 0 : r->index) + (int64_t)step;
    fields_of(&r->last, fields);
    for (unsigned i = 0; i < FIELDS; i++)
        if (((unsigned)mask >> i & 1) != 0 && !get_number(r, i < 4 ? 64 : 128, &fields[i]))
            return false;
    set_fields(&r->last, fields);
    r->last.at = r->row + r->index * series_step_ms(r->step);
    return r->index < steps_in_row && r->last.count != 0;
}

int series_next(struct series_reader *r, struct sample *ret)
{
    if (r->pos == r->points.len)
        return 0;
    if (!read_point(r))
        return IPAM_E_INVAL;
    *ret = r->last;
    return 1;
}

/* The point before, while a row is written. */
struct writer {
    struct strbuf *out;
    enum series_step step;
    int64_t row, index;
    struct sample last;
};

static void write_point(struct writer *w, const struct sample *s)
{
    uint128 was[FIELDS], is[FIELDS];
    int64_t index = (s->at - w->row) / series_step_ms(w->step);
    unsigned mask = 0;
    fields_of(&w->last, was);
    fields_of(s, is);
    for (unsigned i = 0; i < FIELDS; i++)
        mask |= (unsigned)(was[i] != is[i]) << i;
    put_number(w->out, (uint128)(index - w->index));
    put_number(w->out, mask);
    for (unsigned i = 0; i < FIELDS; i++)
        if ((mask >> i & 1) != 0)
            put_number(w->out, is[i]);
    w->index = index;
    w->last = *s;
}

void sample_merge(struct sample *into, const struct sample *later)
{
    into->count += later->count;
    into->used += later->used;
    into->utilized += later->utilized;
    into->peak = later->peak > into->peak ? later->peak : into->peak;
    into->size = later->size;
    into->assigned = later->assigned;
}

int series_add(enum series_step step, int64_t row, struct ipam_bytes points, const struct sample *s,
               struct strbuf *out)
{
    struct writer w = { .out = out, .step = step, .row = row };
    struct sample more = *s, point;
    struct series_reader r;
    bool written = false;
    int rc;
    if (s->at < 0 || s->count == 0 || series_row_at(step, s->at) != row)
        return IPAM_E_INVAL;
    more.at = series_step_at(step, s->at);
    series_read(&r, step, row, points);
    while ((rc = series_next(&r, &point)) == 1) {
        if (!written && point.at > more.at) { /* the clock was set back */
            write_point(&w, &more);
            written = true;
        }
        if (point.at == more.at) {
            sample_merge(&point, &more);
            written = true;
        }
        write_point(&w, &point);
    }
    if (!written)
        write_point(&w, &more);
    return rc;
}

int series_since(enum series_step step, int64_t row, struct ipam_bytes points, int64_t since,
                 struct strbuf *out)
{
    struct writer w = { .out = out, .step = step, .row = row };
    struct series_reader r;
    struct sample point;
    int rc;
    series_read(&r, step, row, points);
    while ((rc = series_next(&r, &point)) == 1)
        if (point.at >= since)
            write_point(&w, &point);
    return rc;
}
