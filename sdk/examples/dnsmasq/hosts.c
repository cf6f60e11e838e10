/* hosts.c - the statements dhcp-host, and dhcp-option for the routers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <string.h>

#define ID_BYTES  255
#define MAC_BYTES 16

static int32_t add_ident(struct call *c, struct statement *s, struct dhcp_host *h, const char *text,
                         int is_id, int as_text)
{
    uint8_t bytes[ID_BYTES], *copy;
    size_t len = strlen(text);

    if (as_text && len <= sizeof(bytes))
        memcpy(bytes, text, len);
    else if (text_hex(text, bytes, is_id ? ID_BYTES : MAC_BYTES, &len) < 0)
        len = 0;
    if (len == 0 || h->id_count == HOST_IDS_MAX) {
        s->wrong = "an identifier is none, or there are more than 16";
        return IPAM_OK;
    }
    copy = c->host->alloc(c->req, len);
    if (copy == NULL)
        return IPAM_E_NOMEM;
    memcpy(copy, bytes, len);
    h->ids[h->id_count].is_id = is_id;
    h->ids[h->id_count].len = len;
    h->ids[h->id_count++].bytes = copy;
    return IPAM_OK;
}

/* id:01:02:03 is bytes, id:anything-else is text, id:* is no identifier. */
static int32_t host_id(struct call *c, struct statement *s, struct dhcp_host *h, const char *id, int quoted)
{
    uint8_t bytes[ID_BYTES];
    size_t len;

    if (strcmp(id, "*") == 0) {
        h->more = 1;
        return IPAM_OK;
    }
    return add_ident(c, s, h, id, 1, quoted || text_hex(id, bytes, sizeof(bytes), &len) < 0);
}

/* [2001:db8::1], or with /126 behind it the four addresses from there on. */
static int32_t host_v6(struct call *c, struct statement *s, struct dhcp_host *h, char *text)
{
    static const uint8_t none[8] = { 0 };
    char *slash = strchr(text, '/'), *end = text + strlen(text) - 1;
    struct ipam_addr a;
    struct ipam_prefix p;
    int64_t length = 128;

    s->wrong = "an address between brackets is no IPv6 address";
    if (*end != ']')
        return IPAM_OK;
    *end = '\0';
    if (slash != NULL)
        *slash = '\0';
    if (text_address(text, &a) < 0 || a.family != 6 ||
        (slash != NULL && text_number(slash + 1, 128, &length) < 0))
        return IPAM_OK;
    s->wrong = NULL;
    if (memcmp(a.bytes, none, sizeof(none)) == 0) {
        s->passed = "an IPv6 address without its network stands for others";
        return IPAM_OK;
    }
    if (length < 122 || h->v6_count + ((size_t)1 << (128 - length)) > HOST_ADDRS_MAX) {
        s->passed = "it has more than 64 addresses";
        return IPAM_OK;
    }
    if (h->v6 == NULL)
        h->v6 = c->host->alloc(c->req, HOST_ADDRS_MAX * sizeof(h->v6[0]));
    if (h->v6 == NULL)
        return IPAM_E_NOMEM;
    prefix_of(&a, (unsigned)length, &p);
    for (unsigned n = 0; n < 1u << (128 - length); n++) {
        a.bytes[15] = (uint8_t)(p.addr.bytes[15] + n);
        h->v6[h->v6_count++] = a;
    }
    return IPAM_OK;
}

static int is_host_name(const char *text)
{
    return *text != '\0' && strlen(text) <= 253 &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

/* A hardware address may have its type before it, `06-`; a star in it makes it many. */
static int32_t host_mac(struct call *c, struct statement *s, struct dhcp_host *h, const char *text)
{
    const char *dash = strchr(text, '-');

    if (strchr(text, '*') != NULL) {
        s->passed = "its hardware address stands for many";
        return IPAM_OK;
    }
    if (dash != NULL)
        h->more = 1;
    return add_ident(c, s, h, dash != NULL ? dash + 1 : text, 0, 0);
}

static int32_t host_part(struct call *c, struct statement *s, struct dhcp_host *h, const struct part *part)
{
    char *t = part->text;
    struct ipam_addr a;
    int64_t seconds;

    if (text_after(t, "id:") != NULL)
        return host_id(c, s, h, t + 3, part->quoted);
    if (text_tag(t) != NULL || text_after(t, "set:") != NULL) {
        h->more = 1;
        return IPAM_OK;
    }
    if (*t == '[')
        return host_v6(c, s, h, t + 1);
    if (strchr(t, ':') != NULL && !part->quoted)
        return host_mac(c, s, h, t);
    if (text_address(t, &a) == 0 && h->v4.family == 0)
        h->v4 = a;
    else if (strcmp(t, "ignore") == 0)
        h->ignore = 1;
    else if (text_lease_time(t, &seconds) == 0)
        h->more = 1;
    else if (is_host_name(t) && h->name == NULL && t[strspn(t, "0123456789.")] != '\0')
        h->name = t;
    else
        s->wrong = "a part is no identifier, address, name or lease time, or comes twice";
    return IPAM_OK;
}

int32_t parse_host(struct call *c, struct statement *s)
{
    struct dhcp_host *h = c->host->alloc(c->req, sizeof(*h));
    int32_t status = IPAM_OK;

    if (h == NULL)
        return IPAM_E_NOMEM;
    h->text = s->value;
    for (size_t i = 0; status == IPAM_OK && s->wrong == NULL && i < s->count; i++)
        status = host_part(c, s, h, &s->parts[i]);
    if (status < 0 || s->wrong != NULL || s->passed != NULL)
        return status;
    if (h->id_count == 0 && h->name == NULL && !h->ignore)
        s->wrong = "it says no client";
    else if (h->ignore)
        s->passed = "a client that is ignored has no reservation";
    if (s->wrong != NULL || s->passed != NULL)
        return IPAM_OK;
    s->makes = 1;
    *c->conf.hosts_end = h;
    c->conf.hosts_end = &h->next;
    return IPAM_OK;
}

static void route_value(struct statement *s, struct route *r, const char *text)
{
    struct ipam_addr a;

    if (text_address(text, &a) < 0 || a.family != 4)
        s->wrong = "a router is no IPv4 address";
    else if (r->count == ROUTERS_MAX)
        s->wrong = "it has more than 16 routers";
    else if (strcmp(text, "0.0.0.0") != 0) /* the server itself, by whatever address */
        r->routers[r->count++] = a;
}

int32_t parse_option(struct call *c, struct statement *s)
{
    struct route *r = c->host->alloc(c->req, sizeof(*r));
    size_t i = 0;

    if (r == NULL)
        return IPAM_E_NOMEM;
    for (; i < s->count && text_tag(s->parts[i].text) != NULL; i++) {
        if (r->tag_count == TAGS_MAX) {
            s->wrong = "it has more than 16 tags";
            return IPAM_OK;
        }
        r->tags[r->tag_count++] = text_tag(s->parts[i].text);
    }
    if (i == s->count ||
        (strcmp(s->parts[i].text, "3") != 0 && strcmp(s->parts[i].text, "option:router") != 0))
        return IPAM_OK; /* another option */
    for (i++; i < s->count && s->wrong == NULL; i++)
        route_value(s, r, s->parts[i].text);
    if (s->wrong != NULL)
        return IPAM_OK;
    s->makes = 1;
    *c->conf.routes_end = r;
    c->conf.routes_end = &r->next;
    return IPAM_OK;
}
