/* http_tls_test.c - the HTTP server through TLS: whole answers however they are taken, limits, streams, exchange of certificates.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "http_fixture.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "http/tls.h"
#include "ipam/status.h"
#include "tls_files.h"

static struct tls_made made;
static struct http_tls *tls;
static SSL_CTX *client;

static int make(void **state)
{
    (void)state;
    tls_make(&made);
    client = SSL_CTX_new(TLS_client_method());
    return client == NULL;
}

static int unmake(void **state)
{
    (void)state;
    SSL_CTX_free(client);
    tls_unmake(&made);
    return 0;
}

static struct http_tls *read_files(const char *client_ca, bool required)
{
    struct http_tls_files files = { made.certificate, made.key, client_ca, NULL, required };
    enum http_tls_file wrong;
    struct http_tls *t = NULL;
    char err[HTTP_TLS_ERR];

    if (http_tls_new(&files, &t, &wrong, err))
        fail_msg("%s", err);
    return t;
}

static void start_tls(const struct http_limits *limits, http_handler handler)
{
    char err[256];

    start(limits, handler);
    tls = read_files(NULL, false);
    if (http_listen_tls(fx.server, "127.0.0.1:0", tls, &fx.port, err, sizeof(err)))
        fail_msg("%s", err);
}

static void stop_tls(void)
{
    stop();
    http_tls_free(tls);
}

/* A client on the loop's own thread: what it waits for is brought by turns of the loop. */
static SSL *connect_tls(int version)
{
    int64_t end = clock_mono_ms() + WAIT_MS;
    SSL *ssl = SSL_new(client);
    int rc = 0;

    SSL_set_fd(ssl, dial());
    SSL_set_max_proto_version(ssl, version);
    while ((rc = SSL_connect(ssl)) != 1 && SSL_get_error(ssl, rc) == SSL_ERROR_WANT_READ &&
           clock_mono_ms() < end)
        turn();
    assert_int_equal(rc, 1);
    return ssl;
}

static void hang_up(SSL *ssl)
{
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

static void say(SSL *ssl, const char *text, size_t len)
{
    int64_t end = clock_mono_ms() + WAIT_MS;

    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    while (len && clock_mono_ms() < end) {
        int n = SSL_write(ssl, text, (int)len);

        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
        turn();
    }
    assert_int_equal(len, 0);
}

/* Reads `len` bytes, or until the end; *ret_end is SSL_get_error's then. */
static size_t hear(SSL *ssl, char *data, size_t len, int *ret_end)
{
    int64_t end = clock_mono_ms() + WAIT_MS;
    size_t total = 0;

    *ret_end = 0;
    while (total < len && clock_mono_ms() < end) {
        int n = SSL_read(ssl, data + total, (int)(len - total));

        if (n > 0)
            total += (size_t)n;
        else if ((*ret_end = SSL_get_error(ssl, n)) != SSL_ERROR_WANT_READ)
            return total;
        if (n <= 0)
            turn();
    }
    return total;
}

static char big[15 << 20]; /* more than sockets take */

static void answer_big(void *user, struct http_request *req)
{
    (void)user;
    fx.handled++;
    http_respond(req, 200, NULL, 0, (struct ipam_str){ big, sizeof(big) });
}

static void test_a_large_answer_is_whole_whenever_it_is_read(void **state)
{
    static char got[sizeof(big) + 4096];
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

    (void)state;
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7 + i / 4099);
    start_tls(NULL, answer_big);
    for (size_t v = 0; v < COUNT(versions); v++) {
        SSL *ssl = connect_tls(versions[v]);
        const char *text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        size_t n;
        int end;

        say(ssl, text, strlen(text));
        wait_handled((int)v + 1);
        for (int i = 0; i < 50; i++)
            turn(); /* the socket fills up, and what it does not take waits */
        assert_true(stats().unsent > 0);
        n = hear(ssl, got, sizeof(got), &end);
        assert_int_equal(end, SSL_ERROR_ZERO_RETURN); /* close_notify: it is whole */
        assert_true(n > sizeof(big));
        assert_memory_equal(got + n - sizeof(big), big, sizeof(big));
        hang_up(ssl);
    }
    while (stats().open)
        turn();
    assert_int_equal(stats().unsent, 0);
    assert_int_equal(stats().handshakes, 2);
    stop_tls();
}

