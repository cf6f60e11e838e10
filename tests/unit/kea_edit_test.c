/* kea_edit_test.c - edits of reservations in configuration text: what changes, and that nothing else does.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "net/addr.h"
#include "plugins/kea/config.h"

#define EDITS_MOST 4

/* One edit of a table: '+' add, '=' set, '-' delete; the last byte of address and client; a name; lower
 * case of the kind (a, s, d) is the lenient form. */
struct wish {
    char kind;
    int host, client;
    const char *name, *scope;
};

struct want {
    struct kea_edit edit;
    struct ipam_reservation before, after;
    uint8_t id[6];
};

/* A reservation of `family` 4: 10.0.0.HOST for the hardware address 02:00:00:00:00:CLIENT; HOST 0: no
 * address. */
static struct ipam_reservation reservation(int host, uint8_t id[6], int client, const char *name,
                                           const char *scope)
{
    struct ipam_reservation r = { .size = sizeof(r), .type = IPAM_T_RESERVATION };

    r.native_scope = str_from(scope ? scope : "v4/7");
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_NATIVE_SCOPE);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER_TYPE);
    IPAM_SET_FIELD(&r, IPAM_RESERVATION_IDENTIFIER);
    if (host) {
        r.address = (struct ipam_addr){ 4, { 10, 0, 0, (uint8_t)host } };
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_ADDRESS);
    }
    memcpy(id, (uint8_t[]){ 2, 0, 0, 0, (uint8_t)(client >> 8), (uint8_t)client }, 6);
    r.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    r.identifier = (struct ipam_bytes){ id, 6 };
    r.name = str_from(name);
    if (name)
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_NAME);
    return r;
}

static void wish(struct want *w, const struct wish *from)
{
    struct ipam_reservation r = reservation(from->host, w->id, from->client, from->name, from->scope);

    w->before = r;
    w->after = r;
    if (!strchr("+-ad", from->kind)) { /* a set changes the name, from whichever it was */
        w->before.name = IPAM_STR("another");
        IPAM_SET_FIELD(&w->before, IPAM_RESERVATION_NAME);
    }
    w->edit = (struct kea_edit){ .lenient = strchr("asd", from->kind) != NULL };
    switch (from->kind) {
    case '+':
    case 'a':
        w->edit.verb = IPAM_EDIT_VERB_ADD;
        w->edit.after = (const struct ipam_record *)&w->after;
        break;
    case '-':
    case 'd':
        w->edit.verb = IPAM_EDIT_VERB_DELETE;
        w->edit.before = (const struct ipam_record *)&w->before;
        break;
    default:
        w->edit.verb = IPAM_EDIT_VERB_SET;
        w->edit.before = (const struct ipam_record *)&w->before;
        w->edit.after = (const struct ipam_record *)&w->after;
        break;
    }
}

/* A configuration under test: its document owns the text. */
struct fixture {
    struct json_doc *doc;
    struct kea_config cfg;
};

static void open_service(struct fixture *f, enum kea_service s, const char *root, size_t len)
{
    char problem[KEA_PROBLEM_MAX] = "";
    struct json_error e = { .message = "" };
    struct strbuf text;

    strbuf_init(&text, KEA_ANSWER_MAX);
    strbuf_puts(&text, s == KEA_DHCP4 ? "{ \"Dhcp4\": " : "{ \"Dhcp6\": ");
    strbuf_add(&text, root, len);
    strbuf_puts(&text, " }");
    if (json_parse(text.data, text.len, KEA_ANSWER_MAX, &f->doc, &e))
        fail_msg("%s in %s", e.message, text.data);
    if (kea_config_parse(s, f->doc, json_root(f->doc), &f->cfg, problem))
        fail_msg("%s", problem);
    strbuf_fini(&text);
}

static void open_config(struct fixture *f, const char *root, size_t len)
{
    open_service(f, KEA_DHCP4, root, len);
}

static void close_config(struct fixture *f)
{
    kea_config_fini(&f->cfg);
    json_free(f->doc);
}

#define S7 "{ \"subnet4\": [ { \"id\": 7, \"subnet\": \"10.0.0.0/24\""
#define A                                                                                                    \
    "{ \"hostname\": \"a\", \"hw-address\": \"02:00:00:00:00:01\", \"ip-address\": \"10.0.0.1\", "           \
    "\"option-data\": [ ] }"
