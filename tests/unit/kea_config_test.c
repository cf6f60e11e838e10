/* kea_config_test.c - Kea's answers understood: recorded ones, and ones that are damaged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "net/addr.h"
#include "plugins/kea/lease.h"

static char *read_data(const char *name, size_t *ret_len)
{
    char path[4096], *data = NULL;
    size_t cap = 0;
    ssize_t len;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", KEA_DATA, name);
    f = fopen(path, "r");
    if (!f)
        fail_msg("%s cannot be opened", path);
    len = getdelim(&data, &cap, '\0', f);
    fclose(f);
    assert_true(len > 0);
    *ret_len = (size_t)len;
    return data;
}

static struct json_doc *parse(const char *text, size_t len)
{
    struct json_doc *doc = NULL;
    struct json_error e;

    if (json_parse(text, len, KEA_ANSWER_MAX, &doc, &e))
        return NULL;
    return doc;
}

static struct json_doc *recorded(const char *name)
{
    size_t len;
    char *text = read_data(name, &len);
    struct json_doc *doc = parse(text, len);

    assert_non_null(doc);
    free(text);
    return doc;
}

static struct kea_config configuration(enum kea_service s, const struct json_doc *doc)
{
    char problem[KEA_PROBLEM_MAX] = "";
    struct kea_config cfg;

    if (kea_config_parse(s, doc, json_get(json_root(doc), "arguments"), &cfg, problem))
        fail_msg("%s", problem);
    return cfg;
}

static void assert_text(struct ipam_str got, const char *want)
{
    if (!str_is(got, want))
        fail_msg("got '%.*s', want '%s'", (int)got.len, got.data, want);
}

static void assert_addr(const struct ipam_addr *got, const char *want)
{
    char text[ADDR_TEXT_MAX];

    addr_print(got, text);
    assert_string_equal(text, want);
}

static void test_subnets(void **state)
{
    static const struct {
        const char *native, *prefix, *network;
    } want[] = {
        { "v4/0", NULL, NULL },
        { "v4/1", "10.55.0.0/16", NULL },
        { "v4/20", "10.20.0.0/24", "floor-1" },
        { "v4/21", "10.79.0.0/24", "floor-1" }, /* Kea keeps 10.79.0.7/24 */
    };
    struct json_doc *doc = recorded("config4.json");
    struct kea_config cfg = configuration(KEA_DHCP4, doc);

    (void)state;
    assert_int_equal(cfg.subnet_count, 4);
    for (size_t i = 0; i < 4; i++) {
        char prefix[PREFIX_TEXT_MAX];

        assert_text(cfg.subnets[i].native, want[i].native);
        assert_ptr_equal(kea_config_subnet(&cfg, str_from(want[i].native)), &cfg.subnets[i]);
        if (want[i].network)
            assert_text(cfg.subnets[i].network, want[i].network);
        if (want[i].prefix) {
            prefix_print(&cfg.subnets[i].prefix, prefix);
            assert_string_equal(prefix, want[i].prefix);
        }
    }
    assert_null(kea_config_subnet(&cfg, IPAM_STR("v4/2")));
    kea_config_fini(&cfg);
    json_free(doc);
}

static void test_reservations(void **state)
{
    static const struct {
        const char *address;
        uint32_t type;
        const char *id, *name, *scope;
    } want[] = {
        { NULL, IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS, "\x02\x00\x00\x00\x00\x99", "Glob.Example.",
          "v4/0" },
        { "10.55.1.1", IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS, "\x02\x00\x00\x00\x00\x01", "One.Lab",
          "v4/1" },
        { "10.55.1.2", IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID, "\x01\x02\x03\x04", NULL, "v4/1" },
        { "10.55.1.3", IPAM_RESERVATION_IDENTIFIER_TYPE_DUID, "\x00\x01\xab", NULL, "v4/1" },
        { "10.55.1.4", IPAM_RESERVATION_IDENTIFIER_TYPE_CIRCUIT_ID, "charter950", NULL, "v4/1" },
        { "10.55.1.5", IPAM_RESERVATION_IDENTIFIER_TYPE_FLEX_ID, "s0me", NULL, "v4/1" },
        { "10.55.1.6", IPAM_RESERVATION_IDENTIFIER_TYPE_FLEX_ID, "\x01\x02\x0f", NULL, "v4/1" },
    };
    static const size_t lengths[] = { 6, 6, 4, 3, 10, 4, 3 };
    struct json_doc *doc = recorded("config4.json");
    struct kea_config cfg = configuration(KEA_DHCP4, doc);

    (void)state;
    assert_int_equal(cfg.reservation_count, 7);
    for (size_t i = 0; i < 7; i++) {
        const struct ipam_bytes id = { (const uint8_t *)want[i].id, lengths[i] };
        const struct kea_reservation *r =
            kea_config_find(&cfg, kea_config_subnet(&cfg, str_from(want[i].scope)), want[i].type, id);

        assert_non_null(r);
        assert_int_equal(IPAM_HAS_FIELD(&r->row, IPAM_RESERVATION_ADDRESS), want[i].address != NULL);
        if (want[i].address)
            assert_addr(&r->row.address, want[i].address);
        assert_int_equal(IPAM_HAS_FIELD(&r->row, IPAM_RESERVATION_NAME), want[i].name != NULL);
        if (want[i].name)
            assert_text(r->row.name, want[i].name);
        assert_text(r->row.native_scope, want[i].scope);
    }
    kea_config_fini(&cfg);
    json_free(doc);
}

