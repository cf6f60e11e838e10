/* object.c - what is particular to an object that plans carry: one of a DHCP server, a record of the DNS.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "manage/manage_p.h"
#include "model/lessee.h"
#include "net/dns.h"

/* A kind of object. */
struct kind {
    uint32_t type;
    unsigned place; /* field that names its scope or zone as the server does; 0: all is read back */
    bool apart;     /* each of these is a part of the server with a token of its own */
    bool exact;     /* one that is added must be read back field by field: servers spell no part of it anew */
    bool whole;     /* it is all that a part of the server has, and is looked for as that */
    unsigned by[2]; /* indexed fields by which storage finds what may be it; 0: no more */
    bool (*is)(const void *stored, const void *wanted);
    /* Whether the one is changed into the other in place; else, and with NULL, it is deleted and the other is
     * added. */
    bool (*stays)(const void *former, const void *wanted);
};

static bool same_bytes(struct ipam_bytes a, struct ipam_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool is_reservation(const void *stored, const void *wanted)
{
    const struct ipam_reservation *a = stored, *b = wanted;
    return a->space == b->space && a->server == b->server && rule_same_client(a, b);
}

static bool is_record(const void *stored, const void *wanted)
{
    const struct ipam_dns_record *a = stored, *b = wanted;
    if (!str_equal(a->type_, b->type_))
        return false;
    if (!record_has(b, IPAM_DNS_RECORD_DATA) || !record_has(a, IPAM_DNS_RECORD_DATA))
        return record_has(b, IPAM_DNS_RECORD_RDATA) && same_bytes(a->rdata, b->rdata);
    char *scratch = xmalloc(2 * (size_t)DNS_DATA_MAX);
    bool same = dns_data_equal(a->type_, a->data, b->data, scratch);
    free(scratch);
    return same;
}

/* One that is over is not the one that was added, whatever the server keeps of it; one that is to go was
 * read in some state, and is there in any. */
static bool is_lease(const void *stored, const void *wanted)
{
    const struct ipam_lease *a = stored, *b = wanted;
    bool is_prefix = record_has(b, IPAM_LEASE_PREFIX_LENGTH);
    return (record_has(b, IPAM_LEASE_STATE) || a->state == IPAM_LEASE_STATE_ACTIVE ||
            a->state == IPAM_LEASE_STATE_REGISTERED) &&
           record_has(a, IPAM_LEASE_PREFIX_LENGTH) == is_prefix &&
           (!is_prefix || a->prefix_length == b->prefix_length) && lessee_same(a, b);
}

/* Of the same server, with the same natural key. */
static bool is_named_so(const void *stored, const void *wanted)
{
    const struct record_type *t = record_type(((const struct ipam_record *)wanted)->type);
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if ((f->flags & (FIELD_KEY | FIELD_CONTAINER)) && !record_field_equal(f, stored, wanted))
            return false;
    }
    return true;
}

/* What its part of the server has now is what was wanted. */
static bool is_what_it_has(const void *stored, const void *wanted)
{
    const struct ipam_server_config *a = stored, *b = wanted;
    return a->server == b->server && str_equal(a->part, b->part) && str_equal(a->token, b->token) &&
           !record_has(a, IPAM_SERVER_CONFIG_UNTIL);
}

static bool stays_the_client(const void *former, const void *wanted)
{
    return rule_same_client(former, wanted);
}

static bool always(const void *former, const void *wanted)
{
    (void)former;
    (void)wanted;
    return true;
}

static const struct kind kinds[] = {
    { .type = IPAM_T_RESERVATION,
      .place = IPAM_RESERVATION_NATIVE_SCOPE,
      .by = { IPAM_RESERVATION_ADDRESS },
      .is = is_reservation,
      .stays = stays_the_client },
    { .type = IPAM_T_DNS_RECORD,
      .place = IPAM_DNS_RECORD_NATIVE_ZONE,
      .apart = true,
      .by = { IPAM_DNS_RECORD_ZONE, IPAM_DNS_RECORD_NAME },
      .is = is_record },
    { .type = IPAM_T_LEASE,
      .place = IPAM_LEASE_NATIVE_SCOPE,
      .by = { IPAM_LEASE_SERVER, IPAM_LEASE_ADDRESS },
      .is = is_lease },
    { .type = IPAM_T_SERVER_CONFIG,
      .whole = true,
      .by = { IPAM_SERVER_CONFIG_SERVER },
      .is = is_what_it_has,
      .stays = always },
#define NAMED(T, in, ...)                                                                                    \
    {                                                                                                        \
        .type = IPAM_T_##T, .place = in, .exact = true, .by = { __VA_ARGS__ }, .is = is_named_so,            \
        .stays = always                                                                                      \
    }
    NAMED(SCOPE, 0, IPAM_SCOPE_SERVER, IPAM_SCOPE_PREFIX),
    NAMED(POOL, IPAM_POOL_NATIVE_SCOPE, IPAM_POOL_SCOPE),
    NAMED(EXCLUSION, IPAM_EXCLUSION_NATIVE_SCOPE, IPAM_EXCLUSION_SCOPE),
    NAMED(SUPERSCOPE, 0, IPAM_SUPERSCOPE_SERVER),
    NAMED(DHCP_CLASS, 0, IPAM_DHCP_CLASS_SERVER),
    NAMED(DHCP_SERVER, 0, IPAM_DHCP_SERVER_SERVER),
    NAMED(OPTION_DEFINITION, 0, IPAM_OPTION_DEFINITION_SERVER, IPAM_OPTION_DEFINITION_CODE),
    NAMED(OPTION_VALUE, 0, IPAM_OPTION_VALUE_SERVER, IPAM_OPTION_VALUE_CODE),
#undef NAMED
};

