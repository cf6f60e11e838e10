/* netbox.c - what NetBox has of aggregates, prefixes, ranges and addresses, and what becomes of it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Names are those of its REST API, its CSV import and the titles of its CSV export (NetBox 2 to 4, in
 * netbox-community/netbox: netbox/ipam/forms/bulk_import.py, tables/ip.py, choices.py). An aggregate is a
 * block, and so is a prefix that is a container; another prefix is a subnet, an IP range a range, an IP
 * address an address without its mask. VRF -> address space of that name, "Global" the default one; tenant ->
 * owner; dns_name -> name; site or scope -> site; vid -> vlans; the rest into the description. */
#include <string.h>

#include "foreign/netbox.h"

/* A VRF shows as "name (rd)" once it has a route distinguisher. */
static void take_vrf(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    (void)c;
    const char *open = value.len > 0 ? memrchr(value.data, '(', value.len) : NULL;
    struct ipam_str other = { NULL, 0 };
    if (foreign_is(value, "global"))
        other = IPAM_STR("default");
    else if (open != NULL && value.data[value.len - 1] == ')')
        other = foreign_trim((struct ipam_str){ value.data, (size_t)(open - value.data) });
    if (value.len > 0)
        foreign_space(f, value, other);
}

/* The list of prefixes shows how deep one lies by bullets before it. */
static void take_prefix(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    for (; value.len > 3 && memcmp(value.data, "\xe2\x80\xa2", 3) == 0; value = foreign_trim(value)) {
        value.data += 3;
        value.len -= 3;
    }
    foreign_set(f, c->field, value);
}

static void take_tags(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    (void)c;
    bool list = value.len > 0 && memchr(value.data, NETBOX_SEPARATOR, value.len) != NULL;
    foreign_tags(f, value, list ? NETBOX_SEPARATOR : ',');
}

/* "100", or "servers (100)". */
static void take_vlan(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    const char *open = value.len > 0 ? memrchr(value.data, '(', value.len) : NULL;
    struct ipam_str vid = value;
    if (open != NULL && value.data[value.len - 1] == ')') {
        vid = (struct ipam_str){ open + 1, value.len - (size_t)(open - value.data) - 2 };
        foreign_extra(f, c->label, (struct ipam_str){ value.data, (size_t)(open - value.data) });
    }
    foreign_take_field(f, c, vid);
}

static void take_rir(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    static const struct foreign_word words[] = {
        { "afrinic", "afrinic" }, { "apnic", "apnic" },  { "arin", "arin" },     { "lacnic", "lacnic" },
        { "ripe", "ripe" },       { "ripencc", "ripe" }, { "ripe ncc", "ripe" }, { NULL, NULL },
    };
    const char *rir = foreign_word(words, value);
    foreign_set(f, c->field, str_from(rir != NULL ? rir : ""));
    if (rir == NULL)
        foreign_take_extra(f, c, value);
}

static void take_date(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    int64_t ms;
    foreign_set(f, c->field, (struct ipam_str){ NULL, 0 });
    if (value.len == 0 || foreign_is_no(value))
        return;
    int64_t *at = foreign_date(value, &ms) == 0 && ms >= 0 ? foreign_put(f, c->field) : NULL;
    if (at != NULL)
        *at = ms;
    else
        foreign_take_extra(f, c, value);
}

uint32_t netbox_prefix_type(struct ipam_str status)
{
    return foreign_is(status, "container") ? IPAM_T_BLOCK : IPAM_T_SUBNET;
}

static void take_prefix_status(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    static const struct foreign_word words[] = {
        { "container", "" },
        { "active", "active" },
        { "reserved", "reserved" },
        { "deprecated", "deprecated" },
        { NULL, NULL },
    };
    const char *status = foreign_word(words, value);
    foreign_set(f, c->field, str_from(status != NULL ? status : ""));
    if (status == NULL)
        foreign_take_extra(f, c, value);
}

static void take_range_status(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (foreign_is(value, "reserved"))
        foreign_set(f, c->field, value);
    else if (!foreign_is(value, "active"))
        foreign_take_extra(f, c, value);
}

static void take_address_status(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    static const struct foreign_word states[] = {
        { "active", "in-use" }, { "reserved", "reserved" }, { "deprecated", "inactive" },
        { "dhcp", "in-use" },   { "slaac", "in-use" },      { NULL, NULL },
    };
    const char *state = foreign_word(states, value);
    foreign_set(f, c->field, str_from(state != NULL ? state : ""));
    if (state == NULL)
        foreign_take_extra(f, c, value);
    if (foreign_is(value, "dhcp"))
        foreign_set(f, "assignment", IPAM_STR("dynamic"));
    if (foreign_is(value, "slaac"))
        foreign_set(f, "assignment", IPAM_STR("auto"));
}

/* Addresses that several hosts share, or take over from each other, are virtual ones. */
static void take_address_role(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    static const struct foreign_word shared[] = {
        { "anycast", "vip" }, { "vip", "vip" },  { "vrrp", "vip" }, { "hsrp", "vip" },
        { "glbp", "vip" },    { "carp", "vip" }, { "varp", "vip" }, { NULL, NULL },
    };
    const char *assignment = foreign_word(shared, value);
    if (assignment != NULL && f->row.rec != NULL && !record_has(f->row.rec, IPAM_ADDRESS_ASSIGNMENT))
        foreign_set(f, c->field, str_from(assignment));
    if (!foreign_is(value, "vip"))
        foreign_take_extra(f, c, value);
}

