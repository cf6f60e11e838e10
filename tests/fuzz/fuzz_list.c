/* fuzz_list.c - queries of lists: what is taken prints to an equal query, holds for its own values, and goes on.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte is the list, the rest its query. A cursor made for it is read back, and is refused when one of its
 * digits is another. `make check` replays the seeds in tests/fuzz/corpus/list and mutations of them (fuzz_main.c); to
 * fuzz, see README.md. */
#include <stdlib.h>
#include <string.h>

#include "api/ask.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define PLACE_ID 7 /* of the row that the page ends with */

static struct api api;

/* The n-th list of the API. */
static const struct route *list_route(unsigned n)
{
    const struct route *r = api_routes;

    for (;; r = r[1].path != NULL ? r + 1 : api_routes)
        if (r->handler == handle_list && n-- == 0)
            return r;
}

static struct call *call_new(const struct route *r, struct ipam_str query)
{
    struct call *c = calloc(1, sizeof(*c));

    CHECK(c != NULL);
    if (api.book == NULL)
        api.book = book_new(api.at.state);
    arena_init(&c->arena, 64u << 20);
    strbuf_init(&c->out, 1u << 20);
    c->api = &api;
    c->route = r;
    c->type = record_type(r->type);
    c->query = arena_str(&c->arena, query);
    c->who.role = access_role(IPAM_STR("administrator"));
    sight_init(&c->sight, api.book, api.at.state, &c->who, access_operation(r->operation));
    return c;
}

static void call_drop(struct call *c)
{
    strbuf_fini(&c->out);
    arena_fini(&c->arena);
    free(c);
}

static void check_problem(const struct call *c)
{
    CHECK(c->problem.type != PROBLEM_NONE && c->problem.detail[0] != '\0');
    CHECK(utf8_valid(c->problem.detail, strlen(c->problem.detail)));
    CHECK(utf8_valid(c->problem.hint, strlen(c->problem.hint)));
    for (const struct record_problem *e = c->problem.errors; e != NULL; e = e->next)
        CHECK(e->pointer[0] == '?' && e->message[0] != '\0' && utf8_valid(e->message, strlen(e->message)));
}

/* --- printed, and read back --- */

static void put_escaped(struct strbuf *out, struct ipam_str s)
{
    for (size_t i = 0; i < s.len; i++)
        strbuf_printf(out, "%%%02X", (unsigned char)s.data[i]);
}

static void put_condition(struct strbuf *out, const struct record_condition *k)
{
    struct strbuf one;

    strbuf_printf(out, "&%s%s%s=", k->field->name, k->cmp == CMP_EQ ? "" : ".", record_cmp_name(k->cmp));
    if (k->cmp == CMP_NULL)
        strbuf_puts(out, k->absent ? "true" : "false");
    strbuf_init(&one, 1u << 20);
    for (size_t i = 0; i < k->count; i++) {
        strbuf_reset(&one);
        if (k->field->kind == KIND_TEXT || k->field->kind == KIND_JSON) /* for people it stands on one line */
            strbuf_addstr(&one, *(const struct ipam_str *)(const void *)((char *)k->values[i] + k->field->offset));
        else
            record_field_print(k->field, k->values[i], &one);
        strbuf_puts(out, i > 0 ? "," : "");
        put_escaped(out, one.len > 0 ? strbuf_str(&one) : IPAM_STR(""));
    }
    strbuf_fini(&one);
}

static bool is_shown(const struct ask *a, unsigned i)
{
    const struct record_field *f = &a->type->fields[i];

    return !(f->flags & FIELD_SECRET) && a->fields[f->number / 64] >> f->number % 64 & 1;
}

static void put_fields(struct strbuf *out, const struct ask *a)
{
    const char *mark = "&fields=";

    for (unsigned i = 0; i < a->type->field_count; i++) {
        if (!is_shown(a, i))
            continue;
        strbuf_printf(out, "%s%s", mark, a->type->fields[i].name);
        mark = ",";
    }
}

