/* fuzz_change.c - rows of the change log as a damaged database may have them: read item by item, never past their end.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/change and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdlib.h>

#include "commit/fold.h"
#include "fuzz.h"
#include "model/rules.h"
#include "record/record.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

/* Has it an object that follows from no other? */
static int stands_alone(const struct fold *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (!rule_follows(f->list[i]->type))
            return 1;
    return 0;
}

/* Taken together with itself, and made what is undone. */
static void fold(struct ipam_bytes row)
{
    struct fold f;

    fold_init(&f, 100);
    if (fold_add(&f, row, NULL) == 0 && f.count > 0) {
        CHECK(fold_touches(&f, row) == stands_alone(&f));
        (void)fold_add(&f, row, NULL);
    }
    CHECK(f.count <= 100);
    for (size_t i = 0; i < f.count; i++)
        (void)fold_differs(f.list[i]);
    CHECK(fold_undoing(&f) != NULL);
    fold_fini(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ipam_bytes row = { data, size };
    size_t pos = 0, before = 0;
    struct strbuf out;
    struct arena a;
    void *rec;
    int rc;

    arena_init(&a, 0);
    strbuf_init(&out, 64u << 20);
    while ((rc = changelog_read(row, &pos, &a, &rec)) == 1) {
        struct json_writer w;

        CHECK(pos > before && pos <= size);
        before = pos;
        if (record_check(&a, rec) == 0) { /* what is well formed is shown */
            jw_init(&w, &out);
            record_to_json(rec, NULL, &w);
        }
        strbuf_reset(&out);
        CHECK(record_frame(rec, &out) == 0);
        strbuf_reset(&out);
    }
    CHECK(rc == 0 ? pos == size : rc < 0 && pos == before);
    fold(row);
    strbuf_fini(&out);
    arena_fini(&a);
    return 0;
}
