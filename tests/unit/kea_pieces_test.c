/* kea_pieces_test.c - which commands of the hooks make a change of a recorded configuration, and which take it back.
 * The cases are in tests/data/kea/pieces.txt.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kea_edits.h"
#include "plugins/kea/pieces.h"

#define CASES_LEAST 20
#define TEXT_MAX    (1 << 20)

static struct json_doc *recorded;

/* One configuration, as the server would be sent it. */
struct side {
    struct json_doc *doc;
    struct kea_config cfg;
};

static void open_side(struct side *s, const char *root, size_t len)
{
    char problem[KEA_PROBLEM_MAX];
    struct json_error e;
    struct strbuf all;

    strbuf_init(&all, TEXT_MAX);
    strbuf_puts(&all, "{\"Dhcp4\": ");
    strbuf_add(&all, root, len);
    strbuf_putc(&all, '}');
    assert_int_equal(json_parse(all.data, all.len, TEXT_MAX, &s->doc, &e), 0);
    assert_int_equal(kea_config_parse(KEA_DHCP4, s->doc, json_root(s->doc), &s->cfg, problem), 0);
    strbuf_fini(&all);
}

static void close_side(struct side *s)
{
    kea_config_fini(&s->cfg);
    json_free(s->doc);
}

/* "> command arguments" a line, or "! " when it is not made so. */
static void put_pieces(const struct side *from, const struct side *to, const char *mark, struct strbuf *out)
{
    struct kea_pieces pieces;
    int status = kea_pieces_between(&from->cfg, &to->cfg, &pieces);

    assert_true(status == 0 || status == IPAM_E_UNSUPPORTED);
    if (status)
        strbuf_printf(out, "!%s\n", mark);
    for (size_t i = 0; i < pieces.count; i++) {
        struct json_doc *doc;
        struct json_error e;

        assert_int_equal(
            json_parse(pieces.items[i].arguments.data, pieces.items[i].arguments.len, TEXT_MAX, &doc, &e), 0);
        json_free(doc);
        strbuf_printf(out, "%s %s " STR_FMT "\n", mark, pieces.items[i].command,
                      STR_ARG(pieces.items[i].arguments));
    }
    kea_pieces_fini(&pieces);
}

static void check(const char *name, const char *edits, const char *want)
{
    struct ipam_str root = json_span(recorded, json_get(json_get(json_root(recorded), "arguments"), "Dhcp4"));
    char *before = strndup(root.data, root.len);
    struct kea_edits_result got;
    struct side from, to;
    struct strbuf out;

    kea_edits_apply(KEA_DHCP4, before, 300, edits, &got);
    if (got.status)
        fail_msg("%s: %s", name, got.problem);
    assert_non_null(got.text);
    open_side(&from, before, root.len);
    open_side(&to, got.text, strlen(got.text));
    strbuf_init(&out, TEXT_MAX);
    put_pieces(&from, &to, ">", &out);
    put_pieces(&to, &from, "<", &out);
    if (strcmp(out.data, want) != 0) { /* cmocka's own messages are cut */
        fprintf(stderr, "= %s\n%s\n", name, out.data);
        fail_msg("%s: other commands than in pieces.txt", name);
    }
    strbuf_fini(&out);
    close_side(&from);
    close_side(&to);
    free(got.text);
    free(before);
}

static void test_cases(void **state)
{
    FILE *f = fopen(KEA_DATA "/pieces.txt", "r");
    char *line = NULL, name[200] = "";
    struct strbuf edits, want;
    size_t cap = 0, count = 0;
    ssize_t len;

    (void)state;
    assert_non_null(f);
    strbuf_init(&edits, TEXT_MAX);
    strbuf_init(&want, TEXT_MAX);
    do {
        len = getline(&line, &cap, f);
        if (len > 1 && line[0] == '=') {
            snprintf(name, sizeof(name), "%.*s", (int)len - 3, line + 2);
        } else if (len > 1 && line[0] == '+') {
            strbuf_puts(&edits, edits.len ? ", " : "[");
            strbuf_add(&edits, line + 2, (size_t)len - 3);
        } else if (len > 1 && strchr("<>!", line[0])) {
            strbuf_add(&want, line, (size_t)len);
        } else if (edits.len && (len <= 1)) {
            strbuf_putc(&edits, ']');
            check(name, edits.data, want.len ? want.data : "");
            strbuf_reset(&edits);
            strbuf_reset(&want);
            count++;
        }
    } while (len >= 0);
    strbuf_fini(&edits);
    strbuf_fini(&want);
    free(line);
    fclose(f);
    print_message("%zu cases\n", count);
    assert_true(count >= CASES_LEAST);
}

