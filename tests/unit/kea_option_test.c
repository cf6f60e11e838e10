/* kea_option_test.c - values of options between Kea's text, bytes and ours; definitions and which one holds.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipam/records.h"
#include "plugins/kea/option.h"

/* Joined by '|', so that a row of a table can hold a list. */
static char *joined(struct ipam_strs l, struct arena *a)
{
    char *out = arena_strdup(a, "");

    for (size_t i = 0; i < l.count; i++)
        out = arena_printf(a, "%s%s%.*s", out, i ? "|" : "", STR_ARG(l.items[i]));
    return out;
}

static char *hexed(struct ipam_bytes b, struct arena *a)
{
    char *out = arena_alloc(a, 2 * b.len + 1);

    for (size_t i = 0; i < b.len; i++)
        snprintf(out + 2 * i, 3, "%02x", b.data[i]);
    return out;
}

static struct ipam_bytes unhexed(const char *hex, struct arena *a)
{
    size_t len = strlen(hex) / 2;
    uint8_t *out = arena_alloc(a, len + 1);

    for (size_t i = 0; i < len; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], 0 };
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return (struct ipam_bytes){ out, len };
}

static void test_split(void **state)
{
    static const struct {
        const char *text, *parts;
    } rows[] = {
        { "", "" },           { "a", "a" },        { " a , b ", "a|b" },       { "a,,b", "a|b" }, { ",a,", "a" },
        { "a\\, b", "a, b" }, { "a\\\\,b", "a\\|b" }, { "C:\\dir", "C:\\dir" }, { "a\\", "a\\" },  { "\t1\n,2", "1|2" },
    };
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ipam_strs parts;

        assert_int_equal(kea_option_split(str_from(rows[i].text), &a, &parts), 0);
        assert_string_equal(joined(parts, &a), rows[i].parts);
    }
    arena_fini(&a);
}