static void test_a_client_that_does_not_read_is_closed(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t end = clock_mono_ms() + WAIT_MS;
    SSL *ssl;

    (void)state;
    limits.write_timeout_ms = 100;
    start_tls(&limits, answer_big);
    ssl = connect_tls(TLS1_3_VERSION);
    for (int i = 0; i < 4; i++)
        say(ssl, GET("/"), strlen(GET("/")));
    while (stats().open && clock_mono_ms() < end)
        turn();
    assert_int_equal(stats().open, 0);
    assert_int_equal(stats().unsent, 0);
    hang_up(ssl);
    stop_tls();
}

/* A handshake has its own time, from the connection on; bytes that come do not lengthen it. */
static void test_a_handshake_must_end(void **state)
{
    struct http_limits limits = http_limits_default;
    int64_t end = clock_mono_ms() + WAIT_MS;
    const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    size_t sent = 0;
    int fd;

    (void)state;
    limits.handshake_timeout_ms = 50;
    start_tls(&limits, echo);
    fd = dial();
    while (stats().open && clock_mono_ms() < end) {
        if (sent < sizeof(hello) - 1)
            send(fd, hello + sent++, 1, MSG_NOSIGNAL);
        turn();
    }
    assert_int_equal(stats().open, 0);
    assert_int_equal(fx.handled, 0);
    close(fd);
    stop_tls();
}

static void test_what_is_no_tls_is_refused(void **state)
{
    static const struct ipam_str texts[] = { IPAM_STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                                             IPAM_STR("SSH-2.0-x\r\n"),
                                             IPAM_STR("\x15\x03\x01\x00\x02\x02\x28"),
                                             IPAM_STR("\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff") };

    (void)state;
    start_tls(NULL, echo);
    for (size_t i = 0; i < COUNT(texts); i++) {
        int fd = dial();
        struct reply r = { .len = 0 };

        send(fd, texts[i].data, texts[i].len, MSG_NOSIGNAL);
        receive(fd, &r, NULL, WAIT_MS);
        assert_true(r.ended);
        assert_int_equal(i == 0, strstr(r.data, "https://") != NULL);
        close(fd);
    }
    assert_int_equal(stats().handshakes_failed, COUNT(texts));
    assert_int_equal(fx.handled, 0);
    stop_tls();
}

static int drained_count;

static void on_drained(struct http_request *req)
{
    (void)req;
    drained_count++;
}

static void on_gone(struct http_request *req)
{
    (void)req;
}

static void begin(void *user, struct http_request *req)
{
    keep(user, req);
    req->gone = on_gone;
    assert_true(http_stream_begin(req, 200, NULL, 0, on_drained));
}

