/* edit_named.c - edits of what has a name of its own: shared networks and client classes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "edit.h"

struct kea_node *kea_named_node(struct kea_editor *e, const char *array, struct ipam_str name, size_t max)
{
    struct kea_node *list = kea_node_get(&e->draft, e->draft.root, array);

    for (struct kea_node *n = kea_node_first(&e->draft, list); n; n = n->next) {
        struct ipam_str is = kea_node_text(&e->draft, n, "name");

        if (is.len > max ? str_equal(kea_fitted(e->arena, is, max), name) : str_equal(is, name))
            return n;
    }
    return NULL;
}

static struct kea_node *add_named(struct kea_editor *e, const char *array, struct ipam_str name)
{
    struct kea_node *n = kea_add_object(e, kea_node_array(&e->draft, e->draft.root, array));

    return n && kea_put_text(e, n, "name", name) == 0 ? n : NULL;
}

/* A name that was cut is another one than that which Kea has: it is only written when the edit changes
 * it. */
static int put_name(struct kea_editor *e, struct kea_node *n, const char *array, struct ipam_str name,
                    size_t max)
{
    struct kea_node *other = kea_named_node(e, array, name, max);

    if (!name.len)
        return kea_refuse(e, IPAM_E_INVAL, "needs a name");
    if (other && other != n)
        return kea_refuse(e, IPAM_E_EXIST, "cannot be renamed: another one has that name");
    return other ? 0 : kea_put_text(e, n, "name", name);
}

/* --- shared networks --- */

#define NETWORK(NUMBER, member, type, how) KEA_FIELD(superscope, SUPERSCOPE_##NUMBER, member, type, how)

static const struct kea_field network_fields[] = {
    NETWORK(FAMILY, family, KEA_WORD, KEA_F_IDENTITY),
    NETWORK(NAME, name, KEA_STR, KEA_F_OWN),
    NETWORK(DESCRIPTION, description, KEA_STR, KEA_F_COMMENT),
    NETWORK(STATE, state, KEA_WORD, KEA_F_FIRST),
    NETWORK(INTERFACE, interface, KEA_STR, KEA_F_MEMBER),
    NETWORK(RELAYS, relays, KEA_ADDRS, KEA_F_MEMBER),
    NETWORK(CLASSES, classes, KEA_STRS, KEA_F_MEMBER),
};

static void network_name(const void *row, char *buf, size_t size)
{
    const struct ipam_superscope *s = row;

    snprintf(buf, size, "the superscope '%.*s'", STR_ARG(s->name));
}

static int network_service(const void *row, enum kea_service *ret)
{
    const struct ipam_superscope *s = row;

    return kea_service_of(row, IPAM_SUPERSCOPE_FAMILY, s->family, s->native, ret);
}

static int find_network(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_superscope *s = row;

    *ret = kea_named_node(e, "shared-networks", s->name, KEA_NAME_MAX);
    return 0;
}

static const char *subnets_key(const struct kea_editor *e)
{
    return e->cfg->service == KEA_DHCP4 ? "subnet4" : "subnet6";
}

static int create_network(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_superscope *s = row;

    if (!s->name.len)
        return kea_refuse(e, IPAM_E_INVAL, "needs a name");
    *ret = add_named(e, "shared-networks", s->name);
    return *ret && kea_node_array(&e->draft, *ret, subnets_key(e)) ? 0
           : kea_drafted(e)                                        ? IPAM_E_NOMEM
                                                                   : IPAM_E_INVAL;
}

static int render_network(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_superscope *s = after;

    return kea_same(e, IPAM_SUPERSCOPE_NAME, before, after)
               ? 0
               : put_name(e, n, "shared-networks", s->name, KEA_NAME_MAX);
}

static int remove_network(struct kea_editor *e, struct kea_node *n, const void *row)
{
    (void)row;
    if (kea_node_first(&e->draft, kea_node_get(&e->draft, n, subnets_key(e))))
        return kea_refuse(e, IPAM_E_CONFLICT,
                          "still has scopes; move them out of it or delete them first, in the same call");
    return 0;
}

static void network_word(const void *row, bool address, char word[static KEA_WORD_MAX])
{
    const struct ipam_superscope *s = row;

    if (!address)
        snprintf(word, KEA_WORD_MAX, "'%.*s'", STR_ARG(s->name));
}

const struct kea_kind kea_superscope_kind = { KEA_RECORD(SUPERSCOPE, superscope, network_fields,
                                                         kea_network_members),
                                              .name = network_name,
                                              .service = network_service,
                                              .find = find_network,
                                              .create = create_network,
                                              .render = render_network,
                                              .remove = remove_network,
                                              .word = network_word };

/* --- classes --- */

#define CLASS(NUMBER, member, type, how) KEA_FIELD(dhcp_class, DHCP_CLASS_##NUMBER, member, type, how)

