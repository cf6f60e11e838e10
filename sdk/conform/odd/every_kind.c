/* every_kind.c - a small plugin that offers every kind but dhcp and storage, and keeps every rule.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ipam/plugin.h"

#ifndef NAME
#define NAME "every-kind"
#endif

struct ctx {
    const struct ipam_host *host;
};

static struct ipam_str str(const char *text)
{
    struct ipam_str s;

    s.data = text;
    s.len = strlen(text);
    return s;
}

#define BEGIN(rec, t)                                                                                        \
    memset(&(rec), 0, sizeof(rec));                                                                          \
    (rec).size = sizeof(rec);                                                                                \
    (rec).type = (t)
#define SET(rec, number, member, value)                                                                      \
    (rec).member = (value);                                                                                  \
    IPAM_SET_FIELD(&(rec), number)

/* Every operation ends here. */
static void end(const struct ctx *ctx, struct ipam_req *req, int32_t status, const char *message)
{
    struct ipam_outcome info;

    BEGIN(info, IPAM_T_OUTCOME);
    if (message != NULL) {
        SET(info, IPAM_OUTCOME_MESSAGE, message, str(message));
    }
    ctx->host->done(req, status, &info);
}

static void emit_one(const struct ctx *ctx, struct ipam_req *req, const void *rec)
{
    int32_t rc = ctx->host->emit(req, rec);

    end(ctx, req, rc, rc < 0 ? "the host took no more rows" : NULL);
}

static void until_cancelled(const struct ctx *ctx, struct ipam_req *req)
{
    const struct timespec pause = { 0, 1000000 };

    while (!ctx->host->cancelled(req))
        nanosleep(&pause, NULL);
    end(ctx, req, IPAM_E_CANCELED, NULL);
}

static int32_t open_any(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct ctx *ctx = malloc(sizeof(*ctx));

    (void)inst;
    if (ctx == NULL)
        return IPAM_E_NOMEM;
    ctx->host = host;
    *ret_ctx = ctx;
    return IPAM_OK;
}

static void close_any(void *ctx)
{
    free(ctx);
}

static void probe(void *ctx, struct ipam_req *req)
{
    struct ipam_probe p;

    BEGIN(p, IPAM_T_PROBE);
    SET(p, IPAM_PROBE_PRODUCT, product, str("every kind"));
    emit_one(ctx, req, &p);
}

/* --- discovery ---------------------------------------------------------------------------------------- */

static void discover(void *ctx, struct ipam_req *req, const struct ipam_discover *args)
{
    struct ipam_found f;

    (void)args;
    BEGIN(f, IPAM_T_FOUND);
    SET(f, IPAM_FOUND_NAME, name, str("server.test"));
    emit_one(ctx, req, &f);
}

static void provision(void *ctx, struct ipam_req *req, const struct ipam_provision *args)
{
    struct ipam_artefact a;

    (void)args;
    BEGIN(a, IPAM_T_ARTEFACT);
    SET(a, IPAM_ARTEFACT_KIND, kind, str("group"));
    SET(a, IPAM_ARTEFACT_NAME, name, str("managers"));
    SET(a, IPAM_ARTEFACT_STATE, state, IPAM_ARTEFACT_STATE_MISSING);
    emit_one(ctx, req, &a);
}

/* --- dns, vspace -------------------------------------------------------------------------------------- */

static void dns_read(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args)
{
    (void)args;
    end(ctx, req, IPAM_OK, NULL);
}

static void dns_stats(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args)
{
    struct ipam_stat s;

    (void)args;
    BEGIN(s, IPAM_T_STAT);
    SET(s, IPAM_STAT_NAME, name, str("queries.udp"));
    SET(s, IPAM_STAT_LEVEL, level, 7);
    emit_one(ctx, req, &s);
}

static void dns_act(void *ctx, struct ipam_req *req, const struct ipam_act *args)
{
    if (IPAM_HAS_FIELD(args, IPAM_ACT_VERB) && args->verb == IPAM_DNS_ACT_NOTIFY)
        end(ctx, req, IPAM_OK, NULL);
    else
        end(ctx, req, IPAM_E_UNSUPPORTED, "only IPAM_DNS_ACT_NOTIFY can be done");
}

static void resolve(void *ctx, struct ipam_req *req, const struct ipam_resolve *args)
{
    if (!IPAM_HAS_FIELD(args, IPAM_RESOLVE_NAME) || args->name.len == 0)
        end(ctx, req, IPAM_E_INVAL, "there is no name to ask for; give one");
    else
        end(ctx, req, IPAM_E_NOENT, "there is no such name");
}

static void apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    const struct ipam_host *host = ((struct ctx *)ctx)->host;
    const struct ipam_record *before, *after;
    struct ipam_edit_result r;
    int32_t rc = IPAM_OK;
    uint32_t verb;

    (void)args;
    for (uint32_t i = 0; rc == IPAM_OK && host->edit(req, i, &verb, &before, &after) == IPAM_OK; i++) {
        BEGIN(r, IPAM_T_EDIT_RESULT);
        SET(r, IPAM_EDIT_RESULT_INDEX, index, i);
        SET(r, IPAM_EDIT_RESULT_STATUS, status, IPAM_OK);
        rc = host->emit(req, (const struct ipam_record *)&r);
    }
    end(ctx, req, rc, rc < 0 ? "the host took no more results" : NULL);
}