/* Pieces until the client must take some; then it does, and they have arrived in order. */
static void test_a_stream_goes_at_the_pace_of_the_client(void **state)
{
    static char text[60000], got[sizeof(text) + 16];
    struct http_piece *p;
    unsigned sent = 0;
    SSL *ssl;
    int end;

    (void)state;
    start_tls(NULL, begin);
    drained_count = 0;
    ssl = connect_tls(TLS1_3_VERSION);
    say(ssl, GET("/"), strlen(GET("/")));
    wait_handled(1);
    for (;;) {
        struct http_piece *both[2];
        bool more;

        memset(text, 'a' + (int)(sent / 2 % 26), sizeof(text));
        p = http_piece_new((struct ipam_str){ text, sizeof(text) });
        both[0] = both[1] = p; /* records begin in one and end in the other */
        more = http_stream_write(fx.kept[0], both, 2);
        http_piece_unref(p);
        sent += 2;
        if (!more)
            break;
        assert_true(sent < 1000);
    }
    assert_false(http_stream_ready(fx.kept[0]));
    do /* the head ends with an empty line */
        assert_int_equal(hear(ssl, got, 1, &end), 1);
    while (got[0] != '\n' || (hear(ssl, got, 1, &end), got[0] != '\r'));
    assert_int_equal(hear(ssl, got, 1, &end), 1);
    for (unsigned i = 0; i < sent; i++) {
        assert_int_equal(hear(ssl, got, 6 + sizeof(text) + 2, &end), 6 + sizeof(text) + 2);
        assert_memory_equal(got, "ea60\r\n", 6);
        assert_int_equal(got[6], 'a' + (int)(i / 2 % 26));
        assert_memory_equal(got + 6, got + 7, sizeof(text) - 1);
    }
    turn();
    assert_int_equal(drained_count, 1);
    http_stream_end(fx.kept[0]);
    assert_int_equal(hear(ssl, got, 5, &end), 5);
    assert_memory_equal(got, "0\r\n\r\n", 5);
    hang_up(ssl);
    stop_tls();
}

/* A new certificate is for new connections. */
static void test_certificates_are_exchanged_under_open_connections(void **state)
{
    struct tls_made first = made;
    struct http_tls *new;
    X509 *before, *after;
    SSL *old, *fresh;
    char got[64];
    int end;

    (void)state;
    start_tls(NULL, echo);
    old = connect_tls(TLS1_3_VERSION);
    tls_make(&made);
    new = read_files(NULL, false);
    http_tls_exchange(tls, new);
    http_tls_free(new);
    fresh = connect_tls(TLS1_3_VERSION);
    before = SSL_get0_peer_certificate(old);
    after = SSL_get0_peer_certificate(fresh);
    assert_int_not_equal(X509_cmp(before, after), 0);
    say(old, GET("/old"), strlen(GET("/old")));
    assert_int_equal(hear(old, got, 15, &end), 15);
    assert_memory_equal(got, "HTTP/1.1 200 OK", 15);
    hang_up(old);
    hang_up(fresh);
    stop_tls();
    tls_unmake(&made);
    made = first;
}

static void test_files_that_are_not_trusted(void **state)
{
    struct http_tls_files files = { made.certificate, made.key, NULL, NULL, false };
    enum http_tls_file wrong;
    struct http_tls *t;
    char err[HTTP_TLS_ERR];

    (void)state;
    chmod(made.key, 0640);
    assert_int_equal(http_tls_new(&files, &t, &wrong, err), IPAM_E_CONFIG);
    assert_int_equal(wrong, HTTP_TLS_KEY);
    assert_non_null(strstr(err, "can be read by others; chmod 600 it"));
    chmod(made.key, 0600);
    chmod(made.certificate, 0666);
    assert_int_equal(http_tls_new(&files, &t, &wrong, err), IPAM_E_CONFIG);
    assert_int_equal(wrong, HTTP_TLS_CERTIFICATE);
    assert_non_null(strstr(err, "can be changed by others"));
    chmod(made.certificate, 0644);
    assert_int_equal(http_tls_new(&files, &t, &wrong, err), 0);
    http_tls_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_large_answer_is_whole_whenever_it_is_read),
        cmocka_unit_test(test_a_client_that_does_not_read_is_closed),
        cmocka_unit_test(test_a_handshake_must_end),
        cmocka_unit_test(test_what_is_no_tls_is_refused),
        cmocka_unit_test(test_a_stream_goes_at_the_pace_of_the_client),
        cmocka_unit_test(test_certificates_are_exchanged_under_open_connections),
        cmocka_unit_test(test_files_that_are_not_trusted),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
