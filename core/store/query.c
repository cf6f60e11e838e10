/* query.c - lists of stored records and the change log.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "net/addr.h"
#include "store/store_p.h"

struct read_call {
    struct call call;
    union {
        struct ipam_query query;
        struct ipam_changes changes;
    } args;
    void (*change)(void *user, int64_t rev, struct ipam_bytes body);
    void (*logged)(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body);
    store_answered done;
};

static struct read_call *read_call_new(store_record record, store_answered done, void *user)
{
    struct read_call *r = xcalloc(1, sizeof(*r));

    call_init(&r->call, record, user);
    r->done = done;
    return r;
}

static void answer(struct read_call *r, int status, const struct ipam_outcome *info, int64_t head,
                   int64_t count)
{
    struct store_answer a = { head, count };
    char message[STORE_MESSAGE];

    status = call_status(&r->call, status, info, message);
    r->done(r->call.user, status, message, &a);
    call_fini(&r->call);
    free(r);
}

static void on_row(void *user, const struct ipam_row *row)
{
    call_row(&((struct read_call *)user)->call, row);
}

static void on_answer(void *user, int status, const struct ipam_outcome *info)
{
    struct read_call *r = user;

    const struct ipam_query *q = &r->args.query;

    answer(r, status, info, q->ret_head, q->flags & IPAM_QUERY_TOTAL ? q->ret_total : q->ret_count);
}

/* What the backend is asked: its filters, one after the other. */
struct filters {
    struct ipam_filter *list;
    const struct ipam_filter **refs;
    uint32_t count;
};

/* The id is the backend's column 0. */
static uint32_t column_of(unsigned field)
{
    return field == STORE_ID ? 0 : field;
}

static void add_filter(struct filters *f, unsigned field, uint32_t cmp, struct ipam_bytes value)
{
    struct ipam_filter *next = &f->list[f->count];

    *next =
        (struct ipam_filter){ .size = sizeof(*next), .column = column_of(field), .cmp = cmp, .value = value };
    f->refs[f->count++] = next;
}

/* Prefixes nest or are apart, and order by address before length: what lies in `p` runs from `p` itself to
 * the longest prefix at its last address. */
static void add_within(struct read_call *r, struct filters *f, const struct record_type *t, unsigned field,
                       const struct ipam_prefix *p)
{
    const struct record_field *rf = record_field_number(t, field);
    void *rec = record_new(&r->call.args, t->type);

    if (!rec)
        out_of_memory(0); /* the arena has no limit */
    IPAM_SET_FIELD((struct ipam_record *)rec, field);
    struct ipam_prefix last = { .length = (uint8_t)addr_bits(p->addr.family) };
    prefix_last(p, &last.addr);
    void *at = (char *)rec + rf->offset;
    if (rf->kind == KIND_ADDR)
        prefix_first(p, at);
    else
        *(struct ipam_prefix *)at = *p;
    add_filter(f, field, IPAM_CMP_GE, call_key(&r->call, t, field, rec));
    if (rf->kind == KIND_ADDR)
        *(struct ipam_addr *)at = last.addr;
    else
        *(struct ipam_prefix *)at = last;
    add_filter(f, field, IPAM_CMP_LE, call_key(&r->call, t, field, rec));
}

struct request *store_query(struct store *s, const struct store_query *q, store_record row,
                            store_answered done, void *user)
{
    static const struct request_events events = { .row = on_row, .done = on_answer };
    struct read_call *r = read_call_new(row, done, user);
    const struct record_type *t = record_type(q->type);
    struct ipam_query *args = &r->args.query;
    struct filters f = { .count = 0 };

    f.list = call_alloc(&r->call, (q->filter_count + 2) * sizeof(*f.list));
    f.refs = call_alloc(&r->call, (q->filter_count + 2) * sizeof(*f.refs));
    for (size_t i = 0; i < q->filter_count; i++) {
        const struct store_filter *given = &q->filters[i];

        add_filter(&f, given->field, given->cmp, call_key(&r->call, t, given->field, given->like));
    }
    if (q->within)
        add_within(r, &f, t, q->within_field, q->within);
    *args = (struct ipam_query){ .size = sizeof(*args),
                                 .type = q->type,
                                 .flags = q->flags,
                                 .limit = q->limit,
                                 .filter_count = f.count,
                                 .filters = f.refs,
                                 .order = column_of(q->order),
                                 .after_id = q->after_id,
                                 .at = q->at };
    if (args->order && q->after)
        args->after_value = call_key(&r->call, t, q->order, q->after);
    else if (args->order)
        args->after_value = call_bytes(&r->call, q->after_key);
    return request_start(s->instance, CALL_QUERY, args, 0, &events, r);
}

/* Of a change set, in columns[0]. */
static int64_t time_of(const struct ipam_row *row)
{
    uint64_t ms = 0;

    if (row->column_count < 1 || !row->columns || row->columns[0].len != 8)
        return 0;
    for (unsigned i = 8; i > 0; i--)
        ms = ms << 8 | row->columns[0].data[i - 1];
    return (int64_t)ms;
}

static void on_change(void *user, const struct ipam_row *row)
{
    struct read_call *r = user;

    if (r->change)
        r->change(r->call.user, row->rev, row->body);
    else if (r->logged)
        r->logged(r->call.user, row->rev, time_of(row), row->body);
}

static void on_changes(void *user, int status, const struct ipam_outcome *info)
{
    struct read_call *r = user;

    answer(r, status, info, r->args.changes.ret_head, r->args.changes.ret_count);
}

static struct request *read_log(struct read_call *r, struct store *s, int64_t after, int64_t upto,
                                uint32_t limit, uint32_t flags)
{
    static const struct request_events events = { .row = on_change, .done = on_changes };
    struct ipam_changes *args = &r->args.changes;

    *args = (struct ipam_changes){
        .size = sizeof(*args), .flags = flags, .limit = limit, .after = after, .upto = upto
    };
    return request_start(s->instance, CALL_CHANGES, args, 0, &events, r);
}

struct request *store_changes(struct store *s, int64_t after, int64_t upto, uint32_t limit, uint32_t flags,
                              void (*row)(void *user, int64_t rev, struct ipam_bytes body),
                              store_answered done, void *user)
{
    struct read_call *r = read_call_new(NULL, done, user);

    r->change = row;
    return read_log(r, s, after, upto, limit, flags);
}

struct request *store_log(struct store *s, int64_t after, int64_t upto, uint32_t limit,
                          void (*row)(void *user, int64_t rev, int64_t time_ms, struct ipam_bytes body),
                          store_answered done, void *user)
{
    struct read_call *r = read_call_new(NULL, done, user);

    r->logged = row;
    return read_log(r, s, after, upto, limit, IPAM_QUERY_UNCHECKED);
}