static void snapshot(void *ctx, struct ipam_req *req, const struct ipam_vspace_read *args)
{
    (void)args;
    end(ctx, req, IPAM_OK, NULL);
}

static void watch(void *ctx, struct ipam_req *req, const struct ipam_vspace_read *args)
{
    (void)args;
    until_cancelled(ctx, req);
}

/* --- audit, identity, reach, sink --------------------------------------------------------------------- */

static void streams(void *ctx, struct ipam_req *req)
{
    struct ipam_event_stream s;

    BEGIN(s, IPAM_T_EVENT_STREAM);
    SET(s, IPAM_EVENT_STREAM_STREAM, stream, str("leases"));
    emit_one(ctx, req, &s);
}

static void poll_events(void *ctx, struct ipam_req *req, const struct ipam_event_read *args)
{
    (void)args;
    end(ctx, req, IPAM_OK, NULL);
}

static void listen_events(void *ctx, struct ipam_req *req, const struct ipam_event_read *args)
{
    (void)args;
    until_cancelled(ctx, req);
}

static void verify(void *ctx, struct ipam_req *req, const struct ipam_credential *args)
{
    if (!IPAM_HAS_FIELD(args, IPAM_CREDENTIAL_KIND) || args->kind != IPAM_CREDENTIAL_KIND_PASSWORD)
        end(ctx, req, IPAM_E_UNSUPPORTED, "only a password can be verified");
    else
        end(ctx, req, IPAM_E_AUTH, "name or password is wrong");
}

static void reach(void *ctx, struct ipam_req *req, const struct ipam_reach *args)
{
    const struct ipam_host *host = ((struct ctx *)ctx)->host;
    struct ipam_reached r;
    int32_t rc = IPAM_OK;

    for (size_t i = 0;
         rc == IPAM_OK && IPAM_HAS_FIELD(args, IPAM_REACH_ADDRESSES) && i < args->addresses.count; i++) {
        BEGIN(r, IPAM_T_REACHED);
        SET(r, IPAM_REACHED_ADDRESS, address, args->addresses.items[i]);
        SET(r, IPAM_REACHED_METHOD, method, IPAM_REACH_PING);
        SET(r, IPAM_REACHED_STATE, state, IPAM_REACHED_STATE_SILENT);
        rc = host->emit(req, (const struct ipam_record *)&r);
    }
    end(ctx, req, rc, rc < 0 ? "the host took no more rows" : NULL);
}

static void deliver(void *ctx, struct ipam_req *req, const struct ipam_delivery *args)
{
    if (IPAM_HAS_FIELD(args, IPAM_DELIVERY_KIND) && args->kind == IPAM_DELIVERY_KIND_ALERT)
        end(ctx, req, IPAM_OK, NULL);
    else
        end(ctx, req, IPAM_E_UNSUPPORTED, "only alerts are delivered");
}

#define COMMON(table, caps)                                                                                  \
    .common = {                                                                                              \
        .size = sizeof(table),                                                                               \
        .thread_model = IPAM_THREAD_PARALLEL,                                                                \
        .capabilities = (caps),                                                                              \
        .open = open_any,                                                                                    \
        .close = close_any,                                                                                  \
        .probe = probe,                                                                                      \
    }
static const struct ipam_discovery_ops discovery = {
    COMMON(discovery, IPAM_DISCOVERY_CAP_DISCOVER | IPAM_DISCOVERY_CAP_PROVISION),
    .discover = discover,
    .describe = discover,
    .provision = provision,
};
static const struct ipam_dns_ops dns = {
    COMMON(dns, IPAM_DNS_CAP_RECORDS | IPAM_DNS_CAP_STATS | IPAM_DNS_CAP_RESOLVE |
                    IPAM_DNS_CAP_WRITE_RECORDS | IPAM_DNS_CAP_ACT(IPAM_DNS_ACT_NOTIFY)),
    .list_zones = dns_read,
    .read_records = dns_read,
    .apply = apply,
    .read_stats = dns_stats,
    .act = dns_act,
    .resolve = resolve,
};
static const struct ipam_vspace_ops vspace = {
    COMMON(vspace, IPAM_VSPACE_CAP_WATCH | IPAM_VSPACE_CAP_APPLY),
    .snapshot = snapshot,
    .watch = watch,
    .apply = apply,
};
static const struct ipam_audit_ops audit = {
    COMMON(audit, IPAM_AUDIT_CAP_POLL | IPAM_AUDIT_CAP_LISTEN),
    .streams = streams,
    .poll = poll_events,
    .listen = listen_events,
};
static const struct ipam_identity_ops identity = {
    COMMON(identity, IPAM_IDENTITY_CAP_PASSWORD),
    .verify = verify,
};
static const struct ipam_reach_ops reach_ops = {
    COMMON(reach_ops, IPAM_REACH_PING),
    .reach = reach,
};
static const struct ipam_sink_ops sink = {
    COMMON(sink, IPAM_SINK_CAP_ALERTS),
    .deliver = deliver,
};

static const struct ipam_plugin plugin = {
    .size = sizeof(plugin),
    .abi = IPAM_ABI,
    .name = NAME,
    .version = "1.0",
    .summary = "Every kind but dhcp and storage, for the contract tests.",
    .discovery = &discovery,
    .dns = &dns,
    .vspace = &vspace,
    .audit = &audit,
    .identity = &identity,
    .reach = &reach_ops,
    .sink = &sink,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    return &plugin;
}
