/* cli_complete_test.c - completion: words up to the cursor in, candidates out.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/complete.h"
#include "cli/complete_p.h"
#include "cli/completion.h"
#include "cli/nouns.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define WORDS_MAX 10

/* All candidates for the words, each followed by a blank; with `help`, as the shells get them. */
static void ask(const char *const *words, bool help, struct strbuf *out)
{
    struct cli c = { 0 };
    struct strbuf lines;
    int argc = 0;

    while (words[argc] != NULL)
        argc++;
    arena_init(&c.arena, 0);
    strbuf_init(&lines, 1 << 20);
    complete_words(&c, argc, (char **)(uintptr_t)words, &lines);
    for (const char *at = lines.len > 0 ? lines.data : ""; *at != '\0'; at += strcspn(at, "\n") + 1) {
        strbuf_add(out, at, help ? strcspn(at, "\n") : strcspn(at, "\t\n"));
        strbuf_putc(out, help ? '\n' : ' ');
    }
    strbuf_fini(&lines);
    arena_fini(&c.arena);
}

static const struct {
    const char *words[WORDS_MAX];
    const char *expected;
} rows[] = {
    { { "s" }, "server space subnet scope superscope server-config statistic session secret " },
    { { "comp" }, "completion " },
    { { "completion", "" }, "bash zsh fish " },
    { { "completion", "z" }, "zsh " },
    { { "subnet", "" }, "list show add set delete set-scope free split merge resize move " },
    { { "subnet", "s" }, "show set set-scope split " },
    { { "range", "re" }, "reclaimable reclaim " },
    { { "range", "reclaim", "--a" }, "--alert --address " },
    { { "alert", "" }, "list show " },
    { { "alert", "list", "--kind", "utilization-o" }, "utilization-over " },
    { { "report", "" }, "list free-space owners " },
    { { "report", "free-space", "--le" }, "--length " },
    { { "query", "" }, "list show add set delete run " },
    { { "query", "add", "busy", "--li" }, "--list " },
    { { "space", "set", "default", "--expiry-events", "" }, "once periodic " },
    { { "-o", "json", "subnet", "s" }, "show set set-scope split " },
    { { "nosuch", "" }, "" },
    { { "subnet", "nosuch", "" }, "" },
    { { "subnet", "list", "--nosuch", "" }, "" },
    /* Options: what the noun and the verb have, and what every command has. */
    { { "--ur" }, "--url " },
    { { "subnet", "list", "--with" }, "--within " },
    { { "subnet", "list", "--lim" }, "--limit " },
    { { "subnet", "show", "--lim" }, "" },
    { { "server", "add", "--ro" }, "--role " },
    { { "server", "add", "--roles" }, "--roles " },
    { { "server", "add", "--role", "dhcp", "--ro" }, "--role " },
    { { "server", "add", "--driver", "kea", "--dri" }, "" },
    { { "server", "set", "--man" }, "--managed " },
    { { "server", "set", "--no" }, "--no-managed " },
    { { "server", "set", "--managed", "--no" }, "" },
    { { "server", "collect", "--wai" }, "--wait " },
    { { "server", "collect", "a", "--wait", "5s", "--quie" }, "--quiet " },
    { { "subnet", "set", "10.0.0.0/8", "--cl" }, "--clear " },
    { { "subnet", "show", "--", "--" }, "" },
    { { "-o" }, "-o " },
    { { "-z" }, "" },
    /* Values. */
    { { "-o", "" }, "table json jsonl csv yaml svg " },
    { { "subnet", "list", "--output", "j" }, "json jsonl " },
    { { "subnet", "list", "--output=j" }, "--output=json --output=jsonl " },
    { { "subnet", "list", "-oj" }, "-ojson -ojsonl " },
    { { "subnet", "list", "-o=y" }, "-o=yaml " },
    { { "range", "add", "10.0.0.1-10.0.0.9", "--kind", "" }, "static dynamic auto vip reserved " },
    { { "range", "list", "--kind=s" }, "--kind=static " },
    { { "server", "list", "--state", "un" }, "unknown unreachable " },
    { { "address", "allocate", "--strategy", "" }, "first last random sparse eui64 " },
    { { "address-pool", "allocate", "--strategy", "" }, "first last random sparse " },
    { { "address", "allocate", "--identifier", "du" }, "duid= " },
    { { "reservation", "add", "10.0.0.1", "--identifier", "hw" }, "hw-address= " },
    { { "server", "list", "--managed=" }, "--managed=true --managed=false " },
    { { "server", "list", "--no-managed=" }, "" },
    { { "subnet", "list", "--columns", "pre" }, "prefix " },
    { { "subnet", "list", "--columns", "prefix,us" }, "prefix,used " },
    { { "subnet", "list", "--columns=prefix,us" }, "--columns=prefix,used " },
    { { "subnet", "list", "--columns", "al" }, "all " },
    { { "calc", "10.0.0.0/8", "--columns", "" }, "" },
    { { "subnet", "set", "--clear", "n" }, "name " },
    { { "server", "set", "--clear", "d" }, "description " },
    { { "subnet", "list", "--limit", "" }, "" },
    { { "server", "collect", "--wait=" }, "" },
    /* A line without a candidate. */
    { { "--config", "/et" }, " " },
    { { "subnet", "list", "--token-file=/et" }, " " },
    /* A key that is to be made is nobody's to know; nor is one of a daemon that is away. */
    { { "server", "add", "" }, "" },
    { { "subnet", "show", "" }, "" },
    { { "address", "allocate", "--subnet", "" }, "" },
    { { "tree", "" }, "" },
    { { "map", "" }, "" },
    { { "calc", "10." }, "" },
    { { "calc", "10.0.0.0/8", "--su" }, "--summarize " },
};

