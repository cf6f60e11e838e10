/* fuzz_token.c - token files, and tokens of users: what is taken is one that a client can send, and nobody else
 * is let in by it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/token and mutations of them (fuzz_main.c); to fuzz, see
 * README.md. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/access.h"
#include "access/token.h"
#include "base/arena.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static char path[] = "/dev/shm/fuzz-token-XXXXXX"; /* written for each input */

static void remove_file(void)
{
    unlink(path);
}

/* A file of this content; a link, as to an open descriptor, would be refused. */
static void write_file(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (fd < 0) {
        fd = mkostemp(path, O_CLOEXEC);
        CHECK(fd >= 0);
        atexit(remove_file);
    }
    CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
}

static bool lets_in(const struct access *a, const char *text, size_t len)
{
    struct principal who;
    bool in = access_identify(a, (struct ipam_str){ text, len }, false, 0, &who);

    CHECK(!in || (strcmp(who.name, "token:t") == 0 && who.role == access_role(IPAM_STR("reader"))));
    return in;
}

/* What is a token of a user has one spelling: with any character changed it is none. */
static void try_token(const char *text, size_t len)
{
    enum token_kind kind;
    struct ipam_str id;

    if (!token_parse((struct ipam_str){ text, len }, &kind, &id))
        return;
    CHECK(len == TOKEN_CHARS && kind < TOKEN_KINDS && id.data == text + 9 && id.len == TOKEN_ID);
    char other[TOKEN_CHARS];
    memcpy(other, text, len);
    other[len / 2] = other[len / 2] == 'a' ? 'b' : 'a';
    CHECK(!token_parse((struct ipam_str){ other, len }, &kind, &id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct access *a = access_new();
    const char *text = (const char *)data;
    char err[512] = "";
    size_t len = size;
    bool made;

    try_token(text, size);
    write_file(data, size);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (access_add_token(a, "t", access_role(IPAM_STR("reader")), path, &made, err) == 0) {
        CHECK(!made && len >= 16 && len < 512 && size <= 512);
        for (size_t i = 0; i < len; i++)
            CHECK(text[i] > ' ' && text[i] <= '~');
        CHECK(lets_in(a, text, len) && !lets_in(a, text, len - 1) && (len == size || !lets_in(a, text, len + 1)));
    } else {
        CHECK(strncmp(err, "token file ", 11) == 0 && memchr(err, 0, sizeof(err)) != NULL);
        CHECK(!lets_in(a, text, len));
    }
    CHECK(!lets_in(a, "", 0));
    access_free(a);
    return 0;
}
