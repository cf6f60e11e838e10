/* model_edit_test.c - the five words on lists and on single values.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/edit.h"

#define NONE "-" /* the field has no value */

static void *with(struct arena *a, const struct record_field *f, const char *text)
{
    char err[256];
    void *rec = record_new(a, IPAM_T_SCOPE);
    if (text != NULL && strcmp(text, NONE) != 0)
        assert_int_equal(record_field_parse(f, str_from(text), a, rec, err), 0);
    return rec;
}

struct row {
    const char *field, *is;
    enum edit_word word;
    const char *value, *old, *becomes; /* NULL: it stays as it is */
};

static void assert_row(const struct row *r)
{
    const struct record_field *f = record_field(record_type(IPAM_T_SCOPE), str_from(r->field));
    struct arena a;
    struct strbuf got;
    arena_init(&a, 0);
    strbuf_init(&got, 4096);
    void *rec = with(&a, f, r->is);
    const struct field_edit e = { r->word, f, r->value != NULL ? with(&a, f, r->value) : NULL,
                                  r->old != NULL ? with(&a, f, r->old) : NULL };
    bool changed = edit_field(&e, &a, rec);
    if (record_has(rec, f->number))
        record_field_print(f, rec, &got);
    else
        strbuf_puts(&got, NONE);
    for (char *comma; (comma = memchr(got.data, ',', got.len)) != NULL;) /* as lists are given */
        memmove(comma, comma + 1, (size_t)(got.data + got.len-- - comma - 1));
    const char *wanted = r->becomes != NULL ? r->becomes : r->is;
    if (changed != (r->becomes != NULL) || !str_is(strbuf_str(&got), wanted))
        fail_msg("%s %s, %s %s for %s: " STR_FMT, r->field, r->is, edit_word_name(r->word),
                 r->value != NULL ? r->value : "all", r->old != NULL ? r->old : "none",
                 STR_ARG(strbuf_str(&got)));
    strbuf_fini(&got);
    arena_fini(&a);
}

static void test_words(void **state)
{
    static const struct row rows[] = {
        { "lease_time", NONE, EDIT_ADD, "60", NULL, "60" },
        { "lease_time", "30", EDIT_ADD, "60", NULL, NULL },
        { "lease_time", "30", EDIT_OVERWRITE, "60", NULL, "60" },
        { "lease_time", "60", EDIT_OVERWRITE, "60", NULL, NULL },
        { "lease_time", NONE, EDIT_OVERWRITE, "60", NULL, "60" },
        { "lease_time", "30", EDIT_REPLACE, "60", "30", "60" },
        { "lease_time", "40", EDIT_REPLACE, "60", "30", NULL },
        { "lease_time", NONE, EDIT_REPLACE, "60", "30", NULL },
        { "lease_time", "30", EDIT_DELETE, NULL, NULL, NONE },
        { "lease_time", "30", EDIT_DELETE, "30", NULL, NONE },
        { "lease_time", "30", EDIT_DELETE, "40", NULL, NULL },
        { "lease_time", NONE, EDIT_DELETE, NULL, NULL, NULL },
        { "boot_file", "a", EDIT_REPLACE, "b", "a", "b" },
        { "boot_file", "ab", EDIT_REPLACE, "b", "a", NULL },
        { "state", "active", EDIT_OVERWRITE, "inactive", NULL, "inactive" },
        { "classes", NONE, EDIT_ADD, "a b", NULL, "a b" },
        { "classes", "c", EDIT_ADD, "a b", NULL, NULL },
        { "classes", "a b", EDIT_OVERWRITE, "b a", NULL, "b a" },
        { "classes", NONE, EDIT_APPEND, "a b a", NULL, "a b" },
        { "classes", "a", EDIT_APPEND, "b a c", NULL, "a b c" },
        { "classes", "b a", EDIT_APPEND, "a b", NULL, NULL },
        { "classes", "a b c", EDIT_REPLACE, "x", "b", "a x c" },
        { "classes", "a b c", EDIT_REPLACE, "c", "b", "a c" },
        { "classes", "a b c", EDIT_REPLACE, "x y", "b c", "a x y" },
        { "classes", "a b", EDIT_REPLACE, "x", "c", NULL },
        { "classes", "a b c", EDIT_DELETE, "b", NULL, "a c" },
        { "classes", "a b c", EDIT_DELETE, "c x a", NULL, "b" },
        { "classes", "a b", EDIT_DELETE, "a b", NULL, NONE },
        { "classes", "a b", EDIT_DELETE, NULL, NULL, NONE },
        { "classes", "a b", EDIT_DELETE, "x", NULL, NULL },
        { "relays", "10.0.0.1 10.0.0.2", EDIT_REPLACE, "10.0.0.9", "10.0.0.1", "10.0.0.9 10.0.0.2" },
        { "relays", "10.0.0.1", EDIT_APPEND, "fd00::1", NULL, "10.0.0.1 fd00::1" },
        { "relays", "10.0.0.1 fd00::1", EDIT_DELETE, "10.0.0.1", NULL, "fd00::1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_row(&rows[i]);
}

static void test_names(void **state)
{
    enum edit_word w;
    (void)state;
    for (int i = 0; i < EDIT_WORDS; i++) {
        assert_true(edit_word_by_name(str_from(edit_word_name((enum edit_word)i)), &w));
        assert_int_equal(w, i);
    }
    assert_false(edit_word_by_name(str_from("set"), &w));
    const struct record_type *t = record_type(IPAM_T_SCOPE);
    assert_true(edit_fits(record_field(t, str_from("classes")), EDIT_APPEND));
    assert_false(edit_fits(record_field(t, str_from("lease_time")), EDIT_APPEND));
    assert_true(edit_fits(record_field(t, str_from("lease_time")), EDIT_DELETE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
