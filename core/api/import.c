/* import.c - CSV taken into a collection: the course of it, and the verdicts.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/import_p.h"

/* --- verdicts --- */

static void key_of(const struct import_row *row, struct strbuf *out)
{
    strbuf_reset(out);
    if (row->rec != NULL)
        record_key_print(row->rec, out);
}

static void settled(struct call *c)
{
    import_kick(c->work);
    call_reply(c);
}

static bool has_id(const struct import_row *row, bool ids)
{
    return row->id != 0 && row->verdict != VERDICT_REFUSED && (ids || row->verdict != VERDICT_CREATED);
}

static void csv_cell(struct ipam_str s, struct strbuf *out)
{
    bool quoted = false;
    for (size_t i = 0; i < s.len; i++)
        quoted = quoted || strchr("\",\r\n", s.data[i]) != NULL;
    if (quoted)
        strbuf_putc(out, '"');
    for (size_t i = 0; i < s.len; i++)
        strbuf_printf(out, quoted && s.data[i] == '"' ? "\"%c" : "%c", s.data[i]);
    if (quoted)
        strbuf_putc(out, '"');
}

void import_write_csv(const struct import *im, bool ids, struct strbuf *out)
{
    struct strbuf key;
    strbuf_init(&key, 2048);
    strbuf_puts(out, "line,key,verdict,id,message\r\n");
    for (size_t i = 0; i < im->count; i++) {
        const struct import_row *row = &im->rows[i];
        key_of(row, &key);
        if (row->line != 0)
            strbuf_printf(out, "%u", row->line);
        strbuf_putc(out, ',');
        csv_cell(strbuf_str(&key), out);
        strbuf_printf(out, ",%s,", import_verdicts[row->verdict]);
        if (has_id(row, ids))
            strbuf_printf(out, "%lld", (long long)row->id);
        strbuf_putc(out, ',');
        csv_cell(str_from(row->message), out);
        strbuf_puts(out, "\r\n");
    }
    strbuf_fini(&key);
}

static void write_row(const struct import_row *row, bool ids, struct strbuf *key, struct json_writer *w)
{
    jw_object(w);
    jw_key(w, "line");
    if (row->line != 0)
        jw_int(w, row->line);
    else
        jw_null(w);
    key_of(row, key);
    if (key->len != 0) {
        jw_key(w, "key");
        jw_str(w, strbuf_str(key));
    }
    jw_key(w, "verdict");
    jw_text(w, import_verdicts[row->verdict]);
    if (has_id(row, ids)) {
        jw_key(w, "id");
        jw_int(w, row->id);
    }
    if (row->plan != 0 && ids && row->verdict != VERDICT_REFUSED) {
        jw_key(w, "plan");
        jw_int(w, row->plan);
    }
    if (row->type != PROBLEM_NONE) {
        jw_key(w, "problem");
        jw_text(w, problem_slug(row->type));
    }
    if (row->message != NULL) {
        jw_key(w, "message");
        jw_text(w, row->message);
    }
    jw_object_end(w);
}

void import_write(const struct import *im, bool ids, struct strbuf *out)
{
    struct json_writer w;
    struct strbuf key;
    size_t counts[VERDICTS];
    strbuf_init(&key, 2048);
    import_count(im, 0, im->count, counts);
    jw_init(&w, out);
    jw_object(&w);
    for (int v = VERDICT_CREATED; v <= VERDICT_REFUSED; v++) {
        jw_key(&w, import_verdicts[v]);
        jw_int(&w, (int64_t)counts[v]);
    }
    jw_key(&w, "rows");
    jw_array(&w);
    for (size_t i = 0; i < im->count; i++)
        write_row(&im->rows[i], ids, &key, &w);
    jw_array_end(&w);
    jw_object_end(&w);
    strbuf_fini(&key);
}

/* --- the course --- */

static void needs(struct intent *in, const struct view *v, struct needs *n)
{
    struct import *im = call_of(in)->work;
    import_needs(im, 0, im->count, v, n);
}

/* The rows that are refused, all of them named. */
static int refuse_rows(struct call *c, const struct import *im, struct problem *p)
{
    struct record_problems all;
    size_t refused = 0, rows = 0;
    record_problems_init(&all, &c->arena);
    for (size_t i = 0; i < im->count; i++) {
        const struct import_row *row = &im->rows[i];
        char at[64];
        rows += row->verdict != VERDICT_PASSED;
        if (row->verdict != VERDICT_REFUSED)
            continue;
        refused++;
        snprintf(at, sizeof(at), row->line != 0 ? "line %u" : "an object that is not in the file", row->line);
        record_problem(&all, at, "%s", row->message);
    }
    p->errors = all.first;
    return problem_set(p, PROBLEM_INVALID, "%zu of %zu rows are refused; the first: %s: %s", refused, rows,
                       all.first->pointer, all.first->message);
}

static int decide(struct intent *in, struct draft *d)
{
    struct call *c = call_of(in);
    struct import *im = c->work;
    size_t counts[VERDICTS];
    import_decide(im, 0, im->count, d);
    import_count(im, 0, im->count, counts);
    if (im->whole && counts[VERDICT_REFUSED] > 0) {
        problem_hint(&in->problem, "correct these lines, or leave all_or_nothing away to keep the good ones");
        return refuse_rows(c, im, &in->problem);
    }
    if (c->csv)
        import_write_csv(im, !write_is_dry(c), &c->out);
    else
        import_write(im, !write_is_dry(c), &c->out);
    c->status = 200;
    c->media = c->csv ? "text/csv; charset=utf-8; header=present" : "application/json";
    c->shows_rows = true;
    if (counts[VERDICT_REFUSED] > 0 && counts[VERDICT_REFUSED] + counts[VERDICT_PASSED] == im->count)
        write_keeps_nothing(c);
    return 0;
}

static void ready(struct call *c)
{
    struct import *im = c->work;
    bool fits = !im->plans || im->count <= IMPORT_PLANS || write_is_dry(c) || im->whole;
    if (im->count + im->mapped_count <= IMPORT_SET && fits) {
        c->intent.bulk = true;
        c->intent.rows = (unsigned)(im->count + im->mapped_count);
        call_submit(c, needs, decide, im->plans ? settled : NULL);
        return;
    }
    if (!im->whole && !write_is_dry(c)) {
        c->work = NULL;
        import_job(im, c);
        return;
    }
    c->csv = false;
    problem_hint(&c->problem, "send parts of at most %d rows", IMPORT_SET);
    problem_set(&c->problem, PROBLEM_TOO_LARGE, "%zu rows are more than one change set holds, which %s needs",
                im->count + im->mapped_count, im->whole ? "all_or_nothing" : "a dry run");
    call_problem(c);
}

void import_start(struct call *c)
{
    struct import *im = import_new(c);
    c->work = im;
    c->import = im;
    if (!call_accept(c, true)) {
        call_problem(c);
    } else if (import_read(im, c) != 0) {
        c->csv = false;
        call_problem(c);
    } else if (im->mode == IMPORT_SYNC && im->keyless) {
        c->csv = false;
        problem_hint(&c->problem, "a sync must know the key of every row, lest it delete what a row means");
        refuse_rows(c, im, &c->problem);
        call_problem(c);
    } else if (im->mode == IMPORT_SYNC) {
        import_find_rest(im, c, ready);
    } else {
        ready(c);
    }
}

void import_end(struct call *c)
{
    import_free(c->import);
}
