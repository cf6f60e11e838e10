/* search.c - GET /find: every record by address, prefix, hardware address, client identifier or name.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The record types that have a list are searched, those the caller may read. The answer comes in steps:
 * for each kind of match, the best first, each type. Rows in memory are all looked at. Storage is asked
 * for the values of a column that are, or begin with, what is looked for; what only contains it, or is
 * spelt with other capitals, is found by looking at every row, at most SCAN_MOST for one page: then the
 * page is short and the next one goes on. Each row is shown in the first step that finds it, and a cursor
 * is the step and the last row of it. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "api/ask.h"
#include "api/needle.h"

#define TYPES_MAX 64
#define WAYS_MAX  16 /* columns of a type, each in two spellings */
#define SCAN_MOST 20000
#define FOUND_MAX 4096 /* prefixes and ranges around an address */

/* One way to ask storage for rows; and all there are for one type and kind of match, in order. */
struct way {
    const struct record_field *field; /* NULL: all rows */
    const void *like;
};
struct ways {
    struct way items[WAYS_MAX];
    size_t count;
};

struct step {
    enum needle_match match;
    const struct record_type *type;
    size_t type_at; /* its place */
    unsigned way;   /* the place of the way, of rows in storage */
};

struct search {
    struct call *c;
    struct needle needle;
    int64_t limit, rows, scanned;
    const struct record_type *types[TYPES_MAX];
    size_t type_count;
    void *row;                                /* room for one of any of them, as the caller sees it */
    struct ways *ways[TYPES_MAX][MATCH_NONE]; /* made when they are first asked for */
    struct json_writer w;
    uint32_t step;            /* number of the step: match, type, way */
    int64_t after;            /* the row of it to go on after; 0: from the start */
    struct ipam_bytes around; /* the same of the step of what encloses */
    bool full, left;          /* the page is full; there is more */
};

/* --- steps --- */

/* match * TYPES_MAX * WAYS_MAX + type * WAYS_MAX + way */
static struct step step_of(const struct search *s)
{
    struct step step = { .match = (enum needle_match)(s->step / (TYPES_MAX * WAYS_MAX)),
                         .type_at = s->step / WAYS_MAX % TYPES_MAX,
                         .way = s->step % WAYS_MAX };

    if (step.type_at < s->type_count)
        step.type = s->types[step.type_at];
    return step;
}

/* A record that has the text or bytes that are looked for in the field. */
static const void *like_of(struct search *s, const struct record_type *t, const struct record_field *f,
                           bool lower)
{
    void *like = record_new(&s->c->arena, t->type);
    void *at = (char *)like + f->offset;

    switch (f->kind) {
    case KIND_TEXT: *(struct ipam_str *)at = lower ? s->needle.lower : s->needle.text; break;
    case KIND_BYTES: *(struct ipam_bytes *)at = s->needle.bytes; break;
    case KIND_ADDR: *(struct ipam_addr *)at = s->needle.first; break;
    case KIND_PREFIX: *(struct ipam_prefix *)at = s->needle.prefix; break;
    default: return NULL;
    }
    IPAM_SET_FIELD((struct ipam_record *)like, f->number);
    return like;
}

/* Whether a column can hold what is looked for. */
static bool may_hold(const struct needle *n, const struct record_field *f, enum needle_match m)
{
    switch (f->kind) {
    case KIND_TEXT: return m == MATCH_EXACT || !n->placed;
    case KIND_BYTES: return n->bytes.len > 0;
    case KIND_ADDR: return m == MATCH_EXACT && n->placed && addr_equal(&n->first, &n->last);
    case KIND_PREFIX: return m == MATCH_EXACT && n->placed;
    default: return false;
    }
}

static void make_ways(struct search *s, const struct record_type *t, enum needle_match m, struct ways *ways)
{
    bool small = str_equal(s->needle.text, s->needle.lower);

    if (m == MATCH_CONTAINS && (!s->needle.placed || s->needle.bytes.len > 0))
        ways->items[ways->count++] = (struct way){ NULL, NULL };
    if (m != MATCH_EXACT && m != MATCH_BEGINS)
        return;
    for (unsigned i = 0; i < t->field_count && ways->count + 2 <= WAYS_MAX; i++) {
        const struct record_field *f = &t->fields[i];

        if (!needle_looks_at(t, f) || !may_hold(&s->needle, f, m))
            continue;
        ways->items[ways->count++] = (struct way){ f, like_of(s, t, f, false) };
        if (f->kind == KIND_TEXT && !small)
            ways->items[ways->count++] = (struct way){ f, like_of(s, t, f, true) };
    }
}

static const struct ways *ways_of(struct search *s, size_t type_at, enum needle_match m)
{
    struct ways **ways = &s->ways[type_at][m];

    if (*ways == NULL) {
        *ways = arena_alloc(&s->c->arena, sizeof(**ways));
        make_ways(s, s->types[type_at], m, *ways);
    }
    return *ways;
}

