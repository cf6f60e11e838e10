/* probe.c - what a Kea installation says of itself, channel by channel.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pieces.h"
#include "read.h"

/* One probe under way. */
struct probe {
    struct kea_call *call;
    char version[128];
    uint64_t capabilities;
    int answered;    /* services that did */
    int serving;     /* of these, those that answer clients as far as is known */
    int64_t started; /* when the last of them began, ms; 0: not known */
    int status;      /* of the last that did not */
    char message[1024];
};

/* The channels of one service. */
struct channels {
    const char *service, *leases, *statistics, *changes, *relation;
};
static const struct channels channels[KEA_SERVICES] = {
    { "dhcp4", "leases4", "statistics4", "changes4", "ha4" },
    { "dhcp6", "leases6", "statistics6", "changes6", "ha6" },
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

/* That leases can be read is tried: a healthy status does not tell. `more`: what can be done if they can. */
static int probe_leases(struct probe *p, enum kea_service s, bool listed, uint64_t more)
{
    const char *page = s == KEA_DHCP4 ? "lease4-get-page" : "lease6-get-page";
    struct kea_answer leases;
    char words[401];
    int status;

    if (!listed) {
        check(p, channels[s].leases, IPAM_CHECK_STATE_WARNING,
              "leases cannot be read, and changes cannot be made safely, without the lease commands",
              "add libdhcp_lease_cmds.so to hooks-libraries and reload the server's configuration");
        return 0;
    }
    status = kea_command(p->call, s, page, IPAM_STR("{\"from\": \"start\", \"limit\": 1}"), &leases, NULL);
    if (status)
        return status;
    if (leases.result == KEA_SUCCESS || leases.result == KEA_EMPTY) {
        p->capabilities |= IPAM_DHCP_CAP_LEASES | more;
        check(p, channels[s].leases, IPAM_CHECK_STATE_OK, "leases can be read", NULL);
    } else {
        snprintf(p->call->native, sizeof(p->call->native), "result %" PRId64, leases.result);
        check(p, channels[s].leases, IPAM_CHECK_STATE_ERROR, kea_words(&leases, words),
              "the server gives no leases now although its status is healthy: correct its lease-database, "
              "then reload its "
              "configuration (config-reload)");
        p->serving -= p->serving > 0;
    }
    kea_answer_fini(&leases);
    p->call->native[0] = '\0';
    return 0;
}

/* The hooks by whose commands small changes are made (piece_write.c), as they are there or not. */
static void list_hooks(const struct json *commands, enum kea_service s, bool there, struct strbuf *out)
{
    static const struct {
        const char *library, *command[KEA_SERVICES];
    } hooks[] = { { "libdhcp_host_cmds.so", { "reservation-add", "reservation-add" } },
                  { "libdhcp_subnet_cmds.so", { "subnet4-update", "subnet6-update" } },
                  { "libdhcp_class_cmds.so", { "class-update", "class-update" } } };

    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
        if (lists(commands, hooks[i].command[s]) == there)
            strbuf_printf(out, "%s%s", out->len ? ", " : "", hooks[i].library);
}

/* By which way the server is written. Where it has but one, there is nothing to say. */
static void check_changes(struct probe *p, enum kea_service s, const struct json *commands)
{
    struct strbuf there, missing;
    char text[300] = "every change is made by config-set of the whole configuration", remedy[300];

    if (!lists(commands, "config-set") || !lists(commands, "config-test") ||
        !lists(commands, "config-write")) {
        check(p, channels[s].changes, IPAM_CHECK_STATE_MISSING,
              "the server takes no changes: config-test, config-set and config-write are not all there",
              "allow these commands to whoever the service speaks as");
        return;
    }
    if (kea_version_of(str_from(p->version)) < KEA_PIECES_VERSION || !lists(commands, "config-hash-get"))
        return;
    strbuf_init(&there, 200);
    strbuf_init(&missing, 200);
    list_hooks(commands, s, true, &there);
    list_hooks(commands, s, false, &missing);
    if (there.len)
        snprintf(text, sizeof(text), "small changes are made by the commands of %s, others by config-set",
                 there.data);
    snprintf(remedy, sizeof(remedy), "add %s to hooks-libraries and reload the server's configuration",
             missing.len ? missing.data : "");
    check(p, channels[s].changes, IPAM_CHECK_STATE_OK, text, missing.len ? remedy : NULL);
    strbuf_fini(&there);
    strbuf_fini(&missing);
}

/* What the server can do follows from the commands it lists, not from its version. */
static int probe_commands(struct probe *p, enum kea_service s)
{
    struct kea_answer commands;
    bool writes, pages, whole, acts, rows, samples;
    int status = kea_ask(p->call, s, "list-commands", (struct ipam_str){ NULL, 0 }, &commands);

    if (status)
        return status;
    pages = lists(commands.arguments, s == KEA_DHCP4 ? "lease4-get-page" : "lease6-get-page");
    whole = lists(commands.arguments, s == KEA_DHCP4 ? "lease4-get-all" : "lease6-get-all");
    acts = lists(commands.arguments, s == KEA_DHCP4 ? "lease4-get" : "lease6-get") &&
           lists(commands.arguments, s == KEA_DHCP4 ? "lease4-add" : "lease6-add") &&
           lists(commands.arguments, s == KEA_DHCP4 ? "lease4-del" : "lease6-del");
    rows = lists(commands.arguments, s == KEA_DHCP4 ? "stat-lease4-get" : "stat-lease6-get");
    samples = lists(commands.arguments, "statistic-get-all");
    writes = lists(commands.arguments, "config-set") && lists(commands.arguments, "config-test") &&
             lists(commands.arguments, "config-write");
    check_changes(p, s, commands.arguments);
    kea_answer_fini(&commands);
    p->capabilities |= IPAM_DHCP_CAP_TEXT | (s == KEA_DHCP4 ? IPAM_DHCP_CAP_V4 : IPAM_DHCP_CAP_V6);
    if (rows || samples)
        p->capabilities |= IPAM_DHCP_CAP_STATS;
    if (!rows)
        check(p, channels[s].statistics, samples ? IPAM_CHECK_STATE_OK : IPAM_CHECK_STATE_MISSING,
              samples ? "figures of subnets are taken from all statistics, which is more work for the server"
                      : "there are no figures of subnets",
              "add libdhcp_stat_cmds.so to hooks-libraries and reload the server's configuration");
    return probe_leases(p, s, pages,
                        (writes ? KEA_CAP_WRITES : 0) |
                            (whole ? IPAM_DHCP_CAP_NEXT_FREE | IPAM_DHCP_CAP_EXPLAIN : 0) |
                            (acts ? KEA_CAP_LEASE_ACTS : 0));
}

/* A relation of the HA hook: whether its two servers do what they should. */
static void check_relation(struct probe *p, enum kea_service s, const struct json *v)
{
    const struct json *servers = json_get(v, "ha-servers"), *local = json_get(servers, "local"),
                      *remote = json_get(servers, "remote");
    struct ipam_str state = json_str(json_get(local, "state")),
                    other = json_str(json_get(remote, "last-state")), mode = json_str(json_get(v, "ha-mode"));
    uint32_t known = kea_ha_state(state);
    bool interrupted = false;
    char text[400];

    json_bool(json_get(remote, "communication-interrupted"), &interrupted);
    snprintf(text, sizeof(text), "%.*s: this server is in state %.*s, its partner was last in state %.*s%s",
             (int)(mode.len < 40 ? mode.len : 40), mode.len ? mode.data : "",
             (int)(state.len < 40 ? state.len : 40), state.len ? state.data : "",
             (int)(other.len < 40 ? other.len : 40), other.len ? other.data : "",
             interrupted ? " and does not answer" : "");
    if (known == IPAM_FAILOVER_STATE_TERMINATED)
        check(p, channels[s].relation, IPAM_CHECK_STATE_ERROR, text,
              "the two servers no longer work together: set their clocks right, and restart both");
    else if (known == IPAM_FAILOVER_STATE_PARTNER_DOWN || interrupted)
        check(p, channels[s].relation, IPAM_CHECK_STATE_WARNING, text,
              "see that the partner runs and that this server reaches the address its peers list has for it");
    else if (known == IPAM_FAILOVER_STATE_NORMAL || known == IPAM_FAILOVER_STATE_BACKUP)
        check(p, channels[s].relation, IPAM_CHECK_STATE_OK, text, NULL);
    else
        check(
            p, channels[s].relation, IPAM_CHECK_STATE_WARNING, text,
            "it answers no client or not all of them until the two have found to each other; see its log if "
            "that takes longer than a minute");
}

/* Whether one of the relations keeps this server from answering clients. */
static bool is_silent(const struct json *relations)
{
    for (const struct json *v = json_first(relations); v; v = json_next(v))
        switch (kea_ha_state(json_str(json_get(json_get(json_get(v, "ha-servers"), "local"), "state")))) {
        case IPAM_FAILOVER_STATE_STARTUP:
        case IPAM_FAILOVER_STATE_RECOVER:
        case IPAM_FAILOVER_STATE_RECOVER_DONE:
        case IPAM_FAILOVER_STATE_MAINTENANCE:
        case IPAM_FAILOVER_STATE_BACKUP: return true;
        default: break;
        }
    return false;
}

/* The service by its own status: since when it runs, whether it hears clients and answers them. */
static void check_service(struct probe *p, enum kea_service s, const struct json *status)
{
    const struct json *sockets = json_get(status, "sockets"),
                      *first = json_first(json_get(sockets, "errors"));
    struct ipam_str word = json_str(json_get(sockets, "status")), error = json_str(first);
    bool disabled = false;
    char text[600];
    int64_t uptime;

    if (json_int(json_get(status, "uptime"), &uptime) == 0 && uptime >= 0 && uptime < INT32_MAX) {
        int64_t started = ((int64_t)time(NULL) - uptime) * 1000;

        p->started = started > p->started ? started : p->started;
    }
    json_bool(json_get(json_get(status, "dhcp-state"), "globally-disabled"), &disabled); /* Kea 2.7 tells */
    if (word.len && !str_is(word, "ready")) {
        snprintf(text, sizeof(text), "Kea %s answers, and its sockets for clients are %.*s: %.*s", p->version,
                 (int)(word.len < 40 ? word.len : 40), word.data, (int)(error.len < 400 ? error.len : 400),
                 error.len ? error.data : "no reason is given");
        check(p, channels[s].service, IPAM_CHECK_STATE_ERROR, text,
              "see that the interfaces of interfaces-config are there and have addresses");
        return;
    }
    if (disabled) {
        snprintf(text, sizeof(text), "Kea %s answers, and serves no client: it was disabled", p->version);
        check(p, channels[s].service, IPAM_CHECK_STATE_WARNING, text, "enable it again with dhcp-enable");
        return;
    }
    snprintf(text, sizeof(text), "Kea %s answers", p->version);
    check(p, channels[s].service, IPAM_CHECK_STATE_OK, text, NULL);
    if (!is_silent(json_get(status, "high-availability")))
        p->serving++;
}

static int probe_service(struct probe *p, enum kea_service s)
{
    struct kea_answer answer;
    char where[400];
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
    status = kea_ask(p->call, s, "status-get", (struct ipam_str){ NULL, 0 }, &answer);
    if (status)
        return status;
    check_service(p, s, answer.arguments);
    for (const struct json *v = json_first(json_get(answer.arguments, "high-availability")); v;
         v = json_next(v))
        check_relation(p, s, v);
    kea_answer_fini(&answer);
    return probe_commands(p, s);
}

/* The control channel is what all services have in common. */
static void check_control(struct probe *p)
{
    char text[400], where[400];

    kea_where(p->call->kea, KEA_DHCP4, where, sizeof(where));
    if (p->call->kea->opt.direct)
        snprintf(text, sizeof(text), "the servers' own control sockets are used");
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
    row.service = p->serving > 0 ? IPAM_PROBE_SERVICE_RUNNING : IPAM_PROBE_SERVICE_PAUSED;
    IPAM_SET_FIELD(&row, IPAM_PROBE_SERVICE);
    row.started = p->started;
    if (p->started)
        IPAM_SET_FIELD(&row, IPAM_PROBE_STARTED);
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
