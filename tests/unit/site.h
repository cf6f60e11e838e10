/* site.h - a service without storage and providers: jobs, fleet, collector and manager between fakes.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef SITE_H
#define SITE_H

#include "provider_fake.h"
#include "store_fake.h"

#include "collect/collect.h"
#include "manage/manage.h"
#include "model/rules.h"

struct site {
    struct loop *loop;
    struct store *store;
    struct state *state;
    struct gate *gate;
    struct jobs *jobs;
    struct fleet *fleet;
    struct collect *collect;
    struct manage *manage;
    int64_t space;
    unsigned fatal, closed;
};

/* Setup and teardown of cmocka; *state is the site. */
int site_setup(void **state);
int site_teardown(void **state);

/* A server in the inventory, of driver "dummy", durable already; its fake is fake_dhcp(name). */
int64_t site_server(struct site *s, const char *name, bool managed);
/* The same of a DNS server, of driver "names"; it is managed. */
int64_t site_dns_server(struct site *s, const char *name);
/* A row that is durable already: gets an id; in memory if it is resident or has an address. */
int64_t site_put(struct site *s, void *rec);
/* Starts a job and answers its id; site_job runs it to its end and answers its record. */
int64_t site_start(struct site *s, enum collect_kind kind, int64_t server);
const struct ipam_job *site_job(struct site *s, enum collect_kind kind, int64_t server);
/* Collects and fails the test unless the job is done. */
void site_collect(struct site *s, int64_t server);

/* What is stored. */
const struct ipam_server *site_server_row(const struct site *s, int64_t id);
const struct ipam_scope *site_scope(const struct site *s, int64_t server, const char *native);
const struct ipam_subnet *site_subnet(const struct site *s, const char *prefix);
size_t site_count(const struct site *s, uint32_t type);

#endif
