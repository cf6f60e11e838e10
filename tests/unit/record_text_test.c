/* record_text_test.c - records as CSV, fields and keys as text for people, and back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record_gen.h"

#include "record/csv_in.h"

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static const char *row_of(const void *rec, const uint64_t fields[2])
{
    struct strbuf b;
    const char *text;

    strbuf_init(&b, 1 << 20);
    record_csv_row(rec, fields, &b);
    assert_false(b.failed);
    text = arena_memdup(&arena, b.data, b.len);
    strbuf_fini(&b);
    return text;
}

static void test_csv_header_and_row(void **state)
{
    static const int64_t vlans[] = { 10, 20 };
    const uint64_t some[2] = { 1u << IPAM_SUBNET_ID | 1u << IPAM_SUBNET_PREFIX | 1u << IPAM_SUBNET_VLANS,
                               1u };
    struct ipam_subnet *s = record_new(&arena, IPAM_T_SUBNET);
    struct strbuf b;

    (void)state;
    strbuf_init(&b, 1024);
    record_csv_header(record_type(IPAM_T_SUBNET), NULL, &b);
    assert_string_equal(b.data, "id,rev,space,prefix,name,description,vlans,managed_by,instance,"
                                "access_scope,made_by,made_under,owner,status,tags,gateways,dns_servers,vsid,"
                                "logical_network,site,claim,custom,under,over,quarantine,in_vlan,moving,stands_for,"
                                "parent,size,used,utilization,effective_scope,level,overlap,counted\r\n");
    strbuf_reset(&b);
    record_csv_header(record_type(IPAM_T_SUBNET), some, &b);
    assert_string_equal(b.data, "id,prefix,vlans\r\n");
    strbuf_fini(&b);
    s->id = 7;
    s->prefix = (struct ipam_prefix){ { 4, { 10, 1, 2 } }, 24 };
    s->name = IPAM_STR("floor \"2\", west");
    s->vlans = (struct ipam_ints){ vlans, 2 };
    s->utilization = 1205;
    IPAM_SET_FIELD(s, IPAM_SUBNET_ID);
    IPAM_SET_FIELD(s, IPAM_SUBNET_PREFIX);
    IPAM_SET_FIELD(s, IPAM_SUBNET_NAME);
    IPAM_SET_FIELD(s, IPAM_SUBNET_VLANS);
    IPAM_SET_FIELD(s, IPAM_SUBNET_UTILIZATION);
    assert_string_equal(row_of(s, NULL), "7,,,10.1.2.0/24,\"floor \"\"2\"\", west\",,10 20,,,,,,,,,,,,,,,,,,,,,,,,,12.05,,,,\r\n");
    assert_string_equal(row_of(s, some), "7,10.1.2.0/24,10 20\r\n");
}

/* Items with blanks and commas: lines as text, an array in CSV where there is not one of them. */
static void test_phrases(void **state)
{
    const struct record_field *f = record_field(record_type(IPAM_T_SUBNET), IPAM_STR("custom"));
    const uint64_t custom[2] = { 1u << IPAM_SUBNET_CUSTOM, 0 };
    struct ipam_subnet *s = record_new(&arena, IPAM_T_SUBNET);
    char err[256];

    (void)state;
    assert_int_equal(record_field_parse(f, IPAM_STR("Room=4 west, left\nStage=live"), &arena, s, err), 0);
    assert_int_equal(s->custom.count, 2);
    assert_true(str_is(s->custom.items[0], "Room=4 west, left"));
    assert_string_equal(row_of(s, custom), "\"[\"\"Room=4 west, left\"\",\"\"Stage=live\"\"]\"\r\n");
    s->custom.count = 1;
    assert_string_equal(row_of(s, custom), "\"Room=4 west, left\"\r\n");
}

