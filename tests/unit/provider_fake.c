/* provider_fake.c - DHCP and DNS servers in memory behind the calls of core/provider, which do as their script says.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "provider_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "store_fake.h"

struct plugin {
    const char *name;
    uint32_t kind;
};

struct instance {
    struct fake_dhcp *d;
};

struct request {
    struct loop_work work;
    struct fake_dhcp *d;
    enum fake_dhcp_call call;
    const struct request_events *ev;
    void *user;
    int status;
    bool canceled;
    char native[72], cursor[72], token[72];
    bool one_scope, resume, known;
    struct ipam_act act;   /* its bytes belong to the caller's record, which outlives the call */
    struct ipam_addr only; /* of a reading of one lease; else family 0 */
    size_t edits;
    uint32_t verbs[1024];
    void *objects[1024];
};

static struct loop *the_loop;
static struct fake_dhcp *servers;

/* --- servers --- */

void fake_dhcp_begin(struct loop *loop)
{
    the_loop = loop;
    servers = NULL;
}

static void rows_free(void **rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(rows[i]);
    free(rows);
}

void fake_dhcp_clear(struct fake_dhcp *d)
{
    rows_free(d->rows, d->count);
    d->rows = NULL;
    d->count = 0;
    d->token++;
}

void fake_dhcp_clear_leases(struct fake_dhcp *d)
{
    rows_free(d->leases, d->lease_count);
    d->leases = NULL;
    d->lease_count = 0;
}

void fake_dhcp_clear_stats(struct fake_dhcp *d)
{
    rows_free(d->stats, d->stat_count);
    d->stats = NULL;
    d->stat_count = 0;
}

void fake_dhcp_end(void)
{
    while (servers != NULL) {
        struct fake_dhcp *d = servers;
        servers = d->next;
        assert_null(d->held);
        fake_dhcp_clear(d);
        fake_dhcp_clear_leases(d);
        fake_dhcp_clear_stats(d);
        free(d);
    }
}

struct fake_dhcp *fake_dhcp(const char *name)
{
    for (struct fake_dhcp *d = servers; d != NULL; d = d->next)
        if (strcmp(d->name, name) == 0)
            return d;
    struct fake_dhcp *d = calloc(1, sizeof(*d));
    snprintf(d->name, sizeof(d->name), "%s", name);
    d->token = 1;
    d->next = servers;
    servers = d;
    return d;
}

void fake_dhcp_fail(struct fake_dhcp *d, enum fake_dhcp_call call, unsigned n, int status)
{
    d->script[call][n] = status;
}

const char *fake_dhcp_trace(struct fake_dhcp *d)
{
    static char text[sizeof(d->trace)];
    memcpy(text, d->trace, sizeof(text));
    d->trace[0] = '\0';
    return text;
}

static struct ipam_addr addr(const char *text)
{
    struct ipam_addr a;
    assert_int_equal(addr_parse(text, strlen(text), &a), 0);
    return a;
}

static void add(struct fake_dhcp *d, const void *rec)
{
    d->rows = realloc(d->rows, (d->count + 1) * sizeof(d->rows[0]));
    d->rows[d->count++] = record_clone(rec);
}

void fake_dhcp_row(struct fake_dhcp *d, const void *rec)
{
    add(d, rec);
}

void fake_dhcp_stat(struct fake_dhcp *d, const char *target, const char *name, uint64_t count)
{
    struct ipam_stat st;
    record_init(&st, IPAM_T_STAT);
    RECORD_SET(&st, IPAM_STAT_NAME, name, str_from(name));
    if (target[0] != '\0')
        RECORD_SET(&st, IPAM_STAT_TARGET, target, str_from(target));
    RECORD_SET(&st, IPAM_STAT_COUNT, count, u128_from(count));
    d->stats = realloc(d->stats, (d->stat_count + 1) * sizeof(d->stats[0]));
    d->stats[d->stat_count++] = record_clone(&st);
}

void fake_dhcp_scope(struct fake_dhcp *d, const char *native, const char *prefix)
{
    struct ipam_scope s;
    record_init(&s, IPAM_T_SCOPE);
    RECORD_SET(&s, IPAM_SCOPE_NATIVE, native, str_from(native));
    IPAM_SET_FIELD(&s, IPAM_SCOPE_PREFIX);
    assert_int_equal(prefix_parse(prefix, strlen(prefix), &s.prefix), 0);
    add(d, &s);
}

