/* dns.c - null-dns: its calls and options. SERIAL.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE 1000
#define CAPS                                                                                                 \
    (IPAM_DNS_CAP_RECORDS | IPAM_DNS_CAP_DELTA | IPAM_DNS_CAP_STATS | IPAM_DNS_CAP_RESOLVE |                 \
     IPAM_DNS_CAP_ATOMIC | IPAM_DNS_CAP_CHECK | IPAM_DNS_CAP_WRITE_RECORDS | IPAM_DNS_CAP_WRITE_ZONES |      \
     IPAM_DNS_CAP_FORWARDERS)

static int32_t no_zone(struct null_call *c)
{
    return null_fail(c, IPAM_E_NOENT, "there is no zone of this identifier; list the zones");
}

static int32_t emit_zone(struct null_call *c, const struct null_dns *d, const struct ipam_zone *zone)
{
    struct ipam_zone row = *zone;

    row.state = IPAM_ZONE_STATE_RUNNING;
    IPAM_SET_FIELD(&row, IPAM_ZONE_STATE);
    if (row.type_ == IPAM_ZONE_TYPE_PRIMARY) {
        row.serial = (int64_t)null_dns_serial(d, zone->native);
        IPAM_SET_FIELD(&row, IPAM_ZONE_SERIAL);
    }
    return null_emit(c, &row);
}

static void dns_list_zones(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args)
{
    struct null_dns *d = ctx;
    const struct null_list *rows = &d->store.rows;
    bool one = IPAM_HAS_FIELD(args, IPAM_DNS_READ_ZONE);
    struct null_call c;
    int32_t status = IPAM_OK;

    null_begin(&c, d->host, req);
    if (one && !null_dns_zone(rows, args->zone))
        status = no_zone(&c);
    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++)
        if (rows->rows[i]->rec->type == IPAM_T_ZONE &&
            (!one || null_compare(null_dns_zone_of(rows->rows[i]->rec), args->zone) == 0))
            status = emit_zone(&c, d, (const void *)rows->rows[i]->rec);
    if (status == IPAM_OK) {
        null_token(&c, d->store.state);
        null_complete(&c, IPAM_DONE_COMPLETE);
    }
    null_done(&c, status);
}

/* Reading the records of a zone: all, or what changed since a serial. */
struct reading {
    struct null_call *c;
    struct ipam_str zone;
    uint64_t since; /* 0: all */
    uint64_t at, limit, seen;
    bool more;
};

/* Hands out one record, when it is its turn: the cursor counts those before it. */
static int32_t emit_turn(struct reading *r, const struct ipam_dns_record *rec, bool removed)
{
    struct ipam_dns_record row = *rec;

    if (r->seen++ < r->at)
        return IPAM_OK;
    if (r->seen - r->at > r->limit) {
        r->more = true;
        return IPAM_OK;
    }
    row.removed = removed;
    if (removed)
        IPAM_SET_FIELD(&row, IPAM_DNS_RECORD_REMOVED);
    return null_emit(r->c, &row);
}

/* The SOA record, which holds the serial and so changes with everything else. */
static int32_t emit_soa(struct reading *r, const struct ipam_zone *zone, uint64_t serial)
{
    struct ipam_dns_record soa = { .size = sizeof(soa),
                                   .type = IPAM_T_DNS_RECORD,
                                   .native_zone = zone->native,
                                   .name = zone->name,
                                   .type_ = NULL_STR("SOA") };
    char data[3 * NULL_DNS_NAME];

    snprintf(data, sizeof(data), "ns.%.*s hostmaster.%.*s %llu 3600 900 604800 300", (int)zone->name.len,
             zone->name.data, (int)zone->name.len, zone->name.data, (unsigned long long)serial);
    soa.data = null_str(data);
    IPAM_SET_FIELD(&soa, IPAM_DNS_RECORD_NATIVE_ZONE);
    IPAM_SET_FIELD(&soa, IPAM_DNS_RECORD_NAME);
    IPAM_SET_FIELD(&soa, IPAM_DNS_RECORD_TYPE);
    IPAM_SET_FIELD(&soa, IPAM_DNS_RECORD_DATA);
    return emit_turn(r, &soa, false);
}

