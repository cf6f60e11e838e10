/* record_copy_test.c - clones, copies, imports from older and newer authors, differences and merges.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "record_gen.h"

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct ipam_bytes bytes_of(const char *text)
{
    return (struct ipam_bytes){ (const uint8_t *)text, strlen(text) };
}

/* A clone and a copy outlive what they were made from. */
static void test_copies_own_everything(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 100; round++) {
            struct arena source;
            struct ipam_record *rec;
            void *clone, *copy, *again;

            arena_init(&source, 0);
            rec = gen_record(&source, &types[i], 0);
            rec->rest = (struct ipam_bytes){ (const uint8_t *)arena_memdup(&source, "\x7f\x01z", 3), 3 };
            clone = record_clone(rec);
            copy = record_copy(&arena, rec);
            assert_same_record(rec, clone);
            arena_fini(&source);
            assert_same_record(clone, copy); /* the sanitizer sees a pointer into the source */
            again = record_clone(clone);
            free(clone);
            assert_same_record(again, copy);
            free(again);
            arena_reset(&arena);
        }
    }
}

static void test_absent_fields_carry_no_pointer(void **state)
{
    struct ipam_space s, *clone;

    (void)state;
    record_init(&s, IPAM_T_SPACE);
    s.name = IPAM_STR("stale"); /* its bit is not set */
    clone = record_clone(&s);
    assert_null(clone->name.data);
    free(clone);
}

static void test_import_of_random_records(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 50; round++) {
            void *rec = gen_record(&arena, &types[i], 0), *in;
            assert_int_equal(record_import(&arena, rec, &in), 0);
            assert_same_record(rec, in);
            arena_reset(&arena);
        }
    }
}

/* An author of an older version has a shorter struct; behind it is memory that is not ours to read. */
static void test_import_from_an_older_author(void **state)
{
    size_t cut = offsetof(struct ipam_subnet, vlans);
    struct ipam_subnet full, *in;
    void *old = malloc(cut), *ret;

    (void)state;
    record_init(&full, IPAM_T_SUBNET);
    full.size = (uint32_t)cut;
    full.id = 7;
    full.name = IPAM_STR("lan");
    IPAM_SET_FIELD(&full, IPAM_SUBNET_ID);
    IPAM_SET_FIELD(&full, IPAM_SUBNET_NAME);
    IPAM_SET_FIELD(&full, IPAM_SUBNET_VLANS); /* a bit for a member it does not have */
    memcpy(old, &full, cut);
    assert_int_equal(record_import(&arena, old, &ret), 0);
    free(old);
    in = ret;
    assert_int_equal(in->size, sizeof(*in));
    assert_int_equal(in->id, 7);
    assert_true(str_is(in->name, "lan"));
    assert_false(record_has(in, IPAM_SUBNET_VLANS));
    assert_int_equal(in->vlans.count, 0);
}

static void test_import_from_a_newer_author(void **state)
{
    struct { struct ipam_subnet known; int64_t new_field; } newer = { .new_field = 5 };
    struct ipam_subnet *in;
    void *ret;

    (void)state;
    record_init(&newer.known, IPAM_T_SUBNET);
    newer.known.size = sizeof(newer);
    newer.known.id = 7;
    IPAM_SET_FIELD(&newer.known, IPAM_SUBNET_ID);
    IPAM_SET_FIELD(&newer.known, 100);
    newer.known.rest = bytes_of("\x64\x02zz");
    assert_int_equal(record_import(&arena, (struct ipam_record *)&newer.known, &ret), 0);
    in = ret;
    assert_int_equal(in->size, sizeof(*in));
    assert_int_equal(in->id, 7);
    assert_false(record_has(in, 100));
    assert_int_equal(in->rest.len, 4);
    assert_ptr_not_equal(in->rest.data, newer.known.rest.data);
}

static char *long_text(size_t len)
{
    char *text = arena_alloc(&arena, len + 1);
    memset(text, 'x', len);
    return text;
}

