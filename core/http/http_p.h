/* http_p.h - the server's and a connection's insides, shared by the files of core/http.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_HTTP_P_H
#define HTTP_HTTP_P_H

#include <llhttp.h>

#include "http/http.h"

#define READ_MAX ((size_t)64 << 10) /* bytes of one read */
#define DATE_LEN 29                 /* "Mon, 23 Nov 2026 01:02:03 GMT" */

typedef void (*http_bad_body)(int status, const char *reason, struct strbuf *out, const char **ret_type);

struct http_listener {
    struct http_listener *next;
    struct http_server *server;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    bool local;
    struct http_tls *tls; /* NULL: plain */
    char *address;        /* with it */
};

struct http_server {
    struct loop *loop;
    struct http_limits limits;
    http_handler handler;
    void *user;
    http_bad_body bad_body;
    struct http_listener *listeners;
    struct http_conn *conns;
    struct http_stats stats;
    struct compressor *compressor; /* NULL until the first answer is compressed */
    bool closing, ended; /* ended: `closed` is posted */
    struct loop_timer grace;
    struct loop_work closed_post;
    void (*closed)(void *user);
    void *closed_user;
    int64_t date_s; /* the second that `date` is of */
    char date[DATE_LEN + 1];
    struct tls_shared *tls;  /* NULL until a listener has TLS */
    char read_buf[READ_MAX]; /* one for all: what was read is parsed or copied before the next read */
};

enum conn_state {
    CONN_IDLE,      /* no byte of a request yet */
    CONN_HEAD,      /* reading request line and headers */
    CONN_BODY,
    CONN_ANSWERING, /* the handler has the request */
    CONN_WRITING,   /* the answer did not fit into the socket at once */
    CONN_STREAMING, /* an answer that goes on (stream.c) */
    CONN_LINGER,    /* answered and shut down; the rest of the input is thrown away until the client closes */
    CONN_CLOSED,
};

/* Every line of a message between bodies obeys it. */
enum line_state { LINE_START, LINE_INSIDE, LINE_CR };

/* Places in the connection's head buffer. */
struct header_span {
    uint32_t name, name_len, value, value_len;
};

struct http_conn {
    struct http_server *server;
    struct http_conn *prev, *next;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    enum conn_state state;
    bool open;         /* the handle is not closed yet */
    bool posted;       /* `resume` is queued */
    bool answer_due;   /* closed, but the handler still owes the answer */
    bool feeding;      /* the parser is on the stack */
    bool reading;
    bool keep_alive; /* the client's wish */
    bool shut;       /* the answer is the last one */
    struct loop_timer timer;
    int64_t deadline_ms; /* 0: none. The timer may fire earlier and is set anew then */
    struct loop_work resume;
    struct strbuf pending; /* read while a request was answered: the next requests */
    size_t pending_pos;

    /* The request being read or answered. */
    llhttp_t parser;
    struct http_request req;
    struct strbuf head; /* target, names and values one after the other */
    struct header_span *spans;
    size_t span_cap;
    uint32_t target_len;
    bool begun;      /* a line that is not empty */
    unsigned spaces; /* in the request line */
    char protocol;   /* the first byte of the version: H of HTTP */
    unsigned version_len; /* of the numbers in it */
    bool request_line_done, version_done, header_open, head_done, complete;
    bool expects; /* 100-continue */
    struct strbuf body;
    enum line_state line;
    size_t framing;      /* bytes outside bodies since the last body byte */
    const char *checked; /* of the text being fed: up to here the lines are checked */
    int bad_status;      /* 0, or the refusal found in a callback */
    const char *bad_reason;

    /* The answer. */
    struct strbuf out;
    char *out_body; /* the rest of it, ours */
    uv_write_t write;
    void (*written)(struct http_conn *c, int status);
    struct tls_conn *tls; /* NULL: plain */
    size_t write_left; /* when progress was last looked at */
    size_t unsent;     /* bytes of out_body, as they count in the server's */
    int64_t since_ms;  /* when the body, or its writing, began */
    struct http_stream *stream;
};

/* conn.c */
void conn_accept(struct http_listener *l);
void conn_close(struct http_conn *c);
/* The handler answered a request whose connection is closed. */
void conn_answer_dropped(struct http_conn *c);
/* The answer is written: on to the next request, or to the end. */
void conn_answered(struct http_conn *c);
void conn_deadline(struct http_conn *c, int64_t after_ms);

