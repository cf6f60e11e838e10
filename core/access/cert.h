/* cert.h - which principal a client's certificate is: an explicit table.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
 *
 * A line has the fingerprint of a certificate or one of its alternative names, to the byte; the common name says
 * nothing. The fingerprint decides before the names; names that lead to different principals lead to nobody. */
#ifndef ACCESS_CERT_H
#define ACCESS_CERT_H

#include "access/access.h"
#include "http/http.h"

struct cert_line;

/* Adds a line to a table, which is NULL at first. It gives a role, or lets the client be a user of ours. `sha256`: a fingerprint in small digits; or NULL, and `kind`
 * and `value` are of a name. */
void cert_add(struct cert_line **table, const char *name, const struct role *role, const char *user,
              const char *sha256, enum http_cert_kind kind, const char *value);
/* Each line's principal. */
void cert_each(const struct cert_line *table, void (*fn)(void *user, const struct principal *who), void *user);
bool cert_same(const struct cert_line *a, const struct cert_line *b);
void cert_free(struct cert_line *table);
/* False: nobody, or the certificate has expired since the connection began. */
bool cert_find(const struct cert_line *table, const struct http_cert *cert, int64_t now_ms,
               struct principal *ret);

#endif
