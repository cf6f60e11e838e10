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
    bool closing, ended; /* ended: `closed` is posted */
    struct loop_timer grace;
    struct loop_work closed_post;
    void (*closed)(void *user);
    void *closed_user;
    int64_t date_s; /* the second that `date` is of */
    char date[DATE_LEN + 1];
    char read_buf[READ_MAX]; /* one for all: what was read is parsed or copied before the next read */
};

enum conn_state {
    CONN_IDLE,      /* no byte of a request yet */
    CONN_HEAD,      /* reading request line and headers */
    CONN_BODY,
    CONN_ANSWERING, /* the handler has the request */
    CONN_WRITING,   /* the answer did not fit into the socket at once */
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
    size_t write_left; /* when progress was last looked at */
};

/* conn.c */
void conn_accept(struct http_listener *l);
void conn_close(struct http_conn *c);
/* The handler answered a request whose connection is closed. */
void conn_answer_dropped(struct http_conn *c);
/* The answer is written: on to the next request, or to the end. */
void conn_answered(struct http_conn *c);
void conn_deadline(struct http_conn *c, int64_t after_ms);

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

/* server.c */
void server_conn_gone(struct http_server *s);

/* text.c */
int hex_digit(char c); /* -1: it is none */
bool name_is(struct ipam_str name, const char *lower); /* `lower` in lower case */

#endif
