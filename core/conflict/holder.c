/* holder.c - who holds an address, as each source knows him, and whether two sources mean the same.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "conflict/holder.h"

#include <string.h>
#include <strings.h>

#define ETHERNET     1 /* hardware type of RFC 1700 */
#define MAC_LEN      6
#define NODE_CLIENT  0xff /* RFC 4361: a client identifier that holds a DUID */
#define IAID_LEN     4
#define DUID_LLT     1 /* RFC 8415, 11.2 */
#define DUID_LL      3
#define DUID_LLT_MAC 8 /* type, hardware type, time */
#define DUID_LL_MAC  4 /* type, hardware type */

struct holder {
    struct ipam_bytes mac, client_id, duid;
    struct ipam_bytes made_of; /* a hardware address that another identifier holds */
    struct ipam_str name;
};

static bool is_given(struct ipam_bytes b)
{
    return b.data != NULL && b.len > 0;
}

static bool same_bytes(struct ipam_bytes a, struct ipam_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* A client identifier that is a hardware address (RFC 2132, 9.14), may be one that lost its type, or holds
 * a DUID. */
static void read_client_id(struct holder *h)
{
    struct ipam_bytes id = h->client_id;
    if (!is_given(id))
        return;
    if (id.len == MAC_LEN)
        h->made_of = id;
    if (id.len == 1 + MAC_LEN && id.data[0] == ETHERNET) {
        if (!is_given(h->mac))
            h->mac = (struct ipam_bytes){ id.data + 1, MAC_LEN };
    } else if (id.len > 1 + IAID_LEN + 2 && id.data[0] == NODE_CLIENT && !is_given(h->duid)) {
        h->duid = (struct ipam_bytes){ id.data + 1 + IAID_LEN, id.len - 1 - IAID_LEN };
    }
}

static void read_duid(struct holder *h)
{
    struct ipam_bytes d = h->duid;
    if (!is_given(d) || d.len < DUID_LL_MAC + MAC_LEN || d.data[0] != 0 || d.data[2] != 0 ||
        d.data[3] != ETHERNET)
        return;
    if (d.data[1] == DUID_LL && d.len == DUID_LL_MAC + MAC_LEN)
        h->made_of = (struct ipam_bytes){ d.data + DUID_LL_MAC, MAC_LEN };
    else if (d.data[1] == DUID_LLT && d.len == DUID_LLT_MAC + MAC_LEN)
        h->made_of = (struct ipam_bytes){ d.data + DUID_LLT_MAC, MAC_LEN };
}

static void read_reservation(const struct ipam_reservation *r, struct holder *h)
{
    if (record_has(r, IPAM_RESERVATION_NAME))
        h->name = r->name;
    if (!record_has(r, IPAM_RESERVATION_IDENTIFIER_TYPE) || !record_has(r, IPAM_RESERVATION_IDENTIFIER))
        return;
    switch (r->identifier_type) {
    case IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS: h->mac = r->identifier; break;
    case IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID: h->client_id = r->identifier; break;
    case IPAM_RESERVATION_IDENTIFIER_TYPE_DUID: h->duid = r->identifier; break;
    default: break; /* where he is connected, or what he says of himself: no other source knows that */
    }
}

static void read_lease(const struct ipam_lease *l, struct holder *h)
{
    if (record_has(l, IPAM_LEASE_MAC))
        h->mac = l->mac;
    if (record_has(l, IPAM_LEASE_CLIENT_ID))
        h->client_id = l->client_id;
    if (record_has(l, IPAM_LEASE_DUID))
        h->duid = l->duid;
    if (record_has(l, IPAM_LEASE_NAME))
        h->name = l->name;
}

static void read_address(const struct ipam_address *a, struct holder *h)
{
    if (record_has(a, IPAM_ADDRESS_MAC))
        h->mac = a->mac;
    if (record_has(a, IPAM_ADDRESS_CLIENT_ID))
        h->client_id = a->client_id;
    if (record_has(a, IPAM_ADDRESS_DUID))
        h->duid = a->duid;
    if (record_has(a, IPAM_ADDRESS_NAME))
        h->name = a->name;
}

static struct holder holder_of(const void *row)
{
    struct holder h = { .name = { NULL, 0 } };
    switch (((const struct ipam_record *)row)->type) {
    case IPAM_T_ADDRESS: read_address(row, &h); break;
    case IPAM_T_RESERVATION: read_reservation(row, &h); break;
    default: read_lease(row, &h); break;
    }
    read_client_id(&h);
    read_duid(&h);
    return h;
}

/* Of one identifier that both may have. */
static void compare(struct ipam_bytes a, struct ipam_bytes b, bool *same, bool *other)
{
    if (!is_given(a) || !is_given(b))
        return;
    if (same_bytes(a, b))
        *same = true;
    else
        *other = true;
}

/* Host names up to the first dot: DHCP knows hosts by them, plans mostly with their domain. */
static bool same_name(struct ipam_str a, struct ipam_str b)
{
    size_t n = 0, m = 0;
    while (n < a.len && a.data[n] != '.')
        n++;
    while (m < b.len && b.data[m] != '.')
        m++;
    return n > 0 && n == m && strncasecmp(a.data, b.data, n) == 0;
}

enum holder_answer holder_compare(const void *a, const void *b)
{
    struct holder x = holder_of(a), y = holder_of(b);
    bool same = false, other = false, never = false;
    compare(x.mac, y.mac, &same, &other);
    compare(x.client_id, y.client_id, &same, &other);
    compare(x.duid, y.duid, &same, &other);
    compare(x.made_of, y.mac, &same, &never);
    compare(x.mac, y.made_of, &same, &never);
    if (same)
        return HOLDER_SAME;
    if (other)
        return HOLDER_OTHER;
    return same_name(x.name, y.name) ? HOLDER_SAME : HOLDER_UNKNOWN;
}

bool holder_equal(const void *a, const void *b)
{
    struct holder x = holder_of(a), y = holder_of(b);
    return same_bytes(x.mac, y.mac) && same_bytes(x.client_id, y.client_id) && same_bytes(x.duid, y.duid) &&
           str_equal(x.name, y.name);
}

size_t holder_identity(const struct ipam_reservation *r, uint8_t buf[HOLDER_IDENTITY_MAX])
{
    uint32_t type = r->identifier_type;
    struct ipam_bytes id = r->identifier;
    size_t n = 0;
    if (!record_has(r, IPAM_RESERVATION_IDENTIFIER_TYPE) || !is_given(id) || id.len > 255)
        return 0;
    if (type == IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID && id.len == MAC_LEN)
        type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    if (type == IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID && id.len == 1 + MAC_LEN &&
        id.data[0] == ETHERNET) {
        type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
        id = (struct ipam_bytes){ id.data + 1, MAC_LEN };
    }
    buf[n++] = (uint8_t)type;
    memcpy(buf + n, id.data, id.len);
    n += id.len;
    for (int shift = 24; record_has(r, IPAM_RESERVATION_IAID) && shift >= 0; shift -= 8)
        buf[n++] = (uint8_t)(r->iaid >> shift);
    return n;
}
