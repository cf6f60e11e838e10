/* http_stream_test.c - answers that go on: framing, back-pressure, clients that leave or do not read, closing.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "http_fixture.h"

static int gone_count, drained_count;
static struct http_request *gone_of;

static void on_gone(struct http_request *req)
{
    gone_of = req;
    gone_count++;
}

static void on_drained(struct http_request *req)
{
    assert_true(http_stream_ready(req));
    drained_count++;
}

static void begin(void *user, struct http_request *req)
{
    struct http_header type = { IPAM_STR("Content-Type"), IPAM_STR("text/event-stream") };

    keep(user, req);
    req->gone = on_gone;
    if (!http_stream_begin(req, 200, &type, 1, on_drained))
        fx.kept[--fx.kept_count] = NULL;
}

static void begin_server(const struct http_limits *limits)
{
    start(limits, begin);
    gone_count = drained_count = 0;
    gone_of = NULL;
}

static bool write_text(struct http_request *req, const char *text)
{
    struct http_piece *p = http_piece_new(str_from(text));
    bool more = http_stream_write(req, &p, 1);

    http_piece_unref(p);
    return more;
}

static void test_pieces_are_chunks_and_the_connection_goes_on(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    begin_server(NULL);
    fd = dial();
    r = talk(fd, GET("/stream"), "\r\n\r\n");
    assert_non_null(strstr(r->data, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(r->data, "Transfer-Encoding: chunked\r\n"));
    assert_null(strstr(r->data, "Content-Length"));
    assert_true(write_text(fx.kept[0], "first"));
    r = talk(fd, "", "5\r\nfirst\r\n");
    assert_true(write_text(fx.kept[0], "and a longer one"));
    http_stream_end(fx.kept[0]);
    r = talk(fd, "", "0\r\n\r\n");
    assert_string_equal(r->data, "10\r\nand a longer one\r\n0\r\n\r\n");
    r = talk(fd, GET("/next"), "\r\n\r\n"); /* the connection is as good as new */
    assert_non_null(strstr(r->data, "chunked"));
    assert_int_equal(gone_count, 0);
    close(fd);
    stop();
    assert_int_equal(gone_count, 1);
}

static void test_version_1_0_gets_the_bytes_until_the_close(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    begin_server(NULL);
    fd = dial();
    r = talk(fd, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "\r\n\r\n");
    assert_null(strstr(r->data, "Transfer-Encoding"));
    assert_non_null(strstr(r->data, "Connection: close\r\n"));
    write_text(fx.kept[0], "one ");
    write_text(fx.kept[0], "two");
    http_stream_end(fx.kept[0]);
    r = talk_to_end(fd, "");
    assert_string_equal(r->data, "one two");
    stop();
}

static void test_head_has_no_stream(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    begin_server(NULL);
    fd = dial();
    r = talk(fd, "HEAD / HTTP/1.1\r\n" HOST "\r\n", "\r\n\r\n");
    assert_memory_equal(r->data, "HTTP/1.1 200", 12);
    assert_int_equal(fx.kept_count, 0);
    close(fd);
    stop();
    assert_int_equal(gone_count, 0);
}

/* Writes one large piece again and again until the client must be waited for; returns how often. */
static unsigned fill(struct http_request *req, size_t size)
{
    char *text = malloc(size);
    struct http_piece *p;
    unsigned count = 1;

    memset(text, 'x', size);
    p = http_piece_new((struct ipam_str){ text, size });
    free(text);
    while (http_stream_write(req, &p, 1))
        count++;
    assert_false(http_stream_ready(req));
    http_piece_unref(p); /* the write under way has its own reference */
    return count;
}

static void test_back_pressure_and_then_drained(void **state)
{
    size_t want, got = 0;
    char buf[65536];
    int64_t end;
    int fd;

    (void)state;
    begin_server(NULL);
    fd = dial();
    talk(fd, GET("/"), "\r\n\r\n");
    want = fill(fx.kept[0], 100000) * (100000 + strlen("186a0\r\n\r\n"));
    assert_false(write_text(fx.kept[0], "not now")); /* refused, not kept */
    end = clock_mono_ms() + WAIT_MS;
    while (got < want && clock_mono_ms() < end) {
        ssize_t n = recv(fd, buf, sizeof(buf), 0);

        got += n > 0 ? (size_t)n : 0;
        turn();
    }
    assert_int_equal(got, want);
    assert_int_equal(drained_count, 1);
    assert_true(write_text(fx.kept[0], "now"));
    talk(fd, "", "3\r\nnow\r\n");
    close(fd);
    stop();
}

