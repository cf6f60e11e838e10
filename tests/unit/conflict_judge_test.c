/* conflict_judge_test.c - every kind of conflict at one place, both ways: what is one, and what is none.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "conflict/holder.h"
#include "conflict/judge.h"

static struct arena arena;

static int arena_begin(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int arena_end(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static struct ipam_addr addr_of(const char *text)
{
    struct ipam_addr a;
    assert_int_equal(addr_parse(text, strlen(text), &a), 0);
    return a;
}

/* Identifiers of hosts that are called by a letter: "m-a" its hardware address, "c-a" the client identifier made of that,
 * "ll-a" and "llt-a" DUIDs made of it, "en-a" a DUID and "text-a" a client identifier of another kind, "node-a" a client
 * identifier that holds "en-a". */
static struct ipam_bytes identifier(const char *word)
{
    static const struct {
        const char *kind;
        uint8_t head[12];
        size_t len;
    } kinds[] = {
        { "m-", { 0 }, 0 },
        { "raw-", { 0 }, 0 },
        { "c-", { 1 }, 1 },
        { "ll-", { 0, 3, 0, 1 }, 4 },
        { "llt-", { 0, 1, 0, 1, 9, 9, 9, 9 }, 8 },
        { "en-", { 0, 2, 0, 0, 0, 9 }, 6 },
        { "text-", { 't', 'e', 'x', 't' }, 4 },
        { "node-", { 0xff, 0, 0, 0, 7, 0, 2, 0, 0, 0, 9 }, 11 },
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t n = strlen(kinds[i].kind);
        if (strncmp(word, kinds[i].kind, n) != 0)
            continue;
        uint8_t *b = arena_alloc(&arena, kinds[i].len + 6);
        memcpy(b, kinds[i].head, kinds[i].len);
        memset(b + kinds[i].len, 0x10, 5);
        b[kinds[i].len + 5] = (uint8_t)word[n];
        return (struct ipam_bytes){ b, kinds[i].len + 6 };
    }
    fail_msg("what is %s?", word);
    return (struct ipam_bytes){ NULL, 0 };
}

static void word_of_address(struct ipam_address *a, const char *word)
{
    if (strncmp(word, "m-", 2) == 0)
        RECORD_SET(a, IPAM_ADDRESS_MAC, mac, identifier(word));
    else if (strcmp(word, "inactive") == 0)
        RECORD_SET(a, IPAM_ADDRESS_STATE, state, IPAM_ADDRESS_STATE_INACTIVE);
    else if (strcmp(word, "reserved") == 0)
        RECORD_SET(a, IPAM_ADDRESS_STATE, state, IPAM_ADDRESS_STATE_RESERVED);
    else if (strcmp(word, "dynamic") == 0)
        RECORD_SET(a, IPAM_ADDRESS_ASSIGNMENT, assignment, IPAM_ADDRESS_ASSIGNMENT_DYNAMIC);
    else if (strcmp(word, "auto") == 0)
        RECORD_SET(a, IPAM_ADDRESS_ASSIGNMENT, assignment, IPAM_ADDRESS_ASSIGNMENT_AUTO);
    else if (strcmp(word, "vip") == 0)
        RECORD_SET(a, IPAM_ADDRESS_ASSIGNMENT, assignment, IPAM_ADDRESS_ASSIGNMENT_VIP);
    else if (strcmp(word, "pending") == 0)
        RECORD_SET(a, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_PENDING);
    else if (strcmp(word, "failed") == 0)
        RECORD_SET(a, IPAM_ADDRESS_DHCP_SYNC, dhcp_sync, IPAM_ADDRESS_DHCP_SYNC_FAILED);
    else if (strncmp(word, "name-", 5) == 0)
        RECORD_SET(a, IPAM_ADDRESS_NAME, name, str_from(word + 5));
    else if (strncmp(word, "c-", 2) == 0 || strncmp(word, "raw-", 4) == 0 || strncmp(word, "text-", 5) == 0 ||
             strncmp(word, "node-", 5) == 0)
        RECORD_SET(a, IPAM_ADDRESS_CLIENT_ID, client_id, identifier(word));
    else
        RECORD_SET(a, IPAM_ADDRESS_DUID, duid, identifier(word));
}

