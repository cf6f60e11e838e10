/* record_probe.c - shows what the table makes of a record: for tests that change the table.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * record_probe TYPE json|csv|packed|frame   reads a JSON object (as a client's create) from stdin and writes it so
 * record_probe TYPE unpack                  reads packed bytes in hexadecimal and writes JSON
 * record_probe TYPE schema                  writes the JSON Schema
 * Problems go to stderr as "POINTER MESSAGE", with status 1. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/record.h"

#define INPUT_MAX 65536

static struct arena arena;
static struct strbuf out;

static int read_json(const struct record_type *t, const char *text, size_t len, void **ret)
{
    struct record_problems problems;
    struct json_error why;
    struct json_doc *doc;
    int rc;

    if (json_parse(text, len, INPUT_MAX, &doc, &why) < 0) {
        fprintf(stderr, "%u:%u %s\n", why.line, why.column, why.message);
        return 1;
    }
    record_problems_init(&problems, &arena);
    rc = record_from_json(t, MODE_CREATE, doc, json_root(doc), "", &arena, ret, NULL, &problems);
    for (const struct record_problem *p = problems.first; p != NULL; p = p->next)
        fprintf(stderr, "%s %s\n", p->pointer, p->message);
    json_free(doc);
    return rc < 0;
}

static void put_hex(const struct strbuf *b)
{
    for (size_t i = 0; i < b->len; i++)
        strbuf_printf(&out, "%02x", (unsigned char)b->data[i]);
}

static int write_as(const struct record_type *t, const void *rec, const char *form)
{
    struct json_writer w;
    struct strbuf b;

    strbuf_init(&b, 1 << 20);
    if (strcmp(form, "json") == 0) {
        jw_init(&w, &out);
        record_to_json(rec, NULL, &w);
    } else if (strcmp(form, "csv") == 0) {
        record_csv_header(t, NULL, &out);
        record_csv_row(rec, NULL, &out);
    } else if (strcmp(form, "packed") == 0) {
        record_pack(rec, NULL, &b);
        put_hex(&b);
    } else if (strcmp(form, "frame") == 0) {
        record_frame(rec, &b);
        put_hex(&b);
    } else {
        strbuf_fini(&b);
        return 2;
    }
    strbuf_fini(&b);
    return 0;
}

static int unpack_hex(const struct record_type *t, const char *hex, size_t len, void **ret)
{
    uint8_t *bytes = arena_alloc(&arena, len / 2 + 1);

    for (size_t i = 0; i + 1 < len; i += 2) {
        char pair[3] = { hex[i], hex[i + 1], '\0' };
        bytes[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return record_unpack(t, (struct ipam_bytes){ bytes, len / 2 }, &arena, ret) < 0;
}

static int probe(const struct record_type *t, const char *form)
{
    static char input[INPUT_MAX];
    struct json_writer w;
    size_t len;
    void *rec;
    int rc;

    if (strcmp(form, "schema") == 0) {
        jw_init(&w, &out);
        record_schema(t, MODE_TRUSTED, &w);
        return 0;
    }
    len = fread(input, 1, sizeof(input), stdin);
    if (strcmp(form, "unpack") == 0) {
        rc = unpack_hex(t, input, len, &rec);
        return rc != 0 ? rc : write_as(t, rec, "json");
    }
    rc = read_json(t, input, len, &rec);
    return rc != 0 ? rc : write_as(t, rec, form);
}

int main(int argc, char **argv)
{
    const struct record_type *t = argc == 3 ? record_type_by_name(str_from(argv[1])) : NULL;
    int rc = 2;

    arena_init(&arena, 0);
    strbuf_init(&out, 1 << 20);
    if (t != NULL)
        rc = probe(t, argv[2]);
    if (rc == 0 && !out.failed)
        printf(STR_FMT "\n", STR_ARG(strbuf_str(&out)));
    else if (rc == 2)
        fprintf(stderr, "usage: record_probe TYPE json|csv|packed|frame|unpack|schema\n");
    strbuf_fini(&out);
    arena_fini(&arena);
    return rc;
}
