/* leases.c - read_leases: the lease file, page by page, in the order of addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE      1000
#define FIELDS    5 /* END MAC|IAID ADDRESS NAME CLIENT-ID|DUID */
#define MAC_BYTES 20
#define ID_BYTES  255
#define DUID_MAX  130
#define ENDS_MAX  INT64_C(253402300799) /* the end of the year 9999: a later one is no time of a record */

struct lease {
    struct ipam_addr address;
    int64_t ends;                /* seconds since 1970; 0: never */
    const char *who, *name, *id; /* as written; an asterisk is none */
    size_t line;
};

const char *leases_path(const struct call *c)
{
    return c->p->options.leases[0] != '\0' ? c->p->options.leases
           : c->conf.leases[0] != '\0'     ? c->conf.leases
                                           : "/var/lib/misc/dnsmasq.leases";
}

static size_t split(char *line, char *fields[FIELDS])
{
    size_t n = 0;

    for (;; n++) {
        while (text_is_white(*line))
            *line++ = '\0';
        if (*line == '\0')
            return n;
        if (n < FIELDS)
            fields[n] = line;
        while (*line != '\0' && !text_is_white(*line))
            line++;
    }
}

/* The bytes of a hardware address, whose type may stand before it: 06-00:11. None is `00-`. */
static int mac_of(const char *text, uint8_t *ret, size_t *ret_len)
{
    const char *dash = strchr(text, '-');

    *ret_len = 0;
    if (dash != NULL && dash[1] == '\0')
        return 0;
    return text_hex(dash != NULL ? dash + 1 : text, ret, MAC_BYTES, ret_len);
}

/* An IAID, before which a T says that the address is a temporary one. */
static int iaid_of(const char *text, int64_t *ret)
{
    return text_number(*text == 'T' ? text + 1 : text, UINT32_MAX, ret);
}

static const char *parse(char *fields[FIELDS], struct lease *l)
{
    uint8_t bytes[ID_BYTES];
    size_t len;
    int64_t iaid;

    if (text_number(fields[0], ENDS_MAX, &l->ends) < 0)
        return "the end is no number of seconds since 1970";
    if (text_address(fields[2], &l->address) < 0)
        return "the address is none";
    if (l->address.family == 4 ? mac_of(fields[1], bytes, &len) < 0 : iaid_of(fields[1], &iaid) < 0)
        return "the hardware address or IAID is none";
    if (strcmp(fields[4], "*") != 0 &&
        text_hex(fields[4], bytes, l->address.family == 4 ? ID_BYTES : DUID_MAX, &len) < 0)
        return "the client's identifier is none";
    l->who = fields[1];
    l->name = fields[3];
    l->id = fields[4];
    return NULL;
}

static int by_address(const void *pa, const void *pb)
{
    const struct lease *a = pa, *b = pb;
    int order = address_compare(&a->address, &b->address);

    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* One line: a lease, the server's own DUID, or wrong. */
static void take_line(struct call *c, const char *path, char *line, struct lease *leases, size_t *count)
{
    struct lease *l = &leases[*count];
    char *fields[FIELDS];
    size_t n = split(line, fields);
    const char *wrong = "it has not five fields";

    if (n == 0 || (n == 2 && strcmp(fields[0], "duid") == 0))
        return;
    if (n == FIELDS)
        wrong = parse(fields, l);
    if (wrong != NULL)
        notice_add(c, NOTICE_LEASES, path, l->line, wrong);
    else if (l->ends == 0 || l->ends > now_ms() / 1000)
        ++*count; /* one that ended is there until the server looks again */
}

static int32_t read_all(struct call *c, struct lease **ret, size_t *ret_count)
{
    const char *path = leases_path(c);
    char *text = NULL, *line;
    struct lease *leases;
    size_t lines = 1, count = 0, kept = 0;
    int32_t status = file_read(c, path, "the option \"leases\"", &text);

    if (status < 0)
        return status;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    leases = c->host->alloc(c->req, lines * sizeof(leases[0]));
    if (leases == NULL)
        return IPAM_E_NOMEM;
    for (size_t n = 1; (line = text_line(&text)) != NULL; n++) {
        if (c->host->cancelled(c->req))
            return IPAM_E_CANCELED;
        leases[count].line = n;
        take_line(c, path, line, leases, &count);
    }
    qsort(leases, count, sizeof(leases[0]), by_address);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || address_compare(&leases[kept - 1].address, &leases[i].address) != 0)
            leases[kept++] = leases[i];
        else
            notice_add(c, NOTICE_LEASES, path, leases[i].line, "the address has a lease on a line before");
    *ret = leases;
    *ret_count = kept;
    return IPAM_OK;
}

