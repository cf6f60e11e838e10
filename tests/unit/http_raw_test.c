/* http_raw_test.c - recorded raw requests are accepted or refused over a socket, however they are cut.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <dirent.h>

#include "http_fixture.h"

struct raw {
    char name[256];
    bool accept;
    size_t len;
    char data[1024];
};

static struct raw raws[128];
static size_t raw_count;

static size_t load(const char *kind, bool accept)
{
    const char *srcdir = getenv("srcdir");
    size_t before = raw_count;
    char path[4096];
    struct dirent *e;
    DIR *dir;

    snprintf(path, sizeof(path), "%s/tests/data/http/%s", srcdir ? srcdir : ".", kind);
    dir = opendir(path);
    if (!dir)
        fail_msg("cannot open %s; run from the source folder or set srcdir", path);
    while ((e = readdir(dir))) {
        struct raw *r = &raws[raw_count];
        int fd = openat(dirfd(dir), e->d_name, O_RDONLY);
        ssize_t n = read(fd, r->data, sizeof(r->data));

        close(fd);
        if (n <= 0 || e->d_name[0] == '.')
            continue;
        assert_true((size_t)n < sizeof(r->data));
        assert_true(++raw_count < sizeof(raws) / sizeof(raws[0]));
        snprintf(r->name, sizeof(r->name), "%s", e->d_name);
        r->accept = accept;
        r->len = (size_t)n;
    }
    closedir(dir);
    return raw_count - before;
}

/* Sends one request in pieces that end at `cut` and every `step` bytes, and checks what comes back. */
static void replay(const struct raw *raw, size_t cut, size_t step)
{
    static struct reply r;
    int fd = dial(), handled = fx.handled;

    r.len = r.ended = 0;
    for (size_t sent = 0; sent < raw->len;) {
        size_t end = sent < cut && cut < raw->len ? cut : raw->len;

        if (step && end > sent + step)
            end = sent + step;
        if (!send_bytes(fd, raw->data + sent, end - sent))
            break;
        sent = end;
    }
    receive(fd, &r, raw->accept ? "\r\n\r\n" : NULL, WAIT_MS);
    close(fd);
    if (raw->accept ? strncmp(r.data, "HTTP/1.1 200 OK\r\n", 17) != 0 || fx.handled != handled + 1
                    : strncmp(r.data, "HTTP/1.1 4", 10) != 0 || !r.ended || fx.handled != handled)
        fail_msg("%s, cut at %zu, step %zu: handled %d times, answered: %s", raw->name, cut, step,
                 fx.handled - handled, r.data);
}

static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < raw_count; i++)
        replay(&raws[i], 0, 0);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < raw_count; i++) {
        for (size_t cut = 1; cut < raws[i].len; cut++)
            replay(&raws[i], cut, 0);
    }
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < raw_count; i++)
        replay(&raws[i], 0, 1);
}

/* What is refused alone is refused after a good request on the same connection as well. */
static void test_as_the_second_request(void **state)
{
    static const char first[] = "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
    struct raw joined;

    (void)state;
    for (size_t i = 0; i < raw_count; i++) {
        static struct reply r;
        int fd = dial(), handled = fx.handled;
        const char *second;

        joined = raws[i];
        memmove(joined.data + sizeof(first) - 1, joined.data, joined.len);
        memcpy(joined.data, first, sizeof(first) - 1);
        joined.len += sizeof(first) - 1;
        r.len = r.ended = 0;
        assert_true(send_bytes(fd, joined.data, joined.len));
        receive(fd, &r, raws[i].accept ? "GET /a" : NULL, raws[i].accept ? 100 : WAIT_MS);
        close(fd);
        assert_memory_equal(r.data, "HTTP/1.1 200 OK\r\n", 17);
        second = strstr(r.data + 1, "HTTP/1.1 ");
        assert_non_null(second);
        if (second[9] != (raws[i].accept ? '2' : '4') || fx.handled != handled + 1 + raws[i].accept)
            fail_msg("%s as the second request: %s", raws[i].name, r.data);
    }
}

static int begin(void **state)
{
    (void)state;
    start(NULL, echo);
    assert_int_equal(load("accept", true), 3);
    assert_int_equal(load("reject", false), 45);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_as_the_second_request),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
