/* fuzz_export.c - an export of the change log with its checkpoints, as who tampers may write one: read and judged.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/export and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "proof/export.h"

/* The key of every seed. */
static const char key[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/* What it was judged, in one piece or byte by byte, and with its checkpoints held outside. */
static struct strbuf judged(const uint8_t *data, size_t size, size_t piece)
{
    struct judge *j = judge_new();
    uint8_t public[PROOF_KEY];
    struct strbuf out;
    bool again = false;
    proof_public_read((struct ipam_str){ key, sizeof(key) - 1 }, public);
    judge_key(j, public);
    held_feed(j, (struct ipam_str){ (const char *)data, size });
    do {
        struct export_reader r;
        export_reader_init(&r, j, again);
        for (size_t at = 0; at < size; at += piece)
            export_feed(&r, (const char *)data + at, piece < size - at ? piece : size - at);
        again = export_end(&r);
        export_reader_fini(&r);
    } while (again);
    judge_finish(j);
    strbuf_init(&out, 64u << 20);
    judge_print(j, &out);
    judge_free(j);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf whole, pieces;
    uint8_t secret[64], public[PROOF_KEY];
    if (!proof_init())
        abort();
    if (proof_key_read((struct ipam_str){ (const char *)data, size }, secret, public) == 0) {
        struct strbuf text;
        strbuf_init(&text, 256);
        proof_key_print(secret, &text);
        if (text.len - 1 > size || memcmp(text.data, data, text.len - 1) != 0)
            abort();
        strbuf_fini(&text);
    }
    whole = judged(data, size, size + 1);
    pieces = judged(data, size, 7);
    if (whole.len != pieces.len || memcmp(whole.data, pieces.data, whole.len) != 0)
        abort();
    strbuf_fini(&whole);
    strbuf_fini(&pieces);
    return 0;
}
