/* cli_map_test.c - the map of a subnet: what each cell is, and how it is drawn.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/map.h"
#include "net/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct term plain = { 0 }, unicode = { .utf8 = true }, colored = { .color = true };

static struct ipam_addr addr(const char *text)
{
    struct ipam_addr a = { 0 };

    assert_int_equal(addr_parse(text, strlen(text), &a), 0);
    return a;
}

static struct map_entry entry(enum map_kind kind, const char *address, const char *mac)
{
    return (struct map_entry){ .kind = kind, .address = addr(address), .mac = str_from(mac) };
}

static size_t cells_of(const char *prefix, struct map_entry *entries, size_t count, struct map_cell *cells)
{
    struct map_range range = { addr("10.1.2.8"), addr("10.1.2.9") };
    struct map m = { .entries = entries, .entry_count = count, .ranges = &range, .range_count = 1 };

    assert_int_equal(prefix_parse(prefix, strlen(prefix), &m.prefix), 0);
    return map_cells(&m, cells);
}

static void expect(const char *prefix, struct map_entry *entries, size_t count, const struct term *term,
                   const char *drawing)
{
    struct map_cell cells[MAP_CELLS_MAX];
    size_t n = cells_of(prefix, entries, count, cells);
    struct strbuf out;

    strbuf_init(&out, 65536);
    map_draw(cells, n, term, &out);
    assert_string_equal(out.data, drawing);
    strbuf_fini(&out);
}

#define A "02:00:00:00:00:0a"
#define B "02:00:00:00:00:0b"

static void test_an_address_a_cell(void **state)
{
    struct map_entry entries[] = {
        entry(MAP_LEASED, "10.1.2.8", A),   entry(MAP_STATIC, "10.1.2.3", NULL), entry(MAP_GATEWAY, "10.1.2.1", NULL),
        entry(MAP_RESERVED, "10.1.2.4", A), entry(MAP_STATIC, "10.1.2.5", A),    entry(MAP_LEASED, "10.1.2.5", B),
        entry(MAP_STATIC, "10.1.2.1", NULL),
    };

    (void)state;
    expect("10.1.2.0/28", entries, COUNT(entries), &plain,
           "10.1.2.0  NG.SR!..L:.....B\n"
           "\n"
           ".    8  free\n"
           ":    1  free, in a dynamic range\n"
           "S    1  static: an address of the plan\n"
           "R    1  reserved\n"
           "L    1  leased\n"
           "G    1  gateway\n"
           "N    1  network\n"
           "B    1  broadcast\n"
           "!    1  conflicting: several holders\n");
    expect("10.1.2.4/31", entries, COUNT(entries), &colored,
           "10.1.2.4  \033[33mR\033[0m\033[1;31m!\033[0m\n"
           "\n"
           "\033[33mR\033[0m    1  reserved\n"
           "\033[1;31m!\033[0m    1  conflicting: several holders\n");
}

static void test_rows_of_sixteen(void **state)
{
    struct map_cell cells[MAP_CELLS_MAX];
    struct strbuf out;
    unsigned lines = 0;

    (void)state;
    assert_int_equal(cells_of("10.1.2.0/24", NULL, 0, cells), 256);
    strbuf_init(&out, 65536);
    map_draw(cells, 256, &plain, &out);
    for (const char *p = out.data; *p != '\n' && (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_int_equal(lines, 16);
    assert_non_null(strstr(out.data, "10.1.2.0    N.......::......\n10.1.2.16   ................\n"));
    assert_non_null(strstr(out.data, "10.1.2.240  ...............B\n"));
    strbuf_fini(&out);
    assert_int_equal(cells_of("10.1.2.8/32", NULL, 0, cells), 1);
    assert_int_equal(cells[0].state, CELL_DYNAMIC);
    assert_int_equal(cells_of("2001:db8::/127", NULL, 0, cells), 2);
    assert_int_equal(cells[0].state, CELL_FREE);
    assert_int_equal(cells_of("2001:db8::/126", NULL, 0, cells), 4);
    assert_int_equal(cells[0].state, CELL_NETWORK);
    assert_int_equal(cells[3].state, CELL_FREE);
}

/* Who holds one address, and what that makes of it. */
static void test_who_conflicts_with_whom(void **state)
{
    static const struct {
        struct {
            enum map_kind kind;
            const char *mac, *client_id, *duid;
        } by[4];
        unsigned count;
        enum map_state state;
    } rows[] = {
        { { { MAP_STATIC, A, NULL, NULL }, { MAP_LEASED, A, NULL, NULL } }, 2, CELL_LEASED },
        { { { MAP_STATIC, A, NULL, NULL }, { MAP_LEASED, B, NULL, NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_LEASED, B, NULL, NULL }, { MAP_STATIC, A, NULL, NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_STATIC, NULL, NULL, NULL }, { MAP_LEASED, B, NULL, NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_STATIC, NULL, NULL, NULL }, { MAP_RESERVED, B, NULL, NULL } }, 2, CELL_RESERVED },
        { { { MAP_STATIC, A, NULL, NULL }, { MAP_RESERVED, B, NULL, NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_STATIC, NULL, NULL, NULL }, { MAP_RESERVED, B, NULL, NULL }, { MAP_LEASED, B, NULL, NULL } }, 3,
          CELL_LEASED },
        { { { MAP_RESERVED, A, NULL, NULL }, { MAP_LEASED, B, NULL, NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_RESERVED, NULL, "01", NULL }, { MAP_LEASED, B, "01", NULL } }, 2, CELL_LEASED },
        { { { MAP_RESERVED, NULL, "01", NULL }, { MAP_LEASED, B, "02", NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_RESERVED, NULL, NULL, "03" }, { MAP_LEASED, B, NULL, "04" } }, 2, CELL_CONFLICTING },
        { { { MAP_LEASED, A, NULL, NULL }, { MAP_LEASED, A, NULL, NULL } }, 2, CELL_LEASED }, /* two servers, one pair */
        { { { MAP_LEASED, A, NULL, NULL }, { MAP_LEASED, B, NULL, NULL } }, 2, CELL_CONFLICTING },
        { { { MAP_GATEWAY, NULL, NULL, NULL }, { MAP_STATIC, A, NULL, NULL } }, 2, CELL_GATEWAY },
        { { { MAP_GATEWAY, NULL, NULL, NULL }, { MAP_LEASED, A, NULL, NULL } }, 2, CELL_CONFLICTING },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct map_cell cells[MAP_CELLS_MAX];
        struct map_entry entries[4];

        for (unsigned j = 0; j < rows[i].count; j++) {
            entries[j] = entry(rows[i].by[j].kind, "10.1.2.3", rows[i].by[j].mac);
            entries[j].client_id = str_from(rows[i].by[j].client_id);
            entries[j].duid = str_from(rows[i].by[j].duid);
        }
        cells_of("10.1.2.0/29", entries, rows[i].count, cells);
        if (cells[3].state != rows[i].state)
            fail_msg("row %zu is %s", i, map_state_names[cells[3].state]);
        if (cells[3].statics + cells[3].reserved + cells[3].leased + cells[3].conflicting != 1)
            fail_msg("row %zu is not counted once", i);
    }
}

