/* record_pack_test.c - the packed form: its bytes, its round trip, and its refusal of everything else.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record_gen.h"

#define ROUNDS 300

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct ipam_bytes pack(const void *rec, const uint64_t fields[2])
{
    struct ipam_bytes packed;
    struct strbuf b;

    strbuf_init(&b, 1 << 20);
    assert_int_equal(record_pack(rec, fields, &b), 0);
    packed.len = b.len;
    packed.data = (const uint8_t *)arena_memdup(&arena, b.len > 0 ? b.data : "", b.len);
    strbuf_fini(&b);
    return packed;
}

/* Unpacks from an exact heap copy: a sanitizer sees any look behind its end, and nothing may point into it. */
static int unpack(const struct record_type *t, const void *data, size_t len, void **ret)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, data, len);
    rc = record_unpack(t, (struct ipam_bytes){ copy, len }, &arena, ret);
    memset(copy, 0xee, len);
    free(copy);
    return rc;
}

static void assert_packed(const void *rec, const char *expected, size_t len)
{
    struct ipam_bytes p = pack(rec, NULL);
    void *back;

    assert_int_equal(p.len, len);
    assert_memory_equal(p.data, expected, len);
    assert_int_equal(unpack(record_type(((const struct ipam_record *)rec)->type), p.data, p.len, &back), 0);
    assert_same_record(rec, back);
}

static void test_bytes_of_each_kind(void **state)
{
    static const struct { int64_t n; const char *packed; size_t len; } ints[] = {
        { 0, "\x01\x00", 2 }, { 1, "\x01\x01\x01", 3 }, { -1, "\x01\x01\xff", 3 }, { 127, "\x01\x01\x7f", 3 },
        { 128, "\x01\x02\x80\x00", 4 }, { -128, "\x01\x01\x80", 3 }, { -129, "\x01\x02\x7f\xff", 4 },
        { 65536, "\x01\x03\x00\x00\x01", 5 }, { INT64_MAX, "\x01\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 10 },
        { INT64_MIN, "\x01\x08\x00\x00\x00\x00\x00\x00\x00\x80", 10 },
    };
    const int64_t vlans[] = { 1, -1, 300 };
    const struct ipam_str roles[] = { IPAM_STR("dhcp"), IPAM_STR("") };
    const struct ipam_addr more[] = { { 4, { 10, 0, 0, 1 } }, { 6, { 0x20, 1 } } };
    struct ipam_subnet s;
    struct ipam_server v;
    struct ipam_reservation r;

    (void)state;
    for (size_t i = 0; i < COUNT(ints); i++) {
        record_init(&s, IPAM_T_SUBNET);
        s.id = ints[i].n;
        IPAM_SET_FIELD(&s, IPAM_SUBNET_ID);
        assert_packed(&s, ints[i].packed, ints[i].len);
    }
    record_init(&s, IPAM_T_SUBNET);
    s.prefix = (struct ipam_prefix){ { 4, { 10, 1 } }, 16 };
    s.name = IPAM_STR("lan");
    s.vlans = (struct ipam_ints){ vlans, 3 };
    s.used = u128_from(9); /* derived: not packed */
    IPAM_SET_FIELD(&s, IPAM_SUBNET_PREFIX);
    IPAM_SET_FIELD(&s, IPAM_SUBNET_NAME);
    IPAM_SET_FIELD(&s, IPAM_SUBNET_VLANS);
    assert_packed(&s, "\x04\x05\x0a\x01\x00\x00\x10" "\x05\x03lan" "\x07\x04\x02\x01\xd8\x04", 18);
    IPAM_SET_FIELD(&s, IPAM_SUBNET_USED);
    assert_int_equal(pack(&s, NULL).len, 18);

    record_init(&v, IPAM_T_SERVER);
    v.roles = (struct ipam_strs){ roles, 2 };
    v.managed = 1;
    v.state = IPAM_SERVER_STATE_UNREACHABLE;
    IPAM_SET_FIELD(&v, IPAM_SERVER_ROLES);
    IPAM_SET_FIELD(&v, IPAM_SERVER_MANAGED);
    IPAM_SET_FIELD(&v, IPAM_SERVER_STATE);
    assert_packed(&v, "\x06\x06\x04" "dhcp\x00" "\x07\x01\x01" "\x0c\x01\x02", 14);

    record_init(&r, IPAM_T_RESERVATION);
    r.addresses = (struct ipam_addrs){ more, 2 };
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_ADDRESSES);
    assert_packed(&r, "\x0a\x16\x04\x0a\x00\x00\x01\x06\x20\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
}

static void test_round_trip_of_random_records(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);

    (void)state;
    assert_true(count >= 20);
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < ROUNDS; round++) {
            void *rec = gen_record(&arena, &types[i], FIELD_DERIVED), *back;
            struct ipam_bytes p = pack(rec, NULL), again;

            assert_int_equal(unpack(&types[i], p.data, p.len, &back), 0);
            assert_same_record(rec, back);
            again = pack(back, NULL);
            assert_int_equal(again.len, p.len);
            assert_memory_equal(again.data, p.data, p.len);
            arena_reset(&arena);
        }
    }
}