static int32_t emit_records(struct reading *r, const struct null_dns *d, uint64_t serial)
{
    const struct null_list *rows = &d->store.rows, *gone = &d->store.gone;
    bool found;
    size_t at = null_dns_first(rows, r->zone, &found);
    const struct ipam_zone *zone = (const void *)rows->rows[at]->rec;
    int32_t status = IPAM_OK;

    if (zone->type_ == IPAM_ZONE_TYPE_PRIMARY && serial > r->since)
        status = emit_soa(r, zone, serial);
    for (size_t i = 0; r->since && i < gone->count && status == IPAM_OK; i++)
        if (gone->rows[i]->state > r->since && gone->rows[i]->rec->type == IPAM_T_DNS_RECORD &&
            null_compare(null_dns_zone_of(gone->rows[i]->rec), r->zone) == 0)
            status = emit_turn(r, (const void *)gone->rows[i]->rec, true);
    for (at++; at < rows->count && status == IPAM_OK && !r->more; at++) {
        if (null_compare(null_dns_zone_of(rows->rows[at]->rec), r->zone) != 0)
            break;
        if (rows->rows[at]->state > r->since || r->since == 0)
            status = emit_turn(r, (const void *)rows->rows[at]->rec, false);
    }
    return status;
}

/* What the arguments ask for; a cursor is "SERIAL:PLACE", for what changes in between changes the places. */
static int32_t take_args(struct reading *r, const struct null_dns *d, const struct ipam_dns_read *args,
                         uint64_t serial)
{
    struct ipam_str cursor = args->cursor;
    uint64_t then = 0;

    r->limit = IPAM_HAS_FIELD(args, IPAM_DNS_READ_LIMIT) && args->limit < PAGE ? (uint64_t)args->limit : PAGE;
    if (IPAM_HAS_FIELD(args, IPAM_DNS_READ_TOKEN)) {
        if (!null_number(args->token, UINT64_MAX, &r->since))
            return null_fail(r->c, IPAM_E_INVAL, "the token is none of this provider; read without one");
    } else if (IPAM_HAS_FIELD(args, IPAM_DNS_READ_SERIAL)) {
        r->since = (uint64_t)args->serial;
    }
    if (r->since && (r->since < d->store.oldest || r->since > serial))
        return null_fail(r->c, IPAM_E_GONE, "what changed since %llu is not known; read all",
                         (unsigned long long)r->since);
    if (!IPAM_HAS_FIELD(args, IPAM_DNS_READ_CURSOR))
        return IPAM_OK;
    if (!null_number(null_cut(&cursor, ':'), UINT64_MAX, &then) || !null_number(cursor, UINT64_MAX, &r->at))
        return null_fail(r->c, IPAM_E_INVAL, "the cursor is none of this provider; begin again without one");
    return then == serial
               ? IPAM_OK
               : null_fail(r->c, IPAM_E_CHANGED, "the zone changed meanwhile; begin again without a cursor");
}

static void dns_read_records(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args)
{
    struct null_dns *d = ctx;
    struct null_call c;
    struct reading r = { .c = &c, .zone = args->zone };
    char cursor[NULL_ADDR_TEXT];
    uint64_t serial = 0;
    int32_t status = IPAM_OK;

    null_begin(&c, d->host, req);
    if (!IPAM_HAS_FIELD(args, IPAM_DNS_READ_ZONE) || !null_dns_zone(&d->store.rows, args->zone))
        status = no_zone(&c);
    if (status == IPAM_OK) {
        serial = null_dns_serial(d, args->zone);
        status = take_args(&r, d, args, serial);
    }
    if (status == IPAM_OK)
        status = emit_records(&r, d, serial);
    if (status == IPAM_OK) {
        null_token(&c, serial);
        null_complete(&c, (r.more ? 0u : IPAM_DONE_COMPLETE) | (r.since ? IPAM_DONE_DELTA : 0u));
        snprintf(cursor, sizeof(cursor), "%llu:%llu", (unsigned long long)serial,
                 (unsigned long long)(r.at + r.limit));
        if (r.more)
            null_cursor(&c, cursor);
    }
    null_done(&c, status);
}

