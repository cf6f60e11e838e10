/* fuzz_options.c - options of plugins, as text, as JSON and on the wire: what is taken is what a plugin is given.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The input is read as each of them, against a table with an option of every kind. `make check` replays the seeds in
 * tests/fuzz/corpus/options and mutations of them (fuzz_main.c); to fuzz, see README.md. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "provider/option_value.h"
#include "provider/reason.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static const char *const words[] = { "one", "two", NULL };
static struct ipam_option items[] = {
    { .kind = IPAM_OPT_TEXT, .name = "text", .help = "h" },
    { .kind = IPAM_OPT_INT, .name = "int", .min = -5, .max = 500, .def = "7", .help = "h" },
    { .kind = IPAM_OPT_BOOL, .name = "bool", .help = "h" },
    { .kind = IPAM_OPT_ENUM, .name = "enum", .names = words, .help = "h" },
    { .kind = IPAM_OPT_DURATION, .name = "duration", .min = 10, .max = 86400000, .help = "h" },
    { .kind = IPAM_OPT_PATH, .name = "path", .help = "h" },
    { .kind = IPAM_OPT_SECRET, .name = "secret", .help = "h" },
    { .kind = IPAM_OPT_ADDRESS, .name = "address", .help = "h" },
    { .kind = IPAM_OPT_PREFIX, .name = "prefix", .help = "h" },
    { .kind = IPAM_OPT_LIST, .name = "list", .min = 1, .max = 4, .help = "h" },
};
static const struct option_table table = { items, sizeof(items) / sizeof(items[0]) };

static void check_value(const struct ipam_option *o, const struct option_value *v)
{
    CHECK(v->present);
    CHECK(!option_has_range(o->kind) || o->kind == IPAM_OPT_LIST || (v->number >= o->min && v->number <= o->max));
    CHECK(o->kind != IPAM_OPT_BOOL || v->number == 0 || v->number == 1);
    CHECK(o->kind != IPAM_OPT_ENUM || str_is(v->text, "one") || str_is(v->text, "two"));
    CHECK(o->kind != IPAM_OPT_PATH || (v->text.len > 0 && v->text.data[0] == '/'));
    CHECK(o->kind != IPAM_OPT_LIST || (v->items.count >= 1 && v->items.count <= 4));
    CHECK(v->text.len <= OPTION_TEXT_MAX && memchr(v->text.len > 0 ? v->text.data : "x", 0, v->text.len) == NULL);
}

static void read_texts(struct ipam_str text)
{
    struct option_value v;
    char why[PROVIDER_ERR_MAX];
    struct arena a;

    arena_init(&a, 1u << 20);
    for (unsigned i = 0; i < table.count; i++) {
        memset(&v, 0, sizeof(v));
        why[0] = '\0';
        if (option_parse(&items[i], text, &a, &v, why) == 0)
            check_value(&items[i], &v);
        else
            CHECK(why[0] != '\0' && memchr(why, 0, sizeof(why)) != NULL);
    }
    arena_fini(&a);
}

/* What goes over the wire comes back as it was. */
static void check_sent(const struct options *o)
{
    struct strbuf once, twice;
    struct wire_reader r;
    struct options back;

    strbuf_init(&once, 1u << 20);
    strbuf_init(&twice, 1u << 20);
    options_write(o, &once);
    CHECK(once.len <= options_size(o));
    wire_reader_init(&r, (struct ipam_bytes){ (const uint8_t *)once.data, once.len });
    CHECK(options_read(&back, &table, &r) == 0 && wire_read_well(&r));
    options_write(&back, &twice);
    CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    options_fini(&back);
    strbuf_fini(&once);
    strbuf_fini(&twice);
}

static void on_problem(void *user, uint32_t line, uint32_t column, const char *message)
{
    CHECK(line > 0 && column > 0 && message[0] != '\0');
    ++*(int *)user;
}

static void read_json(struct ipam_str text)
{
    struct json_doc *doc;
    struct json_error why;
    struct options o;
    int told = 0;

    if (json_parse(text.data, text.len, 65536, &doc, &why) != 0)
        return;
    int problems = options_check(&table, doc, json_root(doc), NULL, false, on_problem, &told);
    CHECK(problems == told);
    if (problems == 0) {
        options_init(&o, &table, json_root(doc), NULL);
        for (unsigned i = 0; i < table.count; i++) {
            CHECK(o.values[i].present == (json_get(json_root(doc), items[i].name) != NULL || items[i].def != NULL));
            if (o.values[i].present)
                check_value(&items[i], &o.values[i]);
        }
        check_sent(&o);
        options_fini(&o);
    }
    json_free(doc);
}

static void read_wire(struct ipam_bytes bytes)
{
    struct options o, copy;
    struct wire_reader r;

    wire_reader_init(&r, bytes);
    if (options_read(&o, &table, &r) != 0)
        return;
    check_sent(&o);
    options_clone(&copy, &o);
    CHECK(options_same(&o, &copy) != o.values[IPAM_OPT_SECRET - 1].present);
    options_fini(&copy);
    options_fini(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipam_str text = { (const char *)data, size };

    if (size > 16384)
        return 0;
    for (unsigned i = 0; i < table.count; i++)
        items[i].size = sizeof(items[i]);
    if (memchr(data, 0, size) == NULL) /* a default is a string of C */
        read_texts(text);
    read_json(text);
    read_wire((struct ipam_bytes){ data, size });
    return 0;
}
