/* tls.c - what a TLS listener offers and asks for: versions, ciphers, its certificate, its clients'.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/tls_p.h"
#include "ipam/status.h"

#define CIPHERS_12 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define CIPHERS_13 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
#define GROUPS     "X25519:P-256:P-384"

/* Of what the client offers, HTTP/1.1 alone; a client that wants only others is told so (RFC 7301, 3.2). */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *user)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *found;

    (void)ssl;
    (void)user;
    if (SSL_select_next_proto(&found, out_len, ours, sizeof(ours) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = found;
    return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL takes a certificate without an extended key usage for any purpose; here clients' must say
 * clientAuth. */
static int verify_client(int ok, X509_STORE_CTX *store)
{
    X509 *x = X509_STORE_CTX_get_current_cert(store);

    if (!ok || X509_STORE_CTX_get_error_depth(store) > 0)
        return ok;
    if ((X509_get_extension_flags(x) & EXFLAG_XKUSAGE) && (X509_get_extended_key_usage(x) & XKU_SSL_CLIENT))
        return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
    return 0;
}

/* Why OpenSSL would not; `fallback` when it does not say. */
static int refuse(char err[HTTP_TLS_ERR], const char *path, const char *fallback)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());

    snprintf(err, HTTP_TLS_ERR, "%s cannot be used for TLS: %s; give another", path, why ? why : fallback);
    ERR_clear_error();
    return IPAM_E_CONFIG;
}