/* Whatever is accepted is canonical: it packs to the same bytes. Returns whether it was accepted. */
static bool accepted(const struct record_type *t, const uint8_t *data, size_t len)
{
    struct ipam_bytes again;
    void *rec;
    int rc = unpack(t, data, len, &rec);

    if (rc != 0) {
        assert_int_equal(rc, IPAM_E_INVAL);
        return false;
    }
    again = pack(rec, NULL);
    assert_int_equal(again.len, len);
    assert_memory_equal(again.data, data, len);
    return true;
}

static void test_cut_and_mutated_bytes(void **state)
{
    unsigned count, refused = 0;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 40; round++) {
            struct ipam_bytes p = pack(gen_record(&arena, &types[i], FIELD_DERIVED), NULL);
            uint8_t *bytes = (uint8_t *)p.data;

            for (size_t len = 0; len < p.len; len++)
                refused += !accepted(&types[i], bytes, len);
            for (size_t k = 0; p.len > 0 && k < 60; k++) {
                size_t at = draw_below(p.len);
                uint8_t was = bytes[at];
                bytes[at] = draw_below(2) ? (uint8_t)draw() : (uint8_t)(was ^ 1u << draw_below(8));
                refused += !accepted(&types[i], bytes, p.len);
                bytes[at] = was;
            }
            arena_reset(&arena);
        }
    }
    assert_true(refused > 1000);
}

