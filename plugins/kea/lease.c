/* lease.c - one lease as Kea answers it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * There is one pass over the members: a page has thousands of leases of a dozen members each. */
#include "lease.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"

#define FOREVER        4294967295 /* a lease without end: RFC 2131 3.3, RFC 8415 7.7 */
#define CLTT_MAX       (INT64_C(253402300799) - FOREVER) /* no end after the year 9999, as records want it */
#define NAME_MAX_BYTES 255        /* the limit of names in records.def */
#define REST_MAX       32         /* members that no field holds; a newer Kea has a few */

#define STATES 5 /* Kea's, from 0 */

/* What is known of a lease while its members are gone through. */
struct parse {
    struct ipam_str address, type, name;
    int64_t cltt, valid, preferred, state, subnet, iaid, prefix_length;
    const struct json *mac, *client_id, *duid;
    bool forward, reverse;
    uint32_t seen; /* bits of enum member */
    const struct json *rest[REST_MAX];
    size_t rest_count;
};

enum member {
    ADDRESS,
    CLIENT_ID,
    CLTT,
    DUID,
    FORWARD,
    HOSTNAME,
    IAID,
    LENGTH,
    MAC,
    PREFERRED,
    REVERSE,
    STATE,
    SUBNET,
    TYPE,
    VALID,
    MEMBERS
};

#define KEY(text)                                                                                            \
    {                                                                                                        \
        text, sizeof(text) - 1                                                                               \
    }
static const struct ipam_str keys[MEMBERS] = { KEY("ip-address"),    KEY("client-id"),  KEY("cltt"),
                                               KEY("duid"),          KEY("fqdn-fwd"),   KEY("hostname"),
                                               KEY("iaid"),          KEY("prefix-len"), KEY("hw-address"),
                                               KEY("preferred-lft"), KEY("fqdn-rev"),   KEY("state"),
                                               KEY("subnet-id"),     KEY("type"),       KEY("valid-lft") };

/* False: of another type than it should be. */
static bool take(struct parse *p, enum member m, const struct json *v)
{
    switch (m) {
    case ADDRESS: p->address = json_str(v); return p->address.data != NULL;
    case CLIENT_ID: p->client_id = v; return true;
    case CLTT: return json_int(v, &p->cltt) == 0;
    case DUID: p->duid = v; return true;
    case FORWARD: return json_bool(v, &p->forward) == 0;
    case HOSTNAME: p->name = json_str(v); return true;
    case IAID: return json_int(v, &p->iaid) == 0;
    case LENGTH: return json_int(v, &p->prefix_length) == 0;
    case MAC: p->mac = v; return true;
    case PREFERRED: return json_int(v, &p->preferred) == 0;
    case REVERSE: return json_bool(v, &p->reverse) == 0;
    case STATE: return json_int(v, &p->state) == 0;
    case SUBNET: return json_int(v, &p->subnet) == 0;
    case TYPE: p->type = json_str(v); return p->type.data != NULL;
    case VALID: return json_int(v, &p->valid) == 0;
    default: return false;
    }
}

static bool go_through(struct parse *p, const struct json *lease)
{
    for (const struct json *v = json_first(lease); v; v = json_next(v)) {
        struct ipam_str key = json_key(v);
        unsigned m = 0;

        while (m < MEMBERS && (key.len != keys[m].len || memcmp(key.data, keys[m].data, key.len) != 0))
            m++;
        if (m < MEMBERS) {
            if (!take(p, (enum member)m, v))
                return false;
            p->seen |= 1u << m;
        }
        if (m == MEMBERS && !kea_is_secret(key) && p->rest_count < REST_MAX)
            p->rest[p->rest_count++] = v;
    }
    return true;
}

static bool saw(const struct parse *p, enum member m)
{
    return p->seen >> m & 1;
}

/* "01:0a:ff" into at most `max` bytes; what is empty, longer or malformed gives none. */
static struct ipam_bytes colon_hex(const struct json *v, uint8_t *buf, size_t max)
{
    struct ipam_str text = json_str(v);
    size_t n = 0;

    for (size_t i = 0; i + 1 < text.len; i += 3) {
        const char pair[3] = { text.data[i], text.data[i + 1], 0 };
        char *stop;

        if (n == max || (i + 2 < text.len && text.data[i + 2] != ':'))
            return (struct ipam_bytes){ NULL, 0 };
        buf[n++] = (uint8_t)strtoul(pair, &stop, 16);
        if (stop != pair + 2)
            return (struct ipam_bytes){ NULL, 0 };
    }
    return (struct ipam_bytes){ n ? buf : NULL, n };
}

static void set_bytes(struct ipam_lease *row, unsigned field, struct ipam_bytes *member,
                      struct ipam_bytes value)
{
    if (!value.data)
        return;
    *member = value;
    IPAM_SET_FIELD(row, field);
}