static void put_query(struct strbuf *out, const struct ask *a)
{
    static const char *const relations[] = { "within", "overlaps", "contains" };
    const struct record_field *order = a->order;
    char prefix[PREFIX_TEXT_MAX];

    strbuf_printf(out, "limit=%lld&count=%s", (long long)a->limit, a->count ? "true" : "false");
    if (order == NULL && a->type->residency != RES_NONE)
        order = &a->type->fields[0];
    if (order != NULL)
        strbuf_printf(out, "&order=%s%s", a->descending ? "-" : "", order->name);
    put_fields(out, a);
    for (size_t i = 0; i < a->place_count; i++) {
        prefix_print(&a->places[i].prefix, prefix);
        strbuf_printf(out, "&%s=%s", relations[a->places[i].relation], prefix);
    }
    for (size_t i = 0; i < a->condition_count; i++)
        put_condition(out, &a->conditions[i]);
    if (a->at.data != NULL) {
        strbuf_puts(out, "&at=");
        put_escaped(out, a->at);
    }
}

static void check_same_conditions(const struct ask *a, const struct ask *b)
{
    CHECK(a->condition_count == b->condition_count);
    for (size_t i = 0; i < a->condition_count; i++) {
        const struct record_condition *x = &a->conditions[i], *y = &b->conditions[i];

        CHECK(x->field == y->field && x->cmp == y->cmp && x->absent == y->absent && x->count == y->count);
        for (size_t k = 0; k < x->count; k++)
            CHECK(record_field_equal(x->field, x->values[k], y->values[k]));
    }
}

static void check_same(const struct ask *a, const struct ask *b)
{
    CHECK(a->limit == b->limit && a->count == b->count && a->order == b->order && a->descending == b->descending);
    CHECK(a->derives == b->derives && a->shows == b->shows && a->place_count == b->place_count);
    for (size_t i = 0; i < a->place_count; i++)
        CHECK(a->places[i].relation == b->places[i].relation &&
              prefix_equal(&a->places[i].prefix, &b->places[i].prefix));
    for (unsigned i = 0; i < a->type->field_count; i++)
        CHECK(is_shown(a, i) == is_shown(b, i));
    check_same_conditions(a, b);
}

/* The items of a list of texts are printed for people alone: on one line. */
static bool is_exact(const struct record_condition *k)
{
    for (size_t i = 0; k->field->kind == KIND_TEXTS && i < k->count; i++) {
        const struct ipam_strs *l = (const void *)((char *)k->values[i] + k->field->offset);

        for (size_t n = 0; n < l->count; n++)
            for (size_t at = 0; at < l->items[n].len; at++)
                if ((unsigned char)l->items[n].data[at] < ' ' || l->items[n].data[at] == 0x7f)
                    return false;
    }
    return true;
}

static void check_printed(const struct ask *a)
{
    struct strbuf text;
    struct ask again;

    for (size_t i = 0; i < a->condition_count; i++)
        if (!is_exact(&a->conditions[i]))
            return;

    strbuf_init(&text, 4u << 20);
    put_query(&text, a);
    CHECK(!text.failed);
    struct call *c = call_new(a->c->route, strbuf_str(&text));
    CHECK(ask_read(&again, c));
    check_same(a, &again);
    call_drop(c);
    strbuf_fini(&text);
}

/* --- judged --- */

/* Of what is equal to the value of a condition, each comparison is known. */
static void check_condition(const struct record_condition *k)
{
    for (size_t i = 0; i < k->count; i++) {
        if (!record_filled(k->field, k->values[i]))
            continue;
        bool holds = record_condition_holds(k, k->values[i]);
        CHECK(holds == (k->cmp != CMP_NE && k->cmp != CMP_LT && k->cmp != CMP_GT));
    }
}