void fake_dhcp_pool(struct fake_dhcp *d, const char *native, const char *first, const char *last)
{
    struct ipam_pool p;
    record_init(&p, IPAM_T_POOL);
    RECORD_SET(&p, IPAM_POOL_NATIVE_SCOPE, native_scope, str_from(native));
    RECORD_SET(&p, IPAM_POOL_FIRST, first, addr(first));
    RECORD_SET(&p, IPAM_POOL_LAST, last, addr(last));
    add(d, &p);
}

void fake_dhcp_reservation(struct fake_dhcp *d, const char *native, const char *address, uint8_t mac)
{
    const uint8_t bytes[6] = { 2, 0, 0, 0, 0, mac };
    struct ipam_reservation r;
    record_init(&r, IPAM_T_RESERVATION);
    RECORD_SET(&r, IPAM_RESERVATION_NATIVE_SCOPE, native_scope, str_from(native));
    RECORD_SET(&r, IPAM_RESERVATION_ADDRESS, address, addr(address));
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
               IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS);
    RECORD_SET(&r, IPAM_RESERVATION_IDENTIFIER, identifier, ((struct ipam_bytes){ bytes, sizeof(bytes) }));
    add(d, &r);
}

void fake_dhcp_lease(struct fake_dhcp *d, const char *native, const char *address, uint8_t mac,
                     int64_t expires)
{
    const uint8_t bytes[6] = { 2, 0, 0, 0, 1, mac };
    struct ipam_lease l;
    record_init(&l, IPAM_T_LEASE);
    RECORD_SET(&l, IPAM_LEASE_NATIVE_SCOPE, native_scope, str_from(native));
    RECORD_SET(&l, IPAM_LEASE_ADDRESS, address, addr(address));
    RECORD_SET(&l, IPAM_LEASE_MAC, mac, ((struct ipam_bytes){ bytes, sizeof(bytes) }));
    RECORD_SET(&l, IPAM_LEASE_STATE, state, IPAM_LEASE_STATE_ACTIVE);
    RECORD_SET(&l, IPAM_LEASE_EXPIRES, expires, expires);
    d->leases = realloc(d->leases, (d->lease_count + 1) * sizeof(d->leases[0]));
    d->leases[d->lease_count++] = record_clone(&l);
}

/* --- of a DNS server --- */

void fake_dns_zone(struct fake_dhcp *d, const char *name, uint32_t type)
{
    struct ipam_zone z;
    record_init(&z, IPAM_T_ZONE);
    RECORD_SET(&z, IPAM_ZONE_NATIVE, native, str_from(name));
    RECORD_SET(&z, IPAM_ZONE_NAME, name, str_from(name));
    RECORD_SET(&z, IPAM_ZONE_TYPE, type_, type);
    add(d, &z);
}

static void dns_record(struct fake_dhcp *d, const char *const texts[4], bool removed)
{
    struct ipam_dns_record r;
    record_init(&r, IPAM_T_DNS_RECORD);
    RECORD_SET(&r, IPAM_DNS_RECORD_NATIVE_ZONE, native_zone, str_from(texts[0]));
    RECORD_SET(&r, IPAM_DNS_RECORD_NAME, name, str_from(texts[1]));
    RECORD_SET(&r, IPAM_DNS_RECORD_TYPE, type_, str_from(texts[2]));
    RECORD_SET(&r, IPAM_DNS_RECORD_DATA, data, str_from(texts[3]));
    if (removed)
        RECORD_SET(&r, IPAM_DNS_RECORD_REMOVED, removed, true);
    add(d, &r);
}

void fake_dns_record(struct fake_dhcp *d, const char *zone, const char *name, const char *type,
                     const char *data)
{
    dns_record(d, (const char *[]){ zone, name, type, data }, false);
}

void fake_dns_removed(struct fake_dhcp *d, const char *zone, const char *name, const char *type,
                      const char *data)
{
    dns_record(d, (const char *[]){ zone, name, type, data }, true);
}

static size_t find(const struct fake_dhcp *d, const struct ipam_addr *a)
{
    size_t i = 0;
    while (i < d->count && !(((struct ipam_record *)d->rows[i])->type == IPAM_T_RESERVATION &&
                             addr_equal(&((struct ipam_reservation *)d->rows[i])->address, a)))
        i++;
    return i;
}