#define B                                                                                                    \
    "{ \"hw-address\": \"02:00:00:00:00:02\",\"ip-address\":\"10.0.0.2\" , \"user-context\": { \"n\": "      \
    "\"\\u00c3\\u00a4\", \"f\": 1.50 } }"
#define C  "{ \"hw-address\": \"02:00:00:00:00:03\", \"hostname\": \"\" }"
#define N4 "{ \"hw-address\": \"02:00:00:00:00:04\", \"ip-address\": \"10.0.0.4\", \"hostname\": \"new\" }"
#define N5 "{ \"hw-address\": \"02:00:00:00:00:05\", \"ip-address\": \"10.0.0.5\" }"

static const struct {
    const char *name, *before;
    struct wish edits[EDITS_MOST];
    const char *after; /* NULL: nothing changes */
    int status;        /* of the first edit */
} rows[] = {
    { "add where the key is missing",
      S7 " } ] }",
      { { '+', 4, 4, "new", NULL } },
      S7 ", \"reservations\": [ " N4 " ] } ] }",
      0 },
    { "add to an empty array",
      S7 ", \"reservations\": [  ] } ] }",
      { { '+', 4, 4, "new", NULL } },
      S7 ", \"reservations\": [ " N4 " ] } ] }",
      0 },
    { "add to one",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '+', 4, 4, "new", NULL } },
      S7 ", \"reservations\": [ " A ", " N4 " ] } ] }",
      0 },
    { "add two to several",
      S7 ", \"reservations\": [ " A ", " B "  ] } ] }",
      { { '+', 4, 4, "new", NULL }, { '+', 5, 5, NULL, NULL } },
      S7 ", \"reservations\": [ " A ", " B ", " N4 ", " N5 "  ] } ] }",
      0 },
    { "delete the only one",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '-', 1, 1, NULL, NULL } },
      S7 ", \"reservations\": [  ] } ] }",
      0 },
    { "delete the first",
      S7 ", \"reservations\": [ " A ",  " B ", " C " ] } ] }",
      { { '-', 1, 1, NULL, NULL } },
      S7 ", \"reservations\": [ " B ", " C " ] } ] }",
      0 },
    { "delete the middle one",
      S7 ", \"reservations\": [ " A ", " B ", " C " ] } ] }",
      { { '-', 2, 2, NULL, NULL } },
      S7 ", \"reservations\": [ " A ", " C " ] } ] }",
      0 },
    { "delete the last, which has no address",
      S7 ", \"reservations\": [ " A ", " B ", " C " ] } ] }",
      { { '-', 0, 3, NULL, NULL } },
      S7 ", \"reservations\": [ " A ", " B " ] } ] }",
      0 },
    { "delete first and last",
      S7 ", \"reservations\": [ " A ", " B ", " C " ] } ] }",
      { { '-', 0, 3, NULL, NULL }, { '-', 1, 1, NULL, NULL } },
      S7 ", \"reservations\": [ " B " ] } ] }",
      0 },
    { "delete all and add",
      S7 ", \"reservations\": [ " A ", " B " ] } ] }",
      { { '-', 1, 1, NULL, NULL }, { '-', 2, 2, NULL, NULL }, { '+', 4, 4, "new", NULL } },
      S7 ", \"reservations\": [ " N4 " ] } ] }",
      0 },
    { "move a client to another address",
      S7 ", \"reservations\": [ " A ", " B " ] } ] }",
      { { '-', 1, 1, NULL, NULL }, { '+', 9, 1, "a", NULL } },
      S7 ", \"reservations\": [ " B ", { \"hw-address\": \"02:00:00:00:00:01\", \"ip-address\": "
         "\"10.0.0.9\", \"hostname\": \"a\" } ] } ] }",
      0 },
    { "set a name, the rest keeps its text",
      S7 ", \"reservations\": [ " A ", " B " ] } ] }",
      { { '=', 2, 2, "b\xc3\xa9", NULL } },
      S7 ", \"reservations\": [ " A
         ", { \"hw-address\": \"02:00:00:00:00:02\",\"ip-address\":\"10.0.0.2\" , \"user-context\": "
         "{ \"n\": \"\\u00c3\\u00a4\", \"f\": 1.50 }, \"hostname\": \"b\\u00e9\" } ] } ] }",
      0 },
    { "set another name",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '=', 1, 1, "z", NULL } },
      S7 ", \"reservations\": [ { \"hostname\": \"z\", \"hw-address\": \"02:00:00:00:00:01\", "
         "\"ip-address\": \"10.0.0.1\", "
         "\"option-data\": [ ] } ] } ] }",
      0 },
    { "take a name away",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '=', 1, 1, NULL, NULL } },
      S7 ", \"reservations\": [ { \"hw-address\": \"02:00:00:00:00:01\", \"ip-address\": \"10.0.0.1\", "
         "\"option-data\": [ ] } ] } ] }",
      0 },
    { "set what is so already",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '=', 1, 1, "a", NULL } },
      NULL,
      0 },
    { "outside subnets, into an empty configuration",
      "{}",
      { { '+', 4, 4, "new", "v4/0" } },
      "{ \"reservations\": [ " N4 " ] }",
      0 },
    { "in a shared network",
      "{ \"shared-networks\": [ { \"name\": \"n\", \"subnet4\": [ { \"id\": 9, \"subnet\": \"10.0.0.0/24\" } "
      "] } ] }",
      { { '+', 4, 4, "new", "v4/9" } },
      "{ \"shared-networks\": [ { \"name\": \"n\", \"subnet4\": [ { \"id\": 9, \"subnet\": \"10.0.0.0/24\", "
      "\"reservations\": [ " N4 " ] } ] } ] }",
      0 },
    { "add what is there",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '+', 1, 1, "a", NULL } },
      NULL,
      IPAM_E_EXIST },
    { "add another address for a client",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '+', 8, 1, "a", NULL } },
      NULL,
      IPAM_E_EXIST },
    { "delete what is not there",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '-', 9, 9, NULL, NULL } },
      NULL,
      IPAM_E_NOENT },
    { "delete another address of a client",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '-', 9, 1, NULL, NULL } },
      NULL,
      IPAM_E_NOENT },
    { "set what is not there",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { '=', 9, 9, "x", NULL } },
      NULL,
      IPAM_E_NOENT },
    { "a subnet that is gone", S7 " } ] }", { { '+', 4, 4, "new", "v4/8" } }, NULL, IPAM_E_NOENT },
    { "a name that Kea cannot keep",
      S7 " } ] }",
      { { '+', 4, 4, "\xe2\x82\xac", NULL } },
      NULL,
      IPAM_E_INVAL },
    { "resumed: add what is there",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { 'a', 1, 1, "a", NULL } },
      NULL,
      0 },
    { "resumed: add what is there by another name",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { 'a', 1, 1, "z", NULL } },
      S7 ", \"reservations\": [ { \"hostname\": \"z\", \"hw-address\": \"02:00:00:00:00:01\", "
         "\"ip-address\": \"10.0.0.1\", "
         "\"option-data\": [ ] } ] } ] }",
      0 },
    { "resumed: the client has another address now",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { 'a', 8, 1, "a", NULL } },
      NULL,
      IPAM_E_CONFLICT },
    { "resumed: delete what is gone",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { 'd', 9, 9, NULL, NULL } },
      NULL,
      0 },
    { "resumed: delete from a subnet that is gone", S7 " } ] }", { { 'd', 9, 9, NULL, "v4/8" } }, NULL, 0 },
    { "resumed: one of two is there",
      S7 ", \"reservations\": [ " A " ] } ] }",
      { { 'a', 1, 1, "a", NULL }, { 'a', 5, 5, NULL, NULL } },
      S7 ", \"reservations\": [ " A ", " N5 " ] } ] }",
      0 },
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct want wants[EDITS_MOST];
        struct kea_edit *edits[EDITS_MOST];
        struct ipam_str text = { NULL, 0 };
        struct fixture f;
        size_t n = 0;
        int status;

        print_message("row: %s\n", rows[i].name);
        open_config(&f, rows[i].before, strlen(rows[i].before));
        for (; n < EDITS_MOST && rows[i].edits[n].kind; n++) {
            wish(&wants[n], &rows[i].edits[n]);
            edits[n] = &wants[n].edit;
        }
        status = kea_config_edit(&f.cfg, 202, edits, n, &text);
        assert_int_equal(status, rows[i].status ? IPAM_E_INVAL : 0);
        assert_int_equal(edits[0]->status, rows[i].status);
        if (rows[i].status)
            assert_true(strlen(edits[0]->problem) > 20);
        if (rows[i].after) {
            assert_int_equal(text.len, strlen(rows[i].after));
            assert_memory_equal(text.data, rows[i].after, text.len);
        } else {
            assert_null(text.data);
        }
        close_config(&f);
    }
}

