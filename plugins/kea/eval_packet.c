/* eval_packet.c - what a test may read of a client's message, as far as that is known.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eval.h"

/* Options that hold options: RFC 3046, RFC 2132 8.4. */
#define RELAY_AGENT  82
#define VENDOR_INNER 43
#define MESSAGE_TYPE 53
/* RFC 3925, RFC 8415 21.16 and 21.17 */
#define VENDOR_CLASS4 124
#define VENDOR4       125
#define VENDOR_CLASS6 16
#define VENDOR6       17

const struct kea_sent *kea_sent_find(const struct kea_query *q, int64_t code)
{
    for (size_t i = 0; i < q->sent_count; i++)
        if (q->sent[i].code == code)
            return &q->sent[i];
    return NULL;
}

static uint32_t number_at(const uint8_t *p, size_t bytes)
{
    uint32_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | p[i];
    return n;
}

enum kea_found kea_packet_suboption(const struct kea_query *q, struct ipam_bytes within, int64_t code,
                                    struct ipam_bytes *ret)
{
    size_t wide = q->service == KEA_DHCP4 ? 1 : 2, at = 0;

    while (at + 2 * wide <= within.len) {
        int64_t found = number_at(within.data + at, wide);
        size_t len = number_at(within.data + at + wide, wide);

        at += 2 * wide;
        if (at + len > within.len)
            return KEA_UNTOLD; /* malformed: what the server makes of it is its own */
        *ret = (struct ipam_bytes){ within.data + at, len };
        if (found == code)
            return KEA_THERE;
        at += len;
    }
    return at == within.len ? KEA_MISSING : KEA_UNTOLD;
}

enum kea_found kea_packet_tuple(const struct kea_query *q, struct ipam_bytes within, int64_t index,
                                struct ipam_bytes *ret)
{
    size_t wide = q->service == KEA_DHCP4 ? 1 : 2, at = 0;

    if (q->service == KEA_DHCP4) { /* the length of all data of this enterprise stands before it */
        if (within.len < 1)
            return KEA_UNTOLD;
        within = (struct ipam_bytes){ within.data + 1, within.len - 1 };
        /* Of DHCPv4 the data of an enterprise is opaque: the server takes it for one tuple a length. */
    }
    while (at + wide <= within.len) {
        size_t len = number_at(within.data + at, wide);

        at += wide;
        if (at + len > within.len)
            return KEA_UNTOLD;
        *ret = (struct ipam_bytes){ within.data + at, len };
        if (index-- == 0)
            return KEA_THERE;
        at += len;
    }
    return KEA_MISSING;
}

enum kea_found kea_packet_option(const struct kea_query *q, const int64_t *path, size_t count,
                                 struct ipam_bytes *ret)
{
    const struct kea_sent *sent = kea_sent_find(q, path[0]);
    bool holds = q->service == KEA_DHCP4 && (path[0] == RELAY_AGENT || path[0] == VENDOR_INNER);

    if (!sent)
        return KEA_MISSING;
    *ret = sent->data;
    if (count == 1) {
        while (kea_packet_is_text(q, path[0]) && ret->len > 0 && ret->data[ret->len - 1] == '\0')
            ret->len--; /* the server takes zeros at the end of a text away */
        return KEA_THERE;
    }
    if (!holds || count > 2)
        return KEA_UNTOLD;
    return kea_packet_suboption(q, sent->data, path[1], ret);
}

bool kea_packet_is_text(const struct kea_query *q, int64_t code)
{
    const struct kea_definition *d = kea_definition_find(q->definitions, str_from(kea_own_space(q->service)),
                                                         code, (struct ipam_str){ NULL, 0 });

    return d && d->type == IPAM_OPTION_DEFINITION_TYPE_TEXT;
}