static const struct kea_field class_fields[] = {
    CLASS(FAMILY, family, KEA_WORD, KEA_F_IDENTITY),
    CLASS(KIND, kind, KEA_WORD, KEA_F_OWN),
    CLASS(NAME, name, KEA_STR, KEA_F_OWN),
    CLASS(DESCRIPTION, description, KEA_STR, KEA_F_COMMENT),
    CLASS(DATA, data, KEA_BYTES, KEA_F_LACKING),
    CLASS(ENTERPRISE, enterprise, KEA_INT, KEA_F_LACKING),
    CLASS(TEST, test, KEA_STR, KEA_F_MEMBER),
    CLASS(LEASE_TIME, lease_time, KEA_INT, KEA_F_MEMBER),
    CLASS(MIN_LEASE_TIME, min_lease_time, KEA_INT, KEA_F_MEMBER),
    CLASS(MAX_LEASE_TIME, max_lease_time, KEA_INT, KEA_F_MEMBER),
    CLASS(PREFERRED_TIME, preferred_time, KEA_INT, KEA_F_MEMBER),
    CLASS(RENEW_TIME, renew_time, KEA_INT, KEA_F_LACKING),
    CLASS(REBIND_TIME, rebind_time, KEA_INT, KEA_F_LACKING),
    CLASS(NEXT_SERVER, next_server, KEA_ADDR, KEA_F_MEMBER),
    CLASS(SERVER_NAME, server_name, KEA_STR, KEA_F_MEMBER),
    CLASS(BOOT_FILE, boot_file, KEA_STR, KEA_F_MEMBER),
};

static void class_name(const void *row, char *buf, size_t size)
{
    const struct ipam_dhcp_class *c = row;

    snprintf(buf, size, "the class '%.*s'", STR_ARG(c->name));
}

static int class_service(const void *row, enum kea_service *ret)
{
    const struct ipam_dhcp_class *c = row;

    return kea_service_of(row, IPAM_DHCP_CLASS_FAMILY, c->family, c->native, ret);
}

static int find_class(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_dhcp_class *c = row;

    *ret = kea_named_node(e, "client-classes", c->name, KEA_HOLDER_MAX);
    return 0;
}

/* At the end: a class may name those before it. */
static int create_class(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_dhcp_class *c = row;

    if (!c->name.len)
        return kea_refuse(e, IPAM_E_INVAL, "needs a name");
    *ret = add_named(e, "client-classes", c->name);
    return *ret ? 0 : kea_drafted(e) ? IPAM_E_NOMEM : IPAM_E_INVAL;
}

static bool node_names(struct kea_editor *e, struct kea_node *n, struct ipam_str name)
{
    static const char *const keys[] = { "client-class", "client-classes", "require-client-classes",
                                        "evaluate-additional-classes" };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct kea_node *v = kea_node_get(&e->draft, n, keys[i]);

        if (v && str_equal(kea_node_str(v), name))
            return true;
        for (const struct kea_node *c = kea_node_first(&e->draft, v); c; c = c->next)
            if (str_equal(kea_node_str(c), name))
                return true;
    }
    return false;
}

/* What in `holder` serves clients of that class alone, or NULL. Shared networks hold subnets, and these
 * pools. */
static struct kea_node *restricted_to(struct kea_editor *e, struct kea_node *holder, struct ipam_str name)
{
    const char *const lists[] = { "shared-networks", subnets_key(e), "pools", "pd-pools" };
    struct kea_node *found = NULL;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (struct kea_node *n = kea_node_first(&e->draft, kea_node_get(&e->draft, holder, lists[i]));
             n && !found; n = n->next)
            found = node_names(e, n, name) ? n : restricted_to(e, n, name);
    return found;
}

/* Kea minds a class that a test names, but not one that a subnet is for: that would serve nobody any
 * more. */
static int check_unused(struct kea_editor *e, struct kea_node *class_)
{
    static const char *const names[] = { "subnet", "pool", "prefix", "name" };
    struct kea_node *user = restricted_to(e, e->draft.root, kea_node_text(&e->draft, class_, "name"));
    struct ipam_str text = { NULL, 0 };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && user && !text.data; i++)
        text = kea_node_text(&e->draft, user, names[i]);
    return user ? kea_refuse(e, IPAM_E_CONFLICT, "is the one that %.*s is for; change that first",
                             (int)(text.len < 100 ? text.len : 100), text.data ? text.data : "something")
                : 0;
}

static int remove_class(struct kea_editor *e, struct kea_node *n, const void *row)
{
    (void)row;
    return check_unused(e, n);
}

static int render_class(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_dhcp_class *c = after;
    int status;

    if (!kea_same(e, IPAM_DHCP_CLASS_KIND, before, after) && c->kind != IPAM_DHCP_CLASS_KIND_EXPRESSION)
        return kea_refuse(
            e, IPAM_E_UNSUPPORTED,
            "cannot have its kind: Kea puts clients into classes by a test alone; use the kind expression");
    e->defined = false;
    if (kea_same(e, IPAM_DHCP_CLASS_NAME, before, after))
        return 0;
    status = before ? check_unused(e, n) : 0;
    return status ? status : put_name(e, n, "client-classes", c->name, KEA_HOLDER_MAX);
}

static void class_word(const void *row, bool address, char word[static KEA_WORD_MAX])
{
    const struct ipam_dhcp_class *c = row;

    if (!address)
        snprintf(word, KEA_WORD_MAX, "'%.*s'", STR_ARG(c->name));
}

const struct kea_kind kea_class_kind = { KEA_RECORD(DHCP_CLASS, dhcp_class, class_fields, kea_class_members),
                                         .name = class_name,
                                         .service = class_service,
                                         .find = find_class,
                                         .create = create_class,
                                         .render = render_class,
                                         .remove = remove_class,
                                         .word = class_word };
