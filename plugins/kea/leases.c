/* leases.c - a server's leases, page by page.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * lease4-get-page and lease6-get-page of the hook library lease_cmds (ARM 16.12). A page that is shorter
 * than asked for is the last. The cursor is the address of the last lease in Kea's own order:
 * "v4:10.0.0.7". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lease.h"
#include "net/addr.h"

static int by_address(const void *a, const void *b)
{
    const struct ipam_lease *x = &(*(struct kea_lease *const *)a)->row,
                            *y = &(*(struct kea_lease *const *)b)->row;
    int order = addr_compare(&x->address, &y->address);

    return order ? order : (x->prefix_length > y->prefix_length) - (x->prefix_length < y->prefix_length);
}

/* Emits the leases of one answer in order of address, those of `only` alone if given. */
static int emit_page(struct kea_call *c, enum kea_service s, const struct json_doc *doc,
                     const struct json *list, struct ipam_str only)
{
    size_t count = json_count(list), n = 0;
    struct kea_lease *leases = calloc(count + 1, sizeof(*leases)),
                     **order = calloc(count + 1, sizeof(struct kea_lease *));
    int status = leases && order
                     ? 0
                     : kea_fail(c, IPAM_E_NOMEM, "out of memory for a page of leases; lower the option page");
    struct arena arena;
    char where[400];

    arena_init(&arena, 0); /* bounded by the largest answer taken */
    for (const struct json *v = json_first(list); v && status == 0; v = json_next(v), n++) {
        order[n] = &leases[n];
        if (kea_lease_parse(s, doc, v, &arena, order[n]) == 0)
            continue;
        kea_where(c->kea, s, where, sizeof(where));
        status = kea_fail(c, IPAM_E_PROTO,
                          "%s: lease number %zu of a page is not understood; see the server's lease database "
                          "and its version",
                          where, n + 1);
    }
    if (status == 0 && n > 1)
        qsort(order, n, sizeof(struct kea_lease *), by_address);
    for (size_t i = 0; i < n && status == 0; i++)
        if (!only.data || str_equal(only, order[i]->row.native_scope))
            status = c->kea->host->emit(c->req, (const struct ipam_record *)&order[i]->row);
    arena_fini(&arena);
    free(order);
    free(leases);
    return status;
}

/* Where a reading stands. */
struct position {
    enum kea_service service;
    char from[ADDR_TEXT_MAX]; /* "start", or the last address seen */
};

static int parse_cursor(struct kea_call *c, struct ipam_str cursor, struct position *ret)
{
    struct ipam_addr last;
    bool v6 = cursor.len > 3 && cursor.data[1] == '6';

    snprintf(ret->from, sizeof(ret->from), "start");
    ret->service = v6 ? KEA_DHCP6 : KEA_DHCP4;
    if (!cursor.data)
        return 0;
    if (cursor.len <= 3 || cursor.data[0] != 'v' || (!v6 && cursor.data[1] != '4') || cursor.data[2] != ':')
        return kea_fail(c, IPAM_E_INVAL, "the cursor is none of this provider; begin again without one");
    if (cursor.len == 8 && memcmp(cursor.data + 3, "start", 5) == 0)
        return 0;
    if (addr_parse(cursor.data + 3, cursor.len - 3, &last) || last.family != (v6 ? 6 : 4))
        return kea_fail(c, IPAM_E_INVAL, "the cursor is none of this provider; begin again without one");
    addr_print(&last, ret->from);
    return 0;
}

/* One page of one service; *ret_more when the server may have others, and then at->from is where they
 * begin. */
static int read_page(struct kea_call *c, struct position *at, int64_t limit, struct ipam_str only,
                     bool *ret_more)
{
    char arguments[128], where[400];
    const struct json *list, *last = NULL;
    struct kea_answer answer;
    struct ipam_str address;
    int status;

    snprintf(arguments, sizeof(arguments), "{\"from\": \"%s\", \"limit\": %" PRId64 "}", at->from, limit);
    status = kea_ask(c, at->service, at->service == KEA_DHCP4 ? "lease4-get-page" : "lease6-get-page",
                     str_from(arguments), &answer);
    if (status)
        return status;
    list = json_get(answer.arguments, "leases");
    status = kea_page_check(c, at->service, at->from, limit, &answer);
    if (status == 0)
        status = emit_page(c, at->service, answer.doc, list, only);
    for (const struct json *v = json_first(list); v; v = json_next(v))
        last = v;
    address = json_str(json_get(last, "ip-address"));
    *ret_more = status == 0 && answer.result == KEA_SUCCESS && (int64_t)json_count(list) >= limit;
    if (*ret_more && str_is(address, at->from)) {
        kea_where(c->kea, at->service, where, sizeof(where));
        status =
            kea_fail(c, IPAM_E_PROTO,
                     "%s: the page of leases after %s ends with that same one, so that they never come to "
                     "an end; see the server's lease database and its version",
                     where, at->from);
    }
    if (*ret_more)
        snprintf(at->from, sizeof(at->from), "%.*s", (int)address.len, address.data);
    kea_answer_fini(&answer);
    return status;
}

