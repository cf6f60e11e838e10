/* bench_sqlite.c - how many allocations a second the storage plugin makes durable, at 1 and 64 a batch.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * bench_sqlite FOLDER (mode 0700): the work of floor_sqlite, through the plugin's own calls and the schema of
 * the records. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/store_p.h"

#define SECONDS 1.2
#define BATCH   64

/* A host that hands out nothing and remembers the last status. */
struct ipam_inst {
    const char *path;
};
struct ipam_req {
    int32_t status;
};

static int32_t option_text(struct ipam_inst *inst, const char *name, struct ipam_str *ret)
{
    *ret = str_from(strcmp(name, "path") == 0 ? inst->path : "full");
    return IPAM_OK;
}

static int32_t option_int(struct ipam_inst *inst, const char *name, int64_t *ret)
{
    (void)inst;
    (void)name;
    *ret = 32;
    return IPAM_OK;
}

static void open_error(struct ipam_inst *inst, const char *text)
{
    (void)inst;
    fprintf(stderr, "bench_sqlite: %s\n", text);
}

static void host_log(struct ipam_inst *inst, int32_t level, const char *event, const char *text)
{
    (void)inst;
    if (level <= 4)
        fprintf(stderr, "%s: %s\n", event, text);
}

static void done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info)
{
    req->status = status;
    if (status != IPAM_OK) {
        fprintf(stderr, "bench_sqlite: " STR_FMT "\n", STR_ARG(info->message));
        exit(1);
    }
}

static const struct ipam_host host = {
    .size = sizeof(host),
    .abi = IPAM_ABI,
    .option_text = option_text,
    .option_int = option_int,
    .open_error = open_error,
    .log = host_log,
    .done = done,
};

static const struct ipam_storage_ops *ops;
static void *ctx;

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void put(struct store_batch *b, int64_t n)
{
    struct ipam_address a;
    char name[32], claim[32], log[180];
    uint8_t mac[6] = {
        2, (uint8_t)(n * 167), (uint8_t)(n * 13), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n
    };
    struct ipam_addr at = { 4, { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };

    snprintf(name, sizeof(name), "host-%lld", (long long)n);
    snprintf(claim, sizeof(claim), "request-%lld", (long long)n);
    memset(log, 'l', sizeof(log));
    record_init(&a, IPAM_T_ADDRESS);
    RECORD_SET(&a, IPAM_ADDRESS_ID, id, n);
    RECORD_SET(&a, IPAM_ADDRESS_REV, rev, n);
    RECORD_SET(&a, IPAM_ADDRESS_SPACE, space, 1);
    RECORD_SET(&a, IPAM_ADDRESS_ADDRESS, address, at);
    RECORD_SET(&a, IPAM_ADDRESS_NAME, name, str_from(name));
    RECORD_SET(&a, IPAM_ADDRESS_MAC, mac, ((struct ipam_bytes){ mac, sizeof(mac) }));
    RECORD_SET(&a, IPAM_ADDRESS_CLAIM, claim, str_from(claim));
    RECORD_SET(&a, IPAM_ADDRESS_DESCRIPTION, description,
               str_from("made by the benchmark, of an ordinary length"));
    store_batch_put(b, &a);
    store_batch_log(b, n, n, (struct ipam_bytes){ (const uint8_t *)log, sizeof(log) });
}

static void commit(int64_t first, int64_t count)
{
    struct ipam_req req;
    struct ipam_gate_enter enter = { .size = sizeof(enter), .head = first - 1 };
    struct store_batch *b = store_batch_new(NULL);
    struct ipam_gate_commit args = { .size = sizeof(args) };

    ops->gate_enter(ctx, &req, &enter);
    for (int64_t i = 0; i < count; i++)
        put(b, first + i);
    args.next_id = first + count;
    args.head = first + count - 1;
    args.row_count = (uint32_t)b->row_count;
    args.log_count = (uint32_t)b->log_count;
    args.rows = b->rows;
    args.logs = b->logs;
    ops->gate_commit(ctx, &req, &args);
    store_batch_free(b);
}

static double measure(int64_t batch)
{
    static int64_t n;
    int64_t first = n;
    double start = now(), end;

    do {
        commit(n + 1, batch);
        n += batch;
        end = now();
    } while (end - start < SECONDS);
    return (double)(n - first) / (end - start);
}

int main(int argc, char **argv)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
    char folder[PATH_MAX], path[PATH_MAX + 32], name[PATH_MAX + 64];
    struct ipam_inst inst = { path };

    if (argc != 2) {
        fputs("usage: bench_sqlite FOLDER\n", stderr);
        return 64;
    }
    if (!realpath(argv[1], folder)) {
        perror(argv[1]);
        return 1;
    }
    snprintf(path, sizeof(path), "%s/bench_sqlite.%ld", folder, (long)getpid());
    ops = ipam_plugin_v0()->storage;
    if (ops->open(&inst, &host, store_schema(), &ctx) != IPAM_OK)
        return 1;
    printf("sqlite_1 %.0f 1/s\n", measure(1));
    printf("sqlite_64 %.0f 1/s\n", measure(BATCH));
    ops->close(ctx);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return 0;
}
