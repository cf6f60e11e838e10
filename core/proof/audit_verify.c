/* audit_verify.c - ipam-audit-verify: judges an exported change log, without daemon or database.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "proof/export.h"

#define USAGE 2

static const char usage[] =
    "Usage: ipam-audit-verify [--public-key FILE]... [--checkpoints FILE]... [--segments] EXPORT\n"
    "Judges a change log that `ipamctl audit export EXPORT` wrote.\n"
    "  --public-key FILE   The public key, as it was noted off the host.\n"
    "  --checkpoints FILE  Checkpoints that were sent off the host: the file of a sink, or a syslog.\n"
    "  --segments          Also one line a checkpoint: number, revisions, state.\n"
    "Exit: 0 proved, 1 tampered, 7 partly proved, 2 something cannot be read.\n"
    "docs/evidence.md describes the files.\n";

/* A whole file in memory; false, and it says why. */
static bool map(const char *path, struct ipam_str *ret)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *p = NULL;
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    if (ok && S_ISREG(st.st_mode) && st.st_size > 0) {
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = p != MAP_FAILED;
    } else if (ok && !S_ISREG(st.st_mode)) {
        errno = EINVAL;
        ok = false;
    }
    if (!ok)
        fprintf(stderr, "ipam-audit-verify: %s: %s; give a plain file that can be read\n", path,
                strerror(errno));
    else
        *ret = (struct ipam_str){ p, (size_t)st.st_size };
    if (fd >= 0)
        close(fd);
    return ok;
}

static int take_key(struct judge *j, const char *path)
{
    uint8_t key[PROOF_KEY];
    struct ipam_str text;
    if (!map(path, &text))
        return USAGE;
    if (proof_public_read(text, key) != 0) {
        fprintf(stderr,
                "ipam-audit-verify: %s: it is no public key; expected 64 digits, as the daemon logs them\n",
                path);
        return USAGE;
    }
    judge_key(j, key);
    return 0;
}

static int take_held(struct judge *j, const char *path)
{
    struct ipam_str text;
    if (!map(path, &text))
        return USAGE;
    if (held_feed(j, text) == 0) {
        fprintf(stderr,
                "ipam-audit-verify: %s: there is no checkpoint in it; give the file that a sink wrote\n",
                path);
        return USAGE;
    }
    return 0;
}

static void read_export(struct judge *j, struct ipam_str text)
{
    bool again = false;
    do {
        struct export_reader r;
        export_reader_init(&r, j, again);
        export_feed(&r, text.data, text.len);
        again = export_end(&r);
        export_reader_fini(&r);
    } while (again);
    judge_finish(j);
}

static void print(const struct judge *j, bool segments)
{
    struct strbuf out;
    size_t count;
    const struct judged_segment *s = judge_segments(j, &count);
    for (size_t i = 0; segments && i < count; i++)
        printf("checkpoint %" PRId64 ": revisions %" PRId64 "..%" PRId64 " %s%s\n", s[i].number, s[i].first,
               s[i].last, s[i].good ? "proved" : "changed", s[i].held ? "" : ", not seen outside");
    strbuf_init(&out, 1u << 30);
    judge_print(j, &out);
    fwrite(out.data, 1, out.len, stdout);
    strbuf_fini(&out);
}

/* Takes the options; the place of the export, 0 for a wrong usage, below 0 when something cannot be read. */
static int take_options(struct judge *j, int argc, char **argv, bool *ret_segments)
{
    int at = 1, rc = 0;
    for (; at < argc && argv[at][0] == '-' && rc == 0; at++) {
        if (strcmp(argv[at], "--public-key") == 0 && at + 1 < argc)
            rc = take_key(j, argv[++at]);
        else if (strcmp(argv[at], "--checkpoints") == 0 && at + 1 < argc)
            rc = take_held(j, argv[++at]);
        else if (strcmp(argv[at], "--segments") == 0)
            *ret_segments = true;
        else
            return 0;
    }
    return rc != 0 ? -rc : at + 1 == argc ? at : 0;
}

static int run(struct judge *j, int argc, char **argv)
{
    struct ipam_str text;
    bool segments = false;
    int at = take_options(j, argc, argv, &segments);
    if (at == 0)
        fputs(usage, stderr);
    if (at <= 0)
        return USAGE;
    if (!map(argv[at], &text))
        return USAGE;
    read_export(j, text);
    print(j, segments);
    return judge_exit(j);
}

int main(int argc, char **argv)
{
    struct judge *j;
    int rc;
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("ipam-audit-verify " PACKAGE_VERSION) < 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (!proof_init()) {
        fputs("ipam-audit-verify: the cryptographic library cannot be started\n", stderr);
        return USAGE;
    }
    j = judge_new();
    rc = run(j, argc, argv);
    judge_free(j);
    return rc;
}