static const struct kind *kind_of(uint32_t type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

bool object_unpack(struct runner *r, struct work *w)
{
    const struct ipam_plan_step *s = w->step;
    const struct kind *k = kind_of((uint32_t)s->object_type);
    bool goes = s->verb == IPAM_PLAN_STEP_VERB_DELETE;
    void *object, *former;
    if (k == NULL ||
        record_unpack(record_type(k->type), goes ? s->before : s->after, &r->arena, &object) != 0)
        return false;
    w->object = object;
    if (s->verb == IPAM_PLAN_STEP_VERB_SET) {
        if (record_unpack(record_type(k->type), s->before, &r->arena, &former) != 0)
            return false;
        w->former = former;
        w->in_place = k->stays != NULL && k->stays(former, object);
    }
    const struct record_field *f = k->place != 0 ? record_field_number(record_type(k->type), k->place) : NULL;
    w->place = f != NULL ? *(const struct ipam_str *)(const void *)((const char *)object + f->offset)
                         : (struct ipam_str){ NULL, 0 };
    w->whole = k->whole;
    w->part = k->apart ? w->place : IPAM_STR("");
    return true;
}

const char *object_gone(const struct runner *r, const struct work *w)
{
    const struct ipam_dns_record *n = (const void *)w->object;
    return n->type == IPAM_T_DNS_RECORD && view_get(state_view(r->m->at.state), IPAM_T_ZONE, n->zone) == NULL
               ? "its zone is no longer on the server"
               : NULL;
}

/* --- what is there --- */

struct look {
    struct runner *r;
    size_t at;
    void (*next)(struct runner *r, int status);
};

static void look_next(struct look *l);

/* Whether something was asked for with this field: of what is changed, what differs from before; of what is
 * added, what may be given at all. */
static bool is_asked_for(const struct record_field *f, const struct work *w)
{
    if (w->in_place)
        return !record_field_equal(f, w->former, w->object);
    return !(f->flags & (FIELD_READONLY | FIELD_DERIVED)) && record_has(w->object, f->number);
}

/* Whether a text is empty or absent: a server need not tell the two apart. */
static bool is_no_text(const struct record_field *f, const void *rec)
{
    const struct ipam_str *s = (const void *)((const char *)rec + f->offset);
    return f->kind == KIND_TEXT && (!record_has(rec, f->number) || s->len == 0);
}

/* Whether all that was asked for is as it was wanted. */
static bool is_as_wanted(const struct record_type *t, const void *stored, const struct work *w)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (is_asked_for(f, w) && !record_field_equal(f, stored, w->object) &&
            !(is_no_text(f, stored) && is_no_text(f, w->object)))
            return false;
    }
    return true;
}

/* The server calls it otherwise: one that was deleted is none that was made in its place. */
static bool is_another(const struct record_type *t, const void *stored, const void *gone)
{
    const struct record_field *native = record_field(t, IPAM_STR("native"));
    return native != NULL && record_has(stored, native->number) && record_has(gone, native->number) &&
           !record_field_equal(native, stored, gone);
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct look *l = user;
    struct work *w = &l->r->work[l->at];
    const struct kind *k = kind_of(t->type);
    bool goes = w->step->verb == IPAM_PLAN_STEP_VERB_DELETE;
    if (goes && is_another(t, rec, w->object))
        return;
    bool judged = w->in_place || (k->exact && !goes);
    w->there = w->there || (k->is(rec, w->object) && (k->whole || !judged || is_as_wanted(t, rec, w)));
}

static void on_rows(void *user, int status, const char *message, const struct store_answer *answer)
{
    struct look *l = user;
    struct runner *r = l->r;
    (void)message;
    (void)answer;
    if (status == 0 && ++l->at < r->to) {
        look_next(l);
        return;
    }
    void (*next)(struct runner *, int) = l->next;
    free(l);
    next(r, status);
}

static void look_next(struct look *l)
{
    struct work *w = &l->r->work[l->at];
    const struct kind *k = kind_of(w->object->type);
    struct store_filter filters[2];
    struct store_query q = { .type = k->type, .filters = filters };
    for (size_t i = 0; i < 2 && k->by[i] != 0; i++)
        filters[q.filter_count++] = (struct store_filter){ k->by[i], IPAM_CMP_EQ, w->object };
    w->there = false;
    store_query(l->r->m->at.store, &q, on_row, on_rows, l);
}

void object_look(struct runner *r, void (*next)(struct runner *r, int status))
{
    struct look *l = xcalloc(1, sizeof(*l));
    *l = (struct look){ r, r->from, next };
    look_next(l);
}
