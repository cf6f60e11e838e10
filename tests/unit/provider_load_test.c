/* provider_load_test.c - descriptors that must be refused, and tables of other sizes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "ipam/status.h"
#include "provider/load.h"

static int32_t d_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret)
{
    (void)inst;
    (void)host;
    (void)ret;
    return 0;
}
static void d_close(void *ctx)
{
    (void)ctx;
}
static void d_probe(void *ctx, struct ipam_req *req)
{
    (void)ctx, (void)req;
}
static void d_read(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *a)
{
    (void)ctx, (void)req, (void)a;
}
static void d_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *a)
{
    (void)ctx, (void)req, (void)a;
}
static void d_events(void *ctx, struct ipam_req *req, const struct ipam_event_read *a)
{
    (void)ctx, (void)req, (void)a;
}
static int32_t s_open(struct ipam_inst *inst, const struct ipam_host *host, const struct ipam_schema *s,
                      void **ret)
{
    (void)s;
    return d_open(inst, host, ret);
}
static void s_enter(void *ctx, struct ipam_req *req, struct ipam_gate_enter *a)
{
    (void)ctx, (void)req, (void)a;
}
static void s_get(void *ctx, struct ipam_req *req, const struct ipam_gate_get *a)
{
    (void)ctx, (void)req, (void)a;
}
static void s_commit(void *ctx, struct ipam_req *req, const struct ipam_gate_commit *a)
{
    (void)ctx, (void)req, (void)a;
}
static void s_outcome(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *a)
{
    (void)ctx, (void)req, (void)a;
}
static void s_query(void *ctx, struct ipam_req *req, struct ipam_query *a)
{
    (void)ctx, (void)req, (void)a;
}
static void s_changes(void *ctx, struct ipam_req *req, struct ipam_changes *a)
{
    (void)ctx, (void)req, (void)a;
}

/* All of it right; each row spoils one thing. */
static const struct ipam_dhcp_ops good_dhcp = {
    .common = { .size = sizeof(good_dhcp),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_ATOMIC |
                                IPAM_DHCP_CAP_V4,
                .open = d_open,
                .close = d_close,
                .probe = d_probe },
    .read_config = d_read,
    .read_leases = d_read,
    .apply = d_apply,
};
static const struct ipam_storage_ops good_storage = {
    .size = sizeof(good_storage),
    .readers = 2,
    .open = s_open,
    .close = d_close,
    .gate_enter = s_enter,
    .gate_get = s_get,
    .gate_commit = s_commit,
    .gate_abort = d_probe,
    .outcome = s_outcome,
    .query = s_query,
    .changes = s_changes,
};
static const struct ipam_audit_ops good_audit = {
    .common = { .size = sizeof(good_audit),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_AUDIT_CAP_LISTEN,
                .open = d_open,
                .close = d_close,
                .probe = d_probe },
    .streams = d_probe,
    .listen = d_events,
};
static const char *const colours[] = { "red", "blue", NULL };
static const struct ipam_option good_options[] = {
    { sizeof(good_options[0]), IPAM_OPT_TEXT, IPAM_OPT_REQUIRED, "url", NULL, 0, 0, NULL, "Where." },
    { sizeof(good_options[0]), IPAM_OPT_ENUM, 0, "colour", "red", 0, 0, colours, "Which." },
    { sizeof(good_options[0]), IPAM_OPT_DURATION, 0, "wait", "5s", 1000, 60000, NULL, "How long." },
    { sizeof(good_options[0]), IPAM_OPT_INT, IPAM_OPT_PORT, "port", "80", 1, 65535, NULL, "Where to." },
};

static struct ipam_plugin plugin;
static struct ipam_dhcp_ops dhcp;
static struct ipam_storage_ops storage;
static struct ipam_option option[4];
static const struct ipam_option *options[80];

static void all_right(void)
{
    dhcp = good_dhcp;
    storage = good_storage;
    memcpy(option, good_options, sizeof(option));
    memset(options, 0, sizeof(options));
    for (int i = 0; i < 4; i++)
        options[i] = &option[i];
    plugin = (struct ipam_plugin){ .size = sizeof(plugin),
                                   .abi = IPAM_ABI,
                                   .name = "good",
                                   .version = "1",
                                   .summary = "Good.",
                                   .options = options,
                                   .dhcp = &dhcp,
                                   .storage = &storage };
}

