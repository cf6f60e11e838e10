/* tls_p.h - what the files about TLS share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_TLS_P_H
#define HTTP_TLS_P_H

#include <openssl/ssl.h>

#include "http/http_p.h"
#include "http/tls.h"

struct http_tls {
    SSL_CTX *context;
    int64_t from_ms, until_ms, crl_until_ms;
};

/* tls_files.c */
/* A whole file, after a look at who may change it, and read it when it is secret; wiped and freed by
 * tls_file_free. 0, or IPAM_E_* with the reason. */
struct tls_file {
    char *data;
    size_t len;
};
int tls_file_read(const char *path, bool secret, struct tls_file *ret, char err[HTTP_TLS_ERR]);
void tls_file_free(struct tls_file *f);
/* The certificates in it; NULL with the reason when there is none, or one that cannot be read. */
STACK_OF(X509) * tls_certificates(const char *path, char err[HTTP_TLS_ERR]);
STACK_OF(X509_CRL) * tls_crls(const char *path, char err[HTTP_TLS_ERR]);
EVP_PKEY *tls_key(const char *path, char err[HTTP_TLS_ERR]);
int64_t tls_time_ms(const ASN1_TIME *t);

/* tls_peer.c: who the client's certificate says it is, to be freed; NULL when there is none. */
struct http_cert *tls_peer(SSL *ssl);

#endif