static void word_of_reservation(struct ipam_reservation *r, const char *word)
{
    uint32_t type = IPAM_RESERVATION_IDENTIFIER_TYPE_DUID;
    if (strncmp(word, "circuit-", 8) == 0) {
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type,
                   IPAM_RESERVATION_IDENTIFIER_TYPE_CIRCUIT_ID);
        RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, identifier("text-x"));
        return;
    }
    if (strncmp(word, "name-", 5) == 0) {
        RECORD_SET(r, IPAM_RESERVATION_NAME, name, str_from(word + 5));
        return;
    }
    if (strncmp(word, "m-", 2) == 0)
        type = IPAM_RESERVATION_IDENTIFIER_TYPE_HW_ADDRESS;
    else if (strncmp(word, "c-", 2) == 0 || strncmp(word, "raw-", 4) == 0 || strncmp(word, "text-", 5) == 0)
        type = IPAM_RESERVATION_IDENTIFIER_TYPE_CLIENT_ID;
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER_TYPE, identifier_type, type);
    RECORD_SET(r, IPAM_RESERVATION_IDENTIFIER, identifier, identifier(word));
}

static void word_of_lease(struct ipam_lease *l, const char *word)
{
    static const char *const states[] = { "active", "declined", "expired", "released", "registered" };
    for (uint32_t i = 0; i < 5; i++)
        if (strcmp(word, states[i]) == 0) {
            RECORD_SET(l, IPAM_LEASE_STATE, state, i);
            return;
        }
    if (strncmp(word, "m-", 2) == 0)
        RECORD_SET(l, IPAM_LEASE_MAC, mac, identifier(word));
    else if (strncmp(word, "at-", 3) == 0)
        RECORD_SET(l, IPAM_LEASE_STARTED, started, word[3] - '0');
    else if (strncmp(word, "name-", 5) == 0)
        RECORD_SET(l, IPAM_LEASE_NAME, name, str_from(word + 5));
    else if (strncmp(word, "c-", 2) == 0 || strncmp(word, "raw-", 4) == 0 || strncmp(word, "text-", 5) == 0 ||
             strncmp(word, "node-", 5) == 0)
        RECORD_SET(l, IPAM_LEASE_CLIENT_ID, client_id, identifier(word));
    else
        RECORD_SET(l, IPAM_LEASE_DUID, duid, identifier(word));
}

/* A row from "plan,m-a", "res1,m-a" (of server 1), "lease2,m-b". */
static void *row_of(const char *text)
{
    char buf[128], *rest = buf, *what, *word;
    snprintf(buf, sizeof(buf), "%s", text);
    what = strsep(&rest, ",");
    uint32_t type = strcmp(what, "plan") == 0      ? IPAM_T_ADDRESS
                    : strncmp(what, "res", 3) == 0 ? IPAM_T_RESERVATION
                                                   : IPAM_T_LEASE;
    void *row = record_new(&arena, type);
    int64_t server = what[strlen(what) - 1] - '0';
    if (type == IPAM_T_RESERVATION)
        RECORD_SET((struct ipam_reservation *)row, IPAM_RESERVATION_SERVER, server, server);
    if (type == IPAM_T_LEASE)
        RECORD_SET((struct ipam_lease *)row, IPAM_LEASE_SERVER, server, server);
    while ((word = strsep(&rest, ",")) != NULL) {
        word = arena_strdup(&arena, word);
        if (type == IPAM_T_ADDRESS)
            word_of_address(row, word);
        else if (type == IPAM_T_RESERVATION)
            word_of_reservation(row, word);
        else
            word_of_lease(row, word);
    }
    return row;
}

/* --- holders --- */

static void test_holders(void **state)
{
    static const struct {
        const char *a, *b;
        enum holder_answer answer;
    } cases[] = {
        { "plan,m-a", "res1,m-a", HOLDER_SAME },
        { "plan,m-a", "res1,m-b", HOLDER_OTHER },
        { "plan,m-a", "res1,c-a", HOLDER_SAME }, /* 01 and the hardware address */
        { "plan,m-a", "res1,c-b", HOLDER_OTHER },
        { "plan,m-a", "res1,text-a", HOLDER_UNKNOWN },
        { "plan,m-a", "res1,raw-a", HOLDER_SAME }, /* some servers leave the type out */
        { "plan,m-a", "res1,raw-b", HOLDER_UNKNOWN },
        { "plan,text-a", "res1,text-a", HOLDER_SAME },
        { "plan,text-a", "res1,text-b", HOLDER_OTHER },
        { "plan,m-a,text-a", "lease1,m-a,text-b", HOLDER_SAME }, /* another system on the same card */
        { "plan,m-a,text-a", "lease1,m-b,text-a", HOLDER_SAME }, /* another card in the same host */
        { "plan,m-a,text-a", "lease1,m-b,text-b", HOLDER_OTHER },
        { "plan,m-a", "lease1,ll-a", HOLDER_SAME },
        { "plan,m-a", "lease1,llt-a", HOLDER_SAME },
        { "plan,m-a", "lease1,ll-b", HOLDER_UNKNOWN }, /* hosts have several cards and one DUID */
        { "plan,m-a", "lease1,llt-b", HOLDER_UNKNOWN },
        { "plan,ll-a", "lease1,m-a", HOLDER_SAME },
        { "plan,ll-a", "lease1,ll-b", HOLDER_OTHER },
        { "plan,en-a", "lease1,en-a", HOLDER_SAME },
        { "plan,en-a", "lease1,en-b", HOLDER_OTHER },
        { "plan,en-a", "res1,m-a", HOLDER_UNKNOWN },
        { "plan,node-a", "lease1,en-a", HOLDER_SAME }, /* RFC 4361 */
        { "plan,m-a", "res1,circuit-1", HOLDER_UNKNOWN },
        { "plan,name-web", "lease1,m-a,name-WEB.example.com", HOLDER_SAME },
        { "plan,name-web", "lease1,m-a,name-webs", HOLDER_UNKNOWN },
        { "plan,m-a,name-web", "lease1,m-b,name-web", HOLDER_OTHER }, /* names can be given to any host */
        { "plan", "lease1,m-a", HOLDER_UNKNOWN },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *a = row_of(cases[i].a), *b = row_of(cases[i].b);
        print_message("%s and %s\n", cases[i].a, cases[i].b);
        assert_int_equal(holder_compare(a, b), cases[i].answer);
        assert_int_equal(holder_compare(b, a), cases[i].answer);
    }
}

