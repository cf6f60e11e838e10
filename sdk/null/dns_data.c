/* dns_data.c - null-dns: zones and records, what fits among them, and what is there at the start.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"
#include "fields.h"

#include <stdio.h>
#include <string.h>

#define KEEP_GONE 10000 /* records that went, which are remembered for deltas */

static const struct null_shape *const shapes[] = { &null_zone_shape, &null_dns_record_shape, NULL };

struct ipam_str null_dns_zone_of(const struct ipam_record *rec)
{
    return rec->type == IPAM_T_ZONE ? ((const struct ipam_zone *)rec)->native
                                    : ((const struct ipam_dns_record *)rec)->native_zone;
}

/* By zone; in it the zone itself, then its records by name, type and data. */
static int by_key(const struct ipam_record *a, const struct ipam_record *b)
{
    const struct ipam_dns_record *x = (const void *)a, *y = (const void *)b;
    int order = null_compare(null_dns_zone_of(a), null_dns_zone_of(b));

    if (order || a->type != b->type || a->type == IPAM_T_ZONE)
        return order ? order : (b->type == IPAM_T_ZONE) - (a->type == IPAM_T_ZONE);
    order = null_compare(x->name, y->name);
    if (order == 0)
        order = null_compare(x->type_, y->type_);
    if (order == 0)
        order = null_compare(x->data, y->data);
    return order ? order
                 : null_compare((struct ipam_str){ (const char *)x->rdata.data, x->rdata.len },
                                (struct ipam_str){ (const char *)y->rdata.data, y->rdata.len });
}

/* The place of the first row of a zone: the zone itself, if there is one. */
size_t null_dns_first(const struct null_list *rows, struct ipam_str native, bool *ret_found)
{
    struct ipam_zone key = { .type = IPAM_T_ZONE, .native = native };

    return null_find(rows, &key, by_key, ret_found);
}

const struct ipam_zone *null_dns_zone(const struct null_list *rows, struct ipam_str native)
{
    bool found;
    size_t at = null_dns_first(rows, native, &found);

    return found ? (const void *)rows->rows[at]->rec : NULL;
}

/* A zone without an identifier is known by its name, and that of its view. */
static struct null_row *make(const struct null_store *s, const struct ipam_record *rec)
{
    struct ipam_zone zone = { .size = 0 };
    char native[NULL_DNS_NAME + 130];

    if (rec->type != IPAM_T_ZONE || IPAM_HAS_FIELD(rec, IPAM_ZONE_NATIVE))
        return null_row_new(null_shape_of(s, rec), rec);
    memcpy(&zone, rec, rec->size < sizeof(zone) ? rec->size : sizeof(zone));
    zone.size = sizeof(zone);
    if (!IPAM_HAS_FIELD(&zone, IPAM_ZONE_VIEW))
        zone.view = (struct ipam_str){ NULL, 0 };
    snprintf(native, sizeof(native), "%.*s%s%.*s", (int)zone.view.len, zone.view.len ? zone.view.data : "",
             zone.view.len ? "/" : "", (int)zone.name.len, zone.name.data);
    zone.native = null_str(native);
    IPAM_SET_FIELD(&zone, IPAM_ZONE_NATIVE);
    return null_row_new(&null_zone_shape, (const struct ipam_record *)&zone);
}

static bool within(const struct ipam_record *rec, const struct ipam_record *outer)
{
    return outer->type == IPAM_T_ZONE && null_compare(null_dns_zone_of(rec), null_dns_zone_of(outer)) == 0;
}

static int32_t wrong(char *why, size_t size, int32_t status, const char *text)
{
    snprintf(why, size, "%s", text);
    return status;
}

static bool is_under(struct ipam_str name, struct ipam_str zone)
{
    return null_is(zone, ".") || null_compare(name, zone) == 0 ||
           (name.len > zone.len && name.data[name.len - zone.len - 1] == '.' &&
            memcmp(name.data + name.len - zone.len, zone.data, zone.len) == 0);
}

/* Whether the data of a record can be what its type says; only addresses are looked into. */
static bool good_data(const struct ipam_dns_record *r)
{
    struct ipam_addr a;

    if (!IPAM_HAS_FIELD(r, IPAM_DNS_RECORD_DATA))
        return IPAM_HAS_FIELD(r, IPAM_DNS_RECORD_RDATA);
    if (!null_is(r->type_, "A") && !null_is(r->type_, "AAAA"))
        return r->data.len > 0;
    return null_addr_parse(r->data, &a) && a.family == (r->type_.len == 1 ? 4 : 6);
}

