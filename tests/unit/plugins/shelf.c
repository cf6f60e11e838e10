/* shelf.c - a storage provider that keeps nothing: it says what it was asked.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ipam/plugin.h"

struct shelf {
    const struct ipam_host *host;
    pthread_t writer;
    uint32_t tables;
};

static int32_t shelf_open(struct ipam_inst *inst, const struct ipam_host *host,
                          const struct ipam_schema *schema, void **ret_ctx)
{
    struct shelf *s = calloc(1, sizeof(*s));

    (void)inst;
    if (s == NULL)
        return IPAM_E_NOMEM;
    s->host = host;
    s->writer = pthread_self();
    s->tables = schema->table_count;
    *ret_ctx = s;
    return IPAM_OK;
}

static void shelf_close(void *ctx)
{
    free(ctx);
}

/* The writer's calls come on the thread that opened. */
static int32_t on_writer(const struct shelf *s)
{
    return pthread_equal(pthread_self(), s->writer) ? IPAM_OK : IPAM_E_BUG;
}

static int32_t put_row(const struct shelf *s, struct ipam_req *req, int64_t id, const char *body)
{
    struct ipam_row row = { .size = sizeof(row), .type = 1, .id = id, .rev = id * 10 };

    row.body.data = (const uint8_t *)body;
    row.body.len = strlen(body);
    return s->host->row(req, &row);
}

static void shelf_enter(void *ctx, struct ipam_req *req, struct ipam_gate_enter *args)
{
    struct shelf *s = ctx;

    put_row(s, req, 1, "changed");
    args->ret_head = args->head + 1;
    args->ret_next_id = s->tables;
    args->ret_clock_ms = s->host->now_ms();
    s->host->done(req, on_writer(s), NULL);
}

static void shelf_get(void *ctx, struct ipam_req *req, const struct ipam_gate_get *args)
{
    struct shelf *s = ctx;

    for (uint32_t i = 0; i < args->count; i++) {
        static const uint8_t value[] = { 1, 2, 3 };
        const struct ipam_bytes columns[2] = { { value, sizeof(value) }, { NULL, 0 } };
        struct ipam_row row = { .size = sizeof(row),
                                .type = args->keys[i]->type,
                                .id = args->keys[i]->id,
                                .columns = columns,
                                .column_count = 2 };

        s->host->row(req, &row);
    }
    s->host->done(req, on_writer(s), NULL);
}

static void shelf_commit(void *ctx, struct ipam_req *req, const struct ipam_gate_commit *args)
{
    struct shelf *s = ctx;
    struct timespec t = { 0, 100000000 };
    volatile uint8_t first = args->batch_id[0];

    if (args->head == -1) {
        nanosleep(&t, NULL); /* the caller's memory must still be there */
        first = args->batch_id[0];
    }
    (void)first;
    s->host->done(req, on_writer(s), NULL);
}

static void shelf_abort(void *ctx, struct ipam_req *req)
{
    struct shelf *s = ctx;

    s->host->done(req, on_writer(s), NULL);
}

static void shelf_outcome(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *args)
{
    struct shelf *s = ctx;

    args->ret_outcome = IPAM_OUTCOME_ABSENT;
    s->host->done(req, on_writer(s), NULL);
}

/* As many rows as the limit says; the body tells the reader. */
static void shelf_query(void *ctx, struct ipam_req *req, struct ipam_query *args)
{
    struct shelf *s = ctx;
    int32_t status = IPAM_OK;
    char body[64];

    snprintf(body, sizeof(body), "reader %u", args->reader);
    for (uint32_t i = 0; status == IPAM_OK && i < args->limit; i++)
        status = put_row(s, req, i, body);
    args->ret_count = args->limit;
    s->host->done(req, status, NULL);
}

static void shelf_changes(void *ctx, struct ipam_req *req, struct ipam_changes *args)
{
    struct shelf *s = ctx;

    args->ret_head = args->after;
    s->host->done(req, args->reader < 2 ? IPAM_OK : IPAM_E_BUG, NULL);
}

static const struct ipam_storage_ops storage = {
    .size = sizeof(storage),
    .readers = 2,
    .open = shelf_open,
    .close = shelf_close,
    .gate_enter = shelf_enter,
    .gate_get = shelf_get,
    .gate_commit = shelf_commit,
    .gate_abort = shelf_abort,
    .outcome = shelf_outcome,
    .query = shelf_query,
    .changes = shelf_changes,
};

static const struct ipam_plugin descriptor = {
    .size = sizeof(descriptor),
    .abi = IPAM_ABI,
    .name = "shelf",
    .version = "1.0",
    .summary = "Keeps nothing.",
    .storage = &storage,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &descriptor;
}