/* The same reservation twice in one call: one edit after the other. */
static void test_twice_in_one_call(void **state)
{
    static const struct wish wishes[] = { { '=', 1, 1, "z", NULL }, { '-', 1, 1, NULL, NULL } };
    const char *text = S7 ", \"reservations\": [ " A " ] } ] }";

    (void)state;
    for (int first = 0; first < 2; first++) {
        struct want wants[2];
        struct kea_edit *edits[2] = { &wants[0].edit, &wants[1].edit };
        struct ipam_str out = { NULL, 0 };
        struct fixture f;

        wish(&wants[0], &wishes[first]);
        wish(&wants[1], &wishes[1 - first]);
        open_config(&f, text, strlen(text));
        assert_int_equal(kea_config_edit(&f.cfg, 202, edits, 2, &out), first ? IPAM_E_INVAL : 0);
        assert_int_equal(edits[1]->status, first ? IPAM_E_NOENT : 0);
        if (first)
            assert_null(out.data);
        else
            assert_memory_equal(out.data, S7 ", \"reservations\": [  ] } ] }", out.len);
        close_config(&f);
    }
}

/* What a delete takes away, an add of the same record with its vendor data brings back. */
static void test_vendor_comes_back(void **state)
{
    const char *text = S7 ", \"reservations\": [ " B " ] } ] }";
    struct wish wishes[] = { { '-', 2, 2, NULL, NULL }, { '+', 2, 2, NULL, NULL } };
    char digest[2][KEA_DIGEST_TEXT];

    (void)state;
    struct fixture f;
    open_config(&f, text, strlen(text));
    assert_int_equal(kea_config_digest(&f.cfg, digest[0]), 0);
    char *now = strdup(text);
    for (int i = 0; i < 2; i++) {
        struct ipam_str out = { NULL, 0 };
        struct want w;
        struct kea_edit *edit = &w.edit;

        close_config(&f);
        open_config(&f, now, strlen(now));
        wish(&w, &wishes[i]);
        IPAM_SET_FIELD(&w.after, IPAM_RESERVATION_VENDOR);
        w.after.vendor = IPAM_STR(
            "{\"user-context\":{\"f\":1.50,\"n\":\"\xc3\x83\xc2\xa4\"},\"next-server\":\"0.0.0.0\"}");
        assert_int_equal(kea_config_edit(&f.cfg, 202, &edit, 1, &out), 0);
        free(now);
        now = strndup(out.data, out.len);
    }
    close_config(&f);
    assert_non_null(strstr(now, "\"n\":\"\\u00c3\\u00a4\""));
    assert_null(strstr(now, "next-server"));
    open_config(&f, now, strlen(now));
    assert_int_equal(kea_config_digest(&f.cfg, digest[1]), 0);
    assert_string_equal(digest[0], digest[1]);
    close_config(&f);
    free(now);
}

