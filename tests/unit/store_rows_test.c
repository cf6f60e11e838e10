/* store_rows_test.c - records through the store and the real sqlite plugin: written, found again, refused.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "store_test.h"

#include <sqlite3.h>

#include "net/addr.h"

/* Memory of records that are drawn, until the end of the test. */
static struct arena arena;

static int up(void **state)
{
    arena_init(&arena, 0);
    return store_up(state);
}

static int down(void **state)
{
    arena_fini(&arena);
    return store_down(state);
}

static void assert_says(const char *part)
{
    if (!strstr(heard.message, part))
        fail_msg("'%s' does not say '%s'", heard.message, part);
}

static struct ipam_addr draw_addr(void)
{
    struct ipam_addr a = { .family = draw(2) ? 4 : 6 };

    for (unsigned i = 0; i < (a.family == 4 ? 4 : 16); i++)
        a.bytes[i] = (uint8_t)draw(256);
    return a;
}

static struct ipam_bytes draw_bytes(void)
{
    size_t len = 1 + draw(12);
    uint8_t *data = arena_alloc(&arena, len);

    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)('a' + draw(26));
    return (struct ipam_bytes){ data, len };
}

static struct ipam_str draw_str(void)
{
    struct ipam_bytes b = draw_bytes();

    return (struct ipam_str){ (const char *)b.data, b.len };
}

static void draw_list(const struct record_field *f, void *at)
{
    size_t count = 1 + draw(3);

    if (f->kind == KIND_TEXTS) {
        struct ipam_str *items = arena_alloc(&arena, count * sizeof(*items));
        for (size_t i = 0; i < count; i++)
            items[i] = draw_str();
        *(struct ipam_strs *)at = (struct ipam_strs){ items, count };
    } else if (f->kind == KIND_INTS) {
        int64_t *items = arena_alloc(&arena, count * sizeof(*items));
        for (size_t i = 0; i < count; i++)
            items[i] = (int64_t)draw(5000) - 2500;
        *(struct ipam_ints *)at = (struct ipam_ints){ items, count };
    } else {
        struct ipam_addr *items = arena_alloc(&arena, count * sizeof(*items));
        for (size_t i = 0; i < count; i++)
            items[i] = draw_addr();
        *(struct ipam_addrs *)at = (struct ipam_addrs){ items, count };
    }
}

static void draw_field(const struct record_field *f, void *rec)
{
    void *at = (char *)rec + f->offset;

    switch ((enum record_kind)f->kind) {
    case KIND_INT:
    case KIND_TIME:
    case KIND_PERCENT:
    case KIND_REF: *(int64_t *)at = (int64_t)draw(UINT64_MAX) >> draw(64); break;
    case KIND_BOOL:
    case KIND_ENUM: *(uint32_t *)at = (uint32_t)draw(2); break;
    case KIND_TEXT: *(struct ipam_str *)at = draw_str(); break;
    case KIND_JSON: *(struct ipam_str *)at = IPAM_STR("{\"a\":[1,2]}"); break;
    case KIND_BYTES: *(struct ipam_bytes *)at = draw_bytes(); break;
    case KIND_ADDR: *(struct ipam_addr *)at = draw_addr(); break;
    case KIND_PREFIX: {
        struct ipam_prefix *p = at;
        p->addr = draw_addr();
        p->length = (uint8_t)draw(addr_bits(p->addr.family) + 1u);
        prefix_mask(p);
        break;
    }
    case KIND_U128: *(struct ipam_u128 *)at = (struct ipam_u128){ draw(100), draw(UINT64_MAX) }; break;
    case KIND_TEXTS:
    case KIND_INTS:
    case KIND_ADDRS: draw_list(f, at); break;
    }
    IPAM_SET_FIELD((struct ipam_record *)rec, f->number);
}

/* A record with about half of its fields. */
static void *draw_record(const struct record_type *t, int64_t id, int64_t rev)
{
    void *rec = record_new(&arena, t->type);

    for (unsigned i = 0; i < t->field_count; i++)
        if (!(t->fields[i].flags & FIELD_DERIVED) && draw(2))
            draw_field(&t->fields[i], rec);
    struct ipam_space *any = rec; /* id and rev come first in every stored record */
    RECORD_SET(any, IPAM_SPACE_ID, id, id);
    RECORD_SET(any, IPAM_SPACE_REV, rev, rev);
    return rec;
}

static int64_t id_of(const void *rec)
{
    return ((const struct ipam_space *)rec)->id;
}

#define EACH 20
static void *drawn[EACH];

static void put_drawn(struct store_batch *b)
{
    for (unsigned i = 0; i < EACH; i++)
        store_batch_put(b, drawn[i]);
    assert_int_equal(store_batch_rows(b), EACH);
}