#define THEIRS_ALONE "id url display displayurl created lastupdated family utilization"
#define COMMON                                                                                               \
    { "tenant", foreign_take_field, "owner", "tenant" }, { "owner", foreign_take_extra, NULL, "owner" },     \
        { "description", foreign_take_field, "description", NULL },                                          \
        { "comments", foreign_take_extra, NULL, "comments" }, { "tags", take_tags, NULL, NULL },             \
    {                                                                                                        \
        NULL, NULL, NULL, NULL                                                                               \
    }

const struct foreign_column netbox_aggregates[] = {
    { THEIRS_ALONE " prefixes childcount", NULL, NULL, NULL },
    { "prefix aggregate", take_prefix, "prefix", NULL },
    { "rir", take_rir, "rir", "registry" },
    { "dateadded added", take_date, "rir_date", "added" },
    COMMON,
};

const struct foreign_column netbox_prefixes[] = {
    { THEIRS_ALONE " children depth", NULL, NULL, NULL },
    { "prefix prefix(flat) prefixflat", take_prefix, "prefix", NULL },
    { "vrf", take_vrf, NULL, NULL },
    { "status", take_prefix_status, "status", "status" },
    { "site scope", foreign_take_field, "site", "site" },
    { "vlan vlanvid", take_vlan, "vlans", "VLAN" },
    { "role", foreign_take_extra, NULL, "role" },
    { "ispool pool", foreign_take_yes, NULL, "pool" },
    { "markutilized markedutilized", foreign_take_yes, NULL, "marked as full" },
    COMMON,
};

const struct foreign_column netbox_ranges[] = {
    { THEIRS_ALONE " size", NULL, NULL, NULL },
    { "startaddress", foreign_take_host, "first", NULL },
    { "endaddress", foreign_take_host, "last", NULL },
    { "vrf", take_vrf, NULL, NULL },
    { "status", take_range_status, "kind", "status" },
    { "role", foreign_take_extra, NULL, "role" },
    { "markpopulated markedpopulated", foreign_take_yes, NULL, "marked as populated" },
    { "markutilized markedutilized", foreign_take_yes, NULL, "marked as full" },
    COMMON,
};

const struct foreign_column netbox_addresses[] = {
    { THEIRS_ALONE " assigned assignedobjecttype assignedobjectid natoutside nat(outside)", NULL, NULL,
      NULL },
    { "address ipaddress", foreign_take_host, "address", NULL },
    { "vrf", take_vrf, NULL, NULL },
    { "status", take_address_status, "state", "status" },
    { "role", take_address_role, "assignment", "role" },
    { "dnsname", foreign_take_field, "name", NULL },
    { "device device/vm assignedobjectparent", foreign_take_extra, NULL, "device" },
    { "virtualmachine", foreign_take_extra, NULL, "virtual machine" },
    { "interface assignedobject", foreign_take_extra, NULL, "interface" },
    { "fhrpgroup", foreign_take_extra, NULL, "FHRP group" },
    { "natinside nat(inside)", foreign_take_extra, NULL, "NAT of" },
    { "isprimary", foreign_take_yes, NULL, "primary" },
    { "isoob", foreign_take_yes, NULL, "out of band" },
    COMMON,
};

/* --- the reader --- */

struct netbox {
    uint32_t line;
    struct netbox_json *json;
};

/* Passes over what is blank and sees which form the text has: JSON begins with a bracket, no title does. */
static bool begins(struct foreign *f, struct netbox *own, struct ipam_str *piece)
{
    if (f->csv != NULL || own->json != NULL)
        return true;
    while (piece->len > 0 && memchr(" \t\r\n", piece->data[0], 4) != NULL) {
        own->line += piece->data[0] == '\n';
        piece->data++;
        piece->len--;
    }
    if (piece->len == 0)
        return false;
    if (piece->data[0] == '{' || piece->data[0] == '[')
        own->json = netbox_json_open(own->line + 1);
    else
        netbox_csv_open(f, own->line + 1);
    return true;
}

static int feed(struct foreign *f, struct ipam_str piece)
{
    struct netbox *own = f->own;
    if (!begins(f, own, &piece))
        return 0;
    return own->json != NULL ? netbox_json_feed(f, own->json, piece) : foreign_csv_feed(f, piece);
}

static int end(struct foreign *f)
{
    struct netbox *own = f->own;
    if (own->json != NULL)
        return netbox_json_end(f, own->json);
    return f->csv != NULL ? foreign_csv_end(f) : foreign_fail(f, "the text is empty");
}

static void fini(struct foreign *f)
{
    struct netbox *own = f->own;
    netbox_json_fini(own->json);
}

static const uint32_t types[] = { IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS, 0 };
const struct foreign_dialect foreign_netbox = {
    .name = "netbox",
    .types = types,
    .own_size = sizeof(struct netbox),
    .feed = feed,
    .end = end,
    .fini = fini,
};