/* Of a DHCPv6 client, whose addresses and prefixes somebody has written in ways of his own. */
#define S6(members)                                                                                          \
    "{ \"subnet6\": [ { \"id\": 7, \"subnet\": \"fd00::/64\", \"reservations\": [ "                          \
    "{ \"duid\": \"01:02\", " members " } ] } ] }"
#define SPELLED "\"ip-addresses\": [ \"FD00::0F1\" ], \"prefixes\": [ \"2001:DB8::/56\" ]"

static void test_addresses_and_prefixes(void **state)
{
    const uint8_t duid[2] = { 1, 2 };
    struct ipam_addr further[1];
    struct ipam_str prefixes[1] = { IPAM_STR("2001:db8::/56") };
    struct ipam_reservation before = { .size = sizeof(before), .type = IPAM_T_RESERVATION }, after;
    static const struct {
        const char *name; /* given; NULL: none */
        bool more, gone;  /* one more address; no prefix any more */
        const char *want; /* NULL: nothing changes */
    } cases[] = {
        { NULL, false, false, NULL },
        { "n", false, false, S6(SPELLED ", \"hostname\": \"n\"") },
        { NULL, true, false,
          S6("\"ip-addresses\": [\"fd00::f1\",\"fd00::f2\"], \"prefixes\": [ \"2001:DB8::/56\" ]") },
        { NULL, false, true, S6("\"ip-addresses\": [ \"FD00::0F1\" ]") },
    };
    (void)state;
    assert_int_equal(addr_parse("fd00::f2", 8, &further[0]), 0);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_NATIVE_SCOPE);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_ADDRESS);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_IDENTIFIER_TYPE);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_IDENTIFIER);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_NAME);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_ADDRESSES);
    IPAM_SET_FIELD(&before, IPAM_RESERVATION_PREFIXES);
    before.native_scope = IPAM_STR("v6/7");
    assert_int_equal(addr_parse("fd00::f1", 8, &before.address), 0);
    before.identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_DUID;
    before.identifier = (struct ipam_bytes){ duid, sizeof(duid) };
    before.prefixes.items = prefixes;
    before.prefixes.count = 1;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct kea_edit edit = { .verb = IPAM_EDIT_VERB_SET,
                                 .before = (const struct ipam_record *)&before,
                                 .after = (const struct ipam_record *)&after },
                        *edits = &edit;
        struct ipam_str text = { NULL, 0 };
        struct fixture f;
        after = before;
        after.name = str_from(cases[i].name);
        after.addresses.items = further;
        after.addresses.count = cases[i].more;
        after.prefixes.count = cases[i].gone ? 0 : 1;
        open_service(&f, KEA_DHCP6, S6(SPELLED), strlen(S6(SPELLED)));
        assert_int_equal(kea_config_edit(&f.cfg, 202, &edits, 1, &text), 0);
        if (cases[i].want == NULL ? text.data != NULL : !str_is(text, cases[i].want))
            fail_msg("case %zu: " STR_FMT, i, STR_ARG(text));
        close_config(&f);
    }
}

