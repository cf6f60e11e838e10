/* reservation.c - one reservation of Kea's as a record.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea 2.2 answers hw-address and duid with colons, client-id, circuit-id and flex-id as bare digits in
 * either case, and takes all of these, and text in single quotes, for each (measured; ARM 8.3.2). */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "net/addr.h"

/* In the order of the record's enum. */
static const char *const identifier_keys[] = { "hw-address", "client-id", "duid", "circuit-id", "flex-id" };
#define IDENTIFIER_KEYS (sizeof(identifier_keys) / sizeof(identifier_keys[0]))
#define IDENTIFIER_MAX  255
#define LIST_MAX        64
/* RFC 1035 2.3.4; Kea takes longer names, which no client is ever given. */
#define NAME_MAX_BYTES 253

const char *kea_identifier_key(uint32_t identifier_type)
{
    return identifier_type < IDENTIFIER_KEYS ? identifier_keys[identifier_type] : "identifier";
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Pairs of digits, with or without a colon or blank between them; between those a pair may be one digit. */
static int hex_parse(struct ipam_str text, struct arena *a, struct ipam_bytes *ret)
{
    uint8_t *out = arena_alloc(a, text.len + 1);
    size_t n = 0,
           i = text.len > 2 && text.data[0] == '0' && (text.data[1] == 'x' || text.data[1] == 'X') ? 2 : 0;

    if (!out)
        return IPAM_E_NOMEM;
    while (i < text.len) {
        int high = hex_digit(text.data[i]), low = i + 1 < text.len ? hex_digit(text.data[i + 1]) : -1;

        if (high < 0)
            return IPAM_E_INVAL;
        out[n++] = low < 0 ? (uint8_t)high : (uint8_t)(high << 4 | low);
        i += low < 0 ? 1 : 2;
        if (i < text.len && (text.data[i] == ':' || text.data[i] == ' ') && ++i == text.len)
            return IPAM_E_INVAL;
    }
    *ret = (struct ipam_bytes){ out, n };
    return n ? 0 : IPAM_E_INVAL;
}

static int identifier_parse(struct ipam_str text, struct arena *a, struct ipam_bytes *ret)
{
    struct ipam_bytes b;
    int status = 0;

    if (text.len > 2 && text.data[0] == '\'' && text.data[text.len - 1] == '\'')
        b = (struct ipam_bytes){ (const uint8_t *)text.data + 1, text.len - 2 };
    else
        status = hex_parse(text, a, &b);
    if (status == 0 && b.len > IDENTIFIER_MAX)
        status = IPAM_E_INVAL;
    if (status == 0)
        *ret = b;
    return status;
}

static int parse_identifier(const struct json *node, struct arena *a, struct ipam_reservation *r,
                            char *problem)
{
    for (uint32_t i = 0; i < IDENTIFIER_KEYS; i++) {
        const struct json *v = json_get(node, identifier_keys[i]);
        struct ipam_str text = json_str(v);
        int status;

        if (!v)
            continue;
        status = text.data ? identifier_parse(text, a, &r->identifier) : IPAM_E_INVAL;
        if (status == IPAM_E_INVAL)
            snprintf(problem, KEA_PROBLEM_MAX, "a reservation with the %s '%.*s', which is not hexadecimal",
                     identifier_keys[i], (int)(text.len < 80 ? text.len : 80), text.data ? text.data : "");
        if (status)
            return status;
        r->identifier_type = i;
        IPAM_SET_FIELD(r, IPAM_RESERVATION_IDENTIFIER_TYPE);
        IPAM_SET_FIELD(r, IPAM_RESERVATION_IDENTIFIER);
        return 0;
    }
    snprintf(problem, KEA_PROBLEM_MAX, "a reservation without an identifier");
    return IPAM_E_INVAL;
}

static int parse_address(const struct json *v, struct ipam_addr *ret, char *problem)
{
    struct ipam_str text = json_str(v);

    if (text.data && addr_parse(text.data, text.len, ret) == 0)
        return 0;
    snprintf(problem, KEA_PROBLEM_MAX, "a reservation of '%.*s', which is no address",
             (int)(text.len < 80 ? text.len : 80), text.data ? text.data : "");
    return IPAM_E_INVAL;
}

/* DHCPv6: the first address is the record's, the others are its further ones. */
static int parse_lists(const struct json *node, struct arena *a, struct ipam_reservation *r, char *problem)
{
    const struct json *addresses = json_get(node, "ip-addresses"), *prefixes = json_get(node, "prefixes");
    size_t na = json_count(addresses), np = json_count(prefixes), n = 0;
    struct ipam_addr *more = na > 1 ? arena_alloc(a, (na - 1) * sizeof(*more)) : NULL;
    struct ipam_str *texts = np ? arena_alloc(a, np * sizeof(*texts)) : NULL;

    if ((na > 1 && !more) || (np && !texts))
        return IPAM_E_NOMEM;
    if (na > LIST_MAX + 1 || np > LIST_MAX) {
        snprintf(problem, KEA_PROBLEM_MAX, "a reservation with more than %d addresses or prefixes", LIST_MAX);
        return IPAM_E_INVAL;
    }
    for (const struct json *v = json_first(addresses); v; v = json_next(v), n++)
        if (parse_address(v, n == 0 ? &r->address : &more[n - 1], problem))
            return IPAM_E_INVAL;
    if (n > 0)
        IPAM_SET_FIELD(r, IPAM_RESERVATION_ADDRESS);
    if (n > 1) {
        r->addresses = (struct ipam_addrs){ more, n - 1 };
        IPAM_SET_FIELD(r, IPAM_RESERVATION_ADDRESSES);
    }
    n = 0;
    for (const struct json *v = json_first(prefixes); v; v = json_next(v)) {
        struct ipam_prefix prefix;

        texts[n] = json_str(v);
        if (!texts[n].data || prefix_parse_host(texts[n].data, texts[n].len, &prefix)) {
            snprintf(problem, KEA_PROBLEM_MAX, "a reservation of '%.*s', which is no prefix",
                     (int)(texts[n].len < 80 ? texts[n].len : 80), texts[n].data ? texts[n].data : "");
            return IPAM_E_INVAL;
        }
        n++;
    }
    if (n > 0) {
        r->prefixes = (struct ipam_strs){ texts, n };
        IPAM_SET_FIELD(r, IPAM_RESERVATION_PREFIXES);
    }
    return 0;
}

int kea_reservation_parse(enum kea_service s, const struct json *node, struct arena *a,
                          struct ipam_reservation *ret, char *problem)
{
    struct ipam_reservation r = { .size = sizeof(r), .type = IPAM_T_RESERVATION };
    const struct json *address = json_get(node, "ip-address");
    struct ipam_str name = json_str(json_get(node, "hostname"));
    int status = parse_identifier(node, a, &r, problem);

    if (status == 0 && s == KEA_DHCP6)
        status = parse_lists(node, a, &r, problem);
    if (status == 0 && s == KEA_DHCP4 && address) {
        status = parse_address(address, &r.address, problem);
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_ADDRESS);
    }
    if (status == IPAM_E_INVAL)
        return IPAM_E_PROTO;
    if (status)
        return status;
    if (name.len && name.len <= NAME_MAX_BYTES) {
        r.name = name;
        IPAM_SET_FIELD(&r, IPAM_RESERVATION_NAME);
    }
    *ret = r;
    return 0;
}

