/* edit_dns.c - what a record says of DNS updates as the parameters that Kea has for them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Three fields are made out of six parameters of the object and those around it (kea_dns_of). So each
 * step reads them
 * as that function does, and nothing is written that is so already. */
#include <string.h>

#include "edit.h"

#define LEVELS 4

/* The parameters of one level as an object of their own, for kea_dns_of. */
static const struct json *excerpt(struct kea_editor *e, struct kea_node *n)
{
    struct kea_node *copy = kea_add_object(e, kea_node_array(&e->draft, e->scraps, "levels"));

    for (struct kea_node *c = kea_node_first(&e->draft, n); c; c = c->next) {
        struct ipam_str text;

        if (c->key.len < 5 || (memcmp(c->key.data, "ddns-", 5) != 0 && !str_is(c->key, "dhcp-ddns")))
            continue;
        if (kea_node_write(&e->draft, c, &text) || !kea_node_put(&e->draft, copy, c->key, text))
            return NULL;
    }
    return kea_node_value(&e->draft, copy);
}

/* *ret_own: the record of the object says it. */
static int read_now(struct kea_editor *e, struct kea_node *const around[], struct kea_dns *ret, bool *ret_own)
{
    const struct json *levels[LEVELS] = { NULL };

    for (size_t i = 0; around[i]; i++) {
        levels[i] = excerpt(e, around[i]);
        if (!levels[i])
            return IPAM_E_NOMEM;
    }
    *ret_own = kea_dns_of(levels, ret);
    /* Of a subnet in a shared network the record says what that has, but not what the server has. */
    if (!*ret_own && levels[1])
        *ret_own = kea_dns_of(levels + 1, ret) && levels[2];
    return 0;
}

static struct kea_node *nearest(struct kea_editor *e, struct kea_node *const around[], const char *key)
{
    struct kea_node *c = NULL;

    for (size_t i = 0; around[i] && !c; i++)
        c = kea_node_get(&e->draft, around[i], key);
    return c;
}

static int put_update(struct kea_editor *e, struct kea_node *const around[], int update)
{
    int status = kea_put_bool(e, around[0], "ddns-send-updates", update != IPAM_DHCP_SERVER_DNS_UPDATE_NEVER);

    if (status || update == IPAM_DHCP_SERVER_DNS_UPDATE_NEVER)
        return status;
    if (around[0] == e->draft.root)
        status = kea_put_bool(e, kea_node_object(&e->draft, around[0], "dhcp-ddns"), "enable-updates", true);
    if (status == 0)
        status = kea_put_bool(e, around[0], "ddns-override-no-update",
                              update == IPAM_DHCP_SERVER_DNS_UPDATE_ALWAYS);
    return status ? status
                  : kea_put_bool(e, around[0], "ddns-override-client-update",
                                 update == IPAM_DHCP_SERVER_DNS_UPDATE_ALWAYS);
}

/* Kea 2.5 and later have a mode where there was a flag. */
static int put_protection(struct kea_editor *e, struct kea_node *const around[], bool wanted)
{
    if (nearest(e, around, "ddns-conflict-resolution-mode") || e->version >= 205)
        return kea_put_text(e, around[0], "ddns-conflict-resolution-mode",
                            wanted ? IPAM_STR("check-with-dhcid") : IPAM_STR("no-check-with-dhcid"));
    return kea_put_bool(e, around[0], "ddns-use-conflict-resolution", wanted);
}

static int forget(struct kea_editor *e, struct kea_node *n)
{
    static const char *const keys[] = {
        "ddns-send-updates",        "ddns-override-no-update",      "ddns-override-client-update",
        "ddns-replace-client-name", "ddns-use-conflict-resolution", "ddns-conflict-resolution-mode"
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        kea_node_drop(kea_node_get(&e->draft, n, keys[i]));
    return kea_drafted(e);
}

static bool is_so(const struct kea_dns *now, bool own, const struct kea_dns_wish *wish)
{
    return own && (wish->update < 0 || now->update == (uint32_t)wish->update) &&
           (wish->unasked < 0 || now->unasked == (wish->unasked == 1)) &&
           (wish->protection < 0 || (now->has_protection && now->protection == (wish->protection == 1)));
}

int kea_write_dns(struct kea_editor *e, struct kea_node *const around[], const struct kea_dns_wish *wish)
{
    struct kea_dns now = { .update = 0 };
    bool own = false;
    int status = 0;

    if (wish->forget)
        return forget(e, around[0]);
    if (wish->update < 0 && wish->unasked < 0 && wish->protection < 0)
        return 0;
    status = read_now(e, around, &now, &own);
    if (status || is_so(&now, own, wish))
        return status;
    if (wish->update >= 0 && (!own || now.update != (uint32_t)wish->update))
        status = put_update(e, around, wish->update);
    if (status == 0 && wish->unasked >= 0 && (!own || now.unasked != (wish->unasked == 1)))
        status = kea_put_text(e, around[0], "ddns-replace-client-name",
                              wish->unasked ? IPAM_STR("when-not-present") : IPAM_STR("never"));
    if (status == 0 && wish->protection >= 0 &&
        (!now.has_protection || now.protection != (wish->protection == 1)))
        status = put_protection(e, around, wish->protection == 1);
    if (status == 0)
        status = read_now(e, around, &now, &own);
    if (status || is_so(&now, own, wish))
        return status;
    return kea_refuse(
        e, IPAM_E_CONFLICT,
        "cannot have its DNS updates as asked: the server itself sends none, or none are sent for what is "
        "asked; change dns_update of the server's settings or of this object too");
}