static void test_gone_once_when_the_client_leaves(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) { /* closed; closed while it is waited for; reset and written to */
        struct linger hard = { 1, 0 };
        int64_t end = clock_mono_ms() + WAIT_MS;
        int fd;

        begin_server(NULL);
        fd = dial();
        talk(fd, GET("/"), "\r\n\r\n");
        if (way == 1)
            fill(fx.kept[0], 100000);
        if (way > 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
        for (int i = 0; way == 2 && i < 3 && !gone_count; i++)
            write_text(fx.kept[0], "is anybody there?");
        while (stats().open && clock_mono_ms() < end)
            turn();
        assert_int_equal(gone_count, 1);
        assert_ptr_equal(gone_of, fx.kept[0]);
        stop();
        assert_int_equal(gone_count, 1);
    }
}

static void test_a_client_that_takes_nothing_is_gone(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t end = clock_mono_ms() + WAIT_MS;
    int fd;

    (void)state;
    limits.write_timeout_ms = 60;
    begin_server(&limits);
    fd = dial();
    talk(fd, GET("/"), "\r\n\r\n");
    fill(fx.kept[0], 1000000);
    while (!gone_count && clock_mono_ms() < end)
        turn();
    assert_int_equal(gone_count, 1);
    close(fd);
    /* One that has taken everything may be quiet for as long as it likes. */
    fd = dial();
    talk(fd, GET("/"), "\r\n\r\n");
    end = clock_mono_ms() + 200;
    while (clock_mono_ms() < end)
        turn();
    assert_int_equal(gone_count, 1);
    write_text(fx.kept[1], "still here");
    talk(fd, "", "still here");
    close(fd);
    stop();
}

static void test_requests_behind_a_stream_wait_for_its_end(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    begin_server(NULL);
    fd = dial();
    talk(fd, GET("/one") "HEAD /two HTTP/1.1\r\n" HOST "\r\n", "\r\n\r\n");
    for (int i = 0; i < 20; i++)
        turn();
    assert_int_equal(fx.handled, 1);
    http_stream_end(fx.kept[0]);
    r = talk(fd, "", "Content-Length: 0\r\n");
    assert_int_equal(fx.handled, 2);
    assert_memory_equal(r->data, "0\r\n\r\nHTTP/1.1 200", 17);
    close(fd);
    stop();
}

static void test_closing_waits_for_streams_then_ends_them(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    begin_server(NULL);
    fd = dial();
    talk(fd, GET("/"), "\r\n\r\n");
    http_server_close(fx.server, 20000, on_stopped, NULL);
    for (int i = 0; i < 20; i++)
        turn();
    assert_int_equal(fx.closed, 0);
    write_text(fx.kept[0], "goodbye");
    http_stream_end(fx.kept[0]);
    r = talk_to_end(fd, "");
    assert_string_equal(r->data, "7\r\ngoodbye\r\n0\r\n\r\n");
    loop_run(fx.loop);
    assert_int_equal(fx.closed, 1);
    assert_int_equal(gone_count, 0);
    loop_free(fx.loop);
    begin_server(NULL);
    fd = dial();
    talk(fd, GET("/"), "\r\n\r\n");
    stop(); /* without any grace */
    assert_int_equal(gone_count, 1);
    close(fd);
}

/* One piece for many: it lives as long as the slowest needs it. */
static void test_a_piece_is_shared(void **state)
{
    static char text[300000];
    struct http_piece *p;
    int fds[8];

    (void)state;
    memset(text, 'y', sizeof(text));
    begin_server(NULL);
    for (int i = 0; i < 8; i++) {
        fds[i] = dial();
        talk(fds[i], GET("/"), "\r\n\r\n");
    }
    p = http_piece_new((struct ipam_str){ text, sizeof(text) });
    assert_int_equal(http_piece_bytes(p).len, sizeof(text));
    for (int i = 0; i < 8; i++)
        while (http_stream_write(fx.kept[i], &p, 1))
            ;
    http_piece_unref(p);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    for (int i = 0; i < 50; i++)
        turn();
    stop();
    assert_int_equal(gone_count, 8);
    for (int i = 4; i < 8; i++)
        close(fds[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_chunks_and_the_connection_goes_on),
        cmocka_unit_test(test_version_1_0_gets_the_bytes_until_the_close),
        cmocka_unit_test(test_head_has_no_stream),
        cmocka_unit_test(test_back_pressure_and_then_drained),
        cmocka_unit_test(test_gone_once_when_the_client_leaves),
        cmocka_unit_test(test_a_client_that_takes_nothing_is_gone),
        cmocka_unit_test(test_requests_behind_a_stream_wait_for_its_end),
        cmocka_unit_test(test_closing_waits_for_streams_then_ends_them),
        cmocka_unit_test(test_a_piece_is_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