static void put_reservation(struct strbuf *edits, size_t i)
{
    strbuf_printf(
        edits,
        "%s{\"verb\": \"add\", \"type\": \"reservation\", \"after\": {\"native_scope\": \"v4/101\", "
        "\"address\": \"10.1.0.%zu\", \"identifier_type\": \"hw-address\", "
        "\"identifier\": \"02:00:00:00:77:%02zx\"}}",
        i ? ", " : "[", 50 + i, i);
}

static void put_scope(struct strbuf *edits, size_t i)
{
    strbuf_printf(edits,
                  "%s{\"verb\": \"add\", \"type\": \"scope\", \"after\": {\"prefix\": \"10.44.%zu.0/24\"}}",
                  i ? ", " : "[", i);
}

/* How many commands make n additions, and that nothing is to be made of what is there. */
static size_t count_pieces(void (*put)(struct strbuf *, size_t), size_t n)
{
    struct ipam_str root = json_span(recorded, json_get(json_get(json_root(recorded), "arguments"), "Dhcp4"));
    char *before = strndup(root.data, root.len);
    struct kea_edits_result got;
    struct kea_pieces pieces;
    struct side from, to;
    struct strbuf edits;
    size_t count;

    strbuf_init(&edits, TEXT_MAX);
    for (size_t i = 0; i < n; i++)
        put(&edits, i);
    strbuf_putc(&edits, ']');
    kea_edits_apply(KEA_DHCP4, before, 300, edits.data, &got);
    assert_int_equal(got.status, 0);
    open_side(&from, before, root.len);
    open_side(&to, got.text, strlen(got.text));
    assert_int_equal(kea_pieces_between(&to.cfg, &to.cfg, &pieces), 0);
    assert_int_equal(pieces.count, 0);
    kea_pieces_fini(&pieces);
    kea_pieces_between(&from.cfg, &to.cfg, &pieces);
    count = pieces.count;
    kea_pieces_fini(&pieces);
    close_side(&from);
    close_side(&to);
    free(got.text);
    free(before);
    strbuf_fini(&edits);
    return count;
}

/* So many are made one by one, one more is not. */
static void test_limit(void **state)
{
    (void)state;
    assert_int_equal(count_pieces(put_reservation, 16), 16);
    assert_int_equal(count_pieces(put_reservation, 17), 0);
    assert_int_equal(count_pieces(put_scope, 8), 8);
    assert_int_equal(count_pieces(put_scope, 9), 0);
}

/* The part of a server's hash that is kept; what is none is none. */
static void test_hash(void **state)
{
    static const struct {
        const char *text, *hash;
    } rows[] = {
        { "994E19DAA2D68B38E223360886EF9962F93C2F74D01BFB7BBD552842657481DF", "994e19daa2d68b38" },
        { "0123456789abcdef", "0123456789abcdef" },
        { "0123456789abcde", "" },
        { "0123456789abcdeg0123", "" },
        { "", "" },
        { NULL, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char hash[KEA_HASH_TEXT] = "unset";

        kea_hash_take(str_from(rows[i].text), hash);
        assert_string_equal(hash, rows[i].hash);
    }
    assert_true(json_str(json_get(json_get(json_root(recorded), "arguments"), "hash")).len == 64);
}

static int read_recorded(void **state)
{
    FILE *f = fopen(KEA_DATA "/three4.json", "r");
    char *text = malloc(TEXT_MAX);
    struct json_error e;
    size_t len;

    (void)state;
    if (!f || !text)
        return -1;
    len = fread(text, 1, TEXT_MAX, f);
    fclose(f);
    len = (size_t)json_parse(text, len, TEXT_MAX, &recorded, &e);
    free(text);
    return (int)len;
}

static int forget_recorded(void **state)
{
    (void)state;
    json_free(recorded);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, read_recorded, forget_recorded);
}
