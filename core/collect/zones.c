/* zones.c - the zones of a DNS server and their records, zone by zone.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 *   the list; records of zones that are gone go, then the zones; the records of each zone, and the addresses
 *   that it makes; what was wrong
 *
 * A zone is not read when its records are recorded as they are; where the provider tells changes, it is read
 * from there on. One that cannot be read keeps its records as they were, and says why. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_p.h"
#include "net/facts.h"

#define LIST_TIMEOUT_MS 60000
#define PAGE_TIMEOUT_MS 60000
#define NAME_MAX_       255 /* bytes of an identifier, and of a cursor */
#define AGAIN_MOST      3   /* a zone that changes while it is read */

/* One zone: the row as it was read, and how reading its records ended. */
struct seen_zone {
    struct ipam_zone *row;
    const char *message; /* why they could not be read; NULL: they were */
    bool tried;
};

struct zones {
    struct collect *c;
    struct config_read what;
    char only[NAME_MAX_ + 1];
    struct arena arena;
    struct list seen;    /* struct seen_zone */
    struct list rows;    /* of these, struct ipam_zone */
    struct smap natives; /* of these */
    struct smap ids;     /* of those that are stored now, by identifier */
    struct list gone;    /* struct ipam_zone, stored */
    struct list none;    /* stays empty */
    size_t at;           /* in gone, then in seen */
    char wrong[256];     /* the first row of the answer that makes no sense, or "" */
    /* the zone under way */
    struct arena records_arena;
    struct list records;
    char cursor[NAME_MAX_ + 1];
    char token[TOKEN_MAX + 1]; /* of the records that are read now */
    bool delta;
    unsigned again;
    /* all of them */
    size_t read, changed, failed;
    char refusal[512]; /* of the first zone whose addresses were not all made, or "" */
    struct differences notes;
    collect_done done;
    void *user;
    struct request *own_current;
};

static void next_zone(struct zones *z);

/* --- what is remembered --- */

void watched_forget_zones(struct watched *w)
{
    size_t pos = 0, len;
    const void *native;
    void *token;
    while (smap_next(&w->zones, &pos, &native, &len, &token))
        free(token);
    smap_fini(&w->zones);
    smap_init(&w->zones);
}

static const char *recorded(const struct zones *z, struct ipam_str native)
{
    const struct watched *w = collect_watched(z->c, z->what.server);
    const char *token = smap_get(&w->zones, native.data, native.len);
    return token != NULL ? token : "";
}

static void remember(const struct zones *z, struct ipam_str native, const char *token)
{
    struct watched *w = collect_watched(z->c, z->what.server);
    char *kept = xcalloc(1, TOKEN_MAX + 1);
    snprintf(kept, TOKEN_MAX + 1, "%s", token);
    free(smap_put(&w->zones, native.data, native.len, kept));
}

static void forget(const struct zones *z, struct ipam_str native)
{
    free(smap_del(&collect_watched(z->c, z->what.server)->zones, native.data, native.len));
}

/* --- the end --- */

static void finish(void *user, int status, const char *message)
{
    struct zones *z = user;
    *z->what.current = NULL;
    z->done(z->user, status, message);
    list_fini(&z->seen);
    list_fini(&z->rows);
    list_fini(&z->gone);
    list_fini(&z->records);
    smap_fini(&z->natives);
    smap_fini(&z->ids);
    free(z->notes.items);
    arena_fini(&z->arena);
    arena_fini(&z->records_arena);
    free(z);
}

static bool is_canceled(const struct zones *z)
{
    return z->what.canceled != NULL && *z->what.canceled;
}

