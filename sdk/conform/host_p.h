/* host_p.h - what the two halves of the tester's host share.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_P_H
#define HOST_P_H

#include "conform.h"

#define INSTS_MAX 1024
extern const char *told_secrets[SECRETS_MAX];         /* values that may never be seen */
extern const struct ipam_inst *told_insts[INSTS_MAX]; /* instances that are open side by side */

/* Begin and end of every function of the host: the instance is one of ours, open, and the one at work. */
bool host_in(struct ipam_inst *inst, const char *what);
void host_out(void);

void *host_alloc(struct ipam_req *req, size_t size);
int32_t host_emit(struct ipam_req *req, const struct ipam_record *rec);
int32_t host_row(struct ipam_req *req, const struct ipam_row *row);
void host_step(struct ipam_req *req, const char *step);
int32_t host_cancelled(struct ipam_req *req);
int64_t host_deadline_ms(struct ipam_req *req);
int32_t host_edit(struct ipam_req *req, uint32_t index, uint32_t *ret_verb,
                  const struct ipam_record **ret_before, const struct ipam_record **ret_after);
void host_done(struct ipam_req *req, int32_t status, const struct ipam_outcome *info);
void host_on_credit(struct ipam_req *req, void (*run)(void *), void *user);

#endif
