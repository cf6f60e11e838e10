/* vspace.h - null-vspace: a source of virtual networks in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_NULL_VSPACE_H
#define IPAM_NULL_VSPACE_H

#include <pthread.h>

#include "null.h"

struct null_vspace {
    const struct ipam_host *host;
    pthread_mutex_t lock;    /* of the store */
    pthread_cond_t stirred;  /* it changed, or a call was cancelled */
    struct null_store store; /* networks, each followed by what is in it */
};

/* What is there (vspace_data.c). */
int32_t null_vspace_fill(struct null_vspace *v, struct ipam_inst *inst);
struct ipam_str null_vspace_network_of(const struct ipam_record *rec); /* its network's identifier */
/* A copy of a row for a reader, with `removed` set or not; NULL: out of memory. */
struct null_row *null_vspace_copy(const struct null_row *row, bool removed);

#endif
