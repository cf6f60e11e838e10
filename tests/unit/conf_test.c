/* conf_test.c - what the configuration may say, what is refused and where, drop-ins, files that are none.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "conf/conf.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define SOME_PATH "%s/ipamd.json"
#define STORE     "\"storage\": {\"plugin\": \"sqlite\"}"

/* A folder of its own for each test, and what was reported about the configuration in it. */
struct place {
    char dir[64];
    struct strbuf said;
    int reports;
    struct conf *conf;
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    snprintf(p->dir, sizeof(p->dir), "/tmp/ipam-conf-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    strbuf_init(&p->said, 1u << 20);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    static const char *const made[] = { "ipamd.json", "ipamd.json.d/10-a.json", "ipamd.json.d/20-b.json",
                                        "ipamd.json.d/.hidden.json", "ipamd.json.d/notes.txt" };
    struct place *p = *state;
    char path[128];
    for (size_t i = 0; i < COUNT(made); i++) {
        snprintf(path, sizeof(path), "%s/%s", p->dir, made[i]);
        remove(path);
    }
    snprintf(path, sizeof(path), "%s/ipamd.json.d", p->dir);
    remove(path);
    assert_int_equal(rmdir(p->dir), 0);
    conf_free(p->conf);
    strbuf_fini(&p->said);
    free(p);
    return 0;
}

static void write_bytes(const struct place *p, const char *name, const void *data, size_t len)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void write_text(const struct place *p, const char *name, const char *text)
{
    write_bytes(p, name, text, strlen(text));
}

static void make_folder(const struct place *p)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/ipamd.json.d", p->dir);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void on_report(void *user, const char *text)
{
    struct place *p = user;
    assert_true(utf8_valid(text, strlen(text)));
    strbuf_puts(&p->said, text);
    strbuf_putc(&p->said, '\n');
    p->reports++;
}

static int load(struct place *p)
{
    char path[128];
    snprintf(path, sizeof(path), SOME_PATH, p->dir);
    strbuf_reset(&p->said);
    strbuf_puts(&p->said, "");
    p->reports = 0;
    conf_free(p->conf);
    int problems = conf_load(path, on_report, p, &p->conf);
    assert_non_null(p->conf);
    assert_int_equal(problems, p->reports); /* every problem is told */
    return problems;
}

/* The one thing wrong is `what`, at that place of the file. */
static void assert_wrong(struct place *p, const char *at, const char *what)
{
    char expected[160];
    int problems = load(p);
    snprintf(expected, sizeof(expected), "%s/ipamd.json:%s: ", p->dir, at);
    strbuf_putc(&p->said, '\0');
    if (problems != 1 || strncmp(p->said.data, expected, strlen(expected)) != 0 || strstr(p->said.data, what) == NULL)
        fail_msg("expected %s ... %s, got %d problems: %s", expected, what, problems, p->said.data);
}

