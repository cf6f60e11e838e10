/* vspace.c - null-vspace: its calls and options.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * PARALLEL: while one call watches, others apply. To emit may take as long as the reader likes, so it is
 * not done with the lock: what is to be emitted is copied first. Only apply, which has to have the store to
 * itself, emits its results with it. */
#define _POSIX_C_SOURCE 200809L
#include "vspace.h"

#include <stdlib.h>
#include <time.h>

#define WRITES (IPAM_VSPACE_CAP_APPLY | IPAM_VSPACE_CAP_ATOMIC | IPAM_VSPACE_CAP_CHECK)
#define CAPS   (IPAM_VSPACE_CAP_WATCH | WRITES)
#define NAP_MS 50  /* of a watching call, between two looks at its deadline */
#define ROOM   253 /* addresses in the pool of one network */

/* Copies rows of the store above a state that are of the network wanted; with the lock. */
static int32_t copy_rows(struct null_list *to, const struct null_list *from, uint64_t since,
                         const struct ipam_vspace_read *args, bool removed)
{
    bool one = IPAM_HAS_FIELD(args, IPAM_VSPACE_READ_NETWORK);

    for (size_t i = 0; i < from->count; i++) {
        const struct null_row *row = from->rows[i];

        if (row->state <= since ||
            (one && null_compare(null_vspace_network_of(row->rec), args->network) != 0))
            continue;
        struct null_row *copy = null_vspace_copy(row, removed);
        if (!copy || !null_list_insert(to, to->count, copy)) {
            free(copy);
            return IPAM_E_NOMEM;
        }
    }
    return IPAM_OK;
}

static int32_t emit_rows(struct null_call *c, struct null_list *rows, int32_t copied)
{
    int32_t status =
        copied == IPAM_OK ? IPAM_OK : null_fail(c, copied, "out of memory for the rows of an answer");

    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++)
        status = null_emit(c, rows->rows[i]->rec);
    null_list_free(rows, true);
    return status;
}

static void vspace_snapshot(void *ctx, struct ipam_req *req, const struct ipam_vspace_read *args)
{
    struct null_vspace *v = ctx;
    struct null_list rows = { NULL, 0, 0 };
    struct null_call c;

    null_begin(&c, v->host, req);
    pthread_mutex_lock(&v->lock);
    uint64_t state = v->store.state;
    int32_t status = copy_rows(&rows, &v->store.rows, 0, args, false);
    pthread_mutex_unlock(&v->lock);
    bool empty = rows.count == 0;
    status = emit_rows(&c, &rows, status);
    if (status == IPAM_OK && empty && IPAM_HAS_FIELD(args, IPAM_VSPACE_READ_NETWORK))
        status = null_fail(&c, IPAM_E_NOENT, "there is no network of this identifier");
    if (status == IPAM_OK) {
        null_token(&c, state);
        null_complete(&c, IPAM_DONE_COMPLETE);
    }
    null_done(&c, status);
}

/* Sleeps until the store changes, a call is cancelled, or a little; with the lock. */
static void nap(struct null_vspace *v)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NAP_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&v->stirred, &v->lock, &until);
}

/* Waits for news after *state and copies them; without news when the call is to end. */
static int32_t next_news(struct null_vspace *v, struct ipam_req *req, const struct ipam_vspace_read *args,
                         uint64_t *state, struct null_list *ret)
{
    int64_t deadline = v->host->deadline_ms(req);
    int32_t status = IPAM_OK;

    pthread_mutex_lock(&v->lock);
    while (v->store.state == *state && !v->host->cancelled(req) &&
           (!deadline || v->host->now_ms() < deadline))
        nap(v);
    if (*state < v->store.oldest || *state > v->store.state)
        status = IPAM_E_GONE;
    if (status == IPAM_OK)
        status = copy_rows(ret, &v->store.gone, *state, args, true);
    if (status == IPAM_OK)
        status = copy_rows(ret, &v->store.rows, *state, args, false);
    if (status == IPAM_OK)
        *state = v->store.state;
    pthread_mutex_unlock(&v->lock);
    return status;
}