static void test_reservations6(void **state)
{
    struct json_doc *doc = recorded("config6.json");
    struct kea_config cfg = configuration(KEA_DHCP6, doc);
    const struct ipam_reservation *r = &cfg.reservations[0].row;

    (void)state;
    assert_int_equal(cfg.reservation_count, 1);
    assert_text(r->native_scope, "v6/6");
    assert_addr(&r->address, "fd00:66::1:1");
    assert_int_equal(r->addresses.count, 1);
    assert_addr(&r->addresses.items[0], "fd00:66::1:2");
    assert_int_equal(r->prefixes.count, 1);
    assert_text(r->prefixes.items[0], "fd00:7700:0:100::/56");
    kea_config_fini(&cfg);
    json_free(doc);
}

static void test_other_service(void **state)
{
    struct json_doc *doc = recorded("config6.json");
    char problem[KEA_PROBLEM_MAX] = "";
    struct kea_config cfg;

    (void)state;
    assert_int_equal(kea_config_parse(KEA_DHCP4, doc, json_get(json_root(doc), "arguments"), &cfg, problem),
                     IPAM_E_NOENT);
    assert_non_null(strstr(problem, "Dhcp4"));
    json_free(doc);
}

/* A configuration in other words, and whether its digest must differ from the first one's. */
static void test_digest(void **state)
{
#define R1 "{\"hw-address\":\"02:00:00:00:00:0a\",\"ip-address\":\"10.0.0.1\",\"hostname\":\"a\"}"
#define R2 "{\"client-id\":\"01:0a:02\",\"ip-address\":\"10.0.0.2\"}"
#define CONFIG(rest, r)                                                                                      \
    "{\"arguments\":{\"Dhcp4\":{\"valid-lifetime\":7200," rest                                               \
    "\"subnet4\":[{\"id\":1,\"subnet\":\"10.0.0.0/24\","                                                     \
    "\"reservations\":[" r "]}]}}}"
    static const struct {
        const char *name, *text;
        bool differs;
    } rows[] = {
        { "the same", CONFIG("", R1 "," R2), false },
        { "other order of reservations", CONFIG("", R2 "," R1), false },
        { "other order of keys, other space",
          "{\"arguments\":{ \"Dhcp4\": { \"subnet4\":[{\"subnet\":\"10.0.0.0/24\",\"id\":1,"
          "\"reservations\":[" R1 "," R2 "]}],\n\"valid-lifetime\": 7200 }}}",
          false },
        { "defaults spelt out, identifier spelt otherwise",
          CONFIG("",
                 "{\"hw-address\":\"02:00:00:00:00:0A\",\"ip-address\":\"10.0.0.1\","
                 "\"hostname\":\"a\",\"next-server\":\"0.0.0.0\",\"option-data\":[],\"boot-file-name\":\"\"},"
                 "{\"client-id\":\"010A02\",\"ip-address\":\"10.0.0.2\",\"hostname\":\"\"}"),
          false },
        { "one more member", CONFIG("\"x\":1,", R1 "," R2), true },
        { "another name",
          CONFIG("",
                 R2 ",{\"hw-address\":\"02:00:00:00:00:0a\",\"ip-address\":\"10.0.0.1\",\"hostname\":\"b\"}"),
          true },
        { "another address",
          CONFIG("",
                 R2 ",{\"hw-address\":\"02:00:00:00:00:0a\",\"ip-address\":\"10.0.0.3\",\"hostname\":\"a\"}"),
          true },
        { "another kind of identifier",
          CONFIG("", R2 ",{\"duid\":\"02:00:00:00:00:0a\",\"ip-address\":\"10.0.0.1\",\"hostname\":\"a\"}"),
          true },
        { "one member of a reservation more",
          CONFIG("",
                 R1 ",{\"client-id\":\"010a02\",\"ip-address\":\"10.0.0.2\",\"next-server\":\"10.0.0.9\"}"),
          true },
        { "one less", CONFIG("", R1), true },
        { "outside the subnet", CONFIG("\"reservations\":[" R2 "],", R1), true },
        { "another number",
          "{\"arguments\":{\"Dhcp4\":{\"valid-lifetime\":7201,\"subnet4\":[{\"id\":1,\"subnet\":\"10.0.0.0/"
          "24\","
          "\"reservations\":[" R1 "," R2 "]}]}}}",
          true },
    };
    char first[KEA_DIGEST_TEXT] = "", digest[KEA_DIGEST_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *doc = parse(rows[i].text, strlen(rows[i].text));
        struct kea_config cfg;

        print_message("row: %s\n", rows[i].name);
        assert_non_null(doc);
        cfg = configuration(KEA_DHCP4, doc);
        assert_int_equal(kea_config_digest(&cfg, digest), 0);
        assert_int_equal(strlen(digest), 40);
        if (i == 0)
            memcpy(first, digest, sizeof(first));
        assert_int_equal(strcmp(first, digest) != 0, rows[i].differs);
        kea_config_fini(&cfg);
        json_free(doc);
    }
}

