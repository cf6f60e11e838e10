/* edit_reservation.c - edits of reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "net/addr.h"

#define IDENTIFIER_MAX 255

#define RESERVATION(NUMBER, member, type, how) KEA_FIELD(reservation, RESERVATION_##NUMBER, member, type, how)

static const struct kea_field fields[] = {
    RESERVATION(NATIVE_SCOPE, native_scope, KEA_STR, KEA_F_IDENTITY),
    RESERVATION(ADDRESS, address, KEA_ADDR, KEA_F_IDENTITY),
    RESERVATION(IDENTIFIER_TYPE, identifier_type, KEA_WORD, KEA_F_IDENTITY),
    RESERVATION(IDENTIFIER, identifier, KEA_BYTES, KEA_F_IDENTITY),
    RESERVATION(NAME, name, KEA_STR, KEA_F_MEMBER),
    RESERVATION(ADDRESSES, addresses, KEA_ADDRS, KEA_F_OWN),
    RESERVATION(PREFIXES, prefixes, KEA_STRS, KEA_F_OWN),
    RESERVATION(DESCRIPTION, description, KEA_STR, KEA_F_COMMENT),
    RESERVATION(STATE, state, KEA_WORD, KEA_F_DERIVED),
    RESERVATION(SERVES, serves, KEA_WORD, KEA_F_FIRST),
    RESERVATION(IAID, iaid, KEA_INT, KEA_F_LACKING),
    RESERVATION(DNS_UPDATE, dns_update, KEA_WORD, KEA_F_LACKING),
    RESERVATION(DNS_DISCARD, dns_discard, KEA_WORD, KEA_F_LACKING),
    RESERVATION(DNS_UNASKED, dns_unasked, KEA_WORD, KEA_F_LACKING),
    RESERVATION(DNS_PTR, dns_ptr, KEA_WORD, KEA_F_LACKING),
    RESERVATION(DNS_NAME_PROTECTION, dns_name_protection, KEA_WORD, KEA_F_LACKING),
    RESERVATION(DNS_SUFFIX, dns_suffix, KEA_STR, KEA_F_LACKING),
    RESERVATION(CLASSES, classes, KEA_STRS, KEA_F_MEMBER),
    RESERVATION(NEXT_SERVER, next_server, KEA_ADDR, KEA_F_MEMBER),
    RESERVATION(SERVER_NAME, server_name, KEA_STR, KEA_F_MEMBER),
    RESERVATION(BOOT_FILE, boot_file, KEA_STR, KEA_F_MEMBER),
};

static void name_of(const void *row, char *buf, size_t size)
{
    kea_reservation_name(row, buf, size);
}

static int service_of(const void *row, enum kea_service *ret)
{
    const struct ipam_reservation *r = row;
    int64_t id;

    return kea_native_parse(r->native_scope, ret, &id) ? IPAM_E_NOENT : 0;
}

/* --- which one it is --- */

/* Those of a subnet stand in the order of its array, in the configuration as in the draft. */
static void open_place(struct kea_editor *e, const struct kea_place *place)
{
    const struct kea_subnet *s;
    size_t i;

    if (place->subnet == SIZE_MAX || e->opened[place->subnet])
        return;
    s = &e->cfg->subnets[place->subnet];
    i = s->first_reservation;
    e->opened[place->subnet] = true;
    for (struct kea_node *n = kea_node_first(&e->draft, kea_node_get(&e->draft, place->node, "reservations"));
         n && i < e->cfg->reservation_count; n = n->next)
        if (!n->maker)
            e->reserved[i++] = n;
}

/* The reservation of that client in that subnet: its node, and its address. */
static struct kea_node *client_at(struct kea_editor *e, const struct kea_place *place, uint32_t type,
                                  struct ipam_bytes id, struct ipam_addr *ret_address)
{
    const struct kea_reservation *r;

