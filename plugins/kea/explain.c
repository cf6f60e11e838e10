/* explain.c - what the server, as it is set up now, would give a client: the call, and what the client sends.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea has no command for that. Its configuration (config-get) and the client's leases are gone through in its
 * own steps: classes, subnet, reservations, classes again, address, options (ARM, "Client Classification";
 * "Host Reservations"). */
#include "explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/addr.h"

/* Codes of options: RFC 2132, RFC 3004, RFC 8415. */
enum {
    NAME4 = 12,
    ASKS4 = 55,
    VENDOR_CLASS4 = 60,
    CLIENT_ID4 = 61,
    USER_CLASS4 = 77,
    CLIENT_ID6 = 1,
    ASKS6 = 6,
    USER_CLASS6 = 15,
};

/* --- findings --- */

void kea_found_init(struct ipam_client_finding *row, uint32_t kind)
{
    *row = (struct ipam_client_finding){ .size = sizeof(*row), .type = IPAM_T_CLIENT_FINDING, .kind = kind };
    IPAM_SET_FIELD(row, IPAM_CLIENT_FINDING_KIND);
}

void kea_found_emit(struct kea_explaining *x, struct ipam_client_finding *row)
{
    if (x->status == 0)
        x->status = x->call->kea->host->emit(x->call->req, (const struct ipam_record *)row);
}

static void set_reason(struct kea_explaining *x, struct ipam_client_finding *row, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
static void set_reason(struct kea_explaining *x, struct ipam_client_finding *row, const char *fmt, va_list ap)
{
    char text[KEA_REASON_MAX + 1];
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;

    while (len > 0 && n > (int)len && ((unsigned char)text[len - 1] & 0x80)) /* no half of a character */
        len--;
    KEA_FOUND(row, REASON, reason, arena_str(&x->arena, (struct ipam_str){ text, len }));
}

void kea_found_reason(struct kea_explaining *x, struct ipam_client_finding *row, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_reason(x, row, fmt, ap);
    va_end(ap);
}

void kea_found_note(struct kea_explaining *x, const char *fmt, ...)
{
    struct ipam_client_finding row;
    va_list ap;

    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_NOTE);
    va_start(ap, fmt);
    set_reason(x, &row, fmt, ap);
    va_end(ap);
    kea_found_emit(x, &row);
}

/* --- what holds for a subnet --- */

const struct json *kea_inherited(struct kea_explaining *x, const struct kea_subnet *s, const char *key)
{
    const struct json *network = s ? kea_network_of(&x->reading, s) : NULL,
                      *own = s ? json_get(s->node, key) : NULL;

    if (!own && network)
        own = json_get(network, key);
    return own ? own : json_get(x->running.cfg.root, key);
}

bool kea_inherited_flag(struct kea_explaining *x, const struct kea_subnet *s, const char *key, bool otherwise)
{
    bool flag = otherwise;

    json_bool(kea_inherited(x, s, key), &flag);
    return flag;
}

/* --- what the client sends --- */

static int send_option(struct kea_explaining *x, int64_t code, const void *data, size_t len)
{
    char *copy = arena_memdup(&x->arena, data, len);

    if (kea_sent_find(&x->query, code))
        return kea_fail(x->call, IPAM_E_INVAL, "option %lld is given twice", (long long)code);
    if (!copy || x->query.sent_count == KEA_SENT_MAX)
        return kea_fail(x->call, IPAM_E_TOOBIG, "the client sends too many options");
    x->sent[x->query.sent_count++] =
        (struct kea_sent){ code, (struct ipam_bytes){ (const uint8_t *)copy, len } };
    return 0;
}

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "60=4d534654": with or without colons between the bytes. */
static int send_written(struct kea_explaining *x, struct ipam_str text)
{
    size_t at = 0, n = 0, digits = 0;
    uint8_t data[KEA_OPTION_DATA_MAX / 64];
    int64_t code = 0;

    for (; at < text.len && text.data[at] >= '0' && text.data[at] <= '9' && code <= UINT16_MAX; at++)
        code = 10 * code + (text.data[at] - '0');
    if (at == 0 || at == text.len || text.data[at++] != '=' ||
        code > (x->query.service == KEA_DHCP4 ? 255 : 65535))
        return kea_fail(x->call, IPAM_E_INVAL, "'%.*s' is no option as CODE=HEX, such as 60=4d534654",
                        (int)(text.len < 64 ? text.len : 64), text.data);
    for (; at < text.len; at++) {
        int d = digit(text.data[at]);

        if (text.data[at] == ':' && digits % 2 == 0)
            continue;
        if (d < 0 || n == sizeof(data))
            return kea_fail(x->call, IPAM_E_INVAL, "option %lld is not hexadecimal, or too long",
                            (long long)code);
        data[n] = (uint8_t)(digits % 2 ? data[n] << 4 | d : d);
        n += digits++ % 2;
    }
    if (digits % 2)
        return kea_fail(x->call, IPAM_E_INVAL, "option %lld has half a byte at its end", (long long)code);
    return send_option(x, code, data, n);
}

