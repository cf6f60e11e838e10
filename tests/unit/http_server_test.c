/* http_server_test.c - what clients see of the HTTP server: answers, order, refusals, limits.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "http_fixture.h"

static void test_an_answer_has_its_head(void **state)
{
    struct reply *r;
    const char *date;
    int fd;

    (void)state;
    start(NULL, echo);
    fd = dial();
    r = talk(fd, "POST /a/b?c=d HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "hello");
    assert_memory_equal(r->data, "HTTP/1.1 200 OK\r\nDate: ", 23);
    date = r->data + 23;
    assert_memory_equal(date + 25, " GMT\r\n", 6);
    assert_string_equal(date + 31,
                        "Content-Length: 25\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\n\r\n"
                        "POST /a/b?c=d len=5 hello");
    close(fd);
    stop();
}

/* RFC 9112, 2.2: empty lines before a request line are passed over, however they arrive. */
static void test_empty_lines_before_a_request(void **state)
{
    static const char request[] = "\r\n\r\n" GET("/x");

    (void)state;
    start(NULL, echo);
    for (size_t cut = 0; cut < sizeof(request) - 1; cut++) {
        int fd = dial();

        assert_true(send_bytes(fd, request, cut));
        talk(fd, request + cut, "GET /x");
        close(fd);
    }
    stop();
}

