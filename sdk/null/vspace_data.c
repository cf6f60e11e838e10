/* vspace_data.c - null-vspace: its rows, what fits among them, and what is there at the start.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "vspace.h"
#include "fields.h"

#include <stdio.h>
#include <string.h>

#define KEEP_GONE    10000 /* rows that went, which are remembered for watchers */
#define SUBNETS_SIZE 256
#define NATIVE_MAX   (2 * NULL_ADDR_TEXT + 256)

static const struct null_shape *const shapes[] = { &null_vnetwork_shape, &null_vsubnet_shape,
                                                   &null_vpool_shape, &null_vaddress_shape, NULL };

struct ipam_str null_vspace_network_of(const struct ipam_record *rec)
{
    switch (rec->type) {
    case IPAM_T_VNETWORK: return ((const struct ipam_vnetwork *)rec)->native;
    case IPAM_T_VSUBNET: return ((const struct ipam_vsubnet *)rec)->native_network;
    case IPAM_T_VPOOL: return ((const struct ipam_vpool *)rec)->native_network;
    default: return ((const struct ipam_vaddress *)rec)->native_network;
    }
}

static struct ipam_str native_of(const struct ipam_record *rec)
{
    switch (rec->type) {
    case IPAM_T_VNETWORK: return ((const struct ipam_vnetwork *)rec)->native;
    case IPAM_T_VSUBNET: return ((const struct ipam_vsubnet *)rec)->native;
    case IPAM_T_VPOOL: return ((const struct ipam_vpool *)rec)->native;
    default: return ((const struct ipam_vaddress *)rec)->native;
    }
}

/* By network; in it the network itself, its subnets, pools and addresses. */
static int by_key(const struct ipam_record *a, const struct ipam_record *b)
{
    int order = null_compare(null_vspace_network_of(a), null_vspace_network_of(b));

    if (order == 0)
        order = (a->type > b->type) - (a->type < b->type); /* the types are numbered in this order */
    return order ? order : null_compare(native_of(a), native_of(b));
}

static bool within(const struct ipam_record *rec, const struct ipam_record *outer)
{
    return outer->type == IPAM_T_VNETWORK &&
           null_compare(null_vspace_network_of(rec), null_vspace_network_of(outer)) == 0;
}

/* What an object without an identifier is known by: its name, prefix or addresses. */
static void name_it(const struct ipam_record *rec, char native[NATIVE_MAX])
{
    const struct ipam_vnetwork *n = (const void *)rec;
    const struct ipam_vpool *p = (const void *)rec;
    char last[NULL_ADDR_TEXT];

    if (rec->type == IPAM_T_VNETWORK) {
        snprintf(native, NATIVE_MAX, "%.*s", (int)n->name.len, n->name.data);
    } else if (rec->type == IPAM_T_VSUBNET) {
        null_prefix_print(&((const struct ipam_vsubnet *)rec)->prefix, native);
    } else if (rec->type == IPAM_T_VPOOL) {
        null_addr_print(&p->first, native);
        null_addr_print(&p->last, last);
        snprintf(native + strlen(native), NATIVE_MAX - strlen(native), "-%s", last);
    } else {
        null_addr_print(&((const struct ipam_vaddress *)rec)->address, native);
    }
}

/* Room for a record of any type. */
union any {
    struct ipam_record head;
    struct ipam_vnetwork network;
    struct ipam_vsubnet subnet;
    struct ipam_vpool pool;
    struct ipam_vaddress address;
};

static struct null_row *make(const struct null_store *s, const struct ipam_record *rec)
{
    const struct null_shape *shape = null_shape_of(s, rec);
    union any copy = { .head = { .size = 0 } };
    char native[NATIVE_MAX];