/* The list of codes that it asks for. */
static int send_asks(struct kea_explaining *x)
{
    const struct ipam_dhcp_client *c = x->client;
    size_t wide = x->query.service == KEA_DHCP4 ? 1 : 2;
    uint8_t *codes = arena_alloc(&x->arena, 2 * c->asks.count + 1);

    if (!codes)
        return kea_fail(x->call, IPAM_E_NOMEM, "out of memory");
    for (size_t i = 0; i < c->asks.count; i++) {
        codes[wide * i] = (uint8_t)(wide == 2 ? c->asks.items[i] >> 8 : c->asks.items[i]);
        codes[wide * i + wide - 1] = (uint8_t)c->asks.items[i];
    }
    return send_option(x, wide == 1 ? ASKS4 : ASKS6, codes, wide * c->asks.count);
}

static int send_user_class(struct kea_explaining *x, struct ipam_str text)
{
    char *tuple = arena_alloc(&x->arena, text.len + 2);

    if (x->query.service == KEA_DHCP4)
        return send_option(x, USER_CLASS4, text.data, text.len);
    if (!tuple)
        return kea_fail(x->call, IPAM_E_NOMEM, "out of memory");
    tuple[1] = (char)text.len; /* at most 255 bytes */
    memcpy(tuple + 2, text.data, text.len);
    return send_option(x, USER_CLASS6, tuple, text.len + 2);
}

static int read_client(struct kea_explaining *x)
{
    const struct ipam_dhcp_client *c = x->client;
    bool v4 = x->query.service == KEA_DHCP4;
    int status = 0;

    x->query.sent = x->sent;
    x->query.mac = IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_MAC) ? c->mac : (struct ipam_bytes){ NULL, 0 };
    if (status == 0 && v4 && IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_CLIENT_ID))
        status = send_option(x, CLIENT_ID4, c->client_id.data, c->client_id.len);
    if (status == 0 && !v4 && IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_DUID))
        status = send_option(x, CLIENT_ID6, c->duid.data, c->duid.len);
    if (status == 0 && v4 && IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_VENDOR_CLASS))
        status = send_option(x, VENDOR_CLASS4, c->vendor_class.data, c->vendor_class.len);
    if (status == 0 && IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_USER_CLASS))
        status = send_user_class(x, c->user_class);
    if (status == 0 && v4 && IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_NAME))
        status = send_option(x, NAME4, c->name.data, c->name.len);
    if (status == 0 && IPAM_HAS_FIELD(c, IPAM_DHCP_CLIENT_ASKS))
        status = send_asks(x);
    for (size_t i = 0; i < c->options.count && status == 0; i++)
        status = send_written(x, c->options.items[i]);
    return status;
}

/* --- what is not looked at --- */

static bool is_harmless(struct ipam_str path)
{
    static const char *const known[] = { "lease_cmds", "stat_cmds", "ha.so",     "subnet_cmds",
                                         "cb_cmds",    "legal_log", "perfmon",   "mysql",
                                         "pgsql",      "host_cmds", "class_cmds" };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (path.len >= strlen(known[i]) && memmem(path.data, path.len, known[i], strlen(known[i])))
            return true;
    return false;
}

