/* store.c - front of the storage kind: opening, and the calls of the gate.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "store/store_p.h"

struct store *store_open(struct providers *p, struct plugin *plugin, const struct json_doc *doc,
                         const struct json *options, store_done opened, void *user)
{
    struct store *s = xcalloc(1, sizeof(*s));
    struct instance_spec spec = { .plugin = plugin,
                                  .kind = IPAM_KIND_STORAGE,
                                  .target = "",
                                  .doc = doc,
                                  .options = options,
                                  .schema = store_schema() };

    s->instance = instance_open(p, &spec, opened, user);
    return s;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    instance_close(s->instance);
    free(s);
}

/* A call of the gate. */
struct gate_call {
    struct call call;
    struct store_batch *batch; /* commit */
    union {
        struct ipam_gate_enter enter;
        struct ipam_gate_get get;
        struct ipam_gate_commit commit;
    } args;
    store_done done;
    void (*entered)(void *user, int status, const char *message, const struct store_entry *entry);
};

static struct gate_call *gate_call_new(store_record record, store_done done, void *user)
{
    struct gate_call *g = xcalloc(1, sizeof(*g));

    call_init(&g->call, record, user);
    g->done = done;
    return g;
}

static void gate_call_free(struct gate_call *g)
{
    call_fini(&g->call);
    store_batch_free(g->batch);
    free(g);
}

static void on_row(void *user, const struct ipam_row *row)
{
    call_row(&((struct gate_call *)user)->call, row);
}

static void on_done(void *user, int status, const struct ipam_outcome *info)
{
    struct gate_call *g = user;
    char message[STORE_MESSAGE];

    status = call_status(&g->call, status, info, message);
    g->done(g->call.user, status, message);
    gate_call_free(g);
}

static void on_entered(void *user, int status, const struct ipam_outcome *info)
{
    struct gate_call *g = user;
    const struct ipam_gate_enter *args = &g->args.enter;
    struct store_entry entry = { args->ret_clock_ms, args->ret_next_id, args->ret_head };
    char message[STORE_MESSAGE];

    status = call_status(&g->call, status, info, message);
    g->entered(g->call.user, status, message, &entry);
    gate_call_free(g);
}

void store_enter(struct store *s, int64_t head, store_record changed,
                 void (*done)(void *user, int status, const char *message, const struct store_entry *entry),
                 void *user)
{
    static const struct request_events events = { .row = on_row, .done = on_entered };
    struct gate_call *g = gate_call_new(changed, NULL, user);

    g->entered = done;
    g->args.enter = (struct ipam_gate_enter){ .size = sizeof(g->args.enter), .head = head };
    request_start(s->instance, CALL_ENTER, &g->args.enter, 0, &events, g);
}

void store_get(struct store *s, const struct store_key *keys, size_t count, store_record found,
               store_done done, void *user)
{
    static const struct request_events events = { .row = on_row, .done = on_done };
    struct gate_call *g = gate_call_new(found, done, user);
    struct ipam_key *list = call_alloc(&g->call, count * sizeof(*list));
    const struct ipam_key **refs = call_alloc(&g->call, count * sizeof(*refs));

    for (size_t i = 0; i < count; i++) {
        const struct store_key *k = &keys[i];

        list[i] = (struct ipam_key){ .size = sizeof(list[i]), .type = k->type, .id = k->id };
        if (k->id == 0) {
            list[i].column = k->field;
            list[i].value = call_key(&g->call, record_type(k->type), k->field, k->like);
        }
        refs[i] = &list[i];
    }
    g->args.get =
        (struct ipam_gate_get){ .size = sizeof(g->args.get), .count = (uint32_t)count, .keys = refs };
    request_start(s->instance, CALL_GET, &g->args.get, 0, &events, g);
}

/* The batch could not be packed: the gate is left, and the caller hears why. */
static void on_left(void *user, int status, const struct ipam_outcome *info)
{
    struct gate_call *g = user;
    char message[STORE_MESSAGE];

    status = call_status(&g->call, status, info, message);
    if (status == 0) {
        status = g->batch->status;
        snprintf(message, sizeof(message), "%s; nothing was changed",
                 status == IPAM_E_NOMEM    ? "out of memory while the batch was packed"
                 : status == IPAM_E_TOOBIG ? "a row of the batch is larger than storage takes"
                                           : "a row of the batch cannot be stored; please report it");
    }
    g->done(g->call.user, status, message);
    gate_call_free(g);
}

void store_commit(struct store *s, struct store_batch *b, int64_t next_id, int64_t head, store_done done,
                  void *user)
{
    static const struct request_events events = { .done = on_done }, left = { .done = on_left };
    struct gate_call *g = gate_call_new(NULL, done, user);
    struct ipam_gate_commit *args = &g->args.commit;

    g->batch = b;
    if (b->status == 0 &&
        getrandom(args->batch_id, sizeof(args->batch_id), 0) != (ssize_t)sizeof(args->batch_id))
        b->status = IPAM_E_BUG;
    if (b->status != 0) {
        request_start(s->instance, CALL_ABORT, NULL, 0, &left, g);
        return;
    }
    args->size = sizeof(*args);
    args->next_id = next_id;
    args->head = head;
    args->row_count = (uint32_t)b->row_count;
    args->log_count = (uint32_t)b->log_count;
    args->rows = b->rows;
    args->logs = b->logs;
    request_start(s->instance, CALL_COMMIT, args, 0, &events, g);
}

void store_abort(struct store *s, store_done done, void *user)
{
    static const struct request_events events = { .done = on_done };

    request_start(s->instance, CALL_ABORT, NULL, 0, &events, gate_call_new(NULL, done, user));
}
