/* respond.c - answers: head and body in one writev, the rest when the socket takes it.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "http/http_p.h"

#define BAD_BODY_MAX 4096

/* IMF-fixdate (RFC 9110, 5.6.7), made once a second. */
static const char *date_now(struct http_server *s)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t second = clock_wall_ms() / 1000;
    time_t t = (time_t)second;
    struct strbuf b;
    struct tm tm;

    if (second == s->date_s || !gmtime_r(&t, &tm))
        return s->date;
    strbuf_init(&b, 64);
    strbuf_printf(&b, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                  tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (b.len == DATE_LEN) {
        memcpy(s->date, b.data, DATE_LEN + 1);
        s->date_s = second;
    }
    strbuf_fini(&b);
    return s->date;
}

/* A value may carry what a client sent; a control byte in it must not become another header. */
static void put_value(struct strbuf *out, struct ipam_str value)
{
    size_t plain = 0;

    while (plain < value.len && (unsigned char)value.data[plain] >= 0x20 && value.data[plain] != 0x7f)
        plain++;
    strbuf_add(out, value.data, plain);
    for (size_t i = plain; i < value.len; i++)
        strbuf_putc(out, (unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7f ? ' ' : value.data[i]);
}

static void put_number(struct strbuf *out, size_t n)
{
    char digits[24], *p = digits + sizeof(digits);

    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    strbuf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

static bool has_no_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}

void respond_head(struct http_conn *c, int status, const struct http_header *headers, size_t count,
                  size_t length, const char *extra)
{
    struct strbuf *out = &c->out;

    strbuf_reset(out);
    strbuf_puts(out, "HTTP/1.1 ");
    put_number(out, (size_t)status);
    strbuf_putc(out, ' ');
    strbuf_puts(out, http_status_text(status));
    strbuf_puts(out, "\r\nDate: ");
    strbuf_puts(out, date_now(c->server));
    if (length == HEAD_CHUNKED) {
        strbuf_puts(out, "\r\nTransfer-Encoding: chunked");
    } else if (length != HEAD_UNTIL_CLOSE && !has_no_body(status)) {
        strbuf_puts(out, "\r\nContent-Length: ");
        put_number(out, length);
    }
    strbuf_puts(out, extra);
    if (c->tls) /* what others reach, browsers may; they must not guess that an answer is a page */
        strbuf_puts(out, "\r\nX-Content-Type-Options: nosniff");
    strbuf_puts(out, c->shut ? "\r\nConnection: close\r\n" : "\r\nConnection: keep-alive\r\n");
    for (size_t i = 0; i < count; i++) {
        strbuf_addstr(out, headers[i].name);
        strbuf_puts(out, ": ");
        put_value(out, headers[i].value);
        strbuf_puts(out, "\r\n");
    }
    strbuf_puts(out, "\r\n");
}

void respond_body_done(struct http_conn *c)
{
    c->server->stats.unsent -= c->unsent;
    c->unsent = 0;
    free(c->out_body);
    c->out_body = NULL;
}

static void on_written(struct http_conn *c, int status)
{
    respond_body_done(c);
    if (c->state == CONN_CLOSED)
        return;
    if (status)
        conn_close(c);
    else
        conn_answered(c);
}

/* The socket is full: what is left of head and body waits for it. */
static void write_rest(struct http_conn *c, size_t written, struct ipam_str body, char *owned)
{
    size_t head_done = written < c->out.len ? written : c->out.len, body_done = written - head_done;
    uv_buf_t bufs[2];
    unsigned count = 0;

    if (!owned && body.len > body_done) {
        owned = malloc(body.len - body_done);
        if (!owned) {
            conn_close(c);
            return;
        }
        memcpy(owned, body.data + body_done, body.len - body_done);
        body = (struct ipam_str){ owned, body.len - body_done };
        body_done = 0;
    }
    c->out_body = owned;
    c->unsent = owned ? body.len : 0;
    c->server->stats.unsent += c->unsent;
    c->since_ms = clock_mono_ms();
    if (head_done < c->out.len)
        bufs[count++] = uv_buf_init(c->out.data + head_done, (unsigned)(c->out.len - head_done));
    if (body_done < body.len)
        bufs[count++] =
            uv_buf_init((char *)(uintptr_t)body.data + body_done, (unsigned)(body.len - body_done));
    if (io_write(c, bufs, count, on_written)) {
        conn_close(c);
        return;
    }
    c->write_left = io_unwritten(c);
    conn_deadline(c, c->server->limits.write_timeout_ms);
}

/* Writes the head in c->out and the body; `owned` is the body's memory when it is ours to free. */
static void write_answer(struct http_conn *c, struct ipam_str body, char *owned)
{
    uv_buf_t bufs[2];
    size_t total = c->out.len + body.len;
    int written;

    c->state = CONN_WRITING;
    if (c->out.failed) {
        free(owned);
        conn_close(c);
        return;
    }
    bufs[0] = uv_buf_init(c->out.data, (unsigned)c->out.len);
    bufs[1] = uv_buf_init((char *)(uintptr_t)body.data, (unsigned)body.len);
    written = io_try_write(c, bufs, body.len ? 2 : 1);
    if (written < 0 && written != UV_EAGAIN) {
        free(owned);
        conn_close(c);
        return;
    }
    if (written >= 0 && (size_t)written == total) {
        free(owned);
        conn_answered(c);
        return;
    }
    write_rest(c, written > 0 ? (size_t)written : 0, body, owned);
}

static bool is_large(const struct http_server *s, size_t len)
{
    return s->limits.compress_least && len >= s->limits.compress_least;
}

/* Makes the body smaller when the client wants it so. Returns the header lines that go with it. */
static const char *compress(struct http_conn *c, struct ipam_str *body, char **owned)
{
    char *small;
    size_t len;

    if (!compress_accepted(&c->req) || !compress_body(c->server, *body, &small, &len))
        return "\r\nVary: Accept-Encoding";
    free(*owned);
    *owned = small;
    *body = (struct ipam_str){ small, len };
    c->server->stats.compressed++;
    return "\r\nVary: Accept-Encoding\r\nContent-Encoding: gzip";
}

static void respond(struct http_request *req, int status, const struct http_header *headers, size_t count,
                    struct ipam_str body, char *owned)
{
    struct http_conn *c = container_of(req, struct http_conn, req);
    const char *extra = "";

    if (c->state == CONN_CLOSED) {
        assert(c->answer_due);
        free(owned);
        conn_answer_dropped(c);
        return;
    }
    assert(c->state == CONN_ANSWERING);
    c->shut = !c->keep_alive || c->server->closing;
    if (is_large(c->server, body.len) && !has_no_body(status) && compress_fits(headers, count))
        extra = compress(c, &body, &owned);
    respond_head(c, status, headers, count, body.len, extra);
    if (req->method == HTTP_HEAD_ || has_no_body(status))
        body = (struct ipam_str){ NULL, 0 };
    write_answer(c, body, owned);
}

void http_respond(struct http_request *req, int status, const struct http_header *headers, size_t count,
                  struct ipam_str body)
{
    respond(req, status, headers, count, body, NULL);
}

void http_respond_buf(struct http_request *req, int status, const struct http_header *headers, size_t count,
                      struct strbuf *body)
{
    size_t len;
    char *owned = strbuf_take(body, &len);

    respond(req, status, headers, count, (struct ipam_str){ owned, len }, owned);
}

static void plain_body(int status, const char *reason, struct strbuf *out, const char **ret_type)
{
    strbuf_printf(out, "%d %s: %s\n", status, http_status_text(status), reason);
    *ret_type = "text/plain; charset=utf-8";
}

void respond_bad(struct http_conn *c, int status, const char *reason)
{
    http_bad_body fill = c->server->bad_body ? c->server->bad_body : plain_body;
    const char *type = "text/plain; charset=utf-8";
    struct http_header header = { .name = IPAM_STR("Content-Type") };
    struct ipam_str body;
    struct strbuf text;

    c->server->stats.bad_requests++;
    c->shut = true;
    strbuf_init(&text, BAD_BODY_MAX);
    fill(status, reason, &text, &type);
    header.value = str_from(type);
    body = strbuf_str(&text);
    respond_head(c, status, &header, 1, body.len, "");
    if (llhttp_get_method(&c->parser) == HTTP_HEAD)
        body.len = 0;
    write_answer(c, body, NULL);
    strbuf_fini(&text);
}

void respond_continue(struct http_conn *c)
{
    static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t buf = uv_buf_init(text, sizeof(text) - 1);

    /* Nothing is queued before it, so a socket without room for these bytes is a broken one. */
    if (io_try_write(c, &buf, 1) != (int)buf.len)
        conn_close(c);
}