static void test_token(void **state)
{
    const char *d4 = "0123456789012345678901234567890123456789",
               *d6 = "abcdefabcdefabcdefabcdefabcdefabcdefabcd";
    struct strbuf token;

    (void)state;
    strbuf_init(&token, 128);
    kea_token_add(&token, KEA_DHCP4, d4, "");
    assert_null(kea_token_part(strbuf_str(&token), KEA_DHCP6).data);
    kea_token_add(&token, KEA_DHCP6, d6, "");
    assert_false(token.failed);
    assert_text(kea_token_part(strbuf_str(&token), KEA_DHCP4), d4);
    assert_text(kea_token_part(strbuf_str(&token), KEA_DHCP6), d6);
    for (size_t cut = 0; cut < 43; cut++)
        assert_null(kea_token_part((struct ipam_str){ token.data, cut }, KEA_DHCP4).data);
    assert_null(kea_token_hash(strbuf_str(&token), KEA_DHCP4).data);
    strbuf_fini(&token);
}

/* With the server's own hash, for one of them or both. */
static void test_token_hash(void **state)
{
    const char *d4 = "0123456789012345678901234567890123456789",
               *d6 = "abcdefabcdefabcdefabcdefabcdefabcdefabcd", *h = "994e19daa2d68b38";
    struct strbuf token;

    (void)state;
    for (int six = 0; six < 2; six++) {
        strbuf_init(&token, 128);
        kea_token_add(&token, KEA_DHCP4, d4, h);
        kea_token_add(&token, KEA_DHCP6, d6, six ? h : "");
        assert_false(token.failed); /* it fits what a token may have */
        assert_text(kea_token_part(strbuf_str(&token), KEA_DHCP4), d4);
        assert_text(kea_token_hash(strbuf_str(&token), KEA_DHCP4), h);
        assert_text(kea_token_part(strbuf_str(&token), KEA_DHCP6), d6);
        if (six)
            assert_text(kea_token_hash(strbuf_str(&token), KEA_DHCP6), h);
        else
            assert_null(kea_token_hash(strbuf_str(&token), KEA_DHCP6).data);
        for (size_t cut = 44; cut < 60; cut++) /* a part of a length that we do not write is none */
            assert_null(kea_token_part((struct ipam_str){ token.data, cut }, KEA_DHCP4).data);
        strbuf_fini(&token);
    }
}

