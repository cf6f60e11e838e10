/* explain_link.c - which subnet serves a client of a link, and why others do not.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The server goes through its subnets by their numbers: first those whose relay it is, then those whose
 * prefix holds the address of the relay; of these the first that is for the client's classes. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "net/addr.h"

/* RFC 3527, RFC 3011: the link is another than that of the relay's address. */
#define RELAY_AGENT      82
#define LINK_SELECTION   5
#define SUBNET_SELECTION 118

enum pass { BY_INTERFACE, BY_RELAY, BY_PREFIX, PASSES };

static int by_number(const void *a, const void *b)
{
    const struct kea_subnet *x = *(const struct kea_subnet *const *)a,
                            *y = *(const struct kea_subnet *const *)b;

    return (x->id > y->id) - (x->id < y->id);
}

static bool list_subnets(struct kea_explaining *x)
{
    const struct kea_config *cfg = &x->running.cfg;

    x->subnets = arena_alloc(&x->arena, (cfg->subnet_count + 1) * sizeof(*x->subnets));
    x->hosts = arena_alloc(&x->arena, (cfg->subnet_count + 1) * sizeof(*x->hosts));
    if (!x->subnets || !x->hosts) {
        x->status = kea_fail(x->call, IPAM_E_NOMEM, "out of memory for the subnets");
        return false;
    }
    for (size_t i = 0; i < cfg->subnet_count; i++)
        if (cfg->subnets[i].id)
            x->subnets[x->subnet_count++] = &cfg->subnets[i];
    if (x->subnet_count > 1)
        qsort(x->subnets, x->subnet_count, sizeof(*x->subnets), by_number);
    return true;
}

/* --- where the client is --- */

static const struct json *relays_of(const struct json *node)
{
    const struct json *list = json_get(json_get(node, "relay"), "ip-addresses");

    return json_count(list) > 0 ? list : NULL;
}

/* Those of the subnet, or else of its shared network. */
static const struct json *relays(struct kea_explaining *x, const struct kea_subnet *s)
{
    const struct json *own = relays_of(s->node), *network = kea_network_of(&x->reading, s);

    return own || !network ? own : relays_of(network);
}

static struct ipam_str interface_of(struct kea_explaining *x, const struct kea_subnet *s)
{
    struct ipam_str own = json_str(json_get(s->node, "interface"));
    const struct json *network = kea_network_of(&x->reading, s);

    return own.len || !network ? own : json_str(json_get(network, "interface"));
}

static bool selected_by_option(struct kea_explaining *x, struct ipam_addr *ret)
{
    const int64_t within[2] = { RELAY_AGENT, LINK_SELECTION };
    const int64_t own = SUBNET_SELECTION;
    struct ipam_bytes data;

    if (x->query.service != KEA_DHCP4 ||
        (kea_packet_option(&x->query, within, 2, &data) != KEA_THERE &&
         kea_packet_option(&x->query, &own, 1, &data) != KEA_THERE) ||
        data.len != 4)
        return false;
    *ret = (struct ipam_addr){ .family = 4 };
    memcpy(ret->bytes, data.data, 4);
    return true;
}

/* The address that the server looks for. False: the client is on a link of the server itself. */
static bool place(struct kea_explaining *x, bool *by_option)
{
    const struct json *list = x->target ? relays(x, x->target) : NULL;
    struct ipam_str text = json_str(json_first(list));

    *by_option = false;
    if (IPAM_HAS_FIELD(x->client, IPAM_DHCP_CLIENT_RELAY))
        x->at = x->query.relay = x->client->relay;
    else if (text.data && addr_parse(text.data, text.len, &x->at) == 0)
        x->query.relay = x->at;
    else if (interface_of(x, x->target).len)
        return false;
    else if (addr_add(&x->target->prefix.addr, u128_from(1), &x->at) ||
             !prefix_contains_addr(&x->target->prefix, &x->at))
        x->at = x->target->prefix.addr;
    *by_option = selected_by_option(x, &x->at);
    return true;
}

static bool names(const struct json *list, const struct ipam_addr *a)
{
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        struct ipam_str text = json_str(v);
        struct ipam_addr relay;

        if (text.data && addr_parse(text.data, text.len, &relay) == 0 && addr_equal(&relay, a))
            return true;
    }
    return false;
}

static bool fits(struct kea_explaining *x, enum pass pass, const struct kea_subnet *s)
{
    switch (pass) {
    case BY_INTERFACE: return str_equal(interface_of(x, s), interface_of(x, x->target));
    case BY_RELAY: return names(relays(x, s), &x->at);
    default: return prefix_contains_addr(&s->prefix, &x->at);
    }
}

/* --- whom they are for --- */

enum kea_truth kea_subnet_guard(struct kea_explaining *x, const struct kea_subnet *s, struct strbuf *reason)
{
    const struct json *network = kea_network_of(&x->reading, s);
    enum kea_truth outer = network ? kea_guard(x, network, reason) : KEA_YES, own;

