/* http_life_test.c - connections and listeners: clients that leave, time-outs, closing, addresses.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <sys/stat.h>
#include <sys/un.h>

#include "http_fixture.h"
#include "ipam/status.h"

static int gone_count;

static void on_gone(struct http_request *req)
{
    assert_ptr_equal(req, fx.kept[0]);
    assert_int_equal(req->path.len, 4); /* it can still be looked at */
    gone_count++;
}

static void keep_with_gone(void *user, struct http_request *req)
{
    keep(user, req);
    req->gone = on_gone;
}

static void test_gone_is_told_once(void **state)
{
    struct linger hard = { 1, 0 };

    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        int64_t end = clock_mono_ms() + WAIT_MS;
        int fd;

        start(NULL, keep_with_gone);
        gone_count = 0;
        fd = dial();
        send_text(fd, GET("/one"));
        wait_handled(1);
        assert_int_equal(gone_count, 0);
        if (reset)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
        while (stats().open && clock_mono_ms() < end)
            turn();
        assert_int_equal(gone_count, 1);
        stop();
        assert_int_equal(gone_count, 1);
    }
}

/* A handler that set no `gone` answers as if the client were there. */
static void test_an_answer_to_a_client_that_left_is_dropped(void **state)
{
    struct strbuf b;
    int fd;

    (void)state;
    start(NULL, keep);
    fd = dial();
    send_text(fd, GET("/one"));
    wait_handled(1);
    close(fd);
    while (stats().open)
        turn();
    assert_int_equal(fx.kept[0]->path.len, 4);
    strbuf_init(&b, 100);
    strbuf_puts(&b, "too late");
    http_respond_buf(fx.kept[0], 200, NULL, 0, &b);
    stop();
}

static void test_timeouts(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t started;
    struct reply *r;
    int fd;

    (void)state;
    limits.head_timeout_ms = 60;
    limits.body_timeout_ms = 60;
    limits.idle_timeout_ms = 120;
    start(&limits, echo);
    started = clock_mono_ms();
    r = talk_to_end(dial(), "GET / HT");
    assert_memory_equal(r->data, "HTTP/1.1 408", 12);
    assert_true(clock_mono_ms() - started >= 60);
    r = talk_to_end(dial(), "POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhalf");
    assert_memory_equal(r->data, "HTTP/1.1 408", 12);
    /* A body that makes progress may take longer than the limit in all. */
    fd = dial();
    send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n");
    for (int i = 0; i < 4; i++) {
        struct reply none = { .len = 0 };

        receive(fd, &none, NULL, 30);
        assert_int_equal(none.len, 0);
        send_text(fd, "x");
    }
    talk(fd, "y", "xxxxy");
    /* Idle: closed without a word. */
    started = clock_mono_ms();
    r = talk_to_end(fd, "");
    assert_int_equal(r->len, 0);
    assert_true(clock_mono_ms() - started >= 100);
    r = talk_to_end(dial(), "");
    assert_int_equal(r->len, 0);
    stop();
}

/* An answer far larger than a socket's buffer. */
static void flood(void *user, struct http_request *req)
{
    static char text[8 << 20];

    (void)user;
    fx.handled++;
    http_respond(req, 200, NULL, 0, (struct ipam_str){ text, sizeof(text) });
}

static void test_a_client_that_does_not_read_is_dropped(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t started, end;
    int fd;

    (void)state;
    limits.write_timeout_ms = 80;
    start(&limits, flood);
    fd = dial();
    started = clock_mono_ms();
    end = started + WAIT_MS;
    send_text(fd, GET("/"));
    while (stats().open && clock_mono_ms() < end)
        turn();
    assert_int_equal(stats().open, 0);
    assert_true(clock_mono_ms() - started >= 80);
    close(fd);
    stop();
}