static void tell(const struct zones *z)
{
    struct config_tally *t = z->what.tally;
    if (t == NULL)
        return;
    t->scopes = z->seen.count;
    snprintf(t->text, sizeof(t->text), "%zu zones, %zu records read, %zu changed", z->seen.count, z->read,
             z->changed);
    for (size_t i = 0; i < z->seen.count && t->trouble[0] == '\0'; i++) {
        const struct seen_zone *s = z->seen.items[i];
        if (s->message != NULL)
            snprintf(t->trouble, sizeof(t->trouble), "%zu of %zu zones could not be read: " STR_FMT ": %s",
                     z->failed, z->seen.count, STR_ARG(s->row->name), s->message);
    }
    if (t->trouble[0] == '\0')
        snprintf(t->trouble, sizeof(t->trouble), "%s", z->refusal);
}

/* As it is stored now. */
static const struct ipam_zone *stored_zone(const struct zones *z, struct ipam_str native)
{
    return view_get(state_view(z->c->at.state), IPAM_T_ZONE, part_map_get(&z->ids, native));
}

/* The zone's own word on its records, where it is another than before. */
static void note_zone(struct zones *z, const struct seen_zone *s)
{
    const struct ipam_zone *stored = stored_zone(z, s->row->native);
    uint64_t changed[2];
    if (!s->tried || stored == NULL)
        return;
    struct ipam_zone *after = record_copy(&z->arena, stored);
    ((struct ipam_record *)after)->has[IPAM_ZONE_MESSAGE >> 6] &= ~((uint64_t)1 << (IPAM_ZONE_MESSAGE & 63));
    if (s->message != NULL)
        RECORD_SET(after, IPAM_ZONE_MESSAGE, message, str_from(s->message));
    if (record_diff(stored, after, changed))
        difference_add(&z->notes, record_copy(&z->arena, stored), after);
}

static void note_zones(struct zones *z)
{
    for (size_t i = 0; i < z->seen.count; i++)
        note_zone(z, z->seen.items[i]);
    tell(z);
    collect_hand_in_differences(z->c, z->what.server, &z->notes, z->what.canceled, NULL, finish, z);
}

/* --- the records of a zone --- */

static struct seen_zone *zone_at(const struct zones *z)
{
    return z->seen.items[z->at];
}

static void zone_done(struct zones *z)
{
    list_fini(&z->records);
    arena_reset(&z->records_arena);
    z->again = 0;
    z->at++;
    next_zone(z);
}

/* Whether the server itself cannot be asked: then no other zone is tried. */
static bool is_down(int status)
{
    return status == IPAM_E_CONN || status == IPAM_E_TIMEOUT || status == IPAM_E_PROVIDER ||
           status == IPAM_E_BUSY || status == IPAM_E_CANCELED || status == IPAM_E_NOMEM;
}

static void zone_failed(struct zones *z, int status, const char *message)
{
    struct seen_zone *s = zone_at(z);
    if (is_down(status) || is_canceled(z) || z->only[0] != '\0') {
        finish(z, status, message);
        return;
    }
    s->tried = true;
    s->message = arena_printf(&z->arena, "%.1000s", message);
    z->failed++;
    zone_done(z);
}

/* The zone is recorded, and so are the addresses that it makes. */
static void zone_recorded(struct zones *z)
{
    struct seen_zone *s = zone_at(z);
    remember(z, s->row->native, z->token);
    fleet_set_token(z->c->at.fleet, z->what.server, s->row->native, str_from(z->token));
    s->tried = true;
    zone_done(z);
}

static bool follow_failed(struct zones *z, int status, const char *message)
{
    if (status == 0 && message[0] != '\0' && z->refusal[0] == '\0')
        snprintf(z->refusal, sizeof(z->refusal), "zone " STR_FMT ": %s", STR_ARG(zone_at(z)->row->name),
                 message);
    if (status != 0)
        finish(z, status, message);
    return status != 0;
}

static void on_followed(void *user, int status, const char *message)
{
    if (!follow_failed(user, status, message))
        zone_recorded(user);
}

/* The zone as it is stored, if it makes addresses. */
static const struct ipam_zone *mapped_zone(const struct zones *z)
{
    const struct ipam_zone *zone = stored_zone(z, zone_at(z)->row->native);
    return zone != NULL && collect_zone_is_mapped(z->c, zone) ? zone : NULL;
}