enum kea_found kea_packet_vendor(const struct kea_query *q, bool class_option, int64_t enterprise,
                                 uint32_t *ret_enterprise, struct ipam_bytes *ret)
{
    bool v4 = q->service == KEA_DHCP4;
    const struct kea_sent *sent =
        kea_sent_find(q, class_option ? (v4 ? VENDOR_CLASS4 : VENDOR_CLASS6) : (v4 ? VENDOR4 : VENDOR6));

    if (!sent)
        return KEA_MISSING;
    if (sent->data.len < (v4 ? 5u : 4u))
        return KEA_UNTOLD;
    *ret_enterprise = number_at(sent->data.data, 4);
    if (enterprise != 0 && enterprise != *ret_enterprise)
        return KEA_MISSING;
    *ret = (struct ipam_bytes){ sent->data.data + 4, sent->data.len - 4 };
    if (v4 && !class_option) /* the length of what this enterprise has */
        *ret = (struct ipam_bytes){ sent->data.data + 5, sent->data.len - 5 };
    return KEA_THERE;
}

static enum kea_found numbered(struct arena *a, uint32_t n, struct ipam_bytes *ret)
{
    const uint8_t bytes[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
    char *copy = arena_memdup(a, bytes, sizeof(bytes));

    *ret = (struct ipam_bytes){ (const uint8_t *)copy, copy ? sizeof(bytes) : 0 };
    return copy ? KEA_THERE : KEA_UNTOLD;
}

static enum kea_found field4(const struct kea_query *q, struct ipam_str field, struct arena *a,
                             struct ipam_bytes *ret)
{
    static const uint8_t none[4];
    const struct kea_sent *type = kea_sent_find(q, MESSAGE_TYPE);

    if (str_is(field, "mac")) {
        *ret = q->mac;
        return q->mac.data ? KEA_THERE : KEA_UNTOLD;
    }
    if (str_is(field, "hlen"))
        return q->mac.data ? numbered(a, (uint32_t)q->mac.len, ret) : KEA_UNTOLD;
    if (str_is(field, "htype")) /* Ethernet's addresses have six bytes */
        return q->mac.data && q->mac.len == 6 ? numbered(a, 1, ret) : KEA_UNTOLD;
    if (str_is(field, "msgtype"))
        return type && type->data.len == 1 ? numbered(a, type->data.data[0], ret) : KEA_UNTOLD;
    if (str_is(field, "giaddr")) {
        *ret = (struct ipam_bytes){ q->relay.bytes, 4 };
        return q->relay.family == 4 ? KEA_THERE : KEA_UNTOLD;
    }
    if (str_is(field, "yiaddr") || str_is(field, "siaddr")) { /* a client has nothing there: RFC 2131 4.4.1 */
        *ret = (struct ipam_bytes){ none, sizeof(none) };
        return KEA_THERE;
    }
    return str_is(field, "ciaddr") || str_is(field, "transid") ? KEA_UNTOLD : KEA_MISSING;
}

enum kea_found kea_packet_field(const struct kea_query *q, struct ipam_str object, struct ipam_str field,
                                struct arena *a, struct ipam_bytes *ret)
{
    if (str_is(object, "pkt"))
        return str_is(field, "iface") || str_is(field, "src") || str_is(field, "dst") || str_is(field, "len")
                   ? KEA_UNTOLD
                   : KEA_MISSING;
    if (str_is(object, "pkt4") && q->service == KEA_DHCP4)
        return field4(q, field, a, ret);
    if (str_is(object, "pkt6") && q->service == KEA_DHCP6)
        return str_is(field, "msgtype") || str_is(field, "transid") ? KEA_UNTOLD : KEA_MISSING;
    if (str_is(object, "relay6") && q->service == KEA_DHCP6 && str_is(field, "linkaddr")) {
        *ret = (struct ipam_bytes){ q->relay.bytes, 16 };
        return q->relay.family == 6 ? KEA_THERE : KEA_UNTOLD;
    }
    return str_is(object, "relay6") && str_is(field, "peeraddr") ? KEA_UNTOLD : KEA_MISSING;
}
