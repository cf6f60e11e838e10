/* lease.h - one lease as Kea answers it. Pure.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_LEASE_H
#define KEA_LEASE_H

#include "config.h"

/* A row and the bytes it points to: it must not be moved. Texts stay in their document, vendor data in the
 * arena. */
struct kea_lease {
    struct ipam_lease row;
    uint8_t mac[20], client_id[255], duid[130]; /* the limits of records.def */
    char native[KEA_NATIVE_MAX];
};

/* 0, IPAM_E_NOMEM, or IPAM_E_INVAL: it is not understood. */
int kea_lease_parse(enum kea_service s, const struct json_doc *doc, const struct json *v, struct arena *a,
                    struct kea_lease *ret);

/* leases.c: asks for the lease of an address, or of a prefix that begins with it; ret->result is KEA_EMPTY when there is
 * none. As kea_ask. */
int kea_lease_get(struct kea_call *c, enum kea_service s, const struct ipam_addr *address, bool prefix,
                  struct kea_answer *ret);

/* taken.c: the addresses that somebody has by reservation, or by lease of that subnet; in order. */
struct kea_taken {
    struct ipam_addr *list;
    size_t count, cap;
};
int kea_taken_read(struct kea_call *c, const struct kea_config *cfg, int64_t subnet, struct kea_taken *ret);
void kea_taken_fini(struct kea_taken *t);
bool kea_taken_has(const struct kea_taken *t, const struct ipam_addr *a);
/* The first of first..last that nobody has; false: there is none. */
bool kea_taken_next(const struct kea_taken *t, const struct ipam_addr *first, const struct ipam_addr *last,
                    struct ipam_addr *ret);

/* page.c: whether an answer to leaseN-get-page is one, for leases after `from` ("start", or an address) and at
 * most `limit`. 0, or IPAM_E_PROTO with the failure noted. */
int kea_page_check(struct kea_call *c, enum kea_service s, const char *from, int64_t limit,
                   const struct kea_answer *a);

#endif
