/* reports.c - GET /system/reports/free-space and /owners: figures over many objects, of what the caller sees.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A report takes a short while of the loop, lets others have their turn, and goes on; when the client has
 * gone it ends. */
#include "api/reports.h"

#include <string.h>

#include "base/clock.h"
#include "model/report.h"
#include "record/record.h"

#define TURN_US    2000 /* of the loop, without a break */
#define LIMIT_MOST 1000

/* What reports share. */
struct report {
    struct call *c;
    struct loop_work work;
    void (*go_on)(struct report *r);
    int64_t turn_us; /* when this turn began */
    int64_t limit, rows;
    struct json_writer w;
};

/* --- turns --- */

static bool turn_is_over(const struct report *r)
{
    return clock_mono_us() - r->turn_us >= TURN_US;
}

static void on_turn(struct loop_work *work)
{
    struct report *r = container_of(work, struct report, work);
    struct call *c = r->c;

    if (c->http == NULL) { /* nobody waits for it any more */
        call_empty(c, 200);
    } else if (!c->api->ready) {
        problem_set(&c->problem, PROBLEM_UNAVAILABLE, "the service is stopping");
        c->problem.retry_after_s = 1;
        call_problem(c);
    } else {
        r->turn_us = clock_mono_us();
        r->go_on(r);
    }
}

static void next_turn(struct report *r)
{
    loop_post(r->c->api->at.loop, &r->work, on_turn);
}

/* --- the answer --- */

static void begin(struct report *r)
{
    struct call *c = r->c;

    r->turn_us = clock_mono_us();
    if (c->csv) {
        record_csv_header(c->type, NULL, &c->out);
        return;
    }
    jw_init(&r->w, &c->out);
    jw_object(&r->w);
    jw_key(&r->w, "items");
    jw_array(&r->w);
}

static void write_row(struct report *r, const void *rec)
{
    r->rows++;
    if (r->c->csv)
        record_csv_row(rec, NULL, &r->c->out);
    else
        record_to_json(rec, NULL, &r->w);
}

/* `place` empty: the page is the last. */
static void end(struct report *r, struct ipam_bytes place)
{
    struct call *c = r->c;

    if (place.len > 0)
        cursor_set(c, place);
    if (!c->csv) {
        jw_array_end(&r->w);
        jw_key(&r->w, "next");
        if (c->next != NULL)
            jw_text(&r->w, c->next);
        else
            jw_null(&r->w);
        jw_object_end(&r->w);
    }
    call_json(c, 200);
}

/* --- the request --- */

/* Family 0: it is not given. False with the problem. */
static bool read_within(struct call *c, struct ipam_prefix *ret)
{
    struct ipam_str text = call_param(c, "within");

    memset(ret, 0, sizeof(*ret));
    if (text.data == NULL || prefix_parse(text.data, text.len, ret) == 0)
        return true;
    problem_hint(&c->problem, "give a prefix such as 10.1.0.0/16, without host bits");
    problem_set(&c->problem, PROBLEM_INVALID, "within: \"" STR_FMT "\" is no such prefix", STR_ARG(text));
    return false;
}

/* 0: it is not given. An id that is none has no blocks. False with the problem. */
static bool read_space(struct call *c, int64_t *ret)
{
    struct ipam_str text = call_param(c, "space");

    *ret = text.data != NULL ? call_ref(c, IPAM_T_SPACE, text) : 0;
    if (text.data == NULL || *ret != 0)
        return true;
    problem_hint(&c->problem, "list them with GET /api/v1/ipam/spaces");
    problem_set(&c->problem, PROBLEM_INVALID, "space: there is no space \"" STR_FMT "\"", STR_ARG(text));
    return false;
}

static bool read_common(struct report *r, const char *const *known, struct ipam_bytes *ret_place)
{
    struct call *c = r->c;

    return call_accept(c, true) && call_params_known(c, known) &&
           call_param_int(c, "limit", 100, 1, LIMIT_MOST, &r->limit) && cursor_get(c, ret_place);
}

/* --- free space --- */

struct free_report {
    struct report r;
    struct tree_walk walk;
    struct tree_place place; /* the last block that was looked at */
    int64_t length;
    int64_t block;         /* that is looked at; 0: none */
    struct ipam_addr from; /* free prefixes of it are looked for from there on */
    struct free_sum sum;
};

static struct ipam_strs texts_of(struct free_report *f)
{
    struct arena *a = &f->r.c->arena;
    struct ipam_str *items = arena_alloc(a, (f->sum.count + 1) * sizeof(items[0]));

    for (size_t i = 0; items != NULL && i < f->sum.count; i++) {
        char buf[PREFIX_TEXT_MAX];
        items[i] = arena_str(a, (struct ipam_str){ buf, prefix_print(&f->sum.largest[i], buf) });
    }
    return (struct ipam_strs){ items, items != NULL ? f->sum.count : 0 };
}