static void set_client(struct ipam_lease *row, const struct lease *l, uint8_t mac[MAC_BYTES],
                       uint8_t id[ID_BYTES])
{
    int has_id = strcmp(l->id, "*") != 0 && text_hex(l->id, id, ID_BYTES, &row->client_id.len) == 0;

    row->client_id.data = id;
    row->duid = row->client_id;
    row->mac.data = mac;
    if (l->address.family == 4) {
        if (mac_of(l->who, mac, &row->mac.len) == 0 && row->mac.len != 0)
            IPAM_SET_FIELD(row, IPAM_LEASE_MAC);
        if (has_id)
            IPAM_SET_FIELD(row, IPAM_LEASE_CLIENT_ID);
        return;
    }
    if (iaid_of(l->who, &row->iaid) == 0)
        IPAM_SET_FIELD(row, IPAM_LEASE_IAID);
    if (has_id)
        IPAM_SET_FIELD(row, IPAM_LEASE_DUID);
}

static int32_t emit_lease(struct call *c, const struct lease *l, const struct scope *scope)
{
    uint8_t mac[MAC_BYTES], id[ID_BYTES];
    struct ipam_lease row;

    record_begin(&row, sizeof(row), IPAM_T_LEASE);
    row.address = l->address;
    row.state = IPAM_LEASE_STATE_ACTIVE;
    IPAM_SET_FIELD(&row, IPAM_LEASE_ADDRESS);
    IPAM_SET_FIELD(&row, IPAM_LEASE_STATE);
    set_client(&row, l, mac, id);
    if (scope != NULL) {
        row.native_scope = str(scope->native);
        IPAM_SET_FIELD(&row, IPAM_LEASE_NATIVE_SCOPE);
    }
    if (l->ends != 0) {
        row.expires = l->ends * 1000;
        IPAM_SET_FIELD(&row, IPAM_LEASE_EXPIRES);
    }
    if (strcmp(l->name, "*") != 0 && text_plain(l->name, 255) == 0) { /* else it is left out, not mended */
        row.name = str(l->name);
        IPAM_SET_FIELD(&row, IPAM_LEASE_NAME);
    }
    return call_emit(c, &row);
}

/* The last address of the page before. */
static int32_t read_cursor(struct call *c, const struct ipam_dhcp_read *args, struct ipam_addr *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (!IPAM_HAS_FIELD(args, IPAM_DHCP_READ_CURSOR))
        return IPAM_OK;
    snprintf(c->cursor, sizeof(c->cursor), "%.*s", (int)args->cursor.len, args->cursor.data);
    if (text_address(c->cursor, ret) == 0)
        return IPAM_OK;
    return fail(c, IPAM_E_INVAL, "the cursor is none of this provider's; begin without");
}

static int32_t emit_page(struct call *c, const struct ipam_dhcp_read *args, const struct lease *leases,
                         size_t count)
{
    int64_t limit = PAGE, given = 0;
    struct ipam_addr last;
    int32_t status = read_cursor(c, args, &last);

    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit > 0 && args->limit < limit)
        limit = args->limit;
    for (size_t i = 0; status == IPAM_OK && i < count; i++) {
        const struct scope *scope = conf_scope(&c->conf, &leases[i].address);

        if (address_compare(&leases[i].address, &last) <= 0 ||
            (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_NATIVE_SCOPE) &&
             (scope == NULL || !str_same(args->native_scope, scope->native))))
            continue;
        if (given++ == limit) {
            inet_ntop(last.family == 4 ? AF_INET : AF_INET6, last.bytes, c->cursor, sizeof(c->cursor));
            c->outcome.cursor = str(c->cursor);
            IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_CURSOR);
            return IPAM_OK;
        }
        status = emit_lease(c, &leases[i], scope);
        last = leases[i].address;
    }
    if (status == IPAM_OK)
        status = notice_fail(c, NOTICE_LEASES);
    if (status < 0)
        return status;
    c->outcome.flags = IPAM_DONE_COMPLETE;
    IPAM_SET_FIELD(&c->outcome, IPAM_OUTCOME_FLAGS);
    return IPAM_OK;
}

static int32_t read_leases(struct call *c, const struct ipam_dhcp_read *args)
{
    struct lease *leases = NULL;
    size_t count = 0;
    int32_t status = conf_read(c);

    if (status == IPAM_OK)
        status = conf_scopes(c);
    if (status == IPAM_OK && c->conf.leases_elsewhere)
        return fail(c, IPAM_E_UNSUPPORTED,
                    "%.300s says leasefile-ro: the leases are in no file; take that out",
                    c->p->options.config);
    if (status == IPAM_OK)
        status = read_all(c, &leases, &count);
    if (status < 0)
        return status;
    notice_say(c, NOTICE_LEASES, 4, "dnsmasq-bad-lease");
    return emit_page(c, args, leases, count);
}

void op_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct call c;

    call_begin(&c, ctx, req);
    call_end(&c, read_leases(&c, args));
}