/* Who is called the same by one server and another must not be asked which of them was renewed last. */
static void test_equal_holders(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        { "lease1,m-a,name-pc,at-1", "lease2,m-a,name-pc,at-9", true },
        { "lease1,c-a,m-a", "lease2,c-a,m-a", true },
        { "lease1,en-a", "lease2,en-a", true },
        { "lease1,m-a", "lease2,m-b", false },
        { "lease1,m-a,text-a", "lease2,m-a,text-b", false }, /* the same, but the plan may know him by that */
        { "lease1,m-a,text-a", "lease2,m-a", false },
        { "lease1,en-a", "lease2,en-b", false },
        { "lease1,m-a,name-pc", "lease2,m-a,name-web", false },
        { "lease1", "lease2", true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s and %s\n", cases[i].a, cases[i].b);
        assert_int_equal(holder_equal(row_of(cases[i].a), row_of(cases[i].b)), cases[i].equal);
    }
}

/* --- one address --- */

static bool no_partners(void *user, int64_t server, int64_t other)
{
    (void)user;
    (void)server;
    (void)other;
    return false;
}

static bool all_partners(void *user, int64_t server, int64_t other)
{
    return !no_partners(user, server, other);
}

static void stand(struct standing *s, const char *text)
{
    if (strcmp(text, "gateway") == 0) {
        s->gateway_of = record_new(&arena, IPAM_T_SUBNET);
    } else if (strcmp(text, "router") == 0) {
        s->router_of = record_new(&arena, IPAM_T_SCOPE);
    } else if (strcmp(text, "static-range") == 0) {
        s->in_static_range = true;
    } else if (strcmp(text, "partners") == 0) {
        s->partners = all_partners;
    } else if (strncmp(text, "pool", 4) == 0) {
        struct ipam_scope *scope = record_new(&arena, IPAM_T_SCOPE);
        RECORD_SET(scope, IPAM_SCOPE_SERVER, server, text[4] - '0');
        s->leased[s->leased_count++] = (struct party){ scope, s->addr, s->addr };
    } else {
        void *row = row_of(text);
        uint32_t type = ((struct ipam_record *)row)->type;
        if (type == IPAM_T_ADDRESS)
            s->plan = row;
        else if (type == IPAM_T_RESERVATION)
            s->reservations[s->reservation_count++] = row;
        else
            s->leases[s->lease_count++] = row;
    }
}

/* "two-holders address lease;" for each. */
static void write_finding(void *user, const struct finding *f)
{
    struct strbuf *out = user;
    strbuf_puts(out, record_field_number(record_type(IPAM_T_CONFLICT), IPAM_CONFLICT_KIND)->names[f->kind]);
    for (size_t i = 0; i < f->count; i++)
        strbuf_printf(out, " %s", record_type(((const struct ipam_record *)f->parties[i].row)->type)->name);
    strbuf_putc(out, ';');
}

struct case_at {
    const char *stands, *found;
};

static void judge_case(const struct case_at *c, const char *address)
{
    struct standing s = { .space = 1, .addr = addr_of(address), .partners = no_partners };
    char buf[256], *rest = buf, *word;
    struct strbuf out;
    strbuf_init(&out, 4096);
    strbuf_puts(&out, "");
    snprintf(buf, sizeof(buf), "%s", c->stands);
    while ((word = strsep(&rest, " ")) != NULL)
        stand(&s, word);
    judge_address(&s, write_finding, &out);
    print_message("%s at %s\n", c->stands, address);
    assert_string_equal(out.data != NULL ? out.data : "", c->found);
    strbuf_fini(&out);
}

