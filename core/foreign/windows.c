/* windows.c - the CSV that Windows IPAM exports and imports, from its console and from its cmdlets.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Titles are the property names of its objects, or what its console shows for them in English, in any order
 * and case (reference of the module IpamServer: Import-, Export-IpamAddress, -IpamRange, -IpamSubnet). Only
 * these are mandatory: the address of an address, the network of the others. A file of ranges tells itself by
 * the service that manages them; those of networks alone are what they are wanted as. NetworkId -> prefix, or
 * the first and last address of a range that does not say them; DeviceName -> name; NetworkSite -> site; the
 * address space of the customer, or else of the provider -> space, Default -> the default one.
 * ManagedByService and ServiceInstance are not taken over, for what the plan has is its own: they go into the
 * description when they are not those of a plan there, and are told to who knows whether there are such;
 * ranges that a DHCP server manages are refused, as they are there. A column of another name may be a custom
 * field. Times have no zone, and are taken as UTC; dates with slashes are month/day/year. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "foreign/foreign_p.h"
#include "net/addr.h"

struct windows {
    struct ipam_prefix network;
    struct ipam_addr first, last; /* family 0: not said */
};

/* --- values --- */

static void take_word(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    char word[32];
    size_t n = 0;
    for (; n < value.len && n < sizeof(word) - 1; n++)
        word[n] = (char)tolower((unsigned char)value.data[n]);
    word[n] = '\0';
    foreign_set(f, c->field, n == value.len ? str_from(word) : value);
}

/* Numbers with one separator; returns how many, or 0. */
static size_t numbers(struct ipam_str s, const char *separators, unsigned out[3], char *ret_separator)
{
    size_t n = 0, digits = 0;
    *ret_separator = '\0';
    out[0] = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] >= '0' && s.data[i] <= '9' && digits < 4) {
            out[n] = out[n] * 10 + (unsigned)(s.data[i] - '0');
            digits++;
        } else if (digits > 0 && n < 2 && strchr(separators, s.data[i]) != NULL &&
                   (*ret_separator == '\0' || *ret_separator == s.data[i])) {
            *ret_separator = s.data[i];
            out[++n] = 0;
            digits = 0;
        } else {
            return 0;
        }
    }
    return digits > 0 ? n + 1 : 0;
}

/* "14:05:00", "2:05 PM"; nothing is midnight. */
static bool read_clock(struct ipam_str s, unsigned out[3])
{
    static const char *const halves[] = { "am", "pm" };
    unsigned half = 2;
    char separator;
    out[0] = out[1] = out[2] = 0;
    if (s.len == 0)
        return true;
    for (unsigned i = 0; i < 2 && s.len > 2; i++)
        if (foreign_is((struct ipam_str){ s.data + s.len - 2, 2 }, halves[i]))
            half = i;
    if (half < 2)
        s = foreign_trim((struct ipam_str){ s.data, s.len - 2 });
    unsigned clock[3] = { 0, 0, 0 };
    if (numbers(s, ":", clock, &separator) < 2 || (half < 2 && (clock[0] == 0 || clock[0] > 12)))
        return false;
    if (half < 2)
        clock[0] = clock[0] % 12 + 12 * half;
    memcpy(out, clock, sizeof(clock));
    return true;
}

/* "11/25/2013 2:00:00 PM", "2013-11-25", "25.11.2013 14:00", or RFC 3339. */
static int read_time(struct ipam_str s, int64_t *ret_ms)
{
    unsigned d[3], t[3];
    char separator, text[64];
    if (time_parse(s.data, s.len, ret_ms) == 0)
        return 0;
    size_t len = 0;
    while (len < s.len && s.data[len] != ' ' && s.data[len] != 'T')
        len++;
    struct ipam_str clock =
        len < s.len ? (struct ipam_str){ s.data + len + 1, s.len - len - 1 } : IPAM_STR("");
    if (numbers((struct ipam_str){ s.data, len }, "/.-", d, &separator) != 3 ||
        !read_clock(foreign_trim(clock), t))
        return IPAM_E_INVAL;
    unsigned year = d[0] > 31 ? d[0] : d[2], month = d[0] > 31 || separator != '/' ? d[1] : d[0];
    unsigned day = d[0] > 31 ? d[2] : separator != '/' ? d[0] : d[1];
    snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month, day, t[0], t[1], t[2]);
    return time_parse(text, strlen(text), ret_ms);
}

