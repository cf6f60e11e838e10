/* odd_storage.c - a storage in memory that keeps every rule, or with -DBREAK_... breaks exactly one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What it holds belongs to the process, so that it is there after opening again. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../null/blake2b.c"
#include "ipam/plugin.h"

#ifndef NAME
#define NAME "odd-storage"
#endif

#define ROWS_MAX 16
#define LOGS_MAX 1024
#define BODY_MAX 8

struct row {
    uint32_t type;
    int64_t id, rev;
    uint8_t columns[2]; /* the tests' values are of one byte */
    uint8_t body[BODY_MAX];
    size_t body_len;
};
struct change {
    int64_t rev;
    uint8_t batch_id[16];
    uint8_t body[BODY_MAX];
    size_t body_len;
};
struct data {
    struct row rows[ROWS_MAX];
    struct change changes[LOGS_MAX];
    unsigned row_count, change_count;
    int64_t head, next_id;
};
static struct data data = { .next_id = 1 };
static pthread_mutex_t data_lock = PTHREAD_MUTEX_INITIALIZER;

struct odd {
    struct ipam_inst *inst;
    const struct ipam_host *host;
    const struct ipam_schema *schema;
    char *path;
};

/* Place of a column in the schema's table, by its field number; -1: none. */
static int place_of(const struct odd *odd, uint32_t type, uint32_t column)
{
    for (uint32_t t = 0; t < odd->schema->table_count; t++) {
        const struct ipam_table *table = odd->schema->tables[t];
        for (uint32_t i = 0; table->type == type && i < table->column_count && i < 2; i++)
            if (table->column_numbers[i] == column)
                return (int)i;
    }
    return -1;
}

static int matches(const struct odd *odd, const struct row *row, uint32_t column, struct ipam_bytes value)
{
    int place = place_of(odd, row->type, column);

    return place >= 0 && value.len == 1 && row->columns[place] == value.data[0];
}

static int32_t tell(const struct odd *odd, struct ipam_req *req, const struct row *row)
{
    struct ipam_row out;

    memset(&out, 0, sizeof(out));
    out.size = sizeof(out);
    out.type = row->type;
    out.id = row->id;
    out.rev = row->rev;
    out.body.data = row->body;
    out.body.len = row->body_len;
    return odd->host->row(req, &out);
}

static void done(const struct odd *odd, struct ipam_req *req, int32_t status)
{
    odd->host->done(req, status, NULL);
#ifdef BREAK_DONE_ONCE
    odd->host->done(req, status, NULL);
#endif
}

#ifdef BREAK_STORAGE_READERS /* half of a commit can be seen */
#define LOCK_SNAPSHOT()   (void)0
#define UNLOCK_SNAPSHOT() (void)0
#define HALF_WAY()        usleep(3000)
#else
#define LOCK_SNAPSHOT()   pthread_mutex_lock(&data_lock)
#define UNLOCK_SNAPSHOT() pthread_mutex_unlock(&data_lock)
#define HALF_WAY()        (void)0
#endif

/* A snapshot: what readers emit from, without holding the lock. */
static struct data *snapshot(void)
{
    struct data *copy = malloc(sizeof(*copy));

    if (copy == NULL)
        return NULL;
    LOCK_SNAPSHOT();
    memcpy(copy, &data, sizeof(*copy));
    UNLOCK_SNAPSHOT();
    return copy;
}

static void gate_enter(void *ctx, struct ipam_req *req, struct ipam_gate_enter *args)
{
    struct odd *odd = ctx;
    int32_t rc = IPAM_OK;

    pthread_mutex_lock(&data_lock);
    args->ret_clock_ms = 1000;
    args->ret_next_id = data.next_id;
    args->ret_head = data.head;
    for (unsigned i = 0; rc == IPAM_OK && i < data.row_count; i++)
        if (data.rows[i].rev > args->head)
            rc = tell(odd, req, &data.rows[i]);
    pthread_mutex_unlock(&data_lock);
    done(odd, req, rc);
}

static void gate_get(void *ctx, struct ipam_req *req, const struct ipam_gate_get *args)
{
    struct odd *odd = ctx;
    int32_t rc = IPAM_OK;

    for (uint32_t k = 0; k < args->count; k++) {
        const struct ipam_key *key = args->keys[k];
        for (unsigned i = 0; rc == IPAM_OK && i < data.row_count; i++)
            if (data.rows[i].type == key->type &&
                (key->id != 0 ? data.rows[i].id == key->id
                              : matches(odd, &data.rows[i], key->column, key->value)))
                rc = tell(odd, req, &data.rows[i]);
    }
    done(odd, req, rc);
}