static const struct case_at both_families[] = {
    /* two holders */
    { "plan,m-a res1,m-b", "two-holders address reservation;" },
    { "plan,m-a lease1,m-b", "two-holders address lease;" },
    { "res1,m-a lease1,m-b", "two-holders reservation lease;" },
    { "res1,m-a lease2,m-b", "two-holders reservation lease;" },
    { "lease1,m-a lease2,m-b", "two-holders lease lease;" },
    { "plan,m-a res1,m-a lease1,m-b", "two-holders address reservation lease;" },
    { "plan,m-b res1,m-a lease1,m-a", "two-holders address reservation lease;" },
    { "plan,m-a,reserved lease1,m-b", "two-holders address lease;" },
    { "plan,m-a res1,m-b pool1", "two-holders address reservation;" },
    { "plan,m-a lease1,m-b pool1", "two-holders address lease;" }, /* one cause, one conflict */
    { "plan,m-a res1,m-a", "" },
    { "plan,m-a res1,m-a lease1,m-a pool1", "" }, /* how the plan carries a reservation */
    { "res1,m-a lease1,m-a pool1", "" },          /* the client it is reserved for */
    { "lease1,m-a lease2,m-a", "" },
    { "plan,m-a,inactive lease1,m-b", "" },
    { "plan,m-a lease1,m-b,expired", "" },
    { "plan,m-a lease1,m-b,released", "" },
    { "plan,m-a lease1,m-b,declined", "" },
    { "plan,m-a lease1,m-b,registered", "two-holders address lease;" },
    { "lease1,m-a lease2,m-b partners", "" }, /* partners tell of one lease at different times */
    { "res1,m-a lease1,m-a,at-9 lease2,m-b,at-5 partners", "" }, /* the other has not told of it yet */
    { "res1,m-a lease1,m-a,at-5 lease2,m-b,at-9 partners", "two-holders reservation lease;" },
    { "res1,m-a lease1,m-a,at-9 lease2,m-b,at-5", "two-holders reservation lease lease;" },
    { "plan,m-a res1,circuit-1", "" },
    { "res1,circuit-1 lease1,m-b", "" },
    /* a lease of what the plan gives to another */
    { "plan lease1,m-b", "lease-of-static address lease;" },
    { "plan,name-web lease1,m-b,name-pc", "lease-of-static address lease;" },
    { "plan,reserved lease1,m-b", "lease-of-static address lease;" },
    { "plan,vip lease1,m-b", "lease-of-static address lease;" },
    { "plan lease1,m-b pool1", "lease-of-static address lease;" },
    { "plan,name-web lease1,m-b,name-web.example.com", "" },
    { "plan,m-a lease1,m-a", "" },
    { "plan,dynamic lease1,m-b", "" },
    { "plan,auto lease1,m-b", "" },
    { "plan,inactive lease1,m-b", "" },
    { "plan,pending lease1,m-b", "" },  /* its reservation is on the way */
    { "plan res1,m-b lease1,m-b", "" }, /* it has one */
    { "plan lease1,m-b,expired", "" },
    /* static in a pool */
    { "plan pool1", "static-in-pool address scope;" },
    { "plan,m-a pool1", "static-in-pool address scope;" },
    { "plan,reserved pool1", "static-in-pool address scope;" },
    { "plan,vip pool1", "static-in-pool address scope;" },
    { "plan,failed pool1", "static-in-pool address scope;" },
    { "plan,m-a lease1,m-a pool1", "static-in-pool address scope;" },
    { "plan pool1 pool2", "static-in-pool address scope scope;" },
    { "plan", "" },
    { "plan,dynamic pool1", "" },
    { "plan,auto pool1", "" },
    { "plan,inactive pool1", "" },
    { "plan,pending pool1", "" },
    { "plan,m-a res1,m-a pool1", "" },
    { "plan,m-a res1,m-a pool2",
      "static-in-pool address scope;" }, /* the other server leases it to anybody */
    { "plan,m-a res1,m-a pool1 pool2", "static-in-pool address scope;" },
    { "plan,m-a res1,m-a res2,m-a pool1 pool2", "" },
    { "plan,m-a res1,m-a pool2 partners", "" },
    { "plan pool1 static-range", "" }, /* the range tells */
    { "pool1", "" },
    { "lease1,m-a pool1", "" },
    { "res1,m-a pool1", "" },
    /* gateways */
    { "gateway pool1", "gateway-in-pool subnet scope;" },
    { "router pool1", "gateway-in-pool scope scope;" },
    { "gateway plan pool1", "gateway-in-pool subnet scope;" },
    { "gateway lease1,m-a pool1", "gateway-held subnet lease;" },
    { "router lease1,m-a", "gateway-held scope lease;" },
    { "gateway plan,m-a lease1,m-b", "gateway-held subnet lease address;" },
    { "gateway res1,m-a lease1,m-b", "gateway-held subnet lease;" },
    { "gateway", "" },
    { "gateway plan,m-a", "" },
    { "gateway res1,m-a pool1", "" },
    { "gateway res1,m-a pool2", "gateway-in-pool subnet scope;" },
    { "gateway plan,name-gw lease1,m-b,name-gw.example.com", "" },
    { "gateway plan,m-a,name-gw lease1,m-b,name-gw", "gateway-held subnet lease address;" },
    { "gateway res1,m-a lease1,m-a pool1", "" },
    { "gateway plan,m-a lease1,m-a", "" },
    { "gateway lease1,m-a,expired", "" },
    /* reserved twice */
    { "res1,m-a res2,m-b", "reservation-twice reservation reservation;" },
    { "res1,m-a res1,m-b", "reservation-twice reservation reservation;" },
    { "res1,m-a res2,m-b partners", "reservation-twice reservation reservation;" },
    { "res1,m-a res2,m-b res2,circuit-1", "reservation-twice reservation reservation;" },
    { "plan,m-a res1,m-a res2,m-b",
      "reservation-twice reservation reservation;" }, /* the plan is right with one */
    { "res1,m-a res2,m-b lease1,m-a", "reservation-twice reservation reservation;" },
    { "plan,m-a res1,m-a res2,m-b lease2,m-b", "reservation-twice reservation reservation;" },
    { "plan,m-c res1,m-a res2,m-b",
      "reservation-twice reservation reservation;two-holders address reservation reservation;" },
    { "res1,m-a res2,m-a", "" },
    { "res1,m-a res2,m-a partners", "" },
    { "res1,m-a res2,circuit-1", "" },
};