static void test_native(void **state)
{
    static const struct {
        const char *text;
        int status;
        enum kea_service s;
        int64_t id;
    } rows[] = {
        { "v4/7", 0, KEA_DHCP4, 7 },     { "v6/4294967294", 0, KEA_DHCP6, 4294967294 },
        { "v4/0", 0, KEA_DHCP4, 0 },     { "v4/4294967295", IPAM_E_INVAL, 0, 0 },
        { "v4/", IPAM_E_INVAL, 0, 0 },   { "v5/1", IPAM_E_INVAL, 0, 0 },
        { "v4/01", IPAM_E_INVAL, 0, 0 }, { "v4/-1", IPAM_E_INVAL, 0, 0 },
        { "v4/1 ", IPAM_E_INVAL, 0, 0 }, { "7", IPAM_E_INVAL, 0, 0 },
        { "", IPAM_E_INVAL, 0, 0 },      { "v4/99999999999999999999999999", IPAM_E_INVAL, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum kea_service s = KEA_SERVICES;
        int64_t id = -1;

        print_message("row: '%s'\n", rows[i].text);
        assert_int_equal(kea_native_parse(str_from(rows[i].text), &s, &id), rows[i].status);
        if (rows[i].status == 0) {
            assert_int_equal(s, rows[i].s);
            assert_int_equal(id, rows[i].id);
        }
    }
}

static void test_pools(void **state)
{
    static const struct {
        const char *text, *first, *last;
    } rows[] = {
        { "10.77.64.0/18", "10.77.64.0", "10.77.127.255" },
        { "10.0.0.1-10.0.0.9", "10.0.0.1", "10.0.0.9" },
        { "10.0.0.1 - 10.0.0.9", "10.0.0.1", "10.0.0.9" },
        { " 10.0.0.1 -10.0.0.1 ", "10.0.0.1", "10.0.0.1" },
        { "fd00::1:0/112", "fd00::1:0", "fd00::1:ffff" },
        { "10.0.0.7/24", "10.0.0.0", "10.0.0.255" },
        { "10.0.0.9-10.0.0.1", NULL, NULL },
        { "10.0.0.1-fd00::1", NULL, NULL },
        { "10.0.0.1", NULL, NULL },
        { "", NULL, NULL },
        { "-", NULL, NULL },
        { "10.0.0.1-", NULL, NULL },
        { "10.0.0.0/33", NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ipam_addr first, last;
        int status = kea_pool_parse(str_from(rows[i].text), &first, &last);

        print_message("row: '%s'\n", rows[i].text);
        assert_int_equal(status, rows[i].first ? 0 : IPAM_E_INVAL);
        if (rows[i].first) {
            assert_addr(&first, rows[i].first);
            assert_addr(&last, rows[i].last);
        }
    }
    struct ipam_addr a;
    assert_int_equal(kea_pool_parse((struct ipam_str){ NULL, 0 }, &a, &a), IPAM_E_INVAL);
}

static void test_leases(void **state)
{
    struct json_doc *doc = recorded("leases4.json");
    const struct json *v = json_first(json_get(json_get(json_root(doc), "arguments"), "leases"));
    struct arena arena;
    struct kea_lease l;
    int counts[3] = { 0 }, endless = 0;

    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(kea_lease_parse(KEA_DHCP4, doc, v, &arena, &l), 0);
    assert_addr(&l.row.address, "10.55.64.0");
    assert_text(l.row.native_scope, "v4/1");
    assert_memory_equal(l.row.mac.data, "\x00\x0c\x01\x02\x03\x04", 6);
    assert_int_equal(l.row.client_id.len, 7);
    assert_int_equal(l.row.expires - l.row.started, 7200 * 1000);
    assert_false(IPAM_HAS_FIELD(&l.row, IPAM_LEASE_NAME));
    for (; v; v = json_next(v)) {
        assert_int_equal(kea_lease_parse(KEA_DHCP4, doc, v, &arena, &l), 0);
        counts[l.row.state]++;
        endless += !IPAM_HAS_FIELD(&l.row, IPAM_LEASE_EXPIRES);
    }
    assert_int_equal(counts[IPAM_LEASE_STATE_ACTIVE], 6);
    assert_int_equal(counts[IPAM_LEASE_STATE_DECLINED], 1);
    assert_int_equal(counts[IPAM_LEASE_STATE_EXPIRED], 1);
    assert_int_equal(endless, 1);
    arena_fini(&arena);
    json_free(doc);
}

static void test_leases6(void **state)
{
    struct json_doc *doc = recorded("leases6.json");
    int addresses = 0, prefixes = 0;
    struct arena arena;
    struct kea_lease l;

    (void)state;
    arena_init(&arena, 0);
    for (const struct json *v = json_first(json_get(json_get(json_root(doc), "arguments"), "leases")); v;
         v = json_next(v)) {
        assert_int_equal(kea_lease_parse(KEA_DHCP6, doc, v, &arena, &l), 0);
        assert_int_equal(l.row.duid.len, 14);
        assert_int_equal(l.row.iaid, 1);
        if (IPAM_HAS_FIELD(&l.row, IPAM_LEASE_PREFIX_LENGTH)) {
            assert_int_equal(l.row.prefix_length, 56);
            prefixes++;
        } else {
            addresses++;
        }
    }
    assert_int_equal(addresses, 5);
    assert_int_equal(prefixes, 5);
    arena_fini(&arena);
    json_free(doc);
}

static void test_strange_leases(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":1,\"valid-lft\":1,\"state\":0}", 0 },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":1,\"valid-lft\":1,\"state\":-1}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":1,\"valid-lft\":1,\"state\":4}", 0 },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":1,\"valid-lft\":1,\"state\":5}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"10.0.0\",\"subnet-id\":1,\"cltt\":1,\"valid-lft\":1,\"state\":0}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"fd00::1\",\"subnet-id\":1,\"cltt\":1,\"valid-lft\":1,\"state\":0}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":-1,\"cltt\":1,\"valid-lft\":1,\"state\":0}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":253402300799,\"valid-lft\":1,\"state\":0}",
          IPAM_E_INVAL }, /* it ends after the year 9999 */
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":9223372036854775807,\"valid-lft\":1,"
          "\"state\":0}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"cltt\":1.5,\"valid-lft\":1,\"state\":0}",
          IPAM_E_INVAL },
        { "{\"ip-address\":\"10.0.0.1\",\"subnet-id\":1,\"valid-lft\":1,\"state\":0}", IPAM_E_INVAL },
        { "[]", IPAM_E_INVAL },
        { "null", IPAM_E_INVAL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *doc = parse(rows[i].text, strlen(rows[i].text));
        struct arena arena;
        struct kea_lease l;

        arena_init(&arena, 0);

        print_message("row: %s\n", rows[i].text);
        assert_int_equal(kea_lease_parse(KEA_DHCP4, doc, json_root(doc), &arena, &l), rows[i].status);
        arena_fini(&arena);
        json_free(doc);
    }
}

