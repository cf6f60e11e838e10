/* http_raw_test.c - recorded raw requests are accepted or refused over a socket, however they are cut.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "http_fixture.h"

struct raw {
    char name[64];
    bool accept;
    char status[4]; /* of the refusal */
    int requests;   /* to accept; of a refused row none */
    size_t len;
    char data[1024];
};

static struct raw raws[512];
static size_t raw_count;

/* \\ \r \n \t \xHH stand for bytes that do not show. */
static size_t unescape(const char *text, char *out, size_t size)
{
    static const char from[] = "\\rnt", to[] = "\\\r\n\t";
    size_t len = 0;

    while (*text && *text != '\n') {
        char hex[3] = { 0 };
        const char *at;

        assert_true(len < size);
        if (*text != '\\') {
            out[len++] = *text++;
        } else if (text[1] == 'x') {
            memcpy(hex, text + 2, 2);
            out[len++] = (char)strtol(hex, NULL, 16);
            text += 4;
        } else {
            at = strchr(from, text[1]);
            assert_non_null(at);
            out[len++] = to[at - from];
            text += 2;
        }
    }
    return len;
}

/* "accept STATUS[,STATUS...] NAME BYTES", or "refuse STATUS NAME BYTES". */
static void load_row(const char *line)
{
    struct raw *r = &raws[raw_count++];
    size_t word = strcspn(line, " "), statuses, name;

    assert_true(raw_count < COUNT(raws));
    r->accept = strncmp(line, "accept", word) == 0;
    line += word + 1;
    statuses = strcspn(line, " ");
    memcpy(r->status, line, 3);
    for (size_t i = 0; i < statuses && r->accept; i += strlen("200,"))
        r->requests++;
    line += statuses + 1;
    name = strcspn(line, " ");
    assert_true(name < sizeof(r->name));
    memcpy(r->name, line, name);
    r->len = unescape(line + name + 1, r->data, sizeof(r->data));
}

static void load(void)
{
    const char *srcdir = getenv("srcdir");
    char path[4096], line[4096];
    FILE *f;

    snprintf(path, sizeof(path), "%s/tests/data/http/requests.txt", srcdir ? srcdir : ".");
    f = fopen(path, "r");
    if (!f)
        fail_msg("cannot open %s; run from the source folder or set srcdir", path);
    while (fgets(line, sizeof(line), f)) {
        if (line[0] != '#')
            load_row(line);
    }
    fclose(f);
}

/* The refusal, or the last answer of a request to accept; NULL when it did not come. */
static const char *last_answer(const struct reply *r, int count)
{
    const char *at = r->data;

    for (;;) {
        if (at && strncmp(at, "HTTP/1.1 100 ", 13) == 0)
            at = strstr(at + 1, "HTTP/1.1 ");
        if (!at || strncmp(at, "HTTP/1.1 ", 9) != 0 || --count <= 0)
            return at;
        at = strstr(at + 1, "HTTP/1.1 ");
    }
}

/* What came back is one refusal and the end, or the answers to all requests. */
static void check(const struct raw *raw, const struct reply *r, int handled, const char *what, size_t cut,
                  size_t step)
{
    const char *last = last_answer(r, raw->requests);

    if (!last || strncmp(last + 9, raw->accept ? "200" : raw->status, 3) != 0 || fx.handled != handled ||
        (!raw->accept && (!r->ended || strstr(last + 1, "HTTP/1.1 "))))
        fail_msg("%s%s, cut at %zu, step %zu: handled %d more than to be, answered: %s", raw->name, what, cut,
                 step, fx.handled - handled, r->data);
}

/* Answers to requests that wait for one another may come one by one. */
static void receive_all(int fd, struct reply *r, const struct raw *raw, int handled)
{
    int64_t end = clock_mono_ms() + WAIT_MS;

    while (raw->accept && fx.handled < handled && clock_mono_ms() < end)
        turn();
    receive(fd, r, NULL, raw->accept ? 0 : WAIT_MS);
    while (raw->accept && !last_answer(r, raw->requests) && clock_mono_ms() < end)
        receive(fd, r, NULL, 1);
}

/* Sends one request in pieces that end at `cut` and every `step` bytes, and checks what comes back. */
static void replay(const struct raw *raw, size_t cut, size_t step)
{
    static struct reply r;
    int fd = dial(), handled = fx.handled + raw->requests;

    r.len = r.ended = 0;
    for (size_t sent = 0; sent < raw->len;) {
        size_t end = sent < cut && cut < raw->len ? cut : raw->len;

        if (step && end > sent + step)
            end = sent + step;
        if (!send_bytes(fd, raw->data + sent, end - sent))
            break;
        sent = end;
    }
    receive_all(fd, &r, raw, handled);
    close(fd);
    check(raw, &r, handled, "", cut, step);
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
    (void)state;
    for (size_t i = 0; i < raw_count; i++) {
        static struct reply r;
        static char joined[sizeof(first) + sizeof(raws[0].data)];
        const struct raw *raw = &raws[i];
        int fd = dial(), handled = fx.handled + 1 + raw->requests;
        char *second;

        memcpy(joined, first, sizeof(first) - 1);
        memcpy(joined + sizeof(first) - 1, raw->data, raw->len);
        r.len = r.ended = 0;
        assert_true(send_bytes(fd, joined, sizeof(first) - 1 + raw->len));
        receive(fd, &r, "ok", WAIT_MS);
        assert_memory_equal(r.data, "HTTP/1.1 200 OK\r\n", 17);
        second = strstr(r.data, "len=2 ok") + strlen("len=2 ok");
        r.len -= (size_t)(second - r.data);
        memmove(r.data, second, r.len + 1);
        receive_all(fd, &r, raw, handled);
        close(fd);
        check(raw, &r, handled, " as the second request", 0, 0);
    }
}

static int begin(void **state)
{
    size_t accept = 0;

    (void)state;
    load();
    for (size_t i = 0; i < raw_count; i++)
        accept += raws[i].accept;
    assert_true(accept >= 50 && raw_count - accept >= 60);
    start(NULL, echo);
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
