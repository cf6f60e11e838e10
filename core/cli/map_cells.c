/* map_cells.c - what is in each cell of a subnet's map.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/map.h"
#include "net/addr.h"

#define CELL_BITS 8 /* MAP_CELLS_MAX */

const char *const map_state_names[] = { "free",        "dynamic", "static",  "reserved",
                                        "leased",      "gateway", "network", "broadcast",
                                        "conflicting", "partly",  "full",    NULL };

/* What all that hold an address say together. */
struct holders {
    bool has[MAP_GATEWAY + 1];
    struct ipam_str mac, client_id, duid;
    bool nameless; /* the plan's address, without a MAC */
    bool differ;   /* two of them name different clients */
};

/* Whether the text differs from what another one said of the same. */
static bool differs(struct ipam_str *said, struct ipam_str text)
{
    if (text.len == 0)
        return false;
    if (said->len == 0)
        *said = text;
    return !str_equal(*said, text);
}

static void hear(struct holders *h, const struct map_entry *e)
{
    bool mac = differs(&h->mac, e->mac), id = differs(&h->client_id, e->client_id);

    h->has[e->kind] = true;
    h->nameless |= e->kind == MAP_STATIC && e->mac.len == 0;
    h->differ |= differs(&h->duid, e->duid) || mac || id;
}

static enum map_state judge(const struct holders *h)
{
    /* Nothing says that the client with the lease is the one that the plan means, or the gateway. */
    bool stranger = h->has[MAP_LEASED] && !h->has[MAP_RESERVED] && (h->nameless || h->has[MAP_GATEWAY]);

    return h->differ || stranger  ? CELL_CONFLICTING
           : h->has[MAP_GATEWAY]  ? CELL_GATEWAY
           : h->has[MAP_LEASED]   ? CELL_LEASED
           : h->has[MAP_RESERVED] ? CELL_RESERVED
           : h->has[MAP_STATIC]   ? CELL_STATIC
                                  : CELL_FREE;
}

/* Counts an address by what it is; a gateway by what holds it. */
static void count(struct map_cell *cell, const struct holders *h, enum map_state state)
{
    cell->conflicting += state == CELL_CONFLICTING;
    if (state == CELL_CONFLICTING)
        return;
    cell->leased += h->has[MAP_LEASED];
    cell->reserved += h->has[MAP_RESERVED] && !h->has[MAP_LEASED];
    cell->statics += h->has[MAP_STATIC] && !h->has[MAP_RESERVED] && !h->has[MAP_LEASED];
}

static bool is_dynamic(const struct map *m, const struct map_cell *cell)
{
    for (size_t i = 0; i < m->range_count; i++)
        if (addr_compare(&m->ranges[i].first, &cell->last) <= 0 &&
            addr_compare(&cell->first, &m->ranges[i].last) <= 0)
            return true;
    return false;
}

/* What an address is that nobody holds. */
static enum map_state unheld(const struct map *m, const struct map_cell *cell)
{
    struct ipam_addr first, last;

    prefix_usable(&m->prefix, &first, &last);
    if (addr_compare(&cell->last, &first) < 0)
        return CELL_NETWORK;
    if (addr_compare(&cell->first, &last) > 0)
        return CELL_BROADCAST;
    return is_dynamic(m, cell) ? CELL_DYNAMIC : CELL_FREE;
}

static enum map_state of_part(const struct map *m, const struct map_cell *cell)
{
    int64_t used = map_cell_used(cell);

    return cell->conflicting > 0                                           ? CELL_CONFLICTING
           : used == 10000                                                 ? CELL_FULL
           : used > 0 || cell->statics + cell->reserved + cell->leased > 0 ? CELL_PARTLY
           : is_dynamic(m, cell)                                           ? CELL_DYNAMIC
                                                                           : CELL_FREE;
}

int64_t map_cell_used(const struct map_cell *cell)
{
    uint64_t used = (uint64_t)cell->statics + cell->reserved + cell->leased + cell->conflicting;

    return u128_percent(u128_from(used), addr_distance(&cell->first, &cell->last));
}

static int compare(const void *left, const void *right)
{
    const struct map_entry *a = left, *b = right;

    return addr_compare(&a->address, &b->address);
}

/* Takes the entries from *at on that are in the cell. */
static void fill(const struct map *m, size_t *at, struct map_cell *cell)
{
    enum map_state state = CELL_FREE;

    while (*at < m->entry_count && addr_compare(&m->entries[*at].address, &cell->last) <= 0) {
        const struct ipam_addr *address = &m->entries[*at].address;
        struct holders h = { 0 };

        for (; *at < m->entry_count && addr_equal(&m->entries[*at].address, address); ++*at)
            hear(&h, &m->entries[*at]);
        state = judge(&h);
        count(cell, &h, state);
    }
    if (!addr_equal(&cell->first, &cell->last))
        cell->state = of_part(m, cell);
    else
        cell->state = state != CELL_FREE ? state : unheld(m, cell);
}

size_t map_cells(struct map *m, struct map_cell *cells)
{
    unsigned host = addr_bits(m->prefix.addr.family) - m->prefix.length;
    struct ipam_prefix part = m->prefix;
    size_t at = 0, cell_count = (size_t)1 << (host < CELL_BITS ? host : CELL_BITS);

    if (m->entry_count > 0)
        qsort(m->entries, m->entry_count, sizeof(m->entries[0]), compare);
    while (at < m->entry_count && addr_compare(&m->entries[at].address, &m->prefix.addr) < 0)
        at++;
    part.length = (uint8_t)(part.length + (host < CELL_BITS ? host : CELL_BITS));
    for (size_t i = 0; i < cell_count; i++) {
        cells[i] = (struct map_cell){ .first = part.addr };
        prefix_last(&part, &cells[i].last);
        fill(m, &at, &cells[i]);
        (void)addr_add(&cells[i].last, u128_from(1), &part.addr); /* there is none after the last */
    }
    return cell_count;
}
