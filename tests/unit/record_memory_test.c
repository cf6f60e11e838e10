/* record_memory_test.c - JSON and records whichever allocation fails: an error or the whole, never less, and no leak.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * In a process without a reserve, as a helper is one: there every allocation may be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "failing.h"
#include "ipam/status.h"
#include "record/record.h"

static const char text[] =
    "{\"address\":\"10.1.2.3\",\"identifier_type\":\"hw-address\",\"identifier\":\"aa:bb:cc:dd:ee:ff\","
    "\"prefixes\":[\"2001:db8::/56\"],\"addresses\":[\"2001:db8::1\",\"2001:db8::2\"],\"classes\":[\"a\"],"
    "\"name\":\"web-07\",\"vendor\":{\"b\":[1,2.50,{\"c\":null}],\"a\":\"\\u00e9\","
    "\"long\":\"0123456789012345678901234567890123456789\"}}";
static struct json_doc *doc;
static struct arena kept;
static void *whole;
static struct strbuf packed, shown;

/* One piece of work into an arena and a buffer that end with it: 0, or the error; *ret is what it made, or NULL. */
struct work {
    const char *name;
    int (*run)(struct arena *a, struct strbuf *b, void **ret);
};

static int parse(struct arena *a, struct strbuf *b, void **ret)
{
    struct json_doc *d;
    struct json_error why;
    int rc = json_parse(text, sizeof(text) - 1, sizeof(text), &d, &why);

    (void)a;
    (void)ret;
    if (rc != 0)
        return rc;
    json_canonical(d, json_root(d), b);
    rc = strbuf_status(b);
    if (rc == 0) {
        struct strbuf right;

        unsigned armed = failing_failed();
        strbuf_init(&right, 4096);
        json_canonical(doc, json_root(doc), &right);
        if (failing_failed() == armed)
            assert_true(str_equal(strbuf_str(b), strbuf_str(&right)));
        strbuf_fini(&right);
    }
    json_free(d);
    return rc;
}

static int read_object(struct arena *a, struct strbuf *b, void **ret)
{
    struct record_problems problems;

    (void)b;
    record_problems_init(&problems, a);
    int rc = record_from_json(record_type(IPAM_T_RESERVATION), MODE_TRUSTED, doc, json_root(doc), "", a, ret,
                              NULL, &problems);
    return rc != 0 || a->failed ? IPAM_E_NOMEM : 0;
}

static int unpack(struct arena *a, struct strbuf *b, void **ret)
{
    struct ipam_bytes bytes = { (const uint8_t *)packed.data, packed.len };

    (void)b;
    return record_unpack(record_type(IPAM_T_RESERVATION), bytes, a, ret);
}

static int import(struct arena *a, struct strbuf *b, void **ret)
{
    (void)b;
    return record_import(a, whole, ret);
}

static int copy(struct arena *a, struct strbuf *b, void **ret)
{
    (void)b;
    *ret = record_copy(a, whole);
    return *ret != NULL ? 0 : IPAM_E_NOMEM;
}

static int pack(struct arena *a, struct strbuf *b, void **ret)
{
    int rc = record_pack(whole, NULL, b);

    (void)a;
    (void)ret;
    if (rc == 0)
        assert_true(str_equal(strbuf_str(b), strbuf_str(&packed)));
    return rc;
}

static int show(struct arena *a, struct strbuf *b, void **ret)
{
    struct json_writer w;

    (void)a;
    (void)ret;
    jw_init(&w, b);
    record_to_json(whole, NULL, &w);
    if (!b->failed)
        assert_true(str_equal(strbuf_str(b), strbuf_str(&shown)));
    return strbuf_status(b);
}

static int row(struct arena *a, struct strbuf *b, void **ret)
{
    (void)a;
    (void)ret;
    record_csv_row(whole, NULL, b);
    return strbuf_status(b) != 0 ? IPAM_E_NOMEM : 0;
}

static int parse_fields(struct arena *a, struct strbuf *b, void **ret)
{
    const struct record_type *t = record_type(IPAM_T_RESERVATION);
    void *rec = record_new(a, t->type);
    char err[256];

    (void)ret;
    if (rec == NULL)
        return IPAM_E_NOMEM;
    for (unsigned i = 0; i < t->field_count; i++) {
        strbuf_reset(b);
        record_field_print(&t->fields[i], whole, b);
        if (b->failed)
            return strbuf_status(b);
        if (b->len != 0 && record_field_parse(&t->fields[i], strbuf_str(b), a, rec, err) != 0)
            return IPAM_E_NOMEM;
    }
    return 0;
}

static void attempt(const struct work *w, unsigned n, bool hold, bool *ret_hit)
{
    int64_t live = failing_live();
    struct strbuf b;
    struct arena a;
    void *made = NULL;
    uint64_t fields[2];

    arena_init(&a, 1u << 20);
    strbuf_init(&b, 1u << 20);
    failing_set(n, hold);
    int rc = w->run(&a, &b, &made);
    *ret_hit = failing_failed() > 0;
    failing_set(0, false);
    if (!*ret_hit)
        assert_int_equal(rc, 0);
    if (rc != 0)
        assert_int_equal(rc, IPAM_E_NOMEM);
    else if (made != NULL)
        assert_false(record_diff(whole, made, fields));
    strbuf_fini(&b);
    arena_fini(&a);
    assert_int_equal(failing_live(), live);
}

static void test_each(void **state)
{
    static const struct work works[] = {
        { "parse", parse },   { "read", read_object }, { "unpack", unpack },
        { "import", import }, { "copy", copy },        { "pack", pack },
        { "show", show },     { "csv", row },          { "fields", parse_fields },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        for (int hold = 0; hold < 2; hold++) {
            unsigned n = 0;

            for (bool hit = true; hit;)
                attempt(&works[i], ++n, hold, &hit);
            print_message("%s: %u allocations\n", works[i].name, n - 1);
            assert_true(n > 1);
        }
    }
}

static int setup(void **state)
{
    struct record_problems problems;
    struct json_error why;
    struct json_writer w;

    (void)state;
    arena_init(&kept, 0);
    strbuf_init(&packed, 65536);
    strbuf_init(&shown, 65536);
    record_problems_init(&problems, &kept);
    if (json_parse(text, sizeof(text) - 1, sizeof(text), &doc, &why) != 0 ||
        record_from_json(record_type(IPAM_T_RESERVATION), MODE_TRUSTED, doc, json_root(doc), "", &kept,
                         &whole, NULL, &problems) != 0)
        return -1;
    jw_init(&w, &shown);
    record_to_json(whole, NULL, &w);
    return record_pack(whole, NULL, &packed);
}

static int teardown(void **state)
{
    (void)state;
    strbuf_fini(&packed);
    strbuf_fini(&shown);
    arena_fini(&kept);
    json_free(doc);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

    return cmocka_run_group_tests(tests, setup, teardown);
}
