/* object.c - what is particular to an object that plans carry: a reservation, a record of the DNS.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "manage/manage_p.h"
#include "net/dns.h"

/* A kind of object. */
struct kind {
    uint32_t type;
    unsigned place; /* field that names its scope or zone as the server does */
    bool apart;     /* each of these is a part of the server with a token of its own */
    bool changes;   /* it can be changed in place; else the former is deleted and it is added */
    unsigned by[2]; /* indexed fields by which storage finds what may be it; 0: no more */
    bool (*is)(const void *stored, const void *wanted);
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

static const struct kind kinds[] = {
    { IPAM_T_RESERVATION,
      IPAM_RESERVATION_NATIVE_SCOPE,
      false,
      true,
      { IPAM_RESERVATION_ADDRESS, 0 },
      is_reservation },
    { IPAM_T_DNS_RECORD,
      IPAM_DNS_RECORD_NATIVE_ZONE,
      true,
      false,
      { IPAM_DNS_RECORD_ZONE, IPAM_DNS_RECORD_NAME },
      is_record },
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
        w->in_place = k->changes && k->is(former, object);
    }
    const struct record_field *f = record_field_number(record_type(k->type), k->place);
    w->place = *(const struct ipam_str *)(const void *)((const char *)object + f->offset);
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

/* Whether all that was to be changed of it is as it was wanted. */
static bool is_changed(const struct record_type *t, const void *stored, const struct work *w)
{
    for (unsigned i = 0; i < t->field_count; i++) {
        const struct record_field *f = &t->fields[i];
        if (!record_field_equal(f, w->former, w->object) && !record_field_equal(f, stored, w->object))
            return false;
    }
    return true;
}

static void on_row(void *user, const struct record_type *t, void *rec)
{
    const struct look *l = user;
    struct work *w = &l->r->work[l->at];
    bool is = kind_of(t->type)->is(rec, w->object);
    w->there = w->there || (is && (!w->in_place || is_changed(t, rec, w)));
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