bool fake_dhcp_has(const struct fake_dhcp *d, const char *address)
{
    struct ipam_addr a = addr(address);
    return find(d, &a) < d->count;
}

/* --- plugins, instances --- */

static struct plugin drivers[] = { { "dummy", IPAM_KIND_DHCP }, { "files", 0 }, { "names", IPAM_KIND_DNS } };

struct plugin *plugin_find(struct providers *p, struct ipam_str name)
{
    (void)p;
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (str_is(name, drivers[i].name))
            return &drivers[i];
    return NULL;
}

const char *plugin_refusal(struct providers *p, struct ipam_str name)
{
    (void)p;
    (void)name;
    return NULL;
}

bool instance_same(const struct instance *inst, const struct instance_spec *spec)
{
    (void)inst;
    (void)spec;
    return true;
}

bool instance_uses_secret(const struct instance *inst, struct ipam_str name)
{
    return inst->d->secret != NULL && str_is(name, inst->d->secret);
}

void plugin_info(const struct plugin *pl, struct plugin_info *ret)
{
    *ret = (struct plugin_info){ .name = pl->name, .version = "0", .summary = "" };
}

const struct kind_offer *plugin_offer(const struct plugin *pl, uint32_t kind)
{
    static const struct kind_offer none, one = { .offered = true };
    return pl->kind == kind ? &one : &none;
}

struct instance *instance_open(struct providers *p, const struct instance_spec *spec,
                               void (*opened)(void *user, int status, const char *message), void *user)
{
    struct instance *inst = calloc(1, sizeof(*inst));
    (void)p;
    (void)user;
    assert_null(opened);
    inst->d = fake_dhcp(spec->target);
    inst->d->opened++;
    return inst;
}

void instance_close(struct instance *inst)
{
    if (inst != NULL)
        inst->d->closed++;
    free(inst);
}

/* --- calls --- */

static bool in_scope(const struct request *r, const void *row)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    const struct record_field *f =
        record_field(t, t->type == IPAM_T_SCOPE ? IPAM_STR("native") : IPAM_STR("native_scope"));
    if (r->known)
        return t->type == IPAM_T_FAILOVER;
    return !r->one_scope ||
           (f != NULL &&
            str_is(*(const struct ipam_str *)(const void *)((const char *)row + f->offset), r->native));
}

static void answer_probe(struct request *r)
{
    struct ipam_probe p;
    struct ipam_check c;
    record_init(&p, IPAM_T_PROBE);
    RECORD_SET(&p, IPAM_PROBE_PRODUCT, product, IPAM_STR("dummy"));
    RECORD_SET(&p, IPAM_PROBE_VERSION, version, IPAM_STR("1.2"));
    RECORD_SET(&p, IPAM_PROBE_CAPABILITIES, capabilities, r->d->has_stats ? IPAM_DHCP_CAP_STATS : 0);
    if (r->d->service != 0)
        RECORD_SET(&p, IPAM_PROBE_SERVICE, service, r->d->service);
    r->ev->record(r->user, (const struct ipam_record *)&p);
    record_init(&c, IPAM_T_CHECK);
    RECORD_SET(&c, IPAM_CHECK_CHANNEL, channel, IPAM_STR("control"));
    RECORD_SET(&c, IPAM_CHECK_STATE, state, IPAM_CHECK_STATE_OK);
    r->ev->record(r->user, (const struct ipam_record *)&c);
    if (r->d->check == NULL)
        return;
    if (r->d->other_channel != NULL)
        c.channel = str_from(r->d->other_channel);
    RECORD_SET(&c, IPAM_CHECK_STATE, state, r->d->check_state);
    RECORD_SET(&c, IPAM_CHECK_MESSAGE, message, str_from(r->d->check));
    RECORD_SET(&c, IPAM_CHECK_REMEDY, remedy, IPAM_STR("mend it"));
    r->ev->record(r->user, (const struct ipam_record *)&c);
}

