/* cli_tree_test.c - the tree: what hangs under what, and how it is drawn.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cli/tree.h"
#include "net/addr.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct term unicode = { .utf8 = true }, ascii = { 0 };

static struct tree_item prefix(enum tree_kind kind, int64_t id, const char *label, const char *name, const char *source,
                               const char *used, const char *size, int64_t utilization)
{
    struct tree_item item = { .kind = kind, .id = id, .space = 1, .label = label, .name = name, .source = source,
                              .used = str_from(used), .size = str_from(size), .utilization = utilization };
    struct ipam_prefix p;

    assert_int_equal(prefix_parse(label, strlen(label), &p), 0);
    prefix_first(&p, &item.first);
    prefix_last(&p, &item.last);
    return item;
}

static struct tree_item range(int64_t id, int64_t scope, const char *first, const char *last, const char *label)
{
    struct tree_item item = { .kind = TREE_RANGE, .id = id, .space = 1, .scope = scope, .label = label, .name = "",
                              .source = "dhcp1", .utilization = -1 };

    assert_int_equal(addr_parse(first, strlen(first), &item.first), 0);
    assert_int_equal(addr_parse(last, strlen(last), &item.last), 0);
    return item;
}

static void expect(struct tree_item *items, size_t count, const struct term *term, const char *drawing)
{
    struct strbuf out;

    strbuf_init(&out, 65536);
    tree_draw(items, count, term, &out);
    assert_string_equal(out.data, drawing);
    strbuf_fini(&out);
}

static size_t plan(struct tree_item *items)
{
    size_t n = 0;

    items[n++] = range(9, 5, "10.1.2.10", "10.1.2.99", "10.1.2.10-10.1.2.99");
    items[n++] = prefix(TREE_SUBNET, 4, "10.1.3.0/24", "lab", "ipamd", "0", "256", 0);
    items[n++] = prefix(TREE_BLOCK, 1, "10.0.0.0/8", "corp", "", "12345", "16777216", 7);
    items[n++] = prefix(TREE_SCOPE, 5, "10.1.2.0/24", "office", "dhcp1", "45", "90", 5000);
    items[n++] = prefix(TREE_SUBNET, 3, "10.1.2.0/24", "floor 2", "dhcp1", "108", "256", 4218);
    items[n++] = prefix(TREE_BLOCK, 2, "10.1.0.0/16", "site a", "", "108", "65536", 16);
    items[n++] = range(10, 0, "10.1.2.200", "10.1.2.210", "10.1.2.200-10.1.2.210");
    items[n++] = prefix(TREE_SUBNET, 6, "2001:db8::/64", "six", "ipamd", "2", "18446744073709551616", 0);
    return n;
}

static void test_drawn_with_lines(void **state)
{
    struct tree_item items[16];

    (void)state;
    expect(items, plan(items), &unicode,
           "block 10.0.0.0/8                       corp            [#---------]   0.0 %  12345/16777216\n"
           "└─ block 10.1.0.0/16                   site a          [#---------]   0.1 %       108/65536\n"
           "   ├─ subnet 10.1.2.0/24               floor 2  dhcp1  [####------]  42.1 %         108/256\n"
           "   │  ├─ scope 10.1.2.0/24             office   dhcp1  [#####-----]  50.0 %           45/90\n"
           "   │  │  └─ range 10.1.2.10-10.1.2.99           dhcp1\n"
           "   │  └─ range 10.1.2.200-10.1.2.210            dhcp1\n"
           "   └─ subnet 10.1.3.0/24               lab      ipamd  [----------]   0.0 %           0/256\n"
           "subnet 2001:db8::/64                   six      ipamd  [----------]   0.0 %          2/2^64\n");
}

static void test_drawn_in_ascii(void **state)
{
    struct tree_item items[16];

    (void)state;
    expect(items, plan(items), &ascii,
           "block 10.0.0.0/8                       corp            [#---------]   0.0 %  12345/16777216\n"
           "`- block 10.1.0.0/16                   site a          [#---------]   0.1 %       108/65536\n"
           "   |- subnet 10.1.2.0/24               floor 2  dhcp1  [####------]  42.1 %         108/256\n"
           "   |  |- scope 10.1.2.0/24             office   dhcp1  [#####-----]  50.0 %           45/90\n"
           "   |  |  `- range 10.1.2.10-10.1.2.99           dhcp1\n"
           "   |  `- range 10.1.2.200-10.1.2.210            dhcp1\n"
           "   `- subnet 10.1.3.0/24               lab      ipamd  [----------]   0.0 %           0/256\n"
           "subnet 2001:db8::/64                   six      ipamd  [----------]   0.0 %          2/2^64\n");
}

/* Two servers with the same scope, and a block with the prefix of its subnet. */
static void test_equal_prefixes(void **state)
{
    struct tree_item items[] = {
        prefix(TREE_SCOPE, 8, "10.1.2.0/24", "", "dhcp2", NULL, NULL, -1),
        prefix(TREE_SUBNET, 2, "10.1.2.0/24", "", "ipamd", NULL, NULL, -1),
        prefix(TREE_SCOPE, 7, "10.1.2.0/24", "", "dhcp1", NULL, NULL, -1),
        prefix(TREE_BLOCK, 1, "10.1.2.0/24", "", "", NULL, NULL, -1),
        range(11, 8, "10.1.2.10", "10.1.2.19", "10.1.2.10-10.1.2.19"),
    };

    (void)state;
    expect(items, COUNT(items), &ascii,
           "block 10.1.2.0/24\n"
           "`- subnet 10.1.2.0/24               ipamd\n"
           "   |- scope 10.1.2.0/24             dhcp1\n"
           "   `- scope 10.1.2.0/24             dhcp2\n"
           "      `- range 10.1.2.10-10.1.2.19  dhcp1\n");
}

static void test_nothing_holds_another_space(void **state)
{
    struct tree_item items[] = {
        prefix(TREE_BLOCK, 1, "10.0.0.0/8", "", "", NULL, NULL, -1),
        prefix(TREE_SUBNET, 2, "10.1.2.0/24", "", "", NULL, NULL, -1),
    };

    (void)state;
    items[1].space = 2;
    expect(items, COUNT(items), &ascii, "block 10.0.0.0/8\nsubnet 10.1.2.0/24\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_with_lines),
        cmocka_unit_test(test_drawn_in_ascii),
        cmocka_unit_test(test_equal_prefixes),
        cmocka_unit_test(test_nothing_holds_another_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
