/* diff.c - two texts compared line by line: anchors first, then the shortest way between them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Lines become numbers, the same for the same. What is the same at both ends is set aside. A large rest is
 * split at lines that are in it once on either side (Bram Cohen's patience), a small one by the middle of
 * the shortest edit (E. Myers, An O(ND) Difference Algorithm, 1986, 4b). All work is counted: when it was
 * enough, what is left goes and comes as a whole, which is right, too, if not short. */
#include "archive/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

#define WORK_MOST (1 << 23) /* steps: some 20 ms */
#define SMALL     512       /* lines of a box that is not split at anchors */

struct side {
    struct ipam_str *lines;
    uint32_t *ids;
    bool *changed;
    size_t count;
};

struct diff {
    struct side a, b;
    uint32_t id_count;
    int64_t work;
    /* scratch */
    uint32_t *seen_a, *seen_b;  /* of each id within a box: 0, or 1 + the only place, or MANY */
    size_t *best, *back, *ends; /* of anchors */
    int32_t *down, *up;         /* furthest reaching ways, by diagonal */
};

#define MANY UINT32_MAX
#define NOWHERE                                                                                              \
    (INT32_MAX / 2) /* of a way that has left the box: from the end; from the start its negative */

struct box {
    size_t a, a_end, b, b_end;
};

/* --- lines and their numbers --- */

static bool split(struct side *s, struct ipam_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    count += text.len > 0 && text.data[text.len - 1] != '\n';
    s->lines = calloc(count + 1, sizeof(s->lines[0]));
    s->ids = calloc(count + 1, sizeof(s->ids[0]));
    s->changed = calloc(count + 1, sizeof(s->changed[0]));
    if (s->lines == NULL || s->ids == NULL || s->changed == NULL || count > DIFF_LINES_MOST / 2)
        return false;
    for (size_t at = 0; at < text.len; s->count++) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - text.data) - at : text.len - at;
        s->lines[s->count] = (struct ipam_str){ text.data + at, len };
        at += len + 1;
    }
    return true;
}

/* One table for both sides: open addressing, 0 is free. */
struct ids {
    uint32_t *slots; /* 1 + id */
    struct ipam_str *lines;
    size_t mask;
    uint32_t count;
};

static void number(struct ids *t, struct side *s)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t at = (size_t)hash_bytes(s->lines[i].data, s->lines[i].len) & t->mask;
        while (t->slots[at] != 0 && !str_equal(t->lines[t->slots[at] - 1], s->lines[i]))
            at = (at + 1) & t->mask;
        if (t->slots[at] == 0) {
            t->lines[t->count] = s->lines[i];
            t->slots[at] = ++t->count;
        }
        s->ids[i] = t->slots[at] - 1;
    }
}

static bool number_both(struct diff *d)
{
    size_t lines = d->a.count + d->b.count, cap = 16;
    while (cap < 2 * lines)
        cap *= 2;
    struct ids t = { calloc(cap, sizeof(t.slots[0])), calloc(lines + 1, sizeof(t.lines[0])), cap - 1, 0 };
    bool made = t.slots != NULL && t.lines != NULL;
    if (made) {
        number(&t, &d->a);
        number(&t, &d->b);
        d->id_count = t.count;
    }
    free(t.slots);
    free(t.lines);
    return made;
}

/* --- comparing --- */

static void compare(struct diff *d, struct box x);

static void mark(struct diff *d, const struct box *x)
{
    for (size_t i = x->a; i < x->a_end; i++)
        d->a.changed[i] = true;
    for (size_t i = x->b; i < x->b_end; i++)
        d->b.changed[i] = true;
}

static void note(uint32_t *seen, const struct side *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        seen[s->ids[i]] = seen[s->ids[i]] == 0 ? (uint32_t)i + 1 : MANY;
}

static void forget(uint32_t *seen, const struct side *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        seen[s->ids[i]] = 0;
}

