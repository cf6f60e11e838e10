/* drift.c - what changed on a DHCP server outside ipamd: what is compared, what plans account for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "model/drift.h"

#include <stdio.h>
#include <string.h>

#define KEY_TEXT_MAX  4096
#define KEY_PLAIN_MAX 80 /* bytes of a key as they are; behind them stands a digest of all */

static const struct record_type *type_of(const void *row)
{
    return record_type(((const struct ipam_record *)row)->type);
}

static bool is_type(const void *row, uint32_t type)
{
    return ((const struct ipam_record *)row)->type == type;
}

bool drift_is_judged(const struct ipam_server *server)
{
    return server != NULL && server->managed && record_has(server, IPAM_SERVER_CONFIG_READ);
}

/* --- what is compared --- */

static bool is_named(const struct record_field *f, const char *name)
{
    return strcmp(f->name, name) == 0;
}

/* Fields that only repeat what other objects say: the routers of a scope are an option, the name of an option
 * is its definition's. What a server calls an object is its own affair. */
static bool is_echo(const struct record_type *t, const struct record_field *f)
{
    return (t->type == IPAM_T_SCOPE &&
            (f->number == IPAM_SCOPE_ROUTERS || f->number == IPAM_SCOPE_FAILOVER)) ||
           (t->type == IPAM_T_OPTION_VALUE && f->number == IPAM_OPTION_VALUE_NAME) || is_named(f, "native") ||
           is_named(f, "native_scope");
}

/* Ids are ours, and change with what they name. */
bool drift_compares(const struct record_type *t, const struct record_field *f)
{
    return f->number > 2 && f->kind != KIND_REF &&
           (f->flags & (FIELD_VOLATILE | FIELD_DERIVED | FIELD_SECRET)) == 0 && !is_echo(t, f);
}

bool drift_same(const void *a, const void *b)
{
    const struct record_type *t = type_of(a);
    for (unsigned i = 0; i < t->field_count; i++)
        if (drift_compares(t, &t->fields[i]) && !record_field_equal(&t->fields[i], a, b))
            return false;
    return true;
}

/* --- what names an object --- */

/* As where readings are compared: a reservation for another client is another one. */
static bool names_object(const struct record_type *t, const struct record_field *f)
{
    if (t->type == IPAM_T_RESERVATION)
        return f->number == IPAM_RESERVATION_NATIVE_SCOPE || f->number == IPAM_RESERVATION_ADDRESS ||
               f->number == IPAM_RESERVATION_IDENTIFIER_TYPE || f->number == IPAM_RESERVATION_IDENTIFIER;
    return (f->flags & FIELD_KEY) != 0 && (f->flags & FIELD_CONTAINER) == 0;
}

/* A scope has other ids when it comes back; its server calls it the same. */
static const struct record_field *stands_for(const struct record_type *t, const struct record_field *f)
{
    const struct record_field *native =
        f->kind == KIND_REF && f->ref == IPAM_T_SCOPE ? record_field(t, IPAM_STR("native_scope")) : NULL;
    return native != NULL ? native : f;
}

static void add_name(const struct record_field *f, const void *row, struct strbuf *b)
{
    strbuf_putc(b, ' ');
    if (record_has(row, f->number))
        record_field_print(f, row, b);
    else
        strbuf_putc(b, '-');
}

static uint64_t digest(const struct strbuf *b, uint64_t seed) /* FNV-1a */
{
    uint64_t h = 14695981039346656037ull ^ seed;
    for (size_t i = 0; i < b->len; i++)
        h = (h ^ (uint8_t)b->data[i]) * 1099511628211ull;
    return h;
}

