/* tls_files.c - files of keys and certificates: who may touch them, and what is in them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http/tls_p.h"
#include "ipam/status.h"

#define FILE_MAX ((size_t)16 << 20) /* a list of revoked certificates can be long */

/* What others could do with the file; NULL when nothing. Links are followed, for renewed certificates are
 * often kept behind one: what they lead to is judged. */
static const char *trouble(const struct stat *st, bool secret)
{
    if (!S_ISREG(st->st_mode))
        return "is no regular file; name the file itself";
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return "belongs to another user; chown it to root or to the user of ipamd";
    if (secret && (st->st_mode & 077))
        return "can be read by others; chmod 600 it, and make a new key if it may have been read";
    if (st->st_mode & 022)
        return "can be changed by others; chmod go-w it";
    return (size_t)st->st_size > FILE_MAX ? "has more than 16 MiB; name the right file" : NULL;
}

static const char *read_all(int fd, struct tls_file *f)
{
    size_t size = f->len;
    ssize_t n = 1;

    f->data = malloc(size + 1);
    f->len = 0;
    while (f->data && n > 0 && f->len < size) {
        n = read(fd, f->data + f->len, size - f->len);
        f->len += n > 0 ? (size_t)n : 0;
    }
    return !f->data ? strerror(ENOMEM) : n < 0 ? strerror(errno) : NULL;
}

int tls_file_read(const char *path, bool secret, struct tls_file *ret, char err[HTTP_TLS_ERR])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not stop the start */
    const char *why;
    struct stat st;

    *ret = (struct tls_file){ NULL, 0 };
    if (fd < 0 || fstat(fd, &st)) {
        snprintf(err, HTTP_TLS_ERR,
                 "%s cannot be read: %s; correct its name, or let the user of ipamd read it", path,
                 strerror(errno));
        if (fd >= 0)
            close(fd);
        return IPAM_E_CONFIG;
    }
    why = trouble(&st, secret);
    if (!why) {
        ret->len = (size_t)st.st_size;
        why = read_all(fd, ret);
    }
    close(fd);
    if (!why)
        return 0;
    snprintf(err, HTTP_TLS_ERR, "%s %s", path, why);
    tls_file_free(ret);
    return IPAM_E_CONFIG;
}

void tls_file_free(struct tls_file *f)
{
    if (f->data)
        OPENSSL_cleanse(f->data, f->len);
    free(f->data);
    f->data = NULL;
}

int64_t tls_time_ms(const ASN1_TIME *t)
{
    struct tm tm;

    return t && ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) * 1000 : 0;
}

/* Whether reading ended because there is no further block in PEM. */
static bool at_end(void)
{
    unsigned long e = ERR_peek_last_error();

    return ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
}

static void not_in_it(const char *path, const char *what, char err[HTTP_TLS_ERR])
{
    snprintf(err, HTTP_TLS_ERR, "%s holds %s; give a file in PEM (-----BEGIN ...)", path, what);
}

/* Reads every block of one kind: items of a stack with its functions. */
#define READ_BLOCKS(type, read, none)                                                                        \
    STACK_OF(type) *all = sk_##type##_new_null();                                                            \
    struct tls_file f;                                                                                       \
    type *item;                                                                                              \
    BIO *bio;                                                                                                \
    if (tls_file_read(path, false, &f, err)) {                                                               \
        sk_##type##_free(all);                                                                               \
        return NULL;                                                                                         \
    }                                                                                                        \
    bio = BIO_new_mem_buf(f.data, (int)f.len);                                                               \
    ERR_clear_error();                                                                                       \
    while (bio && all && (item = read(bio, NULL, NULL, NULL)))                                               \
        sk_##type##_push(all, item);                                                                         \
    if (!bio || !all || !at_end() || sk_##type##_num(all) == 0) {                                            \
        not_in_it(path, none, err);                                                                          \
        sk_##type##_pop_free(all, type##_free);                                                              \
        all = NULL;                                                                                          \
    }                                                                                                        \
    ERR_clear_error();                                                                                       \
    BIO_free(bio);                                                                                           \
    tls_file_free(&f);                                                                                       \
    return all

STACK_OF(X509) * tls_certificates(const char *path, char err[HTTP_TLS_ERR])
{
    READ_BLOCKS(X509, PEM_read_bio_X509, "no certificate, or one that cannot be read");
}

STACK_OF(X509_CRL) * tls_crls(const char *path, char err[HTTP_TLS_ERR])
{
    READ_BLOCKS(X509_CRL, PEM_read_bio_X509_CRL,
                "no list of revoked certificates, or one that cannot be read");
}

/* Nobody is there to type a pass phrase. */
static int no_phrase(char *buf, int size, int writing, void *user)
{
    (void)buf;
    (void)size;
    (void)writing;
    *(bool *)user = true;
    return -1;
}

EVP_PKEY *tls_key(const char *path, char err[HTTP_TLS_ERR])
{
    bool encrypted = false;
    struct tls_file f;
    EVP_PKEY *key;
    BIO *bio;

    if (tls_file_read(path, true, &f, err))
        return NULL;
    bio = BIO_new_mem_buf(f.data, (int)f.len);
    key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, &encrypted) : NULL;
    if (!key && encrypted)
        snprintf(
            err, HTTP_TLS_ERR,
            "%s is encrypted, and nobody is there to type its pass phrase; decrypt it (openssl pkey) into "
            "a file of mode 0600",
            path);
    else if (!key)
        not_in_it(path, "no private key, or one that cannot be read", err);
    ERR_clear_error();
    BIO_free(bio);
    tls_file_free(&f);
    return key;
}