/* Where the other side has the line that is once on either side; SIZE_MAX: it is not. */
static size_t partner(const struct diff *d, size_t i)
{
    uint32_t a = d->seen_a[d->a.ids[i]], b = d->seen_b[d->a.ids[i]];
    return a != MANY && b != 0 && b != MANY ? b - 1 : SIZE_MAX;
}

/* The longest run of anchors that ascends on both sides: ends[k] is the place on side a of the last of
 * the best run of k+1, back[i] the place before i in its run, plus one. How long it is. */
static size_t find_anchors(struct diff *d, const struct box *x)
{
    size_t length = 0;
    note(d->seen_a, &d->a, x->a, x->a_end);
    note(d->seen_b, &d->b, x->b, x->b_end);
    for (size_t i = x->a; i < x->a_end; i++) {
        size_t at = partner(d, i), low = 0, high = length;
        if (at == SIZE_MAX)
            continue;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (d->best[middle] < at)
                low = middle + 1;
            else
                high = middle;
        }
        d->best[low] = at;
        d->ends[low] = i;
        d->back[i] = low > 0 ? d->ends[low - 1] + 1 : 0;
        length += low == length;
    }
    return length;
}

/* Splits a box at its anchors; false: it has none. */
static bool split_at_anchors(struct diff *d, struct box x)
{
    size_t length = find_anchors(d, &x), *at = length > 0 ? malloc(2 * length * sizeof(*at)) : NULL;
    for (size_t k = length, i = length > 0 ? d->ends[length - 1] : 0; at != NULL && k-- > 0;
         i = d->back[i] > 0 ? d->back[i] - 1 : 0) {
        at[2 * k] = i;
        at[2 * k + 1] = partner(d, i);
    }
    forget(d->seen_a, &d->a, x.a, x.a_end);
    forget(d->seen_b, &d->b, x.b, x.b_end);
    if (at == NULL)
        return false;
    for (size_t k = 0; k < length; k++) {
        compare(d, (struct box){ x.a, at[2 * k], x.b, at[2 * k + 1] });
        x.a = at[2 * k] + 1;
        x.b = at[2 * k + 1] + 1;
    }
    free(at);
    compare(d, x);
    return true;
}

static bool is_inside(const struct box *x, int i, int j)
{
    return i >= 0 && j >= 0 && i <= (int)(x->a_end - x->a) && j <= (int)(x->b_end - x->b);
}

/* One step of the ways from the start: true when one of them meets one from the end, in *ret. */
static bool step_down(struct diff *d, const struct box *x, int cost, int delta, struct box *ret)
{
    int n = (int)(x->a_end - x->a), m = (int)(x->b_end - x->b);
    for (int k = -cost; k <= cost; k += 2) {
        int i = k == -cost || (k != cost && d->down[k - 1] < d->down[k + 1]) ? d->down[k + 1]
                                                                             : d->down[k - 1] + 1;
        int j = i - k, from = i;
        if (!is_inside(x, i, j)) {
            d->down[k] = -NOWHERE;
            continue;
        }
        while (i < n && j < m && d->a.ids[x->a + (size_t)i] == d->b.ids[x->b + (size_t)j])
            i++, j++;
        d->work -= i - from + 1;
        d->down[k] = i;
        if ((delta & 1) && k > delta - cost && k < delta + cost && i >= d->up[k - delta]) {
            *ret = (struct box){ x->a + (size_t)from, x->a + (size_t)i, x->b + (size_t)(from - k),
                                 x->b + (size_t)j };
            return true;
        }
    }
    return false;
}