/* A CNAME is the only record of its name. */
static bool alone(const struct null_list *rows, const struct ipam_dns_record *r)
{
    struct ipam_dns_record key = { .type = IPAM_T_DNS_RECORD,
                                   .native_zone = r->native_zone,
                                   .name = r->name };
    bool found, cname = null_is(r->type_, "CNAME");

    for (size_t i = null_find(rows, &key, by_key, &found); i < rows->count; i++) {
        const struct ipam_dns_record *o = (const void *)rows->rows[i]->rec;

        if (o->type != IPAM_T_DNS_RECORD || null_compare(o->native_zone, r->native_zone) != 0 ||
            null_compare(o->name, r->name) != 0)
            break;
        if ((cname || null_is(o->type_, "CNAME")) && by_key((const void *)o, (const void *)r) != 0)
            return false;
    }
    return true;
}

static int32_t fits(const struct null_store *s, const struct null_list *rows, const struct ipam_record *rec,
                    bool removed, char *why, size_t size)
{
    const struct ipam_zone *zone = null_dns_zone(rows, null_dns_zone_of(rec));
    const struct ipam_dns_record *r = (const void *)rec;

    (void)s;
    if (removed || rec->type == IPAM_T_ZONE)
        return IPAM_OK;
    if (!zone || zone->type_ != IPAM_ZONE_TYPE_PRIMARY)
        return wrong(why, size, IPAM_E_NOENT, "there is no primary zone of this identifier");
    if (!is_under(r->name, zone->name))
        return wrong(why, size, IPAM_E_RANGE, "the name is not in the zone");
    if (null_is(r->type_, "SOA"))
        return wrong(why, size, IPAM_E_UNSUPPORTED, "the server makes the SOA record itself");
    if (!good_data(r))
        return wrong(why, size, IPAM_E_INVAL, "the data is missing, or none of the type");
    return alone(rows, r)
               ? IPAM_OK
               : wrong(why, size, IPAM_E_CONFLICT, "a CNAME has to be the only record of its name");
}

/* The number of the last change in a zone. */
uint64_t null_dns_serial(const struct null_dns *d, struct ipam_str native)
{
    const struct null_list *rows = &d->store.rows, *gone = &d->store.gone;
    uint64_t serial = 1;
    bool found;

    for (size_t i = null_dns_first(rows, native, &found); i < rows->count; i++) {
        if (null_compare(null_dns_zone_of(rows->rows[i]->rec), native) != 0)
            break;
        if (rows->rows[i]->state > serial)
            serial = rows->rows[i]->state;
    }
    for (size_t i = 0; i < gone->count; i++)
        if (gone->rows[i]->state > serial && null_compare(null_dns_zone_of(gone->rows[i]->rec), native) == 0)
            serial = gone->rows[i]->state;
    return serial > d->store.oldest ? serial
                                    : d->store.oldest; /* of what was forgotten the zone is not known */
}

static int32_t add_record(struct null_dns *d, struct ipam_str zone, const char *name, const char *type,
                          const char *data)
{
    struct ipam_dns_record r = { .size = sizeof(r),
                                 .type = IPAM_T_DNS_RECORD,
                                 .native_zone = zone,
                                 .name = null_str(name),
                                 .type_ = null_str(type),
                                 .data = null_str(data),
                                 .ttl = 3600 };

    IPAM_SET_FIELD(&r, IPAM_DNS_RECORD_NATIVE_ZONE);
    IPAM_SET_FIELD(&r, IPAM_DNS_RECORD_NAME);
    IPAM_SET_FIELD(&r, IPAM_DNS_RECORD_TYPE);
    IPAM_SET_FIELD(&r, IPAM_DNS_RECORD_DATA);
    IPAM_SET_FIELD(&r, IPAM_DNS_RECORD_TTL);
    return null_store_add(&d->store, &r);
}

static int32_t add_zone(struct null_dns *d, struct ipam_str name)
{
    struct ipam_zone z = {
        .size = sizeof(z), .type = IPAM_T_ZONE, .native = name, .name = name, .type_ = IPAM_ZONE_TYPE_PRIMARY
    };

    IPAM_SET_FIELD(&z, IPAM_ZONE_NATIVE);
    IPAM_SET_FIELD(&z, IPAM_ZONE_NAME);
    IPAM_SET_FIELD(&z, IPAM_ZONE_TYPE);
    return null_store_add(&d->store, &z);
}

/* What is asked for at the start. */
struct start {
    struct ipam_addr server;
    struct ipam_strs extra;
    bool dual, ptr, leads;
};

/* The name of an address in the reverse DNS. */
static void reverse_of(const struct ipam_addr *a, char *buf, size_t size)
{
    size_t len = 0;

    for (int i = a->family == 4 ? 3 : 15; i >= 0; i--)
        len += (size_t)(a->family == 4
                            ? snprintf(buf + len, size - len, "%u.", a->bytes[i])
                            : snprintf(buf + len, size - len, "%x.%x.", a->bytes[i] & 15u, a->bytes[i] >> 4));
    snprintf(buf + len, size - len, "%s", a->family == 4 ? "in-addr.arpa" : "ip6.arpa");
}