static void vspace_watch(void *ctx, struct ipam_req *req, const struct ipam_vspace_read *args)
{
    struct null_vspace *v = ctx;
    struct null_call c;
    uint64_t state = 0, reached = 0;
    int32_t status = IPAM_OK;

    null_begin(&c, v->host, req);
    if (!IPAM_HAS_FIELD(args, IPAM_VSPACE_READ_TOKEN) || !null_number(args->token, UINT64_MAX, &state))
        status = null_fail(&c, IPAM_E_INVAL,
                           "the token is missing, or none of this provider; take a snapshot first");
    for (reached = state; status == IPAM_OK;) {
        struct null_list rows = { NULL, 0, 0 };

        status = next_news(v, req, args, &state, &rows);
        if (status == IPAM_E_GONE)
            null_fail(&c, status, "what changed since that state is not known any more; take a snapshot");
        else
            status = emit_rows(&c, &rows, status);
        if (status == IPAM_OK) {
            reached = state;
            status = null_wait(&c, 0); /* cancelled, or too late? */
        }
    }
    if (reached)
        null_token(&c, reached);
    null_done(&c, status);
}

static void vspace_cancel(void *ctx, struct ipam_req *req)
{
    struct null_vspace *v = ctx;

    (void)req; /* those that were not cancelled look, and sleep on */
    pthread_mutex_lock(&v->lock);
    pthread_cond_broadcast(&v->stirred);
    pthread_mutex_unlock(&v->lock);
}

static void vspace_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct null_vspace *v = ctx;
    struct null_call c;

    null_begin(&c, v->host, req);
    pthread_mutex_lock(&v->lock);
    int32_t status = null_apply(&c, &v->store, args, v->store.state);
    if (status == IPAM_OK)
        null_token(&c, v->store.state);
    pthread_cond_broadcast(&v->stirred);
    pthread_mutex_unlock(&v->lock);
    null_done(&c, status);
}

static void vspace_probe(void *ctx, struct ipam_req *req)
{
    struct null_vspace *v = ctx;
    struct null_call c;

    null_begin(&c, v->host, req);
    null_done(&c, null_probe(&c, CAPS, "its networks are in memory"));
}

static void vspace_close(void *ctx)
{
    struct null_vspace *v = ctx;

    null_store_free(&v->store);
    pthread_cond_destroy(&v->stirred);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static int32_t vspace_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct null_vspace *v = calloc(1, sizeof(*v));

    if (!v)
        return IPAM_E_NOMEM;
    v->host = host;
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->stirred, NULL);
    int32_t status = null_vspace_fill(v, inst);
    if (status != IPAM_OK) {
        host->open_error(
            inst, "out of memory for the networks and addresses that the options ask for; ask for fewer");
        vspace_close(v);
        return status;
    }
    *ret_ctx = v;
    return IPAM_OK;
}

static void vspace_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    if (null_option_int(host, inst, "addresses") > ROOM * null_option_int(host, inst, "networks"))
        host->option_problem(inst, "addresses",
                             "is more than the networks have room for: write 253 a network at most");
}

static const char *const isolations[] = { "none", "vlan", "vxlan", NULL };
static const struct ipam_option networks = NULL_OPTION(IPAM_OPT_INT, "networks", "1", 0, 4096, NULL,
                                                       "number of networks at the start"),
                                addresses =
                                    NULL_OPTION(IPAM_OPT_INT, "addresses", "0", 0, 1000000, NULL,
                                                "number of addresses at the start, in all networks together"),
                                isolation = NULL_OPTION(IPAM_OPT_ENUM, "isolation", "vxlan", 0, 0, isolations,
                                                        "how the networks are kept apart");
static const struct ipam_option *const options[] = { &networks, &addresses, &isolation, NULL };

static const struct ipam_vspace_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_PARALLEL,
                .concurrency = 8,
                .capabilities = CAPS,
                .open = vspace_open,
                .close = vspace_close,
                .probe = vspace_probe,
                .cancel = vspace_cancel },
    .snapshot = vspace_snapshot,
    .watch = vspace_watch,
    .apply = vspace_apply,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-vspace",
                                               .version = NULL_VERSION,
                                               .summary = "a source of virtual networks in memory",
                                               .options = options,
                                               .check = vspace_check,
                                               .vspace = &ops };

    return &plugin;
}
