/* provider_kinds_test.c - every operation of every kind, through the framework to a null provider and back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Arguments are written as JSON, and so is what the first row must show. Storage is tried where it is used. */
#include "config.h"

#include "provider_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "record/record.h"

/* What a call gave: rows as JSON, one a line. */
struct gave {
    int done, status, records;
    char rows[65536];
    char message[512], cursor[128];
    int64_t flags;
    struct request *req;
    int cancel_at; /* cancels itself at this row */
};

static struct gave g;
static struct arena arena;

static void on_row(void *user, const struct ipam_record *rec)
{
    struct gave *gave = user;
    struct json_writer w;
    struct strbuf out;
    size_t len = strlen(gave->rows);

    strbuf_init(&out, 65536);
    jw_init(&w, &out);
    record_to_json(rec, NULL, &w);
    snprintf(gave->rows + len, sizeof(gave->rows) - len, "%s %.*s\n", record_type(rec->type)->name, (int)out.len,
             out.data);
    strbuf_fini(&out);
    if (++gave->records == gave->cancel_at)
        request_cancel(gave->req);
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct gave *gave = user;

    gave->done++;
    gave->status = status;
    gave->flags = info->flags;
    snprintf(gave->message, sizeof(gave->message), STR_FMT, STR_ARG(info->message));
    snprintf(gave->cursor, sizeof(gave->cursor), STR_FMT, STR_ARG(info->cursor));
}

static const struct request_events to_gave = { .record = on_row, .done = on_done };

static struct instance *open_null(const char *name, const char *options, uint32_t kind)
{
    struct instance_spec spec = { .kind = kind, .target = "server-1" };
    struct json_doc *doc = NULL;
    struct json_error e;
    struct opened o = { 0 };
    char err[PROVIDER_ERR_MAX];
    struct instance *inst;

    spec.plugin = plugin_find(providers, str_from(name));
    if (spec.plugin == NULL && fixture_add(name, isolation, &spec.plugin, err) < 0)
        fail_msg("%s", err);
    assert_int_equal(json_parse(options, strlen(options), 4096, &doc, &e), 0);
    spec.doc = doc;
    spec.options = json_root(doc);
    inst = instance_open(providers, &spec, on_opened, &o);
    json_free(doc);
    fixture_wait(&o.done);
    if (o.status < 0)
        fail_msg("%s", o.message);
    return inst;
}

static void *args_of(uint32_t type, const char *text)
{
    struct record_problems problems = { 0 };
    struct json_doc *doc = NULL;
    struct json_error e;
    void *rec = NULL;

    assert_int_equal(json_parse(text, strlen(text), 4096, &doc, &e), 0);
    if (record_from_json(record_type(type), MODE_TRUSTED, doc, json_root(doc), "", &arena, &rec, NULL,
                         &problems) < 0)
        fail_msg("arguments: %s", text);
    json_free(doc);
    return rec;
}

static void call_with(struct instance *inst, enum call_op op, const void *args)
{
    memset(&g, 0, sizeof(g));
    g.req = request_start(inst, op, args, 5000, &to_gave, &g);
    fixture_wait(&g.done);
}

