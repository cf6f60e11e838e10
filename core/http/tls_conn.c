/* tls_conn.c - a connection through TLS: handshake, decryption of what comes, encryption of what goes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL sees no socket. It takes what was read from one buffer and puts records into another; both are the
 * server's, one for all connections, so an idle connection has none. What the socket does not take of the
 * records is the connection's: one piece of a write at a time, encrypted when the one before it is gone. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/tls_p.h"
#include "net/addr.h"

#define RECORD     ((size_t)16 << 10)        /* the most that one record carries */
#define INPUT_MAX  (READ_MAX - RECORD - 512) /* with a record that was begun, decrypted, a read_buf full */
#define PIECE      (4 * RECORD)              /* encrypted before the socket is tried */
#define TURN_BYTES ((size_t)256 << 10)       /* of one answer, before others have their turn */
#define OUTPUT_MAX ((size_t)1 << 20)         /* a piece or a flight of the handshake, encrypted */
#define TURN_US    2000                      /* of handshakes, likewise */
#define LOG_MS     10000                     /* in which there are at most ... */
#define LOG_MOST   20                        /* ... lines about failed handshakes */

struct tls_shared {
    BIO_METHOD *method;
    const char *in; /* what OpenSSL has not taken yet of `input` */
    size_t in_len;
    struct strbuf out;
    uint64_t turn_ms; /* the turn of the loop that `turn_us` were spent in */
    int64_t turn_us, logged_ms;
    unsigned logged; /* lines since then */
    char input[INPUT_MAX];
    char plain[RECORD]; /* small buffers, gathered for one record */
};

/* A place in buffers that are written. */
struct cursor {
    const uv_buf_t *bufs;
    unsigned count;
    size_t pos;
};

struct tls_conn {
    SSL *ssl;
    bool ready;   /* the handshake is done */
    bool broken;  /* nothing can be written any more */
    bool failed;  /* OpenSSL wants no further calls */
    bool ended;   /* the client has said that nothing more comes */
    bool shuts;   /* the socket is shut when the flight is gone */
    char *flight; /* records on their way, with c->write */
    size_t flight_len;
    struct strbuf queue; /* records that go after them */
    /* The write under way. */
    uv_buf_t *bufs;
    struct cursor left; /* what is not encrypted */
    size_t ahead;       /* encrypted, but tls_try_write has not counted it */
};

/* --- what OpenSSL takes for a socket --- */

static int bio_read(BIO *bio, char *data, size_t len, size_t *ret)
{
    struct tls_shared *sh = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    *ret = len < sh->in_len ? len : sh->in_len;
    if (!*ret) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(data, sh->in, *ret);
    sh->in += *ret;
    sh->in_len -= *ret;
    return 1;
}

static int bio_write(BIO *bio, const char *data, size_t len, size_t *ret)
{
    struct tls_shared *sh = BIO_get_data(bio);

    strbuf_add(&sh->out, data, len);
    *ret = len;
    return !sh->out.failed;
}

