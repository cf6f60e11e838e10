/* provider_fixture.c - plugins in a trusted folder, a running loop, callers that remember.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "provider_fixture.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/record.h"

struct loop *loop;
struct providers *providers;
enum isolation isolation;
static struct plugin *odd;
static char folder[64];

const char *test_provider_dir(void)
{
    return folder;
}

static void copy(const char *from, const char *as)
{
    static char data[1 << 20];
    char to[512];
    FILE *in, *out;
    size_t n;

    snprintf(to, sizeof(to), "%s/%s.so", folder, as);
    in = fopen(from, "rb");
    out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(data, 1, sizeof(data), in)) > 0)
        assert_int_equal(fwrite(data, 1, n, out), n);
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(to, 0644), 0);
}

void fixture_copy(const char *name, const char *as)
{
    char from[512];

    snprintf(from, sizeof(from), "%s/%s.so", PLUGIN_BUILD_DIR, name);
    copy(from, as);
}

void fixture_copy_installed(const char *name)
{
    char from[512];

    snprintf(from, sizeof(from), "%s/%s.so", BUILT_DIR, name);
    copy(from, name);
}

void fixture_rename(const char *as, const char *name)
{
    char from[512], to[512];

    snprintf(from, sizeof(from), "%s/%s.so", folder, as);
    snprintf(to, sizeof(to), "%s/%s.so", folder, name);
    assert_int_equal(rename(from, to), 0);
}

/* A shared object that is no plugin. */
static void copy_library(void)
{
    Dl_info info;

    assert_true(dladdr((void *)_cmocka_run_group_tests, &info));
    copy(info.dli_fname, "library");
}

/* A sanitizer would turn a crash into an exit of its own. */
void fixture_crash_plainly(void)
{
    static const char *const names[] = { "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *before = getenv(names[i]);
        char value[512];

        snprintf(value, sizeof(value), "%s%shandle_segv=0", before ? before : "", before ? ":" : "");
        setenv(names[i], value, 1);
    }
}

void fixture_folder(void)
{
    char path[128];

    snprintf(folder, sizeof(folder), "/tmp/ipam-providers-XXXXXX");
    assert_non_null(mkdtemp(folder));
    setenv("IPAM_TEST_PROVIDERS", folder, 1);
    fixture_copy("odd", "odd");
    fixture_copy("odd_abi", "odd-abi");
    fixture_copy("odd", "other");
    fixture_copy("shelf", "shelf");
    fixture_copy("odd", "cut");
    snprintf(path, sizeof(path), "%s/cut.so", folder);
    assert_int_equal(truncate(path, 8000), 0);
    copy_library();
}

