/* apply.h - one change of a Kea installation under way.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef KEA_APPLY_H
#define KEA_APPLY_H

#include "config.h"

/* One server's part in it. */
struct kea_part {
    enum kea_service service;
    struct kea_edit **edits;
    size_t count;                 /* 0: the server has no part in it */
    bool wide;                    /* some are of other things than reservations */
    struct kea_running former;    /* as it was read: in memory only, and the way back */
    struct strbuf arguments;      /* {"Dhcp4": ...} with the edits made; empty when nothing changes */
    char wanted[KEA_DIGEST_TEXT]; /* the digest it has then */
    char now[KEA_DIGEST_TEXT];    /* the digest of what is in effect, as far as known */
    bool sent;                    /* a config-set may have changed the server */
    bool lost;                    /* and its answer never came */
    bool written;                 /* a config-write may have changed its file */
};

struct kea_change {
    struct kea_call call;
    struct ipam_str token;
    int64_t flags; /* IPAM_APPLY_* */
    struct kea_edit *edits;
    size_t count;
    struct kea_part parts[KEA_SERVICES];
    struct kea_edit *culprit; /* the edit that the server's words speak of, or NULL */
    char words[401];          /* the server's words when it refused, or "" */
};

/* scope_leases.c: refuses edits by which clients would lose, unless the caller wants them all the same
 * (IPAM_APPLY_FORCE). 0, IPAM_E_CONFLICT with the edit's problem told, or as kea_ask. */
int kea_check_leases(struct kea_change *ch, struct kea_part *p);

/* safe_write.c: carries the change out, step by step. 0: in effect, verified and saved (CHECK:
 * acceptable). Otherwise nothing is changed, unless it is IPAM_E_UNKNOWN; the call's message says what
 * happened. */
int kea_safe_write(struct kea_change *ch);

#endif