/* Whether storage finds the row by this column. */
static bool finds(const struct way *way, enum needle_match m, const void *rec)
{
    struct record_condition c = { .type = ((const struct ipam_record *)rec)->type,
                                  .field = way->field,
                                  .cmp = m == MATCH_EXACT ? CMP_EQ : CMP_PREFIX,
                                  .values = (void *[]){ (void *)(uintptr_t)way->like },
                                  .count = 1 };

    return record_condition_holds(&c, rec);
}

/* Whether the row belongs to an earlier step than this one. */
static bool was_found(struct search *s, const struct step *step, const void *rec)
{
    for (enum needle_match m = MATCH_EXACT; m <= step->match; m++) {
        const struct ways *ways = ways_of(s, step->type_at, m);

        for (size_t i = 0; i < ways->count && (m < step->match || i < step->way); i++)
            if (ways->items[i].field != NULL && finds(&ways->items[i], m, rec))
                return true;
    }
    return false;
}

/* --- the answer --- */

static int64_t id_of(const struct record_type *t, const void *rec)
{
    return *(const int64_t *)(const void *)((const char *)rec + t->fields[0].offset);
}

static void write_found(struct search *s, const struct record_type *t, const void *rec, enum needle_match m,
                        const struct record_field *f)
{
    struct json_writer *w = &s->w;
    struct call *c = s->c;
    struct strbuf key;

    strbuf_init(&key, 4096);
    record_key_print(rec, &key);
    jw_object(w);
    jw_key(w, "type");
    jw_text(w, t->name);
    jw_key(w, "id");
    jw_int(w, id_of(t, rec));
    jw_key(w, "key");
    jw_str(w, key.len > 0 ? strbuf_str(&key) : IPAM_STR(""));
    jw_key(w, "match");
    jw_text(w, needle_match_name(m));
    jw_key(w, "field");
    jw_text(w, f->name);
    jw_key(w, "href");
    jw_text(w, arena_printf(&c->arena, "/api/v1/%s/%s/%lld", t->group, t->plural, (long long)id_of(t, rec)));
    jw_key(w, "object");
    void *copy = arena_alloc(&c->arena, t->size);
    if (copy != NULL) {
        memcpy(copy, rec, t->size);
        call_derive(c, call_view(c), copy);
        sight_trim(&c->sight, call_view(c), copy);
        record_to_json(copy, NULL, w);
    } else {
        jw_null(w);
        c->out.failed = true;
    }
    jw_object_end(w);
    strbuf_fini(&key);
}

/* Shows a row; false when the page was full before it. */
static bool show(struct search *s, const struct record_type *t, const void *rec, enum needle_match m,
                 const struct record_field *f)
{
    if (s->rows == s->limit) {
        s->full = s->left = true;
        return false;
    }
    write_found(s, t, rec, m, f);
    s->rows++;
    return true;
}

static void next_place(struct search *s)
{
    uint32_t step = htobe32(s->step);
    uint64_t after = htobe64((uint64_t)s->after);
    uint8_t place[12 + 64];
    size_t len = 12;

    memcpy(place, &step, 4);
    memcpy(place + 4, &after, 8);
    if (s->around.len > 0 && s->around.len <= 64) {
        memcpy(place + len, s->around.data, s->around.len);
        len += s->around.len;
    }
    cursor_set(s->c, (struct ipam_bytes){ place, len });
}

static void end(struct search *s)
{
    struct call *c = s->c;

    if (s->left)
        next_place(s);
    jw_array_end(&s->w);
    jw_key(&s->w, "next");
    if (c->next != NULL)
        jw_text(&s->w, c->next);
    else
        jw_null(&s->w);
    jw_object_end(&s->w);
    call_json(c, 200);
}

static void search_done(struct call *c)
{
    end(c->work);
}

/* How a row is found, as the caller sees it: what is hidden of it does not lead to it. MATCH_NONE: not at
 * all. */
static enum needle_match judge(struct search *s, const struct record_type *t, const void **rec,
                               const struct record_field **ret)
{
    struct call *c = s->c;
    enum needle_match m = needle_judge(&s->needle, t, *rec, ret);

    if (m == MATCH_NONE || sight_all(&c->sight))
        return m;
    if (!call_sees(c, *rec))
        return MATCH_NONE;
    memcpy(s->row, *rec, t->size);
    sight_trim(&c->sight, call_view(c), s->row);
    *rec = s->row;
    return needle_judge(&s->needle, t, s->row, ret);
}

/* --- rows in memory --- */

