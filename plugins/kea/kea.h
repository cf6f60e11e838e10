/* kea.h - one Kea server as the provider sees it: its options, a call under way, commands and their answers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * Kea Administrator Reference Manual 2.2, chapters 17 (Management API) and 18 (Control Agent); 3.0, chapter 17.1
 * (HTTP control sockets of the servers). An
 * instance is served by one thread; nothing here is shared between instances. */
#ifndef KEA_KEA_H
#define KEA_KEA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "ipam/dhcp.h"

/* The servers of one Kea installation. Numbers index arrays. */
enum kea_service { KEA_DHCP4, KEA_DHCP6, KEA_SERVICES };

#define KEA_ANSWER_MAX    (64u << 20) /* the largest answer taken; 20,000 reservations make 5 MB */
#define KEA_ANSWER_VALUES 2000000     /* and the most values in it: parsed, each takes about 200 bytes */
#define KEA_SOCKET_MAX    108         /* sockaddr_un.sun_path with its NUL */
#define KEA_FORMS         4           /* of a password besides itself */

struct kea_options {
    bool https;
    bool unverified;          /* https, but any certificate will do */
    bool direct;              /* each server's own control socket, no control agent */
    bool use[KEA_SERVICES];   /* may be asked */
    bool named[KEA_SERVICES]; /* the operator named it: its absence is never normal */
    int64_t port, timeout_ms, page;
    int64_t own_port[KEA_SERVICES]; /* of the server's own HTTP socket; 0: none */
    char *user;
    char *password;                            /* wiped at close */
    char *forms[KEA_FORMS];                    /* how a server may repeat it */
    char *ca_file, *cert_file, *key_file;      /* NULL: not given */
    char socket[KEA_SERVICES][KEA_SOCKET_MAX]; /* "" : none */
};

#define KEA_HASH_TEXT 17 /* the first 16 digits of a server's own hash of its configuration and a NUL */

/* What is kept of a configuration, by its hash: the hook with its relation, as JSON text; it may hold passwords. */
struct kea_kept {
    char hash[KEA_HASH_TEXT];
    char *hook;
};

/* One instance. */
struct kea {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    struct kea_options opt;
    char *target;          /* the server's name in the inventory */
    struct kea_http *http; /* NULL with unix sockets alone */
    struct kea_kept kept[KEA_SERVICES];
    struct kea_same *same[KEA_SERVICES]; /* config_same.c; NULL: nothing was read yet */
};

/* One call under way. */
struct kea_call {
    struct kea *kea;
    struct ipam_req *req;
    bool unreachable; /* the last failure was one of the control agent itself: it concerns every service */
    bool steady; /* past the point of no return: only its time-out ends a command, no cancel, no deadline */
    char message[1024]; /* the last failure: what happened, where, what to do */
    char native[64];    /* the server's own code for it, or "" */
};

/* Kea's result codes. */
#define KEA_SUCCESS     0
#define KEA_ERROR       1
#define KEA_UNSUPPORTED 2
#define KEA_EMPTY       3

/* An answer in Kea's form, whatever its result. */
struct kea_answer {
    struct json_doc *doc;
    int64_t result;
    struct ipam_str text;          /* "" when the server gave none */
    const struct json *arguments;  /* NULL: none */
    const struct kea_options *opt; /* whose password kea_words must not repeat, or NULL */
};

/* options.c: reads the options into o; 0, or IPAM_E_CONFIG or IPAM_E_NOMEM with host->open_error told. */
extern const struct ipam_option *const kea_options[];
int kea_options_read(const struct ipam_host *host, struct ipam_inst *inst, struct kea_options *o);
/* The plugin's `check`. */
void kea_options_check(struct ipam_inst *inst, const struct ipam_host *host);
void kea_options_fini(struct kea_options *o);