static void answer_leases(struct request *r, struct ipam_outcome *info, char *cursor, size_t cap)
{
    const struct fake_dhcp *d = r->d;
    size_t from = (size_t)strtoul(r->cursor, NULL, 10), to = d->page != 0 ? from + d->page : d->lease_count;
    for (size_t i = 0; r->only.family != 0 && !d->reads_all && i < d->lease_count; i++)
        if (addr_equal(&((struct ipam_lease *)d->leases[i])->address, &r->only))
            r->ev->record(r->user, d->leases[i]);
    if (r->only.family != 0 && !d->reads_all)
        return;
    for (size_t i = from; i < to && i < d->lease_count; i++)
        r->ev->record(r->user, d->leases[i]);
    snprintf(cursor, cap, "%zu", d->endless ? (size_t)7 : to);
    if (to < d->lease_count || d->endless) {
        info->cursor = str_from(cursor);
        info->flags = 0;
    }
}

static void answer_zones(struct request *r)
{
    for (size_t i = 0; i < r->d->count; i++)
        if (((struct ipam_record *)r->d->rows[i])->type == IPAM_T_ZONE)
            r->ev->record(r->user, r->d->rows[i]);
}

static bool is_told(const struct request *r, size_t i, bool delta)
{
    const struct ipam_dns_record *rec = r->d->rows[i];
    return rec->type == IPAM_T_DNS_RECORD && str_is(rec->native_zone, r->native) &&
           (delta ? i >= r->d->delta_from : !record_has(rec, IPAM_DNS_RECORD_REMOVED));
}

static void answer_records(struct request *r, struct ipam_outcome *info, char *cursor, size_t cap)
{
    const struct fake_dhcp *d = r->d;
    bool delta = d->delta_always || (d->deltas && r->token[0] != '\0');
    size_t from = (size_t)strtoul(r->cursor, NULL, 10), told = 0, i;
    for (i = from; i < d->count && (d->page == 0 || told < d->page); i++)
        if (is_told(r, i, delta)) {
            r->ev->record(r->user, d->rows[i]);
            told++;
        }
    if (delta)
        info->flags |= IPAM_DONE_DELTA;
    snprintf(cursor, cap, "%zu", d->endless ? (size_t)7 : i);
    if (i < d->count || d->endless) {
        info->cursor = str_from(cursor);
        info->flags &= ~(int64_t)IPAM_DONE_COMPLETE;
    }
}

static void put_result(struct request *r, size_t i, int status, const char *message)
{
    struct ipam_edit_result e;
    record_init(&e, IPAM_T_EDIT_RESULT);
    RECORD_SET(&e, IPAM_EDIT_RESULT_INDEX, index, (int64_t)i);
    RECORD_SET(&e, IPAM_EDIT_RESULT_STATUS, status, status);
    RECORD_SET(&e, IPAM_EDIT_RESULT_MESSAGE, message, str_from(message));
    r->ev->record(r->user, (const struct ipam_record *)&e);
}

/* --- apply --- */

/* The zone that the edits are in; "" of a DHCP server. */
static struct ipam_str zone_of(const struct request *r)
{
    const struct ipam_dns_record *first = r->edits > 0 ? r->objects[0] : NULL;
    return first != NULL && first->type == IPAM_T_DNS_RECORD ? first->native_zone : str_from(r->native);
}

/* Names the configuration, or the state of a zone that was edited. */
static void token_text(const struct fake_dhcp *d, struct ipam_str zone, char text[32])
{
    unsigned edits = zone.len > 0 ? d->zone_edits[zone.data[0] & 127] : 0;
    snprintf(text, 32, edits == 0 ? "t%u" : "t%u.%u", d->token, edits);
}

/* Last byte of the address that an object is about; 0: of none. */
static uint8_t last_byte(const void *object)
{
    const struct ipam_reservation *o = object;
    const struct ipam_dns_record *n = object;
    struct ipam_addr a = { 0 };
    if (o->type == IPAM_T_RESERVATION)
        a = o->address;
    else if (addr_parse(n->data.data, n->data.len, &a) != 0)
        return 0;
    return a.bytes[3];
}

static int edits_refused(struct request *r)
{
    int status = 0;
    for (size_t i = 0; i < r->edits; i++) {
        if (r->d->refuses == 0 || last_byte(r->objects[i]) != r->d->refuses)
            continue;
        if (!r->d->mute)
            put_result(r, i, IPAM_E_REFUSED, "that address is not wanted");
        status = IPAM_E_REFUSED;
    }
    return status;
}