/* A value that says the same as no value: Kea spells out every member it knows. */
static bool is_default(const struct json *v)
{
    struct ipam_str text = json_str(v);

    switch (json_type(v)) {
    case JSON_STRING: return text.len == 0 || str_is(text, "0.0.0.0");
    case JSON_ARRAY:
    case JSON_OBJECT: return json_count(v) == 0;
    default: return false;
    }
}

static bool identifies(struct ipam_str key)
{
    for (size_t i = 0; i < IDENTIFIER_KEYS; i++)
        if (str_is(key, identifier_keys[i]))
            return true;
    return str_is(key, "ip-address") || str_is(key, "ip-addresses") || str_is(key, "prefixes");
}

bool kea_reservation_modelled(struct ipam_str key, const struct json *value, unsigned depth)
{
    return depth == 0 && (identifies(key) || str_is(key, "hostname") || is_default(value));
}

void kea_reservation_name(const struct ipam_reservation *row, char *buf, size_t size)
{
    char address[ADDR_TEXT_MAX], id[3 * 20 + 4] = "";
    size_t shown = row->identifier.len < 20 ? row->identifier.len : 20;

    addr_print(&row->address, address);
    for (size_t i = 0; i < shown; i++)
        snprintf(id + strlen(id), sizeof(id) - strlen(id), "%s%02x", i ? ":" : "", row->identifier.data[i]);
    if (shown < row->identifier.len)
        snprintf(id + strlen(id), sizeof(id) - strlen(id), "...");
    snprintf(buf, size, "the reservation of %s for %s %s", row->address.family ? address : "no address",
             kea_identifier_key(row->identifier_type), id);
}