static void test_import_refuses(void **state)
{
    static const struct ipam_addr five = { .family = 5 };
    struct ipam_scope c;
    struct ipam_server v;
    struct ipam_lease l;
    struct ipam_reservation r;
    struct ipam_str roles[9];
    void *ret = NULL;

    (void)state;
#define REFUSED(rec, number, code) \
    do { \
        IPAM_SET_FIELD(rec, number); \
        assert_int_equal(record_import(&arena, (struct ipam_record *)(rec), &ret), code); \
        assert_null(ret); \
        if ((rec)->size == record_type((rec)->type)->size) /* and so does the check in place */ \
            assert_int_equal(record_check(&arena, rec), code); \
        record_init(rec, (rec)->type); \
    } while (0)
    record_init(&c, IPAM_T_SCOPE);
    record_init(&v, IPAM_T_SERVER);
    record_init(&l, IPAM_T_LEASE);
    record_init(&r, IPAM_T_RESERVATION);
    c.name = str_from(long_text(129));
    REFUSED(&c, IPAM_SCOPE_NAME, IPAM_E_TOOBIG);
    c.name = IPAM_STR("a\xff");
    REFUSED(&c, IPAM_SCOPE_NAME, IPAM_E_INVAL);
    c.name = (struct ipam_str){ NULL, 5 };
    REFUSED(&c, IPAM_SCOPE_NAME, IPAM_E_INVAL);
    c.vendor = IPAM_STR("{\"a\":");
    REFUSED(&c, IPAM_SCOPE_VENDOR, IPAM_E_INVAL);
    c.vendor = str_from(long_text(65537));
    REFUSED(&c, IPAM_SCOPE_VENDOR, IPAM_E_TOOBIG);
    c.prefix = (struct ipam_prefix){ { 4, { 10, 0, 0, 1 } }, 24 };
    REFUSED(&c, IPAM_SCOPE_PREFIX, IPAM_E_INVAL);
    c.prefix = (struct ipam_prefix){ { 4, { 10, 0, 0, 0 } }, 33 };
    REFUSED(&c, IPAM_SCOPE_PREFIX, IPAM_E_INVAL);
    l.address = five;
    REFUSED(&l, IPAM_LEASE_ADDRESS, IPAM_E_INVAL);
    l.prefix_length = 129;
    REFUSED(&l, IPAM_LEASE_PREFIX_LENGTH, IPAM_E_INVAL);
    l.state = 5;
    REFUSED(&l, IPAM_LEASE_STATE, IPAM_E_INVAL);
    l.expires = INT64_MAX;
    REFUSED(&l, IPAM_LEASE_EXPIRES, IPAM_E_INVAL);
    l.mac = (struct ipam_bytes){ (const uint8_t *)long_text(21), 21 };
    REFUSED(&l, IPAM_LEASE_MAC, IPAM_E_TOOBIG);
    for (unsigned i = 0; i < COUNT(roles); i++)
        roles[i] = IPAM_STR("dhcp");
    v.roles = (struct ipam_strs){ roles, COUNT(roles) };
    REFUSED(&v, IPAM_SERVER_ROLES, IPAM_E_TOOBIG);
    v.roles = (struct ipam_strs){ NULL, 2 };
    REFUSED(&v, IPAM_SERVER_ROLES, IPAM_E_INVAL);
    roles[0] = str_from(long_text(1025));
    v.roles = (struct ipam_strs){ roles, 1 };
    REFUSED(&v, IPAM_SERVER_ROLES, IPAM_E_TOOBIG);
    r.addresses = (struct ipam_addrs){ &five, 1 };
    REFUSED(&r, IPAM_RESERVATION_ADDRESSES, IPAM_E_INVAL);
    c.rest = bytes_of("\x05\x01x"); /* a field we know */
    REFUSED(&c, 127, IPAM_E_INVAL);
    c.rest = bytes_of("\x7f\x05x");
    REFUSED(&c, 127, IPAM_E_INVAL);
    c.size = sizeof(struct ipam_record) - 1;
    REFUSED(&c, 1, IPAM_E_INVAL);
    c.type = 200;
    assert_int_equal(record_import(&arena, (struct ipam_record *)&c, &ret), IPAM_E_INVAL);
}