static void take_time(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    int64_t ms;
    if (!foreign_set(f, c->field, (struct ipam_str){ NULL, 0 })) {
        foreign_take_extra(f, c, value);
        return;
    }
    if (value.len == 0)
        return;
    int64_t *at = read_time(value, &ms) == 0 && ms >= 0 ? foreign_put(f, c->field) : NULL;
    if (at != NULL)
        *at = ms;
    else if (f->row.rec != NULL)
        foreign_refuse(
            f, "\"" STR_FMT "\" is not a time such as 11/25/2013 2:00:00 PM, month first, or 2013-11-25",
            STR_ARG(value));
}

/* One of a list; the metric of a gateway follows a slash of either kind. */
static void add_item(struct strbuf *b, struct ipam_str item)
{
    size_t len = 0;
    while (len < item.len && item.data[len] != '\\' && item.data[len] != '/')
        len++;
    struct ipam_str metric = { item.data + len, item.len - len };
    strbuf_printf(b, "%s%.*s", b->len > 0 ? " " : "", (int)len, item.data);
    if (metric.len > 1 && !foreign_is((struct ipam_str){ metric.data + 1, metric.len - 1 }, "automatic"))
        strbuf_printf(b, "=%.*s", (int)metric.len - 1, metric.data + 1);
}

/* Lists are between semicolons or commas, perhaps in braces; ours are between blanks. */
static void take_list(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    static const char between[] = " ;,{}|";
    struct strbuf b;
    strbuf_init(&b, FOREIGN_ROW_MAX);
    for (size_t at = 0, end; at < value.len; at = end + 1) {
        for (end = at; end < value.len && strchr(between, value.data[end]) == NULL; end++)
            ;
        if (end > at)
            add_item(&b, (struct ipam_str){ value.data + at, end - at });
    }
    foreign_take_field(f, c, strbuf_str(&b));
    strbuf_fini(&b);
}

/* --- what is not a field of ours --- */

/* Unless it is what a plan there has by itself, which the label says after its own text. */
static void take_unless(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (!foreign_is(value, c->field))
        foreign_take_extra(f, c, value);
}

static void take_service(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (value.len > 0)
        f->row.service = value;
    if (f->type->type == IPAM_T_RANGE && foreign_is(value, "ms dhcp"))
        foreign_refuse(f, "a range that a DHCP server manages comes from that server, not from a file");
    else
        take_unless(f, c, value);
}

static void take_instance(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (value.len > 0)
        f->row.instance = value;
    take_unless(f, c, value);
}

static void take_customer(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    (void)c;
    if (value.len > 0)
        foreign_space(f, value, (struct ipam_str){ NULL, 0 });
}

static void take_provider(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    if (f->row.space.data == NULL && !foreign_is(value, "default"))
        take_customer(f, c, value);
}

/* --- networks --- */

static void take_network(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    struct windows *own = f->own;
    foreign_set(f, c->field, value);
    if (f->row.rec == NULL || f->row.refusal != NULL ||
        prefix_parse(value.data, value.len, &own->network) != 0)
        return;
    if (f->type->type == IPAM_T_RANGE) /* it is kept by its first and last address alone */
        f->row.rec->has[0] &= ~((uint64_t)1 << IPAM_RANGE_PREFIX);
}

static void take_bound(struct foreign *f, const struct foreign_column *c, struct ipam_str value)
{
    struct windows *own = f->own;
    struct ipam_addr *at = c->field[0] == 'f' ? &own->first : &own->last;
    if (value.len > 0 && addr_parse(value.data, value.len, at) != 0)
        foreign_refuse(f, "\"" STR_FMT "\" is not an IP address", STR_ARG(value));
}

static void put_bounds(struct foreign *f, struct windows *own)
{
    struct ipam_addr first, last;
    if (own->network.addr.family == 0) {
        foreign_refuse(f, "the network is missing, in which the range is");
        return;
    }
    prefix_usable(&own->network, &first, &last);
    *(struct ipam_addr *)foreign_put(f, "first") = own->first.family != 0 ? own->first : first;
    *(struct ipam_addr *)foreign_put(f, "last") = own->last.family != 0 ? own->last : last;
    if ((own->first.family != 0 && !prefix_contains_addr(&own->network, &own->first)) ||
        (own->last.family != 0 && !prefix_contains_addr(&own->network, &own->last)))
        foreign_refuse(f, "the range does not lie in its network");
}

