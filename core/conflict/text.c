/* text.c - a finding as a row: its key, who is in it, what says so, what to do.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX   1000 /* of a party, or what it says */
#define REMEDY_MAX 2048

static const char *name_of_kind(uint32_t kind)
{
    return record_field_number(record_type(IPAM_T_CONFLICT), IPAM_CONFLICT_KIND)->names[kind];
}

/* --- what to do, whatever it is about --- */

/* clang-format off: a row each */
static const char *const advice[] = {
    [IPAM_CONFLICT_KIND_TWO_HOLDERS] =
        "See on the link (ARP or neighbour discovery) which device has the address, then correct the source "
        "that is wrong: "
        "change or release the address of the plan, remove the reservation, or end the lease",
    [IPAM_CONFLICT_KIND_LEASE_OF_STATIC] =
        "Give the static holder another address, or end the lease and exclude the address from the pool; if "
        "the client is "
        "the holder, reserve the address for him and note his identifier in the plan",
    [IPAM_CONFLICT_KIND_STATIC_IN_POOL] =
        "Exclude the address from the pool, reserve it for its holder, or move the holder out of the pool",
    [IPAM_CONFLICT_KIND_GATEWAY_HELD] = "End the lease and take the gateway's address out of the pool; if "
                                        "the client is the gateway, reserve the address for "
                                        "it",
    [IPAM_CONFLICT_KIND_GATEWAY_IN_POOL] =
        "Exclude the gateway's address from the pool, or let the pool begin behind it",
    [IPAM_CONFLICT_KIND_RESERVATION_TWICE] = "Keep one of the reservations and remove the others; servers "
                                             "that serve one link need the same reservations",
    [IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE] =
        "Remove the reservation, or make it in the scope that has the address",
    [IPAM_CONFLICT_KIND_POOLS_OVERLAP] = "Let each server lease a part of its own (exclude on each what the "
                                         "other leases), or set up a failover relation "
                                         "between them",
    [IPAM_CONFLICT_KIND_RANGES_OVERLAP] =
        "Exclude what the plan gives out itself from the pool, or shorten the range of the plan",
    [IPAM_CONFLICT_KIND_SUBNETS_OVERLAP] = "Give both the same prefix: correct the mask on the server, or "
                                           "split, merge or resize the subnet of the plan",
    [IPAM_CONFLICT_KIND_OUTSIDE_PLAN] =
        "Add a block or subnet of the plan for the prefix, or remove the scope from its server",
    [IPAM_CONFLICT_KIND_SCOPE_SPLIT] =
        "Nothing, if it is meant so: each server leases a part of its own, and a client keeps its address "
        "only as long as its server is there; else set up a failover relation between them",
    [IPAM_CONFLICT_KIND_SCOPE_TWICE] =
        "Nothing, if it is there for its reservations; else remove the scope from the server that leases "
        "nothing there, switch it off, or set up a failover relation between the servers",
    [IPAM_CONFLICT_KIND_POOL_OUTSIDE] =
        "Correct the pool, so that it lies in its scope, or make a scope for these addresses",
};
/* clang-format on */

const char *conflict_advice(uint32_t kind)
{
    return kind < sizeof(advice) / sizeof(advice[0]) ? advice[kind] : NULL;
}

/* --- parties --- */

static struct ipam_str server_name(const struct view *v, int64_t id)
{
    const struct ipam_server *s = view_get(v, IPAM_T_SERVER, id);
    return s != NULL ? s->name : IPAM_STR("?");
}

/* The server that a row is of; 0: it is of the plan. */
static int64_t server_of(const void *row)
{
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_RESERVATION: return ((const struct ipam_reservation *)row)->server;
    case IPAM_T_LEASE: return ((const struct ipam_lease *)row)->server;
    case IPAM_T_SCOPE: return ((const struct ipam_scope *)row)->server;
    case IPAM_T_POOL: return ((const struct ipam_pool *)row)->server;
    default: return 0;
    }
}

static int64_t id_of(const void *row)
{
    const struct record_type *t = record_type(((const struct ipam_record *)row)->type);
    return *(const int64_t *)(const void *)((const char *)row + t->fields[0].offset);
}

static void print_run(const struct ipam_addr *first, const struct ipam_addr *last, struct strbuf *out)
{
    char text[ADDR_TEXT_MAX];
    addr_print(first, text);
    strbuf_puts(out, text);
    if (addr_equal(first, last))
        return;
    addr_print(last, text);
    strbuf_putc(out, '-');
    strbuf_puts(out, text);
}

static void print_key(const struct view *v, const void *row, struct strbuf *out)
{
    const struct ipam_range *r = row;
    const struct ipam_pool *p = row;
    int64_t server = server_of(row);
    if (r->type == IPAM_T_RANGE)
        print_run(&r->first, &r->last, out);
    else if (p->type == IPAM_T_POOL)
        print_run(&p->first, &p->last, out);
    else
        record_key_print(row, out);
    if (server != 0)
        strbuf_printf(out, "@" STR_FMT, STR_ARG(server_name(v, server)));
}

