/* store.c - front of the storage kind: opening, and the calls of the gate.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "store/store_p.h"

struct store *store_open(struct providers *p, struct plugin *plugin, const struct json_doc *doc,
                         const struct json *options, bool as_is, store_done opened, void *user)
{
    struct store *s = xcalloc(1, sizeof(*s));
    struct instance_spec spec = { .plugin = plugin,
                                  .kind = IPAM_KIND_STORAGE,
                                  .target = "",
                                  .doc = doc,
                                  .options = options,
                                  .schema = as_is ? store_schema_as_is() : store_schema() };

    s->past = plugin_offer(plugin, IPAM_KIND_STORAGE)->capabilities & IPAM_STORAGE_CAP_AT;
    s->instance = instance_open(p, &spec, opened, user);
    return s;
}

bool store_has_past(const struct store *s)
{
    return s->past;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    instance_close(s->instance);
    whole_forget(s);
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
    const void **found; /* rows read on entering */
    size_t found_count, found_cap;
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
    free(g->found);
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

/* What changed is handed on at once; what the keys found waits for the rest of the entry. */
static void on_enter_row(void *user, const struct ipam_row *row)
{
    struct gate_call *g = user;
    void *rec = row->op == 0 ? call_keep_row(&g->call, row) : NULL;

    if (row->op != 0)
        call_row(&g->call, row);
    if (rec == NULL)
        return;
    if (g->found_count == g->found_cap) {
        g->found_cap = g->found_cap != 0 ? g->found_cap * 2 : 64;
        g->found = xrealloc(g->found, g->found_cap * sizeof(g->found[0]));
    }
    g->found[g->found_count++] = rec;
}

static void on_entered(void *user, int status, const struct ipam_outcome *info)
{
    struct gate_call *g = user;
    const struct ipam_gate_enter *args = &g->args.enter;
    struct store_entry entry = { args->ret_clock_ms, args->ret_next_id, args->ret_head,
                                 args->ret_read,     g->found,          g->found_count };
    char message[STORE_MESSAGE];

    status = call_status(&g->call, status, info, message);
    g->entered(g->call.user, status, message, &entry);
    gate_call_free(g);
}

/* The keys as the backend wants them; they live as long as the call. */
static const struct ipam_key **copy_keys(struct call *c, const struct store_key *keys, size_t count)
{
    struct ipam_key *list = call_alloc(c, count * sizeof(*list));
    const struct ipam_key **refs = call_alloc(c, count * sizeof(*refs));

    for (size_t i = 0; i < count; i++) {
        const struct store_key *k = &keys[i];

        list[i] = (struct ipam_key){ .size = sizeof(list[i]), .type = k->type, .id = k->id };
        if (k->id == 0) {
            list[i].column = k->field;
            list[i].value = call_key(c, record_type(k->type), k->field, k->like);
        }
        refs[i] = &list[i];
    }
    return refs;
}

void store_enter(struct store *s, int64_t head, const struct store_key *keys, size_t count,
                 store_record changed,
                 void (*done)(void *user, int status, const char *message, const struct store_entry *entry),
                 void *user)
{
    static const struct request_events events = { .row = on_enter_row, .done = on_entered };
    struct gate_call *g = gate_call_new(changed, NULL, user);

    g->entered = done;
    g->args.enter = (struct ipam_gate_enter){ .size = sizeof(g->args.enter),
                                              .head = head,
                                              .key_count = (uint32_t)count,
                                              .keys = copy_keys(&g->call, keys, count) };
    request_start(s->instance, CALL_ENTER, &g->args.enter, 0, &events, g);
}

void store_get(struct store *s, const struct store_key *keys, size_t count, store_record found,
               store_done done, void *user)
{
    static const struct request_events events = { .row = on_row, .done = on_done };
    struct gate_call *g = gate_call_new(found, done, user);

    g->args.get = (struct ipam_gate_get){ .size = sizeof(g->args.get),
                                          .count = (uint32_t)count,
                                          .keys = copy_keys(&g->call, keys, count) };
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
