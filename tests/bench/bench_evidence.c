/* bench_evidence.c - how fast a change log is verified, as a share of bare SHA-256 over the same bytes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Usage: bench_evidence EXPORT... Each is an export of a real log (`ipamctl audit export`). Without one: made rows of
 * the size of small changes (164 bytes), of an allocation and of an import. By processor time, alternately, nine
 * rounds each, the median; the bytes are those of the rows' bodies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "proof/export.h"

#define ROUNDS   9
#define MADE     ((size_t)48 << 20)
#define SEGMENT  4096
#define TEXT_MAX ((size_t)2 << 30)

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* An export of rows of one size, with its checkpoints. */
static void make(size_t size, struct strbuf *out)
{
    struct checkpoint c = { .first = 1 };
    struct proof_segment segment;
    uint8_t secret[64], *body = xmalloc(size), marks[SEGMENT * PROOF_MARK];
    struct strbuf rows;
    int64_t rev = 0, count = (int64_t)(MADE / size);
    size_t n = 0;
    proof_key_new(secret, c.key);
    memset(body, 'x', size);
    strbuf_init(&rows, TEXT_MAX);
    proof_segment_begin(&segment, c.start);
    strbuf_puts(out, EXPORT_HEAD);
    while (rev < count) {
        struct proof_row row = { ++rev, 1700000000000 + rev, { body, size } };
        memcpy(body, &rev, sizeof(rev));
        export_row_head(&row, &rows);
        strbuf_add(&rows, body, size);
        strbuf_putc(&rows, '\n');
        proof_segment_add(&segment, &row);
        proof_mark(&row, marks + n++ * PROOF_MARK);
        if (n < SEGMENT && rev < count)
            continue;
        c.number++;
        c.last = rev;
        proof_segment_end(&segment, c.root, c.chain);
        proof_hash(marks, n * PROOF_MARK, c.marks);
        size_t from = out->len;
        checkpoint_write(&c, secret, (struct ipam_bytes){ marks, n * PROOF_MARK }, out);
        checkpoint_hash((struct ipam_str){ out->data + from, out->len - from }, c.previous);
        strbuf_putc(out, '\n');
        memcpy(c.start, c.chain, PROOF_HASH);
        c.first = rev + 1;
        proof_segment_begin(&segment, c.start);
        n = 0;
    }
    strbuf_addstr(out, strbuf_str(&rows));
    export_tail(count, rev, out);
    strbuf_fini(&rows);
    free(body);
}

/* The bodies one behind the other. */
static void bodies(const struct strbuf *text, struct strbuf *out)
{
    const char *at = text->data, *end = at + text->len;
    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (strncmp(at, "row ", 4) == 0) { /* "row REVISION TIME LENGTH", as export_row_head has just written it */
            char *behind;
            strtoull(at + 4, &behind, 10);
            strtoull(behind, &behind, 10);
            size_t len = strtoull(behind, &behind, 10);
            if (behind != line)
                abort();
            strbuf_add(out, line + 1, len);
            line += len + 1;
        }
        at = line + 1;
    }
}

static double verify(const struct strbuf *text)
{
    struct judge *j = judge_new();
    struct export_reader r;
    double from = now();
    export_reader_init(&r, j, false);
    export_feed(&r, text->data, text->len);
    export_end(&r);
    export_reader_fini(&r);
    judge_finish(j);
    from = now() - from;
    size_t found;
    judge_findings(j, &found);
    if (found > 0) {
        fputs("bench_evidence: the log is not whole\n", stderr);
        exit(1);
    }
    judge_free(j);
    return from;
}

static double bare(const struct strbuf *data)
{
    uint8_t hash[PROOF_HASH];
    double from = now();
    proof_hash(data->data, data->len, hash);
    return now() - from;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void measure(const char *what, const struct strbuf *text)
{
    double v[ROUNDS], b[ROUNDS];
    struct strbuf data;
    strbuf_init(&data, TEXT_MAX);
    bodies(text, &data);
    for (int i = 0; i < ROUNDS; i++) {
        v[i] = verify(text);
        b[i] = bare(&data);
    }
    qsort(v, ROUNDS, sizeof(v[0]), by_value);
    qsort(b, ROUNDS, sizeof(b[0]), by_value);
    double mb = (double)data.len / 1e6;
    printf("%-28s %8.1f MB  verify %7.1f MB/s  sha256 %7.1f MB/s  share %5.1f %%\n", what, mb,
           mb / v[ROUNDS / 2], mb / b[ROUNDS / 2], 100 * b[ROUNDS / 2] / v[ROUNDS / 2]);
    strbuf_fini(&data);
}

static void measure_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct strbuf text;
    size_t n;
    strbuf_init(&text, TEXT_MAX);
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    while ((n = fread(strbuf_room(&text, 1u << 20), 1, 1u << 20, f)) > 0)
        strbuf_advance(&text, n);
    fclose(f);
    measure(path, &text);
    strbuf_fini(&text);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *what;
        size_t size;
    } rows[] = { { "small changes, 164 bytes", 164 },
                 { "allocations, 310 bytes", 310 },
                 { "imports, 16 KiB", 16384 } };
    if (!proof_init())
        return 1;
    for (int i = 1; i < argc; i++)
        measure_file(argv[i]);
    for (size_t i = 0; argc == 1 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct strbuf text;
        strbuf_init(&text, TEXT_MAX);
        make(rows[i].size, &text);
        measure(rows[i].what, &text);
        strbuf_fini(&text);
    }
    return 0;
}