static void print_party(const struct view *v, const struct party *p, struct strbuf *out)
{
    const struct record_type *t = record_type(((const struct ipam_record *)p->row)->type);
    strbuf_printf(out, "%s %" PRId64 " ", t->name, id_of(p->row));
    print_key(v, p->row, out);
}

bool conflict_party(struct ipam_str text, uint32_t *ret_type, int64_t *ret_id)
{
    const char *blank = memchr(text.data, ' ', text.len);
    const struct record_type *t =
        blank != NULL ? record_type_by_name((struct ipam_str){ text.data, (size_t)(blank - text.data) })
                      : NULL;
    int64_t id = 0;
    if (t == NULL)
        return false;
    for (const char *c = blank + 1; c < text.data + text.len && *c >= '0' && *c <= '9'; c++)
        id = id * 10 + (*c - '0');
    *ret_type = t->type;
    *ret_id = id;
    return id > 0;
}

/* --- evidence --- */

/* The fields that say who or what a party is; 0 at the end. */
static const unsigned *fields_of(uint32_t type)
{
    static const unsigned address[] = { IPAM_ADDRESS_MAC,        IPAM_ADDRESS_CLIENT_ID,
                                        IPAM_ADDRESS_DUID,       IPAM_ADDRESS_NAME,
                                        IPAM_ADDRESS_STATE,      IPAM_ADDRESS_ASSIGNMENT,
                                        IPAM_ADDRESS_MANAGED_BY, 0 };
    static const unsigned reservation[] = { IPAM_RESERVATION_IDENTIFIER_TYPE,
                                            IPAM_RESERVATION_IDENTIFIER,
                                            IPAM_RESERVATION_IAID,
                                            IPAM_RESERVATION_NAME,
                                            IPAM_RESERVATION_ADDRESSES,
                                            0 };
    static const unsigned lease[] = { IPAM_LEASE_MAC,  IPAM_LEASE_CLIENT_ID, IPAM_LEASE_DUID,
                                      IPAM_LEASE_NAME, IPAM_LEASE_STATE,     0 };
    static const unsigned range[] = { IPAM_RANGE_KIND, IPAM_RANGE_NAME, IPAM_RANGE_MANAGED_BY, 0 };
    static const unsigned pool[] = { IPAM_POOL_NATIVE_SCOPE, IPAM_POOL_FIRST, IPAM_POOL_LAST, 0 };
    static const unsigned subnet[] = { IPAM_SUBNET_GATEWAYS, IPAM_SUBNET_MANAGED_BY, IPAM_SUBNET_INSTANCE,
                                       0 };
    static const unsigned scope[] = { IPAM_SCOPE_PREFIX, IPAM_SCOPE_NATIVE, IPAM_SCOPE_ROUTERS,
                                      IPAM_SCOPE_FAILOVER, 0 };
    switch (type) {
    case IPAM_T_ADDRESS: return address;
    case IPAM_T_RESERVATION: return reservation;
    case IPAM_T_LEASE: return lease;
    case IPAM_T_RANGE: return range;
    case IPAM_T_POOL: return pool;
    case IPAM_T_SUBNET: return subnet;
    default: return scope;
    }
}

static void print_evidence(const struct party *p, struct strbuf *out)
{
    const struct record_type *t = record_type(((const struct ipam_record *)p->row)->type);
    const char *between = "";
    if (p->first.family != 0) {
        strbuf_puts(out, "leases ");
        print_run(&p->first, &p->last, out);
        between = ", ";
    }
    for (const unsigned *n = fields_of(t->type); *n != 0; n++) {
        const struct record_field *f = record_field_number(t, *n);
        if (!record_has(p->row, *n))
            continue;
        strbuf_printf(out, "%s%s ", between, f->name);
        record_field_print(f, p->row, out);
        between = ", ";
    }
}

/* --- the row --- */

static struct ipam_str kept(struct arena *a, struct strbuf *b)
{
    struct ipam_str text = arena_str(a, strbuf_str(b));
    strbuf_reset(b);
    return text;
}

struct ipam_str text_key_at(uint32_t kind, int64_t space, const struct ipam_addr *addr,
                            char buf[TEXT_KEY_MAX])
{
    char text[ADDR_TEXT_MAX];
    addr_print(addr, text);
    int len = snprintf(buf, TEXT_KEY_MAX, "%s/%" PRId64 "/%s", name_of_kind(kind), space, text);
    return (struct ipam_str){ buf, (size_t)len };
}

/* By what lasts as long as the conflict: of what is at one address by that alone, whoever comes and goes
 * there. */