static void test_malformed(void **state)
{
    static const struct { const char *name, *bytes; size_t len; uint32_t type; } rows[] = {
        { "number 0", "\x00\x00", 2, IPAM_T_SUBNET },
        { "number 128", "\x80\x00", 2, IPAM_T_SUBNET },
        { "a number alone", "\x01", 1, IPAM_T_SUBNET },
        { "a value cut off", "\x05\x04lan", 5, IPAM_T_SUBNET },
        { "descending", "\x05\x01x\x01\x01\x01", 6, IPAM_T_SUBNET },
        { "twice", "\x01\x01\x01\x01\x01\x01", 6, IPAM_T_SUBNET },
        { "twice, unknown", "\x70\x00\x70\x00", 4, IPAM_T_SUBNET },
        { "zero with a byte", "\x01\x01\x00", 3, IPAM_T_SUBNET },
        { "redundant sign byte", "\x01\x02\x7f\x00", 4, IPAM_T_SUBNET },
        { "redundant negative sign byte", "\x01\x02\xff\xff", 4, IPAM_T_SUBNET },
        { "nine bytes of integer", "\x01\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09", 11, IPAM_T_SUBNET },
        { "redundant length byte", "\x05\x81\x00x", 4, IPAM_T_SUBNET },
        { "length beyond the end", "\x05\xff\xff\xff\x7fx", 6, IPAM_T_SUBNET },
        { "length of 2^28", "\x05\x80\x80\x80\x80\x01", 6, IPAM_T_SUBNET },
        { "endless length", "\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, IPAM_T_SUBNET },
        { "derived field", "\x21\x01\x01", 3, IPAM_T_SUBNET },
        { "host bits", "\x04\x05\x0a\x01\x02\x03\x18", 7, IPAM_T_SUBNET },
        { "length 33", "\x04\x05\x0a\x01\x02\x00\x21", 7, IPAM_T_SUBNET },
        { "prefix of nothing", "\x04\x00", 2, IPAM_T_SUBNET },
        { "prefix of five bytes", "\x04\x06\x0a\x01\x02\x00\x00\x18", 8, IPAM_T_SUBNET },
        { "list item cut off", "\x07\x01\x80", 3, IPAM_T_SUBNET },
        { "redundant byte in a list", "\x07\x02\x80\x00", 4, IPAM_T_SUBNET },
        { "a list of 65 bits", "\x07\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 12, IPAM_T_SUBNET },
        { "text of a list cut off", "\x06\x03\x05xy", 5, IPAM_T_SERVER },
        { "bool of 2", "\x07\x01\x02", 3, IPAM_T_SERVER },
        { "negative enum", "\x0c\x01\xff", 3, IPAM_T_SERVER },
        { "enum of 33 bits", "\x0c\x05\x00\x00\x00\x00\x01", 7, IPAM_T_SERVER },
        { "address of three bytes", "\x04\x03\x0a\x00\x00", 5, IPAM_T_ADDRESS },
        { "address list of family 5", "\x0a\x05\x05\x0a\x00\x00\x01", 7, IPAM_T_RESERVATION },
        { "address list cut off", "\x0a\x04\x04\x0a\x00\x00", 6, IPAM_T_RESERVATION },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        void *rec = NULL;
        print_message("row: %s\n", rows[i].name);
        assert_int_equal(unpack(record_type(rows[i].type), rows[i].bytes, rows[i].len, &rec), IPAM_E_INVAL);
        assert_null(rec);
    }
}

static void test_unknown_fields_stay_in_their_places(void **state)
{
    /* A newer author's bytes: 30 and 127 are unknown; the reader changes the name. */
    static const char newer[] = "\x01\x01\x07" "\x05\x03lan" "\x1e\x02zz" "\x7f\x00";
    static const char changed[] = "\x01\x01\x07" "\x05\x04" "wlan" "\x1e\x02zz" "\x7f\x00";
    const uint64_t only_thirty[2] = { UINT64_C(1) << 30, 0 };
    struct ipam_subnet *s;
    struct ipam_bytes p;
    void *rec;

    (void)state;
    assert_int_equal(unpack(record_type(IPAM_T_SUBNET), newer, sizeof(newer) - 1, &rec), 0);
    s = rec;
    assert_int_equal(s->id, 7);
    assert_int_equal(s->rest.len, 6);
    s->name = IPAM_STR("wlan");
    p = pack(s, NULL);
    assert_int_equal(p.len, sizeof(changed) - 1);
    assert_memory_equal(p.data, changed, p.len);
    p = pack(s, only_thirty);
    assert_int_equal(p.len, 4);
    assert_memory_equal(p.data, "\x1e\x02zz", 4);
}

/* An older author knows only part of the fields: what it does not know goes through it untouched. */
static void test_older_reader_of_every_record(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 50; round++) {
            struct ipam_bytes p = pack(gen_record(&arena, &types[i], FIELD_DERIVED), NULL);
            struct record_type older = types[i];
            struct record_field some[64];
            struct ipam_bytes again;
            struct strbuf b;
            void *rec;

            older.field_count = 0;
            for (unsigned k = 0; k < types[i].field_count; k++)
                if (draw_below(2))
                    some[older.field_count++] = types[i].fields[k];
            older.fields = some;
            assert_int_equal(unpack(&older, p.data, p.len, &rec), 0);
            /* The writer knows all fields, but only those the older reader understood are present. */
            strbuf_init(&b, 1 << 20);
            assert_int_equal(record_pack(rec, NULL, &b), 0);
            again = (struct ipam_bytes){ (const uint8_t *)b.data, b.len };
            assert_int_equal(again.len, p.len);
            if (p.len > 0)
                assert_memory_equal(again.data, p.data, p.len);
            strbuf_fini(&b);
            arena_reset(&arena);
        }
    }
}

static void test_mask_limits_what_is_packed(void **state)
{
    const uint64_t fields[2] = { UINT64_C(1) << IPAM_SPACE_NAME, 0 };
    struct ipam_space s;
    struct ipam_bytes p;

    (void)state;
    record_init(&s, IPAM_T_SPACE);
    s.id = 5;
    s.name = IPAM_STR("x");
    IPAM_SET_FIELD(&s, IPAM_SPACE_ID);
    IPAM_SET_FIELD(&s, IPAM_SPACE_NAME);
    p = pack(&s, fields);
    assert_int_equal(p.len, 3);
    assert_memory_equal(p.data, "\x03\x01x", 3);
}