/* Random edits against a model: a flag for each possible client. */
static void test_random_edits(void **state)
{
    enum { CLIENTS = 40, ROUNDS = 400 };
    unsigned seed = (unsigned)time(NULL);
    bool model[CLIENTS + 1] = { false };
    char *text =
        strdup(S7 ", \"t1-percent\": 0.50, \"reservations\": [ ], \"unknown\": \"\\u00c3\\\\\" } ] }");
    const char *name = getenv("KEA_EDIT_SEED");

    (void)state;
    seed = name ? (unsigned)strtoul(name, NULL, 10) : seed;
    print_message("seed %u (KEA_EDIT_SEED)\n", seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct want wants[EDITS_MOST];
        struct kea_edit *edits[EDITS_MOST];
        struct ipam_str out = { NULL, 0 };
        bool used[CLIENTS + 1] = { false };
        size_t n = 0, present = 0;
        struct fixture f;

        while (n < EDITS_MOST) {
            int client = 1 + (int)((seed = seed * 1664525u + 1013904223u) >> 8) % CLIENTS;
            struct wish w = { model[client] ? '-' : '+', client, client, "n", NULL };

            if (used[client])
                break;
            used[client] = true;
            wish(&wants[n], &w);
            edits[n] = &wants[n].edit;
            n++;
            model[client] = !model[client];
        }
        open_config(&f, text, strlen(text));
        assert_int_equal(kea_config_edit(&f.cfg, 202, edits, n, &out), 0);
        assert_non_null(out.data);
        free(text);
        text = strndup(out.data, out.len);
        close_config(&f);
        open_config(&f, text, strlen(text));
        for (int client = 1; client <= CLIENTS; client++) {
            uint8_t id[6];
            struct ipam_reservation r = reservation(client, id, client, NULL, NULL);
            const struct kea_reservation *found = kea_config_find(
                &f.cfg, kea_config_subnet(&f.cfg, r.native_scope), r.identifier_type, r.identifier);

            assert_int_equal(found != NULL, model[client]);
            assert_true(!found || addr_equal(&found->row.address, &r.address));
            present += model[client];
        }
        assert_int_equal(f.cfg.reservation_count, present);
        assert_non_null(strstr(text, "\"t1-percent\": 0.50,"));
        assert_non_null(strstr(text, "\"unknown\": \"\\u00c3\\\\\""));
        close_config(&f);
    }
    free(text);
}