/* Damaged answers are refused or understood, but never read out of bounds: the sanitizers look. */
static void test_damaged(void **state)
{
    static const char *const files[] = { "config4.json", "config6.json" };
    const char *given = getenv("KEA_CONFIG_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL), understood = 0;

    (void)state;
    print_message("seed %u (KEA_CONFIG_SEED)\n", seed);
    for (int round = 0; round < 3000; round++) {
        enum kea_service s = round & 1 ? KEA_DHCP6 : KEA_DHCP4;
        char problem[KEA_PROBLEM_MAX], digest[KEA_DIGEST_TEXT];
        struct json_doc *doc;
        struct kea_config cfg;
        size_t len, at;
        char *text = read_data(files[s], &len);

        for (int hits = 0; hits < 3; hits++) {
            seed = seed * 1664525u + 1013904223u;
            at = (seed >> 8) % len;
            text[at] = "0\"{}[],:-9x/"[(seed >> 4) % 12];
        }
        doc = parse(text, len);
        if (doc && kea_config_parse(s, doc, json_get(json_root(doc), "arguments"), &cfg, problem) == 0) {
            assert_int_equal(kea_config_digest(&cfg, digest), 0);
            kea_config_fini(&cfg);
            understood++;
        }
        json_free(doc);
        free(text);
    }
    assert_in_range(understood, 1, 2999);
}

/* --- as text --- */

static void put_text(const struct kea_config *cfg, bool masked, struct strbuf *out)
{
    struct arena a;

    arena_init(&a, 0);
    strbuf_init(out, KEA_ANSWER_MAX);
    kea_config_text(cfg, masked, &a, out);
    assert_false(out->failed);
    arena_fini(&a);
}

/* What is kept means what was read, for both servers; and the same is spelled the same. */
static void test_text_means_the_same(void **state)
{
    static const char *const names[] = { "config4.json", "config6.json", "rich4.json", "rich6.json" };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enum kea_service s = i % 2 == 0 ? KEA_DHCP4 : KEA_DHCP6;
        struct json_doc *doc = recorded(names[i]), *again;
        struct kea_config cfg = configuration(s, doc), back;
        char digest[KEA_DIGEST_TEXT], other[KEA_DIGEST_TEXT], problem[KEA_PROBLEM_MAX] = "";
        struct strbuf text, second;

        put_text(&cfg, false, &text);
        again = parse(text.data, text.len);
        assert_non_null(again);
        assert_int_equal(kea_config_parse(s, again, json_root(again), &back, problem), 0);
        assert_int_equal(kea_config_digest(&cfg, digest), 0);
        assert_int_equal(kea_config_digest(&back, other), 0);
        assert_string_equal(digest, other);
        put_text(&back, false, &second);
        assert_string_equal(text.data, second.data);
        kea_config_fini(&cfg);
        kea_config_fini(&back);
        strbuf_fini(&text);
        strbuf_fini(&second);
        json_free(again);
        json_free(doc);
    }
}