/* A row each: a call, its status, at least so many rows, and what one of them shows. */
static const struct {
    const char *plugin, *options;
    uint32_t kind;
    enum call_op op;
    const char *args; /* NULL: the operation has none */
    int status, rows;
    const char *shows;
} rows[] = {
#define DISCOVERY "null-discovery", "{}", IPAM_KIND_DISCOVERY
    { DISCOVERY, CALL_PROBE, NULL, 0, 1, "probe {" },
    { DISCOVERY, CALL_DISCOVER, "{\"realm\": \"null.example\"}", 0, 2, "found {\"name\"" },
    { DISCOVERY, CALL_DESCRIBE, "{\"name\": \"nobody.null.example\"}", IPAM_E_NOENT, 0, "" },
    { DISCOVERY, CALL_PROVISION, "{\"verb\": \"plan\"}", 0, 1, "artefact {\"kind\"" },
#define DHCP "null-dhcp", "{\"scopes\": 2, \"leases\": 40, \"reservations\": 3}", IPAM_KIND_DHCP
    { DHCP, CALL_PROBE, NULL, 0, 1, "\"service\":\"running\"" },
    { DHCP, CALL_READ_CONFIG, "{}", 0, 7, "scope {\"prefix\":\"10.0.0.0/24\"" },
    { DHCP, CALL_READ_LEASES, "{\"limit\": 10}", 0, 10, "lease {\"native_scope\"" },
    { DHCP, CALL_DHCP_STATS, "{}", 0, 1, "stat {\"name\"" },
    { DHCP, CALL_NEXT_FREE, "{\"native_scope\": \"10.0.0.0/24\", \"count\": 2}", 0, 2, "address {\"address\":\"10.0.0." },
    { DHCP, CALL_ACT, "{\"verb\": 7}", IPAM_E_UNSUPPORTED, 0, "" },
    { DHCP, CALL_LIST_ZONES, "{}", IPAM_E_UNSUPPORTED, 0, "" }, /* of another kind */
#define DNS "null-dns", "{\"zones\": 2, \"records\": 6}", IPAM_KIND_DNS
    { DNS, CALL_PROBE, NULL, 0, 1, "probe {" },
    { DNS, CALL_LIST_ZONES, "{}", 0, 2, "zone {" },
    { DNS, CALL_READ_RECORDS, "{\"zone\": \"z0.null.example\"}", 0, 3, "dns_record {" },
    { DNS, CALL_DNS_STATS, "{}", 0, 1, "stat {" },
    { DNS, CALL_RESOLVE, "{\"name\": \"nobody.z0.null.example.\", \"type\": \"A\"}", IPAM_E_NOENT, 0, "" },
#define VSPACE "null-vspace", "{\"networks\": 2, \"addresses\": 5}", IPAM_KIND_VSPACE
    { VSPACE, CALL_SNAPSHOT, "{}", 0, 9, "vaddress {" },
#define AUDIT "null-audit", "{\"events\": 3}", IPAM_KIND_AUDIT
    { AUDIT, CALL_STREAMS, NULL, 0, 2, "event_stream {\"stream\":\"lease\"" },
    { AUDIT, CALL_POLL, "{\"stream\": \"lease\"}", 0, 3, "event {" },
    { AUDIT, CALL_ACK, "{\"stream\": \"lease\", \"bookmark\": \"1\"}", 0, 0, "" },
#define REACH "null-reach", "{\"alive\": [\"192.0.2.0/25\"]}", IPAM_KIND_REACH
    { REACH, CALL_REACH, "{\"addresses\": [\"192.0.2.1\", \"192.0.2.200\"], \"methods\": 1, \"timeout\": 100}", 0, 2,
      "reached {\"address\":\"192.0.2.1\",\"method\":1,\"state\":\"answered\"" },
#define SINK "null-sink", "{}", IPAM_KIND_SINK
    { SINK, CALL_DELIVER,
      "{\"key\": \"k1\", \"kind\": \"alert\", \"time\": \"2026-01-02T03:04:05Z\", \"subject\": \"x\"}", 0, 0, "" },
#define IDENTITY "null-identity", "{\"users\": [\"ann:sesame:staff,admins\"]}", IPAM_KIND_IDENTITY
    { IDENTITY, CALL_PROBE, NULL, 0, 1, "probe {" },
};

static void test_each_operation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct instance *inst = open_null(rows[i].plugin, rows[i].options, rows[i].kind);
        const void *args = rows[i].args ? args_of(call_kind(rows[i].op)->args_type, rows[i].args) : NULL;

        print_message("row: %s %s %s\n", rows[i].plugin, call_kind(rows[i].op)->name,
                      rows[i].args ? rows[i].args : "");
        call_with(inst, rows[i].op, args);
        print_message("%s%s\n", g.rows, g.message);
        assert_int_equal(g.status, rows[i].status);
        assert_true(g.records >= rows[i].rows);
        assert_non_null(strstr(g.rows, rows[i].shows));
        assert_true(g.status == 0 || g.message[0]);
        instance_close(inst);
        arena_reset(&arena);
    }
}

