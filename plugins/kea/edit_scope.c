/* edit_scope.c - edits of subnets.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "net/addr.h"

#define ROUTERS_CODE 3 /* RFC 2132 3.5 */
#define PREFERENCE   7 /* RFC 8415 21.8 */
#define ROUTERS_MAX  16

#define SCOPE(NUMBER, member, type, how) KEA_FIELD(scope, SCOPE_##NUMBER, member, type, how)

static const struct kea_field fields[] = {
    SCOPE(PREFIX, prefix, KEA_PREFIX, KEA_F_IDENTITY),
    SCOPE(NAME, name, KEA_STR, KEA_F_OWN),
    SCOPE(SUPERSCOPE, superscope, KEA_STR, KEA_F_OWN),
    SCOPE(LEASE_TIME, lease_time, KEA_INT, KEA_F_MEMBER),
    SCOPE(ROUTERS, routers, KEA_ADDRS, KEA_F_OWN),
    SCOPE(STATE, state, KEA_WORD, KEA_F_FIRST),
    SCOPE(DESCRIPTION, description, KEA_STR, KEA_F_COMMENT),
    SCOPE(REPLY_DELAY, reply_delay, KEA_INT, KEA_F_LACKING),
    SCOPE(FAILOVER, failover, KEA_STR, KEA_F_DERIVED),
    SCOPE(FAILOVER_SYNC, failover_sync, KEA_WORD, KEA_F_DERIVED),
    SCOPE(MIN_LEASE_TIME, min_lease_time, KEA_INT, KEA_F_MEMBER),
    SCOPE(MAX_LEASE_TIME, max_lease_time, KEA_INT, KEA_F_MEMBER),
    SCOPE(PREFERRED_TIME, preferred_time, KEA_INT, KEA_F_MEMBER),
    SCOPE(RENEW_TIME, renew_time, KEA_INT, KEA_F_MEMBER),
    SCOPE(REBIND_TIME, rebind_time, KEA_INT, KEA_F_MEMBER),
    SCOPE(BOOTP_LEASE_TIME, bootp_lease_time, KEA_INT, KEA_F_LACKING),
    SCOPE(SERVES, serves, KEA_WORD, KEA_F_FIRST),
    SCOPE(DNS_UPDATE, dns_update, KEA_WORD, KEA_F_OWN),
    SCOPE(DNS_DISCARD, dns_discard, KEA_WORD, KEA_F_LACKING),
    SCOPE(DNS_UNASKED, dns_unasked, KEA_WORD, KEA_F_OWN),
    SCOPE(DNS_PTR, dns_ptr, KEA_WORD, KEA_F_LACKING),
    SCOPE(DNS_NAME_PROTECTION, dns_name_protection, KEA_WORD, KEA_F_OWN),
    SCOPE(DNS_SUFFIX, dns_suffix, KEA_STR, KEA_F_MEMBER),
    SCOPE(POLICIES_ACTIVE, policies_active, KEA_WORD, KEA_F_LACKING),
    SCOPE(PREFERENCE, preference, KEA_INT, KEA_F_OWN),
    SCOPE(ASSIGNMENT, assignment, KEA_WORD, KEA_F_DERIVED),
    SCOPE(STATELESS_INVENTORY, stateless_inventory, KEA_WORD, KEA_F_LACKING),
    SCOPE(STATELESS_PURGE, stateless_purge, KEA_INT, KEA_F_LACKING),
    SCOPE(RAPID_COMMIT, rapid_commit, KEA_WORD, KEA_F_MEMBER),
    SCOPE(AUTHORITATIVE, authoritative, KEA_WORD, KEA_F_MEMBER),
    SCOPE(CLASSES, classes, KEA_STRS, KEA_F_MEMBER),
    SCOPE(RELAYS, relays, KEA_ADDRS, KEA_F_MEMBER),
    SCOPE(INTERFACE, interface, KEA_STR, KEA_F_MEMBER),
    SCOPE(NEXT_SERVER, next_server, KEA_ADDR, KEA_F_MEMBER),
    SCOPE(SERVER_NAME, server_name, KEA_STR, KEA_F_MEMBER),
    SCOPE(BOOT_FILE, boot_file, KEA_STR, KEA_F_MEMBER),
};

static void name_of(const void *row, char *buf, size_t size)
{
    const struct ipam_scope *s = row;
    char text[PREFIX_TEXT_MAX];

    prefix_print(&s->prefix, text);
    snprintf(buf, size, "the scope %s", text);
}

static int service_of(const void *row, enum kea_service *ret)
{
    const struct ipam_scope *s = row;

    if (s->prefix.addr.family != 4 && s->prefix.addr.family != 6)
        return IPAM_E_NOENT;
    *ret = s->prefix.addr.family == 4 ? KEA_DHCP4 : KEA_DHCP6;
    return 0;
}

/* By its prefix: what a call adds may have been given another native name than it proposed. */
static int find(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_scope *s = row;
    const struct kea_place *p = kea_place_of_prefix(e, &s->prefix);

    *ret = p ? p->node : NULL;
    return 0;
}

/* The array that subnets of a superscope (absent: of none) stand in. */
static int array_of(struct kea_editor *e, struct ipam_str superscope, struct kea_node **ret)
{
    struct kea_node *holder =
        superscope.len ? kea_named_node(e, "shared-networks", superscope, KEA_NAME_MAX) : e->draft.root;

    if (!holder)
        return kea_refuse(e, IPAM_E_NOENT,
                          "is to be in the superscope '%.*s', which the server does not have",
                          (int)(superscope.len < 128 ? superscope.len : 128), superscope.data);
    *ret = kea_node_array(&e->draft, holder, e->cfg->service == KEA_DHCP4 ? "subnet4" : "subnet6");
    return kea_drafted(e);
}