/* Every type of the record table is stored and comes back as it was, field by field. */
static void test_records_of_every_type_come_back_as_they_were(void **state)
{
    unsigned count, stored = 0;
    const struct record_type *types = record_types(&count);
    int64_t rev = 0;

    (void)state;
    seed_print();
    for (unsigned k = 0; k < count; k++) {
        struct store_query q = { .type = types[k].type };
        uint64_t fields[2];

        if (types[k].residency == RES_NONE || types[k].type == IPAM_T_CHANGE)
            continue;
        rev++;
        for (unsigned i = 0; i < EACH; i++)
            drawn[i] = draw_record(&types[k], rev * 100 + i, rev);
        commit_all(put_drawn, (rev + 1) * 100, rev);
        assert_int_equal(do_query(&q), 0);
        assert_int_equal(heard.answer.head, rev);
        assert_int_equal(heard.count, EACH);
        for (unsigned i = 0; i < EACH; i++)
            if (record_diff(drawn[i], heard.records[i], fields))
                fail_msg("%s differs in fields %llx", types[k].name, (unsigned long long)fields[0]);
        stored++;
    }
    assert_true(stored >= 10);
}

static struct ipam_address address(int64_t id, int64_t rev, const char *text, const char *name)
{
    struct ipam_address a;

    record_init(&a, IPAM_T_ADDRESS);
    RECORD_SET(&a, IPAM_ADDRESS_ID, id, id);
    RECORD_SET(&a, IPAM_ADDRESS_REV, rev, rev);
    IPAM_SET_FIELD((struct ipam_record *)&a, IPAM_ADDRESS_ADDRESS);
    assert_int_equal(addr_parse(text, strlen(text), &a.address), 0);
    if (name)
        RECORD_SET(&a, IPAM_ADDRESS_NAME, name, str_from(name));
    return a;
}

static void put_three(struct store_batch *b)
{
    struct ipam_address one = address(1, 1, "10.0.0.1", "web"), two = address(2, 1, "10.0.0.2", "web"),
                        three = address(3, 1, "2001:db8::1", NULL);

    store_batch_put(b, &one);
    store_batch_put(b, &two);
    store_batch_put(b, &three);
    store_batch_log(b, 1, 1234, (struct ipam_bytes){ (const uint8_t *)"first", 5 });
    memset(&one, 0xee, sizeof(one)); /* it was packed at once */
}

static void expect_found(void)
{
    assert_int_equal(heard.count, 4);
    assert_int_equal(id_of(heard.records[0]), 3);
    assert_int_equal(id_of(heard.records[1]), 1);
    assert_int_equal(id_of(heard.records[2]), 2);
    assert_int_equal(id_of(heard.records[3]), 2);
    assert_true(str_is(((struct ipam_address *)heard.records[3])->name, "web"));
}

static void test_the_gate_finds_rows_by_id_and_by_an_indexed_field(void **state)
{
    struct ipam_address like = address(0, 0, "10.0.0.2", "web");
    struct store_key keys[] = { { .type = IPAM_T_ADDRESS, .id = 3 },
                                { .type = IPAM_T_ADDRESS, .field = IPAM_ADDRESS_NAME, .like = &like },
                                { .type = IPAM_T_ADDRESS, .field = IPAM_ADDRESS_ADDRESS, .like = &like },
                                { .type = IPAM_T_SUBNET, .id = 3 } };

    (void)state;
    assert_int_equal(do_enter(0), 0);
    assert_int_equal(heard.entry.head, 0);
    assert_int_equal(heard.entry.next_id, 1);
    assert_true(heard.entry.clock_ms > 1600000000000);
    assert_int_equal(do_abort(), 0);
    commit_all(put_three, 4, 1);
    assert_int_equal(do_enter(1), 0);
    assert_int_equal(heard.entry.next_id, 4);
    assert_int_equal(do_get(keys, 4), 0);
    expect_found();
    assert_int_equal(do_abort(), 0);
    assert_int_equal(do_enter_for(1, keys, 4), 0); /* the same on the way in */
    assert_true(heard.entry.read);
    expect_found();
    assert_int_equal(do_abort(), 0);
    assert_int_equal(do_enter_for(0, keys, 4), 0); /* after what changed */
    assert_int_equal(heard.entry.found_count, 4);
    assert_int_equal(heard.count, 3 + 4);
}

static void delete_two(struct store_batch *b)
{
    store_batch_delete(b, IPAM_T_ADDRESS, 2, 2);
    store_batch_log(b, 2, 1235, (struct ipam_bytes){ (const uint8_t *)"second", 6 });
}