static void test_addresses(void **state)
{
    static const struct case_at v4[] = {
        { "plan,m-a res1,c-a", "" },
        { "plan,m-a res1,c-b", "two-holders address reservation;" },
        { "res1,m-a res2,c-a", "" },
        { "res1,c-a lease1,m-a", "" },
        { "res1,text-a lease1,m-a,text-a", "" },
        { "res1,text-a lease1,m-a,text-b", "two-holders reservation lease;" },
    };
    static const struct case_at v6[] = {
        { "plan,en-a res1,en-b", "two-holders address reservation;" },
        { "plan,en-a lease1,en-b", "two-holders address lease;" },
        { "plan,m-a res1,ll-a", "" },
        { "plan,m-a res1,llt-a lease1,llt-a", "" },
        { "plan,m-a res1,en-b", "" },
        { "res1,en-a res2,en-b", "reservation-twice reservation reservation;" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(both_families) / sizeof(both_families[0]); i++) {
        judge_case(&both_families[i], "10.1.2.3");
        judge_case(&both_families[i], "2001:db8::3");
    }
    for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++)
        judge_case(&v4[i], "10.1.2.3");
    for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++)
        judge_case(&v6[i], "2001:db8::3");
}

/* --- what scopes lease --- */

/* "A-B,C-D/X-Y" : pools, then what is excluded; ends are last bytes. */
static struct leasing leasing_of(int64_t id, int64_t server, const char *base, const char *text)
{
    struct ipam_scope *s = record_new(&arena, IPAM_T_SCOPE);
    struct leasing l = { .scope = s };
    bool excluded = false;
    RECORD_SET(s, IPAM_SCOPE_ID, id, id);
    RECORD_SET(s, IPAM_SCOPE_SERVER, server, server);
    RECORD_SET(s, IPAM_SCOPE_SPACE, space, 1);
    while (*text != '\0') {
        char *end;
        unsigned long from = strtoul(text, &end, 10);
        assert_true(end != text && *end == '-');
        text = end + 1;
        unsigned long to = strtoul(text, &end, 10);
        assert_ptr_not_equal(end, text);
        struct ipam_addr first, last;
        first = last = addr_of(base);
        addr_add(&first, u128_from(from), &first);
        addr_add(&last, u128_from(to), &last);
        if (excluded)
            leasing_exclude(&l, &first, &last);
        else
            leasing_add(&l, &first, &last);
        text = end;
        if (*text == '/' || *text == '\0') {
            if (!excluded)
                leasing_sort(&l);
            excluded = true;
        }
        text += *text != '\0';
    }
    return l;
}