static void write_block(struct free_report *f, const struct ipam_block *b)
{
    const struct view *v = call_view(f->r.c);
    struct ipam_block full = *b;
    struct ipam_free_space row;

    rule_derive(v, &full);
    record_init(&row, IPAM_T_FREE_SPACE);
    RECORD_SET(&row, IPAM_FREE_SPACE_ID, id, b->id);
    RECORD_SET(&row, IPAM_FREE_SPACE_SPACE, space, b->space);
    RECORD_SET(&row, IPAM_FREE_SPACE_PREFIX, prefix, b->prefix);
    if (record_has(b, IPAM_BLOCK_NAME))
        RECORD_SET(&row, IPAM_FREE_SPACE_NAME, name, b->name);
    RECORD_SET(&row, IPAM_FREE_SPACE_SIZE, size_, full.size_);
    RECORD_SET(&row, IPAM_FREE_SPACE_USED, used, full.used);
    RECORD_SET(&row, IPAM_FREE_SPACE_FREE, free, u128_sub(full.size_, full.used));
    RECORD_SET(&row, IPAM_FREE_SPACE_UTILIZATION, utilization, full.utilization);
    if (f->sum.length != 0) {
        RECORD_SET(&row, IPAM_FREE_SPACE_LENGTH, length, f->sum.length);
        RECORD_SET(&row, IPAM_FREE_SPACE_PREFIXES, prefixes, f->sum.prefixes);
    }
    RECORD_SET(&row, IPAM_FREE_SPACE_LARGEST, largest, texts_of(f));
    write_row(&f->r, &row);
}

/* Goes to the next block that he sees; false: there is none, or no room for it on the page. */
static bool next_block(struct free_report *f, bool *ret_more)
{
    struct call *c = f->r.c;
    struct tree_place place = f->place;
    const struct ipam_block *b = tree_next(call_view(c), &f->walk, &place);

    if (b == NULL)
        return false;
    if (!call_sees(c, b)) {
        f->place = place;
        return true;
    }
    *ret_more = f->r.rows == f->r.limit;
    if (*ret_more)
        return false;
    f->place = place;
    f->block = b->id;
    f->from = b->prefix.addr;
    memset(&f->sum, 0, sizeof(f->sum));
    if (f->length <= addr_bits(b->prefix.addr.family))
        f->sum.length = (uint8_t)f->length;
    return true;
}

/* One free prefix of the block; after the last its row. */
static void look_on(struct free_report *f)
{
    const struct view *v = call_view(f->r.c);
    const struct ipam_block *b = view_get(v, IPAM_T_BLOCK, f->block);
    struct ipam_prefix gap;
    struct ipam_addr last;
    bool more = b != NULL && rule_next_gap(v, b->space, &b->prefix, &f->from, &gap) == 0;

    if (more) {
        free_sum_add(&f->sum, &gap);
        prefix_last(&gap, &last);
        more = addr_add(&last, u128_from(1), &f->from) == 0 && prefix_contains_addr(&b->prefix, &f->from);
    }
    if (more)
        return;
    if (b != NULL) /* else it was deleted meanwhile */
        write_block(f, b);
    f->block = 0;
}

static void free_go_on(struct report *r)
{
    struct free_report *f = container_of(r, struct free_report, r);
    bool more = false;

    for (;;) {
        if (turn_is_over(r)) {
            next_turn(r);
            return;
        }
        if (f->block != 0)
            look_on(f);
        else if (!next_block(f, &more))
            break;
    }
    end(r, more ? (struct ipam_bytes){ (const uint8_t *)&f->place, sizeof(f->place) }
                : (struct ipam_bytes){ NULL, 0 });
}

static bool read_place(struct call *c, struct ipam_bytes bytes, struct tree_place *ret)
{
    struct ipam_prefix p;

    if (bytes.data == NULL)
        return true;
    if (bytes.len != sizeof(*ret))
        return cursor_bad(c);
    memcpy(ret, bytes.data, sizeof(*ret));
    p = ret->prefix;
    if (ret->space <= 0 || (p.addr.family != 4 && p.addr.family != 6) || p.length > addr_bits(p.addr.family))
        return cursor_bad(c);
    prefix_mask(&p);
    return prefix_equal(&p, &ret->prefix) || cursor_bad(c);
}