/* The same of those from the end, whose places are counted from the start, by diagonals less `delta`. */
static bool step_up(struct diff *d, const struct box *x, int cost, int delta, struct box *ret)
{
    for (int k = -cost; k <= cost; k += 2) {
        int i = k == cost || (k != -cost && d->up[k - 1] < d->up[k + 1]) ? d->up[k - 1] : d->up[k + 1] - 1;
        int j = i - k - delta, from = i;
        if (!is_inside(x, i, j)) {
            d->up[k] = NOWHERE;
            continue;
        }
        while (i > 0 && j > 0 && d->a.ids[x->a + (size_t)i - 1] == d->b.ids[x->b + (size_t)j - 1])
            i--, j--;
        d->work -= from - i + 1;
        d->up[k] = i;
        if (!(delta & 1) && k + delta >= -cost && k + delta <= cost && i <= d->down[k + delta]) {
            *ret = (struct box){ x->a + (size_t)i, x->a + (size_t)from, x->b + (size_t)j,
                                 x->b + (size_t)(from - k - delta) };
            return true;
        }
    }
    return false;
}

/* Splits a box in the middle of its shortest edit, where *ret stays; false: that is too much work. */
static bool find_middle(struct diff *d, const struct box *x, struct box *ret)
{
    int n = (int)(x->a_end - x->a), delta = n - (int)(x->b_end - x->b);
    d->down[1] = 0;
    d->up[-1] = n;
    for (int cost = 0; d->work > 0; cost++)
        if (step_down(d, x, cost, delta, ret) || step_up(d, x, cost, delta, ret))
            return true;
    return false;
}

static void compare(struct diff *d, struct box x)
{
    struct box middle;
    while (x.a < x.a_end && x.b < x.b_end && d->a.ids[x.a] == d->b.ids[x.b])
        x.a++, x.b++;
    while (x.a < x.a_end && x.b < x.b_end && d->a.ids[x.a_end - 1] == d->b.ids[x.b_end - 1])
        x.a_end--, x.b_end--;
    size_t lines = x.a_end - x.a + x.b_end - x.b;
    d->work -= (int64_t)lines;
    if (x.a == x.a_end || x.b == x.b_end || d->work <= 0) {
        mark(d, &x);
    } else if (lines > SMALL && split_at_anchors(d, x)) {
        return;
    } else if (!find_middle(d, &x, &middle)) {
        mark(d, &x);
    } else {
        compare(d, (struct box){ x.a, middle.a, x.b, middle.b });
        compare(d, (struct box){ middle.a_end, x.a_end, middle.b_end, x.b_end });
    }
}

struct diff *diff_new(struct ipam_str from, struct ipam_str to)
{
    struct diff *d = calloc(1, sizeof(*d));
    if (d == NULL || !split(&d->a, from) || !split(&d->b, to) || !number_both(d)) {
        diff_free(d);
        return NULL;
    }
    size_t lines = d->a.count + d->b.count, ways = 2 * lines + 5;
    int32_t *down = calloc(ways, sizeof(*down)), *up = calloc(ways, sizeof(*up));
    d->work = WORK_MOST;
    d->seen_a = calloc(d->id_count + 1, sizeof(d->seen_a[0]));
    d->seen_b = calloc(d->id_count + 1, sizeof(d->seen_b[0]));
    d->best = calloc(d->a.count + 1, sizeof(d->best[0]));
    d->back = calloc(d->a.count + 1, sizeof(d->back[0]));
    d->ends = calloc(d->a.count + 1, sizeof(d->ends[0]));
    bool made = down != NULL && up != NULL && d->seen_a != NULL && d->seen_b != NULL && d->best != NULL &&
                d->back != NULL && d->ends != NULL;
    if (made) {
        d->down = down + lines + 2;
        d->up = up + lines + 2;
        compare(d, (struct box){ 0, d->a.count, 0, d->b.count });
    }
    free(down);
    free(up);
    free(d->seen_a);
    free(d->seen_b);
    free(d->best);
    free(d->back);
    free(d->ends);
    d->seen_a = d->seen_b = NULL;
    if (!made) {
        diff_free(d);
        return NULL;
    }
    return d;
}