/* Times and state; 0 or IPAM_E_INVAL. Kea tells when the client last asked, and for how long it may stay. */
static int set_life(const struct parse *p, struct ipam_lease *row)
{
    static const uint32_t states[STATES] = { IPAM_LEASE_STATE_ACTIVE, IPAM_LEASE_STATE_DECLINED,
                                             IPAM_LEASE_STATE_EXPIRED, IPAM_LEASE_STATE_RELEASED,
                                             IPAM_LEASE_STATE_REGISTERED };

    if (!saw(p, CLTT) || !saw(p, VALID) || !saw(p, STATE) || p->cltt < 0 || p->cltt > CLTT_MAX ||
        p->valid < 0 || p->valid > FOREVER || p->state < 0 || p->state >= STATES || p->preferred < 0 ||
        p->preferred > FOREVER)
        return IPAM_E_INVAL;
    row->state = states[p->state];
    IPAM_SET_FIELD(row, IPAM_LEASE_STATE);
    row->started = p->cltt * 1000;
    row->expires = (p->cltt + p->valid) * 1000;
    row->preferred = (p->cltt + p->preferred) * 1000;
    IPAM_SET_FIELD(row, IPAM_LEASE_STARTED);
    if (p->valid != FOREVER)
        IPAM_SET_FIELD(row, IPAM_LEASE_EXPIRES);
    if (saw(p, PREFERRED) && p->preferred != FOREVER)
        IPAM_SET_FIELD(row, IPAM_LEASE_PREFERRED);
    return 0;
}

/* What was given. DHCPv4 gives addresses only. */
static int set_kind(enum kea_service s, const struct parse *p, struct ipam_lease *row)
{
    row->kind = IPAM_LEASE_KIND_ADDRESS;
    if (s == KEA_DHCP6 && str_is(p->type, "IA_TA"))
        row->kind = IPAM_LEASE_KIND_TEMPORARY;
    if (s == KEA_DHCP6 && str_is(p->type, "IA_PD")) {
        if (!saw(p, LENGTH) || p->prefix_length < 1 || p->prefix_length > 128)
            return IPAM_E_INVAL;
        row->kind = IPAM_LEASE_KIND_PREFIX;
        row->prefix_length = p->prefix_length;
        IPAM_SET_FIELD(row, IPAM_LEASE_PREFIX_LENGTH);
    }
    IPAM_SET_FIELD(row, IPAM_LEASE_KIND);
    return 0;
}

static int set_vendor(const struct parse *p, const struct json_doc *doc, struct arena *a,
                      struct ipam_lease *row)
{
    struct json_writer w;
    struct strbuf out;

    if (p->rest_count == 0)
        return 0;
    strbuf_init(&out, KEA_VENDOR_MAX);
    jw_init(&w, &out);
    jw_object(&w);
    for (size_t i = 0; i < p->rest_count; i++) { /* Kea answers members in order of their keys */
        jw_key_str(&w, json_key(p->rest[i]));
        kea_canonical(doc, p->rest[i], kea_skip_secret, a, &w);
    }
    jw_object_end(&w);
    row->vendor = out.failed ? (struct ipam_str){ NULL, 0 } : arena_str(a, strbuf_str(&out));
    strbuf_fini(&out);
    if (row->vendor.data)
        IPAM_SET_FIELD(row, IPAM_LEASE_VENDOR);
    return 0;
}

int kea_lease_parse(enum kea_service s, const struct json_doc *doc, const struct json *v, struct arena *a,
                    struct kea_lease *l)
{
    struct parse p = { .seen = 0 };
    struct ipam_lease *row = &l->row;

    *row = (struct ipam_lease){ .size = sizeof(*row), .type = IPAM_T_LEASE };
    if (!go_through(&p, v) || !saw(&p, ADDRESS) || addr_parse(p.address.data, p.address.len, &row->address) ||
        row->address.family != (s == KEA_DHCP4 ? 4 : 6) || !saw(&p, SUBNET) || p.subnet < 0 ||
        p.subnet > UINT32_MAX || set_life(&p, row) || set_kind(s, &p, row))
        return IPAM_E_INVAL;
    snprintf(l->native, sizeof(l->native), "v%c/%" PRId64, s == KEA_DHCP4 ? '4' : '6', p.subnet);
    row->native_scope = str_from(l->native);
    IPAM_SET_FIELD(row, IPAM_LEASE_NATIVE_SCOPE);
    IPAM_SET_FIELD(row, IPAM_LEASE_ADDRESS);
    set_bytes(row, IPAM_LEASE_MAC, &row->mac, colon_hex(p.mac, l->mac, sizeof(l->mac)));
    set_bytes(row, IPAM_LEASE_CLIENT_ID, &row->client_id,
              colon_hex(p.client_id, l->client_id, sizeof(l->client_id)));
    set_bytes(row, IPAM_LEASE_DUID, &row->duid, colon_hex(p.duid, l->duid, sizeof(l->duid)));
    row->iaid = p.iaid;
    if (saw(&p, IAID) && p.iaid >= 0 && p.iaid <= UINT32_MAX)
        IPAM_SET_FIELD(row, IPAM_LEASE_IAID);
    row->name = p.name;
    if (p.name.len && p.name.len <= NAME_MAX_BYTES)
        IPAM_SET_FIELD(row, IPAM_LEASE_NAME);
    row->dns_forward = p.forward;
    row->dns_reverse = p.reverse;
    if (saw(&p, FORWARD))
        IPAM_SET_FIELD(row, IPAM_LEASE_DNS_FORWARD);
    if (saw(&p, REVERSE))
        IPAM_SET_FIELD(row, IPAM_LEASE_DNS_REVERSE);
    return set_vendor(&p, doc, a, row);
}
