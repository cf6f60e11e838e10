/* odd.c - a DHCP provider in memory that keeps every rule, or with -DBREAK_... breaks exactly one.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Built with -DMODEL=IPAM_THREAD_... and -DNAME="...". What an odd one does is in odd.h, a macro for each
 * place; all of them are empty in the plugin that is well. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/plugin.h"
#include "odd.h"

#ifndef MODEL
#define MODEL IPAM_THREAD_SERIAL
#endif
#ifndef NAME
#define NAME "odd"
#endif

#define ROWS 3

struct job {
    struct odd *odd;
    struct ipam_req *req;
    int32_t (*emit_row)(struct job *, unsigned n);
    unsigned next, count;
    int64_t flags;
    struct job *below;
    int64_t left, cancelled; /* of odd ones */
    int32_t last_rc;
};
struct odd {
    struct ipam_inst *inst;
    const struct ipam_host *host;
    struct ipam_str label, mode, target;
    int64_t wait;
    pthread_mutex_t lock;
    struct job *jobs; /* under way */
    char *secret;
    struct ipam_req *last; /* of odd ones */
    const struct ipam_dhcp_read *before;
    unsigned total;
};

static struct ipam_str str(const char *text)
{
    struct ipam_str s;

    s.data = text;
    s.len = strlen(text);
    return s;
}

/* --- rows --------------------------------------------------------------------------------------------- */

#define BEGIN(rec, t)                                                                                        \
    memset(&(rec), 0, sizeof(rec));                                                                          \
    (rec).size = sizeof(rec);                                                                                \
    (rec).type = (t)
#define SET(rec, number, member, value)                                                                      \
    (rec).member = (value);                                                                                  \
    IPAM_SET_FIELD(&(rec), number)

static int32_t emit(struct job *job, const void *rec)
{
    const struct ipam_host *host = job->odd->host;

    return ODD_EMIT(host, job, host->emit(job->req, rec));
}

static int32_t emit_probe(struct job *job, unsigned n)
{
    struct ipam_probe probe;
    struct ipam_check check;

    if (n == 0) {
        BEGIN(probe, IPAM_T_PROBE);
        SET(probe, IPAM_PROBE_PRODUCT, product, str("odd"));
        SET(probe, IPAM_PROBE_VERSION, version, job->odd->target);
        return emit(job, &probe);
    }
    BEGIN(check, IPAM_T_CHECK);
    SET(check, IPAM_CHECK_CHANNEL, channel, str("control"));
    SET(check, IPAM_CHECK_STATE, state, IPAM_CHECK_STATE_OK);
    SET(check, IPAM_CHECK_MESSAGE, message, job->odd->label);
    return emit(job, &check);
}

static int32_t emit_scope(struct job *job, unsigned n)
{
    struct ipam_scope scope;
    char *native = job->odd->host->alloc(job->req, 24);

    ODD_ALLOC(native);
    if (native == NULL)
        return IPAM_E_NOMEM;
    snprintf(native, 24, "scope-%u", n);
    BEGIN(scope, IPAM_T_SCOPE);
    SET(scope, IPAM_SCOPE_NATIVE, native, str(native));
    SET(scope, IPAM_SCOPE_NAME, name, job->odd->label);
    ODD_SCOPE(scope);
    return emit(job, &scope);
}

static struct ipam_addr address(unsigned n)
{
    struct ipam_addr a = { 4, { 192, 0, 2, 0 } };

    a.bytes[3] = (uint8_t)n;
    return a;
}

static int32_t emit_lease(struct job *job, unsigned n)
{
    struct ipam_lease lease;

    BEGIN(lease, IPAM_T_LEASE);
    SET(lease, IPAM_LEASE_NATIVE_SCOPE, native_scope, str("scope-0"));
    SET(lease, IPAM_LEASE_ADDRESS, address, address(n + 10));
    return emit(job, &lease);
}

static int32_t emit_result(struct job *job, unsigned n)
{
    const struct ipam_record *before, *after;
    struct ipam_edit_result result;
    uint32_t verb;
    int32_t rc = job->odd->host->edit(job->req, n, &verb, &before, &after);

    if (rc < 0)
        return rc;
    BEGIN(result, IPAM_T_EDIT_RESULT);
    SET(result, IPAM_EDIT_RESULT_INDEX, index, n);
    SET(result, IPAM_EDIT_RESULT_STATUS, status, IPAM_OK);
    return emit(job, &result);
}

static int32_t emit_stat(struct job *job, unsigned n)
{
    struct ipam_stat stat;
    struct ipam_u128 count = { 0, 0 };

    count.lo = n;
    BEGIN(stat, IPAM_T_STAT);
    SET(stat, IPAM_STAT_NAME, name, str("leases"));
    SET(stat, IPAM_STAT_COUNT, count, count);
    return emit(job, &stat);
}

