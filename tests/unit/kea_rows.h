/* kea_rows.h - what the Kea provider makes of an answer, as text: a host that takes rows and prints them.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_KEA_ROWS_H
#define TESTS_KEA_ROWS_H

#include "base/strbuf.h"
#include "plugins/kea/read.h"

/* Emits the rows of a config-get answer and puts one line of JSON each into `out` (may be NULL). Aborts when
 * a row is one that no host takes. The provider's status; IPAM_E_INVAL when the text is not JSON. */
int kea_rows_of(enum kea_service s, const char *text, size_t len, const char *status_get, struct strbuf *out);
/* The same with the leases of a page: their number, or a status below 0. */
int kea_rows_of_leases(enum kea_service s, const char *text, size_t len, struct strbuf *out);

#endif