void fixture_folder_remove(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static struct plugin_set *loaded_set;
static int set_loaded;

static void on_loaded(void *user, struct plugin_set *set)
{
    (void)user;
    loaded_set = set;
    set_loaded = 1;
}

static int want(const char *name, const struct plugin_settings *settings, bool replace, struct plugin **ret,
                char *err)
{
    struct plugin_want wants[16] = { 0 };
    const char *problem;
    size_t count = 0;
    int status;

    for (const struct plugin *pl = providers->plugins; pl; pl = pl->next)
        if (!replace || strcmp(pl->name, name) != 0)
            wants[count++] = (struct plugin_want){ pl->name, pl->settings };
    wants[count++] = (struct plugin_want){ name, *settings };
    set_loaded = 0;
    plugins_load(providers, wants, count, on_loaded, NULL);
    fixture_wait(&set_loaded);
    *ret = plugin_set_get(loaded_set, count - 1, &problem);
    snprintf(err, PROVIDER_ERR_MAX, "%s", problem);
    status = plugin_set_status(loaded_set, count - 1);
    if (status == 0)
        plugins_use(loaded_set);
    else
        plugins_drop(loaded_set);
    return status;
}

int fixture_add(const char *name, enum isolation how, struct plugin **ret, char *err)
{
    return want(name, &(struct plugin_settings){ .isolation = how }, false, ret, err);
}

int fixture_want(const char *name, const struct plugin_settings *settings, struct plugin **ret, char *err)
{
    return want(name, settings, true, ret, err);
}

int fixture_up(void **state)
{
    return fixture_up_with(state, TEST_HELPER, SANDBOX_ON);
}

int fixture_up_with(void **state, const char *helper, enum sandbox_mode mode)
{
    char err[PROVIDER_ERR_MAX] = "";
    int keeper_fd;

    (void)state;
    keeper_fd = keeper_fork(helper, mode);
    assert_true(keeper_fd >= 0);
    loop = loop_new();
    providers = providers_new(loop, keeper_fd);
    providers_sandbox(providers, mode, false);
    providers->close_grace_ms = 300;
    if (fixture_add("odd", isolation, &odd, err) < 0)
        fail_msg("%s", err);
    return 0;
}

static void on_closed(void *user)
{
    *(int *)user = 1;
}

int fixture_down(void **state)
{
    int closed = 0;

    (void)state;
    providers_close(providers, on_closed, &closed);
    fixture_wait(&closed);
    loop_stop(loop);
    loop_run(loop);
    loop_free(loop);
    return 0;
}

static void on_tick(struct loop_timer *t)
{
    (void)t;
}

void fixture_wait(const int *flag)
{
    struct loop_timer tick = { 0 };
    int64_t give_up_ms = clock_mono_ms() + 10000;

    while (!*flag) {
        assert_true(clock_mono_ms() < give_up_ms);
        timer_start(loop, &tick, 20, on_tick);
        uv_run(loop_uv(loop), UV_RUN_ONCE);
    }
    timer_stop(&tick);
}

void fixture_run(int ms)
{
    struct loop_timer tick = { 0 };
    int64_t until_ms = clock_mono_ms() + ms;

    while (clock_mono_ms() < until_ms) {
        timer_start(loop, &tick, 5, on_tick);
        uv_run(loop_uv(loop), UV_RUN_ONCE);
    }
    timer_stop(&tick);
}

static void say(struct heard *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct heard *h, const char *fmt, ...)
{
    size_t len = strlen(h->said);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(h->said + len, sizeof(h->said) - len, fmt, ap);
    va_end(ap);
}

static void hear_lease(struct heard *h, const struct ipam_lease *l)
{
    uint32_t n =
        (uint32_t)l->address.bytes[1] << 16 | (uint32_t)l->address.bytes[2] << 8 | l->address.bytes[3];

    h->ordered = (h->records == 1 && n == 0) || (h->ordered && n == h->last + 1);
    h->last = n;
    if (h->records <= 10)
        say(h, "lease %u %.*s %zu\n", n, (int)l->name.len, l->name.data, l->mac.len);
}

static void hear_record(void *user, const struct ipam_record *rec)
{
    struct heard *h = user;

    assert_int_equal(h->done, 0);
    h->records++;
    switch (rec->type) {
    case IPAM_T_LEASE: hear_lease(h, (const struct ipam_lease *)rec); break;
    case IPAM_T_CHECK: {
        const struct ipam_check *c = (const struct ipam_check *)rec;

        say(h, "%.*s=%.*s\n", (int)c->channel.len, c->channel.data, (int)c->message.len, c->message.data);
        break;
    }
    case IPAM_T_PROBE:
        say(h, "probe %.*s\n", (int)((const struct ipam_probe *)rec)->product.len,
            ((const struct ipam_probe *)rec)->product.data);
        break;
    case IPAM_T_EDIT_RESULT: {
        const struct ipam_edit_result *r = (const struct ipam_edit_result *)rec;

        say(h, "edit %d %d %.*s\n", (int)r->index, (int)r->status, (int)r->message.len, r->message.data);
        break;
    }
    default: fail();
    }
    if (h->on_record)
        h->on_record(h);
}

static void hear_row(void *user, const struct ipam_row *row)
{
    struct heard *h = user;

    assert_int_equal(h->done, 0);
    h->rows++;
    if (h->rows > 10)
        return;
    say(h, "row %u %lld %lld", row->type, (long long)row->id, (long long)row->rev);
    for (uint32_t i = 0; i < row->column_count; i++)
        say(h, " %zu", row->columns[i].len);
    say(h, "%s'%.*s'\n", row->columns ? " " : " no columns ", (int)row->body.len, row->body.data);
}

static void hear_step(void *user, const char *step)
{
    struct heard *h = user;

    assert_int_equal(h->done, 0);
    h->steps++;
    say(h, "step %s\n", step);
}

static void hear_done(void *user, int status, const struct ipam_outcome *info)
{
    struct heard *h = user;

    assert_non_null(info);
    assert_int_equal(info->status, status);
    assert_true(loop_is_mine(loop));
    h->done++;
    h->status = status;
    h->flags = info->flags;
    snprintf(h->message, sizeof(h->message), "%.*s", (int)info->message.len,
             info->message.data ? info->message.data : "");
    snprintf(h->token, sizeof(h->token), "%.*s", (int)info->token.len,
             info->token.data ? info->token.data : "");
    if (status < 0)
        assert_true(info->message.len > 0);
}

const struct request_events events = { hear_record, hear_row, hear_step, hear_done };

void on_opened(void *user, int status, const char *message)
{
    struct opened *o = user;

    o->done++;
    o->status = status;
    snprintf(o->message, sizeof(o->message), "%s", message);
}

static int secret(void *user, const char *name, uint8_t *buf, size_t cap)
{
    (void)user;
    assert_true(cap > 100);
    if (strcmp(name, "right") != 0)
        return IPAM_E_NOENT;
    memcpy(buf, "sesame", 6);
    return 6;
}

struct instance *open_odd(const char *options, struct opened *ret)
{
    static struct opened nobody;
    struct instance_spec spec = {
        .plugin = odd, .kind = IPAM_KIND_DHCP, .target = "server-1", .secret = secret
    };
    struct json_doc *doc;
    struct json_error e;
    struct instance *inst;

    assert_int_equal(json_parse(options, strlen(options), 4096, &doc, &e), 0);
    spec.doc = doc;
    spec.options = json_root(doc);
    memset(ret ? ret : &nobody, 0, sizeof(nobody));
    inst = instance_open(providers, &spec, on_opened, ret ? ret : &nobody);
    json_free(doc); /* what is needed was copied */
    if (ret) {
        assert_int_equal(ret->done, 0);
        fixture_wait(&ret->done);
    }
    return inst;
}

struct request *ask(struct instance *inst, const char *how, int64_t limit, int64_t timeout_ms,
                    struct heard *h)
{
    struct ipam_dhcp_read args;
    void (*on_record)(struct heard *) = h->on_record;

    memset(h, 0, sizeof(*h));
    h->on_record = on_record;
    record_init(&args, IPAM_T_DHCP_READ);
    args.native_scope = str_from(how);
    IPAM_SET_FIELD(&args, IPAM_DHCP_READ_NATIVE_SCOPE);
    args.limit = limit;
    IPAM_SET_FIELD(&args, IPAM_DHCP_READ_LIMIT);
    h->req = request_start(inst, CALL_READ_LEASES, &args, timeout_ms, &events, h);
    assert_int_equal(h->done, 0); /* never inside the call */
    return h->req;
}

void ask_and_wait(struct instance *inst, const char *how, int64_t limit, int64_t timeout_ms, struct heard *h)
{
    ask(inst, how, limit, timeout_ms, h);
    fixture_wait(&h->done);
    assert_int_equal(h->done, 1);
}