static void search_memory(struct search *s, const struct step *step)
{
    const struct state *state = s->c->api->at.state;
    uint32_t type = step->type->type;
    size_t count = state_count(state, type);

    for (size_t i = state_place(state, type, s->after); i < count && !s->full; i++) {
        const void *rec = state_row(state, type, i);
        const struct record_field *f;

        if (judge(s, step->type, &rec, &f) == step->match && !show(s, step->type, rec, step->match, f))
            return;
        s->after = id_of(step->type, rec);
    }
}

/* What encloses: the narrowest first. A key is its width, its type and its id. */
#define AROUND_KEY (16 + 4 + 8)
struct around {
    uint8_t key[AROUND_KEY];
    const struct record_type *type;
    const void *rec;
    const struct record_field *field;
};

static void around_key(struct around *a, const struct record_place *place)
{
    struct ipam_addr first, last;
    uint32_t type = htobe32(a->type->type);
    uint64_t id = htobe64((uint64_t)id_of(a->type, a->rec));

    record_place_span(place, a->rec, &first, &last);
    struct ipam_u128 width = addr_distance(&first, &last);
    uint64_t hi = htobe64(width.hi), lo = htobe64(width.lo);
    memcpy(a->key, &hi, 8);
    memcpy(a->key + 8, &lo, 8);
    memcpy(a->key + 16, &type, 4);
    memcpy(a->key + 20, &id, 8);
}

static int compare_around(const void *x, const void *y)
{
    return memcmp(((const struct around *)x)->key, ((const struct around *)y)->key, AROUND_KEY);
}

static size_t gather(struct search *s, struct around *list)
{
    const struct state *state = s->c->api->at.state;
    struct record_place place;
    size_t found = 0;

    for (size_t t = 0; t < s->type_count; t++) {
        const struct record_type *type = s->types[t];
        size_t count = type->residency == RES_RESIDENT && record_place_of(type, &place)
                           ? state_count(state, type->type)
                           : 0;

        for (size_t i = 0; i < count && found < FOUND_MAX; i++) {
            struct around *a = &list[found];
            *a = (struct around){ .type = type, .rec = state_row(state, type->type, i) };
            if (needle_judge(&s->needle, type, a->rec, &a->field) != MATCH_ENCLOSES ||
                !call_sees(s->c, a->rec))
                continue;
            around_key(a, &place);
            found++;
        }
    }
    return found;
}

static void search_around(struct search *s)
{
    struct around *list = xcalloc(FOUND_MAX, sizeof(*list));
    size_t found = s->needle.placed ? gather(s, list) : 0;

    qsort(list, found, sizeof(list[0]), compare_around);
    for (size_t i = 0; i < found && !s->full; i++) {
        if (s->around.len == AROUND_KEY && memcmp(list[i].key, s->around.data, AROUND_KEY) <= 0)
            continue;
        if (!show(s, list[i].type, list[i].rec, MATCH_ENCLOSES, list[i].field))
            break;
        s->around = (struct ipam_bytes){ (const uint8_t *)arena_memdup(&s->c->arena, list[i].key, AROUND_KEY),
                                         AROUND_KEY };
    }
    free(list);
}

/* --- rows in storage --- */

static void go_on(struct search *s);

static void on_row(void *user, const struct record_type *t, void *rec)
{
    struct search *s = user;
    struct step step = step_of(s);
    const struct record_field *f;
    const void *row = rec;
    enum needle_match m;

    if (s->full)
        return;
    s->scanned++;
    m = judge(s, t, &row, &f);
    if (m != MATCH_NONE && !was_found(s, &step, row) && !show(s, t, row, m, f)) {
        request_cancel(s->c->reading);
        return;
    }
    s->after = id_of(t, rec);
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct search *s = user;

    s->c->reading = NULL;
    if (status != 0 && !s->full) {
        call_status_problem(s->c, status, message);
        return;
    }
    if (s->c->head == 0 || answer->head < s->c->head) /* the oldest of what is shown */
        s->c->head = answer->head;
    if (s->scanned >= SCAN_MOST && !s->full && !sight_all(&s->c->sight)) {
        s->scanned = 0; /* where a page ends does not tell of what he does not see */
        go_on(s);
        return;
    }
    if (s->full || s->scanned >= SCAN_MOST) {
        s->left = true;
        call_at_head(s->c, answer->head, HEAD_WAIT_MS, search_done);
        return;
    }
    s->step++;
    s->after = 0;
    go_on(s);
}

/* Asks storage; false when there is nothing to ask in this step. */
static bool search_storage(struct search *s, const struct step *step)
{
    const struct ways *ways = ways_of(s, step->type_at, step->match);

    if (step->way >= ways->count)
        return false;
    const struct way *way = &ways->items[step->way];
    struct store_filter filter = { way->field != NULL ? way->field->number : 0,
                                   step->match == MATCH_EXACT ? IPAM_CMP_EQ : IPAM_CMP_PREFIX, way->like };
    struct store_query q = { .type = step->type->type,
                             .filters = &filter,
                             .filter_count = way->field != NULL,
                             .limit = (uint32_t)(SCAN_MOST - s->scanned),
                             .after_id = s->after };
    s->c->reading = store_query(s->c->api->at.store, &q, on_row, on_rows, s);
    return true;
}

