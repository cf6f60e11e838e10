/* fuzz_series.c - rows of samples as a damaged database may have them: read point by point, and added to.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/series and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c.
 * The first byte says in which steps the row is. */
#include <stdlib.h>

#include "fuzz.h"
#include "journal/series.h"

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

/* Points in order, all of the row; 0 or an error. */
static int read_all(enum series_step step, int64_t row, struct ipam_bytes points, size_t *ret_count)
{
    struct series_reader r;
    struct sample s;
    int64_t before = row - 1;
    int rc;

    *ret_count = 0;
    series_read(&r, step, row, points);
    while ((rc = series_next(&r, &s)) == 1) {
        CHECK(s.at > before && s.at < row + series_span_ms(step) && s.count > 0);
        before = s.at;
        ++*ret_count;
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum series_step step = size > 0 ? (enum series_step)(SERIES_MINUTE + data[0] % 3) : SERIES_MINUTE;
    struct ipam_bytes points = { size > 0 ? data + 1 : data, (uint32_t)(size > 0 ? size - 1 : 0) };
    int64_t row = 3 * series_span_ms(step);
    struct sample s = { .at = row + series_span_ms(step) / 2, .count = 1, .used = 7, .peak = 7 };
    struct strbuf out;
    size_t count, more;
    int rc = read_all(step, row, points, &count);

    strbuf_init(&out, 64u << 20);
    CHECK(series_add(step, row, points, &s, &out) == rc);
    if (rc == 0) {
        struct ipam_bytes added = { (const uint8_t *)out.data, (uint32_t)out.len };
        CHECK(read_all(step, row, added, &more) == 0 && (more == count || more == count + 1));
    }
    strbuf_reset(&out);
    CHECK(series_since(step, row, points, s.at, &out) == rc);
    if (rc == 0) {
        struct ipam_bytes left = { (const uint8_t *)out.data, (uint32_t)out.len };
        CHECK(read_all(step, row, left, &more) == 0 && more <= count);
    }
    strbuf_fini(&out);
    return 0;
}