static void test_keep_alive_and_close(void **state)
{
    static const struct {
        const char *request;
        const char *connection;
        bool ends;
    } rows[] = {
        { GET("/1"), "Connection: keep-alive\r\n", false },
        { "GET /2 HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "Connection: close\r\n", true },
        { "GET /3 HTTP/1.0\r\n\r\n", "Connection: close\r\n", true },
        { "GET /4 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "Connection: keep-alive\r\n", false },
        { "GET /5 HTTP/1.1\r\n" HOST "Connection: x, close\r\n\r\n", "Connection: close\r\n", true },
        { "GET /6 HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "keep-alive\r\n", false },
    };

    (void)state;
    start(NULL, echo);
    for (size_t i = 0; i < COUNT(rows); i++) {
        int fd = dial();
        struct reply *r = talk(fd, rows[i].request, "len=0 ");

        assert_non_null(strstr(r->data, rows[i].connection));
        if (rows[i].ends) {
            receive(fd, r, NULL, WAIT_MS);
            assert_true(r->ended);
        } else {
            r = talk(fd, GET("/again"), "len=0 ");
            assert_non_null(strstr(r->data, "GET /again"));
        }
        close(fd);
    }
    stop();
}

static void test_head_gets_the_headers_alone(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    start(NULL, echo);
    fd = dial();
    r = talk(fd, "HEAD /h HTTP/1.1\r\n" HOST "\r\n" GET("/next"), "GET /next");
    assert_non_null(strstr(r->data, "Content-Length: 14\r\n")); /* of "HEAD /h len=0 " */
    assert_null(strstr(r->data, "HEAD /h"));
    close(fd);
    stop();
}

static void test_chunked_bodies(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    start(NULL, echo);
    fd = dial();
    r = talk(fd,
             "PUT /c HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
             "5;ext=\"1\"\r\nhello\r\n1\r\n \r\n005\r\nworld\r\n0\r\nTrailer: x\r\n\r\n" GET("/next"),
             "GET /next");
    assert_non_null(strstr(r->data, "PUT /c len=11 hello world"));
    close(fd);
    stop();
}

static void test_other_refusals(void **state)
{
    static const struct {
        const char *request, *status;
    } rows[] = {
        { "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "501" },
        { "OPTIONS /a HTTP/1.1\r\n" HOST "\r\n", "501" },
        { "TRACE /a HTTP/1.1\r\n" HOST "\r\n", "501" },
        { "GET * HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", "501" },
        { "GET https://a/ HTTP/1.1\r\n" HOST "\r\n", "421" },
        { "GET /a#b HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505" },
        { "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n", "400" },
        { "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", "400" },
        { "GET /a HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "400" },
        { "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501" },
        { "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
          "400" },
        { "POST /a HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "400" },
        { "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n X: y\r\n\r\n", "400" },
        { "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nX: \x01\r\n\r\n", "400" },
        { "POST /a HTTP/1.1\r\n" HOST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", "417" },
        { "GET  /a HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "GET /a  HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "GET  /a\r\n", "400" },
        { "GET /a HTTP/1.1\n" HOST "\r\n", "400" },
        { "GET /a HTTP/1.1\r\n" HOST "\n", "400" },
        { "\nGET /a HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "\rGET /a HTTP/1.1\r\n" HOST "\r\n", "400" },
        { "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n0\r\n\n", "400" },
        { "GET /a HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n", "400" },
        { "GET /a HTTP/1.1\r\n" HOST "X: a\x0b\r\n\r\n", "400" },
        { "\x16\x03\x01\x02", "400" },
    };

    (void)state;
    start(NULL, echo);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct reply *r = talk_to_end(dial(), rows[i].request);

        if (memcmp(r->data, "HTTP/1.1 ", 9) != 0 || memcmp(r->data + 9, rows[i].status, 3) != 0)
            fail_msg("%s: %s", rows[i].request, r->data);
        assert_non_null(strstr(r->data, "Connection: close\r\n"));
    }
    assert_int_equal(fx.handled, 0);
    assert_int_equal(stats().bad_requests, COUNT(rows));
    stop();
}

static void show_headers(void *user, struct http_request *req)
{
    struct ipam_str a = http_header_get(req, "x-UPPER"), b = http_header_get(req, "empty");
    char *text = arena_printf(
        &req->arena, "[" STR_FMT "] [" STR_FMT "] %d %zu path=" STR_FMT " query=" STR_FMT ".", STR_ARG(a),
        STR_ARG(b), b.data != NULL, req->header_count, STR_ARG(req->path), STR_ARG(req->query));

    (void)user;
    answer(req, text);
}

static void test_headers_reach_the_handler(void **state)
{
    int fd;

    (void)state;
    start(NULL, show_headers);
    fd = dial();
    talk(fd, "GET /p%20q?x=1&y HTTP/1.1\r\n" HOST "X-Upper: \t a b \t\r\nEmpty:\r\nX-Upper: second\r\n\r\n",
         "[a b] [] 1 4 path=/p%20q query=x=1&y.");
    talk(fd, GET("/?"), "[] [] 0 1 path=/ query=.");
    close(fd);
    stop();
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    struct reply *r;
    char want[64], *at;
    int fd;

    (void)state;
    start(NULL, echo);
    fd = dial();
    r = talk(fd,
             GET("/0") "POST /1 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc" GET("/2")
                 GET("/3") "POST /4 HTTP/1.1\r\n" HOST
                           "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET("/5"),
             "GET /5");
    at = r->data;
    for (int i = 0; i < 6; i++) {
        snprintf(want, sizeof(want), " /%d len=", i);
        at = strstr(at, want);
        assert_non_null(at);
    }
    close(fd);
    stop();
}

/* An offer to change the protocol is passed over, with what follows it. */
static void test_upgrade_is_ignored(void **state)
{
    int fd;

    (void)state;
    start(NULL, echo);
    fd = dial();
    talk(fd,
         "GET /a HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
         "POST /b HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok"
         GET("/c"),
         "GET /c");
    close(fd);
    stop();
}

/* A connection's next request is not even parsed before the answer of the one before. */
static void test_one_request_at_a_time(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    start(NULL, keep);
    fd = dial();
    send_text(fd, GET("/0") GET("/1"));
    wait_handled(1);
    for (int i = 0; i < 20; i++)
        turn();
    assert_int_equal(fx.handled, 1);
    answer(fx.kept[0], "first;");
    assert_int_equal(fx.handled, 1); /* not inside http_respond */
    wait_handled(2);
    answer(fx.kept[1], "second;");
    r = talk(fd, GET("/2"), "second;");
    assert_non_null(strstr(r->data, "first;"));
    wait_handled(3);
    answer(fx.kept[2], "third;");
    talk(fd, "", "third;");
    close(fd);
    stop();
}

/* While a request is answered the server takes one read at most: the client's socket fills up. */
static void test_a_flood_behind_a_slow_answer_is_not_taken(void **state)
{
    static char chunk[65536];
    size_t sent = 0;
    int fd, misses = 0;

    (void)state;
    start(NULL, keep);
    fd = dial();
    send_text(fd, GET("/slow"));
    wait_handled(1);
    memset(chunk, 'x', sizeof(chunk));
    while (misses < 50 && sent < ((size_t)64 << 20)) {
        ssize_t n = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);

        sent += n > 0 ? (size_t)n : 0;
        misses = n > 0 ? 0 : misses + 1;
        turn();
    }
    assert_true(misses == 50);
    answer(fx.kept[0], "done");
    talk(fd, "", "done");
    close(fd);
    stop();
}

static void test_expect_100_continue(void **state)
{
    static const char head[] =
        "POST /e HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    struct http_limits limits = http_limits_default;
    struct reply *r;
    int fd;

    (void)state;
    limits.body_max = 5;
    start(&limits, echo);
    fd = dial();
    r = talk(fd, head, "\r\n\r\n");
    assert_string_equal(r->data, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_int_equal(fx.handled, 0);
    r = talk(fd, "hello", "hello");
    assert_memory_equal(r->data, "HTTP/1.1 200", 12);
    /* With the body already there it is not said. */
    send_text(fd, "POST /e HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\nworld");
    r = talk(fd, "", "world");
    assert_null(strstr(r->data, "100 Continue"));
    send_text(fd, "POST /e HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nwo");
    for (int i = 0; i < 10; i++)
        turn();
    r = talk(fd, "rks", "works");
    assert_null(strstr(r->data, "100 Continue"));
    /* A body that will be refused is not asked for. */
    r = talk_to_end(fd, "POST /e HTTP/1.1\r\n" HOST "Content-Length: 6\r\nExpect: 100-continue\r\n\r\n");
    assert_memory_equal(r->data, "HTTP/1.1 413", 12);
    assert_null(strstr(r->data, "100 Continue"));
    stop();
}

/* Closing a socket with unread input resets it, and the client may never see why. */
static void test_a_refusal_arrives_although_the_client_still_sends(void **state)
{
    static char chunk[65536];
    struct http_limits limits = http_limits_default;
    struct reply r = { .len = 0 };
    int fd;

    (void)state;
    limits.body_max = 5;
    start(&limits, echo);
    fd = dial();
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 10000000\r\n\r\n");
    for (int i = 0; i < 100; i++)
        assert_true(send_bytes(fd, chunk, sizeof(chunk)));
    receive(fd, &r, NULL, WAIT_MS);
    assert_memory_equal(r.data, "HTTP/1.1 413", 12);
    assert_true(r.ended);
    close(fd);
    stop();
}

static char *repeat(struct strbuf *b, const char *head, const char *piece, size_t count, const char *tail)
{
    strbuf_reset(b);
    strbuf_puts(b, head);
    while (count--)
        strbuf_puts(b, piece);
    strbuf_puts(b, tail);
    assert_false(b->failed);
    return b->data;
}

static void test_size_limits(void **state)
{
    struct http_limits limits = http_limits_default;
    struct strbuf b;
    struct reply *r;
    int fd;

    (void)state;
    limits.head_max = 2000;
    limits.headers_max = 10;
    limits.body_max = 1000;
    strbuf_init(&b, 1 << 20);
    start(&limits, echo);
    r = talk_to_end(dial(), repeat(&b, "GET /", "x", 2001, " HTTP/1.1\r\n" HOST "\r\n"));
    assert_memory_equal(r->data, "HTTP/1.1 414", 12);
    r = talk_to_end(dial(), repeat(&b, "GET / HTTP/1.1\r\n" HOST "X: ", "x", 2001, "\r\n\r\n"));
    assert_memory_equal(r->data, "HTTP/1.1 431", 12);
    r = talk_to_end(dial(), repeat(&b, "GET / HTTP/1.1\r\n" HOST, "X: y\r\n", 10, "\r\n"));
    assert_memory_equal(r->data, "HTTP/1.1 431", 12);
    /* White space and empty lines count as well. */
    r = talk_to_end(dial(), repeat(&b, "", "\r\n", 1001, GET("/")));
    assert_memory_equal(r->data, "HTTP/1.1 431", 12);
    r = talk_to_end(dial(),
                    repeat(&b, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n", "x", 1001, ""));
    assert_memory_equal(r->data, "HTTP/1.1 413", 12);
    r = talk_to_end(dial(), "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n");
    assert_memory_equal(r->data, "HTTP/1.1 413", 12);
    r = talk_to_end(dial(), repeat(&b, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
                                   "5\r\nhello\r\n", 201, "0\r\n\r\n"));
    assert_memory_equal(r->data, "HTTP/1.1 413", 12);
    r = talk_to_end(dial(), repeat(&b, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;",
                                   "xxxxxxxxxx", 300, "\r\ny\r\n0\r\n\r\n"));
    assert_memory_equal(r->data, "HTTP/1.1 431", 12);
    assert_int_equal(fx.handled, 0);
    /* At the limits all is well. */
    fd = dial();
    talk(fd, repeat(&b, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n", "x", 1000, ""),
         "len=1000");
    talk(fd,
         repeat(&b, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n", 200,
                "0\r\n\r\n"),
         "len=1000");
    talk(fd, repeat(&b, "GET / HTTP/1.1\r\n" HOST, "X: y\r\n", 9, "\r\n"), "len=0");
    talk(fd, repeat(&b, "GET /", "x", 1970, " HTTP/1.1\r\n" HOST "\r\n"), "len=0");
    close(fd);
    strbuf_fini(&b);
    stop();
}

/* A large body survives in both directions, the answer in pieces as the client reads. */
static void large(void *user, struct http_request *req)
{
    struct strbuf b;

    (void)user;
    fx.handled++;
    strbuf_init(&b, (size_t)64 << 20);
    for (int i = 0; i < 1000000; i++)
        strbuf_printf(&b, "%07d\n", i);
    if (str_is(req->path, "/copied")) {
        http_respond(req, 200, NULL, 0, strbuf_str(&b));
        strbuf_fini(&b);
    } else {
        http_respond_buf(req, 200, NULL, 0, &b);
        assert_int_equal(b.len, 0);
    }
}

static void test_a_large_answer_arrives_whole(void **state)
{
    static const char *const requests[] = { GET("/copied"), GET("/owned") };
    static char part[65536];
    struct strbuf got;
    char line[16];

    (void)state;
    start(NULL, large);
    for (size_t i = 0; i < COUNT(requests); i++) {
        int fd = dial();
        int64_t end = clock_mono_ms() + WAIT_MS;
        char *body = NULL;

        strbuf_init(&got, (size_t)64 << 20);
        send_text(fd, requests[i]);
        while (clock_mono_ms() < end && (!body || got.len - (size_t)(body - got.data) < 8000000)) {
            ssize_t n = recv(fd, part, sizeof(part), 0);

            assert_true(n > 0 || (n < 0 && errno == EAGAIN));
            strbuf_add(&got, part, n > 0 ? (size_t)n : 0);
            body = strstr(got.data ? got.data : "", "\r\n\r\n");
            body = body ? body + 4 : NULL;
            turn();
        }
        assert_non_null(body);
        for (int n = 0; n < 1000000; n++) {
            snprintf(line, sizeof(line), "%07d\n", n);
            if (memcmp(body + 8 * n, line, 8) != 0)
                fail_msg("line %d differs", n);
        }
        talk(fd, "HEAD / HTTP/1.1\r\n" HOST "\r\n", "Content-Length: 8000000");
        close(fd);
        strbuf_fini(&got);
    }
    stop();
}

static void bad_body(int status, const char *reason, struct strbuf *out, const char **ret_type)
{
    strbuf_printf(out, "{\"status\":%d,\"detail\":\"%s\"}", status, reason);
    *ret_type = "application/problem+json";
}

static void test_the_owner_words_refusals(void **state)
{
    struct reply *r;

    (void)state;
    start(NULL, echo);
    r = talk_to_end(dial(), "GET /a HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(r->data, "Content-Type: text/plain; charset=utf-8\r\n"));
    assert_non_null(strstr(r->data, "\r\n\r\n400 Bad Request: a request has exactly one Host header\n"));
    http_server_on_bad(fx.server, bad_body);
    r = talk_to_end(dial(), "GET /a HTTP/1.1\r\n\r\n");
    assert_non_null(strstr(r->data, "Content-Type: application/problem+json\r\n"));
    assert_non_null(
        strstr(r->data, "\r\n\r\n{\"status\":400,\"detail\":\"a request has exactly one Host header\"}"));
    stop();
}

static void inject(void *user, struct http_request *req)
{
    struct http_header location = { IPAM_STR("Location"), IPAM_STR("/a\r\nSet-Cookie: x=y\n\nbody") };

    (void)user;
    http_respond(req, str_is(req->path, "/204") ? 204 : 201, &location, 1, IPAM_STR("text"));
}

static void test_a_header_value_cannot_become_a_header(void **state)
{
    struct reply *r;
    int fd;

    (void)state;
    start(NULL, inject);
    fd = dial();
    r = talk(fd, GET("/"), "\r\n\r\ntext");
    assert_memory_equal(r->data, "HTTP/1.1 201 Created\r\n", 22);
    assert_non_null(strstr(r->data, "Location: /a  Set-Cookie: x=y  body\r\n"));
    r = talk(fd, GET("/204"), "\r\n\r\n");
    assert_null(strstr(r->data, "Content-Length"));
    assert_null(strstr(r->data, "text"));
    close(fd);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_has_its_head),
        cmocka_unit_test(test_empty_lines_before_a_request),
        cmocka_unit_test(test_keep_alive_and_close),
        cmocka_unit_test(test_head_gets_the_headers_alone),
        cmocka_unit_test(test_chunked_bodies),
        cmocka_unit_test(test_other_refusals),
        cmocka_unit_test(test_headers_reach_the_handler),
        cmocka_unit_test(test_pipelined_requests_are_answered_in_order),
        cmocka_unit_test(test_upgrade_is_ignored),
        cmocka_unit_test(test_one_request_at_a_time),
        cmocka_unit_test(test_a_flood_behind_a_slow_answer_is_not_taken),
        cmocka_unit_test(test_expect_100_continue),
        cmocka_unit_test(test_a_refusal_arrives_although_the_client_still_sends),
        cmocka_unit_test(test_size_limits),
        cmocka_unit_test(test_a_large_answer_arrives_whole),
        cmocka_unit_test(test_the_owner_words_refusals),
        cmocka_unit_test(test_a_header_value_cannot_become_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