/* Bytes of requests that came into the server's read_buf, the end of the client's sending, and the end of ours. */
void conn_received(struct http_conn *c, size_t len);
void conn_ended(struct http_conn *c);
void conn_linger(struct http_conn *c);

/* io.c: the bytes of a connection, as they are or through TLS; nothing else here knows which. */
int io_start(struct http_conn *c, struct http_listener *l); /* as it is accepted */
void io_free(struct http_conn *c);
bool io_read(struct http_conn *c); /* false: it cannot be read; what comes goes to conn_received */
void io_read_stop(struct http_conn *c);
/* Writes what the socket takes at once: how many bytes, or UV_EAGAIN, or why it is broken. After less than all of them
 * the rest, and nothing else, is given to io_write. */
int io_try_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count);
/* Writes all of it; the bytes must stay until `written`, which comes later, with the connection closed at the
 * latest. */
int io_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count,
             void (*written)(struct http_conn *c, int status));
size_t io_unwritten(const struct http_conn *c); /* of io_write; it shrinks as the client takes them */
bool io_shut(struct http_conn *c);              /* the end of what is written; false: it is broken */
void io_bye(struct http_conn *c); /* before the close of a connection on which nothing is under way */

/* tls_conn.c: the same through TLS, for io.c. */
bool tls_start(struct http_conn *c, const struct http_tls *t);
void tls_free(struct http_conn *c);
void tls_alloc(struct http_conn *c, uv_buf_t *buf);
void tls_received(struct http_conn *c, size_t len);
bool tls_input_ended(const struct http_conn *c);
int tls_try_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count);
int tls_write(struct http_conn *c, const uv_buf_t *bufs, unsigned count);
size_t tls_unwritten(const struct http_conn *c);
bool tls_shut(struct http_conn *c);
void tls_server_init(struct http_server *s);
void tls_server_free(struct http_server *s);

/* parse.c */
void parse_init(struct http_conn *c);
void parse_fini(struct http_conn *c);
/* Forgets the request that was answered. */
void parse_reset(struct http_conn *c);
/* Reads one request from the text until it is complete (c->complete) or refused (c->bad_status); returns
 * how many bytes were used. */
size_t parse_feed(struct http_conn *c, const char *data, size_t len);

/* The first refusal counts. Returns HPE_USER. */
int parse_refuse(struct http_conn *c, int status, const char *reason);

/* head.c */
#define BAD_METHOD  "the method is not one of GET, HEAD, POST, PUT, PATCH and DELETE"
#define BAD_VERSION "the HTTP version is not 1.0 or 1.1"
/* Checks the head that was read and makes the request's fields of it. 0, or HPE_USER after a refusal. */
int head_check(struct http_conn *c);
/* The method alone. */
int head_method(struct http_conn *c);

/* respond.c */
void respond_bad(struct http_conn *c, int status, const char *reason);
void respond_continue(struct http_conn *c);
/* Puts the head of an answer into c->out. `length`: of its body, or one of these. `extra`: further lines. */
#define HEAD_CHUNKED     (SIZE_MAX - 1)
#define HEAD_UNTIL_CLOSE SIZE_MAX
void respond_head(struct http_conn *c, int status, const struct http_header *headers, size_t count,
                  size_t length, const char *extra);
/* The unread body is freed. */
void respond_body_done(struct http_conn *c);

/* stream.c */
void stream_free(struct http_conn *c);
/* The client is waited for. */
bool stream_stalls(const struct http_conn *c);

/* compress.c */
/* Whether the client would rather have gzip than the bytes as they are (RFC 9110, 12.5.3). */
bool compress_accepted(const struct http_request *req);
/* Whether an answer with these headers is of a kind that is compressed. */
bool compress_fits(const struct http_header *headers, size_t count);
/* The body in gzip, to be freed; false: it stays as it is. */
bool compress_body(struct http_server *s, struct ipam_str body, char **ret, size_t *ret_len);
void compress_free(struct http_server *s);

/* server.c */
void server_conn_gone(struct http_server *s);

/* text.c */
int hex_digit(char c); /* -1: it is none */
bool name_is(struct ipam_str name, const char *lower); /* `lower` in lower case */

#endif