static void print_part(const struct ipam_addr *base, const struct ipam_addr *a, struct strbuf *out)
{
    strbuf_printf(out, "%u", (unsigned)(u128_sub(addr_distance(base, a), u128_from(1)).lo));
}

static void test_leasing(void **state)
{
    static const struct {
        const char *text, *left;
    } cases[] = {
        { "10-20", "10-20 " },
        { "30-40,10-20", "10-20 30-40 " },
        { "10-20,15-40,17-18", "10-40 " },
        { "10-20/10-12", "13-20 " },
        { "10-20/18-20", "10-17 " },
        { "10-20/12-14", "10-11 15-20 " },
        { "10-20/5-30", "" },
        { "10-20/10-20", "" },
        { "10-20/21-30", "10-20 " },
        { "10-20,30-40/15-35", "10-14 36-40 " },
        { "10-20/12-12/14-14", "10-11 13-13 15-20 " },
        { "10-20/12-14/10-11/15-20", "" },
        { "10-12,14-16,18-20/13-17", "10-12 18-20 " },
    };
    static const char *const bases[] = { "10.0.0.0", "2001:db8::", NULL };
    (void)state;
    for (const char *const *base = bases; *base != NULL; base++) {
        struct ipam_addr zero = addr_of(*base);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            struct leasing l = leasing_of(1, 1, *base, cases[i].text);
            struct strbuf out;
            strbuf_init(&out, 4096);
            strbuf_puts(&out, "");
            for (size_t k = 0; k < l.count; k++) {
                print_part(&zero, &l.runs[k].first, &out);
                strbuf_putc(&out, '-');
                print_part(&zero, &l.runs[k].last, &out);
                strbuf_putc(&out, ' ');
            }
            assert_string_equal(out.data != NULL ? out.data : "", cases[i].left);
            strbuf_fini(&out);
            leasing_fini(&l);
        }
    }
}

static void test_pools(void **state)
{
    static const struct {
        const char *one, *other;
        unsigned first, last; /* 0: none */
    } cases[] = {
        { "10-20", "20-30", 20, 20 },
        { "10-20", "15-18", 15, 18 },
        { "10-20", "10-20", 10, 20 },
        { "10-20", "21-30", 0, 0 },
        { "10-200/100-200", "10-200/10-99", 0, 0 },   /* split scope */
        { "10-200/100-200", "10-200/10-98", 99, 99 }, /* one that is not quite */
        { "10-20,40-50", "30-45,12-12", 12, 45 },
        { "10-20/10-20", "10-20", 0, 0 },
    };
    static const char *const bases[] = { "10.0.0.0", "2001:db8::", NULL };
    struct finding f;
    (void)state;
    for (const char *const *base = bases; *base != NULL; base++) {
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            struct leasing a = leasing_of(5, 1, *base, cases[i].one),
                           b = leasing_of(4, 2, *base, cases[i].other);
            struct leasing same = leasing_of(6, 1, *base, cases[i].other);
            struct ipam_addr first = addr_of(*base), last = first;
            bool overlap = cases[i].first != 0;
            addr_add(&first, u128_from(cases[i].first), &first);
            addr_add(&last, u128_from(cases[i].last), &last);
            print_message("%s and %s\n", cases[i].one, cases[i].other);
            assert_int_equal(judge_pools(&a, &b, &f), overlap);
            if (overlap) {
                assert_true(addr_equal(&f.first, &first) && addr_equal(&f.last, &last));
                assert_ptr_equal(f.parties[0].row, b.scope); /* the lower id first, from whichever side */
                assert_true(judge_pools(&b, &a, &f));
                assert_ptr_equal(f.parties[0].row, b.scope);
            }
            assert_false(judge_pools(&a, &same, &f)); /* one server knows what it leased */
            ((struct ipam_scope *)b.scope)->space = 2;
            assert_false(judge_pools(&a, &b, &f)); /* spaces have nothing to do with each other */
            leasing_fini(&a);
            leasing_fini(&b);
            leasing_fini(&same);
        }
    }
}