static void p_size0(void)
{
    plugin.size = 0;
}
static void p_size8(void)
{
    plugin.size = 8;
}
static void p_major(void)
{
    plugin.abi = 1u << 16;
}
static void p_minor(void)
{
    plugin.abi++;
}
static void p_name(void)
{
    plugin.name = "goog";
}
static void p_no_name(void)
{
    plugin.name = NULL;
}
static void p_no_version(void)
{
    plugin.version = NULL;
}
static void p_summary(void)
{
    plugin.summary = "\xff";
}
static void p_no_kind(void)
{
    plugin.dhcp = NULL, plugin.storage = NULL;
}
static void d_size(void)
{
    dhcp.common.size = 0;
}
static void d_version(void)
{
    dhcp.common.version = 1;
}
static void d_model(void)
{
    dhcp.common.thread_model = 0;
}
static void d_no_open(void)
{
    dhcp.common.open = NULL;
}
static void d_no_probe(void)
{
    dhcp.common.probe = NULL;
}
static void d_short(void)
{
    dhcp.common.size = offsetof(struct ipam_dhcp_ops, read_config);
}
static void d_bit_only(void)
{
    dhcp.read_leases = NULL;
}
static void d_member_only(void)
{
    dhcp.common.capabilities &= ~(uint64_t)IPAM_DHCP_CAP_RESERVATIONS;
}
static void d_old(void)
{
    dhcp.common.size = offsetof(struct ipam_dhcp_ops, apply);
}
static void d_atomic(void)
{
    dhcp.common.capabilities &= ~(uint64_t)IPAM_DHCP_CAP_RESERVATIONS;
    dhcp.apply = NULL;
}
static void d_unknown_bit(void)
{
    dhcp.common.capabilities |= 0x1000000;
}
static void a_serial_listens(void)
{
    plugin.audit = &good_audit;
}
static void s_no_readers(void)
{
    storage.readers = 0;
}
static void s_17_readers(void)
{
    storage.readers = 17;
}
static void s_no_query(void)
{
    storage.query = NULL;
}
static void s_short(void)
{
    storage.size = offsetof(struct ipam_storage_ops, changes);
}
static void o_name(void)
{
    option[1].name = "Colour";
}
static void o_twice(void)
{
    option[1].name = "url";
}
static void o_kind(void)
{
    option[1].kind = 99;
}
static void o_help(void)
{
    option[1].help = NULL;
}
static void o_flags(void)
{
    option[1].flags = 8;
}
static void o_port(void)
{
    option[0].flags = IPAM_OPT_PORT;
}
static void o_server(void)
{
    option[2].flags = IPAM_OPT_SERVER;
}
static void o_names(void)
{
    option[1].names = NULL;
}
static void o_range(void)
{
    option[2].min = 70000;
}
static void o_default(void)
{
    option[1].def = "green";
}
static void o_default_range(void)
{
    option[2].def = "5m";
}
static void o_required_default(void)
{
    option[0].def = "x";
}
static void o_secret_default(void)
{
    option[1].kind = IPAM_OPT_SECRET;
}
static void o_size(void)
{
    option[1].size = 16;
}
static void o_endless(void)
{
    for (int i = 0; i < 80; i++)
        options[i] = &option[0];
}

static const struct {
    void (*spoil)(void);
    const char *reason;
} rows[] = {
    { p_size0, "cut off (0 bytes)" },
    { p_size8, "cut off (8 bytes)" },
    { p_major, "built for ABI 1.0, this is 0.2" },
    { p_minor, "built for ABI 0.3, this is 0.2" },
    { p_name, "calls itself 'goog', not 'good'" },
    { p_no_name, "calls itself ''" },
    { p_no_version, "no version or no summary" },
    { p_summary, "no version or no summary" },
    { p_no_kind, "no kind" },
    { d_size, "dhcp table has no size" },
    { d_version, "dhcp table is of version 1" },
    { d_model, "no known thread model (0)" },
    { d_no_open, "lacks open" },
    { d_no_probe, "lacks probe" },
    { d_short, "lacks read_config" },
    { d_bit_only, "claims the capability leases, but has no read_leases" },
    { d_member_only, "has apply, but not the capability reservations that says so" },
    { d_old,
      "claims the capability reservations, but has no apply" }, /* a smaller table: what it lacks is NULL */
    { d_atomic, "claims the capability atomic, but has no apply" },
    { d_unknown_bit, "capabilities this ABI does not know (0x1000000)" },
    { a_serial_listens, "audit table claims listen, but is SERIAL" },
    { s_no_readers, "wants 0 readers" },
    { s_17_readers, "wants 17 readers" },
    { s_no_query, "storage table lacks query" },
    { s_short, "storage table lacks changes" },
    { o_name, "option 1 ('Colour') of its table has no snake_case name" },
    { o_twice, "is there twice" },
    { o_kind, "is of no known kind" },
    { o_help, "has no help" },
    { o_flags, "flags this ABI does not know" },
    { o_port, "is a port, yet no integer from 1 to 65535" },
    { o_server, "is a server, yet neither a text" },
    { o_names, "enum without names" },
    { o_range, "empty range" },
    { o_default, "default that its own kind and range refuse" },
    { o_default_range, "default that its own kind and range refuse" },
    { o_required_default, "is required, yet has a default" },
    { o_secret_default, "is a secret with a default" },
    { o_size, "smaller than this ABI's" },
    { o_endless, "more than 64 entries" },
};

static void test_each_fault_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plugin pl = { 0 };
        char err[PROVIDER_ERR_MAX] = "";

        all_right();
        rows[i].spoil();
        assert_int_equal(plugin_examine("good", &plugin, &pl, err), IPAM_E_CONFIG);
        print_message("row: %s\n", err);
        assert_non_null(strstr(err, rows[i].reason));
        plugin_fini(&pl);
    }
}

