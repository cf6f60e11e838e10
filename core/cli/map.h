/* map.h - a subnet drawn as a grid: who holds which of its addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MAP_H
#define CLI_MAP_H

#include "cli/nouns.h"

#define MAP_ROW       16
#define MAP_CELLS_MAX 256

enum map_kind { MAP_STATIC, MAP_RESERVED, MAP_LEASED, MAP_GATEWAY };

/* One object of the daemon that holds an address. */
struct map_entry {
    enum map_kind kind;
    struct ipam_addr address;
    struct ipam_str mac, client_id, duid; /* whose it is, as far as it says */
};

/* A run of addresses that a DHCP server leases from. */
struct map_range {
    struct ipam_addr first, last;
};

struct map {
    struct ipam_prefix prefix;
    struct map_entry *entries;
    size_t entry_count, entry_cap;
    struct map_range *ranges;
    size_t range_count, range_cap;
};

/* FREE, DYNAMIC and CONFLICTING are states of a part of the subnet too; the others before PARTLY are those of a single
 * address. */
enum map_state {
    CELL_FREE,
    CELL_DYNAMIC, /* free, and in a dynamic range */
    CELL_STATIC,
    CELL_RESERVED,
    CELL_LEASED,
    CELL_GATEWAY,
    CELL_NETWORK, /* of IPv6: the subnet-router anycast address */
    CELL_BROADCAST,
    CELL_CONFLICTING, /* held by two that are not the same client */
    CELL_PARTLY,
    CELL_FULL,
    CELL_STATES
};
extern const char *const map_state_names[];

struct map_cell {
    struct ipam_addr first, last;
    enum map_state state;
    unsigned statics, reserved, leased, conflicting; /* addresses; each is counted once */
};

/* Sorts the entries, and cuts the subnet into one cell an address, or MAP_CELLS_MAX equal parts when it is larger.
 * Returns how many there are. Pure. */
size_t map_cells(struct map *m, struct map_cell *cells);
/* The part of the cell that is held, in hundredths of a per cent. */
int64_t map_cell_used(const struct map_cell *cell);
/* Appends the grid and the legend of what is in it: with shades of Unicode when the terminal has them, in colour when it
 * has any. Pure. */
void map_draw(const struct map_cell *cells, size_t count, const struct term *term, struct strbuf *out);

int verb_map(struct cli *c, const struct command *cmd);

#endif