/* A block here is all of its prefix. */
static void check_bounds(struct foreign *f, const struct windows *own)
{
    struct ipam_addr first, last;
    if (own->network.addr.family == 0)
        return;
    prefix_first(&own->network, &first);
    prefix_last(&own->network, &last);
    if ((own->first.family != 0 && !addr_equal(&own->first, &first)) ||
        (own->last.family != 0 && !addr_equal(&own->last, &last)))
        foreign_refuse(f,
                       "its first and last address are not those of its network, which a block takes whole");
}

/* --- the columns --- */

#define SPACES                                                                                               \
    { "customeraddressspace addressspace", take_customer, NULL, NULL },                                      \
    {                                                                                                        \
        "provideraddressspace", take_provider, NULL, NULL                                                    \
    }
#define SITES                                                                                                \
    { "networksite", foreign_take_field, "site", "site" },                                                   \
    {                                                                                                        \
        "vmmlogicalnetwork logicalnetwork", foreign_take_field, "logical_network", "logical network"         \
    }
#define SERVICE                                                                                              \
    { "managedbyservice managedby", take_service, "ipam", "managed by" },                                    \
    {                                                                                                        \
        "serviceinstance managedbyentity", take_instance, "localhost", "service instance"                    \
    }
#define COMMON                                                                                               \
    { "owner", foreign_take_field, "owner", NULL },                                                          \
        { "description notes", foreign_take_field, "description", NULL },                                    \
        { "customconfiguration", foreign_take_extra, NULL, "custom" },                                       \
    {                                                                                                        \
        NULL, NULL, NULL, NULL                                                                               \
    }

static const struct foreign_column addresses[] = {
    { "duplicate expirystatus addresscategory iprange networktype dhcpreservationsync dnshostrecordsync "
      "dnsptrrecordsync lastmodifiedtime isinheritedaccessscope",
      NULL, NULL, NULL },
    { "ipaddress", foreign_take_host, "address", NULL },
    { "devicename", foreign_take_field, "name", NULL },
    { "devicetype", foreign_take_field, "device_type", NULL },
    { "ipaddressstate", take_word, "state", NULL },
    { "assignmenttype addressassignment", take_word, "assignment", NULL },
    { "macaddress", foreign_take_field, "mac", NULL },
    { "assignmentdate", take_time, "assigned", NULL },
    { "expirydate", take_time, "expires", NULL },
    { "assettag", foreign_take_field, "asset_tag", NULL },
    { "serialnumber", foreign_take_field, "serial", NULL },
    { "osname operatingsystem", foreign_take_field, "os", NULL },
    { "clientid", foreign_take_field, "client_id", NULL },
    { "duid", foreign_take_field, "duid", NULL },
    { "iaid", foreign_take_field, "iaid", NULL },
    { "reservationserver reservationservername", foreign_take_extra, NULL, "reservation server" },
    { "reservationname", foreign_take_extra, NULL, "reservation" },
    { "reservationtype", foreign_take_extra, NULL, "reservation type" },
    { "reservationdescription", foreign_take_extra, NULL, "reservation description" },
    { "forwardlookupzone", foreign_take_extra, NULL, "forward zone" },
    { "reverselookupzone", foreign_take_extra, NULL, "reverse zone" },
    SERVICE,
    SPACES,
    SITES,
    COMMON,
};

static const struct foreign_column ranges[] = {
    { "overlapping networktype addresscategory subnetmask assignedaddresses availableaddresses "
      "percentageutilized utilization dhcpservername dhcpscopename exclusionranges lastreclaimruntime "
      "lastmodifiedtime isinheritedaccessscope",
      NULL, NULL, NULL },
    { "networkid network", take_network, "prefix", NULL },
    { "startipaddress startaddress", take_bound, "first", NULL },
    { "endipaddress endaddress", take_bound, "last", NULL },
    { "assignmenttype addressassignment", take_word, "kind", NULL },
    { "assignmentdate", foreign_take_extra, NULL, "assigned" },
    { "reservedaddress", take_list, "reserved", NULL },
    { "vip", take_list, "vips", NULL },
    { "gateway", take_list, "gateways", NULL },
    { "dnsserver dnsservers", take_list, "dns_servers", NULL },
    { "dnssuffix dnssuffixes", take_list, "dns_suffixes", NULL },
    { "winsserver winsservers", take_list, "wins", NULL },
    { "connectionspecificdnssuffix", foreign_take_extra, NULL, "connection-specific DNS suffix" },
    { "utilizationcalculation", take_unless, "auto", "utilization" },
    { "associatedreverselookupzone", foreign_take_extra, NULL, "reverse zone" },
    SERVICE,
    SPACES,
    SITES,
    COMMON,
};