static void emit_notes(struct kea_explaining *x)
{
    const struct json *root = x->running.cfg.root;
    bool early = false;

    for (const struct json *v = json_first(json_get(root, "hooks-libraries")); v; v = json_next(v)) {
        struct ipam_str path = json_str(json_get(v, "library"));

        if (path.len && !is_harmless(path))
            kea_found_note(x, "what the hook library " STR_FMT " makes of the answer was not looked at",
                           STR_ARG(path));
    }
    if (json_get(root, "hosts-database") || json_count(json_get(root, "hosts-databases")) > 0)
        kea_found_note(x, "reservations that the server keeps in a database were not looked at");
    json_bool(json_get(root, "early-global-reservations-lookup"), &early);
    if (early)
        kea_found_note(x, "the server looks global reservations up before it selects a scope "
                          "(early-global-reservations-lookup): that was not followed");
}

/* --- the steps --- */

static void explain(struct kea_explaining *x)
{
    bool network;

    kea_classes_begin(x);
    kea_link_select(x);
    if (x->subnet) {
        kea_hosts_find(x);
        network = x->subnet->network.len > 0;
        if ((x->general && json_count(json_get(x->general->node, "client-classes")) > 0) ||
            (!network && x->host && json_count(json_get(x->host->node, "client-classes")) > 0))
            kea_classes_reserved(x, x->host, true);
        kea_classes_known(x, x->general || x->host || kea_host_of(x, NULL));
        if (kea_in_class(x, IPAM_STR("DROP")) != KEA_NO) {
            kea_found_note(x, "the client is%s in the class DROP: the server does not answer it",
                           kea_in_class(x, IPAM_STR("DROP")) == KEA_YES ? "" : ", as far as can be told,");
            x->subnet = NULL;
        }
    }
    if (x->subnet) {
        kea_address_find(x);
        x->host = kea_host_of(x, x->subnet);
        if (x->subnet->network.len && x->host && x->host != x->general)
            kea_classes_reserved(x, x->host, false);
        kea_classes_additional(x);
    }
    kea_classes_emit(x);
    if (x->subnet && x->given.family) {
        kea_settings_emit(x);
        kea_options_emit(x);
    }
    emit_notes(x);
}

static int run(struct kea_explaining *x)
{
    struct kea_call *c = x->call;
    struct kea_answer version = { .doc = NULL };
    struct kea_reading *r = &x->reading;
    int status = kea_config_get(c, x->query.service, &x->running);

    if (status)
        return status;
    status = kea_ask(c, x->query.service, "version-get", (struct ipam_str){ NULL, 0 }, &version);
    x->query.version = status ? 0 : kea_version_of(version.text);
    kea_answer_fini(&version);
    *r = (struct kea_reading){ .call = c, .cfg = &x->running.cfg };
    strbuf_init(&r->vendor, KEA_VENDOR_MAX);
    arena_init(&r->scratch, 0);
    arena_init(&r->lasting, 0);
    if (status == 0)
        status = kea_definitions_read(x->query.service, x->running.cfg.root, x->query.version, &r->lasting,
                                      &r->definitions);
    x->query.definitions = &r->definitions;
    x->query.member = kea_in_class;
    x->query.user = x;
    if (status == 0)
        status = read_client(x);
    if (status == 0) {
        explain(x);
        status = x->status ? x->status : r->status;
    }
    arena_fini(&r->lasting);
    arena_fini(&r->scratch);
    strbuf_fini(&r->vendor);
    kea_running_fini(&x->running);
    return status;
}

void kea_explain(void *ctx, struct ipam_req *req, const struct ipam_dhcp_client *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct kea_explaining x = { .call = &c, .client = args };
    int64_t id;
    int status = 0;

    arena_init(&x.arena, 0);
    if (IPAM_HAS_FIELD(args, IPAM_DHCP_CLIENT_NATIVE_SCOPE)) {
        if (kea_native_parse(args->native_scope, &x.query.service, &id) || id == 0)
            status = kea_fail(&c, IPAM_E_INVAL, "a scope of Kea, such as v4/7, is needed");
    } else if (IPAM_HAS_FIELD(args, IPAM_DHCP_CLIENT_RELAY)) {
        x.query.service = args->relay.family == 4 ? KEA_DHCP4 : KEA_DHCP6;
    } else {
        status = kea_fail(&c, IPAM_E_INVAL, "where the client is: a scope or a relay is needed");
    }
    if (status == 0 && !c.kea->opt.use[x.query.service])
        status = kea_fail(&c, IPAM_E_NOENT, "%s is not managed (option services)",
                          kea_service_name(x.query.service));
    if (status == 0)
        status = run(&x);
    kea_done(&c, status, NULL);
    arena_fini(&x.arena);
}