/* An address of a host, and its PTR record in the further zone that it belongs to. */
static int32_t add_address(struct null_dns *d, const struct start *s, struct ipam_str zone, const char *host,
                           const struct ipam_addr *a)
{
    char address[NULL_ADDR_TEXT], reverse[NULL_DNS_NAME];

    null_addr_print(a, address);
    int32_t status = add_record(d, zone, host, a->family == 4 ? "A" : "AAAA", address);
    reverse_of(a, reverse, sizeof(reverse));
    for (size_t i = 0; s->ptr && i < s->extra.count && status == IPAM_OK; i++)
        if (is_under(null_str(reverse), s->extra.items[i]))
            return add_record(d, s->extra.items[i], reverse, "PTR", host);
    return status;
}

/* Records of each type that leads to a host. */
static int32_t add_leads(struct null_dns *d, struct ipam_str zone, const char *host)
{
    static const struct {
        const char *label, *type, *before;
    } leads[] = { { "www.", "CNAME", "" },
                  { "old.", "DNAME", "" },
                  { "", "MX", "10 " },
                  { "_http._tcp.", "SRV", "0 0 80 " } };
    char name[NULL_DNS_NAME + 16], data[NULL_DNS_NAME + 64];
    int32_t status = IPAM_OK;

    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]) && status == IPAM_OK; i++) {
        snprintf(name, sizeof(name), "%s%s", leads[i].label, zone.data);
        snprintf(data, sizeof(data), "%s%s", leads[i].before, host);
        status = add_record(d, zone, name, leads[i].type, data);
    }
    return status;
}

/* A zone with its name server, and hosts from number `from` on. */
static int32_t fill_zone(struct null_dns *d, const struct start *s, struct ipam_str name, uint64_t from,
                         uint64_t to)
{
    const struct ipam_addr base4 = { 4, { 10, 0, 0, 0 } }, base6 = { 6, { 0x20, 1, 0xd, 0xb8 } };
    char host[NULL_DNS_NAME + 32];
    int32_t status = add_zone(d, name);

    snprintf(host, sizeof(host), "ns.%s", name.data);
    if (status == IPAM_OK)
        status = add_record(d, name, name.data, "NS", host);
    if (status == IPAM_OK)
        status = add_address(d, s, name, host, &s->server);
    for (uint64_t n = from; n < to && status == IPAM_OK; n++) {
        struct ipam_addr a4 = null_addr_add(&base4, n), a6 = null_addr_add(&base6, n);

        snprintf(host, sizeof(host), "h%llu.%s", (unsigned long long)n, name.data);
        status = add_address(d, s, name, host, &a4);
        if (status == IPAM_OK && s->dual)
            status = add_address(d, s, name, host, &a6);
        if (status == IPAM_OK && s->leads && n == from)
            status = add_leads(d, name, host);
    }
    return status;
}

int32_t null_dns_fill(struct null_dns *d, struct ipam_inst *inst)
{
    uint64_t zones = (uint64_t)null_option_int(d->host, inst, "zones"),
             records = (uint64_t)null_option_int(d->host, inst, "records");
    struct ipam_str domain = null_option_text(d->host, inst, "domain");
    struct start s = { .extra = null_option_list(d->host, inst, "extra"),
                       .dual = null_option_int(d->host, inst, "dual"),
                       .ptr = null_option_int(d->host, inst, "ptr"),
                       .leads = null_option_int(d->host, inst, "leads") };
    char name[NULL_DNS_NAME];
    int32_t status = IPAM_OK;

    d->store = (struct null_store){ .shapes = shapes,
                                    .order = by_key,
                                    .make = make,
                                    .within = within,
                                    .fits = fits,
                                    .keep_gone = KEEP_GONE,
                                    .state = 1 };
    if (!null_option_addr(d->host, inst, "address", &s.server))
        status = IPAM_E_UNSUPPORTED; /* it has a default: only a host that knows no addresses has none */
    for (size_t i = 0; i < s.extra.count && status == IPAM_OK; i++)
        status = add_zone(d, s.extra.items[i]);
    for (uint64_t i = 0; i < zones && status == IPAM_OK; i++) {
        snprintf(name, sizeof(name), "z%llu.%.*s", (unsigned long long)i, (int)domain.len, domain.data);
        status = fill_zone(d, &s, null_str(name), records * i / zones, records * (i + 1) / zones);
    }
    return status == IPAM_OK ? null_store_order(&d->store) : status;
}
