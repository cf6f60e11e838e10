/* ranges.c - the statement dhcp-range, of IPv4 and IPv6.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * What the server takes is taken, what it refuses is `wrong`, and what gives no address to anybody, or cannot
 * be said in a record, is `passed`. */
#include "dnsmasq.h"

#include <string.h>

static int mask_length(const char *text, unsigned *ret)
{
    struct ipam_addr a;
    unsigned n = 0;
    struct ipam_prefix all = { .length = 0 };

    if (text_address(text, &a) < 0 || a.family != 4)
        return -1;
    while (n < 32 && a.bytes[n / 8] & (0x80 >> n % 8))
        n++;
    memset(&all.addr, 0xff, sizeof(all.addr));
    all.addr.family = 4;
    prefix_of(&all.addr, n, &all);
    *ret = n;
    return memcmp(all.addr.bytes, a.bytes, 4) == 0 ? 0 : -1;
}

/* The mask: written behind the range, or that of an interface of the server, which the option tells. */
static int32_t network_of(struct call *c, const struct statement *s, struct range *r)
{
    const struct options *o = &c->p->options;

    for (size_t i = 0; i < o->network_count; i++)
        if (prefix_has(&o->networks[i], &r->first)) {
            r->prefix = o->networks[i];
            return IPAM_OK;
        }
    return fail(c, IPAM_E_CONFIG,
                "%.300s:%zu: the range has no netmask, and no interface of the server is known "
                "here; write it there, or its network into the option \"networks\"",
                s->file, s->line);
}

static int32_t range4(struct call *c, struct statement *s, size_t i, struct range *r)
{
    struct ipam_addr broadcast;
    unsigned length = 0;
    int32_t status = IPAM_OK;
    const char *end = i < s->count ? s->parts[i++].text : "";

    r->fixed = strcmp(end, "static") == 0;
    if (strcmp(end, "proxy") == 0)
        s->passed = "a proxy gives no addresses";
    else if (!r->fixed && (text_address(end, &r->last) < 0 || r->last.family != 4))
        s->wrong = "the range's end is no IPv4 address";
    if (s->wrong != NULL || s->passed != NULL)
        return IPAM_OK;
    if (r->fixed)
        r->last = r->first;
    if (i < s->count && strchr(s->parts[i].text, '.') != NULL) {
        if (mask_length(s->parts[i++].text, &length) < 0)
            s->wrong = "the netmask is none";
        else if (i < s->count && strchr(s->parts[i].text, '.') != NULL &&
                 text_address(s->parts[i++].text, &broadcast) < 0)
            s->wrong = "the broadcast address is none";
        prefix_of(&r->first, length, &r->prefix);
    } else {
        status = network_of(c, s, r);
    }
    if (s->wrong == NULL && i < s->count && text_lease_time(s->parts[i++].text, &r->seconds) < 0)
        s->wrong = "the lease time is none";
    if (s->wrong == NULL && i < s->count)
        s->wrong = "there is more behind the lease time";
    return status;
}

/* One part behind the addresses of an IPv6 range. */
static void range6_part(const char *t, struct statement *s, struct range *r, int *announced, int64_t *length)
{
    static const char *const modes[] = { "ra-only",      "slaac",        "ra-names",
                                         "ra-stateless", "ra-advrouter", "off-link" };
    int64_t seconds;

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(t, modes[i]) == 0) {
            *announced = 1;
            return;
        }
    if (strcmp(t, "static") == 0)
        r->fixed = 1;
    else if (text_after(t, "constructor:") != NULL)
        s->passed = "its prefix is that of an interface (constructor), which is not known here";
    else if (*length < 0 && text_number(t, 128, &seconds) == 0)
        *length = seconds;
    else if (strcmp(t, "deprecated") != 0 && text_lease_time(t, &r->seconds) < 0)
        s->wrong = "a part is no mode, prefix length or lease time";
}

static void range6(struct statement *s, size_t i, struct range *r)
{
    int announced = 0, has_end = 0;
    int64_t length = -1;

    r->last = r->first;
    if (i < s->count && text_address(s->parts[i].text, &r->last) == 0) {
        has_end = 1;
        i++;
    }
    for (; i < s->count && s->wrong == NULL; i++)
        range6_part(s->parts[i].text, s, r, &announced, &length);
    if (s->wrong != NULL || s->passed != NULL)
        return;
    if (length >= 0 && length < 64)
        s->wrong = "a prefix shorter than 64 is not served";
    else if (announced && !has_end && !r->fixed)
        s->passed = "it is announced only: no address is given from it";
    prefix_of(&r->first, length < 0 ? 64 : (unsigned)length, &r->prefix);
}

/* A word with a character that no address has. */
static int is_label(const char *text)
{
    return text[strspn(text, " .:0123456789abcdefABCDEF")] != '\0';
}

int32_t parse_range(struct call *c, struct statement *s)
{
    struct range *r = c->host->alloc(c->req, sizeof(*r));
    struct ipam_addr swap;
    int32_t status = IPAM_OK;
    size_t i = 0;

    if (r == NULL)
        return IPAM_E_NOMEM;
    r->seconds = -1;
    r->text = s->value;
    for (; i + 1 < s->count && is_label(s->parts[i].text); i++) {
        const char *set = text_after(s->parts[i].text, "set:");

        if (text_tag(s->parts[i].text) == NULL)
            r->set = set != NULL ? set : s->parts[i].text;
    }
    if (text_address(s->parts[i].text, &r->first) < 0)
        s->wrong = "the range's begin is no address";
    else if (r->first.family == 4)
        status = range4(c, s, i + 1, r);
    else
        range6(s, i + 1, r);
    if (status < 0 || s->wrong != NULL || s->passed != NULL)
        return status;
    if (address_compare(&r->first, &r->last) > 0) { /* as the server does */
        swap = r->first;
        r->first = r->last;
        r->last = swap;
    }
    if (!prefix_has(&r->prefix, &r->first) || !prefix_has(&r->prefix, &r->last)) {
        s->wrong = "the range's ends are not in one network";
        return IPAM_OK;
    }
    s->makes = 1;
    *c->conf.ranges_end = r;
    c->conf.ranges_end = &r->next;
    return IPAM_OK;
}
