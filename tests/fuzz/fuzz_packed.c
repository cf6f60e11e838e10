/* fuzz_packed.c - packed bytes from outside: unpacked, imported, shown and packed again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * The first byte is the type, the rest the packed form. What is accepted is canonical, and after record_import its
 * JSON parses and reads back. `make check` replays the seeds and mutations of them (fuzz_main.c); to fuzz:
 *   clang -g -O1 -std=gnu11 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -Iinclude -Icore \
 *     tests/fuzz/fuzz_packed.c core/record/[a-z]*.c core/net/[a-z]*.c core/base/[a-z]*.c -lcjson -luv -o fuzz_packed
 *   cp -r tests/fuzz/packed corpus && ./fuzz_packed corpus */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "record/record.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void check_canonical(const void *rec, const uint8_t *data, size_t size)
{
    struct strbuf b;

    strbuf_init(&b, size + 64);
    CHECK(record_pack(rec, NULL, &b) == 0);
    CHECK(b.len == size && (size == 0 || memcmp(b.data, data, size) == 0));
    strbuf_fini(&b);
}

static void check_json(const struct record_type *t, const void *rec, struct arena *a)
{
    struct record_problems problems;
    struct json_error why;
    struct json_doc *doc;
    struct json_writer w;
    struct strbuf b;
    void *back;

    strbuf_init(&b, 64u << 20);
    jw_init(&w, &b);
    record_to_json(rec, NULL, &w);
    CHECK(!b.failed && json_parse(b.data, b.len, b.len, &doc, &why) == 0);
    record_problems_init(&problems, a);
    /* Control characters are taken from a server, and refused from a client: only then there is no way back. */
    if (record_from_json(t, MODE_TRUSTED, doc, json_root(doc), "", a, &back, NULL, &problems) != 0)
        CHECK(problems.first != NULL);
    json_free(doc);
    strbuf_reset(&b);
    record_csv_row(rec, NULL, &b);
    record_key_print(rec, &b);
    CHECK(!b.failed);
    strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct record_type *t = size > 0 ? record_type(data[0]) : NULL;
    struct arena a;
    void *rec, *in;

    if (t == NULL)
        return 0;
    arena_init(&a, 64u << 20);
    if (record_unpack(t, (struct ipam_bytes){ data + 1, size - 1 }, &a, &rec) == 0) {
        check_canonical(rec, data + 1, size - 1);
        if (record_import(&a, rec, &in) == 0)
            check_json(t, in, &a);
        free(record_clone(rec));
    }
    arena_fini(&a);
    return 0;
}