static void test_frame(void **state)
{
    struct ipam_outcome o;
    struct strbuf b;

    (void)state;
    record_init(&o, IPAM_T_OUTCOME);
    o.status = IPAM_E_INVAL;
    IPAM_SET_FIELD(&o, IPAM_OUTCOME_STATUS);
    strbuf_init(&b, 64);
    strbuf_putc(&b, 'x');
    assert_int_equal(record_frame(&o, &b), 0);
    assert_int_equal(b.len, 10);
    assert_memory_equal(b.data, "x\x05\x00\x00\x00\x46\x00\x01\x01\xea", 10);
    strbuf_fini(&b);
    strbuf_init(&b, 7); /* one byte too few for any field */
    assert_int_equal(record_frame(&o, &b), IPAM_E_TOOBIG);
    strbuf_fini(&b);
}

/* Printed, not judged: a lease as a collector sees it. */
static void test_speed_of_a_lease(void **state)
{
    struct ipam_lease l;
    struct timespec t0, t1, t2;
    struct ipam_bytes packed;
    struct strbuf b;
    struct arena a;
    void *rec;
    enum { TIMES = 20000 };

    (void)state;
    record_init(&l, IPAM_T_LEASE);
    l.id = 123456, l.rev = 99999, l.server = 3, l.scope = 17, l.native_scope = IPAM_STR("42");
    l.address = (struct ipam_addr){ 4, { 10, 1, 2, 3 } };
    l.mac = (struct ipam_bytes){ (const uint8_t *)"\x02\x00\x00\x00\x00\x01", 6 };
    l.name = IPAM_STR("host-17.example.com");
    l.started = INT64_C(1790000000000), l.expires = INT64_C(1790003600000), l.space = 1;
    l.has[0] = 1u << IPAM_LEASE_ID | 1u << IPAM_LEASE_REV | 1u << IPAM_LEASE_SERVER | 1u << IPAM_LEASE_SCOPE |
               1u << IPAM_LEASE_NATIVE_SCOPE | 1u << IPAM_LEASE_ADDRESS | 1u << IPAM_LEASE_MAC |
               1u << IPAM_LEASE_NAME | 1u << IPAM_LEASE_STATE | 1u << IPAM_LEASE_STARTED |
               1u << IPAM_LEASE_EXPIRES | 1u << IPAM_LEASE_SPACE;
    strbuf_init(&b, 1 << 20);
    arena_init(&a, 0);
    clock_gettime(CLOCK_MONOTONIC, &t0);
    for (int i = 0; i < TIMES; i++) {
        strbuf_reset(&b);
        assert_int_equal(record_pack(&l, NULL, &b), 0);
    }
    packed = (struct ipam_bytes){ (const uint8_t *)b.data, b.len };
    clock_gettime(CLOCK_MONOTONIC, &t1);
    for (int i = 0; i < TIMES; i++) {
        arena_reset(&a);
        if (record_unpack(record_type(IPAM_T_LEASE), packed, &a, &rec) != 0)
            fail();
    }
    clock_gettime(CLOCK_MONOTONIC, &t2);
    assert_same_record(&l, rec);
    print_message("a lease of %zu bytes: pack %.0f ns, unpack %.0f ns\n", b.len,
                  ((double)(t1.tv_sec - t0.tv_sec) * 1e9 + (double)(t1.tv_nsec - t0.tv_nsec)) / TIMES,
                  ((double)(t2.tv_sec - t1.tv_sec) * 1e9 + (double)(t2.tv_nsec - t1.tv_nsec)) / TIMES);
    arena_fini(&a);
    strbuf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_bytes_of_each_kind, teardown),
        cmocka_unit_test_teardown(test_round_trip_of_random_records, teardown),
        cmocka_unit_test_teardown(test_cut_and_mutated_bytes, teardown),
        cmocka_unit_test_teardown(test_malformed, teardown),
        cmocka_unit_test_teardown(test_unknown_fields_stay_in_their_places, teardown),
        cmocka_unit_test_teardown(test_older_reader_of_every_record, teardown),
        cmocka_unit_test_teardown(test_mask_limits_what_is_packed, teardown),
        cmocka_unit_test_teardown(test_frame, teardown),
        cmocka_unit_test_teardown(test_speed_of_a_lease, teardown),
    };
    arena_init(&arena, 0);
    return cmocka_run_group_tests(tests, gen_setup, NULL);
}
