/* page.c - whether a page of leases has the shape of Kea's, and goes on from where it was asked to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A page that is taken for the last one ends a reading, and what was not read then is removed from the
 * records; one that repeats what was there would never end it. */
#include <stdio.h>
#include <string.h>

#include "lease.h"
#include "net/addr.h"

/* Whether an address can come after the cursor: by number, or for DHCPv6 by its text, which is the order of
 * databases that keep it as text. */
static bool comes_after(enum kea_service s, const char *from, struct ipam_str text)
{
    struct ipam_addr before, address;
    char printed[ADDR_TEXT_MAX];

    if (addr_parse(from, strlen(from), &before) || addr_parse(text.data, text.len, &address))
        return true; /* from the start; or no address, which the lease's own parser tells */
    addr_print(&address, printed);
    return addr_compare(&address, &before) > 0 || (s == KEA_DHCP6 && strcmp(printed, from) > 0);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Absent, empty, or "01:0a:ff". */
static bool is_identifier(const struct json *v)
{
    struct ipam_str text = json_str(v);

    if (v && !text.data)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (i % 3 == 2 ? text.data[i] != ':' : !is_hex(text.data[i]))
            return false;
    return text.len % 3 == 2 || text.len == 0;
}

/* What is wrong with one lease beyond what its parser needs; NULL: nothing. */
static const char *lease_problem(const struct json *lease)
{
    const struct json *name = json_get(lease, "hostname");

    if (!is_identifier(json_get(lease, "hw-address")))
        return "hw-address is not hexadecimal";
    if (!is_identifier(json_get(lease, "client-id")))
        return "client-id is not hexadecimal";
    if (!is_identifier(json_get(lease, "duid")))
        return "duid is not hexadecimal";
    return name && json_type(name) != JSON_STRING ? "hostname is no text" : NULL;
}

/* What is wrong with the page as a whole; NULL: nothing. */
static const char *page_problem(enum kea_service s, const char *from, int64_t limit,
                                const struct kea_answer *a)
{
    const struct json *list = json_get(a->arguments, "leases"), *count = json_get(a->arguments, "count");
    int64_t rows = (int64_t)json_count(list), told = rows;

    if (json_type(list) != JSON_ARRAY)
        return "holds no leases";
    if (count && (json_int(count, &told) || told != rows))
        return "holds another number of leases than it says";
    if (rows > limit)
        return "holds more leases than were asked for";
    if (a->result == KEA_EMPTY && rows > 0)
        return "says that it is empty, and holds leases";
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        struct ipam_str address = json_str(json_get(v, "ip-address"));

        if (address.data && !comes_after(s, from, address))
            return "repeats leases that came before, and would never come to an end";
    }
    return NULL;
}

int kea_page_check(struct kea_call *c, enum kea_service s, const char *from, int64_t limit,
                   const struct kea_answer *a)
{
    const char *problem = page_problem(s, from, limit, a);
    char where[400], lease[80];
    size_t number = 0;

    for (const struct json *v = json_first(json_get(a->arguments, "leases")); v && !problem;
         v = json_next(v)) {
        const char *wrong = lease_problem(v);

        number++;
        if (wrong)
            snprintf(lease, sizeof(lease), "holds lease number %zu, whose %s", number, wrong);
        problem = wrong ? lease : NULL;
    }
    if (!problem)
        return 0;
    kea_where(c->kea, s, where, sizeof(where));
    return kea_fail(
        c, IPAM_E_PROTO,
        "%s: a page of leases after %s %s; see that the options lead to a Kea server, and that nothing "
        "between changes its answers",
        where, from, problem);
}
