/* act.c - a lease that is given to a client, or ends.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * lease4-add, lease4-del and their like for DHCPv6, of the hook library lease_cmds (ARM 16.12). Kea deletes
 * the lease of an address whosever it is: so it is looked at first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lease.h"
#include "net/addr.h"

#define ARGUMENTS_MAX 4096
#define KEA_CONFLICT  4          /* result of Kea 2.4 and later for what is leased already */
#define LIFETIME_MAX  4294967295 /* of a lease */
#define HEX_MAX       (3 * 256)

/* One act under way. */
struct act {
    struct kea_call call;
    const struct ipam_act *args;
    enum kea_service service;
    const char *add, *del; /* the commands */
};

static bool has(const struct act *a, unsigned field)
{
    return IPAM_HAS_FIELD(a->args, field);
}

static void put_hex(struct json_writer *w, const char *key, struct ipam_bytes b)
{
    char text[HEX_MAX] = "";

    for (size_t i = 0; i < b.len && i < HEX_MAX / 3; i++)
        snprintf(text + 3 * i - (i > 0), 4, "%s%02x", i ? ":" : "", b.data[i]);
    jw_key(w, key);
    jw_str(w, str_from(text));
}

static void put_address(const struct act *a, struct json_writer *w)
{
    char text[ADDR_TEXT_MAX];

    addr_print(&a->args->address, text);
    jw_key(w, "ip-address");
    jw_str(w, str_from(text));
    if (a->service == KEA_DHCP4)
        return;
    jw_key(w, "type");
    jw_str(w, has(a, IPAM_ACT_PREFIX_LENGTH) ? IPAM_STR("IA_PD") : IPAM_STR("IA_NA"));
}

/* Kea's number of the scope "v4/17"; -1: it is none of this service. */
static int64_t subnet_of(const struct act *a)
{
    struct ipam_str t = a->args->target;
    char text[24], *end;

    if (!has(a, IPAM_ACT_TARGET) || t.len < 4 || t.len >= sizeof(text) || t.data[0] != 'v' ||
        t.data[1] != (a->service == KEA_DHCP4 ? '4' : '6') || t.data[2] != '/')
        return -1;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(t));
    int64_t id = strtoll(text + 3, &end, 10);
    return *end == '\0' && id > 0 && id <= UINT32_MAX ? id : -1;
}

/* Kea takes the rest of what it is for a lease that began now. */
static void put_life(const struct act *a, struct json_writer *w)
{
    int64_t expire = a->args->expires / 1000, left = expire - (int64_t)time(NULL);

    if (!has(a, IPAM_ACT_EXPIRES))
        return;
    jw_key(w, "valid-lft");
    jw_int(w, left < 1 ? 1 : left > LIFETIME_MAX - 1 ? LIFETIME_MAX - 1 : left);
    jw_key(w, "expire");
    jw_int(w, expire);
}

static void put_client(const struct act *a, struct json_writer *w)
{
    put_hex(w, a->service == KEA_DHCP4 ? "hw-address" : "duid", a->args->identifier);
    if (a->service == KEA_DHCP4 && has(a, IPAM_ACT_CLIENT_ID))
        put_hex(w, "client-id", a->args->client_id);
    if (a->service == KEA_DHCP4)
        return;
    jw_key(w, "iaid");
    jw_int(w, has(a, IPAM_ACT_IAID) ? a->args->iaid : 0);
    if (has(a, IPAM_ACT_MAC))
        put_hex(w, "hw-address", a->args->mac);
    if (has(a, IPAM_ACT_PREFIX_LENGTH)) {
        jw_key(w, "prefix-len");
        jw_int(w, a->args->prefix_length);
    }
}

static void make_add(const struct act *a, int64_t subnet, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    put_address(a, &w);
    jw_key(&w, "subnet-id");
    jw_int(&w, subnet);
    put_client(a, &w);
    put_life(a, &w);
    if (has(a, IPAM_ACT_NAME)) {
        jw_key(&w, "hostname");
        jw_str(&w, a->args->name);
    }
    jw_object_end(&w);
}

/* By whom it was registered the names of its client go, too. */
static void make_delete(const struct act *a, struct strbuf *out)
{
    struct json_writer w;

    jw_init(&w, out);
    jw_object(&w);
    put_address(a, &w);
    jw_key(&w, "update-ddns");
    jw_bool(&w, true);
    jw_object_end(&w);
}

/* What Kea says to it. */
static int verdict(struct act *a, const char *command, const struct kea_answer *answer)
{
    char where[400], words[401];
    int status = IPAM_E_REFUSED;

    if (answer->result == KEA_SUCCESS)
        return 0;
    snprintf(a->call.native, sizeof(a->call.native), "result %" PRId64, answer->result);
    kea_words(answer, words);
    if (answer->result == KEA_EMPTY)
        status = IPAM_E_NOENT;
    else if (answer->result == KEA_UNSUPPORTED)
        status = IPAM_E_UNSUPPORTED;
    else if (answer->result == KEA_CONFLICT || strstr(words, "already exist"))
        status = IPAM_E_EXIST;
    kea_where(a->call.kea, a->service, where, sizeof(where));
    return kea_fail(&a->call, status, "%s refused %s: %s%s", where, command, words,
                    status == IPAM_E_UNSUPPORTED
                        ? "; add the hook library libdhcp_lease_cmds.so to hooks-libraries"
                        : "");
}

