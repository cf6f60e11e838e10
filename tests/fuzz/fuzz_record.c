/* fuzz_record.c - objects and single values as clients send them: judged, shown as JSON, CSV and text, and read back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte is the type, the second the mode; the rest is the JSON of an object, and the text of each field in turn.
 * `make check` replays the seeds in tests/fuzz/corpus/record and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "record/record.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define INPUT_MAX (1u << 20)

static void check_problems(const struct record_problems *p)
{
    unsigned count = 0;

    for (const struct record_problem *e = p->first; e != NULL; e = e->next, count++)
        CHECK((e->pointer[0] == '\0' || e->pointer[0] == '/') && e->message[0] != '\0' &&
              utf8_valid(e->message, strlen(e->message)) && utf8_valid(e->pointer, strlen(e->pointer)));
    CHECK(count > 0 && count <= 101);
}

/* Cells of a line, none of which a spreadsheet would run; a number may begin with a minus. */
static size_t count_cells(const struct strbuf *b)
{
    size_t i = 0, cells = 0, end = b->len - 2;

    CHECK(!b->failed && b->len >= 2 && memcmp(b->data + end, "\r\n", 2) == 0);
    do {
        bool quoted = b->data[i] == '"';
        const char *first = b->data + i + quoted;

        CHECK(!memchr("=+@\t", *first, 4) && (*first != '-' || (first[1] >= '0' && first[1] <= '9')));
        i += quoted;
        while (i < end && (quoted ? b->data[i] != '"' || b->data[i + 1] == '"' : b->data[i] != ','))
            i += quoted && b->data[i] == '"' ? 2 : 1;
        i += quoted;
        CHECK(i <= end && (i == end || b->data[i] == ','));
        cells++;
    } while (i++ < end);
    return cells;
}

/* A row has as many cells as the header. */
static void check_csv(const struct record_type *t, const void *rec)
{
    struct strbuf b;

    strbuf_init(&b, 64u << 20);
    record_csv_header(t, NULL, &b);
    size_t wanted = count_cells(&b);
    strbuf_reset(&b);
    record_csv_row(rec, NULL, &b);
    CHECK(count_cells(&b) == wanted);
    strbuf_fini(&b);
}

static void check_shown(const struct record_type *t, const void *rec, struct arena *a)
{
    struct record_problems problems;
    struct json_error why;
    struct json_doc *doc;
    struct json_writer w;
    struct strbuf b;
    uint64_t fields[2];
    void *back;

    strbuf_init(&b, 64u << 20);
    jw_init(&w, &b);
    record_to_json(rec, NULL, &w);
    CHECK(json_parse(b.data, b.len, b.len, &doc, &why) == 0);
    record_problems_init(&problems, a);
    CHECK(record_from_json(t, MODE_TRUSTED, doc, json_root(doc), "", a, &back, NULL, &problems) == 0);
    if (record_diff(rec, back, fields)) { /* secrets are not shown */
        uint64_t secret[2];
        record_mask(t, FIELD_SECRET, secret);
        CHECK((fields[0] & ~secret[0]) == 0 && (fields[1] & ~secret[1]) == 0);
    }
    json_free(doc);
    strbuf_fini(&b);
}

static void read_object(const struct record_type *t, enum record_mode mode, const char *text, size_t size, struct arena *a)
{
    struct record_problems problems;
    struct json_error why;
    struct json_doc *doc;
    uint64_t cleared[2];
    void *rec = NULL;

    if (json_parse(text, size, INPUT_MAX, &doc, &why) != 0) {
        CHECK(why.offset <= size && why.message[0] != '\0');
        return;
    }
    record_problems_init(&problems, a);
    if (record_from_json(t, mode, doc, json_root(doc), "", a, &rec, cleared, &problems) != 0) {
        check_problems(&problems);
    } else {
        CHECK(problems.count == 0 && ((struct ipam_record *)rec)->type == t->type);
        check_shown(t, rec, a);
        check_csv(t, rec);
    }
    json_free(doc);
}

static void read_field(const struct record_type *t, const struct record_field *f, struct ipam_str text, struct arena *a)
{
    void *rec = record_new(a, t->type), *back = record_new(a, t->type);
    bool exact = true;
    struct strbuf b;
    char err[256];

    if (record_field_parse(f, text, a, rec, err) != 0) {
        CHECK(memchr(err, 0, sizeof(err)) != NULL && err[0] != '\0');
        CHECK(!utf8_valid(text.data, text.len) || utf8_valid(err, strlen(err)));
        return;
    }
    strbuf_init(&b, 64u << 20);
    record_field_print(f, rec, &b);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) /* shown, but not as it is */
            exact = false;
    if ((f->flags & FIELD_SECRET) != 0) {
        CHECK(b.len == 0);
        exact = false;
    }
    if (exact) {
        CHECK(record_field_parse(f, strbuf_str(&b), a, back, err) == 0 && record_field_equal(f, rec, back));
        CHECK(record_field_compare(f, rec, back) == 0);
    }
    strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct record_type *t = size >= 2 && size <= INPUT_MAX ? record_type(data[0]) : NULL;
    struct arena a;

    if (t == NULL)
        return 0;
    const char *text = (const char *)data + 2;
    arena_init(&a, 0);
    read_object(t, data[1] % 3, text, size - 2, &a);
    for (unsigned i = 0; i < t->field_count; i++)
        read_field(t, &t->fields[i], (struct ipam_str){ text, size - 2 }, &a);
    arena_fini(&a);
    return 0;
}
