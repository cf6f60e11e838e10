/* kea_read_test.c - recorded answers of a real Kea become the rows that are written down, and damaged ones
 * become none that a host refuses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * tests/data/kea/NAME.rows holds what is expected. When it differs, what came is in NAME.rows.got where the
 * test runs: look at it, and copy it over once every line of it is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kea_rows.h"
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
        return NULL;
    len = getdelim(&data, &cap, '\0', f);
    fclose(f);
    if (ret_len)
        *ret_len = len > 0 ? (size_t)len : 0;
    return data;
}

static void keep_what_came(const char *name, const struct strbuf *out)
{
    char path[200];
    FILE *f;

    snprintf(path, sizeof(path), "%s.got", name);
    f = fopen(path, "w");
    if (f) {
        fwrite(out->data, 1, out->len, f);
        fclose(f);
    }
}

/* Line by line, so that the message names the row. */
static void assert_rows(const char *name, const struct strbuf *out)
{
    char *want = read_data(name, NULL);
    const char *w = want ? want : "", *g = out->data;

    while (*w || *g) {
        size_t wl = strcspn(w, "\n"), gl = strcspn(g, "\n");

        if (wl != gl || memcmp(w, g, wl) != 0) {
            keep_what_came(name, out);
            fail_msg("%s: got\n%.*s\nwant\n%.*s", name, (int)gl, g, (int)wl, w);
        }
        w += wl + (w[wl] == '\n');
        g += gl + (g[gl] == '\n');
    }
    free(want);
}

static void assert_config(enum kea_service s, const char *answer, const char *status, const char *rows)
{
    size_t len;
    char *text = read_data(answer, &len), *more = status ? read_data(status, NULL) : NULL;
    struct strbuf out;

    assert_non_null(text);
    strbuf_init(&out, 1 << 20);
    assert_int_equal(kea_rows_of(s, text, len, more, &out), 0);
    assert_null(strstr(out.data, "s3cret"));
    assert_rows(rows, &out);
    strbuf_fini(&out);
    free(more);
    free(text);
}

static void test_rows4(void **state)
{
    (void)state;
    assert_config(KEA_DHCP4, "rich4.json", "status4.json", "rich4.rows");
}

static void test_rows6(void **state)
{
    (void)state;
    assert_config(KEA_DHCP6, "rich6.json", NULL, "rich6.rows");
}

static void test_lease_rows6(void **state)
{
    size_t len;
    char *text = read_data("leases6-more.json", &len);
    struct strbuf out;

    (void)state;
    assert_non_null(text);
    strbuf_init(&out, 1 << 20);
    assert_int_equal(kea_rows_of_leases(KEA_DHCP6, text, len, &out), 3);
    assert_rows("leases6-more.rows", &out);
    strbuf_fini(&out);
    free(text);
}