static const struct foreign_column subnets[] = {
    { "overlapping networktype addresscategory totaladdresses assignedaddresses utilizedaddresses "
      "percentageutilized percentageassigned utilization lastmodifiedtime startaddress startipaddress "
      "endaddress endipaddress isinheritedaccessscope",
      NULL, NULL, NULL },
    { "networkid network", take_network, "prefix", NULL },
    { "name", foreign_take_field, "name", NULL },
    { "vlanid", take_list, "vlans", NULL },
    { "virtualsubnetid vsid", foreign_take_field, "vsid", NULL },
    SPACES,
    SITES,
    COMMON,
};

static const struct foreign_column blocks[] = {
    { "addresscategory totaladdresses assignedaddresses utilizedaddresses percentageutilized "
      "percentageassigned utilization lastmodifiedtime isinheritedaccessscope",
      NULL, NULL, NULL },
    { "networkid network", take_network, "prefix", NULL },
    { "startipaddress startaddress", take_bound, "first", NULL },
    { "endipaddress endaddress", take_bound, "last", NULL },
    { "rir", take_word, "rir", NULL },
    { "rirreceiveddate", take_time, "rir_date", NULL },
    { "lastassigneddate", foreign_take_extra, NULL, "last assigned" },
    COMMON,
};

/* --- the file --- */

static uint32_t type_of_file(const struct foreign *f, const struct foreign_csv *csv)
{
    if (foreign_csv_has(csv, "ipaddress"))
        return IPAM_T_ADDRESS;
    return foreign_csv_has(csv, "managedbyservice managedby") ? IPAM_T_RANGE : f->wanted;
}

static const struct foreign_column *pick(struct foreign *f, const struct foreign_csv *csv)
{
    uint32_t type = type_of_file(f, csv);
    bool address = foreign_csv_has(csv, "ipaddress"), network = foreign_csv_has(csv, "networkid network");
    if (type == IPAM_T_ADDRESS ? address : network)
        return type == IPAM_T_ADDRESS  ? addresses
               : type == IPAM_T_RANGE  ? ranges
               : type == IPAM_T_SUBNET ? subnets
                                       : blocks;
    foreign_fail(f, "line 1: the column %s is missing; the titles are taken in English",
                 type == IPAM_T_ADDRESS ? "IPAddress" : "NetworkId");
    return NULL;
}

static uint32_t kind(struct foreign *f, const struct foreign_csv *csv)
{
    struct windows *own = f->own;
    memset(own, 0, sizeof(*own));
    return type_of_file(f, csv);
}

static void done(struct foreign *f)
{
    struct windows *own = f->own;
    if (f->row.refusal != NULL)
        return;
    if (f->type->type == IPAM_T_RANGE)
        put_bounds(f, own);
    else if (f->type->type == IPAM_T_BLOCK)
        check_bounds(f, own);
}

static void open_csv(struct foreign *f)
{
    if (f->csv != NULL)
        return;
    foreign_csv_open(f, 1, pick, kind);
    f->csv->done = done;
}

static int feed(struct foreign *f, struct ipam_str piece)
{
    open_csv(f);
    return foreign_csv_feed(f, piece);
}

static int end(struct foreign *f)
{
    open_csv(f);
    return foreign_csv_end(f);
}

static const uint32_t types[] = { IPAM_T_BLOCK, IPAM_T_SUBNET, IPAM_T_RANGE, IPAM_T_ADDRESS, 0 };
const struct foreign_dialect foreign_windows = {
    .name = "windows",
    .types = types,
    .customs = true,
    .own_size = sizeof(struct windows),
    .feed = feed,
    .end = end,
    .titles = windows_titles,
    .write = windows_row,
};