void drift_name(struct drift_seen *s, int64_t server, const void *row, unsigned number)
{
    const struct record_type *t = type_of(row);
    struct strbuf b;
    strbuf_init(&b, KEY_TEXT_MAX);
    strbuf_puts(&b, t->name);
    for (unsigned i = 0; i < t->field_count; i++)
        if (names_object(t, &t->fields[i]))
            add_name(stands_for(t, &t->fields[i]), row, &b);
    if (t->type == IPAM_T_SCOPE) /* deleted and made anew it may be another one there */
        add_name(record_field_number(t, IPAM_SCOPE_NATIVE), row, &b);
    if (number != 0)
        strbuf_printf(&b, " #%u", number);
    if (b.len <= KEY_PLAIN_MAX)
        snprintf(s->key, sizeof(s->key), "%s", b.data);
    else
        snprintf(s->key, sizeof(s->key), "%s %016llx%016llx", t->name, (unsigned long long)digest(&b, 0),
                 (unsigned long long)digest(&b, 0x9e3779b97f4a7c15ull));
    strbuf_fini(&b);
    record_init(&s->like, IPAM_T_DRIFT);
    RECORD_SET(&s->like, IPAM_DRIFT_SERVER, server, server);
    RECORD_SET(&s->like, IPAM_DRIFT_KEY, key, str_from(s->key));
}

/* Whether both rows are of one object. */
static bool is_alike(const void *a, const void *b)
{
    const struct record_type *t = type_of(a);
    if (t != type_of(b))
        return false;
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = stands_for(t, &t->fields[i]);
        if (names_object(t, &t->fields[i]) && !record_field_equal(f, a, b))
            return false;
    }
    return true;
}

/* --- what is in what --- */

static struct ipam_str text_of(const void *row, const char *name)
{
    const struct record_field *f = record_field(type_of(row), str_from(name));
    if (f == NULL || f->kind != KIND_TEXT || !record_has(row, f->number))
        return (struct ipam_str){ NULL, 0 };
    return *(const struct ipam_str *)(const void *)((const char *)row + f->offset);
}

/* What kind of holder of options a record is; -1: none. */
static int owner_of(const void *row)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_DHCP_SERVER: return IPAM_OPTION_VALUE_OWNER_SERVER;
    case IPAM_T_SUPERSCOPE: return IPAM_OPTION_VALUE_OWNER_SUPERSCOPE;
    case IPAM_T_SCOPE: return IPAM_OPTION_VALUE_OWNER_SCOPE;
    case IPAM_T_POOL: return IPAM_OPTION_VALUE_OWNER_POOL;
    case IPAM_T_DHCP_CLASS: return IPAM_OPTION_VALUE_OWNER_CLASS;
    case IPAM_T_DHCP_POLICY: return IPAM_OPTION_VALUE_OWNER_POLICY;
    case IPAM_T_RESERVATION: return IPAM_OPTION_VALUE_OWNER_RESERVATION;
    default: return -1;
    }
}

/* `native`: what the server calls the holder. */
static bool is_held_by(const void *row, const void *holder, struct ipam_str native)
{
    const struct ipam_option_value *o = row;
    if (!is_type(row, IPAM_T_OPTION_VALUE) || owner_of(holder) != (int)o->owner)
        return false;
    switch (o->owner) {
    case IPAM_OPTION_VALUE_OWNER_SERVER:
        return !record_has(o, IPAM_OPTION_VALUE_FAMILY) ||
               o->family == ((const struct ipam_dhcp_server *)holder)->family;
    case IPAM_OPTION_VALUE_OWNER_SCOPE: return native.len != 0 && str_equal(o->native_scope, native);
    default: return native.len != 0 && str_equal(o->holder, native);
    }
}

static bool is_inside(const void *row, const void *around, struct ipam_str native)
{
    if (is_type(around, IPAM_T_SCOPE) && !is_type(row, IPAM_T_SCOPE))
        return native.len != 0 && str_equal(text_of(row, "native_scope"), native);
    return !is_type(around, IPAM_T_DHCP_SERVER) && is_held_by(row, around, native);
}