#define LONG63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Text, the bytes it stands for (NULL: none), and the values that these are. */
static const struct {
    const char *type, *fields;
    bool array;
    enum kea_service service;
    const char *text, *bytes, *values;
} values[] = {
    { "binary", "", false, KEA_DHCP4, "0aFf", "0aff", "0a:ff" },
    { "binary", "", false, KEA_DHCP4, "abc", "0abc", "0a:bc" },
    { "binary", "", false, KEA_DHCP4, "xy", NULL, NULL },
    { "boolean", "", false, KEA_DHCP4, "TRUE", "01", "true" },
    { "boolean", "", false, KEA_DHCP4, "0", "00", "false" },
    { "boolean", "", false, KEA_DHCP4, "2", NULL, NULL },
    { "uint8", "", false, KEA_DHCP4, "255", "ff", "255" },
    { "uint8", "", false, KEA_DHCP4, "256", NULL, NULL },
    { "uint8", "", false, KEA_DHCP4, "-1", NULL, NULL },
    { "uint8", "", false, KEA_DHCP4, "0x1f", "1f", "31" },
    { "uint8", "", false, KEA_DHCP4, "1f", "1f", "31" },
    { "uint8", "", false, KEA_DHCP4, "", NULL, NULL },
    { "uint16", "", true, KEA_DHCP4, "1, 2", "00010002", "1|2" },
    { "uint32", "", false, KEA_DHCP4, "4294967295", "ffffffff", "4294967295" },
    { "int8", "", false, KEA_DHCP4, "-128", "80", "-128" },
    { "int16", "", false, KEA_DHCP4, "32768", NULL, NULL },
    { "int32", "", false, KEA_DHCP4, "-2147483648", "80000000", "-2147483648" },
    { "int32", "", false, KEA_DHCP4, "99999999999999999999999", NULL, NULL },
    { "ipv4-address", "", true, KEA_DHCP4, "10.0.0.1, 10.0.0.2", "0a0000010a000002", "10.0.0.1|10.0.0.2" },
    { "ipv4-address", "", false, KEA_DHCP4, "10.0.0.1, 10.0.0.2", "0a000001", "10.0.0.1" },
    { "ipv4-address", "", false, KEA_DHCP4, "fd00::1", NULL, NULL },
    { "ipv6-address", "", false, KEA_DHCP6, "2001:DB8::1", "20010db8000000000000000000000001", "2001:db8::1" },
    { "ipv6-prefix", "", false, KEA_DHCP6, "2001:db8:ffff:: / 33", "2120010db880", "2001:db8:8000::/33" },
    { "ipv6-prefix", "", false, KEA_DHCP6, "::/0", "00", "::/0" },
    { "ipv6-prefix", "", false, KEA_DHCP6, "2001:db8::", NULL, NULL },
    { "ipv6-prefix", "", false, KEA_DHCP6, "10.0.0.0/8", NULL, NULL },
    { "psid", "", false, KEA_DHCP6, "3 / 4", "043000", "3/4" },
    { "psid", "", false, KEA_DHCP6, "0/0", "000000", "0/0" },
    { "psid", "", false, KEA_DHCP6, "16/4", NULL, NULL },
    { "psid", "", false, KEA_DHCP6, "65535/16", "10ffff", "65535/16" },
    { "psid", "", false, KEA_DHCP6, "1/17", NULL, NULL },
    { "fqdn", "", false, KEA_DHCP4, "Host.Example.", "04486f7374074578616d706c6500", "Host.Example" },
    { "fqdn", "", false, KEA_DHCP4, ".", "00", "." },
    { "fqdn", "", false, KEA_DHCP4, "a\\.b.c", "03612e62016300", "a\\.b.c" },
    { "fqdn", "", false, KEA_DHCP4, "a\\032b", "0361206200", "a\\032b" },
    { "fqdn", "", false, KEA_DHCP4, "a..b", NULL, NULL },
    { "fqdn", "", false, KEA_DHCP4, ".a", NULL, NULL },
    { "fqdn", "", false, KEA_DHCP4, "a\\2", NULL, NULL },
    { "fqdn", "", false, KEA_DHCP4, LONG63 "b", NULL, NULL },
    { "fqdn", "", false, KEA_DHCP4, LONG63 "." LONG63 "." LONG63 "." LONG63, NULL, NULL },
    { "fqdn", "", true, KEA_DHCP4, "a, b", "016100016200", "a|b" },
    { "string", "", false, KEA_DHCP4, "gr\xc3\xbc\xc3\x9f", "6772c3bcc39f", "gr\xc3\xbc\xc3\x9f" },
    { "string", "", false, KEA_DHCP4, "", NULL, NULL },
    { "tuple", "", true, KEA_DHCP4, "ab, c", "0261620163", "ab|c" },
    { "tuple", "", true, KEA_DHCP6, "ab, c", "00026162000163", "ab|c" },
    { "tuple", "", false, KEA_DHCP4, "", NULL, NULL },
    { "record", "uint8, ipv4-address, string", false, KEA_DHCP4, "1, 10.0.0.1, x", "010a00000178", "1|10.0.0.1|x" },
    { "record", "uint8, ipv4-address", true, KEA_DHCP4, "1, 10.0.0.1, 10.0.0.2", "010a0000010a000002",
      "1|10.0.0.1|10.0.0.2" },
    { "record", "uint8, ipv4-address", false, KEA_DHCP4, "1", NULL, NULL },
    { "record", "uint8, no-such", false, KEA_DHCP4, "0102", "0102", "01:02" }, /* binary, as far as is known */
    { "record", " , ", true, KEA_DHCP4, "0102", "0102", "01:02" },
    { "empty", "", false, KEA_DHCP4, "", "", "" },
};

static struct kea_definition definition(const char *type, const char *fields, bool array, enum kea_service s,
                                        struct arena *a)
{
    char *text = arena_printf(a,
                              "{\"option-def\":[{\"space\":\"own\",\"code\":7,\"name\":\"x\",\"type\":\"%s\","
                              "\"record-types\":\"%s\",\"array\":%s}]}",
                              type, fields, array ? "true" : "false");
    const struct kea_definition *found;
    struct kea_definitions all;
    struct kea_definition d;
    struct json_doc *doc;
    struct json_error e;

