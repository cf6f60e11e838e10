/* http_compress_test.c - who is answered in gzip, and that it is the same text.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <zlib.h>

#include "http_fixture.h"
#include "http/http_p.h"

#define BODY_LEN 5000

static const char *type, *etag;
static size_t body_len;

static void body_fill(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = "{\"address\":\"192.0.2.1\",\"name\":\"web\"}"[i * 7 / 5 % 37];
}

static void answer_long(void *user, struct http_request *req)
{
    struct http_header headers[2] = { { IPAM_STR("Content-Type"), str_from(type) },
                                      { IPAM_STR("ETag"), str_from(etag ? etag : "") } };
    char *text = malloc(body_len);

    (void)user;
    body_fill(text, body_len);
    http_respond(req, 200, headers, etag ? 2 : 1, (struct ipam_str){ text, body_len });
    free(text);
}

static const struct {
    const char *accept;
    bool gzip;
} rows[] = {
    { "gzip", true },
    { "GZip", true },
    { "x-gzip", true },
    { "deflate, gzip;q=1.0, *;q=0.5", true },
    { "br, gzip", true },
    { "*", true },
    { "gzip;q=0.001", true },
    { "gzip ; q=0.5 , identity ; q=0.4", true },
    { "gzip;q=0.5, identity;q=0.5", true },
    { "identity;q=0, gzip;q=0.1", true },
    { "*;q=0.3, identity;q=0.2", true },
    { ",,gzip,,", true },
    { "gzip;x=y;q=0.5", true },
    { "", false },
    { "identity", false },
    { "deflate, br", false },
    { "gzip;q=0", false },
    { "gzip;q=0.000", false },
    { "*;q=0", false },
    { "gzip;q=0, *", false },
    { "gzip;q=0.4, identity;q=0.5", false },
    { "identity, gzip;q=0.9", false },
    { "gzipped", false },
    { "gzip;q=2", false },
    { "gzip;q=1.001", false },
    { "gzip;q=0.1234", false },
    { "gzip;q=-1", false },
    { "gzip;q=.5", false },
    { "gzip;q=", false },
    { "gzip;q=high", false },
};

static bool asks(const char *accept)
{
    struct http_header h[2] = { { IPAM_STR("accept"), IPAM_STR("gzip") },
                                { IPAM_STR("Accept-Encoding"), str_from(accept) } };
    struct http_request req = { .headers = h, .header_count = 2 };

    return compress_accepted(&req);
}

static void test_what_a_client_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (asks(rows[i].accept) != rows[i].gzip)
            fail_msg("'%s' is taken for %s", rows[i].accept, rows[i].gzip ? "no" : "yes");
}

static void test_several_headers_are_one_list(void **state)
{
    struct http_header h[2] = { { IPAM_STR("Accept-Encoding"), IPAM_STR("br") },
                                { IPAM_STR("accept-encoding"), IPAM_STR("gzip") } };
    struct http_request req = { .headers = h, .header_count = 2 };

    (void)state;
    assert_true(compress_accepted(&req));
    req.header_count = 1;
    assert_false(compress_accepted(&req));
}

/* The answer to a request with these lines; its body as the client understands it goes to `ret`. */
static size_t ask(const char *method, const char *lines, struct reply **ret_reply, char *ret, size_t cap)
{
    char request[300];
    const char *body;
    z_stream z = { 0 };
    struct reply *r;

    snprintf(request, sizeof(request), "%s / HTTP/1.1\r\n" HOST "Connection: close\r\n%s\r\n", method, lines);
    r = talk_to_end(dial(), request);
    *ret_reply = r;
    body = strstr(r->data, "\r\n\r\n") + 4;
    if (!strstr(r->data, "Content-Encoding: gzip\r\n")) {
        size_t len = r->len - (size_t)(body - r->data);

        memcpy(ret, body, len < cap ? len : cap);
        return len;
    }
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)body;
    z.avail_in = (uInt)(r->len - (size_t)(body - r->data));
    z.next_out = (Bytef *)ret;
    z.avail_out = (uInt)cap;
    assert_int_equal(inflate(&z, Z_FINISH), *method == 'H' ? Z_BUF_ERROR : Z_STREAM_END);
    inflateEnd(&z);
    return cap - z.avail_out;
}