bool drift_is_in(const void *row, const void *around)
{
    const struct ipam_scope *s = row;
    const struct ipam_superscope *super = around;
    if (is_type(row, IPAM_T_SCOPE) && is_type(around, IPAM_T_SUPERSCOPE))
        return record_has(s, IPAM_SCOPE_SUPERSCOPE) && str_equal(s->superscope, super->name);
    return is_inside(row, around, text_of(around, "native"));
}

/* --- what plans account for --- */

#define BIT(n)       ((uint64_t)1 << ((n)&63))
#define SET(mask, n) ((mask)[(n) >> 6] |= BIT(n))
#define HAS(mask, n) (((mask)[(n) >> 6] & BIT(n)) != 0)

/* A lifetime takes its bounds and timers along. */
static bool is_lifetime(const struct record_field *f)
{
    return is_named(f, "lease_time") || is_named(f, "min_lease_time") || is_named(f, "max_lease_time") ||
           is_named(f, "preferred_time") || is_named(f, "renew_time") || is_named(f, "rebind_time");
}

/* What a plan asks for by changing one row into the other, and what goes with that. */
static void asked_for(const void *before, const void *after, uint64_t ret[2])
{
    const struct record_type *t = type_of(after);
    bool lifetime = false;
    ret[0] = ret[1] = 0;
    for (unsigned i = 0; i < t->field_count; i++)
        if (!record_field_equal(&t->fields[i], before, after)) {
            SET(ret, t->fields[i].number);
            lifetime = lifetime || is_lifetime(&t->fields[i]);
        }
    for (unsigned i = 0; i < t->field_count; i++)
        if (is_named(&t->fields[i], "vendor") || (lifetime && is_lifetime(&t->fields[i])))
            SET(ret, t->fields[i].number);
}

/* All that became another is what was asked for, and has become that. */
static bool is_changed_so(const struct drift_cause *c, const void *before, const void *after)
{
    const struct record_type *t = type_of(after);
    uint64_t asked[2];
    asked_for(c->before, c->after, asked);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        bool wanted = !record_field_equal(f, c->before, c->after);
        if (drift_compares(t, f) && !record_field_equal(f, before, after) &&
            (!HAS(asked, f->number) || (wanted && !record_field_equal(f, after, c->after))))
            return false;
    }
    return true;
}

/* It has what was asked for; servers spell reservations anew. */
static bool is_added_so(const struct drift_cause *c, const void *after)
{
    const struct record_type *t = type_of(after);
    for (unsigned i = 0; i < t->field_count && t->type != IPAM_T_RESERVATION; i++) {
        const struct record_field *f = &t->fields[i];
        if (drift_compares(t, f) && (f->flags & FIELD_READONLY) == 0 && record_has(c->after, f->number) &&
            !record_field_equal(f, after, c->after))
            return false;
    }
    return true;
}

/* It is done to this very object. */
static bool is_its_own(const struct drift_cause *c, const void *before, const void *after)
{
    bool was = before != NULL && c->before != NULL && is_alike(before, c->before),
         is = after != NULL && c->after != NULL && is_alike(after, c->after);
    if (before == NULL)
        return is && is_added_so(c, after);
    if (after == NULL) /* also by one that takes its place, under another name */
        return was && (c->after == NULL || !is_alike(before, c->after));
    return was && is && is_changed_so(c, before, after);
}

/* Options that are fields of what holds them as well. */
static bool is_option_of_field(const struct drift_cause *c, const struct ipam_option_value *o)
{
    const void *rec = c->after;
    const struct record_field *routers = record_field(type_of(rec), IPAM_STR("routers")),
                              *preference = record_field(type_of(rec), IPAM_STR("preference"));
    bool v6 = o->family == IPAM_OPTION_VALUE_FAMILY_IPV6;
    const struct record_field *f = o->code == 3 && !v6 ? routers : o->code == 7 && v6 ? preference : NULL;
    return f != NULL && (c->before == NULL || !record_field_equal(f, c->before, c->after));
}

