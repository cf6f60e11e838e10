/* tls_peer.c - who a client's certificate says it is: its fingerprint and its alternative names.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "http/tls_p.h"

#define NAMES_MAX 64 /* of one certificate; more are passed over */

/* The text of a name, absent when it is of another kind or none that a configuration could hold. */
static struct ipam_str name_text(const GENERAL_NAME *name, enum http_cert_kind *ret_kind)
{
    const ASN1_STRING *text = NULL;
    struct ipam_str s = { NULL, 0 };

    switch (name->type) {
    case GEN_URI:
        *ret_kind = HTTP_CERT_URI;
        text = name->d.uniformResourceIdentifier;
        break;
    case GEN_DNS:
        *ret_kind = HTTP_CERT_DNS;
        text = name->d.dNSName;
        break;
    case GEN_EMAIL:
        *ret_kind = HTTP_CERT_EMAIL;
        text = name->d.rfc822Name;
        break;
    case GEN_OTHERNAME:
        *ret_kind = HTTP_CERT_UPN;
        if (OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn &&
            name->d.otherName->value->type == V_ASN1_UTF8STRING)
            text = name->d.otherName->value->value.utf8string;
        break;
    default: break;
    }
    if (text)
        s = (struct ipam_str){ (const char *)ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text) };
    return s.len && !memchr(s.data, '\0', s.len) ? s : (struct ipam_str){ NULL, 0 };
}

/* Copies the names behind the struct. */
static struct http_cert *with_names(const GENERAL_NAMES *all)
{
    int count = all ? sk_GENERAL_NAME_num(all) : 0;
    struct ipam_str texts[NAMES_MAX];
    enum http_cert_kind kinds[NAMES_MAX];
    size_t found = 0, bytes = 0;
    struct http_cert *cert;
    char *to;

    for (int i = 0; i < count && found < NAMES_MAX; i++) {
        texts[found] = name_text(sk_GENERAL_NAME_value(all, i), &kinds[found]);
        bytes += texts[found].len;
        found += texts[found].data != NULL;
    }
    cert = xcalloc(1, sizeof(*cert) + found * sizeof(cert->names[0]) + bytes);
    to = (char *)&cert->names[found];
    for (size_t i = 0; i < found; i++) {
        memcpy(to, texts[i].data, texts[i].len);
        cert->names[i] = (struct http_cert_name){ kinds[i], { to, texts[i].len } };
        to += texts[i].len;
    }
    cert->name_count = found;
    return cert;
}

struct http_cert *tls_peer(SSL *ssl)
{
    X509 *x = SSL_get0_peer_certificate(ssl);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    GENERAL_NAMES *all;
    struct http_cert *cert;

    if (!x || SSL_get_verify_result(ssl) != X509_V_OK || !X509_digest(x, EVP_sha256(), digest, &len))
        return NULL;
    all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    cert = with_names(all);
    GENERAL_NAMES_free(all);
    for (unsigned i = 0; i < len && 2 * i + 1 < sizeof(cert->sha256) - 1; i++) {
        cert->sha256[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        cert->sha256[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    cert->until_ms = tls_time_ms(X509_get0_notAfter(x));
    return cert;
}