static void test_text_has_a_member_a_line_and_no_secret(void **state)
{
    static const char given[] =
        "{\"arguments\": {\"Dhcp4\": {\"subnet4\": [ ], \"lease-database\": {\"password\": \"canary\", "
        "\"type\": \"memfile\"}, \"valid-lifetime\": 1e3, \"hooks-libraries\": [{\"library\": \"a\\/b.so\", "
        "\"parameters\": {\"api-SECRETS\": {\"one\": \"canary\"}, \"names\": [\"b\", \"a\"]}}]}}}";
    static const char want[] =
        "{\n  \"Dhcp4\": {\n"
        "    \"hooks-libraries\": [\n      {\n        \"library\": \"a\\/b.so\",\n"
        "        \"parameters\": {\n          \"api-SECRETS\": \"********\",\n"
        "          \"names\": [\n            \"b\",\n            \"a\"\n          ]\n        }\n"
        "      }\n    ],\n"
        "    \"lease-database\": {\n      \"password\": \"********\",\n"
        "      \"type\": \"memfile\"\n    },\n"
        "    \"subnet4\": [],\n    \"valid-lifetime\": 1e3\n  }\n}\n";
    struct json_doc *doc = parse(given, sizeof(given) - 1);
    struct kea_config cfg;
    struct strbuf text;

    (void)state;
    assert_non_null(doc);
    cfg = configuration(KEA_DHCP4, doc);
    put_text(&cfg, true, &text);
    assert_string_equal(text.data, want);
    strbuf_fini(&text);
    put_text(&cfg, false, &text);
    assert_non_null(strstr(text.data, "\"password\": \"canary\""));
    strbuf_fini(&text);
    kea_config_fini(&cfg);
    json_free(doc);
}

/* The pieces of a text that is to be the whole: in order, without a gap, and nothing Kea would read as another. */
static void test_pieces_become_the_whole(void **state)
{
    static const struct {
        const char *texts[3];
        int64_t seqs[3];
        int status;
    } cases[] = { { { "{\"a\"", ": 1}" }, { 0, 1 }, 0 },
                  { { "{\"a\"", ": 1}" }, { 1, 0 }, IPAM_E_INVAL },
                  { { "{\"a\"", ": 1}" }, { 0, 2 }, IPAM_E_INVAL },
                  { { "{\"a\": \"\303\251\"}" }, { 0 }, IPAM_E_UNSUPPORTED } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ipam_config_text rows[3];
        struct kea_edit edits[3], *list[3];
        char problem[KEA_PROBLEM_MAX] = "";
        struct strbuf out;
        size_t n = 0;

        for (; n < 3 && cases[i].texts[n]; n++) {
            rows[n] = (struct ipam_config_text){ .size = sizeof(rows[n]),
                                                 .type = IPAM_T_CONFIG_TEXT,
                                                 .part = IPAM_STR("v4"),
                                                 .seq = cases[i].seqs[n],
                                                 .text = str_from(cases[i].texts[n]) };
            edits[n] = (struct kea_edit){ .verb = IPAM_EDIT_VERB_SET, .after = (const void *)&rows[n] };
            list[n] = &edits[n];
            assert_true(kea_edit_is_text(&edits[n]));
        }
        strbuf_init(&out, 1000);
        assert_int_equal(kea_config_whole(list, n, &out, problem), cases[i].status);
        assert_true((cases[i].status == 0) == (problem[0] == '\0'));
        if (cases[i].status == 0)
            assert_string_equal(out.data, "{\"a\": 1}");
        strbuf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subnets),
        cmocka_unit_test(test_reservations),
        cmocka_unit_test(test_text_means_the_same),
        cmocka_unit_test(test_text_has_a_member_a_line_and_no_secret),
        cmocka_unit_test(test_pieces_become_the_whole),
        cmocka_unit_test(test_reservations6),
        cmocka_unit_test(test_other_service),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_hash),
        cmocka_unit_test(test_native),
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_leases),
        cmocka_unit_test(test_leases6),
        cmocka_unit_test(test_strange_leases),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
