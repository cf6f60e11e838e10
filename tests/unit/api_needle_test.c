/* api_needle_test.c - what is looked for, in every spelling, and how well records answer to it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/needle.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_spellings(void **state)
{
    static const struct {
        const char *text;
        bool placed;
        size_t bytes; /* of the identifier it may be; 0: none */
    } rows[] = {
        { "10.1.2.37", true, 0 },
        { "10.1.2.0/24", true, 0 },
        { "10.1.2.1/24", false, 0 }, /* no prefix, for it has host bits */
        { "2001:db8::1", true, 0 },
        { "aa:bb:cc:dd:ee:ff", false, 6 },
        { "AA-BB-CC-DD-EE-FF", false, 6 },
        { "aabb.ccdd.eeff", false, 6 },
        { "aabbccddeeff", false, 6 },
        { "aa:bb:cc", false, 3 },
        { "aa:bb", false, 0 },
        { "aa:bb-cc", false, 0 },
        { "aa:bbcc:dd", false, 0 },
        { "aabb.ccdd", false, 4 },
        { "aab.bcc", false, 0 },
        { "aabbc", false, 0 },
        { "aa:bb:cc:", false, 3 }, /* as far as it was typed */
        { ":aa:bb:cc", false, 0 },
        { "aa::bb:cc", true, 0 },
        { "00:01:00:01:2c:3d:4e:5f", true, 8 }, /* an address as well */
        { "facade", false, 3 },
        { "facade-web", false, 0 },
        { "web", false, 0 },
        { "10.12.13", false, 0 },
    };
    struct needle n;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("row: %s\n", rows[i].text);
        needle_read(&n, str_from(rows[i].text), &a);
        assert_int_equal(n.placed, rows[i].placed);
        assert_int_equal(n.bytes.len, rows[i].bytes);
    }
    arena_fini(&a);
}

/* An address named Web-07 with a MAC address, and a block around it. */
static void test_how_well_records_answer(void **state)
{
    static const struct {
        const char *text;
        enum needle_match address, block;
    } rows[] = {
        { "10.1.2.37", MATCH_EXACT, MATCH_ENCLOSES },
        { "10.1.2.38", MATCH_NONE, MATCH_ENCLOSES },
        { "10.1.0.0/16", MATCH_NONE, MATCH_EXACT },
        { "10.1.2.0/24", MATCH_NONE, MATCH_ENCLOSES },
        { "10.0.0.0/8", MATCH_NONE, MATCH_NONE },
        { "Web-07", MATCH_EXACT, MATCH_NONE },
        { "wEB-07", MATCH_EXACT, MATCH_NONE },
        { "web", MATCH_BEGINS, MATCH_NONE },
        { "07", MATCH_CONTAINS, MATCH_NONE },
        { "web-071", MATCH_NONE, MATCH_NONE },
        { "aa:bb:cc:00:00:07", MATCH_EXACT, MATCH_NONE },
        { "aabbcc", MATCH_BEGINS, MATCH_NONE },
        { "cc-00-00", MATCH_CONTAINS, MATCH_NONE },
        { "bc:c0:00", MATCH_NONE, MATCH_NONE },
        { "SITE", MATCH_NONE, MATCH_BEGINS },
        { "kea", MATCH_NONE, MATCH_NONE },
    };
    static const uint8_t mac[] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };
    const struct record_type *at = record_type(IPAM_T_ADDRESS), *bt = record_type(IPAM_T_BLOCK);
    const struct record_field *f;
    struct ipam_address address;
    struct ipam_block block;
    struct needle n;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    record_init(&address, IPAM_T_ADDRESS);
    RECORD_SET(&address, IPAM_ADDRESS_ADDRESS, address, ((struct ipam_addr){ 4, { 10, 1, 2, 37 } }));
    RECORD_SET(&address, IPAM_ADDRESS_NAME, name, IPAM_STR("Web-07"));
    RECORD_SET(&address, IPAM_ADDRESS_MAC, mac, ((struct ipam_bytes){ mac, sizeof(mac) }));
    RECORD_SET(&address, IPAM_ADDRESS_INSTANCE, instance, IPAM_STR("kea")); /* a source is no name */
    record_init(&block, IPAM_T_BLOCK);
    RECORD_SET(&block, IPAM_BLOCK_PREFIX, prefix, ((struct ipam_prefix){ { 4, { 10, 1 } }, 16 }));
    RECORD_SET(&block, IPAM_BLOCK_NAME, name, IPAM_STR("Site A"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("row: %s\n", rows[i].text);
        needle_read(&n, str_from(rows[i].text), &a);
        assert_int_equal(needle_judge(&n, at, &address, &f), rows[i].address);
        assert_int_equal(f == NULL, rows[i].address == MATCH_NONE);
        assert_int_equal(needle_judge(&n, bt, &block, &f), rows[i].block);
        assert_int_equal(f == NULL, rows[i].block == MATCH_NONE);
    }
    arena_fini(&a);
}

/* What is searched follows from the tables: never a secret, and of storage only what has a column. */
static void test_what_is_looked_at(void **state)
{
    unsigned count, looked_at = 0;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < types[i].field_count; k++) {
            const struct record_field *f = &types[i].fields[k];

            if (!needle_looks_at(&types[i], f))
                continue;
            looked_at++;
            assert_int_equal(f->flags & (FIELD_SECRET | FIELD_DERIVED), 0);
            assert_true(types[i].residency == RES_RESIDENT || (f->flags & FIELD_INDEXED));
        }
    }
    assert_true(looked_at > 20);
    assert_true(needle_looks_at(record_type(IPAM_T_LEASE),
                                record_field(record_type(IPAM_T_LEASE), IPAM_STR("duid"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_how_well_records_answer),
        cmocka_unit_test(test_what_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