static void test_all_of_it_is_read(void **state)
{
    struct place *p = *state;
    write_text(p, "ipamd.json",
               "{ \"node\": \"n1\", \"log_level\": \"debug\", \"log_format\": \"json\",\n"
               "  \"listen\": [{\"address\": \"127.0.0.1:80\"}, {\"address\": \"[::1]:0\"}, {\"address\": \"127.9.9.9:0\"},\n"
               "             {\"unix\": \"/run/x.sock\", \"mode\": \"0660\"}, {\"unix\": \"/run/y.sock\"}],\n"
               "  \"storage\": {\"plugin\": \"sqlite\", \"options\": {\"path\": \"/x\"}},\n"
               "  \"plugins\": [{\"name\": \"a\"}, {\"name\": \"b\", \"isolation\": \"none\", \"options\": {\"o\": 1}}],\n"
               "  \"profiles\": [{\"name\": \"site\", \"driver\": \"a\", \"options\": {\"port\": 1}}],\n"
               "  \"tokens\": [{\"name\": \"admin\", \"role\": \"administrator\", \"file\": \"/t\"},"
               " {\"name\": \"bare\", \"file\": \"/b\"}],\n"
               "  \"peers\": [{\"uid\": 1000, \"role\": \"reader\"}],\n"
               "  \"tasks\": {\"servers_at_once\": 3, \"server_availability\": {\"interval\": \"30s\", \"jitter\": \"0s\"},\n"
               "             \"dhcp_leases\": {\"enabled\": false}},\n"
               "  \"archive\": {\"most\": 7, \"keep\": \"30d\"},\n"
               "  \"audit\": {\"key\": \"/k\", \"next_key\": \"/n\", \"checkpoints\": \"/c\", \"interval\": \"5s\",\n"
               "             \"sinks\": [{\"file\": \"/f\"}, {\"syslog\": \"/dev/log\"}]} }\n");
    assert_int_equal(load(p), 0);
    const struct conf *c = p->conf;
    assert_string_equal(c->node, "n1");
    assert_string_equal(c->log_level, "debug");
    assert_string_equal(c->log_format, "json");
    assert_int_equal(c->listener_count, 5);
    assert_string_equal(c->listeners[1].address, "[::1]:0");
    assert_string_equal(c->listeners[3].unix_path, "/run/x.sock");
    assert_int_equal(c->listeners[3].mode, 0660);
    assert_int_equal(c->listeners[4].mode, 0666);
    assert_string_equal(c->storage.name, "sqlite");
    assert_false(c->storage.isolated);
    assert_true(c->plugins[0].isolated);
    assert_false(c->plugins[1].isolated);
    assert_string_equal(c->profiles[0].driver, "a");
    assert_int_equal(json_type(json_get(c->profiles[0].options.value, "port")), JSON_NUMBER);
    assert_string_equal(c->tokens[0].role, "administrator");
    assert_null(c->tokens[1].role); /* what it may comes from policies */
    assert_int_equal(c->peers[0].uid, 1000);
    assert_int_equal(c->servers_at_once, 3);
    assert_int_equal(c->archive.most, 7);
    assert_int_equal(c->archive.keep_ms, INT64_C(30) * 86400000);
    assert_string_equal(c->audit.key, "/k");
    assert_string_equal(c->audit.next_key, "/n");
    assert_string_equal(c->audit.checkpoints, "/c");
    assert_int_equal(c->audit.interval_ms, 5000);
    assert_string_equal(c->audit.sinks[0].file, "/f");
    assert_string_equal(c->audit.sinks[1].syslog, "/dev/log");
    assert_int_equal(c->tasks[TASK_AVAILABILITY].interval_ms, 30000);
    assert_int_equal(c->tasks[TASK_AVAILABILITY].jitter_ms, 0);
    assert_true(c->tasks[TASK_AVAILABILITY].enabled && !c->tasks[TASK_LEASES].enabled);
    assert_int_equal(c->tasks[TASK_CONFIGURATION].interval_ms, 6 * 3600000);
    assert_int_equal(c->tasks[TASK_CONFIGURATION].jitter_ms, 6 * 360000); /* a tenth */
    assert_int_equal(c->tasks[TASK_UTILIZATION].interval_ms, 2 * 3600000);
    assert_int_equal(c->tasks[TASK_EXPIRY].interval_ms, 24 * 3600000);
    assert_true(c->tasks[TASK_UTILIZATION].enabled && c->tasks[TASK_EXPIRY].enabled);
}

#define PAIR "\"certificate\": \"/c\", \"key\": \"/k\""
#define ASKS "\"listen\": [{\"address\": \"[::1]:80\", \"tls\": {" PAIR ", \"client_ca\": \"/a\"}}]"
#define CERT(role, dns) "{\"name\": \"n\", \"role\": \"" role "\", \"dns\": " dns "}"