static bool wanted(const struct kea *k, enum kea_service s, struct ipam_str only)
{
    return k->opt.use[s] && (!only.data || (only.len > 1 && only.data[1] == (s == KEA_DHCP4 ? '4' : '6')));
}

/* Goes on to the next server that is wanted. */
static void advance(const struct kea *k, struct position *at, struct ipam_str only)
{
    do
        at->service++;
    while (at->service < KEA_SERVICES && !wanted(k, at->service, only));
    snprintf(at->from, sizeof(at->from), "start");
}

/* Reads one page, of the first server that is part of the installation. at->service is KEA_SERVICES when
 * none has more. */
static int read_on(struct kea_call *c, struct position *at, int64_t limit, struct ipam_str only)
{
    bool first = at->service == KEA_DHCP4 && strcmp(at->from, "start") == 0, more = false;
    int status = IPAM_E_NOENT;

    if (!wanted(c->kea, at->service, only))
        advance(c->kea, at, only);
    while (at->service < KEA_SERVICES && status) {
        status = read_page(c, at, limit, only, &more);
        if (status && (status != IPAM_E_NOENT || c->kea->opt.named[at->service]))
            return status;
        if (!more)
            advance(c->kea, at, only);
    }
    return first ? status : 0; /* whoever came with a cursor has read something */
}

/* --- one lease --- */

int kea_lease_get(struct kea_call *c, enum kea_service s, const struct ipam_addr *address, bool prefix,
                  struct kea_answer *ret)
{
    char arguments[128], text[ADDR_TEXT_MAX];

    addr_print(address, text);
    snprintf(arguments, sizeof(arguments), "{\"ip-address\": \"%s\"%s}", text,
             s == KEA_DHCP4 ? ""
             : prefix       ? ", \"type\": \"IA_PD\""
                            : ", \"type\": \"IA_NA\"");
    return kea_ask(c, s, s == KEA_DHCP4 ? "lease4-get" : "lease6-get", str_from(arguments), ret);
}

static int emit_one(struct kea_call *c, enum kea_service s, const struct kea_answer *answer)
{
    struct kea_lease *l = calloc(1, sizeof(*l));
    struct arena arena;
    int status;

    if (!l)
        return kea_fail(c, IPAM_E_NOMEM, "out of memory for a lease");
    arena_init(&arena, 0);
    status = kea_lease_parse(s, answer->doc, answer->arguments, &arena, l);
    status =
        status ? kea_fail(c, IPAM_E_PROTO, "the lease that %s answers is not understood", kea_service_name(s))
               : c->kea->host->emit(c->req, (const struct ipam_record *)&l->row);
    arena_fini(&arena);
    free(l);
    return status;
}

static int read_one(struct kea_call *c, const struct ipam_dhcp_read *args)
{
    enum kea_service s = args->address.family == 4 ? KEA_DHCP4 : KEA_DHCP6;
    struct kea_answer answer;
    int status;

    if (!c->kea->opt.use[s])
        return kea_fail(c, IPAM_E_UNSUPPORTED, "%s is not managed here; see the option services",
                        kea_service_name(s));
    status = kea_lease_get(c, s, &args->address, IPAM_HAS_FIELD(args, IPAM_DHCP_READ_PREFIX_LENGTH), &answer);
    if (status)
        return status;
    if (answer.result == KEA_SUCCESS)
        status = emit_one(c, s, &answer);
    kea_answer_fini(&answer);
    return status;
}

static void answer_one(struct kea_call *c, const struct ipam_dhcp_read *args)
{
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME, .flags = IPAM_DONE_COMPLETE };
    int status = read_one(c, args);

    IPAM_SET_FIELD(&info, IPAM_OUTCOME_FLAGS);
    kea_done(c, status, status ? NULL : &info);
}

void kea_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args)
{
    struct kea_call c = { .kea = ctx, .req = req };
    struct ipam_outcome info = { .size = sizeof(info), .type = IPAM_T_OUTCOME };
    int64_t limit = c.kea->opt.page;
    char cursor[ADDR_TEXT_MAX + 4];
    struct position at;

    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_ADDRESS)) {
        answer_one(&c, args);
        return;
    }
    int status = parse_cursor(&c, args->cursor, &at);
    if (IPAM_HAS_FIELD(args, IPAM_DHCP_READ_LIMIT) && args->limit > 0 && args->limit < limit)
        limit = args->limit;
    if (status == 0)
        status = read_on(&c, &at, limit, args->native_scope);
    if (status == 0) {
        c.message[0] = '\0';
        if (at.service < KEA_SERVICES) {
            snprintf(cursor, sizeof(cursor), "v%c:%s", at.service == KEA_DHCP4 ? '4' : '6', at.from);
            info.cursor = str_from(cursor);
            IPAM_SET_FIELD(&info, IPAM_OUTCOME_CURSOR);
        } else {
            info.flags = IPAM_DONE_COMPLETE;
            IPAM_SET_FIELD(&info, IPAM_OUTCOME_FLAGS);
        }
    }
    kea_done(&c, status, &info);
}