/* A prefix that two servers serve: each a part of it is a split scope, one of them nothing is none. */
static void test_twins(void **state)
{
    enum { NONE = -1, SPLIT = IPAM_CONFLICT_KIND_SCOPE_SPLIT, TWICE = IPAM_CONFLICT_KIND_SCOPE_TWICE };
    static const struct {
        const char *one, *other; /* NULL: without pools */
        int kind;
    } cases[] = {
        { "10-20", "21-30", SPLIT },
        { "10-200/100-200", "10-200/10-99", SPLIT },
        { "10-20", "20-30", NONE }, /* they overlap: that is another kind */
        { "10-20", NULL, TWICE },
        { NULL, "10-20", TWICE },
        { "10-20", "30-40/30-40", TWICE }, /* all of it is excluded */
        { NULL, NULL, NONE },              /* options and reservations alone */
    };
    struct ipam_prefix net = { addr_of("10.0.0.0"), 24 }, wide = { net.addr, 16 };
    struct finding f;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct leasing a = leasing_of(5, 1, "10.0.0.0", cases[i].one != NULL ? cases[i].one : "1-1"),
                       b = leasing_of(4, 2, "10.0.0.0", cases[i].other != NULL ? cases[i].other : "1-1");
        struct ipam_scope *scopes[2] = { (struct ipam_scope *)a.scope, (struct ipam_scope *)b.scope };
        a.count = cases[i].one != NULL ? a.count : 0;
        b.count = cases[i].other != NULL ? b.count : 0;
        a.serves = b.serves = true;
        scopes[0]->prefix = scopes[1]->prefix = net;
        print_message("%s and %s\n", cases[i].one, cases[i].other);
        bool found = judge_twins(&a, &b, &f);
        assert_int_equal(found ? (int)f.kind : NONE, cases[i].kind);
        if (found) {
            assert_true(prefix_equal(&f.prefix, &net));
            assert_ptr_equal(f.parties[0].row, b.scope); /* the lower id first */
            assert_int_equal(f.parties[0].first.family, b.count > 0 ? 4 : 0);
        }
        b.serves = false; /* it is switched off */
        assert_false(judge_twins(&a, &b, &f));
        b.serves = true;
        scopes[1]->prefix = wide; /* that is told of the subnets */
        assert_false(judge_twins(&a, &b, &f));
        scopes[1]->prefix = net;
        scopes[1]->server = scopes[0]->server;
        assert_false(judge_twins(&a, &b, &f));
        leasing_fini(&a);
        leasing_fini(&b);
    }
}

static void test_pool_outside(void **state)
{
    static const struct {
        const char *first, *last;
        bool outside;
    } cases[] = {
        { "10.0.0.10", "10.0.0.20", false },
        { "10.0.0.0", "10.0.0.255", false },
        { "10.0.0.200", "10.0.1.1", true },
        { "9.255.255.255", "10.0.0.1", true },
        { "10.0.1.1", "10.0.1.1", true },
    };
    struct ipam_scope s;
    struct ipam_pool p;
    struct finding f;
    (void)state;
    record_init(&s, IPAM_T_SCOPE);
    RECORD_SET(&s, IPAM_SCOPE_PREFIX, prefix, ((struct ipam_prefix){ addr_of("10.0.0.0"), 24 }));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        record_init(&p, IPAM_T_POOL);
        RECORD_SET(&p, IPAM_POOL_FIRST, first, addr_of(cases[i].first));
        RECORD_SET(&p, IPAM_POOL_LAST, last, addr_of(cases[i].last));
        assert_int_equal(judge_pool(&p, &s, &f), cases[i].outside);
        if (cases[i].outside)
            assert_true(f.kind == IPAM_CONFLICT_KIND_POOL_OUTSIDE && f.parties[0].row == &p &&
                        f.parties[1].row == &s && addr_equal(&f.last, &p.last));
        RECORD_SET(&p, IPAM_POOL_DELEGATED_LENGTH, delegated_length, 24);
        assert_false(judge_pool(&p, &s, &f));
    }
}

static void test_ranges(void **state)
{
    static const struct {
        uint32_t kind;
        bool of_server;
        const char *leases;
        bool overlap;
    } cases[] = {
        { IPAM_RANGE_KIND_STATIC, false, "10-20", true },
        { IPAM_RANGE_KIND_RESERVED, false, "10-20", true },
        { IPAM_RANGE_KIND_VIP, false, "10-20", true },
        { IPAM_RANGE_KIND_STATIC, false, "30-40,10-15", true },
        { IPAM_RANGE_KIND_DYNAMIC, false, "10-20", false }, /* the plan's word for the pool */
        { IPAM_RANGE_KIND_AUTO, false, "10-20", false },
        { IPAM_RANGE_KIND_STATIC, true, "10-20", false }, /* a pool itself */
        { IPAM_RANGE_KIND_STATIC, false, "20-30", false },
        { IPAM_RANGE_KIND_STATIC, false, "1-9", false },
        { IPAM_RANGE_KIND_STATIC, false, "10-30/10-19", false }, /* excluded */
    };
    struct finding f;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) { /* the range is 10-19 */
        struct leasing l = leasing_of(4, 1, "10.0.0.0", cases[i].leases);
        struct ipam_range r;
        record_init(&r, IPAM_T_RANGE);
        RECORD_SET(&r, IPAM_RANGE_SPACE, space, 1);
        RECORD_SET(&r, IPAM_RANGE_FIRST, first, addr_of("10.0.0.10"));
        RECORD_SET(&r, IPAM_RANGE_LAST, last, addr_of("10.0.0.19"));
        RECORD_SET(&r, IPAM_RANGE_KIND, kind, cases[i].kind);
        if (cases[i].of_server)
            RECORD_SET(&r, IPAM_RANGE_SCOPE, scope, 9);
        print_message("%zu: %s\n", i, cases[i].leases);
        assert_int_equal(judge_range(&r, &l, 1, &f), cases[i].overlap);
        r.space = 2;
        assert_false(judge_range(&r, &l, 1, &f));
        leasing_fini(&l);
    }
}