static void side_fini(struct side *s)
{
    free(s->lines);
    free(s->ids);
    free(s->changed);
}

void diff_free(struct diff *d)
{
    if (d == NULL)
        return;
    side_fini(&d->a);
    side_fini(&d->b);
    free(d);
}

/* --- what differs --- */

/* The first change at or behind a pair of lines that stay; false: there is none. */
static bool next_change(const struct diff *d, size_t *i, size_t *j)
{
    while (*i < d->a.count && *j < d->b.count && !d->a.changed[*i] && !d->b.changed[*j])
        ++*i, ++*j;
    return (*i < d->a.count && d->a.changed[*i]) || (*j < d->b.count && d->b.changed[*j]);
}

static void pass_change(const struct diff *d, size_t *i, size_t *j)
{
    while (*i < d->a.count && d->a.changed[*i])
        ++*i;
    while (*j < d->b.count && d->b.changed[*j])
        ++*j;
}

bool diff_next(const struct diff *d, size_t context, struct diff_hunk *h)
{
    size_t begin = h->from + h->from_count, i = begin, j = h->to + h->to_count;
    if (!next_change(d, &i, &j))
        return false;
    size_t before = i - begin < context ? i - begin : context;
    h->from = i - before;
    h->to = j - before;
    for (;;) {
        pass_change(d, &i, &j);
        size_t end = i, from = i, to = j;
        if (!next_change(d, &from, &to) || from - end > 2 * context) {
            size_t after = d->a.count - end < context ? d->a.count - end : context;
            h->from_count = end + after - h->from;
            h->to_count = j + after - h->to;
            return true;
        }
        i = from;
        j = to;
    }
}

void diff_lines(const struct diff *d, const struct diff_hunk *h,
                void (*fn)(void *user, enum diff_kind kind, struct ipam_str line), void *user)
{
    size_t i = h->from, j = h->to, i_end = h->from + h->from_count, j_end = h->to + h->to_count;
    while (i < i_end || j < j_end) {
        if (i < i_end && d->a.changed[i]) {
            fn(user, DIFF_GOES, d->a.lines[i++]);
        } else if (j < j_end && d->b.changed[j]) {
            fn(user, DIFF_COMES, d->b.lines[j++]);
        } else {
            fn(user, DIFF_STAYS, d->a.lines[i++]);
            j++;
        }
    }
}

void diff_count(const struct diff *d, size_t *ret_gone, size_t *ret_came)
{
    *ret_gone = *ret_came = 0;
    for (size_t i = 0; i < d->a.count; i++)
        *ret_gone += d->a.changed[i];
    for (size_t i = 0; i < d->b.count; i++)
        *ret_came += d->b.changed[i];
}

/* --- as diff -u --- */

static void put_line(void *user, enum diff_kind kind, struct ipam_str line)
{
    struct strbuf *out = user;
    strbuf_putc(out, (char)kind);
    strbuf_addstr(out, line);
    strbuf_putc(out, '\n');
}

/* "12,3"; a count of 1 is not written, and of none it is the line before. */
static void put_range(struct strbuf *out, char sign, size_t from, size_t count)
{
    strbuf_printf(out, "%c%zu", sign, count > 0 ? from + 1 : from);
    if (count != 1)
        strbuf_printf(out, ",%zu", count);
}

void diff_unified(const struct diff *d, const char *from_name, const char *to_name, size_t context,
                  struct strbuf *out)
{
    struct diff_hunk h = { 0 };
    for (bool first = true; diff_next(d, context, &h); first = false) {
        if (first)
            strbuf_printf(out, "--- %s\n+++ %s\n", from_name, to_name);
        strbuf_puts(out, "@@ ");
        put_range(out, '-', h.from, h.from_count);
        strbuf_putc(out, ' ');
        put_range(out, '+', h.to, h.to_count);
        strbuf_puts(out, " @@\n");
        diff_lines(d, &h, put_line, out);
    }
}