static void test_deleted_rows_are_gone_and_the_change_log_says_what_was_done(void **state)
{
    struct store_query q = { .type = IPAM_T_ADDRESS };

    (void)state;
    commit_all(put_three, 4, 1);
    commit_all(delete_two, 4, 2);
    assert_int_equal(do_query(&q), 0);
    assert_int_equal(heard.count, 2);
    assert_int_equal(id_of(heard.records[1]), 3);
    assert_int_equal(do_changes(0, 0, 0, 0), 0);
    assert_string_equal(heard.changes.data, "1:first;2:second;");
    assert_int_equal(heard.answer.head, 2);
    assert_int_equal(heard.answer.count, 2);
    assert_int_equal(do_changes(0, 0, 1, IPAM_QUERY_DESCENDING), 0);
    assert_string_equal(heard.changes.data, "2:second;");
}

static void test_a_row_that_is_too_large_leaves_the_gate_open_for_others(void **state)
{
    struct store_batch *b = store_batch_new(store);
    struct ipam_address a = address(1, 1, "10.0.0.1", NULL);
    size_t size = 9 << 20;
    char *text = calloc(1, size);

    (void)state;
    assert_non_null(text);
    RECORD_SET(&a, IPAM_ADDRESS_DESCRIPTION, description, ((struct ipam_str){ text, size }));
    assert_int_equal(do_enter(0), 0);
    store_batch_put(b, &a);
    free(text);
    assert_int_equal(do_commit(b, 2, 1), IPAM_E_TOOBIG);
    assert_says("nothing was changed");
    commit_all(put_three, 4, 1);
}

static void test_a_batch_can_be_dropped(void **state)
{
    struct store_batch *b = store_batch_new(store);

    (void)state;
    put_three(b);
    store_batch_free(b);
    store_batch_free(NULL);
}

static void raw(const char *sql)
{
    sqlite3 *db;
    char *err = NULL;

    assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &err) != SQLITE_OK)
        fail_msg("%s", err);
    sqlite3_close(db);
}

static void test_a_row_that_cannot_be_read_is_named(void **state)
{
    struct store_query q = { .type = IPAM_T_ADDRESS };

    (void)state;
    commit_all(put_three, 4, 1);
    raw("UPDATE address SET body=x'0102ffffff' WHERE id=2");
    assert_int_equal(do_query(&q), IPAM_E_PROVIDER);
    assert_says("row address 2 is not what was stored");
    assert_int_equal(heard.count, 1);
}

/* One that is as it was stored, and yet no record: its sum is that of these bytes. */
static void test_a_row_that_is_no_record_is_named(void **state)
{
    struct store_query q = { .type = IPAM_T_ADDRESS };

    (void)state;
    commit_all(put_three, 4, 1);
    raw("UPDATE address SET body=x'0102ffffff', sum=6174653373749648792 WHERE id=2 AND rev=1");
    assert_int_equal(do_query(&q), IPAM_E_IO);
    assert_says("row 2 of addresses in storage cannot be read");
}

/* As after the patch that makes a field indexed: the column is missing, and filled from the packed bodies. */
static void test_a_field_that_becomes_indexed_is_found_in_old_rows(void **state)
{
    struct ipam_address like = address(0, 0, "10.0.0.2", "web");
    struct store_filter f = { IPAM_ADDRESS_NAME, IPAM_CMP_EQ, &like };
    struct store_query q = { .type = IPAM_T_ADDRESS, .filters = &f, .filter_count = 1 };

    (void)state;
    commit_all(put_three, 4, 1);
    store_shut();
    raw("DROP INDEX \"address.name\"; ALTER TABLE address DROP COLUMN name");
    assert_int_equal(store_try(db_path), 0);
    assert_int_equal(do_query(&q), 0);
    assert_int_equal(heard.count, 2);
}

static void test_a_store_that_cannot_be_opened_says_why(void **state)
{
    (void)state;
    assert_int_equal(store_try("/nonexistent-folder/ipam.db"), IPAM_E_CONFIG);
    assert_says("/nonexistent-folder");
    assert_int_equal(do_enter(0), IPAM_E_CONFIG);
    assert_says("/nonexistent-folder");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
    const struct CMUnitTest tests[] = {
        TEST(test_records_of_every_type_come_back_as_they_were),
        TEST(test_the_gate_finds_rows_by_id_and_by_an_indexed_field),
        TEST(test_deleted_rows_are_gone_and_the_change_log_says_what_was_done),
        TEST(test_a_row_that_is_too_large_leaves_the_gate_open_for_others),
        TEST(test_a_batch_can_be_dropped),
        TEST(test_a_row_that_cannot_be_read_is_named),
        TEST(test_a_row_that_is_no_record_is_named),
        TEST(test_a_field_that_becomes_indexed_is_found_in_old_rows),
        cmocka_unit_test_setup_teardown(test_a_store_that_cannot_be_opened_says_why, NULL, store_down),
    };

    return cmocka_run_group_tests(tests, store_group_up, store_group_down);
}
