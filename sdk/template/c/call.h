/* call.h - one call of the host: what is at hand during it, and what it ends with.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CALL_H
#define CALL_H

#include <ipam/plugin.h>

#include "file.h"
#include "options.h"

/* One instance: one server, opened with one set of options. */
struct provider {
    const struct ipam_host *host;
    struct options options;
};

struct call {
    struct provider *p;
    const struct ipam_host *host;
    struct ipam_req *req;
    struct ipam_outcome outcome;
    struct file file;
    char why[WHY_MAX]; /* the message of a failure */
    char cursor[64];
};

void call_begin(struct call *c, void *ctx, struct ipam_req *req);
void call_end(struct call *c, int32_t status);

/* Reads the server into c->file. 0, or IPAM_E_* and c->why. */
int32_t call_read_file(struct call *c);

/* Whether the options ask for scopes and leases of this family. */
int call_wants(const struct call *c, const struct ipam_addr *a);

/* Every record begins like this: its size as this plugin was compiled, and its type. All else is zero, and a
 * field counts only once its bit is set. */
void record_begin(void *record, size_t size, uint32_t type);

/* PROMISE: emit copies at once, so records live on the stack and their texts wherever they like. A negative
 * answer means: stop, and end the call with it. It waits when the reader is slower than we are. */
int32_t call_emit(struct call *c, const void *record);

struct ipam_str str(const char *text);
int str_same(struct ipam_str a, struct ipam_str b);

/* Wall clock, in milliseconds since 1970, UTC, as all times of records. */
int64_t now_ms(void);

/* The operations. */
void op_probe(void *ctx, struct ipam_req *req);
void op_read_config(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);
void op_read_leases(void *ctx, struct ipam_req *req, const struct ipam_dhcp_read *args);

#endif