    /* The identifier is field number 4 of all four, but not in the same place. */
    if (IPAM_HAS_FIELD(rec, IPAM_VNETWORK_NATIVE))
        return null_row_new(shape, rec);
    memcpy(&copy, rec, rec->size < shape->size ? rec->size : shape->size);
    copy.head.size = (uint32_t)shape->size;
    IPAM_SET_FIELD(&copy.head, IPAM_VNETWORK_NATIVE);
    name_it(rec, native);
    struct ipam_str text = null_str(native);
    switch (rec->type) {
    case IPAM_T_VNETWORK: copy.network.native = text; break;
    case IPAM_T_VSUBNET: copy.subnet.native = text; break;
    case IPAM_T_VPOOL: copy.pool.native = text; break;
    default: copy.address.native = text; break;
    }
    return null_row_new(shape, &copy.head);
}

struct null_row *null_vspace_copy(const struct null_row *row, bool removed)
{
    const struct null_store s = { .shapes = shapes };
    struct null_row *copy = null_row_new(null_shape_of(&s, row->rec), row->rec);

    if (!copy || !removed)
        return copy;
    switch (copy->rec->type) {
    case IPAM_T_VNETWORK:
        ((struct ipam_vnetwork *)copy->rec)->removed = 1;
        IPAM_SET_FIELD(copy->rec, IPAM_VNETWORK_REMOVED);
        break;
    case IPAM_T_VSUBNET:
        ((struct ipam_vsubnet *)copy->rec)->removed = 1;
        IPAM_SET_FIELD(copy->rec, IPAM_VSUBNET_REMOVED);
        break;
    case IPAM_T_VPOOL:
        ((struct ipam_vpool *)copy->rec)->removed = 1;
        IPAM_SET_FIELD(copy->rec, IPAM_VPOOL_REMOVED);
        break;
    default:
        ((struct ipam_vaddress *)copy->rec)->removed = 1;
        IPAM_SET_FIELD(copy->rec, IPAM_VADDRESS_REMOVED);
        break;
    }
    return copy;
}

static int32_t wrong(char *why, size_t size, int32_t status, const char *text)
{
    snprintf(why, size, "%s", text);
    return status;
}

/* Whether a subnet of the network has both addresses. */
static bool has_subnet(const struct null_list *rows, struct ipam_str network, const struct ipam_addr *first,
                       const struct ipam_addr *last)
{
    struct ipam_vsubnet key = { .type = IPAM_T_VSUBNET, .native_network = network };
    bool found;

    for (size_t i = null_find(rows, &key, by_key, &found); i < rows->count; i++) {
        const struct ipam_vsubnet *s = (const void *)rows->rows[i]->rec;

        if (s->type != IPAM_T_VSUBNET || null_compare(s->native_network, network) != 0)
            return false;
        if (null_prefix_has(&s->prefix, first) && null_prefix_has(&s->prefix, last))
            return true;
    }
    return false;
}

static int32_t fits(const struct null_store *s, const struct null_list *rows, const struct ipam_record *rec,
                    bool removed, char *why, size_t size)
{
    struct ipam_vnetwork key = { .type = IPAM_T_VNETWORK, .native = null_vspace_network_of(rec) };
    const struct ipam_vpool *p = (const void *)rec;
    const struct ipam_vaddress *a = (const void *)rec;
    bool found;

    (void)s;
    if (removed || rec->type == IPAM_T_VNETWORK)
        return IPAM_OK;
    null_find(rows, &key, by_key, &found);
    if (!found)
        return wrong(why, size, IPAM_E_NOENT, "there is no network of this identifier");
    if (rec->type == IPAM_T_VPOOL && null_addr_compare(&p->first, &p->last) > 0)
        return wrong(why, size, IPAM_E_RANGE, "the pool ends before it begins");
    if ((rec->type == IPAM_T_VPOOL && !has_subnet(rows, key.native, &p->first, &p->last)) ||
        (rec->type == IPAM_T_VADDRESS && !has_subnet(rows, key.native, &a->address, &a->address)))
        return wrong(why, size, IPAM_E_RANGE, "no subnet of the network has the addresses");
    return IPAM_OK;
}

