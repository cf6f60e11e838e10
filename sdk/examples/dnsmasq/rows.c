/* rows.c - read_config: emits the scopes, ranges as their pools, and hosts as reservations.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define VENDOR_BYTES 8192

/* {"NAME":["TEXT",...]}: the statements as they were written, without what is no ASCII. */
struct vendor {
    char text[VENDOR_BYTES];
    size_t len, count;
};

static void vendor_add(struct vendor *v, const char *name, const char *text)
{
    char begin[32];
    size_t len;

    if (v->len + 2 * strlen(text) + sizeof(begin) + 4 > sizeof(v->text))
        return; /* what is shown ends here */
    snprintf(begin, sizeof(begin), v->count++ == 0 ? "{\"%s\":[\"" : ",\"", name);
    len = strlen(begin);
    memcpy(v->text + v->len, begin, len);
    v->len += len;
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            v->text[v->len++] = '\\';
        v->text[v->len++] = *text >= 0x20 && *text <= 0x7e ? *text : '?';
    }
    v->text[v->len++] = '"';
}

static struct ipam_str vendor_end(struct vendor *v)
{
    struct ipam_str s = { v->text, v->len + 2 };

    memcpy(v->text + v->len, "]}", 2);
    return s;
}

static int32_t emit_scope(struct call *c, const struct scope *s)
{
    const struct route *route = conf_route(&c->conf, s);
    struct vendor vendor = { .len = 0 };
    struct ipam_scope row;

    record_begin(&row, sizeof(row), IPAM_T_SCOPE);
    row.native = str(s->native);
    row.prefix = s->prefix;
    IPAM_SET_FIELD(&row, IPAM_SCOPE_NATIVE);
    IPAM_SET_FIELD(&row, IPAM_SCOPE_PREFIX);
    if (s->name != NULL) {
        row.name = str(s->name);
        IPAM_SET_FIELD(&row, IPAM_SCOPE_NAME);
    }
    if (s->seconds >= 0) {
        row.lease_time = s->seconds;
        IPAM_SET_FIELD(&row, IPAM_SCOPE_LEASE_TIME);
    }
    if (route != NULL && route->count != 0) {
        row.routers.items = route->routers;
        row.routers.count = route->count;
        IPAM_SET_FIELD(&row, IPAM_SCOPE_ROUTERS);
    }
    for (const struct range *r = c->conf.ranges; r != NULL; r = r->next)
        if (r->scope == s)
            vendor_add(&vendor, "dhcp-range", r->text);
    if (vendor.count != 0) {
        row.vendor = vendor_end(&vendor);
        IPAM_SET_FIELD(&row, IPAM_SCOPE_VENDOR);
    }
    return call_emit(c, &row);
}

static int32_t emit_pool(struct call *c, const struct range *r)
{
    struct ipam_pool row;

    record_begin(&row, sizeof(row), IPAM_T_POOL);
    row.native_scope = str(r->scope->native);
    row.first = r->first;
    row.last = r->last;
    IPAM_SET_FIELD(&row, IPAM_POOL_NATIVE_SCOPE);
    IPAM_SET_FIELD(&row, IPAM_POOL_FIRST);
    IPAM_SET_FIELD(&row, IPAM_POOL_LAST);
    return call_emit(c, &row);
}

static void set_ident(struct ipam_reservation *row, const struct dhcp_host *h, size_t n, int v6)
{
    if (h->id_count == 0) { /* whoever says that name */
        row->identifier_type = IPAM_RESERVATION_IDENTIFIER_TYPE_FLEX_ID;
        row->identifier.data = (const uint8_t *)h->name;
        row->identifier.len = strlen(h->name);
    } else {
        row->identifier_type = !h->ids[n].is_id ? IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS
                               : v6             ? IPAM_RESERVATION_IDENTIFIER_TYPE_DUID
                                                : IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID;
        row->identifier.data = h->ids[n].bytes;
        row->identifier.len = h->ids[n].len;
    }
    IPAM_SET_FIELD(row, IPAM_RESERVATION_IDENTIFIER_TYPE);
    IPAM_SET_FIELD(row, IPAM_RESERVATION_IDENTIFIER);
}