static void on_merged(void *user, int status, const char *message, size_t changed)
{
    struct zones *z = user;
    const struct ipam_zone *mapped = mapped_zone(z);
    if (status != 0) {
        finish(z, status, message);
        return;
    }
    z->read += z->records.count;
    z->changed += changed;
    if (mapped != NULL)
        collect_follow_zone(z->c, mapped->id, z->what.canceled, on_followed, z);
    else
        zone_recorded(z);
}

/* Takes the stored records of a zone to those that were read. */
static void merge_records(struct zones *z, struct ipam_str native, const struct list *records, bool keep,
                          void (*done)(void *user, int status, const char *message, size_t changed))
{
    static const uint32_t types[] = { IPAM_T_DNS_RECORD };
    struct merge m = { .server = z->what.server,
                       .types = types,
                       .seen = records,
                       .types_count = 1,
                       .only = native,
                       .keep = keep,
                       .canceled = z->what.canceled };
    collect_merge(z->c, &m, done, z);
}

__attribute__((format(printf, 2, 3))) static void wrong(struct zones *z, const char *fmt, ...)
{
    va_list ap;
    if (z->wrong[0] != '\0')
        return;
    va_start(ap, fmt);
    utf8_vprint(z->wrong, sizeof(z->wrong), fmt, ap);
    va_end(ap);
}

/* The n-th word of a record's data, from 0, without the dot at its end; empty: there is none. */
static struct ipam_str word_of(struct ipam_str data, unsigned n)
{
    size_t at = 0, end;
    for (;; n--) {
        while (at < data.len && data.data[at] == ' ')
            at++;
        for (end = at; end < data.len && data.data[end] != ' ';)
            end++;
        if (n == 0 || at == data.len)
            break;
        at = end;
    }
    if (end - at > 1 && data.data[end - 1] == '.')
        end--;
    return (struct ipam_str){ data.data + at, end - at };
}

/* As names are recorded, whatever is written in the data. */
static struct ipam_str lower_case(struct zones *z, struct ipam_str name)
{
    char *lower = arena_memdup(&z->records_arena, name.data, name.len);
    for (size_t i = 0; i < name.len; i++)
        lower[i] = lower[i] >= 'A' && lower[i] <= 'Z' ? (char)(lower[i] + ('a' - 'A')) : lower[i];
    return (struct ipam_str){ lower, name.len };
}

/* Where the name is that a record leads to. */
static void set_target(struct zones *z, struct ipam_dns_record *r)
{
    static const struct {
        const char *type;
        unsigned word;
    } leads[] = { { "NS", 0 }, { "CNAME", 0 }, { "DNAME", 0 }, { "PTR", 0 }, { "MX", 1 }, { "SRV", 3 } };
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        struct ipam_str target =
            str_is(r->type_, leads[i].type) ? word_of(r->data, leads[i].word) : (struct ipam_str){ NULL, 0 };
        if (target.len > 0 && target.len <= NAME_MAX_)
            RECORD_SET(r, IPAM_DNS_RECORD_TARGET, target, lower_case(z, target));
    }
}

static void set_address(struct ipam_dns_record *r)
{
    struct ipam_prefix p;
    struct ipam_addr a;
    if (str_is(r->type_, "PTR")) {
        if (reverse_name_parse(r->name.data, r->name.len, &p) && p.length == addr_bits(p.addr.family))
            RECORD_SET(r, IPAM_DNS_RECORD_ADDRESS, address, p.addr);
    } else if ((str_is(r->type_, "A") || str_is(r->type_, "AAAA")) &&
               addr_parse(r->data.data, r->data.len, &a) == 0 && a.family == (r->type_.len == 1 ? 4 : 6)) {
        RECORD_SET(r, IPAM_DNS_RECORD_ADDRESS, address, a);
    }
}