static size_t find_record(const struct fake_dhcp *d, const struct ipam_dns_record *wanted)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct ipam_dns_record *r = d->rows[i];
        if (r->type == IPAM_T_DNS_RECORD && str_equal(r->native_zone, wanted->native_zone) &&
            str_equal(r->name, wanted->name) && str_equal(r->type_, wanted->type_) &&
            str_equal(r->data, wanted->data))
            return i;
    }
    return d->count;
}

/* Of the same type, of the same name on the server where it has one, or the same key. */
static bool is_so_named(const struct ipam_record *a, const struct ipam_record *b)
{
    const struct record_type *t = record_type(b->type);
    const struct record_field *native = record_field(t, IPAM_STR("native"));
    if (a->type != b->type)
        return false;
    if (native != NULL && record_has(b, native->number))
        return record_field_equal(native, a, b);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & FIELD_KEY) && f->kind != KIND_REF && !record_field_equal(f, a, b))
            return false;
    }
    return true;
}

static size_t find_object(const struct fake_dhcp *d, const void *object)
{
    const struct ipam_reservation *o = object;
    if (o->type == IPAM_T_DNS_RECORD)
        return find_record(d, object);
    if (o->type == IPAM_T_RESERVATION)
        return find(d, &o->address);
    size_t i = 0;
    while (i < d->count && !is_so_named(d->rows[i], object))
        i++;
    return i;
}

/* What is added has the name that the server gives it. */
static void add_object(struct fake_dhcp *d, void *rec)
{
    struct ipam_scope *s = rec;
    char native[24];
    add(d, rec);
    if (s->type != IPAM_T_SCOPE || record_has(s, IPAM_SCOPE_NATIVE))
        return;
    snprintf(native, sizeof(native), "v4/%zu", 100 + d->count);
    RECORD_SET(s, IPAM_SCOPE_NATIVE, native, str_from(native));
    if (d->renames != NULL)
        RECORD_SET(s, IPAM_SCOPE_NAME, name, str_from(d->renames));
    free(d->rows[d->count - 1]);
    d->rows[d->count - 1] = record_clone(s);
}

static void apply_edit(struct request *r, size_t i)
{
    struct fake_dhcp *d = r->d;
    size_t at = find_object(d, r->objects[i]);
    bool there = at < d->count, adds = r->verbs[i] == IPAM_EDIT_VERB_ADD;
    if (d->deaf) {
        put_result(r, i, 0, "");
        return;
    }
    if (r->verbs[i] == IPAM_EDIT_VERB_SET) {
        assert_true(there);
        free(d->rows[at]);
        d->rows[at] = record_clone(r->objects[i]);
        if (d->renames != NULL) { /* what the server makes of a name */
            struct ipam_scope *s = d->rows[at];
            RECORD_SET(s, IPAM_SCOPE_NAME, name, str_from(d->renames));
        }
    } else if (there == adds) {
        d->repeated += !r->resume;
    } else if (adds) {
        add_object(d, r->objects[i]);
    } else {
        free(d->rows[at]);
        memmove(&d->rows[at], &d->rows[at + 1], (d->count - at - 1) * sizeof(d->rows[0]));
        d->count--;
    }
    put_result(r, i, 0, "");
}

static int answer_apply(struct request *r)
{
    struct fake_dhcp *d = r->d;
    struct ipam_str zone = zone_of(r);
    char token[32];
    if (d->changes > 0) {
        d->changes--;
        d->token++;
    }
    token_text(d, zone, token);
    for (size_t i = 0; zone.len > 0 && i < r->edits; i++) /* a token is that of one zone */
        assert_true(str_equal(((struct ipam_dns_record *)r->objects[i])->native_zone, zone));
    if (!r->resume && strcmp(token, r->token) != 0)
        return IPAM_E_CHANGED;
    if (edits_refused(r) != 0)
        return IPAM_E_REFUSED;
    for (size_t i = 0; i < r->edits; i++)
        apply_edit(r, i);
    if (zone.len > 0)
        d->zone_edits[zone.data[0] & 127]++;
    else
        d->token++;
    int status = d->lost_answer;
    d->lost_answer = 0;
    return status;
}

static void end_lease(struct fake_dhcp *d, size_t i)
{
    free(d->leases[i]);
    d->leases[i] = d->leases[--d->lease_count];
}

