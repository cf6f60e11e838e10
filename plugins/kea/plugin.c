/* plugin.c - the descriptor, the life of an instance, and what all calls share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipam/plugin.h"
#include "config.h"

const char *kea_service_name(enum kea_service s)
{
    return s == KEA_DHCP4 ? "dhcp4" : "dhcp6";
}

const char *kea_root_key(enum kea_service s)
{
    return s == KEA_DHCP4 ? "Dhcp4" : "Dhcp6";
}

void kea_where(const struct kea *k, enum kea_service s, char *buf, size_t size)
{
    bool literal6 = strchr(k->target, ':') != NULL;
    int port = (int)(k->opt.own_port[s] ? k->opt.own_port[s] : k->opt.port);

    if (k->opt.socket[s][0])
        snprintf(buf, size, "%s at %s", kea_service_name(s), k->opt.socket[s]);
    else
        snprintf(buf, size, "%s at %s://%s%s%s:%d", kea_service_name(s), k->opt.https ? "https" : "http",
                 literal6 ? "[" : "", k->target, literal6 ? "]" : "", port);
}

int kea_fail(struct kea_call *c, int status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(c->message, sizeof(c->message), fmt, ap);
    va_end(ap);
    kea_hide(c->message, &c->kea->opt);
    kea_one_line(c->message); /* also where a cut left half a character */
    return status;
}

bool kea_stopped(const struct kea_call *c)
{
    return !c->steady && c->kea->host->cancelled(c->req);
}

int64_t kea_patience(const struct kea_call *c)
{
    int64_t deadline = c->kea->host->deadline_ms(c->req), left;

    if (c->steady || deadline == 0)
        return c->kea->opt.timeout_ms;
    left = deadline - c->kea->host->now_ms();
    left -= left / 10 < 200 ? left / 10 : 200; /* our own message is more exact than the host's */
    if (left <= 0)
        return 0;
    return left < c->kea->opt.timeout_ms ? left : c->kea->opt.timeout_ms;
}

void kea_done(struct kea_call *c, int status, struct ipam_outcome *info)
{
    struct ipam_outcome own = { .size = sizeof(own), .type = IPAM_T_OUTCOME };
    struct ipam_outcome *o = info ? info : &own;

    if (c->message[0] && !IPAM_HAS_FIELD(o, IPAM_OUTCOME_MESSAGE)) {
        o->message = (struct ipam_str){ c->message, strlen(c->message) };
        IPAM_SET_FIELD(o, IPAM_OUTCOME_MESSAGE);
    }
    if (c->native[0]) {
        o->native = (struct ipam_str){ c->native, strlen(c->native) };
        IPAM_SET_FIELD(o, IPAM_OUTCOME_NATIVE);
    }
    c->kea->host->done(c->req, status, o);
}

static void kea_close(void *ctx)
{
    struct kea *k = ctx;

    kea_http_close(k->http);
    kea_hash_forget(k);
    kea_same_forget(k);
    kea_options_fini(&k->opt);
    free(k->target);
    free(k);
}

static int32_t kea_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct ipam_str target = host->target(inst);
    struct kea *k = calloc(1, sizeof(*k));
    int status = IPAM_E_NOMEM;

    if (!k)
        return IPAM_E_NOMEM;
    k->host = host;
    k->inst = inst;
    k->target = strndup(target.data ? target.data : "", target.len);
    if (!k->target)
        goto fail;
    if (sodium_init() < 0) {
        host->open_error(inst, "libsodium cannot be started: no source of random bytes; see /dev/urandom");
        status = IPAM_E_PROVIDER;
        goto fail;
    }
    status = kea_options_read(host, inst, &k->opt);
    if (status == 0 && (!k->opt.direct || k->opt.own_port[KEA_DHCP4] || k->opt.own_port[KEA_DHCP6]))
        status = kea_http_open(host, inst, k->target, &k->opt, &k->http);
    if (status)
        goto fail;
    *ret_ctx = k;
    return IPAM_OK;
fail:
    kea_close(k);
    return status;
}

static const struct ipam_dhcp_ops dhcp_ops = {
    .common = { .size = sizeof(dhcp_ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = IPAM_DHCP_CAP_LEASES | IPAM_DHCP_CAP_V4 | IPAM_DHCP_CAP_V6 |
                                IPAM_DHCP_CAP_STATS | IPAM_DHCP_CAP_NEXT_FREE | IPAM_DHCP_CAP_LATIN1 |
                                IPAM_DHCP_CAP_EXPLAIN | IPAM_DHCP_CAP_TEXT | KEA_CAP_WRITES |
                                KEA_CAP_LEASE_ACTS,
                .open = kea_open,
                .close = kea_close,
                .probe = kea_probe },
    .read_config = kea_read_config,
    .read_leases = kea_read_leases,
    .apply = kea_apply,
    .read_stats = kea_read_stats,
    .act = kea_act,
    .next_free = kea_next_free,
    .explain = kea_explain,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = {
        .size = sizeof(plugin),
        .abi = IPAM_ABI,
        .name = "kea",
        .version = "0.1.0",
        .summary = "ISC Kea DHCPv4 and DHCPv6, through its control agent or its servers' own sockets",
        .options = kea_options,
        .check = kea_options_check,
        .dhcp = &dhcp_ops,
    };
    return &plugin;
}