static void test_import_mends(void **state)
{
    struct ipam_server v;
    struct ipam_scope c, *in;
    struct ipam_lease l;
    void *ret;

    (void)state;
    record_init(&v, IPAM_T_SERVER);
    v.managed = 77;
    IPAM_SET_FIELD(&v, IPAM_SERVER_MANAGED);
    assert_int_equal(record_import(&arena, (struct ipam_record *)&v, &ret), 0);
    assert_int_equal(((struct ipam_server *)ret)->managed, 1);

    record_init(&c, IPAM_T_SCOPE);
    c.vendor = IPAM_STR("{ \"b\" : 1, \"a\" : [ true ] }");
    IPAM_SET_FIELD(&c, IPAM_SCOPE_VENDOR);
    IPAM_SET_FIELD(&c, IPAM_SCOPE_NAME); /* set, but none: absent */
    assert_int_equal(record_import(&arena, (struct ipam_record *)&c, &ret), 0);
    in = ret;
    assert_true(str_is(in->vendor, "{\"a\":[true],\"b\":1}"));
    assert_false(record_has(in, IPAM_SCOPE_NAME));

    record_init(&l, IPAM_T_LEASE);
    l.address = (struct ipam_addr){ 4, { 10, 0, 0, 1, 99, 99 } };
    IPAM_SET_FIELD(&l, IPAM_LEASE_ADDRESS);
    assert_int_equal(record_import(&arena, (struct ipam_record *)&l, &ret), 0);
    assert_int_equal(((struct ipam_lease *)ret)->address.bytes[4], 0);
}

/* One field changed at random: the difference names exactly it. */
static void test_difference_and_merge(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        for (int round = 0; round < 100; round++) {
            const struct record_field *f = &types[i].fields[draw_below(types[i].field_count)];
            struct ipam_record *a = gen_record(&arena, &types[i], 0), *b = record_copy(&arena, a);
            struct ipam_record *patch = record_new(&arena, types[i].type);
            uint64_t diff[2], cleared[2] = { 0, 0 };

            assert_false(record_diff(a, b, diff));
            if (record_has(b, f->number) && draw_below(2)) {
                cleared[f->number >> 6] = (uint64_t)1 << (f->number & 63);
            } else {
                gen_value(f, &arena, (char *)patch + f->offset);
                IPAM_SET_FIELD(patch, f->number);
            }
            record_merge(b, patch, cleared);
            assert_true(record_has(b, f->number) == record_has(patch, f->number));
            if (record_field_equal(f, a, b) || (f->flags & FIELD_DERIVED)) {
                assert_false(record_diff(a, b, diff));
            } else {
                assert_true(record_diff(a, b, diff));
                assert_int_equal(diff[f->number >> 6], (uint64_t)1 << (f->number & 63));
                assert_int_equal(diff[!(f->number >> 6)], 0);
            }
            arena_reset(&arena);
        }
    }
}

static void test_presence_is_a_difference(void **state)
{
    struct ipam_server a, b;
    uint64_t diff[2];

    (void)state;
    record_init(&a, IPAM_T_SERVER);
    record_init(&b, IPAM_T_SERVER);
    IPAM_SET_FIELD(&b, IPAM_SERVER_MANAGED); /* false is not absent */
    assert_true(record_diff(&a, &b, diff));
    assert_int_equal(diff[0], 1u << IPAM_SERVER_MANAGED);
    b.description = IPAM_STR("");
    IPAM_SET_FIELD(&b, IPAM_SERVER_DESCRIPTION); /* nor is an empty text */
    record_diff(&a, &b, diff);
    assert_int_equal(diff[0], 1u << IPAM_SERVER_MANAGED | 1u << IPAM_SERVER_DESCRIPTION);
}

static int sign(int n)
{
    return n < 0 ? -1 : n > 0;
}