static long bio_control(BIO *bio, int what, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

void tls_server_init(struct http_server *s)
{
    struct tls_shared *sh = xcalloc(1, sizeof(*sh));

    sh->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
    if (!sh->method)
        out_of_memory(sizeof(*sh));
    BIO_meth_set_read_ex(sh->method, bio_read);
    BIO_meth_set_write_ex(sh->method, bio_write);
    BIO_meth_set_ctrl(sh->method, bio_control);
    strbuf_init(&sh->out, OUTPUT_MAX);
    s->tls = sh;
}

void tls_server_free(struct http_server *s)
{
    if (!s->tls)
        return;
    BIO_meth_free(s->tls->method);
    strbuf_fini(&s->tls->out);
    free(s->tls);
}

/* --- out --- */

static void held(struct http_conn *c, size_t before)
{
    c->server->stats.unsent += c->tls->flight_len + c->tls->queue.len - before;
}

static void on_flown(uv_write_t *write, int status);

static void fly(struct http_conn *c)
{
    struct tls_conn *t = c->tls;
    uv_buf_t buf;

    t->flight = strbuf_take(&t->queue, &t->flight_len);
    buf = uv_buf_init(t->flight, (unsigned)t->flight_len);
    if (!uv_write(&c->write, &c->uv.stream, &buf, 1, on_flown))
        return;
    free(t->flight);
    t->flight = NULL;
    c->server->stats.unsent -= t->flight_len;
    t->flight_len = 0;
    t->broken = true;
}

/* Sends the records that OpenSSL has made: now, as far as the socket takes them and `now` allows. */
static void send_out(struct http_conn *c, bool now)
{
    struct tls_conn *t = c->tls;
    struct strbuf *out = &c->server->tls->out;
    size_t before = t->flight_len + t->queue.len, sent = 0;
    uv_buf_t buf = uv_buf_init(out->data, (unsigned)out->len);
    int n;

    if (out->failed)
        t->broken = t->failed = true;
    if (out->len && now && !before && !t->broken) {
        n = uv_try_write(&c->uv.stream, &buf, 1);
        sent = n > 0 ? (size_t)n : 0;
        t->broken = n < 0 && n != UV_EAGAIN;
    }
    if (sent < out->len && !t->broken)
        strbuf_add(&t->queue, out->data + sent, out->len - sent);
    t->broken = t->broken || t->queue.failed;
    strbuf_reset(out);
    held(c, before);
    if (t->queue.len && !t->flight && !t->broken)
        fly(c);
}

static void forward(struct cursor *at, size_t n)
{
    for (at->pos += n; at->count && at->pos >= at->bufs->len; at->count--, at->bufs++)
        at->pos -= at->bufs->len;
}

/* Small buffers share a record. Returns its bytes, which are moved past. */
static struct ipam_str next_record(struct tls_shared *sh, struct cursor *at)
{
    size_t len = at->bufs->len - at->pos;
    struct ipam_str record = { at->bufs->base + at->pos, len < RECORD ? len : RECORD };

    if (at->count > 1 && len < RECORD) {
        record = (struct ipam_str){ sh->plain, 0 };
        while (at->count && record.len < RECORD) {
            len = at->bufs->len - at->pos;
            len = len < RECORD - record.len ? len : RECORD - record.len;
            memcpy(sh->plain + record.len, at->bufs->base + at->pos, len);
            record.len += len;
            forward(at, len);
        }
        return record;
    }
    forward(at, record.len);
    return record;
}

/* Encrypts the next piece and moves past it. Returns its length. */
static size_t encrypt(struct http_conn *c, struct cursor *at)
{
    struct tls_conn *t = c->tls;
    size_t total = 0, n;

    while (at->count && total < PIECE && !t->broken) {
        struct ipam_str record = next_record(c->server->tls, at);

        ERR_clear_error();
        if (!SSL_write_ex(t->ssl, record.data, record.len, &n))
            t->broken = t->failed = true;
        total += record.len;
    }
    return total;
}

int tls_try_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count)
{
    struct tls_conn *t = c->tls;
    struct cursor at = { bufs, count, 0 };
    size_t taken = 0;

    forward(&at, 0); /* past empty ones */
    while (at.count && taken < TURN_BYTES && !t->flight && !t->broken) {
        size_t n = encrypt(c, &at);

        send_out(c, true);
        if (t->flight)
            t->ahead = n;
        else
            taken += n;
    }
    if (t->broken)
        return UV_EPIPE;
    return taken ? (int)taken : UV_EAGAIN;
}

static void fly_next(struct http_conn *c)
{
    encrypt(c, &c->tls->left);
    send_out(c, false);
}

int tls_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count)
{
    struct tls_conn *t = c->tls;

    if (t->broken)
        return UV_EPIPE;
    t->bufs = xcalloc(count, sizeof(*bufs));
    memcpy(t->bufs, bufs, count * sizeof(*bufs));
    t->left = (struct cursor){ t->bufs, count, 0 };
    forward(&t->left, t->ahead);
    t->ahead = 0;
    if (!t->flight)
        fly_next(c);
    return t->broken ? UV_EPIPE : 0;
}

size_t tls_unwritten(const struct http_conn *c)
{
    const struct tls_conn *t = c->tls;
    size_t left = 0;

    for (unsigned i = 0; i < t->left.count; i++)
        left += t->left.bufs[i].len;
    return left - (left ? t->left.pos : 0);
}

static void shut_socket(struct http_conn *c)
{
    int fd;

    if (uv_fileno(&c->uv.handle, &fd) || shutdown(fd, SHUT_WR))
        c->tls->broken = true;
}

/* The write is done, or will never be. */
static void written(struct http_conn *c)
{
    struct tls_conn *t = c->tls;

    free(t->bufs);
    t->bufs = NULL;
    t->left.count = 0;
    c->written(c, t->broken ? UV_EPIPE : 0);
}

static void on_flown(uv_write_t *write, int status)
{
    struct http_conn *c = container_of(write, struct http_conn, write);
    struct tls_conn *t = c->tls;

    free(t->flight);
    t->flight = NULL;
    c->server->stats.unsent -= t->flight_len;
    t->flight_len = 0;
    t->broken = t->broken || status || c->state == CONN_CLOSED;
    if (!t->broken && t->queue.len)
        fly(c);
    else if (!t->broken && t->left.count)
        fly_next(c);
    if (t->flight)
        return;
    if (t->bufs)
        written(c);
    else if (t->broken)
        conn_close(c);
    else if (t->shuts)
        shut_socket(c);
}

bool tls_shut(struct http_conn *c)
{
    struct tls_conn *t = c->tls;

    if (t->ready && !t->failed && !t->broken) {
        ERR_clear_error();
        SSL_shutdown(t->ssl); /* close_notify: what came is all of it */
        send_out(c, true);
    }
    t->shuts = true;
    if (!t->flight && !t->broken)
        shut_socket(c);
    return !t->broken;
}

/* --- in --- */