/* The number it proposes, or one above all there are: leases of a subnet that is gone keep theirs. */
static int number_of(struct kea_editor *e, const struct ipam_scope *s, int64_t *ret)
{
    enum kea_service service;
    int64_t id = 0;

    if (kea_native_parse(s->native, &service, &id) || service != e->cfg->service || id < 1)
        id = e->last_id + 1;
    for (size_t i = 0; i < e->place_count; i++)
        if (e->places[i].node && e->places[i].id == id)
            return kea_refuse(e, IPAM_E_EXIST,
                              "cannot be v%c/%" PRId64 ": another scope has that number; add it without one",
                              e->cfg->service == KEA_DHCP4 ? '4' : '6', id);
    *ret = id;
    return 0;
}

static int create(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_scope *s = row;
    struct kea_node *array, *n;
    char text[PREFIX_TEXT_MAX];
    int64_t id = 0;
    int status = array_of(e, s->superscope, &array);

    if (status == 0)
        status = number_of(e, s, &id);
    if (status)
        return status;
    n = kea_add_object(e, array);
    prefix_print(&s->prefix, text);
    if (!n || kea_put_int(e, n, "id", id) || kea_put_text(e, n, "subnet", str_from(text)) ||
        !kea_place_add(e, id, &s->prefix, n))
        return IPAM_E_NOMEM;
    *ret = n;
    return 0;
}

static int move(struct kea_editor *e, struct kea_node *n, struct ipam_str superscope)
{
    struct kea_node *array;
    int status = array_of(e, superscope, &array);

    if (status == 0 && n->parent != array)
        kea_node_move(n, array);
    return status;
}

static int put_routers(struct kea_editor *e, struct kea_node *n, const struct ipam_addrs *list)
{
    uint8_t bytes[4 * ROUTERS_MAX];

    if (e->cfg->service != KEA_DHCP4 && list->count)
        return kea_refuse(e, IPAM_E_UNSUPPORTED,
                          "cannot have routers: DHCPv6 does not tell them, routers do");
    if (list->count > ROUTERS_MAX)
        return kea_refuse(e, IPAM_E_INVAL, "has more than %d routers", ROUTERS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].family != 4)
            return kea_refuse(e, IPAM_E_INVAL, "has a router whose address is not one of IPv4");
        memcpy(bytes + 4 * i, list->items[i].bytes, 4);
    }
    return kea_put_option(e, n, ROUTERS_CODE,
                          (struct ipam_bytes){ list->count ? bytes : NULL, 4 * list->count });
}

static int put_preference(struct kea_editor *e, struct kea_node *n, bool wanted, int64_t preference)
{
    uint8_t byte = (uint8_t)preference;

    if (e->cfg->service != KEA_DHCP6)
        return wanted ? kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have a preference: DHCPv4 has none") : 0;
    return kea_put_option(e, n, PREFERENCE, (struct ipam_bytes){ wanted ? &byte : NULL, 1 });
}

static int put_dns(struct kea_editor *e, struct kea_node *n, const struct ipam_scope *before,
                   const struct ipam_scope *after)
{
    struct kea_node *holder = n->parent->parent;
    struct kea_node *const around[] = { n, holder, holder == e->draft.root ? NULL : e->draft.root, NULL };
    struct kea_dns_wish wish = { -1, -1, -1, false };

    if (!kea_same(e, IPAM_SCOPE_DNS_UPDATE, before, after)) {
        wish.forget = !IPAM_HAS_FIELD(after, IPAM_SCOPE_DNS_UPDATE);
        wish.update = wish.forget ? -1 : (int)after->dns_update;
    }
    if (!kea_same(e, IPAM_SCOPE_DNS_UNASKED, before, after) && IPAM_HAS_FIELD(after, IPAM_SCOPE_DNS_UNASKED))
        wish.unasked = after->dns_unasked != 0;
    if (!kea_same(e, IPAM_SCOPE_DNS_NAME_PROTECTION, before, after) &&
        IPAM_HAS_FIELD(after, IPAM_SCOPE_DNS_NAME_PROTECTION))
        wish.protection = after->dns_name_protection != 0;
    return kea_write_dns(e, around, &wish);
}

static int render(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_scope *a = after;
    int status = 0;

    if (!kea_same(e, IPAM_SCOPE_NAME, before, after))
        status = kea_put_context(e, n, "name", a->name);
    if (status == 0 && !kea_same(e, IPAM_SCOPE_SUPERSCOPE, before, after))
        status = move(e, n, a->superscope);
    if (status == 0 && !kea_same(e, IPAM_SCOPE_ROUTERS, before, after))
        status = put_routers(e, n, &a->routers);
    if (status == 0 && !kea_same(e, IPAM_SCOPE_PREFERENCE, before, after))
        status = put_preference(e, n, IPAM_HAS_FIELD(a, IPAM_SCOPE_PREFERENCE), a->preference);
    return status ? status : put_dns(e, n, before, after);
}

static int take_out(struct kea_editor *e, struct kea_node *n, const void *row)
{
    (void)row;
    for (size_t i = 0; i < e->place_count; i++)
        if (e->places[i].node == n)
            e->places[i].node = NULL;
    return 0;
}

static void word_of(const void *row, bool address, char word[static KEA_WORD_MAX])
{
    const struct ipam_scope *s = row;

    if (address)
        prefix_print(&s->prefix, word);
}

const struct kea_kind kea_scope_kind = { KEA_RECORD(SCOPE, scope, fields, kea_scope_members),
                                         .name = name_of,
                                         .service = service_of,
                                         .find = find,
                                         .create = create,
                                         .render = render,
                                         .remove = take_out,
                                         .word = word_of };