/* A drop now and then is progress, but not enough of it. */
static void test_a_body_that_drips_is_refused(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t end = clock_mono_ms() + WAIT_MS;
    struct reply r = { .len = 0 };
    int slow, good;

    (void)state;
    limits.rate_grace_ms = 1500;
    limits.rate_least = 20;
    start(&limits, echo);
    slow = dial();
    good = dial();
    send_text(slow, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n");
    send_text(good, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n");
    while (!r.ended && clock_mono_ms() < end) {
        if (!send_bytes(slow, "x", 1))
            break;
        send_text(good, "yyyyyyyyyy");
        receive(slow, &r, "\r\n\r\n", 100);
        if (r.len > 0)
            break;
    }
    assert_memory_equal(r.data, "HTTP/1.1 408", 12);
    assert_non_null(strstr(r.data, "Connection: close"));
    for (int i = 0; i < 100 && fx.handled == 0; i++)
        send_text(good, "yyyyyyyyyyyyyyyyyyyy");
    assert_int_equal(fx.handled, 1); /* who is as fast as that is served however long it takes */
    close(slow);
    close(good);
    stop();
}

/* What clients do not read must not fill the memory. */
static void test_too_much_unread_is_turned_away(void **state)
{
    struct http_limits limits = http_limits_default;
    struct reply *r;
    int greedy, other;

    (void)state;
    limits.unsent_max = 1 << 20;
    start(&limits, flood);
    greedy = dial();
    send_text(greedy, GET("/"));
    wait_handled(1);
    assert_true(stats().unsent > 1 << 20);
    other = dial();
    r = talk_to_end(other, GET("/"));
    assert_memory_equal(r->data, "HTTP/1.1 503", 12);
    assert_int_equal(fx.handled, 1);
    close(greedy);
    while (stats().open)
        turn();
    assert_int_equal(stats().unsent, 0);
    other = dial();
    send_text(other, GET("/"));
    wait_handled(2);
    close(other);
    stop();
    assert_int_equal(fx.handled, 2);
}

static void test_an_answer_must_end_some_day(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t end = clock_mono_ms() + WAIT_MS;
    char drop[1024];
    int fd;

    (void)state;
    limits.write_timeout_ms = 50;
    limits.answer_timeout_ms = 200;
    start(&limits, flood);
    fd = dial();
    send_text(fd, GET("/"));
    while (stats().open && clock_mono_ms() < end) {
        if (recv(fd, drop, sizeof(drop), 0) == 0)
            break;
        turn();
        poll(NULL, 0, 1);
    }
    assert_true(clock_mono_ms() < end);
    close(fd);
    stop();
}

/* Two clients whose requests are there at the same time: the one with a thousand does not go first. */
static void test_who_sends_ahead_lets_others_in_between(void **state)
{
    static char many[1000 * 40];
    struct reply r = { .len = 0 };
    size_t len = 0;
    int ahead, other;

    (void)state;
    start(NULL, echo);
    for (int i = 0; i < 1000; i++)
        len += (size_t)snprintf(many + len, sizeof(many) - len, GET("/"));
    ahead = dial();
    other = dial();
    assert_int_equal(send(ahead, many, len, 0), len);
    assert_true(send(other, GET("/other"), strlen(GET("/other")), 0) > 0);
    receive(other, &r, "GET /other", WAIT_MS);
    assert_non_null(strstr(r.data, "GET /other"));
    assert_true(fx.handled < 100);
    while (fx.handled < 1001) { /* and all of them are answered */
        char buf[65536];

        while (recv(ahead, buf, sizeof(buf), 0) > 0)
            ;
        turn();
    }
    assert_int_equal(fx.handled, 1001);
    close(ahead);
    close(other);
    stop();
}

static void test_too_many_connections_are_closed_at_once(void **state)
{
    struct http_limits limits = http_limits_default;
    struct reply r = { .len = 0 };
    int a, b, c;

    (void)state;
    limits.connections_max = 2;
    start(&limits, echo);
    a = dial();
    b = dial();
    c = dial();
    receive(c, &r, NULL, WAIT_MS);
    assert_true(r.ended && r.len == 0);
    assert_int_equal(stats().refused, 1);
    close(c);
    talk(a, GET("/a"), "GET /a");
    close(b);
    while (stats().open > 1)
        turn();
    b = dial();
    talk(b, GET("/b"), "GET /b");
    close(a);
    close(b);
    stop();
}

static void test_closing_waits_for_answers_under_way(void **state)
{
    struct reply *r;
    int busy, idle, half;

    (void)state;
    start(NULL, keep);
    busy = dial();
    idle = dial();
    half = dial();
    send_text(half, "GET /ha");
    send_text(busy, GET("/busy"));
    wait_handled(1);
    http_server_close(fx.server, 10000, on_stopped, NULL);
    assert_int_equal(fx.closed, 0);
    r = talk_to_end(idle, "");
    assert_int_equal(r->len, 0);
    assert_int_equal(fx.closed, 0);
    answer(fx.kept[0], "kept my word");
    r = talk(busy, "", "kept my word");
    assert_non_null(strstr(r->data, "Connection: close\r\n"));
    receive(busy, r, NULL, WAIT_MS);
    assert_true(r->ended);
    close(busy);
    assert_int_equal(fx.closed, 0);
    send_text(half, "lf HTTP/1.1\r\n" HOST "\r\n");
    wait_handled(2);
    answer(fx.kept[1], "you too");
    r = talk(half, "", "you too");
    close(half);
    loop_run(fx.loop);
    assert_int_equal(fx.closed, 1);
    loop_free(fx.loop);
}

static void test_closing_ends_after_the_grace(void **state)
{
    int64_t started = clock_mono_ms();
    int fd;

    (void)state;
    start(NULL, keep_with_gone);
    gone_count = 0;
    fd = dial();
    send_text(fd, GET("/one"));
    wait_handled(1);
    http_server_close(fx.server, 50, on_stopped, NULL);
    loop_run(fx.loop);
    assert_true(clock_mono_ms() - started >= 50);
    assert_int_equal(gone_count, 1);
    assert_int_equal(fx.closed, 1);
    close(fd);
    loop_free(fx.loop);
}

static void show_peer(void *user, struct http_request *req)
{
    const struct http_peer *p = &req->peer;

    (void)user;
    answer(req, arena_printf(&req->arena, "local=%d uid=%u pid=%d family=%u %u.%u.%u.%u:%u;", p->local,
                             p->uid, (int)p->pid, p->addr.family, p->addr.bytes[0], p->addr.bytes[1],
                             p->addr.bytes[2], p->addr.bytes[3], p->port));
}

static void test_peers_are_known(void **state)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    char folder[] = "/tmp/ipamd-http-XXXXXX", err[256], want[128];
    struct stat st;
    int fd;

    (void)state;
    start(NULL, show_peer);
    fd = dial();
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
    snprintf(want, sizeof(want), "local=0 uid=0 pid=0 family=4 127.0.0.1:%u;", ntohs(own.sin_port));
    talk(fd, GET("/"), want);
    close(fd);
    assert_non_null(mkdtemp(folder));
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", folder);
    assert_int_equal(http_listen_unix(fx.server, addr.sun_path, 0620, err, sizeof(err)), 0);
    assert_int_equal(stat(addr.sun_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0620);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    snprintf(want, sizeof(want), "local=1 uid=%u pid=%d family=0", getuid(), (int)getpid());
    talk(fd, GET("/"), want);
    close(fd);
    stop();
    assert_int_not_equal(stat(addr.sun_path, &st), 0); /* removed with the server */
    rmdir(folder);
}

static void test_socket_files(void **state)
{
    char folder[] = "/tmp/ipamd-http-XXXXXX", path[64], err[256], longer[200];
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd;

    (void)state;
    start(NULL, echo);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/s", folder);
    memcpy(addr.sun_path, path, sizeof(path));
    /* A stale one is replaced. */
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    close(fd);
    assert_int_equal(http_listen_unix(fx.server, path, 0600, err, sizeof(err)), 0);
    /* A live one is not. */
    assert_int_equal(http_listen_unix(fx.server, path, 0600, err, sizeof(err)), IPAM_E_EXIST);
    assert_non_null(strstr(err, "another process listens on"));
    /* Nor is a file. */
    snprintf(path, sizeof(path), "%s/file", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(http_listen_unix(fx.server, path, 0600, err, sizeof(err)), IPAM_E_EXIST);
    assert_non_null(strstr(err, "is no socket"));
    unlink(path);
    snprintf(path, sizeof(path), "%s/no/s", folder);
    assert_true(http_listen_unix(fx.server, path, 0600, err, sizeof(err)) < 0);
    assert_non_null(strstr(err, "cannot listen on"));
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(http_listen_unix(fx.server, longer, 0600, err, sizeof(err)), -ENAMETOOLONG);
    stop();
    rmdir(folder);
}

static void test_tcp_addresses(void **state)
{
    static const char *const bad[] = {
        "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:80x",
        "localhost:80", "::1:80", "[::1:80", "[::1]", "1.2.3:80", "127.0.0.1:-1", "[127.0.0.1]:80",
    };
    char err[256], address[64];
    uint16_t port = 0;

    (void)state;
    start(NULL, echo);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(http_listen_tcp(fx.server, bad[i], &port, err, sizeof(err)), -EINVAL);
        assert_non_null(strstr(err, "is not an address with a port"));
    }
    snprintf(address, sizeof(address), "127.0.0.1:%u", fx.port);
    assert_int_equal(http_listen_tcp(fx.server, address, NULL, err, sizeof(err)), -EADDRINUSE);
    assert_non_null(strstr(err, "cannot listen on 127.0.0.1:"));
    if (http_listen_tcp(fx.server, "[::1]:0", &port, err, sizeof(err)) == 0)
        assert_int_not_equal(port, 0);
    else
        print_message("no IPv6 here: %s\n", err);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gone_is_told_once),
        cmocka_unit_test(test_an_answer_to_a_client_that_left_is_dropped),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_a_client_that_does_not_read_is_dropped),
        cmocka_unit_test(test_a_body_that_drips_is_refused),
        cmocka_unit_test(test_too_much_unread_is_turned_away),
        cmocka_unit_test(test_an_answer_must_end_some_day),
        cmocka_unit_test(test_who_sends_ahead_lets_others_in_between),
        cmocka_unit_test(test_too_many_connections_are_closed_at_once),
        cmocka_unit_test(test_closing_waits_for_answers_under_way),
        cmocka_unit_test(test_closing_ends_after_the_grace),
        cmocka_unit_test(test_peers_are_known),
        cmocka_unit_test(test_socket_files),
        cmocka_unit_test(test_tcp_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