bool tls_start(struct http_conn *c, const struct http_tls *from)
{
    struct tls_conn *t = xcalloc(1, sizeof(*t));
    BIO *bio = BIO_new(c->server->tls->method);

    c->tls = t;
    strbuf_init(&t->queue, OUTPUT_MAX);
    t->ssl = SSL_new(from->context);
    if (!t->ssl || !bio) {
        BIO_free(bio);
        return false;
    }
    BIO_set_data(bio, c->server->tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_accept_state(t->ssl);
    return true;
}

void tls_free(struct http_conn *c)
{
    struct tls_conn *t = c->tls;

    c->server->stats.unsent -= t->queue.len + t->flight_len;
    SSL_free(t->ssl);
    strbuf_fini(&t->queue);
    free(t->flight);
    free(t->bufs);
    free((void *)(uintptr_t)c->req.peer.cert);
    free(t);
}

/* A handshake costs what a hundred requests do: after some in one turn of the loop others are served. */
void tls_alloc(struct http_conn *c, uv_buf_t *buf)
{
    struct tls_shared *sh = c->server->tls;
    bool spent = sh->turn_ms == uv_now(loop_uv(c->server->loop)) && sh->turn_us > TURN_US;

    *buf = spent && !c->tls->ready ? uv_buf_init(NULL, 0) : uv_buf_init(sh->input, sizeof(sh->input));
}

bool tls_input_ended(const struct http_conn *c)
{
    return c->tls->ended;
}

static void log_failure(struct http_conn *c)
{
    struct tls_shared *sh = c->server->tls;
    long verified = SSL_get_verify_result(c->tls->ssl);
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    char from[ADDR_TEXT_MAX];
    int64_t now = clock_mono_ms();

    if (now - sh->logged_ms > LOG_MS) {
        sh->logged_ms = now;
        sh->logged = 0;
    }
    if (sh->logged++ >= LOG_MOST)
        return;
    addr_print(&c->req.peer.addr, from);
    log_event(LOG_INFO_, "tls-refused", "the TLS handshake with %s failed: %s%s%s", from,
              why ? why : "no reason is known", verified == X509_V_OK ? "" : ": ",
              verified == X509_V_OK ? "" : X509_verify_cert_error_string(verified));
}

static void say_https(struct http_conn *c)
{
    static char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
                         "This port speaks TLS: use https://\n";
    uv_buf_t buf = uv_buf_init(text, sizeof(text) - 1);

    uv_try_write(&c->uv.stream, &buf, 1);
}

/* The client reads the alert, which says why, before it sees the end. */
static void shake_failed(struct http_conn *c)
{
    c->server->stats.handshakes_failed++;
    c->tls->failed = true;
    log_failure(c);
    if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_HTTP_REQUEST) {
        strbuf_reset(&c->server->tls->out);
        say_https(c);
    }
    send_out(c, true);
    conn_linger(c);
}

static void spend(struct http_conn *c, int64_t began_us)
{
    struct tls_shared *sh = c->server->tls;
    uint64_t turn_ms = uv_now(loop_uv(c->server->loop));

    if (sh->turn_ms != turn_ms)
        sh->turn_us = 0;
    sh->turn_ms = turn_ms;
    sh->turn_us += clock_mono_us() - began_us;
}

/* True when it is done. */
static bool shake(struct http_conn *c)
{
    struct tls_conn *t = c->tls;
    int64_t began_us = clock_mono_us();
    int rc;

    ERR_clear_error();
    rc = SSL_do_handshake(t->ssl);
    spend(c, began_us);
    if (rc != 1 && SSL_get_error(t->ssl, rc) != SSL_ERROR_WANT_READ) {
        shake_failed(c);
        return false;
    }
    send_out(c, true);
    if (t->broken)
        conn_close(c);
    if (rc != 1 || t->broken)
        return false;
    t->ready = true;
    c->server->stats.handshakes++;
    c->req.peer.cert = tls_peer(t->ssl);
    conn_deadline(c, c->server->limits.idle_timeout_ms);
    return true;
}

/* Decrypts all that came into read_buf; *ret_why: why no more, in words of SSL_get_error. */
static size_t decrypt(struct http_conn *c, int *ret_why)
{
    struct http_server *s = c->server;
    size_t total = 0, n = 0;
    int rc = 1;

    ERR_clear_error();
    while (rc && total < READ_MAX) {
        rc = SSL_read_ex(c->tls->ssl, s->read_buf + total, READ_MAX - total, &n);
        total += rc ? n : 0;
    }
    *ret_why = rc ? SSL_ERROR_SSL : SSL_get_error(c->tls->ssl, rc);
    return total;
}

void tls_received(struct http_conn *c, size_t len)
{
    struct tls_conn *t = c->tls;
    struct tls_shared *sh = c->server->tls;
    size_t total;
    int why;

    if (c->state >= CONN_LINGER)
        return;
    sh->in = sh->input;
    sh->in_len = len;
    if (!t->ready && !shake(c))
        return;
    total = decrypt(c, &why);
    t->ended = why == SSL_ERROR_ZERO_RETURN;
    t->failed = !t->ended && why != SSL_ERROR_WANT_READ;
    send_out(c, true);
    if (total)
        conn_received(c, total);
    if (t->failed || t->broken)
        conn_close(c);
    else if (t->ended && c->reading)
        conn_ended(c);
}