static int set_up(SSL_CTX *x)
{
    static const unsigned char session[] = "ipamd";

    SSL_CTX_set_options(x, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_security_level(x, 2); /* whatever openssl.cnf says: 112 bits, no SHA-1 */
    SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(x, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) && SSL_CTX_set_cipher_list(x, CIPHERS_12) &&
                   SSL_CTX_set_ciphersuites(x, CIPHERS_13) && SSL_CTX_set1_groups_list(x, GROUPS) &&
                   SSL_CTX_set_num_tickets(x, 0) &&
                   SSL_CTX_set_session_id_context(x, session, sizeof(session) - 1)
               ? 0
               : IPAM_E_NOMEM;
}

static int use_certificate(struct http_tls *t, const char *path, char err[HTTP_TLS_ERR])
{
    STACK_OF(X509) *all = tls_certificates(path, err);
    bool ok;

    if (!all)
        return IPAM_E_CONFIG;
    t->from_ms = tls_time_ms(X509_get0_notBefore(sk_X509_value(all, 0)));
    t->until_ms = tls_time_ms(X509_get0_notAfter(sk_X509_value(all, 0)));
    ok = SSL_CTX_use_certificate(t->context, sk_X509_value(all, 0));
    for (int i = 1; ok && i < sk_X509_num(all); i++)
        ok = SSL_CTX_add1_chain_cert(t->context, sk_X509_value(all, i));
    sk_X509_pop_free(all, X509_free);
    return ok ? 0 : refuse(err, path, "it is no certificate for a server");
}

static int use_key(struct http_tls *t, const struct http_tls_files *f, char err[HTTP_TLS_ERR])
{
    EVP_PKEY *key = tls_key(f->key, err);
    bool ok, fits;

    if (!key)
        return IPAM_E_CONFIG;
    fits = X509_check_private_key(SSL_CTX_get0_certificate(t->context), key);
    ERR_clear_error();
    ok = fits && SSL_CTX_use_PrivateKey(t->context, key);
    EVP_PKEY_free(key);
    if (!fits) {
        snprintf(err, HTTP_TLS_ERR,
                 "%s is not the key of the certificate in %.200s; give the two that were made "
                 "together, the listener's own certificate first in its file",
                 f->key, f->certificate);
        return IPAM_E_CONFIG;
    }
    return ok ? 0 : refuse(err, f->key, "it is no key for a server");
}

static int use_client_ca(struct http_tls *t, const struct http_tls_files *f, char err[HTTP_TLS_ERR])
{
    STACK_OF(X509) *all = tls_certificates(f->client_ca, err);
    bool ok = all != NULL;

    if (!all)
        return IPAM_E_CONFIG;
    for (int i = 0; ok && i < sk_X509_num(all); i++)
        ok = X509_STORE_add_cert(SSL_CTX_get_cert_store(t->context), sk_X509_value(all, i)) &&
             SSL_CTX_add_client_CA(t->context, sk_X509_value(all, i));
    sk_X509_pop_free(all, X509_free);
    if (!ok)
        return refuse(err, f->client_ca, "it holds no certificate of an authority");
    SSL_CTX_set_verify(t->context,
                       SSL_VERIFY_PEER | (f->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       verify_client);
    return 0;
}

static int use_client_crl(struct http_tls *t, const char *path, char err[HTTP_TLS_ERR])
{
    X509_STORE *store = SSL_CTX_get_cert_store(t->context);
    STACK_OF(X509_CRL) *all = tls_crls(path, err);
    bool ok = all != NULL;

    if (!all)
        return IPAM_E_CONFIG;
    for (int i = 0; ok && i < sk_X509_CRL_num(all); i++) {
        X509_CRL *crl = sk_X509_CRL_value(all, i);
        int64_t until_ms = tls_time_ms(X509_CRL_get0_nextUpdate(crl));

        if (until_ms && (!t->crl_until_ms || until_ms < t->crl_until_ms))
            t->crl_until_ms = until_ms;
        ok = X509_STORE_add_crl(store, crl);
    }
    sk_X509_CRL_pop_free(all, X509_CRL_free);
    if (!ok)
        return refuse(err, path, "it holds no list of revoked certificates");
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return 0;
}

static int read_files(struct http_tls *t, const struct http_tls_files *f, enum http_tls_file *ret_wrong,
                      char err[HTTP_TLS_ERR])
{
    int rc = use_certificate(t, f->certificate, err);

    *ret_wrong = HTTP_TLS_CERTIFICATE;
    if (!rc) {
        *ret_wrong = HTTP_TLS_KEY;
        rc = use_key(t, f, err);
    }
    if (!rc && f->client_ca) {
        *ret_wrong = HTTP_TLS_CLIENT_CA;
        rc = use_client_ca(t, f, err);
    }
    if (!rc && f->client_crl) {
        *ret_wrong = HTTP_TLS_CLIENT_CRL;
        rc = use_client_crl(t, f->client_crl, err);
    }
    return rc;
}

int http_tls_new(const struct http_tls_files *files, struct http_tls **ret, enum http_tls_file *ret_wrong,
                 char err[HTTP_TLS_ERR])
{
    struct http_tls *t = xcalloc(1, sizeof(*t));
    int rc;

    *ret_wrong = HTTP_TLS_CERTIFICATE;
    t->context = SSL_CTX_new(TLS_server_method());
    if (!t->context || set_up(t->context)) {
        snprintf(err, HTTP_TLS_ERR, "OpenSSL does not do what TLS needs; see its configuration, openssl.cnf");
        ERR_clear_error();
        http_tls_free(t);
        return IPAM_E_CONFIG;
    }
    rc = read_files(t, files, ret_wrong, err);
    if (rc)
        http_tls_free(t);
    else
        *ret = t;
    return rc;
}

void http_tls_free(struct http_tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->context); /* connections have references of their own */
    free(t);
}

void http_tls_exchange(struct http_tls *a, struct http_tls *b)
{
    struct http_tls before = *a;

    *a = *b;
    *b = before;
}

void http_tls_validity(const struct http_tls *t, int64_t *ret_from_ms, int64_t *ret_until_ms)
{
    *ret_from_ms = t->from_ms;
    *ret_until_ms = t->until_ms;
}

int64_t http_tls_crl_until(const struct http_tls *t)
{
    return t->crl_until_ms;
}

/* What the names of hosts lead to is not looked up. */
static bool names_a_host(X509 *x)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    bool found = false;

    for (int i = 0; all && i < sk_GENERAL_NAME_num(all); i++)
        found = found || sk_GENERAL_NAME_value(all, i)->type == GEN_DNS;
    GENERAL_NAMES_free(all);
    return found;
}

bool http_tls_names(const struct http_tls *t, const char *address)
{
    X509 *x = SSL_CTX_get0_certificate(t->context);

    return X509_check_ip_asc(x, address, 0) == 1 || names_a_host(x);
}
