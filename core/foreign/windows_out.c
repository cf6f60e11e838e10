/* windows_out.c - the plan as the CSV that Windows IPAM imports, and that windows.c reads back.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Titles and words are those of its cmdlets Import-IpamAddress, -IpamRange and -IpamSubnet; it has none for
 * blocks. What they have no column for, such as tags, is not there. Lists are between semicolons; times are
 * RFC 3339, which it takes in any locale. What a server manages is marked as "Non-MS DHCP". */
#include <string.h>

#include "foreign/foreign_p.h"
#include "net/addr.h"
#include "record/field.h"

struct out {
    const struct record_type *type;
    const void *rec;
    const struct foreign_around *around;
    struct strbuf cell;
};

struct out_column {
    const char *title;
    void (*put)(struct out *o, const char *field);
    const char *field;
};

static void put_field(struct out *o, const char *field)
{
    const struct record_field *f = record_field(o->type, str_from(field));
    if (f->kind == KIND_TEXT && record_has(o->rec, f->number)) /* as it is: line ends stay */
        strbuf_addstr(&o->cell, *(const struct ipam_str *)field_at(f, o->rec));
    else
        record_field_print(f, o->rec, &o->cell);
}

/* Replaces characters of what was put. */
static void replace(struct out *o, const char *from, char to)
{
    for (size_t i = 0; i < o->cell.len; i++)
        if (strchr(from, o->cell.data[i]) != NULL)
            o->cell.data[i] = to;
}

static void put_list(struct out *o, const char *field)
{
    put_field(o, field);
    replace(o, " ", ';');
}

static void put_mac(struct out *o, const char *field)
{
    put_field(o, field);
    replace(o, ":", '-');
}

static void put_word(struct out *o, const char *field)
{
    static const char *const words[] = { "In-Use",  "Reserved", "Inactive", "Static",
                                         "Dynamic", "Auto",     "VIP",      NULL };
    put_field(o, field);
    for (size_t i = 0; words[i] != NULL; i++)
        if (foreign_is(strbuf_str(&o->cell), words[i]))
            memcpy(o->cell.data, words[i], o->cell.len);
}

/* ADDRESS=METRIC is ADDRESS\METRIC there. */
static void put_gateways(struct out *o, const char *field)
{
    const struct ipam_strs *l = &((const struct ipam_range *)o->rec)->gateways;
    (void)field;
    for (size_t i = 0; record_has(o->rec, IPAM_RANGE_GATEWAYS) && i < l->count; i++) {
        bool metric = memchr(l->items[i].data, '=', l->items[i].len) != NULL;
        strbuf_printf(&o->cell, "%s" STR_FMT "%s", i > 0 ? ";" : "", STR_ARG(l->items[i]),
                      metric ? "" : "\\Automatic");
    }
    replace(o, "=", '\\');
}

/* Of a range, the subnet around it, or else the smallest network that holds it. */
static void put_network(struct out *o, const char *field)
{
    const struct ipam_range *r = o->rec;
    struct ipam_prefix p;
    char text[PREFIX_TEXT_MAX];
    (void)field;
    if (o->around->network != NULL)
        p = *o->around->network;
    else
        prefix_span(&r->first, &r->last, &p);
    strbuf_add(&o->cell, text, prefix_print(&p, text));
}

static bool is_own(struct out *o)
{
    put_field(o, "managed_by");
    bool own = o->cell.len == 0 || str_is(strbuf_str(&o->cell), "ipamd");
    strbuf_reset(&o->cell);
    return own;
}

static void put_service(struct out *o, const char *field)
{
    (void)field;
    strbuf_puts(&o->cell, is_own(o) ? "IPAM" : "Non-MS DHCP");
}

static void put_instance(struct out *o, const char *field)
{
    if (is_own(o))
        strbuf_puts(&o->cell, "Localhost");
    else
        put_field(o, field);
}

/* --- address spaces: the default one is a provider's there --- */

static bool is_default(const struct ipam_space *s)
{
    return str_is(s->name, "default");
}

static bool is_customer(const struct ipam_space *s)
{
    return s != NULL && record_has(s, IPAM_SPACE_KIND) && s->kind == IPAM_SPACE_KIND_CUSTOMER;
}

static void put_kind(struct out *o, const char *field)
{
    const struct ipam_space *s = o->around->space;
    (void)field;
    if (s != NULL)
        strbuf_puts(&o->cell, is_default(s) ? "NonVirtualized" : is_customer(s) ? "Customer" : "Provider");
}