/* --- reservations --- */

static void test_reservations(void **state)
{
    struct ipam_scope scope;
    struct ipam_reservation r;
    struct finding f;
    (void)state;
    record_init(&scope, IPAM_T_SCOPE);
    assert_int_equal(prefix_parse("10.1.0.0/24", 11, &scope.prefix), 0);
    record_init(&r, IPAM_T_RESERVATION);
    r.address = addr_of("10.1.0.255");
    assert_false(judge_reservation(&r, &scope, &f));
    r.address = addr_of("10.1.1.0");
    assert_true(judge_reservation(&r, &scope, &f));
    assert_int_equal(f.kind, IPAM_CONFLICT_KIND_RESERVATION_OUTSIDE);
    r.address = (struct ipam_addr){ 0 }; /* other settings alone */
    assert_false(judge_reservation(&r, &scope, &f));
}

/* What a reservation knows its client by, however it is written. */
static void test_clients(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "res1,m-a", "res2,m-a", true },       { "res1,m-a", "res2,m-b", false },
        { "res1,m-a", "res2,c-a", true },       { "res1,c-a", "res2,c-b", false },
        { "res1,text-a", "res2,text-a", true }, { "res1,m-a", "res2,ll-a", false },
        { "res1,en-a", "res2,en-a", true },     { "res1,raw-a", "res2,m-a", true },
    };
    uint8_t a[HOLDER_IDENTITY_MAX], b[HOLDER_IDENTITY_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n = holder_identity(row_of(cases[i].a), a), m = holder_identity(row_of(cases[i].b), b);
        print_message("%s and %s\n", cases[i].a, cases[i].b);
        assert_int_equal(n == m && memcmp(a, b, n) == 0, cases[i].same);
    }
    struct ipam_reservation *r = row_of("res1,en-a");
    size_t without = holder_identity(r, a);
    RECORD_SET(r, IPAM_RESERVATION_IAID, iaid, 7); /* each of its cards may have an address */
    assert_int_equal(holder_identity(r, b), without + 4);
    assert_int_equal(holder_identity(row_of("res1"), a), 0);
}

static void test_one_client(void **state)
{
    struct ipam_prefix prefix;
    struct finding f;
    (void)state;
    assert_int_equal(prefix_parse("10.1.0.0/24", 11, &prefix), 0);
    struct ipam_reservation *a = row_of("res1,m-a"), *b = row_of("res2,m-a");
    const struct ipam_reservation *both[2] = { a, b };
    a->address = b->address = addr_of("10.1.0.7");
    assert_false(judge_client(both, 2, 1, &prefix, 99, &f)); /* as servers of one link should have it */
    assert_false(judge_client(both, 1, 1, &prefix, 99, &f));
    b->address = addr_of("10.1.0.8");
    assert_true(judge_client(both, 2, 1, &prefix, 99, &f));
    assert_int_equal(f.count, 2);
    assert_int_equal(f.client, 99);
    assert_true(prefix_equal(&f.prefix, &prefix));
    b->addresses = (struct ipam_addrs){ &a->address, 1 }; /* besides, or in another order */
    assert_false(judge_client(both, 2, 1, &prefix, 99, &f));
    struct ipam_reservation *c = row_of("res3,m-a");
    const struct ipam_reservation *three[3] = { b, a, c };
    c->address = b->address;
    assert_true(judge_client(three, 3, 1, &prefix, 99, &f)); /* a and c have none in common */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holders),      cmocka_unit_test(test_equal_holders),
        cmocka_unit_test(test_addresses),    cmocka_unit_test(test_leasing),
        cmocka_unit_test(test_pools),        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_pool_outside),
        cmocka_unit_test(test_reservations), cmocka_unit_test(test_clients),
        cmocka_unit_test(test_one_client),
    };
    return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
