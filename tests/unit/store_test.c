/* store_test.c - a store on the real sqlite plugin in a folder of its own, driven step by step.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "store_test.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

struct store *store;
struct heard heard;
char db_path[128];
uint64_t seed;
static char folder[64];
static struct loop *loop;
static struct providers *providers;

uint64_t draw(uint64_t below) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % below;
}

void seed_print(void)
{
    seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
}

static void run_command(const char *fmt, const char *a, const char *b)
{
    char command[1024];

    snprintf(command, sizeof(command), "%s '%s' '%s'", fmt, a, b);
    assert_int_equal(system(command), 0);
}

int store_group_up(void **state)
{
    char plugins[96];

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/ipam-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(plugins, sizeof(plugins), "%s/sqlite.so", folder);
    run_command("cp -L", SQLITE_SO, plugins);
    assert_int_equal(chmod(plugins, 0644), 0);
    setenv("IPAM_TEST_PROVIDERS", folder, 1);
    snprintf(db_path, sizeof(db_path), "%s/ipam.db", folder);
    return 0;
}

int store_group_down(void **state)
{
    (void)state;
    run_command("rm -rf", folder, folder);
    return 0;
}

static void tick(struct loop_timer *t)
{
    (void)t;
}

static void wait_for(const bool *flag)
{
    struct loop_timer timer = { 0 };
    int64_t give_up_ms = clock_mono_ms() + 20000;

    while (!*flag) {
        assert_true(clock_mono_ms() < give_up_ms);
        timer_start(loop, &timer, 20, tick);
        uv_run(loop_uv(loop), UV_RUN_ONCE);
    }
    timer_stop(&timer);
}

static void forget(void)
{
    for (size_t i = 0; i < heard.count; i++)
        free(heard.records[i]);
    free(heard.records);
    strbuf_fini(&heard.changes);
    heard = (struct heard){ .done = false };
    strbuf_init(&heard.changes, 1 << 20);
}

static void on_done(void *user, int status, const char *message)
{
    (void)user;
    assert_false(heard.done);
    heard.done = true;
    heard.status = status;
    snprintf(heard.message, sizeof(heard.message), "%s", message);
    assert_true((status == 0) == (message[0] == '\0'));
}

static void on_record(void *user, const struct record_type *t, void *rec)
{
    (void)user;
    assert_ptr_equal(t, record_type(((struct ipam_record *)rec)->type));
    heard.records = xrealloc(heard.records, (heard.count + 1) * sizeof(void *));
    heard.records[heard.count++] = record_clone(rec);
}

static void on_entered(void *user, int status, const char *message, const struct store_entry *entry)
{
    heard.entry = *entry;
    for (size_t i = 0; i < entry->found_count; i++)
        on_record(user, record_type(((const struct ipam_record *)entry->found[i])->type),
                  (void *)entry->found[i]);
    on_done(user, status, message);
}

static void on_answer(void *user, int status, const char *message, const struct store_answer *answer)
{
    heard.answer = *answer;
    on_done(user, status, message);
}

static void on_change(void *user, int64_t rev, struct ipam_bytes body)
{
    (void)user;
    strbuf_printf(&heard.changes, "%lld:%.*s;", (long long)rev, (int)body.len, (const char *)body.data);
}

static int answered(void)
{
    assert_false(heard.done); /* never inside the call */
    wait_for(&heard.done);
    return heard.status;
}

int do_enter_for(int64_t head, const struct store_key *keys, size_t count)
{
    forget();
    store_enter(store, head, keys, count, on_record, on_entered, NULL);
    return answered();
}

int do_enter(int64_t head)
{
    return do_enter_for(head, NULL, 0);
}

int do_get(const struct store_key *keys, size_t count)
{
    forget();
    store_get(store, keys, count, on_record, on_done, NULL);
    return answered();
}

int do_commit(struct store_batch *b, int64_t next_id, int64_t head)
{
    forget();
    store_commit(store, b, next_id, head, on_done, NULL);
    return answered();
}

int do_abort(void)
{
    forget();
    store_abort(store, on_done, NULL);
    return answered();
}

int do_query(const struct store_query *q)
{
    forget();
    assert_non_null(store_query(store, q, on_record, on_answer, NULL));
    return answered();
}

int do_changes(int64_t after, int64_t upto, uint32_t limit, uint32_t flags)
{
    forget();
    assert_non_null(store_changes(store, after, upto, limit, flags, on_change, on_answer, NULL));
    return answered();
}

void commit_all(void (*fill)(struct store_batch *b), int64_t next_id, int64_t head)
{
    struct store_batch *b = store_batch_new(store);

    assert_int_equal(do_enter(head - 1), 0);
    fill(b);
    assert_int_equal(do_commit(b, next_id, head), 0);
}

static struct plugin_set *loaded_set;

static void on_loaded(void *user, struct plugin_set *set)
{
    (void)user;
    loaded_set = set;
}

int store_try(const char *path)
{
    struct json_error error;
    struct json_doc *doc;
    struct plugin *plugin;
    char text[256];
    const char *problem;

    loop = loop_new();
    providers = providers_new(loop, -1);
    struct plugin_want want = { "sqlite", { .isolation = ISOLATION_NONE } };
    plugins_load(providers, &want, 1, on_loaded, NULL);
    while (!loaded_set)
        uv_run(loop_uv(loop), UV_RUN_ONCE);
    plugin = plugin_set_get(loaded_set, 0, &problem);
    if (problem[0])
        fail_msg("%s", problem);
    plugins_use(loaded_set);
    loaded_set = NULL;
    int len = snprintf(text, sizeof(text), "{\"path\": \"%s\"}", path);
    assert_int_equal(json_parse(text, (size_t)len, sizeof(text), &doc, &error), 0);
    forget();
    store = store_open(providers, plugin, doc, json_root(doc), false, on_done, NULL);
    json_free(doc); /* what is needed of it was copied */
    return answered();
}

static void on_closed(void *user)
{
    *(bool *)user = true;
}

void store_shut(void)
{
    bool closed = false;

    if (!store)
        return;
    store_close(store);
    store = NULL;
    providers_close(providers, on_closed, &closed);
    wait_for(&closed);
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
}

int store_up(void **state)
{
    (void)state;
    if (store_try(db_path) != 0)
        fail_msg("%s", heard.message);
    return 0;
}

int store_down(void **state)
{
    (void)state;
    store_shut();
    forget();
    strbuf_fini(&heard.changes);
    unlink(db_path);
    return 0;
}