static void test_a_credential_reaches_the_plugin_and_its_groups_come_back(void **state)
{
    struct instance *inst = open_null(IDENTITY);
    struct ipam_credential *c = args_of(IPAM_T_CREDENTIAL, "{\"kind\": \"password\", \"name\": \"ann\"}");
    uint8_t secret[] = "sesame", wrong[] = "sesam0";

    (void)state;
    c->secret = (struct ipam_bytes){ secret, 6 };
    IPAM_SET_FIELD(c, IPAM_CREDENTIAL_SECRET);
    call_with(inst, CALL_VERIFY_CREDENTIAL, c);
    assert_int_equal(g.status, 0);
    assert_non_null(strstr(g.rows, "principal {\"name\":\"ann\""));
    assert_non_null(strstr(g.rows, "\"groups\":[\"staff\",\"admins\"]"));
    c->secret.data = wrong;
    call_with(inst, CALL_VERIFY_CREDENTIAL, c);
    assert_int_equal(g.status, IPAM_E_AUTH);
    assert_int_equal(g.records, 0);
}

/* Calls that last: rows come until they are cancelled, and other calls go on beside them. */
static void test_calls_that_last(void **state)
{
    struct instance *inst = open_null("null-audit", "{\"events\": 0, \"interval\": \"20ms\"}", IPAM_KIND_AUDIT);
    struct ipam_event_read *args = args_of(IPAM_T_EVENT_READ, "{\"stream\": \"lease\"}");
    struct gave listeners[5];

    (void)state;
    memset(listeners, 0, sizeof(listeners));
    for (int i = 0; i < 5; i++)
        listeners[i].req = request_start(inst, CALL_LISTEN, args, 0, &to_gave, &listeners[i]);
    fixture_wait(&listeners[4].done); /* four may last at a time */
    assert_int_equal(listeners[4].status, IPAM_E_BUSY);
    while (listeners[3].records < 2)
        fixture_run(5);
    call_with(inst, CALL_STREAMS, NULL);
    assert_int_equal(g.status, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(listeners[i].done, 0);
        request_cancel(listeners[i].req);
    }
    for (int i = 0; i < 4; i++) {
        fixture_wait(&listeners[i].done);
        assert_int_equal(listeners[i].status, IPAM_E_CANCELED);
    }
}

static void test_edits_of_another_kind(void **state)
{
    struct instance *inst = open_null(VSPACE);
    struct ipam_apply args = { .size = sizeof(args), .type = IPAM_T_APPLY };
    struct ipam_vaddress *a;
    const struct ipam_record *none[1] = { NULL }, *after[1];
    uint32_t verb = IPAM_EDIT_VERB_DELETE;

    (void)state;
    a = args_of(IPAM_T_VADDRESS, "{\"native\": \"no-such\", \"address\": \"10.0.0.9\"}");
    after[0] = (struct ipam_record *)a;
    RECORD_SET(&args, IPAM_APPLY_COUNT, count, 1);
    memset(&g, 0, sizeof(g));
    request_apply(inst, &args, &verb, after, none, 5000, &to_gave, &g);
    fixture_wait(&g.done);
    assert_true(g.status < 0); /* there is none to delete, and it says so */
    assert_true(g.message[0]);
}

static int up(void **state)
{
    arena_init(&arena, 0);
    return fixture_up(state);
}

static int down(void **state)
{
    arena_fini(&arena);
    return fixture_down(state);
}

int main(void)
{
    static const char *const names[] = { "null-discovery", "null-dhcp", "null-dns",  "null-vspace",
                                         "null-audit",     "null-reach", "null-sink", "null-identity" };
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, up, down)
        T(test_each_operation),
        T(test_a_credential_reaches_the_plugin_and_its_groups_come_back),
        T(test_calls_that_last),
        T(test_edits_of_another_kind),
    };
    int failed;

    isolation = TEST_ISOLATION;
    log_init("test", LOG_ERR_);
    fixture_folder();
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fixture_copy_installed(names[i]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_folder_remove();
    return failed;
}
