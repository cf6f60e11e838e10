/* plugin.c - descriptor, options, opening and closing of the sqlite plugin.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "sq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* First version of SQLite in which two connections cannot lose a reset of the log:
 * https://sqlite.org/changes.html */
#define WAL_RESET_FIXED 3051003

static void log_event(struct sq_ctx *ctx, int32_t level, const char *event, const char *text)
{
    ctx->host->log(ctx->inst, level, event, text);
}

void sq_done(struct sq_ctx *ctx, struct ipam_req *req, const struct sq_error *err)
{
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };
    char native[16];

    if (err->status == IPAM_OK) {
        ctx->host->done(req, IPAM_OK, NULL);
        return;
    }
    info.message = (struct ipam_str){ err->text, strlen(err->text) };
    IPAM_SET_FIELD(&info, IPAM_OUTCOME_MESSAGE);
    if (err->native) {
        size_t len = (size_t)snprintf(native, sizeof(native), "%d", err->native);

        info.native = (struct ipam_str){ native, len };
        IPAM_SET_FIELD(&info, IPAM_OUTCOME_NATIVE);
    }
    ctx->host->done(req, err->status, &info);
}

bool sq_usable(struct sq_ctx *ctx, struct ipam_req *req)
{
    if (!atomic_load_explicit(&ctx->broken, memory_order_acquire))
        return true;
    sq_done(ctx, req, &ctx->why);
    return false;
}

int32_t sq_check_sum(const struct sq_ctx *ctx, const char *what, int64_t id, int64_t sum, int64_t wanted,
                     struct sq_error *err)
{
    if (sum == wanted)
        return IPAM_OK;
    return sq_refuse(
        err, IPAM_E_PROVIDER,
        "%s: %s %lld is not what was stored (its sum differs): the disk or the memory damaged it; "
        "look at both, and restore a backup",
        ctx->path, what, (long long)id);
}

static const char *name_of(const struct sq_ctx *ctx, uint32_t type, char *buf, size_t room)
{
    const struct sq_table *t = sq_table_find(ctx, type);

    snprintf(buf, room, "row %s", type == IPAM_T_CHANGE ? "of the change log" : t ? t->def->name : "");
    return buf;
}

int32_t sq_emit(struct sq_ctx *ctx, struct ipam_req *req, uint32_t type, uint32_t op, sqlite3_stmt *stmt,
                struct sq_error *err)
{
    struct ipam_row row = { .size = sizeof(row), .op = op & ~SQ_UNCHECKED, .type = type };
    char name[SQ_NAME_MAX + 8];
    uint8_t time[8];
    const struct ipam_bytes column = { time, sizeof(time) };
    int32_t status = IPAM_OK;

    row.id = sqlite3_column_int64(stmt, 0);
    row.rev = sqlite3_column_int64(stmt, 1);
    row.body = sq_column_bytes(stmt, 2);
    if (type == IPAM_T_CHANGE) {
        uint64_t ms = (uint64_t)sqlite3_column_int64(stmt, 4);

        for (unsigned i = 0; i < sizeof(time); i++)
            time[i] = (uint8_t)(ms >> 8 * i);
        row.columns = &column;
        row.column_count = 1;
    }
    if (op != IPAM_ROW_DELETE && !(op & SQ_UNCHECKED)) {
        int64_t second = type == IPAM_T_CHANGE ? sqlite3_column_int64(stmt, 4) : row.rev;

        status = sq_check_sum(ctx, name_of(ctx, type, name, sizeof(name)), row.id,
                              sq_sum(row.id, second, row.body), sqlite3_column_int64(stmt, 3), err);
    }
    if (status == IPAM_OK && (status = ctx->host->row(req, &row)) < 0)
        sq_stopped(err, status, ctx->path);
    return status;
}

static int32_t read_options(struct sq_ctx *ctx, struct sq_settings *set, struct sq_error *err)
{
    struct ipam_str path, synchronous;
    int64_t cache;

    if (ctx->host->option_text(ctx->inst, "path", &path) != IPAM_OK)
        return sq_refuse(err, IPAM_E_CONFIG,
                         "option path is missing; give the absolute path of the database");
    if (ctx->host->option_text(ctx->inst, "synchronous", &synchronous) != IPAM_OK ||
        ctx->host->option_int(ctx->inst, "cache_mib", &cache) != IPAM_OK)
        return sq_refuse(err, IPAM_E_BUG, "the host does not know this plugin's options; please report it");
    ctx->path = strndup(path.data, path.len);
    if (!ctx->path)
        return sq_refuse(err, IPAM_E_NOMEM, "out of memory");
    set->path = ctx->path;
    set->full = synchronous.len == 4 && memcmp(synchronous.data, "full", 4) == 0;
    set->cache_mib = cache;
    return IPAM_OK;
}

static void report(struct sq_ctx *ctx, const struct sq_settings *set)
{
    char text[SQ_TEXT];

    snprintf(text, sizeof(text),
             "%s: open; SQLite %s, %s the fix of the log reset (one writer makes that fault unreachable)",
             ctx->path, sqlite3_libversion(),
             sqlite3_libversion_number() >= WAL_RESET_FIXED ? "with" : "without");
    log_event(ctx, 6, "sqlite-open", text);
    if (set->full)
        return;
    snprintf(text, sizeof(text),
             "%s: synchronous is normal: a power cut loses what was answered as done; this is for tests "
             "only, set it to full",
             ctx->path);
    log_event(ctx, 4, "sqlite-unsafe", text);
}

