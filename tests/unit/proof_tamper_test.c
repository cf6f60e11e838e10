/* proof_tamper_test.c - 10,000 logs that somebody tampered with are found and named, 1,000 untouched ones are not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Who tampers may change every row and every checkpoint the log has itself, and makes all hashes anew; he has neither
 * the key nor what was sent outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "proof/export.h"

#define ROWS_MOST  240
#define LINES_MOST 300
#define TAMPERED   10000
#define UNTOUCHED  1000

struct row {
    int64_t rev, time_ms;
    size_t len;
    uint8_t body[120];
};
struct line {
    char *text;
    int64_t number, first, last;
};
struct log {
    struct row rows[ROWS_MOST + 8];
    size_t count;
    int64_t covered;
    struct line own[LINES_MOST], held[LINES_MOST];
    size_t own_count, held_count;
    uint8_t secret[64], public[PROOF_KEY]; /* the first key */
    uint8_t other[64];                     /* what he who tampers has */
    uint8_t other_public[PROOF_KEY];
    /* while lines are made */
    struct checkpoint made;
};

static uint64_t seed;

static uint64_t any(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static void fill(struct row *r, int64_t rev)
{
    r->rev = rev;
    r->time_ms = 1700000000000 + rev * 1000 + (int64_t)any(1000);
    r->len = 8 + any(sizeof(r->body) - 8);
    for (size_t i = 0; i < r->len; i++)
        r->body[i] = (uint8_t)any(256);
}

static struct proof_row proof_of(const struct row *r)
{
    return (struct proof_row){ r->rev, r->time_ms, { r->body, r->len } };
}

/* The line of the rows [at, at + count), as the next one after log->made. */
static char *make_line(struct log *g, size_t at, size_t count, const uint8_t secret[64],
                       const uint8_t key[PROOF_KEY])
{
    static uint8_t marks[ROWS_MOST * PROOF_MARK + 1];
    struct proof_segment segment;
    struct checkpoint *c = &g->made;
    struct strbuf text;
    size_t len;
    c->number++;
    c->time_ms = 1700000000000 + c->number * 60000;
    c->first = g->rows[at].rev;
    c->last = g->rows[at + count - 1].rev;
    memcpy(c->start, c->chain, PROOF_HASH);
    proof_segment_begin(&segment, c->start);
    for (size_t i = 0; i < count; i++) {
        const struct proof_row row = proof_of(&g->rows[at + i]);
        proof_segment_add(&segment, &row);
        proof_mark(&row, marks + i * PROOF_MARK);
    }
    proof_segment_end(&segment, c->root, c->chain);
    proof_hash(marks, count * PROOF_MARK, c->marks);
    memcpy(c->key, key, PROOF_KEY);
    strbuf_init(&text, 1u << 20);
    checkpoint_write(c, secret, (struct ipam_bytes){ marks, count * PROOF_MARK }, &text);
    checkpoint_hash(strbuf_str(&text), c->previous);
    return strbuf_take(&text, &len);
}

static void add_line(struct log *g, char *text)
{
    const struct line l = { text, g->made.number, g->made.first, g->made.last };
    assert_true(g->own_count < LINES_MOST);
    g->own[g->own_count++] = l;
    g->held[g->held_count] = l;
    g->held[g->held_count++].text = xstrdup(text);
}

/* A log as the daemon leaves it: segments of any size, now and then another key, perhaps a tail that nothing covers. */
static void make_log(struct log *g)
{
    uint8_t secret[64], public[PROOF_KEY], next[64];
    size_t at = 0, tail = any(3) == 0 ? any(20) : 0;
    memset(g, 0, sizeof(*g));
    proof_key_new(g->secret, g->public);
    proof_key_new(g->other, g->other_public);
    memcpy(secret, g->secret, 64);
    memcpy(public, g->public, PROOF_KEY);
    g->count = 30 + any(ROWS_MOST - 30);
    for (size_t i = 0; i < g->count; i++)
        fill(&g->rows[i], (int64_t)i + 1);
    while (at < g->count - tail) {
        size_t n = 1 + any(any(2) == 0 ? 4 : 60);
        if (n > g->count - tail - at)
            n = g->count - tail - at;
        g->made.committed = any(8) != 0;
        g->made.introduces = any(12) == 0;
        if (g->made.introduces)
            proof_key_new(next, g->made.next);
        else
            memset(g->made.next, 0, PROOF_KEY);
        add_line(g, make_line(g, at, n, secret, public));
        if (g->made.introduces) {
            memcpy(secret, next, 64);
            memcpy(public, g->made.next, PROOF_KEY);
        }
        at += n;
        g->covered = g->made.last;
    }
}

static void free_log(struct log *g)
{
    for (size_t i = 0; i < g->own_count; i++)
        free(g->own[i].text);
    for (size_t i = 0; i < g->held_count; i++)
        free(g->held[i].text);
}

/* The log as an export, read into a judge. */
static struct judge *judged(const struct log *g, bool keyed, bool outside)
{
    struct judge *j = judge_new();
    struct strbuf text;
    bool again = false;
    strbuf_init(&text, 64u << 20);
    strbuf_puts(&text, EXPORT_HEAD);
    for (size_t i = 0; i < g->own_count; i++)
        strbuf_printf(&text, "%s\n", g->own[i].text);
    for (size_t i = 0; i < g->count; i++) {
        const struct proof_row row = proof_of(&g->rows[i]);
        export_row_head(&row, &text);
        strbuf_add(&text, row.body.data, row.body.len);
        strbuf_putc(&text, '\n');
    }
    export_tail((int64_t)g->count, g->count > 0 ? g->rows[g->count - 1].rev : 0, &text);
    if (keyed)
        judge_key(j, g->public);
    for (size_t i = 0; i < g->held_count && outside; i++)
        held_feed(j, (struct ipam_str){ g->held[i].text, strlen(g->held[i].text) });
    do {
        struct export_reader r;
        export_reader_init(&r, j, again);
        for (size_t at = 0; at < text.len;) { /* in pieces of any size */
            size_t n = 1 + any(4000);
            n = n < text.len - at ? n : text.len - at;
            export_feed(&r, text.data + at, n);
            at += n;
        }
        again = export_end(&r);
        export_reader_fini(&r);
    } while (again);
    judge_finish(j);
    strbuf_fini(&text);
    return j;
}

/* --- what is expected --- */

struct expected {
    struct finding list[LINES_MOST];
    size_t count;
};

static void expect(struct expected *e, enum finding_kind kind, int64_t from, int64_t to, int64_t number)
{
    assert_true(e->count < LINES_MOST);
    e->list[e->count++] = (struct finding){ kind, from, to, number, NULL };
}

static bool same(const struct finding *a, const struct finding *b)
{
    bool swapped = a->kind == FOUND_SWAPPED && a->from == b->to && a->to == b->from;
    return a->kind == b->kind && a->number == b->number &&
           ((a->from == b->from && a->to == b->to) || swapped);
}

static void show(const char *what, const struct finding *f, size_t count)
{
    struct strbuf text;
    strbuf_init(&text, 1u << 20);
    for (size_t i = 0; i < count; i++)
        finding_print(&f[i], &text);
    print_message("%s:\n%s", what, count > 0 ? text.data : "nothing\n");
    strbuf_fini(&text);
}

static void assert_found(const struct judge *j, const struct expected *e, const char *what, uint64_t from)
{
    size_t count, hits = 0;
    const struct finding *f = judge_findings(j, &count);
    for (size_t i = 0; i < e->count; i++)
        for (size_t k = 0; k < count; k++)
            if (same(&e->list[i], &f[k])) {
                hits++;
                break;
            }
    if (hits == e->count && count == e->count)
        return;
    print_message("%s, seed %llu\n", what, (unsigned long long)from);
    show("expected", e->list, e->count);
    show("found", f, count);
    fail_msg("what was done is not what was found");
}

/* --- what is done to it --- */

static size_t covered_row(const struct log *g)
{
    return any((uint64_t)g->covered);
}

static void change_body(struct row *r)
{
    r->body[any(r->len)] ^= (uint8_t)(1 + any(255));
}

static void edit(struct log *g, struct expected *e)
{
    size_t i = covered_row(g);
    change_body(&g->rows[i]);
    expect(e, FOUND_EDITED, g->rows[i].rev, g->rows[i].rev, 0);
}

static void edit_time(struct log *g, struct expected *e)
{
    size_t i = covered_row(g);
    g->rows[i].time_ms ^= INT64_C(1) << any(50);
    expect(e, FOUND_EDITED, g->rows[i].rev, g->rows[i].rev, 0);
}

static void edit_length(struct log *g, struct expected *e)
{
    size_t i = covered_row(g);
    g->rows[i].len -= 1 + any(4);
    expect(e, FOUND_EDITED, g->rows[i].rev, g->rows[i].rev, 0);
}

static void edit_some(struct log *g, struct expected *e)
{
    size_t step = (size_t)g->covered / 4;
    for (size_t i = any(step); i < (size_t)g->covered; i += step) {
        change_body(&g->rows[i]);
        expect(e, FOUND_EDITED, g->rows[i].rev, g->rows[i].rev, 0);
    }
}

static void drop_row(struct log *g, size_t i, size_t n)
{
    memmove(&g->rows[i], &g->rows[i + n], (g->count - i - n) * sizeof(g->rows[0]));
    g->count -= n;
}

static void take_out(struct log *g, struct expected *e)
{
    size_t i = any((uint64_t)g->covered - 1), n = 1 + any(3);
    if (i + n >= (size_t)g->covered)
        n = 1;
    expect(e, FOUND_DELETED, g->rows[i].rev, g->rows[i].rev + (int64_t)n - 1, 0);
    drop_row(g, i, n);
}

/* The rows behind take the revision of the one before them. */
static void take_out_and_close(struct log *g, struct expected *e)
{
    size_t i = covered_row(g);
    int64_t rev = g->rows[i].rev;
    drop_row(g, i, 1);
    for (size_t k = i; k < g->count; k++)
        g->rows[k].rev--;
    if (rev < g->covered)
        expect(e, FOUND_DELETED, rev, rev, 0);
    else if (g->count >= (size_t)rev)
        expect(e, FOUND_EDITED, rev, rev, 0);
    else
        expect(e, FOUND_TRUNCATED, rev, rev, 0);
}

static void put_in(struct log *g, struct expected *e)
{
    size_t i = covered_row(g);
    int64_t rev = g->rows[i].rev;
    memmove(&g->rows[i + 1], &g->rows[i], (g->count - i) * sizeof(g->rows[0]));
    g->count++;
    for (size_t k = i + 1; k < g->count; k++)
        g->rows[k].rev++;
    fill(&g->rows[i], rev);
    expect(e, rev < g->covered ? FOUND_INSERTED : FOUND_EDITED, rev, rev, 0);
}

static void put_in_twice(struct log *g, struct expected *e)
{
    size_t i = covered_row(g);
    int64_t rev = g->rows[i].rev;
    memmove(&g->rows[i + 1], &g->rows[i], (g->count - i) * sizeof(g->rows[0]));
    g->count++;
    fill(&g->rows[i + 1], rev);
    expect(e, FOUND_INSERTED, rev, rev, 0);
}

static void swap(struct log *g, struct expected *e)
{
    size_t i = covered_row(g), k = covered_row(g);
    struct row r;
    if (any(3) == 0)
        k = i + 1; /* neighbours are the hardest to tell from a row that was moved */
    if (k == i || k >= (size_t)g->covered)
        k = i == 0 ? 1 : i - 1;
    r = g->rows[i];
    g->rows[i] = g->rows[k];
    g->rows[k] = r;
    g->rows[k].rev = g->rows[i].rev;
    g->rows[i].rev = r.rev;
    expect(e, FOUND_SWAPPED, g->rows[i].rev, g->rows[k].rev, 0);
}

static void copy_over(struct log *g, struct expected *e)
{
    size_t i = covered_row(g), k = (i + 2 + any((uint64_t)g->covered - 4)) % (size_t)g->covered;
    int64_t rev = g->rows[k].rev;
    if (k == i || k + 1 == i || i + 1 == k)
        k = (i + 3) % (size_t)g->covered, rev = g->rows[k].rev;
    g->rows[k] = g->rows[i];
    g->rows[k].rev = rev;
    expect(e, FOUND_EDITED, rev, rev, 0);
}

static void cut(struct log *g, struct expected *e)
{
    size_t keep = any((uint64_t)g->covered);
    g->count = keep;
    expect(e, FOUND_TRUNCATED, (int64_t)keep + 1, g->covered, 0);
}

static void drop_own(struct log *g, size_t keep)
{
    while (g->own_count > keep)
        free(g->own[--g->own_count].text);
}

/* The log's own checkpoints as they were earlier. */
static void old_checkpoints(struct log *g, struct expected *e)
{
    size_t keep = any(g->own_count), all = g->own_count;
    drop_own(g, keep);
    expect(e, FOUND_MISSING, (int64_t)keep + 1, (int64_t)all, 0);
}

/* All of it as it was earlier: rows and checkpoints fit each other. */
static void roll_back(struct log *g, struct expected *e)
{
    size_t keep = any(g->own_count), all = g->own_count;
    int64_t last = keep > 0 ? g->own[keep - 1].last : 0;
    drop_own(g, keep);
    g->count = (size_t)last;
    expect(e, FOUND_MISSING, (int64_t)keep + 1, (int64_t)all, 0);
    expect(e, FOUND_TRUNCATED, last + 1, g->covered, 0);
}

/* A row is edited, and every checkpoint from there on made anew, with a key of his own. */
static void sign_anew(struct log *g, struct expected *e)
{
    size_t i = covered_row(g), at = 0;
    struct ipam_str marks;
    change_body(&g->rows[i]);
    expect(e, FOUND_EDITED, g->rows[i].rev, g->rows[i].rev, 0);
    while (g->own[at].last < g->rows[i].rev)
        at++;
    memset(&g->made, 0, sizeof(g->made));
    if (at > 0) {
        const char *before = g->own[at - 1].text;
        checkpoint_read((struct ipam_str){ before, strlen(before) }, &g->made, &marks);
        checkpoint_hash((struct ipam_str){ before, strlen(before) }, g->made.previous);
        g->made.introduces = false;
        memset(g->made.next, 0, PROOF_KEY);
    }
    for (; at < g->own_count; at++) {
        struct line *l = &g->own[at];
        free(l->text);
        l->text =
            make_line(g, (size_t)l->first - 1, (size_t)(l->last - l->first) + 1, g->other, g->other_public);
        expect(e, FOUND_FORGED, 0, 0, l->number);
    }
}

/* One checkpoint is changed and nothing else. */
static void edit_checkpoint(struct log *g, struct expected *e)
{
    struct line *l = &g->own[any(g->own_count)];
    struct ipam_str whole = { l->text, strlen(l->text) }, marks;
    size_t at = checkpoint_short(whole).len - 1 - any(600);
    struct checkpoint c;
    l->text[at] = l->text[at] == '0' ? '1' : '0';
    if (checkpoint_read(whole, &c, &marks) != 0)
        c.number = 0;
    expect(e, FOUND_FORGED, 0, 0, c.number);
    if (c.number != l->number)
        expect(e, FOUND_MISSING, l->number, l->number, 0);
}

/* The marks of the log's own are made to fit an edited row. */
static void edit_with_marks(struct log *g, struct expected *e)
{
    edit(g, e);
    for (size_t i = 0; i < g->own_count; i++) {
        struct ipam_str whole = { g->own[i].text, strlen(g->own[i].text) };
        size_t from = checkpoint_short(whole).len + 1;
        if (from < whole.len)
            g->own[i].text[from + any(whole.len - from)] = 'a';
    }
}

static const struct {
    const char *what;
    void (*run)(struct log *g, struct expected *e);
} ways[] = {
    { "a byte of a row", edit },
    { "the time of a row", edit_time },
    { "the length of a row", edit_length },
    { "some rows", edit_some },
    { "rows taken out", take_out },
    { "a row taken out, the others moved up", take_out_and_close },
    { "a row put in, the others moved on", put_in },
    { "a revision that is there twice", put_in_twice },
    { "two rows changed places", swap },
    { "a row in the place of another", copy_over },
    { "the end cut off", cut },
    { "old checkpoints", old_checkpoints },
    { "an older copy of everything", roll_back },
    { "checkpoints signed anew with another key", sign_anew },
    { "a checkpoint changed", edit_checkpoint },
    { "a row and all marks", edit_with_marks },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void test_tampering_is_named(void **state)
{
    static struct log g;
    (void)state;
    for (uint64_t i = 0; i < TAMPERED; i++) {
        struct expected e = { .count = 0 };
        struct judge *j;
        seed = i * UINT64_C(0x9e3779b97f4a7c15) + 1;
        make_log(&g);
        ways[i % WAYS].run(&g, &e);
        j = judged(&g, true, true);
        assert_found(j, &e, ways[i % WAYS].what, i);
        assert_int_equal(judge_exit(j), JUDGED_TAMPERED);
        judge_free(j);
        free_log(&g);
    }
}

static void test_untouched_is_clean(void **state)
{
    static struct log g;
    (void)state;
    for (uint64_t i = 0; i < UNTOUCHED; i++) {
        const struct expected e = { .count = 0 };
        struct verdict v;
        struct judge *j;
        seed = (i + TAMPERED) * UINT64_C(0x9e3779b97f4a7c15) + 1;
        make_log(&g);
        j = judged(&g, true, true);
        assert_found(j, &e, "nothing", i);
        judge_verdict(j, &v);
        assert_int_equal(v.proved, g.covered);
        assert_int_equal(v.unproved, (int64_t)g.count - g.covered);
        assert_int_equal(judge_exit(j), v.unproved > 0 ? JUDGED_PARTLY : JUDGED_PROVED);
        judge_free(j);
        free_log(&g);
    }
}

/* Without a key, or without checkpoints from outside, an untouched log is not proved. */
static void test_less_proves_less(void **state)
{
    static struct log g;
    struct judge *j;
    (void)state;
    seed = 4711;
    do {
        make_log(&g);
    } while ((int64_t)g.count != g.covered);
    for (int i = 0; i < 4; i++) {
        j = judged(&g, i & 1, i & 2);
        assert_int_equal(judge_exit(j), i == 3 ? JUDGED_PROVED : JUDGED_PARTLY);
        judge_free(j);
    }
    free_log(&g);
}

/* A restored copy that the daemon went on with, and began to prove anew. */
static void test_begun_anew(void **state)
{
    static struct log g;
    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        struct expected e = { .count = 0 };
        struct judge *j;
        int64_t keep, before;
        seed = i * UINT64_C(0x9e3779b97f4a7c15) + 99;
        do {
            free_log(&g);
            make_log(&g);
        } while (g.made.introduces || memcmp(g.made.key, g.public, PROOF_KEY) != 0);
        before = g.covered;
        keep = 5 + (int64_t)any((uint64_t)before - 6);
        g.count = (size_t)keep;
        for (int k = 0; k < 3; k++) /* three changes later */
            fill(&g.rows[g.count], (int64_t)g.count + 1), g.count++;
        memset(g.made.chain, 0, PROOF_HASH);
        add_line(&g, make_line(&g, 0, g.count, g.secret, g.public));
        expect(&e, FOUND_ROLLED_BACK, keep + 1, before, g.made.number);
        j = judged(&g, true, true);
        assert_found(j, &e, "begun anew", i);
        judge_free(j);
        free_log(&g);
        memset(&g, 0, sizeof(g));
    }
}

/* Whoever finds a key that was replaced cannot sign with it any more. */
static void test_a_replaced_key_is_none(void **state)
{
    static struct log g;
    struct expected e = { .count = 0 };
    uint8_t next[64];
    struct judge *j;
    (void)state;
    seed = 77;
    memset(&g, 0, sizeof(g));
    proof_key_new(g.secret, g.public);
    proof_key_new(next, g.made.next);
    for (; g.count < 30; g.count++)
        fill(&g.rows[g.count], (int64_t)g.count + 1);
    g.made.introduces = true;
    add_line(&g, make_line(&g, 0, 10, g.secret, g.public));
    g.made.introduces = false;
    memset(g.made.next, 0, PROOF_KEY);
    add_line(&g, make_line(&g, 10, 10, g.secret, g.public));
    expect(&e, FOUND_FORGED, 0, 0, 2);
    j = judged(&g, true, true);
    assert_found(j, &e, "a replaced key", seed);
    judge_free(j);
    free_log(&g);
}

/* Who has no marks is told where, not which. */
static void test_without_marks(void **state)
{
    static struct log g;
    struct expected e = { .count = 0 };
    struct line *l = NULL;
    struct judge *j;
    (void)state;
    seed = 12345;
    make_log(&g);
    for (size_t i = 0; i < g.own_count; i++) {
        g.own[i].text[checkpoint_short((struct ipam_str){ g.own[i].text, strlen(g.own[i].text) }).len] = '\0';
        g.held[i].text[strlen(g.own[i].text)] = '\0';
        if (g.own[i].last - g.own[i].first > 2)
            l = &g.own[i];
    }
    assert_non_null(l);
    change_body(&g.rows[l->first]);
    expect(&e, FOUND_CHANGED, l->first, l->last, l->number);
    j = judged(&g, true, true);
    assert_found(j, &e, "no marks", seed);
    judge_free(j);
    free_log(&g);
}

/* What is kept outside may be the signed words alone. */
static void test_marks_of_the_log_itself(void **state)
{
    static struct log g;
    struct expected e = { .count = 0 };
    struct judge *j;
    (void)state;
    seed = 54321;
    make_log(&g);
    for (size_t i = 0; i < g.held_count; i++) {
        struct ipam_str words = checkpoint_short((struct ipam_str){ g.held[i].text, strlen(g.held[i].text) });
        g.held[i].text[words.len] = '\0';
    }
    change_body(&g.rows[0]);
    expect(&e, FOUND_EDITED, 1, 1, 0);
    j = judged(&g, true, true);
    assert_found(j, &e, "marks of the log itself", seed);
    judge_free(j);
    free_log(&g);
}

static void test_export_cut(void **state)
{
    static const char *const texts[] = { "",
                                         "ipam-evidence-export 1\n",
                                         "ipam-evidence-export 1\nrow 1 2 9\nabc",
                                         "ipam-evidence-export 1\nend 1 0\n",
                                         "ipam-evidence-export 1\nrow 1 2 99999999999\n",
                                         "ipam-evidence-export 1\nend 0 0\nrow 1 1 0\n\n",
                                         "something else\n" };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct judge *j = judge_new();
        struct export_reader r;
        size_t count;
        export_reader_init(&r, j, false);
        export_feed(&r, texts[i], strlen(texts[i]));
        export_end(&r);
        export_reader_fini(&r);
        judge_finish(j);
        assert_int_equal(judge_findings(j, &count)->kind, FOUND_BROKEN);
        assert_int_equal(judge_exit(j), JUDGED_TAMPERED);
        judge_free(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tampering_is_named),
        cmocka_unit_test(test_untouched_is_clean),
        cmocka_unit_test(test_less_proves_less),
        cmocka_unit_test(test_begun_anew),
        cmocka_unit_test(test_a_replaced_key_is_none),
        cmocka_unit_test(test_without_marks),
        cmocka_unit_test(test_marks_of_the_log_itself),
        cmocka_unit_test(test_export_cut),
    };
    if (!proof_init())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
