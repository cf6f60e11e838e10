/* provider_depend_test.c - plugins that need others: who can be used, and who closes first.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "provider/depend.h"

#define SET_MAX 4

/* A plugin of a row: its name, what it offers ("dhcp", "dhcp:leases"), needs and wants. A capital letter as
 * name: it cannot be loaded. */
struct made {
    const char *name, *offers, *needs, *wants;
};
/* A row: a set, and of each plugin its rank, or why it cannot be used. */
static const struct {
    const char *what;
    struct made set[SET_MAX];
    const char *result[SET_MAX];
} rows[] = {
    { "nobody needs anything", { { "a", "dhcp", NULL, NULL }, { "b", "dns", NULL, NULL } }, { "0", "0" } },
    { "met", { { "a", "audit", "dhcp", NULL }, { "b", "dhcp", NULL, NULL } }, { "1", "0" } },
    { "met by a capability",
      { { "a", "audit", "dhcp:leases", NULL }, { "b", "dhcp:leases", NULL, NULL } },
      { "1", "0" } },
    { "of the right kind, but without the capability",
      { { "a", "audit", "dhcp:leases", NULL }, { "b", "dhcp:v4", NULL, NULL } },
      { "requires dhcp:leases", "0" } },
    { "nobody offers it", { { "a", "audit", "dns", NULL } }, { "requires dns" } },
    { "its own offer does not count", { { "a", "dhcp", "dhcp", NULL } }, { "requires dhcp" } },
    { "whoever cannot be loaded serves nobody",
      { { "a", "audit", "dhcp", NULL }, { "B", "dhcp", NULL, NULL } },
      { "requires dhcp", "broken" } },
    { "and so on along a chain",
      { { "a", "audit", "dns", NULL }, { "b", "dns", "dhcp", NULL }, { "C", "dhcp", NULL, NULL } },
      { "requires dns", "requires dhcp", "broken" } },
    { "a chain closes from its end",
      { { "a", "audit", "dns", NULL }, { "b", "dns", "dhcp", NULL }, { "c", "dhcp", NULL, NULL } },
      { "2", "1", "0" } },
    { "a want that is met", { { "a", "audit", NULL, "dhcp" }, { "b", "dhcp", NULL, NULL } }, { "1", "0" } },
    { "a want that is not", { { "a", "audit", NULL, "dhcp" } }, { "0" } },
    { "a circle of needs",
      { { "a", "dhcp", "dns", NULL }, { "b", "dns", "dhcp", NULL } },
      { "in a circle", "in a circle" } },
    { "and who stands on it",
      { { "a", "dhcp", "dns", NULL }, { "b", "dns", "dhcp", NULL }, { "c", "audit", "dns", NULL } },
      { "in a circle", "in a circle", "circle" } },
    { "a circle that a want closes is cut there",
      { { "a", "dhcp", NULL, "dns" }, { "b", "dns", "dhcp", NULL } },
      { "0", "1" } },
    { "above all that serve it",
      { { "a", "audit", "dns", NULL }, { "b", "dns", NULL, NULL }, { "c", "dns", "dhcp", NULL },
        { "d", "dhcp", NULL, NULL } },
      { "2", "0", "1", "0" } },
};

static void make(const struct made *m, struct plugin *pl, const char **needs, const char **wants)
{
    size_t len = strcspn(m->offers, ":");
    uint32_t kind = kind_find(m->offers, len);

    plugin_blank(pl, m->name);
    needs[0] = m->needs;
    wants[0] = m->wants;
    pl->requires = needs;
    pl->wants = wants;
    pl->offers[kind].offered = true;
    if (m->offers[len])
        pl->offers[kind].capabilities = kind_capability(kind, m->offers + len + 1, strlen(m->offers + len + 1));
}

static void test_each_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plugin plugins[SET_MAX] = { 0 };
        struct depend set[SET_MAX] = { 0 };
        const char *needs[SET_MAX][2] = { { NULL } }, *wants[SET_MAX][2] = { { NULL } };
        size_t count = 0;

        print_message("row: %s\n", rows[i].what);
        for (; count < SET_MAX && rows[i].set[count].name; count++) {
            make(&rows[i].set[count], &plugins[count], needs[count], wants[count]);
            set[count].plugin = &plugins[count];
            if (rows[i].set[count].name[0] < 'a')
                snprintf(set[count].problem, sizeof(set[count].problem), "broken");
        }
        depend_resolve(set, count);
        for (size_t k = 0; k < count; k++) {
            char rank[16];

            snprintf(rank, sizeof(rank), "%u", set[k].rank);
            print_message("  %s: %s\n", plugins[k].name, set[k].problem[0] ? set[k].problem : rank);
            if (set[k].problem[0])
                assert_non_null(strstr(set[k].problem, rows[i].result[k]));
            else
                assert_string_equal(rank, rows[i].result[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_set) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