/* As a server does: an address is leased once, and only its client's lease ends. */
static int answer_act(struct request *r)
{
    struct fake_dhcp *d = r->d;
    bool adds = r->act.verb == IPAM_DHCP_ACT_LEASE_ADD;
    int status = d->lost_answer;
    char text[ADDR_TEXT_MAX], native[72];
    size_t i = 0;
    d->lost_answer = 0;
    while (i < d->lease_count && !addr_equal(&((struct ipam_lease *)d->leases[i])->address, &r->act.address))
        i++;
    const struct ipam_lease *l = i < d->lease_count ? d->leases[i] : NULL;
    bool its = l != NULL && l->mac.data[5] == r->act.identifier.data[5];
    d->repeated += adds == its;
    if (d->refuses != 0 && r->act.address.bytes[3] == d->refuses)
        return IPAM_E_REFUSED;
    if (d->deaf)
        return status;
    if (adds && l != NULL)
        return IPAM_E_EXIST;
    addr_print(&r->act.address, text);
    snprintf(native, sizeof(native), STR_FMT, STR_ARG(r->act.target));
    if (adds)
        fake_dhcp_lease(d, native, text, r->act.identifier.data[5], 5000000);
    else if (l == NULL)
        return IPAM_E_NOENT;
    else if (!its)
        return IPAM_E_CONFLICT;
    else
        end_lease(d, i);
    return status;
}

static void request_free(struct request *r)
{
    for (size_t i = 0; i < r->edits; i++)
        free(r->objects[i]);
    free(r);
}

static void answer_config(struct request *r, struct ipam_outcome *info)
{
    char now[16];
    snprintf(now, sizeof(now), "t%u", r->d->token);
    r->known = r->d->has_tokens && (r->d->delta_always || strcmp(r->token, now) == 0);
    if (r->known)
        info->flags = IPAM_DONE_DELTA;
    for (size_t i = 0; i < r->d->count; i++)
        if (in_scope(r, r->d->rows[i]))
            r->ev->record(r->user, r->d->rows[i]);
}

static void answer_stats(struct request *r)
{
    for (size_t i = 0; i < r->d->stat_count; i++)
        r->ev->record(r->user, r->d->stats[i]);
}

/* What a call that reads has for an answer. */
static void answer_call(struct request *r, struct ipam_outcome *info, char *cursor, size_t cap)
{
    switch (r->call) {
    case DHCP_PROBE: answer_probe(r); break;
    case DHCP_CONFIG: answer_config(r, info); break;
    case DHCP_LEASES: answer_leases(r, info, cursor, cap); break;
    case DHCP_STATS: answer_stats(r); break;
    case DNS_ZONES: answer_zones(r); break;
    case DNS_RECORDS: answer_records(r, info, cursor, cap); break;
    default: break;
    }
}

static void answer(struct loop_work *w)
{
    struct request *r = container_of(w, struct request, work);
    struct ipam_outcome info;
    char cursor[32], token[32];
    fake_stir();
    record_init(&info, IPAM_T_OUTCOME);
    info.flags = r->d->incomplete ? 0 : IPAM_DONE_COMPLETE;
    int status = r->canceled ? IPAM_E_CANCELED : r->status;
    if (status == 0)
        answer_call(r, &info, cursor, sizeof(cursor));
    if (status == 0 && r->call == DHCP_APPLY)
        status = answer_apply(r);
    if (status == 0 && r->call == DHCP_ACT)
        status = answer_act(r);
    token_text(r->d, r->call == DNS_RECORDS || r->call == DHCP_APPLY ? zone_of(r) : IPAM_STR(""), token);
    info.token = str_from(token);
    if (status != 0)
        info.message =
            status == IPAM_E_REFUSED ? IPAM_STR("the server refused it") : IPAM_STR("scripted trouble");
    r->ev->done(r->user, status, &info);
    request_free(r);
}

static struct request *request_new(struct instance *inst, enum fake_dhcp_call call,
                                   const struct request_events *ev, void *user, const char *trace)
{
    struct request *r = calloc(1, sizeof(*r));
    struct fake_dhcp *d = inst->d;
    size_t len = strlen(d->trace);
    r->d = d;
    r->call = call;
    r->ev = ev;
    r->user = user;
    r->status = d->script[call][0];
    memmove(&d->script[call][0], &d->script[call][1], 63 * sizeof(int));
    d->script[call][63] = 0;
    snprintf(d->trace + len, sizeof(d->trace) - len, "%s", trace);
    return r;
}