/* Notes a failure and returns `status`. */
int kea_fail(struct kea_call *c, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Milliseconds a command may take now: the time-out, cut by what is left of the deadline. 0: none is left. */
int64_t kea_patience(const struct kea_call *c);
bool kea_stopped(const struct kea_call *c);
/* Ends the request. info may be NULL; without a message of its own it gets the call's. */
void kea_done(struct kea_call *c, int status, struct ipam_outcome *info);

const char *kea_service_name(enum kea_service s); /* "dhcp4" */
const char *kea_root_key(enum kea_service s);     /* "Dhcp4" */
/* Where a service is, for messages: "dhcp4 at http://dhcp1:8000" or "dhcp4 at /run/kea/s4". */
void kea_where(const struct kea *k, enum kea_service s, char *buf, size_t size);

/* command.c: sends one command and reads its answer. 0: the answer is in Kea's form (its result may
 * still be an error). Otherwise the message says what is wrong and
 *   IPAM_E_NOENT     the control agent has no socket for this service: it is not part of this installation
 *   IPAM_E_CONN      no connection, or it broke; the service is not running, or the agent cannot reach it
 *   IPAM_E_TIMEOUT   no answer in time
 *   IPAM_E_CANCELED  the caller lost interest
 *   IPAM_E_AUTH      the agent refused user and password
 *   IPAM_E_PROTO     what answers is no Kea, or its answer is broken
 *   IPAM_E_ACCESS    this process may not use the socket
 *   IPAM_E_CONFIG    a file that an option names cannot be used
 *   IPAM_E_TOOBIG, IPAM_E_NOMEM.
 * *ret_sent (may be NULL) tells whether the server may have acted on it, whatever the return value. */
int kea_command(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str arguments,
                struct kea_answer *ret, bool *ret_sent);
/* As kea_command, and an error of Kea's becomes IPAM_E_PROVIDER (IPAM_E_UNSUPPORTED for an unknown
 * command) with its words in the message. KEA_EMPTY is success. */
int kea_ask(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str arguments,
            struct kea_answer *ret);
void kea_answer_fini(struct kea_answer *a);
/* The two halves of kea_ask without arguments: the answer as it is sent, and what it says. As kea_ask. */
struct kea_incoming;
int kea_fetch(struct kea_call *c, enum kea_service s, const char *command, struct kea_incoming *in);
int kea_take(struct kea_call *c, enum kea_service s, const char *command, const struct strbuf *text,
             struct kea_answer *ret);
/* True when the call's last failure concerns one server alone, so that the other can still be read. */
bool kea_is_partial(const struct kea_call *c, int status);

/* words.c: Kea's words for messages: one line, without our password, cut to 400 bytes. */
const char *kea_words(const struct kea_answer *a, char buf[static 401]);
/* Makes it one line of UTF-8 without what a terminal obeys; it gets no longer. */
void kea_one_line(char *text);
/* Overwrites each occurrence of the secret (NULL: none) in the text with asterisks. */
void kea_redact(char *text, const char *secret);
/* The same with the password, in every form in which it is sent or written down. */
void kea_hide(char *text, const struct kea_options *o);
/* The forms of user and password; 0 or IPAM_E_NOMEM. */
int kea_forms_make(struct kea_options *o);
void kea_forms_fini(struct kea_options *o);

/* incoming.c: an answer as it comes in, followed so far that what is no answer ends the transfer at once. */
enum kea_complaint {
    KEA_INCOMING_OK,
    KEA_INCOMING_NO_JSON, /* begins neither with { nor with [ */
    KEA_INCOMING_LONG,    /* more than KEA_ANSWER_MAX bytes */
    KEA_INCOMING_MANY,    /* more than KEA_ANSWER_VALUES values */
    KEA_INCOMING_DEEP,    /* nested deeper than JSON_DEPTH_MAX */
    KEA_INCOMING_MORE,    /* goes on after its end */
    KEA_INCOMING_NOMEM,
};
struct kea_incoming {
    struct strbuf text; /* its maximum is KEA_ANSWER_MAX */
    size_t values, depth;
    bool begun, ended, in_string, escaped;
    enum kea_complaint complaint; /* the first */
};
void kea_incoming_init(struct kea_incoming *in);
void kea_incoming_fini(struct kea_incoming *in);
/* False: it is no answer, see `complaint`; nothing more need be read. */
bool kea_incoming_add(struct kea_incoming *in, const char *data, size_t len);
/* After a false: notes the failure; IPAM_E_PROTO, IPAM_E_TOOBIG or IPAM_E_NOMEM. */
int kea_incoming_fail(struct kea_call *c, const struct kea_incoming *in, const char *where,
                      const char *command);

/* http.c and unix.c: carry one request. `body` is the command; the answer is added to `in`, whole when 0 is
 * returned. As kea_command. */
int kea_http_open(const struct ipam_host *host, struct ipam_inst *inst, const char *target,
                  const struct kea_options *o, struct kea_http **ret);
void kea_http_close(struct kea_http *h);
int kea_http_exchange(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str body,
                      struct kea_incoming *in, bool *ret_sent);
int kea_unix_exchange(struct kea_call *c, enum kea_service s, const char *command, struct ipam_str body,
                      struct kea_incoming *in, bool *ret_sent);

/* What can be done where apply can write at all. */
#define KEA_CAP_WRITES                                                                                       \
    (IPAM_DHCP_CAP_RESERVATIONS | IPAM_DHCP_CAP_ATOMIC | IPAM_DHCP_CAP_CHECK | IPAM_DHCP_CAP_SERVER |        \
     IPAM_DHCP_CAP_SCOPES | IPAM_DHCP_CAP_SUPERSCOPES | IPAM_DHCP_CAP_OPTIONS | IPAM_DHCP_CAP_CLASSES |        \
     IPAM_DHCP_CAP_WHOLE)

#define KEA_CAP_LEASE_ACTS                                                                                   \
    (IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_ADD) | IPAM_DHCP_CAP_ACT(IPAM_DHCP_ACT_LEASE_DELETE))

/* Operations of the dhcp kind. */
void kea_probe(void *ctx, struct ipam_req *req);
void kea_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
void kea_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
void kea_read_stats(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
void kea_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args);
void kea_explain(void *ctx, struct ipam_req *req, const struct ipam_dhcp_client *args);
void kea_apply(void *ctx, struct ipam_req *req, const struct ipam_apply *args);
void kea_act(void *ctx, struct ipam_req *req, const struct ipam_act *args);

#endif