/* Of a /20 a cell is 16 addresses; of a /64, 2^56. */
static void test_equal_parts(void **state)
{
    static struct map_entry entries[64];
    char text[ADDR_TEXT_MAX];
    size_t count = 0;
    static const unsigned filled[] = { 0, 4, 8, 12, 16 }; /* in the first cells but one */

    (void)state;
    for (unsigned cell = 0; cell < COUNT(filled); cell++)
        for (unsigned i = 0; i < filled[cell]; i++) {
            snprintf(text, sizeof(text), "10.1.0.%u", cell * 16 + i);
            entries[count++] = entry(MAP_STATIC, text, NULL);
        }
    entries[count++] = entry(MAP_LEASED, "10.1.0.80", A);
    entries[count++] = entry(MAP_STATIC, "10.1.0.80", B);
    entries[count++] = entry(MAP_STATIC, "10.1.16.0", B); /* beyond it */
    {
        struct map_cell cells[MAP_CELLS_MAX];

        assert_int_equal(cells_of("10.1.0.0/20", entries, count, cells), 256);
        assert_int_equal(cells[1].statics, 4);
        assert_int_equal(map_cell_used(&cells[1]), 2500);
        assert_int_equal(cells[3].state, CELL_PARTLY);
        assert_int_equal(cells[4].state, CELL_FULL);
        assert_int_equal(cells[5].state, CELL_CONFLICTING);
        assert_int_equal(cells[32].state, CELL_DYNAMIC); /* 10.1.2.0 to .15 */
        assert_int_equal(cells[255].state, CELL_FREE);
        struct strbuf out;
        strbuf_init(&out, 65536);
        map_draw(cells, 256, &plain, &out);
        assert_memory_equal(out.data, "10.1.0.0   .-+*#!", 17);
        assert_non_null(strstr(out.data, "\n\neach cell is 16 addresses\n.  250  free\n:    1  free, in a dynamic range\n"
                                         "!    1  conflicting: several holders\n-    1  up to 25 % in use\n"));
        strbuf_reset(&out);
        map_draw(cells, 256, &unicode, &out);
        assert_non_null(strstr(out.data, "10.1.0.0   .░▒▓█!"));
        strbuf_fini(&out);
    }
    {
        struct map_cell cells[MAP_CELLS_MAX];
        struct map_entry one = entry(MAP_STATIC, "2001:db8::ff00:0:0:1", NULL);

        assert_int_equal(cells_of("2001:db8::/64", &one, 1, cells), 256);
        assert_int_equal(cells[255].state, CELL_PARTLY); /* however little it is */
        assert_int_equal(cells[254].state, CELL_FREE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_a_cell),
        cmocka_unit_test(test_rows_of_sixteen),
        cmocka_unit_test(test_who_conflicts_with_whom),
        cmocka_unit_test(test_equal_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