    assert_int_equal(json_parse(text, strlen(text), 1000, &doc, &e), 0);
    assert_int_equal(kea_definitions_read(s, json_root(doc), 202, a, &all), 0);
    found = kea_definition_find(&all, IPAM_STR("own"), 7, (struct ipam_str){ NULL, 0 });
    assert_non_null(found);
    d = *found;
    d.space = IPAM_STR("own");
    d.name = IPAM_STR("x");
    d.encapsulates = (struct ipam_str){ NULL, 0 };
    d.node = NULL;
    json_free(doc);
    return d;
}

static void test_values(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct kea_definition d =
            definition(values[i].type, values[i].fields, values[i].array, values[i].service, &a);
        struct ipam_strs parts, back;
        struct ipam_bytes bytes;
        int status;

        print_message("row: %s '%s'\n", values[i].type, values[i].text);
        assert_int_equal(kea_option_split(str_from(values[i].text), &a, &parts), 0);
        status = kea_option_encode(&d, values[i].service, parts, &a, &bytes);
        assert_int_equal(status, values[i].bytes ? 0 : IPAM_E_INVAL);
        if (status)
            continue;
        assert_string_equal(hexed(bytes, &a), values[i].bytes);
        assert_int_equal(kea_option_decode(&d, values[i].service, bytes, &a, &back), 0);
        assert_string_equal(joined(back, &a), values[i].values);
    }
    arena_fini(&a);
}

/* Bytes that a definition has no values for. */
static void test_strange_bytes(void **state)
{
    static const struct {
        const char *type, *fields;
        bool array;
        const char *bytes;
    } rows[] = {
        { "uint8", "", false, "" },           { "uint8", "", false, "0102" },      { "uint16", "", true, "010203" },
        { "boolean", "", false, "02" },       { "ipv4-address", "", false, "0a0000" }, { "ipv6-prefix", "", false, "81" },
        { "ipv6-prefix", "", false, "4020" }, { "psid", "", false, "110000" },     { "psid", "", false, "0400" },
        { "fqdn", "", false, "0361" },        { "fqdn", "", false, "c000" },       { "fqdn", "", false, "0161" },
        { "string", "", false, "ff" },        { "string", "", false, "610062" },   { "tuple", "", false, "0261" },
        { "record", "uint8, string", false, "" }, { "empty", "", false, "00" },
    };
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct kea_definition d = definition(rows[i].type, rows[i].fields, rows[i].array, KEA_DHCP4, &a);
        struct ipam_strs back;

        print_message("row: %s %s\n", rows[i].type, rows[i].bytes);
        assert_int_equal(kea_option_decode(&d, KEA_DHCP4, unhexed(rows[i].bytes, &a), &a, &back), IPAM_E_INVAL);
    }
    arena_fini(&a);
}

static void test_too_many_values(void **state)
{
    static uint8_t many[KEA_OPTION_VALUES_MAX + 1];
    struct kea_definition d;
    struct ipam_strs back;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    d = definition("uint8", "", true, KEA_DHCP4, &a);
    assert_int_equal(kea_option_decode(&d, KEA_DHCP4, (struct ipam_bytes){ many, KEA_OPTION_VALUES_MAX }, &a, &back), 0);
    assert_int_equal(back.count, KEA_OPTION_VALUES_MAX);
    assert_int_equal(kea_option_decode(&d, KEA_DHCP4, (struct ipam_bytes){ many, sizeof(many) }, &a, &back),
                     IPAM_E_TOOBIG);
    d = definition("binary", "", false, KEA_DHCP4, &a);
    assert_int_equal(kea_option_decode(&d, KEA_DHCP4, (struct ipam_bytes){ many, 400 }, &a, &back), IPAM_E_TOOBIG);
    arena_fini(&a);
}