/* A network with one subnet, one pool, and addresses from number `from` on. */
static int32_t fill_network(struct null_vspace *v, uint64_t number, uint32_t isolation, uint64_t from,
                            uint64_t to)
{
    const struct ipam_addr all = { 4, { 172, 16, 0, 0 } };
    struct ipam_vnetwork n = { .size = sizeof(n),
                               .type = IPAM_T_VNETWORK,
                               .kind = IPAM_VNETWORK_KIND_VIRTUAL };
    struct ipam_vsubnet s = { .size = sizeof(s), .type = IPAM_T_VSUBNET };
    struct ipam_vpool p = { .size = sizeof(p), .type = IPAM_T_VPOOL };
    struct ipam_vaddress a = { .size = sizeof(a),
                               .type = IPAM_T_VADDRESS,
                               .kind = IPAM_VADDRESS_KIND_STATIC };
    char name[32], device[32];

    snprintf(name, sizeof(name), "net-%llu", (unsigned long long)number);
    n.native = n.name = s.native_network = p.native_network = a.native_network = null_str(name);
    n.isolation = isolation;
    n.segment = (int64_t)number + 1;
    s.prefix = (struct ipam_prefix){ null_addr_add(&all, number % 4096 * SUBNETS_SIZE), 24 };
    p.first = null_addr_add(&s.prefix.addr, 1);
    p.last = null_addr_add(&s.prefix.addr, SUBNETS_SIZE - 2);
    for (int field = IPAM_VNETWORK_NATIVE; field <= IPAM_VNETWORK_NAME; field++)
        IPAM_SET_FIELD(&n, field); /* native, kind, name */
    IPAM_SET_FIELD(&n, IPAM_VNETWORK_ISOLATION);
    IPAM_SET_FIELD(&n, IPAM_VNETWORK_SEGMENT);
    IPAM_SET_FIELD(&s, IPAM_VSUBNET_NATIVE_NETWORK);
    IPAM_SET_FIELD(&s, IPAM_VSUBNET_PREFIX);
    IPAM_SET_FIELD(&p, IPAM_VPOOL_NATIVE_NETWORK);
    IPAM_SET_FIELD(&p, IPAM_VPOOL_FIRST);
    IPAM_SET_FIELD(&p, IPAM_VPOOL_LAST);
    IPAM_SET_FIELD(&a, IPAM_VADDRESS_NATIVE_NETWORK);
    IPAM_SET_FIELD(&a, IPAM_VADDRESS_ADDRESS);
    IPAM_SET_FIELD(&a, IPAM_VADDRESS_DEVICE);
    IPAM_SET_FIELD(&a, IPAM_VADDRESS_KIND);
    int32_t status = null_store_add(&v->store, &n);
    if (status == IPAM_OK)
        status = null_store_add(&v->store, &s);
    if (status == IPAM_OK)
        status = null_store_add(&v->store, &p);
    for (uint64_t i = from; i < to && status == IPAM_OK; i++) {
        snprintf(device, sizeof(device), "vm-%llu", (unsigned long long)i);
        a.device = null_str(device);
        a.address = null_addr_add(&p.first, i - from);
        status = null_store_add(&v->store, &a);
    }
    return status;
}

int32_t null_vspace_fill(struct null_vspace *v, struct ipam_inst *inst)
{
    uint64_t networks = (uint64_t)null_option_int(v->host, inst, "networks"),
             addresses = (uint64_t)null_option_int(v->host, inst, "addresses");
    struct ipam_str isolation = null_option_text(v->host, inst, "isolation");
    uint32_t how = null_is(isolation, "vlan")    ? IPAM_VNETWORK_ISOLATION_VLAN
                   : null_is(isolation, "vxlan") ? IPAM_VNETWORK_ISOLATION_VXLAN
                                                 : IPAM_VNETWORK_ISOLATION_NONE;
    int32_t status = IPAM_OK;

    v->store = (struct null_store){ .shapes = shapes,
                                    .order = by_key,
                                    .make = make,
                                    .within = within,
                                    .fits = fits,
                                    .keep_gone = KEEP_GONE,
                                    .state = 1 };
    for (uint64_t i = 0; i < networks && status == IPAM_OK; i++)
        status = fill_network(v, i, how, addresses * i / networks, addresses * (i + 1) / networks);
    return status == IPAM_OK ? null_store_order(&v->store) : status;
}
