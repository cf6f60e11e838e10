/* tls.h - the certificates of a TLS listener, and what clients are asked for.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.2 (ECDHE with AEAD alone) and 1.3; ALPN http/1.1; no renegotiation, no tickets, no resumption. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "http/http.h"

struct http_tls;

/* Names of files in PEM; what is NULL is not there. */
struct http_tls_files {
    const char *certificate; /* the listener's, followed by those of the authorities that signed it */
    const char *key;         /* readable by its owner alone */
    const char
        *client_ca; /* authorities whose client certificates are taken; NULL: clients are asked for none */
    const char *client_crl; /* a list of each of these authorities, and those between */
    bool client_required;   /* without a certificate there is no connection */
};
enum http_tls_file { HTTP_TLS_CERTIFICATE, HTTP_TLS_KEY, HTTP_TLS_CLIENT_CA, HTTP_TLS_CLIENT_CRL };

/* Reads all of it. 0, or IPAM_E_* with the file that is wrong, what is wrong with it, and what to do. */
#define HTTP_TLS_ERR 512
int http_tls_new(const struct http_tls_files *files, struct http_tls **ret, enum http_tls_file *ret_wrong,
                 char err[HTTP_TLS_ERR]);
/* NULL-safe; after the server that listens with it is closed. */
void http_tls_free(struct http_tls *t);
/* `a` gets what `b` read, and the reverse: who connects from now on sees it; open connections go on. */
void http_tls_exchange(struct http_tls *a, struct http_tls *b);
/* From when until when the listener's certificate is valid, in milliseconds since 1970. */
void http_tls_validity(const struct http_tls *t, int64_t *ret_from_ms, int64_t *ret_until_ms);
/* When the client_crl is outdated, after which no client's certificate is taken any more; 0: there is none. */
int64_t http_tls_crl_until(const struct http_tls *t);
/* Whether the certificate names this address, such as 10.1.2.3, or hosts, one of which may have it. */
bool http_tls_names(const struct http_tls *t, const char *address);

/* As http_listen_tcp; `t` stays the caller's. */
int http_listen_tls(struct http_server *s, const char *address, struct http_tls *t, uint16_t *ret_port,
                    char *err, size_t err_len);
/* The i-th TLS listener: its address as it was given, and until when its certificate is valid; or NULL. */
const char *http_server_certificate(const struct http_server *s, size_t i, int64_t *ret_until_ms);

#endif