static void on_record(void *user, const struct ipam_record *rec)
{
    struct zones *z = user;
    if (rec->type != IPAM_T_DNS_RECORD)
        return;
    struct ipam_dns_record *r = record_copy(&z->records_arena, rec);
    if (r->name.len == 0 || r->type_.len == 0 ||
        (!record_has(r, IPAM_DNS_RECORD_DATA) && !record_has(r, IPAM_DNS_RECORD_RDATA))) {
        wrong(z, "a record \"" STR_FMT "\" has no name, type or data", STR_ARG(r->name));
        return;
    }
    RECORD_SET(r, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, zone_at(z)->row->native);
    if (!record_has(r, IPAM_DNS_RECORD_TARGET))
        set_target(z, r);
    if (!record_has(r, IPAM_DNS_RECORD_ADDRESS))
        set_address(r);
    list_add(&z->records, r);
}

static void read_page(struct zones *z);

/* From the beginning: the recorded state is known no more, or the zone changed while it was read. */
static void read_again(struct zones *z)
{
    list_fini(&z->records);
    arena_reset(&z->records_arena);
    z->cursor[0] = z->token[0] = z->wrong[0] = '\0';
    z->again++;
    read_page(z);
}

/* What is wrong with a page; NULL: nothing. */
static const char *page_problem(const struct zones *z, const struct ipam_outcome *info, char *text,
                                size_t size)
{
    if (z->wrong[0] != '\0') {
        snprintf(text, size, "the provider's answer makes no sense: %s; its records stay as they were",
                 z->wrong);
        return text;
    }
    if ((info->flags & IPAM_DONE_DELTA) != 0 && recorded(z, zone_at(z)->row->native)[0] == '\0')
        return "the provider told only what is new, which it was not asked for; its records stay as they "
               "were";
    if (info->cursor.len != 0)
        return info->cursor.len > NAME_MAX_ || str_is(info->cursor, z->cursor)
                   ? "the provider's pages of records do not come to an end; its records stay as they were"
                   : NULL;
    return (info->flags & IPAM_DONE_COMPLETE) == 0
               ? "the provider did not say that its records are complete; they stay as they were"
               : NULL;
}

static void on_page(void *user, int status, const struct ipam_outcome *info)
{
    struct zones *z = user;
    struct ipam_str native = zone_at(z)->row->native;
    char text[1024];
    *z->what.current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    if ((status == IPAM_E_GONE || status == IPAM_E_CHANGED) && z->again < AGAIN_MOST) {
        if (status == IPAM_E_GONE)
            forget(z, native);
        read_again(z);
        return;
    }
    const char *problem = status == 0 ? page_problem(z, info, text, sizeof(text)) : text;
    if (problem != NULL) {
        z->wrong[0] = '\0';
        zone_failed(z, status != 0 ? status : IPAM_E_PROTO, problem);
        return;
    }
    z->delta = (info->flags & IPAM_DONE_DELTA) != 0;
    snprintf(z->token, sizeof(z->token), STR_FMT, STR_ARG(info->token));
    snprintf(z->cursor, sizeof(z->cursor), STR_FMT, STR_ARG(info->cursor));
    if (info->cursor.len != 0)
        read_page(z);
    else
        merge_records(z, native, &z->records, z->delta, on_merged);
}

static void read_page(struct zones *z)
{
    static const struct request_events events = { .record = on_record, .done = on_page };
    struct ipam_str native = zone_at(z)->row->native;
    const char *token = recorded(z, native);
    struct ipam_dns_read args;
    record_init(&args, IPAM_T_DNS_READ);
    RECORD_SET(&args, IPAM_DNS_READ_ZONE, zone, native);
    if (token[0] != '\0')
        RECORD_SET(&args, IPAM_DNS_READ_TOKEN, token, str_from(token));
    if (z->cursor[0] != '\0')
        RECORD_SET(&args, IPAM_DNS_READ_CURSOR, cursor, str_from(z->cursor));
    *z->what.current = request_start(z->what.inst, CALL_READ_RECORDS, &args, PAGE_TIMEOUT_MS, &events, z);
}

