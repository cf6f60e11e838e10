/* dhcp.h - null-dhcp: a DHCP server in memory.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef IPAM_NULL_DHCP_H
#define IPAM_NULL_DHCP_H

#include "null.h"

#define NULL_DHCP_LEASE_TIME 3600 /* s */

struct null_dhcp {
    const struct ipam_host *host;
    struct ipam_inst *inst;
    int64_t delay_ms, page;
    bool writable;
    struct null_store config; /* scopes, each followed by what is in it */
    struct null_list leases;  /* by address */
};

/* What the options ask for (dhcp_data.c). */
struct null_dhcp_plan {
    struct ipam_prefix network;
    uint64_t scopes, leases, reservations;
    unsigned bits; /* of the addresses in each scope that are its own */
};
/* False when it cannot be done: *ret_option is the option that is wrong, `why` what to write instead. */
bool null_dhcp_plan(const struct ipam_host *host, struct ipam_inst *inst, struct null_dhcp_plan *ret,
                    const char **ret_option, const char **ret_why);
int32_t null_dhcp_fill(struct null_dhcp *d, const struct null_dhcp_plan *plan);

/* The configuration and the leases as rows (dhcp_data.c). */
void null_dhcp_init(struct null_dhcp *d);
struct ipam_str null_dhcp_scope_of(const struct ipam_record *rec); /* its scope's identifier */
/* The run of addresses that a pool or an exclusion is. */
struct null_dhcp_run {
    struct ipam_addr first, last;
};
struct null_dhcp_run null_dhcp_run(const struct ipam_record *rec);
const struct ipam_scope *null_dhcp_scope(const struct null_list *rows, struct ipam_str native);
const struct ipam_scope *null_dhcp_scope_at(const struct null_list *rows, const struct ipam_addr *address);
/* The place of the first row of a scope: the scope itself. */
size_t null_dhcp_first(const struct null_list *rows, struct ipam_str native);
int null_dhcp_lease_order(const struct ipam_record *a, const struct ipam_record *b);
/* Adds a lease; IPAM_E_EXIST when there is one of that address. */
int32_t null_dhcp_lease_add(struct null_dhcp *d, const struct ipam_lease *lease);

/* The calls that look at leases and addresses (dhcp_leases.c). */
int32_t null_dhcp_begin(struct null_dhcp *d, struct null_call *c, struct ipam_req *req);
int32_t null_dhcp_known(struct null_call *c, const struct null_dhcp *d, struct ipam_str native);
struct ipam_str null_dhcp_wanted(const struct ipam_dhcp_read *args);
int32_t null_dhcp_writable(struct null_call *c, const struct null_dhcp *d);
void null_dhcp_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
void null_dhcp_act(void *ctx, struct ipam_req *req, const struct ipam_act *args);
void null_dhcp_next_free(void *ctx, struct ipam_req *req, const struct ipam_next_free *args);
/* Emits the configuration as text (dhcp_text.c). */
int32_t null_dhcp_emit_text(struct null_call *c, const struct null_dhcp *d);
/* Drops the leases of scopes that are gone. */
void null_dhcp_sweep(struct null_dhcp *d);

#endif
