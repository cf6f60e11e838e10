/* http.h - an HTTP/1.1 origin server on libuv: strict parser, keep-alive, back-pressure, TLS (tls.h).
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Knows nothing of ipamd. Loop thread only. llhttp (strict) parses; on top of it a request is refused, and the
 * connection closed, unless its version is 1.0 or 1.1 (505), its method one of ours (501), its target in origin
 * form or absolute form, its Host exactly one (1.1), without Transfer-Encoding in 1.0, obs-fold, or an empty
 * header name. Limits: see struct http_limits. Of chunk extensions llhttp refuses some that are legal (RFC 9112, 7.1.1):
 * white space around their parts, a second one behind a plain value, an escaped quote; nobody is known to send
 * them. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/loop.h"
#include "base/strbuf.h"
#include "ipam/types.h"

enum http_method { HTTP_GET_, HTTP_HEAD_, HTTP_POST_, HTTP_PUT_, HTTP_PATCH_, HTTP_DELETE_ };

struct http_server;
struct http_listener;
struct http_conn;

struct http_limits {
    size_t head_max;            /* request line and headers together: 32 KiB */
    size_t headers_max;         /* number of headers: 100 */
    size_t body_max;            /* 16 MiB */
    unsigned connections_max;   /* 20,000; beyond it a connection is closed at once */
    int64_t handshake_timeout_ms; /* of TLS, from the connection to its end: 10 s */
    int64_t head_timeout_ms;    /* from the first byte to the end of the headers: 10 s */
    int64_t body_timeout_ms;    /* without progress: 30 s */
    int64_t idle_timeout_ms;    /* without a byte of a request, keep-alive included: 75 s */
    int64_t write_timeout_ms;   /* a response that makes no progress: 30 s */
    int64_t answer_timeout_ms;  /* a response in all, unless it is a stream: 10 min */
    int64_t rate_grace_ms;      /* a body that still comes after 30 s ... */
    int64_t rate_least;         /* ... must have come at 500 bytes a second */
    size_t unsent_max;          /* answers that clients have not read yet, together: 256 MiB; beyond, 503 */
    size_t compress_least;      /* answers from 1 KiB on are compressed for clients that take gzip; 0: never */
};
extern const struct http_limits http_limits_default;

/* A client's certificate that was proved: signed by an authority of the listener, valid, made for clients, not
 * revoked. */
enum http_cert_kind { HTTP_CERT_URI, HTTP_CERT_DNS, HTTP_CERT_EMAIL, HTTP_CERT_UPN };
struct http_cert_name { /* an alternative name of its subject */
    enum http_cert_kind kind;
    struct ipam_str value;
};
struct http_cert {
    char sha256[65];  /* of all of it, in small hexadecimal digits */
    int64_t until_ms; /* valid until then */
    size_t name_count;
    struct http_cert_name names[];
};

/* Who is on the other end. */
struct http_peer {
    bool local;                 /* unix socket: uid, gid, pid are the kernel's word */
    uid_t uid;
    gid_t gid;
    pid_t pid;
    struct ipam_addr addr;      /* TCP: the address and port */
    uint16_t port;
    const struct http_cert *cert; /* TLS: the client's certificate, or NULL */
};

struct http_header {
    struct ipam_str name, value; /* value without surrounding white space */
};

/* One request; valid until it is answered or `gone` was called; so are its texts and what is in its arena. */
struct http_request {
    enum http_method method;
    struct ipam_str target;     /* as sent; of an absolute form what follows the host */
    struct ipam_str path;       /* before '?', as sent (still percent-encoded) */
    struct ipam_str query;      /* after '?' */
    const struct http_header *headers;
    size_t header_count;
    struct ipam_str body;       /* complete */
    struct http_peer peer;
    struct arena arena;
    void *user;                 /* the handler's */
    /* Set by the handler when it keeps the request: called once if the client goes away before the answer (it
     * closed or half-closed the connection, or the server closes). Afterwards the request must not be
     * touched. While it is NULL the request stays valid until it is answered, and the answer is dropped. */
    void (*gone)(struct http_request *req);
};

/* First header of this name (case-insensitive), or an absent text. */
struct ipam_str http_header_get(const struct http_request *req, const char *name);
/* Percent-decodes into the arena; '+' stays. Absent text on a bad escape, NUL, or invalid UTF-8. */
struct ipam_str http_decode(struct arena *a, struct ipam_str s);
/* Next name=value pair of a query string, decoded ('+' means a space here). *pos starts at 0. Returns 1 and
 * the pair, 0 at the end, IPAM_E_INVAL on a bad escape, a NUL or invalid UTF-8. */
