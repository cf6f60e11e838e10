/* fuzz_conf.c - configuration files from outside: read, judged, printed and read again.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * `make check` replays the seeds in tests/fuzz/corpus/conf and mutations of them (fuzz_main.c); to fuzz, see fuzz_json.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf/conf.h"
#include "fuzz.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

struct told {
    const char *path;
    int count;
};

/* A problem says where and what. */
static void on_report(void *user, const char *text)
{
    struct told *t = user;
    size_t n = strlen(t->path);

    CHECK(strncmp(text, t->path, n) == 0 && text[n] == ':' && strlen(text) > n + 4);
    CHECK(utf8_valid(text, strlen(text)));
    t->count++;
}

/* Loads the bytes as a file; what is read prints into `out`. Returns the number of problems. */
static int load(const void *data, size_t size, struct strbuf *out)
{
    struct told told = { 0 };
    struct conf *conf = NULL;
    char path[64];
    int fd = memfd_create("conf", MFD_CLOEXEC);

    CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    told.path = path;
    int problems = conf_load(path, on_report, &told, &conf);
    CHECK(problems == told.count && conf != NULL && conf->node != NULL && conf->log_level != NULL);
    if (problems == 0)
        conf_print(conf, out);
    CHECK(!out->failed);
    conf_free(conf);
    close(fd);
    return problems;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf once, twice;

    strbuf_init(&once, (size_t)8 << 20);
    strbuf_init(&twice, (size_t)8 << 20);
    if (load(data, size, &once) == 0) {
        CHECK(load(once.data, once.len, &twice) == 0);
        CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    }
    strbuf_fini(&once);
    strbuf_fini(&twice);
    return 0;
}