    for (struct kea_guest *g = e->guests; g; g = g->next)
        if (g->node && g->place == place && g->row->identifier_type == type &&
            g->row->identifier.len == id.len && memcmp(g->row->identifier.data, id.data, id.len) == 0) {
            *ret_address = g->row->address;
            return g->node;
        }
    if (place->subnet == SIZE_MAX)
        return NULL;
    r = kea_config_find(e->cfg, &e->cfg->subnets[place->subnet], type, id);
    if (!r || e->gone[r - e->cfg->reservations])
        return NULL;
    open_place(e, place);
    *ret_address = r->row.address;
    return e->reserved[r - e->cfg->reservations];
}

static int find(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_reservation *r = row;
    const struct kea_place *place = kea_place_of(e, r->native_scope);
    struct ipam_addr address = { .family = 0 };

    if (!place)
        return kea_no_place(e, r->native_scope);
    *ret = client_at(e, place, r->identifier_type, r->identifier, &address);
    if (!*ret || !r->address.family || addr_equal(&r->address, &address))
        return 0;
    *ret = NULL;
    if (e->edit->verb == IPAM_EDIT_VERB_DELETE)
        return 0;
    return kea_refuse(
        e, e->edit->lenient ? IPAM_E_CONFLICT : IPAM_E_EXIST,
        "cannot be: the client has a reservation of another address in this subnet; delete that one first");
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "hw-address=020000000001", as far as it was not cut. */
struct kea_node *kea_reserved_of(struct kea_editor *e, const struct kea_place *place, struct ipam_str native)
{
    const char *equals = native.data ? memchr(native.data, '=', native.len) : NULL;
    uint8_t bytes[IDENTIFIER_MAX];
    struct ipam_addr address;
    size_t len = 0;

    if (!equals)
        return NULL;
    for (const char *c = equals + 1; c + 1 < native.data + native.len && len < sizeof(bytes); c += 2) {
        if (digit(c[0]) < 0 || digit(c[1]) < 0)
            return NULL;
        bytes[len++] = (uint8_t)(digit(c[0]) << 4 | digit(c[1]));
    }
    for (uint32_t type = 0; len; type++) {
        const char *key = kea_identifier_key(type);

        if (strcmp(key, "identifier") == 0)
            return NULL;
        if (strlen(key) == (size_t)(equals - native.data) && memcmp(key, native.data, strlen(key)) == 0)
            return client_at(e, place, type, (struct ipam_bytes){ bytes, len }, &address);
    }
    return NULL;
}

/* --- what it says --- */

static int put_identifier(struct kea_editor *e, struct kea_node *n, const struct ipam_reservation *r)
{
    char hex[3 * IDENTIFIER_MAX + 1] = "";

    for (size_t i = 0; i < r->identifier.len; i++)
        snprintf(hex + 3 * i - (i > 0), 4, "%s%02x", i ? ":" : "", r->identifier.data[i]);
    return kea_put_text(e, n, kea_identifier_key(r->identifier_type), str_from(hex));
}

static int put_addresses(struct kea_editor *e, struct kea_node *n, const struct ipam_reservation *r)
{
    char text[ADDR_TEXT_MAX];
    struct json_writer w;
    struct strbuf out;
    int status;

    if (e->cfg->service == KEA_DHCP4)
        return kea_put_addr(e, n, "ip-address", &r->address);
    strbuf_init(&out, KEA_VENDOR_MAX);
    jw_init(&w, &out);
    jw_array(&w);
    addr_print(&r->address, text);
    jw_text(&w, text);
    for (size_t i = 0; i < r->addresses.count; i++) {
        addr_print(&r->addresses.items[i], text);
        jw_text(&w, text);
    }
    jw_array_end(&w);
    status = out.failed ? IPAM_E_NOMEM : kea_put_json(e, n, "ip-addresses", strbuf_str(&out));
    strbuf_fini(&out);
    return status;
}

static int put_prefixes(struct kea_editor *e, struct kea_node *n, const struct ipam_reservation *r)
{
    struct json_writer w;
    struct strbuf out;
    int status;

    if (!r->prefixes.count) {
        kea_node_drop(kea_node_get(&e->draft, n, "prefixes"));
        return kea_drafted(e);
    }
    strbuf_init(&out, KEA_VENDOR_MAX);
    jw_init(&w, &out);
    w.ascii = true;
    jw_array(&w);
    for (size_t i = 0; i < r->prefixes.count; i++)
        jw_str(&w, r->prefixes.items[i]);
    jw_array_end(&w);
    status = out.failed ? IPAM_E_NOMEM : kea_put_json(e, n, "prefixes", strbuf_str(&out));
    strbuf_fini(&out);
    return status;
}

static int check_addresses(struct kea_editor *e, const struct ipam_reservation *r)
{
    uint8_t family = e->cfg->service == KEA_DHCP4 ? 4 : 6;
    bool others = r->addresses.count || r->prefixes.count;

    if ((r->address.family && r->address.family != family) || (family == 4 && others) ||
        (r->addresses.count && !r->address.family))
        return kea_refuse(e, IPAM_E_INVAL, "cannot be written: its addresses are not ones that %s gives",
                          kea_service_name(e->cfg->service));
    return 0;
}

static int create(struct kea_editor *e, const void *row, struct kea_node **ret)
{
    const struct ipam_reservation *r = row;
    struct kea_place *place = kea_place_of(e, r->native_scope);
    struct kea_guest *guest = arena_alloc(e->arena, sizeof(*guest));
    struct kea_node *n;
    int status = check_addresses(e, r);

    if (status)
        return status;
    if (r->identifier.len == 0 || r->identifier.len > IDENTIFIER_MAX ||
        strcmp(kea_identifier_key(r->identifier_type), "identifier") == 0)
        return kea_refuse(e, IPAM_E_INVAL, "cannot be written: it needs an identifier of 1 to %d bytes",
                          IDENTIFIER_MAX);
    open_place(e, place); /* before there are others in its array */
    n = kea_add_object(e, kea_node_array(&e->draft, place->node, "reservations"));
    if (!n || !guest)
        return IPAM_E_NOMEM;
    *guest = (struct kea_guest){ .row = r, .place = place, .node = n, .next = e->guests };
    e->guests = guest;
    *ret = n;
    status = put_identifier(e, n, r);
    return status || !r->address.family ? status : put_addresses(e, n, r);
}

static int render(struct kea_editor *e, struct kea_node *n, const void *before, const void *after)
{
    const struct ipam_reservation *r = after;
    int status = check_addresses(e, r);

    if (status == 0 && !kea_same(e, IPAM_RESERVATION_ADDRESSES, before, after) && r->address.family)
        status = put_addresses(e, n, r);
    if (status == 0 && !kea_same(e, IPAM_RESERVATION_PREFIXES, before, after))
        status = put_prefixes(e, n, r);
    return status;
}

static int take_out(struct kea_editor *e, struct kea_node *n, const void *row)
{
    (void)row;
    for (struct kea_guest *g = e->guests; g; g = g->next)
        if (g->node == n) {
            g->node = NULL;
            return 0;
        }
    for (size_t i = 0; i < e->cfg->reservation_count; i++)
        if (e->reserved[i] == n)
            e->gone[i] = true;
    return 0;
}

static void word_of(const void *row, bool address, char word[static KEA_WORD_MAX])
{
    const struct ipam_reservation *r = row;

    if (address)
        addr_print(&r->address, word);
    for (size_t i = 0; i < r->identifier.len && i < IDENTIFIER_MAX && !address; i++)
        snprintf(word + 3 * i - (i > 0), 4, "%s%02x", i ? ":" : "", r->identifier.data[i]);
}

/* Its vendor data has all that fields say as well: so it can be put back as it was. */
static bool skips(const struct json *member)
{
    return kea_reservation_modelled(json_key(member), member, 0);
}

const struct kea_kind kea_reservation_kind = { KEA_RECORD(RESERVATION, reservation, fields,
                                                          kea_reservation_members),
                                               .name = name_of,
                                               .service = service_of,
                                               .find = find,
                                               .create = create,
                                               .render = render,
                                               .remove = take_out,
                                               .word = word_of,
                                               .skips = skips };