static int carry_out(struct act *a, const char *command, const struct strbuf *arguments)
{
    struct kea_answer answer;
    bool sent;
    int status;

    if (arguments->failed)
        return kea_fail(&a->call, IPAM_E_INVAL, "what is known of the client is too long for a command");
    status = kea_command(&a->call, a->service, command, strbuf_str(arguments), &answer, &sent);
    if (status)
        return sent ? IPAM_E_UNKNOWN : status;
    status = verdict(a, command, &answer);
    kea_answer_fini(&answer);
    return status;
}

static int add(struct act *a)
{
    int64_t subnet = subnet_of(a);
    struct strbuf arguments;
    int status;

    if (!has(a, IPAM_ACT_IDENTIFIER) || a->args->identifier.len == 0)
        return kea_fail(&a->call, IPAM_E_INVAL, "a lease needs a client: %s",
                        a->service == KEA_DHCP4 ? "the hardware address" : "the DUID");
    if (subnet < 0)
        return kea_fail(&a->call, IPAM_E_INVAL, "the scope is none of %s; read the configuration again",
                        kea_service_name(a->service));
    strbuf_init(&arguments, ARGUMENTS_MAX);
    make_add(a, subnet, &arguments);
    status = carry_out(a, a->add, &arguments);
    strbuf_fini(&arguments);
    return status;
}

static bool differs(bool given, struct ipam_bytes wanted, struct ipam_bytes found)
{
    return given && found.len > 0 &&
           (wanted.len != found.len || memcmp(wanted.data, found.data, found.len) != 0);
}

/* A client identifier tells more than the hardware address, where both have one. */
static bool is_anothers(const struct act *a, const struct ipam_lease *l)
{
    bool v4 = a->service == KEA_DHCP4;

    if (v4 && has(a, IPAM_ACT_CLIENT_ID) && l->client_id.len > 0)
        return differs(true, a->args->client_id, l->client_id);
    if (!v4 && has(a, IPAM_ACT_IAID) && IPAM_HAS_FIELD(l, IPAM_LEASE_IAID) && a->args->iaid != l->iaid)
        return true;
    return differs(has(a, IPAM_ACT_IDENTIFIER), a->args->identifier, v4 ? l->mac : l->duid);
}

/* The lease that is there now must be the one that is meant. */
static int check_client(struct act *a)
{
    struct kea_answer answer;
    struct kea_lease *l = calloc(1, sizeof(*l));
    struct arena arena;
    int status =
        l ? kea_lease_get(&a->call, a->service, &a->args->address, has(a, IPAM_ACT_PREFIX_LENGTH), &answer)
          : kea_fail(&a->call, IPAM_E_NOMEM, "out of memory for a lease");

    if (status) {
        free(l);
        return status;
    }
    arena_init(&arena, 0);
    if (answer.result == KEA_EMPTY)
        status = kea_fail(&a->call, IPAM_E_NOENT, "it is not leased");
    else if (kea_lease_parse(a->service, answer.doc, answer.arguments, &arena, l))
        status = kea_fail(&a->call, IPAM_E_PROTO, "the lease that is there is not understood");
    else if (is_anothers(a, &l->row))
        status = kea_fail(&a->call, IPAM_E_CONFLICT,
                          "it is leased by another client now; look at the lease again, and delete that one "
                          "if it is to go");
    arena_fini(&arena);
    kea_answer_fini(&answer);
    free(l);
    return status;
}

static int end(struct act *a)
{
    struct strbuf arguments;
    int status = check_client(a);

    if (status)
        return status;
    strbuf_init(&arguments, ARGUMENTS_MAX);
    make_delete(a, &arguments);
    status = carry_out(a, a->del, &arguments);
    strbuf_fini(&arguments);
    return status;
}

void kea_act(void *ctx, struct ipam_req *req, const struct ipam_act *args)
{
    struct act a = { .call = { .kea = ctx, .req = req }, .args = args };
    bool v4 = args->address.family == 4;
    int status;

    a.service = v4 ? KEA_DHCP4 : KEA_DHCP6;
    a.add = v4 ? "lease4-add" : "lease6-add";
    a.del = v4 ? "lease4-del" : "lease6-del";
    if (args->verb != IPAM_DHCP_ACT_LEASE_ADD && args->verb != IPAM_DHCP_ACT_LEASE_DELETE)
        status = kea_fail(&a.call, IPAM_E_UNSUPPORTED, "only leases can be added and deleted here");
    else if (!has(&a, IPAM_ACT_ADDRESS) || (args->address.family != 4 && args->address.family != 6) ||
             (v4 && has(&a, IPAM_ACT_PREFIX_LENGTH)))
        status = kea_fail(&a.call, IPAM_E_INVAL, "an address is needed, or with DHCPv6 a prefix");
    else if (!a.call.kea->opt.use[a.service])
        status = kea_fail(&a.call, IPAM_E_UNSUPPORTED, "%s is not managed here; see the option services",
                          kea_service_name(a.service));
    else
        status = args->verb == IPAM_DHCP_ACT_LEASE_ADD ? add(&a) : end(&a);
    kea_done(&a.call, status, NULL);
}