/* 20,000 reservations in 2,000 subnets are 5 MB, as Kea answers them: the edit must be nothing beside
 * Kea's own seconds. */
static void test_large(void **state)
{
    enum { SUBNETS = 2000, EACH = 10 };
    struct timespec begin, end;
    struct ipam_str out = { NULL, 0 };
    struct wish add = { '+', 200, 999, "new", "v4/1500" };
    struct strbuf text;
    struct want w;
    struct kea_edit *edit = &w.edit;
    struct fixture f;
    double seconds;

    (void)state;
    strbuf_init(&text, KEA_ANSWER_MAX);
    strbuf_puts(&text, "{ \"subnet4\": [ ");
    for (int s = 1; s <= SUBNETS; s++) {
        strbuf_printf(&text, "%s{ \"id\": %d, \"subnet\": \"10.%d.%d.0/24\", \"reservations\": [ ",
                      s > 1 ? ", " : "", s, s >> 8, s & 255);
        for (int r = 0; r < EACH; r++)
            strbuf_printf(&text,
                          "%s{ \"boot-file-name\": \"\", \"client-classes\": [  ], \"hostname\": "
                          "\"host-%d-%d.example.net\", \"hw-address\": "
                          "\"02:00:00:%02x:%02x:%02x\", \"ip-address\": \"10.%d.%d.%d\", \"next-server\": "
                          "\"0.0.0.0\", \"option-data\": [  ], "
                          "\"server-hostname\": \"\" }",
                          r ? ", " : "", s, r, s >> 8, s & 255, r, s >> 8, s & 255, r + 1);
        strbuf_puts(&text, " ] }");
    }
    strbuf_puts(&text, " ] }");
    assert_false(text.failed);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    open_config(&f, text.data, text.len);
    assert_int_equal(f.cfg.reservation_count, SUBNETS * EACH);
    wish(&w, &add);
    assert_int_equal(kea_config_edit(&f.cfg, 202, &edit, 1, &out), 0);
    char digest[KEA_DIGEST_TEXT];
    assert_int_equal(kea_config_digest(&f.cfg, digest), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    print_message("%zu bytes read, edited and digested in %.0f ms\n", text.len, seconds * 1e3);
    assert_true(out.len > text.len);
    assert_true(seconds < 5); /* 0.2 s measured; sanitizers and a busy machine are slower */
    close_config(&f);
    strbuf_fini(&text);
}

/* As many edits as a call may have: additions to one subnet that has as many, and then their deletions. */
static void test_many_edits(void **state)
{
    enum { MANY = 10000 };
    struct want *wants = calloc(MANY, sizeof(*wants));
    struct kea_edit **edits = calloc(MANY, sizeof(*edits));
    struct timespec begin, end;
    char *text = strdup(S7 ", \"reservations\": [ " A " ] } ] }");
    double seconds;

    (void)state;
    assert_non_null(wants);
    assert_non_null(edits);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    for (int round = 0; round < 2; round++) {
        struct ipam_str out = { NULL, 0 };
        struct fixture f;

        open_config(&f, text, strlen(text));
        for (int i = 0; i < MANY; i++) {
            struct wish w = { round ? '-' : '+', 0, 100 + i, NULL, NULL };

            wish(&wants[i], &w);
            edits[i] = &wants[i].edit;
        }
        assert_int_equal(kea_config_edit(&f.cfg, 202, edits, MANY, &out), 0);
        free(text);
        text = strndup(out.data, out.len);
        close_config(&f);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    print_message("%d added and deleted in %.0f ms\n", MANY, seconds * 1e3);
    assert_string_equal(text, S7 ", \"reservations\": [ " A " ] } ] }");
    assert_true(seconds < 10); /* 1 s measured on a busy machine */
    free(text);
    free(edits);
    free(wants);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_twice_in_one_call),
        cmocka_unit_test(test_vendor_comes_back),
        cmocka_unit_test(test_addresses_and_prefixes),
        cmocka_unit_test(test_random_edits),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_many_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