/* Two values order like their keys; lists and json have keys of no order. */
static void test_sort_keys_order_like_values(void **state)
{
    unsigned count, compared = 0;
    const struct record_type *types = record_types(&count);

    (void)state;
    for (int round = 0; round < 20000; round++) {
        const struct record_type *t = &types[draw_below(count)];
        const struct record_field *f = &t->fields[draw_below(t->field_count)];
        void *a = gen_record(&arena, t, 0), *b = gen_record(&arena, t, 0);
        struct strbuf x, y;
        int order;

        if (f->kind == KIND_JSON || f->kind == KIND_TEXTS || f->kind == KIND_INTS || f->kind == KIND_ADDRS)
            continue;
        strbuf_init(&x, 4096);
        strbuf_init(&y, 4096);
        record_field_sortkey(f, a, &x);
        record_field_sortkey(f, b, &y);
        order = memcmp(x.len > 0 ? x.data : "", y.len > 0 ? y.data : "", x.len < y.len ? x.len : y.len);
        order = order != 0 ? order : x.len < y.len ? -1 : x.len > y.len;
        if (x.len > 0 && y.len > 0) { /* an empty text has the key of an absent one */
            assert_int_equal(sign(order), sign(record_field_compare(f, a, b)));
            compared++;
        }
        assert_int_equal(sign(record_field_compare(f, a, b)), -sign(record_field_compare(f, b, a)));
        strbuf_fini(&x);
        strbuf_fini(&y);
        arena_reset(&arena);
    }
    assert_true(compared > 5000);
}

static void test_lookup(void **state)
{
    unsigned count;
    const struct record_type *types = record_types(&count), *t = record_type(IPAM_T_SUBNET);
    uint64_t mask[2];

    (void)state;
    assert_string_equal(t->name, "subnet");
    assert_ptr_equal(record_type_by_name(IPAM_STR("subnets")), t);
    assert_ptr_equal(record_type_by_name(IPAM_STR("subnet")), t);
    assert_null(record_type_by_name(IPAM_STR("sub")));
    assert_null(record_type(0));
    assert_null(record_type(99));
    assert_null(record_type(UINT32_MAX));
    assert_string_equal(record_field(t, IPAM_STR("prefix"))->name, "prefix");
    assert_null(record_field(t, IPAM_STR("prefi")));
    record_mask(t, FIELD_KEY | FIELD_CONTAINER, mask);
    assert_int_equal(mask[0], 1u << IPAM_SUBNET_SPACE | 1u << IPAM_SUBNET_PREFIX);
    assert_int_equal(mask[1], 0);
    for (unsigned i = 0; i < count; i++) {
        assert_ptr_equal(record_type(types[i].type), &types[i]);
        for (unsigned n = 0; n < 130; n++) {
            const struct record_field *f = record_field_number(&types[i], n), *slow = NULL;
            for (unsigned k = 0; k < types[i].field_count; k++)
                if (types[i].fields[k].number == n)
                    slow = &types[i].fields[k];
            assert_ptr_equal(f, slow);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_copies_own_everything, teardown),
        cmocka_unit_test_teardown(test_absent_fields_carry_no_pointer, teardown),
        cmocka_unit_test_teardown(test_import_of_random_records, teardown),
        cmocka_unit_test_teardown(test_import_from_an_older_author, teardown),
        cmocka_unit_test_teardown(test_import_from_a_newer_author, teardown),
        cmocka_unit_test_teardown(test_import_refuses, teardown),
        cmocka_unit_test_teardown(test_import_mends, teardown),
        cmocka_unit_test_teardown(test_difference_and_merge, teardown),
        cmocka_unit_test_teardown(test_presence_is_a_difference, teardown),
        cmocka_unit_test_teardown(test_sort_keys_order_like_values, teardown),
        cmocka_unit_test_teardown(test_lookup, teardown),
    };
    arena_init(&arena, 0);
    return cmocka_run_group_tests(tests, gen_setup, NULL);
}