/* It comes or goes with what it is in. */
static bool goes_along(const struct drift_cause *c, const void *before, const void *after)
{
    const void *row = after != NULL ? after : before, *around = c->after != NULL ? c->after : c->before;
    if (c->after == NULL)
        return after == NULL && is_inside(row, around, c->native);
    return is_held_by(row, around, c->native) && is_option_of_field(c, row);
}

/* Of an object that is changed itself only these fields are others: those that say again what it holds. */
static bool only_differs_in(const void *before, const void *after, const char *one, const char *other)
{
    const struct record_type *t = type_of(after);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (drift_compares(t, f) && !is_named(f, one) && !is_named(f, other) &&
            !record_field_equal(f, before, after))
            return false;
    }
    return true;
}

static bool names_superscope(const struct drift_cause *c, const struct ipam_scope *before)
{
    return is_type(c->before, IPAM_T_SUPERSCOPE) && is_type(before, IPAM_T_SCOPE) &&
           str_equal(((const struct ipam_superscope *)c->before)->name, before->superscope);
}

static bool is_value_of(const struct drift_cause *c, const struct ipam_option_value *o)
{
    const struct ipam_option_definition *def = c->after != NULL ? c->after : c->before;
    return is_type(def, IPAM_T_OPTION_DEFINITION) && is_type(o, IPAM_T_OPTION_VALUE) &&
           def->code == o->code && str_equal(def->space, o->space);
}

/* It says again what another object says, to which it is done. */
static bool follows(const struct drift_cause *c, const void *before, const void *after)
{
    const void *other = c->after != NULL ? c->after : c->before;
    if (before == NULL || after == NULL)
        return false;
    if (c->before != NULL && names_superscope(c, before))
        return only_differs_in(before, after, "superscope", "superscope");
    if (is_type(after, IPAM_T_SCOPE) && is_inside(other, after, text_of(after, "native")) &&
        only_differs_in(before, after, "assignment",
                        "preference")) /* it leases addresses as long as it has some */
        return true;
    return is_value_of(c, after) || (is_held_by(other, after, text_of(after, "native")) &&
                                     only_differs_in(before, after, "vendor", "preference"));
}

/* What the server calls the scope that a row is in, or is. */
static struct ipam_str place_of(const void *row)
{
    return text_of(row, is_type(row, IPAM_T_SCOPE) ? "native" : "native_scope");
}

static bool is_close(const struct drift_cause *c, const void *before, const void *after)
{
    const void *other = c->after != NULL ? c->after : c->before;
    struct ipam_str place = is_type(other, IPAM_T_SCOPE) ? c->native : place_of(other);
    return place.len != 0 && str_equal(place, place_of(after != NULL ? after : before));
}

void drift_judge(struct drift_seen *s, const void *before, const void *after,
                 const struct drift_cause *causes, size_t count, bool just)
{
    for (size_t i = 0; i < count; i++) {
        bool exactly = is_its_own(&causes[i], before, after) || goes_along(&causes[i], before, after) ||
                       follows(&causes[i], before, after);
        s->caused = s->caused || exactly || (just && is_close(&causes[i], before, after));
        s->restores = s->restores || (exactly && causes[i].restores);
    }
}

/* --- back to what was --- */

void *drift_restored(struct arena *a, const void *first, const void *changed, const void *now)
{
    const struct record_type *t = first != NULL ? type_of(first) : NULL;
    if (first == NULL || changed == NULL || now == NULL)
        return first != NULL ? record_copy(a, first) : NULL;
    uint64_t others[2] = { 0, 0 }, cleared[2] = { 0, 0 };
    struct ipam_record *patch = record_copy(a, first);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (drift_compares(t, f) && !record_field_equal(f, first, changed))
            SET(record_has(first, f->number) ? others : cleared, f->number);
    }
    patch->has[0] &= others[0];
    patch->has[1] &= others[1];
    void *ret = record_copy(a, now);
    record_merge(ret, patch, cleared);
    return ret;
}