static void put_provider(struct out *o, const char *field)
{
    const struct ipam_space *s = is_customer(o->around->space) ? o->around->provider : o->around->space;
    (void)field;
    if (s != NULL)
        strbuf_addstr(&o->cell, is_default(s) ? IPAM_STR("Default") : s->name);
}

static void put_customer(struct out *o, const char *field)
{
    (void)field;
    if (is_customer(o->around->space))
        strbuf_addstr(&o->cell, o->around->space->name);
}

/* --- the columns --- */

#define SPACES                                                                                               \
    { "NetworkType", put_kind, NULL }, { "ProviderAddressSpace", put_provider, NULL },                       \
    {                                                                                                        \
        "CustomerAddressSpace", put_customer, NULL                                                           \
    }
#define SERVICE                                                                                              \
    { "ManagedByService", put_service, NULL },                                                               \
    {                                                                                                        \
        "ServiceInstance", put_instance, "instance"                                                          \
    }

static const struct out_column addresses[] = {
    { "IpAddress", put_field, "address" },
    SERVICE,
    SPACES,
    { "DeviceName", put_field, "name" },
    { "DeviceType", put_field, "device_type" },
    { "IpAddressState", put_word, "state" },
    { "AssignmentType", put_word, "assignment" },
    { "AssignmentDate", put_field, "assigned" },
    { "ExpiryDate", put_field, "expires" },
    { "MacAddress", put_mac, "mac" },
    { "Description", put_field, "description" },
    { "Owner", put_field, "owner" },
    { "AssetTag", put_field, "asset_tag" },
    { "SerialNumber", put_field, "serial" },
    { "ClientId", put_mac, "client_id" },
    { "Duid", put_mac, "duid" },
    { "Iaid", put_field, "iaid" },
    { NULL, NULL, NULL },
};

static const struct out_column ranges[] = {
    { "NetworkId", put_network, NULL },
    { "StartIPAddress", put_field, "first" },
    { "EndIPAddress", put_field, "last" },
    SERVICE,
    SPACES,
    { "AssignmentType", put_word, "kind" },
    { "Description", put_field, "description" },
    { "Owner", put_field, "owner" },
    { "ReservedAddress", put_list, "reserved" },
    { "VIP", put_list, "vips" },
    { "Gateway", put_gateways, NULL },
    { "DnsServer", put_list, "dns_servers" },
    { "DnsSuffix", put_list, "dns_suffixes" },
    { "WinsServer", put_list, "wins" },
    { NULL, NULL, NULL },
};

static const struct out_column subnets[] = {
    { "Name", put_field, "name" },
    { "NetworkId", put_field, "prefix" },
    SPACES,
    { "Owner", put_field, "owner" },
    { "Description", put_field, "description" },
    { "VlanId", put_list, "vlans" },
    { "VirtualSubnetId", put_field, "vsid" },
    { "VmmLogicalNetwork", put_field, "logical_network" },
    { "NetworkSite", put_field, "site" },
    { NULL, NULL, NULL },
};

static const struct out_column *columns_of(uint32_t type)
{
    return type == IPAM_T_ADDRESS  ? addresses
           : type == IPAM_T_RANGE  ? ranges
           : type == IPAM_T_SUBNET ? subnets
                                   : NULL;
}

/* In quotes, as Export-Csv writes every cell; against formulas as our own CSV. */
static void write_cell(struct ipam_str s, struct strbuf *out)
{
    strbuf_putc(out, '"');
    if (csv_guarded(s))
        strbuf_putc(out, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, s.data[i]);
    }
    strbuf_putc(out, '"');
}

bool windows_titles(uint32_t type, struct strbuf *out)
{
    const struct out_column *columns = columns_of(type);
    for (const struct out_column *c = columns; c != NULL && c->title != NULL; c++) {
        strbuf_puts(out, c > columns ? "," : "");
        write_cell(str_from(c->title), out);
    }
    strbuf_puts(out, columns != NULL ? "\r\n" : "");
    return columns != NULL;
}

void windows_row(const void *rec, const struct foreign_around *around, struct strbuf *out)
{
    const struct record_type *t = record_type(((const struct ipam_record *)rec)->type);
    const struct out_column *columns = columns_of(t->type);
    struct out o = { .type = t, .rec = rec, .around = around };
    strbuf_init(&o.cell, FOREIGN_ROW_MAX);
    for (const struct out_column *c = columns; c->title != NULL; c++) {
        strbuf_reset(&o.cell);
        c->put(&o, c->field);
        strbuf_puts(out, c > columns ? "," : "");
        write_cell(strbuf_str(&o.cell), out);
    }
    strbuf_puts(out, "\r\n");
    strbuf_fini(&o.cell);
}
