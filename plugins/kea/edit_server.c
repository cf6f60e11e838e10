/* edit_server.c - edits of the settings of a whole server.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "edit.h"

#define PREFERENCE 7 /* RFC 8415 21.8 */
#define LEGAL_LOG  "libdhcp_legal_log.so"

#define SERVER(NUMBER, member, type, how) KEA_FIELD(dhcp_server, DHCP_SERVER_##NUMBER, member, type, how)

static const struct kea_field fields[] = {
    SERVER(FAMILY, family, KEA_WORD, KEA_F_IDENTITY),
    SERVER(LEASE_TIME, lease_time, KEA_INT, KEA_F_MEMBER),
    SERVER(MIN_LEASE_TIME, min_lease_time, KEA_INT, KEA_F_MEMBER),
    SERVER(MAX_LEASE_TIME, max_lease_time, KEA_INT, KEA_F_MEMBER),
    SERVER(PREFERRED_TIME, preferred_time, KEA_INT, KEA_F_MEMBER),
    SERVER(RENEW_TIME, renew_time, KEA_INT, KEA_F_MEMBER),
    SERVER(REBIND_TIME, rebind_time, KEA_INT, KEA_F_MEMBER),
    SERVER(DNS_UPDATE, dns_update, KEA_WORD, KEA_F_OWN),
    SERVER(DNS_DISCARD, dns_discard, KEA_WORD, KEA_F_LACKING),
    SERVER(DNS_UNASKED, dns_unasked, KEA_WORD, KEA_F_OWN),
    SERVER(DNS_PTR, dns_ptr, KEA_WORD, KEA_F_LACKING),
    SERVER(DNS_NAME_PROTECTION, dns_name_protection, KEA_WORD, KEA_F_OWN),
    SERVER(DNS_SUFFIX, dns_suffix, KEA_STR, KEA_F_MEMBER),
    SERVER(DNS_REALM, dns_realm, KEA_STR, KEA_F_LACKING),
    SERVER(DNS_USER, dns_user, KEA_STR, KEA_F_LACKING),
    SERVER(DNS_PASSWORD, dns_password, KEA_BYTES, KEA_F_LACKING),
    SERVER(AUDIT_LOG, audit_log, KEA_WORD, KEA_F_OWN),
    SERVER(AUDIT_PATH, audit_path, KEA_STR, KEA_F_OWN),
    SERVER(DATABASE_PATH, database_path, KEA_STR, KEA_F_OWN),
    SERVER(BACKUP_PATH, backup_path, KEA_STR, KEA_F_LACKING),
    SERVER(POLICIES_ACTIVE, policies_active, KEA_WORD, KEA_F_LACKING),
    SERVER(ALLOW_FILTER, allow_filter, KEA_WORD, KEA_F_LACKING),
    SERVER(DENY_FILTER, deny_filter, KEA_WORD, KEA_F_LACKING),
    SERVER(STATELESS_INVENTORY, stateless_inventory, KEA_WORD, KEA_F_LACKING),
    SERVER(STATELESS_PURGE, stateless_purge, KEA_INT, KEA_F_LACKING),
    SERVER(CONFLICT_PROBES, conflict_probes, KEA_INT, KEA_F_LACKING),
    SERVER(AUTHORITATIVE, authoritative, KEA_WORD, KEA_F_MEMBER),
    SERVER(PREFERENCE, preference, KEA_INT, KEA_F_OWN),
    SERVER(INTERFACES, interfaces, KEA_STRS, KEA_F_OWN),
    SERVER(NEXT_SERVER, next_server, KEA_ADDR, KEA_F_MEMBER),
    SERVER(SERVER_NAME, server_name, KEA_STR, KEA_F_MEMBER),
    SERVER(BOOT_FILE, boot_file, KEA_STR, KEA_F_MEMBER),
};

static void name_of(const void *row, char *buf, size_t size)
{
    const struct ipam_dhcp_server *s = row;
    enum kea_service service;

    snprintf(buf, size, "the settings of %s",
             kea_service_of(row, IPAM_DHCP_SERVER_FAMILY, s->family, s->native, &service) == 0
                 ? kea_service_name(service)
                 : "no server");
}

static int service_of(const void *row, enum kea_service *ret)
{
    const struct ipam_dhcp_server *s = row;

    return kea_service_of(row, IPAM_DHCP_SERVER_FAMILY, s->family, s->native, ret);
}

static int find(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    (void)row;
    if (e->edit->verb == IPAM_EDIT_VERB_DELETE)
        return kea_refuse(e, IPAM_E_UNSUPPORTED,
                          "cannot be deleted: a server has its settings as long as it is there");
    *ret = e->draft.root;
    return 0;
}

/* A server that is there has settings: find finds them. */
static int create(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    (void)row;
    *ret = e->draft.root;
    return 0;
}

/* --- the hook that logs what becomes of leases --- */

static struct kea_node *log_hook(struct kea_editor *e)
{
    struct kea_node *list = kea_node_get(&e->draft, e->draft.root, "hooks-libraries"),
                    *n = kea_node_first(&e->draft, list);

    while (n && !kea_ends_with(kea_node_text(&e->draft, n, "library"), LEGAL_LOG))
        n = n->next;
    return n;
}

