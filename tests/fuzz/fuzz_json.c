/* fuzz_json.c - JSON from outside: read, walked, written canonically and read again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/json and mutations of them (fuzz_main.c); to fuzz,
 * configure with --enable-fuzzing CC=clang, then:
 *   make tests/fuzz/fuzz_json && cp -r $srcdir/tests/fuzz/corpus/json work && tests/fuzz/fuzz_json work */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

/* Every value lies within its container, after its elder sibling. Returns how many values there are. */
static size_t walk(const struct json_doc *doc, const struct json *v, const char *from, const char *end)
{
    struct ipam_str span = json_span(doc, v);
    const char *at = span.data;
    size_t count = 1;
    int64_t n;

    CHECK(span.data >= from && span.data + span.len <= end && span.len > 0);
    CHECK(json_type(v) != JSON_STRING || utf8_valid(json_str(v).data, json_str(v).len));
    CHECK(json_type(v) == JSON_NUMBER || json_int(v, &n) != 0);
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        CHECK((json_type(v) == JSON_OBJECT) == (json_key(c).data != NULL));
        if (json_key(c).data)
            CHECK(json_get(v, json_key(c).data) == c);
        count += walk(doc, c, at + 1, span.data + span.len - 1);
        at = json_span(doc, c).data + json_span(doc, c).len - 1;
    }
    return count;
}

static void canonical(const char *text, size_t len, struct strbuf *out)
{
    struct json_error error;
    struct json_doc *doc;

    CHECK(json_parse(text, len, len, &doc, &error) == 0);
    json_canonical(doc, json_root(doc), out);
    CHECK(!out->failed);
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct json_error error = { .message = "" };
    struct json_doc *doc = NULL;
    struct strbuf once, twice;
    struct ipam_str all;

    if (json_parse(text, size, 1 << 20, &doc, &error)) {
        CHECK(doc == NULL && error.offset <= size && error.line >= 1 && error.column >= 1);
        CHECK(error.message[0] && error.message[strlen(error.message) - 1] != '.');
        return 0;
    }
    CHECK(utf8_valid(text, size));
    all = json_span(doc, json_root(doc));
    walk(doc, json_root(doc), all.data - json_offset(json_root(doc)), all.data + all.len);
    CHECK(memcmp(all.data, text + json_offset(json_root(doc)), all.len) == 0);
    strbuf_init(&once, (size_t)8 << 20);
    strbuf_init(&twice, (size_t)8 << 20);
    json_canonical(doc, json_root(doc), &once);
    CHECK(!once.failed);
    canonical(once.data, once.len, &twice);
    CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    strbuf_fini(&once);
    strbuf_fini(&twice);
    json_free(doc);
    return 0;
}