int http_query_next(struct arena *a, struct ipam_str query, size_t *pos, struct ipam_str *ret_name,
                    struct ipam_str *ret_value);

/* Called for every complete request. It answers now or later with http_respond, exactly once. */
typedef void (*http_handler)(void *user, struct http_request *req);

/* `limits` NULL: the default ones. */
struct http_server *http_server_new(struct loop *loop, const struct http_limits *limits, http_handler handler,
                                    void *user);
/* "127.0.0.1:8053" or "[::1]:8053"; port 0 takes a free one. 0 or -errno with a message in err. */
int http_listen_tcp(struct http_server *s, const char *address, uint16_t *ret_port, char *err,
                    size_t err_len);
/* Makes the socket file with `mode`; a stale one (nobody accepts) is replaced, a live one is IPAM_E_EXIST. */
int http_listen_unix(struct http_server *s, const char *path, mode_t mode, char *err, size_t err_len);
/* Stops accepting, closes idle connections, waits up to grace_ms for answers under way, then closes all.
 * `closed` runs when the last connection is closed and the last request answered or gone; the server is freed
 * then. */
void http_server_close(struct http_server *s, int64_t grace_ms, void (*closed)(void *user), void *user);

/* Answers. `headers` is an array of `count`; Content-Length, Date and Connection are added. The body is
 * copied. HEAD gets the headers alone. A text or JSON body is compressed when the client takes gzip, unless the
 * headers have an ETag, which names these very bytes. `req` is dead afterwards. */
void http_respond(struct http_request *req, int status, const struct http_header *headers, size_t count,
                  struct ipam_str body);
/* The same, taking over the memory of `body` (strbuf_take'n inside; the strbuf is empty afterwards). */
void http_respond_buf(struct http_request *req, int status, const struct http_header *headers, size_t count,
                      struct strbuf *body);

/* --- answers that go on --- */

/* Bytes for one or many clients, counted by references. A copy with one reference; NULL when memory is out. */
#define HTTP_PIECES_MAX 64
struct http_piece;
struct http_piece *http_piece_new(struct ipam_str bytes);
struct http_piece *http_piece_ref(struct http_piece *p);
void http_piece_unref(struct http_piece *p); /* NULL-safe */
struct ipam_str http_piece_bytes(const struct http_piece *p);

/* Begins an answer of unknown length: chunked in HTTP/1.1, until the close in 1.0. The request must have a
 * `gone` and stays valid until http_stream_end or `gone`, which comes as well when the client takes nothing for
 * write_timeout_ms, and never inside these calls. False: that was all, for it was a HEAD or the client has
 * gone; `req` is dead. Write only when http_stream_ready says so. */
bool http_stream_begin(struct http_request *req, int status, const struct http_header *headers, size_t count,
                       void (*drained)(struct http_request *req));
/* Sends up to HTTP_PIECES_MAX pieces. True: more may follow at once. False: the client must take these first;
 * then `drained` runs, and until then nothing may be written or ended. */
bool http_stream_write(struct http_request *req, struct http_piece *const *pieces, size_t count);
/* The same for a copy of bytes of one client; without memory for it the stream is cut: `gone` follows. */
bool http_stream_send(struct http_request *req, struct ipam_str bytes);
bool http_stream_ready(const struct http_request *req);
/* The end, when ready; `req` is dead afterwards. */
void http_stream_end(struct http_request *req);
/* The connection is closed in the next turn, without an end: the client sees that something is missing. `req` is dead
 * afterwards. */
void http_stream_cut(struct http_request *req);

const char *http_method_name(enum http_method m);
const char *http_status_text(int status);

struct http_stats {
    uint64_t accepted, refused, requests, bad_requests;
    uint64_t compressed; /* answers */
    uint64_t handshakes, handshakes_failed; /* of TLS */
    size_t unsent;       /* bytes of answers that clients have not read yet */
    unsigned open;
};
void http_server_stats(const struct http_server *s, struct http_stats *ret);

/* The answer to a request refused by this layer: the owner may set its own (for problem+json), of 4 KiB at
 * most. Default is text/plain. */
void http_server_on_bad(struct http_server *s, void (*body)(int status, const char *reason,
                                                            struct strbuf *out, const char **ret_type));

#endif