static bool has_records(const struct ipam_zone *zone)
{
    return zone->type_ != IPAM_ZONE_TYPE_FORWARDER && zone->type_ != IPAM_ZONE_TYPE_STATIC_STUB &&
           zone->type_ != IPAM_ZONE_TYPE_HINT;
}

/* A token is the serial where that tells every change. */
static bool is_recorded(const struct zones *z, const struct ipam_zone *zone)
{
    char serial[24];
    snprintf(serial, sizeof(serial), "%lld", (long long)zone->serial);
    return !z->what.anew && z->only[0] == '\0' && record_has(zone, IPAM_ZONE_SERIAL) &&
           strcmp(recorded(z, zone->native), serial) == 0;
}

static void on_followed_again(void *user, int status, const char *message)
{
    if (!follow_failed(user, status, message))
        zone_done(user);
}

/* Of a zone that is recorded as it is only addresses may differ: somebody released one. */
static void next_zone(struct zones *z)
{
    const struct ipam_zone *mapped = NULL;
    bool recorded = false;
    for (; z->at < z->seen.count; z->at++) {
        recorded = is_recorded(z, zone_at(z)->row);
        mapped = recorded ? mapped_zone(z) : NULL;
        if (has_records(zone_at(z)->row) && (!recorded || mapped != NULL))
            break;
    }
    if (z->at == z->seen.count) {
        note_zones(z);
    } else if (is_canceled(z)) {
        finish(z, IPAM_E_CANCELED, "cancelled");
    } else if (recorded) {
        collect_follow_zone(z->c, mapped->id, z->what.canceled, on_followed_again, z);
    } else {
        if (z->what.anew)
            forget(z, zone_at(z)->row->native);
        z->cursor[0] = z->token[0] = '\0';
        read_page(z);
    }
}

/* --- the zones --- */

static void on_zones_merged(void *user, int status, const char *message, size_t changed)
{
    struct zones *z = user;
    (void)changed;
    if (status != 0) {
        finish(z, status, message);
        return;
    }
    zone_map_init(&z->ids, z->c->at.state, z->what.server);
    z->at = 0;
    next_zone(z);
}

static void next_gone(struct zones *z);

static void on_records_gone(void *user, int status, const char *message, size_t changed)
{
    struct zones *z = user;
    if (status != 0) {
        finish(z, status, message);
        return;
    }
    z->changed += changed;
    next_gone(z);
}

/* The records of a zone go before it. */
static void next_gone(struct zones *z)
{
    static const uint32_t types[] = { IPAM_T_ZONE };
    if (z->at < z->gone.count) {
        const struct ipam_zone *zone = z->gone.items[z->at++];
        forget(z, zone->native);
        merge_records(z, zone->native, &z->none, false, on_records_gone);
        return;
    }
    struct merge m = { .server = z->what.server,
                       .types = types,
                       .seen = &z->rows,
                       .types_count = 1,
                       .canceled = z->what.canceled };
    collect_merge(z->c, &m, on_zones_merged, z);
}

static void find_gone(struct zones *z)
{
    const struct state *s = z->c->at.state;
    for (const struct ipam_zone *row = state_next(s, IPAM_T_ZONE, 0); row != NULL;
         row = state_next(s, IPAM_T_ZONE, row->id))
        if (row->server == z->what.server && smap_get(&z->natives, row->native.data, row->native.len) == NULL)
            list_add(&z->gone, record_copy(&z->arena, row));
}

static void add_zone(struct zones *z, struct ipam_zone *row)
{
    struct seen_zone *s = arena_alloc(&z->arena, sizeof(*s));
    s->row = row;
    list_add(&z->seen, s);
    list_add(&z->rows, row);
}

