/* fuzz_cli.c - command lines, and what a hostile daemon sends to a terminal, a spreadsheet or a YAML reader.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The input is the arguments, one a line, and the answer. `make check` replays the seeds in tests/fuzz/corpus/cli and
 * mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cli/text.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)
#define ARGUMENTS_MAX 64

static void read_arguments(const char *text, size_t size)
{
    static const struct arg_option options[] = {
        ARG_OPTION("name", "TEXT", "a value"),
        ARG_OPTION_BARE("dry-run", "bare"),
        { .name = "managed", .kind = ARG_BOOL, .letter = 'm' },
        { .name = "wait", .kind = ARG_DURATION, .letter = 'w', .metavar = "TIME" },
        { .name = "role", .kind = ARG_VALUE, .repeat = true, .letter = 'r', .metavar = "ROLE", .alias = "roles" },
    };
    char program[] = "ipamctl", *copy = strndup(text, size), *line = copy;
    char *argv[ARGUMENTS_MAX + 1] = { program };
    struct arg_options *list = calloc(1, sizeof(*list));
    struct arena arena;
    struct args a;
    int argc = 1;

    CHECK(copy != NULL && list != NULL);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        args_option(list, &options[i]);
    while (line != NULL && argc < ARGUMENTS_MAX)
        argv[argc++] = strsep(&line, "\n");
    argv[argc] = NULL;
    arena_init(&arena, 0);
    args_init(&a, argc, argv, &arena);
    if (args_rest(&a, list) != 0)
        CHECK(a.error[0] != '\0' && memchr(a.error, 0, sizeof(a.error)) != NULL);
    else
        CHECK(a.word_count < (unsigned)argc);
    for (const struct arg *given = a.first; given != NULL; given = given->next)
        CHECK(given->name != NULL && args_given(&a, given->name));
    arena_fini(&arena);
    free(list);
    free(copy);
}

/* No byte that moves the cursor, changes colours or ends the line. */
static void check_clean(const struct strbuf *b, const char *but)
{
    for (size_t i = 0; i < b->len; i++) {
        unsigned char c = (unsigned char)b->data[i];
        CHECK((c >= 0x20 && c != 0x7f) || strchr(but, c));
        CHECK(c != 0xc2 || i + 1 == b->len || (unsigned char)b->data[i + 1] >= 0xa0); /* C1, such as CSI */
    }
}

static void show_text(struct ipam_str s, struct strbuf *b)
{
    struct json_error why;
    struct json_doc *doc;

    strbuf_reset(b);
    text_clean(s, b);
    check_clean(b, "");
    if (b->data != NULL)
        text_width(b->data);
    text_percent(s);
    if (!utf8_valid(s.data, s.len))
        return;
    strbuf_reset(b);
    yaml_text(s, b);
    check_clean(b, "");
    if (b->data[0] == '"') { /* such a scalar of YAML is one of JSON, and the same text */
        CHECK(json_parse(b->data, b->len, b->len, &doc, &why) == 0 && str_equal(json_str(json_root(doc)), s));
        json_free(doc);
    } else {
        CHECK(str_equal(strbuf_str(b), s));
    }
    strbuf_reset(b);
    csv_text(s, b);
    size_t first = b->len > 0 && b->data[0] == '"';
    CHECK(b->len <= first || memchr("=+-@\t\r", b->data[first], 6) == NULL);
}

static void show_answer(const char *text, size_t size, struct strbuf *b)
{
    struct json_error why;
    struct json_doc *doc;
    struct json_writer w;

    if (json_parse(text, size, 1u << 20, &doc, &why) != 0)
        return;
    strbuf_reset(b);
    output_yaml(doc, json_root(doc), 0, b);
    check_clean(b, "\n");
    strbuf_reset(b);
    output_value(doc, json_root(doc), b);
    strbuf_reset(b);
    jw_init(&w, b);
    w.shown = true;
    output_json(doc, json_root(doc), &w);
    check_clean(b, "");
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct strbuf b;

    if (size > 65536)
        return 0;
    strbuf_init(&b, 64u << 20);
    read_arguments(text, size);
    show_text((struct ipam_str){ text, size }, &b);
    show_answer(text, size, &b);
    strbuf_fini(&b);
    return 0;
}