static void test_wrong_values_are_told_with_their_place(void **state)
{
    static const struct {
        const char *text, *at, *what;
    } rows[] = {
        { "", "1:1", "the text ends here" },
        { "\xef\xbb\xbf{}", "1:1", "byte order mark" },
        { "[]", "1:1", "expected an object" },
        { "{}", "1:1", "\"storage\" is missing" },
        { "{ " STORE ",\n  \"nod\": \"x\" }", "2:10", "unknown key \"nod\"" },
        { "{ " STORE ", \"node\": 5 }", "1:44", "node is a number" },
        { "{ " STORE ", \"node\": \"\" }", "1:44", "node is empty" },
        { "{ " STORE ", \"node\": \"a\\u001b[2J\" }", "1:44", "control character" },
        { "{ " STORE ", \"log_level\": 5 }", "1:49", "log_level is a number" },
        { "{ " STORE ", \"log_level\": \"loud\" }", "1:49", "expected error, warning" },
        { "{ " STORE ", \"log_format\": \"xml\" }", "1:50", "log_format is \"xml\"; expected journald or json" },
        { "{ " STORE ", " STORE " }", "1:36", "twice" },
        { "{ \"storage\": {} }", "1:14", "lacks \"plugin\"" },
        { "{ \"storage\": [] }", "1:14", "storage is an array" },
        { "{ \"storage\": {\"plugin\": \"s\", \"options\": 1} }", "1:41", "options is a number" },
        { "{ " STORE ", \"listen\": {} }", "1:46", "expected a list" },
        { "{ " STORE ", \"listen\": [7] }", "1:47", "an entry is a number" },
        { "{ " STORE ", \"listen\": [{}] }", "1:47", "either \"address\" or \"unix\"" },
        { "{ " STORE ", \"listen\": [{\"address\": \"0.0.0.0:80\"}] }", "1:59", "needs TLS" },
        { "{ " STORE ", \"listen\": [{\"address\": \"[::]:80\"}] }", "1:59", "needs TLS" },
        { "{ " STORE ", \"listen\": [{\"address\": \"127.0.0.1\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"address\": \"127.0.0.1:\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"address\": \"127.0.0.1:+80\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"address\": \"127.0.0.1:65536\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"address\": \"::1:80\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"address\": \"[127.0.0.1]:80\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"address\": \"localhost:80\"}] }", "1:59", "is not ADDRESS:PORT" },
        { "{ " STORE ", \"listen\": [{\"unix\": \"x.sock\"}] }", "1:56", "absolute path" },
        { "{ " STORE ", \"listen\": [{\"unix\": \"/x\", \"mode\": \"-1\"}] }", "1:70", "octal digits" },
        { "{ " STORE ", \"listen\": [{\"unix\": \"/x\", \"mode\": \"01000\"}] }", "1:70", "octal digits" },
        { "{ " STORE ", \"listen\": [{\"unix\": \"/x\", \"mode\": \"068\"}] }", "1:70", "octal digits" },
        { "{ " STORE ", \"listen\": [{\"address\": \"127.0.0.1:1\", \"mode\": \"0600\"}] }", "1:82", "unix socket" },
        { "{ " STORE ", \"listen\": [{\"unix\": \"/x\"}, {\"unix\": \"/x\"}] }", "1:63", "is there twice" },
        { "{ " STORE ", \"plugins\": [{\"name\": \"a\", \"isolation\": \"vm\"}] }", "1:75", "\"process\" nor \"none\"" },
        { "{ " STORE ", \"plugins\": [{\"name\": \"a\", \"timeout\": \"61m\"}] }", "1:73", "from 100ms to 1h" },
        { "{ " STORE ", \"plugins\": [{\"name\": \"a\", \"timeout\": \"99ms\"}] }", "1:73", "from 100ms to 1h" },
        { "{ " STORE ", \"plugins\": [{\"name\": \"a\", \"helpers\": 65}] }", "1:73", "from 1 to 64" },
        { "{ " STORE ", \"plugins\": [{\"name\": \"a\", \"memory_mib\": 15}] }", "1:76", "from 16 to 65536" },
        { "{ " STORE ", \"plugins\": [{\"name\": \"a\"}, {\"name\": \"a\"}] }", "1:63", "is there twice" },
        { "{ " STORE ", \"profiles\": [{\"name\": \"p\", \"driver\": \"a\"}] }", "1:49", "not among \"plugins\"" },
        { "{ " STORE ", \"tokens\": [{\"name\": \"t\", \"role\": \"reader\", \"file\": \"t\"}] }", "1:87", "absolute path" },
        { "{ " STORE ", \"tokens\": [{\"name\": \"t\", \"role\": \"reader\", \"file\": \"/t\"},"
          "\n{\"name\": \"u\", \"role\": \"reader\", \"file\": \"/t\"}] }", "2:1", "holds another token" },
        { "{ " STORE ", \"tokens\": [{\"name\": \"0123456789012345678901234567890123456789012345678901234567\", "
          "\"role\": \"reader\", \"file\": \"/t\"}] }", "1:56", "at most 56" },
        { "{ " STORE ", \"audit\": [] }", "1:45", "audit is an array" },
        { "{ " STORE ", \"audit\": {} }", "1:45", "audit lacks \"checkpoints\"" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"c\"} }", "1:61", "checkpoints is no path" },
        { "{ " STORE ", \"audit\": {\"checkpoint\": \"/c\"} }", "1:60", "known are key, next_key, checkpoints" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"/c\", \"interval\": \"1ms\"} }", "1:79", "from 1s to 1h" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"/c\", \"key\": \"/k\", \"next_key\": \"/k\"} }", "1:45", "the same file" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"/c\", \"sinks\": [{\"file\": \"/c\"}]} }", "1:77", "takes checkpoints already" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"/c\", \"sinks\": [{\"mail\": \"/c\"}]} }", "1:86", "known are file, syslog" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"/c\", \"sinks\": [{}]} }", "1:77", "a sink is" },
        { "{ " STORE ", \"audit\": {\"checkpoints\": \"/c\", \"sinks\": [{\"syslog\": \"/s\"}, {\"syslog\": \"/s\"}]} }", "1:95", "there is a syslog already" },
        { "{ " STORE ", \"tasks\": [] }", "1:45", "tasks is an array" },
        { "{ " STORE ", \"archive\": {\"count\": 3} }", "1:57", "known are most, keep" },
        { "{ " STORE ", \"archive\": {\"most\": 1} }", "1:56", "no integer from 2 to 10000" },
        { "{ " STORE ", \"archive\": {\"keep\": \"12h\"} }", "1:56", "no duration from 1d" },
        { "{ " STORE ", \"archive\": 3 }", "1:47", "archive is a number" },
        { "{ " STORE ", \"tasks\": {\"dhcp_lease\": {}} }", "1:60", "known are servers_at_once, server_availability" },
        { "{ " STORE ", \"tasks\": {\"dhcp_leases\": 5} }", "1:61", "a task is a number" },
        { "{ " STORE ", \"tasks\": {\"dhcp_leases\": {\"every\": \"1h\"}} }", "1:71", "known are interval, jitter, enabled" },
        { "{ " STORE ", \"tasks\": {\"dhcp_leases\": {\"interval\": \"999ms\"}} }", "1:74", "no duration from 1s to 30d" },
        { "{ " STORE ", \"tasks\": {\"dhcp_leases\": {\"interval\": 900}} }", "1:74", "write one such as \"15m\"" },
        { "{ " STORE ", \"tasks\": {\"dhcp_leases\": {\"jitter\": \"31d\"}} }", "1:72", "no duration from 0s to 30d" },
        { "{ " STORE ", \"tasks\": {\"dhcp_leases\": {\"enabled\": 1}} }", "1:73", "enabled is neither true nor false" },
        { "{ " STORE ", \"tasks\": {\"servers_at_once\": 0} }", "1:65", "no integer from 1 to 1000" },
        { "{ " STORE ", \"listen\": [{\"address\": \"10.1.2.3:80\"}] }", "1:59", "is not loopback, and a listener beyond it needs TLS" },
        { "{ " STORE ", \"listen\": [{\"unix\": \"/x\", \"tls\": {}}] }", "1:69", "take it away from this unix socket" },
        { "{ " STORE ", \"listen\": [{\"address\": \"[::1]:80\", \"tls\": {\"key\": \"/k\"}}] }", "1:78", "tls lacks \"certificate\"" },
        { "{ " STORE ", \"listen\": [{\"address\": \"[::1]:80\", \"tls\": {" PAIR ", \"client\": \"optional\"}}] }", "1:123", "without \"client_ca\"" },
        { "{ " STORE ", " ASKS ", \"certificates\": [{\"name\": \"a\", \"role\": \"reader\"}] }", "1:152", "exactly one of" },
        { "{ " STORE ", " ASKS ", \"certificates\": [{\"name\": \"a\", \"role\": \"reader\", \"dns\": \"a\", \"uri\": \"b\"}] }", "1:152", "exactly one of" },
        { "{ " STORE ", " ASKS ", \"certificates\": [{\"name\": \"a\", \"role\": \"reader\", \"sha256\": \"ab:cd\"}] }", "1:194", "no fingerprint of 64" },
        { "{ " STORE ", " ASKS ", \"certificates\": [" CERT("reader", "\"a\"") ",\n" CERT("reader", "\"a\"") "] }", "2:1", "is there twice; give it once" },
        { "{ " STORE ", " ASKS ", \"certificates\": [" CERT("reader", "\"a\"") ",\n" CERT("administrator", "\"b\"") "] }", "2:1", "give one name one role" },
        { "{ " STORE ", \"certificates\": [" CERT("reader", "\"a\"") "] }", "1:53", "no listener asks" },
        { "{ " STORE ", \"peers\": [{\"uid\": -1, \"role\": \"reader\"}] }", "1:46", "needs \"uid\"" },
        { "{ " STORE ", \"peers\": [{\"uid\": 1, \"role\": \"reader\"},\n{\"uid\": 1, \"role\": \"administrator\"}] }", "2:1", "is there twice" },
        { "{ " STORE ", \"peers\": [{\"uid\": 1},\n{\"uid\": 1, \"role\": \"reader\"}] }", "2:1", "is there twice" },
        { "{ " STORE ", \"tokens\": [{\"name\": \"t\", \"role\": \"\", \"file\": \"/t\"}] }", "1:69", "role is empty" },
        { "{ " STORE ", " ASKS ", \"certificates\": [{\"name\": \"n\", \"dns\": \"a\"},\n" CERT("reader", "\"b\"") "] }", "2:1", "as nothing and as reader" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_text(*state, "ipamd.json", rows[i].text);
        assert_wrong(*state, rows[i].at, rows[i].what);
    }
}

/* A list of everything, not the first alone. */
static void test_every_problem_is_told(void **state)
{
    struct place *p = *state;
    write_text(p, "ipamd.json", "{ \"a\": 1, \"b\": 2, \"node\": 3, \"log_level\": null }");
    assert_int_equal(load(p), 4);
    assert_string_equal(p->conf->log_level, "info"); /* what is wrong leaves the default */
    assert_string_equal(p->conf->log_format, "journald");
    assert_string_equal(p->conf->node, "ipamd");
}

static void test_drop_ins_replace_values_and_add_to_lists(void **state)
{
    struct place *p = *state;
    make_folder(p);
    write_text(p, "ipamd.json", "{ \"node\": \"first\", " STORE ", \"plugins\": [{\"name\": \"a\"}],"
               " \"tasks\": {\"dhcp_leases\": {\"interval\": \"5m\", \"jitter\": \"1s\"}} }");
    write_text(p, "ipamd.json.d/20-b.json", "{ \"node\": \"third\", \"plugins\": [{\"name\": \"c\"}],"
               " \"tasks\": {\"dhcp_leases\": {\"interval\": \"7m\"}} }");
    write_text(p, "ipamd.json.d/10-a.json", "{ \"node\": \"second\", \"plugins\": [{\"name\": \"b\"}], \"storage\": {\"plugin\": \"other\"} }");
    write_text(p, "ipamd.json.d/.hidden.json", "not read");
    write_text(p, "ipamd.json.d/notes.txt", "not read");
    assert_int_equal(load(p), 0);
    assert_string_equal(p->conf->node, "third");
    assert_string_equal(p->conf->storage.name, "other");
    assert_int_equal(p->conf->tasks[TASK_LEASES].interval_ms, 7 * 60000);
    assert_int_equal(p->conf->tasks[TASK_LEASES].jitter_ms, 1000);
    assert_int_equal(p->conf->plugin_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(p->conf->plugins[i].name, i == 0 ? "a" : i == 1 ? "b" : "c");
}

static void test_a_twin_in_a_drop_in_is_told_there(void **state)
{
    struct place *p = *state;
    make_folder(p);
    write_text(p, "ipamd.json", "{ " STORE ", \"plugins\": [{\"name\": \"a\"}] }");
    write_text(p, "ipamd.json.d/10-a.json", "{\n\"plugins\": [\n {\"name\": \"a\"}] }");
    assert_int_equal(load(p), 1);
    strbuf_putc(&p->said, '\0');
    assert_non_null(strstr(p->said.data, "ipamd.json.d/10-a.json:3:2: plugin \"a\" is there twice"));
}

static void test_what_cannot_be_read_is_told(void **state)
{
    struct place *p = *state;
    char path[128], *big = malloc((1u << 20) + 1);
    assert_int_equal(load(p), 1); /* there is none */
    snprintf(path, sizeof(path), SOME_PATH, p->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(load(p), 1);
    strbuf_putc(&p->said, '\0');
    assert_non_null(strstr(p->said.data, "directory"));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* would never answer */
    assert_int_equal(load(p), 1);
    assert_int_equal(unlink(path), 0);
    memset(big, ' ', (1u << 20) + 1);
    write_bytes(p, "ipamd.json", big, (1u << 20) + 1);
    assert_int_equal(load(p), 1);
    strbuf_putc(&p->said, '\0');
    assert_non_null(strstr(p->said.data, "1 MiB"));
    free(big);
    write_text(p, "ipamd.json", "{ " STORE " }");
    write_text(p, "ipamd.json.d", "a file where the folder of drop-ins should be");
    assert_int_equal(load(p), 1);
}

/* A path longer than any message leaves room for what is wrong. */
static void test_a_long_path_spares_the_message(void **state)
{
    struct place *p = *state;
    char *file = malloc(20000);
    memset(file, 'x', 19999);
    file[19999] = '\0';
    strbuf_reset(&p->said);
    conf_problem(&(struct conf_place){ NULL, NULL, file }, on_report, p, "%s is wrong", "this");
    strbuf_putc(&p->said, '\0');
    assert_non_null(strstr(p->said.data, "this is wrong"));
    conf_problem(&(struct conf_place){ NULL, NULL, "f" }, on_report, p, "%s", file);
    free(file);
}

static void test_what_is_printed_reads_the_same(void **state)
{
    struct place *p = *state;
    struct strbuf once, twice;
    strbuf_init(&once, 1u << 20);
    strbuf_init(&twice, 1u << 20);
    write_text(p, "ipamd.json",
               "{ \"listen\": [{\"unix\": \"/run/x\", \"mode\": \"0600\"}], \"storage\": {\"plugin\": \"s\", \"options\": {\"n\": 1.50}},"
               "  \"plugins\": [{\"name\": \"a\"}], \"profiles\": [{\"name\": \"p\", \"driver\": \"a\", \"options\": {\"password\": {\"secret\": \"s\"}}}],"
               "  \"tokens\": [{\"name\": \"t\", \"role\": \"reader\", \"file\": \"/t\"}], \"peers\": [{\"uid\": 7, \"role\": \"reader\"}],"
               "  \"tasks\": {\"server_configuration\": {\"interval\": \"90m\", \"enabled\": false}},"
               "  \"audit\": {\"key\": \"/k\", \"next_key\": \"/n\", \"checkpoints\": \"/c\", \"sinks\": [{\"file\": \"/f\"}, {\"syslog\": \"/s\"}]} }");
    assert_int_equal(load(p), 0);
    conf_print(p->conf, &once);
    write_bytes(p, "ipamd.json", once.data, once.len);
    assert_int_equal(load(p), 0);
    conf_print(p->conf, &twice);
    assert_int_equal(once.len, twice.len);
    assert_memory_equal(once.data, twice.data, once.len);
    strbuf_fini(&once);
    strbuf_fini(&twice);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_of_it_is_read),
        TEST(test_wrong_values_are_told_with_their_place),
        TEST(test_every_problem_is_told),
        TEST(test_drop_ins_replace_values_and_add_to_lists),
        TEST(test_a_twin_in_a_drop_in_is_told_there),
        TEST(test_what_cannot_be_read_is_told),
        TEST(test_a_long_path_spares_the_message),
        TEST(test_what_is_printed_reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