/* What is not as Kea has it: rows of a configuration with one strange thing in it. */
static void test_strange_configurations(void **state)
{
    static const struct {
        const char *what, *text;
        enum kea_service service;
        int status;
        const char *has; /* a part of the rows, or NULL */
    } rows[] = {
        { "nothing at all", "{\"Dhcp4\":{}}", KEA_DHCP4, 0, "dhcp_server {\"native\":\"v4\",\"family\":\"ipv4\"" },
        { "a pool that is none", "{\"Dhcp4\":{\"subnet4\":[{\"id\":1,\"subnet\":\"10.0.0.0/8\",\"pools\":[{\"pool\":\"x\"}]}]}}",
          KEA_DHCP4, IPAM_E_PROTO, NULL },
        { "prefixes shorter than their pool",
          "{\"Dhcp6\":{\"subnet6\":[{\"id\":1,\"subnet\":\"fd00::/48\",\"pd-pools\":[{\"prefix\":\"fd01::\",\"prefix-len\":48,"
          "\"delegated-len\":40}]}]}}",
          KEA_DHCP6, IPAM_E_PROTO, NULL },
        { "all addresses but one bit",
          "{\"Dhcp6\":{\"subnet6\":[{\"id\":1,\"subnet\":\"::/0\",\"pd-pools\":[{\"prefix\":\"::\",\"prefix-len\":1,"
          "\"delegated-len\":128}]}]}}",
          KEA_DHCP6, 0, "\"delegated_length\":128" },
        { "lists where objects should be", "{\"Dhcp4\":{\"client-classes\":[[1]],\"shared-networks\":[[1],null]}}", KEA_DHCP4,
          IPAM_E_PROTO, NULL },
        { "lists where settings should be",
          "{\"Dhcp4\":{\"interfaces-config\":[1],\"hooks-libraries\":[[1]],\"lease-database\":[],\"dhcp-ddns\":[1]}}", KEA_DHCP4, 0,
          "dhcp_server {\"native\":\"v4\"" },
        { "a reservation of a prefix that is none",
          "{\"Dhcp6\":{\"reservations\":[{\"duid\":\"00:01\",\"prefixes\":[7]}]}}", KEA_DHCP6, IPAM_E_PROTO, NULL },
        { "a time beyond 32 bits", "{\"Dhcp4\":{\"valid-lifetime\":4294967296}}", KEA_DHCP4, 0,
          "\"vendor\":{\"valid-lifetime\":4294967296}" },
        { "a time of another type", "{\"Dhcp4\":{\"renew-timer\":\"1\"}}", KEA_DHCP4, 0,
          "\"vendor\":{\"renew-timer\":\"1\"}" },
        { "an option without a space", "{\"Dhcp4\":{\"option-data\":[{\"code\":3,\"data\":\"1.2.3.4\"}]}}", KEA_DHCP4, 0,
          "dhcp_server" },
        { "an option of a newer Kea",
          "{\"Dhcp4\":{\"option-data\":[{\"code\":162,\"name\":\"v4-dnr\",\"space\":\"dhcp4\",\"csv-format\":true,\"data\":"
          "\"1, x\",\"never-send\":true,\"client-classes\":[\"a\",\"b\"]}]}}",
          KEA_DHCP4, 0,
          "option_value {\"family\":\"ipv4\",\"owner\":\"server\",\"code\":162,\"name\":\"v4-dnr\",\"values\":[\"1\",\"x\"],"
          "\"never\":true,\"classes\":[\"a\",\"b\"]}" },
        { "a value that is none of its type",
          "{\"Dhcp4\":{\"option-data\":[{\"code\":3,\"space\":\"dhcp4\",\"csv-format\":true,\"data\":\"here\"}]}}", KEA_DHCP4, 0,
          "\"code\":3,\"name\":\"routers\",\"values\":[\"here\"]}" },
        { "bytes that are none of its type",
          "{\"Dhcp4\":{\"option-data\":[{\"code\":3,\"space\":\"dhcp4\",\"csv-format\":false,\"data\":\"0102\"}]}}", KEA_DHCP4, 0,
          "\"code\":3,\"name\":\"routers\",\"data\":\"01:02\",\"vendor\":{\"csv-format\":false}}" },
        { "classes as Kea 3 names them",
          "{\"Dhcp4\":{\"subnet4\":[{\"id\":1,\"subnet\":\"10.0.0.0/8\",\"client-classes\":[\"a\",\"b\"],"
          "\"evaluate-additional-classes\":[\"c\"]}]}}",
          KEA_DHCP4, 0, "\"vendor\":{\"evaluate-additional-classes\":[\"c\"]},\"state\":\"active\",\"classes\":[\"a\",\"b\"]}" },
        { "a password under any key",
          "{\"Dhcp4\":{\"hosts-database\":{\"name\":\"h\",\"password\":\"s3cret\"},\"control-sockets\":[{\"authentication\":"
          "{\"clients\":[{\"user\":\"u\",\"password\":\"s3cret\"}]}}],\"x-passphrase\":\"s3cret\"}}",
          KEA_DHCP4, 0,
          "\"vendor\":{\"control-sockets\":[{\"authentication\":{\"clients\":[{\"user\":\"u\"}]}}],\"hosts-database\":{\"name\":"
          "\"h\"}}" },
        { "two relations, and subnets that name a server",
          "{\"Dhcp4\":{\"hooks-libraries\":[{\"library\":\"/x/libdhcp_ha.so\",\"parameters\":{\"high-availability\":["
          "{\"this-server-name\":\"a\",\"mode\":\"load-balancing\",\"peers\":[{\"name\":\"a\",\"url\":\"http://h1:1/\",\"role\":"
          "\"primary\"},{\"name\":\"b\",\"url\":\"http://h2:1/\",\"role\":\"secondary\"}]},"
          "{\"this-server-name\":\"a\",\"mode\":\"hot-standby\",\"peers\":[{\"name\":\"c\",\"url\":\"http://h3:1/\",\"role\":"
          "\"primary\"},{\"name\":\"a\",\"url\":\"http://h1:1/\",\"role\":\"standby\"}]}]}}],\"subnet4\":[{\"id\":1,\"subnet\":"
          "\"10.1.0.0/16\",\"user-context\":{\"ha-server-name\":\"c\"}}]}}",
          KEA_DHCP4, 0,
          "\"name\":\"c/a\",\"mode\":\"hot-standby\",\"role\":\"secondary\",\"partner\":\"h3\",\"auto_transition\":true,"
          "\"authenticated\":false,\"scopes\":[\"v4/1\"]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[2000];
        struct strbuf out;

        print_message("row: %s\n", rows[i].what);
        snprintf(text, sizeof(text), "{\"result\":0,\"arguments\":%s}", rows[i].text);
        strbuf_init(&out, 1 << 20);
        assert_int_equal(kea_rows_of(rows[i].service, text, strlen(text), NULL, &out), rows[i].status);
        if (rows[i].has && !strstr(out.data, rows[i].has))
            fail_msg("%s: '%s' is not in\n%.3000s", rows[i].what, rows[i].has, out.data);
        if (rows[i].status == 0)
            assert_null(strstr(out.data, "s3cret"));
        strbuf_fini(&out);
    }
}

static void test_sizes_are_exact(void **state)
{
    static const struct {
        const char *text, *addresses, *prefixes;
    } rows[] = {
        { "{\"pools\":[{\"pool\":\"10.0.0.1-10.0.0.3\"},{\"pool\":\"10.0.1.0/24\"}]}", "259", "0" },
        { "{\"pools\":[{\"pool\":\"fd00::/64\"}]}", "18446744073709551616", "0" },
        { "{\"pools\":[{\"pool\":\"fd00::/48\"},{\"pool\":\"fd01::1-fd01::2\"}]}", "1208925819614629174706178", "0" },
        { "{\"pd-pools\":[{\"prefix\":\"fd00::\",\"prefix-len\":1,\"delegated-len\":128}]}", "0",
          "170141183460469231731687303715884105728" },
        { "{\"pd-pools\":[{\"prefix\":\"fd00::\",\"prefix-len\":56,\"delegated-len\":56}]}", "0", "1" },
        { "{}", "0", "0" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_doc *doc = NULL;
        struct json_error e;
        struct kea_sizes sizes;
        char text[U128_TEXT_MAX];

        assert_int_equal(json_parse(rows[i].text, strlen(rows[i].text), 1000, &doc, &e), 0);
        kea_sizes_of(json_root(doc), &sizes);
        u128_print(sizes.addresses, text);
        assert_string_equal(text, rows[i].addresses);
        u128_print(sizes.prefixes, text);
        assert_string_equal(text, rows[i].prefixes);
        json_free(doc);
    }
}

/* What was kept of an answer is found by that very answer, and by no other; a server's figures rest on it. */
static void test_same_answer(void **state)
{
    struct kea k = { .opt = { .direct = true } };
    struct kea_call c = { .kea = &k };
    struct kea_running running;
    struct strbuf text;
    char *answer = read_data("config4.json", NULL);
    const struct kea_same *same;

    (void)state;
    assert_non_null(answer);
    k.target = strdup("dhcp1");
    strbuf_init(&text, 1 << 20);
    strbuf_add(&text, answer, strlen(answer));
    assert_null(kea_same_find(&k, KEA_DHCP4, &text));
    assert_int_equal(kea_config_of(&c, KEA_DHCP4, &text, &running), 0);
    same = kea_same_keep(&k, &text, &running);
    assert_non_null(same);
    assert_ptr_equal(kea_same_find(&k, KEA_DHCP4, &text), same);
    assert_null(kea_same_find(&k, KEA_DHCP6, &text));
    assert_string_equal(same->digest, running.digest);
    assert_int_equal(same->count, running.cfg.subnet_count - 1);
    for (size_t i = 0; i < same->count; i++) {
        const struct kea_subnet *s = kea_config_subnet(&running.cfg, str_from(same->subnets[i].native));
        struct kea_sizes sizes;

        assert_non_null(s);
        kea_sizes_of(s->node, &sizes);
        assert_int_equal(same->subnets[i].id, s->id);
        assert_int_equal(u128_compare(same->subnets[i].sizes.addresses, sizes.addresses), 0);
        assert_true(i == 0 || same->subnets[i - 1].id < same->subnets[i].id);
    }
    strbuf_putc(&text, ' '); /* it says the same, in other bytes */
    assert_null(kea_same_find(&k, KEA_DHCP4, &text));
    kea_same_forget(&k);
    strbuf_reset(&text);
    strbuf_add(&text, answer, strlen(answer));
    assert_null(kea_same_find(&k, KEA_DHCP4, &text));
    kea_running_fini(&running);
    strbuf_fini(&text);
    free(k.target);
    free(answer);
}

static void test_states_of_relations(void **state)
{
    static const struct {
        const char *word;
        uint32_t want;
    } rows[] = {
        { "hot-standby", IPAM_FAILOVER_STATE_NORMAL },      { "load-balancing", IPAM_FAILOVER_STATE_NORMAL },
        { "partner-down", IPAM_FAILOVER_STATE_PARTNER_DOWN }, { "waiting", IPAM_FAILOVER_STATE_STARTUP },
        { "syncing", IPAM_FAILOVER_STATE_RECOVER },         { "terminated", IPAM_FAILOVER_STATE_TERMINATED },
        { "unavailable", IPAM_FAILOVER_STATE_UNKNOWN },     { "", IPAM_FAILOVER_STATE_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(kea_ha_state(str_from(rows[i].word)), rows[i].want);
}

/* Whatever is changed in an answer, no row comes of it that a host refuses (kea_rows.c aborts). */
static void test_damaged(void **state)
{
    static const char *const files[] = { "rich4.json", "rich6.json", "leases4.json", "leases6-more.json" };
    const char *given = getenv("KEA_READ_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL), understood = 0;
    char *texts[4];
    size_t lens[4];

    (void)state;
    print_message("seed %u (KEA_READ_SEED)\n", seed);
    for (int i = 0; i < 4; i++)
        texts[i] = read_data(files[i], &lens[i]);
    for (int round = 0; round < 1500; round++) {
        size_t len = lens[round & 3];
        char *text = malloc(len);

        assert_non_null(text);
        memcpy(text, texts[round & 3], len);
        for (int hits = 0; hits < 3; hits++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % len] = "0\"{}[],:-9x/"[(seed >> 4) % 12];
        }
        if (round & 2)
            understood += kea_rows_of_leases(round & 1 ? KEA_DHCP6 : KEA_DHCP4, text, len, NULL) > 0;
        else
            understood += kea_rows_of(round & 1 ? KEA_DHCP6 : KEA_DHCP4, text, len, NULL, NULL) == 0;
        free(text);
    }
    for (int i = 0; i < 4; i++)
        free(texts[i]);
    assert_in_range(understood, 1, 1499);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows4),
        cmocka_unit_test(test_rows6),
        cmocka_unit_test(test_lease_rows6),
        cmocka_unit_test(test_strange_configurations),
        cmocka_unit_test(test_sizes_are_exact),
        cmocka_unit_test(test_same_answer),
        cmocka_unit_test(test_states_of_relations),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