static void test_answers_are_the_same_text(void **state)
{
    static char want[60000], got[60000];
    struct reply *r;

    (void)state;
    type = "application/json";
    etag = NULL;
    start(NULL, answer_long);
    for (body_len = 1; body_len < 60000; body_len = body_len * 2 + 1) {
        body_fill(want, body_len);
        for (int round = 0; round < 2; round++) { /* the second one with a compressor that was used */
            assert_int_equal(ask("GET", "Accept-Encoding: gzip\r\n", &r, got, sizeof(got)), body_len);
            assert_memory_equal(got, want, body_len);
            assert_int_equal(strstr(r->data, "Content-Encoding: gzip\r\n") != NULL, body_len >= 1024);
            assert_int_equal(strstr(r->data, "Vary: Accept-Encoding\r\n") != NULL, body_len >= 1024);
        }
        assert_int_equal(ask("GET", "", &r, got, sizeof(got)), body_len);
        assert_memory_equal(got, want, body_len);
        assert_int_equal(strstr(r->data, "Vary: Accept-Encoding\r\n") != NULL, body_len >= 1024);
    }
    assert_true(stats().compressed > 0);
    stop();
}

static void test_head_says_what_get_would(void **state)
{
    static char got[BODY_LEN];
    char length[80];
    struct reply *r;

    (void)state;
    type = "application/json";
    etag = NULL;
    body_len = BODY_LEN;
    start(NULL, answer_long);
    ask("GET", "Accept-Encoding: gzip\r\n", &r, got, sizeof(got));
    snprintf(length, sizeof(length), "%.40s", strstr(r->data, "Content-Length: "));
    *strchr(length, '\r') = '\0';
    assert_string_not_equal(length, "Content-Length: 5000");
    assert_int_equal(ask("HEAD", "Accept-Encoding: gzip\r\n", &r, got, sizeof(got)), 0);
    assert_non_null(strstr(r->data, length));
    stop();
}

static void test_what_stays_as_it_is(void **state)
{
    static const struct {
        const char *type, *etag;
        size_t len;
        bool gzip;
    } kinds[] = {
        { "application/json", NULL, BODY_LEN, true },
        { "text/csv; charset=utf-8; header=present", NULL, BODY_LEN, true },
        { "application/problem+json", NULL, BODY_LEN, true },
        { "application/json", "\"12\"", BODY_LEN, false },
        { "image/png", NULL, BODY_LEN, false },
        { "application/octet-stream", NULL, BODY_LEN, false },
        { "application/json", NULL, 1023, false },
    };
    static char got[2 * BODY_LEN];
    struct reply *r;

    (void)state;
    start(NULL, answer_long);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        type = kinds[i].type;
        etag = kinds[i].etag;
        body_len = kinds[i].len;
        assert_int_equal(ask("GET", "Accept-Encoding: gzip\r\n", &r, got, sizeof(got)), body_len);
        assert_int_equal(strstr(r->data, "Content-Encoding: gzip") != NULL, kinds[i].gzip);
    }
    stop();
}

/* Beyond 1.25 MiB it would hold the loop up. */
static void test_large_ones_are_left_alone(void **state)
{
    struct http_server s = { .closing = false };
    char *text = calloc(1, (5 << 18) + 1), *small;
    size_t len;

    (void)state;
    assert_true(compress_body(&s, (struct ipam_str){ text, 5 << 18 }, &small, &len));
    assert_true(len < 20000);
    free(small);
    assert_false(compress_body(&s, (struct ipam_str){ text, (5 << 18) + 1 }, &small, &len));
    /* What does not become smaller neither. */
    rng_bytes(text, 4000);
    assert_false(compress_body(&s, (struct ipam_str){ text, 4000 }, &small, &len));
    free(text);
    compress_free(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_client_accepts),     cmocka_unit_test(test_several_headers_are_one_list),
        cmocka_unit_test(test_answers_are_the_same_text), cmocka_unit_test(test_head_says_what_get_would),
        cmocka_unit_test(test_what_stays_as_it_is),       cmocka_unit_test(test_large_ones_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