/* The prefix that is asked for lies in itself; its first address lies in it and overlaps it. */
static void check_place(const struct ask *a, size_t i)
{
    struct ask alone = { .c = a->c, .type = a->type, .place = a->place, .places = { a->places[i] }, .place_count = 1 };
    void *rec = record_new(&a->c->arena, a->type->type), *at = (char *)rec + a->place.at->offset;

    if (a->place.at->kind == KIND_PREFIX)
        *(struct ipam_prefix *)at = a->places[i].prefix;
    else
        *(struct ipam_addr *)at = a->places[i].first;
    CHECK(!ask_matches(&alone, rec));
    IPAM_SET_FIELD((struct ipam_record *)rec, a->place.at->number);
    bool whole = a->place.at->kind == KIND_PREFIX || addr_equal(&a->places[i].first, &a->places[i].last);
    CHECK(ask_matches(&alone, rec) == (whole || a->places[i].relation != ASK_CONTAINS));
}

/* --- where it goes on --- */

static bool read_with(const struct ask *a, const char *cursor, struct ask *ret)
{
    struct strbuf text;

    strbuf_init(&text, 4u << 20);
    strbuf_addstr(&text, a->c->query);
    strbuf_printf(&text, "%scursor=%s", a->c->query.len > 0 ? "&" : "", cursor);
    struct call *c = call_new(a->c->route, strbuf_str(&text));
    strbuf_fini(&text);
    return ask_read(ret, c);
}

static bool bytes_equal(struct ipam_bytes x, struct ipam_bytes y)
{
    return x.len == y.len && (x.len == 0 || memcmp(x.data, y.data, x.len) == 0);
}

static void check_cursor(struct ask *a, size_t draw)
{
    static const uint64_t none[2];
    void *rec = record_new(&a->c->arena, a->type->type);
    struct strbuf bytes;
    struct ask again;

    for (size_t i = 0; i < a->condition_count; i++)
        if (a->conditions[i].count > 0)
            record_merge(rec, a->conditions[i].values[0], none);
    if (a->type->residency != RES_NONE) {
        *(int64_t *)(void *)((char *)rec + a->type->fields[0].offset) = PLACE_ID;
        IPAM_SET_FIELD((struct ipam_record *)rec, a->type->fields[0].number);
    }
    strbuf_init(&bytes, 1u << 20);
    size_t key = ask_position(a, rec, &bytes);
    const uint8_t *data = (const uint8_t *)bytes.data;
    struct position p = { { data, key }, { data + key, bytes.len - key } };
    if (p.tie.len > 0) { /* a type without an id may have no key in this row */
        ask_next(a, &p);
        CHECK(read_with(a, a->c->next, &again) && again.continued);
        CHECK(bytes_equal(p.key, again.after.key) && bytes_equal(p.tie, again.after.tie));
        CHECK(!ask_goes_on(&again, &p));
        call_drop(again.c);
        char *wrong = arena_strdup(&a->c->arena, a->c->next);
        draw %= strlen(wrong);
        wrong[draw] = wrong[draw] == '7' ? '8' : '7';
        CHECK(!read_with(a, wrong, &again) && again.c->problem.type == PROBLEM_BAD_CURSOR);
        call_drop(again.c);
    }
    strbuf_fini(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t draw = size;
    struct ask a;

    if (size == 0 || size > 8192)
        return 0;
    if (api.at.state == NULL)
        api.at.state = state_new();
    for (size_t i = 0; i < size; i++)
        draw = draw * 31 + data[i];
    struct call *c = call_new(list_route(data[0]), (struct ipam_str){ (const char *)data + 1, size - 1 });
    if (ask_read(&a, c)) {
        CHECK(a.limit >= 1 && a.limit <= ASK_LIMIT_MOST && a.condition_count <= ASK_FILTERS_MAX);
        check_printed(&a);
        for (size_t i = 0; i < a.condition_count; i++)
            check_condition(&a.conditions[i]);
        for (size_t i = 0; i < a.place_count; i++)
            check_place(&a, i);
        if (!a.continued)
            check_cursor(&a, draw);
    } else {
        check_problem(c);
    }
    call_drop(c);
    return 0;
}
