/* fuzz_query.c - query strings and keys of a path: what is decoded is text, and encodes to the same.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/query and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "fuzz.h"
#include "http/http.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void check_decoded(struct arena *a, struct ipam_str s)
{
    struct strbuf b;

    CHECK(s.data != NULL && utf8_valid(s.data, s.len) && memchr(s.data, 0, s.len) == NULL);
    strbuf_init(&b, 3 * s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        strbuf_printf(&b, "%%%02X", (unsigned char)s.data[i]);
    struct ipam_str again = http_decode(a, strbuf_str(&b));
    CHECK(str_equal(again, s));
    strbuf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipam_str all = { (const char *)data, size }, name, value;
    size_t pos = 0, before = 0, parts = 1;
    struct arena a;
    int rc;

    arena_init(&a, 16 * size + 65536);
    for (size_t i = 0; i < size; i++)
        parts += data[i] == '&';
    while ((rc = http_query_next(&a, all, &pos, &name, &value)) == 1) {
        CHECK(pos > before && pos <= size && parts-- > 0);
        before = pos;
        check_decoded(&a, name);
        check_decoded(&a, value);
    }
    CHECK(rc == 0 ? pos >= size : rc < 0);
    arena_reset(&a);
    name = http_decode(&a, all);
    if (name.data != NULL)
        check_decoded(&a, name);
    arena_fini(&a);
    return 0;
}