static int32_t emit_free(struct job *job, unsigned n)
{
    struct ipam_address a;

    BEGIN(a, IPAM_T_ADDRESS);
    SET(a, IPAM_ADDRESS_ADDRESS, address, address(n + 100));
    return emit(job, &a);
}

/* --- calls -------------------------------------------------------------------------------------------- */

static void finish(struct odd *odd, struct ipam_req *req, int32_t status, const char *message, int64_t flags)
{
    struct ipam_outcome info;

    BEGIN(info, IPAM_T_OUTCOME);
    if (message != NULL) {
        SET(info, IPAM_OUTCOME_MESSAGE, message, str(message));
    }
    SET(info, IPAM_OUTCOME_FLAGS, flags, flags);
    ODD_DONE(odd, req, status, info);
    odd->host->done(req, status, &info);
    ODD_AFTER_DONE(odd, req, status, info);
}

static void forget(struct job *job)
{
    struct odd *odd = job->odd;
    struct job **at = &odd->jobs;

    ODD_FORGET(odd, job);
    pthread_mutex_lock(&odd->lock);
    while (*at != job)
        at = &(*at)->below;
    *at = job->below;
    pthread_mutex_unlock(&odd->lock);
    free(job);
}

static void end(struct job *job, int32_t status)
{
    struct odd *odd = job->odd;
    struct ipam_req *req = job->req;
    int64_t flags = status == IPAM_OK ? job->flags : 0;

    ODD_END(job, status);
    forget(job);
    finish(odd, req, status, status < 0 ? "the call did not succeed; try again" : NULL, flags);
}

/* Emits what is left. Under LOOP it comes back here when there is credit again. */
static void go_on(void *arg)
{
    struct job *job = arg;
    const struct ipam_host *host = job->odd->host;
    int32_t rc = IPAM_OK;

    while (job->next < job->count) {
        if (host->cancelled(job->req)) {
            rc = IPAM_E_CANCELED;
            break;
        }
        rc = job->emit_row(job, job->next);
        if (rc == IPAM_E_AGAIN && MODEL == IPAM_THREAD_LOOP) {
            ODD_AGAIN(job);
            host->on_credit(job->req, go_on, job);
            return;
        }
        if (rc < 0)
            break;
        job->next++;
    }
    end(job, rc);
}

static void begin(void *ctx, struct ipam_req *req, int32_t (*emit_row)(struct job *, unsigned),
                  unsigned count, int64_t flags)
{
    struct odd *odd = ODD_CONTEXT((struct odd *)ctx);
    struct job *job = calloc(1, sizeof(*job));

    ODD_MALLOC(job);
    if (job == NULL) {
        finish(odd, req, IPAM_E_NOMEM, "out of memory", 0);
        return;
    }
    job->odd = odd;
    job->req = req;
    job->emit_row = emit_row;
    job->count = count;
    job->flags = flags;
    pthread_mutex_lock(&odd->lock);
    job->below = odd->jobs;
    odd->jobs = job;
    pthread_mutex_unlock(&odd->lock);
    odd->host->step(req, "answer");
    ODD_BEGIN(job);
    go_on(job);
}

static void odd_probe(void *ctx, struct ipam_req *req)
{
    begin(ctx, req, emit_probe, 2, 0);
}

static void odd_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    ODD_ARGS(ctx, args);
    begin(ctx, req, emit_scope, ROWS, IPAM_DONE_COMPLETE);
}

static void odd_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    unsigned count = ROWS;

    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit < ROWS)
        count = args->limit < 0 ? 0 : (unsigned)args->limit;
    begin(ctx, req, emit_lease, count, 0);
}

static void odd_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    unsigned count = IPAM_HAS_FIELD(args, IPAM_APPLY_COUNT) ? (unsigned)args->count : 0;

    begin(ctx, req, emit_result, count, 0);
}

static void odd_read_stats(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    (void)args;
    begin(ctx, req, emit_stat, ROWS, 0);
}

static void odd_act(void *ctx, struct ipam_req *req, const struct ipam_act *args)
{
    if (!IPAM_HAS_FIELD(args, IPAM_ACT_VERB) || ODD_REFUSES(args->verb != IPAM_DHCP_ACT_RELOAD))
        finish(ctx, req, IPAM_E_UNSUPPORTED, "the server cannot do this; ask for IPAM_DHCP_ACT_RELOAD", 0);
    else
        begin(ctx, req, emit_scope, 0, 0);
}

static void odd_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args)
{
    (void)args;
    begin(ctx, req, emit_free, 1, 0);
}