void sq_disconnect(struct sq_ctx *ctx)
{
    for (unsigned i = 0; i < SQ_READERS; i++)
        sq_conn_close(&ctx->readers[i]);
    sq_gate_release(ctx);
    /* After an I/O error the log stays as it is: recovery belongs to the next start. */
    if (ctx->writer.db && atomic_load(&ctx->broken))
        sqlite3_db_config(ctx->writer.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sq_conn_close(&ctx->writer);
}

int32_t sq_connect(struct sq_ctx *ctx, struct sq_error *err)
{
    int32_t status = sq_conn_open(&ctx->writer, &ctx->settings, false, err);

    if (status == IPAM_OK)
        status = sq_layout(ctx, err);
    if (status == IPAM_OK && !sq_as_is(ctx))
        status = sq_gate_prepare(ctx, err);
    for (unsigned i = 0; status == IPAM_OK && i < SQ_READERS; i++)
        status = sq_conn_open(&ctx->readers[i], &ctx->settings, true, err);
    for (unsigned i = 0; status == IPAM_OK && i < SQ_READERS; i++)
        status = sq_past_prepare(ctx, &ctx->readers[i], err);
    return status;
}

static void ctx_free(struct sq_ctx *ctx)
{
    sq_load_drop(ctx->load);
    sq_disconnect(ctx);
    if (ctx->lock_fd >= 0)
        close(ctx->lock_fd);
    pthread_rwlock_destroy(&ctx->in_place);
    free(ctx->tables);
    free(ctx->path);
    free(ctx);
}

bool sq_as_is(const struct sq_ctx *ctx)
{
    const struct ipam_schema *schema = ctx->schema;

    return schema->size >= offsetof(struct ipam_schema, flags) + sizeof(schema->flags) &&
           (schema->flags & IPAM_SCHEMA_AS_IS);
}

/* Nothing asks SQLite how much memory it has: counting would take a lock of the process for each piece. Has
 * no effect in a process that uses SQLite already. */
static void count_no_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int32_t open_all(struct sq_ctx *ctx, struct sq_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, count_no_memory);
    int32_t status = read_options(ctx, &ctx->settings, err);

    if (status == IPAM_OK)
        status = sq_file_claim(ctx->path, sq_as_is(ctx), &ctx->lock_fd, err);
    if (status == IPAM_OK && !sq_as_is(ctx))
        status = sq_new_drop(ctx, err);
    if (status == IPAM_OK)
        status = sq_connect(ctx, err);
    if (status == IPAM_OK)
        report(ctx, &ctx->settings);
    return status;
}

static int32_t sq_open(struct ipam_inst *inst, const struct ipam_host *host, const struct ipam_schema *schema,
                       void **ret_ctx)
{
    struct sq_error err = { .status = IPAM_E_NOMEM, .text = "out of memory" };
    struct sq_ctx *ctx = calloc(1, sizeof(*ctx));

    if (!ctx) {
        host->open_error(inst, err.text);
        return IPAM_E_NOMEM;
    }
    *ctx = (struct sq_ctx){ .inst = inst, .host = host, .schema = schema, .lock_fd = -1 };
    pthread_rwlock_init(&ctx->in_place, NULL);
    ctx->tables = calloc(schema->table_count ? schema->table_count : 1, sizeof(*ctx->tables));
    for (uint32_t i = 0; ctx->tables && i < schema->table_count; i++)
        ctx->tables[i].def = schema->tables[i];
    int32_t status = ctx->tables ? open_all(ctx, &err) : IPAM_E_NOMEM;
    if (status != IPAM_OK) {
        host->open_error(inst, err.text);
        ctx_free(ctx);
        return status;
    }
    *ret_ctx = ctx;
    return IPAM_OK;
}

static void sq_close(void *ctx)
{
    ctx_free(ctx);
}

static const char *const synchronous_names[] = { "full", "normal", NULL };
static const struct ipam_option option_path = {
    .size = sizeof(option_path),
    .kind = IPAM_OPT_PATH,
    .flags = IPAM_OPT_REQUIRED,
    .name = "path",
    .help = "The database; its folder must have mode 0700 and belong to the service's user."
};
static const struct ipam_option option_synchronous = {
    .size = sizeof(option_synchronous),
    .kind = IPAM_OPT_ENUM,
    .name = "synchronous",
    .def = "full",
    .names = synchronous_names,
    .help = "full: what is answered survives a power cut. normal: it does not; for tests, never in service."
};
static const struct ipam_option option_cache = {
    .size = sizeof(option_cache),
    .kind = IPAM_OPT_INT,
    .name = "cache_mib",
    .def = "32",
    .min = 1,
    .max = 65536,
    .help = "Page cache of each of the three connections, in MiB.",
};
static const struct ipam_option *const options[] = { &option_path, &option_synchronous, &option_cache, NULL };

static const struct ipam_storage_ops ops = {
    .size = sizeof(ops),
    .version = 0,
    .readers = SQ_READERS,
    .capabilities =
        IPAM_STORAGE_CAP_DUMP | IPAM_STORAGE_CAP_VERIFY | IPAM_STORAGE_CAP_STATS | IPAM_STORAGE_CAP_AT,
    .open = sq_open,
    .close = sq_close,
    .gate_enter = sq_gate_enter,
    .gate_get = sq_gate_get,
    .gate_commit = sq_gate_commit,
    .gate_abort = sq_gate_abort,
    .outcome = sq_outcome,
    .query = sq_query,
    .changes = sq_changes,
    .dump = sq_dump,
    .load = sq_load,
    .verify = sq_verify,
    .stat = sq_stat,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = sizeof(plugin),
        .abi = IPAM_ABI,
        .name = "sqlite",
        .version = "0.1.0",
        .summary = "Storage in one SQLite file, for a single node.",
        .options = options,
        .storage = &ops,
    };
    return &plugin;
}