static struct ipam_str key_of(const struct finding *f, char buf[TEXT_KEY_MAX])
{
    char text[PREFIX_TEXT_MAX];
    int len = 0;
    switch (f->kind) {
    case IPAM_CONFLICT_KIND_POOLS_OVERLAP:
    case IPAM_CONFLICT_KIND_SCOPE_SPLIT:
    case IPAM_CONFLICT_KIND_SCOPE_TWICE:
    case IPAM_CONFLICT_KIND_SUBNETS_OVERLAP:
        len = snprintf(buf, TEXT_KEY_MAX, "%s/%" PRId64 "/%" PRId64 "/%" PRId64, name_of_kind(f->kind),
                       f->space, id_of(f->parties[0].row), id_of(f->parties[1].row));
        break;
    case IPAM_CONFLICT_KIND_RANGES_OVERLAP:
    case IPAM_CONFLICT_KIND_POOL_OUTSIDE:
    case IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE:
    case IPAM_CONFLICT_KIND_OUTSIDE_PLAN:
        len = snprintf(buf, TEXT_KEY_MAX, "%s/%" PRId64 "/%" PRId64, name_of_kind(f->kind), f->space,
                       id_of(f->parties[0].row));
        break;
    default:
        if (f->client == 0)
            return text_key_at(f->kind, f->space, &f->first, buf);
        prefix_print(&f->prefix, text);
        len = snprintf(buf, TEXT_KEY_MAX, "%s/%" PRId64 "/%s/%016" PRIx64, name_of_kind(f->kind), f->space,
                       text, f->client);
        break;
    }
    return (struct ipam_str){ buf, (size_t)len };
}

static struct ipam_str remedy_of(struct arena *a, const struct view *v, const struct finding *f,
                                 struct strbuf *b)
{
    strbuf_printf(b, "%s. It is about ", advice[f->kind]);
    print_run(&f->first, &f->last, b);
    for (size_t i = 0; i < f->count && b->len < REMEDY_MAX / 2; i++) {
        strbuf_puts(b, i == 0 ? ": " : i + 1 < f->count ? ", " : " and ");
        strbuf_printf(b, "%s ", record_type(((const struct ipam_record *)f->parties[i].row)->type)->name);
        print_key(v, f->parties[i].row, b);
    }
    strbuf_putc(b, '.');
    return kept(a, b);
}

static struct ipam_str *texts_new(struct arena *a, size_t count)
{
    struct ipam_str *items = arena_alloc(a, count * sizeof(*items));
    if (items == NULL)
        out_of_memory(count * sizeof(*items)); /* the arena has no limit */
    return items;
}

struct ipam_conflict *text_row(struct arena *a, const struct view *v, const struct finding *f)
{
    struct ipam_conflict *c = record_new(a, IPAM_T_CONFLICT);
    struct ipam_str *parties = texts_new(a, f->count), *evidence = texts_new(a, f->count);
    char key[TEXT_KEY_MAX];
    struct strbuf b;
    strbuf_init(&b, REMEDY_MAX);
    RECORD_SET(c, IPAM_CONFLICT_SPACE, space, f->space);
    RECORD_SET(c, IPAM_CONFLICT_KIND, kind, f->kind);
    RECORD_SET(c, IPAM_CONFLICT_KEY, key, arena_str(a, key_of(f, key)));
    RECORD_SET(c, IPAM_CONFLICT_FIRST, first, f->first);
    RECORD_SET(c, IPAM_CONFLICT_LAST, last, f->last);
    if (f->prefix.addr.family != 0)
        RECORD_SET(c, IPAM_CONFLICT_PREFIX, prefix, f->prefix);
    else if (addr_equal(&f->first, &f->last))
        RECORD_SET(c, IPAM_CONFLICT_ADDRESS, address, f->first);
    for (size_t i = 0; i < f->count; i++) {
        print_party(v, &f->parties[i], &b);
        parties[i] = kept(a, &b);
        print_evidence(&f->parties[i], &b);
        evidence[i] = kept(a, &b);
    }
    RECORD_SET(c, IPAM_CONFLICT_PARTIES, parties, ((struct ipam_strs){ parties, f->count }));
    RECORD_SET(c, IPAM_CONFLICT_EVIDENCE, evidence, ((struct ipam_strs){ evidence, f->count }));
    if (f->kind == IPAM_CONFLICT_KIND_SCOPE_SPLIT || f->kind == IPAM_CONFLICT_KIND_SCOPE_TWICE)
        RECORD_SET(c, IPAM_CONFLICT_SEVERITY, severity, IPAM_CONFLICT_SEVERITY_INFORMATION);
    RECORD_SET(c, IPAM_CONFLICT_REMEDY, remedy, remedy_of(a, v, f, &b));
    strbuf_fini(&b);
    return c;
}