/* The token is that of the zone whose records change, or of all when zones do: the first edit tells. */
static uint64_t token_of(const struct null_dns *d, const struct null_call *c, const struct ipam_apply *args)
{
    const struct ipam_record *before = NULL, *after = NULL, *rec;
    uint32_t verb;

    if (args->count < 1 || d->host->edit(c->req, 0, &verb, &before, &after) != IPAM_OK)
        return d->store.state;
    rec = after ? after : before;
    return rec && rec->type == IPAM_T_DNS_RECORD ? null_dns_serial(d, null_dns_zone_of(rec)) : d->store.state;
}

static void dns_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args)
{
    struct null_dns *d = ctx;
    struct null_call c;

    null_begin(&c, d->host, req);
    int32_t status = null_apply(&c, &d->store, args, token_of(d, &c, args));
    if (status == IPAM_OK)
        null_token(&c, token_of(d, &c, args));
    null_done(&c, status);
}

static void dns_read_stats(void *ctx, struct ipam_req *req, const struct ipam_dns_read *args)
{
    struct null_dns *d = ctx;
    const struct null_list *rows = &d->store.rows;
    struct null_call c;
    uint64_t zones = 0;
    int32_t status = IPAM_OK;

    null_begin(&c, d->host, req);
    for (size_t i = 0, end; i < rows->count && status == IPAM_OK; i = end) {
        struct ipam_str zone = null_dns_zone_of(rows->rows[i]->rec);

        for (end = i + 1;
             end < rows->count && null_compare(null_dns_zone_of(rows->rows[end]->rec), zone) == 0;)
            end++;
        zones++;
        if (!IPAM_HAS_FIELD(args, IPAM_DNS_READ_ZONE) || null_compare(args->zone, zone) == 0)
            status = null_emit_count(&c, "records", zone, end - i - 1);
    }
    if (status == IPAM_OK && !IPAM_HAS_FIELD(args, IPAM_DNS_READ_ZONE))
        status = null_emit_count(&c, "zones", (struct ipam_str){ NULL, 0 }, zones);
    null_done(&c, status);
}
/* Lower case, without the dot at the end: as names are kept. False when it is no name. */
static bool tidy(struct ipam_str name, char buf[NULL_DNS_NAME])
{
    size_t len = name.len > 1 && name.data[name.len - 1] == '.' ? name.len - 1 : name.len;

    if (len == 0 || len >= NULL_DNS_NAME)
        return false;
    for (size_t i = 0; i < len; i++)
        buf[i] = name.data[i] >= 'A' && name.data[i] <= 'Z' ? (char)(name.data[i] - 'A' + 'a') : name.data[i];
    buf[len] = '\0';
    return true;
}

/* Emits what there is of a name and type; *ret_alias is the target of a CNAME that is there instead. */
static int32_t answer(struct null_call *c, const struct null_dns *d, const char *name, struct ipam_str type,
                      uint64_t *count, struct ipam_str *ret_alias)
{
    const struct null_list *rows = &d->store.rows;
    int32_t status = IPAM_OK;

    for (size_t i = 0; i < rows->count && status == IPAM_OK; i++) {
        const struct ipam_dns_record *r = (const void *)rows->rows[i]->rec;

        if (r->type != IPAM_T_DNS_RECORD || !null_is(r->name, name))
            continue;
        bool cname = null_is(r->type_, "CNAME"), same = null_compare(r->type_, type) == 0;
        if ((!cname && !same) || (IPAM_HAS_FIELD(r, IPAM_DNS_RECORD_DISABLED) && r->disabled))
            continue;
        status = null_emit(c, r);
        ++*count;
        if (cname && !same)
            *ret_alias = r->data;
    }
    return status;
}

static void dns_resolve(void *ctx, struct ipam_req *req, const struct ipam_resolve *args)
{
    struct null_dns *d = ctx;
    struct ipam_str name = args->name;
    char buf[NULL_DNS_NAME];
    struct null_call c;
    uint64_t count = 0;
    int32_t status = IPAM_OK;

    null_begin(&c, d->host, req);
    for (int hops = 0; hops < 8 && name.len && status == IPAM_OK; hops++) {
        struct ipam_str alias = { NULL, 0 };

        status = tidy(name, buf) ? answer(&c, d, buf, args->type_, &count, &alias)
                                 : null_fail(&c, IPAM_E_INVAL, "a name is 1 to 255 bytes long");
        name = alias;
    }
    if (status == IPAM_OK && count == 0)
        status = null_fail(&c, IPAM_E_NOENT, "there is no such name, or none of that type");
    null_done(&c, status);
}