static void put(const struct ipam_row *in)
{
    unsigned i = 0;

    while (i < data.row_count && data.rows[i].id != in->id)
        i++;
    if (i == ROWS_MAX)
        return;
    if (i == data.row_count)
        data.row_count++;
    data.rows[i].type = in->type;
    data.rows[i].id = in->id;
    data.rows[i].rev = in->rev;
    for (uint32_t c = 0; c < in->column_count && c < 2; c++)
        data.rows[i].columns[c] = in->columns[c].len > 0 ? in->columns[c].data[0] : 0;
    data.rows[i].body_len = in->body.len < BODY_MAX ? in->body.len : BODY_MAX;
    memcpy(data.rows[i].body, in->body.data, data.rows[i].body_len);
}

static void gate_commit(void *ctx, struct ipam_req *req, const struct ipam_gate_commit *args)
{
    struct odd *odd = ctx;

    pthread_mutex_lock(&data_lock);
    for (uint32_t i = 0; i < args->row_count; i++)
        put(args->rows[i]);
    HALF_WAY();
#ifndef BREAK_STORAGE_ROUND_TRIP /* a lost change set */
    for (uint32_t i = 0; i < args->log_count && data.change_count < LOGS_MAX; i++) {
        struct change *c = &data.changes[data.change_count++];
        c->rev = args->logs[i]->rev;
        memcpy(c->batch_id, args->batch_id, sizeof(c->batch_id));
        c->body_len = args->logs[i]->body.len < BODY_MAX ? args->logs[i]->body.len : BODY_MAX;
        memcpy(c->body, args->logs[i]->body.data, c->body_len);
    }
#endif
    data.head = args->head;
    data.next_id = args->next_id;
    pthread_mutex_unlock(&data_lock);
    done(odd, req, IPAM_OK);
}

static void gate_abort(void *ctx, struct ipam_req *req)
{
#ifdef BREAK_STORAGE_ABORT
    static int aborted; /* the round trip aborts once, the rule's own trial more often */
    if (aborted++ > 0)
        data.head++;
#endif
    done(ctx, req, IPAM_OK);
}

static void outcome(void *ctx, struct ipam_req *req, struct ipam_gate_outcome *args)
{
    args->ret_outcome = IPAM_OUTCOME_ABSENT;
    for (unsigned i = 0; i < data.change_count; i++)
        if (memcmp(data.changes[i].batch_id, args->batch_id, sizeof(args->batch_id)) == 0)
            args->ret_outcome = IPAM_OUTCOME_COMMITTED;
    done(ctx, req, IPAM_OK);
}

static void query(void *ctx, struct ipam_req *req, struct ipam_query *args)
{
    struct odd *odd = ctx;
    struct data *d = snapshot();
    int32_t rc = d != NULL ? IPAM_OK : IPAM_E_NOMEM;

    for (unsigned i = 0; rc == IPAM_OK && i < d->row_count; i++) {
        int wanted = d->rows[i].type == args->type;
        for (uint32_t f = 0; wanted && f < args->filter_count; f++)
            wanted = matches(odd, &d->rows[i], args->filters[f]->column, args->filters[f]->value);
        if (wanted)
            rc = tell(odd, req, &d->rows[i]);
    }
    if (d != NULL)
        args->ret_head = d->head;
    free(d);
    done(odd, req, rc);
}

static void changes(void *ctx, struct ipam_req *req, struct ipam_changes *args)
{
    struct odd *odd = ctx;
    struct data *d = snapshot();
    int32_t rc = d != NULL ? IPAM_OK : IPAM_E_NOMEM;
    struct ipam_row out;

    for (unsigned i = 0; rc == IPAM_OK && i < d->change_count; i++) {
        memset(&out, 0, sizeof(out));
        out.size = sizeof(out);
        out.type = IPAM_T_CHANGE;
        out.id = out.rev = d->changes[i].rev;
        out.body.data = d->changes[i].body;
        out.body.len = d->changes[i].body_len;
        if (out.rev > args->after && (args->upto == 0 || out.rev <= args->upto))
            rc = odd->host->row(req, &out);
    }
    if (d != NULL) {
        args->ret_head = d->head;
        args->ret_count = d->change_count;
    }
    free(d);
    done(odd, req, rc);
}

static void digest(struct blake2b *b, const struct ipam_row *row)
{
    uint64_t numbers[] = { row->type, (uint64_t)row->id, (uint64_t)row->rev };
    uint8_t head[24];

    for (unsigned i = 0; i < sizeof(head); i++)
        head[i] = (uint8_t)(numbers[i / 8] >> (i % 8 * 8));
    blake2b_add(b, head, 4);
    blake2b_add(b, head + 8, 16);
    blake2b_add(b, row->body.data, row->body.len);
}

