/* tls_files.h - for tests of TLS: a key and a self-signed certificate in files, made anew.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TLS_FILES_H
#define TLS_FILES_H

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tls_made {
    char dir[64], certificate[96], key[96];
};

static inline FILE *tls_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    if (!f)
        abort();
    return f;
}

static inline void tls_make(struct tls_made *m)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "serverAuth,clientAuth");
    FILE *f;

    snprintf(m->dir, sizeof(m->dir), "/tmp/ipam-tls-XXXXXX");
    if (!mkdtemp(m->dir) || !key || !x || !usage)
        abort();
    snprintf(m->certificate, sizeof(m->certificate), "%s/cert.pem", m->dir);
    snprintf(m->key, sizeof(m->key), "%s/key.pem", m->dir);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"test",
                               -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key);
    X509_add_ext(x, usage, -1);
    if (!X509_sign(x, key, EVP_sha256()))
        abort();
    f = tls_file(m->certificate);
    PEM_write_X509(f, x);
    fclose(f);
    f = tls_file(m->key);
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    X509_EXTENSION_free(usage);
    X509_free(x);
    EVP_PKEY_free(key);
}

static inline void tls_unmake(struct tls_made *m)
{
    unlink(m->certificate);
    unlink(m->key);
    rmdir(m->dir);
}

#endif
