/* map_draw.c - a subnet's map as a grid of characters, and its legend.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/map.h"
#include "net/addr.h"

#define SHADES 4 /* of a part that is held, by quarters */

/* How a cell looks, and what the legend calls it. */
struct look {
    const char *utf8, *ascii, *color, *about;
};
static const struct look looks[CELL_STATES] = {
    [CELL_FREE] = { ".", ".", "", "free" },
    [CELL_DYNAMIC] = { ":", ":", "\033[36m", "free, in a dynamic range" },
    [CELL_STATIC] = { "S", "S", "\033[34m", "static: an address of the plan" },
    [CELL_RESERVED] = { "R", "R", "\033[33m", "reserved" },
    [CELL_LEASED] = { "L", "L", "\033[32m", "leased" },
    [CELL_GATEWAY] = { "G", "G", "\033[35m", "gateway" },
    [CELL_NETWORK] = { "N", "N", "\033[35m", "network" },
    [CELL_BROADCAST] = { "B", "B", "\033[35m", "broadcast" },
    [CELL_CONFLICTING] = { "!", "!", "\033[1;31m", "conflicting: several holders" },
};
static const struct look shades[SHADES] = {
    { "░", "-", "\033[32m", "up to 25 % in use" },
    { "▒", "+", "\033[32m", "up to 50 % in use" },
    { "▓", "*", "\033[33m", "up to 75 % in use" },
    { "█", "#", "\033[31m", "above 75 % in use" },
};

static const struct look *look_of(const struct map_cell *cell)
{
    int64_t used = map_cell_used(cell);

    if (cell->state != CELL_PARTLY && cell->state != CELL_FULL)
        return &looks[cell->state];
    return &shades[used <= 2500 ? 0 : used <= 5000 ? 1 : used <= 7500 ? 2 : 3];
}

static void put(const struct look *look, const struct term *term, struct strbuf *out)
{
    bool color = term->color && *look->color != '\0';

    if (color)
        strbuf_puts(out, look->color);
    strbuf_puts(out, term->utf8 ? look->utf8 : look->ascii);
    if (color)
        strbuf_puts(out, "\033[0m");
}

/* "10.1.2.16" before each row, in a column that is wide enough for all. */
static void label(const char *text, size_t width, struct strbuf *out)
{
    strbuf_printf(out, "%-*s  ", (int)width, text);
}

static void grid(const struct map_cell *cells, size_t count, const struct term *term, struct strbuf *out)
{
    char text[ADDR_TEXT_MAX];
    size_t width = 0;

    for (size_t i = 0; i < count; i += MAP_ROW) {
        size_t len = addr_print(&cells[i].first, text);

        width = len > width ? len : width;
    }
    for (size_t i = 0; i < count; i++) {
        addr_print(&cells[i].first, text);
        if (i % MAP_ROW == 0)
            label(text, width, out);
        put(look_of(&cells[i]), term, out);
        if (i % MAP_ROW == MAP_ROW - 1 || i + 1 == count)
            strbuf_putc(out, '\n');
    }
}

static void legend_line(const struct look *look, const struct map_cell *cells, size_t count,
                        const struct term *term, struct strbuf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += look_of(&cells[i]) == look;
    if (n == 0)
        return;
    put(look, term, out);
    strbuf_printf(out, "  %3zu  %s\n", n, look->about);
}

void map_draw(const struct map_cell *cells, size_t count, const struct term *term, struct strbuf *out)
{
    char size[U128_TEXT_MAX];

    grid(cells, count, term, out);
    strbuf_putc(out, '\n');
    if (!addr_equal(&cells[0].first, &cells[0].last)) {
        addr_distance_print(&cells[0].first, &cells[0].last, size);
        strbuf_puts(out, "each cell is ");
        text_count(str_from(size), out);
        strbuf_puts(out, " addresses\n");
    }
    for (size_t i = 0; i < CELL_PARTLY; i++)
        legend_line(&looks[i], cells, count, term, out);
    for (size_t i = 0; i < SHADES; i++)
        legend_line(&shades[i], cells, count, term, out);
}