/* Option 121 has a form of its own (RFC 3442), with Kea 2.6 and later. */
static void test_routes(void **state)
{
    const struct kea_definition *d;
    struct ipam_strs parts, back;
    struct kea_definitions all;
    struct ipam_bytes bytes;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    assert_int_equal(kea_definitions_read(KEA_DHCP4, NULL, 300, &a, &all), 0);
    d = kea_definition_find(&all, IPAM_STR("dhcp4"), 121, (struct ipam_str){ NULL, 0 });
    assert_non_null(d);
    kea_option_split(IPAM_STR("0.0.0.0/0 - 10.0.0.1, 10.27.129.0/25-10.0.0.2"), &a, &parts);
    assert_int_equal(kea_option_encode(d, KEA_DHCP4, parts, &a, &bytes), 0);
    assert_string_equal(hexed(bytes, &a), "000a000001190a1b81000a000002");
    assert_int_equal(kea_option_decode(d, KEA_DHCP4, bytes, &a, &back), 0);
    assert_string_equal(joined(back, &a), "0.0.0.0/0 - 10.0.0.1|10.27.129.0/25 - 10.0.0.2");
    kea_option_split(IPAM_STR("10.0.0.0/8"), &a, &parts);
    assert_int_equal(kea_option_encode(d, KEA_DHCP4, parts, &a, &bytes), IPAM_E_INVAL);
    d = kea_definition_find(&all, IPAM_STR("dhcp4"), 162, (struct ipam_str){ NULL, 0 });
    assert_true(d && d->internal);
    assert_int_equal(kea_option_decode(d, KEA_DHCP4, bytes, &a, &back), IPAM_E_INVAL);
    arena_fini(&a);
}

static void test_which_definition_holds(void **state)
{
    static const char text[] =
        "{\"option-def\":[{\"space\":\"dhcp4\",\"code\":43,\"name\":\"own-43\",\"type\":\"binary\"}],"
        "\"client-classes\":[{\"name\":\"c\",\"option-def\":[{\"space\":\"dhcp4\",\"code\":43,\"name\":\"c-43\","
        "\"type\":\"empty\",\"encapsulate\":\"c-space\"}]}]}";
    static const struct {
        const char *space;
        int64_t code;
        const char *holder, *name;
    } rows[] = {
        { "dhcp4", 3, NULL, "routers" },   { "dhcp4", 3, "c", "routers" },   { "dhcp4", 43, NULL, "own-43" },
        { "dhcp4", 43, "c", "c-43" },      { "dhcp4", 43, "d", "own-43" },   { "vendor-4491", 2, NULL, "tftp-servers" },
        { "dhcp4", 121, NULL, NULL },      { "dhcp4", 254, NULL, NULL },     { "none", 3, NULL, NULL },
    };
    struct kea_definitions all;
    struct json_doc *doc;
    struct json_error e;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    assert_int_equal(json_parse(text, strlen(text), 1000, &doc, &e), 0);
    assert_int_equal(kea_definitions_read(KEA_DHCP4, json_root(doc), 202, &a, &all), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct kea_definition *d =
            kea_definition_find(&all, str_from(rows[i].space), rows[i].code, str_from(rows[i].holder));

        print_message("row: %s %d\n", rows[i].space, (int)rows[i].code);
        assert_int_equal(d != NULL, rows[i].name != NULL);
        if (d)
            assert_true(str_is(d->name, rows[i].name));
    }
    json_free(doc);
    arena_fini(&a);
}

/* Kea's own tables: by code, no code or name twice, every type known. */
static void test_standard_tables(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++)
        for (const struct kea_space *s = family ? kea_spaces6 : kea_spaces4; s->name; s++)
            for (size_t i = 0; i < s->count; i++) {
                const struct kea_standard *o = &s->items[i];

                assert_true(i == 0 || o->code > s->items[i - 1].code);
                assert_int_equal(strcmp(o->type, "record") == 0, o->fields != NULL);
                for (size_t k = 0; k < i; k++)
                    assert_string_not_equal(o->name, s->items[k].name);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),           cmocka_unit_test(test_values),
        cmocka_unit_test(test_strange_bytes),   cmocka_unit_test(test_too_many_values),
        cmocka_unit_test(test_routes),          cmocka_unit_test(test_which_definition_holds),
        cmocka_unit_test(test_standard_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
