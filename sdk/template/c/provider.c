/* provider.c - a DHCP provider whose server is a text file: opening, probing, and the descriptor.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Copy the folder, set NAME in the Makefile, and make the file a server of yours. The promises that a
 * provider gives are marked PROMISE where this one keeps them. */
#include <stdio.h>
#include <stdlib.h>

#include "call.h"

/* PROMISE: open does not talk to the server. It runs at the first use, and again after a crash; what needs
 * the server belongs into the operations, which have a deadline. */
static int32_t provider_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct provider *p = calloc(1, sizeof(*p));
    int32_t status;

    if (p == NULL)
        return IPAM_E_NOMEM;
    p->host = host;
    status = options_read(inst, host, &p->options);
    if (status < 0) {
        free(p);
        return status;
    }
    *ret_ctx = p; /* set only on success */
    return IPAM_OK;
}

/* PROMISE: nothing of the context runs when close returns; threads, timers and sockets of yours end here. */
static void provider_close(void *ctx)
{
    free(ctx);
}

/* One check for each way into the server, with what was found and what to do about it. */
static int32_t emit_check(struct call *c)
{
    const struct options *o = &c->p->options;
    int64_t age = now_ms() - c->file.changed_ms;
    struct ipam_check check;
    char text[128];

    record_begin(&check, sizeof(check), IPAM_T_CHECK);
    check.channel = str("file");
    check.state = o->error_ms != 0 && age >= o->error_ms ? IPAM_CHECK_STATE_ERROR
                  : o->warn_ms != 0 && age >= o->warn_ms ? IPAM_CHECK_STATE_WARNING
                                                         : IPAM_CHECK_STATE_OK;
    snprintf(text, sizeof(text), "written %lld s ago, %zu lines", (long long)(age / 1000), c->file.count);
    check.message = str(text);
    IPAM_SET_FIELD(&check, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&check, IPAM_CHECK_STATE);
    IPAM_SET_FIELD(&check, IPAM_CHECK_MESSAGE);
    if (check.state != IPAM_CHECK_STATE_OK) {
        check.remedy = str("see why nothing writes it");
        IPAM_SET_FIELD(&check, IPAM_CHECK_REMEDY);
    }
    return call_emit(c, &check);
}

static int32_t probe(struct call *c)
{
    const struct options *o = &c->p->options;
    struct ipam_probe probe;
    int32_t status = call_read_file(c);

    if (status < 0) /* the server does not answer: that is an error; what it is like are checks */
        return status;
    record_begin(&probe, sizeof(probe), IPAM_T_PROBE);
    probe.product = str("text file");
    probe.version = str(VERSION);
    probe.capabilities =
        IPAM_DHCP_CAP_LEASES | (o->wants_v4 ? IPAM_DHCP_CAP_V4 : 0) | (o->wants_v6 ? IPAM_DHCP_CAP_V6 : 0);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_PRODUCT);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_VERSION);
    IPAM_SET_FIELD(&probe, IPAM_PROBE_CAPABILITIES);
    status = call_emit(c, &probe);
    return status < 0 ? status : emit_check(c);
}

void op_probe(void *ctx, struct ipam_req *req)
{
    struct call c;

    call_begin(&c, ctx, req);
    call_end(&c, probe(&c));
}

/* SERIAL: operations may block, and come one at a time. No `cancel`: file_read and emit hear of it by
 * themselves (host->cancelled). PROMISE: a capability has its operation, and the reverse; what is missing
 * here (apply and others) is NULL, and the host never asks for it. */
static const struct ipam_dhcp_ops dhcp = {
    .common = { .size = sizeof(dhcp),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6,
                .open = provider_open,
                .close = provider_close,
                .probe = op_probe },
    .read_config = op_read_config,
    .read_leases = op_read_leases,
};

/* PROMISE: the only symbol of the file; tables that live as long as the process. The name is the file's. */
const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = sizeof(plugin),
        .abi = IPAM_ABI,
        .name = NAME,
        .version = VERSION,
        .summary = "Reads scopes and leases from a text file.",
        .options = option_table,
        .check = options_check,
        .dhcp = &dhcp,
    };

    return &plugin;
}