/* The steps from here on, until storage must be waited for or the page is full. */
static void go_on(struct search *s)
{
    while (!s->full && s->step / (TYPES_MAX * WAYS_MAX) < MATCH_NONE) {
        struct step step = step_of(s);

        if (step.match == MATCH_ENCLOSES) {
            search_around(s);
            if (s->full)
                break;
            s->around = (struct ipam_bytes){ NULL, 0 };
            s->step = MATCH_BEGINS * TYPES_MAX * WAYS_MAX;
            s->after = 0;
            continue;
        }
        if (step.type == NULL) { /* the next kind of match */
            s->step = (unsigned)(step.match + 1) * TYPES_MAX * WAYS_MAX;
            s->after = 0;
            continue;
        }
        if (step.type->residency == RES_RESIDENT)
            search_memory(s, &step);
        else if (search_storage(s, &step))
            return;
        if (s->full)
            break;
        s->step += WAYS_MAX - s->step % WAYS_MAX; /* the next type */
        s->after = 0;
    }
    if (s->c->head == 0)
        s->c->head = state_head(s->c->api->at.state);
    end(s);
}

/* --- the call --- */

/* Types that have a list which the caller may read. */
static void take_types(struct search *s)
{
    size_t size = 0;

    for (const struct route *r = api_routes; r->path != NULL && s->type_count < TYPES_MAX; r++) {
        const struct record_type *t = record_type(r->type);
        const struct operation *op = r->operation != NULL ? access_operation(r->operation) : NULL;
        bool looked_at = false;

        if (r->method != HTTP_GET_ || r->handler != handle_list || op == NULL ||
            rights_judge(book_rights(s->c->api->book, &s->c->who), op, (struct ipam_str){ NULL, 0 },
                         s->c->sight.now_ms) != ACCESS_ALLOWED)
            continue;
        for (unsigned i = 0; i < t->field_count; i++)
            looked_at = looked_at || needle_looks_at(t, &t->fields[i]);
        if (looked_at && t->residency != RES_NONE && t->type != IPAM_T_CHANGE) {
            s->types[s->type_count++] = t;
            size = t->size > size ? t->size : size;
        }
    }
    s->row = arena_alloc(&s->c->arena, size);
}

static bool read_place(struct search *s)
{
    struct ipam_bytes place;
    uint32_t step;
    uint64_t after;

    if (!cursor_get(s->c, &place))
        return false;
    if (place.data == NULL)
        return true;
    if (place.len != 12 && place.len != 12 + AROUND_KEY)
        return cursor_bad(s->c);
    memcpy(&step, place.data, 4);
    memcpy(&after, place.data + 4, 8);
    s->step = be32toh(step);
    s->after = (int64_t)be64toh(after);
    if (place.len > 12)
        s->around = (struct ipam_bytes){ place.data + 12, AROUND_KEY };
    return (s->step / (TYPES_MAX * WAYS_MAX) < MATCH_NONE && s->after >= 0) || cursor_bad(s->c);
}

static bool read_needle(struct search *s)
{
    struct call *c = s->c;
    struct ipam_str q = call_param(c, "q");

    while (q.len > 0 && q.data[0] == ' ')
        q = (struct ipam_str){ q.data + 1, q.len - 1 };
    while (q.len > 0 && q.data[q.len - 1] == ' ')
        q.len--;
    if (q.len == 0 || q.len > NEEDLE_MAX) {
        problem_hint(&c->problem,
                     "write /api/v1/find?q=10.1.2.37, or a prefix, a MAC address, a DUID, a name");
        problem_set(&c->problem, PROBLEM_INVALID, "q must say what to look for, in 1 to %d bytes",
                    NEEDLE_MAX);
        return false;
    }
    needle_read(&s->needle, q, &c->arena);
    return true;
}

void handle_find(struct call *c)
{
    static const char *const known[] = { "q", "limit", "cursor", NULL };
    struct search *s = arena_alloc(&c->arena, sizeof(*s));

    s->c = c;
    if (!call_accept(c, false) || !call_params_known(c, known) || !read_needle(s) ||
        !call_param_int(c, "limit", ASK_LIMIT_DEFAULT, 1, ASK_LIMIT_MOST, &s->limit) || !read_place(s)) {
        call_problem(c);
        return;
    }
    take_types(s);
    if (call_is_starved(c)) {
        call_problem(c);
        return;
    }
    jw_init(&s->w, &c->out);
    jw_object(&s->w);
    jw_key(&s->w, "items");
    jw_array(&s->w);
    c->work = s;
    go_on(s);
}