    if (outer == KEA_NO)
        return outer;
    if (reason->len)
        strbuf_puts(reason, "; ");
    own = kea_guard(x, s->node, reason);
    return own == KEA_NO ? own : outer == KEA_UNKNOWN ? outer : own;
}

const struct kea_subnet *kea_link_next(struct kea_explaining *x, const struct kea_subnet *first,
                                       const struct kea_subnet *s, bool *unknown)
{
    struct strbuf reason;
    size_t at = 0;

    if (!first->network.len)
        return NULL;
    while (at < x->subnet_count && x->subnets[at] != s)
        at++;
    for (size_t i = 1; i <= x->subnet_count; i++) {
        const struct kea_subnet *other = x->subnets[(at + i) % x->subnet_count];
        enum kea_truth truth;

        if (other == first)
            return NULL;
        if (!str_equal(other->network, first->network))
            continue;
        strbuf_init(&reason, KEA_REASON_MAX);
        truth = kea_subnet_guard(x, other, &reason);
        strbuf_fini(&reason);
        if (truth == KEA_YES)
            return other;
        *unknown = *unknown || truth == KEA_UNKNOWN;
    }
    return NULL;
}

/* --- selecting --- */

static void emit_scope(struct kea_explaining *x, const struct kea_subnet *s, enum kea_truth truth,
                       const char *how, struct ipam_str guard)
{
    struct ipam_client_finding row;
    struct ipam_str name = kea_context_name(s->node);

    kea_found_init(&row, IPAM_CLIENT_FINDING_KIND_SCOPE);
    KEA_FOUND(&row, VERDICT, verdict, (uint32_t)truth);
    KEA_FOUND(&row, NATIVE_SCOPE, native_scope, s->native);
    if (name.data)
        KEA_FOUND(&row, NAME, name, name);
    kea_found_reason(x, &row, "%s%s%.*s", how, guard.len && *how ? "; " : "", (int)guard.len,
                     guard.data ? guard.data : "");
    kea_found_emit(x, &row);
}

static const char *const ways[PASSES] = { "it is of the same interface", "the relay is one of its own",
                                          "its prefix holds the address of the link" };

/* Goes on until one serves it, or may. True: it ends here. */
static bool try_pass(struct kea_explaining *x, enum pass pass, bool *told)
{
    for (size_t i = 0; i < x->subnet_count; i++) {
        const struct kea_subnet *s = x->subnets[i];
        struct strbuf reason;
        enum kea_truth truth;

        if (!fits(x, pass, s))
            continue;
        strbuf_init(&reason, KEA_REASON_MAX / 2);
        truth = kea_subnet_guard(x, s, &reason);
        if (!told[i] || truth == KEA_YES)
            emit_scope(x, s, truth, ways[pass], strbuf_str(&reason));
        told[i] = true;
        strbuf_fini(&reason);
        if (truth == KEA_YES)
            x->subnet = s;
        if (truth != KEA_NO)
            return true;
    }
    return false;
}

/* Those that clients of this link may get addresses of beside it, and the one that was asked for. */
static void emit_others(struct kea_explaining *x, const bool *told)
{
    for (size_t i = 0; i < x->subnet_count; i++) {
        const struct kea_subnet *s = x->subnets[i];
        struct strbuf reason;
        enum kea_truth truth;
        bool near = x->subnet && x->subnet->network.len && str_equal(s->network, x->subnet->network);

        if (told[i] || (!near && s != x->target))
            continue;
        strbuf_init(&reason, KEA_REASON_MAX / 2);
        truth = near ? kea_subnet_guard(x, s, &reason) : KEA_NO;
        emit_scope(x, s, truth,
                   near ? "it is on the same shared network"
                        : "the server takes another one for clients of this link",
                   strbuf_str(&reason));
        strbuf_fini(&reason);
    }
}

void kea_link_select(struct kea_explaining *x)
{
    bool by_option = false, found = false, *told;
    bool relayed;

    if (!list_subnets(x))
        return;
    told = arena_alloc(&x->arena, x->subnet_count + 1);
    if (IPAM_HAS_FIELD(x->client, IPAM_DHCP_CLIENT_NATIVE_SCOPE)) {
        x->target = kea_config_subnet(&x->running.cfg, x->client->native_scope);
        if (!x->target)
            x->status = kea_fail(x->call, IPAM_E_NOENT, "the server has no scope %.*s; collect it anew",
                                 (int)x->client->native_scope.len, x->client->native_scope.data);
    }
    if (x->status || !told)
        return;
    relayed = place(x, &by_option);
    if (!relayed)
        found = try_pass(x, BY_INTERFACE, told);
    else if (!by_option)
        found = try_pass(x, BY_RELAY, told);
    if (relayed && !found)
        found = try_pass(x, BY_PREFIX, told);
    emit_others(x, told);
    if (!found)
        kea_found_note(
            x, "no scope of the server is for this client on this link: the server does not answer it");
    else if (!x->subnet)
        kea_found_note(
            x,
            "whether the first scope of the link serves it is not known, and so is all that depends on it");
}