/* One row: by its nth identifier, with the addresses from `a` on, of which there may be none. */
static int32_t emit_reservation(struct call *c, const struct dhcp_host *h, size_t n,
                                const struct scope *scope, const struct ipam_addr *a, size_t count)
{
    struct vendor vendor = { .len = 0 };
    struct ipam_reservation row;

    record_begin(&row, sizeof(row), IPAM_T_RESERVATION);
    set_ident(&row, h, n, count != 0 && a->family == 6);
    if (scope != NULL) {
        row.native_scope = str(scope->native);
        IPAM_SET_FIELD(&row, IPAM_RESERVATION_NATIVE_SCOPE);
    }
    if (count != 0) {
        row.address = *a;
        IPAM_SET_FIELD(&row, IPAM_RESERVATION_ADDRESS);
    }
    if (count > 1) {
        row.addresses.items = a + 1;
        row.addresses.count = count - 1;
        IPAM_SET_FIELD(&row, IPAM_RESERVATION_ADDRESSES);
    }
    if (h->name != NULL) {
        row.name = str(h->name);
        IPAM_SET_FIELD(&row, IPAM_RESERVATION_NAME);
    }
    if (h->more) {
        vendor_add(&vendor, "dhcp-host", h->text);
        if (vendor.count != 0) {
            row.vendor = vendor_end(&vendor);
            IPAM_SET_FIELD(&row, IPAM_RESERVATION_VENDOR);
        }
    }
    return call_emit(c, &row);
}

static int32_t emit_client(struct call *c, const struct dhcp_host *h, const struct scope *scope,
                           const struct ipam_addr *a, size_t count)
{
    int32_t status = emit_reservation(c, h, 0, scope, a, count);

    for (size_t n = 1; status == IPAM_OK && n < h->id_count; n++)
        status = emit_reservation(c, h, n, scope, a, count);
    return status;
}

/* What of a host belongs to a scope; to NULL what belongs to none. */
static int32_t emit_host(struct call *c, const struct dhcp_host *h, const struct scope *scope)
{
    int32_t status = IPAM_OK;
    size_t n;

    if (h->v4.family != 0 && conf_scope(&c->conf, &h->v4) == scope)
        status = emit_client(c, h, scope, &h->v4, 1);
    for (size_t i = 0; status == IPAM_OK && i < h->v6_count; i += n) {
        const struct scope *of = conf_scope(&c->conf, &h->v6[i]);

        for (n = 1; i + n < h->v6_count && conf_scope(&c->conf, &h->v6[i + n]) == of; n++)
            ;
        if (of == scope)
            status = emit_client(c, h, scope, &h->v6[i], n);
    }
    if (h->v4.family == 0 && h->v6_count == 0 && scope == NULL)
        status = emit_client(c, h, NULL, NULL, 0);
    return status;
}

static int32_t emit_hosts(struct call *c, const struct scope *scope)
{
    int32_t status = IPAM_OK;

    for (const struct dhcp_host *h = c->conf.hosts; status == IPAM_OK && h != NULL; h = h->next)
        status = emit_host(c, h, scope);
    return status;
}

static int32_t emit_all(struct call *c, const struct scope *s)
{
    int32_t status = emit_scope(c, s);

    for (const struct range *r = c->conf.ranges; status == IPAM_OK && r != NULL; r = r->next)
        if (r->scope == s && !r->fixed)
            status = emit_pool(c, r);
    return status < 0 ? status : emit_hosts(c, s);
}

static int32_t read_config(struct call *c, const struct ipam_dhcp_read *args)
{
    int one = IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) != 0;
    int32_t status = conf_read(c);

    if (status == IPAM_OK)
        status = conf_scopes(c);
    if (status < 0)
        return status;
    notice_say(c, NOTICE_CONFIG, 4, "dnsmasq-bad-statement");
    notice_say(c, NOTICE_PASSED, 6, "dnsmasq-passed-over");
    for (size_t i = 0; status == IPAM_OK && i < c->conf.scope_count; i++)
        if (!one || str_same(args->native_scope, c->conf.scopes[i].native))
            status = emit_all(c, &c->conf.scopes[i]);
    if (status == IPAM_OK && !one)
        status = emit_hosts(c, NULL);
    if (status == IPAM_OK)
        status = notice_fail(c, NOTICE_CONFIG);
    if (status < 0)
        return status;
    snprintf(c->token, sizeof(c->token), "%016" PRIx64, c->conf.digest);
    c->outcome.token = str(c->token);
    c->outcome.flags = IPAM_DONE_COMPLETE;
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_TOKEN);
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_FLAGS);
    return IPAM_OK;
}

void op_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct call c;

    call_begin(&c, ctx, req);
    call_end(&c, read_config(&c, args));
}
