/* rir.c - the files in which the regional registries publish what they have given out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Their "RIR statistics exchange format" (apnic.net; files delegated-* and delegated-*-extended): a line of
 * version, lines that sum up, lines of comment, and records
 *   registry|cc|type|start|value|date|status[|opaque-id[|...]]
 * where value is the number of addresses of an ipv4 record, which need be no power of two, the length of an
 * ipv6 one, and the number of AS numbers. What was given out is a block: registry -> rir, date -> rir_date;
 * status, country and holder -> description. What is available or reserved at the registry is nobody's, and
 * passed over, as are AS numbers. */
#include <string.h>

#include "foreign/foreign_p.h"
#include "net/addr.h"
#include "net/u128.h"

#define CELLS 16

struct rir {
    bool open;
    struct foreign_cut cut;
};

struct record {
    struct ipam_str registry, country, type, start, value, date, status, holder;
    uint32_t line;
};

static const struct foreign_word registries[] = {
    { "afrinic", "afrinic" }, { "apnic", "apnic" },  { "arin", "arin" },
    { "lacnic", "lacnic" },   { "ripencc", "ripe" }, { NULL, NULL },
};

static void put_block(struct foreign *f, const struct record *r, const struct ipam_prefix *p)
{
    const char *rir = foreign_word(registries, r->registry);
    int64_t ms = 0;
    if (!foreign_begin(f, IPAM_T_BLOCK, r->line))
        return;
    if (f->row.rec == NULL) {
        foreign_emit(f);
        return;
    }
    *(struct ipam_prefix *)foreign_put(f, "prefix") = *p;
    foreign_set(f, "rir", str_from(rir != NULL ? rir : ""));
    foreign_set(f, "rir_date", (struct ipam_str){ NULL, 0 });
    bool dated = foreign_date(r->date, &ms) == 0 && ms >= 0;
    if (dated)
        *(int64_t *)foreign_put(f, "rir_date") = ms;
    foreign_set(f, "description", r->status);
    if (rir == NULL)
        foreign_extra(f, "registry", r->registry);
    if (!foreign_is(r->country, "zz") && !str_is(r->country, "*"))
        foreign_extra(f, "country", r->country);
    foreign_extra(f, "holder", r->holder);
    if (!dated && !str_is(r->date, "00000000"))
        foreign_extra(f, "date", r->date);
    foreign_emit(f);
}

static void refuse(struct foreign *f, const struct record *r, const char *why)
{
    if (!foreign_begin(f, IPAM_T_BLOCK, r->line))
        return;
    foreign_refuse(f, STR_FMT " record of " STR_FMT " and " STR_FMT ": %s", STR_ARG(r->type),
                   STR_ARG(r->start), STR_ARG(r->value), why);
    foreign_emit(f);
}

/* A run of addresses, as the fewest blocks that are it. */
static void ipv4(struct foreign *f, const struct record *r)
{
    struct ipam_addr first, last, end;
    struct ipam_u128 count;
    if (addr_parse(r->start.data, r->start.len, &first) != 0 || first.family != 4) {
        refuse(f, r, "the start is no IPv4 address");
        return;
    }
    if (u128_parse(r->value.data, r->value.len, &count) != 0 || (count.hi == 0 && count.lo == 0) ||
        addr_add(&first, u128_sub(count, u128_from(1)), &last) != 0) {
        refuse(f, r, "the value is no number of addresses that there are from there");
        return;
    }
    for (;;) {
        struct ipam_prefix p;
        prefix_largest(&first, &last, &p);
        put_block(f, r, &p);
        prefix_last(&p, &end);
        if (addr_equal(&end, &last) || addr_add(&end, u128_from(1), &first) != 0)
            break;
    }
}

static void ipv6(struct foreign *f, const struct record *r)
{
    struct ipam_prefix p;
    const char *text = arena_printf(&f->arena, STR_FMT "/" STR_FMT, STR_ARG(r->start), STR_ARG(r->value));
    if (text == NULL || prefix_parse(text, strlen(text), &p) != 0 || p.addr.family != 6)
        refuse(f, r, "start and value are no IPv6 prefix");
    else
        put_block(f, r, &p);
}

static size_t cut_cells(struct ipam_str row, struct ipam_str *cells)
{
    size_t n = 0;
    while (n < CELLS) {
        const char *bar = row.len > 0 ? memchr(row.data, '|', row.len) : NULL;
        size_t len = bar != NULL ? (size_t)(bar - row.data) : row.len;
        cells[n++] = foreign_trim((struct ipam_str){ row.data, len });
        if (bar == NULL)
            break;
        row.data += len + 1;
        row.len -= len + 1;
    }
    return n;
}

static int on_line(struct foreign *f, struct ipam_str row, uint32_t line)
{
    struct rir *own = f->own;
    struct ipam_str c[CELLS] = { { NULL, 0 } };
    size_t n = row.data[0] != '#' ? cut_cells(row, c) : 0;
    if (n == 0 || (n == 1 && c[0].len == 0))
        return 0;
    if (n == 6 && str_is(c[5], "summary"))
        return 0;
    if (!own->open && n == 7 && c[0].len > 0 && c[0].data[0] >= '0' &&
        c[0].data[0] <= '9') { /* the version */
        own->open = true;
        return 0;
    }
    own->open = true;
    if (n < 7)
        return foreign_fail(f,
                            "line %u: a record has at least 7 parts with | between, as in "
                            "arin|US|ipv4|192.0.2.0|256|20240101|allocated, not %zu",
                            line, n);
    struct record r = { c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], line };
    bool v4 = str_is(r.type, "ipv4"), v6 = str_is(r.type, "ipv6");
    if (!v4 && !v6)
        foreign_pass(f, foreign_noting(f, "a record of type " STR_FMT, STR_ARG(r.type)), line);
    else if (!str_is(r.status, "allocated") && !str_is(r.status, "assigned"))
        foreign_pass(
            f, foreign_noting(f, "a record of status " STR_FMT ", which is nobody's", STR_ARG(r.status)),
            line);
    else if (v4)
        ipv4(f, &r);
    else
        ipv6(f, &r);
    return 0;
}

static struct foreign_cut *cut_of(struct foreign *f)
{
    struct rir *own = f->own;
    if (own->cut.row.max == 0)
        foreign_cut_init(&own->cut, false);
    return &own->cut;
}

static int feed(struct foreign *f, struct ipam_str piece)
{
    return foreign_cut_feed(f, cut_of(f), piece, on_line);
}

static int end(struct foreign *f)
{
    return foreign_cut_end(f, cut_of(f), on_line);
}

static void fini(struct foreign *f)
{
    foreign_cut_fini(cut_of(f));
}

static const uint32_t types[] = { IPAM_T_BLOCK, 0 };
const struct foreign_dialect foreign_rir = {
    .name = "rir",
    .types = types,
    .own_size = sizeof(struct rir),
    .feed = feed,
    .end = end,
    .fini = fini,
};