static void test_csv_cells(void **state)
{
    static const struct {
        const char *text, *cell;
    } rows[] = {
        { "plain", "plain" },   { "", "\"\"" },      { "a,b", "\"a,b\"" },    { "a\"b", "\"a\"\"b\"" },
        { "a\nb", "\"a\nb\"" }, { "=1+1", "'=1+1" }, { "+1", "'+1" },         { "-1", "'-1" },
        { "@x", "'@x" },        { "\tx", "'\tx" },   { "=a,b", "\"'=a,b\"" }, { "a=1", "a=1" },
        { " x ", " x " },       { "'x", "'x" },      { "'=x", "''=x" },      { "''-", "'''-" },
    };
    const uint64_t name[2] = { 1u << IPAM_SPACE_NAME, 0 }, id[2] = { 1u << IPAM_SPACE_ID, 0 };
    struct ipam_space *s = record_new(&arena, IPAM_T_SPACE);

    (void)state;
    IPAM_SET_FIELD(s, IPAM_SPACE_NAME);
    for (size_t i = 0; i < COUNT(rows); i++) {
        s->name = str_from(rows[i].text);
        assert_string_equal(row_of(s, name), arena_printf(&arena, "%s\r\n", rows[i].cell));
    }
    s->id = -5; /* a number is no formula */
    IPAM_SET_FIELD(s, IPAM_SPACE_ID);
    assert_string_equal(row_of(s, id), "-5\r\n");
}

/* Lists whose items spaces cannot separate. */
static void harden_lists(const struct record_type *t, void *rec)
{
    static struct ipam_str items[] = { { "a b", 3 }, { "d", 1 }, { "[x]", 3 }, { "c,\"d\"", 5 }, { "=1", 2 } };
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        size_t count = draw_below(f->max < 5 ? (uint64_t)f->max + 1 : 6);
        if (f->kind == KIND_TEXTS && draw_below(2) == 0)
            *(struct ipam_strs *)(void *)((char *)rec + f->offset) = (struct ipam_strs){ items, count };
    }
}

/* What CSV shows of a random record, all but secrets, is the same record when it is read: absent fields are absent,
 * empty ones empty. */
static void test_csv_of_random_records_reads_back(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);
    struct csv_cell cells[130];
    struct csv_reader r;
    char err[256];
    size_t n;

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 60; round++) {
            void *rec = gen_record(&arena, &types[i], 0), *back = record_new(&arena, types[i].type);
            harden_lists(&types[i], rec);
            const char *row = row_of(rec, NULL);
            size_t at = 0;

            assert_int_equal(csv_open(&r, str_from(row), &arena), 0);
            if (csv_row(&r, cells, COUNT(cells), &n) != 1)
                fail_msg("%s: %s", r.err, row);
            for (unsigned k = 0; k < types[i].field_count; k++) {
                const struct record_field *f = &types[i].fields[k];
                if (f->flags & FIELD_SECRET)
                    continue;
                const struct csv_cell *cell = &cells[at++];
                if (cell->text.len == 0 && !cell->quoted)
                    assert_false(record_has(rec, f->number));
                else if (csv_cell_parse(f, cell, &arena, back, err) != 0)
                    fail_msg("%s.%s: %.*s %s", types[i].name, f->name, (int)cell->text.len, cell->text.data, err);
                if (!record_field_equal(f, rec, back))
                    fail_msg("%s.%s: %s", types[i].name, f->name, row);
            }
            assert_int_equal(at, n);
            assert_int_equal(csv_row(&r, cells, COUNT(cells), &n), 0);
            arena_reset(&arena);
        }
    }
}

/* Rows as "a|b;c|d;", or the message. */
static const char *rows_of(const char *text, size_t len)
{
    struct strbuf b;
    struct csv_reader r;
    struct csv_cell cells[4];
    size_t n;
    int rc = csv_open(&r, (struct ipam_str){ text, len }, &arena);
    strbuf_init(&b, 1000);
    while (rc == 0 && (rc = csv_row(&r, cells, 4, &n)) == 1) {
        for (size_t i = 0; i < n; i++)
            strbuf_printf(&b, "%s" STR_FMT, i > 0 ? "|" : "", STR_ARG(cells[i].text));
        strbuf_puts(&b, ";");
        rc = 0;
    }
    const char *out = arena_strdup(&arena, rc < 0 ? r.err : b.len > 0 ? b.data : "");
    strbuf_fini(&b);
    return out;
}