static void odd_cancel(void *ctx, struct ipam_req *req)
{
    struct odd *odd = ctx;
    struct job *job;

    pthread_mutex_lock(&odd->lock);
    job = odd->jobs;
    while (job != NULL && job->req != req)
        job = job->below;
    ODD_CANCEL(odd, req, job);
    pthread_mutex_unlock(&odd->lock);
    (void)job; /* go_on asks host->cancelled */
}

/* --- opening ------------------------------------------------------------------------------------------ */

static int32_t read_options(struct odd *odd)
{
    const struct ipam_host *host = odd->host;
    struct ipam_bytes secret;

    if (host->option_text(odd->inst, "label", &odd->label) < 0)
        odd->label = str("none");
    if (host->option_text(odd->inst, "mode", &odd->mode) < 0 ||
        host->option_int(odd->inst, "wait", &odd->wait) < 0)
        return IPAM_E_CONFIG;
    if (host->option_secret(odd->inst, "password", &secret) < 0)
        return IPAM_OK;
    odd->secret = malloc(secret.len + 1);
    if (odd->secret == NULL)
        return IPAM_E_NOMEM;
    memcpy(odd->secret, secret.data, secret.len);
    odd->secret[secret.len] = '\0';
    return IPAM_OK;
}

static int32_t odd_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct odd *odd;
    int32_t rc;

    ODD_OPEN(inst, host);
    if (MODEL == IPAM_THREAD_LOOP && !IPAM_HAS(host, on_credit)) {
        host->open_error(inst, "the host is too old for this plugin; use ipamd 0.2 or newer");
        return IPAM_E_UNSUPPORTED;
    }
    odd = calloc(1, sizeof(*odd));
    if (odd == NULL)
        return IPAM_E_NOMEM;
    odd->inst = inst;
    odd->host = host;
    odd->target = host->target(inst);
    pthread_mutex_init(&odd->lock, NULL);
    rc = read_options(odd);
    if (rc < 0) {
        host->open_error(inst, "an option is missing; see the option table");
        free(odd);
        return rc;
    }
    host->log(inst, 6, "odd-open", "opened");
    ODD_OPENED(odd);
    *ret_ctx = odd;
    return IPAM_OK;
}

static void odd_close(void *ctx)
{
    struct odd *odd = ctx;

    ODD_CLOSE(odd);
    free(odd->secret);
    pthread_mutex_destroy(&odd->lock);
    free(odd);
}

static void odd_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    int64_t wait;

    if (host->option_int(inst, "wait", &wait) == 0 && wait > 50000)
        host->option_problem(inst, "wait", "is over 50s; write less");
    ODD_CHECK(inst, host);
}

static const char *const modes[] = { "fast", "safe", NULL };
static const struct ipam_option label = { sizeof(label), IPAM_OPT_TEXT, 0, "label", NULL, 0, 0,
                                          NULL,          "A name." };
static const struct ipam_option mode = {
    sizeof(mode), IPAM_OPT_ENUM, 0, "mode", "fast", 0, 0, modes, "How."
};
static const struct ipam_option wait_ = { sizeof(wait_), IPAM_OPT_DURATION,  0, "wait", ODD_DEFAULT, 0, 60000,
                                          NULL,          "How long to wait." };
static const struct ipam_option password = {
    sizeof(password), IPAM_OPT_SECRET, IPAM_OPT_REQUIRED, "password", NULL, 0, 0, NULL, "What to log in with."
};
static const struct ipam_option *const options[] = { &label, &mode, &wait_, &password,
                                                     ODD_MORE_OPTIONS NULL };

#define CAPS                                                                                                 \
    (IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_STATS |            \
     IPAM_DHCP_CAP_NEXT_FREE | IPAM_DHCP_CAP_CHECK | IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_RELOAD))
static const struct ipam_dhcp_ops dhcp = {
    .common = {
        .size = sizeof(dhcp),
        .thread_model = MODEL,
        .concurrency = 4,
        .capabilities = (CAPS & ~(uint64_t)ODD_CAPS_LESS) | ODD_CAPS,
        .open = odd_open,
        .close = odd_close,
        .probe = odd_probe,
        .cancel = odd_cancel,
    },
    .read_config = odd_read_config,
    .read_leases = odd_read_leases,
    .apply = odd_apply,
    .read_stats = odd_read_stats,
    .act = odd_act,
    .next_free = odd_next_free,
};

static const char *const wants[] = ODD_NEEDS;

static const struct ipam_plugin plugin = {
    .size = sizeof(plugin),
    .abi = ODD_ABI,
    .name = ODD_NAME(NAME),
    .version = "1.0",
    .summary = "A DHCP server in memory, for the contract tests.",
    .options = options,
    .wants = wants,
    .check = odd_check,
    .dhcp = &dhcp,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &plugin;
}