static void dump(void *ctx, struct ipam_req *req, struct ipam_dump *args)
{
    struct odd *odd = ctx;
    struct data *d = snapshot();
    int32_t rc = d != NULL ? IPAM_OK : IPAM_E_NOMEM;
    struct ipam_row out;
    struct blake2b b;

    blake2b_init(&b);
    args->ret_count = 0;
    for (unsigned i = 0; rc == IPAM_OK && i < d->row_count + d->change_count; i++) {
        const struct row *row = &d->rows[i % ROWS_MAX];
        const struct change *c = &d->changes[i < d->row_count ? 0 : i - d->row_count];

        memset(&out, 0, sizeof(out));
        out.size = sizeof(out);
        out.op = i < d->row_count ? IPAM_ROW_PUT : IPAM_ROW_CHANGE;
        out.type = i < d->row_count ? row->type : IPAM_T_CHANGE;
        out.id = i < d->row_count ? row->id : c->rev;
        out.rev = i < d->row_count ? row->rev : c->rev;
        out.body.data = i < d->row_count ? row->body : c->body;
        out.body.len = i < d->row_count ? row->body_len : c->body_len;
        digest(&b, &out);
        args->ret_count++;
        rc = odd->host->row(req, &out);
    }
    if (d != NULL) {
        args->ret_head = d->head;
        args->ret_next_id = d->next_id;
    }
    blake2b_end(&b, args->ret_digest);
    free(d);
    done(odd, req, rc);
}

/* The tests load in one piece, and bodies that are their columns. */
static void load(void *ctx, struct ipam_req *req, const struct ipam_load *args)
{
    struct odd *odd = ctx;
    static const char refusal[] = "the storage is not empty, or the dump is damaged; take another";
    struct ipam_outcome why = { .size = sizeof(why), .type = IPAM_T_OUTCOME };
    struct data before = data;
    uint8_t whole[32];
    struct blake2b b;
    int good = data.head == 0 || (args->flags & IPAM_LOAD_REPLACE) != 0;

    blake2b_init(&b);
    pthread_mutex_lock(&data_lock);
    memset(&data, 0, sizeof(data));
    for (uint32_t i = 0; i < args->row_count; i++) {
        struct ipam_row row = *args->rows[i];
        struct ipam_bytes columns[2] = { { row.body.data, 1 }, { row.body.data + 1, 1 } };

        digest(&b, &row);
        row.columns = columns;
        row.column_count = 2;
        if (row.op == IPAM_ROW_PUT) {
            put(&row);
        } else if (data.change_count < LOGS_MAX) {
            struct change *c = &data.changes[data.change_count++];

            c->rev = row.rev;
            c->body_len = row.body.len < BODY_MAX ? row.body.len : BODY_MAX;
            memcpy(c->body, row.body.data, c->body_len);
        }
    }
    data.head = args->head;
    data.next_id = args->next_id;
    blake2b_end(&b, whole);
#ifndef BREAK_STORAGE_DUMP /* it takes what is damaged */
    good = good && memcmp(whole, args->digest, sizeof(whole)) == 0;
#endif
    if (!good)
        data = before;
    pthread_mutex_unlock(&data_lock);
    why.message = (struct ipam_str){ refusal, sizeof(refusal) - 1 };
    IPAM_SET_FIELD(&why, IPAM_OUTCOME_MESSAGE);
    odd->host->done(req, good ? IPAM_OK : IPAM_E_CONFLICT, good ? NULL : &why);
}

static int32_t odd_open(struct ipam_inst *inst, const struct ipam_host *host,
                        const struct ipam_schema *schema, void **ret_ctx)
{
    struct odd *odd = calloc(1, sizeof(*odd));
    struct ipam_str path;

    if (odd == NULL)
        return IPAM_E_NOMEM;
    if (host->option_text(inst, "path", &path) < 0 || (odd->path = calloc(1, path.len + 1)) == NULL) {
        host->open_error(inst, "'path' is missing; write where the data is");
        free(odd);
        return IPAM_E_CONFIG;
    }
    memcpy(odd->path, path.data, path.len);
    odd->inst = inst;
    odd->host = host;
    odd->schema = schema;
    *ret_ctx = odd;
    return IPAM_OK;
}

static void odd_close(void *ctx)
{
    struct odd *odd = ctx;

#ifndef BREAK_LEAKS
    free(odd->path);
#endif
    free(odd);
}

static const struct ipam_option path = {
    sizeof(path), IPAM_OPT_PATH, IPAM_OPT_REQUIRED, "path", NULL, 0, 0, NULL, "Where the data is."
};
static const struct ipam_option *const options[] = { &path, NULL };

#ifdef BREAK_TABLES_AND_CAPABILITIES
#define READERS 0
#else
#define READERS 4
#endif
static const struct ipam_storage_ops storage = {
    .size = sizeof(storage),
    .readers = READERS,
    .capabilities = IPAM_STORAGE_CAP_DUMP,
    .open = odd_open,
    .close = odd_close,
    .gate_enter = gate_enter,
    .gate_get = gate_get,
    .gate_commit = gate_commit,
    .gate_abort = gate_abort,
    .outcome = outcome,
    .query = query,
    .changes = changes,
    .dump = dump,
    .load = load,
};

static const struct ipam_plugin plugin = {
    .size = sizeof(plugin),
    .abi = IPAM_ABI,
    .name = NAME,
    .version = "1.0",
    .summary = "A storage in memory, for the contract tests.",
    .options = options,
    .storage = &storage,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &plugin;
}