static void test_csv_is_read_strictly(void **state)
{
    static const struct {
        const char *text, *rows;
    } cases[] = {
        { "", "" },
        { "a,b\r\nc,d\r\n", "a|b;c|d;" },
        { "a,b\nc,d", "a|b;c|d;" },
        { "\xef\xbb\xbf""a\n", "a;" },
        { "\"a,\"\"b\"\"\",\"c\nd\"\n", "a,\"b\"|c\nd;" },
        { ",\"\"\n", "|;" },
        { "\n", ";" },
        { "a b, c \n", "a b| c ;" },
        { "a\"b\n", "line 1, column 2: a quote inside a cell that does not begin with one; write the whole cell in "
                    "quotes, and each quote in it twice" },
        { "a\n\"b\"c\n", "line 2, column 4: a comma or the end of the line is expected after the closing quote" },
        { "a\nb,\"c\nd", "line 3, column 2: the quote opened in line 2 is never closed" },
        { "a\rb\n", "line 1, column 2: a carriage return without a line feed" },
        { "a\r", "line 1, column 2: a carriage return without a line feed" },
        { "1,2,3,4,5\n", "line 1, column 9: more than 4 cells" },
        { "a\n\xff\n", "line 2, column 1: this line is not UTF-8, or has a NUL" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(rows_of(cases[i].text, strlen(cases[i].text)), cases[i].rows);
    assert_string_equal(rows_of("a\0b", 3), "line 1, column 1: this line is not UTF-8, or has a NUL");
}

static const char *print_field(const void *rec, const char *name)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    struct strbuf b;
    const char *text;

    strbuf_init(&b, 1 << 16);
    record_field_print(record_field(t, str_from(name)), rec, &b);
    text = arena_memdup(&arena, b.len > 0 ? b.data : "", b.len);
    strbuf_fini(&b);
    return text;
}

static void test_fields_for_people(void **state)
{
    static const struct {
        uint32_t type;
        const char *field, *in, *out;
    } rows[] = {
        { IPAM_T_SUBNET, "prefix", "2001:DB8::/32", "2001:db8::/32" },
        { IPAM_T_SUBNET, "vlans", "1, 2 3", "1, 2, 3" },
        { IPAM_T_SUBNET, "utilization", "0.07", "0.07" },
        { IPAM_T_SUBNET, "size", "256", "256" },
        { IPAM_T_SUBNET, "id", "-9223372036854775808", "-9223372036854775808" },
        { IPAM_T_SERVER, "roles", "dhcp,dns", "dhcp, dns" },
        { IPAM_T_SERVER, "managed", "true", "true" },
        { IPAM_T_SERVER, "state", "unreachable", "unreachable" },
        { IPAM_T_SERVER, "contacted", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z" },
        { IPAM_T_ADDRESS, "mac", "0200.0000.00ff", "02:00:00:00:00:ff" },
        { IPAM_T_RESERVATION, "addresses", "::1 10.0.0.1", "::1, 10.0.0.1" },
        { IPAM_T_SCOPE, "vendor", " {\"a\": 1}", "{\"a\":1}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct record_field *f = record_field(record_type(rows[i].type), str_from(rows[i].field));
        void *rec = record_new(&arena, rows[i].type);
        char err[256] = "";

        assert_string_equal(print_field(rec, rows[i].field), "");
        assert_int_equal(record_field_parse(f, str_from(rows[i].in), &arena, rec, err), 0);
        assert_string_equal(print_field(rec, rows[i].field), rows[i].out);
    }
}

static void test_fields_refused(void **state)
{
    static const struct {
        uint32_t type;
        const char *field, *in, *message;
    } rows[] = {
        { IPAM_T_SUBNET, "id", "9223372036854775808",
          "\"9223372036854775808\" is more than 64 bits can hold" },
        { IPAM_T_SUBNET, "id", "5 ", "\"5 \" is not a whole number" },
        { IPAM_T_SUBNET, "id", "-", "\"-\" is not a whole number" },
        { IPAM_T_SUBNET, "id", "", "\"\" is not a whole number" },
        { IPAM_T_SUBNET, "utilization", "1.234", "\"1.234\" is not a percentage; write it like 12.34" },
        { IPAM_T_SUBNET, "utilization", ".5", "\".5\" is not a percentage; write it like 12.34" },
        { IPAM_T_SUBNET, "vlans", "1,x", "\"x\" is not a whole number" },
        { IPAM_T_SERVER, "managed", "yes", "\"yes\" is neither true nor false" },
        { IPAM_T_SERVER, "name", "", "must not be empty" },
        { IPAM_T_SERVER, "contacted", "1969-12-31T23:59:59Z",
          "\"1969-12-31T23:59:59Z\" is not between 1970 and 9999" },
        { IPAM_T_LEASE, "iaid", "4294967296", "must be between 0 and 4294967295, not 4294967296" },
        { IPAM_T_RANGE, "kind",
          "very long text that goes on and on and would fill the whole message with itself",
          "\"very long text that goes on and on and would fill the whole ...\" is not one of static, "
          "dynamic, auto, vip, reserved" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct record_field *f = record_field(record_type(rows[i].type), str_from(rows[i].field));
        struct ipam_record *rec = record_new(&arena, rows[i].type);
        char err[256] = "";

        assert_int_equal(record_field_parse(f, str_from(rows[i].in), &arena, rec, err), IPAM_E_INVAL);
        assert_string_equal(err, rows[i].message);
        assert_int_equal(rec->has[0], 0);
    }
}

/* A host name from the network cannot steer the terminal it is shown on. */
static void test_control_characters_are_shown(void **state)
{
    struct ipam_lease *l = record_new(&arena, IPAM_T_LEASE);

    (void)state;
    l->name = IPAM_STR("a\x1b[2Jb\n\xc2\x9b"
                       "c\xc3\xa9");
    IPAM_SET_FIELD(l, IPAM_LEASE_NAME);
    assert_string_equal(print_field(l, "name"), "a\\x1b[2Jb\\x0a\\x9bc\xc3\xa9");
}

static void test_what_a_message_repeats_ends_with_a_whole_character(void **state)
{
    static const char *const characters[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    char text[100 * 4 + 8], echo[RECORD_ECHO_SIZE];

    (void)state;
    for (size_t c = 0; c < 3; c++)
        for (size_t before = 0; before < 4; before++) {
            size_t size = strlen(characters[c]), len = before;
            memset(text, 'x', before);
            for (; len < before + 100 * size; len += size)
                memcpy(text + len, characters[c], size);
            size_t shown = strlen(record_echo((struct ipam_str){ text, (uint32_t)len }, echo));
            assert_true(shown < RECORD_ECHO_SIZE && shown > RECORD_ECHO_SIZE - 4 - size);
            assert_string_equal(echo + shown - 3, "...");
            assert_int_equal((shown - 3 - before) % size, 0);
        }
    assert_string_equal(record_echo(IPAM_STR("short \xc3\xa9"), echo), "short \xc3\xa9");
}

static void test_keys(void **state)
{
    struct ipam_subnet *s = record_new(&arena, IPAM_T_SUBNET);
    struct ipam_lease *l = record_new(&arena, IPAM_T_LEASE);
    struct ipam_probe *p = record_new(&arena, IPAM_T_PROBE);
    struct strbuf b;

    (void)state;
    strbuf_init(&b, 1024);
    s->prefix = (struct ipam_prefix){ { 4, { 10, 1, 2 } }, 24 };
    IPAM_SET_FIELD(s, IPAM_SUBNET_PREFIX);
    record_key_print(s, &b);
    assert_string_equal(b.data, "10.1.2.0/24");
    strbuf_reset(&b);
    l->address = (struct ipam_addr){ 6, { 0x20, 1 } };
    l->prefix_length = 56;
    IPAM_SET_FIELD(l, IPAM_LEASE_ADDRESS);
    IPAM_SET_FIELD(l, IPAM_LEASE_PREFIX_LENGTH);
    record_key_print(l, &b);
    assert_string_equal(b.data, "2001::/56");
    strbuf_reset(&b);
    record_key_print(p, &b);
    assert_int_equal(b.len, 0);
    strbuf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_csv_header_and_row, teardown),
        cmocka_unit_test_teardown(test_phrases, teardown),
        cmocka_unit_test_teardown(test_csv_cells, teardown),
        cmocka_unit_test_teardown(test_csv_of_random_records_reads_back, teardown),
        cmocka_unit_test_teardown(test_csv_is_read_strictly, teardown),
        cmocka_unit_test_teardown(test_fields_for_people, teardown),
        cmocka_unit_test_teardown(test_fields_refused, teardown),
        cmocka_unit_test_teardown(test_control_characters_are_shown, teardown),
        cmocka_unit_test(test_what_a_message_repeats_ends_with_a_whole_character),
        cmocka_unit_test_teardown(test_keys, teardown),
    };
    arena_init(&arena, 0);
    return cmocka_run_group_tests(tests, gen_setup, NULL);
}