void handle_report_free(struct call *c)
{
    static const char *const known[] = { "space", "within", "length", "limit", "cursor", NULL };
    struct free_report *f = arena_alloc(&c->arena, sizeof(*f));
    struct ipam_bytes place;

    if (f == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    memset(f, 0, sizeof(*f));
    f->r.c = c;
    f->r.go_on = free_go_on;
    if (!read_common(&f->r, known, &place) || !call_param_int(c, "length", 0, 1, 128, &f->length) ||
        !read_space(c, &f->walk.space) || !read_within(c, &f->walk.within) ||
        !read_place(c, place, &f->place)) {
        call_problem(c);
        return;
    }
    begin(&f->r);
    free_go_on(&f->r);
}

/* --- owners --- */

static const uint32_t owned[] = { IPAM_T_SPACE, IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE };
#define OWNED (sizeof(owned) / sizeof(owned[0]))

struct owner_report {
    struct report r;
    struct owner_totals totals;
    size_t type;           /* that is counted */
    int64_t last;          /* id of the row that was counted last */
    size_t at;             /* the total that is written next */
    struct ipam_str after; /* the owner that the page before ended with; absent: there is none */
};

static bool sees(void *user, const void *row)
{
    return call_sees(user, row);
}

/* Counts one; false: all are. */
static bool count_on(struct owner_report *o)
{
    const struct state *s = o->r.c->api->at.state;
    const void *row = o->type < OWNED ? state_next(s, owned[o->type], o->last) : NULL;

    if (row != NULL) {
        owner_totals_add(&o->totals, row);
        const struct record_field *id = &record_type(owned[o->type])->fields[0];
        o->last = *(const int64_t *)(const void *)((const char *)row + id->offset);
        return true;
    }
    if (o->type == OWNED)
        return false;
    o->last = 0;
    if (++o->type == OWNED)
        owner_totals_sort(&o->totals);
    return o->type < OWNED;
}

static void write_total(struct owner_report *o, const struct owner_total *t)
{
    const struct ipam_u128 none = u128_from(0);
    struct ipam_owner_total row;

    record_init(&row, IPAM_T_OWNER_TOTAL);
    if (t->owner.data != NULL)
        RECORD_SET(&row, IPAM_OWNER_TOTAL_OWNER, owner, t->owner);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_SPACES, spaces, t->spaces);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_BLOCKS, blocks, t->blocks);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_SUBNETS, subnets, t->subnets);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_RANGES, ranges, t->ranges);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_SIZE4, size4, t->size[0]);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_USED4, used4, t->used[0]);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_SIZE6, size6, t->size[1]);
    RECORD_SET(&row, IPAM_OWNER_TOTAL_USED6, used6, t->used[1]);
    if (u128_compare(t->size[0], none) > 0)
        RECORD_SET(&row, IPAM_OWNER_TOTAL_UTILIZATION4, utilization4, u128_percent(t->used[0], t->size[0]));
    if (u128_compare(t->size[1], none) > 0)
        RECORD_SET(&row, IPAM_OWNER_TOTAL_UTILIZATION6, utilization6, u128_percent(t->used[1], t->size[1]));
    write_row(&o->r, &row);
}

/* Writes one; false: all are written, or the page is full. */
static bool write_on(struct owner_report *o)
{
    const struct owner_totals *t = &o->totals;

    if (o->at == t->count || o->r.rows == o->r.limit)
        return false;
    if (owner_comes_after(t->items[o->at]->owner, o->after))
        write_total(o, t->items[o->at]);
    o->at++;
    return true;
}

static void owners_go_on(struct report *r)
{
    struct owner_report *o = container_of(r, struct owner_report, r);
    const struct owner_totals *t = &o->totals;

    while (count_on(o) || (!t->starved && write_on(o)))
        if (turn_is_over(r)) {
            next_turn(r);
            return;
        }
    if (t->starved) {
        call_starved(r->c);
        call_problem(r->c);
        return;
    }
    struct ipam_str last = o->at < t->count ? t->items[o->at - 1]->owner : (struct ipam_str){ NULL, 0 };
    end(r, (struct ipam_bytes){ (const uint8_t *)last.data, last.len });
}

static void owners_ended(struct call *c)
{
    struct owner_report *o = c->work;

    owner_totals_fini(&o->totals);
}

void handle_report_owners(struct call *c)
{
    static const char *const known[] = { "within", "limit", "cursor", NULL };
    struct owner_report *o = arena_alloc(&c->arena, sizeof(*o));
    struct ipam_bytes place;

    if (o == NULL) {
        call_starved(c);
        call_problem(c);
        return;
    }
    memset(o, 0, sizeof(*o));
    o->r.c = c;
    o->r.go_on = owners_go_on;
    owner_totals_init(&o->totals, call_view(c), &c->arena);
    o->totals.sees = sees;
    o->totals.user = c;
    c->work = o;
    c->ended = owners_ended;
    if (!read_common(&o->r, known, &place) || !read_within(c, &o->totals.within)) {
        call_problem(c);
        return;
    }
    o->after = (struct ipam_str){ (const char *)place.data, place.len };
    begin(&o->r);
    owners_go_on(&o->r);
}

/* --- which there are --- */

void reports_each(struct arena *a, void (*fn)(void *user, struct ipam_report *r), void *user)
{
    static const struct {
        const char *name, *title, *description;
    } reports[] = {
        { "free-space", "Free space",
          "Per block what is in use and what is free, the largest free prefixes, and how many of a length." },
        { "owners", "Owners",
          "Per owner the spaces, blocks, subnets and ranges, their addresses and how many are in use." },
    };

    for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
        struct ipam_report *r = record_new(a, IPAM_T_REPORT);

        if (r == NULL)
            return;
        RECORD_SET(r, IPAM_REPORT_NAME, name, str_from(reports[i].name));
        RECORD_SET(r, IPAM_REPORT_TITLE, title, str_from(reports[i].title));
        RECORD_SET(r, IPAM_REPORT_DESCRIPTION, description, str_from(reports[i].description));
        fn(user, r);
    }
}