/* It lies where the other hooks lie. */
static int add_log_hook(struct kea_editor *e, struct kea_node **ret)
{
    struct kea_node *list = kea_node_array(&e->draft, e->draft.root, "hooks-libraries");
    const struct kea_node *other = kea_node_first(&e->draft, list);
    struct ipam_str path =
        other ? kea_node_text(&e->draft, kea_node_first(&e->draft, list), "library") : IPAM_STR("");
    char *text;

    while (path.len && path.data[path.len - 1] != '/')
        path.len--;
    text = arena_printf(e->arena, "%.*s%s", STR_ARG(path), LEGAL_LOG);
    *ret = kea_add_object(e, list);
    return text && *ret ? kea_put_text(e, *ret, "library", str_from(text)) : IPAM_E_NOMEM;
}

static int put_log(struct kea_editor *e, const struct ipam_dhcp_server *before,
                   const struct ipam_dhcp_server *after)
{
    struct kea_node *hook = log_hook(e);
    int status = 0;

    if (!kea_same(e, IPAM_DHCP_SERVER_AUDIT_LOG, before, after)) {
        if (!after->audit_log) {
            kea_node_drop(hook);
            return kea_drafted(e);
        }
        if (!hook)
            status = add_log_hook(e, &hook);
    }
    if (status || kea_same(e, IPAM_DHCP_SERVER_AUDIT_PATH, before, after))
        return status;
    if (!hook)
        return kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have an audit_path without an audit_log");
    if (after->audit_path.len)
        return kea_put_text(e, kea_node_object(&e->draft, hook, "parameters"), "path", after->audit_path);
    kea_node_drop(kea_node_get(&e->draft, kea_node_get(&e->draft, hook, "parameters"), "path"));
    return kea_drafted(e);
}

/* --- the rest --- */

static int put_interfaces(struct kea_editor *e, const struct ipam_strs *list)
{
    struct json_writer w;
    struct strbuf out;
    int status;

    strbuf_init(&out, KEA_VENDOR_MAX);
    jw_init(&w, &out);
    w.ascii = true;
    jw_array(&w);
    for (size_t i = 0; i < list->count; i++)
        jw_str(&w, list->items[i]);
    jw_array_end(&w);
    status = out.failed ? kea_refuse(e, IPAM_E_INVAL, "names too many interfaces")
                        : kea_put_json(e, kea_node_object(&e->draft, e->draft.root, "interfaces-config"),
                                       "interfaces", strbuf_str(&out));
    strbuf_fini(&out);
    return status;
}

static int put_dns(struct kea_editor *e, const struct ipam_dhcp_server *before,
                   const struct ipam_dhcp_server *after)
{
    struct kea_node *const around[] = { e->draft.root, NULL };
    struct kea_dns_wish wish = { -1, -1, -1, false };

    if (!kea_same(e, IPAM_DHCP_SERVER_DNS_UPDATE, before, after)) {
        wish.forget = !IPAM_HAS_FIELD(after, IPAM_DHCP_SERVER_DNS_UPDATE);
        wish.update = wish.forget ? -1 : (int)after->dns_update;
    }
    if (!kea_same(e, IPAM_DHCP_SERVER_DNS_UNASKED, before, after) &&
        IPAM_HAS_FIELD(after, IPAM_DHCP_SERVER_DNS_UNASKED))
        wish.unasked = after->dns_unasked != 0;
    if (!kea_same(e, IPAM_DHCP_SERVER_DNS_NAME_PROTECTION, before, after) &&
        IPAM_HAS_FIELD(after, IPAM_DHCP_SERVER_DNS_NAME_PROTECTION))
        wish.protection = after->dns_name_protection != 0;
    return kea_write_dns(e, around, &wish);
}

static int put_preference(struct kea_editor *e, const struct ipam_dhcp_server *after)
{
    bool wanted = IPAM_HAS_FIELD(after, IPAM_DHCP_SERVER_PREFERENCE);
    uint8_t byte = (uint8_t)after->preference;

    if (e->cfg->service != KEA_DHCP6)
        return wanted ? kea_refuse(e, IPAM_E_UNSUPPORTED, "cannot have a preference: DHCPv4 has none") : 0;
    return kea_put_option(e, e->draft.root, PREFERENCE, (struct ipam_bytes){ wanted ? &byte : NULL, 1 });
}

static int render(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_dhcp_server *a = after;
    int status = 0;

    (void)n;
    if (!kea_same(e, IPAM_DHCP_SERVER_DATABASE_PATH, before, after))
        return kea_refuse(
            e, IPAM_E_UNSUPPORTED,
            "cannot have another database_path while the server runs: it would forget its leases; stop it, "
            "move the file, and change lease-database in its own file");
    if (!kea_same(e, IPAM_DHCP_SERVER_INTERFACES, before, after))
        status = put_interfaces(e, &a->interfaces);
    if (status == 0)
        status = put_log(e, before, after);
    if (status == 0 && !kea_same(e, IPAM_DHCP_SERVER_PREFERENCE, before, after))
        status = put_preference(e, a);
    return status ? status : put_dns(e, before, after);
}

const struct kea_kind kea_server_kind = { KEA_RECORD(DHCP_SERVER, dhcp_server, fields, kea_server_members),
                                          .name = name_of,
                                          .service = service_of,
                                          .find = find,
                                          .create = create,
                                          .render = render };