static void dns_close(void *ctx)
{
    struct null_dns *d = ctx;

    null_store_free(&d->store);
    free(d);
}

static int32_t dns_open(struct ipam_inst *inst, const struct ipam_host *host, void **ret_ctx)
{
    struct null_dns *d = calloc(1, sizeof(*d));

    if (!d)
        return IPAM_E_NOMEM;
    d->host = host;
    int32_t status = null_dns_fill(d, inst);
    if (status != IPAM_OK) {
        host->open_error(inst,
                         "the zones and records that the options ask for cannot be made; ask for fewer");
        dns_close(d);
        return status;
    }
    *ret_ctx = d;
    return IPAM_OK;
}

static void dns_check(struct ipam_inst *inst, const struct ipam_host *host)
{
    struct ipam_str domain = null_option_text(host, inst, "domain");

    if (domain.len == 0 || domain.len > 200)
        host->option_problem(inst, "domain", "is no domain: write one of 1 to 200 bytes");
    if (null_option_int(host, inst, "zones") == 0 && null_option_int(host, inst, "records") > 0)
        host->option_problem(inst, "zones", "is 0, but records need a zone: write 1 or more");
}

static void dns_probe(void *ctx, struct ipam_req *req)
{
    struct null_dns *d = ctx;
    struct null_call c;

    null_begin(&c, d->host, req);
    null_done(&c, null_probe(&c, CAPS, "its zones are in memory"));
}

static const struct ipam_option
    domain = NULL_OPTION(IPAM_OPT_TEXT, "domain", "null.example", 0, 0, NULL, "domain that the zones are in"),
    zones = NULL_OPTION(IPAM_OPT_INT, "zones", "1", 0, 65536, NULL, "number of zones at the start"),
    records = NULL_OPTION(IPAM_OPT_INT, "records", "0", 0, 1000000, NULL,
                          "number of address records at the start, in all zones together"),
    address = NULL_OPTION(IPAM_OPT_ADDRESS, "address", "192.0.2.53", 0, 0, NULL,
                          "address of the zones' name server"),
    extra = NULL_OPTION(IPAM_OPT_LIST, "extra", NULL, 0, 64, NULL,
                        "names of further zones at the start, such as 10.in-addr.arpa"),
    dual =
        NULL_OPTION(IPAM_OPT_BOOL, "dual", "false", 0, 0, NULL, "whether each host has an IPv6 address too"),
    ptr = NULL_OPTION(IPAM_OPT_BOOL, "ptr", "false", 0, 0, NULL,
                      "whether addresses have PTR records in the further zones"),
    leads = NULL_OPTION(IPAM_OPT_BOOL, "leads", "false", 0, 0, NULL,
                        "whether each zone has records that lead to its first host: CNAME, DNAME, MX, SRV");
static const struct ipam_option *const options[] = { &domain, &zones, &records, &address, &extra,
                                                     &dual,   &ptr,   &leads,   NULL };

static const struct ipam_dns_ops ops = {
    .common = { .size = sizeof(ops),
                .thread_model = IPAM_THREAD_SERIAL,
                .capabilities = CAPS,
                .open = dns_open,
                .close = dns_close,
                .probe = dns_probe },
    .list_zones = dns_list_zones,
    .read_records = dns_read_records,
    .apply = dns_apply,
    .read_stats = dns_read_stats,
    .resolve = dns_resolve,
};

const struct ipam_plugin *ipam_plugin_v0(void)
{
    static const struct ipam_plugin plugin = { .size = sizeof(plugin),
                                               .abi = IPAM_ABI,
                                               .name = "null-dns",
                                               .version = NULL_VERSION,
                                               .summary = "a DNS server in memory",
                                               .options = options,
                                               .check = dns_check,
                                               .dns = &ops };

    return &plugin;
}