static struct request *go_out(struct request *r)
{
    if (r->d->hold[r->call]) {
        assert_null(r->d->held);
        r->d->held = r;
    } else {
        loop_post(the_loop, &r->work, answer);
    }
    return r;
}

void fake_dhcp_go(struct fake_dhcp *d)
{
    struct request *r = d->held;
    assert_non_null(r);
    d->held = NULL;
    loop_post(the_loop, &r->work, answer);
}

void request_cancel(struct request *req)
{
    if (req == NULL) /* a query of the fake storage, which gives everything */
        return;
    req->canceled = true;
    if (req->d->held == req)
        fake_dhcp_go(req->d);
}

static struct request *read_records(struct instance *inst, const struct ipam_dns_read *read,
                                    const struct request_events *ev, void *user)
{
    char trace[3] = { read->token.len != 0 ? 'D' : 'd', read->zone.data[0], '\0' };
    struct request *r = request_new(inst, DNS_RECORDS, ev, user, trace);
    snprintf(r->native, sizeof(r->native), STR_FMT, STR_ARG(read->zone));
    snprintf(r->cursor, sizeof(r->cursor), STR_FMT, STR_ARG(read->cursor));
    snprintf(r->token, sizeof(r->token), STR_FMT, STR_ARG(read->token));
    return go_out(r);
}

struct request *request_start(struct instance *inst, enum call_op op, const void *args, int64_t timeout_ms,
                              const struct request_events *ev, void *user)
{
    const struct ipam_dhcp_read *read = args;
    struct request *r;
    (void)timeout_ms;
    if (op == CALL_PROBE)
        return go_out(request_new(inst, DHCP_PROBE, ev, user, "p"));
    if (op == CALL_LIST_ZONES)
        return go_out(request_new(inst, DNS_ZONES, ev, user, "z"));
    if (op == CALL_READ_RECORDS)
        return read_records(inst, args, ev, user);
    if (op == CALL_READ_LEASES) {
        bool one = record_has(read, IPAM_DHCP_READ_ADDRESS);
        r = request_new(inst, DHCP_LEASES, ev, user, one ? "L" : "l");
        if (one)
            r->only = read->address;
        snprintf(r->cursor, sizeof(r->cursor), STR_FMT, STR_ARG(read->cursor));
        return go_out(r);
    }
    if (op == CALL_ACT) {
        const struct ipam_act *act = args;
        r = request_new(inst, DHCP_ACT, ev, user, act->verb == IPAM_DHCP_ACT_LEASE_ADD ? "+" : "-");
        r->act = *act;
        return go_out(r);
    }
    if (op == CALL_DHCP_STATS)
        return go_out(request_new(inst, DHCP_STATS, ev, user, "s"));
    assert_int_equal(op, CALL_READ_CONFIG);
    r = request_new(inst, DHCP_CONFIG, ev, user,
                    read->native_scope.len != 0 ? "C"
                    : read->token.len != 0      ? "k"
                                                : "c");
    snprintf(r->token, sizeof(r->token), STR_FMT, STR_ARG(read->token));
    r->one_scope = read->native_scope.len != 0;
    snprintf(r->native, sizeof(r->native), STR_FMT, STR_ARG(read->native_scope));
    return go_out(r);
}

struct request *request_apply(struct instance *inst, const struct ipam_apply *args, const uint32_t *verbs,
                              const struct ipam_record *const *befores,
                              const struct ipam_record *const *afters, int64_t timeout_ms,
                              const struct request_events *ev, void *user)
{
    char trace[16];
    bool resume = (args->flags & IPAM_APPLY_RESUME) != 0;
    (void)timeout_ms;
    snprintf(trace, sizeof(trace), "%c%lld", resume ? 'r' : 'a', (long long)args->count);
    struct request *r = request_new(inst, DHCP_APPLY, ev, user, trace);
    assert_true(args->count > 0 && args->count <= 1024);
    snprintf(r->token, sizeof(r->token), STR_FMT, STR_ARG(args->token));
    r->resume = resume;
    r->edits = (size_t)args->count;
    for (size_t i = 0; i < r->edits; i++) {
        r->verbs[i] = verbs[i];
        r->objects[i] = record_clone(verbs[i] == IPAM_EDIT_VERB_DELETE ? (const void *)befores[i]
                                                                       : (const void *)afters[i]);
    }
    return go_out(r);
}
