/* manage_bench.h - plans committed as the API commits them, and looked at from all sides.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef MANAGE_BENCH_H
#define MANAGE_BENCH_H

#include "site.h"

#define RESUMED "finished after an interruption"
#define TROUBLE "scripted trouble" /* what fake servers say when a call fails */

/* A server "dhcp1" with the scopes 10.0.1.0/24 and 10.0.2.0/24, collected unless `fresh`. */
int64_t bench_server(struct site *s, struct fake_dhcp **ret, bool fresh);
#define BENCH_FORMER 200
/* Commits a plan that adds or deletes 10.0.SUBNET.HOST on a server, or puts it in place of the one for the mac
 * that ends with BENCH_FORMER, and answers its id; nobody is told of it. One that does not delete serves an
 * address of the plan, which is pending. bench_add: 10.0.1.HOST. bench_leave: deletes that, for an address. */
int64_t bench_plan(struct site *s, int64_t server, uint32_t verb, unsigned subnet, unsigned host);
int64_t bench_leave(struct site *s, int64_t server, unsigned host);
int64_t bench_add(struct site *s, int64_t server, unsigned host);
/* The same for any change, and an address of the plan that it serves (NULL: none), which is made with it. */
int64_t bench_commit(struct site *s, const struct server_change *change, struct ipam_address *address);
void bench_address(struct site *s, const struct ipam_addr *a, struct ipam_address *ret);
/* Tells the manager, and runs until nothing more happens. */
void bench_kick(struct site *s, int64_t server);

const struct ipam_plan *bench_row(const struct site *s, int64_t id);
const struct ipam_plan_step *bench_step(const struct site *s, int64_t plan_id);
/* How far the address that it serves has come. */
uint32_t bench_sync(const struct site *s, int64_t plan_id, enum served_kind kind);
/* The plan and its step in one look; assert_plan: and the reservation of the address it serves. A message of NULL: it must have none. */
void assert_ended(const struct site *s, int64_t id, uint32_t state, uint32_t step, const char *message);
void assert_plan(const struct site *s, int64_t id, uint32_t state, uint32_t step, uint32_t sync,
                 const char *message);
void assert_verified(const struct site *s, int64_t id, const char *message);
void assert_planned(const struct site *s, int64_t id, const char *message);
void assert_running(const struct site *s, int64_t id, uint32_t step, const char *message);

#endif