/* What a name says of itself. */
static void set_lookup(struct ipam_zone *row)
{
    struct ipam_prefix p;
    bool reverse = reverse_name_parse(row->name.data, row->name.len, &p);
    if (reverse && !record_has(row, IPAM_ZONE_PREFIX))
        RECORD_SET(row, IPAM_ZONE_PREFIX, prefix, p);
    if (!record_has(row, IPAM_ZONE_LOOKUP))
        RECORD_SET(row, IPAM_ZONE_LOOKUP, lookup,
                   !reverse             ? IPAM_ZONE_LOOKUP_FORWARD
                   : p.addr.family == 4 ? IPAM_ZONE_LOOKUP_IPV4_REVERSE
                                        : IPAM_ZONE_LOOKUP_IPV6_REVERSE);
}

static void on_zone(void *user, const struct ipam_record *rec)
{
    struct zones *z = user;
    if (rec->type != IPAM_T_ZONE)
        return;
    struct ipam_zone *row = record_copy(&z->arena, rec);
    if (row->native.len == 0 || row->native.len > NAME_MAX_ || row->name.len == 0) {
        wrong(z, "zone \"" STR_FMT "\" has no identifier or no name", STR_ARG(row->name));
    } else if (smap_put(&z->natives, row->native.data, row->native.len, row) != NULL) {
        wrong(z, "zone \"" STR_FMT "\" is there twice", STR_ARG(row->native));
    } else {
        set_lookup(row);
        add_zone(z, row);
    }
}

static void on_listed(void *user, int status, const struct ipam_outcome *info)
{
    struct zones *z = user;
    char text[1024];
    *z->what.current = NULL;
    snprintf(text, sizeof(text), STR_FMT, STR_ARG(info->message));
    if (status == 0 && (info->flags & IPAM_DONE_COMPLETE) == 0) {
        status = IPAM_E_PROTO;
        snprintf(text, sizeof(text),
                 "the provider did not say that its zones are complete; nothing was recorded");
    } else if (status == 0 && z->wrong[0] != '\0') {
        status = IPAM_E_PROTO;
        snprintf(text, sizeof(text), "the provider's answer makes no sense: %s; nothing was recorded",
                 z->wrong);
    }
    if (status != 0) {
        finish(z, status, text);
        return;
    }
    fleet_set_token(z->c->at.fleet, z->what.server, IPAM_STR(""), info->token);
    find_gone(z);
    next_gone(z);
}

static void list_zones(struct zones *z)
{
    static const struct request_events events = { .record = on_zone, .done = on_listed };
    struct ipam_dns_read args;
    record_init(&args, IPAM_T_DNS_READ);
    *z->what.current = request_start(z->what.inst, CALL_LIST_ZONES, &args, LIST_TIMEOUT_MS, &events, z);
}

/* Ends in a turn of its own: done never runs inside the caller. */
static void no_such_zone(struct zones *z)
{
    collect_hand_in_differences(z->c, z->what.server, &z->notes, NULL, NULL, finish, z);
}

void collect_zones(struct collect *c, const struct config_read *what, collect_done done, void *user)
{
    struct zones *z = xcalloc(1, sizeof(*z));
    z->c = c;
    z->what = *what;
    z->done = done;
    z->user = user;
    snprintf(z->only, sizeof(z->only), STR_FMT, STR_ARG(what->only));
    arena_init(&z->arena, 0);
    arena_init(&z->records_arena, 0);
    smap_init(&z->natives);
    smap_init(&z->ids);
    if (z->what.current == NULL)
        z->what.current = &z->own_current;
    if (z->only[0] == '\0') {
        list_zones(z);
        return;
    }
    zone_map_init(&z->ids, z->c->at.state, z->what.server);
    const struct ipam_zone *zone = stored_zone(z, str_from(z->only));
    if (zone == NULL) {
        no_such_zone(z);
        return;
    }
    add_zone(z, record_copy(&z->arena, zone));
    next_zone(z);
}
