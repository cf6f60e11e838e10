/* probe.c - what a Kea installation says of itself, channel by channel.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

/* One probe under way. */
struct probe {
    struct kea_call *call;
    char version[128];
    uint64_t capabilities;
    int answered; /* services that did */
    int status;   /* of the last that did not */
    char message[1024];
};

static void check(struct probe *p, const char *channel, uint32_t state, const char *message,
                  const char *remedy)
{
    struct ipam_check row = {
        .size = sizeof(row), .type = IPAM_T_CHECK, .channel = str_from(channel), .state = state
    };

    IPAM_SET_FIELD(&row, IPAM_CHECK_CHANNEL);
    IPAM_SET_FIELD(&row, IPAM_CHECK_STATE);
    row.message = str_from(message);
    IPAM_SET_FIELD(&row, IPAM_CHECK_MESSAGE);
    if (remedy) {
        row.remedy = str_from(remedy);
        IPAM_SET_FIELD(&row, IPAM_CHECK_REMEDY);
    }
    if (p->call->native[0]) {
        row.code = str_from(p->call->native);
        IPAM_SET_FIELD(&row, IPAM_CHECK_CODE);
    }
    p->call->kea->host->emit(p->call->req, (const struct ipam_record *)&row);
}

static bool lists(const struct json *commands, const char *name)
{
    for (const struct json *v = json_first(commands); v; v = json_next(v))
        if (str_is(json_str(v), name))
            return true;
    return false;
}

/* What the server can do follows from the commands it lists; that leases can be read is tried. */
static int probe_commands(struct probe *p, enum kea_service s)
{
    const char *page = s == KEA_DHCP4 ? "lease4-get-page" : "lease6-get-page",
               *channel = s == KEA_DHCP4 ? "leases4" : "leases6";
    struct kea_answer commands, leases;
    bool writes, pages;
    char words[401];
    int status = kea_ask(p->call, s, "list-commands", (struct ipam_str){ NULL, 0 }, &commands);

    if (status)
        return status;
    pages = lists(commands.arguments, page);
    writes = lists(commands.arguments, "config-set") && lists(commands.arguments, "config-test") &&
             lists(commands.arguments, "config-write");
    kea_answer_fini(&commands);
    p->capabilities |= s == KEA_DHCP4 ? IPAM_DHCP_CAP_V4 : IPAM_DHCP_CAP_V6;
    if (!pages) {
        check(p, channel, IPAM_CHECK_STATE_WARNING,
              "leases cannot be read, and changes cannot be made safely, without the lease commands",
              "add libdhcp_lease_cmds.so to hooks-libraries and reload the server's configuration");
        return 0;
    }
    status = kea_command(p->call, s, page, IPAM_STR("{\"from\": \"start\", \"limit\": 1}"), &leases, NULL);
    if (status)
        return status;
    if (leases.result == KEA_SUCCESS || leases.result == KEA_EMPTY) {
        p->capabilities |=
            IPAM_DHCP_CAP_LEASES | (writes ? IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_ATOMIC : 0);
        check(p, channel, IPAM_CHECK_STATE_OK, "leases can be read", NULL);
    } else {
        snprintf(p->call->native, sizeof(p->call->native), "result %" PRId64, leases.result);
        check(p, channel, IPAM_CHECK_STATE_ERROR, kea_words(&leases, words),
              "the server gives no leases now although its status is healthy: correct its lease-database, "
              "then reload its "
              "configuration (config-reload)");
    }
    kea_answer_fini(&leases);
    return 0;
}

static int probe_service(struct probe *p, enum kea_service s)
{
    struct kea_answer answer;
    char text[256], where[400];
    int status = kea_ask(p->call, s, "version-get", (struct ipam_str){ NULL, 0 }, &answer);

    if (status)
        return status;
    snprintf(p->version, sizeof(p->version), "%.*s", (int)(answer.text.len < 100 ? answer.text.len : 100),
             answer.text.data ? answer.text.data : "");
    kea_answer_fini(&answer);
    kea_where(p->call->kea, s, where, sizeof(where));
    if (!p->version[0])
        return kea_fail(p->call, IPAM_E_PROTO,
                        "%s: what answered version-get is no Kea: it names no version; see that the options "
                        "lead to a Kea server",
                        where);
    snprintf(text, sizeof(text), "Kea %s answers", p->version);
    status = kea_ask(p->call, s, "status-get", (struct ipam_str){ NULL, 0 }, &answer);
    if (status)
        return status;
    check(p, kea_service_name(s), IPAM_CHECK_STATE_OK, text, NULL);
    kea_answer_fini(&answer);
    return probe_commands(p, s);
}

/* The control channel is what all services have in common. */
static void check_control(struct probe *p)
{
    char text[400], where[400];

    kea_where(p->call->kea, KEA_DHCP4, where, sizeof(where));
    if (p->call->kea->opt.direct)
        snprintf(text, sizeof(text), "the servers' own unix sockets are used");
    else
        snprintf(text, sizeof(text), "the control agent %.300s answers", where + strlen("dhcp4 "));
    p->call->native[0] = '\0';
    check(p, "control", IPAM_CHECK_STATE_OK, text, NULL);
}

static void emit_probe(struct probe *p)
{
    struct ipam_probe row = { .size = sizeof(row),
                              .type = IPAM_T_PROBE,
                              .product = IPAM_STR("Kea"),
                              .version = str_from(p->version),
                              .capabilities = (int64_t)p->capabilities };

    IPAM_SET_FIELD(&row, IPAM_PROBE_PRODUCT);
    if (p->version[0])
        IPAM_SET_FIELD(&row, IPAM_PROBE_VERSION);
    IPAM_SET_FIELD(&row, IPAM_PROBE_CAPABILITIES);
    p->call->kea->host->emit(p->call->req, (const struct ipam_record *)&row);
}

void kea_probe(void *ctx, struct ipam_req *req)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct probe p = { .call = &c };
    int status = 0;

    for (enum kea_service s = 0; s < KEA_SERVICES && (status == 0 || kea_is_partial(&c, status)); s++) {
        if (!c.kea->opt.use[s])
            continue;
        status = probe_service(&p, s);
        if (status == 0) {
            p.answered++;
        } else if (kea_is_partial(&c, status)) {
            bool news = status != IPAM_E_NOENT || c.kea->opt.named[s];

            if (news || !p.status) {
                p.status = status;
                snprintf(p.message, sizeof(p.message), "%s", c.message);
            }
            if (news)
                check(&p, kea_service_name(s),
                      c.kea->opt.named[s] ? IPAM_CHECK_STATE_ERROR : IPAM_CHECK_STATE_WARNING, c.message,
                      "start the server, or set the option services to the servers that run here");
        }
    }
    if (status && !kea_is_partial(&c, status)) {
        kea_done(&c, status, NULL);
    } else if (p.answered == 0) {
        kea_fail(&c, p.status, "%s", p.message);
        kea_done(&c, p.status, NULL);
    } else {
        check_control(&p);
        emit_probe(&p);
        c.message[0] = c.native[0] = '\0';
        kea_done(&c, 0, NULL);
    }
}