static void test_tables_are_copied(void **state)
{
    struct plugin pl = { 0 };
    char err[PROVIDER_ERR_MAX] = "";

    (void)state;
    all_right();
    assert_int_equal(plugin_examine("good", &plugin, &pl, err), 0);
    memset(&dhcp, 0xee, sizeof(dhcp)); /* what the plugin does to its own afterwards does not matter */
    memset(&storage, 0xee, sizeof(storage));
    memset(option, 0xee, sizeof(option));
    assert_ptr_equal(pl.tables.dhcp.common.open, d_open);
    assert_null(pl.tables.dhcp.common.cancel);
    assert_ptr_equal(pl.tables.storage.query, s_query);
    assert_int_equal(pl.options.count, 4);
    assert_string_equal(pl.options.items[2].name, "wait");
    plugin_fini(&pl);
}

/* A newer plugin's larger tables: only what we know is taken. */
static void test_larger_tables_are_taken_in_part(void **state)
{
    struct {
        struct ipam_dhcp_ops ops;
        void *newer[4];
    } large;
    static const struct kind_tables nothing;
    struct plugin pl = { 0 };
    char err[PROVIDER_ERR_MAX] = "";

    (void)state;
    all_right();
    plugin.storage = NULL;
    memset(&large, 0xee, sizeof(large));
    large.ops = good_dhcp;
    large.ops.common.size = sizeof(large);
    plugin.dhcp = &large.ops;
    assert_int_equal(plugin_examine("good", &plugin, &pl, err), 0);
    assert_ptr_equal(pl.tables.dhcp.apply, d_apply);
    memset(&pl.tables.dhcp, 0, sizeof(pl.tables.dhcp));
    assert_memory_equal(&pl.tables, &nothing, sizeof(nothing)); /* no other table was touched */
    plugin_fini(&pl);
}

static void test_a_description_tells_all(void **state)
{
    static const struct {
        const char *json;
        int status;
    } bad[] = {
        { "Segmentation fault", IPAM_E_PROVIDER },
        { "{\"error\": \"x\", \"status\": 5}", IPAM_E_PROVIDER },
        { "{\"name\": \"good\", \"abi\": 2, \"kinds\": {\"storage\": {}}, \"version\": \"1\", \"summary\": "
          "\"x\", \"options\": [1, {}]}",
          IPAM_E_CONFIG },
        { "{\"name\": \"good\", \"abi\": 3, \"version\": \"1\", \"summary\": \"x\"}", IPAM_E_CONFIG },
    };
    struct plugin pl = { 0 }, told = { 0 };
    char err[PROVIDER_ERR_MAX] = "";
    struct strbuf text;

    (void)state;
    all_right();
    assert_int_equal(plugin_examine("good", &plugin, &pl, err), 0);
    strbuf_init(&text, 65536);
    plugin_describe(&pl, &text);
    assert_int_equal(plugin_from_description("good", strbuf_str(&text), &told, err), 0);
    assert_string_equal(told.name, "good");
    assert_string_equal(told.version, "1");
    assert_true(told.offers[IPAM_KIND_DHCP].offered && told.offers[IPAM_KIND_STORAGE].offered);
    assert_false(told.offers[IPAM_KIND_DNS].offered);
    assert_int_equal(told.offers[IPAM_KIND_DHCP].thread_model, IPAM_THREAD_SERIAL);
    assert_int_equal(told.offers[IPAM_KIND_DHCP].capabilities, pl.offers[IPAM_KIND_DHCP].capabilities);
    assert_int_equal(told.options.count, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct ipam_option *a = &pl.options.items[i], *b = &told.options.items[i];

        assert_string_equal(a->name, b->name);
        assert_string_equal(a->help, b->help);
        assert_string_equal(a->def ? a->def : "", b->def ? b->def : "");
        assert_true(a->kind == b->kind && a->flags == b->flags && a->min == b->min && a->max == b->max);
    }
    assert_string_equal(told.options.items[1].names[1], "blue");
    assert_null(told.options.items[1].names[2]);
    plugin_fini(&told);
    assert_int_equal(plugin_from_description("bad", strbuf_str(&text), &told, err), IPAM_E_CONFIG);
    strbuf_reset(&text);
    plugin_describe_failure("good", IPAM_E_ACCESS, "it is \"so\"", &text);
    assert_int_equal(plugin_from_description("good", strbuf_str(&text), &told, err), IPAM_E_ACCESS);
    assert_string_equal(err, "it is \"so\"");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(plugin_from_description("good", str_from(bad[i].json), &told, err), bad[i].status);
    strbuf_fini(&text);
    plugin_fini(&pl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fault_is_named),
        cmocka_unit_test(test_tables_are_copied),
        cmocka_unit_test(test_larger_tables_are_taken_in_part),
        cmocka_unit_test(test_a_description_tells_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