static void test_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct strbuf out;

        strbuf_init(&out, 1 << 20);
        ask(rows[i].words, false, &out);
        if (strcmp(out.len > 0 ? out.data : "", rows[i].expected) != 0)
            fail_msg("row %u: '%s', not '%s'", i, out.len > 0 ? out.data : "", rows[i].expected);
        strbuf_fini(&out);
    }
}

static void test_candidates_say_what_they_are(void **state)
{
    static const struct {
        const char *words[WORDS_MAX];
        const char *expected;
    } told[] = {
        { { "subnet", "lis" }, "list\tList them.\n" },
        { { "spac" }, "space\tAn address space: overlapping plans live in different spaces.\n" },
        { { "subnet", "add", "x", "--nam" }, "--name\tName.\n" },
        { { "subnet", "show", "--token-file=x" }, "\tfiles\n" },
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(told); i++) {
        struct strbuf out;

        strbuf_init(&out, 4096);
        ask(told[i].words, true, &out);
        assert_string_equal(out.data, told[i].expected);
        strbuf_fini(&out);
    }
}

/* Every verb of every noun offers all its options, and the parser takes each that is offered. */
static void test_every_option_is_offered(void **state)
{
    static struct arg_options list;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (const struct noun *n = nouns; n->name != NULL; n++) {
        for (const struct verb *const *v = n->verbs; *v != NULL; v++) {
            const char *words[] = { n->name, (*v)->name != NULL ? (*v)->name : "--", "--", NULL };
            struct strbuf out;

            if ((*v)->name == NULL)
                words[2] = NULL;
            strbuf_init(&out, 1 << 20);
            ask(words, false, &out);
            options_global(&list);
            options_verb(&list, n, *v, &arena);
            for (unsigned i = 0; i < list.count; i++)
                if (strstr(out.data, arena_printf(&arena, "--%s ", list.items[i].name)) == NULL)
                    fail_msg("%s %s: --%s", n->name, words[1], list.items[i].name);
            strbuf_fini(&out);
        }
    }
    arena_fini(&arena);
}

static void test_where_to_look(void **state)
{
    static const struct {
        const char *text, *within;
    } places[] = {
        { "", NULL },
        { "1", NULL },
        { "10", NULL },
        { "10.", "10.0.0.0/7" },
        { "10.1", "10.0.0.0/7" },
        { "10.1.", "10.1.0.0/16" },
        { "10.2.1.7/3", "10.2.1.0/24" },
        { "0.", "0.0.0.0/0" },
        { "1.2.3.4.5", NULL },
        { "2001:db8:", "2001:db8::/29" },
        { "2001:db8:1:f", "2001:db8:1::/48" },
        { "2001:db8::f", "2001:db8::/29" },
        { "::1", "::/0" },
        { "fe80::1:2", NULL },
        { "dhcp1.", NULL },
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (unsigned i = 0; i < COUNT(places); i++) {
        const char *within = complete_within(places[i].text, &arena);

        if (places[i].within == NULL)
            assert_null(within);
        else
            assert_string_equal(within, places[i].within);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_candidates_say_what_they_are),
        cmocka_unit_test(test_every_option_is_offered),
        cmocka_unit_test(test_where_to_look),
    };

    setenv("IPAM_URL", "unix:/nonexistent/api.sock", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
